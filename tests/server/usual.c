/* What is usual in a country, and what happens to it: signals with the habit of a day and a week, before the scenario
 * began as well, with seeded noise, so that a detector has something to learn from. Nothing is stored: each value is a
 * function of the scenario and of time. */
#include "world.h"

#include <math.h>

#include "base/mem.h"

#define DAY_S     86400
#define TWO_PI    6.283185307179586
#define WEEKEND   0.92 /* of a weekday's traffic */
#define FIRST_SUN 3    /* 1970-01-04 was a Sunday: days since then, modulo 7 */

enum { PARTS = 5 }; /* of a bucket, looked at each for the mean */

/* How each signal behaves: swing of the day (a share of the mean), noise (one sigma, as a share), and whether people
 * make it. */
static const struct {
	double swing, noise;
	bool people;
} habits[WORLD_SIGNALS] = {
	[SIGNAL_PING] = {0, 0.004, false},    [SIGNAL_TELESCOPE] = {0.15, 0.03, false},
	[SIGNAL_TRAFFIC] = {0.3, 0.02, true}, [SIGNAL_DNS] = {0.3, 0.02, true},
	[SIGNAL_ATTACKS] = {0, 0.6, false},
};

double world_draw(uint64_t seed, uint64_t a, uint64_t b)
{
	uint64_t z =
		seed * 0x9e3779b97f4a7c15u + a * 0xbf58476d1ce4e5b9u + b * 0x94d049bb133111ebu + 0x632be59bd9b4e019u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

unsigned world_count_up(const struct world *w, int country, uint8_t family, int64_t t)
{
	unsigned n = 0;
	for (size_t i = 0; i < w->net_count; i++)
		n += w->ases[w->nets[i].as].country == country && (!family || w->nets[i].prefix.family == family) &&
		     world_net_up(&w->nets[i], t);
	return n;
}

uint32_t world_origin(const struct world *w, const struct world_net *n)
{
	return n->origin ? n->origin : w->ases[n->as].asn;
}

static double share_up(const struct world *w, int country, int64_t t)
{
	unsigned all = 0;
	for (size_t i = 0; i < w->net_count; i++)
		all += w->ases[w->nets[i].as].country == country;
	return all ? (double)world_count_up(w, country, 0, t) / all : 0;
}

double world_factor(const struct world *w, int country, enum world_signal signal, int64_t t)
{
	const struct world_country *c = &w->countries[country];
	double now = NAN;
	for (size_t i = 0; i < c->slope_count && c->slopes[i].t_ms <= t; i++) {
		const struct world_slope *s = &c->slopes[i];
		if (s->signal != signal)
			continue;
		if (isnan(now))
			now = share_up(w, country, s->t_ms - 1);
		/* a slope ends where the next one of this signal begins */
		int64_t stop = t;
		for (size_t k = i + 1; k < c->slope_count; k++)
			if (c->slopes[k].signal == signal && c->slopes[k].t_ms < stop) {
				stop = c->slopes[k].t_ms;
				break;
			}
		double done = s->over_ms > 0 ? (double)(stop - s->t_ms) / (double)s->over_ms : 1;
		now += (s->to - now) * fmin(done, 1);
	}
	if (!isnan(now))
		return now;
	return signal == SIGNAL_ATTACKS ? 1 : share_up(w, country, t);
}

/* Standard normal. */
static double draw_normal(uint64_t seed, uint64_t a, uint64_t b)
{
	return sqrt(-2 * log(world_draw(seed, a, b * 2))) * cos(TWO_PI * world_draw(seed, a, b * 2 + 1));
}

double world_signal_at(const struct world *w, int country, enum world_signal signal, int64_t t, int64_t step_ms)
{
	double t_s = (double)t / 1000, usual = 1 + habits[signal].swing * sin(t_s / DAY_S * TWO_PI);
	int64_t day = t / 1000 / DAY_S;
	if (habits[signal].people && ((day - FIRST_SUN) % 7 == 0 || (day - FIRST_SUN) % 7 == 6))
		usual *= WEEKEND;
	double noise =
		draw_normal(w->seed ^ 0x51617, (uint64_t)(country * WORLD_SIGNALS) + signal, (uint64_t)(t / 1000));
	double factor = 0;
	for (int i = 0; i < PARTS; i++)
		factor += world_factor(w, country, signal, t + (2 * i + 1) * step_ms / (2 * PARTS)) / PARTS;
	return usual * fmax(0, 1 + habits[signal].noise * noise) * factor;
}
