/* links: app/tokens app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* Where tokens come from, what is said when there is none, and that what they are is never said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/tokens.h"
#include "base/mem.h"
#include "source/source.h"

#define SECRET "s3cret-TOKEN"

static char dir[] = "/tmp/landline-tokens-XXXXXX", path[64];
static struct config config;

static int make_dir(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "%s/token", mkdtemp(dir));
	return 0;
}

static int drop_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void write_token(const char *text, size_t len, mode_t mode)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static struct app *open_app(void)
{
	static const struct config_source_default defaults[] = {{"radar", "https://api.cloudflare.com", true}};
	config_init(&config, defaults, 1);
	return app_new(&config, (struct now){{1000}, {1795348800000}});
}

static const struct source_state *radar(struct app *a)
{
	return model_source(app_model(a), "radar");
}

static void test_places(void **state)
{
	static const struct {
		const char *what, *file;
		size_t len;
		mode_t mode;
		const char *env;
		bool token;
		const char *advice; /* part of it; "": none */
	} cases[] = {
		{"none", NULL, 0, 0, NULL, false, "set token_file in [source.radar]"},
		{"a file", SECRET "\n", 13, 0600, NULL, true, ""},
		{"without a line feed", SECRET, 12, 0400, NULL, true, ""},
		{"spaces and more lines", "  " SECRET " \r\nsecond\n", 24, 0600, NULL, true, ""},
		{"a mark of an editor", "\xef\xbb\xbf" SECRET "\n", 16, 0600, NULL, true, ""},
		{"open to the group", SECRET, 12, 0640, NULL, true, "is open to others: chmod 600"},
		{"open to all", SECRET, 12, 0644, NULL, true, "is open to others: chmod 600"},
		{"an empty file", "", 0, 0600, NULL, false, "has no token in its first line"},
		{"an empty line", "\n" SECRET "\n", 14, 0600, NULL, false, "has no token in its first line"},
		{"two words", "Bearer " SECRET, 19, 0600, NULL, false, "has no token in its first line"},
		{"bytes", "\x01\x02\x03", 3, 0600, NULL, false, "has no token in its first line"},
		{"a variable", NULL, 0, 0, SECRET, true, ""},
		{"an empty variable", NULL, 0, 0, "", false, "environment variable 'RADAR_X' holds no token"},
		{"the file before the variable", "\n", 1, 0600, SECRET, false, "has no token in its first line"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct app *a = open_app();
		struct config_source *c = &config.sources[0];
		if (cases[i].file) {
			write_token(cases[i].file, cases[i].len, cases[i].mode);
			snprintf(c->token_file, sizeof(c->token_file), "%s", path);
		}
		if (cases[i].env) {
			setenv("RADAR_X", cases[i].env, 1);
			snprintf(c->token_env, sizeof(c->token_env), "RADAR_X");
		}
		tokens_read(a, &config);
		const struct source_state *s = radar(a);
		if (s->needs_token == cases[i].token || (s->state == FEED_OFF) == cases[i].token)
			fail_msg("%s: taken for the other", cases[i].what);
		if (*cases[i].advice ? !strstr(s->advice, cases[i].advice) : s->advice[0])
			fail_msg("%s: says '%s'", cases[i].what, s->advice);
		if (strstr(s->advice, "s3cret") || strstr(s->error, "s3cret"))
			fail_msg("%s: the token is told: '%s'", cases[i].what, s->advice);
		unsetenv("RADAR_X");
		app_free(a);
	}
}

static void test_no_file(void **state)
{
	static const struct { const char *file, *env, *advice; } cases[] = {
		{"/nowhere/token", "", "token file '/nowhere/token' is not there"},
		{"/", "", "token file '/' is not a file"},
		{"", "RADAR_X", "environment variable 'RADAR_X' is not set"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct app *a = open_app();
		snprintf(config.sources[0].token_file, sizeof(config.sources[0].token_file), "%s", cases[i].file);
		snprintf(config.sources[0].token_env, sizeof(config.sources[0].token_env), "%s", cases[i].env);
		tokens_read(a, &config);
		assert_string_equal(radar(a)->advice, cases[i].advice);
		assert_true(radar(a)->needs_token);
		app_free(a);
	}
}

/* Off is off: no token is asked for, none is read. */
static void test_off(void **state)
{
	struct app *a;
	(void)state;
	app_free(open_app());
	config.sources[0].enabled = false;
	a = app_new(&config, (struct now){{1000}, {1795348800000}});
	tokens_read(a, &config);
	assert_false(radar(a)->needs_token);
	assert_int_equal(radar(a)->state, FEED_OFF);
	assert_string_equal(radar(a)->advice, "");
	app_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_off),
	};
	return cmocka_run_group_tests_name("app/tokens", tests, make_dir, drop_dir);
}
