/* links: base/arena base/strbuf base/err base/mem */
/* Memory, growable strings and error messages: caps hold, nothing is lost silently, a bug gives the terminal back
 * first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/strbuf.h"

static void arena_hands_out_zeroed_aligned_memory(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 0);
	for (size_t size = 0; size < 20000; size = size * 2 + 1) {
		unsigned char *p = arena_alloc(&a, size);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xFF, size);
	}
	assert_string_equal(arena_strndup(&a, "Kim & Co", 3), "Kim");
	arena_release(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 1));
	arena_release(&a);
}

static void arena_stops_at_its_cap(void **state)
{
	struct arena a = {.max = 100};

	(void)state;
	assert_non_null(arena_alloc(&a, 64));
	assert_null(arena_alloc(&a, 64));
	assert_null(arena_alloc(&a, SIZE_MAX - 4));
	assert_null(arena_strndup(&a, "x", SIZE_MAX - 1));
	assert_non_null(arena_alloc(&a, 16));
	arena_release(&a);
	assert_non_null(arena_alloc(&a, 64));
	arena_release(&a);
	arena_release(&a);
}

static void strbuf_keeps_what_fits(void **state)
{
	static const struct {
		const char *what;
		size_t max;
		const char *add, *want;
		bool cut;
	} cases[] = {
		{"empty", 10, "", "", false},        {"fits", 10, "abc", "abc", false},
		{"exactly", 3, "abc", "abc", false}, {"one too many", 3, "abcd", "abc", true},
		{"no room", 0, "a", "", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf b, f;
		strbuf_init(&b, cases[i].max);
		strbuf_init(&f, cases[i].max);
		strbuf_adds(&b, cases[i].add);
		strbuf_addf(&f, "%s", cases[i].add);
		if (strcmp(b.text, cases[i].want) != 0 || b.cut != cases[i].cut || strcmp(f.text, b.text) != 0 ||
		    f.cut != b.cut)
			fail_msg("%s: '%s' '%s'", cases[i].what, b.text, f.text);
		assert_int_equal(b.len, strlen(b.text));
		strbuf_release(&b);
		strbuf_release(&f);
		assert_string_equal(b.text, "");
	}
}

static void strbuf_formats_long_text_and_drops(void **state)
{
	struct strbuf b;
	char big[1001];

	(void)state;
	memset(big, 'x', 1000);
	big[1000] = '\0';
	strbuf_init(&b, 1500);
	strbuf_addf(&b, "%s", big);
	assert_int_equal(b.len, 1000);
	assert_false(b.cut);
	strbuf_addf(&b, "%s", big);
	assert_int_equal(b.len, 1500);
	assert_int_equal(strlen(b.text), 1500);
	assert_true(b.cut);
	strbuf_drop(&b, 1499);
	assert_string_equal(b.text, "x");
	assert_true(b.cut);
	strbuf_clear(&b);
	assert_false(b.cut);
	strbuf_drop(&b, 0);
	strbuf_addc(&b, 'y');
	char *taken = strbuf_take(&b);
	assert_string_equal(taken, "y");
	free(taken);
	assert_string_equal(b.text, "");
	taken = strbuf_take(&b);
	assert_string_equal(taken, "");
	free(taken);
	strbuf_release(&b);
}

static void zeroed_strbuf_is_valid(void **state)
{
	struct strbuf b = {0};

	(void)state;
	strbuf_release(&b);
	strbuf_addc(&b, 'x');
	assert_string_equal(b.text, "");
	assert_true(b.cut);
	strbuf_release(&b);
}

static void json_and_csv_quote(void **state)
{
	static const struct {
		const char *what, *in, *json, *csv;
	} cases[] = {
		{"plain", "Star JV", "\"Star JV\"", "Star JV"},
		{"quote", "a\"b", "\"a\\\"b\"", "\"a\"\"b\""},
		{"backslash", "a\\b", "\"a\\\\b\"", "a\\b"},
		{"line feed", "a\nb", "\"a\\nb\"", "\"a\nb\""},
		{"escape character", "\x1b[2J", "\"\\u001b[2J\"", "\x1b[2J"},
		{"UTF-8 passes", "\xec\xa1\xb0", "\"\xec\xa1\xb0\"", "\xec\xa1\xb0"},
		{"comma", "a,b", "\"a,b\"", "\"a,b\""},
		{"formula", "=1+1", "\"=1+1\"", "'=1+1"},
		{"formula with comma", "@x,y", "\"@x,y\"", "\"'@x,y\""},
		{"minus", "-1", "\"-1\"", "'-1"},
		{"empty", "", "\"\"", ""},
		{"blank at the end", "a ", "\"a \"", "\"a \""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf j, c;
		strbuf_init(&j, 100);
		strbuf_init(&c, 100);
		strbuf_add_json(&j, cases[i].in);
		strbuf_add_csv(&c, cases[i].in);
		if (strcmp(j.text, cases[i].json) != 0 || strcmp(c.text, cases[i].csv) != 0)
			fail_msg("%s: %s | %s", cases[i].what, j.text, c.text);
		strbuf_release(&j);
		strbuf_release(&c);
	}
	struct strbuf n;
	strbuf_init(&n, 10);
	strbuf_add_json(&n, NULL);
	assert_string_equal(n.text, "null");
	strbuf_release(&n);
}

static void error_messages_are_one_clean_line(void **state)
{
	struct err e = {0};
	char long_text[400];

	(void)state;
	assert_int_equal(err_set(NULL, ERR_NET, "x"), ERR_NET);
	assert_int_equal(err_set(&e, ERR_SHAPE, "missing '%s'\r\n", "data"), ERR_SHAPE);
	assert_string_equal(e.msg, "missing 'data'  ");
	assert_int_equal(err_set(&e, ERR_SHAPE, "missing 'data'"), ERR_SHAPE);
	assert_int_equal(err_prefix(&e, "cannot parse '%s' reply", "ioda"), ERR_SHAPE);
	assert_string_equal(e.msg, "cannot parse 'ioda' reply: missing 'data'");
	assert_true(err_prefix(NULL, "x") < 0);

	/* two-byte characters: wherever the cut falls, no half of one stays */
	for (size_t shift = 0; shift < 2; shift++) {
		memset(long_text, 'a', shift);
		for (size_t i = shift; i + 2 < sizeof(long_text); i += 2)
			memcpy(long_text + i, "\xc3\xa9", 2);
		long_text[398] = '\0';
		(void)err_set(&e, ERR_PARSE, "%s", long_text);
		assert_in_range(strlen(e.msg), ERR_MSG_MAX - 3, ERR_MSG_MAX - 1);
		assert_int_equal((strlen(e.msg) - shift) % 2, 0);
		(void)err_prefix(&e, "%s", "abc");
		assert_int_equal((strlen(e.msg) - 5 - shift) % 2, 0);
	}
}

static void arrays_grow_by_doubling(void **state)
{
	int *items = NULL;
	size_t cap = 0;

	(void)state;
	mem_grow(&items, &cap, 1, sizeof(*items));
	assert_int_equal(cap, 8);
	items[7] = 7;
	mem_grow(&items, &cap, 9, sizeof(*items));
	assert_int_equal(cap, 16);
	assert_int_equal(items[7], 7);
	mem_grow(&items, &cap, 3, sizeof(*items));
	assert_int_equal(cap, 16);
	free(items);
	assert_null(xstrdup(NULL));
}

static int fatal_pipe;

static void restore_terminal(void)
{
	if (write(fatal_pipe, "restored ", 9) != 9)
		_exit(3);
}

static void a_bug_runs_the_hook_then_speaks_then_aborts(void **state)
{
	int fds[2], status;
	char text[256] = "";
	size_t len = 0;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid_t child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		dup2(fds[1], STDERR_FILENO);
		fatal_pipe = fds[1];
		mem_on_fatal(restore_terminal);
		BUG("seven is %d", 8);
	}
	close(fds[1]);
	for (ssize_t n; len < sizeof(text) - 1 && (n = read(fds[0], text + len, sizeof(text) - 1 - len)) > 0;)
		len += (size_t)n;
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_ptr_equal(strstr(text, "restored landline: bug at "), text);
	assert_non_null(strstr(text, "test_arena_strbuf.c:"));
	assert_non_null(strstr(text, ": seven is 8\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arena_hands_out_zeroed_aligned_memory),
		cmocka_unit_test(arena_stops_at_its_cap),
		cmocka_unit_test(strbuf_keeps_what_fits),
		cmocka_unit_test(strbuf_formats_long_text_and_drops),
		cmocka_unit_test(zeroed_strbuf_is_valid),
		cmocka_unit_test(json_and_csv_quote),
		cmocka_unit_test(error_messages_are_one_clean_line),
		cmocka_unit_test(arrays_grow_by_doubling),
		cmocka_unit_test(a_bug_runs_the_hook_then_speaks_then_aborts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
