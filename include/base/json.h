/* Reading JSON from outside: cJSON, with the accessors that the real APIs need.
 *
 * The services write numbers as strings, leave members out, send null, or change a member's type with the resource.
 * So nothing here assumes: each accessor says what it takes, and 0/false/NULL means "not there in that form".
 * Lookups are case-sensitive. Integers are read through doubles (cJSON's valueint saturates); exact below 2^53. */
#ifndef LANDLINE_BASE_JSON_H
#define LANDLINE_BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define JSON_DEPTH_MAX 64

/* Parse a whole body. A body that begins with '<' is named as HTML. Nesting beyond JSON_DEPTH_MAX is ERR_LIMIT, checked
 * before cJSON recurses. NULL on error. The caller frees with cJSON_Delete. */
cJSON *json_parse(const char *body, size_t len, struct err *e) MUST_CHECK;

const cJSON *json_get(const cJSON *object, const char *key);              /* NULL if absent, null, or not an object */
const char *json_string(const cJSON *object, const char *key);            /* NULL if absent or not a string */
bool json_number(const cJSON *object, const char *key, double *out);      /* number, or a string that is one */
bool json_int(const cJSON *object, const char *key, int64_t *out);        /* the same, whole and within +-2^53 */
bool json_asn(const cJSON *item, uint32_t *asn);                          /* 3333, "3333" or "AS3333"; 0 is refused */
bool json_bool(const cJSON *object, const char *key, bool fallback);

#endif
