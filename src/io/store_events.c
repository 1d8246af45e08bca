/* Saving events: all that changed in a book, in one transaction.
 *
 * Several processes may watch the same country. An event that another one has open for the same subject, begun within
 * half an hour, is the same outage: its number is taken over. From then on each writes what it sees into the one row;
 * the row's revision tells whether somebody else wrote since we last did, and then the two views are merged instead
 * of overwritten: what was confirmed stays confirmed, what was resolved is open again only by a relapse. Nothing in
 * the book changes before the commit. */
#include "store_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
	JOIN_MS = 30 * 60 * 1000,
	EVIDENCE_END_LINES = EVENT_EVIDENCE_MAX / 2, /* kept of the beginning, and of the end */
};

#define SAVING "cannot save events"

/* One dirty event on its way into the store. */
struct saving {
	struct event *ev;
	struct known_row row;
};

struct batch_of_events {
	struct event_book *book;
	struct saving *items;
	size_t count;
};

/* ---- merging ---- */

/* What a process last saw of it, without the overlay. */
static enum event_state seen_state(const struct event *ev)
{
	return ev->state == EVENT_UNVERIFIED ? ev->before_unverified : ev->state;
}

static bool was_confirmed(const struct event *ev)
{
	enum event_state s = seen_state(ev);

	return s == EVENT_CONFIRMED || s == EVENT_EASING || s == EVENT_RESOLVED;
}

/* Does the other process's state say more than ours? */
static bool keeps_state(const struct event *theirs, const struct event *ours)
{
	if (theirs->state == EVENT_RESOLVED && ours->state != EVENT_RESOLVED)
		return ours->relapses <= theirs->relapses;
	if (was_confirmed(theirs) && !was_confirmed(ours))
		return true;
	/* one that sees it beats one that cannot see */
	return ours->state == EVENT_UNVERIFIED && theirs->state != EVENT_UNVERIFIED && was_confirmed(theirs);
}

static unsigned larger(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static struct wall earlier(struct wall a, struct wall b)
{
	if (!wall_is_set(a) || !wall_is_set(b))
		return wall_is_set(a) ? a : b;
	return a.ms < b.ms ? a : b;
}

/* Ours, with what theirs knows better. Texts and identity are the same in both, or the row would not have been found.
 */
static void merge(struct event *ours, const struct event *theirs)
{
	if (keeps_state(theirs, ours)) {
		ours->state = theirs->state;
		ours->before_unverified = theirs->before_unverified;
		ours->end = theirs->end;
		ours->end_error_ms = theirs->end_error_ms;
		ours->easing_since = theirs->easing_since;
		ours->unverified_since = theirs->unverified_since;
	}
	ours->confirmed = earlier(ours->confirmed, theirs->confirmed);
	if (wall_is_set(theirs->start) && theirs->start_error_ms <= ours->start_error_ms) {
		ours->start = theirs->start;
		ours->start_error_ms = theirs->start_error_ms;
	}
	if (theirs->loss_peak_pct > ours->loss_peak_pct) {
		ours->loss_peak_pct = theirs->loss_peak_pct;
		ours->networks_lost = theirs->networks_lost;
		ours->networks_total = theirs->networks_total;
	}
	ours->severity = (enum severity)larger(ours->severity, theirs->severity);
	ours->confidence = (enum confidence)larger(ours->confidence, theirs->confidence);
	ours->relapses = larger(ours->relapses, theirs->relapses);
	ours->transitions = larger(ours->transitions, theirs->transitions);
	ours->area = fmax(ours->area, theirs->area);
	ours->classes |= theirs->classes;
	ours->parent = ours->parent ? ours->parent : theirs->parent;
	ours->late = ours->late && theirs->late;
}

/* ---- rows ---- */

static int by_id(const void *key, const void *item)
{
	uint32_t id = *(const uint32_t *)key;
	const struct saving *x = item;

	return id < x->ev->id ? -1 : id > x->ev->id;
}

/* The number of an event of this process; 0 if it has none yet. */
static uint64_t seq_of(const struct batch_of_events *b, uint32_t id)
{
	const struct saving *x = id && b->count ? bsearch(&id, b->items, b->count, sizeof(*b->items), by_id) : NULL;

	if (x)
		return x->row.seq;
	const struct event *ev = id ? event_look(b->book, id) : NULL;
	return ev ? ev->seq : 0;
}

/* The open event of another process that this one is: *seq, or 0. */
static int find_twin(struct store *s, const struct batch_of_events *b, const struct event *ev, uint64_t *seq,
		     struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_EVENT_JOIN, e);
	int rc = SQLITE_DONE;

	*seq = 0;
	if (!q)
		return ERR_FILE;
	if (!wall_is_set(ev->start))
		return 0;
	store_bind_text(q, 1, ev->territory);
	store_bind_text(q, 2, event_scope_name(ev->scope));
	store_bind_text(q, 3, ev->subject);
	sqlite3_bind_int(q, 4, ev->replay);
	sqlite3_bind_int64(q, 5, ev->start.ms);
	sqlite3_bind_int64(q, 6, JOIN_MS);
	while (*seq == 0 && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		uint64_t found = (uint64_t)sqlite3_column_int64(q, 0);
		bool taken = event_look_seq(b->book, found) != NULL; /* an earlier one of our own */
		for (size_t i = 0; i < b->count; i++)
			taken = taken || b->items[i].row.seq == found;
		*seq = taken ? 0 : found;
	}
	int code = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(s, SAVING, e);
	sqlite3_reset(q);
	return code;
}

static int insert_row(struct store *s, const struct event *row, struct saving *x, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_EVENT_INSERT, e);

	if (!q)
		return ERR_FILE;
	store_bind_event(q, row);
	int code = store_step(s, q, SAVING, e);
	if (!code) {
		x->row.seq = (uint64_t)sqlite3_last_insert_rowid(s->db);
		x->row.rev = 1;
	}
	return code;
}

/* Write over the row of x->row.seq, or together with it when another process wrote it since. Inserts when somebody
 * deleted it. */
static int update_row(struct store *s, struct event *row, struct saving *x, struct err *e)
{
	struct event theirs;
	const struct known_row *known = store_known(s, x->row.seq);
	int code = store_read_row(s, x->row.seq, &theirs, &x->row.rev, e);

	if (code == ERR_NOT_FOUND)
		return insert_row(s, row, x, e);
	if (code)
		return code;
	x->row.evidence_total = known ? known->evidence_total : 0;
	x->row.shared = !known || known->shared || known->rev != x->row.rev;
	if (x->row.shared)
		merge(row, &theirs);
	sqlite3_stmt *q = store_prepare(s, SQL_EVENT_UPDATE, e);
	if (!q)
		return ERR_FILE;
	store_bind_event(q, row);
	sqlite3_bind_int64(q, (int)store_field_count() + 1, (int64_t)x->row.seq);
	x->row.rev++;
	return store_step(s, q, SAVING, e);
}

/* ---- evidence ---- */

static int last_line(struct store *s, uint64_t seq, int64_t *n, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_EVIDENCE_LAST, e);

	if (!q)
		return ERR_FILE;
	sqlite3_bind_int64(q, 1, (int64_t)seq);
	if (sqlite3_step(q) != SQLITE_ROW)
		return store_step(s, q, SAVING, e);
	*n = sqlite3_column_int64(q, 0);
	sqlite3_reset(q);
	return 0;
}

static int add_line(struct store *s, uint64_t seq, int64_t n, const struct evidence *line, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_EVIDENCE_INSERT, e);

	if (!q)
		return ERR_FILE;
	sqlite3_bind_int64(q, 1, (int64_t)seq);
	sqlite3_bind_int64(q, 2, n);
	store_bind_wall(q, 3, line->time);
	store_bind_text(q, 4, line->source);
	store_bind_text(q, 5, line->rule);
	store_bind_text(q, 6, line->value);
	store_bind_text(q, 7, line->url);
	return store_step(s, q, SAVING, e);
}

/* Add the lines that are new since the last save; then keep as many as an event does: the beginning and the end. */
static int save_evidence(struct store *s, struct saving *x, struct err *e)
{
	const struct event *ev = x->ev;
	uint64_t total = ev->evidence_count + ev->evidence_dropped;
	uint64_t fresh = total > x->row.evidence_total ? total - x->row.evidence_total : 0;
	int64_t n = 0;

	x->row.evidence_total = total;
	if (fresh == 0)
		return 0;
	if (fresh > ev->evidence_count)
		fresh = ev->evidence_count;
	int code = last_line(s, x->row.seq, &n, e);
	for (size_t i = ev->evidence_count - (size_t)fresh; i < ev->evidence_count && !code; i++) {
		code = add_line(s, x->row.seq, n + 1, &ev->evidence[i], e);
		if (!code && sqlite3_changes(s->db) > 0) /* 0: another process has said so already */
			n++;
	}
	sqlite3_stmt *q = code || n <= EVENT_EVIDENCE_MAX ? NULL : store_prepare(s, SQL_EVIDENCE_TRIM, e);
	if (!q)
		return code;
	sqlite3_bind_int64(q, 1, (int64_t)x->row.seq);
	sqlite3_bind_int64(q, 2, EVIDENCE_END_LINES);
	sqlite3_bind_int64(q, 3, n - EVIDENCE_END_LINES);
	return store_step(s, q, SAVING, e);
}

static int save_event(struct store *s, const struct batch_of_events *b, struct saving *x, struct err *e)
{
	struct event row = *x->ev; /* its evidence is only borrowed here */
	uint64_t parent = seq_of(b, row.parent_id);
	int code = 0;

	row.parent = parent ? parent : row.parent;
	x->row.seq = row.seq;
	if (x->row.seq == 0)
		code = find_twin(s, b, x->ev, &x->row.seq, e);
	if (!code)
		code = x->row.seq ? update_row(s, &row, x, e) : insert_row(s, &row, x, e);
	return code ? code : save_evidence(s, x, e);
}

/* ---- the log ---- */

static int save_line(struct store *s, const struct log_line *line, uint64_t seq, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_LOG_INSERT, e);
	bool of_event = line->event_id != 0 || seq != 0;

	if (!q)
		return ERR_FILE;
	sqlite3_clear_bindings(q);
	if (seq)
		sqlite3_bind_int64(q, 1, (int64_t)seq);
	store_bind_wall(q, 2, line->time);
	store_bind_wall(q, 3, line->logged);
	if (of_event) {
		store_bind_text(q, 4, event_state_name(line->from));
		store_bind_text(q, 5, event_state_name(line->to));
	}
	store_bind_text(q, 6, of_event ? event_scope_name(line->scope) : "");
	store_bind_text(q, 7, line->territory);
	store_bind_text(q, 8, line->subject);
	store_bind_text(q, 9, line->missing);
	store_bind_text(q, 10, line->text);
	sqlite3_bind_int(q, 11, line->late);
	sqlite3_bind_int(q, 12, line->replay);
	sqlite3_bind_int(q, 13, !line->shown ? LOG_HIDDEN : line->folded ? LOG_FOLDED : LOG_SHOWN);
	return store_step(s, q, SAVING, e);
}

static int save_log(struct store *s, const struct batch_of_events *b, struct err *e)
{
	uint64_t unsaved = b->book->log_total - b->book->log_saved;
	int code = 0;

	if (unsaved > b->book->log_count)
		unsaved = b->book->log_count; /* the rest fell out of the ring while nothing could be saved */
	for (size_t back = (size_t)unsaved; back-- > 0 && !code;) {
		const struct log_line *line = event_log_at(b->book, back);
		uint64_t seq = seq_of(b, line->event_id);
		code = save_line(s, line, seq ? seq : line->seq, e);
	}
	return code;
}

/* ---- the whole ---- */

static void collect_dirty(struct batch_of_events *b)
{
	size_t cap = 0;

	for (size_t i = 0; i < b->book->count; i++) {
		if (!b->book->events[i]->dirty)
			continue;
		mem_grow(&b->items, &cap, b->count + 1, sizeof(*b->items));
		b->items[b->count++] = (struct saving){.ev = b->book->events[i]};
	}
}

/* Territories first: the others point to them by number. */
static int save_all(struct store *s, struct batch_of_events *b, struct err *e)
{
	int code = 0;

	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < b->count && !code; i++)
			if ((b->items[i].ev->scope != SCOPE_TERRITORY) == others)
				code = save_event(s, b, &b->items[i], e);
	return code ? code : save_log(s, b, e);
}

/* It is in the file now: tell the book. In the same order, so that a child is clean after its parent got a number. */
static void settle(struct store *s, struct batch_of_events *b)
{
	for (int others = 0; others < 2; others++) {
		for (size_t i = 0; i < b->count; i++) {
			const struct saving *x = &b->items[i];
			if ((x->ev->scope != SCOPE_TERRITORY) != others)
				continue;
			event_saved(b->book, x->ev, x->row.seq);
			if (s->db)
				store_know(s, &x->row);
		}
	}
	event_log_number(b->book);
	b->book->log_saved = b->book->log_total;
}

int store_save_events(struct store *s, struct event_book *book, struct now now, struct err *e)
{
	struct batch_of_events b = {.book = book};
	int code = 0;

	(void)now;
	collect_dirty(&b);
	if (b.count == 0 && book->log_saved == book->log_total)
		return 0;
	if (s->db) {
		code = store_must_write(s, SAVING, e);
		if (!code)
			code = store_begin(s, SAVING, e);
		if (!code)
			code = store_end(s, save_all(s, &b, e), SAVING, e);
	} else {
		/* nothing is kept, but on screen an event has a number all the same */
		for (size_t i = 0; i < b.count; i++)
			b.items[i].row.seq = b.items[i].ev->seq ? b.items[i].ev->seq : b.items[i].ev->id;
	}
	if (!code)
		settle(s, &b);
	free(b.items);
	return code;
}
