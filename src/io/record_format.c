/* The bytes around the frames of a recording: see io/record.h for the layout and RFC 1952 for what is gzip's in it. */
#include "record_format.h"

#include <string.h>

static void put_le(unsigned char *at, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		at[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get_le(const unsigned char *at, int bytes)
{
	uint64_t v = 0;
	for (int i = 0; i < bytes; i++)
		v |= (uint64_t)at[i] << (8 * i);
	return v;
}

/* gzip, deflate, FEXTRA, no time, no flags, unknown system; 36 bytes of extra field: 'L' 'R', 32. */
static const unsigned char fixed[16] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 36, 0, 'L', 'R', 32, 0};

void record_header_put(unsigned char out[RECORD_HEADER_LEN], const struct record_member *m)
{
	memcpy(out, fixed, sizeof(fixed));
	out[16] = RECORD_VERSION;
	out[17] = m->flags;
	put_le(out + 18, 0, 2);
	put_le(out + 20, m->size, 4);
	put_le(out + 24, m->raw, 4);
	put_le(out + 28, m->frames, 4);
	put_le(out + 32, (uint64_t)m->first, 8);
	put_le(out + 40, (uint64_t)m->last, 8);
}

void record_trailer_put(unsigned char out[RECORD_TRAILER_LEN], const struct record_member *m)
{
	put_le(out, m->crc, 4);
	put_le(out + 4, m->raw, 4);
}

bool record_header_get(const unsigned char in[RECORD_HEADER_LEN], struct record_member *m)
{
	if (memcmp(in, fixed, sizeof(fixed)) != 0)
		return false;
	*m = (struct record_member){
		.version = in[16], .flags = in[17], .size = (uint32_t)get_le(in + 20, 4), .raw = (uint32_t)get_le(in + 24, 4),
		.frames = (uint32_t)get_le(in + 28, 4), .first = (int64_t)get_le(in + 32, 8), .last = (int64_t)get_le(in + 40, 8),
	};
	return true;
}
