/* links: io/store io/store_schema io/store_fields io/store_events io/store_read io/store_samples core/event core/event_life core/event_log core/event_words core/event_out core/series core/prefix core/state base/err base/mem base/strbuf base/text base/when */
/* The store on a real file: what comes back, what two processes make of one outage, what survives a kill, a full disk,
 * a stranger's file. Times are literals. LANDLINE_KILLS: how often the kill test kills (50). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
#define KILLS     50

static char folder[64], path[96];

static struct now at(int64_t minutes)
{
	return (struct now){.mono = {minutes * MINUTE_MS}, .wall = {T0 + minutes * MINUTE_MS}};
}

static struct wall wall_at(int64_t minutes)
{
	return at(minutes).wall;
}

static struct store *must_open(void)
{
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};

	if (store_open(&s, path, false, &e))
		fail_msg("%s", e.msg);
	return s;
}

static void must_save(struct store *s, struct event_book *b, int64_t minutes)
{
	struct err e = {.code = ERR_OK};

	if (store_save_events(s, b, at(minutes), &e))
		fail_msg("%s", e.msg);
}

static struct event must_find(struct store *s, uint64_t seq)
{
	struct event ev;
	struct err e = {.code = ERR_OK};

	if (store_find_event(s, seq, &ev, &e))
		fail_msg("%s", e.msg);
	return ev;
}

static enum event_state state_of(struct store *s, uint64_t seq)
{
	struct event ev = must_find(s, seq);

	free(ev.evidence);
	return ev.state;
}

/* SQL behind the store's back. */
static void sql(const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	char *why = NULL;
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	sqlite3_close(db);
}

static int64_t sql_number(const char *text)
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

static struct finding finding(enum event_scope scope, const char *subject, double loss_pct)
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

static struct event *suspect(struct event_book *b, const char *subject, int64_t minutes)
{
	struct finding f = finding(SCOPE_TERRITORY, subject, 100);

	return event_suspect(b, &f, wall_at(minutes), 30000, NULL, at(minutes + 1));
}

static struct event *confirmed(struct event_book *b, const char *subject, int64_t minutes)
{
	struct finding f = finding(SCOPE_TERRITORY, subject, 100);
	struct event *ev = suspect(b, subject, minutes);

	event_confirm(b, ev, &f, at(minutes + 2));
	return ev;
}

static void resolve(struct event_book *b, struct event *ev, int64_t minutes)
{
	struct finding f = finding(ev->scope, ev->subject, 0);

	event_ease(b, ev, &f, at(minutes));
	event_resolve(b, ev, wall_at(minutes), 30000, at(minutes + 15));
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/landline-store-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/landline.db", folder);
	return 0;
}

static int tear_down(void **state)
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

/* ---- what comes back ---- */

static void assert_same_json(const struct event *a, const struct event *b)
{
	struct strbuf x, y;

	strbuf_init(&x, 65536);
	strbuf_init(&y, 65536);
	event_json(a, wall_at(1000), &x);
	event_json(b, wall_at(1000), &y);
	assert_string_equal(x.text, y.text);
	strbuf_release(&x);
	strbuf_release(&y);
}

static void test_round_trip(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	const struct evidence line = {
		.time = wall_at(0),
		.source = "rislive",
		.rule = "v < 0.3 for 180 s",
		.value = "visibility 0.02 (1 of 41 peer ASes)",
		.url = "https://example.net/'; DROP TABLE events; --",
	};

	(void)state;
	event_book_init(&b);
	struct event *ev = confirmed(&b, "KP", 0);
	event_evidence(&b, ev, &line);
	must_save(s, &b, 3);
	assert_int_equal(ev->seq, 1);
	assert_false(ev->dirty);
	assert_int_equal(b.log_saved, b.log_total);
	assert_int_equal(event_log_at(&b, 0)->seq, 1);
	resolve(&b, ev, 571);
	must_save(s, &b, 586);
	struct event back = must_find(s, 1);
	assert_same_json(ev, &back);
	assert_int_equal(back.start.ms, T0); /* milliseconds are kept */
	assert_int_equal(back.end.ms, T0 + 571 * MINUTE_MS);
	assert_int_equal(back.state, EVENT_RESOLVED);
	assert_int_equal(back.via_asn, 4837);
	assert_int_equal(back.transitions, ev->transitions);
	assert_true(back.area == ev->area && back.area > 0);
	assert_int_equal(back.evidence_count, 1);
	assert_memory_equal(&back.evidence[0].time, &line.time, sizeof(line.time));
	assert_string_equal(back.evidence[0].rule, line.rule);
	assert_string_equal(back.evidence[0].value, line.value);
	assert_string_equal(back.evidence[0].url, line.url);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

static void test_unset_stays_unset(void **state)
{
	struct event_book b;
	struct store *s = must_open();

	(void)state;
	event_book_init(&b);
	struct event *ev = suspect(&b, "KP", 0);
	ev->start = WALL_NONE;
	must_save(s, &b, 1);
	struct event back = must_find(s, 1);
	assert_false(wall_is_set(back.start));
	assert_false(wall_is_set(back.end));
	assert_false(wall_is_set(back.confirmed));
	assert_int_equal(back.parent, 0);
	assert_int_equal(sql_number("SELECT start_ms IS NULL AND end_ms IS NULL AND parent IS NULL FROM events"), 1);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

/* An event keeps how it began and how it stands; so does its row. */
static void test_evidence_trimmed(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct evidence line = {.source = "rislive", .rule = "r"};

	(void)state;
	event_book_init(&b);
	struct event *ev = confirmed(&b, "KP", 0);
	for (int i = 0; i < 100; i++) {
		line.time = wall_at(i);
		snprintf(line.value, sizeof(line.value), "value %d", i);
		event_evidence(&b, ev, &line);
		if (i % 7 == 0)
			must_save(s, &b, i);
	}
	must_save(s, &b, 100);
	struct event back = must_find(s, 1);
	assert_int_equal(back.evidence_count, EVENT_EVIDENCE_MAX);
	assert_int_equal(back.evidence_count + back.evidence_dropped, 100);
	for (size_t i = 0; i < back.evidence_count; i++)
		assert_string_equal(back.evidence[i].value, ev->evidence[i].value);
	assert_int_equal(sql_number("SELECT count(*) FROM evidence"), EVENT_EVIDENCE_MAX);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

static void test_restart(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e;

	(void)state;
	event_book_init(&b);
	struct event *old = confirmed(&b, "KP", 0);
	resolve(&b, old, 60);
	struct event *open = confirmed(&b, "KP", 300);
	must_save(s, &b, 310);
	uint64_t lines = b.log_total;
	store_close(s);
	event_book_release(&b);

	s = must_open();
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "KP", 10, at(400), &e), 0);
	assert_int_equal(b.count, 2);
	old = event_by_seq(&b, 1);
	open = event_by_seq(&b, 2);
	assert_int_equal(old->state, EVENT_RESOLVED);
	assert_int_equal(open->state, EVENT_UNVERIFIED);
	assert_int_equal(open->before_unverified, EVENT_CONFIRMED);
	assert_false(open->dirty);
	assert_int_equal(b.log_total, lines);
	assert_int_equal(b.log_saved, lines);
	assert_int_equal(event_log_at(&b, 0)->seq, 2);
	assert_int_equal(event_log_at(&b, 0)->event_id, open->id);
	/* loading twice, as when a territory is opened again, changes nothing but the log's copies */
	assert_int_equal(store_load_events(s, &b, "KP", 10, at(400), &e), 0);
	assert_int_equal(b.count, 2);
	/* it goes on under its number */
	struct finding f = finding(SCOPE_TERRITORY, "KP", 100);
	event_verified(&b, open, at(401));
	event_update(&b, open, &f, at(401));
	resolve(&b, open, 420);
	must_save(s, &b, 440);
	assert_int_equal(sql_number("SELECT count(*) FROM events"), 2);
	assert_int_equal(state_of(s, 2), EVENT_RESOLVED);
	store_close(s);
	event_book_release(&b);
}

static void test_load_limits(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e;

	(void)state;
	event_book_init(&b);
	for (int i = 0; i < 5; i++)
		resolve(&b, confirmed(&b, "KP", i * 300), i * 300 + 60);
	struct event *other = suspect(&b, "KP", 3000);
	event_dismiss(&b, other, at(3020));
	must_save(s, &b, 3030);
	event_book_release(&b);
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "KP", 2, at(4000), &e), 0);
	assert_int_equal(b.count, 2); /* the newest two that were real */
	assert_int_equal(b.events[0]->seq, 4);
	assert_int_equal(b.events[1]->seq, 5);
	event_book_release(&b);
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "IR", 10, at(4000), &e), 0);
	assert_int_equal(b.count, 0);
	store_close(s);
	event_book_release(&b);
}

/* A network's event begins before its country's; the country's number stands in it after one save. */
static void test_parent_number(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct finding net = finding(SCOPE_NETWORK, "175.45.176.0/24", 100);

	(void)state;
	event_book_init(&b);
	struct event *child = event_suspect(&b, &net, wall_at(0), 0, NULL, at(1));
	event_confirm(&b, child, &net, at(3));
	struct event *country = confirmed(&b, "KP", 0);
	event_set_parent(&b, child, country);
	must_save(s, &b, 5);
	assert_false(child->dirty);
	assert_int_equal(child->parent, country->seq);
	struct event back = must_find(s, child->seq);
	assert_int_equal(back.parent, country->seq);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

static void test_nothing_new_writes_nothing(void **state)
{
	struct event_book b;
	struct store *s = must_open();

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	int64_t rev = sql_number("SELECT rev FROM events");
	must_save(s, &b, 4);
	assert_int_equal(sql_number("SELECT rev FROM events"), rev);
	store_close(s);
	event_book_release(&b);
}

/* ---- two processes ---- */

struct pair {
	struct store *s[2];
	struct event_book b[2];
};

static void open_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		p->s[i] = must_open();
		event_book_init(&p->b[i]);
	}
}

static void close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		store_close(p->s[i]);
		event_book_release(&p->b[i]);
	}
}

static void test_join(void **state)
{
	static const struct {
		const char *what, *subject;
		int64_t start_min;
		bool resolved, joined;
	} cases[] = {
		{"the same at once", "KP", 0, false, true},
		{"seen 30 minutes later", "KP", 30, false, true},
		{"seen 30 minutes earlier", "KP", -30, false, true},
		{"31 minutes later is another", "KP", 31, false, false},
		{"another subject", "AS131279", 0, false, false},
		{"the other one is over", "KP", 20, true, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct pair p;
		open_pair(&p);
		struct event *first = confirmed(&p.b[0], "KP", 0);
		if (cases[i].resolved)
			resolve(&p.b[0], first, 10);
		must_save(p.s[0], &p.b[0], 3);
		struct event *second = confirmed(&p.b[1], cases[i].subject, cases[i].start_min);
		must_save(p.s[1], &p.b[1], 40);
		if ((second->seq == first->seq) != cases[i].joined)
			fail_msg("%s: %" PRIu64 " and %" PRIu64, cases[i].what, first->seq, second->seq);
		assert_int_equal(event_log_at(&p.b[1], 0)->seq, second->seq);
		close_pair(&p);
		unlink(path);
	}
}

/* Our own earlier event of the same subject is never taken for another process's. */
static void test_no_join_with_own(void **state)
{
	struct event_book b;
	struct store *s = must_open();

	(void)state;
	event_book_init(&b);
	struct event *first = confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	resolve(&b, first, 5);
	struct event *second = confirmed(&b, "KP", 21);
	must_save(s, &b, 25);
	assert_int_not_equal(first->seq, second->seq);
	assert_int_equal(state_of(s, first->seq), EVENT_RESOLVED);
	assert_int_equal(state_of(s, second->seq), EVENT_CONFIRMED);
	store_close(s);
	event_book_release(&b);
}

static void test_merge(void **state)
{
	struct pair p;
	struct finding f = finding(SCOPE_TERRITORY, "KP", 100);

	(void)state;
	open_pair(&p);
	struct event *a = confirmed(&p.b[0], "KP", 0);
	must_save(p.s[0], &p.b[0], 3);
	/* the other has only a suspicion so far: what was shown as confirmed stays so */
	struct event *b = suspect(&p.b[1], "KP", 1);
	must_save(p.s[1], &p.b[1], 4);
	assert_int_equal(b->seq, a->seq);
	assert_int_equal(state_of(p.s[0], a->seq), EVENT_CONFIRMED);
	/* nor does it go by the other's dismissing or blindness */
	event_unverified(&p.b[1], b, "RIS Live lost 16:20", wall_at(5), at(5));
	must_save(p.s[1], &p.b[1], 5);
	assert_int_equal(state_of(p.s[0], a->seq), EVENT_CONFIRMED);
	event_verified(&p.b[1], b, at(6));
	event_confirm(&p.b[1], b, &f, at(6));
	must_save(p.s[1], &p.b[1], 6);
	/* the first sees the end; the second, which does not yet, does not undo it */
	resolve(&p.b[0], a, 60);
	must_save(p.s[0], &p.b[0], 75);
	f.classes |= CLASS_P;
	event_update(&p.b[1], b, &f, at(76));
	event_late(b);
	must_save(p.s[1], &p.b[1], 76);
	struct event row = must_find(p.s[0], a->seq);
	assert_int_equal(row.state, EVENT_RESOLVED);
	assert_int_equal(row.end.ms, wall_at(60).ms);
	assert_int_equal(row.classes, CLASS_R | CLASS_P);
	free(row.evidence);
	/* but a relapse does */
	event_suspect(&p.b[0], &f, wall_at(80), 0, a, at(81));
	event_confirm(&p.b[0], a, &f, at(82));
	must_save(p.s[0], &p.b[0], 82);
	assert_int_equal(state_of(p.s[1], a->seq), EVENT_CONFIRMED);
	assert_int_equal(sql_number("SELECT count(*) FROM events"), 1);
	close_pair(&p);
}

static void test_busy(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e = {.code = ERR_OK};
	sqlite3 *other;

	(void)state;
	event_book_init(&b);
	struct event *ev = confirmed(&b, "KP", 0);
	assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(store_save_events(s, &b, at(3), &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "store cannot save events: another process is writing"));
	assert_true(ev->dirty);
	assert_int_equal(ev->seq, 0);
	assert_int_equal(b.log_saved, 0);
	assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	must_save(s, &b, 4);
	assert_int_equal(ev->seq, 1);
	store_close(s);
	event_book_release(&b);
}

/* Several start at once on a fresh machine: all of them get the store, and one of them made it. */
static void test_open_at_once(void **state)
{
	pid_t pids[6];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct store *s = NULL;
			struct event_book b;
			struct err e = {.code = ERR_OK};
			event_book_init(&b);
			confirmed(&b, "KP", (int64_t)i);
			int code = store_open(&s, path, false, &e), tries = 0;
			/* who finds five others writing tries again with the next turn */
			while (!code && tries++ < 20 && store_save_events(s, &b, at(3), &e))
				continue;
			if (code || tries > 20)
				print_message("%s\n", e.msg);
			store_close(s);
			_exit(code || tries > 20);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
		int status;
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(sql_number("SELECT count(*) FROM events"), 1); /* the same outage six times */
	assert_int_equal(sql_number("SELECT state = 'confirmed' FROM events"), 1);
}

/* ---- asking ---- */

static bool collect(const struct event *ev, void *arg)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(out + len, 64 - len, "%s%" PRIu64, len ? " " : "", ev->seq);
	return true;
}

static bool first_only(const struct event *ev, void *arg)
{
	collect(ev, arg);
	return false;
}

static void test_filter(void **state)
{
	static const char *const kp[] = {"KP", "IR"}, *const nobody[] = {"'; DROP TABLE events; --"};
	const struct {
		const char *what;
		struct event_filter f;
		const char *expect;
	} cases[] = {
		{"default: whatever was ever confirmed",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE},
		 "1 2 4"},
		{"all states",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE, .states = 0x3F},
		 "1 2 3 4 5"},
		{"dismissed",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE, .states = 1u << EVENT_DISMISSED},
		 "3"},
		{"since the end of 1", {.since = wall_at(60), .until = WALL_NONE, .changed_after = WALL_NONE}, "1 2 4"},
		{"since a minute later", {.since = wall_at(61), .until = WALL_NONE, .changed_after = WALL_NONE}, "2 4"},
		{"until the start of 2",
		 {.since = WALL_NONE, .until = wall_at(300), .changed_after = WALL_NONE},
		 "1 2"},
		{"a window between", {.since = wall_at(100), .until = wall_at(299), .changed_after = WALL_NONE}, ""},
		{"an open event touches all that is later",
		 {.since = wall_at(9999), .until = WALL_NONE, .changed_after = WALL_NONE},
		 "2 4"},
		{"newer numbers",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE, .after_seq = 1},
		 "2 4"},
		{"changed later", {.since = WALL_NONE, .until = WALL_NONE, .changed_after = wall_at(100)}, "2 4"},
		{"these territories",
		 {.since = WALL_NONE,
		  .until = WALL_NONE,
		  .changed_after = WALL_NONE,
		  .territories = kp,
		  .territory_count = 2},
		 "1 2 4"},
		{"a territory by a hostile name",
		 {.since = WALL_NONE,
		  .until = WALL_NONE,
		  .changed_after = WALL_NONE,
		  .territories = nobody,
		  .territory_count = 1},
		 ""},
	};
	struct event_book b;
	struct store *s = must_open();
	struct err e;
	char got[64];

	(void)state;
	event_book_init(&b);
	resolve(&b, confirmed(&b, "KP", 0), 60);
	struct event *blind = confirmed(&b, "AS131279", 300);
	struct event *nothing = suspect(&b, "AS2", 310);
	event_dismiss(&b, nothing, at(330));
	event_unverified(&b, blind, "RIS Live lost", wall_at(340), at(340));
	confirmed(&b, "AS3", 350);
	suspect(&b, "AS4", 360);
	must_save(s, &b, 370);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		got[0] = '\0';
		assert_int_equal(store_each_event(s, &cases[i].f, collect, got, &e), 0);
		if (strcmp(got, cases[i].expect) != 0)
			fail_msg("%s: '%s', expected '%s'", cases[i].what, got, cases[i].expect);
	}
	got[0] = '\0';
	assert_int_equal(store_each_event(s, &cases[1].f, first_only, got, &e), 0);
	assert_string_equal(got, "1");
	struct event none;
	assert_int_equal(store_find_event(s, 99, &none, &e), ERR_NOT_FOUND);
	assert_string_equal(e.msg, "no event 99");
	store_close(s);
	event_book_release(&b);
}

/* ---- places and strangers ---- */

static void test_no_store(void **state)
{
	struct event_book b;
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};
	struct event ev;

	(void)state;
	assert_int_equal(store_open(&s, "", false, &e), 0);
	event_book_init(&b);
	struct event *mine = confirmed(&b, "KP", 0);
	must_save(s, &b, 1);
	assert_int_equal(mine->seq, mine->id);
	assert_false(mine->dirty);
	assert_int_equal(store_find_event(s, 1, &ev, &e), ERR_NOT_FOUND);
	assert_int_equal(store_prune(s, wall_at(0), &e), 0);
	assert_int_equal(store_load_events(s, &b, "KP", 5, at(0), &e), 0);
	store_close(s);
	store_close(NULL);
	event_book_release(&b);
}

static void write_file(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void make_foreign(void)
{
	sql("CREATE TABLE bookmarks(url TEXT); INSERT INTO bookmarks VALUES ('x')");
}
static void make_garbage(void)
{
	write_file("this is no database at all, but long enough to look like one.............."
		   "..................................................................",
		   140);
}
static void make_newer(void)
{
	struct store *s = must_open();
	store_close(s);
	sql("PRAGMA user_version = 99");
}
static void make_empty(void)
{
	write_file("", 0);
}
static void make_folder(void)
{
	assert_int_equal(mkdir(path, 0700), 0);
}
static void make_nothing(void)
{
}

static void test_places(void **state)
{
	static const struct {
		const char *what;
		void (*make)(void);
		bool read_only;
		int code;
		const char *words;
	} cases[] = {
		{"nothing there", make_nothing, false, 0, ""},
		{"nothing to read", make_nothing, true, ERR_NOT_FOUND, "no store at"},
		{"an empty file becomes a store", make_empty, false, 0, ""},
		{"an empty file holds nothing", make_empty, true, ERR_NOT_FOUND, "is empty"},
		{"no database", make_garbage, false, ERR_FILE, "it is not a landline store"},
		{"no database to read", make_garbage, true, ERR_FILE, "it is not a landline store"},
		{"another program's", make_foreign, false, ERR_FILE, "database of another program: not touched"},
		{"of a later version", make_newer, false, ERR_FILE,
		 "version 99, newer than this landline's 1: not touched"},
		{"of a later version, to read", make_newer, true, ERR_FILE, "version 99"},
		{"a folder", make_folder, false, ERR_FILE, "cannot be opened"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct store *s = NULL;
		struct err e = {.code = ERR_OK};
		cases[i].make();
		int code = store_open(&s, path, cases[i].read_only, &e);
		if (code != cases[i].code || !strstr(e.msg, cases[i].words) || (code == 0) != (s != NULL))
			fail_msg("%s: code %d '%s'", cases[i].what, code, e.msg);
		store_close(s);
		if (unlink(path) < 0)
			rmdir(path);
		tear_down(NULL);
		assert_int_equal(mkdir(folder, 0700), 0);
	}
}

static void test_no_place(void **state)
{
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};

	(void)state;
	assert_int_equal(store_open(&s, "/dev/null/landline.db", false, &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "store cannot be opened:"));
	assert_non_null(strstr(e.msg, "/dev/null/landline.db"));
	assert_int_equal(store_open(&s, "/dev/null/landline.db", true, &e), ERR_NOT_FOUND);
	assert_int_equal(store_open(&s, "postgresql://me:secret@db/landline", false, &e), ERR_USAGE);
	assert_null(strstr(e.msg, "secret"));
	assert_null(s);
}

static void test_read_only(void **state)
{
	struct event_book b;
	struct store *s = must_open(), *reader = NULL;
	struct err e;

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	assert_int_equal(store_open(&reader, path, true, &e), 0); /* beside a writer */
	assert_int_equal(state_of(reader, 1), EVENT_CONFIRMED);
	confirmed(&b, "IR", 0);
	assert_int_equal(store_save_events(reader, &b, at(4), &e), ERR_FILE);
	must_save(s, &b, 4);
	assert_int_equal(state_of(reader, 2), EVENT_CONFIRMED);
	store_close(reader);
	store_close(s);
	event_book_release(&b);
}

/* A row that no landline wrote becomes a harmless event. */
static void test_damaged_row(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct strbuf out;
	struct err e;

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	sql("UPDATE events SET state = 'gone', kind = 'x', scope = 7, severity = '', confidence = x'ff', start_ms = -1,"
	    " end_ms = 9223372036854775807, area = -1e300, loss_pct = 1e9, networks_lost = -4, start_error_ms = -5,"
	    " classes = 4095, subject = 'A' || char(27) || '[31mB', territory = 'KP', parent = -3, relapses = 1e18");
	struct event ev = must_find(s, 1);
	assert_int_equal(ev.state, EVENT_UNVERIFIED);
	assert_int_equal(ev.scope, SCOPE_TERRITORY);
	assert_int_equal(ev.kind, VERDICT_PARTIAL);
	assert_false(wall_is_set(ev.start));
	assert_false(wall_is_set(ev.end));
	assert_true(ev.area == 0);
	assert_true(ev.loss_pct == 100);
	assert_int_equal(ev.networks_lost, 0);
	assert_int_equal(ev.start_error_ms, 0);
	assert_int_equal(ev.classes, 0x1F);
	assert_string_equal(ev.subject, "A[31mB");
	assert_int_equal(ev.parent, 0);
	strbuf_init(&out, 65536);
	event_json(&ev, wall_at(10), &out);
	event_explain(&ev, wall_at(10), &out);
	assert_true(out.len > 0);
	strbuf_release(&out);
	free(ev.evidence);
	event_book_release(&b);
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "KP", 5, at(20), &e), 0);
	store_close(s);
	event_book_release(&b);
}

static void test_damaged_file(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e = {.code = ERR_OK};
	static char noise[2048];

	(void)state;
	event_book_init(&b);
	for (int i = 0; i < 50; i++)
		confirmed(&b, "KP", i * 100);
	must_save(s, &b, 3);
	store_close(s);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	memset(noise, 0x5A, sizeof(noise));
	for (long at_byte = 4096; at_byte < 60000; at_byte += 4096) {
		fseek(f, at_byte, SEEK_SET);
		fwrite(noise, 1, sizeof(noise), f);
	}
	fclose(f);
	event_book_release(&b);
	event_book_init(&b);
	int code = store_open(&s, path, false, &e);
	if (!code) {
		code = store_load_events(s, &b, "KP", 100, at(5), &e);
		store_close(s);
	}
	assert_int_equal(code, ERR_FILE);
	assert_non_null(strstr(e.msg, "it is damaged"));
	event_book_release(&b);
}

/* ---- a full disk ---- */

static void test_full_disk(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e = {.code = ERR_OK};
	struct rlimit before, tight;
	char subject[32];

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	for (int i = 0; i < 400; i++) {
		snprintf(subject, sizeof(subject), "AS%d", i + 1);
		confirmed(&b, subject, 0);
	}
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = 150000; /* no file of ours may grow beyond: as a disk that is nearly full */
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	int code = store_save_events(s, &b, at(4), &e);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(code, ERR_FILE);
	assert_non_null(strstr(e.msg, "store cannot save events: "));
	/* nothing of it was saved, nothing is taken for saved, what was there before still is */
	assert_true(b.events[400]->dirty);
	assert_int_equal(b.events[400]->seq, 0);
	assert_true(b.log_saved < b.log_total);
	assert_int_equal(sql_number("SELECT count(*) FROM events"), 1);
	/* there is room again: the next save has it all */
	must_save(s, &b, 5);
	assert_int_equal(sql_number("SELECT count(*) FROM events"), 401);
	assert_int_equal(state_of(s, b.events[400]->seq), EVENT_CONFIRMED);
	store_close(s);
	event_book_release(&b);
}

/* ---- kill -9 ---- */

/* The child: an outage a turn, its number printed only after the save said yes. */
static void save_for_ever(int out, int run)
{
	struct store *s = NULL;
	struct event_book b;
	struct err e;
	char subject[32];

	if (store_open(&s, path, false, &e))
		_exit(3);
	event_book_init(&b);
	for (int i = 0; i < 100000; i++) {
		snprintf(subject, sizeof(subject), "AS%d", run * 100000 + i + 1);
		struct event *ev = confirmed(&b, subject, i);
		const struct evidence line = {.time = wall_at(i), .source = "test", .rule = "r", .value = "v"};
		event_evidence(&b, ev, &line);
		if (store_save_events(s, &b, at(i), &e))
			_exit(4);
		uint64_t seq = ev->seq;
		if (write(out, &seq, sizeof(seq)) != sizeof(seq))
			_exit(5);
		resolve(&b, ev, i + 5);
	}
	_exit(0);
}

static size_t check_printed(const uint64_t *seqs, size_t count)
{
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};
	size_t lost = 0;

	if (store_open(&s, path, true, &e))
		fail_msg("%s", e.msg);
	for (size_t i = 0; i < count; i++) {
		struct event ev;
		if (store_find_event(s, seqs[i], &ev, &e) || !wall_is_set(ev.confirmed) || ev.evidence_count == 0)
			lost++;
		else
			free(ev.evidence);
	}
	store_close(s);
	return lost;
}

static void test_kill(void **state)
{
	static uint64_t seqs[1 << 16];
	const char *wish = getenv("LANDLINE_KILLS");
	long kills = wish && *wish ? strtol(wish, NULL, 10) : KILLS;
	uint32_t dice = 20141222;
	size_t count = 0;

	(void)state;
	for (int run = 0; run < kills; run++) {
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		if (pid == 0) {
			close(fds[0]);
			save_for_ever(fds[1], run);
		}
		close(fds[1]);
		/* after some saves, and then somewhere inside the next */
		dice = dice * 1664525u + 1013904223u;
		size_t want = 1 + (dice >> 16) % 12;
		while (want > 0 && count < ARRAY_LEN(seqs) &&
		       read(fds[0], &seqs[count], sizeof(seqs[0])) == sizeof(seqs[0])) {
			count++;
			want--;
		}
		for (volatile uint32_t spin = (dice >> 8) % 200000; spin > 0; spin--)
			continue;
		kill(pid, SIGKILL);
		while (count < ARRAY_LEN(seqs) && read(fds[0], &seqs[count], sizeof(seqs[0])) == sizeof(seqs[0]))
			count++;
		close(fds[0]);
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(want, 0);
	}
	assert_int_equal(check_printed(seqs, count), 0);
	assert_int_equal(sql_number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
	print_message("%ld kills, %zu events shown, none lost\n", kills, count);
}

/* ---- the rest ---- */

static void test_samples(void **state)
{
	const struct sample_row rows[] = {
		{"KP", "ioda", "bgp", wall_at(0), 4},   {"KP", "ioda", "bgp", wall_at(5), NAN},
		{"KP", "ioda", "bgp", wall_at(10), 2},  {"KP", "ioda", "ping-slash24", wall_at(0), 9},
		{"IR", "ioda", "bgp", wall_at(0), 480},
	};
	struct store *s = must_open();
	struct series x;
	struct err e;

	(void)state;
	assert_int_equal(store_save_samples(s, rows, ARRAY_LEN(rows), &e), 0);
	assert_int_equal(store_save_samples(s, rows, ARRAY_LEN(rows), &e), 0); /* again: no row twice */
	assert_int_equal(sql_number("SELECT count(*) FROM samples"), 5);
	series_init(&x, 5 * MINUTE_MS, 100);
	assert_int_equal(series_put(&x, wall_at(10), 3), 0); /* newer than what was saved */
	assert_int_equal(store_load_series(s, "KP", "ioda", "bgp", WALL_NONE, &x, &e), 0);
	assert_true(series_at(&x, wall_at(10)) == 3);
	series_release(&x);
	series_init(&x, 5 * MINUTE_MS, 100);
	assert_int_equal(store_load_series(s, "KP", "ioda", "bgp", WALL_NONE, &x, &e), 0);
	assert_true(series_at(&x, wall_at(0)) == 4);
	assert_true(isnan(series_at(&x, wall_at(5)))); /* missing is missing */
	assert_true(series_at(&x, wall_at(10)) == 2);
	series_release(&x);
	series_init(&x, 5 * MINUTE_MS, 100);
	assert_int_equal(store_load_series(s, "KP", "ioda", "bgp", wall_at(6), &x, &e), 0);
	assert_true(isnan(series_at(&x, wall_at(0))));
	assert_int_equal(store_load_series(s, "KP", "none", "none", WALL_NONE, &x, &e), 0);
	series_release(&x);
	assert_int_equal(store_prune(s, wall_at(6), &e), 0);
	assert_int_equal(sql_number("SELECT count(*) FROM samples"), 1);
	store_close(s);
}

static struct net_memory net(const char *prefix, enum net_state state, double v0)
{
	struct net_memory m = {.state = state, .v0 = v0, .since = wall_at(-100), .saved = wall_at(0)};

	assert_true(prefix_parse(prefix, strlen(prefix), &m.prefix));
	return m;
}

static void test_nets(void **state)
{
	struct net_memory rows[] =
		{
			net("175.45.176.0/24", NET_UP, 0.98),
			net("2001:db8::/32", NET_DOWN, NAN),
			net("10.0.0.0/8", NET_STALE, 0),
		},
			  *back;
	uint32_t origins[] = {131279, 4294967295u, 0}, *back_origins;
	struct store *s = must_open();
	struct err e;
	size_t n;

	(void)state;
	rows[1].since = WALL_NONE;
	assert_int_equal(store_save_nets(s, "KP", rows, origins, ARRAY_LEN(rows), &e), 0);
	rows[0].state = NET_DOWN;
	assert_int_equal(store_save_nets(s, "KP", rows, origins, 1, &e), 0);
	sql("INSERT INTO nets VALUES ('KP', 'no prefix', 1, 'up', 1, 0, 0)");
	assert_int_equal(store_load_nets(s, "KP", &back, &back_origins, &n, &e), 0);
	assert_int_equal(n, 3); /* the bad row costs itself */
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (!prefix_equal(&back[i].prefix, &rows[k].prefix))
			k++;
		assert_int_equal(back[i].state, rows[k].state);
		assert_int_equal(back[i].since.ms, rows[k].since.ms);
		assert_int_equal(back[i].saved.ms, rows[k].saved.ms);
		assert_true(isnan(rows[k].v0) ? isnan(back[i].v0) : back[i].v0 == rows[k].v0);
		assert_int_equal(back_origins[i], origins[k]);
	}
	free(back);
	free(back_origins);
	assert_int_equal(store_load_nets(s, "IR", &back, &back_origins, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_prune(s, wall_at(1), &e), 0);
	assert_int_equal(sql_number("SELECT count(*) FROM nets"), 0);
	store_close(s);
}

static void note_name(uint32_t asn, const char *name, void *arg)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(out + len, 128 - len, "%" PRIu32 "=%s;", asn, name);
}

static void test_sources_and_names(void **state)
{
	struct source_state rows[2] = {
		{.name = "rislive",
		 .error = "",
		 .last_success = wall_at(5),
		 .last_try = wall_at(5),
		 .data_time = wall_at(4)},
		{.name = "ioda",
		 .error = "HTTP 503",
		 .last_success = WALL_NONE,
		 .last_try = wall_at(6),
		 .data_time = WALL_NONE},
	};
	struct source_state back[2] = {{.name = "ioda"}, {.name = "atlas", .last_try = wall_at(9)}};
	struct store *s = must_open();
	struct err e;
	char names[128] = "";

	(void)state;
	assert_int_equal(store_save_sources(s, rows, 2, &e), 0);
	assert_int_equal(store_load_sources(s, back, 2, &e), 0);
	assert_string_equal(back[0].error, "HTTP 503");
	assert_int_equal(back[0].last_try.ms, wall_at(6).ms);
	assert_false(wall_is_set(back[0].last_success));
	assert_int_equal(back[1].last_try.ms, wall_at(9).ms); /* not in the file: as it was */
	assert_int_equal(store_save_names(s, 131279, "STAR-KP Ryugyong-dong", &e), 0);
	assert_int_equal(store_save_names(s, 4837, "old", &e), 0);
	assert_int_equal(store_save_names(s, 4837, "CHINA169", &e), 0);
	assert_int_equal(store_load_names(s, note_name, names, &e), 0);
	assert_string_equal(names, "4837=CHINA169;131279=STAR-KP Ryugyong-dong;");
	store_close(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_unset_stays_unset),
		TEST(test_evidence_trimmed),
		TEST(test_restart),
		TEST(test_load_limits),
		TEST(test_parent_number),
		TEST(test_nothing_new_writes_nothing),
		TEST(test_join),
		TEST(test_no_join_with_own),
		TEST(test_merge),
		TEST(test_busy),
		TEST(test_open_at_once),
		TEST(test_filter),
		TEST(test_no_store),
		TEST(test_places),
		TEST(test_no_place),
		TEST(test_read_only),
		TEST(test_damaged_row),
		TEST(test_damaged_file),
		TEST(test_full_disk),
		TEST(test_kill),
		TEST(test_samples),
		TEST(test_nets),
		TEST(test_sources_and_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
