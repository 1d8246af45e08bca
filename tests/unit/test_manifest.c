/* links: core/manifest core/state base/json base/strbuf base/when base/err base/mem base/text */
/* A bundle's manifest: what was written is read back, and what somebody else wrote cannot do harm. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/manifest.h"

#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ROW(name) "{\"name\":\"" name "\",\"size\":0,\"sha256\":\"" SHA "\"}"
#define HEAD "{\"format\":\"landline-bundle\",\"version\":1,\"event\":{},\"files\":"

static struct manifest example(void)
{
	struct manifest m = {
		.version = MANIFEST_VERSION,
		.program = "landline 0.1.0",
		.command = "landline verify .",
		.created = {1419300000000},
		.derived_at = {1419299400000},
		.inputs = true,
		.claim = {"KP", "territory", "KP", "withdrawn", "total", "resolved", {1419264900000}, {1419299160000}, {1419265030000}, 100.0, 2},
		.files = {{"event.json", 512, SHA}, {"inputs.rec", 1 << 20, SHA}},
		.file_count = 2,
	};

	return m;
}

static void what_was_written_is_read(void **state)
{
	struct manifest m = example(), back;
	struct strbuf out, why;
	struct err e = {0};

	(void)state;
	strbuf_init(&out, MANIFEST_BYTES_MAX);
	strbuf_init(&why, 4096);
	struct thresholds limits = {.count = 0};
	threshold_add(&limits, "network down", "visibility below %g for %d s", 0.3, 180);
	threshold_add(&limits, "points", "3");
	m.thresholds = &limits;
	manifest_write(&m, &out);
	assert_non_null(strstr(out.text, "\"thresholds\":{\n\"network down\":\"visibility below 0.3 for 180 s\",\n\"points\":\"3\"}}"));
	assert_int_equal(manifest_parse(out.text, out.len, &back, &e), 0);
	assert_true(claim_equal(&m.claim, &back.claim, &why));
	assert_string_equal(why.text, "");
	assert_int_equal(back.created.ms, m.created.ms);
	assert_int_equal(back.derived_at.ms, m.derived_at.ms);
	assert_true(back.inputs);
	assert_int_equal(back.file_count, 2);
	assert_string_equal(back.files[1].name, "inputs.rec");
	assert_int_equal(back.files[1].size, 1 << 20);
	strbuf_release(&out);
	strbuf_release(&why);
}

static void a_difference_is_named(void **state)
{
	struct manifest m = example();
	struct claim other = m.claim;
	struct strbuf why;

	(void)state;
	strbuf_init(&why, 4096);
	other.end = WALL_NONE;
	other.loss_peak_pct = 75;
	assert_false(claim_equal(&m.claim, &other, &why));
	assert_string_equal(why.text, "end: the bundle says 2014-12-23T01:46:00Z, its inputs give none\n"
				      "loss at the peak: the bundle says 100.0%, its inputs give 75.0%\n");
	strbuf_release(&why);
}

static void hostile_manifests_are_refused(void **state)
{
	static const struct { const char *what, *text, *says; } cases[] = {
		{"not JSON", "hello", "manifest.json"},
		{"another format", "{\"format\":\"zip\"}", "not of a landline bundle"},
		{"no version", "{\"format\":\"landline-bundle\"}", "no version"},
		{"from the future", "{\"format\":\"landline-bundle\",\"version\":2}", "newer than this program"},
		{"no event", "{\"format\":\"landline-bundle\",\"version\":1}", "no 'event'"},
		{"no files", "{\"format\":\"landline-bundle\",\"version\":1,\"event\":{}}", "no 'files'"},
		{"a path", HEAD "[" ROW("../../etc/passwd") "]}", "no plain name"},
		{"an absolute path", HEAD "[" ROW("/etc/passwd") "]}", "no plain name"},
		{"a hidden file", HEAD "[" ROW(".profile") "]}", "no plain name"},
		{"an empty name", HEAD "[" ROW("") "]}", "no plain name"},
		{"a control character", HEAD "[" ROW("a\\u001bb") "]}", "no plain name"},
		{"twice", HEAD "[" ROW("a.txt") "," ROW("a.txt") "]}", "stands there twice"},
		{"no hash", HEAD "[{\"name\":\"a\",\"size\":1}]}", "lacks a size or a SHA-256"},
		{"a negative size", HEAD "[{\"name\":\"a\",\"size\":-1,\"sha256\":\"" SHA "\"}]}", "lacks a size"},
		{"a time of nonsense", "{\"format\":\"landline-bundle\",\"version\":1,\"created\":\"soon\"}", "'created'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct manifest m;
		struct err e = {0};
		int rc = manifest_parse(cases[i].text, strlen(cases[i].text), &m, &e);
		if (rc >= 0 || !strstr(e.msg, cases[i].says))
			fail_msg("%s: %d, '%s'", cases[i].what, rc, e.msg);
	}
}

static void too_many_files_are_refused(void **state)
{
	struct strbuf text;
	struct manifest m;
	struct err e = {0};

	(void)state;
	strbuf_init(&text, MANIFEST_BYTES_MAX);
	strbuf_adds(&text, HEAD "[");
	for (int i = 0; i <= MANIFEST_FILES_MAX; i++)
		strbuf_addf(&text, "%s{\"name\":\"f%d\",\"size\":1,\"sha256\":\"%s\"}", i ? "," : "", i, SHA);
	strbuf_adds(&text, "]}");
	assert_int_equal(manifest_parse(text.text, text.len, &m, &e), ERR_LIMIT);
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(a_difference_is_named),
		cmocka_unit_test(hostile_manifests_are_refused),
		cmocka_unit_test(too_many_files_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
