/* A simulated year of routing and of what is measured beside it, and what the real detectors make of it.
 *
 *     year_chance.c   chance, the same everywhere           year_script.c   what happens and when (the truth)
 *     year_world.c    countries, networks, peers            year_feed.c     resets, lost collectors, gaps, restarts
 *     year_bgp.c      how a change reaches the peers        year_outage.c   outages that are put in
 *     year_signals.c  probing, traffic, telescope           year_calls.c    what was called, against the truth
 *     year_report.c   the figures                           year.c          main; the cost of a pass
 *
 * The world is moved by a queue of things to come, so that quiet time costs little. The detectors are used through their
 * public headers only, and what is true is known from the script alone. The same seed gives the same year. */
#ifndef LANDLINE_TESTS_YEAR_YEAR_H
#define LANDLINE_TESTS_YEAR_YEAR_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "core/judge.h"

#define SEC_MS   INT64_C(1000)
#define MIN_MS   (60 * SEC_MS)
#define HOUR_MS  (60 * MIN_MS)
#define DAY_MS   (24 * HOUR_MS)
#define NEVER_MS INT64_MAX

enum { YEAR_FAMILIES = 2, SESSIONS_MAX = 64, WARM_DAYS = 2 };

/* ---- chance ---- */

struct chance { uint64_t state; };

struct chance chance_of(uint64_t seed, uint64_t a, uint64_t b); /* a stream of its own for each a and b */
uint64_t chance_bits(struct chance *c);
double chance_uniform(struct chance *c);                        /* (0, 1) */
bool chance_is(struct chance *c, double p);
unsigned chance_below(struct chance *c, unsigned n);            /* 0..n-1; n > 0 */
double chance_normal(struct chance *c);
double chance_log_normal(struct chance *c, double median, double p95);
int64_t chance_wait_ms(struct chance *c, double per_day);       /* until the next of a Poisson process */

/* ---- what is asked for, what comes out ---- */

struct year_config {
	uint64_t seed;
	unsigned countries, days;
	bool outages;                 /* put outages in; else the year is quiet */
	double outage_every_days;     /* of one country */
	bool signals;                 /* probing, traffic and telescope too, and fusion */
};

/* One outage that was put in. Times are ms from the start of the simulation. */
struct outage {
	unsigned country;
	int64_t start, end;           /* at the origin */
	double loss_pct;              /* as detection.md 5.1 counts: space, or networks where there are few */
	bool total, dark;             /* dark: routes stay, nothing answers */
	int64_t majority;             /* when most peers had withdrawn the last of its networks; NEVER_MS */
	int64_t unseen_ms;            /* of it, without a feed */
	size_t *nets, net_count;      /* owned */
};

/* One event of a territory, as the detectors wrote it. */
struct call {
	uint64_t seq;
	unsigned country;
	int64_t suspected, confirmed, start, end; /* NEVER_MS: not (yet) */
	double peak_pct;
	unsigned classes;
	enum verdict_kind kind;
	bool near_fault;              /* a reset, a lost collector, a gap or a restart shortly before */
};

struct year_calls {
	struct call *list;
	size_t count, cap;
	size_t net_confirmed, net_false; /* events of single networks; the script had it announced all the while */
	size_t op_confirmed;
};

struct year_counts {
	uint64_t messages, resets, collectors_lost, gaps, restarts, flaps, withdrawals, outbreaks, moves, incidents, lates;
	uint64_t voices, alarms[3];      /* samples; alarms of probing, telescope, traffic alone */
};

struct year; /* the world, below */

struct year *year_new(const struct year_config *c);
void year_free(struct year *y);
void year_run(struct year *y);
size_t year_memory(const struct year *y, size_t *networks); /* of the judge, in bytes */

/* ---- figures ---- */

#define BINS_SIZE 5
#define BINS_LAST 4

struct numbers { double *v; size_t count, cap; };
void numbers_add(struct numbers *n, double v);
double numbers_at(struct numbers *n, double quantile); /* NAN when empty; sorts */

struct year_figures {
	double country_days, net_days;
	size_t confirmed, wrong, wrong_near_fault, suspected_only;
	size_t wrong_dark;               /* of the wrong ones, without routing */
	size_t outages, found, unseen;   /* of 20% and more, 10 min and more, with the feed there */
	size_t bin_all[BINS_SIZE][BINS_LAST], bin_found[BINS_SIZE][BINS_LAST];
	size_t dark_all, dark_found;
	struct numbers suspect_total, confirm_total, suspect_majority, confirm_majority, confirm_partial, suspect_partial;
	struct numbers confirm_dark, start_error, end_error;
};
void year_figures(struct year *y, struct year_figures *out);
void year_figures_release(struct year_figures *f);

void year_print_world(const struct year *y);
void year_print_calls(const struct year *y, unsigned most); /* the wrong ones, and what was missed */
/* One table against the targets. pass_us: of one pass, or NAN; beside_us: what is measured beside it. */
void year_print_table(const struct year_figures *quiet, const struct year_figures *outages, double pass_us,
		      double beside_us, double net_bytes);

#endif
