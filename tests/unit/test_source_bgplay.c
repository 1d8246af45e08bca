/* links: source/[a-z]* core/[a-z]* base/[a-z]* */
/* BGPlay: the answers of the call, those that were recorded among them, and the stream of a replay, whose pieces are of the
 * same kind. The bodies here are invented in the recorded shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

static const char sources[] =
	"[{\"id\":\"00-192.0.2.1\",\"as_number\":64500,\"ip\":\"192.0.2.1\",\"rrc\":\"00\"},"
	"{\"id\":\"03-2001:db8::1\",\"as_number\":\"64501\",\"rrc\":\"03\"},{\"id\":\"nobody\"},{\"id\":\"5-192.0.2.9\"}]";

#define ROW(id, prefix, path) "{\"source_id\":\"" id "\",\"target_prefix\":\"" prefix "\",\"path\":" path ",\"community\":[]}"
#define EVENT(type, t, row)   "{\"type\":\"" type "\",\"timestamp\":\"" t "\",\"attrs\":" row "}"

static const char rows[] = "[" ROW("00-192.0.2.1", "175.45.176.0/24", "[64500,4837,4837,131279,131279]") ","
	ROW("03-2001:db8::1", "175.45.176.0/24", "[64501,4837,131279]") ","
	ROW("05-192.0.2.9", "175.45.176.0/24", "[1,2]") "," ROW("00-192.0.2.1", "10.0.0.0/24", "[64500,2]") ",{}]";

static const char events[] = "[" EVENT("W", "2014-12-22T16:15:01", "{\"source_id\":\"00-192.0.2.1\",\"target_prefix\":\"175.45.176.0/24\"}") ","
	EVENT("A", "2014-12-22T16:15:03", ROW("03-2001:db8::1", "175.45.176.0/24", "[64501,[4837,4134],131279]")) ","
	EVENT("A", "2014-12-22T16:15:02", ROW("07-192.0.2.7", "175.45.176.0/24", "[64501]")) ","
	EVENT("S", "2014-12-22T16:15:02", "{}") "," EVENT("W", "yesterday", "{}") "]";

static struct wall at(const char *text)
{
	struct wall t;
	assert_int_equal(wall_parse(text, &t, NULL), 0);
	return t;
}

static const struct source_call *bgplay(void)
{
	const struct source_call *c = source_table[source_find("ripestat")]->calls;
	while (strcmp(c->name, "bgplay"))
		c++;
	return c;
}

static int parse(const char *body, const char *subject, struct batch *b, struct err *e)
{
	static struct query q;
	q = (struct query){.call = bgplay(), .now = at("2026-11-22T12:00Z"), .since = WALL_NONE, .base = "http://x"};
	snprintf(q.subject, sizeof(q.subject), "%s", subject);
	batch_init(b, 16 << 20);
	return q.call->parse(body, strlen(body), &q, b, e);
}

static size_t count(const struct batch *b, enum fact_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += b->facts[i].kind == kind;
	return n;
}

static char *body_of(const char *begin, const char *src, const char *initial, const char *list)
{
	struct strbuf b;
	strbuf_init(&b, 1 << 20);
	strbuf_addf(&b, "{\"status\":\"ok\",\"data\":{%s\"query_endtime\":\"2014-12-22T17:00:00\",\"sources\":%s,\"initial_state\":%s,\"events\":%s}}",
		    begin, src, initial, list);
	return strbuf_take(&b);
}

#define SUBJECT "175.45.176.0/24,175.45.177.0/24 1419264000 1419271200" /* 16:00 to 18:00 */

static void test_call(void **state)
{
	struct batch b;
	struct err e = {0};
	char *body = body_of("", sources, rows, events);
	(void)state;
	assert_int_equal(parse(body, SUBJECT, &b, &e), 0);
	static const enum fact_kind want[] = {FACT_ROUTE, FACT_ROUTE, FACT_SNAPSHOT, FACT_SNAPSHOT, FACT_WITHDRAW, FACT_ANNOUNCE};
	assert_int_equal(b.count, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(b.facts[i].kind, want[i]);
	const struct fact *row = &b.facts[0], *gone = &b.facts[4], *back = &b.facts[5];
	assert_string_equal(row->collector, "rrc00");
	assert_int_equal(row->asn, 64500);
	assert_int_equal(row->asn2, 131279);
	assert_int_equal(row->upstream, 4837);
	assert_int_equal(row->path_len, 3); /* prepending is gone */
	assert_int_equal(row->path[1], 4837);
	assert_true(row->t.ms == at("2014-12-22T16:00Z").ms);
	assert_int_equal(b.facts[1].asn, 64501);
	assert_int_equal(b.facts[2].count, 2);
	assert_int_equal(b.facts[3].count, 0);
	assert_true(gone->t.ms == at("2014-12-22T16:15:01Z").ms && gone->asn == 64500 && gone->asn2 == 0);
	assert_true(back->asn2 == 131279 && back->upstream == 0 && back->path == NULL); /* a set right before the origin */
	assert_true(b.data_time.ms == at("2014-12-22T17:00Z").ms);
	assert_true(b.skipped > 0);
	batch_release(&b);
	free(body);
}

static void test_late_begin(void **state)
{
	struct batch b;
	struct err e = {0};
	char *body = body_of("\"query_starttime\":\"2014-12-22T16:10:00\",", sources, rows, "[]");
	(void)state;
	assert_int_equal(parse(body, SUBJECT, &b, &e), 0);
	assert_true(b.facts[0].t.ms == at("2014-12-22T16:10Z").ms && b.facts[2].t.ms == b.facts[0].t.ms);
	batch_release(&b);
	free(body);
}

static void test_refused(void **state)
{
	static const struct {
		const char *what, *subject, *sources, *rows, *events;
		int code;
	} cases[] = {
		{"nothing of that time", SUBJECT, "[]", "[]", "[]", ERR_NOT_FOUND},
		{"peers that are none", SUBJECT, "[{\"id\":\"x\"}]", "[]", "[]", ERR_NOT_FOUND},
		{"no peers", SUBJECT, "null", "[]", "[]", ERR_SHAPE},
		{"no rows", SUBJECT, sources, "{}", "[]", ERR_SHAPE},
		{"no events", SUBJECT, sources, "[]", "1", ERR_SHAPE},
		{"asked without times", "175.45.176.0/24", sources, "[]", "[]", ERR_USAGE},
		{"asked backwards", "175.45.176.0/24 1419271200 1419264000", sources, "[]", "[]", ERR_USAGE},
		{"asked for no prefix", "KP 1419264000 1419271200", sources, "[]", "[]", ERR_USAGE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct batch b;
		struct err e = {0};
		char *body = body_of("", cases[i].sources, cases[i].rows, cases[i].events);
		print_message("%s\n", cases[i].what);
		assert_int_equal(parse(body, cases[i].subject, &b, &e), cases[i].code);
		assert_int_equal(strncmp(e.msg, "ripestat bgplay: ", 17), 0);
		batch_release(&b);
		free(body);
	}
}

/* What was recorded: a /16 of 2017, and a time that is not kept. */
static void test_recorded(void **state)
{
	static const struct {
		const char *file, *begin, *end, *subject;
		int code;
		size_t routes, events;
	} samples[] = {
		{"bgplay--140.78.0.0-16.2017.data-only.json", "{\"status\":\"ok\",\"data\":", "}",
		 "140.78.0.0/16 1500585345 1500758145", 0, 166, 18},
		{"bgplay--140.78.0.0-16.before-2024.json", "", "", "140.78.0.0/16 1608534000 1608552000", ERR_NOT_FOUND, 0, 0},
	};
	const char *shared = getenv("LANDLINE_SHARED");
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		char path[600];
		static char text[1 << 20];
		struct batch b;
		struct err e = {0};
		snprintf(path, sizeof(path), "%.400s/samples/ripestat/%s", shared ? shared : "/nowhere", samples[i].file);
		FILE *f = fopen(path, "rb");
		if (!f)
			skip();
		int n = snprintf(text, sizeof(text), "%s", samples[i].begin);
		n += (int)fread(text + n, 1, sizeof(text) - 10 - (size_t)n, f);
		snprintf(text + n, 10, "%s", samples[i].end);
		fclose(f);
		assert_int_equal(parse(text, samples[i].subject, &b, &e), samples[i].code);
		assert_int_equal(count(&b, FACT_ROUTE), samples[i].routes);
		assert_int_equal(count(&b, FACT_ANNOUNCE) + count(&b, FACT_WITHDRAW), samples[i].events);
		batch_release(&b);
	}
}

/* ---- the stream ---- */

static size_t feed(const char *text, size_t chunk, struct batch *b)
{
	const struct source_ops *ops = source_table[source_find("bgplay")];
	struct stream_reader *r = ops->reader_new();
	struct err e = {0};
	batch_init(b, 1 << 20);
	for (size_t done = 0, len = strlen(text); done < len; done += chunk)
		assert_int_equal(ops->feed(r, text + done, len - done < chunk ? len - done : chunk, b, &e), 0);
	ops->reader_free(r);
	return b->count;
}

static void test_pieces(void **state)
{
	static const enum fact_kind want[] = {FACT_NET, FACT_ROUTE, FACT_ROUTE, FACT_SNAPSHOT, FACT_SNAPSHOT, FACT_WITHDRAW, FACT_ANNOUNCE, FACT_ALIVE};
	struct strbuf text;
	struct batch b;
	(void)state;
	strbuf_init(&text, 1 << 16);
	strbuf_addf(&text, "{\"query_starttime\":\"2014-12-22T16:00:00\",\"targets\":[{\"prefix\":\"175.45.176.0/24\"},"
			   "{\"prefix\":\"175.45.177.0/24\"},{\"prefix\":\"KP\"}],\"sources\":%s,\"initial_state\":%s}\n\n",
		    sources, rows);
	strbuf_addf(&text, "{\"events\":%s}\nnot a piece\n[]\n{\"query_endtime\":\"2014-12-22T16:15:30\"}\n{\"events\":", events);
	for (size_t chunk = 1; chunk < text.len + 100; chunk += chunk < 40 ? 1 : 997) {
		assert_int_equal(feed(text.text, chunk, &b), ARRAY_LEN(want));
		for (size_t i = 0; i < ARRAY_LEN(want); i++)
			assert_int_equal(b.facts[i].kind, want[i]);
		assert_true(b.facts[0].flag && b.facts[0].asn == 131279);
		assert_string_equal(b.facts[5].collector, "rrc00"); /* who it is was said in an earlier piece */
		assert_int_equal(b.facts[5].asn, 64500);
		batch_release(&b);
	}
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),     cmocka_unit_test(test_late_begin), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_recorded), cmocka_unit_test(test_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
