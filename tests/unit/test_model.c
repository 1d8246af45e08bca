/* links: core/model core/event core/event_life core/event_weigh core/event_log core/event_words core/series core/state base/when base/strbuf base/text base/mem base/err */
/* The model's lifetime and look-ups: what is new says "not known" everywhere, what is full says so, what is freed is
 * freed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/model.h"

static struct territory_spec spec_of(const char *code)
{
	struct territory_spec spec = {.kind = TERRITORY_COUNTRY};

	snprintf(spec.code, sizeof(spec.code), "%s", code);
	return spec;
}

static struct territory *add(struct model *m, const char *code, const char *name)
{
	struct territory_spec spec = spec_of(code);

	return model_add_territory(m, &spec, name);
}

static void test_new_territory_knows_nothing(void **state)
{
	struct model m;

	(void)state;
	model_init(&m);
	struct territory *t = add(&m, "KP", "North\033[31m Korea");
	assert_string_equal(t->name, "North[31m Korea");
	assert_int_equal(t->group, -1);
	assert_true(isnan(t->routing.loss_pct) && isnan(t->routing.baseline_v4) && isnan(t->routing.learned_h));
	assert_string_equal(t->routing.phase, "unknown");
	assert_true(isnan(t->verdict.loss_pct));
	assert_int_equal(t->verdict.kind, VERDICT_UNKNOWN);
	assert_false(wall_is_set(t->verdict.since) || wall_is_set(t->snapshot_time) || wall_is_set(m.started));
	assert_string_equal(add(&m, "AS64500", NULL)->name, "AS64500");
	model_release(&m);
}

static void test_find_or_add(void **state)
{
	struct model m;

	(void)state;
	model_init(&m);
	uint64_t version = m.version;
	struct territory *kp = add(&m, "KP", "North Korea");
	assert_true(m.version > version);
	version = m.version;
	assert_ptr_equal(add(&m, "KP", "again"), kp);
	assert_int_equal(m.version, version);
	assert_ptr_equal(model_territory(&m, "KP"), kp);
	assert_null(model_territory(&m, "IR"));
	struct signal *g = territory_signal(kp, "ioda", "bgp");
	assert_ptr_equal(territory_signal(kp, "ioda", "bgp"), g);
	assert_ptr_not_equal(territory_signal(kp, "ioda", "gtr"), g);
	assert_true(isnan(g->value) && isnan(g->baseline) && !wall_is_set(g->time));
	struct source_state *s = model_source(&m, "ioda");
	assert_ptr_equal(model_source(&m, "ioda"), s);
	assert_true(isnan(s->lag_s) && !wall_is_set(s->last_success) && !wall_is_set(s->down_since));
	model_release(&m);
}

static void test_full(void **state)
{
	char name[24];
	struct model m;

	(void)state;
	model_init(&m);
	for (int i = 0; i < TERRITORY_MAX; i++) {
		snprintf(name, sizeof(name), "AS%d", 64500 + i);
		assert_non_null(add(&m, name, NULL));
	}
	assert_null(add(&m, "KP", NULL));
	assert_non_null(add(&m, "AS64500", NULL)); /* known already */
	for (int i = 0; i < SIGNALS_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_non_null(territory_signal(m.territories[0], "ioda", name));
	}
	assert_null(territory_signal(m.territories[0], "ioda", "one more"));
	for (int i = 0; i < MODEL_SOURCES_MAX; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		assert_non_null(model_source(&m, name));
	}
	assert_null(model_source(&m, "one more"));
	model_release(&m);
}

/* The leak checker is the judge of this one. */
static void test_release_is_deep(void **state)
{
	struct now now = {.wall = wall_from_s(1419264900)};
	struct model m;

	(void)state;
	model_init(&m);
	struct territory *t = add(&m, "KP", NULL);
	t->networks = xcalloc(4, sizeof(*t->networks));
	t->operators = xcalloc(1, sizeof(*t->operators));
	series_init(&territory_signal(t, "ioda", "bgp")->series, 300000, 288);
	t->site_count = 1;
	series_init(&t->sites[0].series, 60000, 60);
	m.canary_count = 1;
	series_init(&m.canaries[0].series, 60000, 60);
	event_note(&m.book, "KP", now.wall, now, "a line");
	model_release(&m);
	assert_int_equal(m.territory_count, 0);
	model_release(&m); /* harmless twice */
}

static void test_operator_label(void **state)
{
	static const struct {
		const char *what;
		uint32_t asn;
		const char *name, *label;
	} cases[] = {
		{"no name yet", 131279, "", "AS131279"},
		{"handle and holder", 131279, "AS-STAR Star Joint Venture", "AS131279 Star Joint Venture"},
		{"handle, dash, holder", 131279, "STAR-KP - Ryugyong-dong, KP", "AS131279 Ryugyong-dong, KP"},
		{"a lone handle stays", 4837, "CHINA169-BACKBONE", "AS4837 CHINA169-BACKBONE"},
		{"capitals stay", 4134, "CHINANET-BACKBONE CHINA TELECOM", "AS4134 CHINANET-BACKBONE CHINA TELECOM"},
		{"a name that begins with an ordinary word stays", 3333, "Reseaux IP Europeens",
		 "AS3333 Reseaux IP Europeens"},
		{"ampersands are not handles", 7018, "AT&T Services", "AS7018 AT&T Services"},
	};
	char label[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct operator o = {.asn = cases[i].asn};
		snprintf(o.name, sizeof(o.name), "%s", cases[i].name);
		operator_label(&o, label, sizeof(label));
		if (strcmp(label, cases[i].label) != 0)
			fail_msg("%s: '%s'", cases[i].what, label);
	}
	struct operator o = {.asn = 131279, .name = "Star Joint Venture"};
	operator_label(&o, label, 12);
	assert_string_equal(label, "AS131279 St");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_territory_knows_nothing),
		cmocka_unit_test(test_find_or_add),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_release_is_deep),
		cmocka_unit_test(test_operator_label),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
