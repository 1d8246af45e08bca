/* links: io/clock base/err base/when */
/* The driven clock against a driver in a child process, which says times and passes on what it hears; and the system's,
 * as far as it can be told without waiting for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/clock.h"

#define T0 INT64_C(1419264900000) /* 2014-12-22T16:15:00Z */

/* The driver: a child that sends what it reads from `say` and writes what it hears to `heard`. */
struct driver {
	pid_t pid;
	int say, heard;
	char folder[64], path[96];
};

static void relay(int listener, int say, int heard)
{
	char buf[512];
	int fd = accept(listener, NULL, NULL);
	struct pollfd p[2] = {{.fd = say, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	while (fd >= 0 && poll(p, 2, 10000) > 0) {
		for (int i = 0; i < 2; i++) {
			if (!p[i].revents)
				continue;
			ssize_t n = read(p[i].fd, buf, sizeof(buf));
			if (n <= 0 || write(i ? heard : fd, buf, (size_t)n) != n)
				_exit(0);
		}
	}
	_exit(0);
}

static void start_driver(struct driver *d)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int say[2], heard[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);
	char where[128];

	strcpy(d->folder, "/tmp/landline-clock-XXXXXX");
	assert_non_null(mkdtemp(d->folder));
	snprintf(d->path, sizeof(d->path), "%s/clock", d->folder);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", d->path);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pipe(say) | pipe(heard), 0);
	d->pid = fork();
	if (d->pid == 0) {
		close(say[1]);
		close(heard[0]);
		relay(listener, say[0], heard[1]);
	}
	close(say[0]);
	close(heard[1]);
	close(listener);
	d->say = say[1];
	d->heard = heard[0];
	snprintf(where, sizeof(where), "unix:%s", d->path);
	setenv("LANDLINE_CLOCK", where, 1);
}

static void end_driver(struct driver *d)
{
	clock_close();
	close(d->say);
	close(d->heard);
	waitpid(d->pid, NULL, 0);
	unlink(d->path);
	rmdir(d->folder);
	unsetenv("LANDLINE_CLOCK");
}

static void say(const struct driver *d, const char *text)
{
	assert_int_equal(write(d->say, text, strlen(text)), strlen(text));
}

static void hear(const struct driver *d, const char *expect)
{
	char buf[256];
	size_t len = 0;

	while (len < strlen(expect)) {
		struct pollfd p = {.fd = d->heard, .events = POLLIN};
		assert_int_equal(poll(&p, 1, 10000), 1);
		ssize_t n = read(d->heard, buf + len, sizeof(buf) - 1 - len);
		assert_true(n > 0);
		len += (size_t)n;
	}
	buf[len] = '\0';
	assert_string_equal(buf, expect);
}

static bool read_when_there(void)
{
	struct pollfd p = {.fd = clock_fd(), .events = POLLIN};

	assert_int_equal(poll(&p, 1, 10000), 1);
	return clock_read();
}

static void test_driven(void **state)
{
	struct driver d;
	struct err e = {.code = ERR_OK};

	(void)state;
	start_driver(&d);
	say(&d, "now 1419264900000\n");
	if (clock_open(&e))
		fail_msg("%s", e.msg);
	assert_true(clock_is_driven());
	assert_string_equal(clock_note(), "TEST CLOCK");
	assert_true(clock_fd() >= 0);
	assert_int_equal(clock_now().wall.ms, T0);
	assert_int_equal(clock_now().mono.ms, T0);
	clock_idle((struct wall){T0 + 500}, 7, 2);
	hear(&d, "idle 1419264900500 7 2\n");
	/* nothing new: nothing said, until the driver asks by a new time */
	clock_idle((struct wall){T0 + 500}, 7, 2);
	clock_idle((struct wall){T0 + 500}, 7, 1);
	hear(&d, "idle 1419264900500 7 1\n");
	say(&d, "now 1419264900100\n");
	assert_true(read_when_there());
	assert_int_equal(clock_now().wall.ms, T0 + 100);
	clock_idle((struct wall){T0 + 500}, 7, 1);
	hear(&d, "idle 1419264900500 7 1\n");
	clock_idle(WALL_NONE, 8, 0);
	hear(&d, "idle -1 8 0\n");
	/* several lines at once; time never goes back */
	say(&d, "now 1419264900300\nnow 1419264900200\n");
	assert_true(read_when_there());
	assert_int_equal(clock_now().mono.ms, T0 + 300);
	/* a line in two pieces */
	say(&d, "now 14192649");
	assert_true(read_when_there());
	say(&d, "01000\n");
	assert_true(read_when_there());
	assert_int_equal(clock_now().wall.ms, T0 + 1000);
	end_driver(&d);
	assert_false(clock_is_driven());
	assert_int_equal(clock_fd(), -1);
}

static void test_driver_leaves(void **state)
{
	static const struct {
		const char *what, *said;
	} cases[] = {
		{"gone", NULL},
		{"another protocol", "HTTP/1.1 200 OK\r\n"},
		{"no number", "now soon\n"},
		{"a negative time", "now -5\n"},
		{"more than a number", "now 1419264900000 please\n"},
		{"a number beyond all", "now 99999999999999999999999\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct driver d;
		struct err e = {.code = ERR_OK};
		start_driver(&d);
		say(&d, "now 1419264900000\n");
		assert_int_equal(clock_open(&e), 0);
		if (cases[i].said)
			say(&d, cases[i].said);
		else
			close(d.say);
		if (read_when_there())
			fail_msg("%s: taken", cases[i].what);
		assert_int_equal(clock_now().wall.ms, T0);
		if (!cases[i].said)
			d.say = -1;
		end_driver(&d);
	}
}

static void test_cannot_open(void **state)
{
	static const struct {
		const char *what, *where;
		int code;
	} cases[] = {
		{"not a place", "tcp:localhost:5", ERR_USAGE},
		{"no path", "unix:", ERR_USAGE},
		{"nobody there", "unix:/nonexistent/clock", ERR_NET},
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		setenv("LANDLINE_CLOCK", cases[i].where, 1);
		if (clock_open(&e) != cases[i].code)
			fail_msg("%s: '%s'", cases[i].what, e.msg);
		assert_false(clock_is_driven());
		assert_int_equal(clock_fd(), -1);
	}
	unsetenv("LANDLINE_CLOCK");
}

static void test_system(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(clock_open(&e), 0);
	assert_false(clock_is_driven());
	assert_string_equal(clock_note(), "");
	assert_int_equal(clock_fd(), -1);
	assert_true(clock_read());
	clock_idle((struct wall){0}, 0, 0); /* tells nobody */
	struct now a = clock_now(), b = clock_now();
	assert_true(b.mono.ms >= a.mono.ms);
	assert_true(a.wall.ms > T0);
	assert_int_equal(b.wall.ms - a.wall.ms, b.mono.ms - a.mono.ms); /* one runs as the other */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_driven),
		cmocka_unit_test(test_driver_leaves),
		cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
