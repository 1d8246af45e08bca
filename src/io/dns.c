/* A raw DNS exchange by UDP: see dns.h.
 *
 * Each try has an id and a port of its own (sources/others.md), so that an answer cannot be guessed by who does not
 * see the query; the sockets are connected, so the kernel passes on only what comes from the address that was asked,
 * and its ICMP errors. A datagram with a wrong id is dropped without a word, as a resolver would. */
#include "dns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

struct dns_try {
	int fd;
	struct mono sent;
	unsigned char id[2];
};

struct dns_exchange {
	struct sockaddr_storage server;
	socklen_t server_len;
	unsigned char packet[DNS_QUERY_MAX];
	size_t packet_len;
	struct dns_try tries[DNS_TRIES];
	unsigned tried;
	enum dns_step step;
	int error;
	struct mono due;
	int64_t took_ms;
	size_t answer_len;
	char answer[DNS_ANSWER_MAX];
};

static void fail(struct dns_exchange *x, int error)
{
	x->step = DNS_FAILED;
	x->error = error;
}

static void send_try(struct dns_exchange *x, struct mono now)
{
	unsigned char packet[DNS_QUERY_MAX];
	struct dns_try *t = &x->tries[x->tried];

	memcpy(packet, x->packet, x->packet_len);
	if (getentropy(packet, 2) < 0) {
		fail(x, errno);
		return;
	}
	t->fd = socket(x->server.ss_family, SOCK_DGRAM, 0);
	if (t->fd < 0) {
		fail(x, errno);
		return;
	}
	x->tried++;
	memcpy(t->id, packet, 2);
	t->sent = now;
	x->due = (struct mono){now.ms + DNS_TRY_MS};
	(void)fcntl(t->fd, F_SETFD, FD_CLOEXEC);
	(void)fcntl(t->fd, F_SETFL, O_NONBLOCK);
	if (connect(t->fd, (const struct sockaddr *)&x->server, x->server_len) < 0)
		fail(x, errno);
	/* a full send buffer is a lost packet, which the next try makes good */
	else if (send(t->fd, packet, x->packet_len, MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != ENOBUFS)
		fail(x, errno);
}

struct dns_exchange *dns_exchange_new(const struct sockaddr *server, socklen_t server_len, const void *packet,
				      size_t packet_len, struct mono now)
{
	struct dns_exchange *x = xcalloc(1, sizeof(*x));

	if (packet_len < 2 || packet_len > sizeof(x->packet) || server_len > sizeof(x->server))
		BUG("DNS packet of %zu bytes", packet_len);
	for (unsigned i = 0; i < DNS_TRIES; i++)
		x->tries[i].fd = -1;
	memcpy(&x->server, server, server_len);
	x->server_len = server_len;
	memcpy(x->packet, packet, packet_len);
	x->packet_len = packet_len;
	send_try(x, now);
	return x;
}

void dns_exchange_free(struct dns_exchange *x)
{
	if (!x)
		return;
	for (unsigned i = 0; i < DNS_TRIES; i++)
		if (x->tries[i].fd >= 0)
			close(x->tries[i].fd);
	free(x);
}

static void read_try(struct dns_exchange *x, const struct dns_try *t, struct mono now)
{
	/* bounded: a flood of wrong datagrams gets its turn again with the next step */
	for (int i = 0; i < 16 && x->step == DNS_WAITING; i++) {
		ssize_t n = recv(t->fd, x->answer, sizeof(x->answer), MSG_DONTWAIT);
		if (n < 0) {
			if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
				fail(x, errno);
			return;
		}
		if (n < 2 || memcmp(x->answer, t->id, 2) != 0)
			continue;
		memcpy(x->answer, x->packet, 2);
		x->answer_len = (size_t)n;
		x->took_ms = now.ms - t->sent.ms;
		x->step = DNS_ANSWERED;
	}
}

enum dns_step dns_exchange_step(struct dns_exchange *x, struct mono now)
{
	for (unsigned i = 0; i < x->tried && x->step == DNS_WAITING; i++)
		read_try(x, &x->tries[i], now);
	if (x->step == DNS_WAITING && now.ms >= x->due.ms) {
		if (x->tried < DNS_TRIES)
			send_try(x, now);
		else
			fail(x, 0);
	}
	return x->step;
}

struct mono dns_exchange_due(const struct dns_exchange *x)
{
	return x->due;
}

unsigned dns_exchange_fds(const struct dns_exchange *x, int out[DNS_TRIES])
{
	unsigned n = 0;

	for (unsigned i = 0; i < x->tried; i++)
		out[n++] = x->tries[i].fd;
	return n;
}

const char *dns_exchange_answer(const struct dns_exchange *x, size_t *len, int64_t *took_ms)
{
	*len = x->answer_len;
	*took_ms = x->took_ms;
	return x->answer;
}

int dns_exchange_errno(const struct dns_exchange *x)
{
	return x->error;
}
