/* The server as a whole: see server.h. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int server_new(struct server **out, const struct server_options *o, struct err *e)
{
	struct server *s = xcalloc(1, sizeof(*s));
	s->dns_fd = s->clock_fd = -1;
	for (size_t i = 0; i < DOORS; i++)
		s->doors[i].fd = -1;
	*out = NULL;
	int rc = world_init(&s->world, o->scenario, o->real_now_ms, e);
	s->now_ms = s->keepalive_due = s->world.start_ms;
	if (rc == 0)
		rc = driver_start(s, o->clock_path, e);
	if (rc == 0)
		rc = http_start(s, o, e);
	if (rc == 0)
		rc = dns_start(s, e);
	if (rc < 0) {
		server_free(s);
		return rc;
	}
	*out = s;
	return 0;
}

void server_free(struct server *s)
{
	if (!s)
		return;
	http_stop(s);
	driver_stop(s);
	if (s->dns_fd >= 0)
		close(s->dns_fd);
	for (size_t i = 0; i < s->wire_count; i++) {
		free(s->wires[i].prefixes);
		free(s->wires[i].text);
	}
	free(s->wires);
	world_release(&s->world);
	free(s);
}

struct world *server_world(struct server *s)
{
	return &s->world;
}

unsigned server_port(const struct server *s)
{
	return s->doors[0].port;
}

unsigned server_tls_port(const struct server *s)
{
	return s->tls_port;
}

unsigned server_dns_port(const struct server *s)
{
	return s->dns_port;
}

int64_t server_now(const struct server *s)
{
	return s->now_ms;
}

void server_config(const struct server *s, struct strbuf *out)
{
	static const char *const sources[] = {"ripestat", "rislive", "ioda", "atlas", "radar"};
	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		strbuf_addf(out, "[source.%s]\nurl = http://127.0.0.1:%u\n", sources[i], s->doors[i].port);
	if (s->world.radar)
		strbuf_adds(out, "enabled = yes\n");
	if (s->world.canary_count)
		strbuf_adds(out, "[canaries]\nurls =");
	for (unsigned i = 0; i < s->world.canary_count; i++)
		strbuf_addf(out, " http://127.0.0.1:%u/canary/%u", s->doors[DOOR_CANARY + i].port, i + 1);
	strbuf_adds(out, "\n[sites]\n");
	for (size_t c = 0; c < s->world.country_count; c++) {
		const char *cc = s->world.countries[c].cc;
		bool any = false;
		for (size_t i = 0; i < s->world.site_count; i++) {
			char name[32], of[8];
			if (sscanf(s->world.sites[i], "%24s %4s", name, of) != 2 || strcmp(of, cc))
				continue;
			if (!any)
				strbuf_addf(out, "%s =", cc);
			any = true;
			strbuf_addf(out, " http://127.0.0.1:%u/site/%s", s->doors[DOOR_SITES].port, name);
		}
		if (any)
			strbuf_addf(out, " dns://127.0.0.1:%u/kp\n", s->dns_port);
	}
}

int server_do(struct server *s, const char *line, struct err *e)
{
	s->world.now_ms = s->now_ms;
	int rc = world_do(&s->world, line, e);
	if (rc == 0 && world_due(&s->world) <= s->now_ms) {
		world_run(&s->world, s->now_ms, stream_says(s));
		stream_release(s);
		http_run(s);
	}
	return rc;
}

unsigned server_calls(const struct server *s, const char *name)
{
	for (size_t i = 0; i < s->call_count; i++)
		if (!strcmp(s->calls[i].name, name))
			return s->calls[i].count;
	return 0;
}

static unsigned add_fd(struct pollfd *fds, unsigned n, int fd, short events)
{
	if (fd >= 0 && n < SERVER_FDS_MAX)
		fds[n++] = (struct pollfd){.fd = fd, .events = events};
	return n;
}

static int epoll_of(struct MHD_Daemon *d)
{
	const union MHD_DaemonInfo *info = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD) : NULL;
	return info ? info->epoll_fd : -1;
}

unsigned server_fds(struct server *s, struct pollfd fds[SERVER_FDS_MAX])
{
	unsigned n = 0;
	n = add_fd(fds, n, epoll_of(s->http), POLLIN);
	n = add_fd(fds, n, epoll_of(s->tls), POLLIN);
	for (size_t i = 0; i < DOORS; i++)
		if (!s->doors[i].shut)
			n = add_fd(fds, n, s->doors[i].fd, POLLIN);
	n = add_fd(fds, n, s->dns_fd, POLLIN);
	n = add_fd(fds, n, s->clock_fd, POLLIN);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		n = add_fd(fds, n, s->clients[i].fd, POLLIN);
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (s->conns[i].used && s->conns[i].suspended)
			n = add_fd(fds, n, s->conns[i].fd, POLLRDHUP);
	return n;
}

void server_work(struct server *s)
{
	http_run(s);
	http_look(s);
	http_run(s);
	dns_work(s);
	driver_work(s);
}
