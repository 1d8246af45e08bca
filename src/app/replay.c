/* Playing: see replay.h.
 *
 *     tape -> the next frame, or what falls due before it -> app ; until `limit`, in slices
 *
 * `at` is the tape's time that was reached, `target` how far the clock allows to go. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "replay_private.h"

#include "base/mem.h"
#include "io/clock.h"

#define LOOK_EVERY 8             /* items between two looks at the stopwatch */

/* ---- the tape into the app ------------------------------------------------------------------------------------------- */

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

static void new_app(struct replay *r)
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

static void restart(struct replay *r)
{
	struct err e = {0};
	r->have = false;
	r->tape_over = r->tape->ops->rewind(r->tape, &e) < 0;
	if (r->tape_over)
		snprintf(r->error, sizeof(r->error), "%s", e.msg);
	r->mark[0] = '\0';
	new_app(r);
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
	r->gap = f->in.time;
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
static bool due_first(const struct replay *r)
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

/* The next thing on the tape that is not later than limit. False: there is none. */
static bool advance(struct replay *r, struct wall limit)
{
	if (limit.ms > end_of(r).ms)
		limit = end_of(r);
	fetch_frame(r);
	bool due = due_first(r);
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

static bool nothing_left(struct replay *r)
{
	fetch_frame(r);
	bool due = due_first(r);
	int64_t next = due ? r->due.ms : r->have ? r->frame.now.wall.ms : INT64_MAX;
	return (!due && !r->have) || next > end_of(r).ms;
}

/* The last moment there is: what is behind the last frame, up to there, is played too, in which nothing happens. */
static struct wall last_moment(const struct replay *r)
{
	struct wall end = r->info.until;
	if (r->error[0] || (r->tape_over && !wall_is_set(end)))
		end = r->at;
	if (wall_is_set(r->until) && (!wall_is_set(end) || r->until.ms < end.ms))
		end = r->until;
	return end;
}

static bool is_over(struct replay *r, struct wall reached)
{
	struct wall end = last_moment(r);
	return nothing_left(r) && (!wall_is_set(end) || reached.ms >= end.ms);
}

/* ---- how far --------------------------------------------------------------------------------------------------------- */

static void finish(struct replay *r)
{
	struct wall end = last_moment(r);
	if (wall_is_set(end) && end.ms > r->at.ms)
		r->at = end;
	r->seek = SEEK_NONE;
	if (r->loop && !r->error[0]) {
		restart(r);
		if (wall_is_set(r->from))
			replay_seek(r, r->from, (struct now){r->paced, r->last.wall});
		return;
	}
	r->ended = r->paused = true;
}

/* Up to limit, or until the budget is used up (true). */
static bool slice(struct replay *r, struct wall limit, int64_t budget_us)
{
	int64_t began = clock_work_us();
	for (unsigned n = 1; advance(r, limit); n++) {
		if (r->seek == SEEK_EVENT && r->met)
			return false;
		if (n % LOOK_EVERY == 0 && clock_work_us() - began >= budget_us)
			return true;
	}
	return false;
}

static void arrive(struct replay *r)
{
	if (r->seek == SEEK_TIME && r->at.ms < r->seek_to.ms && !is_over(r, r->seek_to))
		r->at = r->seek_to;
	r->seek = r->seek == SEEK_TIME && r->then_event ? SEEK_EVENT : SEEK_NONE;
	r->then_event = r->met = false;
	r->seek_from = r->target = r->at;
}

static bool run_seek(struct replay *r, int64_t budget_us)
{
	struct wall limit = r->seek == SEEK_TIME ? r->seek_to : (struct wall){INT64_MAX};
	if (slice(r, limit, budget_us))
		return true;
	bool met = r->seek == SEEK_EVENT && r->met;
	bool over = !met && (r->seek == SEEK_TIME ? is_over(r, r->seek_to) : nothing_left(r));
	if (over)
		r->then_event = false;
	arrive(r);
	r->paused |= met; /* to be looked at */
	if (over)
		finish(r);
	return r->seek != SEEK_NONE;
}

static bool run_play(struct replay *r, struct now now, int64_t budget_us)
{
	if (r->paced.ms < 0)
		r->paced = now.mono;
	if (!r->behind)
		r->target.ms += (int64_t)((double)(now.mono.ms - r->paced.ms) * r->speed);
	r->paced = now.mono; /* what could not be played in time is not made up for: it only goes slower */
	r->behind = slice(r, r->target, budget_us);
	if (r->behind)
		return true;
	if (is_over(r, r->target)) {
		finish(r);
		return false;
	}
	if (r->target.ms > r->at.ms)
		r->at = r->target;
	return false;
}

bool replay_run(struct replay *r, struct now now, int64_t budget_us)
{
	bool more = false;
	if (r->seek != SEEK_NONE) {
		more = run_seek(r, budget_us);
		r->paced = now.mono;
	} else if (!r->paused) {
		more = run_play(r, now, budget_us);
	} else {
		r->paced = now.mono;
	}
	replay_say(r);
	return more || r->seek != SEEK_NONE;
}

bool replay_run_free(struct replay *r, int64_t budget_us)
{
	if (r->ended)
		return false;
	if (r->seek != SEEK_NONE)
		run_seek(r, budget_us);
	else if (!slice(r, (struct wall){INT64_MAX}, budget_us))
		finish(r);
	replay_say(r);
	return !r->ended;
}

int64_t replay_wait_ms(const struct replay *r, struct now now)
{
	if (r->seek != SEEK_NONE || r->behind)
		return 0;
	if (r->paused)
		return -1;
	struct wall end = last_moment(r);
	int64_t next = r->have ? r->frame.now.wall.ms : wall_is_set(end) ? end.ms : r->at.ms;
	if (due_first(r))
		next = r->due.ms;
	int64_t second = (r->at.ms / 1000 + 1) * 1000; /* the clock on the transport bar */
	int64_t ahead = (next < second ? next : second) - r->target.ms;
	int64_t ms = (int64_t)((double)ahead / r->speed) + 1 - (now.mono.ms - r->paced.ms);
	return ms < 1 ? 1 : ms;
}

void replay_seek(struct replay *r, struct wall t, struct now now)
{
	if (wall_is_set(r->info.from) && t.ms < r->info.from.ms)
		t = r->info.from;
	if (r->ended && t.ms >= r->at.ms)
		return; /* there is nothing more */
	if (t.ms < r->at.ms || r->ended)
		restart(r);
	r->seek = SEEK_TIME;
	r->seek_from = r->at;
	r->seek_to = t;
	r->behind = false;
	r->paced = now.mono;
	r->ended = false;
}

void replay_next_event(struct replay *r, struct now now)
{
	r->then_event = r->seek == SEEK_TIME; /* first where it is going already */
	if (r->ended || r->then_event)
		return;
	r->seek = SEEK_EVENT;
	r->seek_from = r->at;
	r->met = r->behind = false;
	r->paced = now.mono;
}

void replay_step(struct replay *r, struct now now)
{
	uint64_t before = app_model(r->app)->version;
	r->paused = true;
	r->paced = now.mono;
	/* frames that change nothing that can be seen are not a step */
	for (int i = 0; i < 10000 && app_model(r->app)->version == before; i++)
		if (!advance(r, (struct wall){INT64_MAX})) {
			finish(r);
			break;
		}
	r->target = r->at;
	replay_say(r);
}

/* ---- opening --------------------------------------------------------------------------------------------------------- */

/* Section by section: one that another version wrote, with keys unknown here, is left at its defaults. */
static void read_old_config(struct replay *r)
{
	const char *at = r->info.config;
	struct err ignored;
	while (*at) {
		const char *next = strstr(at + 1, "\n[");
		size_t len = next ? (size_t)(next + 1 - at) : strlen(at);
		if (config_parse(&r->config, r->info.name, at, len, &ignored) < 0)
			ignored.code = ERR_OK;
		at += len;
	}
}

static int read_config(struct replay *r, struct err *e)
{
	struct config_source_default defaults[CONFIG_SOURCES_MAX];
	size_t n = cli_source_defaults(defaults, ARRAY_LEN(defaults));
	config_init(&r->config, defaults, n);
	r->config.canary_count = 0; /* of the run that was recorded, or none */
	if (r->info.exact || !r->info.config)
		r->config.site_count = 0;
	if (!r->info.config)
		return 0;
	if (r->info.exact) {
		read_old_config(r);
		return 0;
	}
	return config_parse(&r->config, r->info.name, r->info.config, strlen(r->info.config), e);
}

/* 1, 2, 5, 10 ...: so that the whole takes about five minutes, and no more than an hour a second. */
static double fitting_speed(const struct tape_info *info)
{
	double want = wall_is_set(info->until) ? (double)(info->until.ms - info->from.ms) / 1000 / 300 : 60, speed = 1;
	while (replay_next_speed(speed, 1) <= want && speed < 3600)
		speed = replay_next_speed(speed, 1);
	return speed;
}

int replay_open(struct replay **out, struct tape *tape, const struct replay_options *o, struct err *e)
{
	struct replay *r = xcalloc(1, sizeof(*r));
	*out = NULL;
	r->tape = tape;
	tape->ops->info(tape, &r->info);
	int rc = read_config(r, e);
	if (rc == 0 && (rc = tape->ops->rewind(tape, e)) == 0)
		new_app(r);
	if (rc == 0 && !r->have)
		rc = r->error[0] ? err_set(e, ERR_PARSE, "%s", r->error) : err_set(e, ERR_PARSE, "there is nothing on '%s'", r->info.name);
	if (rc < 0) {
		replay_free(r);
		return rc;
	}
	r->speed = o->speed > 0 ? o->speed : fitting_speed(&r->info);
	r->from = o->from;
	r->until = o->until;
	r->loop = o->loop;
	r->from_live = o->from_live;
	r->paced = (struct mono){-1};
	r->lost_last = WALL_NONE;
	if (wall_is_set(o->from))
		replay_seek(r, o->from, (struct now){{0}, o->from});
	replay_say(r);
	*out = r;
	return 0;
}

void replay_free(struct replay *r)
{
	if (!r)
		return;
	app_free(r->app);
	tape_free(r->tape);
	free(r);
}
