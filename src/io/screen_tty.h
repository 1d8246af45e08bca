/* The line to the terminal: its descriptors, its modes, and writes that never wait.
 *
 * Everything here is about file descriptors and termios; what the bytes mean is known by the callers. The output is a
 * file description of our own where that can be had, because O_NONBLOCK belongs to the description and the shell
 * shares its one with us. Functions marked "crash" use async-signal-safe calls only. */
#ifndef LANDLINE_IO_SCREEN_TTY_H
#define LANDLINE_IO_SCREEN_TTY_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/err.h"

struct tty {
	int in, out;                        /* ours to close */
	bool shared_out;                    /* out is the shell's description: O_NONBLOCK only while we write */
	bool raw;                           /* the modes are ours */
	struct termios saved_in, saved_out; /* as they were when we came */
	struct termios our_in, our_out;
	int mute_rounds; /* readable, yet nothing to read: see tty_input_is_gone */
};

enum tty_room { TTY_READY, TTY_FULL, TTY_GONE };

/* Output to the terminal of stdout, input from that of stdin, or /dev/tty when stdin is not one. ERR_FILE otherwise. */
int tty_open(struct tty *t, struct err *e) MUST_CHECK;
void tty_close(struct tty *t); /* gives the modes back first */

bool tty_raw(struct tty *t);       /* remember the modes, set ours; false when the line is gone */
void tty_raw_again(struct tty *t); /* set ours once more, if they are to be; remembers nothing */
void tty_cooked(struct tty *t);    /* crash. Give the modes back; harmless when they are */

bool tty_size(const struct tty *t, int *rows, int *cols); /* 1..1000 each; false when the line does not know */
enum tty_room tty_room(const struct tty *t);              /* would a write take at least something? */
/* Write what the line takes. Sets *taken; TTY_FULL when some is left over. */
enum tty_room tty_write(struct tty *t, const char *bytes, size_t len, size_t *taken);
/* Called when no key came: is that because the line is lost? Readable with nothing to read is believed the third time.
 */
bool tty_input_is_gone(struct tty *t);

/* crash. The last bytes. A stopped line (Ctrl-S) is let go; a full one is waited for, wait_ms at most; then what the
 * far end has not read is thrown away, and they are sent once more. */
void tty_last_words(struct tty *t, const char *bytes, size_t len, int wait_ms);

#endif
