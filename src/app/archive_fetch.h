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
	size_t listings, unread; /* listings that were asked for, and those of them that could not be read */
	char unread_why[400];    /* of the first of these: which and why */
	int signal; /* that ended it, or 0 */
};

int archive_fetch_open(struct archive_fetch *a, const struct config *c, struct err *e) MUST_CHECK;
void archive_fetch_close(struct archive_fetch *a);

/* One whole answer; ERR_HTTP and ERR_NET in words, "cancelled" after a signal. */
int archive_fetch_get(struct archive_fetch *a, const char *url, struct strbuf *out, struct err *e) MUST_CHECK;
/* What is there already, and the sizes of the rest from the archives' listings (one request a folder; one that cannot be
 * read leaves its sizes unknown and is counted in `unread`). */
int archive_fetch_look(struct archive_fetch *a, struct archive_plan *p, struct err *e) MUST_CHECK;
/* Fetch what is not there. Files that the archive does not have become `missing`; anything else that fails three times
 * ends it, and what has come stays. */
int archive_fetch_all(struct archive_fetch *a, struct archive_plan *p, struct err *e) MUST_CHECK;

#endif
