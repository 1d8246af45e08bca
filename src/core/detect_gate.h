/* From scores to alarms: when does an alarm begin, how bad is it, when did it end?
 *
 * Score 1 is the line: three times the usual scatter below what is expected. Noise of real signals comes in clumps (the
 * next sample is like this one), so an alarm asks for time as well as for depth: a shallow loss has to last longer
 * than a deep one. Three ways in, one way out:
 *
 *     count   most of the last samples over the line
 *     depth   fewer samples, twice as far; two in a row, far deeper
 *     sum     CUSUM: what no single sample shows, a slow slope
 *     out     some samples in a row well inside; but it ended where the last one was that counted as a loss
 *
 * Nothing alarms before the signal was seen normal once by the way out. */
#ifndef LANDLINE_CORE_DETECT_GATE_H
#define LANDLINE_CORE_DETECT_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/detect.h"

struct gate_rule {
	unsigned count_k, count_n;
	unsigned depth_k, depth_n;
	double depth_line;
	double plunge_line;          /* two in a row so far below decide by themselves; 0: none do */
	bool plunge_critical;        /* only when the newer of them is a critical loss too */
	double sum_slack, sum_limit; /* a sample adds at most depth_line: beyond it, depth decides */
	double out_line;
	unsigned out_n;
};

#define GATE_PLUNGE_SAMPLES 2 /* in a row below plunge_line */

const struct gate_rule *gate_rule_for(unsigned step_s);
const struct gate_rule *gate_rule_for_score(unsigned step_s); /* of a score that somebody else computed */

struct gate {
	const struct gate_rule *rule;
	int64_t step_ms;
	enum detect_phase phase;
	enum detect_level level, peak;
	enum detect_reason reason;
	uint32_t over, deep, critical; /* the newest sample is bit 0 */
	unsigned plunge;               /* samples in a row below plunge_line */
	double sum;                    /* CUSUM */
	unsigned clean;                /* in a row */
	unsigned rearm;                /* samples to come that only re-arm */
	struct wall last;              /* newest sample */
	struct wall last_good;         /* newest sample under the line */
	struct wall rise_low, rise;    /* before and at the first sample of the present rise of `sum` */
	struct wall bad_low, bad;      /* before and at the first sample over the line in it */
	struct wall bad_last, good_after; /* of the alarm: the newest sample that adds to `sum`, the first one behind it */
	struct wall start_low, start, end, end_high;
};

void gate_init(struct gate *g, unsigned step_s);
/* t: later than the last. critical: the value itself is a critical loss. */
enum detect_change gate_push(struct gate *g, struct wall t, double score, bool critical);
void gate_gap(struct gate *g);
/* This is the new normal. */
void gate_accept(struct gate *g);
/* For the evaluation, which tries other rules: the gate of a score detector. */
struct gate *detect_score_gate(struct detect_score *d);
/* Fill what the gate knows of a view. */
void gate_view(const struct gate *g, struct detect_view *out);

#endif
