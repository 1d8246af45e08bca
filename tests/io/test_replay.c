/* links: embedded app/[a-ln-z]* source/[a-z]* core/[a-z]* ui/[a-z]* io/[a-z]* base/[a-z]* */
/* The player: what comes out is a function of the tape alone. The bundled case's log is the same headless, at every speed, in slices
 * of any length, with pauses, and after seeking back and forth; a frame of a recording and its turn end where the live run did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/replay.h"
#include "base/mem.h"

static int64_t at_ms(const char *iso)
{
	struct wall t;
	assert_int_equal(wall_parse(iso, &t, NULL), 0);
	return t.ms;
}

static struct replay *open_at(double speed, const char *from, const char *until)
{
	struct tape *tape;
	struct replay *r;
	struct err e = {0};
	struct tape_want want = {.word = "kp-2014"};
	struct replay_options o = {.speed = speed, .from = WALL_NONE, .until = WALL_NONE};
	if (from)
		o.from.ms = at_ms(from);
	if (until)
		o.until.ms = at_ms(until);
	if (tape_open(&want, &tape, &e) < 0 || replay_open(&r, tape, &o, &e) < 0)
		fail_msg("%s", e.msg);
	return r;
}

/* All that is remembered of the log and of the events, as text. */
static char *everything(struct replay *r)
{
	const struct event_book *b = &app_model(replay_app(r))->book;
	struct strbuf out;
	strbuf_init(&out, 16 << 20);
	for (size_t back = b->log_count; back-- > 0;) {
		const struct log_line *l = event_log_at(b, back);
		strbuf_addf(&out, "%lld %lld %llu %s\n", (long long)l->time.ms, (long long)l->logged.ms, (unsigned long long)l->seq, l->text);
		assert_true(l->replay);
	}
	for (size_t i = 0; i < b->count; i++) {
		event_json(b->events[i], (struct wall){at_ms("2015-01-01T00:00:00Z")}, &out);
		strbuf_addc(&out, '\n');
	}
	return strbuf_take(&out);
}

static void same(const char *what, const char *want, char *got)
{
	size_t i = 0;
	while (want[i] && want[i] == got[i])
		i++;
	if (want[i] || got[i])
		fail_msg("%s: differs at byte %zu:\n%.300s\n---\n%.300s", what, i, want + (i > 100 ? i - 100 : 0), got + (i > 100 ? i - 100 : 0));
	free(got);
}

#define UNTIL "2014-12-21T03:00:00Z" /* the flapping has begun: much happens */

static char *reference(void)
{
	struct replay *r = open_at(1, NULL, UNTIL);
	while (replay_run_free(r, 1000000))
		;
	char *text = everything(r);
	assert_non_null(strstr(text, "flapping"));
	replay_free(r);
	return text;
}

static char *paced(double speed, int64_t step_ms, int64_t budget_us)
{
	struct replay *r = open_at(speed, NULL, UNTIL);
	struct now now = {{5000}, {0}};
	while (!replay_ended(r)) {
		while (replay_run(r, now, budget_us))
			;
		int64_t wait = replay_wait_ms(r, now);
		now.mono.ms += step_ms ? step_ms : wait > 0 ? wait : 1;
	}
	char *text = everything(r);
	replay_free(r);
	return text;
}

static void test_any_speed(void **state)
{
	char *want = reference();
	(void)state;
	same("1000x, woken when something is due", want, paced(1000, 0, 10000));
	same("100000x", want, paced(100000, 16, 10000));
	same("3600x in tiny slices", want, paced(3600, 977, 1));
	free(want);
}

static void seek_to(struct replay *r, const char *iso)
{
	struct now now = {{1000}, {0}};
	replay_seek(r, (struct wall){at_ms(iso)}, now);
	while (replay_run(r, now, 10000))
		;
	assert_int_equal(replay_at(r).ms, at_ms(iso));
}

static void test_seeking_is_exact(void **state)
{
	struct replay *r = open_at(1, "2014-12-21T01:00:00Z", NULL);
	struct now now = {{1000}, {0}};
	(void)state;
	replay_pause(r, true, now);
	while (replay_run(r, now, 10000))
		;
	char *want = everything(r);
	seek_to(r, "2014-12-21T02:00:00Z");
	char *later = everything(r);
	assert_true(strcmp(want, later) != 0);
	seek_to(r, "2014-12-21T01:00:00Z");
	same("back", want, everything(r));
	seek_to(r, "2014-12-18T01:00:00Z");
	seek_to(r, "2014-12-20T12:00:00Z");
	seek_to(r, "2014-12-21T01:00:00Z");
	same("back and on in two steps", want, everything(r));
	seek_to(r, "2014-12-21T02:00:00Z");
	same("on again", later, everything(r));
	free(want);
	free(later);
	replay_free(r);
}

static void test_events_are_found(void **state)
{
	struct replay *r = open_at(1, "2014-12-22T12:00:00Z", NULL);
	struct now now = {{1000}, {0}};
	(void)state;
	replay_pause(r, true, now);
	assert_true(app_model(replay_app(r))->transport.on);
	replay_next_event(r, now); /* on its way: it looks from where it was going */
	while (replay_run(r, now, 10000))
		;
	assert_true(replay_is_paused(r));
	assert_in_range(replay_at(r).ms, at_ms("2014-12-22T16:15:00Z"), at_ms("2014-12-22T16:25:00Z"));
	assert_true(replay_previous_event(r, now));
	while (replay_run(r, now, 10000))
		;
	assert_in_range(replay_at(r).ms, at_ms("2014-12-22T16:13:30Z"), at_ms("2014-12-22T16:14:30Z"));
	replay_free(r);
}

static void test_step_and_end(void **state)
{
	struct replay *r = open_at(1, "2014-12-19T05:59:30Z", "2014-12-19T06:00:00Z");
	struct now now = {{1000}, {0}};
	(void)state;
	while (replay_run(r, now, 10000))
		;
	struct wall before = replay_at(r);
	replay_step(r, now);
	assert_true(replay_is_paused(r) && replay_at(r).ms > before.ms);
	assert_int_equal(replay_wait_ms(r, now), -1); /* paused: nothing is due, ever */
	replay_pause(r, false, now);
	for (int i = 0; i < 100 && !replay_ended(r); i++) {
		now.mono.ms += 1000;
		while (replay_run(r, now, 10000))
			;
	}
	assert_true(replay_ended(r));
	assert_string_equal(replay_error(r), "");
	assert_int_equal(replay_at(r).ms, at_ms("2014-12-19T06:00:00Z"));
	unsigned generation = replay_generation(r);
	replay_skip(r, 600000, now); /* behind the end there is nothing: it is not all played anew to find that out */
	assert_true(replay_ended(r));
	assert_int_equal(replay_generation(r), generation);
	replay_skip(r, -1000, now); /* several in a row add up */
	replay_skip(r, -2000, now);
	while (replay_run(r, now, 10000))
		;
	assert_int_equal(replay_at(r).ms, at_ms("2014-12-19T05:59:57Z"));
	replay_free(r);
}

static void test_times(void **state)
{
	static const struct { const char *text, *want; } rows[] = {
		{"16:15", "2014-12-18T16:15:00Z"},       {"6:05", "2014-12-18T06:05:00Z"},
		{"16:15:07", "2014-12-18T16:15:07Z"},    {"23 Dec 01:46", "2014-12-23T01:46:00Z"},
		{"23 december", "2014-12-23T00:00:00Z"}, {"2014-12-27T10:30Z", "2014-12-27T10:30:00Z"},
		{"+2h", "2014-12-18T14:00:00Z"},         {"-30m", "2014-12-18T11:30:00Z"},
		{"2014-12-27", "2014-12-27T00:00:00Z"},  {"noon", NULL},
		{"25:99", NULL},                         {"99 Dec", NULL},
		{"", NULL},                              {"+", NULL},
	};
	struct replay *r = open_at(1, "2014-12-18T12:00:00Z", NULL);
	(void)state;
	while (replay_run(r, (struct now){{0}, {0}}, 10000))
		;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wall t;
		struct err e = {0};
		int rc = replay_parse_time(r, rows[i].text, &t, &e);
		if (!rows[i].want ? rc != ERR_USAGE || !e.msg[0] : rc != 0 || t.ms != at_ms(rows[i].want))
			fail_msg("'%s': %d, %s", rows[i].text, rc, e.msg);
	}
	replay_free(r);
}

/* What the case does not have is said so, and not as if it were about to be asked for or wanted a token. */
static void test_what_is_not_there(void **state)
{
	static const struct { const char *source; enum feed_state state; const char *advice; } sources[] = {
		{"ripestat", FEED_OK, ""},
		{"rislive", FEED_OK, ""},
		{"ioda", FEED_OFF, "not in this replay"},
		{"radar", FEED_OFF, "not in this replay"},
		{"probe", FEED_OFF, "not in this replay"},
	};
	struct replay *r = open_at(1, NULL, "2014-12-18T02:00:00Z");
	(void)state;
	while (replay_run_free(r, 1000000))
		;
	struct model *m = app_model(replay_app(r));
	for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
		const struct source_state *s = model_source(m, sources[i].source);
		if (s->state != sources[i].state || strcmp(s->advice, sources[i].advice) || s->needs_token || s->queued)
			fail_msg("%s: %s, '%s', %u waiting", s->name, feed_state_name(s->state), s->advice, s->queued);
	}
	unsigned absent = 0;
	for (size_t i = 0; i < m->territories[0]->voice_count; i++)
		absent += strstr(m->territories[0]->voices[i].why, "not in this replay") != NULL;
	assert_true(absent > 0);
	assert_int_equal(m->canary_count, 0);
	replay_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_speed),    cmocka_unit_test(test_seeking_is_exact), cmocka_unit_test(test_events_are_found),
		cmocka_unit_test(test_step_and_end), cmocka_unit_test(test_times),
		cmocka_unit_test(test_what_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
