/* Outages as objects with a life (detection.md 7), and the append-only log of what happened to them.
 *
 *     SUSPECTED -> CONFIRMED -> EASING -> RESOLVED;  SUSPECTED -> DISMISSED;  EASING -> CONFIRMED (relapse);
 *     any open state <-> UNVERIFIED (an overlay: what was seen last is kept, nothing is concluded)
 *
 * The book is pure: detectors tell it what they see, it keeps identity, times, peaks, relapses, evidence and the words.
 * Each change sets `dirty` on the event and appends a log line; the shell saves both in the same turn, before anything is
 * drawn, so that nothing ever shown as confirmed can be lost. */
#ifndef LANDLINE_CORE_EVENT_H
#define LANDLINE_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "base/when.h"
#include "core/state.h"

#define EVENT_SUBJECT_MAX 52
#define EVENT_EVIDENCE_MAX 48   /* lines kept per event; the first 24 and the last 24 */
#define EVENT_OPEN_MAX 1024     /* events kept in memory; the oldest closed ones go first (they are in the store) */
#define EVENT_LOG_MAX 4096      /* log lines kept in memory */

/* One input of the call, so that another person can re-derive it. */
struct evidence {
	struct wall time;         /* of the input, not of its arrival */
	char source[16];          /* "rislive", "ripestat", ... */
	char rule[48];            /* "v < 0.3 for 180 s (detection.md 4)" in a few words */
	char value[160];          /* "visibility 0.02 (1 of 41 peer ASes, 6 collectors)" */
	char url[160];            /* where the input can be read, or "" */
};

struct event {
	uint64_t seq;             /* absolute number, from the store; 0 until first saved */
	uint32_t id;              /* identity inside this process; never reused */
	char territory[EVENT_SUBJECT_MAX];
	enum event_scope scope;
	char subject[EVENT_SUBJECT_MAX];  /* "KP", "AS131279", "175.45.176.0/24" */
	enum verdict_kind kind;
	enum event_state state;
	enum event_state before_unverified; /* the state under the overlay */
	struct wall start, end, confirmed;  /* WALL_NONE: not yet */
	int64_t start_error_ms, end_error_ms; /* width of the interval the true moment lies in, before the printed bound */
	struct wall easing_since, changed, unverified_since;
	int64_t unverified_ms;    /* total unverified time of closed stretches */
	double loss_pct, loss_peak_pct;
	double area;              /* integral of loss% over minutes (IODA's alert area) up to `changed` */
	unsigned networks_lost, networks_total; /* at the peak, for the words; 0 when not of networks */
	unsigned relapses;
	unsigned transitions;      /* times it went down or began to come back; the book counts them, nobody else */
	enum severity severity;
	enum confidence confidence;
	unsigned classes, missing; /* CLASS_* bits that say so / that had no fresh data */
	uint64_t parent;           /* seq of the territory event this belongs to; 0: none */
	uint32_t parent_id;        /* the same by id */
	uint32_t operator_id;      /* of a network: the event of its operator, by id; 0: none. Not kept in the store */
	uint32_t via_asn;          /* all lost networks were reached through this AS; 0: not so, or not known */
	bool late, replay;
	bool dirty;                /* changed since last saved */
	struct evidence *evidence; /* owned */
	size_t evidence_count;
	size_t evidence_dropped;
	unsigned lost_now;         /* networks lost at the last look (networks_lost: at the peak) */
	int64_t below_half_ms;     /* time with more than half lost, up to `changed` */
	bool restored;             /* read back from the store and not seen again yet */
	/* what all classes together say (core/fusion.h) */
	unsigned against;          /* CLASS_* with fresh data that say normal while it lasts */
	bool disputed;             /* routing's loss, contradicted by them below 3 points */
	unsigned loss_class;       /* whose figure the loss is, when it is not routing's; 0: routing's */
	unsigned signatures;       /* core/signature.h: what was named */
	char note[240];            /* its words: "No warning: straight to zero."; "" when there is none */
	char why_missing[64];      /* why the one missing class has no data, in words, or ""; not kept in the store */
};

/* One line of the log. Append-only; the text never changes. */
struct log_line {
	uint64_t number;           /* counts from 1 in this book */
	struct wall time;          /* when it happened in the data's time: a begin's start, a resolve's end, else when concluded */
	struct wall logged;        /* when it was concluded */
	uint32_t event_id;         /* 0: a line about a source or about ourselves */
	uint64_t seq;              /* the event's; filled when saved */
	enum event_state from, to;
	enum event_scope scope;
	char territory[EVENT_SUBJECT_MAX], subject[EVENT_SUBJECT_MAX];
	char missing[64];          /* feeds missing at that time, in words, or "" */
	char text[320];
	bool late, replay, shown;  /* shown: belongs to the default log (suspected and dismissed do not) */
	bool folded;               /* told under its territory's event in the moment when it was concluded */
};

struct event_book {
	struct event **events;     /* by id, ascending; owned */
	size_t count, cap;
	uint32_t next_id;
	struct log_line *log;      /* ring of EVENT_LOG_MAX, owned */
	size_t log_count, log_head; /* log_head: ring position of the oldest */
	uint64_t log_total;        /* lines ever appended */
	uint64_t log_saved;        /* lines already handed to the store */
	bool replay;
	uint64_t version;          /* grows with each change: a cheap "must I redraw or save" */
	struct event_index *index; /* private: subject to events; owned */
};

void event_book_init(struct event_book *b);
void event_book_release(struct event_book *b);

struct event *event_by_id(struct event_book *b, uint32_t id);      /* NULL if gone */
struct event *event_by_seq(struct event_book *b, uint64_t seq);
/* The open (or suspected) event of a subject, or NULL. A pointer stays good while its event is suspected or open; a closed
 * event may be dropped when another one begins. */
struct event *event_current(struct event_book *b, enum event_scope scope, const char *territory, const char *subject);
/* The newest event of a subject whose `end` is at or after `since` (for "reopen instead of new event"), or NULL. */
struct event *event_recent(struct event_book *b, enum event_scope scope, const char *territory, const char *subject,
			   struct wall since);
/* The same look-ups for readers. */
const struct event *event_look(const struct event_book *b, uint32_t id);
const struct event *event_look_seq(const struct event_book *b, uint64_t seq);
const struct event *event_look_current(const struct event_book *b, enum event_scope scope, const char *territory,
				       const char *subject);
const struct event *event_look_recent(const struct event_book *b, enum event_scope scope, const char *territory,
				      const char *subject, struct wall since);

/* What a detector says of a subject now. */
struct finding {
	enum event_scope scope;
	const char *territory, *subject;
	enum verdict_kind kind;
	double loss_pct;                  /* 0..100 */
	unsigned networks_lost, networks_total;
	unsigned classes, missing;
	enum confidence confidence;
	uint32_t via_asn;
	unsigned loss_class;              /* whose figure loss_pct is; 0: routing's */
};

/* How the calls below read: a way that the life cycle does not have is not a crash. An observation of an UNVERIFIED event
 * ends the overlay first; confirm of a CONFIRMED event, ease of an EASING or SUSPECTED one and relapse of a CONFIRMED one are
 * updates; confirm of an EASING one is a relapse; resolve of a SUSPECTED one dismisses it; a closed event never changes, and
 * one that was ever confirmed is never dismissed.
 *
 * Begin: a new event in SUSPECTED, or the reopened one when `reopen` is not NULL (its end is taken back, relapse + 1; if the
 * new suspicion is dismissed, it is RESOLVED again with its old end). A reopened event that is not resolved is returned as
 * it is. start: the level's first crossing; error_ms: how much earlier it may have been. Never returns NULL. */
struct event *event_suspect(struct event_book *b, const struct finding *f, struct wall start, int64_t error_ms,
			    struct event *reopen, struct now now);
void event_confirm(struct event_book *b, struct event *ev, const struct finding *f, struct now now);
/* The level moved without a change of state: peaks, area, severity, kind. A changed kind or severity is a log line. Nothing
 * new changes nothing: neither dirty nor version. The kind only grows (unstable, one family, partial, total), so that an
 * event which is coming back keeps the name of what happened; a network's may become `unstable` at any time. */
void event_update(struct event_book *b, struct event *ev, const struct finding *f, struct now now);
void event_ease(struct event_book *b, struct event *ev, const struct finding *f, struct now now);
void event_relapse(struct event_book *b, struct event *ev, const struct finding *f, struct now now);
/* end: the first crossing of the exit line that then held; error_ms: how much later it may have been. */
void event_resolve(struct event_book *b, struct event *ev, struct wall end, int64_t error_ms, struct now now);
void event_dismiss(struct event_book *b, struct event *ev, struct now now);
/* The overlay. why: "RIS Live lost 14:02:10", "restarted 14:00". Idempotent. */
void event_unverified(struct event_book *b, struct event *ev, const char *why, struct wall since, struct now now);
void event_verified(struct event_book *b, struct event *ev, struct now now);
/* A restored event was seen until t by the process before (not before its last change): its figures run up to there and it is
 * unverified since then. */
void event_seen_until(struct event_book *b, struct event *ev, struct wall t);
/* Classes without fresh data now. Only a live event takes them on; what is resolved keeps what it had. */
void event_missing(struct event_book *b, struct event *ev, unsigned missing);
/* What all classes together say of it now (core/fusion.h); confidence may sink. A class that joins and a dispute that begins or
 * ends are log lines. An unverified or closed event stays as it is. why_missing may be NULL. */
struct event_sum {
	unsigned classes, against, missing;
	enum confidence confidence;
	bool disputed;
	const char *why_missing;
};
void event_weigh(struct event_book *b, struct event *ev, const struct event_sum *s, struct now now);
/* Signatures and their words, all of them; new ones are a log line. */
void event_name(struct event_book *b, struct event *ev, unsigned signatures, const char *note, struct now now);
/* The event goes on as another kind, also a lesser one: "IPv4 is back, IPv6 is not". why: the rest of the log line. */
void event_rename(struct event_book *b, struct event *ev, const struct finding *f, const char *why, struct now now);
/* Its start is known better: earlier, or inside the interval that it lay in; of what is only suspected also later. */
void event_redate(struct event_book *b, struct event *ev, struct wall start, int64_t error_ms);
void event_late(struct event *ev);
/* Filled-in data says more exactly when a begin or an end was that is only known to lie in an interval. What lies outside of the
 * interval, or is no more exact, changes nothing. True: something did; the event is late then, and a line of the log says so. end:
 * WALL_NONE when the data does not have it. */
bool event_refine(struct event_book *b, struct event *ev, struct wall start, int64_t start_error_ms, struct wall end,
		  int64_t end_error_ms, struct now now);

/* Folding (detection.md 7), the one rule of it, for screen, log, status and replay: the event of a network or operator is part of
 * its territory's event (its parent) from suspicion on, and is told under it once that one is told itself: confirmed, and not
 * only suspected again. Before that, the event of a network is told under its operator's, if that one is told: twelve networks of
 * one AS are one line. Else it stands by itself, so that the outage of one network of forty never hides behind a suspicion that
 * is not shown. It stands by itself again when it outlives its parent: what is still down when the country is
 * back is news. A suspicion that is dismissed gives its children back, and one that begins anew those that had ended. */
void event_set_parent(struct event_book *b, struct event *ev, const struct event *parent); /* NULL: given back */
void event_set_operator(struct event_book *b, struct event *ev, const struct event *op);   /* the same of a network */
/* The start or the end of ev is another now, or it is dismissed: children that it does not overlap any more are given back. */
void event_children_fit(struct event_book *b, const struct event *ev);
/* The event that ev is told under now, or NULL: it stands by itself. */
const struct event *event_folded_under(const struct event_book *b, const struct event *ev);
/* Is this line of the log told under that of another event? A line whose event is not in memory any more: as it was then. */
bool event_line_is_folded(const struct event_book *b, const struct log_line *line);
void event_evidence(struct event_book *b, struct event *ev, const struct evidence *line);

/* Put an event read from the store back, with its evidence (copied). Open ones come back UNVERIFIED. No log line. */
struct event *event_restore(struct event_book *b, const struct event *saved, struct now now);
/* Saved as seq: the event is numbered and clean, its children are linked to the number. */
void event_saved(struct event_book *b, struct event *ev, uint64_t seq);
/* Fill `seq` of the log lines after log_saved from their events. Between event_saved and saving the lines. */
void event_log_number(struct event_book *b);
/* A line about ourselves or a source ("RIS Live lost 14:02:10"), shown in the log. territory may be NULL: all. */
void event_note(struct event_book *b, const char *territory, struct wall t, struct now now, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

const struct log_line *event_log_at(const struct event_book *b, size_t back); /* 0: newest; NULL past the oldest */

/* Duration so far or in all, ms, unverified time included; -1 when there is no start. */
int64_t event_duration_ms(const struct event *ev, struct wall now);
/* The sentence: "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only."
 * Clean, quotable, no trailing space. A `~` stands before a time whose interval is wider than 5 min. */
void event_text(const struct event *ev, struct wall now, struct strbuf *out);
/* One line of JSON, schema 1 of product.md, without the line feed. */
void event_json(const struct event *ev, struct wall now, struct strbuf *out);
/* The same as CSV (RFC 4180 quoting), with the line feed; an unknown value is an empty field. */
void event_csv_header(struct strbuf *out);
void event_csv(const struct event *ev, struct wall now, struct strbuf *out);
/* All that `landline explain` and `w` say of an event, as lines of plain text. */
void event_explain(const struct event *ev, struct wall now, struct strbuf *out);

#endif
