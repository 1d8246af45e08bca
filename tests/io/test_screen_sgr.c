/* links: io/screen_sgr base/strbuf base/mem */
/* Colour sequences are shortened and never changed in meaning; what is not understood is passed on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "../../src/io/screen_sgr.h"
#include "base/mem.h"

static void sequences_are_shortened(void **state)
{
	static const uint32_t slots[] = {0xD55E00};
	static const struct {
		const char *what, *in, *out;
		bool with_slots;
	} cases[] = {
		{"text is kept", "abc\033[3;4Hd\r\n", "abc\033[3;4Hd\r\n", false},
		{"a colour", "\033[38;5;160mx", "\033[38;5;160mx", false},
		{"neighbours are joined", "\033[38;5;160m\033[48;5;24mx", "\033[38;5;160;48;5;24mx", false},
		{"the last one counts", "\033[31m\033[38;5;160mx", "\033[38;5;160mx", false},
		{"what is there is left out", "\033[31mx\033[31m\033[41my", "\033[31mx\033[41my", false},
		{"a reset of nothing", "\033(B\033[mx\033[39;49my", "xy", false},
		{"back to the defaults", "\033[31mx\033[39;49my", "\033[31mx\033[my", false},
		{"only the ground goes", "\033[31;41mx\033[49my", "\033[31;41mx\033[49my", false},
		{"bold keeps the long form", "\033[1m\033[31mx\033[39;49my", "\033[1;31mx\033[39my", false},
		{"a reset that is needed", "\033[1mx\033(B\033[my", "\033[1mx\033[my", false},
		{"a reset, then more", "\033[1mx\033(B\033[0;4m\033[31my", "\033[1mx\033[0;4;31my", false},
		{"reset and the same colour", "\033[31mx\033[m\033[31my", "\033[31mxy", false},
		{"colons", "\033[38:2::213:94:0mx\033[38:2::213:94:0my", "\033[38:2::213:94:0mxy", false},
		{"not understood is kept", "\033[31m\033[38;9mx\033[31my", "\033[31m\033[38;9mx\033[31my", false},
		{"other sequences are not", "\033[31K\033[?25lm", "\033[31K\033[?25lm", false},
		{"a palette number stands for a colour", "\033[38;5;16m\033[48;5;16mx",
		 "\033[38;2;213;94;0;48;2;213;94;0mx", true},
		{"one beyond the slots does not", "\033[38;5;17mx", "\033[38;5;17mx", true},
		{"a move needs no colour", "\033[31mx\033[39;49m\033[5;6H\033[31my\033[m", "\033[31mx\033[5;6Hy\033[m",
		 false},
		{"a blank shows only the ground", "\033[31;44m \033[32;44mx", "\033[44m \033[32mx", false},
		{"an erasure shows the ground", "\033[31;44m\033[K\033[m", "\033[44m\033[K\033[m", false},
		{"an underlined blank shows all", "\033[4m\033[31m \033[m", "\033[4;31m \033[m", false},
		{"a blank before a glyph takes both", "\033[31;44m x", "\033[31;44m x", false},
		{"one attribute more", "\033[1mx\033[4my", "\033[1mx\033[4my", false},
		{"attributes said again by a reset", "\033[1;31mx\033(B\033[0;1m\033[32my", "\033[1;31mx\033[32my",
		 false},
		{"repeated glyphs", "\033[31m\033[5b\033[m", "\033[31m\033[5b\033[m", false},
		{"colours are left as curses wants them", "\033[31m", "\033[31m", false},
		{"a lone escape at the end", "x\033", "x\033", false},
		{"half a sequence at the end", "x\033[3", "x\033[3", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf out;
		struct sgr s = {.slots = cases[i].with_slots ? slots : NULL, .slot_count = 1};
		sgr_reset(&s);
		strbuf_init(&out, 512);
		sgr_squeeze(&s, cases[i].in, strlen(cases[i].in), &out);
		if (strcmp(out.text, cases[i].out) != 0)
			fail_msg("%s: '%s', want '%s'", cases[i].what, out.text, cases[i].out);
		strbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sequences_are_shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
