/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* A hole in the stream, filled afterwards from RIPEstat's bgplay: an outage inside it becomes a late event with its own
 * times, one that the live judge could only date by the hole gets its moment, and an answer without anything fills
 * nothing. Each hole gets its own answer and its own line: filled, filled up to a time, or not filled and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kp_world.h"

static struct world w;

/* What the archive says of the hole: every peer loses all networks at `down` and has them again at `up` (0: never). */
static int64_t down_ms, up_ms;
static bool empty;      /* it has no collector's peers of that time */
static bool bare;       /* it has peers, and no route */
static bool refusing;   /* it answers with 404 */
static bool any_time;   /* asked of other holes than 13:00 to 14:00 */
static const char *begins, *ends; /* from when to when it goes */
static unsigned plays;

static void be_the_usual(void)
{
	down_ms = up_ms = 0;
	empty = bare = refusing = any_time = false;
	begins = "2014-12-22T12:59:00";
	ends = "2014-12-22T14:25:00";
	plays = 0;
}

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
	if (!any_time)
		assert_non_null(strstr(url, "starttime=2014-12-22T13:00&endtime=2014-12-22T14:2"));
	if (refusing)
		return false;
	envelope(b, "bgplay", world->now.wall);
	strbuf_addf(b, "\"resource\":\"x\",\"query_starttime\":\"%s\",", begins);
	strbuf_addf(b, "\"query_endtime\":\"%s\",\"nodes\":[],\"targets\":[],", ends);
	strbuf_adds(b, "\"sources\":[");
	for (int p = 0; p < PEERS && !empty; p++) {
		peer_addr(addr, sizeof(addr), p);
		strbuf_addf(b, "%s{\"id\":\"%s-%s\",\"as_number\":%u,\"ip\":\"%s\",\"rrc\":\"%s\"}", p ? "," : "",
			    peer_collector(p) + 3, addr, peer_asn(p), addr, peer_collector(p) + 3);
	}
	strbuf_adds(b, "],\"initial_state\":[");
	for (int i = 0; i < NETS * PEERS && !empty && !bare; i++) {
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
	world_until(&w, at("2014-12-22T14:45:00Z"));
	assert_int_equal(plays, 1); /* once a hole */
	world_until(&w, at("2014-12-22T17:30:00Z"));
	bool early = at(ends) < at("2014-12-22T14:00:00Z");
	assert_int_equal(plays, early ? 4 : 1); /* unless the archive has not come that far */
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

/* How many lines say this of that hole. Its end is when the stream was open again, some minutes of back-off later. */
static unsigned logged(const char *hole, const char *what)
{
	unsigned n = 0;
	const struct log_line *l;
	for (size_t back = 0; (l = event_log_at(&app_model(w.app)->book, back)); back++)
		n += strstr(l->text, hole) && strstr(l->text, what);
	return n;
}

static void silent_between(const char *from, const char *until)
{
	world_until(&w, at(from));
	w.stream_dead = true;
	world_until(&w, at(until));
	w.stream_dead = false;
}

static void test_an_outage_inside(void **state)
{
	(void)state;
	be_the_usual();
	down_ms = at("2014-12-22T13:20:00Z");
	up_ms = at("2014-12-22T13:40:00Z");
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
	be_the_usual();
	down_ms = at("2014-12-22T13:20:00Z");
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
		be_the_usual();
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
			assert_int_equal(plays, 4);
			assert_int_equal(logged("KP: the hole 13:00 to ", "was not filled: asked 4 times, "), 1);
			assert_int_equal(logged("", "was filled"), 0);
		} else {
			live_through(false);
			assert_int_equal(logged("KP: the hole 13:00 to ", "was filled from RIPEstat: nothing happened"), 1);
		}
		assert_null(country());
		assert_int_equal(late_lines(), 0);
		world_close(&w);
	}
}

static void test_short_holes_are_not_asked(void **state)
{
	(void)state;
	be_the_usual();
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	world_until(&w, at("2014-12-22T13:00:00Z"));
	w.stream_dead = true;
	world_until(&w, at("2014-12-22T13:03:00Z"));
	w.stream_dead = false;
	world_until(&w, at("2014-12-22T15:00:00Z"));
	assert_int_equal(plays, 0);
	assert_int_equal(logged("", "the hole"), 0);
	world_close(&w);
}

/* What an answer does not speak of is not filled. */
static void test_only_what_is_covered(void **state)
{
	static const struct {
		const char *what, *begins, *ends, *line;
		bool bare;
	} rows[] = {
		{"all of it", "2014-12-22T12:59:00", "2014-12-22T14:25:00", "was filled from RIPEstat", false},
		{"its first half", "2014-12-22T12:59:00", "2014-12-22T13:30:00",
		 "was filled up to 13:30 from RIPEstat: nothing happened in it that was not known. The rest stays unknown.",
		 false},
		{"its second half", "2014-12-22T13:30:00", "2014-12-22T14:25:00",
		 "was filled after 13:30 from RIPEstat: nothing happened in it that was not known. The rest stays unknown.",
		 false},
		{"its middle", "2014-12-22T13:20:00", "2014-12-22T13:40:00",
		 "was filled after 13:20 up to 13:40 from RIPEstat: nothing happened in it that was not known. The rest",
		 false},
		{"none of it", "2014-12-22T12:59:00", "2014-12-22T12:59:30", "was not filled: the answer has nothing of it.",
		 false},
		{"what came after it", "2014-12-22T14:10:00", "2014-12-22T14:25:00",
		 "was not filled: the answer has nothing of it.", false},
		{"peers and no route", "2014-12-22T12:59:00", "2014-12-22T14:25:00",
		 "was not filled: the answer has nothing of it.", true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		be_the_usual();
		bare = rows[i].bare;
		begins = rows[i].begins;
		ends = rows[i].ends;
		live_through(false);
		assert_int_equal(logged("", "the hole"), 1);
		assert_int_equal(logged("KP: the hole 13:00 to ", rows[i].line), 1);
		assert_null(country());
		world_close(&w);
	}
}

/* Networks that are gone where a late answer begins went before: when is not known better than that. */
static void test_gone_before_a_late_begin(void **state)
{
	(void)state;
	be_the_usual();
	begins = "2014-12-22T13:30:00";
	bare = true;
	up_ms = at("2014-12-22T13:50:00Z");
	live_through(false);
	const struct event *ev = country();
	assert_non_null(ev);
	assert_true(ev->late);
	assert_true(ev->end.ms == up_ms);
	assert_true(ev->start.ms - ev->start_error_ms <= at("2014-12-22T13:01:00Z"));
	assert_true(ev->start.ms <= at("2014-12-22T13:30:00Z"));
	assert_int_equal(logged("KP: the hole 13:00 to ", "was filled after 13:30 from RIPEstat: see the late lines. The rest"), 1);
	world_close(&w);
}

/* A second loss before the answer to the first: each is asked about, each is filled. */
static void test_two_holes(void **state)
{
	(void)state;
	be_the_usual();
	any_time = true;
	down_ms = at("2014-12-22T13:08:00Z");
	up_ms = at("2014-12-22T13:20:00Z");
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	silent_between("2014-12-22T13:00:00Z", "2014-12-22T13:30:00Z");
	silent_between("2014-12-22T13:40:00Z", "2014-12-22T14:10:00Z");
	world_until(&w, at("2014-12-22T15:30:00Z"));
	assert_int_equal(plays, 2);
	assert_int_equal(logged("KP: the hole 13:00 to ", "was filled from RIPEstat: see the late lines."), 1);
	assert_int_equal(logged("KP: the hole 13:40 to ", "was filled from RIPEstat"), 1);
	assert_non_null(country());
	assert_true(country()->start.ms == down_ms);
	world_close(&w);
}

/* Two territories lose the stream at one time: each has its own line. */
static void test_two_territories(void **state)
{
	struct territory_spec spec;
	struct err e;
	(void)state;
	be_the_usual();
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	assert_int_equal(territory_parse("AS131279", &spec, &e), 0);
	assert_int_equal(app_watch(w.app, &spec, NULL, 0, w.now, &e), 0);
	silent_between("2014-12-22T13:00:00Z", "2014-12-22T14:00:00Z");
	world_until(&w, at("2014-12-22T15:30:00Z"));
	assert_int_equal(logged("KP: the hole 13:00 to ", "was filled from RIPEstat"), 1);
	assert_int_equal(logged("AS131279: the hole 13:00 to ", "was filled from RIPEstat"), 1);
	world_close(&w);
}

/* Four wait; the fifth pushes out the oldest, and the log says so. */
static void test_too_many_holes(void **state)
{
	(void)state;
	be_the_usual();
	any_time = refusing = true;
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	silent_between("2014-12-22T13:00:00Z", "2014-12-22T13:10:00Z");
	silent_between("2014-12-22T13:20:00Z", "2014-12-22T13:30:00Z");
	silent_between("2014-12-22T13:40:00Z", "2014-12-22T13:50:00Z");
	silent_between("2014-12-22T14:00:00Z", "2014-12-22T14:10:00Z");
	world_until(&w, at("2014-12-22T14:20:00Z"));
	assert_int_equal(logged("", "the hole"), 0);
	silent_between("2014-12-22T14:20:00Z", "2014-12-22T14:30:00Z");
	world_until(&w, at("2014-12-22T14:36:00Z")); /* it is one only when the stream is back */
	assert_int_equal(logged("", "the hole"), 1);
	assert_int_equal(logged("KP: the hole 13:00 to ", "was not filled: newer ones wait too."), 1);
	refusing = false;
	ends = "2014-12-22T15:00:00";
	world_until(&w, at("2014-12-22T18:00:00Z"));
	assert_int_equal(logged("", "was filled from RIPEstat"), 4);
	assert_int_equal(logged("", "the hole"), 5);
	world_close(&w);
}

static void test_longer_than_a_day(void **state)
{
	(void)state;
	be_the_usual();
	world_open(&w, "2014-12-22T12:00:00Z", true);
	w.more = answer_play;
	silent_between("2014-12-22T13:00:00Z", "2014-12-23T13:30:00Z");
	world_until(&w, at("2014-12-23T14:30:00Z"));
	assert_int_equal(plays, 0);
	assert_int_equal(logged("KP: the hole 22 Dec 13:00 to ", "was not filled: longer than a day."), 1);
	world_close(&w);
}

/* ---- many networks ---- */

static unsigned refused_as; /* questions about networks of this operator are not answered */
static unsigned down_as;    /* its networks are down from 13:20 to 13:40 */

/* Network n of the operator 65000 + k is 10.k.n.0/24. */
static void many_event(struct strbuf *b, const char *prefix, unsigned as, int p, bool up)
{
	char t[WALL_TEXT_MAX], addr[32];
	int64_t ms = at(up ? "2014-12-22T13:40:00Z" : "2014-12-22T13:20:00Z") + (p - PEERS / 2) * 1000;
	peer_addr(addr, sizeof(addr), p);
	strbuf_addf(b, "%s{\"type\":\"%s\",\"timestamp\":\"%s\",\"attrs\":{\"source_id\":\"%s-%s\",\"target_prefix\":\"%s\",",
		    b->text[b->len - 1] == '[' ? "" : ",", up ? "A" : "W", iso(t, (struct wall){ms}), peer_collector(p) + 3,
		    addr, prefix);
	strbuf_addf(b, "\"path\":[%u,4837,%u],\"community\":[]}}", peer_asn(p), 65000 + as);
}

static void many_routes(struct strbuf *b, const char *prefix, unsigned as)
{
	for (int p = 0; p < PEERS; p++) {
		char addr[32];
		peer_addr(addr, sizeof(addr), p);
		strbuf_addf(b, "%s{\"source_id\":\"%s-%s\",\"target_prefix\":\"%s\",\"path\":[%u,4837,%u],\"community\":[]}",
			    b->text[b->len - 1] == '[' ? "" : ",", peer_collector(p) + 3, addr, prefix, peer_asn(p), 65000 + as);
	}
}

static bool answer_many(struct world *world, const char *url, struct strbuf *b)
{
	char prefix[40], addr[32];
	const char *list = strstr(url, "resource=");
	struct strbuf events;
	bool refuse = false;
	if (!strstr(url, "/data/bgplay/") || !list)
		return false;
	plays++;
	strbuf_init(&events, 8 << 20);
	strbuf_addc(&events, '[');
	envelope(b, "bgplay", world->now.wall);
	strbuf_adds(b, "\"query_starttime\":\"2014-12-22T13:00:00\",\"query_endtime\":\"2014-12-22T15:00:00\",\"sources\":[");
	for (int p = 0; p < PEERS; p++) {
		peer_addr(addr, sizeof(addr), p);
		strbuf_addf(b, "%s{\"id\":\"%s-%s\",\"as_number\":%u}", p ? "," : "", peer_collector(p) + 3, addr, peer_asn(p));
	}
	strbuf_adds(b, "],\"initial_state\":[");
	unsigned as, n, count = 0;
	for (list += 9; sscanf(list, "10.%u.%u.0%%2F24", &as, &n) == 2; count++) {
		snprintf(prefix, sizeof(prefix), "10.%u.%u.0/24", as, n);
		many_routes(b, prefix, as);
		for (int i = 0; i < 2 * PEERS && as == down_as; i++)
			many_event(&events, prefix, as, i / 2, i % 2);
		refuse |= as == refused_as;
		const char *next = strstr(list, "%2C");
		list = next ? next + 3 : "";
	}
	assert_true(count >= 1 && count <= 16);
	strbuf_addf(b, "],\"events\":%s]}}", events.text);
	strbuf_release(&events);
	return !refuse;
}

static void start_without_a_stream(struct world *world)
{
	world->stream_dead = true;
}

/* What the store remembers of 13:00, at 14:00: so many networks of each operator. */
static void many_open(const unsigned *sizes, size_t count)
{
	be_the_usual();
	world_open_with(&w, "2014-12-22T14:00:00Z", true, start_without_a_stream);
	w.more = answer_many;
	for (unsigned k = 0; k < count; k++)
		for (unsigned n = 0; n < sizes[k]; n++) {
			struct net_memory m = {.state = NET_UP, .v0 = 1, .learned_h = 24};
			char text[40];
			snprintf(text, sizeof(text), "10.%u.%u.0/24", k + 1, n);
			assert_true(prefix_parse(text, strlen(text), &m.prefix));
			m.since = (struct wall){at("2014-12-01T00:00:00Z")};
			m.saved = (struct wall){at("2014-12-22T13:00:00Z")};
			app_restore_net(w.app, "KP", &m, 65001 + k, w.now);
		}
	w.stream_dead = false;
	world_until(&w, at(refused_as ? "2014-12-22T18:30:00Z" : "2014-12-22T14:50:00Z"));
}

static void test_many_networks(void **state)
{
	static const struct {
		const char *what;
		unsigned sizes[3], down, refused, plays, late; /* late: events */
		const char *line;
	} rows[] = {
		{"seventy, all answered for", {30, 30, 10}, 1, 0, 5, 31, "was filled from RIPEstat: see the late lines."},
		{"a question of an operator is refused, another's networks are down", {16, 32, 10}, 3, 2, 4 + 2 * 3, 11,
		 "was filled for 26 of 58 networks from RIPEstat: see the late lines. The rest stays unknown."},
		{"more than can be asked: the largest operators that fit", {200, 90, 40}, 3, 0, 15, 41,
		 "was filled for 240 of 330 networks from RIPEstat: see the late lines. The rest stays unknown."},
		{"what happens to one that does not fit is not known", {200, 90, 40}, 2, 0, 15, 0,
		 "was filled for 240 of 330 networks from RIPEstat: nothing happened in it that was not known. The rest"},
		{"one too many", {1, 256, 0}, 1, 0, 16, 0, "was filled for 256 of 257 networks from RIPEstat: nothing happened"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		down_as = rows[i].down;
		refused_as = rows[i].refused;
		many_open(rows[i].sizes, 3);
		assert_int_equal(plays, rows[i].plays);
		if (logged("KP: the hole 13:00 to ", rows[i].line) != 1) {
			const struct log_line *l;
			for (size_t back = 0; (l = event_log_at(&app_model(w.app)->book, back)); back++)
				print_message("%s\n", l->text);
			fail();
		}
		unsigned late = 0, whole = 0;
		for (size_t k = 0; k < app_model(w.app)->book.count; k++) {
			const struct event *ev = app_model(w.app)->book.events[k];
			late += ev->late;
			whole += ev->late && ev->scope == SCOPE_TERRITORY;
		}
		assert_int_equal(late, rows[i].late + whole);
		assert_int_equal(whole, rows[i].late && !rows[i].refused && rows[i].sizes[1] == 30);
		world_close(&w);
	}
	down_as = refused_as = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_outage_inside),
		cmocka_unit_test(test_a_begin_inside),
		cmocka_unit_test(test_nothing_inside),
		cmocka_unit_test(test_short_holes_are_not_asked),
		cmocka_unit_test(test_only_what_is_covered),
		cmocka_unit_test(test_gone_before_a_late_begin),
		cmocka_unit_test(test_two_holes),
		cmocka_unit_test(test_two_territories),
		cmocka_unit_test(test_too_many_holes),
		cmocka_unit_test(test_longer_than_a_day),
		cmocka_unit_test(test_many_networks),
	};
	(void)world_update; /* nothing comes over the stream in these tests */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
