/* Who went when, who stayed: the networks of a territory by the AS that originates them, in the order in which they left. Walks
 * every network once; the look asks for it at most once a minute. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "signature_private.h"

#define GONE_SHARE      0.9 /* of an operator's networks */

struct gone_net {
	uint32_t origin;
	bool lost;
	int64_t t;
};

static int by_origin(const void *a, const void *b)
{
	const struct gone_net *x = a, *y = b;

	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	return (x->t > y->t) - (x->t < y->t);
}

static int by_going(const void *a, const void *b)
{
	const struct gone_operator *x = a, *y = b;

	if (x->gone != y->gone)
		return x->gone ? -1 : 1;
	if (x->gone && x->t != y->t)
		return x->t < y->t ? -1 : 1;
	return (x->asn > y->asn) - (x->asn < y->asn);
}

static bool is_home(const struct fusion *f, uint32_t asn)
{
	for (size_t i = 0; i < f->home_count; i++)
		if (f->home[i] == asn)
			return true;
	return f->home_count == 0;
}

static struct gone_net *walk(const struct fusion *f, struct departures *d, size_t *count)
{
	const int *nets = judge_group_nets(f->judge, f->group, count);
	struct gone_net *list = xcalloc(*count + 1, sizeof(*list));
	size_t n = 0;

	d->first = INT64_MAX;
	d->last = INT64_MIN;
	for (size_t i = 0; i < *count; i++) {
		struct net_view v;
		judge_net(f->judge, nets[i], &v);
		if (v.state == NET_UNKNOWN || v.local)
			continue;
		int64_t t = wall_is_set(v.t50) ? v.t50.ms : v.since.ms;
		list[n++] = (struct gone_net){v.origin_seen ? v.origin_seen : v.origin, v.lost, v.lost ? t : INT64_MIN};
		d->lost += v.lost;
		if (v.lost && t < d->first)
			d->first = t;
		if (v.lost && t > d->last)
			d->last = t;
	}
	if (d->lost == 0)
		d->first = d->last = 0;
	d->nets = (unsigned)n;
	*count = n;
	return list;
}

void departures_make(const struct fusion *f, struct departures *d)
{
	size_t n;

	*d = (struct departures){0};
	struct gone_net *list = walk(f, d, &n);
	qsort(list, n, sizeof(*list), by_origin);
	d->ops = xcalloc(n + 1, sizeof(*d->ops));
	for (size_t i = 0; i < n; i++) {
		if (!d->count || d->ops[d->count - 1].asn != list[i].origin)
			d->ops[d->count++] = (struct gone_operator){.asn = list[i].origin, .t = INT64_MIN};
		struct gone_operator *o = &d->ops[d->count - 1];
		o->count++;
		o->lost += list[i].lost;
		if (list[i].lost && list[i].t > o->t)
			o->t = list[i].t;
	}
	for (size_t i = 0; i < d->count; i++) {
		struct gone_operator *o = &d->ops[i];
		o->gone = o->lost >= GONE_SHARE * o->count;
		o->home = is_home(f, o->asn);
		d->gone += o->gone;
	}
	qsort(d->ops, d->count, sizeof(*d->ops), by_going);
	free(list);
}
