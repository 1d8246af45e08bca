/* What the judge says to the book: findings, evidence, and which event belongs to which. */
#include "judge_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define WITHDRAWN_PCT 95 /* a few that stay do not make it partial: Egypt 2011 kept one operator of many */
#define VIA_SHARE 0.8 /* of the lost space, detection.md 2.1 */

struct event *judge_event(const struct judge *j, uint32_t id)
{
	struct event *ev = id ? event_by_id(j->book, id) : NULL;

	return ev && (ev->state == EVENT_SUSPECTED || event_state_is_open(ev->state)) ? ev : NULL;
}

/* Routing alone: 50% and 20% are 4 and 3 points, both medium; high needs a second class (detection.md 6). */
static enum confidence confidence_of(double loss_pct)
{
	return loss_pct >= 20 ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
}

/* ---- networks ---- */

struct finding judge_net_finding(const struct judge *j, int net, char subject[PREFIX_TEXT_MAX])
{
	const struct net *n = &j->nets[net];
	const struct trouble *tr = n->trouble ? &j->troubles[n->trouble - 1] : NULL;
	double v0 = usual_median(&n->usual), loss = NAN;
	bool down = n->phase == PHASE_DOWN || (tr && tr->was_down);

	if (n->phase == PHASE_DOWN)
		loss = 100; /* as its territory counts it; a zombie's route is in the evidence, not in the loss */
	else if (tr && !isnan(tr->v))
		loss = 100 * (1 - tr->v / (v0 > 0 ? v0 : 1));
	if (!isnan(loss))
		loss = fmin(100, fmax(0, loss));
	return (struct finding){
		.scope = SCOPE_NETWORK,
		.territory = j->groups[n->home]->territory,
		.subject = prefix_format(subject, &j->rib->nets[net].prefix),
		.kind = tr && tr->flapping ? VERDICT_UNSTABLE
			: down             ? VERDICT_WITHDRAWN
					   : VERDICT_PARTIAL,
		.loss_pct = loss,
		.networks_lost = n->phase == PHASE_DOWN,
		.networks_total = 1,
		.classes = CLASS_R,
		.confidence = confidence_of(loss),
		.via_asn = n->phase == PHASE_DOWN ? rib_top_upstream(j->rib, net) : 0,
	};
}

void judge_net_evidence(struct judge *j, int net, struct event *ev, const char *rule, struct wall t)
{
	struct evidence e = {.time = t};
	char prefix[PREFIX_TEXT_MAX], usual[32] = "", stuck[48] = "";
	const struct trouble *tr = judge_trouble(j, net);
	double v0 = usual_median(&j->nets[net].usual);
	struct visibility vis;

	rib_visibility(j->rib, net, &vis);
	if (v0 > 0)
		snprintf(usual, sizeof(usual), ", usual %.2f", v0);
	if (vis.stuck)
		snprintf(stuck, sizeof(stuck), ", %u stuck left out", vis.stuck);
	double v = tr && !isnan(tr->v) ? tr->v : vis.v;
	unsigned n = tr && !isnan(tr->v) ? tr->n : vis.eligible;
	snprintf(e.source, sizeof(e.source), "%s", j->source);
	snprintf(e.rule, sizeof(e.rule), "%s", rule);
	snprintf(e.value, sizeof(e.value), "visibility %.2f (%.0f of %u peer ASes from %u collector%s%s%s)", v, v * n, n,
		 vis.collectors, text_plural(vis.collectors), stuck, usual);
	snprintf(e.url, sizeof(e.url), "https://stat.ripe.net/widget/looking-glass#w.resource=%s",
		 prefix_format(prefix, &j->rib->nets[net].prefix));
	event_evidence(j->book, ev, &e);
}

/* Whose children its networks and operators are: from suspicion on; when they are folded is the book's rule (core/event.h). */
static const struct event *group_event(const struct judge *j, int group)
{
	const struct group *g = j->groups[group];

	return g->area.phase != AREA_NORMAL ? judge_event(j, g->area.event_id) : NULL;
}

void judge_net_parent(struct judge *j, int net, struct event *ev)
{
	int groups[MEMBERSHIPS_MAX];
	size_t count = judge_groups_of(j, net, groups);

	for (size_t i = 0; i < count; i++) {
		const struct event *up = group_event(j, groups[i]);
		if (!up || strcmp(up->territory, ev->territory) != 0)
			continue;
		if (up->scope == SCOPE_OPERATOR)
			event_set_operator(j->book, ev, up);
		else
			event_set_parent(j->book, ev, up);
	}
}

/* ---- operators and territories ---- */

static enum verdict_kind only(int family)
{
	return family == V6 ? VERDICT_V6_ONLY : VERDICT_V4_ONLY;
}

/* One family lost while the other is intact has its own name. Otherwise the families weigh by their networks: /24s and
 * /48s do not add up. */
static struct finding routing_finding(const struct judge *j, const struct group *g, bool suspects_too)
{
	const struct area *a = &g->area;
	const double *loss = suspects_too ? a->loss_sd : a->loss_d;
	struct finding f = {
		.scope = g->scope,
		.territory = g->territory,
		.subject = g->subject,
		.kind = VERDICT_PARTIAL,
		.classes = CLASS_R,
		.via_asn = a->via_asn,
	};
	double sum = 0, weight = 0;
	bool blind = false; /* to a family: what it adds is not known */

	(void)j;
	for (int i = 0; i < RIB_FAMILIES; i++) {
		const struct sums *s = &g->sums[i];
		unsigned lost = a->outage ? (suspects_too ? s->lost_sd : s->lost_d) : s->unstable;
		double base = judge_baseline_networks(g, i);
		if (a->outage && loss[i] >= judge_suspect_line(g, i) && a->loss_sd[!i] < g->rules->exits[0].loss) {
			f.kind = only(i);
			f.loss_pct = loss[i];
			f.networks_lost = lost;
			f.networks_total = s->expected;
			f.confidence = confidence_of(f.loss_pct);
			return f;
		}
		f.networks_lost += lost;
		f.networks_total += s->expected;
		blind |= isnan(loss[i]) && s->watched > 0;
		if (isnan(loss[i]) || !(base > 0))
			continue;
		sum += loss[i] * base;
		weight += base;
	}
	f.loss_pct = weight > 0 ? sum / weight : NAN;
	f.kind = !a->outage                                            ? VERDICT_UNSTABLE
		 : f.loss_pct >= WITHDRAWN_PCT && !blind ? VERDICT_WITHDRAWN
		 : blind || (a->phase >= AREA_CONFIRMED && !judge_group_lost(g))
			 ? VERDICT_UNKNOWN /* what is not seen, and what is left of it, have no name */
								       : VERDICT_PARTIAL;
	f.confidence = confidence_of(f.loss_pct);
	return f;
}

double judge_routing_loss(const struct judge *j, const struct group *g, bool suspects_too)
{
	return routing_finding(j, g, suspects_too).loss_pct;
}

/* What the other classes say goes into every finding of the territory, so that routing does not take it back. */
struct finding judge_area_finding(const struct judge *j, const struct group *g, bool suspects_too)
{
	struct finding f = routing_finding(j, g, suspects_too);
	const struct judge_opinion *o = &g->opinion;

	if (!g->opined || !g->area.outage)
		return f;
	f.classes |= o->classes;
	f.missing = o->missing;
	f.confidence = o->confidence;
	if (o->kind != VERDICT_UNKNOWN)
		f.kind = o->kind;
	if (o->loss_pct > f.loss_pct) {
		f.loss_pct = o->loss_pct;
		f.loss_class = o->loss_class;
	}
	return f;
}

static void area_url(const struct group *g, char *dst, size_t cap)
{
	bool country = strlen(g->subject) == 2, as = g->rules == judge_rules_for(SCOPE_OPERATOR, g->subject);

	if (country)
		snprintf(dst, cap, "https://stat.ripe.net/widget/country-routing-stats#w.resource=%s", g->subject);
	else if (as)
		snprintf(dst, cap, "https://stat.ripe.net/widget/routing-status#w.resource=%s", g->subject);
	else
		dst[0] = '\0';
}

static void percent(double loss, char dst[16])
{
	if (isnan(loss))
		snprintf(dst, 16, "no data");
	else
		snprintf(dst, 16, "%.1f%%", loss);
}

void judge_area_evidence(struct judge *j, const struct group *g, struct event *ev, const char *rule, struct wall t)
{
	struct evidence e = {.time = t};
	unsigned expected = g->sums[V4].expected + g->sums[V6].expected, down = g->sums[V4].lost_d + g->sums[V6].lost_d,
		 suspect = g->sums[V4].lost_sd + g->sums[V6].lost_sd - down;
	char v4[16], v6[16];

	percent(g->area.loss_sd[V4], v4);
	percent(g->area.loss_sd[V6], v6);
	snprintf(e.source, sizeof(e.source), "%s", j->source);
	snprintf(e.rule, sizeof(e.rule), "%s", rule);
	snprintf(e.value, sizeof(e.value),
		 "%u of %u network%s down, %u more suspect; %.4g of %.4g /24s lost; IPv4 %s, IPv6 %s", down, expected,
		 text_plural(expected), suspect, g->sums[V4].gone_sd, g->sums[V4].space, v4, v6);
	area_url(g, e.url, sizeof(e.url));
	event_evidence(j->book, ev, &e);
}

/* The networks of a territory, and of the operators inside it, lie in it with all their space. */
static void adopt_children(struct judge *j, int group)
{
	const struct event *parent = group_event(j, group);
	const struct group *g = j->groups[group];

	for (size_t i = 0; parent && i < g->net_count; i++) {
		const struct trouble *tr = judge_trouble(j, g->nets[i]);
		struct event *ev = tr ? judge_event(j, tr->event_id) : NULL;
		if (!ev || strcmp(ev->territory, parent->territory) != 0)
			continue;
		if (g->scope == SCOPE_OPERATOR)
			event_set_operator(j->book, ev, parent);
		else
			event_set_parent(j->book, ev, parent);
	}
	for (size_t i = 0; parent && g->scope == SCOPE_TERRITORY && i < j->group_count; i++) {
		struct event *ev = j->groups[i]->parent == group ? judge_event(j, j->groups[i]->area.event_id) : NULL;
		if (ev)
			event_set_parent(j->book, ev, parent);
	}
}

void judge_area_family(struct judge *j, int group, struct event *ev)
{
	int up = j->groups[group]->parent;
	const struct event *parent = up >= 0 ? group_event(j, up) : NULL;

	if (parent)
		event_set_parent(j->book, ev, parent);
	adopt_children(j, group);
}

/* An AS and the lost space that was reached through it. */
struct way { uint32_t asn; double space, distance; };

enum { WAYS_MAX = 512 };

static void way_put(struct way *ways, size_t *count, uint32_t asn, double space, size_t distance)
{
	size_t i = 0;

	while (i < *count && ways[i].asn != asn)
		i++;
	if (i == WAYS_MAX)
		return;
	if (i == *count)
		ways[(*count)++] = (struct way){.asn = asn};
	ways[i].space += space;
	ways[i].distance += space * (double)distance;
}

/* The AS through which more than 80% of what is lost was reached, while it was up: of several the nearest to the origins. */
uint32_t judge_area_via(const struct judge *j, const struct group *g)
{
	double by_id[RIB_UPSTREAM_ASES + 1] = {0}, all = 0;
	struct way ways[WAYS_MAX];
	size_t count = 0, best = WAYS_MAX;

	for (size_t i = 0; i < g->net_count; i++) {
		const struct net *n = &j->nets[g->nets[i]];
		uint32_t asns[RIB_SHARED_ASES];
		if (!(n->flags & NET_GONE_D))
			continue;
		size_t found = rib_shared(j->rib, g->nets[i], asns);
		for (size_t k = 0; k < found; k++)
			way_put(ways, &count, asns[k], (double)n->own, k + 1);
		if (!found) /* of most networks of a large country only the upstream is known */
			by_id[j->rib->nets[g->nets[i]].top] += n->own;
		all += n->own;
	}
	for (unsigned id = 1; id <= RIB_UPSTREAM_ASES; id++)
		if (by_id[id] > 0)
			way_put(ways, &count, j->rib->upstream_asn[id], by_id[id], 1);
	for (size_t i = 0; i < count; i++)
		if (all > 0 && ways[i].space > VIA_SHARE * all &&
		    (best == WAYS_MAX || ways[i].distance / ways[i].space < ways[best].distance / ways[best].space))
			best = i;
	return best < WAYS_MAX ? ways[best].asn : 0;
}
