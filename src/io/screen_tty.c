/* The line to the terminal: see screen_tty.h.
 *
 * ttyname(3) gives a path that can be opened again with O_NONBLOCK; after `su` it may not be ours to open, and then
 * /dev/tty does if it is the same terminal; in a chroot neither works, and then the flag is set around each write and
 * taken back, which still cannot leak unless we are killed in those microseconds. */
#include "screen_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE_MAX_CELLS = 1000, MUTE_ROUNDS_MAX = 3 };

static bool same_device(int a, int b)
{
	struct stat sa, sb;

	return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && S_ISCHR(sa.st_mode) && S_ISCHR(sb.st_mode) &&
	       sa.st_rdev == sb.st_rdev;
}

/* A description of our own for the terminal behind fd; -1 when there is no way to get one. */
static int open_again(int fd)
{
	const int flags = O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char path[128];

	if (ttyname_r(fd, path, sizeof(path)) == 0) {
		int own = open(path, flags);
		if (own >= 0 && same_device(own, fd))
			return own;
		if (own >= 0)
			close(own);
	}
	/* /dev/tty is its own device; only the session tells whether fd is our controlling terminal */
	return tcgetsid(fd) == getsid(0) && getsid(0) > 0 ? open("/dev/tty", flags) : -1;
}

int tty_open(struct tty *t, struct err *e)
{
	*t = (struct tty){.in = -1, .out = -1};
	if (!isatty(STDOUT_FILENO))
		return err_set(e, ERR_FILE, "cannot draw: standard output is not a terminal");
	t->out = open_again(STDOUT_FILENO);
	if (t->out < 0) {
		t->out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		t->shared_out = true;
	}
	if (isatty(STDIN_FILENO)) {
		t->in = open_again(STDIN_FILENO);
		if (t->in < 0) /* curses asks poll(2) before it reads, so a blocking one does */
			t->in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		t->in = open("/dev/tty", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	}
	if (t->out >= 0 && t->in >= 0)
		return 0;
	err_set(e, ERR_FILE, "cannot open the terminal for %s: %s", t->out < 0 ? "drawing" : "keys", strerror(errno));
	tty_close(t);
	return ERR_FILE;
}

void tty_close(struct tty *t)
{
	tty_cooked(t);
	if (t->in >= 0)
		close(t->in);
	if (t->out >= 0)
		close(t->out);
	t->in = t->out = -1;
}

bool tty_raw(struct tty *t)
{
	if (t->raw)
		return true;
	/* both are read before either is set: usually they are one and the same */
	if (tcgetattr(t->in, &t->saved_in) != 0 || tcgetattr(t->out, &t->saved_out) != 0)
		return false;
	t->raw = true;
	t->our_in = t->saved_in;
	t->our_in.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ECHOE | ECHOK | ECHONL | IEXTEN);
	t->our_in.c_lflag |= ISIG; /* Ctrl-C works even when the loop does not */
	t->our_in.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IGNCR | ISTRIP);
	t->our_in.c_cc[VMIN] = 1;
	t->our_in.c_cc[VTIME] = 0;
	if (tcsetattr(t->in, TCSANOW, &t->our_in) != 0 || tcgetattr(t->out, &t->our_out) != 0)
		return false;
	t->our_out.c_oflag &= ~(tcflag_t)OPOST;
	return tcsetattr(t->out, TCSANOW, &t->our_out) == 0;
}

void tty_raw_again(struct tty *t)
{
	if (!t->raw)
		return;
	tcsetattr(t->in, TCSANOW, &t->our_in);
	tcsetattr(t->out, TCSANOW, &t->our_out);
}

/* A process in the background is stopped by SIGTTOU when it sets modes; leaving must not hang there. */
static void block_ttou(sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, before);
}

void tty_cooked(struct tty *t)
{
	sigset_t before;

	if (!t->raw)
		return;
	t->raw = false;
	block_ttou(&before);
	/* TCSANOW: the draining kinds wait for a line that may be stopped */
	tcsetattr(t->in, TCSANOW, &t->saved_in);
	tcsetattr(t->out, TCSANOW, &t->saved_out);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static int cells(unsigned short n)
{
	return n > SIZE_MAX_CELLS ? SIZE_MAX_CELLS : n;
}

bool tty_size(const struct tty *t, int *rows, int *cols)
{
	struct winsize ws;

	if (ioctl(t->out, TIOCGWINSZ, &ws) != 0 || ws.ws_row == 0 || ws.ws_col == 0)
		return false;
	*rows = cells(ws.ws_row);
	*cols = cells(ws.ws_col);
	return true;
}

static enum tty_room wait_for_room(const struct tty *t, int wait_ms)
{
	struct pollfd p = {.fd = t->out, .events = POLLOUT};
	int n = poll(&p, 1, wait_ms);

	if (n > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)))
		return TTY_GONE;
	return n > 0 && (p.revents & POLLOUT) ? TTY_READY : TTY_FULL;
}

enum tty_room tty_room(const struct tty *t)
{
	return wait_for_room(t, 0);
}

enum tty_room tty_write(struct tty *t, const char *bytes, size_t len, size_t *taken)
{
	enum tty_room room = TTY_READY;
	int flags = t->shared_out ? fcntl(t->out, F_GETFL) : -1;

	*taken = 0;
	if (flags >= 0)
		(void)fcntl(t->out, F_SETFL, flags | O_NONBLOCK);
	while (*taken < len && room == TTY_READY) {
		ssize_t n = write(t->out, bytes + *taken, len - *taken);
		if (n > 0)
			*taken += (size_t)n;
		else if (n < 0 && errno == EINTR)
			continue;
		else
			room = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? TTY_FULL : TTY_GONE;
	}
	if (flags >= 0)
		(void)fcntl(t->out, F_SETFL, flags);
	return room;
}

bool tty_input_is_gone(struct tty *t)
{
	struct pollfd p = {.fd = t->in, .events = POLLIN};
	int waiting = 0;

	if (poll(&p, 1, 0) <= 0) {
		t->mute_rounds = 0;
		return false;
	}
	if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
		return true;
	if (ioctl(t->in, FIONREAD, &waiting) == 0 && waiting > 0) {
		t->mute_rounds = 0;
		return false;
	}
	return ++t->mute_rounds >= MUTE_ROUNDS_MAX;
}

void tty_last_words(struct tty *t, const char *bytes, size_t len, int wait_ms)
{
	sigset_t before;
	size_t taken, part;

	block_ttou(&before); /* TOSTOP, and the two calls below */
	enum tty_room room = tty_write(t, bytes, len, &taken);
	if (room == TTY_FULL) {
		/* a line stopped by Ctrl-S goes on only after it was stopped once more, by us */
		tcflow(t->out, TCOOFF);
		tcflow(t->out, TCOON);
		if (wait_for_room(t, wait_ms) == TTY_READY) {
			room = tty_write(t, bytes + taken, len - taken, &part);
			taken += part;
		}
	}
	if (room == TTY_FULL) {
		tcflush(t->out, TCOFLUSH);
		tty_write(t, bytes, len, &taken);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}
