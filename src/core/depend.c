/* What the paths mean: see core/depend.h.
 *
 * Per network, once for each good look: which ASes stand on how many peers' paths. Per territory: each path's crossing of the
 * border is a property of its node, so one pass over the tree, parents first, finds all crossings, and a vote costs nothing
 * more. */
#include "core/depend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "depend_priv.h"

/* ---- one network ---- */

/* An AS on one peer's path, so many ASes from the origin. */
struct hop { uint32_t asn, vote, distance; };

static int by_asn_and_vote(const void *va, const void *vb)
{
	const struct hop *a = va, *b = vb;

	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	if (a->vote != b->vote)
		return a->vote < b->vote ? -1 : 1;
	return (a->distance > b->distance) - (a->distance < b->distance);
}

/* An AS over all paths. */
struct on_paths { uint32_t asn; unsigned votes, upstream_votes; double distance; };

static int nearest_first(const void *va, const void *vb)
{
	const struct on_paths *a = va, *b = vb;

	if (a->distance != b->distance)
		return a->distance < b->distance ? -1 : 1;
	if (a->votes != b->votes)
		return a->votes > b->votes ? -1 : 1;
	return (a->asn > b->asn) - (a->asn < b->asn);
}

static int largest_first(const void *va, const void *vb)
{
	const struct on_paths *a = va, *b = vb;

	if (a->upstream_votes != b->upstream_votes)
		return a->upstream_votes > b->upstream_votes ? -1 : 1;
	return (a->asn > b->asn) - (a->asn < b->asn);
}

/* The ASes of one path with their distance from the origin (0), the origin left out. */
static size_t add_hops(const struct depend *d, uint32_t node, uint32_t vote, struct hop *out)
{
	size_t n = 0, depth = 0;

	for (uint32_t at = node; at; at = d->nodes[at].parent)
		depth++;
	for (uint32_t at = node; d->nodes[at].parent; at = d->nodes[at].parent)
		out[n++] = (struct hop){d->nodes[at].asn, vote, (uint32_t)(--depth)};
	return n;
}

/* Every AS of the slot's votes, once; returns how many. */
static size_t count_ases(const struct depend *d, const struct depend_slot *s, struct on_paths **out)
{
	size_t hops = 0, n = 0;

	for (size_t i = 0; i < s->vote_count; i++)
		for (uint32_t at = s->votes[i]; at; at = d->nodes[at].parent)
			hops++;
	struct hop *all = xcalloc(hops + 1, sizeof(*all));
	struct on_paths *list = xcalloc(hops + 1, sizeof(*list));
	hops = 0;
	for (size_t i = 0; i < s->vote_count; i++)
		hops += add_hops(d, s->votes[i], (uint32_t)i, all + hops);
	qsort(all, hops, sizeof(*all), by_asn_and_vote);
	for (size_t i = 0; i < hops; i++) {
		bool same = i > 0 && all[i].asn == all[i - 1].asn;
		if (same && all[i].vote == all[i - 1].vote)
			continue; /* a path that loops */
		if (!same)
			list[n++] = (struct on_paths){.asn = all[i].asn};
		list[n - 1].votes++;
		list[n - 1].upstream_votes += all[i].distance == 1;
		list[n - 1].distance += all[i].distance;
	}
	for (size_t i = 0; i < n; i++)
		list[i].distance /= list[i].votes;
	free(all);
	*out = list;
	return n;
}

static void fill_view(const struct depend *d, struct depend_slot *s)
{
	struct depend_net *v = &s->view;
	struct on_paths *list;
	size_t n = count_ases(d, s, &list);
	double all = (double)s->vote_count;

	*v = (struct depend_net){.votes = (unsigned)s->vote_count};
	qsort(list, n, sizeof(*list), largest_first);
	for (size_t i = 0; i < n && v->upstream_count < DEPEND_ASES; i++)
		if (list[i].upstream_votes >= DEPEND_SET_SHARE * all && list[i].upstream_votes > 0)
			v->upstreams[v->upstream_count++] =
				(struct depend_as){list[i].asn, list[i].upstream_votes / all};
	qsort(list, n, sizeof(*list), nearest_first);
	for (size_t i = 0; i < n; i++) {
		if (list[i].votes >= DEPEND_CARRIER_SHARE * all && v->carrier_count < DEPEND_ASES)
			v->carriers[v->carrier_count++] = list[i].asn;
		bool lone = 2 * list[i].upstream_votes > s->vote_count;
		if ((lone || list[i].votes >= DEPEND_SHARED_SHARE * all) && v->shared_count < DEPEND_ASES)
			v->shared[v->shared_count++] = list[i].asn;
	}
	v->single = v->upstream_count == 1 ? v->upstreams[0].asn : v->carrier_count ? v->carriers[0] : 0;
	free(list);
}

bool depend_look(struct depend *d, int net, const struct rib_voter *voters, size_t count)
{
	struct depend_slot *s = depend_slot(d, net);
	size_t ases = 0, known = 0;

	if (!s)
		return false;
	s->fresh = false;
	uint32_t *votes = xcalloc(count + 1, sizeof(*votes));
	for (size_t i = 0, k; i < count; i = k) {
		uint32_t node = 0;
		for (k = i; k < count && voters[k].asn == voters[i].asn; k++)
			if (!node && voters[k].session >= 0 && (size_t)voters[k].session < s->row_len)
				node = s->row[voters[k].session];
		ases++;
		if (node)
			votes[known++] = node;
	}
	bool good = known >= DEPEND_VOTES_MIN && 2 * known >= ases;
	bool changed = good && (known != s->vote_count || memcmp(votes, s->votes, known * sizeof(*votes)) != 0);
	if (changed) {
		mem_grow(&s->votes, &s->vote_cap, known, sizeof(*votes));
		memcpy(s->votes, votes, known * sizeof(*votes));
		s->vote_count = known;
		fill_view(d, s);
	}
	free(votes);
	return changed;
}

bool depend_net(const struct depend *d, int net, struct depend_net *out)
{
	const struct depend_slot *s = depend_slot(d, net);

	*out = s ? s->view : (struct depend_net){0};
	return out->votes > 0;
}

/* ---- a territory ---- */

/* Where the path that begins at a node enters the territory: the AS outside (0: it never is) and the one inside (0: the
 * origin itself is outside). */
struct crossing { uint32_t outside, inside; };

static bool is_domestic(const uint32_t *domestic, size_t count, uint32_t asn)
{
	size_t lo = 0, hi = count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (domestic[mid] < asn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < count && domestic[lo] == asn;
}

/* The border is crossed where the last foreign AS stands, seen from the peer: nearest the origin, so the crossing that a
 * node's parent has is its own. */
static struct crossing *find_crossings(const struct depend *d, const uint32_t *domestic, size_t count)
{
	struct crossing *at = xcalloc(d->node_count, sizeof(*at));
	bool *inside = xcalloc(d->node_count, sizeof(*inside));

	for (size_t i = 1; i < d->node_count; i++) {
		const struct path_node *n = &d->nodes[i];
		inside[i] = is_domestic(domestic, count, n->asn);
		if (n->parent == 0)
			at[i] = inside[i] ? (struct crossing){0} : (struct crossing){.outside = n->asn};
		else if (at[n->parent].outside)
			at[i] = at[n->parent];
		else if (!inside[i])
			at[i] = (struct crossing){n->asn, d->nodes[n->parent].asn};
	}
	free(inside);
	return at;
}

/* A short list of ASes with a weight each. */
struct tally_list { struct { uint32_t asn; double weight; } at[DEPEND_PROVIDERS_MAX]; size_t count; };

static void tally_put(struct tally_list *t, uint32_t asn, double weight)
{
	size_t i = 0;

	while (i < t->count && t->at[i].asn != asn)
		i++;
	if (i == DEPEND_PROVIDERS_MAX)
		return;
	if (i == t->count) {
		t->at[i].asn = asn;
		t->at[t->count++].weight = 0;
	}
	t->at[i].weight += weight;
}

/* Growing set of ASes. */
struct as_set { uint32_t *at; size_t count, cap; };

static void set_put(struct as_set *s, uint32_t asn)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->at[i] == asn)
			return;
	mem_grow(&s->at, &s->cap, s->count + 1, sizeof(*s->at));
	s->at[s->count++] = asn;
}

struct territory_sum {
	struct tally_list majority, votes; /* space by the entry of most peers; by peers' votes */
	struct as_set frontier;
	double space;
};

static void add_network(const struct depend_slot *s, double space, const struct crossing *crossings, struct territory_sum *sum)
{
	struct tally_list outside = {0}, inside = {0};
	double entered = 0;
	size_t most = 0;

	for (size_t i = 0; i < s->vote_count; i++) {
		const struct crossing *c = &crossings[s->votes[i]];
		if (!c->outside)
			continue; /* a peer inside the territory: its path crosses no border */
		entered++;
		tally_put(&outside, c->outside, 1);
		if (c->inside)
			tally_put(&inside, c->inside, 1);
	}
	if (!outside.count)
		return;
	for (size_t i = 0; i < inside.count; i++)
		if (inside.at[i].weight >= DEPEND_SET_SHARE * entered)
			set_put(&sum->frontier, inside.at[i].asn);
	for (size_t i = 0; i < outside.count; i++) {
		tally_put(&sum->votes, outside.at[i].asn, space * outside.at[i].weight / entered);
		if (outside.at[i].weight > outside.at[most].weight ||
		    (outside.at[i].weight == outside.at[most].weight && outside.at[i].asn < outside.at[most].asn))
			most = i;
	}
	tally_put(&sum->majority, outside.at[most].asn, space);
	sum->space += space;
}

static int by_share(const void *va, const void *vb)
{
	const struct depend_provider *a = va, *b = vb;

	if (a->share != b->share)
		return a->share > b->share ? -1 : 1;
	if (a->votes != b->votes)
		return a->votes > b->votes ? -1 : 1;
	return (a->asn > b->asn) - (a->asn < b->asn);
}

static double share_of(const struct tally_list *t, uint32_t asn, double all)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->at[i].asn == asn)
			return t->at[i].weight / all;
	return 0;
}

static size_t conclude(const struct territory_sum *sum, struct dependence *out, struct depend_provider *providers, size_t max)
{
	struct depend_provider all[DEPEND_PROVIDERS_MAX];
	size_t n = 0;

	out->frontier = (unsigned)sum->frontier.count;
	if (!(sum->space > 0))
		return 0;
	for (size_t i = 0; i < sum->votes.count; i++) {
		uint32_t asn = sum->votes.at[i].asn;
		all[n++] = (struct depend_provider){asn, share_of(&sum->majority, asn, sum->space),
						    sum->votes.at[i].weight / sum->space};
	}
	qsort(all, n, sizeof(*all), by_share);
	out->hhi = 0;
	for (size_t i = 0; i < n; i++)
		out->hhi += all[i].share * all[i].share;
	out->largest = all[0].share;
	out->effective = out->hhi > 0 ? 1 / out->hhi : NAN;
	n = n < max ? n : max;
	if (n)
		memcpy(providers, all, n * sizeof(*all));
	return n;
}

size_t depend_territory(const struct depend *d, const struct depend_member *nets, size_t count, const uint32_t *domestic,
			size_t domestic_count, struct dependence *out, struct depend_provider *providers, size_t max)
{
	struct crossing *crossings = find_crossings(d, domestic, domestic_count);
	struct territory_sum sum = {0};

	*out = (struct dependence){.networks = count, .hhi = NAN, .effective = NAN, .largest = NAN};
	for (size_t i = 0; i < count; i++) {
		const struct depend_slot *s = depend_slot(d, nets[i].net);
		if (!s || !s->vote_count)
			continue;
		out->known++;
		add_network(s, nets[i].space, crossings, &sum);
	}
	size_t n = conclude(&sum, out, providers, max);
	free(sum.frontier.at);
	free(crossings);
	return n;
}

const char *depend_severity(unsigned frontier)
{
	static const struct { unsigned from; const char *words; } grades[] = {
		{41, "resistant"}, {10, "low risk"}, {3, "significant risk"}, {1, "severe risk"},
	};

	for (size_t i = 0; i < ARRAY_LEN(grades); i++)
		if (frontier >= grades[i].from)
			return grades[i].words;
	return "";
}
