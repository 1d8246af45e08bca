/* The cell grid: see base/canvas.h.
 *
 * Everything that draws goes through one of two doors: put_cell() for one column and the text writer for characters of
 * any width. Both clip, and both mend a wide character of which only one half would remain. */
#include "base/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { CANVAS_MAX = 1000, CANVAS_TEXT_MAX = 1024 };

static const struct cell empty_cell = {.ch = ' '};

static int clamp(int v, int min, int max)
{
	return v < min ? min : v > max ? max : v;
}

void canvas_init(struct canvas *c, int rows, int cols)
{
	*c = (struct canvas){0};
	canvas_resize(c, rows, cols);
}

void canvas_release(struct canvas *c)
{
	free(c->cells);
	*c = (struct canvas){0};
}

void canvas_resize(struct canvas *c, int rows, int cols)
{
	rows = clamp(rows, 1, CANVAS_MAX);
	cols = clamp(cols, 1, CANVAS_MAX);
	if (!c->cells || rows != c->rows || cols != c->cols) {
		c->cells = xrealloc(c->cells, (size_t)rows * (size_t)cols, sizeof(*c->cells));
		c->rows = rows;
		c->cols = cols;
	}
	canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
	size_t count = (size_t)c->rows * (size_t)c->cols;

	for (size_t i = 0; i < count; i++)
		c->cells[i] = empty_cell;
	c->cursor_y = c->cursor_x = -1;
}

struct cell *canvas_at(struct canvas *c, int y, int x)
{
	if (y < 0 || x < 0 || y >= c->rows || x >= c->cols)
		return NULL;
	return &c->cells[(size_t)y * (size_t)c->cols + (size_t)x];
}

/* What is about to be overwritten at y, x may be one half of a wide character: its other half becomes a blank. */
static void break_wide(struct canvas *c, int y, int x)
{
	struct cell *here = canvas_at(c, y, x), *left = canvas_at(c, y, x - 1), *right = canvas_at(c, y, x + 1);

	if ((here->flags & CELL_TAIL) && left) {
		left->ch = ' ';
		left->mark = 0;
	}
	if (!(here->flags & CELL_TAIL) && right && (right->flags & CELL_TAIL)) {
		right->ch = ' ';
		right->flags &= (uint8_t)~CELL_TAIL;
	}
}

static void put_cell(struct canvas *c, int y, int x, struct cell cell)
{
	struct cell *here = canvas_at(c, y, x);

	if (!here)
		return;
	break_wide(c, y, x);
	*here = cell;
}

/* One character of text; 1 or 2 columns, all of them inside. */
static void put_char(struct canvas *c, int y, int x, uint32_t cp, int width, uint8_t role)
{
	put_cell(c, y, x, (struct cell){.ch = cp, .role = role});
	if (width == 2)
		put_cell(c, y, x + 1, (struct cell){.role = role, .flags = CELL_TAIL});
}

/* Draw what fits; *rest is set to where it stopped ("" when all was drawn). */
static int draw_text(struct canvas *c, int y, int x, int cols, uint8_t role, const char *text, const char **rest)
{
	int used = 0, last = -1;
	uint32_t cp;
	size_t bytes;

	for (; (bytes = text_next(text, &cp)) > 0; text += bytes) {
		int w = text_cp_width(cp);
		if (w == 0) {
			struct cell *base = last >= 0 ? canvas_at(c, y, last) : NULL;
			if (base && cp >= 0x300 && !base->mark)
				base->mark = cp;
			continue;
		}
		if (used + w > cols)
			break;
		int at = x + used;
		last = -1;
		if (at >= 0 && at + w <= c->cols) {
			put_char(c, y, at, cp, w, role);
			last = at;
		} else if (w == 2 && (at == -1 || at + 1 == c->cols)) {
			put_cell(c, y, at < 0 ? 0 : at, (struct cell){.ch = ' ', .role = role}); /* half outside */
		}
		used += w;
	}
	*rest = text;
	return used;
}

/* x + cols could overflow; nothing beyond the right edge is ever seen. */
static int clip_cols(const struct canvas *c, int x, int cols)
{
	if (x >= c->cols)
		return 0;
	if (x < -CANVAS_MAX * 2)
		return 0;
	return clamp(cols, 0, c->cols - x);
}

int canvas_text(struct canvas *c, int y, int x, int cols, uint8_t role, const char *text)
{
	const char *rest;

	if (y < 0 || y >= c->rows)
		return 0;
	return draw_text(c, y, x, clip_cols(c, x, cols), role, text, &rest);
}

int canvas_text_cut(struct canvas *c, int y, int x, int cols, uint8_t role, const char *text, bool ascii)
{
	const char *rest;

	cols = clip_cols(c, x, cols);
	if (y < 0 || y >= c->rows || cols == 0)
		return 0;
	size_t fits = text_fit(text, (size_t)cols);
	if (text[fits] == '\0')
		return draw_text(c, y, x, cols, role, text, &rest);
	int used = draw_text(c, y, x, cols - 1, role, text, &rest);
	canvas_put(c, y, x + used, ascii ? '~' : 0x2026, role);
	return used + 1;
}

int canvas_textf(struct canvas *c, int y, int x, int cols, uint8_t role, const char *fmt, ...)
{
	char text[CANVAS_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return n < 0 ? 0 : canvas_text(c, y, x, cols, role, text);
}

int canvas_text_right(struct canvas *c, int y, int right_x, int cols, uint8_t role, const char *text)
{
	size_t fits = text_fit(text, cols > 0 ? (size_t)cols : 0);
	int used = 0;
	uint32_t cp;

	for (size_t at = 0, bytes; at < fits && (bytes = text_next(text + at, &cp)) > 0; at += bytes)
		used += text_cp_width(cp);
	return canvas_text(c, y, right_x - used + 1, used, role, text);
}

void canvas_put(struct canvas *c, int y, int x, uint32_t ch, uint8_t role)
{
	put_cell(c, y, x, (struct cell){.ch = ch, .role = role});
}

void canvas_put2(struct canvas *c, int y, int x, uint32_t ch, uint8_t role, uint8_t ground)
{
	put_cell(c, y, x, (struct cell){.ch = ch, .role = role, .ground = ground});
}

static struct rect clip_rect(const struct canvas *c, struct rect r)
{
	int y0 = clamp(r.y, 0, c->rows), x0 = clamp(r.x, 0, c->cols);
	int64_t y1 = (int64_t)r.y + r.rows, x1 = (int64_t)r.x + r.cols;
	int bottom = y1 < y0 ? y0 : y1 > c->rows ? c->rows : (int)y1;
	int right = x1 < x0 ? x0 : x1 > c->cols ? c->cols : (int)x1;

	return (struct rect){.y = y0, .x = x0, .rows = bottom - y0, .cols = right - x0};
}

void canvas_fill(struct canvas *c, struct rect r, uint32_t ch, uint8_t role)
{
	r = clip_rect(c, r);
	for (int y = r.y; y < r.y + r.rows; y++)
		for (int x = r.x; x < r.x + r.cols; x++)
			canvas_put(c, y, x, ch, role);
}

void canvas_flag(struct canvas *c, struct rect r, uint8_t flags)
{
	flags &= (uint8_t)~CELL_TAIL; /* a half of a character is not for others to make */
	r = clip_rect(c, r);
	for (int y = r.y; y < r.y + r.rows; y++)
		for (int x = r.x; x < r.x + r.cols; x++)
			canvas_at(c, y, x)->flags |= flags;
}
