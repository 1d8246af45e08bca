/* Private to src/ui: a cursor in a list, that knows the movements and nothing of what is in the list. */
#ifndef LANDLINE_UI_LIST_H
#define LANDLINE_UI_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/action.h"

/* The actions a list answers to, for view_ops.actions. */
#define LIST_ACTIONS                                                                                                   \
	(ACTION_BIT(ACTION_UP) | ACTION_BIT(ACTION_DOWN) | ACTION_BIT(ACTION_PAGE_UP) | ACTION_BIT(ACTION_PAGE_DOWN) | \
	 ACTION_BIT(ACTION_HALF_UP) | ACTION_BIT(ACTION_HALF_DOWN) | ACTION_BIT(ACTION_FIRST) |                        \
	 ACTION_BIT(ACTION_LAST))

struct list {
	size_t at, top; /* position of the cursor and of the first line shown; both may be too large when the list
			   shrank */
};

/* The cursor inside count lines; 0 when there are none. */
size_t list_at(const struct list *l, size_t count);
/* First line to show on a page of `page` lines so that the cursor is on it and the page is full if it can be. */
size_t list_top(const struct list *l, size_t count, size_t page);
/* Move. False: not a movement, nothing changed. */
bool list_act(struct list *l, enum action a, size_t count, size_t page);
/* Put the cursor on a line and scroll no more than needed. */
void list_go(struct list *l, size_t at, size_t count, size_t page);

#endif
