/* The upstreams pane: through whom the territory is reached, by share, and whether it hangs on one provider. */
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "draw.h"
#include "pane.h"

enum { SHARE_COLS = 5, LABEL_MIN = 12, LABEL_MAX = 44 };

/* How the shares were found, or nothing when that differs from row to row. */
static const char *method(const struct territory *t)
{
	for (size_t i = 1; i < t->provider_count; i++)
		if (t->providers[i].by_paths != t->providers[0].by_paths)
			return "";
	return t->providers[0].by_paths ? ", by paths" : ", by neighbours";
}

static void upstreams_draw(const struct pane_state *s, const struct view_context *ctx, struct rect r, bool focused,
			   struct canvas *c)
{
	const struct territory *t = ctx->territory;
	struct rect body = pane_body(r);
	size_t page = (size_t)body.rows, top = list_top(&s->list, t->provider_count, page);
	char text[96];
	int label = body.cols / 2 < LABEL_MIN ? LABEL_MIN : body.cols / 2 > LABEL_MAX ? LABEL_MAX : body.cols / 2;

	snprintf(text, sizeof(text), "Upstreams%s", t->provider_count > 0 ? method(t) : "");
	int end = draw_title(c, ctx->charset, r, text, focused);
	if (t->single_provider) {
		snprintf(text, sizeof(text), " single: AS%u ", (unsigned)t->single_provider);
		if ((int)text_width(text) < r.x + r.cols - end)
			canvas_text_right(c, r.y, r.x + r.cols - 2, r.cols, ROLE_SINGLE, text);
	}
	for (size_t i = 0; i < page && top + i < t->provider_count; i++) {
		const struct provider *up = &t->providers[top + i];
		struct rect line = {.y = body.y + (int)i, .x = r.x, .rows = 1, .cols = r.cols};
		struct pen p = pen_at(c, ctx->charset, line.y, line.x + 1, line.cols - 1);
		bool single = up->asn == t->single_provider;
		draw_operator(text, sizeof(text), up->asn, up->name);
		pen_field(&p, single ? ROLE_SINGLE : ROLE_TEXT, label, text);
		pen_gap(&p, 1);
		snprintf(text, sizeof(text), "%.0f%%", up->share_pct);
		pen_field_right(&p, ROLE_TEXT, SHARE_COLS, isnan(up->share_pct) ? "-" : text);
		pen_gap(&p, 1);
		draw_bar(c, ctx->charset, p.y, p.x, pen_left(&p), up->share_pct / 100,
			 single ? ROLE_SINGLE : ROLE_SPARK);
		draw_match(c, line, ctx->filter);
		if (focused && top + i == list_at(&s->list, t->provider_count))
			pane_select(c, ctx, line);
	}
	pane_more(c, ctx, r, top, page, t->provider_count);
}

static int upstreams_want(const struct view_context *ctx, int cols, int rows)
{
	(void)cols, (void)rows;
	return ctx->territory->provider_count > 0 ? 1 + (int)ctx->territory->provider_count : 0;
}

static bool upstreams_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a,
			  struct key k)
{
	return pane_list_act(s, ctx->territory->provider_count, r, a, k);
}

static void upstreams_why(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct territory *t = ctx->territory;

	if (t->provider_count == 0)
		return;
	const struct provider *p = &t->providers[list_at(&s->list, t->provider_count)];
	strbuf_addf(out, "# AS%u %s\n", (unsigned)p->asn, p->name);
	if (!isnan(p->share_pct))
		strbuf_addf(out, "%.1f%% of %s is reached through it.\n", p->share_pct,
			    t->name[0] ? t->name : t->spec.code);
	strbuf_adds(out, p->by_paths
				 ? "Counted over the paths that the peers of the route collectors use now.\n"
				 : "Estimated from neighbour relations (RIPEstat); paths have not been counted yet.\n");
	if (t->single_provider == p->asn)
		strbuf_adds(out, "It is the only one: if it goes, all networks go. That is a statement about paths, "
				 "not about a cause.\n");
}

static void upstreams_copy(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct territory *t = ctx->territory;

	if (t->provider_count > 0)
		strbuf_addf(out, "AS%u", (unsigned)t->providers[list_at(&s->list, t->provider_count)].asn);
}

const struct pane_ops pane_upstreams = {
	.name = "upstreams",
	.want = upstreams_want,
	.draw = upstreams_draw,
	.act = upstreams_act,
	.why = upstreams_why,
	.copy = upstreams_copy,
};
