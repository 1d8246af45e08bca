/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* The past through the whole program, without a screen: the bundled case prints the published minutes; --at plans,
 * fetches from a made-up archive, goes on with what was left, and finds the outage. */
#include "rig.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/when.h"
#include "unit/archive_world.h"
#include "unit/play_world.h"

/* ---- an archive on loopback ---- */

struct archive {
	pid_t pid;
	unsigned port;
	char asked[80];   /* what was asked, a line each */
	char missing[64]; /* this file is not there; "" all are */
};

static void send_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len > 0) {
		ssize_t n = write(fd, p, len);
		if (n <= 0)
			return;
		p += n;
		len -= (size_t)n;
	}
}

static void answer(int fd, const char *status, const void *body, size_t len)
{
	char head[200];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
			 len);
	send_all(fd, head, (size_t)n);
	send_all(fd, body, len);
}

/* The bytes of "/rrc00/2014.12/updates.20141222.1615.gz", made as they are asked for. */
static bool build_file(const char *path, struct build *b)
{
	unsigned rrc, day, hour, minute;
	bool table = strstr(path, "/bview.") != NULL;
	const char *stamp = strstr(path, ".201412");
	unsigned c = 0;
	if (sscanf(path, "/rrc%2u/", &rrc) != 1 || !stamp ||
	    sscanf(stamp, ".201412%2u.%2u%2u", &day, &hour, &minute) != 3)
		return false;
	while (c < AW_COLLECTORS && (unsigned)strtoul(aw_collectors[c] + 3, NULL, 10) != rrc)
		c++;
	uint32_t from = AW_BASE + (day - 22) * 86400 + (hour - 16) * 3600 + minute * 60;
	if (c == AW_COLLECTORS || (table && from != AW_BASE))
		return false;
	if (table)
		aw_build_table(b, c);
	else
		aw_build_updates(b, c, from);
	return true;
}

static const char listing[] = "<a href=\"bview.20141222.1600.gz\">b</a> 22-Dec-2014 16:20 5K\n";

static void serve_one(const struct archive *a, int fd)
{
	char request[4096] = "", path[2000] = "", *range;
	struct build b = {0};
	struct strbuf said;
	size_t len = 0;
	while (len + 1 < sizeof(request) && !strstr(request, "\r\n\r\n")) {
		ssize_t n = read(fd, request + len, sizeof(request) - 1 - len);
		if (n <= 0)
			return;
		len += (size_t)n;
		request[len] = '\0';
	}
	if (sscanf(request, "GET %1999s", path) != 1)
		return;
	range = strstr(request, "Range: bytes=");
	FILE *f = fopen(a->asked, "a");
	if (f) {
		fprintf(f, "%s %s\n", path, range ? "range" : "all");
		fclose(f);
	}
	size_t skip = range ? strtoul(range + 13, NULL, 10) : 0;
	strbuf_init(&said, 20 << 20);
	if (pw_answer(&said, path))
		answer(fd, "200 OK", said.text, said.len);
	else if (strstr(path, "/country-resource-list/"))
		answer(fd, "200 OK", aw_resources, sizeof(aw_resources) - 1);
	else if (path[strlen(path) - 1] == '/')
		answer(fd, "200 OK", listing, sizeof(listing) - 1);
	else if ((*a->missing && strstr(path, a->missing)) || !build_file(path, &b))
		answer(fd, "404 Not Found", "none", 4);
	else
		answer(fd, skip ? "206 Partial Content" : "200 OK", b.bytes + skip, b.len - skip);
	build_release(&b);
	strbuf_release(&said);
}

static void archive_open(struct archive *a, const char *dir)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(listener >= 0 && bind(listener, (struct sockaddr *)&at, sizeof(at)) == 0 &&
		    listen(listener, 64) == 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	a->port = ntohs(at.sin_port);
	snprintf(a->asked, sizeof(a->asked), "%.60s/asked", dir);
	a->pid = fork();
	if (a->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails does not come to archive_close */
		signal(SIGPIPE, SIG_IGN);
		for (;;) {
			int fd = accept(listener, NULL, NULL);
			if (fd < 0)
				_exit(1);
			serve_one(a, fd);
			close(fd);
		}
	}
	close(listener);
}

static void archive_close(struct archive *a)
{
	kill(a->pid, SIGKILL);
	waitpid(a->pid, NULL, 0);
}

static unsigned times_asked(const struct archive *a, const char *what)
{
	char line[400];
	unsigned n = 0;
	FILE *f = fopen(a->asked, "r");
	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, what) != NULL;
	if (f)
		fclose(f);
	return n;
}

static void past_open(struct rig *r, struct archive *a)
{
	char config[300];
	rig_open(r, "quiet.scn", false, NULL);
	archive_open(a, r->dir);
	snprintf(config, sizeof(config),
		 "[source.mrt]\nurl_ris = http://127.0.0.1:%u\nurl_routeviews = http://127.0.0.1:%u\n"
		 "[source.ripestat]\nurl = http://127.0.0.1:%u\n", a->port, a->port, a->port);
	rig_config(r, config);
}

static void past_close(struct rig *r, struct archive *a)
{
	archive_close(a);
	rig_close(r);
}

static void must_say(struct rig *r, const char *text)
{
	if (!strstr(r->out.text, text))
		fail_msg("not said: '%s'\n%s\n%s", text, r->out.text, r->err.text);
}

/* ---- tests ---- */

#define AT "replay --at 2014-12-22T16:00Z --collectors rrc00,rrc01,rrc03 "

/* Must show 1: the published minutes, with their grades, `unstable` before, and nothing that a site ended. */
static void test_kp_2014(void **state)
{
	static const char *const said[] = {
		"Reconstruction from the published timeline, not a recording.",
		"flapping since",
		"22 Dec 16:15 down: all four networks leave the routing table. [A: Dyn]",
		"KP: restored 01:46 UTC after 9h31m",
		"KCNA and Rodong Sinmun load again. Hosted abroad: they end nothing. [B: Japan Times, AP]",
		"~23 Dec shortly before 08:00: down again; minute and length not published. [B: Dyn in ZDNet]",
		"KP: restored 16:12 UTC after 31m",
		"KP: all 4 networks withdrawn 22 Dec 16:15 UTC, back 23 Dec 01:46 UTC after 9h31m.",
		"KP: all 4 networks withdrawn 23 Dec 15:41 UTC, back 16:12 UTC after 31m.",
		"KP: all 4 networks withdrawn ~27 Dec 10:30 UTC",
		"~28 Dec 04:00: a fifth outage was reported; nothing is known of it, and nothing is played. [C: NK "
		"News]",
	};
	struct rig r;
	(void)state;
	rig_open(&r, "quiet.scn", false, NULL);
	assert_int_equal(rig_run(&r, "replay kp-2014 --headless"), 0);
	for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++)
		must_say(&r, said[i]);
	assert_true(strstr(r.out.text, "flapping since") < strstr(r.out.text, "16:15 down"));
	rig_close(&r);
}

static void test_dry_run(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, AT "--until 2014-12-22T17:00Z --dry-run KP"), 0);
	must_say(&r, "39 files, 39 to fetch, 15 KB and those of unknown size");
	assert_int_equal(times_asked(&a, ".gz"), 0);
	past_close(&r, &a);
}

/* Without the archive's listings there is a plan, but no sizes: which could not be read, and why. */
static void test_dry_run_offline(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	past_open(&r, &a);
	archive_close(&a);
	assert_int_equal(rig_run(&r, AT "--until 2014-12-22T17:00Z --dry-run KP"), 1);
	must_say(&r, "39 files, 39 to fetch, size unknown");
	assert_null(strstr(r.out.text, "0 B"));
	if (!strstr(r.err.text, "cannot read 3 of 3 listings of the archives, so sizes are not known: http://127.0.0.1:") ||
	    strchr(r.err.text, '\n') + 1 != r.err.text + r.err.len)
		fail_msg("%s", r.err.text);
	rig_close(&r);
}

static void test_the_outage(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, AT "--until 2014-12-23T02:30Z --headless KP"), 0);
	must_say(&r, "From the archives of rrc00, rrc01, rrc03");
	must_say(&r, "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.");
	assert_int_equal(rig_run(&r, AT "--until 2014-12-23T02:30Z --json KP"), 0);
	unsigned lines = 0;
	for (const char *p = r.out.text; (p = strchr(p, '\n')); p++)
		lines++;
	if (lines != 6)
		fail_msg("%u events, not 6:\n%s", lines, r.out.text);
	must_say(&r, "\"start\":\"2014-12-22T16:15:00Z\"");
	must_say(&r, "\"end\":\"2014-12-23T01:46:00Z\"");
	must_say(&r, "\"replay\":true");
	assert_int_equal(times_asked(&a, "bview.20141222.1600.gz"),
			 3); /* once each: the second run found all in the cache */
	assert_int_equal(times_asked(&a, "country-resource-list"), 1);
	/* nothing of it is in the live store */
	assert_int_equal(rig_run(&r, "events --json --state all"), 0);
	assert_string_equal(r.out.text, "");
	past_close(&r, &a);
}

/* A part that was left is gone on with, and the whole is right. */
static void test_taken_up(void **state)
{
	struct rig r;
	struct archive a = {0};
	char path[200];
	struct build b = {0};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, AT "--until 2014-12-22T16:30Z --headless KP"), 0);
	DIR *d;
	snprintf(path, sizeof(path), "%s/cache/landline/mrt/rrc00", r.dir);
	d = opendir(path);
	assert_non_null(d);
	closedir(d);
	snprintf(path, sizeof(path), "%s/cache/landline/mrt/rrc00/bview.20141222.1600.gz", r.dir);
	assert_int_equal(unlink(path), 0);
	strcat(path, ".part");
	aw_build_table(&b, 0);
	b.len /= 2;
	assert_true(aw_write(path, &b));
	build_release(&b);
	assert_int_equal(rig_run(&r, AT "--until 2014-12-22T16:30Z --headless KP"), 0);
	assert_int_equal(times_asked(&a, "bview.20141222.1600.gz range"), 1);
	must_say(&r, "KP: all 4 networks withdrawn since 16:15 UTC");
	past_close(&r, &a);
}

#define PLAYED "replay --at 2014-12-22T16:00Z --via bgplay "

/* The same outage by RIPEstat's BGPlay: the same events as the archives', to the second that RIPEstat has. */
static void test_by_bgplay(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-23T02:30Z --dry-run KP"), 0);
	must_say(&r, "bgplay: 4 networks, 1 request to RIPEstat, 0 in the cache, about ");
	assert_int_equal(times_asked(&a, "/bgplay/"), 0);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-23T02:30Z --headless KP"), 0);
	must_say(&r, "From BGPlay. Source: RIPEstat, RIPE NCC");
	must_say(&r, "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.");
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-23T02:30Z --json KP"), 0);
	unsigned lines = 0;
	for (const char *p = r.out.text; (p = strchr(p, '\n')); p++)
		lines++;
	if (lines != 6)
		fail_msg("%u events, not 6:\n%s", lines, r.out.text);
	must_say(&r, "\"start\":\"2014-12-22T16:15:00Z\"");
	must_say(&r, "\"end\":\"2014-12-23T01:46:00Z\"");
	must_say(&r, "\"replay\":true");
	assert_int_equal(times_asked(&a, "/bgplay/"), 1); /* the second run found all in the cache */
	assert_int_equal(times_asked(&a, ".gz"), 0);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-23T02:30Z --dry-run KP"), 0);
	must_say(&r, "1 in the cache, nothing to fetch");
	assert_int_equal(rig_run(&r, "events --json --state all"), 0);
	assert_string_equal(r.out.text, "");
	past_close(&r, &a);
}

/* From the middle of the outage: what is gone at the beginning is known to be, by the control prefix beside it. */
static void test_into_the_outage(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, "replay --at 2014-12-22T20:00Z --via bgplay --until 2014-12-23T02:30Z --headless KP"), 0);
	must_say(&r, "KP: restored 01:46 UTC after ~6h46m");
	must_say(&r, "KP: all 4 networks withdrawn ~19:00 UTC, back 01:46 UTC");
	past_close(&r, &a);
}

/* An answer that is too large is asked for in halves; one that failed is asked for again. */
static void test_in_halves(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	pw_limits.rows_max = 200; /* all of it has 336 events */
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-23T02:30Z --headless KP"), 0);
	must_say(&r, "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.");
	assert_int_equal(times_asked(&a, "/bgplay/"), 3);
	past_close(&r, &a);
	memset(&pw_limits, 0, sizeof(pw_limits));
}

/* Times that RIPEstat does not keep: an empty answer is no answer, and where one ends early nothing is known. */
static void test_not_kept(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	pw_limits.kept_until = AW_BASE - 6 * 3600;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-22T17:00Z --headless KP"), 1);
	if (!strstr(r.err.text, "nothing is kept of that time; --via mrt takes the archives' files") ||
	    strchr(r.err.text, '\n') != strrchr(r.err.text, '\n'))
		fail_msg("%s", r.err.text);
	past_close(&r, &a);
	pw_limits.kept_until = AW_DOWN - 300;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-22T17:00Z --headless KP"), 0);
	assert_null(strstr(r.out.text, "withdrawn"));
	must_say(&r, "BGPlay lost");
	past_close(&r, &a);
	/* the first of two answers ends an hour before the second begins */
	pw_limits = (struct pw_limits){.short_s = 3600};
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, PLAYED "--until 2014-12-24T02:30Z --headless KP"), 0);
	must_say(&r, "KP: restored 01:46 UTC after 9h31m");
	must_say(&r, "BGPlay lost 13:59:");
	assert_int_equal(times_asked(&a, "/bgplay/"), 2);
	assert_null(strstr(r.out.text, "BGPlay back"));
	past_close(&r, &a);
	memset(&pw_limits, 0, sizeof(pw_limits));
}

/* Both ways are named, with why one is taken. */
static void test_both_ways(void **state)
{
	struct rig r;
	struct archive a = {0};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, "replay --at 2014-12-22T16:00Z --until 2014-12-22T17:00Z --dry-run KP"), 0);
	must_say(&r, "files, ");
	must_say(&r, "bgplay: not possible: RIPEstat keeps updates from January 2024 on\n");
	must_say(&r, "taken: mrt, the only way; --via mrt or --via bgplay chooses by hand\n");
	past_close(&r, &a);
}

/* What the archive does not have is said, and not made up. */
static void test_missing(void **state)
{
	struct rig r;
	struct archive a = {.missing = ".1605.gz"};
	(void)state;
	past_open(&r, &a);
	assert_int_equal(rig_run(&r, AT "--until 2014-12-22T16:12Z --headless KP"), 0);
	if (!strstr(r.err.text, "3 of 12 files are not in the archive"))
		fail_msg("%s", r.err.text);
	assert_null(strstr(r.out.text, "withdrawn"));
	must_say(&r, "MRT archives lost");
	past_close(&r, &a);
}

static void test_used_wrongly(void **state)
{
	static const struct {
		const char *words, *error;
	} rows[] = {
		{"replay --at yesterday KP", "--at 'yesterday' is not a time"},
		{"replay --at 2014-12-22", "which territory?"},
		{"replay --at 2014-12-22 --collectors rcc00 KP", "did you mean 'rrc00'?"},
		{"replay --at 2014-12-22 --until 2014-12-21 KP", "--until is not after --at"},
		{"replay --at 2014-12-22 --via pigeon KP", "--via 'pigeon': mrt (the archives' files), bgplay"},
		{"replay --at 2014-12-22 --via bgplay --collectors rrc00 KP", "--collectors are of the archives"},
		{"replay --at 2014-12-22 QQ", "unknown territory 'QQ'"},
		{"status --at 2014-12-22 KP", "option '--at' does not go with 'status'"},
	};
	struct rig r;
	(void)state;
	rig_open(&r, "quiet.scn", false, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(rig_run(&r, rows[i].words), 2);
		if (!strstr(r.err.text, rows[i].error))
			fail_msg("`landline %s` says: %s", rows[i].words, r.err.text);
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kp_2014),  cmocka_unit_test(test_dry_run), cmocka_unit_test(test_the_outage),
		cmocka_unit_test(test_by_bgplay), cmocka_unit_test(test_into_the_outage),
		cmocka_unit_test(test_in_halves), cmocka_unit_test(test_not_kept), cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_taken_up), cmocka_unit_test(test_missing), cmocka_unit_test(test_used_wrongly),
		cmocka_unit_test(test_dry_run_offline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
