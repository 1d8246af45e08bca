/* Glyphs by charset: what a state, a spark level or a border is drawn with, from braille down to ASCII. */
#ifndef LANDLINE_CORE_GLYPH_H
#define LANDLINE_CORE_GLYPH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"

enum charset { CHARSET_ASCII, CHARSET_BLOCK, CHARSET_BRAILLE };

bool charset_from_name(const char *s, enum charset *out);
const char *charset_name(enum charset c);

/* One character per state, all different in every charset: state is never told by colour alone. */
uint32_t glyph_state(enum charset c, enum net_state s);
/* Level 0..1 of a one-row sparkline: a value above 0 is never drawn as 0, 0 has a base line of its own. */
uint32_t glyph_spark(enum charset c, double level);
uint32_t glyph_hollow(enum charset c);       /* a network that would be dark; unlike every state's */
uint32_t glyph_gap(enum charset c);          /* no data */
enum glyph_line { LINE_H, LINE_V, LINE_TL, LINE_TR, LINE_BL, LINE_BR, LINE_TEE_L, LINE_TEE_R };
uint32_t glyph_line(enum charset c, enum glyph_line l);
uint32_t glyph_arrow(enum charset c, bool down); /* "more above / below" */
uint32_t glyph_mark(enum charset c);         /* beside the selected line: '>' in all */

#endif
