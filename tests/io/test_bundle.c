/* links: app/bundle io/digest io/files core/manifest core/chart core/series core/event core/event_life core/event_weigh core/event_log core/event_out core/signature_words core/event_words core/state base/json base/strbuf base/when base/err base/mem base/text */
/* An evidence bundle says which of its files is not what it was, and never overwrites anything. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/bundle.h"
#include "io/digest.h"

#define START 1419264900000LL /* 2014-12-22T16:15:00Z */
#define END   1419299160000LL

struct rig { char dir[64], bundle[80], inputs[80]; struct series up; struct event ev; };

static int begin(void **state)
{
	static struct rig r;

	memset(&r, 0, sizeof(r));
	snprintf(r.dir, sizeof(r.dir), "/tmp/landline-bundle-XXXXXX");
	assert_non_null(mkdtemp(r.dir));
	snprintf(r.bundle, sizeof(r.bundle), "%s/b", r.dir);
	snprintf(r.inputs, sizeof(r.inputs), "%s/in", r.dir);
	FILE *f = fopen(r.inputs, "w");
	fputs("these are the inputs", f);
	fclose(f);
	series_init(&r.up, 300000, 288);
	for (int64_t t = START - 3600000; t < END; t += 300000)
		assert_int_equal(series_put(&r.up, (struct wall){t}, t < START ? 4 : 0), 0);
	r.ev = (struct event){.seq = 12, .territory = "KP", .subject = "KP", .kind = VERDICT_WITHDRAWN, .state = EVENT_RESOLVED,
			      .start = {START}, .end = {END}, .confirmed = {START + 130000}, .loss_peak_pct = 100,
			      .networks_lost = 4, .networks_total = 4, .severity = SEVERITY_TOTAL, .classes = CLASS_R};
	*state = &r;
	return 0;
}

static int end(void **state)
{
	struct rig *r = *state;
	char command[200];

	series_release(&r->up);
	snprintf(command, sizeof(command), "rm -rf %s", r->dir);
	return system(command);
}

static struct bundle_parts parts_of(const struct rig *r)
{
	return (struct bundle_parts){
		.ev = &r->ev, .now = {END + 7200000}, .derived_at = {END + 3600000}, .from = {START - 3600000}, .until = {END + 3600000},
		.lines = {{"networks visible", "networks", &r->up, 4}}, .line_count = 1, .log = "16:15 KP withdrawn\n",
		.credits = "RIS Live, RIPE NCC\n", .inputs = r->inputs,
	};
}

static void write_bundle(const struct rig *r)
{
	struct bundle_parts p = parts_of(r);
	struct err e = {0};

	if (bundle_write(r->bundle, &p, &e) < 0)
		fail_msg("%s", e.msg);
}

static bool holds(const struct rig *r, char *report, size_t cap)
{
	struct manifest m;
	struct err e = {0};
	struct strbuf out;

	strbuf_init(&out, 4096);
	if (bundle_read_manifest(r->bundle, &m, &e) < 0)
		fail_msg("%s", e.msg);
	bool fine = bundle_check_files(r->bundle, &m, &out);
	snprintf(report, cap, "%s", out.text);
	strbuf_release(&out);
	return fine;
}

static void an_untouched_bundle_holds(void **state)
{
	struct rig *r = *state;
	char report[512];

	write_bundle(r);
	assert_true(holds(r, report, sizeof(report)));
	assert_string_equal(report, "");
}

static void one_changed_byte_names_its_file(void **state)
{
	static const char *const names[] = {"README.txt", "event.json", "event.txt", "log.txt", "series.csv", "series.json",
					    "chart.svg", "chart.txt", "inputs.rec"};
	struct rig *r = *state;
	char path[160], report[512];

	write_bundle(r);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->bundle, names[i]);
		FILE *f = fopen(path, "r+");
		assert_non_null(f);
		int c = fgetc(f);
		rewind(f);
		fputc(c ^ 1, f);
		fclose(f);
		assert_false(holds(r, report, sizeof(report)));
		assert_memory_equal(report, names[i], strlen(names[i]));
		assert_non_null(strstr(report, ": changed"));
		assert_null(strchr(strchr(report, '\n') + 1, '\n')); /* it alone */
		f = fopen(path, "r+");
		fputc(c, f);
		fclose(f);
	}
	assert_true(holds(r, report, sizeof(report)));
}

static void missing_added_and_linked_files_are_named(void **state)
{
	struct rig *r = *state;
	char a[160], b[160], report[512];

	write_bundle(r);
	snprintf(a, sizeof(a), "%s/log.txt", r->bundle);
	assert_int_equal(unlink(a), 0);
	assert_false(holds(r, report, sizeof(report)));
	assert_string_equal(report, "log.txt: missing\n");
	assert_int_equal(symlink("/etc/passwd", a), 0);
	assert_false(holds(r, report, sizeof(report)));
	assert_non_null(strstr(report, "symbolic link"));
	assert_int_equal(unlink(a), 0);
	snprintf(b, sizeof(b), "%s/extra\033[2J", r->bundle);
	FILE *f = fopen(b, "w");
	fclose(f);
	assert_false(holds(r, report, sizeof(report)));
	assert_non_null(strstr(report, "extra[2J: not part of the bundle\n"));
}

static void nothing_is_overwritten(void **state)
{
	struct rig *r = *state;
	struct bundle_parts p = parts_of(r);
	struct err e = {0};
	char path[160];

	assert_int_equal(mkdir(r->bundle, 0700), 0); /* an empty folder may be there */
	write_bundle(r);
	assert_int_equal(bundle_write(r->bundle, &p, &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "nothing is ever overwritten"));
	p.inputs = "/nowhere/at/all"; /* a failed attempt leaves nothing */
	snprintf(path, sizeof(path), "%s/other", r->dir);
	assert_int_equal(bundle_write(path, &p, &e), ERR_FILE);
	assert_int_equal(access(path, F_OK), -1);
	char command[200];
	snprintf(command, sizeof(command), "ls %s | grep -q part", r->dir);
	assert_int_not_equal(system(command), 0);
}

static void without_inputs_it_says_why(void **state)
{
	struct rig *r = *state;
	struct bundle_parts p = parts_of(r);
	struct err e = {0};
	struct manifest m;

	p.inputs = NULL;
	p.why_no_inputs = "the event is older than what is kept";
	assert_int_equal(bundle_write(r->bundle, &p, &e), 0);
	assert_int_equal(bundle_read_manifest(r->bundle, &m, &e), 0);
	assert_false(m.inputs);
	assert_string_equal(m.why_no_inputs, p.why_no_inputs);
	assert_int_equal(m.file_count, 8);
}

static void sha256_is_sha256(void **state)
{
	char hex[DIGEST_TEXT_MAX];
	struct err e = {0};

	(void)state;
	assert_int_equal(digest_bytes("abc", 3, hex, &e), 0); /* FIPS 180-4's example */
	assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_untouched_bundle_holds, begin, end),
		cmocka_unit_test_setup_teardown(one_changed_byte_names_its_file, begin, end),
		cmocka_unit_test_setup_teardown(missing_added_and_linked_files_are_named, begin, end),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, begin, end),
		cmocka_unit_test_setup_teardown(without_inputs_it_says_why, begin, end),
		cmocka_unit_test(sha256_is_sha256),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
