/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* Through whom a country is reached, what goes dark without one of them, and whether the stream is awake: the whole program
 * on scenarios with longer paths, beacons and control prefixes. */
#include "rig.h"

#include <stdio.h>
#include <string.h>

/* Four networks: three behind AS4837 alone, one that half of the peers reach through AS20485. 11:50 UTC. */
#define WORLD                                                                                                          \
	"start 2026-11-22T11:50:00Z\nseed 7\npeers 40 on rrc00 rrc01 rrc03 rrc12 rrc21\ncountry KP North Korea\n"      \
	"range KP 175.45.176.0/22\nas KP AS131279 STAR-KP - Star Joint Venture\nupstream AS131279 AS4837 941\n"        \
	"prefix AS131279 175.45.176.0/24 x4\nioda KP ping 18 telescope 0 traffic 0\ncanaries 4\nsite kcna KP\n"

static void must_do(struct rig *r, const char *line)
{
	struct err e = {0};
	if (server_do(r->server, line, &e) < 0)
		fail_msg("%s", e.msg);
}

static void must_see(struct rig *r, const char *text)
{
	if (!rig_sees(r, text))
		rig_fail(r, "not on the screen: '%s'", text);
}

static void must_say(struct rig *r, const char *text, const char *command)
{
	if (!strstr(r->out.text, text))
		fail_msg("`landline %s` does not say '%s':\n%s\n%s", command, text, r->out.text, r->err.text);
}

static void open_world(struct rig *r, const char *scenario)
{
	rig_open(r, scenario, true, NULL);
	rig_start(r, 50, 120, "KP");
	rig_wait(r, "networks up 4 of 4", 2 * MINUTE);
}

static void close_world(struct rig *r)
{
	rig_keys(r, "q");
	rig_end(r, 0);
	assert_int_equal(r->status, 0);
	rig_close(r);
}

/* The published figures of 2014: F = 1, one provider, HHI 1. */
static void test_single(void **state)
{
	struct rig r;
	(void)state;
	open_world(&r, WORLD "path AS131279 via AS4837 AS3356\n");
	rig_pass(&r, MINUTE);
	must_see(&r, "single: AS4837");
	must_see(&r, "F 1, N 1.0, severe risk");
	assert_int_equal(rig_run(&r, "status --json KP --what-if AS3356"), 0);
	must_say(&r, "\"frontier\":1,\"severity\":\"severe risk\",\"largest_pct\":100.0,\"hhi\":1,", "status --json");
	must_say(&r, "\"single_provider\":4837", "status --json");
	must_say(&r, "\"asn\":3356,\"networks\":4,\"dark\":4,\"unknown\":0", "status --json --what-if");
	close_world(&r);
}

static void test_what_if(void **state)
{
	struct rig r;
	(void)state;
	open_world(&r, WORLD "+1m announce 175.45.179.0/24 over 2s via AS20485\n");
	rig_pass(&r, 2 * MINUTE);
	must_see(&r, "AS20485");
	assert_int_equal(rig_run(&r, "status KP --what-if nobody"), 2);
	assert_int_equal(rig_run(&r, "status KP --what-if AS4837"), 0);
	must_say(&r, "What if AS4837 is gone: ", "status --what-if");
	rig_keys(&r, "\t\t\t\r"); /* to the upstreams, and ask about the first */
	rig_wait(&r, "What if AS4837 is gone: 3 of 4 networks dark (paths seen now)", MINUTE);
	must_see(&r, "stays");
	rig_keys(&r, "\r"); /* the same key leaves it */
	rig_wait(&r, "networks up 4 of 4", MINUTE);
	rig_keys(&r, "\r");
	rig_wait(&r, "What if AS4837", MINUTE);
	rig_keys(&r, "\033");
	rig_wait(&r, "networks up 4 of 4", MINUTE);
	/* what it was reached through is still known when it is gone */
	must_do(&r, "withdraw KP over 60s");
	rig_wait(&r, "\u00d7 withdrawn", 20 * MINUTE);
	rig_keys(&r, "\r");
	rig_wait(&r, "What if AS4837 is gone: 3 of 4 networks dark (last paths seen)", MINUTE);
	close_world(&r);
}

static void test_self_test(void **state)
{
	struct rig r;
	(void)state;
	open_world(&r, WORLD "beacons\n");
	rig_keys(&r, "5");
	rig_wait(&r, "no beacon seen yet", MINUTE);
	rig_pass(&r, 17 * MINUTE); /* 12:07 or so: announced at 12:00 */
	rig_wait(&r, "12:00 announcement: 100% of peers in ", 2 * MINUTE);
	must_see(&r, "awake");
	rig_pass(&r, 2 * HOUR);
	rig_wait(&r, "14:00 withdrawal: 100% of peers in ", MINUTE);
	assert_int_equal(rig_run(&r, "events --json --state all"), 0);
	assert_string_equal(r.out.text, ""); /* never an event */
	close_world(&r);
}

/* Without the beacons nothing is alarmed, and nobody is asleep. */
static void test_no_beacons(void **state)
{
	struct rig r;
	(void)state;
	open_world(&r, WORLD);
	rig_keys(&r, "5");
	rig_pass(&r, 30 * MINUTE);
	must_see(&r, "no beacon seen yet");
	if (rig_sees(&r, "asleep"))
		rig_fail(&r, "%s", "asleep without a beacon");
	close_world(&r);
}

/* All control prefixes go at once with the country's: the feed is the likelier culprit. */
static void test_hold(void **state)
{
	struct rig r;
	(void)state;
	open_world(&r, WORLD);
	rig_pass(&r, 15 * MINUTE);
	must_do(&r, "withdraw controls over 20s");
	must_do(&r, "withdraw KP over 20s");
	rig_wait(&r, "Possible feed fault: ", 3 * MINUTE);
	must_see(&r, "possible feed fault: holding");
	assert_int_equal(rig_run(&r, "events --json --state confirmed"), 0);
	assert_string_equal(r.out.text, "");
	close_world(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),     cmocka_unit_test(test_what_if), cmocka_unit_test(test_self_test),
		cmocka_unit_test(test_no_beacons), cmocka_unit_test(test_hold),
	};
	return cmocka_run_group_tests_name("e2e: dependence and self-test", tests, NULL, NULL);
}
