/* What stands in the routing world whatever the scenario tells: the control prefixes that landline watches (always
 * announced), and, where the scenario says `beacons`, the RIS beacons, announced at 00:00, 04:00, ... UTC and withdrawn at
 * 02:00, 06:00, ... for a day and two hours from the start. They belong to a country without a code, which no target means;
 * a prefix or an AS names them. Also what paths look like. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define HALF_PERIOD_MS INT64_C(7200000)
#define BEACON_CHANGES 13
#define BEACON_ASN 12654

/* One AS each: origin, upstream, prefix. */
static const struct {
	uint32_t asn, upstream;
	const char *prefix;
	bool beacon;
} standing[] = {
	{2149, 174, "192.33.4.0/24", false},        {3557, 6939, "192.5.5.0/24", false},
	{29216, 1299, "192.36.148.0/24", false},    {25152, 3356, "193.0.14.0/24", false},
	{20144, 2914, "199.7.83.0/24", false},      {7500, 2914, "202.12.27.0/24", false},
	{13335, 1299, "1.1.1.0/24", false},         {15169, 6453, "8.8.8.0/24", false},
	{BEACON_ASN, 3257, "84.205.64.0/24", true}, {BEACON_ASN, 9002, "84.205.69.0/24", true},
	{BEACON_ASN, 6939, "2001:7fb:fe00::/48", true},
};

static struct world_net *add_standing(struct world *w, size_t i, int country)
{
	mem_grow(&w->ases, &w->as_cap, w->as_count + 1, sizeof(*w->ases));
	struct world_as *a = &w->ases[w->as_count++];
	*a = (struct world_as){.asn = standing[i].asn, .country = country, .upstreams = {{standing[i].upstream, 100}},
			       .upstream_count = 1};
	mem_grow(&w->nets, &w->net_cap, w->net_count + 1, sizeof(*w->nets));
	struct world_net *n = &w->nets[w->net_count++];
	*n = (struct world_net){.as = (int)w->as_count - 1};
	if (!prefix_parse(standing[i].prefix, strlen(standing[i].prefix), &n->prefix))
		BUG("standing prefix %s", standing[i].prefix);
	return n;
}

static int schedule_beacon(struct world *w, const char *prefix, struct err *e)
{
	int64_t change = (w->start_ms / HALF_PERIOD_MS + 1) * HALF_PERIOD_MS;
	char line[160];

	for (int i = 0; i < BEACON_CHANGES; i++, change += HALF_PERIOD_MS) {
		bool withdrawal = change / HALF_PERIOD_MS % 2 != 0;
		/* the majority follows after half a minute, the first after a few seconds */
		snprintf(line, sizeof(line), "+%llds %s %s over 40s%s%s", (long long)((change - w->start_ms) / 1000 + 30),
			 withdrawal ? "withdraw" : "announce", prefix, withdrawal && w->beacon_zombies[0] ? " zombies " : "",
			 withdrawal ? w->beacon_zombies : "");
		if (scenario_line(w, line, strlen(line), w->start_ms, e) < 0)
			return ERR_USAGE;
	}
	return 0;
}

int standing_add(struct world *w, struct err *e)
{
	size_t first = w->net_count;

	if (w->country_count == ARRAY_LEN(w->countries))
		return 0;
	w->countries[w->country_count] = (struct world_country){.cc = ""};
	int country = (int)w->country_count++;
	for (size_t i = 0; i < ARRAY_LEN(standing); i++)
		if (!standing[i].beacon || w->beacons)
			add_standing(w, i, country);
	for (size_t i = first; w->beacons && i < w->net_count; i++) {
		char prefix[PREFIX_TEXT_MAX];
		if (w->ases[w->nets[i].as].asn == BEACON_ASN && schedule_beacon(w, prefix_format(prefix, &w->nets[i].prefix), e) < 0)
			return ERR_USAGE;
	}
	return 0;
}

void standing_fill(struct world *w)
{
	bool withdrawn = w->start_ms / HALF_PERIOD_MS % 2 != 0;

	for (size_t i = 0; withdrawn && i < w->net_count; i++)
		if (w->ases[w->nets[i].as].asn == BEACON_ASN)
			memset(w->nets[i].has, 0, sizeof(w->nets[i].has));
}

bool world_is_standing(const struct world *w, const struct world_net *n)
{
	return w->countries[w->ases[n->as].country].cc[0] == '\0';
}

/* ---- paths ---- */

size_t world_path(const struct world *w, const struct world_net *n, const struct world_peer *p, uint32_t out[WORLD_PATH_MAX])
{
	static const uint32_t transits[] = {3356, 1299, 174, 6453, 2914};
	const struct world_as *as = &w->ases[n->as];
	uint32_t way[WORLD_WAY_MAX + 1], transit = transits[p->asn % ARRAY_LEN(transits)];
	size_t count = 0, len = 0;

	way[count++] = n->upstream;
	if (as->way_count && as->way[0] == n->upstream)
		for (size_t i = 1; i < as->way_count; i++)
			way[count++] = as->way[i];
	else if (transit != n->upstream)
		way[count++] = transit;
	out[len++] = p->asn;
	for (size_t i = count; i > 0; i--)
		if (way[i - 1] && way[i - 1] != out[len - 1] && way[i - 1] != p->asn)
			out[len++] = way[i - 1];
	if (world_origin(w, n) != out[len - 1])
		out[len++] = world_origin(w, n);
	return len;
}
