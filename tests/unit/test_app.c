/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* The app against a small world, in one process and on the test's own time: what is said of the four networks of North Korea
 * when they go, when only our view of them goes, and when it is we who are cut off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kp_world.h"

static struct world w;

static const struct territory *kp(void)
{
	return app_model(w.app)->territories[0];
}

static unsigned count_events(unsigned states)
{
	const struct event_book *b = &app_model(w.app)->book;
	unsigned n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += states >> b->events[i]->state & 1;
	return n;
}

#define CONFIRMED_ONCE (1u << EVENT_CONFIRMED | 1u << EVENT_EASING | 1u << EVENT_RESOLVED | 1u << EVENT_UNVERIFIED)

static void withdraw_all(bool announce, int64_t from_ms, int64_t over_ms)
{
	for (int p = 0; p < PEERS; p++) {
		world_until(&w, from_ms + over_ms * p / PEERS);
		for (int i = 0; i < NETS; i++)
			world_update(&w, p, i, announce);
	}
	world_turn(&w);
}

static const struct event *event_of(enum event_scope scope)
{
	struct event_book *b = &app_model(w.app)->book;
	for (size_t i = b->count; i-- > 0;)
		if (b->events[i]->scope == scope)
			return b->events[i];
	fail_msg("no event of scope %s", event_scope_name(scope));
	return NULL;
}

static void assert_time(struct wall t, const char *iso_time, int64_t slack_s)
{
	char text[WALL_TEXT_MAX];
	int64_t off = t.ms - at(iso_time);
	if (off > slack_s * 1000 || off < -slack_s * 1000)
		fail_msg("%s is not %s", wall_format(text, t), iso_time);
}

/* what is live within seconds: four networks up, seen by all peers */
static void test_live_at_once(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	world_until(&w, at("2014-12-22T12:00:10Z"));
	assert_int_equal(kp()->network_count, 4);
	assert_int_equal(kp()->operator_count, 1);
	assert_int_equal(kp()->operators[0].asn, 131279);
	for (int i = 0; i < NETS; i++) {
		assert_int_equal(kp()->networks[i].v.state, NET_UP);
		assert_int_equal(kp()->networks[i].v.vis.have, PEERS);
		assert_int_equal(kp()->networks[i].v.vis.eligible, PEERS);
	}
	assert_int_equal(kp()->single_provider, 4837);
	/* the published figures: one domestic AS at the border, one foreign provider (detection.md 2) */
	assert_int_equal(kp()->dependence[0].known, NETS);
	assert_int_equal(kp()->dependence[0].frontier, 1);
	assert_float_equal(kp()->dependence[0].hhi, 1, 1e-9);
	assert_float_equal(kp()->dependence[0].effective, 1, 1e-9);
	assert_int_equal(kp()->networks[0].paths.single, 4837);
	assert_int_equal(kp()->operators[0].single_asn, 4837);
	assert_true(kp()->by_paths);
	assert_string_equal(kp()->loading, "");
	assert_int_equal(app_model(w.app)->own_line, LINE_OK);
	assert_true(app_settled(w.app));
	world_close(&w);
}

static void test_the_2014_outage(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	/* half of the peers have withdrawn at 16:15:00 */
	withdraw_all(false, at("2014-12-22T16:14:30Z"), 60000);
	world_until(&w, at("2014-12-22T16:19:00Z"));
	assert_int_equal(kp()->verdict.kind, VERDICT_WITHDRAWN);
	assert_int_equal(event_of(SCOPE_TERRITORY)->state, EVENT_CONFIRMED);
	assert_time(event_of(SCOPE_TERRITORY)->start, "2014-12-22T16:15:00Z", 2);
	assert_time(event_of(SCOPE_TERRITORY)->confirmed, "2014-12-22T16:17:00Z", 90);
	for (int i = 0; i < NETS; i++)
		assert_int_equal(kp()->networks[i].v.state, NET_DOWN);
	assert_int_equal(kp()->routing.via_asn, 4837);
	assert_int_equal(kp()->networks[3].paths.single, 4837); /* what it was reached through stays known */
	withdraw_all(true, at("2014-12-23T01:45:30Z"), 60000);
	world_until(&w, at("2014-12-23T02:30:00Z"));
	const struct event *ev = event_of(SCOPE_TERRITORY);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_time(ev->end, "2014-12-23T01:46:00Z", 2);
	char duration[DURATION_TEXT_MAX];
	assert_string_equal(duration_format(duration, (event_duration_ms(ev, w.now.wall) + 30000) / 60000 * 60000), "9h31m");
	assert_int_equal(kp()->verdict.kind, VERDICT_NORMAL);
	assert_int_equal(kp()->routing.v4.up, 4);
	world_close(&w);
}

static void test_a_feed_cut_is_not_an_outage(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	world_until(&w, at("2014-12-22T13:00:00Z"));
	w.stream_dead = true;
	world_until(&w, at("2014-12-22T13:05:00Z"));
	assert_int_equal(kp()->networks[0].v.state, NET_STALE);
	assert_int_equal(kp()->verdict.kind, VERDICT_BLIND);
	w.stream_dead = false;
	world_until(&w, at("2014-12-22T13:20:00Z"));
	assert_int_equal(count_events(CONFIRMED_ONCE), 0);
	assert_int_equal(kp()->networks[0].v.state, NET_UP);
	assert_int_equal(kp()->verdict.kind, VERDICT_NORMAL);
	world_close(&w);
}

static void test_a_loss_during_a_feed_cut_is_found(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	world_until(&w, at("2014-12-22T13:00:00Z"));
	w.stream_dead = true;
	world_until(&w, at("2014-12-22T13:05:00Z"));
	for (int p = 0; p < PEERS; p++)
		for (int i = 0; i < NETS; i++)
			w.has[i][p] = false;
	w.stream_dead = false;
	world_until(&w, at("2014-12-22T13:30:00Z"));
	const struct event *ev = event_of(SCOPE_TERRITORY);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_true(ev->start_error_ms >= 4 * 60000); /* somewhere in the gap: an interval, not a moment */
	world_close(&w);
}

static void test_peer_resets_are_not_outages(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	world_until(&w, at("2014-12-22T13:00:00Z"));
	for (int p = 0; p < PEERS; p += 3) /* a third of all sessions, two whole collectors */
		world_peer_state(&w, p, false);
	world_until(&w, at("2014-12-22T13:30:00Z"));
	assert_int_equal(kp()->networks[0].v.state, NET_UP);
	assert_int_equal(kp()->networks[0].v.vis.eligible, PEERS - PEERS / 3);
	for (int p = 0; p < PEERS; p += 3) {
		world_peer_state(&w, p, true);
		for (int i = 0; i < NETS; i++)
			world_update(&w, p, i, true);
	}
	world_until(&w, at("2014-12-22T14:00:00Z"));
	assert_int_equal(kp()->networks[0].v.vis.eligible, PEERS);
	assert_int_equal(count_events(CONFIRMED_ONCE | 1u << EVENT_SUSPECTED), 0);
	world_close(&w);
}

static void test_our_own_line(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	world_until(&w, at("2014-12-22T13:00:00Z"));
	w.offline = true;
	world_until(&w, at("2014-12-22T13:10:00Z"));
	assert_int_equal(app_model(w.app)->own_line, LINE_BLIND);
	assert_int_equal(kp()->verdict.kind, VERDICT_BLIND);
	w.offline = false;
	world_until(&w, at("2014-12-22T13:40:00Z"));
	assert_int_equal(app_model(w.app)->own_line, LINE_OK);
	assert_int_equal(kp()->verdict.kind, VERDICT_NORMAL);
	assert_int_equal(count_events(CONFIRMED_ONCE | 1u << EVENT_SUSPECTED), 0);
	world_close(&w);
}

/* Started in the middle of an outage: the control prefix is there, the networks are not. */
static void test_started_during_an_outage(void **state)
{
	(void)state;
	world_open(&w, "2014-12-22T18:00:00Z", false);
	world_until(&w, at("2014-12-22T18:20:00Z"));
	assert_int_equal(kp()->verdict.kind, VERDICT_WITHDRAWN);
	assert_int_equal(event_of(SCOPE_TERRITORY)->state, EVENT_CONFIRMED);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_at_once),
		cmocka_unit_test(test_the_2014_outage),
		cmocka_unit_test(test_a_feed_cut_is_not_an_outage),
		cmocka_unit_test(test_a_loss_during_a_feed_cut_is_found),
		cmocka_unit_test(test_peer_resets_are_not_outages),
		cmocka_unit_test(test_our_own_line),
		cmocka_unit_test(test_started_during_an_outage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
