/* Private to src/ui: a page of text over the view: help and evidence. It keeps its own copy of the text, so that what
 * is read does not change under the reader's eyes. */
#ifndef LANDLINE_UI_PAGER_H
#define LANDLINE_UI_PAGER_H

#include "base/canvas.h"
#include "base/strbuf.h"
#include "core/glyph.h"
#include "list.h"

struct pager {
	char title[96];
	struct strbuf text; /* clean lines separated by \n; one that begins with "# " is a heading */
	size_t top;         /* first line shown */
	bool open;
};

#define PAGER_TEXT_MAX  (64 * 1024)
#define PAGER_LINES_MAX 4096 /* after wrapping; more is not shown */

void pager_init(struct pager *p);
void pager_release(struct pager *p);
/* Open with a copy of text. */
void pager_show(struct pager *p, const char *title, const char *text);
void pager_close(struct pager *p);
/* Scroll inside a screen area of that size. False: not a movement. */
bool pager_act(struct pager *p, enum action a, struct rect area);
void pager_draw(const struct pager *p, struct rect area, enum charset charset, struct canvas *c);

#endif
