/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* Every fault on every source: the Sources view names it in words, what the other sources say stays on the screen, no
 * event is made of it, and when the fault is over so is the error. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* words: one of these must stand in the source's line, '|' between them. NULL: this fault does not apply to the source.
 */
static const struct fault_case {
	const char *kind, *polled, *stream;
} cases[] = {
	{"slow", "no answer|timed out|timeout|within", "lag|late"},
	{"silent", "no answer|timed out|timeout|within", "nothing came|no answer|silent|timeout"},
	{"429", "429", "429"},
	{"500", "500", "500"},
	{"html", "HTML|web page", "HTML|web page"},
	{"truncated", "ended early|cut|incomplete|closed|truncated|transfer|broke off",
	 "truncated|ended|closed|cut|broke off"},
	{"garbage", "JSON|not an object|parse", "not understood|JSON|parse|ended|closed"},
	{"gigantic", "larger|limit|more than|longer", "longer|1 MiB|not understood"},
	{"cut", "ended early|cut|incomplete|closed|truncated|transfer|broke off",
	 "truncated|ended|closed|cut|broke off"},
	{"reset", "reset|closed|connection|broke off", "reset|closed|ended|connection|broke off"},
	{"error", NULL, "too slow|says"},
	{"empty", "empty|JSON|parse", NULL},
	{"tls", "certificate|TLS|SSL", "certificate|TLS|SSL"},
};

static const struct source_case {
	const char *name, *title, *where;
	bool stream;
} sources[] = {
	{"ripestat", "RIPEstat", "ripestat/*", false},
	{"rislive", "RIS Live", "rislive/stream", true},
	{"ioda", "IODA", "ioda/*", false},
};

struct job {
	const struct fault_case *fault;
	const struct source_case *source;
};

static void must_do(struct rig *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void must_do(struct rig *r, const char *fmt, ...)
{
	char line[160];
	struct err e = {0};
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (server_do(r->server, line, &e) < 0)
		fail_msg("%s", e.msg);
}

/* All lines of the screen from the source's title on, up to the next source: the words may stand below the row. */
static bool says(struct rig *r, const struct source_case *s, const char *words)
{
	char one[64], *text = xstrdup(rig_screen(r)), *line = strstr(text, s->title);
	bool hit = false;
	while (line && *words && !hit) {
		size_t len = strcspn(words, "|");
		snprintf(one, sizeof(one), "%.*s", (int)len, words);
		words += len + (words[len] == '|');
		for (char *at = line; at && !hit; at = strstr(at + 1, s->title)) {
			char *end = strchr(at, '\n');
			if (end)
				*end = '\0';
			hit = strstr(at, one) != NULL;
			if (end)
				*end = '\n';
		}
	}
	free(text);
	return hit;
}

static void wait_says(struct rig *r, const struct source_case *s, const char *words, int64_t limit_ms)
{
	int64_t until = server_now(r->server) + limit_ms;
	while (!says(r, s, words)) {
		if (server_now(r->server) >= until)
			rig_fail(r, "%s: the Sources view does not say one of '%s'", s->title, words);
		rig_pass(r, 5 * SECOND);
	}
}

static void no_event(struct rig *r)
{
	assert_int_equal(rig_run(r, "events --json --state all"), 0);
	for (const char *line = r->out.text; *line; line += strcspn(line, "\n") + 1)
		if (!json_member(line, "state") || strcmp(json_member(line, "state"), "\"dismissed\""))
			rig_fail(r, "an event was made of the fault: %s", line);
}

static void open_tls(struct rig *r, const struct source_case *s)
{
	char extra[100];
	snprintf(extra, sizeof(extra), "[source.%s]\nurl = https://127.0.0.1:%u\n", s->name,
		 server_tls_port(r->server));
	rig_config(r, extra);
}

/* The others' words: what must go on while this one is broken. */
static void others_go_on(struct rig *r, const struct source_case *s)
{
	rig_keys(r, "2");
	if (strcmp(s->name, "ioda"))
		rig_wait(r, "too few to judge: 18 /24s", 15 * MINUTE);
	else
		rig_wait(r, "networks up 4 of 4", 2 * MINUTE);
	rig_keys(r, "5");
	rig_wait(r, "IODA", MINUTE);
}

static void test_fault(void **state)
{
	const struct job *j = *state;
	const struct source_case *s = j->source;
	bool tls = !strcmp(j->fault->kind, "tls");
	struct rig r;
	rig_open(&r, "quiet.scn", true, NULL);
	if (tls)
		open_tls(&r, s);
	else if (!s->stream)
		must_do(&r, "fault %s %s", s->where, j->fault->kind);
	rig_start(&r, 40, 160, "KP");
	if (s->stream && !tls) {
		rig_wait(&r, "networks up 4 of 4", 2 * MINUTE);
		rig_pass(&r, 12 * MINUTE);
		must_do(&r, "fault %s %s", s->where, j->fault->kind);
	}
	rig_wait(&r, "Territory", MINUTE);
	rig_keys(&r, "5");
	rig_wait(&r, "IODA", MINUTE);
	wait_says(&r, s, s->stream ? j->fault->stream : j->fault->polled, 8 * MINUTE);
	others_go_on(&r, s);
	no_event(&r);
	if (!tls) {
		must_do(&r, "fault clear");
		rig_keys(&r, "2");
		rig_wait(&r, "networks up 4 of 4", 2 * HOUR);
		no_event(&r);
	}
	rig_keys(&r, "q");
	rig_end(&r, 0);
	assert_int_equal(r.status, 0);
	rig_close(&r);
}

/* Own checks: whatever the host does wrong, the path to it is what is told. */
static const struct probe_case {
	const char *line, *words;
} probes[] = {
	{"sites down 1h", "no answer"},
	{"fault probe/site silent", "connected, no an"},
	{"fault probe/site reset", "connected, then"},
	{"fault probe/site 500", "500 in"},
	{"fault probe/site 429", "429 in"},
	{"fault probe/site html", "200 in"},
	{"fault probe/site gigantic", "200 in"},
	{"fault probe/site garbage", "200 in"},
	{"fault probe/dns silent", "no answer"},
};

static void test_probe(void **state)
{
	const struct probe_case *p = *state;
	const struct source_case site = {.title = "127.0.0.1"};
	struct rig r;
	rig_open(&r, "quiet.scn", true, NULL);
	must_do(&r, "%s", p->line);
	rig_start(&r, 40, 160, "KP");
	rig_wait(&r, "networks up 4 of 4", 5 * MINUTE);
	wait_says(&r, &site, p->words, 8 * MINUTE);
	no_event(&r);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	assert_int_equal(r.status, 0);
	rig_close(&r);
}

int main(int argc, char **argv)
{
	enum { COUNT = sizeof(cases) / sizeof(*cases) * sizeof(sources) / sizeof(*sources) };
	static struct job jobs[COUNT];
	static char names[COUNT][64];
	static struct CMUnitTest tests[COUNT + sizeof(probes) / sizeof(*probes)];
	size_t n = 0;
	for (size_t s = 0; s < sizeof(sources) / sizeof(*sources); s++)
		for (size_t c = 0; c < sizeof(cases) / sizeof(*cases); c++) {
			if (!(sources[s].stream ? cases[c].stream : cases[c].polled))
				continue;
			jobs[n] = (struct job){&cases[c], &sources[s]};
			snprintf(names[n], sizeof(names[n]), "%s %s", sources[s].name, cases[c].kind);
			tests[n] = (struct CMUnitTest){
				.name = names[n], .test_func = test_fault, .initial_state = &jobs[n]};
			n++;
		}
	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++)
		tests[n++] = (struct CMUnitTest){.name = probes[i].line,
						 .test_func = test_probe,
						 .initial_state = (void *)(uintptr_t)&probes[i]};
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests("faults", tests, n, NULL, NULL);
}
