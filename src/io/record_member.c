/* Members of a recording: see record_member.h. The bytes are hostile: every size is checked against the file, and what a member
 * unpacks to has a cap. */
#include "record_member.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define PIECE (64u << 10)
#define WASTE_FREE (64u << 20)
#define WASTE_PER_BYTE 32      /* text packs ten to one */

static int read_at(const struct member_file *f, uint64_t at, void *buf, size_t len, struct err *e)
{
	size_t done = 0;
	if (at > f->size || len > f->size - at)
		return err_set(e, ERR_PARSE, "%s ends too soon", f->name);
	if (f->memory) {
		memcpy(buf, f->memory + at, len);
		return 0;
	}
	while (done < len) {
		ssize_t n = pread(f->fd, (char *)buf + done, len - done, (off_t)(at + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FILE, "cannot read %s: %s", f->name, strerror(errno));
		if (n == 0)
			return err_set(e, ERR_FILE, "%s has become shorter", f->name);
		done += (size_t)n;
	}
	return 0;
}

int member_header(const struct member_file *f, uint64_t at, struct record_member *m, struct err *e)
{
	unsigned char bytes[RECORD_HEADER_LEN];
	if (f->size < RECORD_HEADER_LEN || at > f->size - RECORD_HEADER_LEN)
		return 0;
	int rc = read_at(f, at, bytes, sizeof(bytes), e);
	if (rc < 0)
		return rc;
	if (!record_header_get(bytes, m))
		return err_set(e, ERR_PARSE, at ? "%s is damaged at byte %" PRIu64 : "%s is not a recording of landline", f->name, at);
	if (m->version != RECORD_VERSION)
		return err_set(e, ERR_SHAPE, "%s was recorded by a newer landline", f->name);
	return 1;
}

int member_find(const struct member_file *f, uint64_t at, uint64_t *found, struct err *e)
{
	unsigned char buf[PIECE];
	struct record_member m;
	for (*found = f->size; f->size >= RECORD_HEADER_LEN && at <= f->size - RECORD_HEADER_LEN;) {
		size_t len = f->size - at < sizeof(buf) ? (size_t)(f->size - at) : sizeof(buf);
		int rc = read_at(f, at, buf, len, e);
		if (rc < 0)
			return rc;
		size_t last = len - RECORD_HEADER_LEN; /* the last place where a header can be read from this piece */
		for (size_t i = 0; i <= last; i++) {
			const unsigned char *p = memchr(buf + i, 0x1f, last - i + 1);
			if (!p)
				break;
			i = (size_t)(p - buf);
			if (record_header_get(p, &m) && m.version == RECORD_VERSION) {
				*found = at + i;
				return 0;
			}
		}
		at += last + 1;
	}
	return 0;
}

/* The stream is over at `at`: is what follows its trailer, and is it right? */
static int check_trailer(const struct member_file *f, uint64_t at, const struct strbuf *raw, uint64_t *end, enum member_state *state,
			 struct err *e)
{
	unsigned char is[RECORD_TRAILER_LEN], want[RECORD_TRAILER_LEN];
	struct record_member m = {.raw = (uint32_t)raw->len,
				  .crc = (uint32_t)crc32(crc32(0, NULL, 0), (const Bytef *)raw->text, (uInt)raw->len)};
	if (f->size - at < sizeof(is)) {
		*state = MEMBER_CUT;
		return 0;
	}
	int rc = read_at(f, at, is, sizeof(is), e);
	if (rc < 0)
		return rc;
	record_trailer_put(want, &m);
	*state = memcmp(is, want, sizeof(is)) == 0 ? MEMBER_WHOLE : MEMBER_BROKEN;
	*end = at + sizeof(is);
	return 0;
}

static int unpack(struct member_file *f, z_stream *z, uint64_t at, struct strbuf *raw, uint64_t *end, enum member_state *state,
		  struct err *e)
{
	unsigned char packed[PIECE], out[PIECE];
	for (;;) {
		size_t len = f->size - at < sizeof(packed) ? (size_t)(f->size - at) : sizeof(packed);
		int rc = read_at(f, at, packed, len, e);
		if (rc < 0)
			return rc;
		z->next_in = packed;
		z->avail_in = (uInt)len;
		int got;
		do {
			z->next_out = out;
			z->avail_out = sizeof(out);
			got = inflate(z, Z_NO_FLUSH);
			strbuf_add(raw, out, sizeof(out) - z->avail_out);
		} while (got == Z_OK && z->avail_out == 0 && !raw->cut);
		at += len - z->avail_in;
		if (raw->cut || (got != Z_OK && got != Z_BUF_ERROR && got != Z_STREAM_END)) {
			*state = MEMBER_BROKEN;
			return 0;
		}
		if (got == Z_STREAM_END)
			return check_trailer(f, at, raw, end, state, e);
		if (at == f->size) {
			*state = MEMBER_CUT;
			return 0;
		}
	}
}

int member_unpack(struct member_file *f, uint64_t at, struct strbuf *raw, uint64_t *end, enum member_state *state, struct err *e)
{
	z_stream z = {0};
	struct record_member m;
	struct err why = {0};
	strbuf_clear(raw);
	*end = f->size;
	int rc = member_header(f, at, &m, &why);
	if (rc == ERR_FILE)
		return err_set(e, rc, "%s", why.msg);
	*state = rc == 0 ? MEMBER_CUT : MEMBER_BROKEN;
	if (rc <= 0)
		return 0;
	if (inflateInit2(&z, -15) != Z_OK)
		return err_set(e, ERR_LIMIT, "cannot start unpacking");
	rc = unpack(f, &z, at + RECORD_HEADER_LEN, raw, end, state, e);
	inflateEnd(&z);
	if (rc == 0 && *state != MEMBER_WHOLE && (f->wasted += raw->len) > WASTE_FREE + WASTE_PER_BYTE * f->size)
		return err_set(e, ERR_LIMIT, "%s is damaged at byte %" PRIu64 " and in too many other places", f->name, at);
	return rc;
}
