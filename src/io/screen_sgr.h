/* Colour sequences made shorter: the bytes of a frame in, fewer bytes out, the same picture.
 *
 * curses says the whole of a colour pair at each change, and takes it back before it moves on. Between the two of us
 * nobody else writes, so what the terminal's colours are is known here, and a colour is said only when something is
 * about to be drawn that shows it: moves need none, blanks and erasures only the ground. It is also where palette
 * numbers become 24-bit colours on terminals whose terminfo entry cannot say them (terminal.md 5.4). */
#ifndef LANDLINE_IO_SCREEN_SGR_H
#define LANDLINE_IO_SCREEN_SGR_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define SGR_SLOT_FIRST 16 /* 0..15 are the user's own */
#define SGR_SLOTS      240
#define SGR_TEXT_MAX   32

/* How characters are drawn, as the parameters that say it: "39", "38;5;160", "38;2;213;94;0"; "1;4" or "". */
struct sgr_pen {
	char fg[SGR_TEXT_MAX], bg[SGR_TEXT_MAX];
	char attrs[SGR_TEXT_MAX]; /* everything that is no colour, since the last reset, in order */
};

struct sgr {
	struct sgr_pen now;    /* the terminal's */
	struct sgr_pen wanted; /* curses' belief of it */
	const uint32_t
		*slots; /* 0xRRGGBB for palette numbers from SGR_SLOT_FIRST on; NULL: numbers are sent as they are */
	size_t slot_count;
};

/* The terminal was just reset to no colours and no attributes. Keeps the slots. */
void sgr_reset(struct sgr *s);
/* Add the len bytes of in to out, rewritten. Sequences must be whole. At the end the terminal is as curses believes. */
void sgr_squeeze(struct sgr *s, const char *in, size_t len, struct strbuf *out);

#endif
