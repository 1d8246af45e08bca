/* Frames of a tape as inputs: the same path as live ones, but named by what was asked, since the numbers of that run
 * mean nothing in this one. Nothing is requested here: an answer that the tape has is taken, whether this app would
 * have asked by now or not. */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/tape.h"
#include "base/mem.h"
#include "base/text.h"
#include "core/memory.h"

static const struct source_call *call_of(int source, const char *name)
{
	for (const struct source_call *c = source_table[source]->calls; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* A subscription is a text of this version's making, and what it is for counts, not how it was packed: the frames of a
 * stream belong to the stream of the same role. */
static struct job *stream_job(struct app *a, int source, const struct source_call *call, const struct frame *f)
{
	struct job *exact = schedule_find(a->schedule, source, call, f->subject), *same = NULL;
	enum stream_role role = source_table[source]->role(f->subject);
	size_t i = 0;
	if (exact)
		return exact;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		if (j->source == source && j->call == call && j->tag == a->stream_generation &&
		    source_table[source]->role(j->subject) == role &&
		    (!same || (same->active && f->in.kind == INPUT_STREAM_OPEN)))
			same = j;
	return same;
}

/* In a recording played by the version that made it, even the numbers are the same: that tells two jobs of one name apart. */
static struct job *same_job(struct app *a, int source, const struct source_call *call, const struct frame *f)
{
	struct job *j = f->in.job ? schedule_by_id(a->schedule, f->in.job) : NULL;
	return j && j->active && j->source == source && j->call == call && !strcmp(j->subject, f->subject) ? j : NULL;
}

static void source_appears(struct app *a, int source)
{
	struct source_state *s = health_source(a, source);
	if (!s || !a->absent[source])
		return;
	a->absent[source] = false;
	s->state = source_is_on(a, source) ? FEED_NONE : FEED_OFF;
	s->advice[0] = '\0';
}

static void take_input(struct app *a, const struct frame *f)
{
	int source = source_find(f->source);
	const struct source_call *call = source >= 0 ? call_of(source, f->call) : NULL;
	if (!call)
		return; /* of a source that this version does not have */
	struct job *j = same_job(a, source, call, f);
	if (!j)
		j = call->scope == SCOPE_CALL_STREAM ? stream_job(a, source, call, f)
						     : schedule_job(a->schedule, source, call, f->subject, f->now);
	if (!j)
		return;
	source_appears(a, source);
	token_assume(a, source);
	if (!j->active)
		schedule_begin(a->schedule, j, f->now);
	if (a->torn && f->in.kind == INPUT_CHUNK && !health_stream_is_open(a, j->id))
		health_stream_open(a, j, f->now); /* it was opened in the hole, or before it and went on all the time */
	struct input in = f->in;
	in.job = j->id;
	app_input(a, &in, f->now);
}

struct wall app_frame(struct app *a, const struct frame *f)
{
	struct wall due = WALL_NONE;
	if (f->kind != FRAME_TURN)
		app_take_frame(a, f, &due);
	due = app_tick(a, f->now);
	while (app_next_cancel(a))
		; /* nothing runs that could be cancelled */
	return due;
}

/* ---- recordings ---- */

static void remember_net(struct app *a, const char *text, struct now now)
{
	struct net_memory m;
	uint32_t origin;
	char territory[TERRITORY_CODE_MAX];
	if (memory_get_net(text, territory, &m, &origin))
		app_restore_net(a, territory, &m, origin, now);
}

static void remember_name(struct app *a, const char *text, struct now now)
{
	char name[48], *end;
	unsigned long asn = strtoul(text, &end, 10);
	(void)now;
	text_clean_str(name, sizeof(name), *end == ' ' ? end + 1 : "");
	if (asn && asn <= UINT32_MAX && *name)
		app_restore_name(a, (uint32_t)asn, name);
}

static void remember_source(struct app *a, const char *text, struct now now)
{
	struct source_state got;
	(void)now;
	if (!memory_get_source(text, &got))
		return;
	struct source_state *s = model_source(&a->model, got.name);
	if (!s)
		return;
	s->last_success = got.last_success;
	s->last_try = got.last_try;
	s->data_time = got.data_time;
	snprintf(s->error, sizeof(s->error), "%s", got.error);
}

static void remember_event(struct app *a, const char *text, struct now now)
{
	struct event ev;
	if (!memory_get_event(text, &ev))
		return;
	ev.replay = true;
	struct event *kept = event_restore(&a->model.book, &ev, now);
	kept->replay = true;
}

static struct signal *find_signal(struct app *a, const struct series_name *n)
{
	struct territory *t = model_territory(&a->model, n->territory);
	for (size_t i = 0; t && i < t->signal_count; i++)
		if (!strcmp(t->signals[i].source, n->source) && !strcmp(t->signals[i].name, n->name))
			return &t->signals[i];
	return NULL;
}

/* What the screen draws; its detector waits for the history. */
static void remember_series(struct app *a, const char *text, struct now now)
{
	struct series_name n;
	struct series past = {0};
	(void)now;
	if (!memory_get_series(text, &n, &past))
		return;
	struct signal *s = find_signal(a, &n);
	for (size_t i = 0; s && s->series.values && s->series.step_ms == past.step_ms && i < past.count; i++)
		if (series_put(&s->series, (struct wall){(past.first + (int64_t)i) * past.step_ms}, past.values[(past.head + i) % past.cap]) < 0)
			break;
	if (s && s->series.count)
		app_expect_history(a, n.territory, n.source, n.name);
	series_release(&past);
}

static void remember_history(struct app *a, const char *text, struct now now)
{
	struct series_name n;
	struct series past = {0};
	(void)now;
	if (!memory_get_series(text, &n, &past))
		return;
	app_restore_history(a, n.territory, n.source, n.name, &past);
	series_release(&past);
}

/* A token is not on the tape, but that there was one decides what was asked. */
static void remember_token(struct app *a, const char *text, struct now now)
{
	char name[24];
	size_t len = strcspn(text, " ");
	(void)now;
	snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1), text);
	int source = source_find(name);
	if (source >= 0)
		app_set_token(a, source, strcmp(text + len, " yes") == 0 ? "not recorded" : NULL, "");
}

/* A site as others reported it: "up http://..." or "down", and "?" when nobody did. That is no check: it never votes. */
static void tell_site(struct site *s, char state, struct now now)
{
	s->told = true;
	s->measured = state != '?';
	s->reachable = state == 'u';
	s->since = s->measured ? now.wall : WALL_NONE;
	snprintf(s->country, sizeof(s->country), "%s", SITE_ABROAD);
	snprintf(s->words, sizeof(s->words), "%s", !s->measured ? "not known" : s->reachable ? "loads (reported)" : "no load (reported)");
}

static void remember_site(struct app *a, const char *text, struct now now)
{
	const char *url = text + strcspn(text, " ");
	url += *url == ' ';
	for (size_t i = 0; i < a->watch_count; i++)
		for (size_t k = 0; k < a->watches[i].t->site_count; k++)
			if (!strcmp(a->watches[i].t->sites[k].url, url))
				tell_site(&a->watches[i].t->sites[k], *text, now);
	a->model.version++;
}

static const struct { const char *call; void (*take)(struct app *, const char *text, struct now); } memories[] = {
	{"net", remember_net},     {"name", remember_name},     {"source", remember_source},
	{"event", remember_event}, {"series", remember_series}, {"history", remember_history},
	{"token", remember_token}, {"site", remember_site},
};

static void take_memory(struct app *a, const struct frame *f)
{
	for (size_t i = 0; i < ARRAY_LEN(memories); i++)
		if (!strcmp(memories[i].call, f->call)) {
			char *text = xstrndup(f->in.body ? f->in.body : "", f->in.len);
			memories[i].take(a, text, f->now);
			free(text);
		}
}

static void take_watch(struct app *a, const struct frame *f)
{
	struct territory_spec spec, *members = NULL;
	size_t count = 0;
	struct err e = {0};
	if (territory_parse(f->subject, &spec, &e) < 0)
		return;
	if (spec.kind == TERRITORY_FILE) {
		members = xcalloc(FILE_MEMBERS_MAX, sizeof(*members));
		if (territory_parse_file(spec.code, f->in.body ? f->in.body : "", f->in.len, members, FILE_MEMBERS_MAX, &count, &e) < 0)
			count = 0;
	}
	if (app_watch(a, &spec, members, count, f->now, &e) < 0)
		count = 0; /* more than can be watched: they are not */
	free(members);
}

static void take_number(struct app *a, const struct frame *f)
{
	struct event *ev = event_by_id(&a->model.book, f->id);
	if (ev && f->seq) {
		event_saved(&a->model.book, ev, f->seq);
		event_log_number(&a->model.book);
		a->model.book.log_saved = a->model.book.log_total;
	}
}

/* What came is not known: every stream is gone as if it had been cut, and what was asked is as old as it is. */
static void take_lost(struct app *a, const struct frame *f)
{
	a->torn = true;
	event_note(&a->model.book, "", f->now.wall, f->now, "The recording is %.*s.", (int)(f->in.len < 200 ? f->in.len : 200),
		   f->in.body ? f->in.body : "");
	health_drop_streams(a, "the recording is damaged here", f->now);
	a->model_dirty = true;
	a->model.version++;
}

/* Jobs start when they did, so that what follows from it (ids, pauses, patience with a stream) is the same. */
static void take_turn(struct app *a, const struct frame *f, struct wall *due)
{
	struct fetch_job job;
	*due = app_tick(a, f->now);
	if (!strcmp(f->call, "tick"))
		return;
	while (app_next_cancel(a))
		;
	while (app_next_job(a, f->now, &job))
		;
}

void app_take_frame(struct app *a, const struct frame *f, struct wall *due)
{
	switch (f->kind) {
	case FRAME_INPUT: take_input(a, f); break;
	case FRAME_TURN: take_turn(a, f, due); break;
	case FRAME_MEMORY: take_memory(a, f); break;
	case FRAME_WATCH: take_watch(a, f); break;
	case FRAME_RELOAD: app_reload(a, f->now); break;
	case FRAME_NUMBER: take_number(a, f); break;
	case FRAME_LOST: take_lost(a, f); break;
	default: break;
	}
}

/* ---- what a replay says of itself ---- */

void app_set_replay(struct app *a, bool whole)
{
	a->model.replay = a->model.transport.on = a->model.book.replay = true;
	a->model.excerpt = !whole;
	for (size_t i = 0; i < a->model.source_count && !whole; i++) {
		struct source_state *s = &a->model.sources[i];
		a->absent[i] = true;
		s->needs_token = false;
		s->state = FEED_OFF;
		snprintf(s->advice, sizeof(s->advice), "not in this replay");
	}
}

void app_set_transport(struct app *a, const struct replay_state *s)
{
	a->model.transport = *s;
	a->model.transport.on = true;
	a->model.now = s->at;
	a->model.version++;
}

/* Territories first: what the store does, since the others point to them. */
void app_number_events(struct app *a, uint64_t *last)
{
	struct event_book *b = &a->model.book;
	for (int others = 0; others < 2; others++)
		for (size_t i = 0; i < b->count; i++) {
			struct event *ev = b->events[i];
			if (!ev->dirty || (ev->scope != SCOPE_TERRITORY) != others)
				continue;
			event_saved(b, ev, ev->seq ? ev->seq : ++*last);
		}
	event_log_number(b);
	b->log_saved = b->log_total;
}

bool app_job_name(const struct app *a, uint32_t id, struct job_name *out)
{
	const struct job *j = schedule_by_id(a->schedule, id);
	if (!j || !j->active)
		return false;
	*out = (struct job_name){source_table[j->source]->name, j->call->name, j->subject};
	return true;
}
