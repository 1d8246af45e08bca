/* MRT records for tests and the benchmark, written piece by piece: mrt_begin opens a record, mrt_end_record fills in
 * its length; BGP lengths are filled in the same way. The buffer grows; release frees it. */
#ifndef LANDLINE_TESTS_MRT_BUILD_H
#define LANDLINE_TESTS_MRT_BUILD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/mrt.h"

struct build {
	uint8_t *bytes;
	size_t len, cap;
	size_t record, message, attrs, attr; /* where an open length stands */
};

static inline void build_release(struct build *b)
{
	free(b->bytes);
	*b = (struct build){0};
}

static inline void put(struct build *b, const void *bytes, size_t len)
{
	if (b->len + len > b->cap)
		mem_grow(&b->bytes, &b->cap, b->len + len, 1);
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
}

static inline void put8(struct build *b, unsigned v)
{
	put(b, &(uint8_t){(uint8_t)v}, 1);
}

static inline void put16(struct build *b, unsigned v)
{
	put8(b, v >> 8);
	put8(b, v);
}

static inline void put32(struct build *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b, v);
}

static inline void set16(struct build *b, size_t at, size_t v)
{
	b->bytes[at] = (uint8_t)(v >> 8);
	b->bytes[at + 1] = (uint8_t)v;
}

/* "192.0.2.1" or "2001:db8::1". */
static inline void put_address(struct build *b, const char *text)
{
	struct addr a;

	if (!addr_parse(text, strlen(text), &a))
		BUG("'%s' is no address", text);
	put(b, a.bytes, a.family == 4 ? 4 : 16);
}

/* "175.45.176.0/24", as NLRI. */
static inline void put_nlri(struct build *b, const char *text)
{
	struct prefix p;

	if (!prefix_parse(text, strlen(text), &p))
		BUG("'%s' is no prefix", text);
	put8(b, p.len);
	put(b, p.bytes, (p.len + 7u) / 8);
}

static inline void mrt_begin(struct build *b, uint32_t t, unsigned type, unsigned subtype)
{
	put32(b, t);
	put16(b, type);
	put16(b, subtype);
	b->record = b->len;
	put32(b, 0);
}

static inline void mrt_end_record(struct build *b)
{
	size_t len = b->len - b->record - 4;

	set16(b, b->record, len >> 16);
	set16(b, b->record + 2, len);
}

/* Peer and local side of a BGP4MP record. */
static inline void put_session(struct build *b, unsigned asn_size, uint32_t asn, const char *peer)
{
	if (asn_size == 4) {
		put32(b, asn);
		put32(b, 12654);
	} else {
		put16(b, asn);
		put16(b, 12654);
	}
	put16(b, 0);
	put16(b, strchr(peer, ':') ? 2 : 1);
	put_address(b, peer);
	put_address(b, strchr(peer, ':') ? "2001:7f8:1::a501:2654:1" : "193.0.4.28");
}

static inline void bgp_begin(struct build *b, unsigned message)
{
	for (int i = 0; i < 16; i++)
		put8(b, 0xFF);
	b->message = b->len;
	put16(b, 0);
	put8(b, message);
}

/* Ends the record too. */
static inline void bgp_end(struct build *b)
{
	set16(b, b->message, b->len - b->message + 16);
	mrt_end_record(b);
}

static inline void attrs_begin(struct build *b)
{
	b->attrs = b->len;
	put16(b, 0);
}

static inline void attrs_end(struct build *b)
{
	set16(b, b->attrs, b->len - b->attrs - 2);
}

static inline void attr_begin(struct build *b, unsigned code)
{
	put8(b, 0x50); /* transitive, long */
	put8(b, code);
	b->attr = b->len;
	put16(b, 0);
}

static inline void attr_end(struct build *b)
{
	set16(b, b->attr, b->len - b->attr - 2);
}

static inline void put_attr(struct build *b, unsigned code, const void *value, size_t len)
{
	attr_begin(b, code);
	put(b, value, len);
	attr_end(b);
}

static inline void put_segment(struct build *b, unsigned type, unsigned asn_size, const uint32_t *asns, unsigned count)
{
	put8(b, type);
	put8(b, count);
	for (unsigned i = 0; i < count; i++) {
		if (asn_size == 4)
			put32(b, asns[i]);
		else
			put16(b, asns[i]);
	}
}

/* ORIGIN IGP, one AS_SEQUENCE (ended by 0) and, unless hop is NULL, NEXT_HOP. */
static inline void put_usual_attrs(struct build *b, unsigned asn_size, const uint32_t *path, const char *hop)
{
	unsigned count = 0;

	while (path[count])
		count++;
	put_attr(b, MRT_ORIGIN, "\0", 1);
	attr_begin(b, MRT_AS_PATH);
	put_segment(b, MRT_SEQUENCE, asn_size, path, count);
	attr_end(b);
	if (hop) {
		attr_begin(b, MRT_NEXT_HOP);
		put_address(b, hop);
		attr_end(b);
	}
}

#endif
