/* links: core/depend core/depend_paths base/mem */
/* Dependence: what the paths of 40 peers say of a network and of a territory. Paths are written as a person writes them;
 * '*' stands for the peer's own AS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/depend.h"

enum { PEERS = 40 };

/* Numbers of text into path; '*' is the peer's AS. */
static size_t path_of(const char *text, uint32_t peer, uint32_t path[16])
{
	size_t n = 0;

	for (const char *s = text; *s && n < 16; s += strcspn(s, " "), s += *s == ' ')
		path[n++] = *s == '*' ? peer : (uint32_t)strtoul(s, NULL, 10);
	return n;
}

/* Sessions [from, to) have the network by that path; session i belongs to peer AS 60000 + i. */
static void say(struct depend *d, int net, int from, int to, const char *text)
{
	uint32_t path[16];

	for (int i = from; i < to; i++) {
		size_t len = path_of(text, 60000 + (uint32_t)i, path);
		depend_path(d, net, i, path, len, true);
	}
}

static bool look(struct depend *d, int net, int from, int to)
{
	struct rib_voter voters[PEERS];

	for (int i = from; i < to; i++)
		voters[i - from] = (struct rib_voter){i, 60000 + (uint32_t)i};
	return depend_look(d, net, voters, (size_t)(to - from));
}

/* ---- one network ---- */

static void test_network(void **state)
{
	static const struct {
		const char *what;
		struct { int to; const char *path; } ways[3]; /* sessions up to `to` */
		uint32_t upstreams[3], carriers[4], single;
	} cases[] = {
		{"one provider behind two transits", {{20, "* 3356 4837 131279"}, {40, "* 174 4837 131279"}}, {4837}, {4837}, 4837},
		{"everybody by one transit too", {{40, "* 3356 4837 131279"}}, {4837}, {4837, 3356}, 4837},
		{"two providers", {{30, "* 3356 4837 131279"}, {40, "* 20485 131279"}}, {4837, 20485}, {0}, 0},
		{"two providers behind one transit", {{20, "* 3356 10 1"}, {40, "* 3356 20 1"}}, {10, 20}, {3356}, 3356},
		{"1 of 40 by another: less than 5%", {{39, "* 4837 131279"}, {40, "* 20485 131279"}}, {4837}, {4837}, 4837},
		{"2 of 40 are 5%: an upstream, but 95% hang on the first",
		 {{38, "* 4837 131279"}, {40, "* 20485 131279"}}, {4837, 20485}, {4837}, 4837},
		{"a path that loops counts its ASes once", {{40, "* 10 20 10 1"}}, {10}, {10, 20}, 10},
		{"peers of the origin itself", {{20, "* 1"}, {40, "* 9 1"}}, {9}, {0}, 9},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct depend *d = depend_new();
		struct depend_net n;
		int from = 0;
		for (size_t k = 0; k < 3 && cases[i].ways[k].to; k++) {
			say(d, 7, from, cases[i].ways[k].to, cases[i].ways[k].path);
			from = cases[i].ways[k].to;
		}
		assert_true(look(d, 7, 0, PEERS));
		assert_true(depend_net(d, 7, &n));
		assert_int_equal(n.votes, PEERS);
		for (size_t k = 0; k < 3 && cases[i].upstreams[k]; k++)
			if (k >= n.upstream_count || n.upstreams[k].asn != cases[i].upstreams[k])
				fail_msg("%s: upstream %zu is not AS%u", cases[i].what, k, cases[i].upstreams[k]);
		for (size_t k = 0; k < 4; k++)
			if ((k < n.carrier_count ? n.carriers[k] : 0) != cases[i].carriers[k])
				fail_msg("%s: carrier %zu is AS%u", cases[i].what, k, n.carriers[k]);
		if (n.single != cases[i].single)
			fail_msg("%s: single AS%u", cases[i].what, n.single);
		depend_free(d);
	}
}

/* What a network was reached through stays known when nobody has it any more, and bad pictures do not replace good ones. */
static void test_picture_stays(void **state)
{
	struct depend *d = depend_new();
	struct depend_net n;

	(void)state;
	assert_false(depend_net(d, 1, &n));
	assert_int_equal(n.votes, 0);
	say(d, 1, 0, 9, "* 4837 131279");
	look(d, 1, 0, 9);
	assert_false(depend_net(d, 1, &n)); /* nine peer ASes are too few */
	say(d, 1, 0, PEERS, "* 4837 131279");
	assert_true(depend_is_new(d, 1));
	assert_true(look(d, 1, 0, PEERS));
	assert_false(depend_is_new(d, 1));
	assert_false(look(d, 1, 0, PEERS)); /* nothing new */
	assert_false(look(d, 1, 0, 0));     /* withdrawn */
	assert_true(depend_net(d, 1, &n));
	assert_int_equal(n.single, 4837);
	assert_int_equal(n.votes, PEERS);
	for (int i = 0; i < 25; i++) /* a route whose path is not known */
		depend_path(d, 1, i, NULL, 0, false);
	assert_false(look(d, 1, 0, PEERS)); /* known of less than half */
	assert_true(depend_net(d, 1, &n));
	assert_int_equal(n.votes, PEERS);
	depend_free(d);
}

/* Two sessions of one peer AS are one vote, by whichever has a path. */
static void test_sessions_of_one_as(void **state)
{
	struct rib_voter voters[PEERS];
	struct depend *d = depend_new();
	struct depend_net n;

	(void)state;
	for (int i = 0; i < PEERS; i++) {
		voters[i] = (struct rib_voter){i, 60000 + (uint32_t)i / 2};
		if (i % 2)
			say(d, 1, i, i + 1, "* 4837 131279");
	}
	assert_true(depend_look(d, 1, voters, PEERS));
	depend_net(d, 1, &n);
	assert_int_equal(n.votes, PEERS / 2);
	depend_free(d);
}

/* ---- a territory ---- */

struct way { int net, to; const char *path; };

static void test_territory(void **state)
{
	static const struct {
		const char *what;
		struct way ways[6];
		double space[4];     /* of networks 0.., 0 ends */
		uint32_t domestic[4];
		unsigned frontier;
		struct { uint32_t asn; double share, votes; } providers[3];
		double hhi;
		size_t known;
	} cases[] = {
		{"North Korea in 2014: four networks, one way out", /* the published figures: F = 1, single AS4837, HHI 1 */
		 {{0, 40, "* 3356 4837 131279"}, {1, 40, "* 1299 4837 131279"}, {2, 40, "* 4837 131279"}, {3, 40, "* 4837 131279"}},
		 {1, 1, 1, 1}, {131279}, 1, {{4837, 1, 1}}, 1, 4},
		{"two halves", {{0, 40, "* 10 1"}, {1, 40, "* 20 1"}}, {2, 2}, {1}, 1, {{10, 0.5, 0.5}, {20, 0.5, 0.5}}, 0.5, 2},
		{"by space, not by networks", {{0, 40, "* 10 1"}, {1, 40, "* 20 2"}}, {3, 1}, {1, 2}, 2,
		 {{10, 0.75, 0.75}, {20, 0.25, 0.25}}, 0.625, 2},
		{"most peers decide; the second is a way out all the same", {{0, 30, "* 10 1"}, {0, 40, "* 20 1"}}, {1}, {1}, 1,
		 {{10, 1, 0.75}, {20, 0, 0.25}}, 1, 1},
		{"the border is where the last foreign AS stands", {{0, 40, "* 10 2 20 2 1"}}, {1}, {1, 2}, 1, {{20, 1, 1}}, 1, 1},
		{"domestic transit is the frontier, not the origin", {{0, 40, "* 10 5 1"}, {1, 40, "* 10 5 2"}}, {1, 1}, {1, 2, 5},
		 1, {{10, 1, 1}}, 1, 2},
		{"a foreign origin stands for itself, and is no frontier", {{0, 40, "* 10 99"}}, {1}, {1}, 0, {{99, 1, 1}}, 1, 1},
		{"peers inside the country cross no border", {{0, 20, "2 1"}, {0, 40, "* 10 2 1"}}, {1}, {1, 2}, 1, {{10, 1, 1}}, 1,
		 1},
		{"a network without paths is not counted as anything", {{0, 40, "* 10 1"}}, {1, 5}, {1}, 1, {{10, 1, 1}}, 1, 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct depend *d = depend_new();
		struct depend_member nets[4];
		struct depend_provider p[8];
		struct dependence got;
		size_t count = 0, domestic = 0;
		int from[4] = {0};
		for (const struct way *w = cases[i].ways; w < cases[i].ways + 6 && w->path; w++) {
			say(d, w->net, from[w->net], w->to, w->path);
			from[w->net] = w->to;
		}
		for (; count < 4 && cases[i].space[count] > 0; count++) {
			nets[count] = (struct depend_member){(int)count, cases[i].space[count]};
			look(d, (int)count, 0, PEERS);
		}
		while (domestic < 4 && cases[i].domestic[domestic])
			domestic++;
		size_t n = depend_territory(d, nets, count, cases[i].domestic, domestic, &got, p, 8);
		if (got.frontier != cases[i].frontier || got.known != cases[i].known || got.networks != count)
			fail_msg("%s: F %u, %zu of %zu known", cases[i].what, got.frontier, got.known, got.networks);
		if (fabs(got.hhi - cases[i].hhi) > 1e-9 || fabs(got.effective - 1 / cases[i].hhi) > 1e-9)
			fail_msg("%s: HHI %g, N %g", cases[i].what, got.hhi, got.effective);
		for (size_t k = 0; k < 3; k++) {
			if (!cases[i].providers[k].asn) {
				assert_int_equal(n, k);
				break;
			}
			if (p[k].asn != cases[i].providers[k].asn || fabs(p[k].share - cases[i].providers[k].share) > 1e-9 ||
			    fabs(p[k].votes - cases[i].providers[k].votes) > 1e-9)
				fail_msg("%s: provider %zu is AS%u %g %g", cases[i].what, k, p[k].asn, p[k].share, p[k].votes);
		}
		depend_free(d);
	}
}

static void test_nothing_known(void **state)
{
	struct depend *d = depend_new();
	struct depend_member net = {3, 1};
	struct dependence got;

	(void)state;
	assert_int_equal(depend_territory(d, &net, 1, NULL, 0, &got, NULL, 0), 0);
	assert_int_equal(got.known, 0);
	assert_int_equal(got.frontier, 0);
	assert_true(isnan(got.hhi) && isnan(got.effective) && isnan(got.largest));
	depend_free(d);
}

static void test_severity(void **state)
{
	static const struct { unsigned f; const char *want; } rows[] = {
		{0, ""}, {1, "severe risk"}, {2, "severe risk"}, {3, "significant risk"}, {9, "significant risk"},
		{10, "low risk"}, {40, "low risk"}, {41, "resistant"}, {4000, "resistant"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_string_equal(depend_severity(rows[i].f), rows[i].want);
}

/* ---- bounds ---- */

/* Paths that nobody uses any more make room; what is in use survives, and memory has an end. */
static void test_churn(void **state)
{
	struct depend *d = depend_new();
	struct depend_net n;
	size_t most = 0;

	(void)state;
	say(d, 1, 0, PEERS, "* 3356 4837 131279");
	look(d, 1, 0, PEERS);
	for (uint32_t i = 0; i < 400000; i++) {
		uint32_t path[4] = {60000, 1000000 + i, 2000000 + i, 5};
		depend_path(d, 2, (int)(i % 50), path, 4, false);
		most = depend_memory(d) > most ? depend_memory(d) : most;
	}
	assert_true(most < 8u << 20);
	assert_true(depend_net(d, 1, &n));
	assert_int_equal(n.single, 4837);
	say(d, 1, 0, 1, "* 4837 131279"); /* the tree still finds its ways */
	assert_true(look(d, 1, 0, PEERS));
	depend_net(d, 1, &n);
	assert_int_equal(n.carrier_count, 2);
	assert_int_equal(n.carriers[1], 3356);
	depend_free(d);
}

static void test_caps(void **state)
{
	struct depend *d = depend_new();
	struct depend_net n;
	uint32_t path[2] = {1, 2};

	(void)state;
	for (int net = 0; net < 2000; net++)
		depend_path(d, net, 0, path, 2, false);
	assert_true(depend_is_new(d, DEPEND_STREAM_NETS - 1));
	assert_false(depend_is_new(d, DEPEND_STREAM_NETS)); /* the rest is for whole answers */
	for (int net = 5000; net > 3000; net--)
		say(d, net, 0, 1, "* 2");
	assert_true(depend_is_new(d, 5000));
	assert_false(depend_is_new(d, 3001));
	depend_path(d, 0, RIB_SESSIONS_MAX, path, 2, false); /* no such session */
	depend_path(d, -1, 0, path, 2, false);
	assert_false(look(d, 1999, 0, PEERS)); /* not kept: nothing is known of it */
	assert_false(depend_net(d, 1999, &n));
	depend_free(d);
}

/* A country of 400 peers: what a network's paths cost beside its bits. */
static void test_memory(void **state)
{
	struct depend *d = depend_new();
	uint32_t path[4];

	(void)state;
	for (int net = 0; net < 64; net++)
		for (int i = 0; i < 400; i++) {
			path[0] = 60000 + (uint32_t)i;
			path[1] = 1000 + (uint32_t)i % 12;
			path[2] = 100 + (uint32_t)net % 3;
			path[3] = 1;
			depend_path(d, net, i, path, 4, true);
		}
	print_message("paths of 64 networks at 400 peers: %zu bytes, %zu a network\n", depend_memory(d), depend_memory(d) / 64);
	assert_true(depend_memory(d) / 64 < 4096);
	depend_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network),       cmocka_unit_test(test_picture_stays),
		cmocka_unit_test(test_sessions_of_one_as), cmocka_unit_test(test_territory),
		cmocka_unit_test(test_nothing_known), cmocka_unit_test(test_severity),
		cmocka_unit_test(test_churn),         cmocka_unit_test(test_caps),
		cmocka_unit_test(test_memory),
	};
	return cmocka_run_group_tests_name("core/depend", tests, NULL, NULL);
}
