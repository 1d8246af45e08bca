/* Reading what is to be watched: see core/territory.h.
 *
 * A word is tried in a fixed order that cannot clash: `world`, `@file`, a number or AS number, a prefix, a country
 * code, then a country's name or the beginning of exactly one name. Whatever is left gets the nearest suggestion there
 * is. */
#include "core/territory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

enum { LINE_MAX_BYTES = 200, SHOWN_MAX = 48, BEGINNING_MIN = 3, COUNTRIES_MAX = 300 };

/* Names in daily use that are neither the code nor the beginning of the short name. */
static const struct {
	const char *word, *code;
} aliases[] = {
	{"uk", "GB"},         {"great britain", "GB"},  {"england", "GB"},
	{"usa", "US"},        {"america", "US"},        {"uae", "AE"},
	{"dprk", "KP"},       {"burma", "MM"},          {"turkiye", "TR"},
	{"macau", "MO"},      {"holland", "NL"},        {"swaziland", "SZ"},
	{"drc", "CD"},        {"east timor", "TL"},     {"cote d'ivoire", "CI"},
	{"cabo verde", "CV"}, {"czech republic", "CZ"},
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ASCII case ignored: is `word` the beginning of `name`? *whole: all of it. */
static bool begins(const char *name, const char *word, bool *whole)
{
	size_t i = 0;

	while (word[i] && lower(word[i]) == lower(name[i]))
		i++;
	*whole = word[i] == '\0' && name[i] == '\0';
	return word[i] == '\0';
}

static void set_code(struct territory_spec *t, enum territory_kind kind, const char *code)
{
	*t = (struct territory_spec){.kind = kind};
	snprintf(t->code, sizeof(t->code), "%s", code);
}

static bool read_world(const char *word, struct territory_spec *out)
{
	bool whole;

	if (!begins("world", word, &whole) || !whole)
		return false;
	set_code(out, TERRITORY_WORLD, "world");
	return true;
}

/* The name becomes a file name: letters, digits, '.', '_', '-', and no leading dot, so that no path can be made of it.
 */
static bool read_file_name(const char *word, struct territory_spec *out)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strlen(word);

	if (word[0] != '@' || len < 2 || len >= TERRITORY_CODE_MAX || word[1] == '.' ||
	    strspn(word + 1, allowed) != len - 1)
		return false;
	set_code(out, TERRITORY_FILE, word);
	return true;
}

static bool read_asn(const char *word, struct territory_spec *out)
{
	uint64_t n = 0;

	if (lower(word[0]) == 'a' && lower(word[1]) == 's')
		word += 2;
	if (!is_digit(*word) || *word == '0')
		return false;
	for (; is_digit(*word); word++) {
		n = n * 10 + (uint64_t)(*word - '0');
		if (n > UINT32_MAX)
			return false;
	}
	if (*word)
		return false;
	*out = (struct territory_spec){.kind = TERRITORY_AS, .asn = (uint32_t)n};
	snprintf(out->code, sizeof(out->code), "AS%lu", (unsigned long)n);
	return true;
}

static bool read_prefix(const char *word, struct territory_spec *out)
{
	struct prefix p;

	if (!prefix_parse(word, strnlen(word, PREFIX_TEXT_MAX), &p) || p.len == 0)
		return false;
	*out = (struct territory_spec){.kind = TERRITORY_PREFIX, .prefix = p};
	prefix_format(out->code, &p);
	return true;
}

/* Rows that begin with word; *first is the first of them, or the one that is exactly it (then 1). */
static size_t match_names(const char *word, const struct country **first)
{
	size_t count = 0;

	for (size_t i = 0; i < country_count; i++) {
		bool whole;
		if (!begins(countries[i].name, word, &whole))
			continue;
		if (whole) {
			*first = &countries[i];
			return 1;
		}
		if (count++ == 0)
			*first = &countries[i];
	}
	return count;
}

static const struct country *find_alias(const char *word)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		bool whole;
		if (begins(aliases[i].word, word, &whole) && whole)
			return country_find(aliases[i].code);
	}
	return NULL;
}

static bool read_country(const char *word, struct territory_spec *out)
{
	const struct country *c = country_find(word);

	if (!c)
		c = find_alias(word);
	if (!c && strlen(word) >= BEGINNING_MIN && match_names(word, &c) != 1)
		return false;
	if (!c)
		return false;
	set_code(out, TERRITORY_COUNTRY, c->code);
	return true;
}

/* Of the codes one letter away, the one whose other letter is nearest in the alphabet; the first letter is rarely
 * wrong. */
static const struct country *nearest_code(const char *word)
{
	const struct country *best = NULL;
	int best_gap = 1000;

	if (strlen(word) != 2)
		return NULL;
	for (size_t i = 0; i < country_count; i++) {
		int d0 = lower(word[0]) - lower(countries[i].code[0]),
		    d1 = lower(word[1]) - lower(countries[i].code[1]);
		if (d0 != 0 && d1 != 0)
			continue;
		int gap = d0 ? 100 + (d0 < 0 ? -d0 : d0) : d1 < 0 ? -d1 : d1;
		if (gap < best_gap) {
			best_gap = gap;
			best = &countries[i];
		}
	}
	return best;
}

static const struct country *nearest_name(const char *word)
{
	const char *names[COUNTRIES_MAX + 1];
	size_t n = 0;

	for (; n < country_count && n < COUNTRIES_MAX; n++)
		names[n] = countries[n].name;
	names[n] = NULL;
	const char *near = text_nearest(word, names);
	for (size_t i = 0; near && i < n; i++)
		if (names[i] == near)
			return &countries[i];
	return NULL;
}

static int unknown_territory(const char *word, struct err *e)
{
	char shown[SHOWN_MAX];
	const struct country *near = NULL;
	size_t beginnings = strlen(word) >= BEGINNING_MIN ? match_names(word, &near) : 0;

	text_clean_str(shown, sizeof(shown), word);
	if (word[0] == '@')
		return err_set(e, ERR_USAGE,
			       "bad territory file name '%s': letters, digits, '.', '_' and '-' after the @", shown);
	if (beginnings > 1)
		return err_set(e, ERR_USAGE, "territory '%s' fits %zu countries, '%s' (%s) first; write the code",
			       shown, beginnings, near->code, near->name);
	near = nearest_code(word);
	if (!near)
		near = nearest_name(word);
	if (near)
		return err_set(e, ERR_USAGE, "unknown territory '%s'; did you mean '%s' (%s)?", shown, near->code,
			       near->name);
	return err_set(e, ERR_USAGE, "unknown territory '%s'; write a country (KP), AS131279, a prefix, @file or world",
		       shown);
}

int territory_parse(const char *word, struct territory_spec *out, struct err *e)
{
	static bool (*const readers[])(const char *, struct territory_spec *) = {
		read_world, read_file_name, read_asn, read_prefix, read_country,
	};

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i](word, out))
			return 0;
	return unknown_territory(word, e);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The line without comment and blanks at its ends, into word. false: longer than LINE_MAX_BYTES or not text. */
static bool trim_line(const char *line, size_t len, char word[LINE_MAX_BYTES])
{
	const char *comment = memchr(line, '#', len);

	if (comment)
		len = (size_t)(comment - line);
	while (len > 0 && is_blank(line[len - 1]))
		len--;
	while (len > 0 && is_blank(*line)) {
		line++;
		len--;
	}
	if (len >= LINE_MAX_BYTES || memchr(line, '\0', len))
		return false;
	memcpy(word, line, len);
	word[len] = '\0';
	return true;
}

static int read_member(const char *word, struct territory_spec *out, struct err *e)
{
	int rc = territory_parse(word, out, e);

	if (rc == 0 && (out->kind == TERRITORY_FILE || out->kind == TERRITORY_WORLD))
		return err_set(e, ERR_USAGE, "'%s' cannot be inside a territory file", out->code);
	return rc;
}

int territory_parse_file(const char *name, const char *text, size_t len, struct territory_spec *out, size_t max,
			 size_t *count, struct err *e)
{
	size_t n = 0;
	unsigned line_number = 0;

	for (size_t at = 0; at < len;) {
		const char *line = text + at, *lf = memchr(line, '\n', len - at);
		size_t line_len = lf ? (size_t)(lf - line) : len - at;
		char word[LINE_MAX_BYTES];

		at += line_len + 1;
		line_number++;
		if (!trim_line(line, line_len, word))
			return err_set(e, ERR_USAGE, "%s:%u: line too long or not text", name, line_number);
		if (word[0] == '\0')
			continue;
		if (n == max)
			return err_set(e, ERR_USAGE, "%s:%u: more than %zu territories", name, line_number, max);
		if (read_member(word, &out[n], e) != 0) {
			err_prefix(e, "%s:%u", name, line_number);
			return ERR_USAGE;
		}
		n++;
	}
	*count = n;
	return 0;
}
