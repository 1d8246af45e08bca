/* links: core/judge core/judge_net core/judge_feed core/judge_area core/judge_level core/judge_space core/judge_usual core/judge_event core/judge_guard core/judge_timer core/judge_view core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/series core/prefix core/state base/when base/mem base/strbuf base/text base/err */
/* The machine of an operator or territory: detection.md 5.1 and 7, each line of the table before and after its dwell
 * time. */
#include "sim_world.h"

#define START_S 1700000000
#define PEERS   40

/* `count` networks 10.0.i.0/24 (or wider), remembered from an earlier run, so that the territory is warm, and all up.
 */
static void open_warm(struct world *w, int *nets, unsigned count, unsigned len)
{
	char text[32];

	world_open(w, PEERS, 8, START_S);
	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.0/%u", i / 256, i % 256, len);
		nets[i] = world_watch(w, text);
		struct net_memory m = {.prefix = world_prefix(text),
				       .state = NET_UP,
				       .v0 = 1,
				       .learned_h = 24,
				       .since = world_wall(w, -9e5),
				       .saved = world_wall(w, -60)};
		judge_restore(w->j, nets[i], &m);
		world_snapshot(w, nets[i], PEERS);
	}
	world_to(w, 10);
}

static void set_some(struct world *w, const int *nets, unsigned from, unsigned count, unsigned have)
{
	for (unsigned i = from; i < from + count; i++)
		world_set(w, nets[i], have);
}

static enum event_state state_of(struct world *w, enum event_scope scope)
{
	const struct event *ev = world_event(w, scope, scope == SCOPE_TERRITORY ? "KP" : "AS131279");

	return ev ? ev->state : EVENT_STATE_COUNT;
}

/* ---- confirmation ---- */

#define NEVER 1e9

struct line_case {
	const char *what;
	unsigned networks, lost;
	unsigned have; /* peers that keep the lost ones: 0 is down after 60 s, 8 after 180 s */
	double territory,
		op; /* seconds after the loss when they are confirmed; NEVER: only suspected; < 0: not even that */
	enum verdict_kind kind;
	double loss;
};

static const struct line_case lines[] = {
	{"all of 4: with its networks", 4, 4, 0, 60, 60, VERDICT_WITHDRAWN, 100},
	{"all of 4, slowly: with its networks, no later", 4, 4, 8, 180, 180, VERDICT_WITHDRAWN, 100},
	{"2 of 4: half for 120 s", 4, 2, 0, 120, 120, VERDICT_PARTIAL, 50},
	{"1 of 4: 20% for 300 s; the operator after 120 s", 4, 1, 0, 300, 120, VERDICT_PARTIAL, 25},
	{"1 of 4, slowly: the operator when it is down", 4, 1, 8, 300, 180, VERDICT_PARTIAL, 25},
	{"the only network: half for 120 s, the operator at once", 1, 1, 0, 120, 60, VERDICT_WITHDRAWN, 100},
	{"1 of 10 is a suspicion of the territory, nothing to the operator", 10, 1, 0, NEVER, -1, VERDICT_PARTIAL, 10},
	{"by space: 20 of 100", 100, 20, 0, 300, 120, VERDICT_PARTIAL, 20},
	{"by space: 19 of 100", 100, 19, 0, NEVER, -1, VERDICT_PARTIAL, 19},
	{"by space: 4 of 100 is not even suspect", 100, 4, 0, -1, -1, 0, 0},
};

static void check_confirmed(struct world *w, enum event_scope scope, double loss_at, double want)
{
	const double limit = 1200;
	double at = -1;

	for (double s = loss_at; s <= loss_at + limit && at < 0; s += 1) {
		world_to(w, s);
		if (state_of(w, scope) == EVENT_CONFIRMED)
			at = s - loss_at;
	}
	if (want < 0)
		assert_int_equal(state_of(w, scope), EVENT_STATE_COUNT);
	else if (want == NEVER)
		assert_int_equal(state_of(w, scope), EVENT_SUSPECTED);
	else
		assert_float_equal(at, want, 1.01);
}

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		static const enum event_scope scopes[] = {SCOPE_TERRITORY, SCOPE_OPERATOR};
		print_message("%s\n", lines[i].what);
		for (size_t k = 0; k < ARRAY_LEN(scopes); k++) {
			const struct line_case *c = &lines[i];
			struct world w;
			int nets[128];
			open_warm(&w, nets, c->networks, 24);
			world_to(&w, 100);
			set_some(&w, nets, 0, c->lost, c->have);
			check_confirmed(&w, scopes[k], 100, k ? c->op : c->territory);
			const struct event *ev = world_event(&w, scopes[k], k ? "AS131279" : "KP");
			if (ev) {
				assert_int_equal(ev->start.ms, world_wall(&w, 100).ms);
				assert_int_equal(ev->kind, c->kind);
				assert_float_equal(ev->loss_pct, c->loss, 0.01);
				assert_int_equal(ev->networks_total, c->networks);
			}
			world_close(&w);
		}
	}
}

/* Without a day of history only what is total is confirmed; the networks are reported all the same. */
static void test_warm_up(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	world_open(&w, PEERS, 8, START_S);
	for (unsigned i = 0; i < 4; i++) {
		char text[32];
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		nets[i] = world_watch(&w, text);
		world_snapshot(&w, nets[i], PEERS);
	}
	world_to(&w, 20 * 3600.0);
	assert_float_equal(world_group(&w, w.territory).learned_h, 20, 0.1);
	set_some(&w, nets, 0, 3, 0);
	world_to(&w, 20 * 3600.0 + 1200);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_SUSPECTED);
	assert_int_equal(state_of(&w, SCOPE_OPERATOR), EVENT_SUSPECTED);
	assert_int_equal(world_confirmed(&w), 3);
	set_some(&w, nets, 3, 1, 0);
	world_to(&w, 20 * 3600.0 + 1300);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_CONFIRMED);
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->start.ms, world_wall(&w, 20 * 3600.0).ms);
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->kind, VERDICT_WITHDRAWN);
	world_close(&w);
}

/* After a day the same partial loss is confirmed. */
static void test_warm_by_time(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	world_open(&w, PEERS, 8, START_S);
	for (unsigned i = 0; i < 4; i++) {
		char text[32];
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		nets[i] = world_watch(&w, text);
		world_snapshot(&w, nets[i], PEERS);
	}
	world_to(&w, 25 * 3600.0);
	assert_float_equal(world_group(&w, w.territory).baseline_v4, 4, 1e-9);
	set_some(&w, nets, 0, 1, 0);
	world_to(&w, 25 * 3600.0 + 301);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_CONFIRMED);
	world_close(&w);
}

/* Three hours of flaps: a suspicion that went back to normal does not lend its start to the outage that follows. */
static void test_start_is_of_the_loss_that_held(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	for (int i = 0; i < 6; i++) {
		world_to(&w, 1000 + i * 300);
		set_some(&w, nets, 0, 4, 0);
		world_to(&w, 1030 + i * 300);
		set_some(&w, nets, 0, 4, PEERS);
	}
	world_to(&w, 2800);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_SUSPECTED);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 3000);
	const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->start.ms, world_wall(&w, 2800).ms);
	assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
	for (size_t i = 0; i < w.book.count; i++)
		if (wall_is_set(w.book.events[i]->confirmed))
			assert_int_equal(w.book.events[i]->start.ms, world_wall(&w, 2800).ms);
	world_close(&w);
}

static void test_dismissed(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	world_to(&w, 1000);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 1050);
	set_some(&w, nets, 0, 4, PEERS);
	world_to(&w, 1050 + 899);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_SUSPECTED);
	world_to(&w, 1050 + 901);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_DISMISSED);
	assert_int_equal(world_confirmed(&w), 0);
	world_close(&w);
}

/* ---- the way back ---- */

static void test_way_back(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	world_to(&w, 1000);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 5000);
	set_some(&w, nets, 0, 1, PEERS);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_CONFIRMED);
	world_to(&w, 5100);
	set_some(&w, nets, 1, 1, PEERS); /* half the peak */
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_EASING);
	world_to(&w, 9000);
	set_some(&w, nets, 2, 2, PEERS); /* below 5% */
	world_to(&w, 9000 + 299);
	assert_int_equal(state_of(&w, SCOPE_OPERATOR), EVENT_EASING);
	world_to(&w, 9000 + 301);
	assert_int_equal(state_of(&w, SCOPE_OPERATOR), EVENT_RESOLVED);
	world_to(&w, 9000 + 899);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_EASING);
	world_to(&w, 9000 + 901);
	const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->end.ms, world_wall(&w, 9000).ms);
	world_close(&w);
}

/* Below 10% but not below 5%: an hour. The end is the crossing of that line. */
static void test_long_tail(void **state)
{
	struct world w;
	int nets[100];
	(void)state;
	open_warm(&w, nets, 100, 24);
	world_to(&w, 1000);
	set_some(&w, nets, 0, 60, 0);
	world_to(&w, 5000);
	set_some(&w, nets, 0, 53, PEERS); /* 7% are left */
	world_to(&w, 5000 + 3599);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_EASING);
	world_to(&w, 5000 + 3601);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_RESOLVED);
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->end.ms, world_wall(&w, 5000).ms);
	world_close(&w);
}

static void test_relapse(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	world_to(&w, 1000);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 5000);
	set_some(&w, nets, 0, 4, PEERS);
	world_to(&w, 5400); /* the networks have ended, the territory has not */
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_EASING);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 5500);
	const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->relapses, 1);
	world_to(&w, 6000);
	set_some(&w, nets, 0, 4, PEERS);
	world_to(&w, 8000);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->start.ms, world_wall(&w, 1000).ms);
	assert_int_equal(ev->end.ms, world_wall(&w, 6000).ms);
	world_close(&w);
}

struct reopen_case {
	const char *what;
	double again;
	unsigned territory_events, operator_events;
};

static const struct reopen_case reopens[] = {
	{"20 min later both go on", 5000 + 1200, 1, 1},
	{"45 min later the territory's goes on, the operator's is new", 5000 + 2700, 1, 2},
	{"two hours later both are new", 5000 + 7200, 2, 2},
};

static void test_reopen(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(reopens); i++) {
		struct world w;
		int nets[4];
		unsigned territory = 0, op = 0;
		print_message("%s\n", reopens[i].what);
		open_warm(&w, nets, 4, 24);
		world_to(&w, 1000);
		set_some(&w, nets, 0, 4, 0);
		world_to(&w, 5000);
		set_some(&w, nets, 0, 4, PEERS);
		world_to(&w, 5000 + 901);
		assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_RESOLVED);
		world_to(&w, reopens[i].again);
		set_some(&w, nets, 0, 4, 0);
		world_to(&w, reopens[i].again + 100);
		for (size_t k = 0; k < w.book.count; k++) {
			territory += w.book.events[k]->scope == SCOPE_TERRITORY;
			op += w.book.events[k]->scope == SCOPE_OPERATOR;
		}
		assert_int_equal(territory, reopens[i].territory_events);
		assert_int_equal(op, reopens[i].operator_events);
		assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_CONFIRMED);
		assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->relapses, territory == 1);
		world_close(&w);
	}
}

/* A suspicion within the hour does not undo the end of what really ended. */
static void test_reopened_in_vain(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	world_to(&w, 1000);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 5000);
	set_some(&w, nets, 0, 4, PEERS);
	world_to(&w, 6500);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 6530);
	set_some(&w, nets, 0, 4, PEERS);
	world_to(&w, 8000);
	const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->end.ms, world_wall(&w, 5000).ms);
	world_close(&w);
}

/* ---- space ---- */

struct space_case {
	const char *what;
	const char *prefixes[6];
	unsigned down;      /* of them, from the first */
	bool lost;          /* the first counts as lost */
	double space, loss; /* of the territory: /24s up, percent by networks */
};

static const struct space_case spaces[] = {
	{"nothing covers it", {"10.0.0.0/24", "10.0.1.0/24"}, 1, true, 1, 50},
	{"a less-specific one reaches it", {"10.0.0.0/24", "10.0.0.0/16"}, 1, false, 256, 0},
	{"a /8 reaches everything and says nothing", {"10.0.0.0/24", "10.0.0.0/8"}, 1, true, 65535, 50},
	{"its halves are up: re-homed", {"10.0.0.0/23", "10.0.0.0/24", "10.0.1.0/24"}, 1, false, 2, 0},
	{"three quarters of it are up: what is missing is lost",
	 {"10.0.0.0/22", "10.0.0.0/23", "10.0.2.0/24"},
	 1,
	 true,
	 3,
	 100. / 3},
	{"its halves went with it", {"10.0.0.0/23", "10.0.0.0/24", "10.0.1.0/24"}, 3, true, 0, 100},
	{"a half and two quarters are up",
	 {"10.0.0.0/22", "10.0.0.0/23", "10.0.2.0/23", "10.0.0.0/24", "10.0.1.0/24"},
	 2,
	 false,
	 4,
	 0},
};

static void test_space(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		const struct space_case *c = &spaces[i];
		struct world w;
		int nets[6];
		unsigned n = 0;
		print_message("%s\n", c->what);
		world_open(&w, PEERS, 8, START_S);
		for (; n < ARRAY_LEN(c->prefixes) && c->prefixes[n]; n++) {
			nets[n] = world_watch(&w, c->prefixes[n]);
			world_snapshot(&w, nets[n], PEERS);
		}
		world_to(&w, 1000);
		set_some(&w, nets, 0, c->down, 0);
		world_to(&w, 1100);
		assert_string_equal(world_net(&w, nets[0]).phase, "down");
		assert_int_equal(world_net(&w, nets[0]).lost, c->lost);
		assert_float_equal(world_group(&w, w.territory).space_v4, c->space, 1e-6);
		assert_float_equal(world_group(&w, w.territory).loss_pct, c->loss, 1e-6);
		set_some(&w, nets, 0, c->down, PEERS);
		world_to(&w, 1400);
		assert_false(world_net(&w, nets[0]).lost);
		assert_float_equal(world_group(&w, w.territory).loss_pct, 0, 1e-6);
		world_close(&w);
	}
}

/* Four networks have been withdrawn for two days beside their aggregate. When that turns suspect they are not known to be
 * lost; when it is down, they are, from the moment it fell and not from two days ago. */
static void test_aggregate_falls(void **state)
{
	static const char *const prefixes[] = {"10.0.0.0/22", "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24"};
	const double later = 2 * 86400;
	struct world w;
	int nets[5];

	(void)state;
	world_open(&w, PEERS, 8, START_S);
	for (unsigned i = 0; i < 5; i++) {
		nets[i] = world_watch(&w, prefixes[i]);
		world_snapshot(&w, nets[i], PEERS);
	}
	world_to(&w, 90000);
	set_some(&w, nets, 1, 4, 0);
	world_to(&w, 90000 + later);
	assert_string_equal(world_net(&w, nets[1]).phase, "down");
	assert_null(world_event(&w, SCOPE_TERRITORY, "KP"));
	world_set(&w, nets[0], PEERS * 45 / 100);
	world_to(&w, 90000 + later + 900);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_SUSPECTED);
	world_set(&w, nets[0], 0);
	world_to(&w, 90000 + later + 1200);
	assert_int_equal(state_of(&w, SCOPE_TERRITORY), EVENT_CONFIRMED);
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->start.ms, world_wall(&w, 90000 + later).ms);
	world_close(&w);
}

/* ---- families ---- */

struct family_case {
	const char *what;
	unsigned lost4, lost6;
	enum verdict_kind kind;
	double loss;
	unsigned lost, total;
};

static const struct family_case families[] = {
	{"IPv6 lost, IPv4 intact", 0, 4, VERDICT_V6_ONLY, 100, 4, 4},
	{"IPv4 lost, IPv6 intact", 8, 0, VERDICT_V4_ONLY, 100, 8, 8},
	{"half of IPv6 lost, IPv4 intact", 0, 2, VERDICT_V6_ONLY, 50, 2, 4},
	{"both lost", 8, 4, VERDICT_WITHDRAWN, 100, 12, 12},
	{"all of IPv6 and a quarter of IPv4", 2, 4, VERDICT_PARTIAL, 50, 6, 12},
};

static void test_families(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		const struct family_case *c = &families[i];
		struct world w;
		int v4[8], v6[4];
		print_message("%s\n", c->what);
		open_warm(&w, v4, 8, 24);
		for (unsigned k = 0; k < 4; k++) {
			char text[32];
			snprintf(text, sizeof(text), "2001:db8:%x::/48", k);
			v6[k] = world_watch(&w, text);
			struct net_memory m = {.prefix = world_prefix(text),
					       .state = NET_UP,
					       .v0 = 1,
				       .learned_h = 24,
					       .since = WALL_NONE,
					       .saved = world_wall(&w, -60)};
			judge_restore(w.j, v6[k], &m);
			world_snapshot(&w, v6[k], PEERS);
		}
		world_to(&w, 1000);
		set_some(&w, v4, 0, c->lost4, 0);
		set_some(&w, v6, 0, c->lost6, 0);
		world_to(&w, 1400);
		const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
		assert_non_null(ev);
		assert_int_equal(ev->state, EVENT_CONFIRMED);
		assert_int_equal(ev->kind, c->kind);
		assert_float_equal(ev->loss_pct, c->loss, 0.01);
		assert_int_equal(ev->networks_lost, c->lost);
		assert_int_equal(ev->networks_total, c->total);
		for (unsigned p = 0; p < PEERS; p++) { /* all of it back in one moment */
			for (unsigned k = 0; k < c->lost4; k++)
				rib_announce(w.rib, w.sessions[p], v4[k], 4837, world_wall(&w, w.at));
			for (unsigned k = 0; k < c->lost6; k++)
				rib_announce(w.rib, w.sessions[p], v6[k], 4837, world_wall(&w, w.at));
		}
		world_to(&w, 1500);
		assert_int_equal(ev->state, EVENT_EASING);
		assert_int_equal(ev->kind, c->kind); /* it keeps its name */
		world_close(&w);
	}
}

/* ---- baseline ---- */

/* What has been missing for a day is not an outage of today; and a long outage does not become normal. */
static void test_baseline(void **state)
{
	struct world w;
	int nets[10];
	(void)state;
	world_open(&w, PEERS, 8, START_S);
	for (unsigned i = 0; i < 10; i++) {
		char text[32];
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		nets[i] = world_watch(&w, text);
		if (i == 9)
			judge_history(w.j, nets[i], world_wall(&w, -86400), 0);
		world_snapshot(&w, nets[i], i == 9 ? 0 : PEERS);
	}
	world_to(&w, 26 * 3600.0);
	assert_float_equal(world_group(&w, w.territory).baseline_v4, 9, 1e-9);
	assert_float_equal(world_group(&w, w.territory).loss_pct, 0, 1e-9);
	world_to(&w, 27 * 3600.0);
	set_some(&w, nets, 0, 5, 0);
	world_to(&w, 27 * 3600.0 + 3 * 86400.0);
	assert_float_equal(world_group(&w, w.territory).baseline_v4, 9, 1e-9);
	assert_float_equal(world_group(&w, w.territory).loss_pct, 500. / 9, 1e-6);
	world_to(&w, 27 * 3600.0 + 8 * 86400.0);
	assert_float_equal(world_group(&w, w.territory).baseline_v4, 4, 1e-9);
	world_close(&w);
}

/* ---- kinship, providers, series ---- */

/* Whatever more than 80% of the lost space was reached through is named, nearest to the origins first; the AS right before
 * the origin alone is used where no more is known. */
static void test_shared_ways(void **state)
{
	static const struct {
		const char *what;
		uint32_t shared[5][3]; /* of the five networks; none: AS4837 right before each */
		uint32_t want;
	} cases[] = {
		{"nothing more known", {{0}}, 4837},
		{"two providers behind one transit", {{10, 3356}, {20, 3356}, {10, 3356}, {20, 3356}, {20, 3356}}, 3356},
		{"several shared: the nearest", {{10, 30, 3356}, {10, 30}, {10, 30}, {10, 30}, {10, 30}}, 10},
		{"one of five elsewhere is not more than 80%", {{10}, {10}, {10}, {10}, {20}}, 0},
		{"known of some only", {{4837, 3356}, {0}, {4837}, {0}, {0}}, 4837},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;
		int nets[5];
		open_warm(&w, nets, 5, 24);
		for (int k = 0; k < 5; k++) {
			size_t n = 0;
			while (n < 3 && cases[i].shared[k][n])
				n++;
			rib_shared_note(w.rib, nets[k], cases[i].shared[k], n);
		}
		world_to(&w, 1000);
		set_some(&w, nets, 0, 5, 0);
		world_to(&w, 1100);
		if (world_group(&w, w.territory).via_asn != cases[i].want)
			fail_msg("%s: AS%u", cases[i].what, world_group(&w, w.territory).via_asn);
		world_close(&w);
	}
}

static void test_children_and_provider(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	world_to(&w, 1000);
	set_some(&w, nets, 0, 4, 0);
	world_to(&w, 1100);
	const struct event *parent = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(parent->via_asn, 4837);
	assert_int_equal(world_group(&w, w.territory).via_asn, 4837);
	unsigned children = 0;
	for (size_t i = 0; i < w.book.count; i++)
		children += w.book.events[i]->parent_id == parent->id;
	assert_int_equal(children, 5);
	assert_int_equal(parent->parent_id, 0);
	world_close(&w);
}

static void test_series(void **state)
{
	struct world w;
	int nets[4];
	(void)state;
	open_warm(&w, nets, 4, 24);
	world_to(&w, 3600);
	set_some(&w, nets, 0, 3, 0);
	world_to(&w, 3660);
	set_some(&w, nets, 0, 3, PEERS);
	world_to(&w, 4300);
	const struct series *up = world_group(&w, w.territory).up_v4;
	assert_non_null(up);
	assert_float_equal(series_at(up, world_wall(&w, 3000)), 4, 1e-6);
	assert_float_equal(series_at(up, world_wall(&w, 3630)), 1, 1e-6); /* a minute's outage shows */
	assert_float_equal(series_at(up, world_wall(&w, 4200)), 4, 1e-6);
	judge_feed(w.j, FEED_DOWN, "lost", world_now(&w));
	world_to(&w, 6000);
	assert_true(isnan(series_at(up, world_wall(&w, 5400)))); /* a gap is a gap */
	world_close(&w);
}

/* ---- the common-mode guard ---- */

static void test_feed_fault(void **state)
{
	struct world w;
	int nets[6];
	(void)state;
	world_open(&w, PEERS, 8, START_S);
	for (unsigned i = 0; i < 6; i++) {
		char cc[3] = {'A', (char)('A' + i), 0}, text[32];
		int g = judge_group(w.j, SCOPE_TERRITORY, cc, cc, -1);
		snprintf(text, sizeof(text), "10.%u.0.0/24", i);
		struct prefix p = world_prefix(text);
		nets[i] = judge_watch(w.j, g, &p, 65000 + i);
		world_snapshot(&w, nets[i], PEERS);
	}
	world_to(&w, 1000);
	set_some(&w, nets, 0, 6, 0);
	world_to(&w, 1295);
	assert_int_equal(world_confirmed(&w), 0);
	bool said = false;
	for (size_t i = 0; i < w.book.log_count; i++)
		said |= strstr(event_log_at(&w.book, i)->text, "Possible feed fault") != NULL;
	assert_true(said);
	world_to(&w, 1301);
	assert_true(world_confirmed(&w) >= 6); /* it held: it is real */
	for (size_t i = 0; i < w.book.count; i++)
		assert_int_equal(w.book.events[i]->start.ms, world_wall(&w, 1000).ms);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),        cmocka_unit_test(test_warm_up),
		cmocka_unit_test(test_warm_by_time), cmocka_unit_test(test_start_is_of_the_loss_that_held),
		cmocka_unit_test(test_dismissed),    cmocka_unit_test(test_way_back),
		cmocka_unit_test(test_long_tail),    cmocka_unit_test(test_relapse),
		cmocka_unit_test(test_reopen),       cmocka_unit_test(test_reopened_in_vain),
		cmocka_unit_test(test_space),        cmocka_unit_test(test_aggregate_falls), cmocka_unit_test(test_families),
		cmocka_unit_test(test_baseline),     cmocka_unit_test(test_children_and_provider),
		cmocka_unit_test(test_shared_ways),
		cmocka_unit_test(test_series),       cmocka_unit_test(test_feed_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
