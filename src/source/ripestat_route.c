/* RIPEstat, what is routed: who sees a prefix now (looking-glass), how big each peer's table is (ris-peers), which
 * prefixes an AS announced and until when (announced-prefixes), and who its upstreams are (asn-neighbours).
 *
 * looking-glass is the one that can say "nobody has it", so it is the strictest: an empty answer counts only when
 * it is complete and dated now, and rows that were not understood make it an error, never a smaller number. */
#include "ripestat.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	COLLECTOR_BYTES = 16,
	COLLECTORS_MAX = 256,
	PEERS_MAX = 8192,         /* rows; RIS had 1,459 sessions in 2025 */
	PREFIXES_MAX = 20000,
	TIMELINES_MAX = 1024,     /* of one prefix: a year of coming and going at every snapshot */
	NEIGHBOURS_MAX = 20000,
};

#define EMPTY_AGE_MAX_MS (30LL * 60 * 1000) /* looking-glass is seconds old; an older empty one is a stalled backend */

/* "RRC00" as the batch's own "rrc00"; NULL when it is not a plain name. */
static const char *collector_name(struct batch *out, const char *s)
{
	char low[COLLECTOR_BYTES];
	size_t n = 0;

	if (!s)
		return NULL;
	for (; s[n]; n++) {
		if (n + 1 >= sizeof(low) || !(isalnum((unsigned char)s[n]) || s[n] == '-'))
			return NULL;
		low[n] = (char)tolower((unsigned char)s[n]);
	}
	const char *kept = n ? batch_text(out, low, n, sizeof(low)) : "";
	return *kept ? kept : NULL;
}

static bool address_of(const cJSON *object, const char *key, struct addr *out)
{
	const char *s = json_string(object, key);

	return s && addr_parse(s, strnlen(s, 64), out);
}

static bool prefix_of(const cJSON *object, const char *key, struct prefix *out)
{
	const char *s = json_string(object, key);

	return s && prefix_parse(s, strnlen(s, 64), out);
}

/* A path as it is written, prepending removed. An AS set ("{1,2}") is one hop without a number: 0. */
struct glass_path {
	uint32_t first, before_origin; /* before_origin: 0 too when the origin is the only hop */
	uint32_t hops[FACT_PATH_MAX];  /* sets left out */
	size_t count;                  /* 0: not known, too long, or its origin is a set */
};

/* False: not a path. */
static bool read_path(const char *path, struct glass_path *out)
{
	uint32_t last = 0, before = 0;
	bool any = false;

	out->count = 0;

	for (const char *s = path; *s;) {
		uint64_t n = 0;
		size_t len = strcspn(s, " "), digits = strspn(s, "0123456789");
		if (len == 0) {
			s++;
			continue;
		}
		for (size_t i = 0; i < digits && n <= UINT32_MAX; i++)
			n = n * 10 + (uint64_t)(s[i] - '0');
		bool set = s[0] == '{';
		if (!set && (digits != len || n == 0 || n > UINT32_MAX))
			return false;
		uint32_t hop = set ? 0 : (uint32_t)n;
		if (!any)
			out->first = hop;
		else if (hop != last)
			before = last;
		if (hop && hop != last) {
			if (out->count < FACT_PATH_MAX)
				out->hops[out->count] = hop;
			out->count++;
		}
		last = hop;
		any = true;
		s += len;
	}
	out->before_origin = before;
	if (out->count > FACT_PATH_MAX || last == 0)
		out->count = 0;
	return any && out->first != 0;
}

struct glass {
	struct ripestat_reply *r;
	struct prefix asked;
	struct wall general, newest; /* of the answer; of the newest peer */
	uint32_t rows;               /* routes of the asked prefix */
	size_t seen, bad;
};

static int glass_peer(struct glass *g, const char *collector, const cJSON *peer)
{
	const char *path = json_string(peer, "as_path");
	struct glass_path hops;
	struct prefix prefix;
	struct addr addr;

	if (++g->seen > PEERS_MAX)
		return ripestat_error(g->r, ERR_LIMIT, "more than %d peers", PEERS_MAX);
	if (!collector || !path || !read_path(path, &hops) || !address_of(peer, "peer", &addr) ||
	    !prefix_of(peer, "prefix", &prefix)) {
		g->bad++;
		return 0;
	}
	/* a covering route answers when the asked prefix itself is gone: not a route of it */
	if (!prefix_equal(&prefix, &g->asked))
		return 0;
	struct wall t = ripestat_time(g->r, peer, "latest_time");
	struct fact *f = ripestat_fact(g->r, FACT_ROUTE);
	if (!f)
		return ERR_LIMIT;
	f->prefix = prefix;
	f->collector = collector;
	f->addr = addr;
	f->asn = hops.first;
	f->upstream = hops.before_origin;
	f->path = batch_path(g->r->out, hops.hops, hops.count);
	f->path_len = f->path ? (uint32_t)hops.count : 0;
	f->t = wall_is_set(t) ? t : g->general;
	if (f->t.ms > g->newest.ms)
		g->newest = f->t;
	g->rows++;
	return 0;
}

static int glass_collector(struct glass *g, const cJSON *rrc)
{
	const cJSON *peers = json_get(rrc, "peers"), *peer;
	const char *collector = collector_name(g->r->out, json_string(rrc, "rrc"));

	if (!cJSON_IsArray(peers))
		return ripestat_missing(g->r, "data.rrcs[].peers");
	cJSON_ArrayForEach(peer, peers) {
		int rc = glass_peer(g, collector, peer);
		if (rc)
			return rc;
	}
	return 0;
}

/* May this answer be believed to be whole? */
static int glass_check(const struct glass *g)
{
	if (g->bad * 10 > g->seen)
		return ripestat_error(g->r, ERR_SHAPE, "%zu of %zu peers not understood", g->bad, g->seen);
	if (g->rows > 0)
		return 0;
	if (g->bad > 0)
		return ripestat_error(g->r, ERR_SHAPE, "no peer understood");
	struct wall asked = ripestat_time(g->r, g->r->data, "query_time");
	if (!wall_is_set(asked))
		asked = wall_is_set(g->r->time) ? g->r->time : g->r->query->now;
	if (asked.ms - g->newest.ms > EMPTY_AGE_MAX_MS)
		return ripestat_error(g->r, ERR_SHAPE, "empty, and its data is old: not taken for a loss");
	return 0;
}

static int read_looking_glass(struct ripestat_reply *r)
{
	const cJSON *rrcs = json_get(r->data, "rrcs"), *rrc;
	const cJSON *parameters = json_get(r->data, "parameters");
	struct glass g = {.r = r};
	struct prefix about;

	if (!prefix_parse(r->query->subject, strnlen(r->query->subject, 64), &g.asked))
		return ripestat_error(r, ERR_USAGE, "asked for something that is no prefix");
	if (!cJSON_IsArray(rrcs))
		return ripestat_missing(r, "data.rrcs");
	/* how a withdrawn prefix is answered was never recorded: its time may be null, and then the query's stands */
	g.general = ripestat_time(r, r->data, json_get(r->data, "latest_time") ? "latest_time" : "query_time");
	if (!wall_is_set(g.general))
		return ripestat_error(r, ERR_SHAPE, "no usable time in 'data.latest_time'");
	if (prefix_of(parameters, "resource", &about) && !prefix_equal(&about, &g.asked))
		return ripestat_error(r, ERR_SHAPE, "answers for another prefix");
	if (cJSON_GetArraySize(rrcs) > COLLECTORS_MAX)
		return ripestat_error(r, ERR_LIMIT, "more than %d collectors", COLLECTORS_MAX);
	g.newest = g.general;
	cJSON_ArrayForEach(rrc, rrcs) {
		int rc = glass_collector(&g, rrc);
		if (rc)
			return rc;
	}
	int rc = glass_check(&g);
	if (rc)
		return rc;
	struct fact *f = ripestat_fact(r, FACT_SNAPSHOT);
	if (!f)
		return ERR_LIMIT;
	f->prefix = g.asked;
	f->t = r->out->data_time = g.newest;
	f->count = g.rows;
	r->out->skipped += g.bad;
	return 0;
}

int ripestat_looking_glass(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 2, read_looking_glass);
}

static bool route_count(const cJSON *peer, const char *key, uint32_t *out)
{
	int64_t n;

	if (!json_int(peer, key, &n) || n < 0 || n > UINT32_MAX)
		return false;
	*out = (uint32_t)n;
	return true;
}

static int peer_table(struct ripestat_reply *r, const char *collector, const cJSON *peer, struct wall t)
{
	uint32_t asn, v4, v6;
	struct addr addr;

	if (!collector || !json_asn(json_get(peer, "asn"), &asn) || !address_of(peer, "ip", &addr) ||
	    !route_count(peer, "v4_prefix_count", &v4) || !route_count(peer, "v6_prefix_count", &v6)) {
		r->out->skipped++;
		return 0;
	}
	struct fact *f = ripestat_fact(r, FACT_PEER_TABLE);
	if (!f)
		return ERR_LIMIT;
	f->collector = collector;
	f->asn = asn;
	f->addr = addr;
	f->count = v4;
	f->count2 = v6;
	f->t = t;
	return 0;
}

static int read_peers(struct ripestat_reply *r)
{
	const cJSON *collectors = json_get(r->data, "peers"), *rrc, *peer;
	struct wall t = ripestat_time(r, r->data, "latest_time");
	size_t count = 0, before = r->out->count;

	if (!cJSON_IsObject(collectors))
		return ripestat_missing(r, "data.peers");
	cJSON_ArrayForEach(rrc, collectors) {
		if (!cJSON_IsArray(rrc))
			return ripestat_missing(r, "data.peers.RRC[]");
		const char *collector = collector_name(r->out, rrc->string);
		cJSON_ArrayForEach(peer, rrc) {
			if (++count > PEERS_MAX)
				return ripestat_error(r, ERR_LIMIT, "more than %d peers", PEERS_MAX);
			int rc = peer_table(r, collector, peer, t);
			if (rc)
				return rc;
		}
	}
	/* RIS without a single peer is a broken answer, and would leave nobody to vote */
	if (r->out->count == before)
		return ripestat_error(r, ERR_SHAPE, "no peer in 'data.peers'");
	r->out->data_time = t;
	return 0;
}

int ripestat_peers(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_peers);
}

struct span { struct wall from, until; };

static int by_start(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from.ms < y->from.ms ? -1 : x->from.ms > y->from.ms;
}

/* Sort the timelines and join those that are one snapshot apart; returns how many are left, or a negative code. */
static int read_spans(struct ripestat_reply *r, const cJSON *timelines, struct span spans[TIMELINES_MAX])
{
	int count = 0, kept = 0;
	const cJSON *item;

	cJSON_ArrayForEach(item, timelines) {
		struct span s = {ripestat_time(r, item, "starttime"), ripestat_time(r, item, "endtime")};
		if (!wall_is_set(s.from) || !wall_is_set(s.until) || s.until.ms < s.from.ms)
			r->out->skipped++;
		else if (count == TIMELINES_MAX)
			return ripestat_error(r, ERR_LIMIT, "more than %d timelines of a prefix", TIMELINES_MAX);
		else
			spans[count++] = s;
	}
	qsort(spans, (size_t)count, sizeof(*spans), by_start);
	for (int i = 0; i < count; i++) {
		struct span *last = kept > 0 ? &spans[kept - 1] : NULL;
		if (!last || spans[i].from.ms - last->until.ms > RIPESTAT_SNAPSHOT_MS)
			spans[kept++] = spans[i];
		else if (spans[i].until.ms > last->until.ms)
			last->until = spans[i].until;
	}
	return kept;
}

/* Facts of one prefix, oldest first, so that whoever applies them in order ends with the newest. */
static int announced_prefix(struct ripestat_reply *r, const cJSON *item, uint32_t asn, struct wall end)
{
	const cJSON *timelines = json_get(item, "timelines");
	struct span spans[TIMELINES_MAX];
	struct prefix prefix;

	if (!prefix_of(item, "prefix", &prefix) || !cJSON_IsArray(timelines)) {
		r->out->skipped++;
		return 0;
	}
	int count = read_spans(r, timelines, spans);
	for (int i = 0; i < count; i++) {
		struct fact *f = ripestat_fact(r, FACT_NET);
		if (!f)
			return ERR_LIMIT;
		f->prefix = prefix;
		f->asn = asn;
		f->t = spans[i].from;
		f->until = spans[i].until;
		f->error_ms = RIPESTAT_SNAPSHOT_MS;
		f->flag = i == count - 1 && f->until.ms >= end.ms;
	}
	return count < 0 ? count : 0;
}

static int read_announced(struct ripestat_reply *r)
{
	const cJSON *prefixes = json_get(r->data, "prefixes"), *item;
	struct wall end = ripestat_time(r, r->data, "query_endtime");
	struct wall latest = ripestat_time(r, r->data, "latest_time");
	uint32_t asn = ripestat_subject_asn(r->query);
	size_t count = 0;

	if (!cJSON_IsArray(prefixes))
		return ripestat_missing(r, "data.prefixes");
	if (!ripestat_is_about_asn(r, asn))
		return ripestat_error(r, ERR_SHAPE, "answers for another AS");
	if (!wall_is_set(end))
		end = latest;
	if (!wall_is_set(end))
		return ripestat_error(r, ERR_SHAPE, "no usable time in 'data.query_endtime'");
	cJSON_ArrayForEach(item, prefixes) {
		if (++count > PREFIXES_MAX)
			return ripestat_error(r, ERR_LIMIT, "more than %d prefixes", PREFIXES_MAX);
		int rc = announced_prefix(r, item, asn, end);
		if (rc)
			return rc;
	}
	r->out->data_time = wall_is_set(latest) ? latest : end;
	return 0;
}

int ripestat_announced(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_announced);
}

/* "left" is towards the collectors: upstream. "uncertain" was seen there only as a direct peer of RIS. "right" is
 * a customer. */
static int neighbour(struct ripestat_reply *r, const cJSON *item, uint32_t asn)
{
	const char *type = json_string(item, "type");
	uint32_t other;
	double power;

	if (!type || !json_asn(json_get(item, "asn"), &other)) {
		r->out->skipped++;
		return 0;
	}
	bool uncertain = !strcmp(type, "uncertain");
	if ((!uncertain && strcmp(type, "left")) || other == asn)
		return 0;
	struct fact *f = ripestat_fact(r, FACT_NEIGHBOUR);
	if (!f)
		return ERR_LIMIT;
	f->asn = asn;
	f->asn2 = other;
	f->flag = uncertain;
	f->t = r->out->data_time;
	if (json_number(item, "power", &power) && power >= 0)
		f->value = power;
	return 0;
}

static int read_neighbours(struct ripestat_reply *r)
{
	const cJSON *neighbours = json_get(r->data, "neighbours"), *item;
	uint32_t asn = ripestat_subject_asn(r->query);
	size_t count = 0;

	if (!cJSON_IsArray(neighbours))
		return ripestat_missing(r, "data.neighbours");
	if (!ripestat_is_about_asn(r, asn))
		return ripestat_error(r, ERR_SHAPE, "answers for another AS");
	r->out->data_time = ripestat_time(r, r->data, "query_endtime");
	cJSON_ArrayForEach(item, neighbours) {
		if (++count > NEIGHBOURS_MAX)
			return ripestat_error(r, ERR_LIMIT, "more than %d neighbours", NEIGHBOURS_MAX);
		int rc = neighbour(r, item, asn);
		if (rc)
			return rc;
	}
	return 0;
}

int ripestat_neighbours(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 3, read_neighbours);
}
