/* links: source/tor core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* Tor Metrics: CSV behind comments, columns by their names. The samples of ../shared are read too, where they are at hand. */
#include "unit/reply_check.h"

extern const struct source_ops source_tor;

#define HEAD "#\n# Tor\n#\ndate,country,users,lower,upper,frac\n"

static void test_url(void **state)
{
	struct reply_test t;
	struct request r;
	(void)state;
	reply_ask(&t, &source_tor, "users", "IR", "2026-10-12T08:30:00Z", NULL);
	strbuf_init(&r.url, 8192);
	strbuf_init(&r.header, 64);
	assert_int_equal(t.call->request(&t.q, &r, &t.e), 0);
	assert_string_equal(r.url.text, "http://test/userstats-relay-country.csv?start=2026-10-02&end=2026-10-12&country=ir"
					"&events=off");
	r.url.max = 20;
	assert_int_equal(t.call->request(&t.q, &r, &t.e), ERR_LIMIT);
	snprintf(t.q.subject, sizeof(t.q.subject), "IR&x");
	assert_int_equal(t.call->request(&t.q, &r, &t.e), ERR_USAGE);
	strbuf_release(&r.url);
	strbuf_release(&r.header);
	reply_end(&t);
}

static void test_bodies(void **state)
{
	static const struct { const char *what, *body; int rc; size_t samples, skipped; double first; } cases[] = {
		{"two days", HEAD "2026-10-08,ir,20339,14699,28350,60\n2026-10-09,ir,5,,,66\n", 0, 2, 0, 20339},
		{"no line feed at the end", HEAD "2026-10-08,ir,7,,,60", 0, 1, 0, 7},
		{"carriage returns", "date,country,users\r\n2026-10-08,ir,7\r\n", 0, 1, 0, 7},
		{"other columns", "date,frac,country,lower,users\n2026-10-08,60,ir,,7\n", 0, 1, 0, 7},
		{"another country, the world, tomorrow", HEAD "2026-10-08,kp,7,,,60\n2026-10-08,,7,,,60\n2027-01-01,ir,7,,,60\n", 0, 0, 3, 0},
		{"no number", HEAD "2026-10-08,ir,,,,60\n2026-10-08,ir,x,,,\n2026-10-08,ir,-1,,,\n2026-10-08,ir,nan,,,\n", 0, 0, 4, 0},
		{"no day", HEAD "yesterday,ir,7,,,60\n2026-13-08,ir,7,,,\n2026-10-08T00:00:00Z,ir,7,,,\n", 0, 0, 3, 0},
		{"short", HEAD "2026-10-08\n", 0, 0, 1, 0},
		{"no rows", HEAD, 0, 0, 0, 0},
		{"no header", "#\n", ERR_SHAPE, 0, 0, 0},
		{"another header", "day,country,users\n", ERR_SHAPE, 0, 0, 0},
		{"HTML", "<!DOCTYPE html>", ERR_PARSE, 0, 0, 0},
		{"empty", "", ERR_PARSE, 0, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t;
		reply_ask(&t, &source_tor, "users", "IR", "2026-10-12T08:30:00Z", NULL);
		reply_parse(&t, cases[i].body, strlen(cases[i].body));
		if (t.rc != cases[i].rc || fact_count(&t.b, FACT_SAMPLE) != cases[i].samples || t.b.skipped != cases[i].skipped)
			fail_msg("%s: rc %d '%s', %zu samples, %zu skipped", cases[i].what, t.rc, t.e.msg,
				 fact_count(&t.b, FACT_SAMPLE), t.b.skipped);
		if (cases[i].samples) {
			assert_true(fact_at(&t.b, FACT_SAMPLE, 0)->value == cases[i].first);
			check_time(fact_at(&t.b, FACT_SAMPLE, 0)->t, "2026-10-08T00:00:00Z");
		}
		reply_end(&t);
	}
}

static void test_samples(void **state)
{
	static const struct { const char *cc, *file; int rc; bool rows; } cases[] = {
		{"IR", "synthetic-userstats-relay-country.ir.drop.csv", 0, true},
		{"KP", "synthetic-userstats-relay-country.kp.tiny.csv", 0, true},
		{"TR", "synthetic-userstats-relay-country.reordered-columns.csv", 0, true},
		{"KP", "synthetic-userstats-relay-country.all-with-blank-world.csv", 0, true},
		{"VE", "recorded-excerpt-userstats-relay-country.ve.2026-09-22.csv", 0, true},
		{"IR", "synthetic-userstats-relay-country.no-rows.csv", 0, false},
		{"IR", "synthetic-error-500.html", ERR_PARSE, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t;
		size_t len;
		char *body = file_load("LANDLINE_SHARED", "samples/tor", cases[i].file, &len);
		reply_ask(&t, &source_tor, "users", cases[i].cc, "2026-11-22T12:00:00Z", NULL);
		if (!body) {
			reply_end(&t);
			print_message("no samples at hand: skipped\n");
			skip();
		}
		reply_parse(&t, body, len);
		if (t.rc != cases[i].rc || (fact_count(&t.b, FACT_SAMPLE) > 0) != cases[i].rows)
			fail_msg("%s: rc %d '%s', %zu samples", cases[i].file, t.rc, t.e.msg, fact_count(&t.b, FACT_SAMPLE));
		free(body);
		reply_end(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url), cmocka_unit_test(test_bodies), cmocka_unit_test(test_samples),
	};
	return cmocka_run_group_tests_name("source/tor", tests, NULL, NULL);
}
