/* An answer of bgplay that is on disk, in its parts: the peers, the rows of its beginning, the events by time. */
#ifndef LANDLINE_SRC_APP_PLAY_BODY_H
#define LANDLINE_SRC_APP_PLAY_BODY_H

#include "app_play.h"
#include "base/json_slice.h"

#define PLAY_BODY_MAX ((size_t)16 << 20) /* bytes */

struct play_event {
	int64_t ms;
	size_t order;
	struct json_slice text; /* of the body */
};

struct play_body {
	struct strbuf text;
	struct json_slice sources, initial;
	struct play_event *events; /* by time; owned */
	size_t count, cap;
	struct wall from, until; /* what it speaks of */
};

/* Does the source's decoder take it for an answer about this subject? *from..*until: what it speaks of. ERR_LIMIT: it is too
 * large to be read at once; ERR_NOT_FOUND: RIPEstat keeps nothing of that time. */
int play_body_check(const char *text, size_t len, const char *subject, struct wall now, struct wall *from,
		    struct wall *until, struct err *e) MUST_CHECK;
/* What to ask for a subject: the URL. base: RIPEstat's. */
int play_body_url(const char *base, const char *subject, struct strbuf *url, struct err *e) MUST_CHECK;
/* From its file. The error names it. */
int play_body_load(struct play_body *b, const char *path, const char *subject, const struct play_part *part,
		   struct err *e) MUST_CHECK;
void play_body_release(struct play_body *b);

#endif
