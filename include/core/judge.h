/* Routing judged at prefix, operator and territory level: detection.md 4, 5.1, 7 and 8 as state machines.
 *
 * Fed with routes (through its rib), with the health of the feed and with time; writes events into the book it was given.
 * Pure: the same calls with the same times give the same events. Data times date what happened (starts, ends); `now`
 * drives the dwell timers. While the feed is not OK every timer is frozen, nothing starts, confirms or ends, and open events
 * are UNVERIFIED. */
#ifndef LANDLINE_CORE_JUDGE_H
#define LANDLINE_CORE_JUDGE_H

#include "core/event.h"
#include "core/rib.h"
#include "core/series.h"
#include "core/state.h"

struct judge;

struct judge *judge_new(struct event_book *book); /* book: borrowed, must outlive the judge */
void judge_free(struct judge *j);
struct rib *judge_rib(struct judge *j);
const struct rib *judge_rib_const(const struct judge *j);

/* A territory or an operator inside one. subject: "KP" or "AS131279". parent: the territory's group, or -1.
 * Finds the group when it is there already. Returns its number. */
int judge_group(struct judge *j, enum event_scope scope, const char *territory, const char *subject, int parent);
/* Watch a prefix for a group (a prefix may be in several territories; its own events name the first). Returns the net number,
 * the same as the rib's. */
int judge_watch(struct judge *j, int group, const struct prefix *p, uint32_t origin);
/* An announcement of it named this origin; the majority of the last ones is believed (net_view.origin_seen). */
void judge_origin(struct judge *j, int net, uint32_t asn);
/* History that was read elsewhere (announced-prefixes): announced until last_seen, which is exact to error_ms.
 * A prefix that is gone at our first look starts its event there: at last_seen + error_ms, or at the look where that is
 * earlier, with the interval back to last_seen. Nothing is made of it once the prefix was seen up. */
void judge_history(struct judge *j, int net, struct wall last_seen, int64_t error_ms);
/* Not expected any more (no peer, and gone for 7 days; or the territory was dropped): leaves totals; no event, and an open one
 * stays unverified. It keeps its place in judge_group_nets with the phase "forgotten"; judge_watch takes it up again. */
void judge_forget(struct judge *j, int net);

/* The health of the routing feed. why is shown: "RIS Live lost 14:02:10". Going OK again does not judge anything until each
 * prefix has its snapshot (rib_needs_snapshot). */
void judge_feed(struct judge *j, enum feed_state state, const char *why, struct now now);
/* Whose messages the rib gets, for the evidence: "rislive" until told otherwise, "mrt" in a replay of archives. */
void judge_feed_source(struct judge *j, const char *name);
/* Our own line: blind freezes everything, as a feed that is down. */
void judge_line(struct judge *j, enum own_line line, struct now now);

/* What the other classes say of a territory, for its event (core/fusion.h): the classes and confidence that its findings carry;
 * hold: confirmations wait (disputed, or a common-mode fault); sustain: others still see the loss, so that the end of routing's
 * part does not resolve the event; kind: VERDICT_UNKNOWN, or what routing's own kind becomes with them (`one-way`). */
struct judge_opinion {
	unsigned classes, missing;
	enum confidence confidence;
	bool hold, sustain;
	enum verdict_kind kind;
	double loss_pct;             /* 0..100 of the others, where they see more than routing; NAN: nothing */
	unsigned loss_class;         /* the class whose figure loss_pct is */
};
/* o is copied and stays until the next call. Takes effect at the next judge_run. */
void judge_opinion(struct judge *j, int group, const struct judge_opinion *o);

/* Control prefixes (root servers, large anycast): watched beside the territories, never an event of their own; part of the
 * common-mode guard of detection.md 6. Returns the net number. */
int judge_control(struct judge *j, const struct prefix *p);
/* The hold in words, "Possible feed fault: 31% of all networks dropped at once. Holding."; "" when there is none. */
const char *judge_hold(const struct judge *j, struct now now);

/* Take what changed in the rib and what is due, move every machine, write events. Returns when to call again at the latest. */
struct wall judge_run(struct judge *j, struct now now);

/* State kept over a restart, per prefix: what the store saves and gives back. Restored prefixes skip LEARNING; they are
 * stale until seen again. */
struct net_memory {
	struct prefix prefix;
	enum net_state state;
	double v0;           /* usual visibility; NAN: not known */
	unsigned learned_h;  /* hours of history behind v0, 0..24: with less than a day the learning goes on from there */
	struct wall since, saved;
};
bool judge_remember(const struct judge *j, int net, struct net_memory *out);
void judge_restore(struct judge *j, int net, const struct net_memory *m);

/* What views and outputs read. */
struct net_view {
	struct prefix prefix;
	uint32_t origin;             /* as it was watched */
	uint32_t origin_seen;        /* what most announcements said lately; 0: none was heard */
	enum net_state state;        /* as shown */
	const char *phase;           /* the machine's own word: "learning", "suspect", "easing", ... */
	struct visibility vis;
	double v0;                   /* its usual visibility; NAN while learning */
	bool local;                  /* v0 < 0.3: shown, never alarms */
	bool lost;                   /* down and not covered by another announced prefix */
	struct wall since;           /* of the state shown */
	struct wall t50, t90;        /* of the current or last loss */
	double penalty;              /* flapping, 0..; 3000 and up is FLAPPING until below 750 */
	unsigned blips, downs;       /* SUSPECT that recovered; DOWNs so far */
	uint32_t event_id;           /* its open event, or 0 */
};
void judge_net(const struct judge *j, int net, struct net_view *out);

struct tally { unsigned total, up, degraded, flapping, down, unknown, stale; };
struct group_view {
	struct tally v4, v6;
	double loss_pct;             /* by the signal that alarms (space, or networks when few); NAN: no baseline yet or not fresh */
	double loss_v4_pct, loss_v6_pct;
	double down_pct;             /* the same by networks that are DOWN alone: without what is only suspect yet */
	double space_v4, space_v6;   /* /24s and /48s up now, overlaps once */
	double baseline_v4, baseline_v6; /* networks: median of the last 24 h; NAN while learning */
	double learned_h;            /* hours of history, 0..24 */
	struct wall since;           /* of the current phase */
	const char *phase;           /* "normal", "suspected", "confirmed", "easing", "unknown" */
	uint32_t event_id;           /* open or suspected event, or 0 */
	uint32_t via_asn;            /* lost networks all reached through it, or 0 */
	struct wall unstable_since;  /* flapping led to what is suspected or confirmed now: since when; else WALL_NONE */
	struct wall back_v4, back_v6; /* when that family came back while the other is still lost; else WALL_NONE */
	const struct series *up_v4, *up_v6; /* networks up, 5-min buckets, 24 h; borrowed; NULL for operators */
};
void judge_group_view(const struct judge *j, int group, struct group_view *out);
size_t judge_memory(const struct judge *j); /* bytes, the rib included, for the figures */
size_t judge_net_count(const struct judge *j);
size_t judge_group_count(const struct judge *j);
/* Nets of a group in its own order; the pointer is good until the next judge_watch. */
const int *judge_group_nets(const struct judge *j, int group, size_t *count);

#endif
