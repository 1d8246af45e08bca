/* Does the choice of constants matter, and would another part of the data have chosen others?
 *
 * The real detector with other gates in it. First each gate over everything; then leave one event out: the gate is
 * chosen on the other events (most found, then fewest false), and tried on the one that was held out, beside ours. */
#include "eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/detect_gate.h"

#define GATE(ck, cn, dk, dn, dl, pl, slack, limit, out) \
	{.count_k = ck, .count_n = cn, .depth_k = dk, .depth_n = dn, .depth_line = dl, .plunge_line = pl, \
	 .sum_slack = slack, .sum_limit = limit, .out_line = out, .out_n = 6}

static const struct variant {
	const char *what;
	struct gate_rule rule;
} variants[] = {
	{"as built", {0}}, /* the gate that the detector comes with */
	{"count 3 of 4", GATE(3, 4, 3, 4, 2, 3, 0.5, 6, 0.25)},
	{"count 5 of 7", GATE(5, 7, 3, 4, 2, 3, 0.5, 6, 0.25)},
	{"count 6 of 8", GATE(6, 8, 3, 4, 2, 3, 0.5, 6, 0.25)},
	{"depth line 1.5", GATE(4, 5, 3, 4, 1.5, 3, 0.5, 6, 0.25)},
	{"depth line 3", GATE(4, 5, 3, 4, 3, 3, 0.5, 6, 0.25)},
	{"depth 2 of 3", GATE(4, 5, 2, 3, 2, 3, 0.5, 6, 0.25)},
	{"no plunge", GATE(4, 5, 3, 4, 2, 0, 0.5, 6, 0.25)},
	{"plunge line 2.5", GATE(4, 5, 3, 4, 2, 2.5, 0.5, 6, 0.25)},
	{"plunge line 5", GATE(4, 5, 3, 4, 2, 5, 0.5, 6, 0.25)},
	{"sum limit 5", GATE(4, 5, 3, 4, 2, 3, 0.5, 5, 0.25)},
	{"sum limit 8", GATE(4, 5, 3, 4, 2, 3, 0.5, 8, 0.25)},
	{"sum slack 0.4", GATE(4, 5, 3, 4, 2, 3, 0.4, 6, 0.25)},
	{"sum slack 0.75, limit 4", GATE(4, 5, 3, 4, 2, 3, 0.75, 4, 0.25)},
	{"out line 0.5", GATE(4, 5, 3, 4, 2, 3, 0.5, 6, 0.5)},
};

enum { VARIANTS = ARRAY_LEN(variants), EVENTS_MAX = 64 };

struct result { size_t labels, found, wrong; double days; };

struct event_results {
	const char *event;
	struct result of[VARIANTS];
};

static void add_result(struct result *sum, const struct result *r)
{
	sum->labels += r->labels;
	sum->found += r->found;
	sum->wrong += r->wrong;
	sum->days += r->days;
}

static struct result run(const struct series_file *f, const struct gate_rule *rule)
{
	struct alarms a = {0};
	struct tally t = {0};

	eval_run_score(f, rule, &a);
	eval_count(f, &a, &t);
	struct result r = {.labels = t.labels, .found = t.found, .wrong = t.wrong, .days = t.days};
	free(a.list);
	tally_release(&t);
	return r;
}

static struct event_results *results_of(struct event_results *list, size_t *count, const char *event)
{
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(list[i].event, event))
			return &list[i];
	if (*count == EVENTS_MAX)
		return NULL;
	list[*count] = (struct event_results){.event = event};
	return &list[(*count)++];
}

static size_t best_without(const struct event_results *list, size_t count, size_t held_out)
{
	size_t best = 0;
	struct result record = {0};

	for (size_t v = 0; v < VARIANTS; v++) {
		struct result sum = {0};
		for (size_t i = 0; i < count; i++)
			if (i != held_out)
				add_result(&sum, &list[i].of[v]);
		if (v == 0 || sum.found > record.found || (sum.found == record.found && sum.wrong < record.wrong)) {
			best = v;
			record = sum;
		}
	}
	return best;
}

static void print_result(const struct result *r)
{
	printf(" %5zu/%-4zu %6zu %9.3f", r->found, r->labels, r->wrong, r->days > 0 ? (double)r->wrong / r->days : 0);
}

static void print_variants(const struct event_results *list, size_t count)
{
	printf("\nother constants in the same detector, series over 20 sources\n%-36s %10s %6s %9s\n", "", "found",
	       "false", "/ser.day");
	for (size_t v = 0; v < VARIANTS; v++) {
		struct result sum = {0};
		for (size_t i = 0; i < count; i++)
			add_result(&sum, &list[i].of[v]);
		printf("%-36s", variants[v].what);
		print_result(&sum);
		printf("\n");
	}
}

static void print_left_out(const struct event_results *list, size_t count)
{
	struct result chosen = {0}, ours = {0};

	printf("\nleave one event out: chosen on the others, tried on it\n%-20s %-30s %10s %6s %9s   as built:\n", "",
	       "chosen", "found", "false", "/ser.day");
	for (size_t i = 0; i < count; i++) {
		size_t best = best_without(list, count, i);
		printf("%-20s %-30.30s", list[i].event, variants[best].what);
		print_result(&list[i].of[best]);
		print_result(&list[i].of[0]);
		printf("\n");
		add_result(&chosen, &list[i].of[best]);
		add_result(&ours, &list[i].of[0]);
	}
	printf("%-51s", "together");
	print_result(&chosen);
	print_result(&ours);
	printf("\n");
}

void eval_variants(const struct eval *e)
{
	struct event_results *list = xcalloc(EVENTS_MAX, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < e->count; i++) {
		struct event_results *r = e->files[i].median > 20 ? results_of(list, &count, e->files[i].event) : NULL;
		for (size_t v = 0; r && v < VARIANTS; v++) {
			struct result one = run(&e->files[i], v == 0 ? NULL : &variants[v].rule);
			add_result(&r->of[v], &one);
		}
	}
	if (count > 0)
		print_variants(list, count);
	if (count > 1)
		print_left_out(list, count);
	free(list);
}
