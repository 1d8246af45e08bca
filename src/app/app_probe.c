/* Own checks: named sites of a territory, and the canaries that tell our own line from theirs.
 *
 * The source says what a result means (source/probe.h); here it becomes the state of a site. A site is called unreachable after
 * two failures running: single tries fail often from afar (sources/others.md). */
#include "app_signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/probe.h"

#define SITE_STEP_MS 60000LL
#define SITE_BUCKETS 1440
#define FAILURES_FOR_DOWN 2

static void init_site(struct site *s, const char *url, bool canary)
{
	struct probe_target target;
	*s = (struct site){.canary = canary, .ms = NAN, .checked = WALL_NONE, .since = WALL_NONE};
	snprintf(s->url, sizeof(s->url), "%.127s", url);
	if (probe_target_parse(url, &target, NULL) == 0) {
		snprintf(s->host, sizeof(s->host), "%.79s", target.host);
		s->addr = target.addr;
	} else {
		snprintf(s->words, sizeof(s->words), "not a target");
	}
	series_init(&s->series, SITE_STEP_MS, SITE_BUCKETS);
}

void probe_sync_sites(struct app *a)
{
	const struct config *c = a->config;
	struct model *m = &a->model;
	for (size_t i = m->canary_count; i < c->canary_count && i < ARRAY_LEN(m->canaries); i++)
		init_site(&m->canaries[m->canary_count++], c->canaries[i].url, true);
	for (size_t i = 0; i < a->watch_count; i++) {
		struct territory *t = a->watches[i].t;
		if (t->site_count)
			continue;
		for (size_t k = 0; k < c->site_count && t->site_count < SITES_MAX; k++)
			if (!strcmp(c->sites[k].territory, t->spec.code))
				init_site(&t->sites[t->site_count++], c->sites[k].url, false);
	}
}

/* The id of the query that the transfer is handed; it sends each try with a random one of its own. By the target alone, so that an
 * answer of a recording or of a case is an answer here. */
static uint16_t query_id(const struct job *j)
{
	uint32_t h = 2166136261u;
	for (const char *p = j->subject; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return (uint16_t)(h ^ h >> 16);
}

bool probe_prepare(struct app *a, const struct job *j, struct now now, struct fetch_job *out)
{
	static const enum fetch_kind kinds[] = {
		[PROBE_HTTP] = FETCH_CHECK_HTTP, [PROBE_TCP] = FETCH_CHECK_TCP, [PROBE_DNS] = FETCH_CHECK_DNS,
	};
	struct probe_target target;
	(void)now;
	if (probe_target_parse(j->subject, &target, NULL) < 0)
		return false;
	out->kind = kinds[target.kind];
	out->url = j->subject;
	if (target.kind == PROBE_DNS) {
		out->packet_len = probe_dns_query(&target, query_id(j), a->packet);
		out->packet = a->packet;
	}
	return true;
}

/* The source's own state is that of its canaries (detection.md 8): one down is late, two are down. */
static void note_result(struct app *a, struct site *s, const struct fact *f, struct now now)
{
	bool before = s->reachable, known = s->measured;
	s->tries++;
	s->good += f->flag;
	s->checked = now.wall;
	s->ms = f->value;
	s->status = f->count;
	if (f->addr.family)
		s->addr = f->addr;
	snprintf(s->words, sizeof(s->words), "%.79s", f->text ? f->text : "");
	if (f->flag) {
		s->failures = 0;
		s->reachable = true;
	} else if (++s->failures >= FAILURES_FOR_DOWN || !known) {
		s->reachable = false;
	}
	s->measured = true;
	if (!known || before != s->reachable)
		s->since = now.wall;
	series_put(&s->series, now.wall, f->flag ? 1.0 : 0.0);
	a->model.version++;
}

/* A canary must answer as itself: a name server that a captive portal or a broken resolver answers for does not count. */
static struct fact as_canary(const char *url, const struct fact *f)
{
	struct fact c = *f;
	if (f->flag && !strncmp(url, "dns:", 4) && c.count != 0) {
		c.flag = false;
		c.text = "answered, but not as itself";
	}
	return c;
}

static void apply_to(struct app *a, const char *url, const struct fact *f, struct now now)
{
	struct fact canary = as_canary(url, f);
	for (size_t i = 0; i < a->model.canary_count; i++)
		if (!strcmp(a->model.canaries[i].url, url))
			note_result(a, &a->model.canaries[i], &canary, now);
	for (size_t i = 0; i < a->watch_count; i++) {
		struct territory *t = a->watches[i].t;
		for (size_t k = 0; k < t->site_count; k++) {
			if (strcmp(t->sites[k].url, url))
				continue;
			struct addr before = t->sites[k].addr;
			note_result(a, &t->sites[k], f, now);
			checks_result(a, &a->watches[i], k, f->flag, now);
			if (!addr_equal(&before, &t->sites[k].addr) || !t->sites[k].prefix.family)
				a->plan_dirty = true; /* where is it hosted? */
		}
	}
}

void probe_result(struct app *a, const struct job *j, const struct input *in, struct now now)
{
	struct err e = {0};
	batch_clear(&a->batch);
	if (probe_check(j->subject, in, query_id(j), j->call->timeout_s, &a->batch, &e) < 0)
		return;
	for (size_t i = 0; i < a->batch.count; i++)
		if (a->batch.facts[i].kind == FACT_CHECK)
			apply_to(a, j->subject, &a->batch.facts[i], now);
}

/* Where a site is hosted. Hosted outside the territory it never votes. */
void probe_hosted(struct app *a, const struct job *j, const struct fact *f)
{
	char text[PREFIX_TEXT_MAX];
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		for (size_t k = 0; k < w->t->site_count; k++) {
			struct site *s = &w->t->sites[k];
			if (!s->addr.family || strcmp(addr_format(text, &s->addr), j->subject))
				continue;
			if (f->prefix.family)
				s->prefix = f->prefix;
			if (f->asn)
				s->asn = f->asn;
			if (f->text && *f->text)
				snprintf(s->country, sizeof(s->country), "%.3s", f->text);
			const char *name = app_name_of(a, s->asn);
			snprintf(s->asn_name, sizeof(s->asn_name), "%s", name);
			checks_place(w, s);
			w->voices_dirty = true;
			a->model.version++;
		}
	}
}

void probe_recheck(struct app *a, struct now now)
{
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));) {
		if (j->call->scope != SCOPE_CALL_TARGET || j->active)
			continue;
		for (size_t k = 0; k < a->model.canary_count; k++)
			if (!strcmp(a->model.canaries[k].url, j->subject) &&
			    (!wall_is_set(j->last_try) || now.wall.ms - j->last_try.ms > 5000))
				schedule_want(a->schedule, j, now, true);
	}
}
