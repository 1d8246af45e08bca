/* links: base/json base/err base/mem */
/* JSON from outside: the forms that the services really send, and nothing that merely looks like them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"

static cJSON *parse(const char *text)
{
	struct err e;
	/* the exact bytes, without a NUL: a read past the end is a sanitizer's to report */
	size_t len = strlen(text);
	char *body = malloc(len ? len : 1);

	assert_non_null(body);
	memcpy(body, text, len);
	cJSON *root = json_parse(body, len, &e);
	free(body);
	return root;
}

static void bodies_that_are_taken(void **state)
{
	static const char *const good[] = {"{}",    " [1,2]\r\n", "{\"a\":\"[[[[\\\"{{\"}",
					   "\"x\"", "1",          "{\"a\":{\"b\":[{}]}}"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		cJSON *root = parse(good[i]);
		if (!root)
			fail_msg("%s", good[i]);
		cJSON_Delete(root);
	}
}

static void bodies_that_are_refused(void **state)
{
	static const struct {
		const char *what, *body;
		enum err_code code;
		const char *words;
	} cases[] = {
		{"empty", "", ERR_PARSE, "empty body"},
		{"blanks", " \n ", ERR_PARSE, "empty body"},
		{"HTML", "\n<!doctype html>", ERR_PARSE, "HTML instead of JSON"},
		{"truncated", "{\"a\":[1,2", ERR_PARSE, "bad JSON at byte "},
		{"place", "{\"a\":1,\"b\":x}", ERR_PARSE, "at byte 11 of 13"},
		{"text after the end", "{} {}", ERR_PARSE, "at byte 3 of 5: text after the end"},
		{"open string", "\"abc", ERR_PARSE, "bad JSON"},
		{"escape at the end", "\"abc\\", ERR_PARSE, "bad JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		cJSON *root = json_parse(cases[i].body, strlen(cases[i].body), &e);
		if (root || e.code != cases[i].code || !strstr(e.msg, cases[i].words))
			fail_msg("%s: %d '%s'", cases[i].what, e.code, e.msg);
	}
}

static void depth_is_bounded(void **state)
{
	static const struct {
		const char *what;
		size_t depth;
		bool taken;
	} cases[] = {
		{"the deepest", JSON_DEPTH_MAX, true},
		{"one more", JSON_DEPTH_MAX + 1, false},
		{"a bomb", 500000, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = cases[i].depth;
		char *body = malloc(2 * n);
		struct err e = {0};
		assert_non_null(body);
		memset(body, '[', n);
		memset(body + n, ']', n);
		cJSON *root = json_parse(body, 2 * n, &e);
		if ((root != NULL) != cases[i].taken ||
		    (!root && (e.code != ERR_LIMIT || !strstr(e.msg, "at byte 64"))))
			fail_msg("%s: %s", cases[i].what, e.msg);
		cJSON_Delete(root);
		free(body);
	}
}

/* Brackets inside a string are text, also after an escaped quote in it. */
static void depth_ignores_strings(void **state)
{
	char body[300];
	size_t n = 0;

	(void)state;
	memcpy(body, "[\"\\\"", 4);
	n = 4;
	memset(body + n, '[', 200);
	n += 200;
	memcpy(body + n, "\"]", 3);
	cJSON *root = parse(body);
	assert_non_null(root);
	assert_int_equal(strlen(cJSON_GetStringValue(cJSON_GetArrayItem(root, 0))), 201);
	cJSON_Delete(root);
}

static void members_by_form(void **state)
{
	cJSON *o = parse(
		"{\"n\":1.5,\"i\":7,\"s\":\"12\",\"f\":\"2.5e1\",\"t\":true,\"z\":null,\"w\":\"x1\",\"h\":\"0x10\","
		"\"e\":\"\","
		"\"big\":9007199254740993,\"huge\":1e300,\"neg\":\"-3\",\"nan\":\"nan\",\"blank\":\" 1\",\"a\":[]}");
	static const struct {
		const char *key;
		bool is_number;
		double number;
		bool is_int;
		int64_t whole;
	} cases[] = {
		{"n", true, 1.5, false, 0},      {"i", true, 7, true, 7},     {"s", true, 12, true, 12},
		{"f", true, 25, true, 25},       {"t", false, 0, false, 0},   {"z", false, 0, false, 0},
		{"w", false, 0, false, 0},       {"h", false, 0, false, 0},   {"e", false, 0, false, 0},
		{"huge", true, 1e300, false, 0}, {"neg", true, -3, true, -3}, {"nan", false, 0, false, 0},
		{"blank", false, 0, false, 0},   {"a", false, 0, false, 0},   {"none", false, 0, false, 0},
	};

	(void)state;
	assert_non_null(o);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		double number = 0;
		int64_t whole = 0;
		bool is_number = json_number(o, cases[i].key, &number), is_int = json_int(o, cases[i].key, &whole);
		if (is_number != cases[i].is_number || number != cases[i].number || is_int != cases[i].is_int ||
		    whole != cases[i].whole)
			fail_msg("%s: %d %g %d %lld", cases[i].key, is_number, number, is_int, (long long)whole);
	}
	assert_null(json_get(o, "z"));
	assert_null(json_get(o, "N"));
	assert_null(json_get(json_get(o, "a"), "n"));
	assert_null(json_get(NULL, "n"));
	assert_null(json_string(o, "n"));
	assert_string_equal(json_string(o, "s"), "12");
	assert_true(json_bool(o, "t", false));
	assert_true(json_bool(o, "i", true));
	assert_false(json_bool(o, "none", false));
	cJSON_Delete(o);
}

static void as_numbers(void **state)
{
	static const struct {
		const char *json;
		bool ok;
		uint32_t asn;
	} cases[] = {
		{"3333", true, 3333},
		{"\"3333\"", true, 3333},
		{"\"AS3333\"", true, 3333},
		{"\"as3333\"", true, 3333},
		{"4294967295", true, UINT32_MAX},
		{"\"4294967295\"", true, UINT32_MAX},
		{"4294967296", false, 0},
		{"\"4294967296\"", false, 0},
		{"0", false, 0},
		{"\"0\"", false, 0},
		{"\"AS0\"", false, 0},
		{"-1", false, 0},
		{"1.5", false, 0},
		{"\"AS\"", false, 0},
		{"\"\"", false, 0},
		{"\"3333 \"", false, 0},
		{"\"99999999999999999999\"", false, 0},
		{"null", false, 0},
		{"[3333]", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cJSON *item = parse(cases[i].json);
		uint32_t asn = 0;
		assert_non_null(item);
		if (json_asn(item, &asn) != cases[i].ok || asn != cases[i].asn)
			fail_msg("%s: %u", cases[i].json, asn);
		cJSON_Delete(item);
	}
	uint32_t asn;
	assert_false(json_asn(NULL, &asn));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_that_are_taken), cmocka_unit_test(bodies_that_are_refused),
		cmocka_unit_test(depth_is_bounded),      cmocka_unit_test(depth_ignores_strings),
		cmocka_unit_test(members_by_form),       cmocka_unit_test(as_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
