/* INI text in bounded steps, for theme.c's and config.c's files.
 *
 * Not inih: the packaged library cuts a line at 200 bytes and does not tell its handler the line, while a list of sites
 * is longer and every message of ours names its line. Format: `[section]`, `key = value`, comments on lines of their
 * own after # or ; (a # inside a value is a colour or a part of a URL). Lines up to INIFILE_LINE_MAX bytes, text up to
 * INIFILE_MAX. */
#ifndef LANDLINE_SRC_CORE_INIFILE_H
#define LANDLINE_SRC_CORE_INIFILE_H

#include <stddef.h>

#include "base/err.h"

#define INIFILE_LINE_MAX 4096
#define INIFILE_MAX      (256 * 1024)

struct inifile_item {
	const char *file;
	unsigned line;
	const char *section; /* "" before the first one */
	const char *key;     /* NULL: the section's own line */
	const char *value;   /* blanks at both ends removed; may be "" */
};

/* Hand every section and key to `item`, in order; a non-zero answer stops and is returned. Its strings are good for
 * that call. Malformed text is ERR_USAGE. */
int inifile_read(const char *file, const char *text, size_t len,
		 int (*item)(void *ctx, const struct inifile_item *item, struct err *e), void *ctx,
		 struct err *e) MUST_CHECK;

/* "FILE:LINE: what failed": ERR_USAGE. */
int inifile_error(struct err *e, const struct inifile_item *at, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* "FILE:LINE: unknown KIND 'WORD' WHERE; did you mean 'NEAR'?", or the valid names when none is near. names:
 * NULL-terminated. */
int inifile_unknown(struct err *e, const struct inifile_item *at, const char *kind, const char *word, const char *where,
		    const char *const *names);

#endif
