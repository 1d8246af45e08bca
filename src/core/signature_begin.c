/* How an outage began: after hours of flapping, all at once, without a warning, operator after operator. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "signature_private.h"

#define TOGETHER_MS     (15 * MINUTE_MS) /* clean: the classes fall within */
#define SETTLED_MS      (60 * MINUTE_MS) /* the slower classes have spoken by then */
#define WATCHED_H       6                /* hours that must be known for "no warning" */
#define FLAP_LEAST_MS   (30 * MINUTE_MS)
#define FLAP_GAP_MS     (3 * HOUR_MS)    /* calm for longer: another bout */
#define FLAP_TURNS      5                /* transitions of a network that flapped */
#define FLAP_SHORTS     3                /* outages of minutes */
#define FLAP_HOPS       200
#define STAGGER_GAP_MS  (10 * MINUTE_MS)
#define STAGGER_SPAN_MS (12 * HOUR_MS)

/* ---- how it began ---- */

/* When a disturbance ended: an event that is still open goes on into the outage. */
static int64_t until_of(const struct event *e, int64_t open)
{
	return wall_is_set(e->end) ? e->end.ms : e->state == EVENT_DISMISSED ? e->changed.ms : open;
}

/* Something that went up and down, or was gone for minutes; three of the latter make a bout. */
static bool is_short(const struct look *l, const struct event *e)
{
	bool brief = e->scope == SCOPE_NETWORK && wall_is_set(e->end) && e->end.ms - e->start.ms < FLAP_LEAST_MS;
	bool suspected = e->scope == SCOPE_TERRITORY && e->state == EVENT_DISMISSED && (e->classes & CLASS_R);

	return e != l->ev && wall_is_set(e->start) && (brief || suspected) &&
	       strcmp(e->territory, l->ev->territory) == 0;
}

static bool is_bout(const struct look *l, const struct event *e, bool shorts)
{
	bool turned = e->kind == VERDICT_UNSTABLE || (e->scope == SCOPE_NETWORK && e->transitions >= FLAP_TURNS);

	return e != l->ev && wall_is_set(e->start) && strcmp(e->territory, l->ev->territory) == 0 &&
	       (turned || (shorts && is_short(l, e)));
}

/* In a large country some network always flaps: it takes a share of them to call the country unstable. */
static bool shakes(const struct look *l, int64_t before, bool *shorts)
{
	const struct event_book *b = l->f->book;
	unsigned turned = 0, brief = 0, nets = l->d.nets;

	for (size_t i = 0; i < b->count; i++) {
		const struct event *e = b->events[i];
		if (!is_bout(l, e, true) || e->start.ms >= before || until_of(e, before) < before - FLAP_GAP_MS)
			continue;
		if (is_short(l, e))
			brief += e->scope == SCOPE_TERRITORY ? (nets > 10 ? nets / 10 : 1) : 1;
		else
			turned += e->scope == SCOPE_TERRITORY ? nets : 1;
	}
	*shorts = brief >= FLAP_SHORTS && brief * 10 >= nets;
	return *shorts || (turned && turned * 10 >= nets);
}

/* Bouts of up and down before it, chained backwards while the calm between them is short. */
static int64_t unstable_since(const struct look *l)
{
	const struct event_book *b = l->f->book;
	int64_t since = l->ev->start.ms;
	struct wall bout = l->f->routing.view.unstable_since;
	bool moved = true, shorts;

	if (wall_is_set(bout) && bout.ms < since)
		since = bout.ms;
	else if (!shakes(l, since, &shorts))
		return since;
	shakes(l, since, &shorts);
	for (int hops = 0; moved && hops < FLAP_HOPS; hops++) {
		moved = false;
		for (size_t i = 0; i < b->count; i++) {
			const struct event *e = b->events[i];
			if (!is_bout(l, e, shorts) || e->start.ms >= since || until_of(e, since) < since - FLAP_GAP_MS)
				continue;
			since = e->start.ms;
			moved = true;
		}
	}
	return since;
}

void signature_look_flap(const struct look *l)
{
	char t[WALL_TEXT_MAX];
	int64_t since;

	if (has(l, SIGNATURE_FLAP | SIGNATURE_CURFEW) || !l->routes || !(l->ev->loss_peak_pct >= 99))
		return;
	since = unstable_since(l);
	if (since <= l->ev->start.ms - FLAP_LEAST_MS)
		signature_say(l, SIGNATURE_FLAP, "Flap, then die: unstable since %s UTC.", signature_stamp(l, since, t));
}

static bool began_together(const struct look *l, int i)
{
	const struct class_sum *c = &l->f->now.of[i];
	int64_t start = l->ev->start.ms;

	return c->say == SAY_LOSS && c->critical && wall_is_set(c->start) && c->start.ms >= start - TOGETHER_MS &&
	       c->start_low.ms <= start + TOGETHER_MS;
}

void signature_look_clean(const struct look *l)
{
	unsigned with = 0;
	struct strbuf names;

	if (has(l, SIGNATURE_FLAP | SIGNATURE_PROTOCOL | SIGNATURE_MORE) || l->f->now.queries || !l->routes ||
	    !(l->ev->loss_peak_pct >= 50) || l->f->now.of[0].say != SAY_LOSS ||
	    l->d.last - l->d.first > 2 * STRAIGHT_MS)
		return;
	for (int i = 1; i < class_index(CLASS_X); i++)
		if (began_together(l, i))
			with |= 1U << i;
	if (!(with & (CLASS_P | CLASS_T)))
		return;
	strbuf_init(&names, SIGNATURE_PART_MAX);
	event_classes(with | CLASS_R, " and ", &names);
	if (strlen(signature_part(l, SIGNATURE_CLEAN)) < names.len + strlen("Clean withdrawal:  fell together."))
		signature_say(l, SIGNATURE_CLEAN, "Clean withdrawal: %s fell together.", names.text);
	strbuf_release(&names);
}

void signature_look_no_warning(const struct look *l)
{
	const struct weighing *w = &l->f->now;
	bool silent = !((w->classes | w->against) & (CLASS_P | CLASS_T));
	bool settled = silent ? (w->missing & (CLASS_P | CLASS_T)) == (CLASS_P | CLASS_T)
			      : l->now.wall.ms - l->ev->start.ms >= SETTLED_MS;

	if (has(l, ~0U) || w->queries || !l->routes || !settled || l->now.wall.ms - l->ev->start.ms < TREMOR_MAX_MS ||
	    l->f->routing.view.learned_h < WATCHED_H || !(l->ev->loss_peak_pct >= 99) || l->ev->relapses ||
	    (w->classes & (CLASS_P | CLASS_T)) || l->ev->kind != VERDICT_WITHDRAWN ||
	    l->d.last - l->d.first > STRAIGHT_MS)
		return;
	signature_say(l, SIGNATURE_NO_WARNING, "No warning: straight to zero.");
}

void signature_look_staggered(const struct look *l)
{
	const struct departures *d = &l->d;
	char t[WALL_TEXT_MAX], text[SIGNATURE_PART_MAX];
	size_t told = 0, len = 0;
	bool apart = false;

	if (!l->routes || d->gone < 3 || has(l, SIGNATURE_LAST | SIGNATURE_DECOY) || d->lost * 5 < d->nets)
		return;
	size_t last = d->gone;
	while (last > 0 && d->ops[last - 1].t - d->ops[0].t > STAGGER_SPAN_MS)
		last--; /* who held out for days is another story */
	for (size_t i = 1; i < last; i++)
		apart |= d->ops[i].t - d->ops[i - 1].t >= STAGGER_GAP_MS;
	if (!apart || last < 3)
		return;
	len = (size_t)snprintf(text, sizeof(text), "Staggered:");
	for (size_t i = 0; i < last && told < 4; i++, told++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s AS%u %s", told ? "," : "", d->ops[i].asn,
					signature_stamp(l, d->ops[i].t, t));
	if (last > told)
		snprintf(text + len, sizeof(text) - len, " UTC and %zu more.", last - told);
	else
		snprintf(text + len, sizeof(text) - len, " UTC.");
	signature_say(l, SIGNATURE_STAGGERED, "%s", text);
}
