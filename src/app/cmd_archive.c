/* landline replay --at TIME: any day since 2001, out of the archives of RIPE RIS and RouteViews or, for a few networks, by
 * RIPEstat's BGPlay (cmd_play.c).
 *
 * A plan first (which files or requests, how large, what of it is in the cache), printed alone with --dry-run; then what is
 * missing is fetched, the cheaper way unless --via says which; then the tape is made. What a country had then is asked of
 * RIPEstat, and kept with the files. */
#include "cmd_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_tape.h"
#include "cmd_past.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/signals.h"

#define DAY_MS        86400000LL
#define RESOURCES_MAX (8u << 20)

/* ---- what is wanted ---- */

static int read_times(struct past *j, struct err *e)
{
	const struct cli *c = j->cli;
	int64_t span = DAY_MS;
	if (wall_parse(c->at, &j->at, NULL) < 0)
		return err_set(e, ERR_USAGE, "--at '%s' is not a time: write 2014-12-22T16:00Z", c->at);
	if (!c->until || duration_parse(c->until, &span, NULL) == 0)
		j->until = (struct wall){j->at.ms + span};
	else if (wall_parse(c->until, &j->until, NULL) < 0)
		return err_set(e, ERR_USAGE,
			       "--until '%s' is not a time: write 2014-12-23T02:30Z, or a span such as 12h", c->until);
	return 0;
}

static int read_territories(struct past *j, struct err *e)
{
	const struct cli *c = j->cli;
	for (size_t i = 0; i < c->word_count; i++) {
		if (j->spec_count == ARRAY_LEN(j->specs))
			return err_set(e, ERR_USAGE, "too many territories: %zu are the most", ARRAY_LEN(j->specs));
		struct territory_spec *s = &j->specs[j->spec_count++];
		if (territory_parse(c->words[i], s, e) < 0)
			return e->code;
		if (s->kind == TERRITORY_FILE || s->kind == TERRITORY_WORLD)
			return err_set(e, ERR_USAGE, "--at takes countries, ASes and prefixes, not '%s'", c->words[i]);
	}
	return j->spec_count ? 0
			     : err_set(e, ERR_USAGE,
				       "which territory? for example: landline replay --at 2014-12-22T16:00Z KP");
}

static const struct {
	const char *name;
	enum past_way way;
} ways[] = {{"auto", PAST_AUTO}, {"mrt", PAST_MRT}, {"bgplay", PAST_BGPLAY}};

static int read_way(struct past *j, struct err *e)
{
	const struct cli *c = j->cli;
	if (!c->via) {
		j->way = c->collectors ? PAST_MRT : PAST_AUTO; /* whoever names collectors wants their files */
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		if (!strcmp(c->via, ways[i].name)) {
			j->way = ways[i].way;
			if (c->collectors && j->way == PAST_BGPLAY)
				return err_set(e, ERR_USAGE, "--collectors are of the archives: not with --via bgplay");
			return 0;
		}
	return err_set(e, ERR_USAGE, "--via '%s': mrt (the archives' files), bgplay (RIPEstat) or auto", c->via);
}

static int make_plan(struct past *j, struct err *e)
{
	const struct config_source *s = config_source_find(&j->cli->config, "mrt");
	j->plan = xcalloc(1, sizeof(*j->plan));
	return archive_plan(j->plan, j->at, j->until, j->cli->collectors, s->url, s->url_routeviews, clock_now().wall,
			    e);
}

/* ---- what there was ---- */

static int ask_resources(struct past *j, const char *code, struct strbuf *body, struct err *e)
{
	char url[600], day[WALL_TEXT_MAX], path[700];
	const struct config_source *s = config_source_find(&j->cli->config, "ripestat");
	wall_format_date(day, j->at);
	snprintf(path, sizeof(path), "%s/mrt/resources.%s.%s.json", j->fetch.cache_dir, code, day);
	if (files_read(path, body, e) == 0)
		return 0;
	snprintf(url, sizeof(url),
		 "%s/data/country-resource-list/data.json?resource=%s&v4_format=prefix&time=%s&sourceapp=landline",
		 s->url, code, day);
	int rc = archive_fetch_get(&j->fetch, url, body, e);
	if (rc < 0)
		return err_prefix(e, "cannot learn what %s had then; prefixes can be named instead", code);
	if (files_write(path, body->text, body->len, e) < 0)
		e->code = ERR_OK; /* a cache that cannot be written costs one more request */
	return 0;
}

int past_resources(struct past *j, struct err *e)
{
	for (size_t i = 0; i < j->spec_count; i++) {
		struct strbuf body;
		if (j->specs[i].kind != TERRITORY_COUNTRY || j->resources[i])
			continue;
		strbuf_init(&body, RESOURCES_MAX);
		int rc = ask_resources(j, j->specs[i].code, &body, e);
		if (rc == 0)
			j->resources[i] = strbuf_take(&body);
		strbuf_release(&body);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- how far ---- */

static bool on_progress(void *arg, double done, const char *file)
{
	struct past *j = arg;
	if (j->fetch.talk)
		fprintf(stderr, "\r\033[Kreading the table dumps: %.0f%%  %.60s", done * 100, file);
	return true;
}

static void say_plan(const struct past *j, FILE *to)
{
	struct strbuf text;
	strbuf_init(&text, 1 << 14);
	if (j->plan)
		archive_plan_text(j->plan, &text);
	if (j->play)
		play_plan_text(j->play, &text);
	else if (j->hindrance[0])
		strbuf_addf(&text, "bgplay: not possible: %s\n", j->hindrance);
	if (j->plan && (j->play || j->hindrance[0]))
		strbuf_addf(&text, "taken: %s, %s; --via mrt or --via bgplay chooses by hand\n",
			    j->way == PAST_BGPLAY ? "bgplay" : "mrt", j->why);
	fputs(text.text, to);
	strbuf_release(&text);
}

static void say_missing(const struct past *j)
{
	size_t missing = 0;
	for (size_t i = 0; i < j->plan->count; i++)
		missing += j->plan->files[i].missing;
	if (missing)
		fprintf(stderr,
			"landline: %zu of %zu files are not in the archive: what happened then there is not known\n",
			missing, j->plan->count);
}

static int read_all(struct past *j, struct tape **tape, struct err *e)
{
	const char *resources[CONFIG_WATCH_MAX];
	for (size_t i = 0; i < ARRAY_LEN(resources); i++)
		resources[i] = j->resources[i];
	struct archive_tape_options o = {
		.plan = j->plan,
		.takes_plan = true,
		.cache_dir = j->fetch.cache_dir,
		.specs = j->specs,
		.spec_count = j->spec_count,
		.resources = resources,
		.progress = on_progress,
		.arg = j,
	};
	int rc = archive_tape_open(tape, &o, e);
	j->plan = NULL;
	if (j->fetch.talk)
		fputs("\r\033[K", stderr);
	return rc;
}

/* A plan without the sizes is half an answer: what stands in the way is said. */
static int check_listings(const struct archive_fetch *a, struct err *e)
{
	if (!a->unread)
		return 0;
	if (a->listings == 1)
		return err_set(e, ERR_NET, "cannot read the archive's listing, so sizes are not known: %s", a->unread_why);
	return err_set(e, ERR_NET, "cannot read %zu of %zu listings of the archives, so sizes are not known: %s", a->unread,
		       a->listings, a->unread_why);
}

/* ---- which way ---- */

/* Why BGPlay cannot be had goes into words; only a signal ends it all. */
static int look_at_play(struct past *j, struct err *e)
{
	struct err own = {0};
	const char *why = play_hindrance(j->at, j->until, clock_now().wall);
	if (why) {
		snprintf(j->hindrance, sizeof(j->hindrance), "%s", why);
		return 0;
	}
	int rc = past_play_plan(j, &own);
	if (rc < 0)
		snprintf(j->hindrance, sizeof(j->hindrance), "%.190s", own.msg);
	if (rc == 0 || !j->fetch.signal)
		return 0;
	*e = own;
	return rc;
}

static int choose(struct past *j, struct err *e)
{
	if (j->way == PAST_BGPLAY)
		return past_play_plan(j, e);
	if (make_plan(j, e) < 0 || (j->way == PAST_AUTO && look_at_play(j, e) < 0) ||
	    archive_fetch_look(&j->fetch, j->plan, e) < 0)
		return e->code;
	if (j->way == PAST_AUTO)
		j->way = past_choose(j->plan, j->play, &j->why);
	return 0;
}

static int take_files(struct past *j, struct tape **tape, struct err *e)
{
	const struct config_source *s = config_source_find(&j->cli->config, "mrt");
	if (past_resources(j, e) < 0 || archive_fetch_all(&j->fetch, j->plan, e) < 0)
		return e->code;
	while (archive_plan_returns(j->plan, s->url, s->url_routeviews))
		if (archive_fetch_look(&j->fetch, j->plan, e) < 0 || archive_fetch_all(&j->fetch, j->plan, e) < 0)
			return e->code;
	say_missing(j);
	return read_all(j, tape, e);
}

static int take_play(struct past *j, struct tape **tape, struct err *e)
{
	int rc = past_play_open(j, tape, e);
	if (rc == 0 || j->fetch.signal)
		return rc;
	if (!j->plan) {
		struct err why = *e;
		return err_set(e, rc, "%.200s; --via mrt takes the archives' files", why.msg);
	}
	fprintf(stderr, "landline: %s; taking the archives' files instead\n", e->msg);
	return take_files(j, tape, e);
}

static int prepare(struct past *j, struct tape **tape, struct err *e)
{
	if (read_times(j, e) < 0 || read_territories(j, e) < 0 || read_way(j, e) < 0 ||
	    archive_times(j->at, j->until, clock_now().wall, e) < 0 ||
	    archive_fetch_open(&j->fetch, &j->cli->config, e) < 0 || choose(j, e) < 0)
		return e->code;
	if (j->cli->dry_run) {
		say_plan(j, stdout);
		return j->way == PAST_BGPLAY ? 0 : check_listings(&j->fetch, e);
	}
	if (j->fetch.talk)
		say_plan(j, stderr);
	return j->way == PAST_BGPLAY ? take_play(j, tape, e) : take_files(j, tape, e);
}

int archive_run(const struct cli *c, struct tape **tape, struct wall *from)
{
	struct past *j = xcalloc(1, sizeof(*j));
	struct err e = {0};
	*tape = NULL;
	j->cli = c;
	int rc = prepare(j, tape, &e);
	int sig = j->fetch.signal;
	*from = j->at;
	archive_fetch_close(&j->fetch);
	if (j->plan)
		archive_plan_release(j->plan);
	free(j->plan);
	past_play_release(j);
	for (size_t i = 0; i < ARRAY_LEN(j->resources); i++)
		free(j->resources[i]);
	free(j);
	if (rc < 0) {
		rc = cli_fail(e.code == ERR_USAGE ? EXIT_USED_WRONGLY : EXIT_FAILED, &e);
		if (sig)
			signals_die(sig);
		return rc;
	}
	return *tape ? -1 : EXIT_DONE;
}
