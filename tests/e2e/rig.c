/* The rig at work: terminal, time, waiting, ending. See rig.h. */
#include "rig_private.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

int64_t rig_mono_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t rig_wall_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- the terminal ---- */

/* libvterm 0.1.4 misreads a character that comes in two pieces: whole ones only. */
static void feed(struct rig *r)
{
	size_t end = r->log.len, lead = end;
	const char *s = r->log.text;
	while (lead > r->fed && end - lead < 3 && ((unsigned char)s[lead - 1] & 0xC0) == 0x80)
		lead--;
	unsigned char c = lead > r->fed ? (unsigned char)s[lead - 1] : 0;
	if (c >= 0xC0 && end - lead + 1 < (c >= 0xF0 ? 4u : c >= 0xE0 ? 3u : 2u))
		end = lead - 1;
	if (end > r->fed)
		vterm_input_write(r->vt, s + r->fed, end - r->fed);
	r->fed = end;
}

static void read_terminal(struct rig *r)
{
	static char part[1 << 16];
	ssize_t n;
	if (r->master < 0 || r->stop_reading)
		return;
	while ((n = read(r->master, part, sizeof(part))) > 0) {
		strbuf_add(&r->log, part, (size_t)n);
		feed(r);
	}
}

void rig_resize(struct rig *r, int rows, int cols)
{
	struct winsize ws = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
	read_terminal(r);
	r->rows = rows;
	r->cols = cols;
	vterm_set_size(r->vt, rows, cols);
	ioctl(r->master, TIOCSWINSZ, &ws);
}

void rig_keys(struct rig *r, const char *keys)
{
	if (write(r->master, keys, strlen(keys)) != (ssize_t)strlen(keys))
		fail_msg("the line takes no keys");
}

const char *rig_screen(struct rig *r)
{
	struct strbuf out;
	strbuf_init(&out, 1 << 20);
	for (int y = 0; y < r->rows && r->vt; y++) {
		char row[4 * 1024];
		VTermRect rect = {.start_row = y, .end_row = y + 1, .start_col = 0, .end_col = r->cols};
		size_t n = vterm_screen_get_text(r->vs, row, sizeof(row) - 1, rect);
		row[n] = '\0';
		strbuf_adds(&out, row);
		strbuf_addc(&out, '\n');
	}
	free(r->screen);
	r->screen = strbuf_take(&out);
	strbuf_release(&out);
	return r->screen;
}

bool rig_sees(struct rig *r, const char *text)
{
	return strstr(rig_screen(r), text) != NULL;
}

/* ---- time ---- */

static void reap(struct rig *r)
{
	int status;
	if (r->pid && waitpid(r->pid, &status, WNOHANG) == r->pid) {
		read_terminal(r);
		r->status = status;
		r->exited = true;
		r->pid = 0;
	}
	if (r->command && waitpid(r->command, &status, WNOHANG) == r->command) {
		r->command_status = status;
		r->command = 0;
	}
}

void rig_read_pipe(int *fd, struct strbuf *into)
{
	char part[1 << 14];
	ssize_t n;
	while (*fd >= 0 && (n = read(*fd, part, sizeof(part))) > 0)
		strbuf_add(into, part, (size_t)n);
}

void rig_pump(struct rig *r, int timeout_ms)
{
	struct pollfd fds[SERVER_FDS_MAX + 3];
	unsigned n = server_fds(r->server, fds);
	if (r->master >= 0 && !r->stop_reading && !r->exited)
		fds[n++] = (struct pollfd){.fd = r->master, .events = POLLIN};
	if (r->out_fd >= 0)
		fds[n++] = (struct pollfd){.fd = r->out_fd, .events = POLLIN};
	if (r->err_fd >= 0)
		fds[n++] = (struct pollfd){.fd = r->err_fd, .events = POLLIN};
	poll(fds, n, timeout_ms);
	server_work(r->server);
	read_terminal(r);
	rig_read_pipe(&r->out_fd, &r->out);
	rig_read_pipe(&r->err_fd, &r->err);
	reap(r);
	if (!r->driven)
		server_time(r->server, rig_wall_ms());
}

bool rig_all_on_the_clock(const struct rig *r)
{
	return server_clients(r->server) >= (unsigned)(r->pid != 0) + (r->command != 0);
}

/* One step of time if it may be made; true: the moment limit_ms is over and done. */
static bool step(struct rig *r, int64_t limit_ms)
{
	if (!r->driven)
		return rig_wall_ms() >= limit_ms;
	if (!rig_all_on_the_clock(r))
		return false;
	while (server_step(r->server, limit_ms))
		if (server_now(r->server) >= limit_ms)
			return server_rests(r->server);
	return false;
}

/* Of real time without any progress of the scenario's. */
struct deadline {
	int64_t real_ms, seen_ms;
};

static void check_deadline(struct rig *r, struct deadline *d, const char *what)
{
	if (r->driven && server_now(r->server) != d->seen_ms)
		*d = (struct deadline){rig_mono_ms() + DEADLINE_MS, server_now(r->server)};
	if (r->exited)
		rig_fail(r, "landline is gone (status %d) while waiting for: %s", r->status, what);
	if (rig_mono_ms() > d->real_ms)
		rig_fail(r, "not within %d s of real time: %s (the clock waits: %s)", DEADLINE_MS / 1000, what,
			 server_waiting_for(r->server));
}

void rig_until(struct rig *r, int64_t t_ms)
{
	struct deadline deadline = {rig_mono_ms() + DEADLINE_MS, 0};
	while (!step(r, t_ms)) {
		rig_pump(r, TURN_MS);
		check_deadline(r, &deadline, "time to pass");
	}
}

static int64_t now_of(const struct rig *r)
{
	return r->driven ? server_now(r->server) : rig_wall_ms();
}

void rig_pass(struct rig *r, int64_t ms)
{
	rig_until(r, now_of(r) + ms);
}

void rig_until_gone(struct rig *r, int64_t limit_ms)
{
	int64_t began = rig_mono_ms(), until = now_of(r) + limit_ms;
	while (r->pid) {
		bool over = step(r, until);
		rig_pump(r, TURN_MS);
		if (over || rig_mono_ms() - began > DEADLINE_MS)
			rig_fail(r, "landline does not leave by itself");
	}
}

static bool wait_for(struct rig *r, const char *text, bool wanted, int64_t limit_ms)
{
	struct deadline deadline = {rig_mono_ms() + DEADLINE_MS, 0};
	int64_t until = now_of(r) + limit_ms;
	for (;;) {
		size_t before = r->log.len;
		if (rig_sees(r, text) == wanted)
			return true;
		bool over = false;
		do { /* the screen is looked at only when it has changed */
			over = step(r, until);
			rig_pump(r, over ? 0 : TURN_MS);
			check_deadline(r, &deadline, text);
		} while (!over && r->log.len == before);
		if (over && rig_sees(r, text) != wanted)
			return false;
	}
}

bool rig_try(struct rig *r, const char *text, int64_t limit_ms)
{
	return wait_for(r, text, true, limit_ms);
}

void rig_wait(struct rig *r, const char *text, int64_t limit_ms)
{
	if (!wait_for(r, text, true, limit_ms))
		rig_fail(r, "not on the screen within %lld s: %s", (long long)(limit_ms / 1000), text);
}

void rig_wait_gone(struct rig *r, const char *text, int64_t limit_ms)
{
	if (!wait_for(r, text, false, limit_ms))
		rig_fail(r, "still on the screen after %lld s: %s", (long long)(limit_ms / 1000), text);
}

/* ---- ending ---- */

int64_t rig_end(struct rig *r, int sig)
{
	int64_t began = rig_mono_ms();
	if (sig && r->pid)
		kill(r->pid, sig);
	while (r->pid) {
		rig_pump(r, 1);
		if (rig_mono_ms() - began > DEADLINE_MS)
			rig_fail(r, "landline does not leave");
	}
	return rig_mono_ms() - began;
}

void rig_lose_line(struct rig *r)
{
	read_terminal(r);
	close(r->master);
	r->master = -1;
}

void rig_kill(struct rig *r)
{
	if (!r->pid)
		return;
	kill(r->pid, SIGKILL);
	while (waitpid(r->pid, &r->status, 0) < 0 && errno == EINTR)
		;
	read_terminal(r);
	r->pid = 0;
	server_work(r->server);
}

/* ---- what a run left behind ---- */

static size_t last_of(const struct strbuf *log, const char *text)
{
	size_t len = strlen(text);
	for (size_t i = log->len; i-- > 0;)
		if (i + len <= log->len && !memcmp(log->text + i, text, len))
			return i + 1;
	return 0;
}

const char *rig_left_on(const struct rig *r)
{
	static const struct {
		const char *on, *off, *what;
	} modes[] = {
		{"\033[?1049h", "\033[?1049l", "the alternate screen"},
		{"\033[?25l", "\033[?25h", "a hidden cursor"},
		{"\033[?1000h", "\033[?1000l", "the mouse"},
		{"\033[?1002h", "\033[?1002l", "the mouse (1002)"},
		{"\033[?1006h", "\033[?1006l", "the mouse (1006)"},
		{"\033[?2004h", "\033[?2004l", "bracketed paste"},
		{"\033[?1004h", "\033[?1004l", "focus reports"},
		{"\033[?2026h", "\033[?2026l", "synchronized output"},
		{"\033[?1h", "\033[?1l", "cursor keys in application mode"},
		{"\033=", "\033>", "the keypad in application mode"},
		{"\033[?7l", "\033[?7h", "no wrapping"},
	};
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (last_of(&r->log, modes[i].on) > last_of(&r->log, modes[i].off))
			return modes[i].what;
	return NULL;
}
