/* A tape: the inputs of another time, in order. What a recording is read into, what the bundled case is made of, and what the
 * archives are turned into: the replay (app/replay.h) plays any of them through the same app as the live program.
 *
 * A frame is one input as the app took it, named by what was asked (source, call, subject) and not by a number of that run. */
#ifndef LANDLINE_APP_TAPE_H
#define LANDLINE_APP_TAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/when.h"
#include "core/input.h"
#include "core/territory.h"

enum frame_kind {
	FRAME_INPUT,     /* an input: an answer, a stream's opening, bytes or end */
	FRAME_TURN,      /* a turn without input at `now`: what was due ran */
	FRAME_MARK,      /* words about this moment, for the transport bar: in.body */
	FRAME_MEMORY,    /* what the store knew at the start: one network (source "memory", call "net"); in.body as text */
};

/* One frame; strings and body are good until the next call on the tape. */
struct frame {
	enum frame_kind kind;
	struct now now;              /* of the turn that took it; both clocks, as they were */
	const char *source, *call, *subject; /* as in source_table; "" when kind has none */
	const char *url;             /* what was asked, without secrets; "" when not known */
	struct input in;             /* job 0; time is the arrival */
};

/* A moment worth jumping to that the tape itself names (of a recording there are none: events are found by playing). */
struct tape_mark { struct wall t; char text[160]; };

struct tape_info {
	char name[64];               /* "kp-2014", or the file's name without its folder */
	char note[160];              /* what it is: "Reconstruction from the published timeline, not a recording." */
	const char *about;           /* longer, with sources; NULL: none. Borrowed from the tape */
	const char *config;          /* INI text to read over the defaults and instead of the user's: the sites and canaries of then,
	                              * say; NULL: none. Borrowed from the tape */
	struct wall from, until;     /* first and last moment; until WALL_NONE: not known before the end is read */
	struct territory_spec territories[32];
	size_t territory_count;
	const struct tape_mark *marks; /* by time; borrowed from the tape */
	size_t mark_count;
	bool reconstruction;
	bool cut;                    /* it ends in the middle: read up to the cut */
};

struct tape;

struct tape_ops {
	void (*info)(const struct tape *, struct tape_info *out);
	/* The next frame: 1, 0 at the end, < 0 with an error in words that names the file and the place. In order of time. */
	int (*next)(struct tape *, struct frame *out, struct err *);
	int (*rewind)(struct tape *, struct err *);
	void (*free)(struct tape *);
};

/* First member of every kind of tape. */
struct tape { const struct tape_ops *ops; };

#endif
