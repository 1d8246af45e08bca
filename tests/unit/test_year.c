/* links: core/[a-z]* base/[a-z]* tests/year/year_chance tests/year/year_queue tests/year/year_world tests/year/year_bgp tests/year/year_script tests/year/year_feed tests/year/year_outage tests/year/year_faults tests/year/year_hosts tests/year/year_signals tests/year/year_calls tests/year/year_run tests/year/year_report */
/* Ten days of eight simulated countries, as `make year` runs it for 250 and a year: what is quiet stays quiet, what is
 * lost is found in time, and the same seed gives the same calls. The bounds are the targets of detection.md 9. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "year/year.h"

static struct year_config config(bool outages)
{
	return (struct year_config){.seed = 7, .countries = 8, .days = 10, .outages = outages, .outage_every_days = 1,
				    .signals = true};
}

static struct year_figures run(bool outages)
{
	struct year_config c = config(outages);
	struct year *y = year_new(&c);
	struct year_figures f;

	year_run(y);
	year_print_world(y);
	year_figures(y, &f);
	year_print_calls(y, 5);
	year_free(y);
	return f;
}

static void test_quiet(void **state)
{
	struct year_figures f = run(false);
	(void)state;
	print_message("%zu confirmed, %zu only suspected\n", f.confirmed, f.suspected_only);
	assert_true(f.suspected_only > 0); /* or nothing happened at all */
	assert_int_equal(f.wrong_near[FAULTS], 0);
	assert_true(100 * (double)f.wrong <= f.country_days);
	year_figures_release(&f);
}

static void test_outages(void **state)
{
	struct year_figures f = run(true), again;
	(void)state;
	print_message("%zu of %zu found, %zu wrong; total loss suspected %.0f s, confirmed %.0f s, partial %.0f s\n", f.found,
		      f.outages, f.wrong, numbers_at(&f.suspect_total, 0.5), numbers_at(&f.confirm_total, 0.5),
		      numbers_at(&f.confirm_partial, 0.5));
	assert_true(f.outages >= 20);
	assert_true((double)f.found >= 0.95 * (double)f.outages);
	assert_true(100 * (double)f.wrong <= f.country_days);
	assert_true(numbers_at(&f.suspect_total, 0.5) <= 60);
	assert_true(numbers_at(&f.confirm_total, 0.5) <= 210);
	assert_true(numbers_at(&f.confirm_total, 0.9) <= 300);
	assert_true(numbers_at(&f.confirm_partial, 0.5) <= 360);
	assert_true(numbers_at(&f.start_error, 0.5) <= 60);
	assert_true(numbers_at(&f.end_error, 0.5) <= 60);
	again = run(true);
	assert_int_equal(again.confirmed, f.confirmed);
	assert_int_equal(again.suspected_only, f.suspected_only);
	assert_memory_equal(again.bin_found, f.bin_found, sizeof(f.bin_found));
	assert_true(again.start_error.count == f.start_error.count);
	year_figures_release(&again);
	year_figures_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_outages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
