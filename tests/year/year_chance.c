/* Chance that is the same on every machine: splitmix64, streams by hashing, no libc. */
#include "year.h"

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

struct chance chance_of(uint64_t seed, uint64_t a, uint64_t b)
{
	return (struct chance){mix(mix(seed + 0x9e3779b97f4a7c15ULL) + mix(a * 0xd1342543de82ef95ULL + 1) + b)};
}

uint64_t chance_bits(struct chance *c)
{
	c->state += 0x9e3779b97f4a7c15ULL;
	return mix(c->state);
}

double chance_uniform(struct chance *c)
{
	return ((double)(chance_bits(c) >> 11) + 0.5) / 9007199254740992.0;
}

bool chance_is(struct chance *c, double p)
{
	return chance_uniform(c) < p;
}

unsigned chance_below(struct chance *c, unsigned n)
{
	return (unsigned)(chance_bits(c) % n);
}

double chance_normal(struct chance *c)
{
	double u = chance_uniform(c);

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * chance_uniform(c));
}

double chance_log_normal(struct chance *c, double median, double p95)
{
	return median * exp(chance_normal(c) * log(p95 / median) / 1.6448536);
}

int64_t chance_wait_ms(struct chance *c, double per_day)
{
	return 1 + (int64_t)(-log(chance_uniform(c)) / per_day * (double)DAY_MS);
}
