/* landline replay: a tape on the screen (dashboard.c), or without one: the log as it happened, then the events as
 * `landline events` prints them. Headless it goes as fast as it can, or with --speed at that speed; what it prints is the same. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cmd_archive.h"
#include "dashboard.h"
#include "event_print.h"
#include "oneshot.h"
#include "replay.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/signals.h"

#define SLICE_US 100000

struct headless {
	const struct cli *cli;
	struct replay *replay;
	uint64_t lines;
	struct wall from;
	size_t marks;            /* of the tape, printed so far */
	struct strbuf out;
};

static void flush(struct headless *h)
{
	cli_print(&h->out);
	strbuf_clear(&h->out);
}

/* What the tape itself says of the moments up to t: on a reconstruction, how good each published time is. */
static void print_marks(struct headless *h, struct wall until)
{
	const struct tape_info *info = replay_info(h->replay);
	char t[WALL_TEXT_MAX];
	for (; h->marks < info->mark_count && info->marks[h->marks].t.ms <= until.ms; h->marks++)
		if (!h->cli->json && !(wall_is_set(h->from) && info->marks[h->marks].t.ms < h->from.ms))
			strbuf_addf(&h->out, "%s -- %s\n", wall_format(t, info->marks[h->marks].t), info->marks[h->marks].text);
}

static void print_log(struct headless *h)
{
	const struct event_book *b = &app_model(replay_app(h->replay))->book;
	uint64_t fresh = b->log_total - h->lines;
	for (uint64_t back = fresh < b->log_count ? fresh : b->log_count; back-- > 0;) {
		const struct log_line *line = event_log_at(b, (size_t)back);
		if (line)
			print_marks(h, line->logged);
		if (line && line->shown && !line->folded && !h->cli->json && !(wall_is_set(h->from) && line->logged.ms < h->from.ms))
			event_print_log(line, &h->out);
	}
	h->lines = b->log_total;
	print_marks(h, replay_at(h->replay));
	if (h->out.len)
		flush(h);
}

static void print_title(struct headless *h)
{
	const struct tape_info *info = replay_info(h->replay);
	char from[WALL_TEXT_MAX], until[WALL_TEXT_MAX];
	if (h->cli->json)
		return;
	strbuf_addf(&h->out, "REPLAY %s, %s to %s: %s\n", info->name, wall_format(from, info->from),
		    wall_is_set(info->until) ? wall_format(until, info->until) : "?", info->note);
	flush(h);
}

static int by_seq(const void *x, const void *y)
{
	const struct event *a = *(const struct event *const *)x, *b = *(const struct event *const *)y;
	return a->seq != b->seq ? (a->seq < b->seq ? -1 : 1) : a->id < b->id ? -1 : a->id > b->id;
}

static void print_events(struct headless *h, unsigned states)
{
	const struct event_book *b = &app_model(replay_app(h->replay))->book;
	const struct event **list = xcalloc(b->count + 1, sizeof(*list));
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct event *ev = b->events[i];
		bool wanted = states ? states >> ev->state & 1 : wall_is_set(ev->confirmed);
		bool touches = !wall_is_set(h->from) || !wall_is_set(ev->end) || ev->end.ms >= h->from.ms;
		if (wanted && touches)
			list[n++] = ev;
	}
	qsort(list, n, sizeof(*list), by_seq);
	if (!h->cli->json && n)
		strbuf_addc(&h->out, '\n');
	for (size_t i = 0; i < n; i++) {
		event_print(list[i], h->cli->json ? EVENT_PRINT_JSON : EVENT_PRINT_LINE, replay_at(h->replay), &h->out);
		if (h->out.len > 1 << 16)
			flush(h);
	}
	if (!n && !h->cli->json)
		strbuf_adds(&h->out, "no event\n");
	flush(h);
	free(list);
}

/* Paced by the clock until the end; returns a signal to die of, or 0. */
static int play_paced(struct headless *h)
{
	struct now now = clock_now();
	for (;;) {
		bool more = replay_run(h->replay, now, SLICE_US);
		print_log(h);
		if (replay_ended(h->replay))
			return 0;
		struct pollfd fds[2] = {{.fd = signals_fd(), .events = POLLIN}, {.fd = clock_fd(), .events = POLLIN}};
		int64_t ms = more ? 0 : replay_wait_ms(h->replay, now);
		if (clock_is_driven() && ms > 0)
			clock_idle((struct wall){now.wall.ms + ms}, 0, 0);
		poll(fds, 2, clock_is_driven() && ms > 0 ? -1 : (int)(ms > 60000 ? 60000 : ms));
		if (fds[1].revents && !clock_read())
			return 0;
		int sig = oneshot_signal();
		if (sig)
			return sig;
		now = clock_now();
	}
}

static int play_free(struct headless *h)
{
	while (replay_run_free(h->replay, SLICE_US)) {
		print_log(h);
		int sig = oneshot_signal();
		if (sig)
			return sig;
	}
	print_log(h);
	return 0;
}

static int run_headless(const struct cli *c, struct replay *r, struct wall from)
{
	struct headless h = {.cli = c, .replay = r, .from = from};
	struct err e = {0};
	unsigned states = 0;
	if (event_states_read(c->state, &states, &e) < 0)
		return cli_fail(EXIT_USED_WRONGLY, &e);
	if (signals_open(&e) < 0)
		return cli_fail(EXIT_FAILED, &e);
	strbuf_init(&h.out, 1 << 22);
	print_title(&h);
	int sig = c->speed ? play_paced(&h) : play_free(&h);
	if (!sig)
		print_events(&h, states);
	strbuf_release(&h.out);
	int code = EXIT_DONE;
	unsigned lost;
	const char *words = replay_lost(r, &lost);
	if (lost > 1)
		fprintf(stderr, "landline: %s; so it is in %u places, each named in the log\n", words, lost);
	else if (lost)
		fprintf(stderr, "landline: %s\n", words);
	if (replay_error(r)[0]) {
		err_set(&e, ERR_PARSE, "%s", replay_error(r));
		code = cli_fail(EXIT_FAILED, &e);
	} else if (replay_info(r)->cut && !sig) {
		fprintf(stderr, "landline: %s was cut short: played up to the cut\n", replay_info(r)->name);
	}
	replay_free(r);
	if (sig)
		signals_die(sig);
	return code;
}

/* A moment, or a span from the tape's beginning. */
static int read_moment(const char *option, const char *text, struct wall begin, struct wall *out, struct err *e)
{
	int64_t span;
	*out = WALL_NONE;
	if (!text)
		return 0;
	if (duration_parse(text, &span, NULL) == 0) {
		out->ms = begin.ms + span;
		return 0;
	}
	if (wall_parse(text, out, NULL) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "%s '%s' is not a time: write 2014-12-22T16:00Z, or a span from the beginning such as 6h", option, text);
}

static int read_speed(const char *text, double *out, struct err *e)
{
	char *end;
	*out = 0;
	if (!text)
		return 0;
	*out = strtod(text, &end);
	if (end != text && !*end && *out >= 1 && *out <= REPLAY_SPEED_MAX)
		return 0;
	return err_set(e, ERR_USAGE, "--speed '%s' is not a number from 1 to %d", text, REPLAY_SPEED_MAX);
}

/* Nothing would be played: say what there is. */
static int check_span(const struct tape_info *info, const struct replay_options *o, struct err *e)
{
	char from[WALL_TEXT_MAX], until[WALL_TEXT_MAX];
	bool late = wall_is_set(o->from) && wall_is_set(info->until) && o->from.ms > info->until.ms;
	bool early = wall_is_set(o->until) && wall_is_set(info->from) && o->until.ms < info->from.ms;
	if (!late && !early)
		return 0;
	return err_set(e, ERR_USAGE, "%s: '%s' goes from %s to %s", late ? "--from is past the end" : "--until is before the beginning",
		       info->name, wall_format(from, info->from), wall_is_set(info->until) ? wall_format(until, info->until) : "?");
}

static int read_options(const struct cli *c, struct tape *tape, struct replay_options *o, struct err *e)
{
	struct tape_info info;
	tape->ops->info(tape, &info);
	o->loop = c->loop;
	if (read_speed(c->speed, &o->speed, e) < 0 || read_moment("--from", c->from, info.from, &o->from, e) < 0 ||
	    read_moment("--until", c->until, info.from, &o->until, e) < 0)
		return e->code;
	if (wall_is_set(o->from) && wall_is_set(o->until) && o->until.ms <= o->from.ms)
		return err_set(e, ERR_USAGE, "--until is not after --from");
	return c->at ? 0 : check_span(&info, o, e);
}

int run_replay(const struct cli *c)
{
	struct err e = {0};
	struct tape *tape = NULL;
	struct replay *r = NULL;
	struct replay_options o = {0};
	struct tape_want want = {.word = c->word_count ? c->words[0] : NULL, .at = c->at, .until = c->until};
	struct wall at = WALL_NONE;
	int code = c->at ? archive_run(c, &tape, &at) : -1;
	if (code >= 0)
		return code;
	bool headless = c->headless || c->linear || c->json;
	if (c->word_count > 1 && !c->at)
		err_set(&e, ERR_USAGE, "replay plays one thing at a time: %zu were named", c->word_count);
	else if (headless && c->loop)
		err_set(&e, ERR_USAGE, "--loop needs a screen: without one it would never end");
	if (e.code)
		return cli_fail(EXIT_USED_WRONGLY, &e);
	if (!tape && tape_open(&want, &tape, &e) < 0)
		return cli_fail(e.code == ERR_USAGE || e.code == ERR_NOT_FOUND ? EXIT_USED_WRONGLY : EXIT_FAILED, &e);
	if (read_options(c, tape, &o, &e) < 0) {
		tape_free(tape);
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	if (c->at && !wall_is_set(o.from)) /* the tape begins with the table dumps, and ends where it was asked to */
		o.from = at;
	if (c->at)
		o.until = WALL_NONE;
	if (replay_open(&r, tape, &o, &e) < 0)
		return cli_fail(EXIT_FAILED, &e);
	return headless ? run_headless(c, r, o.from) : run_replay_screen(c, r);
}
