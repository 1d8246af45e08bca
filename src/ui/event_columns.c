/* The columns of the two tables of the Events view: see event_columns.h. Natural order is what one looks for first: the
 * newest, the longest, the largest loss. */
#include "event_columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

/* ---- cells of an outage ---- */

static const struct event *event_of(const struct table_row *row)
{
	return row->item;
}

static uint8_t cell_changed(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	wall_format_day_hm(dst, event_of(row)->changed);
	return ROLE_DIM;
}

static uint8_t cell_seq(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct event *ev = event_of(row);

	(void)ctx;
	if (ev->seq)
		snprintf(dst, TABLE_CELL_MAX, "%llu", (unsigned long long)ev->seq);
	else
		snprintf(dst, TABLE_CELL_MAX, "-"); /* not saved yet */
	return ROLE_DIM;
}

static uint8_t cell_state(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", event_state_name(event_of(row)->state));
	return draw_look_event(event_of(row)->state).role;
}

static bool glyph_event(const struct view_context *ctx, const struct table_row *row, enum net_state *mood)
{
	(void)ctx;
	*mood = draw_look_event(event_of(row)->state).mood;
	return true;
}

static uint8_t cell_territory(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", event_of(row)->territory);
	return ROLE_TEXT;
}

/* "+ KP (12)": twelve outages are folded under it; children stand two columns in. */
static uint8_t cell_subject(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct event *ev = event_of(row);

	(void)ctx;
	if (row->children > 0)
		snprintf(dst, TABLE_CELL_MAX, "%c %s (%u)", row->unfolded ? '-' : '+', ev->subject, row->children);
	else
		snprintf(dst, TABLE_CELL_MAX, "%s%s", row->depth > 0 ? "    " : "  ", ev->subject);
	return ROLE_STRONG;
}

static uint8_t cell_kind(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", verdict_name(event_of(row)->kind));
	return ROLE_TEXT;
}

static uint8_t cell_loss(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	double loss = event_of(row)->loss_peak_pct;

	(void)ctx;
	if (isnan(loss))
		snprintf(dst, TABLE_CELL_MAX, "-");
	else
		snprintf(dst, TABLE_CELL_MAX, "%.0f%%", loss);
	return ROLE_TEXT;
}

static void format_bound(char *dst, struct wall t, int64_t error_ms)
{
	char text[WALL_TEXT_MAX];

	/* a time whose interval is wider than 5 min says so (detection.md 7) */
	snprintf(dst, TABLE_CELL_MAX, "%s%s", error_ms > 300000 && wall_is_set(t) ? "~" : "",
		 wall_format_day_hm(text, t));
}

static uint8_t cell_start(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	format_bound(dst, event_of(row)->start, event_of(row)->start_error_ms);
	return ROLE_TEXT;
}

static uint8_t cell_end(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	format_bound(dst, event_of(row)->end, event_of(row)->end_error_ms);
	return ROLE_TEXT;
}

static uint8_t cell_duration(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	const struct event *ev = event_of(row);
	int64_t ms = event_duration_ms(ev, ctx->now);

	if (!wall_is_set(ev->end) && event_state_is_open(ev->state))
		draw_span(dst, ev->start, ctx->now);
	else if (ms < 0)
		snprintf(dst, TABLE_CELL_MAX, "-");
	else
		duration_format(dst, ms);
	return ROLE_STRONG;
}

static uint8_t cell_text(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	event_sentence(event_of(row), ctx->now, dst, TABLE_CELL_MAX);
	return ROLE_DIM;
}

void event_sentence(const struct event *ev, struct wall now, char *dst, size_t cap)
{
	struct strbuf text;

	strbuf_init(&text, cap - 1);
	event_text(ev, now, &text);
	memcpy(dst, text.text, text.len + 1);
	strbuf_release(&text);
}

static int order(double a, double b)
{
	return (a > b) - (a < b);
}

static int order_wall(struct wall a, struct wall b)
{
	return (a.ms > b.ms) - (a.ms < b.ms);
}

static int by_changed(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return order_wall(event_of(b)->changed,
			  event_of(a)->changed); /* newest first, and so on: what one looks for first */
}

static int by_seq(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return order((double)event_of(b)->seq, (double)event_of(a)->seq);
}

static int by_state(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	static const int rank[EVENT_STATE_COUNT] = {
		[EVENT_CONFIRMED] = 0, [EVENT_UNVERIFIED] = 1, [EVENT_EASING] = 2,
		[EVENT_SUSPECTED] = 3, [EVENT_RESOLVED] = 4,   [EVENT_DISMISSED] = 5,
	};

	(void)ctx;
	return rank[event_of(a)->state] - rank[event_of(b)->state];
}

static int by_territory(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(event_of(a)->territory, event_of(b)->territory);
}

static int by_subject(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(event_of(a)->subject, event_of(b)->subject);
}

static int by_kind(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(verdict_name(event_of(a)->kind), verdict_name(event_of(b)->kind));
}

static int by_loss(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	double x = event_of(a)->loss_peak_pct, y = event_of(b)->loss_peak_pct;

	(void)ctx;
	return order(isnan(y) ? -1 : y, isnan(x) ? -1 : x);
}

static int by_start(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return order_wall(event_of(b)->start, event_of(a)->start);
}

static int by_end(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return order_wall(event_of(b)->end, event_of(a)->end);
}

static int by_duration(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	return order((double)event_duration_ms(event_of(b), ctx->now),
		     (double)event_duration_ms(event_of(a), ctx->now));
}

const struct column event_columns[] = {
	{.title = "state",
	 .help = "where in its life it is",
	 .width = 12,
	 .worth = 90,
	 .state = true,
	 .cell = cell_state,
	 .glyph = glyph_event,
	 .compare = by_state},
	{.title = "no",
	 .help = "absolute number of the event, as in landline explain",
	 .width = 5,
	 .align = COLUMN_RIGHT,
	 .worth = 50,
	 .cell = cell_seq,
	 .compare = by_seq},
	{.title = "terr",
	 .help = "territory",
	 .width = 4,
	 .worth = 20,
	 .cell = cell_territory,
	 .compare = by_territory},
	{.title = "subject",
	 .help = "country, operator or network; + others are folded under it",
	 .width = 20,
	 .worth = 80,
	 .cell = cell_subject,
	 .compare = by_subject},
	{.title = "kind", .help = "what happened", .width = 10, .worth = 40, .cell = cell_kind, .compare = by_kind},
	{.title = "loss",
	 .help = "at its peak",
	 .width = 6,
	 .align = COLUMN_RIGHT,
	 .worth = 45,
	 .cell = cell_loss,
	 .compare = by_loss},
	{.title = "start",
	 .help = "first crossing of the line, UTC; ~ known to more than 5 min only",
	 .width = 13,
	 .worth = 70,
	 .cell = cell_start,
	 .compare = by_start},
	{.title = "end",
	 .help = "when it was over, UTC",
	 .width = 13,
	 .worth = 25,
	 .cell = cell_end,
	 .compare = by_end},
	{.title = "duration",
	 .help = "so far or in all",
	 .width = 9,
	 .align = COLUMN_RIGHT,
	 .worth = 75,
	 .cell = cell_duration,
	 .compare = by_duration},
	{.title = "changed",
	 .help = "time of the last change",
	 .width = 12,
	 .worth = 10,
	 .cell = cell_changed,
	 .compare = by_changed},
	{.title = "text",
	 .help = "the sentence, fit to quote",
	 .width = 28,
	 .flexible = true,
	 .worth = 30,
	 .cell = cell_text},
	{.title = NULL},
};

/* ---- cells of a log line ---- */

static const struct log_line *line_of(const struct table_row *row)
{
	return row->item;
}

static uint8_t log_time(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	char time[WALL_TEXT_MAX], date[WALL_TEXT_MAX];

	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s %s", wall_format_date(date, line_of(row)->time),
		 wall_format_hms(time, line_of(row)->time));
	return ROLE_DIM;
}

static uint8_t log_seq(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	if (line_of(row)->seq)
		snprintf(dst, TABLE_CELL_MAX, "%llu", (unsigned long long)line_of(row)->seq);
	return ROLE_DIM;
}

static uint8_t log_state(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	if (line_of(row)->event_id == 0)
		return ROLE_DIM;
	snprintf(dst, TABLE_CELL_MAX, "%s", event_state_name(line_of(row)->to));
	return draw_look_event(line_of(row)->to).role;
}

static bool log_glyph(const struct view_context *ctx, const struct table_row *row, enum net_state *mood)
{
	(void)ctx;
	*mood = draw_look_event(line_of(row)->to).mood;
	return line_of(row)->event_id != 0;
}

static uint8_t log_subject(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", line_of(row)->subject);
	return ROLE_STRONG;
}

static uint8_t log_text(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s%s", line_of(row)->late ? "(late) " : "", line_of(row)->text);
	return ROLE_TEXT;
}

static int log_by_time(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return order_wall(line_of(b)->time, line_of(a)->time);
}

static int log_by_subject(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(line_of(a)->subject, line_of(b)->subject);
}

const struct column log_columns[] = {
	{.title = "time (UTC)",
	 .help = "when it happened",
	 .width = 19,
	 .worth = 80,
	 .cell = log_time,
	 .compare = log_by_time},
	{.title = "no", .help = "number of the event", .width = 5, .align = COLUMN_RIGHT, .worth = 20, .cell = log_seq},
	{.title = "state",
	 .help = "what it became",
	 .width = 12,
	 .worth = 70,
	 .state = true,
	 .cell = log_state,
	 .glyph = log_glyph},
	{.title = "subject",
	 .help = "country, operator or network",
	 .width = 18,
	 .worth = 30,
	 .cell = log_subject,
	 .compare = log_by_subject},
	{.title = "text", .help = "what happened", .width = 36, .flexible = true, .worth = 90, .cell = log_text},
	{.title = NULL},
};
