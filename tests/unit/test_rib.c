/* links: core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/prefix base/mem */
/* The rib: whose vote counts, and what a vote is (detection.md 4, 1.1). At the end the incremental counts are held
 * against a count from scratch through hundreds of thousands of random steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/rib.h"

#define T0 1700000000

static struct wall at(double s)
{
	return (struct wall){(int64_t)T0 * 1000 + (int64_t)(s * 1000)};
}

static struct prefix prefix(const char *text)
{
	struct prefix p;

	assert_true(prefix_parse(text, strlen(text), &p));
	return p;
}

static int watch(struct rib *r, const char *text)
{
	struct prefix p = prefix(text);

	return rib_watch(r, &p);
}

/* Session i: its own address, peer AS 65000 + asn_of. */
static int session(struct rib *r, unsigned i, unsigned as, const char *collector)
{
	struct addr a = {.family = 4, .bytes = {10, 0, (uint8_t)(i >> 8), (uint8_t)i}};

	return rib_session(r, collector, &a, 65000 + as);
}

static struct visibility see(const struct rib *r, int net)
{
	struct visibility v;

	rib_visibility(r, net, &v);
	return v;
}

/* n peers, each an AS of its own, on four collectors, all with the network `net` by a snapshot at second 0. */
static void peers(struct rib *r, int *ids, unsigned n, int net)
{
	char collector[8];

	for (unsigned i = 0; i < n; i++) {
		snprintf(collector, sizeof(collector), "rrc%02u", i % 4);
		ids[i] = session(r, i, i, collector);
	}
	rib_snapshot(r, net, ids, NULL, n, at(0));
}

/* ---- identity ---- */

static void test_sessions_are_found_again(void **state)
{
	static const struct {
		const char *what, *collector;
		unsigned peer, as;
		bool same;
	} rows[] = {
		{"the same", "rrc03", 1, 1, true},         {"with its domain", "rrc03.ripe.net", 1, 1, true},
		{"in capitals", "RRC03", 1, 1, true},      {"another collector", "rrc04", 1, 1, false},
		{"another address", "rrc03", 2, 1, false}, {"the same address with another AS", "rrc03", 1, 2, false},
		{"no collector", "", 1, 1, false},
	};
	struct rib *r = rib_new();
	int first = session(r, 1, 1, "rrc03");
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		assert_int_equal(session(r, rows[i].peer, rows[i].as, rows[i].collector) == first, rows[i].same);
	}
	for (unsigned i = 0; i < RIB_SESSIONS_MAX + 10; i++)
		session(r, 100 + i, i, "rrc01");
	assert_int_equal(session(r, 60000, 1, "rrc01"), -1); /* full */
	assert_int_equal(session(r, 1, 1, "rrc03"), first);
	rib_free(r);
}

/* A looking glass behind a route server names the first AS of the path: the session is found by where it is. */
static void test_a_session_is_found_by_its_address(void **state)
{
	struct rib *r = rib_new();
	struct addr one, two;
	(void)state;
	assert_true(addr_parse("192.0.2.1", 9, &one) && addr_parse("192.0.2.2", 9, &two));
	int session = rib_session(r, "rrc12.ripe.net", &one, 6695);
	assert_int_equal(rib_session_at(r, "RRC12", &one), session);
	assert_int_equal(rib_session_at(r, "rrc12", &two), -1);
	assert_int_equal(rib_session_at(r, "rrc00", &one), -1);
	rib_session(r, "rrc12", &one, 1764); /* two ASes behind one address: which is meant is not known */
	assert_int_equal(rib_session_at(r, "rrc12", &one), -1);
	rib_free(r);
}

static void test_networks(void **state)
{
	struct rib *r = rib_new();
	char text[32];
	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.0/24", i / 256, i % 256);
		assert_int_equal(watch(r, text), i);
	}
	assert_int_equal(watch(r, "10.3.5.0/24"), 3 * 256 + 5);
	struct prefix other = prefix("10.3.5.0/25");
	assert_int_equal(rib_find(r, &other), -1);
	assert_int_equal(rib_count(r), 1000);
	assert_true(rib_needs_snapshot(r, 7));
	assert_true(isnan(see(r, 7).v));
	int nets[600];
	assert_int_equal(rib_take_changed(r, nets, 600), 600);
	assert_int_equal(nets[0], 0);
	assert_int_equal(rib_take_changed(r, nets, 600), 400);
	assert_int_equal(rib_take_changed(r, nets, 600), 0);
	rib_free(r);
}

/* ---- votes ---- */

static void test_votes_are_of_ases(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[4] = {session(r, 1, 1, "rrc00"), session(r, 2, 1, "rrc01"),
						      session(r, 3, 2, "rrc01"), session(r, 4, 3, "rrc02")};
	(void)state;
	rib_snapshot(r, net, ids, NULL, 4, at(0));
	assert_int_equal(see(r, net).eligible, 3);
	assert_int_equal(see(r, net).have, 3);
	assert_int_equal(see(r, net).collectors, 3);
	rib_withdraw(r, ids[0], net, at(1));
	assert_int_equal(see(r, net).have, 3); /* the AS has it by its other session */
	rib_withdraw(r, ids[1], net, at(2));
	assert_int_equal(see(r, net).have, 2);
	rib_announce(r, ids[0], net, 0, at(3));
	rib_announce(r, ids[0], net, 0, at(3));
	assert_int_equal(see(r, net).have, 3);
	rib_session_state(r, ids[0], false, at(4)); /* the AS is still there by the other, which has it not */
	assert_int_equal(see(r, net).eligible, 3);
	assert_int_equal(see(r, net).have, 2);
	rib_session_state(r, ids[1], false, at(5));
	assert_int_equal(see(r, net).eligible, 2);
	assert_int_equal(see(r, net).collectors, 2);
	rib_free(r);
}

static void test_full_feed(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), net6 = watch(r, "2001:db8::/32"), ids[20];
	struct rib_totals totals;
	(void)state;
	peers(r, ids, 20, net);
	assert_int_equal(see(r, net).eligible, 20); /* no sizes are known */
	assert_int_equal(see(r, net6).eligible, 0);
	for (unsigned i = 0; i < 20; i++) /* the ten largest have 1,000,000: the line is 750,000 */
		rib_session_table(r, ids[i], i < 10 ? 1000000 : i < 15 ? 750000 : 749999, i < 5 ? 200000 : 0);
	rib_totals(r, &totals);
	rib_snapshot(r, net, ids, NULL, 12, at(10));
	assert_int_equal(see(r, net).eligible, 15);
	assert_int_equal(see(r, net).have, 12);
	rib_snapshot(r, net6, ids, NULL, 5, at(10));
	assert_int_equal(see(r, net6).eligible, 5);
	rib_totals(r, &totals);
	assert_int_equal(totals.full_feed, 15);
	assert_int_equal(totals.eligible_v4, 15);
	assert_int_equal(totals.eligible_v6, 5);
	rib_withdraw(r, ids[17], net, at(11)); /* not full feed: no vote */
	assert_int_equal(see(r, net).have, 12);
	rib_session_table(r, ids[17], 900000,
			  0); /* it grew; what it has is not known, so it is taken to see what most see */
	rib_withdraw(r, ids[0], net, at(12));
	assert_int_equal(see(r, net).eligible, 16);
	assert_int_equal(see(r, net).have, 12);
	rib_free(r);
}

static void test_more_sessions_than_a_word(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), other = watch(r, "198.51.100.0/24"), ids[300];
	(void)state;
	peers(r, ids, 60, net);
	peers(r, ids, 300, other);
	assert_int_equal(see(r, other).have, 300);
	assert_int_equal(see(r, net).have, 60);
	assert_int_equal(see(r, net).eligible, 300);
	for (unsigned i = 250; i < 300; i++)
		rib_withdraw(r, ids[i], other, at(1));
	assert_int_equal(see(r, other).have, 250);
	rib_free(r);
}

/* ---- resets ---- */

struct transfer_case {
	const char *what;
	unsigned back;        /* of the 20 networks it had, announced after `up` */
	bool known;           /* had networks before */
	double not_yet, then; /* seconds after `up`: does not vote, votes; then < 0: at once */
};

static const struct transfer_case transfers[] = {
	{"95% are back", 19, true, -1, -1},
	{"less than 95% are back: 15 min", 18, true, 899, 901},
	{"nothing came back: its table was not sent", 0, true, 5000, 1e9},
	{"not seen before: 60 s without a new prefix", 5, false, 59, 62},
};

static void test_transfers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(transfers); i++) {
		const struct transfer_case *c = &transfers[i];
		struct rib *r = rib_new();
		int ids[12], nets[20];
		char text[32];
		print_message("%s\n", c->what);
		for (unsigned k = 0; k < 20; k++) {
			snprintf(text, sizeof(text), "10.0.%u.0/24", k);
			nets[k] = watch(r, text);
			peers(r, ids, c->known ? 12 : 11, nets[k]);
		}
		ids[11] = session(r, 11, 11, "rrc03");
		rib_session_table(r, ids[0], 1000000, 0);
		for (unsigned k = 0; k < 12; k++)
			rib_session_table(r, ids[k], 1000000, 0);
		rib_session_state(r, ids[11], false, at(100));
		rib_tick(r, at(100));
		assert_int_equal(see(r, nets[0]).eligible, 11);
		assert_float_equal(see(r, nets[0]).v, 1, 1e-9);
		rib_session_state(r, ids[11], true, at(200));
		rib_tick(r, at(200));
		for (unsigned k = 0; k < c->back; k++)
			rib_announce(r, ids[11], nets[k], 0, at(200.1));
		if (c->then < 0) {
			assert_int_equal(see(r, nets[0]).eligible, 12);
			assert_int_equal(see(r, nets[0]).have, 12);
			assert_int_equal(see(r, nets[19]).have, 11);
		} else {
			for (double s = 200.2; s <= 200 + c->not_yet; s += 1)
				rib_tick(r, at(s));
			assert_int_equal(see(r, nets[0]).eligible, 11);
			rib_tick(r, at(200 + c->then));
			assert_int_equal(see(r, nets[0]).eligible, c->then < 1e8 ? 12 : 11);
		}
		rib_free(r);
	}
}

/* States and routes come over two connections: what a peer said after it came up must not be wiped by the late news of
 * it. */
static void test_state_after_routes(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[10];
	(void)state;
	peers(r, ids, 10, net);
	rib_announce(r, ids[3], net, 0, at(105));
	rib_session_state(r, ids[3], false, at(100));
	rib_session_state(r, ids[3], true, at(104));
	assert_int_equal(see(r, net).eligible, 10);
	assert_int_equal(see(r, net).have, 10);
	rib_session_state(r, ids[3], false, at(50)); /* old news */
	assert_int_equal(see(r, net).eligible, 10);
	rib_free(r);
}

/* Its `up` was missed: a peer that talks is up, and begins with its table. */
static void test_down_but_talking(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), other = watch(r, "198.51.100.0/24"), ids[10];
	(void)state;
	peers(r, ids, 10, net);
	peers(r, ids, 10, other);
	rib_session_state(r, ids[3], false, at(100));
	rib_announce(r, ids[3], net, 0, at(99)); /* said before */
	assert_int_equal(see(r, net).eligible, 9);
	rib_announce(r, ids[3], net, 0, at(160));
	assert_int_equal(see(r, net).eligible, 9);
	rib_announce(r, ids[3], other, 0, at(161));
	assert_int_equal(see(r, net).eligible, 10);
	assert_int_equal(see(r, net).have, 10);
	rib_free(r);
}

static void test_lag(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[10];
	(void)state;
	peers(r, ids, 10, net);
	rib_session_seen(r, ids[0], at(0), at(119.9));
	assert_int_equal(see(r, net).eligible, 10);
	rib_session_seen(r, ids[0], at(0), at(120));
	assert_int_equal(see(r, net).eligible, 9);
	rib_session_seen(r, ids[0], at(121), at(122));
	rib_tick(r, at(131));
	assert_int_equal(see(r, net).eligible, 9);
	rib_tick(r, at(133));
	assert_int_equal(see(r, net).eligible, 10);
	rib_free(r);
}

/* ---- snapshots ---- */

static void test_newer_updates_win(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[10];
	(void)state;
	peers(r, ids, 10, net);
	rib_withdraw(r, ids[0], net, at(50));
	rib_withdraw(r, ids[1], net, at(150));
	rib_withdraw(r, ids[2], net, at(150));
	rib_announce(r, ids[2], net, 0, at(160));
	rib_withdraw(r, ids[3], net, at(160));
	rib_snapshot(r, net, ids, NULL, 9, at(100)); /* says that 0 to 8 have it */
	assert_int_equal(see(r, net).have, 7);       /* not 1, not 3: newer; not 9: the snapshot */
	rib_snapshot(r, net, ids, NULL, 9, at(200));
	assert_int_equal(see(r, net).have, 9);
	rib_free(r);
}

static void test_updates_before_the_first_snapshot(void **state)
{
	struct rib *r = rib_new();
	int control = watch(r, "198.51.100.0/24"), ids[10];
	(void)state;
	peers(r, ids, 10, control);
	int net = watch(r, "192.0.2.0/24");
	rib_withdraw(r, ids[0], net, at(20));
	rib_announce(r, ids[9], net, 0, at(20));
	rib_snapshot(r, net, ids, NULL, 5, at(10));
	assert_int_equal(see(r, net).have, 5); /* 1 to 4 and 9 */
	assert_false(rib_needs_snapshot(r, net));
	rib_free(r);
}

/* More updates than the ring holds: the newest still win. */
static void test_ring(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), other = watch(r, "198.51.100.0/24"), ids[10];
	(void)state;
	peers(r, ids, 10, net);
	peers(r, ids, 10, other);
	for (unsigned i = 0; i < 200000; i++)
		if (i % 2)
			rib_announce(r, ids[i % 10], other, 0, at(1 + i * 0.0001));
		else
			rib_withdraw(r, ids[i % 10], other, at(1 + i * 0.0001));
	rib_withdraw(r, ids[3], net, at(30));
	rib_snapshot(r, net, ids, NULL, 10, at(10));
	assert_int_equal(see(r, net).have, 9);
	assert_true(rib_memory(r) < 4000000);
	rib_free(r);
}

static void test_presumed(void **state)
{
	struct rib *r = rib_new();
	int control = watch(r, "198.51.100.0/24"), net = watch(r, "192.0.2.0/24"), ids[11];
	(void)state;
	peers(r, ids, 10, control);
	rib_withdraw(r, ids[0], net, at(5)); /* its first message: nothing is presumed of it any more */
	rib_presume(r, net, at(10));
	assert_false(rib_needs_snapshot(r, net));
	assert_true(see(r, net).presumed);
	assert_int_equal(see(r, net).have, 9);
	ids[10] = session(r, 10, 10, "rrc02");
	rib_snapshot(r, control, ids, NULL, 11, at(20)); /* known later: presumed too */
	assert_int_equal(see(r, net).eligible, 11);
	assert_int_equal(see(r, net).have, 10);
	rib_withdraw(r, ids[10], net, at(30));
	assert_int_equal(see(r, net).have, 9);
	rib_snapshot(r, net, ids, NULL, 3, at(40));
	assert_false(see(r, net).presumed);
	assert_int_equal(see(r, net).have, 3);
	rib_free(r);
}

/* ---- gaps ---- */

static void test_after_a_gap(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), control = watch(r, "198.51.100.0/24"), ids[30];
	(void)state;
	peers(r, ids, 30, control);
	peers(r, ids, 30, net);
	rib_withdraw(r, ids[0], net, at(50));
	rib_lost(r);
	assert_true(rib_needs_snapshot(r, net));
	/* nobody was heard yet: who was there before is taken to be there */
	rib_snapshot(r, net, NULL, NULL, 0, at(40));
	assert_int_equal(see(r, net).eligible, 30);
	assert_int_equal(see(r, net).have, 0);
	/* twelve are there for sure: from here the silent ones do not vote */
	rib_snapshot(r, control, ids, NULL, 12, at(60));
	assert_int_equal(see(r, net).eligible, 12);
	assert_int_equal(see(r, control).have, 12);
	rib_announce(r, ids[20], net, 0, at(70));
	assert_int_equal(see(r, net).eligible, 13);
	/* what was said before the gap does not win over a snapshot, even an older one */
	rib_snapshot(r, net, ids, NULL, 12, at(45));
	assert_int_equal(see(r, net).have, 13);
	rib_free(r);
}

/* A peer that was down before the gap and is named by a snapshot after it is up. */
static void test_down_over_a_gap(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[12];
	(void)state;
	peers(r, ids, 12, net);
	rib_session_state(r, ids[0], false, at(10));
	rib_snapshot(r, net, ids, NULL, 12, at(20)); /* the stream knows better */
	assert_int_equal(see(r, net).eligible, 11);
	rib_lost(r);
	rib_snapshot(r, net, ids, NULL, 12, at(100));
	assert_int_equal(see(r, net).eligible, 12);
	assert_int_equal(see(r, net).have, 12);
	rib_free(r);
}

/* ---- zombies ---- */

static void test_stuck(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), local = watch(r, "198.51.100.0/24"), ids[20];
	(void)state;
	peers(r, ids, 20, net);
	rib_snapshot(r, local, ids, NULL, 4, at(0)); /* few ever had it: they are not stuck with it */
	for (unsigned i = 0; i < 16; i++)
		rib_withdraw(r, ids[i], net, at(100));
	rib_tick(r, at(100 + 5399));
	assert_int_equal(see(r, net).stuck, 0);
	rib_tick(r, at(100 + 5400));
	assert_int_equal(see(r, net).stuck, 4);
	assert_int_equal(see(r, net).eligible, 16);
	assert_int_equal(see(r, net).have, 0);
	assert_int_equal(see(r, local).stuck, 0);
	rib_announce(r, ids[19], net, 0, at(6000)); /* it speaks: it is not stuck */
	assert_int_equal(see(r, net).stuck, 3);
	assert_int_equal(see(r, net).have, 1);
	rib_withdraw(r, ids[18], net, at(6001));
	assert_int_equal(see(r, net).stuck, 2);
	assert_int_equal(see(r, net).eligible, 18);
	rib_snapshot(r, net, ids + 17, NULL, 2,
		     at(7000)); /* 17 still has it and is stuck still, 18 has it anew, 16 and 19 no more */
	assert_int_equal(see(r, net).stuck, 1);
	assert_int_equal(see(r, net).have, 1);
	struct rib_row rows[32];
	size_t n = rib_rows(r, net, rows, 32), stuck = 0;
	for (size_t i = 0; i < n; i++)
		stuck += rows[i].stuck;
	assert_int_equal(n, 20);
	assert_int_equal(stuck, 1);
	rib_free(r);
}

/* A network that three in ten carry at the best of times swings about the line when peers come and go: nobody lost it. */
static void test_not_stuck_when_few_have_it(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), few = watch(r, "198.51.100.0/24"), ids[20];
	(void)state;
	peers(r, ids, 20, net);
	rib_snapshot(r, few, ids, NULL, 8, at(0));
	for (unsigned i = 0; i < 3; i++)
		rib_withdraw(r, ids[i], few, at(100));
	rib_tick(r, at(100 + 5401));
	assert_int_equal(see(r, few).have, 5);
	assert_int_equal(see(r, few).stuck, 0);
	rib_free(r);
}

/* A network that was back in between has not been lost for 90 min. */
static void test_not_stuck_when_it_was_back(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[20];
	(void)state;
	peers(r, ids, 20, net);
	for (unsigned i = 0; i < 18; i++)
		rib_withdraw(r, ids[i], net, at(100));
	for (unsigned i = 0; i < 18; i++)
		rib_announce(r, ids[i], net, 0, at(3000));
	for (unsigned i = 0; i < 18; i++)
		rib_withdraw(r, ids[i], net, at(4000));
	rib_tick(r, at(100 + 5500));
	assert_int_equal(see(r, net).stuck, 0);
	rib_tick(r, at(4000 + 5401));
	assert_int_equal(see(r, net).stuck, 2);
	rib_free(r);
}

/* ---- voters ---- */

/* Those who vote and have the route, sessions of one AS together. */
static void test_voters(void **state)
{
	struct rib *r = rib_new();
	struct rib_voter out[40];
	int net = watch(r, "175.45.176.0/24"), ids[30];

	(void)state;
	peers(r, ids, 30, net);
	int second = session(r, 100, 4, "rrc09"); /* another session of the fifth AS */
	rib_announce(r, second, net, 0, at(1));
	assert_in_range(rib_voters(r, net, out, 40), 30, 31);
	rib_withdraw(r, ids[7], net, at(2));
	rib_session_state(r, ids[8], false, at(3));
	size_t n = rib_voters(r, net, out, 40);
	for (size_t i = 0; i < n; i++) {
		assert_int_not_equal(out[i].session, ids[7]);
		assert_int_not_equal(out[i].session, ids[8]);
		if (i > 0)
			assert_true(out[i].asn >= out[i - 1].asn);
	}
	assert_int_equal(see(r, net).have, 28);
	assert_true(n >= 28 && n <= 29);
	assert_int_equal(rib_voters(r, net, out, 5), 5);
	assert_int_equal(rib_voters(r, 99, out, 40), 0);
	rib_free(r);
}

/* ---- upstreams ---- */

static void test_upstreams(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[10];
	uint32_t ups[10] = {4837, 4837, 4837, 4837, 4837, 4837, 20485, 20485, 20485, 0};
	struct upstream out[4];
	(void)state;
	for (unsigned i = 0; i < 10; i++)
		ids[i] = session(r, i, i, "rrc00");
	rib_snapshot(r, net, ids, ups, 10, at(0));
	assert_int_equal(rib_upstreams(r, net, out, 4), 2);
	assert_int_equal(out[0].asn, 4837);
	assert_int_equal(out[0].votes, 6);
	assert_float_equal(out[0].share, 6. / 9, 1e-9);
	assert_int_equal(rib_upstreams(r, net, out, 1), 1);
	for (unsigned i = 0; i < 5; i++)
		rib_announce(r, ids[i], net, 3356, at(1));
	assert_int_equal(rib_upstreams(r, net, out, 4), 3);
	assert_int_equal(out[0].asn, 3356);
	rib_withdraw(r, ids[0], net, at(2));
	rib_upstreams(r, net, out, 4);
	assert_int_equal(out[0].votes, 4);
	for (int i = 1; i < 300; i++) {
		char text[32];
		snprintf(text, sizeof(text), "10.%d.%d.0/24", i / 256, i % 256);
		rib_snapshot(r, watch(r, text), ids, ups, 10, at(3));
	}
	assert_int_equal(rib_upstreams(r, 255, out, 4), 2);
	assert_int_equal(rib_upstreams(r, 256, out, 4), 0); /* kept for the first 256 */
	rib_free(r);
}

static void test_hostile_numbers(void **state)
{
	struct rib *r = rib_new();
	int net = watch(r, "192.0.2.0/24"), ids[3] = {session(r, 1, 1, "rrc00"), -1, 99};
	(void)state;
	rib_snapshot(r, net, ids, NULL, 3, at(0));
	assert_int_equal(see(r, net).have, 1);
	rib_announce(r, -1, net, 0, at(1));
	rib_announce(r, 99, net, 0, at(1));
	rib_announce(r, ids[0], -1, 0, at(1));
	rib_announce(r, ids[0], 99, 0, at(1));
	rib_withdraw(r, ids[0], 99, at(1));
	rib_session_state(r, 99, true, at(1));
	rib_session_table(r, -1, 1, 1);
	rib_session_seen(r, 99, at(1), at(1));
	rib_snapshot(r, 99, ids, NULL, 1, at(1));
	rib_presume(r, -1, at(1));
	assert_int_equal(see(r, net).have, 1);
	rib_free(r);
}

/* ---- against a count from scratch ---- */

static uint32_t state_of_chance = 12345;

static unsigned chance(unsigned n)
{
	state_of_chance = state_of_chance * 1664525u + 1013904223u;
	return (unsigned)(((uint64_t)state_of_chance * n) >> 32);
}

enum { ASES = 40, SESSIONS = 60, NETS = 12 };

static void recount(const struct rib *r, int net, struct visibility *out)
{
	static struct rib_row rows[SESSIONS];
	unsigned eligible[ASES] = {0}, have[ASES] = {0}, stuck[ASES] = {0};
	size_t n = rib_rows(r, net, rows, SESSIONS);

	for (size_t i = 0; i < n; i++) {
		unsigned as = rows[i].asn - 65000;
		if (!rows[i].eligible)
			continue;
		eligible[as] = 1;
		have[as] |= rows[i].has && !rows[i].stuck;
		stuck[as] |= rows[i].stuck;
	}
	memset(out, 0, sizeof(*out));
	for (unsigned i = 0; i < ASES; i++) {
		bool is_stuck = stuck[i] && !have[i];
		out->eligible += eligible[i] && !is_stuck;
		out->have += have[i];
		out->stuck += is_stuck;
	}
}

static void random_step(struct rib *r, const int *ids, const int *nets, double *now)
{
	int list[SESSIONS], s = ids[chance(SESSIONS)], net = nets[chance(NETS)];
	size_t n = 0;

	*now += chance(100) == 0 ? chance(4000) : chance(3);
	switch (chance(60)) {
	case 0: rib_session_state(r, s, false, at(*now)); break;
	case 1:
	case 2: rib_session_state(r, s, true, at(*now)); break;
	case 3:
		for (unsigned i = 0; i < SESSIONS; i++)
			if (chance(3))
				list[n++] = ids[i];
		rib_snapshot(r, net, list, NULL, n, at(*now - chance(60)));
		break;
	case 4: rib_presume(r, net, at(*now)); break;
	case 5: rib_session_table(r, s, chance(10) ? 900000 + chance(100000) : 1000, chance(2) ? 200000 : 0); break;
	case 6: rib_session_seen(r, s, at(*now - (chance(4) ? 1 : 200)), at(*now)); break;
	case 7:
	case 8:
	case 9:
	case 10: rib_tick(r, at(*now)); break;
	case 11:
		if (!chance(30))
			rib_lost(r);
		break;
	default:
		if (chance(net % 2 ? 2 : 20)) /* half of them flap, the others mostly fall, or zombies would never be */
			rib_announce(r, s, net, 4837, at(*now));
		else
			rib_withdraw(r, s, net, at(*now));
	}
}

static void test_counts_hold(void **state)
{
	struct rib *r = rib_new();
	int ids[SESSIONS], nets[NETS];
	double now = 0;
	unsigned seen_stuck = 0, seen_votes = 0;
	char text[40];
	(void)state;
	for (unsigned i = 0; i < SESSIONS; i++) {
		snprintf(text, sizeof(text), "rrc%02u", i % 7);
		ids[i] = session(r, i, i % ASES, text);
	}
	for (unsigned i = 0; i < NETS; i++) {
		snprintf(text, sizeof(text), i < 8 ? "10.0.%u.0/24" : "2001:db8:%u::/48", i);
		nets[i] = watch(r, text);
	}
	for (unsigned step = 0; step < 200000; step++) {
		random_step(r, ids, nets, &now);
		if (step % 7)
			continue;
		int net = nets[chance(NETS)];
		struct visibility want, is = see(r, net);
		recount(r, net, &want);
		if (is.have != want.have || is.eligible != want.eligible || is.stuck != want.stuck)
			fail_msg("step %u, network %d: %u/%u, %u stuck; from scratch %u/%u, %u stuck", step, net,
				 is.have, is.eligible, is.stuck, want.have, want.eligible, want.stuck);
		seen_stuck += is.stuck > 0;
		seen_votes += is.have > 0 && is.have < is.eligible;
	}
	print_message("%u looks with stuck routes, %u with votes on both sides\n", seen_stuck, seen_votes);
	assert_true(seen_stuck > 100 && seen_votes > 1000);
	rib_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sessions_are_found_again),
		cmocka_unit_test(test_a_session_is_found_by_its_address),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_votes_are_of_ases),
		cmocka_unit_test(test_full_feed),
		cmocka_unit_test(test_more_sessions_than_a_word),
		cmocka_unit_test(test_transfers),
		cmocka_unit_test(test_state_after_routes),
		cmocka_unit_test(test_down_but_talking),
		cmocka_unit_test(test_lag),
		cmocka_unit_test(test_newer_updates_win),
		cmocka_unit_test(test_updates_before_the_first_snapshot),
		cmocka_unit_test(test_ring),
		cmocka_unit_test(test_presumed),
		cmocka_unit_test(test_after_a_gap),
		cmocka_unit_test(test_down_over_a_gap),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test(test_not_stuck_when_few_have_it),
		cmocka_unit_test(test_not_stuck_when_it_was_back),
		cmocka_unit_test(test_voters),
		cmocka_unit_test(test_upstreams),
		cmocka_unit_test(test_hostile_numbers),
		cmocka_unit_test(test_counts_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
