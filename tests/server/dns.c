/* A name server of one answer: whatever zone is asked for, it is authoritative and here is its SOA (for dns:// checks).
 */
#include "private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEADER = 12, PACKET_MAX = 512 };

int dns_start(struct server *s, struct err *e)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	s->dns_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->dns_fd < 0 || bind(s->dns_fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockname(s->dns_fd, (struct sockaddr *)&at, &len) < 0)
		return err_set(e, ERR_NET, "cannot serve DNS on 127.0.0.1: %s", strerror(errno));
	s->dns_port = ntohs(at.sin_port);
	return 0;
}

/* The question comes back, then an SOA with two names that are pointers to it. */
static size_t build(unsigned char *p, size_t question_end)
{
	static const unsigned char soa[] = {
		0xc0, 12, 0, 6, 0,  1,  0, 0, 14, 16, 0, 24, 0xc0, 12,  0xc0, 12, 0, 0,
		0,    42, 0, 0, 14, 16, 0, 0, 2,  88, 0, 9,  58,   128, 0,    0,  0, 60,
	};
	p[2] = 0x84; /* an answer, authoritative */
	p[3] = 0;
	p[4] = 0, p[5] = 1, p[6] = 0, p[7] = 1;
	memset(p + 8, 0, 4);
	memcpy(p + question_end, soa, sizeof(soa));
	return question_end + sizeof(soa);
}

void dns_work(struct server *s)
{
	unsigned char p[PACKET_MAX + 64];
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	ssize_t n;
	while ((n = recvfrom(s->dns_fd, p, PACKET_MAX, 0, (struct sockaddr *)&from, &len)) > 0) {
		size_t at = HEADER;
		if (s->now_ms < s->line_cut_until || s->now_ms < s->sites_down_until || fault_find(s, "probe/dns"))
			continue;
		while (at < (size_t)n && p[at])
			at += p[at] + 1u;
		at += 5;
		if (at > (size_t)n)
			continue;
		(void)sendto(s->dns_fd, p, build(p, at), 0, (struct sockaddr *)&from, len);
	}
}
