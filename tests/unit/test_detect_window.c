/* links: core/detect_window base/mem */
/* The moving window against sorting the same values anew, over thousands of seeded pushes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/detect_window.h"

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_of(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void against_sorting(void **state)
{
	enum { CAP = 37, PUSHES = 3000 };
	static double all[PUSHES];
	double copy[CAP];
	struct window w;
	uint64_t seed = 3;

	(void)state;
	window_init(&w, CAP);
	assert_true(isnan(window_median(&w)));
	assert_true(isnan(window_mad(&w, 0)));
	for (size_t i = 0; i < PUSHES; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		all[i] = (double)(int)(seed >> 58) - 20; /* few values: ties matter */
		window_push(&w, all[i]);
		size_t n = i + 1 < CAP ? i + 1 : CAP;
		memcpy(copy, all + i + 1 - n, n * sizeof(*copy));
		double want = median_of(copy, n), centre = i % 2 ? want : (double)(i % 90) - 30;
		if (window_median(&w) != want)
			fail_msg("push %zu: median %g, not %g", i, window_median(&w), want);
		for (size_t k = 0; k < n; k++)
			copy[k] = fabs(all[i - k] - centre);
		want = median_of(copy, n);
		if (window_mad(&w, centre) != want)
			fail_msg("push %zu: MAD around %g is %g, not %g", i, centre, window_mad(&w, centre), want);
	}
	window_clear(&w);
	assert_true(isnan(window_median(&w)));
	window_push(&w, 5);
	assert_true(window_median(&w) == 5);
	assert_true(window_mad(&w, 5) == 0);
	window_release(&w);
	window_release(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(against_sorting)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
