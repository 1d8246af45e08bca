/* How sure are the figures? The series are few, so: draw as many of them with replacement, again and again (bootstrap), and
 * see how far recall and false alarms spread; and change the data as other data would differ (scale, noise, an offset,
 * missing rows, half the length), and see whether the rules still stand to each other as they did. Seeded. */
#include "eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { DRAWS = 2000, RULES_MAX = 8 };

static uint64_t chance = 1;

static double uniform(void) /* (0, 1), splitmix64 */
{
	chance += 0x9e3779b97f4a7c15ULL;
	uint64_t z = chance;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return ((double)(z >> 11) + 0.5) / 9007199254740992.0;
}

/* ---- bootstrap ---- */

struct part { double labels, found, wrong, days; };

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_spread(const char *name, double *recall, double *rate)
{
	qsort(recall, DRAWS, sizeof(*recall), by_size);
	qsort(rate, DRAWS, sizeof(*rate), by_size);
	printf("  %-13s recall %.2f (%.2f to %.2f)   false / series-day %.3f (%.3f to %.3f)\n", name, recall[DRAWS / 2],
	       recall[DRAWS / 20], recall[DRAWS - DRAWS / 20], rate[DRAWS / 2], rate[DRAWS / 20],
	       rate[DRAWS - DRAWS / 20]);
}

static size_t parts_of(const struct eval *e, size_t rule, struct part *out)
{
	size_t n = 0;

	for (size_t i = 0; i < e->count; i++) {
		struct tally t = {0};
		if (e->files[i].median <= 20)
			continue;
		eval_count(&e->files[i], &e->files[i].alarms[rule], &t);
		out[n++] = (struct part){(double)t.labels, (double)t.found, (double)t.wrong, t.days};
		tally_release(&t);
	}
	return n;
}

static void bootstrap(const struct eval *e, const struct contestant *list, size_t rules)
{
	struct part *parts[RULES_MAX] = {NULL};
	double *recall[RULES_MAX] = {NULL}, *rate[RULES_MAX] = {NULL};
	unsigned better[RULES_MAX] = {0};
	size_t n = 0;

	for (size_t r = 0; r < rules; r++) {
		parts[r] = xcalloc(e->count, sizeof(**parts));
		recall[r] = xcalloc(DRAWS, sizeof(double));
		rate[r] = xcalloc(DRAWS, sizeof(double));
		n = parts_of(e, r, parts[r]);
	}
	for (size_t d = 0; n > 0 && d < DRAWS; d++) {
		struct part sum[RULES_MAX] = {{0}};
		for (size_t k = 0; k < n; k++) {
			size_t pick = (size_t)(uniform() * (double)n);
			for (size_t r = 0; r < rules; r++) {
				const struct part *p = &parts[r][pick];
				sum[r] = (struct part){sum[r].labels + p->labels, sum[r].found + p->found,
						       sum[r].wrong + p->wrong, sum[r].days + p->days};
			}
		}
		for (size_t r = 0; r < rules; r++) {
			recall[r][d] = sum[r].found / fmax(1, sum[r].labels);
			rate[r][d] = sum[r].wrong / fmax(1e-9, sum[r].days);
			better[r] += sum[0].found >= sum[r].found && rate[0][d] < rate[r][d];
		}
	}
	printf("\nbootstrap over the series over 20 sources, %d draws: median (5%% to 95%%)\n", DRAWS);
	for (size_t r = 0; r < rules; r++) {
		if (n > 0)
			print_spread(list[r].name, recall[r], rate[r]);
		free(parts[r]);
		free(recall[r]);
		free(rate[r]);
	}
	for (size_t r = 1; r < rules; r++)
		printf("  at least as many found at fewer false alarms than %-13s in %.0f%% of the draws\n", list[r].name,
		       100.0 * better[r] / DRAWS);
}

/* ---- other data ---- */

static const struct change {
	const char *what;
	double scale, noise, offset, missing, from, to; /* from, to: part of the rows */
} changes[] = {
	{"as recorded", 1, 0, 0, 0, 0, 1},
	{"scores x 0.7", 0.7, 0, 0, 0, 0, 1},
	{"scores x 1.4", 1.4, 0, 0, 0, 0, 1},
	{"white noise, a third of the line", 1, 1. / 3, 0, 0, 0, 1},
	{"white noise, half the line", 1, 0.5, 0, 0, 0, 1},
	{"forecast 0.3 too high", 1, 0, 0.3, 0, 0, 1},
	{"forecast 0.3 too low", 1, 0, -0.3, 0, 0, 1},
	{"one row in ten missing", 1, 0, 0, 0.1, 0, 1},
	{"without the first third", 1, 0, 0, 0, 1. / 3, 1},
	{"without the last third", 1, 0, 0, 0, 0, 2. / 3},
};

static double normal(void)
{
	double u = uniform();

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * uniform());
}

/* A copy with the change in it; labels outside its rows are left out. */
static struct series_file changed(const struct series_file *f, const struct change *c)
{
	struct series_file out = *f;
	size_t first = (size_t)(c->from * (double)f->count), end = (size_t)(c->to * (double)f->count);

	out.rows = xcalloc(f->count, sizeof(*out.rows));
	out.labels = xcalloc(f->label_count + 1, sizeof(*out.labels));
	out.count = out.label_count = 0;
	for (size_t i = first; i < end; i++) {
		double noise = normal();
		if (uniform() < c->missing)
			continue;
		out.rows[out.count++] = (struct row){f->rows[i].t, c->scale * f->rows[i].v + c->offset + c->noise * noise};
	}
	for (size_t i = 0; out.count > 0 && i < f->label_count; i++)
		if (f->labels[i].start >= out.rows[0].t && f->labels[i].start <= out.rows[out.count - 1].t)
			out.labels[out.label_count++] = f->labels[i];
	return out;
}

static void run_change(const struct eval *e, const struct change *c, const struct contestant *rule)
{
	struct tally t = {0};

	chance = 7; /* the same noise for every rule */
	for (size_t i = 0; i < e->count; i++) {
		struct alarms a = {0};
		if (e->files[i].median <= 20)
			continue;
		struct series_file f = changed(&e->files[i], c);
		if (f.count > 1) {
			rule->run(&f, &a);
			eval_count(&f, &a, &t);
		}
		free(a.list);
		free(f.rows);
		free(f.labels);
	}
	printf("   %3zu/%-3zu %.2f %6.3f", t.found, t.labels, t.labels ? (double)t.found / (double)t.labels : 0,
	       t.days > 0 ? (double)t.wrong / t.days : 0);
	tally_release(&t);
}

void eval_robust(const struct eval *e, const struct contestant *list, size_t rules)
{
	bootstrap(e, list, rules < RULES_MAX ? rules : RULES_MAX);
	printf("\nother data: the series over 20 sources, changed (found, recall, false / series-day)\n%-34s", "");
	for (size_t r = 0; r < rules; r++)
		printf("   %-19s", list[r].name);
	for (size_t c = 0; c < ARRAY_LEN(changes); c++) {
		printf("\n%-34s", changes[c].what);
		for (size_t r = 0; r < rules; r++)
			run_change(e, &changes[c], &list[r]);
	}
	printf("\n");
}
