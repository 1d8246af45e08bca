/* What is shown: the states of networks, the tallies of groups, and all that views and outputs read.
 *
 * A network's live state is that of its machine; while nothing is known of it now, `stale` is shown on top of it, so
 * that a gap does not forget since when a network has been what it was. Tallies are kept by differences. */
#include "judge_priv.h"

#include <math.h>
#include <string.h>

void judge_thresholds(struct thresholds *t)
{
	judge_net_thresholds(t);
	judge_area_thresholds(t);
	judge_guard_thresholds(t);
}

/* ---- what is shown ---- */

static enum net_state live_of(const struct judge *j, int net)
{
	static const enum net_state shown[PHASE_COUNT] = {
		[PHASE_LEARNING] = NET_UNKNOWN, [PHASE_UP] = NET_UP,     [PHASE_SUSPECT] = NET_DEGRADED,
		[PHASE_PARTIAL] = NET_DEGRADED, [PHASE_DOWN] = NET_DOWN, [PHASE_EASING] = NET_DEGRADED,
		[PHASE_MENDING] = NET_DEGRADED,
	};
	const struct net *n = &j->nets[net];
	const struct trouble *tr = n->trouble ? &j->troubles[n->trouble - 1] : NULL;

	if (!(n->flags & NET_LOOKED) && !(n->flags & NET_RESTORED))
		return NET_UNKNOWN;
	if (n->phase == PHASE_LEARNING && tr && (tr->v >= 0.5 || tr->v >= 0.3))
		return tr->v >= 0.5 ? NET_UP : NET_DEGRADED;
	if (tr && tr->flapping && n->phase != PHASE_DOWN)
		return NET_FLAPPING;
	return shown[n->phase];
}

unsigned *judge_tally_count(struct tally *t, enum net_state s)
{
	unsigned *const counts[NET_STATE_COUNT] = {
		[NET_UNKNOWN] = &t->unknown,   [NET_UP] = &t->up,     [NET_DEGRADED] = &t->degraded,
		[NET_FLAPPING] = &t->flapping, [NET_DOWN] = &t->down, [NET_STALE] = &t->stale,
	};
	return counts[s];
}

void judge_net_show(struct judge *j, int net, const struct moment *m)
{
	struct net *n = &j->nets[net];
	enum net_state live = live_of(j, net);
	int groups[MEMBERSHIPS_MAX], family = judge_family(j, net);

	if (live != n->live) {
		const struct trouble *tr = judge_trouble(j, net);
		bool fell = live == NET_DOWN && tr && wall_is_set(tr->t50);
		struct wall since = fell ? tr->t50 : m->t;
		if (fell && tr->flapping && wall_is_set(tr->fell))
			since = tr->fell; /* of this fall, not of the first of them */
		int64_t s = wall_to_s(since);
		n->since_s = s > 0 ? (uint32_t)s : 0;
		n->live = (uint8_t)live;
	}
	uint8_t shown = (n->flags & NET_FROZEN) && live != NET_UNKNOWN ? NET_STALE : n->live;
	if (shown == n->tallied || (n->flags & NET_FORGOTTEN))
		return;
	size_t count = judge_groups_of(j, net, groups);
	for (size_t i = 0; i < count; i++) {
		struct tally *t = &j->groups[groups[i]]->tally[family];
		--*judge_tally_count(t, n->tallied);
		++*judge_tally_count(t, shown);
	}
	n->tallied = shown;
}

/* ---- views ---- */

void judge_net(const struct judge *j, int net, struct net_view *out)
{
	const struct net *n = &j->nets[net];
	const struct trouble *tr = n->trouble ? &j->troubles[n->trouble - 1] : NULL;
	bool frozen = n->flags & NET_FROZEN;
	uint32_t since = frozen ? n->frozen_s : n->since_s;

	memset(out, 0, sizeof(*out)); /* padding too: views compare these as bytes */
	out->prefix = j->rib->nets[net].prefix;
	out->origin = n->origin;
	out->origin_seen = n->origin_votes ? n->origin_seen : 0;
	out->state = n->flags & NET_FORGOTTEN ? NET_UNKNOWN : (enum net_state)n->tallied;
	out->phase = n->flags & NET_FORGOTTEN ? "forgotten" : frozen ? "unknown" : judge_phase_names[n->phase];
	rib_visibility(j->rib, net, &out->vis);
	out->v0 = judge_net_v0(j, net);
	/* learning, and fewer see it than could ever make it count */
	bool few = n->phase == PHASE_LEARNING && !(n->flags & NET_SEEN_UP) && (n->flags & NET_LOOKED) && out->vis.v > 0;
	out->local = (n->flags & NET_LOCAL) || (few && out->vis.v < LOCAL_V0);
	out->lost = n->flags & NET_LOST_D;
	out->since = since ? wall_from_s(since) : WALL_NONE;
	out->t50 = tr ? tr->t50 : WALL_NONE;
	out->t90 = tr ? tr->t90 : WALL_NONE;
	out->penalty = tr ? judge_penalty(tr, j->clock_ms) : 0;
	out->blips = n->blips;
	out->downs = n->downs;
	out->event_id = tr ? tr->event_id : 0;
}

static double known_baseline(const struct group *g, int family)
{
	bool day = g->networks[family] && g->networks[family]->samples >= WARM_SAMPLES;

	return g->sums[family].expected > 0 && (day || judge_group_warm(g)) ? judge_baseline_networks(g, family) : NAN;
}

static double learned_h(const struct group *g)
{
	unsigned samples = 0;

	if (judge_group_warm(g))
		return 24;
	for (int f = 0; f < RIB_FAMILIES; f++)
		if (g->networks[f] && g->networks[f]->samples > samples)
			samples = g->networks[f]->samples;
	return samples / 12.0;
}

void judge_group_view(const struct judge *j, int group, struct group_view *out)
{
	static const char *const names[] = {
		[AREA_NORMAL] = "normal",
		[AREA_SUSPECTED] = "suspected",
		[AREA_CONFIRMED] = "confirmed",
		[AREA_EASING] = "easing",
	};
	const struct group *g = j->groups[group];
	const struct area *a = &g->area;

	memset(out, 0, sizeof(*out));
	out->v4 = g->tally[V4];
	out->v6 = g->tally[V6];
	out->loss_v4_pct = a->frozen ? NAN : a->loss_sd[V4];
	out->loss_v6_pct = a->frozen ? NAN : a->loss_sd[V6];
	out->loss_pct = a->frozen ? NAN : judge_routing_loss(j, g, true);
	out->down_pct = a->frozen ? NAN : judge_routing_loss(j, g, false);
	out->space_v4 = g->sums[V4].space - g->sums[V4].gone_sd;
	out->space_v6 = g->sums[V6].space - g->sums[V6].gone_sd;
	out->baseline_v4 = known_baseline(g, V4);
	out->baseline_v6 = known_baseline(g, V6);
	out->learned_h = learned_h(g);
	out->since = a->frozen ? a->frozen_at : a->since;
	out->phase = a->frozen ? "unknown" : names[a->phase];
	out->event_id = a->event_id;
	out->via_asn = a->via_asn;
	out->unstable_since = a->unstable_since;
	out->back_v4 = a->split_t[V4];
	out->back_v6 = a->split_t[V6];
	out->up_v4 = g->scope == SCOPE_TERRITORY ? &g->up[V4] : NULL;
	out->up_v6 = g->scope == SCOPE_TERRITORY ? &g->up[V6] : NULL;
}

size_t judge_net_count(const struct judge *j)
{
	return j->net_count;
}

size_t judge_group_count(const struct judge *j)
{
	return j->group_count;
}

const int *judge_group_nets(const struct judge *j, int group, size_t *count)
{
	*count = j->groups[group]->net_count;
	return j->groups[group]->nets;
}

size_t judge_memory(const struct judge *j)
{
	size_t bytes = sizeof(*j) + j->net_cap * sizeof(*j->nets) + j->trouble_cap * sizeof(*j->troubles) +
		       j->group_cap * sizeof(*j->groups) + j->link_cap * sizeof(*j->links) +
		       j->heap_cap * sizeof(*j->heap) + j->order_cap * sizeof(*j->order) +
		       j->suspect_cap * sizeof(*j->suspects) + j->pending_cap * sizeof(*j->pending);

	for (size_t i = 0; i < j->group_count; i++) {
		const struct group *g = j->groups[i];
		bytes += sizeof(*g) + g->net_cap * sizeof(*g->nets);
		for (int f = 0; f < RIB_FAMILIES; f++) {
			bytes += (g->networks[f] ? sizeof(struct base) : 0) + (g->space[f] ? sizeof(struct base) : 0);
			bytes += g->up[f].values ? g->up[f].cap * sizeof(float) : 0;
		}
	}
	return bytes + rib_memory(j->rib);
}
