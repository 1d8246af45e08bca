/* links: core/territory core/countries core/prefix base/text base/err base/mem */
/* What can be named on the command line and in files, and what is said to a name that is nearly right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/territory.h"

static void words_that_are_taken(void **state)
{
	static const struct {
		const char *word;
		enum territory_kind kind;
		const char *code;
	} cases[] = {
		{"KP", TERRITORY_COUNTRY, "KP"},
		{"kp", TERRITORY_COUNTRY, "KP"},
		{"Kp", TERRITORY_COUNTRY, "KP"},
		{"North Korea", TERRITORY_COUNTRY, "KP"},
		{"north korea", TERRITORY_COUNTRY, "KP"},
		{"north k", TERRITORY_COUNTRY, "KP"},
		{"iran", TERRITORY_COUNTRY, "IR"},
		{"niger", TERRITORY_COUNTRY, "NE"},
		{"nigeria", TERRITORY_COUNTRY, "NG"},
		{"guinea", TERRITORY_COUNTRY, "GN"},
		{"as", TERRITORY_COUNTRY, "AS"},
		{"uk", TERRITORY_COUNTRY, "GB"},
		{"DPRK", TERRITORY_COUNTRY, "KP"},
		{"kosovo", TERRITORY_COUNTRY, "XK"},
		{"AS131279", TERRITORY_AS, "AS131279"},
		{"as131279", TERRITORY_AS, "AS131279"},
		{"131279", TERRITORY_AS, "AS131279"},
		{"4294967295", TERRITORY_AS, "AS4294967295"},
		{"175.45.176.0/22", TERRITORY_PREFIX, "175.45.176.0/22"},
		{"175.45.176/22", TERRITORY_PREFIX, "175.45.176.0/22"},
		{"175.45.177.1/22", TERRITORY_PREFIX, "175.45.176.0/22"},
		{"175.45.176.91", TERRITORY_PREFIX, "175.45.176.91/32"},
		{"2001:DB8::/32", TERRITORY_PREFIX, "2001:db8::/32"},
		{"@gaza", TERRITORY_FILE, "@gaza"},
		{"@Gaza-strip_2.v1", TERRITORY_FILE, "@Gaza-strip_2.v1"},
		{"world", TERRITORY_WORLD, "world"},
		{"World", TERRITORY_WORLD, "world"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct territory_spec t, again;
		struct err e = {0};
		if (territory_parse(cases[i].word, &t, &e) != 0 || t.kind != cases[i].kind ||
		    strcmp(t.code, cases[i].code) != 0)
			fail_msg("%s: %s", cases[i].word, e.msg);
		/* a code names itself */
		assert_int_equal(territory_parse(t.code, &again, &e), 0);
		assert_string_equal(again.code, t.code);
		assert_int_equal(again.kind, t.kind);
	}
	struct territory_spec t;
	assert_int_equal(territory_parse("AS131279", &t, NULL), 0);
	assert_int_equal(t.asn, 131279);
	assert_int_equal(territory_parse("175.45.176.0/22", &t, NULL), 0);
	assert_int_equal(t.prefix.len, 22);
}

static void words_that_are_refused(void **state)
{
	static const struct {
		const char *word, *says;
	} cases[] = {
		{"KQ", "unknown territory 'KQ'; did you mean 'KP' (North Korea)?"},
		{"kq", "unknown territory 'kq'; did you mean 'KP' (North Korea)?"},
		{"noth korea", "unknown territory 'noth korea'; did you mean 'KP' (North Korea)?"},
		{"Irna", "did you mean 'IR' (Iran)?"},
		{"Afganistan", "did you mean 'AF' (Afghanistan)?"},
		{"south", "fits 4 countries, 'GS' (South Georgia) first"},
		{"", "unknown territory ''"},
		{"atlantis", "unknown territory 'atlantis'; write a country"},
		{"AS0", "unknown territory"},
		{"0", "unknown territory"},
		{"AS4294967296", "unknown territory"},
		{"AS12x", "unknown territory"},
		{"0.0.0.0/0", "unknown territory"},
		{"10.0.0.0/33", "unknown territory"},
		{"010.1.1.0/24", "unknown territory"},
		{"@", "bad territory file name"},
		{"@../etc/passwd", "bad territory file name"},
		{"@a/b", "bad territory file name"},
		{"@.hidden", "bad territory file name"},
		{"@a b", "bad territory file name"},
		{"\x1b[2J", "unknown territory '[2J'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct territory_spec t;
		struct err e = {0};
		if (territory_parse(cases[i].word, &t, &e) != ERR_USAGE || !strstr(e.msg, cases[i].says))
			fail_msg("'%s': %s", cases[i].word, e.msg);
	}
	char big[3000];
	struct territory_spec t;
	memset(big, '1', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(territory_parse(big, &t, NULL), ERR_USAGE);
	big[0] = '@';
	assert_int_equal(territory_parse(big, &t, NULL), ERR_USAGE);
}

static void files(void **state)
{
	static const struct {
		const char *what, *text;
		int rc;
		size_t count;
		const char *says;
	} cases[] = {
		{"members of all kinds", "# Gaza\nAS12975\n  185.150.0.0/22  # west\r\n\nPS", 0, 3, ""},
		{"empty", "", 0, 0, ""},
		{"comments only", "# a\n#b", 0, 0, ""},
		{"unknown member", "KP\n\nKQ\n", ERR_USAGE, 0, "gaza:3: unknown territory 'KQ'"},
		{"file in a file", "@other", ERR_USAGE, 0, "gaza:1: '@other' cannot be inside"},
		{"world in a file", "world", ERR_USAGE, 0, "cannot be inside"},
		{"too many", "KP\nIR\nSY\nCU\nVE\n", ERR_USAGE, 0, "gaza:5: more than 4 territories"},
	};
	char long_line[400];
	struct territory_spec out[4];
	size_t count;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		e.msg[0] = '\0';
		count = 0;
		int rc = territory_parse_file("gaza", cases[i].text, strlen(cases[i].text), out, 4, &count, &e);
		if (rc != cases[i].rc || count != cases[i].count || !strstr(e.msg, cases[i].says))
			fail_msg("%s: %d %zu '%s'", cases[i].what, rc, count, e.msg);
	}
	memset(long_line, 'x', sizeof(long_line));
	assert_int_equal(territory_parse_file("gaza", long_line, sizeof(long_line), out, 4, &count, &e), ERR_USAGE);
	assert_int_equal(territory_parse_file("gaza", "K\0P", 3, out, 4, &count, &e), ERR_USAGE);
}

static void the_table_of_countries(void **state)
{
	static const char *const regions[] = {"Africa", "Americas", "Antarctica", "Asia", "Europe", "Oceania"};

	(void)state;
	assert_int_equal(country_count, 250); /* ISO 3166-1 has 249; and Kosovo */
	for (size_t i = 0; i < country_count; i++) {
		const struct country *c = &countries[i];
		bool known = false;
		assert_true(isupper((unsigned char)c->code[0]) && isupper((unsigned char)c->code[1]) &&
			    c->code[2] == '\0');
		if (i > 0)
			assert_true(strcmp(countries[i - 1].code, c->code) < 0);
		assert_ptr_equal(country_find(c->code), c);
		for (size_t r = 0; r < ARRAY_LEN(regions); r++)
			known |= strcmp(regions[r], c->region) == 0;
		if (!known)
			fail_msg("%s is in '%s'", c->code, c->region);
		/* every name finds its country, so no name is another's beginning only */
		struct territory_spec t;
		struct err e;
		if (territory_parse(c->name, &t, &e) != 0 || strcmp(t.code, c->code) != 0)
			fail_msg("%s: %s", c->name, e.msg);
		for (const char *p = c->name; *p; p++)
			assert_true(*p >= ' ' && *p <= '~');
	}
	assert_string_equal(country_find("kr")->name, "South Korea");
	assert_null(country_find(NULL));
	assert_null(country_find(""));
	assert_null(country_find("K"));
	assert_null(country_find("KPX"));
	assert_null(country_find("ZZ"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_taken),
		cmocka_unit_test(words_that_are_refused),
		cmocka_unit_test(files),
		cmocka_unit_test(the_table_of_countries),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
