/* links: io/files base/err base/mem base/strbuf */
/* Places, capped reads, and writes that leave the old file or the new one, never half of either. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/files.h"

static char folder[64];

static const char *in_folder(const char *name)
{
	static char paths[4][160];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/landline-files-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command);
}

static void assert_content(const char *path, const char *expect)
{
	struct strbuf got;
	struct err e = {.code = ERR_OK};

	strbuf_init(&got, 1 << 20);
	if (files_read(path, &got, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(got.text, expect);
	strbuf_release(&got);
}

static void must_write(const char *path, const char *text)
{
	struct err e = {.code = ERR_OK};

	if (files_write(path, text, strlen(text), &e))
		fail_msg("%s", e.msg);
}

static void test_places(void **state)
{
	static const struct {
		const char *what, *xdg, *home;
		enum files_place place;
		const char *expect;
	} cases[] = {
		{"the variable", "/x/conf", "/home/u", PLACE_CONFIG, "/x/conf/landline"},
		{"its default", NULL, "/home/u", PLACE_CONFIG, "/home/u/.config/landline"},
		{"state", NULL, "/home/u", PLACE_STATE, "/home/u/.local/state/landline"},
		{"cache", NULL, "/home/u", PLACE_CACHE, "/home/u/.cache/landline"},
		{"a relative one is ignored, says the standard", "conf", "/home/u", PLACE_CONFIG,
		 "/home/u/.config/landline"},
		{"an empty one too", "", "/home/u", PLACE_CACHE, "/home/u/.cache/landline"},
		{"no home", NULL, NULL, PLACE_STATE, ""},
		{"a relative home", NULL, "u", PLACE_STATE, ""},
	};
	static const char *const variables[] = {"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"};
	char dir[512], home[600];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t k = 0; k < ARRAY_LEN(variables); k++)
			unsetenv(variables[k]);
		unsetenv("HOME");
		if (cases[i].xdg)
			setenv(variables[cases[i].place], cases[i].xdg, 1);
		if (cases[i].home)
			setenv("HOME", cases[i].home, 1);
		if (strcmp(files_dir(dir, cases[i].place), cases[i].expect) != 0)
			fail_msg("%s: '%s'", cases[i].what, dir);
	}
	/* too long: none, rather than another place */
	memset(home, 'h', sizeof(home) - 1);
	home[0] = '/';
	home[sizeof(home) - 1] = '\0';
	setenv("HOME", home, 1);
	assert_string_equal(files_dir(dir, PLACE_STATE), "");
}

static void test_make_dirs(void **state)
{
	struct err e = {.code = ERR_OK};
	struct stat st;

	(void)state;
	assert_int_equal(files_make_dirs(in_folder("a/b/c"), &e), 0);
	assert_int_equal(stat(in_folder("a/b"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(files_make_dirs(in_folder("a/b/c/"), &e), 0); /* there already */
	must_write(in_folder("file"), "x");
	assert_int_equal(files_make_dirs(in_folder("file/below"), &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "Not a directory"));
	assert_int_equal(files_make_dirs("", &e), ERR_FILE);
}

static void test_read(void **state)
{
	struct strbuf out;
	struct err e = {.code = ERR_OK};

	(void)state;
	must_write(in_folder("ten"), "0123456789");
	strbuf_init(&out, 10);
	assert_int_equal(files_read(in_folder("ten"), &out, &e), 0);
	assert_int_equal(out.len, 10);
	strbuf_release(&out);
	strbuf_init(&out, 9);
	assert_int_equal(files_read(in_folder("ten"), &out, &e), ERR_LIMIT);
	assert_non_null(strstr(e.msg, "longer than 9 bytes"));
	assert_int_equal(out.len, 0);
	assert_int_equal(files_read(in_folder("none"), &out, &e), ERR_NOT_FOUND);
	assert_int_equal(files_read(in_folder("ten/below"), &out, &e), ERR_NOT_FOUND);
	assert_int_equal(files_read(folder, &out, &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "Is a directory"));
	strbuf_release(&out);
}

static size_t entries(void)
{
	char *names[32];
	size_t n = files_list(folder, "", names, ARRAY_LEN(names));

	for (size_t i = 0; i < n; i++)
		free(names[i]);
	return n;
}

static void test_write(void **state)
{
	struct err e = {.code = ERR_OK};
	struct stat st;

	(void)state;
	umask(022);
	must_write(in_folder("f"), "old");
	assert_int_equal(stat(in_folder("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644); /* the user's umask */
	assert_int_equal(chmod(in_folder("f"), 0600), 0);
	must_write(in_folder("f"), "new");
	assert_content(in_folder("f"), "new");
	assert_int_equal(stat(in_folder("f"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600); /* kept */
	must_write(in_folder("empty"), "");
	assert_content(in_folder("empty"), "");
	assert_int_equal(entries(), 2); /* and no temporary file */
	assert_int_equal(files_write(in_folder("no/such/f"), "x", 1, &e), ERR_FILE);
	assert_int_equal(files_write("/dev/null/f", "x", 1, &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "cannot write '/dev/null/f': "));
	assert_int_equal(files_write(folder, "x", 1, &e), ERR_FILE); /* a folder stays one */
}

static void test_links(void **state)
{
	struct err e = {.code = ERR_OK};
	struct stat st;

	(void)state;
	assert_int_equal(mkdir(in_folder("dot"), 0700), 0);
	must_write(in_folder("dot/real"), "old");
	assert_int_equal(symlink("dot/real", in_folder("link")), 0);
	assert_int_equal(symlink("link", in_folder("link2")), 0);
	must_write(in_folder("link2"), "new");
	assert_content(in_folder("dot/real"), "new");
	assert_int_equal(lstat(in_folder("link2"), &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	/* to a file that is not there yet */
	assert_int_equal(symlink("dot/later", in_folder("dangling")), 0);
	must_write(in_folder("dangling"), "made");
	assert_content(in_folder("dot/later"), "made");
	assert_int_equal(symlink("loop", in_folder("loop")), 0);
	assert_int_equal(files_write(in_folder("loop"), "x", 1, &e), ERR_FILE);
}

static void test_list(void **state)
{
	static const char *const made[] = {"b.theme", "a.theme", ".hidden.theme", "c.txt", "d.theme"};
	char *names[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(made); i++)
		must_write(in_folder(made[i]), "x");
	assert_int_equal(files_list(folder, ".theme", names, ARRAY_LEN(names)), 3);
	assert_string_equal(names[0], "a.theme");
	assert_string_equal(names[2], "d.theme");
	for (size_t i = 0; i < 3; i++)
		free(names[i]);
	assert_int_equal(files_list(folder, ".theme", names, 2), 2);
	free(names[0]);
	free(names[1]);
	assert_int_equal(files_list(in_folder("none"), ".theme", names, ARRAY_LEN(names)), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_places), TEST(test_make_dirs), TEST(test_read),
		TEST(test_write),  TEST(test_links),     TEST(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
