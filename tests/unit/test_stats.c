/* links: core/stats */
/* The binomial tail against figures from exact rational arithmetic, at its edges, and against its own mirror image. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "core/stats.h"

static void test_known(void **state)
{
	static const struct { const char *what; unsigned n, k; double q, want; } cases[] = {
		{"a coin, half or more", 10, 5, 0.5, 0.623046875},
		{"all of four, one in a hundred", 4, 4, 0.01, 1e-08},
		{"two of two", 2, 2, 0.01, 0.0001},
		{"Atlas: a third of 30 probes", 30, 10, 0.02, 2.132717169024985e-10},
		{"far out: 300 of 1000", 1000, 300, 0.01, 0},
		{"the middle of many", 1000, 11, 0.01, 0.4169591966989018},
		{"nearly sure", 100, 80, 0.9, 0.99919242612563375},
		{"surely at least one", 50, 1, 0.3, 0.99999998201534956},
		{"1448 peers, 40 lost", 1448, 40, 0.005, 1.8134736857758649e-17},
		{"10,000 tries", 10000, 200, 0.01, 5.6300854075704111e-19},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double got = binomial_tail(cases[i].n, cases[i].k, cases[i].q);
		if (!(fabs(got - cases[i].want) <= 1e-10 * cases[i].want))
			fail_msg("%s: %.17g, not %.17g", cases[i].what, got, cases[i].want);
	}
}

static void test_edges(void **state)
{
	static const struct { unsigned n, k; double q, want; } cases[] = {
		{0, 0, 0.5, 1}, {0, 1, 0.5, 0}, {10, 0, 0, 1}, {10, 1, 0, 0}, {10, 11, 0.9, 0}, {10, 11, 1, 0},
		{10, 10, 1, 1},
		{10, 3, -1, 0}, {10, 3, 2, 1}, {4000000000u, 4000000000u, 0.5, 0}, {4000000000u, 1, 0.5, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (binomial_tail(cases[i].n, cases[i].k, cases[i].q) != cases[i].want)
			fail_msg("n %u, k %u, q %g", cases[i].n, cases[i].k, cases[i].q);
	assert_true(isnan(binomial_tail(10, 3, NAN)));
}

/* k or more successes are n-k or fewer failures; and more are never likelier. */
static void test_mirror(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 60; n++)
		for (unsigned tenth = 1; tenth <= 9; tenth++) {
			double q = tenth / 10.0, before = 1;
			for (unsigned k = 1; k <= n; k++) {
				double p = binomial_tail(n, k, q), rest = binomial_tail(n, n - k + 1, 1 - q);
				if (!(fabs(p + rest - 1) < 1e-12) || p > before + 1e-12)
					fail_msg("n %u, k %u, q %g: %g + %g", n, k, q, p, rest);
				before = p;
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known), cmocka_unit_test(test_edges), cmocka_unit_test(test_mirror),
	};
	return cmocka_run_group_tests_name("core/stats", tests, NULL, NULL);
}
