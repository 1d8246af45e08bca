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
#include "core/frame.h"
#include "core/territory.h"

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
	bool turns;                  /* brings its own turns: each of its frames is one (app_frame). Else the player also runs what
	                              * falls due between two frames */
	bool exact;                  /* a recording that holds every turn of a run: inputs do not tick, FRAME_TURN does, jobs are
	                              * started as they were then (app_take_frame) */
	bool numbers;                /* events are numbered by FRAME_NUMBER. Else the player counts from 1 */
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

/* What is to be played, as `landline replay` was asked. */
struct tape_want {
	const char *word;            /* FILE or CASE; NULL with --at */
	const char *at, *until;      /* of --at: an archive of that time; NULL: none */
	const struct territory_spec *territories; size_t territory_count; /* of --at */
};

/* Find the opener for it (src/app/tape.c: bundled cases, archives, files) and open. The caller frees with tape_free.
 * ERR_NOT_FOUND: no such case and no such file. */
int tape_open(const struct tape_want *want, struct tape **out, struct err *e) MUST_CHECK;
static inline void tape_free(struct tape *t)
{
	if (t)
		t->ops->free(t);
}

#endif
