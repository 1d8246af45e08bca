/* Private to src/ui: the table widget. Columns are data; sorting, filtering, marks, folding of columns on narrow
 * screens, scrolling, the cursor and the mouse are here, once.
 *
 * A table is built anew for each key and each frame from the model (struct table), because views may not keep pointers
 * into it. What the user set (struct table_state) refers to lines by id, so the cursor stays on its line when others
 * come. */
#ifndef LANDLINE_UI_TABLE_H
#define LANDLINE_UI_TABLE_H

#include "list.h"
#include "ui/view.h"

struct table_row {
	uint64_t id;       /* of the line, not 0; the same in every frame */
	const void *item;  /* what it shows; belongs to the model */
	unsigned kind;     /* the view's own: what item is, or what it belongs to */
	unsigned children; /* folded under it */
	unsigned depth;    /* > 0: a child of the line above */
	bool pinned;       /* before all others, whatever the order */
	bool unfolded;
};

enum column_align { COLUMN_LEFT, COLUMN_RIGHT };

struct column {
	const char *title;
	const char *help;
	int width; /* columns; flexible: at least so many */
	enum column_align align;
	bool flexible; /* takes what is left; at most one in a table */
	bool state;    /* cell() gives a word; glyph() gives its look */
	int worth;     /* the least worthy leave first when the screen is narrow */
	/* The text of a cell into dst (TABLE_CELL_MAX bytes); returns its role. */
	uint8_t (*cell)(const struct view_context *, const struct table_row *, char *dst);
	/* Its glyph, for a state column. False: none. */
	bool (*glyph)(const struct view_context *, const struct table_row *, enum net_state *mood);
	/* < 0: a comes first. NULL: not a way to sort. */
	int (*compare)(const struct view_context *, const struct table_row *a, const struct table_row *b);
};

#define TABLE_CELL_MAX    512
#define TABLE_MARKS_MAX   64
#define TABLE_COLUMNS_MAX 16

struct table_state {
	struct list list;
	uint64_t selected; /* id; 0: the first line, whichever that is */
	unsigned sort;     /* 0: the view's own order; else 1 + 2 * column (+ 1: reversed) */
	uint64_t marks[TABLE_MARKS_MAX];
	size_t mark_count;
};

struct table {
	struct table_row *rows; /* owned */
	size_t count, cap;
};

/* The actions a table answers to. */
#define TABLE_ACTIONS                                                                                                  \
	(LIST_ACTIONS | ACTION_BIT(ACTION_FILTER) | ACTION_BIT(ACTION_SORT) | ACTION_BIT(ACTION_MARK) |                \
	 ACTION_BIT(ACTION_FIND_NEXT) | ACTION_BIT(ACTION_FIND_PREV))

/* The room of a view's table: what is left under its title line, which goes first when the screen is low. */
struct rect table_body(struct rect area);
void table_release(struct table *t);
struct table_row *table_add(struct table *t, uint64_t id, const void *item, unsigned kind);
bool table_is_marked(const struct table_state *s, uint64_t id);
/* Sort by the user's column; stable, so equal lines keep the view's order, and children stay behind their parents only
 * when the view adds them after this. */
void table_sort(struct table *t, const struct table_state *s, const struct column *columns,
		const struct view_context *ctx);
/* The line under the cursor, or NULL. */
const struct table_row *table_selected(const struct table *t, const struct table_state *s);
/* Movement, sort, mark, n and N, click and wheel, inside area (the head is its first row). False: not the table's. */
bool table_act(const struct table *t, struct table_state *s, const struct column *columns,
	       const struct view_context *ctx, struct rect area, enum action a, struct key k);
/* Draw head and lines; empty says what to write when there is no line. */
void table_draw(const struct table *t, const struct table_state *s, const struct column *columns,
		const struct view_context *ctx, struct rect area, const char *empty, struct canvas *c);

#endif
