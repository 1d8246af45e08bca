/* links: ui/action base/text base/mem */
/* The tables of actions and keys: complete, unambiguous, and readable by a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/key.h"
#include "ui/action.h"

static void test_actions_are_described(void **state)
{
	(void)state;
	assert_true(ACTION_COUNT <= 64); /* ACTION_BIT */
	for (int a = 1; a < ACTION_COUNT; a++) {
		assert_non_null(action_table[a].name);
		assert_non_null(action_table[a].label);
		assert_true(action_table[a].name[0] != '\0' && action_table[a].help[0] != '\0');
		assert_true(strlen(action_table[a].label) <= 8);
		for (int b = 1; b < a; b++)
			assert_string_not_equal(action_table[a].name, action_table[b].name);
	}
}

static void test_keys_are_bound_once(void **state)
{
	(void)state;
	for (const struct key_binding *k = key_table; k->key; k++) {
		assert_in_range(k->action, 1, ACTION_COUNT - 1);
		assert_int_equal(action_from_key(k->key), k->action);
		for (const struct key_binding *other = key_table; other != k; other++)
			assert_int_not_equal(k->key, other->key);
	}
	assert_int_equal(action_from_key('%'), ACTION_NONE);
	assert_int_equal(action_from_key(KEYC_NONE), ACTION_NONE);
}

/* F-keys always have a letter twin: not every terminal sends them. */
static void test_function_keys_have_twins(void **state)
{
	(void)state;
	for (const struct key_binding *k = key_table; k->key; k++) {
		bool twin = false;
		if (k->key < KEYC_F1 || k->key > KEYC_F10)
			continue;
		for (const struct key_binding *other = key_table; other->key; other++)
			twin |= other->action == k->action && other->key < KEYC_NONE;
		assert_true(twin);
	}
}

/* terminal.md 2: shared by nearly all programs of this kind. */
static void test_customs(void **state)
{
	static const struct {
		uint32_t key;
		enum action action;
	} customs[] = {
		{'q', ACTION_QUIT},       {'?', ACTION_HELP},
		{KEYC_F1, ACTION_HELP},   {27, ACTION_BACK},
		{'j', ACTION_DOWN},       {'k', ACTION_UP},
		{'h', ACTION_LEFT},       {'l', ACTION_RIGHT},
		{'g', ACTION_FIRST},      {'G', ACTION_LAST},
		{4, ACTION_HALF_DOWN},    {21, ACTION_HALF_UP},
		{9, ACTION_NEXT_PANE},    {KEYC_BACKTAB, ACTION_PREV_PANE},
		{13, ACTION_ENTER},       {'/', ACTION_FILTER},
		{'n', ACTION_FIND_NEXT},  {'N', ACTION_FIND_PREV},
		{' ', ACTION_PAUSE},      {'r', ACTION_RELOAD},
		{KEYC_F5, ACTION_RELOAD}, {12, ACTION_REPAINT},
		{26, ACTION_SUSPEND},     {'s', ACTION_SORT},
		{'y', ACTION_COPY},       {'t', ACTION_THEME},
		{'w', ACTION_WHY},        {'e', ACTION_EXPORT},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(customs); i++)
		assert_int_equal(action_from_key(customs[i].key), customs[i].action);
}

static void test_key_names(void **state)
{
	static const struct {
		uint32_t key;
		const char *name;
	} cases[] = {
		{'q', "q"},         {12, "Ctrl-L"},    {KEYC_PGUP, "PgUp"},
		{27, "Esc"},        {13, "Enter"},     {9, "Tab"},
		{' ', "Space"},     {KEYC_F10, "F10"}, {KEYC_BACKTAB, "Shift-Tab"},
		{0xE9, "\xC3\xA9"},
	};
	char name[KEY_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(key_name(name, cases[i].key), cases[i].name);
	for (const struct key_binding *k = key_table; k->key; k++)
		assert_true(key_name(name, k->key)[0] != '\0' && strncmp(name, "key ", 4) != 0);
}

static void test_action_keys(void **state)
{
	char keys[64], small[6];

	(void)state;
	assert_string_equal(action_keys(keys, sizeof(keys), ACTION_QUIT), "q, F10");
	assert_string_equal(action_keys(small, sizeof(small), ACTION_QUIT), "q"); /* whole names only */
	assert_string_equal(action_keys(keys, sizeof(keys), ACTION_VIEW_3), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions_are_described),
		cmocka_unit_test(test_keys_are_bound_once),
		cmocka_unit_test(test_function_keys_have_twins),
		cmocka_unit_test(test_customs),
		cmocka_unit_test(test_key_names),
		cmocka_unit_test(test_action_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
