/* A time series on a fixed step: a ring of buckets aligned to wall time, so that a restart draws the same picture.
 *
 * A bucket without data is SERIES_NO_DATA (a NaN): it is a gap on screen and missing to a detector, never a zero. */
#ifndef LANDLINE_CORE_SERIES_H
#define LANDLINE_CORE_SERIES_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/when.h"

#define SERIES_NO_DATA NAN

struct series {
	int64_t step_ms;
	size_t cap;        /* buckets kept */
	size_t count;      /* buckets in use, oldest first, without holes (missing ones hold NO_DATA) */
	size_t head;       /* ring position of the oldest */
	int64_t first;     /* bucket number (wall ms / step_ms) of the oldest */
	float *values;     /* owned */
};

void series_init(struct series *s, int64_t step_ms, size_t cap);
void series_release(struct series *s);

/* Put v (NAN allowed) into t's bucket. Later than the newest: buckets between become NO_DATA, the oldest fall out.
 * Inside the ring: overwrites. Older than the ring: ERR_ORDER, nothing changes. More than cap ahead: the ring restarts. */
int series_put(struct series *s, struct wall t, double v);
double series_at(const struct series *s, struct wall t);           /* NO_DATA outside */
/* The newest bucket with data: its value and its start, or NO_DATA and WALL_NONE. */
double series_last(const struct series *s, struct wall *when);
/* Median of the data in (until - span_ms, until]; NO_DATA if fewer than min_count buckets have data. */
double series_median(const struct series *s, struct wall until, int64_t span_ms, size_t min_count);
/* 1.4826 x median absolute deviation around `centre` over the same window. */
double series_mad(const struct series *s, struct wall until, int64_t span_ms, double centre);

/* Fill out[0..n) for a picture of [until - n * bucket_ms, until): each is the MINIMUM of the data in it (a one-minute
 * outage must survive a 24 h line), NO_DATA where there is none. */
void series_downsample_min(const struct series *s, struct wall until, int64_t bucket_ms, float *out, size_t n);
/* The same with the MAXIMUM: for what matters when it is high. */
void series_downsample_max(const struct series *s, struct wall until, int64_t bucket_ms, float *out, size_t n);

#endif
