/* Blotting out: see record_scrub.h. A server may write back what it was sent as it came, or escaped once more by each layer that
 * it went through; any byte of a secret may be escaped or not. */
#include "record_scrub.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void scrub_init(struct scrub *s, size_t bytes_max)
{
	*s = (struct scrub){0};
	strbuf_init(&s->clean, bytes_max);
}

void scrub_release(struct scrub *s)
{
	for (size_t i = 0; i < s->count; i++) {
		memset(s->secrets[i], 0, strlen(s->secrets[i]));
		free(s->secrets[i]);
	}
	strbuf_release(&s->clean);
	s->count = 0;
}

void scrub_add(struct scrub *s, const char *secret)
{
	if (!secret || strlen(secret) < 4 || s->count == SCRUB_MAX)
		return;
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->secrets[i], secret))
			return;
	s->secrets[s->count++] = xstrdup(secret);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What goes before the two hex digits of a byte that cannot stand as it is: in a URL (RFC 3986, 2.1), in a URL that is itself
 * written into one and that into a frame's head, longest first, and in JSON (RFC 8259, 7). */
static const char *const escapes[] = {"%2525", "%25", "%", "\\u00"};

/* How many bytes at p stand for c, escaped; 0: they do not. */
static size_t escaped(const char *p, const char *end, char c)
{
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
		size_t n = strlen(escapes[i]);
		if ((size_t)(end - p) < n + 2 || memcmp(p, escapes[i], n) != 0)
			continue;
		int hi = hex_digit(p[n]), lo = hex_digit(p[n + 1]);
		if (hi >= 0 && lo >= 0 && hi * 16 + lo == (unsigned char)c)
			return n + 2;
	}
	return end - p >= 2 && p[0] == '\\' && p[1] == c ? 2 : 0;
}

/* How many bytes at p are this secret, with any of its bytes escaped; 0: it does not stand there. */
static size_t secret_at(const char *p, const char *end, const char *secret)
{
	size_t n = strlen(secret);
	const char *at = p;
	if ((size_t)(end - p) >= n && !memcmp(p, secret, n))
		return n;
	for (; *secret; secret++) {
		size_t len = at < end ? escaped(at, end, *secret) : 0;
		if (!len && (at == end || *at != *secret))
			return 0;
		at += len ? len : 1;
	}
	return (size_t)(at - p);
}

/* Where this secret stands next, however written; NULL: nowhere. */
static const char *find_secret(const char *p, const char *end, const char *secret, size_t *len)
{
	for (; p < end; p++)
		if ((*p == *secret || *p == '%' || *p == '\\') && (*len = secret_at(p, end, secret)))
			return p;
	return NULL;
}

const char *scrub_bytes(struct scrub *s, const char *bytes, size_t len)
{
	bool copied = false;
	for (size_t i = 0; i < s->count; i++) {
		size_t n, at = 0;
		for (const char *hit; (hit = find_secret(bytes + at, bytes + len, s->secrets[i], &n)); at += n) {
			at = (size_t)(hit - bytes);
			if (!copied) {
				strbuf_clear(&s->clean);
				strbuf_add(&s->clean, bytes, len);
				bytes = s->clean.text;
				copied = true;
			}
			memset(s->clean.text + at, '*', n);
		}
	}
	return bytes;
}
