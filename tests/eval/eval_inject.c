/* Would other outages have been found? The labels are few, the noise is plenty: put outages of known depth and length into
 * the label-free stretches of the real series, and count how many of them each rule finds.
 *
 * A loss of a share L of the sources turns the score s into (1 - L) s + L S, where S is the score of a total loss: how much
 * a series can show at all depends on how noisy it is. L is 0.8. Places are spread evenly over each series, one outage a
 * run, no chance in it. An outage counts as found when an alarm becomes known within it or the half hour after. */
#include "eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SHARE 0.8

enum { HOUR = 3600, PLACES = 6, CALM_S = 2 * HOUR, SETTLE_S = 30 * HOUR };

static const double depths[] = {1.2, 1.5, 2, 3, 5};
static const unsigned lengths[] = {2, 3, 4, 6, 12, 36}; /* bins */

static bool is_clear(const struct series_file *f, int64_t from, int64_t to)
{
	for (size_t i = 0; i < f->label_count; i++)
		if (to >= f->labels[i].start - CALM_S && (f->labels[i].end == EVAL_OPEN || from <= f->labels[i].end + CALM_S))
			return false;
	return true;
}

/* Where it begins, as a row; 0: there is no room for it. */
static size_t place_of(const struct series_file *f, unsigned nth, unsigned length)
{
	size_t settled = SETTLE_S / f->step_s, last = f->count > length ? f->count - length : 0;

	if (settled + PLACES >= last)
		return 0;
	size_t at = settled + (last - settled) * (2 * nth + 1) / (2 * PLACES);
	bool whole = f->rows[at + length - 1].t - f->rows[at].t == (int64_t)(length - 1) * f->step_s;
	return whole && is_clear(f, f->rows[at].t, f->rows[at + length].t) ? at : 0;
}

static bool knows_within(const struct alarms *a, int64_t from, int64_t to)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->list[i].known >= from && a->list[i].known <= to)
			return true;
	return false;
}

static bool is_found(const struct series_file *f, size_t at, unsigned length, double depth, eval_run_fn *run)
{
	struct series_file with = *f;
	struct alarms a = {0};

	with.rows = xcalloc(f->count, sizeof(*with.rows));
	memcpy(with.rows, f->rows, f->count * sizeof(*with.rows));
	for (size_t i = at; i < at + length; i++)
		with.rows[i].v = (1 - SHARE) * f->rows[i].v + SHARE * depth;
	with.reopen_s = 0;
	run(&with, &a);
	bool found = knows_within(&a, f->rows[at].t, f->rows[at + length - 1].t + HOUR / 2);
	free(a.list);
	free(with.rows);
	return found;
}

static void count(const struct eval *e, unsigned length, double depth, eval_run_fn *run, unsigned *found, unsigned *all)
{
	for (size_t i = 0; i < e->count; i++) {
		const struct series_file *f = &e->files[i];
		for (unsigned nth = 0; f->median > 20 && nth < PLACES; nth++) {
			size_t at = place_of(f, nth, length);
			if (!at)
				continue;
			++*all;
			*found += is_found(f, at, length, depth, run);
		}
	}
}

void eval_inject(const struct eval *e, const struct contestant *list, size_t contestants)
{
	printf("\noutages put into the noise of the series over 20 sources: share found, by depth (score of a total loss)\n"
	       "%-14s %-13s", "lasting", "rule");
	for (size_t d = 0; d < ARRAY_LEN(depths); d++)
		printf(" %7.1f", depths[d]);
	printf(" %7s\n", "all");
	for (size_t l = 0; l < ARRAY_LEN(lengths); l++) {
		for (size_t c = 0; c < contestants; c++) {
			unsigned sum = 0, sum_all = 0;
			if (c == 0)
				printf("%3u min        %-13s", lengths[l] * 5, list[c].name);
			else
				printf("%-14s %-13s", "", list[c].name);
			for (size_t d = 0; d < ARRAY_LEN(depths); d++) {
				unsigned found = 0, all = 0;
				count(e, lengths[l], depths[d], list[c].run, &found, &all);
				printf(" %7.2f", all ? (double)found / all : 0);
				sum += found;
				sum_all += all;
			}
			printf(" %7.2f\n", sum_all ? (double)sum / sum_all : 0);
		}
	}
}
