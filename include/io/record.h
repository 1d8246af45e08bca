/* Recordings: every input of a run in one file, compressed, append-only, safe against being killed.
 *
 * The file is a row of gzip members (RFC 1952), so `zcat FILE` shows what it holds: frames as core/frame.h writes them; the
 * first is the session. Each member has an extra field 'L' 'R' of 32 bytes, little-endian:
 *
 *     0 u8 version (1)    1 u8 flags (1: the recording was closed here)    2 u16 0
 *     4 u32 size of the member in the file, header and trailer included; 0: it was never ended (killed, or still being written)
 *     8 u32 bytes before compression       12 u32 frames
 *     16 i64 wall ms of its first frame    24 i64 of its last
 *
 * That chain of headers is the index: from and until are found by hopping, without unpacking. A member ends at 256 KB; inside
 * of one everything is flushed once a second, so a kill loses at most the last second, and a reader reads up to the cut. The
 * size is filled in when the member ends; everything else is only ever appended. Frames do not span members, and each names the
 * jobs again whose answers are still to come: a member that is damaged costs what it held, no more. A member with
 * flag 1 and no frames says that the recording was ended as it should be.
 *
 * Secrets never get in: no header is kept, URLs are cleaned (frame_clean_url), and a token that was sent is blotted out
 * wherever an answer repeats it, as it is or with any of its bytes escaped as in a URL or in JSON. */
#ifndef LANDLINE_IO_RECORD_H
#define LANDLINE_IO_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/frame.h"

struct record;

/* Begin a recording in a new file; one that exists is refused, never written over. path may be a folder: then the file is named by
 * the time in it. The session is written at once. */
int record_open(struct record **out, const char *path, const struct session *session, struct now now, struct err *e) MUST_CHECK;
/* Ends it properly. NULL is allowed. Words if something could not be written. */
int record_close(struct record *r, struct err *e);
const char *record_path(const struct record *r);

/* A token that is being sent: it must not stand in what is kept. Copied. */
void record_secret(struct record *r, const char *token);
/* Keep one frame. Never fails: after an error (disk full) nothing more is kept and record_error has the words. */
void record_frame(struct record *r, const struct frame *f);
/* Once a turn: flush what is a second old. */
void record_turn(struct record *r, struct now now);
struct mono record_due(const struct record *r); /* when record_turn has something to do; MONO_NEVER */
const char *record_error(const struct record *r); /* "" while all is well */
uint64_t record_bytes(const struct record *r);    /* in the file */

/* ---- reading ---- */

struct record_reader;

struct record_info {
	struct session session;
	struct wall from, until;     /* of all frames; WALL_NONE: none */
	uint64_t frames;             /* in the members that were ended */
	bool cut;                    /* not closed properly, or its end is missing */
};

/* name: for errors. ERR_PARSE: not a recording; ERR_SHAPE: of a newer format. */
int record_reader_open(struct record_reader **out, const char *path, struct err *e) MUST_CHECK;
/* The same of bytes in memory, borrowed: for tests and fuzzing. */
int record_reader_memory(struct record_reader **out, const void *bytes, size_t len, struct err *e) MUST_CHECK;
void record_reader_close(struct record_reader *r);
void record_reader_info(const struct record_reader *r, struct record_info *out); /* cut may become true while reading */
/* The next frame (never a job, a session, or of an unknown kind): 1, 0 at the end or at the cut. A member that is damaged is passed
 * over: in its place comes a FRAME_LOST, whose words have the byte and the times, and reading goes on at the next one that is whole.
 * An error is of the system (ERR_FILE), or ERR_LIMIT where a file is damaged almost everywhere; then it stays at the end. */
int record_reader_next(struct record_reader *r, struct frame *out, struct err *e);
int record_reader_rewind(struct record_reader *r, struct err *e);

#endif
