/* links: io/fetch io/fetch_setup io/fetch_receive io/fetch_transfer io/fetch_cache io/fetch_words io/dns io/files core/prefix base/err base/mem base/strbuf base/when base/text */
/* Whole answers, good and bad; what is sent; the cache; TLS (whose server is libmicrohttpd). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <microhttpd.h>
#include <unistd.h>

#include "fetch_rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),   TEST(test_request),    TEST(test_token_stays),   TEST(test_wrong_requests),
		TEST(test_unchanged), TEST(test_not_cached), TEST(test_damaged_cache), TEST(test_cache_place),
		TEST(test_wait),      TEST(test_tls),
	};

	return RUN_WITH_SERVER(tests);
}
