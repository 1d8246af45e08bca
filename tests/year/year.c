/* year [--trace] [--token] [--quiet | --outages] [SEED [COUNTRIES [DAYS [EVERY]]]]
 *
 * A simulated year without outages, the same year with them (one in EVERY days and country, 30), and the table against the
 * targets. Where wrong events follow a fault of the feed, the quiet year runs once more without faults, to tell which of them
 * the faults made. --trace: every wrong event with what each class said when it was confirmed; --token:
 * with Radar's traffic; --quiet, --outages: one of the two only. Deterministic but for the CPU times. */
#include "year_private.h"

#include <limits.h>
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

struct options {
	struct year_config config;
	bool only_quiet, only_outages;
	double cpu_s;                 /* of all that ran */
};

static struct year *run(struct options *o, const struct year_config *c, double *took_s)
{
	double before = seconds();
	struct year *y = year_new(c);

	year_run(y);
	*took_s = seconds() - before;
	o->cpu_s += *took_s;
	return y;
}

static void measure_all(struct year *y, struct year_cost *cost)
{
	size_t networks, bytes = year_memory(y, &networks);

	printf("  the judge holds %.1f MB: %.0f bytes a network with its countries and operators\n", (double)bytes / 1e6,
	       (double)bytes / (double)networks);
	cost->net_bytes = (double)(bytes_of(y, 8192) - bytes_of(y, 4096)) / 4096;
	measure(y, &cost->pass_us, &cost->beside_us);
}

/* Wrong calls soon after a fault: are they there without faults too? Run up to the last of them. */
static void look_without_faults(struct options *o, const struct year *y, struct year_figures *f)
{
	struct year_config c = y->config;
	double took;

	f->by_fault_known = true;
	if (f->last_near == NEVER_MS)
		return;
	c.no_faults = true;
	c.trace = false;
	c.until = f->last_near + 2 * HOUR_MS;
	struct year *without = run(o, &c, &took);
	year_figures_by_fault(y, without, f);
	printf("  the same year without faults, up to the last of these: %zu of the %zu are not there; %.0f s of CPU\n",
	       f->by_fault, f->wrong_near[FAULTS], took);
	year_free(without);
}

static void one_year(struct options *o, bool outages, struct year_figures *f, struct year_cost *cost)
{
	struct year_config c = o->config;
	double took;

	c.outages = outages;
	struct year *y = run(o, &c, &took);
	year_print_world(y);
	year_figures(y, f);
	printf("  %zu events of countries confirmed, %zu of them wrong; %zu only suspected; %.0f s of CPU\n", f->confirmed,
	       f->wrong, f->suspected_only, took);
	year_print_calls(y, c.trace ? UINT_MAX : 12);
	year_print_wrong(f);
	if (!outages) {
		look_without_faults(o, y, f);
		measure_all(y, cost);
	}
	fflush(stdout);
	year_free(y);
}

static int read_options(int argc, char **argv, struct options *o)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--trace"))
			o->config.trace = true;
		else if (!strcmp(argv[i], "--token"))
			o->config.token = true;
		else if (!strcmp(argv[i], "--quiet"))
			o->only_quiet = true;
		else if (!strcmp(argv[i], "--outages"))
			o->only_outages = true;
		else
			return -1;
	}
	const char *rest[4] = {0};
	for (int k = 0; k < 4 && i + k < argc; k++)
		rest[k] = argv[i + k];
	o->config.seed = number(rest[0], 1);
	o->config.countries = number(rest[1], 250);
	o->config.days = number(rest[2], 365);
	o->config.outage_every_days = number(rest[3], 30);
	o->config.signals = true;
	if (o->config.countries > COUNTRIES_MAX)
		o->config.countries = COUNTRIES_MAX;
	return argc - i > 4 ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = {.cpu_s = 0};
	struct year_figures f[2] = {{.last_near = NEVER_MS}, {.last_near = NEVER_MS}};
	struct year_cost cost = {NAN, NAN, NAN};

	if (read_options(argc, argv, &o) < 0) {
		fprintf(stderr, "usage: year [--trace] [--token] [--quiet | --outages] [SEED [COUNTRIES [DAYS [EVERY]]]]\n");
		return 2;
	}
	if (!o.only_outages)
		one_year(&o, false, &f[0], &cost);
	if (!o.only_quiet)
		one_year(&o, true, &f[1], &cost);
	year_print_table(&f[0], &f[1], &cost);
	printf("seed %llu, %u countries, %u days each; %.0f s of CPU in all\n", (unsigned long long)o.config.seed,
	       o.config.countries, o.config.days, o.cpu_s);
	year_figures_release(&f[0]);
	year_figures_release(&f[1]);
	return 0;
}
