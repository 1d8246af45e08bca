/* A view: one file src/ui/view_NAME.c with a const struct view_ops, one row in src/ui/view_table.h. Its number key,
 * tab, help, keys, resize, focus, scroll, sort and filter come from the row. draw is const: views cannot change the
 * model. */
#ifndef LANDLINE_UI_VIEW_H
#define LANDLINE_UI_VIEW_H

#include "base/strbuf.h"
#include "ui/action.h"
#include "ui/ui.h"

struct column; /* src/ui/table.h */

/* What every view is handed: where to draw and how the user set things. */
struct view_context {
	const struct model *model;
	const struct territory *territory; /* the open tab; NULL: none */
	enum charset charset;
	unsigned history_h;
	const char *filter; /* "" : none */
	uint32_t what_if;   /* the AS that is taken to be gone (core/what_if.h); 0: none */
	struct wall now;
	struct rect area; /* without tab line and status bar */
	bool focused;
};

struct view_ops {
	const char *name, *title, *help; /* help: lines about this view, separated by \n */
	char key;                        /* '2': its number key; 0: none */
	size_t state_size;               /* private state, zeroed, one per open view */
	const struct column *columns;    /* NULL unless the view is a table; ends with a row without title */
	uint64_t actions;                /* ACTION_BIT()s it answers to, for help and the bar */
	/* Returns effects. action is ACTION_NONE for a mouse key: KEYC_CLICK and the wheel come with their place. */
	unsigned (*act)(void *state, const struct view_context *, enum action, struct key, struct ui *);
	void (*draw)(const void *state, const struct view_context *, struct canvas *);
	/* w: the evidence of what is under the cursor, as lines of text; nothing added: there is nothing to explain. */
	void (*why)(const void *state, const struct view_context *, struct strbuf *out);
	/* y: what is under the cursor, one line for the clipboard. MAY be NULL. */
	void (*copy)(const void *state, const struct view_context *, struct strbuf *out);
};

extern const struct view_ops *const view_table[];
extern const size_t view_count;

#endif
