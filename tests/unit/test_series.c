/* links: core/series base/mem */
/* Time series: gaps stay gaps, buckets sit on wall time, a short outage survives any picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/series.h"

enum { MIN = 60000, T0 = 1419264000 }; /* 16:00:00, on a bucket of 1 and of 5 minutes */

static struct wall at_min(double minutes)
{
	return (struct wall){T0 * INT64_C(1000) + (int64_t)(minutes * MIN)};
}

/* '.' a gap, else the digit; 'x' what is not one. */
static void expect(struct series *s, double from_min, const char *want)
{
	for (size_t i = 0; want[i]; i++) {
		double v = series_at(s, at_min(from_min + (double)i));
		char got = isnan(v) ? '.' : v >= 0 && v <= 9 ? (char)('0' + (int)v) : 'x';
		if (got != want[i])
			fail_msg("minute %g: '%c', not '%c'", from_min + (double)i, got, want[i]);
	}
}

static void buckets_and_gaps(void **state)
{
	struct series s;
	struct wall when;

	(void)state;
	series_init(&s, MIN, 5);
	assert_true(isnan(series_last(&s, &when)));
	assert_false(wall_is_set(when));
	assert_true(isnan(series_at(&s, at_min(0))));
	assert_int_equal(series_put(&s, at_min(0.99), 1), 0);
	assert_int_equal(series_put(&s, at_min(2), 3), 0);
	expect(&s, -1, ".1.3.");
	assert_int_equal(series_put(&s, at_min(1.5), 2), 0); /* a late value fills its gap */
	assert_int_equal(series_put(&s, at_min(2.5), 4), 0); /* the same bucket again */
	assert_int_equal(series_put(&s, at_min(3), NAN), 0);
	expect(&s, -1, ".124.");
	assert_true(series_last(&s, &when) == 4);
	assert_int_equal(when.ms, at_min(2).ms);
	assert_int_equal(series_put(&s, at_min(6), 7), 0); /* the oldest two fall out */
	expect(&s, 0, "..4...7.");
	assert_int_equal(s.count, 5);
	assert_int_equal(series_put(&s, at_min(1), 9), ERR_ORDER);
	assert_int_equal(series_put(&s, WALL_NONE, 9), ERR_ORDER);
	assert_int_equal(series_put(&s, (struct wall){INT64_MAX}, 9), ERR_ORDER);
	expect(&s, 0, "..4...7.");
	assert_int_equal(series_put(&s, at_min(11), 8), 0); /* exactly its length ahead */
	expect(&s, 6, ".....8.");
	assert_int_equal(series_put(&s, at_min(500), 1), 0); /* far ahead: starts anew */
	assert_int_equal(s.count, 1);
	expect(&s, 499, ".1.");
	series_release(&s);
	series_release(&s);
	assert_int_equal(series_put(&s, at_min(0), 1), ERR_ORDER);
}

static void buckets_before_1970(void **state)
{
	struct series s;

	(void)state;
	series_init(&s, MIN, 5);
	assert_int_equal(series_put(&s, (struct wall){-1}, 1), 0);
	assert_int_equal(series_put(&s, (struct wall){0}, 2), 0);
	assert_true(series_at(&s, (struct wall){-MIN}) == 1);
	assert_true(series_at(&s, (struct wall){MIN - 1}) == 2);
	series_release(&s);
}

static void medians(void **state)
{
	static const struct {
		const char *what;
		double until;
		double span;
		size_t min;
		double median, mad;
	} cases[] = {
		{"all", 9, 10, 1, 4, 2 * 1.4826},
		{"odd", 4, 5, 1, 2, 1.4826},
		{"even", 3, 4, 1, 1.5, 1.4826},
		{"gap left out", 9, 2, 1, 9, 0},
		{"enough", 9, 2, 1, 9, 0},
		{"too few", 9, 2, 2, NAN, 0},
		{"the window's start is left out", 9, 1, 1, 9, 0},
		{"before all data", -5, 3, 1, NAN, NAN},
		{"after all data", 100, 5, 1, NAN, NAN},
		{"no span", 9, 0, 1, NAN, NAN},
	};
	struct series s;

	(void)state;
	series_init(&s, MIN, 20);
	for (int i = 0; i < 10; i++)
		assert_int_equal(series_put(&s, at_min(i), i == 8 ? NAN : i), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		double median = series_median(&s, at_min(cases[i].until), (int64_t)(cases[i].span * MIN), cases[i].min);
		bool same = isnan(cases[i].median) ? isnan(median) : fabs(median - cases[i].median) < 1e-6;
		if (!same)
			fail_msg("%s: median %g", cases[i].what, median);
		if (isnan(median) && !isnan(cases[i].mad))
			continue;
		double mad = series_mad(&s, at_min(cases[i].until), (int64_t)(cases[i].span * MIN), median);
		same = isnan(cases[i].mad) ? isnan(mad) : fabs(mad - cases[i].mad) < 1e-4;
		if (!same)
			fail_msg("%s: deviation %g", cases[i].what, mad);
	}
	assert_true(isnan(series_median(&s, WALL_NONE, MIN, 1)));
	series_release(&s);
}

static void pictures_keep_the_minimum(void **state)
{
	struct series s;
	float out[6];

	(void)state;
	series_init(&s, MIN, 100);
	for (int i = 0; i < 60; i++)
		if (i < 20 || i >= 30) /* ten minutes without data */
			assert_int_equal(series_put(&s, at_min(i), i == 47 ? 0 : 5), 0);
	series_downsample_min(&s, at_min(60), 10 * MIN, out, 6);
	assert_true(out[0] == 5 && out[1] == 5);
	assert_true(isnan(out[2]));
	assert_true(out[3] == 5 && out[4] == 0 && out[5] == 5);
	assert_int_equal(series_put(&s, at_min(12), 9), 0); /* what matters when it is high keeps its peaks */
	series_downsample_max(&s, at_min(60), 10 * MIN, out, 6);
	assert_true(out[0] == 5 && out[1] == 9 && isnan(out[2]) && out[4] == 5);
	/* the newest bucket is not finished yet, what lies after `until` is not drawn */
	series_downsample_min(&s, at_min(47), 10 * MIN, out, 6);
	assert_true(out[5] == 5);
	series_downsample_min(&s, at_min(47.5), 10 * MIN, out, 6);
	assert_true(out[5] == 0);
	series_downsample_min(&s, at_min(500), 10 * MIN, out, 6);
	for (int i = 0; i < 6; i++)
		assert_true(isnan(out[i]));
	series_release(&s);
}

static void coarse_data_fills_its_step_and_no_more(void **state)
{
	struct series s;
	float out[12];

	(void)state;
	series_init(&s, 5 * MIN, 100);
	assert_int_equal(series_put(&s, at_min(0), 3), 0);
	assert_int_equal(series_put(&s, at_min(5), 4), 0);
	series_downsample_min(&s, at_min(12), MIN, out, 12);
	for (int i = 0; i < 12; i++) {
		float want = i < 5 ? 3 : i < 10 ? 4 : NAN;
		assert_true(isnan(want) ? isnan(out[i]) : out[i] == want);
	}
	series_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_and_gaps),
		cmocka_unit_test(buckets_before_1970),
		cmocka_unit_test(medians),
		cmocka_unit_test(pictures_keep_the_minimum),
		cmocka_unit_test(coarse_data_fills_its_step_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
