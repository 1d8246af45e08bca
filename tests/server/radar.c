/* Cloudflare Radar (shared/sources/radar.md): series as shares of the highest value asked for, as strings; outages that
 * people wrote down; anomalies; users by AS. The newest bucket is not full yet, as there; a country without a `radar`
 * line has too little data to speak of (level 1). */
#include "private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

#define DAY_MS      86400000LL
#define BUCKETS_MAX 9000

static void add_time(struct strbuf *out, int64_t ms)
{
	char text[WALL_TEXT_MAX];
	strbuf_addf(out, "\"%.19sZ\"", wall_format(text, (struct wall){ms}));
}

/* "7d", "4w" or a date; INT64_MIN: neither. */
static int64_t span_of(const char *range)
{
	char *end;
	long n = range ? strtol(range, &end, 10) : 0;
	if (n < 1 || n > 364 || (strcmp(end, "d") && strcmp(end, "w")))
		return INT64_MIN;
	return n * (*end == 'w' ? 7 : 1) * DAY_MS;
}

static bool window_of(const struct server *s, const struct radar_query *q, int64_t *from, int64_t *until)
{
	struct wall a, b;
	const int64_t grid = 900000;
	if (q->date_start && q->date_end) {
		if (wall_parse(q->date_start, &a, NULL) < 0 || wall_parse(q->date_end, &b, NULL) < 0)
			return false;
		*from = a.ms / grid * grid;
		*until = b.ms / grid * grid;
		return *until > *from;
	}
	int64_t span = q->date_range ? span_of(q->date_range) : 7 * DAY_MS;
	if (span == INT64_MIN)
		return false;
	*until = s->now_ms;
	*from = (s->now_ms - span) / grid * grid;
	return true;
}

static int64_t step_of(const struct radar_query *q, int64_t span)
{
	static const struct {
		const char *word;
		int64_t ms;
	} steps[] = {{"15m", 900000}, {"1h", 3600000}, {"1d", DAY_MS}, {"1w", 7 * DAY_MS}};
	for (size_t i = 0; q->interval && i < ARRAY_LEN(steps); i++)
		if (!strcmp(q->interval, steps[i].word))
			return steps[i].ms;
	return span <= 2 * DAY_MS ? 900000 : 3600000;
}

static void begin(struct strbuf *out)
{
	strbuf_adds(out, "{\"success\":true,\"errors\":[],\"result\":{");
}

static void add_meta(struct strbuf *out, int64_t from, int64_t until, int64_t step, int level)
{
	strbuf_adds(out, "\"meta\":{\"dateRange\":[{\"startTime\":");
	add_time(out, from);
	strbuf_adds(out, ",\"endTime\":");
	add_time(out, until);
	strbuf_addf(out,
		    "}],\"aggInterval\":\"%s\",\"normalization\":\"MIN0_MAX\",\"confidenceInfo\":{\"level\":%d,"
		    "\"annotations\":[]},\"lastUpdated\":",
		    step == 900000    ? "FIFTEEN_MINUTES"
		    : step == 3600000 ? "ONE_HOUR"
				      : "ONE_DAY",
		    level);
	add_time(out, until);
	strbuf_adds(out, ",\"units\":[{\"name\":\"*\",\"value\":\"bytes\"}]}");
}

/* Values of the buckets; the last one holds what has come in so far. Returns their number. */
static size_t fill(const struct world *w, int c, enum world_signal signal, int64_t from, int64_t until, int64_t step,
		   double *values)
{
	size_t n = 0;
	for (int64_t t = from; t < until && n < BUCKETS_MAX; t += step) {
		double part = until - t < step ? (double)(until - t) / (double)step : 1;
		values[n++] = part * world_signal_at(w, c, signal, t, step);
	}
	return n;
}

bool reply_radar_series(struct server *s, const struct radar_query *q, enum world_signal signal, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = q->location ? world_find_country(w, q->location, strlen(q->location)) : -1;
	int64_t from, until;
	if (!window_of(s, q, &from, &until))
		return false;
	int64_t step = step_of(q, until - from);
	const struct world_country *k = c < 0 ? NULL : &w->countries[c];
	bool known = k && (signal == SIGNAL_TRAFFIC ? k->flows : signal == SIGNAL_DNS ? k->dns : k->attacks) > 0;
	double *values = xcalloc(BUCKETS_MAX, sizeof(*values)), most = 0;
	size_t n = known ? fill(w, c, signal, from -= from % step, until, step, values) : 0;
	for (size_t i = 0; i < n; i++)
		most = fmax(most, values[i]);
	begin(out);
	add_meta(out, from, until, step, known ? 5 : 1);
	strbuf_addf(out, ",\"%s\":{\"timestamps\":[", q->name ? q->name : "serie_0");
	for (size_t i = 0; i < n; i++) {
		strbuf_adds(out, i ? "," : "");
		add_time(out, from + (int64_t)i * step);
	}
	strbuf_adds(out, "],\"values\":[");
	for (size_t i = 0; i < n; i++)
		strbuf_addf(out, "%s\"%.7g\"", i ? "," : "", most > 0 ? values[i] / most : 0);
	strbuf_adds(out, "]}}}\n");
	free(values);
	return true;
}

/* ---- what people and the service itself state ---- */

static bool is_about(const struct world *w, const struct world_statement *t, const char *location)
{
	if (!location || !strcmp(t->subject, location))
		return true;
	int as = !strncmp(t->subject, "AS", 2) ? world_find_as(w, (uint32_t)strtoul(t->subject + 2, NULL, 10)) : -1;
	return as >= 0 && !strcmp(w->countries[w->ases[as].country].cc, location);
}

static void add_end(const struct server *s, const struct world_statement *t, struct strbuf *out)
{
	strbuf_adds(out, ",\"endDate\":");
	if (t->until_ms <= s->now_ms)
		add_time(out, t->until_ms);
	else
		strbuf_adds(out, "null");
}

static void add_outage(const struct server *s, const struct world_statement *t, size_t id, struct strbuf *out)
{
	const char *asn = !strncmp(t->subject, "AS", 2) ? t->subject + 2 : "";
	strbuf_addf(out, "{\"id\":\"%zu\",\"eventType\":\"OUTAGE\",\"dataSource\":\"ALL\",\"startDate\":", 9000 + id);
	add_time(out, t->from_ms);
	add_end(s, t, out);
	strbuf_addf(out, ",\"scope\":null,\"description\":null,\"linkedUrl\":\"\",\"locations\":[%s%s%s],\"asns\":[%s]",
		    *asn ? "" : "\"", *asn ? "" : t->subject, *asn ? "" : "\"", asn);
	strbuf_addf(out, ",\"origins\":[],\"outage\":{\"outageCause\":\"%s\",\"outageType\":\"%s\"}}", t->cause,
		    *asn ? "NETWORK" : "NATIONWIDE");
}

static void add_anomaly(const struct server *s, const struct world_statement *t, size_t id, struct strbuf *out)
{
	const char *asn = !strncmp(t->subject, "AS", 2) ? t->subject + 2 : NULL;
	strbuf_addf(out,
		    "{\"uuid\":\"00000000-0000-4000-8000-%012zu\",\"type\":\"%s\",\"status\":\"%s\",\"startDate\":", id,
		    asn ? "AS" : "LOCATION", t->verified ? "VERIFIED" : "UNVERIFIED");
	add_time(out, t->from_ms);
	if (t->until_ms <= s->now_ms)
		add_end(s, t, out);
	if (asn)
		strbuf_addf(out, ",\"asnDetails\":{\"asn\":\"%s\",\"name\":\"AS%s\"}", asn, asn);
	else
		strbuf_addf(out, ",\"locationDetails\":{\"code\":\"%s\",\"name\":\"%s\"}", t->subject, t->subject);
	strbuf_adds(out, ",\"visibleInDataSources\":[\"ALL\"]}");
}

bool reply_radar_statements(struct server *s, const struct radar_query *q, bool anomalies, struct strbuf *out)
{
	const struct world *w = &s->world;
	int64_t from, until;
	bool first = true;
	if (!window_of(s, q, &from, &until))
		return false;
	begin(out);
	strbuf_addf(out, "\"%s\":[", anomalies ? "trafficAnomalies" : "annotations");
	for (size_t i = 0; i < w->statement_count; i++) {
		const struct world_statement *t = &w->statements[i];
		bool over = t->until_ms < from && t->until_ms <= s->now_ms;
		if (t->anomaly != anomalies || t->t_ms > s->now_ms || over || !is_about(w, t, q->location))
			continue;
		reply_comma(out, &first);
		(anomalies ? add_anomaly : add_outage)(s, t, i, out);
	}
	strbuf_adds(out, "]}}\n");
	return true;
}

void reply_radar_asns(struct server *s, const struct radar_query *q, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = q->location ? world_find_country(w, q->location, strlen(q->location)) : -1;
	bool first = true;
	begin(out);
	strbuf_adds(out, "\"asns\":[");
	for (size_t i = 0; i < w->as_count; i++) {
		const struct world_as *as = &w->ases[i];
		if (as->country != c)
			continue;
		reply_comma(out, &first);
		strbuf_addf(out, "{\"asn\":%u,\"name\":", as->asn);
		strbuf_add_json(out, as->name);
		strbuf_addf(out, ",\"aka\":\"\",\"country\":\"%s\",\"countryName\":", w->countries[c].cc);
		strbuf_add_json(out, w->countries[c].name);
		if (as->users > 0)
			strbuf_addf(out, ",\"estimatedUsers\":{\"estimatedUsers\":%.0f}}", as->users * 1e6);
		else
			strbuf_adds(out, ",\"estimatedUsers\":{}}");
	}
	strbuf_adds(out, "]}}\n");
}
