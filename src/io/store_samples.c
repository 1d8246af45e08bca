/* What is remembered beside events: samples of signals, networks, sources, names.
 *
 * None of it is precious: losing it costs history on the screen and a warm-up. So writes are few: rows that say
 * nothing new leave their pages alone, and a prune deletes a bounded piece at a time. */
#include "store_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/prefix.h"

enum { PRUNE_ROWS = 20000 }; /* of samples, by one call: a few ms */

#define SAVING_SAMPLES "cannot save samples"
#define SAVING_STATE   "cannot save what is known"
#define READING        "cannot be read"

/* ---- samples ---- */

static int find_signal(struct store *s, const char *territory, const char *source, const char *name, int64_t *id,
		       struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_SIGNAL_GET, e);

	*id = 0;
	if (!q)
		return ERR_FILE;
	store_bind_text(q, 1, territory);
	store_bind_text(q, 2, source);
	store_bind_text(q, 3, name);
	int rc = sqlite3_step(q);
	if (rc == SQLITE_ROW)
		*id = sqlite3_column_int64(q, 0);
	int code = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s, READING, e);
	sqlite3_reset(q);
	return code;
}

static int signal_id(struct store *s, const struct sample_row *r, int64_t *id, struct err *e)
{
	int code = find_signal(s, r->territory, r->source, r->name, id, e);

	if (code || *id)
		return code;
	sqlite3_stmt *q = store_prepare(s, SQL_SIGNAL_ADD, e);
	if (!q)
		return ERR_FILE;
	store_bind_text(q, 1, r->territory);
	store_bind_text(q, 2, r->source);
	store_bind_text(q, 3, r->name);
	code = store_step(s, q, SAVING_SAMPLES, e);
	return code ? code : find_signal(s, r->territory, r->source, r->name, id, e);
}

static bool same_signal(const struct sample_row *a, const struct sample_row *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->source, b->source) == 0 &&
	       strcmp(a->territory, b->territory) == 0;
}

static int put_samples(struct store *s, const struct sample_row *rows, size_t count, struct err *e)
{
	int64_t id = 0;
	int code = 0;

	for (size_t i = 0; i < count && !code; i++) {
		if (i == 0 || !same_signal(&rows[i], &rows[i - 1]))
			code = signal_id(s, &rows[i], &id, e);
		sqlite3_stmt *q = code ? NULL : store_prepare(s, SQL_SAMPLE_PUT, e);
		if (!q)
			return ERR_FILE;
		sqlite3_bind_int64(q, 1, id);
		sqlite3_bind_int64(q, 2, rows[i].t.ms);
		store_bind_double(q, 3, rows[i].value);
		code = store_step(s, q, SAVING_SAMPLES, e);
	}
	return code;
}

int store_save_samples(struct store *s, const struct sample_row *rows, size_t count, struct err *e)
{
	if (!s->db || count == 0)
		return 0;
	int code = store_must_write(s, SAVING_SAMPLES, e);
	if (!code)
		code = store_begin(s, SAVING_SAMPLES, e);
	return code ? code : store_end(s, put_samples(s, rows, count, e), SAVING_SAMPLES, e);
}

int store_load_series(struct store *s, const char *territory, const char *source, const char *name, struct wall since,
		      struct series *into, struct err *e)
{
	int64_t id;
	int rc;

	if (!s->db)
		return 0;
	int code = find_signal(s, territory, source, name, &id, e);
	sqlite3_stmt *q = code || !id ? NULL : store_prepare(s, SQL_SAMPLE_GET, e);
	if (!q)
		return code || !id ? code : ERR_FILE;
	sqlite3_bind_int64(q, 1, id);
	sqlite3_bind_int64(q, 2, wall_is_set(since) ? since.ms : 0);
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		struct wall t = store_read_wall(q, 0);
		/* what the series has is newer than what was saved; one too old for its ring is no loss */
		if (wall_is_set(t) && sqlite3_column_type(q, 1) != SQLITE_NULL && isnan(series_at(into, t)))
			(void)series_put(into, t, sqlite3_column_double(q, 1));
	}
	if (rc != SQLITE_DONE)
		code = store_fail(s, READING, e);
	sqlite3_reset(q);
	return code;
}

int store_prune(struct store *s, struct wall samples_before, struct err *e)
{
	if (!s->db || !wall_is_set(samples_before))
		return 0;
	int code = store_must_write(s, "cannot be pruned", e);
	sqlite3_stmt *samples = code ? NULL : store_prepare(s, SQL_SAMPLE_PRUNE, e);
	sqlite3_stmt *nets = code ? NULL : store_prepare(s, SQL_NET_PRUNE, e);
	if (!samples || !nets)
		return ERR_FILE;
	sqlite3_bind_int64(samples, 1, samples_before.ms);
	sqlite3_bind_int64(samples, 2, PRUNE_ROWS);
	code = store_step(s, samples, "cannot be pruned", e);
	sqlite3_bind_int64(nets, 1, samples_before.ms);
	return code ? code : store_step(s, nets, "cannot be pruned", e);
}

/* ---- networks ---- */

static int put_nets(struct store *s, const char *territory, const struct net_memory *rows, const uint32_t *origins,
		    size_t count, struct err *e)
{
	char prefix[PREFIX_TEXT_MAX];
	int code = 0;

	for (size_t i = 0; i < count && !code; i++) {
		sqlite3_stmt *q = store_prepare(s, SQL_NET_PUT, e);
		if (!q)
			return ERR_FILE;
		store_bind_text(q, 1, territory);
		store_bind_text(q, 2, prefix_format(prefix, &rows[i].prefix));
		sqlite3_bind_int64(q, 3, origins[i]);
		store_bind_text(q, 4, net_state_name(rows[i].state));
		store_bind_double(q, 5, rows[i].v0);
		store_bind_wall(q, 6, rows[i].since);
		store_bind_wall(q, 7, rows[i].saved);
		sqlite3_bind_int64(q, 8, rows[i].learned_h);
		code = store_step(s, q, SAVING_STATE, e);
	}
	return code;
}

int store_save_nets(struct store *s, const char *territory, const struct net_memory *rows, const uint32_t *origins,
		    size_t count, struct err *e)
{
	if (!s->db || count == 0)
		return 0;
	int code = store_must_write(s, SAVING_STATE, e);
	if (!code)
		code = store_begin(s, SAVING_STATE, e);
	return code ? code : store_end(s, put_nets(s, territory, rows, origins, count, e), SAVING_STATE, e);
}

/* False for a row that is no network of ours to read. */
static bool read_net(sqlite3_stmt *q, struct net_memory *m, uint32_t *origin)
{
	const char *prefix = (const char *)sqlite3_column_text(q, 0), *state = (const char *)sqlite3_column_text(q, 2);
	int64_t asn = sqlite3_column_int64(q, 1);

	*m = (struct net_memory){.state = NET_UNKNOWN, .v0 = NAN};
	if (!prefix || !prefix_parse(prefix, strlen(prefix), &m->prefix))
		return false;
	for (int i = 0; state && i < NET_STATE_COUNT; i++)
		if (strcmp(state, net_state_name((enum net_state)i)) == 0)
			m->state = (enum net_state)i;
	double v0 = sqlite3_column_double(q, 3);
	if (sqlite3_column_type(q, 3) != SQLITE_NULL && v0 >= 0 && v0 <= 1)
		m->v0 = v0;
	m->since = store_read_wall(q, 4);
	m->saved = store_read_wall(q, 5);
	int64_t hours = sqlite3_column_int64(q, 6);
	m->learned_h = hours > 0 && hours <= 24 ? (unsigned)hours : 0;
	*origin = asn > 0 && asn <= UINT32_MAX ? (uint32_t)asn : 0;
	return true;
}

int store_load_nets(struct store *s, const char *territory, struct net_memory **rows, uint32_t **origins, size_t *count,
		    struct err *e)
{
	size_t rows_cap = 0, origins_cap = 0;
	int rc = SQLITE_DONE;

	*rows = NULL;
	*origins = NULL;
	*count = 0;
	if (!s->db)
		return 0;
	sqlite3_stmt *q = store_prepare(s, SQL_NET_GET, e);
	if (!q)
		return ERR_FILE;
	store_bind_text(q, 1, territory);
	while (*count < NETWORKS_MAX && (rc = sqlite3_step(q)) == SQLITE_ROW) {
		mem_grow(rows, &rows_cap, *count + 1, sizeof(**rows));
		mem_grow(origins, &origins_cap, *count + 1, sizeof(**origins));
		*count += read_net(q, &(*rows)[*count], &(*origins)[*count]);
	}
	int code = rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : store_fail(s, READING, e);
	sqlite3_reset(q);
	if (code) {
		free(*rows);
		free(*origins);
		*rows = NULL;
		*origins = NULL;
		*count = 0;
	}
	return code;
}

/* ---- sources and names ---- */

static int put_sources(struct store *s, const struct source_state *rows, size_t count, struct err *e)
{
	int code = 0;

	for (size_t i = 0; i < count && !code; i++) {
		sqlite3_stmt *q = store_prepare(s, SQL_SOURCE_PUT, e);
		if (!q)
			return ERR_FILE;
		store_bind_text(q, 1, rows[i].name);
		store_bind_text(q, 2, rows[i].error);
		store_bind_wall(q, 3, rows[i].last_success);
		store_bind_wall(q, 4, rows[i].last_try);
		store_bind_wall(q, 5, rows[i].data_time);
		code = store_step(s, q, SAVING_STATE, e);
	}
	return code;
}

int store_save_sources(struct store *s, const struct source_state *rows, size_t count, struct err *e)
{
	if (!s->db || count == 0)
		return 0;
	int code = store_must_write(s, SAVING_STATE, e);
	if (!code)
		code = store_begin(s, SAVING_STATE, e);
	return code ? code : store_end(s, put_sources(s, rows, count, e), SAVING_STATE, e);
}

int store_load_sources(struct store *s, struct source_state *rows, size_t count, struct err *e)
{
	int code = 0;

	for (size_t i = 0; i < count && !code && s->db; i++) {
		sqlite3_stmt *q = store_prepare(s, SQL_SOURCE_GET, e);
		if (!q)
			return ERR_FILE;
		store_bind_text(q, 1, rows[i].name);
		int rc = sqlite3_step(q);
		if (rc == SQLITE_ROW) {
			store_read_text(q, 0, rows[i].error, sizeof(rows[i].error));
			rows[i].last_success = store_read_wall(q, 1);
			rows[i].last_try = store_read_wall(q, 2);
			rows[i].data_time = store_read_wall(q, 3);
		} else if (rc != SQLITE_DONE) {
			code = store_fail(s, READING, e);
		}
		sqlite3_reset(q);
	}
	return code;
}

static int name_is(struct store *s, uint32_t asn, const char *name, bool *same, struct err *e)
{
	sqlite3_stmt *q = store_prepare(s, SQL_NAME_GET, e);

	if (!q)
		return ERR_FILE;
	sqlite3_bind_int64(q, 1, asn);
	int rc = sqlite3_step(q);
	const char *found = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
	*same = found && strcmp(found, name) == 0;
	int code = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s, READING, e);
	sqlite3_reset(q);
	return code;
}

int store_save_names(struct store *s, uint32_t asn, const char *name, struct err *e)
{
	bool same = false;

	if (!s->db)
		return 0;
	int code = store_must_write(s, SAVING_STATE, e);
	if (!code)
		code = name_is(s, asn, name, &same, e);
	if (code || same)
		return code;
	sqlite3_stmt *q = store_prepare(s, SQL_NAME_PUT, e);
	if (!q)
		return ERR_FILE;
	sqlite3_bind_int64(q, 1, asn);
	store_bind_text(q, 2, name);
	return store_step(s, q, SAVING_STATE, e);
}

int store_load_names(struct store *s, void (*each)(uint32_t asn, const char *name, void *), void *arg, struct err *e)
{
	char name[sizeof(((struct operator*)NULL)->name)];
	int rc;

	if (!s->db)
		return 0;
	sqlite3_stmt *q = store_prepare(s, SQL_NAME_ALL, e);
	if (!q)
		return ERR_FILE;
	while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
		int64_t asn = sqlite3_column_int64(q, 0);
		store_read_text(q, 1, name, sizeof(name));
		if (asn > 0 && asn <= UINT32_MAX && name[0])
			each((uint32_t)asn, name, arg);
	}
	int code = rc == SQLITE_DONE ? 0 : store_fail(s, READING, e);
	sqlite3_reset(q);
	return code;
}
