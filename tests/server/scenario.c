/* Scenario text to a world. One statement a line; # begins a comment. First what there is, then what happens:
 *
 *   start 2014-12-22T12:00:00Z | now          seed 7                    keepalive 20s
 *   peers 40 on rrc00 rrc03 rrc21 [v6]        so many full feeds, spread over the collectors
 *   peer rrc00 AS64999 198.51.100.9 partial   one more, which is no full feed
 *   country KP North Korea                    range KP 175.45.176.0/22          ioda KP ping 18 telescope 0 traffic 0
 *   as KP AS131279 STAR-KP - Star JV          upstream AS131279 AS4837 900      prefix AS131279 175.45.176.0/24 [x4]
 *   generate TW 5000 networks 60 operators from 61.0.0.0/8 [v6 200 from 2400::/16]
 *   path AS131279 via AS4837 AS3356                            (upstream first, then outwards; else one transit)
 *   beacons [zombies 2%]                                        RIS beacons change every two hours
 *   site kcna KP      canaries 4              hosted 127.0.0.0/8 AS64500 DE
 *   atlas KP 40 probes          so many connected (and a quarter more that are not)
 *   radar KP traffic 100 dns 50 attacks 1     users AS131279 60%          token abc (else any bearer will do)
 *
 *   +4h15m withdraw KP [v4|v6] [over 150s] [zombies 2%]     +13h46m announce KP [v4|v6] [over 30s] [via AS20485]
 *   +1h origin 175.45.178.0/24 AS64999      from now on announced by that one; countries and ASes do not mean it any
 * more +1h flap KP 6 times every 4m [down 45s] [over 30s] +1h peer-reset rrc03 AS3356 for 2m              +1h
 * collector-reset rrc03 for 90s +2h feed cut 10m [silent]      +2h line cut 8m  +2h sites down 10m     +2h
 * canaries-down 1 10m +2h fault ripestat/looking-glass 429 [30] [for 5m]                    +3h fault clear
 *
 *   +4h signal KP ping 0% [over 10m]    ping, telescope, traffic, dns, attacks: to so much of the usual, in a straight
 *                                       line. Until its first such line a signal goes with the networks that are up
 *   +4h probes KP leave 90% [over 5m] [controller ctr-x]                  +5h probes KP return [over 5m]
 *   +5h statement KP outage GOVERNMENT_DIRECTED [since 40m] [for 6h]      written at +5h; since, for: of what it tells
 *   +5h statement KP anomaly verified|unverified [since 40m] [for 6h]
 *
 * A target is a country, an AS, a prefix, "N of CC", "all" or "controls" (the control prefixes, else in no target). Lines of the last group are kept as words for the server.
 */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

/* ---- words ---- */

static void split(struct line *l, const char *text, size_t len)
{
	memset(l, 0, sizeof(*l));
	snprintf(l->whole, sizeof(l->whole), "%.*s", (int)(len < 511 ? len : 511), text);
	memcpy(l->text, l->whole, sizeof(l->text));
	char *s = l->text, *hash = strstr(l->text, "#");
	if (hash)
		*hash = '\0';
	while (l->count < LINE_WORDS_MAX) {
		s += strspn(s, " \t\r");
		if (!*s)
			return;
		l->word[l->count++] = s;
		s += strcspn(s, " \t\r");
		if (*s)
			*s++ = '\0';
	}
}

bool word_is(const char *word, const char *want)
{
	return word && !strcmp(word, want);
}

/* The word behind `key`, or NULL. */
const char *line_after(const struct line *l, const char *key)
{
	for (size_t i = 0; i + 1 < l->count; i++)
		if (word_is(l->word[i], key))
			return l->word[i + 1];
	return NULL;
}

bool word_span(const char *s, int64_t *ms)
{
	return s && duration_parse(s, ms, NULL) == 0;
}

bool word_asn(const char *s, uint32_t *asn)
{
	char *end;
	if (!s || strncmp(s, "AS", 2))
		return false;
	unsigned long n = strtoul(s + 2, &end, 10);
	*asn = (uint32_t)n;
	return !*end && n > 0 && n <= UINT32_MAX;
}

static bool read_prefix(const char *s, struct prefix *p)
{
	return s && prefix_parse(s, strlen(s), p);
}

unsigned word_number(const char *s)
{
	return s ? (unsigned)strtoul(s, NULL, 10) : 0;
}

bool word_percent(const char *s, double *share)
{
	char *end;
	if (!s)
		return false;
	*share = strtod(s, &end) / 100;
	return end != s && !strcmp(end, "%") && *share >= 0;
}

/* The words from i on, with single spaces. */
void line_join(char *dst, size_t cap, const struct line *l, size_t i)
{
	size_t len = 0;
	for (dst[0] = '\0'; i < l->count && len + 1 < cap; i++) {
		int n = snprintf(dst + len, cap - len, "%s%s", len ? " " : "", l->word[i]);
		len += n > 0 ? (size_t)n : 0;
	}
}

/* ---- what there is ---- */

int scenario_bad(struct err *e, const char *what)
{
	return err_set(e, ERR_USAGE, "%s", what);
}

static struct world_net *add_net(struct world *w, const struct prefix *p, int as)
{
	mem_grow(&w->nets, &w->net_cap, w->net_count + 1, sizeof(*w->nets));
	struct world_net *n = &w->nets[w->net_count++];
	memset(n, 0, sizeof(*n));
	n->prefix = *p;
	n->as = as;
	return n;
}

static struct world_as *add_as(struct world *w, uint32_t asn, int country, const char *name)
{
	mem_grow(&w->ases, &w->as_cap, w->as_count + 1, sizeof(*w->ases));
	struct world_as *a = &w->ases[w->as_count++];
	memset(a, 0, sizeof(*a));
	a->asn = asn;
	a->country = country;
	snprintf(a->name, sizeof(a->name), "%s", name);
	return a;
}

static void add_range(struct world_country *c, const struct prefix *p)
{
	mem_grow(&c->ranges, &c->range_cap, c->range_count + 1, sizeof(*c->ranges));
	c->ranges[c->range_count++] = *p;
}

/* The n-th neighbour of a prefix of the same length. */
static struct prefix next_prefix(const struct prefix *p, unsigned n)
{
	struct prefix q = *p;
	for (unsigned carry = n, bit = p->len; carry && bit > 0;) {
		unsigned byte = (bit - 1) / 8, shift = 7 - (bit - 1) % 8;
		unsigned room = byte == 0 ? 256u >> shift : 256u >> shift;
		unsigned value = ((unsigned)q.bytes[byte] >> shift) + carry;
		q.bytes[byte] = (uint8_t)((value % room) << shift);
		carry = value / room;
		bit = byte * 8;
	}
	return q;
}

static struct world_peer *add_peer(struct world *w, const char *collector, uint32_t asn)
{
	struct world_peer *p = &w->peers[w->peer_count++];
	memset(p, 0, sizeof(*p));
	snprintf(p->collector, sizeof(p->collector), "%.7s", collector);
	p->asn = asn;
	p->up = p->full = true;
	return p;
}

static int say_peers(struct world *w, const struct line *l, struct err *e)
{
	unsigned count = word_number(l->word[1]);
	size_t first = 3, collectors = l->count > 3 ? l->count - 3 : 0;
	bool v6 = l->count > 3 && word_is(l->word[l->count - 1], "v6");
	collectors -= v6;
	if (!count || !word_is(l->word[2], "on") || !collectors || w->peer_count + count > WORLD_PEERS_MAX)
		return scenario_bad(e, "peers N on rrc00 rrc03 ... [v6]");
	for (unsigned i = 0; i < count; i++) {
		static const uint32_t known[] = {3356, 174,  6939, 1299, 2914,  3257,
						 6453, 3491, 6762, 5511, 13030, 9002};
		uint32_t asn = i < ARRAY_LEN(known) ? known[i] : 50000 + i * 37;
		struct world_peer *p = add_peer(w, l->word[first + i % collectors], asn);
		p->v4 = (struct addr){.family = 4, .bytes = {198, 51, 100, (uint8_t)(i + 1)}};
		if (v6)
			p->v6 = (struct addr){
				.family = 6,
				.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(i + 1)}};
		p->table_v4 = 930000 + i * 113;
		p->table_v6 = v6 ? 205000 + i * 17 : 0;
	}
	return 0;
}

static int say_peer(struct world *w, const struct line *l, struct err *e)
{
	uint32_t asn;
	if (l->count < 4 || !word_asn(l->word[2], &asn) || w->peer_count == WORLD_PEERS_MAX)
		return scenario_bad(e, "peer rrc00 AS64999 198.51.100.9 [partial]");
	struct world_peer *p = add_peer(w, l->word[1], asn);
	if (!addr_parse(l->word[3], strlen(l->word[3]), &p->v4))
		return scenario_bad(e, "not an address");
	p->full = !word_is(l->word[4], "partial");
	p->table_v4 = p->full ? 930000 : 4711;
	return 0;
}

static int say_country(struct world *w, const struct line *l, struct err *e)
{
	if (l->count < 3 || w->country_count == ARRAY_LEN(w->countries))
		return scenario_bad(e, "country KP North Korea");
	struct world_country *c = &w->countries[w->country_count++];
	memset(c, 0, sizeof(*c));
	snprintf(c->cc, sizeof(c->cc), "%.2s", l->word[1]);
	line_join(c->name, sizeof(c->name), l, 2);
	c->ping = 2;
	return 0;
}

static struct world_country *country_of(struct world *w, const char *cc)
{
	int i = cc ? world_find_country(w, cc, strlen(cc)) : -1;
	return i < 0 ? NULL : &w->countries[i];
}

static int say_range(struct world *w, const struct line *l, struct err *e)
{
	struct world_country *c = country_of(w, l->word[1]);
	struct prefix p;
	if (!c || !read_prefix(l->word[2], &p))
		return scenario_bad(e, "range KP 175.45.176.0/22");
	add_range(c, &p);
	return 0;
}

static int say_ioda(struct world *w, const struct line *l, struct err *e)
{
	struct world_country *c = country_of(w, l->word[1]);
	if (!c)
		return scenario_bad(e, "ioda KP ping 18 telescope 0 traffic 0");
	c->ping = strtod(line_after(l, "ping") ? line_after(l, "ping") : "2", NULL);
	c->telescope = strtod(line_after(l, "telescope") ? line_after(l, "telescope") : "0", NULL);
	c->traffic = strtod(line_after(l, "traffic") ? line_after(l, "traffic") : "0", NULL);
	return 0;
}

static double number_after(const struct line *l, const char *key)
{
	const char *s = line_after(l, key);
	return s ? strtod(s, NULL) : 0;
}

static int say_radar(struct world *w, const struct line *l, struct err *e)
{
	struct world_country *c = country_of(w, l->word[1]);
	if (!c || l->count < 4)
		return scenario_bad(e, "radar KP traffic 100 dns 50 attacks 1");
	c->flows = number_after(l, "traffic");
	c->dns = number_after(l, "dns");
	c->attacks = number_after(l, "attacks");
	w->radar = true;
	return 0;
}

static int say_atlas(struct world *w, const struct line *l, struct err *e)
{
	struct world_country *c = country_of(w, l->word[1]);
	if (!c || l->count < 4 || !word_is(l->word[3], "probes"))
		return scenario_bad(e, "atlas KP 40 probes");
	c->probes = word_number(l->word[2]);
	w->atlas = true;
	return 0;
}

static int say_users(struct world *w, const struct line *l, struct err *e)
{
	uint32_t asn;
	int as = word_asn(l->word[1], &asn) ? world_find_as(w, asn) : -1;
	if (as < 0 || !word_percent(l->word[2], &w->ases[as].users))
		return scenario_bad(e, "users AS131279 60%");
	w->radar = true;
	return 0;
}

static int say_token(struct world *w, const struct line *l, struct err *e)
{
	if (l->count != 2)
		return scenario_bad(e, "token abc");
	snprintf(w->token, sizeof(w->token), "%.60s", l->word[1]);
	return 0;
}

static int say_as(struct world *w, const struct line *l, struct err *e)
{
	struct world_country *c = country_of(w, l->word[1]);
	char name[64];
	uint32_t asn;
	if (!c || !word_asn(l->word[2], &asn))
		return scenario_bad(e, "as KP AS131279 STAR-KP - Star JV");
	line_join(name, sizeof(name), l, 3);
	add_as(w, asn, (int)(c - w->countries), name);
	return 0;
}

static int say_upstream(struct world *w, const struct line *l, struct err *e)
{
	uint32_t asn, up;
	int as = word_asn(l->word[1], &asn) ? world_find_as(w, asn) : -1;
	if (as < 0 || !word_asn(l->word[2], &up) || w->ases[as].upstream_count == 4)
		return scenario_bad(e, "upstream AS131279 AS4837 900");
	struct world_as *a = &w->ases[as];
	a->upstreams[a->upstream_count++] = (struct world_upstream){up, l->word[3] ? word_number(l->word[3]) : 100};
	return 0;
}

static int say_prefix(struct world *w, const struct line *l, struct err *e)
{
	uint32_t asn;
	struct prefix p;
	int as = word_asn(l->word[1], &asn) ? world_find_as(w, asn) : -1;
	if (as < 0 || !read_prefix(l->word[2], &p))
		return scenario_bad(e, "prefix AS131279 175.45.176.0/24 [x4]");
	unsigned count = l->word[3] && l->word[3][0] == 'x' ? word_number(l->word[3] + 1) : 1;
	for (unsigned i = 0; i < count; i++) {
		struct prefix one = next_prefix(&p, i);
		add_net(w, &one, as);
	}
	return 0;
}

static void generate(struct world *w, struct world_country *c, const struct prefix *from, uint8_t len, unsigned nets,
		     int first_as, unsigned ases)
{
	struct prefix p = *from;
	p.len = len;
	add_range(c, from);
	for (unsigned i = 0; i < nets; i++) {
		/* the first operators are the largest, as they are everywhere: i*i/nets leans to the low numbers */
		unsigned as = (unsigned)((uint64_t)i * i / nets * ases / (nets ? nets : 1));
		struct prefix one = next_prefix(&p, i);
		add_net(w, &one, first_as + (int)(as < ases ? as : ases - 1));
	}
}

static int say_generate(struct world *w, const struct line *l, struct err *e)
{
	struct world_country *c = country_of(w, l->word[1]);
	struct prefix v4, v6;
	unsigned nets = word_number(l->word[2]), ases = word_number(l->word[4]);
	if (!c || !nets || !ases || !read_prefix(line_after(l, "from"), &v4))
		return scenario_bad(e,
				    "generate TW 5000 networks 60 operators from 61.0.0.0/8 [v6 200 from 2400::/16]");
	int first = (int)w->as_count;
	for (unsigned i = 0; i < ases; i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s-NET-%u - Operator %u of %s", c->cc, i + 1, i + 1, c->cc);
		struct world_as *a = add_as(w, 300000 + i, (int)(c - w->countries), name);
		a->upstreams[a->upstream_count++] = (struct world_upstream){i % 3 ? 3356 : 1299, 100};
		a->upstreams[a->upstream_count++] = (struct world_upstream){9680, 60};
	}
	generate(w, c, &v4, 24, nets, first, ases);
	const char *count6 = line_after(l, "v6");
	if (count6 && read_prefix(l->word[l->count - 1], &v6))
		generate(w, c, &v6, 48, word_number(count6), first, ases);
	return 0;
}

static int say_site(struct world *w, const struct line *l, struct err *e)
{
	if (l->count < 3 || w->site_count == ARRAY_LEN(w->sites))
		return scenario_bad(e, "site kcna KP");
	snprintf(w->sites[w->site_count++], sizeof(w->sites[0]), "%.24s %.4s", l->word[1], l->word[2]);
	return 0;
}

static int say_hosted(struct world *w, const struct line *l, struct err *e)
{
	struct world_host *h = &w->hosts[w->host_count];
	if (w->host_count == ARRAY_LEN(w->hosts) || !read_prefix(l->word[1], &h->prefix) ||
	    !word_asn(l->word[2], &h->asn) || !l->word[3])
		return scenario_bad(e, "hosted 127.0.0.0/8 AS64500 DE");
	snprintf(h->cc, sizeof(h->cc), "%.2s", l->word[3]);
	w->host_count++;
	return 0;
}

static int say_small(struct world *w, const struct line *l, struct err *e)
{
	if (word_is(l->word[0], "seed"))
		w->seed = word_number(l->word[1]);
	else if (word_is(l->word[0], "canaries"))
		w->canary_count = word_number(l->word[1]);
	else if (!word_span(l->word[1], &w->keepalive_ms))
		return scenario_bad(e, "keepalive 20s");
	return 0;
}

static int say_start(struct world *w, const struct line *l, struct err *e)
{
	struct wall t;
	if (word_is(l->word[1], "now"))
		return 0;
	if (!l->word[1] || wall_parse(l->word[1], &t, NULL))
		return scenario_bad(e, "start 2014-12-22T12:00:00Z, or start now");
	w->start_ms = t.ms;
	return 0;
}

static int say_beacons(struct world *w, const struct line *l, struct err *e)
{
	(void)e;
	w->beacons = true;
	snprintf(w->beacon_zombies, sizeof(w->beacon_zombies), "%.10s", line_after(l, "zombies") ? line_after(l, "zombies") : "");
	return 0;
}

static int say_path(struct world *w, const struct line *l, struct err *e)
{
	uint32_t asn;
	int as = word_asn(l->word[1], &asn) ? world_find_as(w, asn) : -1;
	if (as < 0 || !word_is(l->word[2], "via") || l->count < 4 || l->count > 3 + WORLD_WAY_MAX)
		return scenario_bad(e, "path AS131279 via AS4837 AS3356");
	struct world_as *a = &w->ases[as];
	a->way_count = 0;
	for (size_t i = 3; i < l->count; i++)
		if (!word_asn(l->word[i], &a->way[a->way_count++]))
			return scenario_bad(e, "path AS131279 via AS4837 AS3356");
	return 0;
}

static const struct {
	const char *word;
	int (*say)(struct world *, const struct line *, struct err *);
} statements[] = {
	{"start", say_start},       {"seed", say_small},  {"keepalive", say_small},   {"canaries", say_small},
	{"peers", say_peers},       {"peer", say_peer},   {"country", say_country},   {"range", say_range},
	{"ioda", say_ioda},         {"as", say_as},       {"upstream", say_upstream}, {"prefix", say_prefix},
	{"generate", say_generate}, {"site", say_site},   {"hosted", say_hosted},     {"radar", say_radar},
	{"beacons", say_beacons},   {"path", say_path},
	{"atlas", say_atlas},       {"users", say_users}, {"token", say_token},
};

int scenario_line(struct world *w, const char *text, size_t len, int64_t from_ms, struct err *e)
{
	struct line l;
	split(&l, text, len);
	if (!l.count)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(statements); i++)
		if (word_is(l.word[0], statements[i].word))
			return statements[i].say(w, &l, e);
	return happening_read(w, &l, from_ms, e);
}
