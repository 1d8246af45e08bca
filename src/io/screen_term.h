/* What this terminal is, and curses opened for it: with its output in a memory file instead of on the line.
 *
 * curses never holds a descriptor of the terminal's output: it draws into the file, and what it wrote is taken from
 * there, one frame at a time (terminal.md 5.5). So it cannot block, cannot write in pieces, cannot leave O_NONBLOCK or
 * a mode behind; every mode is switched on and off by the strings made here, whole and in a known order. */
#ifndef LANDLINE_IO_SCREEN_TERM_H
#define LANDLINE_IO_SCREEN_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/screen.h"

#define TERMINAL_STRING_MAX 256

struct terminal_string {
	char text[TERMINAL_STRING_MAX];
	size_t len;
};

struct terminal {
	bool open;
	bool ansi;                    /* understands ESC [ : others get nothing that is not in their terminfo entry */
	bool utf8;                    /* cells may hold more than ASCII */
	bool native_rgb;              /* a -direct entry: colour numbers are 0xRRGGBB */
	bool has_title;               /* OSC 2 is a title there */
	int colors;                   /* as terminfo says, 0: none */
	struct terminal_string enter; /* once: alternate screen, title pushed */
	struct terminal_string modes; /* keypad, hidden cursor, mouse, paste: again after a repaint, harmless twice */
	struct terminal_string leave; /* all of that undone */
};

/* ERR_FILE when no entry can address the cursor. in_fd is duplicated. Fills info. Installs no signal handler. */
int terminal_open(struct terminal *t, const struct screen_options *o, int in_fd, struct screen_info *info,
		  struct err *e) MUST_CHECK;
void terminal_close(struct terminal *t);

/* What curses has written since the last call: *len bytes, valid until the next one. */
const char *terminal_take(size_t *len);

#endif
