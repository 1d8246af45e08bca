/* The user interface: views in a stack, keys to actions, drawing into a canvas. Pure: reads the model, writes cells.
 *
 * What must follow is returned as effects and done by the shell; ui_request says with what. */
#ifndef LANDLINE_UI_UI_H
#define LANDLINE_UI_UI_H

#include "base/canvas.h"
#include "core/glyph.h"
#include "core/key.h"
#include "core/model.h"

enum effect {
	FX_NONE = 0,
	FX_REDRAW = 1 << 0,
	FX_QUIT = 1 << 1,
	FX_RELOAD = 1 << 2,     /* fetch now (r, F5) */
	FX_THEME = 1 << 3,      /* ui_request.text: theme name; the shell loads it */
	FX_SUSPEND = 1 << 4,
	FX_REPAINT = 1 << 5,    /* Ctrl-L */
	FX_WATCH = 1 << 6,      /* ui_request.text: territory to add and open */
	FX_EXPORT = 1 << 7,     /* ui_request_seq: event, or 0: the screen; the shell writes a file, then ui_message */
	FX_COPY = 1 << 8,       /* ui_request.text to the clipboard */
	FX_CASE = 1 << 11,      /* play the bundled case */
	FX_TRANSPORT = 1 << 12, /* ui_request_action: what the player is to do; a time to go to in ui_request_text (ACTION_GOTO_TIME),
	                         * or ui_request_share of the whole (a click on the position bar: ACTION_START) */
	FX_FETCH = 1 << 9, FX_SAVE = 1 << 10, /* used by the app */
};

struct ui;

struct ui_options {
	enum charset charset;
	unsigned history_h;
	const char *const *themes;   /* names, NULL-terminated, for the theme key; borrowed */
	const char *theme;           /* the one in use */
	const char *version;
	bool picker;                 /* start in the country picker */
};

struct ui *ui_new(const struct ui_options *o);
void ui_free(struct ui *u);

unsigned ui_key(struct ui *u, const struct model *m, struct key k);   /* returns effects */
/* The model changed, or time went on: FX_REDRAW if the picture may have changed (the model's version, the clock's
 * minute, the end of a message), else FX_NONE. */
unsigned ui_model_changed(struct ui *u, const struct model *m);
void ui_draw(struct ui *u, const struct model *m, struct canvas *c);
/* When the picture changes by time alone (clock minute, ages), at the latest; for the loop's sleep. */
struct wall ui_due(const struct ui *u, const struct model *m);

bool ui_wants_text(const struct ui *u);              /* a text field has the focus: keys are text, pastes are taken */
const char *ui_request_text(const struct ui *u);     /* of the last effect */
uint64_t ui_request_seq(const struct ui *u);
int ui_request_action(const struct ui *u);           /* enum action */
double ui_request_share(const struct ui *u);         /* 0..1 */
/* One line in the status bar, until the next key or for 10 s. Cleaned here. */
void ui_message(struct ui *u, const struct model *m, const char *text);
bool ui_clear_message(struct ui *u);                 /* false: there was none */
void ui_open_territory(struct ui *u, const struct model *m, const char *code);
bool ui_paused(const struct ui *u);                  /* Space, live: the picture is frozen; data goes on */
const char *ui_title(const struct ui *u, const struct model *m); /* "landline: KP withdrawn" */

#endif
