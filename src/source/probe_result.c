/* What a finished check says, as a fact and in words (sources/others.md, Direct reachability; detection.md 5.4).
 *
 * A check says whether a path is up, and says how it knows. So "reachable" asks for any sign of life from the other
 * end: an HTTP answer of any status, a finished TCP handshake whatever came then, a refusal, a DNS answer. What
 * libcurl's codes mean is one table; names that do not resolve, and silence, are the only failures. */
#include "source/probe.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/stats.h"

#define VOTE_AGE_MS (24 * 3600 * (int64_t)1000)
#define VOTE_SHARE 0.9
#define FAILURE_FLOOR 0.01

/* libcurl's numbers (curl/curl.h); the pure layers do not see its headers. */
enum {
	CURL_NAME = 6, CURL_CONNECT = 7, CURL_HTTP2 = 16, CURL_TIMEOUT = 28, CURL_TLS = 35, CURL_EMPTY = 52,
	CURL_SEND = 55, CURL_RECV = 56, CURL_CERTIFICATE = 60, CURL_HTTP2_STREAM = 92,
};

/* What a failed transfer is called. os_errno 0 fits any. Looked up from the top. */
static const struct failure {
	int curl_code, os_errno;
	bool lives;                /* the other end showed itself */
	const char *words;
} failures[] = {
	{CURL_NAME, 0, false, "name not resolved"},
	{CURL_CONNECT, ECONNREFUSED, true, "refused: host answers"},
	{CURL_CONNECT, ENETUNREACH, false, "network unreachable"},
	{CURL_CONNECT, EHOSTUNREACH, false, "no route to host"},
	{CURL_CONNECT, 0, false, "no connection"},
	{CURL_TLS, 0, true, "TLS fails: path is up"},
	{CURL_CERTIFICATE, 0, true, "TLS certificate not trusted: path is up"},
	{CURL_EMPTY, 0, false, "connected, then closed without an answer"},
	{CURL_SEND, ECONNRESET, false, "connected, then reset (often filtering)"},
	{CURL_RECV, ECONNRESET, false, "connected, then reset (often filtering)"},
	{CURL_SEND, 0, false, "connected, then cut"},
	{CURL_RECV, 0, false, "connected, then cut"},
	{CURL_HTTP2, 0, false, "HTTP/2 trouble"},
	{CURL_HTTP2_STREAM, 0, false, "HTTP/2 trouble"},
};

static const struct failure *find_failure(const struct probe_result *r)
{
	for (size_t i = 0; i < ARRAY_LEN(failures); i++)
		if (failures[i].curl_code == r->curl_code &&
		    (failures[i].os_errno == 0 || failures[i].os_errno == r->os_errno))
			return &failures[i];
	return NULL;
}

static const char *const dns_words[] = {
	[PROBE_DNS_MALFORMED] = "malformed answer",
	[PROBE_DNS_WRONG_ID] = "answer to another question",
	[PROBE_DNS_HEALTHY] = "authoritative answer",
	[PROBE_DNS_TRUNCATED] = "truncated answer",
	[PROBE_DNS_LAME] = "answers, but not for this zone",
	[PROBE_DNS_REFUSED] = "answers: refused",
	[PROBE_DNS_SERVFAIL] = "answers: server failure",
	[PROBE_DNS_ERROR] = "answers with an error",
};

bool probe_is_reachable(const struct probe_result *r)
{
	if (r->kind == PROBE_DNS)
		return r->answered ? r->dns.alive : r->os_errno == ECONNREFUSED;
	const struct failure *f = find_failure(r);
	return r->status > 0 || r->times.connect > 0 || (f && f->lives);
}

double probe_ms(const struct probe_result *r)
{
	int64_t us = r->times.total;

	if (!probe_is_reachable(r))
		return NAN;
	if (r->kind != PROBE_DNS && r->status > 0 && r->times.starttransfer > 0)
		us = r->times.starttransfer;
	else if (r->kind != PROBE_DNS && r->times.connect > 0)
		us = r->times.connect;
	return us > 0 ? (double)us / 1000 : NAN;
}

/* " in 812 ms" or nothing. */
static const char *in_ms(const struct probe_result *r, char dst[32])
{
	double ms = probe_ms(r);

	dst[0] = '\0';
	if (!isnan(ms))
		snprintf(dst, 32, " in %.0f ms", ms);
	return dst;
}

void probe_http_words(const struct probe_result *r, char *dst, size_t cap)
{
	const struct failure *f = find_failure(r);
	char time[32];

	if (r->status > 0)
		snprintf(dst, cap, "%d%s", r->status, in_ms(r, time));
	else if (f)
		snprintf(dst, cap, "%s", f->words);
	else if (r->curl_code == CURL_TIMEOUT)
		snprintf(dst, cap, "%sno answer in %u s", r->times.connect > 0 ? "connected, " : "", r->timeout_s);
	else if (r->times.connect > 0)
		snprintf(dst, cap, "connected%s", in_ms(r, time));
	else
		snprintf(dst, cap, "failed (curl %d)", r->curl_code);
}

void probe_words(const struct probe_result *r, char *dst, size_t cap)
{
	char time[32];

	if (r->kind != PROBE_DNS)
		probe_http_words(r, dst, cap);
	else if (!r->answered && r->os_errno == ECONNREFUSED)
		snprintf(dst, cap, "refused: host answers");
	else if (!r->answered && r->curl_code == CURL_NAME)
		snprintf(dst, cap, "name not resolved");
	else if (!r->answered)
		snprintf(dst, cap, "no answer in %u s", r->timeout_s);
	else if (r->dns.has_serial)
		snprintf(dst, cap, "%s%s, serial %u", dns_words[r->dns.grade], in_ms(r, time), (unsigned)r->dns.serial);
	else if (r->dns.grade == PROBE_DNS_ERROR)
		snprintf(dst, cap, "%s (%u)%s", dns_words[r->dns.grade], r->dns.rcode, in_ms(r, time));
	else
		snprintf(dst, cap, "%s%s", dns_words[r->dns.grade], in_ms(r, time));
}

int probe_check(const char *url, const struct input *in, uint16_t id, unsigned timeout_s, struct batch *out,
		struct err *e)
{
	struct probe_target t;
	char words[80];
	int code = probe_target_parse(url, &t, e);

	if (code < 0)
		return code;
	struct probe_result r = {
		.kind = t.kind, .curl_code = in->curl_code, .os_errno = in->os_errno, .times = in->times,
		.timeout_s = timeout_s,
	};
	if (t.kind == PROBE_HTTP)
		r.status = in->status;
	if (t.kind == PROBE_DNS && in->body && in->len > 0) {
		r.answered = true;
		probe_dns_read((const uint8_t *)in->body, in->len, &t, id, &r.dns);
	}
	probe_words(&r, words, sizeof(words));

	struct fact *f = batch_add(out, FACT_CHECK);
	if (!f)
		return err_set(e, ERR_LIMIT, "probe check: more than %d facts", BATCH_FACTS_MAX);
	f->t = in->time;
	f->name = batch_text(out, url, strlen(url), 255);
	f->text = batch_text(out, words, strlen(words), sizeof(words) - 1);
	f->flag = probe_is_reachable(&r);
	f->value = probe_ms(&r);
	f->count = t.kind == PROBE_DNS ? r.dns.rcode : (uint32_t)r.status;
	f->addr = in->peer.family ? in->peer : t.addr;
	return 0;
}

/* ---- votes ---- */

bool probe_may_vote(struct wall first, unsigned tries, unsigned good, struct wall now)
{
	if (!wall_is_set(first) || !wall_is_set(now) || now.ms - first.ms < VOTE_AGE_MS)
		return false;
	return good > 0 && good >= VOTE_SHARE * tries;
}

bool probe_group_fails(unsigned targets, unsigned failed, double q)
{
	if (failed == 0 || targets == 0)
		return false;
	return binomial_tail(targets, failed, q > FAILURE_FLOOR ? q : FAILURE_FLOOR) < PROBE_FAILURE_CHANCE;
}
