/* The engine's hooks for recording: what it takes in, what it was told by the store, and when its turns were. See io/record.h for
 * the file and core/frame.h for the frames. Nothing here changes what the engine does. */
#include "engine_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blackbox.h"

#include "base/mem.h"
#include "base/text.h"
#include "core/memory.h"
#include "source/source.h"

#define MEMORY_TEXT_MAX (1u << 20)

/* ---- the session ---- */

static void add_targets(struct strbuf *out, const char *key, const struct config_target *list, size_t count)
{
	char url[256];
	strbuf_addf(out, "%s =", key);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, " %s", frame_clean_url(url, sizeof(url), list[i].url));
	strbuf_addc(out, '\n');
}

/* What of the configuration decides what is asked and judged. */
static void write_config(const struct config *c, struct strbuf *out)
{
	char url[256];
	for (size_t i = 0; i < c->source_count; i++) {
		const struct config_source *s = &c->sources[i];
		strbuf_addf(out, "[source.%s]\nenabled = %s\n", s->name, s->enabled ? "yes" : "no");
		if (s->url[0] && s->enabled) /* what is off asks nobody, and may have addresses of another kind */
			strbuf_addf(out, "url = %s\n", frame_clean_url(url, sizeof(url), s->url));
		if (s->period_s)
			strbuf_addf(out, "period = %us\n", s->period_s);
	}
	strbuf_adds(out, "[canaries]\n");
	add_targets(out, "urls", c->canaries, c->canary_count);
	strbuf_adds(out, "[sites]\n");
	for (size_t i = 0, n; i < c->site_count; i += n) {
		for (n = 1; i + n < c->site_count && !strcmp(c->sites[i].territory, c->sites[i + n].territory); n++)
			;
		add_targets(out, c->sites[i].territory, &c->sites[i], n);
	}
}

void engine_record_box(struct engine *g, const struct territory_spec *specs, size_t count, struct now now)
{
	char folder[700];
	struct err none = {0};
	if (!g->keeps || !g->config.keep_inputs || blackbox_prepare(folder, &none) < 0 ||
	    engine_record_open(g, folder, specs, count, now, &none) < 0)
		return;
	g->boxed = true;
	app_model(g->app)->recording[0] = '\0'; /* that is for recordings that somebody asked for */
}

int engine_record_open(struct engine *g, const char *path, const struct territory_spec *specs, size_t count, struct now now, struct err *e)
{
	struct session *s = xcalloc(1, sizeof(*s));
	struct strbuf config;
	s->format = SESSION_FORMAT;
	snprintf(s->program, sizeof(s->program), "%s", LANDLINE_VERSION);
	for (size_t i = 0; i < count && i < SESSION_TERRITORIES_MAX; i++)
		s->territories[s->territory_count++] = specs[i];
	s->numbers = g->keeps && g->store;
	s->turns = s->exact = true;
	strbuf_init(&config, sizeof(s->config) - 1);
	write_config(&g->config, &config);
	memcpy(s->config, config.text, config.len + 1);
	strbuf_release(&config);
	int rc = record_open(&g->record, path, s, now, e);
	free(s);
	if (rc == 0)
		snprintf(app_model(g->app)->recording, sizeof(app_model(g->app)->recording), "%.95s", record_path(g->record));
	return rc;
}

/* ---- frames ---- */

static void keep(struct engine *g, enum frame_kind kind, const char *call, const char *subject, const char *body, size_t len, struct now now)
{
	struct frame f = {.kind = kind, .now = now, .source = "", .call = call, .subject = subject, .url = "",
			  .in = {.body = body, .len = len}};
	record_frame(g->record, &f);
}

static void keep_text(struct engine *g, const char *call, struct strbuf *text, struct now now)
{
	keep(g, FRAME_MEMORY, call, "", text->text, text->len, now);
	strbuf_clear(text);
}

void engine_record_watch(struct engine *g, const struct territory_spec *spec, const struct territory_spec *members, size_t count,
			 struct now now)
{
	struct strbuf text;
	if (!g->record)
		return;
	strbuf_init(&text, MEMORY_TEXT_MAX);
	for (size_t i = 0; i < count; i++)
		strbuf_addf(&text, "%s\n", members[i].code);
	keep(g, FRAME_WATCH, "", spec->code, text.text, text.len, now);
	strbuf_release(&text);
}

void engine_record_net(struct engine *g, const char *territory, const struct net_memory *m, uint32_t origin, struct now now)
{
	struct strbuf text;
	if (!g->record)
		return;
	strbuf_init(&text, 400);
	memory_put_net(&text, territory, m, origin);
	keep_text(g, "net", &text, now);
	strbuf_release(&text);
}

void engine_record_name(struct engine *g, uint32_t asn, const char *name, struct now now)
{
	char text[80];
	if (!g->record)
		return;
	int n = snprintf(text, sizeof(text), "%u %.60s", asn, name);
	keep(g, FRAME_MEMORY, "name", "", text, (size_t)n, now);
}

void engine_record_tokens(struct engine *g, struct now now)
{
	const struct model *m = app_model(g->app);
	char text[40];
	for (size_t i = 0; g->record && i < source_count && i < m->source_count; i++) {
		if (!source_table[i]->needs_token)
			continue;
		int n = snprintf(text, sizeof(text), "%.20s %s", source_table[i]->name, m->sources[i].needs_token ? "no" : "yes");
		keep(g, FRAME_MEMORY, "token", "", text, (size_t)n, now);
	}
}

void engine_record_sources(struct engine *g, struct now now)
{
	const struct model *m = app_model(g->app);
	struct strbuf text;
	if (!g->record)
		return;
	strbuf_init(&text, 400);
	for (size_t i = 0; i < m->source_count; i++)
		if (wall_is_set(m->sources[i].last_try) || wall_is_set(m->sources[i].last_success)) {
			memory_put_source(&text, &m->sources[i]);
			keep_text(g, "source", &text, now);
		}
	strbuf_release(&text);
}

void engine_record_series(struct engine *g, const char *what, const struct territory *t, const struct signal *s,
			  const struct series *series, struct now now)
{
	struct series_name n;
	struct strbuf text;
	if (!g->record)
		return;
	snprintf(n.territory, sizeof(n.territory), "%s", t->spec.code);
	snprintf(n.source, sizeof(n.source), "%s", s->source);
	snprintf(n.name, sizeof(n.name), "%s", s->name);
	strbuf_init(&text, MEMORY_TEXT_MAX);
	memory_put_series(&text, &n, series);
	keep_text(g, what, &text, now);
	strbuf_release(&text);
}

void engine_record_past(struct engine *g, const char *territory, struct now now)
{
	struct model *m = app_model(g->app);
	const struct territory *t = model_territory(m, territory);
	struct strbuf text;
	if (!g->record)
		return;
	strbuf_init(&text, MEMORY_TEXT_MAX);
	for (size_t i = 0; i < m->book.count; i++)
		if (!strcmp(m->book.events[i]->territory, territory)) {
			memory_put_event(&text, m->book.events[i]);
			keep_text(g, "event", &text, now);
		}
	for (size_t i = 0; t && i < t->signal_count; i++)
		if (t->signals[i].series.count)
			engine_record_series(g, "series", t, &t->signals[i], &t->signals[i].series, now);
	strbuf_release(&text);
}

/* A job's subject: an own check's is its URL, which may hold a password. */
static const char *clean_subject(char *dst, size_t cap, const char *subject)
{
	return strstr(subject, "://") ? frame_clean_url(dst, cap, subject) : subject;
}

void engine_record_job(struct engine *g, const struct fetch_job *job, struct now now)
{
	static char url[8500], subject[8500];
	struct job_name name;
	if (!g->record || !app_job_name(g->app, job->id, &name))
		return;
	record_secret(g->record, job->token);
	struct frame f = {.kind = FRAME_JOB, .now = now, .source = name.source, .call = name.call,
			  .subject = clean_subject(subject, sizeof(subject), name.subject),
			  .url = frame_clean_url(url, sizeof(url), job->url ? job->url : ""), .in = {.job = job->id, .retry_after_s = -1}};
	record_frame(g->record, &f);
}

void engine_record_input(struct engine *g, const struct input *in, struct now now)
{
	struct job_name name;
	if (!g->record || !app_job_name(g->app, in->job, &name))
		return;
	struct frame f = {.kind = FRAME_INPUT, .now = now, .source = "", .call = "", .subject = "", .url = "", .in = *in};
	record_frame(g->record, &f);
}

void engine_record_turn(struct engine *g, const char *what, struct now now)
{
	if (g->record)
		keep(g, FRAME_TURN, what, "", "", 0, now);
}

void engine_record_reload(struct engine *g, struct now now)
{
	if (g->record)
		keep(g, FRAME_RELOAD, "", "", "", 0, now);
}

void engine_record_numbers(struct engine *g, struct now now)
{
	const struct event_book *b = &app_model(g->app)->book;
	for (size_t i = 0; g->record && i < b->count; i++) {
		const struct event *ev = b->events[i];
		if (ev->id <= g->numbered || !ev->seq)
			continue;
		g->numbered = ev->id;
		struct frame f = {.kind = FRAME_NUMBER, .now = now, .source = "", .call = "", .subject = "", .url = "", .id = ev->id, .seq = ev->seq};
		record_frame(g->record, &f);
	}
}

void engine_record_flush(struct engine *g, struct now now)
{
	struct model *m = app_model(g->app);
	if (!g->record)
		return;
	if (g->boxed && record_bytes(g->record) >= BLACKBOX_RUN_MAX) { /* what is kept stays whole up to here */
		struct err ignored = {0};
		ignored.code = record_close(g->record, &ignored);
		g->record = NULL;
		return;
	}
	record_turn(g->record, now);
	if (!g->boxed && strcmp(m->record_error, record_error(g->record))) {
		snprintf(m->record_error, sizeof(m->record_error), "%.159s", record_error(g->record));
		m->version++;
	}
}
