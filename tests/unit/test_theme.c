/* links: core/theme core/theme_parse core/inifile base/strbuf base/text base/err base/mem */
/* Themes: the format, its errors, and every bundled file: complete, readable, states told apart at each number of
 * colours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/theme.h"

enum { TEXT_MAX_BYTES = 65536 };

static const enum role state_roles[] = {ROLE_UP, ROLE_DEGRADED, ROLE_FLAPPING, ROLE_DOWN, ROLE_UNKNOWN, ROLE_STALE};

static void parse(const char *text, struct theme *t)
{
	struct err e;

	if (theme_parse("t.theme", text, strlen(text), t, &e) != 0)
		fail_msg("%s", e.msg);
}

static void expect_look(const struct look *got, int fg, int bg, const char *attributes, const char *what)
{
	char shown[4] = "";
	size_t n = 0;

	if (got->bold)
		shown[n++] = 'b';
	if (got->underline)
		shown[n++] = 'u';
	if (got->reverse)
		shown[n++] = 'r';
	if (got->fg != fg || got->bg != bg || strcmp(shown, attributes) != 0)
		fail_msg("%s: %06x on %06x '%s'", what, (unsigned)got->fg, (unsigned)got->bg, shown);
}

static void a_line_gives_four_levels(void **state)
{
	struct theme t;

	(void)state;
	parse("[theme]\nname = Test\nabout = of the test\nbackground = light\n"
	      "[roles]\ndown = #d55e00 bold | red bold | reverse\nselected = #FFFFFF on #005f87\nup = 196\nlink = "
	      "default underline\n"
	      "match = bold #808080|bright_blue on 3|bold underline\n",
	      &t);
	assert_string_equal(t.name, "Test");
	assert_string_equal(t.about, "of the test");
	assert_true(t.light);
	expect_look(&t.looks[LEVEL_TRUE][ROLE_DOWN], 0xd55e00, -1, "b", "truecolor");
	expect_look(&t.looks[LEVEL_256][ROLE_DOWN], 166, -1, "b", "256: nearest of the cube");
	expect_look(&t.looks[LEVEL_16][ROLE_DOWN], 1, -1, "b", "16");
	expect_look(&t.looks[LEVEL_MONO][ROLE_DOWN], -1, -1, "r", "mono");
	expect_look(&t.looks[LEVEL_TRUE][ROLE_SELECTED], 0xffffff, 0x005f87, "", "ground");
	expect_look(&t.looks[LEVEL_256][ROLE_SELECTED], 231, 24, "", "ground at 256");
	expect_look(&t.looks[LEVEL_MONO][ROLE_SELECTED], -1, -1, "r", "a ground left to mono is reverse");
	expect_look(&t.looks[LEVEL_TRUE][ROLE_UP], 0xff0000, -1, "", "by number, truecolor");
	expect_look(&t.looks[LEVEL_256][ROLE_UP], 196, -1, "", "by number");
	expect_look(&t.looks[LEVEL_16][ROLE_UP], 9, -1, "", "16 by distance");
	expect_look(&t.looks[LEVEL_16][ROLE_LINK], -1, -1, "u", "default");
	expect_look(&t.looks[LEVEL_256][ROLE_MATCH], 244, -1, "b", "grey, no blanks around bars, attribute first");
	expect_look(&t.looks[LEVEL_16][ROLE_MATCH], 12, 3, "", "names and numbers");
	expect_look(&t.looks[LEVEL_MONO][ROLE_MATCH], -1, -1, "bu", "mono");
	/* left out: the fallback's look, and its fallback's */
	expect_look(&t.looks[LEVEL_256][ROLE_FAILED], 166, -1, "b", "failed as down");
	expect_look(&t.looks[LEVEL_256][ROLE_REPLAY], 231, 24, "", "replay as selected");
	expect_look(&t.looks[LEVEL_TRUE][ROLE_FLAPPING], -1, -1, "", "flapping as degraded as text");
}

static void derived_256_is_never_one_of_the_users_16(void **state)
{
	(void)state;
	for (unsigned rgb = 0; rgb < 0x1000000; rgb += 0x3a7f1) {
		char text[64];
		struct theme t;
		snprintf(text, sizeof(text), "[roles]\nup = #%06x\n", rgb);
		parse(text, &t);
		assert_in_range(t.looks[LEVEL_256][ROLE_UP].fg, 16, 255);
		assert_int_equal(t.looks[LEVEL_TRUE][ROLE_UP].fg, rgb);
	}
}

static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *what, *text, *says;
	} cases[] = {
		{"unknown role", "[roles]\n\nupp = 1\n", "t.theme:3: unknown role 'upp'; did you mean 'up'?"},
		{"no role like it", "[roles]\nzzzzzzz = 1\n", "t.theme:2: unknown role 'zzzzzzz'; there is: text, dim"},
		{"unknown section", "[role]\n", "t.theme:1: unknown section 'role'; did you mean 'roles'?"},
		{"unknown key", "[theme]\nnmae = x\n",
		 "t.theme:2: unknown key 'nmae' in [theme]; did you mean 'name'?"},
		{"no section", "up = 1\n", "t.theme:1: unknown section ''"},
		{"short colour", "[roles]\nup = #12345\n", "t.theme:2: bad colour '#12345' for 'up'"},
		{"not hex", "[roles]\nup = #12345g\n", "bad colour '#12345g'"},
		{"256", "[roles]\nup = 256\n", "bad colour '256'"},
		{"negative", "[roles]\nup = -1\n", "bad colour '-1'"},
		{"two colours", "[roles]\nup = 1 2\n", "bad colour '2'"},
		{"on nothing", "[roles]\nup = 1 on\n", "no colour after 'on'"},
		{"on an attribute", "[roles]\nup = 1 on bold\n", "bad colour 'bold'"},
		{"rgb among 16", "[roles]\nup = 1 | #ffffff\n", "bad colour '#ffffff'"},
		{"colour in mono", "[roles]\nup = 1 | 1 | red\n", "bad mono look 'red'"},
		{"four parts", "[roles]\nup = 1 | 1 | bold | bold\n", "more than truecolor | 16 | mono"},
		{"twice", "[roles]\nup = 1\nup = 2\n", "t.theme:3: role 'up' is given twice"},
		{"background", "[theme]\nbackground = black\n", "background is 'dark' or 'light'"},
		{"no equals sign", "[roles]\nup\n", "t.theme:2: expected 'key = value'"},
		{"open section", "[roles\n", "t.theme:1: a section needs a ']'"},
		{"control character", "[theme]\nname = a\x1b[2J\n", "t.theme:2: control character"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct theme t = {.about = "untouched"};
		struct err e = {0};
		if (theme_parse("t.theme", cases[i].text, strlen(cases[i].text), &t, &e) != ERR_USAGE ||
		    !strstr(e.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].what, e.msg);
		assert_string_equal(t.about, "untouched");
	}
}

static void the_table_of_roles(void **state)
{
	(void)state;
	assert_int_equal(ROLE_TEXT, 0);
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_true(role_table[i].name[0] && role_table[i].help[0]);
		if (i > 0)
			assert_true(role_table[i].fallback < (enum role)i); /* theme_parse settles them in one pass */
		for (int j = 0; j < i; j++)
			assert_string_not_equal(role_table[i].name, role_table[j].name);
	}
}

static void levels_by_name(void **state)
{
	static const struct {
		const char *name;
		enum color_level level;
	} cases[] = {
		{"mono", LEVEL_MONO},
		{"16", LEVEL_16},
		{"256", LEVEL_256},
		{"truecolor", LEVEL_TRUE},
	};
	enum color_level level;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(color_level_from_name(cases[i].name, &level));
		assert_int_equal(level, cases[i].level);
	}
	assert_false(color_level_from_name("8", &level));
}

/* ---- the bundled files ---- */

static int rgb_of_256(int i)
{
	static const int steps[6] = {0, 95, 135, 175, 215, 255};

	if (i >= 232)
		return (8 + 10 * (i - 232)) * 0x010101;
	assert_in_range(i, 16, 255); /* the bundled themes leave the user's own 16 to level 16 */
	return steps[(i - 16) / 36] << 16 | steps[(i - 16) / 6 % 6] << 8 | steps[(i - 16) % 6];
}

/* WCAG 2 relative luminance and contrast. */
static double luminance(int rgb)
{
	static const double weights[3] = {0.2126, 0.7152, 0.0722};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		double c = (rgb >> (16 - 8 * i) & 255) / 255.0;
		sum += weights[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
	}
	return sum;
}

static double contrast(int a, int b)
{
	double la = luminance(a) + 0.05, lb = luminance(b) + 0.05;

	return la > lb ? la / lb : lb / la;
}

static void expect_states_differ(const struct theme *t)
{
	for (int level = 0; level < LEVEL_COUNT; level++) {
		for (size_t i = 0; i < ARRAY_LEN(state_roles); i++) {
			for (size_t j = 0; j < i; j++) {
				const struct look *a = &t->looks[level][state_roles[i]],
						  *b = &t->looks[level][state_roles[j]];
				if (a->fg == b->fg && a->bg == b->bg && a->bold == b->bold &&
				    a->underline == b->underline && a->reverse == b->reverse)
					fail_msg("%s, level %d: %s looks like %s", t->name, level,
						 role_table[state_roles[i]].name, role_table[state_roles[j]].name);
			}
		}
	}
}

static void expect_readable(const struct theme *t, double least)
{
	int paper = t->light ? 0xffffff : 0x000000;

	for (int role = 0; role < ROLE_COUNT; role++) {
		for (int level = LEVEL_256; level <= LEVEL_TRUE; level++) {
			const struct look *l = &t->looks[level][role];
			bool own_ground = l->bg != COLOR_DEFAULT;
			if (own_ground && role != ROLE_SELECTED && role != ROLE_BAR && role != ROLE_BAR_KEY &&
			    role != ROLE_REPLAY)
				fail_msg("%s: '%s' paints over the terminal's ground", t->name, role_table[role].name);
			if (own_ground && l->fg == COLOR_DEFAULT)
				fail_msg("%s: '%s' has a ground and no ink", t->name, role_table[role].name);
			if (l->fg == COLOR_DEFAULT)
				continue;
			int ink = level == LEVEL_TRUE ? l->fg : rgb_of_256(l->fg);
			int ground = !own_ground ? paper : level == LEVEL_TRUE ? l->bg : rgb_of_256(l->bg);
			double ratio = contrast(ink, ground);
			if (ratio < (own_ground && least < 4.5 ? 4.5 : least))
				fail_msg("%s, level %d: '%s' has contrast %.2f", t->name, level, role_table[role].name,
					 ratio);
		}
	}
}

/* Each role on a line of its own with both fallbacks, so that nothing is left to arithmetic. */
static void expect_complete(const char *name, const char *text)
{
	for (int role = 0; role < ROLE_COUNT; role++) {
		char start[48];
		snprintf(start, sizeof(start), "\n%-10s = ", role_table[role].name);
		const char *line = strstr(text, start);
		if (!line)
			fail_msg("%s: no '%s'", name, role_table[role].name);
		const char *end = strchr(line + 1, '\n'), *bar = strchr(line, '|');
		const char *second = bar ? strchr(bar + 1, '|') : NULL;
		if (!end || !second || second > end)
			fail_msg("%s: '%s' lacks a fallback for 16 colours or mono", name, role_table[role].name);
	}
}

static size_t read_theme(const char *name, char text[TEXT_MAX_BYTES], struct theme *t)
{
	char path[600];
	struct err e;
	const char *tests = getenv("LANDLINE_TESTS");

	snprintf(path, sizeof(path), "%s/../themes/%s", tests ? tests : "tests", name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot open %s", path);
	size_t len = fread(text, 1, TEXT_MAX_BYTES - 1, f);
	fclose(f);
	text[len] = '\0';
	if (theme_parse(name, text, len, t, &e) != 0)
		fail_msg("%s", e.msg);
	return len;
}

static void every_bundled_theme(void **state)
{
	static char text[TEXT_MAX_BYTES];
	static const char *const wanted[] = {"default", "dark", "light", "contrast", "colorblind", "mono"};
	unsigned seen = 0;
	char folder[600];
	const char *tests = getenv("LANDLINE_TESTS");

	(void)state;
	snprintf(folder, sizeof(folder), "%s/../themes", tests ? tests : "tests");
	DIR *dir = opendir(folder);
	if (!dir)
		fail_msg("cannot open %s", folder);
	for (struct dirent *entry; (entry = readdir(dir));) {
		size_t len = strlen(entry->d_name);
		struct theme t;
		if (len < 7 || strcmp(entry->d_name + len - 6, ".theme") != 0)
			continue;
		read_theme(entry->d_name, text, &t);
		if (strncmp(t.name, entry->d_name, len - 6) != 0 || t.name[len - 6] || !t.about[0])
			fail_msg("%s calls itself '%s'", entry->d_name, t.name);
		expect_complete(entry->d_name, text);
		expect_states_differ(&t);
		expect_readable(&t, strcmp(t.name, "contrast") == 0 ? 7 : 3);
		for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
			seen |= strcmp(wanted[i], t.name) == 0 ? 1u << i : 0;
	}
	closedir(dir);
	assert_int_equal(seen, (1u << ARRAY_LEN(wanted)) - 1);
}

static void default_is_dark_and_mono_is_built_in(void **state)
{
	static char text[TEXT_MAX_BYTES];
	struct theme a, b, built_in;

	(void)state;
	read_theme("default.theme", text, &a);
	read_theme("dark.theme", text, &b);
	read_theme("mono.theme", text, &built_in);
	assert_memory_equal(a.looks, b.looks, sizeof(a.looks));
	theme_mono(&a);
	expect_states_differ(&a);
	for (int level = 0; level < LEVEL_COUNT; level++)
		for (int role = 0; role < ROLE_COUNT; role++)
			if (memcmp(&a.looks[level][role], &built_in.looks[level][role], 2 * sizeof(int) + 3) != 0)
				fail_msg("mono.theme and the built-in differ in '%s'", role_table[role].name);
}

/* The main pair must also differ in brightness, for who sees no hue at all. */
static void colorblind_up_and_down_differ_in_brightness(void **state)
{
	static char text[TEXT_MAX_BYTES];
	struct theme t;

	(void)state;
	read_theme("colorblind.theme", text, &t);
	double ratio = contrast(t.looks[LEVEL_TRUE][ROLE_UP].fg, t.looks[LEVEL_TRUE][ROLE_DOWN].fg);
	if (ratio < 1.5)
		fail_msg("only %.2f", ratio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_gives_four_levels),
		cmocka_unit_test(derived_256_is_never_one_of_the_users_16),
		cmocka_unit_test(errors_name_file_and_line),
		cmocka_unit_test(the_table_of_roles),
		cmocka_unit_test(levels_by_name),
		cmocka_unit_test(every_bundled_theme),
		cmocka_unit_test(default_is_dark_and_mono_is_built_in),
		cmocka_unit_test(colorblind_up_and_down_differ_in_brightness),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
