/* A canvas into curses' cells: see screen_paint.h.
 *
 * A colour pair is made the first time its two colours meet and then stays as it is until the theme changes:
 * redefining one recolours what is on the screen, and alloc_pair(3) does that by itself when it runs full (terminal.md
 * 5.4). Attributes are kept apart from pairs, so that small terminals need few. A character is believed to be as wide
 * as the canvas says only if the C library, and so curses, says the same; else a '?' stands there, and nothing after
 * it moves. */
#include "screen_paint.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#define NCURSES_NOMACROS
#include <curses.h>

#include "base/mem.h"
#include "screen_sgr.h"

enum { UPPER_HALF = 0x2580, LOWER_HALF = 0x2584 };

enum { PAIRS_MAX = 1024, RGB_FIRST = 8, CUBE_FIRST = 16, GREY_FIRST = 232 };

struct ink {
	int fg, bg;
	attr_t attrs;
}; /* resolved colours of the level, COLOR_DEFAULT or a number */

static struct {
	enum color_level level;
	bool native_rgb, utf8;
	struct look looks[ROLE_COUNT];
	struct {
		int fg, bg;
	} pairs[PAIRS_MAX]; /* pairs[0] is the terminal's own */
	int pair_count;
	uint32_t slots[SGR_SLOTS]; /* LEVEL_TRUE: the colour behind palette number SGR_SLOT_FIRST + i */
	size_t slot_count;
	cchar_t *row;
	size_t row_cap;
} paint;

static const struct look plain_look = {.fg = COLOR_DEFAULT, .bg = COLOR_DEFAULT};

void paint_open(enum color_level level, bool native_rgb, bool utf8)
{
	memset(&paint, 0, sizeof(paint));
	paint.level = level;
	paint.native_rgb = native_rgb;
	paint.utf8 = utf8;
	paint_set_theme(NULL);
}

void paint_close(void)
{
	free(paint.row);
	paint.row = NULL;
	paint.row_cap = 0;
}

void paint_set_theme(const struct theme *t)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		paint.looks[i] = t ? t->looks[paint.level][i] : plain_look;
	paint.pair_count = 1;
	paint.slot_count = 0;
}

const uint32_t *paint_slots(size_t *count)
{
	*count = paint.slot_count;
	return paint.level == LEVEL_TRUE && !paint.native_rgb ? paint.slots : NULL;
}

/* ---- colours ---- */

static uint32_t rgb_from_256(int index)
{
	static const uint32_t step[6] = {0, 95, 135, 175, 215, 255};

	if (index >= GREY_FIRST)
		return (uint32_t)(8 + 10 * (index - GREY_FIRST)) * 0x010101;
	index -= CUBE_FIRST;
	return step[index / 36] << 16 | step[index / 6 % 6] << 8 | step[index % 6];
}

/* A palette number that stands for rgb until the frame is squeezed. More than 240 colours are no theme: the last is
 * shared. */
static int slot_for(uint32_t rgb)
{
	size_t i = 0;

	while (i < paint.slot_count && paint.slots[i] != rgb)
		i++;
	if (i == SGR_SLOTS)
		i--;
	if (i == paint.slot_count)
		paint.slots[paint.slot_count++] = rgb;
	return SGR_SLOT_FIRST + (int)i;
}

/* The number that curses is given. A -direct entry takes 0..7 for the palette, so black is made the least bit blue. */
static int color_number(int color)
{
	if (color == COLOR_DEFAULT)
		return -1;
	if (paint.native_rgb && (paint.level == LEVEL_TRUE || (paint.level == LEVEL_256 && color >= CUBE_FIRST))) {
		int rgb = paint.level == LEVEL_TRUE ? color : (int)rgb_from_256(color);
		return rgb < RGB_FIRST ? RGB_FIRST : rgb;
	}
	if (paint.level == LEVEL_TRUE)
		return slot_for((uint32_t)color & 0xFFFFFF);
	if (color >= COLORS || (paint.native_rgb && color >= RGB_FIRST))
		return color % RGB_FIRST;
	return color;
}

static int pair_for(int fg, int bg)
{
	int limit = COLOR_PAIRS < PAIRS_MAX ? COLOR_PAIRS : PAIRS_MAX;

	if (paint.level == LEVEL_MONO || (fg == COLOR_DEFAULT && bg == COLOR_DEFAULT))
		return 0;
	for (int i = 1; i < paint.pair_count; i++)
		if (paint.pairs[i].fg == fg && paint.pairs[i].bg == bg)
			return i;
	if (paint.pair_count >= limit) /* the ground goes first: the glyph says the state */
		return bg == COLOR_DEFAULT ? 0 : pair_for(fg, COLOR_DEFAULT);
	if (init_extended_pair(paint.pair_count, color_number(fg), color_number(bg)) == ERR)
		return 0;
	paint.pairs[paint.pair_count].fg = fg;
	paint.pairs[paint.pair_count].bg = bg;
	return paint.pair_count++;
}

static const struct look *look_of(uint8_t role)
{
	return &paint.looks[role < ROLE_COUNT ? role : ROLE_TEXT];
}

static attr_t look_attrs(const struct look *l)
{
	return (l->bold ? A_BOLD : 0) | (l->underline ? A_UNDERLINE : 0) | (l->reverse ? A_REVERSE : 0);
}

/* The one colour that a role has when it fills an area: its ground if it has one, else its glyph colour. */
static int mass_color(const struct look *l)
{
	int over = l->reverse ? l->bg : l->fg, under = l->reverse ? l->fg : l->bg;

	return under != COLOR_DEFAULT ? under : over;
}

static bool is_block(uint32_t ch)
{
	return ch >= 0x2580 && ch <= 0x259F;
}

/* The bar over the selected line. A role keeps its colour on it unless it brings a ground of its own, or would vanish.
 */
static void ink_select(struct ink *ink, const struct look *own)
{
	const struct look *bar = &paint.looks[ROLE_SELECTED];
	bool bare = bar->fg == COLOR_DEFAULT && bar->bg == COLOR_DEFAULT && look_attrs(bar) == 0;

	if (paint.level == LEVEL_MONO || bare) {
		ink->attrs ^= A_REVERSE; /* a cell that is reversed anyway must show that it is selected, too */
		return;
	}
	ink->attrs = (ink->attrs & ~A_REVERSE) | look_attrs(bar);
	if (bar->fg != COLOR_DEFAULT || own->bg != COLOR_DEFAULT || own->reverse || ink->fg == bar->bg)
		ink->fg = bar->fg;
	ink->bg = bar->bg;
}

static struct ink ink_of(const struct cell *cell)
{
	const struct look *own = look_of(cell->role);
	struct ink ink = {own->fg, own->bg, look_attrs(own)};
	bool halves = cell->ground != 0 && is_block(cell->ch);

	if (cell->ground != 0 && paint.level != LEVEL_MONO) {
		ink.bg = mass_color(look_of(cell->ground));
		ink.attrs &= ~A_REVERSE;
	}
	if (halves && paint.level != LEVEL_MONO) { /* two colours of equal standing: nothing may tint one of them */
		ink.fg = mass_color(own);
		ink.attrs = 0;
		return ink;
	}
	if (cell->flags & CELL_SELECTED)
		ink_select(&ink, own);
	ink.attrs |= (cell->flags & CELL_BOLD ? A_BOLD : 0) | (cell->flags & CELL_UNDERLINE ? A_UNDERLINE : 0);
	return ink;
}

/* Bright colours of eight-colour terminals are bold ones. */
static void ink_fit(struct ink *ink)
{
	if (paint.level != LEVEL_16 || COLORS > RGB_FIRST)
		return;
	if (ink->fg >= RGB_FIRST) {
		ink->fg -= RGB_FIRST;
		ink->attrs |= A_BOLD;
	}
	if (ink->bg >= RGB_FIRST)
		ink->bg -= RGB_FIRST;
}

/* ---- characters ---- */

static bool is_harmful(uint32_t ch)
{
	return ch < 32 || (ch >= 127 && ch < 160) || ch > 0x10FFFF || (ch >= 0xD800 && ch <= 0xDFFF) ||
	       (ch & 0xFFFE) == 0xFFFE || (ch >= 0xFDD0 && ch <= 0xFDEF) || ch == 0xAD;
}

/* Combining, and no more than that: joiners and variation selectors change the width of what they follow. */
static bool mark_is_safe(uint32_t ch)
{
	if (ch < 0x300 || is_harmful(ch) || !paint.utf8)
		return false;
	if ((ch >= 0x200B && ch <= 0x206F) || (ch >= 0xFE00 && ch <= 0xFE0F) || ch == 0xFEFF || ch == 0x20E3 ||
	    ch >= 0xE0000)
		return false;
	return wcwidth((wchar_t)ch) == 0 && iswprint((wint_t)ch);
}

uint32_t paint_safe_char(uint32_t ch, int columns, bool utf8)
{
	if (is_harmful(ch) || (!utf8 && ch > '~'))
		return '?';
	return wcwidth((wchar_t)ch) == columns ? ch : '?';
}

/* ---- rows and frames ---- */

static const struct cell blank = {.ch = ' '};

static const struct cell *cell_at(const struct canvas *c, int y, int x)
{
	return y < c->rows && x < c->cols ? &c->cells[(size_t)y * (size_t)c->cols + (size_t)x] : &blank;
}

static bool shows_nothing(const struct cell *cell)
{
	return cell->ch == ' ' && cell->mark == 0 && !(cell->flags & (CELL_SELECTED | CELL_UNDERLINE));
}

/* Blank whatever its glyph colour: in a run of blanks that colour only costs bytes, and keeps curses from clearing to
 * the end of a line. Between two words of one colour it is kept, since going to and fro would cost more. */
static bool is_open_blank(const struct canvas *c, int y, int x)
{
	const struct cell *cell = cell_at(c, y, x);

	if (!shows_nothing(cell))
		return false;
	return x + 1 >= c->cols || (x > 0 && shows_nothing(cell_at(c, y, x - 1))) ||
	       shows_nothing(cell_at(c, y, x + 1));
}

static void put_cchar(cchar_t *out, uint32_t ch, uint32_t mark, struct ink ink)
{
	wchar_t text[3] = {(wchar_t)ch, (wchar_t)mark, 0};
	int pair;

	ink_fit(&ink);
	pair = pair_for(ink.fg, ink.bg);
	if (setcchar(out, text, ink.attrs, 0, &pair) == ERR) {
		text[0] = '?';
		text[1] = 0;
		(void)setcchar(out, text, ink.attrs, 0, &pair);
	}
}

/* The same picture in fewer bytes: alike halves are a blank on their colour (terminal.md 5.6), and of two unlike ones
 * the role that comes first is the ground. That is `up` more often than not, so that neighbours share it. */
static uint32_t shorten_halves(const struct cell *cell, uint32_t ch, struct ink *ink)
{
	if (ink->fg == COLOR_DEFAULT || ink->bg == COLOR_DEFAULT)
		return ch;
	if (ink->fg == ink->bg) {
		ink->fg = COLOR_DEFAULT;
		return ' ';
	}
	if (cell->role > cell->ground || (ch != UPPER_HALF && ch != LOWER_HALF))
		return ch;
	int fg = ink->fg;
	ink->fg = ink->bg;
	ink->bg = fg;
	return ch == UPPER_HALF ? LOWER_HALF : UPPER_HALF;
}

/* One cell, or a wide pair, to *out, which moves on; returns the columns done. curses makes the second half itself. */
static int paint_cell(const struct canvas *c, int y, int x, int cols, cchar_t **out)
{
	const struct cell *cell = cell_at(c, y, x);
	bool wide = x + 1 < cols && (cell_at(c, y, x + 1)->flags & CELL_TAIL) && !(cell->flags & CELL_TAIL);
	struct ink ink = ink_of(cell);
	uint32_t ch = cell->flags & CELL_TAIL ? ' ' : cell->ch; /* a tail without its head is blank */

	ch = paint_safe_char(ch, wide ? 2 : 1, paint.utf8);
	if (cell->ground != 0 && is_block(ch))
		ch = shorten_halves(cell, ch, &ink);
	if (ch == ' ' && ink.bg == COLOR_DEFAULT && !(ink.attrs & (A_REVERSE | A_UNDERLINE)) && is_open_blank(c, y, x))
		ink = (struct ink){COLOR_DEFAULT, COLOR_DEFAULT, 0};
	put_cchar((*out)++, ch, mark_is_safe(cell->mark) ? cell->mark : 0, ink);
	if (wide && ch == '?') /* cannot be shown: two narrow ones, so that nothing after it moves */
		put_cchar((*out)++, ch, 0, ink);
	return wide ? 2 : 1;
}

static void paint_row(const struct canvas *c, int y, int cols)
{
	cchar_t *end = paint.row;

	for (int x = 0; x < cols;)
		x += paint_cell(c, y, x, cols, &end);
	mvwadd_wchnstr(stdscr, y, 0, paint.row, (int)(end - paint.row));
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->mark == b->mark && a->role == b->role && a->ground == b->ground &&
	       a->flags == b->flags;
}

static bool same_row(const struct canvas *a, const struct canvas *b, int y, int cols)
{
	for (int x = 0; x < cols; x++)
		if (!same_cell(cell_at(a, y, x), cell_at(b, y, x)))
			return false;
	return true;
}

static int inside(int v, int count)
{
	return v < 0 ? 0 : v >= count ? count - 1 : v;
}

void paint_frame(const struct canvas *c, const struct canvas *last, int rows, int cols, bool all)
{
	int cursor_y = c->cursor_y < 0 ? rows - 1 : inside(c->cursor_y, rows);
	int cursor_x = c->cursor_y < 0 || c->cursor_x < 0 ? 0 : inside(c->cursor_x, cols);

	mem_grow(&paint.row, &paint.row_cap, (size_t)cols + 1, sizeof(*paint.row));
	for (int y = 0; y < rows; y++)
		if (!last || !same_row(c, last, y, cols))
			paint_row(c, y, cols);
	if (cols == 1) {
		/* curses 6.4 writes the lower right cell by way of its left neighbour on terminals that always wrap
		 * (screen, tmux), and here reads that from before its array; a picture one column wide can spare the
		 * cell */
		wmove(stdscr, rows - 1, 0);
		wclrtoeol(stdscr);
	}
	if (all)
		clearok(curscr, TRUE);
	wmove(stdscr, cursor_y, cursor_x); /* screen readers follow it, so it is right even when it is hidden */
	wnoutrefresh(stdscr);
	doupdate();
}

void paint_resize(int rows, int cols)
{
	resize_term(rows, cols);
}
