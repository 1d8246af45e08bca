/* The little probability that detection needs. */
#ifndef LANDLINE_CORE_STATS_H
#define LANDLINE_CORE_STATS_H

/* P(X >= k) of n independent tries that each succeed with probability q: how surprising k or more are. Exact to
 * about 1e-12 relative, also far out in the tail. k = 0 gives 1, k > n gives 0; q outside 0..1 is cut to it, NAN
 * gives NAN. */
double binomial_tail(unsigned n, unsigned k, double q);

#endif
