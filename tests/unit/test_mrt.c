/* links: source/mrt source/mrt_record source/mrt_update source/mrt_path source/mrt_line core/prefix base/strbuf base/err base/text base/mem */
/* The stream of MRT records: chunk edges, cuts, damage and what it costs, refusal, finding the way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "mrt_count.h"
#include "mrt_kp.h"

static void build_all(struct build *b)
{
	for (size_t i = 0; i < ARRAY_LEN(kp_files); i++)
		kp_files[i].build(b);
}

/* Ends of the records of a sound stream; returns how many. */
static size_t record_ends(const struct build *b, size_t ends[64])
{
	size_t n = 0, at = 0;

	while (at < b->len) {
		const uint8_t *h = b->bytes + at;
		at += 12u + ((size_t)h[8] << 24 | (size_t)h[9] << 16 | (size_t)h[10] << 8 | h[11]);
		ends[n++] = at;
	}
	return n;
}

static void test_chunks(void **state)
{
	static const size_t steps[] = {1, 2, 3, 5, 11, 12, 13, 64, 100, 1000};
	struct build b = {0};
	struct count whole, c;
	size_t ends[64];

	(void)state;
	build_all(&b);
	assert_int_equal(count_bytes(&whole, b.bytes, b.len, 0, NULL, false), 0);
	assert_int_equal(whole.records, record_ends(&b, ends));
	assert_int_equal(whole.kinds[MRT_BROKEN], 0);
	assert_int_equal(whole.kinds[MRT_PEERS], 1);
	assert_int_equal(whole.kinds[MRT_RIB], 12);
	assert_int_equal(whole.kinds[MRT_UPDATE], 7);
	assert_int_equal(whole.kinds[MRT_STATE], 2);
	assert_int_equal(whole.kinds[MRT_MESSAGE], 1);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		assert_int_equal(count_bytes(&c, b.bytes, b.len, steps[i], NULL, false), 0);
		assert_int_equal(c.records, whole.records);
		assert_true(c.hash == whole.hash);
	}
	build_release(&b);
}

static void test_cut_everywhere(void **state)
{
	struct build b = {0};
	struct count c;
	size_t ends[64];

	(void)state;
	build_all(&b);
	size_t count = record_ends(&b, ends);
	for (size_t cut = 0; cut <= b.len; cut++) {
		size_t whole = 0, begin = 0;
		while (whole < count && ends[whole] <= cut)
			begin = ends[whole++];
		uint8_t *copy = xmalloc(cut ? cut : 1); /* of the exact size: a read past the end is seen */
		memcpy(copy, b.bytes, cut);
		assert_int_equal(count_bytes(&c, copy, cut, 0, NULL, false), 0);
		free(copy);
		assert_int_equal(c.records, whole + (cut > begin));
		assert_int_equal(c.kinds[MRT_BROKEN], cut > begin);
		if (cut > begin) {
			assert_string_equal(c.why, "cut short by the end of the file");
			assert_int_equal(c.number, whole + 1);
			assert_int_equal(c.offset, begin);
		}
	}
	build_release(&b);
}

static void test_flips_everywhere(void **state)
{
	struct build b = {0};
	struct count c;
	size_t ends[64];
	uint64_t found = 0;

	(void)state;
	build_all(&b);
	size_t count = record_ends(&b, ends);
	for (size_t at = 0; at < b.len; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t *copy = xmalloc(b.len);
			memcpy(copy, b.bytes, b.len);
			copy[at] ^= (uint8_t)(1u << bit);
			int code = count_bytes(&c, copy, b.len, bit ? 50 : 0, NULL, bit & 1);
			free(copy);
			if (code < 0 && at >= 12)
				fail_msg("bit %u of byte %zu: the whole stream was refused", bit, at);
			/* a length grown by a flip swallows records, but it never makes many */
			assert_true(c.records <= count + 1);
			found += c.kinds[MRT_BROKEN] > 0;
		}
	}
	assert_true(found > b.len); /* the test would see a decoder that takes anything */
	build_release(&b);
}

/* ---- damage ---- */

struct broken_case {
	const char *what;
	unsigned type, subtype;
	const char *body;
	size_t len;
	const char *why; /* NULL: it is stepped over */
};
#define BODY(text) text, sizeof(text) - 1
#define SESSION    "\0\0\x0d\5\0\0\x31\x6e\0\0\0\1\xc0\0\2\1\xc1\0\4\x1c"
#define FF4        "\xff\xff\xff\xff"
#define MARKER     FF4 FF4 FF4 FF4

static const struct broken_case broken_cases[] = {
	{"nothing", 16, 4, BODY(""), "the session is cut short"},
	{"a session of family 3", 16, 4, BODY("\0\0\x0d\5\0\0\x31\x6e\0\0\0\3\0\0"),
	 "an unknown address family of the session"},
	{"an address cut short", 16, 4, BODY("\0\0\x0d\5\0\0\x31\x6e\0\0\0\1\xc0\0"), "the session is cut short"},
	{"a state change cut short", 16, 5, BODY(SESSION "\0\6\0"), "a state change is cut short"},
	{"a message without marker", 16, 4, BODY(SESSION "0123456789abcdef\0\x13\4"),
	 "a BGP message without its marker"},
	{"a message shorter than its header", 16, 4, BODY(SESSION MARKER "\0\x12\4"),
	 "a BGP message shorter than its header"},
	{"a message longer than its record", 16, 4, BODY(SESSION MARKER "\0\x14\4"), "a BGP message is cut short"},
	{"withdrawn routes longer than the message", 16, 4, BODY(SESSION MARKER "\0\x17\2\0\1\0\0"),
	 "an UPDATE is cut short"},
	{"attributes longer than the message", 16, 4, BODY(SESSION MARKER "\0\x17\2\0\0\0\1"),
	 "an UPDATE is cut short"},
	{"an attribute longer than the attributes", 16, 4, BODY(SESSION MARKER "\0\x1a\2\0\0\0\3\x40\1\1"),
	 "an attribute is cut short"},
	{"an origin of two bytes", 16, 4, BODY(SESSION MARKER "\0\x1c\2\0\0\0\5\x40\1\2\0\0"),
	 "an attribute of the wrong length"},
	{"a path of an unknown segment", 16, 4, BODY(SESSION MARKER "\0\x1c\2\0\0\0\5\x40\2\2\5\0"),
	 "a malformed AS_PATH"},
	{"a path longer than its attribute", 16, 4, BODY(SESSION MARKER "\0\x1c\2\0\0\0\5\x40\2\2\2\1"),
	 "a malformed AS_PATH"},
	{"half a community", 16, 4, BODY(SESSION MARKER "\0\x1c\2\0\0\0\5\xc0\x08\2\0\0"),
	 "a malformed COMMUNITIES attribute"},
	{"an IPv4 prefix of 33 bits", 16, 4, BODY(SESSION MARKER "\0\x1d\2\0\6\x21\1\2\3\4\5\0\0"),
	 "a prefix longer than its family's addresses"},
	{"an IPv6 prefix of 129 bits", 16, 4, BODY(SESSION MARKER "\0\x1e\2\0\0\0\7\x80\x0f\4\0\2\1\x81"),
	 "a prefix longer than its family's addresses"},
	{"a next hop longer than its attribute", 16, 4,
	 BODY(SESSION MARKER "\0\x1f\2\0\0\0\x08\x80\x0e\5\0\2\1\x10\x20"), "a next hop is cut short"},
	{"MP_REACH_NLRI without a family", 16, 4, BODY(SESSION MARKER "\0\x1b\2\0\0\0\4\x80\x0e\1\0"),
	 "MP_REACH_NLRI is cut short"},
	{"MP_UNREACH_NLRI without a family", 16, 4, BODY(SESSION MARKER "\0\x1b\2\0\0\0\4\x80\x0f\1\0"),
	 "MP_UNREACH_NLRI is cut short"},
	{"MP_UNREACH_NLRI twice", 16, 4, BODY(SESSION MARKER "\0\x23\2\0\0\0\x0c\x80\x0f\3\0\2\1\x80\x0f\3\0\2\1"),
	 "two MP_REACH_NLRI or MP_UNREACH_NLRI"},
	{"type 5 cut short", 5, 1, BODY("\x0d\5\xc0\0\2\1"), "the session is cut short"},
	{"a type 5 state change cut short", 5, 3, BODY("\x0d\5\xc0\0\2\1\0\3"), "a state change is cut short"},
	{"TABLE_DUMP cut short", 12, 1, BODY("\0\0\0\0\xaf\x2d\xb0\0\x18"), "a table entry is cut short"},
	{"TABLE_DUMP of 40 bits", 12, 1, BODY("\0\0\0\0\xaf\x2d\xb0\0\x28\1\0\0\0\0\xc0\0\2\1\x0d\5\0\0"),
	 "a prefix longer than its family's addresses"},
	{"more peers than there are bytes", 13, 1, BODY("\1\2\3\4\0\0\xff\xff\2\0\0\0\1\xc0\0\2\1\0\0\x0d\5"),
	 "the peer index table is cut short"},
	{"a view name longer than the record", 13, 1, BODY("\1\2\3\4\0\x09\0\0"), "the peer index table is cut short"},
	{"a table record cut short", 13, 2, BODY("\0\0\0\1\x18\xaf\x2d\xb0\0"), "a table record is cut short"},
	{"a peer that is not in the table", 13, 2, BODY("\0\0\0\1\x18\xaf\x2d\xb0\0\1\0\3\0\0\0\0\0\0"),
	 "a peer that is not in the peer index table"},
	{"an entry cut short", 13, 2, BODY("\0\0\0\1\x18\xaf\x2d\xb0\0\2\0\0\0\0\0\0\0\0\0\1"),
	 "a table entry is cut short"},
	{"more entries than there are bytes", 13, 2, BODY("\0\0\0\1\x18\xaf\x2d\xb0\xff\xff"),
	 "a table entry is cut short"},
	{"a multicast table", 13, 3, BODY("\1\2\3"), NULL},
	{"a generic table", 13, 6, BODY("\1\2\3"), NULL},
	{"a subtype nobody knows", 16, 77, BODY("\1\2\3"), NULL},
	{"a snapshot of Zebra", 16, 3, BODY("\1\2\3"), NULL},
	{"OSPF", 11, 0, BODY("\1\2\3"), NULL},
};

/* A peer table, the broken record, a sound one: exactly the one is lost. */
static void test_costs_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken_cases); i++) {
		const struct broken_case *k = &broken_cases[i];
		struct build b = {0};
		struct count c;

		build_kp_rib(&b);
		size_t at = b.len;
		mrt_begin(&b, KP_DOWN, k->type, k->subtype);
		put(&b, k->body, k->len);
		mrt_end_record(&b);
		build_kp_as2(&b);
		assert_int_equal(count_bytes(&c, b.bytes, b.len, 0, NULL, false), 0);
		if (c.records != 7 || c.kinds[MRT_RIB] != 4 || c.kinds[MRT_UPDATE] != 1 ||
		    c.kinds[MRT_BROKEN] != (k->why != NULL))
			fail_msg("%s: %d records, %d broken (%s)", k->what, (int)c.records, (int)c.kinds[MRT_BROKEN],
				 c.why ? c.why : "-");
		if (k->why && (strcmp(c.why, k->why) != 0 || c.number != 6 || c.offset != at))
			fail_msg("%s: '%s', record %d", k->what, c.why, (int)c.number);
		build_release(&b);
	}
}

/* Withdrawn are 11.13.0.0/13, with bits set beyond its length, and one byte of two of a /11 (nlri_trailing_bits.gz). */
static void test_last_prefix_cut(void **state)
{
	static const char body[] = SESSION MARKER "\0\x1c\2\0\5\x0d\x0b\x0d\x0b\x0d\0\0";
	struct build b = {0};
	struct strbuf lines;
	struct count c;

	(void)state;
	mrt_begin(&b, 7, 16, 4);
	put(&b, body, sizeof(body) - 1);
	mrt_end_record(&b);
	strbuf_init(&lines, 4096);
	count_bytes(&c, b.bytes, b.len, 0, &lines, false);
	assert_int_equal(c.kinds[MRT_UPDATE], 1);
	assert_int_equal(c.odd, 1);
	assert_string_equal(c.why, "the last prefix is cut short");
	assert_string_equal(lines.text, "BGP4MP|7|W|192.0.2.1|3333|11.8.0.0/13\n");
	strbuf_release(&lines);
	build_release(&b);
}

static void test_table_without_peers(void **state)
{
	struct build b = {0};
	struct count c;

	(void)state;
	mrt_begin(&b, 7, 13, 2);
	put(&b, "\0\0\0\1\x18\xaf\x2d\xb0\0\1\0\0\0\0\0\0\0\0", 18);
	mrt_end_record(&b);
	count_bytes(&c, b.bytes, b.len, 0, NULL, false);
	assert_int_equal(c.kinds[MRT_BROKEN], 1);
	assert_string_equal(c.why, "a table record without a peer index table before it");
	build_release(&b);
}

/* ---- lost and found ---- */

static void test_finds_the_way_back(void **state)
{
	static const uint32_t lengths[] = {MRT_RECORD_MAX + 1, UINT32_MAX, 3, 0};
	size_t ends[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		for (size_t step = 0; step < 40; step += 13) {
			struct build b = {0};
			struct count whole, c;
			build_kp_updates(&b);
			record_ends(&b, ends);
			count_bytes(&whole, b.bytes, b.len, 0, NULL, false);
			set16(&b, ends[0] + 8, lengths[i] >> 16);
			set16(&b, ends[0] + 10, lengths[i]);
			count_bytes(&c, b.bytes, b.len, step, NULL, false);
			/* the second record is lost, in one or two pieces; what comes after it is there */
			if (c.kinds[MRT_UPDATE] != whole.kinds[MRT_UPDATE] - 1 || c.kinds[MRT_STATE] != 2 ||
			    c.kinds[MRT_BROKEN] < 1 || c.kinds[MRT_BROKEN] > 2)
				fail_msg("length %u, chunks of %zu: %d updates, %d broken", lengths[i], step,
					 (int)c.kinds[MRT_UPDATE], (int)c.kinds[MRT_BROKEN]);
			build_release(&b);
		}
	}
}

/* A mebibyte of noise in the middle: one broken record, bounded memory, the rest is found. */
static void test_noise(void **state)
{
	struct build b = {0};
	struct count c;
	uint32_t seed = 1;

	(void)state;
	build_kp_updates(&b);
	for (int i = 0; i < 1 << 18; i++) {
		seed = seed * 1664525 + 1013904223;
		put32(&b, seed | 0x80000080);
	}
	build_kp_as2(&b);
	count_bytes(&c, b.bytes, b.len, 4000, NULL, false);
	assert_int_equal(c.kinds[MRT_UPDATE], 7);
	assert_int_equal(c.kinds[MRT_BROKEN], 1);
	assert_string_equal(c.why, "no MRT header here");
	build_release(&b);
}

static void nothing(const struct mrt_record *rec, void *arg)
{
	(void)rec;
	(*(int *)arg)++;
}

static void test_refuses_what_is_no_mrt(void **state)
{
	static const char page[] = "<!DOCTYPE html><html><head><title>404 Not Found</title></head></html>";
	struct mrt_reader *r = mrt_reader_new();
	struct err e = {0};
	int given = 0;

	(void)state;
	assert_int_equal(mrt_feed(r, page, 5, nothing, &given, &e), 0);
	assert_int_equal(mrt_feed(r, page + 5, sizeof(page) - 6, nothing, &given, &e), ERR_PARSE);
	assert_non_null(strstr(e.msg, "not MRT"));
	assert_int_equal(mrt_feed(r, page, 5, nothing, &given, &e), ERR_PARSE);
	mrt_end(r, nothing, &given);
	assert_int_equal(given, 0);
	mrt_reader_free(r);
	mrt_reader_free(NULL);
}

/* ---- choices ---- */

static bool is_second(const struct prefix *p, void *arg)
{
	struct prefix want;

	(void)arg;
	return prefix_parse(kp_nets[1], strlen(kp_nets[1]), &want) && prefix_equal(p, &want);
}

static void test_keep(void **state)
{
	struct build b = {0};
	struct count c = {0};
	struct mrt_reader *r = mrt_reader_new();

	(void)state;
	build_all(&b);
	mrt_printer_init(&c.printer, count_text, &c);
	mrt_reader_keep(r, is_second, NULL);
	assert_int_equal(mrt_feed(r, b.bytes, b.len, count_record, &c, NULL), 0);
	assert_int_equal(c.kinds[MRT_RIB], 3); /* one of TABLE_DUMP_V2, two of TABLE_DUMP */
	assert_int_equal(c.kinds[MRT_SKIPPED], 9);
	assert_int_equal(c.kinds[MRT_UPDATE], 7); /* not chosen here: a message is small */
	mrt_printer_release(&c.printer);
	mrt_reader_free(r);
	build_release(&b);
}

/* Seen at RouteViews in 2022: path identifier 720 before 64.17.246.0/23, in a record that is no ADDPATH kind. */
static void test_guess_addpath(void **state)
{
	static const struct {
		const char *what, *nlri;
		size_t len;
		const char *plain, *guessed;
	} cases[] = {
		{"a hidden path identifier", BODY("\0\0\2\xd0\x17\x40\x11\xf6"),
		 "0.0.0.0/0 0.0.0.0/0 192.0.0.0/2 64.17.246.0/23", "64.17.246.0/23"},
		{"one that reads as a prefix of 34 bits", BODY("\0\0\0\x22\x17\x40\x11\xf6"), "", "64.17.246.0/23"},
		{"a default route", BODY("\0"), "0.0.0.0/0", "0.0.0.0/0"},
		{"prefixes that are what they seem", BODY("\x17\x40\x11\xf6\x08\x0a"), "64.17.246.0/23 10.0.0.0/8",
		 "64.17.246.0/23 10.0.0.0/8"},
		{"two default routes that are no ADDPATH either", BODY("\0\0"), "0.0.0.0/0 0.0.0.0/0",
		 "0.0.0.0/0 0.0.0.0/0"},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		struct build b = {0};
		struct strbuf lines, seen;
		struct count c;
		const char *want = i % 2 ? cases[i / 2].guessed : cases[i / 2].plain;

		mrt_begin(&b, 7, 16, 4);
		put_session(&b, 4, 3333, "192.0.2.1");
		bgp_begin(&b, 2);
		put16(&b, (unsigned)cases[i / 2].len);
		put(&b, cases[i / 2].nlri, cases[i / 2].len);
		put16(&b, 0);
		bgp_end(&b);
		strbuf_init(&lines, 4096);
		strbuf_init(&seen, 4096);
		count_bytes(&c, b.bytes, b.len, 0, &lines, i % 2);
		for (const char *p = lines.text; *p; p = strchr(p, '\n') + 1) { /* the sixth field */
			const char *field = p;
			for (int bars = 0; bars < 5; bars++)
				field = strchr(field, '|') + 1;
			strbuf_addf(&seen, "%s%.*s", seen.len ? " " : "", (int)strcspn(field, "|\n"), field);
		}
		if (strcmp(seen.text, want) != 0)
			fail_msg("%s%s: '%s', wanted '%s'", cases[i / 2].what, i % 2 ? ", guessing" : "", seen.text,
				 want);
		strbuf_release(&lines);
		strbuf_release(&seen);
		build_release(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_flips_everywhere),
		cmocka_unit_test(test_costs_itself),
		cmocka_unit_test(test_last_prefix_cut),
		cmocka_unit_test(test_table_without_peers),
		cmocka_unit_test(test_finds_the_way_back),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_refuses_what_is_no_mrt),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_guess_addpath),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
