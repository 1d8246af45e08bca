/* Private to src/ui: how the Territory view shares its rows among its panes.
 *
 * A screen that gets smaller loses panes in the order of their worth: verdict, networks and the last event stay to the
 * end. */
#ifndef LANDLINE_UI_LAYOUT_H
#define LANDLINE_UI_LAYOUT_H

#include "base/canvas.h"

enum slot { SLOT_VERDICT, SLOT_REASONS, SLOT_GRID, SLOT_SIGNALS, SLOT_ATTACKS, SLOT_UPSTREAMS, SLOT_SITES, SLOT_LOG, SLOT_COUNT };

#define LAYOUT_WIDE 140 /* columns from which panes stand side by side */

/* Rows (with title) that a slot would use when it is cols wide and can have `rows` at most; 0: nothing to show. */
typedef int layout_want(const void *arg, enum slot slot, int cols, int rows);

/* Give each slot its place in area; one without room has rows = 0. */
void layout_place(struct rect area, layout_want *want, const void *arg, struct rect out[SLOT_COUNT]);

#endif
