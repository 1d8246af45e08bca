/* One row an option: see config_options.h. A new option is a row here and a member of struct config; reading, checking,
 * defaults and `landline help config` follow. */
#include "config_options.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/when.h"

#define IN_CONFIG(member) .offset = offsetof(struct config, member), .size = sizeof(((struct config *)0)->member)
#define IN_SOURCE(member)                                                                                              \
	.offset = offsetof(struct config_source, member), .size = sizeof(((struct config_source *)0)->member)

const struct option option_table[] = {
	{.section = "source", .key = "enabled", .type = OPTION_BOOL, IN_SOURCE(enabled), .help = "yes or no"},
	{.section = "source",
	 .key = "url",
	 .type = OPTION_BASE,
	 IN_SOURCE(url),
	 .except = "mrt",
	 .help = "base URL: a mirror or a test server can stand in"},
	{.section = "source",
	 .key = "url_ris",
	 .type = OPTION_BASE,
	 IN_SOURCE(url),
	 .only = "mrt",
	 .help = "base URL of the archive of RIPE RIS, or of a mirror"},
	{.section = "source",
	 .key = "url_routeviews",
	 .type = OPTION_BASE,
	 IN_SOURCE(url_routeviews),
	 .fallback = "https://archive.routeviews.org",
	 .only = "mrt",
	 .help = "and of that of RouteViews"},
	{.section = "source",
	 .key = "period",
	 .type = OPTION_SPAN,
	 IN_SOURCE(period_s),
	 .fallback = "auto",
	 .unit = 's',
	 .min = 10,
	 .max = 604800,
	 .has_auto = true,
	 .help = "time between two calls, 10s to 7d; auto: each call's own"},
	{.section = "source",
	 .key = "token_file",
	 .type = OPTION_TEXT,
	 IN_SOURCE(token_file),
	 .fallback = "",
	 .help = "file whose first line is the API token"},
	{.section = "source",
	 .key = "token_env",
	 .type = OPTION_TEXT,
	 IN_SOURCE(token_env),
	 .fallback = "",
	 .help = "or the environment variable that holds it"},

	{.section = "ui",
	 .key = "theme",
	 .type = OPTION_TEXT,
	 IN_CONFIG(theme),
	 .fallback = "default",
	 .help = "a theme's name (dark, light, contrast, colorblind, mono, your own) or a path"},
	{.section = "ui",
	 .key = "charset",
	 .type = OPTION_CHARSET,
	 IN_CONFIG(charset),
	 .extra = offsetof(struct config, charset_auto),
	 .fallback = "auto",
	 .help = "auto, braille, block or ascii"},
	{.section = "ui",
	 .key = "color",
	 .type = OPTION_COLOR,
	 IN_CONFIG(color),
	 .extra = offsetof(struct config, color_auto),
	 .fallback = "auto",
	 .help = "auto, truecolor, 256, 16 or mono"},
	{.section = "ui",
	 .key = "mouse",
	 .type = OPTION_BOOL,
	 IN_CONFIG(mouse),
	 .fallback = "yes",
	 .help = "clicks and wheel; Shift still selects text"},
	{.section = "ui",
	 .key = "title",
	 .type = OPTION_BOOL,
	 IN_CONFIG(title),
	 .fallback = "no",
	 .help = "write the state into the terminal's title"},
	{.section = "ui",
	 .key = "sync_output",
	 .type = OPTION_BOOL,
	 IN_CONFIG(sync_output),
	 .fallback = "yes",
	 .help = "synchronized output where the terminal has it"},
	{.section = "ui",
	 .key = "bell",
	 .type = OPTION_BOOL,
	 IN_CONFIG(bell),
	 .fallback = "no",
	 .help = "ring once when an outage is confirmed and when it ends"},
	{.section = "ui",
	 .key = "history",
	 .type = OPTION_SPAN,
	 IN_CONFIG(history_h),
	 .fallback = "24h",
	 .unit = 'h',
	 .min = 1,
	 .max = 168,
	 .help = "span of the sparklines, 1h to 7d"},

	{.section = "store",
	 .key = "url",
	 .type = OPTION_TEXT,
	 IN_CONFIG(store_url),
	 .fallback = "",
	 .help = "path of the SQLite file or postgresql://...; empty: $XDG_STATE_HOME/landline/landline.db"},
	{.section = "store",
	 .key = "keep",
	 .type = OPTION_SPAN,
	 IN_CONFIG(keep_days),
	 .fallback = "90d",
	 .unit = 'd',
	 .min = 1,
	 .max = 36500,
	 .help = "how long samples are kept; events are kept for ever"},
	{.section = "store",
	 .key = "inputs",
	 .type = OPTION_BOOL,
	 IN_CONFIG(keep_inputs),
	 .fallback = "yes",
	 .help = "keep what came in (128 MB at most, the oldest goes first), so that an event can be exported with its inputs"},

	{.section = "net",
	 .key = "user_agent",
	 .type = OPTION_TEXT,
	 IN_CONFIG(user_agent),
	 .fallback = "landline/0.1 (+https://github.com/landline/landline)",
	 .help = "what the services see; keep a contact in it"},
	{.section = "net",
	 .key = "ca_file",
	 .type = OPTION_TEXT,
	 IN_CONFIG(ca_file),
	 .fallback = "",
	 .help = "certificates to trust instead of the system's"},
};
const size_t option_count = ARRAY_LEN(option_table);

static const struct {
	const char *word;
	bool value;
} bool_words[] = {
	{"yes", true},  {"no", false},    {"on", true}, {"off", false},
	{"true", true}, {"false", false}, {"1", true},  {"0", false},
};

static const struct {
	char unit;
	int64_t ms;
} span_units[] = {{'s', 1000}, {'h', 3600000}, {'d', 86400000}};

static int64_t span_unit_ms(const struct option *o)
{
	for (size_t i = 0; i < ARRAY_LEN(span_units); i++)
		if (span_units[i].unit == o->unit)
			return span_units[i].ms;
	BUG("option '%s' has no unit", o->key);
}

static int set_bool(const struct option *o, char *base, const struct inifile_item *at, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(bool_words); i++) {
		if (strcmp(at->value, bool_words[i].word) == 0) {
			memcpy(base + o->offset, &bool_words[i].value, sizeof(bool));
			return 0;
		}
	}
	return inifile_error(e, at, "'%s' in [%s] must be yes or no, not '%.24s'", o->key, at->section, at->value);
}

static int set_span(const struct option *o, char *base, const struct inifile_item *at, struct err *e)
{
	int64_t ms = 0, unit_ms = span_unit_ms(o);
	unsigned value = 0;

	if (!(o->has_auto && strcmp(at->value, "auto") == 0)) {
		if (duration_parse(at->value, &ms, NULL) != 0 || ms % unit_ms != 0 || ms / unit_ms < o->min ||
		    ms / unit_ms > o->max)
			return inifile_error(e, at, "'%s' in [%s] must be %u%c to %u%c%s, not '%.24s'", o->key,
					     at->section, o->min, o->unit, o->max, o->unit,
					     o->has_auto ? " or auto" : "", at->value);
		value = (unsigned)(ms / unit_ms);
	}
	memcpy(base + o->offset, &value, sizeof(value));
	return 0;
}

static int set_text(const struct option *o, char *base, const struct inifile_item *at, struct err *e)
{
	char buffer[INIFILE_LINE_MAX], *clean = buffer;
	size_t len = text_clean_str(buffer, sizeof(buffer), at->value);

	/* cleaning may leave a blank at an end that was not one before */
	while (len > 0 && clean[len - 1] == ' ')
		clean[--len] = '\0';
	for (; *clean == ' '; len--)
		clean++;
	if (len >= o->size)
		return inifile_error(e, at, "'%s' in [%s] is longer than %zu bytes", o->key, at->section, o->size - 1);
	memcpy(base + o->offset, clean, len + 1);
	return 0;
}

bool option_is_url_text(const char *s)
{
	while (*s > ' ' && *s <= '~')
		s++;
	return *s == '\0';
}

static int set_base(const struct option *o, char *base, const struct inifile_item *at, struct err *e)
{
	const char *url = at->value;
	size_t len = strlen(url), scheme = strncmp(url, "https://", 8) == 0  ? 8
					   : strncmp(url, "http://", 7) == 0 ? 7
									     : 0;

	while (len > scheme && url[len - 1] == '/')
		len--;
	if (scheme == 0 || len == scheme || !option_is_url_text(url) || strpbrk(url, "?#"))
		return inifile_error(e, at, "'%s' in [%s] must be http://HOST or https://HOST, perhaps with a path",
				     o->key, at->section);
	if (len >= o->size)
		return inifile_error(e, at, "'%s' in [%s] is longer than %zu bytes", o->key, at->section, o->size - 1);
	memcpy(base + o->offset, url, len);
	base[o->offset + len] = '\0';
	return 0;
}

static int set_charset(const struct option *o, char *base, const struct inifile_item *at, struct err *e)
{
	enum charset c = CHARSET_ASCII;
	bool is_auto = strcmp(at->value, "auto") == 0;

	if (!is_auto && !charset_from_name(at->value, &c))
		return inifile_error(e, at, "'%s' must be auto, braille, block or ascii, not '%.24s'", o->key,
				     at->value);
	memcpy(base + o->offset, &c, sizeof(c));
	memcpy(base + o->extra, &is_auto, sizeof(is_auto));
	return 0;
}

static int set_color(const struct option *o, char *base, const struct inifile_item *at, struct err *e)
{
	enum color_level level = LEVEL_MONO;
	bool is_auto = strcmp(at->value, "auto") == 0;

	if (!is_auto && !color_level_from_name(at->value, &level))
		return inifile_error(e, at, "'%s' must be auto, truecolor, 256, 16 or mono, not '%.24s'", o->key,
				     at->value);
	memcpy(base + o->offset, &level, sizeof(level));
	memcpy(base + o->extra, &is_auto, sizeof(is_auto));
	return 0;
}

static void format_bool(const struct option *o, const char *base, struct strbuf *out)
{
	bool value;

	memcpy(&value, base + o->offset, sizeof(value));
	strbuf_adds(out, value ? "yes" : "no");
}

static void format_span(const struct option *o, const char *base, struct strbuf *out)
{
	unsigned value;

	memcpy(&value, base + o->offset, sizeof(value));
	if (o->has_auto && value == 0)
		strbuf_adds(out, "auto");
	else
		strbuf_addf(out, "%u%c", value, o->unit);
}

static void format_text(const struct option *o, const char *base, struct strbuf *out)
{
	strbuf_adds(out, base + o->offset);
}

static bool is_auto_set(const struct option *o, const char *base)
{
	bool is_auto;

	memcpy(&is_auto, base + o->extra, sizeof(is_auto));
	return is_auto;
}

static void format_charset(const struct option *o, const char *base, struct strbuf *out)
{
	enum charset c;

	memcpy(&c, base + o->offset, sizeof(c));
	strbuf_adds(out, is_auto_set(o, base) ? "auto" : charset_name(c));
}

static void format_color(const struct option *o, const char *base, struct strbuf *out)
{
	static const char *const words[] = {"mono", "16", "256", "truecolor"};
	enum color_level level, named;

	memcpy(&level, base + o->offset, sizeof(level));
	if (is_auto_set(o, base))
		strbuf_adds(out, "auto");
	for (size_t i = 0; i < ARRAY_LEN(words) && !is_auto_set(o, base); i++)
		if (color_level_from_name(words[i], &named) && named == level)
			strbuf_adds(out, words[i]);
}

static const struct {
	int (*set)(const struct option *, char *base, const struct inifile_item *, struct err *);
	void (*format)(const struct option *, const char *base, struct strbuf *);
} types[] = {
	[OPTION_BOOL] = {set_bool, format_bool},          [OPTION_SPAN] = {set_span, format_span},
	[OPTION_TEXT] = {set_text, format_text},          [OPTION_BASE] = {set_base, format_text},
	[OPTION_CHARSET] = {set_charset, format_charset}, [OPTION_COLOR] = {set_color, format_color},
};

bool option_is_of(const struct option *o, const char *source)
{
	return (!o->only || strcmp(o->only, source) == 0) && (!o->except || strcmp(o->except, source) != 0);
}

int option_set(const struct option *o, void *base, const struct inifile_item *at, struct err *e)
{
	return types[o->type].set(o, base, at, e);
}

void option_format(const struct option *o, const void *base, struct strbuf *out)
{
	types[o->type].format(o, base, out);
}
