/* Which of the known signatures an outage is: see core/signature.h for the words.
 *
 * Decided from the event, from when each operator's networks went, from what the other classes say, and from the events
 * before it in the book. Looked at while the event is open, at most once a minute where the routes have to be walked
 * through. Each rule is bounded by what was seen: "no warning" is only said when the hours before were watched, "abroad"
 * only where the territory's own ASes are known. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "signature_private.h"

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

/* ---- the parts of the note ---- */

char *signature_part(const struct look *l, unsigned bit)
{
	int i = 0;

	while (1U << i != bit)
		i++;
	return l->f->parts[i];
}

void signature_say(const struct look *l, unsigned bit, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(signature_part(l, bit), SIGNATURE_PART_MAX, fmt, ap);
	va_end(ap);
	l->f->named |= bit;
}

/* "14:00", "27 Jan 14:00" when it is not the day the outage began on. */
const char *signature_stamp(const struct look *l, int64_t ms, char dst[WALL_TEXT_MAX])
{
	struct strbuf b;

	strbuf_init(&b, WALL_TEXT_MAX - 1);
	event_stamp((struct wall){ms}, l->now.wall, STAMP_SHORT, 0, &b);
	snprintf(dst, WALL_TEXT_MAX, "%s", b.text);
	strbuf_release(&b);
	return dst;
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
		signature_say(l, SIGNATURE_DECOY, "Decoy route: %u of %u networks stay%s, originated abroad by AS%u%s.", up, d->nets,
		    up == 1 ? "s" : "", stays->asn, d->count - d->gone > 1 ? " and others" : "");
	else if (d->count - d->gone == 1 && d->gone >= 2 && l->now.wall.ms - d->last >= wait && stays->home && stays->lost * 10 <= stays->count)
		signature_say(l, SIGNATURE_LAST, "Last network standing: AS%u, %u of %u networks.", stays->asn,
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
	signature_say(l, SIGNATURE_SLOPE, "Slow slope: loss %.0f%% at first, %.0f%% after %s.", f->first_loss, loss,
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
		signature_say(l, SIGNATURE_PROTOCOL, "Protocol first: IPv6 lost %s UTC, the rest %s later.",
		    signature_stamp(l, l->ev->start.ms, t), duration_format(span, (rest.ms - l->ev->start.ms) / 1000 * 1000));
}

static void look_split(const struct look *l)
{
	const struct group_view *v = &l->f->routing.view;
	char t[WALL_TEXT_MAX];

	if (has(l, SIGNATURE_SPLIT))
		return;
	if (wall_is_set(v->back_v4))
		signature_say(l, SIGNATURE_SPLIT, "Split recovery: IPv4 back %s UTC, IPv6 later.", signature_stamp(l, v->back_v4.ms, t));
	else if (wall_is_set(v->back_v6))
		signature_say(l, SIGNATURE_SPLIT, "Split recovery: IPv6 back %s UTC, IPv4 later.", signature_stamp(l, v->back_v6.ms, t));
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
		signature_say(l, SIGNATURE_DAWN, "False dawn: back %s UTC, lost again %s UTC.", signature_stamp(l, back_ms, back),
		    signature_stamp(l, f->again.ms, again));
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
		signature_say(l, SIGNATURE_TREMOR, "Tremor before: %s of the same on %s UTC.", duration_format(span, length),
		    signature_stamp(l, e->start.ms, t));
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
	signature_say(l, SIGNATURE_CURFEW, "Curfew: %s UTC.", words);
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
	signature_look_flap(&l);
	signature_look_staggered(&l);
	signature_look_clean(&l);
	look_who_stays(&l);
	look_tremor(&l);
	if (!tremor_waits(&l))
		signature_look_no_warning(&l);
	supersede(&l);
	write_note(&l);
	free(l.d.ops);
}
