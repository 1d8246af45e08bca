/* The decoder of bgplay's answers, for the call of RIPEstat (ripestat_play.c) and for the stream of a replay
 * (bgplay.c). */
#ifndef LANDLINE_SOURCE_RIPESTAT_PLAY_H
#define LANDLINE_SOURCE_RIPESTAT_PLAY_H

#include "ripestat.h"

#define PLAY_SOURCES_MAX 8192

/* A peer, as `sources` names it. */
struct play_source {
	struct addr addr;
	uint32_t asn;
	char collector[8]; /* "rrc03" */
};

/* Those named so far, by collector and address. All zeros: none. */
struct play_sources {
	struct play_source *list; /* owned */
	size_t count, cap;
};
void play_sources_release(struct play_sources *s);

/* A piece of an answer, r->data: peers that it names are added to `sources`; what is in `targets` becomes networks with
 * their rows as of query_starttime; then its events. With query_endtime all is told up to there. Errors as of a reader. */
int ripestat_play_piece(struct ripestat_reply *r, struct play_sources *sources) MUST_CHECK;

#endif
