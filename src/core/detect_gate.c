/* The debounce of every sampled signal: see detect_gate.h, detection.md 3, 5.2, 7 and 8.
 *
 * detection.md 5.2 opens at 3 of 4 samples over the line, or at a CUSUM of slack 0.75 and limit 4 whose samples are
 * clipped at 3. Noise that comes in clumps passes both within ten minutes. Here each way in has its own job: 3 of 4
 * stays for a loss twice as deep, so that a blackout costs no delay; a shallow one needs 4 of 5; and the CUSUM,
 * clipped where depth begins, is left with what no single sample shows. tests/eval prints what each choice costs. */
#include "detect_gate.h"

#include <math.h>

#define GAP_STEPS  3 /* from one sample to the next: two are missing, the source was not fresh (detection.md 8) */
#define REARM      2 /* samples after a gap that decide nothing */
#define HOURLY_S   3600

/* A blackout needs no third sample. The first one of a loss is cut by its beginning, so that what is left shows only in the
 * second: two in a row nine standard deviations down, of which the newer is below half of what is usual, decide. Waiting for a
 * third costs a step, 10 min of probing and 30 of traffic, and clumps of noise go nine deep, but seldom below half. */
static const struct gate_rule fine_rule = {
	.count_k = 4, .count_n = 5,
	.depth_k = 3, .depth_n = 4, .depth_line = 2,
	.plunge_line = 3, .plunge_critical = true,
	.sum_slack = 0.75, .sum_limit = 4,
	.out_line = 0.25, .out_n = 6,
};

/* A score comes from a forecast that is renewed all the time, so it does not drift as a habit of weeks does: what stays off
 * for hours is a loss, though it never reach the line. So the sum takes all that exceeds half the line (1.5 standard
 * deviations), with a higher limit. And a forecast forgets soon: an outage of ten minutes is two samples of it and no more, so
 * two in a row that lie three lines down (9 standard deviations) decide. */
static const struct gate_rule score_rule = {
	.count_k = 4, .count_n = 5,
	.depth_k = 3, .depth_n = 4, .depth_line = 2,
	.plunge_line = 3,
	.sum_slack = 0.5, .sum_limit = 6,
	.out_line = 0.25, .out_n = 6,
};

/* Nobody waits eight hours: 2 of 2 and 2 clean (detection.md 5.2). */
static const struct gate_rule hourly_rule = {
	.count_k = 2, .count_n = 2,
	.depth_k = 2, .depth_n = 2, .depth_line = 2,
	.sum_slack = 0.75, .sum_limit = 4,
	.out_line = 0.25, .out_n = 2,
};

const struct gate_rule *gate_rule_for(unsigned step_s)
{
	return step_s >= HOURLY_S ? &hourly_rule : &fine_rule;
}

const struct gate_rule *gate_rule_for_score(unsigned step_s)
{
	return step_s >= HOURLY_S ? &hourly_rule : &score_rule;
}

void gate_init(struct gate *g, unsigned step_s)
{
	*g = (struct gate){
		.rule = gate_rule_for(step_s), .step_ms = (int64_t)step_s * 1000,
		.last = WALL_NONE, .last_good = WALL_NONE, .rise_low = WALL_NONE, .rise = WALL_NONE,
		.bad_low = WALL_NONE, .bad = WALL_NONE, .bad_last = WALL_NONE, .good_after = WALL_NONE,
		.start_low = WALL_NONE, .start = WALL_NONE, .end = WALL_NONE, .end_high = WALL_NONE,
	};
}

static unsigned count_bits(uint32_t bits, unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++)
		count += bits >> i & 1;
	return count;
}

static void forget_evidence(struct gate *g)
{
	g->over = g->deep = g->critical = 0;
	g->plunge = 0;
	g->sum = 0;
}

void gate_gap(struct gate *g)
{
	if (g->phase != DETECT_ALARM)
		forget_evidence(g);
	g->rearm = REARM;
}

/* Where the rise began that is on now: the last sample at which CUSUM was zero is the best estimate of a change. */
static void trace(struct gate *g, struct wall t, double score)
{
	if (g->sum <= 0) {
		g->rise = g->rise_low = WALL_NONE;
		if (score < 1)
			g->bad = g->bad_low = WALL_NONE;
	}
	if (score > g->rule->sum_slack && !wall_is_set(g->rise)) {
		g->rise = t;
		g->rise_low = g->last;
	}
	if (score >= 1 && !wall_is_set(g->bad)) {
		g->bad = t;
		g->bad_low = g->last_good;
	}
}

static void add_evidence(struct gate *g, double score, bool critical)
{
	g->over = g->over << 1 | (score >= 1);
	g->deep = g->deep << 1 | (score >= g->rule->depth_line);
	g->critical = g->critical << 1 | critical;
	g->plunge = g->rule->plunge_line > 0 && score >= g->rule->plunge_line ? g->plunge + 1 : 0;
	g->sum = fmax(0, g->sum + fmin(score, g->rule->depth_line) - g->rule->sum_slack);
}

static bool is_plunge(const struct gate *g)
{
	return g->plunge >= GATE_PLUNGE_SAMPLES && (!g->rule->plunge_critical || (g->critical & 1));
}

static enum detect_reason is_alarm(const struct gate *g)
{
	const struct gate_rule *r = g->rule;

	if (count_bits(g->over, r->count_n) >= r->count_k)
		return DETECT_BY_COUNT;
	if (count_bits(g->deep, r->depth_n) >= r->depth_k || is_plunge(g))
		return DETECT_BY_DEPTH;
	return g->sum > r->sum_limit ? DETECT_BY_SUM : DETECT_BY_NOTHING;
}

static enum detect_level level_of(const struct gate *g)
{
	const struct gate_rule *r = g->rule;
	unsigned n = count_bits(g->critical, r->depth_n);

	if (n >= r->depth_k || (r->plunge_critical && is_plunge(g)))
		return DETECT_CRITICAL;
	return n == 0 ? DETECT_WARNING : g->level > DETECT_WARNING ? g->level : DETECT_WARNING;
}

static enum detect_change begin(struct gate *g, enum detect_reason reason)
{
	bool by_line = reason != DETECT_BY_SUM && wall_is_set(g->bad);

	g->phase = DETECT_ALARM;
	g->reason = reason;
	g->level = DETECT_NONE;
	g->level = g->peak = level_of(g);
	g->start = by_line ? g->bad : g->rise;
	g->start_low = by_line ? g->bad_low : g->rise_low;
	g->end = g->end_high = WALL_NONE;
	g->clean = 0;
	return DETECT_BEGAN;
}

static enum detect_change finish(struct gate *g, enum detect_change how)
{
	g->phase = DETECT_NORMAL;
	g->level = DETECT_NONE;
	if (how == DETECT_ENDED) {
		g->end = g->bad_last;
		g->end_high = g->good_after;
	}
	g->clean = 0;
	g->rise = g->rise_low = g->bad = g->bad_low = g->bad_last = g->good_after = WALL_NONE;
	forget_evidence(g);
	return how;
}

void gate_accept(struct gate *g)
{
	finish(g, DETECT_ACCEPTED);
	g->phase = DETECT_UNKNOWN; /* the new normal proves itself as any first one does */
}

/* The way out, also the proof that a new signal is normal: `out_n` clean samples in a row. */
static bool count_clean(struct gate *g, double score)
{
	g->clean = score > g->rule->out_line ? 0 : g->clean + 1;
	return g->clean >= g->rule->out_n;
}

/* Where it will have ended. That it is over takes a row of samples well inside, and noise goes outside of that in every fourth
 * sample: hours after all is well. The loss itself ended where it was last seen (detection.md 9: within one step). */
static void note_end(struct gate *g, struct wall t, double score)
{
	if (score > g->rule->sum_slack || !wall_is_set(g->bad_last)) {
		g->bad_last = t;
		g->good_after = WALL_NONE;
	} else if (!wall_is_set(g->good_after)) {
		g->good_after = t;
	}
}

static enum detect_change decide(struct gate *g, struct wall t, double score)
{
	enum detect_level before = g->level;
	enum detect_reason reason;

	switch (g->phase) {
	case DETECT_UNKNOWN:
		if (count_clean(g, score)) {
			g->phase = DETECT_NORMAL;
			g->clean = 0;
			forget_evidence(g);
		}
		return DETECT_SAME;
	case DETECT_NORMAL:
		reason = is_alarm(g);
		if (reason == DETECT_BY_NOTHING)
			return DETECT_SAME;
		note_end(g, t, score);
		return begin(g, reason);
	case DETECT_ALARM:
		note_end(g, t, score);
		break;
	}
	if (count_clean(g, score))
		return finish(g, DETECT_ENDED);
	g->level = level_of(g);
	if (g->level > g->peak)
		g->peak = g->level;
	return g->level == before ? DETECT_SAME : DETECT_LEVEL;
}

enum detect_change gate_push(struct gate *g, struct wall t, double score, bool critical)
{
	enum detect_change change = DETECT_SAME;

	if (wall_is_set(g->last) && t.ms - g->last.ms >= GAP_STEPS * g->step_ms)
		gate_gap(g);
	if (g->phase != DETECT_ALARM)
		trace(g, t, score);
	if (score < 1)
		g->last_good = t;
	if (g->rearm > 0) {
		g->rearm--;
	} else {
		add_evidence(g, score, critical);
		change = decide(g, t, score);
	}
	g->last = t;
	return change;
}

void gate_view(const struct gate *g, struct detect_view *out)
{
	out->phase = g->phase;
	out->level = g->level;
	out->peak = g->peak;
	out->reason = g->reason;
	out->time = g->last;
	out->start_low = g->start_low;
	out->start = g->start;
	out->end = g->end;
	out->end_high = g->end_high;
	out->gate = g->rule;
	out->ending = g->phase == DETECT_ALARM && wall_is_set(g->good_after);
}
