/* links: base/when base/err base/mem */
/* Times and spans as text, both ways: UTC only, exact, and no carry where a date is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/when.h"

static void walls_format(void **state)
{
	static const struct {
		const char *what;
		int64_t ms;
		const char *iso, *hms, *day_hm, *date;
	} cases[] = {
		{"the outage", 1419264900000, "2014-12-22T16:15:00Z", "16:15:00", "22 Dec 16:15", "2014-12-22"},
		{"its end", 1419299160999, "2014-12-23T01:46:00Z", "01:46:00", "23 Dec 01:46", "2014-12-23"},
		{"epoch", 0, "1970-01-01T00:00:00Z", "00:00:00", "01 Jan 00:00", "1970-01-01"},
		{"just before", -1, "1969-12-31T23:59:59Z", "23:59:59", "31 Dec 23:59", "1969-12-31"},
		{"leap day", 951782400000, "2000-02-29T00:00:00Z", "00:00:00", "29 Feb 00:00", "2000-02-29"},
		{"not a leap year", 4107542400000, "2100-03-01T00:00:00Z", "00:00:00", "01 Mar 00:00", "2100-03-01"},
		{"never", INT64_MIN, "", "-", "-", "-"},
	};
	char text[WALL_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wall t = {cases[i].ms};
		if (strcmp(wall_format(text, t), cases[i].iso) != 0)
			fail_msg("%s: %s", cases[i].what, text);
		assert_string_equal(wall_format_hms(text, t), cases[i].hms);
		assert_string_equal(wall_format_day_hm(text, t), cases[i].day_hm);
		assert_string_equal(wall_format_date(text, t), cases[i].date);
	}
	assert_string_equal(wall_format_hm(text, (struct wall){1419264900000}), "16:15");
	assert_string_equal(wall_format_hm(text, WALL_NONE), "-");
	/* hostile dates stay inside the buffer */
	assert_in_range(strlen(wall_format(text, (struct wall){INT64_MAX})), 20, WALL_TEXT_MAX - 1);
	assert_in_range(strlen(wall_format(text, (struct wall){INT64_MIN + 1})), 20, WALL_TEXT_MAX - 1);
}

static void walls_parse(void **state)
{
	static const struct {
		const char *what, *text;
		int64_t ms;
	} good[] = {
		{"Z", "2014-12-22T16:15:00Z", 1419264900000},
		{"no zone is UTC", "2014-12-22T16:15:00", 1419264900000},
		{"a space", "2014-12-22 16:15:00", 1419264900000},
		{"no seconds", "2014-12-22T16:15", 1419264900000},
		{"no seconds, zone", "2014-12-22T16:15Z", 1419264900000},
		{"fraction", "2014-12-22T16:15:00.25Z", 1419264900250},
		{"long fraction is cut", "2014-12-22T16:15:00.123987654", 1419264900123},
		{"offset", "2014-12-23T01:15:00+09:00", 1419264900000},
		{"west", "2014-12-22T11:45:00-04:30", 1419264900000},
		{"a date", "2014-12-22", 1419206400000},
		{"leap day", "2000-02-29", 951782400000},
		{"last day", "9999-12-31T23:59:59Z", 253402300799000},
	};
	static const struct {
		const char *what, *text;
	} bad[] = {
		{"empty", ""},
		{"words", "yesterday"},
		{"month 13", "2014-13-01"},
		{"no carry", "2015-02-29"},
		{"1900 rule", "2100-02-29"},
		{"30 February", "2014-02-30"},
		{"day 0", "2014-12-00"},
		{"hour 24", "2014-12-22T24:00:00Z"},
		{"minute 60", "2014-12-22T16:60"},
		{"second 60", "2014-12-22T16:15:60Z"},
		{"before 1970", "1969-12-31"},
		{"short year", "14-12-22"},
		{"something after", "2014-12-22T16:15:00Zx"},
		{"T and nothing", "2014-12-22T"},
		{"empty fraction", "2014-12-22T16:15:00.Z"},
		{"two spaces", "2014-12-22  16:15"},
		{"offset without colon", "2014-12-22T16:15:00+0900"},
		{"offset 24", "2014-12-22T16:15:00+24:00"},
		{"signs", "+014-12-22"},
		{"date and zone", "2014-12-22Z"},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct wall t = WALL_NONE;
		if (wall_parse(good[i].text, &t, &e) != 0 || t.ms != good[i].ms)
			fail_msg("%s: %s gives %lld", good[i].what, good[i].text, (long long)t.ms);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct wall t = {42};
		if (wall_parse(bad[i].text, &t, &e) != ERR_PARSE || t.ms != 42)
			fail_msg("%s: %s was taken", bad[i].what, bad[i].text);
	}
}

/* Each day of 400 years goes to text and back, in order. */
static void calendar_is_its_own_inverse(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 146097; day += 1) {
		char text[WALL_TEXT_MAX];
		struct wall t = {day * 86400000}, back;
		if (wall_parse(wall_format(text, t), &back, NULL) != 0 || back.ms != t.ms)
			fail_msg("day %lld: %s", (long long)day, text);
	}
}

static void spans_format(void **state)
{
	static const struct {
		int64_t s;
		const char *duration, *age;
	} cases[] = {
		{-5, "0s", "now"},        {0, "0s", "now"},       {9, "9s", "now"},        {10, "10s", "10s"},
		{47, "47s", "40s"},       {59, "59s", "50s"},     {60, "1m", "1m"},        {719, "11m", "11m"},
		{720, "12m", "12m"},      {3599, "59m", "59m"},   {3600, "1h00m", "1h"},   {34260, "9h31m", "9h"},
		{86399, "23h59m", "23h"}, {86400, "1d00h", "1d"}, {183600, "2d03h", "2d"},
	};
	char text[DURATION_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_string_equal(duration_format(text, cases[i].s * 1000), cases[i].duration);
		assert_string_equal(age_format(text, cases[i].s * 1000), cases[i].age);
	}
	assert_in_range(strlen(duration_format(text, INT64_MAX)), 5, DURATION_TEXT_MAX - 1);
}

static void spans_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} good[] = {
		{"90s", 90},       {"15m", 900}, {"6h", 21600},    {"7d", 604800},    {"2w", 1209600},
		{"1d12h", 129600}, {"0s", 0},    {"9h31m", 34260}, {"2d03h", 183600},
	};
	static const char *const bad[] = {"",       "5",   "m",           "5x",  "5m ",
					  " 5m",    "-5m", "1.5h",        "5m3", "99999999999s",
					  "99999w", "5 m", "36500d99999d"};
	int64_t ms;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (duration_parse(good[i].text, &ms, &e) != 0 || ms != good[i].s * 1000)
			fail_msg("%s", good[i].text);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ms = 42;
		if (duration_parse(bad[i], &ms, &e) != ERR_PARSE || ms != 42)
			fail_msg("'%s' was taken", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walls_format),
		cmocka_unit_test(walls_parse),
		cmocka_unit_test(calendar_is_its_own_inverse),
		cmocka_unit_test(spans_format),
		cmocka_unit_test(spans_parse),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
