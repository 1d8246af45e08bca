/* See headless.h. */
#include "headless.h"

#include <signal.h>
#include <sqlite3.h>
#include <string.h>

#include "base/when.h"

enum { LEARN_MIN = 15 };

int64_t headless_at(const char *iso)
{
	struct wall t;
	assert_int_equal(wall_parse(iso, &t, NULL), 0);
	return t.ms;
}

void headless_start(struct rig *r, const char *codes)
{
	char words[80];
	snprintf(words, sizeof(words), "collect %s", codes);
	rig_start(r, 40, 250, words);
}

void headless_stop(struct rig *r, struct strbuf *said)
{
	rig_end(r, SIGTERM);
	r->exited = false; /* as it should have: time may go on without it */
	strbuf_add(said, r->log.text, r->log.len);
}

void headless_skip(struct rig *r, const char *codes, int64_t from_ms, int64_t until_ms, struct strbuf *said)
{
	rig_until(r, from_ms);
	headless_stop(r, said);
	rig_until(r, until_ms);
	headless_start(r, codes);
}

void headless_learn(struct rig *r, const char *codes, struct strbuf *said)
{
	char path[128];
	sqlite3 *db;
	headless_start(r, codes);
	rig_pass(r, LEARN_MIN * MINUTE);
	headless_stop(r, said);
	snprintf(path, sizeof(path), "%s/state/landline/landline.db", r->dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "UPDATE nets SET learned_h = 24", NULL, NULL, NULL), SQLITE_OK);
	assert_true(sqlite3_changes(db) > 0);
	sqlite3_close(db);
	headless_start(r, codes);
}
