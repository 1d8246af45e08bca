/* The only place that asks the system for the time.
 *
 * For tests the clock can be handed to a driver: with LANDLINE_CLOCK=unix:PATH in the environment the process
 * connects to that socket, tells when it is idle and until when ("idle DUE_MS RX_BYTES ACTIVE\n": next due wall ms,
 * stream bytes consumed so far, answers still awaited), and its time moves only when the driver says so ("now
 * WALL_MS\n"). So hours pass in seconds and every run is the same. A screen drawn on such a clock says TEST CLOCK: it
 * is never passed off as live. */
#ifndef LANDLINE_IO_CLOCK_H
#define LANDLINE_IO_CLOCK_H

#include <stdbool.h>

#include "base/err.h"
#include "base/when.h"

int clock_open(struct err *e) MUST_CHECK;   /* reads LANDLINE_CLOCK once; waits for the driver's first "now" (5 s at most) */
struct now clock_now(void);                 /* wall follows mono and is corrected when the system clock was set */
/* A stopwatch in microseconds, real even when the clock is driven: only to bound slices of work, never for anything that a
 * repeated run must do again. */
int64_t clock_work_us(void);
const char *clock_note(void);               /* "" or "TEST CLOCK" */
bool clock_is_driven(void);
/* Driven only: the socket to poll, what to tell before sleeping, what to do when it is readable. fd -1 when not
 * driven. An unset due is told as -1. A line equal to the last one is told again only after the driver's next "now".
 * */
int clock_fd(void);
void clock_idle(struct wall due, uint64_t rx_bytes, unsigned active);
bool clock_read(void);                      /* false: the driver is gone (leave) */
void clock_close(void);

#endif
