/* One question to one name server, as bytes, and what its answer is worth (RFC 1035; sources/others.md, DNS name
 * servers).
 *
 * Everything in a datagram may lie: counts, lengths, pointers. The cursor never leaves the datagram, a compression
 * pointer may only go backwards and at most JUMPS_MAX times, and what breaks off is malformed; that the path is up
 * is known already when header and question are ours. */
#include "source/probe.h"

#include <string.h>

#define HEADER_LEN 12
#define JUMPS_MAX 20
#define NAME_MAX_LEN 255     /* bytes on the wire (RFC 1035, 3.1) */
#define RECORDS_MAX 64       /* looked at in the answer section */

enum { TYPE_SOA = 6, CLASS_IN = 1 };
enum { FLAG_QR = 0x8000, FLAG_AA = 0x0400, FLAG_TC = 0x0200, MASK_OPCODE = 0x7800, MASK_RCODE = 0x000f };
enum { RCODE_NONE = 0, RCODE_SERVFAIL = 2, RCODE_REFUSED = 5 };

struct cursor {
	const uint8_t *bytes;
	size_t at, len;
	bool bad;                /* sticky: something was not there */
};

struct name {
	uint8_t wire[NAME_MAX_LEN]; /* labels with their lengths, lower case, the root's zero included */
	size_t len;
};

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

static uint8_t take_u8(struct cursor *c)
{
	if (c->bad || c->at >= c->len) {
		c->bad = true;
		return 0;
	}
	return c->bytes[c->at++];
}

static uint16_t take_u16(struct cursor *c)
{
	uint16_t high = take_u8(c);

	return (uint16_t)(high << 8 | take_u8(c));
}

static uint32_t take_u32(struct cursor *c)
{
	uint32_t high = take_u16(c);

	return high << 16 | take_u16(c);
}

static void skip(struct cursor *c, size_t n)
{
	if (n > c->len - c->at)
		c->bad = true;
	else
		c->at += n;
}

/* A name at the cursor, its compression undone; the cursor moves behind what stands in its own place. */
static void take_name(struct cursor *c, struct name *out)
{
	struct cursor read = *c;
	size_t lowest = c->at; /* a pointer must go before all that was read */
	int jumps = 0;

	out->len = 0;
	while (!read.bad) {
		size_t start = read.at;
		uint8_t n = take_u8(&read);

		if ((n & 0xc0) == 0xc0) {
			size_t target = (size_t)(n & 0x3f) << 8 | take_u8(&read);
			if (jumps++ == 0)
				c->at = read.at;
			if (jumps > JUMPS_MAX || target >= lowest || target < HEADER_LEN)
				read.bad = true;
			read.at = lowest = target;
			continue;
		}
		if (n > 63 || out->len + n + 1 > NAME_MAX_LEN)
			read.bad = true;
		else
			skip(&read, n);
		if (read.bad)
			break;
		for (size_t i = 0; i <= n; i++)
			out->wire[out->len++] = i == 0 ? n : lower(read.bytes[start + i]);
		if (n == 0)
			break;
	}
	c->bad = read.bad;
	if (jumps == 0)
		c->at = read.at;
}

/* "co.kp" to its labels. A target's zone has been checked: no label is empty or over 63 bytes. */
static void name_from_zone(struct name *out, const char *zone)
{
	out->len = 0;
	while (*zone != '\0') {
		size_t n = strcspn(zone, ".");
		out->wire[out->len++] = (uint8_t)n;
		for (size_t i = 0; i < n; i++)
			out->wire[out->len++] = lower((uint8_t)zone[i]);
		zone += n + (zone[n] == '.');
	}
	out->wire[out->len++] = 0;
}

static bool name_equal(const struct name *a, const struct name *b)
{
	return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

static void put_u16(uint8_t *dst, unsigned v)
{
	dst[0] = (uint8_t)(v >> 8);
	dst[1] = (uint8_t)v;
}

size_t probe_dns_query(const struct probe_target *t, uint16_t id, uint8_t dst[PROBE_DNS_QUERY_MAX])
{
	struct name zone;

	name_from_zone(&zone, t->zone);
	memset(dst, 0, HEADER_LEN); /* opcode QUERY, RD 0 */
	put_u16(dst, id);
	put_u16(dst + 4, 1);
	memcpy(dst + HEADER_LEN, zone.wire, zone.len);
	put_u16(dst + HEADER_LEN + zone.len, TYPE_SOA);
	put_u16(dst + HEADER_LEN + zone.len + 2, CLASS_IN);
	return HEADER_LEN + zone.len + 4;
}

/* One record of the answer section; a SOA of the zone gives its serial. */
static void take_record(struct cursor *c, const struct name *zone, struct probe_dns_answer *out)
{
	struct name owner, unused;

	take_name(c, &owner);
	unsigned type = take_u16(c), class = take_u16(c);
	take_u32(c); /* TTL */
	size_t len = take_u16(c), start = c->at;
	skip(c, len);
	if (c->bad || type != TYPE_SOA || class != CLASS_IN || !name_equal(&owner, zone))
		return;

	struct cursor data = {.bytes = c->bytes, .at = start, .len = c->at};
	take_name(&data, &unused);
	take_name(&data, &unused);
	uint32_t serial = take_u32(&data);
	skip(&data, 16); /* refresh, retry, expire, minimum */
	if (data.bad) {
		c->bad = true;
		return;
	}
	out->has_serial = true;
	out->serial = serial;
}

static enum probe_dns_grade grade_from_rcode(unsigned rcode)
{
	switch (rcode) {
	case RCODE_SERVFAIL:
		return PROBE_DNS_SERVFAIL;
	case RCODE_REFUSED:
		return PROBE_DNS_REFUSED;
	default:
		return PROBE_DNS_ERROR;
	}
}

void probe_dns_read(const uint8_t *bytes, size_t len, const struct probe_target *t, uint16_t id,
		    struct probe_dns_answer *out)
{
	struct cursor c = {.bytes = bytes, .len = len};
	struct name zone, asked;

	*out = (struct probe_dns_answer){.grade = PROBE_DNS_MALFORMED};
	name_from_zone(&zone, t->zone);
	uint16_t got = take_u16(&c);
	unsigned flags = take_u16(&c), questions = take_u16(&c), answers = take_u16(&c);
	skip(&c, 4); /* authority and additional counts: not looked at */
	if (c.bad || !(flags & FLAG_QR) || (flags & MASK_OPCODE) != 0)
		return;
	if (got != id) {
		out->grade = PROBE_DNS_WRONG_ID;
		return;
	}
	if (questions != 1)
		return;
	take_name(&c, &asked);
	unsigned type = take_u16(&c), class = take_u16(&c);
	if (c.bad)
		return;
	if (type != TYPE_SOA || class != CLASS_IN || !name_equal(&asked, &zone)) {
		out->grade = PROBE_DNS_WRONG_ID;
		return;
	}

	out->alive = true;
	out->rcode = flags & MASK_RCODE;
	if (out->rcode != RCODE_NONE) {
		out->grade = grade_from_rcode(out->rcode);
		return;
	}
	if (flags & FLAG_TC) {
		out->grade = PROBE_DNS_TRUNCATED;
		return;
	}
	for (unsigned i = 0; i < answers && i < RECORDS_MAX && !c.bad && !out->has_serial; i++)
		take_record(&c, &zone, out);
	if (c.bad)
		return;
	out->grade = out->has_serial && (flags & FLAG_AA) ? PROBE_DNS_HEALTHY : PROBE_DNS_LAME;
}
