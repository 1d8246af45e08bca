/* links: base/text base/mem */
/* Text from outside: no byte of it may move a cursor, hide a word or change a column, whatever it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"

#define FFFD "\xef\xbf\xbd"

static void clean_drops_what_a_terminal_must_not_see(void **state)
{
	static const struct {
		const char *what;
		size_t cap;
		const char *in, *want;
	} cases[] = {
		{"plain", 32, "Star Joint Venture", "Star Joint Venture"},
		{"empty", 32, "", ""},
		{"escape sequence loses its escape", 32, "a\x1b[31mb", "a[31mb"},
		{"C1 as UTF-8 (CSI)", 32,
		 "a\xc2\x9b"
		 "31mb",
		 "a31mb"},
		{"C1 as a lone byte", 32,
		 "a\x9b"
		 "31mb",
		 "a" FFFD "31mb"},
		{"DEL and bell", 32,
		 "a\x7f\x07"
		 "b",
		 "ab"},
		{"tab and line feed are a space each", 32, "a\tb\nc", "a b c"},
		{"CR goes", 32, "a\r\nb", "a b"},
		{"line separator", 32,
		 "a\xe2\x80\xa8"
		 "b",
		 "ab"},
		{"bidi override", 32,
		 "a\xe2\x80\xae"
		 "b",
		 "ab"},
		{"bidi isolate", 32,
		 "a\xe2\x81\xa6"
		 "b",
		 "ab"},
		{"arabic letter mark", 32,
		 "a\xd8\x9c"
		 "b",
		 "ab"},
		{"variation selector", 32, "\xe2\x9a\xa0\xef\xb8\x8f", "\xe2\x9a\xa0"},
		{"byte order mark", 32,
		 "\xef\xbb\xbf"
		 "a",
		 "a"},
		{"invalid byte", 32,
		 "a\xff"
		 "b",
		 "a" FFFD "b"},
		{"overlong slash", 32,
		 "a\xc0\xaf"
		 "b",
		 "a" FFFD "b"},
		{"surrogate", 32,
		 "a\xed\xa0\x80"
		 "b",
		 "a" FFFD "b"},
		{"above U+10FFFF", 32,
		 "a\xf4\x90\x80\x80"
		 "b",
		 "a" FFFD "b"},
		{"cut sequence at the end", 32, "a\xe2\x82", "a" FFFD},
		{"cut sequence, then ASCII", 32,
		 "\xe2\x82"
		 "a",
		 FFFD "a"},
		{"NFC composes", 32, "e\xcc\x81", "\xc3\xa9"},
		{"NFC over what was dropped", 32, "e\x01\xcc\x81", "\xc3\xa9"},
		{"third mark goes", 32,
		 "q\xcc\x81\xcc\x82\xcc\x83\xcc\x84"
		 "b",
		 "q\xcc\x81\xcc\x82"
		 "b"},
		{"mark without a character", 32,
		 "\xcc\x81"
		 "a",
		 "a"},
		{"Persian keeps its ZWNJ", 32, "\xd9\x85\xe2\x80\x8c\xd8\xae", "\xd9\x85\xe2\x80\x8c\xd8\xae"},
		{"Korean", 32, "\xec\xa1\xb0\xec\x84\xa0", "\xec\xa1\xb0\xec\x84\xa0"},
		{"cut at a byte", 4, "abcdef", "abc"},
		{"cut at a character", 4, "ab\xc3\xa9", "ab"},
		{"exactly full", 5, "ab\xc3\xa9", "ab\xc3\xa9"},
		{"a mark after the cut composes with what stays", 3, "ae\xcc\x81", "a"},
		{"room for the NUL only", 1, "abc", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char got[64], again[64];
		size_t n = text_clean(got, cases[i].cap, cases[i].in, strlen(cases[i].in));
		if (strcmp(got, cases[i].want) != 0 || n != strlen(got))
			fail_msg("%s: '%s', not '%s'", cases[i].what, got, cases[i].want);
		text_clean_str(again, cases[i].cap, got);
		if (strcmp(again, got) != 0)
			fail_msg("%s: cleaning twice gives '%s'", cases[i].what, again);
	}
}

static void clean_takes_lengths_not_terminators(void **state)
{
	char got[16];

	(void)state;
	assert_int_equal(text_clean(got, sizeof(got), "a\0b", 3), 2);
	assert_string_equal(got, "ab");
	assert_int_equal(text_clean_str(got, sizeof(got), NULL), 0);
	assert_string_equal(got, "");
	assert_int_equal(text_clean(got, 0, "abc", 3), 0);
}

/* Whatever comes in, what goes out is valid UTF-8 without controls, and fits. */
static void clean_is_safe_for_any_bytes(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		char in[200], out[40];
		size_t len = (size_t)round % sizeof(in), cap = 1 + (size_t)round % sizeof(out);
		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245u + 12345u;
			in[i] = (char)(round % 3 == 0 ? seed >> 16 : 0xC0 + (seed >> 16) % 64);
			if (round % 3 == 2 && i % 2)
				in[i] = (char)(0x80 + (seed >> 20) % 64);
		}
		size_t n = text_clean(out, cap, in, len);
		assert_true(n < cap);
		assert_int_equal(out[n], 0);
		for (size_t at = 0; at < n;) {
			utf8proc_int32_t cp;
			utf8proc_ssize_t used =
				utf8proc_iterate((const utf8proc_uint8_t *)out + at, (utf8proc_ssize_t)(n - at), &cp);
			assert_true(used > 0);
			assert_true(cp >= 0x20 && cp != 0x7F && !(cp >= 0x80 && cp < 0xA0));
			at += (size_t)used;
		}
	}
}

static void clean_reads_a_bounded_part(void **state)
{
	size_t len = 4 * 1024 * 1024;
	char *marks = malloc(len), out[64];

	(void)state;
	assert_non_null(marks);
	for (size_t i = 0; i < len; i += 2)
		memcpy(marks + i, "\xcc\x81", 2);
	marks[0] = 'q';
	marks[1] = 'q';
	/* 256 bytes at most are looked at, so this is at once; "q", then q with its first two marks */
	text_clean(out, sizeof(out), marks, len);
	assert_string_equal(out, "qq\xcc\x81\xcc\x81");
	free(marks);
}

static void widths_and_fits(void **state)
{
	static const struct {
		const char *what, *text;
		size_t width, cols, fit;
	} cases[] = {
		{"ASCII", "abc", 3, 2, 2},
		{"empty", "", 0, 5, 0},
		{"accent", "\xc3\xa9t\xc3\xa9", 3, 2, 3},
		{"Hangul is wide", "\xec\xa1\xb0\xec\x84\xa0", 4, 3, 3},
		{"wide does not fit one column", "\xec\xa1\xb0", 2, 1, 0},
		{"a mark stays with its letter",
		 "q\xcc\x81"
		 "b",
		 2, 1, 3},
		{"box drawing is narrow", "\xe2\x94\x80", 1, 1, 3},
		{"braille is narrow", "\xe2\xa3\xbf", 1, 1, 3},
		{"bad byte is one column", "\xff", 1, 1, 1},
		{"exactly", "abc", 3, 3, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t width = text_width(cases[i].text), fit = text_fit(cases[i].text, cases[i].cols);
		if (width != cases[i].width || fit != cases[i].fit)
			fail_msg("%s: width %zu fit %zu", cases[i].what, width, fit);
	}
	assert_int_equal(text_cp_width(0x1B), 0);
	assert_int_equal(text_cp_width(0x85), 0);
	assert_int_equal(text_cp_width('a'), 1);
	assert_int_equal(text_cp_width(0x301), 0);
	assert_int_equal(text_cp_width(0xAC00), 2);
}

static void put_and_next_are_inverse(void **state)
{
	static const uint32_t points[] = {'a', 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0x10000, 0x10FFFF};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		char bytes[5] = {0};
		uint32_t cp;
		size_t n = text_put(bytes, points[i]);
		assert_int_equal(text_next(bytes, &cp), n);
		assert_int_equal(cp, points[i]);
	}
	char bad[5] = {0};
	uint32_t cp;
	text_put(bad, 0xD800);
	assert_string_equal(bad, FFFD);
	assert_int_equal(text_next("", &cp), 0);
	assert_int_equal(cp, 0);
	assert_int_equal(text_next("\xe2\x82", &cp), 1);
	assert_int_equal(cp, 0xFFFD);
}

static void nearest_name(void **state)
{
	static const char *const names[] = {"enabled", "period", "url", "token_file", "up", "down", "flapping", NULL};
	static const struct {
		const char *what, *word, *want;
	} cases[] = {
		{"a letter lost", "perod", "period"},
		{"letters swapped", "peirod", "period"},
		{"doubled", "upp", "up"},
		{"case", "PERIOD", "period"},
		{"two edits of a long word", "flaping_", "flapping"},
		{"too far", "colour", NULL},
		{"short words need to be close", "ab", NULL},
		{"empty", "", NULL},
		{"very long", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = text_nearest(cases[i].word, names);
		if ((got == NULL) != (cases[i].want == NULL) || (got && strcmp(got, cases[i].want) != 0))
			fail_msg("%s: %s", cases[i].what, got ? got : "none");
	}
}

static void contains_ignores_case(void **state)
{
	static const struct {
		const char *hay, *needle;
		int want;
	} cases[] = {
		{"AS131279 Star", "star", 1}, {"AS131279 Star", "", 1}, {"", "", 1}, {"", "a", 0},
		{"Star", "stars", 0},         {"sSStar", "sst", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (text_contains(cases[i].hay, cases[i].needle) != cases[i].want)
			fail_msg("'%s' in '%s'", cases[i].needle, cases[i].hay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_drops_what_a_terminal_must_not_see),
		cmocka_unit_test(clean_takes_lengths_not_terminators),
		cmocka_unit_test(clean_is_safe_for_any_bytes),
		cmocka_unit_test(clean_reads_a_bounded_part),
		cmocka_unit_test(widths_and_fits),
		cmocka_unit_test(put_and_next_are_inverse),
		cmocka_unit_test(nearest_name),
		cmocka_unit_test(contains_ignores_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
