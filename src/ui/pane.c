/* What list-like panes share: see pane.h. */
#include "pane.h"

#include "core/key.h"
#include "draw.h"

struct rect pane_body(struct rect r)
{
	if (r.rows < 2)
		return r;
	return (struct rect){.y = r.y + 1, .x = r.x, .rows = r.rows - 1, .cols = r.cols};
}

bool pane_has(struct rect r, struct key k)
{
	return k.y >= r.y && k.y < r.y + r.rows && k.x >= r.x && k.x < r.x + r.cols;
}

bool pane_list_act(struct pane_state *s, size_t count, struct rect r, enum action a, struct key k)
{
	struct rect body = pane_body(r);
	size_t page = body.rows > 0 ? (size_t)body.rows : 1;

	if (k.code == KEYC_CLICK && pane_has(body, k)) {
		size_t line = list_top(&s->list, count, page) + (size_t)(k.y - body.y);
		if (line < count)
			list_go(&s->list, line, count, page);
		return true;
	}
	if (k.code == KEYC_WHEEL_UP || k.code == KEYC_WHEEL_DOWN) {
		for (int i = 0; i < 3; i++)
			list_act(&s->list, k.code == KEYC_WHEEL_UP ? ACTION_UP : ACTION_DOWN, count, page);
		return true;
	}
	return list_act(&s->list, a, count, page);
}

void pane_select(struct canvas *c, const struct view_context *ctx, struct rect line)
{
	canvas_put(c, line.y, line.x, glyph_mark(ctx->charset), ROLE_STRONG);
	canvas_flag(c, line, CELL_SELECTED);
	c->cursor_y = line.y;
	c->cursor_x = line.x;
}

void pane_more(struct canvas *c, const struct view_context *ctx, struct rect r, size_t top, size_t page, size_t count)
{
	if (r.rows < 2 || r.cols < 4)
		return;
	if (top > 0)
		canvas_put(c, r.y, r.x + r.cols - 2, glyph_arrow(ctx->charset, false), ROLE_STRONG);
	if (top + page < count)
		canvas_put(c, r.y, r.x + r.cols - 1, glyph_arrow(ctx->charset, true), ROLE_STRONG);
}
