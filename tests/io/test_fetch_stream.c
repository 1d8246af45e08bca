/* links: io/fetch io/fetch_setup io/fetch_receive io/fetch_transfer io/fetch_cache io/fetch_words io/dns io/files core/prefix base/err base/mem base/strbuf base/when base/text */
/* Deadlines and streams: silence, edges, floods, giving up in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetch_rig.h"

/* ---- deadlines ---- */

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
		get_silence(cases[i].path, cases[i].timeout_s);
		later((int64_t)cases[i].timeout_s * 1000 - 1);
		assert_int_equal(turn(0), 0);
		assert_int_equal(fetch_due(w.f).ms, w.now.mono.ms + 1);
		later(1);
		assert_int_equal(turn(0), 1);
		assert_int_equal(w.got.err.code, ERR_NET);
		assert_string_equal(w.got.err.msg, cases[i].message);
		assert_int_equal(w.got.status, cases[i].status);
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
	get_silence("/silent", 30);
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

/* A flood comes in rounds: each bounded, in pieces of at most 256 KB, nothing is lost by the pauses between, and no
 * pause is slept through: without a limit the wait would never end, and the alarm would. */
static void test_stream_flood(void **state)
{
	unsigned most = 0;

	(void)state;
	alarm(120);
	start(FETCH_STREAM, url_of("/flood"), 0, 60);
	for (int i = 0; i < TURNS_MAX && !w.ends; i++) {
		size_t before = w.bytes;
		turn(-1);
		unsigned round_bytes = (unsigned)(w.bytes - before);
		most = round_bytes > most ? round_bytes : most;
	}
	assert_int_equal(w.bytes, FLOOD_BYTES);
	assert_int_equal(fetch_stream_bytes(w.f), FLOOD_BYTES);
	assert_true(w.largest <= 256 * 1024);
	assert_true(most <= 1536 * 1024);
	assert_int_equal(w.ends, 1);
	alarm(0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_silence),      TEST(test_no_connection),          TEST(test_cancel),
		TEST(test_stream),       TEST(test_stream_failures),        TEST(test_stream_silence),
		TEST(test_stream_flood), TEST(test_stream_cancel_in_chunk),
	};

	return RUN_WITH_SERVER(tests);
}
