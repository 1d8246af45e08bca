/* links: core/fact base/arena base/text base/mem */
/* Batches: facts start out as "not known", text is clean and capped, a full arena costs text and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/fact.h"

static void facts_begin_unknown(void **state)
{
	struct batch b;

	(void)state;
	batch_init(&b, 0);
	assert_false(wall_is_set(b.data_time));
	struct fact *f = batch_add(&b, FACT_SAMPLE);
	assert_int_equal(f->kind, FACT_SAMPLE);
	assert_false(wall_is_set(f->t));
	assert_false(wall_is_set(f->until));
	assert_true(isnan(f->value));
	assert_null(f->name);
	assert_int_equal(f->asn, 0);
	f->asn = 7;
	for (int i = 0; i < 100; i++)
		assert_non_null(batch_add(&b, FACT_ANNOUNCE));
	assert_int_equal(b.count, 101);
	assert_int_equal(b.facts[0].asn, 7);
	batch_clear(&b);
	assert_int_equal(b.count, 0);
	assert_true(b.cap >= 101);
	assert_int_equal(batch_add(&b, FACT_NET)->asn, 0);
	batch_release(&b);
	batch_release(&b);
	assert_int_equal(b.cap, 0);
}

static void facts_are_capped(void **state)
{
	struct batch b;

	(void)state;
	batch_init(&b, 0);
	for (size_t i = 0; i < BATCH_FACTS_MAX; i++)
		assert_non_null(batch_add(&b, FACT_RANGE));
	assert_null(batch_add(&b, FACT_RANGE));
	assert_int_equal(b.count, BATCH_FACTS_MAX);
	batch_release(&b);
}

static void text_is_clean_and_capped(void **state)
{
	static const struct {
		const char *what, *in;
		size_t max;
		const char *want;
	} cases[] = {
		{"plain", "rrc03", 20, "rrc03"},
		{"escape", "a\x1b[2J", 20, "a[2J"},
		{"cut", "abcdef", 3, "abc"},
		{"cut at a character", "ab\xc3\xa9", 3, "ab"},
		{"nothing left", "\x01\x02", 20, ""},
		{"empty", "", 20, ""},
		{"no room", "abc", 0, ""},
	};
	struct batch b;

	(void)state;
	batch_init(&b, 10000);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = batch_text(&b, cases[i].in, strlen(cases[i].in), cases[i].max);
		if (strcmp(got, cases[i].want) != 0)
			fail_msg("%s: '%s'", cases[i].what, got);
	}
	assert_string_equal(batch_text(&b, NULL, 0, 20), "");
	char big[600];
	memset(big, 'x', sizeof(big));
	assert_int_equal(strlen(batch_text(&b, big, sizeof(big), 10000)), 511);
	batch_release(&b);
}

static void a_full_arena_gives_empty_text(void **state)
{
	struct batch b;

	(void)state;
	batch_init(&b, 32);
	assert_string_equal(batch_text(&b, "0123456789012345678901234567", 28, 30), "0123456789012345678901234567");
	assert_string_equal(batch_text(&b, "more", 4, 30), "");
	batch_clear(&b);
	assert_string_equal(batch_text(&b, "more", 4, 30), "more");
	batch_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_begin_unknown),
		cmocka_unit_test(facts_are_capped),
		cmocka_unit_test(text_is_clean_and_capped),
		cmocka_unit_test(a_full_arena_gives_empty_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
