/* links: core/judge core/judge_net core/judge_feed core/judge_area core/judge_level core/judge_space core/judge_usual core/judge_event core/judge_guard core/judge_timer core/judge_view core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/series core/prefix core/state base/when base/mem base/strbuf base/text base/err */
/* Random weather: sessions, updates, snapshots, gaps, restarts of the feed, forgotten networks, for days of program
 * time. What is kept by differences must equal what is counted anew, and the same weather must write the same log to
 * the byte. */
#include "sim_world.h"

#include "core/judge_priv.h"

#define START_S 1700000000

enum { PEERS = 30, NETS = 24, STEPS = 2500 };

static uint32_t state_of_chance;

static unsigned chance(unsigned n)
{
	state_of_chance = state_of_chance * 1664525u + 1013904223u;
	return (unsigned)(((uint64_t)state_of_chance * n) >> 32);
}

/* Nested and disjoint ones, both families, two territories. */
static void watch_some(struct world *w, int *nets)
{
	static const char *const texts[] = {
		"10.0.0.0/8",      "10.0.0.0/16",   "10.0.0.0/22",   "10.0.0.0/23",     "10.0.0.0/24",
		"10.0.1.0/24",     "10.0.2.0/23",   "10.0.2.0/24",   "10.0.3.0/24",     "10.1.0.0/16",
		"10.2.0.0/24",     "10.2.1.0/24",   "10.2.2.0/24",   "10.2.3.0/24",     "192.0.2.0/24",
		"11.0.0.0/20",     "11.0.0.0/21",   "11.0.8.0/21",   "2001:db8::/32",   "2001:db8:1::/48",
		"2001:db8:2::/48", "2001:db9::/47", "2001:db9::/48", "2001:db9:1::/48",
	};
	int other = judge_group(w->j, SCOPE_TERRITORY, "ZZ", "ZZ", -1);

	_Static_assert(ARRAY_LEN(texts) == NETS, "one text a network");
	for (unsigned i = 0; i < NETS; i++) {
		nets[i] = world_watch(w, texts[i]);
		struct prefix p = world_prefix(texts[i]);
		if (i % 5 == 0)
			judge_watch(w->j, other, &p, 65000);
		world_snapshot(w, nets[i], PEERS);
	}
}

static void storm_on(struct world *w, int net)
{
	unsigned have = chance(PEERS + 1), first = chance(PEERS);

	for (unsigned i = 0; i < PEERS; i++) {
		int s = w->sessions[(first + i) % PEERS];
		if (i < have)
			rib_announce(w->rib, s, net, 4837 + chance(3), world_wall(w, w->at - chance(20)));
		else
			rib_withdraw(w->rib, s, net, world_wall(w, w->at - chance(20)));
	}
}

static void weather(struct world *w, const int *nets)
{
	int net = nets[chance(NETS)], s = w->sessions[chance(PEERS)];
	struct now now = world_now(w);

	switch (chance(40)) {
	case 0: rib_session_state(w->rib, s, false, now.wall); break;
	case 1:
	case 2: rib_session_state(w->rib, s, true, now.wall); break;
	case 3: judge_feed(w->j, chance(2) ? FEED_LATE : FEED_DOWN, "weather", now); break;
	case 4: judge_line(w->j, chance(3) ? LINE_OK : LINE_BLIND, now); break;
	case 5:
		if (!chance(20))
			judge_forget(w->j, net);
		break;
	case 6:
		if (!chance(20))
			rib_lost(w->rib);
		break;
	case 7:
		for (unsigned i = 0; i < NETS; i++)
			storm_on(w, nets[i]);
		break;
	case 8:
		for (unsigned i = 0; i < NETS; i++)
			world_snapshot(w, nets[i], PEERS);
		break;
	default:
		judge_feed(w->j, FEED_OK, "", now);
		for (unsigned i = 0; i < NETS; i++)
			if (rib_needs_snapshot(w->rib, nets[i]))
				world_snapshot(w, nets[i], chance(4) ? PEERS : chance(PEERS));
		storm_on(w, net);
	}
	world_to(w, w->at + (chance(30) ? chance(100) : chance(20000)) + 0.25);
}

static void check_sums(struct world *w, unsigned step)
{
	struct judge *j = w->j;
	struct sums kept[3][RIB_FAMILIES];
	struct tally seen[3][RIB_FAMILIES];

	judge_space_settle(j);
	for (size_t g = 0; g < 3; g++)
		memcpy(kept[g], j->groups[g]->sums, sizeof(kept[g]));
	j->space_dirty = true;
	judge_space_settle(j);
	for (size_t g = 0; g < 3; g++)
		for (int f = 0; f < RIB_FAMILIES; f++) {
			const struct sums *a = &kept[g][f], *b = &j->groups[g]->sums[f];
			if (a->watched != b->watched || a->known != b->known || a->fresh != b->fresh ||
			    a->expected != b->expected || a->unstable != b->unstable || a->lost_sd != b->lost_sd ||
			    a->lost_d != b->lost_d ||
			    fabs(a->space - b->space) + fabs(a->gone_sd - b->gone_sd) + fabs(a->gone_d - b->gone_d) >
				    1e-6)
				fail_msg("step %u, group %zu, family %d: the sums have drifted", step, g, f);
			assert_true(b->lost_d <= b->lost_sd && b->lost_sd <= b->expected && b->expected <= b->watched);
			assert_true(b->gone_d <= b->gone_sd + 1e-6 && b->gone_sd <= b->space + 1e-6);
		}
	memset(seen, 0, sizeof(seen));
	for (size_t g = 0; g < 3; g++) {
		size_t count;
		const int *list = judge_group_nets(j, (int)g, &count);
		for (size_t i = 0; i < count; i++) {
			struct net_view v = world_net(w, list[i]);
			struct tally *t = &seen[g][v.prefix.family == 6];
			unsigned *const counts[] = {&t->unknown,  &t->up,   &t->degraded,
						    &t->flapping, &t->down, &t->stale};
			if (strcmp(v.phase, "forgotten") == 0)
				continue;
			t->total++;
			++*counts[v.state];
		}
		struct group_view view = world_group(w, (int)g);
		assert_memory_equal(&view.v4, &seen[g][0], sizeof(struct tally));
		assert_memory_equal(&view.v6, &seen[g][1], sizeof(struct tally));
		assert_true(isnan(view.loss_pct) || (view.loss_pct >= 0 && view.loss_pct <= 100));
	}
}

static void live_through(struct world *w, uint32_t seed)
{
	int nets[NETS];

	state_of_chance = seed;
	world_open(w, PEERS, 6, START_S);
	watch_some(w, nets);
	world_to(w, 1000);
	for (unsigned step = 0; step < STEPS; step++) {
		weather(w, nets);
		if (step % 5 == 0)
			check_sums(w, step);
	}
}

static void check_events(const struct world *w)
{
	unsigned resolved = 0, reopened = 0;

	for (size_t i = 0; i < w->book.count; i++) {
		const struct event *ev = w->book.events[i];
		assert_true(wall_is_set(ev->start));
		assert_true(ev->start_error_ms >= 0 && ev->end_error_ms >= 0);
		assert_true(ev->loss_pct >= 0 && ev->loss_peak_pct <= 100);
		if (ev->state == EVENT_RESOLVED) {
			if (!wall_is_set(ev->end) || ev->end.ms < ev->start.ms || !wall_is_set(ev->confirmed))
				fail_msg("event %u of %s: start %lld, confirmed %lld, end %lld", ev->id, ev->subject,
					 (long long)ev->start.ms, (long long)ev->confirmed.ms, (long long)ev->end.ms);
			resolved++;
		}
		reopened += ev->relapses > 0;
	}
	print_message("%zu events, %u resolved, %u with relapses, %llu log lines, %.0f days\n", w->book.count, resolved,
		      reopened, (unsigned long long)w->book.log_total, w->at / 86400);
	assert_true(resolved > 50 && reopened > 5);
}

static void test_weather(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 3; seed++) {
		struct world a, b;
		live_through(&a, seed);
		live_through(&b, seed);
		check_events(&a);
		assert_int_equal(a.book.log_total, b.book.log_total);
		for (size_t i = 0; i < a.book.log_count; i++) {
			const struct log_line *x = event_log_at(&a.book, i), *y = event_log_at(&b.book, i);
			assert_string_equal(x->text, y->text);
			assert_int_equal(x->logged.ms, y->logged.ms);
		}
		world_close(&a);
		world_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_weather)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
