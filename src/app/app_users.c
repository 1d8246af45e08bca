/* Users behind what is up (detection.md 5.1, W): the share of a territory's people whose operator has at least half of its
 * space up. An estimate of estimates: it is shown and told, and never alarms.
 *
 * Operators whose users nobody has counted are left out on both sides; operators whose networks are mostly unknown make the
 * share unknown, not lower. */
#include "app_private.h"

#include <math.h>
#include <stdio.h>

#define UP_SHARE 0.5
#define KNOWN_SHARE 0.5 /* of the users: with fewer whose operator is judged nothing is said */

/* Space of a network in /24s or /48s. */
static double space_of(const struct prefix *p)
{
	return ldexp(1, (p->family == 4 ? 24 : 48) - (int)p->len);
}

/* 1 up, 0 down, NAN not known: by IPv4 where the operator has any. */
static double operator_is_up(const struct territory *t, const struct operator *o)
{
	double up[2] = {0}, down[2] = {0}, unknown[2] = {0};
	for (size_t i = o->first; i < o->first + o->count && i < t->network_count; i++) {
		const struct network *n = &t->networks[i];
		size_t f = n->v.prefix.family == 6;
		bool lost = n->v.state == NET_DOWN && n->v.lost;
		bool judged = n->v.state != NET_UNKNOWN && n->v.state != NET_STALE;
		*(!judged ? &unknown[f] : lost ? &down[f] : &up[f]) += space_of(&n->v.prefix);
	}
	size_t f = up[0] + down[0] + unknown[0] > 0 ? 0 : 1;
	double all = up[f] + down[f] + unknown[f];
	if (!(all > 0) || unknown[f] > UP_SHARE * all)
		return NAN;
	return up[f] >= UP_SHARE * (up[f] + down[f]);
}

void watch_users(struct watch *w)
{
	struct territory *t = w->t;
	double all = 0, judged = 0, up = 0;
	for (size_t i = 0; i < t->operator_count; i++) {
		const struct watch_as *as = watch_as_find(w, t->operators[i].asn);
		double is_up = as && as->users > 0 ? operator_is_up(t, &t->operators[i]) : NAN;
		all += as ? as->users : 0;
		if (isnan(is_up))
			continue;
		judged += as->users;
		up += is_up * as->users;
	}
	t->users_up_pct = all > 0 && judged >= KNOWN_SHARE * all ? 100 * up / judged : NAN;
}

/* Once when an event is known, and whenever the share moves by a twentieth: the event says how many people it meant. */
void watch_tell_users(struct app *a, struct watch *w, struct now now)
{
	const struct territory *t = w->t;
	struct event *ev = event_current(&a->model.book, SCOPE_TERRITORY, t->spec.code, t->spec.code);
	if (!ev || isnan(t->users_up_pct) || (w->told_event == ev->id && fabs(t->users_up_pct - w->told_users_pct) < 5))
		return;
	struct evidence line = {.time = now.wall, .source = "radar", .rule = "shown, never alarms (detection.md 5.1)"};
	snprintf(line.value, sizeof(line.value), "%.0f%% of users have an operator with at least half its space up", t->users_up_pct);
	event_evidence(&a->model.book, ev, &line);
	w->told_event = ev->id;
	w->told_users_pct = t->users_up_pct;
}
