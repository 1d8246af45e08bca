/* RIS Live, private: what the files of this source share. */
#ifndef LANDLINE_SOURCE_RISLIVE_H
#define LANDLINE_SOURCE_RISLIVE_H

#include "source/source.h"

#define RISLIVE_LINE_MAX (1024 * 1024) /* bytes; the longest line seen has 11 KB, a full BGP message makes 28 KB */

extern const struct source_ops source_rislive;

/* rislive_feed.c: the stream half of the row. */
struct stream_reader *rislive_reader_new(void);
void rislive_reader_free(struct stream_reader *r);
int rislive_feed(struct stream_reader *r, const char *bytes, size_t len, struct batch *out, struct err *e) MUST_CHECK;

#endif
