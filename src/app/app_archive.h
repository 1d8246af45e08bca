/* Which files of the archives a replay needs (sources/bgp.md 8). Pure: names are computed, sizes are read from listings
 * that somebody else has fetched.
 *
 * A replay begins with the table dumps of one moment, at 00, 08 or 16 UTC, which both archives have, and goes on with
 * every update file from there. */
#ifndef LANDLINE_SRC_APP_ARCHIVE_H
#define LANDLINE_SRC_APP_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/when.h"

#define ARCHIVE_FILES_MAX      20000
#define ARCHIVE_COLLECTORS_MAX 24
#define ARCHIVE_SPAN_MAX_MS    (31 * 86400000LL)

enum archive_project { ARCHIVE_RIS, ARCHIVE_ROUTEVIEWS };

struct archive_collector {
	const char *name; /* as its project calls it: "rrc00", "route-views.linx" */
	const char *key;  /* as sessions are known by, at most 15 bytes */
	enum archive_project project;
	const char *folder; /* below the base; "" for route-views2 */
	bool multihop;      /* hears peers from everywhere */
};
extern const struct archive_collector archive_collectors[]; /* ends with a NULL name */

struct archive_file {
	const struct archive_collector *collector;
	bool table; /* a table dump; else updates */
	struct wall from;
	int64_t span_ms;
	char url[360];
	char path[120]; /* below the cache folder: "mrt/rrc00/updates.20141222.1615.gz" */
	uint64_t bytes; /* 0: not known */
	bool have;      /* in the cache already */
	bool missing;   /* the archive does not have it */
};

struct archive_plan {
	struct wall base, at, until; /* of the tables; asked for */
	const struct archive_collector *collectors[ARCHIVE_COLLECTORS_MAX];
	size_t collector_count;
	struct archive_file *files; /* tables first, then updates by time; owned */
	size_t count, cap;
};

/* Can such a span be replayed at all? ERR_USAGE in words. */
int archive_times(struct wall at, struct wall until, struct wall now, struct err *e) MUST_CHECK;
/* names: "rrc00,route-views2", NULL or "": a few with good coverage. until must be after at, at most
 * ARCHIVE_SPAN_MAX_MS. ERR_USAGE in words; the plan is empty then. Files that begin after `now` are not planned. */
int archive_plan(struct archive_plan *p, struct wall at, struct wall until, const char *names, const char *url_ris,
		 const char *url_routeviews, struct wall now, struct err *e) MUST_CHECK;
/* Where a collector has a hole, updates that the archive does not have, its sessions are out of the vote until a table dump says
 * what they have: plan the next one after each hole, in front of `until`. Returns how many were added; call it again when those
 * were looked for, since one that is missing leaves it to the next. */
size_t archive_plan_returns(struct archive_plan *p, const char *url_ris, const char *url_routeviews);
void archive_plan_release(struct archive_plan *p);
/* The folder a file lies in, as a URL with a slash at the end: where its listing is. dst: 360 bytes. */
char *archive_listing_url(char *dst, const struct archive_file *f);
/* The size of a file as a listing (Apache's or nginx's page) says it, "152K" or in bytes; 0: it does not, or has no
 * such file. */
uint64_t archive_listing_size(const char *html, const char *name);
/* The plan in words: a line a collector, and the sum. */
void archive_plan_text(const struct archive_plan *p, struct strbuf *out);
/* "4.2 MB". dst: 16 bytes. */
char *archive_bytes(char *dst, uint64_t bytes);

#endif
