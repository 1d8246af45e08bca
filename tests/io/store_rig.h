/* A store in a folder of its own, a book with outages in it, and SQL behind the store's back. Times are literals:
 * minutes after T0. Include after cmocka.h. */
#ifndef LANDLINE_TESTS_IO_STORE_RIG_H
#define LANDLINE_TESTS_IO_STORE_RIG_H

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/store.h"

#define T0        INT64_C(1419264900123) /* 2014-12-22T16:15:00.123Z */
#define MINUTE_MS INT64_C(60000)

static char folder[64], path[96];

static inline struct now at(int64_t minutes)
{
	return (struct now){.mono = {minutes * MINUTE_MS}, .wall = {T0 + minutes * MINUTE_MS}};
}

static inline struct wall wall_at(int64_t minutes)
{
	return at(minutes).wall;
}

static inline struct store *must_open(void)
{
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};

	if (store_open(&s, path, false, &e))
		fail_msg("%s", e.msg);
	return s;
}

static inline void must_save(struct store *s, struct event_book *b, int64_t minutes)
{
	struct err e = {.code = ERR_OK};

	if (store_save_events(s, b, at(minutes), &e))
		fail_msg("%s", e.msg);
}

static inline struct event must_find(struct store *s, uint64_t seq)
{
	struct event ev;
	struct err e = {.code = ERR_OK};

	if (store_find_event(s, seq, &ev, &e))
		fail_msg("%s", e.msg);
	return ev;
}

static inline enum event_state state_of(struct store *s, uint64_t seq)
{
	struct event ev = must_find(s, seq);

	free(ev.evidence);
	return ev.state;
}

/* SQL behind the store's back. */
static inline void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	char *why = NULL;
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	sqlite3_close(db);
}

static inline int64_t sql_number(const char *text)
{
	sqlite3 *db;
	sqlite3_stmt *q;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	sqlite3_close(db);
	return n;
}

static inline struct finding finding(enum event_scope scope, const char *subject, double loss_pct)
{
	return (struct finding){
		.scope = scope,
		.territory = "KP",
		.subject = subject,
		.kind = VERDICT_WITHDRAWN,
		.loss_pct = loss_pct,
		.networks_lost = 4,
		.networks_total = 4,
		.classes = CLASS_R,
		.missing = CLASS_T | CLASS_H,
		.confidence = CONFIDENCE_MEDIUM,
		.via_asn = 4837,
	};
}

static inline struct event *suspect(struct event_book *b, const char *subject, int64_t minutes)
{
	struct finding f = finding(SCOPE_TERRITORY, subject, 100);

	return event_suspect(b, &f, wall_at(minutes), 30000, NULL, at(minutes + 1));
}

static inline struct event *confirmed(struct event_book *b, const char *subject, int64_t minutes)
{
	struct finding f = finding(SCOPE_TERRITORY, subject, 100);
	struct event *ev = suspect(b, subject, minutes);

	event_confirm(b, ev, &f, at(minutes + 2));
	return ev;
}

static inline void resolve(struct event_book *b, struct event *ev, int64_t minutes)
{
	struct finding f = finding(ev->scope, ev->subject, 0);

	event_ease(b, ev, &f, at(minutes));
	event_resolve(b, ev, wall_at(minutes), 30000, at(minutes + 15));
}

static inline int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/landline-store-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/landline.db", folder);
	return 0;
}

static inline int tear_down(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	char name[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
