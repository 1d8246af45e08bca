/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* What is missing is missing: a peer's reset, a collector's, a cut feed, a restart, our own line. None of them is an
 * outage of anybody else, and the screen says what is not known (detection.md 8). */
#include "rig.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static void must_do(struct rig *r, const char *line)
{
	struct err e = {0};
	if (server_do(r->server, line, &e) < 0)
		fail_msg("%s", e.msg);
}

/* No event that was ever confirmed, and none in the making. */
static void no_event(struct rig *r, const char *after)
{
	assert_int_equal(rig_run(r, "events --json --state all"), 0);
	for (const char *line = r->out.text; *line; line += strcspn(line, "\n") + 1) {
		const char *state = json_member(line, "state");
		if (!state || strcmp(state, "\"dismissed\""))
			rig_fail(r, "false event after %s: %s", after, line);
	}
}

static void start_quiet(struct rig *r)
{
	rig_open(r, "quiet.scn", true, NULL);
	rig_start(r, 40, 120, "KP");
	rig_wait(r, "networks up 4 of 4", 2 * MINUTE);
	rig_pass(r, 15 * MINUTE); /* learning is over (10 min at v >= 0.5) */
}

static void end_quiet(struct rig *r)
{
	rig_keys(r, "q");
	rig_end(r, 0);
	assert_int_equal(r->status, 0);
	rig_close(r);
}

/* What goes wrong, what the screen must say meanwhile (NULL: nothing in particular), and for how long to look. */
static const struct gap {
	const char *what, *line, *says;
	int64_t within, then;
} gaps[] = {
	{"a peer's session reset", "peer-reset rrc03 AS6939 for 2m", NULL, 0, 20 * MINUTE},
	{"a collector's reset", "collector-reset rrc03 for 90s", NULL, 0, 20 * MINUTE},
	{"three quarters of the peers reset, and back", "collector-reset rrc00 for 3m", NULL, 0, 20 * MINUTE},
	{"a feed that closes for 10 min", "feed cut 10m", "RIS Live lost", 3 * MINUTE, 25 * MINUTE},
	{"a feed that falls silent for 10 min", "feed cut 10m silent", "RIS Live lost", 3 * MINUTE, 25 * MINUTE},
	{"all streams reset at once", "streams reset", NULL, 0, 10 * MINUTE},
	{"our line cut for 10 min", "line cut 10m", "offline", 6 * MINUTE, 30 * MINUTE},
	{"the named sites down", "sites down 10m", NULL, 0, 20 * MINUTE},
	{"two canaries down, the rest fine", "canaries-down 2 10m", NULL, 0, 20 * MINUTE},
};

static void test_gap(void **state)
{
	const struct gap *g = *state;
	struct rig r;
	start_quiet(&r);
	must_do(&r, g->line);
	if (g->says)
		rig_wait(&r, g->says, g->within);
	no_event(&r, g->what);
	rig_pass(&r, g->then);
	no_event(&r, g->what);
	if (!rig_sees(&r, "networks up 4 of 4") || rig_sees(&r, "blind"))
		rig_fail(&r, "not back to normal after %s", g->what);
	end_quiet(&r);
}

/* While the feed is cut the grid says so in every cell, and the verdict is not `normal`. */
static void test_cut_is_said(void **state)
{
	struct rig r;
	(void)state;
	start_quiet(&r);
	must_do(&r, "feed cut 10m");
	rig_wait(&r, "stale", 3 * MINUTE);
	if (rig_sees(&r, "networks up 4 of 4"))
		rig_fail(&r, "a dead feed still counts networks as up");
	assert_int_equal(rig_run(&r, "status --json KP"), 0);
	rig_pass(&r, 25 * MINUTE);
	rig_wait_gone(&r, "stale", MINUTE);
	end_quiet(&r);
}

static int64_t count_lines(const char *text, const char *with)
{
	int64_t n = 0;
	for (const char *s = text; (s = strstr(s, with)); s++)
		n++;
	return n;
}

/* Killed in the middle of an outage and started again: the same event goes on, with its start; a gap is not verified
 * time. */
static void test_restart_in_the_middle(void **state)
{
	struct rig r;
	(void)state;
	start_quiet(&r);
	must_do(&r, "+0 withdraw KP over 60s"); /* the majority crosses now or a little later */
	rig_wait(&r, "networks up 0 of 4", 10 * MINUTE);
	rig_wait(&r, "(confirmed)", 10 * MINUTE);
	assert_int_equal(rig_run(&r, "events --json"), 0);
	assert_int_equal(count_lines(r.out.text, "\"scope\":\"territory\""), 1);
	char start[80];
	snprintf(start, sizeof(start), "%s", json_member(strstr(r.out.text, "\"start\""), "start"));
	rig_kill(&r);

	rig_start(&r, 40, 120, "KP");
	rig_wait(&r, "networks up 0 of 4", 5 * MINUTE);
	rig_pass(&r, 10 * MINUTE);
	assert_int_equal(rig_run(&r, "events --json"), 0);
	if (count_lines(r.out.text, "\"scope\":\"territory\"") != 1 || !strstr(r.out.text, start))
		rig_fail(&r, "after a restart the outage is not the same one any more (start was %s):\n%s", start,
			 r.out.text);
	if (!strstr(r.out.text, "\"state\":\"confirmed\""))
		rig_fail(&r, "seen again, and still not verified:\n%s", r.out.text);

	must_do(&r, "+1m announce KP over 30s");
	rig_pass(&r, 40 * MINUTE);
	assert_int_equal(rig_run(&r, "events --json"), 0);
	if (count_lines(r.out.text, "\"scope\":\"territory\"") != 1 || !strstr(r.out.text, "\"state\":\"resolved\""))
		rig_fail(&r, "the outage did not end after the restart:\n%s", r.out.text);
	end_quiet(&r);
}

/* It ended while we were not looking: the end is not invented, and nothing is left open. */
static void test_restored_while_away(void **state)
{
	struct rig r;
	(void)state;
	start_quiet(&r);
	must_do(&r, "+0 withdraw KP over 60s");
	rig_wait(&r, "(confirmed)", 15 * MINUTE);
	rig_kill(&r);
	rig_pass(&r, 5 * MINUTE);
	must_do(&r, "+0 announce KP over 10s");
	rig_pass(&r, 30 * MINUTE);
	rig_start(&r, 40, 120, "KP");
	rig_wait(&r, "networks up 4 of 4", 10 * MINUTE);
	rig_pass(&r, 40 * MINUTE);
	assert_int_equal(rig_run(&r, "events --json"), 0);
	if (!strstr(r.out.text, "\"state\":\"resolved\"") || strstr(r.out.text, "\"state\":\"unverified\""))
		rig_fail(&r, "what ended unseen is not closed:\n%s", r.out.text);
	const char *unverified = json_member(r.out.text, "unverified_s");
	if (!unverified || !strcmp(unverified, "0"))
		rig_fail(&r, "the time away counts as seen: %s", r.out.text);
	end_quiet(&r);
}

/* What happened while the feed was gone is told once the archive has it, with its own times, and marked as late. */
static void test_outage_in_the_gap(void **state)
{
	struct rig r;
	(void)state;
	start_quiet(&r);
	must_do(&r, "feed cut 1h");
	must_do(&r, "+10m withdraw KP over 20s");
	must_do(&r, "+40m announce KP over 20s");
	rig_pass(&r, 6 * 60 * MINUTE); /* RIPEstat is an hour and a half behind: it is asked until it has all of the hole */
	assert_int_equal(rig_run(&r, "events --json"), 0);
	const char *kp = strstr(r.out.text, "\"scope\":\"territory\"");
	if (!kp || count_lines(r.out.text, "\"late\":true") != 6 || !strstr(kp, "\"duration\":\"30m\"") ||
	    strcmp(json_member(kp, "below_half_s"), "1800") || !strstr(kp, "\"state\":\"resolved\""))
		rig_fail(&r, "the outage in the gap was not found:\n%s", r.out.text);
	end_quiet(&r);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_outage_in_the_gap),
		cmocka_unit_test(test_cut_is_said),
		cmocka_unit_test(test_restart_in_the_middle),
		cmocka_unit_test(test_restored_while_away),
	};
	struct CMUnitTest tests[sizeof(gaps) / sizeof(*gaps) + sizeof(others) / sizeof(*others)];
	size_t n = 0;
	for (size_t i = 0; i < sizeof(gaps) / sizeof(*gaps); i++)
		tests[n++] = (struct CMUnitTest){
			.name = gaps[i].what, .test_func = test_gap, .initial_state = (void *)(uintptr_t)&gaps[i]};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		tests[n++] = others[i];
	return _cmocka_run_group_tests("gaps", tests, n, NULL, NULL);
}
