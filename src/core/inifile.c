/* Line by line through INI text: see inifile.h. */
#include "inifile.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"

enum { SECTION_MAX = 64, SHOWN_MAX = 48, NAMES_SHOWN_MAX = 150 };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static char *trim(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && is_blank(s[len - 1]))
		s[--len] = '\0';
	while (is_blank(*s))
		s++;
	return s;
}

/* Control characters have no business in a config and must not get from there into a header or onto a terminal: not
 * even a carriage return, but for the one that ends a line. */
static bool is_text(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && !is_blank(s[i])) || s[i] == 0x7F)
			return false;
	return true;
}

int inifile_error(struct err *e, const struct inifile_item *at, const char *fmt, ...)
{
	char what[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, ERR_USAGE, "%s:%u: %s", at->file, at->line, n < 0 ? "bad line" : what);
}

int inifile_unknown(struct err *e, const struct inifile_item *at, const char *kind, const char *word, const char *where,
		    const char *const *names)
{
	char shown[SHOWN_MAX];
	struct strbuf list;
	const char *near = text_nearest(word, names);

	text_clean_str(shown, sizeof(shown), word);
	if (near)
		return inifile_error(e, at, "unknown %s '%s'%s; did you mean '%s'?", kind, shown, where, near);
	strbuf_init(&list, NAMES_SHOWN_MAX);
	for (size_t i = 0; names[i]; i++)
		strbuf_addf(&list, "%s%s", i ? ", " : "", names[i]);
	int rc = inifile_error(e, at, "unknown %s '%s'%s; there is: %s%s", kind, shown, where, list.text,
			       list.cut ? "..." : "");
	strbuf_release(&list);
	return rc;
}

static int read_section(char *line, char section[SECTION_MAX], const struct inifile_item *at, struct err *e)
{
	size_t len = strlen(line);

	if (line[len - 1] != ']')
		return inifile_error(e, at, "a section needs a ']' at the end of its line");
	line[len - 1] = '\0';
	char *name = trim(line + 1);
	if (*name == '\0' || strlen(name) >= SECTION_MAX)
		return inifile_error(e, at, "a section's name has 1 to %d characters", SECTION_MAX - 1);
	memcpy(section, name, strlen(name) + 1);
	return 0;
}

/* One trimmed line that is not empty and not a comment. Fills item's section, key and value. */
static int read_line(char *line, char section[SECTION_MAX], struct inifile_item *item, struct err *e)
{
	if (*line == '[') {
		item->key = NULL;
		item->value = "";
		return read_section(line, section, item, e);
	}
	char *equals = strchr(line, '=');
	if (!equals || equals == line)
		return inifile_error(e, item, "expected 'key = value' or '[section]'");
	*equals = '\0';
	item->key = trim(line);
	item->value = trim(equals + 1);
	return 0;
}

int inifile_read(const char *file, const char *text, size_t len,
		 int (*take)(void *ctx, const struct inifile_item *item, struct err *e), void *ctx, struct err *e)
{
	char section[SECTION_MAX] = "", line[INIFILE_LINE_MAX];
	struct inifile_item item = {.file = file, .section = section};
	size_t at = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* an editor's byte order mark */
	int rc = 0;

	if (len > INIFILE_MAX)
		return err_set(e, ERR_USAGE, "%s: longer than %d bytes", file, INIFILE_MAX);
	while (rc == 0 && at < len) {
		const char *lf = memchr(text + at, '\n', len - at);
		size_t n = lf ? (size_t)(lf - text) - at : len - at;

		size_t after = at + n + 1;
		if (n > 0 && text[at + n - 1] == '\r')
			n--;
		item.line++;
		if (n >= INIFILE_LINE_MAX)
			return inifile_error(e, &item, "line longer than %d bytes", INIFILE_LINE_MAX - 1);
		if (!is_text(text + at, n))
			return inifile_error(e, &item, "control character in the line");
		memcpy(line, text + at, n);
		line[n] = '\0';
		at = after;
		char *trimmed = trim(line);
		if (*trimmed == '\0' || *trimmed == '#' || *trimmed == ';')
			continue;
		rc = read_line(trimmed, section, &item, e);
		if (rc == 0)
			rc = take(ctx, &item, e);
	}
	return rc;
}
