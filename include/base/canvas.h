/* The cell grid that views draw into and that the screen, the golden tests and the text outputs read.
 *
 * A cell has a character and roles, never a colour: what a role looks like is the theme's business. A half-block cell
 * shows two things at once, so a cell has a role for the glyph and one for the ground. Drawing outside is clipped. */
#ifndef LANDLINE_BASE_CANVAS_H
#define LANDLINE_BASE_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cell_flag {
	CELL_SELECTED = 1 << 0, /* under the cursor bar: shown reversed or in the selection role's way */
	CELL_BOLD = 1 << 1,
	CELL_UNDERLINE = 1 << 2,
	CELL_TAIL = 1 << 3,     /* right half of a wide character; ch is 0 */
};

struct cell {
	uint32_t ch;       /* Unicode code point; ' ' when empty */
	uint32_t mark;     /* one combining mark, or 0 */
	uint8_t role;      /* enum role of core/theme.h: the glyph's */
	uint8_t ground;    /* enum role whose colour is the ground; 0: the terminal's own */
	uint8_t flags;
};

struct rect { int y, x, rows, cols; };

struct canvas {
	int rows, cols;
	struct cell *cells;       /* rows * cols, row by row */
	int cursor_y, cursor_x;   /* where the hardware cursor rests (screen readers follow it); -1: bottom left */
};

void canvas_init(struct canvas *c, int rows, int cols); /* filled with empty cells; 1..1000 each */
void canvas_release(struct canvas *c);
void canvas_resize(struct canvas *c, int rows, int cols);
void canvas_clear(struct canvas *c);
struct cell *canvas_at(struct canvas *c, int y, int x);  /* NULL outside */

/* Write text at y, x within cols columns; returns the columns used. Wide characters that would be cut are left out.
 * text must be clean (base/text.h). canvas_text_cut puts an ellipsis ('~' when ascii) where something was cut. */
int canvas_text(struct canvas *c, int y, int x, int cols, uint8_t role, const char *text);
int canvas_text_cut(struct canvas *c, int y, int x, int cols, uint8_t role, const char *text, bool ascii);
int canvas_textf(struct canvas *c, int y, int x, int cols, uint8_t role, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
int canvas_text_right(struct canvas *c, int y, int right_x, int cols, uint8_t role, const char *text); /* ends at right_x */
void canvas_put(struct canvas *c, int y, int x, uint32_t ch, uint8_t role);
void canvas_put2(struct canvas *c, int y, int x, uint32_t ch, uint8_t role, uint8_t ground);
void canvas_fill(struct canvas *c, struct rect r, uint32_t ch, uint8_t role);
void canvas_flag(struct canvas *c, struct rect r, uint8_t flags); /* or-s flags into the cells */

#endif
