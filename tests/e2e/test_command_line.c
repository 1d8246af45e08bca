/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* The command line as product.md promises it: what is wrong is said in one line on stderr with the nearest name, exit
 * 2; stdout is only ever the answer; what `help config` prints is a configuration. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct rig r; /* one server for all: nothing here changes it */

static int set_up(void **state)
{
	(void)state;
	rig_open(&r, "quiet.scn", true, NULL);
	rig_start(&r, 24, 80, "KP"); /* so that there is a store */
	rig_wait(&r, "4 of 4", 2 * MINUTE);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static void write_file(const char *name, const char *text, size_t len)
{
	char path[200];
	snprintf(path, sizeof(path), "%s/%s", r.dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static bool is_one_line(const char *text)
{
	const char *end = strchr(text, '\n');
	return end && end[1] == '\0' && end > text;
}

static const struct wrong {
	const char *what, *words, *config, *says;
} wrongs[] = {
	{"unknown option", "--jsno KP", NULL, "--json"},
	{"unknown option behind a command", "status --chek KP", NULL, "--check"},
	{"unknown letter", "-Z", NULL, "-Z"},
	{"option without its value", "status --format", NULL, "--format"},
	{"switch with a value", "status --json=yes KP", NULL, "--json"},
	{"unknown territory", "status Noth-Korea", NULL, "North Korea"},
	{"unknown country code", "status QX", NULL, "QX"},
	{"bad AS", "status AS99999999999", NULL, "AS99999999999"},
	{"bad prefix", "status 175.45.176.0/99", NULL, "175.45.176.0/99"},
	{"missing territory file", "status @nowhere", NULL, "nowhere"},
	{"no territory", "status", NULL, "territory"},
	{"unknown config key", "-c bad.conf status KP", "[source.ioda]\nperod = 5m\n", "'period'"},
	{"its place", "-c bad.conf status KP", "[source.ioda]\nperod = 5m\n", "bad.conf:2"},
	{"unknown section", "-c bad.conf status KP", "[sauce.ioda]\n", "sauce"},
	{"unknown source", "-c bad.conf status KP", "[source.ioad]\nenabled = no\n", "ioda"},
	{"bad value", "-c bad.conf status KP", "[source.ioda]\nenabled = perhaps\n", "yes or no"},
	{"bad time", "events --since yesterday", NULL, "yesterday"},
	{"bad state", "events --state confirmd", NULL, "confirmed"},
	{"unknown field of a format", "status --format #{ups} KP", NULL, "ups"},
	{"unknown theme", "--theme solarised KP", NULL, "solarised"},
	{"unknown help topic", "help confg", NULL, "config"},
	{"no such event", "explain 4711", NULL, "4711"},
	{"event that is no number", "explain KP", NULL, "number"},
	{"a name that is not the beginning of one", "status north-korea", NULL, "'KP'"},
	{"stdout is no terminal", "KP", NULL, "--linear"},
};

static void test_wrong(void **state)
{
	const struct wrong *w = *state;
	if (w->config)
		write_file("bad.conf", w->config, strlen(w->config));
	int code = rig_run(&r, w->words);
	bool missing = !strcmp(w->what, "no such event"); /* rightly asked, and not there */
	if (code != 2 && !(missing && code == 1))
		fail_msg("`landline %s`: exit %d, not 2\nstdout: %s\nstderr: %s", w->words, code, r.out.text,
			 r.err.text);
	if (r.out.len)
		fail_msg("`landline %s`: something on stdout: %s", w->words, r.out.text);
	if (!is_one_line(r.err.text) || strncmp(r.err.text, "landline: ", 10))
		fail_msg("`landline %s`: not one line of ours on stderr: %s", w->words, r.err.text);
	if (!strstr(r.err.text, w->says))
		fail_msg("`landline %s`: stderr does not say '%s': %s", w->words, w->says, r.err.text);
}

static const struct right {
	const char *words, *says;
} rights[] = {
	{"--version", "landline 0."},
	{"--help", "Usage"},
	{"-h", "Usage"},
	{"help", "Usage"},
	{"help status", "--check"},
	{"help config", "[source.ripestat]"},
	{"help keys", "leave"},
	{"help sources", "ripestat"},
	{"help themes", "mono"},
	{"help territories", "KP"},
	{"status KP", "KP"},
	{"status --json KP", "\"schema\":1"},
	{"-j status KP", "\"schema\":1"},
	{"status --format #{cc}:#{up}/#{total} KP", "KP:4/4"},
	{"events", ""},
	{"events --json", ""},
	{"events --csv", "seq"},
	{"--once KP", "North Korea"},
	{"-1 KP", "North Korea"},
	{"status kp", "KP"},
	{"status AS131279", "AS131279"},
	{"status 175.45.176.0/24", "175.45.176.0/24"},
	{"doctor KP", "ripestat"},
};

static void test_right(void **state)
{
	const struct right *w = *state;
	int code = rig_run(&r, w->words);
	if (code != 0)
		fail_msg("`landline %s`: exit %d\nstdout: %s\nstderr: %s", w->words, code, r.out.text, r.err.text);
	if (!strstr(r.out.text, w->says))
		fail_msg("`landline %s` does not say '%s':\n%s", w->words, w->says, r.out.text);
	for (size_t i = 0; i < r.out.len; i++)
		if (r.out.text[i] == '\033' || (r.out.text[i] > 0 && r.out.text[i] < ' ' && r.out.text[i] != '\n'))
			fail_msg("`landline %s`: control character %d on a stdout that is no terminal", w->words,
				 r.out.text[i]);
}

/* help config > landline.conf; landline with that file says the same again, and every key of it is known. */
static void test_config_round_trip(void **state)
{
	(void)state;
	assert_int_equal(rig_run(&r, "help config"), 0);
	char *first = strdup(r.out.text);
	write_file("full.conf", first, strlen(first));
	int code = rig_run(&r, "-c full.conf events --json");
	if (code != 0)
		fail_msg("the file of `help config` is no configuration: %s", r.err.text);
	free(first);
}

static void test_check_codes(void **state)
{
	(void)state;
	assert_int_equal(rig_run(&r, "status --check KP"), 0);
	assert_true(is_one_line(r.out.text));
}

int main(void)
{
	static const struct CMUnitTest others[] = {cmocka_unit_test(test_config_round_trip),
						   cmocka_unit_test(test_check_codes)};
	struct CMUnitTest tests[80];
	size_t n = 0;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(*wrongs); i++)
		tests[n++] = (struct CMUnitTest){.name = wrongs[i].what,
						 .test_func = test_wrong,
						 .initial_state = (void *)(uintptr_t)&wrongs[i]};
	for (size_t i = 0; i < sizeof(rights) / sizeof(*rights); i++)
		tests[n++] = (struct CMUnitTest){.name = rights[i].words,
						 .test_func = test_right,
						 .initial_state = (void *)(uintptr_t)&rights[i]};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		tests[n++] = others[i];
	return _cmocka_run_group_tests("command line", tests, n, set_up, tear_down);
}
