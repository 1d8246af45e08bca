/* Backfill: what happened while the stream was gone (detection.md 8: "backfilled data is run through the detector with
 * its own times and its log lines carry `late`").
 *
 * When the feed is lost what is known of the networks is put aside. When it is back and more than five minutes are
 * missing, RIPEstat's bgplay is asked about the hole, a while later, so that what began in it may have ended and the
 * archive has it. A question is about a batch of networks, and there are at most sixteen a hole and ninety-six a day: of a
 * territory of more networks the largest operators are asked about that fit, each as a whole. When all answers are there
 * they are judged (app_backfill_run.c). What they do not show stays unknown, and the log says so: one line for each hole,
 * whether it was filled, filled in part or not. A loss while an older hole still waits for its answers opens another one;
 * an answer belongs to the holes whose job asked for it. */
#include "app_backfill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HOLE_MIN_MS   (5 * 60000LL)
#define HOLE_MAX_MS   (24 * 3600000LL)
#define DAY_MS        86400000LL
#define AFTER_MS      (20 * 60000LL) /* looked at behind the hole: an outage of a country ends after 15 min of peace */
#define ASK_AFTER_S   (25 * 60)
#define ASK_GAP_S     5     /* between a hole's questions */
#define AGAIN_S       (45 * 60) /* RIPEstat's updates are an hour or two behind [sources/ripestat.md 6] */
#define ANSWERS       4     /* that end before the hole does: what the last one says is taken */
#define ASKS_A_DAY    96    /* of all holes: with AS_CALLS_A_DAY and LOOKS_A_DAY (app_plan.c) 996. RIPEstat wants to know who
			     * makes more than 1,000 requests a day [sources/ripestat.md 2] */
#define LATE_BEGIN_MS 60000 /* an answer is asked for by whole minutes */
#define HOLES_MAX     4     /* of a territory, that wait for their answers */

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
	if (h->count == BACKFILL_KNOWN) {
		h->cut = true;
		return;
	}
	mem_grow(&h->nets, &h->cap, h->count + 1, sizeof(*h->nets));
	h->nets[h->count++] = (struct past){.memory = *m, .origin = origin};
}

static struct hole *open_hole(const struct watch *w)
{
	struct backfill *b = w->backfill;
	return b && b->count && !b->holes[b->count - 1].ask_count ? &b->holes[b->count - 1] : NULL;
}

static void release_hole(struct hole *h)
{
	free(h->nets);
	free(h->facts);
}

static void remove_hole(struct watch *w, size_t i)
{
	struct backfill *b = w->backfill;
	release_hole(&b->holes[i]);
	memmove(&b->holes[i], &b->holes[i + 1], (--b->count - i) * sizeof(*b->holes));
}

void backfill_release(struct watch *w)
{
	for (size_t i = 0; w->backfill && i < w->backfill->count; i++)
		release_hole(&w->backfill->holes[i]);
	free(w->backfill);
	w->backfill = NULL;
}

/* ---- the log ---- */

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

/* " for 240 of 370 networks after 13:20 up to 13:40": which part of the hole. False: all of it. */
static bool part_text(char *dst, size_t cap, const struct hole *h, struct wall from, struct wall until)
{
	char clock[WALL_TEXT_MAX];
	size_t known = 0, len = 0;
	*dst = '\0';
	for (size_t i = 0; i < h->count; i++)
		known += h->nets[i].answered;
	if (known < h->total || h->cut)
		len += (size_t)snprintf(dst, cap, " for %zu of %s%zu networks", known, h->cut ? "more than " : "",
					h->total);
	if (from.ms - h->from.ms >= LATE_BEGIN_MS)
		len += (size_t)snprintf(dst + len, cap - len, " after %s", wall_format_hm(clock, from));
	if (until.ms < h->until.ms)
		snprintf(dst + len, cap - len, " up to %s", wall_format_hm(clock, until));
	return *dst != '\0';
}

static void say_filled(struct app *a, const struct watch *w, const struct hole *h, struct wall from, struct wall until,
		       unsigned found, struct now now)
{
	const char *code = w->t->spec.code;
	char span[2 * WALL_TEXT_MAX + 8], part[2 * WALL_TEXT_MAX + 80];
	bool whole = !part_text(part, sizeof(part), h, from, until);
	event_note(&a->model.book, code, now.wall, now, "%s: the hole %s was filled%s from RIPEstat: %s.%s", code,
		   span_text(span, sizeof(span), h->from, h->until), part,
		   found ? "see the late lines" : "nothing happened in it that was not known",
		   whole ? "" : " The rest stays unknown.");
	a->model_dirty = true;
}

/* ---- loss ---- */

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

/* ---- questions ---- */

static int by_operator(const void *x, const void *y)
{
	const struct past *a = x, *b = y;
	if (a->origin != b->origin)
		return a->origin < b->origin ? -1 : 1;
	return prefix_cmp(&a->memory.prefix, &b->memory.prefix);
}

/* An operator's networks. */
struct stretch {
	size_t first, count;
};

static int by_size(const void *x, const void *y)
{
	const struct stretch *a = x, *b = y;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return a->first < b->first ? -1 : a->first > b->first;
}

/* Of too many networks: the largest operators that fit, each whole. What nobody is known to originate is nobody's. */
static void choose(struct hole *h, size_t most)
{
	struct stretch *list = xcalloc(h->count + 1, sizeof(*list));
	struct past *kept = xcalloc(most + 1, sizeof(*kept));
	size_t n = 0, used = 0;
	for (size_t i = 0; i < h->count; i++) {
		if (!h->nets[i].origin)
			continue;
		if (!n || h->nets[list[n - 1].first].origin != h->nets[i].origin)
			list[n++] = (struct stretch){.first = i};
		list[n - 1].count++;
	}
	qsort(list, n, sizeof(*list), by_size);
	for (size_t i = 0; i < n; i++) {
		if (list[i].count > most - used)
			continue;
		memcpy(&kept[used], &h->nets[list[i].first], list[i].count * sizeof(*kept));
		used += list[i].count;
	}
	qsort(kept, used, sizeof(*kept), by_operator);
	memcpy(h->nets, kept, used * sizeof(*kept));
	h->count = used;
	free(kept);
	free(list);
}

/* How many networks may still be asked about today. */
static size_t allowance(struct app *a, struct now now)
{
	if (now.wall.ms - a->gap_asks_since.ms >= DAY_MS) {
		a->gap_asks_since = now.wall;
		a->gap_asks = 0;
	}
	size_t asks = a->gap_asks < ASKS_A_DAY ? ASKS_A_DAY - a->gap_asks : 0;
	return (asks < BACKFILL_ASKS ? asks : BACKFILL_ASKS) * BACKFILL_BATCH;
}

/* Why this hole stays one; NULL: it can be asked about, with the networks that are left in it. */
static const char *hindrance(struct app *a, const struct watch *w, struct hole *h, const struct source_call *call,
			     struct now now)
{
	size_t most = allowance(a, now);
	if (!call)
		return "no source that keeps the past is on";
	if (h->until.ms - h->from.ms > HOLE_MAX_MS)
		return "longer than a day";
	if (!most)
		return "RIPEstat was asked often enough today";
	h->total = h->count;
	qsort(h->nets, h->count, sizeof(*h->nets), by_operator);
	if ((h->count > most || h->cut) && w->t->spec.kind == TERRITORY_AS)
		h->count = 0; /* it is one operator */
	else if (h->count > most || h->cut)
		choose(h, most);
	return h->count ? NULL : "too many networks to ask about";
}

static struct job *ask_batch(struct app *a, const struct hole *h, const struct ask *ask, int source,
			     const struct source_call *call, struct now now)
{
	char subject[BACKFILL_BATCH * PREFIX_TEXT_MAX + 64], prefix[PREFIX_TEXT_MAX];
	int len = 0;
	for (size_t i = ask->first; i < ask->first + ask->count; i++)
		len += snprintf(subject + len, sizeof(subject) - (size_t)len, "%s%s", i > ask->first ? "," : "",
				prefix_format(prefix, &h->nets[i].memory.prefix));
	snprintf(subject + len, sizeof(subject) - (size_t)len, " %lld %lld", (long long)wall_to_s(h->from),
		 (long long)wall_to_s((struct wall){now.wall.ms + AFTER_MS}));
	return schedule_job(a->schedule, source, call, subject, now);
}

/* Territories with the same networks lost at the same time ask with one job. */
static bool job_is_awaited(const struct app *a, uint32_t job)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		const struct backfill *b = a->watches[i].backfill;
		for (size_t k = 0; b && k < b->count; k++)
			for (size_t n = 0; n < b->holes[k].ask_count; n++)
				if (b->holes[k].asks[n].job == job && b->holes[k].asks[n].state == ASK_WAITING)
					return true;
	}
	return false;
}

static void drop_oldest(struct app *a, struct watch *w, struct now now)
{
	uint32_t jobs[BACKFILL_ASKS];
	struct hole *h = &w->backfill->holes[0];
	size_t n = 0;
	for (size_t i = 0; i < h->ask_count; i++)
		if (h->asks[i].state == ASK_WAITING)
			jobs[n++] = h->asks[i].job;
	say_unfilled(a, w, h, "newer ones wait too", now);
	remove_hole(w, 0);
	for (size_t i = 0; i < n; i++) {
		struct job *j = schedule_by_id(a->schedule, jobs[i]);
		if (j && !job_is_awaited(a, j->id))
			schedule_drop(a->schedule, j);
	}
}

/* The hole is over: ask about it, once. Where nothing was known, or hardly anything was missed, there is nothing to
 * fill. */
static void ask(struct app *a, struct watch *w, struct now now)
{
	struct hole *h = open_hole(w);
	int source = -1;
	const struct source_call *call = find_call(a, &source);
	h->until = now.wall;
	bool nothing = !h->count || !wall_is_set(h->from) || h->until.ms - h->from.ms < HOLE_MIN_MS;
	const char *why = nothing ? NULL : hindrance(a, w, h, call, now);
	if (nothing || why) {
		if (!nothing)
			say_unfilled(a, w, h, why, now);
		remove_hole(w, w->backfill->count - 1);
		return;
	}
	for (size_t i = 0; i < h->count; i += BACKFILL_BATCH) {
		struct ask *q = &h->asks[h->ask_count];
		*q = (struct ask){.first = i, .count = h->count - i < BACKFILL_BATCH ? h->count - i : BACKFILL_BATCH};
		struct job *j = ask_batch(a, h, q, source, call, now);
		if (!job_is_awaited(a, j->id))
			a->gap_asks++;
		q->job = j->id;
		schedule_want_later(j, now, ASK_AFTER_S + (unsigned)h->ask_count++ * ASK_GAP_S);
	}
	if (w->backfill->count > HOLES_MAX)
		drop_oldest(a, w, now);
}

void backfill_end(struct app *a, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++)
		if (open_hole(&a->watches[i]))
			ask(a, &a->watches[i], now);
}

/* ---- answers ---- */

/* All questions have ended, somehow. */
static void finish(struct app *a, const struct watch *w, struct hole *h, struct now now)
{
	struct wall from = h->from, until = {INT64_MAX};
	size_t answered = 0;
	for (size_t i = 0; i < h->ask_count; i++) {
		const struct ask *q = &h->asks[i];
		if (q->state != ASK_ANSWERED)
			continue;
		answered++;
		from.ms = q->from.ms > from.ms ? q->from.ms : from.ms;
		until.ms = q->until.ms < until.ms ? q->until.ms : until.ms;
	}
	if (!answered || until.ms <= from.ms) {
		say_unfilled(a, w, h, h->why[0] ? h->why : "the answer has nothing of it", now);
		return;
	}
	unsigned found = backfill_judge(a, w, h, from, until, now);
	say_filled(a, w, h, from, until, found, now);
}

/* False: it is asked again, since the archive had not come that far. */
static bool take_answer(struct hole *h, struct ask *q, const struct batch *facts, const char *why)
{
	enum ask_cover cover = facts ? backfill_covers(h, q, facts) : COVERS_NOTHING;
	bool early = facts && wall_is_set(q->until) && q->until.ms < h->until.ms;
	if (early && ++q->tries < ANSWERS)
		return false;
	q->state = cover == COVERS_NOTHING ? ASK_FAILED : ASK_ANSWERED;
	if (q->state == ASK_ANSWERED)
		backfill_keep(h, q, facts);
	else if (!h->why[0])
		snprintf(h->why, sizeof(h->why), "%s", why);
	return true;
}

static bool has_ended(const struct hole *h)
{
	for (size_t i = 0; i < h->ask_count; i++)
		if (h->asks[i].state == ASK_WAITING)
			return false;
	return true;
}

/* A job has ended: facts, or why there are none. True: somebody wants it again. */
static bool take(struct app *a, const struct job *j, const struct batch *facts, const char *why, struct now now)
{
	bool again = false;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		for (size_t k = w->backfill ? w->backfill->count : 0; k-- > 0;) {
			struct hole *h = &w->backfill->holes[k];
			bool taken = false;
			for (size_t n = 0; n < h->ask_count; n++) {
				struct ask *q = &h->asks[n];
				if (q->job != j->id || q->state != ASK_WAITING)
					continue;
				if (take_answer(h, q, facts, why))
					taken = true;
				else
					again = true;
			}
			if (taken && has_ended(h)) {
				finish(a, w, h, now);
				remove_hole(w, k);
			}
		}
	}
	return again;
}

unsigned backfill_take(struct app *a, const struct job *j, const struct batch *facts, struct now now)
{
	bool again = take(a, j, facts, "the answer has nothing of it", now);
	a->gap_asks += again;
	return again ? AGAIN_S : 0;
}

void backfill_refused(struct app *a, const struct job *j, const char *msg, struct now now)
{
	char why[160];
	snprintf(why, sizeof(why), "asked %u times, %.120s", j->failures + 1, msg);
	take(a, j, NULL, why, now);
}
