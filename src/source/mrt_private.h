/* Inside the MRT decoder: a cursor that cannot leave its bytes, and what the reader keeps between records. */
#ifndef LANDLINE_SOURCE_MRT_PRIVATE_H
#define LANDLINE_SOURCE_MRT_PRIVATE_H

#include <string.h>

#include "source/mrt.h"

enum { MRT_HEADER = 12 };

/* Reads past the end give zeros and set `over`, which is looked at once, after several reads. */
struct cursor {
	const uint8_t *at, *end;
	bool over;
};

struct mrt_routes {
	struct mrt_route *list;
	size_t count, cap;
};

struct mrt_reader {
	uint8_t *held; /* beginning of a record whose end has not come */
	size_t held_len, held_cap;
	size_t need;        /* bytes from the present place that make the next step possible */
	uint64_t offset;    /* of the present place in the stream */
	uint64_t number;    /* records so far */
	uint32_t last_time; /* of the last record that was whole */
	bool begun;         /* such a record was seen */
	bool lost;          /* looking for a header */
	bool refused;       /* not MRT at all */
	mrt_keep_fn *keep;
	void *keep_arg;
	bool guess_addpath;

	struct mrt_record rec;
	struct mrt_peer *peers; /* of the last PEER_INDEX_TABLE */
	size_t peer_count, peer_cap;
	bool has_peers;
	struct mrt_peer peer; /* of a TABLE_DUMP */
	struct mrt_routes withdrawn, announced;
	struct mrt_entry *entries;
	size_t entry_cap;
	uint8_t *merged; /* an AS path joined with its AS4_PATH */
	size_t merged_cap;
};

static inline size_t cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* n bytes, or NULL when there are fewer. */
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t n)
{
	const uint8_t *p = c->at;

	if (cursor_left(c) < n) {
		c->over = true;
		c->at = c->end;
		return NULL;
	}
	c->at += n;
	return p;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);

	return p ? p[0] : 0;
}

static inline uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);

	return p ? be16(p) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	return p ? be32(p) : 0;
}

static inline uint32_t cursor_asn(struct cursor *c, uint8_t size)
{
	return size == 4 ? cursor_u32(c) : cursor_u16(c);
}

/* A cursor over the next n bytes, which c is moved behind. */
static inline struct cursor cursor_part(struct cursor *c, size_t n)
{
	const uint8_t *p = cursor_bytes(c, n);

	return p ? (struct cursor){p, p + n, false} : (struct cursor){c->end, c->end, true};
}

static inline void cursor_addr(struct cursor *c, uint8_t family, struct addr *out)
{
	const uint8_t *p = cursor_bytes(c, family == 4 ? 4 : 16);

	*out = (struct addr){.family = family};
	if (p)
		memcpy(out->bytes, p, family == 4 ? 4 : 16);
}

/* mrt_update.c. Each returns NULL, or static words for what is wrong. */

/* A prefix in NLRI form: length in bits, then as many bytes as it needs; bits beyond the length are cleared. */
const char *mrt_read_prefix(struct cursor *c, uint8_t family, struct prefix *out);
/* Attributes of a RIB entry, of exactly the cursor's bytes. MP_REACH_NLRI may be shortened to its next hop (RFC
 * 6396 4.3.4). */
const char *mrt_read_rib_attrs(struct mrt_reader *r, struct cursor *c, uint8_t asn_size, struct mrt_attrs *out);
/* The body of an UPDATE, behind its header, into r->rec. */
const char *mrt_read_update(struct mrt_reader *r, struct cursor *c, uint8_t asn_size);

/* mrt_path.c */

bool mrt_path_is_valid(struct mrt_bytes path, uint8_t asn_size);
/* Put the leading part of a 2-byte path before its AS4_PATH (RFC 6793 4.2.3), in r->merged. False, and nothing is
 * changed, when the AS4_PATH is the longer one. */
bool mrt_path_merge(struct mrt_reader *r, struct mrt_attrs *a, struct mrt_bytes as4_path);

/* mrt_record.c: the body of a record, into r->rec, whose header is set. */
const char *mrt_read_record(struct mrt_reader *r, const uint8_t *body, size_t len);
/* Is this a type and subtype that RFC 6396 and its registry know, and that collectors write? */
bool mrt_type_is_known(uint16_t type);
bool mrt_type_is_read(uint16_t type, uint16_t subtype);

#endif
