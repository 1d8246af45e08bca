/* The attacks pane: activity of attacks on a country's networks, as far as Cloudflare absorbed it for its customers.
 *
 * In 2014 the peak of the attacks came two days before the blackout, and was told as its cause. So they stand beside
 * reachability and never in it: an axis of their own (a week), a title that says what they are not, no colour of alarm,
 * no share in any verdict. Without a token there is one dim line, and only where there is room to spare. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/territory.h"
#include "draw.h"
#include "pane.h"
#include "spark.h"

enum { SPAN_H = 7 * 24, HEIGHT = 2, ROOM_FOR_ADVICE = 40 };

bool pane_is_attack(const struct signal *s)
{
	return !strncmp(s->name, "attacks-", 8);
}

static const struct signal *attacks_of(const struct territory *t)
{
	for (size_t i = 0; i < t->signal_count; i++)
		if (pane_is_attack(&t->signals[i]) && wall_is_set(t->signals[i].time))
			return &t->signals[i];
	return NULL;
}

static const struct source_state *source_of(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->source_count; i++)
		if (!strcmp(m->sources[i].name, name))
			return &m->sources[i];
	return NULL;
}

/* The source that would know, when it has no token. */
static const struct source_state *without_token(const struct view_context *ctx)
{
	const struct source_state *s = source_of(ctx->model, "radar");

	return ctx->territory->spec.kind == TERRITORY_COUNTRY && s && s->needs_token ? s : NULL;
}

/* The highest of the week; NAN: none. */
static double peak_of(const struct signal *s, struct wall now, struct wall *when)
{
	double peak = NAN;

	*when = WALL_NONE;
	for (size_t i = 0; i < s->series.count; i++) {
		struct wall t = {(s->series.first + (int64_t)i) * s->series.step_ms};
		double v = series_at(&s->series, t);
		if (isnan(v) || t.ms < now.ms - SPAN_H * INT64_C(3600000) || (!isnan(peak) && v <= peak))
			continue;
		peak = v;
		*when = t;
	}
	return peak;
}

/* "20:00: 25% of the week's peak (21 Nov 17:00)" */
static void latest_words(const struct view_context *ctx, const struct signal *s, char *dst, size_t cap)
{
	char at[WALL_TEXT_MAX], top[WALL_TEXT_MAX];
	struct wall when;
	double peak = peak_of(s, ctx->now, &when);

	dst[0] = '\0';
	if (!(peak > 0) || isnan(s->value))
		return;
	snprintf(dst, cap, "%.20s: %.0f%% of the week's peak (%.20s)", draw_since(at, s->time, ctx->now),
		 100 * s->value / peak, wall_format_day_hm(top, when));
}

static int attacks_want(const struct view_context *ctx, int cols, int rows)
{
	(void)cols;
	if (attacks_of(ctx->territory))
		return 1 + HEIGHT + 1;
	return rows >= ROOM_FOR_ADVICE && without_token(ctx) ? 1 : 0;
}

static void draw_advice(const struct view_context *ctx, struct rect r, bool focused, struct canvas *c)
{
	const struct source_state *s = without_token(ctx);
	struct pen p = pen_at(c, ctx->charset, r.y, r.x, r.cols);

	pen_put(&p, focused ? '>' : ' ', ROLE_DIM);

	if (s)
		pen_textf(&p, ROLE_DIM, "Attacks: not shown. %s: no token (%s)", s->title, s->advice);
}

static void attacks_draw(const struct pane_state *state, const struct view_context *ctx, struct rect r, bool focused,
			 struct canvas *c)
{
	const struct signal *s = attacks_of(ctx->territory);
	struct rect head = {.y = r.y, .x = r.x, .rows = 1, .cols = r.cols};
	char words[96];

	(void)state;
	if (!s) {
		draw_advice(ctx, r, focused, c);
		return;
	}
	const char *title = r.cols >= 56 ? "Attacks absorbed by Cloudflare, 7 days: not a cause" : "Attacks absorbed, 7d: not a cause";
	int end = draw_title(c, ctx->charset, head, title, focused);
	latest_words(ctx, s, words, sizeof(words));
	if ((int)text_width(words) + 4 < r.x + r.cols - end)
		canvas_text_right(c, r.y, r.x + r.cols - 2, (int)text_width(words) + 2, ROLE_DIM, words);
	struct spark_axis axis = spark_axis(ctx->now, SPAN_H, r.cols - 2);
	bool foot = r.rows >= 3;
	int lines = r.rows - 1 - foot < HEIGHT ? r.rows - 1 - foot : HEIGHT;
	spark_draw_peaks(&s->series, &axis, c, r.y + 1, r.x + 1, lines, ctx->charset);
	if (foot)
		spark_draw_axis(&axis, c, r.y + 1 + lines, r.x + 1, ctx->charset);
}

static bool attacks_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a, struct key k)
{
	(void)s, (void)ctx, (void)r, (void)a, (void)k;
	return false;
}

static void attacks_why(const struct pane_state *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct signal *s = attacks_of(ctx->territory);
	const struct source_state *source = source_of(ctx->model, s ? s->source : "radar");
	char words[96];

	(void)state;
	strbuf_adds(out, "# Attacks absorbed by Cloudflare\n");
	if (s) {
		latest_words(ctx, s, words, sizeof(words));
		strbuf_addf(out, "%s%s", words, *words ? ".\n" : "");
	} else if (source && source->needs_token) {
		strbuf_addf(out, "%s has no token: %s, then press r.\n", source->title, source->advice);
	}
	strbuf_adds(out, "Traffic of attacks on layers 3 and 4 that Cloudflare took in for its customers in this country, by the "
			 "hour, as a share of the highest hour; each column is the highest of its time.\n"
			 "Attacks on networks that are not behind Cloudflare are not seen here, and no amount is published.\n"
			 "Shown beside reachability, not as its cause: that two things happen at one time does not say that "
			 "one made the other. It has no part in any verdict, event or alarm.\n");
	if (source && source->attribution[0])
		strbuf_addf(out, "%s\n", source->attribution);
}

static void attacks_copy(const struct pane_state *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct signal *s = attacks_of(ctx->territory);
	char words[96] = "";

	(void)state;
	if (s)
		latest_words(ctx, s, words, sizeof(words));
	if (*words)
		strbuf_addf(out, "%s attacks absorbed by Cloudflare: %s", ctx->territory->spec.code, words);
}

const struct pane_ops pane_attacks = {
	.name = "attacks",
	.want = attacks_want,
	.draw = attacks_draw,
	.act = attacks_act,
	.why = attacks_why,
	.copy = attacks_copy,
};
