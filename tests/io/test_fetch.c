/* links: io/fetch io/fetch_setup io/fetch_receive io/fetch_transfer io/fetch_cache io/fetch_words io/dns io/files core/prefix base/err base/mem base/strbuf base/when base/text */
/* Transfers against a server inside this process: a thread that sends canned bytes and keeps what it was asked, so that
 * each oddity of the wire (an edge of a chunk, a reset, silence) is exact. TLS is libmicrohttpd's. Time is what we say
 * it is: a deadline passes by a later `now`, nothing sleeps; the only real waiting is poll's, for bytes of this
 * machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/fetch.h"
#include "io/files.h"

#define START_MS     1419264900000 /* 2014-12-22T16:15:00Z */
#define TURNS_MAX    2000
#define REAL_WAIT_MS 5000 /* a test that needs more is stuck */
#define FLOOD_BYTES  (12u << 20)

/* ---- the server ---- */

enum ending { END_CLOSE, END_RESET, END_HANG, END_FLOOD };

struct route {
	const char *path;
	const char *bytes;
	size_t len; /* 0: strlen(bytes) */
	enum ending ending;
	const char *then; /* the bytes of later requests, or NULL: the same */
};

#define HTTP200 "HTTP/1.1 200 OK\r\n"
#define CHUNKED HTTP200 "Transfer-Encoding: chunked\r\n\r\n"

/* "hello, gzip\n" by gzip -9n */
static const char gzip_answer[] = HTTP200 "Content-Encoding: gzip\r\nContent-Length: 32\r\n\r\n"
					  "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xd7\x51\x48\xaf"
					  "\xca\x2c\xe0\x02\x00\x86\x1f\x82\xa4\x0c\x00\x00\x00";

static const struct route routes[] = {
	{.path = "/ok", .bytes = HTTP200 "Content-Length: 5\r\n\r\nhello"},
	{.path = "/empty", .bytes = HTTP200 "Content-Length: 0\r\n\r\n"},
	{.path = "/gzip", .bytes = gzip_answer, .len = sizeof(gzip_answer) - 1},
	{.path = "/badgzip", .bytes = HTTP200 "Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"},
	{.path = "/html", .bytes = HTTP200 "Content-Type: text/html\r\nContent-Length: 12\r\n\r\n<html></html"},
	{.path = "/etag",
	 .bytes = HTTP200 "ETag: \"v1\"\r\nContent-Length: 5\r\n\r\nhello",
	 .then = "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n"},
	{.path = "/modified",
	 .bytes = HTTP200 "Last-Modified: Mon, 22 Dec 2014 16:15:00 GMT\r\nContent-Length: 5\r\n\r\nhello",
	 .then = "HTTP/1.1 304 Not Modified\r\n\r\n"},
	{.path = "/nostore",
	 .bytes = HTTP200 "ETag: \"x\"\r\nCache-Control: private, no-store\r\nContent-Length: 5\r\n\r\nhello"},
	{.path = "/replaced",
	 .bytes = HTTP200 "ETag: \"v1\"\r\nContent-Length: 3\r\n\r\nold",
	 .then = HTTP200 "ETag: \"v2\"\r\nContent-Length: 3\r\n\r\nnew"},
	{.path = "/429", .bytes = "HTTP/1.1 429 Slow down\r\nRetry-After: 120\r\nContent-Length: 9\r\n\r\ntoo often"},
	{.path = "/503",
	 .bytes = "HTTP/1.1 503 x\r\nRetry-After: Mon, 22 Dec 2014 16:20:00 GMT\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/400", .bytes = "HTTP/1.1 400 Bad\r\nContent-Length: 18\r\n\r\n{\"status\":\"error\"}"},
	{.path = "/500", .bytes = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/304", .bytes = "HTTP/1.1 304 Not Modified\r\n\r\n"},
	{.path = "/418", .bytes = "HTTP/1.1 418 \x1b[31mred\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/long", .bytes = HTTP200 "Content-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz"},
	{.path = "/short", .bytes = HTTP200 "Content-Length: 50\r\n\r\nonly this"},
	{.path = "/nothing", .bytes = ""},
	{.path = "/garbage", .bytes = "SSH-2.0-OpenSSH_9.2\r\n"},
	{.path = "/reset", .bytes = "", .ending = END_RESET},
	{.path = "/cut", .bytes = HTTP200 "Content-Length: 50\r\n\r\nonly this", .ending = END_RESET},
	{.path = "/silent", .bytes = "", .ending = END_HANG},
	{.path = "/half", .bytes = HTTP200 "Content-Length: 50\r\n\r\nonly this", .ending = END_HANG},
	{.path = "/moved", .bytes = "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/loop", .bytes = "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/file", .bytes = "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/nowhere", .bytes = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
	{.path = "/stream", .bytes = CHUNKED "6\r\nline 1\r\n1\r\n\n\r\n7\r\nline 2\n\r\n0\r\n\r\n"},
	{.path = "/stream-cut", .bytes = CHUNKED "6\r\nline 1\r\n1\r\n\n\r\nff\r\nline", .ending = END_CLOSE},
	{.path = "/stream-silent", .bytes = CHUNKED "7\r\nline 1\n\r\n", .ending = END_HANG},
	{.path = "/stream-403", .bytes = "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno", .ending = END_HANG},
	{.path = "/flood", .bytes = HTTP200 "\r\n", .ending = END_FLOOD},
	{.path = "/check", .bytes = HTTP200 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello", .ending = END_HANG},
};

static struct {
	int fd, port;
	pthread_t thread;
	pthread_mutex_t lock;
	char asked[64][2048]; /* request heads, in order */
	unsigned count;
	int hanging[64]; /* kept open until the end */
	unsigned hang_count;
	char redirect[256]; /* answer of /elsewhere */
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Requests of path so far, the newest head in *head. */
static unsigned asked(const char *path, const char **head)
{
	unsigned n = 0;
	char start[128];

	snprintf(start, sizeof(start), "GET %s HTTP", path);
	pthread_mutex_lock(&server.lock);
	for (unsigned i = 0; i < server.count; i++) {
		if (strncmp(server.asked[i], start, strlen(start)) != 0)
			continue;
		n++;
		*head = server.asked[i];
	}
	pthread_mutex_unlock(&server.lock);
	return n;
}

static bool read_head(int fd, char *head, size_t cap)
{
	size_t len = 0;

	while (len + 1 < cap) {
		ssize_t n = recv(fd, head + len, cap - 1 - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
		head[len] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

static void send_flood(int fd)
{
	static char block[1u << 20];

	memset(block, 'x', sizeof(block));
	for (size_t sent = 0; sent < FLOOD_BYTES; sent += sizeof(block))
		send_all(fd, block, sizeof(block));
}

static void answer(int fd, const char *head)
{
	char path[128] = "";
	const struct route *r = NULL;
	const struct linger hard = {.l_onoff = 1};

	sscanf(head, "GET %127s", path);
	pthread_mutex_lock(&server.lock);
	unsigned before = 0;
	for (unsigned i = 0; i < server.count; i++)
		before += strncmp(server.asked[i] + 4, path, strlen(path)) == 0 &&
			  server.asked[i][4 + strlen(path)] == ' ';
	if (server.count < ARRAY_LEN(server.asked))
		snprintf(server.asked[server.count++], sizeof(server.asked[0]), "%s", head);
	pthread_mutex_unlock(&server.lock);
	for (size_t i = 0; i < ARRAY_LEN(routes); i++)
		if (strcmp(routes[i].path, path) == 0)
			r = &routes[i];
	if (!r) {
		send_all(fd, server.redirect, strlen(server.redirect));
		close(fd);
		return;
	}
	const char *bytes = before && r->then ? r->then : r->bytes;
	send_all(fd, bytes, r->len ? r->len : strlen(bytes));
	if (r->ending == END_FLOOD)
		send_flood(fd);
	if (r->ending == END_RESET)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	if (r->ending == END_HANG && server.hang_count < ARRAY_LEN(server.hanging))
		server.hanging[server.hang_count++] = fd;
	else
		close(fd);
}

static void *serve(void *arg)
{
	char head[2048];

	(void)arg;
	for (;;) {
		int fd = accept(server.fd, NULL, NULL);
		if (fd < 0)
			return NULL;
		if (read_head(fd, head, sizeof(head)))
			answer(fd, head);
		else
			close(fd);
	}
}

static int listen_local(int type, int *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, type, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* ---- one test's world ---- */

struct world {
	struct fetch *f;
	struct now now;
	char folder[64];
	char url[256];
	/* of the last reply or stream end */
	struct input got;
	char body[8192];
	/* of a stream */
	unsigned opens, chunks, ends;
	size_t bytes, largest;
	char text[256];
};

static struct world w;

static void open_fetch(const char *ca_file)
{
	struct err e = {.code = ERR_OK};
	const struct fetch_options o = {.user_agent = "landline-test", .ca_file = ca_file, .cache_dir = w.folder};

	assert_int_equal(fetch_new(&w.f, &o, &e), 0);
	assert_string_equal(fetch_cache_error(w.f), "");
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.now = (struct now){.mono = {1000}, .wall = {START_MS}};
	strcpy(w.folder, "/tmp/landline-fetch-XXXXXX");
	assert_non_null(mkdtemp(w.folder));
	server.count = 0;
	server.redirect[0] = '\0';
	open_fetch(NULL);
	return 0;
}

static void remove_folder(void)
{
	char *names[256], path[400];
	size_t n = files_list(w.folder, "", names, ARRAY_LEN(names));

	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", w.folder, names[i]);
		unlink(path);
		free(names[i]);
	}
	rmdir(w.folder);
}

static int tear_down(void **state)
{
	(void)state;
	fetch_free(w.f);
	remove_folder();
	return 0;
}

static const char *url_of(const char *path)
{
	snprintf(w.url, sizeof(w.url), "http://127.0.0.1:%d%s", server.port, path);
	return w.url;
}

static void start(enum fetch_kind kind, const char *url, size_t body_max, unsigned timeout_s)
{
	const struct fetch_job job = {
		.id = 7,
		.kind = kind,
		.url = url,
		.body_max = body_max,
		.timeout_s = timeout_s,
		.conditional = kind == FETCH_GET,
	};

	fetch_start(w.f, &job, w.now);
}

static void keep(const struct input *in)
{
	assert_int_equal(in->job, 7);
	assert_int_equal(in->time.ms, w.now.wall.ms);
	w.opens += in->kind == INPUT_STREAM_OPEN;
	w.ends += in->kind == INPUT_STREAM_END;
	if (in->kind == INPUT_CHUNK) {
		w.chunks++;
		if (w.bytes + in->len < sizeof(w.text))
			memcpy(w.text + w.bytes, in->body, in->len);
		w.bytes += in->len;
		w.largest = in->len > w.largest ? in->len : w.largest;
	}
	if (in->kind != INPUT_REPLY && in->kind != INPUT_STREAM_END)
		return;
	w.got = *in;
	size_t len = in->len < sizeof(w.body) - 1 ? in->len : sizeof(w.body) - 1;
	if (len)
		memcpy(w.body, in->body, len);
	w.body[len] = '\0';
}

/* One turn of a loop: all that is there now. Returns how many inputs. */
static unsigned turn(int wait_ms)
{
	struct input in;
	unsigned n = 0;

	assert_true(fetch_wait(w.f, NULL, 0, wait_ms) >= 0);
	for (; fetch_take(w.f, w.now, &in); n++)
		keep(&in);
	return n;
}

static bool replied(void)
{
	return w.got.job != 0;
}

static void run_until(bool (*done)(void))
{
	for (int i = 0; i < TURNS_MAX && !done(); i++)
		turn(REAL_WAIT_MS);
	assert_true(done());
}

static void get(const char *path, size_t body_max)
{
	memset(&w.got, 0, sizeof(w.got));
	start(FETCH_GET, url_of(path), body_max, 30);
	assert_int_equal(fetch_active(w.f), 1);
	run_until(replied);
	assert_int_equal(fetch_active(w.f), 0);
	assert_int_equal(fetch_due(w.f).ms, MONO_NEVER.ms);
}

/* ---- GET ---- */

static void test_answers(void **state)
{
	static const struct {
		const char *what, *path;
		size_t body_max;
		int code, status;
		const char *message, *body;
		int64_t retry_after_s;
	} cases[] = {
		{"a plain answer", "/ok", 100, ERR_OK, 200, "", "hello", -1},
		{"a body as long as its cap", "/ok", 5, ERR_OK, 200, "", "hello", -1},
		{"an empty body", "/empty", 100, ERR_OK, 200, "", "", -1},
		{"gzip is unpacked", "/gzip", 100, ERR_OK, 200, "", "hello, gzip\n", -1},
		{"what is no gzip", "/badgzip", 100, ERR_NET, 200, "broken compression", "", -1},
		{"HTML is the parser's to name", "/html", 100, ERR_OK, 200, "", "<html></html", -1},
		{"too often, with seconds", "/429", 100, ERR_HTTP, 429, "HTTP 429 Too Many Requests", "too often", 120},
		{"unavailable until a date", "/503", 100, ERR_HTTP, 503, "HTTP 503 Service Unavailable", "", 300},
		{"an error's body is kept", "/400", 100, ERR_HTTP, 400, "HTTP 400 Bad Request",
		 "{\"status\":\"error\"}", -1},
		{"a server's failure", "/500", 100, ERR_HTTP, 500, "HTTP 500 Internal Server Error", "", -1},
		{"unchanged, though we did not ask", "/304", 100, ERR_HTTP, 304, "HTTP 304 Not Modified", "", -1},
		{"the server's own words are not ours", "/418", 100, ERR_HTTP, 418, "HTTP 418", "", -1},
		{"one byte over the cap", "/long", 25, ERR_LIMIT, 200, "answer longer than 25 bytes", "", -1},
		{"over the cap once unpacked", "/gzip", 11, ERR_LIMIT, 200, "answer longer than 11 bytes", "", -1},
		{"closed too early", "/short", 100, ERR_NET, 200, "truncated answer", "", -1},
		{"closed before any byte", "/nothing", 100, ERR_NET, 0, "empty answer", "", -1},
		{"another protocol", "/garbage", 100, ERR_NET, 0, "not HTTP", "", -1},
		{"reset at once", "/reset", 100, ERR_NET, 0, "connection reset", "", -1},
		{"reset in the body", "/cut", 100, ERR_NET, 200, "connection reset", "", -1},
		{"a redirect is followed", "/moved", 100, ERR_OK, 200, "", "hello", -1},
		{"not for ever", "/loop", 100, ERR_HTTP, 302, "too many redirects", "", -1},
		{"never to a file", "/file", 100, ERR_NET, 302, "not HTTP", "", -1},
		{"a redirect to nowhere", "/nowhere", 100, ERR_HTTP, 302, "HTTP 302 Found", "", -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		get(cases[i].path, cases[i].body_max);
		if (w.got.err.code != cases[i].code || strcmp(w.got.err.msg, cases[i].message) != 0 ||
		    w.got.status != cases[i].status || strcmp(w.body, cases[i].body) != 0 ||
		    w.got.retry_after_s != cases[i].retry_after_s)
			fail_msg("%s: code %d '%s' status %d body '%s' retry after %" PRId64, cases[i].what,
				 w.got.err.code, w.got.err.msg, w.got.status, w.body, w.got.retry_after_s);
		assert_false(w.got.unchanged);
	}
}

static void test_request(void **state)
{
	const char *head = NULL;
	const struct fetch_job job = {
		.id = 7,
		.kind = FETCH_GET,
		.url = url_of("/ok"),
		.header = "X-RIS-Subscribe: {\"prefix\":\"175.45.176.0/22\"}",
		.token = "secret-token",
		.body_max = 100,
		.timeout_s = 30,
	};

	(void)state;
	fetch_start(w.f, &job, w.now);
	run_until(replied);
	assert_int_equal(asked("/ok", &head), 1);
	assert_non_null(strstr(head, "User-Agent: landline-test\r\n"));
	assert_non_null(strstr(head, "X-RIS-Subscribe: {\"prefix\":\"175.45.176.0/22\"}\r\n"));
	assert_non_null(strstr(head, "Authorization: Bearer secret-token\r\n"));
	assert_non_null(strstr(head, "gzip"));
	assert_int_equal(w.got.peer.family, 4);
	assert_int_equal(w.got.peer.bytes[0], 127);
	assert_true(w.got.times.total > 0 && w.got.times.starttransfer <= w.got.times.total);
	assert_true(w.got.wire_bytes > 5);
}

/* Another host is another name or port: the token stays with the first. */
static void test_token_stays(void **state)
{
	const char *head = NULL;
	const struct fetch_job job = {
		.id = 7,
		.kind = FETCH_GET,
		.url = url_of("/elsewhere"),
		.token = "secret-token",
		.body_max = 100,
		.timeout_s = 30,
	};

	(void)state;
	snprintf(server.redirect, sizeof(server.redirect),
		 "HTTP/1.1 302 Found\r\nLocation: http://localhost:%d/ok\r\nContent-Length: 0\r\n\r\n", server.port);
	fetch_start(w.f, &job, w.now);
	run_until(replied);
	assert_int_equal(w.got.status, 200);
	assert_int_equal(asked("/elsewhere", &head), 1);
	assert_non_null(strstr(head, "Bearer secret-token"));
	assert_int_equal(asked("/ok", &head), 1);
	assert_null(strstr(head, "secret-token"));
}

static void test_wrong_requests(void **state)
{
	static const struct {
		const char *what, *url, *header;
		int code;
		const char *message;
	} cases[] = {
		{"a header that would be two", "http://127.0.0.1:9/", "A: b\r\nC: d", ERR_USAGE,
		 "control characters in the request"},
		{"a line feed in the URL", "http://127.0.0.1:9/a\nb", NULL, ERR_USAGE,
		 "control characters in the request"},
		{"a protocol that is none of ours", "file:///etc/passwd", NULL, ERR_NET, "not HTTP"},
		{"no URL at all", "http://", NULL, ERR_NET, "malformed URL"},
		{"a name that cannot be (RFC 6761)", "http://nobody.invalid/", NULL, ERR_NET, "cannot resolve host"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct fetch_job job = {
			.id = 7,
			.kind = FETCH_GET,
			.url = cases[i].url,
			.header = cases[i].header,
			.body_max = 100,
		};
		memset(&w.got, 0, sizeof(w.got));
		fetch_start(w.f, &job, w.now);
		run_until(replied);
		if (w.got.err.code != cases[i].code || strcmp(w.got.err.msg, cases[i].message) != 0)
			fail_msg("%s: code %d '%s'", cases[i].what, w.got.err.code, w.got.err.msg);
	}
}

/* ---- the cache ---- */

static void reopen(void)
{
	fetch_free(w.f);
	open_fetch(NULL);
}

static void test_unchanged(void **state)
{
	static const struct {
		const char *path, *line;
	} cases[] = {
		{"/etag", "If-None-Match: \"v1\"\r\n"},
		{"/modified", "If-Modified-Since: Mon, 22 Dec 2014 16:15:00 GMT\r\n"},
	};
	const char *head = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		get(cases[i].path, 100);
		assert_false(w.got.unchanged);
		reopen(); /* another process would find the same */
		get(cases[i].path, 100);
		assert_int_equal(w.got.err.code, ERR_OK);
		assert_int_equal(w.got.status, 304);
		assert_true(w.got.unchanged);
		assert_string_equal(w.body, "hello");
		assert_int_equal(asked(cases[i].path, &head), 2);
		assert_non_null(strstr(head, cases[i].line));
	}
}

static void test_not_cached(void **state)
{
	const char *head = NULL;

	(void)state;
	get("/ok", 100);
	get("/ok", 100);
	get("/nostore", 100);
	get("/nostore", 100);
	assert_int_equal(asked("/ok", &head), 2);
	assert_null(strstr(head, "If-"));
	assert_int_equal(asked("/nostore", &head), 2);
	assert_null(strstr(head, "If-"));
	get("/replaced", 100);
	get("/replaced", 100);
	assert_string_equal(w.body, "new");
	assert_false(w.got.unchanged);
	get("/replaced", 100);
	asked("/replaced", &head);
	assert_non_null(strstr(head, "If-None-Match: \"v2\""));
}

/* Change one byte of the only cached file, counted from its end. */
static void damage(size_t from_end)
{
	char *names[4], path[400];

	assert_int_equal(files_list(w.folder, ".http", names, ARRAY_LEN(names)), 1);
	snprintf(path, sizeof(path), "%s/%s", w.folder, names[0]);
	free(names[0]);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, -(long)from_end, SEEK_END), 0);
	fputc('#', f);
	fclose(f);
}

static void test_damaged_cache(void **state)
{
	const char *head = NULL;

	(void)state;
	get("/etag", 100);
	damage(1); /* the body: found out when it is needed, and thrown away */
	get("/etag", 100);
	assert_int_equal(w.got.err.code, ERR_FILE);
	assert_string_equal(w.got.err.msg, "unchanged, but our copy of it is damaged");
	assert_int_equal(w.got.len, 0);
	get("/etag", 100); /* asked without a condition; the server of this test answers 304 all the same */
	assert_int_equal(asked("/etag", &head), 3);
	assert_null(strstr(head, "If-None-Match"));
	get("/modified", 100);
	damage(120); /* the header: as if there were none */
	get("/modified", 100);
	assert_int_equal(asked("/modified", &head), 2);
	assert_null(strstr(head, "If-Modified-Since"));
}

static void test_cache_place(void **state)
{
	struct err e = {.code = ERR_OK};
	const struct fetch_options o = {.user_agent = "landline-test", .cache_dir = "/dev/null/cache"};

	(void)state;
	fetch_free(w.f);
	assert_int_equal(fetch_new(&w.f, &o, &e), 0);
	assert_non_null(strstr(fetch_cache_error(w.f), "/dev/null"));
	get("/etag", 100);
	assert_string_equal(w.body, "hello");
}

/* ---- deadlines ---- */

static unsigned heard(const char *path)
{
	const char *head;

	return asked(path, &head);
}

/* Until the server has the request, so that silence is what we wait for. */
static void run_until_heard(const char *path)
{
	for (int i = 0; i < TURNS_MAX && !heard(path); i++)
		turn(1);
	assert_int_equal(heard(path), 1);
	turn(0);
}

static void later(int64_t ms)
{
	w.now.mono.ms += ms;
	w.now.wall.ms += ms;
}

static void test_silence(void **state)
{
	static const struct {
		const char *what, *path;
		unsigned timeout_s;
		const char *message;
		int status;
	} cases[] = {
		{"never a byte", "/silent", 30, "timed out after 30 s", 0},
		{"half a body", "/half", 12, "timed out after 12 s", 200},
		{"a short limit", "/silent", 3, "timed out after 3 s", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		memset(&w.got, 0, sizeof(w.got));
		server.count = 0;
		start(FETCH_GET, url_of(cases[i].path), 100, cases[i].timeout_s);
		run_until_heard(cases[i].path);
		later((int64_t)cases[i].timeout_s * 1000 - 1);
		assert_int_equal(turn(0), 0);
		assert_int_equal(fetch_due(w.f).ms, w.now.mono.ms + 1);
		later(1);
		assert_int_equal(turn(0), 1);
		assert_int_equal(w.got.err.code, ERR_NET);
		assert_string_equal(w.got.err.msg, cases[i].message);
		assert_int_equal(w.got.len, 0);
		assert_int_equal(w.got.curl_code, 28);
		assert_int_equal(fetch_active(w.f), 0);
	}
}

/* A connection that nobody answers: a listener whose queue is full drops what comes (Linux). */
static void test_no_connection(void **state)
{
	int port, fd = listen_local(SOCK_STREAM, &port), filler[3];
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char url[64];

	(void)state;
	assert_int_equal(listen(fd, 0), 0);
	a.sin_port = htons((uint16_t)port);
	for (size_t i = 0; i < ARRAY_LEN(filler); i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(filler[i], (struct sockaddr *)&a, sizeof(a));
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	start(FETCH_GET, url, 100, 30);
	turn(50);
	assert_int_equal(fetch_due(w.f).ms, w.now.mono.ms + 10000);
	later(9999);
	assert_int_equal(turn(0), 0);
	later(1);
	assert_int_equal(turn(0), 1);
	assert_string_equal(w.got.err.msg, "no connection within 10 s");
	assert_int_equal(w.got.curl_code, 28);
	assert_int_equal(w.got.times.connect, 0);
	for (size_t i = 0; i < ARRAY_LEN(filler); i++)
		close(filler[i]);
	close(fd);
}

static void test_cancel(void **state)
{
	(void)state;
	start(FETCH_GET, url_of("/silent"), 100, 30);
	run_until_heard("/silent");
	fetch_cancel(w.f, 7);
	assert_int_equal(fetch_active(w.f), 0);
	later(60000);
	assert_int_equal(turn(0), 0);
	start(FETCH_GET, url_of("/a\nb"), 100, 30); /* has failed already: the answer waits */
	assert_int_equal(fetch_active(w.f), 1);
	fetch_cancel(w.f, 7);
	assert_int_equal(turn(0), 0);
}

/* ---- streams ---- */

static bool stream_ended(void)
{
	return w.ends > 0;
}

static void test_stream(void **state)
{
	(void)state;
	start(FETCH_STREAM, url_of("/stream"), 0, 60);
	assert_int_equal(fetch_active(w.f), 1);
	run_until(stream_ended);
	assert_int_equal(w.opens, 1);
	assert_string_equal(w.text, "line 1\nline 2\n");
	assert_int_equal(w.got.err.code, ERR_NET);
	assert_string_equal(w.got.err.msg, "closed by the server");
	assert_int_equal(fetch_stream_bytes(w.f), 14);
}

static void test_stream_failures(void **state)
{
	static const struct {
		const char *what, *path;
		int code;
		const char *message;
		unsigned opens;
	} cases[] = {
		{"cut inside a chunk", "/stream-cut", ERR_NET, "truncated answer", 1},
		{"refused", "/stream-403", ERR_HTTP, "HTTP 403 Forbidden", 0},
		{"reset", "/reset", ERR_NET, "connection reset", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		w.opens = w.ends = 0;
		start(FETCH_STREAM, url_of(cases[i].path), 0, 60);
		run_until(stream_ended);
		if (w.got.err.code != cases[i].code || strcmp(w.got.err.msg, cases[i].message) != 0 ||
		    w.opens != cases[i].opens)
			fail_msg("%s: code %d '%s' opens %u", cases[i].what, w.got.err.code, w.got.err.msg, w.opens);
	}
}

static bool first_line(void)
{
	return w.bytes >= 7;
}

/* Silence counts from the last byte, not from the start. */
static void test_stream_silence(void **state)
{
	(void)state;
	start(FETCH_STREAM, url_of("/stream-silent"), 0, 60);
	later(8000);
	run_until(first_line);
	assert_int_equal(w.opens, 1);
	assert_int_equal(fetch_active(w.f), 0); /* an open stream is not awaited */
	assert_int_equal(fetch_due(w.f).ms, w.now.mono.ms + 60000);
	later(59999);
	assert_int_equal(turn(0), 0);
	later(1);
	assert_int_equal(turn(0), 1);
	assert_int_equal(w.ends, 1);
	assert_string_equal(w.got.err.msg, "silent for 60 s");
}

/* A flood comes in rounds: each bounded, in pieces of at most 256 KB, and nothing is lost by the pauses between. */
static void test_stream_flood(void **state)
{
	unsigned most = 0;

	(void)state;
	start(FETCH_STREAM, url_of("/flood"), 0, 60);
	for (int i = 0; i < TURNS_MAX && !w.ends; i++) {
		size_t before = w.bytes;
		turn(REAL_WAIT_MS);
		unsigned round_bytes = (unsigned)(w.bytes - before);
		most = round_bytes > most ? round_bytes : most;
	}
	assert_int_equal(w.bytes, FLOOD_BYTES);
	assert_int_equal(fetch_stream_bytes(w.f), FLOOD_BYTES);
	assert_true(w.largest <= 256 * 1024);
	assert_true(most <= 1536 * 1024);
	assert_int_equal(w.ends, 1);
}

/* The app may give up a stream while it looks at a chunk of it: the bytes in its hand stay good. */
static void test_stream_cancel_in_chunk(void **state)
{
	struct input in = {.kind = INPUT_REPLY};
	bool more = false;

	(void)state;
	start(FETCH_STREAM, url_of("/stream"), 0, 60);
	for (int i = 0; i < TURNS_MAX && in.kind != INPUT_CHUNK; i++) {
		if (!more)
			fetch_wait(w.f, NULL, 0, REAL_WAIT_MS);
		more = fetch_take(w.f, w.now, &in);
	}
	assert_int_equal(in.kind, INPUT_CHUNK);
	fetch_cancel(w.f, 7);
	assert_memory_equal(in.body, "line", 4);
	assert_int_equal(turn(0), 0);
	assert_int_equal(fetch_due(w.f).ms, MONO_NEVER.ms);
}

/* ---- checks ---- */

static void test_check_http(void **state)
{
	static const struct {
		const char *what, *path;
		int code, status, curl_code, os_errno;
	} cases[] = {
		{"stops after the headers", "/check", ERR_OK, 200, 0, 0},
		{"any answer is an answer", "/500", ERR_OK, 500, 0, 0},
		{"a redirect is one too", "/moved", ERR_OK, 302, 0, 0},
		{"connected, then cut", "/reset", ERR_NET, 0, 56, ECONNRESET},
		{"connected, then closed", "/nothing", ERR_NET, 0, 52, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		memset(&w.got, 0, sizeof(w.got));
		start(FETCH_CHECK_HTTP, url_of(cases[i].path), 0, 10);
		run_until(replied);
		if (w.got.err.code != cases[i].code || w.got.status != cases[i].status ||
		    w.got.curl_code != cases[i].curl_code || (cases[i].os_errno && w.got.os_errno != cases[i].os_errno))
			fail_msg("%s: code %d '%s' status %d curl %d errno %d", cases[i].what, w.got.err.code,
				 w.got.err.msg, w.got.status, w.got.curl_code, w.got.os_errno);
		assert_int_equal(w.got.len, 0);
		assert_true(w.got.times.connect > 0);
	}
}

static void check(enum fetch_kind kind, const char *url)
{
	memset(&w.got, 0, sizeof(w.got));
	start(kind, url, 0, 10);
	run_until(replied);
}

static void test_check_tcp(void **state)
{
	int port, fd = listen_local(SOCK_STREAM, &port);
	char url[64];

	(void)state;
	snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", port);
	check(FETCH_CHECK_TCP, url);
	assert_int_equal(w.got.err.code, ERR_OK);
	assert_int_equal(w.got.curl_code, 0);
	assert_int_equal(w.got.peer.bytes[0], 127);
	assert_true(w.got.times.connect > 0);
	close(fd);
	check(FETCH_CHECK_TCP, url);
	assert_int_equal(w.got.err.code, ERR_NET);
	assert_string_equal(w.got.err.msg, "connection refused");
	assert_int_equal(w.got.curl_code, 7);
	assert_int_equal(w.got.os_errno, ECONNREFUSED);
	check(FETCH_CHECK_TCP, "tcp://127.0.0.1");
	assert_string_equal(w.got.err.msg, "address without a port");
}

/* A name server of one packet: reads the query that waits, answers with the bytes after the id. */
static void dns_answer(int fd, bool wrong_id_first)
{
	unsigned char q[512];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, q, sizeof(q), 0, (struct sockaddr *)&from, &len);

	assert_int_equal(n, 6);
	assert_memory_equal(q + 2, "\x01\x02\x03\x04", 4);
	memcpy(q + 2, "\x84\x05zz", 4);
	if (wrong_id_first) {
		q[0] ^= 0xFF;
		sendto(fd, q, 6, 0, (struct sockaddr *)&from, len);
		q[0] ^= 0xFF;
	}
	sendto(fd, q, 6, 0, (struct sockaddr *)&from, len);
}

static void start_dns(const char *server_name, int port)
{
	snprintf(w.url, sizeof(w.url), "dns://%s:%d/kp", server_name, port);
	const struct fetch_job job = {
		.id = 7,
		.kind = FETCH_CHECK_DNS,
		.url = w.url,
		.timeout_s = 10,
		.packet = "\xab\xcd\x01\x02\x03\x04",
		.packet_len = 6,
	};

	memset(&w.got, 0, sizeof(w.got));
	fetch_start(w.f, &job, w.now);
	/* libcurl shows us the address; then the packet is out */
	for (int i = 0; i < 50 && fetch_due(w.f).ms > w.now.mono.ms + 3000; i++)
		turn(100);
	assert_int_equal(fetch_due(w.f).ms, w.now.mono.ms + 3000);
}

static void test_check_dns(void **state)
{
	int port, fd = listen_local(SOCK_DGRAM, &port);

	(void)state;
	start_dns("127.0.0.1", port);
	later(250);
	dns_answer(fd, true);
	run_until(replied);
	assert_int_equal(w.got.err.code, ERR_OK);
	assert_int_equal(w.got.status, 5); /* rcode: refused */
	assert_int_equal(w.got.len, 6);
	assert_memory_equal(w.body, "\xab\xcd\x84\x05zz", 6);
	assert_int_equal(w.got.times.total, 250000);
	assert_int_equal(w.got.peer.family, 4);
	assert_int_equal(w.got.peer.bytes[3], 1);
	close(fd);
}

/* Two tries are lost; the third is answered, and the body has the packet's own id all the same. */
static void test_check_dns_retries(void **state)
{
	int port, fd = listen_local(SOCK_DGRAM, &port);
	unsigned char first[8], second[8];
	struct sockaddr_in from1, from2;
	socklen_t len = sizeof(from1);

	(void)state;
	start_dns("127.0.0.1", port);
	assert_int_equal(recvfrom(fd, first, sizeof(first), 0, (struct sockaddr *)&from1, &len), 6);
	later(3000);
	turn(0);
	len = sizeof(from2);
	assert_int_equal(recvfrom(fd, second, sizeof(second), 0, (struct sockaddr *)&from2, &len), 6);
	assert_int_not_equal(from1.sin_port, from2.sin_port);
	later(3000);
	turn(0);
	later(40);
	dns_answer(fd, false);
	run_until(replied);
	assert_int_equal(w.got.err.code, ERR_OK);
	assert_memory_equal(w.body, "\xab\xcd\x84", 3);
	assert_int_equal(w.got.times.total, 40000);
	close(fd);
}

static void test_check_dns_failures(void **state)
{
	int port, fd = listen_local(SOCK_DGRAM, &port);

	(void)state;
	start_dns("127.0.0.1", port);
	for (int i = 0; i < 2; i++) {
		later(3000);
		assert_int_equal(turn(0), 0);
	}
	later(2999);
	assert_int_equal(turn(0), 0);
	later(1);
	assert_int_equal(turn(0), 1);
	assert_int_equal(w.got.err.code, ERR_NET);
	assert_string_equal(w.got.err.msg, "no answer to 3 tries of 3 s");
	assert_int_equal(w.got.curl_code, 28);
	close(fd);
	/* nobody listens: ICMP says so, which proves that the host is there */
	snprintf(w.url, sizeof(w.url), "dns://localhost:%d/kp", port);
	const struct fetch_job job = {.id = 7, .kind = FETCH_CHECK_DNS, .url = w.url, .packet = "ab", .packet_len = 2};
	memset(&w.got, 0, sizeof(w.got));
	fetch_start(w.f, &job, w.now);
	run_until(replied);
	assert_string_equal(w.got.err.msg, "connection refused");
	assert_int_equal(w.got.os_errno, ECONNREFUSED);
	assert_int_equal(w.got.curl_code, 7);
	const struct fetch_job nobody = {
		.id = 7, .kind = FETCH_CHECK_DNS, .url = "dns://nobody.invalid/kp", .packet = "ab", .packet_len = 2};
	memset(&w.got, 0, sizeof(w.got));
	fetch_start(w.f, &nobody, w.now);
	run_until(replied);
	assert_string_equal(w.got.err.msg, "cannot resolve host");
	assert_int_equal(w.got.curl_code, 6);
}

/* ---- waiting ---- */

static void test_wait(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	struct pollfd p = {.fd = fds[0], .events = POLLIN};
	fetch_wait(w.f, &p, 1, 0);
	assert_int_equal(p.revents, 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(fetch_wait(w.f, &p, 1, -1), 1); /* no limit: only the pipe can end this */
	assert_int_equal(p.revents, POLLIN);
	close(fds[0]);
	close(fds[1]);
}

/* ---- TLS ---- */

static enum MHD_Result tls_answer(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				  const char *version, const char *body, size_t *len, void **state)
{
	(void)arg;
	(void)url;
	(void)method;
	(void)version;
	(void)body;
	(void)len;
	(void)state;
	struct MHD_Response *r =
		MHD_create_response_from_buffer(6, (void *)(uintptr_t) "secret", MHD_RESPMEM_PERSISTENT);
	enum MHD_Result sent = MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return sent;
}

static bool make_certificate(char key[4096], char cert[4096], char cert_path[128])
{
	char command[512], path[128];
	struct strbuf text;
	struct err e;
	bool good = false;

	snprintf(cert_path, 128, "%s/cert.pem", w.folder);
	snprintf(path, sizeof(path), "%s/key.pem", w.folder);
	snprintf(
		command, sizeof(command),
		"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
		"-addext subjectAltName=IP:127.0.0.1 -keyout %s -out %s 2>/dev/null",
		path, cert_path);
	if (system(command) != 0)
		return false;
	strbuf_init(&text, 4095);
	if (files_read(path, &text, &e) == 0) {
		memcpy(key, text.text, text.len + 1);
		good = files_read(cert_path, &text, &e) == 0;
		memcpy(cert, text.text, text.len + 1);
	}
	strbuf_release(&text);
	return good;
}

static void test_tls(void **state)
{
	char key[4096], cert[4096], cert_path[128], url[64];

	(void)state;
	if (MHD_is_feature_supported(MHD_FEATURE_SSL) != MHD_YES || !make_certificate(key, cert, cert_path)) {
		print_message("skipped: no TLS in libmicrohttpd, or no openssl to make a certificate\n");
		skip();
	}
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, NULL, NULL,
						tls_answer, NULL, MHD_OPTION_SOCK_ADDR, &a, MHD_OPTION_HTTPS_MEM_KEY,
						key, MHD_OPTION_HTTPS_MEM_CERT, cert, MHD_OPTION_END);
	assert_non_null(d);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
	check(FETCH_GET, url);
	assert_int_equal(w.got.err.code, ERR_NET);
	assert_string_equal(w.got.err.msg, "TLS: certificate not trusted");
	assert_int_equal(w.got.len, 0);
	check(FETCH_CHECK_HTTP, url); /* the path is up, says the code */
	assert_int_equal(w.got.curl_code, 60);
	fetch_free(w.f);
	open_fetch(cert_path);
	memset(&w.got, 0, sizeof(w.got));
	start(FETCH_GET, url, 100, 30);
	run_until(replied);
	assert_int_equal(w.got.err.code, ERR_OK);
	assert_string_equal(w.body, "secret");
	assert_true(w.got.times.appconnect > 0);
	MHD_stop_daemon(d);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_request),
		TEST(test_token_stays),
		TEST(test_wrong_requests),
		TEST(test_unchanged),
		TEST(test_not_cached),
		TEST(test_damaged_cache),
		TEST(test_cache_place),
		TEST(test_silence),
		TEST(test_no_connection),
		TEST(test_cancel),
		TEST(test_stream),
		TEST(test_stream_failures),
		TEST(test_stream_silence),
		TEST(test_stream_flood),
		TEST(test_stream_cancel_in_chunk),
		TEST(test_check_http),
		TEST(test_check_tcp),
		TEST(test_check_dns),
		TEST(test_check_dns_retries),
		TEST(test_check_dns_failures),
		TEST(test_wait),
		TEST(test_tls),
	};

	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		unsetenv(proxies[i]);
	server.fd = listen_local(SOCK_STREAM, &server.port);
	if (pthread_create(&server.thread, NULL, serve, NULL) != 0)
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
	for (unsigned i = 0; i < server.hang_count; i++)
		close(server.hanging[i]);
	return failed;
}
