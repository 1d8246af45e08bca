/* The book of events: identity, look-up, room, evidence, and what comes back from the store. See core/event.h.
 *
 * Events are kept twice: in an array by id (ascending, so a number is found by halving) and in a hash by scope,
 * territory and subject (so that 5,000 networks falling at once cost 5,000 look-ups, not 5,000 scans). The array is
 * what decides any order that can be seen; the hash never does. */
#include "event_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

struct event_index {
	struct held **buckets; /* size is a power of two */
	size_t size;
	size_t closed; /* resolved or dismissed events in the book */
};

enum {
	EVIDENCE_HEAD = EVENT_EVIDENCE_MAX / 2,
	BUCKETS_MIN = 64,
	ROOM = EVENT_OPEN_MAX / 8, /* dropped in one go, so that a busy book does not scan at each addition */
};

void event_book_init(struct event_book *b)
{
	*b = (struct event_book){.next_id = 1};
}

static void event_free(struct event *ev)
{
	free(ev->evidence);
	free(ev);
}

void event_book_release(struct event_book *b)
{
	for (size_t i = 0; i < b->count; i++)
		event_free(b->events[i]);
	free(b->events);
	free(b->log);
	if (b->index)
		free(b->index->buckets);
	free(b->index);
	event_book_init(b);
}

bool event_is_live(const struct event *ev)
{
	return ev->state == EVENT_SUSPECTED || event_state_is_open(ev->state);
}

void event_touch(struct event_book *b, struct event *ev)
{
	ev->dirty = true;
	b->version++;
}

/* ---- the hash ---- */

static uint32_t hash_text(uint32_t h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619U; /* FNV-1a */
	return h * 16777619U;
}

static uint32_t subject_hash(enum event_scope scope, const char *territory, const char *subject)
{
	return hash_text(hash_text(2166136261U ^ (uint32_t)scope, territory), subject);
}

static void index_put(struct event_index *x, struct held *h)
{
	struct held **slot = &x->buckets[h->hash & (x->size - 1)];

	h->next = *slot;
	*slot = h;
}

static void index_rebuild(struct event_book *b, size_t size)
{
	free(b->index->buckets);
	b->index->buckets = xcalloc(size, sizeof(*b->index->buckets));
	b->index->size = size;
	for (size_t i = 0; i < b->count; i++)
		index_put(b->index, (struct held *)b->events[i]);
}

void event_state_set(struct event_book *b, struct event *ev, enum event_state s)
{
	bool was_live = event_is_live(ev);

	ev->state = s;
	if (was_live && !event_is_live(ev))
		b->index->closed++;
	else if (!was_live && event_is_live(ev))
		b->index->closed--;
}

static struct held *first_of(const struct event_book *b, enum event_scope scope, const char *territory,
			     const char *subject, uint32_t *hash)
{
	*hash = subject_hash(scope, territory, subject);
	return b->index ? b->index->buckets[*hash & (b->index->size - 1)] : NULL;
}

static bool is_of(const struct held *h, uint32_t hash, enum event_scope scope, const char *territory,
		  const char *subject)
{
	return h->hash == hash && h->ev.scope == scope && strcmp(h->ev.territory, territory) == 0 &&
	       strcmp(h->ev.subject, subject) == 0;
}

/* ---- room ---- */

/* Drop the oldest closed events until there is room again. What is not saved yet goes only when saving seems hopeless
 * (twice the cap); an open event never goes: their number is bounded by what is watched. */
static void make_room(struct event_book *b)
{
	size_t keep = EVENT_OPEN_MAX - ROOM, kept = 0, over;
	bool hopeless = b->count >= 2 * EVENT_OPEN_MAX;

	if (b->count < EVENT_OPEN_MAX || b->index->closed == 0)
		return;
	over = b->count - keep;
	for (size_t i = 0; i < b->count; i++) {
		struct event *ev = b->events[i];
		if (over > 0 && !event_is_live(ev) && (!ev->dirty || hopeless)) {
			event_free(ev);
			b->index->closed--;
			over--;
		} else {
			b->events[kept++] = ev;
		}
	}
	b->count = kept;
	index_rebuild(b, b->index->size);
}

struct event *event_add(struct event_book *b, const struct event *proto)
{
	struct held *h = xcalloc(1, sizeof(*h));

	if (!b->index)
		b->index = xcalloc(1, sizeof(*b->index));
	make_room(b);
	h->ev = *proto;
	h->ev.id = b->next_id++;
	h->ev.evidence = NULL;
	h->ev.evidence_count = 0;
	h->last_end = WALL_NONE;
	h->hash = subject_hash(proto->scope, h->ev.territory, h->ev.subject);
	mem_grow(&b->events, &b->cap, b->count + 1, sizeof(*b->events));
	b->events[b->count++] = &h->ev;
	b->index->closed += !event_is_live(&h->ev);
	if (b->count > b->index->size)
		index_rebuild(b, b->index->size ? b->index->size * 2 : BUCKETS_MIN);
	else
		index_put(b->index, h);
	return &h->ev;
}

/* ---- look-ups ---- */

static struct event *find_id(const struct event_book *b, uint32_t id)
{
	size_t low = 0, high = b->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (b->events[mid]->id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < b->count && b->events[low]->id == id ? b->events[low] : NULL;
}

static struct event *find_seq(const struct event_book *b, uint64_t seq)
{
	for (size_t i = b->count; seq != 0 && i > 0; i--)
		if (b->events[i - 1]->seq == seq)
			return b->events[i - 1];
	return NULL;
}

static struct event *find_current(const struct event_book *b, enum event_scope scope, const char *territory,
				  const char *subject)
{
	uint32_t hash;

	for (struct held *h = first_of(b, scope, territory, subject, &hash); h; h = h->next)
		if (is_of(h, hash, scope, territory, subject) && event_is_live(&h->ev))
			return &h->ev;
	return NULL;
}

static struct event *find_recent(const struct event_book *b, enum event_scope scope, const char *territory,
				 const char *subject, struct wall since)
{
	struct event *best = NULL;
	uint32_t hash;

	for (struct held *h = first_of(b, scope, territory, subject, &hash); h; h = h->next) {
		if (!is_of(h, hash, scope, territory, subject) || h->ev.state != EVENT_RESOLVED ||
		    !wall_is_set(h->ev.end) || h->ev.end.ms < since.ms)
			continue;
		if (!best || h->ev.end.ms > best->end.ms || (h->ev.end.ms == best->end.ms && h->ev.id > best->id))
			best = &h->ev;
	}
	return best;
}

struct event *event_by_id(struct event_book *b, uint32_t id)
{
	return find_id(b, id);
}

struct event *event_by_seq(struct event_book *b, uint64_t seq)
{
	return find_seq(b, seq);
}

struct event *event_current(struct event_book *b, enum event_scope scope, const char *territory, const char *subject)
{
	return find_current(b, scope, territory, subject);
}

struct event *event_recent(struct event_book *b, enum event_scope scope, const char *territory, const char *subject,
			   struct wall since)
{
	return find_recent(b, scope, territory, subject, since);
}

const struct event *event_look(const struct event_book *b, uint32_t id)
{
	return find_id(b, id);
}

const struct event *event_look_seq(const struct event_book *b, uint64_t seq)
{
	return find_seq(b, seq);
}

const struct event *event_look_current(const struct event_book *b, enum event_scope scope, const char *territory,
				       const char *subject)
{
	return find_current(b, scope, territory, subject);
}

const struct event *event_look_recent(const struct event_book *b, enum event_scope scope, const char *territory,
				      const char *subject, struct wall since)
{
	return find_recent(b, scope, territory, subject, since);
}

/* ---- evidence ---- */

static void evidence_copy(struct evidence *to, const struct evidence *from)
{
	to->time = from->time;
	text_clean_str(to->source, sizeof(to->source), from->source);
	text_clean_str(to->rule, sizeof(to->rule), from->rule);
	text_clean_str(to->value, sizeof(to->value), from->value);
	text_clean_str(to->url, sizeof(to->url), from->url);
}

void event_evidence(struct event_book *b, struct event *ev, const struct evidence *line)
{
	size_t at = ev->evidence_count;

	if (at == EVENT_EVIDENCE_MAX) {
		/* how it began and how it stands are worth more than the middle */
		memmove(&ev->evidence[EVIDENCE_HEAD], &ev->evidence[EVIDENCE_HEAD + 1],
			(EVENT_EVIDENCE_MAX - EVIDENCE_HEAD - 1) * sizeof(*ev->evidence));
		ev->evidence_dropped++;
		at--;
	} else {
		if ((at & (at - 1)) == 0) /* 0, 1, 2, 4, ...: full */
			ev->evidence = xrealloc(ev->evidence, at ? at * 2 : 1, sizeof(*ev->evidence));
		ev->evidence_count++;
	}
	evidence_copy(&ev->evidence[at], line);
	event_touch(b, ev);
}

/* ---- the store's side ---- */

void event_saved(struct event_book *b, struct event *ev, uint64_t seq)
{
	ev->dirty = false;
	if (ev->seq == seq)
		return;
	ev->seq = seq;
	b->version++;
	for (size_t i = 0; ev->scope == SCOPE_TERRITORY && i < b->count; i++) {
		if (b->events[i]->parent_id == ev->id) {
			b->events[i]->parent = seq;
			b->events[i]->dirty = true;
		}
	}
}

/* Numbers from a file are not trusted to be in range: a name table would call that our bug. */
static unsigned in_range(unsigned value, unsigned count, unsigned fallback)
{
	return value < count ? value : fallback;
}

static struct wall in_time(struct wall t)
{
	const int64_t year_10000_ms = INT64_C(253402300800000);

	return t.ms >= 0 && t.ms < year_10000_ms ? t : WALL_NONE;
}

static double in_percent(double pct)
{
	return pct >= 0 ? fmin(pct, 100) : 0; /* NAN too */
}

static int64_t in_span(int64_t ms)
{
	const int64_t century_ms = INT64_C(100) * 366 * 86400000;

	return ms < 0 ? 0 : ms > century_ms ? century_ms : ms;
}

static void restore_checked(struct event *ev, const struct event *saved)
{
	*ev = *saved;
	ev->start = in_time(saved->start);
	ev->end = in_time(saved->end);
	ev->confirmed = in_time(saved->confirmed);
	ev->easing_since = in_time(saved->easing_since);
	ev->changed = in_time(saved->changed);
	ev->unverified_since = in_time(saved->unverified_since);
	ev->start_error_ms = in_span(saved->start_error_ms);
	ev->end_error_ms = in_span(saved->end_error_ms);
	ev->unverified_ms = in_span(saved->unverified_ms);
	ev->below_half_ms = in_span(saved->below_half_ms);
	ev->loss_pct = in_percent(saved->loss_pct);
	ev->loss_peak_pct = in_percent(saved->loss_peak_pct);
	ev->area = isfinite(saved->area) && saved->area > 0 ? saved->area : 0;
	text_clean_str(ev->territory, sizeof(ev->territory), saved->territory);
	text_clean_str(ev->subject, sizeof(ev->subject), saved->subject);
	ev->scope = in_range(saved->scope, SCOPE_COUNT, SCOPE_TERRITORY);
	ev->kind = event_kind_rank(saved->kind) ? saved->kind : VERDICT_PARTIAL;
	ev->state = in_range(saved->state, EVENT_STATE_COUNT, EVENT_UNVERIFIED);
	ev->before_unverified = in_range(saved->before_unverified, EVENT_STATE_COUNT, EVENT_CONFIRMED);
	ev->severity = in_range(saved->severity, SEVERITY_COUNT, SEVERITY_MINOR);
	ev->confidence = in_range(saved->confidence, CONFIDENCE_COUNT, CONFIDENCE_NONE);
	ev->classes &= (1U << CLASS_COUNT) - 1;
	ev->missing &= (1U << CLASS_COUNT) - 1;
	ev->against &= (1U << CLASS_COUNT) - 1;
	if ((ev->loss_class & (ev->loss_class - 1)) || ev->loss_class >= 1U << CLASS_COUNT)
		ev->loss_class = 0;
	text_clean_str(ev->note, sizeof(ev->note), saved->note);
	ev->why_missing[0] = '\0';
	if (ev->lost_now == 0 && ev->loss_pct >= ev->loss_peak_pct - 0.05)
		ev->lost_now = ev->networks_lost; /* still at its peak */
}

struct event *event_restore(struct event_book *b, const struct event *saved, struct now now)
{
	struct event proto, *ev = find_seq(b, saved->seq);

	if (ev)
		return ev;
	restore_checked(&proto, saved);
	if (event_is_live(&proto)) {
		/* a state under the overlay is one that was seen; a closed one there would be nonsense */
		if (proto.state != EVENT_UNVERIFIED)
			proto.before_unverified = proto.state;
		else if (proto.before_unverified > EVENT_EASING)
			proto.before_unverified = EVENT_CONFIRMED;
		if (proto.state != EVENT_UNVERIFIED || !wall_is_set(proto.unverified_since))
			proto.unverified_since = now.wall;
		proto.state = EVENT_UNVERIFIED;
		proto.restored = true;
	}
	const struct event *parent = find_seq(b, proto.parent);
	proto.parent_id = parent ? parent->id : 0;
	proto.dirty = false;
	ev = event_add(b, &proto);
	for (size_t i = 0; i < saved->evidence_count; i++)
		event_evidence(b, ev, &saved->evidence[i]);
	ev->evidence_dropped = saved->evidence_dropped;
	ev->dirty = false;
	for (size_t i = 0; ev->seq != 0 && i < b->count; i++) /* children that came before their parent */
		if (b->events[i]->parent == ev->seq)
			b->events[i]->parent_id = ev->id;
	b->version++;
	return ev;
}
