/* Actions and their default keys: two tables and what reads them.
 *
 * The keys are the ones that htop, lazygit, tig, less and vi share (terminal.md 2). Number keys belong to views, but
 * they stand here too, so that one table says what every key does. An F-key always has a letter twin. */
#include "ui/action.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/key.h"

#define CTRL(letter) ((uint32_t)(letter) & 0x1f)

const struct action_info action_table[ACTION_COUNT] = {
	[ACTION_NONE] = {.name = "none", .label = "", .help = "nothing"},
#define X(id, name_, label_, help_) [ACTION_##id] = {.name = name_, .label = label_, .help = help_},
	UI_ACTIONS(X)
#undef X
};

const struct key_binding key_table[] = {
	{'q', ACTION_QUIT},          {KEYC_F10, ACTION_QUIT},
	{'?', ACTION_HELP},          {KEYC_F1, ACTION_HELP},
	{'w', ACTION_WHY},
	{'\r', ACTION_ENTER},        {'\n', ACTION_ENTER},
	{'/', ACTION_FILTER},        {KEYC_F3, ACTION_FILTER},
	{'s', ACTION_SORT},
	{'\t', ACTION_NEXT_PANE},    {KEYC_BACKTAB, ACTION_PREV_PANE},
	{']', ACTION_NEXT_TAB},      {'[', ACTION_PREV_TAB},
	{' ', ACTION_PAUSE},
	{'a', ACTION_ALL},
	{'x', ACTION_MARK},
	{'t', ACTION_THEME},
	{'c', ACTION_CHARSET},
	{'e', ACTION_EXPORT},
	{27, ACTION_BACK},           {KEYC_BACKSPACE, ACTION_BACK},
	{KEYC_UP, ACTION_UP},        {'k', ACTION_UP},
	{KEYC_DOWN, ACTION_DOWN},    {'j', ACTION_DOWN},
	{KEYC_LEFT, ACTION_LEFT},    {'h', ACTION_LEFT},
	{KEYC_RIGHT, ACTION_RIGHT},  {'l', ACTION_RIGHT},
	{KEYC_PGUP, ACTION_PAGE_UP}, {KEYC_PGDN, ACTION_PAGE_DOWN},
	{CTRL('U'), ACTION_HALF_UP}, {CTRL('D'), ACTION_HALF_DOWN},
	{'g', ACTION_FIRST},         {KEYC_HOME, ACTION_FIRST},
	{'G', ACTION_LAST},          {KEYC_END, ACTION_LAST},
	{'n', ACTION_FIND_NEXT},     {'N', ACTION_FIND_PREV},
	{'r', ACTION_RELOAD},        {'R', ACTION_RELOAD},
	{KEYC_F5, ACTION_RELOAD},
	{CTRL('L'), ACTION_REPAINT},
	{CTRL('Z'), ACTION_SUSPEND},
	{'y', ACTION_COPY},
	{'P', ACTION_CASE},          {KEYC_F2, ACTION_CASE},
	{'.', ACTION_STEP},
	{'<', ACTION_SLOWER},        {'>', ACTION_FASTER},
	{'(', ACTION_PREV_EVENT},    {')', ACTION_NEXT_EVENT},
	{'{', ACTION_REWIND},        {'}', ACTION_FORWARD},
	{':', ACTION_GOTO_TIME},
	{'0', ACTION_START},
	{'L', ACTION_LIVE},
	{'+', ACTION_ZOOM_IN},       {'=', ACTION_ZOOM_IN},
	{'-', ACTION_ZOOM_OUT},
	{'1', ACTION_VIEW_1},        {'2', ACTION_VIEW_2},
	{'4', ACTION_VIEW_4},        {'5', ACTION_VIEW_5},
	{0, ACTION_NONE},
};

static const struct { uint32_t key; const char *name; } key_names[] = {
	{'\r', "Enter"}, {'\n', "Ctrl-J"}, {'\t', "Tab"}, {27, "Esc"}, {' ', "Space"},
	{KEYC_UP, "Up"}, {KEYC_DOWN, "Down"}, {KEYC_LEFT, "Left"}, {KEYC_RIGHT, "Right"},
	{KEYC_HOME, "Home"}, {KEYC_END, "End"}, {KEYC_PGUP, "PgUp"}, {KEYC_PGDN, "PgDn"},
	{KEYC_BACKTAB, "Shift-Tab"}, {KEYC_BACKSPACE, "Backspace"}, {KEYC_DELETE, "Delete"},
	{KEYC_CLICK, "click"}, {KEYC_WHEEL_UP, "wheel up"}, {KEYC_WHEEL_DOWN, "wheel down"},
};

enum action action_from_key(uint32_t key)
{
	for (const struct key_binding *b = key_table; b->key; b++)
		if (b->key == key)
			return b->action;
	return ACTION_NONE;
}

char *key_name(char *dst, uint32_t key)
{
	for (size_t i = 0; i < ARRAY_LEN(key_names); i++) {
		if (key_names[i].key == key) {
			snprintf(dst, KEY_NAME_MAX, "%s", key_names[i].name);
			return dst;
		}
	}
	if (key >= KEYC_F1 && key <= KEYC_F10)
		snprintf(dst, KEY_NAME_MAX, "F%u", (unsigned)(key - KEYC_F1 + 1));
	else if (key > 0 && key < ' ')
		snprintf(dst, KEY_NAME_MAX, "Ctrl-%c", (char)(key + '@'));
	else if (key > ' ' && key < KEYC_NONE && key != 0x7f)
		dst[text_put(dst, key)] = '\0';
	else
		snprintf(dst, KEY_NAME_MAX, "key %u", (unsigned)key);
	return dst;
}

char *action_keys(char *dst, unsigned cap, enum action a)
{
	size_t len = 0;

	dst[0] = '\0';
	for (const struct key_binding *b = key_table; b->key; b++) {
		char name[KEY_NAME_MAX];
		if (b->action != a)
			continue;
		int n = snprintf(dst + len, cap - len, "%s%s", len > 0 ? ", " : "", key_name(name, b->key));
		if (n < 0 || (size_t)n >= cap - len) {
			dst[len] = '\0';
			break;
		}
		len += (size_t)n;
	}
	return dst;
}
