/* links: source/[a-z]* core/stats core/fact core/prefix core/state base/[a-z]* */
/* The table of sources, walked: whoever adds a row finds here what a row must have. The sizes are those of the
 * model's and the config's fields, so that no name is ever cut on its way to the screen. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/config.h"
#include "core/model.h"
#include "core/state.h"
#include "source/source.h"

#define ALL_CLASSES (CLASS_R | CLASS_P | CLASS_T | CLASS_H | CLASS_X)

static bool is_word(const char *s)
{
	return s && *s && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(s);
}

/* One line, not empty, of at most `max` bytes. */
static void check_line(const char *who, const char *what, const char *s, size_t max)
{
	if (!s || !*s || strlen(s) > max || strpbrk(s, "\n\t"))
		fail_msg("%s: %s is '%s' (want one line of at most %zu bytes)", who, what, s ? s : "(none)", max);
}

static void check_range(const char *who, const char *what, size_t v, size_t min, size_t max)
{
	if (v < min || v > max)
		fail_msg("%s: %s is %zu, not in %zu..%zu", who, what, v, min, max);
}

static void test_order_and_find(void **state)
{
	static const char *const want[] = {"ripestat", "rislive", "ioda", "atlas", "probe", "radar", "tor"};

	(void)state;
	assert_true(source_count >= ARRAY_LEN(want) && source_count <= CONFIG_SOURCES_MAX);
	assert_true(source_count <= MODEL_SOURCES_MAX);
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_string_equal(source_table[i]->name, want[i]);
	for (size_t i = 0; i < source_count; i++) /* also: names are unique */
		assert_int_equal(source_find(source_table[i]->name), (int)i);
	assert_int_equal(source_find("riswhoiss"), -1);
	assert_int_equal(source_find(""), -1);
}

static void test_sources(void **state)
{
	(void)state;
	for (size_t i = 0; i < source_count; i++) {
		const struct source_ops *s = source_table[i];
		const struct source_state *m = NULL;
		if (!is_word(s->name))
			fail_msg("source %zu: name '%s' is not a plain word", i, s->name ? s->name : "(none)");
		check_line(s->name, "name", s->name, sizeof(m->name) - 1);
		check_line(s->name, "title", s->title, sizeof(m->title) - 1);
		check_line(s->name, "about", s->about, 110);
		check_line(s->name, "attribution", s->attribution, sizeof(m->attribution) - 1);
		assert_non_null(s->url);
		assert_true(strlen(s->url) < sizeof(m->url));
		if (*s->url && (strncmp(s->url, "https://", 8) || s->url[strlen(s->url) - 1] == '/'))
			fail_msg("%s: url '%s' is not https, or ends with a slash", s->name, s->url);
		assert_true((s->classes & ~(unsigned)ALL_CLASSES) == 0);
		check_range(s->name, "parallel", s->parallel, 1, 64);
		check_range(s->name, "gap_ms", s->gap_ms, 0, 10000);
		assert_non_null(s->calls);
		assert_non_null(s->calls->name);
		/* a stream is read by all four or by none */
		assert_true(!s->feed == !s->reader_new && !s->feed == !s->reader_free && !s->feed == !s->subscribe);
	}
}

static void check_call(const struct source_ops *s, const struct source_call *c)
{
	const struct signal *m = NULL;
	bool stream = c->scope == SCOPE_CALL_STREAM;
	char who[64];

	snprintf(who, sizeof(who), "%s %s", s->name, c->name);
	if (!is_word(c->name))
		fail_msg("%s: the name is not a plain word", who);
	check_line(who, "name", c->name, sizeof(m->name) - 1);
	check_line(who, "help", c->help, 110);
	check_range(who, "scope", c->scope, SCOPE_CALL_GLOBAL, SCOPE_CALL_ASKED);
	if (c->period_s || !(stream || c->scope == SCOPE_CALL_NET || c->scope == SCOPE_CALL_ASKED || c->scope == SCOPE_CALL_GAP))
		check_range(who, "period_s", c->period_s, 10, 31 * 86400);
	check_range(who, "retry_s", c->retry_s, 1, 3600);
	check_range(who, "timeout_s", c->timeout_s, 1, 300);
	check_range(who, "body_max", c->body_max, 1024, 16 << 20);
	check_range(who, "urgency", c->urgency, 0, 9);
	check_range(who, "data_delay_s", c->data_delay_s, 0, 7 * 86400);
	if (c->period_s && c->retry_s > c->period_s)
		fail_msg("%s: the first retry comes after the next call", who);
	if (stream && !s->feed)
		fail_msg("%s: a stream without a reader", who);
	if (!stream && c->scope != SCOPE_CALL_TARGET && (!c->request || !c->parse))
		fail_msg("%s: request or parse missing", who);
}

static void test_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < source_count; i++)
		for (const struct source_call *c = source_table[i]->calls; c->name; c++) {
			check_call(source_table[i], c);
			for (const struct source_call *d = source_table[i]->calls; d != c; d++)
				assert_string_not_equal(c->name, d->name);
		}
}

/* What the pictures live without: their failure must not grey out a source that is needed for routing. */
static void test_optional(void **state)
{
	static const struct { const char *source, *call; bool optional; } want[] = {
		{"ripestat", "looking-glass", false},   {"ripestat", "country-resource-list", false},
		{"ripestat", "country-asns", false},    {"ripestat", "ris-peers", false},
		{"ripestat", "announced-prefixes", false}, {"ripestat", "country-resource-stats", true},
		{"ripestat", "asn-neighbours", true},   {"ripestat", "network-info", true},
		{"ripestat", "rir-stats-country", true}, {"ripestat", "as-overview", true},
		{"ioda", "bgp", false},                 {"ioda", "ping-slash24", false},
		{"ioda", "merit-nt", true},             {"ioda", "gtr", true},
		{"ioda", "outages", true},
		{"atlas", "probes", false},             {"atlas", "connected", false},
		{"atlas", "disconnected", true},        {"radar", "netflows", false},
		{"radar", "dns", true},                 {"radar", "attacks-l3", true},
		{"radar", "outages", true},             {"radar", "anomalies", true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		int at = source_find(want[i].source);
		assert_true(at >= 0);
		const struct source_call *c = source_table[at]->calls;
		while (c->name && strcmp(c->name, want[i].call))
			c++;
		if (!c->name || c->optional != want[i].optional)
			fail_msg("%s %s: not there, or optional is wrong", want[i].source, want[i].call);
	}
}

/* An empty body is an error of every call that asks somebody, and the error says whose. */
static void test_empty_body(void **state)
{
	(void)state;
	for (size_t i = 0; i < source_count; i++) {
		const struct source_ops *s = source_table[i];
		for (const struct source_call *c = s->calls; c->name; c++) {
			struct query q = {.call = c, .subject = "KP", .since = WALL_NONE, .base = s->url};
			struct batch b;
			struct err e = {0};
			if (c->scope == SCOPE_CALL_STREAM || c->scope == SCOPE_CALL_TARGET)
				continue;
			q.now = wall_from_s(1795348800);
			batch_init(&b, 4096);
			assert_true(c->parse("", 0, &q, &b, &e) < 0);
			if (strncmp(e.msg, s->name, strlen(s->name)) || !strstr(e.msg, c->name))
				fail_msg("%s %s: error says '%s'", s->name, c->name, e.msg);
			batch_release(&b);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_find),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_empty_body),
	};
	return cmocka_run_group_tests_name("source/table", tests, NULL, NULL);
}
