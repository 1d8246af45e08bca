/* A small world behind an app under test: North Korea's four networks, peers of six collectors, and what the real services
 * would answer about them. The app asks for jobs, the world answers, time is a number that the test moves. */
#ifndef KP_WORLD_H
#define KP_WORLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "source/source.h"

#define PEERS 42
#define NETS 4

static const char *const kp_nets[NETS] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"};
static const char *const kp_collectors[6] = {"rrc00", "rrc01", "rrc03", "rrc06", "rrc12", "rrc21"};

struct world {
	struct app *app;
	struct config config;
	struct now now;
	struct wall due;
	bool has[NETS][PEERS];
	bool down[PEERS];                 /* the session */
	bool stream_dead, offline;
	uint32_t streams[16];
	char subjects[16][8192];
	size_t stream_count;
	unsigned asked;
	/* a test's own: services beside routing, silent hosts, what is configured before the app starts; NULL: none */
	bool (*more)(struct world *, const char *url, struct strbuf *out);
	bool (*silent)(struct world *, const char *url);
};

static inline const char *peer_collector(int p) { return kp_collectors[p % 6]; }
static inline void peer_addr(char *dst, size_t cap, int p) { snprintf(dst, cap, "192.0.2.%d", p + 1); }
static inline unsigned peer_asn(int p) { return 64500u + (unsigned)p; }

static void envelope(struct strbuf *b, const char *call, struct wall t)
{
	char time[WALL_TEXT_MAX];
	wall_format(time, t);
	time[19] = '\0';
	strbuf_addf(b, "{\"messages\":[],\"version\":\"2.1\",\"data_call_name\":\"%s\",\"data_call_status\":\"supported\","
		       "\"status\":\"ok\",\"status_code\":200,\"time\":\"%s\",\"data\":{", call, time);
}

static char *iso(char *dst, struct wall t)
{
	wall_format(dst, t);
	dst[19] = '\0';
	return dst;
}

static void answer_looking_glass(struct world *w, const char *url, struct strbuf *b)
{
	char t[WALL_TEXT_MAX];
	int net = -1;
	for (int i = 0; i < NETS; i++) {
		char encoded[40];
		snprintf(encoded, sizeof(encoded), "175.45.%d.0%%2F24", 176 + i);
		if (strstr(url, encoded) || strstr(url, kp_nets[i]))
			net = i;
	}
	bool v6 = strstr(url, "2001") != NULL;
	envelope(b, "looking-glass", w->now.wall);
	strbuf_adds(b, "\"rrcs\":[");
	for (int c = 0; c < 6; c++) {
		strbuf_addf(b, "%s{\"rrc\":\"RRC%s\",\"location\":\"x\",\"peers\":[", c ? "," : "", kp_collectors[c] + 3);
		bool first = true;
		for (int p = c; p < PEERS; p += 6) {
			char addr[32];
			if (v6 || w->down[p] || (net >= 0 && !w->has[net][p]))
				continue;
			peer_addr(addr, sizeof(addr), p);
			strbuf_addf(b, "%s{\"asn_origin\":\"%d\",\"as_path\":\"%u %s\",\"community\":\"\",\"last_updated\":\"2014-12-01T00:00:00\","
				       "\"prefix\":\"%s\",\"peer\":\"%s\",\"origin\":\"IGP\",\"next_hop\":\"192.0.2.254\",\"latest_time\":\"%s\"}",
				    first ? "" : ",", net >= 0 ? 131279 : 3333, peer_asn(p), net >= 0 ? "4837 131279" : "3333",
				    net >= 0 ? kp_nets[net] : "193.0.0.0/21", addr, iso(t, w->now.wall));
			first = false;
		}
		strbuf_adds(b, "]}");
	}
	strbuf_addf(b, "],\"query_time\":\"%s\",\"latest_time\":\"%s\",\"parameters\":{}}}", iso(t, w->now.wall), iso(t, w->now.wall));
}

static void answer_peers(struct world *w, struct strbuf *b)
{
	char t[WALL_TEXT_MAX];
	envelope(b, "ris-peers", w->now.wall);
	strbuf_adds(b, "\"peers\":{");
	for (int c = 0; c < 6; c++) {
		strbuf_addf(b, "%s\"%s\":[", c ? "," : "", kp_collectors[c]);
		for (int p = c; p < PEERS; p += 6) {
			char addr[32];
			peer_addr(addr, sizeof(addr), p);
			strbuf_addf(b, "%s{\"asn\":\"%u\",\"ip\":\"%s\",\"v4_prefix_count\":%d,\"v6_prefix_count\":0}", p > c ? "," : "",
				    peer_asn(p), addr, 900000 + p);
		}
		strbuf_adds(b, "]");
	}
	strbuf_addf(b, "},\"latest_time\":\"%s\",\"earliest_time\":\"2000-01-01T00:00:00\",\"parameters\":{}}}", iso(t, w->now.wall));
}

static void answer_announced(struct world *w, struct strbuf *b)
{
	char t[WALL_TEXT_MAX];
	struct wall snap = {w->now.wall.ms - w->now.wall.ms % 28800000};
	envelope(b, "announced-prefixes", w->now.wall);
	strbuf_adds(b, "\"prefixes\":[");
	for (int i = 0; i < NETS; i++)
		strbuf_addf(b, "%s{\"prefix\":\"%s\",\"timelines\":[{\"starttime\":\"2014-12-08T00:00:00\",\"endtime\":\"%s\"}]}", i ? "," : "",
			    kp_nets[i], iso(t, snap));
	strbuf_addf(b, "],\"resource\":\"131279\",\"query_starttime\":\"2014-12-08T00:00:00\",\"query_endtime\":\"%s\",", iso(t, snap));
	strbuf_addf(b, "\"latest_time\":\"%s\",\"earliest_time\":\"2000-08-01T00:00:00\"}}", iso(t, snap));
}

/* false: this service is not played here */
static bool answer(struct world *w, const char *url, struct strbuf *b)
{
	if (strstr(url, "looking-glass"))
		answer_looking_glass(w, url, b);
	else if (strstr(url, "ris-peers"))
		answer_peers(w, b);
	else if (strstr(url, "announced-prefixes"))
		answer_announced(w, b);
	else if (strstr(url, "country-resource-list")) {
		envelope(b, "country-resource-list", w->now.wall);
		strbuf_adds(b, "\"query_time\":\"2014-12-20T00:00:00\",\"resources\":{\"asn\":[\"131279\"],\"ipv4\":[\"175.45.176.0/22\"],\"ipv6\":[]}}}");
	} else if (strstr(url, "country-asns")) {
		envelope(b, "country-asns", w->now.wall);
		strbuf_adds(b, "\"countries\":[{\"resource\":\"KP\",\"stats\":{\"registered\":1,\"routed\":1},\"routed\":\"{AsnSingle(131279)}\","
			       "\"non_routed\":\"{}\"}],\"resource\":[\"KP\"],\"lod\":[\"1\"],\"query_time\":\"2014-12-20T00:00:00\","
			       "\"latest_time\":\"2014-12-20T00:00:00\",\"cache\":null}}");
	} else {
		return w->more && w->more(w, url, b);
	}
	return true;
}

static void give(struct world *w, const struct input *in)
{
	app_input(w->app, in, w->now);
}

static void remember_stream(struct world *w, const struct fetch_job *job)
{
	if (w->stream_count == 16)
		return;
	w->streams[w->stream_count] = job->id;
	snprintf(w->subjects[w->stream_count++], 8192, "%s", job->header ? job->header : "");
}

/* Answer everything that the app asks at this moment. */
static void world_serve(struct world *w)
{
	struct fetch_job job;
	uint32_t id;
	while ((id = app_next_cancel(w->app)))
		for (size_t i = 0; i < w->stream_count; i++)
			if (w->streams[i] == id) {
				w->stream_count--;
				w->streams[i] = w->streams[w->stream_count];
				memmove(w->subjects[i], w->subjects[w->stream_count], 8192);
				break;
			}
	while (app_next_job(w->app, w->now, &job)) {
		struct input in = {.kind = INPUT_REPLY, .job = job.id, .time = w->now.wall, .retry_after_s = -1};
		struct strbuf body;
		strbuf_init(&body, 4 << 20);
		w->asked++;
		if (w->offline || (job.kind == FETCH_STREAM && w->stream_dead)) {
			err_set(&in.err, ERR_NET, "connection refused");
			in.curl_code = 7;
			if (job.kind == FETCH_STREAM)
				in.kind = INPUT_STREAM_END;
		} else if (job.kind == FETCH_STREAM) {
			in.kind = INPUT_STREAM_OPEN;
			in.status = 200;
			remember_stream(w, &job);
		} else if (job.kind == FETCH_CHECK_HTTP && w->silent && w->silent(w, job.url)) {
			err_set(&in.err, ERR_NET, "timed out");
			in.curl_code = 28;
		} else if (job.kind == FETCH_CHECK_HTTP) {
			in.status = 200;
			in.times = (struct transfer_times){1000, 2000, 0, 3000, 4000};
		} else if (job.kind == FETCH_GET && answer(w, job.url, &body)) {
			in.status = 200;
			in.body = body.text;
			in.len = body.len;
		} else {
			in.status = 404;
			err_set(&in.err, ERR_HTTP, "HTTP 404");
		}
		give(w, &in);
		strbuf_release(&body);
	}
}

static void world_line(struct world *w, const char *kind, const char *text)
{
	for (size_t i = 0; i < w->stream_count; i++) {
		bool update = strstr(w->subjects[i], "prefix") != NULL;
		if (update != !strcmp(kind, "update") || w->stream_dead || w->offline)
			continue;
		struct input in = {.kind = INPUT_CHUNK, .job = w->streams[i], .time = w->now.wall, .status = 200, .body = text,
				   .len = strlen(text), .retry_after_s = -1};
		give(w, &in);
		if (!update)
			return; /* one companion is enough */
	}
}

static void world_update(struct world *w, int peer, int net, bool announce)
{
	char line[900], addr[32];
	w->has[net][peer] = announce;
	if (w->down[peer])
		return;
	peer_addr(addr, sizeof(addr), peer);
	snprintf(line, sizeof(line),
		 "{\"type\":\"ris_message\",\"data\":{\"timestamp\":%lld.%03lld,\"peer\":\"%s\",\"peer_asn\":\"%u\",\"id\":\"x\",\"host\":\"%s.ripe.net\","
		 "\"type\":\"UPDATE\",\"path\":%s,\"community\":[],\"announcements\":[%s%s%s],\"withdrawals\":[%s%s%s]}}\n",
		 (long long)(w->now.wall.ms / 1000), (long long)(w->now.wall.ms % 1000), addr, peer_asn(peer), peer_collector(peer),
		 announce ? "[64500,4837,131279]" : "[]", announce ? "{\"next_hop\":\"192.0.2.254\",\"prefixes\":[\"" : "",
		 announce ? kp_nets[net] : "", announce ? "\"]}" : "", announce ? "" : "\"", announce ? "" : kp_nets[net],
		 announce ? "" : "\"");
	world_line(w, "update", line);
}

static inline void world_peer_state(struct world *w, int peer, bool up)
{
	char line[400], addr[32];
	w->down[peer] = !up;
	peer_addr(addr, sizeof(addr), peer);
	snprintf(line, sizeof(line),
		 "{\"type\":\"ris_message\",\"data\":{\"timestamp\":%lld.0,\"peer\":\"%s\",\"peer_asn\":\"%u\",\"id\":\"x\",\"host\":\"%s.ripe.net\","
		 "\"type\":\"STATE\",\"state\":\"%s\"}}\n", (long long)(w->now.wall.ms / 1000), addr, peer_asn(peer), peer_collector(peer),
		 up ? "up" : "down");
	world_line(w, "companion", line);
}

static void world_turn(struct world *w)
{
	for (int i = 0; i < 6; i++) { /* answers lead to questions */
		unsigned asked = w->asked;
		w->due = app_tick(w->app, w->now);
		world_serve(w);
		if (asked == w->asked)
			break;
	}
	w->due = app_tick(w->app, w->now);
}

/* Let time pass up to t, with a keepalive on the pulse every 10 s, waking the app whenever it wants to be. */
static void world_until(struct world *w, int64_t t_ms)
{
	while (w->now.wall.ms < t_ms) {
		int64_t next = (w->now.wall.ms / 10000 + 1) * 10000;
		int64_t jobs = app_jobs_due(w->app, w->now).ms;
		if (w->due.ms > w->now.wall.ms && w->due.ms < next)
			next = w->due.ms;
		if (jobs != INT64_MAX && jobs - w->now.mono.ms + w->now.wall.ms < next && jobs > w->now.mono.ms)
			next = jobs - w->now.mono.ms + w->now.wall.ms;
		if (next > t_ms)
			next = t_ms;
		int64_t step = next - w->now.wall.ms;
		w->now.wall.ms += step;
		w->now.mono.ms += step;
		if (w->now.wall.ms % 10000 == 0) {
			char line[300];
			snprintf(line, sizeof(line), "{\"type\":\"ris_message\",\"data\":{\"timestamp\":%lld.0,\"peer\":\"192.0.2.1\",\"peer_asn\":\"64500\","
				 "\"id\":\"x\",\"host\":\"rrc00.ripe.net\",\"type\":\"KEEPALIVE\"}}\n", (long long)(w->now.wall.ms / 1000));
			world_line(w, "companion", line);
		}
		world_turn(w);
	}
}

static inline int64_t at(const char *iso_time)
{
	struct wall t;
	if (wall_parse(iso_time, &t, NULL) < 0)
		abort();
	return t.ms;
}

/* setup: of what is configured and played beside routing, before the app starts; NULL: nothing. */
static void world_open_with(struct world *w, const char *start, bool announced, void (*setup)(struct world *))
{
	struct config_source_default d[CONFIG_SOURCES_MAX];
	size_t n = 0;
	struct territory_spec spec;
	struct err e;
	memset(w, 0, sizeof(*w));
	for (; n < source_count; n++)
		d[n] = (struct config_source_default){source_table[n]->name, source_table[n]->url, true};
	config_init(&w->config, d, n);
	w->config.canary_count = 0;
	for (int i = 0; i < 4; i++)
		snprintf(w->config.canaries[w->config.canary_count++].url, 256, "http://canary%d.test/", i);
	w->config.site_count = 0;
	for (int i = 0; i < NETS; i++)
		for (int p = 0; p < PEERS; p++)
			w->has[i][p] = announced;
	if (setup)
		setup(w);
	w->now = (struct now){{1000000}, {at(start)}};
	w->app = app_new(&w->config, w->now);
	if (territory_parse("KP", &spec, &e) < 0 || app_watch(w->app, &spec, NULL, 0, w->now, &e) < 0)
		abort();
	world_turn(w);
}

static inline void world_open(struct world *w, const char *start, bool announced)
{
	world_open_with(w, start, announced, NULL);
}

static void world_close(struct world *w)
{
	app_free(w->app);
}

#endif
