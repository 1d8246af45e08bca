/* MRT archives (RFC 6396, 8050; sources/bgp.md 9): what route collectors have written since 1999, decoded as a stream.
 *
 * Bytes go in as they come, in chunks of any size; records come out by a callback. No file, no decompressor, no clock.
 * The bytes are hostile: every length is checked against what is there, and a broken record costs that record. A length
 * that cannot be right loses the place in the stream; the reader then looks for the next header that can be one.
 *
 * Two consumers stand beside the reader: one-line text as `bgpdump -m` prints it, and facts for the model. */
#ifndef LANDLINE_SOURCE_MRT_H
#define LANDLINE_SOURCE_MRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "core/fact.h"
#include "core/prefix.h"

#define MRT_RECORD_MAX (8u << 20) /* bytes of a body; a longer record is refused */

enum mrt_type {
	MRT_BGP = 5, /* deprecated; RIS files of 1999 and 2000 */
	MRT_TABLE_DUMP = 12,
	MRT_TABLE_DUMP_V2 = 13,
	MRT_BGP4MP = 16,
	MRT_BGP4MP_ET = 17,
};

enum mrt_kind {
	MRT_BROKEN,  /* `why` says why; only number, offset and header are set */
	MRT_SKIPPED, /* well formed as far as looked at, but of no use here: another protocol, multicast RIBs, not kept
		      */
	MRT_PEERS,   /* a PEER_INDEX_TABLE; RIB records refer to it */
	MRT_RIB,     /* routes to `prefix`: entries */
	MRT_UPDATE,  /* withdrawn, announced and their attrs; both empty: end of RIB (RFC 4724) */
	MRT_STATE,   /* a session went from old_state to new_state */
	MRT_MESSAGE, /* OPEN, NOTIFICATION, KEEPALIVE or ROUTE-REFRESH of a peer: `message` */
	MRT_KIND_COUNT
};

/* States of a session (RFC 4271 8.2.2), and two that Quagga writes. */
enum {
	MRT_IDLE = 1,
	MRT_CONNECT,
	MRT_ACTIVE,
	MRT_OPEN_SENT,
	MRT_OPEN_CONFIRM,
	MRT_ESTABLISHED,
	MRT_CLEARING,
	MRT_DELETED
};

enum { MRT_SAFI_UNICAST = 1, MRT_SAFI_MULTICAST = 2, MRT_SAFI_BOTH = 3 };

/* Path attributes that are looked at, by their code. */
enum mrt_attr {
	MRT_ORIGIN = 1,
	MRT_AS_PATH = 2,
	MRT_NEXT_HOP = 3,
	MRT_MED = 4,
	MRT_LOCAL_PREF = 5,
	MRT_ATOMIC_AGGREGATE = 6,
	MRT_AGGREGATOR = 7,
	MRT_COMMUNITIES = 8,
	MRT_MP_REACH = 14,
	MRT_MP_UNREACH = 15,
	MRT_AS4_PATH = 17,
	MRT_AS4_AGGREGATOR = 18,
	MRT_ATTR_COUNT = 32
};
#define MRT_HAS(attr) (1u << (attr))

struct mrt_bytes {
	const uint8_t *at;
	size_t len;
};

/* Valid during the callback: path and communities point into the record (or the reader). */
struct mrt_attrs {
	uint32_t has;          /* MRT_HAS bits; what is not there is zero below */
	uint8_t origin;        /* 0 IGP, 1 EGP, 2 INCOMPLETE; others do occur */
	uint8_t asn_size;      /* of path: 2 or 4 bytes. After the merge with AS4_PATH (RFC 6793) 4 */
	struct mrt_bytes path; /* well-formed segments: read with mrt_path_next */
	uint8_t next_hop[4];
	struct addr mp_next_hop; /* of MP_REACH_NLRI, the global one of two; family 0: none */
	uint32_t med, local_pref;
	struct mrt_bytes communities; /* 4 bytes each */
	uint32_t aggregator_asn;
	uint8_t aggregator[4];
};

struct mrt_route {
	struct prefix prefix; /* host bits cleared, though some routers send them set */
	uint8_t safi;
	uint32_t path_id; /* ADDPATH kinds only, else 0 */
};

struct mrt_peer {
	struct addr addr;
	uint32_t asn;
};

struct mrt_entry {
	const struct mrt_peer *peer;
	uint32_t peer_index;   /* in the peer table; 0 in TABLE_DUMP */
	uint32_t originated_s; /* when the peer's route last changed; 0 in old files that do not know */
	uint32_t path_id;
	struct mrt_attrs attrs;
};

/* One record. Everything it points at lives until the callback returns. */
struct mrt_record {
	enum mrt_kind kind;
	uint64_t number; /* from 1 */
	uint64_t offset; /* of its header, in bytes from the start of the (decompressed) stream */
	const char *why; /* static words; MRT_BROKEN: what is wrong; MRT_UPDATE: what was left out, else NULL */
	uint32_t time_s; /* UTC */
	uint32_t usec;   /* BGP4MP_ET, else 0 */
	uint16_t type, subtype;
	bool addpath;
	bool local;           /* sent by the collector, not heard by it */
	struct mrt_peer peer; /* UPDATE, STATE, MESSAGE; family 0 where old dumps leave the address out */
	uint16_t old_state, new_state;
	uint8_t message;        /* BGP message type: 1 OPEN, 2 UPDATE, 3 NOTIFICATION, 4 KEEPALIVE, 5 ROUTE-REFRESH */
	struct mrt_attrs attrs; /* UPDATE */
	const struct mrt_route *withdrawn, *announced;
	size_t withdrawn_count, announced_count;
	size_t announced_mp;  /* announced[announced_mp..] came with MP_REACH_NLRI, the others with NEXT_HOP */
	struct prefix prefix; /* RIB */
	const struct mrt_entry *entries;
	size_t entry_count;
	size_t peer_count; /* PEERS */
	struct mrt_bytes view;   /* PEERS: the view's name, any bytes */
	struct mrt_bytes raw;    /* the record as it is, header and all; BROKEN: none */
};

typedef void mrt_record_fn(const struct mrt_record *, void *arg);
typedef bool mrt_keep_fn(const struct prefix *, void *arg);

struct mrt_reader;

struct mrt_reader *mrt_reader_new(void);
void mrt_reader_free(struct mrt_reader *r); /* NULL is allowed */
/* RIB records whose prefix keep() refuses become MRT_SKIPPED without a look at their entries. NULL: all are decoded. */
void mrt_reader_keep(struct mrt_reader *r, mrt_keep_fn *keep, void *arg);
/* Some collectors wrote messages of ADDPATH sessions as if they were not (seen: RouteViews, 2022): path identifiers
 * then read as default routes and too short prefixes. On: an UPDATE that has a default route twice, or whose prefixes
 * do not fit, is read as ADDPATH if that does fit. Off, as it is at first: as bgpdump reads it. */
void mrt_reader_guess_addpath(struct mrt_reader *r, bool on);

/* The next bytes of the stream; fn is called for each record that is complete, broken ones included. ERR_PARSE when the
 * stream does not begin as MRT does (a web page, a wrong compression): then nothing more is read from it. */
int mrt_feed(struct mrt_reader *r, const void *bytes, size_t len, mrt_record_fn *fn, void *arg,
	     struct err *e) MUST_CHECK;
/* The stream is over: a record that is not complete is broken. */
void mrt_end(struct mrt_reader *r, mrt_record_fn *fn, void *arg);

/* ---- AS paths ---- */

enum mrt_segment_type { MRT_SET = 1, MRT_SEQUENCE = 2, MRT_CONFED_SEQUENCE = 3, MRT_CONFED_SET = 4 };

struct mrt_segment {
	enum mrt_segment_type type;
	unsigned count;
	const uint8_t *asns; /* count of asn_size bytes each, big-endian: mrt_segment_asn */
	uint8_t asn_size;
};

/* The segment at the beginning of *path, which is moved behind it. False at the end, or where the bytes are no segment.
 */
bool mrt_path_next(struct mrt_bytes *path, uint8_t asn_size, struct mrt_segment *out);
uint32_t mrt_segment_asn(const struct mrt_segment *s, unsigned i);
/* Who originates and who is right before, prepending removed; 0 where that is a set or there is nobody. Confederation
 * segments are somebody's inside and do not count. */
void mrt_path_ends(const struct mrt_attrs *a, uint32_t *origin, uint32_t *upstream);
/* The whole path, peer to origin, without prepending, sets and confederations. 0: none, longer than max, or its origin is a
 * set. */
size_t mrt_path_list(const struct mrt_attrs *a, uint32_t *out, size_t max);

/* ---- one-line text ---- */

/* Lines as `bgpdump -m` prints them, one a route: BGP4MP|time|A|peer|asn|prefix|path|origin|next hop|local pref|med|
 * communities|AG or NAG|aggregator|. As there, an absent next hop is 255.255.255.255, an absent med or local pref is 0,
 * and a single zero group of an IPv6 address is shortened. Where bgpdump is wrong about a fact we are not: mrt_line.c
 * lists it. */
typedef void mrt_write_fn(const char *text, size_t len, void *arg);

struct mrt_printer {
	char *text; /* waiting to be written */
	size_t len, cap;
	char *tail; /* what the lines of one record have in common */
	size_t tail_len, tail_cap;
	mrt_write_fn *write;
	void *arg;
	uint64_t lines;
};

void mrt_printer_init(struct mrt_printer *p, mrt_write_fn *write, void *arg);
void mrt_printer_release(struct mrt_printer *p);                     /* without writing what waits */
void mrt_print(struct mrt_printer *p, const struct mrt_record *rec); /* kinds without a line print nothing */
void mrt_printer_flush(struct mrt_printer *p);

/* ---- facts ---- */

/* What a replay makes of records. Updates: FACT_ANNOUNCE, FACT_WITHDRAW (unicast; a prefix once a message, the
 * announcement wins, RFC 4271 4.3), FACT_PEER_STATE when a session reaches or leaves Established, FACT_ALIVE for what
 * says nothing else. RIBs: FACT_ROUTE for each peer that has a route, then FACT_SNAPSHOT, per prefix; t is the record's
 * time, and the peers of this collector only: whoever plays several collectors joins their rows before it takes "all
 * there is" at its word. Messages the collector sent itself give no fact. A withdrawal of an ADDPATH session may leave
 * another path: it is passed on as it is. */
struct mrt_facts {
	const char *collector; /* "rrc00"; borrowed, must outlive every batch filled */
	mrt_keep_fn *keep;     /* prefixes wanted; NULL: all */
	void *keep_arg;
	struct mrt_route *routes; /* of one message */
	size_t route_cap;
	struct fact *rows; /* of one prefix of a TABLE_DUMP, which has a record a peer */
	size_t row_count, row_cap;
};

void mrt_facts_init(struct mrt_facts *f, const char *collector, mrt_keep_fn *keep, void *arg);
void mrt_facts_release(struct mrt_facts *f);
/* The facts of one record, in out. A broken record, or part of one, is counted in out->skipped. ERR_LIMIT when out is
 * full: the record's facts may be there in part, and out should be applied and cleared before the reader goes on (keep
 * chunks small). */
int mrt_facts_add(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e) MUST_CHECK;
/* After the last record: the last prefix of a TABLE_DUMP. */
int mrt_facts_end(struct mrt_facts *f, struct batch *out, struct err *e) MUST_CHECK;

#endif
