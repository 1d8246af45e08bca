/* Private to src/ui: a sparkline over a common time axis. */
#ifndef LANDLINE_UI_SPARK_H
#define LANDLINE_UI_SPARK_H

#include "base/canvas.h"
#include "core/glyph.h"
#include "core/series.h"

/* Buckets of a picture: aligned to wall time, so that a restart draws the same and nothing moves before one closes. */
struct spark_axis {
	struct wall until; /* end of the newest bucket, the one that is still being filled */
	int64_t bucket_ms;
	int buckets; /* columns */
	unsigned span_h;
};

/* The finest axis of `span_h` hours that fits into cols columns. */
struct spark_axis spark_axis(struct wall now, unsigned span_h, int cols);
/* Times along the axis, written into a line at y, x. */
void spark_draw_axis(const struct spark_axis *a, struct canvas *c, int y, int x, enum charset charset);

/* Draw s into rows lines at y, x. baseline: NAN: not known. low: share of the baseline below which a bucket is marked.
 * A gap is drawn as a gap, zero in the alarm's role unless zero is usual; heights go from 0 to a bit over the larger of
 * baseline and maximum. */
void spark_draw(const struct series *s, const struct spark_axis *a, double baseline, double low, struct canvas *c,
		int y, int x, int rows, enum charset charset);
/* The same of something that matters when it is high and is no sign of health: the highest value of each column, no alarm. */
void spark_draw_peaks(const struct series *s, const struct spark_axis *a, struct canvas *c, int y, int x, int rows,
		      enum charset charset);

#endif
