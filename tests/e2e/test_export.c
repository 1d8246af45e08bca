/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* An outage that was watched live leaves the house: `export` from what the running program kept, `verify` somewhere else. The
 * bundle holds; with one byte changed it says which file; the inputs alone give the event again. */
#include "rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"

static int64_t at(const char *iso)
{
	struct wall t;
	assert_int_equal(wall_parse(iso, &t, NULL), 0);
	return t.ms;
}

static void says(struct rig *r, int code, const char *words, const char *text)
{
	int got = rig_run(r, words);
	if (got != code || !strstr(r->out.text, text))
		fail_msg("`landline %s` exits %d instead of %d, or does not say '%s':\n%s\n%s", words, got, code, text, r->out.text,
			 r->err.text);
}

static void shell(const char *command)
{
	if (system(command))
		fail_msg("%s", command);
}

static void watch_the_outage(struct rig *r)
{
	rig_open(r, "kp-2014.scn", true, NULL);
	rig_start(r, 40, 120, "KP");
	rig_wait(r, "4 of 4", 2 * MINUTE);
	rig_until(r, at("2014-12-22T16:21:00Z"));
	if (!rig_sees(r, "withdrawn"))
		rig_fail(r, "no outage on the screen");
	rig_until(r, at("2014-12-23T02:10:00Z"));
	rig_end(r, SIGTERM);
}

static void change_a_byte(const char *file)
{
	FILE *f = fopen(file, "r+");
	assert_non_null(f);
	assert_int_equal(fseek(f, 40, SEEK_SET), 0);
	int c = fgetc(f);
	assert_int_equal(fseek(f, 40, SEEK_SET), 0);
	fputc(c ^ 1, f);
	fclose(f);
}

static void a_live_event_holds_elsewhere(void **state)
{
	static const char *const files[] = {"README.txt", "event.json", "event.txt", "log.txt", "series.csv", "series.json",
					    "chart.svg", "chart.txt", "inputs.rec"};
	struct rig r;
	char words[600], path[200], bundle[100];
	(void)state;
	watch_the_outage(&r);
	snprintf(bundle, sizeof(bundle), "%s/bundle", r.dir);
	snprintf(words, sizeof(words), "export 1 %s", bundle);
	says(&r, 0, words, "event 1 written to");
	if (strstr(r.out.text, "without its inputs"))
		fail_msg("%s", r.out.text);
	snprintf(words, sizeof(words), "verify %s", bundle);
	says(&r, 0, words, "territory KP withdrawn: holds");

	/* elsewhere: another folder, another home, no store, no server */
	snprintf(words, sizeof(words), "mkdir %s/away && mv %s %s/away/b && rm -rf %s/.local %s/state %s/.config", r.dir, bundle, r.dir, r.dir,
		 r.dir, r.dir);
	shell(words);
	snprintf(words, sizeof(words), "verify %s/away/b", r.dir);
	says(&r, 0, words, "they give the same event");
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char say[60];
		snprintf(path, sizeof(path), "%s/away/b/%s", r.dir, files[i]);
		change_a_byte(path);
		snprintf(say, sizeof(say), "%s: changed", files[i]);
		says(&r, 1, words, say);
		change_a_byte(path);
	}
	says(&r, 0, words, "holds");
	snprintf(words, sizeof(words), "replay %s/away/b/inputs.rec --headless", r.dir);
	says(&r, 0, words, "after 9h31m");
	rig_close(&r);
}

/* A claim that its own inputs do not bear out is found out, though every hash is right. */
static void a_forged_claim_does_not_hold(void **state)
{
	struct rig r;
	char words[300];
	(void)state;
	rig_open(&r, "quiet.scn", true, NULL);
	says(&r, 0, "replay kp-2014 --headless --json", "\"start\":\"2014-12-22T16:15:00Z\"");
	const char *seq = strstr(r.out.text, "\"scope\":\"territory\"");
	while (seq && !(strstr(seq, "\"start\":\"2014-12-22T16:15:00Z\"") < strchr(seq, '\n')))
		seq = strstr(seq + 1, "\"scope\":\"territory\"");
	assert_non_null(seq);
	while (seq > r.out.text && seq[-1] != '\n')
		seq--;
	snprintf(words, sizeof(words), "export %s %s/b --inputs kp-2014", json_member(seq, "seq"), r.dir);
	says(&r, 0, words, "written to");
	snprintf(words, sizeof(words), "sed -i 's/\"end\":\"2014-12-23T01:46:00Z\"/\"end\":\"2014-12-23T04:00:00Z\"/' %s/b/manifest.json", r.dir);
	shell(words);
	snprintf(words, sizeof(words), "verify %s/b", r.dir);
	says(&r, 1, words, "end: the bundle says 2014-12-23T04:00:00Z, its inputs give 2014-12-23T01:46:00Z");
	rig_close(&r);
}

static void what_was_not_kept_is_said(void **state)
{
	struct rig r;
	char words[200];
	(void)state;
	rig_open(&r, "kp-2014.scn", true, "[store]\ninputs = no\n");
	rig_start(&r, 24, 80, "KP");
	rig_wait(&r, "4 of 4", 2 * MINUTE);
	rig_until(&r, at("2014-12-22T16:21:00Z"));
	rig_end(&r, SIGTERM);
	snprintf(words, sizeof(words), "export 1 %s/b", r.dir);
	says(&r, 0, words, "without its inputs: no inputs of that time are kept here");
	snprintf(words, sizeof(words), "verify %s/b", r.dir);
	says(&r, 0, words, "files hold");
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_live_event_holds_elsewhere),
		cmocka_unit_test(a_forged_claim_does_not_hold),
		cmocka_unit_test(what_was_not_kept_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
