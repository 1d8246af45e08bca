/* A tape that is the stream of one source alone, of some territories: what those of the archives and of BGPlay share. */
#ifndef LANDLINE_APP_TAPE_STREAM_H
#define LANDLINE_APP_TAPE_STREAM_H

#include "app/tape.h"
#include "base/strbuf.h"

#define TAPE_STREAM_MAX 8192

/* The configuration under which it plays: everything is off but `source`, and nobody's sites are checked in the past. */
void tape_stream_config(struct strbuf *out, const char *source, const struct territory_spec *specs, size_t count);
/* The subscription that the source answers with its one stream; "" when it has none. */
void tape_stream_name(const char *source, char dst[TAPE_STREAM_MAX]);
void tape_stream_territories(struct tape_info *out, const struct territory_spec *specs, size_t count);

#endif
