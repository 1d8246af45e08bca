/* Atomic replacement of a file from several pieces, for io/ only: the cache writes a header and a body, and need not
 * wait for the disk as a file of the user must. */
#ifndef LANDLINE_IO_FILES_ATOMIC_H
#define LANDLINE_IO_FILES_ATOMIC_H

#include <stddef.h>

#include "base/err.h"

struct files_piece {
	const void *bytes;
	size_t len;
};

/* Whether the bytes must have reached the disk before the name points to them. */
enum files_sync { FILES_SYNC, FILES_NO_SYNC };

/* All of the pieces in a row become the content of path, or path stays as it was. A symbolic link stays one: what it
 * points to is replaced. An existing file's mode is kept. */
int files_replace(const char *path, const struct files_piece *pieces, size_t count, enum files_sync sync,
		  struct err *e) MUST_CHECK;

#endif
