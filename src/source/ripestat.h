/* RIPEstat, private part: what the files ripestat*.c share.
 *
 * ripestat.c holds the table and builds the requests. ripestat_reply.c knows the envelope that all calls have in
 * common. ripestat_country.c, ripestat_series.c, ripestat_route.c and ripestat_who.c read what stands in `data`, a
 * function a call: it is handed an opened reply, adds facts, and returns 0 or an error that names source, call and
 * place. */
#ifndef LANDLINE_SOURCE_RIPESTAT_H
#define LANDLINE_SOURCE_RIPESTAT_H

#include "base/json.h"
#include "source/source.h"

#define RIPESTAT_SNAPSHOT_MS (8LL * 3600 * 1000) /* RIS tables are dumped at 00, 08 and 16 UTC */
#define RIPESTAT_HISTORY_MS (14 * 86400000LL)    /* of announced-prefixes, when nobody asks for more */
#define RIPESTAT_STATS_MS (25 * 3600000LL)       /* of country-resource-stats: 24 h and the delay's edge */
#define RIPESTAT_FUTURE_MS (5LL * 60 * 1000)     /* a data time later than our own by more than this is not believed */

/* An answer that was accepted as one: `data` is an object. All members are borrowed but tree. */
struct ripestat_reply {
	cJSON *tree;
	const cJSON *data;
	struct wall time; /* when the service answered; WALL_NONE if it does not say */
	const struct query *query;
	struct batch *out;
	struct err *err;
};

typedef int ripestat_reader(struct ripestat_reply *r);

/* Open the envelope, let `read` do the call's own part, close. version: the major number that `read` was written
 * for; another one is tried all the same, with a FACT_NOTE. */
int ripestat_parse(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e, int version,
		   ripestat_reader *read);

/* "ripestat CALL: ..." as an error. */
int ripestat_error(const struct ripestat_reply *r, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
int ripestat_missing(const struct ripestat_reply *r, const char *place); /* ERR_SHAPE: "missing 'data.rrcs'" */
/* A note of ours ("CALL: ...") or nothing when the batch is full: a note is never worth an error. */
void ripestat_note(const struct ripestat_reply *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A new fact, or NULL with ERR_LIMIT set in r->err. */
struct fact *ripestat_fact(const struct ripestat_reply *r, enum fact_kind kind);

/* A time in member `key`; WALL_NONE if absent, unreadable, or later than now by more than RIPESTAT_FUTURE_MS. */
struct wall ripestat_time(const struct ripestat_reply *r, const cJSON *object, const char *key);
/* From when on history is wanted: the query's since, else span before now. */
struct wall ripestat_since(const struct query *q, int64_t span_ms);
/* The query's subject as an AS number; 0 when it is not one. */
uint32_t ripestat_subject_asn(const struct query *q);
/* True if data.resource is absent or is the AS that was asked for. */
bool ripestat_is_about_asn(const struct ripestat_reply *r, uint32_t asn);

int ripestat_peers(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_looking_glass(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_announced(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_neighbours(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_resources(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_country_asns(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_country_stats(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_overview(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_network_info(const char *, size_t, const struct query *, struct batch *, struct err *);
int ripestat_bgplay(const char *, size_t, const struct query *, struct batch *, struct err *);
/* The times of a subject "PREFIX,PREFIX FROM UNTIL". ERR_USAGE when there are none. */
int ripestat_play_times(const char *subject, struct wall *from, struct wall *until) MUST_CHECK;
int ripestat_located(const char *, size_t, const struct query *, struct batch *, struct err *);

#endif
