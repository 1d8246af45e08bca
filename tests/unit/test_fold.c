/* links: core/judge core/judge_net core/judge_feed core/judge_area core/judge_level core/judge_space core/judge_usual core/judge_event core/judge_guard core/judge_timer core/judge_view core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/series core/prefix core/state base/when base/mem base/strbuf base/text base/err */
/* Which events are told under which (core/event.h, folding): the rule in a table of two lives side by side, then by the judge:
 * what is linked to what, and how many lines a reader gets. A network's outage must never be hidden by a suspicion. */
#include "sim_world.h"

#define START_S 1700000000
#define PEERS   40

/* ---- the rule ---- */

struct life {
	double suspect, confirm, ease, end, concluded; /* minutes; 0: not */
	double dismiss, reopen, confirm_again;
};

struct fold_case {
	const char *what;
	struct life parent, child;
	double linked; /* minute at which the child becomes the parent's */
	double look;
	bool folded;
};

static const struct fold_case cases[] = {
	{"the parent is only suspected: the child is seen", {.suspect = 1}, {.suspect = 1, .confirm = 2}, 2, 5, false},
	{"confirmed: it is told under it", {.suspect = 1, .confirm = 4}, {.suspect = 1, .confirm = 2}, 2, 5, true},
	{"easing still tells it", {.suspect = 1, .confirm = 4, .ease = 8}, {.suspect = 1, .confirm = 2}, 2, 9, true},
	{"both are over", {.suspect = 1, .confirm = 4, .ease = 8, .end = 8, .concluded = 23}, {.suspect = 1, .confirm = 2, .end = 8, .concluded = 10}, 2, 30, true},
	{"it had ended when its parent was confirmed", {.suspect = 1, .confirm = 6}, {.suspect = 1, .confirm = 2, .end = 4, .concluded = 5}, 2, 7, true},
	{"the country is back, the network is not", {.suspect = 1, .confirm = 4, .ease = 8, .end = 8, .concluded = 23}, {.suspect = 1, .confirm = 2}, 2, 30, false},
	{"it came back hours after its country", {.suspect = 1, .confirm = 4, .ease = 8, .end = 8, .concluded = 23}, {.suspect = 1, .confirm = 2, .end = 90, .concluded = 92}, 2, 100, false},
	{"the suspicion is dismissed: given back", {.suspect = 1, .dismiss = 20}, {.suspect = 1, .confirm = 2}, 2, 21, false},
	{"suspected again: a new outage is seen", {.suspect = 1, .confirm = 2, .ease = 5, .end = 5, .concluded = 20, .reopen = 30}, {.suspect = 30, .confirm = 31}, 31, 32, false},
	{"suspected again: what was in the first part stays there", {.suspect = 1, .confirm = 2, .ease = 5, .end = 5, .concluded = 20, .reopen = 30}, {.suspect = 1, .confirm = 2, .end = 5, .concluded = 7}, 2, 32, true},
	{"suspected again: a short outage in between is seen", {.suspect = 1, .confirm = 2, .ease = 5, .end = 5, .concluded = 20, .reopen = 30}, {.suspect = 30, .confirm = 31, .end = 33, .concluded = 35}, 31, 36, false},
	{"confirmed again: it is told under it", {.suspect = 1, .confirm = 2, .ease = 5, .end = 5, .concluded = 20, .reopen = 30, .confirm_again = 34}, {.suspect = 30, .confirm = 31}, 31, 35, true},
	{"suspected again in vain: given back", {.suspect = 1, .confirm = 2, .ease = 5, .end = 5, .concluded = 20, .reopen = 30, .dismiss = 50}, {.suspect = 30, .confirm = 31, .end = 33, .concluded = 35}, 31, 60, false},
};

static struct wall minute(double m)
{
	return (struct wall){INT64_C(1000) * START_S + (int64_t)(m * 60000)};
}

static struct now now_at(double m)
{
	struct wall t = minute(m);

	return (struct now){.mono = {t.ms}, .wall = t};
}

/* What happens to one of the two in the minute m. */
static void live(struct event_book *b, struct event **ev, const struct life *l, const struct finding *f, double m)
{
	if (m == l->suspect)
		*ev = event_suspect(b, f, minute(m), 0, NULL, now_at(m));
	if (m == l->reopen)
		*ev = event_suspect(b, f, minute(m), 0, *ev, now_at(m));
	if (m == l->confirm || m == l->confirm_again)
		event_confirm(b, *ev, f, now_at(m));
	if (m == l->ease)
		event_ease(b, *ev, f, now_at(m));
	if (m == l->concluded)
		event_resolve(b, *ev, minute(l->end), 0, now_at(m));
	if (m == l->dismiss)
		event_dismiss(b, *ev, now_at(m));
}

static void test_rule(void **state)
{
	static const struct finding country = {.scope = SCOPE_TERRITORY, .territory = "KP", .subject = "KP", .kind = VERDICT_PARTIAL, .loss_pct = 50, .classes = CLASS_R};
	static const struct finding network = {.scope = SCOPE_NETWORK, .territory = "KP", .subject = "10.0.0.0/24", .kind = VERDICT_WITHDRAWN, .loss_pct = 100, .classes = CLASS_R};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fold_case *c = &cases[i];
		struct event *parent = NULL, *child = NULL;
		struct event_book b;
		print_message("%s\n", c->what);
		event_book_init(&b);
		for (double m = 1; m <= c->look; m++) {
			live(&b, &parent, &c->parent, &country, m);
			live(&b, &child, &c->child, &network, m);
			if (m == c->linked)
				event_set_parent(&b, child, parent);
		}
		assert_int_equal(event_folded_under(&b, child) != NULL, c->folded);
		event_book_release(&b);
	}
}

/* ---- by the judge ---- */

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

/* What a reader of the stream gets: lines of the default log that were not told under another's when they were concluded. */
static size_t told(const struct world *w, struct strbuf *out)
{
	size_t n = 0;

	strbuf_clear(out);
	for (size_t i = w->book.log_count; i-- > 0;) {
		const struct log_line *l = event_log_at(&w->book, i);
		if (!l->shown || l->folded)
			continue;
		strbuf_addf(out, "%s\n", l->text);
		n++;
	}
	return n;
}

/* Every peer withdraws the networks from `from` on, `count` of them, in one message. */
static void lose(struct world *w, const int *nets, unsigned from, unsigned count)
{
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = from; i < from + count; i++)
			rib_withdraw(w->rib, w->sessions[p], nets[i], world_wall(w, w->at));
	world_run(w);
}

static void regain(struct world *w, const int *nets, unsigned from, unsigned count)
{
	for (unsigned p = 0; p < PEERS; p++)
		for (unsigned i = from; i < from + count; i++)
			rib_announce(w->rib, w->sessions[p], nets[i], 4837, world_wall(w, w->at));
	world_run(w);
}

static void test_one_of_ten_is_seen(void **state)
{
	struct strbuf out;
	struct world w;
	int nets[10];
	(void)state;
	strbuf_init(&out, 4096);
	open_warm(&w, nets, 10);
	world_to(&w, 100);
	lose(&w, nets, 0, 1);
	world_to(&w, 1000);
	struct event *country = world_event(&w, SCOPE_TERRITORY, "KP"), *net = world_event(&w, SCOPE_NETWORK, "10.0.0.0/24");
	assert_int_equal(country->state, EVENT_SUSPECTED);
	assert_int_equal(net->state, EVENT_CONFIRMED);
	assert_int_equal(net->parent_id, country->id); /* from suspicion on ... */
	assert_null(event_folded_under(&w.book, net)); /* ... and seen all the same */
	assert_int_equal(told(&w, &out), 1);
	assert_string_equal(out.text, "10.0.0.0/24 (KP): withdrawn since 22:15 UTC (confirmed)\n");
	world_set(&w, nets[0], PEERS);
	world_to(&w, 3000);
	assert_int_equal(country->state, EVENT_DISMISSED);
	assert_int_equal(net->state, EVENT_RESOLVED);
	assert_int_equal(net->parent_id, 0); /* given back */
	assert_int_equal(told(&w, &out), 2);
	assert_non_null(strstr(out.text, "10.0.0.0/24 (KP): restored 22:30 UTC after 15m\n"));
	world_close(&w);
	strbuf_release(&out);
}

static void test_total_loss_is_one_line(void **state)
{
	struct strbuf out;
	struct world w;
	int nets[4];
	(void)state;
	strbuf_init(&out, 4096);
	open_warm(&w, nets, 4);
	world_to(&w, 100);
	lose(&w, nets, 0, 4);
	world_to(&w, 200);
	assert_int_equal(told(&w, &out), 1);
	assert_string_equal(out.text, "KP: all 4 networks withdrawn since 22:15 UTC (confirmed)\n");
	assert_int_equal(world_confirmed(&w), 6);
	for (size_t i = 0; i < w.book.count; i++)
		assert_int_equal(event_folded_under(&w.book, w.book.events[i]) != NULL, w.book.events[i]->scope != SCOPE_TERRITORY);
	regain(&w, nets, 0, 4);
	world_to(&w, 1500);
	assert_int_equal(told(&w, &out), 3);
	assert_non_null(strstr(out.text, "KP: easing, no network down now\nKP: restored 22:16 UTC after 1m\n"));
	world_close(&w);
	strbuf_release(&out);
}

/* Two networks of ten, all that one operator has: its line, and theirs under it; then that of the territory, and all under it. */
static void test_operator_is_one_line(void **state)
{
	struct strbuf out;
	struct world w;
	int nets[10];
	(void)state;
	strbuf_init(&out, 4096);
	open_warm(&w, nets, 10);
	int op = judge_group(w.j, SCOPE_OPERATOR, "KP", "AS64500", w.territory);
	for (unsigned i = 0; i < 2; i++) {
		char text[32];
		snprintf(text, sizeof(text), "10.1.%u.0/24", i);
		struct prefix p = world_prefix(text);
		nets[i] = judge_watch(w.j, op, &p, 64500);
		judge_restore(w.j, nets[i], &(struct net_memory){.prefix = p, .state = NET_UP, .v0 = 1, .learned_h = 24,
								  .since = world_wall(&w, -9e5), .saved = world_wall(&w, 5)});
		world_snapshot(&w, nets[i], PEERS);
	}
	world_to(&w, 200);
	lose(&w, nets, 0, 2);
	world_to(&w, 300);
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->state, EVENT_SUSPECTED);
	assert_int_equal(told(&w, &out), 1);
	assert_string_equal(out.text, "AS64500 (KP): both networks withdrawn since 22:16 UTC (confirmed)\n");
	struct event *net = world_event(&w, SCOPE_NETWORK, "10.1.0.0/24"), *as = world_event(&w, SCOPE_OPERATOR, "AS64500");
	assert_ptr_equal(event_folded_under(&w.book, net), as);
	assert_null(event_folded_under(&w.book, as));
	regain(&w, nets, 0, 2);
	world_to(&w, 3000);
	assert_int_equal(world_event(&w, SCOPE_TERRITORY, "KP")->state, EVENT_DISMISSED);
	assert_ptr_equal(event_folded_under(&w.book, net), as); /* the operator's outage was one */
	told(&w, &out);
	assert_string_equal(out.text, "AS64500 (KP): both networks withdrawn since 22:16 UTC (confirmed)\n"
				      "AS64500 (KP): easing, no network down now\n"
				      "AS64500 (KP): restored 22:18 UTC after 1m\n");
	world_close(&w);
	strbuf_release(&out);
}

/* What had been out and back before the territory's outage began is no part of it. */
static void test_before_is_not_part(void **state)
{
	struct strbuf out;
	struct world w;
	int nets[4];
	(void)state;
	strbuf_init(&out, 4096);
	open_warm(&w, nets, 4);
	world_to(&w, 100);
	lose(&w, nets, 0, 1);
	world_to(&w, 190);
	world_set(&w, nets[0], PEERS);
	struct event *early = world_event(&w, SCOPE_NETWORK, "10.0.0.0/24");
	world_to(&w, 400);
	assert_int_equal(early->state, EVENT_RESOLVED);
	assert_int_not_equal(early->parent_id, 0); /* of a suspicion that still lasts */
	lose(&w, nets, 0, 4);
	world_to(&w, 500);
	struct event *country = world_event(&w, SCOPE_TERRITORY, "KP");
	assert_int_equal(country->state, EVENT_CONFIRMED);
	assert_int_equal(country->start.ms, world_wall(&w, 400).ms);
	assert_int_equal(early->parent_id, 0);
	assert_int_equal(world_event(&w, SCOPE_NETWORK, "10.0.0.0/24")->parent_id, country->id);
	told(&w, &out);
	assert_string_equal(out.text, "10.0.0.0/24 (KP): withdrawn since 22:15 UTC (confirmed)\n"
				      "10.0.0.0/24 (KP): restored 22:16 UTC after 1m\n"
				      "KP: all 4 networks withdrawn since 22:20 UTC (confirmed)\n");
	world_close(&w);
	strbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_one_of_ten_is_seen),
		cmocka_unit_test(test_total_loss_is_one_line),
		cmocka_unit_test(test_before_is_not_part),
		cmocka_unit_test(test_operator_is_one_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
