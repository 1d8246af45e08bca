/* Dependence, live: paths from facts into core/depend.h, and what they mean into the model.
 *
 * A network is looked at when something new was heard of its paths while it was up and seen by nearly all who usually see
 * it: so its picture is that of the time before a loss, and the detours of the minutes in which a loss spreads leave it
 * alone. A territory is summed up anew when a picture changed. */
#include "app_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define QUIET_SHARE 0.9     /* of its usual visibility: a quiet network */
#define LISTED_PCT 0.5      /* a provider of less is not listed */
#define SINGLE_PCT 95.0     /* of the peers' paths, by space */

void depend_route(struct app *a, int net, int session, const struct fact *f, bool whole)
{
	if (session >= 0 && net >= 0)
		depend_path(a->depend, net, session, f->path, f->path_len, whole);
}

/* ---- space: each network's own ---- */

struct keyed { struct prefix p; struct network *n; };

static int by_prefix(const void *x, const void *y)
{
	return prefix_cmp(&((const struct keyed *)x)->p, &((const struct keyed *)y)->p);
}

/* Prefixes nest or are disjoint: in address order, shorter first, what a network covers follows it. */
void depend_layout(struct watch *w)
{
	enum { DEPTH_MAX = 129 };
	struct territory *t = w->t;
	struct keyed *list = xcalloc(t->network_count + 1, sizeof(*list));
	struct keyed *above[DEPTH_MAX];
	size_t depth = 0;

	for (size_t i = 0; i < t->network_count; i++) {
		struct network *n = &t->networks[i];
		n->own_space = prefix_space(&n->v.prefix);
		list[i] = (struct keyed){n->v.prefix, n};
	}
	qsort(list, t->network_count, sizeof(*list), by_prefix);
	for (size_t i = 0; i < t->network_count; i++) {
		while (depth && !prefix_covers(&above[depth - 1]->p, &list[i].p))
			depth--;
		if (depth)
			above[depth - 1]->n->own_space -= prefix_space(&list[i].p);
		if (depth < DEPTH_MAX)
			above[depth++] = &list[i];
	}
	for (size_t i = 0; i < t->network_count; i++)
		if (!(t->networks[i].own_space > 0))
			t->networks[i].own_space = 0;
	free(list);
	w->depend_dirty = true;
}

/* ---- one network ---- */

static bool is_quiet(const struct net_view *v)
{
	if (v->vis.presumed || isnan(v->vis.v) || v->vis.v < 0.5 || !v->phase)
		return false;
	if (strcmp(v->phase, "up") != 0 && strcmp(v->phase, "learning") != 0)
		return false;
	return isnan(v->v0) || v->vis.v >= QUIET_SHARE * v->v0;
}

/* moved: its visibility changed. True: its picture in the model did. */
bool depend_network(struct app *a, struct network *n, bool moved)
{
	static struct rib_voter voters[RIB_SESSIONS_MAX];
	bool known = n->paths.votes > 0, changed = false;

	if ((depend_is_new(a->depend, n->net) || (moved && !known)) && is_quiet(&n->v)) {
		size_t count = rib_voters(judge_rib_const(a->judge), n->net, voters, ARRAY_LEN(voters));
		changed = depend_look(a->depend, n->net, voters, count);
	}
	if (!changed && known)
		return false;
	if (depend_net(a->depend, n->net, &n->paths) && changed) /* after a new layout: as it was */
		rib_shared_note(judge_rib(a->judge), n->net, n->paths.shared, n->paths.shared_count);
	return n->paths.votes > 0;
}

uint32_t depend_single(const struct network *n)
{
	if (n->paths.votes)
		return n->paths.single;
	return n->upstreams[0] && !n->upstreams[1] ? n->upstreams[0] : 0;
}

/* ---- a territory ---- */

/* The ASes that are inside: of a country those registered or routed there, else all that were named or announce it. */
static uint32_t *domestic_of(const struct watch *w, size_t *count)
{
	uint32_t *list = xcalloc(w->as_count + 1, sizeof(*list));
	bool all = w->t->spec.kind == TERRITORY_AS || w->t->spec.kind == TERRITORY_PREFIX;

	*count = 0;
	for (size_t i = 0; i < w->as_count; i++)
		if (all || w->ases[i].registered || w->ases[i].routed)
			list[(*count)++] = w->ases[i].asn;
	return list;
}

static size_t members_of(const struct territory *t, uint8_t family, struct depend_member *out)
{
	size_t n = 0;

	for (size_t i = 0; i < t->network_count; i++)
		if (t->networks[i].v.prefix.family == family)
			out[n++] = (struct depend_member){t->networks[i].net, t->networks[i].own_space};
	return n;
}

static void list_provider(struct app *a, struct territory *t, const struct depend_provider *from)
{
	if (100 * from->votes < LISTED_PCT || t->provider_count == PROVIDERS_MAX)
		return;
	struct provider *p = &t->providers[t->provider_count++];
	*p = (struct provider){.asn = from->asn, .share_pct = 100 * from->share, .vote_pct = 100 * from->votes, .by_paths = true};
	snprintf(p->name, sizeof(p->name), "%s", app_name_of(a, p->asn));
	if (p->vote_pct >= SINGLE_PCT)
		t->single_provider = p->asn;
}

/* The family most of whose networks have known paths speaks for the pane; both are kept. */
static void sum_up(struct app *a, struct watch *w)
{
	struct territory *t = w->t;
	struct depend_provider providers[2][PROVIDERS_MAX];
	size_t found[2] = {0}, count;
	uint32_t *domestic = domestic_of(w, &count);
	struct depend_member *nets = xcalloc(t->network_count + 1, sizeof(*nets));

	for (int f = 0; f < 2; f++) {
		size_t n = members_of(t, f ? 6 : 4, nets);
		/* an empty list would make everything foreign */
		found[f] = depend_territory(a->depend, nets, count ? n : 0, domestic, count, &t->dependence[f], providers[f],
					    PROVIDERS_MAX);
		t->dependence[f].networks = n;
	}
	int speaks = t->dependence[1].known > t->dependence[0].known && !t->dependence[0].known;
	const struct dependence *of = &t->dependence[speaks];
	if (found[speaks] && 2 * of->known >= of->networks) {
		t->provider_count = 0;
		t->single_provider = 0;
		for (size_t i = 0; i < found[speaks]; i++)
			list_provider(a, t, &providers[speaks][i]);
	}
	t->by_paths = found[speaks] && 2 * of->known >= of->networks;
	free(nets);
	free(domestic);
}

/* ---- where paths are not known ---- */

struct share { uint32_t asn; double weight; };

static int by_weight(const void *x, const void *y)
{
	const struct share *a = x, *b = y;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

static void share_add(struct share *list, size_t *count, size_t max, uint32_t asn, double weight)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i].asn == asn) {
			list[i].weight += weight;
			return;
		}
	if (*count < max)
		list[(*count)++] = (struct share){asn, weight};
}

/* Providers by the AS right before the origin (votes of peers, weighted by networks) where that is known for half of the
 * networks; else by the power of the operators' neighbours. Domestic neighbours are not providers of a country. */
static void estimate(struct app *a, struct watch *w)
{
	struct territory *t = w->t;
	struct share list[256];
	size_t count = 0, known = 0;
	double sum = 0;
	for (size_t i = 0; i < t->network_count; i++) {
		const struct network *n = &t->networks[i];
		if (!n->upstreams[0])
			continue;
		known++;
		for (size_t k = 0; k < 4 && n->upstreams[k]; k++)
			share_add(list, &count, ARRAY_LEN(list), n->upstreams[k], (double)n->upstream_share[k]);
	}
	bool by_paths = known * 2 >= t->network_count && known;
	if (!by_paths) {
		count = 0;
		for (size_t i = 0; i < w->as_count; i++)
			for (size_t k = 0; k < w->ases[i].neighbour_count; k++)
				if (!watch_as_find(w, w->ases[i].neighbours[k].asn))
					share_add(list, &count, ARRAY_LEN(list), w->ases[i].neighbours[k].asn,
						  w->ases[i].neighbours[k].power);
	}
	if (!count)
		return;
	qsort(list, count, sizeof(*list), by_weight);
	for (size_t i = 0; i < count; i++)
		sum += list[i].weight;
	t->provider_count = 0;
	for (size_t i = 0; i < count && i < PROVIDERS_MAX && sum > 0; i++) {
		double share = 100.0 * list[i].weight / sum;
		if (share < LISTED_PCT)
			break;
		struct provider *p = &t->providers[t->provider_count++];
		*p = (struct provider){.asn = list[i].asn, .share_pct = share, .vote_pct = NAN, .by_paths = by_paths};
		snprintf(p->name, sizeof(p->name), "%s", app_name_of(a, p->asn));
	}
	t->single_provider = t->provider_count && t->providers[0].share_pct >= SINGLE_PCT ? t->providers[0].asn : 0;
}

void depend_refresh(struct app *a, struct watch *w)
{
	sum_up(a, w);
	if (!w->t->by_paths)
		estimate(a, w);
	w->depend_dirty = false;
}
