/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* North Korea, 22 and 23 December 2014, through the whole program: four networks lost at 16:15, back at 01:46, 9 h 31
 * min. The screen, `status`, `events` and `explain` must agree to the second. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"

static int64_t at(const char *iso)
{
	struct wall t;
	assert_int_equal(wall_parse(iso, &t, NULL), 0);
	return t.ms;
}

static void must_see(struct rig *r, const char *text, const char *when)
{
	if (!rig_sees(r, text))
		rig_fail(r, "%s, not on the screen: '%s'", when, text);
}

static void must_say(struct rig *r, const char *text, const char *command)
{
	if (!strstr(r->out.text, text))
		fail_msg("`landline %s` does not say '%s':\n%s\n%s", command, text, r->out.text, r->err.text);
}

/* The first JSON line of this scope. */
static const char *event_line(struct rig *r, const char *scope)
{
	char want[40];
	snprintf(want, sizeof(want), "\"scope\":\"%s\"", scope);
	char *hit = strstr(r->out.text, want);
	if (!hit)
		fail_msg("`landline events --json` has no %s event:\n%s\n%s", scope, r->out.text, r->err.text);
	while (hit > r->out.text && hit[-1] != '\n')
		hit--;
	return hit;
}

static void member_is(const char *line, const char *key, const char *want)
{
	const char *got = json_member(line, key);
	if (!got || strcmp(got, want))
		fail_msg("\"%s\" is %s, should be %s, in %.*s", key, got ? got : "missing", want,
			 (int)strcspn(line, "\n"), line);
}

static void check_during(struct rig *r)
{
	assert_int_equal(rig_run(r, "status --json KP"), 0);
	must_say(r, "\"verdict\":\"withdrawn\"", "status --json");
	member_is(r->out.text, "since", "\"2014-12-22T16:15:00Z\"");
	must_say(r, "\"up\":0", "status --json");
	must_say(r, "\"down\":4", "status --json");
	assert_int_equal(rig_run(r, "status --check KP"), 2);
	assert_int_equal(rig_run(r, "events --json"), 0);
	const char *line = event_line(r, "territory");
	member_is(line, "start", "\"2014-12-22T16:15:00Z\"");
	member_is(line, "state", "\"confirmed\"");
	member_is(line, "end", "null");
}

static void check_after(struct rig *r)
{
	char words[40];
	assert_int_equal(rig_run(r, "events --json"), 0);
	const char *line = event_line(r, "territory");
	member_is(line, "territory", "\"KP\"");
	member_is(line, "kind", "\"withdrawn\"");
	member_is(line, "state", "\"resolved\"");
	member_is(line, "severity", "\"total\"");
	member_is(line, "start", "\"2014-12-22T16:15:00Z\"");
	member_is(line, "end", "\"2014-12-23T01:46:00Z\"");
	member_is(line, "duration_s", "34260");
	member_is(line, "duration", "\"9h31m\"");
	member_is(line, "loss_peak_pct", "100.0");
	member_is(line, "relapses", "0");
	snprintf(words, sizeof(words), "explain %s", json_member(line, "seq"));
	assert_int_equal(rig_run(r, words), 0);
	must_say(r, "9h31m", words);
	must_say(r, "2014-12-22T16:15:00Z", words);
	must_say(r, "2014-12-23T01:46:00Z", words);
	assert_int_equal(rig_run(r, "status --json KP"), 0);
	must_say(r, "\"up\":4", "status --json");
	assert_int_equal(rig_run(r, "status --check KP"), 0);
}

static void test_kp_2014(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r, "kp-2014.scn", true, NULL);
	rig_start(&r, 40, 120, "KP");
	rig_wait(&r, "4 of 4", 2 * MINUTE);
	must_see(&r, "TEST CLOCK", "on a driven clock");
	rig_until(&r, at("2014-12-22T16:13:00Z"));
	must_see(&r, "4 of 4", "before the outage");
	assert_int_equal(rig_run(&r, "events --json"), 0);
	assert_string_equal(r.out.text, "");

	/* confirmed within 5 min of the last majority peer (detection.md 9) */
	rig_until(&r, at("2014-12-22T16:21:00Z"));
	must_see(&r, "withdrawn", "during the outage");
	must_see(&r, "16:15", "during the outage");
	must_see(&r, "0 of 4", "during the outage");
	check_during(&r);

	rig_until(&r, at("2014-12-23T02:20:00Z"));
	must_see(&r, "9h31m", "after the outage");
	must_see(&r, "01:46", "after the outage");
	must_see(&r, "4 of 4", "after the outage");
	check_after(&r);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	assert_true(r.status == 0);
	rig_close(&r);
}

/* The whole story once more, shorter: flapping, zombies, a reset in between. Two runs tell it in the same words. */
static char *tell(void)
{
	struct rig r;
	struct err e = {0};
	static const char *const lines[] = {
		"+12m flap KP 4 times every 5m over 30s",
		"+14m peer-reset rrc03 AS6939 for 3m",
		"+50m withdraw KP over 150s zombies 5%",
		"+80m announce 2 of KP over 30s",
		"+100m announce KP over 30s",
		"+130m feed cut 4m",
	};
	rig_open(&r, "quiet.scn", true, NULL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(server_do(r.server, lines[i], &e), 0);
	rig_start(&r, 40, 120, "KP");
	rig_until(&r, at("2026-11-22T15:30:00Z"));
	assert_int_equal(rig_run(&r, "events --json --state all"), 0);
	char *told = strdup(r.out.text);
	rig_close(&r);
	return told;
}

static void test_same_again(void **state)
{
	(void)state;
	char *first = tell(), *second = tell();
	assert_true(strlen(first) > 100);
	if (strcmp(first, second))
		fail_msg("two runs of one scenario differ:\n%s\n--- and ---\n%s", first, second);
	free(first);
	free(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kp_2014), cmocka_unit_test(test_same_again)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
