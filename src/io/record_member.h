/* Private to src/io: the members of a recording's file, by their place. What is in them is record_read.c's.
 *
 * A member is trusted when it unpacks to its end and its length and CRC are right, whatever its header says of its size; one that
 * is not can be passed over by looking for the next header. */
#ifndef LANDLINE_IO_RECORD_MEMBER_H
#define LANDLINE_IO_RECORD_MEMBER_H

#include "base/err.h"
#include "base/strbuf.h"
#include "record_format.h"

struct member_file {
	int fd;
	const unsigned char *memory; /* instead of fd; borrowed */
	uint64_t size;               /* when it was opened */
	char name[200];              /* for errors: in quotes */
	uint64_t wasted;             /* bytes unpacked in vain: bounded, so that no file costs more than its size deserves */
};

enum member_state {
	MEMBER_WHOLE,
	MEMBER_CUT,    /* the file ends in it */
	MEMBER_BROKEN
};

/* The header at `at`: 1, 0 where the file ends in it, ERR_PARSE if there is none, ERR_SHAPE: of a newer format. */
int member_header(const struct member_file *f, uint64_t at, struct record_member *m, struct err *e) MUST_CHECK;
/* Where the next header begins, at or after `at`; the file's size when there is none. ERR_FILE: it cannot be read. */
int member_find(const struct member_file *f, uint64_t at, uint64_t *found, struct err *e) MUST_CHECK;
/* Unpack the member at `at` into raw, which is cleared first; of one that is not whole, what could be unpacked. *end: where the
 * next one begins, if it is whole. ERR_FILE: cannot be read; ERR_LIMIT: too much was unpacked in vain. */
int member_unpack(struct member_file *f, uint64_t at, struct strbuf *raw, uint64_t *end, enum member_state *state, struct err *e)
	MUST_CHECK;

#endif
