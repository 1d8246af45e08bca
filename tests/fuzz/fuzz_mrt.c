/* Fuzz MRT decoding: whatever comes in, in whatever chunks, gives the same records, lines and facts, and every one of
 * them is inside its bytes (the sanitizers look). The first byte chooses the chunk size and whether ADDPATH is guessed.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "core/fact.h"
#include "source/mrt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 64 << 20 }; /* a few bytes of path and many short prefixes make much text: enough is enough */

struct sums {
	struct mrt_printer printer;
	struct mrt_facts facts;
	struct batch out;
	uint64_t records, hash, text;
};

static void take_text(const char *text, size_t len, void *arg)
{
	struct sums *s = arg;

	s->text += len;
	for (size_t i = 0; i<len; i += len> 4096 ? 61 : 1)
		s->hash = (s->hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3);
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct sums *s = arg;

	s->records++;
	if ((rec->kind == MRT_BROKEN) > (rec->why != NULL))
		BUG("a broken record without a reason");
	if (s->text < TEXT_MAX)
		mrt_print(&s->printer, rec);
	if (mrt_facts_add(&s->facts, rec, &s->out, NULL) < 0 || s->out.count > 10000)
		batch_clear(&s->out);
}

static void run(struct sums *s, const uint8_t *data, size_t size, size_t step, bool guess)
{
	struct mrt_reader *r = mrt_reader_new();
	int code = 0;

	*s = (struct sums){0};
	mrt_printer_init(&s->printer, take_text, s);
	mrt_facts_init(&s->facts, "rrc00", NULL, NULL);
	batch_init(&s->out, 1 << 16);
	mrt_reader_guess_addpath(r, guess);
	for (size_t at = 0; at < size && code == 0; at += step)
		code = mrt_feed(r, data + at, step < size - at ? step : size - at, take_record, s, NULL);
	mrt_end(r, take_record, s);
	mrt_printer_flush(&s->printer);
	if (mrt_facts_end(&s->facts, &s->out, NULL) < 0)
		batch_clear(&s->out);
	batch_release(&s->out);
	mrt_facts_release(&s->facts);
	mrt_printer_release(&s->printer);
	mrt_reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sums whole, parts;

	if (size == 0)
		return 0;
	size_t step = 1 + data[0] / 2 * (size_t)17;
	run(&whole, data + 1, size - 1, size, data[0] & 1);
	run(&parts, data + 1, size - 1, step, data[0] & 1);
	if (whole.records != parts.records || whole.hash != parts.hash)
		BUG("%llu records at once, %llu in parts of %zu", (unsigned long long)whole.records,
		    (unsigned long long)parts.records, step);
	return 0;
}
