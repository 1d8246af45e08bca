/* What the files of the event book share: event.c keeps identity and the log, event_life.c moves states, event_words.c
 * makes sentences, event_out.c makes JSON, CSV and explanations. */
#ifndef LANDLINE_CORE_EVENT_PRIVATE_H
#define LANDLINE_CORE_EVENT_PRIVATE_H

#include "core/event.h"

#define WIDE_ERROR_MS (5 * 60 * 1000) /* a wider interval gets a `~` (detection.md 7) */
#define BOUT_RELAPSES 3               /* so many within BOUT_MS, and further swings are counted, not told */
#define BOUT_MS (60 * 60 * 1000)
#define SENTENCE_MAX  640             /* bytes of an event's sentence */

/* What the book knows of an event and shows nobody. The event is the first member, so one pointer is both. */
struct held {
	struct event ev;
	struct held *next; /* in its bucket, newest first */
	uint32_t hash;
	struct wall last_end; /* of a reopened event: what `end` was, should the new suspicion be dismissed; else WALL_NONE */
	int64_t last_end_error_ms;
	int64_t relapsed_ms[BOUT_RELAPSES]; /* the last ones, a ring by the count of relapses; 0: none */
};

static inline struct held *held_of(struct event *ev)
{
	return (struct held *)ev;
}

/* Add a copy of proto under a new id. proto->evidence is not taken. Makes room first. */
struct event *event_add(struct event_book *b, const struct event *proto);
void event_state_set(struct event_book *b, struct event *ev,
		     enum event_state s);                 /* nobody writes ev->state otherwise */
void event_touch(struct event_book *b, struct event *ev); /* dirty, and the book has changed */
/* How grave a kind is: an event is called by the gravest that it has been. 0: not the kind of an event. */
int event_kind_rank(enum verdict_kind k);
bool event_is_live(const struct event *ev); /* suspected or open */

/* Append a line about ev, from its state before to its state now; the sentence is formatted into it. */
void event_log(struct event_book *b, const struct event *ev, enum event_state from, struct wall time, struct now now,
	       bool shown, const char *fmt, ...) PRINTF_LIKE(7, 8);

/* ev is told from now on: lines about its children that were concluded in this very moment are told by its own. */
void event_fold_moment(struct event_book *b, const struct event *ev, struct now now);

/* ---- event_words.c ---- */

/* "KP", "AS131279 (KP)", "175.45.176.0/24 (KP)". */
void event_who(const struct event *ev, struct strbuf *out);
/* "all 4 networks withdrawn", "2 of 4 networks withdrawn", "IPv6 lost (IPv4 intact)", "degraded (loss 45%)". */
void event_what(const struct event *ev, struct strbuf *out);
/* "2 of 4 networks still down" or "loss now 25%": the level at the last look. */
void event_level(const struct event *ev, struct strbuf *out);
/* "~16:15", "22 Dec 16:15", "2014-12-22 16:15": dated when it is not the day of ref, or when `dated`. */
enum stamp { STAMP_SHORT, STAMP_DATED };
void event_stamp(struct wall t, struct wall ref, enum stamp form, int64_t error_ms, struct strbuf *out);
bool event_same_day(struct wall a, struct wall b);
/* "31%", "<1%", "99%" (100% is only said of 100), "-" for NAN. */
void event_percent(double pct, struct strbuf *out);
/* "routing, probing" with `last` between the last two. */
void event_classes(unsigned classes, const char *last, struct strbuf *out);

#endif
