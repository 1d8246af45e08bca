/* The machine of one network: detection.md 4, row by row.
 *
 * A look (visibility v among n peer ASes) makes some of the conditions true; each has a clock that runs while it is; a
 * row fires when the clock of its condition has run for its dwell time. The clocks run in program time, the crossings
 * (t50: down through one half; back: up through it) are dated by the messages that made them, so that lag moves no
 * start and no end. */
#include "judge_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

const char *const judge_phase_names[PHASE_COUNT] = {
	[PHASE_LEARNING] = "learning", [PHASE_UP] = "up",     [PHASE_SUSPECT] = "suspect",
	[PHASE_PARTIAL] = "partial",   [PHASE_DOWN] = "down", [PHASE_EASING] = "easing",
	[PHASE_MENDING] = "easing",
};

/* ---- the rows ---- */

struct row;
typedef void act_fn(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m);

struct row {
	enum phase from, to;
	enum cond cond;
	int64_t dwell_ms;
	act_fn *act;
	bool held;        /* waits while the common-mode guard holds confirmations */
	const char *more; /* after its words in the evidence */
};

static act_fn act_learned, act_suspect, act_blip, act_degraded, act_down, act_ease, act_up, act_relapse, act_less;

/* One row of the table: from and to, the condition, for how many seconds, what is done, whether it waits while the
 * guard holds, and the words of the evidence. */
#define ROW(f, t, c, s, a, h, r)                                                                                       \
	{                                                                                                              \
		.from = PHASE_##f, .to = PHASE_##t, .cond = COND_##c, .dwell_ms = INT64_C(1000) * (s), .act = (a),     \
		.held = (h), .more = (r)                                                                               \
	}

/* The first row that fires wins. The last five are not in the table of detection.md: what was up for less than 10 min
 * and falls is suspect too; so is what was announced and is gone at our first look; what comes back half way and stays
 * there is degraded; and what only was degraded relapses into that, not into an outage. */
/* clang-format off */
static const struct row rows[] = {
	ROW(LEARNING, UP,      BACK,     600, act_learned,  false, ""),
	ROW(UP,       SUSPECT, BELOW,    0,   act_suspect,  false, ""),
	ROW(SUSPECT,  UP,      FULL,     60,  act_blip,     false, ""),
	ROW(SUSPECT,  DOWN,    VERY_LOW, 60,  act_down,     true,  " (detection.md 4)"),
	ROW(SUSPECT,  DOWN,    LOW,      180, act_down,     true,  " (detection.md 4)"),
	ROW(SUSPECT,  PARTIAL, BAND,     600, act_degraded, true,  ""),
	ROW(UP,       PARTIAL, BAND,     600, act_degraded, true,  ""),
	ROW(DOWN,     EASING,  BACK,     0,   act_ease,     false, ""),
	ROW(PARTIAL,  MENDING, FULL,     0,   act_ease,     false, ""),
	ROW(PARTIAL,  DOWN,    LOW,      180, act_down,     true,  " (detection.md 4)"),
	ROW(EASING,   UP,      FULL,     120, act_up,       false, ""),
	ROW(MENDING,  UP,      FULL,     120, act_up,       false, ""),
	ROW(EASING,   DOWN,    LOW,      0,   act_down,     false, " while easing"),
	ROW(LEARNING, SUSPECT, LOST_NEW, 0,   act_suspect,  false, ""),
	ROW(LEARNING, SUSPECT, GONE,     0,   act_suspect,  false, " at first look, announced before"),
	ROW(EASING,   PARTIAL, BAND,     600, act_less,     false, ""),
	ROW(MENDING,  PARTIAL, BAND,     60,  act_relapse,  false, " while easing"),
	ROW(MENDING,  PARTIAL, LOW,      0,   act_relapse,  false, " while easing"),
};
/* clang-format on */

/* ---- a row in words ---- */

static size_t cond_words(char *dst, const struct row *row)
{
	int n = 0;

	switch (row->cond) {
	case COND_BELOW:
	case COND_LOST_NEW: n = snprintf(dst, RULE_MAX, "v < %g", V_BELOW); break;
	case COND_BACK: n = snprintf(dst, RULE_MAX, "v >= %g", V_BELOW); break;
	case COND_LOW:
	case COND_GONE: n = snprintf(dst, RULE_MAX, "v < %g", V_LOW); break;
	case COND_VERY_LOW: n = snprintf(dst, RULE_MAX, "v < %g, n >= %d", V_VERY_LOW, QUICK_PEERS); break;
	case COND_BAND: /* up, and not suspect: above the line of suspicion */
		n = snprintf(dst, RULE_MAX, "%g <= v < %g v0", row->from == PHASE_UP ? V_BELOW : V_LOW, V_FULL);
		break;
	case COND_FULL: n = snprintf(dst, RULE_MAX, "v >= %g v0", V_FULL); break;
	case COND_COUNT: break;
	}
	return n > 0 ? (size_t)n : 0;
}

/* "v < 0.3 for 180 s (detection.md 4)", for the evidence. */
static char *row_words(char dst[RULE_MAX], const struct row *row)
{
	size_t n = cond_words(dst, row);
	int s = (int)(row->dwell_ms / 1000);

	if (s >= 600)
		n += (size_t)snprintf(dst + n, RULE_MAX - n, " for %d min", s / 60);
	else if (s > 0)
		n += (size_t)snprintf(dst + n, RULE_MAX - n, " for %d s", s);
	snprintf(dst + n, RULE_MAX - n, "%s", row->more);
	return dst;
}

static int dwell_s(enum phase from, enum phase to, enum cond cond)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].from == from && rows[i].to == to && rows[i].cond == cond)
			return (int)(rows[i].dwell_ms / 1000);
	BUG("no such row");
}

void judge_net_thresholds(struct thresholds *t)
{
	threshold_add(t, "network suspected", "visibility below %g of the eligible peer ASes", V_BELOW);
	threshold_add(t, "network down", "visibility below %g for %d s, or below %g for %d s with %d peer ASes from %d collectors",
		      V_LOW, dwell_s(PHASE_SUSPECT, PHASE_DOWN, COND_LOW), V_VERY_LOW,
		      dwell_s(PHASE_SUSPECT, PHASE_DOWN, COND_VERY_LOW), QUICK_PEERS, QUICK_COLLECTORS);
	threshold_add(t, "network degraded", "visibility below %g of its usual for %d min", V_FULL,
		      dwell_s(PHASE_UP, PHASE_PARTIAL, COND_BAND) / 60);
	threshold_add(t, "network back", "visibility at %g of its usual for %d s; the end is the crossing of %g that held", V_FULL,
		      dwell_s(PHASE_EASING, PHASE_UP, COND_FULL), V_BELOW);
	threshold_add(t, "network flapping", "penalty %g for each time down, half-life %d min, from %g until below %g", FLAP_STEP,
		      (int)(FLAP_HALF_MS / MIN_MS), FLAP_ON, FLAP_OFF);
	threshold_add(t, "network judged", "by %d peer ASes at least, and usual visibility of %g; fewer is shown and never alarms",
		      PEERS_MIN, LOCAL_V0);
}

/* ---- lines and conditions ---- */

struct lines {
	double below, down, full;
};

/* A network that few see anyway (v0 under 0.71) would be suspect of itself: its lines lie lower in proportion. One
 * whose usual visibility is not known yet is held to the plain lines. */
static struct lines lines_of(const struct judge *j, int net)
{
	double v0 = judge_net_v0(j, net);

	if (isnan(v0))
		return (struct lines){V_BELOW, V_LOW, V_BELOW};
	return (struct lines){fmin(V_BELOW, V_FULL * v0), fmin(V_LOW, 0.5 * v0), V_FULL * v0};
}

double judge_net_v0(const struct judge *j, int net)
{
	return j->nets[net].phase == PHASE_LEARNING ? NAN : usual_median(&j->nets[net].usual);
}

/* Announced before, and gone when we first looked (judge_net_is_gone decided then)? */
static bool is_gone(const struct net *n, const struct trouble *tr)
{
	return n->phase == PHASE_LEARNING && tr->gone && tr->v < V_LOW;
}

/* The history lists what at least ten full-feed peers saw. Seen by fewer now, it has changed; seen by ten or more yet
 * by less than three in ten, it may be a network that few ever saw: then the history has to say that the announcement
 * ended. */
bool judge_net_is_gone(const struct net *n, const struct trouble *tr, struct wall t)
{
	if (n->phase != PHASE_LEARNING || (n->flags & (NET_SEEN_UP | NET_LOCAL)) || !wall_is_set(tr->history) ||
	    !(tr->v < 0.3))
		return false;
	return tr->v * tr->n < LISTED_PEERS || tr->history.ms + tr->history_error_ms < t.ms;
}

static void run_clocks(struct judge *j, int net, struct trouble *tr, const struct moment *m)
{
	const struct net *n = &j->nets[net];
	struct lines l = lines_of(j, net);
	unsigned collectors = j->rib->family[judge_family(j, net)].collectors;
	double v = tr->v;
	const bool is[COND_COUNT] = {
		[COND_BELOW] = v < l.below,
		[COND_BACK] = v >= l.below,
		[COND_LOW] = v < l.down,
		[COND_VERY_LOW] = v < fmin(V_VERY_LOW, l.down) && tr->n >= QUICK_PEERS && collectors >= QUICK_COLLECTORS,
		[COND_BAND] = v >= l.down && v < l.full,
		[COND_FULL] = v >= l.full,
		[COND_LOST_NEW] =
			n->phase == PHASE_LEARNING && (n->flags & NET_SEEN_UP) && !(n->flags & NET_LOCAL) && v < 0.5,
		[COND_GONE] = is_gone(n, tr),
	};

	for (int c = 0; c < COND_COUNT; c++)
		tr->clocks[c] = clock_run(tr->clocks[c], is[c], m->now.mono.ms);
}

static const struct row *row_due(const struct judge *j, enum phase from, const struct trouble *tr, int64_t ms)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].from == from && clock_done(tr->clocks[rows[i].cond], rows[i].dwell_ms, ms) &&
		    !(rows[i].held && ms < j->hold_until_ms))
			return &rows[i];
	return NULL;
}

/* ---- crossings ---- */

static void first_look_up(struct judge *j, int net, double v)
{
	struct net *n = &j->nets[net];

	n->flags |= NET_SEEN_UP | NET_EXPECTED;
	if (!(n->flags & NET_LOCAL) &&
	    !(usual_median(&n->usual) >= 0.5)) { /* none, or of the time when it was not there */
		memset(&n->usual, 0, sizeof(n->usual));
		usual_push(&n->usual, v);
	}
	rib_note_top_upstream(j->rib, net);
}

static void mark_up(struct wall *mark, int64_t *error_ms, bool above, struct wall gap_from, struct wall t)
{
	if (!above) {
		*mark = WALL_NONE;
	} else if (!wall_is_set(*mark)) {
		*mark = wall_is_set(gap_from) ? gap_from : t; /* the earlier bound is printed */
		*error_ms = wall_is_set(gap_from) && t.ms > gap_from.ms ? t.ms - gap_from.ms : 0;
	}
}

/* The last fall: it lies between the last time when it was whole, or at least back, and now. */
static void mark_fall(struct trouble *tr, bool below, struct wall gap_from, struct wall t)
{
	struct wall low = wall_is_set(gap_from) ? gap_from : tr->t90;

	if (!below) {
		tr->fell = WALL_NONE;
		return;
	}
	if (wall_is_set(tr->fell))
		return;
	if (wall_is_set(tr->back) && (!wall_is_set(low) || low.ms < tr->back.ms))
		low = tr->back;
	tr->fell = t;
	tr->fell_error_ms = wall_is_set(low) && low.ms < t.ms ? t.ms - low.ms : 0;
}

void judge_net_mark(struct judge *j, int net, double v, struct wall gap_from, const struct moment *m)
{
	struct trouble *tr = judge_trouble(j, net);
	struct net *n = &j->nets[net];
	struct lines l = lines_of(j, net);
	double v0 = judge_net_v0(j, net);

	if (v >= 0.5 && !(n->flags & NET_SEEN_UP))
		first_look_up(j, net, v);
	if (!(v < 0.9 * (isnan(v0) ? 1 : v0)))
		tr->t90 = WALL_NONE;
	else if (!wall_is_set(tr->t90))
		tr->t90 = m->t;
	if (!(v < l.full))
		tr->t70 = WALL_NONE;
	else if (!wall_is_set(tr->t70))
		tr->t70 = m->t;
	if (v < l.below && !wall_is_set(tr->t50)) {
		tr->t50 = m->t;
		if (wall_is_set(gap_from))
			tr->t90 = gap_from;
	} else if (v >= l.below && (n->phase == PHASE_UP || n->phase == PHASE_LEARNING)) {
		tr->t50 = WALL_NONE;
	}
	if (is_gone(n, tr)) {
		int64_t until = tr->history.ms + tr->history_error_ms;
		tr->t50 = until < m->t.ms ? (struct wall){until} : m->t;
		tr->t90 = tr->history.ms < tr->t50.ms ? tr->history : tr->t50;
	}
	mark_fall(tr, v < l.below, gap_from, m->t);
	mark_up(&tr->back, &tr->back_error_ms, v >= l.below, gap_from, m->t);
	mark_up(&tr->full, &tr->full_error_ms, v >= l.full, gap_from, m->t);
}

/* ---- acts ---- */

static void act_suspect(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	(void)tr;
	(void)row;
	j->nets[net].flags |= NET_EXPECTED;
	judge_guard(j, net, m);
}

static void act_learned(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	struct net *n = &j->nets[net];

	(void)row;
	(void)m;
	n->flags = (n->flags & ~(unsigned)NET_LOCAL) | NET_EXPECTED;
	if (usual_median(&n->usual) < 0.5) { /* of the time when it was not there */
		memset(&n->usual, 0, sizeof(n->usual));
		usual_push(&n->usual, tr->v);
	}
	rib_note_top_upstream(j->rib, net);
}

void judge_net_resolve(struct judge *j, int net, struct trouble *tr, const char *rule, const struct moment *m)
{
	struct event *ev = judge_event(j, tr->event_id);
	bool mended = !tr->was_down; /* what only was degraded ends where it was whole again */

	tr->event_id = 0;
	tr->was_down = false;
	if (!ev)
		return;
	struct wall end = mended ? tr->full : tr->back;
	judge_net_evidence(j, net, ev, rule, m->t);
	event_resolve(j->book, ev, wall_is_set(end) ? end : m->t, mended ? tr->full_error_ms : tr->back_error_ms,
		      m->now);
}

static void act_up(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	char rule[RULE_MAX];

	tr->t50 = tr->t70 = WALL_NONE;
	if (!tr->flapping) /* one open event until the flapping has ended */
		judge_net_resolve(j, net, tr, row_words(rule, row), m);
}

static void act_blip(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	struct net *n = &j->nets[net];

	n->blips += n->blips < UINT16_MAX;
	memmove(&tr->blip_ms[1], &tr->blip_ms[0], (BLIPS_KEPT - 1) * sizeof(tr->blip_ms[0]));
	tr->blip_ms[0] = m->now.mono.ms;
	act_up(j, net, tr, row, m);
}

/* How much earlier than t it may have begun: it was last whole at t90. */
int64_t judge_since_whole(const struct trouble *tr, struct wall t)
{
	return wall_is_set(tr->t90) && tr->t90.ms < t.ms ? t.ms - tr->t90.ms : 0;
}

/* Its event begins at start, which may be error_ms earlier. */
struct event *judge_net_begin(struct judge *j, int net, struct trouble *tr, struct wall start, int64_t error_ms,
			      const struct moment *m)
{
	char subject[PREFIX_TEXT_MAX];
	struct finding f = judge_net_finding(j, net, subject);
	struct event *ev = event_suspect(j->book, &f, start, error_ms, NULL, m->now);

	tr->event_id = ev->id;
	return ev;
}

/* Something to report: begin its event, or take it up again. start: the crossing that began it. */
void judge_net_report(struct judge *j, int net, struct trouble *tr, struct wall start, const char *rule,
		      const struct moment *m)
{
	char subject[PREFIX_TEXT_MAX];
	struct event *ev = judge_event(j, tr->event_id);
	struct wall at = wall_is_set(start) ? start : m->t;

	if (!ev)
		ev = judge_net_begin(j, net, tr, at, judge_since_whole(tr, at), m);
	struct finding f = judge_net_finding(j, net, subject);
	judge_net_parent(j, net, ev);
	event_confirm(j->book, ev, &f, m->now);
	judge_net_evidence(j, net, ev, rule, m->t);
}

static void act_down(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	struct net *n = &j->nets[net];
	char rule[RULE_MAX];

	n->downs += n->downs < UINT16_MAX;
	tr->was_down = true;
	judge_punish(tr, m->now.mono.ms);
	judge_net_report(j, net, tr, tr->t50, row_words(rule, row), m);
}

static void act_degraded(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	char rule[RULE_MAX];

	judge_net_report(j, net, tr, tr->t70, row_words(rule, row), m);
}

static void act_relapse(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	char rule[RULE_MAX];

	judge_net_report(j, net, tr, tr->t70, row_words(rule, row), m);
}

static void act_ease(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	char subject[PREFIX_TEXT_MAX], rule[RULE_MAX];
	struct event *ev = judge_event(j, tr->event_id);

	if (!ev)
		return;
	struct finding f = judge_net_finding(j, net, subject);
	event_ease(j->book, ev, &f, m->now);
	judge_net_evidence(j, net, ev, row_words(rule, row), m->t);
}

/* Back half way and no further: the same event, less grave. */
static void act_less(struct judge *j, int net, struct trouble *tr, const struct row *row, const struct moment *m)
{
	char subject[PREFIX_TEXT_MAX], rule[RULE_MAX];
	struct event *ev = judge_event(j, tr->event_id);

	if (!ev)
		return;
	struct finding f = judge_net_finding(j, net, subject);
	event_update(j->book, ev, &f, m->now);
	judge_net_evidence(j, net, ev, row_words(rule, row), m->t);
}

/* ---- when to look again ---- */

static void sooner(int64_t *due, int64_t ms, int64_t now_ms)
{
	if (ms != NO_CLOCK && ms > now_ms && (*due == NO_CLOCK || ms < *due))
		*due = ms;
}

static void set_timer(struct judge *j, int net, const struct trouble *tr, int64_t ms)
{
	int64_t due = NO_CLOCK;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t since = tr->clocks[rows[i].cond];
		if (rows[i].from != j->nets[net].phase || since == NO_CLOCK)
			continue;
		int64_t at = since + rows[i].dwell_ms;
		sooner(&due, rows[i].held && at < j->hold_until_ms ? j->hold_until_ms : at, ms);
	}
	sooner(&due, judge_penalty_reaches(tr, tr->flapping ? FLAP_OFF : FLAP_GONE), ms);
	for (int b = 0; b < BLIPS_KEPT; b++)
		if (tr->blip_ms[b] != NO_CLOCK)
			sooner(&due, tr->blip_ms[b] + HOUR_MS, ms);
	judge_timer_set(j, net, false, due);
}

/* The level of an open event moves without a change of phase. */
void judge_net_refresh(struct judge *j, int net, struct trouble *tr, const struct moment *m)
{
	char subject[PREFIX_TEXT_MAX];
	struct event *ev = judge_event(j, tr->event_id);

	if (!ev)
		return;
	struct finding f = judge_net_finding(j, net, subject);
	event_update(j->book, ev, &f, m->now);
}

/* ---- the step ---- */

void judge_net_step(struct judge *j, int net, double v, unsigned n, struct wall gap_from, const struct moment *m)
{
	struct trouble *tr = judge_trouble_need(j, net);
	const struct row *row;
	bool moved = false;

	tr->v = v;
	tr->n = n;
	judge_net_mark(j, net, v, gap_from, m);
	run_clocks(j, net, tr, m);
	for (size_t hops = 0; hops < PHASE_COUNT; hops++) {
		row = row_due(j, j->nets[net].phase, tr, m->now.mono.ms);
		if (!row)
			break;
		j->nets[net].phase = (uint8_t)row->to;
		moved = true;
		row->act(j, net, tr, row, m);
		run_clocks(j, net, tr, m); /* the lines may differ in the new phase */
	}
	if (!moved)
		judge_net_refresh(j, net, tr, m);
	judge_flap_check(j, net, tr, m);
	judge_net_show(j, net, m);
	judge_account(j, net, m->now.mono.ms);
	judge_area_touch(j, net, m);
	if (judge_trouble_is_over(j, net, tr, m->now.mono.ms))
		judge_trouble_release(j, net);
	else
		set_timer(j, net, tr, m->now.mono.ms);
}

void judge_net_look(struct judge *j, int net, unsigned have, unsigned n, bool needs, const struct moment *m)
{
	struct net *x = &j->nets[net];
	double v = n ? (double)have / n : NAN;

	if ((x->flags & NET_CONTROL) && !needs && !judge_blocked(j, judge_family(j, net)))
		judge_control_look(j, net, v, m);
	if (x->home < 0 || (x->flags & NET_FORGOTTEN))
		return;
	if (needs || judge_blocked(j, judge_family(j, net))) {
		judge_net_freeze(j, net, m->t, m);
		if (needs || !judge_tracked(j, judge_family(j, net)))
			x->flags |= NET_GAP;
		else if ((x->flags & NET_LOOKED) && !(x->flags & NET_GAP)) {
			struct trouble *tr = judge_trouble_need(j, net);
			tr->v = v;
			tr->n = n;
			judge_net_mark(j, net, v, WALL_NONE, m);
		}
		return;
	}
	if (isnan(v))
		return;
	if ((x->flags & NET_FROZEN) || !(x->flags & NET_LOOKED))
		judge_net_resume(j, net, v, n, m);
	else if (x->trouble || x->phase != PHASE_UP || v < 0.9 * usual_median(&x->usual))
		judge_net_step(j, net, v, n, WALL_NONE, m);
}

void judge_net_due(struct judge *j, int net, const struct moment *m)
{
	const struct trouble *tr = judge_trouble(j, net);

	if (tr && !(j->nets[net].flags & NET_FROZEN) && !isnan(tr->v))
		judge_net_step(j, net, tr->v, tr->n, WALL_NONE, m);
}
