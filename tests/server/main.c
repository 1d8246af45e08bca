/* landline-testserver: the test server by hand, so that a person can watch landline in a terminal.
 *
 *     testserver --scenario tests/scenarios/kp-2014.scn --port 8471 > test.conf &     landline -c test.conf KP
 *
 * Prints the configuration, then plays in real time (or --speed X times as fast, with --driver a landline whose
 * LANDLINE_CLOCK is that socket follows). Lines on stdin are scenario lines: "withdraw KP", "fault ioda/bgp 500", ...
 * Links all of tests/server/, base/ and core/prefix, libmicrohttpd, cjson. */
#include "private.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static int usage(void)
{
	fputs("landline-testserver --scenario FILE [--port N] [--speed X] [--driver SOCKET]\n", stderr);
	return 2;
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = xcalloc(1, 1 << 20);
	if (!f) {
		perror(path);
		exit(1);
	}
	text[fread(text, 1, (1 << 20) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* False: nobody will say anything any more. */
static bool obey(struct server *s)
{
	char line[300];
	struct err e = {0};
	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	if (server_do(s, line, &e) < 0)
		fprintf(stderr, "%s\n", e.msg);
	return true;
}

/* An undriven landline lives now, whatever year the scenario tells of. */
static void move_to(struct server *s, int64_t now_ms)
{
	int64_t off = now_ms - server_world(s)->start_ms;
	world_shift(server_world(s), off);
	s->now_ms += off;
	s->keepalive_due += off;
}

static void play(struct server *s, double speed, bool driven)
{
	int64_t began = real_ms(), start = server_now(s);
	int in = STDIN_FILENO;
	while (!stop) {
		struct pollfd fds[SERVER_FDS_MAX + 1];
		unsigned n = server_fds(s, fds);
		fds[n] = (struct pollfd){.fd = in, .events = POLLIN};
		poll(fds, n + 1, 20);
		server_work(s);
		if (fds[n].revents && !obey(s))
			in = -1;
		int64_t now = start + (int64_t)((double)(real_ms() - began) * speed);
		if (!driven)
			server_time(s, now);
		while (driven && server_clients(s) && server_now(s) < now && server_step(s, now))
			server_work(s);
	}
}

int main(int argc, char **argv)
{
	struct server_options o = {.real_now_ms = (int64_t)time(NULL) * 1000};
	struct server *s;
	struct strbuf config;
	struct err e = {0};
	double speed = 1;
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			return usage();
		if (!strcmp(argv[i], "--scenario"))
			o.scenario = read_file(argv[i + 1]);
		else if (!strcmp(argv[i], "--port"))
			o.port = (unsigned)strtoul(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--speed"))
			speed = strtod(argv[i + 1], NULL);
		else if (!strcmp(argv[i], "--driver"))
			o.clock_path = argv[i + 1];
		else
			return usage();
	}
	if (!o.scenario)
		return usage();
	if (server_new(&s, &o, &e) < 0) {
		fprintf(stderr, "landline-testserver: %s\n", e.msg);
		return 1;
	}
	if (!o.clock_path)
		move_to(s, o.real_now_ms);
	strbuf_init(&config, 1 << 16);
	server_config(s, &config);
	fputs(config.text, stdout);
	fflush(stdout);
	strbuf_release(&config);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	play(s, speed, o.clock_path != NULL);
	server_free(s);
	return 0;
}
