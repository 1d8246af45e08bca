/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* Answers that ask further questions, tokens that are missing or refused, and series whose every answer has its own scale:
 * the app with Atlas and Radar alone, on the test's own time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "source/source.h"

#define START 1795348800000LL /* 2026-11-22T12:00:00Z */
#define ASKED_MAX 64

/* What was asked since the last round, and not answered yet. */
static struct { uint32_t id; char url[600], token[32]; } asked[ASKED_MAX];
static size_t asked_count;
static struct config config;
static struct now now;
static struct app *app;

static void open_world(const char *only)
{
	static struct config_source_default defaults[CONFIG_SOURCES_MAX];
	struct territory_spec spec;
	for (size_t i = 0; i < source_count; i++)
		defaults[i] = (struct config_source_default){source_table[i]->name, "http://127.0.0.1:1",
							      !strcmp(source_table[i]->name, only)};
	config_init(&config, defaults, source_count);
	config.canary_count = config.site_count = 0;
	now = (struct now){{1000000}, {START}};
	app = app_new(&config, now);
	asked_count = 0;
	assert_int_equal(territory_parse("IR", &spec, NULL), 0);
	assert_int_equal(app_watch(app, &spec, NULL, 0, now, NULL), 0);
}

static void close_world(void)
{
	app_free(app);
}

/* Let the time go by, and note what is asked. */
static void pass(int64_t ms)
{
	for (int64_t end = now.mono.ms + ms; now.mono.ms <= end; now.mono.ms += 500, now.wall.ms += 500) {
		struct fetch_job job;
		app_tick(app, now);
		while (app_next_job(app, now, &job)) {
			assert_true(asked_count < ASKED_MAX);
			asked[asked_count].id = job.id;
			snprintf(asked[asked_count].url, sizeof(asked[0].url), "%s", job.url);
			snprintf(asked[asked_count++].token, sizeof(asked[0].token), "%s", job.token ? job.token : "");
		}
	}
}

static size_t find(const char *part)
{
	for (size_t i = 0; i < asked_count; i++)
		if (strstr(asked[i].url, part))
			return i;
	return ASKED_MAX;
}

static void answer(const char *part, int status, int64_t retry_after_s, const char *body)
{
	size_t i = find(part);
	if (i == ASKED_MAX)
		fail_msg("nobody asked for '%s'", part);
	struct input in = {.kind = INPUT_REPLY, .job = asked[i].id, .time = now.wall, .status = status, .body = body,
			   .len = strlen(body), .retry_after_s = retry_after_s};
	if (status != 200)
		err_set(&in.err, ERR_HTTP, "HTTP %d", status);
	asked[i] = asked[--asked_count];
	app_input(app, &in, now);
}

static const struct source_state *source(const char *name)
{
	return model_source(app_model(app), name);
}

#define PROBE(id) "{\"id\":" #id ",\"country_code\":\"IR\",\"status\":{\"id\":1},\"asn_v4\":64500}"

/* What Atlas would say of everything that is asked, while the time goes by; how often the probes' events and the second
 * page were asked for. */
static struct { unsigned events_11, events_12, counts, pages, lists; char last_11[600]; } seen;

static const char *atlas_says(const char *url, bool shrunk)
{
	seen.pages += strstr(url, "page=2") != NULL;
	seen.lists += strstr(url, "status=1,2") != NULL;
	seen.counts += strstr(url, "page_size=1&") != NULL;
	seen.events_12 += strstr(url, "probe_ids=12") != NULL;
	if (strstr(url, "probe_ids=11")) {
		seen.events_11++;
		snprintf(seen.last_11, sizeof(seen.last_11), "%s", url);
		return "[{\"prb_id\":11,\"timestamp\":1795348700,\"event\":\"connect\"}]";
	}
	if (strstr(url, "probe_ids="))
		return "[]";
	if (strstr(url, "page=2") || (shrunk && strstr(url, "status=1,2")))
		return "{\"count\":2,\"next\":null,\"results\":[" PROBE(12) "]}";
	if (strstr(url, "status=1,2"))
		return "{\"count\":2,\"next\":\"http://127.0.0.1:1/api/v2/probes/?country_code=IR&page=2\",\"results\":["
		       PROBE(11) "]}";
	return "{\"count\":2}";
}

static void live(int64_t ms, bool shrunk)
{
	memset(&seen, 0, sizeof(seen));
	for (int64_t end = now.mono.ms + ms; now.mono.ms < end;) {
		pass(500);
		while (asked_count)
			answer("http", 200, -1, atlas_says(asked[0].url, shrunk));
	}
}

/* A list in pages: each makes its questions; those that a new list no longer makes are forgotten. */
static void test_chain(void **state)
{
	(void)state;
	open_world("atlas");
	live(20000, false);
	assert_true(seen.lists == 1 && seen.pages == 1 && seen.events_11 == 1 && seen.events_12 == 1 && seen.counts == 2);
	assert_non_null(strstr(seen.last_11, "start=17953452")); /* an hour back */

	/* after their period again, from the newest event that is known on, less 10 minutes; pages come with the list */
	live(600000, false);
	assert_true(seen.lists == 0 && seen.pages == 0 && seen.counts >= 4);
	assert_true(seen.events_11 >= 1 && seen.events_12 >= 1);
	assert_non_null(strstr(seen.last_11, "start=1795348100&"));

	/* tomorrow's list has one probe less: nobody asks for it any more */
	live(27 * 3600000LL, true);
	assert_true(seen.lists == 1 && seen.pages == 0);
	live(1200000, true);
	assert_true(seen.events_11 == 0 && seen.events_12 >= 3);
	close_world();
}

/* No probes: one question a day, and no signal that says zero. */
static void test_no_probes(void **state)
{
	(void)state;
	open_world("atlas");
	pass(1000);
	answer("status=1,2", 200, -1, "{\"count\":0,\"next\":null,\"results\":[]}");
	pass(3600000);
	assert_int_equal(asked_count, 0);
	const struct signal *s = territory_signal(app_model(app)->territories[0], "atlas", "probes-connected");
	assert_true(isnan(s->value));
	assert_int_equal(source("atlas")->state, FEED_OK);
	close_world();
}

/* Without a token nothing is asked; one that is refused ends all asking until the user wants it. */
static void test_token(void **state)
{
	int radar = source_find("radar");
	(void)state;
	open_world("radar");
	pass(5000);
	assert_int_equal(asked_count, 0);
	assert_true(source("radar")->needs_token);
	assert_string_equal(source("radar")->advice, "set token_file in [source.radar]");

	app_set_token(app, radar, "s3cret", "");
	pass(5000);
	assert_false(source("radar")->needs_token);
	assert_true(asked_count > 1);
	assert_string_equal(asked[0].token, "s3cret");
	size_t before = asked_count;
	answer("http", 403, -1, "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Authentication error\"}]}");
	while (asked_count)
		answer("http", 403, -1, "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Authentication error\"}]}");
	assert_true(before > 1);
	pass(2 * 3600000);
	assert_int_equal(asked_count, 0);
	assert_int_equal(source("radar")->state, FEED_DOWN);
	assert_non_null(strstr(source("radar")->error, "Authentication error (code 10000): HTTP 403"));
	assert_non_null(strstr(source("radar")->advice, "token not accepted"));
	assert_null(strstr(source("radar")->error, "s3cret"));

	app_set_token(app, radar, "s3cret", ""); /* r: read anew, and it is the same */
	app_reload(app, now);
	pass(5000);
	assert_true(asked_count > 1);
	assert_string_equal(source("radar")->advice, "");
	app_set_token(app, radar, NULL, "token file '/x' is not there"); /* taken away */
	assert_true(source("radar")->needs_token);
	assert_int_equal(source("radar")->state, FEED_OFF);
	assert_string_equal(source("radar")->advice, "token file '/x' is not there");
	close_world();
}

/* Too many requests, and no word of when: the whole source rests for 5 minutes. */
static void test_busy(void **state)
{
	(void)state;
	open_world("radar");
	app_set_token(app, source_find("radar"), "s3cret", "");
	pass(100);
	assert_int_equal(asked_count, 1);
	answer("http", 429, -1, "{\"success\":false,\"errors\":[{\"code\":1015,\"message\":\"Rate limited\"}]}");
	pass(298000);
	assert_int_equal(asked_count, 0);
	pass(5000);
	assert_true(asked_count > 0);
	close_world();
}

/* Everything else fails, until this is asked. */
static void wait_for(const char *part)
{
	for (int i = 0; i < 2000 && find(part) == ASKED_MAX; i++) {
		while (asked_count)
			answer("http", 404, -1, "");
		pass(500);
	}
}

/* n buckets of 15 minutes up to `until`, value(i) / scale each. */
static char *series_body(int64_t until_ms, int n, double scale)
{
	struct strbuf b;
	char text[WALL_TEXT_MAX];
	strbuf_init(&b, 1 << 20);
	strbuf_adds(&b, "{\"success\":true,\"result\":{\"meta\":{\"aggInterval\":\"FIFTEEN_MINUTES\",\"confidenceInfo\":{\"level\":5}},"
			"\"serie_0\":{\"timestamps\":[");
	for (int i = n; i-- > 0;)
		strbuf_addf(&b, "\"%s\"%s", wall_format(text, (struct wall){until_ms - i * 900000LL}), i ? "," : "");
	strbuf_adds(&b, "],\"values\":[");
	for (int i = n; i-- > 0;) {
		int64_t bucket = (until_ms - i * 900000LL) / 900000;
		strbuf_addf(&b, "\"%.6f\"%s", (double)(20 + bucket % 7) / scale, i ? "," : "");
	}
	strbuf_adds(&b, "]}}}");
	return strbuf_take(&b);
}

/* Too little data, as the source says: the samples are there, and have no vote; and again one when there is enough. */
static void test_weak(void **state)
{
	const int64_t last = START - START % 900000;
	(void)state;
	open_world("radar");
	app_set_token(app, source_find("radar"), "s3cret", "");
	const struct signal *s = territory_signal(app_model(app)->territories[0], "radar", "netflows");
	for (int i = 0; i < 2; i++) {
		wait_for("netflows");
		char *body = series_body(last, 600, 26);
		if (i == 0)
			strstr(body, "\"level\":5")[8] = '1';
		answer("netflows", 200, -1, body);
		free(body);
		assert_int_equal(s->weak, i == 0);
		assert_int_equal(s->class_bit, i == 0 ? 0 : CLASS_T);
		assert_true(series_at(&s->series, (struct wall){last - 900000}) > 0);
	}
	close_world();
}

/* A spike pushes everything else of its answer down; what is known keeps its scale, and only what is new is saved. */
static void test_scale(void **state)
{
	static struct sample_row rows[2000];
	const int64_t last = START - START % 900000;
	(void)state;
	open_world("radar");
	app_set_token(app, source_find("radar"), "s3cret", "");
	wait_for("netflows");
	char *body = series_body(last, 600, 26);
	answer("netflows", 200, -1, body);
	free(body);
	const struct signal *s = territory_signal(app_model(app)->territories[0], "radar", "netflows");
	double known = series_at(&s->series, (struct wall){last - 10 * 900000LL});
	assert_true(known > 0.7);
	size_t saved = app_peek_samples(app, rows, ARRAY_LEN(rows));
	assert_int_equal(saved, 599);
	app_drop_samples(app, saved);

	while (now.wall.ms < last + 900000) /* until there can be a newer bucket */
		wait_for("nothing");
	wait_for("netflows");
	body = series_body(last + 900000, 600, 78); /* three times as high somewhere */
	answer("netflows", 200, -1, body);
	free(body);
	assert_true(fabs(series_at(&s->series, (struct wall){last - 10 * 900000LL}) - known) < 1e-6);
	double fresh = series_at(&s->series, (struct wall){last}), want = (double)(20 + last / 900000 % 7) / 26;
	if (!(fabs(fresh - want) < 0.001))
		fail_msg("%f, not %f", fresh, want);
	assert_int_equal(app_peek_samples(app, rows, ARRAY_LEN(rows)), 1);
	close_world();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain), cmocka_unit_test(test_no_probes), cmocka_unit_test(test_token),
		cmocka_unit_test(test_busy),  cmocka_unit_test(test_scale),
		cmocka_unit_test(test_weak),
	};
	return cmocka_run_group_tests_name("app/ask", tests, NULL, NULL);
}
