/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* What the other classes say, through the whole app: a small world whose probing and traffic are numbers that the test sets,
 * whose sites answer or not, and whose routes go or stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "app/app_signals.h"
#include "kp_world.h"

static struct world w;

/* The country's figures: full until a time, then a share of it, then full again. */
static struct {
	int64_t down_ms, back_ms;  /* INT64_MAX: never */
	double share;
	bool dead;                 /* the service does not answer */
	int64_t first_span_s, last_span_s; /* of the requests for probing */
	unsigned calls;
} ioda;

static const struct { const char *name; int64_t step_s, late_s; double usual; } series[] = {
	{"bgp", 300, 600, 400}, {"ping-slash24", 600, 1200, 320}, {"merit-nt", 300, 900, 200}, {"gtr", 1800, 9000, 5000},
};

static double value_at(size_t i, int64_t t_s)
{
	bool down = t_s * 1000 >= ioda.down_ms && t_s * 1000 < ioda.back_ms;
	double sun = i < 2 ? 1 : 1 + 0.3 * sin((double)t_s / 86400.0 * 6.283185307179586);
	double noise = 1 + 0.004 * (double)((t_s / series[i].step_s * 7919) % 13 - 6) / 6;
	return floor(series[i].usual * sun * noise * (down && i > 0 ? ioda.share : 1));
}

static bool answer_ioda(struct world *world, const char *url, struct strbuf *b)
{
	const char *from = strstr(url, "from="), *until = strstr(url, "until=");
	if (!strstr(url, "/v2/signals/raw/country/") || ioda.dead || !from || !until)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(series); i++) {
		char name[40];
		snprintf(name, sizeof(name), "datasource=%s", series[i].name);
		if (!strstr(url, name))
			continue;
		int64_t a = strtoll(from + 5, NULL, 10), z = strtoll(until + 6, NULL, 10), step = series[i].step_s;
		if (i == 1) {
			ioda.last_span_s = z - a;
			if (!ioda.calls++)
				ioda.first_span_s = z - a;
		}
		a -= a % step;
		strbuf_addf(b, "{\"type\":\"signals\",\"error\":null,\"data\":[[{\"entityType\":\"country\",\"entityCode\":\"KP\","
			    "\"datasource\":\"%s\",\"subtype\":\"\",\"from\":%lld,\"until\":%lld,\"step\":%lld,\"nativeStep\":%lld,"
			    "\"values\":[", series[i].name, (long long)a, (long long)z, (long long)step, (long long)step);
		for (int64_t t = a; t < z; t += step) {
			bool late = t + step > world->now.wall.ms / 1000 - series[i].late_s;
			strbuf_addf(b, late ? "%snull" : "%s%.0f", t > a ? "," : "", value_at(i, t));
		}
		strbuf_adds(b, "]}]]}");
		return true;
	}
	return false;
}

static void quiet(struct world *world)
{
	memset(&ioda, 0, sizeof(ioda));
	ioda.down_ms = ioda.back_ms = INT64_MAX;
	world->more = answer_ioda;
}

static const struct territory *kp(void)
{
	return app_model(w.app)->territories[0];
}

static const struct voice *voice(const char *name)
{
	for (size_t i = 0; i < kp()->voice_count; i++)
		if (!strcmp(kp()->voices[i].name, name))
			return &kp()->voices[i];
	fail_msg("no voice %s", name);
	return NULL;
}

static size_t probing(void)
{
	for (size_t i = 0; i < kp()->signal_count; i++)
		if (!strcmp(kp()->signals[i].name, "ping-slash24"))
			return i;
	fail_msg("no signal");
	return 0;
}

static void drop(const char *from, double share)
{
	ioda.down_ms = at(from);
	ioda.share = share;
}

/* a fresh start has the habit of four weeks within minutes, and asks for it once */
static void test_history_is_asked_once(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	world_until(&w, at("2014-12-20T12:02:00Z"));
	assert_int_equal(ioda.first_span_s, 28 * 86400);
	assert_int_equal(voice("ping-slash24")->says, VOICE_NORMAL);
	assert_int_equal(voice("merit-nt")->says, VOICE_NORMAL);
	assert_true(voice("merit-nt")->weak);
	assert_true(fabs(voice("ping-slash24")->baseline - 320) < 4);
	assert_non_null(strstr(voice("ping-slash24")->url, "/v2/signals/raw/country/KP?from="));
	world_until(&w, at("2014-12-20T12:20:00Z"));
	assert_int_equal(ioda.last_span_s, 25 * 3600);
	world_close(&w);
}

/* one signal that drops suspects; two classes are as good as sure, and routes that stay make it dark */
static void test_signals_drop(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	drop("2014-12-20T12:30:00Z", 0.02);
	world_until(&w, at("2014-12-20T13:02:00Z"));
	assert_int_equal(voice("ping-slash24")->says, VOICE_NORMAL); /* two samples of the loss cannot have come yet */
	world_until(&w, at("2014-12-20T13:40:00Z"));
	const struct voice *v = voice("ping-slash24");
	if (v->says != VOICE_CRITICAL)
		fail_msg("%d: %s; %s", v->says, v->why, v->value_words);
	assert_int_equal(v->start.ms, at("2014-12-20T12:30:00Z"));
	assert_int_equal(v->start_low.ms, at("2014-12-20T12:20:00Z"));
	assert_true(v->loss_pct > 95);
	assert_non_null(strstr(v->value_words, "expected"));
	assert_non_null(strstr(v->rule_words, "detection.md 5.2"));
	assert_int_equal(kp()->signals[probing()].says, VOICE_CRITICAL);
	assert_int_equal(kp()->signals[probing()].alarm.ms, v->start.ms);
	assert_true(kp()->signals[probing()].line > 250 && kp()->signals[probing()].line < 320);
	assert_true(kp()->fusion.classes & CLASS_P);
	assert_true(kp()->fusion.classes & CLASS_T);
	assert_false(kp()->fusion.classes & CLASS_R);
	world_until(&w, at("2014-12-20T17:25:00Z")); /* Google's traffic comes hours later */
	assert_int_equal(voice("gtr")->says, VOICE_CRITICAL);
	assert_true(kp()->fusion.users_dark);
	assert_true(kp()->fusion.points >= 3);
	ioda.back_ms = at("2014-12-20T17:30:00Z");
	world_until(&w, at("2014-12-20T20:00:00Z"));
	v = voice("ping-slash24");
	assert_int_equal(v->says, VOICE_NORMAL);
	assert_false(wall_is_set(v->start));
	assert_int_equal(v->end.ms, at("2014-12-20T17:20:00Z"));
	assert_int_equal(v->end_high.ms, at("2014-12-20T17:30:00Z"));
	world_close(&w);
}

/* routes go, and everything that measures behind them goes on: disputed */
static void test_routes_gone_and_all_normal(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	world_until(&w, at("2014-12-20T12:30:00Z"));
	for (int p = 0; p < PEERS; p++)
		for (int i = 0; i < NETS; i++)
			world_update(&w, p, i, false);
	world_until(&w, at("2014-12-20T12:34:00Z"));
	assert_int_equal(kp()->fusion.against, 0); /* samples from before contradict nothing */
	world_until(&w, at("2014-12-20T15:58:00Z"));
	assert_int_equal(voice("ping-slash24")->says, VOICE_NORMAL);
	assert_true(kp()->fusion.against & CLASS_P);
	assert_true(kp()->fusion.against & CLASS_T);
	assert_true(kp()->fusion.disputed);
	world_close(&w);
}

/* a source that is gone says nothing, neither loss nor health, and begins nothing when it is back */
static void test_a_stale_source_freezes(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	world_until(&w, at("2014-12-20T12:30:00Z"));
	ioda.dead = true;
	drop("2014-12-20T12:40:00Z", 0.02);
	world_until(&w, at("2014-12-20T15:00:00Z"));
	const struct voice *v = voice("ping-slash24");
	assert_int_equal(v->says, VOICE_NO_DATA);
	assert_non_null(v->why[0] ? v->why : NULL);
	assert_false(wall_is_set(v->start));
	assert_int_equal(kp()->fusion.classes, 0);
	assert_true(kp()->fusion.missing & CLASS_P);
	world_close(&w);
}

/* history that the store kept speaks at once, and its promise holds back a one-shot */
static void test_history_from_the_store(void **state)
{
	(void)state;
	struct series past;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	ioda.dead = true;
	app_expect_history(w.app, "KP", "ioda", "ping-slash24");
	world_until(&w, at("2014-12-20T12:00:30Z"));
	assert_false(app_settled(w.app));
	assert_string_equal(voice("ping-slash24")->why, "reading its history");
	series_init(&past, 600000, 28 * 144 + 1);
	for (int64_t t = at("2014-11-22T12:00:00Z"); t < at("2014-12-20T11:30:00Z"); t += 600000)
		assert_int_equal(series_put(&past, (struct wall){t}, value_at(1, t / 1000)), 0);
	app_restore_history(w.app, "KP", "ioda", "ping-slash24", &past);
	series_release(&past);
	world_until(&w, at("2014-12-20T12:01:00Z"));
	assert_true(app_settled(w.app));
	struct detect_view d;
	struct app *a = w.app;
	detect_season_view(a->watches[0].hearings[probing()].detect, &d);
	assert_int_equal(d.phase, DETECT_NORMAL);
	assert_false(d.learning);
	world_close(&w);
}

/* ---- sites ---- */

#define SITES 5
static bool dark[SITES];     /* silent hosts */
static bool abroad[SITES];

static bool site_silent(struct world *world, const char *url)
{
	(void)world;
	int n;
	return sscanf(url, "http://175.45.178.%d/", &n) == 1 ? dark[n] : sscanf(url, "http://198.51.100.%d/", &n) == 1 && dark[n];
}

static bool answer_place(struct world *world, const char *url, struct strbuf *b)
{
	int n;
	const char *at_inside = strstr(url, "175.45.178."), *at_abroad = strstr(url, "198.51.100.");
	if (!strstr(url, "network-info") && !strstr(url, "maxmind") && !strstr(url, "prefix-overview"))
		return answer_ioda(world, url, b);
	if (!at_inside && !at_abroad)
		return false;
	n = atoi((at_inside ? at_inside : at_abroad) + 11);
	(void)n;
	envelope(b, "network-info", world->now.wall);
	strbuf_addf(b, "\"asns\":[\"%d\"],\"prefix\":\"%s\"}}", at_inside ? 131279 : 64511, at_inside ? "175.45.178.0/24" : "198.51.100.0/24");
	return true;
}

static void with_sites(struct world *world)
{
	quiet(world);
	world->more = answer_place;
	world->silent = site_silent;
	for (int i = 0; i < SITES; i++) {
		dark[i] = false;
		struct config_target *t = &world->config.sites[world->config.site_count++];
		snprintf(t->territory, sizeof(t->territory), "KP");
		snprintf(t->url, sizeof(t->url), abroad[i] ? "http://198.51.100.%d/" : "http://175.45.178.%d/", i);
	}
}

static unsigned votes(void)
{
	unsigned n = 0;
	for (size_t i = 0; i < kp()->site_count; i++)
		n += kp()->sites[i].votes;
	return n;
}

/* sites inside vote after a day; their silence is an alarm that outlives their own record, and one site is none */
static void test_sites_vote(void **state)
{
	(void)state;
	memset(abroad, 0, sizeof(abroad));
	abroad[4] = true;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, with_sites);
	world_until(&w, at("2014-12-21T11:50:00Z"));
	assert_int_equal(votes(), 0);
	assert_int_equal(voice("sites")->says, VOICE_NO_DATA);
	assert_non_null(strstr(voice("sites")->why, "24 h"));
	world_until(&w, at("2014-12-21T12:10:00Z"));
	assert_int_equal(votes(), 4);
	assert_int_equal(voice("sites")->says, VOICE_NORMAL);
	dark[0] = true;
	world_until(&w, at("2014-12-21T12:30:00Z"));
	assert_int_equal(voice("sites")->says, VOICE_NORMAL);
	memset(dark, 1, sizeof(dark));
	world_until(&w, at("2014-12-21T12:36:00Z"));
	const struct voice *v = voice("sites");
	assert_int_equal(v->says, VOICE_CRITICAL);
	assert_true(v->start.ms >= at("2014-12-21T12:29:00Z") && v->start.ms <= at("2014-12-21T12:33:00Z"));
	assert_true(v->start_low.ms <= v->start.ms);
	world_until(&w, at("2014-12-21T20:00:00Z"));
	assert_int_equal(votes(), 4); /* eight hours of silence do not take the vote away */
	dark[4] = false;              /* the site abroad is back: that ends nothing */
	world_until(&w, at("2014-12-21T20:30:00Z"));
	assert_int_equal(voice("sites")->says, VOICE_CRITICAL);
	assert_true(kp()->sites[4].reachable);
	assert_false(kp()->sites[4].votes);
	memset(dark, 0, sizeof(dark));
	world_until(&w, at("2014-12-21T20:40:00Z"));
	v = voice("sites");
	assert_int_equal(v->says, VOICE_NORMAL);
	assert_true(v->end.ms >= at("2014-12-21T20:28:00Z") && v->end_high.ms <= at("2014-12-21T20:34:00Z"));
	world_close(&w);
}

/* all sites are hosted abroad, as in 2014: they go, they come back, and no verdict moves */
static void test_sites_abroad_never_vote(void **state)
{
	(void)state;
	memset(abroad, 1, sizeof(abroad));
	world_open_with(&w, "2014-12-20T12:00:00Z", true, with_sites);
	world_until(&w, at("2014-12-21T12:30:00Z"));
	memset(dark, 1, sizeof(dark));
	world_until(&w, at("2014-12-21T13:30:00Z"));
	assert_int_equal(votes(), 0);
	assert_int_equal(voice("sites")->says, VOICE_NO_DATA);
	assert_true(voice("sites")->none);
	assert_int_equal(kp()->fusion.classes, 0);
	assert_int_equal(kp()->verdict.kind, VERDICT_NORMAL);
	for (int p = 0; p < PEERS; p++) /* now the routes go, and the sites come back */
		for (int i = 0; i < NETS; i++)
			world_update(&w, p, i, false);
	world_until(&w, at("2014-12-21T13:40:00Z"));
	memset(dark, 0, sizeof(dark));
	world_until(&w, at("2014-12-21T14:10:00Z"));
	assert_true(kp()->sites[0].reachable);
	assert_int_equal(kp()->verdict.kind, VERDICT_WITHDRAWN);
	assert_int_equal(event_look_current(&app_model(w.app)->book, SCOPE_TERRITORY, "KP", "KP")->state, EVENT_CONFIRMED);
	world_close(&w);
}

/* canaries silent: the line may be ours, so no round counts */
static bool all_silent(struct world *world, const char *url)
{
	return strstr(url, "canary0") || strstr(url, "canary1") || site_silent(world, url);
}

static void test_silent_canaries_pause_the_rounds(void **state)
{
	(void)state;
	memset(abroad, 0, sizeof(abroad));
	world_open_with(&w, "2014-12-20T12:00:00Z", true, with_sites);
	world_until(&w, at("2014-12-21T12:10:00Z"));
	assert_int_equal(voice("sites")->says, VOICE_NORMAL);
	w.silent = all_silent;
	world_until(&w, at("2014-12-21T12:15:00Z"));
	memset(dark, 1, sizeof(dark));
	world_until(&w, at("2014-12-21T12:40:00Z"));
	assert_int_equal(voice("sites")->says, VOICE_NO_DATA);
	assert_false(wall_is_set(voice("sites")->start));
	world_close(&w);
}

/* ---- probes and statements, as their sources hand them over ---- */

static struct job of_source(const char *source, const char *call, const char *subject)
{
	struct job j = {.source = source_find(source)};
	for (j.call = source_table[j.source]->calls; strcmp(j.call->name, call); j.call++)
		;
	j.subject = (char *)(uintptr_t)subject;
	return j;
}

static void probes_leave(int from, int to, const char *when, bool back)
{
	for (int i = from; i < to; i++) {
		struct fact f = {.kind = FACT_HOST_EVENT, .count = 7000000u + (unsigned)i, .flag = back, .text = i % 2 ? "ctr-a" : "ctr-b",
				 .t = {at(when) + i * 1000}};
		hosts_event(w.app, &f);
	}
}

static void probes_are(const char *cc, int count)
{
	for (int i = 0; i < count; i++) {
		struct fact f = {.kind = FACT_HOST, .count = 7000000u + (unsigned)i, .flag = true, .subject = cc,
				 .asn = i < 12 ? 64500 : 64501, .t = {at("2014-12-01T00:00:00Z")}};
		hosts_probe(w.app, &f, w.now);
	}
	struct fact end = {.kind = FACT_HOSTS_END, .subject = cc, .count = (unsigned)count};
	hosts_end(w.app, &end, w.now);
}

static void atlas_answers(void)
{
	struct batch none = {0};
	struct job j = of_source("atlas", "events", "KP:7000000");
	model_source(app_model(w.app), "atlas")->state = FEED_OK; /* the world plays no Atlas */
	hosts_heard(w.app, &j, &none, w.now);
	voices_build(w.app, &w.app->watches[0], w.now);
}

/* a third of the probes leave within minutes: a burst, named with the AS that is dark; half are back: over */
static void test_probes_leave(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	probes_are("KP", 9);
	atlas_answers();
	assert_true(voice("probes")->none); /* nine are shown and have no vote */
	probes_are("KP", 40);
	atlas_answers();
	assert_int_equal(voice("probes")->says, VOICE_NORMAL);
	probes_leave(0, 24, "2014-12-20T12:00:30Z", false);
	world_until(&w, at("2014-12-20T12:05:00Z"));
	atlas_answers();
	assert_int_equal(voice("probes")->says, VOICE_CRITICAL);
	assert_int_equal(voice("probes")->class_bit, CLASS_H);
	assert_non_null(strstr(voice("probes")->value_words, "16 of 40 probes connected"));
	assert_non_null(strstr(voice("probes")->value_words, "AS64500 0 of 12"));
	assert_int_equal(voice("probes")->start.ms, at("2014-12-20T12:00:30Z"));
	probes_leave(0, 13, "2014-12-20T12:30:00Z", true);
	world_until(&w, at("2014-12-20T12:40:00Z"));
	atlas_answers();
	assert_int_equal(voice("probes")->says, VOICE_NORMAL);
	assert_true(wall_is_set(voice("probes")->end));
	world_until(&w, at("2014-12-20T13:10:00Z")); /* and then nothing is heard for half an hour */
	model_source(app_model(w.app), "atlas")->state = FEED_OK;
	voices_build(w.app, &w.app->watches[0], w.now);
	assert_int_equal(voice("probes")->says, VOICE_NO_DATA);
	world_close(&w);
}

static const struct voice *stated(const char *source, const char *name, const char *t, const char *until, bool whole)
{
	struct job j = of_source(source, !strcmp(source, "ioda") ? "outages" : "anomalies", "KP");
	struct fact f = {.kind = !strcmp(source, "ioda") ? FACT_OUTAGE : FACT_STATEMENT, .subject = "KP", .name = name, .flag = whole,
			 .text = "cable cut", .t = {at(t)}, .until = WALL_NONE};
	if (until)
		f.until = (struct wall){at(until)};
	said_fact(w.app, &j, &f);
	model_source(app_model(w.app), "radar")->state = FEED_OK;
	model_source(app_model(w.app), "radar")->needs_token = false;
	voices_build(w.app, &w.app->watches[0], w.now);
	return voice("statement");
}

/* what others state: computed ones are shown, unverified ones too, people's words count; the end is an end */
static void test_statements(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	world_until(&w, at("2014-12-20T12:10:00Z"));
	const struct voice *v = stated("ioda", "bgp", "2014-12-20T11:00:00Z", NULL, true);
	assert_int_equal(v->says, VOICE_NO_DATA);
	assert_true(v->none);
	assert_non_null(strstr(v->value_words, "IODA states: bgp since 20 Dec 11:00, going on"));
	v = stated("radar", "anomaly unverified", "2014-12-20T11:30:00Z", NULL, true);
	assert_int_equal(v->says, VOICE_NO_DATA);
	v = stated("radar", "outage", "2014-12-20T11:40:00Z", NULL, false); /* of a region */
	assert_int_equal(v->says, VOICE_NO_DATA);
	v = stated("radar", "anomaly verified", "2014-12-20T11:30:00Z", NULL, true);
	assert_int_equal(v->says, VOICE_CRITICAL);
	assert_int_equal(v->class_bit, CLASS_X);
	assert_int_equal(v->start.ms, at("2014-12-20T11:30:00Z"));
	world_until(&w, at("2014-12-20T12:11:00Z"));
	assert_int_equal(kp()->fusion.classes & ~(unsigned)CLASS_X, 0);
	assert_int_equal(kp()->verdict.kind, VERDICT_NORMAL); /* an order without effect */
	v = stated("radar", "anomaly verified", "2014-12-20T11:30:00Z", "2014-12-20T12:10:30Z", true);
	assert_int_equal(v->says, VOICE_NO_DATA);
	assert_int_equal(v->end.ms, at("2014-12-20T12:10:30Z"));
	world_close(&w);
}

/* what IODA states, beside what we say ourselves */
static void test_a_statement_beside_ours(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	world_until(&w, at("2014-12-20T12:10:00Z"));
	for (int p = 0; p < PEERS; p++)
		for (int i = 0; i < NETS; i++)
			world_update(&w, p, i, false);
	world_until(&w, at("2014-12-20T12:40:00Z"));
	const struct voice *v = stated("ioda", "bgp", "2014-12-20T12:15:00Z", NULL, true);
	assert_non_null(strstr(v->value_words, "IODA states: bgp since 20 Dec 12:15, going on; 5m later than ours"));
	assert_true(v->none);
	world_close(&w);
}

/* users behind what is up */
static void test_users(void **state)
{
	(void)state;
	world_open_with(&w, "2014-12-20T12:00:00Z", true, quiet);
	world_until(&w, at("2014-12-20T12:00:10Z"));
	assert_true(isnan(kp()->users_up_pct));
	watch_as_find(&w.app->watches[0], 131279)->users = 20000;
	watch_users(&w.app->watches[0]);
	assert_true(fabs(kp()->users_up_pct - 100) < 0.01);
	for (int p = 0; p < PEERS; p++)
		for (int i = 0; i < NETS; i++)
			world_update(&w, p, i, false);
	world_until(&w, at("2014-12-20T12:10:00Z"));
	assert_true(kp()->users_up_pct < 0.01);
	const struct event *ev = event_look_current(&app_model(w.app)->book, SCOPE_TERRITORY, "KP", "KP");
	bool told = false;
	for (size_t i = 0; i < ev->evidence_count; i++)
		told |= strstr(ev->evidence[i].value, "0% of users") != NULL;
	assert_true(told);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_history_is_asked_once),
		cmocka_unit_test(test_signals_drop),
		cmocka_unit_test(test_routes_gone_and_all_normal),
		cmocka_unit_test(test_a_stale_source_freezes),
		cmocka_unit_test(test_history_from_the_store),
		cmocka_unit_test(test_probes_leave),
		cmocka_unit_test(test_statements),
		cmocka_unit_test(test_a_statement_beside_ours),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_sites_vote),
		cmocka_unit_test(test_sites_abroad_never_vote),
		cmocka_unit_test(test_silent_canaries_pause_the_rounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
