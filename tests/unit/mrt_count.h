/* What a stream of MRT bytes comes to: counts, the hash of its lines, the lines themselves when a buffer is given. */
#ifndef LANDLINE_TESTS_MRT_COUNT_H
#define LANDLINE_TESTS_MRT_COUNT_H

#include <string.h>

#include "base/strbuf.h"
#include "source/mrt.h"

struct count {
	uint64_t kinds[MRT_KIND_COUNT], records, hash;
	uint64_t odd;            /* records with a `why` that are not broken */
	const char *why;         /* the last */
	uint64_t number, offset; /* of the last broken record */
	struct mrt_printer printer;
	struct strbuf *lines; /* or NULL */
};

static inline void count_text(const char *text, size_t len, void *arg)
{
	struct count *c = arg;

	for (size_t i = 0; i < len; i++)
		c->hash = (c->hash ^ (uint8_t)text[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
	if (c->lines)
		strbuf_add(c->lines, text, len);
}

static inline void count_record(const struct mrt_record *rec, void *arg)
{
	struct count *c = arg;

	c->records++;
	c->kinds[rec->kind]++;
	c->odd += rec->why && rec->kind != MRT_BROKEN;
	if (rec->why) {
		c->why = rec->why;
		c->number = rec->number;
		c->offset = rec->offset;
	}
	mrt_print(&c->printer, rec);
}

/* Feed in chunks of `step` bytes (0: at once). Returns mrt_feed's code. */
static inline int count_bytes(struct count *c, const uint8_t *bytes, size_t len, size_t step, struct strbuf *lines,
			      bool guess)
{
	struct mrt_reader *r = mrt_reader_new();
	int code = 0;

	*c = (struct count){.hash = UINT64_C(0xcbf29ce484222325), .lines = lines};
	mrt_printer_init(&c->printer, count_text, c);
	mrt_reader_guess_addpath(r, guess);
	for (size_t at = 0; at < len && code == 0;) {
		size_t n = step && step < len - at ? step : len - at;
		code = mrt_feed(r, bytes + at, n, count_record, c, NULL);
		at += n;
	}
	mrt_end(r, count_record, c);
	mrt_printer_flush(&c->printer);
	mrt_printer_release(&c->printer);
	mrt_reader_free(r);
	return code;
}

#endif
