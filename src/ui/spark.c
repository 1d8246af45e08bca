/* Sparklines: see spark.h. */
#include "spark.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/theme.h"

enum { BUCKETS_MAX = 512, DAYS_FROM_H = 72 };

#define HEADROOM  0.875 /* seven of eight */
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS   INT64_C(3600000)

struct spark_axis spark_axis(struct wall now, unsigned span_h, int cols)
{
	static const int steps_min[] = {5,   10,  15,  20,  30,  40,   45,   60,   90,   120,
					180, 240, 360, 480, 720, 1440, 2880, 4320, 10080};
	struct spark_axis a = {.span_h = span_h};
	int64_t span_ms = (int64_t)span_h * HOUR_MS;

	if (cols > BUCKETS_MAX)
		cols = BUCKETS_MAX;
	for (size_t i = 0; i < ARRAY_LEN(steps_min); i++) {
		a.bucket_ms = steps_min[i] * MINUTE_MS;
		a.buckets = (int)((span_ms + a.bucket_ms - 1) / a.bucket_ms);
		if (a.buckets <= cols)
			break;
	}
	if (a.buckets > cols)
		a.buckets = cols > 0 ? cols : 0;
	int64_t ms = wall_is_set(now) && now.ms > 0 ? now.ms : 0;
	a.until.ms = (ms / a.bucket_ms + 1) * a.bucket_ms;
	return a;
}

static void axis_label(char *dst, struct wall t, bool days)
{
	char text[WALL_TEXT_MAX];

	if (days)
		snprintf(dst, 8, "%.6s", wall_format_day_hm(text, t)); /* "22 Dec" */
	else
		snprintf(dst, 8, "%.2s", wall_format_hm(text, t)); /* "16" */
}

void spark_draw_axis(const struct spark_axis *a, struct canvas *c, int y, int x, enum charset charset)
{
	static const int marks_h[] = {1, 2, 3, 6, 12, 24, 48, 168};
	int64_t every = 0;
	bool days = false;

	(void)charset;
	for (size_t i = 0; i < ARRAY_LEN(marks_h); i++) {
		every = marks_h[i] * HOUR_MS;
		days = marks_h[i] >= 24;
		if (a->span_h > DAYS_FROM_H && !days)
			continue; /* an hour alone does not say of which day */
		if (every / a->bucket_ms >= (days ? 8 : 5))
			break;
	}
	for (int i = 0; i < a->buckets; i++) {
		struct wall t = {a->until.ms - (a->buckets - i) * a->bucket_ms};
		char label[8];
		struct wall mark = {(t.ms + every - 1) / every * every};
		if (mark.ms >=
		    t.ms + a->bucket_ms) /* the mark is in none or in a later bucket: they need not divide an hour */
			continue;
		axis_label(label, mark, days);
		int len = (int)strlen(label);
		if (i + len <= a->buckets)
			canvas_text(c, y, x + i, len, ROLE_DIM, label);
	}
}

static uint8_t role_of(float v, double baseline, double low, double max)
{
	bool usual_zero = baseline <= 0 || (isnan(baseline) && max <= 0);

	if (isnan(v))
		return ROLE_BASELINE;
	if (v <= 0)
		return usual_zero ? ROLE_BASELINE : ROLE_SPARK_ZERO;
	return v < low * baseline ? ROLE_SPARK_LOW : ROLE_SPARK;
}

/* One column; level 0..1, NAN for a gap. */
static void draw_column(double level, uint8_t role, struct canvas *c, int y, int x, int rows, enum charset charset)
{
	if (isnan(level) || level <= 0) {
		canvas_put(c, y + rows - 1, x, isnan(level) ? glyph_gap(charset) : glyph_spark(charset, 0), role);
		return;
	}
	for (int row = 0; row < rows; row++) { /* from the bottom */
		double part = level * rows - row;
		if (part <= 0)
			break;
		canvas_put(c, y + rows - 1 - row, x, glyph_spark(charset, part < 1 ? part : 1), role);
	}
}

void spark_draw(const struct series *s, const struct spark_axis *a, double baseline, double low, struct canvas *c,
		int y, int x, int rows, enum charset charset)
{
	float values[BUCKETS_MAX];
	double max = 0;

	if (rows < 1 || a->buckets < 1)
		return;
	series_downsample_min(s, a->until, a->bucket_ms, values, (size_t)a->buckets);
	for (int i = 0; i < a->buckets; i++)
		if (!isnan(values[i]) && (double)values[i] > max)
			max = (double)values[i];
	/* the usual level stays under the upper edge, so that lines above each other do not run together */
	double top = (baseline > max ? baseline : max) / HEADROOM;
	for (int i = 0; i < a->buckets; i++) {
		double level = isnan(values[i]) ? NAN : top > 0 ? (double)values[i] / top : 0;
		draw_column(level, role_of(values[i], baseline, low, max), c, y, x + i, rows, charset);
	}
}

void spark_draw_peaks(const struct series *s, const struct spark_axis *a, struct canvas *c, int y, int x, int rows,
		      enum charset charset)
{
	float values[BUCKETS_MAX];
	double max = 0;

	if (rows < 1 || a->buckets < 1)
		return;
	series_downsample_max(s, a->until, a->bucket_ms, values, (size_t)a->buckets);
	for (int i = 0; i < a->buckets; i++)
		if (!isnan(values[i]) && (double)values[i] > max)
			max = (double)values[i];
	for (int i = 0; i < a->buckets; i++) {
		bool gap = isnan(values[i]);
		double level = gap ? NAN : max > 0 ? (double)values[i] / max : 0;
		draw_column(level, gap || level <= 0 ? ROLE_BASELINE : ROLE_DIM, c, y, x + i, rows, charset);
	}
}
