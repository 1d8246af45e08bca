/* The life of one transfer: made, ended by libcurl or by our clock, turned into a result.
 *
 * A result is made once, from everything that libcurl knows of the connection while it still has it; then libcurl's
 * part and its sockets go, and only the body waits to be handed out. The token is wiped here; libcurl's own copy of
 * it goes unwiped. */
#include "fetch_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/prefix.h"
#include "fetch_words.h"

/* ---- life ---- */

struct transfer *transfer_new(struct fetch *f, const struct fetch_job *job)
{
	struct transfer *t = xcalloc(1, sizeof(*t));

	t->f = f;
	t->id = job->id;
	t->kind = job->kind;
	t->url = xstrdup(job->url);
	t->header = xstrdup(job->header && *job->header ? job->header : NULL);
	t->token = xstrdup(job->token && *job->token ? job->token : NULL);
	t->body_max = job->body_max;
	t->timeout_s = job->timeout_s ? job->timeout_s : FETCH_TIMEOUT_S;
	t->conditional = job->conditional && job->kind == FETCH_GET && f->cache_dir;
	if (job->packet && job->packet_len <= sizeof(t->packet)) {
		memcpy(t->packet, job->packet, job->packet_len);
		t->packet_len = job->packet_len;
	}
	t->started = t->last_byte = f->now.mono;
	t->answer.retry_after_s = -1;
	/* a stream's tail may lie behind what was handed out already; libcurl's pieces are at most its buffer */
	strbuf_init(&t->body, t->kind == FETCH_STREAM ? 2 * FETCH_WAITING_MAX : t->body_max);
	return t;
}

void transfer_detach(struct transfer *t)
{
	if (t->easy) {
		curl_multi_remove_handle(t->f->multi, t->easy);
		curl_easy_cleanup(t->easy);
		t->easy = NULL;
	}
	curl_slist_free_all(t->lines);
	t->lines = NULL;
	dns_exchange_free(t->dns);
	t->dns = NULL;
	fetch_cache_close(&t->cached);
}

void transfer_free(struct transfer *t)
{
	transfer_detach(t);
	if (t->token)
		explicit_bzero(t->token, strlen(t->token));
	free(t->token);
	free(t->url);
	free(t->header);
	strbuf_release(&t->body);
	free(t);
}

/* ---- results ---- */

static int64_t time_us(CURL *c, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(c, what, &us);
	return us > 0 ? (int64_t)us : 0;
}

/* Everything that libcurl knows of the connection, while it still has it. */
void transfer_note(struct transfer *t)
{
	struct input *r = &t->result;
	const char *ip = NULL;
	curl_off_t bytes = 0;
	long head = 0, os_errno = 0;

	r->job = t->id;
	r->time = t->f->now.wall;
	r->status = t->status;
	r->retry_after_s = t->answer.retry_after_s;
	if (!t->easy)
		return;
	r->times = (struct transfer_times){
		.namelookup = time_us(t->easy, CURLINFO_NAMELOOKUP_TIME_T),
		.connect = time_us(t->easy, CURLINFO_CONNECT_TIME_T),
		.appconnect = time_us(t->easy, CURLINFO_APPCONNECT_TIME_T),
		.starttransfer = time_us(t->easy, CURLINFO_STARTTRANSFER_TIME_T),
		.total = time_us(t->easy, CURLINFO_TOTAL_TIME_T),
	};
	curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
	curl_easy_getinfo(t->easy, CURLINFO_HEADER_SIZE, &head);
	r->wire_bytes = (uint64_t)(bytes > 0 ? bytes : 0) + (uint64_t)(head > 0 ? head : 0);
	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &os_errno);
	r->os_errno = (int)os_errno;
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	if (ip && (!t->f->proxied || t->kind == FETCH_CHECK_TCP))
		(void)addr_parse(ip, strlen(ip), &r->peer);
}

/* The result is complete: hand it to the queue and let go of everything but the body. */
static void settle(struct transfer *t)
{
	transfer_detach(t);
	t->ended = true;
	t->result.kind = t->kind == FETCH_STREAM ? INPUT_STREAM_END : INPUT_REPLY;
	fetch_push(t->f, t, t->result.kind);
}

void transfer_fail(struct transfer *t, const struct err *e, int curl_code, int os_errno)
{
	transfer_note(t);
	t->result.err = *e;
	t->result.curl_code = curl_code;
	if (os_errno)
		t->result.os_errno = os_errno;
	settle(t);
}

static void fail_by_curl(struct transfer *t, CURLcode code)
{
	t->result.curl_code = (int)code;
	err_set(&t->result.err, ERR_NET, "%s", fetch_words_curl((int)code, t->result.os_errno));
}

static void fail_by_status(struct transfer *t)
{
	char words[64];

	err_set(&t->result.err, ERR_HTTP, "%s", fetch_words_http(words, t->result.status));
}

static void give_body(struct transfer *t)
{
	t->result.body = t->body.text;
	t->result.len = t->body.len;
}

/* 304: what we have is what there is. */
static void finish_unchanged(struct transfer *t)
{
	if (fetch_cache_load(&t->cached, &t->body, &t->result.err)) {
		fetch_cache_forget(t->f->cache_dir, t->url, t->header);
		return;
	}
	t->result.unchanged = true;
	give_body(t);
}

/* Once an answer cannot be kept the reason is kept, once it can the reason is gone. */
static void keep_in_cache(struct transfer *t)
{
	const struct cache_validators *v = &t->answer.validators;
	struct err *e = &t->f->cache_err;

	if (!t->conditional || t->answer.no_store || (!v->etag[0] && !v->modified[0]))
		return;
	if (fetch_cache_save(t->f->cache_dir, t->url, t->header, v, t->body.text, t->body.len, e) == 0)
		*e = (struct err){.code = ERR_OK};
}

static void finish_get(struct transfer *t, CURLcode code)
{
	struct input *r = &t->result;
	char size[32];

	if (t->too_long) {
		err_set(&r->err, ERR_LIMIT, "answer longer than %s", fetch_words_size(size, t->body_max));
	} else if (code != CURLE_OK && !(t->enough && code == CURLE_WRITE_ERROR)) {
		fail_by_curl(t, code);
		if (code == CURLE_TOO_MANY_REDIRECTS)
			r->err.code = ERR_HTTP;
	} else if (r->status == 200) {
		give_body(t);
		keep_in_cache(t);
	} else if (r->status == 304 && t->cached.found) {
		finish_unchanged(t);
	} else {
		fail_by_status(t);
		give_body(t);
	}
}

static void finish_stream(struct transfer *t, CURLcode code)
{
	if (t->status && t->status != 200 && t->status != 206)
		fail_by_status(t);
	else if (code == CURLE_OK && t->opened)
		err_set(&t->result.err, ERR_NET, "closed by the server");
	else if (code == CURLE_OK)
		fail_by_status(t);
	else
		fail_by_curl(t, code);
}

static void finish_check(struct transfer *t, CURLcode code)
{
	if (t->kind == FETCH_CHECK_HTTP && t->status)
		t->result.os_errno = 0; /* any answer is an answer */
	else if (code != CURLE_OK)
		fail_by_curl(t, code);
	else
		t->result.os_errno = 0;
}

static void (*const finish_kind[])(struct transfer *, CURLcode) = {
	[FETCH_GET] = finish_get,         [FETCH_STREAM] = finish_stream,   [FETCH_CHECK_HTTP] = finish_check,
	[FETCH_CHECK_TCP] = finish_check, [FETCH_CHECK_DNS] = finish_check, /* only the look-up of the name, when it
									       failed */
};

/* The name is an address now; libcurl's part is over. */
static void begin_packet(struct transfer *t)
{
	const struct sockaddr *server = (const struct sockaddr *)&t->server;

	transfer_note(t);
	t->result.os_errno = 0;
	t->result.peer.family = server->sa_family == AF_INET6 ? 6 : 4;
	if (server->sa_family == AF_INET6)
		memcpy(t->result.peer.bytes, &((const struct sockaddr_in6 *)(const void *)server)->sin6_addr, 16);
	else
		memcpy(t->result.peer.bytes, &((const struct sockaddr_in *)(const void *)server)->sin_addr, 4);
	transfer_detach(t);
	t->connected = true;
	t->dns = dns_exchange_new(server, t->server_len, t->packet, t->packet_len, t->f->now.mono);
}

void transfer_done(struct transfer *t, CURLcode code)
{
	if (t->kind == FETCH_CHECK_DNS && t->server_len) {
		begin_packet(t);
		return;
	}
	if (t->status == 0 && t->easy) {
		long status = 0; /* of a redirect that was not followed */
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
		t->status = (int)status;
	}
	transfer_note(t);
	finish_kind[t->kind](t, code);
	settle(t);
}

/* ---- packets and deadlines ---- */

static void packet_answered(struct transfer *t)
{
	struct input *r = &t->result;
	size_t len;
	int64_t took_ms;
	const char *answer = dns_exchange_answer(t->dns, &len, &took_ms);

	strbuf_init(&t->body, DNS_ANSWER_MAX);
	strbuf_add(&t->body, answer, len);
	give_body(t);
	r->time = t->f->now.wall;
	r->wire_bytes = len;
	if (len >= 4)
		r->status = answer[3] & 0x0F;
	r->times.starttransfer = r->times.total = took_ms > 0 ? took_ms * 1000 : 1; /* 0 would mean: not reached */
	settle(t);
}

static void packet_failed(struct transfer *t)
{
	struct err e;
	int why = dns_exchange_errno(t->dns);

	if (why)
		err_set(&e, ERR_NET, "%s", fetch_words_curl(CURLE_COULDNT_CONNECT, why));
	else
		err_set(&e, ERR_NET, "no answer to %d tries of %d s", DNS_TRIES, DNS_TRY_MS / 1000);
	transfer_fail(t, &e, why ? CURLE_COULDNT_CONNECT : CURLE_OPERATION_TIMEDOUT, why);
}

static struct mono total_due(const struct transfer *t)
{
	const struct mono *from = t->kind == FETCH_STREAM ? &t->last_byte : &t->started;

	return (struct mono){from->ms + (int64_t)t->timeout_s * 1000};
}

struct mono transfer_due(const struct transfer *t)
{
	if (t->ended)
		return MONO_NEVER;
	struct mono due = total_due(t);
	if (!t->connected && t->started.ms + FETCH_CONNECT_MS < due.ms)
		due.ms = t->started.ms + FETCH_CONNECT_MS;
	if (t->dns && dns_exchange_due(t->dns).ms < due.ms)
		due = dns_exchange_due(t->dns);
	return due;
}

static void time_out(struct transfer *t)
{
	const unsigned connect_s = FETCH_CONNECT_MS / 1000;
	struct err e;

	if (!t->connected)
		err_set(&e, ERR_NET, "no connection within %u s", t->timeout_s < connect_s ? t->timeout_s : connect_s);
	else if (t->kind == FETCH_STREAM)
		err_set(&e, ERR_NET, "silent for %u s", t->timeout_s);
	else
		err_set(&e, ERR_NET, "timed out after %u s", t->timeout_s);
	transfer_fail(t, &e, CURLE_OPERATION_TIMEDOUT, 0);
}

void transfer_tick(struct transfer *t)
{
	curl_off_t pretransfer = 0;

	if (t->ended)
		return;
	if (t->dns) {
		enum dns_step step = dns_exchange_step(t->dns, t->f->now.mono);
		if (step == DNS_ANSWERED)
			packet_answered(t);
		else if (step == DNS_FAILED)
			packet_failed(t);
		if (t->ended)
			return;
	}
	if (t->easy && !t->connected) {
		curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
		t->connected = pretransfer > 0;
	}
	/* a stream that waits for us is not silent */
	if (t->paused)
		t->last_byte = t->f->now.mono;
	if (t->f->now.mono.ms >= transfer_due(t).ms)
		time_out(t);
}

void transfer_resume(struct transfer *t)
{
	if (!t->paused || !t->easy)
		return;
	t->paused = false;
	(void)curl_easy_pause(t->easy, CURLPAUSE_CONT);
}
