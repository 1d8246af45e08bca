/* The judge: life, who belongs where, and the run loop.
 *
 * One run takes the rib's journal and the timers and plays them in the order of time: a message that says it is 40 s
 * old is put 40 s back (never before the last run), and a timer that was due in between fires first. So how often the
 * loop turns, and how many messages come in one read, changes nothing that is written. */
#include "core/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "judge_priv.h"

#define ORIGIN_VOTES_MAX 64 /* a new origin is believed after so many announcements */

/* ---- life ---- */

struct judge *judge_new(struct event_book *book)
{
	struct judge *j = xcalloc(1, sizeof(*j));

	j->book = book;
	j->rib = rib_new();
	j->hold_until_ms = NO_CLOCK;
	j->now = WALL_NONE;
	judge_feed_source(j, "rislive");
	j->adopt_dirty = true;
	for (int f = 0; f < RIB_FAMILIES; f++)
		judge_eligible(j, f, 0);
	rib_journal_on(j->rib);
	return j;
}

static void group_free(struct group *g)
{
	for (int f = 0; f < RIB_FAMILIES; f++) {
		free(g->networks[f]);
		free(g->space[f]);
		series_release(&g->up[f]);
	}
	free(g->nets);
	free(g);
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->group_count; i++)
		group_free(j->groups[i]);
	free(j->groups);
	free(j->nets);
	free(j->troubles);
	free(j->links);
	free(j->heap);
	free(j->order);
	free(j->suspects);
	free(j->pending);
	rib_free(j->rib);
	free(j);
}

struct rib *judge_rib(struct judge *j)
{
	return j->rib;
}

const struct rib *judge_rib_const(const struct judge *j)
{
	return j->rib;
}

/* ---- groups ---- */

int judge_group(struct judge *j, enum event_scope scope, const char *territory, const char *subject, int parent)
{
	for (size_t i = 0; i < j->group_count; i++) {
		const struct group *g = j->groups[i];
		if (g->scope == scope && strcmp(g->territory, territory) == 0 && strcmp(g->subject, subject) == 0)
			return (int)i;
	}
	struct group *g = xcalloc(1, sizeof(*g));
	g->scope = scope;
	text_clean_str(g->territory, sizeof(g->territory), territory);
	text_clean_str(g->subject, sizeof(g->subject), subject);
	g->parent = parent >= 0 && (size_t)parent < j->group_count ? parent : -1;
	g->rules = judge_rules_for(scope, g->subject);
	g->area.frozen = true;
	g->area.frozen_at = g->area.since = g->area.start = WALL_NONE;
	for (int e = 0; e < AREA_EXITS; e++)
		g->area.exit_t[e] = WALL_NONE;
	g->area.split_t[V4] = g->area.split_t[V6] = g->area.unstable_since = WALL_NONE;
	g->area.shaky_since = g->area.past_since = g->area.past_until = WALL_NONE;
	for (int f = 0; f < RIB_FAMILIES; f++)
		g->area.loss_sd[f] = g->area.loss_d[f] = NAN;
	judge_area_reset_clocks(&g->area);
	mem_grow(&j->groups, &j->group_cap, j->group_count + 1, sizeof(*j->groups));
	j->groups[j->group_count++] = g;
	j->adopt_dirty = true;
	return (int)j->group_count - 1;
}

int judge_territory_of(const struct judge *j, int group)
{
	while (group >= 0 && j->groups[group]->scope != SCOPE_TERRITORY)
		group = j->groups[group]->parent;
	return group;
}

int judge_family(const struct judge *j, int net)
{
	return rib_family_of(&j->rib->nets[net].prefix);
}

static void add_group(const struct judge *j, int group, int *out, size_t *n)
{
	for (; group >= 0; group = j->groups[group]->parent) {
		for (size_t i = 0; i < *n; i++)
			if (out[i] == group)
				return;
		if (*n < MEMBERSHIPS_MAX)
			out[(*n)++] = group;
	}
}

/* The operator first, then its territory, then further ones. */
size_t judge_groups_of(const struct judge *j, int net, int out[MEMBERSHIPS_MAX])
{
	const struct net *x = &j->nets[net];
	size_t n = 0;

	add_group(j, x->home, out, &n);
	for (int32_t l = x->links; l; l = j->links[l - 1].next)
		add_group(j, j->links[l - 1].group, out, &n);
	return n;
}

/* ---- networks ---- */

/* The rib's numbers are ours: whoever watches a prefix in the rib alone leaves one here that is in no group. */
static void nets_settle(struct judge *j)
{
	size_t count = rib_count(j->rib);

	if (count == j->net_count)
		return;
	mem_grow(&j->nets, &j->net_cap, count, sizeof(*j->nets));
	for (; j->net_count < count; j->net_count++)
		j->nets[j->net_count] = (struct net){.home = -1, .parent = -1, .phase = PHASE_LEARNING};
	j->order_dirty = j->space_dirty = true;
}

static void list_put(struct judge *j, int group, int net)
{
	struct group *g = j->groups[group];
	struct tally *t = &g->tally[judge_family(j, net)];

	mem_grow(&g->nets, &g->net_cap, g->net_count + 1, sizeof(*g->nets));
	g->nets[g->net_count++] = net;
	t->total++;
	++*judge_tally_count(t, j->nets[net].tallied);
}

static bool has(const int *list, size_t n, int x)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == x)
			return true;
	return false;
}

static void join(struct judge *j, int net, int group)
{
	struct net *n = &j->nets[net];
	int before[MEMBERSHIPS_MAX], after[MEMBERSHIPS_MAX];
	size_t old = judge_groups_of(j, net, before);

	if (has(before, old, group))
		return;
	if (n->home < 0 || j->groups[group]->parent == n->home) {
		n->home = group; /* an operator stands for its territory too */
	} else if (old < MEMBERSHIPS_MAX - 1) {
		mem_grow(&j->links, &j->link_cap, j->link_count + 1, sizeof(*j->links));
		j->links[j->link_count++] = (struct link){group, 0};
		int32_t *tail = &n->links;
		while (*tail)
			tail = &j->links[*tail - 1].next;
		*tail = (int32_t)j->link_count;
	}
	size_t now = judge_groups_of(j, net, after);
	for (size_t i = 0; i < now; i++)
		if (!has(before, old, after[i]))
			list_put(j, after[i], net);
	j->space_dirty = true;
	for (size_t i = 0; i < now; i++) {
		if (has(before, old, after[i]))
			continue;
		j->groups[after[i]]->joined = true;
		judge_group_due(j, after[i], j->now);
	}
}

static void remember_again(struct judge *j, int net)
{
	struct net *n = &j->nets[net];
	int groups[MEMBERSHIPS_MAX];
	size_t count = judge_groups_of(j, net, groups);

	n->flags = 0;
	n->phase = PHASE_LEARNING;
	n->live = n->tallied = NET_UNKNOWN;
	n->usual = (struct usual){0};
	for (size_t i = 0; i < count; i++) {
		j->groups[groups[i]]->tally[judge_family(j, net)].total++;
		j->groups[groups[i]]->tally[judge_family(j, net)].unknown++;
	}
	j->space_dirty = true;
}

int judge_watch(struct judge *j, int group, const struct prefix *p, uint32_t origin)
{
	int net = rib_watch(j->rib, p);

	nets_settle(j);
	if (j->nets[net].flags & NET_FORGOTTEN)
		remember_again(j, net);
	if (origin)
		j->nets[net].origin = origin;
	if (group >= 0 && (size_t)group < j->group_count)
		join(j, net, group);
	judge_account(j, net, j->clock_ms);
	j->adopt_dirty = true;
	return net;
}

void judge_origin(struct judge *j, int net, uint32_t asn)
{
	if (net < 0 || (size_t)net >= j->net_count || asn == 0)
		return;
	struct net *n = &j->nets[net];
	if (n->origin_votes == 0)
		n->origin_seen = asn;
	if (n->origin_seen != asn)
		n->origin_votes--;
	else if (n->origin_votes < ORIGIN_VOTES_MAX)
		n->origin_votes++;
}

void judge_history(struct judge *j, int net, struct wall last_seen, int64_t error_ms)
{
	if (net < 0 || (size_t)net >= j->net_count || !wall_is_set(last_seen))
		return;
	const struct net *n = &j->nets[net];
	if (n->phase != PHASE_LEARNING || (n->flags & (NET_SEEN_UP | NET_LOCAL | NET_FORGOTTEN)))
		return; /* we know better */
	struct trouble *tr = judge_trouble_need(j, net);
	tr->history = last_seen;
	tr->history_error_ms = error_ms > 0 ? error_ms : 0;
	if (!(n->flags & NET_LOOKED) || (n->flags & NET_FROZEN))
		return;
	tr->gone |= judge_net_is_gone(n, tr, wall_is_set(j->now) ? j->now : last_seen);
	if (tr->gone)
		judge_timer_set(j, net, false, j->clock_ms);
}

void judge_forget(struct judge *j, int net)
{
	if (net < 0 || (size_t)net >= j->net_count || (j->nets[net].flags & NET_FORGOTTEN))
		return;
	struct net *n = &j->nets[net];
	struct trouble *tr = judge_trouble(j, net);
	const struct moment m = {.now = {{j->clock_ms}, j->now}, .t = j->now};
	struct event *ev = tr ? judge_event(j, tr->event_id) : NULL;
	int groups[MEMBERSHIPS_MAX];
	size_t count = judge_groups_of(j, net, groups);
	if (ev) /* it did not end before our eyes */
		event_unverified(j->book, ev, "no longer watched", j->now, m.now);
	if (tr)
		judge_trouble_release(j, net);
	for (size_t i = 0; i < count; i++) {
		struct tally *t = &j->groups[groups[i]]->tally[judge_family(j, net)];
		t->total--;
		--*judge_tally_count(t, n->tallied);
	}
	n->flags |= NET_FORGOTTEN;
	judge_account(j, net, j->clock_ms);
	judge_area_touch(j, net, &m);
}

/* ---- the run ---- */

/* The moment at program time ms, seen from now. */
static struct moment moment_at(int64_t ms, struct now now)
{
	struct moment m = {.now = {{ms}, {now.wall.ms - (now.mono.ms - ms)}}};

	m.t = m.now.wall;
	return m;
}

void judge_group_due(struct judge *j, int group, struct wall t)
{
	struct group *g = j->groups[group];

	g->dirty_t = t;
	if (g->dirty)
		return;
	g->dirty = true;
	mem_grow(&j->pending, &j->pending_cap, j->pending_count + 1, sizeof(*j->pending));
	j->pending[j->pending_count++] = group;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* By number, so that a territory comes before its operators: they ask for its event. */
void judge_settle(struct judge *j, struct now now)
{
	size_t count = j->pending_count;

	judge_space_settle(j);
	j->is_touched = false;
	if (count == 0)
		return;
	qsort(j->pending, count, sizeof(*j->pending), by_number);
	for (size_t i = 0; i < count; i++) {
		const struct group *g = j->groups[j->pending[i]];
		if (g->dirty) /* else a timer of its own came first */
			judge_area_step(j, j->pending[i],
					&(struct moment){.now = now, .t = wall_is_set(g->dirty_t) ? g->dirty_t : now.wall});
	}
	j->pending_count = 0;
}

/* What networks did in one moment is done: their groups take their step before anything of ms, or of another t, happens. */
static bool settle_moment(struct judge *j, int64_t ms, struct wall t)
{
	if (!j->is_touched || (j->touched.now.mono.ms == ms && j->touched.t.ms == t.ms))
		return false;
	judge_settle(j, j->touched.now);
	return true;
}

static void sample_net(struct judge *j, int net)
{
	struct net *n = &j->nets[net];
	bool up = n->phase == PHASE_UP, learning = n->phase == PHASE_LEARNING;
	struct visibility vis;

	if (n->home < 0 || !(n->flags & NET_LOOKED) || (n->flags & (NET_FROZEN | NET_FORGOTTEN)) || !(up || learning))
		return;
	rib_visibility(j->rib, net, &vis);
	if (isnan(vis.v) || (learning && (n->flags & NET_SEEN_UP) && vis.v < 0.5))
		return;
	usual_push(&n->usual, vis.v);
	if (up && vis.v >= 0.9 * usual_median(&n->usual))
		rib_note_top_upstream(j->rib, net);
	if (learning && !(n->flags & NET_SEEN_UP) && n->usual.hour_count > 0 && vis.v > 0 &&
	    usual_median(&n->usual) < LOCAL_V0)
		n->flags |= NET_LOCAL;
}

static void sample_all(struct judge *j, const struct moment *m)
{
	bool nets_too = (m->t.ms + SAMPLE_MS / 2) / SAMPLE_MS % (NET_SAMPLE_MS / SAMPLE_MS) == 0;

	judge_settle(j, m->now);
	judge_troubles_shrink(j);
	for (size_t i = 0; nets_too && i < j->net_count; i++)
		sample_net(j, (int)i);
	for (size_t i = 0; i < j->group_count; i++) {
		judge_group_sample(j, j->groups[i], m->t);
		judge_area_step(j, (int)i, m); /* the baseline may have moved */
	}
	for (int f = 0; f < RIB_FAMILIES; f++) {
		struct peers *p = &j->peers[f];
		if (j->feed != FEED_OK || p->n == 0)
			continue;
		base_push(&p->usual, p->n);
		bool few = judge_too_few(j, f);
		if (few == p->few)
			continue;
		p->few = few;
		judge_look_again(j, f, m->now);
	}
}

/* From t to the next sample: on whole steps of wall time, but never twice when the two clocks drift a little. */
static int64_t to_sample(struct wall t)
{
	int64_t into = t.ms % SAMPLE_MS, left = SAMPLE_MS - (into < 0 ? into + SAMPLE_MS : into);

	return left < SAMPLE_MS / 2 ? left + SAMPLE_MS : left;
}

static void run_due(struct judge *j, int64_t until_ms, struct now now)
{
	struct timer t;

	for (;;) {
		int64_t next = judge_timer_next(j), at = next < j->sample_ms ? next : j->sample_ms;
		at = at < until_ms ? at : until_ms;
		if (at > j->touched.now.mono.ms && settle_moment(j, at, moment_at(at, now).t))
			continue; /* which may have set timers */
		if (j->sample_ms <= next && j->sample_ms <= until_ms) {
			struct moment m = moment_at(j->sample_ms, now);
			j->clock_ms = j->sample_ms;
			j->sample_ms += to_sample(m.now.wall);
			sample_all(j, &m);
			continue;
		}
		if (!judge_timer_pop(j, until_ms, &t))
			return;
		j->clock_ms = t.due_ms > j->clock_ms ? t.due_ms : j->clock_ms;
		struct moment m = moment_at(j->clock_ms, now);
		settle_moment(j, j->clock_ms, m.t);
		if (t.group || !j->is_touched)
			judge_settle(j, m.now);
		if (t.group)
			judge_area_step(j, t.id, &m);
		else
			judge_net_due(j, t.id, &m);
	}
}

static void play(struct judge *j, const struct rib_step *s, const struct moment *m)
{
	if (s->net >= 0)
		judge_net_look(j, s->net, s->have, s->eligible, s->needs, m);
	else if (s->net == RIB_MARK_ELIGIBLE)
		judge_eligible(j, s->have, s->eligible);
	else
		judge_freeze_all(j, m->t, true, m);
}

static void play_journal(struct judge *j, struct now now)
{
	size_t count;
	const struct rib_step *steps = rib_journal_take(j->rib, &count);

	for (size_t i = 0; i < count; i++) {
		struct wall t = wall_is_set(steps[i].t) ? steps[i].t : now.wall;
		int64_t ms = now.mono.ms - (now.wall.ms - t.ms);
		ms = ms < j->clock_ms ? j->clock_ms : ms > now.mono.ms ? now.mono.ms : ms;
		run_due(j, ms, now);
		j->clock_ms = ms;
		struct moment m = moment_at(ms, now);
		m.t = t;
		settle_moment(j, ms, t);
		play(j, &steps[i], &m);
	}
}

struct wall judge_run(struct judge *j, struct now now)
{
	nets_settle(j);
	if (!j->started || now.mono.ms - j->clock_ms > DAY_MS) { /* a day unseen has no samples to make up for */
		j->started = true;
		j->clock_ms = now.mono.ms;
		j->sample_ms = now.mono.ms + to_sample(now.wall);
	}
	j->now = now.wall;
	if (j->adopt_dirty)
		judge_adopt(j, now);
	struct wall rib_due_at = rib_tick(j->rib, now.wall);
	play_journal(j, now);
	run_due(j, now.mono.ms, now);
	settle_moment(j, NO_CLOCK, WALL_NONE);
	j->clock_ms = now.mono.ms > j->clock_ms ? now.mono.ms : j->clock_ms;
	judge_settle(j, now);
	int64_t next = judge_timer_next(j);
	next = j->sample_ms < next ? j->sample_ms : next;
	struct wall due = {now.wall.ms + (next > now.mono.ms ? next - now.mono.ms : 0)};
	return wall_is_set(rib_due_at) && rib_due_at.ms < due.ms ? rib_due_at : due;
}
