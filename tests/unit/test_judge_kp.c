/* links: core/judge core/judge_net core/judge_feed core/judge_area core/judge_level core/judge_space core/judge_usual core/judge_event core/judge_guard core/judge_timer core/judge_view core/rib core/rib_session core/rib_snapshot core/rib_stuck core/rib_view core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/series core/prefix core/state base/when base/mem base/strbuf base/text base/err */
/* The story that started it: all four networks of North Korea, 2014-12-22T16:15:00Z to 2014-12-23T01:46:00Z, 34,260 s.
 * First with built messages to the second, then from the published synthetic capture when it is there. */
#include "sim_world.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <zlib.h>

#define START_S 1419264000 /* 2014-12-22T16:00:00Z */
#define DOWN_S  900.0
#define UP_S    35160.0
#define PEERS   41

static const char *const prefixes[] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"};

/* Withdrawals one a second, so that the 21st of 41 (v crosses 0.5) is dated exactly `cross`; the first ten are 10 s
 * early. */
static void lose(struct world *w, const int *nets, double cross, double arrival_lag)
{
	for (unsigned i = 0; i < PEERS; i++) {
		double t = cross + ((double)i - 20);
		world_to(w, t + arrival_lag);
		for (size_t k = 0; k < 4; k++)
			rib_withdraw(w->rib, w->sessions[i], nets[k], world_wall(w, t));
	}
	world_run(w);
}

static void regain(struct world *w, const int *nets, double cross, double arrival_lag)
{
	for (unsigned i = 0; i < PEERS; i++) {
		double t = cross + ((double)i - 20); /* 21 of 41 is the first at or above one half */
		world_to(w, t + arrival_lag);
		for (size_t k = 0; k < 4; k++)
			rib_announce(w->rib, w->sessions[i], nets[k], 4837, world_wall(w, t));
	}
	world_run(w);
}

static void open_kp(struct world *w, int nets[4])
{
	world_open(w, PEERS, 6, START_S);
	for (size_t i = 0; i < 4; i++) {
		nets[i] = world_watch(w, prefixes[i]);
		world_snapshot(w, nets[i], PEERS);
	}
	world_to(w, 1);
}

static void check_event(struct world *w, enum event_scope scope, const char *subject)
{
	struct event *ev = world_event(w, scope, subject);
	struct strbuf b;

	strbuf_init(&b, 400);
	assert_non_null(ev);
	event_text(ev, world_wall(w, w->at), &b);
	print_message("%s\n", b.text);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
	assert_int_equal(ev->start.ms, world_wall(w, DOWN_S).ms);
	assert_int_equal(ev->end.ms, world_wall(w, UP_S).ms);
	assert_int_equal(event_duration_ms(ev, ev->end), 34260000);
	assert_int_equal(ev->start_error_ms, 16000); /* v was 0.9 until the fifth withdrawal, 16 s before */
	assert_int_equal(ev->end_error_ms, 0);
	assert_int_equal(ev->relapses, 0);
	assert_int_equal(ev->severity, SEVERITY_TOTAL);
	assert_int_equal(ev->confidence, CONFIDENCE_MEDIUM);
	assert_int_equal(ev->classes, CLASS_R);
	assert_true(ev->evidence_count >= 3);
	if (scope != SCOPE_NETWORK)
		assert_int_equal(ev->networks_lost, 4);
	strbuf_release(&b);
}

static void test_vector(void **state)
{
	static const struct {
		const char *what;
		double lag;
	} rows[] = {
		{"messages arrive as they are sent", 0},
		{"messages arrive 50 s late: starts and ends are the messages' own", 50},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world w;
		int nets[4];
		print_message("%s\n", rows[i].what);
		open_kp(&w, nets);
		lose(&w, nets, DOWN_S, rows[i].lag);
		world_to(&w, DOWN_S + rows[i].lag + 210);
		struct event *ev = world_event(&w, SCOPE_TERRITORY, "KP");
		assert_non_null(ev);
		assert_int_equal(ev->state, EVENT_CONFIRMED);
		assert_true(ev->confirmed.ms <= world_wall(&w, DOWN_S + rows[i].lag + 210).ms);
		assert_int_equal(ev->via_asn, 4837);
		assert_int_equal(world_group(&w, w.territory).v4.down, 4);
		assert_float_equal(world_group(&w, w.territory).loss_pct, 100, 1e-9);
		regain(&w, nets, UP_S, rows[i].lag);
		world_to(&w, UP_S + rows[i].lag + 30);
		assert_int_equal(ev->state, EVENT_EASING);
		world_to(&w, UP_S + 1000 + rows[i].lag);
		check_event(&w, SCOPE_TERRITORY, "KP");
		check_event(&w, SCOPE_OPERATOR, "AS131279");
		for (size_t k = 0; k < 4; k++) {
			check_event(&w, SCOPE_NETWORK, prefixes[k]);
			assert_int_equal(world_event(&w, SCOPE_NETWORK, prefixes[k])->parent_id, ev->id);
		}
		assert_int_equal(world_event(&w, SCOPE_OPERATOR, "AS131279")->parent_id, ev->id);
		assert_int_equal(w.book.count, 6);
		world_close(&w);
	}
}

/* How the messages are cut into reads, and how often the loop turns, must not change a byte of the log. */
static void test_turns_do_not_matter(void **state)
{
	struct world a, b;
	int na[4], nb[4];
	(void)state;
	open_kp(&a, na);
	lose(&a, na, DOWN_S, 0);
	world_to(&a, UP_S - 20);
	regain(&a, na, UP_S, 0);
	world_to(&a, UP_S + 1000);
	open_kp(&b, nb);
	world_to(&b, DOWN_S - 20);
	for (unsigned i = 0; i < PEERS; i++)
		for (size_t k = 0; k < 4; k++)
			rib_withdraw(b.rib, b.sessions[i], nb[k], world_wall(&b, DOWN_S + i - 20.0));
	b.at = UP_S - 20;
	for (unsigned i = 0; i < PEERS; i++)
		for (size_t k = 0; k < 4; k++)
			rib_announce(b.rib, b.sessions[i], nb[k], 4837, world_wall(&b, UP_S + i - 20.0));
	b.at = UP_S + 1000;
	world_run(&b);
	assert_int_equal(a.book.log_count, b.book.log_count);
	for (size_t i = 0; i < a.book.log_count; i++) {
		const struct log_line *x = event_log_at(&a.book, i), *y = event_log_at(&b.book, i);
		assert_string_equal(x->text, y->text);
		assert_int_equal(x->logged.ms, y->logged.ms);
		assert_int_equal(x->time.ms, y->time.ms);
	}
	world_close(&a);
	world_close(&b);
}

/* ---- the published synthetic capture ---- */

struct capture {
	struct world w;
	int nets[4];
	unsigned lines;
};

static int capture_session(struct capture *c, const cJSON *d)
{
	const char *peer = cJSON_GetObjectItem(d, "peer")->valuestring,
		   *asn = cJSON_GetObjectItem(d, "peer_asn")->valuestring;
	struct addr a;

	assert_true(addr_parse(peer, strlen(peer), &a));
	return rib_session(c->w.rib, cJSON_GetObjectItem(d, "host")->valuestring, &a, (uint32_t)strtoul(asn, NULL, 10));
}

static void capture_prefix(struct capture *c, int session, const char *text, bool announce, struct wall t)
{
	struct prefix p;
	int net = prefix_parse(text, strlen(text), &p) ? rib_find(c->w.rib, &p) : -1;

	if (net >= 0 && announce)
		rib_announce(c->w.rib, session, net, 4837, t);
	else if (net >= 0)
		rib_withdraw(c->w.rib, session, net, t);
}

static void capture_line(struct capture *c, const char *line)
{
	cJSON *root = cJSON_Parse(line);
	const cJSON *d = cJSON_GetObjectItem(root, "data"), *a, *p;
	double s = cJSON_GetObjectItem(d, "timestamp")->valuedouble;
	int session = capture_session(c, d);

	world_to(&c->w, s - START_S);
	struct wall t = world_wall(&c->w, c->w.at);
	rib_session_seen(c->w.rib, session, t, t);
	const char *type = cJSON_GetObjectItem(d, "type")->valuestring;
	if (strcmp(type, "STATE") == 0)
		rib_session_state(c->w.rib, session, strcmp(cJSON_GetObjectItem(d, "state")->valuestring, "up") == 0,
				  t);
	cJSON_ArrayForEach(p, cJSON_GetObjectItem(d, "withdrawals"))
		capture_prefix(c, session, p->valuestring, false, t);
	cJSON_ArrayForEach(a, cJSON_GetObjectItem(d, "announcements"))
		cJSON_ArrayForEach(p, cJSON_GetObjectItem(a, "prefixes"))
			capture_prefix(c, session, p->valuestring, true, t);
	cJSON_Delete(root);
	c->lines++;
}

/* Every peer of the capture has every watched network at 16:00, as its RIB file says. */
static void capture_begin(struct capture *c, gzFile f, char *line, int size)
{
	int sessions[64];
	uint32_t upstreams[64];
	size_t count = 0;

	while (gzgets(f, line, size) && count < 64) {
		cJSON *root = cJSON_Parse(line);
		int s = capture_session(c, cJSON_GetObjectItem(root, "data"));
		bool known = false;
		for (size_t i = 0; i < count; i++)
			known |= sessions[i] == s;
		if (!known) {
			upstreams[count] = 4837;
			sessions[count++] = s;
		}
		cJSON_Delete(root);
	}
	assert_int_equal(count, 40);
	static const char *const others[] = {"198.18.7.0/24", "198.18.8.0/24"};
	for (size_t i = 0; i < 4; i++) {
		c->nets[i] = world_watch(&c->w, prefixes[i]);
		rib_snapshot(c->w.rib, c->nets[i], sessions, upstreams, count, world_wall(&c->w, 0));
	}
	int elsewhere = judge_group(c->w.j, SCOPE_TERRITORY, "ZZ", "ZZ", -1);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		struct prefix p = world_prefix(others[i]);
		rib_snapshot(c->w.rib, judge_watch(c->w.j, elsewhere, &p, 65001), sessions, upstreams, count,
			     world_wall(&c->w, 0));
	}
	world_run(&c->w);
}

static void test_capture(void **state)
{
	static char line[1 << 17];
	const char *shared = getenv("LANDLINE_SHARED");
	char path[512];
	(void)state;
	snprintf(path, sizeof(path), "%s/samples/synthetic-kp-20141222/rislive.jsonl.gz", shared ? shared : "");
	gzFile f = shared ? gzopen(path, "rb") : NULL;
	if (!f) {
		print_message("skipped: no capture at %s\n", path);
		skip();
	}
	struct capture c = {0};
	world_open(&c.w, 0, 1, START_S);
	capture_begin(&c, f, line, sizeof(line));
	gzrewind(f);
	while (gzgets(f, line, sizeof(line)))
		capture_line(&c, line);
	gzclose(f);
	world_to(&c.w, UP_S + 1100);
	world_dump(&c.w);
	assert_int_equal(c.lines, 13229);
	assert_int_equal(world_confirmed(&c.w),
			 6); /* nothing of the reset session, the beacons, the prefix that four lost */
	for (size_t i = 0; i < c.w.book.count; i++) {
		const struct event *ev = c.w.book.events[i];
		assert_int_equal(ev->state, EVENT_RESOLVED);
		assert_string_equal(ev->territory, "KP");
		assert_true(ev->start.ms >= world_wall(&c.w, DOWN_S).ms &&
			    ev->start.ms <= world_wall(&c.w, DOWN_S + 43).ms);
		assert_true(ev->end.ms >= world_wall(&c.w, UP_S).ms && ev->end.ms <= world_wall(&c.w, UP_S + 40).ms);
		assert_true(ev->confirmed.ms - world_wall(&c.w, DOWN_S).ms <= 210000);
	}
	world_close(&c.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_turns_do_not_matter),
		cmocka_unit_test(test_capture),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
