/* Reading a recording, whole, cut or damaged: see io/record.h.
 *
 * Member by member (record_member.h): one is unpacked and checked before any frame of it is given out, so nothing that was changed
 * on its way is taken for what came. One that is not whole is passed over, and the hole is given out as a frame of its own. Only
 * of the last member, when it was never ended, is read what there is. */
#include "io/record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "record_member.h"

#define MEMBER_MAX (FRAME_BODY_MAX + FRAME_HEAD_MAX + (1u << 20)) /* it ends with the frame that makes it larger than 256 KB */
#define DAY_MS 86400000LL
#define MEMBER_SPAN_MAX (30 * DAY_MS)

struct record_reader {
	struct member_file file;
	struct record_info info;
	struct frame_reader *frames;
	/* the place */
	uint64_t at, member_at;      /* where the next member begins; the one that is being read */
	bool over, tail;             /* tail: the last member, read up to the cut */
	bool session_known;          /* of a first member that is damaged */
	struct strbuf raw;           /* the member's frames; the first `eaten` bytes are done with */
	size_t eaten;
	struct now last;             /* of the frame that was given out last */
	bool lost;                   /* a hole before what comes next */
	uint64_t lost_at;            /* where it begins */
	char words[160];
};

static void widen(struct record_info *info, int64_t first, int64_t last)
{
	if (!wall_is_set(info->from) || first < info->from.ms)
		info->from.ms = first;
	if (!wall_is_set(info->until) || last > info->until.ms)
		info->until.ms = last;
}

/* ---- members ---- */

static void stop(struct record_reader *r, bool cut)
{
	r->over = true;
	r->info.cut |= cut;
	strbuf_clear(&r->raw);
	r->eaten = 0;
}

/* Of a first member that is damaged: without the session nothing can be played, and it stands at the very beginning. */
static void keep_session(struct record_reader *r)
{
	struct frame f;
	struct err ignored = {0};
	size_t used;
	if (frame_read(r->frames, r->raw.text, r->raw.len, &used, &f, &ignored) <= 0 || f.kind != FRAME_SESSION)
		return;
	r->session_known = session_read(f.in.body, f.in.len, &r->info.session, &ignored) == 0;
	r->last = f.now;
}

static void open_hole(struct record_reader *r, uint64_t at)
{
	if (!r->lost)
		r->lost_at = at;
	r->lost = true;
	strbuf_clear(&r->raw);
	r->eaten = 0;
}

/* The file's last member is not whole: it was being written when the end came, or it is damaged. */
static void take_tail(struct record_reader *r, enum member_state state)
{
	struct record_member m;
	struct err ignored = {0};
	bool ended = member_header(&r->file, r->at, &m, &ignored) > 0 && m.size;
	r->tail = true;
	r->info.cut = true;
	if (state == MEMBER_BROKEN && (ended || r->raw.len == 0))
		open_hole(r, r->at);
	r->at = r->file.size;
}

/* The next member that can be read: 1, 0 when there is none. */
static int next_member(struct record_reader *r, struct err *e)
{
	while (r->at < r->file.size) {
		uint64_t end, next;
		enum member_state state;
		int rc = member_unpack(&r->file, r->at, &r->raw, &end, &state, e);
		r->eaten = 0;
		r->member_at = r->at;
		if (rc == 0 && state == MEMBER_WHOLE) {
			r->at = end;
			return 1;
		}
		if (rc == 0)
			rc = member_find(&r->file, r->at + 1, &next, e);
		if (rc < 0)
			return rc;
		if (next == r->file.size) {
			take_tail(r, state);
			return 1;
		}
		if (r->at == 0)
			keep_session(r);
		open_hole(r, r->at);
		r->at = next;
	}
	return 0;
}

/* ---- frames ---- */

/* Nothing can be read from r->last to `until`. */
static void give_lost(struct record_reader *r, struct wall until, struct frame *out)
{
	char day[WALL_TEXT_MAX], from[WALL_TEXT_MAX], to_day[WALL_TEXT_MAX], to[WALL_TEXT_MAX];
	if (!wall_is_set(until) || until.ms < r->last.wall.ms)
		until = r->last.wall;
	*out = (struct frame){.kind = FRAME_LOST, .now = r->last, .source = "", .call = "", .subject = "", .url = "",
			      .in = {.retry_after_s = -1, .time = until}};
	wall_format_date(day, r->last.wall);
	wall_format_date(to_day, until);
	bool same_day = !strcmp(day, to_day);
	int n = snprintf(r->words, sizeof(r->words), "damaged at byte %" PRIu64 ": %s %s to %s%s%s UTC is lost", r->lost_at, day,
			 wall_format_hms(from, r->last.wall), same_day ? "" : to_day, same_day ? "" : " ", wall_format_hms(to, until));
	out->in.body = r->words;
	out->in.len = (size_t)n;
	r->lost = false;
}

/* Any frame. 1, 0, or an error, after which there is nothing more. */
static int any_frame(struct record_reader *r, struct frame *out, struct err *e)
{
	for (;;) {
		size_t used = 0, left = r->raw.len - r->eaten;
		struct err why = {0};
		int rc = left ? frame_read(r->frames, r->raw.text + r->eaten, left, &used, out, &why) : 0;
		if (rc > 0 && r->lost) { /* what was just read is read again, after the hole */
			give_lost(r, out->now.wall, out);
			return 1;
		}
		if (rc > 0) {
			r->eaten += used;
			r->last = out->now;
			return 1;
		}
		if (left && !r->tail) /* a frame that is none, or not whole, in a member that is */
			open_hole(r, r->member_at);
		if (r->over || r->tail) {
			stop(r, false);
			if (!r->lost)
				return 0;
			give_lost(r, r->info.until, out);
			return 1;
		}
		rc = next_member(r, e);
		if (rc <= 0)
			stop(r, rc < 0);
		if (rc < 0)
			return rc;
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
			return 0;
		}
		if (out->kind != FRAME_JOB && out->kind != FRAME_KIND_COUNT)
			return 1;
	}
}

static int not_a_recording(const struct record_reader *r, struct err *e)
{
	return err_set(e, ERR_PARSE, "%s is not a recording of landline, or its first second is cut or damaged", r->file.name);
}

int record_reader_rewind(struct record_reader *r, struct err *e)
{
	struct frame f;
	r->over = r->tail = r->lost = r->session_known = false;
	r->at = r->file.wasted = 0;
	r->last = (struct now){{0}, WALL_NONE};
	strbuf_clear(&r->raw);
	r->eaten = 0;
	frame_reader_clear(r->frames);
	int rc = next_member(r, e);
	if (rc < 0 || (rc > 0 && r->session_known))
		return rc < 0 ? rc : 0;
	if (rc == 0 || r->lost || (rc = any_frame(r, &f, e)) <= 0 || f.kind != FRAME_SESSION)
		return rc < 0 ? rc : not_a_recording(r, e);
	rc = session_read(f.in.body, f.in.len, &r->info.session, e);
	return rc < 0 ? err_prefix(e, "%s", r->file.name) : 0;
}

/* ---- opening ---- */

/* The times of a member whose header does not say, or not what can be: of the frames that can be read of it. */
static int measure(struct record_reader *r, uint64_t at, struct record_member *m, struct err *e)
{
	struct frame f;
	struct err ignored = {0};
	uint64_t end;
	enum member_state state;
	size_t used;
	int rc = member_unpack(&r->file, at, &r->raw, &end, &state, e);
	m->frames = 0;
	for (r->eaten = 0; rc == 0 && r->eaten < r->raw.len; r->eaten += used) {
		if (frame_read(r->frames, r->raw.text + r->eaten, r->raw.len - r->eaten, &used, &f, &ignored) <= 0)
			break;
		m->first = m->frames && m->first < f.now.wall.ms ? m->first : f.now.wall.ms;
		m->last = m->frames && m->last > f.now.wall.ms ? m->last : f.now.wall.ms;
		m->frames++;
	}
	return rc;
}

/* Times in a header are not covered by its CRC: those that follow on what came before are believed. */
static bool is_plausible(const struct record_member *m, int64_t before)
{
	return m->size && m->first >= before - DAY_MS && m->first <= before + MEMBER_SPAN_MAX && m->last >= m->first &&
	       m->last <= m->first + MEMBER_SPAN_MAX;
}

/* Where the member after the one at `at` begins: where its header says, if there is one. */
static int member_after(struct record_reader *r, uint64_t at, const struct record_member *m, uint64_t *next, struct err *e)
{
	struct record_member other;
	struct err ignored = {0};
	uint64_t left = r->file.size - at;
	if (m->size >= RECORD_HEADER_LEN + RECORD_TRAILER_LEN + 2 && m->size <= left) {
		*next = at + m->size;
		if (m->size == left || member_header(&r->file, *next, &other, &ignored) > 0)
			return 0;
	}
	return member_find(&r->file, at + 1, next, e);
}

/* Hop from header to header: from and until are known without unpacking all. A header that is damaged is passed over. */
static int index_members(struct record_reader *r, struct err *e)
{
	int64_t before = r->last.wall.ms;
	bool closed = false;
	widen(&r->info, before, before);
	for (uint64_t at = 0, next; at < r->file.size && !closed; at = next) {
		struct record_member m = {0};
		int rc = member_header(&r->file, at, &m, e);
		if (rc == ERR_FILE)
			return rc;
		if ((rc = member_after(r, at, &m, &next, e)) < 0)
			return rc;
		closed = (m.flags & RECORD_CLOSED) && m.frames == 0 && m.raw == 0;
		if (!closed && !is_plausible(&m, before) && (rc = measure(r, at, &m, e)) < 0)
			return rc;
		if (m.frames || (closed && is_plausible(&m, before))) { /* the last one of all repeats the time of the end */
			widen(&r->info, m.first, m.last);
			before = m.last;
		}
		r->info.frames += m.frames;
	}
	r->info.cut = !closed;
	return 0;
}

static int start(struct record_reader **out, struct record_reader *r, struct err *e)
{
	struct record_member m;
	r->info.from = r->info.until = WALL_NONE;
	r->frames = frame_reader_new();
	strbuf_init(&r->raw, MEMBER_MAX);
	int rc = member_header(&r->file, 0, &m, e);
	if (rc == 0)
		rc = not_a_recording(r, e);
	if (rc > 0)
		rc = record_reader_rewind(r, e);
	if (rc == 0)
		rc = index_members(r, e);
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
	snprintf(r->file.name, sizeof(r->file.name), "'%.190s'", path);
	r->file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (r->file.fd < 0 || fstat(r->file.fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		int rc = err_set(e, r->file.fd < 0 && errno == ENOENT ? ERR_NOT_FOUND : ERR_FILE, "cannot open '%s': %s", path,
				 r->file.fd < 0 ? strerror(errno) : "not a file");
		record_reader_close(r);
		return rc;
	}
	r->file.size = (uint64_t)st.st_size;
	return start(out, r, e);
}

int record_reader_memory(struct record_reader **out, const void *bytes, size_t len, struct err *e)
{
	struct record_reader *r = xcalloc(1, sizeof(*r));
	*out = NULL;
	r->file.fd = -1;
	r->file.memory = bytes;
	r->file.size = len;
	snprintf(r->file.name, sizeof(r->file.name), "the recording");
	return start(out, r, e);
}

void record_reader_close(struct record_reader *r)
{
	if (!r)
		return;
	if (r->file.fd >= 0)
		close(r->file.fd);
	frame_reader_free(r->frames);
	strbuf_release(&r->raw);
	free(r);
}

void record_reader_info(const struct record_reader *r, struct record_info *out)
{
	*out = r->info;
}
