/* IODA (Georgia Tech): four signals per country, a row each, and the outages that IODA itself states.
 *
 * The order of entities in an answer is not promised, so series are matched by their own entityCode. A null is a
 * missing value. `data: []` is what a failed backend answers with HTTP 200, and `[[]]` an entity without the
 * series: both are "no data", never zero.
 *
 * The newest value: detection.md 8 wants the newest bin of a polled series dropped until the next one has arrived.
 * Bins that have not arrived stand in the answer as null, and a half-filled bin may stand before them, so a null
 * behind a value proves nothing: a value counts when a later VALUE exists. That costs one step, which data_delay_s
 * includes. */
#include "source/source.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/state.h"

enum {
	SERIES_MAX = 512,        /* per answer */
	VALUES_MAX = 40000,      /* per series: 100 days of 5 minutes and then some */
	EVENTS_MAX = 2000,
	STEP_MAX_S = 31 * 86400,
	WINDOW_S = 25 * 3600,    /* of signals: 24 h and the newest bins */
	EVENTS_WINDOW_S = 86400,
	RANGE_MAX_S = 99 * 86400 /* the service refuses 100 days */
};

struct reply {
	cJSON *tree;
	const cJSON *data; /* an array */
	const struct query *query;
	struct batch *out;
	struct err *err;
};

static const struct { const char *signal, *unit; } units[] = {
	{"bgp", "/24s"}, {"ping-slash24", "/24s"}, {"merit-nt", "sources"}, {"gtr", "traffic"},
};

PRINTF_LIKE(3, 4) static int fail(const struct reply *r, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(r->err, code, fmt, ap);
	va_end(ap);
	err_prefix(r->err, "ioda %s", r->query->call->name);
	return code;
}

static int too_many(const struct reply *r)
{
	return fail(r, ERR_LIMIT, "more than %d facts in one answer", BATCH_FACTS_MAX);
}

/* Open the envelope: `error` is null or a text, `data` an array. r->tree is to be deleted, also after an error. */
static int open_reply(struct reply *r, const char *body, size_t len)
{
	char said[160];

	r->tree = json_parse(body, len, r->err);
	if (!r->tree)
		return err_prefix(r->err, "ioda %s", r->query->call->name);
	const char *error = json_string(r->tree, "error");
	if (error && *error) {
		text_clean_str(said, sizeof(said), error);
		return fail(r, ERR_HTTP, "%s", said);
	}
	r->data = json_get(r->tree, "data");
	return cJSON_IsArray(r->data) ? 0 : fail(r, ERR_SHAPE, "missing 'data'");
}

/* Is code one of the comma-separated codes of the subject? */
static bool was_asked(const char *subject, const char *code)
{
	size_t len = strlen(code);

	for (const char *s = subject; len > 0 && *s;) {
		size_t part = strcspn(s, ",");
		if (part == len && !memcmp(s, code, len))
			return true;
		s += part + (s[part] == ',');
	}
	return false;
}

static bool text_is(const cJSON *object, const char *key, const char *want)
{
	const char *s = json_string(object, key);

	return s && !strcmp(s, want);
}

/* Some sources answer with objects per bin, or with both forms in one series. An object counts when it says one thing
 * only; else the bin is missing. Counts are never negative. */
static double value_of(const cJSON *item)
{
	if (cJSON_IsArray(item)) {
		const cJSON *said = json_get(item->child, "agg_values");
		item = cJSON_IsObject(said) && said->child && !said->child->next ? said->child : NULL;
	}
	if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble) || item->valuedouble < 0)
		return NAN;
	return item->valuedouble;
}

struct bins {
	const char *country, *name, *unit;
	const cJSON *values;
	int64_t from_s, step_s;
	int newest; /* index of the newest value that is not from the future; -1: none */
};

/* With two values or fewer the service states its native step, whatever the bins are: such a series has no usable
 * time. */
static bool bins_read(const struct reply *r, const cJSON *series, struct bins *b)
{
	const cJSON *item;
	int count = 0;

	b->values = json_get(series, "values");
	b->newest = -1;
	if (!cJSON_IsArray(b->values) || !json_int(series, "from", &b->from_s) || b->from_s < 0 ||
	    b->from_s > UINT32_MAX || !json_int(series, "step", &b->step_s) || b->step_s < 1 || b->step_s > STEP_MAX_S)
		return false;
	cJSON_ArrayForEach(item, b->values) {
		int64_t t = b->from_s + count * b->step_s;
		if (!isnan(value_of(item)) && (!wall_is_set(r->query->now) || t * 1000 <= r->query->now.ms))
			b->newest = count;
		if (++count > VALUES_MAX)
			return false;
	}
	return count > 2;
}

static int bins_emit(struct reply *r, const struct bins *b)
{
	const cJSON *item = b->values->child;

	for (int i = 0; i < b->newest; i++, item = item->next) {
		struct fact *f = batch_add(r->out, FACT_SAMPLE);
		if (!f)
			return too_many(r);
		f->subject = b->country;
		f->name = b->name;
		f->text = b->unit;
		f->t = wall_from_s(b->from_s + i * b->step_s);
		f->step_ms = b->step_s * 1000;
		f->value = value_of(item);
		if (!isnan(f->value) && f->t.ms > r->out->data_time.ms)
			r->out->data_time = f->t;
	}
	return 0;
}

static int read_series(struct reply *r, const cJSON *series, const char *name, const char *unit)
{
	struct bins b = {.name = name, .unit = unit};
	const char *code = json_string(series, "entityCode");
	const char *subtype = json_string(series, "subtype"); /* gtr: the product */
	bool ours = code && was_asked(r->query->subject, code) && text_is(series, "entityType", "country") &&
		    text_is(series, "datasource", name) && (!subtype || !*subtype || !strcmp(subtype, "WEB_SEARCH"));

	if (!ours || !bins_read(r, series, &b)) {
		r->out->skipped++;
		return 0;
	}
	if (b.newest < 1)
		return 0;
	b.country = batch_text(r->out, code, strlen(code), 8);
	return bins_emit(r, &b);
}

static int read_signal(struct reply *r, const char *name, const char *unit)
{
	const cJSON *entity, *series;
	int count = 0;

	if (!r->data->child) {
		struct fact *f = batch_add(r->out, FACT_NOTE);
		if (f)
			f->text = "empty answer, as when IODA's own store fails: kept as unknown, not as zero";
		return 0;
	}
	cJSON_ArrayForEach(entity, r->data) {
		if (!cJSON_IsArray(entity))
			return fail(r, ERR_SHAPE, "'data' is not a list of lists");
		cJSON_ArrayForEach(series, entity) {
			if (++count > SERIES_MAX)
				return fail(r, ERR_LIMIT, "more than %d series", SERIES_MAX);
			int rc = read_series(r, series, name, unit);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int parse_signal(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	struct err unseen = {0};
	struct reply r = {.query = q, .out = out, .err = e ? e : &unseen};
	int rc = open_reply(&r, body, len);

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(units); i++)
		if (!strcmp(units[i].signal, q->call->name))
			rc = read_signal(&r, units[i].signal, units[i].unit);
	cJSON_Delete(r.tree);
	return rc;
}

/* Until when the service looked: an outage that still goes on was closed there. */
static int64_t window_end(const struct reply *r)
{
	int64_t until;

	if (json_int(json_get(r->tree, "requestParameters"), "until", &until))
		return until;
	return wall_to_s(r->query->now);
}

static int read_event(struct reply *r, const cJSON *event, int64_t until)
{
	static const char kind[] = "country/";
	const char *location = json_string(event, "location"), *signal = json_string(event, "datasource");
	int64_t start, duration;
	double score;

	if (!location || strncmp(location, kind, sizeof(kind) - 1) || !signal ||
	    !was_asked(r->query->subject, location + sizeof(kind) - 1) || !json_int(event, "start", &start) ||
	    !json_int(event, "duration", &duration) || start < 0 || start > UINT32_MAX || duration < 0 ||
	    duration > UINT32_MAX) {
		r->out->skipped++;
		return 0;
	}
	struct fact *f = batch_add(r->out, FACT_OUTAGE);
	if (!f)
		return too_many(r);
	f->subject = batch_text(r->out, location + sizeof(kind) - 1, strlen(location) - (sizeof(kind) - 1), 8);
	f->name = batch_text(r->out, signal, strnlen(signal, 64), 32);
	f->text = "";
	f->t = wall_from_s(start);
	/* overlaps_window alone is also true of an outage that began before the window */
	bool going_on = json_bool(event, "overlaps_window", false) && start + duration >= until;
	if (!going_on)
		f->until = wall_from_s(start + duration);
	if (json_number(event, "score", &score) && score >= 0)
		f->value = score;
	return 0;
}

static int parse_events(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e)
{
	struct err unseen = {0};
	struct reply r = {.query = q, .out = out, .err = e ? e : &unseen};
	int rc = open_reply(&r, body, len), count = 0;
	const cJSON *event;

	if (rc == 0) {
		int64_t until = window_end(&r);
		cJSON_ArrayForEach(event, r.data) {
			if (++count > EVENTS_MAX)
				rc = fail(&r, ERR_LIMIT, "more than %d events", EVENTS_MAX);
			else
				rc = read_event(&r, event, until);
			if (rc)
				break;
		}
		out->data_time = wall_from_s(until);
	}
	cJSON_Delete(r.tree);
	return rc;
}

/* Country codes are matched exactly by the service: capitals, commas between. */
static int check_subject(const struct query *q, struct err *e)
{
	size_t len = strlen(q->subject);

	if (len < 2 || strspn(q->subject, "ABCDEFGHIJKLMNOPQRSTUVWXYZ,") != len)
		return err_set(e, ERR_USAGE, "ioda %s: no country asked for", q->call->name);
	return 0;
}

/* from=...&until=..., whole seconds: the query's since, else `span_s` back; never more than the service takes. */
static void add_window(struct strbuf *url, const struct query *q, int64_t span_s)
{
	int64_t until = wall_to_s(q->now);
	int64_t from = wall_is_set(q->since) ? wall_to_s(q->since) : until - span_s;

	if (from >= until)
		from = until - span_s;
	if (from < until - RANGE_MAX_S)
		from = until - RANGE_MAX_S;
	strbuf_addf(url, "from=%lld&until=%lld", (long long)from, (long long)until);
}

static int end_url(const struct query *q, const struct request *out, struct err *e)
{
	return out->url.cut ? err_set(e, ERR_LIMIT, "ioda %s: URL too long", q->call->name) : 0;
}

/* No maxPoints: bins stay at their native step, which is what the detectors are set for. */
static int request_signal(const struct query *q, struct request *out, struct err *e)
{
	int rc = check_subject(q, e);

	if (rc)
		return rc;
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s/v2/signals/raw/country/%s?", q->base, q->subject);
	add_window(&out->url, q, WINDOW_S);
	strbuf_addf(&out->url, "&datasource=%s", q->call->name);
	return end_url(q, out, e);
}

/* Newest first, so that a list that is cut loses the oldest; without the second detection method, which is otherwise
 * mixed into the same events. */
static int request_events(const struct query *q, struct request *out, struct err *e)
{
	int rc = check_subject(q, e);

	if (rc)
		return rc;
	strbuf_clear(&out->url);
	strbuf_addf(&out->url, "%s/v2/outages/events?entityType=country&entityCode=%s&", q->base, q->subject);
	add_window(&out->url, q, EVENTS_WINDOW_S);
	strbuf_adds(&out->url, "&ignoreMethods=*.sarima&orderBy=time/desc");
	return end_url(q, out, e);
}

/* Delays: how late the newest bin is, and the bin itself, and the one that is held back, and the time between two
 * polls. */
static const struct source_call calls[] = {
	{
		.name = "bgp",
		.help = "/24 networks that most peers of RIS and RouteViews see, every 5 minutes",
		.scope = SCOPE_CALL_COUNTRIES,
		.period_s = 300, .retry_s = 30, .timeout_s = 30, .body_max = 4 << 20, .urgency = 2,
		.data_step_s = 300, .data_delay_s = 1500,
		.request = request_signal, .parse = parse_signal,
	},
	{
		.name = "ping-slash24",
		.help = "/24 networks that answer active probing, every 10 minutes",
		.scope = SCOPE_CALL_COUNTRIES,
		.period_s = 300, .retry_s = 30, .timeout_s = 30, .body_max = 4 << 20, .urgency = 2,
		.data_step_s = 600, .data_delay_s = 2400,
		.request = request_signal, .parse = parse_signal,
	},
	{
		.name = "outages",
		.help = "outages that IODA states, last 24 hours",
		.scope = SCOPE_CALL_COUNTRY,
		.period_s = 300, .retry_s = 60, .timeout_s = 30, .body_max = 1 << 20, .urgency = 3,
		.optional = true,
		.request = request_events, .parse = parse_events,
	},
	{
		.name = "merit-nt",
		.help = "sources of unwanted traffic that Merit's telescope sees, every 5 minutes",
		.scope = SCOPE_CALL_COUNTRIES,
		.period_s = 900, .retry_s = 60, .timeout_s = 30, .body_max = 4 << 20, .urgency = 4,
		.data_step_s = 300, .data_delay_s = 2700, .optional = true,
		.request = request_signal, .parse = parse_signal,
	},
	{
		.name = "gtr",
		.help = "traffic to Google's search, every 30 minutes, 2 to 3 hours late",
		.scope = SCOPE_CALL_COUNTRIES,
		.period_s = 900, .retry_s = 60, .timeout_s = 30, .body_max = 2 << 20, .urgency = 4,
		.data_step_s = 1800, .data_delay_s = 15300, .optional = true,
		.request = request_signal, .parse = parse_signal,
	},
	{.name = NULL},
};

static const struct source_signal signals[] = {
	{"bgp", "visible /24s (IODA)", "/24s", CLASS_R, 300, 1200},
	{"ping-slash24", "probing (IODA)", "/24s", CLASS_P, 600, 2400},
	{"merit-nt", "telescope (Merit)", "sources", CLASS_T, 300, 1800},
	{"gtr", "Google traffic (IODA)", "traffic", CLASS_T, 1800, 4 * 3600},
	{.name = NULL},
};

const struct source_ops source_ioda = {
	.name = "ioda",
	.title = "IODA",
	.about = "BGP, probing, telescope and Google traffic per country, and the outages that IODA states",
	.attribution = "Data: IODA, Georgia Tech",
	.url = "https://api.ioda.inetintel.cc.gatech.edu",
	.classes = CLASS_R | CLASS_P | CLASS_T,
	.parallel = 1,
	.gap_ms = 1000,
	.calls = calls,
	.signals = signals,
};
