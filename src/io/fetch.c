/* Transfers, the caller's half: see io/fetch.h.
 *
 * A round: fetch_take lets libcurl work once, then each further call hands out one event until none is left and the
 * round ends with false. So the bytes taken in by a round are bounded (libcurl's own bound per socket,
 * FETCH_WAITING_MAX per stream), the screen gets its turn, and the order of events is the order in which they
 * happened. `now` is set once per call and holds for every callback below it: no clock is read here. */
#include "fetch_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/files.h"

/* Kept connections: more would be of no use to a handful of services. */
enum { CONNECTIONS_KEPT = 16 };

static const char *const proxy_variables[] = {
	"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
};

static void open_cache(struct fetch *f, const char *dir)
{
	if (!dir || !*dir)
		return;
	if (files_make_dirs(dir, &f->cache_err))
		return;
	f->cache_dir = xstrdup(dir);
	fetch_cache_trim(dir, CACHE_BYTES_MAX);
}

int fetch_new(struct fetch **out, const struct fetch_options *o, struct err *e)
{
	*out = NULL;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_NET, "cannot start libcurl %s", curl_version());
	struct fetch *f = xcalloc(1, sizeof(*f));
	f->options = (struct fetch_options){.user_agent = o->user_agent, .ca_file = o->ca_file};
	f->multi = curl_multi_init();
	if (!f->multi) {
		free(f);
		curl_global_cleanup();
		return err_set(e, ERR_NET, "cannot start libcurl %s", curl_version());
	}
	curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
	for (size_t i = 0; i < ARRAY_LEN(proxy_variables); i++) {
		const char *value = getenv(proxy_variables[i]);
		f->proxied = f->proxied || (value && *value);
	}
	open_cache(f, o->cache_dir);
	*out = f;
	return 0;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->count; i++)
		transfer_free(f->all[i]);
	curl_multi_cleanup(f->multi);
	curl_global_cleanup();
	free(f->all);
	free(f->queue);
	free(f->waitfds);
	free(f->cache_dir);
	free(f);
}

/* ---- the queue of events ---- */

void fetch_push(struct fetch *f, struct transfer *t, enum input_kind kind)
{
	if (f->queue_head > 0 && f->queue_head == f->queue_len)
		f->queue_head = f->queue_len = 0;
	mem_grow(&f->queue, &f->queue_cap, f->queue_len + 1, sizeof(*f->queue));
	f->queue[f->queue_len++] = (struct fetch_event){.t = t, .kind = kind};
}

static void drop_events_of(struct fetch *f, const struct transfer *t)
{
	size_t kept = f->queue_head;

	for (size_t i = f->queue_head; i < f->queue_len; i++)
		if (f->queue[i].t != t)
			f->queue[kept++] = f->queue[i];
	f->queue_len = kept;
}

static void forget(struct fetch *f, struct transfer *t)
{
	drop_events_of(f, t);
	for (size_t i = 0; i < f->count; i++) {
		if (f->all[i] != t)
			continue;
		memmove(&f->all[i], &f->all[i + 1], (f->count - i - 1) * sizeof(f->all[0]));
		f->count--;
		break;
	}
	transfer_free(t);
}

/* ---- starting and stopping ---- */

void fetch_start(struct fetch *f, const struct fetch_job *job, struct now now)
{
	struct err e = {.code = ERR_OK};

	f->now = now;
	struct transfer *t = transfer_new(f, job);
	mem_grow(&f->all, &f->cap, f->count + 1, sizeof(f->all[0]));
	f->all[f->count++] = t;
	if (transfer_begin(t, &e))
		transfer_fail(t, &e, 0, 0);
}

void fetch_cancel(struct fetch *f, uint32_t id)
{
	for (size_t i = f->count; i-- > 0;) {
		struct transfer *t = f->all[i];
		if (t->id != id || t->cancelled)
			continue;
		if (t != f->spent) {
			forget(f, t);
			continue;
		}
		/* its body is lent out until the next fetch_take */
		drop_events_of(f, t);
		transfer_detach(t);
		t->ended = t->cancelled = true;
	}
}

/* ---- sleeping ---- */

struct flag {
	short poll;
	short curl;
};

static const struct flag flags[] = {
	{POLLIN, CURL_WAIT_POLLIN},
	{POLLPRI, CURL_WAIT_POLLPRI},
	{POLLOUT, CURL_WAIT_POLLOUT},
};

static short to_curl(short events)
{
	short out = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (events & flags[i].poll)
			out = (short)(out | flags[i].curl);
	return out;
}

static short to_poll(short events)
{
	short out = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (events & flags[i].curl)
			out = (short)(out | flags[i].poll);
	return out;
}

static unsigned add_dns_sockets(struct fetch *f, unsigned n)
{
	int fds[DNS_TRIES];

	for (size_t i = 0; i < f->count; i++) {
		if (!f->all[i]->dns)
			continue;
		unsigned more = dns_exchange_fds(f->all[i]->dns, fds);
		mem_grow(&f->waitfds, &f->waitfds_cap, n + more, sizeof(*f->waitfds));
		for (unsigned k = 0; k < more; k++)
			f->waitfds[n++] = (struct curl_waitfd){.fd = fds[k], .events = CURL_WAIT_POLLIN};
	}
	return n;
}

/* There is something to hand out, or a stream is held back: libcurl does not look at its socket until it is let go on,
 * by the next round. */
static bool must_not_sleep(const struct fetch *f)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->all[i]->paused && !f->all[i]->ended)
			return true;
	return f->queue_head < f->queue_len;
}

int fetch_wait(struct fetch *f, struct pollfd *extra, unsigned count, int timeout_ms)
{
	int moved = 0;

	mem_grow(&f->waitfds, &f->waitfds_cap, count, sizeof(*f->waitfds));
	for (unsigned i = 0; i < count; i++) {
		f->waitfds[i] = (struct curl_waitfd){.fd = extra[i].fd, .events = to_curl(extra[i].events)};
		extra[i].revents = 0;
	}
	unsigned n = add_dns_sockets(f, count);
	if (must_not_sleep(f))
		timeout_ms = 0;
	if (curl_multi_poll(f->multi, f->waitfds, n, timeout_ms < 0 ? INT_MAX : timeout_ms, &moved) != CURLM_OK)
		return -1;
	for (unsigned i = 0; i < count; i++)
		extra[i].revents = to_poll(f->waitfds[i].revents);
	return moved;
}

struct mono fetch_due(const struct fetch *f)
{
	struct mono due = MONO_NEVER;

	for (size_t i = 0; i < f->count; i++) {
		struct mono t = transfer_due(f->all[i]);
		if (t.ms < due.ms)
			due = t;
	}
	return due;
}

/* ---- taking ---- */

static void work(struct fetch *f)
{
	int running, left;
	CURLMsg *m;

	for (size_t i = 0; i < f->count; i++)
		transfer_resume(f->all[i]);
	(void)curl_multi_perform(f->multi, &running);
	while ((m = curl_multi_info_read(f->multi, &left))) {
		char *t = NULL;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		transfer_done((struct transfer *)(void *)t, code);
	}
	for (size_t i = 0; i < f->count; i++)
		transfer_tick(f->all[i]);
}

/* The next piece of a stream. The event stays at the head of the queue while there is more. */
static void take_chunk(struct fetch *f, struct transfer *t, struct input *out)
{
	size_t left = t->body.len - t->body_taken;
	size_t len = left < FETCH_CHUNK_MAX ? left : FETCH_CHUNK_MAX;

	*out = (struct input){
		.kind = INPUT_CHUNK,
		.job = t->id,
		.time = f->now.wall,
		.status = t->status,
		.retry_after_s = -1,
		.body = t->body.text + t->body_taken,
		.len = len,
		.wire_bytes = len,
	};
	t->body_taken += len;
	f->stream_bytes += len;
	if (len == left) {
		t->chunk_queued = false;
		f->queue_head++;
	}
}

static bool pop(struct fetch *f, struct input *out)
{
	if (f->queue_head >= f->queue_len)
		return false;
	struct transfer *t = f->queue[f->queue_head].t;
	enum input_kind kind = f->queue[f->queue_head].kind;
	if (kind == INPUT_CHUNK) {
		take_chunk(f, t, out);
		f->spent = t; /* not gone, but its bytes are lent out */
		return true;
	}
	f->queue_head++;
	*out = t->result;
	out->kind = kind;
	f->spent = t;
	return true;
}

/* What the last call lent out comes back. */
static void reclaim(struct fetch *f)
{
	struct transfer *t = f->spent;

	f->spent = NULL;
	if (!t)
		return;
	if (t->cancelled) {
		forget(f, t);
		return;
	}
	if (t->kind == FETCH_STREAM && t->body_taken == t->body.len) {
		strbuf_clear(&t->body);
		t->body_taken = 0;
	}
	bool queued = false;
	for (size_t i = f->queue_head; i < f->queue_len; i++)
		queued = queued || f->queue[i].t == t;
	if (t->ended && !queued)
		forget(f, t);
}

bool fetch_take(struct fetch *f, struct now now, struct input *out)
{
	f->now = now;
	reclaim(f);
	if (!f->in_round)
		work(f);
	f->in_round = pop(f, out);
	return f->in_round;
}

unsigned fetch_active(const struct fetch *f)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct transfer *t = f->all[i];
		n += !t->ended && !(t->kind == FETCH_STREAM && t->opened);
	}
	/* answers that are here and were not taken yet are awaited too; a spent one is not in the queue */
	for (size_t i = f->queue_head; i < f->queue_len; i++)
		n += f->queue[i].kind != INPUT_CHUNK;
	return n;
}

const char *fetch_cache_error(const struct fetch *f)
{
	return f->cache_err.msg;
}

uint64_t fetch_stream_bytes(const struct fetch *f)
{
	return f->stream_bytes;
}
