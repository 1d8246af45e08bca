/* Who is asked for what: a request's path and arguments to the reply's writer, and the name that faults and counts go
 * by.
 */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

static const char *arg_of(struct conn *c, const char *key)
{
	return MHD_lookup_connection_value(c->c, MHD_GET_ARGUMENT_KIND, key);
}

static int64_t arg_s(struct conn *c, const char *key)
{
	const char *s = arg_of(c, key);
	return s ? strtoll(s, NULL, 10) : 0;
}

/* "2026-11-22T12:00", UTC, as RIPEstat takes it; 0: none. */
static int64_t arg_ms(struct conn *c, const char *key)
{
	const char *s = arg_of(c, key);
	struct wall t;
	return s && wall_parse(s, &t, NULL) == 0 ? t.ms : 0;
}

#define RADAR "/client/v4/radar/"
enum radar_call { RADAR_FLOWS, RADAR_DNS, RADAR_ATTACKS, RADAR_OUTAGES, RADAR_ANOMALIES, RADAR_ASNS, RADAR_CALLS };
static const struct {
	const char *path, *name;
} radar_calls[RADAR_CALLS] = {
	[RADAR_FLOWS] = {RADAR "netflows/timeseries", "radar/netflows"},
	[RADAR_DNS] = {RADAR "dns/timeseries", "radar/dns"},
	[RADAR_ATTACKS] = {RADAR "attacks/layer3/timeseries", "radar/attacks"},
	[RADAR_OUTAGES] = {RADAR "annotations/outages", "radar/outages"},
	[RADAR_ANOMALIES] = {RADAR "traffic_anomalies", "radar/anomalies"},
	[RADAR_ASNS] = {RADAR "entities/asns", "radar/asns"},
};

static enum radar_call radar_call_of(const char *url)
{
	unsigned i = 0;
	while (i < RADAR_CALLS && strcmp(radar_calls[i].path, url))
		i++;
	return (enum radar_call)i;
}

static bool radar_body(struct server *s, struct conn *c, struct strbuf *out)
{
	const struct radar_query q = {
		.location = arg_of(c, "location"),
		.date_range = arg_of(c, "dateRange"),
		.date_start = arg_of(c, "dateStart"),
		.date_end = arg_of(c, "dateEnd"),
		.interval = arg_of(c, "aggInterval"),
		.name = arg_of(c, "name"),
	};
	switch (radar_call_of(c->url)) {
	case RADAR_FLOWS: return reply_radar_series(s, &q, SIGNAL_TRAFFIC, out);
	case RADAR_DNS: return reply_radar_series(s, &q, SIGNAL_DNS, out);
	case RADAR_ATTACKS: return reply_radar_series(s, &q, SIGNAL_ATTACKS, out);
	case RADAR_OUTAGES: return reply_radar_statements(s, &q, false, out);
	case RADAR_ANOMALIES: return reply_radar_statements(s, &q, true, out);
	case RADAR_ASNS: reply_radar_asns(s, &q, out); return true;
	case RADAR_CALLS: break;
	}
	return false;
}

static bool atlas_body(struct server *s, struct conn *c, struct strbuf *out)
{
	const char *several = arg_of(c, "country_code__in");
	const struct atlas_query q = {
		.country = several ? several : arg_of(c, "country_code"),
		.status = arg_of(c, "status"),
		.fields = arg_of(c, "fields"),
		.format = arg_of(c, "format"),
		.ids = arg_of(c, "probe_ids"),
		.page = (unsigned)arg_s(c, "page"),
		.page_size = (unsigned)arg_s(c, "page_size"),
		.start_s = arg_s(c, "start"),
		.stop_s = arg_s(c, "stop"),
	};
	if (!strcmp(c->url, "/api/v2/probes/"))
		return reply_atlas_probes(s, &q, out);
	if (strcmp(c->url, "/api/v2/measurements/7000/results/"))
		return false;
	reply_atlas_results(s, &q, out);
	return true;
}

bool ask_body(struct server *s, struct conn *c, struct strbuf *out)
{
	char call[48];
	if (!strcmp(c->url, "/data/bgplay/data.json"))
		return reply_bgplay(s, arg_of(c, "resource"), arg_ms(c, "starttime"), arg_ms(c, "endtime"), out);
	if (sscanf(c->url, "/data/%40[^/]/data.json", call) == 1)
		return reply_ripestat(s, call, arg_of(c, "resource"), out);
	if (!strncmp(c->url, "/v2/signals/raw/country/", 24) && arg_of(c, "datasource"))
		return reply_ioda_signal(s, c->url + 24, arg_of(c, "datasource"), arg_s(c, "from"), arg_s(c, "until"),
					 out);
	if (!strcmp(c->url, "/v2/outages/events") && arg_of(c, "entityCode")) {
		reply_ioda_outages(s, arg_of(c, "entityCode"), arg_s(c, "from"), arg_s(c, "until"), out);
		return true;
	}
	if (!strncmp(c->url, "/api/v2/", 8))
		return atlas_body(s, c, out);
	if (!strncmp(c->url, RADAR, sizeof(RADAR) - 1))
		return radar_body(s, c, out);
	if (!strncmp(c->url, "/site/", 6) || !strncmp(c->url, "/canary/", 8)) {
		strbuf_adds(out, "hello\n");
		return true;
	}
	return false;
}

/* The first part of a path names who is asked. */
static const struct {
	const char *path, *name;
} places[] = {
	{"/v1/stream", "rislive/stream"},
	{"/v2/outages/", "ioda/outages"},
	{"/api/v2/probes/", "atlas/probes"},
	{"/api/v2/measurements/", "atlas/results"},
	{"/site/", "probe/site"},
	{"/canary/", "probe/canary"},
};

/* "source/call", the name that faults and counts go by. */
void ask_name(struct conn *c)
{
	char call[40];
	enum radar_call radar = radar_call_of(c->url);
	snprintf(c->where, sizeof(c->where), "other");
	if (sscanf(c->url, "/data/%39[^/]/data.json", call) == 1)
		snprintf(c->where, sizeof(c->where), "ripestat/%.38s", call);
	else if (!strncmp(c->url, "/v2/signals/", 12))
		snprintf(c->where, sizeof(c->where), "ioda/%.30s",
			 arg_of(c, "datasource") ? arg_of(c, "datasource") : "signals");
	else if (radar < RADAR_CALLS)
		snprintf(c->where, sizeof(c->where), "%s", radar_calls[radar].name);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (!strncmp(c->url, places[i].path, strlen(places[i].path)))
			snprintf(c->where, sizeof(c->where), "%s", places[i].name);
}

/* Radar has no keyless access. */
bool ask_is_let_in(const struct server *s, struct conn *c)
{
	const char *header = MHD_lookup_connection_value(c->c, MHD_HEADER_KIND, "Authorization");
	if (strncmp(c->where, "radar/", 6))
		return true;
	if (!header || strncmp(header, "Bearer ", 7) || !header[7])
		return false;
	return !s->world.token[0] || !strcmp(header + 7, s->world.token);
}
