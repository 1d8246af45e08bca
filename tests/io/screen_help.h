/* What the tests of the screen share: opening and presenting, a theme, a canvas that changes at random, modes in a
 * stream. */
#ifndef LANDLINE_TESTS_IO_SCREEN_HELP_H
#define LANDLINE_TESTS_IO_SCREEN_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <time.h>

#include "pty_rig.h"

#include "../../src/io/screen_paint.h"

#define WIDE_CHAR  0x4E2D
#define UPPER_HALF 0x2580
#define LOWER_HALF 0x2584

/* ---- a session ---- */

static inline int seal(void **state)
{
	static const char *const unset[] = {"LINES", "COLUMNS", "TMUX", "COLORTERM", "NO_COLOR", "ESCDELAY", NULL};

	(void)state;
	for (size_t i = 0; unset[i]; i++)
		unsetenv(unset[i]);
	setenv("TERM", "xterm-256color", 1);
	setlocale(LC_ALL, "C.UTF-8");
	return 0;
}

static inline int tidy(void **state)
{
	(void)state;
	screen_close();
	return 0;
}

static inline void open_or_fail(struct rig *r, const struct screen_options *o)
{
	struct screen_info info;
	struct err e = {0};

	if (rig_open(r, o, &info, &e) != 0)
		fail_msg("the screen does not open: %s", e.msg);
}

static inline void present_or_fail(struct rig *r, const struct canvas *c, enum present want)
{
	assert_int_equal(screen_present(c), want);
	assert_true(rig_pump(r));
}

/* The same for a frame that the line may not take at once: read, and call again, as the loop does. */
static inline void show_all(struct rig *r, const struct canvas *c)
{
	enum present p = PRESENT_LATER;

	for (int i = 0; i < 1000 && p == PRESENT_LATER; i++) {
		p = screen_present(c);
		assert_true(rig_pump(r));
	}
	assert_true(p == PRESENT_SENT || p == PRESENT_SAME);
}

static inline VTermScreenCell shown(const struct rig *r, int y, int x)
{
	VTermScreenCell cell;

	memset(&cell, 0, sizeof(cell));
	vterm_screen_get_cell(r->vs, (VTermPos){.row = y, .col = x}, &cell);
	return cell;
}

static inline double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* ---- the stream ---- */

/* Follow the private modes in the stream; returns how many are not as at the start, -1 when the cursor is hidden. */
static inline int modes_left_on(const struct rig *r, size_t from)
{
	static const int watched[] = {1, 1049, 1000, 1002, 1003, 1006, 1004, 2004, 2026, 2031};
	bool on[ARRAY_LEN(watched)] = {false}, cursor = true;
	int left = 0;

	for (size_t i = from; i + 3 < r->len; i++) {
		if (memcmp(r->log + i, "\033[?", 3) != 0)
			continue;
		size_t at = i + 3;
		int number = 0;
		while (at < r->len && r->log[at] >= '0' && r->log[at] <= '9')
			number = number * 10 + (r->log[at++] - '0');
		if (at >= r->len || (r->log[at] != 'h' && r->log[at] != 'l'))
			continue;
		if (number == 25)
			cursor = r->log[at] == 'h';
		for (size_t k = 0; k < ARRAY_LEN(watched); k++)
			if (watched[k] == number)
				on[k] = r->log[at] == 'h';
	}
	for (size_t k = 0; k < ARRAY_LEN(watched); k++)
		left += on[k];
	return cursor ? left : -1;
}

static inline int count(const struct rig *r, const char *what)
{
	size_t len = strlen(what);
	int n = 0;

	for (size_t i = 0; i + len <= r->len; i++)
		n += memcmp(r->log + i, what, len) == 0;
	return n;
}

/* ---- a theme and a canvas ---- */

static const struct test_look {
	enum role role;
	struct look rich;
	int rgb;
	struct look low, mono;
} test_looks[] = {
	{ROLE_UP, {34, -1, false, false, false}, 0x009E73, {2, -1, false, false, false}, {-1, -1, false, false, false}},
	{ROLE_DOWN, {166, -1, true, false, false}, 0xD55E00, {9, -1, false, false, false}, {-1, -1, true, false, true}},
	{ROLE_DIM,
	 {244, -1, false, false, false},
	 0x808080,
	 {8, -1, false, false, false},
	 {-1, -1, false, false, false}},
	{ROLE_BAR, {255, 24, false, false, false}, 0xEEEEEE, {7, 4, false, false, false}, {-1, -1, false, false, true}},
	{ROLE_LINK, {-1, -1, false, true, false}, -1, {-1, -1, false, true, false}, {-1, -1, false, true, false}},
	{ROLE_SELECTED, {-1, 238, false, false, false}, -1, {-1, 4, false, false, false}, {-1, -1, false, false, true}},
};

static inline struct theme test_theme(void)
{
	static const struct look plain = {-1, -1, false, false, false};
	struct theme t = {.name = "test"};

	for (size_t level = 0; level < LEVEL_COUNT; level++)
		for (size_t role = 0; role < ROLE_COUNT; role++)
			t.looks[level][role] = plain;
	for (size_t i = 0; i < ARRAY_LEN(test_looks); i++) {
		struct look full = test_looks[i].rich;
		full.fg = test_looks[i].rgb;
		full.bg = full.bg < 0 ? -1 : 0x303030;
		t.looks[LEVEL_TRUE][test_looks[i].role] = full;
		t.looks[LEVEL_256][test_looks[i].role] = test_looks[i].rich;
		t.looks[LEVEL_16][test_looks[i].role] = test_looks[i].low;
		t.looks[LEVEL_MONO][test_looks[i].role] = test_looks[i].mono;
	}
	return t;
}

static inline void put_wide(struct canvas *c, int y, int x, uint32_t ch)
{
	canvas_put(c, y, x, ch, ROLE_TEXT);
	*canvas_at(c, y, x + 1) = (struct cell){.flags = CELL_TAIL};
}

static uint32_t seed;

static inline uint32_t draw(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % below;
}

/* Change about `permille` of the cells, as views do: text, half blocks, wide names, selections. */
static inline void scribble(struct canvas *c, uint32_t permille)
{
	static const uint32_t glyphs[] = {'a', 'b', ' ', ' ', '#', 0x2588, 0x2581, 0x2500, 0xE9, 0x2800 + 17};

	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < c->cols; x++) {
			if (draw(1000) >= permille)
				continue;
			uint8_t role = (uint8_t)draw(ROLE_COUNT), kind = (uint8_t)draw(10);
			if (kind < 4)
				canvas_put2(c, y, x, UPPER_HALF, role, (uint8_t)(1 + draw(ROLE_COUNT - 1)));
			else if (kind == 4 && x + 1 < c->cols) {
				canvas_put(c, y, x, ' ', role);
				canvas_put(c, y, x + 1, ' ', role);
				put_wide(c, y, x, WIDE_CHAR);
			} else
				canvas_put(c, y, x, glyphs[draw(ARRAY_LEN(glyphs))], role);
			if (kind == 9)
				canvas_flag(c, (struct rect){y, x, 1, 3}, (uint8_t)(1 << draw(3)));
		}
	}
}

/* Every cell of the terminal shows what the canvas says, character and width; blank outside the canvas. */
static inline void check_text(const struct rig *r, const struct canvas *c, bool utf8, const char *what)
{
	for (int y = 0; y < r->rows; y++) {
		for (int x = 0; x < r->cols; x++) {
			bool corner = r->cols == 1 && y == r->rows - 1; /* left blank: see paint_frame() */
			bool on = y < c->rows && x < c->cols && !corner;
			const struct cell *cell = on ? &c->cells[y * c->cols + x] : NULL;
			bool wide = on && x + 1 < c->cols && (cell[1].flags & CELL_TAIL);
			VTermScreenCell got = shown(r, y, x);
			uint32_t want = on ? cell->ch : ' ', ch = got.chars[0] ? got.chars[0] : ' ';
			if (on && (cell->flags & CELL_TAIL))
				continue;
			want = paint_safe_char(want, wide ? 2 : 1, utf8);
			if (ch == want && got.width == (wide && want != '?' ? 2 : 1))
				continue;
			/* a half block may be sent as the other half, or as a blank on its colour */
			if (want == UPPER_HALF && (ch == ' ' || ch == LOWER_HALF))
				continue;
			fail_msg("%s: row %d column %d of %dx%d: U+%04X width %d, want U+%04X%s", what, y, x, r->cols,
				 r->rows, (unsigned)ch, got.width, (unsigned)want, wide ? " wide" : "");
		}
	}
}

/* ---- the picture ---- */

#endif
