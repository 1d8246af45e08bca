/* What happens to the view of the world: sessions that reset, collectors that are lost (with word of it or without),
 * gaps of the stream, a stream that is late, and restarts of the program, which keeps what the store would keep. */
#include "year_private.h"

#include <stdlib.h>

#define RESETS_SESSION_DAY   (1. / 20)
#define LOST_COLLECTOR_DAY   (1. / 45)
#define GAPS_DAY             (1. / 3)
#define LATE_DAY             (1. / 5)
#define RESTARTS_DAY         (1. / 7)
#define NOTICED_MS           MIN_MS /* a silent feed is called down after so long (detection.md 8) */
#define LOOKED_MS            (2 * MIN_MS) /* until all networks were looked at again */
#define CLOSED_EVENTS        200

enum { TRANSFER_PARTS = 20, SNAPSHOT_PARTS = 40 };

static void again(struct year *y, enum what what, enum purpose purpose, double per_day)
{
	queue_add(y, y->ms + chance_wait_ms(&y->chance[purpose], per_day), what, 0, 0, 0);
}

static bool is_heard(const struct year *y)
{
	return y->running && y->feed_heard;
}

static void blind(struct year *y, int64_t from, int64_t to)
{
	mem_grow(&y->blind, &y->blind_cap, y->blind_count + 1, sizeof(*y->blind));
	y->blind[y->blind_count++] = (struct span){from, to};
}

/* ---- sessions ---- */

static void session_state(struct year *y, struct session *s, bool up)
{
	s->up = up;
	fault_note(y, FAULT_RESET);
	if (is_heard(y))
		rib_session_state(judge_rib(y->judge), s->id, up, year_wall(y->ms));
}

static void reset(struct year *y)
{
	struct chance *c = &y->chance[FOR_RESETS];
	unsigned i = chance_below(c, (unsigned)y->session_count);
	int64_t off = (int64_t)(1000 * chance_log_normal(c, 60, 1200));

	again(y, DO_RESET, FOR_RESETS, RESETS_SESSION_DAY * (double)y->session_count);
	if (!y->sessions[i].up || y->sessions[i].silent)
		return;
	y->counts.resets++;
	session_state(y, &y->sessions[i], false);
	queue_add(y, y->ms + off, DO_SESSION_UP, i, 0, 0);
}

static void session_up(struct year *y, unsigned i)
{
	struct session *s = &y->sessions[i];
	struct chance c = chance_of(y->config.seed + FOR_RESETS, i, (uint64_t)y->ms);
	double seconds = fmin(600, chance_log_normal(&c, 30, 180));

	if (s->up && !s->silent)
		return;
	if (s->silent) /* the collector begins anew with all its peers */
		session_state(y, s, false);
	s->silent = false;
	session_state(y, s, true);
	for (unsigned part = 0; part < TRANSFER_PARTS; part++)
		queue_add(y, y->ms + SEC_MS + (int64_t)(1000 * seconds * part / TRANSFER_PARTS), DO_TRANSFER, i, part, 0);
}

/* A part of its table: what it has. */
static void transfer(struct year *y, unsigned i, size_t part)
{
	const struct session *s = &y->sessions[i];

	if (!s->up || s->silent || !is_heard(y))
		return;
	rib_session_seen(judge_rib(y->judge), s->id, year_wall(y->ms - s->lag_ms), year_wall(y->ms));
	for (size_t n = part; n < y->net_count; n += TRANSFER_PARTS) {
		const struct network *x = &y->nets[n];
		if (net_family(x) != s->family || x->id < 0 || !(x->has >> s->bit & 1))
			continue;
		rib_announce(judge_rib(y->judge), s->id, x->id, 64496 + (uint32_t)n % 5, year_wall(y->ms));
		y->counts.messages++;
	}
}

static void collector_lost(struct year *y)
{
	struct chance *c = &y->chance[FOR_COLLECTORS];
	int collector = (int)chance_below(c, (unsigned)y->collector_count);
	bool silent = chance_is(c, 0.5);
	int64_t off = (int64_t)(1000 * chance_log_normal(c, 600, 14400));

	again(y, DO_COLLECTOR, FOR_COLLECTORS, LOST_COLLECTOR_DAY * (double)y->collector_count);
	y->counts.collectors_lost++;
	for (unsigned i = 0; i < y->session_count; i++) {
		struct session *s = &y->sessions[i];
		if (s->collector != collector || !s->up || s->silent)
			continue;
		if (silent)
			s->silent = true;
		else
			session_state(y, s, false);
		queue_add(y, y->ms + off + (int64_t)chance_below(c, 20000), DO_SESSION_UP, i, 0, 0);
	}
	fault_note(y, FAULT_COLLECTOR);
}

/* ---- the stream ---- */

static void tell_feed(struct year *y, enum feed_state state)
{
	if (y->running)
		judge_feed(y->judge, state, "RIS Live lost", year_now(y));
	y->feed_ok = state == FEED_OK;
}

static void look_at_all(struct year *y)
{
	for (unsigned part = 0; part < SNAPSHOT_PARTS; part++)
		queue_add(y, y->ms + (5 + 3 * part) * SEC_MS, DO_SNAPSHOTS, part, 0, 0);
}

static void gap(struct year *y)
{
	struct chance *c = &y->chance[FOR_GAPS];
	int64_t off = (int64_t)(1000 * chance_log_normal(c, 240, 10800));

	again(y, DO_GAP, FOR_GAPS, GAPS_DAY);
	if (!is_heard(y))
		return;
	y->counts.gaps++;
	y->feed_heard = false;
	y->feed_lost_ms = y->ms;
	fault_note(y, FAULT_GAP);
	queue_add(y, y->ms + NOTICED_MS, DO_GAP_KNOWN, 0, 0, 0);
	queue_add(y, y->ms + off, DO_GAP_END, 0, 0, 0);
	blind(y, y->ms, y->ms + off + LOOKED_MS);
}

static void gap_end(struct year *y)
{
	y->feed_heard = true;
	fault_note(y, FAULT_GAP);
	if (!y->running)
		return;
	if (y->feed_ok)
		tell_feed(y, FEED_DOWN); /* a new connection: what was missed is missing */
	tell_feed(y, FEED_OK);
	look_at_all(y);
}

static void snapshots(struct year *y, size_t part)
{
	if (!is_heard(y) || !y->feed_ok)
		return;
	fault_note(y, FAULT_GAP);
	for (size_t n = part; n < y->net_count; n += SNAPSHOT_PARTS)
		if (y->nets[n].id >= 0 && rib_needs_snapshot(judge_rib(y->judge), y->nets[n].id))
			bgp_snapshot(y, n);
}

static void late(struct year *y)
{
	struct chance *c = &y->chance[FOR_LATE];
	int64_t off = 60000 + (int64_t)chance_below(c, 240000);

	again(y, DO_LATE, FOR_LATE, LATE_DAY);
	if (!is_heard(y) || !y->feed_ok)
		return;
	y->counts.lates++;
	fault_note(y, FAULT_LATE);
	tell_feed(y, FEED_LATE);
	queue_add(y, y->ms + off, DO_LATE_END, 0, 0, 0);
	blind(y, y->ms, y->ms + off);
}

/* ---- the program ---- */

struct memory { struct net_memory m; bool known; };

static struct memory *remember(const struct year *y)
{
	struct memory *list = xcalloc(y->net_count, sizeof(*list));

	for (size_t i = 0; i < y->net_count; i++)
		list[i].known = y->nets[i].id >= 0 && judge_remember(y->judge, y->nets[i].id, &list[i].m);
	return list;
}

static void start(struct year *y, const struct memory *memory)
{
	y->judge = judge_new(y->book);
	world_sessions(y);
	world_watch(y);
	for (size_t i = 0; memory && i < y->net_count; i++)
		if (memory[i].known && y->nets[i].id >= 0)
			judge_restore(y->judge, y->nets[i].id, &memory[i].m);
	signals_rejoin(y);
}

/* Events as the store gives them back: those that were open, and the newest of the others. */
static void reload_events(struct year *y)
{
	struct event_book *old = y->book;
	size_t closed = 0;

	y->book = xcalloc(1, sizeof(*y->book));
	event_book_init(y->book);
	for (size_t i = 0; i < old->count; i++)
		closed += !event_state_is_open(old->events[i]->state) && old->events[i]->state != EVENT_SUSPECTED;
	for (size_t i = 0; i < old->count; i++) {
		const struct event *ev = old->events[i];
		bool open = event_state_is_open(ev->state) || ev->state == EVENT_SUSPECTED;
		if (!open && closed-- > CLOSED_EVENTS * y->config.countries)
			continue;
		if (ev->seq)
			event_restore(y->book, ev, year_now(y));
	}
	y->log_seen = y->book->log_total;
	event_book_release(old);
	free(old);
}

/* The program ends and begins again some time later; what happens meanwhile it does not see. */
static void restart(struct year *y)
{
	struct chance *c = &y->chance[FOR_RESTARTS];
	int64_t off = (int64_t)(1000 * chance_log_normal(c, 60, 1800));

	again(y, DO_RESTART, FOR_RESTARTS, RESTARTS_DAY);
	if (!y->running)
		return;
	y->counts.restarts++;
	fault_note(y, FAULT_RESTART);
	y->running = false;
	y->feed_lost_ms = y->ms;
	queue_add(y, y->ms + off, DO_START, 0, 0, 0);
	blind(y, y->ms, y->ms + off + 10 * SEC_MS + LOOKED_MS);
}

static void start_again(struct year *y)
{
	calls_harvest(y);
	struct memory *memory = remember(y);
	judge_free(y->judge);
	reload_events(y);
	start(y, memory);
	free(memory);
	y->running = true;
	y->feed_ok = false;
	fault_note(y, FAULT_RESTART);
	judge_run(y->judge, year_now(y));
	if (y->feed_heard)
		queue_add(y, y->ms + 10 * SEC_MS, DO_GAP_END, 0, 0, 0);
}

/* ---- */

void feed_begin(struct year *y)
{
	y->book = xcalloc(1, sizeof(*y->book));
	event_book_init(y->book);
	start(y, NULL);
	y->running = y->feed_heard = true;
	tell_feed(y, FEED_OK);
	for (size_t i = 0; i < y->net_count; i++)
		bgp_snapshot(y, i);
	if (y->config.no_faults)
		return;
	again(y, DO_RESET, FOR_RESETS, RESETS_SESSION_DAY * (double)y->session_count);
	again(y, DO_COLLECTOR, FOR_COLLECTORS, LOST_COLLECTOR_DAY * (double)y->collector_count);
	again(y, DO_GAP, FOR_GAPS, GAPS_DAY);
	again(y, DO_LATE, FOR_LATE, LATE_DAY);
	again(y, DO_RESTART, FOR_RESTARTS, RESTARTS_DAY);
}

void feed_do(struct year *y, const struct todo *t)
{
	switch (t->what) {
	case DO_RESET: reset(y); break;
	case DO_SESSION_UP: session_up(y, t->a); break;
	case DO_TRANSFER: transfer(y, t->a, t->b); break;
	case DO_COLLECTOR: collector_lost(y); break;
	case DO_GAP: gap(y); break;
	case DO_GAP_KNOWN:
		if (!y->feed_heard && y->feed_ok)
			tell_feed(y, FEED_DOWN);
		break;
	case DO_GAP_END: gap_end(y); break;
	case DO_SNAPSHOTS: snapshots(y, t->a); break;
	case DO_LATE: late(y); break;
	case DO_LATE_END:
		if (is_heard(y) && !y->feed_ok) {
			fault_note(y, FAULT_LATE);
			tell_feed(y, FEED_OK);
		}
		break;
	case DO_RESTART: restart(y); break;
	case DO_START: start_again(y); break;
	default: break;
	}
}
