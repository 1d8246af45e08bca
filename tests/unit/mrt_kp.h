/* The files of tests/fixtures/mrt, made from the published facts of 22 and 23 December 2014 (cases/kp-2014.md): four
 * networks of AS131279 behind AS4837, gone at 16:15, back at 01:46. The peers are invented. One file a format. */
#ifndef LANDLINE_TESTS_MRT_KP_H
#define LANDLINE_TESTS_MRT_KP_H

#include "mrt_build.h"

enum { KP_DOWN = 1419264900, KP_UP = 1419299160 };

static const char *const kp_nets[] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"};
static const struct {
	const char *addr;
	uint32_t asn, path[6];
} kp_peers[] = {
	{"192.0.2.1", 3333, {3333, 1299, 4837, 131279}},
	{"192.0.2.2", 64500, {64500, 4837, 131279, 131279}},
	{"2001:db8::3", 4200000003, {4200000003, 6939, 4837, 131279}},
};
enum { KP_NETS = 4, KP_PEERS = 3 };

/* TABLE_DUMP_V2: the table before, 16:00. */
static inline void build_kp_rib(struct build *b)
{
	mrt_begin(b, KP_DOWN - 900, MRT_TABLE_DUMP_V2, 1);
	put_address(b, "193.0.4.28");
	put16(b, 5);
	put(b, "rrc00", 5);
	put16(b, KP_PEERS);
	for (unsigned p = 0; p < KP_PEERS; p++) {
		put8(b, strchr(kp_peers[p].addr, ':') ? 3 : 2);
		put32(b, p + 1);
		put_address(b, kp_peers[p].addr);
		put32(b, kp_peers[p].asn);
	}
	mrt_end_record(b);
	for (unsigned n = 0; n < KP_NETS; n++) {
		mrt_begin(b, KP_DOWN - 900, MRT_TABLE_DUMP_V2, 2);
		put32(b, n);
		put_nlri(b, kp_nets[n]);
		put16(b, KP_PEERS);
		for (unsigned p = 0; p < KP_PEERS; p++) {
			put16(b, p);
			put32(b, KP_DOWN - 86400);
			attrs_begin(b);
			put_usual_attrs(b, 4, kp_peers[p].path, p < 2 ? kp_peers[p].addr : "192.0.2.30");
			attrs_end(b);
		}
		mrt_end_record(b);
	}
}

/* BGP4MP_ET: the withdrawals peer by peer, one session lost and back, the way back. */
static inline void build_kp_updates(struct build *b)
{
	for (unsigned p = 0; p < KP_PEERS; p++) {
		mrt_begin(b, KP_DOWN + 7 * p, MRT_BGP4MP_ET, 4);
		put32(b, 250000 * p);
		put_session(b, 4, kp_peers[p].asn, kp_peers[p].addr);
		bgp_begin(b, 2);
		size_t len = b->len;
		put16(b, 0);
		for (unsigned n = 0; n < KP_NETS; n++)
			put_nlri(b, kp_nets[n]);
		set16(b, len, b->len - len - 2);
		put16(b, 0);
		bgp_end(b);
	}
	for (unsigned i = 0; i < 2; i++) {
		mrt_begin(b, KP_DOWN + 600 + 60 * i, MRT_BGP4MP_ET, 5);
		put32(b, 500000);
		put_session(b, 4, kp_peers[1].asn, kp_peers[1].addr);
		put16(b, i ? 5 : 6);
		put16(b, i ? 6 : 1);
		mrt_end_record(b);
	}
	mrt_begin(b, KP_UP - 30, MRT_BGP4MP_ET, 4);
	put32(b, 1);
	put_session(b, 4, kp_peers[0].asn, kp_peers[0].addr);
	bgp_begin(b, 4);
	bgp_end(b);
	for (unsigned p = 0; p < KP_PEERS; p++) {
		mrt_begin(b, KP_UP + 9 * p, MRT_BGP4MP_ET, 4);
		put32(b, 999999);
		put_session(b, 4, kp_peers[p].asn, kp_peers[p].addr);
		bgp_begin(b, 2);
		put16(b, 0);
		attrs_begin(b);
		put_usual_attrs(b, 4, kp_peers[p].path, p < 2 ? kp_peers[p].addr : "192.0.2.30");
		attrs_end(b);
		for (unsigned n = 0; n < KP_NETS; n++)
			put_nlri(b, kp_nets[n]);
		bgp_end(b);
	}
}

/* BGP4MP of a 2-byte session: AS131279 stands as AS_TRANS, and AS4_PATH has it. */
static inline void build_kp_as2(struct build *b)
{
	static const uint32_t old_path[] = {3333, 1299, 4837, 23456, 0}, new_path[] = {4837, 131279};

	mrt_begin(b, KP_UP, MRT_BGP4MP, 1);
	put_session(b, 2, 3333, "192.0.2.1");
	bgp_begin(b, 2);
	put16(b, 0);
	attrs_begin(b);
	put_usual_attrs(b, 2, old_path, "192.0.2.1");
	attr_begin(b, MRT_AS4_PATH);
	put_segment(b, MRT_SEQUENCE, 4, new_path, 2);
	attr_end(b);
	put_attr(b, MRT_COMMUNITIES, "\x0d\x05\x00\x64\xff\xff\xff\x01", 8);
	put_attr(b, MRT_MED, "\xff\xff\xff\xff", 4);
	put_attr(b, MRT_ATOMIC_AGGREGATE, "", 0);
	put_attr(b, MRT_AGGREGATOR, "\x5b\xa0\xaf\x2d\xb0\x01", 6);
	put_attr(b, MRT_AS4_AGGREGATOR, "\x00\x02\x00\xcf\xaf\x2d\xb0\x01", 8);
	attrs_end(b);
	put_nlri(b, kp_nets[0]);
	bgp_end(b);
}

/* TABLE_DUMP: as it would have been written before 2008, a record a peer and prefix. */
static inline void build_kp_table_dump(struct build *b)
{
	static const uint32_t paths[2][5] = {{3333, 1299, 4837, 23456}, {64500, 4837, 23456, 23456}};

	for (unsigned i = 0; i < 2 * KP_NETS; i++) {
		unsigned n = i / 2, p = i % 2;
		mrt_begin(b, KP_DOWN - 900, MRT_TABLE_DUMP, 1);
		put16(b, 0);
		put16(b, i);
		put8(b, 175);
		put8(b, 45);
		put8(b, 176 + n);
		put8(b, 0);
		put8(b, 24);
		put8(b, 1);
		put32(b, KP_DOWN - 86400);
		put_address(b, kp_peers[p].addr);
		put16(b, kp_peers[p].asn);
		attrs_begin(b);
		put_usual_attrs(b, 2, paths[p], kp_peers[p].addr);
		attrs_end(b);
		mrt_end_record(b);
	}
}

static const struct {
	const char *name;
	void (*build)(struct build *);
} kp_files[] = {
	{"kp-rib", build_kp_rib},
	{"kp-updates", build_kp_updates},
	{"kp-as2", build_kp_as2},
	{"kp-table-dump", build_kp_table_dump},
};

#endif
