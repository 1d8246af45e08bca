/* The turn: inputs are parsed into facts, facts are applied, what is due is judged, the model is refreshed.
 *
 *     app_input ... app_input, app_tick, app_next_job ... : one turn of the loop, all with the same `now`. */
#include "app_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define REFRESH_MS 250            /* networks are copied to the model at most so often, at once when an event changed */
#define HEALTH_MS 5000
#define SNAPSHOTS_MS 1000         /* which networks want a look is asked once a second, not with every chunk */
#define AGE_MS 3600000LL
#define QUIET_STREAM_S (24 * 3600) /* a narrow subscription may be silent for hours; the pulse is not */
#define BATCH_BYTES (64u << 20)
#define DAY_MS 86400000LL
#define GAP_TRIES 4

static const char *const control_prefixes[2] = {"193.0.0.0/21", "2001:67c:2e8::/48"}; /* RIPE NCC's own: always routed */

static void init_sources(struct app *a)
{
	struct model *m = &a->model;
	for (size_t i = 0; i < source_count && i < MODEL_SOURCES_MAX; i++) {
		const struct source_ops *ops = source_table[i];
		const struct config_source *c = config_source_find(a->config, ops->name);
		struct source_state *s = &m->sources[m->source_count++];
		*s = (struct source_state){.state = FEED_NONE, .last_success = WALL_NONE, .last_try = WALL_NONE,
					   .next = WALL_NONE, .data_time = WALL_NONE, .down_since = WALL_NONE, .lag_s = NAN};
		snprintf(s->name, sizeof(s->name), "%s", ops->name);
		snprintf(s->title, sizeof(s->title), "%s", ops->title);
		snprintf(s->attribution, sizeof(s->attribution), "%s", ops->attribution ? ops->attribution : "");
		snprintf(s->url, sizeof(s->url), "%.127s", c && c->url[0] ? c->url : ops->url ? ops->url : "");
		if (c ? !c->enabled : ops->off_by_default)
			s->state = FEED_OFF;
		if (s->state == FEED_OFF && ops->past_only)
			snprintf(s->advice, sizeof(s->advice), "for replay --at");
		token_init(a, (int)i);
	}
}

struct app *app_new(const struct config *config, struct now now)
{
	struct app *a = xcalloc(1, sizeof(*a));
	a->config = config;
	model_init(&a->model);
	a->model.now = a->model.started = a->started = now.wall;
	a->schedule = schedule_new();
	a->judge = judge_new(&a->model.book);
	a->depend = depend_new();
	control_init(a);
	batch_init(&a->batch, BATCH_BYTES);
	strbuf_init(&a->url, 8192);
	strbuf_init(&a->header, 16384);
	for (size_t i = 0; i < ARRAY_LEN(a->controls); i++) {
		if (!prefix_parse(control_prefixes[i], strlen(control_prefixes[i]), &a->controls[i].prefix))
			BUG("control prefix %s", control_prefixes[i]);
		a->controls[i].snapshot = WALL_NONE;
	}
	a->stream_rx = a->stream_newest = a->streams_changed = a->last_net_ok = a->last_net_fail = WALL_NONE;
	a->refreshed = a->signals_looked = (struct wall){INT64_MIN / 2};
	a->aged = a->looks_since = a->gap_asks_since = now.wall;
	a->snapshots_planned = (struct wall){INT64_MIN / 2};
	a->plan_dirty = a->model_dirty = true;
	init_sources(a);
	if (health_feed_source(a) >= 0)
		judge_feed_source(a->judge, source_table[health_feed_source(a)]->name);
	probe_sync_sites(a);
	return a;
}

static void watch_release(struct watch *w)
{
	signals_release(w);
	fusion_free(w->fusion);
	free(w->members);
	free(w->ranges);
	free(w->ases);
	free(w->nets);
	backfill_release(w);
}

void app_free(struct app *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->stream_count; i++)
		if (a->streams[i].reader) /* by whose it is: every source has a reader of its own kind */
			source_table[a->streams[i].source]->reader_free(a->streams[i].reader);
	for (size_t i = 0; i < a->watch_count; i++)
		watch_release(&a->watches[i]);
	token_release(a);
	schedule_free(a->schedule);
	judge_free(a->judge);
	batch_release(&a->batch);
	model_release(&a->model);
	strbuf_release(&a->url);
	strbuf_release(&a->header);
	free(a->names);
	free(a->empty_looks);
	free(a->first_empty);
	free(a->row_sessions);
	free(a->row_upstreams);
	free(a->row_facts);
	depend_free(a->depend);
	control_release(a);
	free(a->samples);
	free(a);
}

struct model *app_model(struct app *a)
{
	return &a->model;
}

/* ---- watching ---- */

static void add_member(struct app *a, struct watch *w, const struct territory_spec *m)
{
	switch (m->kind) {
	case TERRITORY_AS:
		watch_as_add(w, m->asn)->routed = true;
		break;
	case TERRITORY_PREFIX:
		watch_add_range(w, &m->prefix);
		watch_add_net(a, w, &m->prefix, 0);
		w->ranges_known = true;
		break;
	case TERRITORY_COUNTRY:
	case TERRITORY_FILE:
	case TERRITORY_WORLD:
		break;
	}
}

static void add_signals(struct app *a, struct territory *t)
{
	for (size_t i = 0; i < source_count; i++) {
		const struct source_signal *row = source_table[i]->signals;
		for (; row && row->name; row++) {
			struct signal *s = territory_signal(t, source_table[i]->name, row->name);
			if (!s)
				return;
			snprintf(s->title, sizeof(s->title), "%s", row->title);
			snprintf(s->unit, sizeof(s->unit), "%s", row->unit);
			s->class_bit = row->class_bit;
			s->step_ms = (int64_t)row->step_s * 1000;
			s->delay_ms = (int64_t)row->delay_s * 1000;
			s->value = s->baseline = s->line = NAN;
			s->time = s->alarm = WALL_NONE;
			s->state = a->model.sources[i].state == FEED_OFF ? FEED_OFF : FEED_NONE;
			if (!s->series.values)
				series_init(&s->series, s->step_ms, (size_t)(7 * DAY_MS / s->step_ms));
		}
	}
}

int app_watch(struct app *a, const struct territory_spec *spec, const struct territory_spec *members, size_t member_count,
	      struct now now, struct err *e)
{
	(void)now;
	if (model_territory(&a->model, spec->code))
		return 0;
	if (a->watch_count == TERRITORY_MAX)
		return err_set(e, ERR_LIMIT, "cannot watch %s: %d territories are the most", spec->code, TERRITORY_MAX);
	const struct country *c = spec->kind == TERRITORY_COUNTRY ? country_find(spec->code) : NULL;
	struct territory *t = model_add_territory(&a->model, spec, c ? c->name : spec->code);
	if (!t)
		return err_set(e, ERR_LIMIT, "cannot watch %s: too many territories", spec->code);
	struct watch *w = &a->watches[a->watch_count++];
	*w = (struct watch){.t = t, .member_count = member_count ? member_count : 1, .layout_dirty = true};
	w->members = xcalloc(w->member_count, sizeof(*w->members));
	memcpy(w->members, members && member_count ? members : spec, w->member_count * sizeof(*w->members));
	t->group = judge_group(a->judge, SCOPE_TERRITORY, spec->code, spec->code, -1);
	w->fusion = fusion_new(&a->model.book, a->judge, spec->code, t->group);
	for (size_t i = 0; i < w->member_count; i++)
		add_member(a, w, &w->members[i]);
	if (spec->kind == TERRITORY_COUNTRY)
		add_signals(a, t);
	probe_sync_sites(a);
	a->plan_dirty = a->streams_dirty = a->model_dirty = true;
	a->model.version++;
	return 0;
}

void app_restore_net(struct app *a, const char *territory, const struct net_memory *m, uint32_t origin, struct now now)
{
	(void)now;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		if (strcmp(w->t->spec.code, territory))
			continue;
		int net = watch_add_net(a, w, &m->prefix, origin);
		if (net < 0)
			continue;
		struct watch_as *as = origin ? watch_as_find(w, origin) : NULL;
		if (as)
			as->registered = as->routed = true;
		judge_restore(a->judge, net, m);
		backfill_restored(w, m, origin);
	}
}

size_t app_remember(const struct app *a, const struct territory *t, struct net_memory *out, uint32_t *origins, size_t max)
{
	size_t count = 0;
	for (size_t i = 0; i < t->network_count && count < max; i++)
		if (judge_remember(a->judge, t->networks[i].net, &out[count]))
			origins[count++] = t->networks[i].v.origin;
	return count;
}

/* ---- inputs ---- */

static void fill_query(struct app *a, const struct job *j, struct now now, struct query *q)
{
	const struct config_source *c = config_source_find(a->config, source_table[j->source]->name);
	q->call = j->call;
	snprintf(q->subject, sizeof(q->subject), "%s", j->subject);
	q->now = now.wall;
	q->since = j->call->resumes ? j->data_time : signals_since(a, j, now);
	q->base = c && c->url[0] ? c->url : source_table[j->source]->url;
	q->token = token_of(a, j->source);
}

static void fail(struct app *a, struct job *j, const struct err *e, const struct input *in, struct now now)
{
	struct source_state *s = health_source(a, j->source);
	bool permanent = in->status == 400 || in->status == 404 || in->status == 422;
	if (s && !(j->call->optional && s->error[0])) {
		if (j->call->scope == SCOPE_CALL_STREAM)
			snprintf(s->error, sizeof(s->error), "%.150s", e->msg);
		else if (!strncmp(e->msg, s->name, strlen(s->name)))
			snprintf(s->error, sizeof(s->error), "%.159s", e->msg + strlen(s->name) + 1);
		else
			snprintf(s->error, sizeof(s->error), "%s %.40s: %.100s", j->call->name, j->subject, e->msg);
	}
	if (e->code == ERR_NET && a->model.own_line != LINE_BLIND)
		probe_recheck(a, now);
	int64_t wait_s = in->retry_after_s;
	if (wait_s < 0 && in->status == 429 && source_table[j->source]->busy_s)
		wait_s = source_table[j->source]->busy_s;
	if (j->call->scope == SCOPE_CALL_GAP && j->failures + 1 >= GAP_TRIES) { /* what cannot be filled stays unknown */
		backfill_refused(a, j, e->msg, now);
		schedule_drop(a->schedule, j);
	}
	schedule_done(a->schedule, j, permanent ? JOB_PERMANENT : JOB_FAILED, wait_s, now); /* j may be gone now */
	a->model_dirty = true;
}

/* An answer that is none. Its body may say why in better words than its status. */
static void take_refusal(struct app *a, struct job *j, const struct input *in, struct now now)
{
	const struct source_ops *ops = source_table[j->source];
	struct err e = in->err;
	int source = j->source;
	bool bad_token = in->status >= 400 && ops->refused && ops->refused(in->body, in->len, in->status, &e);
	fail(a, j, &e, in, now);
	if (bad_token)
		token_refuse(a, source);
}

static void take_reply(struct app *a, struct job *j, const struct input *in, struct now now)
{
	static struct query q; /* large; filled anew each time */
	struct err e = {0};
	health_transfer(a, j, in, now);
	if (j->call->scope == SCOPE_CALL_TARGET) {
		probe_result(a, j, in, now);
		schedule_done(a->schedule, j, JOB_OK, -1, now);
		return;
	}
	if (in->err.code != ERR_OK) {
		take_refusal(a, j, in, now);
		return;
	}
	fill_query(a, j, now, &q);
	batch_clear(&a->batch);
	if (j->call->parse(in->body, in->len, &q, &a->batch, &e) < 0) {
		fail(a, j, &e, in, now);
		return;
	}
	if (j->call->scope != SCOPE_CALL_ASKED)
		j->tag = ++a->ask_round;
	if (j->call->scope == SCOPE_CALL_GAP) { /* asked once, of one hole, unless the archive was not that far */
		unsigned again_s = backfill_take(a, j, &a->batch, now);
		if (!again_s)
			schedule_drop(a->schedule, j);
		schedule_done(a->schedule, j, JOB_OK, -1, now); /* j may be gone now */
		if (again_s)
			schedule_want_later(j, now, again_s);
		return;
	}
	if (wall_is_set(a->batch.data_time) && a->batch.data_time.ms > j->data_time.ms)
		j->data_time = a->batch.data_time;
	app_apply(a, j, &a->batch, now);
	schedule_done(a->schedule, j, JOB_OK, -1, now);
}

static void take_chunk(struct app *a, struct job *j, const struct input *in, struct now now)
{
	const struct source_ops *ops = source_table[j->source];
	struct source_state *s = health_source(a, j->source);
	struct err e = {0};
	for (size_t i = 0; i < a->stream_count; i++) {
		if (a->streams[i].job != j->id || !a->streams[i].reader)
			continue;
		a->stream_rx = now.wall;
		batch_clear(&a->batch);
		int rc = ops->feed(a->streams[i].reader, in->body, in->len, &a->batch, &e);
		app_apply(a, j, &a->batch, now);
		if (s) {
			s->bytes += in->wire_bytes ? in->wire_bytes : in->len;
			s->messages += a->batch.count;
			s->last_success = now.wall;
		}
		if (rc < 0) { /* the server's last word: it will close */
			if (a->cancel_count < ARRAY_LEN(a->cancels))
				a->cancels[a->cancel_count++] = j->id;
			health_stream_end(a, j, &e, now);
			schedule_done(a->schedule, j, JOB_FAILED, -1, now);
		}
		return;
	}
}

void app_input(struct app *a, const struct input *in, struct now now)
{
	struct job *j = schedule_by_id(a->schedule, in->job);
	if (!j || !j->active)
		return;
	a->model.now = now.wall;
	switch (in->kind) {
	case INPUT_REPLY:
		take_reply(a, j, in, now);
		break;
	case INPUT_STREAM_OPEN:
		health_transfer(a, j, in, now);
		health_stream_open(a, j, now);
		break;
	case INPUT_CHUNK:
		take_chunk(a, j, in, now);
		break;
	case INPUT_STREAM_END:
		health_transfer(a, j, in, now);
		health_stream_end(a, j, &in->err, now);
		schedule_done(a->schedule, j, JOB_FAILED, in->retry_after_s, now);
		break;
	}
	a->model_dirty = true;
}

/* ---- the turn ---- */

/* Classes without data, into the events that are live: one walk over the book for all territories. */
static void name_missing(struct app *a)
{
	struct event_book *b = &a->model.book;
	for (size_t i = 0; i < b->count; i++) {
		struct event *ev = b->events[i];
		const struct territory *t = NULL;
		if (ev->state != EVENT_SUSPECTED && !event_state_is_open(ev->state))
			continue;
		if ((t = model_territory(&a->model, ev->territory)))
			event_missing(b, ev, t->verdict.missing);
	}
}

/* Whose networks are at home in a country: what it has registered. */
static void tell_home(struct watch *w)
{
	uint32_t *asns = xcalloc(w->as_count + 1, sizeof(*asns));
	size_t n = 0;
	for (size_t i = 0; i < w->as_count; i++)
		if (w->ases[i].listed)
			asns[n++] = w->ases[i].asn;
	if (n != w->home_count && w->t->spec.kind == TERRITORY_COUNTRY && w->ases_known) {
		fusion_home(w->fusion, asns, n);
		w->home_count = n;
	}
	free(asns);
}

static void refresh(struct app *a, struct now now)
{
	snprintf(a->model.hold, sizeof(a->model.hold), "%s", judge_hold(a->judge, now));
	const struct loading loading = loading_count(a);
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		loading_update(a, w, &loading, now);
		watch_refresh(a, w);
		voices_build(a, w, now);
		tell_home(w);
		fusion_run(w->fusion, w->t->voices, w->t->voice_count, a->model.own_line == LINE_BLIND, now, &w->t->fusion);
		memcpy(w->t->recurrence, w->t->fusion.recurrence, sizeof(w->t->recurrence));
		watch_tell_users(a, w, now);
		char before[sizeof(w->t->verdict.text)];
		memcpy(before, w->t->verdict.text, sizeof(before));
		verdict_decide(w->t, &a->model, now.wall);
		if (strcmp(before, w->t->verdict.text))
			a->model.version++;
	}
	name_missing(a);
	a->model_dirty = a->book_version != a->model.book.version; /* fusion moved an event: the judge looks at it again */
	if (a->model_dirty)
		a->model.version++;
	a->refreshed = now.wall;
	a->book_version = a->model.book.version;
}

static void earlier(struct wall *due, struct wall t)
{
	if (wall_is_set(t) && t.ms < due->ms)
		*due = t;
}

struct wall app_tick(struct app *a, struct now now)
{
	a->model.now = now.wall;
	health_update(a, now);
	if (a->plan_dirty)
		app_plan(a, now);
	app_plan_streams(a, now);
	struct wall due = judge_run(a->judge, now);
	if (!wall_is_set(due))
		due = (struct wall){now.wall.ms + 3600000};
	if (now.wall.ms - a->snapshots_planned.ms >= SNAPSHOTS_MS) {
		app_plan_snapshots(a, now);
		a->snapshots_planned = now.wall;
	} else {
		earlier(&due, (struct wall){a->snapshots_planned.ms + SNAPSHOTS_MS});
	}
	if (now.wall.ms - a->aged.ms >= AGE_MS) {
		for (size_t i = 0; i < a->watch_count; i++)
			watch_age(a, &a->watches[i], now);
		a->aged = now.wall;
	}
	bool event_changed = a->book_version != a->model.book.version;
	if (event_changed)
		a->model.version++;
	if (event_changed)
		a->book_version = a->model.book.version;
	if (event_changed || now.wall.ms - a->refreshed.ms >= REFRESH_MS)
		refresh(a, now);
	if (a->model_dirty)
		earlier(&due, (struct wall){a->refreshed.ms + REFRESH_MS});
	for (size_t i = 0; i < a->watch_count; i++)
		earlier(&due, fusion_due(a->watches[i].fusion));
	earlier(&due, control_run(a, now));
	if (a->stream_count || a->stream_generation) /* silence is noticed within seconds */
		earlier(&due, (struct wall){now.wall.ms + HEALTH_MS});
	if (due.ms < now.wall.ms)
		due = now.wall;
	return due;
}

bool app_next_job(struct app *a, struct now now, struct fetch_job *out)
{
	static struct query q;
	for (;;) {
		struct job *j = schedule_next(a->schedule, now);
		if (!j)
			return false;
		struct source_state *s = health_source(a, j->source);
		struct err e = {0};
		*out = (struct fetch_job){.id = j->id, .timeout_s = j->call->timeout_s, .body_max = j->call->body_max};
		if (s && j->call->scope != SCOPE_CALL_TARGET)
			snprintf(s->doing, sizeof(s->doing), "%s %.40s", j->call->name,
				 j->call->scope == SCOPE_CALL_STREAM ? "" : j->subject);
		if (j->call->scope == SCOPE_CALL_TARGET) {
			if (probe_prepare(a, j, now, out))
				return true;
			schedule_done(a->schedule, j, JOB_PERMANENT, -1, now);
			continue;
		}
		fill_query(a, j, now, &q);
		strbuf_clear(&a->url);
		strbuf_clear(&a->header);
		struct request r = {.url = a->url, .header = a->header};
		int rc = j->call->request(&q, &r, &e);
		a->url = r.url;
		a->header = r.header;
		if (rc < 0 || r.url.cut || r.header.cut) {
			struct input in = {.status = 400, .retry_after_s = -1};
			if (rc >= 0)
				err_set(&e, ERR_LIMIT, "the request is too long");
			fail(a, j, &e, &in, now);
			continue;
		}
		bool stream = j->call->scope == SCOPE_CALL_STREAM;
		out->kind = stream ? FETCH_STREAM : FETCH_GET;
		out->url = a->url.text;
		out->header = a->header.len ? a->header.text : NULL;
		out->conditional = !stream;
		out->token = token_of(a, j->source);
		enum stream_role role = stream ? source_table[j->source]->role(j->subject) : STREAM_ALL;
		if (role == STREAM_UPDATES || role == STREAM_ASIDE)
			out->timeout_s = QUIET_STREAM_S;
		return true;
	}
}

uint32_t app_next_cancel(struct app *a)
{
	return a->cancel_count ? a->cancels[--a->cancel_count] : 0;
}

struct mono app_jobs_due(const struct app *a, struct now now)
{
	return schedule_due(a->schedule, now);
}

void app_reload(struct app *a, struct now now)
{
	size_t i = 0;
	token_forgive(a);
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		bool recent = wall_is_set(j->last_try) && now.wall.ms - j->last_try.ms < 30000;
		if (j->call->scope != SCOPE_CALL_STREAM && !recent)
			schedule_want(a->schedule, j, now, true);
		else if (j->call->scope == SCOPE_CALL_STREAM && !j->active)
			schedule_want(a->schedule, j, now, true);
	}
}

size_t app_peek_samples(const struct app *a, struct sample_row *out, size_t max)
{
	size_t n = a->sample_count < max ? a->sample_count : max;
	for (size_t i = 0; i < n; i++)
		out[i] = a->samples[i];
	return n;
}

void app_drop_samples(struct app *a, size_t n)
{
	if (n > a->sample_count)
		BUG("dropping %zu of %zu samples", n, a->sample_count);
	if (n)
		memmove(a->samples, a->samples + n, (a->sample_count - n) * sizeof(*a->samples));
	a->sample_count -= n;
}

bool app_settled(const struct app *a)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		const struct territory *t = a->watches[i].t;
		if (t->loading[0] || !t->network_count || signals_expect(&a->watches[i]))
			return false;
	}
	return a->watch_count > 0;
}
