/* links: source/radar source/radar_series source/radar_said core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* Cloudflare Radar: the URLs it asks, series that stand on their own scale, what others state, and refusals. Bodies of
 * tests/fixtures/radar are invented in the published shapes; the samples of ../shared are read too, where they are at hand. */
#include "unit/reply_check.h"

extern const struct source_ops source_radar;

#define NOW "2026-11-22T12:00:00Z" /* 1795348800 */

static struct reply_test ask(const char *call, const char *subject)
{
	struct reply_test t;

	reply_ask(&t, &source_radar, call, subject, NOW, NULL);
	return t;
}

static void test_urls(void **state)
{
	static const struct { const char *call, *base, *want; int rc; } cases[] = {
		{"netflows", "https://x", "https://x/client/v4/radar/netflows/timeseries?location=KP&aggInterval=15m"
					  "&normalization=MIN0_MAX&dateRange=7d&format=JSON", 0},
		{"attacks-l3", "http://127.0.0.1:99",
		 "http://127.0.0.1:99/client/v4/radar/attacks/layer3/timeseries?location=KP&direction=TARGET"
		 "&aggInterval=1h&normalization=MIN0_MAX&dateRange=7d&format=JSON", 0},
		{"outages", "http://[::1]/m",
		 "http://[::1]/m/client/v4/radar/annotations/outages?location=KP&limit=100&dateRange=7d&format=JSON", 0},
		{"anomalies", "http://localhost:1",
		 "http://localhost:1/client/v4/radar/traffic_anomalies?location=KP&limit=100&dateRange=7d&format=JSON", 0},
		{"entities", "https://x",
		 "https://x/client/v4/radar/entities/asns?location=KP&orderBy=POPULATION&limit=1000&format=JSON", 0},
		{"dns", "http://example.com", NULL, ERR_USAGE}, /* a token in clear text */
		{"dns", "http://127.0.0.1.example.com", NULL, ERR_USAGE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, "KP");
		struct request r;
		t.q.base = cases[i].base;
		t.q.token = "s3cret";
		strbuf_init(&r.url, 8192);
		strbuf_init(&r.header, 64);
		assert_int_equal(t.call->request(&t.q, &r, &t.e), cases[i].rc);
		if (cases[i].want)
			assert_string_equal(r.url.text, cases[i].want);
		assert_null(strstr(r.url.text, "s3cret"));
		assert_null(strstr(t.e.msg, "s3cret"));
		snprintf(t.q.subject, sizeof(t.q.subject), "KP&x");
		assert_int_equal(t.call->request(&t.q, &r, &t.e), ERR_USAGE);
		strbuf_release(&r.url);
		strbuf_release(&r.header);
		reply_end(&t);
	}
}

/* History is asked for by its dates. */
static void test_since(void **state)
{
	struct reply_test t;
	struct request r;
	(void)state;
	reply_ask(&t, &source_radar, "dns", "KP", NOW, "2026-10-25T11:59:30Z");
	strbuf_init(&r.url, 8192);
	strbuf_init(&r.header, 64);
	assert_int_equal(t.call->request(&t.q, &r, &t.e), 0);
	assert_non_null(strstr(r.url.text, "&dateStart=2026-10-25T11:59:30Z&dateEnd=2026-11-22T12:00:00Z&format=JSON"));
	assert_null(strstr(r.url.text, "dateRange"));
	strbuf_release(&r.url);
	strbuf_release(&r.header);
	reply_end(&t);
}

/* Every call of the table has its path. */
static void test_calls(void **state)
{
	(void)state;
	for (const struct source_call *c = source_radar.calls; c->name; c++) {
		struct reply_test t = ask(c->name, "KP");
		struct request r;
		strbuf_init(&r.url, 8192);
		strbuf_init(&r.header, 64);
		assert_int_equal(c->request(&t.q, &r, &t.e), 0);
		r.url.max = 40;
		assert_int_equal(c->request(&t.q, &r, &t.e), ERR_LIMIT);
		strbuf_release(&r.url);
		strbuf_release(&r.header);
		reply_end(&t);
	}
}

static void test_envelope(void **state)
{
	static const struct { const char *what, *body; int rc; const char *say; } cases[] = {
		{"empty", "", ERR_PARSE, "empty"},
		{"HTML", "<html>", ERR_PARSE, "HTML"},
		{"a list", "[]", ERR_SHAPE, "not an object"},
		{"no word of success", "{\"result\":{}}", ERR_HTTP, "no success"},
		{"said with status 200", "{\"success\":false,\"errors\":[{\"code\":2002,\"message\":\"Query is above max cost\"}]}",
		 ERR_HTTP, "Query is above max cost (code 2002)"},
		{"a code alone", "{\"success\":false,\"errors\":[{\"code\":7003}]}", ERR_HTTP, "(code 7003)"},
		{"errors no list", "{\"success\":false,\"errors\":\"x\"}", ERR_HTTP, "no success"},
		{"result null", "{\"success\":true,\"result\":null}", ERR_SHAPE, "missing 'result'"},
	};
	(void)state;
	for (const struct source_call *c = source_radar.calls; c->name; c++)
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct reply_test t = ask(c->name, "KP");
			reply_parse(&t, cases[i].body, strlen(cases[i].body));
			if (t.rc != cases[i].rc || !strstr(t.e.msg, cases[i].say))
				fail_msg("%s: rc %d, '%s'", cases[i].what, t.rc, t.e.msg);
			reply_end(&t);
		}
}

struct want { const char *t; double value; };

static void check_samples(const struct reply_test *t, int64_t step_ms, bool weak, const struct want *want, size_t count)
{
	if (t->rc)
		fail_msg("%s", t->e.msg);
	assert_int_equal(fact_count(&t->b, FACT_SAMPLE), count);
	for (size_t i = 0; i < count; i++) {
		const struct fact *f = fact_at(&t->b, FACT_SAMPLE, i);
		assert_string_equal(f->name, t->call->name);
		assert_string_equal(f->subject, t->q.subject);
		assert_true(f->flag);
		assert_int_equal(f->weak, weak);
		assert_int_equal(f->step_ms, step_ms);
		check_time(f->t, want[i].t);
		if (isnan(want[i].value) ? !isnan(f->value) : f->value != want[i].value)
			fail_msg("%s: %f, not %f", want[i].t, f->value, want[i].value);
	}
}

/* Cloudflare's own trouble is missing, an anomaly is not; zero is a value; "nan" is none; the newest bucket waits. */
static void test_series(void **state)
{
	static const struct want netflows[] = {
		{"2026-11-22T10:00:00Z", 0.5}, {"2026-11-22T10:15:00Z", 1},    {"2026-11-22T10:30:00Z", NAN},
		{"2026-11-22T10:45:00Z", 0.871752}, {"2026-11-22T11:00:00Z", 0}, {"2026-11-22T11:15:00Z", 0.75},
		{"2026-11-22T11:30:00Z", NAN},
	};
	static const struct want attacks[] = {
		{"2026-11-22T06:00:00Z", 0.018529}, {"2026-11-22T07:00:00Z", 0.68118}, {"2026-11-22T08:00:00Z", 0.004071},
		{"2026-11-22T09:00:00Z", 1},        {"2026-11-22T10:00:00Z", 0.000046},
	};
	struct reply_test t = ask("netflows", "IR");
	(void)state;
	reply_fixture(&t, "netflows-IR.json");
	check_samples(&t, 900000, false, netflows, ARRAY_LEN(netflows));
	check_time(t.b.data_time, "2026-11-22T11:15:00Z");
	reply_end(&t);
	t = ask("attacks-l3", "IR");
	reply_fixture(&t, "attacks-IR.json");
	check_samples(&t, 3600000, false, attacks, ARRAY_LEN(attacks));
	reply_fixture(&t, "netflows-IR.json");
	assert_int_equal(t.rc, ERR_SHAPE); /* steps of 15 minutes were not asked for */
	reply_end(&t);
}

/* Too little data: shown, without a vote, and said. A series by another name is the series. */
static void test_weak(void **state)
{
	static const struct want want[] = {
		{"2026-11-22T10:00:00Z", 1},   {"2026-11-22T10:15:00Z", 0.1}, {"2026-11-22T10:30:00Z", 0},
		{"2026-11-22T10:45:00Z", 0},   {"2026-11-22T11:00:00Z", 0.3}, {"2026-11-22T11:15:00Z", 0.2},
		{"2026-11-22T11:30:00Z", 0.1},
	};
	struct reply_test t = ask("netflows", "KP");
	(void)state;
	reply_fixture(&t, "netflows-KP-weak.json");
	check_samples(&t, 900000, true, want, ARRAY_LEN(want));
	assert_int_equal(fact_count(&t.b, FACT_NOTE), 1);
	reply_fixture(&t, "netflows-empty.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 0);
	reply_end(&t);
}

struct statement { const char *subject, *name, *from, *until, *text; bool whole; };

static void check_statements(const struct reply_test *t, const struct statement *want, size_t count)
{
	if (t->rc)
		fail_msg("%s", t->e.msg);
	assert_int_equal(t->b.count, count);
	for (size_t i = 0; i < count; i++) {
		const struct fact *f = fact_at(&t->b, FACT_STATEMENT, i);
		assert_string_equal(f->subject, want[i].subject);
		assert_string_equal(f->name, want[i].name);
		assert_string_equal(f->text, want[i].text);
		assert_int_equal(f->flag, want[i].whole);
		check_time(f->t, want[i].from);
		if (want[i].until)
			check_time(f->until, want[i].until);
		else
			assert_false(wall_is_set(f->until));
	}
}

static void test_outages(void **state)
{
	static const struct statement want[] = {
		{"IR", "outage", "2026-11-22T10:00:00Z", NULL, "government directed, nationwide, Multiple regions", true},
		{"AS64500", "outage", "2026-11-21T08:00:00Z", "2026-11-21T09:15:00Z", "cause not stated, network", true},
		{"AS64501", "outage", "2026-11-21T08:00:00Z", "2026-11-21T09:15:00Z", "cause not stated, network", true},
		{"IR", "outage", "2026-11-20T08:00:00Z", NULL, "Power failure, regional: Mains [31mlost", false},
	};
	struct reply_test t = ask("outages", "IR");
	(void)state;
	reply_fixture(&t, "outages-IR.json");
	check_statements(&t, want, ARRAY_LEN(want));
	assert_int_equal(t.b.skipped, 4); /* Turkish, of December, without a start, ends before it starts */
	reply_end(&t);
}

static void test_anomalies(void **state)
{
	static const struct statement want[] = {
		{"IR", "anomaly verified", "2026-11-22T08:00:00Z", NULL, "drop of traffic", true},
		{"AS64500", "anomaly unverified", "2026-11-22T07:45:00Z", "2026-11-22T09:15:00Z", "drop of traffic", true},
	};
	struct reply_test t = ask("anomalies", "IR");
	(void)state;
	reply_fixture(&t, "anomalies-IR.json");
	check_statements(&t, want, ARRAY_LEN(want));
	reply_end(&t);
}

/* No estimate is no fact, not zero users. */
static void test_users(void **state)
{
	struct reply_test t = ask("entities", "IR");
	(void)state;
	reply_fixture(&t, "entities-IR.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 2);
	assert_int_equal(fact_at(&t.b, FACT_USERS, 0)->asn, 64500);
	assert_true(fact_at(&t.b, FACT_USERS, 0)->value == 1234567);
	assert_int_equal(fact_at(&t.b, FACT_USERS, 1)->asn, 64502);
	assert_true(fact_at(&t.b, FACT_USERS, 1)->value == 89);
	reply_end(&t);
}

/* Which refusals end all asking, and what they say. */
static void test_refusals(void **state)
{
	static const struct { const char *what, *file; int status; bool bad_token; const char *say; } cases[] = {
		{"a wrong token", "error-auth.json", 403, true, "Authentication[2J error (code 10000): HTTP 999"},
		{"with status 400", "error-auth.json", 400, true, "Authentication[2J error (code 10000): HTTP 999"},
		{"too many", "error-busy.json", 429, false, "Rate limited (code 1015): HTTP 999"},
		{"a bare 401", NULL, 401, true, "HTTP 999"},
		{"a bare 500", NULL, 500, false, "HTTP 999"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {.code = ERR_HTTP, .msg = "HTTP 999"};
		size_t len = 0;
		char *body = cases[i].file ? fixture("radar", cases[i].file, &len) : NULL;
		if (source_radar.refused(body, len, cases[i].status, &e) != cases[i].bad_token || strcmp(e.msg, cases[i].say))
			fail_msg("%s: '%s'", cases[i].what, e.msg);
		free(body);
	}
}

static void test_torture(void **state)
{
	static const struct { const char *call, *file; } cases[] = {
		{"netflows", "netflows-IR.json"}, {"outages", "outages-IR.json"}, {"anomalies", "anomalies-IR.json"},
		{"entities", "entities-IR.json"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, "IR");
		size_t len;
		char *body = fixture("radar", cases[i].file, &len);
		torture_cut(&t, body, len, 13);
		torture_types(&t, body, len);
		free(body);
		reply_end(&t);
	}
}

static void test_samples(void **state)
{
	static const struct { const char *call, *subject, *file; enum fact_kind kind; int rc; size_t count; } cases[] = {
		{"netflows", "TR", "synthetic-netflows-timeseries.location-TR.24h-15m.json", FACT_SAMPLE, 0, 95},
		{"netflows", "KP", "synthetic-netflows-timeseries.location-KP.24h-dip-partial-last.json", FACT_SAMPLE, 0, 95},
		{"netflows", "KP", "synthetic-netflows-timeseries.empty-series-null-confidence.json", FACT_SAMPLE, 0, 0},
		{"attacks-l3", "TR", "synthetic-attacks-layer3-timeseries.target-TR.24h.json", FACT_SAMPLE, 0, 23},
		{"outages", "KP", "synthetic-annotations-outages.KP-open-and-closed.json", FACT_STATEMENT, 0, 2},
		{"outages", "UA", "docs-example-annotations-outages.UA-ongoing.json", FACT_STATEMENT, 0, 1},
		{"anomalies", "IR", "synthetic-traffic-anomalies.location-IR.mixed.json", FACT_STATEMENT, 0, 2},
		{"anomalies", "KP", "synthetic-traffic-anomalies.none.json", FACT_STATEMENT, 0, 0},
		{"entities", "KP", "synthetic-entities-asns.location-KP.json", FACT_USERS, 0, 0},
		{"dns", "KP", "synthetic-error-422.max-cost.json", FACT_SAMPLE, ERR_HTTP, 0},
		{"dns", "KP", "docs-shape-error-400.json", FACT_SAMPLE, ERR_HTTP, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, cases[i].subject);
		size_t len;
		char *body = file_load("LANDLINE_SHARED", "samples/radar", cases[i].file, &len);
		if (!body) {
			reply_end(&t);
			print_message("no samples at hand: skipped\n");
			skip();
		}
		reply_parse(&t, body, len);
		if (t.rc != cases[i].rc || fact_count(&t.b, cases[i].kind) != cases[i].count)
			fail_msg("%s: rc %d %s, %zu facts", cases[i].file, t.rc, t.e.msg, fact_count(&t.b, cases[i].kind));
		free(body);
		reply_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),    cmocka_unit_test(test_since),    cmocka_unit_test(test_calls),    cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_series),  cmocka_unit_test(test_weak),     cmocka_unit_test(test_outages),
		cmocka_unit_test(test_anomalies), cmocka_unit_test(test_users),  cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_torture), cmocka_unit_test(test_samples),
	};
	return cmocka_run_group_tests_name("source/radar", tests, NULL, NULL);
}
