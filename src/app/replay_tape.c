/* The tape into the app: the next frame, or what falls due before it, and the holes of a recording that is damaged. See replay.h.
 *
 * A hole is played too: nothing comes, but time goes on and what falls due in it runs, so that what is not heard of grows old. */
#include "replay_private.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define GAP_MAX_MS (7 * 86400000LL) /* of a longer hole the rest is passed over at once: all that can grow old is old by then */

static void fetch_frame(struct replay *r)
{
	struct err e = {0};
	if (r->have || r->tape_over)
		return;
	int rc = r->tape->ops->next(r->tape, &r->frame, &e);
	if (rc < 0)
		snprintf(r->error, sizeof(r->error), "%s", e.msg);
	r->have = rc > 0;
	r->tape_over = rc <= 0;
}

void replay_new_app(struct replay *r)
{
	struct err e = {0};
	app_free(r->app);
	r->generation++;
	fetch_frame(r);
	struct now now = r->have ? r->frame.now : (struct now){{3600000}, r->info.from};
	if (!r->info.exact && wall_is_set(r->info.from) && r->info.from.ms < now.wall.ms) {
		now.mono.ms -= now.wall.ms - r->info.from.ms;
		now.wall = r->info.from;
	}
	r->app = app_new(&r->config, now);
	app_set_replay(r->app, r->info.exact);
	for (size_t i = 0; i < r->info.territory_count && !r->info.exact; i++)
		if (app_watch(r->app, &r->info.territories[i], NULL, 0, now, &e) < 0)
			snprintf(r->error, sizeof(r->error), "%s", e.msg);
	r->last = now;
	r->at = r->target = now.wall;
	r->due = r->gap = WALL_NONE;
	r->torn = false;
	r->lines = 0;
	r->last_seq = 0;
	r->ended = false;
	r->said_at = INT64_MIN;
}

void replay_restart(struct replay *r)
{
	struct err e = {0};
	r->have = false;
	r->tape_over = r->tape->ops->rewind(r->tape, &e) < 0;
	if (r->tape_over)
		snprintf(r->error, sizeof(r->error), "%s", e.msg);
	r->mark[0] = '\0';
	replay_new_app(r);
}

static void take_mark(struct replay *r, const struct frame *f)
{
	snprintf(r->mark, sizeof(r->mark), "%.*s", (int)(f->in.len < sizeof(r->mark) ? f->in.len : sizeof(r->mark) - 1),
		 f->in.body ? f->in.body : "");
}

/* Events that were confirmed since the last look are where the transport can go to. */
static void meet_events(struct replay *r)
{
	const struct event_book *b = &app_model(r->app)->book;
	uint64_t fresh = b->log_total - r->lines;
	for (uint64_t back = fresh < b->log_count ? fresh : b->log_count; back-- > 0;) {
		const struct log_line *line = event_log_at(b, (size_t)back);
		const struct event *ev = line && line->to == EVENT_CONFIRMED && line->from == EVENT_SUSPECTED ? event_look(b, line->event_id) : NULL;
		if (!ev || event_folded_under(b, ev) || ev->scope == SCOPE_NETWORK)
			continue; /* a network that flaps would be met all the time */
		replay_meet(r, ev->start);
		r->met = true;
	}
	r->lines = b->log_total;
}

/* Of a recording whose beginning is lost only the session says what was watched. */
static void watch_session(struct replay *r, struct now now)
{
	struct err e = {0};
	for (size_t i = 0; i < r->info.territory_count; i++)
		if (r->info.territories[i].kind != TERRITORY_FILE && app_watch(r->app, &r->info.territories[i], NULL, 0, now, &e) < 0)
			snprintf(r->error, sizeof(r->error), "%s", e.msg);
}

/* Numbers go on from the highest that is known: events of the hole may have had the next ones. */
static void begin_hole(struct replay *r, const struct frame *f)
{
	const struct event_book *b = &app_model(r->app)->book;
	int len = (int)(f->in.len < sizeof(r->mark) ? f->in.len : sizeof(r->mark) - 1);
	for (size_t i = 0; i < b->count && !r->torn; i++)
		if (b->events[i]->seq > r->last_seq)
			r->last_seq = b->events[i]->seq;
	if (!app_model(r->app)->territory_count)
		watch_session(r, f->now);
	r->torn = true;
	r->gap = f->in.time.ms - f->now.wall.ms < GAP_MAX_MS ? f->in.time : (struct wall){f->now.wall.ms + GAP_MAX_MS};
	r->due = (struct wall){f->now.wall.ms + 1};
	take_mark(r, f);
	if (!wall_is_set(r->lost_last) || f->now.wall.ms > r->lost_last.ms) {
		r->lost_last = f->now.wall;
		if (r->lost_count++ == 0)
			snprintf(r->lost, sizeof(r->lost), "%s is %.*s", r->info.name, len, f->in.body ? f->in.body : "");
	}
}

static void end_hole(struct replay *r)
{
	r->gap = WALL_NONE;
	r->mark[0] = '\0';
	if (r->info.exact)
		r->due = WALL_NONE;
}

static void take_frame(struct replay *r)
{
	const struct frame *f = &r->frame;
	bool ticked = true;
	if (wall_is_set(r->gap))
		end_hole(r);
	if (r->torn && f->kind == FRAME_NUMBER) {
		; /* of an event that may have another id here */
	} else if (r->info.exact || f->kind > FRAME_MEMORY || f->kind == FRAME_MARK) {
		struct wall due = WALL_NONE;
		app_take_frame(r->app, f, &due);
		ticked = f->kind == FRAME_TURN;
	} else {
		r->due = app_frame(r->app, f);
	}
	if (f->kind == FRAME_MARK)
		take_mark(r, f);
	if (f->kind == FRAME_LOST)
		begin_hole(r, f);
	if (ticked && (!r->info.numbers || r->torn))
		app_number_events(r->app, &r->last_seq);
	r->last = f->now;
	if (f->now.wall.ms > r->at.ms)
		r->at = f->now.wall;
	r->have = false;
	meet_events(r);
}

/* What falls due between two frames of a tape that leaves its turns to us. */
bool replay_due_first(const struct replay *r)
{
	if (wall_is_set(r->gap))
		return wall_is_set(r->due) && r->due.ms < r->gap.ms && (!r->have || r->due.ms < r->frame.now.wall.ms);
	return !r->info.turns && wall_is_set(r->due) && (!r->have || r->due.ms < r->frame.now.wall.ms) &&
	       (r->have || !wall_is_set(r->info.until) || r->due.ms <= r->info.until.ms);
}

static void take_due(struct replay *r)
{
	struct now now = {{r->last.mono.ms + r->due.ms - r->last.wall.ms}, r->due};
	if (now.wall.ms <= r->last.wall.ms) { /* due at once is due the next millisecond: time must go on */
		now.wall.ms = r->last.wall.ms + 1;
		now.mono.ms = r->last.mono.ms + 1;
	}
	if (r->have && r->gap.ms != WALL_NONE.ms && now.mono.ms > r->frame.now.mono.ms)
		now.mono = r->frame.now.mono; /* the wall's clock was set in the hole: the other never goes back */
	struct frame f = {.kind = FRAME_TURN, .now = now, .source = "", .call = "", .subject = "", .url = ""};
	r->due = app_frame(r->app, &f);
	app_number_events(r->app, &r->last_seq);
	r->last = now;
	r->at = now.wall;
	meet_events(r);
}

static struct wall end_of(const struct replay *r)
{
	return wall_is_set(r->until) ? r->until : (struct wall){INT64_MAX};
}

bool replay_advance(struct replay *r, struct wall limit)
{
	if (limit.ms > end_of(r).ms)
		limit = end_of(r);
	fetch_frame(r);
	bool due = replay_due_first(r);
	if (!due && !r->have)
		return false;
	if ((due ? r->due.ms : r->frame.now.wall.ms) > limit.ms)
		return false;
	if (due)
		take_due(r);
	else
		take_frame(r);
	return true;
}

bool replay_nothing_left(struct replay *r)
{
	fetch_frame(r);
	bool due = replay_due_first(r);
	int64_t next = due ? r->due.ms : r->have ? r->frame.now.wall.ms : INT64_MAX;
	return (!due && !r->have) || next > end_of(r).ms;
}

struct wall replay_last_moment(const struct replay *r)
{
	struct wall end = r->info.until;
	if (r->error[0] || (r->tape_over && !wall_is_set(end)))
		end = r->at;
	if (wall_is_set(r->until) && (!wall_is_set(end) || r->until.ms < end.ms))
		end = r->until;
	return end;
}
