/* links: core/prefix base/mem */
/* Prefixes as values: one text form out, many in, and nothing that two readers could read differently. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/prefix.h"

static struct prefix P(const char *text) {
	struct prefix p;

	if (!prefix_parse(text, strlen(text), &p))
		fail_msg("'%s' is no prefix", text);
	return p;
}

static void
prefixes_that_are_taken(void **state)
{
	static const struct {
		const char *what, *in, *out;
	} cases[] = {
		{"IPv4", "175.45.176.0/22", "175.45.176.0/22"},
		{"short", "193/23", "193.0.0.0/23"},
		{"short, two parts", "175.45/16", "175.45.0.0/16"},
		{"host", "8.8.8.8", "8.8.8.8/32"},
		{"default route", "0.0.0.0/0", "0.0.0.0/0"},
		{"host bits are cleared (MRT sample)", "11.13.0.0/13", "11.8.0.0/13"},
		{"all host bits", "255.255.255.255/1", "128.0.0.0/1"},
		{"IPv6", "2a12:3fc6::/48", "2a12:3fc6::/48"},
		{"as RIS writes withdrawals", "2a12:ca42:0:0:0:0:0:0/32", "2a12:ca42::/32"},
		{"upper case", "2A12:CA42::/32", "2a12:ca42::/32"},
		{"leading zeros of a group", "2001:0db8:0000::/48", "2001:db8::/48"},
		{"IPv6 host bits", "2001:db8:ffff::/33", "2001:db8:8000::/33"},
		{"IPv6 default", "::/0", "::/0"},
		{"IPv6 host", "::1", "::1/128"},
		{"mapped", "::ffff:1.2.3.4", "::ffff:1.2.3.4/128"},
		{"quad at the end", "64:ff9b::1.2.3.4/128", "64:ff9b::102:304/128"},
		{"six groups and a quad", "1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a/128"},
		{"gap for one group is not written", "1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8/128"},
		{"gap at the end", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128"},
		{"gap at the start", "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"},
		{"the first of two equal runs", "1:0:0:2:3:0:0:4", "1::2:3:0:0:4/128"},
		{"the longer run", "1:0:0:2:0:0:0:4", "1:0:0:2::4/128"},
	};
	char text[PREFIX_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct prefix p = P(cases[i].in), again;
		if (strcmp(prefix_format(text, &p), cases[i].out) != 0)
			fail_msg("%s: %s", cases[i].what, text);
		assert_true(prefix_parse(text, strlen(text), &again));
		assert_true(prefix_equal(&p, &again));
	}
}

static void texts_that_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"/",
		"/24",
		"x",
		"eor",
		"010.1.1.1",
		"1.02.3.4/24",
		"256.1.1.1",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.4/33",
		"1.2.3.4/",
		"1.2.3.4/024",
		"1.2.3.4/-1",
		"1.2.3.4 ",
		" 1.2.3.4",
		"1..2.3/8",
		"1.2.3./24",
		"193.",
		"-1/8",
		"1.2.3.4/8/8",
		":",
		":::",
		"::1::",
		"1::2::3",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1:2:3:4:5:6:7:8::",
		"::1:2:3:4:5:6:7:8",
		"12345::",
		"g::",
		"1:",
		":1",
		"1::2:",
		"::/129",
		"::1.2.3",
		"::1.2.3.4:5",
		"1.2.3.4::",
		"::ffff:01.2.3.4",
		"1:2:3:4:5:6:7:1.2.3.4",
		"fe80::1%eth0",
		"::1/12x",
		"2001:db8::/3 2",
		"1.2.3.4000000000000000000000000000000000000000000000000000000000000",
	};
	struct prefix p;
	struct addr a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (prefix_parse(bad[i], strlen(bad[i]), &p) || addr_parse(bad[i], strlen(bad[i]), &a))
			fail_msg("'%s' was taken", bad[i]);
	assert_false(addr_parse("1.2.3.0/24", 10, &a));
	assert_false(addr_parse("193", 3, &a));
	/* length, not NUL: the rest of the buffer is somebody else's */
	assert_true(prefix_parse("10.0.0.0/24junk", 11, &p));
	assert_int_equal(p.len, 24);
	assert_true(prefix_parse("10.0.0.0/24junk", 10, &p));
	assert_int_equal(p.len, 2);
}

/* The C library reads and writes the same addresses. */
static void addresses_agree_with_libc(void **state)
{
	uint32_t seed = 7;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		struct addr a = {.family = round % 2 ? 6 : 4}, back;
		char ours[PREFIX_TEXT_MAX], theirs[64];
		for (int i = 0; i < (a.family == 4 ? 4 : 16); i++) {
			seed = seed * 1103515245u + 12345u;
			a.bytes[i] = seed >> 28 < 9 ? 0 : (uint8_t)(seed >> 16);
		}
		addr_format(ours, &a);
		assert_true(addr_parse(ours, strlen(ours), &back));
		assert_true(addr_equal(&a, &back));
		assert_non_null(inet_ntop(a.family == 4 ? AF_INET : AF_INET6, a.bytes, theirs, sizeof(theirs)));
		/* libc still writes the deprecated ::1.2.3.4 form; RFC 5952 does not */
		if (strchr(theirs, '.') && a.family == 6)
			continue;
		if (strcmp(ours, theirs) != 0)
			fail_msg("%s, libc %s", ours, theirs);
	}
}

static void covering(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} cases[] = {
		{"175.45.176.0/22", "175.45.177.0/24", true},
		{"175.45.176.0/22", "175.45.176.0/22", true},
		{"175.45.177.0/24", "175.45.176.0/22", false},
		{"175.45.176.0/22", "175.45.180.0/24", false},
		{"0.0.0.0/0", "1.2.3.4/32", true},
		{"0.0.0.0/0", "::/0", false},
		{"2001:db8::/33", "2001:db8:7fff::/48", true},
		{"2001:db8::/33", "2001:db8:8000::/48", false},
		{"::/0", "2001::/16", true},
		{"1.2.3.4/32", "1.2.3.5/32", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct prefix outer = P(cases[i].outer), inner = P(cases[i].inner);
		if (prefix_covers(&outer, &inner) != cases[i].covers)
			fail_msg("%s %s", cases[i].outer, cases[i].inner);
	}
	struct addr a;
	struct prefix p = P("175.45.176.0/22"), other = P("175.45.180.0/22");
	assert_true(addr_parse("175.45.178.91", 13, &a));
	assert_true(prefix_has_addr(&p, &a));
	assert_false(prefix_has_addr(&other, &a));
}

static void order_hash_and_size(void **state)
{
	static const char *const sorted[] = {"1.0.0.0/8", "1.0.0.0/16",    "1.1.0.0/16",   "175.45.176.0/24",
					     "::/0",      "2001:db8::/32", "2001:db8::/48"};
	static const struct {
		const char *text;
		double space;
		bool countable;
	} sizes[] = {
		{"175.45.176.0/22", 4, true},   {"175.45.176.0/24", 1, true},       {"1.2.3.128/25", 0.5, false},
		{"0.0.0.0/0", 16777216, false}, {"2001:db8::/32", 65536, true},     {"2001:db8::/48", 1, true},
		{"2001:db8::/49", 0.5, false},  {"::/0", 281474976710656.0, false}, {"10.0.0.0/1", 8388608, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sorted); i++) {
		for (size_t j = 0; j < ARRAY_LEN(sorted); j++) {
			struct prefix a = P(sorted[i]), b = P(sorted[j]);
			int order = prefix_cmp(&a, &b);
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
			assert_int_equal(prefix_equal(&a, &b), i == j);
			assert_int_equal(prefix_hash(&a) == prefix_hash(&b), i == j);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct prefix p = P(sizes[i].text);
		if (prefix_space(&p) != sizes[i].space || prefix_is_countable(&p) != sizes[i].countable)
			fail_msg("%s: %g", sizes[i].text, prefix_space(&p));
	}
}

/* 65,536 neighbouring /24s must not fall on each other: a table uses the low bits. */
static void hash_spreads_neighbours(void **state)
{
	enum { BITS = 17 };
	static uint8_t hits[1 << BITS];
	unsigned worst = 0;

	(void)state;
	for (unsigned i = 0; i < 65536; i++) {
		struct prefix p = {.family = 4, .len = 24, .bytes = {10, (uint8_t)(i >> 8), (uint8_t)i}};
		unsigned slot = prefix_hash(&p) & ((1u << BITS) - 1);
		if (++hits[slot] > worst)
			worst = hits[slot];
	}
	assert_in_range(worst, 1, 9);
}

static void ranges_become_prefixes(void **state)
{
	static const struct {
		const char *what;
		uint32_t first, last;
		const char *want;
	} cases[] = {
		{"a /22", 0xAF2DB000, 0xAF2DB3FF, "175.45.176.0/22"},
		{"768 addresses", 0x17800100, 0x178003FF, "23.128.1.0/24 23.128.2.0/23"},
		{"one", 1, 1, "0.0.0.1/32"},
		{"everything", 0, UINT32_MAX, "0.0.0.0/0"},
		{"the end", 0xFFFFFFFE, UINT32_MAX, "255.255.255.254/31"},
		{"backwards", 2, 1, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct prefix out[62];
		char text[PREFIX_TEXT_MAX], all[256] = "";
		size_t n = prefix_from_range(cases[i].first, cases[i].last, out);
		for (size_t j = 0; j < n; j++) {
			if (j)
				strncat(all, " ", sizeof(all) - strlen(all) - 1);
			strncat(all, prefix_format(text, &out[j]), sizeof(all) - strlen(all) - 1);
		}
		if (strcmp(all, cases[i].want) != 0)
			fail_msg("%s: %s", cases[i].what, all);
	}
	struct prefix worst[62];
	assert_int_equal(prefix_from_range(1, UINT32_MAX - 1, worst), 62);
}

static void lists_become_the_fewest(void **state)
{
	static const struct {
		const char *what;
		const char *in[6];
		const char *want[4];
	} cases[] = {
		{"nothing", {NULL}, {NULL}},
		{"doubles", {"1.0.0.0/24", "1.0.0.0/24"}, {"1.0.0.0/24"}},
		{"covered", {"1.0.0.0/25", "1.0.0.0/24"}, {"1.0.0.0/24"}},
		{"halves", {"1.0.1.0/24", "1.0.0.0/24"}, {"1.0.0.0/23"}},
		{"neighbours that are not halves", {"1.0.1.0/24", "1.0.2.0/24"}, {"1.0.1.0/24", "1.0.2.0/24"}},
		{"joins that join",
		 {"175.45.179.0/24", "175.45.176.0/24", "175.45.178.0/24", "175.45.177.0/24"},
		 {"175.45.176.0/22"}},
		{"families apart", {"::/1", "0.0.0.0/1"}, {"0.0.0.0/1", "::/1"}},
		{"everything", {"8000::/1", "::/1", "2001::/16"}, {"::/0"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct prefix list[6];
		size_t n = 0, want = 0;
		while (n < 6 && cases[i].in[n]) {
			list[n] = P(cases[i].in[n]);
			n++;
		}
		n = prefix_aggregate(list, n);
		for (; want < 4 && cases[i].want[want]; want++) {
			struct prefix p = P(cases[i].want[want]);
			if (want >= n || !prefix_equal(&p, &list[want]))
				fail_msg("%s: %s is missing", cases[i].what, cases[i].want[want]);
		}
		if (n != want)
			fail_msg("%s: %zu prefixes", cases[i].what, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prefixes_that_are_taken),   cmocka_unit_test(texts_that_are_refused),
		cmocka_unit_test(addresses_agree_with_libc), cmocka_unit_test(covering),
		cmocka_unit_test(order_hash_and_size),       cmocka_unit_test(hash_spreads_neighbours),
		cmocka_unit_test(ranges_become_prefixes),    cmocka_unit_test(lists_become_the_fewest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
