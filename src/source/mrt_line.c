/* Records as lines of text, the form of `bgpdump -m`, so that people can check us against it with diff.
 *
 * What the lines of one record have in common is written once: a head (format, time, kind, peer) and a tail (path to
 * aggregator); a line is head, prefix, tail. No printf on the way: a table of the world is a billion lines.
 *
 * Where bgpdump 1.6.2 states what is not so, we do not follow:
 *  - bits of a prefix beyond its length are shown cleared;
 *  - in deprecated type 5 a withdrawal shows the withdrawn prefix (there: the peer's address, with that prefix's
 *    length), and communities are set off from MED by a bar (there they run together; without communities that bar
 *    is missing, here too);
 *  - a message that the collector sent shows the peer it was sent to, in ADDPATH kinds as in the others;
 *  - MED and local preference are unsigned everywhere;
 *  - a record that is broken prints no line (there: what was read before the break, or a stop of the program);
 *  - paths and communities are never cut. */
#include "source/mrt.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mrt_private.h"

enum {
	TEXT_SIZE = 1 << 18,     /* written when it is full */
	HEAD_MAX = 128,          /* format, time, kind, peer */
	ROUTE_MAX = 80,          /* prefix and path id */
	ASN_TEXT_MAX = 13,       /* ten digits, a separator, and brackets shared */
	COMMUNITY_TEXT_MAX = 16, /* " no-advertise" is the longest */
	TAIL_FIXED_MAX = 256,
};

struct head {
	char text[HEAD_MAX];
	size_t common, len;
};

/* ---- pieces: each writes at p and returns the end ---- */

static char *put_text(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

/* "00" to "99". */
#define TENS(t) t "0" t "1" t "2" t "3" t "4" t "5" t "6" t "7" t "8" t "9"
static const char pairs[] =
	TENS("0") TENS("1") TENS("2") TENS("3") TENS("4") TENS("5") TENS("6") TENS("7") TENS("8") TENS("9");
#undef TENS

/* 0 to 255 as text, and how long it is: an octet is written as one word. The formatter takes such braces for blocks. */
/* clang-format off */
#define ONE(h, t, u) {'0' + (u), 0, 0, 1}
#define TWO(h, t, u) {'0' + (t), '0' + (u), 0, 2}
#define THREE(h, t, u) {'0' + (h), '0' + (t), '0' + (u), 3}
#define UNITS(F, h, t) F(h, t, 0), F(h, t, 1), F(h, t, 2), F(h, t, 3), F(h, t, 4), F(h, t, 5), F(h, t, 6), \
	F(h, t, 7), F(h, t, 8), F(h, t, 9)
#define TENS(F, h) UNITS(F, h, 1), UNITS(F, h, 2), UNITS(F, h, 3), UNITS(F, h, 4), UNITS(F, h, 5), UNITS(F, h, 6), \
	UNITS(F, h, 7), UNITS(F, h, 8), UNITS(F, h, 9)
static const char octets[256][4] = {
	UNITS(ONE, 0, 0), TENS(TWO, 0), UNITS(THREE, 1, 0), TENS(THREE, 1),
	UNITS(THREE, 2, 0), UNITS(THREE, 2, 1), UNITS(THREE, 2, 2), UNITS(THREE, 2, 3), UNITS(THREE, 2, 4),
	THREE(2, 5, 0), THREE(2, 5, 1), THREE(2, 5, 2), THREE(2, 5, 3), THREE(2, 5, 4), THREE(2, 5, 5),
};
/* clang-format on */

static unsigned digits_of(uint32_t v)
{
	if (v < 100000)
		return v < 100 ? 1 + (v >= 10) : v < 1000 ? 3 : 4 + (v >= 10000);
	return v < 10000000 ? 6 + (v >= 1000000) : v < 100000000 ? 8 : 9 + (v >= 1000000000);
}

static char *put_u32(char *p, uint32_t v)
{
	char *end = p + digits_of(v), *q = end;

	for (; v >= 100; v /= 100) {
		q -= 2;
		memcpy(q, pairs + v % 100 * 2, 2);
	}
	if (v >= 10)
		memcpy(p, pairs + v * 2, 2);
	else
		*p = (char)('0' + v);
	return end;
}

/* Writes up to three bytes beyond its end: every room has that to spare. */
static char *put_octet(char *p, uint8_t v)
{
	memcpy(p, octets[v], 4);
	return p + octets[v][3];
}

static char *put_v4(char *p, const uint8_t *b)
{
	for (int i = 0; i < 4; i++) {
		p = put_octet(p, b[i]);
		*p++ = '.';
	}
	return p - 1;
}

static char *put_group(char *p, unsigned v)
{
	static const char hex[] = "0123456789abcdef";

	if (v >= 0x1000)
		*p++ = hex[v >> 12];
	if (v >= 0x100)
		*p++ = hex[v >> 8 & 15];
	if (v >= 0x10)
		*p++ = hex[v >> 4 & 15];
	*p++ = hex[v & 15];
	return p;
}

/* The first of the longest runs of zero groups is "::", also a run of one (RFC 5952 would write that 0). Mapped and
 * compatible IPv4 addresses end in dotted form. */
static char *put_v6(char *p, const uint8_t *b)
{
	unsigned group[8];
	int gap = -1, gap_len = 0;

	for (int i = 0; i < 8; i++)
		group[i] = be16(b + 2 * i);
	for (int i = 0, run = 0; i < 8; i++) {
		run = group[i] ? 0 : run + 1;
		if (run > gap_len) {
			gap_len = run;
			gap = i - run + 1;
		}
	}
	bool mapped = gap == 0 && gap_len == 5 && group[5] == 0xFFFF;
	bool compatible = gap == 0 && (gap_len == 6 || (gap_len == 7 && group[7] > 1));
	if (mapped || compatible)
		return put_v4(put_text(p, mapped ? "::ffff:" : "::"), b + 12);
	for (int i = 0; i < 8; i++) {
		if (i == gap) {
			if (i == 0)
				*p++ = ':';
			*p++ = ':';
			i += gap_len - 1;
			continue;
		}
		p = put_group(p, group[i]);
		if (i < 7)
			*p++ = ':';
	}
	return p;
}

/* An address that is not there is 0.0.0.0, as in old state changes. */
static char *put_addr(char *p, const struct addr *a)
{
	return a->family == 6 ? put_v6(p, a->bytes) : put_v4(p, a->bytes);
}

static char *put_prefix(char *p, const struct prefix *net)
{
	p = net->family == 6 ? put_v6(p, net->bytes) : put_v4(p, net->bytes);
	*p++ = '/';
	return put_octet(p, net->len);
}

static char *put_time(char *p, const struct mrt_record *rec)
{
	p = put_u32(p, rec->time_s);
	if (rec->type != MRT_BGP4MP_ET)
		return p;
	*p++ = '.';
	for (uint32_t unit = 100000; unit > rec->usec && unit > 1; unit /= 10)
		*p++ = '0';
	return put_u32(p, rec->usec);
}

/* Sequences are written plain, sets {1,2}, confederations (1 2) and [1,2]. Between segments one space, but none behind
 * one that is empty. */
static char *put_path(char *p, const struct mrt_attrs *a)
{
	static const char open[] = {0, '{', 0, '(', '['}, close[] = {0, '}', 0, ')', ']'};
	struct mrt_bytes path = a->path;
	struct mrt_segment s;
	bool space = false;

	while (mrt_path_next(&path, a->asn_size, &s)) {
		bool set = s.type == MRT_SET || s.type == MRT_CONFED_SET;
		if (space)
			*p++ = ' ';
		if (open[s.type])
			*p++ = open[s.type];
		for (unsigned i = 0; i < s.count; i++) {
			if (i > 0)
				*p++ = set ? ',' : ' ';
			p = put_u32(p, mrt_segment_asn(&s, i));
		}
		if (close[s.type])
			*p++ = close[s.type];
		space = s.count > 0;
	}
	return p;
}

static char *put_communities(char *p, struct mrt_bytes list)
{
	for (size_t i = 0; i + 4 <= list.len; i += 4) {
		if (i > 0)
			*p++ = ' ';
		uint32_t c = be32(list.at + i);
		switch (c) { /* RFC 1997 */
		case 0xFFFFFF01: p = put_text(p, "no-export"); break;
		case 0xFFFFFF02: p = put_text(p, "no-advertise"); break;
		case 0xFFFFFF03: p = put_text(p, "local-AS"); break;
		default:
			p = put_u32(p, c >> 16);
			*p++ = ':';
			p = put_u32(p, c & 0xFFFF);
		}
	}
	return p;
}

static char *put_next_hop(char *p, const struct mrt_attrs *a, bool mp)
{
	static const uint8_t none[4] = {255, 255, 255, 255};

	if (a->mp_next_hop.family && (mp || !(a->has & MRT_HAS(MRT_NEXT_HOP))))
		return put_addr(p, &a->mp_next_hop);
	return put_v4(p, a->has & MRT_HAS(MRT_NEXT_HOP) ? a->next_hop : none);
}

static char *put_aggregator(char *p, const struct mrt_attrs *a)
{
	if (!(a->has & MRT_HAS(MRT_AGGREGATOR)) || be32(a->aggregator) == UINT32_MAX)
		return p;
	p = put_u32(p, a->aggregator_asn);
	*p++ = ' ';
	return put_v4(p, a->aggregator);
}

/* ---- lines ---- */

static const char *format_name(const struct mrt_record *rec)
{
	static const char *const bgp4mp[2][2][2] = {
		/* [ET][LOCAL][ADDPATH] */
		{{"BGP4MP", "BGP4MP_AP"}, {"BGP4MP_LOCAL", "BGP4MP_LOCAL_AP"}},
		{{"BGP4MP_ET", "BGP4MP_ET_AP"}, {"BGP4MP_ET_LOCAL", "BGP4MP_ET_LOCAL_AP"}},
	};

	switch (rec->type) {
	case MRT_BGP: return "BGP";
	case MRT_TABLE_DUMP: return "TABLE_DUMP";
	case MRT_TABLE_DUMP_V2: return rec->addpath ? "TABLE_DUMP2_AP" : "TABLE_DUMP2";
	default: return bgp4mp[rec->type == MRT_BGP4MP_ET][rec->local][rec->addpath];
	}
}

/* What all lines of a record and kind begin with; head_peer adds whose the line is. */
static void make_head(struct head *h, const struct mrt_record *rec, const char *kind)
{
	char *p = put_text(h->text, format_name(rec));

	*p++ = '|';
	p = put_time(p, rec);
	*p++ = '|';
	p = put_text(p, kind);
	*p++ = '|';
	h->common = (size_t)(p - h->text);
}

static void head_peer(struct head *h, const struct mrt_peer *peer)
{
	char *p = put_addr(h->text + h->common, &peer->addr);

	*p++ = '|';
	p = put_u32(p, peer->asn);
	*p++ = '|';
	h->len = (size_t)(p - h->text);
}

/* From the path to the end of the line, into out->tail. mp: the next hop is MP_REACH_NLRI's. */
static void make_tail(struct mrt_printer *out, const struct mrt_record *rec, const struct mrt_attrs *a, bool mp)
{
	static const char *const origins[] = {"IGP", "EGP", "INCOMPLETE"};
	bool has_origin = a->has & MRT_HAS(MRT_ORIGIN), has_communities = a->has & MRT_HAS(MRT_COMMUNITIES);
	size_t most =
		TAIL_FIXED_MAX + (a->path.len / 2 + 1) * ASN_TEXT_MAX + a->communities.len / 4 * COMMUNITY_TEXT_MAX;

	if (most > out->tail_cap)
		mem_grow(&out->tail, &out->tail_cap, most, 1);
	char *p = out->tail;
	*p++ = '|';
	p = put_path(p, a);
	*p++ = '|';
	p = put_text(p, origins[has_origin && a->origin < 2 ? a->origin : 2]);
	*p++ = '|';
	p = put_next_hop(p, a, mp);
	*p++ = '|';
	p = put_u32(p, a->local_pref);
	*p++ = '|';
	p = put_u32(p, a->med);
	if (rec->type != MRT_BGP || has_communities) /* see (3) above */
		*p++ = '|';
	p = put_communities(p, a->communities);
	p = put_text(p, a->has & MRT_HAS(MRT_ATOMIC_AGGREGATE) ? "|AG|" : "|NAG|");
	p = put_aggregator(p, a);
	*p++ = '|';
	*p++ = '\n';
	out->tail_len = (size_t)(p - out->tail);
}

static char *make_room(struct mrt_printer *out, size_t n)
{
	if (out->len + n > out->cap) {
		mrt_printer_flush(out);
		if (n > out->cap)
			mem_grow(&out->text, &out->cap, n > TEXT_SIZE ? n : TEXT_SIZE, 1);
	}
	return out->text + out->len;
}

static void add_line(struct mrt_printer *out, const struct mrt_record *rec, const struct head *h,
		     const struct prefix *net, uint32_t path_id, const char *tail, size_t tail_len)
{
	char *p = make_room(out, h->len + ROUTE_MAX + tail_len);

	memcpy(p, h->text, h->len);
	p = put_prefix(p + h->len, net);
	if (rec->addpath) {
		*p++ = '|';
		p = put_u32(p, path_id);
	}
	memcpy(p, tail, tail_len);
	out->len = (size_t)(p + tail_len - out->text);
	out->lines++;
}

static void print_update(struct mrt_printer *out, const struct mrt_record *rec)
{
	struct head h;

	if (rec->withdrawn_count > 0) {
		make_head(&h, rec, "W");
		head_peer(&h, &rec->peer);
		for (size_t i = 0; i < rec->withdrawn_count; i++)
			add_line(out, rec, &h, &rec->withdrawn[i].prefix, rec->withdrawn[i].path_id, "\n", 1);
	}
	if (rec->announced_count == 0)
		return;
	make_head(&h, rec, "A");
	head_peer(&h, &rec->peer);
	for (size_t i = 0; i < rec->announced_count; i++) {
		if (i == 0 || i == rec->announced_mp)
			make_tail(out, rec, &rec->attrs, i >= rec->announced_mp);
		add_line(out, rec, &h, &rec->announced[i].prefix, rec->announced[i].path_id, out->tail, out->tail_len);
	}
}

static void print_rib(struct mrt_printer *out, const struct mrt_record *rec)
{
	struct head h;

	make_head(&h, rec, "B");
	for (size_t i = 0; i < rec->entry_count; i++) {
		const struct mrt_entry *e = &rec->entries[i];
		head_peer(&h, e->peer);
		make_tail(out, rec, &e->attrs, e->attrs.mp_next_hop.family == 6);
		add_line(out, rec, &h, &rec->prefix, e->path_id, out->tail, out->tail_len);
	}
}

static void print_state(struct mrt_printer *out, const struct mrt_record *rec)
{
	struct head h;

	make_head(&h, rec, "STATE");
	head_peer(&h, &rec->peer);
	char *p = make_room(out, h.len + ROUTE_MAX);
	memcpy(p, h.text, h.len);
	p = put_u32(p + h.len, rec->old_state);
	*p++ = '|';
	p = put_u32(p, rec->new_state);
	*p++ = '\n';
	out->len = (size_t)(p - out->text);
	out->lines++;
}

void mrt_printer_init(struct mrt_printer *p, mrt_write_fn *write, void *arg)
{
	*p = (struct mrt_printer){.write = write, .arg = arg};
}

void mrt_printer_release(struct mrt_printer *p)
{
	free(p->text);
	free(p->tail);
	mrt_printer_init(p, p->write, p->arg);
}

void mrt_printer_flush(struct mrt_printer *p)
{
	if (p->len > 0)
		p->write(p->text, p->len, p->arg);
	p->len = 0;
}

void mrt_print(struct mrt_printer *p, const struct mrt_record *rec)
{
	static void (*const print[MRT_KIND_COUNT])(struct mrt_printer *, const struct mrt_record *) = {
		[MRT_RIB] = print_rib,
		[MRT_UPDATE] = print_update,
		[MRT_STATE] = print_state,
	};

	if (print[rec->kind])
		print[rec->kind](p, rec);
}
