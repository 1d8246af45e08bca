/* What each role looks like. Code names roles, theme files name colours.
 *
 * File format (themes/NAME.theme), INI: [theme] name, about; [roles] role = FG [on BG] [bold] [underline] [reverse] with
 * colours as #RRGGBB, 0..255, or `default`; after a bar the fallback for 16 colours and after another the one for mono:
 *     down = #d55e00 bold | red bold | reverse
 * A role that a file leaves out takes its fallback role's look, so old themes keep working. */
#ifndef LANDLINE_CORE_THEME_H
#define LANDLINE_CORE_THEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* X(id, name, fallback id, help). ROLE_TEXT is first: 0, the terminal's own. */
#define THEME_ROLES(X) \
	X(TEXT,      "text",      TEXT,   "ordinary text") \
	X(DIM,       "dim",       TEXT,   "less important text, units, ages") \
	X(TITLE,     "title",     TEXT,   "names of panes") \
	X(STRONG,    "strong",    TEXT,   "what matters in a line") \
	X(BORDER,    "border",    DIM,    "lines between panes") \
	X(BAR,       "bar",       TEXT,   "status bar at the bottom") \
	X(BAR_KEY,   "bar_key",   BAR,    "a key in the status bar") \
	X(TAB,       "tab",       DIM,    "a tab") \
	X(TAB_ON,    "tab_on",    STRONG, "the open tab") \
	X(SELECTED,  "selected",  TEXT,   "the line under the cursor") \
	X(UP,        "up",        TEXT,   "network up; signal at its baseline") \
	X(DEGRADED,  "degraded",  TEXT,   "network degraded; warning") \
	X(FLAPPING,  "flapping",  DEGRADED, "network flapping") \
	X(DOWN,      "down",      STRONG, "network down; outage") \
	X(UNKNOWN,   "unknown",   DIM,    "never judged") \
	X(STALE,     "stale",     DIM,    "judged, but its source has gone quiet") \
	X(SUSPECT,   "suspect",   DEGRADED, "suspected event") \
	X(OK,        "ok",        UP,     "a healthy source, a restoration") \
	X(LATE,      "late",      DEGRADED, "a late source") \
	X(FAILED,    "failed",    DOWN,   "a source that is down; an error") \
	X(SPARK,     "spark",     UP,     "sparkline near its baseline") \
	X(SPARK_LOW, "spark_low", DEGRADED, "sparkline below its baseline") \
	X(SPARK_ZERO,"spark_zero",DOWN,   "sparkline at zero") \
	X(BASELINE,  "baseline",  DIM,    "expected level; gaps") \
	X(SINGLE,    "single",    DEGRADED, "single provider") \
	X(LINK,      "link",      TEXT,   "a URL shown as text") \
	X(REPLAY,    "replay",    SELECTED, "the REPLAY badge, and any other that says: this is not live") \
	X(MATCH,     "match",     STRONG, "what a filter found")

enum role {
#define X(id, name, fallback, help) ROLE_##id,
	THEME_ROLES(X)
#undef X
	ROLE_COUNT
};

struct role_info { const char *name; enum role fallback; const char *help; };
extern const struct role_info role_table[ROLE_COUNT];

#define COLOR_DEFAULT (-1)

struct look {          /* one level of one role */
	int fg, bg;    /* truecolor: 0xRRGGBB; 256: 0..255; 16: 0..15; COLOR_DEFAULT */
	bool bold, underline, reverse;
};

enum color_level { LEVEL_MONO, LEVEL_16, LEVEL_256, LEVEL_TRUE, LEVEL_COUNT };

struct theme {
	char name[32], about[80];
	bool light;                      /* meant for a light background */
	struct look looks[LEVEL_COUNT][ROLE_COUNT];
};

/* Parse a theme file's text; `name` is for errors ("dark.theme:12: unknown role 'upp'; did you mean 'up'?").
 * 256 is derived from #RRGGBB (cube and greys only, never 0..15), 16 and mono from the fallbacks given. */
int theme_parse(const char *name, const char *text, size_t len, struct theme *out, struct err *e) MUST_CHECK;
void theme_mono(struct theme *out);      /* built in: needs no file */
bool color_level_from_name(const char *s, enum color_level *out); /* "mono", "16", "256", "truecolor" */

#endif
