/* links: core/config core/config_options core/inifile core/territory core/countries core/prefix core/theme core/glyph base/strbuf base/text base/when base/err base/mem */
/* The configuration: defaults, every kind of value, errors that name their place, and the printed file read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/config.h"
#include "core/config_options.h"

static const struct config_source_default sources[] = {
	{"ripestat", "https://stat.ripe.net", true},
	{"ioda", "https://api.ioda.inetintel.cc.gatech.edu", true},
	{"probe", NULL, true},
	{"mrt", "https://data.ris.ripe.net", false},
	{"radar", "https://api.cloudflare.com", false},
};

/* Too big for the stack of a sanitized build to like. */
static struct config c, before;

static int parse(const char *text, struct err *e)
{
	return config_parse(&c, "landline.conf", text, strlen(text), e);
}

static void must_parse(const char *text)
{
	struct err e;

	if (parse(text, &e) != 0)
		fail_msg("%s", e.msg);
}

static int fresh(void **state)
{
	(void)state;
	config_init(&c, sources, ARRAY_LEN(sources));
	return 0;
}

static void defaults(void **state)
{
	(void)state;
	assert_string_equal(c.path, "");
	assert_int_equal(c.watch_count, 0);
	assert_int_equal(c.source_count, ARRAY_LEN(sources));
	assert_string_equal(c.sources[0].url, "https://stat.ripe.net");
	assert_true(c.sources[0].enabled);
	assert_int_equal(c.sources[0].period_s, 0);
	assert_string_equal(config_source_find(&c, "probe")->url, "");
	assert_false(config_source_find(&c, "radar")->enabled);
	assert_null(config_source_find(&c, "nothing"));
	assert_string_equal(c.theme, "default");
	assert_true(c.charset_auto && c.color_auto && c.mouse && c.sync_output);
	assert_false(c.title || c.bell);
	assert_int_equal(c.history_h, 24);
	assert_int_equal(c.keep_days, 90);
	assert_string_equal(c.user_agent, "landline/0.1 (+https://github.com/landline/landline)");
	assert_string_equal(c.store_url, "");
	assert_int_equal(c.canary_count, 4);
	assert_string_equal(c.canaries[0].url, "dns://193.0.14.129/.");
	assert_string_equal(c.canaries[0].territory, "");
	assert_int_equal(c.site_count, 5);
	assert_string_equal(c.sites[0].territory, "KP");
	assert_string_equal(c.sites[4].url, "dns://ns2.kptc.kp/kp");
}

static void values(void **state)
{
	(void)state;
	must_parse("\xef\xbb\xbf# a comment\r\n; another\n\n"
		   "[watch]\r\n"
		   "territories = kp, IR\t@gaza as131279 175.45.176/22\r\n"
		   "territories = world\n"
		   "[ source.ioda ]\n"
		   "enabled=off\n"
		   "  url = http://127.0.0.1:8080/base//\n"
		   "period = 5m\n"
		   "[source.radar]\n"
		   "enabled = yes\n"
		   "token_file = /etc/landline/radar token\n"
		   "token_env = RADAR_TOKEN\n"
		   "[ui]\n"
		   "theme = /home/kim/my.theme\n"
		   "charset = ascii\n"
		   "color = truecolor\n"
		   "mouse = false\n"
		   "title = 1\n"
		   "bell = on\n"
		   "history = 2d\n"
		   "[store]\n"
		   "url = postgresql://db/landline?sslmode=require#x\n"
		   "keep = 2w\n"
		   "[net]\n"
		   "user_agent = acme-noc (+https://acme.example/noc)\n"
		   "ca_file =\n"
		   "[alert.pager]\n"
		   "when = KP confirmed\n"
		   "anything = at all\n");
	static const char *const watch[] = {"KP", "IR", "@gaza", "AS131279", "175.45.176.0/22", "world"};
	assert_int_equal(c.watch_count, ARRAY_LEN(watch));
	for (size_t i = 0; i < ARRAY_LEN(watch); i++)
		assert_string_equal(c.watch[i], watch[i]);
	const struct config_source *ioda = config_source_find(&c, "ioda"), *radar = config_source_find(&c, "radar");
	assert_false(ioda->enabled);
	assert_string_equal(ioda->url, "http://127.0.0.1:8080/base");
	assert_int_equal(ioda->period_s, 300);
	assert_true(radar->enabled);
	assert_string_equal(radar->token_file, "/etc/landline/radar token");
	assert_string_equal(radar->token_env, "RADAR_TOKEN");
	assert_string_equal(c.theme, "/home/kim/my.theme");
	assert_int_equal(c.charset, CHARSET_ASCII);
	assert_int_equal(c.color, LEVEL_TRUE);
	assert_false(c.charset_auto || c.color_auto || c.mouse);
	assert_true(c.title && c.bell);
	assert_int_equal(c.history_h, 48);
	assert_string_equal(c.store_url, "postgresql://db/landline?sslmode=require#x");
	assert_int_equal(c.keep_days, 14);
	assert_string_equal(c.user_agent, "acme-noc (+https://acme.example/noc)");
	/* what was not named is as before */
	assert_true(c.sync_output);
	assert_true(c.sources[0].enabled);
}

static void lists_replace_what_they_name(void **state)
{
	(void)state;
	must_parse("[watch]\nterritories = KP IR\n[sites]\nIR = https://irna.ir\niran = tcp://10.0.0.1:443\n");
	assert_int_equal(c.site_count, 7);
	assert_string_equal(c.sites[5].territory, "IR");
	assert_string_equal(c.sites[6].url, "tcp://10.0.0.1:443");
	/* a second file: KP's sites anew, IR's untouched */
	must_parse("[watch]\nterritories = SY\n[sites]\nKP = http://naenara.com.kp\n[canaries]\nurls = "
		   "https://example.net\n");
	assert_int_equal(c.watch_count, 1);
	assert_string_equal(c.watch[0], "SY");
	assert_int_equal(c.site_count, 3);
	assert_string_equal(c.sites[0].territory, "IR");
	assert_string_equal(c.sites[2].url, "http://naenara.com.kp");
	assert_int_equal(c.canary_count, 1);
	must_parse("[sites]\nKP =\nIR =\n[canaries]\nurls =\n[watch]\nterritories =\n");
	assert_int_equal(c.site_count, 0);
	assert_int_equal(c.canary_count, 0);
	assert_int_equal(c.watch_count, 0);
}

static void errors_name_the_place_and_change_nothing(void **state)
{
	static const struct {
		const char *what, *text, *says;
	} cases[] = {
		{"unknown key", "[net]\n\n\n[source.ioda]\n\n\nperod = 5m\n",
		 "landline.conf:7: unknown key 'perod' in [source.ioda]; did you mean 'period'?"},
		{"unknown section", "[ui]\n[stroe]\n",
		 "landline.conf:2: unknown section 'stroe'; did you mean 'store'?"},
		{"unknown source", "[source.iodda]\n", "unknown section 'source.iodda'; did you mean 'source.ioda'?"},
		{"no source like it", "[source.]\n", "unknown section 'source.'; there is: watch, ui"},
		{"an alert needs a name", "[alert.]\n", "unknown section 'alert.'"},
		{"a token is not a key", "[source.radar]\ntoken = s3cret\n",
		 "unknown key 'token' in [source.radar]; there is: enabled, url"},
		{"before a section", "theme = dark\n",
		 "landline.conf:1: key 'theme' stands before the first [section]"},
		{"bool", "[ui]\nmouse = maybe\n", "landline.conf:2: 'mouse' in [ui] must be yes or no, not 'maybe'"},
		{"period too short", "[source.ioda]\nperiod = 1s\n",
		 "'period' in [source.ioda] must be 10s to 604800s or auto, not '1s'"},
		{"period without unit", "[source.ioda]\nperiod = 300\n", "not '300'"},
		{"history in half hours", "[ui]\nhistory = 90m\n", "'history' in [ui] must be 1h to 168h, not '90m'"},
		{"history auto", "[ui]\nhistory = auto\n", "not 'auto'"},
		{"keep too long", "[store]\nkeep = 36501d\n", "must be 1d to 36500d"},
		{"keep nothing", "[store]\nkeep = 0d\n", "must be 1d to 36500d"},
		{"charset", "[ui]\ncharset = utf8\n", "'charset' must be auto, braille, block or ascii, not 'utf8'"},
		{"color", "[ui]\ncolor = 8\n", "'color' must be auto, truecolor"},
		{"scheme", "[source.ioda]\nurl = ftp://x\n",
		 "'url' in [source.ioda] must be http://HOST or https://HOST"},
		{"no scheme", "[source.ioda]\nurl = api.example.net\n", "must be http://HOST"},
		{"no host", "[source.ioda]\nurl = https://\n", "must be http://HOST"},
		{"query in a base", "[source.ioda]\nurl = https://x/?a=b\n", "must be http://HOST"},
		{"blank in a base", "[source.ioda]\nurl = https://x y\n", "must be http://HOST"},
		{"empty base", "[source.ioda]\nurl =\n", "must be http://HOST"},
		{"watch", "[watch]\nterritories = KP KQ\n",
		 "landline.conf:2: unknown territory 'KQ'; did you mean 'KP' (North Korea)?"},
		{"watch key", "[watch]\nterritory = KP\n", "unknown key 'territory' in [watch]; there is: territories"},
		{"site's territory", "[sites]\nKQ = http://x\n", "landline.conf:2: unknown territory 'KQ'"},
		{"site's scheme", "[sites]\nKP = gopher://x\n", "bad target 'gopher://x'"},
		{"site without host", "[sites]\nKP = http:///x\n", "bad target 'http:///x'"},
		{"tcp without port", "[sites]\nKP = tcp://10.0.0.1\n", "bad target"},
		{"tcp port 0", "[sites]\nKP = tcp://10.0.0.1:0\n", "bad target"},
		{"tcp port 65536", "[sites]\nKP = tcp://10.0.0.1:65536\n", "bad target"},
		{"dns without zone", "[sites]\nKP = dns://10.0.0.1\n", "bad target"},
		{"dns with an empty zone", "[sites]\nKP = dns://10.0.0.1/\n", "bad target"},
		{"canary key", "[canaries]\nurl = http://x\n", "unknown key 'url' in [canaries]; did you mean 'urls'?"},
		{"nine canaries",
		 "[canaries]\nurls = http://1 http://2 http://3 http://4 http://5 http://6 http://7 http://8 "
		 "http://9\n",
		 "more than 8 targets"},
		{"no equals sign", "[ui]\nmouse\n", "landline.conf:2: expected 'key = value' or '[section]'"},
		{"no key", "[ui]\n= x\n", "expected 'key = value'"},
		{"open section", "[ui\n", "a section needs a ']'"},
		{"empty section", "[]\n", "a section's name has 1 to"},
		{"control character", "[net]\nuser_agent = a\x1b[2J\n", "landline.conf:2: control character"},
		{"carriage return in a value", "[net]\nuser_agent = a\rX-Evil: 1\n",
		 "landline.conf:2: control character"},
		{"base that is not ASCII", "[source.ioda]\nurl = https://\xc3\xa9.example\n", "must be http://HOST"},
		{"target that is not ASCII", "[sites]\nKP = http://\xff\n", "bad target"},
		{"an error after good lines",
		 "[ui]\nmouse = no\n[watch]\nterritories = IR\n[sites]\nIR = http://x\n[net]\nx = y\n",
		 "unknown key 'x'"},
	};

	(void)state;
	memcpy(&before, &c, sizeof(c));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		if (parse(cases[i].text, &e) != ERR_USAGE || !strstr(e.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].what, e.msg);
		assert_memory_equal(&before, &c, sizeof(c));
	}
	struct err e;
	assert_int_equal(config_parse(&c, "landline.conf", "[net]\nuser_agent = a\0b\n", 22, &e), ERR_USAGE);
	assert_memory_equal(&before, &c, sizeof(c));
}

static void long_input_is_refused(void **state)
{
	static char text[INIFILE_MAX + 2];
	static const struct {
		const char *what, *start;
		size_t len;
		const char *says;
	} cases[] = {
		{"a line", "[ui]\ntheme = ", 5000, "landline.conf:2: line longer than"},
		{"a value", "[ui]\ntheme = ", 300, "landline.conf:2: 'theme' in [ui] is longer than 63 bytes"},
		{"a base", "[source.ioda]\nurl = https://", 400, "'url' in [source.ioda] is longer than 255 bytes"},
		{"a target", "[sites]\nKP = http://", 400, "bad target"},
		{"a territory", "[watch]\nterritories = ", 400, "is too long"},
		{"a section", "[", 100, "a section needs a ']'"},
		{"a file", "", sizeof(text) - 1, "longer than 262144 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		size_t start = strlen(cases[i].start);
		memset(text, 'x', sizeof(text));
		memcpy(text, cases[i].start, start);
		int rc = config_parse(&c, "landline.conf", text, cases[i].len, &e);
		if (rc != ERR_USAGE || !strstr(e.msg, cases[i].says))
			fail_msg("%s: %s", cases[i].what, e.msg);
	}
	/* 32 territories are watched, 33 are not */
	for (size_t n = CONFIG_WATCH_MAX; n <= CONFIG_WATCH_MAX + 1; n++) {
		struct strbuf b;
		strbuf_init(&b, 4000);
		strbuf_adds(&b, "[watch]\nterritories =");
		for (size_t i = 0; i < n; i++)
			strbuf_addf(&b, " AS%zu", i + 1);
		assert_int_equal(config_parse(&c, "landline.conf", b.text, b.len, NULL) == 0, n == CONFIG_WATCH_MAX);
		strbuf_release(&b);
	}
}

/* Compares through the printed form: every option there is, by the table. */
static void expect_same_text(const char *what, const struct config *a, const struct config *b)
{
	struct strbuf ta, tb;

	strbuf_init(&ta, 65536);
	strbuf_init(&tb, 65536);
	config_print_template(a, &ta);
	config_print_template(b, &tb);
	assert_false(ta.cut);
	if (strcmp(ta.text, tb.text) != 0)
		fail_msg("%s:\n%s\n-----\n%s", what, ta.text, tb.text);
	strbuf_release(&ta);
	strbuf_release(&tb);
}

static void the_printed_file_gives_its_values_back(void **state)
{
	static struct config other;
	struct strbuf text;
	struct err e;

	(void)state;
	strbuf_init(&text, 65536);
	config_print_template(&c, &text);
	for (size_t i = 0; i < option_count; i++)
		assert_non_null(strstr(text.text, option_table[i].help));
	/* over the defaults nothing changes, byte for byte */
	memcpy(&before, &c, sizeof(c));
	assert_int_equal(config_parse(&c, "printed", text.text, text.len, &e), 0);
	assert_memory_equal(&before, &c, sizeof(c));
	/* over other values everything comes back */
	config_init(&other, sources, ARRAY_LEN(sources));
	const char *changed =
		"[ui]\ntheme=x\ncharset=ascii\ncolor=16\nmouse=no\ntitle=yes\nsync_output=no\nbell=yes\nhistory=3h\n"
		"[store]\nurl=/x\nkeep=1d\n[net]\nuser_agent=x\nca_file=/x\n[watch]\nterritories=KP\n"
		"[source.ioda]\nenabled=no\nurl=http://x\nperiod=1h\ntoken_file=/"
		"x\ntoken_env=X\n[canaries]\nurls=http://x\n"
		"[sites]\nKP=http://x\n";
	assert_int_equal(config_parse(&other, "changed", changed, strlen(changed), &e), 0);
	assert_int_equal(config_parse(&other, "printed", text.text, text.len, &e), 0);
	expect_same_text("printed over changed", &c, &other);
	assert_string_equal(other.theme, "default");
	strbuf_release(&text);
}

static void the_table_of_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		const struct option *o = &option_table[i];
		assert_non_null(o->section);
		assert_true(o->key[0] && o->help[0]);
		if (o->type == OPTION_SPAN)
			assert_true(o->min <= o->max && o->unit);
		for (size_t j = 0; j < i; j++)
			if (strcmp(o->section, option_table[j].section) == 0 &&
			    strcmp(o->key, option_table[j].key) == 0)
				fail_msg("[%s] %s twice", o->section, o->key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults, fresh),
		cmocka_unit_test_setup(values, fresh),
		cmocka_unit_test_setup(lists_replace_what_they_name, fresh),
		cmocka_unit_test_setup(errors_name_the_place_and_change_nothing, fresh),
		cmocka_unit_test_setup(long_input_is_refused, fresh),
		cmocka_unit_test_setup(the_printed_file_gives_its_values_back, fresh),
		cmocka_unit_test_setup(the_table_of_options, fresh),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
