/* The life cycle of an event (detection.md 7): what each observation does to state, times, peaks and the log.
 *
 *     SUSPECTED -> CONFIRMED -> EASING -> RESOLVED;  SUSPECTED -> DISMISSED;  EASING -> CONFIRMED (relapse)
 *     RESOLVED -> SUSPECTED (reopened) -> CONFIRMED, or back to RESOLVED with the old end
 *
 * Every public function: end the overlay if there is one, take the finding in, move the state, write one log line. An
 * observation that changes nothing returns before any of that, so that a quiet outage costs no save and no redraw. */
#include "event_private.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

/* Bring the integrals up to t at the level that held since `changed`. */
static void advance(struct event *ev, struct wall t)
{
	if (!wall_is_set(ev->changed) || t.ms <= ev->changed.ms)
		return;
	int64_t ms = t.ms - ev->changed.ms;
	ev->area += ev->loss_pct * ((double)ms / 60000);
	if (ev->loss_pct > 50)
		ev->below_half_ms += ms;
	ev->changed = t;
}

int event_kind_rank(enum verdict_kind k)
{
	static const int ranks[VERDICT_KIND_COUNT] = {
		[VERDICT_UNSTABLE] = 1, [VERDICT_V6_ONLY] = 2, [VERDICT_V4_ONLY] = 2,   [VERDICT_PARTIAL] = 3,
		[VERDICT_ONE_WAY] = 4,  [VERDICT_DARK] = 4,    [VERDICT_WITHDRAWN] = 4,
	};

	return k < VERDICT_KIND_COUNT ? ranks[k] : 0;
}

static bool takes_kind(const struct event *ev, enum verdict_kind k)
{
	if (k == ev->kind || event_kind_rank(k) == 0)
		return false;
	/* flapping is what a network does after it went down; a territory only before anything is down */
	return event_kind_rank(k) >= event_kind_rank(ev->kind) || (ev->scope == SCOPE_NETWORK && k == VERDICT_UNSTABLE);
}

/* The finding's level, 0..100; a level that is not known leaves what was known. */
static double level_of(const struct event *ev, const struct finding *f)
{
	return isnan(f->loss_pct) ? ev->loss_pct : fmin(fmax(f->loss_pct, 0), 100);
}

/* Does the finding give the counts for the words: as many networks as ever, or another total? */
static bool is_peak(const struct event *ev, const struct finding *f)
{
	return f->networks_total != 0 &&
	       (f->networks_lost > ev->networks_lost ||
		(f->networks_lost == ev->networks_lost && f->networks_total != ev->networks_total));
}

/* JSON prints tenths: less than half of one is no news. */
static bool is_news(const struct event *ev, const struct finding *f)
{
	return fabs(level_of(ev, f) - ev->loss_pct) >= 0.05 || takes_kind(ev, f->kind) ||
	       f->networks_lost != ev->lost_now || is_peak(ev, f) || (f->classes & ~ev->classes) ||
	       (f->missing & ~(ev->classes | f->classes)) != ev->missing || f->confidence > ev->confidence ||
	       (level_of(ev, f) >= ev->loss_peak_pct &&
		(f->via_asn != ev->via_asn || f->loss_class != ev->loss_class));
}

static void take(struct event *ev, const struct finding *f, struct wall t)
{
	double level = level_of(ev, f);

	advance(ev, t);
	ev->changed = t;
	ev->loss_pct = level;
	if (is_peak(ev, f)) {
		ev->networks_lost = f->networks_lost;
		ev->networks_total = f->networks_total;
	}
	ev->lost_now = f->networks_lost;
	if (level >= ev->loss_peak_pct) {
		ev->loss_peak_pct = level;
		ev->via_asn = f->via_asn;
		ev->loss_class = f->loss_class;
	}
	if (takes_kind(ev, f->kind))
		ev->kind = f->kind;
	ev->severity = severity_from_loss(ev->loss_peak_pct);
	ev->classes |= f->classes;
	ev->missing = f->missing & ~ev->classes;
	if (f->confidence > ev->confidence)
		ev->confidence = f->confidence;
}

/* The parts of a log line, each good until words_release. */
struct words {
	struct strbuf who, what, level, since, span;
};

static void words_make(struct words *w, const struct event *ev, struct wall now)
{
	char span[DURATION_TEXT_MAX];

	strbuf_init(&w->who, SENTENCE_MAX);
	strbuf_init(&w->what, SENTENCE_MAX);
	strbuf_init(&w->level, SENTENCE_MAX);
	strbuf_init(&w->since, WALL_TEXT_MAX);
	strbuf_init(&w->span, DURATION_TEXT_MAX);
	event_who(ev, &w->who);
	event_what(ev, &w->what);
	event_level(ev, &w->level);
	event_stamp(ev->start, now, STAMP_SHORT, ev->start_error_ms, &w->since);
	if (ev->start_error_ms > WIDE_ERROR_MS || ev->end_error_ms > WIDE_ERROR_MS)
		strbuf_addc(&w->span, '~');
	strbuf_adds(&w->span, duration_format(span, event_duration_ms(ev, now)));
}

static void words_release(struct words *w)
{
	strbuf_release(&w->who);
	strbuf_release(&w->what);
	strbuf_release(&w->level);
	strbuf_release(&w->since);
	strbuf_release(&w->span);
}

/* ---- beginning ---- */

static struct event *reopen_event(struct event_book *b, struct event *ev, const struct finding *f, struct wall start,
				  struct now now)
{
	struct held *h = held_of(ev);
	struct words w;

	if (ev->state != EVENT_RESOLVED)
		return ev;
	h->last_end = ev->end;
	h->last_end_error_ms = ev->end_error_ms;
	ev->end = WALL_NONE;
	ev->end_error_ms = 0;
	ev->relapses++;
	ev->transitions++;
	event_state_set(b, ev, EVENT_SUSPECTED);
	ev->changed = start;
	ev->loss_pct = 0;
	take(ev, f, now.wall);
	words_make(&w, ev, now.wall);
	event_log(b, ev, EVENT_RESOLVED, start, now, false,
		  "%s: reopened, %s again (suspected, relapse %u, first %s UTC)", w.who.text, w.what.text, ev->relapses,
		  w.since.text);
	words_release(&w);
	event_touch(b, ev);
	return ev;
}

struct event *event_suspect(struct event_book *b, const struct finding *f, struct wall start, int64_t error_ms,
			    struct event *reopen, struct now now)
{
	struct event proto = {
		.scope = f->scope,
		.kind = event_kind_rank(f->kind) ? f->kind : VERDICT_PARTIAL,
		.state = EVENT_SUSPECTED,
		.start = start,
		.start_error_ms = error_ms > 0 ? error_ms : 0,
		.end = WALL_NONE,
		.confirmed = WALL_NONE,
		.easing_since = WALL_NONE,
		.unverified_since = WALL_NONE,
		.changed = start,
		.transitions = 1,
		.replay = b->replay,
	};
	struct words w;

	if (reopen)
		return reopen_event(b, reopen, f, start, now);
	text_clean_str(proto.territory, sizeof(proto.territory), f->territory);
	text_clean_str(proto.subject, sizeof(proto.subject), f->subject);
	struct event *ev = event_add(b, &proto);
	ev->loss_pct = level_of(ev, f); /* what is seen now has held since the start */
	take(ev, f, wall_is_set(now.wall) ? now.wall : start);
	words_make(&w, ev, now.wall);
	event_log(b, ev, EVENT_SUSPECTED, start, now, false, "%s: %s since %s UTC (suspected)", w.who.text, w.what.text,
		  w.since.text);
	words_release(&w);
	event_touch(b, ev);
	return ev;
}

/* ---- the level moves ---- */

static void log_change(struct event_book *b, struct event *ev, enum verdict_kind kind, enum severity severity,
		       struct now now)
{
	struct words w;
	bool shown = ev->state != EVENT_SUSPECTED;

	if (kind == ev->kind && severity == ev->severity)
		return;
	words_make(&w, ev, now.wall);
	bool named = strncmp(w.what.text, verdict_name(ev->kind), strlen(verdict_name(ev->kind))) == 0; /* "dark (...)" */
	if (kind != ev->kind && named)
		event_log(b, ev, ev->state, now.wall, now, shown, "%s: %s became %s, %s, since %s UTC", w.who.text,
			  verdict_name(kind), w.what.text, severity_name(ev->severity), w.since.text);
	else if (kind != ev->kind)
		event_log(b, ev, ev->state, now.wall, now, shown, "%s: %s became %s: %s (%s, since %s UTC)", w.who.text,
			  verdict_name(kind), verdict_name(ev->kind), w.what.text, severity_name(ev->severity),
			  w.since.text);
	else
		event_log(b, ev, ev->state, now.wall, now, shown, "%s: severity %s became %s: %s (since %s UTC)",
			  w.who.text, severity_name(severity), severity_name(ev->severity), w.what.text, w.since.text);
	words_release(&w);
}

void event_update(struct event_book *b, struct event *ev, const struct finding *f, struct now now)
{
	enum verdict_kind kind = ev->kind;
	enum severity severity = ev->severity;

	event_verified(b, ev, now);
	if (!event_is_live(ev) || !is_news(ev, f))
		return;
	take(ev, f, now.wall);
	log_change(b, ev, kind, severity, now);
	event_touch(b, ev);
}

/* ---- the states move ---- */

void event_confirm(struct event_book *b, struct event *ev, const struct finding *f, struct now now)
{
	struct words w;

	event_verified(b, ev, now);
	if (ev->state == EVENT_EASING) {
		event_relapse(b, ev, f, now);
		return;
	}
	if (ev->state != EVENT_SUSPECTED) {
		event_update(b, ev, f, now);
		return;
	}
	take(ev, f, now.wall);
	event_state_set(b, ev, EVENT_CONFIRMED);
	bool again = wall_is_set(ev->confirmed); /* reopened: it was confirmed when it first was */
	if (!again)
		ev->confirmed = now.wall;
	ev->easing_since = WALL_NONE;
	held_of(ev)->last_end = WALL_NONE;
	event_fold_moment(b, ev, now);
	words_make(&w, ev, now.wall);
	if (again)
		event_log(b, ev, EVENT_SUSPECTED, now.wall, now, true,
			  "%s: relapse %u, %s again (confirmed, first %s UTC)", w.who.text, ev->relapses, w.what.text,
			  w.since.text);
	else
		event_log(b, ev, EVENT_SUSPECTED, now.wall, now, true, "%s: %s since %s UTC (confirmed)", w.who.text,
			  w.what.text, w.since.text);
	words_release(&w);
	event_touch(b, ev);
}

/* Is a swing of it worth a line? What flaps is told once, and so is an outage that comes back again and again: an operator whose
 * networks flap in turn relapsed 143 times in a day of the 2014 case. All are in the log and in the count. */
static bool swing_is_told(struct event *ev, struct wall now)
{
	const struct held *h = held_of(ev);
	int64_t oldest = now.ms;

	for (size_t i = 0; i < BOUT_RELAPSES; i++)
		oldest = h->relapsed_ms[i] < oldest ? h->relapsed_ms[i] : oldest;
	return ev->kind != VERDICT_UNSTABLE && now.ms - oldest >= BOUT_MS;
}

void event_ease(struct event_book *b, struct event *ev, const struct finding *f, struct now now)
{
	struct words w;

	event_verified(b, ev, now);
	if (ev->state != EVENT_CONFIRMED) {
		event_update(b, ev, f, now);
		return;
	}
	take(ev, f, now.wall);
	event_state_set(b, ev, EVENT_EASING);
	ev->easing_since = now.wall;
	ev->transitions++;
	words_make(&w, ev, now.wall);
	bool told = ev->scope != SCOPE_NETWORK && swing_is_told(ev, now.wall); /* a network's lasts two minutes (detection.md 4) */
	event_log(b, ev, EVENT_CONFIRMED, now.wall, now, told, "%s: easing, %s", w.who.text, w.level.text);
	words_release(&w);
	event_touch(b, ev);
}

void event_relapse(struct event_book *b, struct event *ev, const struct finding *f, struct now now)
{
	struct words w;

	event_verified(b, ev, now);
	if (ev->state != EVENT_EASING) {
		if (ev->state == EVENT_SUSPECTED)
			event_confirm(b, ev, f, now);
		else
			event_update(b, ev, f, now);
		return;
	}
	take(ev, f, now.wall);
	event_state_set(b, ev, EVENT_CONFIRMED);
	ev->easing_since = WALL_NONE;
	bool told = swing_is_told(ev, now.wall);
	held_of(ev)->relapsed_ms[ev->relapses % BOUT_RELAPSES] = now.wall.ms;
	ev->relapses++;
	ev->transitions++;
	words_make(&w, ev, now.wall);
	event_log(b, ev, EVENT_EASING, now.wall, now, told, "%s: relapse %u, %s (since %s UTC)",
		  w.who.text, ev->relapses, w.level.text, w.since.text);
	words_release(&w);
	event_touch(b, ev);
}

static void close_at(struct event_book *b, struct event *ev, struct wall end, int64_t error_ms, struct now now)
{
	advance(ev, wall_is_set(end) && end.ms < now.wall.ms ? end : now.wall);
	event_state_set(b, ev, EVENT_RESOLVED);
	ev->end = end;
	ev->end_error_ms = error_ms > 0 ? error_ms : 0;
	ev->changed = now.wall;
	ev->loss_pct = 0;
	ev->lost_now = 0;
}

void event_resolve(struct event_book *b, struct event *ev, struct wall end, int64_t error_ms, struct now now)
{
	struct strbuf stamp;
	struct words w;

	event_verified(b, ev, now);
	if (!event_is_live(ev))
		return;
	if (ev->state == EVENT_SUSPECTED && !wall_is_set(ev->confirmed)) {
		event_dismiss(b, ev, now);
		return;
	}
	enum event_state from = ev->state;
	if (!wall_is_set(end))
		end = now.wall;
	if (wall_is_set(ev->start) && end.ms < ev->start.ms)
		end = ev->start; /* effects do not come before causes, whatever a clock said */
	close_at(b, ev, end, error_ms, now);
	strbuf_init(&stamp, WALL_TEXT_MAX);
	event_stamp(end, now.wall, STAMP_SHORT, ev->end_error_ms, &stamp);
	words_make(&w, ev, now.wall);
	if (ev->kind != VERDICT_UNSTABLE)
		event_log(b, ev, from, end, now, true, "%s: restored %s UTC after %s", w.who.text, stamp.text, w.span.text);
	else if (ev->note[0]) /* it did not become steady */
		event_log(b, ev, from, end, now, true, "%s: flapping ended %s UTC after %s. %s", w.who.text, stamp.text,
			  w.span.text, ev->note);
	else
		event_log(b, ev, from, end, now, true, "%s: steady since %s UTC after %s of flapping", w.who.text,
			  stamp.text, w.span.text);
	words_release(&w);
	strbuf_release(&stamp);
	event_touch(b, ev);
}

/* A new suspicion about an outage that really was and ended: the outage stays, the suspicion goes. */
static void dismiss_reopened(struct event_book *b, struct event *ev, struct now now)
{
	struct held *h = held_of(ev);
	struct wall end = h->last_end;
	int64_t error_ms = h->last_end_error_ms;
	struct words w;

	if (!wall_is_set(end)) { /* read back from the store in this state: all that is known of the old end */
		end = wall_is_set(ev->easing_since) ? ev->easing_since : now.wall;
		error_ms = now.wall.ms - end.ms;
	}
	close_at(b, ev, end, error_ms, now);
	if (ev->relapses > 0)
		ev->relapses--;
	event_children_fit(b, ev);
	words_make(&w, ev, now.wall);
	event_log(b, ev, EVENT_SUSPECTED, now.wall, now, false, "%s: new suspicion dismissed, still restored after %s",
		  w.who.text, w.span.text);
	words_release(&w);
	event_touch(b, ev);
}

void event_dismiss(struct event_book *b, struct event *ev, struct now now)
{
	struct words w;

	event_verified(b, ev, now);
	if (ev->state != EVENT_SUSPECTED)
		return;
	if (wall_is_set(ev->confirmed)) {
		dismiss_reopened(b, ev, now);
		return;
	}
	advance(ev, now.wall);
	event_state_set(b, ev, EVENT_DISMISSED);
	event_children_fit(b, ev);
	ev->changed = now.wall;
	ev->loss_pct = 0;
	ev->lost_now = 0;
	words_make(&w, ev, now.wall);
	event_log(b, ev, EVENT_SUSPECTED, now.wall, now, false, "%s: suspicion of %s UTC dismissed", w.who.text,
		  w.since.text);
	words_release(&w);
	event_touch(b, ev);
}

/* ---- the overlay ---- */

void event_unverified(struct event_book *b, struct event *ev, const char *why, struct wall since, struct now now)
{
	struct strbuf stamp;
	struct words w;

	if (!event_is_live(ev) || ev->state == EVENT_UNVERIFIED)
		return;
	if (!wall_is_set(since))
		since = now.wall;
	advance(ev, since);
	ev->before_unverified = ev->state;
	event_state_set(b, ev, EVENT_UNVERIFIED);
	ev->unverified_since = since;
	strbuf_init(&stamp, WALL_TEXT_MAX);
	event_stamp(since, now.wall, STAMP_SHORT, 0, &stamp);
	words_make(&w, ev, now.wall);
	event_log(b, ev, ev->before_unverified, since, now, ev->before_unverified != EVENT_SUSPECTED,
		  "%s: unverified since %s UTC (%s)", w.who.text, stamp.text, why && why[0] ? why : "no fresh data");
	words_release(&w);
	strbuf_release(&stamp);
	event_touch(b, ev);
}

void event_verified(struct event_book *b, struct event *ev, struct now now)
{
	char gap[DURATION_TEXT_MAX];
	struct words w;

	if (ev->state != EVENT_UNVERIFIED)
		return;
	int64_t gap_ms = wall_is_set(ev->unverified_since) ? now.wall.ms - ev->unverified_since.ms : 0;
	if (gap_ms > 0)
		ev->unverified_ms += gap_ms;
	event_state_set(b, ev, ev->before_unverified);
	ev->unverified_since = WALL_NONE;
	ev->restored = false;
	ev->changed = now.wall; /* nothing was seen in between: the gap adds to no integral */
	words_make(&w, ev, now.wall);
	event_log(b, ev, EVENT_UNVERIFIED, now.wall, now, ev->state != EVENT_SUSPECTED,
		  "%s: seen again after %s unverified", w.who.text, duration_format(gap, gap_ms));
	words_release(&w);
	event_touch(b, ev);
}

/* ---- marks ---- */

void event_late(struct event *ev)
{
	if (!ev->late)
		ev->dirty = true;
	ev->late = true;
}

bool event_refine(struct event_book *b, struct event *ev, struct wall start, int64_t start_error_ms, struct wall end,
		  int64_t end_error_ms, struct now now)
{
	bool begins = wall_is_set(start) && wall_is_set(ev->start) && start_error_ms < ev->start_error_ms && start.ms <= ev->start.ms &&
		      start.ms >= ev->start.ms - ev->start_error_ms;
	bool ends = ev->state == EVENT_RESOLVED && wall_is_set(end) && wall_is_set(ev->end) && end_error_ms < ev->end_error_ms &&
		    end.ms >= ev->end.ms && end.ms <= ev->end.ms + ev->end_error_ms;
	struct strbuf stamp;
	struct words w;

	if (!begins && !ends)
		return false;
	if (begins) {
		ev->start = start;
		ev->start_error_ms = start_error_ms;
	}
	if (ends) {
		ev->end = end;
		ev->end_error_ms = end_error_ms;
	}
	event_late(ev);
	strbuf_init(&stamp, WALL_TEXT_MAX);
	event_stamp(ends ? end : start, now.wall, STAMP_SHORT, 0, &stamp);
	words_make(&w, ev, now.wall);
	event_log(b, ev, ev->state, ends ? end : start, now, true, "%s: the archive dates %s %s UTC%s%s", w.who.text,
		  ends ? "its end" : "its begin", stamp.text, ends ? ", after " : "", ends ? w.span.text : "");
	words_release(&w);
	strbuf_release(&stamp);
	event_touch(b, ev);
	return true;
}

void event_seen_until(struct event_book *b, struct event *ev, struct wall t)
{
	if (!ev->restored || ev->state != EVENT_UNVERIFIED)
		return;
	advance(ev, t);
	ev->unverified_since = wall_is_set(ev->changed) && ev->changed.ms > t.ms ? ev->changed : t;
	ev->dirty = true;
	b->version++;
}

void event_missing(struct event_book *b, struct event *ev, unsigned missing)
{
	missing &= ~ev->classes;
	if (!event_is_live(ev) || ev->state == EVENT_UNVERIFIED || ev->missing == missing)
		return;
	ev->missing = missing;
	ev->dirty = true;
	b->version++;
}
