/* The last n values, and where each stands among them: exact medians of a moving window.
 *
 * A ring keeps the order of arrival, a sorted copy the order of size. A push is two binary searches and one move
 * between them, at most 8 KB for a week of 5-minute samples, which a processor does faster than it walks a tree of
 * that size. */
#ifndef LANDLINE_CORE_DETECT_WINDOW_H
#define LANDLINE_CORE_DETECT_WINDOW_H

#include <stddef.h>

struct window {
	size_t cap, count, head; /* head: the oldest */
	float *ring, *sorted;    /* owned, cap each */
};

void window_init(struct window *w, size_t cap);
void window_release(struct window *w);
void window_clear(struct window *w);
/* v must be finite. The oldest falls out when full. */
void window_push(struct window *w, double v);
/* NAN when empty. */
double window_median(const struct window *w);
/* Median absolute deviation around centre, unscaled, O(log n); NAN when empty. */
double window_mad(const struct window *w, double centre);

#endif
