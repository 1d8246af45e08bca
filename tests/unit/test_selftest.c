/* links: core/[a-z]* base/[a-z]* */
/* The self-test by RIS beacons: the schedule, who followed and how fast, zombies, silence, and what is not known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/selftest.h"

enum { PEERS = 100 };

static struct wall at(const char *clock, int64_t plus_ms)
{
	char text[32];
	struct wall t;

	snprintf(text, sizeof(text), "2026-11-22T%sZ", clock);
	assert_int_equal(wall_parse(text, &t, NULL), 0);
	return (struct wall){t.ms + plus_ms};
}

static struct self_test tests_out[SELFTEST_BEACONS];

static const struct self_test *run(struct selftest *s, bool ok, struct wall now)
{
	struct wall due;

	selftest_run(s, PEERS, PEERS, ok, now, tests_out, &due);
	assert_true(due.ms > now.ms); /* never in a circle */
	assert_true(due.ms - now.ms <= 7200000);
	return &tests_out[0];
}

/* Peers [from, to) say it, one after the other, step_ms apart. */
static void say(struct selftest *s, unsigned from, unsigned to, bool announced, struct wall t, int64_t step_ms)
{
	for (unsigned i = from; i < to; i++)
		selftest_heard(s, 0, 60000 + i, announced, (struct wall){t.ms + (int64_t)(i - from) * step_ms});
}

static void test_schedule(void **state)
{
	static const struct { const char *clock, *change; bool withdrawal; } rows[] = {
		{"00:00:00", "00:00:00", false}, {"01:59:59", "00:00:00", false}, {"02:00:00", "02:00:00", true},
		{"04:00:00", "04:00:00", false}, {"13:59:59", "12:00:00", false}, {"14:00:01", "14:00:00", true},
		{"22:30:00", "22:00:00", true},  {"23:59:59", "22:00:00", true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool withdrawal;
		struct wall t = selftest_change(at(rows[i].clock, 0), &withdrawal);
		if (t.ms != at(rows[i].change, 0).ms || withdrawal != rows[i].withdrawal)
			fail_msg("%s: %d", rows[i].clock, withdrawal);
	}
	bool withdrawal; /* before the epoch too */
	assert_int_equal(selftest_change((struct wall){-1}, &withdrawal).ms, -7200000);
	assert_true(withdrawal);
}

static void test_beacons(void **state)
{
	struct selftest *s = selftest_new();
	const struct prefix *p = selftest_beacons(s);
	struct prefix other = p[0];

	(void)state;
	for (int i = 0; i < SELFTEST_BEACONS; i++)
		assert_int_equal(selftest_find(s, &p[i]), i);
	other.len = 25;
	assert_int_equal(selftest_find(s, &other), -1);
	selftest_free(s);
	selftest_free(NULL);
}

/* An announcement, a withdrawal, and what is stuck 90 min later. */
static void test_a_day(void **state)
{
	struct selftest *s = selftest_new();
	const struct self_test *t = run(s, true, at("11:00:00", 0));

	(void)state;
	assert_int_equal(t->state, FEED_NONE);
	assert_string_equal(t->text, "self-test: no beacon seen yet");
	run(s, true, at("12:00:00", 0));
	say(s, 0, 98, true, at("12:00:05", 0), 100);
	assert_int_equal(run(s, true, at("12:04:59", 0))->state, FEED_NONE); /* not over yet */
	t = run(s, true, at("12:05:00", 0));
	assert_string_equal(t->text, "self-test 12:00 announcement: 98% of peers in 14 s");
	assert_int_equal(t->state, FEED_OK);
	assert_int_equal(t->peers, PEERS);
	assert_int_equal(t->followed, 98);
	assert_float_equal(t->median_s, 9.8, 0.2);
	assert_float_equal(t->p90_s, 13.8, 0.2);
	assert_int_equal(t->due.ms, at("12:00:00", 0).ms);
	/* 94 of the 98 that carry it withdraw; one after the window; three never do */
	say(s, 0, 94, false, at("14:00:10", 0), 300);
	say(s, 95, 96, false, at("14:30:00", 0), 0);
	t = run(s, true, at("14:05:00", 0));
	assert_string_equal(t->text, "self-test 14:00 withdrawal: 96% of peers in 36 s");
	assert_int_equal(t->peers, 98);
	assert_int_equal(t->stuck, 0);
	t = run(s, true, at("15:30:00", 0));
	assert_string_equal(t->text, "self-test 14:00 withdrawal: 96% of peers in 36 s, 3 stuck");
	assert_int_equal(t->stuck, 3);
	/* the next announcement asks those that carried it, not everybody */
	say(s, 0, 98, true, at("16:00:01", 0), 10);
	t = run(s, true, at("16:05:00", 0));
	assert_int_equal(t->peers, 98);
	assert_int_equal(t->followed, 95); /* the three stuck ones say nothing new */
	assert_int_equal(t->state, FEED_OK);
	selftest_free(s);
}

static void test_states(void **state)
{
	static const struct {
		const char *what;
		unsigned followers;
		enum feed_state want;
		const char *text;
	} rows[] = {
		{"all", 100, FEED_OK, "self-test 16:00 announcement: 100% of peers in 1 s"},
		{"80% are enough", 80, FEED_OK, "self-test 16:00 announcement: 80% of peers in 1 s"},
		{"fewer are late", 79, FEED_LATE, "self-test 16:00 announcement: 79% of peers in 1 s"},
		{"one is late", 1, FEED_LATE, "self-test 16:00 announcement: 1% of peers in 1 s"},
		{"none: asleep", 0, FEED_DOWN, "self-test 16:00 announcement: no peer in 5 min, the stream is asleep"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct selftest *s = selftest_new();
		run(s, true, at("11:00:00", 0));
		say(s, 0, PEERS, true, at("12:00:02", 0), 0);
		run(s, true, at("12:10:00", 0));
		say(s, 0, PEERS, false, at("14:00:20", 0), 0);
		run(s, true, at("14:10:00", 0));
		say(s, 0, rows[i].followers, true, at("16:00:01", 0), 0);
		const struct self_test *t = run(s, true, at("16:05:00", 0));
		if (t->state != rows[i].want || strcmp(t->text, rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].what, t->text);
		selftest_free(s);
	}
}

/* Peers try longer ways before they give up: the last word counts, dated when the state changed. */
static void test_path_exploration(void **state)
{
	struct selftest *s = selftest_new();

	(void)state;
	run(s, true, at("11:00:00", 0));
	say(s, 0, PEERS, true, at("12:00:02", 0), 0);
	run(s, true, at("12:05:00", 0));
	say(s, 0, PEERS, true, at("14:00:05", 0), 0);
	say(s, 0, 50, false, at("14:00:10", 0), 0);
	say(s, 0, 50, true, at("14:00:20", 0), 0);
	say(s, 0, 50, false, at("14:00:40", 0), 0);
	const struct self_test *t = run(s, true, at("14:05:00", 0));
	assert_int_equal(t->followed, 50);
	assert_float_equal(t->median_s, 40, 0.001);
	assert_int_equal(t->state, FEED_LATE);
	selftest_free(s);
}

/* A beacon that does not exist any more is no alarm; nor is a window of which part was missed. */
static void test_not_known(void **state)
{
	struct selftest *s = selftest_new();
	const struct self_test *t;

	(void)state;
	run(s, true, at("09:00:00", 0));
	for (int h = 10; h < 20; h += 2) {
		char clock[24];
		snprintf(clock, sizeof(clock), "%02d:06:00", h);
		t = run(s, true, at(clock, 0));
		assert_int_equal(t->state, FEED_NONE);
		assert_string_equal(t->text, "self-test: no beacon seen yet");
	}
	say(s, 0, PEERS, true, at("20:00:01", 0), 0);
	run(s, true, at("20:01:00", 0));
	selftest_lost(s, at("20:02:00", 0));
	run(s, false, at("20:02:00", 0));
	t = run(s, true, at("20:06:00", 0));
	assert_int_equal(t->state, FEED_NONE);
	assert_string_equal(t->text, "self-test 20:00 announcement: not watched whole");
	/* after the gap nobody knows who carries it: those that say anything are asked */
	say(s, 0, 40, false, at("22:00:10", 0), 0);
	t = run(s, true, at("22:05:00", 0));
	assert_int_equal(t->peers, 40);
	assert_int_equal(t->state, FEED_OK);
	selftest_free(s);
}

/* What was measured before a gap stands. */
static void test_lost_after_it_was_judged(void **state)
{
	struct selftest *s = selftest_new();

	(void)state;
	run(s, true, at("11:00:00", 0));
	say(s, 0, PEERS, true, at("12:00:01", 0), 0);
	run(s, true, at("12:06:00", 0));
	selftest_lost(s, at("12:30:00", 0));
	const struct self_test *t = run(s, false, at("12:30:00", 0));
	assert_int_equal(t->state, FEED_OK);
	assert_int_equal(t->followed, PEERS);
	selftest_free(s);
}

/* Messages of the new window that come before anybody took stock. */
static void test_messages_before_the_run(void **state)
{
	struct selftest *s = selftest_new();

	(void)state;
	run(s, true, at("11:00:00", 0));
	say(s, 0, PEERS, true, at("12:00:01", 0), 0);
	run(s, true, at("12:06:00", 0));
	say(s, 0, 90, false, at("14:00:02", 0), 0); /* no run at 14:00 */
	const struct self_test *t = run(s, true, at("14:05:30", 0));
	assert_int_equal(t->peers, PEERS);
	assert_int_equal(t->followed, 90);
	selftest_free(s);
}

static void test_caps(void **state)
{
	struct selftest *s = selftest_new();

	(void)state;
	run(s, true, at("11:00:00", 0));
	for (uint32_t i = 0; i < 10000; i++)
		selftest_heard(s, 2, i * 7919, true, at("12:00:01", 0));
	struct wall due;
	selftest_run(s, PEERS, PEERS, true, at("12:05:00", 0), tests_out, &due);
	assert_int_equal(tests_out[2].followed, SELFTEST_PEERS_MAX);
	assert_int_equal(tests_out[0].state, FEED_NONE);
	selftest_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule),         cmocka_unit_test(test_beacons),
		cmocka_unit_test(test_a_day),            cmocka_unit_test(test_states),
		cmocka_unit_test(test_path_exploration), cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_lost_after_it_was_judged), cmocka_unit_test(test_messages_before_the_run),
		cmocka_unit_test(test_caps),
	};
	return cmocka_run_group_tests_name("core/selftest", tests, NULL, NULL);
}
