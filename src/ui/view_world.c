/* The World view, for now a picker: every country of ISO 3166-1, what is watched first with its verdict. Enter opens
 * what is watched and watches what is not. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "draw.h"
#include "find.h"
#include "explain.h"
#include "table.h"
#include "ui_private.h"
#include "view_table.h"

enum { ROW_TERRITORY, ROW_COUNTRY };

struct world_state {
	struct table_state table;
};

/* The territory of a row that is watched, or NULL. */
static const struct territory *watched(const struct table_row *row)
{
	return row->kind == ROW_TERRITORY ? row->item : NULL;
}

static const char *code_of(const struct table_row *row)
{
	const struct country *country = row->item;

	return watched(row) ? watched(row)->spec.code : country->code;
}

static const char *name_of(const struct table_row *row)
{
	const struct country *country = row->item;

	return watched(row) ? watched(row)->name : country->name;
}

static uint8_t cell_code(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", code_of(row));
	return watched(row) ? ROLE_STRONG : ROLE_TEXT;
}

static uint8_t cell_name(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", name_of(row));
	return ROLE_TEXT;
}

static uint8_t cell_verdict(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct territory *t = watched(row);

	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", t ? verdict_name(t->verdict.kind) : "");
	return t ? draw_look_verdict(t->verdict.kind).role : ROLE_DIM;
}

static bool glyph_verdict(const struct view_context *ctx, const struct table_row *row, enum net_state *mood)
{
	const struct territory *t = watched(row);

	(void)ctx;
	if (t)
		*mood = draw_look_verdict(t->verdict.kind).mood;
	return t != NULL;
}

static uint8_t cell_tally(const struct tally *tally, char *dst)
{
	char up[DRAW_TEXT_MAX], total[DRAW_TEXT_MAX];

	if (tally->total == 0) {
		snprintf(dst, TABLE_CELL_MAX, "-");
		return ROLE_DIM;
	}
	/* where nothing is judged, nothing may read as "0 up" */
	bool judged = tally->unknown + tally->stale < tally->total;
	snprintf(dst, TABLE_CELL_MAX, "%s/%s", judged ? draw_count(up, tally->up) : "?",
		 draw_count(total, tally->total));
	return tally->up < tally->total ? ROLE_STRONG : ROLE_TEXT;
}

static uint8_t cell_v4(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	return watched(row) ? cell_tally(&watched(row)->routing.v4, dst) : ROLE_DIM;
}

static uint8_t cell_v6(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	return watched(row) ? cell_tally(&watched(row)->routing.v6, dst) : ROLE_DIM;
}

static uint8_t cell_loss(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	if (watched(row) && isnan(watched(row)->verdict.loss_pct))
		snprintf(dst, TABLE_CELL_MAX, "-");
	else if (watched(row))
		snprintf(dst, TABLE_CELL_MAX, "%.0f%%", watched(row)->verdict.loss_pct);
	return ROLE_TEXT;
}

static uint8_t cell_since(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	if (watched(row))
		draw_since(dst, watched(row)->verdict.since, ctx->now);
	return ROLE_DIM;
}

static uint8_t cell_region(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct country *country = watched(row) ? country_find(code_of(row)) : row->item;

	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", country && country->region ? country->region : "");
	return ROLE_DIM;
}

static uint8_t cell_text(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	if (watched(row))
		snprintf(dst, TABLE_CELL_MAX, "%s", watched(row)->verdict.text);
	return ROLE_DIM;
}

static int by_code(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(code_of(a), code_of(b));
}

static int by_name(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(name_of(a), name_of(b));
}

/* Worst first. */
static int by_loss(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	double x = watched(a) ? watched(a)->verdict.loss_pct : NAN, y = watched(b) ? watched(b)->verdict.loss_pct : NAN;

	(void)ctx;
	x = isnan(x) ? -1 : x;
	y = isnan(y) ? -1 : y;
	return (x < y) - (x > y);
}

static int by_region(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	char x[TABLE_CELL_MAX], y[TABLE_CELL_MAX];

	cell_region(ctx, a, x);
	cell_region(ctx, b, y);
	return strcmp(x, y);
}

static const struct column columns[] = {
	{.title = "code",
	 .help = "as on the command line",
	 .width = 5,
	 .worth = 80,
	 .cell = cell_code,
	 .compare = by_code},
	{.title = "name",
	 .help = "English short name",
	 .width = 26,
	 .worth = 90,
	 .cell = cell_name,
	 .compare = by_name},
	{.title = "verdict",
	 .help = "what happens there; empty: not watched",
	 .width = 12,
	 .worth = 70,
	 .state = true,
	 .cell = cell_verdict,
	 .glyph = glyph_verdict},
	{.title = "up v4",
	 .help = "IPv4 networks up of all",
	 .width = 11,
	 .align = COLUMN_RIGHT,
	 .worth = 60,
	 .cell = cell_v4},
	{.title = "up v6",
	 .help = "IPv6 networks up of all",
	 .width = 11,
	 .align = COLUMN_RIGHT,
	 .worth = 50,
	 .cell = cell_v6},
	{.title = "loss",
	 .help = "of its usual networks",
	 .width = 6,
	 .align = COLUMN_RIGHT,
	 .worth = 40,
	 .cell = cell_loss,
	 .compare = by_loss},
	{.title = "since", .help = "of the verdict, UTC", .width = 12, .worth = 30, .cell = cell_since},
	{.title = "region",
	 .help = "part of the world",
	 .width = 10,
	 .worth = 20,
	 .cell = cell_region,
	 .compare = by_region},
	{.title = "text",
	 .help = "the verdict's sentence",
	 .width = 24,
	 .flexible = true,
	 .worth = 10,
	 .cell = cell_text},
	{.title = NULL},
};

/* FNV-1a of the code: the same line in every frame, whether watched or not. */
static uint64_t id_of(const char *code)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *code; code++)
		h = (h ^ (unsigned char)*code) * UINT64_C(1099511628211);
	return h ? h : 1;
}

static void build(const struct world_state *s, const struct view_context *ctx, struct table *t)
{
	const struct model *m = ctx->model;
	const char *f = ctx->filter;

	*t = (struct table){0};
	for (size_t i = 0; i < m->territory_count; i++) {
		const struct territory *w = m->territories[i];
		if (f[0] && !text_contains(w->spec.code, f) && !text_contains(w->name, f) &&
		    !text_contains(verdict_name(w->verdict.kind), f) &&
		    !table_is_marked(&s->table, id_of(w->spec.code)))
			continue;
		table_add(t, id_of(w->spec.code), w, ROW_TERRITORY)->pinned = true;
	}
	for (size_t i = 0; i < country_count; i++) {
		const struct country *c = &countries[i];
		if (find_territory(m, c->code) ||
		    (f[0] && !text_contains(c->code, f) && !text_contains(c->name, f) && !text_contains(c->region, f) &&
		     !table_is_marked(&s->table, id_of(c->code))))
			continue;
		table_add(t, id_of(c->code), c, ROW_COUNTRY);
	}
	table_sort(t, &s->table, columns, ctx);
}

static void world_draw(const void *state, const struct view_context *ctx, struct canvas *c)
{
	const struct world_state *s = state;
	struct rect body = table_body(ctx->area);
	struct table t;
	char title[96];

	build(s, ctx, &t);
	if (body.y > ctx->area.y) {
		snprintf(title, sizeof(title), "World: %zu watched of %zu countries. Enter watches one.",
			 ctx->model->territory_count, country_count);
		draw_title(c, ctx->charset, ctx->area, title, ctx->focused);
	}
	table_draw(&t, &s->table, columns, ctx, body, "No country matches.", c);
	table_release(&t);
}

static unsigned open_row(const struct view_context *ctx, const struct table_row *row, struct ui *u)
{
	char words[MESSAGE_MAX];

	if (watched(row)) {
		ui_open_territory(u, ctx->model, code_of(row));
		return FX_REDRAW;
	}
	if (ctx->model->territory_count >= TERRITORY_MAX) {
		snprintf(words, sizeof(words), "%d territories are watched already: no more than that.", TERRITORY_MAX);
		ui_message(u, ctx->model, words);
		return FX_REDRAW;
	}
	ui_ask(u, code_of(row), 0);
	ui_open_territory(u, ctx->model, code_of(row));
	return FX_WATCH | FX_REDRAW;
}

static unsigned world_act(void *state, const struct view_context *ctx, enum action a, struct key k, struct ui *u)
{
	struct world_state *s = state;
	struct table t;
	unsigned fx = FX_NONE;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, &s->table);
	if (a == ACTION_ENTER && row)
		fx = open_row(ctx, row, u);
	else if (table_act(&t, &s->table, columns, ctx, table_body(ctx->area), a, k))
		fx = FX_REDRAW;
	table_release(&t);
	return fx;
}

static void world_why(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct world_state *s = state;
	struct table t;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, &s->table);
	if (row && watched(row)) {
		struct view_context there = *ctx;
		there.territory = watched(row);
		explain_territory(&there, out);
	} else if (row) {
		strbuf_addf(out, "# %s\n%s is not watched, so nothing is known of it. Enter watches it.\n",
			    code_of(row), name_of(row));
	}
	table_release(&t);
}

static void world_copy(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct world_state *s = state;
	struct table t;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, &s->table);
	if (row && watched(row))
		strbuf_adds(out, watched(row)->verdict.text);
	else if (row)
		strbuf_adds(out, code_of(row));
	table_release(&t);
}

const struct view_ops view_world = {
	.name = "world",
	.title = "World",
	.help = "Every country, what is watched first, with its verdict. Enter watches a country and opens it; on one "
		"that is watched it opens it.\n"
		"/ and a part of its name, code or region finds it; a marked line stays in the list whatever the "
		"filter says.",
	.key = '1',
	.state_size = sizeof(struct world_state),
	.columns = columns,
	.actions = TABLE_ACTIONS | ACTION_BIT(ACTION_ENTER) | ACTION_BIT(ACTION_WHY) | ACTION_BIT(ACTION_COPY),
	.act = world_act,
	.draw = world_draw,
	.why = world_why,
	.copy = world_copy,
};
