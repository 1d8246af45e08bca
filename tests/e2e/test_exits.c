/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* Every way out gives the terminal back and is quick; and no size, storm of sizes or reader that stops can keep
 * landline from it (terminal.md). Real time: the clock is not driven here. Ctrl-Z needs a shell around it: tests/io has
 * that. */
#include "rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* The promise is 20 ms (50 ms with a lost line) on a quiet machine; `make bench` measures that. Here many tests share
 * the machine, sanitizers slow everything, and a hang is what is looked for. */
enum { LEAVE_MS = 3000 };

static void start(struct rig *r, int rows, int cols, int ignored)
{
	rig_open(r, "now.scn", false, NULL);
	rig_start_ignoring(r, rows, cols, "KP", ignored);
	rig_wait(r, "4 of 4", MINUTE);
}

static void must_be_restored(struct rig *r, const char *after)
{
	const char *left = rig_left_on(r);
	if (left)
		fail_msg("after %s the terminal is left with %s", after, left);
}

static void must_be_quick(int64_t ms, const char *after)
{
	if (ms > LEAVE_MS)
		fail_msg("%s: gone only after %lld ms", after, (long long)ms);
}

static const struct way {
	const char *what, *keys;
	int sig;
} ways[] = {
	{"q", "q", 0},
	{"Ctrl-C", "\003", 0},
	{"SIGINT", NULL, SIGINT},
	{"SIGTERM", NULL, SIGTERM},
	{"SIGHUP", NULL, SIGHUP},
	{"SIGQUIT", NULL, SIGQUIT},
	{"SIGSEGV", NULL, SIGSEGV},
	{"SIGABRT", NULL, SIGABRT},
};

static void test_way(void **state)
{
	const struct way *w = *state;
	struct rig r;
	start(&r, 24, 80, 0);
	struct termios before, after;
	if (w->keys)
		rig_keys(&r, w->keys);
	assert_int_equal(tcgetattr(r.master, &before), 0);
	int64_t ms = rig_end(&r, w->sig);
	must_be_quick(ms, w->what);
	must_be_restored(&r, w->what);
	/* the line itself: echo and canonical input are back */
	assert_int_equal(tcgetattr(r.master, &after), 0);
	if (!(after.c_lflag & ECHO) || !(after.c_lflag & ICANON))
		fail_msg("after %s the line has no echo", w->what);
	if (w->keys && w->keys[0] == 'q' && !(WIFEXITED(r.status) && WEXITSTATUS(r.status) == 0))
		fail_msg("q: status %d", r.status);
	/* a shell sees that a signal ended it */
	bool by_signal = WIFSIGNALED(r.status) && WTERMSIG(r.status) == w->sig;
	bool sanitizer = WIFEXITED(r.status) && (w->sig == SIGSEGV || w->sig == SIGABRT);
	if (w->sig && !by_signal && !sanitizer)
		fail_msg("%s: status %d does not tell of the signal", w->what, r.status);
	rig_close(&r);
}

static const struct loss {
	const char *what;
	int ignored;
} losses[] = {
	{"a lost line", 0},
	{"a lost line with SIGHUP ignored", SIGHUP},
};

static void test_lost_line(void **state)
{
	const struct loss *l = *state;
	struct rig r;
	start(&r, 24, 80, l->ignored);
	rig_lose_line(&r);
	must_be_quick(rig_end(&r, 0), l->what);
	rig_close(&r);
}

static const struct size {
	const char *what;
	int rows, cols;
	const char *sees[3];
} sizes[] = {
	{"80x24", 24, 80, {"KP", "4 of 4", "quit"}}, {"200x50", 50, 200, {"North Korea", "4 of 4", "175.45.179.0"}},
	{"80x10", 10, 80, {"KP", "normal", NULL}},   {"40x12", 12, 40, {"KP", NULL, NULL}},
	{"10x3", 3, 10, {NULL, NULL, NULL}},         {"1x1", 1, 1, {NULL, NULL, NULL}},
};

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct rig r;
		rig_open(&r, "now.scn", false, NULL);
		rig_start(&r, sizes[i].rows, sizes[i].cols, "KP");
		for (size_t k = 0; k < 3 && sizes[i].sees[k]; k++)
			rig_wait(&r, sizes[i].sees[k], MINUTE);
		rig_keys(&r, "5");
		rig_keys(&r, "4");
		rig_keys(&r, "2");
		rig_keys(&r, "?");
		rig_keys(&r, "q"); /* closes help first */
		rig_keys(&r, "q");
		must_be_quick(rig_end(&r, 0), sizes[i].what);
		must_be_restored(&r, sizes[i].what);
		rig_close(&r);
	}
}

/* Two hundred sizes as fast as they come, then the first again: the screen is whole. */
static void test_resize_storm(void **state)
{
	struct rig r;
	uint32_t seed = 12345;
	(void)state;
	start(&r, 24, 80, 0);
	for (int i = 0; i < 200; i++) {
		seed = seed * 1664525u + 1013904223u;
		rig_resize(&r, 1 + (int)(seed >> 8) % 70, 1 + (int)(seed >> 16) % 240);
		rig_pump(&r, i % 10 ? 0 : 2);
		if (r.exited)
			fail_msg("a storm of sizes ended it: status %d", r.status);
	}
	rig_resize(&r, 24, 80);
	rig_wait(&r, "4 of 4", MINUTE);
	rig_wait(&r, "175.45.179.0", MINUTE);
	rig_keys(&r, "q");
	must_be_quick(rig_end(&r, 0), "a storm of sizes");
	must_be_restored(&r, "a storm of sizes");
	rig_close(&r);
}

/* Nobody reads: landline goes on (its store does), and still obeys SIGTERM. Who reads again sees a whole screen. */
static void test_reader_that_stops(void **state)
{
	struct rig r;
	struct err e = {0};
	(void)state;
	start(&r, 50, 200, 0);
	r.stop_reading = true;
	for (int i = 0; i < 60; i++) { /* views and repaints until the line's buffer must be full */
		rig_keys(&r, i % 3 == 0 ? "5" : i % 3 == 1 ? "4" : "2");
		rig_keys(&r, "\014");
		rig_pump(&r, 5);
	}
	assert_int_equal(server_do(r.server, "+0 withdraw KP over 0s", &e), 0);
	rig_pass(&r, 2 * SECOND);
	assert_false(r.exited);
	r.stop_reading = false;
	rig_wait(&r, "0 of 4", MINUTE);
	r.stop_reading = true;
	for (int i = 0; i < 60; i++) {
		rig_keys(&r, "\014");
		rig_pump(&r, 5);
	}
	must_be_quick(rig_end(&r, SIGTERM), "SIGTERM while nobody reads");
	rig_close(&r);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_resize_storm),
		cmocka_unit_test(test_reader_that_stops),
	};
	struct CMUnitTest tests[24];
	size_t n = 0;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		tests[n++] = (struct CMUnitTest){
			.name = ways[i].what, .test_func = test_way, .initial_state = (void *)(uintptr_t)&ways[i]};
	for (size_t i = 0; i < sizeof(losses) / sizeof(*losses); i++)
		tests[n++] = (struct CMUnitTest){.name = losses[i].what,
						 .test_func = test_lost_line,
						 .initial_state = (void *)(uintptr_t)&losses[i]};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		tests[n++] = others[i];
	return _cmocka_run_group_tests("exits", tests, n, NULL, NULL);
}
