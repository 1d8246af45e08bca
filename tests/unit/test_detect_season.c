/* links: core/detect_season core/detect_gate core/detect_window core/detect_rules core/detect_words base/err base/mem */
/* Seasonal signals: a week that repeats, and what is done to it. Times are literal, noise is a seeded generator. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/detect.h"

enum { STEP = 600, DAY = 86400, WEEK = 7 * DAY, T0 = 1764547200 /* Mon 2025-12-01 00:00, on every step */ };

static const struct detect_rule ten_minutes = {
	"test", "signal", .step_s = STEP, .least = 20, .resolution = 1, .warning = 0.8, .critical = 0.5,
};
static const struct detect_rule hourly = {
	"test", "hourly", .step_s = 3600, .least = 20, .resolution = 1, .warning = 0.8, .critical = 0.5,
};

struct rig {
	struct detect_season *d;
	unsigned step_s;
	int64_t t;
	uint64_t seed;
	unsigned began, ended, accepted, levels;
	int64_t began_at; /* when it was known */
};

static void rig_init(struct rig *r, const struct detect_rule *rule)
{
	*r = (struct rig){.d = detect_season_new(rule), .step_s = rule->step_s, .t = T0, .seed = 7};
}

/* -1..1, roughly bell-shaped */
static double noise(struct rig *r)
{
	double sum = 0;

	for (int i = 0; i < 4; i++) {
		r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
		sum += (double)(r->seed >> 40) / (double)(1 << 24);
	}
	return sum / 2 - 1;
}

/* 1000 by day and 400 by night. */
static double quiet(const struct rig *r)
{
	return 700 + 300 * sin((double)(r->t % DAY) / DAY * 6.283185307179586);
}

/* With 1.4% of scatter. */
static double usual(struct rig *r)
{
	return quiet(r) * (1 + 0.05 * noise(r));
}

static void push(struct rig *r, double v)
{
	enum detect_change change;

	assert_int_equal(detect_season_push(r->d, wall_from_s(r->t), v, &change), 0);
	if (change == DETECT_BEGAN)
		r->began_at = r->t;
	r->began += change == DETECT_BEGAN;
	r->ended += change == DETECT_ENDED;
	r->accepted += change == DETECT_ACCEPTED;
	r->levels += change == DETECT_LEVEL;
	r->t += r->step_s;
}

/* The usual, times a factor, for so long. */
static void live(struct rig *r, double span_s, double factor)
{
	for (int64_t until = r->t + (int64_t)span_s; r->t < until;)
		push(r, usual(r) * factor);
}

static struct detect_view view_of(struct rig *r)
{
	struct detect_view v;

	detect_season_view(r->d, &v);
	return v;
}

static void first_days(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	for (int i = 0; i < 60; i++)
		push(&r, 500);
	assert_int_equal(view_of(&r).phase, DETECT_NORMAL);
	for (int i = 0; i < 12; i++)
		push(&r, 100);
	assert_int_equal(r.began, 0); /* ten hours of history: only total losses */
	for (int i = 0; i < 4; i++)
		push(&r, 0);
	assert_int_equal(r.began, 1);
	assert_int_equal(view_of(&r).level, DETECT_CRITICAL);
	assert_true(view_of(&r).learning);
	detect_season_free(r.d);

	rig_init(&r, &ten_minutes);
	for (int i = 0; i < 3 * 144; i++)
		push(&r, 500);
	for (int i = 0; i < 20; i++)
		push(&r, 450); /* 0.9 of the median: above IODA's line */
	assert_int_equal(r.began, 0);
	int64_t start = r.t;
	for (int i = 0; i < 4; i++)
		push(&r, 390);
	assert_int_equal(r.began, 1);
	assert_int_equal(wall_to_s(view_of(&r).start), start);
	assert_int_equal(wall_to_s(view_of(&r).start_low), start - STEP);
	assert_int_equal(view_of(&r).level, DETECT_WARNING);
	detect_season_free(r.d);
}

/* What happens to a signal whose habit is known. */
static void known_habit(void **state)
{
	static const struct {
		const char *what;
		double factor;
		int64_t span_s;
		bool alarm;
		unsigned samples;   /* at most, from the first lost one to the alarm */
		enum detect_level peak;
	} cases[] = {
		{"nothing for two weeks", 1, 2 * WEEK, false, 0, DETECT_NONE},
		{"4% less for a day: inside the scatter", 0.96, DAY, false, 0, DETECT_NONE},
		{"one lost sample", 0.1, STEP, false, 0, DETECT_NONE},
		{"two samples of -35%, far below the line", 0.65, 2 * STEP, false, 0, DETECT_NONE},
		{"blackout", 0, 6 * 3600, true, 2, DETECT_CRITICAL},
		{"-60%", 0.4, 6 * 3600, true, 2, DETECT_CRITICAL},
		{"-35%", 0.65, 6 * 3600, true, 4, DETECT_WARNING},
		{"half an hour", 0.1, 1800, true, 2, DETECT_CRITICAL},
		{"more than ever", 3, DAY, false, 0, DETECT_NONE},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r;
		rig_init(&r, &ten_minutes);
		live(&r, 4 * WEEK + 11 * 3600, 1);
		assert_int_equal(r.began, 0); /* nor while it learned */
		assert_false(view_of(&r).learning);
		int64_t start = r.t;
		live(&r, (double)cases[i].span_s, cases[i].factor);
		int64_t end = r.t;
		live(&r, 6 * 3600, 1);
		struct detect_view v = view_of(&r);
		if (r.began != cases[i].alarm)
			fail_msg("%s: %u alarms", cases[i].what, r.began);
		if (cases[i].alarm) {
			if (r.began_at - start >= cases[i].samples * STEP)
				fail_msg("%s: known after %lld s", cases[i].what, (long long)(r.began_at - start));
			if (wall_to_s(v.start) != start || wall_to_s(v.start_low) != start - STEP)
				fail_msg("%s: start is %lld s off", cases[i].what,
					 (long long)(wall_to_s(v.start) - start));
			if (v.peak != cases[i].peak)
				fail_msg("%s: peak %d", cases[i].what, v.peak);
			if (r.ended != 1 || llabs(wall_to_s(v.end_high) - end) > STEP ||
			    llabs(wall_to_s(v.end) - (end - STEP)) > STEP)
				fail_msg("%s: end is %lld s off", cases[i].what,
					 (long long)(wall_to_s(v.end_high) - end));
		}
		detect_season_free(r.d);
	}
}

/* The first sample of a loss is cut by its beginning: it counts if it is far below the line, and the second says how bad it is. */
static void first_is_cut(void **state)
{
	static const struct { double first; unsigned samples; } cases[] = {{0.95, 3}, {0.75, 2}, {0.45, 2}, {0.1, 2}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r;
		rig_init(&r, &ten_minutes);
		live(&r, 4 * WEEK + 11 * 3600, 1);
		live(&r, STEP, cases[i].first);
		live(&r, STEP * (cases[i].samples - 2), 0.1);
		assert_int_equal(r.began, 0);
		live(&r, STEP, 0.1);
		assert_int_equal(r.began, 1);
		assert_int_equal(view_of(&r).level, DETECT_CRITICAL);
		detect_season_free(r.d);
	}
}

/* Noise puts off the end of the alarm, for it takes samples in a row that are well inside; the loss ended before. */
static void end_is_not_noise(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK + 11 * 3600, 1);
	live(&r, 6 * 3600, 0.1);
	int64_t end = r.t;
	for (int i = 0; i < 30; i++)
		push(&r, quiet(&r) * (i % 3 == 2 ? 0.96 : 1)); /* not at the line, but not well inside */
	assert_int_equal(r.ended, 0);
	for (int i = 0; i < 6; i++)
		push(&r, quiet(&r));
	assert_int_equal(r.ended, 1);
	assert_int_equal(wall_to_s(view_of(&r).end), end - STEP);
	assert_int_equal(wall_to_s(view_of(&r).end_high), end);
	detect_season_free(r.d);
}

/* No sample is over the line, all together are. */
static void slow_slope(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK, 1);
	int64_t start = r.t;
	for (int i = 0; i < 72; i++)
		push(&r, quiet(&r) * (i < 36 ? 1 - 0.0015 * i : 0.946));
	assert_int_equal(r.began, 1);
	assert_int_equal(view_of(&r).reason, DETECT_BY_SUM);
	assert_in_range(wall_to_s(view_of(&r).start), start, start + 36 * STEP);
	assert_true(view_of(&r).start_low.ms < view_of(&r).start.ms);
	detect_season_free(r.d);
}

static void level_moves(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK, 1);
	live(&r, 3600, 0.7);
	assert_int_equal(view_of(&r).level, DETECT_WARNING);
	live(&r, 3600, 0.2);
	assert_int_equal(view_of(&r).level, DETECT_CRITICAL);
	live(&r, 3600, 0.7);
	assert_int_equal(view_of(&r).level, DETECT_WARNING);
	assert_int_equal(view_of(&r).peak, DETECT_CRITICAL);
	assert_int_equal(r.began, 1);
	assert_int_equal(r.levels, 2);
	detect_season_free(r.d);
}

static void missing_is_missing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK, 1);
	for (int i = 0; i < 50; i++)
		push(&r, NAN);
	push(&r, -1);
	push(&r, INFINITY);
	assert_int_equal(r.began, 0);
	assert_false(view_of(&r).value == 0);
	/* after the gap: the first two only re-arm, so a blackout takes 4 samples, and starts where data last was good
	 * */
	int64_t last_good = r.t - 53 * STEP, first_bad = r.t;
	for (int i = 0; i < 3; i++)
		push(&r, 0);
	assert_int_equal(r.began, 0);
	push(&r, 0);
	assert_int_equal(r.began, 1);
	assert_int_equal(wall_to_s(view_of(&r).start), first_bad);
	assert_int_equal(wall_to_s(view_of(&r).start_low), last_good);
	/* clean, gap, clean: the gap is no proof of anything */
	for (int i = 0; i < 8; i++) {
		r.t += i == 4 ? 20 * STEP : 0;
		assert_int_equal(r.ended, 0);
		push(&r, quiet(&r));
	}
	assert_int_equal(r.ended, 1);
	detect_season_free(r.d);
}

static void order(void **state)
{
	struct rig r;
	struct detect_view before, after;
	enum detect_change change;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, DAY, 1);
	before = view_of(&r);
	assert_int_equal(detect_season_push(r.d, wall_from_s(r.t - STEP), 0, &change), ERR_ORDER);
	/* the same step */
	assert_int_equal(detect_season_push(r.d, wall_from_s(r.t - STEP + 1), 0, &change), ERR_ORDER);
	assert_int_equal(detect_season_push(r.d, wall_from_s(T0), 0, NULL), ERR_ORDER);
	assert_int_equal(detect_season_push(r.d, WALL_NONE, 0, NULL), ERR_ORDER);
	after = view_of(&r);
	assert_memory_equal(&before.time, &after.time, sizeof(before.time));
	assert_true(before.value == after.value);
	detect_season_free(r.d);
}

/* The outage must not become the baseline: five nights of curfew are five alarms, and the week after is measured by
 * the old habit. */
static void curfew(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK, 1);
	for (unsigned night = 1; night <= 5; night++) {
		live(&r, 16 * 3600, 1);
		live(&r, 8 * 3600, 0.05);
		assert_int_equal(r.began, night);
	}
	live(&r, WEEK, 1);
	assert_int_equal(r.began, 5);
	assert_int_equal(r.ended, 5);
	live(&r, 2 * 3600, 0.05);
	assert_int_equal(r.began, 6);
	detect_season_free(r.d);
}

static void new_normal(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK, 1);
	live(&r, WEEK - 3600, 0.4);
	assert_int_equal(r.accepted, 0);
	assert_int_equal(view_of(&r).phase, DETECT_ALARM);
	live(&r, 2 * 3600, 0.4);
	assert_int_equal(r.accepted, 1);
	struct detect_view v = view_of(&r);
	assert_true(v.accepted);
	assert_false(wall_is_set(v.end)); /* nobody saw it recover */
	live(&r, 2 * WEEK, 0.4);
	assert_int_equal(r.began, 1);
	assert_int_equal(view_of(&r).phase, DETECT_NORMAL);
	live(&r, 3600, 0.1); /* and a loss of what is normal now is a loss */
	assert_int_equal(r.began, 2);
	detect_season_free(r.d);
}

static void too_few(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	for (int i = 0; i < 4 * 7 * 144; i++)
		push(&r, i % 3 == 0 ? 17 : 19);
	for (int i = 0; i < 50; i++)
		push(&r, 0);
	assert_int_equal(r.began, 0);
	assert_true(view_of(&r).ignored);
	assert_true(isnan(view_of(&r).score));
	detect_season_free(r.d);
}

static void by_the_hour(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &hourly);
	live(&r, 4 * WEEK, 1);
	push(&r, quiet(&r) * 0.2);
	assert_int_equal(r.began, 0);
	push(&r, quiet(&r) * 0.2);
	assert_int_equal(r.began, 1);
	push(&r, quiet(&r));
	assert_int_equal(r.ended, 0);
	push(&r, quiet(&r));
	assert_int_equal(r.ended, 1);
	detect_season_free(r.d);
}

/* A month without data: nothing old is left, and nothing is concluded. */
static void long_silence(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &ten_minutes);
	live(&r, 4 * WEEK, 1);
	r.t += 5 * WEEK;
	live(&r, DAY, 0.3);
	assert_int_equal(r.began, 0);
	assert_true(view_of(&r).learning);
	r.t += INT64_C(400000) * WEEK; /* a hostile date costs no more than four weeks */
	live(&r, DAY, 0.3);
	assert_int_equal(r.began, 0);
	detect_season_free(r.d);
}

static void scores(void **state)
{
	static const struct {
		const char *what;
		double off, width; /* of the noise */
		double loss;       /* added */
		int samples;       /* for so many */
		unsigned alarms;
	} cases[] = {
		{"as promised, quiet", 0, 0.5, 0, 0, 0},
		{"as promised, a loss", 0, 0.5, 3, 12, 1},
		{"always far below: wrong forecast, no outage", 9, 0.5, 0, 0, 0},
		{"always far below, and then lower", 9, 0.5, 3, 12, 1},
		{"three times as noisy as it says", 0, 3, 0, 0, 0},
		{"three times as noisy, a loss to match", 0, 3, 15, 12, 1},
		{"ten minutes, very deep", 0, 0.5, 6, 2, 1},
		{"five minutes, very deep: one sample is a glitch", 0, 0.5, 6, 1, 0},
		{"ten minutes, not so deep", 0, 0.5, 1.5, 2, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rig r = {.d = NULL, .t = T0, .seed = 11};
		struct detect_score *d = detect_score_new(300);
		unsigned began = 0;
		for (int n = 0; n < 6 * 288; n++, r.t += 300) {
			enum detect_change change;
			double loss = n >= 5 * 288 && n < 5 * 288 + cases[i].samples ? cases[i].loss : 0;
			double s = cases[i].off + cases[i].width * noise(&r) + loss;
			assert_int_equal(detect_score_push(d, wall_from_s(r.t), s, &change), 0);
			began += change == DETECT_BEGAN;
		}
		if (began != cases[i].alarms)
			fail_msg("%s: %u alarms", cases[i].what, began);
		assert_int_equal(detect_score_push(d, wall_from_s(T0), 0, NULL), ERR_ORDER);
		assert_int_equal(detect_score_push(d, wall_from_s(r.t), NAN, NULL), 0);
		detect_score_free(d);
	}
}

static void table(void **state)
{
	(void)state;
	for (const struct detect_rule *r = detect_rules; r->source; r++) {
		if (!r->step_s || WEEK % r->step_s || !(r->least > 0) || !(r->resolution > 0) ||
		    !(r->warning < 1 && r->warning > r->critical && r->critical > 0))
			fail_msg("%s %s", r->source, r->signal ? r->signal : "*");
		/* no row hides another */
		assert_ptr_equal(detect_rule_find(r->source, r->signal ? r->signal : "any"), r);
		struct detect_season *d = detect_season_new(r);
		assert_true(detect_season_memory(d) < 80 * 1024);
		detect_season_free(d);
	}
	assert_null(detect_rule_find("ioda", "bgp2"));
	assert_null(detect_rule_find("nobody", "bgp"));
	detect_season_free(NULL);
	detect_score_free(NULL);
}

static void words(void **state)
{
	struct detect_view v = {.value = 41, .baseline = 120, .line = 96, .score = 3.3, .loss_pct = 65.8,
				.reason = DETECT_BY_DEPTH};
	char dst[DETECT_WORDS_MAX], rule[DETECT_RULE_WORDS_MAX];

	(void)state;
	assert_string_equal(detect_value_words(dst, &v, "/24s"), "41 /24s, 120 expected (-66%), line 96");
	v.learning = true;
	assert_string_equal(detect_value_words(dst, &v, NULL), "41, 120 usual in 7 days (-66%), line 96");
	v.ignored = true;
	assert_string_equal(detect_value_words(dst, &v, "/24s"), "41 /24s, too few to judge");
	v.value = NAN;
	assert_string_equal(detect_value_words(dst, &v, "/24s"), "no data");
	assert_string_equal(detect_rule_words(rule, &v), "far under the line (detection.md 5.2)");
	for (int r = 0; r < DETECT_REASON_COUNT; r++) {
		v.reason = (enum detect_reason)r;
		assert_true(strlen(detect_rule_words(rule, &v)) < DETECT_RULE_WORDS_MAX - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_days), cmocka_unit_test(known_habit),
		cmocka_unit_test(first_is_cut),
		cmocka_unit_test(end_is_not_noise), cmocka_unit_test(slow_slope),
		cmocka_unit_test(level_moves), cmocka_unit_test(missing_is_missing), cmocka_unit_test(order),
		cmocka_unit_test(curfew), cmocka_unit_test(new_normal), cmocka_unit_test(too_few),
		cmocka_unit_test(by_the_hour), cmocka_unit_test(long_silence), cmocka_unit_test(scores),
		cmocka_unit_test(table), cmocka_unit_test(words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
