/* landline collect, and --linear: the engine without a screen. Each change is one line of plain words: for a service manager's
 * journal, a pipe, a screen reader, a line of 300 bytes a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "event_print.h"
#include "oneshot.h"

#include "io/clock.h"
#include "io/signals.h"

struct linear {
	FILE *to;
	uint64_t lines;                                  /* log lines printed so far */
	char verdict[TERRITORY_MAX][480];
	char loading[TERRITORY_MAX][120];
	enum feed_state feeds[MODEL_SOURCES_MAX];
	char store_error[160], record_error[160];
	bool gone;
};

static void say(struct linear *l, struct wall t, const char *text)
{
	char clock[WALL_TEXT_MAX];
	if (fprintf(l->to, "%s %s\n", wall_format(clock, t), text) < 0)
		l->gone = true;
}

static void say_log(struct linear *l, const struct model *m)
{
	uint64_t fresh = m->book.log_total - l->lines;
	if (fresh > m->book.log_count)
		fresh = m->book.log_count;
	for (uint64_t back = fresh; back-- > 0;) {
		const struct log_line *line = event_log_at(&m->book, (size_t)back);
		struct strbuf text;
		if (!line || !line->shown || line->folded)
			continue;
		strbuf_init(&text, 2 * sizeof(line->text));
		event_print_log(line, &text);
		l->gone |= fputs(text.text, l->to) < 0;
		strbuf_release(&text);
	}
	l->lines = m->book.log_total;
}

/* "KP withdrawn: all 4 networks withdrawn since 16:15 UTC.": the subject and the kind once, whatever the sentence begins with. */
static void verdict_line(const struct territory *t, char *dst, size_t cap)
{
	const char *kind = verdict_name(t->verdict.kind), *rest = t->verdict.text;
	size_t len = strlen(t->spec.code);
	if (!strncmp(rest, t->spec.code, len) && !strncmp(rest + len, ": ", 2))
		rest += len + 2;
	bool named = !strncmp(rest, kind, strlen(kind));
	snprintf(dst, cap, "%s %s%s%s", t->spec.code, named ? "" : kind, named ? "" : ": ", rest);
}

static void say_territories(struct linear *l, const struct model *m)
{
	for (size_t i = 0; i < m->territory_count; i++) {
		const struct territory *t = m->territories[i];
		if (t->loading[0] && strcmp(t->loading, l->loading[i])) {
			char text[200];
			snprintf(text, sizeof(text), "%s: %s", t->spec.code, t->loading);
			say(l, m->now, text);
		}
		snprintf(l->loading[i], sizeof(l->loading[i]), "%s", t->loading);
		if (t->loading[0] || !strcmp(t->verdict.text, l->verdict[i]))
			continue;
		char text[560];
		verdict_line(t, text, sizeof(text));
		/* ages move by themselves: only a change of kind or of the event is news */
		if (!l->verdict[i][0] || strncmp(t->verdict.text, l->verdict[i], 12))
			say(l, m->now, text);
		snprintf(l->verdict[i], sizeof(l->verdict[i]), "%s", t->verdict.text);
	}
}

static void say_sources(struct linear *l, const struct model *m)
{
	for (size_t i = 0; i < m->source_count; i++) {
		const struct source_state *s = &m->sources[i];
		if (s->state == l->feeds[i])
			continue;
		char text[320];
		snprintf(text, sizeof(text), "source %s: %s%s%s", s->name, feed_state_name(s->state),
			 s->error[0] && s->state != FEED_OK ? ": " : "", s->state != FEED_OK ? s->error : "");
		if (s->state != FEED_NONE)
			say(l, m->now, text);
		l->feeds[i] = s->state;
	}
	if (strcmp(l->store_error, m->store_error)) {
		char text[240];
		snprintf(text, sizeof(text), "store: %s", m->store_error[0] ? m->store_error : "works again");
		say(l, m->now, text);
		snprintf(l->store_error, sizeof(l->store_error), "%s", m->store_error);
	}
	if (strcmp(l->record_error, m->record_error)) {
		say(l, m->now, m->record_error);
		snprintf(l->record_error, sizeof(l->record_error), "%s", m->record_error);
	}
}

static bool on_turn(struct engine *g, struct now now, void *arg)
{
	struct linear *l = arg;
	const struct model *m = app_model(g->app);
	(void)now;
	say_sources(l, m);
	say_territories(l, m);
	say_log(l, m);
	if (fflush(l->to) != 0)
		l->gone = true;
	return l->gone;
}

int run_linear(const struct cli *c, bool to_stdout)
{
	static struct engine g;
	static struct linear l;
	int code = oneshot_open(&g, c, ENGINE_KEEPS, true);
	if (code >= 0)
		return code;
	l.to = to_stdout ? stdout : stderr;
	l.lines = app_model(g.app)->book.log_total;
	if (c->record)
		fprintf(stderr, "landline: recording into %s\n", app_model(g.app)->recording);
	int sig = oneshot_run(&g, 0, on_turn, &l);
	engine_close(&g, clock_now());
	if (sig)
		signals_die(sig);
	return EXIT_DONE;
}

int run_collect(const struct cli *c)
{
	return run_linear(c, false);
}

int run_record(const struct cli *c)
{
	return run_linear(c, false);
}
