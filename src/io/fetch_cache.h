/* Bodies and validators of earlier answers, one file per URL, so that an unchanged answer is not sent again (RFC
 * 9111, 9110 13).
 *
 * A cache, nothing more: a file that is damaged, of another URL or of another version is as good as none; several
 * processes may share the folder. */
#ifndef LANDLINE_IO_FETCH_CACHE_H
#define LANDLINE_IO_FETCH_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define CACHE_VALIDATOR_MAX 256
#define CACHE_BYTES_MAX     (256ull * 1024 * 1024)

struct cache_validators {
	char etag[CACHE_VALIDATOR_MAX], modified[CACHE_VALIDATOR_MAX];
}; /* "" when not sent */

/* An opened answer. The descriptor keeps this very answer, whoever replaces the file meanwhile. */
struct cache_entry {
	bool found;
	int fd;
	size_t body_at, body_len; /* bytes */
	uint64_t sum;             /* of the body */
	struct cache_validators validators;
};

/* url and header (NULL or the request's extra line) name an answer. Bodies longer than body_max are not found. */
void fetch_cache_find(const char *dir, const char *url, const char *header, size_t body_max, struct cache_entry *out);
/* The body into out, whose max allows it. ERR_FILE when it is not what was stored. */
int fetch_cache_load(const struct cache_entry *c, struct strbuf *out, struct err *e) MUST_CHECK;
void fetch_cache_close(struct cache_entry *c); /* harmless on a zeroed one */
void fetch_cache_forget(const char *dir, const char *url, const char *header);
int fetch_cache_save(const char *dir, const char *url, const char *header, const struct cache_validators *v,
		     const char *body, size_t len, struct err *e) MUST_CHECK;
/* Delete the longest unused until no more than max bytes are kept. */
void fetch_cache_trim(const char *dir, uint64_t max);

#endif
