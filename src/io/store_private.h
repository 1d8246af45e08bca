/* Inside of the store: the handle, its prepared statements, and how a struct event becomes a row. */
#ifndef LANDLINE_IO_STORE_PRIVATE_H
#define LANDLINE_IO_STORE_PRIVATE_H

#include <sqlite3.h>

#include "base/strbuf.h"
#include "io/store.h"

/* Every statement, by what it does. The texts are in store_schema.c. */
/* What the log's column `shown` holds: not in the default log; in it; in it, and told under another event's line. */
enum { LOG_HIDDEN, LOG_SHOWN, LOG_FOLDED };

enum store_sql {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_BEGIN_READ,
	SQL_EVENT_JOIN,
	SQL_EVENT_INSERT,
	SQL_EVENT_UPDATE,
	SQL_EVENT_GET,
	SQL_EVENT_LOAD,
	SQL_EVIDENCE_INSERT,
	SQL_EVIDENCE_TRIM,
	SQL_EVIDENCE_GET,
	SQL_EVIDENCE_LAST,
	SQL_LOG_INSERT,
	SQL_LOG_LOAD,
	SQL_SIGNAL_ADD,
	SQL_SIGNAL_GET,
	SQL_SAMPLE_PUT,
	SQL_SAMPLE_GET,
	SQL_SAMPLE_PRUNE,
	SQL_NET_PUT,
	SQL_NET_GET,
	SQL_NET_PRUNE,
	SQL_SOURCE_PUT,
	SQL_SOURCE_GET,
	SQL_NAME_PUT,
	SQL_NAME_GET,
	SQL_NAME_ALL,
	SQL_COUNT
};

/* What this process last knew of an event's row. Another revision there means that another process wrote it since, and
 * from then on the row is shared: we never write over it again, only into it. */
struct known_row {
	uint64_t seq;
	int64_t rev;
	uint64_t evidence_total;
	bool shared;
};

struct store {
	sqlite3 *db; /* NULL: nothing is kept */
	char *path;
	bool read_only;
	sqlite3_stmt *statements[SQL_COUNT]; /* prepared when first used */
	struct known_row *known;             /* by seq */
	size_t known_count, known_cap;
};

/* ---- store_schema.c ---- */

/* The text of a statement, with the columns of an event filled in. */
void store_sql_text(enum store_sql id, struct strbuf *out);
/* May this file be used? A newer one, and another program's, are ERR_FILE. *old: it must be migrated; for a reader that
 * is ERR_FILE, or ERR_NOT_FOUND when it is empty. Changes nothing. */
int store_check(struct store *s, bool *old, struct err *e) MUST_CHECK;
/* Bring the file up to this program's version. */
int store_migrate(struct store *s, struct err *e) MUST_CHECK;

/* ---- store.c ---- */

/* ERR_FILE with what failed, why in words, and the path. */
int store_fail(const struct store *s, const char *what, struct err *e) MUST_CHECK;
/* Reset and ready to be bound; NULL with *e filled when it cannot be prepared. Whoever reads rows resets it when
 * done, so that no read stays open. */
sqlite3_stmt *store_prepare(struct store *s, enum store_sql id, struct err *e);
/* Step a statement that gives no rows, and reset it. */
int store_step(struct store *s, sqlite3_stmt *q, const char *what, struct err *e) MUST_CHECK;
int store_begin(struct store *s, const char *what, struct err *e) MUST_CHECK; /* to write; waits for other writers */
int store_begin_read(struct store *s, const char *what, struct err *e) MUST_CHECK; /* what follows sees one state */
/* Commit when code is 0, else roll back. Returns code, or why the commit failed. */
int store_end(struct store *s, int code, const char *what, struct err *e) MUST_CHECK;
int store_must_write(const struct store *s, const char *what, struct err *e) MUST_CHECK;

void store_bind_text(sqlite3_stmt *q, int at, const char *s);          /* s must live until the step */
void store_bind_wall(sqlite3_stmt *q, int at, struct wall t);          /* unset: NULL */
void store_bind_double(sqlite3_stmt *q, int at, double v);             /* NAN: NULL */
void store_read_text(sqlite3_stmt *q, int col, char *dst, size_t cap); /* cleaned; NULL: "" */
struct wall store_read_wall(sqlite3_stmt *q, int col);                 /* NULL or out of all reason: WALL_NONE */

/* ---- store_fields.c: the columns of an event ---- */

size_t store_field_count(void);
const char *store_field_name(size_t i);
/* Bind the fields to ?1..?count. */
void store_bind_event(sqlite3_stmt *q, const struct event *ev);
/* Read them from columns 0..count-1, then seq and rev; evidence is none. Values out of range become harmless ones. */
void store_read_event(sqlite3_stmt *q, struct event *ev, int64_t *rev);

/* ---- store_read.c ---- */

/* Evidence of ev->seq into ev (malloced), as much as an event keeps. *total: lines ever saved of it. */
int store_read_evidence(struct store *s, struct event *ev, uint64_t *total, struct err *e) MUST_CHECK;
/* An event's row without its evidence: ERR_NOT_FOUND when there is none. */
int store_read_row(struct store *s, uint64_t seq, struct event *out, int64_t *rev, struct err *e) MUST_CHECK;

/* ---- store.c: the memory of rows ---- */

struct known_row *store_known(struct store *s, uint64_t seq); /* NULL if not known */
void store_know(struct store *s, const struct known_row *row);

#endif
