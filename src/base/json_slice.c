/* Finding the parts of a JSON text without reading them: see base/json_slice.h. One pass, a counter for the depth. */
#include "base/json_slice.h"

#include <string.h>

static bool is_space(char c)
{
	return (unsigned char)c <= ' '; /* as cJSON takes it */
}

static size_t skip_space(struct json_slice s, size_t at)
{
	while (at < s.len && is_space(s.at[at]))
		at++;
	return at;
}

/* Behind the string that begins at `at`. */
static size_t skip_string(struct json_slice s, size_t at)
{
	for (at++; at < s.len && s.at[at] != '"'; at++)
		at += s.at[at] == '\\';
	return at < s.len ? at + 1 : s.len;
}

/* Behind the value that begins at `at`. */
static size_t skip_value(struct json_slice s, size_t at)
{
	size_t depth = 0;

	while (at < s.len) {
		char c = s.at[at];
		if (c == '"') {
			at = skip_string(s, at);
		} else if (c == '{' || c == '[') {
			depth++;
			at++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return at;
			depth--;
			at++;
		} else if (depth == 0 && (c == ',' || is_space(c))) {
			return at;
		} else {
			at++;
			if (depth == 0)
				continue; /* a number or a word goes on */
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			return at;
	}
	return s.len;
}

static struct json_slice part(struct json_slice s, size_t from, size_t until)
{
	return (struct json_slice){s.at + from, until - from};
}

bool json_slice_get(struct json_slice object, const char *key, struct json_slice *out)
{
	size_t at = skip_space(object, 0), want = strlen(key);

	if (at >= object.len || object.at[at] != '{')
		return false;
	for (at = skip_space(object, at + 1); at < object.len && object.at[at] == '"';) {
		size_t name = at + 1, end = skip_string(object, at);
		bool found = end - name == want + 1 && memcmp(object.at + name, key, want) == 0;
		at = skip_space(object, end);
		if (at >= object.len || object.at[at] != ':')
			return false;
		at = skip_space(object, at + 1);
		end = skip_value(object, at);
		if (found) {
			*out = part(object, at, end);
			return true;
		}
		at = skip_space(object, end);
		if (at < object.len && object.at[at] == ',')
			at = skip_space(object, at + 1);
	}
	return false;
}

bool json_slice_next(struct json_slice array, size_t *pos, struct json_slice *out)
{
	size_t at = *pos;

	if (at == 0) {
		at = skip_space(array, 0);
		if (at >= array.len || array.at[at] != '[')
			return false;
		at++;
	}
	at = skip_space(array, at);
	if (at < array.len && array.at[at] == ',')
		at = skip_space(array, at + 1);
	if (at >= array.len || array.at[at] == ']')
		return false;
	*pos = skip_value(array, at);
	*out = part(array, at, *pos);
	return out->len > 0;
}

bool json_slice_string(struct json_slice value, char *dst, size_t cap)
{
	if (value.len < 2 || value.len - 2 >= cap || value.at[0] != '"' || value.at[value.len - 1] != '"')
		return false;
	memcpy(dst, value.at + 1, value.len - 2);
	dst[value.len - 2] = '\0';
	return true;
}

void json_slice_put(struct strbuf *out, struct json_slice s)
{
	while (s.len > 0) {
		size_t n = 0;
		while (n < s.len && s.at[n] != '\n' && s.at[n] != '\r')
			n++;
		strbuf_add(out, s.at, n);
		if (n < s.len)
			strbuf_addc(out, ' ');
		n += n < s.len;
		s.at += n;
		s.len -= n;
	}
}
