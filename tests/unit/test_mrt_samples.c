/* links: source/mrt source/mrt_record source/mrt_update source/mrt_path source/mrt_line core/prefix base/strbuf base/err base/text base/mem */
/* The real files of ../shared/samples/mrt: records, lines and the hash of the lines, which were compared line by line
 * with bgpdump 1.6.2 (differences: the list in src/source/mrt_line.c). Then each file cut and damaged, under the
 * sanitizers.
 *
 * The bzip2 file is not here: unit tests link no libbz2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/mem.h"
#include "mrt_count.h"

enum { FILE_MAX = 8 << 20, CUT_BYTES = 2000, DAMAGE_ROUNDS = 150, DAMAGE_BYTES = 1 << 15 };

static const struct sample {
	const char *name;
	unsigned records, updates, states, odd;
	size_t lines;
	uint64_t hash;
} samples[] = {
	{"bgp4mp_et.sample.mrt", 500, 500, 0, 0, 816, UINT64_C(0xb76c6253e5477ef6)},
	{"bird_bgp_addpath.mrt", 27, 6, 12, 0, 24, UINT64_C(0x946387a1e837e6ad)},
	{"bird_rib_addpath.mrt", 14, 0, 0, 0, 18, UINT64_C(0x2b90545597729870)},
	{"bview.ipv4_addpath.gz", 32, 0, 0, 0, 62, UINT64_C(0x823b78496fc4b2f2)},
	{"bview.large_entry.gz", 2, 0, 0, 0, 23, UINT64_C(0xb3134a014996cee2)},
	{"long_withdrawal.20191231.gz", 1, 1, 0, 0, 4096, UINT64_C(0x94e8c9e43909fc3b)},
	{"nlri_trailing_bits.gz", 1, 1, 0, 1, 1, UINT64_C(0x25b80bac80e4aedd)},
	{"quagga_bgp.mrt", 67, 24, 20, 0, 38, UINT64_C(0xf4130bd708ad0f41)},
	{"quagga_rib.mrt", 7, 0, 0, 0, 9, UINT64_C(0xb84f9cbc480a0643)},
	{"ris.rrc00.updates.20000102.2014.type5.gz", 3957, 3818, 16, 0, 6359, UINT64_C(0xed94d3588b140ff1)},
	{"ris.rrc03.updates.20100227.1600.first796.gz", 796, 768, 4, 0, 1363, UINT64_C(0xf66ffc128e2164a6)},
	{"ris.rrc06.updates.20150401.0000.gz", 795, 761, 4, 0, 1561, UINT64_C(0x7db402fe89a73a38)},
	{"ris.updates.20020722.2238.gz", 1121, 393, 93, 0, 3337, UINT64_C(0xfbaa19407a0e2bb0)},
	{"ris.updates.20100722.2015.gz", 2193, 1822, 40, 0, 5654, UINT64_C(0x8e4567e41e9edc73)},
	{"ris.updates.20160811.1600.gz", 17406, 17216, 22, 0, 41234, UINT64_C(0xbf4d6fa520b8c238)},
};

static uint8_t *bytes;
static size_t len;

/* gzread takes plain files too. */
static bool load(const char *name)
{
	const char *shared = getenv("LANDLINE_SHARED");
	char path[512];

	snprintf(path, sizeof(path), "%s/samples/mrt/%s", shared ? shared : "../shared", name);
	gzFile f = gzopen(path, "rb");
	if (!f)
		return false;
	int n = gzread(f, bytes, FILE_MAX);
	gzclose(f);
	len = n > 0 ? (size_t)n : 0;
	return n > 0;
}

static int setup(void **state)
{
	(void)state;
	bytes = xmalloc(FILE_MAX);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

static size_t count_lines(const struct strbuf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += text->text[i] == '\n';
	return n;
}

static void test_lines(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct strbuf lines;
		struct count c;

		if (!load(s->name))
			continue;
		found++;
		strbuf_init(&lines, 1 << 26);
		assert_int_equal(count_bytes(&c, bytes, len, 10007, &lines, false), 0);
		size_t n = count_lines(&lines);
		if (getenv("MRT_SAMPLES"))
			printf("\t{\"%s\", %u, %u, %u, %u, %zu, UINT64_C(0x%016" PRIx64 ")},\n", s->name,
			       (unsigned)c.records, (unsigned)c.kinds[MRT_UPDATE], (unsigned)c.kinds[MRT_STATE],
			       (unsigned)c.odd, n, c.hash);
		else if (c.kinds[MRT_BROKEN] || c.records != s->records || c.kinds[MRT_UPDATE] != s->updates ||
			 n != s->lines || c.kinds[MRT_STATE] != s->states || c.odd != s->odd || c.hash != s->hash)
			fail_msg(
				"%s: %u records, %u updates, %u states, %u odd, %u broken, %zu lines, hash %016" PRIx64,
				s->name, (unsigned)c.records, (unsigned)c.kinds[MRT_UPDATE],
				(unsigned)c.kinds[MRT_STATE], (unsigned)c.odd, (unsigned)c.kinds[MRT_BROKEN], n,
				c.hash);
		strbuf_release(&lines);
	}
	if (!found) {
		print_message("no samples in LANDLINE_SHARED\n");
		skip();
	}
}

/* A copy of the exact size, so that a read past the end is seen. */
static void feed_copy(const uint8_t *p, size_t n, size_t step)
{
	struct count c;
	uint8_t *copy = xmalloc(n ? n : 1);

	memcpy(copy, p, n);
	count_bytes(&c, copy, n, step, NULL, step > 0);
	free(copy);
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		if (load(samples[i].name))
			for (size_t cut = 0; cut <= len && cut <= CUT_BYTES; cut++)
				feed_copy(bytes, cut, 0);
}

static void test_damaged(void **state)
{
	uint64_t seed = 20141222;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		if (!load(samples[i].name))
			continue;
		size_t n = len < DAMAGE_BYTES ? len : DAMAGE_BYTES;
		for (int round = 0; round < DAMAGE_ROUNDS; round++) {
			seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
			size_t at = (size_t)(seed >> 33) % n;
			uint8_t was = bytes[at];
			bytes[at] ^= (uint8_t)(1u << (seed >> 30 & 7));
			feed_copy(bytes, n, round % 3 ? 0 : 1000);
			bytes[at] = was;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_damaged),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
