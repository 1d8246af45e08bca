/* Prefixes and addresses, IPv4 and IPv6 in one value: never compared as text (RIS Live writes withdrawn IPv6 prefixes out
 * and announced ones compressed). Host bits are always zero, so equal prefixes are equal bytes. */
#ifndef LANDLINE_CORE_PREFIX_H
#define LANDLINE_CORE_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct addr {
	uint8_t family;    /* 4, 6, or 0: none */
	uint8_t bytes[16]; /* IPv4 uses the first 4, the rest is zero */
};

struct prefix {
	uint8_t family;    /* 4 or 6 */
	uint8_t len;       /* bits */
	uint8_t bytes[16];
};

#define PREFIX_TEXT_MAX 50

/* Bounded parsers over a text of known length (no NUL needed): a few dozen steps at most. Host bits that are set are
 * cleared (seen in real MRT files). prefix_parse takes "a.b.c.d/len", "193/23" (short), and a bare address as a host
 * prefix. Return false on anything else. */
bool addr_parse(const char *s, size_t len, struct addr *out);
bool prefix_parse(const char *s, size_t len, struct prefix *out);
char *addr_format(char *dst, const struct addr *a);      /* RFC 5952; dst: PREFIX_TEXT_MAX bytes */
char *prefix_format(char *dst, const struct prefix *p);

bool addr_equal(const struct addr *a, const struct addr *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);
int prefix_cmp(const struct prefix *a, const struct prefix *b); /* family, address, then shorter first: a display order */
bool prefix_covers(const struct prefix *outer, const struct prefix *inner); /* equal counts */
bool prefix_has_addr(const struct prefix *p, const struct addr *a);
uint32_t prefix_hash(const struct prefix *p);
/* Size in /24s (IPv4) or /48s (IPv6); longer prefixes count as a fraction. */
double prefix_space(const struct prefix *p);
/* Too short or too long to be a network of a country (default routes; longer than /24 or /48). */
bool prefix_is_countable(const struct prefix *p);

/* Cut the IPv4 range first..last (inclusive) into aligned prefixes; at most 62. Returns how many. */
size_t prefix_from_range(uint32_t first, uint32_t last, struct prefix out[62]);

/* Sort and drop what a shorter prefix of the list covers, and join halves: the fewest prefixes for the same space.
 * In place; returns the new count. Used for subscriptions. */
size_t prefix_aggregate(struct prefix *list, size_t count);

#endif
