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
#include "io/spawn.h"
#include "ui/action.h"
#include "ui/ui.h"

#define SEEK_STEP_MS 600000
#define FRAME_MS 100           /* at most ten frames a second while data floods in */

#define SLICE_US 10000         /* of playing, between two looks at the keyboard */
#define MESSAGE_MS 8000        /* in a replay, whose own clock says nothing of it */

struct dashboard {
	const struct cli *cli;
	struct engine engine;
	bool live;                 /* the engine runs; behind a replay too, so that nothing is missed meanwhile */
	struct replay *replay;     /* what is shown instead; or NULL */
	struct ui *live_ui;        /* waits while a replay has the screen */
	unsigned generation;       /* of the replay's app */
	const char *replayed;      /* FILE or CASE of the replay; NULL: another kind of tape */
	struct spawned export;     /* of an event, beside us */
	struct mono message_time;  /* of the key, or of the end of what it began */
	struct ui *ui;
	struct canvas canvas;
	struct screen_info info;
	struct mono drawn;
	uint64_t seen_version;
	bool dirty, quit, gone, behind;
	int sig;
};

static struct model *model_of(struct dashboard *d)
{
	return app_model(d->replay ? replay_app(d->replay) : d->engine.app);
}

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
	if (d->replay) {
		ui_message(d->ui, model_of(d), "A replay knows only what was recorded.");
		return;
	}
	struct territory_spec spec;
	struct err e = {0};
	if (territory_parse(code, &spec, &e) < 0 || engine_watch(&d->engine, &spec, now, &e) < 0) {
		ui_message(d->ui, model_of(d), e.msg);
		return;
	}
	engine_settle(&d->engine, now);
	ui_open_territory(d->ui, model_of(d), spec.code);
}

/* What is on screen, as status JSON. */
static void export_status(struct dashboard *d, struct now now)
{
	struct model *m = model_of(d);
	struct strbuf out;
	struct err e = {0};
	char path[128], words[200];
	strbuf_init(&out, 1 << 22);
	status_json(m, &out);
	strbuf_addc(&out, '\n');
	snprintf(path, sizeof(path), "landline-%lld.json", (long long)wall_to_s(now.wall));
	if (files_write(path, out.text, out.len, &e) < 0)
		snprintf(words, sizeof(words), "%.190s", e.msg);
	else
		snprintf(words, sizeof(words), "written to %s", path);
	ui_message(d->ui, m, words);
	strbuf_release(&out);
}

/* An event goes into a folder with all that it takes to derive it again. That means playing its inputs, which may take longer
 * than a key may: another landline does it. */
static void export_event(struct dashboard *d, uint64_t seq)
{
	char number[24], dir[64], words[120], at[WALL_TEXT_MAX];
	const char *args[14] = {"export", number, dir}, *inputs = d->replay ? d->replayed : NULL;
	size_t n = 3;
	struct err e = {0};
	if (d->export.pid || (d->replay && !inputs)) {
		ui_message(d->ui, model_of(d), d->export.pid ? "An export is under way."
							     : "Events of an archive are exported from its recording only.");
		return;
	}
	if (!d->replay && d->engine.record && !d->engine.boxed)
		inputs = record_path(d->engine.record);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)seq);
	snprintf(dir, sizeof(dir), "landline-event-%s", number);
	if (d->cli->config_file) {
		args[n++] = "--config";
		args[n++] = d->cli->config_file;
	}
	if (d->cli->store) {
		args[n++] = "--store";
		args[n++] = d->cli->store;
	}
	if (inputs) {
		args[n++] = "--inputs";
		args[n++] = inputs;
	}
	if (d->replay) { /* as it is on the screen, not as it will have been */
		args[n++] = "--until";
		args[n++] = wall_format(at, replay_at(d->replay));
	}
	if (spawn_self(&d->export, args, &e) < 0)
		snprintf(words, sizeof(words), "%.110s", e.msg);
	else
		snprintf(words, sizeof(words), "exporting event %s to %s ...", number, dir);
	ui_message(d->ui, model_of(d), words);
}

static void take_export(struct dashboard *d, struct now now)
{
	int code;
	if (!d->export.pid || !spawn_take(&d->export, &code))
		return;
	ui_message(d->ui, model_of(d), d->export.said[0] ? d->export.said : code ? "The export failed." : "exported");
	d->message_time = now.mono;
	d->dirty = true;
}

/* ---- replay ---- */

static struct ui *make_ui(const struct cli *c, enum charset charset, bool picker);

static void enter_replay(struct dashboard *d, struct replay *r)
{
	d->replay = r;
	d->generation = replay_generation(r);
	d->live_ui = d->ui;
	d->ui = make_ui(d->cli, d->info.charset, false);
	ui_open_territory(d->ui, model_of(d), replay_info(r)->territory_count ? replay_info(r)->territories[0].code : "");
	d->dirty = true;
}

static void leave_replay(struct dashboard *d)
{
	replay_free(d->replay);
	d->replay = NULL;
	ui_free(d->ui);
	d->ui = d->live_ui;
	d->live_ui = NULL;
	d->dirty = true;
}

static void play_case(struct dashboard *d)
{
	struct tape *tape = NULL;
	struct replay *r = NULL;
	struct err e = {0};
	struct tape_want want = {.word = "kp-2014"};
	struct replay_options o = {.from = WALL_NONE, .until = WALL_NONE, .from_live = true};
	if (tape_open(&want, &tape, &e) < 0 || replay_open(&r, tape, &o, &e) < 0) {
		ui_message(d->ui, model_of(d), e.msg);
		return;
	}
	d->replayed = want.word;
	enter_replay(d, r);
}

static void go_to_time(struct dashboard *d, struct now now)
{
	struct wall t;
	struct err e = {0};
	if (replay_parse_time(d->replay, ui_request_text(d->ui), &t, &e) < 0)
		ui_message(d->ui, model_of(d), e.msg);
	else
		replay_seek(d->replay, t, now);
}

static void go_to_share(struct dashboard *d, double share, struct now now)
{
	const struct replay_state *s = &model_of(d)->transport;
	struct wall to = s->from;
	if (share > 0 && wall_is_set(s->until))
		to.ms += (int64_t)(share * (double)(s->until.ms - s->from.ms));
	replay_seek(d->replay, to, now);
}

static void go_live(struct dashboard *d)
{
	if (d->live)
		leave_replay(d);
	else
		ui_message(d->ui, model_of(d), "No live dashboard waits behind this: q, then `landline KP`.");
}

static void do_transport(struct dashboard *d, struct now now)
{
	struct replay *r = d->replay;
	switch ((enum action)ui_request_action(d->ui)) {
	case ACTION_PAUSE: replay_pause(r, !replay_is_paused(r), now); break;
	case ACTION_STEP: replay_step(r, now); break;
	case ACTION_SLOWER: replay_speed(r, -1, now); break;
	case ACTION_FASTER: replay_speed(r, 1, now); break;
	case ACTION_REWIND: replay_skip(r, -SEEK_STEP_MS, now); break;
	case ACTION_FORWARD: replay_skip(r, SEEK_STEP_MS, now); break;
	case ACTION_NEXT_EVENT:
		if (replay_ended(r))
			ui_message(d->ui, model_of(d), "No later event.");
		replay_next_event(r, now);
		break;
	case ACTION_PREV_EVENT:
		if (!replay_previous_event(r, now))
			ui_message(d->ui, model_of(d), "No event was met before this moment.");
		break;
	case ACTION_GOTO_TIME: go_to_time(d, now); break;
	case ACTION_START: go_to_share(d, ui_request_share(d->ui), now); break;
	case ACTION_LIVE: go_live(d); break;
	default: break;
	}
}

static void run_replay_turn(struct dashboard *d, struct now now)
{
	d->behind = replay_run(d->replay, now, SLICE_US);
	if (replay_generation(d->replay) != d->generation) { /* all it knew was thrown away: so is what was seen of it */
		d->generation = replay_generation(d->replay);
		d->seen_version = UINT64_MAX;
	}
	if (now.mono.ms - d->message_time.ms >= MESSAGE_MS && ui_clear_message(d->ui))
		d->dirty = true;
}

/* ---- effects ---- */

static void do_effects(struct dashboard *d, unsigned fx, struct now now)
{
	if (fx & FX_TRANSPORT && d->replay)
		do_transport(d, now);
	if (fx & FX_CASE && !d->replay)
		play_case(d);
	struct model *m = model_of(d);
	if (fx & FX_QUIT)
		d->quit = true;
	if (fx & FX_RELOAD && !d->replay) {
		engine_reload(&d->engine, now);
		ui_message(d->ui, m, "asking again");
	}
	if (fx & FX_THEME)
		apply_theme(d, m, ui_request_text(d->ui));
	if (fx & FX_WATCH)
		watch(d, ui_request_text(d->ui), now);
	if (fx & FX_EXPORT && ui_request_seq(d->ui))
		export_event(d, ui_request_seq(d->ui));
	else if (fx & FX_EXPORT)
		export_status(d, now);
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
		d->message_time = now.mono;
		do_effects(d, ui_key(d->ui, model_of(d), k), now);
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
	struct model *m = model_of(d);
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
	struct model *m = model_of(d);
	if (!d->replay)
		m->now = now.wall;
	if (m->version != d->seen_version) {
		d->seen_version = m->version;
		if (ui_model_changed(d->ui, m) & FX_REDRAW)
			d->dirty = true;
	}
	struct wall due = ui_due(d->ui, m);
	if (!d->replay && wall_is_set(due) && due.ms <= now.wall.ms)
		d->dirty = true;
}

static bool may_draw(const struct dashboard *d, struct now now)
{
	return d->dirty && now.mono.ms - d->drawn.ms >= FRAME_MS;
}

/* How long the picture stays as it is; -1: until something comes. */
static int64_t until_next_ms(struct dashboard *d, struct now now)
{
	int64_t ms = -1;
	if (d->replay) {
		ms = d->behind ? 0 : replay_wait_ms(d->replay, now);
		int64_t message = d->message_time.ms + MESSAGE_MS - now.mono.ms;
		if (message > 0 && (ms < 0 || message < ms))
			ms = message;
	} else {
		struct wall due = ui_due(d->ui, model_of(d));
		if (wall_is_set(due))
			ms = due.ms <= now.wall.ms ? 0 : due.ms - now.wall.ms;
	}
	int64_t frame = d->drawn.ms + FRAME_MS - now.mono.ms;
	if (d->dirty && (ms < 0 || frame < ms))
		ms = frame < 1 ? 1 : frame;
	return ms;
}

static void sleep_without_engine(struct pollfd *fds, unsigned n, int64_t ms, struct now now)
{
	bool told = clock_is_driven() && ms != 0;
	fds[n] = (struct pollfd){.fd = clock_fd(), .events = POLLIN};
	if (told)
		clock_idle(ms < 0 ? WALL_NONE : (struct wall){now.wall.ms + ms}, 0, 0);
	poll(fds, n + 1, told || ms < 0 ? -1 : ms > 3600000 ? 3600000 : (int)ms);
	if (clock_is_driven() && fds[n].revents)
		clock_read();
}

static void rest(struct dashboard *d, struct now now)
{
	struct pollfd fds[5];
	unsigned n = screen_pollfds(fds);
	fds[n++] = (struct pollfd){.fd = signals_fd(), .events = POLLIN};
	if (d->export.pid && n + 1 < ARRAY_LEN(fds))
		fds[n++] = (struct pollfd){.fd = d->export.fd, .events = POLLIN};
	int64_t ms = until_next_ms(d, now);
	if (d->live)
		engine_wait(&d->engine, fds, n, ms < 0 ? WALL_NONE : (struct wall){now.wall.ms + ms}, now);
	else
		sleep_without_engine(fds, n, ms, now);
}

static void loop(struct dashboard *d)
{
	struct now now = clock_now();
	draw(d, now); /* at once, with what the store knows */
	while (!d->quit && !d->gone && !d->sig) {
		if (d->live)
			engine_turn(&d->engine, now);
		if (d->replay)
			run_replay_turn(d, now);
		note_changes(d, now);
		if (may_draw(d, now))
			draw(d, now);
		rest(d, now);
		now = clock_now();
		take_signals(d);
		take_keys(d, now);
		take_export(d, now);
	}
	spawn_end(&d->export);
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

static struct ui *make_ui(const struct cli *c, enum charset charset, bool picker)
{
	struct ui_options o = {
		.charset = charset, .history_h = c->config.history_h, .themes = themes_names(), .theme = c->config.theme,
		.version = LANDLINE_VERSION, .picker = picker,
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
	struct ui *ui = make_ui(c, c->config.charset_auto ? CHARSET_BLOCK : c->config.charset, c->spec_count == 0);
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

static void start_screen(struct dashboard *d, const struct cli *c)
{
	int rows, cols;
	screen_size(&rows, &cols);
	canvas_init(&d->canvas, rows, cols);
	apply_theme(d, model_of(d), c->config.theme);
	if (d->info.note[0])
		ui_message(d->ui, model_of(d), d->info.note);
}

static void start_ui(struct dashboard *d, const struct cli *c)
{
	d->ui = make_ui(c, d->info.charset, c->spec_count == 0);
	if (c->spec_count)
		ui_open_territory(d->ui, model_of(d), c->specs[0].code);
	start_screen(d, c);
}

/* Whatever way it ended: the terminal is given back first. */
static int end_screen(struct dashboard *d)
{
	screen_close();
	mem_on_fatal(NULL);
	if (d->replay)
		leave_replay(d);
	if (d->live)
		engine_close(&d->engine, clock_now());
	ui_free(d->ui);
	canvas_release(&d->canvas);
	themes_release();
	if (d->sig || d->gone)
		signals_die(d->sig ? d->sig : SIGHUP);
	return EXIT_DONE;
}

int run_dashboard(const struct cli *c)
{
	static struct dashboard d;
	static struct theme probe;
	struct err e = {0};
	d.cli = c;
	d.live = true;
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
	return end_screen(&d);
}

int run_replay_screen(const struct cli *c, struct replay *r)
{
	static struct dashboard d;
	static struct theme probe;
	struct err e = {0};
	int code = EXIT_DONE;
	d.cli = c;
	if (themes_load(c->config.theme, &probe, &e) < 0)
		code = cli_fail(EXIT_USED_WRONGLY, &e);
	else if (!isatty(STDOUT_FILENO)) {
		err_set(&e, ERR_USAGE, "stdout is not a terminal: use --headless");
		code = cli_fail(EXIT_USED_WRONGLY, &e);
	} else if (signals_open(&e) < 0 || open_screen(&d, c, &e) < 0)
		code = cli_fail(EXIT_FAILED, &e);
	if (code != EXIT_DONE) {
		replay_free(r);
		return code;
	}
	d.replayed = c->word_count && !c->at ? c->words[0] : NULL;
	enter_replay(&d, r);
	start_screen(&d, c);
	loop(&d);
	return end_screen(&d);
}
