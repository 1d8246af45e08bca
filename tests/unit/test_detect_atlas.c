/* links: core/detect_atlas core/stats base/text base/err base/mem */
/* Bursts of leaving probes: what is one, what is not, when it ends, and the controller that restarts. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/detect.h"

enum { T0 = 1764547200, MINUTE = 60, DAY = 86400 };

static struct detect_atlas *with_probes(uint32_t count, uint32_t away)
{
	struct detect_atlas *d = detect_atlas_new();

	for (uint32_t i = 0; i < count; i++)
		detect_atlas_probe(d, 1000 + i, i >= away, wall_from_s(T0 - 30 * DAY), wall_from_s(T0));
	return d;
}

static enum detect_change leave(struct detect_atlas *d, uint32_t probe, int64_t at, const char *controller)
{
	return detect_atlas_event(d, 1000 + probe, false, wall_from_s(T0 + at), controller);
}

static enum detect_change back(struct detect_atlas *d, uint32_t probe, int64_t at)
{
	return detect_atlas_event(d, 1000 + probe, true, wall_from_s(T0 + at), "ctr-a");
}

static void what_is_a_burst(void **state)
{
	static const struct {
		const char *what;
		uint32_t probes, away, leave;
		int64_t gap_s;     /* between two departures */
		bool alarm, shown_only;
	} cases[] = {
		{"ten of thirty at once", 30, 0, 10, 10, true, false},
		{"eight of thirty: not three in ten", 30, 0, 8, 10, false, false},
		{"ten of thirty, one in five minutes", 30, 0, 10, 300, false, false},
		{"twenty long gone do not count as present", 30, 20, 5, 10, true, false},
		{"four of four: too few", 4, 0, 4, 10, false, true},
		{"five of seven: shown, no vote", 7, 0, 5, 10, true, true},
		{"all of three hundred", 300, 0, 300, 1, true, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct detect_atlas *d = with_probes(cases[i].probes, cases[i].away);
		struct detect_view v;
		unsigned began = 0;
		for (uint32_t k = 0; k < cases[i].leave; k++)
			began += leave(d, cases[i].away + k, (int64_t)k * cases[i].gap_s, k % 2 ? "ctr-a" : "ctr-b") ==
				 DETECT_BEGAN;
		detect_atlas_view(d, &v);
		if (began != cases[i].alarm || (v.phase == DETECT_ALARM) != cases[i].alarm)
			fail_msg("%s: %u alarms", cases[i].what, began);
		if (v.shown_only != cases[i].shown_only)
			fail_msg("%s: vote", cases[i].what);
		if (cases[i].alarm && (wall_to_s(v.start) != T0 || wall_to_s(v.start_low) != T0 - 600))
			fail_msg("%s: start", cases[i].what);
		if (v.value != (double)(cases[i].probes - cases[i].away - cases[i].leave) ||
		    v.baseline != (double)(cases[i].probes - cases[i].away))
			fail_msg("%s: %g of %g", cases[i].what, v.value, v.baseline);
		detect_atlas_free(d);
	}
}

static void half_are_back(void **state)
{
	struct detect_atlas *d = with_probes(20, 0);
	struct detect_view v;

	(void)state;
	for (uint32_t k = 0; k < 10; k++)
		leave(d, k, k, "ctr-a");
	detect_atlas_view(d, &v);
	assert_int_equal(v.phase, DETECT_ALARM);
	assert_int_equal(v.level, DETECT_CRITICAL); /* half of all */
	for (uint32_t k = 0; k < 4; k++)
		assert_int_equal(back(d, k, 3600 + k), DETECT_SAME);
	assert_int_equal(leave(d, 3, 3700, "ctr-a"), DETECT_SAME); /* one is gone again */
	assert_int_equal(back(d, 15, 3750), DETECT_SAME);          /* this one never left */
	assert_int_equal(back(d, 3, 3800), DETECT_SAME);
	assert_int_equal(back(d, 4, 3900), DETECT_ENDED);
	detect_atlas_view(d, &v);
	assert_int_equal(wall_to_s(v.end), T0 + 3900);
	assert_int_equal(v.level, DETECT_NONE);
	assert_int_equal(v.peak, DETECT_CRITICAL);
	detect_atlas_free(d);
}

/* Overlapping polls repeat events, in any order of arrival within one probe. */
static void repeated(void **state)
{
	struct detect_atlas *d = with_probes(12, 0);
	struct detect_view v;

	(void)state;
	for (int again = 0; again < 50; again++)
		for (uint32_t k = 0; k < 2; k++)
			leave(d, k, 60 + k, "ctr-a");
	back(d, 0, 10); /* older than what is known */
	assert_int_equal(detect_atlas_event(d, 1000, true, WALL_NONE, NULL), DETECT_SAME);
	detect_atlas_view(d, &v);
	assert_int_equal(v.phase, DETECT_NORMAL);
	assert_true(v.value == 10);
	detect_atlas_free(d);
}

/* A probe that leaves all the time is expected to leave: twelve of those are no burst where twelve steady ones are. */
static void flappers(void **state)
{
	struct detect_atlas *d = with_probes(12, 0);
	unsigned began = 0;

	(void)state;
	for (int64_t t = 0; t < 14 * DAY; t += 1200)
		for (uint32_t k = 0; k < 12; k++) { /* one at a time, each every 20 minutes */
			began += leave(d, k, t + k * 95, "ctr-a") == DETECT_BEGAN;
			back(d, k, t + k * 95 + 30);
		}
	assert_int_equal(began, 0);
	for (uint32_t k = 0; k < 4; k++)
		began += leave(d, k, 14 * DAY + 1200 + k, "ctr-a") == DETECT_BEGAN;
	assert_int_equal(began, 0);
	detect_atlas_free(d);
}

static void restarting_controller(void **state)
{
	struct detect_atlas *d[4];
	struct detect_view v;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		d[i] = with_probes(12, 0);
		for (uint32_t k = 0; k < 6; k++)
			leave(d[i], k, k, i < 3 ? "ctr-a" : k % 2 ? "ctr-a" : "ctr-b");
	}
	assert_string_equal(detect_atlas_controller(d[0]), "ctr-a");
	assert_string_equal(detect_atlas_controller(d[3]), "");
	assert_int_equal(detect_atlas_void(d, 2), 0); /* two countries may be two outages */
	assert_int_equal(detect_atlas_void(d, 4), 3);
	detect_atlas_view(d[0], &v);
	assert_int_equal(v.phase, DETECT_NORMAL);
	assert_false(wall_is_set(v.start));
	detect_atlas_view(d[3], &v);
	assert_int_equal(v.phase, DETECT_ALARM);
	assert_int_equal(detect_atlas_void(d, 4), 0);
	for (size_t i = 0; i < 4; i++)
		detect_atlas_free(d[i]);
	detect_atlas_free(NULL);
}

/* More probes than there may be, events of strangers, years: nothing grows, nothing breaks. */
static void hostile(void **state)
{
	struct detect_atlas *d = detect_atlas_new();
	struct detect_view v;

	(void)state;
	detect_atlas_view(d, &v);
	assert_int_equal(v.phase, DETECT_UNKNOWN);
	assert_true(isnan(v.value));
	for (uint32_t i = 0; i < 2 * DETECT_ATLAS_PROBES_MAX; i++)
		detect_atlas_event(d, i * 7, i % 2, wall_from_s(T0 + i), "a name of a controller that is far too long");
	for (int64_t i = 0; i < 100000; i++)
		detect_atlas_event(d, 7, i % 2, (struct wall){(T0 + 20000) * INT64_C(1000) + i}, "ctr\x1b[2J");
	detect_atlas_event(d, 7, true, (struct wall){INT64_C(1) << 60}, NULL);
	detect_atlas_view(d, &v);
	assert_true(v.value <= DETECT_ATLAS_PROBES_MAX);
	detect_atlas_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_burst), cmocka_unit_test(half_are_back), cmocka_unit_test(repeated),
		cmocka_unit_test(flappers), cmocka_unit_test(restarting_controller), cmocka_unit_test(hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
