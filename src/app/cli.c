/* Words and options to a struct cli, by tables. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd_mrt.h"

#include "base/mem.h"
#include "base/text.h"
#include "io/files.h"
#include "source/source.h"

const struct command command_table[] = {
	{.name = "", .words = "[TERRITORY...]", .territories = true, .run = run_dashboard,
	 .help = "the dashboard; several territories are tabs; none: the watch list, else the country picker"},
	{.name = "status", .words = "[TERRITORY...]", .territories = true, .run = run_status,
	 .help = "one shot: a text table; --json, --check, --format STRING",
	 .more = "Asks the sources, waits until every network was seen (15 s at most) and prints. --check prints one line and exits\n"
		 "0 ok, 1 warning, 2 critical, 3 unknown. --format prints one line per territory; names in #{...}: cc territory name\n"
		 "state up total up4 total4 up6 total6 down loss since duration text spark provider event time; ## is a #.\n"
		 "--follow stays and prints again whenever the answer changes, for a status line.\n"},
	{.name = "events", .words = "[TERRITORY...]", .territories = true, .run = run_events,
	 .help = "the log: --since 7d|TIME, --until, --state, --json (one object a line), --csv, --follow",
	 .more = "Reads the store; needs no network. --state takes a comma list of suspected, confirmed, easing, resolved, dismissed,\n"
		 "unverified, open or all; without it suspected and dismissed events are left out.\n"},
	{.name = "explain", .words = "EVENT", .run = run_explain,
	 .help = "the evidence of one event: inputs, values, rule, times, URLs"},
	{.name = "export", .words = "EVENT DIR", .run = run_export,
	 .help = "an event with all that it takes to derive it again, in a folder: claim, series, charts, inputs, SHA-256",
	 .more = "DIR must not exist, or be empty. The inputs are those that a dashboard or `collect` kept ([store] inputs), or, with\n"
		 "--inputs FILE|CASE, those of a recording or a bundled case, whose own number EVENT then is.\n"},
	{.name = "verify", .words = "DIR", .run = run_verify,
	 .help = "does an exported event hold: are its files unchanged, and do its inputs give it again? Exit 0 yes, 1 no",
	 .more = "Needs no network, no store and no configuration.\n"},
	{.name = "collect", .words = "[TERRITORY...]", .territories = true, .run = run_collect,
	 .help = "the same engine without a screen, for a service manager; each change is a line on stderr"},
	{.name = "record", .words = "FILE [TERRITORY...]", .territories = true, .file_first = true, .run = run_record,
	 .help = "the same, and every byte that comes in is kept in FILE with its time, for replay",
	 .more = "FILE must be new; a folder gets a file named by the time. It is a row of gzip members (zcat shows what is in it), flushed\n"
		 "once a second: killed at any moment it can be read up to the last second. No token, cookie or header is kept. The dashboard\n"
		 "and `collect` record too, with --record FILE.\n"},
	{.name = "replay", .words = "FILE|CASE|--at TIME TERRITORY...", .run = run_replay,
	 .help = "the same screen on the past: a recording, a bundled case (kp-2014), or any day since 2001",
	 .more = "--at TIME fetches what it needs into the cache and plays it: files of the archives of RIPE RIS and RouteViews (mrt), or, for\n"
		 "a few networks, answers of RIPEstat's BGPlay, whichever is cheaper. --via mrt|bgplay chooses by hand, --dry-run only says\n"
		 "which files or requests and how large. Otherwise nothing is fetched; nothing is ever stored. --speed N is seconds of the\n"
		 "past per second (1 to 100000; without it the whole takes about five minutes). --from and --until are times\n"
		 "(2014-12-22T16:00Z) or spans from the beginning (6h). --headless prints the log and the events without a screen, as fast\n"
		 "as it goes or, with --speed, at that speed; --json prints the events alone, an object a line. A line of the log has the\n"
		 "time of the data; where it was concluded later, which is the order of the lines, it ends in [said HH:MM:SS].\n"
		 "Keys: Space plays and pauses, . steps, < > speed, { } ten minutes, ( ) events, : a time.\n"},
	{.name = "mrt", .words = "[FILE]", .run = run_mrt,
	 .help = "print an MRT file (RIS, RouteViews; gz, bz2 or plain; no FILE: stdin) in bgpdump's one-line form",
	 .more = "The lines are those of `bgpdump -m`, so that a reading of ours can be checked against another's. A broken record costs\n"
		 "that record, is named on stderr with its number and offset, and makes the exit code 1.\n"},
	{.name = "doctor", .words = "[TERRITORY...]", .territories = true, .run = run_doctor,
	 .help = "checks terminal, locale, config, store, clock and every source; says what to do"},
	{.name = "help", .words = "[TOPIC]", .run = run_help,
	 .help = "help of a command, or of config, keys, themes, sources, territories"},
	{.help = NULL},
};

struct option {
	const char *name;      /* without the dashes */
	char letter;           /* or 0 */
	const char *argument;  /* "FILE", or NULL: a switch */
	size_t offset;         /* of a const char * or a bool in struct cli */
	const char *commands;  /* "|status|events|": the only ones it goes with (|| is the dashboard); NULL: all */
	const char *help;
};

#define AT(member) offsetof(struct cli, member)
static const struct option option_table[] = {
	{"config", 'c', "FILE", AT(config_file), NULL, "read this configuration instead of landline.conf"},
	{"theme", 't', "NAME", AT(theme), "||doctor|replay|", "colours: dark, light, contrast, colorblind, mono, or a file"},
	{"charset", 0, "SET", AT(charset), NULL, "braille, block or ascii instead of what the terminal seems to have"},
	{"color", 0, "LEVEL", AT(color), NULL, "mono, 16, 256 or truecolor instead of what the terminal seems to have"},
	{"store", 0, "PATH", AT(store), NULL, "keep events and samples in this file"},
	{"once", '1', NULL, AT(once), "||", "print one screen as text and leave"},
	{"linear", 0, NULL, AT(linear), "||replay|", "no screen: each change is one line of plain words"},
	{"no-mouse", 0, NULL, AT(no_mouse), "||replay|", "leave the mouse to the terminal"},
	{"json", 'j', NULL, AT(json), "|status|events|explain|replay|", "JSON, schema 1"},
	{"csv", 0, NULL, AT(csv), "|events|", "comma-separated values"},
	{"check", 0, NULL, AT(check), "|status|", "exit 0 ok, 1 warning, 2 critical, 3 unknown"},
	{"format", 0, "STRING", AT(format), "|status|", "a status line such as '#{cc} #{state} #{up}/#{total} #{spark}'"},
	{"what-if", 0, "AS", AT(what_if), "|status|", "also say which networks go dark without this AS"},
	{"since", 0, "TIME", AT(since), "|events|", "from this time on: 2014-12-22T16:00Z, or a span back such as 7d"},
	{"until", 0, "TIME", AT(until), "|events|replay|export|", "up to this time"},
	{"record", 0, "FILE", AT(record), "||collect|record|", "keep every byte that comes in, for replay"},
	{"inputs", 0, "FILE|CASE", AT(inputs), "|export|", "take the inputs from there"},
	{"speed", 0, "N", AT(speed), "|replay|", "seconds of the past per second, 1 to 100000"},
	{"from", 0, "TIME", AT(from), "|replay|", "begin there"},
	{"at", 0, "TIME", AT(at), "|replay|", "this time out of the archives: 2014-12-22T16:00Z; --until ends it (a day later)"},
	{"collectors", 0, "LIST", AT(collectors), "|replay|", "with --at: rrc00,route-views2 instead of a few with good coverage"},
	{"via", 0, "WAY", AT(via), "|replay|", "with --at: mrt (the archives' files) or bgplay (RIPEstat) instead of the cheaper one"},
	{"dry-run", 0, NULL, AT(dry_run), "|replay|", "with --at: only say which files or requests, and how large"},
	{"loop", 0, NULL, AT(loop), "|replay|", "begin again at the end"},
	{"headless", 0, NULL, AT(headless), "|replay|", "no screen: print the log and the events"},
	{"state", 0, "LIST", AT(state), "|events|replay|", "only events in these states"},
	{"follow", 'f', NULL, AT(follow), "|status|events|", "stay, and print what is new"},
	{"help", 'h', NULL, AT(help), NULL, "this text"},
	{"version", 0, NULL, AT(version), NULL, "the version"},
	{NULL, 0, NULL, 0, NULL, NULL},
};

static const struct option *option_find(const char *name, size_t len)
{
	for (const struct option *o = option_table; o->name; o++)
		if (strlen(o->name) == len && !memcmp(o->name, name, len))
			return o;
	return NULL;
}

static int unknown_option(const char *name, size_t len, struct err *e)
{
	const char *names[ARRAY_LEN(option_table)];
	char word[64];
	size_t n = 0;
	for (const struct option *o = option_table; o->name; o++)
		names[n++] = o->name;
	names[n] = NULL;
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	const char *near = text_nearest(word, names);
	if (near)
		return err_set(e, ERR_USAGE, "unknown option '--%s'; did you mean '--%s'?", word, near);
	return err_set(e, ERR_USAGE, "unknown option '--%s'; see 'landline --help'", word);
}

static int set_option(struct cli *c, const struct option *o, const char *value, struct err *e)
{
	char *field = (char *)c + o->offset;
	if (!o->argument) {
		if (value)
			return err_set(e, ERR_USAGE, "option '--%s' takes no value", o->name);
		*(bool *)(void *)field = true;
		return 0;
	}
	if (!value)
		return err_set(e, ERR_USAGE, "option '--%s' needs a value: %s", o->name, o->argument);
	*(const char **)(void *)field = value;
	return 0;
}

static int parse_long(struct cli *c, const char *text, char **argv, int *i, struct err *e)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : strlen(text);
	const struct option *o = option_find(text, len);
	if (!o)
		return unknown_option(text, len, e);
	const char *value = equals ? equals + 1 : NULL;
	if (o->argument && !value && argv[*i + 1])
		value = argv[++*i];
	return set_option(c, o, value, e);
}

static int parse_letters(struct cli *c, const char *letters, char **argv, int *i, struct err *e)
{
	for (const char *p = letters; *p; p++) {
		const struct option *o = option_table;
		while (o->name && o->letter != *p)
			o++;
		if (!o->name)
			return err_set(e, ERR_USAGE, "unknown option '-%c'; see 'landline --help'", *p);
		if (!o->argument) {
			if (set_option(c, o, NULL, e) < 0)
				return e->code;
			continue;
		}
		const char *value = p[1] ? p + 1 : argv[*i + 1] ? argv[++*i] : NULL;
		return set_option(c, o, value, e);
	}
	return 0;
}

static int add_word(struct cli *c, const char *word, struct err *e)
{
	if (c->word_count == CLI_WORDS_MAX)
		return err_set(e, ERR_USAGE, "too many words: %d are the most", CLI_WORDS_MAX);
	c->words[c->word_count++] = word;
	return 0;
}

static const struct command *command_find(const char *name)
{
	for (const struct command *k = command_table; k->help; k++)
		if (!strcmp(k->name, name))
			return k;
	return NULL;
}

static bool is_given(const struct cli *c, const struct option *o)
{
	const void *field = (const char *)c + o->offset;
	return o->argument ? *(const char *const *)field != NULL : *(const bool *)field;
}

/* An option that its command would ignore is a mistake worth telling. */
static int check_fit(const struct cli *c, struct err *e)
{
	char name[24];
	snprintf(name, sizeof(name), "|%s|", c->command->name);
	for (const struct option *o = option_table; o->name; o++)
		if (o->commands && !c->help && is_given(c, o) && !strstr(o->commands, name))
			return err_set(e, ERR_USAGE, "option '--%s' does not go with '%s'; see 'landline --help'", o->name,
				       *c->command->name ? c->command->name : "the dashboard");
	return 0;
}

int cli_parse(struct cli *out, int argc, char **argv, struct err *e)
{
	memset(out, 0, sizeof(*out));
	bool options = true;
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		int rc;
		if (options && !strcmp(word, "--")) {
			options = false;
			continue;
		}
		if (options && !strncmp(word, "--", 2))
			rc = parse_long(out, word + 2, argv, &i, e);
		else if (options && word[0] == '-' && word[1])
			rc = parse_letters(out, word + 1, argv, &i, e);
		else if (!out->command && !out->word_count && *word && command_find(word)) {
			out->command = command_find(word);
			rc = 0;
		} else {
			rc = add_word(out, word, e);
		}
		if (rc < 0)
			return rc;
	}
	if (!out->command)
		out->command = &command_table[0];
	return check_fit(out, e);
}

/* ---- configuration ---- */

size_t cli_source_defaults(struct config_source_default *out, size_t max)
{
	size_t n = 0;
	for (; n < source_count && n < max; n++)
		out[n] = (struct config_source_default){source_table[n]->name, source_table[n]->url,
							!source_table[n]->off_by_default};
	return n;
}

char *cli_store_path(const struct config *c, char dst[600])
{
	char dir[512];
	if (c->store_url[0]) {
		snprintf(dst, 600, "%s", c->store_url);
		return dst;
	}
	files_dir(dir, PLACE_STATE);
	snprintf(dst, 600, "%s%s", dir, *dir ? "/landline.db" : "");
	return dst;
}

static int read_config_file(struct cli *c, const char *path, bool must, struct err *e)
{
	struct strbuf text;
	strbuf_init(&text, 1 << 20);
	int rc = files_read(path, &text, e);
	if (rc == 0)
		rc = config_parse(&c->config, path, text.text, text.len, e);
	if (rc == 0)
		snprintf(c->config.path, sizeof(c->config.path), "%s", path);
	strbuf_release(&text);
	if (rc == ERR_NOT_FOUND && !must)
		return 1;
	return rc;
}

static int read_config(struct cli *c, struct err *e)
{
	struct config_source_default defaults[CONFIG_SOURCES_MAX];
	char dir[512], path[600];
	config_init(&c->config, defaults, cli_source_defaults(defaults, ARRAY_LEN(defaults)));
	if (c->config_file)
		return read_config_file(c, c->config_file, true, e);
	files_dir(dir, PLACE_CONFIG);
	if (*dir) {
		snprintf(path, sizeof(path), "%s/landline.conf", dir);
		int rc = read_config_file(c, path, false, e);
		if (rc <= 0)
			return rc;
	}
	int rc = read_config_file(c, "/etc/landline.conf", false, e);
	return rc > 0 ? 0 : rc;
}

static int apply_options(struct cli *c, struct err *e)
{
	struct config *k = &c->config;
	if (c->theme)
		snprintf(k->theme, sizeof(k->theme), "%.63s", c->theme);
	if (c->store)
		snprintf(k->store_url, sizeof(k->store_url), "%.511s", c->store);
	if (c->no_mouse)
		k->mouse = false;
	if (c->charset) {
		k->charset_auto = !strcmp(c->charset, "auto");
		if (!k->charset_auto && !charset_from_name(c->charset, &k->charset))
			return err_set(e, ERR_USAGE, "unknown charset '%s': braille, block, ascii or auto", c->charset);
	}
	if (c->color) {
		k->color_auto = !strcmp(c->color, "auto");
		if (!k->color_auto && !color_level_from_name(c->color, &k->color))
			return err_set(e, ERR_USAGE, "unknown color level '%s': mono, 16, 256, truecolor or auto", c->color);
	}
	return 0;
}

static int add_territory(struct cli *c, const char *word, struct err *e)
{
	struct territory_spec spec;
	if (territory_parse(word, &spec, e) < 0)
		return e->code;
	if (spec.kind == TERRITORY_WORLD)
		return 0; /* the picker lists the world */
	for (size_t i = 0; i < c->spec_count; i++)
		if (!strcmp(c->specs[i].code, spec.code))
			return 0;
	if (c->spec_count == ARRAY_LEN(c->specs))
		return err_set(e, ERR_USAGE, "too many territories: %zu are the most", ARRAY_LEN(c->specs));
	c->specs[c->spec_count++] = spec;
	return 0;
}

int cli_resolve(struct cli *c, struct err *e)
{
	if (read_config(c, e) < 0 || apply_options(c, e) < 0)
		return e->code;
	if (!c->command->territories)
		return 0;
	size_t first = c->command->file_first;
	if (first && !c->word_count)
		return err_set(e, ERR_USAGE, "%s needs a file: landline %s %s", c->command->name, c->command->name, c->command->words);
	if (first)
		c->record = c->words[0];
	for (size_t i = first; i < c->word_count; i++)
		if (add_territory(c, c->words[i], e) < 0)
			return e->code;
	for (size_t i = 0; i < c->config.watch_count && c->word_count == first; i++)
		if (add_territory(c, c->config.watch[i], e) < 0)
			return err_prefix(e, "%s: [watch]", c->config.path);
	return 0;
}

/* ---- words ---- */

static void usage_options(struct strbuf *out)
{
	for (const struct option *o = option_table; o->name; o++) {
		char left[40];
		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
		if (o->letter)
			strbuf_addf(out, "  -%c, %-20s %s\n", o->letter, left, o->help);
		else
			strbuf_addf(out, "      %-20s %s\n", left, o->help);
	}
}

void cli_usage(struct strbuf *out)
{
	strbuf_adds(out, "landline: live country connectivity in a terminal\n\nUsage:\n");
	for (const struct command *k = command_table; k->help; k++) {
		char left[48];
		snprintf(left, sizeof(left), "landline%s%s %s", *k->name ? " " : "", k->name, k->words);
		strbuf_addf(out, "  %-34s %s\n", left, k->help);
	}
	strbuf_adds(out, "\nA TERRITORY is a country (KP), an AS (AS131279), a prefix (175.45.176.0/22), a file of those (@name) or world.\n"
			 "\nOptions:\n");
	usage_options(out);
	strbuf_adds(out, "\nExit: 0 done, 1 failed, 2 used wrongly. `landline help config` prints a full configuration.\n");
}

bool cli_command_help(const char *name, struct strbuf *out)
{
	const struct command *k = command_find(name);
	if (!k || !*name)
		return false;
	strbuf_addf(out, "landline %s %s\n\n%s\n", k->name, k->words, k->help);
	if (k->more)
		strbuf_addf(out, "\n%s", k->more);
	return true;
}

int cli_fail(int code, const struct err *e)
{
	fprintf(stderr, "landline: %s\n", e->msg);
	return code;
}

static bool output_failed;

bool cli_output_failed(void)
{
	return output_failed;
}

void cli_print(const struct strbuf *text)
{
	size_t done = 0;
	while (done < text->len) {
		ssize_t n = write(STDOUT_FILENO, text->text + done, text->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (errno != EPIPE && !output_failed)
				fprintf(stderr, "landline: cannot write the answer: %s\n", strerror(errno));
			output_failed = true;
			return;
		}
		done += (size_t)n;
	}
}
