/* A moving window with its order: see detect_window.h. */
#include "detect_window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void window_init(struct window *w, size_t cap)
{
	*w = (struct window){.cap = cap, .ring = xcalloc(cap, sizeof(float)), .sorted = xcalloc(cap, sizeof(float))};
}

void window_release(struct window *w)
{
	free(w->ring);
	free(w->sorted);
	*w = (struct window){0};
}

void window_clear(struct window *w)
{
	w->count = 0;
	w->head = 0;
}

/* How many values are smaller than v. */
static size_t rank_of(const struct window *w, float v)
{
	size_t low = 0, high = w->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (w->sorted[mid] < v)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

void window_push(struct window *w, double value)
{
	float v = (float)value;

	if (w->count < w->cap) {
		size_t at = rank_of(w, v);
		memmove(w->sorted + at + 1, w->sorted + at, (w->count - at) * sizeof(float));
		w->sorted[at] = v;
		w->ring[(w->head + w->count++) % w->cap] = v;
		return;
	}
	/* one leaves, one comes: only what lies between them moves */
	size_t from = rank_of(w, w->ring[w->head]), to = rank_of(w, v);
	if (to > from) {
		to--;
		memmove(w->sorted + from, w->sorted + from + 1, (to - from) * sizeof(float));
	} else {
		memmove(w->sorted + to + 1, w->sorted + to, (from - to) * sizeof(float));
	}
	w->sorted[to] = v;
	w->ring[w->head] = v;
	w->head = (w->head + 1) % w->cap;
}

double window_median(const struct window *w)
{
	if (w->count == 0)
		return NAN;
	size_t mid = w->count / 2;
	return w->count % 2 ? (double)w->sorted[mid] : ((double)w->sorted[mid - 1] + (double)w->sorted[mid]) / 2;
}

/* The k-th smallest distance to centre (from 0). Distances of the values below centre grow to the left, of the others
 * to the right: two sorted rows, and the k + 1 nearest are a stretch of the sorted window. Find where it begins. */
static double kth_distance(const struct window *w, double centre, size_t k)
{
	size_t low = 0, high = w->count - (k + 1); /* of the stretch's first element */

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		double left = centre - (double)w->sorted[mid], right = (double)w->sorted[mid + k + 1] - centre;
		if (left > right)
			low = mid + 1;
		else
			high = mid;
	}
	return fmax(fabs(centre - (double)w->sorted[low]), fabs((double)w->sorted[low + k] - centre));
}

double window_mad(const struct window *w, double centre)
{
	if (w->count == 0)
		return NAN;
	size_t mid = w->count / 2;
	double upper = kth_distance(w, centre, mid);
	return w->count % 2 ? upper : (kth_distance(w, centre, mid - 1) + upper) / 2;
}
