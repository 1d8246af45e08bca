/* RIPEstat's bgplay: who had a route at one moment, and every change from there to another. What fills a hole in the
 * stream, and one way to play the past.
 *
 * Asked by the call `bgplay`, the subject is "PREFIX,PREFIX FROM UNTIL", the times in Unix seconds. Before the indexed
 * period the answer is empty and says ok: that is an error here, since nothing was learned. In the stream of a replay
 * (bgplay.c) an answer comes in pieces: the peers are named once, and `targets` says which prefixes a piece begins. */
#include "ripestat_play.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ROWS_MAX = 100000, TARGETS_MAX = 64 };

struct play {
	struct ripestat_reply *r;
	struct play_sources *sources;
	struct play_row *rows; /* of the initial state, by prefix */
	size_t row_count;
	size_t taken; /* rows and events made into facts */
	bool pieces;  /* of a stream */
};

struct play_row {
	struct prefix prefix;
	const cJSON *item;
	size_t order;
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

/* ---- peers ---- */

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

static int by_session(const void *x, const void *y)
{
	const struct play_source *a = x, *b = y;
	int order = strcmp(a->collector, b->collector);
	return order ? order : memcmp(&a->addr, &b->addr, sizeof(a->addr));
}

static struct play_source *source_of(const struct play *p, const cJSON *attrs)
{
	const struct play_sources *s = p->sources;
	struct play_source want = {0};
	if (!s->count || !split_id(json_string(attrs, "source_id"), &want))
		return NULL;
	return bsearch(&want, s->list, s->count, sizeof(want), by_session);
}

static void sort_sources(struct play_sources *s)
{
	size_t kept = 0;
	if (s->count)
		qsort(s->list, s->count, sizeof(*s->list), by_session);
	for (size_t i = 0; i < s->count; i++)
		if (!kept || by_session(&s->list[kept - 1], &s->list[i]))
			s->list[kept++] = s->list[i];
	s->count = kept;
}

static int read_sources(struct play *p)
{
	const cJSON *list = json_get(p->r->data, "sources"), *item;
	struct play_sources *s = p->sources;
	if (!cJSON_IsArray(list) && p->pieces)
		return 0;
	if (!cJSON_IsArray(list))
		return ripestat_missing(p->r, "data.sources");
	cJSON_ArrayForEach(item, list)
	{
		struct play_source one = {0};
		if (!split_id(json_string(item, "id"), &one) || !json_asn(json_get(item, "as_number"), &one.asn)) {
			p->r->out->skipped++;
			continue;
		}
		if (s->count == PLAY_SOURCES_MAX)
			sort_sources(s); /* pieces name the same ones again */
		if (s->count == PLAY_SOURCES_MAX)
			return ripestat_error(p->r, ERR_LIMIT, "more than %d sources", PLAY_SOURCES_MAX);
		mem_grow(&s->list, &s->cap, s->count + 1, sizeof(*s->list));
		s->list[s->count++] = one;
	}
	sort_sources(s);
	return 0;
}

void play_sources_release(struct play_sources *s)
{
	free(s->list);
	*s = (struct play_sources){0};
}

/* ---- rows ---- */

/* The AS right before the origin, prepending removed; the whole path, where every part of it is an AS. */
static void read_path(struct play *p, const cJSON *path, struct fact *f)
{
	const cJSON *item;
	uint32_t list[FACT_PATH_MAX], last = 0, before = 0, asn;
	size_t n = 0;
	bool whole = true;
	cJSON_ArrayForEach(item, path)
	{
		if (!json_asn(item, &asn))
			asn = 0;
		if (asn == last && asn != 0)
			continue;
		before = last;
		last = asn;
		whole &= asn && n < FACT_PATH_MAX;
		if (whole)
			list[n++] = asn;
	}
	f->asn2 = last;
	f->upstream = before;
	f->path = whole ? batch_path(p->r->out, list, n) : NULL;
	f->path_len = f->path ? (uint32_t)n : 0;
}

static bool target_of(const cJSON *attrs, struct prefix *out)
{
	const char *s = json_string(attrs, "target_prefix");
	return s && prefix_parse(s, strnlen(s, 64), out);
}

static int add_row(struct play *p, enum fact_kind kind, const cJSON *attrs, const struct prefix *prefix, struct wall t)
{
	const struct play_source *s = source_of(p, attrs);
	if (++p->taken > ROWS_MAX)
		return ripestat_error(p->r, ERR_LIMIT, "more than %d rows", ROWS_MAX);
	if (!s) {
		p->r->out->skipped++;
		return 0;
	}
	struct fact *f = ripestat_fact(p->r, kind);
	if (!f)
		return ERR_LIMIT;
	f->prefix = *prefix;
	f->collector = batch_text(p->r->out, s->collector, strlen(s->collector), sizeof(s->collector));
	f->addr = s->addr;
	f->asn = s->asn;
	f->t = t;
	if (kind != FACT_WITHDRAW)
		read_path(p, json_get(attrs, "path"), f);
	return 0;
}

static int by_prefix(const void *x, const void *y)
{
	const struct play_row *a = x, *b = y;
	int order = prefix_cmp(&a->prefix, &b->prefix);
	return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

static int sort_rows(struct play *p)
{
	const cJSON *list = json_get(p->r->data, "initial_state"), *item;
	int n = cJSON_GetArraySize(list);
	if (n > ROWS_MAX)
		return ripestat_error(p->r, ERR_LIMIT, "more than %d rows", ROWS_MAX);
	p->rows = xcalloc((size_t)n + 1, sizeof(*p->rows));
	cJSON_ArrayForEach(item, list)
	{
		struct play_row *row = &p->rows[p->row_count];
		*row = (struct play_row){.item = item, .order = p->row_count};
		if (target_of(item, &row->prefix))
			p->row_count++;
		else
			p->r->out->skipped++;
	}
	if (p->row_count)
		qsort(p->rows, p->row_count, sizeof(*p->rows), by_prefix);
	return 0;
}

/* In a replay the network is one from here on: by whom most peers say it is originated. */
static int add_net(struct play *p, const struct prefix *prefix, size_t before, struct wall from)
{
	uint32_t origin = 0;
	size_t votes = 0;
	for (size_t i = before; i < p->r->out->count; i++) { /* Boyer and Moore's majority, in one pass */
		const struct fact *f = &p->r->out->facts[i];
		if (!votes)
			origin = f->asn2;
		votes = f->asn2 == origin ? votes + 1 : votes - 1;
	}
	struct fact *f = ripestat_fact(p->r, FACT_NET);
	if (!f)
		return ERR_LIMIT;
	f->prefix = *prefix;
	f->asn = origin;
	f->t = f->until = from;
	f->flag = true;
	/* before its rows: they are of a network that is watched */
	struct fact net = *f;
	struct batch *out = p->r->out;
	memmove(&out->facts[before + 1], &out->facts[before], (out->count - 1 - before) * sizeof(net));
	out->facts[before] = net;
	return 0;
}

/* The rows of one prefix at the beginning, then its end. */
static int read_target(struct play *p, const struct prefix *prefix, struct wall from)
{
	size_t lo = 0, hi = p->row_count, before = p->r->out->count;
	int rc = 0;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (prefix_cmp(&p->rows[mid].prefix, prefix) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < p->row_count && prefix_equal(&p->rows[lo].prefix, prefix); lo++)
		if ((rc = add_row(p, FACT_ROUTE, p->rows[lo].item, prefix, from)) < 0)
			return rc;
	size_t count = p->r->out->count - before;
	if (p->pieces && count && (rc = add_net(p, prefix, before, from)) < 0)
		return rc;
	struct fact *f = ripestat_fact(p->r, FACT_SNAPSHOT);
	if (!f)
		return ERR_LIMIT;
	f->prefix = *prefix;
	f->t = from;
	f->count = (uint32_t)count;
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
		if (!wall_is_set(p->r->out->data_time) || t.ms > p->r->out->data_time.ms)
			p->r->out->data_time = t;
	}
	return 0;
}

/* ---- an answer ---- */

/* As it was asked: every prefix of the subject has its rows, or none. */
static int read_asked(struct play *p, struct wall from)
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

static int read_named(struct play *p, struct wall from)
{
	const cJSON *item;
	int n = 0;
	cJSON_ArrayForEach(item, json_get(p->r->data, "targets"))
	{
		const char *text = json_string(item, "prefix");
		struct prefix prefix;
		if (n++ == TARGETS_MAX)
			return ripestat_error(p->r, ERR_LIMIT, "more than %d targets", TARGETS_MAX);
		if (!text || !prefix_parse(text, strnlen(text, 64), &prefix)) {
			p->r->out->skipped++;
			continue;
		}
		int rc = read_target(p, &prefix, from);
		if (rc)
			return rc;
	}
	return 0;
}

/* Everything up to there has been told. */
static int read_end(struct play *p)
{
	struct wall end = ripestat_time(p->r, p->r->data, "query_endtime");
	struct fact *f = wall_is_set(end) ? ripestat_fact(p->r, FACT_ALIVE) : NULL;
	if (f)
		f->t = end;
	return f || !wall_is_set(end) ? 0 : ERR_LIMIT;
}

int ripestat_play_piece(struct ripestat_reply *r, struct play_sources *sources)
{
	struct play p = {.r = r, .sources = sources, .pieces = true};
	struct wall from = ripestat_time(r, r->data, "query_starttime");
	int rc = read_sources(&p);
	if (rc == 0)
		rc = sort_rows(&p);
	if (rc == 0 && wall_is_set(from))
		rc = read_named(&p, from);
	if (rc == 0)
		rc = read_events(&p);
	if (rc == 0)
		rc = read_end(&p);
	free(p.rows);
	return rc;
}

static int read_play(struct ripestat_reply *r)
{
	struct play_sources sources = {0};
	struct play p = {.r = r, .sources = &sources};
	struct wall from, until, end = ripestat_time(r, r->data, "query_endtime"),
				 begin = ripestat_time(r, r->data, "query_starttime");
	if (ripestat_play_times(r->query->subject, &from, &until) < 0)
		return ripestat_error(r, ERR_USAGE, "asked without times");
	if (!cJSON_IsArray(json_get(r->data, "initial_state")))
		return ripestat_missing(r, "data.initial_state");
	if (!cJSON_IsArray(json_get(r->data, "events")))
		return ripestat_missing(r, "data.events");
	if (wall_is_set(begin) && begin.ms > from.ms) /* it covers from there only */
		from = begin;
	int rc = read_sources(&p);
	if (rc == 0 && sources.count == 0)
		rc = ripestat_error(r, ERR_NOT_FOUND, "nothing is kept of that time");
	if (rc == 0)
		rc = sort_rows(&p);
	if (rc == 0)
		rc = read_asked(&p, from);
	if (rc == 0)
		rc = read_events(&p);
	r->out->data_time = wall_is_set(end) && end.ms < until.ms ? end : until;
	free(p.rows);
	play_sources_release(&sources);
	return rc;
}

int ripestat_bgplay(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 1, read_play);
}
