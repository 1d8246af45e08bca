/* Bytes from the keyboard to keys: see screen_keys.h.
 *
 * curses knows what terminfo knows; define_key(3) adds what terminals send besides (terminal.md 5.3): cursor keys in
 * both modes, paste brackets, focus. The mouse is decoded here from its SGR reports, since curses' own mouse hangs or
 * crashes in some versions (5.7). A sequence that nobody knows is swallowed to its end, so that its letters never act
 * as keys; so is Alt with a letter. Input is read from a pad: reading from a window would refresh it. */
#include "screen_keys.h"

#include <wchar.h>

#define NCURSES_NOMACROS
#include <curses.h>

#include "base/mem.h"

enum { /* codes of our own, above curses' */
       CODE_PASTE_BEGIN = KEY_MAX + 1,
       CODE_PASTE_END,
       CODE_FOCUS_IN,
       CODE_FOCUS_OUT,
       CODE_MOUSE_SGR,
       CODE_MOUSE_X10,
};

enum { DROPPED_MAX = 65536, MOUSE_PARAMS = 3, MOUSE_VALUE_MAX = 10000, X10_OFFSET = 32 };

enum { MOUSE_BUTTON = 3, MOUSE_MODIFIERS = 4 | 8 | 16, MOUSE_MOTION = 32, MOUSE_WHEEL = 64, MOUSE_MORE = 128 };

enum key_state {
	KEYS_PLAIN,
	KEYS_ESC,    /* an Esc, and whatever came at once behind it */
	KEYS_CSI,    /* an unknown sequence, up to its final character */
	KEYS_SS3,    /* one more character */
	KEYS_STRING, /* OSC, DCS ..: a terminal's answer, up to BEL or ST */
	KEYS_MOUSE,
	KEYS_X10,
};

static struct {
	WINDOW *pad;
	enum key_state state;
	bool paste;
	int params[MOUSE_PARAMS], param;
	wint_t held; /* read, but belongs to the next key; 0: none */
} keys;

struct code_row {
	int curses;
	uint32_t code;
};

static const struct code_row code_table[] = {
	{KEY_UP, KEYC_UP},
	{KEY_DOWN, KEYC_DOWN},
	{KEY_LEFT, KEYC_LEFT},
	{KEY_RIGHT, KEYC_RIGHT},
	{KEY_SR, KEYC_UP},
	{KEY_SF, KEYC_DOWN},
	{KEY_SLEFT, KEYC_LEFT},
	{KEY_SRIGHT, KEYC_RIGHT},
	{KEY_HOME, KEYC_HOME},
	{KEY_END, KEYC_END},
	{KEY_FIND, KEYC_HOME},
	{KEY_SELECT, KEYC_END},
	{KEY_A1, KEYC_HOME},
	{KEY_C1, KEYC_END},
	{KEY_A3, KEYC_PGUP},
	{KEY_C3, KEYC_PGDN},
	{KEY_PPAGE, KEYC_PGUP},
	{KEY_NPAGE, KEYC_PGDN},
	{KEY_BTAB, KEYC_BACKTAB},
	{KEY_BACKSPACE, KEYC_BACKSPACE},
	{KEY_DC, KEYC_DELETE},
	{KEY_ENTER, '\r'},
	{KEY_F(1), KEYC_F1},
	{KEY_F(2), KEYC_F2},
	{KEY_F(3), KEYC_F3},
	{KEY_F(4), KEYC_F4},
	{KEY_F(5), KEYC_F5},
	{KEY_F(6), KEYC_F6},
	{KEY_F(7), KEYC_F7},
	{KEY_F(8), KEYC_F8},
	{KEY_F(9), KEYC_F9},
	{KEY_F(10), KEYC_F10},
	{CODE_FOCUS_IN, KEYC_FOCUS_IN},
	{CODE_FOCUS_OUT, KEYC_FOCUS_OUT},
};

/* What terminals send whatever their entry says: both cursor modes, vt220 and rxvt editing keys, the console's F1-F5.
 */
static const struct {
	const char *bytes;
	int code;
} sequences[] = {
	{"\033[A", KEY_UP},
	{"\033[B", KEY_DOWN},
	{"\033[C", KEY_RIGHT},
	{"\033[D", KEY_LEFT},
	{"\033OA", KEY_UP},
	{"\033OB", KEY_DOWN},
	{"\033OC", KEY_RIGHT},
	{"\033OD", KEY_LEFT},
	{"\033[H", KEY_HOME},
	{"\033[F", KEY_END},
	{"\033OH", KEY_HOME},
	{"\033OF", KEY_END},
	{"\033[1~", KEY_HOME},
	{"\033[4~", KEY_END},
	{"\033[7~", KEY_HOME},
	{"\033[8~", KEY_END},
	{"\033[3~", KEY_DC},
	{"\033[5~", KEY_PPAGE},
	{"\033[6~", KEY_NPAGE},
	{"\033[Z", KEY_BTAB},
	{"\033OM", KEY_ENTER},
	{"\033OP", KEY_F(1)},
	{"\033OQ", KEY_F(2)},
	{"\033OR", KEY_F(3)},
	{"\033OS", KEY_F(4)},
	{"\033[11~", KEY_F(1)},
	{"\033[12~", KEY_F(2)},
	{"\033[13~", KEY_F(3)},
	{"\033[14~", KEY_F(4)},
	{"\033[15~", KEY_F(5)},
	{"\033[17~", KEY_F(6)},
	{"\033[18~", KEY_F(7)},
	{"\033[19~", KEY_F(8)},
	{"\033[20~", KEY_F(9)},
	{"\033[21~", KEY_F(10)},
	{"\033[[A", KEY_F(1)},
	{"\033[[B", KEY_F(2)},
	{"\033[[C", KEY_F(3)},
	{"\033[[D", KEY_F(4)},
	{"\033[[E", KEY_F(5)},
	{"\033[200~", CODE_PASTE_BEGIN},
	{"\033[201~", CODE_PASTE_END},
	{"\033[I", CODE_FOCUS_IN},
	{"\033[O", CODE_FOCUS_OUT},
	{"\033[<", CODE_MOUSE_SGR},
	{"\033[M", CODE_MOUSE_X10},
};

static const struct key no_key = {.code = KEYC_NONE};

void keys_open(void)
{
	keys.pad = newpad(1, 1);
	keypad(keys.pad, TRUE);
	nodelay(keys.pad, TRUE);
	define_key(NULL, KEY_MOUSE); /* ours */
	for (size_t i = 0; i < ARRAY_LEN(sequences); i++)
		define_key(sequences[i].bytes, sequences[i].code);
	keys.state = KEYS_PLAIN;
	keys.paste = false;
	keys.held = 0;
}

void keys_close(void)
{
	if (keys.pad)
		delwin(keys.pad);
	keys.pad = NULL;
}

/* ---- mouse ---- */

static struct key mouse_key(int button, int x, int y, bool press, int rows, int cols)
{
	struct key k = {.code = KEYC_NONE, .y = y, .x = x};

	button &= ~MOUSE_MODIFIERS;
	if (!press || (button & (MOUSE_MOTION | MOUSE_MORE)) || y < 0 || x < 0 || y >= rows || x >= cols)
		return no_key;
	if (button & MOUSE_WHEEL)
		k.code = (button & MOUSE_BUTTON) == 0   ? KEYC_WHEEL_UP
			 : (button & MOUSE_BUTTON) == 1 ? KEYC_WHEEL_DOWN
							: KEYC_NONE;
	else if ((button & MOUSE_BUTTON) == 0)
		k.code = KEYC_CLICK;
	return k.code == KEYC_NONE ? no_key : k;
}

/* ESC [ < button ; column ; row M, or m for a release; counted from 1 */
static struct key take_mouse(wint_t ch, int rows, int cols)
{
	int *value = &keys.params[keys.param];

	if (ch >= '0' && ch <= '9') {
		if (*value < MOUSE_VALUE_MAX)
			*value = *value * 10 + (int)(ch - '0');
		return no_key;
	}
	if (ch == ';' && keys.param + 1 < MOUSE_PARAMS) {
		keys.param++;
		return no_key;
	}
	keys.state = KEYS_PLAIN;
	if ((ch != 'M' && ch != 'm') || keys.param + 1 != MOUSE_PARAMS)
		return no_key;
	return mouse_key(keys.params[0], keys.params[1] - 1, keys.params[2] - 1, ch == 'M', rows, cols);
}

/* ESC [ M and three characters: terminals that do not know mode 1006. */
static struct key take_x10(wint_t ch, int rows, int cols)
{
	keys.params[keys.param++] = (int)ch - X10_OFFSET;
	if (keys.param < MOUSE_PARAMS)
		return no_key;
	keys.state = KEYS_PLAIN;
	return mouse_key(keys.params[0], keys.params[1] - 1, keys.params[2] - 1, keys.params[0] != MOUSE_BUTTON, rows,
			 cols);
}

static void begin(enum key_state state)
{
	keys.state = state;
	keys.param = 0;
	for (size_t i = 0; i < MOUSE_PARAMS; i++)
		keys.params[i] = 0;
}

/* ---- characters ---- */

/* What came at once behind an Esc: the rest of a sequence, or a key pressed with Alt, which nothing here is bound to.
 */
static struct key take_after_esc(wint_t ch)
{
	static const struct {
		wint_t ch;
		enum key_state state;
	} openers[] = {
		{'[', KEYS_CSI},    {'O', KEYS_SS3},    {']', KEYS_STRING}, {'P', KEYS_STRING},
		{'_', KEYS_STRING}, {'^', KEYS_STRING}, {'X', KEYS_STRING},
	};

	keys.state = KEYS_PLAIN;
	if (ch == '\033') {
		keys.held = ch;
		return (struct key){.code = '\033'};
	}
	for (size_t i = 0; i < ARRAY_LEN(openers); i++)
		if (openers[i].ch == ch)
			keys.state = openers[i].state;
	return no_key;
}

static struct key take_plain(wint_t ch, bool text)
{
	if (keys.paste)
		return text && ch >= ' ' && ch != 127 && !(ch >= 128 && ch < 160) ? (struct key){.code = (uint32_t)ch}
										  : no_key;
	if (ch == 127 || ch == '\b')
		return (struct key){.code = KEYC_BACKSPACE};
	return (struct key){.code = ch == '\n' ? '\r' : (uint32_t)ch};
}

static struct key take_char(wint_t ch, bool text, int rows, int cols)
{
	if (keys.state == KEYS_ESC)
		return take_after_esc(ch);
	if (ch == '\033') { /* also ends whatever was not finished */
		begin(KEYS_ESC);
		return no_key;
	}
	switch (keys.state) {
	case KEYS_MOUSE: return take_mouse(ch, rows, cols);
	case KEYS_X10: return take_x10(ch, rows, cols);
	case KEYS_CSI:
		if (ch < ' ' || (ch >= '@' && ch <= '~'))
			keys.state = KEYS_PLAIN;
		return no_key;
	case KEYS_SS3: keys.state = KEYS_PLAIN; return no_key;
	case KEYS_STRING:
		if (ch < ' ')
			keys.state = KEYS_PLAIN;
		return no_key;
	default: return take_plain(ch, text);
	}
}

static struct key take_code(int code)
{
	keys.state = KEYS_PLAIN;
	if (code == CODE_PASTE_BEGIN || code == CODE_PASTE_END)
		keys.paste = code == CODE_PASTE_BEGIN;
	else if (code == CODE_MOUSE_SGR)
		begin(KEYS_MOUSE);
	else if (code == CODE_MOUSE_X10)
		begin(KEYS_X10);
	if (keys.paste)
		return no_key;
	for (size_t i = 0; i < ARRAY_LEN(code_table); i++)
		if (code_table[i].curses == code)
			return (struct key){.code = code_table[i].code};
	return no_key;
}

/* The next character or code; false when there is none now. */
static bool read_one(wint_t *ch, int *kind)
{
	if (keys.held) {
		*ch = keys.held;
		*kind = OK;
		keys.held = 0;
		return true;
	}
	*kind = wget_wch(keys.pad, ch);
	return *kind != ERR;
}

struct key keys_next(bool text, int rows, int cols)
{
	wint_t ch;
	int kind;

	/* what is dropped is bounded too: a paste of megabytes must not keep the loop from turning */
	for (int i = 0; i < DROPPED_MAX; i++) {
		if (!read_one(&ch, &kind)) {
			bool alone = keys.state == KEYS_ESC;
			if (alone)
				keys.state = KEYS_PLAIN;
			return alone && !keys.paste ? (struct key){.code = '\033'} : no_key;
		}
		struct key k = kind == KEY_CODE_YES ? take_code((int)ch) : take_char(ch, text, rows, cols);
		if (k.code != KEYC_NONE)
			return k;
	}
	return no_key;
}
