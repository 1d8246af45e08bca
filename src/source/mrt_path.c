/* AS paths (RFC 4271 4.3, 5065, 6793): segments over the wire's own bytes, nothing is copied until two paths are
 * joined. */
#include "base/mem.h"
#include "mrt_private.h"

bool mrt_path_next(struct mrt_bytes *path, uint8_t asn_size, struct mrt_segment *out)
{
	if (path->len < 2)
		return false;
	unsigned type = path->at[0], count = path->at[1];
	size_t size = 2 + (size_t)count * asn_size;
	if (type < MRT_SET || type > MRT_CONFED_SET || size > path->len)
		return false;
	*out = (struct mrt_segment){(enum mrt_segment_type)type, count, path->at + 2, asn_size};
	path->at += size;
	path->len -= size;
	return true;
}

uint32_t mrt_segment_asn(const struct mrt_segment *s, unsigned i)
{
	return s->asn_size == 4 ? be32(s->asns + 4 * (size_t)i) : be16(s->asns + 2 * (size_t)i);
}

static bool is_set(const struct mrt_segment *s)
{
	return s->type == MRT_SET || s->type == MRT_CONFED_SET;
}

static bool is_confed(const struct mrt_segment *s)
{
	return s->type == MRT_CONFED_SEQUENCE || s->type == MRT_CONFED_SET;
}

bool mrt_path_is_valid(struct mrt_bytes path, uint8_t asn_size)
{
	struct mrt_segment s;

	while (mrt_path_next(&path, asn_size, &s))
		;
	return path.len == 0;
}

/* A set counts as one (RFC 4271 9.1.2.2). */
static unsigned path_hops(struct mrt_bytes path, uint8_t asn_size)
{
	struct mrt_segment s;
	unsigned hops = 0;

	while (mrt_path_next(&path, asn_size, &s))
		hops += is_set(&s) ? 1 : s.count;
	return hops;
}

bool mrt_path_merge(struct mrt_reader *r, struct mrt_attrs *a, struct mrt_bytes as4_path)
{
	unsigned hops = path_hops(a->path, 2), new_hops = path_hops(as4_path, 4);
	struct mrt_bytes rest = a->path;
	struct mrt_segment s;
	size_t n = 0, need = 2 * a->path.len + as4_path.len;

	if (new_hops > hops)
		return false;
	if (need > r->merged_cap)
		mem_grow(&r->merged, &r->merged_cap, need, 1);
	for (unsigned lead = hops - new_hops; lead > 0 && mrt_path_next(&rest, 2, &s);) {
		unsigned count = is_set(&s) || s.count <= lead ? s.count : lead;
		lead -= is_set(&s) ? 1 : count;
		r->merged[n++] = (uint8_t)s.type;
		r->merged[n++] = (uint8_t)count;
		for (unsigned i = 0; i < count; i++) {
			uint32_t asn = mrt_segment_asn(&s, i);
			const uint8_t wide[4] = {0, 0, (uint8_t)(asn >> 8), (uint8_t)asn};
			memcpy(r->merged + n, wide, 4);
			n += 4;
		}
	}
	if (as4_path.len > 0)
		memcpy(r->merged + n, as4_path.at, as4_path.len);
	a->path = (struct mrt_bytes){r->merged, n + as4_path.len};
	a->asn_size = 4;
	return true;
}

void mrt_path_ends(const struct mrt_attrs *a, uint32_t *origin, uint32_t *upstream)
{
	struct mrt_bytes path = a->path;
	struct mrt_segment s;
	uint32_t last = 0, before = 0; /* 0 also stands for a set: AS 0 is nobody's (RFC 7607) */

	while (mrt_path_next(&path, a->asn_size, &s)) {
		if (is_confed(&s))
			continue;
		for (unsigned i = 0; i < (is_set(&s) ? 1 : s.count); i++) {
			uint32_t asn = is_set(&s) ? 0 : mrt_segment_asn(&s, i);
			if (asn == last && asn != 0)
				continue;
			before = last;
			last = asn;
		}
	}
	*origin = last;
	*upstream = before;
}

size_t mrt_path_list(const struct mrt_attrs *a, uint32_t *out, size_t max)
{
	struct mrt_bytes path = a->path;
	struct mrt_segment s;
	size_t n = 0;
	bool set = false;

	while (mrt_path_next(&path, a->asn_size, &s)) {
		if (is_confed(&s))
			continue;
		set = is_set(&s);
		for (unsigned i = 0; !set && i < s.count; i++) {
			uint32_t asn = mrt_segment_asn(&s, i);
			if (asn == 0 || (n > 0 && out[n - 1] == asn))
				continue;
			if (n == max)
				return 0;
			out[n++] = asn;
		}
	}
	return set ? 0 : n;
}
