/* Gaps (detection.md 8): what is not seen is not judged.
 *
 * A network is blocked while the feed or our own line is gone, too few peers vote, or its snapshot is due. It freezes:
 * clocks stop, its event is unverified, its state is stale. When it is seen again it resumes in its old phase, and
 * whatever changed meanwhile is dated by an interval: the gap. Dwell clocks begin anew, since nobody saw the condition
 * hold. A restart is a gap that began when the state was saved. */
#include "judge_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define PEERS_SAMPLES 12     /* an hour: as much must be known of the number of peers to miss half of them */
#define SILENCE_MS    MIN_MS /* a feed is called down after so long: what was last heard is the last that is known */

/* ---- may it be judged? ---- */

bool judge_blocked(const struct judge *j, int family)
{
	return j->feed != FEED_OK || j->line == LINE_BLIND || j->peers[family].few;
}

bool judge_tracked(const struct judge *j, int family)
{
	return (j->feed == FEED_OK || j->feed == FEED_LATE) && !j->peers[family].few;
}

bool judge_too_few(const struct judge *j, int family)
{
	const struct peers *p = &j->peers[family];
	bool known = p->usual.samples >= PEERS_SAMPLES;

	return p->n < PEERS_MIN || (known && p->n < 0.5 * p->usual.median);
}

void judge_eligible(struct judge *j, int family, unsigned n)
{
	j->peers[family].n = n;
	j->peers[family].few = judge_too_few(j, family);
}

void judge_why(const struct judge *j, int family, char *dst, size_t cap)
{
	if (j->feed != FEED_OK || j->line == LINE_BLIND)
		snprintf(dst, cap, "%s",
			 j->line == LINE_BLIND ? "this host is offline"
			 : j->why[0]           ? j->why
					       : "routing feed not fresh");
	else if (j->peers[family].few)
		snprintf(dst, cap, "only %u full-feed peers: cannot judge (need %d)", j->peers[family].n, PEERS_MIN);
	else
		snprintf(dst, cap, "%s", j->why[0] ? j->why : "not looked at since the stream began anew");
}

/* ---- freeze ---- */

void judge_net_freeze(struct judge *j, int net, struct wall at, const struct moment *m)
{
	struct net *n = &j->nets[net];
	struct trouble *tr = judge_trouble(j, net);
	struct event *ev = tr ? judge_event(j, tr->event_id) : NULL;
	char why[160];

	if ((n->flags & (NET_FROZEN | NET_FORGOTTEN)) || !(n->flags & (NET_LOOKED | NET_RESTORED)))
		return;
	n->flags |= NET_FROZEN;
	n->frozen_s = at.ms > 0 ? (uint32_t)wall_to_s(at) : 0;
	if (tr)
		judge_net_clocks_stop(j, tr);
	if (ev) {
		judge_why(j, judge_family(j, net), why, sizeof(why));
		event_unverified(j->book, ev, why, at, m->now);
	}
	judge_net_show(j, net, m);
	judge_account(j, net, m->now.mono.ms);
	judge_area_touch(j, net, &(struct moment){.now = m->now, .t = at});
}

void judge_freeze_all(struct judge *j, struct wall at, bool gap, const struct moment *m)
{
	for (size_t i = 0; i < j->net_count; i++) {
		if (j->nets[i].home < 0)
			continue;
		judge_net_freeze(j, (int)i, at, m);
		if (gap)
			j->nets[i].flags |= NET_GAP;
	}
}

/* ---- resume ---- */

/* What a phase that needs an event means when there is none (the store lost it, or never had it). */
static void without_event(struct judge *j, int net, double v)
{
	struct net *n = &j->nets[net];
	const struct trouble *tr = judge_trouble(j, net);

	if (judge_event(j, tr->event_id))
		return;
	if (n->phase == PHASE_DOWN && v < 0.5)
		n->phase = PHASE_SUSPECT; /* and down again after the dwell, from its old start */
	else if (n->phase == PHASE_DOWN || n->phase == PHASE_PARTIAL || n->phase == PHASE_EASING ||
		 n->phase == PHASE_MENDING)
		n->phase = PHASE_UP;
}

void judge_net_resume(struct judge *j, int net, double v, unsigned n, const struct moment *m)
{
	struct net *x = &j->nets[net];
	struct trouble *tr = judge_trouble_need(j, net);
	bool first = !(x->flags & NET_LOOKED), known = x->flags & NET_RESTORED,
	     gap = (x->flags & NET_GAP) || (first && known);
	struct wall from = gap && x->frozen_s ? wall_from_s(x->frozen_s) : WALL_NONE;

	x->flags = (x->flags | NET_LOOKED) & ~(unsigned)(NET_FROZEN | NET_GAP);
	if (wall_is_set(from) && from.ms > m->t.ms)
		from = m->t;
	struct event *ev = judge_event(j, tr->event_id);
	if (ev)
		event_verified(j->book, ev, m->now);
	tr->v = v;
	tr->n = n;
	if (first && !known)
		tr->gone = judge_net_is_gone(x, tr, m->t);
	if (gap)
		without_event(j, net, v);
	judge_net_step(j, net, v, n, from, m);
}

void judge_look_again(struct judge *j, int family, struct now now)
{
	const struct moment m = {.now = now, .t = now.wall};

	for (size_t i = 0; i < j->net_count; i++) {
		struct visibility vis;
		if (j->nets[i].home < 0 || (family >= 0 && judge_family(j, (int)i) != family) ||
		    rib_needs_snapshot(j->rib, (int)i))
			continue;
		rib_visibility(j->rib, (int)i, &vis);
		judge_net_look(j, (int)i, vis.have, vis.eligible, false, &m);
	}
	judge_settle(j, now);
}

/* ---- the feed and the line ---- */

static bool is_lost(enum feed_state s)
{
	return s != FEED_OK && s != FEED_LATE;
}

/* The last moment of which something is known. */
static struct wall last_known(const struct judge *j, struct now now)
{
	struct wall heard = j->rib->heard;

	return wall_is_set(heard) && heard.ms <= now.wall.ms && heard.ms >= now.wall.ms - SILENCE_MS ? heard : now.wall;
}

void judge_feed(struct judge *j, enum feed_state state, const char *why, struct now now)
{
	enum feed_state was = j->feed;
	const struct moment m = {.now = now, .t = now.wall};

	if (state == was)
		return;
	judge_run(j, now); /* what came before belongs to the old state */
	j->feed = state;
	if (state != FEED_OK && why)
		snprintf(j->why, sizeof(j->why), "%s", why);
	if (state != FEED_OK)
		judge_freeze_all(j, last_known(j, now), is_lost(state), &m);
	if (is_lost(state) && !is_lost(was))
		rib_lost(j->rib);
	if (state == FEED_OK)
		judge_look_again(j, -1, now);
	judge_settle(j, now);
}

void judge_feed_source(struct judge *j, const char *name)
{
	snprintf(j->source, sizeof(j->source), "%s", name);
}

void judge_line(struct judge *j, enum own_line line, struct now now)
{
	const struct moment m = {.now = now, .t = now.wall};

	if (line == j->line)
		return;
	judge_run(j, now);
	bool was_blind = j->line == LINE_BLIND;
	j->line = line;
	if (line == LINE_BLIND)
		judge_freeze_all(j, last_known(j, now), false, &m);
	else if (was_blind)
		judge_look_again(j, -1, now);
	judge_settle(j, now);
}

/* ---- over a restart ---- */

bool judge_remember(const struct judge *j, int net, struct net_memory *out)
{
	static const enum net_state kept[PHASE_COUNT] = {
		[PHASE_LEARNING] = NET_UP,      [PHASE_UP] = NET_UP,     [PHASE_SUSPECT] = NET_UP,
		[PHASE_PARTIAL] = NET_DEGRADED, [PHASE_DOWN] = NET_DOWN, [PHASE_EASING] = NET_DEGRADED,
		[PHASE_MENDING] = NET_DEGRADED,
	};
	const struct net *n = &j->nets[net];
	bool judged = (n->flags & (NET_LOOKED | NET_RESTORED)) && !(n->flags & NET_FORGOTTEN);

	if (n->home < 0 || !judged || (n->phase == PHASE_LEARNING && !(n->flags & (NET_SEEN_UP | NET_LOCAL))))
		return false;
	const struct trouble *tr = n->trouble ? &j->troubles[n->trouble - 1] : NULL;
	*out = (struct net_memory){
		.prefix = j->rib->nets[net].prefix,
		.v0 = usual_median(&n->usual),
		.learned_h = n->usual.hour_count,
		.state = tr && tr->flapping && n->phase != PHASE_DOWN ? NET_FLAPPING : kept[n->phase],
		.since = n->since_s ? wall_from_s(n->since_s) : WALL_NONE,
		.saved = n->flags & NET_FROZEN && n->frozen_s ? wall_from_s(n->frozen_s) : j->now,
	};
	return true;
}

void judge_restore(struct judge *j, int net, const struct net_memory *mem)
{
	if (net < 0 || (size_t)net >= j->net_count)
		return;
	struct net *n = &j->nets[net];
	bool known = mem->v0 > 0 && mem->v0 <= 1;
	const struct moment m = {.now = {.wall = mem->saved, .mono = {j->clock_ms}}, .t = mem->saved};

	if ((n->flags & (NET_LOOKED | NET_RESTORED | NET_FORGOTTEN)) || n->home < 0 || !wall_is_set(mem->saved) ||
	    (!known && mem->state != NET_DOWN))
		return;
	n->flags |= NET_RESTORED | NET_FROZEN | NET_GAP;
	n->frozen_s = mem->saved.ms > 0 ? (uint32_t)wall_to_s(mem->saved) : 0;
	if (known)
		usual_fill(&n->usual, mem->v0, mem->learned_h);
	if (known && mem->learned_h >= DAY_H)
		n->flags |= NET_VERSED;
	else if (known)
		judge_groups_learned(j, net, mem->learned_h);
	if (known && mem->v0 < LOCAL_V0) {
		n->flags |= NET_LOCAL;
	} else {
		n->flags |= NET_SEEN_UP | NET_EXPECTED;
		n->phase = mem->state == NET_DOWN ? PHASE_DOWN : PHASE_UP;
	}
	if (mem->state == NET_DOWN && wall_is_set(mem->since)) {
		struct trouble *tr = judge_trouble_need(j, net);
		tr->t50 = tr->fell = mem->since;
	}
	judge_net_show(j, net, &m);
	n->since_s = wall_is_set(mem->since) && mem->since.ms > 0 ? (uint32_t)wall_to_s(mem->since) : n->frozen_s;
	judge_account(j, net, j->clock_ms);
	judge_area_touch(j, net, &m);
	j->adopt_dirty = true;
}

/* ---- open events of the book ---- */

static enum event_state under(const struct event *ev)
{
	return ev->state == EVENT_UNVERIFIED ? ev->before_unverified : ev->state;
}

static bool in_territory(const struct judge *j, int net, const char *territory)
{
	int groups[MEMBERSHIPS_MAX];
	size_t count = judge_groups_of(j, net, groups);

	for (size_t i = 0; i < count; i++)
		if (strcmp(j->groups[groups[i]]->territory, territory) == 0)
			return true;
	return false;
}

/* An event that was saved while it was open was last seen when it last changed, at the latest known. */
static struct wall last_seen(const struct event *ev, struct now now)
{
	return wall_is_set(ev->changed)            ? ev->changed
	       : wall_is_set(ev->unverified_since) ? ev->unverified_since
						   : now.wall;
}

/* Its networks say better when they were last seen, if they were saved too. */
static struct wall group_last_seen(const struct judge *j, const struct group *g, const struct event *ev, struct now now)
{
	uint32_t first = UINT32_MAX;

	for (size_t i = 0; i < g->net_count; i++) {
		const struct net *n = &j->nets[g->nets[i]];
		if ((n->flags & NET_FROZEN) && !(n->flags & NET_LOOKED) && n->frozen_s && n->frozen_s < first)
			first = n->frozen_s;
	}
	return first != UINT32_MAX ? wall_from_s(first) : last_seen(ev, now);
}

static void adopt_net(struct judge *j, struct event *ev, struct now now)
{
	struct prefix p;
	int net = prefix_parse(ev->subject, strlen(ev->subject), &p) ? rib_find(j->rib, &p) : -1;

	if (net < 0 || (size_t)net >= j->net_count || j->nets[net].home < 0 || !in_territory(j, net, ev->territory))
		return;
	struct net *n = &j->nets[net];
	struct trouble *tr = judge_trouble_need(j, net);
	if (tr->event_id || (n->flags & NET_FORGOTTEN))
		return;
	const struct moment m = {.now = now, .t = now.wall};
	struct wall seen = last_seen(ev, now);
	bool partial = ev->kind == VERDICT_PARTIAL, easing = under(ev) == EVENT_EASING;
	tr->event_id = ev->id;
	tr->was_down = !partial;
	tr->t50 = tr->t70 = ev->start;
	tr->t90 = wall_is_set(ev->start) ? (struct wall){ev->start.ms - ev->start_error_ms} : WALL_NONE;
	if (easing)
		tr->back = tr->full = ev->easing_since;
	if (ev->kind == VERDICT_UNSTABLE) {
		tr->flapping = true;
		tr->penalty = FLAP_ON;
		tr->penalty_ms = now.mono.ms;
	}
	n->phase = easing ? (partial ? PHASE_MENDING : PHASE_EASING) : partial ? PHASE_PARTIAL : PHASE_DOWN;
	if (!(n->flags & NET_FROZEN) || n->frozen_s == 0)
		n->frozen_s = seen.ms > 0 ? (uint32_t)wall_to_s(seen) : 0;
	n->flags |= NET_SEEN_UP | NET_EXPECTED | NET_RESTORED | NET_FROZEN | NET_GAP;
	judge_net_clocks_stop(j, tr);
	judge_net_show(j, net, &m);
	judge_account(j, net, now.mono.ms);
	judge_area_touch(j, net, &m);
	if (n->flags & NET_LOOKED) { /* the event came after the network had been seen */
		struct visibility vis;
		rib_visibility(j->rib, net, &vis);
		judge_net_look(j, net, vis.have, vis.eligible, rib_needs_snapshot(j->rib, net), &m);
	}
}

static void adopt_group(struct judge *j, struct event *ev, struct now now)
{
	for (size_t i = 0; i < j->group_count; i++) {
		struct group *g = j->groups[i];
		struct area *a = &g->area;
		if (g->scope != ev->scope || strcmp(g->territory, ev->territory) || strcmp(g->subject, ev->subject))
			continue;
		if (a->event_id)
			return;
		enum event_state s = under(ev);
		a->event_id = ev->id;
		a->phase = s == EVENT_EASING ? AREA_EASING : s == EVENT_SUSPECTED ? AREA_SUSPECTED : AREA_CONFIRMED;
		a->outage = ev->kind != VERDICT_UNSTABLE;
		a->reopened = wall_is_set(ev->confirmed);
		a->start = ev->start;
		a->start_error_ms = ev->start_error_ms;
		a->peak[V4] = ev->kind == VERDICT_V6_ONLY ? 0 : ev->loss_peak_pct;
		a->peak[V6] = ev->kind == VERDICT_V4_ONLY ? 0 : ev->loss_peak_pct;
		a->via_asn = ev->via_asn;
		a->since = ev->changed;
		a->frozen = true;
		a->frozen_at = group_last_seen(j, g, ev, now);
		judge_area_reset_clocks(a);
		judge_group_due(j, (int)i, g->dirty_t);
		return;
	}
}

void judge_adopt(struct judge *j, struct now now)
{
	j->adopt_dirty = false;
	for (size_t i = 0; i < j->book->count; i++) {
		struct event *ev = j->book->events[i];
		bool others = ev->kind == VERDICT_DARK || (ev->classes && !(ev->classes & CLASS_R)); /* fusion's */
		if (ev->state != EVENT_UNVERIFIED || others)
			continue;
		if (ev->scope == SCOPE_NETWORK)
			adopt_net(j, ev, now);
		else
			adopt_group(j, ev, now);
	}
	for (size_t i = 0; i < j->group_count; i++) { /* the store does not keep whose operator's a network's event was */
		struct event *ev = j->groups[i]->scope == SCOPE_OPERATOR ? judge_event(j, j->groups[i]->area.event_id) : NULL;
		if (ev)
			judge_area_family(j, (int)i, ev);
	}
}
