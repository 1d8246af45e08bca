/* From what is watched to what is asked: one job for each (call, subject) that the tables and the model imply now. */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SNAPSHOT_AGAIN_S 150     /* a second look after the first: the looking glass is up to a minute behind the stream */
#define SNAPSHOT_DRIFT_S 21600   /* and one now and then against drift */
#define SUSPECT_LOOK_MS 120000   /* a suspect network is looked at by the other path this often */
#define AS_CALLS_A_DAY 600       /* of one call in all: RIPEstat wants to know who makes more than 1,000 requests a day */
#define LOOKS_AT_ONCE 8
#define LOOKS_A_DAY 300
#define PEERS_WAIT_MS 4000
#define ASKED_MAX 160            /* questions that one chain of answers may make: 4,096 probes by the hundred, and their pages */
#define SAMPLE_MAX 64            /* networks looked at after a gap where there are too many to look at all: one an operator */

static const struct config_source *configured(const struct app *a, int source)
{
	return config_source_find(a->config, source_table[source]->name);
}

bool source_is_on(const struct app *a, int source)
{
	const struct config_source *c = configured(a, source);
	return c ? c->enabled : !source_table[source]->off_by_default;
}

static struct job *want_job(struct app *a, int source, const struct source_call *call, const char *subject, struct now now)
{
	const struct config_source *c = configured(a, source);
	struct job *j = schedule_job(a->schedule, source, call, subject, now);
	if (c && c->period_s && call->period_s && c->period_s > call->period_s)
		j->period_s = c->period_s; /* slower than the row is allowed, faster is not */
	return j;
}

/* Drop the jobs of a call whose subject is not `keep`. */
static void keep_only(struct app *a, int source, const struct source_call *call, const char *keep)
{
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		if (j->source == source && j->call == call && strcmp(j->subject, keep)) {
			if (!j->active)
				i--;
			schedule_drop(a->schedule, j);
		}
}

static void plan_countries(struct app *a, int source, const struct source_call *call, struct now now)
{
	char all[1024] = "";
	size_t len = 0;
	for (size_t i = 0; i < a->watch_count; i++)
		for (size_t k = 0; k < a->watches[i].member_count; k++) {
			const struct territory_spec *m = &a->watches[i].members[k];
			if (m->kind != TERRITORY_COUNTRY)
				continue;
			if (call->scope == SCOPE_CALL_COUNTRY) {
				want_job(a, source, call, m->code, now);
			} else if (!strstr(all, m->code) && len + 4 < sizeof(all)) {
				len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", len ? "," : "", m->code);
			}
		}
	if (call->scope != SCOPE_CALL_COUNTRIES || !len)
		return;
	keep_only(a, source, call, all);
	want_job(a, source, call, all, now);
}

struct sized { uint32_t asn; size_t size; };

static int largest_first(const void *x, const void *y)
{
	const struct sized *a = x, *b = y;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return a->asn < b->asn ? -1 : a->asn > b->asn;
}

/* The ASes worth asking about. A list of the country's routed ASes is best; without it every registered one is asked when
 * they are few; calls that cap their subjects take those with the most networks. */
static void plan_ases(struct app *a, int source, const struct source_call *call, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		struct sized *list = xcalloc(w->as_count + PROVIDERS_MAX + 1, sizeof(*list));
		size_t count = 0;
		for (size_t k = 0; k < w->as_count; k++) {
			struct watch_as *as = &w->ases[k];
			size_t size = 0;
			if (call->subjects_max || as->group >= 0 || w->as_count < 100)
				for (size_t n = 0; n < w->net_count; n++)
					size += w->nets[n].origin == as->asn;
			bool few = !w->ases_known && w->as_count <= 100;
			if (call->subjects_max ? size > 0 : (as->routed || size > 0 || few))
				list[count++] = (struct sized){as->asn, size};
		}
		if (call->subjects_max) /* names of providers too */
			for (size_t k = 0; k < w->t->provider_count; k++)
				if (!watch_as_find(w, w->t->providers[k].asn) && call->optional)
					list[count++] = (struct sized){w->t->providers[k].asn, SIZE_MAX};
		qsort(list, count, sizeof(*list), largest_first);
		for (size_t k = 0; k < count && (!call->subjects_max || k < call->subjects_max); k++) {
			char subject[16];
			snprintf(subject, sizeof(subject), "AS%u", list[k].asn);
			struct job *j = want_job(a, source, call, subject, now);
			unsigned least_s = (unsigned)(count * 86400 / AS_CALLS_A_DAY);
			if (j->period_s < least_s)
				j->period_s = least_s;
		}
		free(list);
	}
}

static void plan_targets(struct app *a, int source, const struct source_call *call, struct now now)
{
	for (size_t i = 0; i < a->config->canary_count; i++)
		want_job(a, source, call, a->config->canaries[i].url, now);
	for (size_t i = 0; i < a->watch_count; i++)
		for (size_t k = 0; k < a->watches[i].t->site_count; k++)
			want_job(a, source, call, a->watches[i].t->sites[k].url, now);
}

static void plan_hosts(struct app *a, int source, const struct source_call *call, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++)
		for (size_t k = 0; k < a->watches[i].t->site_count; k++) {
			const struct addr *addr = &a->watches[i].t->sites[k].addr;
			char text[PREFIX_TEXT_MAX];
			if (addr->family)
				want_job(a, source, call, addr_format(text, addr), now);
		}
}

static void plan_call(struct app *a, int source, const struct source_call *call, struct now now)
{
	switch (call->scope) {
	case SCOPE_CALL_GLOBAL: want_job(a, source, call, "", now); break;
	case SCOPE_CALL_COUNTRY:
	case SCOPE_CALL_COUNTRIES: plan_countries(a, source, call, now); break;
	case SCOPE_CALL_AS: plan_ases(a, source, call, now); break;
	case SCOPE_CALL_TARGET: plan_targets(a, source, call, now); break;
	case SCOPE_CALL_HOST: plan_hosts(a, source, call, now); break;
	case SCOPE_CALL_GAP:    /* backfill_end */
	case SCOPE_CALL_NET:    /* app_plan_snapshots */
	case SCOPE_CALL_STREAM: /* app_plan_streams */
	case SCOPE_CALL_ASKED:  /* app_ask */
		break;
	}
}

void app_plan(struct app *a, struct now now)
{
	a->plan_dirty = false;
	if (!a->watch_count)
		return;
	for (size_t i = 0; i < source_count; i++) {
		const struct source_ops *ops = source_table[i];
		const struct source_state *s = health_source(a, (int)i);
		if (!source_is_on(a, (int)i) || (s && s->needs_token) || token_is_bad(a, (int)i))
			continue;
		for (const struct source_call *call = ops->calls; call->name; call++)
			plan_call(a, (int)i, call, now);
	}
}

/* ---- what answers ask ---- */

static uint32_t chain_of(const struct job *by)
{
	return by->asked_by ? by->asked_by : by->id;
}

/* Drop what the chain asked in other rounds than this. Returns how many it asked in this one. */
static size_t keep_round(struct app *a, const struct job *by, bool drop)
{
	size_t i = 0, count = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		if (j->asked_by != chain_of(by))
			continue;
		if (j->tag == by->tag) {
			count++;
		} else if (drop) {
			if (!j->active)
				i--;
			schedule_drop(a->schedule, j);
		}
	}
	return count;
}

void app_ask(struct app *a, const struct job *by, const char *name, const char *subject, struct now now)
{
	const struct source_call *call = source_table[by->source]->calls;
	while (call->name && strcmp(call->name, name))
		call++;
	if (!call->name || call->scope != SCOPE_CALL_ASKED || keep_round(a, by, false) >= ASKED_MAX)
		return;
	struct job *j = want_job(a, by->source, call, subject, now);
	j->asked_by = chain_of(by);
	j->tag = by->tag;
	if (!call->period_s)
		schedule_want(a->schedule, j, now, false);
}

void app_ask_end(struct app *a, const struct job *by)
{
	keep_round(a, by, true);
}

/* ---- snapshots ---- */

static const struct source_call *snapshot_call(const struct app *a, int *source)
{
	for (size_t i = 0; i < source_count; i++)
		for (const struct source_call *c = source_table[i]->calls; c->name; c++)
			if (c->scope == SCOPE_CALL_NET && source_is_on(a, (int)i)) {
				*source = (int)i;
				return c;
			}
	return NULL;
}

void app_want_snapshot(struct app *a, const struct prefix *p, struct now now, bool force)
{
	int source;
	const struct source_call *call = snapshot_call(a, &source);
	char subject[PREFIX_TEXT_MAX];
	if (!call)
		return;
	struct job *j = schedule_job(a->schedule, source, call, prefix_format(subject, p), now);
	schedule_want(a->schedule, j, now, force);
}

static struct job *snapshot_job(struct app *a, const struct prefix *p)
{
	int source;
	const struct source_call *call = snapshot_call(a, &source);
	char subject[PREFIX_TEXT_MAX];
	return call ? schedule_find(a->schedule, source, call, prefix_format(subject, p)) : NULL;
}

static void want_control(struct app *a, struct now now)
{
	for (size_t i = 0; i < ARRAY_LEN(a->controls); i++)
		app_want_snapshot(a, &a->controls[i].prefix, now, false);
}

/* Small territories: every network has its own look, again after a gap, again against drift. */
static void plan_small(struct app *a, struct watch *w, struct now now)
{
	struct rib *rib = judge_rib(a->judge);
	for (size_t i = 0; i < w->net_count; i++) {
		struct net_view v;
		judge_net(a->judge, w->nets[i].net, &v);
		struct job *j = snapshot_job(a, &v.prefix);
		if (rib_needs_snapshot(rib, w->nets[i].net)) {
			if (!j || !j->active)
				app_want_snapshot(a, &v.prefix, now, false);
		} else if (j && !j->active && j->due.ms == MONO_NEVER.ms && wall_is_set(j->last_success)) {
			bool first = wall_is_set(a->streams_changed) && j->last_success.ms < a->streams_changed.ms + SNAPSHOT_AGAIN_S * 1000;
			schedule_want_later(j, now, first ? SNAPSHOT_AGAIN_S : SNAPSHOT_DRIFT_S);
		}
	}
}

/* Large ones: after a gap what was up is presumed up again, and one network of each operator is looked at; whatever turns
 * suspect is looked at by itself. */
static void plan_large(struct app *a, struct watch *w, struct now now)
{
	struct rib *rib = judge_rib(a->judge);
	unsigned looks = 0;
	for (size_t i = 0; i < w->net_count; i++) {
		struct net_view v;
		if (!rib_needs_snapshot(rib, w->nets[i].net))
			continue;
		judge_net(a->judge, w->nets[i].net, &v);
		bool was_up = v.t50.ms == WALL_NONE.ms || !v.event_id;
		bool first_of_operator = i == 0 || w->nets[i - 1].origin != w->nets[i].origin;
		if (was_up)
			rib_presume(rib, w->nets[i].net, now.wall);
		if ((!was_up || first_of_operator) && looks++ < SAMPLE_MAX)
			app_want_snapshot(a, &v.prefix, now, false);
	}
}

/* Looks that are running or waiting: a mass outage must not become a request for each network. */
static unsigned looks_outstanding(struct app *a, struct now now)
{
	unsigned n = 0;
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		n += j->call->scope == SCOPE_CALL_NET && (j->active || j->due.ms <= now.mono.ms);
	return n;
}

static bool may_look(struct app *a, unsigned outstanding, struct now now)
{
	if (now.wall.ms - a->looks_since.ms >= 86400000LL) {
		a->looks_since = now.wall;
		a->looks = 0;
	}
	return outstanding < LOOKS_AT_ONCE && a->looks < LOOKS_A_DAY;
}

static void look_at_suspects(struct app *a, struct watch *w, struct now now)
{
	unsigned outstanding = looks_outstanding(a, now);
	for (size_t i = 0; i < w->net_count; i++) {
		struct net_view v;
		judge_net(a->judge, w->nets[i].net, &v);
		if (!v.phase || strcmp(v.phase, "suspect"))
			continue;
		if (!may_look(a, outstanding, now))
			return;
		struct job *j = snapshot_job(a, &v.prefix);
		if (j && (j->active || (wall_is_set(j->last_try) && now.wall.ms - j->last_try.ms <= SUSPECT_LOOK_MS)))
			continue;
		app_want_snapshot(a, &v.prefix, now, false);
		a->looks++;
		outstanding++;
	}
}

/* Who the peers are and what they carry makes snapshots worth more: worth a few seconds' wait, not more. */
static bool peers_are_coming(struct app *a)
{
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		if (j->call->scope == SCOPE_CALL_GLOBAL && !j->call->optional && !j->once_ok && !j->failures)
			return true;
	return false;
}

void app_plan_snapshots(struct app *a, struct now now)
{
	if (a->feed != FEED_OK)
		return; /* a snapshot before the stream is open would have to be taken again */
	if (peers_are_coming(a) && now.wall.ms - a->started.ms < PEERS_WAIT_MS)
		return;
	bool any = false;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		for (size_t k = 0; k < w->net_count && !any; k++)
			any = rib_needs_snapshot(judge_rib(a->judge), w->nets[k].net);
	}
	for (size_t i = 0; i < ARRAY_LEN(a->controls) && any; i++)
		if (!wall_is_set(a->controls[i].snapshot) || now.wall.ms - a->controls[i].snapshot.ms > 10 * 60000)
			want_control(a, now);
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		if (w->net_count <= SNAPSHOT_ALL_MAX)
			plan_small(a, w, now);
		else
			plan_large(a, w, now);
		look_at_suspects(a, w, now);
	}
	if (!any)
		control_plan(a, now);
}

/* ---- streams ---- */

static struct prefix *all_ranges(const struct app *a, size_t *count)
{
	size_t total = 0;
	for (size_t i = 0; i < a->watch_count; i++)
		total += a->watches[i].range_count;
	struct prefix *list = xcalloc(total + CONTROL_RANGES, sizeof(*list));
	*count = control_ranges(a, list);
	for (size_t i = 0; i < a->watch_count; i++)
		for (size_t k = 0; k < a->watches[i].range_count; k++)
			list[(*count)++] = a->watches[i].ranges[k];
	*count = prefix_aggregate(list, *count);
	return list;
}

/* Worth subscribing: as soon as all are known, and after a few seconds for those that are. The others follow when they come. */
static bool ranges_are_known(const struct app *a, struct now now)
{
	size_t known = 0;
	for (size_t i = 0; i < a->watch_count; i++)
		known += a->watches[i].range_count > 0;
	return known && (known == a->watch_count || now.wall.ms - a->started.ms > PEERS_WAIT_MS);
}

/* Subscribe to what is watched. When that changes, the new streams are opened beside the old ones, which are closed once all
 * new ones are open: no gap. */
void app_plan_streams(struct app *a, struct now now)
{
	if (!a->streams_dirty || !ranges_are_known(a, now))
		return;
	a->streams_dirty = false;
	size_t count;
	struct prefix *ranges = all_ranges(a, &count);
	a->stream_generation++;
	for (size_t i = 0; i < source_count; i++) {
		const struct source_ops *ops = source_table[i];
		const struct source_call *call = NULL;
		for (const struct source_call *c = ops->calls; c->name && !call; c++)
			if (c->scope == SCOPE_CALL_STREAM)
				call = c;
		if (!call || !ops->subscribe || !source_is_on(a, (int)i))
			continue;
		char (*texts)[8192] = xcalloc(STREAMS_MAX / 2, sizeof(*texts));
		size_t n = ops->subscribe(ranges, count, texts, STREAMS_MAX / 2);
		for (size_t k = 0; k < n; k++) {
			struct job *j = schedule_job(a->schedule, (int)i, call, texts[k], now);
			j->tag = a->stream_generation;
		}
		free(texts);
	}
	free(ranges);
}
