/* Private to src/ui: the parts of the grid pane: head, cells with their labels, or lines; the line about the selected
 * cell; the legend; the cursor. Where a cell is, is grid.c's business. */
#ifndef LANDLINE_UI_GRID_DRAW_H
#define LANDLINE_UI_GRID_DRAW_H

#include "grid.h"
#include "ui/view.h"

/* The network at a position of the layout, or NULL. */
const struct network *grid_network(const struct view_context *ctx, const struct grid *g, size_t at);
/* Does the filter name it: prefix, operator or state? */
bool grid_matches(const struct view_context *ctx, const struct network *n);

/* Line y of the pane r. */
void grid_draw_heading(const struct view_context *ctx, const struct grid *g, int y, struct rect r, bool focused,
		       struct canvas *c);
void grid_draw_legend(const struct view_context *ctx, const struct grid *g, int y, struct rect r, struct canvas *c);
void grid_draw_selection(const struct view_context *ctx, const struct grid *g, size_t at, int y, struct rect r,
			 struct canvas *c);
/* In the grid's own room. */
void grid_draw_cells(const struct view_context *ctx, const struct grid *g, struct canvas *c);
void grid_draw_list(const struct view_context *ctx, const struct grid *g, struct canvas *c);
void grid_draw_cursor(const struct view_context *ctx, const struct grid *g, size_t at, struct canvas *c);

#endif
