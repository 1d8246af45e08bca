/* Private to src/app/app_*.c: what listens beside routing. A hearing is one signal and its detector; hosts and checks are the
 * two kinds that are not sampled. All are asked for a voice (core/fusion.h); app_voices.c collects them. */
#ifndef LANDLINE_APP_SIGNALS_H
#define LANDLINE_APP_SIGNALS_H

#include "app_private.h"
#include "core/detect.h"
#include "core/threshold.h"

#define HISTORY_MS (28 * 86400000LL)    /* a habit is four weeks (detection.md 5.2) */

/* One signal of a territory: its detector, and how far it has heard. */
struct hearing {
	struct detect_rule rule;         /* of the table, with the step that the data really has; source NULL: not judged */
	struct detect_season *detect;    /* owned; NULL until the first sample */
	bool looked;                     /* for a rule */
	bool expecting;                  /* the store's history is still to come: nothing is heard before */
	bool rebuilt;                    /* an answer replaced the history once */
	struct wall first;               /* oldest sample heard; WALL_NONE */
	size_t samples;                  /* heard, good ones */
	unsigned high;                   /* samples far above what is usual, in a row */
	enum feed_state was;             /* at the last look */
};

struct hearing *hearing_of(struct watch *w, const struct signal *s);

/* app_hosts.c */
void hosts_probe(struct app *a, const struct fact *f, struct now now);
void hosts_event(struct app *a, const struct fact *f);
void hosts_end(struct app *a, const struct fact *f, struct now now);
void hosts_heard(struct app *a, const struct job *j, const struct batch *b, struct now now); /* after a batch */
bool hosts_voice(const struct app *a, const struct watch *w, struct now now, struct voice *v);
void hosts_release(struct watch *w);
size_t hosts_memory(const struct watch *w);

/* app_checks.c */
void checks_result(struct app *a, struct watch *w, size_t site, bool reachable, struct now now);
void checks_place(struct watch *w, struct site *s);  /* hosted inside, and proven: may it vote? */
bool checks_voice(const struct app *a, const struct watch *w, struct voice *v);
void checks_release(struct watch *w);
void checks_thresholds(struct thresholds *t);

/* app_said.c */
void said_fact(struct app *a, const struct job *j, const struct fact *f);
bool said_voice(const struct app *a, const struct watch *w, struct now now, struct voice *v);

/* A voice without an opinion yet, of a source that may be off or silent: says so in `why` and returns false then. */
bool voice_begin(const struct app *a, const char *source, const char *name, const char *title, unsigned class_bit,
		 struct voice *v);
/* The times of an alarm that is on, or the end of the last one. */
void voice_times(struct voice *v, const struct detect_view *d);

#endif
