/* The glyph ladder (terminal.md 6.1): see core/glyph.h.
 *
 * The block set keeps to what a Linux console font has (CP437) for states, lines and arrows; only the eighths of
 * sparklines need more. Braille differs from block in the grid, the map and the sparkline, where its dots pay. */
#include "core/glyph.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"

enum { CHARSETS = CHARSET_BRAILLE + 1, LINES = LINE_TEE_R + 1, SPARK_MAX = 9 };

static const char *const names[CHARSETS] = {
	[CHARSET_ASCII] = "ascii",
	[CHARSET_BLOCK] = "block",
	[CHARSET_BRAILLE] = "braille",
};

/* Different shapes, not shades of one: they must survive mono, a screen reader and a bad font. */
static const uint32_t states[CHARSETS][NET_STATE_COUNT] = {
	[CHARSET_ASCII] =
		{
			[NET_UNKNOWN] = '?',
			[NET_UP] = '#',
			[NET_DEGRADED] = '+',
			[NET_FLAPPING] = '~',
			[NET_DOWN] = '.',
			[NET_STALE] = '-',
		},
	[CHARSET_BLOCK] =
		{
			[NET_UNKNOWN] = '?',
			[NET_UP] = 0x2588 /* full */,
			[NET_DEGRADED] = 0x2592 /* medium shade */,
			[NET_FLAPPING] = 0x2248 /* almost equal */,
			[NET_DOWN] = 0xD7 /* a cross: seen at once, and in every font */,
			[NET_STALE] = 0x2500 /* a dash, as in ASCII */,
		},
	[CHARSET_BRAILLE] =
		{
			[NET_UNKNOWN] = '?',
			[NET_UP] = 0x28FF /* 8 dots */,
			[NET_DEGRADED] = 0x28F6 /* 6 dots */,
			[NET_FLAPPING] = 0x2248,
			[NET_DOWN] = 0xD7,
			[NET_STALE] = 0x2812 /* middle row */,
		},
};

/* [0] is zero's own base line; 1..count-1 are the levels above it. */
static const struct {
	uint32_t glyphs[SPARK_MAX];
	size_t count;
} sparks[CHARSETS] = {
	[CHARSET_ASCII] = {{'_', '.', ':', '-', '=', '+', '*', '#', '@'}, 9},
	[CHARSET_BLOCK] = {{'_', 0x2581, 0x2582, 0x2583, 0x2584, 0x2585, 0x2586, 0x2587, 0x2588}, 9},
	[CHARSET_BRAILLE] = {{'_', 0x28C0, 0x28E4, 0x28F6, 0x28FF}, 5},
};

static const uint32_t gaps[CHARSETS] = {[CHARSET_ASCII] = ' ', [CHARSET_BLOCK] = 0xB7, [CHARSET_BRAILLE] = 0xB7};

static const uint32_t lines[2][LINES] = {
	{[LINE_H] = '-',
	 [LINE_V] = '|',
	 [LINE_TL] = '+',
	 [LINE_TR] = '+',
	 [LINE_BL] = '+',
	 [LINE_BR] = '+',
	 [LINE_TEE_L] = '+',
	 [LINE_TEE_R] = '+'},
	{[LINE_H] = 0x2500,
	 [LINE_V] = 0x2502,
	 [LINE_TL] = 0x250C,
	 [LINE_TR] = 0x2510,
	 [LINE_BL] = 0x2514,
	 [LINE_BR] = 0x2518,
	 [LINE_TEE_L] = 0x251C,
	 [LINE_TEE_R] = 0x2524},
};

bool charset_from_name(const char *s, enum charset *out)
{
	for (size_t i = 0; i < CHARSETS; i++) {
		if (strcmp(s, names[i]) == 0) {
			*out = (enum charset)i;
			return true;
		}
	}
	return false;
}

const char *charset_name(enum charset c)
{
	if ((size_t)c >= CHARSETS)
		BUG("no charset %d", (int)c);
	return names[c];
}

uint32_t glyph_state(enum charset c, enum net_state s)
{
	if ((size_t)c >= CHARSETS || (size_t)s >= NET_STATE_COUNT)
		BUG("no glyph for charset %d state %d", (int)c, (int)s);
	return states[c][s];
}

uint32_t glyph_hollow(enum charset c)
{
	return c == CHARSET_ASCII ? 'o' : 0x25CB; /* an empty circle: CP437 has it */
}

uint32_t glyph_spark(enum charset c, double level)
{
	if ((size_t)c >= CHARSETS)
		BUG("no charset %d", (int)c);
	if (isnan(level))
		return glyph_gap(c);
	if (level <= 0)
		return sparks[c].glyphs[0];
	size_t top = sparks[c].count - 1;
	double step = ceil((level < 1 ? level : 1) * (double)top);
	return sparks[c].glyphs[(size_t)step];
}

uint32_t glyph_gap(enum charset c)
{
	if ((size_t)c >= CHARSETS)
		BUG("no charset %d", (int)c);
	return gaps[c];
}

uint32_t glyph_line(enum charset c, enum glyph_line l)
{
	if ((size_t)l >= LINES)
		BUG("no line %d", (int)l);
	return lines[c != CHARSET_ASCII][l];
}

uint32_t glyph_arrow(enum charset c, bool down)
{
	if (c == CHARSET_ASCII)
		return down ? 'v' : '^';
	return down ? 0x2193 : 0x2191;
}

uint32_t glyph_mark(enum charset c)
{
	(void)c; /* a screen reader speaks '>' and skips block glyphs (terminal.md 4) */
	return '>';
}
