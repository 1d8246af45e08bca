/* What is usual: the median of a day of samples, in the room of an hour of them and 24.
 *
 * The samples of the running hour are kept, each whole hour leaves its median with the weight of all of them. What is
 * lost is the order inside old hours, which a median of a day hardly sees; what is gained is that a hundred thousand
 * networks have a memory. Gaps simply leave no samples. */
#include "judge_priv.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define USUAL_STEPS 250 /* of visibility in 0..1 */

struct weighted {
	double value;
	unsigned weight;
};

/* By insertion: at most 36 of them, most of them equal, so that most are in place already. */
static void sort(struct weighted *w, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct weighted x = w[i];
		size_t at = i;
		for (; at > 0 && w[at - 1].value > x.value; at--)
			w[at] = w[at - 1];
		w[at] = x;
	}
}

static double weighted_median(struct weighted *w, size_t n)
{
	unsigned all = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		all += w[i].weight;
	sort(w, n);
	for (size_t i = 0; i < n; i++) {
		sum += w[i].weight;
		if (2 * sum == all && i + 1 < n)
			return (w[i].value + w[i + 1].value) / 2;
		if (2 * sum > all)
			return w[i].value;
	}
	return NAN;
}

/* ---- of a network's visibility ---- */

double usual_median(const struct usual *u)
{
	return u->recent_count + u->hour_count ? (double)u->median / USUAL_STEPS : NAN;
}

static uint8_t usual_middle(const struct usual *u, bool whole_day)
{
	struct weighted w[ARRAY_LEN(u->recent) + ARRAY_LEN(u->hours)];
	size_t n = 0;

	for (size_t i = 0; i < u->recent_count; i++)
		w[n++] = (struct weighted){u->recent[i], 1};
	for (size_t i = 0; whole_day && i < u->hour_count; i++)
		w[n++] = (struct weighted){u->hours[i], ARRAY_LEN(u->recent)};
	return (uint8_t)lround(weighted_median(w, n));
}

void usual_push(struct usual *u, double v)
{
	uint8_t value = (uint8_t)lround(fmin(fmax(v, 0), 1) * USUAL_STEPS);
	bool known = u->recent_count + u->hour_count > 0;

	u->recent[u->recent_count++] = value;
	if (known && value == u->median && u->recent_count < ARRAY_LEN(u->recent))
		return; /* nothing leaves, and one more of the median moves no median */
	if (u->recent_count == ARRAY_LEN(u->recent)) {
		if (u->hour_count == ARRAY_LEN(u->hours))
			memmove(u->hours, u->hours + 1, --u->hour_count);
		u->hours[u->hour_count++] = usual_middle(u, false);
		u->recent_count = 0;
	}
	u->median = usual_middle(u, true);
}

void usual_fill(struct usual *u, double v, unsigned hours)
{
	u->median = (uint8_t)lround(fmin(fmax(v, 0), 1) * USUAL_STEPS);
	u->recent_count = 0;
	u->hour_count = (uint8_t)(hours < 1 ? 1 : hours < ARRAY_LEN(u->hours) ? hours : ARRAY_LEN(u->hours));
	memset(u->hours, u->median, sizeof(u->hours));
}

/* ---- of a group's counts ---- */

static size_t base_weighted(const struct base *b, struct weighted *w)
{
	size_t n = 0;

	for (size_t i = 0; i < b->recent_count; i++)
		w[n++] = (struct weighted){b->recent[i], 1};
	for (size_t i = 0; i < b->hour_count; i++)
		w[n++] = (struct weighted){b->hours[i], ARRAY_LEN(b->recent)};
	return n;
}

void base_push(struct base *b, double value)
{
	struct weighted w[ARRAY_LEN(b->recent) + ARRAY_LEN(b->hours)];
	bool same = b->samples > 0 && (double)(float)value == b->median && b->mad == 0;

	b->samples += b->samples < DAY_SAMPLES;
	b->recent[b->recent_count++] = (float)value;
	if (same && b->recent_count < ARRAY_LEN(b->recent))
		return; /* nothing leaves: one more of what most are moves neither median nor scatter */
	if (b->recent_count == ARRAY_LEN(b->recent)) {
		for (size_t i = 0; i < ARRAY_LEN(b->recent); i++)
			w[i] = (struct weighted){b->recent[i], 1};
		if (b->hour_count == ARRAY_LEN(b->hours))
			memmove(b->hours, b->hours + 1, --b->hour_count * sizeof(*b->hours));
		b->hours[b->hour_count++] = (float)weighted_median(w, ARRAY_LEN(b->recent));
		b->recent_count = 0;
	}
	size_t n = base_weighted(b, w);
	b->median = weighted_median(w, n);
	for (size_t i = 0; i < n; i++)
		w[i].value = fabs(w[i].value - b->median);
	b->mad = 1.4826 * weighted_median(w, n);
}

void base_fill(struct base *b, double value, unsigned hours)
{
	b->recent_count = 0;
	b->hour_count = (uint8_t)(hours < ARRAY_LEN(b->hours) ? hours : ARRAY_LEN(b->hours));
	for (size_t i = 0; i < b->hour_count; i++)
		b->hours[i] = (float)value;
	b->samples = (uint16_t)(b->hour_count * ARRAY_LEN(b->recent));
	b->median = value;
	b->mad = 0;
	b->odd_since = WALL_NONE;
}
