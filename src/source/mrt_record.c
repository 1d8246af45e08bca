/* Bodies of MRT records (RFC 6396 4, RFC 8050): who said it, and what is inside. */
#include "base/mem.h"
#include "mrt_private.h"

enum { BGP_OPEN = 1, BGP_UPDATE = 2, BGP_NOTIFICATION = 3, BGP_KEEPALIVE = 4, BGP_ROUTE_REFRESH = 5 };
enum { PEER_V6 = 1, PEER_AS4 = 2, MARKER = 16 };

typedef const char *read_body(struct mrt_reader *r, struct cursor *c, uint8_t asn_size);

struct subtype_row {
	read_body *read; /* NULL: stepped over */
	uint8_t asn_size;
	bool addpath, local;
	uint8_t other; /* type 5: the BGP message type */
};

/* ---- sessions: BGP4MP and its predecessor ---- */

/* Peer and local AS, interface, family and both addresses. */
static const char *read_session(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	struct addr local;

	r->rec.peer.asn = cursor_asn(c, asn_size);
	cursor_asn(c, asn_size);
	cursor_u16(c);
	unsigned afi = cursor_u16(c);
	if (c->over)
		return "the session is cut short";
	if (afi != 1 && afi != 2)
		return "an unknown address family of the session";
	cursor_addr(c, afi == 1 ? 4 : 6, &r->rec.peer.addr);
	cursor_addr(c, afi == 1 ? 4 : 6, &local);
	return c->over ? "the session is cut short" : NULL;
}

static const char *read_states(struct mrt_reader *r, struct cursor *c)
{
	r->rec.kind = MRT_STATE;
	r->rec.old_state = cursor_u16(c);
	r->rec.new_state = cursor_u16(c);
	return c->over ? "a state change is cut short" : NULL;
}

/* RIS dumps of 2000 have state changes without interface, family and addresses. */
static const char *read_state_change(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	if (cursor_left(c) == 2u * asn_size + 4) {
		r->rec.peer.asn = cursor_asn(c, asn_size);
		cursor_asn(c, asn_size);
		return read_states(r, c);
	}
	const char *why = read_session(r, c, asn_size);
	return why ? why : read_states(r, c);
}

/* Zebra wrote OPEN messages without interface, family and addresses: what stands there is the marker (RFC 6396 has no
 * word for it, the archives have the files). */
static bool is_bare_message(const struct cursor *c, uint8_t asn_size)
{
	static const uint8_t ones[MARKER] = {255, 255, 255, 255, 255, 255, 255, 255,
					     255, 255, 255, 255, 255, 255, 255, 255};

	return cursor_left(c) >= 2u * asn_size + MARKER && memcmp(c->at + 2 * asn_size, ones, MARKER) == 0;
}

static const char *read_message(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	const char *why = NULL;

	if (is_bare_message(c, asn_size)) {
		r->rec.peer.asn = cursor_asn(c, asn_size);
		cursor_asn(c, asn_size);
	} else {
		why = read_session(r, c, asn_size);
	}
	if (why)
		return why;
	const uint8_t *marker = cursor_bytes(c, MARKER);
	unsigned len = cursor_u16(c);
	r->rec.message = cursor_u8(c);
	if (!marker || c->over)
		return "a BGP message is cut short";
	for (int i = 0; i < MARKER; i++)
		if (marker[i] != 0xFF)
			return "a BGP message without its marker";
	if (len < MARKER + 3)
		return "a BGP message shorter than its header";
	struct cursor body = cursor_part(c, len - MARKER - 3);
	if (body.over)
		return "a BGP message is cut short";
	if (r->rec.message == BGP_UPDATE)
		return mrt_read_update(r, &body, asn_size);
	r->rec.kind = MRT_MESSAGE;
	return NULL;
}

/* Type 5: addresses are IPv4, AS numbers 2 bytes, and messages come without a BGP header. */
static const char *read_old_message(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	struct addr local;

	r->rec.peer.asn = cursor_u16(c);
	cursor_addr(c, 4, &r->rec.peer.addr);
	cursor_u16(c);
	cursor_addr(c, 4, &local);
	if (c->over)
		return "the session is cut short";
	if (r->rec.message == BGP_UPDATE)
		return mrt_read_update(r, c, asn_size);
	r->rec.kind = MRT_MESSAGE;
	return NULL;
}

static const char *read_old_state(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	(void)asn_size;
	r->rec.peer.asn = cursor_u16(c);
	cursor_addr(c, 4, &r->rec.peer.addr);
	return read_states(r, c);
}

/* ---- tables ---- */

static bool is_kept(const struct mrt_reader *r, const struct prefix *p)
{
	return !r->keep || r->keep(p, r->keep_arg);
}

static struct mrt_entry *entry_at(struct mrt_reader *r, size_t i)
{
	if (i >= r->entry_cap)
		mem_grow(&r->entries, &r->entry_cap, i + 1, sizeof(*r->entries));
	return &r->entries[i];
}

/* TABLE_DUMP: one route a record, the address always whole. */
static const char *read_table_dump(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	uint8_t family = r->rec.subtype % 2 ? 4 : 6;
	struct addr net;

	cursor_u32(c); /* view and sequence */
	cursor_addr(c, family, &net);
	unsigned bits = cursor_u8(c);
	cursor_u8(c); /* status */
	struct mrt_entry *entry = entry_at(r, 0);
	*entry = (struct mrt_entry){.peer = &r->peer, .originated_s = cursor_u32(c)};
	cursor_addr(c, family, &r->peer.addr);
	r->peer.asn = cursor_asn(c, asn_size);
	struct cursor attrs = cursor_part(c, cursor_u16(c));
	if (c->over)
		return "a table entry is cut short";
	if (bits > (family == 4 ? 32 : 128))
		return "a prefix longer than its family's addresses";
	uint8_t nlri[17] = {(uint8_t)bits};
	memcpy(nlri + 1, net.bytes, sizeof(net.bytes));
	struct cursor whole = {nlri, nlri + sizeof(nlri), false};
	const char *why = mrt_read_prefix(&whole, family, &r->rec.prefix);
	if (why || !is_kept(r, &r->rec.prefix))
		return why;
	r->rec.kind = MRT_RIB;
	r->rec.entries = r->entries;
	r->rec.entry_count = 1;
	return mrt_read_rib_attrs(r, &attrs, asn_size, &entry->attrs);
}

static const char *read_peers(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	(void)asn_size;
	r->has_peers = false; /* a table that is broken is none */
	r->peer_count = 0;
	cursor_u32(c);                 /* collector */
	struct cursor view = cursor_part(c, cursor_u16(c));
	unsigned count = cursor_u16(c);
	if (count > r->peer_cap && cursor_left(c) / 11 >= count)
		mem_grow(&r->peers, &r->peer_cap, count, sizeof(*r->peers));
	for (unsigned i = 0; i < count; i++) {
		unsigned flags = cursor_u8(c);
		if (c->over || i >= r->peer_cap)
			return "the peer index table is cut short";
		cursor_u32(c); /* BGP identifier */
		cursor_addr(c, flags & PEER_V6 ? 6 : 4, &r->peers[i].addr);
		r->peers[i].asn = cursor_asn(c, flags & PEER_AS4 ? 4 : 2);
	}
	if (c->over)
		return "the peer index table is cut short";
	r->peer_count = count;
	r->has_peers = true;
	r->rec.kind = MRT_PEERS;
	r->rec.peer_count = count;
	r->rec.view = (struct mrt_bytes){view.at, cursor_left(&view)};
	return NULL;
}

static const char *read_entry(struct mrt_reader *r, struct cursor *c, struct mrt_entry *entry)
{
	*entry = (struct mrt_entry){.peer_index = cursor_u16(c), .originated_s = cursor_u32(c)};
	if (r->rec.addpath)
		entry->path_id = cursor_u32(c);
	struct cursor attrs = cursor_part(c, cursor_u16(c));
	if (c->over)
		return "a table entry is cut short";
	if (entry->peer_index >= r->peer_count)
		return "a peer that is not in the peer index table";
	entry->peer = &r->peers[entry->peer_index];
	return mrt_read_rib_attrs(r, &attrs, 4, &entry->attrs);
}

static const char *read_rib(struct mrt_reader *r, struct cursor *c, uint8_t family)
{
	cursor_u32(c); /* sequence */
	const char *why = mrt_read_prefix(c, family, &r->rec.prefix);
	if (why || !is_kept(r, &r->rec.prefix))
		return why;
	unsigned count = cursor_u16(c);
	if (c->over)
		return "a table record is cut short";
	if (!r->has_peers)
		return "a table record without a peer index table before it";
	for (unsigned i = 0; i < count; i++)
		if ((why = read_entry(r, c, entry_at(r, i))))
			return why;
	r->rec.kind = MRT_RIB;
	r->rec.entries = r->entries;
	r->rec.entry_count = count;
	return NULL;
}

static const char *read_rib_v4(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	(void)asn_size;
	return read_rib(r, c, 4);
}

static const char *read_rib_v6(struct mrt_reader *r, struct cursor *c, uint8_t asn_size)
{
	(void)asn_size;
	return read_rib(r, c, 6);
}

/* ---- which is which ---- */

static const struct subtype_row old_rows[] = {
	[1] = {.read = read_old_message, .asn_size = 2, .other = BGP_UPDATE},
	[3] = {.read = read_old_state, .asn_size = 2},
	[5] = {.read = read_old_message, .asn_size = 2, .other = BGP_OPEN},
	[6] = {.read = read_old_message, .asn_size = 2, .other = BGP_NOTIFICATION},
	[7] = {.read = read_old_message, .asn_size = 2, .other = BGP_KEEPALIVE},
};

static const struct subtype_row table_dump_rows[] = {
	[1] = {.read = read_table_dump, .asn_size = 2},
	[2] = {.read = read_table_dump, .asn_size = 2},
	[3] = {.read = read_table_dump, .asn_size = 4}, /* not in the RFC: Quagga's IPv4 with 4-byte AS numbers */
	[4] = {.read = read_table_dump, .asn_size = 4},
};

static const struct subtype_row table_dump_v2_rows[] = {
	[1] = {.read = read_peers, .asn_size = 4},
	[2] = {.read = read_rib_v4, .asn_size = 4},
	[4] = {.read = read_rib_v6, .asn_size = 4},
	[8] = {.read = read_rib_v4, .asn_size = 4, .addpath = true},
	[10] = {.read = read_rib_v6, .asn_size = 4, .addpath = true},
	/* 3, 5, 9, 11 multicast, 6, 12 generic, 7 geographic: stepped over */
};

static const struct subtype_row bgp4mp_rows[] = {
	[0] = {.read = read_state_change, .asn_size = 2},
	[1] = {.read = read_message, .asn_size = 2},
	[4] = {.read = read_message, .asn_size = 4},
	[5] = {.read = read_state_change, .asn_size = 4},
	[6] = {.read = read_message, .asn_size = 2, .local = true},
	[7] = {.read = read_message, .asn_size = 4, .local = true},
	[8] = {.read = read_message, .asn_size = 2, .addpath = true},
	[9] = {.read = read_message, .asn_size = 4, .addpath = true},
	[10] = {.read = read_message, .asn_size = 2, .addpath = true, .local = true},
	[11] = {.read = read_message, .asn_size = 4, .addpath = true, .local = true},
};

/* Every type the registry has; those without rows are other protocols' and stepped over. */
static const struct type_row {
	uint16_t type;
	const struct subtype_row *rows;
	size_t count;
} type_table[] = {
	{MRT_BGP4MP, bgp4mp_rows, ARRAY_LEN(bgp4mp_rows)},
	{MRT_BGP4MP_ET, bgp4mp_rows, ARRAY_LEN(bgp4mp_rows)},
	{MRT_TABLE_DUMP_V2, table_dump_v2_rows, ARRAY_LEN(table_dump_v2_rows)},
	{MRT_TABLE_DUMP, table_dump_rows, ARRAY_LEN(table_dump_rows)},
	{MRT_BGP, old_rows, ARRAY_LEN(old_rows)},
	{0, NULL, 0},
	{1, NULL, 0},
	{2, NULL, 0},
	{3, NULL, 0},
	{4, NULL, 0}, /* null, start, die, I am dead, peer down */
	{6, NULL, 0},
	{7, NULL, 0},
	{8, NULL, 0},
	{9, NULL, 0},
	{10, NULL, 0}, /* RIP, IDRP, RIPng, BGP4+ */
	{11, NULL, 0},
	{48, NULL, 0},
	{49, NULL, 0}, /* OSPFv2, OSPFv3 */
	{32, NULL, 0},
	{33, NULL, 0}, /* IS-IS */
};

static const struct type_row *find_type(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(type_table); i++)
		if (type_table[i].type == type)
			return &type_table[i];
	return NULL;
}

bool mrt_type_is_known(uint16_t type)
{
	return find_type(type) != NULL;
}

bool mrt_type_is_read(uint16_t type, uint16_t subtype)
{
	const struct type_row *t = find_type(type);

	return t && subtype < t->count && t->rows[subtype].read;
}

const char *mrt_read_record(struct mrt_reader *r, const uint8_t *body, size_t len)
{
	struct cursor c = {body, body + len, false};
	const struct type_row *t = find_type(r->rec.type);

	if (!t || r->rec.subtype >= t->count || !t->rows[r->rec.subtype].read)
		return NULL;
	const struct subtype_row *row = &t->rows[r->rec.subtype];
	if (r->rec.type == MRT_BGP4MP_ET)
		r->rec.usec = cursor_u32(&c);
	r->rec.addpath = row->addpath;
	r->rec.local = row->local;
	r->rec.message = row->other;
	return row->read(r, &c, row->asn_size);
}
