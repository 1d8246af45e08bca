/* Theme files to looks: see core/theme.h for the format.
 *
 * One line gives up to three levels, `truecolor | 16 | mono`; 256 is computed. Levels that are left out are derived,
 * the 16 colours by distance and mono by the attributes, so that a short file works; the bundled themes spell all of
 * them out. */
#include "core/theme.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "inifile.h"

enum { SPEC_MAX = 160, PARTS = 3, CUBE_FIRST = 16, GREY_FIRST = 232, GREYS = 24 };

struct reader {
	struct theme theme;
	bool given[ROLE_COUNT];
};

enum attribute { ATTR_BOLD, ATTR_UNDERLINE, ATTR_REVERSE, ATTR_NONE };

static const struct {
	const char *word;
	enum attribute attribute;
} attributes[] = {
	{"bold", ATTR_BOLD},
	{"underline", ATTR_UNDERLINE},
	{"reverse", ATTR_REVERSE},
	{"normal", ATTR_NONE},
};

/* The names of the 16, with xterm's values for what must be computed; what they look like is the user's choice. */
static const struct {
	const char *name;
	int rgb;
} ansi[16] = {
	{"black", 0x000000},        {"red", 0xCD0000},
	{"green", 0x00CD00},        {"yellow", 0xCDCD00},
	{"blue", 0x0000EE},         {"magenta", 0xCD00CD},
	{"cyan", 0x00CDCD},         {"white", 0xE5E5E5},
	{"bright_black", 0x7F7F7F}, {"bright_red", 0xFF0000},
	{"bright_green", 0x00FF00}, {"bright_yellow", 0xFFFF00},
	{"bright_blue", 0x5C5CFF},  {"bright_magenta", 0xFF00FF},
	{"bright_cyan", 0x00FFFF},  {"bright_white", 0xFFFFFF},
};

static const int cube_steps[6] = {0, 95, 135, 175, 215, 255};

static int rgb_from_256(int index)
{
	if (index < CUBE_FIRST)
		return ansi[index].rgb;
	if (index >= GREY_FIRST)
		return (8 + 10 * (index - GREY_FIRST)) * 0x010101;
	index -= CUBE_FIRST;
	return cube_steps[index / 36] << 16 | cube_steps[index / 6 % 6] << 8 | cube_steps[index % 6];
}

static int rgb_distance(int a, int b)
{
	int dr = (a >> 16 & 255) - (b >> 16 & 255), dg = (a >> 8 & 255) - (b >> 8 & 255), db = (a & 255) - (b & 255);

	return dr * dr + dg * dg + db * db;
}

/* Never 0..15: users repaint them (terminal.md 1). */
static int index_256_from_rgb(int rgb)
{
	int best = CUBE_FIRST;

	for (int i = CUBE_FIRST; i < GREY_FIRST + GREYS; i++)
		if (rgb_distance(rgb, rgb_from_256(i)) < rgb_distance(rgb, rgb_from_256(best)))
			best = i;
	return best;
}

static int index_16_from_rgb(int rgb)
{
	int best = 0;

	for (int i = 1; i < 16; i++)
		if (rgb_distance(rgb, ansi[i].rgb) < rgb_distance(rgb, ansi[best].rgb))
			best = i;
	return best;
}

/* Decimal 0..max, up to three digits. */
static bool read_index(const char *word, int max, int *out)
{
	size_t len = strlen(word);

	if (len == 0 || len > 3 || strspn(word, "0123456789") != len)
		return false;
	*out = (int)strtol(word, NULL, 10);
	return *out <= max;
}

/* A colour of the first part: *rgb is what truecolor shows, *index what 256 shows. */
static bool read_rich_color(const char *word, int *rgb, int *index)
{
	if (strcmp(word, "default") == 0) {
		*rgb = *index = COLOR_DEFAULT;
		return true;
	}
	if (word[0] == '#' && strlen(word) == 7 && strspn(word + 1, "0123456789abcdefABCDEF") == 6) {
		*rgb = (int)strtol(word + 1, NULL, 16);
		*index = index_256_from_rgb(*rgb);
		return true;
	}
	if (!read_index(word, 255, index))
		return false;
	*rgb = rgb_from_256(*index);
	return true;
}

static bool read_16_color(const char *word, int *index)
{
	*index = COLOR_DEFAULT;
	if (strcmp(word, "default") == 0)
		return true;
	for (int i = 0; i < 16; i++) {
		if (strcmp(word, ansi[i].name) == 0) {
			*index = i;
			return true;
		}
	}
	return read_index(word, 15, index);
}

static bool read_attribute(const char *word, struct look *look)
{
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (strcmp(word, attributes[i].word) != 0)
			continue;
		enum attribute a = attributes[i].attribute;
		look->bold |= a == ATTR_BOLD;
		look->underline |= a == ATTR_UNDERLINE;
		look->reverse |= a == ATTR_REVERSE;
		return true;
	}
	return false;
}

/* Cut the next word off *rest; NULL at the end. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t len = strcspn(word, " \t");

	*rest = word + len;
	if (len == 0)
		return NULL;
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

/* A colour word of one part put into the looks it speaks for: rich[0] truecolor and rich[1] 256, or the one of 16. */
static bool set_color(const char *word, int part, bool ground, struct look *rich, struct look *low)
{
	int rgb, index;

	if (part == 0) {
		if (!read_rich_color(word, &rgb, &index))
			return false;
		*(ground ? &rich[0].bg : &rich[0].fg) = rgb;
		*(ground ? &rich[1].bg : &rich[1].fg) = index;
		return true;
	}
	if (!read_16_color(word, &index))
		return false;
	*(ground ? &low->bg : &low->fg) = index;
	return true;
}

/* FG [on BG] [attributes] of part 0 (rich) or part 1 (16). */
static int read_color_part(char *text, int part, struct look rich[2], struct look *low, const struct inifile_item *at,
			   struct err *e)
{
	struct look attrs = {0};
	bool ground = false, has_fg = false;

	for (char *word; (word = next_word(&text));) {
		if (!ground && read_attribute(word, &attrs))
			continue;
		if (!ground && strcmp(word, "on") == 0) {
			ground = true;
			continue;
		}
		if ((has_fg && !ground) || !set_color(word, part, ground, rich, low))
			return inifile_error(e, at, "bad colour '%.24s' for '%.24s'", word, at->key);
		has_fg = has_fg || !ground;
		ground = false;
	}
	if (ground)
		return inifile_error(e, at, "no colour after 'on' for '%.24s'", at->key);
	struct look *targets[2] = {part == 0 ? &rich[0] : low, part == 0 ? &rich[1] : low};
	for (int i = 0; i < 2; i++) {
		targets[i]->bold = attrs.bold;
		targets[i]->underline = attrs.underline;
		targets[i]->reverse = attrs.reverse;
	}
	return 0;
}

static int read_mono_part(char *text, struct look *mono, const struct inifile_item *at, struct err *e)
{
	for (char *word; (word = next_word(&text));)
		if (!read_attribute(word, mono))
			return inifile_error(e, at,
					     "bad mono look '%.24s' for '%.24s': bold, underline, reverse or normal",
					     word, at->key);
	return 0;
}

/* Levels a line does not give: 16 by distance, mono by attributes; a ground that mono cannot show becomes reverse. */
static void derive_16(const struct look *rich, struct look *low)
{
	*low = *rich;
	low->fg = rich->fg == COLOR_DEFAULT ? COLOR_DEFAULT : index_16_from_rgb(rich->fg);
	low->bg = rich->bg == COLOR_DEFAULT ? COLOR_DEFAULT : index_16_from_rgb(rich->bg);
}

static void derive_mono(const struct look *rich, struct look *mono)
{
	*mono = *rich;
	mono->fg = mono->bg = COLOR_DEFAULT;
	mono->reverse = rich->reverse || rich->bg != COLOR_DEFAULT;
}

/* Cut at the bars; *count parts. More than PARTS is an error. */
static bool split_parts(char *spec, char *parts[PARTS], size_t *count)
{
	*count = 0;
	for (char *bar = spec; bar; spec = bar + 1) {
		if (*count == PARTS)
			return false;
		parts[(*count)++] = spec;
		bar = strchr(spec, '|');
		if (!bar)
			break;
		*bar = '\0';
	}
	return true;
}

static int read_role(struct reader *r, enum role role, const struct inifile_item *at, struct err *e)
{
	static const struct look plain = {.fg = COLOR_DEFAULT, .bg = COLOR_DEFAULT};
	struct look rich[2] = {plain, plain}, low = plain, mono = plain;
	char spec[SPEC_MAX], *parts[PARTS];
	size_t count, len = strlen(at->value);

	if (len >= sizeof(spec))
		return inifile_error(e, at, "look of '%.24s' is longer than %d bytes", at->key, SPEC_MAX - 1);
	memcpy(spec, at->value, len + 1);
	if (!split_parts(spec, parts, &count))
		return inifile_error(e, at, "look of '%.24s' has more than truecolor | 16 | mono", at->key);
	int rc = read_color_part(parts[0], 0, rich, &low, at, e);
	if (rc == 0 && count > 1)
		rc = read_color_part(parts[1], 1, rich, &low, at, e);
	if (rc == 0 && count > 2)
		rc = read_mono_part(parts[2], &mono, at, e);
	if (rc != 0)
		return rc;
	if (count < 2)
		derive_16(&rich[0], &low);
	if (count < 3)
		derive_mono(&rich[0], &mono);
	r->theme.looks[LEVEL_TRUE][role] = rich[0];
	r->theme.looks[LEVEL_256][role] = rich[1];
	r->theme.looks[LEVEL_16][role] = low;
	r->theme.looks[LEVEL_MONO][role] = mono;
	r->given[role] = true;
	return 0;
}

static int take_role(struct reader *r, const struct inifile_item *at, struct err *e)
{
	const char *names[ROLE_COUNT + 1] = {0};

	for (size_t i = 0; i < ROLE_COUNT; i++) {
		names[i] = role_table[i].name;
		if (strcmp(at->key, names[i]) != 0)
			continue;
		if (r->given[i])
			return inifile_error(e, at, "role '%s' is given twice", names[i]);
		return read_role(r, (enum role)i, at, e);
	}
	return inifile_unknown(e, at, "role", at->key, "", names);
}

static int take_about(struct reader *r, const struct inifile_item *at, struct err *e)
{
	static const char *const keys[] = {"name", "about", "background", NULL};

	if (strcmp(at->key, keys[0]) == 0) {
		text_clean_str(r->theme.name, sizeof(r->theme.name), at->value);
	} else if (strcmp(at->key, keys[1]) == 0) {
		text_clean_str(r->theme.about, sizeof(r->theme.about), at->value);
	} else if (strcmp(at->key, keys[2]) == 0) {
		r->theme.light = strcmp(at->value, "light") == 0;
		if (!r->theme.light && strcmp(at->value, "dark") != 0)
			return inifile_error(e, at, "background is 'dark' or 'light', not '%.24s'", at->value);
	} else {
		return inifile_unknown(e, at, "key", at->key, " in [theme]", keys);
	}
	return 0;
}

static int take_item(void *ctx, const struct inifile_item *at, struct err *e)
{
	static const char *const sections[] = {"theme", "roles", NULL};
	bool is_roles = strcmp(at->section, sections[1]) == 0;

	if (!is_roles && strcmp(at->section, sections[0]) != 0)
		return inifile_unknown(e, at, "section", at->section, "", sections);
	if (!at->key)
		return 0;
	return is_roles ? take_role(ctx, at, e) : take_about(ctx, at, e);
}

/* "themes/dark.theme" is called "dark". */
static void name_from_file(char *dst, size_t cap, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	size_t len = strlen(base);

	if (len > 6 && strcmp(base + len - 6, ".theme") == 0)
		len -= 6;
	text_clean(dst, cap, base, len);
}

int theme_parse(const char *name, const char *text, size_t len, struct theme *out, struct err *e)
{
	struct reader r = {0};
	int rc = inifile_read(name, text, len, take_item, &r, e);

	if (rc != 0)
		return rc;
	for (size_t role = 0; role < ROLE_COUNT; role++) {
		if (r.given[role])
			continue;
		/* A fallback stands before its role in the table, so it is settled; TEXT falls back on the terminal's
		 * own. */
		for (size_t level = 0; level < LEVEL_COUNT; level++)
			r.theme.looks[level][role] = role == ROLE_TEXT
							     ? (struct look){.fg = COLOR_DEFAULT, .bg = COLOR_DEFAULT}
							     : r.theme.looks[level][role_table[role].fallback];
	}
	if (r.theme.name[0] == '\0')
		name_from_file(r.theme.name, sizeof(r.theme.name), name);
	*out = r.theme;
	return 0;
}
