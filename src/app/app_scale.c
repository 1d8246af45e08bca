/* One scale for answers that each have their own.
 *
 * Some services publish no amounts: each answer is scaled so that its highest bucket is 1 (Radar's MIN0_MAX), and a spike
 * pushes all others down. Two such answers say the same of the buckets they share but for one factor. So an answer is asked
 * for that overlaps what is known by days; the factor is the median of known / new over the shared buckets, and the whole
 * answer is multiplied by it. Ratios, which detectors judge by, survive; the unit is "the peak of the first answer". With
 * nothing shared (a new series, or one that fell silent for longer than it is kept) the answer's own scale begins. */
#include "app_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define SHARED_MIN 4        /* buckets; fewer prove nothing */
#define SMALL 0.02          /* of the answer's peak: below, rounding to 6 digits and noise weigh too much */
#define SAME_SHARE 0.005    /* a known bucket that differs by less is left as it is: nothing to draw, nothing to store */
#define SAME_LEAST 0.0005

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

double scale_factor(const struct batch *b, const char *name, const struct series *known)
{
	double factor = 1, *ratios = xcalloc(b->count + 1, sizeof(*ratios));
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (f->kind != FACT_SAMPLE || !f->flag || f->name != name || !(f->value > SMALL))
			continue;
		double old = series_at(known, f->t);
		if (old > 0)
			ratios[n++] = old / f->value;
	}
	if (n >= SHARED_MIN) {
		qsort(ratios, n, sizeof(*ratios), ascending);
		factor = n % 2 ? ratios[n / 2] : (ratios[n / 2 - 1] + ratios[n / 2]) / 2;
	}
	free(ratios);
	return isfinite(factor) && factor > 1e-6 && factor < 1e6 ? factor : 1;
}

bool scale_is_same(double known, double scaled)
{
	double least = fabs(known) * SAME_SHARE;
	return fabs(known - scaled) <= (least > SAME_LEAST ? least : SAME_LEAST); /* false for NAN */
}
