/* Private to src/ui: the panes of the Territory view, one file each (pane_NAME.c), one row each in view_territory.c.
 *
 * A pane says how many rows it could use, draws itself into what it got, and explains what its cursor is on. It has one
 * row less than it asked for its title when it gets a single row: then it shows its most important line alone. */
#ifndef LANDLINE_UI_PANE_H
#define LANDLINE_UI_PANE_H

#include "core/prefix.h"
#include "list.h"
#include "ui/view.h"

struct pane_state {
	struct list list;
	struct prefix prefix; /* the grid's selected network: by name, so that it stays when others come */
	uint64_t id;          /* the log's selected line; 0: the newest */
};

struct pane_ops {
	const char *name;
	/* Rows it would use, with its title, when it is that wide and can have at most `rows`; 0: it has nothing to
	 * show. */
	int (*want)(const struct view_context *, int cols, int rows);
	void (*draw)(const struct pane_state *, const struct view_context *, struct rect, bool focused,
		     struct canvas *);
	/* A movement or a mouse key inside rect. False: nothing changed. */
	bool (*act)(struct pane_state *, const struct view_context *, struct rect, enum action, struct key);
	void (*why)(const struct pane_state *, const struct view_context *, struct strbuf *out);
	void (*copy)(const struct pane_state *, const struct view_context *, struct strbuf *out);
	/* The event under the cursor: its seq and id, 0: none. MAY be NULL. */
	uint32_t (*event)(const struct pane_state *, const struct view_context *);
	/* The AS under the cursor that can be asked to be gone; 0: none. MAY be NULL. */
	uint32_t (*asn)(const struct pane_state *, const struct view_context *);
};

extern const struct pane_ops pane_grid, pane_signals, pane_attacks, pane_upstreams, pane_sites, pane_log;

/* Attacks are shown in a pane of their own and nowhere else: not among the signals, which speak of health. */
bool pane_is_attack(const struct signal *s);

/* For panes that are lists with a title: the lines' room, and the cursor's line drawn as such. */
struct rect pane_body(struct rect r);
bool pane_list_act(struct pane_state *s, size_t count, struct rect r, enum action a, struct key k);
void pane_select(struct canvas *c, const struct view_context *ctx, struct rect line);
/* Arrows at the end of the title when lines are hidden above or below. */
void pane_more(struct canvas *c, const struct view_context *ctx, struct rect r, size_t top, size_t page, size_t count);
bool pane_has(struct rect r, struct key k);

#endif
