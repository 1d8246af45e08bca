/* One turn: transfers -> inputs -> app -> store -> new transfers. Nothing here decides anything. */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "engine_record.h"
#include "tokens.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/files.h"
#include "source/source.h"

#define STORE_RETRY_MS 10000
#define SAMPLES_EVERY_MS 30000
#define MEMORY_EVERY_MS 60000
#define MEMORY_ALWAYS 15
#define PRUNE_EVERY_MS 3600000
#define CLOSED_EVENTS 200        /* loaded per territory at start */
#define INPUTS_PER_TURN 64       /* then the screen has its turn */
#define HISTORY_MS (28 * 86400000LL)
#define SAVES_AT_ONCE 8          /* batches of samples in one turn; weeks of history take a few turns */
#define SAVE_MORE_MS 200

static void store_failed(struct engine *g, const struct err *e, struct now now)
{
	struct model *m = app_model(g->app);
	if (strcmp(m->store_error, e->msg)) {
		snprintf(m->store_error, sizeof(m->store_error), "%.159s", e->msg);
		m->version++;
	}
	g->store_retry = (struct mono){now.mono.ms + STORE_RETRY_MS};
}

static void store_worked(struct engine *g)
{
	struct model *m = app_model(g->app);
	if (m->store_error[0]) {
		m->store_error[0] = '\0';
		m->version++;
	}
}

static void open_store(struct engine *g, struct now now)
{
	struct err e = {0};
	char dir[512], path[600];
	cli_store_path(&g->config, path);
	if (!*path) {
		err_set(&e, ERR_FILE, "no place for the store: HOME is not set");
		store_failed(g, &e, now);
		return;
	}
	if (g->keeps && !g->config.store_url[0] && files_make_dirs(files_dir(dir, PLACE_STATE), &e) < 0) {
		store_failed(g, &e, now);
		return;
	}
	int rc = store_open(&g->store, path, !g->keeps, &e);
	if (rc < 0) {
		g->store = NULL;
		if (g->keeps || rc != ERR_NOT_FOUND)
			store_failed(g, &e, now);
	}
}

struct loading { struct engine *g; struct now now; };

static void load_name(uint32_t asn, const char *name, void *arg)
{
	struct loading *l = arg;
	app_restore_name(l->g->app, asn, name);
	engine_record_name(l->g, asn, name, l->now);
}

static void load_signals(struct engine *g, struct territory *t, struct now now)
{
	struct err e = {0};
	struct wall since = {now.wall.ms - 7 * 86400000LL};
	for (size_t i = 0; i < t->signal_count; i++) {
		struct signal *s = &t->signals[i];
		if (store_load_series(g->store, t->spec.code, s->source, s->name, since, &s->series, &e) < 0)
			store_failed(g, &e, now);
		else if (s->series.count)
			app_expect_history(g->app, t->spec.code, s->source, s->name);
	}
}

/* Four weeks of one signal to its detector: some 10 ms, so one a turn, after the first frame. False: there is no more. */
static bool load_next_history(struct engine *g, struct now now)
{
	struct model *m = app_model(g->app);
	struct err e = {0};
	if (!g->store)
		return false;
	while (g->history_territory < m->territory_count) {
		const struct territory *t = m->territories[g->history_territory];
		if (g->history_signal >= t->signal_count) {
			g->history_territory++;
			g->history_signal = 0;
			continue;
		}
		const struct signal *s = &t->signals[g->history_signal++];
		if (!s->series.count || s->series.step_ms < 1000)
			continue;
		struct series past;
		series_init(&past, s->series.step_ms, (size_t)(HISTORY_MS / s->series.step_ms) + 1);
		if (store_load_series(g->store, t->spec.code, s->source, s->name, (struct wall){now.wall.ms - HISTORY_MS}, &past, &e) < 0)
			store_failed(g, &e, now);
		app_restore_history(g->app, t->spec.code, s->source, s->name, &past);
		engine_record_series(g, "history", t, s, &past, now);
		series_release(&past);
		return true;
	}
	return false;
}

/* Events that come back open were seen until the routing feed was last heard by whoever saved them. */
static void date_restored(struct engine *g, const char *code, struct now now)
{
	struct model *m = app_model(g->app);
	struct wall heard = WALL_NONE;
	for (size_t i = 0; i < m->source_count; i++)
		if (source_table[i]->feed && wall_is_set(m->sources[i].last_success))
			heard = m->sources[i].last_success;
	if (!wall_is_set(heard) || heard.ms > now.wall.ms)
		return;
	for (size_t i = 0; i < m->book.count; i++)
		if (!strcmp(m->book.events[i]->territory, code))
			event_seen_until(&m->book, m->book.events[i], heard);
}

static void load_territory(struct engine *g, const char *code, struct now now)
{
	struct err e = {0};
	struct net_memory *rows = NULL;
	uint32_t *origins = NULL;
	size_t count = 0;
	struct model *m = app_model(g->app);
	if (!g->store)
		return;
	if (store_load_nets(g->store, code, &rows, &origins, &count, &e) < 0)
		store_failed(g, &e, now);
	for (size_t i = 0; i < count; i++)
		app_restore_net(g->app, code, &rows[i], origins[i], now);
	for (size_t i = 0; i < count; i++)
		engine_record_net(g, code, &rows[i], origins[i], now);
	free(rows);
	free(origins);
	if (store_load_events(g->store, &m->book, code, CLOSED_EVENTS, now, &e) < 0)
		store_failed(g, &e, now);
	date_restored(g, code, now);
	struct territory *t = model_territory(m, code);
	if (t)
		load_signals(g, t, now);
	engine_record_past(g, code, now);
}

/* What a file territory lists. members: FILE_MEMBERS_MAX of room. */
static int read_members(const struct territory_spec *spec, struct territory_spec *members, size_t *count, struct err *e)
{
	char dir[512], path[700];
	struct strbuf text;
	strbuf_init(&text, 1 << 20);
	files_dir(dir, PLACE_CONFIG);
	snprintf(path, sizeof(path), "%s/territories/%s", dir, spec->code + 1);
	int rc = files_read(path, &text, e);
	if (rc == ERR_NOT_FOUND) {
		snprintf(path, sizeof(path), "%s/territories/%s", LANDLINE_DATADIR, spec->code + 1);
		rc = files_read(path, &text, e);
	}
	if (rc == 0)
		rc = territory_parse_file(path, text.text, text.len, members, FILE_MEMBERS_MAX, count, e);
	strbuf_release(&text);
	return rc;
}

int engine_watch(struct engine *g, const struct territory_spec *spec, struct now now, struct err *e)
{
	size_t count = 0;
	struct territory_spec *members = NULL;
	int rc = 0;
	if (model_territory(app_model(g->app), spec->code))
		return 0;
	if (spec->kind == TERRITORY_FILE) {
		members = xcalloc(FILE_MEMBERS_MAX, sizeof(*members));
		rc = read_members(spec, members, &count, e);
	}
	if (rc == 0)
		rc = app_watch(g->app, spec, members, count, now, e);
	if (rc == 0)
		engine_record_watch(g, spec, members, count, now);
	free(members);
	if (rc == 0)
		load_territory(g, spec->code, now);
	return rc;
}

int engine_open(struct engine *g, const struct config *config, const struct territory_spec *specs, size_t count,
		enum engine_use use, struct now now, struct err *e)
{
	return engine_open_recording(g, config, specs, count, use, NULL, now, e);
}

int engine_open_recording(struct engine *g, const struct config *config, const struct territory_spec *specs, size_t count,
			  enum engine_use use, const char *path, struct now now, struct err *e)
{
	char cache[512];
	memset(g, 0, sizeof(*g));
	g->keeps = use == ENGINE_KEEPS;
	g->config = *config;
	g->app = app_new(&g->config, now);
	tokens_read(g->app, &g->config);
	struct model *m = app_model(g->app);
	snprintf(m->clock_note, sizeof(m->clock_note), "%s", clock_note());
	files_dir(cache, PLACE_CACHE);
	struct fetch_options o = {
		.user_agent = g->config.user_agent,
		.ca_file = g->config.ca_file[0] ? g->config.ca_file : NULL,
		.cache_dir = cache[0] ? cache : NULL,
	};
	if (fetch_new(&g->fetch, &o, e) < 0)
		return e->code;
	open_store(g, now);
	if (path && engine_record_open(g, path, specs, count, now, e) < 0)
		return e->code;
	if (!path)
		engine_record_box(g, specs, count, now);
	struct err ignored = {0};
	struct loading loading = {g, now};
	if (g->store && store_load_names(g->store, load_name, &loading, &ignored) < 0)
		store_failed(g, &ignored, now);
	if (g->store && store_load_sources(g->store, m->sources, m->source_count, &ignored) < 0)
		store_failed(g, &ignored, now);
	engine_record_tokens(g, now);
	engine_record_sources(g, now);
	for (size_t i = 0; i < count; i++)
		if (engine_watch(g, &specs[i], now, e) < 0)
			return e->code;
	g->prune_due = (struct mono){now.mono.ms + MEMORY_EVERY_MS};
	g->samples_due = g->memory_due = (struct mono){now.mono.ms + SAMPLES_EVERY_MS};
	engine_settle(g, now);
	return 0;
}

/* ---- saving ---- */

static void save_events(struct engine *g, struct now now)
{
	struct model *m = app_model(g->app);
	struct err e = {0};
	if (!g->store || m->book.version == g->saved_version || now.mono.ms < g->store_retry.ms)
		return;
	if (store_save_events(g->store, &m->book, now, &e) < 0) {
		store_failed(g, &e, now);
		return;
	}
	store_worked(g);
	g->saved_version = m->book.version;
	engine_record_numbers(g, now);
}

static void save_samples(struct engine *g, bool always, struct now now)
{
	static struct sample_row rows[2048];
	struct err e = {0};
	size_t n;
	unsigned saves = 0;
	while (g->store && (always || saves++ < SAVES_AT_ONCE) && (n = app_peek_samples(g->app, rows, ARRAY_LEN(rows))) > 0) {
		if (store_save_samples(g->store, rows, n, &e) < 0) {
			store_failed(g, &e, now);
			return;
		}
		app_drop_samples(g->app, n);
		store_worked(g);
	}
}

/* Networks as they are to be remembered, told apart from how they were by one number. The time of saving is left out. */
static uint64_t memory_hash(const struct net_memory *rows, const uint32_t *origins, size_t n)
{
	uint64_t h = 14695981039346656037u;
	for (size_t i = 0; i < n; i++) {
		struct net_memory row;
		memset(&row, 0, sizeof(row));
		row.prefix = rows[i].prefix;
		row.state = rows[i].state;
		row.v0 = rows[i].v0;
		row.since = rows[i].since;
		const unsigned char *bytes = (const unsigned char *)&row;
		for (size_t k = 0; k < sizeof(row); k++)
			h = (h ^ bytes[k]) * 1099511628211u;
		h = (h ^ origins[i]) * 1099511628211u;
	}
	return h;
}

static void save_networks(struct engine *g, size_t index, bool always, struct now now)
{
	const struct territory *t = app_model(g->app)->territories[index];
	struct err e = {0};
	struct net_memory *rows = xcalloc(t->network_count + 1, sizeof(*rows));
	uint32_t *origins = xcalloc(t->network_count + 1, sizeof(*origins));
	size_t n = app_remember(g->app, t, rows, origins, t->network_count);
	uint64_t hash = memory_hash(rows, origins, n);
	if (n && (always || hash != g->memory[index])) {
		if (store_save_nets(g->store, t->spec.code, rows, origins, n, &e) < 0)
			store_failed(g, &e, now);
		else
			g->memory[index] = hash;
	}
	free(rows);
	free(origins);
}

static void save_names(struct engine *g, const struct territory *t, struct now now)
{
	struct err e = {0};
	for (size_t k = 0; k < t->operator_count; k++)
		if (t->operators[k].name[0] && store_save_names(g->store, t->operators[k].asn, t->operators[k].name, &e) < 0)
			store_failed(g, &e, now);
	for (size_t k = 0; k < t->provider_count; k++)
		if (t->providers[k].name[0] && store_save_names(g->store, t->providers[k].asn, t->providers[k].name, &e) < 0)
			store_failed(g, &e, now);
}

/* always: on leaving, and now and then, because the time of saving is remembered too. */
static void save_memory(struct engine *g, bool always, struct now now)
{
	struct model *m = app_model(g->app);
	struct err e = {0};
	if (!g->store)
		return;
	for (size_t i = 0; i < m->territory_count; i++) {
		save_networks(g, i, always, now);
		save_names(g, m->territories[i], now);
	}
	if (store_save_sources(g->store, m->sources, m->source_count, &e) < 0)
		store_failed(g, &e, now);
	else if (m->book.version == g->saved_version)
		store_worked(g);
}

static void prune(struct engine *g, struct now now)
{
	struct err e = {0};
	struct wall before = {now.wall.ms - (int64_t)g->config.keep_days * 86400000};
	if (g->store && g->config.keep_days && store_prune(g->store, before, &e) < 0)
		store_failed(g, &e, now);
}

static void save(struct engine *g, struct now now)
{
	if (!g->keeps)
		return;
	if (!g->store && now.mono.ms >= g->store_retry.ms) {
		open_store(g, now);
		if (g->store)
			store_worked(g);
	}
	save_events(g, now);
	if (now.mono.ms >= g->samples_due.ms) {
		save_samples(g, false, now);
		bool more = g->store && app_peek_samples(g->app, &(struct sample_row){0}, 1);
		g->samples_due.ms = now.mono.ms + (more ? SAVE_MORE_MS : SAMPLES_EVERY_MS);
	}
	if (now.mono.ms >= g->memory_due.ms) {
		save_memory(g, ++g->memory_saves % MEMORY_ALWAYS == 0, now);
		g->memory_due.ms = now.mono.ms + MEMORY_EVERY_MS;
	}
	if (now.mono.ms >= g->prune_due.ms) {
		prune(g, now);
		g->prune_due.ms = now.mono.ms + PRUNE_EVERY_MS;
	}
}

void engine_close(struct engine *g, struct now now)
{
	if (g->app && g->keeps) {
		save_events(g, now);
		save_samples(g, true, now);
		save_memory(g, true, now);
	}
	struct err e = {0};
	if (record_close(g->record, &e) < 0)
		fprintf(stderr, "landline: %s\n", e.msg);
	fetch_free(g->fetch);
	store_close(g->store);
	app_free(g->app);
	memset(g, 0, sizeof(*g));
}

/* ---- turns ---- */

static void start_jobs(struct engine *g, struct now now)
{
	struct fetch_job job;
	uint32_t id;
	while ((id = app_next_cancel(g->app)))
		fetch_cancel(g->fetch, id);
	while (app_next_job(g->app, now, &job)) {
		engine_record_job(g, &job, now);
		fetch_start(g->fetch, &job, now);
	}
}

void engine_settle(struct engine *g, struct now now)
{
	g->due = app_tick(g->app, now);
	engine_record_turn(g, "tick", now);
}

void engine_reload(struct engine *g, struct now now)
{
	tokens_read(g->app, &g->config);
	engine_record_tokens(g, now);
	app_reload(g->app, now);
	engine_record_reload(g, now);
}

/* Nothing happens in the app but inputs and turns, so that a recording of both is a recording of all. */
void engine_turn(struct engine *g, struct now now)
{
	struct input in;
	unsigned taken = 0;
	while (taken < INPUTS_PER_TURN && fetch_take(g->fetch, now, &in)) {
		engine_record_input(g, &in, now);
		app_input(g->app, &in, now);
		taken++;
	}
	bool due = taken || now.wall.ms >= g->due.ms || !wall_is_set(g->due) || app_jobs_due(g->app, now).ms <= now.mono.ms;
	if (due) {
		g->due = app_tick(g->app, now);
		engine_record_turn(g, "", now);
	}
	if (taken == INPUTS_PER_TURN || load_next_history(g, now))
		g->due = now.wall; /* more waits */
	save(g, now);
	if (due)
		start_jobs(g, now);
	engine_record_flush(g, now);
}

static int64_t until_mono(struct mono t, struct now now)
{
	return t.ms == MONO_NEVER.ms ? INT64_MAX : t.ms <= now.mono.ms ? 0 : t.ms - now.mono.ms;
}

static int64_t until_wall(struct wall t, struct now now)
{
	return !wall_is_set(t) ? INT64_MAX : t.ms <= now.wall.ms ? 0 : t.ms - now.wall.ms;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void engine_wait(struct engine *g, struct pollfd *extra, unsigned count, struct wall until, struct now now)
{
	struct pollfd fds[8];
	int64_t ms = least(until_wall(g->due, now), until_wall(until, now));
	ms = least(ms, until_mono(app_jobs_due(g->app, now), now));
	ms = least(ms, until_mono(fetch_due(g->fetch), now));
	if (g->keeps)
		ms = least(ms, g->store ? least(until_mono(g->samples_due, now), until_mono(g->memory_due, now))
					: until_mono(g->store_retry, now));
	if (g->record)
		ms = least(ms, until_mono(record_due(g->record), now));
	unsigned n = 0;
	for (; n < count && n < 6; n++)
		fds[n] = extra[n];
	if (clock_is_driven()) {
		fds[n] = (struct pollfd){.fd = clock_fd(), .events = POLLIN};
		if (ms > 0)
			clock_idle((struct wall){ms > 86400000 ? now.wall.ms + 86400000 : now.wall.ms + ms},
				   fetch_stream_bytes(g->fetch), fetch_active(g->fetch));
		fetch_wait(g->fetch, fds, n + 1, ms > 0 ? -1 : 0);
		if (fds[n].revents)
			clock_read();
	} else {
		fetch_wait(g->fetch, fds, n, ms > 3600000 ? 3600000 : (int)ms);
	}
	for (unsigned i = 0; i < n; i++)
		extra[i].revents = fds[i].revents;
}
