/* A recording from any bytes: it is read up to an end, a cut or an error in words. After a 'P' the bytes are packed
 * into a sound container first, so that what is inside is reached too; after a 'Q' three times over, the second one broken. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "io/record.h"
#include "io/record_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *pack(const uint8_t *data, size_t size, size_t *len)
{
	uLong bound = compressBound((uLong)size) + 64;
	uint8_t *out = xmalloc(RECORD_HEADER_LEN + bound + RECORD_TRAILER_LEN);
	z_stream z = {0};
	if (deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = out + RECORD_HEADER_LEN;
	z.avail_out = (uInt)bound;
	(void)deflate(&z, Z_FINISH);
	*len = RECORD_HEADER_LEN + z.total_out + RECORD_TRAILER_LEN;
	deflateEnd(&z);
	struct record_member m = {.size = (uint32_t)*len, .raw = (uint32_t)size, .frames = 1,
				  .crc = (uint32_t)crc32(crc32(0, NULL, 0), data, (uInt)size)};
	record_header_put(out, &m);
	record_trailer_put(out + *len - RECORD_TRAILER_LEN, &m);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_reader *r;
	struct frame f;
	struct err e = {0};
	uint8_t *packed = NULL;
	size_t len = size;
	if (size && (data[0] == 'P' || data[0] == 'Q')) {
		packed = pack(data + 1, size - 1, &len);
		if (data[0] == 'Q') {
			packed = xrealloc(packed, 3, len);
			memcpy(packed + len, packed, len);
			memcpy(packed + 2 * len, packed, len);
			packed[2 * len - 6] ^= 1; /* of the CRC */
			len *= 3;
		}
		data = packed;
	}
	if (record_reader_memory(&r, data, len, &e) == 0) {
		int rc;
		while ((rc = record_reader_next(r, &f, &e)) > 0)
			if (f.kind >= FRAME_KIND_COUNT)
				abort();
		if (rc < 0 && !e.msg[0])
			abort();
		record_reader_close(r);
	} else if (!e.msg[0]) {
		abort();
	}
	free(packed);
	return 0;
}
