/* The timers, and the troubles that most of them belong to.
 *
 * A binary heap with one entry a network or group, so that a run costs what is due and no scan. Equal times go by
 * number, groups after networks: the order of the log must not depend on the order of insertion. A trouble is the
 * memory of a disturbed network: given when something happens to it, given back when it has been quiet for an hour; its
 * penalty for going down (half-life 15 min, as in RFC 2439) and its blips make it flapping or unstable. */
#include "judge_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/signature.h"

/* ---- the heap ---- */

static bool before(const struct timer *a, const struct timer *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms;
	if (a->group != b->group)
		return b->group;
	return a->id < b->id;
}

static size_t *place_of(struct judge *j, int id, bool group)
{
	if (group)
		return &j->groups[id]->area.heap;
	struct trouble *tr = judge_trouble(j, id);
	return tr ? &tr->heap : NULL;
}

static void put(struct judge *j, size_t at, struct timer t)
{
	j->heap[at] = t;
	*place_of(j, t.id, t.group) = at + 1;
}

static void sift(struct judge *j, size_t at)
{
	struct timer t = j->heap[at];

	while (at > 0 && before(&t, &j->heap[(at - 1) / 2])) {
		put(j, at, j->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < j->heap_count && before(&j->heap[child + 1], &j->heap[child]))
			child++;
		if (child >= j->heap_count || !before(&j->heap[child], &t))
			break;
		put(j, at, j->heap[child]);
		at = child;
	}
	put(j, at, t);
}

static void drop(struct judge *j, size_t at)
{
	*place_of(j, j->heap[at].id, j->heap[at].group) = 0;
	struct timer last = j->heap[--j->heap_count];
	if (at == j->heap_count)
		return;
	put(j, at, last);
	sift(j, at);
}

void judge_timer_set(struct judge *j, int id, bool group, int64_t due_ms)
{
	size_t *place = place_of(j, id, group);

	if (!place || (*place == 0 && due_ms == NO_CLOCK))
		return;
	if (due_ms == NO_CLOCK) {
		drop(j, *place - 1);
		return;
	}
	if (*place == 0) {
		mem_grow(&j->heap, &j->heap_cap, j->heap_count + 1, sizeof(*j->heap));
		*place = ++j->heap_count;
	}
	j->heap[*place - 1] = (struct timer){due_ms, id, group};
	sift(j, *place - 1);
}

int64_t judge_timer_next(const struct judge *j)
{
	return j->heap_count ? j->heap[0].due_ms : INT64_MAX;
}

bool judge_timer_pop(struct judge *j, int64_t until_ms, struct timer *out)
{
	if (judge_timer_next(j) > until_ms)
		return false;
	*out = j->heap[0];
	drop(j, 0);
	return true;
}

/* ---- flapping ---- */

double judge_penalty(const struct trouble *tr, int64_t ms)
{
	return tr->penalty > 0 ? tr->penalty * exp2(-(double)(ms - tr->penalty_ms) / (double)FLAP_HALF_MS) : 0;
}

/* When the penalty will have sunk to `to`; NO_CLOCK: it has. */
int64_t judge_penalty_reaches(const struct trouble *tr, double to)
{
	return tr->penalty > to ? tr->penalty_ms + 1 + (int64_t)((double)FLAP_HALF_MS * log2(tr->penalty / to))
				: NO_CLOCK;
}

bool judge_net_unstable(const struct trouble *tr, int64_t ms)
{
	int64_t third = tr->blip_ms[BLIPS_KEPT - 1];

	return tr->flapping || (third != NO_CLOCK && ms - third < HOUR_MS);
}

void judge_punish(struct trouble *tr, int64_t ms)
{
	tr->penalty = judge_penalty(tr, ms) + FLAP_STEP;
	tr->penalty_ms = ms;
	if (tr->penalty >= FLAP_ON)
		tr->flapping = true;
}

static char *flap_words(char dst[RULE_MAX])
{
	snprintf(dst, RULE_MAX, "flap penalty below %g (detection.md 4)", FLAP_OFF);
	return dst;
}

/* It flapped, and stayed down (or degraded): the flapping ended with the last fall, and an outage of its own began there. */
static void flap_into(struct judge *j, int net, struct trouble *tr, const struct moment *m)
{
	bool down = j->nets[net].phase == PHASE_DOWN;
	struct event *ev = judge_event(j, tr->event_id);
	struct wall start = down ? tr->fell : tr->t70, since = ev ? ev->start : WALL_NONE;
	char note[120], day[WALL_TEXT_MAX], rule[RULE_MAX];

	if (!wall_is_set(start))
		start = m->t;
	int64_t error_ms = down ? tr->fell_error_ms : judge_since_whole(tr, start);
	tr->was_down = down;
	if (ev && (ev->kind != VERDICT_UNSTABLE || start.ms <= since.ms)) {
		judge_net_refresh(j, net, tr, m); /* it never came back between: one outage */
		return;
	}
	if (ev) {
		judge_net_evidence(j, net, ev, flap_words(rule), m->t);
		event_name(j->book, ev, 0, down ? "Stayed down from then on." : "Stayed degraded from then on.", m->now);
		event_resolve(j->book, ev, start, 0, m->now);
	}
	ev = judge_net_begin(j, net, tr, start, error_ms, m);
	if (wall_is_set(since)) {
		snprintf(note, sizeof(note), "Flap, then die: unstable since %s UTC.", wall_format_day_hm(day, since));
		event_name(j->book, ev, down ? SIGNATURE_FLAP : 0, down ? note : "", m->now);
	}
	judge_net_report(j, net, tr, start, flap_words(rule), m);
}

/* Flapping is over when the penalty has sunk and the network stands still: what is on its way decides by where it comes to. */
void judge_flap_check(struct judge *j, int net, struct trouble *tr, const struct moment *m)
{
	enum phase phase = j->nets[net].phase;
	char rule[RULE_MAX];

	if (!tr->flapping || judge_penalty(tr, m->now.mono.ms) >= FLAP_OFF ||
	    (phase != PHASE_UP && phase != PHASE_DOWN && phase != PHASE_PARTIAL))
		return;
	tr->flapping = false;
	if (phase == PHASE_UP)
		judge_net_resolve(j, net, tr, flap_words(rule), m);
	else
		flap_into(j, net, tr, m);
}

/* ---- trouble comes and goes ---- */

struct trouble *judge_trouble(struct judge *j, int net)
{
	return j->nets[net].trouble ? &j->troubles[j->nets[net].trouble - 1] : NULL;
}

struct trouble *judge_trouble_need(struct judge *j, int net)
{
	struct net *n = &j->nets[net];

	if (n->trouble)
		return &j->troubles[n->trouble - 1];
	if (!j->trouble_free) {
		mem_grow(&j->troubles, &j->trouble_cap, j->trouble_count + 1, sizeof(*j->troubles));
		j->troubles[j->trouble_count++] = (struct trouble){.net = -1};
		j->trouble_free = (uint32_t)j->trouble_count;
	}
	n->trouble = j->trouble_free;
	struct trouble *tr = &j->troubles[n->trouble - 1];
	j->trouble_free = tr->next_free;
	*tr = (struct trouble){
		.net = net,
		.v = NAN,
		.t90 = WALL_NONE,
		.t70 = WALL_NONE,
		.t50 = WALL_NONE,
		.fell = WALL_NONE,
		.back = WALL_NONE,
		.full = WALL_NONE,
		.history = WALL_NONE,
	};
	for (int c = 0; c < COND_COUNT; c++)
		tr->clocks[c] = NO_CLOCK;
	for (int b = 0; b < BLIPS_KEPT; b++)
		tr->blip_ms[b] = NO_CLOCK;
	return tr;
}

bool judge_trouble_is_over(const struct judge *j, int net, const struct trouble *tr, int64_t ms)
{
	bool blips = tr->blip_ms[0] != NO_CLOCK && ms - tr->blip_ms[0] < HOUR_MS;

	return j->nets[net].phase == PHASE_UP && !tr->event_id && !tr->flapping && !wall_is_set(tr->t90) && !blips &&
	       judge_penalty(tr, ms) < FLAP_GONE;
}

void judge_trouble_release(struct judge *j, int net)
{
	struct trouble *tr = judge_trouble(j, net);

	judge_timer_set(j, net, false, NO_CLOCK);
	tr->net = -1;
	tr->next_free = j->trouble_free;
	j->trouble_free = j->nets[net].trouble;
	j->nets[net].trouble = 0;
}

void judge_troubles_shrink(struct judge *j)
{
	size_t used = 0;

	for (size_t i = 0; i < j->trouble_count; i++)
		used += j->troubles[i].net >= 0;
	if (j->trouble_cap > 64 && used * 4 < j->trouble_cap) {
		size_t cap = used * 2 > 16 ? used * 2 : 16, n = 0;
		struct trouble *kept = xcalloc(cap, sizeof(*kept));
		for (size_t i = 0; i < j->trouble_count; i++) {
			if (j->troubles[i].net < 0)
				continue;
			kept[n++] = j->troubles[i];
			j->nets[j->troubles[i].net].trouble = (uint32_t)n;
		}
		free(j->troubles);
		j->troubles = kept;
		j->trouble_count = n;
		j->trouble_cap = cap;
		j->trouble_free = 0;
	}
	if (j->heap_cap > 64 && j->heap_count * 4 < j->heap_cap) {
		j->heap_cap = j->heap_count * 2 > 16 ? j->heap_count * 2 : 16;
		j->heap = xrealloc(j->heap, j->heap_cap, sizeof(*j->heap));
	}
}

void judge_net_clocks_stop(struct judge *j, struct trouble *tr)
{
	for (int c = 0; c < COND_COUNT; c++)
		tr->clocks[c] = NO_CLOCK;
	judge_timer_set(j, tr->net, false, NO_CLOCK);
}
