/* Keys and mouse as the terminal layer reports them, without curses. */
#ifndef LANDLINE_CORE_KEY_H
#define LANDLINE_CORE_KEY_H

#include <stdint.h>

enum key_code {          /* values above Unicode; below 0x110000 a key is its code point (Enter 13, Tab 9, Esc 27, Ctrl-L 12) */
	KEYC_NONE = 0x110000,
	KEYC_UP, KEYC_DOWN, KEYC_LEFT, KEYC_RIGHT, KEYC_HOME, KEYC_END, KEYC_PGUP, KEYC_PGDN, KEYC_BACKTAB, KEYC_BACKSPACE,
	KEYC_DELETE, KEYC_F1, KEYC_F2, KEYC_F3, KEYC_F4, KEYC_F5, KEYC_F6, KEYC_F7, KEYC_F8, KEYC_F9, KEYC_F10,
	KEYC_CLICK, KEYC_WHEEL_UP, KEYC_WHEEL_DOWN,   /* with y, x */
	KEYC_FOCUS_IN, KEYC_FOCUS_OUT,
};

struct key { uint32_t code; int y, x; };

#endif
