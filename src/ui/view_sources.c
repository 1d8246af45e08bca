/* The Sources view: how we know. Each feed's state, the age of its data, when it was asked and will be, what it cost,
 * and what went wrong in words; below that our own line, the canaries and the store. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "draw.h"
#include "table.h"
#include "ui_private.h"
#include "view_table.h"

struct sources_state {
	struct table_state table;
};

static const struct source_state *source_of(const struct table_row *row)
{
	return row->item;
}

static const char *title_of(const struct source_state *s)
{
	return s->title[0] ? s->title : s->name;
}

static uint8_t cell_name(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", title_of(source_of(row)));
	return ROLE_STRONG;
}

/* On a replay of some sources only, one that it does not have is neither off nor on its way. */
static bool is_absent(const struct view_context *ctx, const struct source_state *s)
{
	return s->state == FEED_OFF && ctx->model->excerpt;
}

static const char *state_word(const struct view_context *ctx, const struct source_state *s)
{
	return is_absent(ctx, s)                        ? "absent"
	       : s->state == FEED_OFF && s->needs_token ? "no token"
	       : s->state == FEED_NONE                  ? "starting"
							: feed_state_name(s->state);
}

static uint8_t cell_state(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	snprintf(dst, TABLE_CELL_MAX, "%s", state_word(ctx, source_of(row)));
	return draw_look_feed(source_of(row)->state).role;
}

static bool glyph_source(const struct view_context *ctx, const struct table_row *row, enum net_state *mood)
{
	(void)ctx;
	*mood = draw_look_feed(source_of(row)->state).mood;
	return true;
}

/* A stream's lag in seconds, rounded to what one would act on; else the age of the newest data. A lag says nothing of a
 * stream that is down. */
static uint8_t cell_lag(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct source_state *s = source_of(row);

	if (isnan(s->lag_s) || s->state == FEED_DOWN)
		draw_age(dst, wall_is_set(s->data_time) ? s->data_time : s->last_success, ctx->now);
	else if (s->lag_s < 10)
		snprintf(dst, TABLE_CELL_MAX, "<10s");
	else
		age_format(dst, (int64_t)(s->lag_s * 1000));
	return ROLE_TEXT;
}

static uint8_t cell_success(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	draw_age(dst, source_of(row)->last_success, ctx->now);
	return ROLE_TEXT;
}

static uint8_t cell_next(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	draw_until(dst, source_of(row)->next, ctx->now);
	return ROLE_DIM;
}

static uint8_t cell_bytes(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	draw_bytes(dst, source_of(row)->bytes);
	return ROLE_TEXT;
}

static uint8_t cell_calls(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	char calls[DRAW_TEXT_MAX], failures[DRAW_TEXT_MAX];
	const struct source_state *s = source_of(row);

	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s/%s", draw_count(calls, s->calls), draw_count(failures, s->failures));
	return s->failures > 0 ? ROLE_TEXT : ROLE_DIM;
}

static uint8_t cell_budget(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct source_state *s = source_of(row);

	(void)ctx;
	if (s->budget_max == 0)
		snprintf(dst, TABLE_CELL_MAX, "no limit");
	else
		snprintf(dst, TABLE_CELL_MAX, "%u/%u", s->budget_left, s->budget_max);
	return s->budget_max > 0 && s->budget_left == 0 ? ROLE_LATE : ROLE_DIM;
}

/* What the user can do if it is down for that, the error if there is one, else what it is doing. */
static uint8_t cell_words(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct source_state *s = source_of(row);

	(void)ctx;
	if (s->advice[0] && s->state == FEED_DOWN)
		snprintf(dst, TABLE_CELL_MAX, "%s", s->advice);
	else if (s->error[0])
		snprintf(dst, TABLE_CELL_MAX, "%s", s->error);
	else if (s->doing[0])
		snprintf(dst, TABLE_CELL_MAX, "%s", s->doing);
	else if (s->queued > 0)
		snprintf(dst, TABLE_CELL_MAX, "%u waiting", s->queued);
	else if (s->advice[0])
		snprintf(dst, TABLE_CELL_MAX, "%s", s->advice);
	return s->error[0] ? ROLE_FAILED : ROLE_DIM;
}

static int by_name(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(title_of(source_of(a)), title_of(source_of(b)));
}

static int by_state(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	static const int rank[FEED_STATE_COUNT] = {
		[FEED_DOWN] = 0, [FEED_LATE] = 1, [FEED_NONE] = 2, [FEED_OK] = 3, [FEED_OFF] = 4};

	(void)ctx;
	return rank[source_of(a)->state] - rank[source_of(b)->state];
}

static int by_bytes(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	uint64_t x = source_of(a)->bytes, y = source_of(b)->bytes;

	(void)ctx;
	return (x < y) - (x > y);
}

static const struct column columns[] = {
	{.title = "source", .help = "name", .width = 14, .worth = 90, .cell = cell_name, .compare = by_name},
	{.title = "state",
	 .help = "ok, late, down, off",
	 .width = 10,
	 .worth = 80,
	 .state = true,
	 .cell = cell_state,
	 .glyph = glyph_source,
	 .compare = by_state},
	{.title = "data",
	 .help = "a stream's lag; else the age of its newest data",
	 .width = 5,
	 .align = COLUMN_RIGHT,
	 .worth = 70,
	 .cell = cell_lag},
	{.title = "success",
	 .help = "time since the last good answer",
	 .width = 7,
	 .align = COLUMN_RIGHT,
	 .worth = 40,
	 .cell = cell_success},
	{.title = "next",
	 .help = "when it is asked again",
	 .width = 7,
	 .align = COLUMN_RIGHT,
	 .worth = 50,
	 .cell = cell_next},
	{.title = "bytes",
	 .help = "received, compressed",
	 .width = 7,
	 .align = COLUMN_RIGHT,
	 .worth = 20,
	 .cell = cell_bytes,
	 .compare = by_bytes},
	{.title = "calls/failed",
	 .help = "requests, and those without a good answer",
	 .width = 12,
	 .align = COLUMN_RIGHT,
	 .worth = 30,
	 .cell = cell_calls},
	{.title = "budget",
	 .help = "requests left of those allowed in an hour",
	 .width = 9,
	 .align = COLUMN_RIGHT,
	 .worth = 10,
	 .cell = cell_budget},
	{.title = "doing",
	 .help = "what it does now, or the last failure in words",
	 .width = 24,
	 .flexible = true,
	 .worth = 60,
	 .cell = cell_words},
	{.title = NULL},
};

static void build(const struct sources_state *s, const struct view_context *ctx, struct table *t)
{
	const char *f = ctx->filter;

	*t = (struct table){0};
	for (size_t i = 0; i < ctx->model->source_count; i++) {
		const struct source_state *src = &ctx->model->sources[i];
		if (!f[0] || text_contains(src->name, f) || text_contains(src->title, f) ||
		    text_contains(src->error, f) || text_contains(feed_state_name(src->state), f) ||
		    table_is_marked(&s->table, i + 1))
			table_add(t, i + 1, src, 0); /* sources keep their place while the program runs */
	}
	table_sort(t, &s->table, columns, ctx);
}

/* ---- below the table ---- */

static int rows_below(const struct view_context *ctx)
{
	int want = 3 + (int)ctx->model->self_test_count + (int)ctx->model->canary_count, room = ctx->area.rows - 4;

	if (ctx->model->excerpt)
		want = 2;

	return want < room ? want : room > 0 ? room : 0;
}

static struct rect table_area(const struct view_context *ctx)
{
	struct rect r = ctx->area;

	r.rows -= rows_below(ctx);
	return r;
}

static void draw_own_line(const struct view_context *ctx, struct pen *p)
{
	static const struct {
		enum net_state mood;
		uint8_t role;
		const char *words;
	} lines[] = {
		[LINE_UNKNOWN] = {NET_UNKNOWN, ROLE_UNKNOWN, "not known yet"},
		[LINE_OK] = {NET_UP, ROLE_OK, "ok"},
		[LINE_BLIND] = {NET_DOWN, ROLE_FAILED, "blind"},
	};
	const struct model *m = ctx->model;
	size_t up = 0;

	for (size_t i = 0; i < m->canary_count; i++)
		up += m->canaries[i].measured && m->canaries[i].reachable;
	pen_field(p, ROLE_TEXT, 14, "own line");
	pen_gap(p, 1);
	pen_state(p, (struct look_of){lines[m->own_line].mood, lines[m->own_line].role}, 16, lines[m->own_line].words);
	if (m->line_text[0])
		pen_text(p, m->own_line == LINE_BLIND ? ROLE_FAILED : ROLE_DIM, m->line_text);
	else if (m->canary_count > 0)
		pen_textf(p, ROLE_DIM, "%zu of %zu canaries answer", up, m->canary_count);
}

static void draw_store(const struct view_context *ctx, struct pen *p)
{
	const char *error = ctx->model->store_error;

	pen_field(p, ROLE_TEXT, 14, "store");
	pen_gap(p, 1);
	if (ctx->model->replay) {
		pen_state(p, draw_look_feed(FEED_OFF), 16, "off");
		pen_text(p, ROLE_DIM, "a replay stores nothing");
		return;
	}
	pen_state(p, draw_look_feed(error[0] ? FEED_DOWN : FEED_OK), 16, error[0] ? "not saved" : "ok");
	pen_text(p, ROLE_FAILED, error);
}

static void draw_self_test(const struct self_test *t, struct pen *p)
{
	char text[PREFIX_TEXT_MAX];
	static const char *const words[FEED_STATE_COUNT] = {
		[FEED_NONE] = "not known yet", [FEED_OK] = "awake", [FEED_LATE] = "slow", [FEED_DOWN] = "asleep"};

	pen_field(p, ROLE_TEXT, 14, "self-test");
	pen_gap(p, 1);
	pen_state(p, draw_look_feed(t->state), 16, words[t->state] ? words[t->state] : feed_state_name(t->state));
	const char *said = t->text; /* the label has said the first word */
	if (!strncmp(said, "self-test ", 10) || !strncmp(said, "self-test:", 10))
		said += 10 + (said[10] == ' ');
	bool wide = pen_left(p) >= 80; /* what was found comes before of what */
	pen_field(p, t->state == FEED_DOWN ? ROLE_FAILED : ROLE_DIM, wide ? 58 : pen_left(p), said);
	if (wide)
		pen_textf(p, ROLE_DIM, " %s", prefix_format(text, &t->prefix));
}

static void draw_canary(const struct view_context *ctx, const struct site *s, struct pen *p)
{
	enum net_state mood = !s->measured ? NET_UNKNOWN : s->reachable ? NET_UP : NET_DOWN;
	char age[DRAW_TEXT_MAX];

	pen_field(p, ROLE_DIM, 14, "canary");
	pen_gap(p, 1);
	pen_state(p, draw_look_net(mood), 40, !s->measured ? "not checked yet" : s->words);
	pen_field(p, ROLE_TEXT, 28, s->host[0] ? s->host : s->url);
	if (s->measured)
		pen_textf(p, ROLE_DIM, " %s", draw_age(age, s->checked, ctx->now));
}

static void draw_below(const struct view_context *ctx, struct canvas *c)
{
	int rows = rows_below(ctx), y = ctx->area.y + ctx->area.rows - rows;
	int beacons = (int)ctx->model->self_test_count;

	for (int i = 0; i < rows; i++, y++) {
		struct pen p = pen_at(c, ctx->charset, y, ctx->area.x + 1, ctx->area.cols - 1);
		if (i == 0)
			draw_title(c, ctx->charset,
				   (struct rect){.y = y, .x = ctx->area.x, .rows = 1, .cols = ctx->area.cols},
				   "This host", false);
		else if (ctx->model->excerpt)
			pen_text(&p, ROLE_DIM, "not in this replay; it fetches nothing and stores nothing");
		else if (i == 1)
			draw_own_line(ctx, &p);
		else if (i == 2)
			draw_store(ctx, &p);
		else if (i < 3 + beacons)
			draw_self_test(&ctx->model->self_tests[i - 3], &p);
		else
			draw_canary(ctx, &ctx->model->canaries[i - 3 - beacons], &p);
	}
}

/* ---- the view ---- */

static void sources_draw(const void *state, const struct view_context *ctx, struct canvas *c)
{
	const struct sources_state *s = state;
	struct table t;

	build(s, ctx, &t);
	table_draw(&t, &s->table, columns, ctx, table_area(ctx),
		   ctx->filter[0] ? "Nothing matches." : "No source is configured.", c);
	draw_below(ctx, c);
	table_release(&t);
}

static unsigned sources_act(void *state, const struct view_context *ctx, enum action a, struct key k, struct ui *u)
{
	struct sources_state *s = state;
	struct table t;

	if (a == ACTION_ENTER)
		return ui_why(u, ctx->model);
	build(s, ctx, &t);
	bool done = table_act(&t, &s->table, columns, ctx, table_area(ctx), a, k);
	table_release(&t);
	return done ? FX_REDRAW : FX_NONE;
}

static void add_time(struct strbuf *out, const char *what, struct wall t)
{
	char text[WALL_TEXT_MAX];

	strbuf_addf(out, "%-16s %s\n", what, wall_is_set(t) ? wall_format(text, t) : "-");
}

static void explain_source(const struct view_context *ctx, const struct source_state *s, struct strbuf *out)
{
	char n[DRAW_TEXT_MAX], n2[DRAW_TEXT_MAX];

	strbuf_addf(out, "# %s: %s\n", title_of(s), state_word(ctx, s));
	if (s->error[0])
		strbuf_addf(out, "%s\n", s->error);
	if (s->attribution[0])
		strbuf_addf(out, "%s\n", s->attribution);
	if (is_absent(ctx, s)) {
		strbuf_adds(out, "Nothing of it is in this replay: what it would have said is not known.\n");
		return;
	}
	strbuf_addf(out, "%-16s %s\n", "url", s->url[0] ? s->url : "-");
	strbuf_addf(out, "%-16s [source.%s]\n", "config", s->name);
	add_time(out, "newest data", s->data_time);
	add_time(out, "last success", s->last_success);
	add_time(out, "last try", s->last_try);
	add_time(out, "next try", s->next);
	if (wall_is_set(s->down_since))
		add_time(out, "down since", s->down_since);
	if (!isnan(s->lag_s))
		strbuf_addf(out, "%-16s %.1f s\n", "lag", s->lag_s);
	strbuf_addf(out, "%-16s %s, %s without a good answer\n", "requests", draw_count(n, s->calls),
		    draw_count(n2, s->failures));
	strbuf_addf(out, "%-16s %s\n", "received", draw_bytes(n, s->bytes));
	strbuf_addf(out, "%-16s %s, %s parts not understood\n", "messages", draw_count(n, s->messages),
		    draw_count(n2, s->skipped));
	strbuf_addf(out, "%-16s %u running, %u waiting\n", "transfers", s->active, s->queued);
	if (s->budget_max > 0)
		strbuf_addf(out, "%-16s %u of %u requests left in this hour\n", "budget", s->budget_left,
			    s->budget_max);
	if (s->advice[0])
		strbuf_addf(out, "%-16s %s\n", "to do", s->advice);
	if (s->needs_token)
		strbuf_addf(out,
			    "It needs a token, which never stands in the configuration itself: token_file (a file of yours, chmod "
			    "600) or token_env (a variable's name) in [source.%s], then r.\n",
			    s->name);
}

static void sources_why(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct sources_state *s = state;
	struct table t;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, &s->table);
	if (row)
		explain_source(ctx, source_of(row), out);
	table_release(&t);
}

static void sources_copy(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct sources_state *s = state;
	struct table t;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, &s->table);
	if (row && source_of(row)->error[0])
		strbuf_addf(out, "%s: %s", source_of(row)->name, source_of(row)->error);
	else if (row)
		strbuf_adds(out, source_of(row)->url);
	table_release(&t);
}

const struct view_ops view_sources = {
	.name = "sources",
	.title = "Sources",
	.help = "Where the data comes from and how fresh it is. A source that is not fresh cannot start, confirm or "
		"end anything; what it said "
		"last is kept, greyed, with its age.\n"
		"Below: whether this host itself is online (canaries in other countries), and whether events are being "
		"saved.\n"
		"Self-test: RIS beacons are announced and withdrawn every two hours by schedule. How many peers follow, and "
		"how fast, is the delay of everything seen here; when none does, the stream is asleep.\n"
		"Enter or w shows all of a source: address, attribution, times, counts.",
	.key = '5',
	.state_size = sizeof(struct sources_state),
	.columns = columns,
	.actions = TABLE_ACTIONS | ACTION_BIT(ACTION_ENTER) | ACTION_BIT(ACTION_WHY) | ACTION_BIT(ACTION_COPY),
	.act = sources_act,
	.draw = sources_draw,
	.why = sources_why,
	.copy = sources_copy,
};
