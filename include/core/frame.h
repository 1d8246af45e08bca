/* A frame: one thing that happened to the app, as a recording keeps it and a replay gives it back.
 *
 * As bytes a frame is a head line of words, then a body of the stated length, then a line feed:
 *
 *     input 532 w=1419264900123 m=5000123 j=7 k=reply t=1419264900120 status=200 wire=210\n
 *     {"status":"ok", ...532 bytes...}\n
 *
 * The first word is the kind, the second the body's length; the rest are key=value in any order, with every byte that is not
 * printable ASCII, and % and the space, as %XX. A key that is not there has its "nothing" value. Readers skip keys and kinds
 * that they do not know, so both may be added without a new version. w and m are the turn's clocks (wall and monotonic ms).
 *
 *     session  first of all: the body is the session's text (struct session)
 *     job      j=7 s=ripestat c=looking-glass q=175.45.176.0/24 u=https://...: what the job 7 asks from now on
 *     input    an answer, a stream's opening (k=open), bytes (k=chunk), end (k=end), of job j
 *     turn     what was due ran at (w, m): after its inputs, or without any
 *     memory   what the store knew: c=net, name, source, token, event, series, history; the body is core/frame_memory.c's
 *     watch    q=TERRITORY was added to what is watched; the body lists a file's members, a line each
 *     reload   the user had every source asked anew
 *     number   the store gave number seq to the event id
 *     mark     words about this moment
 *     lost     from w to t nothing can be read any more: the body says why. Readers make it where a recording is damaged */
#ifndef LANDLINE_CORE_FRAME_H
#define LANDLINE_CORE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/when.h"
#include "core/input.h"
#include "core/territory.h"

enum frame_kind {
	FRAME_INPUT,     /* an input: an answer, a stream's opening, bytes or end */
	FRAME_TURN,      /* a turn at `now`: what was due ran */
	FRAME_MARK,      /* words about this moment, for the transport bar: in.body */
	FRAME_MEMORY,    /* what the store knew (source "memory"; call "net", "name", "source", "event", "series"); in.body as text */
	FRAME_WATCH,     /* a territory was added: subject; in.body: members of a file, a line each */
	FRAME_RELOAD,    /* every source was asked anew by the user */
	FRAME_NUMBER,    /* the store's number `seq` for event `id` */
	FRAME_LOST,      /* what was recorded from now to in.time cannot be read: in.body says why */
	FRAME_JOB,       /* only in the bytes: what in.job asks. Readers resolve it, tapes do not show it */
	FRAME_SESSION,   /* only in the bytes */
	FRAME_KIND_COUNT
};

/* One frame; strings and body are good until the next call on the tape. */
struct frame {
	enum frame_kind kind;
	struct now now;              /* of the turn that took it; both clocks, as they were */
	const char *source, *call, *subject; /* as in source_table; "" when kind has none */
	const char *url;             /* what was asked, without secrets; "" when not known */
	struct input in;             /* job: of the run that was recorded, 0 when there was none; time is the arrival */
	uint32_t id; uint64_t seq;   /* FRAME_NUMBER */
};

#define FRAME_HEAD_MAX  (64u << 10)
#define FRAME_BODY_MAX  (96u << 20)  /* bytes: more than any source's cap */
#define FRAME_JOBS_MAX  (32u << 20)  /* bytes of names kept for the jobs of a session */

/* The head line, line feed included. The caller adds body (in.len bytes) and a line feed. */
void frame_head(const struct frame *f, struct strbuf *out);

/* Reads frames from bytes as they come. Remembers what each job asks. */
struct frame_reader;
struct frame_reader *frame_reader_new(void);
void frame_reader_free(struct frame_reader *r);
void frame_reader_clear(struct frame_reader *r);
/* One frame from the beginning of bytes: returns 1 with *used bytes eaten, 0 when more bytes are needed, ERR_PARSE or ERR_LIMIT
 * with words. A frame of unknown kind is eaten and comes back with kind FRAME_KIND_COUNT. in.body points into bytes; strings
 * are the reader's, until the next call. */
int frame_read(struct frame_reader *r, const char *bytes, size_t len, size_t *used, struct frame *out, struct err *e);

/* What a session is of: the body of its first frame. */
#define SESSION_FORMAT 1
#define SESSION_TERRITORIES_MAX 32
#define SESSION_CONFIG_MAX 32768
struct session {
	unsigned format;             /* a greater one is refused: the meaning of what is there has changed */
	char program[32];            /* version of the writer */
	struct territory_spec territories[SESSION_TERRITORIES_MAX];
	size_t territory_count;
	bool numbers;                /* events have the store's numbers, as frames */
	bool turns, exact;           /* as in struct tape_info; a run's own recording is both */
	char note[160];              /* what it was made of, when it is not the recording of a run: "" */
	char config[SESSION_CONFIG_MAX]; /* INI text: sources, sites, canaries; no secrets in it */
};
void session_write(const struct session *s, struct strbuf *out);
int session_read(const char *text, size_t len, struct session *out, struct err *e) MUST_CHECK;

/* A URL as it may be kept: without user and password, and with the values of parameters that look like secrets as "-".
 * dst: cap bytes. Returns dst. */
char *frame_clean_url(char *dst, size_t cap, const char *url);

#endif
