/* The world of the simulated year: what its files share. See year.h. */
#ifndef LANDLINE_TESTS_YEAR_PRIVATE_H
#define LANDLINE_TESTS_YEAR_PRIVATE_H

#include "year.h"

#include "core/fusion.h"

#define BASE_S INT64_C(1699833600) /* a Monday, 00:00 UTC */

enum { V4, V6 };

/* Which stream of chance: each process has its own, so that what is put in does not move what happens anyway. */
enum purpose { FOR_WORLD = 1, FOR_FLAPS, FOR_WITHDRAWALS, FOR_RESETS, FOR_COLLECTORS, FOR_GAPS, FOR_RESTARTS, FOR_MOVES,
	       FOR_INCIDENTS, FOR_OUTAGES, FOR_PATHS, FOR_NOISE, FOR_LATE, FOR_BLIPS, FOR_HOSTS, FOR_PURPOSES };

struct session {
	int family, collector, id; /* id: the rib's */
	uint32_t asn, routes;
	struct addr addr;
	unsigned bit;              /* in the networks' masks of its family */
	bool up, silent;           /* silent: its collector is gone and nobody says so */
	bool damps;
	int64_t lag_ms;
};

struct network {
	struct prefix prefix;
	unsigned country, op;
	int id;                    /* the judge's; -1: not watched yet */
	int cover;                 /* the network that covers it, or -1 */
	unsigned parts;            /* for a cover: how many specifics follow it */
	bool is_cover, born;       /* born: was ever announced */
	bool local;                /* fewer than half of the peers ever carry it: no network of the country's */
	unsigned down;             /* reasons why it is not announced; 0: it is */
	uint64_t can, has;         /* sessions that ever carry it; that have it now */
	uint8_t generation, seen[SESSIONS_MAX]; /* of the change; of what each peer has heard of it */
	double penalty;            /* of flap damping, at penalty_ms */
	int64_t penalty_ms, lost_ms; /* lost_ms: most peers without it since */
	int64_t down_since, down_last; /* at the origin: since, and the end of the last time */
};

/* What the script did to a country last, for the trace of a wrong call. */
enum { DEEDS_KEPT = 16 };
struct deed { int64_t ms, until; const char *what; unsigned networks; };

struct country {
	char code[3];
	int group;
	unsigned first_op, ops;
	size_t first, count;       /* of its networks */
	unsigned networks[YEAR_FAMILIES]; /* announced in peace, without covers' specifics twice */
	double space[YEAR_FAMILIES];
	unsigned quiet_down[YEAR_FAMILIES];   /* withdrawn by ordinary life now */
	double quiet_space[YEAR_FAMILIES];

	struct deed deeds[DEEDS_KEPT]; /* a ring */
	size_t deed_count;

	struct fusion *fusion;
	struct signals *signals;
	struct hosts *hosts;       /* NULL: no probes there */
	bool hot;                  /* it has an event that lives, or a suspicion */
};

struct operator {
	uint32_t asn;
	unsigned country;
	int group;
	size_t first, count;
};

enum what {
	DO_ANNOUNCE, DO_WITHDRAW,           /* a: session, b: network */
	DO_FLAP, DO_BLIP, DO_WITHDRAWAL, DO_MOVE, DO_INCIDENT, /* the next of its kind is due */
	DO_BACK, DO_DOWN, DO_RETIRED,       /* b: network: announced again; withdrawn; forgotten for good */
	DO_BORN, DO_LOOK,                   /* b: network: announced for the first time; looked at */
	DO_RESET, DO_SESSION_UP, DO_TRANSFER, DO_COLLECTOR, DO_COLLECTOR_BACK,
	DO_GAP, DO_GAP_KNOWN, DO_GAP_END, DO_SNAPSHOTS, DO_RESTART, DO_START, DO_LATE, DO_LATE_END,
	DO_OUTAGE, DO_OUTAGE_END, DO_SAMPLE, DO_HARVEST,
	DO_HOST, DO_HOST_BACK, DO_CONTROLLER,       /* a: country, b: probe; a controller begins anew */
	DO_HOST_LEAVES,                             /* a: country; one of its probes, by itself */ DO_WHATS
};

struct todo {
	int64_t ms;
	uint32_t order;            /* equal times: as they were put in */
	uint16_t what, a;
	uint32_t b;
	uint8_t generation;
};

struct span { int64_t from, to; };

struct year {
	struct year_config config;
	struct chance chance[FOR_PURPOSES];
	int64_t ms, end_ms;        /* now; of the simulation */
	struct todo *queue;
	size_t queue_count, queue_cap;
	uint32_t queue_order;
	struct session *sessions;
	size_t session_count, collector_count;
	size_t family_sessions[YEAR_FAMILIES];
	int by_bit[YEAR_FAMILIES][SESSIONS_MAX];
	struct network *nets;
	size_t net_count, net_cap;
	struct operator *ops;
	size_t op_count, op_cap;
	struct country *countries;
	double *weights;           /* of networks: some flap more than others; running sums */
	struct event_book *book;
	struct judge *judge;
	bool running, feed_ok, feed_heard; /* the program; its feed as told; messages arrive */
	int64_t feed_lost_ms;
	struct fault_time {
		int64_t last, near;        /* when there was the last one; how much of the time one was near */
	} faults[FAULTS + 1];              /* the last: any of the feed or the program */
	uint64_t log_seen, next_seq;
	struct outage *outages;
	size_t outage_count, outage_cap;
	struct span *blind;        /* nobody could have seen anything */
	size_t blind_count, blind_cap;
	int *net_of;               /* by the judge's number */
	size_t net_of_cap;
	struct year_calls calls;
	struct year_counts counts;
	double run_s;              /* inside the detectors; filled by year.c */
};

static inline struct wall year_wall(int64_t ms)
{
	return (struct wall){BASE_S * 1000 + ms};
}
static inline struct now year_now(const struct year *y)
{
	return (struct now){.mono = {1000000 + y->ms}, .wall = year_wall(y->ms)};
}
static inline int64_t year_ms(struct wall t)
{
	return wall_is_set(t) ? t.ms - BASE_S * 1000 : NEVER_MS;
}
static inline bool net_is_announced(const struct network *n)
{
	return n->down == 0 && n->born;
}
static inline int net_family(const struct network *n)
{
	return n->prefix.family == 6 ? V6 : V4;
}

/* ---- year_world.c ---- */
void world_build(struct year *y);
void world_watch(struct year *y);   /* all groups and networks into the judge */
void world_watch_net(struct year *y, size_t net);
void world_sessions(struct year *y);/* all sessions and their tables into the rib */

/* ---- year_queue.c ---- */
void queue_add(struct year *y, int64_t ms, enum what what, unsigned a, size_t b, uint8_t generation);
bool queue_next(struct year *y, int64_t until_ms, struct todo *out);
int64_t queue_due(const struct year *y);

/* ---- year_bgp.c ---- */
/* One reason less, or one more, why the network is not announced: the change goes out to the peers. */
void bgp_take_down(struct year *y, size_t net);
void bgp_bring_back(struct year *y, size_t net);
void bgp_arrive(struct year *y, const struct todo *t);
/* Some sessions lose it for a while, the origin does not. */
void bgp_detour(struct year *y, size_t net, uint64_t sessions, int64_t from_ms, int64_t to_ms, struct chance *c);
void bgp_snapshot(struct year *y, size_t net);

/* ---- year_script.c, year_feed.c, year_outage.c ---- */
void script_begin(struct year *y);
void script_do(struct year *y, const struct todo *t);
void feed_begin(struct year *y);
void feed_do(struct year *y, const struct todo *t);
void outage_begin(struct year *y);
void outage_do(struct year *y, const struct todo *t);
void outage_majority(struct year *y, size_t net); /* most peers are without it now */

/* ---- year_signals.c ---- */
void signals_begin(struct year *y);
void signals_sample(struct year *y);
void signals_outage(struct year *y, const struct outage *o, bool begins);
void signals_fuse_all(struct year *y); /* what is due, after the judge ran */
void signals_free(struct country *c);
void signals_rejoin(struct year *y); /* a new judge and book */

/* The earliest moment at which two classes can have shown one whole sample each of a loss that began then; hosts: of them one
 * is the hosts, else it is traffic: Radar's with a token, Google's without. */
int64_t signals_floor(const struct year *y, int64_t start, bool hosts);
const struct voice *signals_voices(const struct country *k, size_t *count);

/* ---- year_hosts.c ---- */
void hosts_begin(struct year *y);
void hosts_do(struct year *y, const struct todo *t);
void hosts_hear(struct year *y); /* an answer about departures */
void hosts_outage(struct year *y, const struct outage *o, bool begins);
bool hosts_voice(struct year *y, struct country *k, struct voice *v); /* false: there is none */
void hosts_free(struct country *k);
bool hosts_vote(const struct country *k);
int64_t hosts_floor(int64_t start);

/* ---- year_faults.c ---- */
void fault_note(struct year *y, enum fault what); /* one begins, goes on or ends now */
void fault_ages(const struct year *y, struct call *c);
double fault_near_share(const struct year *y, int what);
void deed_note(struct year *y, unsigned country, const char *what, unsigned networks, int64_t until);
void fault_trace(const struct year *y, struct call *c, const struct event *ev);

/* ---- year_calls.c ---- */
void calls_listen(struct year *y);   /* new lines of the log */
void calls_harvest(struct year *y);  /* events as they stand */
bool outage_is_found(const struct year *y, const struct outage *o);
bool call_is_wrong(const struct year *y, const struct call *c); /* confirmed, and nothing was put in there */

#endif
