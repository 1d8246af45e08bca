/* landline replay --at TIME: any day since 2001 out of the archives of RIPE RIS and RouteViews.
 *
 * A plan first (which files, how large, what of it is in the cache), printed alone with --dry-run; then what is missing
 * is fetched; then the table dumps are read. What a country had then is asked of RIPEstat, and kept with the files. */
#include "cmd_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive_fetch.h"
#include "archive_tape.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/signals.h"

#define DAY_MS        86400000LL
#define RESOURCES_MAX (8u << 20)

struct job {
	const struct cli *cli;
	struct wall at, until;
	struct territory_spec specs[CONFIG_WATCH_MAX];
	size_t spec_count;
	char *resources[CONFIG_WATCH_MAX];
	struct archive_fetch fetch;
	struct archive_plan *plan; /* owned until the tape takes it */
};

/* ---- what is wanted
 * -------------------------------------------------------------------------------------------------- */

static int read_times(struct job *j, struct err *e)
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

static int read_territories(struct job *j, struct err *e)
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

static int make_plan(struct job *j, struct err *e)
{
	const struct config_source *s = config_source_find(&j->cli->config, "mrt");
	j->plan = xcalloc(1, sizeof(*j->plan));
	return archive_plan(j->plan, j->at, j->until, j->cli->collectors, s->url, s->url_routeviews, clock_now().wall,
			    e);
}

/* ---- what there was
 * -------------------------------------------------------------------------------------------------- */

static int ask_resources(struct job *j, const char *code, struct strbuf *body, struct err *e)
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

static int find_resources(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->spec_count; i++) {
		struct strbuf body;
		if (j->specs[i].kind != TERRITORY_COUNTRY)
			continue;
		strbuf_init(&body, RESOURCES_MAX);
		int rc = ask_resources(j, j->specs[i].code, &body, e);
		j->resources[i] = strbuf_take(&body);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- how far
 * --------------------------------------------------------------------------------------------------------- */

static bool on_progress(void *arg, double done, const char *file)
{
	struct job *j = arg;
	if (j->fetch.talk)
		fprintf(stderr, "\r\033[Kreading the table dumps: %.0f%%  %.60s", done * 100, file);
	return true;
}

static void say_plan(const struct job *j, FILE *to)
{
	struct strbuf text;
	strbuf_init(&text, 1 << 14);
	archive_plan_text(j->plan, &text);
	fputs(text.text, to);
	strbuf_release(&text);
}

static void say_missing(const struct job *j)
{
	size_t missing = 0;
	for (size_t i = 0; i < j->plan->count; i++)
		missing += j->plan->files[i].missing;
	if (missing)
		fprintf(stderr,
			"landline: %zu of %zu files are not in the archive: what happened then there is not known\n",
			missing, j->plan->count);
}

static int read_all(struct job *j, struct tape **tape, struct err *e)
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

static int prepare(struct job *j, struct tape **tape, struct err *e)
{
	if (read_times(j, e) < 0 || read_territories(j, e) < 0 || make_plan(j, e) < 0 ||
	    archive_fetch_open(&j->fetch, &j->cli->config, e) < 0 || archive_fetch_look(&j->fetch, j->plan, e) < 0)
		return e->code;
	if (j->cli->dry_run) {
		say_plan(j, stdout);
		return check_listings(&j->fetch, e);
	}
	if (j->fetch.talk)
		say_plan(j, stderr);
	if (find_resources(j, e) < 0 || archive_fetch_all(&j->fetch, j->plan, e) < 0)
		return e->code;
	say_missing(j);
	return read_all(j, tape, e);
}

int archive_run(const struct cli *c, struct tape **tape, struct wall *from)
{
	struct job *j = xcalloc(1, sizeof(*j));
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
