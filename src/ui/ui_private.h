/* Private to src/ui: the state of the user interface, and what views may ask of it. */
#ifndef LANDLINE_UI_UI_PRIVATE_H
#define LANDLINE_UI_UI_PRIVATE_H

#include "pager.h"
#include "ui/ui.h"
#include "ui/view.h"

#define FILTER_MAX   64 /* bytes */
#define MESSAGE_MAX  200
#define REQUEST_MAX  512
#define UI_VIEWS_MAX 16
#define UI_MIN_ROWS  5
#define UI_MIN_COLS  20

/* Actions that work in every view; ui.c does them. */
#define GLOBAL_ACTIONS                                                                                                 \
	(ACTION_BIT(ACTION_QUIT) | ACTION_BIT(ACTION_HELP) | ACTION_BIT(ACTION_BACK) | ACTION_BIT(ACTION_NEXT_TAB) |   \
	 ACTION_BIT(ACTION_PREV_TAB) | ACTION_BIT(ACTION_PAUSE) | ACTION_BIT(ACTION_THEME) |                           \
	 ACTION_BIT(ACTION_CHARSET) | ACTION_BIT(ACTION_RELOAD) | ACTION_BIT(ACTION_REPAINT) |                         \
	 ACTION_BIT(ACTION_SUSPEND) | ACTION_BIT(ACTION_CASE))

/* What a replay's keys do, on every view. */
#define TRANSPORT_ACTIONS                                                                                              \
	(ACTION_BIT(ACTION_STEP) | ACTION_BIT(ACTION_SLOWER) | ACTION_BIT(ACTION_FASTER) |                             \
	 ACTION_BIT(ACTION_PREV_EVENT) | ACTION_BIT(ACTION_NEXT_EVENT) | ACTION_BIT(ACTION_REWIND) |                   \
	 ACTION_BIT(ACTION_FORWARD) | ACTION_BIT(ACTION_GOTO_TIME) | ACTION_BIT(ACTION_START) | ACTION_BIT(ACTION_LIVE))

struct ui {
	enum charset charset;
	unsigned history_h;
	const char *const *themes; /* borrowed, NULL-terminated; or NULL */
	size_t theme;              /* index into themes */
	char version[32];
	void *states[UI_VIEWS_MAX]; /* of the views, by index */
	char filters[UI_VIEWS_MAX][FILTER_MAX];
	size_t stack[UI_VIEWS_MAX]; /* views behind each other, each at most once; the last is seen */
	size_t depth;
	char open[TERRITORY_CODE_MAX]; /* the open tab */
	bool editing;                  /* a text field has the focus: the filter, or a time to go to */
	bool asking_time;
	char time_text[FILTER_MAX];
	int transport_rows;            /* of the replay's bar above the status bar; 0: live */
	struct rect position;          /* of the bar in it, for clicks */
	int request_action;
	double request_share;
	struct pager pager;
	bool paused;
	struct canvas frozen; /* the picture while paused; rows 0: not taken yet */
	struct wall frozen_at;
	char message[MESSAGE_MAX]; /* "": none */
	struct wall message_until;
	char request[REQUEST_MAX];
	uint64_t request_seq;
	char *title;           /* scratch of ui_title, 128 bytes */
	uint64_t seen_version; /* of the model, when it was last drawn or looked at */
	int64_t seen_minute;
	int rows, cols; /* of the canvas last drawn */
};

/* What an effect is about: remembered for ui_request_text and ui_request_seq. */
void ui_ask(struct ui *u, const char *text, uint64_t seq);
/* Open the evidence of what is under the cursor of the view that is seen. Returns effects. */
unsigned ui_why(struct ui *u, const struct model *m);
void ui_explain(struct ui *u, const char *title, const char *text);

size_t ui_view_at(const struct ui *u); /* index of the view that is seen */
const struct view_ops *ui_view(const struct ui *u);
struct rect ui_area(const struct ui *u); /* of views: without top line and status bar */
const struct territory *ui_territory(const struct ui *u, const struct model *m); /* the open tab's, or NULL */
struct view_context ui_context(const struct ui *u, const struct model *m);
void ui_goto(struct ui *u, const struct view_ops *ops);

/* help.c */
void help_text(const struct ui *u, const struct view_ops *ops, struct strbuf *out);

/* transport.c: the lines above the status bar in a replay. */
int transport_rows(const struct model *m, int rows);
void transport_draw(struct ui *u, const struct model *m, struct canvas *c);

/* bars.c: the line on top and the one at the bottom. */
void bars_draw_top(const struct ui *u, const struct model *m, struct canvas *c);
void bars_draw_bottom(const struct ui *u, const struct model *m, struct canvas *c);
/* What a click at column x of the top line means: a tab's territory, or a view; both NULL: nothing. */
struct bars_target {
	const struct territory *territory;
	const struct view_ops *view;
};
struct bars_target bars_hit(const struct ui *u, const struct model *m, int cols, int x);

#endif
