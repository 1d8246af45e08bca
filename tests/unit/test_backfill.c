/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* A hole in the stream, filled afterwards from RIPEstat's bgplay: an outage inside it becomes a late event with its own
 * times, one that the live judge could only date by the hole gets its moment, and an answer without anything fills
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kp_world.h"

static struct world w;

/* What the archive says of the hole: every peer loses all networks at `down` and has them again at `up` (0: never). */
static int64_t down_ms, up_ms;
static bool empty;
static unsigned plays;

static void play_event(struct strbuf *b, int64_t ms, int p, int net, bool up)
{
	char t[WALL_TEXT_MAX], addr[32];
	peer_addr(addr, sizeof(addr), p);
	strbuf_addf(
		b,
		"%s{\"type\":\"%s\",\"timestamp\":\"%s\",\"attrs\":{\"source_id\":\"%s-%s\",\"target_prefix\":\"%s\"",
		b->text[b->len - 1] == '[' ? "" : ",", up ? "A" : "W", iso(t, (struct wall){ms}), peer_collector(p) + 3,
		addr, kp_nets[net]);
	if (up)
		strbuf_addf(b, ",\"path\":[%u,4837,131279,131279],\"community\":[]", peer_asn(p));
	strbuf_adds(b, "}}");
}

static bool answer_play(struct world *world, const char *url, struct strbuf *b)
{
	char addr[32];
	if (!strstr(url, "/data/bgplay/"))
		return false;
	plays++;
	assert_non_null(strstr(url, "resource=175.45.176.0%2F24%2C175.45.177.0%2F24"));
	assert_non_null(strstr(url, "starttime=2014-12-22T13:00&endtime=2014-12-22T14:2"));
	envelope(b, "bgplay", world->now.wall);
	strbuf_adds(b, "\"resource\":\"x\",\"query_starttime\":\"2014-12-22T12:59:00\",\"query_endtime\":\"2014-12-"
		       "22T14:25:00\",\"nodes\":[],\"targets\":[],");
	strbuf_adds(b, "\"sources\":[");
	for (int p = 0; p < PEERS && !empty; p++) {
		peer_addr(addr, sizeof(addr), p);
		strbuf_addf(b, "%s{\"id\":\"%s-%s\",\"as_number\":%u,\"ip\":\"%s\",\"rrc\":\"%s\"}", p ? "," : "",
			    peer_collector(p) + 3, addr, peer_asn(p), addr, peer_collector(p) + 3);
	}
	strbuf_adds(b, "],\"initial_state\":[");
	for (int i = 0; i < NETS * PEERS && !empty; i++) {
		peer_addr(addr, sizeof(addr), i / NETS);
		strbuf_addf(b,
			    "%s{\"source_id\":\"%s-%s\",\"target_prefix\":\"%s\",\"path\":[%u,4837,131279],"
			    "\"community\":[]}",
			    i ? "," : "", peer_collector(i / NETS) + 3, addr, kp_nets[i % NETS], peer_asn(i / NETS));
	}
	strbuf_adds(b, "],\"events\":[");
	for (int p = 0; p < PEERS && !empty; p++)
		for (int i = 0; i < NETS; i++) {
			if (down_ms)
				play_event(b, down_ms + (p - PEERS / 2) * 1000, p, i, false);
			if (up_ms)
				play_event(b, up_ms + (p - (PEERS - 1) / 2) * 1000, p, i, true);
		}
	strbuf_adds(b, "]}}");
	return true;
}

/* An hour of silence from 13:00, then the archive is asked. */
static void live_through(bool gone_at_the_end)
{
	plays = 0;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	world_until(&w, at("2014-12-22T13:00:00Z"));
	w.stream_dead = true;
	world_until(&w, at("2014-12-22T14:00:00Z"));
	for (int p = 0; p < PEERS && gone_at_the_end; p++)
		for (int i = 0; i < NETS; i++)
			w.has[i][p] = false;
	w.stream_dead = false;
	world_until(&w, at("2014-12-22T14:20:00Z"));
	assert_int_equal(plays, 0); /* not before the end of what may still be going on */
	world_until(&w, at("2014-12-22T15:30:00Z"));
	assert_int_equal(plays, 1); /* once a hole */
}

static const struct event *country(void)
{
	const struct event_book *b = &app_model(w.app)->book;
	for (size_t i = b->count; i-- > 0;)
		if (b->events[i]->scope == SCOPE_TERRITORY && wall_is_set(b->events[i]->confirmed))
			return b->events[i];
	return NULL;
}

static unsigned late_lines(void)
{
	unsigned n = 0;
	const struct log_line *l;
	for (size_t back = 0; (l = event_log_at(&app_model(w.app)->book, back)); back++)
		n += l->late;
	return n;
}

static void test_an_outage_inside(void **state)
{
	(void)state;
	down_ms = at("2014-12-22T13:20:00Z");
	up_ms = at("2014-12-22T13:40:00Z");
	empty = false;
	live_through(false);
	const struct event *ev = country();
	assert_non_null(ev);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
	assert_true(ev->late);
	assert_true(ev->start.ms == down_ms);
	assert_true(ev->end.ms == up_ms);
	assert_int_equal(app_model(w.app)->book.count, 6); /* the operator and the networks too, below it */
	for (size_t i = 0; i < 6; i++)
		assert_true(app_model(w.app)->book.events[i]->late);
	assert_true(late_lines() >= 12);
	assert_int_equal(app_model(w.app)->territories[0]->verdict.kind, VERDICT_NORMAL);
	world_close(&w);
}

static void test_a_begin_inside(void **state)
{
	(void)state;
	down_ms = at("2014-12-22T13:20:00Z");
	up_ms = 0;
	empty = false;
	live_through(true);
	const struct event *ev = country();
	assert_non_null(ev);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_true(ev->start.ms == down_ms);
	assert_true(ev->start_error_ms <= 60000);
	assert_true(ev->late);
	assert_true(late_lines() > 0);
	world_close(&w);
}

static void test_nothing_inside(void **state)
{
	static const struct {
		const char *what;
		bool empty;
	} rows[] = {{"a quiet hour", false}, {"an archive that has nothing of it", true}};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		down_ms = up_ms = 0;
		empty = rows[i].empty;
		if (empty) { /* it is asked again a few times, and then no more */
			plays = 0;
			world_open(&w, "2014-12-22T12:00:00Z", true);
			w.more = answer_play;
			world_until(&w, at("2014-12-22T13:00:00Z"));
			w.stream_dead = true;
			world_until(&w, at("2014-12-22T14:00:00Z"));
			w.stream_dead = false;
			world_until(&w, at("2014-12-22T20:00:00Z"));
			assert_int_equal(plays, 3);
		} else {
			live_through(false);
		}
		assert_null(country());
		assert_int_equal(late_lines(), 0);
		world_close(&w);
	}
}

static void test_short_holes_are_not_asked(void **state)
{
	(void)state;
	plays = 0;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	world_until(&w, at("2014-12-22T13:00:00Z"));
	w.stream_dead = true;
	world_until(&w, at("2014-12-22T13:03:00Z"));
	w.stream_dead = false;
	world_until(&w, at("2014-12-22T15:00:00Z"));
	assert_int_equal(plays, 0);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_outage_inside),
		cmocka_unit_test(test_a_begin_inside),
		cmocka_unit_test(test_nothing_inside),
		cmocka_unit_test(test_short_holes_are_not_asked),
	};
	(void)world_update; /* nothing comes over the stream in these tests */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
