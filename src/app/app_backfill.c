/* Backfill: what happened while the stream was gone (detection.md 8: "backfilled data is run through the detector with
 * its own times and its log lines carry `late`").
 *
 * When the feed is lost what is known of the networks is put aside. When it is back and more than five minutes are
 * missing, RIPEstat's bgplay is asked once for the hole, a while later, so that what began in it may have ended and the
 * archive has it. The answer runs through a judge of its own, that knows what the live one knew; what it finds is
 * brought to the live book: outages wholly inside the hole as late closed events, exact times where the live judge
 * could only name the hole. Nothing is asked for a territory of many networks, and what the answer does not show stays
 * unknown. */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HOLE_MIN_MS (5 * 60000LL)
#define HOLE_MAX_MS (24 * 3600000LL)
#define AFTER_MS    (20 * 60000LL) /* looked at behind the hole: an outage of a country ends after 15 min of peace */
#define ASK_AFTER_S (25 * 60)
#define ROWS        4096

struct past {
	struct net_memory memory;
	uint32_t origin;
};

/* What was known of a territory when the stream was lost. */
struct backfill {
	struct wall from, until;
	struct past nets[BACKFILL_NETS];
	size_t count;
	bool too_many, asked;
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

static void put_aside(struct watch *w, const struct net_memory *m, uint32_t origin)
{
	struct backfill *b = w->backfill;
	if (b->count == BACKFILL_NETS)
		b->too_many = true;
	else
		b->nets[b->count++] = (struct past){*m, origin};
}

static struct backfill *begin(struct watch *w, struct wall from)
{
	if (!w->backfill)
		w->backfill = xcalloc(1, sizeof(*w->backfill));
	*w->backfill = (struct backfill){.from = from, .until = WALL_NONE};
	return w->backfill;
}

void backfill_begin(struct app *a, struct wall from)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		struct net_memory m;
		begin(w, from);
		for (size_t k = 0; k < w->net_count; k++)
			if (judge_remember(a->judge, w->nets[k].net, &m))
				put_aside(w, &m, w->nets[k].origin);
	}
}

void backfill_restored(struct watch *w, const struct net_memory *m, uint32_t origin)
{
	if (!w->backfill)
		begin(w, m->saved);
	if (wall_is_set(m->saved) && m->saved.ms < w->backfill->from.ms)
		w->backfill->from = m->saved;
	put_aside(w, m, origin);
}

/* The hole is over: ask about it, once. */
static void ask(struct app *a, struct watch *w, struct now now)
{
	struct backfill *b = w->backfill;
	char subject[BACKFILL_NETS * PREFIX_TEXT_MAX + 64], prefix[PREFIX_TEXT_MAX];
	int source, len = 0;
	const struct source_call *call = find_call(a, &source);
	int64_t hole_ms = now.wall.ms - b->from.ms;
	if (b->asked)
		return;
	if (!call || b->too_many || !b->count || hole_ms < HOLE_MIN_MS || hole_ms > HOLE_MAX_MS) {
		free(b);
		w->backfill = NULL;
		return;
	}
	b->asked = true;
	b->until = now.wall;
	for (size_t i = 0; i < b->count; i++)
		len += snprintf(subject + len, sizeof(subject) - (size_t)len, "%s%s", i ? "," : "",
				prefix_format(prefix, &b->nets[i].memory.prefix));
	snprintf(subject + len, sizeof(subject) - (size_t)len, " %lld %lld", (long long)wall_to_s(b->from),
		 (long long)wall_to_s((struct wall){now.wall.ms + AFTER_MS}));
	schedule_want_later(schedule_job(a->schedule, source, call, subject, now), now, ASK_AFTER_S);
}

void backfill_end(struct app *a, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++)
		if (a->watches[i].backfill)
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

static void open_run(struct app *a, const struct watch *w, struct run *r)
{
	const struct backfill *b = w->backfill;
	const char *code = w->t->spec.code;
	event_book_init(&r->book);
	r->judge = judge_new(&r->book);
	r->from = b->from;
	judge_feed_source(r->judge, "ripestat");
	int group = judge_group(r->judge, SCOPE_TERRITORY, code, code, -1);
	for (size_t i = 0; i < b->count; i++) {
		const struct past *p = &b->nets[i];
		char subject[16];
		int net = judge_watch(r->judge, group, &p->memory.prefix, p->origin);
		snprintf(subject, sizeof(subject), "AS%u", p->origin);
		if (p->origin && w->t->spec.kind != TERRITORY_AS)
			judge_watch(r->judge, judge_group(r->judge, SCOPE_OPERATOR, code, subject, group),
				    &p->memory.prefix, p->origin);
		struct net_memory m = p->memory;
		m.saved = b->from;
		judge_restore(r->judge, net, &m);
	}
	take_peers(a, r);
	judge_feed(r->judge, FEED_OK, "", at(r, b->from));
	r->due = judge_run(r->judge, at(r, b->from));
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
		else if ((f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW) && f->t.ms >= r->from.ms &&
			 f->t.ms <= until.ms)
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

static unsigned bring(struct app *a, const struct backfill *b, const struct run *r, struct now now)
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
				ev->state == EVENT_RESOLVED && ev->start.ms >= b->from.ms && ev->end.ms <= b->until.ms;
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

static struct watch *watch_of(struct app *a, const struct wall from)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct backfill *b = a->watches[i].backfill;
		if (b && b->asked && wall_to_s(b->from) == wall_to_s(from))
			return &a->watches[i];
	}
	return NULL;
}

void backfill_take(struct app *a, const struct job *j, const struct batch *facts, struct now now)
{
	const char *times = strchr(j->subject, ' ');
	long long from_s;
	if (!times || sscanf(times, " %lld", &from_s) != 1)
		return;
	struct watch *w = watch_of(a, wall_from_s(from_s));
	if (!w)
		return;
	struct run *r = xcalloc(1, sizeof(*r));
	char begin_text[WALL_TEXT_MAX], end_text[WALL_TEXT_MAX];
	struct backfill *b = w->backfill;
	struct wall until = facts->data_time;
	open_run(a, w, r);
	play(r, facts, until);
	unsigned n = bring(a, b, r, now);
	event_note(&a->model.book, w->t->spec.code, now.wall, now,
		   "%s: the hole %s to %s was filled from RIPEstat: %s.", w->t->spec.code,
		   wall_format_hm(begin_text, b->from), wall_format_hm(end_text, b->until),
		   n ? "see the late lines" : "nothing happened in it that was not known");
	judge_free(r->judge);
	event_book_release(&r->book);
	free(r);
	free(w->backfill);
	w->backfill = NULL;
}
