/* Transfers: libcurl's multi interface, one thread, nothing blocks.
 *
 * HTTP/2 where there is, gzip, TLS always verified, proxies by the usual variables, one User-Agent, caps on body and
 * time, conditional requests with validators and bodies kept in the cache folder. Deadlines are our own, on the clock
 * that is passed in (connect 10 s, total and stall per job), so that they can be tested. Knows nothing of sources. */
#ifndef LANDLINE_IO_FETCH_H
#define LANDLINE_IO_FETCH_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"
#include "core/input.h"

struct fetch;

struct fetch_options {
	const char *user_agent;    /* borrowed for the life of the fetch */
	const char *ca_file;       /* or NULL or "": the system's; borrowed too */
	const char *cache_dir;     /* of validators and bodies; made if absent. NULL or "": no conditional requests; copied */
};

enum fetch_kind { FETCH_GET, FETCH_STREAM, FETCH_CHECK_HTTP, FETCH_CHECK_TCP, FETCH_CHECK_DNS };

struct fetch_job {
	uint32_t id;               /* the caller's; comes back in each input */
	enum fetch_kind kind;
	const char *url;           /* copied. tcp://host:port and dns://server/zone for the checks */
	const char *header;        /* one extra header line or NULL; copied */
	const char *token;         /* Bearer token or NULL; copied, wiped on release, never logged, and never sent to
	                            * another host on a redirect */
	size_t body_max;           /* bytes after decompression; not of a stream */
	unsigned timeout_s;        /* total; stream: silence that ends it; 0: 30 s */
	bool conditional;          /* use and keep validators */
	const void *packet;        /* FETCH_CHECK_DNS: the query to send, at most 512 bytes, id first; copied */
	size_t packet_len;
};

/* What comes back, beside core/input.h:
 * - GET: err ERR_OK and the body of a 200 or an unchanged 304. ERR_HTTP ("HTTP 429 Too Many Requests") carries up to
 * 16 KB of
 *   the error's body, for those services that say there what was wrong; all other errors carry none.
 * - STREAM: INPUT_STREAM_OPEN, chunks, INPUT_STREAM_END; or only an END with ERR_HTTP, ERR_NET. The END always has
 * words; curl_code 0 with status 200 or 206 (a Range was asked for) means that all of it came.
 * - CHECK_HTTP: any answer is ERR_OK with its status, without a body; redirects are not followed.
 * - CHECK_TCP: ERR_OK when connected. CHECK_DNS: the first datagram with the query's id from the address that was
 * asked, up to
 *   3 tries of 3 s with random ids and new ports (the id in the body is the packet's own again); status is the rcode, and
 *   starttransfer and total count from the query that was answered.
 * - Checks that fail: curl_code and os_errno say how; 28 when our own deadline ended them. peer stays unset behind a
 * proxy. */

int fetch_new(struct fetch **out, const struct fetch_options *o, struct err *e) MUST_CHECK;
void fetch_free(struct fetch *f);

/* Start one job now. Failures of any kind come back as an input, at the next fetch_take. */
void fetch_start(struct fetch *f, const struct fetch_job *job, struct now now);
void fetch_cancel(struct fetch *f, uint32_t id);   /* no further input of this job */

/* Sleep until a transfer moves, one of `extra` is ready (revents set), or timeout_ms (-1: no limit) is over. Own
 * deadlines shorten the sleep through fetch_due. A signal ends it early without an error. Returns how many
 * descriptors moved. */
int fetch_wait(struct fetch *f, struct pollfd *extra, unsigned count, int timeout_ms);
struct mono fetch_due(const struct fetch *f);      /* earliest own deadline; MONO_NEVER */
/* Let curl work, then hand out what happened, oldest first; call until it returns false. The body stays valid until
 * the next call. At most 256 KB of a stream per call, so that a flood cannot starve the screen. */
bool fetch_take(struct fetch *f, struct now now, struct input *out);
unsigned fetch_active(const struct fetch *f);      /* answers awaited, open streams not counted */
const char *fetch_cache_error(const struct fetch *f); /* why nothing is cached, "" when all is well */
uint64_t fetch_stream_bytes(const struct fetch *f); /* handed out by fetch_take so far, after transfer decoding */

#endif
