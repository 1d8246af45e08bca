/* links: source/mrt source/mrt_record source/mrt_update source/mrt_path source/mrt_line core/prefix base/strbuf base/err base/text base/mem */
/* MRT records as lines: the fixtures, which are made here and whose lines bgpdump 1.6.2 prints too, and the corners of
 * the form.
 *
 * UPDATE_GOLDEN=1 writes tests/fixtures/mrt anew; read the diff like code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "mrt_count.h"
#include "mrt_kp.h"

static const char *fixture(char path[512], const char *name, const char *ending)
{
	const char *tests = getenv("LANDLINE_TESTS");

	snprintf(path, 512, "%s/fixtures/mrt/%s%s", tests ? tests : "tests", name, ending);
	return path;
}

static void read_file(const char *path, struct strbuf *out)
{
	char buf[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	strbuf_init(out, 1 << 20);
	if (!f)
		fail_msg("no %s", path);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		strbuf_add(out, buf, n);
	fclose(f);
}

static void write_file(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
		fail_msg("cannot write %s", path);
}

static void test_fixtures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kp_files); i++) {
		struct build b = {0};
		struct strbuf lines, bytes, want;
		struct count c;
		char path[512];

		kp_files[i].build(&b);
		strbuf_init(&lines, 1 << 20);
		assert_int_equal(count_bytes(&c, b.bytes, b.len, 0, &lines, false), 0);
		assert_int_equal(c.kinds[MRT_BROKEN], 0);
		if (getenv("UPDATE_GOLDEN") && *getenv("UPDATE_GOLDEN")) {
			write_file(fixture(path, kp_files[i].name, ".mrt"), b.bytes, b.len);
			write_file(fixture(path, kp_files[i].name, ".txt"), lines.text, lines.len);
		}
		read_file(fixture(path, kp_files[i].name, ".mrt"), &bytes);
		read_file(fixture(path, kp_files[i].name, ".txt"), &want);
		if (bytes.len != b.len || memcmp(bytes.text, b.bytes, b.len) != 0)
			fail_msg("%s.mrt is not what mrt_kp.h makes", kp_files[i].name);
		assert_string_equal(lines.text, want.text);
		strbuf_release(&lines);
		strbuf_release(&bytes);
		strbuf_release(&want);
		build_release(&b);
	}
}

/* ---- one announcement a case ---- */

struct piece {
	unsigned code;
	const char *value;
	size_t len;
};
#define PIECE(code, text)                                                                                              \
	{                                                                                                              \
		code, text, sizeof(text) - 1                                                                           \
	}

struct update_case {
	const char *what;
	unsigned type, subtype;
	struct piece
		pieces[6]; /* ORIGIN IGP, AS_PATH 1 and NEXT_HOP 192.0.2.9 come before, if NEXT_HOP is not among them */
	const char *nlri;  /* behind the attributes; NULL: none */
	const char *want;
};

static const struct update_case update_cases[] = {
	{"usual",
	 16,
	 4,
	 {{0}},
	 "175.45.176.0/24",
	 "BGP4MP|7|A|192.0.2.1|3333|175.45.176.0/24|1|IGP|192.0.2.9|0|0||NAG||\n"},
	{"sent by the collector",
	 16,
	 7,
	 {{0}},
	 "175.45.176.0/24",
	 "BGP4MP_LOCAL|7|A|192.0.2.1|3333|175.45.176.0/24|1|IGP|192.0.2.9|0|0||NAG||\n"},
	{"sent by the collector, ADDPATH",
	 17,
	 11,
	 {{0}},
	 "175.45.176.0/24",
	 "BGP4MP_ET_LOCAL_AP|7.000042|A|192.0.2.1|3333|175.45.176.0/24|9|1|IGP|192.0.2.9|0|0||NAG||\n"},
	{"ADDPATH",
	 16,
	 9,
	 {{0}},
	 "175.45.176.0/24",
	 "BGP4MP_AP|7|A|192.0.2.1|3333|175.45.176.0/24|9|1|IGP|192.0.2.9|0|0||NAG||\n"},
	{"an AS set and one after it",
	 16,
	 4,
	 {PIECE(2, "\2\1\0\0\0\2\1\2\0\0\0\3\0\0\0\4\2\1\0\0\0\5")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|2 {3,4} 5|IGP|192.0.2.9|0|0||NAG||\n"},
	{"confederations",
	 16,
	 4,
	 {PIECE(2, "\3\2\0\0\xff\xf0\0\0\xff\xf1\4\1\0\0\xff\xf2\2\1\0\0\0\5")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|(65520 65521) [65522] 5|IGP|192.0.2.9|0|0||NAG||\n"},
	{"an empty path",
	 16,
	 4,
	 {PIECE(2, "")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8||IGP|192.0.2.9|0|0||NAG||\n"},
	{"the greatest numbers",
	 16,
	 4,
	 {PIECE(4, "\xff\xff\xff\xff"), PIECE(5, "\x80\0\0\0"), PIECE(2, "\2\1\xff\xff\xff\xff"),
	  PIECE(7, "\xff\xff\xff\xfe\1\2\3\4")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|4294967295|IGP|192.0.2.9|2147483648|4294967295||NAG|4294967294 "
	 "1.2.3.4|\n"},
	{"communities with names",
	 16,
	 4,
	 {PIECE(8, "\xff\xff\xff\1\xff\xff\xff\2\xff\xff\xff\3\xff\xff\xff\4")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|1|IGP|192.0.2.9|0|0|no-export no-advertise local-AS "
	 "65535:65284|NAG||\n"},
	{"an origin nobody knows",
	 16,
	 4,
	 {PIECE(1, "\7")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|1|INCOMPLETE|192.0.2.9|0|0||NAG||\n"},
	{"an attribute twice: the first counts",
	 16,
	 4,
	 {PIECE(4, "\0\0\0\1"), PIECE(4, "\0\0\0\2")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|1|IGP|192.0.2.9|0|1||NAG||\n"},
	{"a malformed aggregator is none (RFC 7606)",
	 16,
	 4,
	 {PIECE(7, "\1\2\3")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|1|IGP|192.0.2.9|0|0||NAG||\n"},
	{"IPv6 in MP_REACH_NLRI, two next hops",
	 16,
	 4,
	 {PIECE(14, "\0\2\1\x20\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x30\x20\1"
		    "\x0d\xb8\0\1")},
	 NULL,
	 "BGP4MP|7|A|192.0.2.1|3333|2001:db8:1::/48|1|IGP|2001:db8::1|0|0||NAG||\n"},
	{"a single zero group is shortened",
	 16,
	 4,
	 {PIECE(14, "\0\2\1\x10\x20\1\x07\xf8\0\x30\0\0\0\2\0\1\0\0\x84\x47\0\x30\x20\1\x0d\xb8\0\1")},
	 NULL,
	 "BGP4MP|7|A|192.0.2.1|3333|2001:db8:1::/48|1|IGP|2001:7f8:30::2:1:0:8447|0|0||NAG||\n"},
	{"IPv4 addresses in IPv6 ones",
	 16,
	 4,
	 {PIECE(14, "\0\2\1\x10\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\1\0\x80\0\0\0\0\0\0\0\0\0\0\0\0\xc0\0\2\2\0")},
	 NULL,
	 "BGP4MP|7|A|192.0.2.1|3333|::192.0.2.2/128|1|IGP|::ffff:192.0.2.1|0|0||NAG||\n"
	 "BGP4MP|7|A|192.0.2.1|3333|::/0|1|IGP|::ffff:192.0.2.1|0|0||NAG||\n"},
	{"NLRI before MP_REACH_NLRI, each with its next hop",
	 16,
	 4,
	 {PIECE(14, "\0\1\1\4\xc0\0\2\7\0\x18\xaf\x2d\xb0")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|1|IGP|192.0.2.9|0|0||NAG||\n"
	 "BGP4MP|7|A|192.0.2.1|3333|175.45.176.0/24|1|IGP|192.0.2.7|0|0||NAG||\n"},
	{"IPv4 by an IPv6 next hop (RFC 8950)",
	 16,
	 4,
	 {PIECE(14, "\0\1\1\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x18\xaf\x2d\xb0")},
	 NULL,
	 "BGP4MP|7|A|192.0.2.1|3333|175.45.176.0/24|1|IGP|2001:db8::1|0|0||NAG||\n"},
	{"MP_UNREACH_NLRI",
	 16,
	 4,
	 {PIECE(15, "\0\2\1\x20\x20\1\x0d\xb8")},
	 NULL,
	 "BGP4MP|7|W|192.0.2.1|3333|2001:db8::/32\n"},
	{"another family is stepped over",
	 16,
	 4,
	 {PIECE(15, "\0\1\x80\x70\1\2\3"), PIECE(14, "\x40\4\x47\0\0")},
	 NULL,
	 ""},
	{"the longer AS4_PATH is not believed",
	 16,
	 1,
	 {PIECE(2, "\2\1\x5b\xa0"), PIECE(17, "\2\2\0\1\0\0\0\2\0\0")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|23456|IGP|192.0.2.9|0|0||NAG||\n"},
	{"AS4_PATH behind a set, which counts as one",
	 16,
	 1,
	 {PIECE(2, "\1\2\0\1\0\2\2\2\x5b\xa0\x5b\xa0"), PIECE(17, "\2\2\0\1\0\0\0\2\0\0")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|{1,2} 65536 131072|IGP|192.0.2.9|0|0||NAG||\n"},
	{"a real aggregator says the AS4 attributes are stale",
	 16,
	 1,
	 {PIECE(2, "\2\1\x5b\xa0"), PIECE(17, "\2\1\0\1\0\0"), PIECE(7, "\0\x09\1\1\1\1"),
	  PIECE(18, "\0\1\0\0\1\1\1\1")},
	 "10.0.0.0/8",
	 "BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|23456|IGP|192.0.2.9|0|0||NAG|9 1.1.1.1|\n"},
	{"type 5 lacks a bar",
	 5,
	 1,
	 {{0}},
	 "10.0.0.0/8",
	 "BGP|7|A|192.0.2.1|3333|10.0.0.0/8|1|IGP|192.0.2.9|0|0|NAG||\n"},
	{"type 5 with communities",
	 5,
	 1,
	 {PIECE(8, "\0\1\0\2")},
	 "10.0.0.0/8",
	 "BGP|7|A|192.0.2.1|3333|10.0.0.0/8|1|IGP|192.0.2.9|0|0|1:2|NAG||\n"},
};

static bool has_piece(const struct update_case *c, unsigned code)
{
	for (size_t i = 0; i < ARRAY_LEN(c->pieces); i++)
		if (c->pieces[i].code == code)
			return true;
	return false;
}

static void build_update(struct build *b, const struct update_case *c)
{
	unsigned asn_size = c->type == MRT_BGP || c->subtype == 1 ? 2 : 4;
	bool addpath = c->type != MRT_BGP && c->subtype >= 8;
	bool mp_only = !c->nlri && has_piece(c, MRT_MP_REACH);

	mrt_begin(b, 7, c->type, c->subtype);
	if (c->type == MRT_BGP4MP_ET)
		put32(b, 42);
	if (c->type == MRT_BGP) {
		put16(b, 3333);
		put_address(b, "192.0.2.1");
		put16(b, 12654);
		put_address(b, "193.0.4.28");
	} else {
		put_session(b, asn_size, 3333, "192.0.2.1");
		bgp_begin(b, 2);
	}
	put16(b, 0);
	attrs_begin(b);
	if (!has_piece(c, MRT_ORIGIN))
		put_attr(b, MRT_ORIGIN, "\0", 1);
	if (!has_piece(c, MRT_AS_PATH))
		put_attr(b, MRT_AS_PATH, asn_size == 4 ? "\2\1\0\0\0\1" : "\2\1\0\1", 2 + asn_size);
	if (!mp_only)
		put_attr(b, MRT_NEXT_HOP, "\xc0\0\2\x09", 4);
	for (size_t i = 0; i < ARRAY_LEN(c->pieces) && c->pieces[i].code; i++)
		put_attr(b, c->pieces[i].code, c->pieces[i].value, c->pieces[i].len);
	attrs_end(b);
	if (c->nlri && addpath)
		put32(b, 9);
	if (c->nlri)
		put_nlri(b, c->nlri);
	if (c->type == MRT_BGP)
		mrt_end_record(b);
	else
		bgp_end(b);
}

static void test_updates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(update_cases); i++) {
		struct build b = {0};
		struct strbuf lines;
		struct count c;

		build_update(&b, &update_cases[i]);
		strbuf_init(&lines, 1 << 20);
		count_bytes(&c, b.bytes, b.len, 0, &lines, false);
		if (strcmp(lines.text, update_cases[i].want) != 0)
			fail_msg("%s:\n%swanted:\n%s%s", update_cases[i].what, lines.text, update_cases[i].want,
				 c.why ? c.why : "");
		if (getenv("MRT_DUMP")) {
			char path[512];
			snprintf(path, sizeof(path), "%s/%02zu.mrt", getenv("MRT_DUMP"), i);
			write_file(path, b.bytes, b.len);
		}
		strbuf_release(&lines);
		build_release(&b);
	}
}

/* A record that says little and prints much: the buffer is written in parts and stays as it is. */
static void test_much_text(void **state)
{
	static uint32_t path[256];
	struct build b = {0};
	struct count c;

	(void)state;
	for (int i = 0; i < 255; i++)
		path[i] = 4200000000u + (uint32_t)i;
	mrt_begin(&b, 7, MRT_BGP4MP, 4);
	put_session(&b, 4, 3333, "192.0.2.1");
	bgp_begin(&b, 2);
	put16(&b, 0);
	attrs_begin(&b);
	put_usual_attrs(&b, 4, path, "192.0.2.1");
	attrs_end(&b);
	for (int i = 0; i < 20000; i++)
		put_nlri(&b, "10.0.0.0/8");
	bgp_end(&b);
	struct strbuf lines;
	strbuf_init(&lines, 1 << 28);
	count_bytes(&c, b.bytes, b.len, 0, &lines, false);
	assert_int_equal(c.printer.lines, 0); /* released */
	assert_int_equal(c.kinds[MRT_UPDATE], 1);
	assert_int_equal(
		lines.len,
		20000u * (255 * 11 + strlen("BGP4MP|7|A|192.0.2.1|3333|10.0.0.0/8|IGP|192.0.2.1|0|0||NAG||\n")));
	strbuf_release(&lines);
	build_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures),
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_much_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
