/* Which of the known signatures an outage is: see core/signature.h for the words.
 *
 * Decided from the event, from when each operator's networks went, from what the other classes say, and from the events
 * before it in the book. Looked at while the event is open, at most once a minute where the routes have to be walked
 * through. Each rule is bounded by what was seen: "no warning" is only said when the hours before were watched, "abroad"
 * only where the territory's own ASes are known. */
#include "core/signature.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "event_private.h"
#include "fusion_priv.h"

#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS  (24 * HOUR_MS)

#define TOGETHER_MS     (15 * MINUTE_MS) /* clean: the classes fall within */
#define SETTLED_MS      (60 * MINUTE_MS) /* the slower classes have spoken by then */
#define WATCHED_H       6                /* hours that must be known for "no warning" */
#define STRAIGHT_MS     (10 * MINUTE_MS) /* straight to zero: all networks within */
#define FLAP_LEAST_MS   (30 * MINUTE_MS)
#define FLAP_GAP_MS     (3 * HOUR_MS)    /* calm for longer: another bout */
#define FLAP_TURNS      5                /* transitions of a network that flapped */
#define FLAP_SHORTS     3                /* outages of minutes */
#define FLAP_HOPS       200
#define STAGGER_GAP_MS  (10 * MINUTE_MS)
#define STAGGER_SPAN_MS (12 * HOUR_MS)
#define TREMOR_MAX_MS   (20 * MINUTE_MS)
#define TREMOR_AHEAD_MS (6 * HOUR_MS)
#define TREMOR_BACK_MS  (14 * DAY_MS)
#define AFTERSHOCK_MS   (3 * DAY_MS)
#define DAWN_LEAST_MS   (5 * MINUTE_MS)
#define DAWN_MAX_MS     (12 * HOUR_MS)
#define DAWN_OUTAGE_MS  (30 * MINUTE_MS)
#define PROTOCOL_MS     (30 * MINUTE_MS)
#define SLOPE_MS        HOUR_MS
#define SLOPE_PCT       15
#define STAYS_MS           (5 * MINUTE_MS)
#define STAYS_STAGGERED_MS (60 * MINUTE_MS)
#define GONE_SHARE      0.9 /* of an operator's networks */

#define SIGNATURE_MORE                                                                                                 \
	(SIGNATURE_LAST | SIGNATURE_DECOY | SIGNATURE_DAWN | SIGNATURE_SPLIT | SIGNATURE_TREMOR | SIGNATURE_CURFEW |   \
	 SIGNATURE_ONE_WAY | SIGNATURE_STAGGERED)

/* ---- what the routes tell: who went when, who stayed ---- */

struct gone_net {
	uint32_t origin;
	bool lost;
	int64_t t;
};

struct gone_operator {
	uint32_t asn;
	unsigned count, lost;
	int64_t t; /* when the last of its networks went */
	bool gone, home;
};

struct departures {
	struct gone_operator *ops; /* owned; the gone ones first, by time */
	size_t count, gone;
	unsigned nets, lost;
	int64_t first, last;
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

static void departures_make(const struct fusion *f, struct departures *d)
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

/* ---- the parts of the note ---- */

struct look {
	struct fusion *f;
	struct event *ev;
	struct departures d;
	struct now now;
	bool routes;  /* d is filled */
};

static char *part_of(const struct look *l, unsigned bit)
{
	int i = 0;

	while (1U << i != bit)
		i++;
	return l->f->parts[i];
}

static bool has(const struct look *l, unsigned bits)
{
	return (l->f->named & bits) != 0;
}

static void PRINTF_LIKE(3, 4) say(const struct look *l, unsigned bit, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(part_of(l, bit), SIGNATURE_PART_MAX, fmt, ap);
	va_end(ap);
	l->f->named |= bit;
}

/* "14:00", "27 Jan 14:00" when it is not the day the outage began on. */
static const char *stamp(const struct look *l, int64_t ms, char dst[WALL_TEXT_MAX])
{
	struct strbuf b;

	strbuf_init(&b, WALL_TEXT_MAX - 1);
	event_stamp((struct wall){ms}, l->now.wall, STAMP_SHORT, 0, &b);
	snprintf(dst, WALL_TEXT_MAX, "%s", b.text);
	strbuf_release(&b);
	return dst;
}

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

static void look_flap(const struct look *l)
{
	char t[WALL_TEXT_MAX];
	int64_t since;

	if (has(l, SIGNATURE_FLAP | SIGNATURE_CURFEW) || !l->routes || !(l->ev->loss_peak_pct >= 99))
		return;
	since = unstable_since(l);
	if (since <= l->ev->start.ms - FLAP_LEAST_MS)
		say(l, SIGNATURE_FLAP, "Flap, then die: unstable since %s UTC.", stamp(l, since, t));
}

static bool began_together(const struct look *l, int i)
{
	const struct class_sum *c = &l->f->now.of[i];
	int64_t start = l->ev->start.ms;

	return c->say == SAY_LOSS && c->critical && wall_is_set(c->start) && c->start.ms >= start - TOGETHER_MS &&
	       c->start_low.ms <= start + TOGETHER_MS;
}

static void look_clean(const struct look *l)
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
	if (strlen(part_of(l, SIGNATURE_CLEAN)) < names.len + strlen("Clean withdrawal:  fell together."))
		say(l, SIGNATURE_CLEAN, "Clean withdrawal: %s fell together.", names.text);
	strbuf_release(&names);
}

static void look_no_warning(const struct look *l)
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
	say(l, SIGNATURE_NO_WARNING, "No warning: straight to zero.");
}

static void look_staggered(const struct look *l)
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
					stamp(l, d->ops[i].t, t));
	if (last > told)
		snprintf(text + len, sizeof(text) - len, " UTC and %zu more.", last - told);
	else
		snprintf(text + len, sizeof(text) - len, " UTC.");
	say(l, SIGNATURE_STAGGERED, "%s", text);
}

/* ---- who stayed ---- */

static void look_who_stays(const struct look *l)
{
	const struct departures *d = &l->d;
	const struct gone_operator *stays = d->count > d->gone ? &d->ops[d->gone] : NULL;
	unsigned up = d->nets - d->lost;
	/* those that leave one after another may not be through */
	int64_t wait = d->last - d->first > STRAIGHT_MS ? STAYS_STAGGERED_MS : STAYS_MS;

	if (!l->routes || d->count < 2 || d->lost * 4 < d->nets * 3 || !stays || has(l, SIGNATURE_LAST | SIGNATURE_DECOY))
		return;
	bool abroad = true;
	for (size_t i = d->gone; i < d->count; i++)
		abroad &= !d->ops[i].home;
	if (abroad && d->ops[0].home)
		say(l, SIGNATURE_DECOY, "Decoy route: %u of %u networks stay%s, originated abroad by AS%u%s.", up, d->nets,
		    up == 1 ? "s" : "", stays->asn, d->count - d->gone > 1 ? " and others" : "");
	else if (d->count - d->gone == 1 && d->gone >= 2 && l->now.wall.ms - d->last >= wait && stays->home && stays->lost * 10 <= stays->count)
		say(l, SIGNATURE_LAST, "Last network standing: AS%u, %u of %u networks.", stays->asn,
		    stays->count - stays->lost, d->nets);
}

/* ---- how it goes on ---- */

static void look_kind(const struct look *l)
{
	if (l->ev->kind == VERDICT_DARK && !l->f->v6_first && !has(l, SIGNATURE_PROTOCOL))
		l->f->named |= SIGNATURE_DARK;
	if (l->ev->kind == VERDICT_ONE_WAY)
		l->f->named |= SIGNATURE_ONE_WAY;
}

static void look_slope(const struct look *l)
{
	char span[DURATION_TEXT_MAX];
	struct fusion *f = l->f;
	double loss = l->ev->loss_pct;

	if (f->first_loss == 0 || isnan(f->first_loss)) {
		f->first_loss = loss;
		f->first_at = l->now.wall;
	}
	if (l->ev->kind != VERDICT_PARTIAL || !l->ev->loss_class || f->first_loss < 20 ||
	    l->now.wall.ms - f->first_at.ms < SLOPE_MS || loss < f->first_loss + SLOPE_PCT || loss <= f->slope_loss)
		return;
	f->slope_loss = loss;
	say(l, SIGNATURE_SLOPE, "Slow slope: loss %.0f%% at first, %.0f%% after %s.", f->first_loss, loss,
	    duration_format(span, (l->now.wall.ms - f->first_at.ms) / MINUTE_MS * MINUTE_MS));
}

static void look_protocol(const struct look *l)
{
	char t[WALL_TEXT_MAX], span[DURATION_TEXT_MAX];
	struct fusion *f = l->f;
	struct wall rest = WALL_NONE;

	if (l->ev->kind == VERDICT_V6_ONLY && !f->now.dark) {
		f->v6_first = !f->other_first && !has(l, SIGNATURE_SPLIT);
		return;
	}
	f->other_first |= l->ev->kind != VERDICT_UNSTABLE;
	if (!f->v6_first || has(l, SIGNATURE_PROTOCOL) || l->ev->kind == VERDICT_UNSTABLE)
		return;
	f->v6_first = false;
	for (int i = 1; i < class_index(CLASS_X); i++)
		if (f->now.of[i].say == SAY_LOSS && (!wall_is_set(rest) || f->now.of[i].start.ms < rest.ms))
			rest = f->now.of[i].start;
	if (!wall_is_set(rest))
		rest = l->now.wall;
	if (rest.ms - l->ev->start.ms >= PROTOCOL_MS)
		say(l, SIGNATURE_PROTOCOL, "Protocol first: IPv6 lost %s UTC, the rest %s later.",
		    stamp(l, l->ev->start.ms, t), duration_format(span, (rest.ms - l->ev->start.ms) / 1000 * 1000));
}

static void look_split(const struct look *l)
{
	const struct group_view *v = &l->f->routing.view;
	char t[WALL_TEXT_MAX];

	if (has(l, SIGNATURE_SPLIT))
		return;
	if (wall_is_set(v->back_v4))
		say(l, SIGNATURE_SPLIT, "Split recovery: IPv4 back %s UTC, IPv6 later.", stamp(l, v->back_v4.ms, t));
	else if (wall_is_set(v->back_v6))
		say(l, SIGNATURE_SPLIT, "Split recovery: IPv6 back %s UTC, IPv4 later.", stamp(l, v->back_v6.ms, t));
}

/* ---- what was before it ---- */

static bool is_earlier_outage(const struct look *l, const struct event *e)
{
	return e != l->ev && e->scope == SCOPE_TERRITORY && strcmp(e->territory, l->ev->territory) == 0 &&
	       e->state == EVENT_RESOLVED && wall_is_set(e->confirmed) && wall_is_set(e->end) && wall_is_set(e->start) &&
	       e->kind != VERDICT_UNSTABLE && e->end.ms <= l->ev->start.ms;
}

static void look_dawn(const struct look *l)
{
	char back[WALL_TEXT_MAX], again[WALL_TEXT_MAX];
	struct fusion *f = l->f;
	int64_t back_ms = INT64_MIN;

	if (l->ev->state == EVENT_EASING)
		f->back = l->ev->easing_since;
	if (l->ev->relapses > f->relapses && wall_is_set(f->back)) {
		if (l->routes && l->d.first > f->back.ms)
			f->again = (struct wall){l->d.first};
		else if (!wall_is_set(f->again) || f->again.ms < f->back.ms)
			f->again = l->now.wall;
		if (f->again.ms - f->back.ms >= DAWN_LEAST_MS && l->ev->relapses <= 2)
			back_ms = f->back.ms;
	}
	f->relapses = l->ev->relapses;
	for (size_t i = 0; back_ms == INT64_MIN && !has(l, SIGNATURE_DAWN | SIGNATURE_CURFEW | SIGNATURE_FLAP) &&
			   i < f->book->count; i++) {
		const struct event *e = f->book->events[i];
		if (!is_earlier_outage(l, e) || l->ev->start.ms - e->end.ms > DAWN_MAX_MS ||
		    e->end.ms - e->start.ms < DAWN_OUTAGE_MS || !(e->loss_peak_pct >= 50))
			continue;
		back_ms = e->end.ms;
		f->again = l->ev->start;
	}
	if (back_ms != INT64_MIN)
		say(l, SIGNATURE_DAWN, "False dawn: back %s UTC, lost again %s UTC.", stamp(l, back_ms, back),
		    stamp(l, f->again.ms, again));
}

static bool is_aftershock(const struct look *l, const struct event *e)
{
	for (size_t i = 0; i < l->f->book->count; i++) {
		const struct event *big = l->f->book->events[i];
		if (is_earlier_outage(l, big) && big->end.ms <= e->start.ms && e->start.ms - big->end.ms < AFTERSHOCK_MS &&
		    big->end.ms - big->start.ms > TREMOR_MAX_MS)
			return true;
	}
	return false;
}

static void look_tremor(const struct look *l)
{
	char t[WALL_TEXT_MAX], span[DURATION_TEXT_MAX];
	int64_t lasts = l->now.wall.ms - l->ev->start.ms;

	if (has(l, SIGNATURE_TREMOR | SIGNATURE_CURFEW) || !(l->ev->loss_peak_pct >= 90))
		return;
	for (size_t i = 0; i < l->f->book->count; i++) {
		const struct event *e = l->f->book->events[i];
		if (!is_earlier_outage(l, e) || !(e->loss_peak_pct >= 90) || is_aftershock(l, e))
			continue;
		int64_t length = e->end.ms - e->start.ms, ahead = l->ev->start.ms - e->start.ms;
		if (length > TREMOR_MAX_MS || ahead < TREMOR_AHEAD_MS || ahead > TREMOR_BACK_MS)
			continue;
		/* two short ones are no tremor of each other */
		if (lasts < 2 * length)
			continue;
		say(l, SIGNATURE_TREMOR, "Tremor before: %s of the same on %s UTC.", duration_format(span, length),
		    stamp(l, e->start.ms, t));
		return;
	}
}

/* A tremor that may still be named: until then nobody says "no warning". */
static bool tremor_waits(const struct look *l)
{
	for (size_t i = 0; i < l->f->book->count; i++) {
		const struct event *e = l->f->book->events[i];
		if (is_earlier_outage(l, e) && e->loss_peak_pct >= 90 && !is_aftershock(l, e) &&
		    e->end.ms - e->start.ms <= TREMOR_MAX_MS &&
		    l->ev->start.ms - e->start.ms >= TREMOR_AHEAD_MS && l->ev->start.ms - e->start.ms <= TREMOR_BACK_MS)
			return true;
	}
	return false;
}

static void look_curfew(const struct look *l)
{
	char words[RECURRENCE_MAX];

	if (recurrence_words(l->f->book, l->ev, words) < RECURRENCE_LEAST)
		return;
	snprintf(l->f->recurrence, sizeof(l->f->recurrence), "%s", words);
	say(l, SIGNATURE_CURFEW, "Curfew: %s UTC.", words);
}

/* ---- the whole ---- */

/* How it began is told by what is more telling about the whole, once that is known. */
static void supersede(const struct look *l)
{
	struct fusion *f = l->f;
	unsigned gone = has(l, SIGNATURE_MORE) ? f->named & (SIGNATURE_NO_WARNING | SIGNATURE_CLEAN) : 0;

	if (has(l, SIGNATURE_CLEAN))
		gone |= f->named & SIGNATURE_NO_WARNING;
	for (int i = 0; i < SIGNATURE_COUNT; i++)
		if (gone & (1U << i))
			f->parts[i][0] = '\0';
	f->named &= ~gone;
}

static void write_note(const struct look *l)
{
	const struct fusion *f = l->f;
	char note[sizeof(l->ev->note)];
	size_t len = 0;

	note[0] = '\0';
	for (size_t i = 0; i < SIGNATURE_COUNT; i++) {
		size_t need = strlen(f->parts[i]) + (len ? 1 : 0);
		if (!f->parts[i][0] || len + need >= sizeof(note))
			continue;
		len += (size_t)snprintf(note + len, sizeof(note) - len, "%s%s", len ? " " : "", f->parts[i]);
	}
	event_name(f->book, l->ev, f->named, note, l->now);
}

/* The note of an event that comes from the store, back into its sentences. */
static void read_note(struct fusion *f, const char *note)
{
	memset(f->parts, 0, sizeof(f->parts));
	while (*note) {
		const char *end = strstr(note, ". ");
		size_t len = end ? (size_t)(end - note) + 1 : strlen(note);
		for (size_t i = 0; i < SIGNATURE_COUNT; i++) {
			const char *phrase = signature_rows[i].phrase;
			bool same = len < SIGNATURE_PART_MAX && (note[0] | 0x20) == phrase[0] &&
				    strncmp(note + 1, phrase + 1, strlen(phrase) - 1) == 0;
			if (same)
				snprintf(f->parts[i], SIGNATURE_PART_MAX, "%.*s", (int)len, note);
		}
		note += len + (note[len] == ' ');
	}
}

static void forget(struct fusion *f, const struct event *ev)
{
	f->signed_id = ev->id;
	read_note(f, ev->note);
	f->named = ev->signatures;
	f->first_loss = f->slope_loss = 0;
	f->v6_first = f->other_first = false;
	f->relapses = ev->relapses;
	f->back = f->again = f->walked = WALL_NONE;
	f->recurrence[0] = '\0';
}

void signature_look(struct fusion *f, struct event *ev, struct now now)
{
	struct look l = {.f = f, .ev = ev, .now = now};

	if (f->signed_id != ev->id)
		forget(f, ev);
	if (ev->state == EVENT_SUSPECTED && ev->relapses > f->relapses && (!wall_is_set(f->again) || f->again.ms < f->back.ms))
		f->again = now.wall;
	if (ev->state != EVENT_CONFIRMED && ev->state != EVENT_EASING)
		return;
	if (ev->relapses > f->relapses)
		f->walked = WALL_NONE;
	bool routing = (ev->classes & CLASS_R) && f->routing.judged && f->routing.confirmed;
	if (routing && (!wall_is_set(f->walked) || now.wall.ms - f->walked.ms >= MINUTE_MS)) {
		departures_make(f, &l.d);
		l.routes = ev->state == EVENT_CONFIRMED;
		f->walked = now.wall;
	}
	look_kind(&l);
	look_protocol(&l);
	look_slope(&l);
	look_split(&l);
	look_curfew(&l);
	look_dawn(&l);
	look_flap(&l);
	look_staggered(&l);
	look_clean(&l);
	look_who_stays(&l);
	look_tremor(&l);
	if (!tremor_waits(&l))
		look_no_warning(&l);
	supersede(&l);
	write_note(&l);
	free(l.d.ops);
}
