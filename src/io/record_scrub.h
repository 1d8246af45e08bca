/* Private to src/io: tokens that were sent, blotted out of what is kept of a recording, however they are written there. */
#ifndef LANDLINE_IO_RECORD_SCRUB_H
#define LANDLINE_IO_RECORD_SCRUB_H

#include <stddef.h>

#include "base/strbuf.h"

#define SCRUB_MAX 16

struct scrub {
	char *secrets[SCRUB_MAX]; /* owned; wiped when released */
	size_t count;
	struct strbuf clean;      /* the last bytes that had one in them */
};

void scrub_init(struct scrub *s, size_t bytes_max); /* bytes_max: of what is given to scrub_bytes */
void scrub_release(struct scrub *s);
/* Copied. NULL, one of less than four bytes, one that is known and one too many are ignored. */
void scrub_add(struct scrub *s, const char *secret);
/* The bytes without any secret, each byte of one a '*': the same pointer when there is none in them, else good until the next
 * call. */
const char *scrub_bytes(struct scrub *s, const char *bytes, size_t len);

#endif
