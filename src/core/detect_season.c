/* A sampled signal against its own weekly habit (detection.md 5.2), and the same for scores computed elsewhere.
 *
 *     expected   median of this slot of the week over 4 weeks, moved by what was usually off in the last week
 *     scatter    1.4826 x MAD of the last week's residuals, at least 2% of expected and the source's resolution
 *     score      (expected - value) / (3 x scatter), to the gate
 *
 * Until two weeks are known: the median of the last 7 days and IODA's lines. In an alarm the history is inpainted, or
 * the outage would become the baseline; after 7 days it does, and we say so. */
#include "core/detect.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "detect_gate.h"
#include "detect_window.h"
#include "core/threshold.h"

#define WEEK_S      (7 * 86400)
#define WEEKS       4
#define ACCEPT_MS   (INT64_C(7) * 86400000)
#define MAD_SIGMA   1.4826 /* MAD to standard deviation of a Gaussian */
#define LINE_SIGMAS 3
#define FLOOR_SHARE 0.02   /* of expected: scatter is never believed to be less */
#define INPAINT     0.2
#define CRITICAL_SHARE 0.5 /* of expected: below is a critical loss */
#define LEARN_MIN   36     /* residuals that make a scatter: its own error is then 15% */
#define LEVEL_MIN   6      /* samples that make a 7-day median */
#define TOTAL_SHARE 0.01   /* in the first day only total losses are reported */
#define VALUE_MAX   1e30

struct detect_season {
	const struct detect_rule *rule;
	struct gate gate;
	size_t slots;             /* of a week */
	float *weeks;             /* WEEKS columns of slots: inpainted values, NAN: missing; owned */
	float *raw;               /* slots: the last week as it came; owned */
	struct window level;      /* last week, inpainted */
	struct window residuals;  /* last week outside alarms: expected - value */
	int64_t first, bucket;    /* oldest and newest step seen; -1: none */
	struct detect_view seen;  /* what the gate does not know of a view */
};

/* What a sample is measured against. */
struct expected {
	double value;     /* NAN: cannot be said */
	double to_line;   /* from value down to score 1 */
	double critical;  /* below this value it is a critical loss */
	double slot;      /* median of the slot alone; NAN: none */
	bool learning;
};

struct detect_season *detect_season_new(const struct detect_rule *rule)
{
	struct detect_season *d = xcalloc(1, sizeof(*d));

	if (rule->step_s == 0 || rule->step_s > WEEK_S || WEEK_S % rule->step_s)
		BUG("a step of %u s does not divide a week", rule->step_s);
	d->rule = rule;
	d->slots = WEEK_S / rule->step_s;
	d->weeks = xcalloc(WEEKS * d->slots, sizeof(float));
	d->raw = xcalloc(d->slots, sizeof(float));
	for (size_t i = 0; i < WEEKS * d->slots; i++)
		d->weeks[i] = NAN;
	for (size_t i = 0; i < d->slots; i++)
		d->raw[i] = NAN;
	window_init(&d->level, d->slots);
	window_init(&d->residuals, d->slots);
	d->first = d->bucket = -1;
	gate_init(&d->gate, rule->step_s);
	d->seen = (struct detect_view){.value = NAN, .baseline = NAN, .score = NAN, .line = NAN, .worst = NAN,
				       .loss_pct = NAN, .learning = true};
	return d;
}

void detect_season_free(struct detect_season *d)
{
	if (!d)
		return;
	free(d->weeks);
	free(d->raw);
	window_release(&d->level);
	window_release(&d->residuals);
	free(d);
}

size_t detect_season_memory(const struct detect_season *d)
{
	return sizeof(*d) + ((WEEKS + 1) * d->slots + 2 * (d->level.cap + d->residuals.cap)) * sizeof(float);
}

static float *cell(struct detect_season *d, int64_t bucket)
{
	int64_t slots = (int64_t)d->slots;

	return &d->weeks[(size_t)(bucket / slots % WEEKS * slots + bucket % slots)];
}

/* Steps that were left out hold nothing, where else the values of four weeks ago would still stand. */
static void skip_to(struct detect_season *d, int64_t bucket)
{
	int64_t from = d->bucket + 1;

	if (d->bucket < 0)
		return;
	if (bucket - from >= (int64_t)(WEEKS * d->slots)) {
		from = bucket - (int64_t)(WEEKS * d->slots);
		d->first = bucket;
		window_clear(&d->level);
		window_clear(&d->residuals);
		gate_init(&d->gate, d->rule->step_s);
	}
	for (int64_t b = from; b < bucket; b++) {
		*cell(d, b) = NAN;
		d->raw[b % (int64_t)d->slots] = NAN;
	}
}

static double slot_median(struct detect_season *d, int64_t bucket, unsigned *count)
{
	int64_t slots = (int64_t)d->slots;
	double v[WEEKS];
	unsigned n = 0;

	for (int64_t w = 0; w < WEEKS; w++) {
		double x = (double)d->weeks[(size_t)(w * slots + bucket % slots)];
		if (isnan(x))
			continue;
		unsigned at = n++;
		for (; at > 0 && v[at - 1] > x; at--)
			v[at] = v[at - 1];
		v[at] = x;
	}
	*count = n;
	if (n == 0)
		return NAN;
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

/* The 7-day median and IODA's lines, wider where the signal itself swings wider (day and night) or moves in coarse
 * steps; in the first day only what is as good as all. A total loss is always below the line. */
static void expect_level(const struct detect_season *d, struct expected *e)
{
	bool first_day = d->level.count * d->rule->step_s < 86400;

	e->learning = true;
	if (d->level.count < LEVEL_MIN)
		return;
	e->value = window_median(&d->level);
	double scatter = fmax(MAD_SIGMA * window_mad(&d->level, e->value), d->rule->resolution);
	double line = fmax((1 - d->rule->warning) * e->value, LINE_SIGMAS * scatter);
	double total = (1 - TOTAL_SHARE) * e->value;
	e->to_line = first_day || line > total ? total : line;
	e->critical = (first_day ? TOTAL_SHARE : d->rule->critical) * e->value;
}

static struct expected expect(struct detect_season *d, int64_t bucket)
{
	struct expected e = {.value = NAN};
	unsigned weeks;

	e.slot = slot_median(d, bucket, &weeks);
	if (weeks < 2 || d->residuals.count < LEARN_MIN || bucket - d->first < 2 * (int64_t)d->slots) {
		expect_level(d, &e);
		return e;
	}
	double off = window_median(&d->residuals);
	double scatter = MAD_SIGMA * window_mad(&d->residuals, off);
	e.value = e.slot - off;
	scatter = fmax(scatter, fmax(FLOOR_SHARE * e.value, d->rule->resolution));
	e.to_line = LINE_SIGMAS * scatter;
	e.critical = CRITICAL_SHARE * e.value;
	return e;
}

static double clamp(double v, double limit)
{
	return fmin(fmax(v, -limit), limit);
}

/* detection.md 5.2: in an alarm the history moves by a fifth of the way, at most by a fifth of itself. */
static void remember(struct detect_season *d, int64_t bucket, double value, const struct expected *e)
{
	double stored = value;

	if (d->gate.phase == DETECT_ALARM && !isnan(e->value))
		stored = e->value - clamp(INPAINT * (e->value - value), INPAINT * fabs(e->value));
	else if (!isnan(e->slot))
		window_push(&d->residuals, e->slot - value);
	window_push(&d->level, stored);
	*cell(d, bucket) = (float)stored;
	d->raw[bucket % (int64_t)d->slots] = (float)value;
	d->bucket = bucket;
}

/* The last week as it came becomes the habit of all four. */
static void accept_normal(struct detect_season *d)
{
	int64_t slots = (int64_t)d->slots;

	window_clear(&d->level);
	window_clear(&d->residuals);
	for (int64_t i = 1; i <= slots; i++) {
		float v = d->raw[(d->bucket + i) % slots];
		if (!isnan(v))
			window_push(&d->level, (double)v);
	}
	for (int64_t i = 0; i < WEEKS * slots; i++)
		d->weeks[i] = d->raw[i % slots];
	gate_accept(&d->gate);
	d->seen.accepted = true;
}

static void note(struct detect_season *d, double value, const struct expected *e, double score)
{
	struct detect_view *v = &d->seen;

	v->learning = e->learning;
	v->ignored = !isnan(e->value) && e->value < d->rule->least;
	v->value = value;
	v->baseline = e->value;
	v->score = score;
	v->line = isnan(score) ? NAN : e->value - e->to_line;
	v->loss_pct = e->value > 0 ? fmin(fmax(100 * (1 - value / e->value), 0), 100) : NAN;
}

int detect_season_push(struct detect_season *d, struct wall t, double value, enum detect_change *change)
{
	enum detect_change unseen, *out = change ? change : &unseen;

	*out = DETECT_SAME;
	if (t.ms < 0)
		return ERR_ORDER;
	int64_t bucket = t.ms / (d->rule->step_s * INT64_C(1000));
	if (bucket <= d->bucket)
		return ERR_ORDER;
	if (!(value >= 0 && value < VALUE_MAX))
		return 0;
	skip_to(d, bucket);
	if (d->first < 0)
		d->first = bucket;

	struct expected e = expect(d, bucket);
	double score = e.value >= d->rule->least && e.to_line > 0 ? (e.value - value) / e.to_line : NAN;
	note(d, value, &e, score);
	if (!isnan(score))
		*out = gate_push(&d->gate, t, score, value < e.critical);
	if (*out == DETECT_BEGAN) {
		d->seen.accepted = false;
		d->seen.worst = value;
	}
	if (d->gate.phase == DETECT_ALARM && value < d->seen.worst)
		d->seen.worst = value;
	remember(d, bucket, value, &e);
	if (d->gate.phase == DETECT_ALARM && t.ms - d->gate.start.ms >= ACCEPT_MS) {
		accept_normal(d);
		*out = DETECT_ACCEPTED;
	}
	return 0;
}

void detect_season_gap(struct detect_season *d)
{
	gate_gap(&d->gate);
}

void detect_season_view(const struct detect_season *d, struct detect_view *out)
{
	*out = d->seen;
	gate_view(&d->gate, out);
}

/* ---- a score that is given ---- */

struct detect_score {
	struct gate gate;
	struct window scores;    /* last week outside alarms */
	double given, judged, worst;
	bool accepted;
};

struct detect_score *detect_score_new(unsigned step_s)
{
	struct detect_score *d = xcalloc(1, sizeof(*d));

	if (step_s == 0 || step_s > WEEK_S)
		BUG("a step of %u s", step_s);
	gate_init(&d->gate, step_s);
	d->gate.rule = gate_rule_for_score(step_s);
	window_init(&d->scores, WEEK_S / step_s);
	d->given = d->judged = d->worst = NAN;
	return d;
}

void detect_score_free(struct detect_score *d)
{
	if (!d)
		return;
	window_release(&d->scores);
	free(d);
}

struct gate *detect_score_gate(struct detect_score *d)
{
	return &d->gate;
}

/* A score claims to be in units of 3 standard deviations, centred on 0. What its own last week says, counts more,
 * unless it says that the claim was too modest: then the claim stands, as the floor of 2% does for a season. */
static double judged(const struct detect_score *d, double score)
{
	if (d->scores.count < LEARN_MIN)
		return score;
	double off = window_median(&d->scores);
	double width = LINE_SIGMAS * MAD_SIGMA * window_mad(&d->scores, off);
	return (score - off) / fmax(width, 1);
}

int detect_score_push(struct detect_score *d, struct wall t, double score, enum detect_change *change)
{
	enum detect_change unseen, *out = change ? change : &unseen;

	*out = DETECT_SAME;
	if (t.ms < 0 || (wall_is_set(d->gate.last) && t.ms <= d->gate.last.ms))
		return ERR_ORDER;
	if (!(fabs(score) < VALUE_MAX))
		return 0;
	d->given = score;
	d->judged = judged(d, score);
	*out = gate_push(&d->gate, t, d->judged, false);
	if (*out == DETECT_BEGAN) {
		d->accepted = false;
		d->worst = score;
	}
	if (d->gate.phase != DETECT_ALARM) {
		window_push(&d->scores, score);
		return 0;
	}
	d->worst = fmax(d->worst, score);
	if (t.ms - d->gate.start.ms >= ACCEPT_MS) {
		window_clear(&d->scores);
		gate_accept(&d->gate);
		d->accepted = true;
		*out = DETECT_ACCEPTED;
	}
	return 0;
}

void detect_score_view(const struct detect_score *d, struct detect_view *out)
{
	*out = (struct detect_view){
		.learning = d->scores.count < LEARN_MIN, .accepted = d->accepted, .value = d->given,
		.baseline = NAN, .score = d->judged, .line = NAN, .worst = d->worst, .loss_pct = NAN,
	};
	gate_view(&d->gate, out);
}

/* ---- the limits in words ---- */

static void add_gate(struct thresholds *t, const char *name, const struct gate_rule *g)
{
	char deep[100] = "", plunge[100] = "";

	if (g->depth_k != g->count_k || g->depth_n != g->count_n)
		snprintf(deep, sizeof(deep), ", or %u of %u at %g times its depth", g->depth_k, g->depth_n, g->depth_line);
	if (g->plunge_line > 0)
		snprintf(plunge, sizeof(plunge), ", or %d in a row at %g times%s", GATE_PLUNGE_SAMPLES, g->plunge_line,
			 g->plunge_critical ? ", the newer critical" : "");
	threshold_add(t, name, "%u of %u samples below the line%s%s, or a slow slope: CUSUM above %g (slack %g)",
		      g->count_k, g->count_n, deep, plunge, g->sum_limit, g->sum_slack);
}

void detect_season_thresholds(struct thresholds *t)
{
	const struct gate_rule *fine = gate_rule_for(0);

	threshold_add(t, "line of a sampled signal",
		      "%d deviations (at least %g%%) below the median of its week slot in %d weeks; critical below "
		      "%g%% of it",
		      LINE_SIGMAS, 100 * FLOOR_SHARE, WEEKS, 100 * CRITICAL_SHARE);
	add_gate(t, "sampled signal suspected", fine);
	add_gate(t, "hourly signal suspected", gate_rule_for(WEEK_S));
	threshold_add(t, "sampled signal back", "%u samples in a row less than %g of the way down to the line",
		      fine->out_n, fine->out_line);
}
