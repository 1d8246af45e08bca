/* Recording what the engine does: each of these keeps one thing when a recording is open, and does nothing else. */
#ifndef LANDLINE_APP_ENGINE_RECORD_H
#define LANDLINE_APP_ENGINE_RECORD_H

#include "engine.h"

int engine_record_open(struct engine *g, const char *path, const struct territory_spec *specs, size_t count, struct now now,
		       struct err *e) MUST_CHECK;
/* The black box: a recording that nobody asked for, and that fails in silence. */
void engine_record_box(struct engine *g, const struct territory_spec *specs, size_t count, struct now now);
void engine_record_watch(struct engine *g, const struct territory_spec *spec, const struct territory_spec *members, size_t count,
			 struct now now);
void engine_record_net(struct engine *g, const char *territory, const struct net_memory *m, uint32_t origin, struct now now);
void engine_record_name(struct engine *g, uint32_t asn, const char *name, struct now now);
void engine_record_sources(struct engine *g, struct now now);
void engine_record_tokens(struct engine *g, struct now now);    /* whether there is one, never what it is */
void engine_record_past(struct engine *g, const char *territory, struct now now); /* its events and series, as loaded */
/* what: "series", as drawn, or "history", as its detector learns from it */
void engine_record_series(struct engine *g, const char *what, const struct territory *t, const struct signal *s,
			  const struct series *series, struct now now);
void engine_record_job(struct engine *g, const struct fetch_job *job, struct now now);
void engine_record_input(struct engine *g, const struct input *in, struct now now);
void engine_record_turn(struct engine *g, const char *what, struct now now); /* "tick": without starting jobs; "": whole */
void engine_record_reload(struct engine *g, struct now now);
void engine_record_numbers(struct engine *g, struct now now);   /* the store's, after each save */
void engine_record_flush(struct engine *g, struct now now);     /* once a turn */

#endif
