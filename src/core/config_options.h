/* The table of options: what a key is called, how its value is read, checked and printed. Private to the config files.
 */
#ifndef LANDLINE_SRC_CORE_CONFIG_OPTIONS_H
#define LANDLINE_SRC_CORE_CONFIG_OPTIONS_H

#include "core/config.h"
#include "inifile.h"

enum option_type {
	OPTION_BOOL,    /* bool: yes/no, on/off, true/false, 1/0 */
	OPTION_SPAN,    /* unsigned in units of `unit`: a duration */
	OPTION_TEXT,    /* char[size] */
	OPTION_BASE,    /* char[size]: http:// or https:// without slash at the end */
	OPTION_CHARSET, /* enum charset, and a bool at `extra` for auto */
	OPTION_COLOR,   /* enum color_level, and a bool at `extra` for auto */
};

struct option {
	const char *section; /* "source": of every [source.NAME], offsets into struct config_source */
	const char *key;
	enum option_type type;
	size_t offset, size, extra;
	const char *fallback; /* default as text; NULL: config_init's caller gives it */
	char unit;            /* OPTION_SPAN: 's', 'h' or 'd' */
	unsigned min, max;    /* OPTION_SPAN, in units */
	bool has_auto;        /* OPTION_SPAN: "auto" is 0 */
	const char *help;     /* one comment line of the full file */
	const char *only, *except; /* section "source": this source alone has the key; all but this one. NULL: all */
};

extern const struct option option_table[];
extern const size_t option_count;

/* base: the struct that holds the option (struct config or config_source). A bad value is ERR_USAGE and changes
 * nothing. */
/* Has this source the option? Always true outside of "source". */
bool option_is_of(const struct option *o, const char *source);
int option_set(const struct option *o, void *base, const struct inifile_item *at, struct err *e) MUST_CHECK;
/* Only what may stand in a URL as it is sent: printable ASCII without blanks. */
bool option_is_url_text(const char *s);
void option_format(const struct option *o, const void *base, struct strbuf *out);

#endif
