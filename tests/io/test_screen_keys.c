/* links: io/screen io/screen_tty io/screen_term io/screen_sgr io/screen_paint io/screen_keys base/canvas base/text base/strbuf base/err base/mem */
/* Keys, mouse and paste as terminals send them, whole and in pieces. */
#include "screen_help.h"

static void keys_are_understood(void **state)
{
	enum { KEYS_MAX = 8 };
	static const struct {
		const char *what, *bytes;
		bool text;
		uint32_t want[KEYS_MAX];
	} cases[] = {
		{"letters", "jk", false, {'j', 'k'}},
		{"UTF-8", "\xc3\xa9\xe4\xb8\xad", false, {0xE9, WIDE_CHAR}},
		{"enter, tab, Ctrl-L", "\r\t\014", false, {'\r', '\t', 12}},
		{"backspace, both", "\x7f\x08", false, {KEYC_BACKSPACE, KEYC_BACKSPACE}},
		{"cursor, application mode",
		 "\033OA\033OB\033OC\033OD",
		 false,
		 {KEYC_UP, KEYC_DOWN, KEYC_RIGHT, KEYC_LEFT}},
		{"cursor, normal mode", "\033[A\033[B\033[C\033[D", false, {KEYC_UP, KEYC_DOWN, KEYC_RIGHT, KEYC_LEFT}},
		{"home, end in three dialects",
		 "\033[H\033[F\033[1~\033[4~\033OH\033OF",
		 false,
		 {KEYC_HOME, KEYC_END, KEYC_HOME, KEYC_END, KEYC_HOME, KEYC_END}},
		{"pages, delete, back tab",
		 "\033[5~\033[6~\033[3~\033[Z",
		 false,
		 {KEYC_PGUP, KEYC_PGDN, KEYC_DELETE, KEYC_BACKTAB}},
		{"function keys", "\033OP\033[15~\033[21~\033[11~", false, {KEYC_F1, KEYC_F5, KEYC_F10, KEYC_F1}},
		{"Esc alone", "\033", false, {27}},
		{"Esc twice", "\033\033", false, {27, 27}},
		{"Alt with a letter is no key", "\033qx", false, {'x'}},
		{"unknown sequence", "\033[1;5Ax\033[99;1~y", false, {'x', 'y'}},
		{"a terminal's answers",
		 "\033[?62;22cx\033]11;rgb:0000/0000/0000\033\\y\033P>|xterm(1)\033\\z",
		 false,
		 {'x', 'y', 'z'}},
		{"click", "\033[<0;3;4M\033[<0;3;4m", false, {KEYC_CLICK}},
		{"wheel, with Shift too",
		 "\033[<64;1;1M\033[<65;1;1M\033[<68;1;1M",
		 false,
		 {KEYC_WHEEL_UP, KEYC_WHEEL_DOWN, KEYC_WHEEL_UP}},
		{"click outside, motion, middle button", "\033[<0;999;999M\033[<35;2;2M\033[<1;2;2Mx", false, {'x'}},
		{"huge numbers", "\033[<99999999999999;1;1Mx", false, {'x'}},
		{"old mouse reports", "\033[M #$x", false, {KEYC_CLICK, 'x'}},
		{"focus", "\033[I\033[O", false, {KEYC_FOCUS_IN, KEYC_FOCUS_OUT}},
		{"a paste is dropped", "\033[200~qqq\rq\033[201~x", false, {'x'}},
		{"a paste into a field",
		 "\033[200~a\r\nb\t\x07"
		 "c\033[201~\r",
		 true,
		 {'a', 'b', 'c', '\r'}},
		{"escapes in a paste", "\033[200~\033[Aa\033OP\033qb\033[201~x", true, {'a', 'b', 'x'}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct canvas c;
		struct rig r;
		bool gone = false;
		rig_init(&r, 24, 80);
		open_or_fail(&r, &rig_options);
		canvas_init(&c, 24, 80);
		present_or_fail(&r, &c, PRESENT_SENT);
		rig_type(&r, cases[i].bytes, strlen(cases[i].bytes));
		for (size_t k = 0; k < KEYS_MAX && (k == 0 || cases[i].want[k - 1]); k++) {
			struct key got = screen_key(cases[i].text, &gone);
			uint32_t want = cases[i].want[k] ? cases[i].want[k] : KEYC_NONE;
			if (got.code != want || gone)
				fail_msg("%s: key %zu is %X, want %X", cases[i].what, k, (unsigned)got.code,
					 (unsigned)want);
			if (got.code == KEYC_CLICK && (got.x != 2 || got.y != 3))
				fail_msg("%s: click at %d,%d", cases[i].what, got.y, got.x);
		}
		assert_int_equal(screen_present(&c), PRESENT_SAME); /* reading draws nothing */
		assert_false(rig_has_more(&r));
		canvas_release(&c);
		rig_release(&r);
	}
}

static void a_sequence_may_come_in_pieces(void **state)
{
	struct rig r;
	bool gone;

	(void)state;
	rig_init(&r, 24, 80);
	open_or_fail(&r, &rig_options);
	rig_type(&r, "\033[<0;3", 6);
	assert_int_equal(screen_key(false, &gone).code, KEYC_NONE);
	rig_type(&r, ";4M", 3);
	struct key k = screen_key(false, &gone);
	assert_int_equal(k.code, KEYC_CLICK);
	assert_int_equal(k.y, 3);
	rig_type(&r, "\033[200~ab", 8);
	assert_int_equal(screen_key(false, &gone).code, KEYC_NONE);
	rig_type(&r, "q\033[201~q", 8);
	assert_int_equal(screen_key(false, &gone).code, 'q');
	assert_int_equal(screen_key(false, &gone).code, KEYC_NONE);
	rig_release(&r);
}

/* Whatever comes: no crash, no wait, no loop; clicks are inside the screen. */
static void noise_does_no_harm(void **state)
{
	static const char spice[] = "\033[<;M0123456789~OIm]P\007\\";
	struct rig r;
	bool gone = false;

	(void)state;
	seed = 99;
	rig_init(&r, 24, 80);
	open_or_fail(&r, &rig_options);
	for (int round = 0; round < 40; round++) {
		char bytes[128];
		for (size_t i = 0; i < sizeof(bytes); i++) {
			char c = draw(3) ? spice[draw(sizeof(spice) - 1)] : (char)draw(256);
			/* the line itself acts on these: signals and flow */
			bytes[i] = c == 3 || c == 17 || c == 19 || c == 26 || c == 28 ? 'x' : c;
		}
		rig_type(&r, bytes, sizeof(bytes));
		struct key k;
		int keys = 0;
		while ((k = screen_key(round % 2, &gone)).code != KEYC_NONE) {
			assert_true(keys++ < 200);
			assert_true(k.code < KEYC_CLICK || (k.y >= 0 && k.y < 24 && k.x >= 0 && k.x < 80));
		}
		assert_false(gone);
	}
	rig_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(keys_are_understood, tidy),
		cmocka_unit_test_teardown(a_sequence_may_come_in_pieces, tidy),
		cmocka_unit_test_teardown(noise_does_no_harm, tidy),
	};

	return cmocka_run_group_tests(tests, seal, NULL);
}
