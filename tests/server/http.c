/* HTTP by libmicrohttpd without threads: its epoll descriptor is polled like any other.
 *
 * A connection that is not to be answered, or a stream without news, is suspended. libmicrohttpd does not look at
 * suspended connections, so http_look() does: a client that left is found by its socket, or the driver would wait for
 * it for ever. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "private.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

#define GIGANTIC_BYTES (96u << 20)

enum { RUNS_MAX = 64 };

/* ---- connections ---- */

static struct conn *conn_new(struct server *s, struct MHD_Connection *c)
{
	for (size_t i = 0; i < CONNS_MAX; i++) {
		struct conn *n = &s->conns[i];
		if (n->used)
			continue;
		memset(n, 0, sizeof(*n));
		n->used = true;
		n->c = c;
		const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
		n->fd = info ? info->connect_fd : -1;
		return n;
	}
	return NULL;
}

static void on_done(void *arg, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode code)
{
	struct server *s = arg;
	struct conn *c = *slot;
	(void)connection;
	(void)code;
	if (!c)
		return;
	if (c->stream) {
		s->stream_closed = true;
		strbuf_release(&c->out);
	}
	free(c->url);
	free(c->header);
	memset(c, 0, sizeof(*c));
	*slot = NULL;
}

static void suspend(struct conn *c)
{
	if (!c->suspended)
		MHD_suspend_connection(c->c);
	c->suspended = true;
}

void http_wake(struct conn *c)
{
	if (!c->suspended)
		return;
	c->suspended = false;
	MHD_resume_connection(c->c);
}

void http_look(struct server *s)
{
	struct pollfd p[CONNS_MAX];
	nfds_t n = 0;
	for (size_t i = 0; i < CONNS_MAX; i++) {
		const struct conn *c = &s->conns[i];
		p[i] = (struct pollfd){.fd = c->used && c->suspended && !c->kill ? c->fd : -1, .events = POLLRDHUP};
		if (p[i].fd >= 0)
			n = i + 1;
	}
	if (!n || poll(p, n, 0) <= 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (p[i].fd >= 0 && p[i].revents & (POLLRDHUP | POLLHUP | POLLERR)) {
			s->conns[i].kill = true;
			http_wake(&s->conns[i]);
		}
}

/* ---- answers ---- */

static enum MHD_Result answer(struct conn *c, unsigned status, const char *type, const char *body, size_t len,
			      unsigned retry_after)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(len, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
	char text[16];
	MHD_add_response_header(r, "Content-Type", type);
	snprintf(text, sizeof(text), "%u", retry_after);
	if (retry_after)
		MHD_add_response_header(r, "Retry-After", text);
	enum MHD_Result ok = MHD_queue_response(c->c, status, r);
	MHD_destroy_response(r);
	return ok;
}

/* A body that breaks off: `len` promised, `given` given. */
struct torn {
	char *body;
	size_t given, len;
};

static ssize_t torn_read(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct torn *t = arg;
	if (pos >= t->given)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t n = t->given - (size_t)pos < max ? t->given - (size_t)pos : max;
	memcpy(buf, t->body + pos, n);
	return (ssize_t)n;
}

static void torn_free(void *arg)
{
	struct torn *t = arg;
	free(t->body);
	free(t);
}

static enum MHD_Result answer_torn(struct conn *c, const struct strbuf *body, bool sized)
{
	struct torn *t = xcalloc(1, sizeof(*t));
	t->body = xstrndup(body->text, body->len);
	t->given = body->len / 2;
	t->len = body->len;
	struct MHD_Response *r =
		MHD_create_response_from_callback(sized ? t->len : MHD_SIZE_UNKNOWN, 4096, torn_read, t, torn_free);
	MHD_add_response_header(r, "Content-Type", "application/json");
	enum MHD_Result ok = MHD_queue_response(c->c, 200, r);
	MHD_destroy_response(r);
	return ok;
}

static ssize_t gigantic_read(void *arg, uint64_t pos, char *buf, size_t max)
{
	(void)arg;
	if (pos >= GIGANTIC_BYTES)
		return MHD_CONTENT_READER_END_OF_STREAM;
	memset(buf, '[', max);
	return (ssize_t)max;
}

static enum MHD_Result answer_gigantic(struct conn *c)
{
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, gigantic_read, NULL, NULL);
	MHD_add_response_header(r, "Content-Type", "application/json");
	enum MHD_Result ok = MHD_queue_response(c->c, 200, r);
	MHD_destroy_response(r);
	return ok;
}

/* Linux: connecting a connected socket to nowhere resets it at once. */
static enum MHD_Result answer_reset(struct conn *c)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
	(void)connect(c->fd, &nowhere, sizeof(nowhere));
	return MHD_NO;
}

/* ---- streams ---- */

struct stream_arg {
	struct server *s;
	struct conn *c;
};

static ssize_t stream_read(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct stream_arg *a = arg;
	struct conn *c = a->c;
	(void)pos;
	size_t left = c->out.len - c->out_done;
	if (c->kill)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (left) {
		size_t n = left < max ? left : max;
		memcpy(buf, c->out.text + c->out_done, n);
		c->out_done += n;
		a->s->stream_sent += n;
		if (c->out_done == c->out.len) {
			strbuf_clear(&c->out);
			c->out_done = 0;
		}
		return (ssize_t)n;
	}
	if (c->end)
		return c->end_badly ? MHD_CONTENT_READER_END_WITH_ERROR : MHD_CONTENT_READER_END_OF_STREAM;
	suspend(c);
	return 0;
}

static enum MHD_Result answer_stream(struct server *s, struct conn *c)
{
	struct stream_arg *a = xcalloc(1, sizeof(*a));
	*a = (struct stream_arg){s, c};
	stream_open(c, c->header);
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 32768, stream_read, a, free);
	MHD_add_response_header(r, "Content-Type", "application/json");
	enum MHD_Result ok = MHD_queue_response(c->c, 200, r);
	MHD_destroy_response(r);
	return ok;
}

/* ---- routing ---- */

static void count_call(struct server *s, const char *name)
{
	size_t i = 0;
	while (i < s->call_count && strcmp(s->calls[i].name, name))
		i++;
	if (i == CALLS_MAX)
		return;
	if (i == s->call_count)
		memccpy(s->calls[s->call_count++].name, name, '\0', sizeof(s->calls[0].name) - 1);
	s->calls[i].count++;
}

static enum MHD_Result hold(struct conn *c, int64_t until_ms)
{
	c->held = true;
	c->release_ms = until_ms;
	suspend(c);
	return MHD_YES;
}

static enum MHD_Result answer_fault(struct server *s, struct conn *c, const struct fault *f, const struct strbuf *body)
{
	static const char html[] = "<!DOCTYPE html><html><head><title>Welcome</title></head>\n<body>Please log in to "
				   "this network</body></html>\n";
	static const char garbage[] =
		"\x1f\x8b\x00\xff\xfe{\"status\": \"ok\", \"data\": {]]]]\033[2J\033]0;x\007 \x80\x81 nul nul";
	static const char error[] = "{\"type\":\"ris_error\",\"data\":{\"message\":\"no more connections\"}}\n";
	switch (f->kind) {
	case FAULT_429: return answer(c, 429, "text/html", html, sizeof(html) - 1, f->number);
	case FAULT_500: return answer(c, 500, "text/plain", "Internal Server Error", 21, 0);
	case FAULT_HTML: return answer(c, 200, "text/html", html, sizeof(html) - 1, 0);
	case FAULT_TRUNCATED: return answer_torn(c, body, true);
	case FAULT_CUT: return answer_torn(c, body, false);
	case FAULT_GARBAGE: return answer(c, 200, "application/json", garbage, sizeof(garbage), 0);
	case FAULT_GIGANTIC: return answer_gigantic(c);
	case FAULT_RESET: return answer_reset(c);
	case FAULT_ERROR: return answer(c, 200, "application/json", error, sizeof(error) - 1, 0);
	case FAULT_EMPTY: return answer(c, 200, "application/json", "", 0, 0);
	default: break;
	}
	(void)s;
	return MHD_NO;
}

/* What each service says of a question it does not like. */
static enum MHD_Result answer_bad(struct conn *c)
{
	static const char radar[] =
		"{\"success\":false,\"errors\":[{\"code\":2001,\"message\":\"bad parameter\"}],\"result\":{}}\n";
	static const char atlas[] =
		"{\"error\":{\"status\":404,\"code\":104,\"detail\":\"Not found.\",\"title\":\"Not Found\"}}\n";
	if (!strncmp(c->where, "radar/", 6))
		return answer(c, 400, "application/json", radar, sizeof(radar) - 1, 0);
	if (!strncmp(c->where, "atlas/", 6))
		return answer(c, 404, "application/json", atlas, sizeof(atlas) - 1, 0);
	return answer(c, 404, "text/plain", "not found", 9, 0);
}

static enum MHD_Result answer_stranger(struct conn *c)
{
	static const char text[] = "{\"success\":false,\"errors\":[{\"code\":10000,\"message\":\"Authentication "
				   "error\"}],\"messages\":[],\"result\":null}\n";
	return answer(c, 401, "application/json", text, sizeof(text) - 1, 0);
}

static enum MHD_Result respond(struct server *s, struct conn *c)
{
	const struct fault *f = c->ready ? NULL : fault_find(s, c->where);
	bool stream = !strcmp(c->where, "rislive/stream");
	struct strbuf body;
	if (c->kill)
		return answer_reset(c);
	if (s->now_ms < s->line_cut_until)
		return hold(c, INT64_MAX);
	if (stream && s->now_ms < s->feed_cut_until)
		return s->feed_silent ? hold(c, INT64_MAX) : answer(c, 503, "text/plain", "Service Unavailable", 19, 0);
	if (f && f->kind == FAULT_SILENT)
		return hold(c, INT64_MAX);
	if (f && f->kind == FAULT_SLOW && !stream)
		return hold(c, s->now_ms + f->number * 1000LL);
	if (stream && (!f || f->kind == FAULT_SLOW))
		return answer_stream(s, c);
	if (!f && !ask_is_let_in(s, c))
		return answer_stranger(c);
	strbuf_init(&body, 64u << 20);
	bool known = stream || ask_body(s, c, &body);
	if (stream)
		strbuf_adds(&body,
			    "{\"type\":\"ris_message\",\"data\":{\"timestamp\":1419264905.250,\"peer\":\"192.0.2.17\"");
	enum MHD_Result ok = f       ? answer_fault(s, c, f, &body)
			     : known ? answer(c, 200, "application/json", body.text, body.len, 0)
				     : answer_bad(c);
	strbuf_release(&body);
	return ok;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
				  const char *version, const char *upload, size_t *upload_size, void **slot)
{
	struct server *s = arg;
	struct conn *c = *slot;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_size;
	if (!c) {
		c = *slot = conn_new(s, connection);
		if (!c)
			return MHD_NO;
		c->url = xstrdup(url);
		c->header = xstrdup(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-RIS-Subscribe"));
		ask_name(c);
		count_call(s, c->where);
		return MHD_YES;
	}
	c->held = false;
	s->quiet_since_ms = 0;
	return respond(s, c);
}

/* ---- the daemon ---- */

/* The doors listen; the daemon for the wrong TLS has a socket of its own. */
static struct MHD_Daemon *start_plain(struct server *s)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL,
				on_request, s, MHD_OPTION_NOTIFY_COMPLETED, on_done, s,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)262144, MHD_OPTION_END);
}

static struct MHD_Daemon *start_tls(struct server *s, const char *key, const char *cert)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_Daemon *d =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TLS, 0, NULL, NULL, on_request, s,
				 MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_NOTIFY_COMPLETED, on_done, s,
				 MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, cert, MHD_OPTION_END);
	const union MHD_DaemonInfo *info = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
	s->tls_port = info ? info->port : 0;
	return d;
}

int http_start(struct server *s, const struct server_options *o, struct err *e)
{
	for (size_t i = 0; i < DOOR_CANARY + s->world.canary_count && i < DOORS; i++)
		if (door_open(&s->doors[i], o->port && i < DOOR_SOURCES ? o->port + (unsigned)i : 0, e) < 0)
			return e->code;
	s->http = start_plain(s);
	if (!s->http)
		return err_set(e, ERR_NET, "cannot serve HTTP: %s", strerror(errno));
	if (o->key)
		s->tls = start_tls(s, o->key, o->cert);
	return o->key && !s->tls ? err_set(e, ERR_NET, "cannot serve HTTPS") : 0;
}

void http_stop(struct server *s)
{
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (s->conns[i].used && s->conns[i].suspended) {
			s->conns[i].kill = true;
			http_wake(&s->conns[i]);
		}
	if (s->http) {
		MHD_run(s->http);
		MHD_stop_daemon(s->http);
	}
	if (s->tls)
		MHD_stop_daemon(s->tls);
	for (size_t i = 0; i < DOORS; i++)
		door_close(&s->doors[i]);
}

static bool wants_more(struct MHD_Daemon *d)
{
	MHD_UNSIGNED_LONG_LONG ms;
	return MHD_get_timeout(d, &ms) == MHD_YES && ms == 0;
}

void http_run(struct server *s)
{
	door_take(s->doors, s->http);
	for (int i = 0; i < RUNS_MAX; i++) {
		MHD_run(s->http);
		if (!wants_more(s->http))
			break;
	}
	if (s->tls)
		MHD_run(s->tls);
}
