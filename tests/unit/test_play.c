/* links: app/app_play app/app_archive core/prefix base/[a-z]* */
/* Which requests to bgplay a replay makes, and which of the two ways it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "app/app_play.h"
#include "base/json_slice.h"
#include "base/mem.h"

static struct wall at(const char *text)
{
	struct wall t;
	assert_int_equal(wall_parse(text, &t, NULL), 0);
	return t;
}

static struct prefix net(const char *text)
{
	struct prefix p;
	assert_true(prefix_parse(text, strlen(text), &p));
	return p;
}

static int plan(struct play_plan *p, const char *from, const char *until, size_t nets, struct err *e)
{
	struct prefix list[200];
	for (size_t i = 0; i < nets; i++) {
		char text[40];
		snprintf(text, sizeof(text), "10.%zu.%zu.0/24", i / 256, i % 256);
		list[i] = net(text);
	}
	return play_plan(p, at(from), at(until), list, nets, at("2026-11-22T12:00Z"), e);
}

static void test_requests(void **state)
{
	static const struct {
		const char *what, *from, *until;
		size_t nets, lines, requests;
		const char *base, *last;
	} rows[] = {
		{"an hour", "2025-01-01T16:20Z", "2025-01-01T17:20:30Z", 4, 1, 1, "2025-01-01T15:00Z", "2025-01-01T17:21Z"},
		{"nine networks", "2025-01-01T16:00Z", "2025-01-01T17:00Z", 9, 2, 2, "2025-01-01T15:00Z", "2025-01-01T17:00Z"},
		{"a day and an hour before it", "2025-01-01T16:00Z", "2025-01-02T16:00Z", 1, 1, 2, "2025-01-01T15:00Z",
		 "2025-01-02T16:00Z"},
		{"nothing from the future", "2026-11-22T11:00Z", "2026-11-23T11:00Z", 1, 1, 1, "2026-11-22T10:00Z",
		 "2026-11-22T12:00Z"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct play_plan p;
		struct err e = {0};
		print_message("%s\n", rows[i].what);
		assert_int_equal(plan(&p, rows[i].from, rows[i].until, rows[i].nets, &e), 0);
		assert_int_equal(p.line_count, rows[i].lines);
		assert_int_equal(p.count, rows[i].requests);
		assert_true(p.base.ms == at(rows[i].base).ms && p.parts[0].from.ms == p.base.ms);
		assert_true(p.parts[p.count - 1].until.ms == at(rows[i].last).ms);
		play_plan_release(&p);
	}
}

static void test_too_many(void **state)
{
	static const struct {
		const char *what, *from, *until;
		size_t nets;
		int code;
		const char *error;
	} rows[] = {
		{"networks", "2025-01-01", "2025-01-02", 65, ERR_LIMIT, "65 networks, and 64 are the most"},
		{"requests", "2025-01-01", "2025-01-31", 64, ERR_LIMIT, "more than 100 requests"},
		{"none", "2025-01-01", "2025-01-31", 0, ERR_NOT_FOUND, "no network of these territories is known of that time"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct play_plan p;
		struct err e = {0};
		print_message("%s\n", rows[i].what);
		assert_int_equal(plan(&p, rows[i].from, rows[i].until, rows[i].nets, &e), rows[i].code);
		assert_string_equal(e.msg, rows[i].error);
		assert_int_equal(p.count, 0);
	}
}

/* The same networks make the same names, whatever their order; default routes and doubles are none. */
static void test_names(void **state)
{
	const struct prefix ways[2][4] = {
		{net("175.45.176.0/24"), net("2001:db8::/32"), net("175.45.177.0/24"), net("0.0.0.0/0")},
		{net("2001:db8::/32"), net("175.45.177.0/24"), net("175.45.176.0/24"), net("175.45.176.0/24")},
	};
	char path[80] = "", subject[PLAY_SUBJECT_MAX];
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct play_plan p;
		struct err e = {0};
		assert_int_equal(play_plan(&p, at("2014-12-22T16:00Z"), at("2014-12-22T17:00Z"), ways[i], 4,
					   at("2026-11-22"), &e),
				 0);
		assert_int_equal(p.net_count, 3);
		assert_string_equal(play_subject(subject, &p, &p.parts[0]),
				    "193.0.0.0/21,175.45.176.0/24,175.45.177.0/24,2001:db8::/32 1419260400 1419267600");
		if (i)
			assert_string_equal(p.parts[0].path, path);
		snprintf(path, sizeof(path), "%s", p.parts[0].path);
		assert_non_null(strstr(path, ".1419260400.1419267600.json"));
		play_plan_release(&p);
	}
}

static void test_halves(void **state)
{
	struct play_plan p;
	struct err e = {0};
	unsigned n = 0;
	(void)state;
	assert_int_equal(plan(&p, "2025-01-01T16:00Z", "2025-01-01T20:00Z", 9, &e), 0);
	assert_true(play_split(&p, 0));
	assert_int_equal(p.count, 3);
	assert_true(p.parts[0].until.ms == p.parts[1].from.ms && p.parts[0].line == 0 && p.parts[1].line == 0);
	assert_true(p.parts[1].until.ms == at("2025-01-01T20:00Z").ms && p.parts[2].line == 1);
	assert_string_not_equal(p.parts[0].path, p.parts[1].path);
	while (play_split(&p, 0))
		n++;
	assert_int_equal(n, 1); /* five hours: not into less than one */
	play_plan_release(&p);
}

static void test_hindrances(void **state)
{
	static const struct {
		const char *from, *until, *why;
	} rows[] = {
		{"2014-12-22", "2014-12-23", "RIPEstat keeps updates from January 2024 on"},
		{"2024-01-01T00:30Z", "2024-01-02", "RIPEstat keeps updates from January 2024 on"},
		{"2024-01-01T01:00Z", "2024-01-02", NULL},
		{"2026-11-21", "2026-11-22T11:00Z", "RIPEstat has the newest hours later than the archives"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *why = play_hindrance(at(rows[i].from), at(rows[i].until), at("2026-11-22T12:00Z"));
		if (!rows[i].why)
			assert_null(why);
		else
			assert_string_equal(why, rows[i].why);
	}
}

static void test_choice(void **state)
{
	static const struct {
		const char *what;
		uint64_t bytes; /* of each file; 0: not known */
		bool files_here, play_here, no_play;
		enum past_way way;
		const char *why;
	} rows[] = {
		{"files of megabytes", 2000000, false, false, false, PAST_BGPLAY, "cheaper"},
		{"files of bytes", 100, false, false, false, PAST_MRT, "cheaper"},
		{"files of unknown size are files", 0, false, false, false, PAST_BGPLAY, "cheaper"},
		{"files in the cache", 2000000, true, false, false, PAST_MRT, "all of it is in the cache"},
		{"answers in the cache", 100, false, true, false, PAST_BGPLAY, "all of it is in the cache"},
		{"no answers to be had", 2000000, false, false, true, PAST_MRT, "the only way"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct play_plan p;
		struct archive_plan m;
		struct err e = {0};
		const char *why;
		print_message("%s\n", rows[i].what);
		assert_int_equal(plan(&p, "2025-01-01T16:00Z", "2025-01-01T17:00Z", 4, &e), 0);
		assert_int_equal(archive_plan(&m, at("2025-01-01T16:00Z"), at("2025-01-01T17:00Z"), "rrc00", "http://x",
					      "http://y", at("2026-11-22"), &e),
				 0);
		for (size_t k = 0; k < m.count; k++) {
			m.files[k].bytes = rows[i].bytes;
			m.files[k].have = rows[i].files_here;
		}
		p.parts[0].have = rows[i].play_here;
		assert_int_equal(past_choose(&m, rows[i].no_play ? NULL : &p, &why), rows[i].way);
		assert_string_equal(why, rows[i].why);
		play_plan_release(&p);
		archive_plan_release(&m);
	}
}

static void test_words(void **state)
{
	struct play_plan p;
	struct strbuf text;
	struct err e = {0};
	(void)state;
	strbuf_init(&text, 1000);
	assert_int_equal(plan(&p, "2025-01-01T16:00Z", "2025-01-02T15:00Z", 9, &e), 0);
	play_plan_text(&p, &text);
	assert_string_equal(text.text,
			    "bgplay: 9 networks, 2 requests to RIPEstat, 0 in the cache, about 1.5 MB to fetch (estimated)\n");
	p.parts[0].have = p.parts[1].have = true;
	strbuf_clear(&text);
	play_plan_text(&p, &text);
	assert_string_equal(text.text, "bgplay: 9 networks, 2 requests to RIPEstat, 2 in the cache, nothing to fetch\n");
	strbuf_release(&text);
	play_plan_release(&p);
}

static struct json_slice slice(const char *s)
{
	return (struct json_slice){s, strlen(s)};
}

static void test_slices(void **state)
{
	static const struct {
		const char *what, *text, *key, *value; /* NULL: none */
	} rows[] = {
		{"the first", "{\"a\":1,\"b\":2}", "a", "1"},
		{"spaces and lines", " {\n \"a\" : [1 , {\"b\":2}] ,\n\"b\": \"x\" }", "b", "\"x\""},
		{"brackets and quotes in strings", "{\"a\":\"}]\\\"{\",\"b\":[\"]\"]}", "b", "[\"]\"]"},
		{"not the inner one", "{\"a\":{\"b\":1},\"b\":null}", "b", "null"},
		{"none", "{\"a\":{\"b\":1}}", "b", NULL},
		{"no object", "[\"b\"]", "b", NULL},
		{"cut short", "{\"a\":\"x", "b", NULL},
		{"a beginning of the key", "{\"bb\":1,\"b\":-2.5e3}", "b", "-2.5e3"},
	};
	static const char *const items[] = {"1", "\"a,]\"", "[2, [3]]", "{\"x\" : [4]}", "null"};
	const struct json_slice list = slice("[ 1,\"a,]\" ,[2, [3]],\n{\"x\" : [4]}, null ]");
	struct json_slice out;
	struct strbuf b;
	char text[8];
	size_t pos = 0;
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		bool found = json_slice_get(slice(rows[i].text), rows[i].key, &out);
		assert_true(found == (rows[i].value != NULL));
		if (found && (out.len != strlen(rows[i].value) || memcmp(out.at, rows[i].value, out.len)))
			fail_msg("'%.*s'", (int)out.len, out.at);
	}
	for (size_t i = 0; i < ARRAY_LEN(items); i++) {
		assert_true(json_slice_next(list, &pos, &out));
		if (out.len != strlen(items[i]) || memcmp(out.at, items[i], out.len))
			fail_msg("'%.*s'", (int)out.len, out.at);
	}
	assert_false(json_slice_next(list, &pos, &out));
	pos = 0;
	assert_false(json_slice_next(slice("[ ]"), &pos, &out));
	assert_true(json_slice_string(slice("\"1234567\""), text, sizeof(text)));
	assert_string_equal(text, "1234567");
	assert_false(json_slice_string(slice("\"12345678\""), text, sizeof(text)));
	assert_false(json_slice_string(slice("1"), text, sizeof(text)));
	strbuf_init(&b, 100);
	json_slice_put(&b, slice("[\n1,\r\n2]"));
	assert_string_equal(b.text, "[ 1,  2]");
	strbuf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests), cmocka_unit_test(test_too_many),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_halves),   cmocka_unit_test(test_hindrances), cmocka_unit_test(test_choice),
		cmocka_unit_test(test_words),    cmocka_unit_test(test_slices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
