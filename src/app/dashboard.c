/* The dashboard: engine, ui and screen in one loop.
 *
 *     turn -> keys -> draw if something can be seen to have changed -> one write -> sleep until something is due
 *
 * Nothing ticks: a quiet screen sleeps until the clock's next minute and sends what that changes. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "dashboard.h"
#include "engine.h"
#include "oneshot.h"
#include "themes.h"

#include "base/mem.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/screen.h"
#include "io/signals.h"
#include "ui/ui.h"

#define FRAME_MS 100           /* at most ten frames a second while data floods in */

struct dashboard {
	struct engine engine;
	struct ui *ui;
	struct canvas canvas;
	struct screen_info info;
	struct mono drawn;
	uint64_t seen_version;
	bool dirty, quit, gone;
	int sig;
};

static void apply_theme(struct dashboard *d, const struct model *m, const char *name)
{
	static struct theme theme;
	struct err e = {0};
	if (themes_load(name, &theme, &e) < 0) {
		ui_message(d->ui, m, e.msg);
		return;
	}
	screen_set_theme(&theme);
}

static void watch(struct dashboard *d, const char *code, struct now now)
{
	struct territory_spec spec;
	struct err e = {0};
	if (territory_parse(code, &spec, &e) < 0 || engine_watch(&d->engine, &spec, now, &e) < 0) {
		ui_message(d->ui, app_model(d->engine.app), e.msg);
		return;
	}
	engine_settle(&d->engine, now);
	ui_open_territory(d->ui, app_model(d->engine.app), spec.code);
}

/* What is exported: an event as JSON and words, or everything on screen as status JSON. */
static void export_something(struct dashboard *d, uint64_t seq, struct now now)
{
	struct model *m = app_model(d->engine.app);
	struct strbuf out;
	struct err e = {0};
	char path[128], words[200];
	struct event *ev = seq ? event_by_seq(&m->book, seq) : NULL;
	strbuf_init(&out, 1 << 22);
	if (ev) {
		event_json(ev, now.wall, &out);
		strbuf_addc(&out, '\n');
		snprintf(path, sizeof(path), "landline-event-%llu.json", (unsigned long long)seq);
	} else {
		status_json(m, &out);
		strbuf_addc(&out, '\n');
		snprintf(path, sizeof(path), "landline-%lld.json", (long long)wall_to_s(now.wall));
	}
	if (files_write(path, out.text, out.len, &e) < 0)
		snprintf(words, sizeof(words), "%.190s", e.msg);
	else
		snprintf(words, sizeof(words), "written to %s", path);
	ui_message(d->ui, m, words);
	strbuf_release(&out);
}

static void do_effects(struct dashboard *d, unsigned fx, struct now now)
{
	struct model *m = app_model(d->engine.app);
	if (fx & FX_QUIT)
		d->quit = true;
	if (fx & FX_RELOAD) {
		engine_reload(&d->engine, now);
		ui_message(d->ui, m, "asking again");
	}
	if (fx & FX_THEME)
		apply_theme(d, m, ui_request_text(d->ui));
	if (fx & FX_WATCH)
		watch(d, ui_request_text(d->ui), now);
	if (fx & FX_EXPORT)
		export_something(d, ui_request_seq(d->ui), now);
	if (fx & FX_COPY)
		screen_copy(ui_request_text(d->ui));
	if (fx & FX_REPAINT)
		screen_repaint();
	if (fx & FX_SUSPEND)
		screen_suspend();
	if (fx)
		d->dirty = true;
}

static void take_keys(struct dashboard *d, struct now now)
{
	for (;;) {
		struct key k = screen_key(ui_wants_text(d->ui), &d->gone);
		if (d->gone || k.code == KEYC_NONE)
			return;
		do_effects(d, ui_key(d->ui, app_model(d->engine.app), k), now);
		d->drawn = (struct mono){INT64_MIN / 2}; /* an answer to a key does not wait for the frame time */
	}
}

static void take_signals(struct dashboard *d)
{
	for (int sig; (sig = signals_next());)
		switch (sig) {
		case SIGINT:
		case SIGTERM:
		case SIGHUP:
		case SIGQUIT:
			d->sig = sig;
			break;
		case SIGTSTP:
			screen_suspend();
			d->dirty = true;
			break;
		case SIGCONT:
			screen_repaint();
			d->dirty = true;
			break;
		default:
			break;
		}
	if (screen_resized()) {
		int rows, cols;
		screen_size(&rows, &cols);
		canvas_resize(&d->canvas, rows, cols);
		d->drawn = (struct mono){INT64_MIN / 2};
		d->dirty = true;
	}
}

static void draw(struct dashboard *d, struct now now)
{
	struct model *m = app_model(d->engine.app);
	canvas_clear(&d->canvas);
	ui_draw(d->ui, m, &d->canvas);
	enum present p = screen_present(&d->canvas);
	screen_set_title(ui_title(d->ui, m));
	d->gone |= p == PRESENT_GONE;
	d->dirty = p == PRESENT_LATER;
	d->drawn = now.mono;
}

static void note_changes(struct dashboard *d, struct now now)
{
	struct model *m = app_model(d->engine.app);
	m->now = now.wall;
	if (m->version != d->seen_version) {
		d->seen_version = m->version;
		if (ui_model_changed(d->ui, m) & FX_REDRAW)
			d->dirty = true;
	}
	struct wall due = ui_due(d->ui, m);
	if (wall_is_set(due) && due.ms <= now.wall.ms)
		d->dirty = true;
}

static bool may_draw(const struct dashboard *d, struct now now)
{
	return d->dirty && now.mono.ms - d->drawn.ms >= FRAME_MS;
}

static void loop(struct dashboard *d)
{
	struct now now = clock_now();
	draw(d, now); /* at once, with what the store knows */
	while (!d->quit && !d->gone && !d->sig) {
		struct pollfd fds[3];
		engine_turn(&d->engine, now);
		note_changes(d, now);
		if (may_draw(d, now))
			draw(d, now);
		unsigned n = screen_pollfds(fds);
		fds[n++] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
		struct wall until = ui_due(d->ui, app_model(d->engine.app));
		if (d->dirty) {
			struct wall frame = {now.wall.ms + FRAME_MS};
			if (!wall_is_set(until) || frame.ms < until.ms)
				until = frame;
		}
		engine_wait(&d->engine, fds, n, until, now);
		now = clock_now();
		take_signals(d);
		take_keys(d, now);
	}
}

static bool settled(struct engine *g, struct now now, void *arg)
{
	(void)now;
	(void)arg;
	return app_settled(g->app);
}

static void print_canvas(const struct canvas *c)
{
	struct strbuf out;
	strbuf_init(&out, 1 << 22);
	for (int y = 0; y < c->rows; y++) {
		size_t keep = out.len;
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = &c->cells[y * c->cols + x];
			char utf8[4];
			if (cell->flags & CELL_TAIL)
				continue;
			strbuf_add(&out, utf8, text_put(utf8, cell->ch ? cell->ch : ' '));
			if (cell->mark)
				strbuf_add(&out, utf8, text_put(utf8, cell->mark));
			if (cell->ch != ' ' && cell->ch)
				keep = out.len;
		}
		out.len = keep;
		out.text[keep] = '\0';
		strbuf_addc(&out, '\n');
	}
	cli_print(&out);
	strbuf_release(&out);
}

static struct ui *make_ui(const struct cli *c, enum charset charset)
{
	struct ui_options o = {
		.charset = charset, .history_h = c->config.history_h, .themes = themes_names(), .theme = c->config.theme,
		.version = LANDLINE_VERSION, .picker = c->spec_count == 0,
	};
	return ui_new(&o);
}

/* --once: one screen as text, at 80x24 or $COLUMNS x $LINES. */
static int run_once(const struct cli *c)
{
	static struct engine g;
	struct canvas canvas;
	int code = oneshot_open(&g, c, ENGINE_READS, false);
	if (code >= 0)
		return code;
	int sig = c->spec_count ? oneshot_run(&g, 15000, settled, NULL) : 0;
	const char *rows = getenv("LINES"), *cols = getenv("COLUMNS");
	long r = rows ? strtol(rows, NULL, 10) : 24, k = cols ? strtol(cols, NULL, 10) : 80;
	canvas_init(&canvas, r >= 1 && r <= 1000 ? (int)r : 24, k >= 1 && k <= 1000 ? (int)k : 80);
	struct ui *ui = make_ui(c, c->config.charset_auto ? CHARSET_BLOCK : c->config.charset);
	if (c->spec_count)
		ui_open_territory(ui, app_model(g.app), c->specs[0].code);
	ui_draw(ui, app_model(g.app), &canvas);
	print_canvas(&canvas);
	ui_free(ui);
	canvas_release(&canvas);
	themes_release();
	engine_close(&g, clock_now());
	if (sig)
		signals_die(sig);
	return EXIT_DONE;
}

static int open_screen(struct dashboard *d, const struct cli *c, struct err *e)
{
	const struct config *k = &c->config;
	struct screen_options o = {
		.color_auto = k->color_auto, .color = k->color, .charset_auto = k->charset_auto, .charset = k->charset,
		.mouse = k->mouse, .title = k->title, .sync_output = k->sync_output,
	};
	if (screen_open(&o, &d->info, e) < 0)
		return e->code;
	mem_on_fatal(screen_close);
	signals_on_crash(screen_restore_in_crash);
	return 0;
}

static void start_ui(struct dashboard *d, const struct cli *c)
{
	int rows, cols;
	struct model *m = app_model(d->engine.app);
	d->ui = make_ui(c, d->info.charset);
	apply_theme(d, m, c->config.theme);
	screen_size(&rows, &cols);
	canvas_init(&d->canvas, rows, cols);
	if (c->spec_count)
		ui_open_territory(d->ui, m, c->specs[0].code);
	if (d->info.note[0])
		ui_message(d->ui, m, d->info.note);
}

int run_dashboard(const struct cli *c)
{
	static struct dashboard d;
	static struct theme probe;
	struct err e = {0};
	if (c->once)
		return run_once(c);
	if (c->linear)
		return run_linear(c, true);
	if (themes_load(c->config.theme, &probe, &e) < 0)
		return cli_fail(EXIT_USED_WRONGLY, &e);
	if (!isatty(STDOUT_FILENO)) {
		err_set(&e, ERR_USAGE, "stdout is not a terminal: use `landline status`, `landline --once` or `landline --linear`");
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	if (signals_open(&e) < 0 ||
	    engine_open_recording(&d.engine, &c->config, c->specs, c->spec_count, ENGINE_KEEPS, c->record, clock_now(), &e) < 0)
		return cli_fail(e.code == ERR_USAGE || e.code == ERR_NOT_FOUND ? EXIT_USED_WRONGLY : EXIT_FAILED, &e);
	if (open_screen(&d, c, &e) < 0) {
		fprintf(stderr, "landline: %s; going on line by line (--linear)\n", e.msg);
		engine_close(&d.engine, clock_now());
		return run_linear(c, true);
	}
	start_ui(&d, c);
	loop(&d);
	screen_close();
	mem_on_fatal(NULL);
	engine_close(&d.engine, clock_now());
	ui_free(d.ui);
	canvas_release(&d.canvas);
	themes_release();
	if (d.sig || d.gone)
		signals_die(d.sig ? d.sig : SIGHUP);
	return EXIT_DONE;
}

int run_replay_screen(const struct cli *c, struct replay *r)
{
	struct err e = {0};
	(void)c;
	replay_free(r);
	err_set(&e, ERR_USAGE, "the screen of a replay is not in this build; --headless is");
	return cli_fail(EXIT_FAILED, &e);
}
