/* Getting bgplay's answers into the cache folder: see play_fetch.c. */
#ifndef LANDLINE_SRC_APP_PLAY_FETCH_H
#define LANDLINE_SRC_APP_PLAY_FETCH_H

#include "app_play.h"
#include "archive_fetch.h"

/* What is there already. */
void play_fetch_look(const struct archive_fetch *a, struct play_plan *p);
/* Fetch what is not there, one request after the other; an answer that is too large is asked for in halves. base: RIPEstat's
 * URL. ERR_NOT_FOUND: RIPEstat keeps nothing of that time. Anything else that fails three times ends it, and what has come
 * stays. */
int play_fetch_all(struct archive_fetch *a, struct play_plan *p, const char *base, struct err *e) MUST_CHECK;
/* One small answer of RIPEstat, from the cache or asked for and kept there as path (below the cache folder). out: its max is
 * the cap. */
int play_fetch_small(struct archive_fetch *a, const char *url, const char *path, struct strbuf *out,
		     struct err *e) MUST_CHECK;

#endif
