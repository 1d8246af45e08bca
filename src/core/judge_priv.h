/* What the files of the judge share.
 *
 *     judge.c        life, membership, the run loop       judge_net.c    the machine of one network (detection.md 4)
 *     judge_feed.c   gaps, restarts                       judge_area.c   the machine of an operator or territory (5.1)
 *     judge_space.c  what is lost, overlaps once          judge_level.c  rules, losses, baselines, crossings
 *     judge_usual.c  medians of a day                     judge_event.c  findings, evidence, children
 *     judge_timer.c  timers, troubles, flapping           judge_view.c   what is shown
 *     judge_guard.c  common-mode guard, others' opinions
 *
 * A network that is up and quiet costs a struct net. What a disturbed one needs besides lies in a struct trouble, which
 * is given back when the network has been quiet again for an hour: so a country in peace is small and a country at war
 * exact. */
#ifndef LANDLINE_CORE_JUDGE_PRIV_H
#define LANDLINE_CORE_JUDGE_PRIV_H

#include "core/judge.h"
#include "core/threshold.h"
#include "rib_priv.h"

#define MIN_MS   INT64_C(60000)
#define HOUR_MS  (60 * MIN_MS)
#define DAY_MS   (24 * HOUR_MS)
#define NO_CLOCK INT64_MIN /* a dwell clock that does not run */

#define SAMPLE_MS     (5 * MIN_MS) /* step of everything that is sampled */
#define DAY_SAMPLES 288
#define DAY_H 24u
#define NET_SAMPLE_MS (10 * MIN_MS)
/* Until so many samples exist, what is normal is not known: only total losses of operators and territories are
 * confirmed (detection.md 8, warm-up). Networks remembered from an earlier run count as known. */
#define WARM_SAMPLES DAY_SAMPLES
/* A group that is still being read in is not judged by its first networks: while it is not warm, nothing of it is
 * confirmed until no network has been added for this long. */
#define SETTLE_MS        (2 * MIN_MS)
#define FRESH_SHARE      0.9 /* of a group's networks that must be judged now for the group to be */
#define PEERS_MIN        10  /* peer ASes to judge by at all */
#define LISTED_PEERS     10  /* what fewer see is not in the history that judge_history gives */
#define QUICK_PEERS      20  /* and for the quick way down */
#define QUICK_COLLECTORS 3
#define V_BELOW          0.5 /* visibility: suspect below, back above (detection.md 4) */
#define V_LOW            0.3 /* down below */
#define V_VERY_LOW       0.1 /* down below, sooner */
#define V_FULL           0.7 /* of the usual: up above */
#define LOCAL_V0         0.3    /* a network seen by fewer is local: shown, never alarms */
#define FLAP_STEP        1000.0 /* penalty of one DOWN, as in RFC 2439 */
#define FLAP_ON          3000.0
#define FLAP_OFF         750.0
#define FLAP_HALF_MS     (15 * MIN_MS)
#define FLAP_GONE        10.0         /* forgotten below this */
#define BLIPS_KEPT       3            /* so many within an hour are unstable */
#define HOLD_MS          (5 * MIN_MS) /* common-mode guard (detection.md 6) */
#define HOLD_WINDOW_MS   (2 * MIN_MS)
#define HOLD_TERRITORIES 5
#define HOLD_SHARE       0.25 /* of all watched networks */
#define RULE_MAX         80 /* bytes for a rule in words; struct evidence keeps 47 of them */
#define CONTROLS_MAX     16
#define MEMBERSHIPS_MAX  64

/* Two kinds of easing: back from DOWN (judged at 0.5) and back from PARTIAL (at 0.7 of the usual). Both are shown as
 * easing. */
enum phase {
	PHASE_LEARNING,
	PHASE_UP,
	PHASE_SUSPECT,
	PHASE_PARTIAL,
	PHASE_DOWN,
	PHASE_EASING,
	PHASE_MENDING,
	PHASE_COUNT
};

/* What is true of a look; each has a clock that runs while it is. */
enum cond {
	COND_BELOW,    /* v < 0.5 */
	COND_BACK,     /* v >= 0.5 */
	COND_LOW,      /* v < 0.3 */
	COND_VERY_LOW, /* v < 0.1, by enough peers and collectors */
	COND_BAND,     /* 0.3 <= v < 0.7 v0 */
	COND_FULL,     /* v >= 0.7 v0 */
	COND_LOST_NEW, /* learning, seen up, now v < 0.5 */
	COND_GONE,     /* learning, never seen up, v < 0.3, but known to have been announced */
	COND_COUNT
};

/* A moment in both times: now drives the clocks, t dates what happened. */
struct moment {
	struct now now;
	struct wall t;
};

/* Median of a day in few values: the medians of whole hours and the samples of this one. */
struct usual { /* of visibility, in steps of 0.004, each 10 min */
	uint8_t recent[6], hours[24];
	uint8_t recent_count, hour_count;
	uint8_t median;
};
struct base { /* of a count */
	float recent[12], hours[24];
	uint8_t recent_count, hour_count;
	uint16_t samples;      /* of the last day, up to DAY_SAMPLES */
	struct wall odd_since; /* outside 0.8..2 of the prediction since, detection.md 1 [5] */
	double median, mad;    /* kept up to date; mad is scaled by 1.4826 */
};

enum net_flag {
	NET_LOOKED = 1 << 0, /* has been looked at in this run */
	NET_SEEN_UP = 1 << 1,
	NET_EXPECTED = 1 << 2, /* counts in totals: seen up, or known to have been announced */
	NET_RESTORED = 1 << 3,
	NET_FORGOTTEN = 1 << 4,
	NET_FROZEN = 1 << 5, /* nothing is concluded until it is seen again */
	NET_GAP = 1 << 6,    /* frozen, and what happened meanwhile was missed */
	NET_LOCAL = 1 << 7,
	/* accounted: what the group sums and the space tree hold of it */
	NET_A_WATCHED = 1 << 8,
	NET_A_FRESH = 1 << 9,
	NET_A_EXPECTED = 1 << 10,
	NET_A_RESTORED = 1 << 11,
	NET_A_UNSTABLE = 1 << 12,
	NET_A_KNOWN = 1 << 20, /* looked at, or remembered */
	NET_VERSED = 1 << 21,  /* remembered with a whole day of history */
	NET_BAD_SD = 1 << 13,  /* SUSPECT or DOWN, v < 0.5 */
	NET_BAD_D = 1 << 14,   /* DOWN */
	NET_COVERS = 1 << 15,  /* not lost: what it covers is reachable */
	NET_COVERS_D = 1 << 22, /* not DOWN: what it covers is not known to be lost, though it may be suspect itself */
	NET_GONE_SD = 1 << 16,
	NET_GONE_D = 1 << 17, /* its own space is lost */
	NET_LOST_SD = 1 << 18,
	NET_LOST_D = 1 << 19, /* it counts as a lost network */
	NET_CONTROL = 1 << 22, /* watched for the common-mode guard */
};
#define NET_A_COUNTED (NET_A_WATCHED | NET_A_KNOWN | NET_A_FRESH | NET_A_EXPECTED | NET_A_RESTORED | NET_A_UNSTABLE)
#define NET_A_LOSSES  (NET_GONE_SD | NET_GONE_D | NET_LOST_SD | NET_LOST_D)

struct net {
	uint32_t origin;
	uint32_t origin_seen;       /* what most announcements said; 0: not known */
	int32_t home;               /* its first group, the operator's if there is one; -1: none */
	int32_t links;              /* further groups: index + 1 into judge.links */
	int32_t pos;                /* in judge.order */
	int32_t parent;             /* the next network that covers it; -1: none */
	float own;                  /* space that no more-specific network covers */
	uint32_t trouble;           /* index + 1 into judge.troubles; 0: quiet */
	uint32_t since_s, frozen_s; /* of the live state; of the freeze. Unix seconds */
	uint32_t flags : 24;        /* enum net_flag */
	uint32_t origin_votes : 8;  /* for origin_seen: the majority vote of Boyer and Moore, up to ORIGIN_VOTES_MAX */
	uint16_t blips, downs;
	uint8_t phase, live, tallied; /* enum phase; enum net_state without and with the overlay */
	struct usual usual;
};

struct trouble {
	int net; /* -1: free */
	uint32_t next_free;
	size_t heap; /* position + 1 in the heap; 0: no timer */
	double v;    /* at the last look; NAN: none */
	unsigned n;
	int64_t clocks[COND_COUNT]; /* mono ms, or NO_CLOCK */
	struct wall t90, t70, t50;  /* last good, and the crossings down */
	struct wall fell;           /* the last crossing down, while it is down: t50 stays through a relapse, this does not */
	int64_t fell_error_ms;      /* how much earlier it may have been */
	struct wall back, full;     /* the crossings up, and how much later they may have been */
	int64_t back_error_ms, full_error_ms;
	struct wall history; /* known to be announced until */
	int64_t history_error_ms;
	double penalty; /* as of penalty_ms */
	int64_t penalty_ms;
	bool flapping;
	int64_t blip_ms[BLIPS_KEPT]; /* newest first */
	bool gone;                   /* announced before, and gone at our first look */
	bool was_down;               /* the open event was more than degraded */
	uint32_t event_id;
};

/* Sums of a group in one family. */
struct sums {
	unsigned watched, known, fresh, expected, restored, unstable;
	unsigned lost_sd, lost_d; /* networks: SUSPECT or DOWN; DOWN */
	double space, gone_sd, gone_d;
};

enum area_phase { AREA_NORMAL, AREA_SUSPECTED, AREA_CONFIRMED, AREA_EASING };
enum { AREA_LINES = 3, AREA_EXITS = 2 };

/* What detection.md 5.1 says of one kind of group. */
struct area_rules {
	double suspect, gauge;
	struct {
		double loss;
		int64_t dwell_ms;
		unsigned networks_min;
		bool every; /* network is down, whatever the loss */
	} lines[AREA_LINES];
	struct {
		double loss;
		int64_t dwell_ms; /* 0: there is no such exit */
	} exits[AREA_EXITS];
	int64_t reopen_ms;
};

struct area {
	enum area_phase phase;
	bool frozen, judged; /* judged: once at least */
	struct wall frozen_at, since;
	double loss_sd[RIB_FAMILIES], loss_d[RIB_FAMILIES]; /* percent; NAN: not known */
	double peak[RIB_FAMILIES];
	double residual[RIB_FAMILIES]; /* what an event that resolved above the suspicion line left behind */
	struct wall start;
	int64_t start_error_ms;
	int64_t line_since[RIB_FAMILIES][AREA_LINES];
	int64_t calm_since; /* suspected, but below the line since */
	int64_t exit_since[AREA_EXITS];
	struct wall exit_t[AREA_EXITS];
	int64_t exit_error_ms[AREA_EXITS];
	struct wall unstable_since, shaky_since; /* shaky: the first suspicion of this event, and how often it was gone */
	unsigned shakes;
	struct wall past_since, past_until; /* of a bout that was dismissed */
	int64_t back_since[RIB_FAMILIES]; /* a family below the first exit line */
	struct wall back_t[RIB_FAMILIES];
	struct wall split_t[RIB_FAMILIES]; /* back then, while the other is still lost */
	uint32_t event_id;
	bool reopened; /* event_id is an older one, begun again */
	bool joined;   /* fusion had it open before: its start and what it was are not ours to change */
	bool outage;   /* suspected for a loss, not only for being unstable */
	uint32_t via_asn;
	size_t heap;
};

struct group {
	enum event_scope scope;
	char territory[EVENT_SUBJECT_MAX], subject[EVENT_SUBJECT_MAX];
	int parent;
	const struct area_rules *rules;
	int *nets;
	size_t net_count, net_cap;
	struct sums sums[RIB_FAMILIES];
	struct tally tally[RIB_FAMILIES];
	struct base *networks[RIB_FAMILIES],
		*space[RIB_FAMILIES];   /* of what is missing of the expected; NULL: not needed yet */
	struct series up[RIB_FAMILIES]; /* territories only */
	bool recalled[RIB_FAMILIES];    /* what was missing before a restart is in the bases, as far as it ever will be */
	struct area area;
	struct judge_opinion opinion; /* of the other classes; zeroed: none */
	bool opined;
	bool dirty; /* in judge.pending */
	struct wall dirty_t;
	bool joined;       /* a network was added since the last step */
	int64_t joined_ms; /* mono: when one last was */
};

struct link {
	int group;
	int32_t next;
};
struct timer {
	int64_t due_ms;
	int id;
	bool group;
};
struct peers {
	unsigned n;
	bool few;
	struct base usual;
};
struct suspect {
	int64_t ms;
	int net;
};
struct control {
	int net;
	bool seen_up, below;
	int64_t below_ms; /* mono: of the newest crossing down; NO_CLOCK: none */
};

struct judge {
	struct event_book *book;
	struct rib *rib;
	struct net *nets;
	size_t net_count, net_cap;
	struct trouble *troubles;
	size_t trouble_count, trouble_cap;
	uint32_t trouble_free; /* index + 1 */
	struct group **groups;
	size_t group_count, group_cap;
	struct link *links;
	size_t link_count, link_cap;
	struct timer *heap;
	size_t heap_count, heap_cap;
	int *order; /* networks by family, address, shorter first */
	size_t order_count, order_cap;
	bool order_dirty; /* a network was added */
	bool space_dirty; /* who is expected changed: all sums are due */
	int *pending;     /* groups that a step is due for, in the order in which they were touched */
	size_t pending_count, pending_cap;
	struct moment touched; /* when networks touched them; see judge_area_touch */
	bool is_touched;
	bool adopt_dirty; /* open events of the book may belong to what is watched */
	enum feed_state feed;
	enum own_line line;
	char why[120];
	char source[16]; /* whose messages these are, for the evidence */
	struct peers peers[RIB_FAMILIES];
	bool started;
	int64_t clock_ms;         /* mono: everything before it has happened */
	int64_t sample_ms;        /* mono: the next sample */
	struct wall now;          /* of the last run */
	struct suspect *suspects; /* of the last two minutes */
	size_t suspect_count, suspect_cap;
	int64_t hold_until_ms; /* mono; NO_CLOCK */
	char hold_words[120];
	struct control controls[CONTROLS_MAX];
	size_t control_count;
};

static inline int64_t clock_run(int64_t since, bool on, int64_t ms)
{
	return !on ? NO_CLOCK : since == NO_CLOCK ? ms : since;
}
static inline bool clock_done(int64_t since, int64_t dwell_ms, int64_t ms)
{
	return since != NO_CLOCK && ms - since >= dwell_ms;
}

/* ---- judge.c ---- */
int judge_family(const struct judge *j, int net);
size_t judge_groups_of(const struct judge *j, int net, int out[MEMBERSHIPS_MAX]);
void judge_groups_learned(struct judge *j, int net, unsigned hours);
int judge_territory_of(const struct judge *j, int group);
void judge_settle(struct judge *j, struct now now); /* sums and areas that wait for it */
void judge_group_due(struct judge *j, int group, struct wall t); /* step it when the judge settles; t: what happened then */

/* ---- judge_net.c ---- */
extern const char *const judge_phase_names[PHASE_COUNT];
/* have of n peer ASes. needs: it waited for its snapshot then. */
void judge_net_look(struct judge *j, int net, unsigned have, unsigned n, bool needs, const struct moment *m);
void judge_net_due(struct judge *j, int net, const struct moment *m);
/* Apply a look to the machine. gap_from: the crossings fell between then and m->t; WALL_NONE: at m->t. */
void judge_net_step(struct judge *j, int net, double v, unsigned n, struct wall gap_from, const struct moment *m);
void judge_net_mark(struct judge *j, int net, double v, struct wall gap_from, const struct moment *m);
double judge_net_v0(const struct judge *j, int net); /* NAN: not known */
/* Its event: begin one at start, which may be error_ms earlier; confirm it, or the one it has; move its level; end it. */
struct event *judge_net_begin(struct judge *j, int net, struct trouble *tr, struct wall start, int64_t error_ms,
			      const struct moment *m);
void judge_net_report(struct judge *j, int net, struct trouble *tr, struct wall start, const char *rule,
		      const struct moment *m);
void judge_net_refresh(struct judge *j, int net, struct trouble *tr, const struct moment *m);
void judge_net_resolve(struct judge *j, int net, struct trouble *tr, const char *rule, const struct moment *m);
int64_t judge_since_whole(const struct trouble *tr, struct wall t); /* ms before t that it was last whole */
bool judge_net_is_gone(const struct net *n, const struct trouble *tr, struct wall t);

/* Each writes the rows of its own constants (core/threshold.h). */
void judge_net_thresholds(struct thresholds *t);
void judge_area_thresholds(struct thresholds *t);
void judge_guard_thresholds(struct thresholds *t);

/* ---- judge_view.c ---- */
void judge_net_show(struct judge *j, int net, const struct moment *m);
unsigned *judge_tally_count(struct tally *t, enum net_state s);

/* ---- judge_feed.c ---- */
bool judge_blocked(const struct judge *j, int family); /* may nothing be concluded now? */
bool judge_tracked(const struct judge *j, int family); /* blocked, but what happens is still heard */
void judge_net_freeze(struct judge *j, int net, struct wall at, const struct moment *m);
void judge_net_resume(struct judge *j, int net, double v, unsigned n, const struct moment *m);
void judge_freeze_all(struct judge *j, struct wall at, bool gap, const struct moment *m);
void judge_eligible(struct judge *j, int family, unsigned n);
bool judge_too_few(const struct judge *j, int family);
void judge_why(const struct judge *j, int family, char *dst, size_t cap);
void judge_look_again(struct judge *j, int family, struct now now); /* -1: all; networks with the rib as it is */
void judge_adopt(struct judge *j, struct now now);

/* ---- judge_area.c ---- */

#define AREA_TOTAL_PCT  99
#define AREA_DISMISS_MS (15 * MIN_MS)
#define AREA_EPSILON    1e-6 /* percent: 100 / 3 is the loss of one of three */

/* What one step of a group works with. */
struct area_step {
	struct judge *j;
	struct group *g;
	struct area *a;
	int group;
	struct wall gap_from; /* set: what is seen now may have happened any time since */
	const struct moment *m;
};

/* Its groups may have changed. They take their step when everything of the moment m has happened: one message that withdraws
 * four networks, and four timers of one millisecond, are one change of their territory. */
void judge_area_touch(struct judge *j, int net, const struct moment *m);
void judge_area_step(struct judge *j, int group, const struct moment *m);

/* ---- judge_level.c ---- */
const struct area_rules *judge_rules_for(enum event_scope scope, const char *subject);
/* Is there an i-th line? */
static inline bool judge_is_line(const struct area_rules *r, int i)
{
	return r->lines[i].every || r->lines[i].loss > 0;
}
/* Their limits in words, for the evidence. */
char *judge_line_words(char dst[RULE_MAX], const struct area_rules *r, int line);
char *judge_exit_words(char dst[RULE_MAX], const struct area_rules *r, int exit);
void judge_area_clocks(const struct area_step *s);
void judge_area_reset_clocks(struct area *a);
bool judge_group_lost(const struct group *g); /* above the suspicion line */
bool judge_group_fresh(const struct judge *j, const struct group *g, int family);
bool judge_group_warm(const struct group *g);
double judge_baseline_networks(const struct group *g, int family);
double judge_suspect_line(const struct group *g, int family); /* percent */
void judge_measure(struct judge *j, struct group *g);         /* losses into g->area */
bool judge_crossing(const struct judge *j, const struct group *g, struct wall *t, int64_t *error_ms);
bool judge_group_unstable(const struct group *g);
void judge_group_sample(struct judge *j, struct group *g, struct wall t);
void judge_group_note_up(struct judge *j, struct group *g, struct wall t);

/* ---- judge_space.c ---- */
void judge_account(struct judge *j, int net, int64_t ms); /* after any change of a network */
void judge_space_settle(struct judge *j);
/* Which one's fall made `net` lost: the last of it and those that cover it; and when a network fell. */
int judge_lost_by(const struct judge *j, int net);
struct wall judge_net_fell(const struct judge *j, int net);

/* ---- judge_usual.c ---- */
void usual_push(struct usual *u, double v);
void usual_fill(struct usual *u, double v, unsigned hours);
double usual_median(const struct usual *u); /* NAN: no samples */
void base_push(struct base *b, double value);
void base_fill(struct base *b, double value, unsigned hours);

/* ---- judge_event.c ---- */
struct event *judge_event(const struct judge *j, uint32_t id); /* NULL if there is none, or it is closed */
struct finding judge_net_finding(const struct judge *j, int net, char subject[PREFIX_TEXT_MAX]);
void judge_net_evidence(struct judge *j, int net, struct event *ev, const char *rule, struct wall t);
void judge_net_parent(struct judge *j, int net, struct event *ev);
struct finding judge_area_finding(const struct judge *j, const struct group *g, bool suspects_too);
/* Percent, by routing alone; NAN. suspects_too: not only what is DOWN. */
double judge_routing_loss(const struct judge *j, const struct group *g, bool suspects_too);
void judge_area_evidence(struct judge *j, const struct group *g, struct event *ev, const char *rule, struct wall t);
/* ev is the group's: link it to the event of its territory, and to it those of its networks and operators. */
void judge_area_family(struct judge *j, int group, struct event *ev);
uint32_t judge_area_via(const struct judge *j, const struct group *g);

/* ---- judge_guard.c ---- */
void judge_guard(struct judge *j, int net, const struct moment *m); /* net turned suspect */
void judge_control_look(struct judge *j, int net, double v, const struct moment *m);

/* ---- judge_timer.c ---- */
struct trouble *judge_trouble(struct judge *j, int net); /* NULL: quiet */
struct trouble *judge_trouble_need(struct judge *j, int net);
bool judge_trouble_is_over(const struct judge *j, int net, const struct trouble *tr, int64_t ms);
void judge_trouble_release(struct judge *j, int net);
void judge_troubles_shrink(struct judge *j); /* give back what a storm needed */
void judge_net_clocks_stop(struct judge *j, struct trouble *tr);
double judge_penalty(const struct trouble *tr, int64_t ms);
int64_t judge_penalty_reaches(const struct trouble *tr, double to);        /* NO_CLOCK: it has */
void judge_flap_check(struct judge *j, int net, struct trouble *tr, const struct moment *m); /* is the flapping over? */
void judge_punish(struct trouble *tr, int64_t ms);                         /* it went down */
bool judge_net_unstable(const struct trouble *tr, int64_t ms);             /* flapping, or three blips within an hour */
void judge_timer_set(struct judge *j, int id, bool group, int64_t due_ms); /* NO_CLOCK: none */
bool judge_timer_pop(struct judge *j, int64_t until_ms, struct timer *out);
int64_t judge_timer_next(const struct judge *j); /* INT64_MAX: none */

#endif
