/* What the files of the app share. */
#ifndef LANDLINE_APP_PRIVATE_H
#define LANDLINE_APP_PRIVATE_H

#include "app/app.h"
#include "app/schedule.h"
#include "core/depend.h"
#include "core/judge.h"
#include "core/selftest.h"
#include "source/source.h"

#define CANDIDATES_MAX 128
#define CANDIDATE_PEERS 5       /* distinct peers that must announce an unknown prefix before it is watched */
#define SNAPSHOT_ALL_MAX 64     /* up to so many networks each gets its own looking-glass snapshot */
#define STREAMS_MAX 16
#define SAMPLES_MAX 200000      /* queued for the store, weeks of history at first; more are dropped, oldest first kept */

/* A network of a territory, before it is laid out for the screen. */
struct member { int net; uint32_t origin; };

struct watch_as {
	uint32_t asn;
	bool routed, registered, asked, answered;
	bool listed; /* registered by the country's own list in this run, and not because the store remembers a network of it */
	unsigned announced;     /* networks still announced by its last answer */
	int group;              /* the judge's, -1 until it has a network */
	double users;           /* people behind it, an estimate; 0: not known */
	struct { uint32_t asn; double power; } neighbours[16];
	size_t neighbour_count;
};

struct hearing;
struct watch_hosts;
struct watch_checks;

/* An outage that somebody else states of a territory: shown and compared; it votes only where detection.md 6 lets it. */
#define SAID_MAX 12
struct said {
	char source[16], kind[24];      /* "radar", "outage"; "ioda", "bgp" */
	char text[120];                 /* cause and scope in words, or "" */
	struct wall t, until;           /* WALL_NONE: going on */
	bool votes;
};

struct backfill;

/* A watched territory's working state: what it consists of. */
struct watch {
	struct territory *t;
	struct territory_spec *members; /* what it stands for: one spec, or a file's */
	size_t member_count;
	struct prefix *ranges;          /* registered or named space */
	size_t range_count, range_cap;
	struct watch_as *ases;          /* sorted by ASN */
	size_t as_count, as_cap;
	struct member *nets;            /* in order of arrival */
	size_t net_count, net_cap;
	size_t home_count;              /* registered ASes that fusion was told */
	bool ranges_known, ases_known;  /* answered, or nothing to ask */
	bool layout_dirty;
	struct backfill *backfill;      /* holes in the stream and what was known before each; NULL: never one. Owned */
	bool spaces_dirty;              /* networks came or went: whose space is whose */
	bool depend_dirty;              /* paths, networks or ASes changed since dependence was summed up */
	struct fusion *fusion;          /* owned */
	/* what else than routing speaks of it: app_signals.c */
	struct hearing *hearings;       /* SIGNALS_MAX, as territory.signals; owned */
	struct watch_hosts *hosts;      /* RIPE Atlas; owned; NULL: nothing heard of them */
	struct watch_checks *checks;    /* own checks; owned; NULL: no sites */
	struct said said[SAID_MAX];
	size_t said_count;
	struct wall voices_built;
	bool voices_dirty;
	uint32_t told_event;            /* whose evidence has the users' share, and which */
	double told_users_pct;
};

struct candidate { struct prefix prefix; uint32_t origin; int sessions[CANDIDATE_PEERS]; unsigned count; struct wall first; };

struct stream_state {
	uint32_t job;
	int source;
	struct stream_reader *reader;
	bool open, essential;
};

struct control { struct prefix prefix; struct wall snapshot; unsigned rows; };

#define GUARD_PREFIXES 8
#define CONTROL_RANGES (SELFTEST_BEACONS + GUARD_PREFIXES)
struct guard { struct prefix prefix; int net; }; /* of the common-mode guard; net -1: not watched yet */

struct name_entry { uint32_t asn; char name[48]; };

struct app {
	struct model model;
	const struct config *config;
	struct schedule *schedule;
	struct judge *judge;
	struct depend *depend;          /* paths; by the judge's network numbers */
	struct batch batch;
	struct watch watches[TERRITORY_MAX];
	size_t watch_count;
	struct name_entry *names;       /* sorted by ASN */
	size_t name_count, name_cap;
	struct candidate candidates[CANDIDATES_MAX];
	size_t candidate_count;
	struct control controls[2];
	struct guard guards[GUARD_PREFIXES];
	struct selftest *selftest;
	bool selftest_ok;               /* the feed at its last run */
	unsigned *empty_looks;          /* per net: empty snapshots in a row without a control */
	struct wall *first_empty;
	size_t empty_cap;
	/* the rows of the snapshot being read */
	int *row_sessions;
	uint32_t *row_upstreams;
	const struct fact **row_facts;  /* in the batch */
	size_t row_count, row_cap;
	/* streams */
	struct stream_state streams[STREAMS_MAX];
	size_t stream_count;
	int stream_generation;
	int ask_round;                  /* of chains of answers that ask (FACT_ASK) */
	bool streams_dirty;
	struct wall stream_rx;          /* when anything came over a stream */
	struct wall stream_newest;      /* newest date of a message of this process's streams */
	struct wall streams_changed;
	enum feed_state feed;
	bool feed_was_ok;
	/* cancels and samples for the shell */
	uint32_t cancels[64];
	size_t cancel_count;
	struct sample_row *samples;
	size_t sample_count, sample_cap;
	bool torn;                       /* a replay of a recording with a hole: streams go on in their middle behind it */
	bool absent[MODEL_SOURCES_MAX];  /* not in this replay, as far as it was read */
	char *tokens[MODEL_SOURCES_MAX]; /* owned; wiped when they go */
	bool refused[MODEL_SOURCES_MAX]; /* the token was not accepted: not asked any more */
	/* the line */
	struct wall last_net_ok, last_net_fail;
	unsigned net_fails;
	/* the request being built */
	struct strbuf url, header;
	unsigned char packet[512];
	struct wall refreshed, started, aged, snapshots_planned;
	struct wall looks_since;        /* looks by suspicion are counted by the day */
	unsigned looks;
	struct wall gap_asks_since;     /* questions about holes too */
	unsigned gap_asks;
	uint64_t book_version;
	struct wall signals_looked;
	bool plan_dirty, model_dirty, signals_dirty; /* signals_dirty: one has a new sample */
};

/* app_watch.c */
bool watch_has_country(const struct watch *w, const char *cc);
bool watch_covers(const struct watch *w, const struct prefix *p);
struct watch_as *watch_as_find(struct watch *w, uint32_t asn);
struct watch_as *watch_as_add(struct watch *w, uint32_t asn);
void watch_add_range(struct watch *w, const struct prefix *p);
int watch_add_net(struct app *a, struct watch *w, const struct prefix *p, uint32_t origin);
void watch_layout(struct app *a, struct watch *w);
void watch_age(struct app *a, struct watch *w, struct now now);
void watch_refresh(struct app *a, struct watch *w);
const char *app_name_of(const struct app *a, uint32_t asn);

/* app_depend.c */
void depend_route(struct app *a, int net, int session, const struct fact *f, bool whole);
void depend_layout(struct watch *w);
bool depend_network(struct app *a, struct network *n, bool moved);
uint32_t depend_single(const struct network *n);        /* the AS it hangs on, or 0 */
void depend_refresh(struct app *a, struct watch *w);    /* providers, frontier, shares */

/* app_control.c: beacons and control prefixes */
void control_init(struct app *a);
void control_release(struct app *a);
size_t control_ranges(const struct app *a, struct prefix out[CONTROL_RANGES]); /* to subscribe to */
bool control_heard(struct app *a, const struct fact *f, int session, bool announced); /* true: it is about a beacon */
void control_plan(struct app *a, struct now now);
struct wall control_run(struct app *a, struct now now); /* when again, at the latest */

/* app_apply.c */
void app_apply(struct app *a, const struct job *j, const struct batch *b, struct now now);

/* app_plan.c */
bool source_is_on(const struct app *a, int source);    /* as configured */
void app_plan(struct app *a, struct now now);           /* one job per (call, subject) of what is watched now */
void app_want_snapshot(struct app *a, const struct prefix *p, struct now now, bool force);
void app_plan_snapshots(struct app *a, struct now now); /* which networks need a looking glass now */
void app_plan_streams(struct app *a, struct now now);
void app_ask(struct app *a, const struct job *by, const char *call, const char *subject, struct now now); /* FACT_ASK */
void app_ask_end(struct app *a, const struct job *by);  /* FACT_ASK_END: what its chain asked before is forgotten */

/* app_health.c */
void health_stream_open(struct app *a, struct job *j, struct now now);
bool health_stream_is_open(struct app *a, uint32_t job);
void health_drop_streams(struct app *a, const char *why, struct now now); /* as if all had been cut */
void health_stream_end(struct app *a, struct job *j, const struct err *e, struct now now);
void health_update(struct app *a, struct now now);      /* sources, signals, feed, line */
void health_transfer(struct app *a, const struct job *j, const struct input *in, struct now now);
struct source_state *health_source(struct app *a, int source);
int health_feed_source(const struct app *a);            /* -1: none */

/* app_signals.c: samples to detectors */
/* A sample of a territory's signal, into its series and its detector. True: it is news, and worth the store. */
bool signals_sample(struct watch *w, struct signal *s, const struct fact *f);
/* Since when a call should be asked at first: as far back as its signals need to know a habit; WALL_NONE: the call's own. */
struct wall signals_since(struct app *a, const struct job *j, struct now now);
void signals_update(struct app *a, struct now now); /* freshness of signals to detectors, detectors' lines to signals */
bool signals_expect(const struct watch *w);         /* a history from the store that is still to come */
void signals_release(struct watch *w);
size_t signals_memory(const struct watch *w);       /* bytes of detectors and of what they keep */

/* app_voices.c: detectors to voices */
void voices_build(struct app *a, struct watch *w, struct now now); /* when something changed, or a minute passed */

/* app_loading.c: what is still being asked */
struct loading { unsigned all, done, failed; }; /* lists of announced networks */
struct loading loading_count(struct app *a);
void loading_update(struct app *a, struct watch *w, const struct loading *n, struct now now); /* territory.loading */

/* app_users.c */
void watch_users(struct watch *w);                  /* territory.users_up_pct, from its operators as they are */
void watch_tell_users(struct app *a, struct watch *w, struct now now);

/* app_token.c */
void token_init(struct app *a, int source);             /* off until app_set_token */
void token_release(struct app *a);
const char *token_of(const struct app *a, int source);  /* NULL: none */
void token_refuse(struct app *a, int source);           /* it was not accepted */
void token_forgive(struct app *a);
void token_assume(struct app *a, int source);           /* a tape has its answers: there was one then */
bool token_is_bad(const struct app *a, int source);

/* app_scale.c */
/* What to multiply the samples `name` (the very pointer of the facts) with, so that they stand on the scale of `known`. */
double scale_factor(const struct batch *b, const char *name, const struct series *known);
bool scale_is_same(double known, double scaled);

/* app_backfill.c: a watch goes; the stream was lost at `from`; is back; a network came back from the store; the answer; none will come */
void backfill_release(struct watch *w);
void backfill_begin(struct app *a, struct wall from);
void backfill_end(struct app *a, struct now now);
void backfill_restored(struct watch *w, const struct net_memory *m, uint32_t origin);
/* Seconds until it is to be asked again; 0: not. */
unsigned backfill_take(struct app *a, const struct job *j, const struct batch *facts, struct now now);
void backfill_refused(struct app *a, const struct job *j, const char *msg, struct now now);

/* app_probe.c */
void probe_sync_sites(struct app *a);
void probe_result(struct app *a, const struct job *j, const struct input *in, struct now now);
bool probe_prepare(struct app *a, const struct job *j, struct now now, struct fetch_job *out);
void probe_hosted(struct app *a, const struct job *j, const struct fact *f);
void probe_recheck(struct app *a, struct now now);      /* the line may be down: canaries now */

#endif
