/* SHA-256 of files and bytes, by libcrypto: the fingerprints of an evidence bundle (FIPS 180-4). */
#ifndef LANDLINE_IO_DIGEST_H
#define LANDLINE_IO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define DIGEST_TEXT_MAX 65 /* 64 lower-case hex digits and the NUL */

int digest_bytes(const void *bytes, size_t len, char hex[DIGEST_TEXT_MAX], struct err *e) MUST_CHECK;
/* A regular file that is no symbolic link; anything else is ERR_FILE, an absent one ERR_NOT_FOUND. size may be NULL. */
int digest_file(const char *path, char hex[DIGEST_TEXT_MAX], uint64_t *size, struct err *e) MUST_CHECK;

#endif
