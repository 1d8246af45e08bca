/* What a reply or a stream says, in the program's own terms: the only thing that passes from sources to the model.
 *
 * A source's parser turns hostile bytes into a batch of facts in one arena; the app applies them in order. All text in a
 * fact is clean (base/text.h). Missing values are NAN or WALL_NONE, never zero. */
#ifndef LANDLINE_CORE_FACT_H
#define LANDLINE_CORE_FACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/when.h"
#include "core/prefix.h"

enum fact_kind {
	FACT_RANGE,      /* prefix is registered in the country `subject` */
	FACT_AS,         /* asn is registered in the country `subject`; flag: it is routed now */
	FACT_NET,        /* prefix was announced by asn from t to until (history; exact to error_ms); flag: still announced */
	FACT_ROUTE,      /* snapshot row: peer (collector, addr, asn) has prefix by `upstream`; t: of the peer's table */
	FACT_SNAPSHOT,   /* the rows before this one are all there is for prefix, as of t; count = rows */
	FACT_PEER_TABLE, /* peer has `count` IPv4 and `count2` IPv6 routes */
	FACT_ANNOUNCE,   /* stream: peer announces prefix by `upstream`, origin in asn2, at t */
	FACT_WITHDRAW,   /* stream: peer withdraws prefix at t */
	FACT_PEER_STATE, /* stream: peer session went up (flag) or down at t */
	FACT_ALIVE,      /* stream: something arrived, dated t (keepalive, other message); peer may be set */
	FACT_SAMPLE,     /* signal `name` of `subject`: value (NAN: missing) for the bucket at t of step_ms; text = unit. Only
	                  * complete ones: the source holds back a newest bucket that may still grow (detection.md 8). flag: on a
	                  * scale of this answer's own, which the app brings to that of the samples it has. weak: too little data
	                  * behind it to alarm on */
	FACT_NAME,       /* asn is called `name`, held by `text` */
	FACT_NEIGHBOUR,  /* asn2 is upstream of asn (flag: or uncertain), with power value */
	FACT_OUTAGE,     /* an outage stated by the source: subject, name = its signal, t..until (WALL_NONE: going on), value = score */
	FACT_HOSTED,     /* address `addr` is in prefix, origin asn; text = country code or "" */
	FACT_CHECK,      /* own check of target `name`: flag = reachable, value = ms or NAN, count = status, text = in words; addr */
	FACT_HOST,       /* Atlas probe number `count` (in country `subject`, asn): flag = connected, since t (list) */
	FACT_HOST_EVENT, /* Atlas probe number `count` connected (flag) or left at t; text = controller, subject country or "" */
	FACT_HOSTS_END,  /* the list of probes of country `subject` is complete: the FACT_HOST since the one before, in this
	                  * and earlier answers. count: how many the service says there are; 0: it has no probes */
	FACT_USERS,      /* asn has about `value` users */
	FACT_STATEMENT,  /* stated by the source about subject (country or "AS131279"): name = "outage", "anomaly verified" or
	                  * "anomaly unverified"; t..until (WALL_NONE: going on); text = cause and scope in words; flag: about
	                  * all of the subject, not about a part of it */
	FACT_ASK,        /* this answer makes a question: call `name` of the same source, about `subject` */
	FACT_ASK_END,    /* those asked since the first answer of this chain are all: older questions of it are forgotten */
	FACT_NOTE,       /* a message of the service fit to show: text */
	FACT_KIND_COUNT
};

struct fact {
	enum fact_kind kind;
	bool flag, weak;
	struct wall t, until;
	int64_t error_ms, step_ms;
	struct prefix prefix;
	struct addr addr;          /* peer or host address */
	uint32_t asn, asn2, upstream;
	const char *collector;     /* "rrc03"; in the arena or static */
	const char *subject, *name, *text;
	double value;
	uint32_t count, count2;
	const uint32_t *path;      /* routes: AS path from the peer to the origin, prepending and sets removed; in the arena, or
	                            * NULL when it is not known */
	uint32_t path_len;
};

#define BATCH_FACTS_MAX 400000

struct batch {
	struct arena arena;
	struct fact *facts;        /* owned, grown; NULL when empty */
	size_t count, cap;
	struct wall data_time;     /* the data's own newest time, WALL_NONE if it says none */
	size_t skipped;            /* parts that were not understood and cost only themselves */
};

void batch_init(struct batch *b, size_t arena_max);
void batch_clear(struct batch *b);   /* keeps its memory for the next reply */
void batch_release(struct batch *b);
/* A new zeroed fact of a kind with times unset and value NAN; NULL at BATCH_FACTS_MAX (the parser returns ERR_LIMIT). */
struct fact *batch_add(struct batch *b, enum fact_kind kind);
/* Clean and keep a string in the batch: never NULL ("" when the arena is full). max: longest result in bytes, < 512. */
const char *batch_text(struct batch *b, const char *s, size_t len, size_t max);
/* Keep an AS path in the batch, from the peer to the origin, without prepending and sets. NULL when it is empty or the
 * arena is full: then it is not known. */
#define FACT_PATH_MAX 64 /* ASes of a path that is kept; longer ones are not known */
const uint32_t *batch_path(struct batch *b, const uint32_t *path, size_t len);

#endif
