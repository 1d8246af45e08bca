/* Drawing the grid: see grid_draw.h.
 *
 * A half-block cell whose halves differ is drawn with two roles; halves that are alike are drawn as their state's own
 * glyph, so that colour is never the only sign. */
#include "grid_draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/prefix.h"
#include "core/what_if.h"
#include "draw.h"
#include "find.h"
#include "pane.h"

enum { PREFIX_COLS_MAX = 28, STATE_COLS = 10, PEERS_COLS = 12, HALF_BLOCK = 0x2580 };

/* The order of the legend, from well to ill. */
static const enum net_state legend_order[NET_STATE_COUNT] = {NET_UP,   NET_DEGRADED, NET_FLAPPING,
							     NET_DOWN, NET_STALE,    NET_UNKNOWN};

const struct network *grid_network(const struct view_context *ctx, const struct grid *g, size_t at)
{
	return at < g->count ? &ctx->territory->networks[g->order[at]] : NULL;
}

bool grid_matches(const struct view_context *ctx, const struct network *n)
{
	char prefix[PREFIX_TEXT_MAX], label[96] = "";
	const struct operator *o = find_operator(ctx->territory, n);

	if (!ctx->filter[0])
		return false;
	if (o)
		operator_label(o, label, sizeof(label));
	return text_contains(prefix_format(prefix, &n->v.prefix), ctx->filter) || text_contains(label, ctx->filter) ||
	       text_contains(net_state_name(n->v.state), ctx->filter);
}

/* ---- words ---- */

/* A stale network shows what it was seen by, as what it was. */
static void peers_text(char *dst, size_t cap, const struct net_view *n)
{
	const struct visibility *v = &n->vis;

	if ((n->state == NET_STALE || n->state == NET_UNKNOWN) && !v->have)
		snprintf(dst, cap, "not asked"); /* or not answered: nobody is known to have it or not */
	else if (n->state == NET_STALE && v->eligible)
		snprintf(dst, cap, "was %u/%u", v->have, v->eligible);
	else if (v->presumed)
		snprintf(dst, cap, "presumed");
	else if (v->eligible == 0)
		snprintf(dst, cap, "no peers");
	else
		snprintf(dst, cap, "%u/%u peers", v->have, v->eligible);
}

/* "since 16:15"; "" when that is not known. */
static void since_text(char *dst, size_t cap, const struct view_context *ctx, const struct network *n)
{
	char since[WALL_TEXT_MAX];

	dst[0] = '\0';
	if (wall_is_set(n->v.since))
		snprintf(dst, cap, "since %s", draw_since(since, n->v.since, ctx->now));
}

/* ---- what if ---- */

/* How a network's fate is shown while an upstream is taken to be gone: by glyph, word and colour. */
static const struct {
	const char *word;
	uint8_t role;
} fates[] = {
	[WHAT_IF_STAYS] = {"stays", ROLE_OK},
	[WHAT_IF_DARK] = {"dark", ROLE_DOWN},
	[WHAT_IF_UNKNOWN] = {"not known", ROLE_UNKNOWN},
};

/* One that stays keeps the sign of its state. */
static uint32_t fate_glyph(const struct view_context *ctx, enum what_if_fate fate, enum net_state state)
{
	return fate == WHAT_IF_DARK    ? glyph_hollow(ctx->charset)
	       : fate == WHAT_IF_STAYS ? glyph_state(ctx->charset, state)
				       : glyph_state(ctx->charset, NET_UNKNOWN);
}

static void draw_fate(struct pen *p, const struct view_context *ctx, const struct network *n, int cols)
{
	enum what_if_fate fate = what_if_network(n, ctx->what_if);

	pen_put(p, fate_glyph(ctx, fate, n->v.state), fates[fate].role);
	pen_gap(p, 1);
	pen_field(p, fates[fate].role, cols - 2, fates[fate].word);
}

static void draw_fate_cell(const struct view_context *ctx, const struct grid *g, size_t first, size_t count, int y, int x,
			   struct canvas *c)
{
	static const int rank[] = {[WHAT_IF_STAYS] = 0, [WHAT_IF_UNKNOWN] = 1, [WHAT_IF_DARK] = 2};
	enum what_if_fate worst = WHAT_IF_STAYS;
	enum net_state state = grid_network(ctx, g, first)->v.state;

	for (size_t i = 0; i < count; i++) {
		const struct network *n = grid_network(ctx, g, first + i);
		enum what_if_fate fate = what_if_network(n, ctx->what_if);
		worst = rank[fate] > rank[worst] ? fate : worst;
		state = grid_worse(state, n->v.state);
	}
	canvas_put(c, y, x, fate_glyph(ctx, worst, state), worst == WHAT_IF_STAYS ? draw_look_net(state).role : fates[worst].role);
}

static void draw_fates(struct pen *p, const struct view_context *ctx)
{
	struct what_if w;
	char number[DRAW_TEXT_MAX];

	what_if(ctx->territory, ctx->what_if, &w);
	const size_t counts[] = {
		[WHAT_IF_STAYS] = w.networks - w.dark - w.unknown, [WHAT_IF_DARK] = w.dark, [WHAT_IF_UNKNOWN] = w.unknown};
	static const enum what_if_fate order[] = {WHAT_IF_DARK, WHAT_IF_STAYS, WHAT_IF_UNKNOWN};
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (!counts[order[i]] && order[i] != WHAT_IF_DARK)
			continue;
		pen_gap(p, i ? 2 : 0);
		pen_put(p, fate_glyph(ctx, order[i], NET_UP), fates[order[i]].role);
		pen_textf(p, ROLE_TEXT, " %s %s", fates[order[i]].word, draw_count(number, (unsigned)counts[order[i]]));
	}
	if (w.dark && !isnan(w.share_pct[0]) && pen_left(p) > 24)
		pen_textf(p, ROLE_DIM, "  %.0f%% of the IPv4 space", w.share_pct[0]);
}

/* Columns of a line's fields: as wide as the widest shown. */
struct widths {
	int prefix, since;
};

static void widen(struct widths *w, const struct view_context *ctx, const struct network *n)
{
	char text[96];
	int prefix = (int)text_width(prefix_format(text, &n->v.prefix)), since;

	since_text(text, sizeof(text), ctx, n);
	since = (int)text_width(text);
	if (prefix > w->prefix)
		w->prefix = prefix < PREFIX_COLS_MAX ? prefix : PREFIX_COLS_MAX;
	if (since > w->since)
		w->since = since;
}

static void draw_line(struct pen *p, const struct view_context *ctx, const struct network *n, const struct widths *w)
{
	char text[96];
	const struct operator *o = find_operator(ctx->territory, n);
	struct look_of look = draw_look_net(n->v.state);

	prefix_format(text, &n->v.prefix);
	pen_field(p, ROLE_TEXT, w->prefix, text);
	pen_gap(p, 2);
	if (ctx->what_if)
		draw_fate(p, ctx, n, STATE_COLS);
	else
		pen_state(p, look, STATE_COLS, net_state_name(n->v.state));
	peers_text(text, sizeof(text), &n->v);
	if (pen_left(p) <= PEERS_COLS)
		return;
	pen_gap(p, 1);
	pen_field(p, n->v.vis.presumed || n->v.vis.eligible == 0 || n->v.state == NET_STALE ? ROLE_DIM : ROLE_TEXT, PEERS_COLS, text);
	if (pen_left(p) <= w->since)
		return;
	pen_gap(p, 1);
	since_text(text, sizeof(text), ctx, n);
	pen_field(p, ROLE_DIM, w->since, text);
	if (pen_left(p) < 10 || !o)
		return;
	pen_gap(p, 2);
	operator_label(o, text, sizeof(text));
	pen_text(p, ROLE_DIM, text);
}

/* How many networks are in each state. */
static void count_states(const struct view_context *ctx, const struct grid *g, size_t first, size_t count,
			 unsigned by_state[NET_STATE_COUNT])
{
	memset(by_state, 0, NET_STATE_COUNT * sizeof(*by_state));
	for (size_t i = first; i < first + count && i < g->count; i++)
		by_state[grid_network(ctx, g, i)->v.state]++;
}

static void draw_counts(struct pen *p, const unsigned by_state[NET_STATE_COUNT])
{
	char number[DRAW_TEXT_MAX], word[DRAW_TEXT_MAX * 2];
	bool first = true;

	for (size_t i = 0; i < ARRAY_LEN(legend_order); i++) {
		enum net_state s = legend_order[i];
		if (by_state[s] == 0 && s != NET_UP)
			continue;
		snprintf(word, sizeof(word), "%s %s", net_state_name(s), draw_count(number, by_state[s]));
		int cols = (int)text_width(word) + 2;
		if (cols + 2 * !first > pen_left(p))
			return;
		pen_gap(p, first ? 0 : 2);
		pen_state(p, draw_look_net(s), cols, word);
		first = false;
	}
}

void grid_draw_legend(const struct view_context *ctx, const struct grid *g, int y, struct rect r, struct canvas *c)
{
	unsigned by_state[NET_STATE_COUNT];
	struct pen p = pen_at(c, ctx->charset, y, r.x + (r.cols > 30), r.cols - (r.cols > 30));

	if (ctx->what_if) {
		draw_fates(&p, ctx);
		return;
	}
	count_states(ctx, g, 0, g->count, by_state);
	draw_counts(&p, by_state);
	if (g->mode == GRID_HALF && pen_left(&p) > 24) {
		pen_gap(&p, 2);
		pen_put(&p, HALF_BLOCK, ROLE_DIM);
		pen_text(&p, ROLE_DIM, " a network in each half");
	}
}

/* Of one family. Judged: neither unknown nor stale; where nothing is judged, nothing may read as "0 up". */
struct tallied {
	unsigned up, judged, all;
};

/* "North Korea: networks up 4 of 4"; the shorter form when that does not fit into cols. */
static void heading(char *dst, size_t cap, const char *name, const char *code, const struct tallied of[2], int cols)
{
	char up[DRAW_TEXT_MAX], total[DRAW_TEXT_MAX], up6[DRAW_TEXT_MAX], total6[DRAW_TEXT_MAX];
	bool both = of[0].all > 0 && of[1].all > 0, only6 = of[0].all == 0 && of[1].all > 0;

	draw_count(up, of[only6].up);
	draw_count(total, of[only6].all);
	draw_count(up6, of[1].up);
	draw_count(total6, of[1].all);
	if (of[0].all + of[1].all == 0)
		snprintf(dst, cap, "%s: networks", name);
	else if (of[0].judged + of[1].judged == 0)
		snprintf(dst, cap, "%s: %s networks, not judged now", name, draw_count(total, of[0].all + of[1].all));
	else if (both)
		snprintf(dst, cap, "%s: networks up IPv4 %s of %s, IPv6 %s of %s", name, up, total, up6, total6);
	else
		snprintf(dst, cap, "%s: networks up %s of %s", name, up, total);
	if ((int)text_width(dst) + 4 <= cols || of[0].judged + of[1].judged == 0)
		return;
	if (both)
		snprintf(dst, cap, "%s up v4 %s/%s v6 %s/%s", code, up, total, up6, total6);
	else
		snprintf(dst, cap, "%s up %s/%s", code, up, total);
}

/* The question and its answer; shorter where that does not fit. */
static void what_if_heading(const struct view_context *ctx, char *dst, size_t cap, int cols)
{
	char text[WHAT_IF_TEXT_MAX];
	struct what_if w;

	what_if(ctx->territory, ctx->what_if, &w);
	snprintf(dst, cap, "%s", what_if_text(&w, text));
	if ((int)text_width(dst) + 4 > cols)
		snprintf(dst, cap, "Without AS%u: %zu of %zu dark", w.asn, w.dark, w.networks);
}

/* What is up, and what one cell stands for. */
void grid_draw_heading(const struct view_context *ctx, const struct grid *g, int y, struct rect r, bool focused,
		       struct canvas *c)
{
	char title[320], number[DRAW_TEXT_MAX], note[96] = "";
	struct tallied of[2] = {{0}}; /* IPv4, IPv6 */
	size_t matching = 0;

	for (size_t i = 0; i < g->count; i++) {
		const struct network *n = grid_network(ctx, g, i);
		struct tallied *family = &of[n->v.prefix.family == 6];
		family->up += n->v.state == NET_UP;
		family->judged += n->v.state != NET_UNKNOWN && n->v.state != NET_STALE;
		family->all++;
		matching += grid_matches(ctx, n);
	}
	if (ctx->filter[0])
		snprintf(note, sizeof(note), " %zu match '%.20s' ", matching, ctx->filter);
	else if (g->mode == GRID_PACKED)
		snprintf(note, sizeof(note), " 1 cell = %u networks, worst shown ", g->per_cell);
	else if (ctx->territory->truncated)
		snprintf(note, sizeof(note), " only the first %s are kept ", draw_count(number, g->count));
	if (ctx->what_if)
		snprintf(note, sizeof(note), " Esc: back ");
	int room = r.cols - (note[0] ? (int)text_width(note) + 2 : 0);
	if (ctx->what_if)
		what_if_heading(ctx, title, sizeof(title), room);
	else
		heading(title, sizeof(title), ctx->territory->name, ctx->territory->spec.code, of, room);
	int x = draw_title(c, ctx->charset, (struct rect){.y = y, .x = r.x, .rows = 1, .cols = r.cols}, title, focused);
	if (note[0] && (int)text_width(note) <= r.x + r.cols - x - 1)
		canvas_text_right(c, y, r.x + r.cols - 2, r.cols, ROLE_TEXT, note);
}

/* ---- cells ---- */

/* The look of an operator's count: a ripple from 5% on, an outage from 20% on (detection.md 5.1), else dim. */
static uint8_t tally_role(const unsigned by_state[NET_STATE_COUNT], size_t count)
{
	size_t unjudged = by_state[NET_UNKNOWN] + by_state[NET_STALE], judged = count - unjudged,
	       lost = judged - by_state[NET_UP];

	if (lost == 0) /* or nothing is judged: "?/4" */
		return ROLE_DIM;
	return lost * 5 >= judged ? ROLE_DOWN : lost * 20 >= judged ? ROLE_DEGRADED : ROLE_TEXT;
}

static void draw_label(const struct view_context *ctx, const struct grid *g, const struct grid_group *group,
		       struct canvas *c)
{
	char name[96], count[DRAW_TEXT_MAX * 2], up[DRAW_TEXT_MAX], total[DRAW_TEXT_MAX];
	unsigned by_state[NET_STATE_COUNT];
	struct pen p = pen_at(c, ctx->charset, g->room.y + group->row, g->room.x + 1, g->label_cols - 1);
	const struct network *n = grid_network(ctx, g, group->first);
	const struct operator *o = n ? find_operator(ctx->territory, n) : NULL;

	if (g->label_cols == 0)
		return;
	bool others = group > g->groups && group[-1].family == group->family;
	if (group->operators > 1)
		snprintf(name, sizeof(name), others ? "%u other operator%s" : "%u operator%s", group->operators,
			 text_plural(group->operators));
	else if (o)
		draw_operator(name, sizeof(name), o->asn, o->name);
	else
		snprintf(name, sizeof(name), "operator unknown");
	count_states(ctx, g, group->first, group->count, by_state);
	bool judged = by_state[NET_UNKNOWN] + by_state[NET_STALE] < group->count;
	snprintf(count, sizeof(count), "%s%s/%s", g->both_families ? group->family == 6 ? "v6 " : "v4 " : "",
		 judged ? draw_count(up, by_state[NET_UP]) : "?", draw_count(total, group->count));
	int width = (int)text_width(count);
	pen_field(&p, group->operators > 1 ? ROLE_DIM : ROLE_TEXT, pen_left(&p) - width - 1, name);
	pen_gap(&p, 1);
	pen_field_right(&p, tally_role(by_state, group->count), width, count);
}

/* One cell: count networks from order[first]. */
static void draw_cell(const struct view_context *ctx, const struct grid *g, size_t first, size_t count, int y, int x,
		      struct canvas *c)
{
	enum net_state worst = grid_network(ctx, g, first)->v.state;
	bool match = grid_matches(ctx, grid_network(ctx, g, first)), split = false;

	for (size_t i = 1; i < count; i++) {
		const struct network *n = grid_network(ctx, g, first + i);
		match = match || grid_matches(ctx, n);
		if (g->mode == GRID_HALF && n->v.state != worst) {
			canvas_put2(c, y, x, HALF_BLOCK, draw_look_net(worst).role, draw_look_net(n->v.state).role);
			split = true;
		}
		worst = grid_worse(worst, n->v.state);
	}
	if (ctx->what_if)
		draw_fate_cell(ctx, g, first, count, y, x, c);
	else if (!split)
		canvas_put(c, y, x, glyph_state(ctx->charset, worst), draw_look_net(worst).role);
	if (match)
		canvas_flag(c, (struct rect){.y = y, .x = x, .rows = 1, .cols = 1}, CELL_UNDERLINE);
}

void grid_draw_cells(const struct view_context *ctx, const struct grid *g, struct canvas *c)
{
	for (size_t i = 0; i < g->group_count; i++) {
		const struct grid_group *group = &g->groups[i];
		int width = g->mode == GRID_SPACED ? 2 : 1;
		draw_label(ctx, g, group, c);
		for (size_t cell = 0; cell * g->per_cell < group->count; cell++) {
			size_t first = group->first + cell * g->per_cell, left = group->first + group->count - first;
			int y = g->room.y + group->row + (int)(cell / (size_t)g->cell_cols);
			int x = g->room.x + 1 + g->label_cols + (int)(cell % (size_t)g->cell_cols) * width;
			draw_cell(ctx, g, first, left < g->per_cell ? left : g->per_cell, y, x, c);
		}
	}
}

void grid_draw_list(const struct view_context *ctx, const struct grid *g, struct canvas *c)
{
	struct widths w = {.prefix = 12};

	for (size_t i = 0; i < g->count; i++)
		widen(&w, ctx, grid_network(ctx, g, i));
	for (size_t i = 0; i < g->count; i++) {
		int y, x;
		if (!grid_place(g, i, &y, &x))
			continue;
		struct pen p = pen_at(c, ctx->charset, y, x + 1, g->cell_cols - 1);
		draw_line(&p, ctx, grid_network(ctx, g, i), &w);
		draw_match(c, (struct rect){.y = y, .x = x, .rows = 1, .cols = g->cell_cols}, ctx->filter);
	}
}

/* Two words on the cell under the cursor: a network, or the several that share it. */
void grid_draw_selection(const struct view_context *ctx, const struct grid *g, size_t at, int y, struct rect r,
			 struct canvas *c)
{
	size_t count, first = grid_cell(g, at, &count);
	const struct network *n = grid_network(ctx, g, at);
	struct pen p = pen_at(c, ctx->charset, y, r.x + 1, r.cols - 1);
	char from[PREFIX_TEXT_MAX], to[PREFIX_TEXT_MAX];

	if (!n)
		return;
	if (g->mode != GRID_PACKED || count < 2) {
		struct widths w = {0};
		widen(&w, ctx, n);
		draw_line(&p, ctx, n, &w);
		return;
	}
	unsigned by_state[NET_STATE_COUNT];
	const struct network *last = grid_network(ctx, g, first + count - 1);
	pen_textf(&p, ROLE_TEXT, "%zu network%s %s to %s  ", count, text_plural(count),
		  prefix_format(from, &grid_network(ctx, g, first)->v.prefix), prefix_format(to, &last->v.prefix));
	count_states(ctx, g, first, count, by_state);
	draw_counts(&p, by_state);
}

/* The cursor: the cell reversed, a mark in the margin of its row, and the hardware cursor there for screen readers. */
void grid_draw_cursor(const struct view_context *ctx, const struct grid *g, size_t at, struct canvas *c)
{
	int y, x;

	if (!grid_place(g, at, &y, &x))
		return;
	if (g->mode == GRID_LIST) {
		pane_select(c, ctx, (struct rect){.y = y, .x = x, .rows = 1, .cols = g->cell_cols});
		return;
	}
	canvas_flag(c, (struct rect){.y = y, .x = x, .rows = 1, .cols = 1}, CELL_SELECTED);
	canvas_put(c, y, g->room.x, glyph_mark(ctx->charset), ROLE_STRONG);
	c->cursor_y = y;
	c->cursor_x = g->room.x;
}
