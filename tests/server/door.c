/* Listening sockets that can be shut. A shut door is no refusal, which would be an answer: its queue is full, so the
 * kernel drops whoever knocks, as a dead line does. Each source has a door of its own, as in the world; so have the
 * sites and each canary. */
#define _GNU_SOURCE /* accept4 */
#include "private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4 };

int door_open(struct door *d, unsigned port, struct err *e)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);
	int one = 1;
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (d->fd >= 0)
		(void)setsockopt(d->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (d->fd < 0 || bind(d->fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(d->fd, 256) < 0 ||
	    getsockname(d->fd, (struct sockaddr *)&at, &len) < 0)
		return err_set(e, ERR_NET, "cannot listen on 127.0.0.1:%u: %s", port, strerror(errno));
	d->port = ntohs(at.sin_port);
	return 0;
}

static void drain(struct door *d)
{
	int fd;
	while ((fd = accept(d->fd, NULL, NULL)) >= 0)
		close(fd);
}

/* Fill the queue: what knocks after that is dropped. */
static void shut(struct door *d)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET, .sin_port = htons((uint16_t)d->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	drain(d);
	(void)listen(d->fd, BACKLOG);
	for (size_t i = 0; i < DOOR_FILLERS; i++) {
		d->filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		(void)connect(d->filler[i], (struct sockaddr *)&at, sizeof(at));
	}
}

static void reopen(struct door *d)
{
	drain(d);
	for (size_t i = 0; i < DOOR_FILLERS; i++)
		close(d->filler[i]);
	(void)listen(d->fd, 256);
	drain(d);
}

void door_set(struct door *d, bool is_shut)
{
	if (d->shut == is_shut || d->fd < 0)
		return;
	d->shut = is_shut;
	if (is_shut)
		shut(d);
	else
		reopen(d);
}

void door_close(struct door *d)
{
	if (d->fd < 0)
		return;
	if (d->shut)
		reopen(d);
	close(d->fd);
	d->fd = -1;
}

void door_take(struct door doors[DOORS], struct MHD_Daemon *http)
{
	struct pollfd p[DOORS];
	struct sockaddr_in from;
	int fd;
	for (size_t i = 0; i < DOORS; i++)
		p[i] = (struct pollfd){.fd = doors[i].shut ? -1 : doors[i].fd, .events = POLLIN};
	if (poll(p, DOORS, 0) <= 0)
		return;
	for (size_t i = 0; i < DOORS; i++) {
		socklen_t len = sizeof(from);
		while (p[i].revents & POLLIN &&
		       (fd = accept4(p[i].fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
			MHD_add_connection(http, fd, (struct sockaddr *)&from, len);
	}
}
