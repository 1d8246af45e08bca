/* Private to src/ui: how outages and log lines are shown as cells of a table. */
#ifndef LANDLINE_UI_EVENT_COLUMNS_H
#define LANDLINE_UI_EVENT_COLUMNS_H

#include "table.h"

extern const struct column event_columns[]; /* rows whose item is a struct event */
extern const struct column log_columns[];   /* rows whose item is a struct log_line */

/* event_text into a buffer, cut to fit. */
void event_sentence(const struct event *ev, struct wall now, char *dst, size_t cap);

#endif
