/* links: core/[a-z]* base/[a-z]* */
/* What if an upstream is gone: which networks go dark, in figures, in words and in `status`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/mem.h"
#include "core/what_if.h"

/* Four networks, a /23 and three /24s, of AS131279; carriers as given. */
static struct territory *kp(struct model *m, const uint32_t carriers[4][2])
{
	static const char *const prefixes[] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "210.52.108.0/23"};
	struct territory_spec spec = {.kind = TERRITORY_COUNTRY, .code = "KP"};
	struct territory *t = model_add_territory(m, &spec, "North Korea");

	t->networks = xcalloc(4, sizeof(*t->networks));
	t->network_count = 4;
	for (size_t i = 0; i < 4; i++) {
		struct network *n = &t->networks[i];
		assert_true(prefix_parse(prefixes[i], strlen(prefixes[i]), &n->v.prefix));
		n->v.origin = 131279;
		n->v.state = NET_UP;
		n->v.since = WALL_NONE;
		n->own_space = prefix_space(&n->v.prefix);
		while (n->paths.carrier_count < 2 && carriers[i][n->paths.carrier_count]) {
			n->paths.carriers[n->paths.carrier_count] = carriers[i][n->paths.carrier_count];
			n->paths.carrier_count++;
		}
		n->paths.votes = carriers[i][0] == 1 ? 0 : 40; /* 1 stands for: not known */
	}
	return t;
}

static void test_fates(void **state)
{
	static const struct {
		const char *what;
		uint32_t carriers[4][2], asn;
		size_t dark, unknown;
		double share;
		const char *text;
	} cases[] = {
		{"all behind one", {{4837}, {4837}, {4837}, {4837}}, 4837, 4, 0, 100,
		 "What if AS4837 is gone: 4 of 4 networks dark (paths seen now)"},
		{"three of four, by space", {{4837}, {4837}, {4837}, {0}}, 4837, 3, 0, 60,
		 "What if AS4837 is gone: 3 of 4 networks dark (paths seen now)"},
		{"one further away", {{10, 3356}, {20, 3356}, {10}, {0}}, 3356, 2, 0, 40,
		 "What if AS3356 is gone: 2 of 4 networks dark (paths seen now)"},
		{"the origin itself", {{4837}, {0}, {0}, {0}}, 131279, 4, 0, 100,
		 "What if AS131279 is gone: 4 of 4 networks dark (paths seen now)"},
		{"nothing hangs on it", {{4837}, {4837}, {4837}, {4837}}, 20485, 0, 0, 0,
		 "What if AS20485 is gone: 0 of 4 networks dark (paths seen now)"},
		{"what is not known is said", {{4837}, {4837}, {1}, {1}}, 4837, 2, 2, 100,
		 "What if AS4837 is gone: 2 of 4 networks dark, 2 not known (paths seen now)"},
		{"nothing known", {{1}, {1}, {1}, {1}}, 4837, 0, 4, NAN, "What if AS4837 is gone: not known, no paths were seen"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model m;
		struct what_if w;
		char text[WHAT_IF_TEXT_MAX];
		model_init(&m);
		what_if(kp(&m, cases[i].carriers), cases[i].asn, &w);
		if (w.dark != cases[i].dark || w.unknown != cases[i].unknown || w.networks != 4)
			fail_msg("%s: %zu dark, %zu unknown", cases[i].what, w.dark, w.unknown);
		if (isnan(cases[i].share) ? !isnan(w.share_pct[0]) : fabs(w.share_pct[0] - cases[i].share) > 1e-9)
			fail_msg("%s: %g%%", cases[i].what, w.share_pct[0]);
		assert_true(isnan(w.share_pct[1])); /* there is no IPv6 */
		assert_string_equal(what_if_text(&w, text), cases[i].text);
		model_release(&m);
	}
}

/* Of a network that is down the paths from before are meant, and that is said. */
static void test_before_the_loss(void **state)
{
	static const uint32_t carriers[4][2] = {{4837}, {4837}, {4837}, {4837}};
	struct model m;
	struct what_if w;
	char text[WHAT_IF_TEXT_MAX];

	(void)state;
	model_init(&m);
	struct territory *t = kp(&m, carriers);
	t->networks[2].v.state = NET_DOWN;
	what_if(t, 4837, &w);
	assert_string_equal(what_if_text(&w, text), "What if AS4837 is gone: 4 of 4 networks dark (last paths seen)");
	model_release(&m);
}

/* Only the AS before the origin is known: enough for yes, not for no. */
static void test_upstream_only(void **state)
{
	struct network n = {.upstreams = {4837}};

	(void)state;
	assert_int_equal(what_if_network(&n, 4837), WHAT_IF_DARK);
	assert_int_equal(what_if_network(&n, 3356), WHAT_IF_UNKNOWN);
	n.upstreams[1] = 20485;
	assert_int_equal(what_if_network(&n, 4837), WHAT_IF_UNKNOWN);
}

static void test_status(void **state)
{
	static const uint32_t carriers[4][2] = {{4837}, {4837}, {4837}, {0}};
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	kp(&m, carriers);
	strbuf_init(&out, 1 << 16);
	status_json(&m, &out);
	assert_null(strstr(out.text, "what_if")); /* only when asked */
	m.what_if_asn = 4837;
	strbuf_clear(&out);
	status_json(&m, &out);
	cJSON *root = cJSON_Parse(out.text);
	assert_non_null(root);
	const cJSON *t = cJSON_GetArrayItem(cJSON_GetObjectItem(root, "territories"), 0), *w = cJSON_GetObjectItem(t, "what_if");
	assert_int_equal(cJSON_GetObjectItem(w, "asn")->valueint, 4837);
	assert_int_equal(cJSON_GetObjectItem(w, "dark")->valueint, 3);
	assert_float_equal(cJSON_GetObjectItem(w, "share_v4_pct")->valuedouble, 60, 1e-9);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(w, "share_v6_pct")));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(w, "prefixes")), 3);
	cJSON_Delete(root);
	strbuf_clear(&out);
	status_text(&m, &out, 100);
	assert_non_null(strstr(out.text, "What if AS4837 is gone: 3 of 4 networks dark (paths seen now): 60% of the IPv4 space"));
	assert_non_null(strstr(out.text, "    175.45.178.0/24\n"));
	assert_null(strstr(out.text, "210.52.108.0/23"));
	strbuf_release(&out);
	model_release(&m);
}

static void test_dependence_words(void **state)
{
	static const struct {
		struct dependence v4, v6;
		const char *want;
	} cases[] = {
		{{4, 4, 1, 1, 1, 1}, {0}, "1 frontier AS (severe risk), effective providers 1.0, largest 100%"},
		{{40, 40, 12, 0.25, 4, 0.4}, {0}, "12 frontier ASes (low risk), effective providers 4.0, largest 40%"},
		{{5030, 60, 3, 0.5, 2, 0.5}, {0},
		 "at least 3 frontier ASes, effective providers 2.0, largest 50%, by the paths of 60 of 5030 networks"},
		{{2, 0, 0, 0, 0, 0}, {2, 2, 2, 1, 1, 1}, "IPv6: 2 frontier ASes (severe risk), effective providers 1.0, largest 100%"},
		{{4, 4, 0, 1, 1, 1}, {0}, "no domestic frontier AS, effective providers 1.0, largest 100%"},
		{{4, 0, 0, 0, 0, 0}, {0}, ""},
		{{4, 4, 0, NAN, NAN, NAN}, {0}, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct territory t = {.dependence = {cases[i].v4, cases[i].v6}};
		char text[DEPENDENCE_TEXT_MAX];
		assert_string_equal(dependence_text(&t, text), cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fates),  cmocka_unit_test(test_before_the_loss),  cmocka_unit_test(test_upstream_only),
		cmocka_unit_test(test_status), cmocka_unit_test(test_dependence_words),
	};
	return cmocka_run_group_tests_name("core/what_if", tests, NULL, NULL);
}
