/* The store: SQLite in WAL mode; events with their evidence, the log, samples, what is remembered of networks, source state.
 *
 * One transaction a turn. Several landlines may share a file: an event that another process has open for the same subject is
 * joined (its number is taken over), never doubled. Never fatal: errors are words for the screen, and everything unsaved is
 * tried again with the next save. Schema version with migration in PRAGMA user_version; a newer one is refused, not harmed. */
#ifndef LANDLINE_IO_STORE_H
#define LANDLINE_IO_STORE_H

#include "base/err.h"
#include "base/when.h"
#include "core/event.h"
#include "core/judge.h"
#include "core/model.h"

struct store;

/* url: a path, or "" for none (then everything succeeds and nothing is kept). read_only: for status, events, explain. */
int store_open(struct store **out, const char *path, bool read_only, struct err *e) MUST_CHECK;
void store_close(struct store *s); /* checkpoints; NULL is allowed */
const char *store_path(const struct store *s);

/* Save what is dirty in the book (events, their evidence, log lines not yet saved) in one transaction; gives seq numbers to
 * new events. Blocks at most 250 ms for another writer. On error nothing of this call is saved and all stays dirty. */
int store_save_events(struct store *s, struct event_book *b, struct now now, struct err *e) MUST_CHECK;
/* Open events of a territory into the book (they come back unverified), the newest `limit` closed ones and their log lines. */
int store_load_events(struct store *s, struct event_book *b, const char *territory, size_t limit, struct now now, struct err *e) MUST_CHECK;

struct event_filter {
	const char *const *territories; size_t territory_count; /* none: all */
	struct wall since, until;      /* WALL_NONE: open; an event counts when its [start, end] touches the window */
	unsigned states;               /* bit per enum event_state; 0: whatever was ever confirmed */
	uint64_t after_seq;            /* only newer numbers */
	struct wall changed_after;     /* WALL_NONE: all. For --follow */
};
/* Oldest first, with evidence; each is valid during the callback only. A callback that returns false stops. */
int store_each_event(struct store *s, const struct event_filter *f, bool (*each)(const struct event *, void *), void *arg, struct err *e) MUST_CHECK;
int store_find_event(struct store *s, uint64_t seq, struct event *out, struct err *e) MUST_CHECK; /* ERR_NOT_FOUND; evidence owned by out: free() it */

/* Samples of signals, one row per (territory, source, name, bucket); saved in batches, pruned by keep_days. */
struct sample_row { const char *territory, *source, *name; struct wall t; double value; };
int store_save_samples(struct store *s, const struct sample_row *rows, size_t count, struct err *e) MUST_CHECK;
int store_load_series(struct store *s, const char *territory, const char *source, const char *name, struct wall since,
		      struct series *into, struct err *e) MUST_CHECK;
/* What is remembered of networks and sources over a restart. */
int store_save_nets(struct store *s, const char *territory, const struct net_memory *rows, const uint32_t *origins, size_t count, struct err *e) MUST_CHECK;
int store_load_nets(struct store *s, const char *territory, struct net_memory **rows, uint32_t **origins, size_t *count, struct err *e) MUST_CHECK; /* caller frees both */
int store_save_sources(struct store *s, const struct source_state *rows, size_t count, struct err *e) MUST_CHECK;
int store_load_sources(struct store *s, struct source_state *rows, size_t count, struct err *e) MUST_CHECK; /* fills those whose name matches */
int store_save_names(struct store *s, uint32_t asn, const char *name, struct err *e) MUST_CHECK;
int store_load_names(struct store *s, void (*each)(uint32_t asn, const char *name, void *), void *arg, struct err *e) MUST_CHECK;
int store_prune(struct store *s, struct wall samples_before, struct err *e) MUST_CHECK;

#endif
