/* The terminal: the only module that sees ncurses.
 *
 * A frame is a canvas; presenting it costs one write of what changed, wrapped in synchronised-output marks, and nothing when
 * nothing changed. Never blocks: a frame that the line cannot take is skipped and the newest is sent when it can. Every way
 * of leaving gives the terminal back. terminal.md 5 is the reference. */
#ifndef LANDLINE_IO_SCREEN_H
#define LANDLINE_IO_SCREEN_H

#include <poll.h>
#include <stdbool.h>

#include "base/canvas.h"
#include "base/err.h"
#include "core/glyph.h"
#include "core/key.h"
#include "core/theme.h"

struct screen_options {
	bool color_auto; enum color_level color;       /* forced when not auto */
	bool charset_auto; enum charset charset;
	bool mouse, title, sync_output;
	bool focus;             /* report KEYC_FOCUS_*: off unless something uses it, late reports land in the shell */
};

struct screen_info {            /* what was found */
	enum color_level color;
	enum charset charset;
	char note[120];         /* "TERM 'xterm-kitty' is not known here: using xterm-256color"; shown once, "" if none */
};

/* ERR_FILE when there is no terminal to draw on (not a tty, TERM=dumb): the caller goes to line mode. Installs no signal
 * handlers; keeps curses' own from being installed. Keys are read from stdin, or from /dev/tty when stdin is not one. */
int screen_open(const struct screen_options *o, struct screen_info *info, struct err *e) MUST_CHECK;
/* Give the terminal back: safe to call twice, from a fatal hook, and when the line is gone (never blocks, never loops). */
void screen_close(void);
/* The same from a signal handler of a crash: async-signal-safe writes and tcsetattr only. */
void screen_restore_in_crash(void);

void screen_size(int *rows, int *cols);       /* as of the last screen_resized */
bool screen_resized(void);                     /* ask the terminal for its size; true if it changed */
void screen_set_theme(const struct theme *t);  /* new pairs; the next present repaints */
void screen_repaint(void);                     /* Ctrl-L: the next present sends everything */

enum present { PRESENT_SAME, PRESENT_SENT, PRESENT_LATER, PRESENT_GONE }; /* later: poll for POLLOUT and call again */
enum present screen_present(const struct canvas *c);
size_t screen_bytes(void);                     /* sent so far, for the figures */

/* fds and events to poll: the keyboard, and the output while something is unsent. Returns how many (<= 2). */
unsigned screen_pollfds(struct pollfd out[2]);
/* The next key, or KEYC_NONE when there is none; *gone when the line is lost. Pasted text comes only while `text` is true
 * (a text field has the focus), stripped of controls; otherwise it is dropped. */
struct key screen_key(bool text, bool *gone);

void screen_suspend(void);                     /* Ctrl-Z: give back, SIGSTOP ourselves, on return set up again and repaint */
void screen_set_title(const char *title);      /* only with the title option */
void screen_bell(void);
void screen_copy(const char *text);            /* OSC 52, at most 8 KB */

#endif
