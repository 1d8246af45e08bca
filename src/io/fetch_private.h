/* Inside of fetch: one transfer, and what its two halves (fetch.c the queue, fetch_transfer.c libcurl) share. */
#ifndef LANDLINE_IO_FETCH_PRIVATE_H
#define LANDLINE_IO_FETCH_PRIVATE_H

#include <curl/curl.h>
#include <sys/socket.h>

#include "base/strbuf.h"
#include "dns.h"
#include "fetch_cache.h"
#include "io/fetch.h"

enum {
	FETCH_CONNECT_MS = 10000, /* until the request can be sent */
	FETCH_TIMEOUT_S = 30,     /* of a job that names none */
	FETCH_URL_MAX = 8192,     /* bytes, header lines as well */
	FETCH_REDIRECTS_MAX = 3,
	FETCH_ERROR_BODY_MAX = 16 * 1024,
	FETCH_CHUNK_MAX = 256 * 1024,    /* of a stream, by one fetch_take */
	FETCH_WAITING_MAX = 1024 * 1024, /* of a stream, before the sender has to wait */
};

/* Of the newest answer of a transfer; a redirect's are forgotten. */
struct answer_headers {
	struct cache_validators validators;
	int64_t retry_after_s; /* -1: not said */
	bool no_store;
};

struct transfer {
	struct fetch *f;
	uint32_t id;
	enum fetch_kind kind;
	char *url, *header, *token; /* owned; header and token may be NULL */
	size_t body_max;
	unsigned timeout_s;
	bool conditional;
	unsigned char packet[DNS_QUERY_MAX];
	size_t packet_len;

	CURL *easy;               /* NULL when it has ended */
	struct curl_slist *lines; /* request headers */
	struct dns_exchange *dns;
	struct sockaddr_storage server; /* CHECK_DNS: what the name resolved to */
	socklen_t server_len;           /* 0: not yet */
	struct cache_entry cached;

	struct mono started, last_byte;
	bool connected; /* beyond FETCH_CONNECT_MS's reach */
	bool opened;    /* a stream with status 200 */
	bool paused;    /* curl holds back what does not fit into FETCH_WAITING_MAX */
	bool too_long;  /* body_max was reached */
	bool enough;    /* we stopped the transfer: what is wanted is here */
	bool ended;
	bool cancelled; /* while its body was handed out: gone at the next fetch_take */

	int status;
	struct answer_headers answer;
	struct strbuf body; /* of a stream: what waits to be handed out */
	size_t body_taken;  /* of a stream: handed out already */
	bool chunk_queued;
	struct input result; /* REPLY or STREAM_END; body points into this transfer */
};

struct fetch_event {
	struct transfer *t;
	enum input_kind kind;
};

struct fetch {
	struct fetch_options options;
	char *cache_dir; /* owned; NULL: no cache */
	struct err cache_err;
	bool proxied; /* some proxy variable is set: whom we talk to may be the proxy */
	CURLM *multi;
	struct now now;        /* of the fetch_take or fetch_start that is running: callbacks date by it */
	struct transfer **all; /* owned, oldest first */
	size_t count, cap;
	struct fetch_event *queue; /* from queue_head on; oldest first */
	size_t queue_head, queue_len, queue_cap;
	bool in_round;          /* curl has worked; its events are being handed out */
	struct transfer *spent; /* handed out whole by the last fetch_take: freed by the next */
	uint64_t stream_bytes;
	struct curl_waitfd *waitfds; /* owned, scratch of fetch_wait */
	size_t waitfds_cap;
};

/* fetch.c */
void fetch_push(struct fetch *f, struct transfer *t, enum input_kind kind);

/* fetch_setup.c: give it to libcurl. On error nothing was sent. */
int transfer_begin(struct transfer *t, struct err *e) MUST_CHECK;

/* fetch_receive.c: libcurl's callbacks; arg is the transfer. */
size_t transfer_on_header(char *line, size_t size, size_t count, void *arg);
size_t transfer_on_body(char *bytes, size_t size, size_t count, void *arg);

/* fetch_transfer.c */
struct transfer *transfer_new(struct fetch *f, const struct fetch_job *job);
void transfer_free(struct transfer *t);
/* Take it away from libcurl, sockets closed; what came stays. */
void transfer_detach(struct transfer *t);
/* Put into the result what is known of the connection so far. */
void transfer_note(struct transfer *t);
/* libcurl is done with it: fill the result and queue it, or go on with the packet of a CHECK_DNS. */
void transfer_done(struct transfer *t, CURLcode code);
/* End with an error of our own. */
void transfer_fail(struct transfer *t, const struct err *e, int curl_code, int os_errno);
/* Look after the deadlines and the packets. */
void transfer_tick(struct transfer *t);
struct mono transfer_due(const struct transfer *t);
/* What was held back may come. */
void transfer_resume(struct transfer *t);

#endif
