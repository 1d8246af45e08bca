/* The black box: the inputs of every run that keeps, so that an event can be exported with what it was derived from.
 *
 * One recording a run in the state folder, `inputs/`, named by its beginning. A run stops keeping at BLACKBOX_RUN_MAX; at the
 * start of a run the oldest are dropped until the folder holds no more than that, but never what was written to in the last
 * minute: that run lives. So the folder stays near twice BLACKBOX_RUN_MAX. */
#ifndef LANDLINE_APP_BLACKBOX_H
#define LANDLINE_APP_BLACKBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"

#define BLACKBOX_RUN_MAX (64u << 20) /* bytes */

/* Make the folder, drop what is too much, and say where the run's recording goes (a folder, for record_open). dst: 700 bytes. */
int blackbox_prepare(char dst[700], struct err *e) MUST_CHECK;
/* The newest recording that began before t (it may have ended before t, too: playing it will tell). False: none. */
bool blackbox_find(struct wall t, char *path, size_t cap);

#endif
