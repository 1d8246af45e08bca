/* The Territory view: one country, AS or prefix on one screen. What is happening, its networks, its signals, through
 * whom it is reached, its sites, what happened before.
 *
 * The verdict stands on top and is always there; the panes below it are rows of a table and fold away by worth
 * (layout.c). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/key.h"
#include "draw.h"
#include "explain.h"
#include "find.h"
#include "layout.h"
#include "pane.h"
#include "ui_private.h"
#include "view_table.h"

enum { VERDICT_LINES_MAX = 8, WORD_COLS = 12, SINCE_COLS_MIN = 60 };

/* Slots with a cursor, in the order of Tab. */
static const struct {
	enum slot slot;
	const struct pane_ops *ops;
} panes[] = {
	{SLOT_GRID, &pane_grid},   {SLOT_SIGNALS, &pane_signals}, {SLOT_ATTACKS, &pane_attacks},
	{SLOT_UPSTREAMS, &pane_upstreams}, {SLOT_SITES, &pane_sites}, {SLOT_LOG, &pane_log},
};

enum { PANES = ARRAY_LEN(panes) };

struct territory_state {
	size_t focus;
	uint32_t what_if;  /* the upstream that is taken to be gone, of the territory below; 0: none */
	char of[TERRITORY_CODE_MAX];
	struct pane_state panes[PANES];
};

/* ---- the verdict ---- */

/* Its lines under each other; the first has the word before it and since when behind it. */
struct verdict_lines {
	struct {
		char text[256];
		uint8_t role;
	} at[VERDICT_LINES_MAX];
	size_t count;
	int indent;     /* of the sentence, behind glyph and word */
	char since[64]; /* "since 16:15, 1h45m"; "": not known, or no room for it */
	int since_cols; /* with its gap */
};

static void add_wrapped(struct verdict_lines *v, const char *text, int cols, uint8_t role)
{
	for (const char *next; *text && v->count < VERDICT_LINES_MAX; text = next) {
		size_t len = draw_wrap(text, v->count == 0 ? cols - v->since_cols : cols, &next);
		snprintf(v->at[v->count].text, sizeof(v->at[0].text), "%.*s", (int)len, text);
		v->at[v->count++].role = role;
	}
}

/* Blind: what is still known, with its age. */
static void add_known(struct verdict_lines *v, const struct view_context *ctx, int cols)
{
	const struct territory *t = ctx->territory;
	char text[200], when[WALL_TEXT_MAX], age[DRAW_TEXT_MAX];

	if (ctx->model->line_text[0] && strcmp(ctx->model->line_text, t->verdict.text) != 0)
		add_wrapped(v, ctx->model->line_text, cols, ROLE_FAILED);
	if (!wall_is_set(t->snapshot_time))
		return;
	snprintf(text, sizeof(text), "Still known: %zu network%s, last whole picture %s UTC (%s ago).", t->network_count, text_plural(t->network_count),
		 draw_since(when, t->snapshot_time, ctx->now), draw_age(age, t->snapshot_time, ctx->now));
	add_wrapped(v, text, cols, ROLE_STALE);
}

static void add_since(struct verdict_lines *v, const struct view_context *ctx, int cols)
{
	struct wall since = ctx->territory->verdict.since;
	char when[WALL_TEXT_MAX], span[DRAW_TEXT_MAX];

	v->since[0] = '\0';
	v->since_cols = 0;
	if (!wall_is_set(since) || cols < SINCE_COLS_MIN)
		return;
	snprintf(v->since, sizeof(v->since), "since %s, %.20s", draw_since(when, since, ctx->now),
		 draw_span(span, since, ctx->now));
	v->since_cols = (int)text_width(v->since) + 2;
}

static void verdict_lines(const struct view_context *ctx, int cols, struct verdict_lines *v)
{
	const struct territory *t = ctx->territory;
	char text[200];

	v->count = 0;
	v->indent = cols >= 40 ? 2 + WORD_COLS : 0;
	add_since(v, ctx, cols);
	int room = cols - v->indent;
	if (v->indent == 0) /* narrow: the word has the first line for itself */
		add_wrapped(v, verdict_name(t->verdict.kind), cols, ROLE_TEXT);
	add_wrapped(v, t->verdict.text[0] ? t->verdict.text : "Nothing is known yet.", room, ROLE_TEXT);
	if (t->verdict.kind == VERDICT_BLIND)
		add_known(v, ctx, room);
	if (t->loading[0] && !text_contains(t->verdict.text, t->loading)) {
		snprintf(text, sizeof(text), "Loading: %s", t->loading);
		add_wrapped(v, text, room, ROLE_DIM);
	}
	if (t->loading[0] && t->jobs_total > 0 && v->count > 0) {
		size_t len = strlen(v->at[v->count - 1].text);
		snprintf(v->at[v->count - 1].text + len, sizeof(v->at[0].text) - len, " (%u of %u)", t->jobs_done,
			 t->jobs_total);
	}
}

static void draw_verdict(const struct view_context *ctx, struct rect r, struct canvas *c)
{
	const struct verdict *verdict = &ctx->territory->verdict;
	struct verdict_lines v;

	if (r.rows < 1)
		return;
	verdict_lines(ctx, r.cols, &v);
	struct pen head = pen_at(c, ctx->charset, r.y, r.x, r.cols);
	pen_state(&head, draw_look_verdict(verdict->kind), v.indent > 0 ? v.indent : r.cols,
		  verdict_name(verdict->kind));
	canvas_flag(c, (struct rect){.y = r.y, .x = r.x, .rows = 1, .cols = head.x - r.x}, CELL_BOLD);
	canvas_text_right(c, r.y, r.x + r.cols - 1, v.since_cols, ROLE_DIM, v.since);
	for (size_t i = v.indent > 0 ? 0 : 1; i < v.count && (int)i < r.rows; i++) {
		struct pen p = pen_at(c, ctx->charset, r.y + (int)i, r.x + v.indent,
				      r.cols - v.indent - (i == 0 ? v.since_cols : 0));
		pen_text(&p, v.at[i].role, v.at[i].text);
		if ((int)i == r.rows - 1 && i + 1 < v.count) /* more was said than fits */
			pen_put(&p, ctx->charset == CHARSET_ASCII ? '~' : 0x2026, v.at[i].role);
	}
}

static void draw_reasons(const struct view_context *ctx, struct rect r, struct canvas *c)
{
	const struct verdict *v = &ctx->territory->verdict;
	size_t max = ARRAY_LEN(v->reasons);

	for (size_t i = 0; i < v->reason_count && i < max && (int)i < r.rows; i++) {
		struct pen p = pen_at(c, ctx->charset, r.y + (int)i, r.x + 2, r.cols - 2);
		struct look_of look = draw_look_net(v->reasons[i].mood);
		pen_put(&p, glyph_state(ctx->charset, look.mood), look.role);
		pen_gap(&p, 1);
		pen_text(&p, ROLE_DIM, v->reasons[i].text);
	}
}

/* ---- the panes ---- */

static int want(const void *arg, enum slot slot, int cols, int rows)
{
	const struct view_context *ctx = arg;
	struct verdict_lines v;

	if (slot == SLOT_REASONS)
		return (int)ctx->territory->verdict.reason_count;
	if (slot == SLOT_VERDICT) {
		verdict_lines(ctx, cols, &v);
		return (int)v.count;
	}
	for (size_t i = 0; i < PANES; i++)
		if (panes[i].slot == slot)
			return panes[i].ops->want(ctx, cols, rows);
	return 0;
}

static void place(const struct view_context *ctx, struct rect out[SLOT_COUNT])
{
	layout_place(ctx->area, want, ctx, out);
}

/* The pane with the focus: the first one that is there when the user's has folded away. */
static size_t focus_of(const struct territory_state *s, const struct rect places[SLOT_COUNT])
{
	return s->focus < PANES && places[panes[s->focus].slot].rows > 0 ? s->focus : 0;
}

static void draw_no_territory(const struct view_context *ctx, struct canvas *c)
{
	static const char *const lines[] = {
		"Nothing is watched.",
		"1 lists all countries: choose one with the arrows, or by / and its name; Enter watches it.",
		"On the command line: landline KP IR",
	};
	int y = ctx->area.y;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		for (const char *text = lines[i], *next; *text && y < ctx->area.y + ctx->area.rows; text = next) {
			char one[256];
			struct pen p = pen_at(c, ctx->charset, y++, ctx->area.x + 1, ctx->area.cols - 1);
			size_t len = draw_wrap(text, ctx->area.cols - 1, &next);
			snprintf(one, sizeof(one), "%.*s", (int)len, text);
			pen_text(&p, i == 0 ? ROLE_STRONG : ROLE_TEXT, one);
		}
	}
}

/* The question is about one territory: another tab does not have it. */
static uint32_t what_if_of(const struct territory_state *s, const struct territory *t)
{
	return strcmp(s->of, t->spec.code) == 0 ? s->what_if : 0;
}

static void territory_draw(const void *state, const struct view_context *shared, struct canvas *c)
{
	const struct territory_state *s = state;
	struct view_context own = *shared, *ctx = &own;
	struct rect places[SLOT_COUNT];

	if (!ctx->territory) {
		draw_no_territory(ctx, c);
		return;
	}
	own.what_if = what_if_of(s, ctx->territory);
	place(ctx, places);
	draw_verdict(ctx, places[SLOT_VERDICT], c);
	draw_reasons(ctx, places[SLOT_REASONS], c);
	for (size_t i = 0; i < PANES; i++) {
		struct rect r = places[panes[i].slot];
		if (r.rows > 0)
			panes[i].ops->draw(&s->panes[i], ctx, r, ctx->focused && i == focus_of(s, places), c);
	}
}

/* ---- acting ---- */

static void next_pane(struct territory_state *s, const struct rect places[SLOT_COUNT], bool back)
{
	size_t at = focus_of(s, places);

	for (size_t i = 0; i < PANES; i++) {
		at = (at + (back ? PANES - 1 : 1)) % PANES;
		if (places[panes[at].slot].rows > 0)
			break;
	}
	s->focus = at;
}

/* A mouse key belongs to the pane it is over, which takes the focus. False: over none. */
static bool focus_by_mouse(struct territory_state *s, const struct rect places[SLOT_COUNT], struct key k)
{
	for (size_t i = 0; i < PANES; i++) {
		if (pane_has(places[panes[i].slot], k)) {
			s->focus = i;
			return true;
		}
	}
	return false;
}

/* Enter on an upstream asks what goes dark without it, again: no more. Elsewhere it explains. */
static unsigned enter(struct territory_state *s, size_t focus, const struct view_context *ctx, struct ui *u)
{
	const struct pane_ops *ops = panes[focus].ops;
	uint32_t asn = ops->asn ? ops->asn(&s->panes[focus], ctx) : 0;

	if (!asn)
		return ui_why(u, ctx->model);
	s->what_if = what_if_of(s, ctx->territory) == asn ? 0 : asn;
	snprintf(s->of, sizeof(s->of), "%s", ctx->territory->spec.code);
	return FX_REDRAW;
}

static unsigned leave_what_if(struct territory_state *s, const struct territory *t)
{
	if (!what_if_of(s, t))
		return FX_NONE;
	s->what_if = 0;
	return FX_REDRAW;
}

static unsigned territory_act(void *state, const struct view_context *ctx, enum action a, struct key k, struct ui *u)
{
	struct territory_state *s = state;
	struct rect places[SLOT_COUNT];
	bool mouse = k.code == KEYC_CLICK || k.code == KEYC_WHEEL_UP || k.code == KEYC_WHEEL_DOWN;

	if (!ctx->territory)
		return FX_NONE;
	place(ctx, places);
	if (mouse && !focus_by_mouse(s, places, k))
		return FX_NONE;
	size_t focus = focus_of(s, places);
	const struct pane_ops *ops = panes[focus].ops;
	switch (a) {
	case ACTION_NEXT_PANE:
	case ACTION_PREV_PANE: next_pane(s, places, a == ACTION_PREV_PANE); return FX_REDRAW;
	case ACTION_ENTER: return enter(s, focus, ctx, u);
	case ACTION_BACK: return leave_what_if(s, ctx->territory);
	case ACTION_EXPORT: {
		const struct event *ev = ops->event ? find_event(ctx->model, ops->event(&s->panes[focus], ctx)) : NULL;
		ui_ask(u, "", ev ? ev->seq : 0);
		return FX_EXPORT;
	}
	default: return ops->act(&s->panes[focus], ctx, places[panes[focus].slot], a, k) || mouse ? FX_REDRAW : FX_NONE;
	}
}

/* The pane that w and y are about; ctx->territory must be set. */
static size_t focused_pane(const struct territory_state *s, const struct view_context *ctx)
{
	struct rect places[SLOT_COUNT];

	place(ctx, places);
	return focus_of(s, places);
}

static void territory_why(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct territory_state *s = state;

	if (!ctx->territory)
		return;
	size_t focus = focused_pane(s, ctx);
	panes[focus].ops->why(&s->panes[focus], ctx, out);
	if (out->len == 0)
		explain_territory(ctx, out);
}

static void territory_copy(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct territory_state *s = state;

	if (!ctx->territory)
		return;
	size_t focus = focused_pane(s, ctx);
	panes[focus].ops->copy(&s->panes[focus], ctx, out);
}

const struct view_ops view_territory = {
	.name = "territory",
	.title = "Territory",
	.help = "One territory. On top the verdict: what is happening, since when, and the reasons with their ages.\n"
		"Networks: one cell is one network (or as many as the head says, the worst shown), by operator, IPv4 "
		"before IPv6. "
		"A cell keeps its place. The line below says what the cell under the cursor is.\n"
		"Signals: one line each over the same hours; each column is the lowest value of its time. A gap is "
		"missing data, never a zero.\n"
		"Upstreams: the last ASes abroad before the border, by the space most peers reach through them. Enter on one "
		"asks what goes dark without it, Esc ends that.\n"
		"Attacks: what Cloudflare absorbed for its customers there, on an axis of its own; never a cause, never "
		"counted.\n"
		"Sites: a host abroad says nothing about the country, so it never votes.\n"
		"/ marks what matches (prefix, operator, state); n and N go from match to match.",
	.key = '2',
	.state_size = sizeof(struct territory_state),
	.actions = LIST_ACTIONS | ACTION_BIT(ACTION_LEFT) | ACTION_BIT(ACTION_RIGHT) | ACTION_BIT(ACTION_NEXT_PANE) |
		   ACTION_BIT(ACTION_PREV_PANE) | ACTION_BIT(ACTION_NEXT_TAB) | ACTION_BIT(ACTION_PREV_TAB) |
		   ACTION_BIT(ACTION_ENTER) | ACTION_BIT(ACTION_BACK) | ACTION_BIT(ACTION_WHY) | ACTION_BIT(ACTION_FILTER) |
		   ACTION_BIT(ACTION_FIND_NEXT) | ACTION_BIT(ACTION_FIND_PREV) | ACTION_BIT(ACTION_EXPORT) |
		   ACTION_BIT(ACTION_COPY) | ACTION_BIT(ACTION_ZOOM_IN) | ACTION_BIT(ACTION_ZOOM_OUT),
	.act = territory_act,
	.draw = territory_draw,
	.why = territory_why,
	.copy = territory_copy,
};
