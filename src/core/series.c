/* A ring of buckets on a fixed step: see core/series.h.
 *
 * A bucket's number is its wall time divided by the step, rounded down, so that every start of the program and every
 * replay cuts time at the same places. Holes inside the ring are stored as NO_DATA, which keeps lookups at one
 * subtraction. */
#include "core/series.h"

#include <stdlib.h>

#include "base/mem.h"

/* 70 million years: a hostile date must not overflow a difference of two. WALL_NONE lies outside too. */
#define TIME_LIMIT_MS (INT64_C(1) << 61)

static int64_t bucket_of(const struct series *s, struct wall t)
{
	return t.ms / s->step_ms - (t.ms % s->step_ms < 0);
}

/* The slot of the i-th oldest bucket. */
static float *slot(const struct series *s, size_t i)
{
	return &s->values[(s->head + i) % s->cap];
}

void series_init(struct series *s, int64_t step_ms, size_t cap)
{
	if (step_ms <= 0 || cap == 0)
		BUG("series of %zu buckets of %lld ms", cap, (long long)step_ms);
	*s = (struct series){.step_ms = step_ms, .cap = cap, .values = xcalloc(cap, sizeof(*s->values))};
}

void series_release(struct series *s)
{
	free(s->values);
	*s = (struct series){0};
}

static void append(struct series *s, float v)
{
	if (s->count == s->cap) {
		s->head = (s->head + 1) % s->cap;
		s->first++;
		s->count--;
	}
	s->count++;
	*slot(s, s->count - 1) = v;
}

int series_put(struct series *s, struct wall t, double v)
{
	if (!s->values || t.ms < -TIME_LIMIT_MS || t.ms > TIME_LIMIT_MS)
		return ERR_ORDER;
	int64_t bucket = bucket_of(s, t);

	if (s->count > 0 && bucket < s->first)
		return ERR_ORDER;
	if (s->count == 0 || bucket - s->first - (int64_t)s->count >= (int64_t)s->cap) {
		s->head = 0;
		s->count = 0;
		s->first = bucket;
	}
	while (s->first + (int64_t)s->count <= bucket)
		append(s, SERIES_NO_DATA);
	*slot(s, (size_t)(bucket - s->first)) = (float)v;
	return 0;
}

/* Value of a bucket by number, NO_DATA outside. */
static float value_at(const struct series *s, int64_t bucket)
{
	if (s->count == 0 || bucket < s->first || bucket >= s->first + (int64_t)s->count)
		return SERIES_NO_DATA;
	return *slot(s, (size_t)(bucket - s->first));
}

double series_at(const struct series *s, struct wall t)
{
	return wall_is_set(t) && s->count > 0 ? (double)value_at(s, bucket_of(s, t)) : SERIES_NO_DATA;
}

double series_last(const struct series *s, struct wall *when)
{
	for (size_t i = s->count; i-- > 0;) {
		float v = *slot(s, i);
		if (!isnan(v)) {
			if (when)
				*when = (struct wall){(s->first + (int64_t)i) * s->step_ms};
			return v;
		}
	}
	if (when)
		*when = WALL_NONE;
	return SERIES_NO_DATA;
}

/* The buckets whose start lies in (until - span_ms, until], as positions [*from, *to) of the ring. */
static void window(const struct series *s, struct wall until, int64_t span_ms, size_t *from, size_t *to)
{
	*from = *to = 0;
	if (s->count == 0 || !wall_is_set(until) || span_ms <= 0)
		return;
	int64_t last = bucket_of(s, until);
	int64_t begin =
		until.ms >= INT64_MIN + span_ms + 1 ? bucket_of(s, (struct wall){until.ms - span_ms}) + 1 : s->first;
	int64_t end = s->first + (int64_t)s->count;

	if (begin < s->first)
		begin = s->first;
	if (last < end - 1)
		end = last + 1;
	if (begin >= end)
		return;
	*from = (size_t)(begin - s->first);
	*to = (size_t)(end - s->first);
}

static int cmp_float(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static double median_of(float *values, size_t n)
{
	if (n == 0)
		return SERIES_NO_DATA;
	qsort(values, n, sizeof(*values), cmp_float);
	return n % 2 ? (double)values[n / 2] : ((double)values[n / 2 - 1] + (double)values[n / 2]) / 2;
}

/* Copies the window's data without its gaps; the caller frees. NULL when there is none. */
static float *collect(const struct series *s, struct wall until, int64_t span_ms, size_t *n)
{
	size_t from, to;

	*n = 0;
	window(s, until, span_ms, &from, &to);
	if (from == to)
		return NULL;
	float *values = xcalloc(to - from, sizeof(*values));
	for (size_t i = from; i < to; i++) {
		float v = *slot(s, i);
		if (!isnan(v))
			values[(*n)++] = v;
	}
	return values;
}

double series_median(const struct series *s, struct wall until, int64_t span_ms, size_t min_count)
{
	size_t n;
	float *values = collect(s, until, span_ms, &n);
	double median = n >= min_count ? median_of(values, n) : SERIES_NO_DATA;

	free(values);
	return median;
}

double series_mad(const struct series *s, struct wall until, int64_t span_ms, double centre)
{
	size_t n;
	float *values = collect(s, until, span_ms, &n);

	for (size_t i = 0; i < n; i++)
		values[i] = (float)fabs((double)values[i] - centre);
	/* 1.4826 makes the deviation of normal noise comparable to its standard deviation */
	double mad = isnan(centre) ? SERIES_NO_DATA : 1.4826 * median_of(values, n);
	free(values);
	return mad;
}

enum extreme { LOWEST, HIGHEST };

static void downsample(const struct series *s, struct wall until, int64_t bucket_ms, enum extreme which, float *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = SERIES_NO_DATA;
	if (s->count == 0 || !wall_is_set(until) || bucket_ms <= 0)
		return;
	for (size_t i = 0; i < s->count; i++) {
		float v = *slot(s, i);
		int64_t start = (s->first + (int64_t)i) * s->step_ms, end = start + s->step_ms;
		if (isnan(v) || start >= until.ms)
			continue;
		/* Counted from the right edge, newest picture bucket 0. Data belongs where it starts; a data bucket
		 * wider than the picture's fills all it spans: its value holds for its whole step, which is not
		 * carrying it over a gap. */
		int64_t oldest = (until.ms - 1 - start) / bucket_ms, newest = oldest;
		if (s->step_ms > bucket_ms)
			newest = end >= until.ms ? 0 : (until.ms - end) / bucket_ms;
		for (int64_t b = newest; b <= oldest && b < (int64_t)n; b++) {
			float *cell = &out[n - 1 - (size_t)b];
			if (isnan(*cell) || (which == LOWEST ? v < *cell : v > *cell))
				*cell = v;
		}
	}
}

void series_downsample_min(const struct series *s, struct wall until, int64_t bucket_ms, float *out, size_t n)
{
	downsample(s, until, bucket_ms, LOWEST, out, n);
}

void series_downsample_max(const struct series *s, struct wall until, int64_t bucket_ms, float *out, size_t n)
{
	downsample(s, until, bucket_ms, HIGHEST, out, n);
}
