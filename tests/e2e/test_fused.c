/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* Every class of evidence in one verdict, through the real binary: what contradicts, what is missing, what comes back,
 * and what a restart or a fault in the middle must not change (detection.md 6 to 8). */
#include "headless.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Twelve IPv4 and four IPv6 networks of two operators, with every signal; signals follow no route unless told so. */
static const char *const world =
	"start 2026-03-02T09:00:00Z\nseed 31\npeers 24 on rrc00 rrc03 rrc12 rrc21 v6\nkeepalive 25s\ncanaries 2\n"
	"hosted 127.0.0.0/8 AS64500 DE\ncountry IQ Iraq\nrange IQ 37.236.0.0/14\nrange IQ 109.224.0.0/18\n"
	"range IQ 2a02:cb80::/29\nas IQ AS50597 SCOPESKY-AS - ScopeSky\nas IQ AS51684 ASIACELL - Asiacell\n"
	"upstream AS50597 AS8781 300\nupstream AS51684 AS8781 200\nprefix AS50597 37.236.0.0/18 x6\n"
	"prefix AS51684 109.224.0.0/21 x6\nprefix AS50597 2a02:cb80::/32 x4\n"
	"ioda IQ ping 3000 telescope 700 traffic 60000\n";
static const char *const others = "atlas IQ 24 probes\nradar IQ traffic 100 dns 40 attacks 1\n";
static const char *const steady =
	"signal IQ ping 100%\nsignal IQ telescope 100%\nsignal IQ traffic 100%\nsignal IQ dns 100%\n";
static const char *const dark = "+90m signal IQ ping 0% over 2m\n+90m signal IQ traffic 0% over 2m\n"
				"+90m signal IQ dns 0% over 2m\n+90m signal IQ telescope 0% over 2m\n"
				"+90m probes IQ leave 95% over 3m\n";

struct story {
	struct rig r;
	struct strbuf said;
};

static void open_story(struct story *s, const char *const *parts)
{
	struct strbuf text;
	strbuf_init(&text, 1 << 16);
	for (; *parts; parts++)
		strbuf_adds(&text, *parts);
	strbuf_init(&s->said, 16u << 20);
	rig_open(&s->r, text.text, true, "[source.probe]\nperiod = 20m\n");
	strbuf_release(&text);
	headless_learn(&s->r, "IQ", &s->said);
}

#define OPEN(s, ...) open_story(s, (const char *const[]){__VA_ARGS__, NULL})

static void until(struct story *s, const char *clock)
{
	char iso[40];
	snprintf(iso, sizeof(iso), "2026-03-02T%s:00Z", clock);
	rig_until(&s->r, headless_at(iso));
}

static void must_do(struct story *s, const char *line)
{
	struct err e = {0};
	if (server_do(s->r.server, line, &e) < 0)
		fail_msg("%s", e.msg);
}

/* Stop, and list what the store has; its lines in r.out. */
static void end_story(struct story *s)
{
	headless_stop(&s->r, &s->said);
	rig_run(&s->r, "events --json --state all");
}

static void close_story(struct story *s)
{
	strbuf_release(&s->said);
	rig_close(&s->r);
}

/* All of it: cmocka's own messages are cut short. */
#define fail_story(s, ...)                                                                                             \
	do {                                                                                                           \
		fprintf(stderr, __VA_ARGS__);                                                                          \
		fprintf(stderr, "\n%s\n%s\n", (s)->said.text, (s)->r.out.text);                                        \
		fail();                                                                                                \
	} while (0)

static bool has(const char *text, const char *words)
{
	return strstr(text, words) != NULL;
}

static void must_have_said(struct story *s, const char *words)
{
	if (!has(s->said.text, words))
		fail_story(s, "never said '%s'", words);
}

static void must_not_have_said(struct story *s, const char *words)
{
	if (has(s->said.text, words))
		fail_story(s, "said '%s'", words);
}

/* The n-th territory event that was ever more than suspected; fails without one. */
static const char *event(struct story *s, unsigned n)
{
	for (const char *line = s->r.out.text; *line; line += strcspn(line, "\n") + 1) {
		if (strcmp(json_member(line, "scope"), "\"territory\"") ||
		    !strcmp(json_member(line, "state"), "\"dismissed\"") ||
		    !strcmp(json_member(line, "state"), "\"suspected\""))
			continue;
		if (n-- == 0)
			return line;
	}
	fail_story(s, "not so many events of the territory");
	return NULL;
}

static unsigned event_count(const struct story *s)
{
	unsigned n = 0;
	for (const char *line = s->r.out.text; *line; line += strcspn(line, "\n") + 1)
		n += !strcmp(json_member(line, "scope"), "\"territory\"") &&
		     strcmp(json_member(line, "state"), "\"dismissed\"") &&
		     strcmp(json_member(line, "state"), "\"suspected\"");
	return n;
}

static void must_be(struct story *s, const char *line, const char *key, const char *want)
{
	const char *got = json_member(line, key);
	if (!got || strcmp(got, want))
		fail_story(s, "\"%s\" is %s, should be %s", key, got ? got : "missing", want);
}

static void must_begin_near(struct story *s, const char *line, const char *iso, int64_t error_ms)
{
	char got[40];
	snprintf(got, sizeof(got), "%.20s", json_member(line, "start") + 1);
	if (llabs(headless_at(got) - headless_at(iso)) > error_ms)
		fail_story(s, "began %s, should be %s", got, iso);
}

/* ---- what contradicts, what is missing ---- */

/* Routes of a third are gone, and everything else goes on: somebody's tables, nobody's outage. */
static void test_disputed(void **state)
{
	struct story s;
	(void)state;
	OPEN(&s, world, others, "token abc\n", steady, "+90m withdraw 5 of IQ over 120s\n");
	until(&s, "12:30");
	end_story(&s);
	must_have_said(&s, "disputed");
	must_have_said(&s, "traffic");
	close_story(&s);
}

static void test_families_apart(void **state)
{
	struct story s;
	(void)state;
	OPEN(&s, world, others, "token abc\n", steady,
	     "+90m withdraw IQ v6 over 120s\n+3h announce IQ v6 over 30s\n+5h withdraw IQ v4 over 120s\n");
	until(&s, "14:30");
	end_story(&s);
	assert_int_equal(event_count(&s), 2);
	const char *line = event(&s, 0);
	if (strcmp(json_member(line, "kind"), "\"v6-only\""))
		line = event(&s, 1);
	must_be(&s, line, "kind", "\"v6-only\"");
	must_be(&s, line, "start", "\"2026-03-02T10:30:00Z\"");
	must_be(&s, line, "end", "\"2026-03-02T12:00:00Z\"");
	line = event(&s, line == event(&s, 0));
	must_be(&s, line, "start", "\"2026-03-02T14:00:00Z\"");
	must_be(&s, line, "kind", "\"v4-only\"");
	close_story(&s);
}

static void test_token_missing(void **state)
{
	struct story s;
	(void)state;
	OPEN(&s, world, "ioda IQ ping 3000 telescope 0 traffic 0\n", others, "+90m withdraw IQ over 120s\n");
	until(&s, "11:30");
	end_story(&s);
	must_have_said(&s, "Radar token not set");
	assert_int_equal(server_calls(s.r.server, "radar/netflows"), 0);
	close_story(&s);
}

/* ---- the life of an event that only the others see ---- */

static void must_be_one_dark(struct story *s)
{
	if (event_count(s) != 1)
		fail_story(s, "%u events instead of one", event_count(s));
	const char *line = event(s, 0);
	must_be(s, line, "kind", "\"dark\"");
	must_begin_near(s, line, "2026-03-02T10:30:00Z", 15 * MINUTE);
}

static void test_dark_with_relapse(void **state)
{
	struct story s;
	(void)state;
	OPEN(&s, world, others, "token abc\n", steady, dark,
	     "+4h signal IQ ping 100% over 2m\n+4h signal IQ traffic 100% over 2m\n+4h signal IQ dns 100% over 2m\n"
	     "+4h signal IQ telescope 100% over 2m\n+4h probes IQ return over 3m\n"
	     "+4h40m signal IQ ping 0% over 2m\n+4h40m signal IQ traffic 0% over 2m\n+4h40m signal IQ dns 0% over 2m\n"
	     "+4h40m signal IQ telescope 0% over 2m\n+4h40m probes IQ leave 95% over 3m\n"
	     "+7h signal IQ ping 100% over 2m\n+7h signal IQ traffic 100% over 2m\n+7h signal IQ dns 100% over 2m\n"
	     "+7h signal IQ telescope 100% over 2m\n+7h probes IQ return over 3m\n");
	until(&s, "18:30");
	end_story(&s);
	must_be_one_dark(&s);
	must_be(&s, event(&s, 0), "relapses", "1");
	if (!strcmp(json_member(event(&s, 0), "state"), "\"confirmed\""))
		fail_story(&s, "back since 16:00, and not even easing");
	close_story(&s);
}

static void test_restart_in_the_dark(void **state)
{
	struct story s;
	char seq[24];
	(void)state;
	OPEN(&s, world, others, "token abc\n", steady, dark,
	     "+4h signal IQ ping 100% over 2m\n+4h signal IQ traffic 100% over 2m\n+4h signal IQ dns 100% over 2m\n"
	     "+4h signal IQ telescope 100% over 2m\n+4h probes IQ return over 3m\n");
	until(&s, "12:00");
	rig_run(&s.r, "events --json --state all");
	must_be_one_dark(&s);
	snprintf(seq, sizeof(seq), "%s", json_member(event(&s, 0), "seq"));
	rig_kill(&s.r);
	strbuf_add(&s.said, s.r.log.text, s.r.log.len);
	until(&s, "12:10");
	headless_start(&s.r, "IQ");
	until(&s, "12:50");
	rig_run(&s.r, "events --json --state all");
	must_be_one_dark(&s);
	must_be(&s, event(&s, 0), "seq", seq);
	must_be(&s, event(&s, 0), "state", "\"confirmed\"");
	until(&s, "19:30");
	end_story(&s);
	must_be_one_dark(&s);
	must_be(&s, event(&s, 0), "seq", seq);
	must_be(&s, event(&s, 0), "state", "\"resolved\"");
	close_story(&s);
}

/* The source that saw it fails in the middle: nothing ends for that, and what is missing is named. */
static void test_stale_in_the_dark(void **state)
{
	struct story s;
	(void)state;
	OPEN(&s, world, others, "token abc\n", steady, dark);
	until(&s, "12:00");
	rig_run(&s.r, "events --json --state all");
	must_be_one_dark(&s);
	must_do(&s, "fault ioda/* 500 for 2h");
	until(&s, "13:50");
	rig_run(&s.r, "events --json --state all");
	must_be_one_dark(&s);
	if (!strcmp(json_member(event(&s, 0), "state"), "\"resolved\""))
		fail_story(&s, "ended because a source is gone");
	until(&s, "15:00");
	end_story(&s);
	must_be_one_dark(&s);
	must_be(&s, event(&s, 0), "state", "\"confirmed\"");
	close_story(&s);
}

/* ---- the common-mode guard ---- */

static void test_common_mode(void **state)
{
	struct strbuf text;
	struct story s;
	static const char *const codes[] = {"IQ", "LY", "EG", "GA", "CM"};
	(void)state;
	strbuf_init(&text, 1 << 16);
	strbuf_adds(&text, "start 2026-03-02T09:00:00Z\nseed 32\npeers 24 on rrc00 rrc03 rrc12 rrc21\nkeepalive 25s\n"
			   "canaries 2\nhosted 127.0.0.0/8 AS64500 DE\n");
	for (unsigned i = 0; i < ARRAY_LEN(codes); i++)
		strbuf_addf(&text,
			    "country %s Country %u\nrange %s 10%u.0.0.0/16\nas %s AS6560%u NET-%u - Net %u\n"
			    "upstream AS6560%u AS3356 100\nprefix AS6560%u 10%u.0.0.0/24 x4\n"
			    "+90m withdraw %s over 60s\n+93m announce %s over 10s\n",
			    codes[i], i, codes[i], i, codes[i], i, i, i, i, i, i, codes[i], codes[i]);
	strbuf_init(&s.said, 16u << 20);
	rig_open(&s.r, text.text, true, "[source.probe]\nperiod = 20m\n");
	strbuf_release(&text);
	headless_learn(&s.r, "IQ LY EG GA CM", &s.said);
	until(&s, "11:00");
	end_story(&s);
	must_have_said(&s, "ossible feed fault: ");
	must_not_have_said(&s, "(confirmed)");
	assert_int_equal(event_count(&s), 0);
	close_story(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_disputed),
		cmocka_unit_test(test_families_apart),
		cmocka_unit_test(test_token_missing),
		cmocka_unit_test(test_dark_with_relapse),
		cmocka_unit_test(test_restart_in_the_dark),
		cmocka_unit_test(test_stale_in_the_dark),
		cmocka_unit_test(test_common_mode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
