/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* A recording made against the test server under faults, played again: the same events at any speed and without a screen as
 * the live run stored; a kill loses no more than a second; the store is left alone; keys are answered at full speed. */
#include "rig.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "base/when.h"

static const char scenario[] =
	"start 2014-12-22T15:30:00Z\nseed 20141222\nkeepalive 20s\npeers 40 on rrc00 rrc01 rrc03 rrc12 rrc21\n"
	"country KP North Korea\nrange KP 175.45.176.0/22\nas KP AS131279 STAR-KP - Star Joint Venture\n"
	"upstream AS131279 AS4837 941\nprefix AS131279 175.45.176.0/24 x4\nioda KP ping 18 telescope 0 traffic 0\ncanaries 4\n"
	"site kcna KP\nhosted 127.0.0.0/8 AS64500 DE\nradar KP traffic 100 dns 50 attacks 1\ntoken very-secret-9\n+45m withdraw KP over 150s\n+85m announce KP over 30s\n";

static void must_do(struct rig *r, const char *line)
{
	struct err e = {0};
	if (server_do(r->server, line, &e) < 0)
		fail_msg("%s", e.msg);
}

/* Ninety minutes with an outage, a dead RIPEstat, a stream that is cut and one that sends garbage. */
static void live_run(struct rig *r)
{
	rig_open(r, scenario, true, NULL);
	rig_start(r, 30, 100, "KP --record kp.rec");
	rig_wait(r, "networks up 4 of 4", 5 * MINUTE);
	rig_pass(r, 8 * MINUTE);
	must_do(r, "fault ripestat/* 500");
	rig_pass(r, 4 * MINUTE);
	must_do(r, "fault clear");
	must_do(r, "fault rislive/stream cut");
	rig_pass(r, 5 * MINUTE);
	must_do(r, "fault clear");
	rig_pass(r, 5 * MINUTE);
	must_do(r, "fault rislive/stream garbage");
	rig_pass(r, 3 * MINUTE);
	must_do(r, "fault clear");
	rig_pass(r, 85 * MINUTE);
	rig_keys(r, "q");
	rig_end(r, 0);
	assert_int_equal(r->status, 0);
}

/* What may differ: the store does not keep why a class was missing, and what is open yet is counted up to the moment of printing. */
static const struct { const char *from, *to, *instead; bool open; } differences[] = {
	{"\"replay\":false", ",", "\"replay\":true", false},
	{": no data (", ")", ": no data", false},
	{"\"duration_s\":", "\"confirmed\"", "", true},
	{"\"area\":", "\"via_asn\"", "", true},
};

/* Without carriage returns and the differences: then both must be alike. */
static char *plain(const char *text)
{
	struct strbuf out;
	strbuf_init(&out, 64u << 20);
	for (const char *line = text, *p = text; *p;) {
		const char *end = line + strcspn(line, "\n"), *open = strstr(line, "\"end\":null");
		size_t i = 0;
		while (i < ARRAY_LEN(differences) &&
		       (strncmp(p, differences[i].from, strlen(differences[i].from)) != 0 || (differences[i].open && (!open || open > end))))
			i++;
		if (i < ARRAY_LEN(differences)) {
			strbuf_adds(&out, differences[i].instead);
			p = strstr(p, differences[i].to);
			assert_non_null(p);
			p += *p == ')';
			continue;
		}
		if (*p != '\r')
			strbuf_addc(&out, *p);
		if (*p++ == '\n')
			line = p;
	}
	return strbuf_take(&out);
}

static char *run(struct rig *r, const char *words)
{
	if (rig_run(r, words) != 0)
		fail_msg("landline %s: %s", words, r->err.text);
	return plain(r->out.text);
}

static void assert_same(const char *what, const char *want, const char *got)
{
	size_t i = 0;
	while (want[i] && want[i] == got[i])
		i++;
	size_t from = i > 150 ? i - 150 : 0;
	if (want[i] || got[i])
		fail_msg("%s differs at byte %zu.\n--- wanted:\n%.300s\n--- got:\n%.300s", what, i, want + from, got + from);
}

/* At a speed of the driven clock, in the terminal. */
static char *run_paced(struct rig *r, const char *words, int64_t limit_ms)
{
	rig_start(r, 30, 100, words);
	rig_until_gone(r, limit_ms);
	assert_int_equal(r->status, 0);
	return plain(r->log.text);
}

static void read_whole(struct strbuf *out, const char *dir, const char *name)
{
	char path[400], buf[4096];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "rb");
	strbuf_adds(out, name);
	for (size_t n; f && (n = fread(buf, 1, sizeof(buf), f)) > 0;)
		strbuf_add(out, buf, n);
	if (f)
		fclose(f);
}

static char *store_bytes(const struct rig *r, size_t *len)
{
	char dir[200];
	struct strbuf out;
	strbuf_init(&out, 256u << 20);
	snprintf(dir, sizeof(dir), "%s/state/landline", r->dir);
	read_whole(&out, dir, "landline.db");
	read_whole(&out, dir, "landline.db-wal");
	*len = out.len;
	return strbuf_take(&out);
}

/* The token was sent, again and again; none of it is in the file. */
static void no_secret_in(const struct rig *r, const char *name)
{
	char path[200];
	struct strbuf all;
	static char buf[65536];
	int n;
	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	gzFile z = gzopen(path, "rb");
	assert_non_null(z);
	strbuf_init(&all, 256u << 20);
	while ((n = gzread(z, buf, sizeof(buf))) > 0)
		strbuf_add(&all, buf, (size_t)n);
	assert_int_equal(gzclose(z), Z_OK);
	assert_non_null(strstr(all.text, "s=radar"));
	assert_null(strstr(all.text, "very-secret-9"));
	assert_null(strstr(all.text, "Bearer"));
	strbuf_release(&all);
}

static void test_the_same_at_any_speed(void **state)
{
	struct rig r;
	size_t before_len, after_len;
	(void)state;
	live_run(&r);
	no_secret_in(&r, "kp.rec");
	char *live = run(&r, "events --json --state all");
	assert_non_null(strstr(live, "\"kind\":\"withdrawn\""));
	char *before = store_bytes(&r, &before_len);
	char *free_json = run(&r, "replay kp.rec --headless --json --state all");
	assert_same("the live log and its replay", live, free_json);
	char *text = run(&r, "replay kp.rec --headless --state all");
	assert_non_null(strstr(text, "REPLAY kp.rec"));
	char *fast = run_paced(&r, "replay kp.rec --headless --speed 1000 --state all", 10 * MINUTE);
	assert_same("1000x", text, fast);
	char *real = run_paced(&r, "replay kp.rec --headless --speed 1 --state all", 4 * HOUR);
	assert_same("1x", text, real);
	char *after = store_bytes(&r, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
	free(live);
	free(before);
	free(free_json);
	free(text);
	free(fast);
	free(real);
	free(after);
	rig_close(&r);
}

/* What the store knew when the recording began is part of it. */
static void test_with_a_past(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r, scenario, true, NULL);
	rig_start(&r, 30, 100, "KP");
	rig_wait(&r, "networks up 4 of 4", 5 * MINUTE);
	rig_pass(&r, 55 * MINUTE); /* the outage is on */
	rig_keys(&r, "q");
	rig_end(&r, 0);
	rig_start(&r, 30, 100, "KP --record second.rec");
	rig_wait(&r, "KP", 5 * MINUTE);
	rig_pass(&r, 80 * MINUTE);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	char *live = run(&r, "events --json --state all");
	char *replayed = run(&r, "replay second.rec --headless --json --state all");
	assert_same("a recording that begins in an outage", live, replayed);
	free(live);
	free(replayed);
	rig_close(&r);
}

static void test_killed(void **state)
{
	struct rig r;
	char text[WALL_TEXT_MAX], busy[sizeof(scenario)];
	(void)state;
	/* something comes every second, so that a second more than that would be missed */
	snprintf(busy, sizeof(busy), "%s", scenario);
	memcpy(strstr(busy, "keepalive 20s"), "keepalive  1s", 13);
	rig_open(&r, busy, true, NULL);
	rig_start(&r, 30, 100, "KP --record cut.rec");
	rig_wait(&r, "networks up 4 of 4", 5 * MINUTE);
	rig_until(&r, 1419264000000LL + 20 * SECOND); /* 16:00:20: networks of one peer move */
	must_do(&r, "withdraw 175.45.176.0/24 over 10s");
	rig_pass(&r, 12 * SECOND);
	int64_t killed = server_now(r.server);
	rig_kill(&r);
	assert_int_equal(rig_run(&r, "replay cut.rec --headless"), 0);
	assert_non_null(strstr(r.err.text, "cut short"));
	const char *until = strstr(r.out.text, " to ");
	struct wall last;
	assert_non_null(until);
	snprintf(text, sizeof(text), "%.20s", until + 4);
	assert_int_equal(wall_parse(text, &last, NULL), 0);
	if (last.ms < killed - 2 * SECOND) /* printed to the second */
		fail_msg("killed at %lld, the recording ends at %s", (long long)killed, text);
	rig_close(&r);
}

/* At 100000x and seeking, keys are answered; nothing of it is called live; leaving is at once. */
static void test_keys_at_full_speed(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r, "now.scn", false, NULL);
	rig_start(&r, 24, 80, "replay kp-2014 --speed 100000 --loop");
	rig_wait(&r, "REPLAY", 5 * SECOND);
	for (int i = 0; i < 5; i++) {
		rig_keys(&r, "4");
		rig_wait(&r, "Events]", SECOND);
		assert_true(rig_sees(&r, "REPLAY"));
		rig_keys(&r, "2");
		rig_wait(&r, "Territory]", SECOND);
	}
	rig_keys(&r, ":27 Dec 12:00\r"); /* days away: the answer to the key is not */
	rig_keys(&r, "?");
	rig_wait(&r, "Help: Territory", SECOND);
	rig_keys(&r, "q");
	rig_wait_gone(&r, "Help: Territory", SECOND);
	rig_keys(&r, "q");
	assert_true(rig_end(&r, 0) < 1000);
	assert_int_equal(r.status, 0);
	assert_null(rig_left_on(&r));
	rig_close(&r);
}

/* From the live dashboard into the case and back: the live one has run on, and its store knows nothing of it. */
static void test_case_from_live(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r, scenario, true, NULL);
	rig_start(&r, 24, 80, "KP");
	rig_wait(&r, "networks up 4 of 4", 5 * MINUTE);
	rig_keys(&r, "L");
	rig_wait(&r, "a key of replays", MINUTE);
	rig_keys(&r, "P");
	rig_wait(&r, "REPLAY", MINUTE);
	rig_wait(&r, "Reconstruction", MINUTE);
	rig_keys(&r, " ");
	rig_wait(&r, "paused", MINUTE);
	rig_keys(&r, "r");
	rig_wait(&r, "asks nobody", MINUTE);
	rig_keys(&r, "L");
	rig_wait_gone(&r, "REPLAY", MINUTE);
	rig_wait(&r, "networks up 4 of 4", MINUTE);
	rig_wait(&r, "withdrawn", 55 * MINUTE); /* the outage of the scenario, live */
	rig_keys(&r, "q");
	rig_end(&r, 0);
	assert_int_equal(r.status, 0);
	assert_int_equal(rig_run(&r, "events --json --state all"), 0);
	assert_null(strstr(r.out.text, "\"replay\":true"));
	assert_non_null(strstr(r.out.text, "\"replay\":false"));
	rig_close(&r);
}

static void test_refused(void **state)
{
	static const struct { const char *words; int code; const char *says; } rows[] = {
		{"replay", 2, "replay needs a recording"},
		{"replay nothing-of-that-name", 2, "no file and no case"},
		{"replay config/landline/landline.conf --headless", 1, "not a recording of landline"},
		{"replay kp-2014 --speed 0 --headless", 2, "1 to 100000"},
		{"replay kp-2014 --from yesterday --headless", 2, "--from"},
		{"replay kp-2014 --from 6h --until 5h --headless", 2, "--until is not after"},
		{"replay kp-2014 --from 2020-01-01T00:00Z --headless", 2, "past the end: 'kp-2014' goes from 2014-12-"},
		{"replay kp-2014 --until 2010-01-01T00:00Z --headless", 2, "before the beginning: 'kp-2014' goes from 2014-12-"},
		{"replay kp-2014 --loop --headless", 2, "--loop needs a screen"},
		{"replay kp-2014", 2, "--headless"},
		{"record", 2, "record needs a file"},
		{"record /nonexistent/x KP", 1, "cannot record into"},
		{"events --speed 5", 2, "does not go with"},
	};
	struct rig r;
	(void)state;
	rig_open(&r, scenario, true, NULL);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int code = rig_run(&r, rows[i].words);
		if (code != rows[i].code || !strstr(r.err.text, rows[i].says))
			fail_msg("landline %s: exit %d, %s", rows[i].words, code, r.err.text);
		assert_ptr_equal(strchr(r.err.text, '\n') + 1, r.err.text + r.err.len); /* one line */
	}
	rig_close(&r);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_at_any_speed),
		cmocka_unit_test(test_with_a_past),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_keys_at_full_speed),
		cmocka_unit_test(test_case_from_live),
		cmocka_unit_test(test_refused),
	};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
