/* The upstreams pane: through whom the territory is reached, by share, and whether it hangs on one provider. Enter on one
 * asks what would go dark without it; the grid answers. */
#include <math.h>
#include <stdio.h>

#include "base/text.h"
#include "core/what_if.h"
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

/* A line under the list: how many ways out there are. False: no room, or nothing is known. */
static bool has_summary(const struct territory *t, struct rect r)
{
	return r.rows >= 3 && (t->dependence[0].known || t->dependence[1].known);
}

static struct rect list_part(const struct territory *t, struct rect r)
{
	r.rows -= has_summary(t, r);
	return r;
}

/* "1 frontier AS (severe risk), ..." or, where that is too long, "F 1 severe risk, N 1.0". */
static void draw_summary(const struct view_context *ctx, int y, struct rect r, struct canvas *c)
{
	const struct territory *t = ctx->territory;
	const struct dependence *d = &t->dependence[!t->dependence[0].known];
	struct pen p = pen_at(c, ctx->charset, y, r.x + 1, r.cols - 1);
	bool some = d->known < d->networks;
	char text[DEPENDENCE_TEXT_MAX];

	if ((int)text_width(dependence_text(t, text)) > pen_left(&p) && !isnan(d->effective))
		snprintf(text, sizeof(text), some ? "F %u+, N %.1f" : "F %u, N %.1f, %s", d->frontier, d->effective,
			 depend_severity(d->frontier));
	pen_text(&p, !some && d->frontier && d->frontier <= 2 ? ROLE_SINGLE : ROLE_DIM, text);
}

/* Used by some peers and by most of none: a second way. */
static bool is_backup(const struct provider *up)
{
	return up->by_paths && up->share_pct < 0.5 && up->vote_pct > 0;
}

static void upstreams_draw(const struct pane_state *s, const struct view_context *ctx, struct rect r, bool focused,
			   struct canvas *c)
{
	const struct territory *t = ctx->territory;
	struct rect body = pane_body(list_part(t, r));
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
		if (is_backup(up))
			pen_textf(&p, ROLE_DIM, "second way, %.0f%% of paths", up->vote_pct);
		else
			draw_bar(c, ctx->charset, p.y, p.x, pen_left(&p), up->share_pct / 100,
				 single ? ROLE_SINGLE : ROLE_SPARK);
		draw_match(c, line, ctx->filter);
		if (focused && top + i == list_at(&s->list, t->provider_count))
			pane_select(c, ctx, line);
	}
	pane_more(c, ctx, list_part(t, r), top, page, t->provider_count);
	if (has_summary(t, r))
		draw_summary(ctx, body.y + (int)(t->provider_count < page ? t->provider_count : page), r, c);
}

static int upstreams_want(const struct view_context *ctx, int cols, int rows)
{
	const struct territory *t = ctx->territory;
	bool summary = t->dependence[0].known || t->dependence[1].known;

	(void)cols, (void)rows;
	return t->provider_count > 0 ? 1 + (int)t->provider_count + summary : 0;
}

static bool upstreams_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a,
			  struct key k)
{
	return pane_list_act(s, ctx->territory->provider_count, list_part(ctx->territory, r), a, k);
}

static void explain_dependence(const struct territory *t, struct strbuf *out)
{
	char text[DEPENDENCE_TEXT_MAX];

	strbuf_addf(out, "\n# Dependence\n%s.\n",
		    dependence_text(t, text)[0] ? text : "Not known: the paths of too few networks were seen");
	strbuf_adds(out, "Frontier ASes (F): the ASes of this territory right behind the border, on the paths that peers use. 1 or 2 "
			 "are a severe risk of being cut off, 3 to 9 significant, 10 to 40 low, more is resistant (Renesys 2012).\n"
			 "Effective providers (N): one over the sum of the squared shares; 1.0 is one provider alone.\n");
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
	if (p->by_paths && !isnan(p->vote_pct) && t->by_paths)
		strbuf_addf(out, "%.1f%% of the peers' paths enter through it (by space).\n", p->vote_pct);
	if (t->single_provider == p->asn)
		strbuf_adds(out, "It is the only one: if it goes, all networks go. That is a statement about paths, "
				 "not about a cause.\n");
	explain_dependence(t, out);
	struct what_if gone;
	char text[WHAT_IF_TEXT_MAX];
	what_if(t, p->asn, &gone);
	strbuf_addf(out, "\n# What if it is gone\n%s.\nEnter on its line marks those networks.\n", what_if_text(&gone, text));
}

static uint32_t upstreams_asn(const struct pane_state *s, const struct view_context *ctx)
{
	const struct territory *t = ctx->territory;

	return t->provider_count > 0 ? t->providers[list_at(&s->list, t->provider_count)].asn : 0;
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
	.asn = upstreams_asn,
};
