/* links: core/verdict core/verdict_reasons core/model core/event core/event_life core/event_weigh core/event_log core/event_words core/series core/state base/when base/strbuf base/text base/mem base/err */
/* The verdict: each scene (line, feed, networks, event) with the word and the sentence that it must give. All on
 * 2014-12-22. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/model.h"

/* "14:02:10" of 2014-12-22. */
static struct wall at(const char *hms)
{
	char text[48];
	struct wall t = WALL_NONE;
	struct err e;

	snprintf(text, sizeof(text), "2014-12-22T%s", hms);
	if (hms && wall_parse(text, &t, &e) < 0)
		fail_msg("%s", e.msg);
	return t;
}

static struct now now_at(const char *hms)
{
	return (struct now){.mono = {at(hms).ms}, .wall = at(hms)};
}

enum story {
	NO_EVENT,
	SUSPECTED,
	CONFIRMED,
	CONFIRMED_HALF,
	V6,
	UNSTABLE_EVENT,
	EASING,
	RESOLVED,
	UNVERIFIED,
	RESTORED
};

struct scene_case {
	const char *what;
	/* scene */
	enum story story; /* outage from 13:00:00 on, all 4 networks unless said otherwise */
	enum own_line line;
	const char *line_text;
	enum feed_state feed; /* FEED_NONE: as OK, to keep the rows short */
	bool never;           /* the feed never worked */
	const char *feed_error;
	double lag_s;
	struct tally v4, v6;
	bool not_judged;   /* the judge's phase is "unknown" */
	double learned_h;  /* 0: 24 */
	unsigned eligible; /* 0: 40 */
	const char *loading;
	const char *now;
	/* verdict */
	enum verdict_kind kind;
	const char *text;
	const char *since; /* NULL: not looked at */
};

#define UP4      .v4 = {.total = 4, .up = 4}
#define DOWN4    .v4 = {.total = 4, .down = 4}
#define STALE4   .v4 = {.total = 4, .stale = 4}
#define UNKNOWN4 .v4 = {.total = 4, .unknown = 4}

static const struct scene_case cases[] = {
	{
		.what = "all fresh and normal: only what judges is named, and never more",
		UP4,
		.now = "14:05:59",
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing (14:05).",
	},
	{
		.what = "one network of many down is no outage of the territory, and is said",
		.v4 = {.total = 100, .up = 97, .down = 1, .degraded = 2},
		.v6 = {.total = 20, .up = 20},
		.now = "14:05:00",
		.kind = VERDICT_NORMAL,
		.text = "Of 120 networks 1 down, 2 degraded. No wider outage seen by routing (14:05).",
	},
	{
		.what = "warm-up",
		UP4,
		.learned_h = 9.9,
		.now = "14:05:00",
		.kind = VERDICT_NORMAL,
		.text = "Learning: 9 of 24 h of history. Only total losses are reported.",
	},
	{
		.what = "own line down beats everything",
		.story = CONFIRMED,
		.line = LINE_BLIND,
		.line_text = "This host is offline: canaries 0 of 4. Own checks paused.",
		.feed = FEED_DOWN,
		DOWN4,
		.now = "14:05:00",
		.kind = VERDICT_BLIND,
		.text = "This host is offline: canaries 0 of 4. Own checks paused. Last seen: 4 of 4 networks down.",
	},
	{
		.what = "own line down, nothing was wrong",
		.line = LINE_BLIND,
		.line_text = "This host is offline: canaries 0 of 4. Own checks paused.",
		UP4,
		.now = "14:05:00",
		.kind = VERDICT_BLIND,
		.text = "This host is offline: canaries 0 of 4. Own checks paused.",
	},
	{
		.what = "feed down, no event",
		.feed = FEED_DOWN,
		STALE4,
		.not_judged = true,
		.now = "14:05:30",
		.kind = VERDICT_BLIND,
		.text = "RIS Live lost 14:02:10, 3m ago. Routing state unknown since then.",
		.since = "14:02:10",
	},
	{
		.what = "feed down this minute: no seconds are counted",
		.feed = FEED_DOWN,
		STALE4,
		.not_judged = true,
		.now = "14:03:00",
		.kind = VERDICT_BLIND,
		.text = "RIS Live lost 14:02:10, just now. Routing state unknown since then.",
	},
	{
		.what = "feed down, whatever the judge still says",
		.feed = FEED_DOWN,
		UP4,
		.now = "14:05:30",
		.kind = VERDICT_BLIND,
		.text = "RIS Live lost 14:02:10, 3m ago. Routing state unknown since then.",
	},
	{
		.what = "feed never reached",
		.feed = FEED_DOWN,
		.never = true,
		.feed_error = "cannot resolve ris-live.ripe.net",
		.not_judged = true,
		.loading = "asking RIPEstat which networks KP has",
		.now = "14:05:30",
		.kind = VERDICT_BLIND,
		.text = "RIS Live not reached: cannot resolve ris-live.ripe.net. Routing state unknown.",
	},
	{
		.what = "feed not reached yet and nothing failed: loading",
		.feed = FEED_DOWN,
		.never = true,
		.not_judged = true,
		.loading = "asking RIPEstat which networks KP has",
		.now = "14:02:12",
		.kind = VERDICT_UNKNOWN,
		.text = "Loading: asking RIPEstat which networks KP has",
	},
	{
		.what = "feed down during an event",
		.story = UNVERIFIED,
		.feed = FEED_DOWN,
		STALE4,
		.not_judged = true,
		.now = "14:22:00",
		.kind = VERDICT_BLIND,
		.text = "Unverified since 14:02. Last seen: 4 of 4 networks down.",
		.since = "14:02:10",
	},
	{
		.what = "feed back, event not seen again yet",
		.story = UNVERIFIED,
		STALE4,
		.not_judged = true,
		.now = "14:22:00",
		.kind = VERDICT_UNKNOWN,
		.text = "Unverified since 14:02. Last seen: 4 of 4 networks down.",
	},
	{
		.what = "restart with an open event",
		.story = RESTORED,
		STALE4,
		.not_judged = true,
		.loading = "asking who sees them: 0 of 4 networks",
		.now = "14:22:30",
		.kind = VERDICT_UNKNOWN,
		.text = "Restarted 14:00. Event 12 not verified for 22 min.",
	},
	{
		.what = "just restarted",
		.story = RESTORED,
		STALE4,
		.not_judged = true,
		.now = "14:00:30",
		.kind = VERDICT_UNKNOWN,
		.text = "Restarted 14:00. Event 12 not verified yet.",
	},
	{
		.what = "restarted and without a feed",
		.story = RESTORED,
		.feed = FEED_DOWN,
		STALE4,
		.not_judged = true,
		.now = "14:05:30",
		.kind = VERDICT_BLIND,
		.text = "RIS Live lost 14:02:10, 3m ago. Routing state unknown since then. Last seen: 4 of 4 networks "
			"down.",
	},
	{
		.what = "loading, nothing judged",
		UNKNOWN4,
		.not_judged = true,
		.loading = "asking who sees them: 1 of 4 networks",
		.now = "14:05:00",
		.kind = VERDICT_UNKNOWN,
		.text = "Loading: asking who sees them: 1 of 4 networks",
	},
	{
		.what = "still loading, but judged already",
		UP4,
		.loading = "history",
		.now = "14:05:00",
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing (14:05).",
	},
	{
		.what = "confirmed: the event's own sentence",
		.story = CONFIRMED,
		DOWN4,
		.now = "14:05:00",
		.kind = VERDICT_WITHDRAWN,
		.text = "KP: all 4 networks withdrawn since 13:00 UTC. Routing only.",
		.since = "13:00:00",
	},
	{
		.what = "confirmed and partial, in warm-up too",
		.story = CONFIRMED_HALF,
		.v4 = {.total = 4, .up = 2, .down = 2},
		.learned_h = 3,
		.now = "14:05:00",
		.kind = VERDICT_PARTIAL,
		.text = "KP: 2 of 4 networks withdrawn since 13:00 UTC. Routing only.",
	},
	{
		.what = "only IPv6",
		.story = V6,
		UP4,
		.v6 = {.total = 2, .down = 2},
		.now = "14:05:00",
		.kind = VERDICT_V6_ONLY,
		.text = "KP: IPv6 lost (IPv4 intact) since 13:00 UTC. Routing only.",
	},
	{
		.what = "easing",
		.story = EASING,
		.v4 = {.total = 4, .up = 3, .down = 1},
		.now = "14:05:00",
		.kind = VERDICT_RECOVERING,
		.text = "KP: all 4 networks withdrawn 13:00 UTC, easing since 14:00 UTC, 1 of 4 networks down now. "
			"Routing only.",
		.since = "14:00:00",
	},
	{
		.what = "resolved 14 min ago",
		.story = RESOLVED,
		UP4,
		.now = "14:29:00",
		.kind = VERDICT_RECOVERING,
		.text = "KP: all 4 networks withdrawn 13:00 UTC, back 14:00 UTC after 1h00m. Routing only.",
		.since = "14:00:00",
	},
	{
		.what = "resolved 15 min ago",
		.story = RESOLVED,
		UP4,
		.now = "14:30:00",
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing (14:30).",
	},
	{
		.what = "resolved lately, and then the feed went: nothing is known now",
		.story = RESOLVED,
		.feed = FEED_DOWN,
		STALE4,
		.not_judged = true,
		.now = "14:20:30",
		.kind = VERDICT_BLIND,
		.text = "RIS Live lost 14:02:10, 18m ago. Routing state unknown since then.",
	},
	{
		.what = "suspected, nothing judged down yet: shown, not counted",
		.story = SUSPECTED,
		UP4,
		.now = "13:01:00",
		.kind = VERDICT_UNSTABLE,
		.text = "KP: all 4 networks withdrawn since 13:00 UTC (suspected). Routing only.",
	},
	{
		.what = "suspected with networks judged down",
		.story = SUSPECTED,
		.v4 = {.total = 4, .up = 2, .down = 2},
		.now = "13:04:00",
		.kind = VERDICT_PARTIAL,
		.text = "KP: all 4 networks withdrawn since 13:00 UTC (suspected). Routing only.",
	},
	{
		.what = "flapping before anything is down",
		.v4 = {.total = 4, .up = 1, .flapping = 3},
		.now = "14:05:00",
		.kind = VERDICT_UNSTABLE,
		.text = "3 of 4 networks flapping since 11:00 UTC, 0 down.",
		.since = "11:00:00",
	},
	{
		.what = "an event of flapping",
		.story = UNSTABLE_EVENT,
		.v4 = {.total = 4, .up = 1, .flapping = 3},
		.now = "14:05:00",
		.kind = VERDICT_UNSTABLE,
		.text = "KP: networks flapping since 13:00 UTC. Routing only.",
	},
	{
		.what = "too few peers",
		UNKNOWN4,
		.not_judged = true,
		.eligible = 6,
		.now = "14:05:00",
		.kind = VERDICT_UNKNOWN,
		.text = "Only 6 full-feed peers: cannot judge (need 10).",
	},
	{
		.what = "one peer",
		UNKNOWN4,
		.not_judged = true,
		.eligible = 1,
		.now = "14:05:00",
		.kind = VERDICT_UNKNOWN,
		.text = "Only 1 full-feed peer: cannot judge (need 10).",
	},
	{
		.what = "feed late",
		.feed = FEED_LATE,
		.lag_s = 75,
		UP4,
		.now = "14:05:00",
		.kind = VERDICT_UNKNOWN,
		.text = "RIS Live is late (messages 1m old). Routing is not judged meanwhile.",
	},
	{
		.what = "not judged, for no reason that has words of its own",
		STALE4,
		.not_judged = true,
		.now = "14:05:00",
		.kind = VERDICT_UNKNOWN,
		.text = "Routing state unknown: 4 of 4 networks not judged now.",
	},
	{
		.what = "no networks",
		.now = "14:05:00",
		.kind = VERDICT_UNKNOWN,
		.text = "No networks known here yet: nothing to judge.",
	},
};

static void add_event(struct model *m, enum story story)
{
	struct finding f = {.scope = SCOPE_TERRITORY,
			    .territory = "KP",
			    .subject = "KP",
			    .kind = VERDICT_WITHDRAWN,
			    .loss_pct = 100,
			    .networks_lost = 4,
			    .networks_total = 4,
			    .classes = CLASS_R,
			    .confidence = CONFIDENCE_MEDIUM};
	struct event_book *b = &m->book;
	struct event copy;

	if (story == NO_EVENT)
		return;
	if (story == CONFIRMED_HALF)
		f = (struct finding){.scope = SCOPE_TERRITORY,
				     .territory = "KP",
				     .subject = "KP",
				     .kind = VERDICT_PARTIAL,
				     .loss_pct = 50,
				     .networks_lost = 2,
				     .networks_total = 4,
				     .classes = CLASS_R};
	if (story == V6 || story == UNSTABLE_EVENT)
		f.kind = story == V6 ? VERDICT_V6_ONLY : VERDICT_UNSTABLE;
	struct event *ev = event_suspect(b, &f, at("13:00:00"), 0, NULL, now_at("13:00:20"));
	event_saved(b, ev, 12);
	if (story == SUSPECTED)
		return;
	event_confirm(b, ev, &f, now_at("13:02:00"));
	if (story == EASING || story == RESOLVED) {
		f.loss_pct = 25;
		f.networks_lost = 1;
		event_ease(b, ev, &f, now_at("14:00:00"));
	}
	if (story == RESOLVED)
		event_resolve(b, ev, at("14:00:00"), 0, now_at("14:15:00"));
	if (story == UNVERIFIED)
		event_unverified(b, ev, "RIS Live lost 14:02:10", at("14:02:10"), now_at("14:03:10"));
	if (story != RESTORED)
		return;
	copy = *ev;
	copy.evidence = NULL;
	copy.evidence_count = 0;
	event_book_release(b);
	event_restore(b, &copy, now_at("14:00:00"));
}

static struct territory *set_scene(struct model *m, struct network nets[4], const struct scene_case *c)
{
	static const struct territory_spec kp = {.kind = TERRITORY_COUNTRY, .code = "KP"};
	struct territory *t = model_add_territory(m, &kp, "North Korea");
	struct source_state *feed = model_source(m, "rislive");

	m->started = at("14:00:00");
	m->now = at(c->now);
	m->own_line = c->line;
	snprintf(m->line_text, sizeof(m->line_text), "%s", c->line_text ? c->line_text : "");
	snprintf(feed->title, sizeof(feed->title), "RIS Live");
	snprintf(feed->error, sizeof(feed->error), "%s", c->feed_error ? c->feed_error : "");
	feed->state = c->feed == FEED_NONE ? FEED_OK : c->feed;
	feed->lag_s = c->lag_s;
	feed->down_since = c->feed == FEED_DOWN ? at("14:02:10") : WALL_NONE;
	feed->last_success = c->never ? WALL_NONE : at("14:02:10");
	for (int i = 0; i < 4; i++) {
		nets[i].v.vis.eligible = c->eligible ? c->eligible : 40;
		nets[i].v.state = (unsigned)i < c->v4.flapping ? NET_FLAPPING : NET_UP;
		nets[i].v.since = i == 1 ? at("11:00:00") : at("12:00:00");
	}
	t->networks = xcalloc(4, sizeof(*t->networks));
	memcpy(t->networks, nets, 4 * sizeof(*nets));
	t->network_count = 4;
	t->routing.v4 = c->v4;
	t->routing.v6 = c->v6;
	t->routing.phase = c->not_judged ? "unknown" : "normal";
	t->routing.learned_h = c->learned_h > 0 ? c->learned_h : 24;
	t->routing.loss_pct = c->not_judged ? NAN : 0;
	snprintf(t->loading, sizeof(t->loading), "%s", c->loading ? c->loading : "");
	add_event(m, c->story);
	return t;
}

static void test_scenes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct scene_case *c = &cases[i];
		struct network nets[4] = {0};
		struct model m;
		model_init(&m);
		struct territory *t = set_scene(&m, nets, c);
		verdict_decide(t, &m, m.now);
		const struct verdict *v = &t->verdict;
		if (v->kind != c->kind || strcmp(v->text, c->text) != 0)
			fail_msg("%s:\n got  %s: %s\n want %s: %s", c->what, verdict_name(v->kind), v->text,
				 verdict_name(c->kind), c->text);
		if (c->since && v->since.ms != at(c->since).ms)
			fail_msg("%s: since %lld", c->what, (long long)v->since.ms);
		if ((c->not_judged || c->feed == FEED_DOWN) && !isnan(v->loss_pct))
			fail_msg("%s: a loss of %f where none is known", c->what, v->loss_pct);
		model_release(&m);
	}
}

/* ---- reasons ---- */

static void add_signal(struct territory *t, const char *name, unsigned bit, enum feed_state state, double value,
		       double baseline, const char *unit)
{
	struct signal *g = territory_signal(t, "ioda", name);

	g->class_bit = bit;
	g->state = state;
	g->value = value;
	g->baseline = baseline;
	g->time = at("13:53:00");
	snprintf(g->unit, sizeof(g->unit), "%s", unit);
}

static void expect_reasons(const struct verdict *v, const char *const *want, size_t count)
{
	for (size_t i = 0; i < v->reason_count || i < count; i++) {
		const char *got = i < v->reason_count ? v->reasons[i].text : "(none)";
		if (i >= count || strcmp(got, want[i]) != 0)
			fail_msg("reason %zu:\n got  %s\n want %s", i, got, i < count ? want[i] : "(none)");
	}
}

static void test_reasons(void **state)
{
	static const char *const want[] = {
		"routing: 4 of 4 networks (RIS Live, 20s)",    "probing: 2 of 2 /24s answer (IODA ping-slash24, 12m)",
		"traffic: 81% of usual (IODA gtr, late, 12m)", "hosts: no data",
		"provider: single, AS4837 China Unicom",
	};
	const struct scene_case c = {UP4, .now = "14:05:30"};
	struct network nets[4] = {0};
	struct model m;

	(void)state;
	model_init(&m);
	struct territory *t = set_scene(&m, nets, &c);
	model_source(&m, "rislive")->data_time = at("14:05:08");
	snprintf(model_source(&m, "ioda")->title, 8, "IODA");
	add_signal(t, "bgp", CLASS_R, FEED_OK, 4, 4, "/24s");
	add_signal(t, "ping-slash24", CLASS_P, FEED_OK, 2, 2, "/24s");
	add_signal(t, "merit-nt", CLASS_T, FEED_NONE, NAN, NAN, "sources");
	add_signal(t, "gtr", CLASS_T, FEED_LATE, 812, 1000, "requests");
	t->providers[0] = (struct provider){.asn = 4837, .name = "China Unicom", .share_pct = 100};
	t->provider_count = 1;
	t->single_provider = 4837;
	verdict_decide(t, &m, m.now);
	expect_reasons(&t->verdict, want, ARRAY_LEN(want));
	assert_int_equal(t->verdict.missing, CLASS_T | CLASS_H); /* late is not fresh */
	assert_int_equal(t->verdict.classes, CLASS_R);
	assert_int_equal(t->verdict.reasons[0].mood, NET_UP);
	assert_int_equal(t->verdict.reasons[1].mood, NET_UP);
	assert_int_equal(t->verdict.reasons[2].mood, NET_STALE);
	assert_int_equal(t->verdict.reasons[3].mood, NET_UNKNOWN);
	model_release(&m);
}

static void test_reasons_without_a_feed(void **state)
{
	static const char *const want[] = {
		"routing: 4 networks, not judged now (RIS Live down, 3m)",
		"probing: 0 of 2 /24s answer (IODA ping-slash24, 12m)",
		"traffic: no data",
		"hosts: no data",
	};
	const struct scene_case c = {STALE4, .not_judged = true, .feed = FEED_DOWN, .now = "14:05:30"};
	struct network nets[4] = {0};
	struct model m;

	(void)state;
	model_init(&m);
	struct territory *t = set_scene(&m, nets, &c);
	snprintf(model_source(&m, "ioda")->title, 8, "IODA");
	add_signal(t, "ping-slash24", CLASS_P, FEED_OK, 0, 2, "/24s");
	verdict_decide(t, &m, m.now);
	expect_reasons(&t->verdict, want, ARRAY_LEN(want));
	assert_int_equal(t->verdict.missing, CLASS_R | CLASS_T | CLASS_H);
	assert_int_equal(t->verdict.reasons[0].mood, NET_STALE);
	assert_int_equal(t->verdict.reasons[1].mood, NET_DOWN);
	assert_int_equal(t->verdict.kind, VERDICT_BLIND); /* probing informs and does not decide */
	model_release(&m);
}

static void test_paths_are_told_with_an_event(void **state)
{
	const struct scene_case c = {.story = CONFIRMED, DOWN4, .v6 = {.total = 2, .up = 2}, .now = "14:05:30"};
	struct network nets[4] = {0};
	struct model m;

	(void)state;
	model_init(&m);
	struct territory *t = set_scene(&m, nets, &c);
	t->routing.via_asn = 4837;
	verdict_decide(t, &m, m.now);
	assert_string_equal(t->verdict.reasons[0].text, "routing: 0 of 4 IPv4, 2 of 2 IPv6 networks (RIS Live, 3m)");
	assert_string_equal(t->verdict.reasons[4].text, "paths: all lost networks were reached through AS4837");
	assert_int_equal(t->verdict.confidence, CONFIDENCE_MEDIUM);
	assert_int_equal(t->verdict.event_id, m.book.events[0]->id);
	model_release(&m);
}

/* A quiet screen does not change by the second: neither words nor reasons. */
static void test_stable_within_a_minute(void **state)
{
	static const struct {
		const char *what;
		struct scene_case c;
		const char *later;
	} pairs[] = {
		{"normal", {UP4, .now = "14:05:00"}, "14:05:59"},
		{"feed down", {STALE4, .not_judged = true, .feed = FEED_DOWN, .now = "14:05:11"}, "14:06:09"},
		{"open event", {.story = CONFIRMED, DOWN4, .now = "14:05:11"}, "14:06:09"},
		{"restart", {.story = RESTORED, STALE4, .not_judged = true, .now = "14:22:10"}, "14:22:59"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct network nets[4] = {0};
		struct verdict before;
		struct model m;
		model_init(&m);
		struct territory *t = set_scene(&m, nets, &pairs[i].c);
		verdict_decide(t, &m, m.now);
		before = t->verdict;
		verdict_decide(t, &m, at(pairs[i].later));
		if (strcmp(before.text, t->verdict.text) != 0)
			fail_msg("%s: '%s' became '%s'", pairs[i].what, before.text, t->verdict.text);
		model_release(&m);
	}
}

static void test_no_sources_no_time(void **state)
{
	static const struct territory_spec kp = {.kind = TERRITORY_COUNTRY, .code = "KP"};
	struct model m;

	(void)state;
	model_init(&m);
	struct territory *t = model_add_territory(&m, &kp, NULL);
	t->routing.phase = NULL;
	verdict_decide(t, &m, WALL_NONE);
	assert_int_equal(t->verdict.kind, VERDICT_UNKNOWN);
	assert_true(isnan(t->verdict.loss_pct));
	t->routing.phase = "normal";
	t->routing.v4 = (struct tally){.total = 4, .up = 4};
	t->routing.learned_h = 24;
	verdict_decide(t, &m, WALL_NONE);
	assert_string_equal(t->verdict.text, "No outage seen by routing.");
	model_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_reasons_without_a_feed),
		cmocka_unit_test(test_paths_are_told_with_an_event),
		cmocka_unit_test(test_stable_within_a_minute),
		cmocka_unit_test(test_no_sources_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
