/* The table widget: see table.h. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "draw.h"

struct placed {
	int x, width;
}; /* width 0: not shown */

static size_t column_count(const struct column *columns)
{
	size_t n = 0;

	while (columns[n].title && n < TABLE_COLUMNS_MAX)
		n++;
	return n;
}

struct rect table_body(struct rect area)
{
	if (area.rows >= 6) {
		area.y++;
		area.rows--;
	}
	return area;
}

void table_release(struct table *t)
{
	free(t->rows);
	*t = (struct table){0};
}

struct table_row *table_add(struct table *t, uint64_t id, const void *item, unsigned kind)
{
	mem_grow(&t->rows, &t->cap, t->count + 1, sizeof(*t->rows));
	t->rows[t->count] = (struct table_row){.id = id, .item = item, .kind = kind};
	return &t->rows[t->count++];
}

bool table_is_marked(const struct table_state *s, uint64_t id)
{
	for (size_t i = 0; i < s->mark_count; i++)
		if (s->marks[i] == id)
			return true;
	return false;
}

static void toggle_mark(struct table_state *s, uint64_t id)
{
	for (size_t i = 0; i < s->mark_count; i++) {
		if (s->marks[i] == id) {
			s->marks[i] = s->marks[--s->mark_count];
			return;
		}
	}
	if (s->mark_count < TABLE_MARKS_MAX)
		s->marks[s->mark_count++] = id;
}

/* ---- order ---- */

struct order {
	const struct column *column;
	bool reversed;
	const struct view_context *ctx;
};

static bool comes_later(const struct order *o, const struct table_row *a, const struct table_row *b)
{
	if (a->pinned != b->pinned)
		return b->pinned;
	if (!o->column)
		return false;
	int cmp = o->column->compare(o->ctx, a, b);
	return o->reversed ? cmp < 0 : cmp > 0;
}

/* Bottom-up merge sort: stable, no recursion, and a comparison gets its context without a global. */
static void merge_sort(struct table_row *rows, size_t count, const struct order *o)
{
	struct table_row *from = rows, *to = count > 1 ? xcalloc(count, sizeof(*to)) : NULL, *spare = to;

	for (size_t width = 1; width < count; width *= 2) {
		for (size_t lo = 0; lo < count; lo += 2 * width) {
			size_t mid = lo + width < count ? lo + width : count,
			       hi = mid + width < count ? mid + width : count;
			for (size_t a = lo, b = mid, i = lo; i < hi; i++)
				to[i] = a < mid && (b >= hi || !comes_later(o, &from[a], &from[b])) ? from[a++]
												    : from[b++];
		}
		struct table_row *swap = from;
		from = to;
		to = swap;
	}
	if (from != rows)
		memcpy(rows, from, count * sizeof(*rows));
	free(spare);
}

void table_sort(struct table *t, const struct table_state *s, const struct column *columns,
		const struct view_context *ctx)
{
	size_t column = s->sort > 0 ? (s->sort - 1) / 2 : 0;
	bool sorted = s->sort > 0 && column < column_count(columns) && columns[column].compare;
	struct order o = {
		.column = sorted ? &columns[column] : NULL, .reversed = sorted && (s->sort - 1) % 2 == 1, .ctx = ctx};

	merge_sort(t->rows, t->count, &o);
}

/* The next way to sort: own order, each sortable column, its reverse, and round again. */
static void next_sort(struct table_state *s, const struct column *columns)
{
	size_t count = column_count(columns);

	for (unsigned i = s->sort + 1; i <= 2 * count; i++) {
		if (columns[(i - 1) / 2].compare) {
			s->sort = i;
			return;
		}
	}
	s->sort = 0;
}

/* ---- columns on the screen ---- */

/* Place as many columns as fit, by worth. The first column is the cursor's and the mark's, the last the arrows'. */
static void place(const struct column *columns, size_t count, struct rect area, struct placed *out)
{
	int total = 1;

	area.cols--;
	for (size_t i = 0; i < count; i++) {
		out[i].width = columns[i].width;
		total += columns[i].width + 1;
	}
	while (total > area.cols) {
		size_t least = count;
		for (size_t i = 0; i < count; i++)
			if (out[i].width > 0 && (least == count || columns[i].worth < columns[least].worth))
				least = i;
		if (least == count)
			break;
		size_t shown = 0;
		for (size_t i = 0; i < count; i++)
			shown += out[i].width > 0;
		if (shown == 1) { /* the last one takes what there is */
			out[least].width = area.cols > 2 ? area.cols - 1 : 1;
			break;
		}
		total -= out[least].width + 1;
		out[least].width = 0;
	}
	int x = area.x + 1;
	for (size_t i = 0; i < count; i++) {
		if (out[i].width == 0)
			continue;
		if (columns[i].flexible && total < area.cols) {
			out[i].width += area.cols - total;
			total = area.cols;
		}
		out[i].x = x;
		x += out[i].width + 1;
	}
}

static int page_rows(struct rect area)
{
	return area.rows > 1 ? area.rows - 1 : 0;
}

/* The cursor's position by id: the line may have moved or gone since. */
static struct list resolve(const struct table *t, const struct table_state *s)
{
	struct list l = s->list;

	for (size_t i = 0; s->selected && i < t->count; i++) {
		if (t->rows[i].id == s->selected) {
			l.at = i;
			return l;
		}
	}
	if (!s->selected)
		l.at = 0;
	return l;
}

const struct table_row *table_selected(const struct table *t, const struct table_state *s)
{
	struct list l = resolve(t, s);

	return t->count > 0 ? &t->rows[list_at(&l, t->count)] : NULL;
}

/* ---- acting ---- */

/* The first line in its own place means "whatever is first": so a log that is watched at its newest line keeps showing
 * it. */
static void keep(struct table_state *s, const struct table *t, struct list l)
{
	s->list = l;
	s->selected = t->count == 0 || l.at == 0 ? 0 : t->rows[list_at(&l, t->count)].id;
}

static void click(const struct table *t, struct table_state *s, const struct column *columns, struct rect area,
		  struct key k)
{
	struct list l = resolve(t, s);
	size_t count = column_count(columns), page = (size_t)page_rows(area);
	struct placed at[TABLE_COLUMNS_MAX] = {{0, 0}};

	if (k.y == area.y) {
		place(columns, count, area, at);
		for (size_t i = 0; i < count; i++) {
			if (at[i].width > 0 && k.x >= at[i].x && k.x < at[i].x + at[i].width && columns[i].compare) {
				unsigned natural = (unsigned)(1 + 2 * i);
				s->sort = s->sort == natural ? natural + 1 : natural;
				return;
			}
		}
		return;
	}
	size_t line = list_top(&l, t->count, page) + (size_t)(k.y - area.y - 1);
	if (line < t->count) {
		list_go(&l, line, t->count, page);
		keep(s, t, l);
	}
}

bool table_act(const struct table *t, struct table_state *s, const struct column *columns,
	       const struct view_context *ctx, struct rect area, enum action a, struct key k)
{
	struct list l = resolve(t, s);
	size_t page = (size_t)page_rows(area);
	bool inside = k.y >= area.y && k.y < area.y + area.rows && k.x >= area.x && k.x < area.x + area.cols;

	if (k.code == KEYC_CLICK && inside) {
		click(t, s, columns, area, k);
		return true;
	}
	if (k.code == KEYC_WHEEL_UP || k.code == KEYC_WHEEL_DOWN) {
		for (int i = 0; i < 3; i++)
			list_act(&l, k.code == KEYC_WHEEL_UP ? ACTION_UP : ACTION_DOWN, t->count, page);
	} else if (a == ACTION_SORT) {
		next_sort(s, columns);
		return true;
	} else if (a == ACTION_MARK && t->count > 0) {
		toggle_mark(s, t->rows[list_at(&l, t->count)].id);
		list_act(&l, ACTION_DOWN, t->count, page);
	} else if ((a == ACTION_FIND_NEXT || a == ACTION_FIND_PREV) && ctx->filter[0] && t->count > 0) {
		/* with a filter every line shown is a match: n and N go round */
		size_t at = list_at(&l, t->count), step = a == ACTION_FIND_NEXT ? 1 : t->count - 1;
		list_go(&l, (at + step) % t->count, t->count, page);
	} else if (!list_act(&l, a, t->count, page)) {
		return false;
	}
	keep(s, t, l);
	return true;
}

/* ---- drawing ---- */

static void draw_head(const struct table_state *s, const struct column *columns, const struct placed *at,
		      const struct view_context *ctx, struct rect area, struct canvas *c)
{
	for (size_t i = 0; i < column_count(columns); i++) {
		if (at[i].width == 0)
			continue;
		struct pen p = pen_at(c, ctx->charset, area.y, at[i].x, at[i].width);
		bool sorted = s->sort > 0 && (s->sort - 1) / 2 == i;
		int room = at[i].width - (sorted ? 2 : 0), width = (int)text_width(columns[i].title);
		if (columns[i].align == COLUMN_RIGHT)
			pen_field_right(&p, ROLE_TITLE, room, columns[i].title);
		else
			pen_field(&p, ROLE_TITLE, sorted && width < room ? width : room, columns[i].title);
		if (sorted) {
			pen_gap(&p, 1);
			pen_put(&p, glyph_arrow(ctx->charset, (s->sort - 1) % 2 == 0), ROLE_STRONG);
		}
	}
	canvas_flag(c, (struct rect){.y = area.y, .x = area.x, .rows = 1, .cols = area.cols}, CELL_BOLD);
}

static void draw_cell(const struct column *column, struct placed at, const struct view_context *ctx,
		      const struct table_row *row, int y, struct canvas *c)
{
	char text[TABLE_CELL_MAX] = "";
	struct pen p = pen_at(c, ctx->charset, y, at.x, at.width);
	uint8_t role = column->cell(ctx, row, text);
	enum net_state mood;

	if (column->state && column->glyph && column->glyph(ctx, row, &mood))
		pen_state(&p, (struct look_of){.mood = mood, .role = role}, at.width, text);
	else if (column->align == COLUMN_RIGHT)
		pen_field_right(&p, role, at.width, text);
	else
		pen_field(&p, role, at.width, text);
}

static void draw_row(const struct table_state *s, const struct column *columns, const struct placed *at,
		     const struct view_context *ctx, const struct table_row *row, bool selected, struct rect line,
		     struct canvas *c)
{
	if (table_is_marked(s, row->id))
		canvas_put(c, line.y, line.x, '*', ROLE_STRONG);
	for (size_t i = 0; i < column_count(columns); i++)
		if (at[i].width > 0)
			draw_cell(&columns[i], at[i], ctx, row, line.y, c);
	draw_match(c, line, ctx->filter);
	if (!selected)
		return;
	canvas_put(c, line.y, line.x, glyph_mark(ctx->charset), ROLE_STRONG);
	canvas_flag(c, line, CELL_SELECTED);
	c->cursor_y = line.y;
	c->cursor_x = line.x;
}

void table_draw(const struct table *t, const struct table_state *s, const struct column *columns,
		const struct view_context *ctx, struct rect area, const char *empty, struct canvas *c)
{
	struct list l = resolve(t, s);
	size_t page = (size_t)page_rows(area), at = list_at(&l, t->count), top = list_top(&l, t->count, page);
	struct placed places[TABLE_COLUMNS_MAX] = {{0, 0}};

	if (area.rows < 1 || area.cols < 1)
		return;
	place(columns, column_count(columns), area, places);
	draw_head(s, columns, places, ctx, area, c);
	if (t->count == 0) {
		struct pen p = pen_at(c, ctx->charset, area.y + 1, area.x + 1, page > 0 ? area.cols - 1 : 0);
		pen_text(&p, ROLE_DIM, empty);
	}
	for (size_t i = 0; i < page && top + i < t->count; i++) {
		struct rect line = {.y = area.y + 1 + (int)i, .x = area.x, .rows = 1, .cols = area.cols};
		draw_row(s, columns, places, ctx, &t->rows[top + i], top + i == at, line, c);
	}
	if (page > 0 && top > 0)
		canvas_put(c, area.y, area.x + area.cols - 1, glyph_arrow(ctx->charset, false), ROLE_DIM);
	if (page > 0 && top + page < t->count)
		canvas_put(c, area.y + area.rows - 1, area.x + area.cols - 1, glyph_arrow(ctx->charset, true),
			   ROLE_DIM);
}
