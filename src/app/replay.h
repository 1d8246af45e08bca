/* The player: a tape, played through an app of its own, with a transport.
 *
 * What comes out is a function of the tape alone: inputs and turns happen at the tape's times, whatever the speed, and the
 * system's clock only says how far to go. Seeking back is a new app and everything anew up to there, in slices, so that keys
 * are answered meanwhile. Nothing is fetched and nothing is stored: there is no fetch and no store here. */
#ifndef LANDLINE_APP_REPLAY_H
#define LANDLINE_APP_REPLAY_H

#include "app/app.h"
#include "app/tape.h"

#define REPLAY_SPEED_MAX 100000

struct replay;

struct replay_options {
	double speed;                /* 1..REPLAY_SPEED_MAX; 0: so that the whole takes about five minutes */
	struct wall from, until;     /* WALL_NONE: the tape's own */
	bool loop;
	bool from_live;              /* a live dashboard waits behind it */
};

/* Takes the tape over, also on error. The player stands at `from`, or on its way there, and plays. */
int replay_open(struct replay **out, struct tape *tape, const struct replay_options *o, struct err *e) MUST_CHECK;
void replay_free(struct replay *r);

/* Another one after each restart: ask anew after replay_run. */
struct app *replay_app(struct replay *r);
const struct tape_info *replay_info(const struct replay *r);
struct wall replay_at(const struct replay *r);
bool replay_ended(const struct replay *r);
const char *replay_error(const struct replay *r); /* why the tape cannot be read on; "" when all is well */
/* "kp.rec is damaged at byte 4711: ..." of the first place met that could not be read, and how many they are so far; "" when none. */
const char *replay_lost(const struct replay *r, unsigned *count);
unsigned replay_generation(const struct replay *r); /* grows with each new app */

/* Go on by what the clock says, for at most budget_us of work. True: there is more to do at once. */
bool replay_run(struct replay *r, struct now now, int64_t budget_us);
/* As fast as it goes, paced by nothing, for at most budget_us. True: not at the end yet. */
bool replay_run_free(struct replay *r, int64_t budget_us);
/* How long nothing happens on the tape, ms of the clock; -1: until a key comes. */
int64_t replay_wait_ms(const struct replay *r, struct now now);

void replay_pause(struct replay *r, bool paused, struct now now);
bool replay_is_paused(const struct replay *r);
void replay_step(struct replay *r, struct now now);                /* the next frame or turn, then pause */
void replay_speed(struct replay *r, int steps, struct now now);    /* 1 2 5 10 20 50 ... 100000 */
void replay_seek(struct replay *r, struct wall t, struct now now);
/* From here, or from where it is going already: several in a row add up. */
void replay_skip(struct replay *r, int64_t ms, struct now now);
/* False: there is none before here that is known of. The next one is found by playing. */
bool replay_previous_event(struct replay *r, struct now now);
void replay_next_event(struct replay *r, struct now now);
/* "16:15", "22 Dec 16:15" without the year of the tape, "2014-12-22T16:15Z", "+10m", "-2h". */
int replay_parse_time(const struct replay *r, const char *text, struct wall *out, struct err *e) MUST_CHECK;

#endif
