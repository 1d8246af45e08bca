/* What the files of the rib share. rib.c: networks and votes; rib_session.c: who may vote; rib_stuck.c: zombie
 * routes; rib_snapshot.c: whole answers, presumptions and gaps; rib_view.c: what views read.
 *
 * A bit matrix per address family: a row a network, a column a session that counts (or may count) as full feed in that
 * family, so 400 peers cost 50 bytes a network. The vote of a peer AS is found by looking at its few sessions. */
#ifndef LANDLINE_CORE_RIB_PRIV_H
#define LANDLINE_CORE_RIB_PRIV_H

#include "core/rib.h"

enum {
	V4,
	V6,
	RIB_FAMILIES,
	RIB_UPSTREAM_NETS = 256, /* networks whose upstreams are kept exactly, a byte a session */
	RIB_UPSTREAM_ASES = 255, /* distinct upstream ASes kept */
	RIB_COLLECTORS_MAX = 256,
	RIB_COLLECTOR_TEXT = 24,
	RIB_LOG_MIN = 1024,
	RIB_LOG_MAX = 65536,
	RIB_JOURNAL_KEEP = 4096,   /* steps whose room is kept from one run to the next */
	RIB_JOURNAL_MAX = 1 << 19, /* steps kept for the judge; beyond, only the newest state of each network */
};

/* detection.md 4, "Eligible", and section 8 */
#define RIB_LAG_MS       120000  /* a session whose messages are this late does not vote */
#define RIB_LAG_CALM_MS  10000   /* and votes again when they have been timely for this long */
#define RIB_QUIET_MS     60000   /* transfer of a peer not seen before: without a new prefix */
#define RIB_TRANSFER_MS  900000  /* any transfer, at most */
#define RIB_STUCK_MS     5400000 /* a route that stays this long after most lost it is a zombie */
#define RIB_VERIFIED_MIN 10      /* peer ASes heard again after a gap before the silent ones stop voting */

enum session_state { SESSION_UNKNOWN, SESSION_UP, SESSION_DOWN };

struct rib_session {
	struct addr addr;
	uint32_t asn, hash;
	int as, next_in_as; /* the peer AS, and its next session or -1 */
	int collector;
	int col[RIB_FAMILIES];         /* column in the family's matrix, -1: none */
	uint32_t routes[RIB_FAMILIES]; /* table size */
	bool sized;                    /* routes are known */
	bool full[RIB_FAMILIES];       /* full feed */
	bool carried[RIB_FAMILIES];    /* had a route in a snapshot */
	bool ignored[RIB_FAMILIES];    /* spoke while it had no column: what it has is not known */
	bool counted[RIB_FAMILIES];    /* votes now */
	enum session_state state;
	bool verified;  /* heard since the stream was last lost */
	unsigned epoch; /* of `state` */
	struct wall state_t;
	bool syncing; /* sends its table */
	struct wall sync_start, sync_last;
	unsigned sync_had, sync_back;
	bool lagging;
	struct wall late_at;    /* the last late message */
	struct wall calm_since; /* lagging, but timely since */
	struct wall seen;
};

struct rib_as {
	uint32_t asn;
	int first;
	unsigned counted[RIB_FAMILIES];
};

struct rib_collector {
	char name[RIB_COLLECTOR_TEXT];
	unsigned counted[RIB_FAMILIES];
};

/* One network. 32 bytes: there may be a hundred thousand. */
struct rib_net {
	struct prefix prefix;
	uint8_t flags;
	uint8_t top; /* upstream of most peers at the last good look, into r->upstream_asn; 0: not known */
	uint32_t row;
	uint32_t log_last;    /* newest entry of the log about it, 0: none */
	uint16_t have, stuck; /* votes, of peer ASes */
};

enum rib_net_flag {
	RIB_NEEDS = 1 << 0, /* needs a snapshot */
	RIB_PRESUMED = 1 << 1,
	RIB_CHANGED = 1 << 2,  /* in the queue of rib_take_changed */
	RIB_STUCK = 1 << 3,    /* has stuck bits */
	RIB_LOW = 1 << 4,      /* at least 70% of the others are without it */
	RIB_WAS_HIGH = 1 << 5, /* most had it since it last was low for long */
	RIB_WAITING = 1 << 6,  /* in the queue of routes that may be stuck */
	RIB_TOUCHED = 1 << 7,  /* changed since the journal overflowed */
};

struct rib_family {
	uint64_t *bits; /* rows * words */
	size_t words, rows, rows_cap;
	int *row_net;
	size_t row_net_cap;
	int *col_session; /* -1: free */
	size_t cols, col_cap;
	unsigned eligible;   /* peer ASes that vote */
	unsigned collectors; /* with a session that votes */
	bool sized;          /* some table sizes are known */
	bool strict;         /* after a gap: only sessions heard again vote */
	uint32_t full_min;   /* routes that make a full feed */
	bool block;          /* the denominator moved: a block of steps is due in the journal */
	struct wall block_t;
};

/* The newest updates, for snapshots that are older than what the stream said: a ring, chained per network. */
struct rib_log {
	int64_t t;
	uint32_t net, prev;
	uint16_t session;
	bool has;
};

struct rib_stuck {
	int net;
	uint64_t *bits;
};
struct rib_wait {
	int net;
	struct wall since;
};

/* One step of a network's visibility, in the order of arrival. net < 0: see enum rib_mark. */
struct rib_step {
	int net;
	uint16_t have, eligible; /* of an eligibility mark: the family and its eligible peer ASes */
	struct wall t;
	bool look;  /* a whole answer (snapshot or presumption), not one update */
	bool needs; /* then it still needed one: the counts mean nothing */
};
enum rib_mark { RIB_MARK_ELIGIBLE = -1, RIB_MARK_LOST = -2 };

struct rib_shared {
	int net;
	uint32_t asn[RIB_SHARED_ASES]; /* 0 ends */
};

struct rib {
	struct rib_net *nets;
	size_t net_count, net_cap;
	int32_t *index; /* prefix to net + 1; size a power of two */
	size_t index_size;
	struct rib_family family[RIB_FAMILIES];
	struct rib_session *sessions;
	size_t session_count, session_cap;
	int32_t *session_index;
	size_t session_index_size;
	struct rib_as *ases;
	size_t as_count, as_cap;
	struct rib_collector *collectors;
	size_t collector_count;
	bool tables_dirty;
	unsigned epoch;                       /* counts the gaps */
	struct wall heard;                    /* the newest thing heard, in the clock's time or the data's */
	struct wall due;                      /* of rib_tick */
	uint8_t *upstream[RIB_UPSTREAM_NETS]; /* by column of the net's family */
	uint32_t upstream_asn[RIB_UPSTREAM_ASES + 1];
	unsigned upstream_count;
	struct rib_shared *shared; /* sorted by net */
	size_t shared_count, shared_cap;
	struct rib_log *log;
	size_t log_cap;
	uint32_t log_next;       /* number of the next entry; entry n lies at n & (cap - 1) */
	uint32_t log_floor;      /* entries before it are from before the last gap */
	struct rib_stuck *stuck; /* sorted by net */
	size_t stuck_count, stuck_cap;
	struct rib_wait *waits; /* a queue, oldest at waits_head */
	size_t waits_head, waits_count, waits_cap;
	int *changed;
	size_t changed_count, changed_cap;
	bool journal_on, journal_over;
	struct rib_step *journal;
	size_t journal_count, journal_cap;
};

static inline int rib_family_of(const struct prefix *p)
{
	return p->family == 6 ? V6 : V4;
}
static inline uint64_t *rib_row_bits(const struct rib_family *f, uint32_t row)
{
	return &f->bits[(size_t)row * f->words];
}
static inline bool rib_bit(const uint64_t *bits, int col)
{
	return bits[col >> 6] >> (col & 63) & 1;
}
static inline void rib_bit_set(uint64_t *bits, int col, bool on)
{
	uint64_t mask = (uint64_t)1 << (col & 63);
	bits[col >> 6] = on ? bits[col >> 6] | mask : bits[col >> 6] & ~mask;
}

/* ---- rib.c ---- */

/* A peer AS's vote on a network; the greater wins among its sessions. */
enum vote { VOTE_NONE, VOTE_STUCK, VOTE_HAVE };
enum vote rib_vote(const struct rib *r, const struct rib_as *a, int net, int except_session);
enum vote rib_session_vote(const struct rib *r, const struct rib_session *s, int net);
/* The vote of one peer AS went from before to after: count, and note that the network changed. */
void rib_recount(struct rib *r, int net, enum vote before, enum vote after, struct wall t);
void rib_count_all(struct rib *r, int net); /* from scratch */
void rib_changed(struct rib *r, int net);
/* A step for the journal, after the counts moved. */
void rib_step(struct rib *r, int net, struct wall t, bool look);
void rib_mark(struct rib *r, enum rib_mark mark, struct wall t);
void rib_flush(struct rib *r); /* write the steps that a moved denominator owes */
void rib_set(struct rib *r, int session, int net, bool has, struct wall t);

/* ---- rib_stuck.c ---- */

uint64_t *rib_stuck_bits(const struct rib *r, int net); /* NULL: none */
void rib_stuck_drop(struct rib *r, int net);
void rib_unstick(struct rib *r, const struct rib_as *a, int net);
void rib_track_low(struct rib *r, int net, struct wall t);
void rib_stuck_run(struct rib *r, struct wall now);
void rib_stuck_forget(struct rib *r); /* a gap: who lost what when is not known any more */

/* ---- rib_session.c ---- */

void rib_settle(struct rib *r);                              /* take table sizes in */
void rib_alive(struct rib *r, int session, struct wall t);   /* a message of it arrived */
void rib_refresh(struct rib *r, int session, struct wall t); /* may it vote? */
void rib_refresh_all(struct rib *r, struct wall t);
void rib_verify(struct rib *r, int session);
void rib_sync_check(struct rib *r, int session, struct wall now);
void rib_heard(struct rib *r, struct wall t);
void rib_due(struct rib *r, int64_t ms); /* rib_tick has something to do then, at the latest */

/* ---- rib_snapshot.c ---- */

int rib_column(struct rib *r, int session, int family); /* its column; made when it may count; else -1 */
void rib_column_free(struct rib *r, int session, int family);
void rib_log_put(struct rib *r, int session, int net, bool has, struct wall t);
/* The entry of number seq if it is still there and after the floor, else NULL. */
const struct rib_log *rib_log_get(const struct rib *r, uint32_t seq);

/* ---- rib_view.c ---- */

uint8_t rib_upstream_id(struct rib *r, uint32_t asn); /* 0: none, or the table is full */
void rib_upstream_note(struct rib *r, int session, int net, uint32_t asn);
void rib_upstream_grow(struct rib *r, int family, size_t old_words);

/* ---- for the judge ---- */

void rib_journal_on(struct rib *r);
/* Hand the steps over (the pointer is good until the next call that changes the rib) and begin anew. */
const struct rib_step *rib_journal_take(struct rib *r, size_t *count);
/* The upstream of more than half of the peers at the last good look, or 0; _note_ looks now. */
uint32_t rib_top_upstream(const struct rib *r, int net);
void rib_note_top_upstream(struct rib *r, int net);
/* ASes that its paths had in common while it was up, nearest the origin first; 0: not known. */
size_t rib_shared(const struct rib *r, int net, uint32_t out[RIB_SHARED_ASES]);

#endif
