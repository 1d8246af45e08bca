/* IODA's answers in its real envelope (shared/sources/ioda.md), from the state of the world: series whose last bins are
 * null, because the service is late, and the outages it would state. */
#include "private.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

static const struct {
	const char *name;
	int64_t step_s, late_s;
} signals[] = {
	{"bgp", 300, 600},
	{"ping-slash24", 600, 1200},
	{"merit-nt", 300, 900},
	{"gtr", 1800, 9000},
};

static void ioda_begin(struct server *s, struct strbuf *out, const char *type, int64_t from_s, int64_t until_s)
{
	strbuf_addf(out, "{\"type\":\"%s\",\"metadata\":{\"requestTime\":", type);
	reply_time(out, s->now_ms);
	strbuf_adds(out, ",\"responseTime\":");
	reply_time(out, s->now_ms);
	strbuf_addf(out,
		    "},\"requestParameters\":{\"from\":\"%lld\",\"until\":\"%lld\"},\"error\":null,\"perf\":null,"
		    "\"data\":[",
		    (long long)from_s, (long long)until_s);
}

static void ioda_end(struct strbuf *out)
{
	strbuf_adds(out, "],\"copyright\":\"test data\"}\n");
}

/* Routes are counted; what else the service measures has its habits (usual.c). */
static double signal_value(const struct world *w, int c, size_t signal, int64_t t_s)
{
	const struct world_country *k = &w->countries[c];
	switch (signal) {
	case 0: return world_count_up(w, c, 4, t_s * 1000);
	case 1: return round(k->ping * world_signal_at(w, c, SIGNAL_PING, t_s * 1000, signals[signal].step_s * 1000));
	case 2:
		return round(k->telescope *
			     world_signal_at(w, c, SIGNAL_TELESCOPE, t_s * 1000, signals[signal].step_s * 1000));
	default:
		return round(k->traffic *
			     world_signal_at(w, c, SIGNAL_TRAFFIC, t_s * 1000, signals[signal].step_s * 1000));
	}
}

static bool has_signal(const struct world_country *c, size_t signal)
{
	return signal < 2 || (signal == 2 ? c->telescope : c->traffic) > 0;
}

static void add_series(struct server *s, struct strbuf *out, int c, size_t signal, int64_t from_s, int64_t until_s)
{
	const struct world *w = &s->world;
	int64_t step = signals[signal].step_s;
	from_s -= from_s % step;
	until_s -= until_s % step;
	strbuf_addf(out, "[{\"entityType\":\"country\",\"entityCode\":\"%s\",\"entityName\":", w->countries[c].cc);
	strbuf_add_json(out, w->countries[c].name);
	strbuf_addf(out,
		    ",\"entityFqid\":\"geo.provider.AS.%s\",\"datasource\":\"%s\",\"subtype\":\"%s\",\"from\":%lld,"
		    "\"until\":%lld,\"step\":%lld,"
		    "\"nativeStep\":%lld,\"values\":[",
		    w->countries[c].cc, signals[signal].name, signal == 3 ? "WEB_SEARCH" : "", (long long)from_s,
		    (long long)until_s, (long long)step, (long long)step);
	double kept = NAN;
	int64_t kept_at = INT64_MIN;
	for (int64_t t = from_s; t < until_s; t += step) {
		if (t > from_s)
			strbuf_addc(out, ',');
		if (t * 1000 > s->now_ms - signals[signal].late_s * 1000) {
			strbuf_adds(out, "null");
			continue;
		}
		if (isnan(kept) || w->net_count <= 500 || t - kept_at > 3600) { /* many networks: look once an hour */
			kept = signal_value(w, c, signal, t);
			kept_at = t;
		}
		strbuf_addf(out, "%.0f", kept);
	}
	strbuf_adds(out, "]}]");
}

bool reply_ioda_signal(struct server *s, const char *countries, const char *datasource, int64_t from_s, int64_t until_s,
		       struct strbuf *out)
{
	size_t signal = 0;
	bool first = true;
	while (signal < ARRAY_LEN(signals) && strcmp(signals[signal].name, datasource))
		signal++;
	if (signal == ARRAY_LEN(signals) || until_s - from_s > 100 * 86400 || from_s > until_s)
		return false;
	ioda_begin(s, out, "signals", from_s, until_s);
	for (const char *cc = countries; *cc;) {
		size_t len = strcspn(cc, ",");
		int c = world_find_country(&s->world, cc, len);
		reply_comma(out, &first);
		if (c >= 0 && has_signal(&s->world.countries[c], signal))
			add_series(s, out, c, signal, from_s, until_s);
		else
			strbuf_adds(out, "[]");
		cc += len + (cc[len] == ',');
	}
	ioda_end(out);
	return true;
}

/* An outage of the service's kind: all networks of the country gone, seen 20 minutes late. */
void reply_ioda_outages(struct server *s, const char *country, int64_t from_s, int64_t until_s, struct strbuf *out)
{
	const struct world *w = &s->world;
	int c = world_find_country(w, country, strlen(country));
	int64_t step = 300, known = s->now_ms / 1000 - 1200, start = -1;
	bool first = true;
	ioda_begin(s, out, "outages.events", from_s, until_s);
	for (int64_t t = from_s - from_s % step; c >= 0 && t <= until_s && t <= known;
	     t += w->net_count > 500 ? 3600 : step) {
		bool down = !world_count_up(w, c, 0, t * 1000), last = t + step > until_s || t + step > known;
		if (down && start < 0)
			start = t;
		if (start < 0 || (down && !last))
			continue;
		int64_t stop = down ? until_s : t;
		reply_comma(out, &first);
		strbuf_addf(out,
			    "{\"location\":\"country/"
			    "%s\",\"start\":%lld,\"duration\":%lld,\"uncertainty\":null,\"method\":\"median\","
			    "\"datasource\":\"bgp\","
			    "\"status\":0,\"fraction\":null,\"score\":%lld.5,\"location_name\":",
			    country, (long long)start, (long long)(stop - start), (long long)(stop - start));
		strbuf_add_json(out, w->countries[c].name);
		strbuf_addf(out, ",\"overlaps_window\":%s}", down ? "true" : "false");
		start = -1;
	}
	ioda_end(out);
}
