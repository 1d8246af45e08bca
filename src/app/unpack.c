/* gzip, bzip2 and plain files as one stream of bytes: see unpack.h. */
#include "unpack.h"

#include <bzlib.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"

enum unpack_result { UNPACK_MORE, UNPACK_MEMBER_END, UNPACK_DAMAGED };

struct unpack_format;

struct unpack {
	const struct unpack_format *format; /* NULL until the first bytes are seen */
	int fd;
	bool eof;    /* of the file */
	bool inside; /* a compressed member has begun and not ended */
	char *at;    /* packed bytes that wait, in packed */
	size_t left;
	z_stream gz;
	bz_stream bz;
	char packed[1 << 16];
};

/* One way of packing. step: unpack from u->at into buf; *len is in the room and out the bytes made. */
struct unpack_format {
	const char *name;
	size_t magic_len;
	char magic[4];
	bool (*begin)(struct unpack *u);
	enum unpack_result (*step)(struct unpack *u, char *buf, size_t *len);
	void (*end)(struct unpack *u);
};

static bool gz_begin(struct unpack *u)
{
	u->gz = (z_stream){0};
	return inflateInit2(&u->gz, 15 + 16) == Z_OK;
}

static enum unpack_result gz_step(struct unpack *u, char *buf, size_t *len)
{
	u->gz.next_in = (Bytef *)u->at;
	u->gz.avail_in = (uInt)u->left;
	u->gz.next_out = (Bytef *)buf;
	u->gz.avail_out = (uInt)*len;
	int rc = inflate(&u->gz, Z_NO_FLUSH);
	u->at += u->left - u->gz.avail_in;
	u->left = u->gz.avail_in;
	*len -= u->gz.avail_out;
	return rc == Z_STREAM_END ? UNPACK_MEMBER_END : rc == Z_OK || rc == Z_BUF_ERROR ? UNPACK_MORE : UNPACK_DAMAGED;
}

static void gz_end(struct unpack *u)
{
	inflateEnd(&u->gz);
}

static bool bz_begin(struct unpack *u)
{
	u->bz = (bz_stream){0};
	return BZ2_bzDecompressInit(&u->bz, 0, 0) == BZ_OK;
}

static enum unpack_result bz_step(struct unpack *u, char *buf, size_t *len)
{
	u->bz.next_in = u->at;
	u->bz.avail_in = (unsigned)u->left;
	u->bz.next_out = buf;
	u->bz.avail_out = (unsigned)*len;
	int rc = BZ2_bzDecompress(&u->bz);
	u->at += u->left - u->bz.avail_in;
	u->left = u->bz.avail_in;
	*len -= u->bz.avail_out;
	return rc == BZ_STREAM_END ? UNPACK_MEMBER_END : rc == BZ_OK ? UNPACK_MORE : UNPACK_DAMAGED;
}

static void bz_end(struct unpack *u)
{
	BZ2_bzDecompressEnd(&u->bz);
}

static bool plain_begin(struct unpack *u)
{
	(void)u;
	return true;
}

static enum unpack_result plain_step(struct unpack *u, char *buf, size_t *len)
{
	size_t n = u->left < *len ? u->left : *len;

	memcpy(buf, u->at, n);
	u->at += n;
	u->left -= n;
	*len = n;
	return UNPACK_MORE;
}

static void plain_end(struct unpack *u)
{
	(void)u;
}

/* The last row fits everything. */
static const struct unpack_format formats[] = {
	{"gzip", 2, {'\x1f', '\x8b'}, gz_begin, gz_step, gz_end},
	{"bzip2", 3, {'B', 'Z', 'h'}, bz_begin, bz_step, bz_end},
	{"plain", 0, {0}, plain_begin, plain_step, plain_end},
};

int unpack_open(struct unpack **out, const char *path, struct err *e)
{
	bool standard = !path || strcmp(path, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);

	*out = NULL;
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_NOT_FOUND : ERR_FILE, "cannot open '%s': %s", path,
			       strerror(errno));
	*out = xcalloc(1, sizeof(**out));
	(*out)->fd = fd;
	(*out)->at = (*out)->packed;
	return 0;
}

void unpack_close(struct unpack *u)
{
	if (!u)
		return;
	if (u->inside)
		u->format->end(u);
	if (u->fd != STDIN_FILENO)
		close(u->fd);
	free(u);
}

/* Read until `want` packed bytes wait, or the file is over. */
static int fill(struct unpack *u, size_t want, struct err *e)
{
	while (u->left < want && !u->eof) {
		if (u->at != u->packed)
			memmove(u->packed, u->at, u->left);
		u->at = u->packed;
		ssize_t n = read(u->fd, u->packed + u->left, sizeof(u->packed) - u->left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FILE, "cannot read: %s", strerror(errno));
		u->eof = n == 0;
		u->left += (size_t)n;
	}
	return 0;
}

static bool begins_with(const struct unpack *u, const struct unpack_format *f)
{
	return u->left >= f->magic_len && memcmp(u->at, f->magic, f->magic_len) == 0;
}

/* At the start of a member: the first says what the file is; what follows the last and is no member is padding. */
static int begin_member(struct unpack *u, bool *over, struct err *e)
{
	int code = fill(u, sizeof(formats[0].magic), e);

	*over = u->left == 0;
	if (code < 0 || *over)
		return code;
	if (!u->format) {
		u->format = formats;
		while (!begins_with(u, u->format))
			u->format++;
	} else if (!begins_with(u, u->format)) {
		*over = true;
		return 0;
	}
	u->inside = u->format->begin(u);
	return u->inside ? 0 : err_set(e, ERR_LIMIT, "cannot start unpacking %s", u->format->name);
}

int unpack_read(struct unpack *u, void *buf, size_t cap, size_t *len, struct err *e)
{
	bool over = false;
	int code;

	*len = 0;
	for (;;) {
		if (!u->inside && ((code = begin_member(u, &over, e)) < 0 || over))
			return code;
		if ((code = fill(u, 1, e)) < 0)
			return code;
		bool dry = u->left == 0;
		size_t n = cap;
		enum unpack_result got = u->format->step(u, buf, &n);
		*len = n;
		if (got == UNPACK_MEMBER_END) {
			u->format->end(u);
			u->inside = false;
		}
		if (got == UNPACK_DAMAGED)
			return err_set(e, ERR_PARSE, "the %s data is damaged", u->format->name);
		if (n > 0)
			return 0;
		if (dry && u->inside)
			return u->format->magic_len
				       ? err_set(e, ERR_PARSE, "the %s data ends too soon", u->format->name)
				       : 0;
	}
}
