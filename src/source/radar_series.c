/* Radar's time series: netflows, dns, attacks/layer3.
 *
 * MIN0_MAX: 1 is the highest bucket of this answer, and no absolute amount is published. So a value of one answer says
 * nothing beside a value of another, and each sample is marked as being on this answer's own scale (fact.flag). The
 * app asks for a week each time and brings the answer to the scale of what it has by the median ratio of the buckets that
 * both have (app/app_scale.c): ratios survive, and ratios are what the detectors judge by.
 *
 * What does not become a sample: the newest bucket (it may be half full), buckets said to be a projection, buckets in which
 * Cloudflare itself had trouble (PIPELINE). Confidence below 3 of 5 is too little data to alarm on: the samples are
 * marked weak, which shows them and takes their vote. */
#include "radar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	POINTS_MAX = 8000,
	SPANS_MAX = 64,
	CONFIDENCE_LEAST = 3,    /* 1 is "too little data" of a country; below 5 weak for an AS */
};

static const struct { const char *word; int64_t ms; } intervals[] = {
	{"FIFTEEN_MINUTES", 900000}, {"ONE_HOUR", 3600000}, {"ONE_DAY", 86400000}, {"ONE_WEEK", 7 * 86400000LL},
	{"15m", 900000}, {"1h", 3600000}, {"1d", 86400000}, {"1w", 7 * 86400000LL},
};

/* A span in which buckets are not what they seem. */
struct span { struct wall from, until; };

struct series_in {
	struct radar_reply *r;
	int64_t step_ms;
	struct span spans[SPANS_MAX];
	size_t span_count;
	bool weak;
	const char *country, *name;
};

static int64_t step_of(const cJSON *meta)
{
	const char *word = json_string(meta, "aggInterval");

	for (size_t i = 0; word && i < ARRAY_LEN(intervals); i++)
		if (!strcmp(intervals[i].word, word))
			return intervals[i].ms;
	return 0;
}

/* Anomalies, outages and events are what we look for; only what makes the data itself wrong counts here. */
static bool is_spoiling(const cJSON *annotation)
{
	const char *type = json_string(annotation, "eventType");

	return type && (!strcmp(type, "PIPELINE") || !strcmp(type, "PARTIAL_PROJECTION"));
}

static void read_meta(struct series_in *in)
{
	const cJSON *meta = json_get(in->r->result, "meta"), *info = json_get(meta, "confidenceInfo"), *a;
	double level;

	in->step_ms = step_of(meta);
	in->weak = json_number(info, "level", &level) && level < CONFIDENCE_LEAST;
	cJSON_ArrayForEach(a, json_get(info, "annotations")) {
		if (!is_spoiling(a) || in->span_count == SPANS_MAX)
			continue;
		struct span s = {radar_time(a, "startDate"), radar_time(a, "endDate")};
		if (json_bool(a, "isInstantaneous", false) && wall_is_set(s.from))
			s.until = (struct wall){s.from.ms + 1};
		if (wall_is_set(s.from))
			in->spans[in->span_count++] = s;
	}
}

static bool is_spoiled(const struct series_in *in, struct wall t)
{
	for (size_t i = 0; i < in->span_count; i++) {
		const struct span *s = &in->spans[i];
		if (t.ms + in->step_ms > s->from.ms && (!wall_is_set(s->until) || t.ms < s->until.ms))
			return true;
	}
	return false;
}

/* The series is called serie_0, or as the asker named it: whatever has times and values. */
static const cJSON *find_series(const cJSON *result)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, result)
		if (member->string && strcmp(member->string, "meta") && cJSON_IsArray(json_get(member, "timestamps")) &&
		    cJSON_IsArray(json_get(member, "values")))
			return member;
	return NULL;
}

/* "0.871752", "1", or a number. Shares of a peak lie in 0..1. */
static double value_of(const cJSON *item)
{
	double v = NAN;

	if (cJSON_IsNumber(item)) {
		v = item->valuedouble;
	} else if (cJSON_IsString(item) && item->valuestring[0]) {
		char *end;
		v = strtod(item->valuestring, &end);
		if (*end)
			v = NAN;
	}
	return v >= 0 && v <= 1 ? v : NAN;
}

static int add_sample(struct series_in *in, struct wall t, double value)
{
	struct radar_reply *r = in->r;
	struct fact *f = radar_fact(r, FACT_SAMPLE);

	if (!f)
		return ERR_LIMIT;
	f->subject = in->country;
	f->name = in->name;
	f->text = "of peak";
	f->t = t;
	f->step_ms = in->step_ms;
	f->flag = true;
	f->weak = in->weak;
	f->value = is_spoiled(in, t) ? NAN : value;
	if (!isnan(f->value))
		r->out->data_time = t;
	return 0;
}

/* Times must go up, lie on the step and not in the future; what does not costs itself. The newest waits for the next answer. */
static int add_samples(struct series_in *in, const cJSON *times, const cJSON *values)
{
	const cJSON *time = times->child, *value = values->child;
	struct wall last = WALL_NONE, now = in->r->query->now;
	double last_value = NAN;
	size_t count = 0;

	for (; time && value; time = time->next, value = value->next) {
		const char *text = cJSON_GetStringValue(time);
		struct wall t;
		if (++count > POINTS_MAX)
			return radar_fail(in->r, ERR_LIMIT, "more than %d points", POINTS_MAX);
		if (!text || wall_parse(text, &t, NULL) || t.ms % in->step_ms || (wall_is_set(now) && t.ms > now.ms) ||
		    (wall_is_set(last) && t.ms <= last.ms)) {
			in->r->out->skipped++;
			continue;
		}
		int rc = wall_is_set(last) ? add_sample(in, last, last_value) : 0;
		if (rc)
			return rc;
		last = t;
		last_value = value_of(value);
	}
	return 0;
}

static int read_series(struct radar_reply *r)
{
	struct series_in in = {.r = r, .name = r->query->call->name};
	const cJSON *series = find_series(r->result);

	if (!cJSON_IsObject(json_get(r->result, "meta")))
		return radar_fail(r, ERR_SHAPE, "missing 'meta'");
	read_meta(&in);
	if (!series)
		return radar_fail(r, ERR_SHAPE, "no series in 'result'");
	if (in.step_ms != (int64_t)r->query->call->data_step_s * 1000)
		return radar_fail(r, ERR_SHAPE, "steps of another length than asked for");
	in.country = batch_text(r->out, r->query->subject, strnlen(r->query->subject, 2), 4);
	int rc = add_samples(&in, json_get(series, "timestamps"), json_get(series, "values"));
	if (rc == 0 && in.weak) {
		struct fact *f = batch_add(r->out, FACT_NOTE);
		if (f)
			f->text = "too little data of this country to judge by (Radar's own confidence)";
	}
	return rc;
}

int radar_parse_series(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	return radar_parse(body, len, q, out, e, read_series);
}
