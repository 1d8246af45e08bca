/* What the files of the test server share. */
#ifndef LANDLINE_TESTS_SERVER_PRIVATE_H
#define LANDLINE_TESTS_SERVER_PRIVATE_H

#include <microhttpd.h>
#include <netinet/in.h>

#include "server.h"

enum {
	FAULTS_MAX = 16,
	CONNS_MAX = 64,
	CLIENTS_MAX = 8,
	CALLS_MAX = 64,
	DOOR_FILLERS = 8,
	DOOR_ATLAS = 3,
	DOOR_RADAR,
	DOOR_SOURCES,
	DOOR_SITES = DOOR_SOURCES,
	DOOR_CANARY,
	DOORS = DOOR_CANARY + 8
};

struct door {
	int fd;
	unsigned port;
	bool shut;
	int filler[DOOR_FILLERS];
};

enum fault_kind {
	FAULT_NONE,
	FAULT_SLOW,
	FAULT_SILENT,
	FAULT_429,
	FAULT_500,
	FAULT_HTML,
	FAULT_TRUNCATED,
	FAULT_GARBAGE,
	FAULT_GIGANTIC,
	FAULT_CUT,
	FAULT_RESET,
	FAULT_ERROR,
	FAULT_EMPTY,
};

struct fault {
	char where[48]; /* "ripestat/looking-glass", or "ripestat" followed by a star for all its calls */
	enum fault_kind kind;
	unsigned number; /* seconds of slow, Retry-After of 429 */
	int64_t until_ms;
};

/* One request. Held: no answer yet, on purpose. A stream: answered, and going on. */
struct conn {
	struct MHD_Connection *c;
	int fd;
	char where[48];     /* "rislive/stream" */
	char *url, *header; /* owned: what was asked with its query, and the subscription */
	bool used, suspended, held, ready, kill, stream, opened;
	int64_t release_ms; /* held until then; INT64_MAX: for ever */
	/* streams */
	struct strbuf out; /* not yet handed to the connection */
	size_t out_done;
	bool end, end_badly;
	struct {
		struct prefix prefixes[256];
		size_t count;
		bool more, less;
		char type[24], host[24];
		bool all;
	} filter;
};

/* A stream message on its way. */
struct wire {
	int64_t release_ms;
	char type[24];
	char host[8];
	struct prefix *prefixes;
	size_t count;
	char *text;
};

struct clock_client {
	int fd; /* -1: free */
	char line[160];
	size_t len;
	bool idle, told;
	int64_t due_ms;
	uint64_t rx;
	unsigned active;
};

struct server {
	struct world world;
	struct MHD_Daemon *http, *tls;
	struct door doors[DOORS];
	unsigned tls_port, dns_port;
	int dns_fd, clock_fd;
	char clock_path[108];
	int64_t now_ms, keepalive_due;
	uint64_t message_id;
	struct fault faults[FAULTS_MAX];
	size_t fault_count;
	struct conn conns[CONNS_MAX];
	struct wire *wires; /* a queue by release time */
	size_t wire_count, wire_cap;
	/* weather */
	int64_t feed_cut_until, line_cut_until, sites_down_until, canaries_down_until;
	bool feed_silent;
	unsigned canaries_down;
	unsigned keepalive_peer;
	/* the clock */
	struct clock_client clients[CLIENTS_MAX];
	uint64_t stream_sent;   /* bytes of stream bodies handed to connections */
	uint64_t rx_gone;       /* RX of clients that have left */
	int64_t rx_lost;        /* sent, but never to be eaten: the stream was gone */
	bool stream_closed;     /* since the last time RX was settled */
	int64_t quiet_since_ms; /* real time */
	bool said_time;
	char waiting[160];
	struct {
		char name[48];
		unsigned count;
	} calls[CALLS_MAX];
	size_t call_count;
};

/* ripestat.c, ioda.c: bodies. False: no such call; 404. */
void reply_time(struct strbuf *out, int64_t ms);   /* "2014-12-22T16:15:00" with its quotes */
void reply_comma(struct strbuf *out, bool *first); /* before each but the first */
bool reply_ripestat(struct server *s, const char *call, const char *resource, struct strbuf *out);
void reply_ripestat_begin(struct server *s, struct strbuf *out, const char *call, const char *version); /* up to `data`'s { */
bool reply_bgplay(struct server *s, const char *resource, int64_t from_ms, int64_t until_ms, struct strbuf *out); /* play.c */
bool reply_ioda_signal(struct server *s, const char *countries, const char *datasource, int64_t from_s, int64_t until_s,
		       struct strbuf *out);
void reply_ioda_outages(struct server *s, const char *country, int64_t from_s, int64_t until_s, struct strbuf *out);

/* ask.c */
void ask_name(struct conn *c);                                       /* fills `where` */
bool ask_is_let_in(const struct server *s, struct conn *c);          /* has the token, where one is asked for */
bool ask_body(struct server *s, struct conn *c, struct strbuf *out); /* false: no such thing */

/* atlas.c, radar.c: what was asked; NULL and 0: not given. */
struct atlas_query {
	const char *country, *status, *fields, *format, *ids;
	unsigned page, page_size;
	int64_t start_s, stop_s;
};
struct radar_query {
	const char *location, *date_range, *date_start, *date_end, *interval, *name;
};
bool reply_atlas_probes(struct server *s, const struct atlas_query *q, struct strbuf *out); /* false: no such page */
void reply_atlas_results(struct server *s, const struct atlas_query *q, struct strbuf *out);
/* False: a bad parameter. */
bool reply_radar_series(struct server *s, const struct radar_query *q, enum world_signal signal, struct strbuf *out);
bool reply_radar_statements(struct server *s, const struct radar_query *q, bool anomalies, struct strbuf *out);
void reply_radar_asns(struct server *s, const struct radar_query *q, struct strbuf *out);

/* stream.c */
void stream_open(struct conn *c, const char *subscription);
void stream_put(struct server *s, struct conn *c, const char *bytes, size_t len);
void stream_say(struct server *s, const char *type, const struct world_peer *p, uint8_t family, const int *nets,
		size_t count, bool up, const char *state);
void stream_release(struct server *s);                      /* messages whose time has come */
void stream_fault(struct server *s, const struct fault *f); /* what a new fault does to open streams */
int64_t stream_due(const struct server *s);
extern const struct world_says *stream_says(struct server *s);

/* faults.c */
const struct fault *fault_find(const struct server *s, const char *where);
void fault_words(struct server *s, const char *words);
void fault_expire(struct server *s);
void fault_doors(struct server *s); /* shut and open what the weather says */
int64_t fault_due(const struct server *s);

/* http.c */
int http_start(struct server *s, const struct server_options *o, struct err *e) MUST_CHECK;
void http_stop(struct server *s);
void http_wake(struct conn *c); /* resume: there is something to do for it */
void http_run(struct server *s);
void http_look(struct server *s); /* connections that their clients have left */

/* door.c */
int door_open(struct door *d, unsigned port, struct err *e) MUST_CHECK;
void door_set(struct door *d, bool is_shut);
void door_take(struct door doors[DOORS], struct MHD_Daemon *http); /* whoever stands at an open one */
void door_close(struct door *d);

/* dns.c */
int dns_start(struct server *s, struct err *e) MUST_CHECK;
void dns_work(struct server *s);

/* driver.c */
int driver_start(struct server *s, const char *path, struct err *e) MUST_CHECK;
void driver_stop(struct server *s);
void driver_work(struct server *s);

int64_t real_ms(void);

#endif
