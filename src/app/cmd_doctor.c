/* landline doctor: look at everything that landline stands on, say how it is and what to do about it.
 *
 * Each check is a row; a row prints one line: ok, warn or FAIL, what was found, and after "->" what helps. Exit 1 on a FAIL. */
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli.h"
#include "oneshot.h"
#include "themes.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/signals.h"

#define SOURCES_MS 12000

enum grade { GRADE_OK, GRADE_WARN, GRADE_FAIL };

struct report { struct strbuf out; unsigned count[3]; };

static void PRINTF_LIKE(4, 5) say(struct report *r, enum grade g, const char *what, const char *fmt, ...)
{
	static const char *const words[] = {"ok", "warn", "FAIL"};
	va_list ap;
	strbuf_addf(&r->out, "%-5s %-10s ", words[g], what);
	va_start(ap, fmt);
	strbuf_vaddf(&r->out, fmt, ap);
	va_end(ap);
	strbuf_addc(&r->out, '\n');
	r->count[g]++;
}

static void check_terminal(struct report *r)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
	struct winsize size = {0};
	if (!isatty(STDOUT_FILENO) && !isatty(STDERR_FILENO))
		say(r, GRADE_WARN, "terminal", "none here -> the dashboard needs one; status, events and --linear do not");
	else if (!term || !*term)
		say(r, GRADE_WARN, "terminal", "TERM is not set -> export TERM=xterm-256color");
	else if (!strcmp(term, "dumb"))
		say(r, GRADE_WARN, "terminal", "TERM=dumb cannot place a cursor -> landline --linear");
	else if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		say(r, GRADE_OK, "terminal", "TERM=%s, %dx%d%s", term, size.ws_col, size.ws_row,
		    no_color && *no_color ? ", NO_COLOR is set: mono" : "");
	else
		say(r, GRADE_OK, "terminal", "TERM=%s", term);
}

static void check_locale(struct report *r)
{
	const char *codeset = nl_langinfo(CODESET);
	if (!strcmp(codeset, "UTF-8"))
		say(r, GRADE_OK, "locale", "UTF-8");
	else
		say(r, GRADE_WARN, "locale", "%s: drawing in ASCII -> export LC_ALL=C.UTF-8, or --charset block", codeset);
}

static void check_config(struct report *r, const struct cli *c)
{
	struct err e = {0};
	static struct theme theme;
	if (c->config.path[0])
		say(r, GRADE_OK, "config", "%s", c->config.path);
	else
		say(r, GRADE_OK, "config", "none: defaults (`landline help config` prints a full one)");
	if (themes_load(c->config.theme, &theme, &e) < 0)
		say(r, GRADE_FAIL, "theme", "%s", e.msg);
	else
		say(r, GRADE_OK, "theme", "%s", theme.name);
}

/* 2026-01-01: landline is younger than that. */
#define NOT_BEFORE_S 1767225600

static void check_clock(struct report *r)
{
	char text[WALL_TEXT_MAX];
	struct now now = clock_now();
	if (*clock_note())
		say(r, GRADE_WARN, "clock", "%s: nothing here is live", clock_note());
	else if (wall_to_s(now.wall) < NOT_BEFORE_S)
		say(r, GRADE_FAIL, "clock", "%s cannot be -> set the system's time (NTP): outages are dated by it", wall_format(text, now.wall));
	else
		say(r, GRADE_OK, "clock", "%s", wall_format(text, now.wall));
}

/* Only looked at: a doctor leaves no store behind. */
static void check_store(struct report *r, const struct cli *c, struct engine *g)
{
	const struct model *m = app_model(g->app);
	char where[600];
	cli_store_path(&c->config, where);
	bool there = access(where, F_OK) == 0;
	if (m->store_error[0])
		say(r, GRADE_FAIL, "store", "%s -> make the folder writable, or --store PATH", m->store_error);
	else if (there && access(where, W_OK) != 0)
		say(r, GRADE_FAIL, "store", "%s cannot be written -> change its owner, or --store PATH", where);
	else
		say(r, GRADE_OK, "store", "%s%s", where, there ? "" : " (not there yet: made when it is needed)");
}

static unsigned canaries_up(const struct model *m)
{
	unsigned up = 0;
	for (size_t i = 0; i < m->canary_count; i++)
		up += m->canaries[i].measured && m->canaries[i].reachable;
	return up;
}

static void check_line(struct report *r, const struct model *m)
{
	unsigned up = canaries_up(m);
	enum grade g = m->own_line == LINE_OK && (up + 1 >= m->canary_count) ? GRADE_OK : m->own_line == LINE_BLIND ? GRADE_FAIL : GRADE_WARN;
	say(r, g, "line", "own line %s, canaries %u of %zu%s", own_line_name(m->own_line), up, m->canary_count,
	    g == GRADE_OK ? "" : g == GRADE_FAIL ? " -> this host is offline" : " -> is outgoing DNS (UDP 53) blocked? set [canaries] urls");
	for (size_t i = 0; i < m->canary_count; i++)
		if (m->canaries[i].measured && !m->canaries[i].reachable)
			say(r, GRADE_WARN, "canary", "%s: %s", m->canaries[i].url, m->canaries[i].words);
}

static bool has_token_place(const struct config *c, const char *source)
{
	const struct config_source *s = config_source_find(c, source);
	return s && (s->token_file[0] || s->token_env[0]);
}

static void check_sources(struct report *r, const struct config *c, const struct model *m)
{
	for (size_t i = 0; i < m->source_count; i++) {
		const struct source_state *s = &m->sources[i];
		enum grade g = s->state == FEED_DOWN ? GRADE_FAIL : s->state == FEED_LATE || s->state == FEED_NONE ? GRADE_WARN : GRADE_OK;
		bool configured = has_token_place(c, s->name);
		if (s->needs_token)
			say(r, configured ? GRADE_WARN : GRADE_OK, s->name, "off: no token (%s)", s->advice);
		else if (g == GRADE_FAIL && !strcmp(s->name, "probe") && !s->failures)
			say(r, g, s->name, "down: canaries %u of %zu answer%s%s", canaries_up(m), m->canary_count, s->advice[0] ? " -> " : "",
			    s->advice); /* its calls come back, with the news that nobody answered */
		else if (s->state == FEED_OFF)
			say(r, GRADE_OK, s->name, "off%s%s", s->advice[0] ? ": " : "", s->advice);
		else if (s->advice[0] && g == GRADE_OK)
			say(r, GRADE_WARN, s->name, "%s -> %s", feed_state_name(s->state), s->advice);
		else
			say(r, g, s->name, "%s%s%s: %llu calls, %llu failed%s%s%s%s", feed_state_name(s->state), s->url[0] ? ", " : "",
			    s->url, (unsigned long long)s->calls, (unsigned long long)s->failures, s->error[0] ? "; " : "", s->error,
			    s->advice[0] ? " -> " : "", s->advice);
	}
}

/* Every source that is on was heard of, one way or the other. */
static bool all_heard(struct engine *g, struct now now, void *arg)
{
	const struct model *m = app_model(g->app);
	(void)now;
	(void)arg;
	for (size_t i = 0; i < m->source_count; i++)
		if (m->sources[i].state == FEED_NONE && !m->sources[i].needs_token)
			return false;
	for (size_t i = 0; i < m->canary_count; i++)
		if (!m->canaries[i].measured)
			return false;
	return true;
}

int run_doctor(const struct cli *c)
{
	static struct engine g;
	static struct cli mine;
	struct report r = {.count = {0}};
	struct err e = {0};
	mine = *c;
	if (!mine.spec_count && territory_parse("KP", &mine.specs[0], &e) == 0)
		mine.spec_count = 1; /* something has to be asked about */
	strbuf_init(&r.out, 1 << 16);
	check_terminal(&r);
	check_locale(&r);
	check_config(&r, c);
	check_clock(&r);
	cli_print(&r.out);
	strbuf_clear(&r.out);
	int code = oneshot_open(&g, &mine, ENGINE_READS, false);
	if (code >= 0) {
		strbuf_release(&r.out);
		return code;
	}
	int sig = oneshot_run(&g, SOURCES_MS, all_heard, NULL);
	check_store(&r, &mine, &g);
	check_line(&r, app_model(g.app));
	check_sources(&r, &mine.config, app_model(g.app));
	strbuf_addf(&r.out, "\n%u ok, %u to look at, %u failed\n", r.count[GRADE_OK], r.count[GRADE_WARN], r.count[GRADE_FAIL]);
	cli_print(&r.out);
	code = r.count[GRADE_FAIL] ? EXIT_FAILED : EXIT_DONE;
	engine_close(&g, clock_now());
	strbuf_release(&r.out);
	themes_release();
	if (sig)
		signals_die(sig);
	return code;
}
