/* Running the engine without a screen: until everything was asked once, or for ever. */
#ifndef LANDLINE_APP_ONESHOT_H
#define LANDLINE_APP_ONESHOT_H

#include "cli.h"
#include "engine.h"

/* Open an engine for the command's territories; prints the error and returns an exit code, or -1 when all is well. */
int oneshot_open(struct engine *g, const struct cli *c, enum engine_use use, bool needs_territory);

/* Turn until `done` says so, a signal comes (its number is returned), or `limit_ms` of clock time are over (0: no limit).
 * done is called once after each turn. Returns 0, or the signal. */
int oneshot_run(struct engine *g, int64_t limit_ms, bool (*done)(struct engine *, struct now, void *), void *arg);

/* A signal to leave for that has come meanwhile, or 0. */
int oneshot_signal(void);

#endif
