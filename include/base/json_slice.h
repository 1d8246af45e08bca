/* Parts of a JSON text as they stand there, byte for byte: for passing on what somebody said without saying it again.
 *
 * Only for texts that json_parse has accepted: nothing is checked here, though nothing is read past the end either. A slice
 * borrows the text. */
#ifndef LANDLINE_BASE_JSON_SLICE_H
#define LANDLINE_BASE_JSON_SLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct json_slice {
	const char *at;
	size_t len;
};

/* The value of the first member `key` (written without escapes) of an object. False: no object, or it has none. */
bool json_slice_get(struct json_slice object, const char *key, struct json_slice *out);
/* The next element of an array; *pos is 0 at first. False: no more. */
bool json_slice_next(struct json_slice array, size_t *pos, struct json_slice *out);
/* A string without its quotes, escapes left as they are; false when it is none or does not fit with its NUL. */
bool json_slice_string(struct json_slice value, char *dst, size_t cap);
/* As one line: line feeds, which in JSON stand only between values, become spaces. */
void json_slice_put(struct strbuf *out, struct json_slice s);

#endif
