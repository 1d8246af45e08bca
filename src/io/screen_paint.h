/* A canvas into curses' cells: roles to colours, characters to what this terminal can show. */
#ifndef LANDLINE_IO_SCREEN_PAINT_H
#define LANDLINE_IO_SCREEN_PAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/canvas.h"
#include "core/theme.h"

/* curses is open. native_rgb: its colour numbers are 0xRRGGBB. utf8: more than ASCII may be sent. */
void paint_open(enum color_level level, bool native_rgb, bool utf8);
void paint_close(void);
/* New looks: the colour pairs made so far are forgotten, so all cells must be painted again. NULL: no colours at all.
 */
void paint_set_theme(const struct theme *t);

/* Draw the rows that differ from `last` (all when it is NULL) into curses' window of rows x cols; what the canvas does
 * not cover is blank. Puts the cursor and lets curses write the difference; with `all`, the whole screen again. */
void paint_frame(const struct canvas *c, const struct canvas *last, int rows, int cols, bool all);
void paint_resize(int rows, int cols);

/* The 24-bit colours behind the palette numbers used, for sgr_squeeze(); NULL when numbers are sent as they are. */
const uint32_t *paint_slots(size_t *count);

/* What is shown for a character: itself, or '?' for one that would harm or that the terminal does not show in this many
 * columns (1 or 2). Never a control character. */
uint32_t paint_safe_char(uint32_t ch, int columns, bool utf8);

#endif
