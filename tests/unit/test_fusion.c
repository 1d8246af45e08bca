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
	{"routes gone, queries as usual", 4, {DNS(NORMAL, 2)}, 4, .one_way = true, .confidence = CONFIDENCE_MEDIUM,
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matrix),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
