/* Who sees what: the sessions of the route collectors and, for each watched prefix, which of them have a route.
 *
 * One bit per (prefix, session); votes are counted per peer AS, not per session, and only of eligible peers
 * (detection.md 4). A peer that goes down leaves the denominator: RIS Live sends no withdrawals for it. O(1) per update. */
#ifndef LANDLINE_CORE_RIB_H
#define LANDLINE_CORE_RIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/when.h"
#include "core/prefix.h"

struct rib;

struct rib *rib_new(void);
void rib_free(struct rib *r);

/* A session is known by collector ("rrc03": cut at the first dot, lower case), peer address and peer AS. Finds or adds;
 * -1 when RIB_SESSIONS_MAX are known already. */
#define RIB_SESSIONS_MAX 4096
int rib_session(struct rib *r, const char *collector, const struct addr *peer, uint32_t asn);
/* The session known at a collector and address, whatever its AS; -1 if there is none or more than one. A looking glass tells
 * the first AS of the path, which at a route server is not the session's. */
int rib_session_at(const struct rib *r, const char *collector, const struct addr *peer);
/* Table sizes (routes of each family), from RIPEstat ris-peers. A session with a table is known to be up. Decides "full
 * feed": >= 75% of the median table of the ten largest; while no sizes are known at all, every session that carries a route
 * in a snapshot counts as full feed. */
void rib_session_table(struct rib *r, int session, uint32_t v4_routes, uint32_t v6_routes);
/* down: out of the votes at once. up: out until its table transfer is finished (95% of the watched prefixes it had are
 * back; for a peer not seen before 60 s without a new prefix; 15 min at most). */
void rib_session_state(struct rib *r, int session, bool up, struct wall t);
/* The session's newest message is dated t and was received at now: its lag decides eligibility (< 120 s). */
void rib_session_seen(struct rib *r, int session, struct wall t, struct wall now);

/* Watch a prefix; returns its number, 0 and up, dense. Finds it when it is watched already. */
int rib_watch(struct rib *r, const struct prefix *p);
int rib_find(const struct rib *r, const struct prefix *p); /* -1: not watched */
size_t rib_count(const struct rib *r);

/* One update of one session. upstream: the AS right before the origin, prepending removed; 0 if not known. t: the message's
 * own time. */
void rib_announce(struct rib *r, int session, int net, uint32_t upstream, struct wall t);
void rib_withdraw(struct rib *r, int session, int net, struct wall t);

/* A whole answer of who has the route, as of t: sessions in `have` have it, all other known ones have not. Updates that came
 * over the stream and are newer than t win. upstreams: one for each of have, 0 if not known, or NULL. */
void rib_snapshot(struct rib *r, int net, const int *have, const uint32_t *upstreams, size_t count, struct wall t);
/* Only "announced, seen by at least ten full-feed peers" is known (announced-prefixes): every eligible peer is presumed to
 * have it until its first message. Shown as presumed, replaced by the first rib_snapshot; ends rib_needs_snapshot too. */
void rib_presume(struct rib *r, int net, struct wall t);
/* The stream was lost: what was missed is missing. Every prefix needs a snapshot (or a presumption) again. Sessions of which
 * nothing is heard any more (no row of a snapshot, no message) stop to vote once ten peer ASes were heard again. */
void rib_lost(struct rib *r);
bool rib_needs_snapshot(const struct rib *r, int net);

struct visibility {
	unsigned have, eligible;   /* peer ASes of the prefix's family */
	unsigned collectors;       /* distinct collectors behind `eligible` */
	unsigned stuck;            /* peer ASes left out as stuck (zombie routes) */
	double v;                  /* have / eligible; NAN when eligible is 0 */
	bool presumed;             /* no per-peer snapshot yet */
};
void rib_visibility(const struct rib *r, int net, struct visibility *out);
/* Run what is due by time alone (transfers that end, lag, stuck routes). Returns when to call again, WALL_NONE: never. */
struct wall rib_tick(struct rib *r, struct wall now);

/* Prefixes whose visibility may have changed since the last call, each once; fills at most max, returns how many. */
size_t rib_take_changed(struct rib *r, int *nets, size_t max);

/* Upstreams of a prefix by peer-AS votes, largest first; shares in 0..1 of the peers whose upstream is known. Kept for the
 * first 256 prefixes that were watched; none for the others. */
struct upstream { uint32_t asn; unsigned votes; double share; };
size_t rib_upstreams(const struct rib *r, int net, struct upstream *out, size_t max);

bool rib_session_votes(const struct rib *r, int session, int family); /* now, in family 4 or 6 */

/* Sessions that vote and have the route now (stuck ones left out), sessions of one peer AS next to each other. */
struct rib_voter { int session; uint32_t asn; };
size_t rib_voters(const struct rib *r, int net, struct rib_voter *out, size_t max);

/* What most peers' paths to a prefix had in common while it was up (core/depend.h), nearest the origin first; at most
 * RIB_SHARED_ASES. Kept for RIB_SHARED_NETS networks; count 0 changes nothing. */
#define RIB_SHARED_ASES 6
#define RIB_SHARED_NETS 512
void rib_shared_note(struct rib *r, int net, const uint32_t *asns, size_t count);

/* For views and evidence: sessions of one prefix. */
struct rib_row { const char *collector; struct addr peer; uint32_t asn; bool up, eligible, full_feed, has, stuck; struct wall seen; uint32_t upstream; };
size_t rib_rows(const struct rib *r, int net, struct rib_row *out, size_t max);
/* Eligible peer ASes of a family (4 or 6), sessions up and known. */
struct rib_totals { unsigned eligible_v4, eligible_v6, sessions, up, full_feed; };
void rib_totals(const struct rib *r, struct rib_totals *out);
size_t rib_memory(const struct rib *r); /* bytes, for the figures */

#endif
