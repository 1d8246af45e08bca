/* landline without a screen on the driven clock, for hours and days of a story: start, stop, skip, and read what it
 * said.
 */
#ifndef LANDLINE_TESTS_E2E_HEADLESS_H
#define LANDLINE_TESTS_E2E_HEADLESS_H

#include "rig.h"

/* `landline collect CODES`. */
void headless_start(struct rig *r, const char *codes);
/* Ask it to leave; what it said in this run goes to the end of said. */
void headless_stop(struct rig *r, struct strbuf *said);
/* Switched off from one time to another. */
void headless_skip(struct rig *r, const char *codes, int64_t from_ms, int64_t until_ms, struct strbuf *said);
/* A quarter of an hour of learning, which then counts as the day that partial losses are judged by: it is written into
 * the store. It runs afterwards. */
void headless_learn(struct rig *r, const char *codes, struct strbuf *said);

int64_t headless_at(const char *iso);

#endif
