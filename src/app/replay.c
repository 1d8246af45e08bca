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

static bool is_over(struct replay *r, struct wall reached)
{
	struct wall end = replay_last_moment(r);
	return replay_nothing_left(r) && (!wall_is_set(end) || reached.ms >= end.ms);
}

/* ---- how far ---- */

static void finish(struct replay *r)
{
	struct wall end = replay_last_moment(r);
	if (wall_is_set(end) && end.ms > r->at.ms)
		r->at = end;
	r->seek = SEEK_NONE;
	if (r->loop && !r->error[0]) {
		replay_restart(r);
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
	for (unsigned n = 1; replay_advance(r, limit); n++) {
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
	bool over = !met && (r->seek == SEEK_TIME ? is_over(r, r->seek_to) : replay_nothing_left(r));
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
	struct wall end = replay_last_moment(r);
	int64_t next = r->have ? r->frame.now.wall.ms : wall_is_set(end) ? end.ms : r->at.ms;
	if (replay_due_first(r))
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
		replay_restart(r);
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
		if (!replay_advance(r, (struct wall){INT64_MAX})) {
			finish(r);
			break;
		}
	r->target = r->at;
	replay_say(r);
}

/* ---- opening ---- */

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
		replay_new_app(r);
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
