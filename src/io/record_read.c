/* Reading a recording, whole, cut or damaged: see io/record.h. The bytes are hostile: sizes are checked against the file, no more
 * is unpacked at a time than the next frame needs, and a frame has a cap. */
#include "io/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "record_format.h"

#define PIECE (64u << 10)
#define COMPACT (1u << 20)

struct record_reader {
	int fd;
	const unsigned char *memory; /* instead of fd */
	uint64_t size;               /* of the file when it was opened */
	char name[200];
	struct record_info info;
	struct frame_reader *frames;
	/* the place */
	uint64_t at;                 /* the next packed byte */
	uint64_t member_at, member_end; /* of the member being read; member_end: of what may be read for it */
	bool inside, over, whole;    /* whole: the member says where it ends */
	z_stream z;
	struct strbuf raw;           /* unpacked bytes; the first `eaten` are done with */
	size_t eaten;
	unsigned char packed[PIECE];
};

static int read_at(struct record_reader *r, uint64_t at, void *buf, size_t len, struct err *e)
{
	size_t done = 0;
	if (at > r->size || len > r->size - at)
		return err_set(e, ERR_PARSE, "%s ends too soon", r->name);
	if (r->memory) {
		memcpy(buf, r->memory + at, len);
		return 0;
	}
	while (done < len) {
		ssize_t n = pread(r->fd, (char *)buf + done, len - done, (off_t)(at + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FILE, "cannot read %s: %s", r->name, strerror(errno));
		if (n == 0)
			return err_set(e, ERR_FILE, "%s has become shorter", r->name);
		done += (size_t)n;
	}
	return 0;
}

/* Read the member's header at `at`: 1, 0 at the end of the file or when its header is cut, or an error. */
static int header_at(struct record_reader *r, uint64_t at, struct record_member *m, struct err *e)
{
	unsigned char bytes[RECORD_HEADER_LEN];
	if (r->size < at + sizeof(bytes))
		return 0;
	int rc = read_at(r, at, bytes, sizeof(bytes), e);
	if (rc < 0)
		return rc;
	if (!record_header_get(bytes, m))
		return err_set(e, ERR_PARSE, at ? "%s is damaged at byte %" PRIu64 : "%s is not a recording of landline", r->name, at);
	if (m->version != RECORD_VERSION)
		return err_set(e, ERR_SHAPE, "%s was recorded by a newer landline", r->name);
	if (m->size && m->size < RECORD_HEADER_LEN + RECORD_TRAILER_LEN + 2)
		return err_set(e, ERR_PARSE, "%s is damaged at byte %" PRIu64, r->name, at);
	return 1;
}

static void widen(struct record_info *info, int64_t first, int64_t last)
{
	if (!wall_is_set(info->from) || first < info->from.ms)
		info->from.ms = first;
	if (!wall_is_set(info->until) || last > info->until.ms)
		info->until.ms = last;
}

/* ---- members --------------------------------------------------------------------------------------------------------- */

static void stop(struct record_reader *r, bool cut)
{
	if (r->inside)
		inflateEnd(&r->z);
	r->inside = false;
	r->over = true;
	r->info.cut |= cut;
}

static int enter(struct record_reader *r, struct err *e)
{
	struct record_member m;
	if (r->raw.len > r->eaten)
		return err_set(e, ERR_PARSE, "%s is damaged before byte %" PRIu64 ": a frame is not whole", r->name, r->at);
	int rc = header_at(r, r->at, &m, e);
	if (rc <= 0) {
		stop(r, r->at != r->size || r->info.cut);
		return rc;
	}
	r->member_at = r->at;
	r->whole = m.size && m.size <= r->size - r->at;
	r->member_end = r->whole ? r->at + m.size - RECORD_TRAILER_LEN : r->size;
	r->at += RECORD_HEADER_LEN;
	r->z = (z_stream){0};
	if (inflateInit2(&r->z, -15) != Z_OK)
		return err_set(e, ERR_LIMIT, "cannot start unpacking");
	r->inside = true;
	return 1;
}

/* One piece more of unpacked bytes: 1, or 0 at the end of the recording or the cut. */
static int unpack(struct record_reader *r, struct err *e)
{
	int rc = r->inside ? 1 : enter(r, e);
	if (rc <= 0)
		return rc;
	uint64_t left = r->member_end - r->at;
	size_t len = left < sizeof(r->packed) ? (size_t)left : sizeof(r->packed);
	if ((rc = read_at(r, r->at, r->packed, len, e)) < 0)
		return rc;
	unsigned char out[PIECE];
	r->z.next_in = r->packed;
	r->z.avail_in = (uInt)len;
	r->z.next_out = out;
	r->z.avail_out = sizeof(out);
	int got = inflate(&r->z, Z_NO_FLUSH);
	size_t ate = len - r->z.avail_in, made = sizeof(out) - r->z.avail_out;
	r->at += ate;
	strbuf_add(&r->raw, out, made);
	if (got == Z_STREAM_END) {
		inflateEnd(&r->z);
		r->inside = false;
		if (!r->whole || r->at != r->member_end) {
			stop(r, true); /* its end is there, but its size was never written: the last breath of a killed run */
			return 1;
		}
		r->at += RECORD_TRAILER_LEN;
		return 1;
	}
	if (got != Z_OK && got != Z_BUF_ERROR)
		return err_set(e, ERR_PARSE, "%s is damaged at byte %" PRIu64, r->name, r->at);
	if (ate == 0 && made == 0) {
		if (r->whole)
			return err_set(e, ERR_PARSE, "%s is damaged before byte %" PRIu64, r->name, r->member_end);
		stop(r, true);
		return 0;
	}
	return 1;
}

/* ---- frames ---------------------------------------------------------------------------------------------------------- */

static void compact(struct record_reader *r)
{
	if (r->eaten < COMPACT && r->eaten < r->raw.len)
		return;
	strbuf_drop(&r->raw, r->eaten);
	r->eaten = 0;
}

/* Any frame. 1, 0, or an error. */
static int any_frame(struct record_reader *r, struct frame *out, struct err *e)
{
	for (;;) {
		size_t used = 0;
		int rc = frame_read(r->frames, r->raw.text + r->eaten, r->raw.len - r->eaten, &used, out, e);
		if (rc > 0) {
			r->eaten += used;
			return 1;
		}
		if (rc == 0 && r->over)
			return 0;
		if (rc == 0) {
			compact(r);
			rc = unpack(r, e);
			if (rc == 0)
				return 0;
			if (rc > 0 && r->raw.cut)
				rc = err_set(e, ERR_LIMIT, "a frame is too long");
		}
		if (rc < 0) {
			if (!strstr(e->msg, r->name))
				err_prefix(e, "%s at byte %" PRIu64, r->name, r->member_at);
			stop(r, true);
			r->eaten = r->raw.len;
			return rc;
		}
	}
}

int record_reader_next(struct record_reader *r, struct frame *out, struct err *e)
{
	for (;;) {
		int rc = any_frame(r, out, e);
		if (rc <= 0)
			return rc;
		if (out->kind == FRAME_SESSION) { /* files that were put one behind the other: what follows is another run */
			stop(r, true);
			r->eaten = r->raw.len;
			return 0;
		}
		if (out->kind != FRAME_JOB && out->kind != FRAME_KIND_COUNT)
			return 1;
	}
}

int record_reader_rewind(struct record_reader *r, struct err *e)
{
	struct frame f;
	if (r->inside)
		inflateEnd(&r->z);
	r->inside = r->over = false;
	r->at = 0;
	strbuf_clear(&r->raw);
	r->eaten = 0;
	frame_reader_clear(r->frames);
	int rc = any_frame(r, &f, e);
	if (rc < 0)
		return rc;
	if (rc == 0 || f.kind != FRAME_SESSION)
		return err_set(e, ERR_PARSE, "%s is not a recording of landline, or it was cut in its first second", r->name);
	rc = session_read(f.in.body, f.in.len, &r->info.session, e);
	return rc < 0 ? err_prefix(e, "%s", r->name) : 0;
}

/* ---- opening --------------------------------------------------------------------------------------------------------- */

/* The times of a member whose header does not say: what can be read of it. */
static void read_open_member(struct record_reader *r, uint64_t at)
{
	struct frame f;
	struct err e = {0};
	r->at = at;
	while (any_frame(r, &f, &e) > 0)
		widen(&r->info, f.now.wall.ms, f.now.wall.ms);
}

/* Hop from header to header. */
static int index_members(struct record_reader *r, struct err *e)
{
	struct record_member m = {0};
	uint64_t at = 0;
	bool closed = false;
	int rc;
	while ((rc = header_at(r, at, &m, at ? NULL : e)) > 0) {
		closed = m.flags & RECORD_CLOSED;
		if (closed && m.size && m.size <= r->size - at) {
			at += m.size;
			break;
		}
		if (!m.size || m.size > r->size - at) {
			read_open_member(r, at);
			r->info.cut = true;
			return 0;
		}
		if (m.frames)
			widen(&r->info, m.first, m.last);
		r->info.frames += m.frames;
		at += m.size;
	}
	r->info.cut = !closed;
	if (at == 0)
		return rc < 0 ? rc : err_set(e, ERR_PARSE, "%s is not a recording of landline", r->name);
	return 0;
}

static int start(struct record_reader **out, struct record_reader *r, struct err *e)
{
	r->info.from = r->info.until = WALL_NONE;
	r->frames = frame_reader_new();
	strbuf_init(&r->raw, FRAME_BODY_MAX + FRAME_HEAD_MAX + COMPACT + 2 * PIECE);
	int rc = index_members(r, e);
	bool cut = r->info.cut;
	if (rc == 0)
		rc = record_reader_rewind(r, e);
	r->info.cut = cut;
	if (rc < 0) {
		record_reader_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

int record_reader_open(struct record_reader **out, const char *path, struct err *e)
{
	struct stat st;
	struct record_reader *r = xcalloc(1, sizeof(*r));
	*out = NULL;
	snprintf(r->name, sizeof(r->name), "'%.190s'", path);
	r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->fd < 0 || fstat(r->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		int rc = err_set(e, r->fd < 0 && errno == ENOENT ? ERR_NOT_FOUND : ERR_FILE, "cannot open '%s': %s", path,
				 r->fd < 0 ? strerror(errno) : "not a file");
		record_reader_close(r);
		return rc;
	}
	r->size = (uint64_t)st.st_size;
	return start(out, r, e);
}

int record_reader_memory(struct record_reader **out, const void *bytes, size_t len, struct err *e)
{
	struct record_reader *r = xcalloc(1, sizeof(*r));
	*out = NULL;
	r->fd = -1;
	r->memory = bytes;
	r->size = len;
	snprintf(r->name, sizeof(r->name), "the recording");
	return start(out, r, e);
}

void record_reader_close(struct record_reader *r)
{
	if (!r)
		return;
	if (r->inside)
		inflateEnd(&r->z);
	if (r->fd >= 0)
		close(r->fd);
	frame_reader_free(r->frames);
	strbuf_release(&r->raw);
	free(r);
}

void record_reader_info(const struct record_reader *r, struct record_info *out)
{
	*out = r->info;
}
