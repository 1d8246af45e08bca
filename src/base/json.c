/* Reading JSON from outside: see base/json.h.
 *
 * cJSON recurses once a level, so the depth is counted in one pass over the bytes first, with strings skipped as
 * strings. The accessors then take a member in the forms the services really send, and nothing else. */
#include "base/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Offset of the bracket that goes too deep, or len. */
static size_t too_deep_at(const char *body, size_t len)
{
	unsigned depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = body[i];
		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > JSON_DEPTH_MAX)
				return i;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return len;
}

static size_t skip_space(const char *body, size_t len, size_t at)
{
	while (at < len && (body[at] == ' ' || body[at] == '\t' || body[at] == '\n' || body[at] == '\r'))
		at++;
	return at;
}

cJSON *json_parse(const char *body, size_t len, struct err *e)
{
	const char *end = NULL;
	size_t first = skip_space(body, len, 0);

	if (first == len) {
		err_set(e, ERR_PARSE, "empty body");
		return NULL;
	}
	if (body[first] == '<') {
		err_set(e, ERR_PARSE, "HTML instead of JSON");
		return NULL;
	}
	size_t deep = too_deep_at(body, len);
	if (deep < len) {
		err_set(e, ERR_LIMIT, "JSON nested deeper than %d at byte %zu", JSON_DEPTH_MAX, deep);
		return NULL;
	}
	cJSON *root = cJSON_ParseWithLengthOpts(body, len, &end, false);
	if (!root) {
		size_t at = end && end >= body ? (size_t)(end - body) : 0;
		err_set(e, ERR_PARSE, "bad JSON at byte %zu of %zu", at < len ? at : len, len);
		return NULL;
	}
	size_t rest = skip_space(body, len, (size_t)(end - body));
	if (rest < len && body[rest] != '\0') {
		err_set(e, ERR_PARSE, "bad JSON at byte %zu of %zu: text after the end", rest, len);
		cJSON_Delete(root);
		return NULL;
	}
	return root;
}

const cJSON *json_get(const cJSON *object, const char *key)
{
	const cJSON *item = cJSON_IsObject(object) ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;

	return item && !cJSON_IsNull(item) ? item : NULL;
}

const char *json_string(const cJSON *object, const char *key)
{
	return cJSON_GetStringValue(json_get(object, key));
}

/* A whole string that is a decimal number; no hex, no "nan", no blanks, which strtod alone would take. */
static bool number_from_text(const char *s, double *out)
{
	size_t len = strnlen(s, 64);
	char *end;

	if (len == 0 || len == 64 || strspn(s, "+-.0123456789eE") != len)
		return false;
	double v = strtod(s, &end);
	if (*end != '\0' || !isfinite(v))
		return false;
	*out = v;
	return true;
}

static bool number_of(const cJSON *item, double *out)
{
	if (cJSON_IsNumber(item) && isfinite(item->valuedouble)) {
		*out = item->valuedouble;
		return true;
	}
	return cJSON_IsString(item) && item->valuestring && number_from_text(item->valuestring, out);
}

bool json_number(const cJSON *object, const char *key, double *out)
{
	return number_of(json_get(object, key), out);
}

bool json_int(const cJSON *object, const char *key, int64_t *out)
{
	const double exact_max = 9007199254740992.0; /* 2^53 */
	double v;

	if (!json_number(object, key, &v) || v != floor(v) || fabs(v) > exact_max)
		return false;
	*out = (int64_t)v;
	return true;
}

bool json_asn(const cJSON *item, uint32_t *asn)
{
	uint64_t n = 0;

	if (cJSON_IsNumber(item)) {
		double v = item->valuedouble;
		if (!(v >= 1 && v <= UINT32_MAX) || v != floor(v))
			return false;
		*asn = (uint32_t)v;
		return true;
	}
	if (!cJSON_IsString(item) || !item->valuestring)
		return false;
	const char *s = item->valuestring;
	if ((s[0] == 'A' || s[0] == 'a') && (s[1] == 'S' || s[1] == 's'))
		s += 2;
	if (!*s)
		return false;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s) || n > UINT32_MAX)
			return false;
		n = n * 10 + (uint64_t)(*s - '0');
	}
	if (n == 0 || n > UINT32_MAX)
		return false;
	*asn = (uint32_t)n;
	return true;
}

bool json_bool(const cJSON *object, const char *key, bool fallback)
{
	const cJSON *item = json_get(object, key);

	return cJSON_IsBool(item) ? cJSON_IsTrue(item) : fallback;
}
