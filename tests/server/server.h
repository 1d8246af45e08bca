/* The test server: the real endpoints of all sources, played from a scenario, on loopback, in one thread.
 *
 * It lives inside whoever runs it (a test, or main.c): its descriptors are polled by the caller, its time is what the
 * caller says. It also drives landline's clock (include/io/clock.h), so that hours pass in seconds. Faults are set by
 * scenario lines or by server_do() with the same words. Link: all of tests/server, base/, core/prefix, libmicrohttpd,
 * cjson. */
#ifndef LANDLINE_TESTS_SERVER_SERVER_H
#define LANDLINE_TESTS_SERVER_SERVER_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "world.h"

#define SERVER_FDS_MAX 96

struct server;

struct server_options {
	const char *scenario;   /* text; borrowed for the call */
	int64_t real_now_ms;    /* stands for `start now` */
	const char *clock_path; /* unix socket on which landline's clock is driven; NULL: real time */
	unsigned port;          /* of the first source, the next four behind it; 0: any */
	const char *key, *cert; /* PEM texts for the port with the wrong TLS; NULL: no such port */
};

int server_new(struct server **out, const struct server_options *o, struct err *e) MUST_CHECK;
void server_free(struct server *s);

struct world *server_world(struct server *s);
unsigned server_port(const struct server *s);
unsigned server_tls_port(const struct server *s); /* a certificate nobody trusts; 0: none */
unsigned server_dns_port(const struct server *s);
/* The configuration lines that point landline here, sites and canaries included; atlas and radar only where the
 * scenario has them. A token is not among them: the caller writes it to a file. */
void server_config(const struct server *s, struct strbuf *out);

/* A scenario line, now: "withdraw KP", "fault ripestat/looking-glass 500", "line cut 8m", ... */
int server_do(struct server *s, const char *line, struct err *e) MUST_CHECK;

/* Descriptors to poll; returns how many. After the poll (or at any time) server_work() does what can be done now. */
unsigned server_fds(struct server *s, struct pollfd fds[SERVER_FDS_MAX]);
void server_work(struct server *s);

/* Real time: tell the time (not before); runs the scenario up to it. */
void server_time(struct server *s, int64_t now_ms);
int64_t server_due(const struct server *s); /* when the scenario or the stream wants the next server_time */

/* Driven time. Move on by one step, at most to limit_ms, if every landline is idle, has eaten what was sent and awaits
 * nothing but what is withheld. True: moved (or is at limit_ms and idle); false: not yet, poll again. */
bool server_step(struct server *s, int64_t limit_ms);
bool server_rests(struct server *s); /* the step is over: all is idle and eaten at this moment */
int64_t server_now(const struct server *s);
unsigned server_clients(const struct server *s);        /* landlines on the clock */
const char *server_waiting_for(const struct server *s); /* in words, why the last step was not taken */

/* What was asked so far: calls counted per "source/call". */
unsigned server_calls(const struct server *s, const char *name);

#endif
