/* Prefixes and addresses as values: see core/prefix.h.
 *
 * The parsers walk a cursor over at most 50 bytes. They take less than inet_pton in one place (no leading zeros in
 * IPv4: they are octal to some readers) and more in another (the short form 193/23 of registries). Formatting follows
 * RFC 5952. */
#include "core/prefix.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { TEXT_LEN_MAX = 49, BITS_V4 = 32, BITS_V6 = 128, RANGE_MAX = 62 };

struct cursor {
	const char *at, *end;
};

static bool peek(const struct cursor *c, char want)
{
	return c->at < c->end && *c->at == want;
}

static bool take(struct cursor *c, char want)
{
	if (!peek(c, want))
		return false;
	c->at++;
	return true;
}

/* A decimal number 0..max without leading zeros. */
static bool take_number(struct cursor *c, unsigned max, unsigned *out)
{
	unsigned v = 0;
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
		v = v * 10 + (unsigned)(*c->at++ - '0');
		if (v > max)
			return false;
	}
	if (c->at == start || (*start == '0' && c->at - start > 1))
		return false;
	*out = v;
	return true;
}

/* Dotted quad; min_parts < 4 allows the short form, the rest is zero. */
static bool take_v4(struct cursor *c, unsigned min_parts, uint8_t out[4])
{
	unsigned parts = 0, v;

	memset(out, 0, 4);
	do {
		if (parts == 4 || !take_number(c, 255, &v))
			return false;
		out[parts++] = (uint8_t)v;
	} while (take(c, '.'));
	return parts >= min_parts;
}

static int hex_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* One to four hex digits. */
static bool take_group(struct cursor *c, unsigned *out)
{
	unsigned v = 0, digits = 0;

	while (c->at < c->end && digits < 4 && hex_value(*c->at) >= 0) {
		v = v << 4 | (unsigned)hex_value(*c->at++);
		digits++;
	}
	*out = v;
	return digits > 0;
}

/* Does a dotted quad begin here (the tail of an IPv4-mapped address)? */
static bool quad_ahead(const struct cursor *c)
{
	const char *p = c->at;

	while (p < c->end && p - c->at < 3 && *p >= '0' && *p <= '9')
		p++;
	return p > c->at && p < c->end && *p == '.';
}

/* RFC 4291 2.2: up to eight groups, one "::" that stands for at least one group, perhaps a dotted quad at the end. */
static bool take_v6(struct cursor *c, uint8_t out[16])
{
	uint8_t groups[16] = {0};
	unsigned n = 0, v; /* bytes so far */
	int gap = -1;      /* position of "::" in bytes */

	if (take(c, ':')) {
		if (!take(c, ':'))
			return false;
		gap = 0;
	}
	while (n < 16 && c->at < c->end && (hex_value(*c->at) >= 0)) {
		if (quad_ahead(c)) {
			if (n > 12 || !take_v4(c, 4, groups + n))
				return false;
			n += 4;
			break;
		}
		if (!take_group(c, &v))
			return false;
		groups[n++] = (uint8_t)(v >> 8);
		groups[n++] = (uint8_t)v;
		if (!take(c, ':'))
			break;
		if (take(c, ':')) {
			if (gap >= 0)
				return false;
			gap = (int)n;
		} else if (c->at == c->end || hex_value(*c->at) < 0 || n == 16) {
			return false; /* a single ':' at the end */
		}
	}
	if (gap < 0 ? n != 16 : n > 14)
		return false;
	memset(out, 0, 16);
	size_t head = gap < 0 ? n : (size_t)gap;
	memcpy(out, groups, head);
	memcpy(out + 16 - (n - head), groups + head, n - head);
	return true;
}

static bool is_v6_text(const struct cursor *c)
{
	return memchr(c->at, ':', (size_t)(c->end - c->at)) != NULL;
}

bool addr_parse(const char *s, size_t len, struct addr *out)
{
	struct cursor c = {s, s + len};
	struct addr a = {0};

	if (len == 0 || len > TEXT_LEN_MAX)
		return false;
	bool v6 = is_v6_text(&c);
	a.family = v6 ? 6 : 4;
	if (!(v6 ? take_v6(&c, a.bytes) : take_v4(&c, 4, a.bytes)) || c.at != c.end)
		return false;
	*out = a;
	return true;
}

static unsigned family_bits(uint8_t family)
{
	return family == 4 ? BITS_V4 : BITS_V6;
}

static void clear_host_bits(struct prefix *p)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned first_bit = i * 8;
		if (first_bit >= p->len)
			p->bytes[i] = 0;
		else if (p->len - first_bit < 8)
			p->bytes[i] &= (uint8_t)(0xFF00u >> (p->len - first_bit));
	}
}

bool prefix_parse(const char *s, size_t len, struct prefix *out)
{
	struct cursor c = {s, s + len};
	struct prefix p = {0};
	unsigned bits;

	if (len == 0 || len > TEXT_LEN_MAX)
		return false;
	bool v6 = is_v6_text(&c), has_len = memchr(s, '/', len) != NULL;
	p.family = v6 ? 6 : 4;
	if (!(v6 ? take_v6(&c, p.bytes) : take_v4(&c, has_len ? 1 : 4, p.bytes)))
		return false;
	bits = family_bits(p.family);
	if (has_len && (!take(&c, '/') || !take_number(&c, bits, &bits)))
		return false;
	if (c.at != c.end)
		return false;
	p.len = (uint8_t)bits;
	clear_host_bits(&p);
	*out = p;
	return true;
}

/* The longest run of zero groups, the first of equals, two at least (RFC 5952 4.2). */
static void longest_zero_run(const uint8_t *b, int *at, int *count)
{
	*at = -1;
	*count = 1;
	for (int i = 0; i < 8; i++) {
		int n = 0;
		while (i + n < 8 && b[2 * (i + n)] == 0 && b[2 * (i + n) + 1] == 0)
			n++;
		if (n > *count) {
			*at = i;
			*count = n;
		}
		i += n;
	}
}

static void format_v6(char *dst, const uint8_t *b)
{
	static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
	int gap, gap_len;
	size_t n = 0;

	if (memcmp(b, mapped, sizeof(mapped)) == 0) { /* RFC 5952 5 */
		snprintf(dst, PREFIX_TEXT_MAX, "::ffff:%u.%u.%u.%u", b[12], b[13], b[14], b[15]);
		return;
	}
	longest_zero_run(b, &gap, &gap_len);
	for (int i = 0; i < 8; i++) {
		if (i == gap) {
			dst[n++] = ':';
			if (i == 0)
				dst[n++] = ':';
			i += gap_len - 1;
			continue;
		}
		unsigned v = (unsigned)b[2 * i] << 8 | b[2 * i + 1];
		int used = snprintf(dst + n, PREFIX_TEXT_MAX - n, i < 7 ? "%x:" : "%x", v);
		n += used > 0 ? (size_t)used : 0;
	}
	dst[n] = '\0';
}

char *addr_format(char *dst, const struct addr *a)
{
	dst[0] = '\0';
	if (a->family == 4)
		snprintf(dst, PREFIX_TEXT_MAX, "%u.%u.%u.%u", a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
	else if (a->family == 6)
		format_v6(dst, a->bytes);
	return dst;
}

char *prefix_format(char *dst, const struct prefix *p)
{
	struct addr a = {.family = p->family};

	memcpy(a.bytes, p->bytes, sizeof(a.bytes));
	addr_format(dst, &a);
	if (p->family) {
		size_t n = strlen(dst);
		snprintf(dst + n, PREFIX_TEXT_MAX - n, "/%u", p->len);
	}
	return dst;
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

int prefix_cmp(const struct prefix *a, const struct prefix *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	int order = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	if (order != 0)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) & (0xFF00u >> rest) & 0xFF) == 0;
}

bool prefix_covers(const struct prefix *outer, const struct prefix *inner)
{
	return outer->family == inner->family && outer->len <= inner->len &&
	       same_bits(outer->bytes, inner->bytes, outer->len);
}

bool prefix_has_addr(const struct prefix *p, const struct addr *a)
{
	return p->family == a->family && a->family != 0 && same_bits(p->bytes, a->bytes, p->len);
}

uint32_t prefix_hash(const struct prefix *p)
{
	uint64_t hi, lo;

	/* Two words and a multiply each: called for every update of the stream. */
	memcpy(&hi, p->bytes, 8);
	memcpy(&lo, p->bytes + 8, 8);
	uint64_t h = hi * UINT64_C(0x9E3779B97F4A7C15) ^ (lo + p->len) * UINT64_C(0xC2B2AE3D27D4EB4F) ^ p->family;
	h ^= h >> 29;
	h *= UINT64_C(0xBF58476D1CE4E5B9);
	return (uint32_t)(h >> 32);
}

double prefix_space(const struct prefix *p)
{
	return ldexp(1.0, (p->family == 4 ? 24 : 48) - p->len);
}

bool prefix_is_countable(const struct prefix *p)
{
	return p->len > 0 && p->len <= (p->family == 4 ? 24 : 48);
}

static struct prefix prefix_from_v4(uint32_t addr, unsigned len)
{
	return (struct prefix){
		.family = 4,
		.len = (uint8_t)len,
		.bytes = {(uint8_t)(addr >> 24), (uint8_t)(addr >> 16), (uint8_t)(addr >> 8), (uint8_t)addr},
	};
}

size_t prefix_from_range(uint32_t first, uint32_t last, struct prefix out[62])
{
	uint64_t at = first, end = (uint64_t)last + 1;
	size_t n = 0;

	/* the largest block that both the alignment of `at` and what is left allow; at most 31 up and 31 down */
	while (at < end && n < RANGE_MAX) {
		unsigned len = BITS_V4;
		while (len > 0) {
			uint64_t size = UINT64_C(1) << (BITS_V4 - len + 1);
			if (at % size != 0 || size > end - at)
				break;
			len--;
		}
		out[n++] = prefix_from_v4((uint32_t)at, len);
		at += UINT64_C(1) << (BITS_V4 - len);
	}
	return n;
}

static int cmp_for_sort(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

/* Two halves of one prefix, low half first. */
static bool are_halves(const struct prefix *a, const struct prefix *b)
{
	if (a->family != b->family || a->len != b->len || a->len == 0 || prefix_equal(a, b))
		return false;
	struct prefix parent = *a;
	parent.len--;
	clear_host_bits(&parent);
	return prefix_covers(&parent, b);
}

size_t prefix_aggregate(struct prefix *list, size_t count)
{
	size_t n = 0;

	if (count == 0)
		return 0;
	qsort(list, count, sizeof(*list), cmp_for_sort);
	for (size_t i = 0; i < count; i++) {
		struct prefix p = list[i];
		if (n > 0 && prefix_covers(&list[n - 1], &p))
			continue;
		/* Joining makes a prefix that may be the other half of the one before it: a stack in place of a second
		 * pass. */
		while (n > 0 && are_halves(&list[n - 1], &p)) {
			p = list[--n];
			p.len--;
			clear_host_bits(&p);
		}
		list[n++] = p;
	}
	return n;
}
