/* Bytes from the keyboard to keys, with curses' table of sequences and a few of our own. */
#ifndef LANDLINE_IO_SCREEN_KEYS_H
#define LANDLINE_IO_SCREEN_KEYS_H

#include <stdbool.h>

#include "core/key.h"

void keys_open(void); /* curses is open */
void keys_close(void);
/* KEYC_NONE when there is none. Pasted text only while `text`, without controls. rows, cols: clicks outside are
 * dropped. */
struct key keys_next(bool text, int rows, int cols);

#endif
