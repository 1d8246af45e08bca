/* The terminal: see io/screen.h.
 *
 * The parts: screen_tty.c is the line (descriptors, modes, writes that never wait), screen_term.c what the terminal is
 * and curses opened onto a memory file, screen_paint.c turns a canvas into its cells, screen_sgr.c shortens what it
 * wrote, screen_keys.c reads. Here is how they make a frame: compare the canvas with the last one sent; equal costs
 * nothing, not even a system call. Else, if the line has room and the frame before is out, let curses write the
 * difference and send it whole. A frame that the line took only in part is finished before the next is begun, and
 * those between are never made. */
#include "io/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "screen_keys.h"
#include "screen_paint.h"
#include "screen_sgr.h"
#include "screen_term.h"
#include "screen_tty.h"

enum {
	ROWS_UNKNOWN = 24,
	COLS_UNKNOWN = 80,
	LAST_WORDS_MS = 10,
	FRAME_MAX = 256 * 1024 * 1024, /* never reached: a million cells of 60 bytes are less */
	SIDE_MAX = 16 * 1024,          /* bell, title, clipboard, waiting for the line */
	COPY_MAX = 8 * 1024,
	TITLE_MAX = 160,
};

static struct {
	bool open, gone;
	bool sync, title_wanted;
	struct tty tty;
	struct terminal term;
	int rows, cols;
	struct canvas last; /* what the newest frame shows */
	bool has_last;
	bool all;     /* the next frame is a whole one, with the modes said again */
	bool entered; /* the terminal has got some of our modes, or may have */
	bool skipped; /* a frame was not made for want of room */
	struct sgr sgr;
	struct strbuf frame; /* the frame being sent, from byte `sent` on; empty when it is out */
	size_t sent;
	struct strbuf side; /* not cells: sent between frames */
	char title[TITLE_MAX];
	size_t bytes;
} scr;

/* ---- sending ---- */

static void drop_frame(void)
{
	strbuf_clear(&scr.frame);
	scr.sent = 0;
}

static enum present lost(void)
{
	scr.gone = true;
	drop_frame();
	return PRESENT_GONE;
}

/* Send what is left of the frame. */
static enum present flush(void)
{
	size_t taken;

	if (scr.sent == scr.frame.len)
		return PRESENT_SAME;
	scr.entered = true; /* the first frame begins with the modes, and a crash may come while they are sent */
	enum tty_room room = tty_write(&scr.tty, scr.frame.text + scr.sent, scr.frame.len - scr.sent, &taken);
	scr.sent += taken;
	scr.bytes += taken;
	if (room == TTY_GONE)
		return lost();
	if (scr.sent < scr.frame.len)
		return PRESENT_LATER;
	drop_frame();
	return PRESENT_SENT;
}

/* What is not cells may go between frames, once the terminal is ours; before that it waits for the first frame. */
static void side_send(void)
{
	if (!scr.open || scr.gone || !scr.entered || scr.frame.len > 0)
		return;
	strbuf_add(&scr.frame, scr.side.text, scr.side.len);
	strbuf_clear(&scr.side);
	(void)flush();
}

/* ---- modes ---- */

static void frame_add_title(void)
{
	if (scr.title_wanted && scr.title[0])
		strbuf_addf(&scr.frame, "\033]2;%s\033\\", scr.title);
}

/* Everything that a whole frame needs before its cells. */
static void frame_add_modes(void)
{
	if (!scr.entered)
		strbuf_add(&scr.frame, scr.term.enter.text, scr.term.enter.len);
	strbuf_add(&scr.frame, scr.term.modes.text, scr.term.modes.len);
	frame_add_title();
	tty_raw_again(&scr.tty); /* stopped and continued by others, the shell may have left us its own */
	sgr_reset(&scr.sgr);
}

/* Async-signal-safe, and harmless when there is nothing to give back. */
static void give_back(void)
{
	if (scr.entered && !scr.gone) {
		scr.entered = false;
		tty_last_words(&scr.tty, scr.term.leave.text, scr.term.leave.len, LAST_WORDS_MS);
		scr.bytes += scr.term.leave.len;
	}
	tty_cooked(&scr.tty);
}

/* ---- opening and closing ---- */

static void learn_size(void)
{
	if (!tty_size(&scr.tty, &scr.rows, &scr.cols)) {
		scr.rows = ROWS_UNKNOWN;
		scr.cols = COLS_UNKNOWN;
	}
}

int screen_open(const struct screen_options *o, struct screen_info *info, struct err *e)
{
	size_t dropped;

	if (scr.open)
		BUG("the screen is opened twice");
	memset(&scr, 0, sizeof(scr));
	*info = (struct screen_info){0};
	int rc = tty_open(&scr.tty, e);
	if (rc != 0)
		return rc;
	rc = terminal_open(&scr.term, o, scr.tty.in, info, e);
	if (rc != 0)
		goto fail_tty;
	if (!tty_raw(&scr.tty)) {
		rc = err_set(e, ERR_FILE, "cannot draw: the terminal's modes cannot be set");
		goto fail_term;
	}
	learn_size();
	keys_open();
	paint_open(info->color, scr.term.native_rgb, scr.term.utf8);
	paint_resize(scr.rows, scr.cols);
	(void)terminal_take(&dropped); /* curses' own start: ours says all of it */
	sgr_reset(&scr.sgr);
	strbuf_init(&scr.frame, FRAME_MAX);
	strbuf_init(&scr.side, SIDE_MAX);
	scr.sync = o->sync_output && scr.term.ansi;
	scr.title_wanted = o->title && scr.term.has_title;
	scr.all = true;
	scr.open = true;
	return 0;
fail_term:
	terminal_close(&scr.term);
fail_tty:
	tty_close(&scr.tty);
	return rc;
}

void screen_close(void)
{
	if (!scr.open)
		return;
	scr.open = false; /* first, so that a bug found on the way out does not come back here */
	give_back();
	keys_close();
	paint_close();
	terminal_close(&scr.term);
	tty_close(&scr.tty);
	canvas_release(&scr.last);
	strbuf_release(&scr.side);
	strbuf_release(&scr.frame);
}

void screen_restore_in_crash(void)
{
	if (scr.open)
		give_back();
}

void screen_suspend(void)
{
	struct sigaction stop = {.sa_handler = SIG_DFL}, before;
	sigset_t set, mask;

	if (!scr.open || scr.gone)
		return;
	give_back();
	drop_frame();
	/* SIGTSTP by its default action is SIGSTOP, but for one thing: where no shell could wake us again, it does
	 * nothing. */
	sigaction(SIGTSTP, &stop, &before);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, &mask);
	raise(SIGTSTP);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGTSTP, &before, NULL);
	if (!tty_raw(&scr.tty))
		(void)lost();
	scr.all = true;
}

/* ---- size, theme, whole frames ---- */

void screen_size(int *rows, int *cols)
{
	*rows = scr.open ? scr.rows : ROWS_UNKNOWN;
	*cols = scr.open ? scr.cols : COLS_UNKNOWN;
}

bool screen_resized(void)
{
	int rows = scr.rows, cols = scr.cols;

	if (!scr.open)
		return false;
	learn_size();
	if (rows == scr.rows && cols == scr.cols)
		return false;
	paint_resize(scr.rows, scr.cols);
	scr.all = true; /* what a terminal keeps of the old picture differs from one to the next */
	return true;
}

void screen_set_theme(const struct theme *t)
{
	if (!scr.open)
		return;
	paint_set_theme(t);
	scr.all = true;
}

void screen_repaint(void)
{
	scr.all = true;
}

/* ---- a frame ---- */

static bool same_cells(const struct canvas *a, const struct canvas *b)
{
	size_t count = (size_t)a->rows * (size_t)a->cols;

	for (size_t i = 0; i < count; i++) {
		const struct cell *p = &a->cells[i], *q = &b->cells[i];
		if (p->ch != q->ch || p->mark != q->mark || p->role != q->role || p->ground != q->ground ||
		    p->flags != q->flags)
			return false;
	}
	return true;
}

static bool is_shown(const struct canvas *c)
{
	return scr.has_last && !scr.all && scr.side.len == 0 && c->rows == scr.last.rows && c->cols == scr.last.cols &&
	       c->cursor_y == scr.last.cursor_y && c->cursor_x == scr.last.cursor_x && same_cells(c, &scr.last);
}

static void remember(const struct canvas *c)
{
	size_t count = (size_t)c->rows * (size_t)c->cols;

	if (!scr.has_last || c->rows != scr.last.rows || c->cols != scr.last.cols)
		canvas_resize(&scr.last, c->rows, c->cols);
	memcpy(scr.last.cells, c->cells, count * sizeof(*c->cells));
	scr.last.cursor_y = c->cursor_y;
	scr.last.cursor_x = c->cursor_x;
	scr.has_last = true;
}

/* The frame that makes the terminal show c, into scr.frame, which is empty. */
static void compose(const struct canvas *c)
{
	bool diff = scr.has_last && !scr.all && c->rows == scr.last.rows && c->cols == scr.last.cols;
	size_t len;

	if (scr.all)
		frame_add_modes();
	paint_frame(c, diff ? &scr.last : NULL, scr.rows, scr.cols, scr.all);
	scr.all = false;
	remember(c);
	const char *raw = terminal_take(&len);
	scr.sgr.slots = paint_slots(&scr.sgr.slot_count);
	if (len > 0) {
		if (scr.sync)
			strbuf_adds(&scr.frame, "\033[?2026h");
		sgr_squeeze(&scr.sgr, raw, len, &scr.frame);
		if (scr.sync)
			strbuf_adds(&scr.frame, "\033[?2026l");
	}
	strbuf_add(&scr.frame, scr.side.text, scr.side.len);
	strbuf_clear(&scr.side);
}

enum present screen_present(const struct canvas *c)
{
	if (!scr.open || scr.gone)
		return PRESENT_GONE;
	enum present before = flush(); /* the rest of the frame before, if any */
	if (before == PRESENT_LATER || before == PRESENT_GONE)
		return before;
	scr.skipped = false;
	if (is_shown(c))
		return before;
	switch (tty_room(&scr.tty)) {
	case TTY_GONE: return lost();
	case TTY_FULL: scr.skipped = true; return PRESENT_LATER;
	case TTY_READY: break;
	}
	compose(c);
	enum present now = flush();
	return now == PRESENT_SAME ? before : now;
}

size_t screen_bytes(void)
{
	return scr.bytes;
}

/* ---- keys, and what is not cells ---- */

unsigned screen_pollfds(struct pollfd out[2])
{
	unsigned n = 0;

	if (!scr.open || scr.gone)
		return 0;
	out[n++] = (struct pollfd){.fd = scr.tty.in, .events = POLLIN};
	if (scr.skipped || scr.sent < scr.frame.len || (scr.entered && scr.side.len > 0))
		out[n++] = (struct pollfd){.fd = scr.tty.out, .events = POLLOUT};
	return n;
}

struct key screen_key(bool text, bool *gone)
{
	struct key k = {.code = KEYC_NONE};

	*gone = !scr.open || scr.gone;
	if (*gone)
		return k;
	k = keys_next(text, scr.rows, scr.cols);
	if (k.code == KEYC_NONE && tty_input_is_gone(&scr.tty)) {
		(void)lost();
		*gone = true;
	}
	return k;
}

void screen_set_title(const char *title)
{
	char clean[TITLE_MAX];

	if (!scr.open || !scr.title_wanted)
		return;
	text_clean_str(clean, sizeof(clean), title);
	if (strcmp(clean, scr.title) == 0 ||
	    scr.side.len + sizeof(clean) + 8 > SIDE_MAX) /* a jam: whole ones or none */
		return;
	snprintf(scr.title, sizeof(scr.title), "%s", clean);
	if (!scr.entered) /* the first frame says it, after the old title is put by */
		return;
	strbuf_addf(&scr.side, "\033]2;%s\033\\", scr.title);
	side_send();
}

void screen_bell(void)
{
	if (!scr.open)
		return;
	if (scr.side.len == 0) /* one is as good as ten that wait */
		strbuf_addc(&scr.side, '\a');
	side_send();
}

static void add_base64(struct strbuf *out, const unsigned char *in, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)in[i] << 16 | (i + 1 < len ? (unsigned)in[i + 1] << 8 : 0) |
			     (i + 2 < len ? in[i + 2] : 0);
		const char quad[4] = {digits[v >> 18], digits[v >> 12 & 63], i + 1 < len ? digits[v >> 6 & 63] : '=',
				      i + 2 < len ? digits[v & 63] : '='};
		strbuf_add(out, quad, sizeof(quad));
	}
}

void screen_copy(const char *text)
{
	size_t len = strnlen(text, COPY_MAX + 1);

	if (!scr.open || !scr.term.ansi || scr.side.len > 0)
		return;
	if (len > COPY_MAX) /* cut at a whole character */
		for (len = COPY_MAX; len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
			len--;
	strbuf_adds(&scr.side, "\033]52;c;");
	add_base64(&scr.side, (const unsigned char *)text, len);
	strbuf_adds(&scr.side, "\033\\");
	side_send();
}
