/* Deriving an event again from its inputs: play a tape through an app of its own and see what comes out. What an export measures
 * its series with and what `landline verify` compares the claim with are the same run. */
#ifndef LANDLINE_APP_DERIVE_H
#define LANDLINE_APP_DERIVE_H

#include <stdbool.h>

#include "app/tape.h"
#include "bundle.h"
#include "core/event.h"
#include "core/manifest.h"
#include "replay.h"

struct derived {
	struct replay *player;       /* owned: what the lines and the event point into */
	const struct event *ev;      /* NULL: the inputs give no such event */
	struct claim claim;
	struct wall at;              /* the moment up to which was played */
	struct wall from, until;     /* what the series show */
	struct series up[2];         /* networks visible, IPv4 and IPv6 */
	struct chart_line lines[CHART_LINES_MAX];
	size_t line_count;
	struct strbuf log, credits;
};

/* Play up to `until` (WALL_NONE: to the end). want: which event (scope, territory, subject, start), and the span of the series
 * around it. seq: look for this number instead when it is not 0 (of a tape that numbers its events). Takes the tape over. */
int derive(struct tape *tape, const struct claim *want, uint64_t seq, struct wall until, struct derived *out, struct err *e) MUST_CHECK;
void derived_release(struct derived *d);

/* The attributions of the sources that answered, a line each; and a chart line of each signal of t that has data in the span.
 * Both for events whose inputs are not there to be played, too. */
void derive_credits(const struct model *m, struct strbuf *out);
size_t derive_signal_lines(const struct territory *t, struct wall from, struct wall until, struct chart_line *out, size_t count);

/* Copy a tape's frames up to and with `until` into a new recording, so that playing it gives the same. */
int derive_slice(struct tape *tape, struct wall until, const char *path, struct err *e) MUST_CHECK;

#endif
