/* links: source/mrt source/mrt_record source/mrt_update source/mrt_path source/mrt_facts core/prefix core/fact base/arena base/when base/err base/text base/mem */
/* MRT records as facts: what a replay is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>

#include "mrt_kp.h"

struct play {
	struct mrt_facts facts;
	struct batch out;
	int code;
};

static void play_record(const struct mrt_record *rec, void *arg)
{
	struct play *p = arg;

	if (p->code == 0)
		p->code = mrt_facts_add(&p->facts, rec, &p->out, NULL);
}

static void play_bytes(struct play *p, const struct build *b, mrt_keep_fn *keep)
{
	struct mrt_reader *r = mrt_reader_new();

	*p = (struct play){0};
	batch_init(&p->out, 1 << 20);
	mrt_facts_init(&p->facts, "rrc00", keep, NULL);
	assert_int_equal(mrt_feed(r, b->bytes, b->len, play_record, p, NULL), 0);
	mrt_end(r, play_record, p);
	assert_int_equal(p->code, 0);
	assert_int_equal(mrt_facts_end(&p->facts, &p->out, NULL), 0);
	mrt_reader_free(r);
}

static void play_release(struct play *p)
{
	mrt_facts_release(&p->facts);
	batch_release(&p->out);
}

/* One line a fact: "W 1419264900.000 192.0.2.1 3333 175.45.176.0/24 origin upstream". */
static void describe(const struct fact *f, char out[256])
{
	static const char *const names[FACT_KIND_COUNT] = {
		[FACT_ANNOUNCE] = "A",  [FACT_WITHDRAW] = "W",   [FACT_ALIVE] = "alive",
		[FACT_ROUTE] = "route", [FACT_SNAPSHOT] = "all", [FACT_PEER_STATE] = "state",
	};
	char net[PREFIX_TEXT_MAX], peer[PREFIX_TEXT_MAX];

	snprintf(out, 256, "%s%s %lld.%03d %s %u %s %u %u %u", names[f->kind] ? names[f->kind] : "?",
		 f->kind == FACT_PEER_STATE ? f->flag ? " up" : " down" : "", (long long)(f->t.ms / 1000),
		 (int)(f->t.ms % 1000), addr_format(peer, &f->addr), f->asn, prefix_format(net, &f->prefix), f->asn2,
		 f->upstream, f->count);
}

/* A path agrees with what was read of its ends; these worlds have no AS sets. */
static void check_path(const struct fact *f)
{
	if (!f->path) {
		assert_int_equal(f->path_len, 0);
		return;
	}
	assert_int_equal(f->path[f->path_len - 1], f->asn2);
	assert_int_equal(f->path_len > 1 ? f->path[f->path_len - 2] : 0, f->upstream);
	for (uint32_t i = 1; i < f->path_len; i++)
		assert_int_not_equal(f->path[i], f->path[i - 1]);
}

static void check_fact(const struct play *p, size_t i, const char *want)
{
	char got[256];

	if (i >= p->out.count)
		fail_msg("only %zu facts, no '%s'", p->out.count, want);
	describe(&p->out.facts[i], got);
	if (strcmp(got, want) != 0)
		fail_msg("fact %zu is\n%s\nwanted\n%s", i, got, want);
	check_path(&p->out.facts[i]);
	assert_string_equal(p->out.facts[i].collector, "rrc00");
	assert_false(wall_is_set(p->out.facts[i].until));
	assert_true(p->out.facts[i].value != p->out.facts[i].value); /* not a number, never 0 */
}

static void test_updates(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_updates(&b);
	play_bytes(&p, &b, NULL);
	assert_int_equal(p.out.count, 12 + 2 + 1 + 12);
	check_fact(&p, 0, "W 1419264900.000 192.0.2.1 3333 175.45.176.0/24 0 0 0");
	check_fact(&p, 3, "W 1419264900.000 192.0.2.1 3333 175.45.179.0/24 0 0 0");
	check_fact(&p, 5, "W 1419264907.250 192.0.2.2 64500 175.45.177.0/24 0 0 0");
	check_fact(&p, 8, "W 1419264914.500 2001:db8::3 4200000003 175.45.176.0/24 0 0 0");
	check_fact(&p, 12, "state down 1419265500.500 192.0.2.2 64500  0 0 0");
	check_fact(&p, 13, "state up 1419265560.500 192.0.2.2 64500  0 0 0");
	check_fact(&p, 14, "alive 1419299130.000 192.0.2.1 3333  0 0 0");
	check_fact(&p, 15, "A 1419299160.999 192.0.2.1 3333 175.45.176.0/24 131279 4837 0");
	assert_non_null(p.out.facts[15].path);
	assert_null(p.out.facts[0].path);
	check_fact(&p, 20, "A 1419299169.999 192.0.2.2 64500 175.45.177.0/24 131279 4837 0"); /* prepending removed */
	assert_true(p.out.data_time.ms == 1419299178999);
	assert_int_equal(p.out.skipped, 0);
	play_release(&p);
	build_release(&b);
}

static void test_rib(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_rib(&b);
	play_bytes(&p, &b, NULL);
	assert_int_equal(p.out.count, 4 * (3 + 1));
	check_fact(&p, 0, "route 1419264000.000 192.0.2.1 3333 175.45.176.0/24 131279 4837 0");
	check_fact(&p, 2, "route 1419264000.000 2001:db8::3 4200000003 175.45.176.0/24 131279 4837 0");
	check_fact(&p, 3, "all 1419264000.000  0 175.45.176.0/24 0 0 3");
	check_fact(&p, 15, "all 1419264000.000  0 175.45.179.0/24 0 0 3");
	assert_int_equal(p.out.facts[0].path[0], 3333);
	play_release(&p);
	build_release(&b);
}

static void test_table_dump(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_table_dump(&b);
	play_bytes(&p, &b, NULL);
	assert_int_equal(p.out.count, 4 * (2 + 1));
	check_fact(&p, 0, "route 1419264000.000 192.0.2.1 3333 175.45.176.0/24 23456 4837 0");
	check_fact(&p, 1, "route 1419264000.000 192.0.2.2 64500 175.45.176.0/24 23456 4837 0");
	check_fact(&p, 2, "all 1419264000.000  0 175.45.176.0/24 0 0 2");
	check_fact(&p, 11, "all 1419264000.000  0 175.45.179.0/24 0 0 2"); /* by mrt_facts_end */
	play_release(&p);
	build_release(&b);
}

static void test_as4_path(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_as2(&b);
	play_bytes(&p, &b, NULL);
	assert_int_equal(p.out.count, 1);
	check_fact(&p, 0, "A 1419299160.000 192.0.2.1 3333 175.45.176.0/24 131279 4837 0");
	play_release(&p);
	build_release(&b);
}

static bool is_second(const struct prefix *p, void *arg)
{
	(void)arg;
	return p->family == 4 && p->bytes[2] == 177;
}

static void test_keep(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_updates(&b);
	build_kp_rib(&b);
	build_kp_table_dump(&b);
	play_bytes(&p, &b, is_second);
	assert_int_equal(p.out.count, 3 + 2 + 1 + 3 + 4 + 3);
	check_fact(&p, 0, "W 1419264900.000 192.0.2.1 3333 175.45.177.0/24 0 0 0");
	check_fact(&p, 15, "all 1419264000.000  0 175.45.177.0/24 0 0 2");
	play_release(&p);
	build_release(&b);
}

/* ---- one message a case ---- */

struct message_case {
	const char *what;
	unsigned subtype;
	const char *withdrawn[3], *announced[3];
	const char *path; /* of AS_PATH, raw */
	size_t path_len;
	const char *mp; /* MP_REACH_NLRI, raw */
	size_t mp_len;
	const char *want[3];
};
#define RAW(text) text, sizeof(text) - 1
#define PLAIN     RAW("\2\2\0\0\0\1\0\0\0\2")

static const struct message_case message_cases[] = {
	{"the same prefix withdrawn and announced: the announcement wins",
	 4,
	 {"10.0.0.0/8", "11.0.0.0/8"},
	 {"10.0.0.0/8"},
	 PLAIN,
	 NULL,
	 0,
	 {"A 7.000 192.0.2.1 3333 10.0.0.0/8 2 1 0", "W 7.000 192.0.2.1 3333 11.0.0.0/8 0 0 0"}},
	{"a prefix twice",
	 4,
	 {0},
	 {"10.0.0.0/8", "10.0.0.0/8"},
	 PLAIN,
	 NULL,
	 0,
	 {"A 7.000 192.0.2.1 3333 10.0.0.0/8 2 1 0"}},
	{"a path that ends in a set",
	 4,
	 {0},
	 {"10.0.0.0/8"},
	 RAW("\2\2\0\0\0\1\0\0\0\2\1\1\0\0\0\3"),
	 NULL,
	 0,
	 {"A 7.000 192.0.2.1 3333 10.0.0.0/8 0 2 0"}},
	{"a set before the origin",
	 4,
	 {0},
	 {"10.0.0.0/8"},
	 RAW("\1\1\0\0\0\1\2\1\0\0\0\2"),
	 NULL,
	 0,
	 {"A 7.000 192.0.2.1 3333 10.0.0.0/8 2 0 0"}},
	{"confederations are inside",
	 4,
	 {0},
	 {"10.0.0.0/8"},
	 RAW("\2\1\0\0\0\1\3\1\0\0\xff\xf0\2\1\0\0\0\2"),
	 NULL,
	 0,
	 {"A 7.000 192.0.2.1 3333 10.0.0.0/8 2 1 0"}},
	{"the peer's own network",
	 4,
	 {0},
	 {"10.0.0.0/8"},
	 RAW("\2\1\0\0\x0d\5"),
	 NULL,
	 0,
	 {"A 7.000 192.0.2.1 3333 10.0.0.0/8 3333 0 0"}},
	{"end of RIB", 4, {0}, {0}, PLAIN, NULL, 0, {"alive 7.000 192.0.2.1 3333  0 0 0"}},
	{"multicast says nothing of the Internet",
	 4,
	 {0},
	 {0},
	 PLAIN,
	 RAW("\0\1\2\4\1\1\1\1\0\x08\x0a"),
	 {"alive 7.000 192.0.2.1 3333  0 0 0"}},
	{"IPv6",
	 4,
	 {0},
	 {0},
	 PLAIN,
	 RAW("\0\2\1\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\x20\x20\1\x0d\xb8"),
	 {"A 7.000 192.0.2.1 3333 2001:db8::/32 2 1 0"}},
	{"sent by the collector itself", 7, {"10.0.0.0/8"}, {0}, PLAIN, NULL, 0, {0}},
};

static void build_message(struct build *b, const struct message_case *k)
{
	mrt_begin(b, 7, MRT_BGP4MP, k->subtype);
	put_session(b, 4, 3333, "192.0.2.1");
	bgp_begin(b, 2);
	size_t at = b->len;
	put16(b, 0);
	for (int i = 0; i < 3 && k->withdrawn[i]; i++)
		put_nlri(b, k->withdrawn[i]);
	set16(b, at, b->len - at - 2);
	attrs_begin(b);
	put_attr(b, MRT_AS_PATH, k->path, k->path_len);
	if (k->mp)
		put_attr(b, MRT_MP_REACH, k->mp, k->mp_len);
	attrs_end(b);
	for (int i = 0; i < 3 && k->announced[i]; i++)
		put_nlri(b, k->announced[i]);
	bgp_end(b);
}

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(message_cases); i++) {
		const struct message_case *k = &message_cases[i];
		struct build b = {0};
		struct play p;
		size_t n = 0;

		build_message(&b, k);
		play_bytes(&p, &b, NULL);
		for (; n < 3 && k->want[n]; n++)
			check_fact(&p, n, k->want[n]);
		if (p.out.count != n)
			fail_msg("%s: %zu facts", k->what, p.out.count);
		play_release(&p);
		build_release(&b);
	}
}

static void test_states(void **state)
{
	static const struct {
		unsigned from, to;
		const char *want;
	} cases[] = {
		{1, 2, NULL},
		{3, 2, NULL},
		{5, 6, "state up 7.000 192.0.2.1 3333  0 0 0"},
		{6, 1, "state down 7.000 192.0.2.1 3333  0 0 0"},
		{6, 7, "state down 7.000 192.0.2.1 3333  0 0 0"},
		{7, 1, NULL},
		{6, 6, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct build b = {0};
		struct play p;

		mrt_begin(&b, 7, MRT_BGP4MP, 0);
		put_session(&b, 2, 3333, "192.0.2.1");
		put16(&b, cases[i].from);
		put16(&b, cases[i].to);
		mrt_end_record(&b);
		play_bytes(&p, &b, NULL);
		assert_int_equal(p.out.count, cases[i].want != NULL);
		if (cases[i].want)
			check_fact(&p, 0, cases[i].want);
		play_release(&p);
		build_release(&b);
	}
}

/* A peer with two paths to a prefix is one that sees it. */
static void test_addpath_rib(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_rib(&b);
	mrt_begin(&b, KP_DOWN, MRT_TABLE_DUMP_V2, 8);
	put32(&b, 0);
	put_nlri(&b, "10.0.0.0/8");
	put16(&b, 3);
	for (unsigned i = 0; i < 3; i++) {
		put16(&b, i % 2);
		put32(&b, 0);
		put32(&b, 77 + i);
		attrs_begin(&b);
		put_usual_attrs(&b, 4, kp_peers[i % 2].path, "192.0.2.1");
		attrs_end(&b);
	}
	mrt_end_record(&b);
	play_bytes(&p, &b, NULL);
	assert_int_equal(p.out.count, 16 + 3);
	check_fact(&p, 18, "all 1419264900.000  0 10.0.0.0/8 0 0 2");
	play_release(&p);
	build_release(&b);
}

static void test_broken_is_counted(void **state)
{
	struct build b = {0};
	struct play p;

	(void)state;
	build_kp_as2(&b);
	b.bytes[b.len - 4] = 33; /* bits of the prefix */
	build_kp_as2(&b);
	b.bytes[b.len - 4] = 32; /* more than there is: the last prefix is cut short */
	build_kp_as2(&b);
	play_bytes(&p, &b, NULL);
	assert_int_equal(p.out.skipped, 2);
	assert_int_equal(p.out.count, 2); /* alive, announced */
	play_release(&p);
	build_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_rib),
		cmocka_unit_test(test_table_dump),
		cmocka_unit_test(test_as4_path),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_addpath_rib),
		cmocka_unit_test(test_broken_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
