/* links: io/screen io/screen_tty io/screen_term io/screen_sgr io/screen_paint io/screen_keys base/canvas base/text base/strbuf base/err base/mem */
/* The screen against a terminal: what is shown and what it costs.
 *
 * The far end of the line is libvterm; the expected picture is the canvas. Nothing sleeps: see pty_rig.h. */
#include "screen_help.h"

static bool is_default(const VTermColor *c, bool fg)
{
	return fg ? VTERM_COLOR_IS_DEFAULT_FG(c) : VTERM_COLOR_IS_DEFAULT_BG(c);
}

static bool color_is(const VTermColor *c, bool fg, int want)
{
	if (want < 0)
		return is_default(c, fg);
	return !is_default(c, fg) && VTERM_COLOR_IS_INDEXED(c) && c->indexed.idx == want;
}

static void cells_look_as_they_should(void **state)
{
	struct theme t = test_theme();
	struct canvas c;
	struct rig r;

	(void)state;
	rig_init(&r, 6, 20);
	open_or_fail(&r, &rig_options);
	screen_set_theme(&t);
	canvas_init(&c, 6, 20);
	canvas_text(&c, 0, 0, 20, ROLE_DOWN, "down");
	put_wide(&c, 1, 2, WIDE_CHAR);
	canvas_put(&c, 1, 5, 'e', ROLE_TEXT);
	canvas_at(&c, 1, 5)->mark = 0x301;
	canvas_put2(&c, 2, 0, UPPER_HALF, ROLE_UP, ROLE_DOWN);
	canvas_put2(&c, 2, 1, UPPER_HALF, ROLE_UP, ROLE_UP);
	canvas_fill(&c, (struct rect){5, 0, 1, 20}, ' ', ROLE_BAR);
	canvas_text(&c, 3, 0, 20, ROLE_UP, "chosen");
	canvas_flag(&c, (struct rect){3, 0, 1, 20}, CELL_SELECTED);
	canvas_put(&c, 4, 0, 'u', ROLE_LINK);
	canvas_put(&c, 4, 19, 'z', ROLE_DIM);
	canvas_flag(&c, (struct rect){4, 1, 1, 1}, CELL_BOLD | CELL_UNDERLINE);
	canvas_put(&c, 5, 19, 'q', ROLE_BAR); /* the lower right cell, where curses says ERR */
	c.cursor_y = 3;
	c.cursor_x = 1;
	present_or_fail(&r, &c, PRESENT_SENT);
	check_text(&r, &c, true, "all kinds of cells");

	enum { ANY = -2 }; /* of a blank only the ground is seen */
	static const struct {
		const char *what;
		int y, x, fg, bg;
		bool bold, underline, reverse;
		uint32_t mark;
	} cases[] = {
		{"role", 0, 0, 166, -1, true, false, false, 0},
		{"wide", 1, 2, -1, -1, false, false, false, 0},
		{"combining", 1, 5, -1, -1, false, false, false, 0x301},
		{"half block, down under up, nothing bold", 2, 0, 166, 34, false, false, false, 0},
		{"equal halves", 2, 1, ANY, 34, false, false, false, 0},
		{"selected keeps the role's colour", 3, 0, 34, 238, false, false, false, 0},
		{"selected blank", 3, 19, ANY, 238, false, false, false, 0},
		{"underlined role", 4, 0, -1, -1, false, true, false, 0},
		{"flags", 4, 1, -1, -1, true, true, false, 0},
		{"right edge", 4, 19, 244, -1, false, false, false, 0},
		{"ground of a role", 5, 19, 255, 24, false, false, false, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		VTermScreenCell got = shown(&r, cases[i].y, cases[i].x);
		if ((cases[i].fg != ANY && !color_is(&got.fg, true, cases[i].fg)) ||
		    !color_is(&got.bg, false, cases[i].bg) || got.attrs.bold != cases[i].bold ||
		    (got.attrs.underline != 0) != cases[i].underline || got.attrs.reverse != cases[i].reverse ||
		    got.chars[1] != cases[i].mark)
			fail_msg("%s: fg %d bg %d bold %d underline %d reverse %d mark %X", cases[i].what,
				 got.fg.indexed.idx, got.bg.indexed.idx, got.attrs.bold, got.attrs.underline,
				 got.attrs.reverse, (unsigned)got.chars[1]);
	}
	assert_int_equal(shown(&r, 2, 0).chars[0], LOWER_HALF); /* up is the ground, so neighbours share it */
	VTermPos at;
	vterm_state_get_cursorpos(vterm_obtain_state(r.vt), &at);
	assert_int_equal(at.row, 3);
	assert_int_equal(at.col, 1);
	canvas_release(&c);
	rig_release(&r);
}

static void colour_levels(void **state)
{
	static const struct {
		const char *what, *term, *no_color, *colorterm;
		bool forced;
		enum color_level force, level;
	} cases[] = {
		{"256 by terminfo", "xterm-256color", NULL, NULL, false, 0, LEVEL_256},
		{"COLORTERM is trusted", "xterm-256color", NULL, "truecolor", false, 0, LEVEL_TRUE},
		{"COLORTERM of another kind", "xterm-256color", NULL, "yes", false, 0, LEVEL_256},
		{"GNU screen cannot", "screen", NULL, "truecolor", false, 0, LEVEL_16},
		{"8 colours", "xterm", NULL, NULL, false, 0, LEVEL_16},
		{"no colours", "vt100", NULL, NULL, false, 0, LEVEL_MONO},
		{"NO_COLOR", "xterm-256color", "1", "truecolor", false, 0, LEVEL_MONO},
		{"NO_COLOR empty is not set", "xterm-256color", "", NULL, false, 0, LEVEL_256},
		{"the option beats NO_COLOR", "xterm-256color", "1", NULL, true, LEVEL_256, LEVEL_256},
		{"truecolor forced", "tmux-256color", NULL, NULL, true, LEVEL_TRUE, LEVEL_TRUE},
		{"mono forced", "xterm-256color", NULL, NULL, true, LEVEL_MONO, LEVEL_MONO},
		{"more than there is", "vt100", NULL, NULL, true, LEVEL_256, LEVEL_MONO},
	};
	struct theme t = test_theme();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct screen_options o = rig_options;
		struct screen_info info;
		struct canvas c;
		struct rig r;
		seal(NULL);
		setenv("TERM", cases[i].term, 1);
		if (cases[i].no_color)
			setenv("NO_COLOR", cases[i].no_color, 1);
		if (cases[i].colorterm)
			setenv("COLORTERM", cases[i].colorterm, 1);
		o.color_auto = !cases[i].forced;
		o.color = cases[i].force;
		rig_init(&r, 3, 10);
		assert_int_equal(rig_open(&r, &o, &info, NULL), 0);
		if (info.color != cases[i].level)
			fail_msg("%s: level %d", cases[i].what, info.color);
		screen_set_theme(&t);
		canvas_init(&c, 3, 10);
		canvas_text(&c, 0, 0, 9, ROLE_DOWN, "down");
		canvas_put2(&c, 1, 0, UPPER_HALF, ROLE_DOWN, ROLE_UP);
		present_or_fail(&r, &c, PRESENT_SENT);
		check_text(&r, &c, true, cases[i].what);
		VTermScreenCell cell = shown(&r, 0, 0), half = shown(&r, 1, 0);
		bool ok = true;
		switch (cases[i].level) {
		case LEVEL_MONO:
			ok = is_default(&cell.fg, true) && is_default(&cell.bg, false) && cell.attrs.reverse &&
			     cell.attrs.bold;
			break;
		case LEVEL_16: /* bright red of eight is bold red */
			ok = color_is(&cell.fg, true, 1) && cell.attrs.bold && color_is(&half.bg, false, 2);
			break;
		case LEVEL_256: ok = color_is(&cell.fg, true, 166) && color_is(&half.bg, false, 34); break;
		default:
			ok = VTERM_COLOR_IS_RGB(&cell.fg) && cell.fg.rgb.red == 0xD5 && cell.fg.rgb.green == 0x5E &&
			     half.bg.rgb.green == 0x9E && half.bg.rgb.blue == 0x73;
			break;
		}
		if (!ok)
			fail_msg("%s: wrong colours", cases[i].what);
		if (strcmp(cases[i].what, "more than there is") == 0)
			assert_non_null(strstr(info.note, "colours"));
		canvas_release(&c);
		rig_release(&r);
	}
	seal(NULL);
}

static void selection_shows_in_mono(void **state)
{
	struct screen_options o = rig_options;
	struct theme t = test_theme();
	struct canvas c;
	struct rig r;

	(void)state;
	o.color_auto = false;
	o.color = LEVEL_MONO;
	rig_init(&r, 2, 10);
	open_or_fail(&r, &o);
	screen_set_theme(&t);
	canvas_init(&c, 2, 10);
	canvas_put(&c, 0, 0, 'a', ROLE_UP);
	canvas_put(&c, 0, 1, 'b', ROLE_DOWN); /* reversed by its look: must still differ from one not selected */
	canvas_flag(&c, (struct rect){0, 0, 1, 2}, CELL_SELECTED);
	canvas_put(&c, 1, 1, 'b', ROLE_DOWN);
	present_or_fail(&r, &c, PRESENT_SENT);
	assert_true(shown(&r, 0, 0).attrs.reverse);
	assert_int_not_equal(shown(&r, 0, 1).attrs.reverse, shown(&r, 1, 1).attrs.reverse);
	canvas_release(&c);
	rig_release(&r);
}

static void nothing_harmful_is_sent(void **state)
{
	static const uint32_t hostile[] = {0,          1,      7,      '\n',   '\r',    27,      127,    0x9B,
					   0x9D,       0xAD,   0xD800, 0xDFFF, 0xFFFE,  0xFFFF,  0xFDD0, 0x110000,
					   0xFFFFFFFF, 0x200B, 0x202E, 0x2028, 0xE0001, 0x1F1F0, 0x301,  0x2066};
	struct canvas c;
	struct rig r;

	(void)state;
	rig_init(&r, 4, 40);
	open_or_fail(&r, &rig_options);
	canvas_init(&c, 4, 40);
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		*canvas_at(&c, 0, (int)i) = (struct cell){.ch = hostile[i]};
		*canvas_at(&c, 1, (int)i) = (struct cell){.ch = 'a', .mark = hostile[i]};
		*canvas_at(&c, 2, (int)i) =
			(struct cell){.ch = 'b', .role = (uint8_t)(200 + i), .ground = 255, .flags = 0xF0};
	}
	*canvas_at(&c, 3, 0) = (struct cell){.ch = 'x', .flags = CELL_TAIL}; /* a tail of nothing */
	*canvas_at(&c, 3, 4) = (struct cell){.ch = 'y'};                     /* a narrow one with a tail */
	*canvas_at(&c, 3, 5) = (struct cell){.flags = CELL_TAIL};
	canvas_put(&c, 3, 8, WIDE_CHAR, ROLE_TEXT);  /* a wide one without */
	canvas_put(&c, 3, 39, WIDE_CHAR, ROLE_TEXT); /* and half outside */
	c.cursor_y = 9999;
	c.cursor_x = -7;
	present_or_fail(&r, &c, PRESENT_SENT);
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		uint32_t want = hostile[i] == 0x1F1F0 ? shown(&r, 0, (int)i).chars[0] : '?';
		assert_int_equal(shown(&r, 0, (int)i).chars[0], want);
		assert_int_equal(shown(&r, 1, (int)i).chars[0], 'a');
		assert_int_equal(shown(&r, 1, (int)i).chars[1], hostile[i] == 0x301 ? 0x301 : 0);
	}
	assert_int_equal(shown(&r, 3, 4).chars[0], '?');
	assert_int_equal(shown(&r, 3, 8).chars[0], '?');
	assert_int_equal(shown(&r, 3, 39).chars[0], '?');
	canvas_release(&c);
	rig_release(&r);
}

/* ---- what it costs ---- */

static void equal_frames_cost_nothing(void **state)
{
	struct canvas c;
	struct rig r;

	(void)state;
	rig_init(&r, 24, 80);
	open_or_fail(&r, &rig_options);
	canvas_init(&c, 24, 80);
	canvas_text(&c, 3, 3, 40, ROLE_TEXT, "KP  up 4/4");
	present_or_fail(&r, &c, PRESENT_SENT);
	size_t before = screen_bytes();
	for (int i = 0; i < 10; i++)
		assert_int_equal(screen_present(&c), PRESENT_SAME);
	assert_int_equal(screen_bytes(), before);
	assert_false(rig_has_more(&r));

	canvas_text(&c, 3, 7, 40, ROLE_TEXT, "up 3/4");
	present_or_fail(&r, &c, PRESENT_SENT);
	assert_int_equal(r.reads, 1);
	assert_true(screen_bytes() - before < 16 + 16); /* the frame marks, a move, a digit, a move */
	assert_memory_equal(r.log + before, "\033[?2026h", 8);
	assert_memory_equal(r.log + r.len - 8, "\033[?2026l", 8);

	before = screen_bytes();
	c.cursor_y = 3;
	c.cursor_x = 0;
	present_or_fail(&r, &c, PRESENT_SENT); /* a screen reader must learn of it */
	assert_true(screen_bytes() - before < 16 + 10);

	before = screen_bytes();
	screen_repaint();
	present_or_fail(&r, &c, PRESENT_SENT);
	check_text(&r, &c, true, "repainted");
	assert_true(screen_bytes() - before > 60);
	assert_false(rig_has_more(&r));
	canvas_release(&c);
	rig_release(&r);
}

/* Two terminals show the same: text, colours and attributes. */
static void check_same_screen(const struct rig *a, VTermScreen *other, const char *what, size_t at)
{
	for (int y = 0; y < a->rows; y++) {
		for (int x = 0; x < a->cols; x++) {
			VTermScreenCell p = shown(a, y, x), q;
			memset(&q, 0, sizeof(q));
			vterm_screen_get_cell(other, (VTermPos){.row = y, .col = x}, &q);
			uint32_t ch = p.chars[0] ? p.chars[0] : ' ';
			if (ch == UINT32_MAX && q.chars[0] == ch) /* right half of a wide character */
				continue;
			bool inked = ch != ' ' || p.attrs.reverse ||
				     p.attrs.underline; /* of a blank only the ground is seen */
			if (ch != (q.chars[0] ? q.chars[0] : ' ') || p.chars[1] != q.chars[1] || p.width != q.width ||
			    p.attrs.reverse != q.attrs.reverse || p.attrs.underline != q.attrs.underline ||
			    !vterm_color_is_equal(&p.bg, &q.bg) ||
			    (inked && (p.attrs.bold != q.attrs.bold || !vterm_color_is_equal(&p.fg, &q.fg))))
				fail_msg("%s (%zu): row %d column %d: U+%04X fg %d bg %d bold %d underline %d reverse "
					 "%d, or "
					 "U+%04X fg %d bg %d bold %d underline %d reverse %d",
					 what, at, y, x, (unsigned)ch, p.fg.indexed.idx, p.bg.indexed.idx, p.attrs.bold,
					 p.attrs.underline, p.attrs.reverse, (unsigned)q.chars[0], q.fg.indexed.idx,
					 q.bg.indexed.idx, q.attrs.bold, q.attrs.underline, q.attrs.reverse);
		}
	}
}

static VTerm *second_terminal(const struct rig *r, VTermScreen **vs)
{
	VTerm *vt = vterm_new(r->rows, r->cols);

	vterm_set_utf8(vt, 1);
	*vs = vterm_obtain_screen(vt);
	vterm_screen_enable_altscreen(*vs, 1);
	vterm_screen_reset(*vs, 1);
	return vt;
}

/* The picture after a hundred small changes is the same, colours and all, as that of a terminal told everything at
 * once. */
static void differences_add_up(void **state)
{
	static const enum color_level levels[] = {LEVEL_256, LEVEL_TRUE, LEVEL_MONO, LEVEL_16};
	struct theme t = test_theme();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		struct screen_options o = rig_options;
		struct canvas c;
		struct rig r;
		VTermScreen *vs;
		o.color_auto = false;
		o.color = levels[i];
		seed = 20141222;
		rig_init(&r, 24, 80);
		open_or_fail(&r, &o);
		screen_set_theme(&t);
		canvas_init(&c, 24, 80);
		for (int frame = 0; frame < 100; frame++) {
			scribble(&c, frame % 10 == 0 ? 300 : 20);
			c.cursor_y = (int)draw(24);
			c.cursor_x = (int)draw(80);
			show_all(&r, &c);
			check_text(&r, &c, true, "a changed frame");
		}
		size_t mark = r.len;
		VTerm *vt = second_terminal(&r, &vs);
		VTerm *first_vt = r.vt;
		VTermScreen *first = r.vs;
		r.vt = vt;
		r.vs = vs;
		screen_repaint();
		show_all(&r, &c);
		assert_true(r.len > mark);
		r.vs = first;
		check_same_screen(&r, vs, "told at once", i);
		r.vt = first_vt;
		vterm_free(vt);
		canvas_release(&c);
		rig_release(&r);
	}
}

/* Where the line cuts the stream must not matter. Not within a character: libvterm 0.1.4 misreads those by itself. */
static void stream_may_be_cut_anywhere(void **state)
{
	struct theme t = test_theme();
	struct canvas c;
	struct rig r;

	(void)state;
	seed = 42;
	rig_init(&r, 6, 24);
	open_or_fail(&r, &rig_options);
	screen_set_theme(&t);
	canvas_init(&c, 6, 24);
	for (int frame = 0; frame < 4; frame++) {
		scribble(&c, frame == 0 ? 400 : 100);
		present_or_fail(&r, &c, PRESENT_SENT);
	}
	for (size_t cut = 1; cut < r.len; cut++) {
		VTermScreen *vs;
		if (((unsigned char)r.log[cut] & 0xC0) == 0x80)
			continue;
		VTerm *vt = second_terminal(&r, &vs);
		vterm_input_write(vt, r.log, cut);
		vterm_input_write(vt, r.log + cut, r.len - cut);
		check_same_screen(&r, vs, "cut", cut);
		vterm_free(vt);
	}
	canvas_release(&c);
	rig_release(&r);
}

/* ---- size ---- */

static void resize_repaints(void **state)
{
	struct canvas c;
	struct rig r;
	int rows, cols;

	(void)state;
	rig_init(&r, 24, 80);
	open_or_fail(&r, &rig_options);
	canvas_init(&c, 24, 80);
	canvas_fill(&c, (struct rect){0, 0, 24, 80}, 'a', ROLE_TEXT);
	present_or_fail(&r, &c, PRESENT_SENT);
	assert_false(screen_resized());
	static const struct {
		int rows, cols;
	} sizes[] = {{10, 40}, {30, 100}, {1, 1}, {24, 80}};
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct winsize ws = {.ws_row = (unsigned short)sizes[i].rows, .ws_col = (unsigned short)sizes[i].cols};
		ioctl(r.master, TIOCSWINSZ, &ws);
		r.rows = sizes[i].rows;
		r.cols = sizes[i].cols;
		vterm_set_size(r.vt, r.rows, r.cols);
		assert_true(screen_resized());
		screen_size(&rows, &cols);
		assert_int_equal(rows, r.rows);
		assert_int_equal(cols, r.cols);
		present_or_fail(&r, &c, PRESENT_SENT); /* the canvas of before: clipped, or with blanks around it */
		check_text(&r, &c, true, "old canvas, new size");
		canvas_resize(&c, rows, cols);
		canvas_fill(&c, (struct rect){0, 0, rows, cols}, (uint32_t)('b' + i), ROLE_TEXT);
		show_all(&r, &c);
		check_text(&r, &c, true, "new size");
	}
	canvas_release(&c);
	rig_release(&r);
}

/* ---- what kind of terminal ---- */

static void terminal_kinds(void **state)
{
	static const struct {
		const char *what, *term;
		int rc;
		const char *note;
	} cases[] = {
		{"known", "xterm-256color", 0, ""},
		{"not known", "nonsense", 0, "TERM 'nonsense' is not known here: using xterm-256color"},
		{"not set", NULL, 0, "TERM '' is not known here: using xterm-256color"},
		{"hostile", "x\033]0;y\007z", 0, "TERM 'x?]0;y?z' is not known here: using xterm-256color"},
		{"dumb", "dumb", ERR_FILE, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct screen_info info;
		struct err e = {0};
		struct rig r;
		if (cases[i].term)
			setenv("TERM", cases[i].term, 1);
		else
			unsetenv("TERM");
		rig_init(&r, 10, 30);
		int rc = rig_open(&r, &rig_options, &info, &e);
		if (rc != cases[i].rc || strcmp(info.note, cases[i].note) != 0)
			fail_msg("%s: %d '%s' '%s'", cases[i].what, rc, info.note, e.msg);
		assert_true(rc == 0 || rig_line_restored(&r));
		rig_release(&r);
	}
	seal(NULL);
	/* no terminal at all */
	struct screen_info info;
	struct err e = {0};
	struct rig no_line = {.slave = open("/dev/null", O_RDWR)};
	assert_int_equal(rig_open(&no_line, &rig_options, &info, &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "not a terminal"));
	close(no_line.slave);
}

static void charsets(void **state)
{
	static const struct {
		const char *what, *term, *locale;
		bool forced;
		enum charset force, want;
	} cases[] = {
		{"UTF-8", "xterm-256color", "C.UTF-8", false, 0, CHARSET_BLOCK},
		{"C", "xterm-256color", "C", false, 0, CHARSET_ASCII},
		{"the console's font", "linux", "C.UTF-8", false, 0, CHARSET_ASCII},
		{"forced up in C", "xterm-256color", "C", true, CHARSET_BRAILLE, CHARSET_BRAILLE},
		{"forced down", "xterm-256color", "C.UTF-8", true, CHARSET_ASCII, CHARSET_ASCII},
		{"forced on the console", "linux", "C.UTF-8", true, CHARSET_BLOCK, CHARSET_BLOCK},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct screen_options o = rig_options;
		struct screen_info info;
		struct canvas c;
		struct rig r;
		setenv("TERM", cases[i].term, 1);
		setlocale(LC_ALL, cases[i].locale);
		o.charset_auto = !cases[i].forced;
		o.charset = cases[i].force;
		rig_init(&r, 3, 10);
		assert_int_equal(rig_open(&r, &o, &info, NULL), 0);
		if (info.charset != cases[i].want)
			fail_msg("%s: charset %d", cases[i].what, info.charset);
		canvas_init(&c, 3, 10);
		canvas_put(&c, 0, 0, 0x2588, ROLE_TEXT);
		present_or_fail(&r, &c, PRESENT_SENT);
		bool can = strcmp(cases[i].locale, "C") != 0 || cases[i].forced;
		assert_int_equal(shown(&r, 0, 0).chars[0], can ? 0x2588 : '?');
		canvas_release(&c);
		rig_release(&r);
	}
	seal(NULL);
}

/* Any terminal, charset, colour and size: no crash, no cell beside its place, all modes back. */
static void matrix(void **state)
{
	static const char *const terms[] = {"xterm-256color", "tmux-256color", "screen",  "linux",
					    "vt100",          "dumb",          "nonsense"};
	static const char *const locales[] = {"C.UTF-8", "C"};
	static const struct {
		int cols, rows;
	} sizes[] = {{200, 60}, {80, 24}, {40, 12}, {10, 3}, {1, 1}};
	struct theme t = test_theme();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(terms) * ARRAY_LEN(locales) * 2 * ARRAY_LEN(sizes); i++) {
		const char *term = terms[i % ARRAY_LEN(terms)], *locale = locales[i / ARRAY_LEN(terms) % 2];
		bool no_color = i / ARRAY_LEN(terms) / 2 % 2;
		int rows = sizes[i / ARRAY_LEN(terms) / 4].rows, cols = sizes[i / ARRAY_LEN(terms) / 4].cols;
		struct screen_info info;
		struct canvas c;
		struct rig r;
		char what[80];
		snprintf(what, sizeof(what), "%s %s %s", term, locale, no_color ? "NO_COLOR" : "colour");
		seed = (uint32_t)i + 1;
		setenv("TERM", term, 1);
		setlocale(LC_ALL, locale);
		if (no_color)
			setenv("NO_COLOR", "1", 1);
		else
			unsetenv("NO_COLOR");
		rig_init(&r, rows, cols);
		int rc = rig_open(&r, &rig_options, &info, NULL);
		assert_int_equal(rc, strcmp(term, "dumb") == 0 ? ERR_FILE : 0);
		if (rc == 0) {
			screen_set_theme(&t);
			canvas_init(&c, rows, cols);
			for (int frame = 0; frame < 3; frame++) {
				scribble(&c, frame == 0 ? 700 : 100);
				show_all(&r, &c);
				check_text(&r, &c, strcmp(locale, "C") != 0, what);
			}
			screen_close();
			assert_true(rig_pump(&r));
			if (modes_left_on(&r, 0) != 0 || !rig_line_restored(&r))
				fail_msg("%s: not restored", what);
			canvas_release(&c);
		}
		rig_release(&r);
	}
	seal(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(cells_look_as_they_should, tidy),
		cmocka_unit_test_teardown(colour_levels, tidy),
		cmocka_unit_test_teardown(selection_shows_in_mono, tidy),
		cmocka_unit_test_teardown(nothing_harmful_is_sent, tidy),
		cmocka_unit_test_teardown(equal_frames_cost_nothing, tidy),
		cmocka_unit_test_teardown(differences_add_up, tidy),
		cmocka_unit_test_teardown(stream_may_be_cut_anywhere, tidy),
		cmocka_unit_test_teardown(resize_repaints, tidy),
		cmocka_unit_test_teardown(terminal_kinds, tidy),
		cmocka_unit_test_teardown(charsets, tidy),
		cmocka_unit_test_teardown(matrix, tidy),
	};

	return cmocka_run_group_tests(tests, seal, NULL);
}
