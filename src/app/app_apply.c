/* Facts into the model: one function a kind of fact, in a table. */
#include "app_signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FUTURE_MS 5000 /* clocks differ a little */

/* What the facts of one batch have in common. */
struct context {
	struct app *a;
	const struct job *job;
	const struct batch *batch;
	struct now now;
	const char *scaled;        /* the samples that `scale` is for */
	double scale;
};

static uint32_t subject_asn(const struct job *j)
{
	return !strncmp(j->subject, "AS", 2) ? (uint32_t)strtoul(j->subject + 2, NULL, 10) : 0;
}

static void apply_range(struct context *c, const struct fact *f)
{
	for (size_t i = 0; i < c->a->watch_count; i++) {
		struct watch *w = &c->a->watches[i];
		if (!watch_has_country(w, f->subject))
			continue;
		size_t before = w->range_count;
		watch_add_range(w, &f->prefix);
		if (w->range_count != before)
			c->a->streams_dirty = true;
		w->ranges_known = true;
	}
}

static void apply_as(struct context *c, const struct fact *f)
{
	for (size_t i = 0; i < c->a->watch_count; i++) {
		struct watch *w = &c->a->watches[i];
		if (!watch_has_country(w, f->subject))
			continue;
		struct watch_as *as = watch_as_add(w, f->asn);
		as->registered = as->listed = true;
		as->routed |= f->flag;
	}
	c->a->plan_dirty = true;
}

/* A prefix that an AS announced. Still announced: a network. Gone for less than a day, or gone with the whole AS for less than
 * a week: a network that is expected and missing. Older losses are the new normal (detection.md 5.1). */
static void apply_net(struct context *c, const struct fact *f)
{
	struct app *a = c->a;
	if (!prefix_is_countable(&f->prefix))
		return;
	int64_t gone_ms = wall_is_set(f->until) ? c->now.wall.ms - f->until.ms : INT64_MAX;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		struct watch_as *as = watch_as_find(w, f->asn);
		bool named = w->t->spec.kind == TERRITORY_PREFIX && watch_covers(w, &f->prefix);
		if (!named && (!as || !(as->registered || w->t->spec.kind == TERRITORY_AS || w->t->spec.kind == TERRITORY_FILE)))
			continue;
		if (as) {
			as->answered = true;
			as->announced += f->flag;
		}
		int64_t keep_ms = (as && as->announced ? 1 : 7) * (int64_t)86400000;
		int known = rib_find(judge_rib_const(a->judge), &f->prefix);
		if (!f->flag && known < 0 && gone_ms > keep_ms)
			continue;
		int net = watch_add_net(a, w, &f->prefix, f->asn);
		if (net < 0)
			continue;
		if (wall_is_set(f->until))
			judge_history(a->judge, net, f->until, f->error_ms);
	}
}

static int session_of(struct context *c, const struct fact *f)
{
	return rib_session(judge_rib(c->a->judge), f->collector ? f->collector : "", &f->addr, f->asn);
}

static void apply_route(struct context *c, const struct fact *f)
{
	struct app *a = c->a;
	int session = f->collector ? rib_session_at(judge_rib_const(a->judge), f->collector, &f->addr) : -1;
	if (session < 0)
		session = session_of(c, f);
	if (session < 0)
		return;
	rib_session_seen(judge_rib(a->judge), session, c->now.wall, c->now.wall);
	if (a->row_count >= a->row_cap) {
		size_t cap = a->row_cap;
		mem_grow(&a->row_sessions, &cap, a->row_count + 1, sizeof(*a->row_sessions));
		a->row_upstreams = xrealloc(a->row_upstreams, cap, sizeof(*a->row_upstreams));
		a->row_facts = xrealloc(a->row_facts, cap, sizeof(*a->row_facts));
		a->row_cap = cap;
	}
	a->row_sessions[a->row_count] = session;
	a->row_facts[a->row_count] = f;
	a->row_upstreams[a->row_count++] = f->upstream;
}

static struct control *control_of(struct app *a, const struct prefix *p)
{
	for (size_t i = 0; i < ARRAY_LEN(a->controls); i++)
		if (prefix_equal(&a->controls[i].prefix, p))
			return &a->controls[i];
	return NULL;
}

static const struct control *control_for_family(const struct app *a, uint8_t family)
{
	return &a->controls[family == 6];
}

/* RIPEstat has answered empty lists when it had itself failed. An empty answer counts only beside a control prefix that is
 * there, or when it was given three times over three minutes while the stream is healthy (sources/ripestat.md 4). */
static bool empty_is_believed(struct app *a, int net, const struct prefix *p, struct now now)
{
	const struct control *c = control_for_family(a, p->family);
	if (c->rows >= 10 && now.wall.ms - c->snapshot.ms < 15 * 60000)
		return true;
	if ((size_t)net >= a->empty_cap) {
		size_t old = a->empty_cap, cap = old;
		mem_grow(&a->empty_looks, &cap, (size_t)net + 1, sizeof(*a->empty_looks));
		a->first_empty = xrealloc(a->first_empty, cap, sizeof(*a->first_empty));
		memset(a->empty_looks + old, 0, (cap - old) * sizeof(*a->empty_looks));
		a->empty_cap = cap;
	}
	if (!a->empty_looks[net]++)
		a->first_empty[net] = now.wall;
	return a->feed == FEED_OK && a->empty_looks[net] >= 3 && now.wall.ms - a->first_empty[net].ms >= 180000;
}

static void apply_snapshot(struct context *c, const struct fact *f)
{
	struct app *a = c->a;
	struct control *control = control_of(a, &f->prefix);
	if (control) {
		control->rows = (unsigned)a->row_count;
		control->snapshot = c->now.wall;
	}
	int net = rib_find(judge_rib_const(a->judge), &f->prefix);
	if (net >= 0) {
		if (a->row_count || empty_is_believed(a, net, &f->prefix, c->now)) {
			rib_snapshot(judge_rib(a->judge), net, a->row_sessions, a->row_upstreams, a->row_count, f->t);
			for (size_t i = 0; i < a->row_count; i++) {
				const struct fact *row = a->row_facts[i];
				depend_route(a, net, a->row_sessions[i], row, true);
				if (row->path && row->path_len)
					judge_origin(a->judge, net, row->path[row->path_len - 1]);
			}
			if ((size_t)net < a->empty_cap)
				a->empty_looks[net] = 0;
			for (size_t i = 0; i < a->watch_count; i++)
				a->watches[i].t->snapshot_time = f->t;
		} else {
			struct job *again = schedule_find(a->schedule, c->job->source, c->job->call, c->job->subject);
			if (again)
				again->wanted_again = true;
		}
	}
	a->row_count = 0;
}

static void apply_peer_table(struct context *c, const struct fact *f)
{
	int session = session_of(c, f);
	if (session >= 0)
		rib_session_table(judge_rib(c->a->judge), session, f->count, f->count2);
}

/* An unknown prefix inside a watched territory: a network once several peers announce it. */
static void consider(struct context *c, const struct fact *f, int session)
{
	struct app *a = c->a;
	struct watch *w = NULL;
	for (size_t i = 0; i < a->watch_count && !w; i++)
		if (watch_covers(&a->watches[i], &f->prefix))
			w = &a->watches[i];
	if (!w || !prefix_is_countable(&f->prefix) || !w->ranges_known)
		return;
	struct candidate *k = NULL;
	for (size_t i = 0; i < a->candidate_count && !k; i++)
		if (prefix_equal(&a->candidates[i].prefix, &f->prefix))
			k = &a->candidates[i];
	if (!k) {
		size_t at = a->candidate_count;
		if (at == CANDIDATES_MAX) { /* the oldest gives way */
			at = 0;
			for (size_t i = 1; i < CANDIDATES_MAX; i++)
				if (a->candidates[i].first.ms < a->candidates[at].first.ms)
					at = i;
		} else {
			a->candidate_count++;
		}
		k = &a->candidates[at];
		*k = (struct candidate){.prefix = f->prefix, .origin = f->asn2, .first = c->now.wall};
	}
	for (unsigned i = 0; i < k->count; i++)
		if (k->sessions[i] == session)
			return;
	k->sessions[k->count++] = session;
	if (k->count < CANDIDATE_PEERS)
		return;
	watch_add_net(a, w, &k->prefix, k->origin);
	app_want_snapshot(a, &k->prefix, c->now, false);
	*k = a->candidates[--a->candidate_count];
}

static void note_stream(struct context *c, const struct fact *f, int session)
{
	if (session >= 0 && wall_is_set(f->t))
		rib_session_seen(judge_rib(c->a->judge), session, f->t, c->now.wall);
	struct source_state *s = health_source(c->a, c->job->source);
	if (!s || !wall_is_set(f->t) || f->t.ms > c->now.wall.ms + FUTURE_MS)
		return; /* a date of tomorrow must not make the feed look fresh until then */
	/* the feed is as late as its newest message: one collector that lags is out of the vote by itself */
	if (!wall_is_set(c->a->stream_newest) || f->t.ms > c->a->stream_newest.ms)
		c->a->stream_newest = f->t;
	s->data_time = c->a->stream_newest;
	double lag = (double)(c->now.wall.ms - c->a->stream_newest.ms) / 1000.0;
	s->lag_s = lag < 0 ? 0 : lag;
}

static void apply_announce(struct context *c, const struct fact *f)
{
	int session = session_of(c, f);
	note_stream(c, f, session);
	if (session < 0 || control_heard(c->a, f, session, true))
		return;
	int net = rib_find(judge_rib_const(c->a->judge), &f->prefix);
	if (net >= 0) {
		rib_announce(judge_rib(c->a->judge), session, net, f->upstream, f->t);
		depend_route(c->a, net, session, f, false);
		judge_origin(c->a->judge, net, f->asn2);
	} else {
		consider(c, f, session);
	}
}

static void apply_withdraw(struct context *c, const struct fact *f)
{
	int session = session_of(c, f);
	note_stream(c, f, session);
	int net = rib_find(judge_rib_const(c->a->judge), &f->prefix);
	if (control_heard(c->a, f, session, false))
		return;
	if (session >= 0 && net >= 0)
		rib_withdraw(judge_rib(c->a->judge), session, net, f->t);
}

static void apply_peer_state(struct context *c, const struct fact *f)
{
	int session = session_of(c, f);
	note_stream(c, f, -1);
	if (session >= 0)
		rib_session_state(judge_rib(c->a->judge), session, f->flag, f->t);
}

static void apply_alive(struct context *c, const struct fact *f)
{
	note_stream(c, f, f->asn && f->addr.family ? session_of(c, f) : -1);
}

/* The value on the scale of what is known. */
static double sample_value(struct context *c, const struct fact *f, const struct series *known)
{
	if (!f->flag)
		return f->value;
	if (c->scaled != f->name) {
		c->scaled = f->name;
		c->scale = scale_factor(c->batch, f->name, known);
	}
	double before = series_at(known, f->t), value = f->value * c->scale;
	return scale_is_same(before, value) ? before : value;
}

/* A source that has too little data shows its signal, and has no vote with it. */
static void weigh_signal(struct context *c, struct watch *w, struct signal *s, bool weak)
{
	const struct source_signal *row = source_table[c->job->source]->signals;
	if (s->weak == weak)
		return;
	s->weak = weak;
	hearing_of(w, s)->looked = false; /* whether it is judged depends on its class */
	for (; row && row->name; row++)
		if (!strcmp(row->name, s->name))
			s->class_bit = weak ? 0 : row->class_bit;
}

static void apply_sample(struct context *c, const struct fact *f)
{
	struct app *a = c->a;
	const char *source = source_table[c->job->source]->name;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct territory *t = a->watches[i].t;
		if (strcmp(t->spec.code, f->subject))
			continue;
		struct signal *s = territory_signal(t, source, f->name);
		if (!s)
			continue;
		struct fact scaled = *f;
		weigh_signal(c, &a->watches[i], s, f->weak);
		scaled.value = sample_value(c, f, &s->series);
		if (!signals_sample(&a->watches[i], s, &scaled))
			continue;
		a->model_dirty = a->signals_dirty = true;
		if (a->sample_count < SAMPLES_MAX) {
			mem_grow(&a->samples, &a->sample_cap, a->sample_count + 1, sizeof(*a->samples));
			a->samples[a->sample_count++] =
				(struct sample_row){t->spec.code, s->source, s->name, f->t, scaled.value};
		}
	}
}

static void apply_host(struct context *c, const struct fact *f)
{
	hosts_probe(c->a, f, c->now);
}

static void apply_host_event(struct context *c, const struct fact *f)
{
	hosts_event(c->a, f);
}

static void apply_hosts_end(struct context *c, const struct fact *f)
{
	hosts_end(c->a, f, c->now);
}

static void apply_users(struct context *c, const struct fact *f)
{
	for (size_t i = 0; i < c->a->watch_count; i++) {
		struct watch_as *as = f->value >= 0 ? watch_as_find(&c->a->watches[i], f->asn) : NULL;
		if (as)
			as->users = f->value;
	}
}

static void apply_said(struct context *c, const struct fact *f)
{
	said_fact(c->a, c->job, f);
}

static void apply_name(struct context *c, const struct fact *f)
{
	char name[48];
	if (f->text && *f->text)
		snprintf(name, sizeof(name), "%.47s", f->text);
	else
		snprintf(name, sizeof(name), "%.47s", f->name ? f->name : "");
	if (*name)
		app_restore_name(c->a, f->asn, name);
}

static void apply_neighbour(struct context *c, const struct fact *f)
{
	if (f->flag || !(f->value > 0))
		return; /* uncertain ones give no shares */
	for (size_t i = 0; i < c->a->watch_count; i++) {
		struct watch_as *as = watch_as_find(&c->a->watches[i], f->asn);
		if (!as || as->neighbour_count >= ARRAY_LEN(as->neighbours))
			continue;
		for (size_t k = 0; k < as->neighbour_count; k++)
			if (as->neighbours[k].asn == f->asn2)
				goto next;
		as->neighbours[as->neighbour_count].asn = f->asn2;
		as->neighbours[as->neighbour_count++].power = f->value;
		c->a->plan_dirty = c->a->model_dirty = true;
next:;
	}
}

static void apply_hosted(struct context *c, const struct fact *f)
{
	probe_hosted(c->a, c->job, f);
}

static void apply_ask(struct context *c, const struct fact *f)
{
	app_ask(c->a, c->job, f->name, f->subject, c->now);
}

static void apply_ask_end(struct context *c, const struct fact *f)
{
	(void)f;
	app_ask_end(c->a, c->job);
}

static void apply_note(struct context *c, const struct fact *f)
{
	struct source_state *s = health_source(c->a, c->job->source);
	if (s && f->text && !s->error[0])
		snprintf(s->doing, sizeof(s->doing), "%.79s", f->text);
}

/* A check's result is more than a fact: probe_result takes it. */
static void apply_ignored(struct context *c, const struct fact *f)
{
	(void)c;
	(void)f;
}

static void (*const apply_table[FACT_KIND_COUNT])(struct context *, const struct fact *) = {
	[FACT_RANGE] = apply_range,         [FACT_AS] = apply_as,
	[FACT_NET] = apply_net,             [FACT_ROUTE] = apply_route,
	[FACT_SNAPSHOT] = apply_snapshot,   [FACT_PEER_TABLE] = apply_peer_table,
	[FACT_ANNOUNCE] = apply_announce,   [FACT_WITHDRAW] = apply_withdraw,
	[FACT_PEER_STATE] = apply_peer_state, [FACT_ALIVE] = apply_alive,
	[FACT_SAMPLE] = apply_sample,       [FACT_NAME] = apply_name,
	[FACT_NEIGHBOUR] = apply_neighbour, [FACT_OUTAGE] = apply_said,
	[FACT_HOSTED] = apply_hosted,       [FACT_CHECK] = apply_ignored,
	[FACT_HOST] = apply_host,           [FACT_HOST_EVENT] = apply_host_event,
	[FACT_HOSTS_END] = apply_hosts_end, [FACT_USERS] = apply_users,
	[FACT_STATEMENT] = apply_said,      [FACT_NOTE] = apply_note,
	[FACT_ASK] = apply_ask,             [FACT_ASK_END] = apply_ask_end,
};

/* An answer about an AS replaces what the last one said of it. */
static void begin_batch(struct context *c)
{
	uint32_t asn = subject_asn(c->job);
	c->a->row_count = 0;
	if (c->job->call->scope != SCOPE_CALL_AS || !asn)
		return;
	for (size_t i = 0; i < c->a->watch_count; i++) {
		struct watch_as *as = watch_as_find(&c->a->watches[i], asn);
		if (as)
			as->announced = 0;
	}
}

/* Where there is no looking glass for each network, its AS's list says that it was announced, and peers are presumed. */
static void presume(struct app *a, struct watch *w, struct wall data_time)
{
	if (w->net_count <= SNAPSHOT_ALL_MAX || !wall_is_set(data_time))
		return;
	struct rib *rib = judge_rib(a->judge);
	for (size_t i = 0; i < w->net_count; i++)
		if (rib_needs_snapshot(rib, w->nets[i].net)) {
			struct net_view v;
			judge_net(a->judge, w->nets[i].net, &v);
			if (v.state == NET_DOWN)
				continue;
			rib_presume(rib, w->nets[i].net, data_time);
			w->t->presumed_time = data_time;
		}
}

void app_apply(struct app *a, const struct job *j, const struct batch *b, struct now now)
{
	struct context c = {.a = a, .job = j, .batch = b, .now = now};
	bool nets = false;
	begin_batch(&c);
	for (size_t i = 0; i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (apply_table[f->kind])
			apply_table[f->kind](&c, f);
		nets |= f->kind == FACT_NET;
	}
	if (nets)
		for (size_t i = 0; i < a->watch_count; i++)
			presume(a, &a->watches[i], b->data_time);
	if (j->call->scope == SCOPE_CALL_COUNTRY) {
		for (size_t i = 0; i < a->watch_count; i++)
			if (watch_has_country(&a->watches[i], j->subject))
				a->watches[i].ases_known |= !strcmp(j->call->name, "country-asns");
		a->plan_dirty = true;
	}
	hosts_heard(a, j, b, now);
	struct source_state *s = health_source(a, j->source);
	if (s) {
		s->skipped += b->skipped;
		if (wall_is_set(b->data_time) && j->call->scope != SCOPE_CALL_STREAM)
			s->data_time = b->data_time;
	}
	a->model_dirty = true;
}
