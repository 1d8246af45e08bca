/* Cloudflare Radar, private part: what radar.c (table, envelope), radar_series.c and radar_said.c share. */
#ifndef LANDLINE_SOURCE_RADAR_H
#define LANDLINE_SOURCE_RADAR_H

#include "base/json.h"
#include "source/source.h"

/* An answer that was accepted as one: `result` is an object. All members are borrowed but tree. */
struct radar_reply {
	cJSON *tree;
	const cJSON *result;
	const struct query *query;
	struct batch *out;
	struct err *err;
};

typedef int radar_reader(struct radar_reply *r);

/* Open the envelope, let `read` do the call's own part, close. */
int radar_parse(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e, radar_reader *read);
/* "radar CALL: ..." as an error. */
int radar_fail(const struct radar_reply *r, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A new fact, or NULL with ERR_LIMIT set in r->err. */
struct fact *radar_fact(const struct radar_reply *r, enum fact_kind kind);
/* A time in member `key`; WALL_NONE when it is absent, null, "" or unreadable. */
struct wall radar_time(const cJSON *object, const char *key);

int radar_parse_series(const char *, size_t, const struct query *, struct batch *, struct err *);
int radar_parse_outages(const char *, size_t, const struct query *, struct batch *, struct err *);
int radar_parse_anomalies(const char *, size_t, const struct query *, struct batch *, struct err *);
int radar_parse_users(const char *, size_t, const struct query *, struct batch *, struct err *);

#endif
