/* The life of a territory's event as fusion sees it: detection.md 6 and 7.
 *
 * While routing is part of an event the judge moves it (its area machine), and fusion only tells what the others say:
 * hold, sustain, classes, kind. An event that routing is no part of, or no longer, is moved here:
 *
 *     none -> suspected (any voice) -> confirmed (>= 3 points, two classes) -> easing -> resolved (all voices ended)
 *                       \-> dismissed (nobody for 15 min)
 *
 * What was resolved is not begun again by the same alarms: a detector waits for clean samples, and until then its
 * alarm of the old outage goes on without a loss. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "fusion_priv.h"

#define DISMISS_MS  (15 * MINUTE_MS)
#define REOPEN_MS   (60 * MINUTE_MS)
#define WINDOW_MS   (60 * MINUTE_MS) /* alarms this much before the newest began with it */
#define EASE_SHARE  0.5              /* of the peak, as routing's */
#define RELAPSE_SHARE 0.6

static struct wall max_wall(struct wall a, struct wall b)
{
	return !wall_is_set(a) ? b : !wall_is_set(b) || a.ms > b.ms ? a : b;
}

bool fusion_owns(const struct fusion *f, const struct event *ev)
{
	return ev && ev->id != f->routing.view.event_id;
}

static enum event_state seen_state(const struct event *ev)
{
	return ev->state == EVENT_UNVERIFIED ? ev->before_unverified : ev->state;
}

static struct finding finding_of(const struct fusion *f)
{
	const struct weighing *w = &f->now;

	return (struct finding){
		.scope = SCOPE_TERRITORY,
		.territory = f->territory,
		.subject = f->territory,
		.kind = w->dark ? VERDICT_DARK : VERDICT_PARTIAL,
		.loss_pct = w->loss_pct,
		.classes = w->classes,
		.missing = w->missing,
		.confidence = w->confidence,
		.loss_class = w->loss_class,
	};
}

/* ---- evidence ---- */

static void add_evidence(struct fusion *f, struct event *ev, unsigned classes, const char *rule)
{
	for (int i = 1; i < CLASS_COUNT; i++) {
		const struct voice *v = f->now.of[i].voice;
		struct evidence e = {.time = v ? v->time : WALL_NONE};
		if (!(classes & (1U << i)) || !v)
			continue;
		snprintf(e.source, sizeof(e.source), "%s", v->source);
		snprintf(e.rule, sizeof(e.rule), "%s", v->rule_words[0] ? v->rule_words : rule);
		if (v->value_words[0])
			snprintf(e.value, sizeof(e.value), "%s: %.140s", class_word(1U << i), v->value_words);
		else if (!isnan(v->value))
			snprintf(e.value, sizeof(e.value), "%s: %s %.4g, usual %.4g", class_word(1U << i), v->name,
				 v->value, v->baseline);
		else
			snprintf(e.value, sizeof(e.value), "%s: %s", class_word(1U << i), v->name);
		snprintf(e.url, sizeof(e.url), "%s", v->url);
		event_evidence(f->book, ev, &e);
	}
}

static void add_sum(struct fusion *f, struct event *ev, const char *rule, struct now now)
{
	const struct weighing *w = &f->now;
	struct evidence e = {.time = now.wall, .source = "fusion"};
	char *at = e.value;

	snprintf(e.rule, sizeof(e.rule), "%s", rule);
	at += snprintf(at, sizeof(e.value), "%g points:", w->points);
	for (int i = 0; i < CLASS_COUNT; i++) {
		const struct class_sum *c = &w->of[i];
		size_t room = sizeof(e.value) - (size_t)(at - e.value);
		if (c->say == SAY_LOSS)
			at += snprintf(at, room, " %s +%g", class_word(1U << i), c->points);
		else if (w->against & (1U << i))
			at += snprintf(at, room, " %s -1", class_word(1U << i));
		else if (w->missing & (1U << i))
			at += snprintf(at, room, " %s no data", class_word(1U << i));
		if (at >= e.value + sizeof(e.value))
			break;
	}
	event_evidence(f->book, ev, &e);
}

/* ---- beginning ---- */

/* When what is seen now began: the earliest alarm that began with the newest; older ones were about something else. */
static struct wall began_at(const struct fusion *f, int64_t *error_ms)
{
	const struct weighing *w = &f->now;
	struct wall newest = WALL_NONE, t = WALL_NONE;

	for (int i = 0; i < CLASS_COUNT; i++)
		if (w->of[i].say == SAY_LOSS)
			newest = max_wall(newest, w->of[i].start);
	*error_ms = 0;
	for (int i = 0; i < CLASS_COUNT; i++) {
		const struct class_sum *c = &w->of[i];
		if (c->say != SAY_LOSS || !wall_is_set(c->start) || c->start.ms < newest.ms - WINDOW_MS ||
		    (wall_is_set(t) && c->start.ms >= t.ms))
			continue;
		t = c->start;
		*error_ms = wall_is_set(c->start_low) && c->start_low.ms < t.ms ? t.ms - c->start_low.ms : 0;
	}
	return t;
}

/* Does a class other than routing see a loss now that is not what is left of the last event? */
static bool sees_new(const struct fusion *f, struct wall ended)
{
	for (int i = 1; i < class_index(CLASS_X); i++) {
		const struct class_sum *c = &f->now.of[i];
		if (c->say != SAY_LOSS || !c->now || !wall_is_set(c->fresh))
			continue;
		int64_t step = c->voice && c->voice->step_ms > 0 ? c->voice->step_ms : 0;
		bool begun = wall_is_set(c->start) && wall_is_set(ended) && c->start.ms > ended.ms;
		if (!wall_is_set(ended) || begun || c->fresh.ms - step >= ended.ms + REBOUND_MS)
			return true;
	}
	return false;
}

static struct event *begin(struct fusion *f, struct now now)
{
	struct wall ever = {now.wall.ms - 24 * REOPEN_MS};
	const struct event *last = event_look_recent(f->book, SCOPE_TERRITORY, f->territory, f->territory, ever);
	struct wall ended = last ? last->end : WALL_NONE;
	struct finding finding = finding_of(f);
	int64_t error_ms;

	if (!sees_new(f, ended))
		return NULL;
	struct wall start = began_at(f, &error_ms);
	if (!wall_is_set(start))
		start = now.wall;
	if (wall_is_set(ended) && start.ms < ended.ms) {
		start = ended;
		error_ms = 0;
	}
	struct event *old = event_recent(f->book, SCOPE_TERRITORY, f->territory, f->territory,
					 (struct wall){start.ms - REOPEN_MS});
	/* routes that were gone and are up again are not gone again: that is another outage */
	if (old && (old->classes & CLASS_R) && old->kind != VERDICT_DARK)
		old = NULL;
	struct event *ev = event_suspect(f->book, &finding, start, error_ms, old, now);
	add_evidence(f, ev, f->now.classes, "below what is usual");
	add_sum(f, ev, "a class sees a loss (detection.md 6)", now);
	return ev;
}

/* ---- moving ---- */

/* Points enough, and not only by what a possible feed fault made. */
static bool may_confirm(const struct fusion *f, struct now now)
{
	const struct weighing *w = &f->now;
	bool routing = w->of[0].say == SAY_LOSS;

	if (!w->enough)
		return false;
	/* routing confirms itself, after its dwell; what it says is not taken from it before */
	return !routing || (w->of[0].points < 3 && !judge_hold(f->judge, now)[0]);
}

static void confirm(struct fusion *f, struct event *ev, struct now now)
{
	struct finding finding = finding_of(f);
	int64_t error_ms;
	struct wall start = began_at(f, &error_ms);

	if (ev->state == EVENT_SUSPECTED)
		event_redate(f->book, ev, start, error_ms);
	event_confirm(f->book, ev, &finding, now);
	add_evidence(f, ev, f->now.classes | f->now.against, "below what is usual");
	add_sum(f, ev, ">= 3 points, two classes (detection.md 6)", now);
}

static bool still_seen(const struct fusion *f)
{
	for (int i = 1; i < class_index(CLASS_X); i++)
		if (f->now.of[i].say == SAY_LOSS && f->now.of[i].now)
			return true;
	return false;
}

/* The last of the alarms that took part to end, as an interval. Where none was seen to end (a restart), it ended between
 * what was last seen and the first good sample. */
static struct wall ended_at(const struct fusion *f, const struct event *ev, struct now now, int64_t *error_ms)
{
	struct wall end = WALL_NONE, high = WALL_NONE, fresh = WALL_NONE;

	for (int i = 1; i < CLASS_COUNT; i++) {
		const struct class_sum *c = &f->now.of[i];
		if (!(ev->classes & (1U << i)))
			continue;
		fresh = max_wall(fresh, c->fresh);
		if (!wall_is_set(c->end) || (wall_is_set(ev->start) && c->end.ms < ev->start.ms))
			continue;
		end = max_wall(end, c->end);
		high = max_wall(high, c->end_high);
	}
	if (!wall_is_set(end)) {
		end = wall_is_set(f->last_loss)            ? f->last_loss
		      : wall_is_set(ev->unverified_since) ? ev->unverified_since
							  : ev->changed;
		high = wall_is_set(fresh) ? fresh : now.wall;
	}
	*error_ms = wall_is_set(high) && wall_is_set(end) && high.ms > end.ms ? high.ms - end.ms : 0;
	return end;
}

static void resolve(struct fusion *f, struct event *ev, struct now now)
{
	int64_t error_ms;
	struct wall end = ended_at(f, ev, now, &error_ms);

	add_evidence(f, ev, ev->classes, "back to what is usual");
	event_resolve(f->book, ev, end, error_ms, now);
}

/* Nobody sees a loss any more. Is there anyone left who could? */
static bool is_over(const struct fusion *f, const struct event *ev)
{
	bool told = false;

	for (int i = 0; i < class_index(CLASS_X); i++) {
		if (!(ev->classes & (1U << i)))
			continue;
		if (f->now.of[i].say == SAY_LOSS)
			return false;
		told |= f->now.of[i].say == SAY_NORMAL;
	}
	return told;
}

static bool nobody_tells(const struct fusion *f, const struct event *ev)
{
	for (int i = 0; i < class_index(CLASS_X); i++)
		if ((ev->classes & (1U << i)) && f->now.of[i].say > SAY_NO_DATA)
			return false;
	return (ev->classes & ~(unsigned)(CLASS_R | CLASS_X)) != 0;
}

static void move_quiet(struct fusion *f, struct event *ev, struct now now)
{
	if (nobody_tells(f, ev)) {
		event_unverified(f->book, ev, "no fresh data", f->last_loss, now);
		return;
	}
	if (seen_state(ev) == EVENT_SUSPECTED) {
		f->calm_since = wall_is_set(f->calm_since) ? f->calm_since : now.wall;
		f->due = (struct wall){f->calm_since.ms + DISMISS_MS};
		if (now.wall.ms >= f->due.ms) {
			event_dismiss(f->book, ev, now);
			f->due = WALL_NONE;
		}
	} else if (is_over(f, ev)) {
		resolve(f, ev, now);
	}
}

static void move_own(struct fusion *f, struct event *ev, struct now now)
{
	struct finding finding = finding_of(f);
	double peak = ev->loss_peak_pct;

	if (!(f->now.classes & (CLASS_P | CLASS_T | CLASS_H))) {
		move_quiet(f, ev, now);
		return;
	}
	f->calm_since = f->due = WALL_NONE;
	enum event_state state = seen_state(ev);
	bool seen = still_seen(f);
	if (state == EVENT_SUSPECTED && may_confirm(f, now) && seen)
		confirm(f, ev, now);
	else if (f->takes_over && seen && state != EVENT_SUSPECTED)
		event_rename(f->book, ev, &finding, "routes are back, the loss goes on", now);
	else if (state == EVENT_CONFIRMED && (!seen || finding.loss_pct <= EASE_SHARE * peak))
		event_ease(f->book, ev, &finding, now);
	else if (state == EVENT_EASING && seen && !(finding.loss_pct < RELAPSE_SHARE * peak))
		event_relapse(f->book, ev, &finding, now);
	else
		event_update(f->book, ev, &finding, now);
	f->takes_over = false;
}

/* ---- what the judge is told ---- */

/* Do the others still see the loss, by samples from after the routes came back? */
static bool sustains(const struct fusion *f, const struct event *ev)
{
	const struct weighing *w = &f->now;

	if (!ev || !wall_is_set(f->routes_back) || w->of[0].say == SAY_LOSS)
		return false;
	if (w->dark)
		return true;
	for (int i = 1; i < class_index(CLASS_X); i++)
		if (w->of[i].still && w->of[i].critical && (ev->classes & (1U << i)))
			return true;
	return false;
}

static void tell_judge(struct fusion *f, const struct event *ev)
{
	const struct weighing *w = &f->now;
	bool routing = w->of[0].say == SAY_LOSS, others = w->classes & ~(unsigned)CLASS_R;
	/* the others' figure leads where routing never saw the half of it */
	bool leads = ev && seen_state(ev) != EVENT_EASING && (ev->loss_class || ev->loss_peak_pct < 50);
	struct judge_opinion o = {
		.classes = w->classes,
		.missing = w->missing,
		.confidence = w->confidence == CONFIDENCE_NONE ? CONFIDENCE_LOW : w->confidence,
		.hold = w->disputed,
		.sustain = sustains(f, ev),
		.kind = w->one_way                   ? VERDICT_ONE_WAY
			: w->dark && w->one_family ? VERDICT_DARK
						   : VERDICT_UNKNOWN,
		.loss_pct = routing && others && leads && w->enough && w->of[0].points < 4 ? w->loss_pct : NAN,
		.loss_class = w->loss_class,
	};

	if (w->dark && w->one_family)
		o.loss_pct = w->loss_pct;
	judge_opinion(f->judge, f->group, &o);
}

static void tell_event(struct fusion *f, struct event *ev, struct now now)
{
	const struct weighing *w = &f->now;
	bool one = w->missing && !(w->missing & (w->missing - 1));

	if (!w->classes || seen_state(ev) == EVENT_EASING)
		return;
	event_weigh(f->book, ev,
		    &(struct event_sum){.classes = w->classes,
					.against = w->against,
					.missing = w->missing,
					.confidence = w->confidence == CONFIDENCE_NONE ? CONFIDENCE_LOW : w->confidence,
					.disputed = w->disputed,
					.why_missing = one ? f->why_missing : ""},
		    now);
}

/* ---- the step ---- */

static void note_owner(struct fusion *f, const struct event *ev)
{
	for (int i = 1; i < class_index(CLASS_X); i++)
		if (f->now.of[i].say == SAY_LOSS && f->now.of[i].now)
			f->last_loss = max_wall(f->last_loss, f->now.of[i].fresh);
	bool owns = fusion_owns(f, ev);
	f->takes_over |= owns && f->event_id == (ev ? ev->id : 0) && !f->owned;
	f->event_id = ev ? ev->id : 0;
	f->owned = owns;
}

struct event *fusion_live(struct fusion *f, bool frozen, struct now now)
{
	struct event *ev = event_current(f->book, SCOPE_TERRITORY, f->territory, f->territory);

	if (frozen) {
		if (fusion_owns(f, ev))
			event_unverified(f->book, ev, "this host is offline", now.wall, now);
		return ev;
	}
	if (!ev) {
		f->last_loss = f->due = f->calm_since = WALL_NONE;
		ev = begin(f, now);
	}
	note_owner(f, ev);
	if (ev && fusion_owns(f, ev))
		move_own(f, ev, now);
	else if (ev && ev->state == EVENT_SUSPECTED && may_confirm(f, now) && still_seen(f))
		confirm(f, ev, now);
	if (ev)
		tell_event(f, ev, now);
	tell_judge(f, ev);
	return ev;
}
