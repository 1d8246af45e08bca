/* The log of the book: append-only lines in a ring, each with both times, both states and what was missing. See
 * core/event.h.
 *
 * A line is a sentence about one change. Its text never changes afterwards; the only thing filled in later is the
 * absolute number of its event, which the store gives out. */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "event_private.h"

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
