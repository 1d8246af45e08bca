/* The figures of a year in words and numbers, each target with PASS or FAIL. */
#include "year_private.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- numbers ---- */

void numbers_add(struct numbers *n, double v)
{
	mem_grow(&n->v, &n->cap, n->count + 1, sizeof(*n->v));
	n->v[n->count++] = v;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double numbers_at(struct numbers *n, double quantile)
{
	if (n->count == 0)
		return NAN;
	qsort(n->v, n->count, sizeof(*n->v), by_size);
	size_t at = (size_t)(quantile * (double)n->count);
	return n->v[at < n->count ? at : n->count - 1];
}

/* ---- the world ---- */

static double per_day(const struct year *y, uint64_t n)
{
	return (double)n / y->config.countries / (y->config.days + WARM_DAYS);
}

void year_print_world(const struct year *y)
{
	const struct year_counts *c = &y->counts;

	printf("%s year: seed %llu, %u countries, %zu networks of %zu operators, %u days; %zu peer sessions on %zu collectors\n",
	       y->config.outages ? "the same" : "a quiet", (unsigned long long)y->config.seed, y->config.countries,
	       y->net_count, y->op_count, y->config.days, y->session_count, y->collector_count);
	printf("  %llu messages; %llu session resets, %llu collectors lost, %llu feed gaps, %llu late spells, %llu restarts\n",
	       (unsigned long long)c->messages, (unsigned long long)c->resets, (unsigned long long)c->collectors_lost,
	       (unsigned long long)c->gaps, (unsigned long long)c->lates, (unsigned long long)c->restarts);
	printf("  %llu flaps, %llu withdrawals of single networks, %llu zombie outbreaks, %llu moves, %llu path incidents\n",
	       (unsigned long long)c->flaps, (unsigned long long)c->withdrawals, (unsigned long long)c->outbreaks,
	       (unsigned long long)c->moves, (unsigned long long)c->incidents);
	if (y->config.signals)
		printf("  %llu samples; alarms of one signal alone, a country and day: probing %.3f, telescope %.3f, traffic %.3f "
		       "and %.3f, hosts %.4f\n", (unsigned long long)c->voices, per_day(y, c->alarms[0]), per_day(y, c->alarms[1]),
		       per_day(y, c->alarms[2]), per_day(y, c->alarms[3]), per_day(y, c->alarms[4]));
	if (y->config.outages)
		printf("  %zu outages put in\n", y->outage_count);
	printf("  events of networks: %zu confirmed, %zu while most peers had it; of operators: %zu\n",
	       y->calls.net_confirmed, y->calls.net_false, y->calls.op_confirmed);
}

static void print_call(const struct year *y, const struct call *c)
{
	char at[WALL_TEXT_MAX];
	const struct country *k = &y->countries[c->country];

	printf("  wrong: %s (%u+%u networks) %s %.0f%% at %s, confirmed after %.0f s, by", k->code, k->networks[V4],
	       k->networks[V6], verdict_name(c->kind), c->peak_pct, wall_format(at, year_wall(c->start)),
	       (double)(c->confirmed - c->start) / 1000);
	for (int i = 0; i < CLASS_COUNT; i++)
		if (c->classes & (1U << i))
			printf(" %s", class_word(1U << i));
	for (int i = 0; i < FAULTS; i++)
		if (c->age[i] < NEAR_FAULT_MS)
			printf(", %s %.0f min before", fault_names[i], (double)c->age[i] / MIN_MS);
	printf("\n%s%s", c->trace ? c->trace : "", c->trace ? "\n" : "");
}

/* Is a fault near more often than at any other time? */
void year_print_wrong(const struct year_figures *f)
{
	if (f->wrong == 0)
		return;
	printf("  the wrong ones by kind:");
	for (int i = 0; i < VERDICT_KIND_COUNT; i++)
		if (f->wrong_kind[i])
			printf(" %s %zu", verdict_name(i), f->wrong_kind[i]);
	printf("\n  within 20 min of a fault when first suspected (by chance):");
	for (int i = 0; i < FAULTS; i++)
		printf("%s %s %zu (%.1f)", i ? "," : "", fault_names[i], f->wrong_near[i], f->near_share[i] * (double)f->wrong);
	printf("\n    of the feed or the program at all: %zu (%.1f)\n", f->wrong_near[FAULTS],
	       f->near_share[FAULTS] * (double)f->wrong);
}

static void print_missed(const struct year *y, const struct outage *o)
{
	char at[WALL_TEXT_MAX];

	printf("  missed: %s %s%.0f%% (%zu networks) at %s for %.0f min", y->countries[o->country].code,
	       o->dark ? "dark " : "", o->loss_pct, o->net_count, wall_format(at, year_wall(o->start)),
	       (double)(o->end - o->start) / MIN_MS);
	for (size_t i = 0; i < y->calls.count; i++) {
		const struct call *c = &y->calls.list[i];
		if (c->country == o->country && c->suspected >= o->start && c->suspected <= o->end)
			printf(", suspected after %.0f s (%.0f%%)", (double)(c->suspected - o->start) / 1000, c->peak_pct);
	}
	if (o->unseen_ms > 0)
		printf(", unseen for %.0f min of it", (double)o->unseen_ms / MIN_MS);
	printf("\n");
}

void year_print_calls(const struct year *y, unsigned most)
{
	unsigned n = 0;

	for (size_t i = 0; i < y->calls.count && n < most; i++) {
		if (!call_is_wrong(y, &y->calls.list[i]))
			continue;
		n++;
		print_call(y, &y->calls.list[i]);
	}
	n = 0;
	for (size_t i = 0; i < y->outage_count && n < most; i++) {
		const struct outage *o = &y->outages[i];
		if (o->loss_pct < 20 || o->end - o->start < 10 * MIN_MS || outage_is_found(y, o))
			continue;
		n++;
		print_missed(y, o);
	}
}

/* ---- the table ---- */

static struct { unsigned met, missed, unmeasured; } verdict; /* of the table */

static void print_target(const char *what, double got, double limit, bool at_least, const char *unit)
{
	char value[16] = "-";

	if (!isnan(got))
		snprintf(value, sizeof(value), got > 0 && got < 0.1 ? "%.4f" : "%.2f", got);
	bool pass = at_least ? got >= limit : got <= limit;
	const char *word = isnan(got) ? "not measured" : pass ? "PASS" : "FAIL";
	*(isnan(got) ? &verdict.unmeasured : pass ? &verdict.met : &verdict.missed) += 1;
	printf("  %-62s %9s %-12s %s %-9.2f %s\n", what, value, unit, at_least ? ">=" : "<=", limit, word);
}

static void print_bins(const struct year_figures *f)
{
	static const char *const sizes[BINS_SIZE] = {"under 20%", "20 to 35%", "35 to 60%", "60 to 99%", "all of it"};

	printf("\nrecall by size and duration (found/all)\n  %-12s %14s %14s %14s %14s\n", "", "under 10 min",
	       "10 to 30 min", "to 3 h", "longer");
	for (int s = BINS_SIZE - 1; s >= 0; s--) {
		printf("  %-12s", sizes[s]);
		for (int d = 0; d < BINS_LAST; d++) {
			char cell[32];
			snprintf(cell, sizeof(cell), "%zu/%zu", f->bin_found[s][d], f->bin_all[s][d]);
			printf(" %14s", cell);
		}
		printf("\n");
	}
	printf("  without routing (dark), all of it, for 30 min and more: with hosts that vote %zu/%zu, without %zu/%zu\n"
	       "  not counted, unseen in a gap or restart: %zu; told as more than one event: %zu of %zu\n",
	       f->dark_found[1], f->dark_all[1], f->dark_found[0], f->dark_all[0], f->unseen, f->told_again,
	       f->told);
}

static void print_delays(const char *what, struct numbers *n, const char *from)
{
	if (n->count == 0)
		return;
	printf("  %-34s median %7.0f s, p90 %7.0f s   (%zu, from %s)\n", what, numbers_at(n, 0.5), numbers_at(n, 0.9),
	       n->count, from);
}

static void print_all_delays(struct year_figures *f)
{
	static const char from[] = "the origin's withdrawal", majority[] = "the last majority peer's";

	printf("\ndelays and errors\n");
	print_delays("total loss, suspected", &f->suspect_total, from);
	print_delays("total loss, confirmed", &f->confirm_total, from);
	print_delays("total loss, suspected", &f->suspect_majority, majority);
	print_delays("total loss, confirmed", &f->confirm_majority, majority);
	print_delays("partial loss, suspected", &f->suspect_partial, from);
	print_delays("partial loss, confirmed", &f->confirm_partial, from);
	print_delays("dark, hosts vote, confirmed", &f->confirm_dark, "its start");
	print_delays("  what the inputs allow", &f->floor_dark, "one whole sample of two classes");
	print_delays("dark, no hosts, confirmed", &f->confirm_dark_slow, "its start");
	print_delays("  what the inputs allow", &f->floor_dark_slow,
		     f->token ? "the same, traffic is Radar's" : "the same, traffic is Google's, 2 to 3 h late");
	print_delays("start error", &f->start_error, "the origin's");
	print_delays("end error", &f->end_error, "the origin's");
	print_delays("dark, start error", &f->start_dark, "its start");
	print_delays("dark, end error", &f->end_dark, "its end");
}

static void print_false(const struct year_figures *quiet, const struct year_figures *f)
{
	print_target("false confirmed events per 100 country-days, quiet year", 100 * (double)quiet->wrong / quiet->country_days,
		     1, false, "");
	print_target("  of them by resets, gaps, restarts: gone in the year without", quiet->by_fault_known ? (double)quiet->by_fault
											      : NAN, 0, false, "events");
	print_target("  of them without routing", 100 * (double)quiet->wrong_dark / quiet->country_days, 1, false, "");
	print_target("the same, year with outages", 100 * (double)f->wrong / f->country_days, 1, false, "");
	print_target("recall, losses >= 20% lasting >= 10 min", f->outages ? (double)f->found / (double)f->outages : NAN, 0.95,
		     true, "");
	print_target("precision, confirmed events", f->confirmed ? 1 - (double)f->wrong / (double)f->confirmed : NAN, 0.95, true,
		     "");
}

static void print_times(struct year_figures *f)
{
	print_target("total loss: suspected, median after the origin withdrew", numbers_at(&f->suspect_total, 0.5), 60, false,
		     "s");
	print_target("total loss: confirmed, median", numbers_at(&f->confirm_total, 0.5), 210, false, "s");
	print_target("total loss: confirmed, p90", numbers_at(&f->confirm_total, 0.9), 300, false, "s");
	print_target("total loss: suspected, p90 after the last majority peer", numbers_at(&f->suspect_majority, 0.9), 60, false,
		     "s");
	print_target("total loss: confirmed, median after the last majority peer", numbers_at(&f->confirm_majority, 0.5), 180,
		     false, "s");
	print_target("total loss: confirmed, p90 after the last majority peer", numbers_at(&f->confirm_majority, 0.9), 180,
		     false, "s");
	print_target("partial loss: confirmed, median", numbers_at(&f->confirm_partial, 0.5), 360, false, "s");
	print_target("no routing, hosts vote: confirmed, median, samples of 10 min", numbers_at(&f->confirm_dark, 0.5) / 600, 4,
		     false, "samples");
	if (f->floor_dark.count)
		printf("  %-62s %9.2f samples\n", "  what its inputs allow at best", numbers_at(&f->floor_dark, 0.5) / 600);
	if (f->confirm_dark_slow.count)
		printf("  no routing, no hosts, traffic is %-31s %9.2f samples; its inputs allow %.2f: no target\n",
		       f->token ? "Radar's: median" : "Google's, 2 to 3 h late: median",
		       numbers_at(&f->confirm_dark_slow, 0.5) / 600, numbers_at(&f->floor_dark_slow, 0.5) / 600);
	print_target("start error, median", numbers_at(&f->start_error, 0.5), 60, false, "s");
	print_target("end error, median", numbers_at(&f->end_error, 0.5), 60, false, "s");
	print_target("no routing: start error, median, samples of 10 min", numbers_at(&f->start_dark, 0.5) / 600, 1, false,
		     "samples");
	print_target("no routing: end error, median, samples of 10 min", numbers_at(&f->end_dark, 0.5) / 600, 1, false, "samples");
}

void year_print_table(const struct year_figures *quiet, const struct year_figures *outages, const struct year_cost *cost)
{
	struct year_figures f = *outages; /* quantiles sort in place */

	verdict.met = verdict.missed = verdict.unmeasured = 0;
	if (outages->country_days > 0) {
		print_bins(outages);
		print_all_delays(&f);
	}
	printf("\ntargets (detection.md 9)%38s %9s %15s\n", "", "got", "expected");
	print_false(quiet, outages);
	print_times(&f);
	print_target("one pass over all countries", cost->pass_us / 1000, 10, false, "ms");
	if (!isnan(cost->beside_us))
		printf("  %-62s %9.2f ms\n", "  beside it: a memcpy of the same state", cost->beside_us / 1000);
	print_target("bytes for one more watched network", cost->net_bytes, 200, false, "bytes");
	printf("%u of %u targets met, %u missed, %u not measured\n", verdict.met,
	       verdict.met + verdict.missed + verdict.unmeasured, verdict.missed, verdict.unmeasured);
}
