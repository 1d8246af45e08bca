/* What libcurl is told before a transfer begins: one function a kind, and what is common to all.
 *
 * libcurl's own time limits are off (but for a far one that it insists on): a transfer ends by our clock, which tests
 * can move. TLS is verified always; nothing here can switch that off. */
#include "fetch_private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

enum {
	NEVER_MS = 24 * 3600 * 1000, /* libcurl's connect limit cannot be switched off */
	KEEPALIVE_S = 15,
	DEAD_LINE_MS = 20000, /* sent and not acknowledged for so long: a connection nobody holds any more */
	BUFFER_BYTES = 64 * 1024,
	STREAM_BUFFER_BYTES = 256 * 1024,
};

/* A name server's name: libcurl resolves it without blocking, shows us the address here, and gets no socket for it. */
static curl_socket_t on_address(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *t = arg;

	(void)purpose;
	if (t->server_len == 0 && address->addrlen <= sizeof(t->server)) {
		memcpy(&t->server, &address->addr, address->addrlen);
		t->server_len = address->addrlen;
	}
	return CURL_SOCKET_BAD;
}

/* A connection whose other end is gone without a word (a route that moved, a laptop that slept) would keep all
 * requests that share it until each has timed out: let the kernel find out (RFC 5482). */
static int on_socket(void *arg, curl_socket_t fd, curlsocktype purpose)
{
	(void)arg;
	(void)purpose;
#ifdef TCP_USER_TIMEOUT
	const unsigned ms = DEAD_LINE_MS;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
#else
	(void)fd;
#endif
	return CURL_SOCKOPT_OK;
}

static bool has_controls(const char *s)
{
	for (; s && *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7F)
			return true;
	return false;
}

static int check_job(const struct transfer *t, struct err *e)
{
	if (strlen(t->url) > FETCH_URL_MAX || (t->header && strlen(t->header) > FETCH_URL_MAX))
		return err_set(e, ERR_LIMIT, "request longer than %d bytes", FETCH_URL_MAX);
	if (has_controls(t->url) || has_controls(t->header) || has_controls(t->token))
		return err_set(e, ERR_USAGE, "control characters in the request");
	if (t->kind == FETCH_CHECK_DNS && t->packet_len < 2)
		return err_set(e, ERR_USAGE, "no DNS packet to send");
	return 0;
}

static void add_line(struct transfer *t, const char *line)
{
	struct curl_slist *more = curl_slist_append(t->lines, line);

	if (!more)
		BUG("out of memory for a request header");
	t->lines = more;
}

static void set_common(struct transfer *t)
{
	CURL *c = t->easy;
	const struct fetch_options *o = &t->f->options;

	curl_easy_setopt(c, CURLOPT_PRIVATE, (char *)t);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, o->user_agent);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)NEVER_MS);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)(t->kind == FETCH_STREAM ? STREAM_BUFFER_BYTES : BUFFER_BYTES));
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, transfer_on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, transfer_on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	if (o->ca_file && *o->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, o->ca_file);
#if LIBCURL_VERSION_NUM >= 0x075700
	/* a transfer that is cancelled while its name is looked up must not wait for the resolver's thread */
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
#endif
	if (t->header)
		add_line(t, t->header);
	if (t->token) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, t->token);
		curl_easy_setopt(c, CURLOPT_UNRESTRICTED_AUTH, 0L);
	}
}

/* From https never back to http. */
static void set_protocols(struct transfer *t)
{
	bool tls = strncasecmp(t->url, "https:", 6) == 0;
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(t->easy, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
#else
	curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	curl_easy_setopt(t->easy, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTPS | (tls ? 0 : CURLPROTO_HTTP)));
#endif
}

static void set_redirects(struct transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(t->easy, CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS_MAX);
	curl_easy_setopt(t->easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPIDLE, (long)KEEPALIVE_S);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPINTVL, (long)KEEPALIVE_S);
}

static void set_conditions(struct transfer *t)
{
	char line[CACHE_VALIDATOR_MAX + 32];

	fetch_cache_find(t->f->cache_dir, t->url, t->header, t->body_max, &t->cached);
	if (!t->cached.found)
		return;
	const struct cache_validators *v = &t->cached.validators;
	snprintf(line, sizeof(line), "If-None-Match: %s", v->etag);
	if (v->etag[0])
		add_line(t, line);
	snprintf(line, sizeof(line), "If-Modified-Since: %s", v->modified);
	if (v->modified[0])
		add_line(t, line);
}

static int set_get(struct transfer *t, struct err *e)
{
	(void)e;
	set_redirects(t);
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* only TLS can agree on HTTP/2: elsewhere, waiting for the first answer would let one mute call block the rest */
	curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT, strncmp(t->url, "https:", 6) ? 0L : 1L);
	curl_easy_setopt(t->easy, CURLOPT_ACCEPT_ENCODING, "");
	if (t->conditional)
		set_conditions(t);
	return 0;
}

/* HTTP/1.1 and a connection of its own: a stream that has to wait must not hold up others on the same connection. */
static int set_stream(struct transfer *t, struct err *e)
{
	(void)e;
	set_redirects(t);
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
	return 0;
}

static void set_fresh(struct transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(t->easy, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
}

static int set_check_http(struct transfer *t, struct err *e)
{
	(void)e;
	set_fresh(t);
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
	return 0;
}

/* Only a connection, to the host and port of "scheme://host[:port]/...", straight and not by a proxy. */
static int set_connect_only(struct transfer *t, const char *default_port, struct err *e)
{
	char url[512];
	char *host = NULL, *port = NULL;
	int code = 0;
	CURLU *u = curl_url();

	if (!u || curl_url_set(u, CURLUPART_URL, t->url, CURLU_NON_SUPPORT_SCHEME) ||
	    curl_url_get(u, CURLUPART_HOST, &host, 0)) {
		code = err_set(e, ERR_USAGE, "malformed address");
		goto out;
	}
	if (curl_url_get(u, CURLUPART_PORT, &port, 0) && !default_port) {
		code = err_set(e, ERR_USAGE, "address without a port");
		goto out;
	}
	int n = snprintf(url, sizeof(url), "http://%s:%s/", host, port ? port : default_port);
	if (n < 0 || n >= (int)sizeof(url)) {
		code = err_set(e, ERR_LIMIT, "address longer than %zu bytes", sizeof(url));
		goto out;
	}
	set_fresh(t);
	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
out:
	curl_free(port);
	curl_free(host);
	curl_url_cleanup(u);
	return code;
}

static int set_check_tcp(struct transfer *t, struct err *e)
{
	return set_connect_only(t, NULL, e);
}

static int set_check_dns(struct transfer *t, struct err *e)
{
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_address);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t);
	return set_connect_only(t, "53", e);
}

static int (*const set_kind[])(struct transfer *, struct err *) = {
	[FETCH_GET] = set_get,
	[FETCH_STREAM] = set_stream,
	[FETCH_CHECK_HTTP] = set_check_http,
	[FETCH_CHECK_TCP] = set_check_tcp,
	[FETCH_CHECK_DNS] = set_check_dns,
};

int transfer_begin(struct transfer *t, struct err *e)
{
	int code = check_job(t, e);

	if (code)
		return code;
	t->easy = curl_easy_init();
	if (!t->easy)
		return err_set(e, ERR_NET, "cannot start a transfer");
	set_common(t);
	set_protocols(t);
	code = set_kind[t->kind](t, e);
	if (!code) {
		if (t->lines)
			curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->lines);
		CURLMcode m = curl_multi_add_handle(t->f->multi, t->easy);
		if (m != CURLM_OK)
			code = err_set(e, ERR_NET, "cannot start a transfer: %s", curl_multi_strerror(m));
	}
	if (code)
		transfer_detach(t);
	return code;
}
