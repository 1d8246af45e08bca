/* links: io/store io/store_schema io/store_fields io/store_events io/store_read io/store_samples core/event core/event_life core/event_weigh core/event_log core/event_words core/event_out core/signature_words core/series core/prefix core/state base/err base/mem base/strbuf base/text base/when */
/* What two processes make of one outage, and what survives a kill and a full disk. LANDLINE_KILLS: how often to kill
 * (50). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store_rig.h"

#define KILLS 50

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_join),         TEST(test_no_join_with_own), TEST(test_merge), TEST(test_busy),
		TEST(test_open_at_once), TEST(test_full_disk),        TEST(test_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
