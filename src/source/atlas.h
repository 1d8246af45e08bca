/* RIPE Atlas, private part: what atlas.c (the list of probes, the table) and atlas_event.c (counts, events) share. */
#ifndef LANDLINE_SOURCE_ATLAS_H
#define LANDLINE_SOURCE_ATLAS_H

#include "base/json.h"
#include "source/source.h"

#define ATLAS_PROBES "/api/v2/probes/"
#define ATLAS_STEP_S 300

/* An answer that was accepted as one. All members are borrowed but tree. */
struct atlas_reply {
	cJSON *tree;
	const struct query *query;
	struct batch *out;
	struct err *err;
	char country[4]; /* that it is about */
};

typedef int atlas_reader(struct atlas_reply *r);

/* Parse, see whether it is an error in words, let `read` do the call's own part, close. */
int atlas_parse(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e, atlas_reader *read);
/* "atlas CALL: ..." as an error. */
int atlas_fail(const struct atlas_reply *r, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A new fact, or NULL with ERR_LIMIT set in r->err. */
struct fact *atlas_fact(const struct atlas_reply *r, enum fact_kind kind);
/* Does the subject begin with a country code, followed by `after`? */
int atlas_check_country(const struct query *q, char after, struct err *e);
int atlas_end_url(const struct query *q, const struct request *out, struct err *e);

int atlas_request_count(const struct query *, struct request *, struct err *);
int atlas_parse_count(const char *, size_t, const struct query *, struct batch *, struct err *);
int atlas_request_events(const struct query *, struct request *, struct err *);
int atlas_parse_events(const char *, size_t, const struct query *, struct batch *, struct err *);

#endif
