/* Everything that comes from outside the process and may change the model, in one form: what the shell hands to app_update,
 * what a recording keeps and what a replay hands back. Bodies are borrowed for the call. */
#ifndef LANDLINE_CORE_INPUT_H
#define LANDLINE_CORE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "core/prefix.h"

enum input_kind {
	INPUT_REPLY,       /* a whole answer, or why there is none */
	INPUT_STREAM_OPEN, /* a stream's headers came with status 200 */
	INPUT_CHUNK,       /* bytes of a stream */
	INPUT_STREAM_END,  /* a stream ended, for whatever reason */
};

/* Phases of a transfer in microseconds from its start (libcurl's cumulative times; 0: not reached). */
struct transfer_times { int64_t namelookup, connect, appconnect, starttransfer, total; };

struct input {
	enum input_kind kind;
	uint32_t job;               /* the scheduler's number of the job */
	struct wall time;           /* arrival */
	struct err err;             /* code ERR_OK, ERR_NET, ERR_HTTP (with the status), ERR_LIMIT; words without the source's name */
	int status;                 /* HTTP status; dns: rcode; 0: none */
	const char *body;
	size_t len;
	bool unchanged;             /* 304: body is the cached one, byte for byte */
	int64_t retry_after_s;      /* -1: not said */
	uint64_t wire_bytes;        /* received, compressed */
	struct transfer_times times;
	struct addr peer;           /* whom we were connected to */
	int curl_code, os_errno;    /* of an own check (sources/others.md) */
};

#endif
