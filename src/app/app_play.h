/* Which requests to RIPEstat's bgplay a replay needs, and whether they are cheaper than the archives' files. Pure.
 *
 * A request is about some networks and a span of at most a day; with them goes a prefix that is always routed, so that an
 * answer without a route of theirs can be told from one of a time that RIPEstat does not keep (sources/ripestat.md 4). */
#ifndef LANDLINE_SRC_APP_PLAY_H
#define LANDLINE_SRC_APP_PLAY_H

#include "app_archive.h"
#include "core/prefix.h"

#define PLAY_NETS_MAX     64 /* of all territories together: with more, BGPlay is not the way */
#define PLAY_BATCH        8  /* networks a request: its answer stays at a megabyte or two */
#define PLAY_REQUESTS_MAX 100 /* of a replay: RIPEstat wants to know who makes more than 1,000 a day */
#define PLAY_SPAN_MS      (24 * 3600000LL)
#define PLAY_SPAN_MIN_MS  (3600000LL)
#define PLAY_LEAD_MS      (3600000LL) /* played before what was asked for, so that what is usual is known by then */
#define PLAY_SUBJECT_MAX  (PLAY_NETS_MAX * PREFIX_TEXT_MAX + 64)
#define PLAY_SINCE_MS     1704067200000LL /* 2024-01-01: RIPEstat indexes updates from there on */
#define PLAY_LATE_MS      (3 * 3600000LL) /* its newest hours come later */

/* How the past is had. */
enum past_way { PAST_AUTO, PAST_MRT, PAST_BGPLAY };

/* One request. */
struct play_part {
	size_t line;         /* which of the batches of networks */
	struct wall from, until;
	char path[80];       /* below the cache folder: "bgplay/0123456789abcdef.1419264000.1419350400.json" */
	uint64_t bytes;      /* in the cache, or an estimate */
	bool have;
};

struct play_plan {
	struct wall base, at, until;
	struct prefix nets[PLAY_NETS_MAX]; /* by address */
	size_t net_count, line_count;
	struct play_part *parts; /* by line, then time; owned */
	size_t count, cap;
};

/* nets: countable and different ones are taken; copied. ERR_LIMIT in words when they are too many, or the requests; ERR_NOT_FOUND
 * when there are none. The plan is empty then. */
int play_plan(struct play_plan *p, struct wall at, struct wall until, const struct prefix *nets, size_t count,
	      struct wall now, struct err *e) MUST_CHECK;
void play_plan_release(struct play_plan *p);
/* The subject of the call `bgplay` for it, the control prefix first. dst: PLAY_SUBJECT_MAX bytes. */
char *play_subject(char *dst, const struct play_plan *p, const struct play_part *part);
/* The networks of a line, the control prefix first; returns how many. out: PLAY_BATCH + 1. */
size_t play_line(const struct play_plan *p, size_t line, struct prefix *out);
/* An answer was too large: its part becomes two halves. False: it is as short as it may be, or there are too many. */
bool play_split(struct play_plan *p, size_t part);
/* What is to be fetched, in bytes: estimated. */
uint64_t play_bytes(const struct play_plan *p, size_t *requests);

/* Why BGPlay cannot be had from `at` to `until`, whatever it costs, in words; NULL: it may be. */
const char *play_hindrance(struct wall at, struct wall until, struct wall now);
/* The cheaper way. play: NULL when it cannot be had. why: in words, to be shown; static. */
enum past_way past_choose(const struct archive_plan *mrt, const struct play_plan *play, const char **why);
/* The plan in words, a line. */
void play_plan_text(const struct play_plan *p, struct strbuf *out);

#endif
