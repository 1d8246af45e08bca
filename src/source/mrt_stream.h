/* The reader of the archives' stream, for its row in mrt_stream.c and its test. */
#ifndef LANDLINE_SOURCE_MRT_STREAM_H
#define LANDLINE_SOURCE_MRT_STREAM_H

#include "source/mrt.h"
#include "source/source.h"

struct stream_reader *mrt_stream_new(void);
void mrt_stream_free(struct stream_reader *r);
int mrt_stream_feed(struct stream_reader *r, const char *bytes, size_t len, struct batch *out, struct err *e);

#endif
