/* links: core/judge core/judge_net core/judge_feed core/judge_area core/judge_level core/judge_space core/judge_usual core/judge_event core/judge_guard core/judge_timer core/judge_view core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/series core/prefix core/state base/when base/mem base/strbuf base/text base/err */
/* What must not be called an outage, and what must not be lost over a gap (detection.md 4 "Eligible", 8, 9): session
 * resets, a lost collector, a lost feed, a restart, our own line. The figure to hold is zero false events. */
#include "sim_world.h"

#define START_S    1700000000
#define PEERS      40
#define COLLECTORS 8 /* five peers each */
#define NETS       4

static const char *const prefixes[NETS] = {"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "192.88.99.0/24"};

static void open_quiet(struct world *w, int nets[NETS])
{
	world_open(w, PEERS, COLLECTORS, START_S);
	for (size_t i = 0; i < NETS; i++) {
		nets[i] = world_watch(w, prefixes[i]);
		world_snapshot(w, nets[i], PEERS);
	}
	world_to(w, 4000);
	for (size_t i = 0; i < NETS; i++)
		assert_string_equal(world_net(w, nets[i]).phase, "up");
}

static void no_events(const struct world *w, const char *what)
{
	if (w->book.count) {
		world_dump(w);
		fail_msg("%s: %zu events", what, w->book.count);
	}
}

static void expect_state(const struct world *w, const int nets[NETS], enum net_state want, const char *what)
{
	for (size_t i = 0; i < NETS; i++)
		if (world_net(w, nets[i]).state != want)
			fail_msg("%s: network %zu is %s", what, i, net_state_name(world_net(w, nets[i]).state));
}

/* ---- sessions ---- */

struct reset_case {
	const char *what;
	unsigned first, step, count; /* peers first, first + step, ... that reset */
	double down_s;               /* for how long */
	unsigned back;               /* of the four networks, sent again */
	enum net_state meanwhile;
	unsigned eligible_after;
};

static const struct reset_case resets[] = {
	{"one peer resets", 7, 1, 1, 60, 4, NET_UP, 40},
	{"one peer resets and sends half its table: 15 min, then it votes", 7, 1, 1, 60, 2, NET_UP, 40},
	{"one peer goes for good", 7, 1, 1, 1e9, 0, NET_UP, 39},
	{"a collector with five peers is lost", 3, 8, 5, 600, 4, NET_UP, 40},
	{"three of eight collectors are lost", 0, 1, 15, 600, 4, NET_UP, 40},
	{"three quarters of the peers are lost: cannot judge", 0, 1, 30, 600, 4, NET_STALE, 40},
	{"all peers are lost", 0, 1, 40, 600, 4, NET_STALE, 40},
};

static void test_resets(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(resets); i++) {
		const struct reset_case *c = &resets[i];
		struct world w;
		int nets[NETS];
		print_message("%s\n", c->what);
		open_quiet(&w, nets);
		for (unsigned k = 0; k < c->count; k++)
			rib_session_state(w.rib, w.sessions[c->first + k * c->step], false, world_wall(&w, w.at));
		world_to(&w, 4300);
		expect_state(&w, nets, c->meanwhile, c->what);
		no_events(&w, c->what);
		if (c->down_s < 1e6) {
			world_to(&w, 4000 + c->down_s);
			for (unsigned k = 0; k < c->count; k++)
				rib_session_state(w.rib, w.sessions[c->first + k * c->step], true,
						  world_wall(&w, w.at));
			world_to(&w, w.at + 20);
			expect_state(&w, nets, c->down_s < 300 ? NET_UP : c->meanwhile,
				     c->what); /* the table has not come yet */
			for (unsigned n = 0; n < c->back; n++)
				for (unsigned k = 0; k < c->count; k++) {
					rib_announce(w.rib, w.sessions[c->first + k * c->step], nets[n], 4837,
						     world_wall(&w, w.at));
					world_run(&w);
				}
		}
		world_to(&w, 9000);
		expect_state(&w, nets, NET_UP, c->what);
		assert_int_equal(world_net(&w, nets[0]).vis.eligible, c->eligible_after);
		no_events(&w, c->what);
		world_close(&w);
	}
}

/* Late messages of one collector: its peers leave the vote, they do not outvote the others with what was. */
static void test_lag(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	for (unsigned k = 3; k < PEERS; k += 8)
		rib_session_seen(w.rib, w.sessions[k], world_wall(&w, w.at - 121), world_wall(&w, w.at));
	world_to(&w, 4010);
	assert_int_equal(world_net(&w, nets[0]).vis.eligible, 35);
	for (unsigned k = 3; k < PEERS; k += 8)
		rib_session_seen(w.rib, w.sessions[k], world_wall(&w, w.at - 5), world_wall(&w, w.at));
	world_to(&w, 4019);
	assert_int_equal(world_net(&w, nets[0]).vis.eligible, 35);
	world_to(&w, 4021);
	assert_int_equal(world_net(&w, nets[0]).vis.eligible, 40);
	no_events(&w, "lag");
	world_close(&w);
}

/* ---- the feed ---- */

static void lose_feed(struct world *w, double from, double until)
{
	world_to(w, from);
	judge_feed(w->j, FEED_DOWN, "RIS Live lost", world_now(w));
	world_to(w, until);
	judge_feed(w->j, FEED_OK, "", world_now(w));
}

static void test_feed_lost_for_nothing(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	world_to(&w, 5000);
	judge_feed(w.j, FEED_DOWN, "RIS Live lost", world_now(&w));
	expect_state(&w, nets, NET_STALE, "down");
	assert_true(isnan(world_group(&w, w.territory).loss_pct));
	assert_string_equal(world_group(&w, w.territory).phase, "unknown");
	assert_int_equal(world_group(&w, w.territory).v4.stale, NETS);
	world_to(&w, 5600);
	judge_feed(w.j, FEED_OK, "", world_now(&w));
	world_to(&w, 5630);
	expect_state(&w, nets, NET_STALE, "back, but not looked at");
	/* messages before the snapshot do not judge anything by themselves */
	for (unsigned i = 0; i < 30; i++)
		rib_withdraw(w.rib, w.sessions[i], nets[0], world_wall(&w, 5630));
	world_to(&w, 5631);
	expect_state(&w, nets, NET_STALE, "a message is no snapshot");
	for (unsigned i = 0; i < 30; i++)
		rib_announce(w.rib, w.sessions[i], nets[0], 4837, world_wall(&w, 5632));
	for (size_t i = 0; i < NETS; i++)
		world_snapshot(&w, nets[i], PEERS);
	world_to(&w, 9000);
	expect_state(&w, nets, NET_UP, "looked at");
	assert_string_equal(world_group(&w, w.territory).phase, "normal");
	no_events(&w, "feed loss");
	world_close(&w);
}

/* Down before the gap, down after it: one event, unverified for the time between, never resolved. */
static void test_feed_lost_in_an_outage(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	world_to(&w, 5000);
	for (size_t i = 0; i < NETS; i++)
		world_set(&w, nets[i], 0);
	world_to(&w, 5300);
	struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	lose_feed(&w, 6000, 6600);
	assert_int_equal(ev->state, EVENT_UNVERIFIED);
	for (size_t i = 0; i < NETS; i++) /* nothing says that the peers are there, nothing that they are not */
		rib_snapshot(w.rib, nets[i], NULL, NULL, 0, world_wall(&w, 6600));
	world_to(&w, 6610);
	expect_state(&w, nets, NET_DOWN, "still down");
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->unverified_ms, 600000);
	world_to(&w, 7000);
	for (size_t i = 0; i < NETS; i++)
		world_set(&w, nets[i], PEERS);
	world_to(&w, 9000);
	assert_int_equal(w.book.count, 6);
	for (size_t i = 0; i < w.book.count; i++) {
		assert_int_equal(w.book.events[i]->state, EVENT_RESOLVED);
		assert_int_equal(w.book.events[i]->start.ms, world_wall(&w, 5000).ms);
		assert_int_equal(w.book.events[i]->end.ms, world_wall(&w, 7000).ms);
		assert_int_equal(w.book.events[i]->end_error_ms, 0);
		assert_int_equal(w.book.events[i]->unverified_ms, 600000);
	}
	world_close(&w);
}

/* What changed in the gap is dated by the gap: the later bound of a start, the earlier bound of an end. */
static void test_changed_in_the_gap(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	lose_feed(&w, 5000, 5600);
	for (size_t i = 0; i < NETS; i++)
		rib_snapshot(w.rib, nets[i], NULL, NULL, 0, world_wall(&w, 5600));
	world_to(&w, 5900);
	assert_int_equal(w.book.count, 6);
	for (size_t i = 0; i < w.book.count; i++) {
		assert_int_equal(w.book.events[i]->state, EVENT_CONFIRMED);
		assert_int_equal(w.book.events[i]->start.ms, world_wall(&w, 5600).ms);
		assert_int_equal(w.book.events[i]->start_error_ms, 600000);
	}
	lose_feed(&w, 7000, 8200);
	for (size_t i = 0; i < NETS; i++)
		world_snapshot(&w, nets[i], PEERS);
	world_to(&w, 9500);
	assert_int_equal(w.book.count, 6);
	for (size_t i = 0; i < w.book.count; i++) {
		assert_int_equal(w.book.events[i]->state, EVENT_RESOLVED);
		assert_int_equal(w.book.events[i]->end.ms, world_wall(&w, 7000).ms);
		assert_int_equal(w.book.events[i]->end_error_ms, 1200000);
	}
	world_close(&w);
}

/* Lag freezes, but what is heard is heard: an outage that begins while the feed is late has its exact start. */
static void test_late_feed(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	world_to(&w, 5000);
	judge_feed(w.j, FEED_LATE, "RIS Live is late", world_now(&w));
	expect_state(&w, nets, NET_STALE, "late");
	world_to(&w, 5010);
	for (size_t i = 0; i < NETS; i++)
		world_set(&w, nets[i], 0);
	world_to(&w, 5200);
	no_events(&w, "late");
	judge_feed(w.j, FEED_OK, "", world_now(&w));
	world_to(&w, 5255);
	assert_int_equal(world_confirmed(&w), 0); /* the dwell time begins when it can be watched */
	world_to(&w, 5265);
	assert_int_equal(world_confirmed(&w), 6);
	for (size_t i = 0; i < w.book.count; i++) {
		assert_int_equal(w.book.events[i]->start.ms, world_wall(&w, 5010).ms);
		assert_int_equal(w.book.events[i]->start_error_ms, 0);
	}
	world_close(&w);
}

/* The stream was cut and opened again so fast that the feed never was called down. */
static void test_stream_lost_alone(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	rib_lost(w.rib);
	world_to(&w, 4001);
	expect_state(&w, nets, NET_STALE, "lost");
	for (size_t i = 0; i < NETS; i++)
		rib_presume(w.rib, nets[i], world_wall(&w, w.at));
	world_to(&w, 4100);
	expect_state(&w, nets, NET_UP, "presumed");
	assert_true(world_net(&w, nets[0]).vis.presumed);
	no_events(&w, "stream lost");
	world_close(&w);
}

static void test_own_line(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	judge_line(w.j, LINE_BLIND, world_now(&w));
	for (size_t i = 0; i < NETS; i++)
		world_set(&w, nets[i], 0);
	world_to(&w, 5000);
	expect_state(&w, nets, NET_STALE, "blind");
	no_events(&w, "blind");
	for (size_t i = 0; i < NETS; i++)
		world_set(&w, nets[i], PEERS);
	judge_line(w.j, LINE_OK, world_now(&w));
	world_to(&w, 6000);
	expect_state(&w, nets, NET_UP, "seeing again");
	no_events(&w, "blind");
	world_close(&w);
}

/* ---- a restart ---- */

struct restart_case {
	const char *what;
	unsigned before, after; /* peers that have the networks */
	unsigned events;        /* in all */
	enum event_state state; /* of all, 15 min later and more */
	double start, start_error, end, end_error;
};

static const struct restart_case restarts[] = {
	{"up before and after", PEERS, PEERS, 0, 0, 0, 0, 0, 0},
	{"down before and after: the same event", 0, 0, 6, EVENT_CONFIRMED, 4000, 0, -1, 0},
	{"down before, up after: it ended in the gap", 0, PEERS, 6, EVENT_RESOLVED, 4000, 0, 6000, 1320},
	{"up before, down after: it began in the gap, whatever is known of single networks", PEERS, 0, 6,
	 EVENT_CONFIRMED, 7320, 1320, -1, 0},
};

/* learned_h: of history; as it was remembered when 0. */
static void restore_all(struct world *to, const struct world *from, const int old[NETS], int nets[NETS], unsigned learned_h)
{
	for (size_t i = 0; i < from->book.count; i++)
		event_restore(&to->book, from->book.events[i], world_now(to));
	for (size_t i = 0; i < NETS; i++) {
		struct net_memory m;
		assert_true(judge_remember(from->j, old[i], &m));
		if (learned_h)
			m.learned_h = learned_h;
		nets[i] = world_watch(to, prefixes[i]);
		judge_restore(to->j, nets[i], &m);
	}
}

static void test_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(restarts); i++) {
		const struct restart_case *c = &restarts[i];
		struct world a, b;
		int old[NETS], nets[NETS];
		print_message("%s\n", c->what);
		open_quiet(&a, old);
		for (size_t k = 0; k < NETS && c->before != PEERS; k++)
			world_set(&a, old[k], c->before);
		world_to(&a, 6000);
		for (size_t k = 0; k < a.book.count; k++)
			event_saved(&a.book, a.book.events[k], k + 1);
		world_open(&b, PEERS, COLLECTORS, START_S);
		b.at = 7300;
		judge_feed(b.j, FEED_OK, "", world_now(&b));
		restore_all(&b, &a, old, nets, 0);
		world_to(&b, 7310);
		expect_state(&b, nets, NET_STALE, c->what);
		for (size_t k = 0; k < b.book.count; k++)
			assert_int_equal(b.book.events[k]->state, EVENT_UNVERIFIED);
		world_to(&b, 7320);
		struct prefix control =
			world_prefix("8.8.8.0/24"); /* elsewhere: so that the peers are known to be there */
		int elsewhere = judge_group(b.j, SCOPE_TERRITORY, "ZZ", "ZZ", -1);
		world_snapshot(&b, judge_watch(b.j, elsewhere, &control, 15169), PEERS);
		for (size_t k = 0; k < NETS; k++)
			world_snapshot(&b, nets[k], c->after);
		world_to(&b, 9000);
		if (b.book.count != c->events)
			world_dump(&b);
		assert_int_equal(b.book.count, c->events);
		for (size_t k = 0; k < b.book.count; k++) {
			const struct event *ev = b.book.events[k];
			assert_int_equal(ev->state, c->state);
			assert_int_equal(ev->start.ms, world_wall(&b, c->start).ms);
			assert_int_equal(ev->start_error_ms, (int64_t)c->start_error * 1000);
			assert_int_equal(ev->end.ms, c->end < 0 ? WALL_NONE.ms : world_wall(&b, c->end).ms);
			assert_int_equal(ev->end_error_ms, (int64_t)c->end_error * 1000);
		}
		world_close(&a);
		world_close(&b);
	}
}

/* A network restored with a day of history is warm: partial losses of its territory count at once. */
static void test_restored_is_warm(void **state)
{
	struct world a, b;
	int old[NETS], nets[NETS];
	(void)state;
	open_quiet(&a, old);
	assert_true(world_group(&a, a.territory).learned_h < 2);
	assert_true(isnan(world_group(&a, a.territory).baseline_v4));
	world_open(&b, PEERS, COLLECTORS, START_S);
	b.at = 5000;
	judge_feed(b.j, FEED_OK, "", world_now(&b));
	restore_all(&b, &a, old, nets, 24);
	for (size_t k = 0; k < NETS; k++)
		world_snapshot(&b, nets[k], PEERS);
	world_to(&b, 5010);
	assert_float_equal(world_group(&b, b.territory).learned_h, 24, 1e-9);
	assert_float_equal(world_group(&b, b.territory).baseline_v4, 4, 1e-9);
	assert_float_equal(world_net(&b, nets[0]).v0, 1, 0.01);
	world_set(&b, nets[0], 0);
	world_to(&b, 5010 + 301);
	assert_int_equal(world_event(&b, SCOPE_TERRITORY, "KP")->state, EVENT_CONFIRMED);
	world_close(&a);
	world_close(&b);
}

/* What was missing long before a restart was usually missing: no loss begins with it. An outage stays one. */
static void test_missing_before(void **state)
{
	static const struct {
		const char *what;
		unsigned down;    /* of twelve networks */
		double since;     /* so many seconds before */
		double loss_pct;  /* of IPv4, after it */
		double baseline;
	} cases[] = {
		{"one, for three days", 1, 3 * 86400, 0, 11},
		{"one, for an hour", 1, 3600, 100. / 12, 12},
		{"five, for two days: an outage", 5, 2 * 86400, 500. / 12, 12},
		{"five, for eight days", 5, 8 * 86400, 0, 7},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;
		print_message("%s\n", cases[i].what);
		world_open(&w, PEERS, COLLECTORS, START_S);
		w.at = 5000;
		judge_feed(w.j, FEED_OK, "", world_now(&w));
		for (unsigned k = 0; k < 12; k++) {
			char text[32];
			bool down = k < cases[i].down;
			snprintf(text, sizeof(text), "10.0.%u.0/24", 2 * k);
			int net = world_watch(&w, text);
			struct net_memory m = {.prefix = world_prefix(text), .state = down ? NET_DOWN : NET_UP, .v0 = 1,
					       .learned_h = 24, .since = world_wall(&w, 4900 - (down ? cases[i].since : 1e6)),
					       .saved = world_wall(&w, 4900)};
			judge_restore(w.j, net, &m);
			world_snapshot(&w, net, down ? 0 : PEERS);
		}
		world_to(&w, 5400);
		struct group_view g = world_group(&w, w.territory);
		assert_float_equal(g.loss_v4_pct, cases[i].loss_pct, 0.01);
		assert_float_equal(g.baseline_v4, cases[i].baseline, 1e-9);
		assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP") != NULL, cases[i].loss_pct > 0);
		world_close(&w);
	}
}

/* With less than a day of history the learning goes on where it was, and is not called done. */
static void test_learning_goes_on(void **state)
{
	struct world a, b;
	int old[NETS], nets[NETS];
	(void)state;
	open_quiet(&a, old);
	world_open(&b, PEERS, COLLECTORS, START_S);
	b.at = 5000;
	judge_feed(b.j, FEED_OK, "", world_now(&b));
	restore_all(&b, &a, old, nets, 9);
	for (size_t k = 0; k < NETS; k++)
		world_snapshot(&b, nets[k], PEERS);
	world_to(&b, 5010);
	assert_float_equal(world_group(&b, b.territory).learned_h, 9, 0.2);
	assert_true(isnan(world_group(&b, b.territory).baseline_v4));
	world_set(&b, nets[0], 0);
	world_to(&b, 5010 + 301);
	assert_int_equal(world_event(&b, SCOPE_TERRITORY, "KP")->state, EVENT_SUSPECTED); /* a quarter is not a total loss */
	world_close(&a);
	world_close(&b);
}

static void test_forgotten(void **state)
{
	struct world w;
	int nets[NETS];
	(void)state;
	open_quiet(&w, nets);
	judge_forget(w.j, nets[3]);
	world_to(&w, 5000);
	assert_int_equal(world_group(&w, w.territory).v4.total, 3);
	assert_int_equal(world_group(&w, w.territory).v4.up, 3);
	world_set(&w, nets[3], 0);
	world_to(&w, 6000);
	no_events(&w, "forgotten");
	assert_float_equal(world_group(&w, w.territory).loss_pct, 0, 1e-9);
	world_watch(&w, prefixes[3]);
	world_to(&w, 6001);
	assert_int_equal(world_group(&w, w.territory).v4.total, 4);
	assert_int_equal(world_group(&w, w.territory).v4.unknown, 1);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_resets),
		cmocka_unit_test(test_lag),
		cmocka_unit_test(test_feed_lost_for_nothing),
		cmocka_unit_test(test_feed_lost_in_an_outage),
		cmocka_unit_test(test_changed_in_the_gap),
		cmocka_unit_test(test_late_feed),
		cmocka_unit_test(test_stream_lost_alone),
		cmocka_unit_test(test_own_line),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_missing_before),
		cmocka_unit_test(test_restored_is_warm),
		cmocka_unit_test(test_learning_goes_on),
		cmocka_unit_test(test_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
