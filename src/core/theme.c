/* The table of roles and the theme that needs no file: see core/theme.h.
 *
 * Reading a theme file is theme_parse.c. The mono looks follow one idea: the more a state asks for attention, the more
 * ink it gets, from plain (never judged) to reversed bold (down), and no two states look alike. */
#include "core/theme.h"

#include <string.h>

const struct role_info role_table[ROLE_COUNT] = {
#define X(id, role_name, fallback_id, help_text)                                                                       \
	[ROLE_##id] = {.name = role_name, .fallback = ROLE_##fallback_id, .help = help_text},
	THEME_ROLES(X)
#undef X
};

static const char *const level_names[LEVEL_COUNT] = {
	[LEVEL_MONO] = "mono",
	[LEVEL_16] = "16",
	[LEVEL_256] = "256",
	[LEVEL_TRUE] = "truecolor",
};

enum { B = 1, U = 2, R = 4 };

static const unsigned char mono_looks[ROLE_COUNT] = {
	[ROLE_TITLE] = B,
	[ROLE_STRONG] = B,
	[ROLE_BAR] = R,
	[ROLE_BAR_KEY] = R | B,
	[ROLE_TAB_ON] = B | U,
	[ROLE_SELECTED] = R,
	[ROLE_UP] = B,
	[ROLE_STALE] = U,
	[ROLE_DEGRADED] = B | U,
	[ROLE_FLAPPING] = R | U,
	[ROLE_DOWN] = R | B,
	[ROLE_SUSPECT] = U,
	[ROLE_OK] = B,
	[ROLE_LATE] = B | U,
	[ROLE_FAILED] = R | B,
	[ROLE_SPARK_LOW] = B | U,
	[ROLE_SPARK_ZERO] = R | B,
	[ROLE_SINGLE] = B | U,
	[ROLE_LINK] = U,
	[ROLE_REPLAY] = R | B,
	[ROLE_MATCH] = B | U,
};

void theme_mono(struct theme *out)
{
	*out = (struct theme){.name = "mono", .about = "no colours: bold, underline and reverse only"};
	for (size_t level = 0; level < LEVEL_COUNT; level++) {
		for (size_t role = 0; role < ROLE_COUNT; role++) {
			unsigned char look = mono_looks[role];
			out->looks[level][role] = (struct look){
				.fg = COLOR_DEFAULT,
				.bg = COLOR_DEFAULT,
				.bold = look & B,
				.underline = look & U,
				.reverse = look & R,
			};
		}
	}
}

bool color_level_from_name(const char *s, enum color_level *out)
{
	for (size_t i = 0; i < LEVEL_COUNT; i++) {
		if (strcmp(s, level_names[i]) == 0) {
			*out = (enum color_level)i;
			return true;
		}
	}
	return false;
}
