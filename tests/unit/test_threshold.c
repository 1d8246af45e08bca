/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* The limits in words (core/threshold.h) are those that the machines keep: each test reads the numbers out of the words and has
 * the machine pass them, so that words which go stale fail, and a constant that changes changes the test with it. */
#include "sim_world.h"

#include "../../src/app/app_thresholds.h"
#include "../../src/core/detect_gate.h"

#define START_S 1700000000
#define PEERS   40

static const char *words_of(const char *name)
{
	static struct thresholds t;

	app_thresholds(&t);
	for (size_t i = 0; i < t.count; i++)
		if (!strcmp(t.rows[i].name, name))
			return t.rows[i].words;
	fail_msg("no limit is called '%s'", name);
	return "";
}

static void test_the_list(void **state)
{
	struct thresholds t;
	(void)state;
	app_thresholds(&t);
	assert_true(t.count >= 20);
	for (size_t i = 0; i < t.count; i++) {
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(t.rows[i].name, t.rows[k].name);
		assert_true(t.rows[i].words[0] != '\0');
		assert_null(strstr(t.rows[i].words, "e-0")); /* 1e-6, as people write it */
	}
	struct thresholds again = t;
	app_thresholds(&again);
	assert_int_equal(again.count, t.count);
}

static void open_warm(struct world *w, int *nets, unsigned count)
{
	char text[32];

	world_open(w, PEERS, 8, START_S);
	for (unsigned i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "10.0.%u.0/24", i);
		nets[i] = world_watch(w, text);
		struct net_memory m = {.prefix = world_prefix(text), .state = NET_UP, .v0 = 1, .learned_h = 24,
				       .since = world_wall(w, -9e5), .saved = world_wall(w, -60)};
		judge_restore(w->j, nets[i], &m);
		world_snapshot(w, nets[i], PEERS);
	}
	world_to(w, 10);
}

/* Peers just under the share v of all. */
static unsigned under(double v)
{
	return (unsigned)ceil(v * PEERS) - 1;
}

static void test_network_down(void **state)
{
	double low, very_low;
	int low_s, very_low_s, peers, collectors;
	char rule[64];
	(void)state;
	assert_int_equal(sscanf(words_of("network down"), "visibility below %lf for %d s, or below %lf for %d s with %d peer ASes from %d collectors",
				&low, &low_s, &very_low, &very_low_s, &peers, &collectors), 6);
	assert_true(peers <= PEERS && collectors <= 8);
	const struct { double v; int s; } rows[] = {{low, low_s}, {very_low, very_low_s}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		int net;
		open_warm(&w, &net, 1);
		world_to(&w, 100);
		world_set(&w, net, under(rows[i].v));
		world_to(&w, 100 + rows[i].s - 1);
		assert_string_equal(world_net(&w, net).phase, "suspect");
		world_to(&w, 100 + rows[i].s + 1);
		assert_int_equal(world_net(&w, net).state, NET_DOWN);
		snprintf(rule, sizeof(rule), "v < %g", rows[i].v);
		const struct evidence *e = &world_event(&w, SCOPE_NETWORK, "10.0.0.0/24")->evidence[0];
		assert_int_equal(strncmp(e->rule, rule, strlen(rule)), 0); /* and so does what `explain` prints */
		snprintf(rule, sizeof(rule), "for %d s", rows[i].s);
		assert_non_null(strstr(e->rule, rule));
		world_close(&w);
	}
}

static void test_territory_confirmed(void **state)
{
	double half, fifth;
	int all_s, half_s, fifth_s;
	(void)state;
	assert_int_equal(sscanf(words_of("territory confirmed by routing"), "total loss for %d s, or loss >= %lf%% for %d s, or loss >= %lf%% for %d s",
				&all_s, &half, &half_s, &fifth, &fifth_s), 5);
	const struct { double loss; int s; } rows[] = {{100, all_s}, {half, half_s}, {fifth, fifth_s}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		int nets[10];
		open_warm(&w, nets, 10);
		world_to(&w, 100);
		for (unsigned k = 0; k < (unsigned)(rows[i].loss / 10); k++)
			world_set(&w, nets[k], 0);
		world_to(&w, 100 + rows[i].s - 1);
		const struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
		assert_int_equal(ev->state, EVENT_SUSPECTED);
		world_to(&w, 100 + rows[i].s + 1);
		assert_int_equal(ev->state, EVENT_CONFIRMED);
		world_close(&w);
	}
}

/* A gate that was seen normal gets scores of one depth, the last ones of `good` in between; how many until it alarms? */
static unsigned until_alarm(double score, bool critical)
{
	struct gate g;
	int64_t t = 0;

	gate_init(&g, 600);
	while (g.phase != DETECT_NORMAL)
		gate_push(&g, (struct wall){t += 600000}, 0, false);
	for (unsigned n = 1; n <= 10; n++)
		if (gate_push(&g, (struct wall){t += 600000}, score, critical) == DETECT_BEGAN)
			return n;
	return 0;
}

static void test_sampled_signal(void **state)
{
	unsigned count, of, deep, deep_of, plunge;
	double depth, plunge_depth;
	(void)state;
	assert_int_equal(sscanf(words_of("sampled signal suspected"), "%u of %u samples below the line, or %u of %u at %lf times its depth, or %u in a row at %lf times, the newer critical",
				&count, &of, &deep, &deep_of, &depth, &plunge, &plunge_depth), 7);
	assert_int_equal(until_alarm(1.01, false), count);
	assert_int_equal(until_alarm(depth + 0.01, false), deep);
	assert_int_equal(until_alarm(plunge_depth + 0.01, true), plunge);
	assert_int_equal(until_alarm(plunge_depth + 0.01, false), deep);
	assert_true(of > count && deep_of > deep);
	struct detect_view v = {.reason = DETECT_BY_COUNT, .gate = gate_rule_for(600)};
	char rule[DETECT_RULE_WORDS_MAX], want[32];
	snprintf(want, sizeof(want), "%u of %u under", count, of);
	assert_non_null(strstr(detect_rule_words(rule, &v), want));
	v.reason = DETECT_BY_DEPTH;
	snprintf(want, sizeof(want), "%u of %u, or %u ", deep, deep_of, plunge);
	assert_non_null(strstr(detect_rule_words(rule, &v), want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_list),
		cmocka_unit_test(test_network_down),
		cmocka_unit_test(test_territory_confirmed),
		cmocka_unit_test(test_sampled_signal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
