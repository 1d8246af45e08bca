/* links: core/judge core/judge_net core/judge_feed core/judge_area core/judge_level core/judge_space core/judge_usual core/judge_event core/judge_guard core/judge_timer core/judge_view core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/series core/prefix core/state base/when base/mem base/strbuf base/text base/err */
/* The machine of one network: each row of the table in detection.md 4 is a case here, with the second before its dwell
 * time has run as well as the second after. 40 peer ASes on 6 collectors unless a case says otherwise. */
#include "sim_world.h"

#define NET     "192.0.2.0/24"
#define START_S 1700000000
#define PEERS   40

struct act {
	double at;
	int have;
}; /* seconds after the network was UP; peers that have it then */
struct want {
	double at;
	const char *phase;
	enum net_state state;
};
struct row_case {
	const char *what;
	unsigned peers, collectors;
	int first; /* peers in the first snapshot */
	struct act acts[12];
	struct want wants[10];
	unsigned events; /* of the network */
	enum verdict_kind kind;
	double start, end; /* of its event; < 0: none */
};

#define NONE (-1e9)

static const struct row_case row_cases[] = {
	{"UP to SUSPECT below one half",
	 40,
	 6,
	 40,
	 {{100, 20}, {110, 19}},
	 {{100, "up", NET_UP}, {110, "suspect", NET_DEGRADED}},
	 0,
	 0,
	 NONE,
	 NONE},
	{"SUSPECT to UP after 60 s at 0.7 v0: a blip",
	 40,
	 6,
	 40,
	 {{100, 10}, {150, 28}},
	 {{209, "suspect", NET_DEGRADED}, {210, "up", NET_UP}},
	 0,
	 0,
	 NONE,
	 NONE},
	{"SUSPECT stays when 0.7 v0 does not hold",
	 40,
	 6,
	 40,
	 {{100, 10}, {150, 28}, {200, 27}},
	 {{215, "suspect", NET_DEGRADED}},
	 0,
	 0,
	 NONE,
	 NONE},
	{"SUSPECT to DOWN: v < 0.3 for 180 s, dated by the crossing",
	 40,
	 6,
	 40,
	 {{100, 30}, {110, 19}, {130, 11}},
	 {{309, "suspect", NET_DEGRADED}, {310, "down", NET_DOWN}},
	 1,
	 VERDICT_WITHDRAWN,
	 110,
	 NONE},
	{"at 0.3 exactly it is not down", 40, 6, 40, {{100, 12}}, {{400, "suspect", NET_DEGRADED}}, 0, 0, NONE, NONE},
	{"SUSPECT to DOWN the quick way: v < 0.1 for 60 s",
	 40,
	 6,
	 40,
	 {{100, 3}},
	 {{159, "suspect", NET_DEGRADED}, {160, "down", NET_DOWN}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 NONE},
	{"not the quick way at 0.1 exactly",
	 40,
	 6,
	 40,
	 {{100, 4}},
	 {{161, "suspect", NET_DEGRADED}, {280, "down", NET_DOWN}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 NONE},
	{"not the quick way with 19 peers",
	 19,
	 6,
	 19,
	 {{100, 0}},
	 {{279, "suspect", NET_DEGRADED}, {280, "down", NET_DOWN}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 NONE},
	{"not the quick way with two collectors",
	 40,
	 2,
	 40,
	 {{100, 0}},
	 {{279, "suspect", NET_DEGRADED}, {280, "down", NET_DOWN}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 NONE},
	{"SUSPECT to PARTIAL: 0.3 <= v < 0.7 v0 for 10 min",
	 40,
	 6,
	 40,
	 {{100, 16}},
	 {{699, "suspect", NET_DEGRADED}, {700, "partial", NET_DEGRADED}},
	 1,
	 VERDICT_PARTIAL,
	 100,
	 NONE},
	{"UP to PARTIAL: 0.5 <= v < 0.7 v0 for 10 min",
	 40,
	 6,
	 40,
	 {{100, 24}},
	 {{699, "up", NET_UP}, {700, "partial", NET_DEGRADED}},
	 1,
	 VERDICT_PARTIAL,
	 100,
	 NONE},
	{"DOWN to EASING at one half, UP after 120 s at 0.7 v0; the end is the crossing",
	 40,
	 6,
	 40,
	 {{100, 0}, {1000, 19}, {1010, 20}, {1030, 28}},
	 {{1000, "down", NET_DOWN},
	  {1010, "easing", NET_DEGRADED},
	  {1149, "easing", NET_DEGRADED},
	  {1150, "up", NET_UP}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 1010},
	{"EASING to DOWN below 0.3: the same event, and its end is the last crossing",
	 40,
	 6,
	 40,
	 {{100, 0}, {1000, 40}, {1060, 12}, {1070, 11}, {1200, 40}},
	 {{1060, "easing", NET_DEGRADED},
	  {1070, "down", NET_DOWN},
	  {1200, "easing", NET_DEGRADED},
	  {1320, "up", NET_UP}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 1200},
	{"PARTIAL to EASING to UP at 0.7 v0",
	 40,
	 6,
	 40,
	 {{100, 24}, {1000, 27}, {1100, 28}},
	 {{1000, "partial", NET_DEGRADED},
	  {1100, "easing", NET_DEGRADED},
	  {1219, "easing", NET_DEGRADED},
	  {1220, "up", NET_UP}},
	 1,
	 VERDICT_PARTIAL,
	 100,
	 1100},
	{"PARTIAL to DOWN: graver, the same event, the same start",
	 40,
	 6,
	 40,
	 {{100, 24}, {1000, 0}, {2000, 40}},
	 {{700, "partial", NET_DEGRADED},
	  {1179, "partial", NET_DEGRADED},
	  {1180, "down", NET_DOWN},
	  {2120, "up", NET_UP}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 2000},
	{"back half way and no further: degraded, one event",
	 40,
	 6,
	 40,
	 {{100, 0}, {1000, 22}, {5000, 40}},
	 {{1000, "easing", NET_DEGRADED},
	  {1600, "partial", NET_DEGRADED},
	  {5000, "easing", NET_DEGRADED},
	  {5120, "up", NET_UP}},
	 1,
	 VERDICT_WITHDRAWN,
	 100,
	 1000},
	{"90% of the peers lose it for 60 s: never down",
	 40,
	 6,
	 40,
	 {{100, 4}, {160, 40}},
	 {{159, "suspect", NET_DEGRADED}, {220, "up", NET_UP}},
	 0,
	 0,
	 NONE,
	 NONE},
	{"60% of the peers lose it for 90 s: never down",
	 40,
	 6,
	 40,
	 {{100, 16}, {190, 40}},
	 {{189, "suspect", NET_DEGRADED}, {250, "up", NET_UP}},
	 0,
	 0,
	 NONE,
	 NONE},
	{"a network that two thirds see is not suspect of itself",
	 60,
	 6,
	 40,
	 {{100, 38}},
	 {{900, "up", NET_UP}},
	 0,
	 0,
	 NONE,
	 NONE},
};

/* Watch NET with `first` of the peers, and let it be learned. Returns the second from which the case counts. */
static double learn(struct world *w, const struct row_case *c, int *net)
{
	world_open(w, c->peers, c->collectors, START_S);
	int control = world_watch(w, "198.51.100.0/24"); /* all see it: so all peers are known to be there */
	*net = world_watch(w, NET);
	world_snapshot(w, control, c->peers);
	world_snapshot(w, *net, (unsigned)c->first);
	world_to(w, 599);
	assert_string_equal(world_net(w, *net).phase, "learning");
	assert_int_equal(world_net(w, *net).state, NET_UP);
	world_to(w, 700);
	assert_string_equal(world_net(w, *net).phase, "up");
	return 700;
}

static void check_row(const struct row_case *c)
{
	struct world w;
	int net;
	double zero = learn(&w, c, &net);
	size_t act = 0;

	print_message("%s\n", c->what);
	for (size_t i = 0; i < ARRAY_LEN(c->wants) && c->wants[i].phase; i++) {
		for (; act < ARRAY_LEN(c->acts) && c->acts[act].at > 0 && c->acts[act].at <= c->wants[i].at; act++) {
			world_to(&w, zero + c->acts[act].at);
			world_set(&w, net, (unsigned)c->acts[act].have);
		}
		world_to(&w, zero + c->wants[i].at);
		struct net_view v = world_net(&w, net);
		if (strcmp(v.phase, c->wants[i].phase) || v.state != c->wants[i].state)
			fail_msg("%s: at %.0f it is %s/%s, not %s/%s", c->what, c->wants[i].at, v.phase,
				 net_state_name(v.state), c->wants[i].phase, net_state_name(c->wants[i].state));
	}
	unsigned events = 0;
	for (size_t i = 0; i < w.book.count; i++)
		events += w.book.events[i]->scope == SCOPE_NETWORK;
	assert_int_equal(events, c->events);
	if (c->events) {
		const struct event *ev = world_event(&w, SCOPE_NETWORK, NET);
		assert_non_null(ev);
		assert_int_equal(ev->kind, c->kind);
		assert_int_equal(ev->start.ms, world_wall(&w, zero + c->start).ms);
		if (c->end > 0)
			assert_int_equal(ev->end.ms, world_wall(&w, zero + c->end).ms);
		else
			assert_false(wall_is_set(ev->end));
	}
	world_close(&w);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(row_cases); i++)
		check_row(&row_cases[i]);
}

/* ---- learning ---- */

struct learn_case {
	const char *what;
	int have;
	bool history;
	double last_seen, error; /* seconds, before our start */
	const char *phase;
	enum net_state state, later; /* at once, and after 181 s */
	bool event, local;
	double start, start_error;
};

static const struct learn_case learn_cases[] = {
	{"seen up", 40, false, 0, 0, "learning", NET_UP, NET_UP, false, false, 0, 0},
	{"half seen is degraded", 16, false, 0, 0, "learning", NET_DEGRADED, NET_DEGRADED, false, false, 0, 0},
	{"gone, and nobody knows it was ever there", 0, false, 0, 0, "learning", NET_UNKNOWN, NET_UNKNOWN, false, false,
	 0, 0},
	{"few see it, and nobody knows better: local", 8, false, 0, 0, "learning", NET_UNKNOWN, NET_UNKNOWN, false,
	 true, 0, 0},
	{"gone in the middle of an outage, last seen within 8 h", 0, true, -7200, 28800, "suspect", NET_DEGRADED,
	 NET_DOWN, true, false, 0, 7200},
	{"gone, and it is known since when", 0, true, -2700, 0, "suspect", NET_DEGRADED, NET_DOWN, true, false, -2700,
	 0},
	{"zombies still have it, but fewer than the history lists", 6, true, -7200, 28800, "suspect", NET_DEGRADED,
	 NET_DOWN, true, false, 0, 7200},
	{"a quarter has it, and the history says it goes on: local", 11, true, -60, 28800, "learning", NET_UNKNOWN,
	 NET_UNKNOWN, false, true, 0, 0},
	{"a quarter has it, and the history says it ended", 11, true, -36000, 28800, "suspect", NET_DEGRADED, NET_DOWN,
	 true, false, -7200, 28800},
};

static void test_learning(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(learn_cases); i++) {
		const struct learn_case *c = &learn_cases[i];
		struct world w;
		print_message("%s\n", c->what);
		world_open(&w, PEERS, 6, START_S);
		int control = world_watch(&w, "198.51.100.0/24"), net = world_watch(&w, NET);
		assert_int_equal(world_net(&w, net).state, NET_UNKNOWN); /* before any snapshot */
		if (c->history)
			judge_history(w.j, net, world_wall(&w, c->last_seen), (int64_t)(c->error * 1000));
		world_snapshot(&w, control, PEERS);
		world_snapshot(&w, net, (unsigned)c->have);
		world_to(&w, 1);
		assert_string_equal(world_net(&w, net).phase, c->phase);
		assert_int_equal(world_net(&w, net).state, c->state);
		assert_int_equal(world_net(&w, net).local, c->local);
		assert_true(isnan(world_net(&w, net).v0));
		world_to(&w, 181);
		assert_int_equal(world_net(&w, net).state, c->later);
		const struct event *ev = world_event(&w, SCOPE_NETWORK, NET);
		assert_int_equal(ev != NULL, c->event);
		if (ev) {
			assert_int_equal(ev->start.ms, world_wall(&w, c->start).ms);
			assert_int_equal(ev->start_error_ms, (int64_t)(c->start_error * 1000));
		}
		world_close(&w);
	}
}

static void test_history_that_comes_late(void **state)
{
	struct world w;
	(void)state;
	world_open(&w, PEERS, 6, START_S);
	int control = world_watch(&w, "198.51.100.0/24"), net = world_watch(&w, NET);
	world_snapshot(&w, control, PEERS);
	world_snapshot(&w, net, 0);
	world_to(&w, 30);
	assert_string_equal(world_net(&w, net).phase, "learning");
	judge_history(w.j, net, world_wall(&w, -900), 0);
	world_to(&w, 31);
	assert_string_equal(world_net(&w, net).phase, "suspect");
	world_to(&w, 60);
	assert_string_equal(world_net(&w, net).phase, "down");
	assert_int_equal(world_event(&w, SCOPE_NETWORK, NET)->start.ms, world_wall(&w, -900).ms);
	world_close(&w);
}

/* A user who starts ten minutes before the outage is a user too. */
static void test_lost_while_learning(void **state)
{
	struct world w;
	(void)state;
	world_open(&w, PEERS, 6, START_S);
	int net = world_watch(&w, NET);
	world_snapshot(&w, net, PEERS);
	world_to(&w, 100);
	world_set(&w, net, 0);
	world_to(&w, 161);
	assert_int_equal(world_net(&w, net).state, NET_DOWN);
	assert_int_equal(world_event(&w, SCOPE_NETWORK, NET)->start.ms, world_wall(&w, 100).ms);
	world_close(&w);
}

/* ---- uncertainty, blips, flapping ---- */

static void test_start_interval(void **state)
{
	struct world w;
	(void)state;
	world_open(&w, PEERS, 6, START_S);
	int net = world_watch(&w, NET);
	world_snapshot(&w, net, PEERS);
	world_to(&w, 1000);
	world_set(&w, net, 36); /* 0.9 of the usual: still whole */
	world_to(&w, 1010);
	world_set(&w, net, 35); /* t90 */
	world_to(&w, 1100);
	world_set(&w, net, 10); /* t50 */
	world_to(&w, 1300);
	const struct event *ev = world_event(&w, SCOPE_NETWORK, NET);
	assert_int_equal(ev->start.ms, world_wall(&w, 1100).ms);
	assert_int_equal(ev->start_error_ms, 90000);
	assert_int_equal(world_net(&w, net).t90.ms, world_wall(&w, 1010).ms);
	world_close(&w);
}

static void test_blips_make_unstable(void **state)
{
	struct world w;
	(void)state;
	world_open(&w, PEERS, 6, START_S);
	int net = world_watch(&w, NET);
	world_snapshot(&w, net, PEERS);
	for (int i = 0; i < 3; i++) {
		world_to(&w, 1000 + i * 600);
		assert_int_equal(world_net(&w, net).blips, i);
		world_set(&w, net, 5);
		world_to(&w, 1030 + i * 600);
		world_set(&w, net, PEERS);
	}
	world_to(&w, 2299);
	assert_int_equal(world_net(&w, net).blips, 3);
	const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_non_null(ev);
	assert_int_equal(ev->state, EVENT_SUSPECTED);
	assert_string_equal(world_group(&w, w.territory).phase, "suspected");
	assert_int_equal(world_confirmed(&w), 0);
	world_to(&w, 2300 + 3600 + 1000); /* an hour later it is forgotten, 15 min later dismissed */
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->state, EVENT_DISMISSED);
	assert_string_equal(world_group(&w, w.territory).phase, "normal");
	world_close(&w);
}

/* DOWN every 5 min: 1000 each, half of it gone in 15 min; 3000 is reached with the fifth. */
static void test_flapping(void **state)
{
	struct world w;
	double t = 1000;
	(void)state;
	world_open(&w, PEERS, 6, START_S);
	int net = world_watch(&w, NET);
	world_snapshot(&w, net, PEERS);
	for (int i = 0; i < 8; i++, t += 300) {
		world_to(&w, t);
		world_set(&w, net, 0);
		world_to(&w, t + 61);
		assert_int_equal(world_net(&w, net).state, NET_DOWN);
		assert_int_equal(world_net(&w, net).penalty >= 3000, i >= 4);
		world_to(&w, t + 100);
		world_set(&w, net, PEERS);
		world_to(&w, t + 250);
		assert_string_equal(world_net(&w, net).phase, "up");
		assert_int_equal(world_net(&w, net).state, i >= 4 ? NET_FLAPPING : NET_UP);
	}
	unsigned events = 0, open = 0;
	for (size_t i = 0; i < w.book.count; i++) {
		if (w.book.events[i]->scope != SCOPE_NETWORK)
			continue;
		events++;
		open += event_state_is_open(w.book.events[i]->state);
	}
	assert_int_equal(events, 5); /* four that ended, and one for all of the flapping */
	assert_int_equal(open, 1);
	const struct event *ev = world_event(&w, SCOPE_NETWORK, NET);
	assert_int_equal(ev->kind, VERDICT_UNSTABLE);
	assert_true(ev->transitions >= 7);
	world_to(&w, t + 3600);
	assert_int_equal(ev->state, EVENT_RESOLVED); /* below 750 */
	assert_int_equal(ev->end.ms, world_wall(&w, t - 200).ms);
	assert_int_equal(world_net(&w, net).state, NET_UP);
	world_close(&w);
}

struct death {
	const char *what;
	double up_s; /* how long it is back between two falls */
	const char *flapped, *text; /* as told two hours later */
};

/* The flapping ends with the last fall, and the outage has its own begin: a network that is down since 23:00 was not down
 * since the flapping began. */
static void test_flap_then_die(void **state)
{
	static const struct death rows[] = {
		{"up for minutes between", 200,
		 "192.0.2.0/24 (KP): flapping (5 transitions) 22:50 UTC, ended 23:00 UTC after 10m. Routing only. Stayed down from then on.",
		 "192.0.2.0/24 (KP): withdrawn since 14 Nov 23:00 UTC. Routing only. Flap, then die: unstable since 14 Nov 22:50 UTC."},
		{"never up for two minutes: one event all along, and the outage apart", 100,
		 "192.0.2.0/24 (KP): flapping (13 transitions) 22:30 UTC, ended 23:00 UTC after 30m. Routing only. Stayed down from then on.",
		 "192.0.2.0/24 (KP): withdrawn since 14 Nov 23:00 UTC. Routing only. Flap, then die: unstable since 14 Nov 22:30 UTC."},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct death *c = &rows[i];
		struct world w;
		struct strbuf b;
		double t = 1000;
		print_message("%s\n", c->what);
		strbuf_init(&b, 600);
		world_open(&w, PEERS, 6, START_S);
		int net = world_watch(&w, NET);
		world_snapshot(&w, net, PEERS);
		for (int k = 0; k < 6; k++, t += 300) {
			world_to(&w, t);
			world_set(&w, net, 0);
			world_to(&w, t + 300 - c->up_s);
			world_set(&w, net, PEERS);
		}
		world_to(&w, t);
		world_set(&w, net, 0);
		world_to(&w, t + 600);
		struct event *flapping = world_event(&w, SCOPE_NETWORK, NET);
		assert_int_equal(flapping->kind, VERDICT_UNSTABLE);
		event_text(flapping, world_wall(&w, w.at), &b);
		assert_non_null(strstr(b.text, ", down now. ")); /* and says so before the flapping is over */
		world_to(&w, t + 7200);
		assert_int_equal(world_net(&w, net).state, NET_DOWN); /* dead is dead, however it came */
		struct event *outage = world_event(&w, SCOPE_NETWORK, NET);
		assert_ptr_not_equal(outage, flapping);
		assert_int_equal(outage->kind, VERDICT_WITHDRAWN);
		assert_int_equal(outage->state, EVENT_CONFIRMED);
		assert_int_equal(outage->start.ms, world_wall(&w, t).ms);
		assert_int_equal(outage->relapses, 0);
		assert_int_equal(flapping->state, EVENT_RESOLVED);
		assert_int_equal(flapping->end.ms, outage->start.ms);
		strbuf_clear(&b);
		event_text(flapping, flapping->end, &b);
		assert_string_equal(b.text, c->flapped);
		strbuf_clear(&b);
		event_text(outage, world_wall(&w, w.at), &b);
		assert_string_equal(b.text, c->text);
		world_set(&w, net, PEERS);
		world_to(&w, t + 7400);
		assert_int_equal(outage->state, EVENT_RESOLVED);
		assert_int_equal(event_duration_ms(outage, WALL_NONE), 7200000);
		strbuf_release(&b);
		world_close(&w);
	}
}

/* Zombies hold it at 0.25; once they are recognised it is at 0, and a network that is back is not held down by them. */
static void test_zombies(void **state)
{
	struct world w;
	(void)state;
	world_open(&w, PEERS, 6, START_S);
	int net = world_watch(&w, NET);
	world_snapshot(&w, net, PEERS);
	world_to(&w, 1000);
	for (unsigned i = 0; i < 32; i++)
		rib_withdraw(w.rib, w.sessions[i], net, world_wall(&w, 1000));
	world_to(&w, 1181);
	assert_int_equal(world_net(&w, net).state, NET_DOWN);
	world_to(&w, 1000 + 5399);
	assert_int_equal(world_net(&w, net).vis.stuck, 0);
	world_to(&w, 1000 + 5401);
	assert_int_equal(world_net(&w, net).vis.stuck, 8);
	assert_int_equal(world_net(&w, net).vis.eligible, 32);
	assert_float_equal(world_net(&w, net).vis.v, 0, 1e-9);
	world_to(&w, 8000);
	for (unsigned i = 0; i < 32; i++)
		rib_announce(w.rib, w.sessions[i], net, 4837, world_wall(&w, 8000));
	world_to(&w, 8121);
	assert_int_equal(world_net(&w, net).state, NET_UP);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_learning),
		cmocka_unit_test(test_history_that_comes_late),
		cmocka_unit_test(test_lost_while_learning),
		cmocka_unit_test(test_start_interval),
		cmocka_unit_test(test_blips_make_unstable),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_flap_then_die),
		cmocka_unit_test(test_zombies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
