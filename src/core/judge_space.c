/* What counts as lost, overlaps once.
 *
 * Prefixes nest or are disjoint, so those expected form a forest: in address order, shorter first, every subtree is a
 * run of neighbours. Each network owns the part of its space that no more-specific one covers; a group's space is the
 * sum of what its networks own, and nothing counts twice. A network that is down is not lost while a less-specific one
 * (longer than /8, /16 in IPv6) or a full set of more-specific ones still reaches it: re-homing is not loss
 * (detection.md 4).
 *
 * Sums are kept by differences; when the set of expected networks changes all are made anew, once, before anybody
 * reads. */
#include "judge_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { DEPTH_MAX = 130 };

static const struct prefix *prefix_of(const struct judge *j, int net)
{
	return &j->rib->nets[net].prefix;
}

/* ---- the order ---- */

struct keyed {
	struct prefix p;
	int net;
};

static int by_prefix(const void *a, const void *b)
{
	return prefix_cmp(&((const struct keyed *)a)->p, &((const struct keyed *)b)->p);
}

/* Sort the new networks and merge them in from behind. */
static void order_settle(struct judge *j)
{
	size_t old = j->order_count, count = j->net_count, fresh = count - old;

	j->order_dirty = false;
	if (fresh == 0)
		return;
	struct keyed *added = xcalloc(fresh, sizeof(*added));
	for (size_t i = 0; i < fresh; i++)
		added[i] = (struct keyed){*prefix_of(j, (int)(old + i)), (int)(old + i)};
	qsort(added, fresh, sizeof(*added), by_prefix);
	mem_grow(&j->order, &j->order_cap, count, sizeof(*j->order));
	for (size_t at = count; fresh > 0; at--) {
		bool take_old = old > 0 && prefix_cmp(prefix_of(j, j->order[old - 1]), &added[fresh - 1].p) > 0;
		j->order[at - 1] = take_old ? j->order[--old] : added[--fresh].net;
	}
	free(added);
	j->order_count = count;
	for (size_t i = 0; i < count; i++)
		j->nets[j->order[i]].pos = (int32_t)i;
}

/* ---- lost or not ---- */

/* A default route or a /8 covers everything and says nothing. by: NET_COVERS or NET_COVERS_D. */
static bool covers_others(const struct judge *j, int net, unsigned by)
{
	const struct prefix *p = prefix_of(j, net);

	return (j->nets[net].flags & by) && p->len > (p->family == 6 ? 16 : 8);
}

static bool covered_above(const struct judge *j, int net, unsigned by)
{
	for (int up = j->nets[net].parent; up >= 0; up = j->nets[up].parent)
		if (covers_others(j, up, by))
			return true;
	return false;
}

/* One past the last network inside `net`, as a position. */
static size_t subtree_end(const struct judge *j, int net)
{
	size_t at = (size_t)j->nets[net].pos + 1;

	while (at < j->order_count && prefix_covers(prefix_of(j, net), prefix_of(j, j->order[at])))
		at++;
	return at;
}

/* Do more-specific networks that are up fill it? */
static bool covered_below(const struct judge *j, int net, unsigned by)
{
	size_t end;

	if (j->nets[net].own > 0)
		return false;
	end = subtree_end(j, net);
	for (size_t at = (size_t)j->nets[net].pos + 1; at < end;) {
		int inner = j->order[at];
		if (!(j->nets[inner].flags & NET_A_EXPECTED))
			at++;
		else if (j->nets[inner].flags & by)
			at = subtree_end(j, inner);
		else if (j->nets[inner].own > 0)
			return false;
		else
			at++;
	}
	return true;
}

/* A network that has been down for days beside its aggregate is not known to be lost when that turns suspect: only when
 * it is down as well. */
static unsigned losses_of(const struct judge *j, int net)
{
	static const struct { unsigned bad, covers, gone, lost; } kinds[] = {
		{NET_BAD_SD, NET_COVERS, NET_GONE_SD, NET_LOST_SD},
		{NET_BAD_D, NET_COVERS_D, NET_GONE_D, NET_LOST_D},
	};
	unsigned flags = j->nets[net].flags, out = 0;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!(flags & NET_A_EXPECTED) || !(flags & kinds[i].bad) || covered_above(j, net, kinds[i].covers))
			continue;
		out |= kinds[i].gone | (covered_below(j, net, kinds[i].covers) ? 0 : kinds[i].lost);
	}
	return out;
}

struct wall judge_net_fell(const struct judge *j, int net)
{
	const struct net *n = &j->nets[net];

	return n->trouble && wall_is_set(j->troubles[n->trouble - 1].t50) ? j->troubles[n->trouble - 1].t50
									  : wall_from_s(n->since_s);
}

int judge_lost_by(const struct judge *j, int net)
{
	int last = net;

	for (int up = j->nets[net].parent; up >= 0; up = j->nets[up].parent)
		if ((j->nets[up].flags & NET_BAD_SD) && judge_net_fell(j, up).ms > judge_net_fell(j, last).ms)
			last = up;
	return last;
}

/* ---- sums ---- */

static void add_to(struct sums *s, unsigned flags, double own, unsigned sign)
{
	double signed_own = sign == 1 ? own : -own;

	s->watched += flags & NET_A_WATCHED ? sign : 0;
	s->known += flags & NET_A_KNOWN ? sign : 0;
	s->fresh += flags & NET_A_FRESH ? sign : 0;
	s->expected += flags & NET_A_EXPECTED ? sign : 0;
	s->restored += flags & NET_A_RESTORED ? sign : 0;
	s->unstable += flags & NET_A_UNSTABLE ? sign : 0;
	s->lost_sd += flags & NET_LOST_SD ? sign : 0;
	s->lost_d += flags & NET_LOST_D ? sign : 0;
	s->space += flags & NET_A_EXPECTED ? signed_own : 0;
	s->gone_sd += flags & NET_GONE_SD ? signed_own : 0;
	s->gone_d += flags & NET_GONE_D ? signed_own : 0;
}

/* The network's flags become `flags`: move it from one sum to the other in each of its groups. */
static void reaccount(struct judge *j, int net, unsigned flags)
{
	struct net *n = &j->nets[net];
	int groups[MEMBERSHIPS_MAX];
	size_t count = judge_groups_of(j, net, groups);
	int family = judge_family(j, net);

	for (size_t i = 0; i < count; i++) {
		struct sums *s = &j->groups[groups[i]]->sums[family];
		add_to(s, n->flags, n->own, -1U);
		add_to(s, flags, n->own, 1);
	}
	n->flags = flags;
}

static void relose(struct judge *j, int net)
{
	unsigned flags = (j->nets[net].flags & ~(unsigned)NET_A_LOSSES) | losses_of(j, net);

	if (flags != j->nets[net].flags)
		reaccount(j, net, flags);
}

static void relose_relatives(struct judge *j, int net)
{
	size_t end = subtree_end(j, net);

	relose(j, net);
	for (size_t at = (size_t)j->nets[net].pos + 1; at < end; at++)
		relose(j, j->order[at]);
	for (int up = j->nets[net].parent; up >= 0; up = j->nets[up].parent)
		relose(j, up);
}

static unsigned accounted(const struct judge *j, int net, int64_t ms)
{
	const struct net *n = &j->nets[net];
	const struct trouble *tr = n->trouble ? &j->troubles[n->trouble - 1] : NULL;
	bool watched = n->home >= 0 && !(n->flags & NET_FORGOTTEN);
	bool expected = watched && (n->flags & NET_EXPECTED) && !(n->flags & NET_LOCAL);
	bool looked = watched && (n->flags & NET_LOOKED);
	double v0 = usual_median(&n->usual);
	bool below = tr && tr->v < (v0 > 0 && v0 < 0.71 ? 0.7 * v0 : 0.5);
	unsigned flags = 0;

	flags |= watched ? NET_A_WATCHED : 0;
	flags |= watched && (n->flags & (NET_LOOKED | NET_RESTORED)) ? NET_A_KNOWN : 0;
	flags |= looked && !(n->flags & NET_FROZEN) ? NET_A_FRESH : 0;
	flags |= expected ? NET_A_EXPECTED : 0;
	flags |= expected && (n->flags & NET_VERSED) ? NET_A_RESTORED : 0;
	flags |= expected && tr && judge_net_unstable(tr, ms) ? NET_A_UNSTABLE : 0;
	flags |= expected && (n->phase == PHASE_DOWN || (n->phase == PHASE_SUSPECT && below)) ? NET_BAD_SD : 0;
	flags |= expected && n->phase == PHASE_DOWN ? NET_BAD_D : 0;
	bool reaches = n->phase == PHASE_LEARNING ? tr && tr->v >= 0.5 : n->phase != PHASE_DOWN;
	flags |= expected && looked && reaches ? NET_COVERS_D : 0;
	flags |= expected && looked && reaches && !below ? NET_COVERS : 0;
	return flags;
}

void judge_account(struct judge *j, int net, int64_t ms)
{
	const unsigned all = NET_A_COUNTED | NET_BAD_SD | NET_BAD_D | NET_COVERS | NET_COVERS_D;
	unsigned old = j->nets[net].flags, flags = accounted(j, net, ms), changed = (old ^ flags) & all;

	if (!changed)
		return;
	if (changed & (NET_A_WATCHED | NET_A_EXPECTED))
		j->space_dirty = true;
	flags |= old & ~all;
	if (j->space_dirty) {
		j->nets[net].flags = flags;
		return;
	}
	reaccount(j, net, flags);
	if (changed & (NET_COVERS | NET_COVERS_D))
		relose_relatives(j, net);
	else if (changed & (NET_BAD_SD | NET_BAD_D))
		relose(j, net);
}

/* ---- all anew ---- */

static void forest_settle(struct judge *j)
{
	int stack[DEPTH_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < j->order_count; i++) {
		struct net *n = &j->nets[j->order[i]];
		const struct prefix *p = prefix_of(j, j->order[i]);
		while (depth > 0 && !prefix_covers(prefix_of(j, stack[depth - 1]), p))
			depth--;
		n->parent = depth > 0 ? stack[depth - 1] : -1;
		n->own = 0;
		if (!(n->flags & NET_A_EXPECTED))
			continue;
		n->own = (float)prefix_space(p);
		if (n->parent >= 0)
			j->nets[n->parent].own -= n->own;
		if (depth < DEPTH_MAX)
			stack[depth++] = j->order[i];
	}
}

void judge_space_settle(struct judge *j)
{
	int groups[MEMBERSHIPS_MAX];

	if (j->order_dirty)
		order_settle(j);
	if (!j->space_dirty)
		return;
	j->space_dirty = false;
	forest_settle(j);
	for (size_t g = 0; g < j->group_count; g++)
		memset(j->groups[g]->sums, 0, sizeof(j->groups[g]->sums));
	for (size_t i = 0; i < j->net_count; i++) {
		struct net *n = &j->nets[i];
		if (n->home < 0)
			continue;
		n->flags = (n->flags & ~(unsigned)NET_A_LOSSES) | losses_of(j, (int)i);
		size_t count = judge_groups_of(j, (int)i, groups);
		for (size_t k = 0; k < count; k++)
			add_to(&j->groups[groups[k]]->sums[judge_family(j, (int)i)], n->flags, n->own, 1);
	}
}
