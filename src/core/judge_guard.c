/* What makes the judge wait: the common-mode guard (detection.md 6), and the opinion of the other classes.
 *
 * When a quarter of everything that is watched, in five territories or more, or three of eight control prefixes turn
 * suspect within two minutes, the feed is the likelier culprit: confirmations wait for five minutes. Nothing else
 * does: crossings are dated as they come, so that an outage which outlasts the hold begins where it began. */
#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "judge_priv.h"

/* More than 2 of 8 control prefixes; of fewer, more than the same share. */
#define CONTROLS_SHARE 0.25
#define CONTROLS_LEAST 2

void judge_guard_thresholds(struct thresholds *t)
{
	threshold_add(t, "possible feed fault",
		      "within %d min, more than %g%% of the watched networks in %d territories, or more than %g%% of the "
		      "control prefixes: wait %d min",
		      (int)(HOLD_WINDOW_MS / MIN_MS), 100 * HOLD_SHARE, HOLD_TERRITORIES, 100 * CONTROLS_SHARE,
		      (int)(HOLD_MS / MIN_MS));
}

static void hold(struct judge *j, const struct moment *m)
{
	j->hold_until_ms = m->now.mono.ms + HOLD_MS;
	event_note(j->book, NULL, m->t, m->now, "%s", j->hold_words);
}

void judge_guard(struct judge *j, int net, const struct moment *m)
{
	unsigned expected = 0, territories = 0;
	size_t kept = 0;
	int64_t ms = m->now.mono.ms;

	for (size_t i = 0; i < j->suspect_count; i++)
		if (ms - j->suspects[i].ms < HOLD_WINDOW_MS && j->suspects[i].net != net)
			j->suspects[kept++] = j->suspects[i];
	mem_grow(&j->suspects, &j->suspect_cap, kept + 1, sizeof(*j->suspects));
	j->suspects[kept++] = (struct suspect){ms, net};
	j->suspect_count = kept;
	for (size_t g = 0; g < j->group_count; g++)
		if (j->groups[g]->scope == SCOPE_TERRITORY)
			expected += j->groups[g]->sums[V4].expected + j->groups[g]->sums[V6].expected;
	if ((double)kept <= HOLD_SHARE * expected || ms < j->hold_until_ms)
		return;
	for (size_t g = 0; g < j->group_count; g++) {
		bool hit = false;
		for (size_t i = 0; i < kept && !hit && j->groups[g]->scope == SCOPE_TERRITORY; i++)
			hit = judge_territory_of(j, j->nets[j->suspects[i].net].home) == (int)g;
		territories += hit;
	}
	if (territories < HOLD_TERRITORIES)
		return;
	snprintf(j->hold_words, sizeof(j->hold_words),
		 "Possible feed fault: %.0f%% of all networks dropped at once. Holding.",
		 fmin(100, 100.0 * (double)kept / expected));
	hold(j, m);
}

/* ---- control prefixes ---- */

int judge_control(struct judge *j, const struct prefix *p)
{
	int net = judge_watch(j, -1, p, 0);

	if (!(j->nets[net].flags & NET_CONTROL) && j->control_count < CONTROLS_MAX) {
		j->nets[net].flags |= NET_CONTROL;
		j->controls[j->control_count++] = (struct control){.net = net, .below_ms = NO_CLOCK};
	}
	return net;
}

void judge_control_look(struct judge *j, int net, double v, const struct moment *m)
{
	int64_t ms = m->now.mono.ms;
	size_t fell = 0;

	for (size_t i = 0; i < j->control_count; i++) {
		struct control *c = &j->controls[i];
		if (c->net == net && !isnan(v)) {
			bool below = v < 0.5;
			if (below && !c->below && c->seen_up)
				c->below_ms = ms;
			c->below = below;
			c->seen_up |= !below;
		}
		fell += c->below && c->below_ms != NO_CLOCK && ms - c->below_ms < HOLD_WINDOW_MS;
	}
	if (ms < j->hold_until_ms || fell < CONTROLS_LEAST || (double)fell <= CONTROLS_SHARE * (double)j->control_count)
		return;
	snprintf(j->hold_words, sizeof(j->hold_words),
		 "Possible feed fault: %zu of %zu control prefixes dropped at once. Holding.", fell, j->control_count);
	hold(j, m);
}

const char *judge_hold(const struct judge *j, struct now now)
{
	return now.mono.ms < j->hold_until_ms ? j->hold_words : "";
}

/* ---- the other classes ---- */

void judge_opinion(struct judge *j, int group, const struct judge_opinion *o)
{
	if (group < 0 || (size_t)group >= j->group_count)
		return;
	struct group *g = j->groups[group];
	bool moves = o->hold != g->opinion.hold || o->sustain != g->opinion.sustain || o->kind != g->opinion.kind;
	g->opinion = *o;
	g->opined = true;
	if (!moves)
		return;
	judge_group_due(j, group, j->now);
}
