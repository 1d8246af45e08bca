/* links: source/atlas source/atlas_event core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* RIPE Atlas: the URLs it asks, how pages of probes make further questions, and events in their order. Bodies of
 * tests/fixtures/atlas are invented in the real shapes; the samples of ../shared are read too, where they are at hand. */
#include "unit/reply_check.h"

extern const struct source_ops source_atlas;

#define NOW "2026-11-22T12:00:00Z" /* 1795348800 */
#define PAGE2 "IR#2?country_code=IR&page=2&page_size=500&status=1%2C2"

static struct reply_test ask(const char *call, const char *subject)
{
	struct reply_test t;

	reply_ask(&t, &source_atlas, call, subject, NOW, NULL);
	return t;
}

static void test_urls(void **state)
{
	static const struct { const char *call, *subject, *since, *want; int rc; } cases[] = {
		{"probes", "IR", NULL,
		 "probes/?country_code=IR&status=1,2&page_size=500"
		 "&fields=id,asn_v4,asn_v6,country_code,status,status_since&format=json", 0},
		{"page", PAGE2, NULL, "probes/?country_code=IR&page=2&page_size=500&status=1%2C2", 0},
		{"connected", "IR", NULL, "probes/?country_code=IR&status=1&page_size=1&fields=id&format=json", 0},
		{"disconnected", "IR", NULL, "probes/?country_code=IR&status=2&page_size=1&fields=id&format=json", 0},
		{"events", "IR:1,2", NULL, /* an hour at first */
		 "measurements/7000/results/?start=1795345200&stop=1795348800&probe_ids=1,2&format=json", 0},
		{"events", "IR:1", "2026-11-22T11:50:00Z", /* the last event less 10 minutes */
		 "measurements/7000/results/?start=1795347600&stop=1795348800&probe_ids=1&format=json", 0},
		{"events", "IR:1", "2026-11-01T00:00:00Z", /* never more than a day */
		 "measurements/7000/results/?start=1795262400&stop=1795348800&probe_ids=1&format=json", 0},
		{"events", "IR:1", "2026-11-23T00:00:00Z", /* an event of tomorrow does not stop us looking */
		 "measurements/7000/results/?start=1795348200&stop=1795348800&probe_ids=1&format=json", 0},
		{"probes", "ir&x", NULL, NULL, ERR_USAGE},
		{"page", "IR", NULL, NULL, ERR_USAGE},
		{"page", "IR#2", NULL, NULL, ERR_USAGE},
		{"events", "IR:", NULL, NULL, ERR_USAGE}, /* without ids the whole world would answer */
		{"events", "IR:1&x=2", NULL, NULL, ERR_USAGE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t;
		struct request r;
		char want[512];

		reply_ask(&t, &source_atlas, cases[i].call, cases[i].subject, NOW, cases[i].since);
		strbuf_init(&r.url, 8192);
		strbuf_init(&r.header, 64);
		if (t.call->request(&t.q, &r, &t.e) != cases[i].rc)
			fail_msg("%s %s: '%s'", cases[i].call, cases[i].subject, t.e.msg);
		if (cases[i].want) {
			snprintf(want, sizeof(want), "http://test/api/v2/%s", cases[i].want);
			assert_string_equal(r.url.text, want);
		}
		strbuf_release(&r.url);
		strbuf_release(&r.header);
		reply_end(&t);
	}
}

static void check_ask(const struct batch *b, size_t n, const char *call, const char *subject)
{
	const struct fact *f = fact_at(b, FACT_ASK, n);

	assert_string_equal(f->name, call);
	assert_string_equal(f->subject, subject);
}

/* The first page: who is there, what is asked of them, and where the list goes on. */
static void test_first_page(void **state)
{
	static const struct { uint32_t id, asn; bool connected; const char *since; } want[] = {
		{7000003, 64500, true, "2026-11-21T22:26:40Z"},
		{7000001, 64501, false, "2026-11-22T10:01:30Z"}, /* by its other form, and by its IPv6 AS */
		{7000004, 64502, true, NULL},                   /* of no stated country; of tomorrow is not known */
		{7000006, 64503, false, NULL},                  /* an old row */
	};
	struct reply_test t = ask("probes", "IR");
	(void)state;
	reply_fixture(&t, "probes-IR-page1.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(fact_count(&t.b, FACT_HOST), ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct fact *f = fact_at(&t.b, FACT_HOST, i);
		assert_int_equal(f->count, want[i].id);
		assert_int_equal(f->asn, want[i].asn);
		assert_int_equal(f->flag, want[i].connected);
		assert_string_equal(f->subject, "IR");
		if (want[i].since)
			check_time((struct wall){f->t.ms / 1000 * 1000}, want[i].since);
		else
			assert_false(wall_is_set(f->t));
	}
	assert_int_equal(t.b.skipped, 5); /* abandoned, Turkish, without a status, a negative id, a number */
	assert_int_equal(fact_count(&t.b, FACT_ASK), 4);
	check_ask(&t.b, 0, "connected", "IR");
	check_ask(&t.b, 1, "disconnected", "IR");
	check_ask(&t.b, 2, "events", "IR:7000001,7000003,7000004,7000006");
	check_ask(&t.b, 3, "page", PAGE2);
	assert_int_equal(fact_count(&t.b, FACT_HOSTS_END), 0);
	reply_end(&t);
}

/* The last page: 150 probes are two questions, and the list is whole. */
static void test_last_page(void **state)
{
	struct reply_test t = ask("page", PAGE2);
	(void)state;
	reply_fixture(&t, "probes-IR-page2.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(fact_count(&t.b, FACT_HOST), 150);
	assert_int_equal(fact_count(&t.b, FACT_ASK), 2);
	assert_non_null(strstr(fact_at(&t.b, FACT_ASK, 0)->subject, ",7000109"));
	assert_null(strstr(fact_at(&t.b, FACT_ASK, 0)->subject, ",7000110"));
	assert_memory_equal(fact_at(&t.b, FACT_ASK, 1)->subject, "IR:7000110,", 11);
	assert_int_equal(fact_at(&t.b, FACT_HOSTS_END, 0)->count, 6);
	assert_string_equal(fact_at(&t.b, FACT_HOSTS_END, 0)->subject, "IR");
	assert_int_equal(fact_count(&t.b, FACT_ASK_END), 1);
	reply_end(&t);
}

/* A country without probes: nothing else is asked. */
static void test_no_probes(void **state)
{
	struct reply_test t = ask("probes", "KP");
	(void)state;
	reply_fixture(&t, "probes-KP-none.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(fact_at(&t.b, FACT_HOSTS_END, 0)->count, 0);
	assert_int_equal(fact_count(&t.b, FACT_ASK_END), 1);
	assert_int_equal(t.b.count, 2);
	reply_end(&t);
}

/* `next` is followed on the host that is asked, and nowhere else. */
static void test_next(void **state)
{
	static const struct { const char *what, *base, *next, *subject, *ask; } cases[] = {
		{"as it stands", "http://test", "http://test/api/v2/probes/?page=2&x=%2C", "IR", "IR#2?page=2&x=%2C"},
		{"a mirror in a folder", "http://m.test/atlas", "http://m.test/atlas/api/v2/probes/?page=2", "IR", "IR#2?page=2"},
		{"behind a proxy that ends TLS", "https://test", "http://TEST/api/v2/probes/?page=2", "IR", "IR#2?page=2"},
		{"the third", "http://test", "http://test/api/v2/probes/?page=3", PAGE2, "IR#3?page=3"},
		{"another host", "http://test", "http://evil/api/v2/probes/?page=2", "IR", NULL},
		{"a longer host", "http://test", "http://test.evil/api/v2/probes/?page=2", "IR", NULL},
		{"with a user", "http://test", "http://test@evil/api/v2/probes/?page=2", "IR", NULL},
		{"another path", "http://test", "http://test/api/v2/keys/?page=2", "IR", NULL},
		{"a space", "http://test", "http://test/api/v2/probes/?page=2 x", "IR", NULL},
		{"a line feed", "http://test", "http://test/api/v2/probes/?page=2\\nHost: x", "IR", NULL},
		{"for ever", "http://test", "http://test/api/v2/probes/?page=99", "IR#16?page=16", NULL},
		{"empty", "http://test", "", "IR", NULL},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].subject[2] ? "page" : "probes", cases[i].subject);
		char body[512];
		size_t asked = cases[i].subject[2] ? 0 : 2; /* the counts are asked by the first page */

		t.q.base = cases[i].base;
		snprintf(body, sizeof(body), "{\"count\":9,\"next\":\"%s\",\"results\":[]}", cases[i].next);
		reply_parse(&t, body, strlen(body));
		if (t.rc || fact_count(&t.b, FACT_ASK) != asked + !!cases[i].ask)
			fail_msg("%s: rc %d, asks %zu", cases[i].what, t.rc, fact_count(&t.b, FACT_ASK));
		if (cases[i].ask)
			check_ask(&t.b, asked, "page", cases[i].ask);
		assert_int_equal(fact_count(&t.b, FACT_HOSTS_END), !cases[i].ask);
		reply_end(&t);
	}
}

static void test_count(void **state)
{
	static const struct { const char *call, *name; } cases[] = {
		{"connected", "probes-connected"}, {"disconnected", "probes-disconnected"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t;
		reply_ask(&t, &source_atlas, cases[i].call, "IR", "2026-11-22T12:04:59Z", NULL);
		reply_fixture(&t, "count-IR.json");
		const struct fact *f = fact_at(&t.b, FACT_SAMPLE, 0);
		assert_string_equal(f->name, cases[i].name);
		assert_string_equal(f->subject, "IR");
		check_time(f->t, NOW);
		assert_int_equal(f->step_ms, 300000);
		assert_true(f->value == 79);
		reply_parse(&t, "{\"count\":\"80\"}", 14); /* seen by older libraries */
		assert_true(fact_at(&t.b, FACT_SAMPLE, 0)->value == 80);
		reply_parse(&t, "{\"count\":null}", 14);
		assert_int_equal(t.rc, ERR_SHAPE);
		reply_parse(&t, "{\"count\":-1}", 12);
		assert_int_equal(t.rc, ERR_SHAPE);
		reply_end(&t);
	}
}

static void test_events(void **state)
{
	static const struct { uint32_t probe, asn; bool connected; const char *t, *controller; } want[] = {
		{7000001, 0, false, "2026-11-22T10:01:01Z", "ctr-ams07[2J"},
		{7000003, 64500, false, "2026-11-22T10:01:32Z", "ctr-fnc01"},
		{7000001, 64501, true, "2026-11-22T11:55:00Z", "ctr-ams07"},
	};
	struct reply_test t = ask("events", "IR:7000001,7000003");
	(void)state;
	reply_fixture(&t, "events-IR.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct fact *f = fact_at(&t.b, FACT_HOST_EVENT, i);
		assert_int_equal(f->count, want[i].probe);
		assert_int_equal(f->asn, want[i].asn);
		assert_int_equal(f->flag, want[i].connected);
		assert_string_equal(f->text, want[i].controller);
		check_time(f->t, want[i].t);
	}
	check_time(t.b.data_time, "2026-11-22T11:55:00Z");
	assert_int_equal(t.b.skipped, 5);
	reply_parse(&t, "[]", 2);
	assert_int_equal(t.rc, 0);
	assert_false(wall_is_set(t.b.data_time));
	reply_parse(&t, "{}", 2);
	assert_int_equal(t.rc, ERR_SHAPE);
	reply_end(&t);
}

static void test_errors(void **state)
{
	size_t len;
	char *body = fixture("atlas", "error.json", &len);
	struct err e = {.code = ERR_HTTP, .msg = "HTTP 400 Bad Request"};
	(void)state;
	for (const struct source_call *c = source_atlas.calls; c->name; c++) {
		struct reply_test t = ask(c->name, "IR");
		reply_parse(&t, body, len);
		assert_int_equal(t.rc, ERR_HTTP);
		assert_non_null(strstr(t.e.msg, "Invalid filter value"));
		reply_end(&t);
	}
	assert_false(source_atlas.refused(body, len, 400, &e));
	assert_string_equal(e.msg, "Invalid filter value: HTTP 400 Bad Request");
	assert_false(source_atlas.refused("<html>", 6, 502, &e));
	assert_false(source_atlas.refused(NULL, 0, 502, &e));
	assert_string_equal(e.msg, "Invalid filter value: HTTP 400 Bad Request");
	free(body);
}

static void test_torture(void **state)
{
	static const struct { const char *call, *subject, *file; } cases[] = {
		{"probes", "IR", "probes-IR-page1.json"}, {"connected", "IR", "count-IR.json"},
		{"events", "IR:7000001,7000003", "events-IR.json"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, cases[i].subject);
		size_t len;
		char *body = fixture("atlas", cases[i].file, &len);
		torture_cut(&t, body, len, 17);
		torture_types(&t, body, len);
		free(body);
		reply_end(&t);
	}
}

static void test_samples(void **state)
{
	static const struct { const char *call, *subject, *file; enum fact_kind kind; size_t count, asks; } cases[] = {
		{"probes", "IR", "synthetic-probes.IR.page-1-of-2.json", FACT_HOST, 4, 4},
		{"page", "IR#2?x", "synthetic-probes.IR.page-2-of-2.json", FACT_HOSTS_END, 1, 1},
		{"probes", "KP", "synthetic-probes.KP.none.json", FACT_HOSTS_END, 1, 0},
		{"connected", "IR", "synthetic-probes.IR.connected.count-only.json", FACT_SAMPLE, 1, 0},
		{"events", "IR:7000001,7000002,7000003,7000004,7000005,7000006",
		 "synthetic-msm7000.IR-burst-4-controllers.json", FACT_HOST_EVENT, 6, 0},
		{"events", "IR:1", "synthetic-msm7000.empty.json", FACT_HOST_EVENT, 0, 0},
		{"probes", "GR", "fixture-probes.legacy-shape.GR.json", FACT_HOST, 1, 3}, /* an old row, connected, and one abandoned */
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, cases[i].subject);
		size_t len;
		char *body = file_load("LANDLINE_SHARED", "samples/atlas", cases[i].file, &len);
		if (!body) {
			reply_end(&t);
			print_message("no samples at hand: skipped\n");
			skip();
		}
		t.q.base = "https://atlas.ripe.net";
		reply_parse(&t, body, len);
		if (t.rc || fact_count(&t.b, cases[i].kind) != cases[i].count || fact_count(&t.b, FACT_ASK) != cases[i].asks)
			fail_msg("%s: rc %d %s, %zu facts, %zu asks", cases[i].file, t.rc, t.e.msg,
				 fact_count(&t.b, cases[i].kind), fact_count(&t.b, FACT_ASK));
		free(body);
		reply_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),      cmocka_unit_test(test_first_page), cmocka_unit_test(test_last_page),
		cmocka_unit_test(test_no_probes), cmocka_unit_test(test_next),       cmocka_unit_test(test_count),
		cmocka_unit_test(test_events),    cmocka_unit_test(test_errors),     cmocka_unit_test(test_torture),
		cmocka_unit_test(test_samples),
	};
	return cmocka_run_group_tests_name("source/atlas", tests, NULL, NULL);
}
