/* Fuzz the stream that a replay makes of BGPlay's answers. The first byte chooses the size of the chunks ('A' is 1, ..., all in
 * one above 'Z'), the rest is the stream. What must hold: chunks change nothing, and facts are whole. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

extern const struct source_ops source_bgplay;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_fact(const struct fact *f)
{
	bool route = f->kind == FACT_ROUTE || f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW;

	if (!route && f->kind != FACT_NET && f->kind != FACT_SNAPSHOT && f->kind != FACT_ALIVE)
		BUG("a fact of kind %d", (int)f->kind);
	if (f->kind != FACT_ALIVE && f->prefix.family != 4 && f->prefix.family != 6)
		BUG("a fact of kind %d without a prefix", (int)f->kind);
	if (route && (!f->collector || !*f->collector || !f->asn || !f->addr.family || !wall_is_set(f->t)))
		BUG("a route without a peer or time");
}

static size_t feed(const uint8_t *bytes, size_t len, size_t chunk, struct batch *b)
{
	struct stream_reader *r = source_bgplay.reader_new();
	struct err e = {0};

	for (size_t at = 0; at < len; at += chunk) {
		size_t n = len - at < chunk ? len - at : chunk;
		char *copy = xmalloc(n); /* a block of its own, so that a byte too far is seen */
		memcpy(copy, bytes + at, n);
		if (source_bgplay.feed(r, copy, n, b, &e) < 0)
			BUG("no line here is that long: %s", e.msg);
		free(copy);
	}
	source_bgplay.reader_free(r);
	for (size_t i = 0; i < b->count; i++)
		check_fact(&b->facts[i]);
	return b->count + b->skipped;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct batch whole, parts;

	if (size < 2)
		return 0;
	size_t chunk = data[0] >= 'A' && data[0] <= 'Z' ? (size_t)(data[0] - 'A' + 1) : size;
	batch_init(&whole, 1 << 20);
	batch_init(&parts, 1 << 20);
	size_t a = feed(data + 1, size - 1, size, &whole), b = feed(data + 1, size - 1, chunk, &parts);
	if (a != b)
		BUG("%zu facts and skips in one, %zu in chunks of %zu", a, b, chunk);
	batch_release(&whole);
	batch_release(&parts);
	return 0;
}
