/* landline replay --at: see cmd_archive.c. */
#ifndef LANDLINE_SRC_APP_CMD_ARCHIVE_H
#define LANDLINE_SRC_APP_CMD_ARCHIVE_H

#include "app/tape.h"
#include "cli.h"

/* Plan, fetch and read. -1: *tape plays from *from on; otherwise the exit code of a command that is over (--dry-run has
 * printed its plan, or an error was printed). */
int archive_run(const struct cli *c, struct tape **tape, struct wall *from);

#endif
