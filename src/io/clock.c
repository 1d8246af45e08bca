/* The only place that asks the system for the time: see io/clock.h.
 *
 * Undriven, mono is CLOCK_MONOTONIC and wall is mono plus an offset. The offset is taken anew only when the system's
 * own date has moved away from it, so wall runs as evenly as mono and yet follows a clock that was set or a machine
 * that slept. Driven, both are what the driver last said. The driver's socket is polled by the loop; nothing here
 * blocks after clock_open but a send that the driver does not read, and that for a second at most. */
#include "io/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	FIRST_NOW_MS = 5000, /* how long the driver may take to say the first time */
	SEND_MS = 1000,      /* how long it may leave a line unread */
	STEP_MS = 250,       /* the system's date is this far off: it was set, this is not drift */
	LINE_MAX_BYTES = 128,
};

struct idle {
	struct wall due;
	uint64_t rx_bytes;
	unsigned active;
};

static struct {
	bool driven;
	int fd;
	struct now now;            /* driven: what the driver said */
	bool told;                 /* driven: `now` has been said at least once */
	char line[LINE_MAX_BYTES]; /* driven: the beginning of a line */
	size_t line_len;
	struct idle last_idle;
	bool idle_due; /* the driver waits for an idle line, even an equal one */
	bool have_offset;
	int64_t offset_ms; /* undriven: wall - mono */
} the_clock = {.fd = -1};

static int64_t system_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct now clock_now(void)
{
	if (the_clock.driven)
		return the_clock.now;
	int64_t mono = system_ms(CLOCK_MONOTONIC);
	int64_t off_ms = system_ms(CLOCK_REALTIME) - mono;
	int64_t moved_ms = off_ms - the_clock.offset_ms;
	if (!the_clock.have_offset || moved_ms > STEP_MS || moved_ms < -STEP_MS) {
		the_clock.offset_ms = off_ms;
		the_clock.have_offset = true;
	}
	return (struct now){.mono = {mono}, .wall = {mono + the_clock.offset_ms}};
}

int64_t clock_work_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

const char *clock_note(void)
{
	return the_clock.driven ? "TEST CLOCK" : "";
}

bool clock_is_driven(void)
{
	return the_clock.driven;
}

int clock_fd(void)
{
	return the_clock.fd;
}

/* "now MS": anything else means that this is not our driver. A time that goes back is not taken: mono never steps. */
static bool take_line(const char *line)
{
	static const char verb[] = "now ";
	char *end;

	if (strncmp(line, verb, strlen(verb)) != 0 || line[strlen(verb)] < '0' || line[strlen(verb)] > '9')
		return false;
	errno = 0;
	int64_t ms = strtoll(line + strlen(verb), &end, 10);
	if (errno || *end)
		return false;
	if (!the_clock.told || ms > the_clock.now.wall.ms)
		the_clock.now = (struct now){.mono = {ms}, .wall = {ms}};
	the_clock.told = true;
	the_clock.idle_due = true;
	return true;
}

bool clock_read(void)
{
	char buf[512];

	if (the_clock.fd < 0)
		return true;
	for (;;) {
		ssize_t n = recv(the_clock.fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		if (n == 0)
			return false;
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n') {
				if (the_clock.line_len + 1 >= sizeof(the_clock.line))
					return false;
				the_clock.line[the_clock.line_len++] = buf[i];
				continue;
			}
			the_clock.line[the_clock.line_len] = '\0';
			the_clock.line_len = 0;
			if (!take_line(the_clock.line))
				return false;
		}
	}
}

/* The whole line or none of the rest: a driver that stopped reading is a broken test, found by clock_read soon. */
static void send_line(const char *line, size_t len)
{
	while (len > 0) {
		ssize_t n = send(the_clock.fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
			struct pollfd p = {.fd = the_clock.fd, .events = POLLOUT};
			if (poll(&p, 1, SEND_MS) > 0)
				continue;
		}
		if (n <= 0)
			return;
		line += n;
		len -= (size_t)n;
	}
}

void clock_idle(struct wall due, uint64_t rx_bytes, unsigned active)
{
	struct idle *last = &the_clock.last_idle;
	char line[96];

	if (!the_clock.driven)
		return;
	if (!the_clock.idle_due && last->due.ms == due.ms && last->rx_bytes == rx_bytes && last->active == active)
		return;
	*last = (struct idle){.due = due, .rx_bytes = rx_bytes, .active = active};
	the_clock.idle_due = false;
	int64_t due_ms = wall_is_set(due) ? due.ms : -1;
	int n = snprintf(line, sizeof(line), "idle %" PRId64 " %" PRIu64 " %u\n", due_ms, rx_bytes, active);
	send_line(line, (size_t)n);
}

/* EINTR restarts the whole wait: this happens once, before any signal matters. */
static int wait_first_now(const char *path, struct err *e)
{
	struct pollfd p = {.fd = the_clock.fd, .events = POLLIN};

	while (!the_clock.told) {
		int n = poll(&p, 1, FIRST_NOW_MS);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_LIMIT, "clock driver '%s' said no time within %d s", path,
				       FIRST_NOW_MS / 1000);
		if (!clock_read())
			return err_set(e, ERR_PARSE, "clock driver '%s' left, or said something that is not 'now MS'",
				       path);
	}
	return 0;
}

int clock_open(struct err *e)
{
	static const char scheme[] = "unix:";
	const char *where = getenv("LANDLINE_CLOCK");
	struct sockaddr_un addr = {.sun_family = AF_UNIX};

	clock_close();
	if (!where || !*where)
		return 0;
	if (strncmp(where, scheme, strlen(scheme)) != 0)
		return err_set(e, ERR_USAGE, "LANDLINE_CLOCK is '%.80s'; it must be unix:PATH", where);
	const char *path = where + strlen(scheme);
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof(addr.sun_path))
		return err_set(e, ERR_USAGE, "LANDLINE_CLOCK has a path of %zu bytes; 1 to %zu can be used", len,
			       sizeof(addr.sun_path) - 1);
	memcpy(addr.sun_path, path, len + 1);
	the_clock.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (the_clock.fd < 0 || connect(the_clock.fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		err_set(e, ERR_NET, "cannot reach the clock driver '%s': %s", path, strerror(errno));
		clock_close();
		return ERR_NET;
	}
	int code = wait_first_now(path, e);
	if (code) {
		clock_close();
		return code;
	}
	the_clock.driven = true;
	return 0;
}

void clock_close(void)
{
	if (the_clock.fd >= 0)
		close(the_clock.fd);
	memset(&the_clock, 0, sizeof(the_clock));
	the_clock.fd = -1;
}
