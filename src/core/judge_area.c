/* The machine of an operator or a territory: detection.md 5.1 and 7.
 *
 *     normal -> suspected -> confirmed -> easing -> normal;  suspected -> normal (dismissed);  easing -> confirmed
 * (relapse)
 *
 * The two families are judged apart: a line crossed in one is enough. Dwell times run from the moment SUSPECT plus DOWN
 * crosses a line, and when they end DOWN alone must cross it, so that a total loss confirms together with its networks.
 * The start is the crossing of the suspicion line, the end the crossing of the exit line that then held. */
#include "judge_priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define EASE_SHARE    0.5    /* of the peak */
#define RELAPSE_SHARE 0.6    /* a little above, so that a level on the line does not swing the state */
#define SHAKES        2      /* suspicions in a row, gone and back, that make it unstable */
#define SHAKE_GAP_MS  (3 * HOUR_MS)
#define CALM_MS       MIN_MS /* below the line for so long: the next crossing is another start */

/* ---- suspicion ---- */

static void enter(const struct area_step *s, enum area_phase phase)
{
	s->a->phase = phase;
	s->a->since = s->m->t;
}

/* Begin the counting of an event anew: it was suspected before, but what is told begins at start. */
static void redate(struct event_book *b, struct event *ev, const struct area *a, const struct finding *f)
{
	ev->start = ev->changed = a->start;
	ev->start_error_ms = a->start_error_ms;
	ev->area = 0;
	ev->below_half_ms = 0;
	ev->loss_pct = f->loss_pct;
	ev->loss_peak_pct = 0;
	ev->networks_lost = ev->networks_total = ev->lost_now = 0;
	ev->kind = f->kind;
	ev->dirty = true;
	event_children_fit(b, ev);
}

static void set_start(const struct area_step *s)
{
	struct area *a = s->a;

	if (judge_crossing(s->j, s->g, &a->start, &a->start_error_ms))
		return;
	a->start = s->m->t;
	a->start_error_ms = 0;
}

/* Suspected: since when has it been going up and down? A bout that was dismissed for a calm hour or two goes on. */
static void begin_shaking(struct area *a)
{
	bool goes_on = wall_is_set(a->past_until) && a->start.ms - a->past_until.ms <= SHAKE_GAP_MS;

	if (wall_is_set(a->shaky_since))
		return;
	a->shaky_since = goes_on ? a->past_since : a->start;
	if (goes_on)
		a->unstable_since = a->past_since;
}

/* Unstable before anything is down: with a line of its own in the log, once a bout (detection.md 7, product.md). */
static void shake(const struct area_step *s, struct wall since)
{
	char t[WALL_TEXT_MAX];

	s->a->unstable_since = since;
	if (s->g->scope == SCOPE_TERRITORY)
		event_note(s->j->book, s->g->territory, s->m->t, s->m->now,
			   "%s: unstable, networks go and come back since %s UTC", s->g->subject,
			   wall_format_day_hm(t, since));
}

/* What was only suspected and shook: remembered when it is dismissed. */
static void end_shaking(struct area *a, struct wall t)
{
	bool shook = a->phase == AREA_SUSPECTED && wall_is_set(a->unstable_since);

	a->past_since = shook ? a->unstable_since : WALL_NONE;
	a->past_until = shook ? t : WALL_NONE;
}

/* An event of this territory that fusion opened for what the other classes see: one territory has one outage. */
static bool join_open(const struct area_step *s, const struct finding *f)
{
	struct area *a = s->a;
	struct event *ev =
		event_current(s->j->book, s->g->scope, s->g->territory, s->g->subject);

	if (!ev || s->g->scope != SCOPE_TERRITORY)
		return false;
	a->event_id = ev->id;
	a->joined = true;
	a->reopened = false;
	event_redate(s->j->book, ev, a->start, a->start_error_ms);
	event_update(s->j->book, ev, f, s->m->now);
	enter(s, AREA_SUSPECTED);
	judge_area_family(s->j, s->group, ev);
	judge_area_evidence(s->j, s->g, ev, "down or suspect above the line", s->m->t);
	return true;
}

static void suspect_outage(const struct area_step *s)
{
	struct area *a = s->a;
	const struct group *g = s->g;
	struct event *ev = judge_event(s->j, a->event_id);

	a->outage = true;
	set_start(s);
	struct finding f = judge_area_finding(s->j, g, true);
	if (!ev && join_open(s, &f))
		return;
	struct event *old = event_recent(s->j->book, g->scope, g->territory, g->subject,
					 (struct wall){a->start.ms - g->rules->reopen_ms});
	if (ev && old) {
		event_dismiss(s->j->book, ev, s->m->now);
		ev = NULL;
	}
	if (ev) {
		redate(s->j->book, ev, a, &f);
		event_update(s->j->book, ev, &f, s->m->now);
	} else {
		ev = event_suspect(s->j->book, &f, a->start, a->start_error_ms, old, s->m->now);
		a->reopened = old != NULL;
	}
	a->event_id = ev->id;
	begin_shaking(a);
	enter(s, AREA_SUSPECTED);
	judge_area_family(s->j, s->group, ev);
	judge_area_evidence(s->j, g, ev, "down or suspect above the line", s->m->t);
}

/* Suspected, normal for a while, and now lost again: the event begins here. */
static void suspect_again(const struct area_step *s)
{
	struct event *ev = judge_event(s->j, s->a->event_id);

	set_start(s);
	if (++s->a->shakes >= SHAKES && !wall_is_set(s->a->unstable_since))
		shake(s, s->a->shaky_since);
	if (!ev || ev->state != EVENT_SUSPECTED)
		return;
	struct finding f = judge_area_finding(s->j, s->g, true);
	redate(s->j->book, ev, s->a, &f);
}

static void suspect_unstable(const struct area_step *s)
{
	struct area *a = s->a;

	a->start = s->m->t;
	a->start_error_ms = 0;
	a->outage = a->reopened = false;
	begin_shaking(a);
	if (!wall_is_set(a->unstable_since))
		shake(s, a->shaky_since);
	struct finding f = judge_area_finding(s->j, s->g, true);
	struct event *ev = event_suspect(s->j->book, &f, a->start, 0, NULL, s->m->now);
	a->event_id = ev->id;
	enter(s, AREA_SUSPECTED);
	judge_area_family(s->j, s->group, ev);
	judge_area_evidence(s->j, s->g, ev, "flapping, or 3 blips within an hour", s->m->t);
}

static bool step_normal(const struct area_step *s)
{
	if (judge_group_lost(s->g))
		suspect_outage(s);
	else if (judge_group_unstable(s->g) &&
		 !event_current(s->j->book, s->g->scope, s->g->territory, s->g->subject))
		suspect_unstable(s);
	return s->a->phase != AREA_NORMAL;
}

/* ---- confirmation ---- */

static bool every_network_down(const struct group *g)
{
	unsigned lost = g->sums[V4].lost_d + g->sums[V6].lost_d;

	return lost > 0 && lost == g->sums[V4].expected + g->sums[V6].expected;
}

/* The line that is crossed for long enough, by networks that are DOWN; -1: none. */
static int confirmed_by(const struct area_step *s)
{
	const struct area *a = s->a;
	const struct area_rules *rules = s->g->rules;
	bool warm = judge_group_warm(s->g);

	if (!warm && s->m->now.mono.ms < s->g->joined_ms + SETTLE_MS)
		return -1;
	for (int i = 0; i < AREA_LINES && judge_is_line(rules, i); i++) {
		if (rules->lines[i].every && every_network_down(s->g))
			return i;
		for (int f = 0; f < RIB_FAMILIES && !rules->lines[i].every; f++) {
			if (!clock_done(a->line_since[f][i], rules->lines[i].dwell_ms, s->m->now.mono.ms) ||
			    !(a->loss_d[f] >= rules->lines[i].loss - AREA_EPSILON) ||
			    s->g->sums[f].expected < rules->lines[i].networks_min)
				continue;
			if (warm || a->loss_d[f] >= AREA_TOTAL_PCT)
				return i;
		}
	}
	return -1;
}

static void grow_peaks(struct area *a)
{
	for (int f = 0; f < RIB_FAMILIES; f++)
		if (a->loss_d[f] > a->peak[f])
			a->peak[f] = a->loss_d[f];
}

static bool confirm(const struct area_step *s)
{
	struct area *a = s->a;
	bool held = s->m->now.mono.ms < s->j->hold_until_ms || s->g->opinion.hold;
	int line = a->outage && !held ? confirmed_by(s) : -1;
	char rule[RULE_MAX];

	if (line < 0)
		return false;
	grow_peaks(a);
	a->via_asn = judge_area_via(s->j, s->g);
	struct finding f = judge_area_finding(s->j, s->g, false);
	struct event *ev = judge_event(s->j, a->event_id);
	if (!ev)
		ev = event_suspect(s->j->book, &f, a->start, a->start_error_ms, NULL, s->m->now);
	else if (!a->reopened && !a->joined && ev->state == EVENT_SUSPECTED)
		redate(s->j->book, ev, a, &f); /* what was only suspected leaves no peak */
	a->event_id = ev->id;
	judge_area_family(s->j, s->group, ev); /* before its line: so that theirs are told under it */
	event_confirm(s->j->book, ev, &f, s->m->now);
	enter(s, AREA_CONFIRMED);
	judge_area_evidence(s->j, s->g, ev, judge_line_words(rule, s->g->rules, line), s->m->t);
	return true;
}

static void update(const struct area_step *s, bool suspects_too)
{
	struct event *ev = judge_event(s->j, s->a->event_id);

	if (!ev)
		return;
	struct finding f = judge_area_finding(s->j, s->g, suspects_too);
	event_update(s->j->book, ev, &f, s->m->now);
}

static void leave(const struct area_step *s)
{
	struct area *a = s->a;

	end_shaking(a, s->m->t);
	a->event_id = a->via_asn = 0;
	a->reopened = a->outage = a->joined = false;
	memset(a->peak, 0, sizeof(a->peak));
	a->split_t[V4] = a->split_t[V6] = a->unstable_since = a->shaky_since = WALL_NONE;
	a->shakes = 0;
	enter(s, AREA_NORMAL);
}

static bool step_suspected(const struct area_step *s)
{
	struct area *a = s->a;
	bool lost = judge_group_lost(s->g);
	int64_t ms = s->m->now.mono.ms;

	if (lost && !a->outage)
		suspect_outage(s);
	else if (lost && !a->reopened && !a->joined && clock_done(a->calm_since, CALM_MS, ms))
		suspect_again(s);
	a->calm_since = clock_run(a->calm_since, a->outage ? !lost : !judge_group_unstable(s->g), ms);
	if (confirm(s))
		return true;
	if (!clock_done(a->calm_since, AREA_DISMISS_MS, ms)) {
		update(s, true);
		return false;
	}
	struct event *ev = judge_event(s->j, a->event_id);
	if (ev && !s->g->opinion.sustain && ev->state == EVENT_SUSPECTED) {
		judge_area_evidence(s->j, s->g, ev, "back to normal for 15 min", s->m->t);
		event_dismiss(s->j->book, ev, s->m->now);
	}
	a->calm_since = NO_CLOCK;
	leave(s);
	return true;
}

/* ---- the way back ---- */

/* One family has been back for as long as a resolution asks, the other is still lost: the event goes on as that. */
static void split_recovery(const struct area_step *s)
{
	static const char *const names[RIB_FAMILIES] = {[V4] = "IPv4", [V6] = "IPv6"};
	struct area *a = s->a;
	char text[80], hm[WALL_TEXT_MAX];

	for (int f = 0; f < RIB_FAMILIES; f++) {
		bool was_lost = a->peak[f] >= judge_suspect_line(s->g, f) && a->peak[f] > 0;
		if (s->g->scope != SCOPE_TERRITORY || !was_lost ||
		    !clock_done(a->back_since[f], s->g->rules->exits[0].dwell_ms, s->m->now.mono.ms) ||
		    !(a->loss_d[!f] >= judge_suspect_line(s->g, !f)) || !(a->peak[!f] > 0))
			continue;
		a->peak[f] = 0;
		a->split_t[f] = a->back_t[f];
		struct event *ev = judge_event(s->j, a->event_id);
		struct finding finding = judge_area_finding(s->j, s->g, false);
		snprintf(text, sizeof(text), "%s back %s UTC, %s still lost", names[f],
			 wall_format_hm(hm, a->back_t[f]), names[!f]);
		if (ev)
			event_rename(s->j->book, ev, &finding, text, s->m->now);
		return;
	}
}

static bool step_confirmed(const struct area_step *s)
{
	struct area *a = s->a;
	bool known = false;

	split_recovery(s);
	double before = fmax(a->peak[V4], a->peak[V6]);

	grow_peaks(a);
	for (int f = 0; f < RIB_FAMILIES; f++) {
		if (isnan(a->loss_sd[f]))
			continue;
		known = true;
		if (a->peak[f] > 0 && a->loss_sd[f] > EASE_SHARE * a->peak[f]) {
			if (fmax(a->peak[V4], a->peak[V6]) > before)
				a->via_asn = judge_area_via(s->j, s->g);
			update(s, false);
			return false;
		}
	}
	if (!known)
		return false;
	struct event *ev = judge_event(s->j, a->event_id);
	if (ev) {
		struct finding f = judge_area_finding(s->j, s->g, false);
		if (!s->g->opinion.sustain)
			event_ease(s->j->book, ev, &f, s->m->now);
		judge_area_evidence(s->j, s->g, ev, "loss <= half its peak", s->m->t);
	}
	enter(s, AREA_EASING);
	return true;
}

static bool relapses(const struct area_step *s)
{
	const struct area *a = s->a;

	for (int f = 0; f < RIB_FAMILIES; f++) {
		double line = fmax(judge_suspect_line(s->g, f), a->peak[f] > 0 ? RELAPSE_SHARE * a->peak[f] : 20);
		if (a->loss_d[f] >= line)
			return true;
	}
	return false;
}

static void resolve(const struct area_step *s, int exit)
{
	struct area *a = s->a;
	struct event *ev = judge_event(s->j, a->event_id);
	char rule[RULE_MAX];

	if (ev)
		judge_area_evidence(s->j, s->g, ev, judge_exit_words(rule, s->g->rules, exit), s->m->t);
	if (ev && !s->g->opinion.sustain) { /* else the others still see a loss, and fusion goes on with it */
		event_resolve(s->j->book, ev, a->exit_t[exit], a->exit_error_ms[exit], s->m->now);
	}
	for (int f = 0; f < RIB_FAMILIES; f++) /* what is left is known: a new suspicion needs a new loss */
		a->residual[f] = isnan(a->loss_sd[f]) ? 0 : a->loss_sd[f];
	leave(s);
}

static bool step_easing(const struct area_step *s)
{
	struct area *a = s->a;

	split_recovery(s);
	if (relapses(s)) {
		struct event *ev = judge_event(s->j, a->event_id);
		grow_peaks(a);
		if (ev) {
			struct finding f = judge_area_finding(s->j, s->g, false);
			event_relapse(s->j->book, ev, &f, s->m->now);
			judge_area_evidence(s->j, s->g, ev, "lost again while easing", s->m->t);
		}
		enter(s, AREA_CONFIRMED);
		return true;
	}
	for (int e = 0; e < AREA_EXITS; e++) {
		if (s->g->rules->exits[e].dwell_ms &&
		    clock_done(a->exit_since[e], s->g->rules->exits[e].dwell_ms, s->m->now.mono.ms)) {
			resolve(s, e);
			return true;
		}
	}
	update(s, false);
	return false;
}

/* ---- the phases ---- */

static void phase_step(const struct area_step *s)
{
	static bool (*const steps[])(const struct area_step *) = {
		[AREA_NORMAL] = step_normal,
		[AREA_SUSPECTED] = step_suspected,
		[AREA_CONFIRMED] = step_confirmed,
		[AREA_EASING] = step_easing,
	};

	for (size_t hops = 0; hops < ARRAY_LEN(steps); hops++)
		if (!steps[s->a->phase](s))
			break;
}

/* ---- gaps ---- */

/* Can the group be judged? Not when nothing of it is fresh, nor when a family that has losses is not. */
static bool is_blocked(const struct judge *j, const struct group *g)
{
	bool any = false;

	for (int f = 0; f < RIB_FAMILIES; f++) {
		if (judge_group_fresh(j, g, f))
			any = true;
		else if (g->sums[f].watched > 0 && g->sums[f].lost_sd > 0)
			return true;
	}
	return !any;
}

static bool wake(struct area_step *s)
{
	struct area *a = s->a;
	bool blocked = is_blocked(s->j, s->g);
	struct event *ev = judge_event(s->j, a->event_id);
	char why[160];

	if (blocked && !a->frozen) {
		a->frozen = true;
		a->frozen_at = s->m->t;
		judge_area_reset_clocks(a);
		judge_why(s->j, s->g->sums[V4].watched ? V4 : V6, why, sizeof(why));
		if (ev)
			event_unverified(s->j->book, ev, why, s->m->t, s->m->now);
	} else if (!blocked && a->frozen) {
		a->frozen = false;
		a->judged = true;
		s->gap_from = a->frozen_at;
		if (ev)
			event_verified(s->j->book, ev, s->m->now);
		else
			a->since = s->m->t;
	}
	return !blocked;
}

/* ---- the step ---- */

static void set_timer(const struct area_step *s)
{
	const struct area *a = s->a;
	int64_t ms = s->m->now.mono.ms, due = INT64_MAX, at;

	for (int f = 0; a->phase == AREA_SUSPECTED && f < RIB_FAMILIES; f++)
		for (int i = 0; i < AREA_LINES; i++) {
			at = a->line_since[f][i] == NO_CLOCK ? ms
							     : a->line_since[f][i] + s->g->rules->lines[i].dwell_ms;
			at = at < s->j->hold_until_ms ? s->j->hold_until_ms : at;
			due = at > ms && at < due ? at : due;
		}
	at = s->g->joined_ms + SETTLE_MS;
	if (a->phase == AREA_SUSPECTED)
		due = at > ms && at < due ? at : due;
	if (a->phase == AREA_SUSPECTED && a->calm_since != NO_CLOCK) {
		at = a->calm_since + AREA_DISMISS_MS;
		due = at > ms && at < due ? at : due;
	}
	for (int f = 0; a->phase >= AREA_CONFIRMED && f < RIB_FAMILIES; f++) {
		at = a->back_since[f] == NO_CLOCK ? ms : a->back_since[f] + s->g->rules->exits[0].dwell_ms;
		due = at > ms && at < due ? at : due;
	}
	for (int e = 0; a->phase == AREA_EASING && e < AREA_EXITS; e++) {
		at = a->exit_since[e] == NO_CLOCK ? ms : a->exit_since[e] + s->g->rules->exits[e].dwell_ms;
		due = at > ms && at < due ? at : due;
	}
	judge_timer_set(s->j, s->group, true, due == INT64_MAX ? NO_CLOCK : due);
}

void judge_area_step(struct judge *j, int group, const struct moment *m)
{
	struct area_step s = {.j = j,
			      .g = j->groups[group],
			      .a = &j->groups[group]->area,
			      .group = group,
			      .gap_from = WALL_NONE,
			      .m = m};

	s.g->dirty = false;
	if (s.g->joined)
		s.g->joined_ms = m->now.mono.ms;
	s.g->joined = false;
	judge_measure(j, s.g);
	judge_group_note_up(j, s.g, m->now.wall);
	if (!wake(&s)) {
		judge_timer_set(j, group, true, NO_CLOCK);
		return;
	}
	judge_area_clocks(&s);
	phase_step(&s);
	set_timer(&s);
}

void judge_area_touch(struct judge *j, int net, const struct moment *m)
{
	int groups[MEMBERSHIPS_MAX];
	size_t count = judge_groups_of(j, net, groups);

	for (size_t i = 0; i < count; i++)
		judge_group_due(j, groups[i], m->t);
	j->touched = *m;
	j->is_touched = true;
}
