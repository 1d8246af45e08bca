/* links: source/probe source/probe_dns source/probe_result core/stats core/state core/fact core/prefix base/arena base/err base/mem base/strbuf base/text base/when */
/* Own checks: what is a target, the bytes of the question, what an answer is worth, and what is said of it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/probe.h"
#include "source/source.h"

extern const struct source_ops source_probe;

#define NOW 1419264905000
#define ID 0x4c4c

/* ---- targets ---- */

static void test_targets(void **state)
{
	static const struct {
		const char *url;
		enum probe_kind kind;
		bool tls;
		const char *host;
		unsigned port, family;
		const char *zone;
	} cases[] = {
		{"http://www.kcna.kp", PROBE_HTTP, false, "www.kcna.kp", 80, 0, ""},
		{"http://WWW.Kcna.kp:8080/index.html?a=b#c", PROBE_HTTP, false, "www.kcna.kp", 8080, 0, ""},
		{"https://naenara.com.kp/", PROBE_HTTP, true, "naenara.com.kp", 443, 0, ""},
		{"https://[2001:DB8::0:7]/x:y", PROBE_HTTP, true, "2001:db8::7", 443, 6, ""},
		{"http://175.45.176.91?q", PROBE_HTTP, false, "175.45.176.91", 80, 4, ""},
		{"tcp://175.45.176.91:25", PROBE_TCP, false, "175.45.176.91", 25, 4, ""},
		{"tcp://[::1]:65535/", PROBE_TCP, false, "::1", 65535, 6, ""},
		{"dns://ns1.kptc.kp/kp", PROBE_DNS, false, "ns1.kptc.kp", 53, 0, "kp"},
		{"dns://ns1.kptc.kp./KP.", PROBE_DNS, false, "ns1.kptc.kp", 53, 0, "kp"},
		{"dns://193.0.14.129/.", PROBE_DNS, false, "193.0.14.129", 53, 4, ""},
		{"dns://[2001:7fd::1]:5353/rep.kp", PROBE_DNS, false, "2001:7fd::1", 5353, 6, "rep.kp"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct probe_target t;
		struct err e = {0};

		if (probe_target_parse(cases[i].url, &t, &e) < 0)
			fail_msg("%s: %s", cases[i].url, e.msg);
		if (t.kind != cases[i].kind || t.tls != cases[i].tls || t.port != cases[i].port ||
		    t.addr.family != cases[i].family)
			fail_msg("%s: kind %d, tls %d, port %u, family %u", cases[i].url, t.kind, t.tls, t.port,
				t.addr.family);
		assert_string_equal(t.host, cases[i].host);
		assert_string_equal(t.zone, cases[i].zone);
	}
}

#define L63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_no_targets(void **state)
{
	static const struct { const char *url, *why; } cases[] = {
		{"", "begin with"}, {"www.kcna.kp", "begin with"}, {"ftp://x", "begin with"},
		{"HTTP://x", "begin with"},
		{"http://", "host"}, {"http:///x", "host"}, {"http://a b", "space"}, {"http://a\nb", "space"},
		{"http://\xc3\xa9.kp", "ASCII"},
		{"http://user@host/", "host"}, {"http://user:pw@host/", "port"}, {"http://a..b", "host"},
		{"http://.a", "host"},
		{"http://a/", NULL}, {"http://" L63 ".kp", NULL}, {"http://" L63 "a.kp", "host"},
		{"dns://x/" L63 "." L63 "." L63 "." L63, "zone"},
		{"http://a:0", "port"}, {"http://a:65536", "port"}, {"http://a:", "port"}, {"http://a:8x", "port"},
		{"http://a:123456", "port"},
		{"http://[::1", "host"}, {"http://[1.2.3.4]", "host"}, {"http://[]", "host"},
		{"http://2001:db8::1", "host"},
		{"tcp://a", "port"}, {"tcp://a:25/x", "ends after"}, {"dns://a", "zone"}, {"dns://a/", "zone"},
		{"dns://a/k..p", "zone"},
		{"dns://a/kp/x", "zone"}, {"dns://a/kp?", "zone"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct probe_target t = {.port = 7};
		struct err e = {0};
		int code = probe_target_parse(cases[i].url, &t, &e);

		if (!cases[i].why) {
			assert_int_equal(code, 0);
			continue;
		}
		if (code != ERR_USAGE || !strstr(e.msg, cases[i].why))
			fail_msg("'%s': %d, %s", cases[i].url, code, e.msg);
		assert_int_equal(t.port, 7);
	}
}

/* ---- DNS ---- */

/* "4c 4c 84" to an own block of exactly that size. */
static uint8_t *bytes_from_hex(const char *hex, size_t *len)
{
	uint8_t *bytes = xmalloc(strlen(hex) / 2 + 1);
	unsigned v;
	int used;

	for (*len = 0; sscanf(hex, " %2x%n", &v, &used) == 1; hex += used)
		bytes[(*len)++] = (uint8_t)v;
	return xrealloc(bytes, *len ? *len : 1, 1);
}

static struct probe_target zone_target(const char *zone)
{
	struct probe_target t = {.kind = PROBE_DNS};

	snprintf(t.zone, sizeof(t.zone), "%s", zone);
	return t;
}

static void test_query(void **state)
{
	static const struct { const char *zone, *hex; } cases[] = {
		{"kp", "4c 4c 00 00 00 01 00 00 00 00 00 00 02 6b 70 00 00 06 00 01"},
		{"", "4c 4c 00 00 00 01 00 00 00 00 00 00 00 00 06 00 01"},
		{"rep.kp", "4c 4c 00 00 00 01 00 00 00 00 00 00 03 72 65 70 02 6b 70 00 00 06 00 01"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct probe_target t = zone_target(cases[i].zone);
		uint8_t got[PROBE_DNS_QUERY_MAX];
		size_t want_len;
		uint8_t *want = bytes_from_hex(cases[i].hex, &want_len);

		assert_int_equal(probe_dns_query(&t, ID, got), want_len);
		assert_memory_equal(got, want, want_len);
		free(want);
	}
}

/* The longest zone a target may have fits into the packet. */
static void test_query_longest(void **state)
{
	struct probe_target t;
	struct err e;
	uint8_t got[PROBE_DNS_QUERY_MAX];
	char url[300] = "dns://x/";

	(void)state;
	memset(url + 8, 'a', 253);
	url[8 + 63] = url[8 + 127] = url[8 + 191] = '.';
	url[8 + 253] = '\0';
	assert_int_equal(probe_target_parse(url, &t, &e), 0);
	assert_int_equal(probe_dns_query(&t, ID, got), 12 + 255 + 4);
}

#define HEAD(flags, answers) "4c 4c " flags " 00 01 " answers " 00 00 00 00 "
#define ASK "02 6b 70 00 00 06 00 01 "
#define SOA_DATA "03 6e 73 31 c0 0c 04 72 6f 6f 74 c0 0c 78 16 2e 71 00 00 1c 20 00 00 0e 10 00 12 75 00 00 00 0e 10"
#define SOA "c0 0c 00 06 00 01 00 00 0e 10 00 21 " SOA_DATA
#define SERIAL 2014719601

static const struct answer_case {
	const char *what, *hex;
	enum probe_dns_grade grade;
	bool alive;
	uint32_t serial; /* 0: none */
} answers[] = {
	{"authoritative", HEAD("84 00", "00 01") ASK SOA, PROBE_DNS_HEALTHY, true, SERIAL},
	{"the question in capitals", HEAD("84 00", "00 01") "02 4b 50 00 00 06 00 01 " SOA, PROBE_DNS_HEALTHY, true,
	 SERIAL},
	{"SOA behind another record", HEAD("84 00", "00 02") ASK "c0 0c 00 10 00 01 00 00 00 00 00 02 01 61 " SOA,
	 PROBE_DNS_HEALTHY, true, SERIAL},
	{"not authoritative", HEAD("80 00", "00 01") ASK SOA, PROBE_DNS_LAME, true, SERIAL},
	{"no answer, recursion offered", HEAD("80 80", "00 00") ASK, PROBE_DNS_LAME, true, 0},
	{"SOA of another zone", HEAD("84 00", "00 01") ASK "00 00 06 00 01 00 00 0e 10 00 21 " SOA_DATA, PROBE_DNS_LAME,
	 true, 0},
	{"refused", HEAD("80 05", "00 00") ASK, PROBE_DNS_REFUSED, true, 0},
	{"server failure", HEAD("80 82", "00 00") ASK, PROBE_DNS_SERVFAIL, true, 0},
	{"no such name", HEAD("84 03", "00 00") ASK, PROBE_DNS_ERROR, true, 0},
	{"truncated", HEAD("86 00", "00 00") ASK, PROBE_DNS_TRUNCATED, true, 0},
	{"another id", "12 34 84 00 00 01 00 01 00 00 00 00 " ASK SOA, PROBE_DNS_WRONG_ID, false, 0},
	{"another zone", HEAD("84 00", "00 00") "02 6b 72 00 00 06 00 01", PROBE_DNS_WRONG_ID, false, 0},
	{"another type", HEAD("84 00", "00 00") "02 6b 70 00 00 01 00 01", PROBE_DNS_WRONG_ID, false, 0},
	{"our own query echoed", HEAD("00 00", "00 00") ASK, PROBE_DNS_MALFORMED, false, 0},
	{"an update, not a query", HEAD("ac 00", "00 00") ASK, PROBE_DNS_MALFORMED, false, 0},
	{"no question", "4c 4c 80 05 00 00 00 00 00 00 00 00", PROBE_DNS_MALFORMED, false, 0},
	{"two questions", "4c 4c 84 00 00 02 00 00 00 00 00 00 " ASK ASK, PROBE_DNS_MALFORMED, false, 0},
	{"nothing", "", PROBE_DNS_MALFORMED, false, 0},
	{"half a header", "4c 4c 84 00 00 01", PROBE_DNS_MALFORMED, false, 0},
	{"half a question", HEAD("84 00", "00 01") "02 6b 70 00 00", PROBE_DNS_MALFORMED, false, 0},
	{"the count lies", HEAD("84 00", "ff ff") ASK SOA, PROBE_DNS_HEALTHY, true, SERIAL},
	{"the count lies and nothing is there", HEAD("84 00", "00 01") ASK, PROBE_DNS_MALFORMED, true, 0},
	{"the data's length lies", HEAD("84 00", "00 01") ASK "c0 0c 00 06 00 01 00 00 0e 10 ff ff " SOA_DATA,
	 PROBE_DNS_MALFORMED, true, 0},
	{"the data ends inside the SOA", 
	 HEAD("84 00", "00 01") ASK "c0 0c 00 06 00 01 00 00 0e 10 00 0d 03 6e 73 31 c0 0c 04 72 6f 6f 74 c0 0c",
	 PROBE_DNS_MALFORMED, true, 0},
	{"a pointer to itself", HEAD("84 00", "00 01") ASK "c0 14 00 06 00 01 00 00 0e 10 00 21 " SOA_DATA,
	 PROBE_DNS_MALFORMED, true, 0},
	{"a pointer forwards", HEAD("84 00", "00 01") ASK "c0 20 00 06 00 01 00 00 0e 10 00 21 " SOA_DATA,
	 PROBE_DNS_MALFORMED, true, 0},
	{"a pointer into the header", HEAD("84 00", "00 01") ASK "c0 04 00 06 00 01 00 00 0e 10 00 21 " SOA_DATA,
	 PROBE_DNS_MALFORMED, true, 0},
	{"half a pointer", HEAD("84 00", "00 01") ASK "c0", PROBE_DNS_MALFORMED, true, 0},
	{"a label of a reserved kind", HEAD("84 00", "00 01") ASK "80 0c 00 06 00 01 00 00 0e 10 00 00",
	 PROBE_DNS_MALFORMED, true, 0},
};

static void check_answer(const char *what, const char *hex, enum probe_dns_grade grade, bool alive, uint32_t serial)
{
	struct probe_target t = zone_target("kp");
	struct probe_dns_answer a;
	size_t len;
	uint8_t *bytes = bytes_from_hex(hex, &len);

	probe_dns_read(bytes, len, &t, ID, &a);
	if (a.grade != grade || a.alive != alive || a.has_serial != (serial != 0) || a.serial != serial)
		fail_msg("%s: grade %d, alive %d, serial %u", what, a.grade, a.alive, a.serial);
	for (size_t cut = 0; cut < len; cut++) { /* never reads beyond, never better than the whole */
		uint8_t *part = xmalloc(cut ? cut : 1);
		memcpy(part, bytes, cut);
		probe_dns_read(part, cut, &t, ID, &a);
		if (a.grade == PROBE_DNS_HEALTHY && grade != PROBE_DNS_HEALTHY)
			fail_msg("%s cut at %zu is healthy", what, cut);
		free(part);
	}
	free(bytes);
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		check_answer(answers[i].what, answers[i].hex, answers[i].grade, answers[i].alive, answers[i].serial);
}

/* Names that are built to be slow or endless: each pointer goes back by two, to another pointer. */
static void test_pointer_chain(void **state)
{
	static const struct { unsigned jumps; enum probe_dns_grade grade; } cases[] = {
		{1, PROBE_DNS_LAME}, {20, PROBE_DNS_LAME}, {21, PROBE_DNS_MALFORMED}, {200, PROBE_DNS_MALFORMED},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf s;

		strbuf_init(&s, 8192);
		/* a TXT record whose data is a root name and the chain, then a record named by the chain's end */
		strbuf_addf(&s, HEAD("84 00", "00 02") ASK "00 00 10 00 01 00 00 00 00 %02x %02x 00 ",
			    (cases[i].jumps * 2 - 1) >> 8, (cases[i].jumps * 2 - 1) & 255);
		unsigned at = 20 + 11; /* where the data begins: its first byte is the root */
		for (unsigned k = 1; k < cases[i].jumps; k++) {
			unsigned target = k == 1 ? at : at + 1 + 2 * (k - 2);
			strbuf_addf(&s, "%02x %02x ", 0xc0 | target >> 8, target & 255);
		}
		unsigned last = cases[i].jumps == 1 ? at : at + 1 + 2 * (cases[i].jumps - 2);
		strbuf_addf(&s, "%02x %02x 00 10 00 01 00 00 00 00 00 00", 0xc0 | last >> 8, last & 255);
		check_answer("chain", s.text, cases[i].grade, true, 0);
		strbuf_release(&s);
	}
}

static void test_shared_answers(void **state)
{
	static const struct { const char *file; enum probe_dns_grade grade; bool alive; } cases[] = {
		{"authoritative", PROBE_DNS_HEALTHY, true}, {"lame-ra1-empty", PROBE_DNS_LAME, true},
		{"refused", PROBE_DNS_REFUSED, true},
		{"servfail", PROBE_DNS_SERVFAIL, true}, {"truncated-flag", PROBE_DNS_TRUNCATED, true},
		{"wrong-id", PROBE_DNS_WRONG_ID, false},
	};
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char path[512], hex[2048] = "";

		snprintf(path, sizeof(path), "%s/samples/others/dns/response-soa-kp.%s.hex",
			 getenv("LANDLINE_SHARED") ? getenv("LANDLINE_SHARED") : ".", cases[i].file);
		FILE *f = fopen(path, "r");
		if (!f)
			continue;
		found++;
		hex[fread(hex, 1, sizeof(hex) - 1, f)] = '\0';
		fclose(f);
		check_answer(cases[i].file, hex, cases[i].grade, cases[i].alive, i == 0 ? 2013083001 : 0);
	}
	if (found == 0) {
		print_message("skipped: no samples under LANDLINE_SHARED\n");
		skip();
	}
}

/* ---- words ---- */

#define TIMES(conn, start, end) {.namelookup = 1000, .connect = conn, .starttransfer = start, .total = end}

static void test_http_words(void **state)
{
	static const struct {
		const char *what;
		struct probe_result r;
		bool reachable;
		double ms; /* 0: none */
		const char *words;
	} cases[] = {
		{"an answer", {.status = 200, .times = TIMES(200000, 812400, 900000)}, true, 812.4, "200 in 812 ms"},
		{"stopped after the first bytes", {.curl_code = 23, .status = 200,
		 .times = TIMES(200000, 812400, 900000)}, true, 812.4, "200 in 812 ms"},
		{"forbidden", {.status = 403, .times = TIMES(1, 2000, 3000)}, true, 2, "403 in 2 ms"},
		{"server error, then cut", {.curl_code = 56, .os_errno = ECONNRESET, .status = 500,
		 .times = TIMES(1, 2000, 3000)}, true, 2, "500 in 2 ms"},
		{"no name", {.curl_code = 6}, false, 0, "name not resolved"},
		{"refused", {.curl_code = 7, .os_errno = ECONNREFUSED, .times = TIMES(0, 0, 231000)}, true, 231,
		 "refused: host answers"},
		{"unreachable net", {.curl_code = 7, .os_errno = ENETUNREACH}, false, 0, "network unreachable"},
		{"unreachable host", {.curl_code = 7, .os_errno = EHOSTUNREACH}, false, 0, "no route to host"},
		{"could not connect", {.curl_code = 7, .os_errno = EPERM}, false, 0, "no connection"},
		{"silence", {.curl_code = 28, .timeout_s = 10, .times = TIMES(0, 0, 10000000)}, false, 0,
		 "no answer in 10 s"},
		{"silence after the handshake", {.curl_code = 28, .timeout_s = 10, .times = TIMES(250000, 0, 10000000)},
		 true, 250,
		 "connected, no answer in 10 s"},
		{"TLS", {.curl_code = 35, .times = TIMES(250000, 0, 300000)}, true, 250, "TLS fails: path is up"},
		{"certificate", {.curl_code = 60, .times = TIMES(250000, 0, 300000)}, true, 250,
		 "TLS certificate not trusted: path is up"},
		{"empty", {.curl_code = 52, .times = TIMES(250000, 0, 300000)}, true, 250,
		 "connected, then closed without an answer"},
		{"reset", {.curl_code = 56, .os_errno = ECONNRESET, .times = TIMES(250000, 0, 300000)}, true, 250,
		 "connected, then reset (often filtering)"},
		{"send cut", {.curl_code = 55, .os_errno = EPIPE, .times = TIMES(250000, 0, 300000)}, true, 250,
		 "connected, then cut"},
		{"HTTP/2", {.curl_code = 92, .times = TIMES(250000, 0, 300000)}, true, 250, "HTTP/2 trouble"},
		{"something else", {.curl_code = 77}, false, 0, "failed (curl 77)"},
		{"tcp", {.kind = PROBE_TCP, .times = TIMES(231200, 0, 231300)}, true, 231.2, "connected in 231 ms"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char words[80];
		double ms = probe_ms(&cases[i].r);

		probe_words(&cases[i].r, words, sizeof(words));
		assert_string_equal(words, cases[i].words);
		if (probe_is_reachable(&cases[i].r) != cases[i].reachable)
			fail_msg("%s: reachable is wrong", cases[i].what);
		if (cases[i].ms > 0 ? !(fabs(ms - cases[i].ms) < 1e-6) : !isnan(ms))
			fail_msg("%s: %f ms", cases[i].what, ms);
		probe_http_words(&cases[i].r, words, 8); /* a small buffer is cut, not overrun */
		assert_true(strlen(words) <= 7);
	}
}

/* ---- a check as a fact ---- */

static void test_check(void **state)
{
	static const struct {
		const char *what, *url, *hex;
		struct input in;
		bool flag;
		double value; /* 0: none */
		unsigned count;
		const char *words;
	} cases[] = {
		{"site", "http://www.kcna.kp", "", {.status = 200, .times = TIMES(1, 812000, 900000)}, true, 812, 200,
		 "200 in 812 ms"},
		{"site, silent", "http://www.kcna.kp", "", {.err = {.code = ERR_NET}, .curl_code = 28}, false, 0, 0,
		 "no answer in 10 s"},
		{"name server", "dns://ns1.kptc.kp/kp", HEAD("84 00", "00 01") ASK SOA, {.times = {.total = 250000}},
		 true, 250, 0,
		 "authoritative answer in 250 ms, serial 2014719601"},
		{"name server, refusing", "dns://ns1.kptc.kp/kp", HEAD("80 05", "00 00") ASK,
		 {.times = {.total = 250000}}, true, 250, 5,
		 "answers: refused in 250 ms"},
		{"name server, no such name", "dns://ns1.kptc.kp/kp", HEAD("84 03", "00 00") ASK,
		 {.times = {.total = 250000}}, true, 250, 3,
		 "answers with an error (3) in 250 ms"},
		{"name server, lame", "dns://ns1.kptc.kp/kp", HEAD("80 80", "00 00") ASK, {.times = {.total = 250000}},
		 true, 250, 0,
		 "answers, but not for this zone in 250 ms"},
		{"name server, another id", "dns://ns1.kptc.kp/kp", "12 34 84 00 00 01 00 00 00 00 00 00 " ASK,
		 {.times = {.total = 250000}},
		 false, 0, 0, "answer to another question"},
		{"name server, rubbish", "dns://ns1.kptc.kp/kp", "00", {.times = {.total = 250000}}, false, 0, 0,
		 "malformed answer"},
		{"name server, silent", "dns://ns1.kptc.kp/kp", "", {.err = {.code = ERR_NET}}, false, 0, 0,
		 "no answer in 10 s"},
		{"name server, port closed", "dns://ns1.kptc.kp/kp", "",
		 {.err = {.code = ERR_NET}, .os_errno = ECONNREFUSED, .times = {.total = 90000}},
		 true, 90, 0, "refused: host answers"},
		{"name server, no name", "dns://ns1.kptc.kp/kp", "", {.err = {.code = ERR_NET}, .curl_code = 6}, false,
		 0, 0, "name not resolved"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct input in = cases[i].in;
		struct batch b;
		struct err e = {0};
		uint8_t *body = bytes_from_hex(cases[i].hex, &in.len);

		in.body = in.len ? (const char *)body : NULL;
		in.time = (struct wall){NOW};
		batch_init(&b, 4096);
		assert_int_equal(probe_check(cases[i].url, &in, ID, 10, &b, &e), 0);
		assert_int_equal(b.count, 1);
		const struct fact *f = b.facts;
		assert_int_equal(f->kind, FACT_CHECK);
		assert_int_equal(f->t.ms, NOW);
		assert_string_equal(f->name, cases[i].url);
		assert_string_equal(f->text, cases[i].words);
		if (f->flag != cases[i].flag || f->count != cases[i].count ||
		    (cases[i].value > 0 ? !(fabs(f->value - cases[i].value) < 1e-6) : !isnan(f->value)))
			fail_msg("%s: flag %d, count %u, value %f", cases[i].what, f->flag, f->count, f->value);
		batch_release(&b);
		free(body);
	}
}

static void test_check_address(void **state)
{
	struct input in = {.time = {NOW}, .status = 200};
	struct batch b;
	struct err e = {0};

	(void)state;
	batch_init(&b, 4096);
	assert_int_equal(probe_check("http://175.45.176.91/", &in, ID, 10, &b, &e), 0);
	assert_int_equal(b.facts[0].addr.bytes[3], 91); /* the target's own when the shell names none */
	assert_true(addr_parse("175.45.176.92", 13, &in.peer));
	assert_int_equal(probe_check("http://175.45.176.91/", &in, ID, 10, &b, &e), 0);
	assert_int_equal(b.facts[1].addr.bytes[3], 92);
	assert_int_equal(probe_check("gopher://x", &in, ID, 10, &b, &e), ERR_USAGE);
	assert_int_equal(b.count, 2);
	batch_release(&b);
}

/* ---- votes ---- */

static void test_votes(void **state)
{
	static const struct { const char *what; int64_t age_ms; unsigned tries, good; bool votes; } cases[] = {
		{"a day, always there", 86400000, 1440, 1440, true},
		{"a day less a moment", 86399999, 1440, 1440, false},
		{"exactly 90%", 86400000, 1440, 1296, true},
		{"one less", 86400000, 1440, 1295, false},
		{"never answered", 86400000, 1440, 0, false},
		{"never tried", 86400000, 0, 0, false},
	};
	const struct wall now = {NOW};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (probe_may_vote((struct wall){NOW - cases[i].age_ms}, cases[i].tries, cases[i].good, now) !=
		    cases[i].votes)
			fail_msg("%s", cases[i].what);
	assert_false(probe_may_vote(WALL_NONE, 10, 10, (struct wall){NOW}));
}

static void test_group(void **state)
{
	static const struct { const char *what; unsigned targets, failed; double q; bool fails; } cases[] = {
		{"nobody failed", 10, 0, 0.01, false},
		{"no targets", 0, 0, 0.01, false},
		{"two of two: 1e-4, chance", 2, 2, 0, false},
		{"four of four: 1e-8", 4, 4, 0, true},
		{"four of four that fail one time in ten", 4, 4, 0.1, false},
		{"six of ten: 2e-10", 10, 6, 0.01, true},
		{"three of ten: 1e-4", 10, 3, 0.01, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (probe_group_fails(cases[i].targets, cases[i].failed, cases[i].q) != cases[i].fails)
			fail_msg("%s", cases[i].what);
}

static void test_request(void **state)
{
	struct query q = {.call = source_probe.calls, .now = {NOW}, .since = WALL_NONE, .base = "",
		.subject = "dns://ns1.kptc.kp/kp"};
	struct request r;
	struct err e;

	(void)state;
	strbuf_init(&r.url, 8192);
	strbuf_init(&r.header, 8192);
	assert_int_equal(source_probe.calls[0].request(&q, &r, &e), 0);
	assert_string_equal(r.url.text, "dns://ns1.kptc.kp/kp");
	snprintf(q.subject, sizeof(q.subject), "file:///etc/passwd");
	assert_int_equal(source_probe.calls[0].request(&q, &r, &e), ERR_USAGE);
	strbuf_release(&r.url);
	strbuf_release(&r.header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_targets),       cmocka_unit_test(test_no_targets), cmocka_unit_test(test_query),
		cmocka_unit_test(test_query_longest), cmocka_unit_test(test_answers),
		cmocka_unit_test(test_pointer_chain),
		cmocka_unit_test(test_shared_answers), cmocka_unit_test(test_http_words), cmocka_unit_test(test_check),
		cmocka_unit_test(test_check_address), cmocka_unit_test(test_votes),      cmocka_unit_test(test_group),
		cmocka_unit_test(test_request),
	};
	return cmocka_run_group_tests_name("source/probe", tests, NULL, NULL);
}
