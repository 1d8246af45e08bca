/* What is asked of whom, and when: one job per (source, call, subject). Pure.
 *
 * Polite by construction: never more transfers at a time or closer together than the source's row allows, Retry-After
 * obeyed, exponential back-off with jitter after failures (the jitter is a function of the job, so a run can be repeated). */
#ifndef LANDLINE_APP_SCHEDULE_H
#define LANDLINE_APP_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/when.h"
#include "source/source.h"

struct job {
	uint32_t id;                     /* 1 and up, never reused */
	int source;                      /* index into source_table */
	const struct source_call *call;
	char *subject;                   /* owned */
	struct mono due;                 /* MONO_NEVER: only when wanted */
	struct mono started;
	struct wall last_success, last_try;
	unsigned failures;               /* in a row */
	unsigned period_s;               /* the call's, or the configured one */
	bool active, wanted_again, dead; /* dead: to be forgotten when it ends */
	bool once_ok;                    /* has succeeded in this process */
	int tag;                         /* the caller's: for streams, the generation of the subscription; for what answers
	                                  * ask and for those that ask, the round */
	uint32_t asked_by;               /* the job whose answer began the chain that asked for this one; 0: none */
	struct wall data_time;           /* newest that its answers said; WALL_NONE */
};

struct schedule;

struct schedule *schedule_new(void);
void schedule_free(struct schedule *s);

/* Find or add. A new job is due at once, or never when its call has no period of its own (period 0). */
struct job *schedule_job(struct schedule *s, int source, const struct source_call *call, const char *subject, struct now now);
struct job *schedule_find(struct schedule *s, int source, const struct source_call *call, const char *subject);
struct job *schedule_by_id(struct schedule *s, uint32_t id);
/* Due at once (or again after the running one). Does not shorten a back-off unless force. */
void schedule_want(struct schedule *s, struct job *j, struct now now, bool force);
void schedule_want_later(struct job *j, struct now now, unsigned delay_s);
void schedule_drop(struct schedule *s, struct job *j);   /* forget; an active one is marked dead and forgotten when it ends */
void schedule_pause_source(struct schedule *s, int source, struct mono until); /* Retry-After holds for the whole source */

/* The next job that may start now, already marked active; NULL if none. Lowest urgency first, then longest due. */
struct job *schedule_next(struct schedule *s, struct now now);
/* Start this one now, whatever is due or allowed: in a replay nobody is asked. It must not be active. */
void schedule_begin(struct schedule *s, struct job *j, struct now now);
/* How the active job ended; sets its next due time. retry_after_s: -1 not said. permanent: a 400, tried again only after a
 * whole period. */
enum job_end { JOB_OK, JOB_FAILED, JOB_PERMANENT };
void schedule_done(struct schedule *s, struct job *j, enum job_end end, int64_t retry_after_s, struct now now);
struct mono schedule_due(const struct schedule *s, struct now now); /* when schedule_next may have one; MONO_NEVER */

void schedule_counts(const struct schedule *s, int source, unsigned *active, unsigned *queued, struct mono *next, struct now now);
/* Each job in turn: start with *i = 0; NULL at the end. */
struct job *schedule_each(struct schedule *s, size_t *i);

#endif
