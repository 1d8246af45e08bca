/* year [SEED [COUNTRIES [DAYS [EVERY]]]]: a simulated year without outages, the same year with them (one in EVERY days and
 * country, 30), and the table against the targets. Deterministic but for the CPU times. */
#include "year_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PASSES = 200 };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A pass that samples everything, five minutes after the last, and beside it a copy of as many bytes. */
static void measure(struct year *y, double *pass_us, double *beside_us)
{
	size_t networks, bytes = year_memory(y, &networks);
	char *from = xcalloc(1, bytes), *to = xcalloc(1, bytes);
	double sum = 0, copy = 0;

	for (int i = 0; i < PASSES; i++) {
		y->ms += 5 * MIN_MS;
		double before = seconds();
		judge_run(y->judge, year_now(y));
		signals_fuse_all(y);
		sum += seconds() - before;
		before = seconds();
		memcpy(to, from, bytes);
		copy += seconds() - before;
		from[i % (int)bytes] = to[(i * 7) % (int)bytes];
	}
	*pass_us = sum / PASSES * 1e6;
	*beside_us = copy / PASSES * 1e6;
	free(from);
	free(to);
}

/* The judge of one country of so many networks, with all the peers of the year, when all is learned and quiet. */
static size_t bytes_of(const struct year *y, unsigned networks)
{
	struct event_book book;

	event_book_init(&book);
	struct judge *j = judge_new(&book);
	int group = judge_group(j, SCOPE_TERRITORY, "XX", "XX", -1);
	judge_feed(j, FEED_OK, "", (struct now){{0}, year_wall(0)});
	for (size_t i = 0; i < y->session_count; i++) {
		const struct session *s = &y->sessions[i];
		int id = rib_session(judge_rib(j), "rrc00", &s->addr, s->asn);
		rib_session_table(judge_rib(j), id, s->family == V4 ? s->routes : 0, s->family == V6 ? s->routes : 0);
	}
	for (unsigned i = 0; i < networks; i++) {
		struct prefix p = {.family = 4, .len = 24, .bytes = {20, (uint8_t)(i >> 8), (uint8_t)i}};
		rib_presume(judge_rib(j), judge_watch(j, group, &p, 1), year_wall(0));
	}
	for (int64_t ms = 0; ms < 2 * HOUR_MS; ms += MIN_MS)
		judge_run(j, (struct now){{ms}, year_wall(ms)});
	size_t bytes = judge_memory(j);
	judge_free(j);
	event_book_release(&book);
	return bytes;
}

static unsigned number(const char *text, unsigned otherwise)
{
	char *end;
	unsigned long v = text ? strtoul(text, &end, 10) : 0;

	return text && *text && *end == '\0' && v > 0 && v < 1000000 ? (unsigned)v : otherwise;
}

int main(int argc, char **argv)
{
	struct year_config c = {.seed = number(argc > 1 ? argv[1] : NULL, 1), .countries = number(argc > 2 ? argv[2] : NULL, 250),
				.days = number(argc > 3 ? argv[3] : NULL, 365), .outage_every_days = number(argc > 4 ? argv[4] : NULL, 30),
				.signals = true};
	struct year_figures f[2];
	double pass_us = NAN, beside_us = NAN, net_bytes = NAN;

	if (c.countries > 676)
		c.countries = 676;
	for (int with = 0; with < 2; with++) {
		c.outages = with;
		double before = seconds();
		struct year *y = year_new(&c);
		year_run(y);
		double took = seconds() - before;
		year_print_world(y);
		year_figures(y, &f[with]);
		printf("  %zu events of countries confirmed, %zu of them wrong; %zu only suspected; %.0f s of CPU\n",
		       f[with].confirmed, f[with].wrong, f[with].suspected_only, took);
		year_print_calls(y, 12);
		if (!with) {
			size_t networks, bytes = year_memory(y, &networks);
			printf("  the judge holds %.1f MB: %.0f bytes a network with its countries and operators\n",
			       (double)bytes / 1e6, (double)bytes / (double)networks);
			net_bytes = (double)(bytes_of(y, 8192) - bytes_of(y, 4096)) / 4096;
			measure(y, &pass_us, &beside_us);
		}
		fflush(stdout);
		year_free(y);
	}
	year_print_table(&f[0], &f[1], pass_us, beside_us, net_bytes);
	year_figures_release(&f[0]);
	year_figures_release(&f[1]);
	return 0;
}
