/* What a watched territory consists of: its registered space, its ASes, its networks; and how they are laid out.
 *
 * A cell keeps its place for life as far as it can: operators are ordered once, by size when first laid out, later ones come
 * behind; inside an operator networks stand in address order. */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define GONE_MS (7 * 86400000LL)

bool watch_has_country(const struct watch *w, const char *cc)
{
	for (size_t i = 0; i < w->member_count; i++)
		if (w->members[i].kind == TERRITORY_COUNTRY && !strcmp(w->members[i].code, cc))
			return true;
	return false;
}

bool watch_covers(const struct watch *w, const struct prefix *p)
{
	for (size_t i = 0; i < w->range_count; i++)
		if (prefix_covers(&w->ranges[i], p))
			return true;
	return false;
}

void watch_add_range(struct watch *w, const struct prefix *p)
{
	if (watch_covers(w, p))
		return;
	mem_grow(&w->ranges, &w->range_cap, w->range_count + 1, sizeof(*w->ranges));
	w->ranges[w->range_count++] = *p;
}

static size_t as_position(const struct watch *w, uint32_t asn)
{
	size_t lo = 0, hi = w->as_count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (w->ases[mid].asn < asn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

struct watch_as *watch_as_find(struct watch *w, uint32_t asn)
{
	size_t i = as_position(w, asn);
	return i < w->as_count && w->ases[i].asn == asn ? &w->ases[i] : NULL;
}

struct watch_as *watch_as_add(struct watch *w, uint32_t asn)
{
	size_t i = as_position(w, asn);
	if (i < w->as_count && w->ases[i].asn == asn)
		return &w->ases[i];
	mem_grow(&w->ases, &w->as_cap, w->as_count + 1, sizeof(*w->ases));
	memmove(&w->ases[i + 1], &w->ases[i], (w->as_count - i) * sizeof(*w->ases));
	w->as_count++;
	w->ases[i] = (struct watch_as){.asn = asn, .group = -1};
	w->depend_dirty = true;
	return &w->ases[i];
}

int watch_add_net(struct app *a, struct watch *w, const struct prefix *p, uint32_t origin)
{
	if (w->net_count >= NETWORKS_MAX) {
		w->t->truncated = true;
		return -1;
	}
	int known = rib_find(judge_rib_const(a->judge), p);
	if (known >= 0)
		for (size_t i = 0; i < w->net_count; i++)
			if (w->nets[i].net == known)
				return known;
	int net = judge_watch(a->judge, w->t->group, p, origin);
	if (net < 0)
		return -1;
	if (origin) {
		struct watch_as *as = watch_as_add(w, origin);
		if (w->t->spec.kind != TERRITORY_AS || as->asn != w->t->spec.asn) {
			if (as->group < 0) {
				char subject[16];
				snprintf(subject, sizeof(subject), "AS%u", origin);
				as->group = judge_group(a->judge, SCOPE_OPERATOR, w->t->spec.code, subject, w->t->group);
			}
			judge_watch(a->judge, as->group, p, origin);
		}
	}
	mem_grow(&w->nets, &w->net_cap, w->net_count + 1, sizeof(*w->nets));
	w->nets[w->net_count++] = (struct member){net, origin};
	if (!watch_covers(w, p)) {
		watch_add_range(w, p);
		a->streams_dirty = true;
	}
	w->layout_dirty = a->plan_dirty = true;
	return net;
}

static size_t name_position(const struct app *a, uint32_t asn)
{
	size_t lo = 0, hi = a->name_count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (a->names[mid].asn < asn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const char *app_name_of(const struct app *a, uint32_t asn)
{
	size_t i = name_position(a, asn);
	return i < a->name_count && a->names[i].asn == asn ? a->names[i].name : "";
}

void app_restore_name(struct app *a, uint32_t asn, const char *name)
{
	size_t i = name_position(a, asn);
	if (i >= a->name_count || a->names[i].asn != asn) {
		mem_grow(&a->names, &a->name_cap, a->name_count + 1, sizeof(*a->names));
		memmove(&a->names[i + 1], &a->names[i], (a->name_count - i) * sizeof(*a->names));
		a->name_count++;
		a->names[i].asn = asn;
	}
	text_clean_str(a->names[i].name, sizeof(a->names[i].name), name);
	for (size_t k = 0; k < a->watch_count; k++)
		a->watches[k].layout_dirty = true;
	a->model_dirty = true;
}

/* ---- layout ---- */

struct sort_operator { uint32_t asn; size_t count; size_t old; };

static int by_size(const void *x, const void *y)
{
	const struct sort_operator *a = x, *b = y;
	if (a->old != b->old)
		return a->old < b->old ? -1 : 1; /* those laid out before keep their places */
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

static int by_asn(const void *x, const void *y)
{
	const struct sort_operator *a = x, *b = y;
	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

/* The operators of a watch with their sizes, ascending by ASN. */
static struct sort_operator *count_operators(const struct watch *w, size_t *count)
{
	struct sort_operator *list = xcalloc(w->net_count + 1, sizeof(*list));
	for (size_t i = 0; i < w->net_count; i++)
		list[i] = (struct sort_operator){.asn = w->nets[i].origin, .count = 1};
	qsort(list, w->net_count, sizeof(*list), by_asn);
	size_t n = 0;
	for (size_t i = 0; i < w->net_count; i++) {
		if (n && list[n - 1].asn == list[i].asn)
			list[n - 1].count++;
		else
			list[n++] = list[i];
	}
	*count = n;
	return list;
}

struct sort_net { struct prefix prefix; int net; size_t operator_index; };

static int by_place(const void *x, const void *y)
{
	const struct sort_net *a = x, *b = y;
	if (a->operator_index != b->operator_index)
		return a->operator_index < b->operator_index ? -1 : 1;
	return prefix_cmp(&a->prefix, &b->prefix);
}

static struct operator *lay_operators(struct app *a, struct watch *w, size_t *count, bool keep_order)
{
	struct territory *t = w->t;
	struct sort_operator *list = count_operators(w, count);
	for (size_t i = 0; i < *count; i++) {
		list[i].old = t->operator_count; /* behind all known ones */
		for (size_t k = 0; keep_order && k < t->operator_count; k++)
			if (t->operators[k].asn == list[i].asn)
				list[i].old = k;
	}
	qsort(list, *count, sizeof(*list), by_size);
	struct operator *ops = xcalloc(*count + 1, sizeof(*ops));
	size_t first = 0;
	for (size_t i = 0; i < *count; i++) {
		ops[i].asn = list[i].asn;
		ops[i].first = first;
		ops[i].count = list[i].count;
		snprintf(ops[i].name, sizeof(ops[i].name), "%s", app_name_of(a, list[i].asn));
		first += list[i].count;
	}
	free(list);
	return ops;
}

static int cmp_operator_asn(const void *x, const void *y)
{
	const struct operator *a = *(const struct operator *const *)x, *b = *(const struct operator *const *)y;
	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

void watch_layout(struct app *a, struct watch *w)
{
	struct territory *t = w->t;
	bool settled = t->loading[0] == '\0' && t->operator_count;
	size_t count;
	struct operator *ops = lay_operators(a, w, &count, settled);

	const struct operator **by = xcalloc(count + 1, sizeof(*by));
	for (size_t i = 0; i < count; i++)
		by[i] = &ops[i];
	qsort(by, count, sizeof(*by), cmp_operator_asn);

	struct sort_net *nets = xcalloc(w->net_count + 1, sizeof(*nets));
	for (size_t i = 0; i < w->net_count; i++) {
		struct net_view v;
		judge_net(a->judge, w->nets[i].net, &v);
		struct operator key = {.asn = w->nets[i].origin};
		const struct operator *k = &key;
		const struct operator *const *hit = bsearch(&k, by, count, sizeof(*by), cmp_operator_asn);
		nets[i] = (struct sort_net){v.prefix, w->nets[i].net, hit ? (size_t)(*hit - ops) : 0};
	}
	qsort(nets, w->net_count, sizeof(*nets), by_place);

	free(t->operators);
	free(t->networks);
	t->operators = ops;
	t->operator_count = count;
	t->networks = xcalloc(w->net_count + 1, sizeof(*t->networks));
	t->network_count = w->net_count;
	for (size_t i = 0; i < w->net_count; i++) {
		t->networks[i].net = nets[i].net;
		t->networks[i].operator_index = (int)nets[i].operator_index;
	}
	free(nets);
	free(by);
	w->layout_dirty = false;
	w->spaces_dirty = true;
}

/* A network that nobody has announced for a week is not expected any more: it left, it is not out (detection.md 5.1). */
void watch_age(struct app *a, struct watch *w, struct now now)
{
	size_t kept = 0;
	for (size_t i = 0; i < w->net_count; i++) {
		struct net_view v;
		judge_net(a->judge, w->nets[i].net, &v);
		bool gone = v.state == NET_DOWN && !v.vis.have && wall_is_set(v.since) && now.wall.ms - v.since.ms > GONE_MS &&
			    w->t->spec.kind != TERRITORY_PREFIX;
		if (gone)
			judge_forget(a->judge, w->nets[i].net);
		else
			w->nets[kept++] = w->nets[i];
	}
	if (kept == w->net_count)
		return;
	w->net_count = kept;
	w->layout_dirty = true;
}

/* ---- refresh: the judge's findings into plain data ---- */

static bool refresh_networks(struct app *a, struct watch *w)
{
	struct territory *t = w->t;
	bool changed = false;
	for (size_t i = 0; i < t->network_count; i++) {
		struct network *n = &t->networks[i];
		struct net_view v;
		memset(&v, 0, sizeof(v));
		judge_net(a->judge, n->net, &v);
		bool moved = memcmp(&v, &n->v, sizeof(v)) != 0;
		if (moved) {
			n->v = v;
			changed = true;
		}
		if (depend_network(a, n, moved))
			changed = w->depend_dirty = true;
		struct upstream up[4];
		size_t count = rib_upstreams(judge_rib_const(a->judge), n->net, up, ARRAY_LEN(up));
		if (!count)
			continue; /* nobody has it now: what was known stays */
		uint32_t first = n->upstreams[0];
		for (size_t k = 0; k < ARRAY_LEN(up); k++) {
			n->upstreams[k] = k < count && up[k].share >= 0.05 ? up[k].asn : 0;
			n->upstream_share[k] = n->upstreams[k] ? (float)up[k].share : 0;
		}
		changed |= first != n->upstreams[0];
	}
	return changed;
}

static void tally_add(struct tally *y, enum net_state s)
{
	unsigned *by_state[NET_STATE_COUNT] = {
		[NET_UNKNOWN] = &y->unknown, [NET_UP] = &y->up, [NET_DEGRADED] = &y->degraded,
		[NET_FLAPPING] = &y->flapping, [NET_DOWN] = &y->down, [NET_STALE] = &y->stale,
	};
	y->total++;
	(*by_state[s])++;
}

static void refresh_operators(struct app *a, struct watch *w)
{
	struct territory *t = w->t;
	for (size_t i = 0; i < t->operator_count; i++) {
		struct operator *o = &t->operators[i];
		o->v4 = o->v6 = (struct tally){0};
		o->single_asn = depend_single(&t->networks[o->first]);
		for (size_t k = o->first; k < o->first + o->count; k++) {
			const struct network *n = &t->networks[k];
			tally_add(n->v.prefix.family == 4 ? &o->v4 : &o->v6, n->v.state);
			if (depend_single(n) != o->single_asn)
				o->single_asn = 0;
		}
		const struct watch_as *as = watch_as_find(w, o->asn);
		int group = as && as->group >= 0 ? as->group : t->group;
		struct group_view v;
		judge_group_view(a->judge, group, &v);
		o->loss_pct = v.loss_pct;
		o->event_id = group == t->group ? 0 : v.event_id;
		o->has_neighbours = as && as->neighbour_count;
	}
}

void watch_refresh(struct app *a, struct watch *w)
{
	struct territory *t = w->t;
	bool laid = w->layout_dirty;
	if (laid)
		watch_layout(a, w);
	bool changed = refresh_networks(a, w);
	struct group_view v;
	memset(&v, 0, sizeof(v));
	judge_group_view(a->judge, t->group, &v);
	if (memcmp(&v, &t->routing, sizeof(v))) {
		t->routing = v;
		changed = true;
	}
	if (w->spaces_dirty)
		depend_layout(w);
	if (changed || laid || w->depend_dirty) {
		refresh_operators(a, w);
		depend_refresh(a, w);
		watch_users(w);
		a->model.version++;
	}
}
