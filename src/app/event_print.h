/* Events as commands print them: one place for the words, so that the log of a replay reads as the log of the store. */
#ifndef LANDLINE_APP_EVENT_PRINT_H
#define LANDLINE_APP_EVENT_PRINT_H

#include "base/err.h"
#include "core/event.h"

enum event_print { EVENT_PRINT_LINE, EVENT_PRINT_JSON, EVENT_PRINT_CSV };

/* One line, with its line feed. */
void event_print(const struct event *ev, enum event_print how, struct wall now, struct strbuf *out);
/* A line of the log, with its line feed: "2014-12-23T01:46:00Z KP: restored 01:46 UTC after 9h31m [said 01:51:01]". The time is
 * that of the data, the order that of conclusion; where a conclusion was drawn later, the line says when. */
void event_print_log(const struct log_line *line, struct strbuf *out);
/* "confirmed,easing", "open", "all" as bits of enum event_state; NULL: 0. */
int event_states_read(const char *list, unsigned *out, struct err *e) MUST_CHECK;

#endif
