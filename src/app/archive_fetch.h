/* Getting archive files: into the cache folder, one after the other, taken up where they were left. */
#ifndef LANDLINE_SRC_APP_ARCHIVE_FETCH_H
#define LANDLINE_SRC_APP_ARCHIVE_FETCH_H

#include "app_archive.h"
#include "core/config.h"
#include "io/fetch.h"

struct archive_fetch {
	struct fetch *fetch;
	char cache_dir[512]; /* "" is not possible: opening fails then */
	bool talk;           /* stderr is a terminal: say how far */
	uint32_t last_id;
	struct mono started, told;
	uint64_t done_bytes, all_bytes; /* of the plan; all 0: not known */
	size_t done_files, all_files;
	const char *things; /* what is counted there: "files" */
	size_t listings, unread; /* listings that were asked for, and those of them that could not be read */
	char unread_why[400];    /* of the first of these: which and why */
	int signal; /* that ended it, or 0 */
	int status; /* of the last answer, 0: none came */
	int64_t retry_after_s; /* that it asked for, -1: it did not */
};

int archive_fetch_open(struct archive_fetch *a, const struct config *c, struct err *e) MUST_CHECK;
void archive_fetch_close(struct archive_fetch *a);

/* One whole answer; ERR_HTTP, ERR_LIMIT and ERR_NET in words, "cancelled" after a signal. */
int archive_fetch_get(struct archive_fetch *a, const char *url, struct strbuf *out, struct err *e) MUST_CHECK;
/* Wait, at most a minute; false when a signal came. */
bool archive_fetch_pause(struct archive_fetch *a, int64_t seconds);
/* Say how far it is, at most four times a second or always: done_*, all_*, and what is being fetched. Then wipe that line. */
void archive_fetch_tell(struct archive_fetch *a, const char *what, uint64_t now_bytes, bool always);
void archive_fetch_told(const struct archive_fetch *a);
/* What is there already, and the sizes of the rest from the archives' listings (one request a folder; one that cannot be
 * read leaves its sizes unknown and is counted in `unread`). */
int archive_fetch_look(struct archive_fetch *a, struct archive_plan *p, struct err *e) MUST_CHECK;
/* Fetch what is not there. Files that the archive does not have become `missing`; anything else that fails three times
 * ends it, and what has come stays. */
int archive_fetch_all(struct archive_fetch *a, struct archive_plan *p, struct err *e) MUST_CHECK;

#endif
