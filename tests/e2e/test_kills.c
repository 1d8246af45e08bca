/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* kill -9 at random moments: whatever the screen has ever shown as confirmed is in the store afterwards, and the store
 * opens.
 *
 * Eight networks go one after the other, each for six minutes: there is always something being confirmed, eased or
 * resolved, and each loss is an event of its own (one of eight is less than a country's 20%). The same store lives
 * through all kills. LANDLINE_KILLS says how many; the moments are seeded. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { KILLS = 24, SEEN_MAX = 100000, NETS = 8, ROUNDS = 4 };

static bool seen[SEEN_MAX]; /* by number: was shown as confirmed */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* "#12 ... (confirmed)" in any line of the screen. */
static unsigned note_shown(struct rig *r)
{
	unsigned fresh = 0;
	for (const char *line = rig_screen(r); *line; line += strcspn(line, "\n") + 1) {
		size_t len = strcspn(line, "\n");
		const char *hash = memchr(line, '#', len), *word = strstr(line, "(confirmed)");
		if (!hash || !word || word > line + len)
			continue;
		unsigned long seq = strtoul(hash + 1, NULL, 10);
		if (seq > 0 && seq < SEEN_MAX && !seen[seq]) {
			seen[seq] = true;
			fresh++;
		}
	}
	return fresh;
}

static void check_store(struct rig *r, unsigned kill_number)
{
	static bool stored[SEEN_MAX];
	int code = rig_run(r, "events --json --state all");
	if (code != 0)
		fail_msg("after kill %u the store does not open: exit %d, %s", kill_number, code, r->err.text);
	memset(stored, 0, sizeof(stored));
	for (const char *line = r->out.text; *line; line += strcspn(line, "\n") + 1) {
		const char *seq = json_member(line, "seq");
		unsigned long n = seq ? strtoul(seq, NULL, 10) : 0;
		const char *confirmed = json_member(line, "confirmed");
		if (n > 0 && n < SEEN_MAX && confirmed && strcmp(confirmed, "null"))
			stored[n] = true;
	}
	for (unsigned i = 1; i < SEEN_MAX; i++)
		if (seen[i] && !stored[i])
			fail_msg("kill %u: event #%u was shown as confirmed and is not in the store:\n%s", kill_number,
				 i, r->out.text);
}

/* Spin: a kill must be able to land in the middle of a turn. */
static void pass_us(unsigned us)
{
	struct timespec began, now;
	clock_gettime(CLOCK_MONOTONIC, &began);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - began.tv_sec) * 1000000 + (now.tv_nsec - began.tv_nsec) / 1000 < (long)us);
}

/* So many rounds of losses from minute `first` on. */
static void lose_in_turn(struct rig *r, unsigned first, unsigned rounds)
{
	for (unsigned i = 0; i < rounds * NETS; i++) {
		struct err e = {0};
		char line[80];
		snprintf(line, sizeof(line), "+%um withdraw 175.45.%u.0/24 over 20s", first + i * 10, 176 + i % NETS);
		assert_int_equal(server_do(r->server, line, &e), 0);
		snprintf(line, sizeof(line), "+%um announce 175.45.%u.0/24 over 10s", first + i * 10 + 6,
			 176 + i % NETS);
		assert_int_equal(server_do(r->server, line, &e), 0);
	}
}

static void scenario(char *dst, size_t cap)
{
	snprintf(dst, cap,
		 "start 2026-11-22T12:00:00Z\nseed 3\npeers 24 on rrc00 rrc03 rrc12\ncountry KP North Korea\nrange KP "
		 "175.45.176.0/21\n"
		 "as KP AS131279 STAR-KP - Star\nupstream AS131279 AS4837 9\nprefix AS131279 175.45.176.0/24 "
		 "x%d\ncanaries 4\nsite kcna KP\n"
		 "hosted 127.0.0.0/8 AS64500 DE\n",
		 NETS);
}

static void test_kills(void **state)
{
	const char *wanted = getenv("LANDLINE_KILLS");
	unsigned kills = wanted && *wanted ? (unsigned)strtoul(wanted, NULL, 10) : KILLS, shown = 0;
	static char text[2000];
	uint32_t seed = 20141222;
	struct rig r;
	(void)state;
	scenario(text, sizeof(text));
	rig_open(&r, text, true, NULL);
	lose_in_turn(&r, 14, ROUNDS);
	for (unsigned i = 1; i <= kills; i++) {
		/* mostly soon: starting up and restoring are moments like others */
		int64_t most = 1 + next_random(&seed) % 25,
			until = server_now(r.server) + (i == 1 ? 40 * MINUTE : next_random(&seed) % (most * MINUTE));
		rig_start(&r, 40, 120, "KP");
		while (server_now(r.server) < until) {
			size_t before = r.log.len;
			while (server_clients(r.server) > 0 && server_step(r.server, until) &&
			       server_now(r.server) < until)
				;
			rig_pump(&r, 5);
			if (r.exited)
				rig_fail(&r, "landline left by itself: status %d", r.status);
			if (r.log.len != before)
				shown += note_shown(&r);
		}
		(void)server_step(r.server, server_now(r.server) + 60 * SECOND);
		pass_us(next_random(&seed) % 3000);
		rig_kill(&r);
		shown += note_shown(&r);
		check_store(&r, i);
		if (world_due(server_world(r.server)) == INT64_MAX) /* all told: go on */
			lose_in_turn(&r, 1, ROUNDS);
	}
	print_message("%u kills, %u events shown as confirmed, all in the store\n", kills, shown);
	if (shown == 0)
		fail_msg("no event was ever shown: this test has tested nothing");
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_kills)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
