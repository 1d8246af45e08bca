/* The signals pane: one line a signal over one common time axis, so that they can be compared by eye.
 *
 * Routing comes first (networks up, from the judge), then every signal of every source as the model has it: a new
 * source needs nothing here. A signal in alarm has its state's glyph before its name, and where its detector has a line,
 * buckets below that line are marked. With rows to spare the sparklines grow to two lines. What others state is a line
 * of words at the end, dimmed where it does not count. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/key.h"
#include "draw.h"
#include "explain.h"
#include "pane.h"
#include "spark.h"

enum { ROWS_MAX = SIGNALS_MAX + 3, HEIGHT_MAX = 2, VALUE_COLS = 7, UNIT_COLS = 10, SHARE_COLS = 5, AGE_COLS = 5 };

struct row {
	const char *title, *unit, *source, *name;
	const struct series *series;
	double value, baseline, low;
	struct wall time;
	enum feed_state state;
	const struct signal *signal; /* NULL: the judge's own */
	const struct voice *said;    /* a line of words: what others state; NULL: a series */
};

/* Below which share of its baseline a signal of a class counts as low: IODA's warning lines (detection.md 1). */
static double low_of(unsigned class_bit)
{
	static const struct {
		unsigned class_bit;
		double low;
	} lows[] = {{CLASS_R, 0.99}, {CLASS_P, 0.80}, {CLASS_T, 0.50}, {CLASS_H, 0.75}};

	for (size_t i = 0; i < ARRAY_LEN(lows); i++)
		if (lows[i].class_bit == class_bit)
			return lows[i].low;
	return 0.80;
}

static void add_routing(struct row *rows, size_t *n, const char *title, const struct series *s,
			const struct tally *tally, double baseline)
{
	bool judged = tally->unknown + tally->stale < tally->total;

	if (!s || tally->total == 0)
		return;
	rows[(*n)++] = (struct row){
		.title = title,
		.unit = "networks",
		.source = "routing",
		.name = title,
		.series = s,
		.value = judged ? tally->up : NAN,
		.baseline = baseline,
		.low = low_of(CLASS_R),
		.time = WALL_NONE,
		.state = judged ? FEED_OK : FEED_NONE,
	};
}

/* Below which share of its baseline it is marked: its detector's line, or what is usual for its class. */
static double low_share(const struct signal *s)
{
	return isnan(s->line) || !(s->baseline > 0) ? low_of(s->class_bit) : s->line / s->baseline;
}

static void add_statement(const struct territory *t, struct row *rows, size_t *n)
{
	for (size_t i = 0; i < t->voice_count; i++)
		if (t->voices[i].class_bit == CLASS_X && t->voices[i].value_words[0])
			rows[(*n)++] = (struct row){
				.title = t->voices[i].title,
				.source = t->voices[i].source,
				.unit = "",
				.name = t->voices[i].name,
				.value = NAN,
				.baseline = NAN,
				.time = WALL_NONE,
				.said = &t->voices[i],
			};
}

/* Attacks have their own pane. A source that is off, and probes where there are none, have nothing to show, nor has what is
 * not in a replay: what is missing is named in the verdict. */
static bool is_hidden(const struct model *m, const struct signal *s)
{
	bool probes = !strncmp(s->name, "probes-", 7);

	return pane_is_attack(s) || (!wall_is_set(s->time) && (s->state == FEED_OFF || probes || m->excerpt));
}

static size_t collect(const struct view_context *ctx, struct row rows[ROWS_MAX])
{
	const struct territory *t = ctx->territory;
	size_t n = 0;

	add_routing(rows, &n, "networks IPv4", t->routing.up_v4, &t->routing.v4, t->routing.baseline_v4);
	add_routing(rows, &n, "networks IPv6", t->routing.up_v6, &t->routing.v6, t->routing.baseline_v6);
	for (size_t i = 0; i < t->signal_count && i < SIGNALS_MAX; i++) {
		const struct signal *s = &t->signals[i];
		if (is_hidden(ctx->model, s))
			continue;
		rows[n++] = (struct row){
			.title = s->title[0] ? s->title : s->name,
			.unit = s->unit,
			.source = s->source,
			.name = s->name,
			.series = &s->series,
			.value = s->value,
			.baseline = s->baseline,
			.low = low_share(s),
			.time = s->time,
			.state = s->state,
			.signal = s,
		};
	}
	add_statement(t, rows, &n);
	return n;
}

/* How the columns are shared out. */
struct widths {
	int title, numbers;
	bool unit, baseline;
	struct spark_axis axis;
};

static struct widths measure(const struct view_context *ctx, int cols)
{
	struct widths w = {.unit = cols >= 60, .baseline = cols >= 96};

	w.title = cols >= 60 ? 15 : cols >= 36 ? 13 : 8;
	w.numbers = cols >= 36 ? 1 + VALUE_COLS : 0;
	if (w.unit)
		w.numbers += 1 + UNIT_COLS + SHARE_COLS + AGE_COLS;
	if (w.baseline)
		w.numbers += 4 + VALUE_COLS;
	int room = cols - 1 - w.title - 1 - w.numbers;
	w.axis = spark_axis(ctx->now, ctx->history_h, room);
	int spare = room - w.axis.buckets; /* the title takes what the axis does not need */
	w.title += spare < 0 ? 0 : spare > 12 ? 12 : spare;
	return w;
}

static const char *state_word(enum feed_state s)
{
	return s == FEED_NONE ? "none" : feed_state_name(s);
}

/* Too little data to alarm on, as its source says: without a colour that does. */
static bool is_weak(const struct row *row)
{
	return row->signal && row->signal->weak;
}

static uint8_t value_role(const struct row *row)
{
	if (row->state != FEED_OK)
		return ROLE_STALE;
	if (is_weak(row))
		return ROLE_DIM;
	if (row->value <= 0 && row->baseline > 0)
		return ROLE_SPARK_ZERO;
	return row->value < row->low * row->baseline ? ROLE_SPARK_LOW : ROLE_TEXT;
}

/* What its alarm looks like; mood NET_UNKNOWN: there is none. */
static struct look_of alarm_look(const struct row *row)
{
	struct look_of none = {.mood = NET_UNKNOWN};
	enum voice_says says = row->said ? row->said->says : row->signal ? row->signal->says : VOICE_NO_DATA;

	if (says == VOICE_CRITICAL)
		return draw_look_net(NET_DOWN);
	return says == VOICE_WARNING || says == VOICE_SURGE ? draw_look_net(NET_DEGRADED) : none;
}

static void draw_name(const struct row *row, const struct widths *w, struct pen *p)
{
	struct look_of look = alarm_look(row);

	if (look.mood == NET_UNKNOWN) {
		pen_field(p, row->state == FEED_OK && !is_weak(row) ? ROLE_TEXT : ROLE_DIM, w->title, row->title);
		return;
	}
	pen_state(p, look, w->title, row->title);
}

static void draw_numbers(const struct view_context *ctx, const struct row *row, const struct widths *w, struct pen *p)
{
	char text[DRAW_TEXT_MAX];
	bool ok = row->state == FEED_OK;

	pen_gap(p, 1);
	pen_field_right(p, value_role(row), VALUE_COLS, draw_value(text, row->value));
	if (w->baseline) {
		bool known = !isnan(row->baseline);
		pen_field(p, ROLE_DIM, 4, known ? " of " : "");
		pen_field(p, ROLE_DIM, VALUE_COLS, known ? draw_value(text, row->baseline) : "");
	}
	if (!w->unit)
		return;
	pen_gap(p, 1);
	pen_field(p, ROLE_DIM, UNIT_COLS, row->unit);
	if (!ok) {
		pen_field_right(p, draw_look_feed(row->state).role, SHARE_COLS, state_word(row->state));
	} else {
		double share = 100 * row->value / row->baseline;
		snprintf(text, sizeof(text), share < 1000 ? "%.0f%%" : ">999%%", share);
		pen_field_right(p, value_role(row) == ROLE_TEXT ? ROLE_DIM : value_role(row), SHARE_COLS,
				isfinite(share) ? text : "");
	}
	pen_field_right(p, ROLE_DIM, AGE_COLS, row->signal ? draw_age(text, row->time, ctx->now) : "");
}

static int height_of(struct rect body, size_t count)
{
	int height = count > 0 ? body.rows / (int)count : 1;

	return height < 1 ? 1 : height > HEIGHT_MAX ? HEIGHT_MAX : height;
}

static void draw_row(const struct view_context *ctx, const struct row *row, const struct widths *w, struct rect line,
		     struct canvas *c)
{
	int base = line.y + line.rows - 1;
	struct pen p = pen_at(c, ctx->charset, base, line.x + 1, line.cols - 1);

	draw_name(row, w, &p);
	pen_gap(&p, 1);
	if (row->said) {
		pen_text(&p, row->said->says == VOICE_CRITICAL ? ROLE_TEXT : ROLE_DIM, row->said->value_words);
		return;
	}
	if (is_weak(row))
		spark_draw_peaks(row->series, &w->axis, c, line.y, p.x, line.rows, ctx->charset);
	else
		spark_draw(row->series, &w->axis, row->baseline, row->low, c, line.y, p.x, line.rows, ctx->charset);
	pen_gap(&p, w->axis.buckets);
	draw_numbers(ctx, row, w, &p);
}

static void signals_draw(const struct pane_state *s, const struct view_context *ctx, struct rect r, bool focused,
			 struct canvas *c)
{
	struct row rows[ROWS_MAX];
	size_t count = collect(ctx, rows);
	struct rect body = pane_body(r);
	struct widths w = measure(ctx, r.cols);
	int height = height_of(body, count);
	size_t page = (size_t)(body.rows / height), top = list_top(&s->list, count, page);
	char title[48];

	if (r.rows >= 2) {
		snprintf(title, sizeof(title), "Signals %uh", ctx->history_h);
		int end = draw_title(c, ctx->charset, (struct rect){.y = r.y, .x = r.x, .rows = 1, .cols = r.cols},
				     title, focused);
		if (end <= r.x + 2 + w.title)
			spark_draw_axis(&w.axis, c, r.y, r.x + 2 + w.title, ctx->charset);
	}
	for (size_t i = 0; i < page && top + i < count; i++) {
		struct rect line = {.y = body.y + (int)i * height, .x = r.x, .rows = height, .cols = r.cols};
		struct rect name = {.y = line.y + height - 1, .x = r.x, .rows = 1, .cols = w.title + 1};
		draw_row(ctx, &rows[top + i], &w, line, c);
		draw_match(c, name, ctx->filter);
		if (focused && top + i == list_at(&s->list, count))
			pane_select(c, ctx, name);
	}
	pane_more(c, ctx, r, top, page, count);
}

static int signals_want(const struct view_context *ctx, int cols, int rows)
{
	struct row list[ROWS_MAX];
	size_t count = collect(ctx, list);

	(void)cols, (void)rows;
	return count > 0 ? 1 + (int)count : 0;
}

static bool signals_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a,
			struct key k)
{
	struct row rows[ROWS_MAX];
	size_t count = collect(ctx, rows);
	struct rect body = pane_body(r);

	k.y = body.y + (k.y - body.y) / height_of(body, count);
	return pane_list_act(s, count, r, a, k);
}

static void signals_why(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	struct row rows[ROWS_MAX];
	size_t count = collect(ctx, rows);
	char value[DRAW_TEXT_MAX], baseline[DRAW_TEXT_MAX], when[WALL_TEXT_MAX], age[DURATION_TEXT_MAX];

	if (count == 0)
		return;
	const struct row *row = &rows[list_at(&s->list, count)];
	if (row->said) {
		explain_voice(ctx, row->said, out);
		return;
	}
	strbuf_addf(out, "# %s (%s)\n", row->title, row->source);
	strbuf_addf(out, "Value %s %s", draw_value(value, row->value), row->unit);
	if (wall_is_set(row->time))
		strbuf_addf(out, " at %s, %s ago", wall_format(when, row->time),
			    duration_format(age, ctx->now.ms - row->time.ms));
	strbuf_addf(out, ".\nUsual level %s.\n",
		    isnan(row->baseline) ? "not known" : draw_value(baseline, row->baseline));
	strbuf_addf(out, "Below %.0f%% of it a bucket is marked as low. Each column is the lowest value of its time.\n",
		    100 * row->low);
	if (!row->signal) {
		strbuf_adds(out, "Routing: networks with a route at most full-feed peers, judged here.\n");
		return;
	}
	strbuf_addf(out, "State %s. ", feed_state_name(row->state));
	if (row->signal->step_ms > 0)
		strbuf_addf(out, "One value each %s, usually ", duration_format(age, row->signal->step_ms));
	if (row->signal->step_ms > 0)
		strbuf_addf(out, "%s late. ", duration_format(age, row->signal->delay_ms));
	if (row->signal->class_bit)
		strbuf_addf(out, "Class %c, %s.", class_letter(row->signal->class_bit),
			    class_word(row->signal->class_bit));
	strbuf_adds(out, "\n");
	if (is_weak(row))
		strbuf_adds(out, "Too little data here for its source itself to be sure: shown, and without a vote.\n");
	for (size_t i = 0; i < ctx->territory->voice_count; i++) {
		const struct voice *v = &ctx->territory->voices[i];
		if (!strcmp(v->source, row->source) && !strncmp(v->name, row->name, strlen(v->name)))
			explain_voice(ctx, v, out);
	}
	explain_voices(ctx, out);
}

static void signals_copy(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	struct row rows[ROWS_MAX];
	size_t count = collect(ctx, rows);
	char value[DRAW_TEXT_MAX], when[WALL_TEXT_MAX];

	if (count == 0)
		return;
	const struct row *row = &rows[list_at(&s->list, count)];
	strbuf_addf(out, "%s %s: %s %s %s", ctx->territory->spec.code, row->title, draw_value(value, row->value),
		    row->unit, wall_format(when, wall_is_set(row->time) ? row->time : ctx->now));
}

const struct pane_ops pane_signals = {
	.name = "signals",
	.want = signals_want,
	.draw = signals_draw,
	.act = signals_act,
	.why = signals_why,
	.copy = signals_copy,
};
