/* Zombie routes: a peer AS that still has a network long after most others lost it is left out of the vote on it.
 *
 * On average a peer misses 2% of the withdrawals, in an outbreak 10 to 17% (detection.md 1.1). Those votes would hold a
 * dead network above the line, so 90 min after at least 70% of the others lost it the rest count as stuck, until their
 * next message about it. Stuck bits are rare: they are kept only for the networks that have some. */
#include "rib_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- the bits ---- */

static size_t stuck_position(const struct rib *r, int net)
{
	size_t low = 0, high = r->stuck_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (r->stuck[mid].net < net)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint64_t *rib_stuck_bits(const struct rib *r, int net)
{
	return r->nets[net].flags & RIB_STUCK ? r->stuck[stuck_position(r, net)].bits : NULL;
}

static uint64_t *stuck_add(struct rib *r, int net)
{
	size_t at = stuck_position(r, net), words = r->family[rib_family_of(&r->nets[net].prefix)].words;

	if (r->nets[net].flags & RIB_STUCK)
		return r->stuck[at].bits;
	mem_grow(&r->stuck, &r->stuck_cap, r->stuck_count + 1, sizeof(*r->stuck));
	memmove(&r->stuck[at + 1], &r->stuck[at], (r->stuck_count - at) * sizeof(*r->stuck));
	r->stuck_count++;
	r->stuck[at] = (struct rib_stuck){net, xcalloc(words, sizeof(uint64_t))};
	r->nets[net].flags |= RIB_STUCK;
	return r->stuck[at].bits;
}

void rib_stuck_drop(struct rib *r, int net)
{
	size_t at = stuck_position(r, net);

	if (!(r->nets[net].flags & RIB_STUCK))
		return;
	free(r->stuck[at].bits);
	memmove(&r->stuck[at], &r->stuck[at + 1], (r->stuck_count - at - 1) * sizeof(*r->stuck));
	r->stuck_count--;
	r->nets[net].flags &= (uint8_t)~RIB_STUCK;
}

void rib_unstick(struct rib *r, const struct rib_as *a, int net)
{
	int f = rib_family_of(&r->nets[net].prefix);
	uint64_t *stuck = rib_stuck_bits(r, net);

	for (int i = a->first; stuck && i >= 0; i = r->sessions[i].next_in_as)
		if (r->sessions[i].col[f] >= 0)
			rib_bit_set(stuck, r->sessions[i].col[f], false);
}

/* ---- the 90 minutes ---- */

/* "At least 70% of the others lost it", said of the peer ASes that still have it. */
static bool is_low(const struct rib *r, const struct rib_net *n)
{
	unsigned all = r->family[rib_family_of(&n->prefix)].eligible, have = (unsigned)n->have + n->stuck;

	return all > 1 && have <= all && 10 * (all - have) >= 7 * (all - 1);
}

static void wait_add(struct rib *r, int net, struct wall t)
{
	if (r->waits_head && r->waits_head * 2 > r->waits_count) {
		r->waits_count -= r->waits_head;
		memmove(r->waits, r->waits + r->waits_head, r->waits_count * sizeof(*r->waits));
		r->waits_head = 0;
	}
	mem_grow(&r->waits, &r->waits_cap, r->waits_count + 1, sizeof(*r->waits));
	r->waits[r->waits_count++] = (struct rib_wait){net, t};
	r->nets[net].flags |= RIB_WAITING;
	rib_due(r, t.ms + RIB_STUCK_MS);
}

static void wait_drop(struct rib *r, int net)
{
	r->nets[net].flags &= (uint8_t)~RIB_WAITING;
	for (size_t i = r->waits_head; i < r->waits_count; i++)
		if (r->waits[i].net == net)
			r->waits[i].net = -1;
}

/* Most peers have it: the others may lose it. A network that three in ten carry at the best of times only seems to fall
 * below the line when a peer or two come or go. */
static bool is_high(const struct rib *r, const struct rib_net *n)
{
	unsigned all = r->family[rib_family_of(&n->prefix)].eligible;

	return 10u * n->have >= 7u * all;
}

/* Keep the moment when most peers lost a network that most had. A network that is low at our first look was not lost
 * before our eyes: who still has it may simply be all who ever had. */
void rib_track_low(struct rib *r, int net, struct wall t)
{
	struct rib_net *n = &r->nets[net];

	if (n->flags & RIB_NEEDS)
		return;
	if (!is_low(r, n)) {
		n->flags = (uint8_t)((n->flags & ~RIB_LOW) | (is_high(r, n) ? RIB_WAS_HIGH : 0));
		if (n->flags & RIB_WAITING)
			wait_drop(r, net);
	} else if (!(n->flags & RIB_LOW)) {
		n->flags |= RIB_LOW;
		if ((n->flags & RIB_WAS_HIGH) && !(n->flags & RIB_WAITING))
			wait_add(r, net, t);
	}
}

static void mark_stuck(struct rib *r, int net, struct wall t)
{
	struct rib_net *n = &r->nets[net];
	struct rib_family *f = &r->family[rib_family_of(&n->prefix)];

	if (n->have == 0 || f->words == 0)
		return;
	rib_flush(r);
	memcpy(stuck_add(r, net), rib_row_bits(f, n->row), f->words * sizeof(uint64_t));
	rib_count_all(r, net);
	rib_step(r, net, t, false);
}

/* The queue is in order of arrival, which is the order of time but for the lag between collectors; that may wait. */
void rib_stuck_run(struct rib *r, struct wall now)
{
	while (r->waits_head < r->waits_count) {
		struct rib_wait w = r->waits[r->waits_head];
		if (w.net >= 0 && now.ms < w.since.ms + RIB_STUCK_MS) {
			rib_due(r, w.since.ms + RIB_STUCK_MS);
			return;
		}
		r->waits_head++;
		if (w.net < 0)
			continue;
		r->nets[w.net].flags &= (uint8_t)~(RIB_WAITING | RIB_WAS_HIGH);
		mark_stuck(r, w.net, now);
	}
	r->waits_head = r->waits_count = 0;
}

void rib_stuck_forget(struct rib *r)
{
	for (size_t i = r->waits_head; i < r->waits_count; i++)
		if (r->waits[i].net >= 0)
			r->nets[r->waits[i].net].flags &= (uint8_t)~RIB_WAITING;
	r->waits_head = r->waits_count = 0;
	for (size_t i = 0; i < r->net_count; i++)
		r->nets[i].flags &= (uint8_t)~RIB_LOW;
}
