/* How fast the stream is read: bench_rislive [FILE.jsonl]
 *
 * Without a file a corpus is made in memory: 200,000 lines in today's layout, with the `raw` that an unfiltered
 * stream has, seeded, of the sizes that sources/bgp.md 6 gives. The same bytes go four ways in one run: a line count
 * (memchr, the floor), a plain cJSON parse without looking at the tree, our decoding to facts in chunks of 16 KB as
 * they come off a socket, and the same on a single byte-odd chunk size. Every figure is the best of ROUNDS. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "source/rislive.h"

#define ROUNDS 5
#define LINES 200000
#define CORPUS_MAX ((size_t)1 << 30)

struct tally {
	size_t lines, bad, facts, announced, withdrawn;
};

static uint64_t seed = 20141222;

/* xorshift64*: the same corpus on every machine. */
static uint32_t draw(uint32_t below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (uint32_t)((seed * 2685821657736338717u) >> 33) % below;
}

static void add_prefix(struct strbuf *b, bool v6, bool withdrawn)
{
	if (!v6)
		strbuf_addf(b, "\"%u.%u.%u.0/%u\"", 1 + draw(222), draw(256), draw(256), 20 + draw(5));
	else
		strbuf_addf(b, "\"2a%02x:%x:%x:%s/48\"", draw(16), 1 + draw(65535), 1 + draw(65535),
			    withdrawn ? "0:0:0:0:0" : ":");
}

static void add_prefixes(struct strbuf *b, unsigned count, bool v6, bool withdrawn)
{
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			strbuf_addc(b, ',');
		add_prefix(b, v6, withdrawn);
	}
}

static void add_hex(struct strbuf *b, unsigned bytes)
{
	strbuf_adds(b, ",\"raw\":\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF");
	for (unsigned i = 16; i < bytes; i++)
		strbuf_addf(b, "%02X", draw(256));
	strbuf_addc(b, '"');
}

static void add_update(struct strbuf *b, bool v6, uint32_t peer_asn, const char *peer)
{
	unsigned hops = 3 + draw(5), communities = draw(10), withdrawn = draw(9) == 0 ? 1 + draw(4) : 0;
	unsigned announced = withdrawn && draw(2) ? 0 : draw(20) == 0 ? 1 + draw(40) : 1 + draw(2);

	strbuf_addf(b, "\"UPDATE\",\"path\":[");
	for (unsigned i = 0; announced && i < hops; i++)
		strbuf_addf(b, i ? ",%u" : "%u", i ? 1000 + draw(400000) : peer_asn);
	strbuf_adds(b, "],\"community\":[");
	for (unsigned i = 0; announced && i < communities; i++)
		strbuf_addf(b, i ? ",[%u,%u]" : "[%u,%u]", draw(65536), draw(65536));
	strbuf_adds(b, announced ? "],\"origin\":\"IGP\",\"announcements\":[" : "],\"announcements\":[");
	if (announced) {
		strbuf_addf(b, "{\"next_hop\":\"%s\",\"prefixes\":[", peer);
		add_prefixes(b, announced, v6, false);
		strbuf_adds(b, "]}");
	}
	strbuf_adds(b, "],\"withdrawals\":[");
	add_prefixes(b, withdrawn, v6, true);
	strbuf_addc(b, ']');
	add_hex(b, 40 + 4 * (hops + communities) + 5 * (announced + withdrawn) + draw(40));
}

static void make_corpus(struct strbuf *b)
{
	int64_t ms = 1789000000000;

	for (unsigned i = 0; i < LINES; i++) {
		bool v6 = draw(5) < 2;
		uint32_t asn = 1000 + draw(300) * 700;
		char peer[64];

		snprintf(peer, sizeof(peer), v6 ? "2001:7f8:%x::%x:1" : "80.249.%u.%u", draw(200), 1 + draw(250));
		ms += draw(2);
		strbuf_addf(b, "{\"type\":\"ris_message\",\"data\":{\"timestamp\":%" PRId64 ".%03u,\"peer\":\"%s\","
			    "\"peer_asn\":\"%u\",\"id\":\"%s-%012" PRIx64 "%04x\","
			    "\"host\":\"rrc%02u.ripe.net\",\"type\":",
			    ms / 1000, (unsigned)(ms % 1000), peer, asn, peer, (uint64_t)ms, i % 16, draw(27));
		if (draw(100) == 0) {
			strbuf_adds(b, "\"KEEPALIVE\"");
			add_hex(b, 19);
		} else {
			add_update(b, v6, asn, peer);
		}
		strbuf_adds(b, "}}\n");
	}
}

static bool read_file(struct strbuf *b, const char *path)
{
	static char block[1 << 16];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return false;
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		strbuf_add(b, block, n);
	fclose(f);
	return !b->cut;
}

static void count_lines(const struct strbuf *b, struct tally *t)
{
	const char *s = b->text, *end = s + b->len;

	while ((s = memchr(s, '\n', (size_t)(end - s))) != NULL) {
		s++;
		t->lines++;
	}
}

static void parse_cjson(const struct strbuf *b, struct tally *t)
{
	const char *s = b->text, *end = s + b->len, *lf;

	for (; (lf = memchr(s, '\n', (size_t)(end - s))) != NULL; s = lf + 1) {
		cJSON *tree = cJSON_ParseWithLength(s, (size_t)(lf - s));
		t->lines++;
		t->bad += tree == NULL;
		cJSON_Delete(tree);
	}
}

static void decode(const struct strbuf *b, struct tally *t, size_t chunk)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct batch batch;

	batch_init(&batch, 1 << 20);
	for (size_t at = 0; at < b->len; at += chunk) {
		struct err e;
		size_t n = b->len - at < chunk ? b->len - at : chunk;

		batch_clear(&batch);
		if (source_rislive.feed(r, b->text + at, n, &batch, &e) < 0)
			printf("stopped: %s\n", e.msg);
		t->facts += batch.count;
		t->bad += batch.skipped;
		for (size_t i = 0; i < batch.count; i++) {
			t->announced += batch.facts[i].kind == FACT_ANNOUNCE;
			t->withdrawn += batch.facts[i].kind == FACT_WITHDRAW;
		}
	}
	batch_release(&batch);
	source_rislive.reader_free(r);
}

static void decode_chunks(const struct strbuf *b, struct tally *t)
{
	decode(b, t, 16384);
}

static void decode_odd(const struct strbuf *b, struct tally *t)
{
	decode(b, t, 1449); /* one Ethernet frame at a time: most lines are cut */
}

static const struct way {
	const char *name;
	void (*run)(const struct strbuf *, struct tally *);
} ways[] = {
	{"count lines (memchr)", count_lines},
	{"plain cJSON parse", parse_cjson},
	{"landline, 16 KB chunks", decode_chunks},
	{"landline, 1449-byte chunks", decode_odd},
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	double cpu[ARRAY_LEN(ways)];
	struct tally tallies[ARRAY_LEN(ways)];
	struct strbuf corpus;
	size_t lines;

	strbuf_init(&corpus, CORPUS_MAX);
	if (argc < 2)
		make_corpus(&corpus);
	else if (!read_file(&corpus, argv[1])) {
		fprintf(stderr, "bench_rislive: cannot read '%s', or it is over 1 GiB\n", argv[1]);
		return 1;
	}
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		cpu[i] = 1e9;
		for (int round = 0; round < ROUNDS; round++) {
			double start = seconds();
			tallies[i] = (struct tally){0};
			ways[i].run(&corpus, &tallies[i]);
			double used = seconds() - start;
			if (used < cpu[i])
				cpu[i] = used;
		}
	}
	lines = tallies[0].lines;
	if (lines == 0) {
		fprintf(stderr, "bench_rislive: no lines\n");
		return 1;
	}
	printf("%zu lines, %zu bytes, %.0f bytes a line; best of %d, CPU time of one core\n", lines, corpus.len,
	       (double)corpus.len / (double)lines, ROUNDS);
	printf("%-28s %12s %9s %9s %9s %9s\n", "", "messages/s", "MB/s", "us/msg", "x cJSON", "% floor");
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		printf("%-28s %12.0f %9.0f %9.3f %9.2f %9.2f\n", ways[i].name, (double)lines / cpu[i],
		       (double)corpus.len / cpu[i] / 1e6, cpu[i] / (double)lines * 1e6, cpu[1] / cpu[i],
		       cpu[0] / cpu[i] * 100);
	printf("landline: %zu facts (%zu announced, %zu withdrawn), %zu not understood\n", tallies[2].facts,
	       tallies[2].announced, tallies[2].withdrawn, tallies[2].bad);
	strbuf_release(&corpus);
	return 0;
}
