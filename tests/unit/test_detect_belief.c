/* links: core/detect_belief base/mem */
/* Trinocular's belief by hand-computed steps, and how long a silence is too long. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/detect.h"

static void belief(void **state)
{
	static const struct {
		const char *what;
		double availability;
		const char *answers; /* '1' answered */
		enum detect_answer want;
	} cases[] = {
		{"nothing asked", 0.8, "", DETECT_ANSWER_UNSURE},
		{"one answer is enough", 0.3, "1", DETECT_ANSWER_UP},
		{"one silence of a good block is not", 0.8, "0", DETECT_ANSWER_UNSURE},
		{"two are", 0.8, "00", DETECT_ANSWER_DOWN},
		{"a bad block needs more: 5", 0.4, "0000", DETECT_ANSWER_UNSURE},
		{"a bad block needs more: 6", 0.4, "000000", DETECT_ANSWER_DOWN},
		{"down, then an answer", 0.8, "00001", DETECT_ANSWER_UNSURE},
		{"down, then two", 0.8, "000011", DETECT_ANSWER_UP},
		{"long up, then two silences", 0.8, "11111111100", DETECT_ANSWER_UNSURE},
		{"long up, then five: nobody is surer than 0.99", 0.8, "11111111100000", DETECT_ANSWER_DOWN},
		{"too seldom there to be judged", 0.2, "000000000000", DETECT_ANSWER_UNSURE},
		{"always there: a lost packet is no proof", 1, "11110", DETECT_ANSWER_UNSURE},
		{"not a number", NAN, "1111", DETECT_ANSWER_UNSURE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct detect_belief b = detect_belief_init(cases[i].availability);
		for (const char *a = cases[i].answers; *a; a++)
			detect_belief_update(&b, *a == '1');
		if (detect_belief_state(&b) != cases[i].want)
			fail_msg("%s: belief %.4f", cases[i].what, b.up);
	}
	/* B = 0.5, A = 0.8, no answer: 0.5 * 0.2 / (0.5 * 0.2 + 0.5 * 0.99) */
	struct detect_belief b = detect_belief_init(0.8);
	detect_belief_update(&b, false);
	assert_true(fabs(b.up - 0.1 / 0.595) < 1e-12);
}

static void silence(void **state)
{
	struct detect_silence s = {0};
	struct wall t = wall_from_s(1764547200);

	(void)state;
	assert_true(isnan(detect_silence_chance(&s, t)));
	for (int i = 0; i <= 9; i++, t.ms += 600000)
		detect_silence_answer(&s, t);
	assert_true(isnan(detect_silence_rate(&s))); /* nine intervals: not yet */
	assert_false(detect_silence_alarm(&s, (struct wall){t.ms + INT64_C(86400000)}));
	for (int i = 0; i < 144 * 20; i++, t.ms += 600000)
		detect_silence_answer(&s, t);
	t.ms -= 600000; /* the last answer */
	assert_true(fabs(detect_silence_rate(&s) - 6) < 0.1);
	/* T = 9.2 / 6 h = 92 minutes */
	assert_false(detect_silence_alarm(&s, (struct wall){t.ms + 90 * 60000}));
	assert_true(detect_silence_alarm(&s, (struct wall){t.ms + 94 * 60000}));
	assert_true(detect_silence_chance(&s, t) == 1);
	detect_silence_answer(&s, (struct wall){t.ms - 5}); /* late: ignored */
	detect_silence_answer(&s, WALL_NONE);
	assert_true(detect_silence_chance(&s, t) == 1);
	assert_true(isnan(detect_silence_chance(&s, WALL_NONE)));
	/* it answers less now: the rate follows within a week or two, and the patience grows */
	for (int i = 0; i < 24 * 21; i++) {
		t.ms += 3600000;
		detect_silence_answer(&s, t);
	}
	assert_true(detect_silence_rate(&s) < 1.4 && detect_silence_rate(&s) > 0.99);
	assert_false(detect_silence_alarm(&s, (struct wall){t.ms + INT64_C(6) * 3600000}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(belief), cmocka_unit_test(silence)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
