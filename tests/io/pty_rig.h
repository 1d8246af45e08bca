/* A terminal to test a screen against: a pseudo-terminal whose far end is libvterm, in one process and one thread.
 *
 * The screen believes that standard input and output are the terminal only while it opens; so tests print as always.
 * How many bytes must arrive is known from screen_bytes(), so nothing here sleeps: it reads until they are there. */
#ifndef LANDLINE_TESTS_IO_PTY_RIG_H
#define LANDLINE_TESTS_IO_PTY_RIG_H

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#include "base/mem.h"
#include "io/screen.h"

enum { RIG_WAIT_MS = 2000 };

struct rig {
	int master, slave;     /* slave stays open so that the line outlives the screen */
	struct termios before; /* modes of the untouched line */
	int rows, cols;
	VTerm *vt;
	VTermScreen *vs;
	char *log; /* every byte that arrived */
	size_t cap, len;
	size_t fed;     /* of those, what libvterm has seen */
	unsigned reads; /* of the last rig_pump() */
};

static const struct screen_options rig_options = {
	.color_auto = true,
	.charset_auto = true,
	.mouse = true,
	.title = true,
	.sync_output = true,
};

static inline void rig_init(struct rig *r, int rows, int cols)
{
	struct winsize ws = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	*r = (struct rig){.rows = rows, .cols = cols};
	if (openpty(&r->master, &r->slave, NULL, NULL, &ws) != 0)
		BUG("no pseudo-terminal");
	tcgetattr(r->slave, &r->before);
	fcntl(r->master, F_SETFL, O_NONBLOCK);
	r->vt = vterm_new(rows, cols);
	vterm_set_utf8(r->vt, 1);
	r->vs = vterm_obtain_screen(r->vt);
	vterm_screen_enable_altscreen(r->vs, 1);
	vterm_screen_reset(r->vs, 1);
}

/* screen_open() with the line as standard input and output. */
static inline int rig_open(const struct rig *r, const struct screen_options *o, struct screen_info *info, struct err *e)
{
	int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO);

	fflush(stdout);
	dup2(r->slave, STDIN_FILENO);
	dup2(r->slave, STDOUT_FILENO);
	int rc = screen_open(o, info, e);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	close(in);
	close(out);
	return rc;
}

/* Keep what arrived, and show it to libvterm up to the last whole character: 0.1.4 misreads one that comes in two
 * pieces. */
static inline void rig_take(struct rig *r, const char *bytes, size_t n)
{
	mem_grow(&r->log, &r->cap, r->len + n, 1);
	memcpy(r->log + r->len, bytes, n);
	r->len += n;
	size_t end = r->len, lead = end;
	while (lead > r->fed && end - lead < 3 && ((unsigned char)r->log[lead - 1] & 0xC0) == 0x80)
		lead--;
	unsigned char c = lead > r->fed ? (unsigned char)r->log[lead - 1] : 0;
	if (c >= 0xC0 && end - lead + 1 < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u))
		end = lead - 1;
	vterm_input_write(r->vt, r->log + r->fed, end - r->fed);
	r->fed = end;
}

/* Read what has been sent, all of it; false when it does not come. */
static inline bool rig_pump(struct rig *r)
{
	static char part[1 << 16];

	r->reads = 0;
	while (r->len < screen_bytes()) {
		struct pollfd p = {.fd = r->master, .events = POLLIN};
		if (poll(&p, 1, RIG_WAIT_MS) <= 0)
			return false;
		ssize_t n = read(r->master, part, sizeof(part));
		if (n <= 0)
			return false;
		rig_take(r, part, (size_t)n);
		r->reads++;
	}
	return true;
}

/* Is there a byte that screen_bytes() does not know of? */
static inline bool rig_has_more(const struct rig *r)
{
	struct pollfd p = {.fd = r->master, .events = POLLIN};

	return poll(&p, 1, 5) > 0 && (p.revents & POLLIN);
}

static inline bool rig_line_restored(const struct rig *r)
{
	struct termios now;

	if (tcgetattr(r->slave, &now) != 0)
		return false;
	return now.c_iflag == r->before.c_iflag && now.c_oflag == r->before.c_oflag &&
	       now.c_lflag == r->before.c_lflag && now.c_cflag == r->before.c_cflag;
}

static inline void rig_type(const struct rig *r, const char *keys, size_t len)
{
	if (write(r->master, keys, len) != (ssize_t)len)
		BUG("the line takes no keys");
	/* the line hands them over when it likes */
	struct pollfd p = {.fd = r->slave, .events = POLLIN};
	poll(&p, 1, RIG_WAIT_MS);
}

static inline void rig_release(struct rig *r)
{
	screen_close();
	if (r->vt)
		vterm_free(r->vt);
	if (r->master >= 0)
		close(r->master);
	if (r->slave >= 0)
		close(r->slave);
	free(r->log);
}

#endif
