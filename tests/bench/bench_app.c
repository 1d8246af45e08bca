/* What a whole world of countries costs the app: 250 territories, each with its networks, its signals and four weeks of their
 * history, and one pass over all of them after inputs (issue: under 10 ms). Prints the pass in three moods (nothing new, a
 * sample everywhere, a route changed everywhere), and where the bytes are: a territory, its detectors, a watched prefix.
 *
 * In process, on time that the bench moves; no network, no store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <math.h>

#include "app/app_signals.h"
#include "base/mem.h"
#include "core/territory.h"

enum { COUNTRIES = 250, NETS_EACH = 40, PASSES = 40, PEERS = 40 };

static const char *const listed[] = {"bgp", "ping-slash24", "merit-nt", "gtr"};

/* Time of this process alone: other work on the machine is not ours to count. */
static double ms_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1000 + (double)t.tv_nsec / 1e6;
}

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return a < b ? -1 : a > b;
}

static double value_at(size_t signal, int64_t t_s, unsigned salt)
{
	double sun = signal < 2 ? 1 : 1 + 0.3 * sin((double)t_s / 86400 * 6.283185307179586);
	return floor((1000 + salt) * sun * (1 + 0.01 * (double)((t_s / 300 * 7919 + salt) % 17) / 17));
}

static void feed_history(struct watch *w, struct wall now, unsigned salt)
{
	for (size_t k = 0; k < ARRAY_LEN(listed); k++) {
		struct signal *s = territory_signal(w->t, "ioda", listed[k]);
		for (int64_t t = now.ms - HISTORY_MS; t < now.ms; t += s->step_ms) {
			struct fact f = {.kind = FACT_SAMPLE, .t = {t}, .step_ms = s->step_ms, .value = value_at(k, t / 1000, salt)};
			signals_sample(w, s, &f);
		}
	}
}

static void feed_step(struct watch *w, struct wall now, unsigned salt)
{
	for (size_t k = 0; k < ARRAY_LEN(listed); k++) {
		struct signal *s = territory_signal(w->t, "ioda", listed[k]);
		struct fact f = {.kind = FACT_SAMPLE, .t = {now.ms - now.ms % s->step_ms}, .step_ms = s->step_ms,
				 .value = value_at(k, now.ms / 1000, salt)};
		signals_sample(w, s, &f);
	}
}

static void add_nets(struct app *a, struct watch *w, unsigned salt, const int *sessions, struct wall now)
{
	int rows[PEERS];
	uint32_t upstreams[PEERS];
	for (unsigned n = 0; n < NETS_EACH; n++) {
		char text[PREFIX_TEXT_MAX];
		struct prefix p;
		snprintf(text, sizeof(text), "%u.%u.%u.0/24", 11 + salt / 8, salt % 8 * 32 + n / 8, n % 8 * 32);
		if (!prefix_parse(text, strlen(text), &p))
			abort();
		int net = watch_add_net(a, w, &p, 64500 + salt);
		for (int i = 0; i < PEERS; i++) {
			rows[i] = sessions[i];
			upstreams[i] = 3356;
		}
		rib_snapshot(judge_rib(a->judge), net, rows, upstreams, PEERS, now);
	}
}

static void report(const char *what, double *ms, size_t count)
{
	qsort(ms, count, sizeof(*ms), by_size);
	printf("  one pass, %-34s median %6.2f ms   worst %6.2f ms of CPU\n", what, ms[count / 2], ms[count - 1]);
}

static struct app *open_world(struct now *now, int *sessions, struct config *config)
{
	struct config_source_default d[CONFIG_SOURCES_MAX];
	size_t n = 0;
	for (; n < source_count; n++)
		d[n] = (struct config_source_default){source_table[n]->name, source_table[n]->url, true};
	config_init(config, d, n);
	config->canary_count = config->site_count = 0;
	struct app *a = app_new(config, *now);
	for (int i = 0; i < PEERS; i++) {
		struct addr addr = {.family = 4};
		addr.bytes[0] = 192;
		addr.bytes[3] = (uint8_t)i;
		sessions[i] = rib_session(judge_rib(a->judge), "rrc00", &addr, 65000 + (uint32_t)i);
		rib_session_table(judge_rib(a->judge), sessions[i], 900000, 200000);
	}
	judge_feed(a->judge, FEED_OK, "", *now);
	for (unsigned i = 0; i < COUNTRIES; i++) {
		struct territory_spec spec = {.kind = TERRITORY_COUNTRY};
		struct err e;
		snprintf(spec.code, sizeof(spec.code), "%c%c", 'A' + i / 26, 'A' + i % 26);
		if (app_watch(a, &spec, NULL, 0, *now, &e) < 0) {
			fprintf(stderr, "%s\n", e.msg);
			exit(1);
		}
		add_nets(a, &a->watches[i], i, sessions, now->wall);
	}
	return a;
}

static void step(struct now *now, int64_t ms)
{
	now->wall.ms += ms;
	now->mono.ms += ms;
}

static void passes(struct app *a, struct now *now, const int *sessions)
{
	double quiet[PASSES], sampled[PASSES], routed[PASSES];
	for (int i = 0; i < PASSES; i++) {
		step(now, 300);
		double t = ms_now();
		app_tick(a, *now);
		quiet[i] = ms_now() - t;
	}
	for (int i = 0; i < PASSES; i++) {
		step(now, 300000);
		for (unsigned k = 0; k < COUNTRIES; k++)
			feed_step(&a->watches[k], now->wall, k);
		double t = ms_now();
		app_tick(a, *now);
		sampled[i] = ms_now() - t;
	}
	for (int i = 0; i < PASSES; i++) {
		step(now, 300);
		for (unsigned k = 0; k < COUNTRIES; k++) /* one peer goes and comes, at a network of each */
			if (i % 2)
				rib_announce(judge_rib(a->judge), sessions[0], a->watches[k].nets[0].net, 3356, now->wall);
			else
				rib_withdraw(judge_rib(a->judge), sessions[0], a->watches[k].nets[0].net, now->wall);
		double t = ms_now();
		app_tick(a, *now);
		routed[i] = ms_now() - t;
	}
	report("nothing new", quiet, PASSES);
	report("a sample of every signal", sampled, PASSES);
	report("a route changed in every country", routed, PASSES);
}

int main(void)
{
	static struct config config;
	struct wall start;
	int sessions[PEERS];
	if (wall_parse("2026-11-22T12:00:00Z", &start, NULL) < 0)
		return 1;
	struct now now = {{1000000}, start};
	struct app *a = open_world(&now, sessions, &config);
	double t = ms_now();
	for (unsigned i = 0; i < COUNTRIES; i++)
		feed_history(&a->watches[i], now.wall, i);
	double fed = ms_now() - t;
	size_t detectors = 0, samples = 0;
	for (unsigned i = 0; i < COUNTRIES; i++) {
		detectors += signals_memory(&a->watches[i]);
		for (size_t k = 0; k < SIGNALS_MAX && a->watches[i].hearings; k++)
			samples += a->watches[i].hearings[k].samples;
	}
	app_tick(a, now);
	printf("%d territories, %zu networks, %d peers, %zu samples of 4 weeks\n", COUNTRIES, judge_net_count(a->judge), PEERS, samples);
	passes(a, &now, sessions);
	printf("  history of 4 weeks to detectors: %.0f ms in all, %.2f us a sample, %.1f ms a territory\n", fed,
	       1000 * fed / (double)samples, fed / COUNTRIES);
	printf("  bytes: %zu a territory in the model, %zu its detectors and series, %zu a watched prefix (%d peers, with its share of 500 groups)\n",
	       sizeof(struct territory), detectors / COUNTRIES, judge_memory(a->judge) / judge_net_count(a->judge), PEERS);
	app_free(a);
	return 0;
}
