/* On whom a territory's networks depend: what the AS paths that peers use say of it (detection.md 2).
 *
 *     depend_path: the newest path of each session --.
 *     depend_look: which of them vote now            --> the network's picture --> depend_territory
 *
 * Paths are kept in one tree from the origins outwards, so that what they share is kept once: 12 bytes an AS on a path that
 * no other has, 4 bytes a session and network. Kept for DEPEND_NETS_MAX networks; for the others nothing is known, and that is
 * said. A network's picture stays what it was at the last good look, so that it can be asked what a network that is gone was
 * reached through. Pure. Missing is missing: 0 votes, NAN. */
#ifndef LANDLINE_CORE_DEPEND_H
#define LANDLINE_CORE_DEPEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/rib.h"

#define DEPEND_NETS_MAX 512     /* networks whose paths are kept */
#define DEPEND_STREAM_NETS 256  /* as long as so many are free, a path on the stream is enough to be one of them */
#define DEPEND_VOTES_MIN 10     /* peer ASes with a known path that make a picture */
#define DEPEND_SET_SHARE 0.05   /* an upstream that fewer peer ASes use is none */
#define DEPEND_CARRIER_SHARE 0.95 /* on so many paths: without it the network is dark */
#define DEPEND_SHARED_SHARE 0.8 /* on so many paths: it was reached through it (detection.md 2.1) */
#define DEPEND_ASES 6
#define DEPEND_PROVIDERS_MAX 64

struct depend;

struct depend *depend_new(void);
void depend_free(struct depend *d);

/* A session's newest path to a network (the judge's and the rib's number), peer to origin, without prepending and sets. len 0:
 * it has a route whose path is not known. whole: a row of a whole answer, not one update. Ignored when there is no room. */
void depend_path(struct depend *d, int net, int session, const uint32_t *path, size_t len, bool whole);
/* Something was heard of it since the last look. */
bool depend_is_new(const struct depend *d, int net);
/* Look: the voters are the sessions that vote and have the route now (rib_voters). A good picture (at least DEPEND_VOTES_MIN
 * peer ASes with a known path, and half of all) replaces the one before; else that stays. True: the picture changed. */
bool depend_look(struct depend *d, int net, const struct rib_voter *voters, size_t count);

struct depend_as { uint32_t asn; double share; }; /* 0..1 of the peer ASes whose path is known */
struct depend_net {
	unsigned votes;                            /* peer ASes whose path is known; 0: no picture */
	struct depend_as upstreams[DEPEND_ASES];   /* right before the origin; largest first; DEPEND_SET_SHARE and more */
	size_t upstream_count;
	uint32_t carriers[DEPEND_ASES];            /* on DEPEND_CARRIER_SHARE of the paths, the origin left out; nearest the origin first */
	size_t carrier_count;
	uint32_t shared[DEPEND_ASES];              /* the same for DEPEND_SHARED_SHARE; a lone upstream of most peers counts too */
	size_t shared_count;
	uint32_t single;                           /* its only upstream, or the nearest carrier; 0: none, it has a choice */
};
bool depend_net(const struct depend *d, int net, struct depend_net *out); /* false: no picture; out is zeroed */

/* One family of a territory. */
struct depend_member { int net; double space; }; /* space of its own in /24s or /48s, more-specifics taken off */
struct depend_provider { uint32_t asn; double share, votes; }; /* 0..1 of the known space: majority entry; by peers' votes */
struct dependence {
	size_t networks, known;    /* with a picture; known < networks: F is "at least" */
	unsigned frontier;         /* F: distinct domestic ASes behind the border; 0: not known, or foreign origins only */
	double hhi, effective;     /* of the shares: sum of squares, 0..1, and 1 / HHI = N; NAN: not known */
	double largest;            /* share of the largest provider, 0..1; NAN */
};
/* domestic: ASes of the territory, ascending. Providers are the last foreign ASes before the border (an origin that is itself
 * foreign stands for itself); at most max of them, largest share first; returns how many. O(paths). */
size_t depend_territory(const struct depend *d, const struct depend_member *nets, size_t count, const uint32_t *domestic,
			size_t domestic_count, struct dependence *out, struct depend_provider *providers, size_t max);
/* What F means (Renesys 2012): "severe risk" for 1-2, "significant risk" to 9, "low risk" to 40, "resistant"; "" for 0. */
const char *depend_severity(unsigned frontier);
size_t depend_memory(const struct depend *d); /* bytes, for the figures */

#endif
