/* links: io/store io/store_schema io/store_fields io/store_events io/store_read io/store_samples core/event core/event_life core/event_weigh core/event_log core/event_words core/event_out core/signature_words core/series core/prefix core/state base/err base/mem base/strbuf base/text base/when */
/* What the store gives back of what it was given: events, evidence, log, samples, networks, sources, names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store_rig.h"

/* ---- what comes back ---- */

static void assert_same_json(const struct event *a, const struct event *b)
{
	struct strbuf x, y;

	strbuf_init(&x, 65536);
	strbuf_init(&y, 65536);
	event_json(a, wall_at(1000), &x);
	event_json(b, wall_at(1000), &y);
	assert_string_equal(x.text, y.text);
	strbuf_release(&x);
	strbuf_release(&y);
}

static void test_round_trip(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	const struct evidence line = {
		.time = wall_at(0),
		.source = "rislive",
		.rule = "v < 0.3 for 180 s",
		.value = "visibility 0.02 (1 of 41 peer ASes)",
		.url = "https://example.net/'; DROP TABLE events; --",
	};

	(void)state;
	event_book_init(&b);
	struct event *ev = confirmed(&b, "KP", 0);
	event_evidence(&b, ev, &line);
	must_save(s, &b, 3);
	assert_int_equal(ev->seq, 1);
	assert_false(ev->dirty);
	assert_int_equal(b.log_saved, b.log_total);
	assert_int_equal(event_log_at(&b, 0)->seq, 1);
	resolve(&b, ev, 571);
	must_save(s, &b, 586);
	struct event back = must_find(s, 1);
	assert_same_json(ev, &back);
	assert_int_equal(back.start.ms, T0); /* milliseconds are kept */
	assert_int_equal(back.end.ms, T0 + 571 * MINUTE_MS);
	assert_int_equal(back.state, EVENT_RESOLVED);
	assert_int_equal(back.via_asn, 4837);
	assert_int_equal(back.transitions, ev->transitions);
	assert_true(back.area == ev->area && back.area > 0);
	assert_int_equal(back.evidence_count, 1);
	assert_memory_equal(&back.evidence[0].time, &line.time, sizeof(line.time));
	assert_string_equal(back.evidence[0].rule, line.rule);
	assert_string_equal(back.evidence[0].value, line.value);
	assert_string_equal(back.evidence[0].url, line.url);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

static void test_unset_stays_unset(void **state)
{
	struct event_book b;
	struct store *s = must_open();

	(void)state;
	event_book_init(&b);
	struct event *ev = suspect(&b, "KP", 0);
	ev->start = WALL_NONE;
	must_save(s, &b, 1);
	struct event back = must_find(s, 1);
	assert_false(wall_is_set(back.start));
	assert_false(wall_is_set(back.end));
	assert_false(wall_is_set(back.confirmed));
	assert_int_equal(back.parent, 0);
	assert_int_equal(sql_number("SELECT start_ms IS NULL AND end_ms IS NULL AND parent IS NULL FROM events"), 1);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

/* An event keeps how it began and how it stands; so does its row. */
static void test_evidence_trimmed(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct evidence line = {.source = "rislive", .rule = "r"};

	(void)state;
	event_book_init(&b);
	struct event *ev = confirmed(&b, "KP", 0);
	for (int i = 0; i < 100; i++) {
		line.time = wall_at(i);
		snprintf(line.value, sizeof(line.value), "value %d", i);
		event_evidence(&b, ev, &line);
		if (i % 7 == 0)
			must_save(s, &b, i);
	}
	must_save(s, &b, 100);
	struct event back = must_find(s, 1);
	assert_int_equal(back.evidence_count, EVENT_EVIDENCE_MAX);
	assert_int_equal(back.evidence_count + back.evidence_dropped, 100);
	for (size_t i = 0; i < back.evidence_count; i++)
		assert_string_equal(back.evidence[i].value, ev->evidence[i].value);
	assert_int_equal(sql_number("SELECT count(*) FROM evidence"), EVENT_EVIDENCE_MAX);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

static void test_restart(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e;

	(void)state;
	event_book_init(&b);
	struct event *old = confirmed(&b, "KP", 0);
	resolve(&b, old, 60);
	struct event *open = confirmed(&b, "KP", 300);
	must_save(s, &b, 310);
	uint64_t lines = b.log_total;
	store_close(s);
	event_book_release(&b);

	s = must_open();
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "KP", 10, at(400), &e), 0);
	assert_int_equal(b.count, 2);
	old = event_by_seq(&b, 1);
	open = event_by_seq(&b, 2);
	assert_int_equal(old->state, EVENT_RESOLVED);
	assert_int_equal(open->state, EVENT_UNVERIFIED);
	assert_int_equal(open->before_unverified, EVENT_CONFIRMED);
	assert_false(open->dirty);
	assert_int_equal(b.log_total, lines);
	assert_int_equal(b.log_saved, lines);
	assert_int_equal(event_log_at(&b, 0)->seq, 2);
	assert_int_equal(event_log_at(&b, 0)->event_id, open->id);
	/* loading twice, as when a territory is opened again, changes nothing but the log's copies */
	assert_int_equal(store_load_events(s, &b, "KP", 10, at(400), &e), 0);
	assert_int_equal(b.count, 2);
	/* it goes on under its number */
	struct finding f = finding(SCOPE_TERRITORY, "KP", 100);
	event_verified(&b, open, at(401));
	event_update(&b, open, &f, at(401));
	resolve(&b, open, 420);
	must_save(s, &b, 440);
	assert_int_equal(sql_number("SELECT count(*) FROM events"), 2);
	assert_int_equal(state_of(s, 2), EVENT_RESOLVED);
	store_close(s);
	event_book_release(&b);
}

static void test_load_limits(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e;

	(void)state;
	event_book_init(&b);
	for (int i = 0; i < 5; i++)
		resolve(&b, confirmed(&b, "KP", i * 300), i * 300 + 60);
	struct event *other = suspect(&b, "KP", 3000);
	event_dismiss(&b, other, at(3020));
	must_save(s, &b, 3030);
	event_book_release(&b);
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "KP", 2, at(4000), &e), 0);
	assert_int_equal(b.count, 2); /* the newest two that were real */
	assert_int_equal(b.events[0]->seq, 4);
	assert_int_equal(b.events[1]->seq, 5);
	event_book_release(&b);
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "IR", 10, at(4000), &e), 0);
	assert_int_equal(b.count, 0);
	store_close(s);
	event_book_release(&b);
}

/* A network's event begins before its country's; the country's number stands in it after one save. */
static void test_parent_number(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct finding net = finding(SCOPE_NETWORK, "175.45.176.0/24", 100);

	(void)state;
	event_book_init(&b);
	struct event *child = event_suspect(&b, &net, wall_at(0), 0, NULL, at(1));
	event_confirm(&b, child, &net, at(3));
	struct event *country = confirmed(&b, "KP", 0);
	event_set_parent(&b, child, country);
	must_save(s, &b, 5);
	assert_false(child->dirty);
	assert_int_equal(child->parent, country->seq);
	struct event back = must_find(s, child->seq);
	assert_int_equal(back.parent, country->seq);
	free(back.evidence);
	store_close(s);
	event_book_release(&b);
}

static void test_nothing_new_writes_nothing(void **state)
{
	struct event_book b;
	struct store *s = must_open();

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	int64_t rev = sql_number("SELECT rev FROM events");
	must_save(s, &b, 4);
	assert_int_equal(sql_number("SELECT rev FROM events"), rev);
	store_close(s);
	event_book_release(&b);
}

/* ---- asking ---- */

static bool collect(const struct event *ev, void *arg)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(out + len, 64 - len, "%s%" PRIu64, len ? " " : "", ev->seq);
	return true;
}

static bool first_only(const struct event *ev, void *arg)
{
	collect(ev, arg);
	return false;
}

static void test_filter(void **state)
{
	static const char *const kp[] = {"KP", "IR"}, *const nobody[] = {"'; DROP TABLE events; --"};
	const struct {
		const char *what;
		struct event_filter f;
		const char *expect;
	} cases[] = {
		{"default: whatever was ever confirmed",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE},
		 "1 2 4"},
		{"all states",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE, .states = 0x3F},
		 "1 2 3 4 5"},
		{"dismissed",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE, .states = 1u << EVENT_DISMISSED},
		 "3"},
		{"since the end of 1", {.since = wall_at(60), .until = WALL_NONE, .changed_after = WALL_NONE}, "1 2 4"},
		{"since a minute later", {.since = wall_at(61), .until = WALL_NONE, .changed_after = WALL_NONE}, "2 4"},
		{"until the start of 2",
		 {.since = WALL_NONE, .until = wall_at(300), .changed_after = WALL_NONE},
		 "1 2"},
		{"a window between", {.since = wall_at(100), .until = wall_at(299), .changed_after = WALL_NONE}, ""},
		{"an open event touches all that is later",
		 {.since = wall_at(9999), .until = WALL_NONE, .changed_after = WALL_NONE},
		 "2 4"},
		{"newer numbers",
		 {.since = WALL_NONE, .until = WALL_NONE, .changed_after = WALL_NONE, .after_seq = 1},
		 "2 4"},
		{"changed later", {.since = WALL_NONE, .until = WALL_NONE, .changed_after = wall_at(100)}, "2 4"},
		{"these territories",
		 {.since = WALL_NONE,
		  .until = WALL_NONE,
		  .changed_after = WALL_NONE,
		  .territories = kp,
		  .territory_count = 2},
		 "1 2 4"},
		{"a territory by a hostile name",
		 {.since = WALL_NONE,
		  .until = WALL_NONE,
		  .changed_after = WALL_NONE,
		  .territories = nobody,
		  .territory_count = 1},
		 ""},
	};
	struct event_book b;
	struct store *s = must_open();
	struct err e;
	char got[64];

	(void)state;
	event_book_init(&b);
	resolve(&b, confirmed(&b, "KP", 0), 60);
	struct event *blind = confirmed(&b, "AS131279", 300);
	struct event *nothing = suspect(&b, "AS2", 310);
	event_dismiss(&b, nothing, at(330));
	event_unverified(&b, blind, "RIS Live lost", wall_at(340), at(340));
	confirmed(&b, "AS3", 350);
	suspect(&b, "AS4", 360);
	must_save(s, &b, 370);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		got[0] = '\0';
		assert_int_equal(store_each_event(s, &cases[i].f, collect, got, &e), 0);
		if (strcmp(got, cases[i].expect) != 0)
			fail_msg("%s: '%s', expected '%s'", cases[i].what, got, cases[i].expect);
	}
	got[0] = '\0';
	assert_int_equal(store_each_event(s, &cases[1].f, first_only, got, &e), 0);
	assert_string_equal(got, "1");
	struct event none;
	assert_int_equal(store_find_event(s, 99, &none, &e), ERR_NOT_FOUND);
	assert_string_equal(e.msg, "no event 99");
	store_close(s);
	event_book_release(&b);
}

/* ---- the rest ---- */

static void test_samples(void **state)
{
	const struct sample_row rows[] = {
		{"KP", "ioda", "bgp", wall_at(0), 4},   {"KP", "ioda", "bgp", wall_at(5), NAN},
		{"KP", "ioda", "bgp", wall_at(10), 2},  {"KP", "ioda", "ping-slash24", wall_at(0), 9},
		{"IR", "ioda", "bgp", wall_at(0), 480},
	};
	struct store *s = must_open();
	struct series x;
	struct err e;

	(void)state;
	assert_int_equal(store_save_samples(s, rows, ARRAY_LEN(rows), &e), 0);
	assert_int_equal(store_save_samples(s, rows, ARRAY_LEN(rows), &e), 0); /* again: no row twice */
	assert_int_equal(sql_number("SELECT count(*) FROM samples"), 5);
	series_init(&x, 5 * MINUTE_MS, 100);
	assert_int_equal(series_put(&x, wall_at(10), 3), 0); /* newer than what was saved */
	assert_int_equal(store_load_series(s, "KP", "ioda", "bgp", WALL_NONE, &x, &e), 0);
	assert_true(series_at(&x, wall_at(10)) == 3);
	series_release(&x);
	series_init(&x, 5 * MINUTE_MS, 100);
	assert_int_equal(store_load_series(s, "KP", "ioda", "bgp", WALL_NONE, &x, &e), 0);
	assert_true(series_at(&x, wall_at(0)) == 4);
	assert_true(isnan(series_at(&x, wall_at(5)))); /* missing is missing */
	assert_true(series_at(&x, wall_at(10)) == 2);
	series_release(&x);
	series_init(&x, 5 * MINUTE_MS, 100);
	assert_int_equal(store_load_series(s, "KP", "ioda", "bgp", wall_at(6), &x, &e), 0);
	assert_true(isnan(series_at(&x, wall_at(0))));
	assert_int_equal(store_load_series(s, "KP", "none", "none", WALL_NONE, &x, &e), 0);
	series_release(&x);
	assert_int_equal(store_prune(s, wall_at(6), &e), 0);
	assert_int_equal(sql_number("SELECT count(*) FROM samples"), 1);
	store_close(s);
}

static struct net_memory net(const char *prefix, enum net_state state, double v0)
{
	struct net_memory m = {.state = state, .v0 = v0, .learned_h = 9, .since = wall_at(-100), .saved = wall_at(0)};

	assert_true(prefix_parse(prefix, strlen(prefix), &m.prefix));
	return m;
}

static void test_nets(void **state)
{
	struct net_memory rows[] =
		{
			net("175.45.176.0/24", NET_UP, 0.98),
			net("2001:db8::/32", NET_DOWN, NAN),
			net("10.0.0.0/8", NET_STALE, 0),
		},
			  *back;
	uint32_t origins[] = {131279, 4294967295u, 0}, *back_origins;
	struct store *s = must_open();
	struct err e;
	size_t n;

	(void)state;
	rows[1].since = WALL_NONE;
	assert_int_equal(store_save_nets(s, "KP", rows, origins, ARRAY_LEN(rows), &e), 0);
	rows[0].state = NET_DOWN;
	assert_int_equal(store_save_nets(s, "KP", rows, origins, 1, &e), 0);
	sql("INSERT INTO nets VALUES ('KP', 'no prefix', 1, 'up', 1, 24, 0, 0)");
	assert_int_equal(store_load_nets(s, "KP", &back, &back_origins, &n, &e), 0);
	assert_int_equal(n, 3); /* the bad row costs itself */
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;
		while (!prefix_equal(&back[i].prefix, &rows[k].prefix))
			k++;
		assert_int_equal(back[i].state, rows[k].state);
		assert_int_equal(back[i].since.ms, rows[k].since.ms);
		assert_int_equal(back[i].saved.ms, rows[k].saved.ms);
		assert_true(isnan(rows[k].v0) ? isnan(back[i].v0) : back[i].v0 == rows[k].v0);
		assert_int_equal(back[i].learned_h, rows[k].learned_h);
		assert_int_equal(back_origins[i], origins[k]);
	}
	free(back);
	free(back_origins);
	assert_int_equal(store_load_nets(s, "IR", &back, &back_origins, &n, &e), 0);
	assert_int_equal(n, 0);
	assert_int_equal(store_prune(s, wall_at(1), &e), 0);
	assert_int_equal(sql_number("SELECT count(*) FROM nets"), 0);
	store_close(s);
}

static void note_name(uint32_t asn, const char *name, void *arg)
{
	char *out = arg;
	size_t len = strlen(out);

	snprintf(out + len, 128 - len, "%" PRIu32 "=%s;", asn, name);
}

static void test_sources_and_names(void **state)
{
	struct source_state rows[2] = {
		{.name = "rislive",
		 .error = "",
		 .last_success = wall_at(5),
		 .last_try = wall_at(5),
		 .data_time = wall_at(4)},
		{.name = "ioda",
		 .error = "HTTP 503",
		 .last_success = WALL_NONE,
		 .last_try = wall_at(6),
		 .data_time = WALL_NONE},
	};
	struct source_state back[2] = {{.name = "ioda"}, {.name = "atlas", .last_try = wall_at(9)}};
	struct store *s = must_open();
	struct err e;
	char names[128] = "";

	(void)state;
	assert_int_equal(store_save_sources(s, rows, 2, &e), 0);
	assert_int_equal(store_load_sources(s, back, 2, &e), 0);
	assert_string_equal(back[0].error, "HTTP 503");
	assert_int_equal(back[0].last_try.ms, wall_at(6).ms);
	assert_false(wall_is_set(back[0].last_success));
	assert_int_equal(back[1].last_try.ms, wall_at(9).ms); /* not in the file: as it was */
	assert_int_equal(store_save_names(s, 131279, "STAR-KP Ryugyong-dong", &e), 0);
	assert_int_equal(store_save_names(s, 4837, "old", &e), 0);
	assert_int_equal(store_save_names(s, 4837, "CHINA169", &e), 0);
	assert_int_equal(store_load_names(s, note_name, names, &e), 0);
	assert_string_equal(names, "4837=CHINA169;131279=STAR-KP Ryugyong-dong;");
	store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_unset_stays_unset),
		TEST(test_evidence_trimmed),
		TEST(test_restart),
		TEST(test_load_limits),
		TEST(test_parent_number),
		TEST(test_nothing_new_writes_nothing),
		TEST(test_filter),
		TEST(test_samples),
		TEST(test_nets),
		TEST(test_sources_and_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
