/* The model: everything that screens and outputs read, as plain data. app_update alone writes it.
 *
 * A path of one datum: io/fetch bytes -> source parse -> fact -> app_apply -> judge / series here -> view -> cell.
 * Sizes are capped: TERRITORY_MAX territories of NETWORKS_MAX networks. */
#ifndef LANDLINE_CORE_MODEL_H
#define LANDLINE_CORE_MODEL_H

#include "core/depend.h"
#include "core/event.h"
#include "core/fusion.h"
#include "core/judge.h"
#include "core/series.h"
#include "core/state.h"
#include "core/glyph.h"
#include "core/territory.h"

#define TERRITORY_MAX 256         /* every country of the world, and some */
#define NETWORKS_MAX 20000       /* per territory */
#define SIGNALS_MAX 16
#define PROVIDERS_MAX 16
#define SITES_MAX 32
#define MODEL_SOURCES_MAX 16

struct network {
	struct net_view v;
	int net;                 /* the judge's number */
	int operator_index;      /* into territory.operators */
	uint32_t upstreams[4];   /* largest first; 0 ends */
	float upstream_share[4];
	struct depend_net paths; /* what its paths say, as of the last good look: stays when it is gone; votes 0: not known */
	double own_space;        /* in /24s or /48s, more-specific networks taken off */
};

struct operator {
	uint32_t asn;
	char name[48];           /* "AS-STAR Star Joint Venture": clean; "" until known */
	size_t first, count;     /* its networks: territory.networks[first .. first + count) */
	struct tally v4, v6;
	double loss_pct;
	uint32_t event_id;
	uint32_t single_asn;     /* one upstream only; 0: several or not known */
	bool has_neighbours;
};

struct provider {
	uint32_t asn;
	char name[48];
	double share_pct;        /* of the space that most peers reach through it; estimated: of networks or power */
	double vote_pct;         /* of the peers' paths, by space: more than 0 where share_pct is 0 is a second way; NAN: not known */
	bool by_paths;           /* false: by neighbour power */
};

/* One signal of a source for the territory. */
struct signal {
	char source[16], name[24], title[28], unit[16];
	unsigned class_bit;      /* CLASS_* or 0 */
	struct series series;
	double value, baseline;  /* newest good value; NAN: none */
	struct wall time;        /* of value */
	enum feed_state state;
	int64_t step_ms, delay_ms;
	double line;             /* below it a sample counts towards an alarm; NAN: not judged, or not known yet */
	enum voice_says says;    /* its detector: VOICE_NO_DATA where it has no vote, voices say why */
	struct wall alarm;       /* since when it is in alarm; WALL_NONE */
	bool weak;               /* too little data behind it to alarm on, as its source says: class_bit is 0 then */
};

#define SITE_ABROAD "XX"     /* as a country: abroad, and where is not known (XX is left to its users by ISO 3166) */
struct site {
	char url[128];           /* as configured */
	char host[80];
	bool told;               /* not checked: what others reported of it, as its words say; never votes */
	bool measured, reachable, canary, votes; /* votes: hosted inside the territory and proven for 24 h */
	double ms;               /* NAN when unreachable */
	unsigned status;         /* HTTP status or DNS rcode; 0: none */
	char words[80];          /* "200 in 812 ms", "refused: host answers", "no answer in 10 s" */
	struct addr addr;
	struct prefix prefix;    /* family 0: not known */
	uint32_t asn; char asn_name[48]; char country[4];
	struct wall checked, since; /* since: of reachable or not */
	unsigned tries, good, failures; /* failures: in a row */
	struct series series;    /* 1 reachable, 0 not, NO_DATA */
};

struct verdict {
	enum verdict_kind kind;
	char text[480];          /* the sentence, the same on screen, in status and in the log */
	struct { char text[120]; enum net_state mood; } reasons[8]; /* with ages: "routing: 0 of 4 networks (RIS Live, 3s)" */
	size_t reason_count;
	struct wall since;
	double loss_pct;         /* NAN: not known */
	enum confidence confidence;
	unsigned classes, missing;
	uint32_t event_id;
};

struct territory {
	struct territory_spec spec;
	char name[64];
	int group;               /* the judge's */
	struct network *networks; /* owned; by operator, then address; a cell keeps its place for life as far as it can */
	size_t network_count;
	struct operator *operators; /* owned; by number of networks when first seen, then ASN */
	size_t operator_count;
	struct group_view routing;
	struct signal signals[SIGNALS_MAX];
	size_t signal_count;
	struct provider providers[PROVIDERS_MAX];
	size_t provider_count;
	uint32_t single_provider; /* 0: several, or not known */
	struct dependence dependence[2]; /* of IPv4, IPv6 */
	bool by_paths;           /* providers are those of the paths at the border; false: estimated, see provider.by_paths */
	struct site sites[SITES_MAX];
	size_t site_count;
	struct voice voices[VOICES_MAX]; /* every class of evidence beside routing, as judged now */
	size_t voice_count;
	struct fusion_view fusion;
	char recurrence[120];    /* "matches 12 of the last 14 nights 18:30-02:30", or "" */
	double users_up_pct;     /* share of users whose operator has at least half its space up; NAN: not known */
	struct verdict verdict;
	/* loading, in words that a person can follow; "" when done */
	char loading[120];
	char incomplete[100];    /* what could not be read and is asked again, in words; "" when all was */
	unsigned jobs_done, jobs_total;
	bool truncated;          /* more than NETWORKS_MAX */
	struct wall snapshot_time; /* of the newest whole snapshot */
	struct wall presumed_time; /* of the list that networks without a snapshot are presumed up from */
};

struct source_state {
	char name[16], title[32], attribution[64], url[128];
	enum feed_state state;
	char error[160];         /* last failure in words, "" when the last call was good */
	struct wall last_success, last_try, next, data_time, down_since;
	double lag_s;            /* streams: age of the newest message on arrival; NAN */
	uint64_t bytes, calls, failures, messages, skipped;
	unsigned active, queued; /* transfers running, jobs due */
	unsigned budget_left, budget_max; /* requests in this hour; budget_max 0: no limit */
	char doing[80];          /* "looking-glass 175.45.176.0/24" */
	bool needs_token;        /* and has none: off */
	char advice[160];        /* what the user can do for it: "set token_file in [source.radar]"; "" */
};

/* The past on the same screen. */
struct replay_state {
	bool on;                 /* the same as model.replay */
	char title[64];          /* "kp-2014", or the file's name */
	char note[160];          /* "reconstruction from the published timeline", "recording of 2026-11-22"; shown beside the badge */
	struct wall from, until, at;
	double speed;            /* seconds of the past per second */
	bool paused, seeking, ended, loop;
	double done;             /* 0..1 of a seek or of reading a plan */
	char doing[100];         /* "reading updates.20141222.1615.gz: 4.2 of 31 MB, 2.1 MB/s, 13s left", or "" */
	char mark[160];          /* what the tape itself says of this moment ("attack peak 5.97 Gbps (ASERT)"), or "" */
	struct { struct wall t; bool event; } ticks[64]; /* on the position bar: events met so far, and what the tape names */
	size_t tick_count;
	bool from_live;          /* L goes back to a live dashboard that waits */
};

/* The live self-test by RIS beacons (detection.md 6). */
struct self_test {
	struct prefix prefix;
	bool withdrawal;         /* the newest change that was due: a withdrawal, or an announcement */
	struct wall due;         /* its scheduled moment; WALL_NONE: none seen yet */
	unsigned peers, followed, stuck; /* eligible peer ASes; that followed; that still show the old state 90 min later */
	double median_s, p90_s;  /* delay from `due`; NAN */
	enum feed_state state;   /* OK: at least 80% followed within 5 min; DOWN: none did; LATE between; NONE: not known yet */
	char text[120];          /* "self-test 12:00 withdrawal: 96% of peers in 41 s" */
};
#define SELF_TESTS_MAX 4

struct model {
	struct wall now;                    /* of the turn that drew or printed */
	bool replay;                        /* nothing here is live */
	bool excerpt;                       /* a replay of some sources only, and of nothing about the host that heard them */
	struct replay_state transport;
	struct self_test self_tests[SELF_TESTS_MAX];
	size_t self_test_count;
	char hold[120];                     /* "Possible feed fault: ... Holding.", or "" */
	uint32_t what_if_asn;               /* asked on the command line: its answer is part of status; 0: no */
	char clock_note[40];                /* "TEST CLOCK" and the like; "" when the clock is the system's */
	struct territory *territories[TERRITORY_MAX];
	size_t territory_count;
	struct source_state sources[MODEL_SOURCES_MAX];
	size_t source_count;
	struct site canaries[8];
	size_t canary_count;
	enum own_line own_line;
	char line_text[120];                /* "This host is offline: canaries 0 of 4. Own checks paused." */
	struct event_book book;
	char store_error[160];              /* "" or why nothing is saved */
	char recording[96];                 /* the file that this run is recorded into; "": it is not */
	char record_error[160];             /* "" or why nothing more is recorded */
	struct wall started;
	uint64_t version;                   /* grows when anything that can be seen changed */
};

void model_init(struct model *m);
void model_release(struct model *m);
struct territory *model_territory(struct model *m, const char *code); /* NULL if not watched */
/* Find or add; NULL when full. name is cleaned; NULL or "": the code. group is -1 until the app has one. */
struct territory *model_add_territory(struct model *m, const struct territory_spec *spec, const char *name);
/* Find or add; NULL when full. */
struct signal *territory_signal(struct territory *t, const char *source, const char *name);
/* Find or add; NULL when full. A new one is FEED_NONE, titled by its name, with every time and figure unset. */
struct source_state *model_source(struct model *m, const char *name);
/* The operator's name for a person: "AS131279 Star Joint Venture", or "AS131279". */
void operator_label(const struct operator *o, char *dst, size_t cap);

/* core/verdict.c: what is happening here, from the routing view, the signals' and sources' health and the open event. */
void verdict_decide(struct territory *t, const struct model *m, struct wall now);
/* core/status.c: the forms of one answer that `status`, the screen and a status line share. */
void status_json(const struct model *m, struct strbuf *out);                 /* schema 1, one object and a line feed */
void status_text(const struct model *m, struct strbuf *out, int columns);    /* a table, plain ASCII */
/* `#{cc} #{state} #{up}/#{total} #{spark}`; an unknown name is ERR_USAGE with the list of names. */
int status_format(const struct model *m, const struct territory *t, const char *format, enum charset c, struct strbuf *out,
		  struct err *e) MUST_CHECK;
int status_check(const struct model *m); /* exit code for --check: 0 ok, 1 warning, 2 critical, 3 unknown; the worst of all */

#endif
