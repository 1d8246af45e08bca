/* The clock driver: the other end of include/io/clock.h. Several landlines may share one clock; time moves when all are
 * idle.
 *
 * A step has two halves, so that every run is the same: first "now T", and each landline does what is due by time
 * alone; then the scenario of that moment goes out, and each landline eats it. Only then comes the next T. RX tells
 * that all bytes were eaten; bytes of a stream that was cut may never be, so after a cut a quiet moment (real time)
 * settles the account. */
#include "private.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

enum { QUIET_MS = 50 };

int64_t real_ms(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int driver_start(struct server *s, const char *path, struct err *e)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		s->clients[i].fd = -1;
	if (!path)
		return 0;
	if (strlen(path) >= sizeof(at.sun_path))
		return err_set(e, ERR_USAGE, "'%s' is too long for a unix socket", path);
	memcpy(at.sun_path, path, strlen(path) + 1);
	snprintf(s->clock_path, sizeof(s->clock_path), "%s", path);
	(void)unlink(path);
	s->clock_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->clock_fd < 0 || bind(s->clock_fd, (struct sockaddr *)&at, sizeof(at)) < 0 ||
	    listen(s->clock_fd, CLIENTS_MAX) < 0)
		return err_set(e, ERR_NET, "cannot listen on '%s': %s", path, strerror(errno));
	return 0;
}

static void leave(struct server *s, struct clock_client *c)
{
	close(c->fd);
	s->rx_gone += c->rx;
	s->stream_closed = true;
	*c = (struct clock_client){.fd = -1};
}

void driver_stop(struct server *s)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd >= 0)
			leave(s, &s->clients[i]);
	if (s->clock_fd >= 0) {
		close(s->clock_fd);
		(void)unlink(s->clock_path);
	}
}

static void say_now(struct server *s, struct clock_client *c)
{
	char line[40];
	int n = snprintf(line, sizeof(line), "now %" PRId64 "\n", s->now_ms);
	c->idle = false;
	c->told = true;
	s->quiet_since_ms = 0;
	if (send(c->fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		leave(s, c);
}

static void take_clients(struct server *s)
{
	for (size_t i = 0; i < CLIENTS_MAX && s->clock_fd >= 0; i++) {
		struct clock_client *c = &s->clients[i];
		if (c->fd >= 0)
			continue;
		int fd = accept(s->clock_fd, NULL, NULL);
		if (fd < 0)
			return;
		*c = (struct clock_client){.fd = fd};
		say_now(s, c);
	}
}

static void take_line(struct server *s, struct clock_client *c)
{
	long long due;
	unsigned long long rx;
	unsigned active;
	if (sscanf(c->line, "idle %lld %llu %u", &due, &rx, &active) != 3)
		BUG("test server: landline said '%s'", c->line);
	c->due_ms = due < 0 ? INT64_MAX : due;
	c->rx = rx;
	c->active = active;
	c->idle = true;
	s->quiet_since_ms = 0;
}

static void read_client(struct server *s, struct clock_client *c)
{
	char buf[512];
	ssize_t n;
	while ((n = recv(c->fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (buf[i] != '\n' && c->len + 1 < sizeof(c->line)) {
				c->line[c->len++] = buf[i];
				continue;
			}
			c->line[c->len] = '\0';
			c->len = 0;
			take_line(s, c);
		}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		leave(s, c);
}

void driver_work(struct server *s)
{
	take_clients(s);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd >= 0)
			read_client(s, &s->clients[i]);
}

unsigned server_clients(const struct server *s)
{
	unsigned n = 0;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		n += s->clients[i].fd >= 0;
	return n;
}

/* Withheld on purpose; and what streams have not handed over yet. */
static void count_conns(const struct server *s, unsigned *held, size_t *waiting)
{
	*held = 0;
	*waiting = 0;
	for (size_t i = 0; i < CONNS_MAX; i++) {
		const struct conn *c = &s->conns[i];
		*held += c->used && c->held && !c->kill;
		*waiting += c->used && c->stream && !c->kill ? c->out.len - c->out_done : 0;
	}
}

/* Whoever knocks at a shut door, or asks a silent name server, awaits an answer that we do not see being asked for. */
static unsigned unseen(const struct server *s)
{
	unsigned n = s->now_ms < s->sites_down_until ? 1 + (unsigned)s->world.site_count
		     : fault_find(s, "probe/dns")    ? 1
						     : 0;
	if (s->now_ms < s->line_cut_until)
		return UINT_MAX / 2;
	for (size_t i = DOOR_CANARY; i < DOORS; i++)
		n += s->doors[i].shut;
	return n;
}

/* Nothing has moved for a moment of real time: no landline said a word, nothing was asked. */
static bool is_quiet(struct server *s)
{
	if (!s->quiet_since_ms)
		s->quiet_since_ms = real_ms();
	return real_ms() - s->quiet_since_ms >= QUIET_MS;
}

static bool is_settled(struct server *s)
{
	uint64_t rx = s->rx_gone;
	unsigned active = 0, held;
	size_t waiting;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		const struct clock_client *c = &s->clients[i];
		if (c->fd < 0)
			continue;
		if (!c->idle) {
			snprintf(s->waiting, sizeof(s->waiting), "landline is busy");
			return false;
		}
		rx += c->rx;
		active += c->active;
	}
	count_conns(s, &held, &waiting);
	int64_t missing = (int64_t)s->stream_sent - s->rx_lost - (int64_t)rx;
	/* behind a request that is withheld others may queue inside landline, where nobody sees them */
	if (held && active > held && !waiting && is_quiet(s))
		return true;
	if (active > held + unseen(s) || waiting) {
		snprintf(s->waiting, sizeof(s->waiting), "%u answers awaited, %u withheld, %zu stream bytes unsent",
			 active, held, waiting);
		if (!held)
			s->quiet_since_ms = 0;
		return false;
	}
	if (missing <= 0) { /* less than nothing: what was given up has been eaten after all */
		s->rx_lost += missing;
		s->stream_closed = false;
		s->quiet_since_ms = 0;
		return true;
	}
	snprintf(s->waiting, sizeof(s->waiting), "%lld stream bytes not eaten", (long long)missing);
	if (!s->stream_closed)
		return false;
	if (!is_quiet(s))
		return false;
	s->rx_lost += missing;
	s->stream_closed = false;
	s->quiet_since_ms = 0;
	return true;
}

static void run_scenario(struct server *s)
{
	world_run(&s->world, s->now_ms, stream_says(s));
	if (s->now_ms >= s->keepalive_due) {
		const struct world *w = &s->world;
		bool said[100] = {false};
		for (size_t k = 0; k < w->peer_count; k++) { /* one peer of each collector, another one each time */
			const struct world_peer *p = &w->peers[(k + s->keepalive_peer) % w->peer_count];
			unsigned rrc = (unsigned)strtoul(p->collector + 3, NULL, 10) % 100;
			if (!p->up || said[rrc])
				continue;
			said[rrc] = true;
			stream_say(s, "KEEPALIVE", p, 4, NULL, 0, false, NULL);
		}
		s->keepalive_peer++;
		s->keepalive_due = s->now_ms + w->keepalive_ms;
	}
	fault_expire(s);
	stream_release(s);
	http_run(s);
}

void server_time(struct server *s, int64_t now_ms)
{
	if (now_ms > s->now_ms)
		s->now_ms = now_ms;
	run_scenario(s);
}

int64_t server_due(const struct server *s)
{
	int64_t due = world_due(&s->world), t;
	if (s->keepalive_due < due)
		due = s->keepalive_due;
	if ((t = fault_due(s)) < due)
		due = t;
	if ((t = stream_due(s)) < due)
		due = t;
	return due;
}

bool server_step(struct server *s, int64_t limit_ms)
{
	int64_t next = limit_ms;
	s->waiting[0] = '\0';
	if (!is_settled(s))
		return false;
	if (s->said_time) { /* the second half of the step */
		s->said_time = false;
		run_scenario(s);
		return true;
	}
	if (s->now_ms >= limit_ms)
		return true;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd >= 0 && s->clients[i].due_ms < next)
			next = s->clients[i].due_ms;
	if (server_due(s) < next)
		next = server_due(s);
	s->now_ms = next > s->now_ms ? next : s->now_ms + 1;
	s->said_time = true;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (s->clients[i].fd >= 0)
			say_now(s, &s->clients[i]);
	return true;
}

bool server_rests(struct server *s)
{
	return !s->said_time && is_settled(s);
}

const char *server_waiting_for(const struct server *s)
{
	return s->waiting;
}
