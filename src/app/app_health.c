/* What can be known at all: the health of sources, of signals, of the routing feed and of our own line (detection.md 8).
 *
 * Nothing here is a judgement about a country. It says which inputs are fresh, and freezes the judge when the feed or the
 * line is gone. */
#include "app_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define STREAM_LATE_MS 30000  /* without any line */
#define STREAM_DOWN_MS 60000
#define LAG_LATE_S 60
#define LAG_DOWN_S 120
#define CANARY_FRESH_MS 180000
#define SUCCESS_FRESH_MS 120000
#define FAILS_DOWN 5
#define SIGNALS_MS 1000 /* their freshness is a matter of minutes: not looked at with each chunk of a stream */

struct source_state *health_source(struct app *a, int source)
{
	return source >= 0 && (size_t)source < a->model.source_count ? &a->model.sources[source] : NULL;
}

/* ---- streams ---- */

static struct stream_state *stream_of(struct app *a, uint32_t job)
{
	for (size_t i = 0; i < a->stream_count; i++)
		if (a->streams[i].job == job)
			return &a->streams[i];
	return NULL;
}

/* Without the streams that carry updates nothing can be judged. */
static bool is_essential(const struct job *j)
{
	enum stream_role role = source_table[j->source]->role(j->subject);
	return role == STREAM_UPDATES || role == STREAM_ALL;
}

static void drop_stream(struct app *a, struct stream_state *s, const struct source_ops *ops)
{
	if (s->reader && ops->reader_free)
		ops->reader_free(s->reader);
	*s = a->streams[--a->stream_count];
}

void health_stream_open(struct app *a, struct job *j, struct now now)
{
	const struct source_ops *ops = source_table[j->source];
	struct stream_state *s = stream_of(a, j->id);
	if (!s) {
		if (a->stream_count == STREAMS_MAX)
			return;
		s = &a->streams[a->stream_count++];
		*s = (struct stream_state){.job = j->id, .source = j->source, .essential = is_essential(j)};
	}
	if (!s->reader && ops->reader_new)
		s->reader = ops->reader_new();
	s->open = true;
	j->failures = 0;
	j->last_success = now.wall;
	if (!wall_is_set(a->stream_rx) || a->feed != FEED_OK)
		a->stream_rx = now.wall; /* the clock of silence starts */
	struct source_state *state = health_source(a, j->source);
	if (state)
		state->last_success = now.wall;
}

void health_stream_end(struct app *a, struct job *j, const struct err *e, struct now now)
{
	struct stream_state *s = stream_of(a, j->id);
	bool essential = is_essential(j) && !j->dead;
	if (s)
		drop_stream(a, s, source_table[j->source]);
	struct source_state *state = health_source(a, j->source);
	if (essential && state) {
		snprintf(state->error, sizeof(state->error), "%.150s", e && e->msg[0] ? e->msg : "the stream ended");
		state->failures++;
		probe_recheck(a, now);
	}
}

#define OPEN_QUIET_MS 10000
#define OPEN_GIVE_UP_MS 30000

static void give_up_stream(struct app *a, struct job *j, const char *why, struct now now)
{
	struct err e = {.code = ERR_NET};
	snprintf(e.msg, sizeof(e.msg), "%s", why);
	if (a->cancel_count < ARRAY_LEN(a->cancels))
		a->cancels[a->cancel_count++] = j->id;
	health_stream_end(a, j, &e, now);
	schedule_done(a->schedule, j, JOB_FAILED, -1, now);
}

/* A server may send its headers only with the first message, and a narrow subscription has none for hours. So a request that
 * stands without an answer counts as open while the same server's other streams deliver; when nothing is delivered at all it
 * hangs, and is asked anew. */
static void settle_pending(struct app *a, struct now now)
{
	size_t i = 0;
	bool delivering = wall_is_set(a->stream_rx) && now.wall.ms - a->stream_rx.ms < OPEN_QUIET_MS;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		const struct stream_state *s = stream_of(a, j->id);
		if (j->call->scope != SCOPE_CALL_STREAM || !j->active || (s && s->open))
			continue;
		int64_t waited = now.mono.ms - j->started.ms;
		if (waited >= OPEN_QUIET_MS && delivering && is_essential(j))
			health_stream_open(a, j, now);
		else if (waited >= OPEN_GIVE_UP_MS && !delivering)
			give_up_stream(a, j, "no answer for 30 s", now);
	}
}

/* Every essential stream of the newest subscription is open. */
static bool streams_are_open(struct app *a, bool *wanted)
{
	size_t i = 0;
	*wanted = false;
	bool all = true;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		if (j->call->scope != SCOPE_CALL_STREAM || j->tag != a->stream_generation || !is_essential(j))
			continue;
		*wanted = true;
		const struct stream_state *s = stream_of(a, j->id);
		if (!s || !s->open)
			all = false;
	}
	return *wanted && all;
}

/* Streams of an older subscription are closed once the newer ones are open. */
static void close_old_streams(struct app *a)
{
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		if (j->call->scope != SCOPE_CALL_STREAM || j->tag == a->stream_generation)
			continue;
		if (j->active && a->cancel_count < ARRAY_LEN(a->cancels))
			a->cancels[a->cancel_count++] = j->id;
		struct stream_state *s = stream_of(a, j->id);
		if (s)
			drop_stream(a, s, source_table[j->source]);
		j->active = false; /* cancelled: nothing of it will come */
		i--;
		schedule_drop(a->schedule, j);
	}
}

/* The source whose stream is the routing feed: the first that is on; in a replay of archives that is `mrt`, before any of it
 * was read as well. */
int health_feed_source(const struct app *a)
{
	int first = -1;
	bool configured = false;
	for (size_t i = 0; i < source_count && i < a->model.source_count; i++) {
		if (!source_table[i]->feed || !(source_table[i]->classes & CLASS_R))
			continue;
		if (a->model.sources[i].state != FEED_OFF)
			return (int)i;
		if (first < 0 || (!configured && source_is_on(a, (int)i))) {
			first = (int)i;
			configured = source_is_on(a, (int)i);
		}
	}
	return first;
}

/* All connections silent together: they are dead, whatever TCP thinks. Open them anew. */
void health_drop_streams(struct app *a, const char *why, struct now now)
{
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		if (j->call->scope != SCOPE_CALL_STREAM || !j->active)
			continue;
		give_up_stream(a, j, why, now);
	}
}

bool health_stream_is_open(struct app *a, uint32_t job)
{
	const struct stream_state *s = stream_of(a, job);
	return s && s->open;
}

static enum feed_state judge_streams(struct app *a, const struct source_state *s, struct now now)
{
	bool wanted;
	if (!streams_are_open(a, &wanted))
		return wanted ? FEED_DOWN : FEED_NONE;
	int64_t silent = now.wall.ms - a->stream_rx.ms;
	if (silent > STREAM_DOWN_MS) {
		char why[48];
		snprintf(why, sizeof(why), "nothing came for %d s", STREAM_DOWN_MS / 1000);
		health_drop_streams(a, why, now);
		return FEED_DOWN;
	}
	if (s->lag_s > LAG_DOWN_S)
		return FEED_DOWN;
	if (silent > STREAM_LATE_MS || s->lag_s > LAG_LATE_S)
		return FEED_LATE;
	return FEED_OK;
}

static void update_feed(struct app *a, struct now now)
{
	int source = health_feed_source(a);
	struct source_state *s = health_source(a, source);
	if (!s)
		return;
	bool wanted;
	settle_pending(a, now);
	enum feed_state state = judge_streams(a, s, now);
	if (streams_are_open(a, &wanted))
		close_old_streams(a);
	if (state == FEED_NONE && s->state == FEED_OFF)
		return;
	if (state != a->feed) {
		char why[120] = "", clock[WALL_TEXT_MAX];
		struct wall since = a->stream_rx;
		if (state == FEED_DOWN && a->feed_was_ok)
			snprintf(why, sizeof(why), "%s lost %s", s->title,
				 wall_format_hms(clock, wall_is_set(since) ? since : now.wall));
		else if (state == FEED_DOWN)
			snprintf(why, sizeof(why), "%s not reached yet", s->title);
		if (state == FEED_DOWN && a->feed_was_ok && a->feed != FEED_DOWN)
			backfill_begin(a, wall_is_set(since) ? since : now.wall);
		if (state == FEED_DOWN && a->feed_was_ok && a->feed != FEED_DOWN && a->feed != FEED_NONE)
			event_note(&a->model.book, "", wall_is_set(since) ? since : now.wall, now, "%s. Routing state unknown since then.", why);
		if (state == FEED_OK && a->feed_was_ok && a->feed == FEED_DOWN)
			event_note(&a->model.book, "", now.wall, now, "%s back. Asking anew what was missed.", s->title);
		if (state == FEED_OK && a->feed != FEED_LATE)
			a->streams_changed = now.wall;
		if (state == FEED_OK)
			backfill_end(a, now);
		if (state == FEED_OK)
			s->error[0] = '\0';
		if (!wall_is_set(since)) /* nothing was heard in this process: then since the one before heard it */
			since = wall_is_set(s->last_success) ? s->last_success : now.wall;
		s->down_since = state == FEED_DOWN ? since : WALL_NONE;
		a->feed = state;
		a->feed_was_ok |= state == FEED_OK;
		judge_feed(a->judge, state, why, now);
		a->model_dirty = true;
	}
	s->state = state == FEED_NONE ? FEED_NONE : state;
}

/* ---- polled sources ---- */

void health_transfer(struct app *a, const struct job *j, const struct input *in, struct now now)
{
	struct source_state *s = health_source(a, j->source);
	bool check = j->call->scope == SCOPE_CALL_TARGET;
	if (check && in->err.code != ERR_OK) {
		; /* a site that is gone says nothing of our line; canaries are counted where they are judged */
	} else if (in->err.code == ERR_OK || in->status) {
		a->last_net_ok = now.wall;
		a->net_fails = 0;
	} else if (in->err.code == ERR_NET) {
		a->last_net_fail = now.wall;
		a->net_fails++;
	}
	if (!s)
		return;
	s->calls++;
	s->bytes += in->wire_bytes;
	s->last_try = now.wall;
	if (in->err.code == ERR_OK) {
		s->last_success = now.wall;
		if (j->failures == 0 && !check && j->call->scope != SCOPE_CALL_STREAM && !j->call->optional)
			s->error[0] = '\0';
	} else if (!check) {
		s->failures++;
	}
	a->model.version++;
}

/* The worst of a source's obligatory calls: fresh within 2 steps and the usual delay, late to 4, down beyond or after five
 * failures in a row. */
static enum feed_state judge_polled(struct app *a, int source, struct now now)
{
	enum feed_state worst = FEED_NONE;
	size_t i = 0, ok = 0, tried = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		if (j->source != source || j->call->optional || !j->period_s)
			continue;
		enum feed_state state = FEED_NONE;
		if (wall_is_set(j->last_success)) {
			int64_t age = now.wall.ms - j->last_success.ms;
			int64_t step = (int64_t)j->period_s * 1000;
			state = age <= 2 * step ? FEED_OK : age <= 4 * step ? FEED_LATE : FEED_DOWN;
		}
		if (j->failures >= FAILS_DOWN)
			state = FEED_DOWN;
		else if (j->failures && state != FEED_OK)
			state = FEED_DOWN; /* never answered */
		else if (j->failures && state == FEED_OK)
			state = FEED_LATE;
		tried += state != FEED_NONE;
		ok += state == FEED_OK;
		if (state > worst && state != FEED_OFF)
			worst = state;
	}
	/* one subject that fails among many that answer makes a source late, not down */
	if (worst == FEED_DOWN && ok * 4 >= tried * 3)
		worst = FEED_LATE;
	return worst;
}

static void count_canaries(const struct app *a, struct now now, unsigned *up, unsigned *known)
{
	*up = *known = 0;
	for (size_t i = 0; i < a->model.canary_count; i++) {
		const struct site *c = &a->model.canaries[i];
		if (!c->measured || now.wall.ms - c->checked.ms > CANARY_FRESH_MS)
			continue;
		(*known)++;
		*up += c->reachable;
	}
}

/* Own checks are as healthy as their canaries: one down is late, two are down. */
static enum feed_state judge_checks(const struct app *a, struct now now)
{
	unsigned up, known;
	count_canaries(a, now, &up, &known);
	if (!known)
		return FEED_NONE;
	return known - up >= 2 || !up ? FEED_DOWN : known - up == 1 ? FEED_LATE : FEED_OK;
}

static bool is_own_checks(const struct source_ops *ops)
{
	return ops->calls[0].name && ops->calls[0].scope == SCOPE_CALL_TARGET;
}

static void update_sources(struct app *a, struct now now)
{
	for (size_t i = 0; i < a->model.source_count; i++) {
		struct source_state *s = &a->model.sources[i];
		struct mono next;
		unsigned active, queued;
		schedule_counts(a->schedule, (int)i, &active, &queued, &next, now);
		if (a->model.excerpt) { /* nobody asks: what waits will not be sent */
			active = queued = 0;
			next = MONO_NEVER;
		}
		if (active != s->active || queued != s->queued)
			a->model.version++;
		s->active = active;
		s->queued = queued;
		s->next = next.ms == MONO_NEVER.ms ? WALL_NONE : (struct wall){now.wall.ms + next.ms - now.mono.ms};
		if (s->state == FEED_OFF || source_table[i]->feed)
			continue;
		enum feed_state state = is_own_checks(source_table[i]) ? judge_checks(a, now) : judge_polled(a, (int)i, now);
		if (token_is_bad(a, (int)i))
			state = FEED_DOWN;
		if (state != s->state) {
			s->down_since = state == FEED_DOWN ? now.wall : WALL_NONE;
			s->state = state;
			a->model.version++;
		}
		if (!s->active)
			s->doing[0] = '\0';
	}
}

static void update_signals(struct app *a, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct territory *t = a->watches[i].t;
		for (size_t k = 0; k < t->signal_count; k++) {
			struct signal *s = &t->signals[k];
			const struct source_state *source = model_source(&a->model, s->source);
			struct wall when = WALL_NONE;
			double value = s->series.values ? series_last(&s->series, &when) : SERIES_NO_DATA;
			enum feed_state state = FEED_NONE;
			if (source && source->state == FEED_OFF)
				state = FEED_OFF;
			else if (wall_is_set(when)) {
				int64_t age = now.wall.ms - (when.ms + s->step_ms) - s->delay_ms;
				state = age <= 2 * s->step_ms ? FEED_OK : age <= 4 * s->step_ms ? FEED_LATE : FEED_DOWN;
			}
			bool fresh = s->time.ms != when.ms || s->value != value;
			if (state != s->state || fresh)
				a->model.version++;
			s->state = state;
			s->value = value;
			s->time = when;
			if (fresh && s->series.values && isnan(s->line)) /* its detector knows better */
				s->baseline = series_median(&s->series, now.wall, 24 * 3600000LL, 12);
		}
	}
}

/* ---- our own line ---- */

/* The line is ours to doubt first: with fewer than three canaries answering and no feed delivering, it is we who are cut off.
 * A feed that delivers, or an answer of any source, proves the line whatever the canaries say. */
static void update_line(struct app *a, struct now now)
{
	unsigned up, known, all = (unsigned)a->model.canary_count;
	count_canaries(a, now, &up, &known);
	bool heard = a->feed == FEED_OK || a->feed == FEED_LATE ||
		     (wall_is_set(a->last_net_ok) && now.wall.ms - a->last_net_ok.ms < SUCCESS_FRESH_MS &&
		      (!wall_is_set(a->last_net_fail) || a->last_net_fail.ms <= a->last_net_ok.ms));
	enum own_line line = LINE_UNKNOWN;
	if (heard || (all && up + 1 >= all && up))
		line = LINE_OK;
	else if (all && known == all && up * 2 <= all)
		line = LINE_BLIND;
	else if (!up && (known || !all) && a->net_fails >= 3)
		line = LINE_BLIND;
	else
		line = a->model.own_line;
	if (line == LINE_BLIND)
		snprintf(a->model.line_text, sizeof(a->model.line_text),
			 "This host is offline: canaries %u of %u. Own checks paused.", up, known);
	else if (all && known == all && up * 2 <= all)
		snprintf(a->model.line_text, sizeof(a->model.line_text), "Canaries %u of %u. Own checks paused.", up, all);
	else
		a->model.line_text[0] = '\0';
	if (line == a->model.own_line)
		return;
	if (line == LINE_BLIND)
		event_note(&a->model.book, "", now.wall, now, "%s", a->model.line_text);
	else if (a->model.own_line == LINE_BLIND)
		event_note(&a->model.book, "", now.wall, now, "This host is online again.");
	a->model.own_line = line;
	judge_line(a->judge, line, now);
	a->model_dirty = true;
	a->model.version++;
}

void health_update(struct app *a, struct now now)
{
	update_feed(a, now);
	update_sources(a, now);
	if (a->signals_dirty || now.wall.ms - a->signals_looked.ms >= SIGNALS_MS) {
		update_signals(a, now);
		signals_update(a, now);
		a->signals_looked = now.wall;
		a->signals_dirty = false;
	}
	update_line(a, now);
}
