/* Every user action, once: the enum, its name, its help, its default keys. The help screen, the status bar, the key
 * table and README's list are loops over this. The status bar shows as many labels as fit, in this order. */
#ifndef LANDLINE_UI_ACTION_H
#define LANDLINE_UI_ACTION_H

#include <stdint.h>

/* X(id, name, short label for the bar, help) */
#define UI_ACTIONS(X) \
	X(QUIT, "quit", "quit", "leave (closes help or a text field first)") \
	X(HELP, "help", "help", "help of this view") \
	X(WHY, "why", "why", "the evidence of the cell or line under the cursor") \
	X(ENTER, "enter", "open", "into what is under the cursor") \
	X(FILTER, "filter", "filter", "filter by text") \
	X(SORT, "sort", "sort", "next way to sort: each column, then its reverse") \
	X(NEXT_PANE, "next-pane", "pane", "next pane") \
	X(NEXT_TAB, "next-tab", "tab", "next territory") \
	X(PAUSE, "pause", "pause", "freeze the picture; data goes on") \
	X(ALL, "all", "all", "also what was only suspected, or dismissed") \
	X(MARK, "mark", "mark", "mark this line: it stays whatever the filter says") \
	X(THEME, "theme", "theme", "next theme") \
	X(EXPORT, "export", "export", "write this to a file") \
	X(BACK, "back", "back", "back, close, clear the filter; never leaves the program") \
	X(UP, "up", "", "move up") \
	X(DOWN, "down", "", "move down") \
	X(LEFT, "left", "", "move left") \
	X(RIGHT, "right", "", "move right") \
	X(PAGE_UP, "page-up", "", "a page up") \
	X(PAGE_DOWN, "page-down", "", "a page down") \
	X(HALF_UP, "half-up", "", "half a page up") \
	X(HALF_DOWN, "half-down", "", "half a page down") \
	X(FIRST, "first", "", "to the first") \
	X(LAST, "last", "", "to the last") \
	X(PREV_PANE, "prev-pane", "", "previous pane") \
	X(PREV_TAB, "prev-tab", "", "previous territory") \
	X(FIND_NEXT, "find-next", "", "next match") \
	X(FIND_PREV, "find-prev", "", "previous match") \
	X(CHARSET, "charset", "", "next charset: braille, block, ascii") \
	X(RELOAD, "reload", "", "ask the sources again now") \
	X(REPAINT, "repaint", "", "paint the screen anew") \
	X(SUSPEND, "suspend", "", "suspend (back with fg)") \
	X(COPY, "copy", "", "copy what is under the cursor (OSC 52)") \
	X(ZOOM_IN, "zoom-in", "", "shorter span of the sparklines") \
	X(ZOOM_OUT, "zoom-out", "", "longer span of the sparklines") \
	X(CASE, "case", "2014", "play the bundled case: North Korea, December 2014") \
	X(STEP, "step", "step", "the next step of the tape, then pause") \
	X(SLOWER, "slower", "slower", "slower") \
	X(FASTER, "faster", "faster", "faster") \
	X(PREV_EVENT, "previous-event", "", "back to a minute before the event before") \
	X(NEXT_EVENT, "next-event", "event", "on to the next event (found by playing)") \
	X(REWIND, "rewind", "", "ten minutes back") \
	X(FORWARD, "forward", "10m", "ten minutes on") \
	X(GOTO_TIME, "goto-time", "goto", "to a time: 16:15, 22 Dec 16:15, +2h") \
	X(START, "start", "", "to the beginning") \
	X(LIVE, "live", "live", "back to the live dashboard") \
	X(VIEW_1, "view-1", "", "view 1") X(VIEW_2, "view-2", "", "view 2") X(VIEW_3, "view-3", "", "view 3") \
	X(VIEW_4, "view-4", "", "view 4") X(VIEW_5, "view-5", "", "view 5") X(VIEW_6, "view-6", "", "view 6")

enum action {
	ACTION_NONE,
#define X(id, name, label, help) ACTION_##id,
	UI_ACTIONS(X)
#undef X
	ACTION_COUNT
};
#define ACTION_BIT(a) (1ull << (a))

struct action_info { const char *name, *label, *help; };
extern const struct action_info action_table[ACTION_COUNT];

/* The first binding of an action is the one the status bar shows. */
struct key_binding { uint32_t key; enum action action; };
extern const struct key_binding key_table[]; /* ends with key 0 */
enum action action_from_key(uint32_t key);
/* "q", "Ctrl-L", "PgUp": into dst (16 bytes). */
#define KEY_NAME_MAX 16
char *key_name(char *dst, uint32_t key);
/* All keys of an action, "q, F10": into dst of cap bytes; "" when it has none. Returns dst. */
char *action_keys(char *dst, unsigned cap, enum action a);

#endif
