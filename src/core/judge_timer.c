/* The timers: a binary heap with one entry a network or group, so that a run costs what is due and no scan.
 * Equal times go by number, groups after networks: the order of the log must not depend on the order of insertion. */
#include "judge_priv.h"

#include "base/mem.h"

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
