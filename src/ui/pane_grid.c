/* The grid pane: every network's state at a glance, whatever their number. Here it is cut into its parts, moved in and
 * explained; grid.c lays it out, grid_draw.c draws it. */
#include "pane.h"

#include "base/mem.h"
#include "core/key.h"
#include "core/prefix.h"
#include "draw.h"
#include "explain.h"
#include "find.h"
#include "grid_draw.h"

enum { LIST_WANTED = 8 }; /* networks that get a line each wherever there is room */

/* The pane cut into its parts; y is -1 for what has no room. */
struct parts {
	int title_y, select_y, legend_y;
	struct rect room;
};

static struct parts cut(const struct view_context *ctx, struct rect r, struct grid *g)
{
	struct parts p = {.title_y = r.rows >= 2 ? r.y : -1, .select_y = -1, .legend_y = -1};

	p.room = p.title_y >= 0 ? pane_body(r) : r;
	grid_init(g, ctx->territory, p.room, ctx->charset);
	if (g->mode == GRID_LIST || p.room.rows < 3)
		return p;
	p.select_y = r.y + r.rows - 1;
	p.room.rows--;
	if (p.room.rows >= 3) {
		p.legend_y = p.select_y;
		p.select_y--;
		p.room.rows--;
	}
	grid_release(g);
	grid_init(g, ctx->territory, p.room, ctx->charset);
	return p;
}

/* Position of the selected network; the first when it is gone or nothing was selected yet. */
static size_t selected(const struct pane_state *s, const struct view_context *ctx, const struct grid *g)
{
	for (size_t i = 0; s->prefix.family && i < g->count; i++)
		if (prefix_equal(&grid_network(ctx, g, i)->v.prefix, &s->prefix))
			return i;
	return 0;
}

static void draw_empty(const struct view_context *ctx, struct rect room, struct canvas *c)
{
	const struct territory *t = ctx->territory;
	struct pen p = pen_at(c, ctx->charset, room.y, room.x + 1, room.cols - 1);

	if (t->loading[0])
		pen_text(&p, ROLE_DIM, "No networks known yet.");
	else
		pen_textf(&p, ROLE_DIM, "No network of %s is known.", t->spec.code);
}

static void grid_draw(const struct pane_state *s, const struct view_context *ctx, struct rect r, bool focused,
		      struct canvas *c)
{
	struct grid g;
	struct parts parts = cut(ctx, r, &g);
	size_t at = selected(s, ctx, &g);

	if (parts.title_y >= 0)
		grid_draw_heading(ctx, &g, parts.title_y, r, focused, c);
	if (g.count == 0)
		draw_empty(ctx, parts.room, c);
	else if (g.mode == GRID_LIST)
		grid_draw_list(ctx, &g, c);
	else if (g.mode == GRID_COUNTS)
		grid_draw_legend(ctx, &g, parts.room.y, r, c);
	else
		grid_draw_cells(ctx, &g, c);
	if (g.count > 0 && g.mode != GRID_COUNTS && parts.legend_y >= 0)
		grid_draw_legend(ctx, &g, parts.legend_y, r, c);
	if (g.count > 0 && parts.select_y >= 0)
		grid_draw_selection(ctx, &g, at, parts.select_y, r, c);
	if (focused && g.count > 0)
		grid_draw_cursor(ctx, &g, at, c);
	grid_release(&g);
}

/* ---- acting ---- */

static int grid_want(const struct view_context *ctx, int cols, int rows)
{
	const struct territory *t = ctx->territory;
	struct grid g;

	if (t->network_count <= LIST_WANTED)
		return 1 + (t->network_count > 0 ? (int)t->network_count : 1);
	grid_init(&g, t, (struct rect){.rows = rows - 1, .cols = cols}, ctx->charset);
	bool list = g.mode == GRID_LIST;
	int used = (int)g.count; /* with title, the line on the selection and the legend */
	if (list)
		used = 1 + (used + g.list_columns - 1) / g.list_columns;
	grid_release(&g);
	if (list)
		return used;
	grid_init(&g, t, (struct rect){.rows = rows - 3, .cols = cols}, ctx->charset);
	used = g.group_count > 0 ? g.groups[g.group_count - 1].row + g.groups[g.group_count - 1].rows : 1;
	grid_release(&g);
	return used + 3;
}

static void find(size_t *at, const struct view_context *ctx, const struct grid *g, size_t step)
{
	for (size_t i = 0, to = *at; i < g->count; i++) {
		to = (to + step) % g->count;
		if (grid_matches(ctx, grid_network(ctx, g, to))) {
			*at = to;
			return;
		}
	}
}

/* Where an action leads; false: it is not a movement. */
static bool move(size_t *at, const struct view_context *ctx, const struct grid *g, enum action a)
{
	static const struct {
		enum action action;
		enum grid_step step;
	} steps[] = {
		{ACTION_LEFT, GRID_LEFT},  {ACTION_RIGHT, GRID_RIGHT},    {ACTION_UP, GRID_UP},
		{ACTION_DOWN, GRID_DOWN},  {ACTION_PAGE_UP, GRID_UP},     {ACTION_PAGE_DOWN, GRID_DOWN},
		{ACTION_HALF_UP, GRID_UP}, {ACTION_HALF_DOWN, GRID_DOWN},
	};

	if (a == ACTION_FIRST || a == ACTION_LAST) {
		*at = a == ACTION_FIRST ? 0 : g->count - 1;
		return true;
	}
	if (a == ACTION_FIND_NEXT || a == ACTION_FIND_PREV) {
		find(at, ctx, g, a == ACTION_FIND_NEXT ? 1 : g->count - 1);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		if (steps[i].action != a)
			continue;
		bool page = a != ACTION_LEFT && a != ACTION_RIGHT && a != ACTION_UP && a != ACTION_DOWN;
		for (int n = page ? 5 : 1; n > 0; n--)
			*at = grid_step(g, *at, steps[i].step);
		return true;
	}
	return false;
}

static bool grid_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a, struct key k)
{
	struct grid g;
	struct parts parts = cut(ctx, r, &g);
	size_t at = selected(s, ctx, &g);
	bool moved = false;

	(void)parts;
	if (k.code == KEYC_CLICK)
		moved = grid_hit(&g, k.y, k.x, &at);
	else if (g.count > 0 && (k.code == KEYC_WHEEL_UP || k.code == KEYC_WHEEL_DOWN))
		moved = move(&at, ctx, &g, k.code == KEYC_WHEEL_UP ? ACTION_UP : ACTION_DOWN);
	else if (g.count > 0)
		moved = move(&at, ctx, &g, a);
	if (moved && at < g.count)
		s->prefix = grid_network(ctx, &g, at)->v.prefix;
	grid_release(&g);
	return moved;
}

/* ---- evidence ---- */

static const struct network *chosen(const struct pane_state *s, const struct view_context *ctx)
{
	const struct territory *t = ctx->territory;

	for (size_t i = 0; i < t->network_count; i++)
		if (prefix_equal(&t->networks[i].v.prefix, &s->prefix))
			return &t->networks[i];
	return t->network_count > 0 ? &t->networks[0] : NULL;
}

static void grid_why(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct network *n = chosen(s, ctx);

	if (n)
		explain_network(ctx, n, out);
	strbuf_adds(out, n ? "\n" : "");
	explain_territory(ctx, out);
}

static void grid_copy(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct network *n = chosen(s, ctx);
	char prefix[PREFIX_TEXT_MAX];

	if (n)
		strbuf_adds(out, prefix_format(prefix, &n->v.prefix));
}

static uint32_t grid_event(const struct pane_state *s, const struct view_context *ctx)
{
	const struct network *n = chosen(s, ctx);

	return n && n->v.event_id ? n->v.event_id : ctx->territory->verdict.event_id;
}

const struct pane_ops pane_grid = {
	.name = "networks",
	.want = grid_want,
	.draw = grid_draw,
	.act = grid_act,
	.why = grid_why,
	.copy = grid_copy,
	.event = grid_event,
};
