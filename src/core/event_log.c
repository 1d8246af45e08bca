/* The log of the book: append-only lines in a ring, each with both times, both states and what was missing; and which of
 * them are told under another event's, so that a reader gets one line where forty networks fall. See core/event.h.
 *
 * A line is a sentence about one change. Its text never changes afterwards; the only thing filled in later is the
 * absolute number of its event, which the store gives out. */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "event_private.h"

/* ---- folding ---- */

void event_set_parent(struct event_book *b, struct event *ev, const struct event *parent)
{
	uint32_t id = parent ? parent->id : 0;
	uint64_t seq = parent ? parent->seq : 0;

	if (parent == ev || (ev->parent_id == id && ev->parent == seq))
		return;
	ev->parent_id = id;
	ev->parent = seq;
	event_touch(b, ev);
}

void event_set_operator(struct event_book *b, struct event *ev, const struct event *op)
{
	uint32_t id = op && op != ev ? op->id : 0;

	if (ev->operator_id == id)
		return;
	ev->operator_id = id;
	b->version++; /* to be drawn anew; nothing of it is saved */
}

static bool overlaps(const struct event *ev, const struct event *child)
{
	bool before = wall_is_set(child->end) && wall_is_set(ev->start) && child->end.ms < ev->start.ms;
	bool after = wall_is_set(ev->end) && wall_is_set(child->start) && child->start.ms > ev->end.ms;

	return ev->state != EVENT_DISMISSED && !before && !after;
}

void event_children_fit(struct event_book *b, const struct event *ev)
{
	for (size_t i = 0; ev->scope != SCOPE_NETWORK && i < b->count; i++) {
		struct event *child = b->events[i];
		if ((child->parent_id != ev->id && child->operator_id != ev->id) || overlaps(ev, child))
			continue;
		if (child->parent_id == ev->id)
			event_set_parent(b, child, NULL);
		else
			event_set_operator(b, child, NULL);
	}
}

/* Is it told, and its child with it? One that is suspected again is not, but what lay in its first part stays there. */
static bool is_told(const struct event *parent, const struct event *child)
{
	const struct held *h = (const struct held *)parent;
	enum event_state seen = parent->state == EVENT_UNVERIFIED ? parent->before_unverified : parent->state;

	if (!wall_is_set(parent->confirmed) || seen == EVENT_DISMISSED)
		return false;
	if (seen == EVENT_SUSPECTED)
		return !event_is_live(child) && !(wall_is_set(h->last_end) && child->start.ms > h->last_end.ms);
	return seen != EVENT_RESOLVED || (!event_is_live(child) && child->changed.ms <= parent->changed.ms);
}

const struct event *event_folded_under(const struct event_book *b, const struct event *ev)
{
	const uint32_t ids[] = {ev->parent_id, ev->operator_id};

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		const struct event *up = event_look(b, ids[i]);
		if (up && up != ev && is_told(up, ev))
			return up;
	}
	return NULL;
}

bool event_line_is_folded(const struct event_book *b, const struct log_line *line)
{
	const struct event *ev = line->event_id ? event_look(b, line->event_id) : NULL;

	return ev ? event_folded_under(b, ev) != NULL : line->folded;
}

void event_fold_moment(struct event_book *b, const struct event *ev, struct now now)
{
	for (size_t back = 0; back < b->log_count; back++) {
		struct log_line *line = &b->log[(b->log_head + b->log_count - 1 - back) % EVENT_LOG_MAX];
		const struct event *child = line->event_id ? event_look(b, line->event_id) : NULL;
		if (line->logged.ms != now.wall.ms)
			return;
		if (child && (child->parent_id == ev->id || child->operator_id == ev->id))
			line->folded = true;
	}
}

/* ---- the lines ---- */

__attribute__((format(printf, 2, 0))) static struct log_line *log_append(struct event_book *b, const char *fmt,
									 va_list ap)
{
	struct log_line *line;
	char text[2 * sizeof(line->text)];

	if (!b->log)
		b->log = xcalloc(EVENT_LOG_MAX, sizeof(*b->log));
	if (b->log_count == EVENT_LOG_MAX)
		b->log_head = (b->log_head + 1) % EVENT_LOG_MAX;
	else
		b->log_count++;
	line = &b->log[(b->log_head + b->log_count - 1) % EVENT_LOG_MAX];
	*line = (struct log_line){.number = ++b->log_total, .replay = b->replay};
	vsnprintf(text, sizeof(text), fmt, ap);
	text_clean_str(line->text, sizeof(line->text), text);
	b->version++;
	return line;
}

void event_log(struct event_book *b, const struct event *ev, enum event_state from, struct wall time, struct now now,
	       bool shown, const char *fmt, ...)
{
	struct strbuf missing;
	va_list ap;

	va_start(ap, fmt);
	struct log_line *line = log_append(b, fmt, ap);
	va_end(ap);
	line->time = time;
	line->logged = now.wall;
	line->event_id = ev->id;
	line->seq = ev->seq;
	line->from = from;
	line->to = ev->state;
	line->scope = ev->scope;
	line->late = ev->late;
	line->shown = shown;
	line->folded = event_folded_under(b, ev) != NULL;
	text_clean_str(line->territory, sizeof(line->territory), ev->territory);
	text_clean_str(line->subject, sizeof(line->subject), ev->subject);
	strbuf_init(&missing, sizeof(line->missing) - 1);
	event_classes(ev->missing, ", ", &missing);
	text_clean_str(line->missing, sizeof(line->missing), missing.text);
	strbuf_release(&missing);
}

void event_note(struct event_book *b, const char *territory, struct wall t, struct now now, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	struct log_line *line = log_append(b, fmt, ap);
	va_end(ap);
	line->time = t;
	line->logged = now.wall;
	line->shown = true;
	text_clean_str(line->territory, sizeof(line->territory), territory);
}

const struct log_line *event_log_at(const struct event_book *b, size_t back)
{
	if (back >= b->log_count)
		return NULL;
	return &b->log[(b->log_head + b->log_count - 1 - back) % EVENT_LOG_MAX];
}

void event_log_number(struct event_book *b)
{
	for (size_t back = 0; back < b->log_count; back++) {
		struct log_line *line = &b->log[(b->log_head + b->log_count - 1 - back) % EVENT_LOG_MAX];
		const struct event *ev = line->event_id ? event_look(b, line->event_id) : NULL;
		if (line->number <= b->log_saved)
			return;
		if (ev)
			line->seq = ev->seq;
	}
}
