/* Own checks of single hosts (detection.md 5.4).
 *
 * Trinocular: each question moves the belief that a block is up by Bayes' rule; answered once, a block is as good as
 * up, and how many silences it takes to be down follows from how often it answers when it is. The silence rule:
 * answers that come at a rate r by themselves leave a gap of T hours with chance exp(-r T). */
#include "core/detect.h"
#include "core/threshold.h"

#include <math.h>

#define BELIEF_UP         0.9
#define BELIEF_DOWN       0.1
#define BELIEF_START      0.5
#define BELIEF_EDGE       0.01 /* never surer than that, or one answer could not turn it */
#define ANSWER_WHEN_DOWN  0.01 /* detection.md 5.4 */
#define AVAILABILITY_LEAST 0.3
#define AVAILABILITY_MOST 0.99 /* one lost packet does not prove an outage */

#define SILENCE_MEMORY_MS (INT64_C(7) * 86400000)
#define SILENCE_LEARN     10
#define SILENCE_CHANCE    1e-4
#define HOUR_MS           3600000.0

struct detect_belief detect_belief_init(double availability)
{
	double a = isnan(availability) ? 0 : fmin(fmax(availability, 0), AVAILABILITY_MOST);

	return (struct detect_belief){.up = BELIEF_START, .availability = a};
}

enum detect_answer detect_belief_state(const struct detect_belief *b)
{
	if (b->availability < AVAILABILITY_LEAST)
		return DETECT_ANSWER_UNSURE;
	if (b->up > BELIEF_UP)
		return DETECT_ANSWER_UP;
	return b->up < BELIEF_DOWN ? DETECT_ANSWER_DOWN : DETECT_ANSWER_UNSURE;
}

enum detect_answer detect_belief_update(struct detect_belief *b, bool answered)
{
	double if_up = answered ? b->availability : 1 - b->availability;
	double if_down = answered ? ANSWER_WHEN_DOWN : 1 - ANSWER_WHEN_DOWN;

	if (b->availability >= AVAILABILITY_LEAST) {
		double up = b->up * if_up;
		b->up = fmin(fmax(up / (up + (1 - b->up) * if_down), BELIEF_EDGE), 1 - BELIEF_EDGE);
	}
	return detect_belief_state(b);
}

void detect_silence_answer(struct detect_silence *s, struct wall t)
{
	if (!wall_is_set(t) || t.ms < 0 || (s->begun && t.ms <= s->last.ms))
		return;
	if (!s->begun) {
		*s = (struct detect_silence){.first = t, .last = t, .begun = true};
		return; /* opens the first interval */
	}
	s->weight = s->weight * exp(-(double)(t.ms - s->last.ms) / (double)SILENCE_MEMORY_MS) + 1;
	s->last = t;
	s->answers++;
}

/* Answers with weight exp(-age / M) over the integral of that weight since the first: the mean rate of about the last
 * M. As of the last answer, so that the silence itself does not lower what it is measured by. */
double detect_silence_rate(const struct detect_silence *s)
{
	if (s->answers < SILENCE_LEARN)
		return NAN;
	double memory_h = (double)SILENCE_MEMORY_MS / HOUR_MS;
	double span = (double)(s->last.ms - s->first.ms) / (double)SILENCE_MEMORY_MS;
	return s->weight / (memory_h * -expm1(-span));
}

double detect_silence_chance(const struct detect_silence *s, struct wall now)
{
	double rate = detect_silence_rate(s);

	if (isnan(rate) || !wall_is_set(now))
		return NAN;
	return now.ms <= s->last.ms ? 1 : exp(-rate * (double)(now.ms - s->last.ms) / HOUR_MS);
}

bool detect_silence_alarm(const struct detect_silence *s, struct wall now)
{
	return detect_silence_chance(s, now) < SILENCE_CHANCE; /* NAN is not */
}

void detect_belief_thresholds(struct thresholds *t)
{
	threshold_add(t, "host down",
		      "belief that it is up below %g after repeated checks (Trinocular), up again above %g",
		      BELIEF_DOWN, BELIEF_UP);
	threshold_add(t, "silence", "sparse answers stop for so long that the chance of it is below 1e%.0f",
		      log10(SILENCE_CHANCE));
}
