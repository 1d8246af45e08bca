/* What the files of the player share. */
#ifndef LANDLINE_APP_REPLAY_PRIVATE_H
#define LANDLINE_APP_REPLAY_PRIVATE_H

#include "replay.h"

enum seek { SEEK_NONE, SEEK_TIME, SEEK_EVENT };

#define MET_MAX 256

struct replay {
	struct tape *tape;
	struct tape_info info;
	struct config config;
	struct app *app;
	unsigned generation;
	/* the tape */
	struct frame frame;          /* the next one, when have */
	bool have, tape_over;
	char error[240];
	struct now last;             /* of the turn that ran last */
	struct wall due;             /* what the app wants next, for tapes that leave turns to the player */
	uint64_t last_seq;
	/* a recording that is damaged */
	bool torn;                   /* behind a hole: what the store numbered then is not known any more, the player counts on */
	struct wall gap;             /* the end of the hole that is played: nothing comes, but time goes on; WALL_NONE: none */
	char lost[240];              /* the first hole in words; kept over seeks */
	unsigned lost_count;
	struct wall lost_last;       /* the newest that was counted */
	/* the transport */
	struct wall at, target;      /* reached; how far the clock allows to go */
	struct mono paced;           /* when the target was moved last; -1: not yet */
	double speed;
	bool paused, ended, behind, loop, from_live;
	struct wall from, until;
	enum seek seek;
	struct wall seek_from, seek_to;
	/* events met so far, by start: kept over seeks */
	struct wall events[MET_MAX];
	size_t event_count;
	bool met, then_event;        /* then_event: look for the next one after arriving */
	uint64_t lines;              /* log lines looked at */
	char mark[160];
	int64_t said_at;             /* second that the transport shows */
	struct replay_state said;
};

/* replay_tape.c */
void replay_new_app(struct replay *r);
void replay_restart(struct replay *r);        /* the tape from its beginning, into a new app */
bool replay_due_first(const struct replay *r); /* something falls due before the next frame */
/* The next thing on the tape that is not later than limit. False: there is none. */
bool replay_advance(struct replay *r, struct wall limit);
bool replay_nothing_left(struct replay *r);
/* The last moment there is: what is behind the last frame, up to there, is played too, in which nothing happens. */
struct wall replay_last_moment(const struct replay *r);

/* replay_transport.c */
void replay_meet(struct replay *r, struct wall start);
void replay_say(struct replay *r);  /* the transport into the model, when it changed */
double replay_next_speed(double speed, int direction);

#endif
