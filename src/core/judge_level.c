/* Levels: how much of a group is lost against what it usually has (detection.md 5.1).
 *
 * What is stored is what is missing of the expected, not what is there, so that a network that is new or forgotten
 * moves the baseline by itself. B = expected - the day's median of the missing; loss = 1 - up / B, by space, or by
 * networks where B has fewer than 20 of them. A sample outside 0.8..2 of the prediction is replaced by it, so that an
 * outage does not become the baseline; after 7 days it has. */
#include "judge_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define NETWORKS_FEW 20 /* below: networks alarm, not space */
#define NOISE_SIGMAS 3  /* of what usually comes and goes */
#define INPAINT_LOW  0.8
#define INPAINT_HIGH 2.0
#define INPAINT_MS   (7 * DAY_MS)

/* ---- rules ---- */

static const struct area_rules operator_rules = {
	.suspect = 20,
	.gauge = 5,
	.reopen_ms = 30 * MIN_MS,
	.lines = {{.every = true}, {.loss = 20, .dwell_ms = 2 * MIN_MS}},
	.exits = {{.loss = 10, .dwell_ms = 5 * MIN_MS}},
};
static const struct area_rules territory_rules = {
	.suspect = 5,
	.gauge = 1,
	.reopen_ms = 60 * MIN_MS,
	.lines = {{.loss = AREA_TOTAL_PCT, .dwell_ms = MIN_MS, .networks_min = 2},
		  {.loss = 50, .dwell_ms = 2 * MIN_MS},
		  {.loss = 20, .dwell_ms = 5 * MIN_MS}},
	.exits = {{.loss = 5, .dwell_ms = 15 * MIN_MS}, {.loss = 10, .dwell_ms = 60 * MIN_MS}},
};

/* A territory that is one AS (AS131279, not the country AS) is judged as one. */
const struct area_rules *judge_rules_for(enum event_scope scope, const char *subject)
{
	bool is_as = strncmp(subject, "AS", 2) == 0 && subject[2] >= '0' && subject[2] <= '9';

	return scope == SCOPE_OPERATOR || is_as ? &operator_rules : &territory_rules;
}

/* ---- the rules in words ---- */

char *judge_line_words(char dst[RULE_MAX], const struct area_rules *r, int line)
{
	long long s = r->lines[line].dwell_ms / 1000;

	if (r->lines[line].every)
		snprintf(dst, RULE_MAX, "every network down (detection.md 5.1)");
	else if (r->lines[line].loss >= AREA_TOTAL_PCT)
		snprintf(dst, RULE_MAX, "total loss for %lld s (detection.md 5.1)", s);
	else
		snprintf(dst, RULE_MAX, "loss >= %g%% for %lld s (detection.md 5.1)", r->lines[line].loss, s);
	return dst;
}

char *judge_exit_words(char dst[RULE_MAX], const struct area_rules *r, int exit)
{
	snprintf(dst, RULE_MAX, "loss < %g%% for %lld min", r->exits[exit].loss, (long long)(r->exits[exit].dwell_ms / MIN_MS));
	return dst;
}

static void add_rules(struct thresholds *t, const char *who, const struct area_rules *r)
{
	char name[THRESHOLD_NAME_MAX], lines[THRESHOLD_WORDS_MAX] = "", exits[THRESHOLD_WORDS_MAX] = "", rule[RULE_MAX];
	size_t n = 0;

	for (int i = 0; i < AREA_LINES && judge_is_line(r, i); i++) {
		judge_line_words(rule, r, i);
		rule[strcspn(rule, "(")] = '\0'; /* the page is the same for all */
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "%s%.*s", i ? ", or " : "", (int)strlen(rule) - 1, rule);
	}
	n = 0;
	for (int i = 0; i < AREA_EXITS && r->exits[i].dwell_ms; i++)
		n += (size_t)snprintf(exits + n, sizeof(exits) - n, "%s%s", i ? ", or " : "", judge_exit_words(rule, r, i));
	snprintf(name, sizeof(name), "%s confirmed by routing", who);
	threshold_add(t, name, "%s", lines);
	snprintf(name, sizeof(name), "%s resolved", who);
	threshold_add(t, name, "%s; again within %lld min it is the same event", exits, (long long)(r->reopen_ms / MIN_MS));
}

void judge_area_thresholds(struct thresholds *t)
{
	threshold_add(t, "territory suspected",
		      "loss of %g%%, %d deviations of its noise or one network, whichever is most; of networks below "
		      "%d, else of space",
		      territory_rules.suspect, NOISE_SIGMAS, NETWORKS_FEW);
	add_rules(t, "territory", &territory_rules);
	threshold_add(t, "operator suspected", "loss of %g%%", operator_rules.suspect);
	add_rules(t, "operator", &operator_rules);
}

/* ---- what is usual and what is lost ---- */

bool judge_group_fresh(const struct judge *j, const struct group *g, int family)
{
	const struct sums *s = &g->sums[family];
	unsigned of = g->area.judged ? s->known : s->watched; /* a new network does not blind what is already seen */

	(void)j;
	return of > 0 && s->fresh >= FRESH_SHARE * of;
}

bool judge_group_warm(const struct group *g)
{
	unsigned expected = 0, restored = 0;

	for (int f = 0; f < RIB_FAMILIES; f++) {
		expected += g->sums[f].expected;
		restored += g->sums[f].restored;
		if (g->networks[f] && g->networks[f]->samples >= WARM_SAMPLES)
			return true;
	}
	return expected > 0 && restored >= FRESH_SHARE * expected;
}

/* What is usually missing; nothing while the day is not full. */
static double missing(const struct base *b)
{
	return b && b->samples >= WARM_SAMPLES ? b->median : 0;
}

double judge_baseline_networks(const struct group *g, int family)
{
	return g->sums[family].expected - missing(g->networks[family]);
}

static bool by_networks(const struct group *g, int family)
{
	return judge_baseline_networks(g, family) < NETWORKS_FEW;
}

/* The signal that alarms: what is expected of it, its baseline, what is lost of it. */
struct level {
	double expected, baseline, lost_sd, lost_d;
	const struct base *base;
};

static struct level level_of(const struct group *g, int family)
{
	const struct sums *s = &g->sums[family];

	if (by_networks(g, family))
		return (struct level){s->expected, judge_baseline_networks(g, family), s->lost_sd, s->lost_d,
				      g->networks[family]};
	return (struct level){s->space, s->space - missing(g->space[family]), s->gone_sd, s->gone_d, g->space[family]};
}

static double loss_of(const struct level *l, double lost)
{
	return fmin(100, fmax(0, 100 * (1 - (l->expected - lost) / l->baseline)));
}

/* ---- what a restart forgets ---- */

/* Missing for half a day and more, and of it for a week: as a restart finds it. */
struct gone { double day, week; };

static void add_gone(struct gone *g, double weight, int64_t down_ms)
{
	g->day += down_ms >= DAY_MS / 2 ? weight : 0;
	g->week += down_ms >= INPAINT_MS ? weight : 0;
}

static void recall(struct base **base, double expected, const struct gone *g)
{
	double lost = expected - g->day < INPAINT_LOW * expected ? g->week : g->day;

	if (lost <= 0)
		return;
	if (!*base)
		*base = xcalloc(1, sizeof(**base));
	base_fill(*base, lost, DAY_H);
}

/* The day's samples are gone, but networks remember since when they are down. What was missing for most of that day was
 * usually missing, else a network that was given up days ago is a new loss after each restart. An outage stays one: more than a
 * fifth is usual after seven days only. Until all networks were looked at again, who covers whom is not known: count again. */
static void recall_missing(struct judge *j, struct group *g, int f)
{
	const struct sums *s = &g->sums[f];
	struct gone nets = {0}, space = {0};

	if (g->recalled[f] || s->expected == 0 || s->restored < FRESH_SHARE * s->expected)
		return;
	for (size_t i = 0; i < g->net_count; i++) {
		const struct net *n = &j->nets[g->nets[i]];
		if (judge_family(j, g->nets[i]) != f || !(n->flags & (NET_LOST_SD | NET_GONE_SD)))
			continue;
		int64_t down_ms = j->now.ms - judge_net_fell(j, judge_lost_by(j, g->nets[i])).ms;
		add_gone(&nets, n->flags & NET_LOST_SD ? 1 : 0, down_ms);
		add_gone(&space, n->flags & NET_GONE_SD ? (double)n->own : 0, down_ms);
	}
	recall(&g->networks[f], s->expected, &nets);
	recall(&g->space[f], s->space, &space);
	g->recalled[f] = s->fresh == s->watched;
}

void judge_measure(struct judge *j, struct group *g)
{
	for (int f = 0; f < RIB_FAMILIES; f++) {
		if (judge_group_fresh(j, g, f))
			recall_missing(j, g, f);
		struct level l = level_of(g, f);
		bool known = judge_group_fresh(j, g, f) && g->sums[f].expected > 0 && l.baseline > 0;
		g->area.loss_sd[f] = known ? loss_of(&l, l.lost_sd) : NAN;
		g->area.loss_d[f] = known ? loss_of(&l, l.lost_d) : NAN;
		if (g->area.loss_sd[f] < g->area.residual[f])
			g->area.residual[f] = g->area.loss_sd[f];
	}
}

double judge_suspect_line(const struct group *g, int family)
{
	struct level l = level_of(g, family);
	double line = g->rules->suspect, residual = g->area.residual[family];

	if (g->rules->exits[1].dwell_ms == 0)
		return line + residual - AREA_EPSILON; /* an operator: a plain line */
	if (l.base && l.base->samples >= WARM_SAMPLES && l.baseline > 0)
		line = fmax(line, NOISE_SIGMAS * 100 * l.base->mad / l.baseline);
	if (judge_baseline_networks(g, family) > 0)
		line = fmax(line, 100 / judge_baseline_networks(g, family));
	return fmin(line + residual, 100) - AREA_EPSILON;
}

bool judge_group_unstable(const struct group *g)
{
	unsigned unstable = g->sums[V4].unstable + g->sums[V6].unstable;

	return unstable > 0 && 100 * unstable >= g->rules->gauge * (g->sums[V4].expected + g->sums[V6].expected);
}

/* ---- when was the line crossed? ---- */

struct fall {
	struct wall t50, t90;
	double weight;
	int net;
};

static int by_time(const void *a, const void *b)
{
	const struct fall *x = a, *y = b;

	if (x->t50.ms != y->t50.ms)
		return x->t50.ms < y->t50.ms ? -1 : 1;
	return (x->net > y->net) - (x->net < y->net);
}

static size_t falls_of(const struct judge *j, const struct group *g, int family, struct fall *out)
{
	bool networks = by_networks(g, family);
	size_t n = 0;

	for (size_t i = 0; i < g->net_count; i++) {
		const struct net *x = &j->nets[g->nets[i]];
		unsigned counts = networks ? NET_LOST_SD : NET_GONE_SD;
		if (judge_family(j, g->nets[i]) != family || !(x->flags & counts))
			continue;
		int by = judge_lost_by(j, g->nets[i]);
		const struct trouble *tr = j->nets[by].trouble ? &j->troubles[j->nets[by].trouble - 1] : NULL;
		out[n++] = (struct fall){judge_net_fell(j, by), tr ? tr->t90 : WALL_NONE, networks ? 1 : (double)x->own, g->nets[i]};
	}
	qsort(out, n, sizeof(*out), by_time);
	return n;
}

/* The crossing is that of the network whose loss made it, by the messages' own times: put the losses in their order and
 * see which one reaches the line. Losses that are older than the baseline come first and are in it. */
bool judge_crossing(const struct judge *j, const struct group *g, struct wall *t, int64_t *error_ms)
{
	struct fall *falls = xcalloc(g->net_count + 1, sizeof(*falls));
	bool found = false;

	for (int f = 0; f < RIB_FAMILIES; f++) {
		double line = judge_suspect_line(g, f), sum = 0;
		struct level l = level_of(g, f);
		if (!(g->area.loss_sd[f] >= line))
			continue;
		size_t n = falls_of(j, g, f, falls);
		double need = l.expected - l.baseline * (1 - line / 100) - AREA_EPSILON;
		for (size_t i = 0; i < n; i++) {
			sum += falls[i].weight;
			if (sum < need && i + 1 < n)
				continue;
			if (found && t->ms <= falls[i].t50.ms)
				break;
			*t = falls[i].t50;
			*error_ms = wall_is_set(falls[i].t90) && falls[i].t90.ms < t->ms ? t->ms - falls[i].t90.ms : 0;
			found = true;
			break;
		}
	}
	free(falls);
	return found;
}

/* ---- samples ---- */

/* What a restart remembers less than a day of goes on from there: nothing was usually missing. */
void judge_groups_learned(struct judge *j, int net, unsigned hours)
{
	int groups[MEMBERSHIPS_MAX];
	int family = j->rib->nets[net].prefix.family == 6;
	size_t count = judge_groups_of(j, net, groups);

	for (size_t i = 0; i < count && hours; i++) {
		struct base **bases[] = {&j->groups[groups[i]]->networks[family], &j->groups[groups[i]]->space[family]};
		for (size_t k = 0; k < ARRAY_LEN(bases); k++) {
			if (*bases[k])
				continue;
			*bases[k] = xcalloc(1, sizeof(**bases[k]));
			base_fill(*bases[k], 0, hours);
		}
	}
}

static void sample(struct base **base, double expected, double lost, struct wall t)
{
	if (!*base) {
		*base = xcalloc(1, sizeof(**base));
		(*base)->odd_since = WALL_NONE;
	}
	struct base *b = *base;
	double predicted = expected - b->median, x = expected - lost;
	bool odd = x < INPAINT_LOW * predicted || x > INPAINT_HIGH * predicted;
	if (!odd) {
		b->odd_since = WALL_NONE;
		base_push(b, lost);
	} else if (!wall_is_set(b->odd_since)) {
		b->odd_since = t;
		base_push(b, b->median);
	} else if (t.ms - b->odd_since.ms >= INPAINT_MS) {
		base_fill(b, lost, DAY_H);
	} else {
		base_push(b, b->median);
	}
}

void judge_group_note_up(struct judge *j, struct group *g, struct wall t)
{
	for (int f = 0; f < RIB_FAMILIES; f++) {
		const struct sums *s = &g->sums[f];
		struct series *up = &g->up[f];
		if (g->scope != SCOPE_TERRITORY || !judge_group_fresh(j, g, f) || s->expected == 0)
			continue;
		if (!up->values)
			series_init(up, SAMPLE_MS, DAY_SAMPLES);
		double was = series_at(up, t), is = s->expected - s->lost_sd;
		/* the lowest of the bucket: a minute's outage must show; a time that went back is not drawn */
		if ((isnan(was) || is < was) && series_put(up, t, is) < 0)
			continue;
	}
}

void judge_group_sample(struct judge *j, struct group *g, struct wall t)
{
	for (int f = 0; f < RIB_FAMILIES; f++) {
		const struct sums *s = &g->sums[f];
		if (!judge_group_fresh(j, g, f) || s->expected == 0)
			continue;
		g->recalled[f] = true; /* what is seen from now on says more */
		sample(&g->networks[f], s->expected, s->lost_sd, t);
		sample(&g->space[f], s->space, s->gone_sd, t);
	}
	judge_group_note_up(j, g, t);
}

/* ---- clocks ---- */

void judge_area_reset_clocks(struct area *a)
{
	a->calm_since = NO_CLOCK;
	a->back_since[V4] = a->back_since[V6] = NO_CLOCK;
	for (int e = 0; e < AREA_EXITS; e++)
		a->exit_since[e] = NO_CLOCK;
	for (int f = 0; f < RIB_FAMILIES; f++)
		for (int i = 0; i < AREA_LINES; i++)
			a->line_since[f][i] = NO_CLOCK;
}

static bool below_everywhere(const struct area *a, double loss)
{
	bool known = false;

	for (int f = 0; f < RIB_FAMILIES; f++) {
		if (isnan(a->loss_sd[f]))
			continue;
		if (a->loss_sd[f] >= loss)
			return false;
		known = true;
	}
	return known;
}

void judge_area_clocks(const struct area_step *s)
{
	struct area *a = s->a;
	const struct area_rules *r = s->g->rules;
	int64_t ms = s->m->now.mono.ms;

	for (int f = 0; f < RIB_FAMILIES; f++)
		for (int i = 0; i < AREA_LINES; i++)
			a->line_since[f][i] =
				clock_run(a->line_since[f][i], a->loss_sd[f] >= r->lines[i].loss - AREA_EPSILON, ms);
	for (int f = 0; f < RIB_FAMILIES; f++) {
		int64_t before = a->back_since[f];
		a->back_since[f] = clock_run(before, a->loss_sd[f] < r->exits[0].loss, ms);
		if (before == NO_CLOCK)
			a->back_t[f] = s->m->t;
	}
	for (int e = 0; e < AREA_EXITS; e++) {
		bool below = r->exits[e].dwell_ms && below_everywhere(a, r->exits[e].loss);
		a->exit_since[e] = clock_run(a->exit_since[e], below, ms);
		if (!below)
			a->exit_t[e] = WALL_NONE;
		if (!below || wall_is_set(a->exit_t[e]))
			continue; /* over a gap the first crossing stays, if it still holds */
		bool gap = wall_is_set(s->gap_from) && s->gap_from.ms < s->m->t.ms;
		a->exit_t[e] = gap ? s->gap_from : s->m->t; /* the earlier bound of an end is printed */
		a->exit_error_ms[e] = gap ? s->m->t.ms - s->gap_from.ms : 0;
	}
}

bool judge_group_lost(const struct group *g)
{
	for (int f = 0; f < RIB_FAMILIES; f++)
		if (g->area.loss_sd[f] >= judge_suspect_line(g, f)) /* false for NAN */
			return true;
	return false;
}
