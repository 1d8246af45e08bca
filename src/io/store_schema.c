/* The store's tables and all of its SQL.
 *
 * A step of the schema is never changed once it was released: what is missing comes with the next step. PRAGMA
 * user_version counts the steps that a file has seen. Times are milliseconds of UTC; what is not known is NULL;
 * states and kinds are their names, so that a file can be read with the sqlite3 shell and survives a reordered enum. */
#include "store_private.h"

#include <string.h>

#include "base/mem.h"

enum { APPLICATION_ID = 0x6C616E64 }; /* "land" */

static const char *const steps[] = {
	/* 1 */
	"CREATE TABLE events("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT, rev INTEGER NOT NULL," /* a number is never given twice */
	" territory TEXT NOT NULL, scope TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL,"
	" state TEXT NOT NULL, before_unverified TEXT NOT NULL,"
	" start_ms INTEGER, end_ms INTEGER, confirmed_ms INTEGER, start_error_ms INTEGER, end_error_ms INTEGER,"
	" easing_since_ms INTEGER, changed_ms INTEGER, unverified_since_ms INTEGER, unverified_ms INTEGER,"
	" loss_pct REAL, loss_peak_pct REAL, area REAL, below_half_ms INTEGER,"
	" networks_lost INTEGER, networks_total INTEGER, lost_now INTEGER, relapses INTEGER, transitions INTEGER,"
	" severity TEXT NOT NULL, confidence TEXT NOT NULL, classes INTEGER, missing INTEGER,"
	" parent INTEGER, via_asn INTEGER, late INTEGER, replay INTEGER);"
	"CREATE INDEX events_subject ON events(territory, scope, subject, state);"
	"CREATE INDEX events_state ON events(territory, state);"
	"CREATE INDEX events_changed ON events(changed_ms);"
	"CREATE TABLE evidence("
	" seq INTEGER NOT NULL, n INTEGER NOT NULL, time_ms INTEGER, source TEXT NOT NULL, rule TEXT NOT NULL,"
	" value TEXT NOT NULL, url TEXT NOT NULL, PRIMARY KEY(seq, n)) WITHOUT ROWID;"
	"CREATE TABLE log("
	" line INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER, time_ms INTEGER, logged_ms INTEGER, from_state TEXT,"
	" to_state TEXT, scope TEXT NOT NULL, territory TEXT NOT NULL, subject TEXT NOT NULL, missing TEXT NOT NULL,"
	" text TEXT NOT NULL, late INTEGER, replay INTEGER, shown INTEGER);"
	/* two processes that see the same say it once */
	"CREATE UNIQUE INDEX log_once ON log(seq, to_state, time_ms, text);"
	"CREATE INDEX log_territory ON log(territory, line);"
	"CREATE TABLE signals("
	" id INTEGER PRIMARY KEY, territory TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL,"
	" UNIQUE(territory, source, name));"
	"CREATE TABLE samples("
	" signal INTEGER NOT NULL, t_ms INTEGER NOT NULL, value REAL, PRIMARY KEY(signal, t_ms)) WITHOUT ROWID;"
	"CREATE TABLE nets("
	" territory TEXT NOT NULL, prefix TEXT NOT NULL, origin INTEGER NOT NULL, state TEXT NOT NULL, v0 REAL,"
	" learned_h INTEGER NOT NULL, since_ms INTEGER, saved_ms INTEGER, PRIMARY KEY(territory, prefix)) WITHOUT ROWID;"
	"CREATE TABLE sources("
	" name TEXT PRIMARY KEY, error TEXT NOT NULL, last_success_ms INTEGER, last_try_ms INTEGER,"
	" data_time_ms INTEGER) WITHOUT ROWID;"
	"CREATE TABLE names(asn INTEGER PRIMARY KEY, name TEXT NOT NULL);",
	/* 2: what all classes together say of an event, and what it is called */
	"ALTER TABLE events ADD COLUMN against INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE events ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE events ADD COLUMN loss_class INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE events ADD COLUMN signatures INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE events ADD COLUMN note TEXT NOT NULL DEFAULT '';",
};

#define OPEN_STATES "'suspected', 'confirmed', 'easing', 'unverified'"

/* %C: the columns of an event, %P: as many parameters, %U: "column = ?" of each. */
static const char *const statements[SQL_COUNT] = {
	/* IMMEDIATE: the lock is taken before anything is read, so that two processes cannot both miss the other's
	   event */
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_EVENT_JOIN] = "SELECT seq FROM events WHERE territory = ?1 AND scope = ?2 AND subject = ?3 AND replay = ?4"
			   " AND state IN (" OPEN_STATES ") AND abs(start_ms - ?5) <= ?6 ORDER BY seq",
	[SQL_EVENT_INSERT] = "INSERT INTO events(%C, rev) VALUES (%P, 1)",
	[SQL_EVENT_UPDATE] = "UPDATE events SET %U, rev = rev + 1 WHERE seq = ?",
	[SQL_EVENT_GET] = "SELECT %C, seq, rev FROM events WHERE seq = ?",
	[SQL_EVENT_LOAD] =
		"SELECT %C, seq, rev FROM events WHERE territory = ?1 AND replay = 0"
		" AND (state IN (" OPEN_STATES ") OR seq IN (SELECT seq FROM events"
		" WHERE territory = ?1 AND replay = 0 AND state = 'resolved' ORDER BY seq DESC LIMIT ?2)"
		/* what repeats is told from the territory's own, which the networks' must not push out */
		" OR seq IN (SELECT seq FROM events WHERE territory = ?1 AND scope = 'territory' AND replay = 0"
		" AND state = 'resolved' ORDER BY seq DESC LIMIT ?2)) ORDER BY seq",
	[SQL_EVIDENCE_INSERT] =
		"INSERT INTO evidence(seq, n, time_ms, source, rule, value, url) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7"
		" WHERE NOT EXISTS (SELECT 1 FROM evidence"
		" WHERE seq = ?1 AND time_ms IS ?3 AND source = ?4 AND rule = ?5 AND value = ?6)",
	[SQL_EVIDENCE_TRIM] = "DELETE FROM evidence WHERE seq = ?1 AND n > ?2 AND n <= ?3",
	[SQL_EVIDENCE_GET] = "SELECT n, time_ms, source, rule, value, url FROM evidence WHERE seq = ? ORDER BY n",
	[SQL_EVIDENCE_LAST] = "SELECT max(n) FROM evidence WHERE seq = ?",
	[SQL_LOG_INSERT] =
		"INSERT OR IGNORE INTO log(seq, time_ms, logged_ms, from_state, to_state, scope, territory, subject,"
		" missing, text, late, replay, shown) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
	[SQL_LOG_LOAD] =
		"SELECT seq, time_ms, logged_ms, from_state, to_state, scope, territory, subject, missing, text, late,"
		" shown FROM log WHERE territory = ?1 AND replay = 0 ORDER BY line DESC LIMIT ?2",
	[SQL_SIGNAL_ADD] = "INSERT OR IGNORE INTO signals(territory, source, name) VALUES (?,?,?)",
	[SQL_SIGNAL_GET] = "SELECT id FROM signals WHERE territory = ? AND source = ? AND name = ?",
	[SQL_SAMPLE_PUT] = "INSERT INTO samples(signal, t_ms, value) VALUES (?,?,?) ON CONFLICT DO UPDATE"
			   " SET value = excluded.value WHERE value IS NOT excluded.value",
	[SQL_SAMPLE_GET] = "SELECT t_ms, value FROM samples WHERE signal = ? AND t_ms >= ? ORDER BY t_ms",
	/* CROSS: signal by signal, so that only what is old is looked at */
	[SQL_SAMPLE_PRUNE] = "DELETE FROM samples WHERE (signal, t_ms) IN (SELECT old.signal, old.t_ms FROM signals"
			     " CROSS JOIN samples AS old ON old.signal = signals.id AND old.t_ms < ?1 LIMIT ?2)",
	/* the age of a memory that is still true is kept to ten minutes: the pages are not written each time */
	[SQL_NET_PUT] =
		"INSERT INTO nets(territory, prefix, origin, state, v0, since_ms, saved_ms, learned_h) VALUES (?,?,?,?,?,?,?,?)"
		" ON CONFLICT DO UPDATE SET origin = excluded.origin, state = excluded.state, v0 = excluded.v0,"
		" since_ms = excluded.since_ms, saved_ms = excluded.saved_ms, learned_h = excluded.learned_h"
		" WHERE learned_h <> excluded.learned_h OR origin <> excluded.origin OR state <> excluded.state OR since_ms IS NOT excluded.since_ms"
		" OR (v0 IS NULL) <> (excluded.v0 IS NULL) OR abs(v0 - excluded.v0) > 0.02"
		" OR saved_ms IS NULL OR abs(excluded.saved_ms - saved_ms) >= 600000",
	[SQL_NET_GET] =
		"SELECT prefix, origin, state, v0, since_ms, saved_ms, learned_h FROM nets WHERE territory = ? ORDER BY prefix",
	[SQL_NET_PRUNE] = "DELETE FROM nets WHERE saved_ms < ?",
	[SQL_SOURCE_PUT] = "INSERT OR REPLACE INTO sources(name, error, last_success_ms, last_try_ms, data_time_ms)"
			   " VALUES (?,?,?,?,?)",
	[SQL_SOURCE_GET] = "SELECT error, last_success_ms, last_try_ms, data_time_ms FROM sources WHERE name = ?",
	[SQL_NAME_PUT] = "INSERT OR REPLACE INTO names(asn, name) VALUES (?,?)",
	[SQL_NAME_GET] = "SELECT name FROM names WHERE asn = ?",
	[SQL_NAME_ALL] = "SELECT asn, name FROM names ORDER BY asn",
};

static void add_columns(struct strbuf *out, const char *format)
{
	for (size_t i = 0; i < store_field_count(); i++) {
		const char *name = store_field_name(i);
		strbuf_adds(out, i ? ", " : "");
		strbuf_adds(out, *format == 'P' ? "?" : name);
		strbuf_adds(out, *format == 'U' ? " = ?" : "");
	}
}

void store_sql_text(enum store_sql id, struct strbuf *out)
{
	for (const char *s = statements[id]; *s; s++) {
		if (*s == '%')
			add_columns(out, ++s);
		else
			strbuf_addc(out, *s);
	}
}

static int number_of(struct store *s, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *q = NULL;
	int rc = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(q, 0);
	int code = rc == SQLITE_ROW ? 0 : store_fail(s, "cannot be opened", e);
	sqlite3_finalize(q);
	return code;
}

static int execute(struct store *s, const char *sql, struct err *e)
{
	return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : store_fail(s, "cannot be set up", e);
}

static int apply_step(struct store *s, size_t step, struct err *e)
{
	char text[96];
	int code = execute(s, steps[step], e);

	sqlite3_snprintf((int)sizeof(text), text, "PRAGMA user_version = %d; PRAGMA application_id = %d", (int)step + 1,
			 (int)APPLICATION_ID);
	return code ? code : execute(s, text, e);
}

/* Is this a file we may write? version: of the schema found. Inside a transaction: another process may be making it. */
static int check_file(struct store *s, int64_t *version, struct err *e)
{
	int64_t application, tables;
	int code;

	if ((code = number_of(s, "PRAGMA user_version", version, e)) ||
	    (code = number_of(s, "PRAGMA application_id", &application, e)) ||
	    (code = number_of(s, "SELECT count(*) FROM sqlite_master", &tables, e)))
		return code;
	if (application == APPLICATION_ID && *version > (int64_t)ARRAY_LEN(steps))
		return err_set(e, ERR_FILE, "store '%s' is of version %d, newer than this landline's %d: not touched",
			       s->path, (int)*version, (int)ARRAY_LEN(steps));
	if (application != APPLICATION_ID && (application != 0 || *version != 0 || tables != 0))
		return err_set(e, ERR_FILE, "'%s' is the database of another program: not touched", s->path);
	return 0;
}

int store_check(struct store *s, bool *old, struct err *e)
{
	int64_t version = 0;
	int code = store_begin_read(s, "cannot be opened", e);

	if (!code)
		code = store_end(s, check_file(s, &version, e), "cannot be opened", e);
	*old = version != (int64_t)ARRAY_LEN(steps);
	if (code || !*old || !s->read_only)
		return code;
	if (version == 0)
		return err_set(e, ERR_NOT_FOUND, "store '%s' is empty", s->path);
	return err_set(e, ERR_FILE, "store '%s' is of an older version: start landline once to renew it", s->path);
}

int store_migrate(struct store *s, struct err *e)
{
	int64_t version = 0;
	int code = store_begin(s, "cannot be set up", e);

	if (code)
		return code;
	code = check_file(s, &version, e); /* again, now that nobody else can be at it */
	for (size_t i = (size_t)version; i < ARRAY_LEN(steps) && !code; i++)
		code = apply_step(s, i, e);
	return store_end(s, code, "cannot be set up", e);
}
