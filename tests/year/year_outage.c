/* The outages that are put in (detection.md 1.2): national ones (median 2.8 h, 5% under half an hour, 5% over 22 h), the
 * short ones of single ASes (median 6 min, one in ten over 24), and many of ten minutes to an hour; 5 to 100% of a
 * country; the networks next to each other, as operators hold them. One country has four quiet hours between two. */
#include "year_private.h"

#include <stdlib.h>

#define APART_MS   (4 * HOUR_MS)
#define STAGGER_MS 20000 /* of a partial loss */
#define FEW        20    /* networks: below, they count and not their space (detection.md 5.1) */

static const double sizes[] = {0.05, 0.10, 0.20, 0.25, 0.35, 0.50, 0.80, 1, 1, 1};

static int64_t duration_of(struct chance *c)
{
	double kind = chance_uniform(c);

	if (kind < 0.40)
		return (int64_t)(chance_log_normal(c, 2.8, 22) * (double)HOUR_MS);
	if (kind < 0.65)
		return (int64_t)(chance_log_normal(c, 6, 35) * (double)MIN_MS);
	return 10 * MIN_MS + (int64_t)(chance_is(c, 0.4) ? 0 : chance_uniform(c) * 50 * (double)MIN_MS);
}

/* ---- which networks, and how much that is ---- */

static double loss_of(const struct year *y, const struct country *k, const bool *lost)
{
	double worst = 0;

	for (int f = 0; f < YEAR_FAMILIES; f++) {
		unsigned nets = 0, gone = 0;
		double space = 0, gone_space = 0;
		for (size_t i = 0; i < k->count; i++) {
			const struct network *n = &y->nets[k->first + i];
			double own = n->is_cover ? 0 : prefix_space(&n->prefix);
			if (net_family(n) != f || !n->born || n->local)
				continue;
			nets++;
			space += own;
			gone += lost[i];
			gone_space += lost[i] ? own : 0;
		}
		if (nets == 0)
			continue;
		double loss = nets < FEW ? 100.0 * gone / nets : 100 * gone_space / space;
		worst = loss > worst ? loss : worst;
	}
	return worst;
}

/* A network goes with its aggregate and all that it covers: else it would not be lost. */
static void take(const struct year *y, const struct country *k, size_t net, bool *lost)
{
	size_t root = y->nets[net].cover >= 0 ? (size_t)y->nets[net].cover : net;

	for (size_t i = 0; i <= y->nets[root].parts; i++)
		lost[root + i - k->first] = true;
}

static void choose(struct year *y, struct outage *o, struct chance *c, double size)
{
	const struct country *k = &y->countries[o->country];
	bool *lost = xcalloc(k->count, sizeof(*lost));
	size_t at = chance_below(c, (unsigned)k->count);

	for (size_t i = 0; i < k->count && (size >= 1 || loss_of(y, k, lost) < 100 * size - 1e-9); i++)
		take(y, k, k->first + (at + i) % k->count, lost);
	o->total = true;
	for (size_t i = 0; i < k->count; i++)
		o->total = o->total && lost[i];
	o->loss_pct = o->total ? 100 : loss_of(y, k, lost);
	o->nets = xcalloc(k->count, sizeof(*o->nets));
	for (size_t i = 0; i < k->count; i++)
		if (lost[i])
			o->nets[o->net_count++] = k->first + i;
	free(lost);
}

/* ---- begin, end ---- */

static void plan(struct year *y, unsigned country)
{
	struct chance c = chance_of(y->config.seed, FOR_OUTAGES, country);
	int64_t at = WARM_DAYS * DAY_MS;

	for (;;) {
		at += APART_MS + chance_wait_ms(&c, 1 / y->config.outage_every_days);
		struct outage o = {.country = country, .start = at, .end = at + duration_of(&c), .majority = NEVER_MS};
		double size = sizes[chance_below(&c, ARRAY_LEN(sizes))];
		if (o.end + HOUR_MS >= y->end_ms)
			return;
		at = o.end;
		o.dark = y->config.signals && chance_is(&c, 0.15);
		choose(y, &o, &c, o.dark ? 1 : size);
		mem_grow(&y->outages, &y->outage_cap, y->outage_count + 1, sizeof(*y->outages));
		y->outages[y->outage_count] = o;
		queue_add(y, o.start, DO_OUTAGE, 0, y->outage_count, 0);
		queue_add(y, o.end, DO_OUTAGE_END, 0, y->outage_count, 0);
		y->outage_count++;
	}
}

void outage_begin(struct year *y)
{
	for (unsigned i = 0; y->config.outages && i < y->config.countries; i++)
		plan(y, i);
}

void outage_do(struct year *y, const struct todo *t)
{
	const struct outage *o = &y->outages[t->b];
	struct chance c = chance_of(y->config.seed + FOR_OUTAGES, t->b, 1);
	bool begins = t->what == DO_OUTAGE;

	signals_outage(y, o, begins);
	if (begins)
		deed_note(y, o->country, o->dark ? "outage, dark" : "outage", (unsigned)o->net_count, o->end);
	for (size_t i = 0; i < o->net_count && !o->dark; i++) {
		int64_t jitter = o->total ? 0 : (int64_t)chance_below(&c, STAGGER_MS);
		queue_add(y, y->ms + jitter, begins ? DO_DOWN : DO_BACK, 0, o->nets[i], 0);
	}
}

void outage_majority(struct year *y, size_t net)
{
	unsigned country = y->nets[net].country;

	for (size_t i = 0; i < y->outage_count; i++) {
		struct outage *o = &y->outages[i];
		if (o->country != country || y->ms < o->start || y->ms >= o->end || y->ms > o->start + 30 * MIN_MS)
			continue;
		for (size_t k = 0; k < o->net_count; k++)
			if (o->nets[k] == net)
				o->majority = y->ms;
	}
}
