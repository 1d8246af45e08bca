/* What the answers about a hole say, judged: by a judge of its own, that knows what the live one knew when the stream was
 * lost. Outages wholly inside the hole become late closed events of the live book; where the live judge could only name
 * the hole they give it the moment.
 *
 * A country is judged only when every network of it is answered for. Otherwise its operators are, those that are whole. */
#include "app_backfill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define ROWS 4096

/* ---- what is kept ---- */

static int net_of(const struct hole *h, const struct ask *ask, const struct prefix *p)
{
	for (size_t i = ask->first; i < ask->first + ask->count; i++)
		if (prefix_equal(&h->nets[i].memory.prefix, p))
			return (int)i;
	return -1;
}

/* It may begin late: what was before that stays unknown. It may end early: the archive is an hour or two behind. One that shows
 * no route at all is no sign that there was none. */
enum ask_cover backfill_covers(const struct hole *h, struct ask *ask, const struct batch *facts)
{
	bool shows = false;
	ask->from = h->from;
	ask->until = facts->data_time;
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *f = &facts->facts[i];
		shows |= f->kind == FACT_ROUTE || f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW;
		if (f->kind == FACT_SNAPSHOT && f->t.ms > ask->from.ms)
			ask->from = f->t;
	}
	if (wall_is_set(ask->until) && ask->until.ms < h->until.ms)
		return shows && ask->until.ms > ask->from.ms ? COVERS_LATER : COVERS_NOTHING;
	return shows && wall_is_set(ask->until) && ask->from.ms < h->until.ms ? COVERS : COVERS_NOTHING;
}

void backfill_keep(struct hole *h, const struct ask *ask, const struct batch *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *f = &facts->facts[i];
		bool wanted = f->kind == FACT_ROUTE || f->kind == FACT_SNAPSHOT || f->kind == FACT_ANNOUNCE ||
			      f->kind == FACT_WITHDRAW;
		int net = wanted ? net_of(h, ask, &f->prefix) : -1;
		if (net < 0)
			continue;
		mem_grow(&h->facts, &h->fact_cap, h->fact_count + 1, sizeof(*h->facts));
		struct kept_fact *k = &h->facts[h->fact_count++];
		*k = (struct kept_fact){.t_ms = f->t.ms,
					.addr = f->addr,
					.asn = f->asn,
					.upstream = f->upstream,
					.net = (uint16_t)net,
					.kind = (uint8_t)f->kind};
		snprintf(k->collector, sizeof(k->collector), "%.7s", f->collector ? f->collector : "");
	}
	for (size_t i = ask->first; i < ask->first + ask->count; i++)
		h->nets[i].answered = true;
}

/* ---- the private judge ---- */

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

/* Is every network of this one's operator answered for? They stand next to each other. */
static bool is_whole(const struct hole *h, size_t i)
{
	size_t lo = i, hi = i;
	while (lo > 0 && h->nets[lo - 1].origin == h->nets[i].origin)
		lo--;
	while (hi < h->count && h->nets[hi].origin == h->nets[i].origin)
		if (!h->nets[hi++].answered)
			return false;
	for (; lo < i; lo++)
		if (!h->nets[lo].answered)
			return false;
	return true;
}

static bool is_all(const struct hole *h)
{
	bool all = h->count == h->total && !h->cut;
	for (size_t i = 0; i < h->count; i++)
		all &= h->nets[i].answered;
	return all;
}

static void watch_net(struct run *r, const struct watch *w, const struct hole *h, size_t i, int group)
{
	const struct past *p = &h->nets[i];
	const char *code = w->t->spec.code;
	char subject[16];
	int net = -1;
	snprintf(subject, sizeof(subject), "AS%u", p->origin);
	if (group >= 0)
		net = judge_watch(r->judge, group, &p->memory.prefix, p->origin);
	if (p->origin && w->t->spec.kind != TERRITORY_AS && (group >= 0 || is_whole(h, i)))
		net = judge_watch(r->judge, judge_group(r->judge, SCOPE_OPERATOR, code, subject, group),
				  &p->memory.prefix, p->origin);
	if (net < 0)
		return;
	struct net_memory m = p->memory;
	m.saved = h->from;
	judge_restore(r->judge, net, &m);
}

static void open_run(struct app *a, const struct watch *w, const struct hole *h, struct wall from, struct run *r)
{
	const char *code = w->t->spec.code;
	event_book_init(&r->book);
	r->judge = judge_new(&r->book);
	r->from = from;
	judge_feed_source(r->judge, "ripestat");
	int group = is_all(h) ? judge_group(r->judge, SCOPE_TERRITORY, code, code, -1) : -1;
	for (size_t i = 0; i < h->count; i++)
		watch_net(r, w, h, i, group);
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

static void take_fact(struct run *r, const struct hole *h, const struct kept_fact *f)
{
	struct rib *rib = judge_rib(r->judge);
	const struct wall t = {f->t_ms};
	int net = rib_find(rib, &h->nets[f->net].memory.prefix), session = -1;
	if (f->kind != FACT_SNAPSHOT && f->asn)
		session = rib_session(rib, f->collector, &f->addr, f->asn);
	if (f->kind == FACT_ROUTE && session >= 0 && r->rows < ROWS) {
		r->sessions[r->rows] = session;
		r->upstreams[r->rows++] = f->upstream;
	} else if (f->kind == FACT_SNAPSHOT) {
		if (net >= 0)
			rib_snapshot(rib, net, r->sessions, r->upstreams, r->rows, t);
		r->rows = 0;
	} else if (session >= 0 && net >= 0 && (f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW)) {
		if (t.ms > r->from.ms)
			run_until(r, t);
		rib_session_seen(rib, session, t, t);
		if (f->kind == FACT_ANNOUNCE)
			rib_announce(rib, session, net, f->upstream, t);
		else
			rib_withdraw(rib, session, net, t);
	}
}

static int by_time(const void *x, const void *y)
{
	const struct kept_fact *const *a = x, *const *b = y;
	if ((*a)->t_ms != (*b)->t_ms)
		return (*a)->t_ms < (*b)->t_ms ? -1 : 1;
	return *a < *b ? -1 : *a > *b;
}

static void play(struct run *r, const struct hole *h, struct wall until)
{
	const struct kept_fact **list = xcalloc(h->fact_count + 1, sizeof(*list));
	size_t n = 0;
	for (size_t i = 0; i < h->fact_count; i++) {
		const struct kept_fact *f = &h->facts[i];
		if (f->kind == FACT_ROUTE || f->kind == FACT_SNAPSHOT)
			take_fact(r, h, f);
		else if (f->t_ms <= until.ms)
			list[n++] = f;
	}
	qsort(list, n, sizeof(*list), by_time);
	for (size_t i = 0; i < n; i++)
		take_fact(r, h, list[i]);
	run_until(r, until);
	free(list);
}

/* ---- what it found ---- */

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
	l->area = ev->area; /* it did not last until now */
	l->below_half_ms = ev->below_half_ms;
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

unsigned backfill_judge(struct app *a, const struct watch *w, struct hole *h, struct wall from, struct wall until,
			struct now now)
{
	struct run *r = xcalloc(1, sizeof(*r));
	open_run(a, w, h, from, r);
	play(r, h, until);
	unsigned n = bring(a, h, r, now);
	judge_free(r->judge);
	event_book_release(&r->book);
	free(r);
	return n;
}
