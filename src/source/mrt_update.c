/* BGP UPDATE messages and path attributes (RFC 4271, 4760, 6793, 7911).
 *
 * Strict where routes are at stake: a length that does not fit makes the record broken. Lenient where RFC 7606 is: an
 * AGGREGATOR, AS4_PATH or AS4_AGGREGATOR that is malformed is as if it were not there, and of an attribute that comes
 * twice the first counts. A list of prefixes that ends in the middle of one costs that one: real files have it.
 * Attributes that nobody here reads are stepped over. */
#include "base/mem.h"
#include "mrt_private.h"

enum { FLAG_LONG = 0x10, AFI_V4 = 1, AFI_V6 = 2, AS_TRANS = 23456 };

/* MP_REACH_NLRI or MP_UNREACH_NLRI: of which family, and its prefixes, not yet decoded. */
struct mp {
	uint8_t family, safi; /* family 0: one that is not read */
	struct cursor nlri;
};

/* Attributes of one route on the way. */
struct attrs {
	struct mrt_attrs *out;
	uint8_t asn_size;
	bool rib;
	struct mrt_bytes as4_path;
	uint32_t as4_aggregator_asn;
	uint8_t as4_aggregator[4];
	struct mp reach, unreach;
};

typedef const char *read_attr(struct attrs *a, struct cursor *c);

/* ---- prefixes ---- */

const char *mrt_read_prefix(struct cursor *c, uint8_t family, struct prefix *out)
{
	unsigned bits = cursor_u8(c), bytes = (bits + 7) / 8;

	if (bits > (family == 4 ? 32 : 128))
		return "a prefix longer than its family's addresses";
	const uint8_t *p = cursor_bytes(c, bytes);
	if (!p || c->over)
		return "a prefix is cut short";
	*out = (struct prefix){.family = family, .len = (uint8_t)bits};
	memcpy(out->bytes, p, bytes);
	if (bits % 8)
		out->bytes[bytes - 1] &= (uint8_t)(0xFF00u >> (bits % 8));
	return NULL;
}

/* The message that holds them has a 16-bit length, so there are 65,535 at most. */
static const char *read_routes(struct mrt_reader *r, struct cursor c, uint8_t family, uint8_t safi,
			       struct mrt_routes *to)
{
	while (c.at < c.end) {
		if (to->count == to->cap)
			mem_grow(&to->list, &to->cap, to->count + 1, sizeof(*to->list));
		struct mrt_route *route = &to->list[to->count];
		route->path_id = r->rec.addpath ? cursor_u32(&c) : 0;
		route->safi = safi;
		const char *why = mrt_read_prefix(&c, family, &route->prefix);
		if (c.over) {
			r->rec.why = "the last prefix is cut short";
			return NULL;
		}
		if (why)
			return why;
		to->count++;
	}
	return NULL;
}

/* ---- attributes ---- */

static const char *read_origin(struct attrs *a, struct cursor *c)
{
	a->out->origin = cursor_u8(c);
	return NULL;
}

static const char *read_path(struct attrs *a, struct cursor *c)
{
	a->out->path = (struct mrt_bytes){c->at, cursor_left(c)};
	a->out->asn_size = a->asn_size;
	c->at = c->end;
	return mrt_path_is_valid(a->out->path, a->asn_size) ? NULL : "a malformed AS_PATH";
}

static const char *read_next_hop(struct attrs *a, struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	if (p)
		memcpy(a->out->next_hop, p, 4);
	return NULL;
}

static const char *read_med(struct attrs *a, struct cursor *c)
{
	a->out->med = cursor_u32(c);
	return NULL;
}

static const char *read_local_pref(struct attrs *a, struct cursor *c)
{
	a->out->local_pref = cursor_u32(c);
	return NULL;
}

static const char *read_atomic(struct attrs *a, struct cursor *c)
{
	(void)a;
	c->at = c->end;
	return NULL;
}

/* Wrong lengths: the attribute is discarded (RFC 7606 7.7). */
static const char *read_aggregator(struct attrs *a, struct cursor *c)
{
	if (cursor_left(c) != (size_t)a->asn_size + 4) {
		a->out->has &= ~MRT_HAS(MRT_AGGREGATOR);
		c->at = c->end;
		return NULL;
	}
	a->out->aggregator_asn = cursor_asn(c, a->asn_size);
	memcpy(a->out->aggregator, cursor_bytes(c, 4), 4);
	return NULL;
}

static const char *read_as4_aggregator(struct attrs *a, struct cursor *c)
{
	if (cursor_left(c) != 8) {
		a->out->has &= ~MRT_HAS(MRT_AS4_AGGREGATOR);
		c->at = c->end;
		return NULL;
	}
	a->as4_aggregator_asn = cursor_u32(c);
	memcpy(a->as4_aggregator, cursor_bytes(c, 4), 4);
	return NULL;
}

/* Malformed: discarded (RFC 6793 6). */
static const char *read_as4_path(struct attrs *a, struct cursor *c)
{
	a->as4_path = (struct mrt_bytes){c->at, cursor_left(c)};
	c->at = c->end;
	if (!mrt_path_is_valid(a->as4_path, 4))
		a->out->has &= ~MRT_HAS(MRT_AS4_PATH);
	return NULL;
}

static const char *read_communities(struct attrs *a, struct cursor *c)
{
	a->out->communities = (struct mrt_bytes){c->at, cursor_left(c)};
	c->at = c->end;
	return a->out->communities.len % 4 ? "a malformed COMMUNITIES attribute" : NULL;
}

/* A next hop may be an IPv6 address for IPv4 routes too (RFC 8950); of two the second is link-local. */
static const char *read_mp_next_hop(struct attrs *a, struct cursor *c)
{
	unsigned len = cursor_u8(c);
	struct cursor hop = cursor_part(c, len);

	if (hop.over)
		return "a next hop is cut short";
	if (len == 4 || len == 16 || len == 32)
		cursor_addr(&hop, len == 4 ? 4 : 6, &a->out->mp_next_hop);
	return NULL;
}

static void read_family(struct mp *mp, struct cursor *c)
{
	unsigned afi = cursor_u16(c);

	mp->safi = cursor_u8(c);
	mp->family = mp->safi < MRT_SAFI_UNICAST || mp->safi > MRT_SAFI_BOTH ? 0
		     : afi == AFI_V4                                         ? 4
		     : afi == AFI_V6                                         ? 6
									     : 0;
}

static const char *read_mp_reach(struct attrs *a, struct cursor *c)
{
	const char *why;

	if (a->rib && c->at < c->end && *c->at != 0) { /* the high byte of an AFI is 0, a length is not */
		why = read_mp_next_hop(a, c);
		c->at = c->end;
		return why;
	}
	read_family(&a->reach, c);
	if (a->reach.family) {
		why = read_mp_next_hop(a, c);
		if (why)
			return why;
		cursor_u8(c); /* reserved, to be ignored (RFC 4760 3) */
	}
	if (c->over)
		return "MP_REACH_NLRI is cut short";
	a->reach.nlri = *c;
	c->at = c->end;
	return NULL;
}

static const char *read_mp_unreach(struct attrs *a, struct cursor *c)
{
	read_family(&a->unreach, c);
	if (c->over)
		return "MP_UNREACH_NLRI is cut short";
	a->unreach.nlri = *c;
	c->at = c->end;
	return NULL;
}

static const struct {
	read_attr *read;
	uint8_t len; /* the one right length; 0: any */
} attr_table[MRT_ATTR_COUNT] = {
	[MRT_ORIGIN] = {read_origin, 1},         [MRT_AS_PATH] = {read_path, 0},
	[MRT_NEXT_HOP] = {read_next_hop, 4},     [MRT_MED] = {read_med, 4},
	[MRT_LOCAL_PREF] = {read_local_pref, 4}, [MRT_ATOMIC_AGGREGATE] = {read_atomic, 0},
	[MRT_AGGREGATOR] = {read_aggregator, 0}, [MRT_COMMUNITIES] = {read_communities, 0},
	[MRT_MP_REACH] = {read_mp_reach, 0},     [MRT_MP_UNREACH] = {read_mp_unreach, 0},
	[MRT_AS4_PATH] = {read_as4_path, 0},     [MRT_AS4_AGGREGATOR] = {read_as4_aggregator, 0},
};

/* RFC 6793 4.2.3. An AGGREGATOR that is a real 2-byte AS was put there by somebody who knew nothing of the AS4
 * attributes that passed him: both are stale then. */
static void merge_as4(struct mrt_reader *r, struct attrs *a)
{
	uint32_t has = a->out->has;

	if (a->asn_size == 4)
		return;
	if ((has & MRT_HAS(MRT_AGGREGATOR)) && (has & MRT_HAS(MRT_AS4_AGGREGATOR))) {
		if (a->out->aggregator_asn != AS_TRANS)
			return;
		a->out->aggregator_asn = a->as4_aggregator_asn;
		memcpy(a->out->aggregator, a->as4_aggregator, 4);
	}
	if ((has & MRT_HAS(MRT_AS_PATH)) && (has & MRT_HAS(MRT_AS4_PATH)))
		mrt_path_merge(r, a->out, a->as4_path);
}

static const char *read_one(struct attrs *a, struct cursor *c)
{
	unsigned flags = cursor_u8(c), code = cursor_u8(c);
	size_t len = flags & FLAG_LONG ? cursor_u16(c) : cursor_u8(c);
	struct cursor value = cursor_part(c, len);

	if (c->over)
		return "an attribute is cut short";
	if (code >= MRT_ATTR_COUNT || !attr_table[code].read)
		return NULL;
	if (a->out->has & MRT_HAS(code)) /* RFC 7606 3 (g) */
		return code == MRT_MP_REACH || code == MRT_MP_UNREACH ? "two MP_REACH_NLRI or MP_UNREACH_NLRI" : NULL;
	if (attr_table[code].len && attr_table[code].len != len)
		return "an attribute of the wrong length";
	a->out->has |= MRT_HAS(code);
	return attr_table[code].read(a, &value);
}

static const char *read_attrs(struct mrt_reader *r, struct cursor *c, struct attrs *a)
{
	*a->out = (struct mrt_attrs){.asn_size = a->asn_size};
	while (c->at < c->end) {
		const char *why = read_one(a, c);
		if (why)
			return why;
	}
	merge_as4(r, a);
	return NULL;
}

const char *mrt_read_rib_attrs(struct mrt_reader *r, struct cursor *c, uint8_t asn_size, struct mrt_attrs *out)
{
	struct attrs a = {.out = out, .asn_size = asn_size, .rib = true};

	return read_attrs(r, c, &a);
}

/* ---- the message ---- */

/* The four places of an UPDATE that list prefixes. */
struct lists {
	struct cursor withdrawn, announced;
	struct mp reach, unreach;
};

static const char *read_mp_routes(struct mrt_reader *r, const struct mp *mp, struct mrt_routes *to)
{
	return mp->family ? read_routes(r, mp->nlri, mp->family, mp->safi, to) : NULL;
}

static const char *read_lists(struct mrt_reader *r, const struct lists *l, bool addpath)
{
	const char *why;

	r->rec.addpath = addpath;
	r->rec.why = NULL;
	r->withdrawn.count = r->announced.count = 0;
	if ((why = read_routes(r, l->withdrawn, 4, MRT_SAFI_UNICAST, &r->withdrawn)) ||
	    (why = read_mp_routes(r, &l->unreach, &r->withdrawn)) ||
	    (why = read_routes(r, l->announced, 4, MRT_SAFI_UNICAST, &r->announced)))
		return why;
	r->rec.announced_mp = r->announced.count;
	return read_mp_routes(r, &l->reach, &r->announced);
}

/* The high bytes of a small path identifier read as default routes; nobody names the default route twice. */
static bool has_defaults(const struct mrt_routes *list)
{
	unsigned defaults = 0;

	for (size_t i = 0; i < list->count && defaults < 2; i++)
		defaults += list->list[i].prefix.len == 0;
	return defaults > 1;
}

static const char *guess_lists(struct mrt_reader *r, const struct lists *l)
{
	const char *why = read_lists(r, l, false);

	if (!why && !r->rec.why && !has_defaults(&r->withdrawn) && !has_defaults(&r->announced))
		return NULL;
	if (!read_lists(r, l, true) && !r->rec.why && !has_defaults(&r->withdrawn) && !has_defaults(&r->announced))
		return NULL;
	return read_lists(r, l, false);
}

const char *mrt_read_update(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	struct attrs a = {.out = &r->rec.attrs, .asn_size = asn_size};
	struct cursor withdrawn = cursor_part(c, cursor_u16(c));
	struct cursor attrs = cursor_part(c, cursor_u16(c));

	r->rec.kind = MRT_UPDATE;
	if (c->over)
		return "an UPDATE is cut short";
	const char *why = read_attrs(r, &attrs, &a);
	if (why)
		return why;
	const struct lists lists = {withdrawn, *c, a.reach, a.unreach};
	return r->guess_addpath && !r->rec.addpath ? guess_lists(r, &lists) : read_lists(r, &lists, r->rec.addpath);
}
