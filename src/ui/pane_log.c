/* The tail of the event log: what happened here, newest first. With a single row it shows the last event alone. */
#include <stdio.h>
#include <string.h>

#include "draw.h"
#include "explain.h"
#include "find.h"
#include "pane.h"

enum { TAIL_MAX = 200 };

/* Lines of this territory and about ourselves. Suspected and dismissed ones stay out of the default log, and those that are
 * told under the territory's own (core/event.h, folding): the Events view unfolds them. */
static bool belongs(const struct view_context *ctx, const struct log_line *l)
{
	if (!l->shown || (l->territory[0] && strcmp(l->territory, ctx->territory->spec.code) != 0))
		return false;
	return !event_line_is_folded(&ctx->model->book, l);
}

static size_t collect(const struct view_context *ctx, const struct log_line *lines[TAIL_MAX])
{
	const struct log_line *l;
	size_t n = 0;

	for (size_t back = 0; n < TAIL_MAX && (l = event_log_at(&ctx->model->book, back)) != NULL; back++)
		if (belongs(ctx, l))
			lines[n++] = l;
	return n;
}

/* The cursor stays on its line when new ones come above it; on the newest it stays on the newest. */
static struct list resolve(const struct pane_state *s, const struct log_line *const *lines, size_t count)
{
	struct list l = s->list;

	for (size_t i = 0; s->id && i < count; i++) {
		if (lines[i]->number == s->id) {
			l.at = i;
			return l;
		}
	}
	l.at = s->id ? list_at(&l, count) : 0;
	return l;
}

static void draw_line(const struct view_context *ctx, const struct log_line *l, struct rect line, struct canvas *c)
{
	struct pen p = pen_at(c, ctx->charset, line.y, line.x + 1, line.cols - 1);
	char text[WALL_TEXT_MAX];
	struct look_of look = draw_look_event(l->to);

	if (line.cols >= 60)
		pen_field(&p, ROLE_DIM, 12, wall_format_day_hm(text, l->time));
	else
		pen_field(&p, ROLE_DIM, 5, wall_format_hm(text, l->time));
	pen_gap(&p, 1);
	if (l->event_id)
		pen_put(&p, glyph_state(ctx->charset, look.mood), look.role);
	else
		pen_gap(&p, 1); /* a line about a source or about ourselves has no state */
	pen_gap(&p, 1);
	if (line.cols >= 100 && l->seq)
		pen_textf(&p, ROLE_DIM, "#%llu ", (unsigned long long)l->seq);
	if (l->late)
		pen_text(&p, ROLE_DIM, "(late) ");
	pen_text(&p, l->event_id ? ROLE_TEXT : ROLE_DIM, l->text);
}

static void log_draw(const struct pane_state *s, const struct view_context *ctx, struct rect r, bool focused,
		     struct canvas *c)
{
	const struct log_line *lines[TAIL_MAX];
	size_t count = collect(ctx, lines);
	struct list l = resolve(s, lines, count);
	struct rect body = pane_body(r);
	size_t page = (size_t)body.rows, top = list_top(&l, count, page);

	if (r.rows >= 2)
		draw_title(c, ctx->charset, r, "Log", focused);
	if (count == 0) {
		struct pen p = pen_at(c, ctx->charset, body.y, body.x + 1, body.cols - 1);
		pen_text(&p, ROLE_DIM, "No event yet.");
	}
	for (size_t i = 0; i < page && top + i < count; i++) {
		struct rect line = {.y = body.y + (int)i, .x = r.x, .rows = 1, .cols = r.cols};
		draw_line(ctx, lines[top + i], line, c);
		draw_match(c, line, ctx->filter);
		if (focused && top + i == list_at(&l, count))
			pane_select(c, ctx, line);
	}
	pane_more(c, ctx, r, top, page, count);
}

static int log_want(const struct view_context *ctx, int cols, int rows)
{
	const struct log_line *lines[TAIL_MAX];
	size_t count = collect(ctx, lines);

	(void)cols, (void)rows;
	return 1 + (count > 0 ? (int)count : 1);
}

static bool log_act(struct pane_state *s, const struct view_context *ctx, struct rect r, enum action a, struct key k)
{
	const struct log_line *lines[TAIL_MAX];
	size_t count = collect(ctx, lines);

	s->list = resolve(s, lines, count);
	if (!pane_list_act(s, count, r, a, k))
		return false;
	size_t at = list_at(&s->list, count);
	s->id = at > 0 ? lines[at]->number : 0;
	return true;
}

static const struct log_line *chosen(const struct pane_state *s, const struct view_context *ctx)
{
	const struct log_line *lines[TAIL_MAX];
	size_t count = collect(ctx, lines);
	struct list l = resolve(s, lines, count);

	return count > 0 ? lines[list_at(&l, count)] : NULL;
}

static void log_why(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct log_line *l = chosen(s, ctx);
	char when[WALL_TEXT_MAX];

	if (!l)
		return;
	strbuf_addf(out, "%s\nHappened %s", l->text, wall_format(when, l->time));
	strbuf_addf(out, ", concluded %s.\n", wall_format(when, l->logged));
	if (l->missing[0])
		strbuf_addf(out, "Without data at that time: %s.\n", l->missing);
	explain_event(ctx, l->event_id, l->subject, out);
	if (l->event_id && !find_event(ctx->model, l->event_id))
		strbuf_adds(out, "The event itself is not in memory any more.\n");
}

static void log_copy(const struct pane_state *s, const struct view_context *ctx, struct strbuf *out)
{
	const struct log_line *l = chosen(s, ctx);

	if (l)
		strbuf_adds(out, l->text);
}

static uint32_t log_event(const struct pane_state *s, const struct view_context *ctx)
{
	const struct log_line *l = chosen(s, ctx);

	return l ? l->event_id : 0;
}

const struct pane_ops pane_log = {
	.name = "log",
	.want = log_want,
	.draw = log_draw,
	.act = log_act,
	.why = log_why,
	.copy = log_copy,
	.event = log_event,
};
