/* A server inside the test's own process, and one fetch that talks to it.
 *
 * A thread sends canned bytes and keeps what it was asked, so that each oddity of the wire (an edge of a chunk, a
 * reset, silence) is exact. Time is what we say it is: a deadline passes by a later `now`, nothing sleeps; the only
 * real waiting is poll's, for bytes of this machine. Include after cmocka.h. */
#ifndef LANDLINE_TESTS_IO_FETCH_RIG_H
#define LANDLINE_TESTS_IO_FETCH_RIG_H

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
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
	int hanging[64]; /* kept open until the end, all of the answer sent */
	unsigned hang_count;
	char redirect[256]; /* answer of /elsewhere */
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Requests of path so far, the newest head in *head. */
static inline unsigned asked(const char *path, const char **head)
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

static inline bool read_head(int fd, char *head, size_t cap)
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

static inline void send_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		bytes += n;
		len -= (size_t)n;
	}
}

static inline void send_flood(int fd)
{
	static char block[1u << 20];

	memset(block, 'x', sizeof(block));
	for (size_t sent = 0; sent < FLOOD_BYTES; sent += sizeof(block))
		send_all(fd, block, sizeof(block));
}

static inline void answer(int fd, const char *head)
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
	pthread_mutex_lock(&server.lock);
	bool kept = r->ending == END_HANG && server.hang_count < ARRAY_LEN(server.hanging);
	if (kept)
		server.hanging[server.hang_count++] = fd;
	pthread_mutex_unlock(&server.lock);
	if (!kept)
		close(fd);
}

static inline void *serve(void *arg)
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

static inline int listen_local(int type, int *port)
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

static inline void open_fetch(const char *ca_file)
{
	struct err e = {.code = ERR_OK};
	const struct fetch_options o = {.user_agent = "landline-test", .ca_file = ca_file, .cache_dir = w.folder};

	assert_int_equal(fetch_new(&w.f, &o, &e), 0);
	assert_string_equal(fetch_cache_error(w.f), "");
}

static inline int set_up(void **state)
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

static inline void remove_folder(void)
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

static inline int tear_down(void **state)
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

static inline void start(enum fetch_kind kind, const char *url, size_t body_max, unsigned timeout_s)
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

static inline void keep(const struct input *in)
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
static inline unsigned turn(int wait_ms)
{
	struct input in;
	unsigned n = 0;

	assert_true(fetch_wait(w.f, NULL, 0, wait_ms) >= 0);
	for (; fetch_take(w.f, w.now, &in); n++)
		keep(&in);
	return n;
}

static inline bool replied(void)
{
	return w.got.job != 0;
}

static inline void run_until(bool (*done)(void))
{
	for (int i = 0; i < TURNS_MAX && !done(); i++)
		turn(REAL_WAIT_MS);
	assert_true(done());
}

static inline void get(const char *path, size_t body_max)
{
	memset(&w.got, 0, sizeof(w.got));
	start(FETCH_GET, url_of(path), body_max, 30);
	assert_int_equal(fetch_active(w.f), 1);
	run_until(replied);
	assert_int_equal(fetch_active(w.f), 0);
	assert_int_equal(fetch_due(w.f).ms, MONO_NEVER.ms);
}

/* How many answers have hung so far, the newest with all its bytes in our own kernel's hands (acknowledged: tcp(7)). */
static inline unsigned hung(void)
{
	int unsent = 0;

	pthread_mutex_lock(&server.lock);
	unsigned n = server.hang_count;
	if (n && ioctl(server.hanging[n - 1], SIOCOUTQ, &unsent) < 0)
		unsent = 1;
	pthread_mutex_unlock(&server.lock);
	return unsent ? 0 : n;
}

/* Ask for a path that hangs, and go on until all that the server will ever say is here: what follows is silence. */
static inline void get_silence(const char *path, unsigned timeout_s)
{
	unsigned before = hung();

	start(FETCH_GET, url_of(path), 100, timeout_s);
	for (int i = 0; i < TURNS_MAX && hung() <= before; i++)
		turn(10);
	assert_true(hung() > before);
	turn(0);
}

static inline void later(int64_t ms)
{
	w.now.mono.ms += ms;
	w.now.wall.ms += ms;
}

static inline void check(enum fetch_kind kind, const char *url)
{
	memset(&w.got, 0, sizeof(w.got));
	start(kind, url, 0, 10);
	run_until(replied);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

/* Run them with the server up and without the user's proxies. */
#define RUN_WITH_SERVER(tests) (start_server() ? 1 : end_server(cmocka_run_group_tests(tests, NULL, NULL)))

static inline int start_server(void)
{
	static const char *const proxies[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

	for (size_t i = 0; i < ARRAY_LEN(proxies); i++)
		unsetenv(proxies[i]);
	server.fd = listen_local(SOCK_STREAM, &server.port);
	return pthread_create(&server.thread, NULL, serve, NULL);
}

static inline int end_server(int failed)
{
	shutdown(server.fd, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.fd);
	for (unsigned i = 0; i < server.hang_count; i++)
		close(server.hanging[i]);
	return failed;
}

#endif
