/* Writing a recording: see io/record.h.
 *
 * Bodies go from where they lie straight into zlib: nothing is copied. What zlib gives out is written at once when a second is
 * over or the buffer is full; a second that brought nothing writes nothing. */
#include "io/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "record_format.h"
#include "record_scrub.h"

#define MEMBER_RAW_MAX (256u << 10)
#define FLUSH_MS 1000
#define LEVEL 4 /* an eighth more bytes than zlib's usual 6, at twice its speed */
#define WAITING_MAX 512 /* jobs under way at a time are some dozens */

/* A job whose answer, or whose stream's end, is still to come: said again at the beginning of each member. */
struct waiting { uint32_t id; char *text; /* four strings, each with its NUL: source, call, subject, url */ };

struct record {
	int fd;
	char path[700];
	z_stream z;
	bool open;                   /* a member has begun */
	struct record_member m;      /* of the open member */
	uint64_t member_at, size;    /* where it begins; bytes in the file */
	struct mono unflushed;       /* when the oldest unflushed frame came; MONO_NEVER: all is flushed */
	struct strbuf head;
	struct waiting waiting[WAITING_MAX];
	size_t waiting_count;
	struct scrub scrub;
	char error[200];
	unsigned char out[1 << 16];
};

static void failed(struct record *r, const char *what)
{
	if (!r->error[0])
		snprintf(r->error, sizeof(r->error), "cannot %s the recording: %s", what, strerror(errno));
}

/* All or nothing more: after a failure the file is cut back to what was whole, if it can be. */
static void put(struct record *r, const void *bytes, size_t len)
{
	const char *p = bytes;
	uint64_t before = r->size;
	while (len > 0 && !r->error[0]) {
		ssize_t n = write(r->fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			failed(r, "write");
			if (ftruncate(r->fd, (off_t)before) == 0)
				r->size = before;
			return;
		}
		p += n;
		len -= (size_t)n;
		r->size += (uint64_t)n;
	}
}

static void begin_member(struct record *r, struct now now)
{
	unsigned char header[RECORD_HEADER_LEN];
	r->m = (struct record_member){.first = now.wall.ms, .last = now.wall.ms};
	r->member_at = r->size;
	record_header_put(header, &r->m);
	put(r, header, sizeof(header));
	deflateReset(&r->z);
	r->m.crc = (uint32_t)crc32(0, NULL, 0);
	r->open = true;
}

/* Let zlib work on len bytes; flush says how much of it must come out. */
static void pack(struct record *r, const void *bytes, size_t len, int flush)
{
	const unsigned char *p = bytes;
	do {
		uInt part = len > (1u << 30) ? 1u << 30 : (uInt)len;
		r->z.next_in = (Bytef *)(uintptr_t)p;
		r->z.avail_in = part;
		do {
			r->z.next_out = r->out;
			r->z.avail_out = sizeof(r->out);
			(void)deflate(&r->z, part == len ? flush : Z_NO_FLUSH);
			put(r, r->out, sizeof(r->out) - r->z.avail_out);
		} while (r->z.avail_out == 0);
		if (part)
			r->m.crc = (uint32_t)crc32(r->m.crc, p, part);
		r->m.raw += part;
		p += part;
		len -= part;
	} while (len > 0);
}

static void end_member(struct record *r)
{
	unsigned char header[RECORD_HEADER_LEN], trailer[RECORD_TRAILER_LEN];
	if (!r->open)
		return;
	pack(r, "", 0, Z_FINISH);
	record_trailer_put(trailer, &r->m);
	put(r, trailer, sizeof(trailer));
	r->open = false;
	r->unflushed = MONO_NEVER;
	if (r->error[0])
		return;
	r->m.size = (uint32_t)(r->size - r->member_at);
	record_header_put(header, &r->m);
	if (pwrite(r->fd, header, sizeof(header), (off_t)r->member_at) != (ssize_t)sizeof(header))
		failed(r, "end a part of");
}

void record_secret(struct record *r, const char *token)
{
	scrub_add(&r->scrub, token);
}

/* ---- frames ---- */

static void put_frame(struct record *r, const struct frame *f)
{
	strbuf_clear(&r->head);
	frame_head(f, &r->head);
	if (r->head.cut || r->head.len >= FRAME_HEAD_MAX)
		return; /* nothing that is asked is so long */
	const char *head = scrub_bytes(&r->scrub, r->head.text, r->head.len);
	pack(r, head, r->head.len, Z_NO_FLUSH);
	pack(r, scrub_bytes(&r->scrub, f->in.body, f->in.len), f->in.len, Z_NO_FLUSH);
	pack(r, "\n", 1, Z_NO_FLUSH);
	r->m.frames++;
	if (f->now.wall.ms < r->m.first)
		r->m.first = f->now.wall.ms;
	if (f->now.wall.ms > r->m.last)
		r->m.last = f->now.wall.ms;
}

/* ---- jobs ---- */

static void forget_waiting(struct record *r, uint32_t id)
{
	for (size_t i = 0; i < r->waiting_count; i++)
		if (r->waiting[i].id == id) {
			free(r->waiting[i].text);
			r->waiting[i] = r->waiting[--r->waiting_count];
			return;
		}
}

static void keep_waiting(struct record *r, const struct frame *f)
{
	const char *parts[4] = {f->source, f->call, f->subject, f->url};
	size_t len = 0;
	forget_waiting(r, f->in.job);
	if (r->waiting_count == WAITING_MAX)
		return;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		len += strlen(parts[i]) + 1;
	char *to = xmalloc(len);
	r->waiting[r->waiting_count++] = (struct waiting){f->in.job, to};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t n = strlen(parts[i]) + 1;
		memcpy(to, parts[i], n);
		to += n;
	}
}

/* So that a member can be read without those before it. */
static void say_waiting(struct record *r, struct now now)
{
	for (size_t i = 0; i < r->waiting_count; i++) {
		const char *s[4] = {r->waiting[i].text};
		for (size_t k = 1; k < ARRAY_LEN(s); k++)
			s[k] = s[k - 1] + strlen(s[k - 1]) + 1;
		put_frame(r, &(struct frame){.kind = FRAME_JOB, .now = now, .source = s[0], .call = s[1], .subject = s[2], .url = s[3],
					     .in = {.job = r->waiting[i].id, .retry_after_s = -1}});
	}
}

void record_frame(struct record *r, const struct frame *f)
{
	if (r->error[0] || f->in.len > FRAME_BODY_MAX)
		return;
	if (!r->open) {
		begin_member(r, f->now);
		say_waiting(r, f->now);
	}
	put_frame(r, f);
	if (f->kind == FRAME_JOB)
		keep_waiting(r, f);
	else if (f->kind == FRAME_INPUT && (f->in.kind == INPUT_REPLY || f->in.kind == INPUT_STREAM_END))
		forget_waiting(r, f->in.job);
	if (r->unflushed.ms == MONO_NEVER.ms)
		r->unflushed = (struct mono){f->now.mono.ms};
	if (r->m.raw >= MEMBER_RAW_MAX)
		end_member(r);
}

struct mono record_due(const struct record *r)
{
	return r->unflushed.ms == MONO_NEVER.ms || r->error[0] ? MONO_NEVER : (struct mono){r->unflushed.ms + FLUSH_MS};
}

void record_turn(struct record *r, struct now now)
{
	if (!r->open || r->error[0] || now.mono.ms < record_due(r).ms)
		return;
	pack(r, "", 0, Z_SYNC_FLUSH);
	r->unflushed = MONO_NEVER;
}

const char *record_error(const struct record *r)
{
	return r->error;
}

uint64_t record_bytes(const struct record *r)
{
	return r->size;
}

const char *record_path(const struct record *r)
{
	return r->path;
}

/* ---- opening and closing ---- */

/* A folder stands for a new file in it, named by the moment. */
static void name_file(char dst[700], const char *path, struct now now)
{
	struct stat st;
	char t[WALL_TEXT_MAX], stamp[WALL_TEXT_MAX];
	size_t n = 0;
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		snprintf(dst, 700, "%s", path);
		return;
	}
	wall_format(t, now.wall);
	for (const char *p = t; *p; p++)
		if (*p != '-' && *p != ':')
			stamp[n++] = *p;
	stamp[n] = '\0';
	snprintf(dst, 700, "%.600s/landline-%s.rec", path, stamp);
}

static int open_file(struct record *r, struct err *e)
{
	if (strlen(r->path) >= sizeof(r->path) - 1)
		return err_set(e, ERR_FILE, "cannot record: the name of the file is too long");
	r->fd = open(r->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (r->fd >= 0)
		return 0;
	if (errno == EEXIST)
		return err_set(e, ERR_FILE, "'%s' exists: a recording is never written over or into another; name a new file, or a folder",
			       r->path);
	return err_set(e, ERR_FILE, "cannot record into '%s': %s", r->path, strerror(errno));
}

int record_open(struct record **out, const char *path, const struct session *session, struct now now, struct err *e)
{
	struct record *r = xcalloc(1, sizeof(*r));
	struct strbuf text;
	*out = NULL;
	r->fd = -1;
	r->unflushed = MONO_NEVER;
	name_file(r->path, path, now);
	int rc = open_file(r, e);
	if (rc < 0) {
		free(r);
		return rc;
	}
	if (deflateInit2(&r->z, LEVEL, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		BUG("zlib does not start");
	strbuf_init(&r->head, FRAME_HEAD_MAX);
	scrub_init(&r->scrub, FRAME_BODY_MAX);
	strbuf_init(&text, SESSION_CONFIG_MAX + 8192);
	session_write(session, &text);
	record_frame(r, &(struct frame){.kind = FRAME_SESSION, .now = now, .in = {.body = text.text, .len = text.len}});
	strbuf_release(&text);
	*out = r;
	return 0;
}

int record_close(struct record *r, struct err *e)
{
	int rc = 0;
	if (!r)
		return 0;
	struct record_member last = r->m;
	end_member(r);
	if (!r->error[0]) { /* an empty member says: this is the end */
		unsigned char bytes[RECORD_HEADER_LEN + RECORD_TRAILER_LEN + 2];
		last = (struct record_member){.flags = RECORD_CLOSED, .size = sizeof(bytes), .first = last.last, .last = last.last};
		record_header_put(bytes, &last);
		bytes[RECORD_HEADER_LEN] = 3; /* an empty deflate block */
		bytes[RECORD_HEADER_LEN + 1] = 0;
		record_trailer_put(bytes + RECORD_HEADER_LEN + 2, &last);
		put(r, bytes, sizeof(bytes));
	}
	if (close(r->fd) != 0)
		failed(r, "close");
	if (r->error[0])
		rc = err_set(e, ERR_FILE, "%s", r->error);
	deflateEnd(&r->z);
	while (r->waiting_count)
		free(r->waiting[--r->waiting_count].text);
	strbuf_release(&r->head);
	scrub_release(&r->scrub);
	free(r);
	return rc;
}
