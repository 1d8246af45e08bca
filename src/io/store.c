/* The store's handle: opening, closing, statements, transactions, and what failed in words. See io/store.h.
 *
 * WAL with synchronous NORMAL: a killed process loses nothing that was committed, a power cut at most the last
 * seconds, and readers never wait for the writer. Every failure is a sentence that names the file; nothing here is
 * fatal. */
#include "store_private.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	BUSY_MS = 250,          /* of a turn: then the save is tried again with the next */
	BUSY_OPENING_MS = 2000, /* another landline may be setting the file up */
	BUSY_STEP_MS = 10,
	KNOWN_MAX = 16384,
};

/* ---- words ---- */

struct words {
	int code;
	const char *text;
};

static const struct words code_words[] = {
	{SQLITE_BUSY, "another process is writing"},
	{SQLITE_LOCKED, "another process is writing"},
	{SQLITE_FULL, "the disk is full"},
	{SQLITE_READONLY, "it may not be written"},
	{SQLITE_NOTADB, "it is not a landline store"},
	{SQLITE_CORRUPT, "it is damaged"},
	{SQLITE_TOOBIG, "a value is too long"},
};

static const char *why(const struct store *s)
{
	int code = sqlite3_errcode(s->db) & 0xFF;

	for (size_t i = 0; i < ARRAY_LEN(code_words); i++)
		if (code_words[i].code == code)
			return code_words[i].text;
	int system = sqlite3_system_errno(s->db);
	if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_PERM) && system)
		return strerror(system);
	return sqlite3_errmsg(s->db);
}

int store_fail(const struct store *s, const char *what, struct err *e)
{
	return err_set(e, ERR_FILE, "store %s: %s (%s)", what, why(s), s->path);
}

int store_must_write(const struct store *s, const char *what, struct err *e)
{
	return s->read_only ? err_set(e, ERR_FILE, "store %s: it was opened for reading (%s)", what, s->path) : 0;
}

/* ---- statements and transactions ---- */

sqlite3_stmt *store_prepare(struct store *s, enum store_sql id, struct err *e)
{
	struct strbuf text;

	if (s->statements[id]) {
		sqlite3_reset(s->statements[id]);
		return s->statements[id];
	}
	strbuf_init(&text, 8192);
	store_sql_text(id, &text);
	if (text.cut)
		BUG("SQL statement %d is too long", (int)id);
	int rc = sqlite3_prepare_v3(s->db, text.text, -1, SQLITE_PREPARE_PERSISTENT, &s->statements[id], NULL);
	if (rc != SQLITE_OK)
		(void)!store_fail(s, "cannot be used", e); /* the statement is NULL then */
	strbuf_release(&text);
	return s->statements[id];
}

int store_step(struct store *s, sqlite3_stmt *q, const char *what, struct err *e)
{
	int rc = sqlite3_step(q);
	/* the words first: a reset may replace them */
	int code = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(s, what, e);

	sqlite3_reset(q);
	return code;
}

static int run(struct store *s, enum store_sql id, const char *what, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, id, e);

	return q ? store_step(s, q, what, e) : ERR_FILE;
}

int store_begin(struct store *s, const char *what, struct err *e)
{
	return run(s, SQL_BEGIN, what, e);
}

int store_begin_read(struct store *s, const char *what, struct err *e)
{
	return run(s, SQL_BEGIN_READ, what, e);
}

int store_end(struct store *s, int code, const char *what, struct err *e)
{
	if (!code)
		code = run(s, SQL_COMMIT, what, e);
	/* a full disk may have rolled back by itself; a failed commit has not */
	if (code && !sqlite3_get_autocommit(s->db))
		(void)!run(s, SQL_ROLLBACK, what, NULL);
	return code;
}

void store_bind_text(sqlite3_stmt *q, int at, const char *text)
{
	sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC);
}

void store_bind_wall(sqlite3_stmt *q, int at, struct wall t)
{
	if (wall_is_set(t))
		sqlite3_bind_int64(q, at, t.ms);
	else
		sqlite3_bind_null(q, at);
}

void store_bind_double(sqlite3_stmt *q, int at, double v)
{
	sqlite3_bind_double(q, at, v); /* SQLite keeps a NAN as NULL */
}

void store_read_text(sqlite3_stmt *q, int col, char *dst, size_t cap)
{
	const char *text = (const char *)sqlite3_column_text(q, col);

	text_clean(dst, cap, text ? text : "", text ? (size_t)sqlite3_column_bytes(q, col) : 0);
}

struct wall store_read_wall(sqlite3_stmt *q, int col)
{
	const int64_t year_10000_ms = INT64_C(253402300800000);

	if (sqlite3_column_type(q, col) != SQLITE_INTEGER)
		return WALL_NONE;
	int64_t ms = sqlite3_column_int64(q, col);
	return ms >= 0 && ms < year_10000_ms ? (struct wall){ms} : WALL_NONE;
}

/* ---- the memory of rows ---- */

/* Where seq is, or where it belongs. */
static size_t known_at(const struct store *s, uint64_t seq)
{
	size_t low = 0, high = s->known_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (s->known[mid].seq < seq)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct known_row *store_known(struct store *s, uint64_t seq)
{
	size_t at = known_at(s, seq);

	return at < s->known_count && s->known[at].seq == seq ? &s->known[at] : NULL;
}

void store_know(struct store *s, const struct known_row *row)
{
	/* a forgotten row is only merged where it would have been overwritten */
	if (s->known_count >= KNOWN_MAX) {
		memmove(s->known, s->known + KNOWN_MAX / 2, (s->known_count - KNOWN_MAX / 2) * sizeof(*s->known));
		s->known_count -= KNOWN_MAX / 2;
	}
	size_t at = known_at(s, row->seq);
	if (at == s->known_count || s->known[at].seq != row->seq) {
		mem_grow(&s->known, &s->known_cap, s->known_count + 1, sizeof(*s->known));
		memmove(&s->known[at + 1], &s->known[at], (s->known_count - at) * sizeof(*s->known));
		s->known_count++;
	}
	s->known[at] = *row;
}

/* ---- opening and closing ---- */

/* Once in the life of a file. SQLite does not wait here when others are starting on the same new file, so we do. */
static int switch_to_wal(struct store *s)
{
	int rc = SQLITE_BUSY;

	for (int waited_ms = 0; rc == SQLITE_BUSY && waited_ms < BUSY_OPENING_MS; waited_ms += BUSY_STEP_MS) {
		rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) & 0xFF;
		if (rc == SQLITE_BUSY)
			poll(NULL, 0, BUSY_STEP_MS);
	}
	return rc;
}

static int set_up(struct store *s, struct err *e)
{
	static const char settings[] =
		"PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF";

	sqlite3_busy_timeout(s->db, BUSY_OPENING_MS);
	sqlite3_extended_result_codes(s->db, 1);
	if (!s->read_only && sqlite3_db_readonly(s->db, "main") == 1)
		return err_set(e, ERR_FILE, "store cannot be opened: it may not be written (%s)", s->path);
	bool old;
	int code = store_check(s, &old, e); /* before anything is changed: the file may not be ours */
	if (code)
		return code;
	if (!s->read_only && switch_to_wal(s) != SQLITE_OK)
		return store_fail(s, "cannot be opened", e);
	if (sqlite3_exec(s->db, settings, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(s, "cannot be opened", e);
	code = old ? store_migrate(s, e) : 0;
	sqlite3_busy_timeout(s->db, BUSY_MS);
	return code;
}

static int open_file(struct store *s, struct err *e)
{
	int flags = s->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	if (strstr(s->path, "://")) /* its address may hold a password: not named */
		return err_set(e, ERR_USAGE, "store url: only a file path can be used in this version");
	if (s->read_only && access(s->path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		return err_set(e, ERR_NOT_FOUND, "no store at '%s'", s->path);
	if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		if (!s->db)
			BUG("out of memory for the store");
		return store_fail(s, "cannot be opened", e);
	}
	return set_up(s, e);
}

int store_open(struct store **out, const char *path, bool read_only, struct err *e)
{
	struct store *s = xcalloc(1, sizeof(*s));
	int code = 0;

	*out = NULL;
	s->path = xstrdup(path);
	s->read_only = read_only;
	if (*path)
		code = open_file(s, e);
	if (code)
		store_close(s);
	else
		*out = s;
	return code;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(s->statements[i]);
	/* the last one out folds the WAL into the file and removes it */
	sqlite3_close(s->db);
	free(s->known);
	free(s->path);
	free(s);
}

const char *store_path(const struct store *s)
{
	return s->path;
}
