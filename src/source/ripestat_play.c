/* RIPEstat's bgplay: who had a route at one moment, and every change from there to another. What fills a hole in the
 * stream.
 *
 * The subject is "PREFIX,PREFIX FROM UNTIL", the times in Unix seconds. Before the indexed period the answer is empty
 * and says ok: that is an error here, since nothing was learned. */
#include "ripestat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { SOURCES_MAX = 8192, ROWS_MAX = 100000, TARGETS_MAX = 64, COLLECTOR_BYTES = 8 };

struct play_source {
	struct addr addr;
	uint32_t asn;
	char collector[COLLECTOR_BYTES];
	const char *kept;
};

struct play {
	struct ripestat_reply *r;
	struct play_source *sources;
	size_t source_count;
	size_t rows;
};

int ripestat_play_times(const char *subject, struct wall *from, struct wall *until)
{
	const char *p = strchr(subject, ' ');
	long long a, b;
	if (!p || sscanf(p, " %lld %lld", &a, &b) != 2 || a <= 0 || b <= a || b > 253402300800)
		return ERR_USAGE;
	*from = wall_from_s(a);
	*until = wall_from_s(b);
	return 0;
}

/* "03-2001:7f8:1::a503:4019:1": the collector's number, then the peer's address. */
static bool split_id(const char *id, struct play_source *out)
{
	const char *dash = id ? strchr(id, '-') : NULL;
	size_t len = dash ? (size_t)(dash - id) : 0;
	if (!dash || len == 0 || len > 2 || strspn(id, "0123456789") != len)
		return false;
	snprintf(out->collector, sizeof(out->collector), "rrc%s%.*s", len == 1 ? "0" : "", (int)len, id);
	return addr_parse(dash + 1, strnlen(dash + 1, 64), &out->addr);
}

static const struct play_source *source_of(const struct play *p, const cJSON *attrs)
{
	struct play_source want = {0};
	if (!split_id(json_string(attrs, "source_id"), &want))
		return NULL;
	for (size_t i = 0; i < p->source_count; i++)
		if (addr_equal(&p->sources[i].addr, &want.addr) && !strcmp(p->sources[i].collector, want.collector))
			return &p->sources[i];
	return NULL;
}

static int read_sources(struct play *p)
{
	const cJSON *list = json_get(p->r->data, "sources"), *item;
	if (!cJSON_IsArray(list))
		return ripestat_missing(p->r, "data.sources");
	int n = cJSON_GetArraySize(list);
	if (n > SOURCES_MAX)
		return ripestat_error(p->r, ERR_LIMIT, "more than %d sources", SOURCES_MAX);
	p->sources = xcalloc((size_t)n + 1, sizeof(*p->sources));
	cJSON_ArrayForEach(item, list)
	{
		struct play_source *s = &p->sources[p->source_count];
		if (!split_id(json_string(item, "id"), s) || !json_asn(json_get(item, "as_number"), &s->asn)) {
			p->r->out->skipped++;
			continue;
		}
		s->kept = batch_text(p->r->out, s->collector, strlen(s->collector), sizeof(s->collector));
		p->source_count++;
	}
	return 0;
}

/* The AS right before the origin, prepending removed. */
static uint32_t upstream_of(const cJSON *path, uint32_t *origin)
{
	const cJSON *item;
	uint32_t last = 0, before = 0, asn;
	cJSON_ArrayForEach(item, path)
	{
		if (!json_asn(item, &asn))
			asn = 0;
		if (asn != last || asn == 0)
			before = last;
		last = asn;
	}
	*origin = last;
	return before;
}

static bool target_of(const cJSON *attrs, struct prefix *out)
{
	const char *s = json_string(attrs, "target_prefix");
	return s && prefix_parse(s, strnlen(s, 64), out);
}

static int add_row(struct play *p, enum fact_kind kind, const cJSON *attrs, const struct prefix *prefix, struct wall t)
{
	const struct play_source *s = source_of(p, attrs);
	if (++p->rows > ROWS_MAX)
		return ripestat_error(p->r, ERR_LIMIT, "more than %d rows", ROWS_MAX);
	if (!s) {
		p->r->out->skipped++;
		return 0;
	}
	struct fact *f = ripestat_fact(p->r, kind);
	if (!f)
		return ERR_LIMIT;
	f->prefix = *prefix;
	f->collector = s->kept;
	f->addr = s->addr;
	f->asn = s->asn;
	f->t = t;
	if (kind != FACT_WITHDRAW)
		f->upstream = upstream_of(json_get(attrs, "path"), &f->asn2);
	return 0;
}

/* The rows of one prefix at the beginning, then its end. */
static int read_target(struct play *p, const struct prefix *prefix, struct wall from)
{
	const cJSON *item;
	struct prefix about;
	uint32_t count = 0;
	cJSON_ArrayForEach(item, json_get(p->r->data, "initial_state"))
	{
		if (!target_of(item, &about) || !prefix_equal(&about, prefix))
			continue;
		int rc = add_row(p, FACT_ROUTE, item, prefix, from);
		if (rc)
			return rc;
		count++;
	}
	struct fact *f = ripestat_fact(p->r, FACT_SNAPSHOT);
	if (!f)
		return ERR_LIMIT;
	f->prefix = *prefix;
	f->t = from;
	f->count = count;
	return 0;
}

static int read_events(struct play *p)
{
	const cJSON *item;
	cJSON_ArrayForEach(item, json_get(p->r->data, "events"))
	{
		const char *type = json_string(item, "type");
		const cJSON *attrs = json_get(item, "attrs");
		struct wall t = ripestat_time(p->r, item, "timestamp");
		struct prefix prefix;
		bool gone = type && !strcmp(type, "W");
		if (!type || (!gone && strcmp(type, "A")) || !wall_is_set(t) || !target_of(attrs, &prefix)) {
			p->r->out->skipped++;
			continue;
		}
		int rc = add_row(p, gone ? FACT_WITHDRAW : FACT_ANNOUNCE, attrs, &prefix, t);
		if (rc)
			return rc;
	}
	return 0;
}

static int read_targets(struct play *p, struct wall from)
{
	const char *at = p->r->query->subject;
	for (int n = 0; *at && *at != ' ' && n < TARGETS_MAX; n++) {
		struct prefix prefix;
		size_t len = strcspn(at, ", ");
		if (!prefix_parse(at, len, &prefix))
			return ripestat_error(p->r, ERR_USAGE, "asked for something that is no prefix");
		int rc = read_target(p, &prefix, from);
		if (rc)
			return rc;
		at += len + (at[len] == ',');
	}
	return 0;
}

static int read_play(struct ripestat_reply *r)
{
	struct play p = {.r = r};
	struct wall from, until, end = ripestat_time(r, r->data, "query_endtime");
	if (ripestat_play_times(r->query->subject, &from, &until) < 0)
		return ripestat_error(r, ERR_USAGE, "asked without times");
	if (!cJSON_IsArray(json_get(r->data, "initial_state")))
		return ripestat_missing(r, "data.initial_state");
	if (!cJSON_IsArray(json_get(r->data, "events")))
		return ripestat_missing(r, "data.events");
	int rc = read_sources(&p);
	if (rc == 0 && p.source_count == 0)
		rc = ripestat_error(r, ERR_NOT_FOUND, "nothing is kept of that time");
	if (rc == 0)
		rc = read_targets(&p, from);
	if (rc == 0)
		rc = read_events(&p);
	r->out->data_time = wall_is_set(end) && end.ms < until.ms ? end : until;
	free(p.sources);
	return rc;
}

int ripestat_bgplay(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_play);
}
