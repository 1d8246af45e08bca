/* The routing world of a scenario: countries, operators, networks, the collectors' peers, and what happens to them
 * when.
 *
 * A scenario is text, a statement a line (docs in scenario.c). Times in it are the moments at which the MAJORITY of the
 * full-feed peers crosses: `+4h15m withdraw KP over 150s` has some peers losing the routes before and some after, and
 * visibility falls below one half exactly at that minute. So a test can ask for an outage's start to the second.
 * Everything is a function of the text and its seed; time is whatever the caller says it is. */
#ifndef LANDLINE_TESTS_SERVER_WORLD_H
#define LANDLINE_TESTS_SERVER_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/prefix.h"

#define WORLD_PEERS_MAX  128
#define WORLD_TARGET_MAX 64
#define WORLD_WAY_MAX 4
#define WORLD_PATH_MAX (WORLD_WAY_MAX + 3)

struct world_peer {
	char collector[8]; /* "rrc03" */
	uint32_t asn;
	struct addr v4, v6; /* v6.family 0: no IPv6 session */
	bool full, up;
	unsigned table_v4, table_v6;
};

/* The network as a whole was up or down from t on (the majority's moment). */
struct world_turn {
	int64_t t_ms;
	bool up;
};

struct world_net {
	struct prefix prefix;
	int as; /* index into ases */
	uint32_t upstream;
	uint32_t origin; /* announced by this one, not by its own AS; 0: by its own */
	bool foreign;    /* so at any time: countries and ASes as targets do not mean it */
	bool has[WORLD_PEERS_MAX];
	struct world_turn *turns; /* owned, by time; may lie in the future */
	size_t turn_count, turn_cap;
};

struct world_upstream {
	uint32_t asn;
	unsigned power;
};

struct world_as {
	uint32_t asn;
	int country;
	char name[64];
	struct world_upstream upstreams[4];
	size_t upstream_count;
	uint32_t way[WORLD_WAY_MAX]; /* outwards from the origin, where the scenario tells it */
	size_t way_count;
	double users; /* share of the country's, 0..1 */
};

/* What is measured of a country beside its routes. */
enum world_signal {
	SIGNAL_PING,      /* blocks that answer */
	SIGNAL_TELESCOPE, /* noise of infected hosts */
	SIGNAL_TRAFFIC,   /* as Google and as Cloudflare see it */
	SIGNAL_DNS,       /* queries from inside to a resolver abroad */
	SIGNAL_ATTACKS,
	WORLD_SIGNALS
};

/* From t on the signal goes to `to` times the usual, in a straight line over so long. */
struct world_slope {
	enum world_signal signal;
	int64_t t_ms, over_ms;
	double to;
};

/* From t on so many of the probes leave, or all that left return, spread over so long. */
struct world_tide {
	int64_t t_ms, over_ms;
	bool leave;
	double share;
	char controller[24]; /* all over this one; "": each over its own */
};

/* Somebody at the service writes at t that something began at from. */
struct world_statement {
	char subject[16]; /* "KP", "AS131279" */
	bool anomaly, verified;
	char cause[40];
	int64_t t_ms, from_ms, until_ms; /* until: INT64_MAX when it has no end */
};

struct world_country {
	char cc[4], name[48];
	struct prefix *ranges; /* owned */
	size_t range_count, range_cap;
	double ping, telescope, traffic; /* IODA's usual values; 0: the service has no such series */
	double flows, dns, attacks;      /* Radar's, on any scale; 0: too little data there */
	unsigned probes;                 /* of Atlas that are usually connected */
	struct world_slope *slopes;      /* owned, by time */
	size_t slope_count, slope_cap;
	struct world_tide *tides; /* owned, by time */
	size_t tide_count, tide_cap;
};

/* Where an address is hosted, for network-info and rir-stats-country. */
struct world_host {
	struct prefix prefix;
	uint32_t asn;
	char cc[4];
};

enum world_op_kind {
	OP_WITHDRAW,
	OP_ANNOUNCE,
	OP_PEER_DOWN,
	OP_PEER_UP,
	/* for the server, not for the world: it is handed the words */
	OP_WORDS,
};

/* One thing that happens at one moment, to one peer's view where it is about routes. */
struct world_step {
	int64_t t_ms;
	uint64_t order; /* of equal times: as written */
	enum world_op_kind kind;
	int peer;
	uint8_t family;    /* of the networks meant */
	uint32_t upstream; /* announce: a new upstream; 0: as before */
	uint32_t origin;   /* announce: a new origin; 0: as before */
	char target[WORLD_TARGET_MAX];
	char *words; /* owned; OP_WORDS */
};

struct world {
	int64_t start_ms, now_ms;
	uint64_t seed, order;
	bool beacons;             /* RIS beacons change by schedule */
	char beacon_zombies[12];  /* "2%" of the peers miss a withdrawal; "": none */
	int64_t keepalive_ms; /* between two KEEPALIVEs of a collector */
	struct world_peer peers[WORLD_PEERS_MAX];
	size_t peer_count;
	struct world_net *nets;
	size_t net_count, net_cap;
	struct world_as *ases;
	size_t as_count, as_cap;
	struct world_country countries[16];
	size_t country_count;
	struct world_host hosts[16];
	size_t host_count;
	char sites[16][32]; /* "kcna KP": name, and the country it speaks for */
	size_t site_count;
	unsigned canary_count;
	struct world_statement *statements; /* owned; as written */
	size_t statement_count, statement_cap;
	char token[64];           /* what Radar's bearer must be; "": any */
	bool atlas, radar;        /* the scenario speaks of them */
	struct world_step *steps; /* by time; [0, step_done) are past */
	size_t step_count, step_cap, step_done;
};

/* What a step makes the collectors send. nets: indexes, all of one peer and one family. */
struct world_says {
	void (*update)(void *arg, const struct world_peer *p, const int *nets, size_t count, bool up);
	void (*peer_state)(void *arg, const struct world_peer *p, const char *state);
	void (*words)(void *arg, const char *words);
	void *arg;
};

/* Parse a whole scenario. real_now_ms stands for `start now`. The error names the line. */
int world_init(struct world *w, const char *text, int64_t real_now_ms, struct err *e) MUST_CHECK;
void world_release(struct world *w);
/* One more timed line, now or later ("+10m withdraw KP", "withdraw AS131279"): times count from the present moment. */
int world_do(struct world *w, const char *line, struct err *e) MUST_CHECK;
/* Everything happens so much later. */
void world_shift(struct world *w, int64_t off_ms);
/* When the next step is due; INT64_MAX: none. */
int64_t world_due(const struct world *w);
/* Run the steps up to and including t; time is t afterwards. */
void world_run(struct world *w, int64_t t_ms, const struct world_says *says);

/* How much of its usual value a signal has at t. It goes with the networks that are up, until the scenario first says
 * what it does; then it does only that. */
double world_factor(const struct world *w, int country, enum world_signal signal, int64_t t_ms);
/* The signal in the bucket of step_ms that begins at t: habit of the day and the week, noise, and the factor. 1 is
 * usual. */
double world_signal_at(const struct world *w, int country, enum world_signal signal, int64_t t_ms, int64_t step_ms);
/* A number in 0..1 for a question, the same in every run. */
double world_draw(uint64_t seed, uint64_t a, uint64_t b);
unsigned world_count_up(const struct world *w, int country, uint8_t family, int64_t t_ms); /* networks; 0: both */
uint32_t world_origin(const struct world *w, const struct world_net *n);

/* Was a network up at t, as the majority saw it? */
bool world_net_up(const struct world_net *n, int64_t t_ms);
int world_find_net(const struct world *w, const struct prefix *p); /* -1: none */
int world_find_as(const struct world *w, uint32_t asn);
int world_find_country(const struct world *w, const char *cc, size_t len);
/* Does the scenario's target word ("KP", "AS131279", "175.45.176.0/24", "3 of KP", "all") mean this network? index:
 * counts the matches of a country so far, for "N of". */
bool world_means(const struct world *w, const char *target, const struct world_net *n, size_t *index);

/* standing.c: control prefixes and beacons. _add: after the text was read; _fill: after every peer got its routes. */
int standing_add(struct world *w, struct err *e) MUST_CHECK;
void standing_fill(struct world *w);
bool world_is_standing(const struct world *w, const struct world_net *n);
/* The path of a peer to a network, peer to origin; returns how many ASes. */
size_t world_path(const struct world *w, const struct world_net *n, const struct world_peer *p, uint32_t out[WORLD_PATH_MAX]);

#endif
