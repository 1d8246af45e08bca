/* Private to src/ui: the few drawing words that all views and panes share.
 *
 * What a state looks like (glyph, role, word) is said here once, so that no state is drawn in another one's role. */
#ifndef LANDLINE_UI_DRAW_H
#define LANDLINE_UI_DRAW_H

#include "base/canvas.h"
#include "base/strbuf.h"
#include "core/glyph.h"
#include "core/model.h"
#include "core/theme.h"

/* A glyph with its role. mood is the network state whose shape is borrowed. */
struct look_of {
	enum net_state mood;
	uint8_t role;
};
struct look_of draw_look_net(enum net_state s);
struct look_of draw_look_verdict(enum verdict_kind k);
struct look_of draw_look_event(enum event_state s);
struct look_of draw_look_feed(enum feed_state s);

/* A pen that moves along one line and stops at its end: no column is ever counted by hand. */
struct pen {
	struct canvas *canvas;
	int y, x, end; /* end: first column that is not ours */
	enum charset charset;
};
struct pen pen_at(struct canvas *c, enum charset charset, int y, int x, int cols);
int pen_left(const struct pen *p); /* columns left */
void pen_gap(struct pen *p, int cols);
void pen_text(struct pen *p, uint8_t role, const char *text); /* cut with an ellipsis at the end */
void pen_textf(struct pen *p, uint8_t role, const char *fmt, ...) PRINTF_LIKE(3, 4);
void pen_field(struct pen *p, uint8_t role, int cols, const char *text);       /* left-aligned in a field of cols */
void pen_field_right(struct pen *p, uint8_t role, int cols, const char *text); /* right-aligned */
void pen_put(struct pen *p, uint32_t ch, uint8_t role);
void pen_state(struct pen *p, struct look_of look, int cols,
	       const char *word); /* glyph, space, word, in a field of cols */

/* A pane's head: a line with its title in it; the focused one has a mark, so that focus shows without colour. Returns
 * the column after the title, where more can be written. */
int draw_title(struct canvas *c, enum charset charset, struct rect r, const char *title, bool focused);
/* A bar of cols columns filled to share (0..1); a share above 0 shows at least one cell. */
void draw_bar(struct canvas *c, enum charset charset, int y, int x, int cols, double share, uint8_t role);

#define DRAW_TEXT_MAX 48
char *draw_count(char *dst, uint64_t n); /* "5,030" */
char *draw_value(char *dst, double v);   /* three or four digits: "0.25", "12.3", "5,030", "1.46M"; "-" */
char *draw_bytes(char *dst, uint64_t n); /* "812 B", "14 kB", "1.2 MB" */
char *draw_since(char *dst, struct wall t, struct wall now); /* "16:15", or with its day when that was not today */
/* Ages and spans are counted from minute to minute of the clock: all of them change together with it, and a quiet
 * screen has nothing to send in between. */
char *draw_age(char *dst, struct wall t, struct wall now);    /* "now", "3m", "2h"; "-" */
char *draw_span(char *dst, struct wall from, struct wall to); /* "<1m", "12m", "1h45m", "2d03h"; "-" */
char *draw_until(char *dst, struct wall t, struct wall now);  /* the same ahead: "in 3m", "now", "-" */

/* Bytes of s that go on one line of cols columns, broken after a space if there is one; *next is where the rest begins.
 * At least one character is always taken, so that a loop over it ends. */
size_t draw_wrap(const char *s, int cols, const char **next);
int draw_wrap_rows(const char *s, int cols); /* how many lines that makes; 0 for "" */

/* Show where needle stands in what is drawn in r (ASCII letters case-blind): plain text takes ROLE_MATCH, states keep
 * their role and are underlined. An empty needle shows nothing. */
void draw_match(struct canvas *c, struct rect r, const char *needle);

/* Has s letters of a right-to-left script? Some terminals then reorder the whole line: such text only stands last in
 * it. */
bool draw_is_rtl(const char *s);
/* An AS with its name for a place inside a line: its AS number alone when its name is right-to-left. */
void draw_operator(char *dst, size_t cap, uint32_t asn, const char *name);

#endif
