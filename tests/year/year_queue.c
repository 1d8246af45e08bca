/* What is to come, soonest first; equal times in the order in which they were put in. */
#include "year_private.h"

static bool before(const struct todo *a, const struct todo *b)
{
	return a->ms != b->ms ? a->ms < b->ms : (int32_t)(a->order - b->order) < 0;
}

void queue_add(struct year *y, int64_t ms, enum what what, unsigned a, size_t b, uint8_t generation)
{
	struct todo t = {.ms = ms, .order = y->queue_order++, .what = (uint16_t)what, .a = (uint16_t)a,
			 .b = (uint32_t)b, .generation = generation};

	if (ms >= y->end_ms)
		return;
	mem_grow(&y->queue, &y->queue_cap, y->queue_count + 1, sizeof(*y->queue));
	size_t at = y->queue_count++;
	for (; at > 0 && before(&t, &y->queue[(at - 1) / 2]); at = (at - 1) / 2)
		y->queue[at] = y->queue[(at - 1) / 2];
	y->queue[at] = t;
}

int64_t queue_due(const struct year *y)
{
	return y->queue_count ? y->queue[0].ms : NEVER_MS;
}

bool queue_next(struct year *y, int64_t until_ms, struct todo *out)
{
	if (queue_due(y) > until_ms)
		return false;
	*out = y->queue[0];
	struct todo last = y->queue[--y->queue_count];
	size_t at = 0;
	for (;;) {
		size_t child = 2 * at + 1;
		if (child + 1 < y->queue_count && before(&y->queue[child + 1], &y->queue[child]))
			child++;
		if (child >= y->queue_count || !before(&y->queue[child], &last))
			break;
		y->queue[at] = y->queue[child];
		at = child;
	}
	y->queue[at] = last;
	return true;
}
