/* links: core/[a-z]* base/[a-z]* */
/* Fusion: the table of detection.md 6 case by case, and the lives of events that routing does not see, sees first or
 * sees last. */
#include "fusion_world.h"

#define OUT 600 /* seconds: the loss of the matrix begins */

struct row {
	unsigned class_bit;
	enum voice_says says;
	double loss;
	bool weak, dns;
};
struct matrix_case {
	const char *what;
	unsigned lost; /* of 4 networks, gone for 10 min */
	struct row rows[5];
	double points;
	bool disputed, one_way, dark;
	enum confidence confidence;
	enum event_state state; /* EVENT_STATE_COUNT: no event */
};

#define P(s, l) {.class_bit = CLASS_P, .says = VOICE_##s, .loss = (l)}
#define T(s, l) {.class_bit = CLASS_T, .says = VOICE_##s, .loss = (l)}
#define H(s, l) {.class_bit = CLASS_H, .says = VOICE_##s, .loss = (l)}
#define X(s)    {.class_bit = CLASS_X, .says = VOICE_##s, .loss = NAN}
#define WEAK(s, l) {.class_bit = CLASS_T, .says = VOICE_##s, .loss = (l), .weak = true}
#define DNS(s, l)  {.class_bit = CLASS_T, .says = VOICE_##s, .loss = (l), .dns = true}
#define NONE EVENT_STATE_COUNT

static const struct matrix_case matrix[] = {
	{"all normal", 0, {P(NORMAL, 0), T(NORMAL, 0)}, 0, .state = NONE},
	{"a normal class alone is no loss", 0, {T(NORMAL, 0)}, 0, .state = NONE},
	{"routing alone, total", 4, {{0}}, 4, .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"routing alone, a quarter", 1, {{0}}, 3, .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"routing and probing", 4, {P(CRITICAL, 95)}, 6, .confidence = CONFIDENCE_HIGH, .state = EVENT_CONFIRMED},
	{"routing, probing, traffic, hosts and a statement",
	 4,
	 {P(CRITICAL, 95), T(CRITICAL, 95), H(CRITICAL, 90), X(CRITICAL)},
	 13,
	 .confidence = CONFIDENCE_HIGH,
	 .state = EVENT_CONFIRMED},
	{"a quarter, traffic normal: disputed", 1, {T(NORMAL, 3)}, 2, .disputed = true, .confidence = CONFIDENCE_LOW,
	 .state = EVENT_SUSPECTED},
	{"total, one class normal: not enough to dispute", 4, {T(NORMAL, 3)}, 3, .confidence = CONFIDENCE_MEDIUM,
	 .state = EVENT_CONFIRMED},
	{"total, two classes normal: disputed", 4, {T(NORMAL, 3), P(NORMAL, 0)}, 2,
	 .disputed = true, .confidence = CONFIDENCE_LOW, .state = EVENT_SUSPECTED},
	{"a detector that still says normal while its sample is gone contradicts nothing", 1, {T(NORMAL, 90)}, 3,
	 .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"traffic critical alone", 0, {T(CRITICAL, 90)}, 1, .confidence = CONFIDENCE_LOW, .state = EVENT_SUSPECTED},
	{"traffic and probing critical: dark", 0, {T(CRITICAL, 97), P(CRITICAL, 95)}, 3, .dark = true,
	 .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"traffic and hosts: dark", 0, {T(CRITICAL, 97), H(CRITICAL, 90)}, 3, .dark = true,
	 .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"half the traffic and half the probing: partial, not dark", 0, {T(CRITICAL, 55), P(CRITICAL, 51)}, 3,
	 .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"two warnings against routing", 0, {T(WARNING, 30), P(WARNING, 30)}, 1, .confidence = CONFIDENCE_LOW,
	 .state = EVENT_SUSPECTED},
	{"two of one class count once", 0, {T(CRITICAL, 90), T(CRITICAL, 95)}, 1, .confidence = CONFIDENCE_LOW,
	 .state = EVENT_SUSPECTED},
	{"the telescope counts less: critical", 0, {WEAK(CRITICAL, 95), P(CRITICAL, 95)}, 2,
	 .confidence = CONFIDENCE_LOW, .state = EVENT_SUSPECTED},
	{"the telescope counts less: a warning is nothing", 0, {WEAK(WARNING, 60)}, 0, .state = NONE},
	{"a statement alone confirms nothing and begins nothing", 0, {X(CRITICAL)}, 2, .confidence = CONFIDENCE_LOW,
	 .state = NONE},
	{"a statement and a warning", 0, {X(CRITICAL), P(WARNING, 30)}, 3, .confidence = CONFIDENCE_MEDIUM,
	 .state = EVENT_CONFIRMED},
	{"no statement is not normal", 4, {X(NORMAL)}, 4, .confidence = CONFIDENCE_MEDIUM, .state = EVENT_CONFIRMED},
	{"routes gone, queries surge", 4, {DNS(SURGE, -200)}, 4, .one_way = true, .confidence = CONFIDENCE_MEDIUM,
	 .state = EVENT_CONFIRMED},
	{"routes gone, queries as usual, for now", 4, {DNS(NORMAL, 2)}, 4, .confidence = CONFIDENCE_MEDIUM,
	 .state = EVENT_CONFIRMED},
	{"routes gone, queries too", 4, {DNS(CRITICAL, 99)}, 6, .confidence = CONFIDENCE_HIGH,
	 .state = EVENT_CONFIRMED},
};

/* The loss begins at OUT, the voices' samples lie wholly after it, a minute later; ten minutes pass. */
static void play(struct fusion_world *fw, const struct matrix_case *c)
{
	fw_open(fw, 4, 0);
	for (size_t i = 0; i < ARRAY_LEN(c->rows) && c->rows[i].class_bit; i++) {
		char name[16];
		snprintf(name, sizeof(name), "v%zu", i);
		struct voice *v = fw_voice(fw, c->rows[i].class_bit, name);
		v->weak = c->rows[i].weak;
		v->dns = c->rows[i].dns;
		v->step_ms = 30000;
	}
	fw_to(fw, OUT);
	if (c->lost)
		fw_routes(fw, 0, c->lost, 0);
	fw_to(fw, OUT + 45);
	for (size_t i = 0; i < fw->count; i++)
		fw_says(fw, &fw->voices[i], c->rows[i].says, c->rows[i].loss);
	fw_to(fw, OUT + 600);
}

static void test_matrix(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(matrix); i++) {
		const struct matrix_case *c = &matrix[i];
		struct fusion_world fw;
		play(&fw, c);
		const struct event *ev = fw_event(&fw);
		enum event_state got = ev ? ev->state : EVENT_STATE_COUNT;
		if (fw.view.points != c->points)
			fail_msg("%s: %g points, not %g", c->what, fw.view.points, c->points);
		if (fw.view.disputed != c->disputed || fw.view.one_way != c->one_way || fw.view.users_dark != c->dark)
			fail_msg("%s: disputed %d, one-way %d, dark %d", c->what, fw.view.disputed, fw.view.one_way,
				 fw.view.users_dark);
		if (fw.view.confidence != c->confidence)
			fail_msg("%s: confidence %s", c->what, confidence_name(fw.view.confidence));
		if (got != c->state)
			fail_msg("%s: state %s", c->what,
				 got < EVENT_STATE_COUNT ? event_state_name(got) : "no event");
		if (c->dark && ev->kind != VERDICT_DARK)
			fail_msg("%s: kind %s", c->what, verdict_name(ev->kind));
		if (c->one_way && ev->kind != VERDICT_ONE_WAY)
			fail_msg("%s: kind %s", c->what, verdict_name(ev->kind));
		fw_close(&fw);
	}
}

/* ---- lives ---- */

static void both(struct fusion_world *fw, enum voice_says says, double loss)
{
	fw_says(fw, fw_voice(fw, CLASS_P, "ping"), says, loss);
	fw_says(fw, fw_voice(fw, CLASS_T, "traffic"), says, loss);
}

static void open_calm(struct fusion_world *fw)
{
	fw_open(fw, 4, 0);
	both(fw, VOICE_NORMAL, 0);
	fw_to(fw, OUT);
	both(fw, VOICE_NORMAL, 0);
}

static bool said(const struct fusion_world *fw, const char *words)
{
	for (size_t i = 0; i < fw->w.book.log_count; i++)
		if (strstr(event_log_at(&fw->w.book, i)->text, words))
			return true;
	return false;
}

static void test_dark_life(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_CRITICAL, 97);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	fw_to(&fw, OUT + 300);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_CRITICAL, 95);
	struct event *ev = fw_event(&fw);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->kind, VERDICT_DARK);
	assert_int_equal(ev->start.ms, world_wall(&fw.w, OUT).ms);
	assert_int_equal(ev->start_error_ms, 300000); /* between the last good and the first bad sample */
	assert_int_equal(ev->severity, SEVERITY_NEAR_TOTAL);
	assert_true(ev->evidence_count >= 3);
	fw_to(&fw, OUT + 3600);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_CRITICAL, 10); /* its detector waits for more */
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_CRITICAL, 5);
	assert_int_equal(ev->state, EVENT_EASING);
	fw_to(&fw, OUT + 4200);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_NORMAL, 2);
	assert_int_equal(ev->state, EVENT_EASING); /* the other has not ended */
	fw_to(&fw, OUT + 4500);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_NORMAL, 2);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->end.ms, world_wall(&fw.w, OUT + 4200).ms);
	assert_int_equal(ev->end_error_ms, 300000);
	fw_to(&fw, OUT + 9000);
	assert_int_equal(fw_events(&fw), 1);
	fw_close(&fw);
}

static void test_dismissed(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_WARNING, 30);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	fw_to(&fw, OUT + 600);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_NORMAL, 3);
	fw_to(&fw, OUT + 600 + 14 * 60);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	assert_true(wall_is_set(fusion_due(fw.f)));
	fw_to(&fw, OUT + 600 + 16 * 60);
	assert_int_equal(fw_event(&fw)->state, EVENT_DISMISSED);
	fw_close(&fw);
}

static void test_routing_joins_and_leaves(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	both(&fw, VOICE_CRITICAL, 97);
	uint32_t id = fw_event(&fw)->id;
	assert_int_equal(fw_event(&fw)->state, EVENT_CONFIRMED);
	fw_to(&fw, OUT + 1800);
	fw_routes(&fw, 0, 4, 0); /* the routes follow */
	fw_to(&fw, OUT + 2400);
	struct event *ev = fw_event(&fw);
	assert_int_equal(fw_events(&fw), 1);
	assert_int_equal(ev->id, id);
	assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
	assert_int_equal(ev->confidence, CONFIDENCE_HIGH);
	assert_int_equal(ev->start.ms, world_wall(&fw.w, OUT).ms);
	fw_routes(&fw, 0, 4, FW_PEERS); /* and come back, to no avail */
	fw_to(&fw, OUT + 3000);
	both(&fw, VOICE_CRITICAL, 97);
	fw_to(&fw, OUT + 4800);
	assert_int_equal(ev->kind, VERDICT_DARK);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->relapses, 0);
	assert_true(said(&fw, "became dark"));
	both(&fw, VOICE_NORMAL, 1);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(fw_events(&fw), 1);
	fw_close(&fw);
}

/* Routes, probing and traffic return together; the detectors wait for six clean samples. Nothing is begun again, nothing
 * is called dark. */
static void test_slow_detectors(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	fw_routes(&fw, 0, 4, 0);
	fw_to(&fw, OUT + 300);
	both(&fw, VOICE_CRITICAL, 97);
	fw_to(&fw, OUT + 3600);
	fw_routes(&fw, 0, 4, FW_PEERS);
	fw_to(&fw, OUT + 3600 + 120);
	both(&fw, VOICE_CRITICAL, 80); /* a sample of which half lies before the return */
	fw_to(&fw, OUT + 3600 + 420);
	both(&fw, VOICE_CRITICAL, 4);
	fw_to(&fw, OUT + 3600 + 1800);
	struct event *ev = fw_event(&fw);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
	assert_int_equal(ev->end.ms, world_wall(&fw.w, OUT + 3600).ms);
	both(&fw, VOICE_NORMAL, 0);
	fw_to(&fw, OUT + 9000);
	assert_int_equal(fw_events(&fw), 1);
	assert_false(said(&fw, "dark"));
	fw_close(&fw);
}

static void test_contradicted_later(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	fw_routes(&fw, 0, 1, 0); /* a quarter */
	fw_to(&fw, OUT + 400);
	struct event *ev = fw_event(&fw);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->confidence, CONFIDENCE_MEDIUM);
	both(&fw, VOICE_NORMAL, 2);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->confidence, CONFIDENCE_LOW);
	assert_true(ev->disputed);
	assert_true(said(&fw, "disputed: probing normal (confidence low)"));
	assert_non_null(strstr(fw_text(&fw), ", disputed: probing and traffic normal."));
	fw_to(&fw, OUT + 1200);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_CRITICAL, 60);
	assert_false(ev->disputed);
	assert_int_equal(ev->confidence, CONFIDENCE_MEDIUM);
	assert_true(said(&fw, "seen by traffic too"));
	fw_close(&fw);
}

/* Probing falls; one of eight networks flaps. For the minute that it is only suspect it confirms nothing; down, it does. */
static void test_flap_confirms_nothing(void **state)
{
	struct fusion_world fw;

	(void)state;
	fw_open(&fw, 8, 0);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_NORMAL, 0);
	fw_to(&fw, OUT);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_CRITICAL, 60);
	fw_to(&fw, OUT + 60);
	fw_routes(&fw, 0, 1, 0);
	fw_to(&fw, OUT + 90);
	assert_string_equal(world_net(&fw.w, fw.nets[0]).phase, "suspect");
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	fw_routes(&fw, 0, 1, FW_PEERS);
	fw_to(&fw, OUT + 600);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_CRITICAL, 60);
	fw_routes(&fw, 0, 1, 0);
	fw_to(&fw, OUT + 900);
	assert_int_equal(fw_event(&fw)->state, EVENT_CONFIRMED);
	fw_close(&fw);
}

/* A source that runs hours late tells of an outage when it is over for all others: that was told. What it measured after the
 * end is another matter. */
static void test_late_source(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	struct voice *late = fw_voice(&fw, CLASS_T, "late");
	late->says = VOICE_NORMAL;
	fw_routes(&fw, 0, 4, 0);
	fw_to(&fw, OUT + 600);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_CRITICAL, 99);
	fw_to(&fw, OUT + 3600);
	fw_routes(&fw, 0, 4, FW_PEERS);
	fw_to(&fw, OUT + 4500);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_NORMAL, 1);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_NO_DATA, NAN);
	fw_to(&fw, OUT + 7200);
	assert_int_equal(fw_event(&fw)->state, EVENT_RESOLVED);
	assert_int_equal(fw_events(&fw), 1);
	late->says = VOICE_CRITICAL;
	late->start_low = late->start = world_wall(&fw.w, OUT);
	late->time = world_wall(&fw.w, OUT + 1800);
	late->loss_pct = 98;
	fw_to(&fw, OUT + 9000);
	assert_int_equal(fw_event(&fw)->state, EVENT_RESOLVED);
	assert_int_equal(fw_events(&fw), 1);
	late->time = world_wall(&fw.w, OUT + 8400); /* two hours later it is still gone there: another loss */
	fw_to(&fw, OUT + 9060);
	assert_int_equal(fw_events(&fw), 2);
	fw_close(&fw);
}

/* One of eight networks is away for hours and nobody minds; then four go. What was measured before that is no contradiction. */
static void test_loss_that_grows(void **state)
{
	struct fusion_world fw;

	(void)state;
	fw_open(&fw, 8, 0);
	both(&fw, VOICE_NORMAL, 0);
	fw_to(&fw, OUT);
	fw_routes(&fw, 0, 1, 0);
	fw_to(&fw, OUT + 7200);
	both(&fw, VOICE_NORMAL, 1);
	fw_to(&fw, OUT + 7260);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	fw_routes(&fw, 1, 3, 0); /* half */
	fw_to(&fw, OUT + 7260 + 400);
	assert_int_equal(fw_event(&fw)->state, EVENT_CONFIRMED);
	fw_close(&fw);
}

/* An alarm of hours ago whose samples are good again waits for its end only: it is no second class for what comes now. */
static void test_lingering(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	struct voice *slow = fw_voice(&fw, CLASS_T, "traffic");
	fw_says(&fw, slow, VOICE_CRITICAL, 60);
	slow->ending = true;
	fw_to(&fw, OUT + 3 * 3600);
	fw_says(&fw, slow, VOICE_CRITICAL, 0);
	fw_says(&fw, fw_voice(&fw, CLASS_P, "ping"), VOICE_CRITICAL, 60);
	fw_to(&fw, OUT + 3 * 3600 + 600);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	slow->ending = false; /* it fell again: then it is one */
	fw_says(&fw, slow, VOICE_CRITICAL, 60);
	fw_to(&fw, OUT + 3 * 3600 + 660);
	assert_int_equal(fw_event(&fw)->state, EVENT_CONFIRMED);
	fw_close(&fw);
}

static void test_disputed_waits(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	fw_routes(&fw, 0, 1, 0);
	for (int i = 1; i <= 4; i++) {
		fw_voice(&fw, CLASS_T, "traffic")->step_ms = 30000;
		fw_to(&fw, OUT + 60 * i);
		fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_NORMAL, 2);
	}
	fw_to(&fw, OUT + 900);
	struct event *ev = fw_event(&fw);
	assert_int_equal(ev->state, EVENT_SUSPECTED);
	assert_non_null(strstr(fw_text(&fw), "(suspected, disputed: traffic normal)"));
	unsigned nets = 0; /* what its networks do is told all the same */
	for (size_t i = 0; i < fw.w.book.count; i++)
		nets += fw.w.book.events[i]->scope == SCOPE_NETWORK && fw.w.book.events[i]->state == EVENT_CONFIRMED;
	assert_int_equal(nets, 1);
	fw_says(&fw, fw_voice(&fw, CLASS_T, "traffic"), VOICE_CRITICAL, 70);
	fw_to(&fw, OUT + 960);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->start.ms, world_wall(&fw.w, OUT).ms);
	fw_close(&fw);
}

static void test_frozen_and_missing(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	fw.frozen = true;
	both(&fw, VOICE_CRITICAL, 97);
	assert_null(fw_event(&fw));
	fw.frozen = false;
	fw_to(&fw, OUT + 60);
	struct event *ev = fw_event(&fw);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	fw.frozen = true;
	fw_to(&fw, OUT + 120);
	assert_int_equal(ev->state, EVENT_UNVERIFIED);
	fw.frozen = false;
	fw_to(&fw, OUT + 180);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	snprintf(fw_voice(&fw, CLASS_T, "traffic")->why, 80, "Radar token not set");
	both(&fw, VOICE_NO_DATA, NAN);
	assert_int_equal(ev->state, EVENT_UNVERIFIED);
	assert_non_null(strstr(fw.view.missing_words, "Traffic: no data (Radar token not set)."));
	fw_to(&fw, OUT + 3600);
	both(&fw, VOICE_NORMAL, 1);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_true(ev->unverified_ms > 3000000);
	fw_close(&fw);
}

/* An event from before a restart that routing was no part of is taken up again, and ends where nobody looked. */
static void test_restart(void **state)
{
	struct fusion_world fw;

	(void)state;
	fw_open(&fw, 4, 0);
	fw_to(&fw, OUT);
	struct event saved = {.seq = 7,
			      .territory = "KP",
			      .subject = "KP",
			      .scope = SCOPE_TERRITORY,
			      .kind = VERDICT_DARK,
			      .state = EVENT_CONFIRMED,
			      .classes = CLASS_P | CLASS_T,
			      .start = world_wall(&fw.w, -7200),
			      .confirmed = world_wall(&fw.w, -7000),
			      .end = WALL_NONE,
			      .easing_since = WALL_NONE,
			      .changed = world_wall(&fw.w, -60),
			      .unverified_since = WALL_NONE,
			      .loss_pct = 97,
			      .loss_peak_pct = 97};
	struct event *ev = event_restore(&fw.w.book, &saved, world_now(&fw.w));
	event_seen_until(&fw.w.book, ev, world_wall(&fw.w, -60));
	fw_to(&fw, OUT + 60);
	assert_int_equal(ev->state, EVENT_UNVERIFIED); /* routing, normal, is no witness of it */
	both(&fw, VOICE_NORMAL, 2);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_int_equal(ev->end.ms, world_wall(&fw.w, -60).ms);
	assert_int_equal(ev->end_error_ms, (OUT + 120) * 1000);
	assert_int_equal(fw_events(&fw), 1);
	fw_close(&fw);
}

static void test_relapse_and_reopen(void **state)
{
	struct fusion_world fw;

	(void)state;
	open_calm(&fw);
	both(&fw, VOICE_CRITICAL, 97);
	fw_to(&fw, OUT + 1800);
	both(&fw, VOICE_NORMAL, 1);
	struct event *ev = fw_event(&fw);
	assert_int_equal(ev->state, EVENT_RESOLVED);
	fw_to(&fw, OUT + 3600);
	both(&fw, VOICE_CRITICAL, 97);
	assert_int_equal(fw_events(&fw), 1);
	assert_int_equal(ev->state, EVENT_CONFIRMED);
	assert_int_equal(ev->relapses, 1);
	fw_to(&fw, OUT + 5400);
	both(&fw, VOICE_NORMAL, 1);
	fw_to(&fw, OUT + 5400 + 4 * 3600);
	both(&fw, VOICE_CRITICAL, 97);
	assert_int_equal(fw_events(&fw), 2); /* hours later: another one */
	fw_close(&fw);
}

/* Three of eight control prefixes at once: nothing is confirmed for five minutes, and the start is not lost. */
static void test_controls(void **state)
{
	struct fusion_world fw;
	int controls[8];

	(void)state;
	fw_open(&fw, 4, 0);
	for (unsigned i = 0; i < 8; i++) {
		char text[32];
		snprintf(text, sizeof(text), "192.0.%u.0/24", i);
		struct prefix p = world_prefix(text);
		controls[i] = judge_control(fw.w.j, &p);
		world_snapshot(&fw.w, controls[i], FW_PEERS);
	}
	fw_to(&fw, OUT);
	for (unsigned i = 0; i < 2; i++)
		world_set(&fw.w, controls[i], 0);
	assert_string_equal(judge_hold(fw.w.j, world_now(&fw.w)), "");
	world_set(&fw.w, controls[2], 0);
	assert_string_equal(judge_hold(fw.w.j, world_now(&fw.w)),
			    "Possible feed fault: 3 of 8 control prefixes dropped at once. Holding.");
	fw_routes(&fw, 0, 4, 0);
	fw_to(&fw, OUT + 280);
	assert_int_equal(fw_event(&fw)->state, EVENT_SUSPECTED);
	for (unsigned i = 0; i < 3; i++) /* and again: it blinks */
		world_set(&fw.w, controls[i], FW_PEERS);
	fw_to(&fw, OUT + 310);
	for (unsigned i = 0; i < 3; i++)
		world_set(&fw.w, controls[i], 0);
	fw_to(&fw, OUT + 700);
	assert_int_equal(fw_event(&fw)->state, EVENT_CONFIRMED);
	assert_int_equal(fw_event(&fw)->start.ms, world_wall(&fw.w, OUT).ms);
	fw_close(&fw);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
		cmocka_unit_test(test_dark_life),
		cmocka_unit_test(test_dismissed),
		cmocka_unit_test(test_routing_joins_and_leaves),
		cmocka_unit_test(test_slow_detectors),
		cmocka_unit_test(test_contradicted_later),
		cmocka_unit_test(test_late_source),
		cmocka_unit_test(test_loss_that_grows),
		cmocka_unit_test(test_lingering),
		cmocka_unit_test(test_flap_confirms_nothing),
		cmocka_unit_test(test_disputed_waits),
		cmocka_unit_test(test_frozen_and_missing),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_relapse_and_reopen),
		cmocka_unit_test(test_controls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
