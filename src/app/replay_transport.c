/* The player's controls and what it says of itself: speeds, events to go to, times that a person types, the transport's state
 * in the model. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay_private.h"

#include "base/mem.h"
#include "base/text.h"

#define BEFORE_MS 60000          /* going back to an event is going to a minute before it */

struct app *replay_app(struct replay *r)
{
	return r->app;
}

const struct tape_info *replay_info(const struct replay *r)
{
	return &r->info;
}

struct wall replay_at(const struct replay *r)
{
	return r->at;
}

bool replay_ended(const struct replay *r)
{
	return r->ended;
}

const char *replay_error(const struct replay *r)
{
	return r->error;
}

const char *replay_lost(const struct replay *r, unsigned *count)
{
	*count = r->lost_count;
	return r->lost;
}

unsigned replay_generation(const struct replay *r)
{
	return r->generation;
}

bool replay_is_paused(const struct replay *r)
{
	return r->paused;
}

void replay_pause(struct replay *r, bool paused, struct now now)
{
	if (r->ended && !paused) { /* play at the end: from the beginning */
		replay_seek(r, wall_is_set(r->from) ? r->from : r->info.from, now);
		r->paused = false;
		return;
	}
	r->paused = paused;
	r->paced = now.mono;
	r->behind = false;
	r->target = r->at;
	replay_say(r);
}

/* ---- speed ---- */

static const double speeds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, REPLAY_SPEED_MAX};

double replay_next_speed(double speed, int direction)
{
	if (direction > 0) {
		for (size_t i = 0; i < ARRAY_LEN(speeds); i++)
			if (speeds[i] > speed)
				return speeds[i];
		return REPLAY_SPEED_MAX;
	}
	for (size_t i = ARRAY_LEN(speeds); i-- > 0;)
		if (speeds[i] < speed)
			return speeds[i];
	return speeds[0];
}

void replay_speed(struct replay *r, int steps, struct now now)
{
	for (; steps > 0; steps--)
		r->speed = replay_next_speed(r->speed, 1);
	for (; steps < 0; steps++)
		r->speed = replay_next_speed(r->speed, -1);
	r->paced = now.mono;
	r->behind = false;
	r->target = r->at;
	replay_say(r);
}

/* ---- events ---- */

void replay_meet(struct replay *r, struct wall start)
{
	size_t at = r->event_count;
	if (!wall_is_set(start) || r->event_count == MET_MAX)
		return;
	while (at > 0 && r->events[at - 1].ms >= start.ms)
		at--;
	if (at < r->event_count && r->events[at].ms == start.ms)
		return;
	memmove(&r->events[at + 1], &r->events[at], (r->event_count - at) * sizeof(*r->events));
	r->events[at] = start;
	r->event_count++;
}

static struct wall goal(const struct replay *r)
{
	return r->seek == SEEK_TIME ? r->seek_to : r->at;
}

void replay_skip(struct replay *r, int64_t ms, struct now now)
{
	replay_seek(r, (struct wall){goal(r).ms + ms}, now);
}

bool replay_previous_event(struct replay *r, struct now now)
{
	struct wall from = goal(r);
	for (size_t i = r->event_count; i-- > 0;)
		if (r->events[i].ms - BEFORE_MS < from.ms - 2000) {
			replay_seek(r, (struct wall){r->events[i].ms - BEFORE_MS}, now);
			return true;
		}
	return false;
}

/* ---- times ---- */

/* "16:15" or "16:15:07": of the day that is played. */
static bool parse_clock(const char *text, struct wall day, struct wall *out)
{
	char date[WALL_TEXT_MAX], iso[80];
	if (strlen(text) > 10 || !strchr(text, ':'))
		return false;
	snprintf(iso, sizeof(iso), "%sT%s%sZ", wall_format_date(date, day), text[1] == ':' ? "0" : "", text);
	return wall_parse(iso, out, NULL) == 0;
}

/* "22 Dec 16:15": of the year that is played. */
static bool parse_day(const char *text, struct wall year, struct wall *out)
{
	static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
	char date[WALL_TEXT_MAX], iso[80], *end;
	long day = strtol(text, &end, 10);
	while (*end == ' ')
		end++;
	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		if (strlen(end) < 3 || tolower((unsigned char)end[0]) != months[i][0] || tolower((unsigned char)end[1]) != months[i][1] ||
		    tolower((unsigned char)end[2]) != months[i][2])
			continue;
		const char *clock = end + 3 + strspn(end + 3, "abcdefghijklmnopqrstuvwxyz ");
		snprintf(iso, sizeof(iso), "%.4s-%02zu-%02ldT%.8sZ", wall_format_date(date, year), i + 1, day % 100, *clock ? clock : "00:00");
		return wall_parse(iso, out, NULL) == 0;
	}
	return false;
}

int replay_parse_time(const struct replay *r, const char *text, struct wall *out, struct err *e)
{
	int64_t span;
	text += strspn(text, " ");
	if ((*text == '+' || *text == '-') && duration_parse(text + 1, &span, NULL) == 0) {
		out->ms = r->at.ms + (*text == '-' ? -span : span);
		return 0;
	}
	if (parse_clock(text, r->at, out) || parse_day(text, r->at, out) || wall_parse(text, out, NULL) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "'%.40s' is not a time: 16:15, 22 Dec 16:15, 2014-12-22T16:15Z, +10m or -2h", text);
}

/* ---- the model ---- */

static void add_ticks(const struct replay *r, struct replay_state *s)
{
	for (size_t i = 0; i < r->info.mark_count && s->tick_count < ARRAY_LEN(s->ticks) / 2; i++) {
		s->ticks[s->tick_count].t = r->info.marks[i].t;
		s->ticks[s->tick_count++].event = false;
	}
	for (size_t i = 0; i < r->event_count && s->tick_count < ARRAY_LEN(s->ticks); i++) {
		s->ticks[s->tick_count].t = r->events[i];
		s->ticks[s->tick_count++].event = true;
	}
}

static void say_mark(const struct replay *r, struct replay_state *s)
{
	snprintf(s->mark, sizeof(s->mark), "%s", r->mark);
	for (size_t i = 0; i < r->info.mark_count && r->info.marks[i].t.ms <= r->at.ms; i++)
		snprintf(s->mark, sizeof(s->mark), "%s", r->info.marks[i].text);
}

static void say_doing(const struct replay *r, struct replay_state *s)
{
	if (r->error[0])
		snprintf(s->doing, sizeof(s->doing), "%.99s", r->error);
	else if (r->seek == SEEK_EVENT)
		snprintf(s->doing, sizeof(s->doing), "looking for the next event");
	else if (r->seek == SEEK_TIME)
		snprintf(s->doing, sizeof(s->doing), "going there");
	else if (r->ended)
		snprintf(s->doing, sizeof(s->doing), "%s", r->info.cut ? "the end: cut short here" : "the end");
}

void replay_say(struct replay *r)
{
	struct replay_state s;
	memset(&s, 0, sizeof(s));
	s.on = true;
	snprintf(s.title, sizeof(s.title), "%s", r->info.name);
	snprintf(s.note, sizeof(s.note), "%s", r->info.note);
	s.from = r->info.from;
	s.until = wall_is_set(r->until) ? r->until : r->info.until;
	s.at = (struct wall){r->at.ms / 1000 * 1000};
	s.speed = r->speed;
	s.paused = r->paused;
	s.seeking = r->seek != SEEK_NONE;
	s.ended = r->ended;
	s.loop = r->loop;
	s.from_live = r->from_live;
	if (r->seek == SEEK_TIME && r->seek_to.ms > r->seek_from.ms)
		s.done = (double)(r->at.ms - r->seek_from.ms) / (double)(r->seek_to.ms - r->seek_from.ms);
	say_doing(r, &s);
	say_mark(r, &s);
	add_ticks(r, &s);
	if (r->said_at != INT64_MIN && !memcmp(&s, &r->said, sizeof(s)))
		return;
	r->said = s;
	r->said_at = s.at.ms;
	app_set_transport(r->app, &s);
}
