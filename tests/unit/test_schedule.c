/* links: app/schedule base/mem base/when base/err */
/* The promise: never more at a time or closer together than the row allows; Retry-After obeyed; failures back off; streams and
 * own checks do not wait behind requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/schedule.h"
#include "base/mem.h"

static const struct source_call calls[] = {
	{.name = "first", .scope = SCOPE_CALL_GLOBAL, .period_s = 3600, .retry_s = 10, .urgency = 0},
	{.name = "often", .scope = SCOPE_CALL_AS, .period_s = 300, .retry_s = 10, .urgency = 5},
	{.name = "demand", .scope = SCOPE_CALL_NET, .period_s = 0, .retry_s = 10, .urgency = 1},
	{.name = "stream", .scope = SCOPE_CALL_STREAM, .retry_s = 5},
	{.name = "check", .scope = SCOPE_CALL_TARGET, .period_s = 60},
	{.name = NULL},
};
static const struct source_ops polite = {.name = "polite", .parallel = 2, .gap_ms = 500, .calls = calls};
const struct source_ops *const source_table[] = {&polite};
const size_t source_count = 1;

static struct now at(int64_t ms)
{
	return (struct now){{ms}, {1000000000000 + ms}};
}

static struct job *start(struct schedule *s, int64_t ms, const char *call)
{
	struct job *j = schedule_next(s, at(ms));
	if (!call)
		assert_null(j);
	else
		assert_string_equal(j->call->name, call);
	return j;
}

static void test_urgent_first_and_no_more_than_allowed(void **state)
{
	struct schedule *s = schedule_new();
	(void)state;
	schedule_job(s, 0, &calls[1], "AS1", at(0));
	schedule_job(s, 0, &calls[1], "AS2", at(0));
	schedule_job(s, 0, &calls[0], "", at(0));
	assert_ptr_equal(schedule_job(s, 0, &calls[1], "AS1", at(0)), schedule_find(s, 0, &calls[1], "AS1"));
	struct job *a = start(s, 0, "first");
	start(s, 0, NULL);              /* the gap */
	assert_int_equal(schedule_due(s, at(0)).ms, 500);
	start(s, 500, "often");
	start(s, 1000, NULL);           /* two are running */
	assert_int_equal(schedule_due(s, at(1000)).ms, MONO_NEVER.ms);
	schedule_done(s, a, JOB_OK, -1, at(1100));
	start(s, 1100, "often");
	schedule_free(s);
}

static void test_streams_and_checks_do_not_queue(void **state)
{
	struct schedule *s = schedule_new();
	(void)state;
	schedule_job(s, 0, &calls[3], "{}", at(0));
	schedule_job(s, 0, &calls[4], "http://x", at(0));
	schedule_job(s, 0, &calls[0], "", at(0));
	schedule_job(s, 0, &calls[1], "AS1", at(0));
	for (int i = 0; i < 3; i++)
		assert_non_null(schedule_next(s, at(0)));
	start(s, 0, NULL);
	schedule_free(s);
}

static void test_on_demand(void **state)
{
	struct schedule *s = schedule_new();
	(void)state;
	struct job *j = schedule_job(s, 0, &calls[2], "192.0.2.0/24", at(0));
	start(s, 0, NULL);
	schedule_want(s, j, at(0), false);
	assert_ptr_equal(start(s, 0, "demand"), j);
	schedule_want(s, j, at(10), false);     /* wanted while it runs: once more after it */
	schedule_done(s, j, JOB_OK, -1, at(20));
	start(s, 600, "demand");
	schedule_done(s, j, JOB_OK, -1, at(700));
	assert_int_equal(j->due.ms, MONO_NEVER.ms);
	schedule_free(s);
}

/* what | failures in a row | least and most wait in seconds */
static const struct { const char *what; unsigned failures; int64_t least_s, most_s; } backoff[] = {
	{"the first failure waits about retry_s", 1, 7, 13},
	{"the second about twice that", 2, 15, 25},
	{"the fifth sixteen times", 5, 120, 200},
	{"never longer than the period and a quarter", 20, 220, 375},
};

static void test_backoff(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(backoff); i++) {
		struct schedule *s = schedule_new();
		struct job *j = schedule_job(s, 0, &calls[1], "AS1", at(0));
		int64_t now = 0;
		for (unsigned k = 0; k < backoff[i].failures; k++) {
			now = j->due.ms > now ? j->due.ms : now + 1000;
			assert_ptr_equal(schedule_next(s, at(now)), j);
			schedule_done(s, j, JOB_FAILED, -1, at(now));
		}
		int64_t wait = (j->due.ms - now) / 1000;
		if (wait < backoff[i].least_s || wait > backoff[i].most_s)
			fail_msg("%s: waits %lld s", backoff[i].what, (long long)wait);
		schedule_free(s);
	}
}

static void test_retry_after_holds_the_whole_source(void **state)
{
	struct schedule *s = schedule_new();
	(void)state;
	schedule_job(s, 0, &calls[1], "AS1", at(0));
	schedule_job(s, 0, &calls[1], "AS2", at(0));
	struct job *j = start(s, 0, "often");
	schedule_done(s, j, JOB_FAILED, 120, at(1000));
	start(s, 100000, NULL);
	assert_non_null(schedule_next(s, at(121001)));
	schedule_free(s);
}

static void test_bad_request_waits_a_period(void **state)
{
	struct schedule *s = schedule_new();
	(void)state;
	struct job *j = schedule_job(s, 0, &calls[1], "AS1", at(0));
	start(s, 0, "often");
	schedule_done(s, j, JOB_PERMANENT, -1, at(0));
	assert_true(j->due.ms >= 300000 && j->due.ms <= 330000);
	schedule_free(s);
}

static void test_dropped_while_running(void **state)
{
	struct schedule *s = schedule_new();
	(void)state;
	struct job *j = schedule_job(s, 0, &calls[1], "AS1", at(0));
	uint32_t id = j->id;
	start(s, 0, "often");
	schedule_drop(s, j);
	assert_null(schedule_find(s, 0, &calls[1], "AS1"));
	schedule_done(s, schedule_by_id(s, id), JOB_OK, -1, at(10));
	assert_null(schedule_by_id(s, id));
	schedule_job(s, 0, &calls[1], "AS1", at(600));
	start(s, 600, "often"); /* its place among the running ones was given back */
	schedule_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urgent_first_and_no_more_than_allowed),
		cmocka_unit_test(test_streams_and_checks_do_not_queue),
		cmocka_unit_test(test_on_demand),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_retry_after_holds_the_whole_source),
		cmocka_unit_test(test_bad_request_waits_a_period),
		cmocka_unit_test(test_dropped_while_running),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
