/* links: source/mrt_stream source/mrt source/mrt_record source/mrt_update source/mrt_path source/mrt_facts core/fact core/prefix base/strbuf base/text base/arena base/when base/err base/mem */
/* The archives as one stream: whose records they are, tables of several collectors joined into one answer a prefix,
 * updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/state.h"
#include "mrt_kp.h"
#include "source/mrt_stream.h"

struct feeding {
	struct stream_reader *r;
	struct batch b;
	struct err e;
};

static void open_feeding(struct feeding *f)
{
	*f = (struct feeding){.r = mrt_stream_new()};
	batch_init(&f->b, 1 << 20);
}

static void close_feeding(struct feeding *f)
{
	mrt_stream_free(f->r);
	batch_release(&f->b);
}

static void feed(struct feeding *f, const struct build *b, size_t from, size_t until)
{
	if (mrt_stream_feed(f->r, (const char *)b->bytes + from, until - from, &f->b, &f->e) < 0)
		fail_msg("%s", f->e.msg);
}

/* Where record n begins, from 0. */
static size_t record_at(const struct build *b, unsigned n)
{
	size_t at = 0;
	for (; n > 0; n--)
		at += 12 + ((size_t)b->bytes[at + 8] << 24 | (size_t)b->bytes[at + 9] << 16 |
			    (size_t)b->bytes[at + 10] << 8 | b->bytes[at + 11]);
	return at;
}

/* The same table seen by rrc00 and rrc01, prefix by prefix, as a tape hands them over. */
static void feed_tables(struct feeding *f)
{
	struct build one = {0}, two = {0};
	build_kp_rib(&one);
	build_kp_rib(&two);
	for (size_t i = 0; i + 5 < two.len; i++)
		if (!memcmp(two.bytes + i, "rrc00", 5)) {
			two.bytes[i + 4] = '1';
			break;
		}
	for (unsigned n = 1; n <= KP_NETS; n++) {
		const struct build *tables[] = {&one, &two};
		for (int k = 0; k < 2; k++) {
			feed(f, tables[k], 0, record_at(tables[k], 1));
			feed(f, tables[k], record_at(tables[k], n), record_at(tables[k], n + 1));
		}
	}
	build_release(&one);
	build_release(&two);
}

static void test_tables_are_joined(void **state)
{
	struct feeding f;
	struct build updates = {0};
	size_t nets = 0, rows = 0, ends = 0, other = 0;
	(void)state;
	open_feeding(&f);
	feed_tables(&f);
	build_kp_updates(&updates);
	feed(&f, &updates, 0, record_at(&updates, 1)); /* the first message after the tables ends the last prefix */
	for (size_t i = 0; i < f.b.count; i++) {
		const struct fact *x = &f.b.facts[i];
		if (x->kind == FACT_NET) {
			nets++;
			assert_int_equal(x->asn, 131279);
			assert_true(x->flag);
		} else if (x->kind == FACT_ROUTE) {
			assert_string_equal(x->collector, rows++ % (2 * KP_PEERS) < KP_PEERS ? "rrc00" : "rrc01");
			assert_int_equal(x->upstream, 4837);
			assert_true(x->path_len >= 3 && x->path[x->path_len - 1] == 131279);
		} else if (x->kind == FACT_SNAPSHOT) {
			ends++;
			assert_int_equal(x->count, 2 * KP_PEERS);
		} else {
			other++;
		}
	}
	assert_int_equal(nets, KP_NETS);
	assert_int_equal(rows, 2 * KP_NETS * KP_PEERS);
	assert_int_equal(ends, KP_NETS);
	assert_true(other > 0);
	assert_int_equal(f.b.facts[f.b.count - 1].kind, FACT_WITHDRAW);
	build_release(&updates);
	close_feeding(&f);
}

/* However the bytes are cut, the same facts. */
static void test_cuts(void **state)
{
	struct feeding whole, cut;
	struct build b = {0};
	(void)state;
	build_kp_rib(&b);
	build_kp_updates(&b);
	open_feeding(&whole);
	open_feeding(&cut);
	feed(&whole, &b, 0, b.len);
	for (size_t i = 0; i < b.len; i++)
		feed(&cut, &b, i, i + 1);
	assert_int_equal(whole.b.count, cut.b.count);
	for (size_t i = 0; i < whole.b.count; i++) {
		assert_int_equal(whole.b.facts[i].kind, cut.b.facts[i].kind);
		assert_true(whole.b.facts[i].t.ms == cut.b.facts[i].t.ms);
		assert_int_equal(whole.b.facts[i].path_len, cut.b.facts[i].path_len);
	}
	close_feeding(&whole);
	close_feeding(&cut);
	build_release(&b);
}

static void test_names(void **state)
{
	static const struct {
		const char *what, *view, *want;
	} rows[] = {
		{"a plain name", "rv-linx", "rv-linx"},
		{"none", "", "mrt"},
		{"escape sequences", "rrc\033[2J", "mrt"},
		{"too long", "a-collector-whose-name-is-too-long", "mrt"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct feeding f;
		struct build b = {0};
		print_message("%s\n", rows[i].what);
		open_feeding(&f);
		mrt_begin(&b, KP_DOWN, MRT_TABLE_DUMP_V2, 1);
		put32(&b, 0);
		put16(&b, (unsigned)strlen(rows[i].view));
		put(&b, rows[i].view, strlen(rows[i].view));
		put16(&b, 0);
		mrt_end_record(&b);
		build_kp_updates(&b);
		feed(&f, &b, 0, b.len);
		assert_true(f.b.count > 0);
		assert_string_equal(f.b.facts[0].collector, rows[i].want);
		close_feeding(&f);
		build_release(&b);
	}
}

static void test_not_mrt(void **state)
{
	struct feeding f;
	static const char page[] = "<!DOCTYPE html><html>";
	(void)state;
	open_feeding(&f);
	assert_int_equal(mrt_stream_feed(f.r, page, sizeof(page) - 1, &f.b, &f.e), ERR_PARSE);
	assert_int_equal(f.b.count, 0);
	close_feeding(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables_are_joined),
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_not_mrt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
