/* A simulated year of routing and of what is measured beside it, and what the real detectors make of it.
 *
 *     year_chance.c   chance, the same everywhere           year_script.c   what happens and when (the truth)
 *     year_world.c    countries, networks, peers            year_feed.c     resets, lost collectors, gaps, restarts
 *     year_bgp.c      how a change reaches the peers        year_outage.c   outages that are put in
 *     year_signals.c  probing, traffic, telescope           year_hosts.c    probes of RIPE Atlas that leave
 *     year_calls.c    what was called, against the truth    year_faults.c   what went before a call: by chance, or not
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

enum { YEAR_FAMILIES = 2, SESSIONS_MAX = 64, WARM_DAYS = 2, COUNTRIES_MAX = 676 /* of two letters */ };

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
	bool signals;                 /* probing, traffic, telescope and hosts too, and fusion */
	bool token;                   /* Radar's is set: its traffic too */
	bool no_faults;               /* the same year, but nothing happens to the feed or the program */
	bool trace;                   /* keep what every class said when a territory's event was confirmed */
	int64_t until;                /* end here, ms; 0: at the end of `days` */
};

/* What can go wrong on our side: the feed's, the program's, a source's. */
enum fault {
	FAULT_RESET,      /* a session goes, or comes back with its table */
	FAULT_COLLECTOR,  /* with all its sessions, said or not */
	FAULT_GAP,        /* the stream; its end, and the look at all networks that follows */
	FAULT_LATE,
	FAULT_RESTART,    /* the program ends, or begins */
	FAULT_SOURCE,     /* probing, telescope or traffic fails for the whole world, or is silent */
	FAULTS
};
#define FAULTS_FEED 5 /* the first of them: detection.md 9, "0 from peer resets, feed loss or restart" */
#define NEAR_FAULT_MS (20 * MIN_MS)

extern const char *const fault_names[FAULTS];

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
	int64_t age[FAULTS];          /* how long before it was suspected the last fault was; NEVER_MS: none */
	char *trace;                  /* owned; NULL: none kept */
};

struct year_calls {
	struct call *list;
	size_t count, cap;
	size_t net_confirmed, net_false; /* events of single networks; the script had it announced all the while */
	size_t op_confirmed;
};

struct year_counts {
	uint64_t messages, resets, collectors_lost, gaps, restarts, flaps, withdrawals, outbreaks, moves, incidents, lates;
	uint64_t voices, alarms[5];      /* samples; alarms of probing, telescope, traffic (two of them), hosts alone */
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
	bool token;
	double country_days, net_days;
	size_t confirmed, wrong, suspected_only;
	size_t wrong_kind[VERDICT_KIND_COUNT];
	size_t wrong_dark;               /* of the wrong ones, without routing */
	size_t wrong_near[FAULTS + 1];   /* soon after a fault of that kind; the last: of the feed or the program at all */
	double near_share[FAULTS + 1];   /* of all time: what chance would give */
	int64_t last_near;               /* when the last wrong call near one was confirmed; NEVER_MS */
	size_t by_fault;                 /* of the wrong ones near one: not there in the same year without faults */
	bool by_fault_known;
	size_t told, told_again;         /* outages with a confirmed event; with more than one */
	size_t outages, found, unseen;   /* of 20% and more, 10 min and more, with the feed there */
	size_t bin_all[BINS_SIZE][BINS_LAST], bin_found[BINS_SIZE][BINS_LAST];
	size_t dark_all[2], dark_found[2]; /* without hosts, with */
	struct numbers suspect_total, confirm_total, suspect_majority, confirm_majority, confirm_partial, suspect_partial;
	struct numbers confirm_dark, floor_dark;           /* with hosts that vote; what its inputs allow */
	struct numbers confirm_dark_slow, floor_dark_slow; /* without: the second class is traffic, Google's or Radar's */
	struct numbers start_error, end_error, start_dark, end_dark;
};
void year_figures(struct year *y, struct year_figures *out);
void year_figures_release(struct year_figures *f);
/* Of the wrong calls of `with` soon after a fault, those that the same year without faults does not have. */
void year_figures_by_fault(const struct year *with, const struct year *without, struct year_figures *out);

void year_print_world(const struct year *y);
void year_print_calls(const struct year *y, unsigned most); /* the wrong ones, and what was missed */
void year_print_wrong(const struct year_figures *f);         /* by kind, and near which faults beside chance */
/* What was measured beside the figures; NAN: was not. */
struct year_cost { double pass_us, beside_us, net_bytes; };
/* One table against the targets. */
void year_print_table(const struct year_figures *quiet, const struct year_figures *outages, const struct year_cost *cost);

#endif
