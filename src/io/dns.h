/* One exchange of a raw DNS packet by UDP, for fetch's CHECK_DNS: send, listen, try again, never block.
 *
 * Knows no more of DNS than that a packet begins with its id: what an answer is worth is decided elsewhere. */
#ifndef LANDLINE_IO_DNS_H
#define LANDLINE_IO_DNS_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/when.h"

enum {
	DNS_TRIES = 3,
	DNS_TRY_MS = 3000,
	DNS_QUERY_MAX = 512,
	DNS_ANSWER_MAX = 4096,
};

enum dns_step { DNS_WAITING, DNS_ANSWERED, DNS_FAILED };

struct dns_exchange;

/* Send the first try. packet (2..DNS_QUERY_MAX bytes) is copied; its id is replaced by random ones on the wire.
 * Failures come out of the first step. */
struct dns_exchange *dns_exchange_new(const struct sockaddr *server, socklen_t server_len, const void *packet,
				      size_t packet_len, struct mono now);
void dns_exchange_free(struct dns_exchange *x); /* NULL is allowed */

/* Read what came, send what is due. A server that refuses by ICMP, or that cannot be reached at all, fails at once. */
enum dns_step dns_exchange_step(struct dns_exchange *x, struct mono now);
struct mono dns_exchange_due(const struct dns_exchange *x);
/* Sockets to poll for reading. A late answer to an earlier try counts too, so each try keeps its own. */
unsigned dns_exchange_fds(const struct dns_exchange *x, int out[DNS_TRIES]);

/* After DNS_ANSWERED: the datagram with the first packet's id put back, borrowed; how long it took. */
const char *dns_exchange_answer(const struct dns_exchange *x, size_t *len, int64_t *took_ms);
/* After DNS_FAILED: the errno, or 0 for silence. */
int dns_exchange_errno(const struct dns_exchange *x);

#endif
