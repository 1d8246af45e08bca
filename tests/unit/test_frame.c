/* links: core/frame core/frame_session core/memory core/territory core/countries core/prefix core/series core/state core/event core/event_life core/event_weigh core/event_log core/event_words core/event_out core/signature_words core/model base/strbuf base/text base/when base/err base/mem */
/* Frames, sessions and memories: what is written is read again, and what nobody wrote is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/frame.h"
#include "core/memory.h"

static const struct now NOW = {{5000123}, {1419264900123}};

static void add(struct strbuf *out, const struct frame *f)
{
	frame_head(f, out);
	strbuf_add(out, f->in.body, f->in.len);
	strbuf_addc(out, '\n');
}

static struct frame empty(enum frame_kind kind)
{
	return (struct frame){.kind = kind, .now = NOW, .source = "", .call = "", .subject = "", .url = "",
			      .in = {.retry_after_s = -1, .time = NOW.wall}};
}

static void test_round_trip(void **state)
{
	struct frame_reader *r = frame_reader_new();
	struct frame job = empty(FRAME_JOB), in = empty(FRAME_INPUT), out;
	struct strbuf text;
	struct err e = {0};
	size_t used;
	(void)state;
	strbuf_init(&text, 1 << 20);
	job.in.job = in.in.job = 7;
	job.source = "ripestat";
	job.call = "looking-glass";
	job.subject = "a subject with % and \x01 and \xC3\xA9";
	job.url = "https://x/?a=b";
	in.in = (struct input){.kind = INPUT_REPLY, .job = 7, .time = {NOW.wall.ms - 3}, .status = 503, .body = "a\nb\0c", .len = 5,
			       .unchanged = true, .retry_after_s = 60, .wire_bytes = 210, .curl_code = 28, .os_errno = 111,
			       .times = {1, 2, 3, 4, 5}, .peer = {.family = 4, .bytes = {192, 0, 2, 1}}};
	err_set(&in.in.err, ERR_HTTP, "HTTP 503 Service Unavailable");
	add(&text, &job);
	add(&text, &in);
	assert_int_equal(frame_read(r, text.text, text.len, &used, &out, &e), 1);
	assert_int_equal(out.kind, FRAME_JOB);
	size_t at = used;
	/* until the last byte is there, more is wanted */
	for (size_t len = at; len < text.len; len++)
		assert_int_equal(frame_read(r, text.text + at, len - at, &used, &out, &e), 0);
	assert_int_equal(frame_read(r, text.text + at, text.len - at, &used, &out, &e), 1);
	assert_int_equal(at + used, text.len);
	assert_string_equal(out.source, "ripestat");
	assert_string_equal(out.call, "looking-glass");
	assert_string_equal(out.subject, job.subject);
	assert_string_equal(out.url, job.url);
	assert_int_equal(out.now.mono.ms, NOW.mono.ms);
	assert_int_equal(out.in.time.ms, NOW.wall.ms - 3);
	assert_int_equal(out.in.status, 503);
	assert_int_equal(out.in.err.code, ERR_HTTP);
	assert_string_equal(out.in.err.msg, "HTTP 503 Service Unavailable");
	assert_int_equal(out.in.len, 5);
	assert_memory_equal(out.in.body, "a\nb\0c", 5);
	assert_true(out.in.unchanged);
	assert_int_equal(out.in.retry_after_s, 60);
	assert_int_equal(out.in.wire_bytes, 210);
	assert_int_equal(out.in.times.total, 5);
	assert_true(addr_equal(&out.in.peer, &in.in.peer));
	assert_int_equal(out.in.curl_code, 28);
	assert_int_equal(out.in.os_errno, 111);
	strbuf_release(&text);
	frame_reader_free(r);
}

static void test_bytes(void **state)
{
	static const struct { const char *what, *bytes; int want; enum frame_kind kind; } rows[] = {
		{"a turn", "turn 0 w=1 m=2\n\n", 1, FRAME_TURN},
		{"a kind of a later version", "weather 3 w=1 sun=yes\nabc\n", 1, FRAME_KIND_COUNT},
		{"a key of a later version", "turn 0 w=1 m=2 moon=full\n\n", 1, FRAME_TURN},
		{"a bare word of a later version", "turn 0 w=1 m=2 full\n\n", 1, FRAME_TURN},
		{"no length", "turn\n\n", ERR_PARSE, 0},
		{"a length below zero", "turn -1\n\n", ERR_PARSE, 0},
		{"a gigantic body", "input 999999999999\n", ERR_LIMIT, 0},
		{"a length that is no number", "input 12x w=1\n", ERR_PARSE, 0},
		{"a body that is longer than said", "turn 1 w=1\nab\n", ERR_PARSE, 0},
		{"an unknown kind of input", "input 0 k=song\n\n", ERR_PARSE, 0},
		{"a status that is no number", "input 0 k=reply status=ok\n\n", ERR_PARSE, 0},
		{"an error code that is none", "input 0 k=reply code=7\n\n", ERR_PARSE, 0},
		{"nothing yet", "", 0, 0},
		{"half a head", "input 12 w=", 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame_reader *r = frame_reader_new();
		struct frame f;
		struct err e = {0};
		size_t used = 0;
		int rc = frame_read(r, rows[i].bytes, strlen(rows[i].bytes), &used, &f, &e);
		if (rc != rows[i].want || (rc > 0 && f.kind != rows[i].kind))
			fail_msg("%s: %d, not %d (%s)", rows[i].what, rc, rows[i].want, e.msg);
		frame_reader_free(r);
	}
}

static void test_clean_url(void **state)
{
	static const struct { const char *url, *want; } rows[] = {
		{"https://stat.ripe.net/data/x.json?resource=KP&sourceapp=landline", "https://stat.ripe.net/data/x.json?resource=KP&sourceapp=landline"},
		{"https://user:pass@host.example/x", "https://host.example/x"},
		{"https://a:b@c@host/x?y=1", "https://host/x?y=1"},
		{"https://h/x?token=abc&b=1", "https://h/x?token=-&b=1"},
		{"https://h/x?b=1&api_key=abc;Authorization=d", "https://h/x?b=1&api_key=-;Authorization=-"},
		{"https://h/@x", "https://h/@x"},
		{"tcp://u:p@host:22", "tcp://host:22"},
		{"", ""},
	};
	char got[200];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(frame_clean_url(got, sizeof(got), rows[i].url), rows[i].want);
}

static void test_session(void **state)
{
	static struct session s, got;
	struct strbuf text;
	struct err e = {0};
	(void)state;
	strbuf_init(&text, 1 << 16);
	s.format = SESSION_FORMAT;
	snprintf(s.program, sizeof(s.program), "9.9");
	assert_int_equal(territory_parse("KP", &s.territories[s.territory_count++], &e), 0);
	s.numbers = true;
	snprintf(s.config, sizeof(s.config), "[source.ioda]\nenabled = no\n");
	session_write(&s, &text);
	assert_int_equal(session_read(text.text, text.len, &got, &e), 0);
	assert_string_equal(got.program, "9.9");
	assert_string_equal(got.territories[0].code, "KP");
	assert_true(got.numbers);
	assert_string_equal(got.config, s.config);
	assert_int_equal(session_read("landline-recording 2\n\n", 22, &got, &e), ERR_SHAPE);
	assert_non_null(strstr(e.msg, "newer"));
	assert_int_equal(session_read("something else\n", 15, &got, &e), ERR_PARSE);
	assert_int_equal(session_read("landline-recording 1\nfuture words\n\n", 35, &got, &e), 0);
	strbuf_release(&text);
}

static void test_memories(void **state)
{
	struct strbuf text;
	struct net_memory net = {.state = NET_DOWN, .v0 = 0.1 + 0.2, .learned_h = 17, .since = {1234}, .saved = {5678}}, net2;
	struct event ev = {.seq = 12, .scope = SCOPE_OPERATOR, .state = EVENT_EASING, .start = {77}, .end = WALL_NONE, .loss_pct = 1.0 / 3,
			   .severity = SEVERITY_MAJOR, .late = true, .via_asn = 4837}, ev2;
	struct series series, series2;
	struct series_name name = {.territory = "KP", .source = "ioda", .name = "bgp"}, name2;
	char territory[TERRITORY_CODE_MAX];
	uint32_t origin;
	(void)state;
	strbuf_init(&text, 1 << 16);
	assert_true(prefix_parse("175.45.176.0/24", 15, &net.prefix));
	memory_put_net(&text, "KP", &net, 131279);
	assert_true(memory_get_net(text.text, territory, &net2, &origin));
	assert_string_equal(territory, "KP");
	assert_int_equal(origin, 131279);
	assert_int_equal(net2.state, NET_DOWN);
	assert_true(net2.v0 == net.v0); /* to the last bit: a replay must judge alike */
	assert_int_equal(net2.learned_h, 17);
	assert_int_equal(net2.since.ms, 1234);
	assert_false(memory_get_net("KP 175.45.176.0/24 up", territory, &net2, &origin));

	strbuf_clear(&text);
	snprintf(ev.territory, sizeof(ev.territory), "KP");
	snprintf(ev.subject, sizeof(ev.subject), "AS131279");
	memory_put_event(&text, &ev);
	assert_true(memory_get_event(text.text, &ev2));
	assert_int_equal(ev2.seq, 12);
	assert_int_equal(ev2.scope, SCOPE_OPERATOR);
	assert_int_equal(ev2.state, EVENT_EASING);
	assert_false(wall_is_set(ev2.end));
	assert_true(ev2.loss_pct == ev.loss_pct);
	assert_true(ev2.late);
	assert_string_equal(ev2.subject, "AS131279");
	assert_false(memory_get_event("seq=1\nterritory=KP\nsubject=KP\nstate=99\n", &ev2));
	assert_false(memory_get_event("", &ev2));

	strbuf_clear(&text);
	series_init(&series, 600000, 5);
	for (int i = 0; i < 7; i++)
		assert_int_equal(series_put(&series, (struct wall){600000LL * (100 + i)}, i == 4 ? NAN : i), 0);
	memory_put_series(&text, &name, &series);
	assert_true(memory_get_series(text.text, &name2, &series2));
	assert_string_equal(name2.name, "bgp");
	assert_int_equal(series2.first, series.first);
	assert_true(series_at(&series2, (struct wall){600000LL * 106}) == 6);
	assert_true(isnan(series_at(&series2, (struct wall){600000LL * 104})));
	series_release(&series2);
	series_release(&series);
	assert_false(memory_get_series("KP ioda bgp 0 0\n1\n", &name2, &series2));
	strbuf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_bytes),   cmocka_unit_test(test_clean_url),
		cmocka_unit_test(test_session),    cmocka_unit_test(test_memories),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
