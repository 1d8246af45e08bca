/* RIPEstat's answers in its real envelope (shared/sources/ripestat.md 4), from the state of the world.
 *
 * What the real service is late with, this is late with: announced-prefixes knows whole 8-hour snapshots, country
 * statistics end two hours ago. looking-glass is the present moment. */
#include "private.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

#define SNAPSHOT_MS (8 * 3600000LL)
#define DAY_MS      86400000LL

void reply_time(struct strbuf *out, int64_t ms)
{
	char text[WALL_TEXT_MAX];
	strbuf_addf(out, "\"%.19s\"", wall_format(text, (struct wall){ms}));
}

static void add_prefix(struct strbuf *out, const struct prefix *p)
{
	char text[PREFIX_TEXT_MAX];
	strbuf_addf(out, "\"%s\"", prefix_format(text, p));
}

void reply_comma(struct strbuf *out, bool *first)
{
	if (!*first)
		strbuf_addc(out, ',');
	*first = false;
}

void reply_ripestat_begin(struct server *s, struct strbuf *out, const char *call, const char *version)
{
	strbuf_addf(out,
		    "{\"messages\":[],\"see_also\":[],\"version\":\"%s\",\"data_call_name\":\"%s\",\"data_call_"
		    "status\":\"supported\","
		    "\"cached\":false,\"query_id\":\"00000000-0000-4000-8000-000000000000\",\"process_time\":12,"
		    "\"server_id\":\"app000\","
		    "\"build_version\":\"test\",\"pipeline\":\"0\",\"status\":\"ok\",\"status_code\":200,\"time\":",
		    version, call);
	reply_time(out, s->now_ms);
	strbuf_adds(out, ",\"data\":{");
}

static void end(struct strbuf *out)
{
	strbuf_adds(out, "}}\n");
}

static bool is_control(const struct prefix *p)
{
	static const char *const always[] = {"193.0.0.0/21", "2001:67c:2e8::/48"};
	struct prefix c;
	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (prefix_parse(always[i], strlen(always[i]), &c) && prefix_equal(&c, p))
			return true;
	return false;
}

/* ---- looking-glass, ris-peers ---- */

static void glass_peer(struct server *s, struct strbuf *out, const struct world_peer *p, const struct prefix *prefix,
		       const uint32_t *path, size_t len)
{
	char addr[PREFIX_TEXT_MAX];
	addr_format(addr, prefix->family == 4 ? &p->v4 : &p->v6);
	strbuf_addf(out, "{\"asn_origin\":\"%u\"", path[len - 1]);
	for (size_t i = 0; i < len; i++)
		strbuf_addf(out, "%s%u", i ? " " : ",\"as_path\":\"", path[i]);
	strbuf_addf(out,
		    "\",\"community\":\"%u:100\",\"largeCommunity\":\"\",\"extendedCommunity\":\"\","
		    "\"last_updated\":",
		    p->asn & 0xffff);
	reply_time(out, s->now_ms - DAY_MS);
	strbuf_adds(out, ",\"prefix\":");
	add_prefix(out, prefix);
	strbuf_addf(out, ",\"peer\":\"%s\",\"origin\":\"IGP\",\"next_hop\":\"%s\",\"latest_time\":", addr, addr);
	reply_time(out, s->now_ms);
	strbuf_addc(out, '}');
}

static bool say_looking_glass(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	struct prefix p;
	if (!prefix_parse(resource, strlen(resource), &p))
		return false;
	int net = world_find_net(w, &p);
	bool control = is_control(&p), first_rrc = true;
	bool done[WORLD_PEERS_MAX] = {false};
	reply_ripestat_begin(s, out, "looking-glass", "2.1");
	strbuf_adds(out, "\"rrcs\":[");
	for (size_t i = 0; i < w->peer_count; i++) {
		bool first = true;
		for (size_t k = i; k < w->peer_count; k++) {
			const struct world_peer *q = &w->peers[k];
			if (done[k] || strcmp(q->collector, w->peers[i].collector))
				continue;
			done[k] = true;
			if (!q->up || (p.family == 6 && !q->v6.family) ||
			    !(control || (net >= 0 && w->nets[net].has[k])))
				continue;
			if (first) {
				reply_comma(out, &first_rrc);
				strbuf_addf(out, "{\"rrc\":\"RRC%s\",\"location\":\"Test\",\"peers\":[",
					    q->collector + 3);
			}
			reply_comma(out, &first);
			uint32_t path[WORLD_PATH_MAX] = {q->asn, 1299, 3333};
			size_t len = control ? 3 : world_path(w, &w->nets[net], q, path);
			glass_peer(s, out, q, &p, path, len);
		}
		if (!first)
			strbuf_adds(out, "]}");
	}
	strbuf_adds(out, "],\"query_time\":");
	reply_time(out, s->now_ms);
	strbuf_adds(out, ",\"latest_time\":");
	reply_time(out, s->now_ms);
	strbuf_adds(out, ",\"parameters\":{\"resource\":");
	add_prefix(out, &p);
	strbuf_adds(out, ",\"look_back_limit\":86400,\"cache\":null}");
	end(out);
	return true;
}

static void table_row(struct strbuf *out, const struct world_peer *p, const struct addr *a, unsigned v4, unsigned v6)
{
	char text[PREFIX_TEXT_MAX];
	strbuf_addf(out, "{\"asn\":\"%u\",\"ip\":\"%s\",\"v4_prefix_count\":%u,\"v6_prefix_count\":%u}", p->asn,
		    addr_format(text, a), v4, v6);
}

static bool say_peers(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	bool done[WORLD_PEERS_MAX] = {false}, first_rrc = true;
	(void)resource;
	reply_ripestat_begin(s, out, "ris-peers", "1.0");
	strbuf_adds(out, "\"peers\":{");
	for (size_t i = 0; i < w->peer_count; i++) {
		bool first = true;
		if (done[i])
			continue;
		reply_comma(out, &first_rrc);
		strbuf_addf(out, "\"%s\":[", w->peers[i].collector);
		for (size_t k = i; k < w->peer_count; k++) {
			const struct world_peer *p = &w->peers[k];
			if (strcmp(p->collector, w->peers[i].collector))
				continue;
			done[k] = true;
			reply_comma(out, &first);
			table_row(out, p, &p->v4, p->table_v4, 0);
			if (p->v6.family) {
				strbuf_addc(out, ',');
				table_row(out, p, &p->v6, 0, p->table_v6);
			}
		}
		strbuf_addc(out, ']');
	}
	strbuf_adds(out, "},\"latest_time\":");
	reply_time(out, s->now_ms / SNAPSHOT_MS * SNAPSHOT_MS);
	strbuf_adds(out, ",\"earliest_time\":\"2000-08-01T00:00:00\",\"parameters\":{\"query_time\":null}");
	end(out);
	return true;
}

/* ---- countries ---- */

static bool say_resources(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = world_find_country(w, resource, strlen(resource));
	bool first = true;
	reply_ripestat_begin(s, out, "country-resource-list", "0.2");
	strbuf_adds(out, "\"query_time\":");
	reply_time(out, s->now_ms / DAY_MS * DAY_MS - DAY_MS);
	strbuf_adds(out, ",\"resources\":{\"asn\":[");
	for (size_t i = 0; i < w->as_count; i++)
		if (w->ases[i].country == c) {
			reply_comma(out, &first);
			strbuf_addf(out, "\"%u\"", w->ases[i].asn);
		}
	for (uint8_t family = 4; family <= 6; family += 2) {
		strbuf_addf(out, "],\"ipv%u\":[", family);
		first = true;
		for (size_t i = 0; c >= 0 && i < w->countries[c].range_count; i++)
			if (w->countries[c].ranges[i].family == family) {
				reply_comma(out, &first);
				add_prefix(out, &w->countries[c].ranges[i]);
			}
	}
	strbuf_adds(out, "]}");
	end(out);
	return true;
}

static bool is_routed(const struct world *w, size_t as, int64_t t)
{
	for (size_t i = 0; i < w->net_count; i++)
		if (w->nets[i].as == (int)as && world_net_up(&w->nets[i], t))
			return true;
	return false;
}

static bool say_country_asns(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = world_find_country(w, resource, strlen(resource));
	int64_t then = s->now_ms / DAY_MS * DAY_MS - DAY_MS;
	reply_ripestat_begin(s, out, "country-asns", "0.1");
	strbuf_adds(out, "\"countries\":[{\"stats\":{\"registered\":1,\"routed\":1},\"resource\":");
	strbuf_add_json(out, resource);
	for (int routed = 1; routed >= 0; routed--) {
		bool first = true;
		strbuf_addf(out, ",\"%s\":\"{", routed ? "routed" : "non_routed");
		for (size_t i = 0; i < w->as_count; i++) {
			if (w->ases[i].country != c || is_routed(w, i, then) != (bool)routed)
				continue;
			if (!first)
				strbuf_adds(out, ", ");
			first = false;
			strbuf_addf(out, "AsnSingle(%u)", w->ases[i].asn);
		}
		strbuf_adds(out, "}\"");
	}
	strbuf_adds(out, "}],\"resource\":[");
	strbuf_add_json(out, resource);
	strbuf_adds(out, "],\"latest_time\":");
	reply_time(out, then);
	strbuf_adds(out, ",\"lod\":[\"1\"],\"cache\":null");
	end(out);
	return true;
}

/* Points of five minutes until two hours ago; a record for each stretch of equal counts. */
static bool say_stats(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = world_find_country(w, resource, strlen(resource));
	int64_t step = 300000, until = (s->now_ms - 7200000) / step * step, from = until - DAY_MS - 7200000;
	bool first = true;
	reply_ripestat_begin(s, out, "country-resource-stats", "0.2");
	strbuf_adds(out, "\"stats\":[");
	for (int64_t t = from; t <= until;) {
		unsigned v4 = world_count_up(w, c, 4, t), v6 = world_count_up(w, c, 6, t);
		int64_t last = t;
		while (last + step <= until && world_count_up(w, c, 4, last + step) == v4 &&
		       world_count_up(w, c, 6, last + step) == v6)
			last += w->net_count > 500 ? until - last : step; /* many networks: one stretch is enough */
		reply_comma(out, &first);
		strbuf_adds(out, "{\"timeline\":[{\"starttime\":");
		reply_time(out, t);
		strbuf_adds(out, ",\"endtime\":");
		reply_time(out, last);
		strbuf_addf(out,
			    "}],\"v4_prefixes_ris\":%u,\"v6_prefixes_ris\":%u,\"asns_ris\":%zu,\"v4_prefixes_stats\":-"
			    "1,\"v6_prefixes_stats\":-1,"
			    "\"asns_stats\":%zu}",
			    v4, v6, v4 ? w->as_count : (size_t)0, w->as_count);
		t = last + step;
	}
	strbuf_adds(out, "],\"resolution\":\"5m\",\"resource\":");
	strbuf_add_json(out, resource);
	end(out);
	return true;
}

/* ---- ASes and addresses ---- */

static int as_of(const struct world *w, const char *resource)
{
	if (toupper((unsigned char)resource[0]) == 'A' && toupper((unsigned char)resource[1]) == 'S')
		resource += 2;
	return world_find_as(w, (uint32_t)strtoul(resource, NULL, 10));
}

static void timelines(struct strbuf *out, const struct world_net *n, int64_t from, int64_t until)
{
	bool first = true;
	int64_t since = INT64_MIN;
	for (int64_t t = from; t <= until; t += SNAPSHOT_MS) {
		bool up = world_net_up(n, t);
		if (up && since == INT64_MIN)
			since = t;
		bool last = t + SNAPSHOT_MS > until || !world_net_up(n, t + SNAPSHOT_MS);
		if (!up || !last)
			continue;
		reply_comma(out, &first);
		strbuf_adds(out, "{\"starttime\":");
		reply_time(out, since);
		strbuf_adds(out, ",\"endtime\":");
		reply_time(out, t);
		strbuf_addc(out, '}');
		since = INT64_MIN;
	}
}

static bool say_announced(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	int as = as_of(w, resource);
	int64_t until = (s->now_ms - 3600000) / SNAPSHOT_MS * SNAPSHOT_MS, from = until - 14 * DAY_MS;
	bool first = true;
	reply_ripestat_begin(s, out, "announced-prefixes", "1.2");
	strbuf_adds(out, "\"prefixes\":[");
	for (size_t i = 0; i < w->net_count; i++) {
		if (w->nets[i].as != as || w->nets[i].foreign)
			continue;
		reply_comma(out, &first);
		strbuf_adds(out, "{\"prefix\":");
		add_prefix(out, &w->nets[i].prefix);
		strbuf_adds(out, ",\"timelines\":[");
		timelines(out, &w->nets[i], from, until);
		strbuf_adds(out, "]}");
	}
	strbuf_adds(out, "],\"query_starttime\":");
	reply_time(out, from);
	strbuf_adds(out, ",\"query_endtime\":");
	reply_time(out, until);
	strbuf_addf(out, ",\"resource\":\"%s\",\"latest_time\":", resource + 2 * !strncmp(resource, "AS", 2));
	reply_time(out, until);
	strbuf_adds(out, ",\"earliest_time\":\"2000-08-01T00:00:00\"");
	end(out);
	return true;
}

static bool say_neighbours(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	int as = as_of(w, resource);
	size_t count = as < 0 ? 0 : w->ases[as].upstream_count;
	reply_ripestat_begin(s, out, "asn-neighbours", "3.2");
	strbuf_addf(out, "\"resource\":\"%s\",\"query_starttime\":", resource + 2 * !strncmp(resource, "AS", 2));
	reply_time(out, s->now_ms / DAY_MS * DAY_MS - DAY_MS);
	strbuf_adds(out, ",\"query_endtime\":");
	reply_time(out, s->now_ms / DAY_MS * DAY_MS - DAY_MS);
	strbuf_addf(out,
		    ",\"neighbour_counts\":{\"left\":%zu,\"right\":0,\"unique\":%zu,\"uncertain\":0},\"neighbours\":[",
		    count, count);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, "%s{\"asn\":%u,\"type\":\"left\",\"power\":%u,\"v4_peers\":%u,\"v6_peers\":0}",
			    i ? "," : "", w->ases[as].upstreams[i].asn, w->ases[as].upstreams[i].power,
			    w->ases[as].upstreams[i].power * 9);
	strbuf_addc(out, ']');
	end(out);
	return true;
}

static bool say_overview(struct server *s, const char *resource, struct strbuf *out)
{
	const struct world *w = &s->world;
	int as = as_of(w, resource);
	reply_ripestat_begin(s, out, "as-overview", "1.3");
	strbuf_addf(out,
		    "\"type\":\"as\",\"resource\":\"%s\",\"block\":{\"resource\":\"1-65535\",\"desc\":\"\",\"name\":"
		    "\"\"},\"holder\":",
		    resource + 2 * !strncmp(resource, "AS", 2));
	if (as >= 0)
		strbuf_add_json(out, w->ases[as].name);
	else
		strbuf_addf(out, "\"TRANSIT-%s - Transit %s\"", resource, resource);
	strbuf_adds(out, ",\"announced\":true,\"query_starttime\":");
	reply_time(out, s->now_ms / SNAPSHOT_MS * SNAPSHOT_MS);
	strbuf_adds(out, ",\"query_endtime\":");
	reply_time(out, s->now_ms / SNAPSHOT_MS * SNAPSHOT_MS);
	end(out);
	return true;
}

/* The host's own line, or the network of the world that holds the address. */
static bool place_of(const struct world *w, const char *resource, struct prefix *p, uint32_t *asn, const char **cc)
{
	struct addr a;
	if (!addr_parse(resource, strlen(resource), &a))
		return false;
	for (size_t i = 0; i < w->host_count; i++)
		if (prefix_has_addr(&w->hosts[i].prefix, &a)) {
			*p = w->hosts[i].prefix;
			*asn = w->hosts[i].asn;
			*cc = w->hosts[i].cc;
			return true;
		}
	for (size_t i = 0; i < w->net_count; i++)
		if (prefix_has_addr(&w->nets[i].prefix, &a)) {
			*p = w->nets[i].prefix;
			*asn = world_origin(w, &w->nets[i]);
			*cc = w->countries[w->ases[w->nets[i].as].country].cc;
			return true;
		}
	return false;
}

static bool say_network_info(struct server *s, const char *resource, struct strbuf *out)
{
	struct prefix p;
	uint32_t asn;
	const char *cc;
	reply_ripestat_begin(s, out, "network-info", "1.1");
	if (place_of(&s->world, resource, &p, &asn, &cc)) {
		strbuf_addf(out, "\"asns\":[\"%u\"],\"prefix\":", asn);
		add_prefix(out, &p);
	} else {
		strbuf_adds(out, "\"asns\":[],\"prefix\":null");
	}
	end(out);
	return true;
}

static bool say_located(struct server *s, const char *resource, struct strbuf *out)
{
	struct prefix p;
	uint32_t asn;
	const char *cc;
	reply_ripestat_begin(s, out, "rir-stats-country", "1.0");
	strbuf_adds(out, "\"located_resources\":[");
	if (place_of(&s->world, resource, &p, &asn, &cc)) {
		strbuf_adds(out, "{\"resource\":");
		add_prefix(out, &p);
		strbuf_addf(out, ",\"location\":\"%s\"}", cc);
	}
	strbuf_adds(out, "],\"result_time\":");
	reply_time(out, s->now_ms / DAY_MS * DAY_MS);
	strbuf_adds(out, ",\"latest_time\":");
	reply_time(out, s->now_ms / DAY_MS * DAY_MS);
	end(out);
	return true;
}

static const struct {
	const char *call;
	bool (*say)(struct server *, const char *, struct strbuf *);
} calls[] = {
	{"looking-glass", say_looking_glass},     {"ris-peers", say_peers},
	{"country-resource-list", say_resources}, {"country-asns", say_country_asns},
	{"country-resource-stats", say_stats},    {"announced-prefixes", say_announced},
	{"asn-neighbours", say_neighbours},       {"as-overview", say_overview},
	{"network-info", say_network_info},       {"rir-stats-country", say_located},
};

bool reply_ripestat(struct server *s, const char *call, const char *resource, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(calls); i++)
		if (!strcmp(calls[i].call, call))
			return calls[i].say(s, resource ? resource : "", out);
	return false;
}
