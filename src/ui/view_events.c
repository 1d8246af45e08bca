/* The Events view: every outage with its life, and behind Tab the log itself, each change as it happened.
 *
 * Outages: one line each; those of networks and operators are folded under the outage of their territory. What was only
 * suspected or was dismissed is not in the default list (detection.md 7): `a` shows it too. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/key.h"
#include "draw.h"
#include "event_columns.h"
#include "explain.h"
#include "find.h"
#include "table.h"
#include "ui_private.h"
#include "view_table.h"

enum { UNFOLDED_MAX = 64 };

struct events_state {
	struct table_state events, log;
	bool show_log, all;
	uint32_t unfolded[UNFOLDED_MAX]; /* ids of parents; 0: free */
};

/* ---- building the lists ---- */

static const struct event *event_of(const struct table_row *row)
{
	return row->item;
}

static const struct log_line *line_of(const struct table_row *row)
{
	return row->item;
}

static bool is_unfolded(const struct events_state *s, uint32_t id)
{
	for (size_t i = 0; i < UNFOLDED_MAX; i++)
		if (s->unfolded[i] == id)
			return true;
	return false;
}

static bool event_matches(const struct view_context *ctx, const struct event *ev)
{
	const char *f = ctx->filter;
	char text[TABLE_CELL_MAX], start[WALL_TEXT_MAX];

	if (!f[0] || text_contains(ev->subject, f) || text_contains(ev->territory, f) ||
	    text_contains(verdict_name(ev->kind), f) || text_contains(event_state_name(ev->state), f) ||
	    text_contains(wall_format(start, ev->start), f))
		return true;
	event_sentence(ev, ctx->now, text, sizeof(text));
	return text_contains(text, f);
}

static bool event_shown(const struct events_state *s, const struct view_context *ctx, const struct event *ev)
{
	if (table_is_marked(&s->events, ev->id))
		return true;
	bool counted = ev->state != EVENT_SUSPECTED && ev->state != EVENT_DISMISSED;
	return (counted || s->all) && event_matches(ctx, ev);
}

/* The line of an event among lines in descending order of id. */
static struct table_row *row_of(const struct table *t, uint32_t id)
{
	size_t lo = 0, hi = t->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (t->rows[mid].id == id)
			return &t->rows[mid];
		if (t->rows[mid].id > id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/* Put the children of unfolded parents behind them. */
static void unfold(struct table *t, const struct table *children)
{
	struct table out = {0};

	for (size_t i = 0; i < t->count; i++) {
		const struct table_row *parent = &t->rows[i];
		*table_add(&out, 0, NULL, 0) = *parent;
		for (size_t c = 0; parent->unfolded && c < children->count; c++) {
			struct table_row child = children->rows[c];
			if (child.kind != parent->id)
				continue;
			child.depth = 1;
			*table_add(&out, 0, NULL, 0) = child;
		}
	}
	table_release(t);
	*t = out;
}

static void build_events(const struct events_state *s, const struct view_context *ctx, struct table *t)
{
	struct table children = {0};
	const struct event_book *book = &ctx->model->book;

	for (size_t i = book->count; i-- > 0;) { /* newest first */
		const struct event *ev = book->events[i];
		if (!event_shown(s, ctx, ev))
			continue;
		const struct event *root = event_folded_under(book, ev);
		/* a filter shows what matches wherever it is; otherwise it hides behind its parent, if that one is
		 * shown itself */
		bool child = !ctx->filter[0] && root && event_shown(s, ctx, root);
		struct table_row *row = table_add(child ? &children : t, ev->id, ev, child ? root->id : 0);
		row->unfolded = is_unfolded(s, ev->id);
	}
	for (size_t c = 0; c < children.count; c++) {
		struct table_row *parent = row_of(t, children.rows[c].kind);
		if (parent)
			parent->children++;
	}
	table_sort(t, &s->events, event_columns, ctx);
	unfold(t, &children);
	table_release(&children);
}

static void build_log(const struct events_state *s, const struct view_context *ctx, struct table *t)
{
	const struct log_line *l;
	const char *f = ctx->filter;

	for (size_t back = 0; (l = event_log_at(&ctx->model->book, back)) != NULL; back++) {
		bool match = !f[0] || text_contains(l->text, f) || text_contains(l->subject, f) ||
			     text_contains(l->territory, f) ||
			     (l->event_id && text_contains(event_state_name(l->to), f));
		if (((l->shown || s->all) && match) || table_is_marked(&s->log, l->number))
			table_add(t, l->number, l, 0);
	}
	table_sort(t, &s->log, log_columns, ctx);
}

static void build(const struct events_state *s, const struct view_context *ctx, struct table *t)
{
	*t = (struct table){0};
	if (s->show_log)
		build_log(s, ctx, t);
	else
		build_events(s, ctx, t);
}

/* ---- the view ---- */

static void events_draw(const void *state, const struct view_context *ctx, struct canvas *c)
{
	const struct events_state *s = state;
	struct table t;
	struct rect body = table_body(ctx->area);
	char title[96], lines[DRAW_TEXT_MAX];

	build(s, ctx, &t);
	if (body.y > ctx->area.y) {
		snprintf(title, sizeof(title), "%s: %s%s", s->show_log ? "Log, each change" : "Outages",
			 draw_count(lines, t.count), s->all ? ", also suspected and dismissed" : "");
		draw_title(c, ctx->charset, ctx->area, title, ctx->focused);
	}
	table_draw(&t, s->show_log ? &s->log : &s->events, s->show_log ? log_columns : event_columns, ctx, body,
		   ctx->filter[0] ? "Nothing matches." : "No event yet.", c);
	table_release(&t);
}

static unsigned set_unfolded(struct events_state *s, const struct table_row *row, bool unfolded)
{
	uint32_t id = row->depth > 0 ? row->kind : event_of(row)->id;

	for (size_t i = 0; i < UNFOLDED_MAX; i++)
		if (s->unfolded[i] == id)
			s->unfolded[i] = 0;
	for (size_t i = 0; unfolded && i < UNFOLDED_MAX; i++) {
		if (s->unfolded[i] == 0) {
			s->unfolded[i] = id;
			break;
		}
	}
	if (!unfolded)
		s->events.selected = id; /* the cursor goes to what stays */
	return FX_REDRAW;
}

static uint32_t event_id_of(const struct events_state *s, const struct table_row *row)
{
	return !row ? 0 : s->show_log ? line_of(row)->event_id : event_of(row)->id;
}

static unsigned events_act(void *state, const struct view_context *ctx, enum action a, struct key k, struct ui *u)
{
	struct events_state *s = state;
	struct table_state *ts = s->show_log ? &s->log : &s->events;
	struct table t;
	unsigned fx = FX_NONE;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, ts);
	const struct event *ev = find_event(ctx->model, event_id_of(s, row));
	if (a == ACTION_NEXT_PANE || a == ACTION_PREV_PANE) {
		s->show_log = !s->show_log;
		fx = FX_REDRAW;
	} else if (a == ACTION_ALL) {
		s->all = !s->all;
		fx = FX_REDRAW;
	} else if (a == ACTION_ENTER) {
		fx = ui_why(u, ctx->model);
	} else if (a == ACTION_EXPORT) {
		ui_ask(u, "", ev ? ev->seq : 0);
		fx = FX_EXPORT;
	} else if (a == ACTION_LEFT || a == ACTION_RIGHT) {
		if (row && !s->show_log && (row->children > 0 || row->depth > 0))
			fx = set_unfolded(s, row, a == ACTION_RIGHT);
	} else if (table_act(&t, ts, s->show_log ? log_columns : event_columns, ctx, table_body(ctx->area), a, k)) {
		fx = FX_REDRAW;
	}
	table_release(&t);
	return fx;
}

static void events_why(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct events_state *s = state;
	struct table t;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, s->show_log ? &s->log : &s->events);
	const struct event *ev = find_event(ctx->model, event_id_of(s, row));
	if (row && s->show_log)
		strbuf_addf(out, "%s\n", line_of(row)->text);
	if (ev)
		explain_event(ctx, ev->id, ev->subject, out);
	table_release(&t);
}

static void events_copy(const void *state, const struct view_context *ctx, struct strbuf *out)
{
	const struct events_state *s = state;
	struct table t;

	build(s, ctx, &t);
	const struct table_row *row = table_selected(&t, s->show_log ? &s->log : &s->events);
	if (row && s->show_log)
		strbuf_adds(out, line_of(row)->text);
	else if (row)
		event_text(event_of(row), ctx->now, out);
	table_release(&t);
}

const struct view_ops view_events = {
	.name = "events",
	.title = "Events",
	.help = "Outages and restorations of everything that is watched, newest first. Tab goes to the log, each "
		"change as it happened, and back.\n"
		"Outages of networks and operators are folded under that of their territory (+) once it is confirmed, "
		"those of networks under their operator's before: Right unfolds, Left folds.\n"
		"Enter or w shows the evidence. A time with ~ is known to more than five minutes only.",
	.key = '4',
	.state_size = sizeof(struct events_state),
	.columns = event_columns,
	.actions = TABLE_ACTIONS | ACTION_BIT(ACTION_LEFT) | ACTION_BIT(ACTION_RIGHT) | ACTION_BIT(ACTION_NEXT_PANE) |
		   ACTION_BIT(ACTION_PREV_PANE) | ACTION_BIT(ACTION_ENTER) | ACTION_BIT(ACTION_WHY) |
		   ACTION_BIT(ACTION_EXPORT) | ACTION_BIT(ACTION_COPY) | ACTION_BIT(ACTION_ALL),
	.act = events_act,
	.draw = events_draw,
	.why = events_why,
	.copy = events_copy,
};
