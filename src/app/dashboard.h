/* The dashboard on the past: the same loop and screen, with a player instead of the engine. */
#ifndef LANDLINE_APP_DASHBOARD_H
#define LANDLINE_APP_DASHBOARD_H

#include "cli.h"
#include "replay.h"

/* Takes the player over. Returns the exit code. */
int run_replay_screen(const struct cli *c, struct replay *r);

#endif
