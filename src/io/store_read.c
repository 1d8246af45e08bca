/* Reading events back: into a book at the start, one by one for `events` and `explain`. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "store_private.h"

#define READING "cannot read events"

enum {
	EVIDENCE_END_LINES = EVENT_EVIDENCE_MAX / 2,
	LINES_PER_EVENT = 8, /* log lines loaded for each closed event that is */
};

int store_read_row(struct store *s, uint64_t seq, struct event *out, int64_t *rev, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_EVENT_GET, e);

	if (!q)
		return ERR_FILE;
	sqlite3_bind_int64(q, 1, (int64_t)seq);
	int rc = sqlite3_step(q), code = 0;
	if (rc == SQLITE_ROW)
		store_read_event(q, out, rev);
	else if (rc == SQLITE_DONE)
		code = err_set(e, ERR_NOT_FOUND, "no event %llu", (unsigned long long)seq);
	else
		code = store_fail(s, READING, e);
	sqlite3_reset(q);
	return code;
}

static void read_line(sqlite3_stmt *q, struct evidence *line)
{
	line->time = store_read_wall(q, 1);
	store_read_text(q, 2, line->source, sizeof(line->source));
	store_read_text(q, 3, line->rule, sizeof(line->rule));
	store_read_text(q, 4, line->value, sizeof(line->value));
	store_read_text(q, 5, line->url, sizeof(line->url));
}

int store_read_evidence(struct store *s, struct event *ev, uint64_t *total, struct err *e)
{
	struct evidence lines[EVENT_EVIDENCE_MAX];
	sqlite3_stmt *q = store_prepare(s, SQL_EVIDENCE_GET, e);
	size_t count = 0;
	int rc;

	*total = 0;
	if (!q)
		return ERR_FILE;
	sqlite3_bind_int64(q, 1, (int64_t)ev->seq);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		if (count == EVENT_EVIDENCE_MAX) {
			memmove(&lines[EVIDENCE_END_LINES], &lines[EVIDENCE_END_LINES + 1],
				(EVIDENCE_END_LINES - 1) * sizeof(lines[0]));
			count--;
		}
		read_line(q, &lines[count++]);
		int64_t n = sqlite3_column_int64(q, 0);
		*total = n > 0 ? (uint64_t)n : *total;
	}
	int code = rc == SQLITE_DONE ? 0 : store_fail(s, READING, e);
	sqlite3_reset(q);
	if (code || count == 0)
		return code;
	ev->evidence = xcalloc(count, sizeof(*ev->evidence));
	memcpy(ev->evidence, lines, count * sizeof(*ev->evidence));
	ev->evidence_count = count;
	ev->evidence_dropped = *total > count ? (size_t)(*total - count) : 0;
	return 0;
}

/* ---- into a book ---- */

static int load_events(struct store *s, struct event_book *b, const char *territory, size_t limit, struct now now,
		       struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_EVENT_LOAD, e);
	int rc = SQLITE_DONE, code = 0;

	if (!q)
		return ERR_FILE;
	store_bind_text(q, 1, territory);
	sqlite3_bind_int64(q, 2, limit < INT32_MAX ? (int64_t)limit : INT32_MAX);
	while (!code && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct event ev;
		int64_t rev;
		uint64_t total;
		store_read_event(q, &ev, &rev);
		code = store_read_evidence(s, &ev, &total, e);
		/* the first look is the cheap one: most events are not there yet */
		if (!code && !(store_known(s, ev.seq) && event_look_seq(b, ev.seq))) {
			event_restore(b, &ev, now);
			store_know(s, &(struct known_row){.seq = ev.seq, .rev = rev, .evidence_total = total});
		}
		free(ev.evidence);
	}
	if (!code && rc != SQLITE_DONE)
		code = store_fail(s, READING, e);
	sqlite3_reset(q);
	return code;
}

static void read_log_line(sqlite3_stmt *q, const struct event_book *b, struct log_line *line)
{
	const char *from = (const char *)sqlite3_column_text(q, 3), *to = (const char *)sqlite3_column_text(q, 4);
	const char *scope = (const char *)sqlite3_column_text(q, 5);
	int64_t seq = sqlite3_column_int64(q, 0);

	memset(line, 0, sizeof(*line));
	line->seq = seq > 0 ? (uint64_t)seq : 0;
	line->time = store_read_wall(q, 1);
	line->logged = store_read_wall(q, 2);
	(void)event_state_from_name(from ? from : "", &line->from);
	(void)event_state_from_name(to ? to : "", &line->to);
	for (int i = 0; scope && i < SCOPE_COUNT; i++)
		if (strcmp(scope, event_scope_name((enum event_scope)i)) == 0)
			line->scope = (enum event_scope)i;
	store_read_text(q, 6, line->territory, sizeof(line->territory));
	store_read_text(q, 7, line->subject, sizeof(line->subject));
	store_read_text(q, 8, line->missing, sizeof(line->missing));
	store_read_text(q, 9, line->text, sizeof(line->text));
	line->late = sqlite3_column_int(q, 10) != 0;
	line->shown = sqlite3_column_int(q, 11) != LOG_HIDDEN;
	line->folded = sqlite3_column_int(q, 11) == LOG_FOLDED;
	const struct event *ev = event_look_seq(b, line->seq);
	line->event_id = ev ? ev->id : 0;
}

static int by_logged(const void *a, const void *b)
{
	const struct log_line *x = a, *y = b;

	if (x->logged.ms != y->logged.ms)
		return x->logged.ms < y->logged.ms ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Put lines, all of them saved, among those of the book in the order in which they were concluded, and number all
 * anew. */
static void restore_lines(struct event_book *b, const struct log_line *lines, size_t count)
{
	struct log_line *all = xcalloc(b->log_count + count, sizeof(*all));
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		all[n] = lines[i];
		all[n++].number = i; /* before what the book has: an order for equal times */
	}
	for (size_t back = b->log_count; back-- > 0;) {
		all[n] = *event_log_at(b, back);
		all[n++].number += count;
	}
	qsort(all, n, sizeof(*all), by_logged);
	size_t kept = n < EVENT_LOG_MAX ? n : EVENT_LOG_MAX;
	if (!b->log)
		b->log = xcalloc(EVENT_LOG_MAX, sizeof(*b->log));
	memcpy(b->log, all + (n - kept), kept * sizeof(*all));
	b->log_head = 0;
	b->log_count = kept;
	b->log_total += count;
	b->log_saved = b->log_total;
	for (size_t i = 0; i < kept; i++)
		b->log[i].number = b->log_total - kept + 1 + i;
	b->version++;
	free(all);
}

static int load_log(struct store *s, struct event_book *b, const char *territory, size_t limit, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_LOG_LOAD, e);
	size_t count = 0, max = limit < EVENT_LOG_MAX / LINES_PER_EVENT ? limit * LINES_PER_EVENT : EVENT_LOG_MAX;
	int rc = SQLITE_DONE;

	if (!q)
		return ERR_FILE;
	struct log_line *lines = xcalloc(max, sizeof(*lines));
	store_bind_text(q, 1, territory);
	sqlite3_bind_int64(q, 2, (int64_t)max);
	/* newest first from the file, so filled from the end */
	while (count < max && (rc = sqlite3_step(q)) == SQLITE_ROW)
		read_log_line(q, b, &lines[max - ++count]);
	int code = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(s, READING, e);
	sqlite3_reset(q);
	if (!code && count)
		restore_lines(b, lines + (max - count), count);
	free(lines);
	return code;
}

int store_load_events(struct store *s, struct event_book *b, const char *territory, size_t limit, struct now now,
		      struct err *e)
{
	if (!s->db)
		return 0;
	int code = load_events(s, b, territory, limit, now, e);
	/* lines of the book that are not in the file yet must not be taken for saved: then the old ones stay away */
	if (!code && b->log_saved == b->log_total)
		code = load_log(s, b, territory, limit, e);
	return code;
}

/* ---- one by one ---- */

int store_find_event(struct store *s, uint64_t seq, struct event *out, struct err *e)
{
	int64_t rev;
	uint64_t total;

	memset(out, 0, sizeof(*out));
	if (!s->db)
		return err_set(e, ERR_NOT_FOUND, "no event %llu: nothing is kept", (unsigned long long)seq);
	int code = store_read_row(s, seq, out, &rev, e);
	return code ? code : store_read_evidence(s, out, &total, e);
}

/* A query that is put together for one filter. Parameters: what is bound stands beside its place in the text. */
struct query_text {
	struct strbuf sql;
	int64_t numbers[8];
	size_t number_count;
};

static void add_number(struct query_text *t, const char *condition, int64_t value)
{
	strbuf_addf(&t->sql, " AND %s", condition);
	t->numbers[t->number_count++] = value;
}

/* Default: whatever was ever confirmed, also while it is suspected anew or cannot be verified. */
static void add_states(struct query_text *t, unsigned states)
{
	if (!states) {
		strbuf_adds(&t->sql, " AND (state IN ('confirmed', 'easing', 'resolved') OR confirmed_ms IS NOT NULL)");
		return;
	}
	strbuf_adds(&t->sql, " AND state IN (''");
	for (int i = 0; i < EVENT_STATE_COUNT; i++)
		if (states & 1u << i)
			strbuf_addf(&t->sql, ", '%s'", event_state_name((enum event_state)i));
	strbuf_addc(&t->sql, ')');
}

static void write_query(struct query_text *t, const struct event_filter *f)
{
	strbuf_adds(&t->sql, "SELECT ");
	for (size_t i = 0; i < store_field_count(); i++)
		strbuf_addf(&t->sql, "%s, ", store_field_name(i));
	strbuf_adds(&t->sql, "seq, rev FROM events WHERE 1");
	add_states(t, f->states);
	if (wall_is_set(f->since)) /* without an end: it touches all that is later, but for dismissed ones */
		add_number(t, "coalesce(end_ms, CASE state WHEN 'dismissed' THEN changed_ms END, 9e18) >= ?",
			   f->since.ms);
	if (wall_is_set(f->until))
		add_number(t, "start_ms <= ?", f->until.ms);
	if (f->after_seq)
		add_number(t, "seq > ?", (int64_t)f->after_seq);
	if (wall_is_set(f->changed_after))
		add_number(t, "changed_ms > ?", f->changed_after.ms);
	for (size_t i = 0; i < f->territory_count; i++)
		strbuf_adds(&t->sql, i ? ", ?" : " AND territory IN (?");
	strbuf_adds(&t->sql, f->territory_count ? ") ORDER BY seq" : " ORDER BY seq");
	if (t->sql.cut)
		BUG("a filter of %zu territories", f->territory_count);
}

static int each_row(struct store *s, sqlite3_stmt *q, bool (*each)(const struct event *, void *), void *arg,
		    struct err *e)
{
	bool more = true;
	int rc = SQLITE_DONE, code = 0;

	while (more && !code && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct event ev;
		int64_t rev;
		uint64_t total;
		store_read_event(q, &ev, &rev);
		code = store_read_evidence(s, &ev, &total, e);
		if (!code)
			more = each(&ev, arg);
		free(ev.evidence);
	}
	return !code && rc != SQLITE_DONE && rc != SQLITE_ROW ? store_fail(s, READING, e) : code;
}

int store_each_event(struct store *s, const struct event_filter *f, bool (*each)(const struct event *, void *),
		     void *arg, struct err *e)
{
	struct query_text t = {.number_count = 0};
	sqlite3_stmt *q = NULL;
	int code = 0, at = 1;

	if (!s->db)
		return 0;
	strbuf_init(&t.sql, 1 << 20);
	write_query(&t, f);
	if (sqlite3_prepare_v2(s->db, t.sql.text, -1, &q, NULL) != SQLITE_OK) {
		code = store_fail(s, READING, e);
		goto out;
	}
	for (size_t i = 0; i < t.number_count; i++)
		sqlite3_bind_int64(q, at++, t.numbers[i]);
	for (size_t i = 0; i < f->territory_count; i++)
		store_bind_text(q, at++, f->territories[i]);
	code = each_row(s, q, each, arg, e);
out:
	sqlite3_finalize(q);
	strbuf_release(&t.sql);
	return code;
}
