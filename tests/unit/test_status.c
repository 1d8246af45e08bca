/* links: core/[a-z]* base/[a-z]* */
/* The forms of `status`: the JSON against product.md's example, the table at 80 columns, templates, and the exit code.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/mem.h"
#include "core/model.h"

static struct wall at(const char *s)
{
	struct wall t = WALL_NONE;
	struct err e;

	if (s && wall_parse(s, &t, &e) < 0)
		fail_msg("%s", e.msg);
	return t;
}

static struct now now_at(const char *s)
{
	return (struct now){.mono = {at(s).ms}, .wall = at(s)};
}

static struct territory *add(struct model *m, const char *code, const char *name)
{
	struct territory_spec spec = {.kind = TERRITORY_COUNTRY};

	snprintf(spec.code, sizeof(spec.code), "%s", code);
	return model_add_territory(m, &spec, name);
}

static void set_verdict(struct territory *t, enum verdict_kind kind, double loss_pct, const char *since,
			const char *text)
{
	t->verdict = (struct verdict){.kind = kind, .loss_pct = loss_pct, .since = at(since)};
	snprintf(t->verdict.text, sizeof(t->verdict.text), "%s", text);
}

static struct event *add_event(struct model *m, enum event_scope scope, const char *territory, const char *subject,
			       double loss_pct, uint64_t seq)
{
	const struct finding f = {.scope = scope,
				  .territory = territory,
				  .subject = subject,
				  .kind = loss_pct >= 99 ? VERDICT_WITHDRAWN : VERDICT_PARTIAL,
				  .loss_pct = loss_pct,
				  .classes = CLASS_R,
				  .confidence = CONFIDENCE_MEDIUM};
	struct event *ev =
		event_suspect(&m->book, &f, at("2014-12-22T16:15:00"), 0, NULL, now_at("2014-12-22T16:15:40"));

	event_confirm(&m->book, ev, &f, now_at("2014-12-22T16:17:10"));
	if (seq)
		event_saved(&m->book, ev, seq);
	return ev;
}

/* KP as in product.md's example: dark networks, one provider, two signals, two sources. */
static struct territory *kp_down(struct model *m)
{
	struct territory *t = add(m, "KP", "North Korea");

	m->now = at("2014-12-22T18:00:00");
	m->own_line = LINE_OK;
	set_verdict(t, VERDICT_WITHDRAWN, 100, "2014-12-22T16:15:00",
		    "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.");
	t->routing.v4 = (struct tally){.total = 4, .down = 4};
	t->providers[0] = (struct provider){.asn = 4837, .name = "China Unicom", .share_pct = 100, .vote_pct = 100, .by_paths = true};
	t->dependence[0] = (struct dependence){.networks = 4, .known = 4, .frontier = 1, .hhi = 1, .effective = 1, .largest = 1};
	t->provider_count = 1;
	t->single_provider = 4837;
	struct signal *g = territory_signal(t, "ioda", "ping-slash24");
	g->class_bit = CLASS_P;
	g->value = g->baseline = 2;
	g->time = at("2014-12-22T17:50:00");
	g->state = FEED_OK;
	snprintf(g->unit, sizeof(g->unit), "/24s");
	territory_signal(t, "ioda", "gtr");
	struct source_state *s = model_source(m, "rislive");
	s->state = FEED_OK;
	s->lag_s = 1.23;
	s->last_success = at("2014-12-22T17:59:59");
	s = model_source(m, "ioda");
	s->state = FEED_DOWN;
	snprintf(s->error, sizeof(s->error), "HTTP 500 of \"signals\"");
	struct event *ev = add_event(m, SCOPE_TERRITORY, "KP", "KP", 100, 12);
	t->verdict.event_id = ev->id;
	t->verdict.confidence = CONFIDENCE_MEDIUM;
	return t;
}

/* ---- JSON ---- */

static void test_json_is_the_contract(void **state)
{
	static const char want[] =
		"{\"schema\":1,\"time\":\"2014-12-22T18:00:00Z\",\"replay\":false,\"own_line\":\"ok\",\"territories\":["
		"{\"territory\":\"KP\",\"name\":\"North Korea\",\"verdict\":\"withdrawn\","
		"\"text\":\"KP: all 4 networks withdrawn since 16:15 UTC. Routing "
		"only.\",\"since\":\"2014-12-22T16:15:00Z\","
		"\"loss_pct\":100.0,\"networks\":{"
		"\"v4\":{\"total\":4,\"up\":0,\"degraded\":0,\"flapping\":0,\"down\":4,\"unknown\":0,\"stale\":0},"
		"\"v6\":{\"total\":0,\"up\":0,\"degraded\":0,\"flapping\":0,\"down\":0,\"unknown\":0,\"stale\":0}},"
		"\"providers\":[{\"asn\":4837,\"name\":\"China Unicom\",\"share_pct\":100.0,\"vote_pct\":100.0,"
		"\"by_paths\":true}],\"single_provider\":4837,"
		"\"open_events\":[12],\"signals\":["
		"{\"source\":\"ioda\",\"name\":\"ping-slash24\",\"class\":\"P\",\"value\":2,\"baseline\":2,\"unit\":\"/"
		"24s\","
		"\"time\":\"2014-12-22T17:50:00Z\",\"state\":\"ok\",\"says\":null,\"line\":null,"
		"\"alarm_since\":null},"
		"{\"source\":\"ioda\",\"name\":\"gtr\",\"class\":null,\"value\":null,\"baseline\":null,\"unit\":null,"
		"\"time\":null,\"state\":\"none\",\"says\":null,\"line\":null,\"alarm_since\":null}],"
		"\"confidence\":\"medium\",\"missing\":[],\"reasons\":[],\"users_up_pct\":null,"
		"\"dependence\":{\"v4\":{\"networks\":4,\"known\":4,\"frontier\":1,\"severity\":\"severe risk\","
		"\"largest_pct\":100.0,\"hhi\":1,\"effective_providers\":1},"
		"\"v6\":{\"networks\":0,\"known\":0,\"frontier\":null,\"severity\":null,\"largest_pct\":null,\"hhi\":null,"
		"\"effective_providers\":null}}}],"
		"\"sources\":[{\"name\":\"rislive\",\"state\":\"ok\",\"lag_s\":1.2,\"last_success\":\"2014-12-22T17:59:"
		"59Z\","
		"\"error\":null,\"next\":null,\"attribution\":null},"
		"{\"name\":\"ioda\",\"state\":\"down\",\"lag_s\":null,\"last_success\":null,"
		"\"error\":\"HTTP 500 of \\\"signals\\\"\",\"next\":null,\"attribution\":null}],\"clock\":null,\"store_error\":null,"
		"\"hold\":null,\"self_tests\":[]}\n";
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	kp_down(&m);
	status_json(&m, &out);
	assert_string_equal(out.text, want);
	strbuf_release(&out);
	model_release(&m);
}

static void test_json_unknown_is_null(void **state)
{
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	struct territory *t = add(&m, "KP", NULL);
	t->provider_count = 1;
	t->providers[0].share_pct = NAN;
	struct signal *g = territory_signal(t, "ioda", "bgp");
	g->value = INFINITY;
	g->baseline = -INFINITY;
	status_json(&m, &out);
	cJSON *j = cJSON_Parse(out.text);
	assert_non_null(j);
	cJSON *kp = cJSON_GetArrayItem(cJSON_GetObjectItem(j, "territories"), 0);
	cJSON *signal = cJSON_GetArrayItem(cJSON_GetObjectItem(kp, "signals"), 0);
	cJSON *provider = cJSON_GetArrayItem(cJSON_GetObjectItem(kp, "providers"), 0);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(j, "time")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(kp, "since")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(kp, "loss_pct")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(kp, "single_provider")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(kp, "confidence")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(signal, "value")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(signal, "baseline")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(provider, "share_pct")));
	cJSON_Delete(j);
	strbuf_release(&out);
	model_release(&m);
}

/* Listed: open, counted, of this territory, not folded under another. */
static void test_json_open_events(void **state)
{
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	kp_down(&m);
	struct event *parent = m.book.events[0];
	event_set_parent(&m.book, add_event(&m, SCOPE_NETWORK, "KP", "175.45.176.0/24", 100, 13), parent);
	add_event(&m, SCOPE_NETWORK, "KP", "175.45.177.0/24", 100, 14);
	add_event(&m, SCOPE_TERRITORY, "IR", "IR", 100, 15);
	struct event *closed = add_event(&m, SCOPE_NETWORK, "KP", "175.45.178.0/24", 100, 16);
	event_resolve(&m.book, closed, at("2014-12-22T17:00:00"), 0, now_at("2014-12-22T17:00:00"));
	const struct finding f = {.scope = SCOPE_NETWORK,
				  .territory = "KP",
				  .subject = "175.45.179.0/24",
				  .kind = VERDICT_WITHDRAWN,
				  .loss_pct = 100};
	struct event *guess =
		event_suspect(&m.book, &f, at("2014-12-22T17:00:00"), 0, NULL, now_at("2014-12-22T17:00:00"));
	event_unverified(&m.book, guess, "feed", at("2014-12-22T17:01:00"), now_at("2014-12-22T17:01:00"));
	struct event *unsaved = add_event(&m, SCOPE_OPERATOR, "KP", "AS131279", 100, 0); /* nowhere to save it */
	event_set_parent(&m.book, add_event(&m, SCOPE_NETWORK, "KP", "175.45.180.0/24", 100, 17), unsaved);
	status_json(&m, &out);
	assert_non_null(strstr(out.text, "\"open_events\":[12,14,null],"));
	strbuf_release(&out);
	model_release(&m);
}

static void test_json_hostile_text(void **state)
{
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	struct territory *t = add(&m, "KP", "\"},{\\");
	snprintf(t->verdict.text, sizeof(t->verdict.text), "\"\\\x1b\x01 \xc3\xa9");
	status_json(&m, &out);
	cJSON *j = cJSON_Parse(out.text);
	assert_non_null(j);
	cJSON *kp = cJSON_GetArrayItem(cJSON_GetObjectItem(j, "territories"), 0);
	assert_string_equal(cJSON_GetObjectItem(kp, "name")->valuestring, "\"},{\\");
	assert_null(strpbrk(out.text, "\x1b\x01"));
	cJSON_Delete(j);
	strbuf_release(&out);
	model_release(&m);
}

/* ---- the table ---- */

static void check_lines(const char *text, size_t columns)
{
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");
		if (len > columns || (len > 0 && p[len - 1] == ' '))
			fail_msg("a line of %zu columns, or with a space at its end: '%.*s'", len, (int)len, p);
		for (size_t i = 0; i < len; i++)
			if (p[i] < 0x20 || p[i] > 0x7e)
				fail_msg("not plain ASCII: '%.*s'", (int)len, p);
		p += len + (p[len] == '\n');
	}
}

static void fill_table(struct model *m)
{
	kp_down(m);
	struct territory *t = add(m, "IR", "Iran, Islamic Republic of");
	t->routing.v4 = (struct tally){.total = 5210, .up = 5203, .down = 7};
	t->routing.v6 = (struct tally){.total = 812, .up = 812};
	set_verdict(t, VERDICT_NORMAL, 0.3, "2013-11-02T08:00:00",
		    "Of 6022 networks 7 down. No wider outage seen by routing (18:00).");
	t->providers[0] = (struct provider){.asn = 1299, .name = "Arelion", .share_pct = 40};
	t->provider_count = 1;
	t = add(m, "AS64500", "C\xc3\xb4te\033 d'Ivoire T\xc3\xa9l\xc3\xa9\x63om");
	set_verdict(t, VERDICT_UNKNOWN, NAN, NULL, "Loading: asking RIPEstat which networks AS64500 has");
}

static void test_text_at_80(void **state)
{
	static const char want[] = "CODE     NAME          VERDICT        V4 UP    V6 UP  LOSS  SINCE       PROVIDER\n"
				   "KP       North Korea   withdrawn        0/4        -  100%  16:15       AS4837 ~\n"
				   "  KP: all 4 networks withdrawn since 16:15 UTC. Routing only.\n"
				   "  1 frontier AS (severe risk), effective providers 1.0, largest 100%\n"
				   "IR       Iran, Islam~  normal     5203/5210  812/812   <1%  2013-11-02  AS1299 ~\n"
				   "  Of 6022 networks 7 down. No wider outage seen by routing (18:00).\n"
				   "AS64500  C?te d'Ivoi~  unknown            -        -     -  -           -\n"
				   "  Loading: asking RIPEstat which networks AS64500 has\n"
				   "  source ioda: down, HTTP 500 of \"signals\"\n";
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	fill_table(&m);
	status_text(&m, &out, 80);
	check_lines(out.text, 80);
	assert_string_equal(out.text, want);
	strbuf_release(&out);
	model_release(&m);
}

static void test_text_at_any_width(void **state)
{
	static const int widths[] = {0, 1, 40, 41, 60, 79, 81, 99, 100, 120, 200};
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	fill_table(&m);
	for (size_t i = 0; i < ARRAY_LEN(widths); i++) {
		int columns = widths[i] == 0 ? 80 : widths[i] < 40 ? 40 : widths[i];
		strbuf_clear(&out);
		status_text(&m, &out, widths[i]);
		check_lines(out.text, (size_t)columns);
		if (!strstr(out.text, "withdrawn") || !strstr(out.text, "KP"))
			fail_msg("at %d columns code or verdict is gone:\n%s", columns, out.text);
	}
	assert_non_null(strstr(out.text, "AS4837 (single) China Unicom")); /* where there is room */
	strbuf_release(&out);
	model_release(&m);
}

static void test_text_says_what_is_not_live(void **state)
{
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	status_text(&m, &out, 80);
	assert_string_equal(out.text, "No territory is watched.\n");
	strbuf_clear(&out);
	kp_down(&m);
	m.replay = true;
	m.own_line = LINE_BLIND;
	snprintf(m.line_text, sizeof(m.line_text), "This host is offline: canaries 0 of 4. Own checks paused.");
	snprintf(m.clock_note, sizeof(m.clock_note), "TEST CLOCK");
	snprintf(m.store_error, sizeof(m.store_error), "disk full");
	status_text(&m, &out, 80);
	assert_ptr_equal(strstr(out.text, "REPLAY of 2014-12-22T18:00:00Z: nothing here is live.\nTEST CLOCK\nCODE"),
			 out.text);
	assert_non_null(strstr(out.text, "  own line: This host is offline: canaries 0 of 4."));
	assert_non_null(strstr(out.text, "  not saved: disk full\n"));
	strbuf_release(&out);
	model_release(&m);
}

/* ---- templates ---- */

static void test_format(void **state)
{
	static const struct {
		const char *what, *format, *want;
	} cases[] = {
		{"product.md's", "#{cc} #{state} #{up}/#{total} #{spark}", "KP withdrawn 0/4 @@@@@@@@@@@@@@@@@@@@@@__"},
		{"empty", "", ""},
		{"no names", "plain % text %s", "plain % text %s"},
		{"a literal #", "##{cc} ## # #[fg=red]#{cc}#", "#{cc} # # #[fg=red]KP#"},
		{"names", "#{territory}|#{name}", "KP|North Korea"},
		{"counts", "#{up4}/#{total4} #{up6}/#{total6} #{down}", "0/4 0/0 4"},
		{"loss and times", "#{loss} #{since} #{duration} #{time}", "100% 16:15 1h45m 18:00"},
		{"text", "#{text}", "KP: all 4 networks withdrawn since 16:15 UTC. Routing only."},
		{"provider and event", "#{provider}, #{event}", "AS4837 China Unicom, 12"},
	};
	struct model m;
	struct strbuf out;
	struct series up;
	struct err e;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	series_init(&up, 300000, 288);
	struct territory *t = kp_down(&m);
	for (int64_t ms = at("2014-12-21T18:05:00").ms; ms <= m.now.ms; ms += 300000)
		assert_int_equal(series_put(&up, (struct wall){ms}, ms < at("2014-12-22T16:15:00").ms ? 4 : 0), 0);
	t->routing.up_v4 = &up;
	t->routing.baseline_v4 = 4;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		strbuf_clear(&out);
		if (status_format(&m, t, cases[i].format, CHARSET_ASCII, &out, &e) < 0)
			fail_msg("%s: %s", cases[i].what, e.msg);
		if (strcmp(out.text, cases[i].want) != 0)
			fail_msg("%s: '%s', want '%s'", cases[i].what, out.text, cases[i].want);
	}
	series_release(&up);
	strbuf_release(&out);
	model_release(&m);
}

static void test_format_unknown_values(void **state)
{
	struct model m;
	struct strbuf out;
	struct err e;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	struct territory *t = add(&m, "KP", NULL);
	assert_int_equal(status_format(&m, t, "#{loss}#{since}#{duration}#{time}#{provider}#{event}|#{spark}|",
				       CHARSET_ASCII, &out, &e),
			 0);
	assert_string_equal(out.text, "------|                        |");
	strbuf_release(&out);
	model_release(&m);
}

static void test_format_errors(void **state)
{
	static const struct {
		const char *what, *format, *part;
	} cases[] = {
		{"unknown", "a #{stat} b",
		 "unknown name 'stat' in --format; names are cc, territory, name, state, up, total, up4,"},
		{"the list is whole", "#{x}", "spark, provider, event, time"},
		{"beginning of a name", "#{u}", "unknown name 'u'"},
		{"empty", "#{}", "unknown name ''"},
		{"case counts", "#{CC}", "unknown name 'CC'"},
		{"not closed", "#{cc} #{state", "'#{' without '}' in --format: '#{state'"},
		{"a long one",
		 "#{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}",
		 "unknown name 'aaaaaaaaaaaaaaaaaaaaaaaa'"},
	};
	struct model m;
	struct strbuf out;

	(void)state;
	model_init(&m);
	strbuf_init(&out, 1 << 16);
	struct territory *t = kp_down(&m);
	strbuf_adds(&out, "kept");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err e = {0};
		assert_int_equal(status_format(&m, t, cases[i].format, CHARSET_ASCII, &out, &e), ERR_USAGE);
		if (!strstr(e.msg, cases[i].part))
			fail_msg("%s: %s", cases[i].what, e.msg);
	}
	assert_string_equal(out.text, "kept"); /* an error adds nothing */
	strbuf_release(&out);
	model_release(&m);
}

/* ---- the exit code ---- */

static void test_check_one(void **state)
{
	static const struct {
		const char *what;
		enum verdict_kind kind;
		double loss;
		int event;
		int want;
	} cases[] = {
		{"normal", VERDICT_NORMAL, 0, 0, 0},
		{"withdrawn", VERDICT_WITHDRAWN, 100, 100, 2},
		{"dark", VERDICT_DARK, NAN, 0, 2},
		{"one-way", VERDICT_ONE_WAY, NAN, 0, 2},
		{"partial under half", VERDICT_PARTIAL, 49.9, 49, 1},
		{"partial of half", VERDICT_PARTIAL, 50, 50, 2},
		{"partial, level known from the event only", VERDICT_PARTIAL, NAN, 60, 2},
		{"only suspected, whatever the loss", VERDICT_PARTIAL, 100, -100, 1},
		{"suspected under a normal verdict", VERDICT_NORMAL, 0, -25, 1},
		{"v6-only", VERDICT_V6_ONLY, 100, 100, 1},
		{"v4-only, half and more: most of the users", VERDICT_V4_ONLY, 100, 100, 2},
		{"v4-only, less than half", VERDICT_V4_ONLY, 30, 30, 1},
		{"unstable", VERDICT_UNSTABLE, 0, 0, 1},
		{"recovering", VERDICT_RECOVERING, 25, 25, 1},
		{"unknown", VERDICT_UNKNOWN, NAN, 0, 3},
		{"blind with an event", VERDICT_BLIND, NAN, 100, 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct model m;
		model_init(&m);
		struct territory *t = add(&m, "KP", NULL);
		set_verdict(t, cases[i].kind, cases[i].loss, NULL, "");
		if (cases[i].event > 0)
			t->verdict.event_id = add_event(&m, SCOPE_TERRITORY, "KP", "KP", cases[i].event, 1)->id;
		if (cases[i].event < 0) {
			const struct finding f = {.scope = SCOPE_TERRITORY,
						  .territory = "KP",
						  .subject = "KP",
						  .kind = VERDICT_PARTIAL,
						  .loss_pct = -cases[i].event};
			t->verdict.event_id = event_suspect(&m.book, &f, at("2014-12-22T16:15:00"), 0, NULL,
							    now_at("2014-12-22T16:16:00"))
						      ->id;
		}
		if (status_check(&m) != cases[i].want)
			fail_msg("%s: %d, want %d", cases[i].what, status_check(&m), cases[i].want);
		model_release(&m);
	}
}

static void test_check_the_worst_counts(void **state)
{
	static const struct {
		const char *what;
		enum verdict_kind kinds[2];
		int want;
	} cases[] = {
		{"critical over unknown", {VERDICT_WITHDRAWN, VERDICT_UNKNOWN}, 2},
		{"warning over unknown", {VERDICT_BLIND, VERDICT_UNSTABLE}, 1},
		{"unknown over ok", {VERDICT_NORMAL, VERDICT_UNKNOWN}, 3},
		{"critical over warning", {VERDICT_UNSTABLE, VERDICT_DARK}, 2},
		{"ok and ok", {VERDICT_NORMAL, VERDICT_NORMAL}, 0},
	};
	struct model m;

	(void)state;
	model_init(&m);
	assert_int_equal(status_check(&m), 3); /* nothing watched: nothing known */
	struct territory *a = add(&m, "KP", NULL), *b = add(&m, "IR", NULL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		set_verdict(a, cases[i].kinds[0], NAN, NULL, "");
		set_verdict(b, cases[i].kinds[1], NAN, NULL, "");
		if (status_check(&m) != cases[i].want)
			fail_msg("%s: %d", cases[i].what, status_check(&m));
	}
	model_release(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_is_the_contract),
		cmocka_unit_test(test_json_unknown_is_null),
		cmocka_unit_test(test_json_open_events),
		cmocka_unit_test(test_json_hostile_text),
		cmocka_unit_test(test_text_at_80),
		cmocka_unit_test(test_text_at_any_width),
		cmocka_unit_test(test_text_says_what_is_not_live),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_unknown_values),
		cmocka_unit_test(test_format_errors),
		cmocka_unit_test(test_check_one),
		cmocka_unit_test(test_check_the_worst_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
