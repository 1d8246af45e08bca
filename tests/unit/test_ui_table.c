/* links: ui/table ui/list ui/draw core/model core/event core/event_life core/event_weigh core/event_log core/event_words core/glyph core/series core/state base/canvas base/err base/mem base/strbuf base/text base/when */
/* The list cursor, the table widget and the shared drawing words. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/key.h"
#include "core/theme.h"
#include "ui/draw.h"
#include "ui/table.h"

/* ---- list ---- */

static void test_list_moves(void **state)
{
	static const struct {
		const char *what;
		size_t at, top, count, page;
		enum action action;
		size_t want_at, want_top;
	} cases[] = {
		{"down", 0, 0, 10, 4, ACTION_DOWN, 1, 0},
		{"down scrolls by one", 3, 0, 10, 4, ACTION_DOWN, 4, 1},
		{"down stays on the last", 9, 6, 10, 4, ACTION_DOWN, 9, 6},
		{"up stays on the first", 0, 0, 10, 4, ACTION_UP, 0, 0},
		{"up scrolls", 3, 3, 10, 4, ACTION_UP, 2, 2},
		{"page down keeps a line", 0, 0, 10, 4, ACTION_PAGE_DOWN, 3, 0},
		{"half a page", 0, 0, 10, 4, ACTION_HALF_DOWN, 2, 0},
		{"last", 0, 0, 10, 4, ACTION_LAST, 9, 6},
		{"first", 9, 6, 10, 4, ACTION_FIRST, 0, 0},
		{"nothing to move in", 0, 0, 0, 4, ACTION_DOWN, 0, 0},
		{"the list shrank", 50, 40, 3, 4, ACTION_UP, 1, 0},
		{"a page of none", 2, 0, 5, 0, ACTION_DOWN, 3, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct list l = {.at = cases[i].at, .top = cases[i].top};
		assert_true(list_act(&l, cases[i].action, cases[i].count, cases[i].page));
		if (l.at != cases[i].want_at || l.top != cases[i].want_top)
			fail_msg("%s: at %zu, top %zu", cases[i].what, l.at, l.top);
	}
	struct list l = {.at = 1};
	assert_false(list_act(&l, ACTION_SORT, 10, 4));
	assert_int_equal(l.at, 1);
}

/* ---- table ---- */

struct item {
	const char *name;
	int value;
};

static uint8_t cell_name(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%s", ((const struct item *)row->item)->name);
	return ROLE_TEXT;
}

static uint8_t cell_value(const struct view_context *ctx, const struct table_row *row, char *dst)
{
	(void)ctx;
	snprintf(dst, TABLE_CELL_MAX, "%d", ((const struct item *)row->item)->value);
	return ROLE_DOWN;
}

static int by_name(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return strcmp(((const struct item *)a->item)->name, ((const struct item *)b->item)->name);
}

static int by_value(const struct view_context *ctx, const struct table_row *a, const struct table_row *b)
{
	(void)ctx;
	return ((const struct item *)b->item)->value - ((const struct item *)a->item)->value;
}

static const struct column columns[] = {
	{.title = "name", .help = "n", .width = 8, .worth = 9, .cell = cell_name, .compare = by_name},
	{.title = "value",
	 .help = "v",
	 .width = 6,
	 .align = COLUMN_RIGHT,
	 .worth = 5,
	 .cell = cell_value,
	 .compare = by_value},
	{.title = "again", .help = "a", .width = 10, .flexible = true, .worth = 1, .cell = cell_name},
	{.title = NULL},
};

static const struct item items[] = {{"delta", 3}, {"alpha", 1}, {"charlie", 3}, {"bravo", 2}, {"echo", 3}};

static const struct view_context plain = {.charset = CHARSET_ASCII, .filter = "", .focused = true};

static void fill(struct table *t, const struct table_state *s, size_t count)
{
	*t = (struct table){0};
	for (size_t i = 0; i < count; i++)
		table_add(t, i + 1, &items[i], 0);
	table_sort(t, s, columns, &plain);
}

static void check_order(const struct table_state *s, const char *want)
{
	struct table t;
	char got[16] = "";

	fill(&t, s, ARRAY_LEN(items));
	for (size_t i = 0; i < t.count; i++)
		got[i] = ((const struct item *)t.rows[i].item)->name[0];
	assert_string_equal(got, want);
	table_release(&t);
}

/* s goes through each column, its reverse, and back to the view's own order; equal lines keep that order. */
static void test_sorting(void **state)
{
	static const char *const orders[] = {"dacbe", "abcde", "edcba", "dceba", "abdce", "dacbe"};
	struct table_state s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		struct table t;
		check_order(&s, orders[i]);
		fill(&t, &s, ARRAY_LEN(items));
		assert_true(table_act(&t, &s, columns, &plain, (struct rect){.rows = 6, .cols = 40}, ACTION_SORT,
				      (struct key){0}));
		table_release(&t);
	}
}

static void test_pinned_come_first(void **state)
{
	struct table_state s = {.sort = 1};
	struct table t = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		table_add(&t, i + 1, &items[i], 0)->pinned = i == 4;
	table_sort(&t, &s, columns, &plain);
	assert_int_equal(t.rows[0].id, 5);
	assert_int_equal(t.rows[1].id, 2);
	table_release(&t);
}

static void act(struct table_state *s, size_t count, enum action a, struct key k)
{
	struct table t;

	fill(&t, s, count);
	table_act(&t, s, columns, &plain, (struct rect){.rows = 4, .cols = 40}, a, k);
	table_release(&t);
}

static uint64_t selected(const struct table_state *s, size_t count)
{
	struct table t;

	fill(&t, s, count);
	const struct table_row *row = table_selected(&t, s);
	uint64_t id = row ? row->id : 0;
	table_release(&t);
	return id;
}

/* The cursor stays on its line when the order changes, and follows the first when it is there. */
static void test_cursor_keeps_its_line(void **state)
{
	struct table_state s = {0};

	(void)state;
	assert_int_equal(selected(&s, 0), 0);
	act(&s, 5, ACTION_DOWN, (struct key){0});
	assert_int_equal(selected(&s, 5), 2);
	act(&s, 5, ACTION_SORT, (struct key){0}); /* by name: alpha is first now */
	assert_int_equal(selected(&s, 5), 2);
	s.selected = 4;
	assert_int_equal(selected(&s, 3), 3 /* 4 is gone: the same place or the last */);
}

static void test_mouse(void **state)
{
	struct table_state s = {0};

	(void)state;
	act(&s, 5, ACTION_NONE, (struct key){.code = KEYC_CLICK, .y = 2, .x = 3});
	assert_int_equal(selected(&s, 5), 2);
	act(&s, 5, ACTION_NONE, (struct key){.code = KEYC_CLICK, .y = 0, .x = 2}); /* the head: sort by name */
	assert_int_equal(s.sort, 1);
	act(&s, 5, ACTION_NONE, (struct key){.code = KEYC_CLICK, .y = 0, .x = 2});
	assert_int_equal(s.sort, 2);
	act(&s, 5, ACTION_NONE, (struct key){.code = KEYC_WHEEL_DOWN, .y = 1, .x = 1});
	assert_int_equal(selected(&s, 5), 2); /* e d c b a: alpha is last and stays */
}

static void test_marks(void **state)
{
	struct table_state s = {0};

	(void)state;
	act(&s, 5, ACTION_MARK, (struct key){0});
	assert_true(table_is_marked(&s, 1));
	assert_int_equal(selected(&s, 5), 2); /* on to the next */
	act(&s, 5, ACTION_UP, (struct key){0});
	act(&s, 5, ACTION_MARK, (struct key){0});
	assert_false(table_is_marked(&s, 1));
	for (uint64_t i = 0; i < TABLE_MARKS_MAX + 5; i++)
		act(&s, 5, ACTION_MARK, (struct key){0});
	assert_true(s.mark_count <= TABLE_MARKS_MAX);
}

static void row_text(const struct canvas *c, int y, char *dst)
{
	size_t n = 0;

	for (int x = 0; x < c->cols; x++)
		dst[n++] = (char)c->cells[y * c->cols + x].ch;
	while (n > 0 && dst[n - 1] == ' ')
		n--;
	dst[n] = '\0';
}

static void check_drawn(const struct table_state *s, int cols, const char *const want[3])
{
	struct table t;
	struct canvas c;
	char text[128];

	canvas_init(&c, 3, cols);
	fill(&t, s, 5);
	table_draw(&t, s, columns, &plain, (struct rect){.rows = 3, .cols = cols}, "none", &c);
	for (int y = 0; y < 3; y++) {
		row_text(&c, y, text);
		assert_string_equal(text, want[y]);
	}
	table_release(&t);
	canvas_release(&c);
}

/* The least worthy column goes first; the last one takes what there is. */
static void test_columns_fold(void **state)
{
	static const struct {
		int cols;
		const char *rows[3];
	} cases[] = {
		{40, {" name      value again", ">delta         3 delta", " alpha         1 alpha                 v"}},
		{20, {" name      value", ">delta         3", " alpha         1   v"}},
		{12, {" name", ">delta", " alpha     v"}},
		{5, {" na~", ">de~", " al~v"}},
	};
	struct table_state s = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_drawn(&s, cases[i].cols, cases[i].rows);
}

static void test_empty_table(void **state)
{
	struct table t = {0};
	struct table_state s = {0};
	struct canvas c;
	char text[64];

	(void)state;
	canvas_init(&c, 2, 20);
	table_draw(&t, &s, columns, &plain, (struct rect){.rows = 2, .cols = 20}, "Nothing matches.", &c);
	row_text(&c, 1, text);
	assert_string_equal(text, " Nothing matches.");
	canvas_release(&c);
}

/* ---- drawing words ---- */

static void test_numbers(void **state)
{
	static const struct {
		double v;
		const char *text;
	} values[] = {
		{NAN, "-"},      {0, "0"},         {4, "4"},           {5030, "5,030"},  {0.25, "0.25"},
		{12.34, "12.3"}, {123.4, "123"},   {1460000, "1.46M"}, {131000, "131k"}, {20.6e6, "20.6M"},
		{-3.5, "-3.5"},  {999.6, "1,000"}, {1e30, "1e+21G"},
	};
	static const struct {
		uint64_t n;
		const char *text;
	} bytes[] = {
		{0, "0 B"}, {812, "812 B"}, {14300, "14 kB"}, {5812345, "5.8 MB"}, {UINT64_MAX, "18446744 TB"},
	};
	char text[DRAW_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		assert_string_equal(draw_value(text, values[i].v), values[i].text);
	for (size_t i = 0; i < ARRAY_LEN(bytes); i++)
		assert_string_equal(draw_bytes(text, bytes[i].n), bytes[i].text);
	assert_string_equal(draw_count(text, 1460000), "1,460,000");
	assert_string_equal(draw_count(text, 999), "999");
}

static void test_times(void **state)
{
	struct wall now = {INT64_C(1419271220000)}; /* 2014-12-22T18:00:20Z */
	char text[DRAW_TEXT_MAX];

	(void)state;
	assert_string_equal(draw_since(text, (struct wall){now.ms - 6320000}, now), "16:15");
	assert_string_equal(draw_since(text, (struct wall){now.ms - 86400000}, now), "21 Dec 18:00");
	assert_string_equal(draw_since(text, WALL_NONE, now), "-");
	assert_string_equal(draw_age(text, (struct wall){now.ms - 20000}, now), "now");
	assert_string_equal(draw_age(text, (struct wall){now.ms - 21000}, now), "1m");
	assert_string_equal(draw_age(text, WALL_NONE, now), "-");
	assert_string_equal(draw_until(text, (struct wall){now.ms + 500000}, now), "in 8m");
	assert_string_equal(draw_until(text, (struct wall){now.ms - 1}, now), "now");
}

static void test_wrap(void **state)
{
	static const struct {
		const char *text;
		int cols, rows;
	} cases[] = {
		{"", 10, 0},
		{"one", 10, 1},
		{"one two", 10, 1},
		{"one two three", 7, 2},
		{"unbreakable", 4, 3},
		{"a  b", 1, 2},
		{"\xE4\xB8\xAD\xE8\x8F\xAF", 2, 2},
		{"\xE4\xB8\xAD\xE8\x8F\xAF", 1, 2},
		{"x ", 1, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(draw_wrap_rows(cases[i].text, cases[i].cols), cases[i].rows);
}

static void test_rtl(void **state)
{
	char text[64];

	(void)state;
	assert_true(draw_is_rtl("Tel \xD7\xA9"));
	assert_false(draw_is_rtl("Star \xE4\xB8\xAD"));
	draw_operator(text, sizeof(text), 64496, "\xD8\xB4\xD8\xB1\xD9\x83\xD8\xA9");
	assert_string_equal(text, "AS64496");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_moves),
		cmocka_unit_test(test_sorting),
		cmocka_unit_test(test_pinned_come_first),
		cmocka_unit_test(test_cursor_keeps_its_line),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_columns_fold),
		cmocka_unit_test(test_empty_table),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_rtl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
