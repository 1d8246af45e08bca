/* A file's bytes with gzip or bzip2 taken off, whichever its first bytes say it is: RIS archives are .gz, RouteViews'
 * .bz2.
 *
 * zlib and libbz2 are spoken to directly, chunk by chunk, so that memory is flat in the size of the file. bzip2 is a
 * dependency of its own (-lbz2; Debian gives it no pkg-config file): without it half of the archives, all of
 * RouteViews, could not be read. A file may hold several compressed members one after the other, as `cat` makes them.
 */
#ifndef LANDLINE_APP_UNPACK_H
#define LANDLINE_APP_UNPACK_H

#include <stddef.h>

#include "base/err.h"

#define UNPACK_CHUNK ((size_t)1 << 18) /* a good size of the buffer for unpack_read */

struct unpack;

/* Open a file; NULL or "-" is standard input. *out is for unpack_close, also after an error NULL is allowed there. */
int unpack_open(struct unpack **out, const char *path, struct err *e) MUST_CHECK;
/* Up to cap plain bytes, in *len; 0 at the end. ERR_FILE: reading failed; ERR_PARSE: the compressed bytes are damaged
 * or end too soon. What was given before is good. */
int unpack_read(struct unpack *u, void *buf, size_t cap, size_t *len, struct err *e) MUST_CHECK;
void unpack_close(struct unpack *u);

#endif
