/* links: source/ioda core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* IODA: the URLs it asks, how series and stated outages become facts, and that no data never becomes a zero.
 * Bodies of tests/fixtures/ioda are invented in the real shapes; those of ../shared are read too, where they are
 * at hand. */
#include "unit/reply_check.h"

extern const struct source_ops source_ioda;

#define NOW "2026-11-22T12:00:00Z" /* 1795348800 */

static struct reply_test ask(const char *call, const char *subject)
{
	struct reply_test t;

	reply_ask(&t, &source_ioda, call, subject, NOW, NULL);
	return t;
}

static void test_urls(void **state)
{
	static const struct { const char *call, *subject, *since, *want; } cases[] = {
		{"bgp", "KP,IR", NULL, "signals/raw/country/KP,IR?from=1795258800&until=1795348800&datasource=bgp"},
		{"ping-slash24", "KP", NULL,
		 "signals/raw/country/KP?from=1795258800&until=1795348800&datasource=ping-slash24"},
		{"merit-nt", "KP", "2026-11-22T00:00:00Z",
		 "signals/raw/country/KP?from=1795305600&until=1795348800&datasource=merit-nt"},
		{"gtr", "KP", "2020-01-01T00:00:00Z", /* 99 days: the service refuses 100 */
		 "signals/raw/country/KP?from=1786795200&until=1795348800&datasource=gtr"},
		{"gtr", "KP", "2026-11-22T13:00:00Z", /* since the future: the default */
		 "signals/raw/country/KP?from=1795258800&until=1795348800&datasource=gtr"},
		{"outages", "KP", NULL,
		 "outages/events?entityType=country&entityCode=KP&from=1795262400&until=1795348800"
		 "&ignoreMethods=*.sarima&orderBy=time/desc"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t;
		struct request r;
		char want[512];

		reply_ask(&t, &source_ioda, cases[i].call, cases[i].subject, NOW, cases[i].since);
		strbuf_init(&r.url, 8192);
		strbuf_init(&r.header, 1024);
		assert_int_equal(t.call->request(&t.q, &r, &t.e), 0);
		snprintf(want, sizeof(want), "http://test/v2/%s", cases[i].want);
		assert_string_equal(r.url.text, want);
		r.url.max = 60;
		assert_int_equal(t.call->request(&t.q, &r, &t.e), ERR_LIMIT);
		r.url.max = 8192;
		snprintf(t.q.subject, sizeof(t.q.subject), "kp/../x?");
		assert_int_equal(t.call->request(&t.q, &r, &t.e), ERR_USAGE);
		strbuf_release(&r.url);
		strbuf_release(&r.header);
		reply_end(&t);
	}
}

static void test_envelope(void **state)
{
	static const struct { const char *what, *body; int rc; const char *say; } cases[] = {
		{"empty", "", ERR_PARSE, "empty"},
		{"HTML", "<!doctype html><html></html>", ERR_PARSE, "HTML"},
		{"a list", "[]", ERR_SHAPE, "missing 'data'"},
		{"no data", "{\"error\":null}", ERR_SHAPE, "missing 'data'"},
		{"data null", "{\"error\":null,\"data\":null}", ERR_SHAPE, "missing 'data'"},
		{"data an object", "{\"data\":{}}", ERR_SHAPE, "missing 'data'"},
		{"an error in words", "{\"error\":\"range \\u001b[2Jtoo long\",\"data\":[]}", ERR_HTTP,
		 "range [2Jtoo long"},
		{"an empty error is none", "{\"error\":\"\",\"data\":[[]]}", 0, NULL},
	};
	(void)state;
	for (const struct source_call *c = source_ioda.calls; c->name; c++) {
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			struct reply_test t = ask(c->name, "KP");
			reply_parse(&t, cases[i].body, strlen(cases[i].body));
			if (t.rc != cases[i].rc || (cases[i].say && !strstr(t.e.msg, cases[i].say)))
				fail_msg("%s: rc %d, '%s'", cases[i].what, t.rc, t.e.msg);
			assert_int_equal(t.call->parse(cases[i].body, strlen(cases[i].body), &t.q, &t.b, NULL),
					 cases[i].rc);
			reply_end(&t);
		}
	}
}

struct want { const char *subject, *t; double value; };

static void check_samples(const struct reply_test *t, const char *unit, int64_t step_ms, const struct want *want,
			  size_t count)
{
	if (t->rc)
		fail_msg("%s", t->e.msg);
	assert_int_equal(fact_count(&t->b, FACT_SAMPLE), count);
	for (size_t i = 0; i < count; i++) {
		const struct fact *f = fact_at(&t->b, FACT_SAMPLE, i);
		assert_string_equal(f->subject, want[i].subject);
		assert_string_equal(f->name, t->call->name);
		assert_string_equal(f->text, unit);
		assert_int_equal(f->step_ms, step_ms);
		check_time(f->t, want[i].t);
		if (isnan(want[i].value) ? !isnan(f->value) : f->value != want[i].value)
			fail_msg("%s at %s: %f, not %f", want[i].subject, want[i].t, f->value, want[i].value);
	}
}

/* Matched by entityCode, whatever the order; nulls are missing; the newest value waits, also when nulls follow it. */
static void test_bgp(void **state)
{
	static const struct want want[] = {
		{"IR", "2026-11-22T11:10:00Z", 41350}, {"IR", "2026-11-22T11:15:00Z", 41351},
		{"IR", "2026-11-22T11:20:00Z", NAN},   {"IR", "2026-11-22T11:25:00Z", 41352},
		{"IR", "2026-11-22T11:30:00Z", 41349}, {"IR", "2026-11-22T11:35:00Z", 41350},
		{"IR", "2026-11-22T11:40:00Z", 41347}, {"IR", "2026-11-22T11:45:00Z", 41350},
		{"KP", "2026-11-22T11:10:00Z", 22},    {"KP", "2026-11-22T11:15:00Z", 22},
		{"KP", "2026-11-22T11:20:00Z", NAN},   {"KP", "2026-11-22T11:25:00Z", 14},
		{"KP", "2026-11-22T11:30:00Z", 0},     {"KP", "2026-11-22T11:35:00Z", 0},
		{"KP", "2026-11-22T11:40:00Z", 9},     {"KP", "2026-11-22T11:45:00Z", 22},
		{"KP", "2026-11-22T11:50:00Z", 22}, /* the 0 of 11:55 is half a bin or a filler */
	};
	struct reply_test t = ask("bgp", "KP,CU,IR");

	(void)state;
	reply_fixture(&t, "bgp-KP-IR.json");
	check_samples(&t, "/24s", 300000, want, ARRAY_LEN(want));
	check_time(t.b.data_time, "2026-11-22T11:50:00Z");
	assert_int_equal(t.b.skipped, 0);

	snprintf(t.q.subject, sizeof(t.q.subject), "IR"); /* not asked for: not taken */
	reply_fixture(&t, "bgp-KP-IR.json");
	assert_int_equal(fact_count(&t.b, FACT_SAMPLE), 8);
	assert_int_equal(t.b.skipped, 1);
	reply_end(&t);
}

static void test_other_signals(void **state)
{
	static const struct want ping[] = {
		{"KP", "2026-11-22T10:20:00Z", 1}, {"KP", "2026-11-22T10:30:00Z", 1}, {"KP", "2026-11-22T10:40:00Z", 2},
		{"KP", "2026-11-22T10:50:00Z", 1}, {"KP", "2026-11-22T11:00:00Z", 0}, {"KP", "2026-11-22T11:10:00Z", 0},
		{"KP", "2026-11-22T11:20:00Z", 1},
	};
	static const struct want merit[] = {
		{"IR", "2026-11-22T11:10:00Z", 70.4}, {"IR", "2026-11-22T11:15:00Z", 69.2},
		{"IR", "2026-11-22T11:20:00Z", 71},   {"IR", "2026-11-22T11:25:00Z", NAN}, /* -1 is no count */
	};
	static const struct want gtr[] = { /* web search only, not the other product */
		{"IR", "2026-11-22T07:00:00Z", 500}, {"IR", "2026-11-22T07:30:00Z", 510},
		{"IR", "2026-11-22T08:00:00Z", 505}, {"IR", "2026-11-22T08:30:00Z", NAN},
	};
	static const struct want objects[] = {
		{"KP", "2026-11-22T11:10:00Z", 22},  {"KP", "2026-11-22T11:15:00Z", 21},
		{"KP", "2026-11-22T11:20:00Z", NAN}, {"KP", "2026-11-22T11:25:00Z", NAN},
		{"KP", "2026-11-22T11:30:00Z", NAN}, {"KP", "2026-11-22T11:35:00Z", NAN},
		{"KP", "2026-11-22T11:40:00Z", NAN}, {"KP", "2026-11-22T11:45:00Z", NAN},
		{"KP", "2026-11-22T11:50:00Z", 22},
	};
	static const struct {
		const char *call, *subject, *file, *unit;
		int64_t step_ms;
		const struct want *want;
		size_t count;
	} cases[] = {
		{"ping-slash24", "KP", "ping-KP.json", "/24s", 600000, ping, ARRAY_LEN(ping)},
		{"merit-nt", "IR", "merit-IR-fractional.json", "sources", 300000, merit, ARRAY_LEN(merit)},
		{"gtr", "IR", "gtr-IR-products.json", "traffic", 1800000, gtr, ARRAY_LEN(gtr)},
		{"bgp", "KP", "bgp-KP-objects.json", "/24s", 300000, objects, ARRAY_LEN(objects)},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, cases[i].subject);
		reply_fixture(&t, cases[i].file);
		check_samples(&t, cases[i].unit, cases[i].step_ms, cases[i].want, cases[i].count);
		reply_end(&t);
	}
}

/* Nothing to say is success without a sample, and a failed backend is noted. */
static void test_no_data(void **state)
{
	static const struct { const char *file; int rc; size_t notes, skipped; } cases[] = {
		{"bgp-backend-failed.json", 0, 1, 0},
		{"bgp-no-series.json", 0, 0, 0},
		{"bgp-KP-all-null.json", 0, 0, 0},
		{"bgp-KP-two-values.json", 0, 0, 1}, /* its step cannot be trusted */
		{"ping-KP.json", 0, 0, 1},           /* another datasource */
		{"error-unknown-entity.json", ERR_HTTP, 0, 0},
		{"spa.html", ERR_PARSE, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("bgp", "KP");
		reply_fixture(&t, cases[i].file);
		size_t notes = fact_count(&t.b, FACT_NOTE);
		if (t.rc != cases[i].rc || notes != cases[i].notes || t.b.skipped != cases[i].skipped)
			fail_msg("%s: rc %d, %zu notes, %zu skipped", cases[i].file, t.rc, notes, t.b.skipped);
		assert_int_equal(fact_count(&t.b, FACT_SAMPLE), 0);
		assert_false(wall_is_set(t.b.data_time));
		reply_end(&t);
	}
}

static void test_series_odd(void **state)
{
#define SERIES(type, from, step, values) \
	"{\"data\":[[{\"entityType\":\"" type "\",\"entityCode\":\"KP\",\"datasource\":\"bgp\"," \
	"\"from\":" from ",\"step\":" step ",\"values\":" values "}]]}"
	static const struct { const char *what, *body; int rc; size_t samples, skipped; } cases[] = {
		{"good", SERIES("country", "1795340000", "300", "[1,2,3]"), 0, 2, 0},
		{"times as strings", SERIES("country", "\"1795340000\"", "\"300\"", "[1,2,3]"), 0, 2, 0},
		{"an AS", SERIES("asn", "1795340000", "300", "[1,2,3]"), 0, 0, 1},
		{"no step", SERIES("country", "1795340000", "0", "[1,2,3]"), 0, 0, 1},
		{"step below zero", SERIES("country", "1795340000", "-300", "[1,2,3]"), 0, 0, 1},
		{"step of a year", SERIES("country", "1795340000", "31536000", "[1,2,3]"), 0, 0, 1},
		{"fractional step", SERIES("country", "1795340000", "300.5", "[1,2,3]"), 0, 0, 1},
		{"from in milliseconds", SERIES("country", "1795340000000", "300", "[1,2,3]"), 0, 0, 1},
		{"from before 1970", SERIES("country", "-300", "300", "[1,2,3]"), 0, 0, 1},
		{"values an object", SERIES("country", "1795340000", "300", "{\"a\":1}"), 0, 0, 1},
		{"values null", SERIES("country", "1795340000", "300", "null"), 0, 0, 1},
		{"bins after now are not taken", SERIES("country", "1795348200", "300", "[1,2,3,4,5]"), 0, 2, 0},
		{"all after now", SERIES("country", "1795350000", "300", "[1,2,3]"), 0, 0, 0},
		{"one value", SERIES("country", "1795340000", "300", "[null,1,null,null]"), 0, 1, 0},
		{"a flat list", "{\"data\":[{\"entityType\":\"country\"}]}", ERR_SHAPE, 0, 0},
		{"words in the list", "{\"data\":[[\"x\",7,null,[]]]}", 0, 0, 4},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("bgp", "KP");
		reply_parse(&t, cases[i].body, strlen(cases[i].body));
		if (t.rc != cases[i].rc || (t.rc == 0 && (fact_count(&t.b, FACT_SAMPLE) != cases[i].samples ||
							  t.b.skipped != cases[i].skipped)))
			fail_msg("%s: rc %d, %zu samples, %zu skipped", cases[i].what, t.rc,
				 fact_count(&t.b, FACT_SAMPLE), t.b.skipped);
		reply_end(&t);
	}
}

static void test_outages(void **state)
{
	static const struct { const char *name, *start, *end; double score; } want[] = {
		{"bgp", "2026-11-22T11:16:00Z", "", 2800},  /* closed at the window's end only: goes on */
		{"ping-slash24", "2026-11-22T01:20:00Z", "2026-11-22T03:50:00Z", 15000},
		{"bgp", "2026-11-21T11:00:00Z", "2026-11-21T13:00:00Z", 11781.8}, /* overlaps at the beginning */
	};
	struct reply_test t = ask("outages", "KP");
	char text[WALL_TEXT_MAX];

	(void)state;
	reply_fixture(&t, "outages-KP.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, ARRAY_LEN(want));
	assert_int_equal(t.b.skipped, 1); /* a region */
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct fact *f = fact_at(&t.b, FACT_OUTAGE, i);
		assert_string_equal(f->subject, "KP");
		assert_string_equal(f->name, want[i].name);
		check_time(f->t, want[i].start);
		assert_string_equal(wall_format(text, f->until), want[i].end);
		assert_true(f->value == want[i].score);
	}
	check_time(t.b.data_time, NOW);
	reply_fixture(&t, "outages-none.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 0);
	reply_end(&t);
}

/* item repeated count times between head and tail, commas between. */
static void test_caps(void **state)
{
#define S "{\"entityType\":\"country\",\"entityCode\":\"KP\",\"datasource\":\"bgp\",\"from\":0,\"step\":60,\"values\":["
	static const struct { const char *call, *head, *item, *tail; size_t count; int rc; } cases[] = {
		{"bgp", "{\"data\":[[", S "1,2,3]}", "]]}", 513, ERR_LIMIT},
		{"bgp", "{\"data\":[[" S, "1", "]}]]}", 40001, 0}, /* one series too long costs itself */
		{"outages", "{\"data\":[",
		 "{\"location\":\"country/KP\",\"datasource\":\"bgp\",\"start\":1,\"duration\":1}",
		 "]}", 2001, ERR_LIMIT},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, "KP");
		struct strbuf body;
		strbuf_init(&body, 16 << 20);
		strbuf_adds(&body, cases[i].head);
		for (size_t n = 0; n < cases[i].count; n++)
			strbuf_addf(&body, "%s%s", n ? "," : "", cases[i].item);
		strbuf_adds(&body, cases[i].tail);
		assert_false(body.cut);
		reply_parse(&t, body.text, body.len);
		if (t.rc != cases[i].rc || (t.rc == 0 && (t.b.skipped != 1 || t.b.count)))
			fail_msg("%zu times %s: rc %d '%s'", cases[i].count, cases[i].item, t.rc, t.e.msg);
		strbuf_release(&body);
		reply_end(&t);
	}
}

static void test_torture(void **state)
{
	static const struct { const char *call, *subject, *file; } good[] = {
		{"bgp", "KP,IR", "bgp-KP-IR.json"},
		{"bgp", "KP", "bgp-KP-objects.json"},
		{"gtr", "IR", "gtr-IR-products.json"},
		{"outages", "KP", "outages-KP.json"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct reply_test t = ask(good[i].call, good[i].subject);
		size_t len;
		char *text = fixture("ioda", good[i].file, &len);
		torture_cut(&t, text, len, 61);
		torture_types(&t, text, len);
		free(text);
		reply_end(&t);
	}
}

#define RAW "synthetic-signals-raw."
static const struct {
	const char *call, *subject, *now, *file;
	int rc;
	size_t count, skipped; /* facts that are not notes */
} recorded[] = {
	{"bgp", "KP", "2026-10-03T20:39:00Z", RAW "country-KP.all.24h-dip.json", 0, 288, 3},
	{"ping-slash24", "KP", "2026-10-03T20:39:00Z", RAW "country-KP.all.24h-dip.json", 0, 142, 3},
	{"merit-nt", "KP", "2026-10-03T20:39:00Z", RAW "country-KP.all.24h-dip.json", 0, 0, 4},
	{"bgp", "IR", "2026-03-01T00:00:00Z", RAW "country-IR.all.48h-outage.json", 0, 574, 6},
	{"ping-slash24", "IR", "2026-03-01T00:00:00Z", RAW "country-IR.all.48h-outage.json", 0, 285, 6},
	{"merit-nt", "IR", "2026-03-01T00:00:00Z", RAW "country-IR.all.48h-outage.json", 0, 573, 6},
	{"gtr", "IR", "2026-03-01T00:00:00Z", RAW "country-IR.all.48h-outage.json", 0, 91, 6},
	{"bgp", "KP,CU,TR", "2026-10-03T06:00:00Z", RAW "countries-KP+CU+TR.bgp.2h-reordered-one-empty.json", 0, 44, 0},
	{"bgp", "KP", "2026-10-08T02:14:00Z", RAW "country-KP.bgp.6d-maxPoints100-fractional.json", 0, 72, 0},
	{"bgp", "KP", "2026-10-08T00:14:00Z", RAW "country-KP.bgp.24h-maxPoints1-misreported-step.json", 0, 0, 1},
	{"bgp", "KP", NOW, RAW "asn-131279.upstream-delay-penult-asns.plain-numbers.json", 0, 0, 1},
	{"bgp", "KP", NOW, RAW "known-entity-no-data.json", 0, 0, 0},
	{"bgp", "KP", NOW, RAW "backend-failure-looks-empty.json", 0, 0, 0},
	{"bgp", "KP", NOW, "recorded-signals-raw.asn-1299.upstream-delay-penult-asns.2025-01-29.json", 0, 0, 1},
	{"bgp", "KP", NOW, "synthetic-signals-events.country-KP.flat.json", ERR_SHAPE, 0, 0},
	{"bgp", "KP", NOW, "synthetic-error-400.invalid-datasource.json", ERR_HTTP, 0, 0},
	{"bgp", "KP", NOW, "synthetic-error-400.missing-params.json", ERR_HTTP, 0, 0},
	{"bgp", "KP", NOW, "synthetic-error-400.range-over-100-days.json", ERR_HTTP, 0, 0},
	{"bgp", "KP", NOW, "synthetic-error-400.unknown-entity.json", ERR_HTTP, 0, 0},
	{"bgp", "KP", NOW, "synthetic-http200-spa.html", ERR_PARSE, 0, 0},
	{"outages", "KP", NOW, "synthetic-error-400.outages-from-in-milliseconds.json", ERR_HTTP, 0, 0},
	{"outages", "KP", NOW, "synthetic-outages-events.country-KP.closed-and-ongoing.json", 0, 3, 0},
	{"outages", "KP", NOW, "synthetic-outages-events.none.json", 0, 0, 0},
	{"outages", "KP", NOW, "synthetic-outages-alerts.country-KP.dip.json", 0, 0, 5},
	{"outages", "KP", NOW, "synthetic-outages-summary.countries.huge-overall.json", 0, 0, 3},
	{"outages", "KP", NOW, "recorded-outages-summary.county-2159.2024-05-23.json", 0, 0, 1},
	{"outages", "KP", NOW, "recorded-excerpt-outages-events.2026-09.json", ERR_SHAPE, 0, 0}, /* no envelope */
};

static void test_recorded(void **state)
{
	size_t read = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(recorded); i++) {
		struct reply_test t;
		size_t len, step = 997;
		char *text = file_load("LANDLINE_SHARED", "samples/ioda", recorded[i].file, &len);
		if (!text)
			continue;
		read++;
		reply_ask(&t, &source_ioda, recorded[i].call, recorded[i].subject, recorded[i].now, NULL);
		reply_parse(&t, text, len);
		size_t count = t.b.count - fact_count(&t.b, FACT_NOTE);
		if (t.rc != recorded[i].rc || count != recorded[i].count || t.b.skipped != recorded[i].skipped)
			fail_msg("%s of %s: rc %d, %zu facts, %zu skipped, '%s'", recorded[i].call, recorded[i].file,
				 t.rc, count, t.b.skipped, t.e.msg);
		while (len / step > 60)
			step += 997;
		torture_cut(&t, text, len, step);
		free(text);
		reply_end(&t);
	}
	if (read == 0) {
		print_message("skipped: no bodies in LANDLINE_SHARED/samples/ioda\n");
		skip();
	}
	assert_int_equal(read, ARRAY_LEN(recorded));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_bgp),
		cmocka_unit_test(test_other_signals),
		cmocka_unit_test(test_no_data),
		cmocka_unit_test(test_series_odd),
		cmocka_unit_test(test_outages),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_torture),
		cmocka_unit_test(test_recorded),
	};
	return cmocka_run_group_tests_name("source/ioda", tests, NULL, NULL);
}
