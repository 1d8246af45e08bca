/* Binomial tail: see core/stats.h.
 *
 * The one term at the edge is computed by logarithms, its neighbours by their ratio, and always that side of the
 * distribution is summed where the terms fall, so that nothing small is lost beside something large and the sum ends
 * early. */
#include "core/stats.h"

#include <math.h>

#define NEGLIGIBLE 1e-17 /* of the sum: below a double's resolution */

/* P(X = k) for 0 < q < 1. */
static double binomial_term(unsigned n, unsigned k, double q)
{
	double log_ways = lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma((double)(n - k) + 1.0);

	return exp(log_ways + k * log(q) + (n - k) * log1p(-q));
}

double binomial_tail(unsigned n, unsigned k, double q)
{
	if (isnan(q))
		return q;
	if (k == 0)
		return 1;
	if (k > n || q <= 0)
		return 0;
	if (q >= 1)
		return 1;

	double odds = q / (1 - q), sum = 0;
	if (k > n * q) {
		double term = binomial_term(n, k, q);
		for (unsigned i = k; i <= n && term > sum * NEGLIGIBLE; i++) {
			sum += term;
			term *= (double)(n - i) / (i + 1.0) * odds;
		}
		return fmin(sum, 1);
	}
	double term = binomial_term(n, k - 1, q);
	for (unsigned i = k - 1; term > sum * NEGLIGIBLE; i--) {
		sum += term;
		if (i == 0)
			break;
		term *= i / ((double)(n - i) + 1) / odds;
	}
	return fmax(1 - sum, 0);
}
