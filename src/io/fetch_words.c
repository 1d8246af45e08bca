/* What went wrong with a transfer, in words: see fetch_words.h.
 *
 * libcurl's own messages name hosts, ports, milliseconds and OpenSSL routines; they differ between versions and would
 * fill a screen. Here each failure has one short name, the same everywhere, with the errno's own where the code says
 * too little. */
#include "fetch_words.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>

#include "base/mem.h"

struct words {
	int number;
	const char *text;
};

/* CURLE_COULDNT_CONNECT, SEND_ERROR and RECV_ERROR say what only with the errno. */
static const struct words errno_words[] = {
	{ECONNREFUSED, "connection refused"},
	{ECONNRESET, "connection reset"},
	{EPIPE, "connection reset"},
	{ENETUNREACH, "network unreachable"},
	{EHOSTUNREACH, "host unreachable"},
	{ENETDOWN, "network down"},
	{ETIMEDOUT, "connection lost"},
	{EADDRNOTAVAIL, "no local address for this network"},
	{EACCES, "connection not permitted here"},
	{EPERM, "connection not permitted here"},
	{EMFILE, "too many open files"},
	{ENFILE, "too many open files"},
};

static const struct words curl_words[] = {
	{CURLE_UNSUPPORTED_PROTOCOL, "not HTTP"},
	{CURLE_URL_MALFORMAT, "malformed URL"},
	{CURLE_COULDNT_RESOLVE_PROXY, "cannot resolve proxy"},
	{CURLE_COULDNT_RESOLVE_HOST, "cannot resolve host"},
	{CURLE_COULDNT_CONNECT, "cannot connect"},
	{CURLE_WEIRD_SERVER_REPLY, "not HTTP"},
	{CURLE_HTTP2, "HTTP/2 error"},
	{CURLE_HTTP2_STREAM, "HTTP/2 stream cut"},
	{CURLE_PARTIAL_FILE, "truncated answer"},
	{CURLE_OPERATION_TIMEDOUT, "timed out"},
	{CURLE_SSL_CONNECT_ERROR, "TLS: handshake failed"},
	{CURLE_PEER_FAILED_VERIFICATION, "TLS: certificate not trusted"},
	{CURLE_SSL_CIPHER, "TLS: no common cipher"},
	{CURLE_SSL_CACERT_BADFILE, "TLS: cannot read the CA file"},
	{CURLE_SSL_INVALIDCERTSTATUS, "TLS: certificate status bad"},
	{CURLE_SSL_SHUTDOWN_FAILED, "TLS: closed badly"},
	{CURLE_TOO_MANY_REDIRECTS, "too many redirects"},
	{CURLE_GOT_NOTHING, "empty answer"},
	{CURLE_SEND_ERROR, "connection cut while asking"},
	{CURLE_RECV_ERROR, "connection cut"},
	{CURLE_BAD_CONTENT_ENCODING, "broken compression"},
	{CURLE_WRITE_ERROR, "answer stopped"},
	{CURLE_PROXY, "proxy refused"},
	{CURLE_OUT_OF_MEMORY, "out of memory"},
};

static const struct words http_words[] = {
	{300, "Multiple Choices"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{402, "Payment Required"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{406, "Not Acceptable"},
	{408, "Request Timeout"},
	{410, "Gone"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{421, "Misdirected Request"},
	{422, "Unprocessable Content"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{451, "Unavailable For Legal Reasons"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	/* Cloudflare's own, in front of several of our services */
	{520, "Unknown Error"},
	{521, "Web Server Is Down"},
	{522, "Connection Timed Out"},
	{523, "Origin Is Unreachable"},
	{524, "A Timeout Occurred"},
};

static const char *find(const struct words *table, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (table[i].number == number)
			return table[i].text;
	return NULL;
}

const char *fetch_words_curl(int curl_code, int os_errno)
{
	const char *text = NULL;

	if (curl_code == CURLE_COULDNT_CONNECT || curl_code == CURLE_SEND_ERROR || curl_code == CURLE_RECV_ERROR)
		text = find(errno_words, ARRAY_LEN(errno_words), os_errno);
	if (!text)
		text = find(curl_words, ARRAY_LEN(curl_words), curl_code);
	return text ? text : curl_easy_strerror((CURLcode)curl_code);
}

char *fetch_words_http(char dst[64], int status)
{
	const char *text = find(http_words, ARRAY_LEN(http_words), status);

	snprintf(dst, 64, "HTTP %d%s%s", status, text ? " " : "", text ? text : "");
	return dst;
}

char *fetch_words_size(char dst[32], size_t bytes)
{
	if (bytes >= 1024 * 1024)
		snprintf(dst, 32, "%zu MB", bytes / (1024 * 1024));
	else if (bytes >= 1024)
		snprintf(dst, 32, "%zu KB", bytes / 1024);
	else
		snprintf(dst, 32, "%zu bytes", bytes);
	return dst;
}
