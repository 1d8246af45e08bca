/* landline events and landline explain: the store's answer, without a network. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "event_print.h"
#include "oneshot.h"

#include "base/mem.h"
#include "base/text.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/signals.h"
#include "io/store.h"

#define FOLLOW_MS 1000

static int open_store(const struct cli *c, struct store **s, struct err *e)
{
	char path[600];
	return store_open(s, cli_store_path(&c->config, path), true, e);
}

static int read_time(const char *option, const char *text, struct wall now, struct wall *out, struct err *e)
{
	int64_t span;
	*out = WALL_NONE;
	if (!text)
		return 0;
	if (duration_parse(text, &span, NULL) == 0) {
		out->ms = now.ms - span;
		return 0;
	}
	if (wall_parse(text, out, NULL) == 0)
		return 0;
	return err_set(e, ERR_USAGE, "%s '%s' is not a time: write 2014-12-22T16:00Z, or a span back such as 7d", option, text);
}

struct printing {
	const struct cli *cli;
	struct wall now;
	struct strbuf out;
	struct wall newest;      /* change printed last, for --follow */
};

static bool print_event(const struct event *ev, void *arg)
{
	struct printing *p = arg;
	event_print(ev, p->cli->json ? EVENT_PRINT_JSON : p->cli->csv ? EVENT_PRINT_CSV : EVENT_PRINT_LINE, p->now, &p->out);
	if (!wall_is_set(p->newest) || ev->changed.ms > p->newest.ms)
		p->newest = ev->changed;
	if (p->out.len > 1 << 16) {
		cli_print(&p->out);
		strbuf_clear(&p->out);
	}
	return true;
}

static int follow(struct store *s, struct event_filter *f, struct printing *p, struct err *e)
{
	for (;;) {
		struct pollfd fd = {.fd = signals_fd(), .events = POLLIN};
		poll(&fd, 1, FOLLOW_MS);
		int sig = oneshot_signal();
		if (sig)
			return sig;
		p->now = clock_now().wall;
		f->changed_after = p->newest;
		if (store_each_event(s, f, print_event, p, e) < 0)
			return e->code;
		cli_print(&p->out);
		strbuf_clear(&p->out);
	}
}

/* --follow before anything was recorded: until somebody makes the store. 0, a signal, or an error. */
static int wait_for_store(const struct cli *c, struct store **s, struct err *e)
{
	if (signals_open(e) < 0)
		return e->code;
	for (;;) {
		struct pollfd fd = {.fd = signals_fd(), .events = POLLIN};
		poll(&fd, 1, FOLLOW_MS);
		int sig = oneshot_signal();
		if (sig)
			return sig;
		int rc = open_store(c, s, e);
		if (rc != ERR_NOT_FOUND)
			return rc;
	}
}

int run_events(const struct cli *c)
{
	struct err e = {0};
	struct store *s = NULL;
	struct printing p = {.cli = c, .now = clock_now().wall, .newest = WALL_NONE};
	struct event_filter f = {.changed_after = WALL_NONE};
	const char *codes[ARRAY_LEN(c->specs)];
	if (read_time("--since", c->since, p.now, &f.since, &e) < 0 || read_time("--until", c->until, p.now, &f.until, &e) < 0 ||
	    event_states_read(c->state, &f.states, &e) < 0)
		return cli_fail(EXIT_USED_WRONGLY, &e);
	for (size_t i = 0; i < c->spec_count && c->word_count; i++) {
		codes[i] = c->specs[i].code;
		f.territory_count = i + 1;
	}
	f.territories = codes;
	if (open_store(c, &s, &e) < 0) {
		if (e.code != ERR_NOT_FOUND)
			return cli_fail(EXIT_FAILED, &e);
		fprintf(stderr, "landline: nothing was recorded here yet (%s)\n", e.msg);
		int sig = c->follow ? wait_for_store(c, &s, &e) : 0;
		if (sig > 0)
			signals_die(sig);
		if (sig < 0)
			return cli_fail(EXIT_FAILED, &e);
	}
	strbuf_init(&p.out, 1 << 20);
	if (c->csv)
		event_csv_header(&p.out);
	if (!s) { /* no events: an answer of none, in the form that was asked for */
		cli_print(&p.out);
		strbuf_release(&p.out);
		return EXIT_DONE;
	}
	int rc = store_each_event(s, &f, print_event, &p, &e);
	cli_print(&p.out);
	strbuf_clear(&p.out);
	int sig = 0;
	if (rc == 0 && c->follow)
		rc = signals_open(&e);
	if (rc == 0 && c->follow) {
		sig = follow(s, &f, &p, &e);
		rc = sig < 0 ? sig : 0;
	}
	strbuf_release(&p.out);
	store_close(s);
	if (rc < 0)
		return cli_fail(EXIT_FAILED, &e);
	if (sig > 0)
		signals_die(sig);
	return EXIT_DONE;
}

int run_explain(const struct cli *c)
{
	struct err e = {0};
	struct store *s = NULL;
	struct event ev;
	char *end = NULL;
	unsigned long long seq = c->word_count == 1 ? strtoull(c->words[0], &end, 10) : 0;
	if (!seq || *end) {
		err_set(&e, ERR_USAGE, "explain needs one event's number, as `landline events` prints it");
		return cli_fail(EXIT_USED_WRONGLY, &e);
	}
	int rc = open_store(c, &s, &e);
	if (rc == 0)
		rc = store_find_event(s, seq, &ev, &e);
	store_close(s);
	if (rc < 0)
		return cli_fail(EXIT_FAILED, &e);
	struct strbuf out;
	strbuf_init(&out, 1 << 18);
	if (c->json) {
		event_json(&ev, clock_now().wall, &out);
		strbuf_addc(&out, '\n');
	} else {
		event_explain(&ev, clock_now().wall, &out);
	}
	cli_print(&out);
	strbuf_release(&out);
	free(ev.evidence);
	return EXIT_DONE;
}
