/* The layout of the grid: see grid.h.
 *
 * From few to many networks: a line each; a cell each with a space; a cell each; half a cell each; then 4, 8, 16 .. in
 * one. The first of these that fits the room with labelled rows for a few operators at least is taken. As many
 * operators as fit get rows of their own, in the model's order; the others are packed behind them. */
#include "grid.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	LABEL_WIDE = 36,
	LABEL_MIDDLE = 30,
	LABEL_SHORT = 20,    /* columns: "AS131279 Star Joint Venture   4/4" */
	LIST_MIN = 42,       /* a list line's least columns: prefix, state, peers */
	LABELLED_WANTED = 4, /* operators with rows of their own, before a denser grid is tried */
	PER_CELL_MAX = 1 << 15,
};

static const uint8_t families[] = {4, 6};

enum net_state grid_worse(enum net_state a, enum net_state b)
{
	static const int rank[NET_STATE_COUNT] = {
		[NET_UP] = 0,       [NET_UNKNOWN] = 1,  [NET_STALE] = 2,
		[NET_DEGRADED] = 3, [NET_FLAPPING] = 4, [NET_DOWN] = 5,
	};

	return rank[b] > rank[a] ? b : a;
}

/* ---- groups ---- */

/* Fill order: IPv4 of all operators, then IPv6; and one group per operator and family. */
static void sort_in(struct grid *g, const struct territory *t)
{
	size_t cap = 0;

	g->order = xcalloc(t->network_count > 0 ? t->network_count : 1, sizeof(*g->order));
	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		for (size_t i = 0; i < t->network_count; i++) {
			const struct network *n = &t->networks[i];
			struct grid_group *last = g->group_count > 0 ? &g->groups[g->group_count - 1] : NULL;
			if (n->v.prefix.family != families[f])
				continue;
			if (!last || last->operator_index != n->operator_index || last->family != families[f]) {
				mem_grow(&g->groups, &cap, g->group_count + 1, sizeof(*g->groups));
				last = &g->groups[g->group_count++];
				*last = (struct grid_group){.operator_index = n->operator_index,
							    .family = families[f],
							    .first = g->count,
							    .operators = 1};
			}
			g->order[g->count++] = i;
			last->count++;
		}
	}
	g->both_families = g->group_count > 0 && g->groups[0].family != g->groups[g->group_count - 1].family;
}

static int rows_for(size_t networks, const struct grid *g)
{
	size_t cells = (networks + g->per_cell - 1) / g->per_cell;

	return g->cell_cols > 0 ? (int)((cells + (size_t)g->cell_cols - 1) / (size_t)g->cell_cols) : 0;
}

/* Rows that the grid needs when the first `labelled` groups of each family stand alone. */
static int rows_needed(const struct grid *g, size_t labelled)
{
	int rows = 0;

	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		size_t nth = 0, packed = 0;
		for (size_t i = 0; i < g->group_count; i++) {
			if (g->groups[i].family != families[f])
				continue;
			if (nth++ < labelled)
				rows += rows_for(g->groups[i].count, g);
			else
				packed += g->groups[i].count;
		}
		rows += rows_for(packed, g);
		if (rows > g->room.rows)
			return rows;
	}
	return rows;
}

/* The most groups that can stand alone. More of them never take fewer rows, so halving finds it. */
static size_t most_labelled(const struct grid *g)
{
	size_t lo = 0, hi = g->group_count;

	while (lo < hi) {
		size_t mid = (lo + hi + 1) / 2;
		if (rows_needed(g, mid) <= g->room.rows)
			lo = mid;
		else
			hi = mid - 1;
	}
	return lo;
}

/* Join the groups behind the labelled ones of each family, and give rows to all. */
static void settle(struct grid *g, size_t labelled)
{
	size_t kept = 0;
	int row = 0;

	for (size_t f = 0; f < ARRAY_LEN(families); f++) {
		size_t nth = 0;
		struct grid_group *packed = NULL;
		for (size_t i = 0; i < g->group_count; i++) {
			struct grid_group one = g->groups[i];
			if (one.family != families[f])
				continue;
			if (packed) {
				packed->count += one.count;
				packed->operators += 1;
				packed->operator_index = -1;
				continue;
			}
			g->groups[kept] = one;
			if (nth++ >= labelled)
				packed = &g->groups[kept];
			kept++;
		}
	}
	g->group_count = kept;
	for (size_t i = 0; i < kept; i++) {
		g->groups[i].row = row;
		g->groups[i].rows = rows_for(g->groups[i].count, g);
		row += g->groups[i].rows;
	}
}

/* ---- choosing ---- */

static bool try_list(struct grid *g)
{
	int columns = g->room.cols / LIST_MIN;

	if (columns < 1 || g->room.rows < 1)
		return false;
	size_t need = (g->count + (size_t)g->room.rows - 1) / (size_t)g->room.rows;
	if (need > (size_t)(columns < 4 ? columns : 4))
		return false;
	g->mode = GRID_LIST;
	g->per_cell = 1;
	g->list_columns = need > 0 ? (int)need : 1;
	g->cell_cols = g->room.cols / g->list_columns;
	return true;
}

static bool try_cells(struct grid *g, enum grid_mode mode, unsigned per_cell, size_t wanted)
{
	int room = g->room.cols - 1 - g->label_cols; /* 1: the cursor's margin */

	g->mode = mode;
	g->per_cell = per_cell;
	g->cell_cols = mode == GRID_SPACED ? (room + 1) / 2 : room;
	if (g->cell_cols < 1 || rows_needed(g, 0) > g->room.rows)
		return false;
	size_t labelled = most_labelled(g);
	if (labelled < wanted)
		return false;
	settle(g, labelled);
	return true;
}

/* From the airiest to the densest; at least `wanted` operators of each family with rows of their own. */
static bool try_denser(struct grid *g, enum charset charset, size_t wanted)
{
	if (try_cells(g, GRID_SPACED, 1, wanted) || try_cells(g, GRID_DENSE, 1, wanted))
		return true;
	if (charset != CHARSET_ASCII && try_cells(g, GRID_HALF, 2, wanted))
		return true;
	for (unsigned per_cell = charset == CHARSET_ASCII ? 2 : 4; per_cell <= PER_CELL_MAX; per_cell *= 2)
		if (try_cells(g, GRID_PACKED, per_cell, wanted))
			return true;
	return false;
}

void grid_init(struct grid *g, const struct territory *t, struct rect room, enum charset charset)
{
	*g = (struct grid){.room = room, .per_cell = 1};
	sort_in(g, t);
	if (g->count == 0 || room.rows < 1 || room.cols < 2 || try_list(g))
		return;
	g->label_cols = room.cols >= 100  ? LABEL_WIDE
			: room.cols >= 70 ? LABEL_MIDDLE
			: room.cols >= 40 ? LABEL_SHORT
					  : 0;
	size_t wanted = g->group_count < LABELLED_WANTED ? g->group_count : LABELLED_WANTED;
	if (wanted > (size_t)room.rows / 3)
		wanted = (size_t)room.rows / 3;
	if (!try_denser(g, charset, wanted) && !try_denser(g, charset, 0))
		g->mode = GRID_COUNTS;
}

void grid_release(struct grid *g)
{
	free(g->order);
	free(g->groups);
	*g = (struct grid){0};
}

/* ---- places ---- */

static const struct grid_group *group_of(const struct grid *g, size_t at)
{
	for (size_t i = 0; i < g->group_count; i++)
		if (at >= g->groups[i].first && at < g->groups[i].first + g->groups[i].count)
			return &g->groups[i];
	return NULL;
}

static int cell_width(const struct grid *g)
{
	return g->mode == GRID_SPACED ? 2 : 1;
}

bool grid_place(const struct grid *g, size_t at, int *y, int *x)
{
	const struct grid_group *group = group_of(g, at);

	if (!group || g->mode == GRID_COUNTS)
		return false;
	if (g->mode == GRID_LIST) {
		*y = g->room.y + (int)(at % (size_t)g->room.rows);
		*x = g->room.x + (int)(at / (size_t)g->room.rows) * g->cell_cols;
		return true;
	}
	size_t cell = (at - group->first) / g->per_cell, cols = (size_t)g->cell_cols;
	*y = g->room.y + group->row + (int)(cell / cols);
	*x = g->room.x + 1 + g->label_cols + (int)(cell % cols) * cell_width(g);
	return true;
}

static bool hit_list(const struct grid *g, int y, int x, size_t *at)
{
	*at = (size_t)(x - g->room.x) / (size_t)g->cell_cols * (size_t)g->room.rows + (size_t)(y - g->room.y);
	return *at < g->count;
}

bool grid_hit(const struct grid *g, int y, int x, size_t *at)
{
	int row = y - g->room.y, col = x - g->room.x - 1 - g->label_cols;

	if (row < 0 || row >= g->room.rows || x < g->room.x || x >= g->room.x + g->room.cols || g->count == 0)
		return false;
	if (g->mode == GRID_LIST)
		return hit_list(g, y, x, at);
	if (g->mode == GRID_COUNTS)
		return false;
	col = col < 0 ? 0 : col / cell_width(g); /* a click on the label is one on its first cell */
	for (size_t i = 0; i < g->group_count; i++) {
		const struct grid_group *group = &g->groups[i];
		if (row < group->row || row >= group->row + group->rows || col >= g->cell_cols)
			continue;
		size_t cell = (size_t)(row - group->row) * (size_t)g->cell_cols + (size_t)col;
		*at = group->first + cell * g->per_cell;
		return *at < group->first + group->count;
	}
	return false;
}

size_t grid_cell(const struct grid *g, size_t at, size_t *count)
{
	const struct grid_group *group = group_of(g, at);

	*count = 0;
	if (!group)
		return at;
	size_t first = at - (at - group->first) % g->per_cell, left = group->first + group->count - first;
	*count = left < g->per_cell ? left : g->per_cell;
	return first;
}

/* Half blocks: up and down move inside the cell first. */
static bool step_half(const struct grid *g, size_t at, enum grid_step step, size_t *to)
{
	size_t count, first = grid_cell(g, at, &count);

	if (step == GRID_DOWN && at == first && count > 1)
		*to = at + 1;
	else if (step == GRID_UP && at != first)
		*to = first;
	else
		return false;
	return true;
}

static size_t step_list(const struct grid *g, size_t at, enum grid_step step)
{
	size_t rows = (size_t)g->room.rows;

	switch (step) {
	case GRID_UP: return at > 0 ? at - 1 : 0;
	case GRID_DOWN: return at + 1 < g->count ? at + 1 : at;
	case GRID_LEFT: return at >= rows ? at - rows : at;
	case GRID_RIGHT: return at + rows < g->count ? at + rows : at;
	}
	return at;
}

/* The cell in the row above or below: the same column, or the row's last. */
static size_t step_row(const struct grid *g, size_t at, int by)
{
	int y, x;
	size_t to;

	if (!grid_place(g, at, &y, &x))
		return at;
	y += by;
	for (; x >= g->room.x; x--)
		if (grid_hit(g, y, x, &to))
			return to;
	return at;
}

size_t grid_step(const struct grid *g, size_t at, enum grid_step step)
{
	size_t count, to, first = grid_cell(g, at, &count);

	if (g->mode == GRID_LIST)
		return step_list(g, at, step);
	if (count == 0)
		return at;
	if (g->mode == GRID_HALF && step_half(g, at, step, &to))
		return to;
	switch (step) {
	case GRID_LEFT: return first > 0 ? grid_cell(g, first - 1, &count) : at;
	case GRID_RIGHT: return first + count < g->count ? first + count : at;
	case GRID_UP:
		to = step_row(g, at, -1);
		if (g->mode == GRID_HALF && to != at) { /* from above we come to the lower half */
			to = grid_cell(g, to, &count);
			to += count > 1;
		}
		return to;
	case GRID_DOWN: return step_row(g, at, 1);
	}
	return at;
}
