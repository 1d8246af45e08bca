/* Signals as bytes in a pipe: handlers only write one byte; the loop polls the pipe, so no wake-up is ever lost. */
#ifndef LANDLINE_IO_SIGNALS_H
#define LANDLINE_IO_SIGNALS_H

#include <stdbool.h>

#include "base/err.h"

int signals_open(struct err *e) MUST_CHECK;   /* SIGINT SIGTERM SIGHUP SIGQUIT SIGWINCH SIGCONT SIGTSTP SIGUSR2; SIGPIPE ignored */
void signals_on_crash(void (*restore)(void)); /* SIGSEGV SIGBUS SIGFPE SIGILL SIGABRT: restore, then die of the signal */
int signals_fd(void);
int signals_next(void);                        /* 0: none */
/* Die of sig as an untouched program would, so that the shell sees it. Does not return. */
void signals_die(int sig) __attribute__((noreturn));
void signals_close(void);

#endif
