/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* The sixteen signatures of shared/cases/README.md, each as a scenario through the real binary: the verdict names it,
 * with the published times, and takes none for another. A table of expected against got is printed.
 *
 * The program runs headless on the driven clock and its words are read as they come. Days in which nothing happens are
 * spent switched off, as a dashboard is, and its memory of a whole day of the networks, which partial losses are judged
 * by, is written into its store after a quarter of an hour of real learning. Each scenario runs in a process of its
 * own, JOBS at a time: the program calls itself with the signature's number. */
#include "headless.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/when.h"

enum { JOBS = 2, AWAY_MAX = 8, OUTPUT_MAX = 4 << 20 };
#define ROUTING_S 60  /* detection.md 9: start and end error of BGP */
#define SAMPLED_S 900 /* one step of the signal that sees it: quarters of an hour at most */

struct away {
	const char *from, *until;
};

/* phrase: of src/core/signature_words.c, as the verdict says it. kind NULL: there must be no confirmed event at all. */
static const struct signature {
	const char *scenario, *country, *phrase, *kind;
	const char *start, *end; /* of the territory's event; end NULL: not looked at */
	int64_t error_s;
	const char *until;
	struct away away[AWAY_MAX];
	unsigned nights;  /* before the last one: 8 h each night, of which the beginning and the end are watched */
	const char *also; /* a second one that is true of it as well: what it is, or what it was until it returned; or
			     NULL */
} signatures[] = {
	{"sig-clean.scn",
	 "EG",
	 "clean withdrawal",
	 "withdrawn",
	 "2011-01-27T22:34:00Z",
	 "2011-02-02T09:30:00Z",
	 ROUTING_S,
	 "2011-02-02T10:20:00Z",
	 {{"2011-01-28T00:30:00Z", "2011-02-02T09:00:00Z"}},
	 0,
	 NULL},
	{"sig-flap.scn",
	 "KP",
	 "flap, then die",
	 "withdrawn",
	 "2014-12-22T16:15:00Z",
	 NULL,
	 ROUTING_S,
	 "2014-12-22T17:00:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-nowarning.scn",
	 "KP",
	 "no warning",
	 "withdrawn",
	 "2014-12-27T10:30:00Z",
	 NULL,
	 ROUTING_S,
	 "2014-12-27T11:30:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-tremor.scn",
	 "KP",
	 "tremor",
	 "withdrawn",
	 "2014-12-22T16:15:00Z",
	 NULL,
	 ROUTING_S,
	 "2014-12-22T17:00:00Z",
	 {{"2014-12-18T17:00:00Z", "2014-12-22T15:30:00Z"}},
	 0,
	 NULL},
	{"sig-protocol.scn",
	 "IR",
	 "protocol first",
	 "dark",
	 "2026-01-08T11:49:00Z",
	 NULL,
	 ROUTING_S,
	 "2026-01-08T20:30:00Z",
	 {{0}},
	 0,
	 "routes up, dark"},
	{"sig-dark.scn",
	 "LY",
	 "routes up, dark",
	 "dark",
	 "2011-03-03T16:35:00Z",
	 NULL,
	 SAMPLED_S,
	 "2011-03-03T18:30:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-oneway.scn",
	 "IQ",
	 "one-way",
	 "one-way",
	 "2022-06-22T02:00:00Z",
	 "2022-06-22T05:00:00Z",
	 ROUTING_S,
	 "2022-06-22T06:30:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-last.scn",
	 "EG",
	 "last network standing",
	 "withdrawn",
	 "2011-01-27T22:34:00Z",
	 NULL,
	 ROUTING_S,
	 "2011-01-28T00:30:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-decoy.scn",
	 "LY",
	 "decoy route",
	 "partial",
	 "2011-02-18T23:18:00Z",
	 "2011-02-19T06:10:00Z", /* the rest; two thirds were back at 06:01 */
	 ROUTING_S,
	 "2011-02-19T07:00:00Z",
	 {{"2011-02-19T00:40:00Z", "2011-02-19T05:40:00Z"}},
	 0,
	 NULL},
	{"sig-staggered.scn",
	 "IR",
	 "staggered",
	 "withdrawn",
	 "2019-11-16T14:00:00Z",
	 NULL,
	 ROUTING_S,
	 "2019-11-16T17:30:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-curfew.scn",
	 "MM",
	 "curfew",
	 "withdrawn",
	 "2021-02-22T18:30:00Z",
	 NULL,
	 ROUTING_S,
	 "2021-02-22T19:10:00Z",
	 {{0}},
	 7,
	 NULL},
	{"sig-dawn.scn",
	 "GA",
	 "false dawn",
	 "withdrawn",
	 "2019-01-07T07:05:00Z",
	 "2019-01-08T11:10:00Z",
	 ROUTING_S,
	 "2019-01-08T12:00:00Z",
	 {{"2019-01-07T08:20:00Z", "2019-01-07T09:45:00Z"}, {"2019-01-07T11:40:00Z", "2019-01-08T10:45:00Z"}},
	 0,
	 "clean withdrawal"},
	{"sig-slope.scn",
	 "ES",
	 "slow slope",
	 NULL,
	 "2025-04-28T10:34:00Z",
	 NULL,
	 SAMPLED_S,
	 "2025-04-28T16:30:00Z",
	 {{0}},
	 0,
	 NULL},
	{"sig-split.scn",
	 "CA",
	 "split recovery",
	 "v6-only",
	 "2022-07-08T08:44:00Z",
	 "2022-07-09T08:30:00Z",
	 ROUTING_S,
	 "2022-07-09T09:30:00Z",
	 {{"2022-07-08T10:00:00Z", "2022-07-08T23:40:00Z"}, {"2022-07-09T01:00:00Z", "2022-07-09T08:05:00Z"}},
	 0,
	 "clean withdrawal"},
	{"sig-regional.scn", "CM", "regional", NULL, NULL, NULL, 0, "2017-01-17T19:00:00Z", {{0}}, 0, NULL},
	{"sig-order.scn", "IQ", "order without effect", NULL, NULL, NULL, 0, "2014-06-12T14:00:00Z", {{0}}, 0, NULL},
};
enum { COUNT = ARRAY_LEN(signatures) };

/* ---- one scenario, in a process of its own ---- */

static int play(const struct signature *g)
{
	struct rig r;
	struct strbuf said;
	const int64_t last = g->start ? headless_at(g->start) : 0;
	strbuf_init(&said, OUTPUT_MAX);
	rig_open(&r, g->scenario, true, "[source.probe]\nperiod = 20m\n");
	headless_learn(&r, g->country, &said);
	for (size_t i = 0; i < AWAY_MAX && g->away[i].from; i++)
		headless_skip(&r, g->country, headless_at(g->away[i].from), headless_at(g->away[i].until), &said);
	for (unsigned i = g->nights; i > 0; i--) {
		int64_t night = last - i * 24 * HOUR;
		headless_skip(&r, g->country, night + 15 * MINUTE, night + 8 * HOUR - 10 * MINUTE, &said);
		headless_skip(&r, g->country, night + 8 * HOUR + 25 * MINUTE, night + 24 * HOUR - 15 * MINUTE, &said);
	}
	rig_until(&r, headless_at(g->until));
	headless_stop(&r, &said);
	rig_run(&r, "events --json --state all");
	fputs(said.text, stdout);
	fputs(r.out.text, stdout);
	strbuf_release(&said);
	rig_close(&r);
	return 0;
}

/* ---- all of them ---- */

static struct run {
	pid_t pid;
	int fd, status;
	char *text;
	size_t len;
} runs[COUNT];

static void begin(size_t i, const char *self)
{
	int fd[2];
	char number[12];
	snprintf(number, sizeof(number), "%zu", i);
	assert_int_equal(pipe(fd), 0);
	runs[i] = (struct run){.fd = fd[0], .text = xcalloc(1, OUTPUT_MAX)};
	fflush(NULL);
	runs[i].pid = fork();
	assert_true(runs[i].pid >= 0);
	if (runs[i].pid == 0) {
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		close(fd[1]);
		execl(self, self, number, (char *)NULL);
		_exit(127);
	}
	close(fd[1]);
}

/* True: it has ended. */
static bool take(struct run *r)
{
	char part[8192];
	ssize_t n = read(r->fd, part, sizeof(part));
	if (n > 0 && r->len + (size_t)n < OUTPUT_MAX) {
		memcpy(r->text + r->len, part, (size_t)n);
		r->len += (size_t)n;
	}
	if (n > 0)
		return false;
	close(r->fd);
	r->fd = -1;
	waitpid(r->pid, &r->status, 0);
	return true;
}

static void play_all(const char *self)
{
	size_t next = 0, running = 0;
	while (next < COUNT || running) {
		struct pollfd fds[COUNT];
		for (; next < COUNT && running < JOBS; next++, running++)
			begin(next, self);
		for (size_t i = 0; i < COUNT; i++)
			fds[i] = (struct pollfd){.fd = i < next ? runs[i].fd : -1, .events = POLLIN};
		poll(fds, COUNT, -1);
		for (size_t i = 0; i < next; i++)
			if (runs[i].fd >= 0 && fds[i].revents)
				running -= take(&runs[i]);
	}
}

/* ---- what came out ---- */

/* The first line of the transcript, from this time on, that holds these words; its time into when. */
static bool was_said(const struct run *r, const char *from, const char *phrase, char when[WALL_TEXT_MAX])
{
	size_t len = strlen(phrase);
	when[0] = '\0';
	for (const char *line = r->text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t end = strcspn(line, "\n");
		if (*line == '{' || (from && strncmp(line, from, 20) < 0))
			continue;
		for (size_t i = 0; i + len <= end; i++)
			if (!strncasecmp(line + i, phrase, len)) {
				snprintf(when, WALL_TEXT_MAX, "%.20s", line);
				return true;
			}
	}
	return false;
}

struct got {
	char kind[24], start[32], end[32], named[WALL_TEXT_MAX];
	bool any;
};

static void member(const char *line, const char *key, char *dst, size_t cap)
{
	const char *v = json_member(line, key);
	snprintf(dst, cap, "%.*s", v && *v == '"' ? (int)strlen(v) - 2 : 0, v ? v + 1 : "");
}

static bool is_near(const char *got, const char *want, int64_t error_s)
{
	struct wall t;
	return !wall_parse(got, &t, NULL) && llabs(t.ms - headless_at(want)) <= error_s * SECOND;
}

/* The territory's event that begins nearest to when it should; without that, any. */
static void find_event(const struct signature *g, const struct run *r, struct got *out)
{
	*out = (struct got){.kind = "-"};
	for (const char *line = r->text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		char state[24], scope[24], began[32];
		if (*line != '{')
			continue;
		member(line, "scope", scope, sizeof(scope));
		member(line, "state", state, sizeof(state));
		member(line, "start", began, sizeof(began));
		if (strcmp(scope, "territory") || !strcmp(state, "dismissed") || !strcmp(state, "suspected"))
			continue;
		if (out->any && !(g->start && is_near(began, g->start, g->error_s)))
			continue;
		out->any = true;
		snprintf(out->start, sizeof(out->start), "%s", began);
		member(line, "kind", out->kind, sizeof(out->kind));
		member(line, "end", out->end, sizeof(out->end));
	}
}

static bool judge_one(size_t i, const struct got *e, char *why, size_t cap)
{
	const struct signature *g = &signatures[i];
	char when[WALL_TEXT_MAX];
	why[0] = '\0';
	if (!WIFEXITED(runs[i].status) || WEXITSTATUS(runs[i].status))
		snprintf(why, cap, "the run failed");
	else if (!e->named[0])
		snprintf(why, cap, "not named");
	else if (!g->start && e->any)
		snprintf(why, cap, "a confirmed event");
	else if (g->start && !e->any)
		snprintf(why, cap, "no event");
	else if (g->kind && strcmp(e->kind, g->kind))
		snprintf(why, cap, "kind");
	else if (g->start && !is_near(e->start, g->start, g->error_s))
		snprintf(why, cap, "start");
	else if (g->end && !is_near(e->end, g->end, g->error_s))
		snprintf(why, cap, "end");
	for (size_t k = 0; !why[0] && k < COUNT; k++)
		if (k != i && !(g->also && !strcmp(g->also, signatures[k].phrase)) &&
		    was_said(&runs[i], signatures[i].start, signatures[k].phrase, when))
			snprintf(why, cap, "taken for: %s (%s)", signatures[k].phrase, when);
	return !why[0];
}

static const char *self_path;

static void test_signatures(void **state)
{
	size_t failed = 0;
	(void)state;
	play_all(self_path);
	printf("%-22s | %-9s %-20s %-20s | %-9s %-20s %-20s %-20s |\n", "signature", "expected:", "start", "end",
	       "got:", "start", "end", "named at");
	for (size_t i = 0; i < COUNT; i++) {
		const struct signature *g = &signatures[i];
		struct got e;
		char why[120];
		find_event(g, &runs[i], &e);
		(void)was_said(&runs[i], g->start, g->phrase, e.named);
		bool ok = judge_one(i, &e, why, sizeof(why));
		failed += !ok;
		printf("%-22s | %-9s %-20s %-20s | %-9s %-20s %-20s %-20s | %s\n", g->phrase, g->kind ? g->kind : "-",
		       g->start ? g->start : "-", g->end ? g->end : "-", e.kind, e.start, e.end, e.named,
		       ok ? "ok" : why);
	}
	printf("\nwhat each scenario was called (o: as it should be, X: not):\n");
	for (size_t i = 0; i < COUNT; i++) {
		char when[WALL_TEXT_MAX], row[COUNT + 1];
		for (size_t k = 0; k < COUNT; k++)
			row[k] = was_said(&runs[i], signatures[i].start, signatures[k].phrase, when)
					 ? (char)(k == i ? 'o' : 'X')
					 : '.';
		row[COUNT] = '\0';
		printf("%-22s %s\n", signatures[i].phrase, row);
	}
	for (size_t i = 0; i < COUNT; i++) {
		if (getenv("LANDLINE_SIGNATURES_SAY"))
			printf("\n--- %s\n%s", signatures[i].scenario, runs[i].text);
		free(runs[i].text);
	}
	assert_int_equal(failed, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_signatures)};
	self_path = argv[0];
	if (argc > 1)
		return play(&signatures[strtoul(argv[1], NULL, 10) % COUNT]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
