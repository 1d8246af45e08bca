/* The limits that the program decides by, in words, for the manifest of an evidence bundle and for people.
 *
 * Each row is written by the file that holds the constants, from them, so that there is no second list that goes stale: another
 * version with other limits may come to another call from the same inputs, and a reader must be able to see that. */
#ifndef LANDLINE_CORE_THRESHOLD_H
#define LANDLINE_CORE_THRESHOLD_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"

#define THRESHOLD_NAME_MAX 40
#define THRESHOLD_WORDS_MAX 240
#define THRESHOLDS_MAX 32

struct threshold { char name[THRESHOLD_NAME_MAX], words[THRESHOLD_WORDS_MAX]; };
struct thresholds { struct threshold rows[THRESHOLDS_MAX]; size_t count; }; /* zeroed: none */

/* One more row. What does not fit is our bug: the lists are const. */
PRINTF_LIKE(3, 4) static inline void threshold_add(struct thresholds *t, const char *name, const char *fmt, ...)
{
	va_list ap;

	if (t->count == THRESHOLDS_MAX)
		BUG("more than %d thresholds", THRESHOLDS_MAX);
	struct threshold *row = &t->rows[t->count++];
	snprintf(row->name, sizeof(row->name), "%s", name);
	va_start(ap, fmt);
	int len = vsnprintf(row->words, sizeof(row->words), fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof(row->words))
		BUG("the words of '%s' are too long", name);
}

/* Of the routing machines (core/judge.h): networks, territories, operators, the guard. */
void judge_thresholds(struct thresholds *t);
/* Of the detectors (core/detect.h): sampled signals, Atlas, sparse answers. */
void detect_season_thresholds(struct thresholds *t);
void detect_atlas_thresholds(struct thresholds *t);
void detect_belief_thresholds(struct thresholds *t);
/* Of what all classes say together (core/fusion.h). */
void fusion_thresholds(struct thresholds *t);

#endif
