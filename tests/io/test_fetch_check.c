/* links: io/fetch io/fetch_setup io/fetch_receive io/fetch_transfer io/fetch_cache io/fetch_words io/dns io/files core/prefix base/err base/mem base/strbuf base/when base/text */
/* Own checks by HTTP, TCP and DNS: what proves that a path is up, and how a failure is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetch_rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check_http),        TEST(test_check_tcp),          TEST(test_check_dns),
		TEST(test_check_dns_retries), TEST(test_check_dns_failures),
	};

	return RUN_WITH_SERVER(tests);
}
