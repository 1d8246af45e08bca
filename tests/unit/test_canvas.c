/* links: base/canvas base/text base/mem */
/* The cell grid: clips on every side, never shows half a wide character, never writes outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/canvas.h"
#include "base/mem.h"
#include "base/text.h"

#define WIDE "\xec\xa1\xb0" /* one Hangul syllable, 2 columns */

/* A row as UTF-8; the right half of a wide character is shown as nothing, so columns still add up. */
static const char *row_text(struct canvas *c, int y)
{
	static char text[512];
	size_t n = 0;

	for (int x = 0; x < c->cols; x++) {
		const struct cell *cell = canvas_at(c, y, x);
		if (cell->flags & CELL_TAIL)
			continue;
		n += text_put(text + n, cell->ch);
		if (cell->mark)
			n += text_put(text + n, cell->mark);
	}
	text[n] = '\0';
	return text;
}

static void text_is_clipped(void **state)
{
	static const struct {
		const char *what, *text;
		int y, x, cols, used;
		const char *row;
	} cases[] = {
		{"plain", "abc", 0, 1, 9, 3, " abc    "},
		{"column limit", "abcdef", 0, 1, 3, 3, " abc    "},
		{"right edge", "abcdef", 0, 5, 99, 3, "     abc"},
		{"left edge", "abcdef", 0, -2, 99, 6, "cdef    "},
		{"far left", "abc", 0, INT_MIN, 99, 0, "        "},
		{"beyond the right edge", "abc", 0, 8, 99, 0, "        "},
		{"no columns", "abc", 0, 0, 0, 0, "        "},
		{"negative columns", "abc", 0, 0, -5, 0, "        "},
		{"another row", "abc", 1, 0, 9, 3, "        "},
		{"above", "abc", -1, 0, 9, 0, "        "},
		{"wide", WIDE WIDE, 0, 1, 9, 4, " " WIDE WIDE "   "},
		{"wide does not fit", WIDE WIDE, 0, 1, 3, 2, " " WIDE "     "},
		{"wide at the right edge", "a" WIDE, 0, 6, 99, 1, "      a "},
		{"half a wide one at the left edge", WIDE "a", 0, -1, 99, 3, " a      "},
		{"a mark stays on its letter",
		 "q\xcc\x81"
		 "b",
		 0, 0, 9, 2,
		 "q\xcc\x81"
		 "b      "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct canvas c;
		canvas_init(&c, 2, 8);
		int used = canvas_text(&c, cases[i].y, cases[i].x, cases[i].cols, 3, cases[i].text);
		if (used != cases[i].used || strcmp(row_text(&c, 0), cases[i].row) != 0)
			fail_msg("%s: used %d, '%s'", cases[i].what, used, row_text(&c, 0));
		canvas_release(&c);
	}
}

static void cut_text_says_so(void **state)
{
	static const struct {
		const char *what, *text;
		int cols;
		bool ascii;
		int used;
		const char *row;
	} cases[] = {
		{"fits", "abcd", 4, true, 4, "abcd    "},
		{"cut", "abcde", 4, true, 4, "abc~    "},
		{"ellipsis", "abcde", 4, false, 4, "abc\xe2\x80\xa6    "},
		{"before a wide one", "ab" WIDE "c", 4, true, 3, "ab~     "},
		{"one column", "abc", 1, true, 1, "~       "},
		{"none", "abc", 0, true, 0, "        "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct canvas c;
		canvas_init(&c, 1, 8);
		int used = canvas_text_cut(&c, 0, 0, cases[i].cols, 0, cases[i].text, cases[i].ascii);
		if (used != cases[i].used || strcmp(row_text(&c, 0), cases[i].row) != 0)
			fail_msg("%s: used %d, '%s'", cases[i].what, used, row_text(&c, 0));
		canvas_release(&c);
	}
}

static void right_aligned_and_formatted(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 1, 8);
	assert_int_equal(canvas_text_right(&c, 0, 6, 4, 0, "12"), 2);
	assert_string_equal(row_text(&c, 0), "     12 ");
	canvas_clear(&c);
	assert_int_equal(canvas_text_right(&c, 0, 7, 3, 0, "12345"), 3);
	assert_string_equal(row_text(&c, 0), "     123");
	canvas_clear(&c);
	assert_int_equal(canvas_textf(&c, 0, 0, 8, 0, "%d/%d", 3, 4), 3);
	assert_string_equal(row_text(&c, 0), "3/4     ");
	canvas_release(&c);
}

static void wide_characters_never_lose_a_half(void **state)
{
	static const struct {
		const char *what;
		int x;
		const char *row;
	} cases[] = {
		{"over the head", 2, "  x     "},
		{"over the tail", 3, "   x    "},
		{"beside", 4, "  " WIDE "x   "},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct canvas c;
		canvas_init(&c, 1, 8);
		canvas_text(&c, 0, 2, 9, 0, WIDE);
		canvas_put(&c, 0, cases[i].x, 'x', 0);
		if (strcmp(row_text(&c, 0), cases[i].row) != 0)
			fail_msg("%s: '%s'", cases[i].what, row_text(&c, 0));
		canvas_release(&c);
	}
	struct canvas c;
	canvas_init(&c, 1, 8);
	canvas_text(&c, 0, 0, 8, 0, WIDE WIDE WIDE);
	canvas_text(&c, 0, 1, 8, 0, WIDE); /* over the tail of one and the head of the next */
	assert_string_equal(row_text(&c, 0), " " WIDE " " WIDE "  ");
	canvas_release(&c);
}

static void fills_and_flags_are_clipped(void **state)
{
	struct canvas c;
	static const struct rect everywhere = {-5, -5, INT_MAX, INT_MAX}, corner = {1, 6, 9, 9}, outside = {7, 7, 3, 3},
				 backwards = {0, 0, -3, -3};

	(void)state;
	canvas_init(&c, 2, 8);
	canvas_fill(&c, corner, '#', 4);
	canvas_fill(&c, outside, '!', 4);
	canvas_fill(&c, backwards, '!', 4);
	assert_string_equal(row_text(&c, 0), "        ");
	assert_string_equal(row_text(&c, 1), "      ##");
	canvas_flag(&c, everywhere, CELL_BOLD);
	canvas_flag(&c, corner, CELL_SELECTED | CELL_TAIL);
	assert_int_equal(canvas_at(&c, 0, 0)->flags, CELL_BOLD);
	assert_int_equal(canvas_at(&c, 1, 7)->flags, CELL_BOLD | CELL_SELECTED);
	canvas_put2(&c, 0, 0, 0x2580, 5, 6);
	assert_int_equal(canvas_at(&c, 0, 0)->role, 5);
	assert_int_equal(canvas_at(&c, 0, 0)->ground, 6);
	assert_int_equal(canvas_at(&c, 0, 0)->flags, 0);
	canvas_put(&c, 5, 5, 'x', 0);
	assert_null(canvas_at(&c, 2, 0));
	assert_null(canvas_at(&c, 0, 8));
	assert_null(canvas_at(&c, -1, 0));
	canvas_release(&c);
	canvas_release(&c);
}

static void sizes_are_clamped_and_resize_clears(void **state)
{
	struct canvas c;

	(void)state;
	canvas_init(&c, 0, 100000);
	assert_int_equal(c.rows, 1);
	assert_int_equal(c.cols, 1000);
	canvas_put(&c, 0, 0, 'x', 0);
	c.cursor_y = 0;
	canvas_resize(&c, 3, 4);
	assert_int_equal(canvas_at(&c, 0, 0)->ch, ' ');
	assert_int_equal(canvas_at(&c, 2, 3)->ch, ' ');
	assert_int_equal(c.cursor_y, -1);
	canvas_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped),
		cmocka_unit_test(cut_text_says_so),
		cmocka_unit_test(right_aligned_and_formatted),
		cmocka_unit_test(wide_characters_never_lose_a_half),
		cmocka_unit_test(fills_and_flags_are_clipped),
		cmocka_unit_test(sizes_are_clamped_and_resize_clears),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
