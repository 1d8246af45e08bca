/* Private to src/ui: where each network's cell is.
 *
 * The layout is a pure function of the territory, the room and the charset: drawing, the cursor and the mouse all ask
 * the same one, so they cannot disagree. The order is the model's (by operator, then address) with IPv4 before IPv6 and
 * never depends on a state, so a cell keeps its place while its state changes. */
#ifndef LANDLINE_UI_GRID_H
#define LANDLINE_UI_GRID_H

#include "base/canvas.h"
#include "core/model.h"

enum grid_mode {
	GRID_COUNTS, /* no room for cells: the legend's counts alone */
	GRID_LIST,   /* a line each, with words, in one or more columns */
	GRID_SPACED, /* a cell and a space each */
	GRID_DENSE,  /* a cell each */
	GRID_HALF,   /* two in a cell: upper and lower half block */
	GRID_PACKED, /* per_cell in a cell, the worst shown */
};

/* Cells of one operator, or of "other operators", in one family; it begins on a row of its own. */
struct grid_group {
	int operator_index; /* -1: several, packed */
	uint8_t family;
	size_t first, count; /* networks: order[first .. first + count) */
	int row, rows;       /* rows of the grid's room it has; not for lists */
	unsigned operators;  /* how many are in it */
};

struct grid {
	enum grid_mode mode;
	struct rect room; /* of cells and labels */
	unsigned per_cell;
	int label_cols; /* labels' width with its gap, 0: none */
	int cell_cols;  /* cells in a row; list: width of a column */
	int list_columns;
	bool both_families;
	size_t *order; /* network indices as shown; owned */
	size_t count;
	struct grid_group *groups; /* owned */
	size_t group_count;
};

void grid_init(struct grid *g, const struct territory *t, struct rect room, enum charset charset);
void grid_release(struct grid *g);

/* The screen cell of a network by its position in order; false when it has none. */
bool grid_place(const struct grid *g, size_t at, int *y, int *x);
/* The position whose cell is at y, x (the first of those in it); false: nothing there. */
bool grid_hit(const struct grid *g, int y, int x, size_t *at);
/* The first and the number of positions that share at's cell. */
size_t grid_cell(const struct grid *g, size_t at, size_t *count);
/* The position one step away; at itself when there is none. */
enum grid_step { GRID_LEFT, GRID_RIGHT, GRID_UP, GRID_DOWN };
size_t grid_step(const struct grid *g, size_t at, enum grid_step step);
/* Worse states first when a cell stands for several networks. */
enum net_state grid_worse(enum net_state a, enum net_state b);

#endif
