/* links: core/glyph core/state base/mem base/text */
/* Glyphs: one column each, states told apart without colour, nothing that a lesser charset cannot show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/glyph.h"

enum { CHARSETS = CHARSET_BRAILLE + 1 };

static void expect_fit(enum charset c, uint32_t glyph, const char *what)
{
	if (text_cp_width(glyph) != 1)
		fail_msg("%s in %s is not one column", what, charset_name(c));
	if (c == CHARSET_ASCII && (glyph < 0x20 || glyph > 0x7E))
		fail_msg("%s in ascii is U+%04X", what, glyph);
	if (c != CHARSET_BRAILLE && glyph >= 0x2800 && glyph <= 0x28FF)
		fail_msg("%s in %s is braille", what, charset_name(c));
}

static void states_differ_in_every_charset(void **state)
{
	(void)state;
	for (int c = 0; c < CHARSETS; c++) {
		for (int s = 0; s < NET_STATE_COUNT; s++) {
			uint32_t glyph = glyph_state((enum charset)c, (enum net_state)s);
			expect_fit((enum charset)c, glyph, net_state_name((enum net_state)s));
			for (int t = 0; t < s; t++)
				assert_true(glyph != glyph_state((enum charset)c, (enum net_state)t));
			/* a gap in the grid must not read as a state; in ASCII it is a blank */
			if (c == CHARSET_ASCII)
				assert_true(glyph != glyph_gap((enum charset)c));
		}
	}
}

static void sparks_rise_and_zero_is_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < CHARSETS; i++) {
		enum charset c = (enum charset)i;
		uint32_t zero = glyph_spark(c, 0), last = zero;
		unsigned steps = 0;
		assert_true(glyph_spark(c, 1e-9) != zero);
		assert_int_equal(glyph_spark(c, -1), zero);
		assert_int_equal(glyph_spark(c, 7), glyph_spark(c, 1));
		assert_int_equal(glyph_spark(c, NAN), glyph_gap(c));
		assert_true(glyph_gap(c) != zero);
		for (int v = 0; v <= 1000; v++) {
			uint32_t glyph = glyph_spark(c, v / 1000.0);
			expect_fit(c, glyph, "spark");
			steps += glyph != last;
			last = glyph;
		}
		/* each level once, in order: as many changes as there are levels above zero */
		assert_int_equal(steps, c == CHARSET_BRAILLE ? 4 : 8);
	}
}

static void lines_and_marks(void **state)
{
	(void)state;
	for (int i = 0; i < CHARSETS; i++) {
		enum charset c = (enum charset)i;
		for (int l = LINE_H; l <= LINE_TEE_R; l++)
			expect_fit(c, glyph_line(c, (enum glyph_line)l), "line");
		expect_fit(c, glyph_arrow(c, true), "arrow");
		assert_true(glyph_arrow(c, true) != glyph_arrow(c, false));
		assert_int_equal(glyph_mark(c), '>');
	}
}

static void charsets_by_name(void **state)
{
	enum charset c = CHARSET_ASCII;

	(void)state;
	for (int i = 0; i < CHARSETS; i++) {
		assert_true(charset_from_name(charset_name((enum charset)i), &c));
		assert_int_equal(c, i);
	}
	assert_false(charset_from_name("utf8", &c));
	assert_false(charset_from_name("", &c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_differ_in_every_charset),
		cmocka_unit_test(sparks_rise_and_zero_is_its_own),
		cmocka_unit_test(lines_and_marks),
		cmocka_unit_test(charsets_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
