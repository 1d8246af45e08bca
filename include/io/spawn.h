/* The program itself, run once more beside the running one, for work that takes longer than a key may: an export. */
#ifndef LANDLINE_IO_SPAWN_H
#define LANDLINE_IO_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct spawned {
	pid_t pid;        /* 0: nothing runs */
	int fd;           /* what it says, both streams; to be polled; -1: none */
	char said[400];   /* so far, clean, NUL-terminated; the rest is dropped */
	unsigned len;
};

/* words: without the program's name, NULL at the end. stdin is empty. */
int spawn_self(struct spawned *s, const char *const *words, struct err *e) MUST_CHECK;
/* Read what there is. True when it has ended: *code is its exit code, or 128 + the signal. Never blocks while it runs. */
bool spawn_take(struct spawned *s, int *code);
void spawn_end(struct spawned *s); /* kill and forget; nothing running is allowed */

#endif
