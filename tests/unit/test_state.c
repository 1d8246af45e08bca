/* links: core/state base/mem */
/* The words that screen, JSON, store and log share: all there, all different, spelled as the contract spells them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/state.h"

static const char *net(int i)
{
	return net_state_name((enum net_state)i);
}
static const char *verdict(int i)
{
	return verdict_name((enum verdict_kind)i);
}
static const char *event(int i)
{
	return event_state_name((enum event_state)i);
}
static const char *scope(int i)
{
	return event_scope_name((enum event_scope)i);
}
static const char *severity(int i)
{
	return severity_name((enum severity)i);
}
static const char *confidence(int i)
{
	return confidence_name((enum confidence)i);
}
static const char *feed(int i)
{
	return feed_state_name((enum feed_state)i);
}
static const char *line(int i)
{
	return own_line_name((enum own_line)i);
}

static void names_are_complete_and_different(void **state)
{
	static const struct {
		const char *what;
		const char *(*name)(int);
		int count;
	} tables[] = {
		{"network state", net, NET_STATE_COUNT},   {"verdict", verdict, VERDICT_KIND_COUNT},
		{"event state", event, EVENT_STATE_COUNT}, {"scope", scope, SCOPE_COUNT},
		{"severity", severity, SEVERITY_COUNT},    {"confidence", confidence, CONFIDENCE_COUNT},
		{"feed state", feed, FEED_STATE_COUNT},    {"own line", line, LINE_BLIND + 1},
	};

	(void)state;
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		for (int i = 0; i < tables[t].count; i++) {
			const char *name = tables[t].name(i);
			if (!name || !*name)
				fail_msg("%s %d has no name", tables[t].what, i);
			for (int j = 0; j < i; j++)
				if (strcmp(name, tables[t].name(j)) == 0)
					fail_msg("%s '%s' twice", tables[t].what, name);
		}
	}
	assert_string_equal(verdict_name(VERDICT_ONE_WAY), "one-way");
	assert_string_equal(verdict_name(VERDICT_V6_ONLY), "v6-only");
	assert_string_equal(verdict_name(VERDICT_V4_ONLY), "v4-only");
	assert_string_equal(severity_name(SEVERITY_NEAR_TOTAL), "near-total");
	assert_string_equal(event_scope_name(SCOPE_OPERATOR), "operator");
	assert_string_equal(own_line_name(LINE_BLIND), "blind");
}

static void severity_follows_loss(void **state)
{
	static const struct {
		double loss_pct;
		enum severity want;
	} cases[] = {
		{0, SEVERITY_MINOR},  {19.9, SEVERITY_MINOR}, {20, SEVERITY_PARTIAL},    {49.9, SEVERITY_PARTIAL},
		{50, SEVERITY_MAJOR}, {89.9, SEVERITY_MAJOR}, {90, SEVERITY_NEAR_TOTAL}, {98.9, SEVERITY_NEAR_TOTAL},
		{99, SEVERITY_TOTAL}, {100, SEVERITY_TOTAL},  {NAN, SEVERITY_MINOR},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (severity_from_loss(cases[i].loss_pct) != cases[i].want)
			fail_msg("%g", cases[i].loss_pct);
}

static void classes_have_letter_and_word(void **state)
{
	static const struct {
		unsigned bit;
		char letter;
		const char *word;
	} cases[CLASS_COUNT] = {
		{CLASS_R, 'R', "routing"}, {CLASS_P, 'P', "probing"},   {CLASS_T, 'T', "traffic"},
		{CLASS_H, 'H', "hosts"},   {CLASS_X, 'X', "statement"},
	};

	(void)state;
	for (size_t i = 0; i < CLASS_COUNT; i++) {
		assert_int_equal(class_letter(cases[i].bit), cases[i].letter);
		assert_string_equal(class_word(cases[i].bit), cases[i].word);
	}
}

static void event_states_by_name(void **state)
{
	enum event_state s = EVENT_SUSPECTED;

	(void)state;
	for (int i = 0; i < EVENT_STATE_COUNT; i++) {
		assert_true(event_state_from_name(event(i), &s));
		assert_int_equal(s, i);
		bool open = i == EVENT_CONFIRMED || i == EVENT_EASING || i == EVENT_UNVERIFIED;
		assert_int_equal(event_state_is_open((enum event_state)i), open);
	}
	assert_false(event_state_from_name("Confirmed", &s));
	assert_false(event_state_from_name("", &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_complete_and_different),
		cmocka_unit_test(severity_follows_loss),
		cmocka_unit_test(classes_have_letter_and_word),
		cmocka_unit_test(event_states_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
