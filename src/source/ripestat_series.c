/* RIPEstat, how many of a country's networks and ASes are routed, over time (country-resource-stats).
 *
 * The service merges equal points: one record holds the counts and all the spans of time in which they were so,
 * both ends inclusive, in no order. So each span is laid out on the step again and all points are sorted. Points
 * after the request and before what was asked for are dropped; so is the newest one, until a later one stands
 * behind it (detection.md 8). -1 means "not available" and is missing, not a count. */
#include "ripestat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { COUNTS = 3, POINTS_MAX = 100000, RECORDS_MAX = 100000 };

static const struct { const char *member, *name, *unit; } counts[COUNTS] = {
	{"v4_prefixes_ris", "networks-v4", "networks"},
	{"v6_prefixes_ris", "networks-v6", "networks"},
	{"asns_ris", "asns", "ASes"},
};

static const struct { const char *word; int64_t ms; } resolutions[] = {
	{"5m", 300000}, {"1h", 3600000}, {"1d", 86400000}, {"1w", 7 * 86400000LL},
};

struct point {
	int64_t ms;
	size_t order; /* of arrival, since qsort is not stable */
	double value[COUNTS];
};

struct series_in {
	struct ripestat_reply *r;
	struct point *points; /* owned */
	size_t count, cap;
	int64_t step_ms, from_ms, until_ms; /* points outside from..until are not wanted */
};

/* The step is said in a word; without one it is what was asked for. */
static int64_t step_of(const struct ripestat_reply *r)
{
	const char *word = json_string(r->data, "resolution");

	if (!word)
		return resolutions[0].ms;
	for (size_t i = 0; i < ARRAY_LEN(resolutions); i++)
		if (!strcmp(resolutions[i].word, word))
			return resolutions[i].ms;
	return 0;
}

static int add_span(struct series_in *in, const cJSON *span, const double value[COUNTS])
{
	struct wall from = WALL_NONE, until = WALL_NONE;
	const char *start = json_string(span, "starttime"), *end = json_string(span, "endtime");

	if (!start || !end || wall_parse(start, &from, NULL) || wall_parse(end, &until, NULL) || until.ms < from.ms) {
		in->r->out->skipped++;
		return 0;
	}
	/* skip to the first wanted step without walking there */
	if (from.ms < in->from_ms)
		from.ms += (in->from_ms - from.ms + in->step_ms - 1) / in->step_ms * in->step_ms;
	if (until.ms > in->until_ms)
		until.ms = in->until_ms;
	for (int64_t t = from.ms; t <= until.ms; t += in->step_ms) {
		if (in->count == POINTS_MAX)
			return ripestat_error(in->r, ERR_LIMIT, "more than %d points", POINTS_MAX);
		mem_grow(&in->points, &in->cap, in->count + 1, sizeof(*in->points));
		struct point *p = &in->points[in->count];
		*p = (struct point){.ms = t, .order = in->count};
		memcpy(p->value, value, sizeof(p->value));
		in->count++;
	}
	return 0;
}

static int add_record(struct series_in *in, const cJSON *record)
{
	const cJSON *timeline = json_get(record, "timeline"), *span;
	double value[COUNTS];

	for (size_t i = 0; i < COUNTS; i++)
		if (!json_number(record, counts[i].member, &value[i]) || value[i] < 0)
			value[i] = NAN;
	if (cJSON_IsObject(timeline)) /* an older form: one span, bare */
		return add_span(in, timeline, value);
	if (!cJSON_IsArray(timeline)) {
		in->r->out->skipped++;
		return 0;
	}
	cJSON_ArrayForEach(span, timeline) {
		int rc = add_span(in, span, value);
		if (rc)
			return rc;
	}
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* One point a time: of several, the one that came last. The newest time is left for the next answer. */
static int add_facts(struct series_in *in)
{
	struct ripestat_reply *r = in->r;
	const char *country = batch_text(r->out, r->query->subject, strnlen(r->query->subject, 8), 8);

	if (in->count)
		qsort(in->points, in->count, sizeof(*in->points), by_time);
	for (size_t i = 0; i + 1 < in->count; i++) {
		const struct point *p = &in->points[i];
		if (p[1].ms == p->ms) {
			r->out->skipped++;
			continue;
		}
		for (size_t k = 0; k < COUNTS; k++) {
			struct fact *f = ripestat_fact(r, FACT_SAMPLE);
			if (!f)
				return ERR_LIMIT;
			f->subject = country;
			f->name = counts[k].name;
			f->text = counts[k].unit;
			f->t = r->out->data_time = (struct wall){p->ms};
			f->step_ms = in->step_ms;
			f->value = p->value[k];
		}
	}
	return 0;
}

static int read_country_stats(struct ripestat_reply *r)
{
	const cJSON *stats = json_get(r->data, "stats"), *record;
	const struct query *q = r->query;
	struct series_in in = {.r = r, .step_ms = step_of(r), .until_ms = INT64_MAX / 4};
	size_t records = 0;
	int rc = 0;

	if (!cJSON_IsArray(stats))
		return ripestat_missing(r, "data.stats");
	if (in.step_ms == 0)
		return ripestat_error(r, ERR_SHAPE, "unknown 'data.resolution'");
	if (wall_is_set(q->now))
		in.until_ms = q->now.ms;
	in.from_ms = ripestat_since(q, RIPESTAT_STATS_MS).ms - in.step_ms;
	cJSON_ArrayForEach(record, stats) {
		if (++records > RECORDS_MAX)
			rc = ripestat_error(r, ERR_LIMIT, "more than %d records", RECORDS_MAX);
		else
			rc = add_record(&in, record);
		if (rc)
			goto out;
	}
	rc = add_facts(&in);
out:
	free(in.points);
	return rc;
}

int ripestat_country_stats(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return ripestat_parse(body, len, q, out, e, 0, read_country_stats);
}
