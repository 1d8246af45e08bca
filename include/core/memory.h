/* What the store knew when a run began, as the text of FRAME_MEMORY frames: so that a replay judges from the same habit.
 *
 * Each is a few words or lines; what cannot be read is left out (false), never guessed. */
#ifndef LANDLINE_CORE_MEMORY_H
#define LANDLINE_CORE_MEMORY_H

#include "base/strbuf.h"
#include "core/event.h"
#include "core/judge.h"
#include "core/model.h"

void memory_put_net(struct strbuf *out, const char *territory, const struct net_memory *m, uint32_t origin);
bool memory_get_net(const char *text, char territory[TERRITORY_CODE_MAX], struct net_memory *m, uint32_t *origin);

/* last_success, last_try, data_time and error: what is remembered of a source. */
void memory_put_source(struct strbuf *out, const struct source_state *s);
bool memory_get_source(const char *text, struct source_state *s); /* s->name says whose; the rest as read */

/* An event without its evidence. */
void memory_put_event(struct strbuf *out, const struct event *ev);
bool memory_get_event(const char *text, struct event *ev);

/* A stretch of one signal's samples. */
struct series_name { char territory[TERRITORY_CODE_MAX], source[16], name[24]; };
void memory_put_series(struct strbuf *out, const struct series_name *name, const struct series *s);
/* *out is made (series_release it), as long as what is read. */
bool memory_get_series(const char *text, struct series_name *name, struct series *out);

#endif
