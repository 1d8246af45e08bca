/* The application: the one writer of the model. Inputs and time go in, a model to draw and jobs to start come out. Pure:
 * the same inputs at the same times give the same events and the same screen, live or replayed. */
#ifndef LANDLINE_APP_APP_H
#define LANDLINE_APP_APP_H

#include "core/config.h"
#include "core/input.h"
#include "core/model.h"
#include "io/fetch.h" /* struct fetch_job: what to start; no function of it is called here */
#include "io/store.h" /* struct sample_row: what to keep; the same */

#define FILE_MEMBERS_MAX 256 /* of a territory file */

struct app;

/* config: borrowed for the life of the app. */
struct app *app_new(const struct config *config, struct now now);
void app_free(struct app *a);

struct model *app_model(struct app *a);

/* Watch a territory; members are what a file lists (NULL otherwise). Finds it when it is watched already.
 * ERR_LIMIT when there are TERRITORY_MAX. */
int app_watch(struct app *a, const struct territory_spec *spec, const struct territory_spec *members, size_t member_count,
	      struct now now, struct err *e) MUST_CHECK;

/* The token of a source, as the shell read it: copied, kept here alone, wiped by the next call and by app_free. NULL or "":
 * none. advice: what the user should do about it, "" for nothing to say (without a token: how to set one). Sources that
 * need a token are off until they have one. */
void app_set_token(struct app *a, int source, const char *token, const char *advice);

/* What the store remembers, before the first tick: a network with its last state, the name of an AS. */
void app_restore_net(struct app *a, const char *territory, const struct net_memory *m, uint32_t origin, struct now now);
void app_restore_name(struct app *a, uint32_t asn, const char *name);
/* Weeks of a signal's samples, oldest first, which make its habit. They take a moment each, so that the shell promises them
 * at first (app_expect_history: its detector waits, and app_settled does) and hands them over later, once; an empty or NULL
 * history keeps the promise too. */
void app_expect_history(struct app *a, const char *territory, const char *source, const char *name);
void app_restore_history(struct app *a, const char *territory, const char *source, const char *name,
			 const struct series *history);

/* One input from outside. */
void app_input(struct app *a, const struct input *in, struct now now);

/* Once a turn, after the inputs: run what is due, judge, refresh the model. Returns when to call again at the latest. */
struct wall app_tick(struct app *a, struct now now);

/* A turn of a replay: take the frame's input (none but FRAME_INPUT has one), then tick at its time. Requests stay where they are:
 * do not call app_next_job. Returns when the app would be called again at the latest. */
struct frame;
struct wall app_frame(struct app *a, const struct frame *f);

/* The same for tapes that hold every turn of a run (tape_info.exact): take what the frame brings, without a tick unless it is a
 * FRAME_TURN; then jobs are started as they were in that run, and come to nothing. *due is set by a turn. */
void app_take_frame(struct app *a, const struct frame *f, struct wall *due);
/* Nothing that this app shows, logs or prints is live. Before the first frame. whole: the tape has all that a run took in, and
 * what was not asked then is known. Otherwise a source is not in this replay until the tape brings something of it. */
void app_set_replay(struct app *a, bool whole);
/* What the screen says of the replay; copied. */
void app_set_transport(struct app *a, const struct replay_state *s);
/* Number new events as the store would, counting on from *last, and take all as saved. */
void app_number_events(struct app *a, uint64_t *last);

/* What a running job asks; strings are valid until the job ends. False: no such job, or nothing is awaited of it. */
struct job_name { const char *source, *call, *subject; };
bool app_job_name(const struct app *a, uint32_t id, struct job_name *out);

/* The next transfer to start; false when none may start now. Strings are valid until the next call. */
bool app_next_job(struct app *a, struct now now, struct fetch_job *out);
/* A transfer that is to be cancelled; 0 when there is none. */
uint32_t app_next_cancel(struct app *a);
struct mono app_jobs_due(const struct app *a, struct now now);

/* Ask every source again now (r). */
void app_reload(struct app *a, struct now now);

/* Samples that the store does not have yet, oldest first; strings are valid until the next tick. Drop what was saved. */
size_t app_peek_samples(const struct app *a, struct sample_row *out, size_t max);
void app_drop_samples(struct app *a, size_t n);
/* Is everything asked once and judged, so that a one-shot may print? */
bool app_settled(const struct app *a);
/* Networks of a territory as the store should remember them; returns how many (<= max). */
size_t app_remember(const struct app *a, const struct territory *t, struct net_memory *out, uint32_t *origins, size_t max);

#endif
