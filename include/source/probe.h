/* Own checks, the pure part: what a target is, what to send to a name server, what an answer is worth, and in words.
 *
 * The shell does the transfers (io/fetch: http and tcp by libcurl, dns by UDP) and hands back plain numbers and
 * bytes. "Reachable" is about the path, not about the service: any HTTP answer, a refused connection, a finished TCP
 * handshake, any well-formed DNS answer (sources/others.md, Direct reachability). */
#ifndef LANDLINE_SOURCE_PROBE_H
#define LANDLINE_SOURCE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/when.h"
#include "core/fact.h"
#include "core/input.h"

/* ---- targets ---- */

enum probe_kind { PROBE_HTTP, PROBE_TCP, PROBE_DNS };

struct probe_target {
	enum probe_kind kind;
	bool tls;                  /* https */
	char host[256];            /* lower case; an IPv6 address without its brackets */
	struct addr addr;          /* when host is an address; family 0: a name */
	uint16_t port;             /* given, or 80, 443, 53 */
	char zone[256];            /* dns: "kp", lower case, without a dot at the end; "" is the root */
};

/* Read http://, https://, tcp://host:port or dns://server[:port]/zone ("dns://193.0.14.129/." asks for the root).
 * Names are ASCII (an international one is written xn--). ERR_USAGE says what is wrong and leaves *out alone. */
int probe_target_parse(const char *url, struct probe_target *out, struct err *e) MUST_CHECK;

/* ---- DNS ---- */

#define PROBE_DNS_QUERY_MAX 272

/* The question "zone IN SOA", recursion not desired, no EDNS, with the caller's random id. Returns its length. */
size_t probe_dns_query(const struct probe_target *t, uint16_t id, uint8_t dst[PROBE_DNS_QUERY_MAX]);

enum probe_dns_grade {
	PROBE_DNS_MALFORMED,       /* not an answer, or it breaks off */
	PROBE_DNS_WRONG_ID,        /* to another query, or to another question */
	PROBE_DNS_HEALTHY,         /* authoritative, with the zone's SOA */
	PROBE_DNS_TRUNCATED,       /* TC: more by TCP */
	PROBE_DNS_LAME,            /* no error, and no authoritative SOA either */
	PROBE_DNS_REFUSED, PROBE_DNS_SERVFAIL,
	PROBE_DNS_ERROR,           /* another response code */
};

struct probe_dns_answer {
	enum probe_dns_grade grade;
	bool alive;                /* well-formed answer to our question: the path is up, whatever its grade */
	unsigned rcode;
	bool has_serial;
	uint32_t serial;           /* of the SOA */
};

/* Grade a datagram. Never reads outside [bytes, bytes + len); follows compression only backwards. */
void probe_dns_read(const uint8_t *bytes, size_t len, const struct probe_target *t, uint16_t id,
		    struct probe_dns_answer *out);

/* ---- results ---- */

struct probe_result {
	enum probe_kind kind;
	int curl_code, os_errno;   /* as libcurl numbers them; 0: none */
	int status;                /* of HTTP; 0: no answer */
	struct transfer_times times;
	bool answered;             /* dns: a datagram came; dns is then filled */
	struct probe_dns_answer dns;
	unsigned timeout_s;        /* what a silence lasted, for the words */
};

bool probe_is_reachable(const struct probe_result *r);
/* Milliseconds to the first sign of life; NAN when there was none. */
double probe_ms(const struct probe_result *r);
/* "200 in 812 ms", "refused: host answers", "no answer in 10 s": clean, at most cap - 1 bytes (80 is enough for
 * all). */
void probe_words(const struct probe_result *r, char *dst, size_t cap);
void probe_http_words(const struct probe_result *r, char *dst, size_t cap); /* the same, of an HTTP or TCP check */

/* All of the above for one finished check: adds a FACT_CHECK about the target `url`, dated by the input. id: of the
 * query that was sent (dns). ERR_USAGE when url is no target, ERR_LIMIT when the batch is full. */
int probe_check(const char *url, const struct input *in, uint16_t id, unsigned timeout_s, struct batch *out,
		struct err *e) MUST_CHECK;

/* ---- votes (detection.md 5.4) ---- */

/* May a target that was first checked at `first` vote now? Only after 24 h with 90% success. */
bool probe_may_vote(struct wall first, unsigned tries, unsigned good, struct wall now);
#define PROBE_FAILURE_CHANCE 1e-6
/* Did a round of `targets` voting ones, of which `failed` failed, fail as a group? q: their usual failure rate
 * (0..1; at least 0.01 is assumed). True when chance explains it with less than 1e-6; the caller wants two rounds
 * running. */
bool probe_group_fails(unsigned targets, unsigned failed, double q);

#endif
