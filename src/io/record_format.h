/* Private to src/io: the header of a member of a recording, as struct and as bytes (io/record.h has the layout). */
#ifndef LANDLINE_IO_RECORD_FORMAT_H
#define LANDLINE_IO_RECORD_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#define RECORD_HEADER_LEN 48
#define RECORD_TRAILER_LEN 8
#define RECORD_VERSION 1
#define RECORD_CLOSED 1

struct record_member {
	uint8_t version, flags;
	uint32_t size, raw, frames;
	int64_t first, last;         /* wall ms */
	uint32_t crc;                /* of the trailer */
};

void record_header_put(unsigned char out[RECORD_HEADER_LEN], const struct record_member *m);
void record_trailer_put(unsigned char out[RECORD_TRAILER_LEN], const struct record_member *m);
/* False: these bytes do not begin a member of ours. */
bool record_header_get(const unsigned char in[RECORD_HEADER_LEN], struct record_member *m);

#endif
