/* Backfill: what happened while the stream was gone (detection.md 8: "backfilled data is run through the detector with
 * its own times and its log lines carry `late`").
 *
 * When the feed is lost what is known of the networks is put aside. When it is back and more than five minutes are
 * missing, RIPEstat's bgplay is asked once for the hole, a while later, so that what began in it may have ended and the
 * archive has it. The answer runs through a judge of its own, that knows what the live one knew; what it finds is
 * brought to the live book: outages wholly inside the hole as late closed events, exact times where the live judge
 * could only name the hole. Nothing is asked for a territory of many networks, and what the answer does not show stays
 * unknown, and the log says so: one line for each hole, whether it was filled, filled in part or not. A loss while an
 * older hole still waits for its answer opens another one; an answer belongs to the holes whose job asked for it. */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HOLE_MIN_MS (5 * 60000LL)
#define HOLE_MAX_MS (24 * 3600000LL)
#define AFTER_MS    (20 * 60000LL) /* looked at behind the hole: an outage of a country ends after 15 min of peace */
#define ASK_AFTER_S (25 * 60)
#define LATE_BEGIN_MS 60000    /* an answer is asked for by whole minutes */
#define ROWS        4096
#define HOLES_MAX   4 /* of a territory, that wait for their answers */

struct past {
	struct net_memory memory;
	uint32_t origin;
};

/* One loss of the stream, and what was known of the territory then. */
struct hole {
	struct wall from, until; /* until: WALL_NONE while it is open */
	struct past nets[BACKFILL_NETS];
	size_t count;
	bool too_many;
	uint32_t job; /* that asks about it; 0: it is still open */
};

/* A territory's holes, oldest first. Only the last one can be open. */
struct backfill {
	struct hole holes[HOLES_MAX + 1]; /* and the open one, that may prove too short to ask about */
	size_t count;
};

static const struct source_call *find_call(const struct app *a, int *source)
{
	for (size_t i = 0; i < source_count; i++)
		for (const struct source_call *c = source_table[i]->calls; c->name; c++)
			if (c->scope == SCOPE_CALL_GAP && a->model.sources[i].state != FEED_OFF) {
				*source = (int)i;
				return c;
			}
	return NULL;
}

static void put_aside(struct hole *h, const struct net_memory *m, uint32_t origin)
{
	if (h->count == BACKFILL_NETS)
		h->too_many = true;
	else
		h->nets[h->count++] = (struct past){*m, origin};
}

static struct hole *open_hole(const struct watch *w)
{
	struct backfill *b = w->backfill;
	return b && b->count && !b->holes[b->count - 1].job ? &b->holes[b->count - 1] : NULL;
}

static void remove_hole(struct watch *w, size_t i)
{
	struct backfill *b = w->backfill;
	memmove(&b->holes[i], &b->holes[i + 1], (--b->count - i) * sizeof(*b->holes));
}

/* "13:00 to 14:00"; with days where the hole is longer than one. */
static const char *span_text(char *dst, size_t cap, struct wall from, struct wall until)
{
	char begin[WALL_TEXT_MAX], end[WALL_TEXT_MAX];
	bool days = until.ms - from.ms >= HOLE_MAX_MS;
	snprintf(dst, cap, "%s to %s", days ? wall_format_day_hm(begin, from) : wall_format_hm(begin, from),
		 days ? wall_format_day_hm(end, until) : wall_format_hm(end, until));
	return dst;
}

static void say_unfilled(struct app *a, const struct watch *w, const struct hole *h, const char *why, struct now now)
{
	const char *code = w->t->spec.code;
	char span[2 * WALL_TEXT_MAX + 8];
	event_note(&a->model.book, code, now.wall, now, "%s: the hole %s was not filled: %s.", code,
		   span_text(span, sizeof(span), h->from, h->until), why);
	a->model_dirty = true;
}

/* Territories with the same networks lost at the same time ask with one job. */
static bool job_is_awaited(const struct app *a, uint32_t job)
{
	for (size_t i = 0; i < a->watch_count; i++)
		for (size_t k = 0; a->watches[i].backfill && k < a->watches[i].backfill->count; k++)
			if (a->watches[i].backfill->holes[k].job == job)
				return true;
	return false;
}

static void drop_oldest(struct app *a, struct watch *w, struct now now)
{
	struct hole *h = &w->backfill->holes[0];
	struct job *j = schedule_by_id(a->schedule, h->job);
	say_unfilled(a, w, h, "newer ones wait too", now);
	remove_hole(w, 0);
	if (j && !job_is_awaited(a, j->id))
		schedule_drop(a->schedule, j);
}

static struct hole *begin(struct watch *w, struct wall from)
{
	if (!w->backfill)
		w->backfill = xcalloc(1, sizeof(*w->backfill));
	struct hole *h = &w->backfill->holes[w->backfill->count++];
	*h = (struct hole){.from = from, .until = WALL_NONE};
	return h;
}

/* A hole that is still open goes on: what was known at its begin is the last that was known for certain. */
void backfill_begin(struct app *a, struct wall from)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		struct net_memory m;
		if (open_hole(w))
			continue;
		struct hole *h = begin(w, from);
		for (size_t k = 0; k < w->net_count; k++)
			if (judge_remember(a->judge, w->nets[k].net, &m))
				put_aside(h, &m, w->nets[k].origin);
	}
}

void backfill_restored(struct watch *w, const struct net_memory *m, uint32_t origin)
{
	struct hole *h = open_hole(w);
	if (!h)
		h = begin(w, m->saved);
	if (wall_is_set(m->saved) && m->saved.ms < h->from.ms)
		h->from = m->saved;
	put_aside(h, m, origin);
}

/* Why this hole stays one; NULL: it can be asked about. */
static const char *hindrance(const struct hole *h, const struct source_call *call)
{
	if (!call)
		return "no source that keeps the past is on";
	if (h->until.ms - h->from.ms > HOLE_MAX_MS)
		return "longer than a day";
	if (h->too_many)
		return "too many networks to ask about";
	return NULL;
}

/* The hole is over: ask about it, once. Where nothing was known, or hardly anything was missed, there is nothing to
 * fill. */
static void ask(struct app *a, struct watch *w, struct now now)
{
	struct hole *h = open_hole(w);
	char subject[BACKFILL_NETS * PREFIX_TEXT_MAX + 64], prefix[PREFIX_TEXT_MAX];
	int source, len = 0;
	const struct source_call *call = find_call(a, &source);
	h->until = now.wall;
	bool nothing = !h->count || !wall_is_set(h->from) || h->until.ms - h->from.ms < HOLE_MIN_MS;
	const char *why = hindrance(h, call);
	if (nothing || why) {
		if (!nothing)
			say_unfilled(a, w, h, why, now);
		remove_hole(w, w->backfill->count - 1);
		return;
	}
	for (size_t i = 0; i < h->count; i++)
		len += snprintf(subject + len, sizeof(subject) - (size_t)len, "%s%s", i ? "," : "",
				prefix_format(prefix, &h->nets[i].memory.prefix));
	snprintf(subject + len, sizeof(subject) - (size_t)len, " %lld %lld", (long long)wall_to_s(h->from),
		 (long long)wall_to_s((struct wall){now.wall.ms + AFTER_MS}));
	struct job *j = schedule_job(a->schedule, source, call, subject, now);
	h->job = j->id;
	if (w->backfill->count > HOLES_MAX)
		drop_oldest(a, w, now);
	schedule_want_later(j, now, ASK_AFTER_S);
}

void backfill_end(struct app *a, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++)
		if (open_hole(&a->watches[i]))
			ask(a, &a->watches[i], now);
}

/* ---- the private judge
 * ----------------------------------------------------------------------------------------------- */

struct run {
	struct event_book book;
	struct judge *judge;
	struct wall from;
	struct wall due;
	int sessions[ROWS];
	uint32_t upstreams[ROWS];
	size_t rows;
};

static struct now at(const struct run *r, struct wall t)
{
	return (struct now){{3600000 + t.ms - r->from.ms}, t};
}

/* The peers are those of the live judge: who is a full feed is known from there. */
static void take_peers(struct app *a, struct run *r)
{
	struct rib_row *rows = xcalloc(ROWS, sizeof(*rows));
	struct rib *rib = judge_rib(r->judge);
	size_t n = rib_count(judge_rib_const(a->judge)) ? rib_rows(judge_rib_const(a->judge), 0, rows, ROWS) : 0;
	for (size_t i = 0; i < n; i++)
		if (rows[i].full_feed)
			rib_session_table(rib, rib_session(rib, rows[i].collector, &rows[i].peer, rows[i].asn), 1000000,
					  1000000);
	free(rows);
}

static void open_run(struct app *a, const struct watch *w, const struct hole *h, struct wall from, struct run *r)
{
	const char *code = w->t->spec.code;
	event_book_init(&r->book);
	r->judge = judge_new(&r->book);
	r->from = from;
	judge_feed_source(r->judge, "ripestat");
	int group = judge_group(r->judge, SCOPE_TERRITORY, code, code, -1);
	for (size_t i = 0; i < h->count; i++) {
		const struct past *p = &h->nets[i];
		char subject[16];
		int net = judge_watch(r->judge, group, &p->memory.prefix, p->origin);
		snprintf(subject, sizeof(subject), "AS%u", p->origin);
		if (p->origin && w->t->spec.kind != TERRITORY_AS)
			judge_watch(r->judge, judge_group(r->judge, SCOPE_OPERATOR, code, subject, group),
				    &p->memory.prefix, p->origin);
		struct net_memory m = p->memory;
		m.saved = h->from;
		judge_restore(r->judge, net, &m);
	}
	take_peers(a, r);
	judge_feed(r->judge, FEED_OK, "", at(r, from));
	r->due = judge_run(r->judge, at(r, from));
}

static void run_until(struct run *r, struct wall t)
{
	while (wall_is_set(r->due) && r->due.ms < t.ms) {
		struct wall due = r->due;
		r->due = judge_run(r->judge, at(r, due));
		if (wall_is_set(r->due) && r->due.ms <= due.ms)
			r->due.ms = due.ms + 1;
	}
	r->due = judge_run(r->judge, at(r, t));
}

static void take_fact(struct run *r, const struct fact *f)
{
	struct rib *rib = judge_rib(r->judge);
	int net = rib_find(rib, &f->prefix), session = -1;
	if (f->kind != FACT_SNAPSHOT && f->asn)
		session = rib_session(rib, f->collector, &f->addr, f->asn);
	if (f->kind == FACT_ROUTE && session >= 0 && r->rows < ROWS) {
		r->sessions[r->rows] = session;
		r->upstreams[r->rows++] = f->upstream;
	} else if (f->kind == FACT_SNAPSHOT) {
		if (net >= 0)
			rib_snapshot(rib, net, r->sessions, r->upstreams, r->rows, f->t);
		r->rows = 0;
	} else if (session >= 0 && net >= 0 && (f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW)) {
		if (f->t.ms > r->from.ms)
			run_until(r, f->t);
		rib_session_seen(rib, session, f->t, f->t);
		if (f->kind == FACT_ANNOUNCE)
			rib_announce(rib, session, net, f->upstream, f->t);
		else
			rib_withdraw(rib, session, net, f->t);
	}
}

static int by_time(const void *x, const void *y)
{
	const struct fact *const *a = x, *const *b = y;
	if ((*a)->t.ms != (*b)->t.ms)
		return (*a)->t.ms < (*b)->t.ms ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static void play(struct run *r, const struct batch *facts, struct wall until)
{
	const struct fact **list = xcalloc(facts->count + 1, sizeof(*list));
	size_t n = 0;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *f = &facts->facts[i];
		if (f->kind == FACT_ROUTE || f->kind == FACT_SNAPSHOT)
			take_fact(r, f);
		else if ((f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW) && f->t.ms <= until.ms)
			list[n++] = f;
	}
	qsort(list, n, sizeof(*list), by_time);
	for (size_t i = 0; i < n; i++)
		take_fact(r, list[i]);
	run_until(r, until);
	free(list);
}

/* ---- what it found
 * --------------------------------------------------------------------------------------------------- */

/* The live event that this is: of the same subject, and at the same time as far as that is known. */
static struct event *same_event(struct event_book *live, const struct event *ev)
{
	for (size_t i = live->count; i-- > 0;) {
		struct event *l = live->events[i];
		if (l->scope != ev->scope || strcmp(l->territory, ev->territory) || strcmp(l->subject, ev->subject) ||
		    l->state == EVENT_DISMISSED)
			continue;
		int64_t begin_ms = l->start.ms - l->start_error_ms,
			end_ms = wall_is_set(l->end) ? l->end.ms + l->end_error_ms : INT64_MAX;
		int64_t own_end = wall_is_set(ev->end) ? ev->end.ms : INT64_MAX;
		if (begin_ms <= own_end && ev->start.ms <= end_ms)
			return l;
	}
	return NULL;
}

static struct finding finding_of(const struct event *ev)
{
	return (struct finding){
		.scope = ev->scope,
		.territory = ev->territory,
		.subject = ev->subject,
		.kind = ev->kind,
		.loss_pct = ev->loss_peak_pct,
		.networks_lost = ev->networks_lost,
		.networks_total = ev->networks_total,
		.classes = ev->classes,
		.missing = ev->missing,
		.confidence = ev->confidence,
		.via_asn = ev->via_asn,
	};
}

static struct event *add_late(struct event_book *live, const struct event *ev, struct now now)
{
	struct finding f = finding_of(ev);
	struct event *l = event_suspect(live, &f, ev->start, ev->start_error_ms, NULL, now);
	event_late(l);
	event_confirm(live, l, &f, now);
	for (size_t i = 0; i < ev->evidence_count; i++)
		event_evidence(live, l, &ev->evidence[i]);
	event_resolve(live, l, ev->end, ev->end_error_ms, now);
	return l;
}

static unsigned bring(struct app *a, const struct hole *h, const struct run *r, struct now now)
{
	struct event_book *live = &a->model.book;
	struct event *parent = NULL;
	unsigned n = 0;
	for (int scope = 0; scope < 2; scope++) /* the territory's first: it is the others' parent */
		for (size_t i = 0; i < r->book.count; i++) {
			const struct event *ev = r->book.events[i];
			if ((ev->scope == SCOPE_TERRITORY) != (scope == 0) || !wall_is_set(ev->confirmed))
				continue;
			struct event *l = same_event(live, ev);
			bool inside =
				ev->state == EVENT_RESOLVED && ev->start.ms >= h->from.ms && ev->end.ms <= h->until.ms;
			if (l) {
				n += event_refine(live, l, ev->start, ev->start_error_ms,
						  ev->state == EVENT_RESOLVED ? ev->end : WALL_NONE, ev->end_error_ms,
						  now);
			} else if (inside) {
				l = add_late(live, ev, now);
				if (parent)
					event_set_parent(live, l, parent);
				n++;
			}
			if (scope == 0 && l && ev->scope == SCOPE_TERRITORY)
				parent = l;
		}
	return n;
}

/* From when to when the answer speaks of the hole. It may begin late: what was before that stays unknown. False when it
 * shows no route at all, which is no sign that there was none, or speaks of another time. */
static bool covers(const struct batch *facts, const struct hole *h, struct wall *from, struct wall *until)
{
	bool shows = false;
	*from = h->from;
	*until = facts->data_time;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *f = &facts->facts[i];
		shows |= f->kind == FACT_ROUTE || f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW;
		if (f->kind == FACT_SNAPSHOT && f->t.ms > from->ms)
			*from = f->t;
	}
	return shows && wall_is_set(*until) && until->ms > from->ms && from->ms < h->until.ms;
}

/* " after 13:20 up to 13:40": which part of the hole. False: all of it. */
static bool part_text(char *dst, size_t cap, const struct hole *h, struct wall from, struct wall until)
{
	char clock[WALL_TEXT_MAX];
	int len = 0;
	*dst = '\0';
	if (from.ms - h->from.ms >= LATE_BEGIN_MS)
		len = snprintf(dst, cap, " after %s", wall_format_hm(clock, from));
	if (until.ms < h->until.ms)
		snprintf(dst + len, cap - (size_t)len, " up to %s", wall_format_hm(clock, until));
	return *dst != '\0';
}

static void fill(struct app *a, const struct watch *w, const struct hole *h, const struct batch *facts, struct now now)
{
	const char *code = w->t->spec.code;
	char span[2 * WALL_TEXT_MAX + 8], part[2 * WALL_TEXT_MAX + 16];
	struct wall from, until;
	if (!covers(facts, h, &from, &until)) {
		say_unfilled(a, w, h, "the answer has nothing of it", now);
		return;
	}
	struct run *r = xcalloc(1, sizeof(*r));
	open_run(a, w, h, from, r);
	play(r, facts, until);
	unsigned n = bring(a, h, r, now);
	bool whole = !part_text(part, sizeof(part), h, from, until);
	event_note(&a->model.book, code, now.wall, now, "%s: the hole %s was filled%s from RIPEstat: %s.%s", code,
		   span_text(span, sizeof(span), h->from, h->until), part,
		   n ? "see the late lines" : "nothing happened in it that was not known",
		   whole ? "" : " The rest stays unknown.");
	judge_free(r->judge);
	event_book_release(&r->book);
	free(r);
}

void backfill_take(struct app *a, const struct job *j, const struct batch *facts, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		for (size_t k = w->backfill ? w->backfill->count : 0; k-- > 0;)
			if (w->backfill->holes[k].job == j->id) {
				fill(a, w, &w->backfill->holes[k], facts, now);
				remove_hole(w, k);
			}
	}
}

void backfill_refused(struct app *a, const struct job *j, const char *msg, struct now now)
{
	char why[160];
	snprintf(why, sizeof(why), "asked %u times, %.120s", j->failures + 1, msg);
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		for (size_t k = w->backfill ? w->backfill->count : 0; k-- > 0;)
			if (w->backfill->holes[k].job == j->id) {
				say_unfilled(a, w, &w->backfill->holes[k], why, now);
				remove_hole(w, k);
			}
	}
}
