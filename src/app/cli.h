/* The command line as two tables: commands and options. Parsing, `help` and the usage lines are loops over them. */
#ifndef LANDLINE_APP_CLI_H
#define LANDLINE_APP_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "core/config.h"
#include "core/territory.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USED_WRONGLY = 2 };

#define CLI_WORDS_MAX 64

struct cli;

struct command {
	const char *name;          /* "" : the dashboard */
	const char *words;         /* "[TERRITORY...]" */
	const char *help;          /* one line */
	const char *more;          /* paragraphs for `help NAME`, or NULL */
	bool territories;          /* its words are territories */
	bool file_first;           /* but the first, which is the file to record into */
	int (*run)(const struct cli *);  /* returns the exit code */
};

struct cli {
	const struct command *command;
	const char *config_file, *theme, *charset, *color, *store, *format, *since, *until, *state, *what_if;
	const char *record, *speed, *from, *at, *collectors, *via, *inputs; /* of recordings and replays */
	bool once, json, csv, check, follow, linear, no_mouse, loop, headless, dry_run, help, version;
	const char *words[CLI_WORDS_MAX];
	size_t word_count;
	/* after cli_resolve */
	struct config config;
	struct territory_spec specs[CONFIG_WATCH_MAX];
	size_t spec_count;
};

extern const struct command command_table[]; /* ends with a row whose help is NULL */

/* argv into *out. "unknown option '--jsn'; did you mean '--json'?" */
int cli_parse(struct cli *out, int argc, char **argv, struct err *e) MUST_CHECK;
/* Read the config, apply the options over it, read the territories (the watch list when none is given). */
int cli_resolve(struct cli *c, struct err *e) MUST_CHECK;
void cli_usage(struct strbuf *out);                               /* --help */
bool cli_command_help(const char *name, struct strbuf *out);      /* false: no such command */

/* One line on stderr, "landline: ...". Returns code. */
int cli_fail(int code, const struct err *e);
void cli_print(const struct strbuf *text);                        /* to stdout, whole */
bool cli_output_failed(void);                                     /* some of it could not be written */
struct config_source_default;
/* Where the store is: as configured, or in the state folder; "" when there is no place. dst: 600 bytes. */
char *cli_store_path(const struct config *c, char dst[600]);
size_t cli_source_defaults(struct config_source_default *out, size_t max);

int run_dashboard(const struct cli *);
int run_status(const struct cli *);
int run_events(const struct cli *);
int run_explain(const struct cli *);
int run_collect(const struct cli *);
int run_record(const struct cli *);
int run_replay(const struct cli *);
int run_export(const struct cli *);
int run_verify(const struct cli *);
int run_doctor(const struct cli *);
int run_help(const struct cli *);
int run_linear(const struct cli *, bool to_stdout);

#endif
