/* A made-up archive in the shape of shared/samples/synthetic-kp-20141222: three collectors of 14 peers, the table dumps
 * of 16:00, and all update files from there to 02:30, so that nothing is missing. All four networks leave at 16:15:00
 * and come back at 01:46:00; one session is reset, a background prefix is lost by a few, beats come every 10 s. */
#ifndef LANDLINE_TESTS_ARCHIVE_WORLD_H
#define LANDLINE_TESTS_ARCHIVE_WORLD_H

#include <stdio.h>

#include "mrt_build.h"

enum {
	AW_BASE = 1419264000, /* 2014-12-22T16:00:00Z */
	AW_DOWN = AW_BASE + 900,
	AW_UP = AW_BASE + 35160,
	AW_END = AW_BASE + 37800,
	AW_STEP = 300,
	AW_PEERS = 14, /* of each collector */
	AW_COLLECTORS = 3,
	AW_BACKGROUND = 24,
};

static const char *const aw_collectors[AW_COLLECTORS] = {"rrc00", "rrc01", "rrc03"};
static const char *const aw_nets[4] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24", "175.45.179.0/24"};
static const char aw_resources[] = "{\"messages\":[],\"version\":\"0.2\",\"data_call_name\":\"country-resource-list\","
				   "\"data_call_status\":\"supported\",\"status\":\"ok\","
				   "\"status_code\":200,\"time\":\"2014-12-22T16:00:00\",\"data\":{\"query_time\":"
				   "\"2014-12-22T00:00:00\",\"resources\":{\"asn\":[\"131279\"],"
				   "\"ipv4\":[\"175.45.176.0/22\"],\"ipv6\":[]}}}";

static inline char *aw_addr(char dst[24], unsigned c, unsigned p)
{
	snprintf(dst, 24, "198.51.100.%u", c * AW_PEERS + p + 1);
	return dst;
}

static inline uint32_t aw_asn(unsigned c, unsigned p)
{
	return 64512 + c * AW_PEERS + p;
}

static inline void aw_background(char dst[24], unsigned n)
{
	snprintf(dst, 24, "198.18.%u.0/24", n);
}

/* When peer p of collector c has changed: the 22nd of 42 at exactly `cross` on the way down, the 21st on the way up. */
static inline double aw_when(unsigned c, unsigned p, bool up)
{
	int rank = (int)(p * AW_COLLECTORS + c);
	return up ? AW_UP + (rank - 20) * 0.9 : AW_DOWN + (rank - 21) * 1.5;
}

static inline bool aw_up(unsigned c, unsigned p, double t)
{
	return t < aw_when(c, p, false) || t >= aw_when(c, p, true);
}

static inline void aw_row(struct build *b, unsigned c, unsigned p, uint32_t origin)
{
	char addr[24];
	const uint32_t path[] = {aw_asn(c, p), 4837, origin, 0};
	put16(b, p);
	put32(b, AW_BASE - 86400);
	attrs_begin(b);
	put_usual_attrs(b, 4, path, aw_addr(addr, c, p));
	attrs_end(b);
}

static inline void aw_rib(struct build *b, unsigned c, const char *prefix, unsigned number, uint32_t origin, uint32_t t)
{
	unsigned count = 0;
	bool background = origin != 131279;
	for (unsigned p = 0; p < AW_PEERS; p++)
		count += background || aw_up(c, p, t);
	if (!count)
		return;
	mrt_begin(b, t, MRT_TABLE_DUMP_V2, 2);
	put32(b, number);
	put_nlri(b, prefix);
	put16(b, count);
	for (unsigned p = 0; p < AW_PEERS; p++)
		if (background || aw_up(c, p, t))
			aw_row(b, c, p, origin);
	mrt_end_record(b);
}

/* The table dump of the moment t. */
static inline void aw_build_table_at(struct build *b, unsigned c, uint32_t t)
{
	char addr[24];
	mrt_begin(b, t, MRT_TABLE_DUMP_V2, 1);
	put32(b, 1);
	put16(b, 0); /* as RIS writes it: no name */
	put16(b, AW_PEERS);
	for (unsigned p = 0; p < AW_PEERS; p++) {
		put8(b, 2);
		put32(b, p + 1);
		put_address(b, aw_addr(addr, c, p));
		put32(b, aw_asn(c, p));
	}
	mrt_end_record(b);
	for (unsigned n = 0; n < 4; n++)
		aw_rib(b, c, aw_nets[n], n, 131279, t);
	for (unsigned n = 0; n < AW_BACKGROUND; n++) {
		aw_background(addr, n);
		aw_rib(b, c, addr, 4 + n, 64496, t);
	}
}

static inline void aw_build_table(struct build *b, unsigned c)
{
	aw_build_table_at(b, c, AW_BASE);
}

static inline void aw_message(struct build *b, double t, unsigned c, unsigned p, bool up, const char *const *nets,
			      unsigned count, uint32_t origin)
{
	char addr[24];
	const uint32_t path[] = {aw_asn(c, p), 4837, origin, 0};
	mrt_begin(b, (uint32_t)t, MRT_BGP4MP_ET, 4);
	put32(b, (uint32_t)((t - (uint32_t)t) * 1e6));
	put_session(b, 4, aw_asn(c, p), aw_addr(addr, c, p));
	bgp_begin(b, 2);
	size_t len = b->len;
	put16(b, 0);
	for (unsigned n = 0; n < count && !up; n++)
		put_nlri(b, nets[n]);
	set16(b, len, b->len - len - 2);
	if (up) {
		attrs_begin(b);
		put_usual_attrs(b, 4, path, addr);
		attrs_end(b);
		for (unsigned n = 0; n < count; n++)
			put_nlri(b, nets[n]);
	} else {
		put16(b, 0);
	}
	bgp_end(b);
}

static inline void aw_state(struct build *b, uint32_t t, unsigned c, unsigned p, bool up)
{
	char addr[24];
	mrt_begin(b, t, MRT_BGP4MP_ET, 5);
	put32(b, 500000);
	put_session(b, 4, aw_asn(c, p), aw_addr(addr, c, p));
	put16(b, up ? 5 : 6);
	put16(b, up ? 6 : 1);
	mrt_end_record(b);
}

/* The update file that begins at `from`. */
static inline void aw_build_updates(struct build *b, unsigned c, uint32_t from)
{
	char name[24];
	const char *background = name;
	for (uint32_t t = from; t < from + AW_STEP; t++) {
		for (unsigned p = 0; p < AW_PEERS; p++)
			for (int up = 0; up < 2; up++)
				if ((uint32_t)aw_when(c, p, up) == t)
					aw_message(b, aw_when(c, p, up), c, p, up, aw_nets, 4, 131279);
		aw_background(name, t / 10 % AW_BACKGROUND);
		if (t % 10 == c)
			aw_message(b, t + 0.25, c, t / 10 % AW_PEERS, true, &background, 1, 64496);
		if (c == 0 && t == AW_BASE + 300)
			aw_state(b, t, c, 5, false); /* a reset: no withdrawals, then the whole table */
		if (c == 0 && t == AW_BASE + 480) {
			aw_state(b, t, c, 5, true);
			aw_message(b, t + 1, c, 5, true, aw_nets, 4, 131279);
		}
		aw_background(name, 7);
		if (t == AW_BASE + 1200)
			aw_message(b, t, c, 3, false, &background, 1, 64496);
	}
}

static inline bool aw_write(const char *path, const struct build *b)
{
	FILE *f = fopen(path, "wb");
	bool ok = f && fwrite(b->bytes, 1, b->len, f) == b->len;
	return f && fclose(f) == 0 && ok;
}

#endif
