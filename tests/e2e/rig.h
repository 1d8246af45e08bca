/* The real binary in a pseudo-terminal, against the test server, in a sealed environment: what an end-to-end test
 * holds.
 *
 * One process, one thread: the rig polls the terminal (libvterm is its other end), the server and the clock driver.
 * Nothing sleeps: a wait ends when the screen shows what is waited for, or fails at a generous deadline with the screen
 * printed. Driven, landline's time is the scenario's and moves as fast as both can go; else it is real. */
#ifndef LANDLINE_TESTS_E2E_RIG_H
#define LANDLINE_TESTS_E2E_RIG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <vterm.h>

#include "base/strbuf.h"
#include "server/server.h"

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

struct rig {
	char dir[64]; /* HOME and all XDG folders; removed at the end */
	struct server *server;
	bool driven;
	/* the dashboard */
	pid_t pid;  /* 0: not running */
	int master; /* -1: the line is gone */
	int status; /* of wait(), when it has exited */
	bool exited;
	bool stop_reading; /* a reader that has stopped */
	int rows, cols;
	VTerm *vt;
	VTermScreen *vs;
	struct strbuf log; /* every byte of this run */
	size_t fed;
	char *screen; /* the last rig_screen(); owned */
	/* a command that runs beside it */
	pid_t command;
	int out_fd, err_fd;
	struct strbuf out, err;
	int command_status;
};

/* scenario: the name of a file in tests/scenarios/, or text (when it has a line feed). extra: more configuration, or
 * NULL. */
void rig_open(struct rig *r, const char *scenario, bool driven, const char *extra);
void rig_close(struct rig *r);
void rig_config(struct rig *r, const char *extra); /* write landline.conf anew */

/* Start the dashboard. words: "KP --linear", split at spaces. */
void rig_start(struct rig *r, int rows, int cols, const char *words);
void rig_start_ignoring(struct rig *r, int rows, int cols, const char *words, int ignored_signal);
void rig_resize(struct rig *r, int rows, int cols);
void rig_keys(struct rig *r, const char *keys);
const char *rig_screen(struct rig *r); /* rows with line feeds; good until the next call */
bool rig_sees(struct rig *r, const char *text);

void rig_pump(struct rig *r, int timeout_ms); /* one round of real events; time does not move */
/* Driven: on to the scenario's time t, and everything of that moment is done. */
void rig_until(struct rig *r, int64_t t_ms);
void rig_pass(struct rig *r, int64_t ms);
void rig_until_gone(struct rig *r, int64_t limit_ms); /* driven: until it has left by itself */
/* Until the screen shows text: at most so much scenario time (driven), or real time (else). Fails the test with the
 * screen. */
void rig_wait(struct rig *r, const char *text, int64_t limit_ms);
void rig_wait_gone(struct rig *r, const char *text, int64_t limit_ms); /* until it is not shown */
bool rig_try(struct rig *r, const char *text, int64_t limit_ms);       /* the same, without failing */
/* Send sig (0: none) and wait until it is gone, real time; returns how long it took in ms. */
int64_t rig_end(struct rig *r, int sig);
void rig_lose_line(struct rig *r); /* close the terminal's other end */
void rig_kill(struct rig *r);      /* kill -9, reap */
/* Did the byte stream of this run leave the terminal as it found it? NULL: yes; else what it left on. */
const char *rig_left_on(const struct rig *r);

/* Run `landline WORDS` with pipes until it exits; its output is in r->out and r->err. Returns its exit code, or
 * -signal. */
int rig_run(struct rig *r, const char *words);
int rig_run_args(struct rig *r, const char *const *args);

/* Member of a JSON line: the raw text of the value ("34260", "\"KP\"", "null") or NULL. Good until the next call. */
const char *json_member(const char *line, const char *key);

#define rig_fail(r, ...)                                                                                               \
	do {                                                                                                           \
		fprintf(stderr, __VA_ARGS__);                                                                          \
		fprintf(stderr, "\nscreen:\n%s\n", rig_screen(r));                                                     \
		fail();                                                                                                \
	} while (0)

#endif
