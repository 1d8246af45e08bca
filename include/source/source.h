/* A source: one provider, as data. One file src/source/NAME.c with `const struct source_ops source_NAME`, one row in
 * src/source/table.h; scheduling, retry, back-off, caps, cache, storage, config section, help and the Sources view come
 * from the row.
 *
 * Sources are pure: they say what to ask (request) and read what came back (parse). They never see a socket or a clock. */
#ifndef LANDLINE_SOURCE_SOURCE_H
#define LANDLINE_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "base/when.h"
#include "core/fact.h"

struct config; /* core/config.h */

/* Whom a call is asked for. The scheduler makes one job per subject of this kind. */
enum call_scope {
	SCOPE_CALL_GLOBAL,     /* once; subject "" */
	SCOPE_CALL_COUNTRY,    /* each watched country; subject "KP" */
	SCOPE_CALL_COUNTRIES,  /* one request for all watched countries; subject "KP,IR" */
	SCOPE_CALL_AS,         /* each operator of a watched territory; subject "AS131279" */
	SCOPE_CALL_NET,        /* each network that needs a snapshot, and the control prefixes; subject "175.45.176.0/24" */
	SCOPE_CALL_HOST,       /* each address a named site resolved to; subject "175.45.176.91" */
	SCOPE_CALL_STREAM,     /* a transfer that does not end; subject: the subscription (see `subscribe`) */
	SCOPE_CALL_GAP,        /* what happened while the stream was gone; subject "PREFIX,PREFIX FROM UNTIL", Unix seconds */
	SCOPE_CALL_TARGET,     /* own check of a configured target; subject: its URL */
	SCOPE_CALL_ASKED,      /* what an answer asks for (FACT_ASK), with the subject it says: once when period_s is 0, else
	                        * again and again until the chain of answers that asked for it ends without doing so */
};

struct query {
	const struct source_call *call;
	char subject[8192];        /* a subscription can be long */
	struct wall now;           /* when it is asked */
	struct wall since;         /* history wanted from here (see `resumes`); WALL_NONE: the call's own default */
	const char *base;          /* base URL, no trailing slash; borrowed */
	const char *token;         /* or NULL; borrowed, never logged */
};

/* What to send. */
struct request {
	struct strbuf url;         /* <= 8192 bytes */
	struct strbuf header;      /* one extra header line, e.g. "X-RIS-Subscribe: {...}"; empty: none */
};

/* A reader of a stream: keeps the tail of a line between chunks. */
struct stream_reader;

struct source_call {
	const char *name;          /* "looking-glass": unique inside the source */
	const char *help;          /* what it gives, for help and Sources */
	enum call_scope scope;
	unsigned period_s;         /* between two calls for one subject; 0: only on demand */
	unsigned retry_s;          /* first back-off after a failure; doubled to period or 1 h, jittered */
	unsigned timeout_s;        /* total; for a stream: silence that counts as dead */
	size_t body_max;           /* bytes after decompression; more is ERR_LIMIT. A stream: longest line */
	unsigned urgency;          /* 0 first: order in which due calls start */
	unsigned data_step_s;      /* step of the data, for LATE and DOWN (detection.md 8); 0: period_s */
	unsigned data_delay_s;     /* how late this data usually is */
	unsigned subjects_max;     /* ask for so many subjects at most, the largest first; 0: for all */
	bool optional;             /* its failure does not make the source late */
	bool resumes;              /* `since` of its query is the newest data time that this subject's answers said */
	int (*request)(const struct query *, struct request *out, struct err *);
	/* Body of a 200 answer, whole. May add facts before an error: the caller drops the batch then. */
	int (*parse)(const char *body, size_t len, const struct query *, struct batch *out, struct err *);
};

/* A signal that a source supplies for a territory: how it is called and judged fresh. */
struct source_signal {
	const char *name, *title, *unit; /* "ping-slash24", "probing (IODA)", "/24s" */
	unsigned class_bit;        /* CLASS_*; 0: shown, no evidence */
	unsigned step_s, delay_s;  /* of the data; delay: how late it usually is */
};

/* Updates: without it nothing can be judged; may be silent for hours. All: the same, never silent. Pulse: never silent, says
 * that the service lives. Aside: useful, may be silent or refused. */
enum stream_role { STREAM_UPDATES, STREAM_ALL, STREAM_PULSE, STREAM_ASIDE };

struct source_ops {
	const char *name;          /* config section [source.NAME], JSON, Sources view */
	const char *title;         /* "RIPEstat" */
	const char *about;         /* one line of help */
	const char *attribution;   /* shown in Sources and exports, "Source: RIPEstat, RIPE NCC" */
	const char *url;           /* default base */
	unsigned classes;          /* CLASS_* bits its data speaks for; 0: none votes */
	unsigned parallel;         /* transfers at a time */
	unsigned gap_ms;           /* least time between two starts */
	unsigned busy_s;           /* rest of the whole source after a 429 that names no time; 0: back-off alone */
	bool needs_token, off_by_default;
	bool past_only;            /* speaks in replays of archives alone: nothing live to switch on */
	const struct source_call *calls; /* ends with a row whose name is NULL */
	const struct source_signal *signals; /* ends with a row whose name is NULL; NULL: supplies none */
	/* What the body of an error answer (status 400 and up) says: adds its words to e->msg. True: the token is not
	 * accepted, and asking again is of no use. NULL: the status says all. */
	bool (*refused)(const char *body, size_t len, int status, struct err *e);
	/* A source with a stream call only: split what is watched into subscriptions (each at most max bytes). Writes texts,
	 * one per connection, into out[0..n); returns n, 0 when nothing is watched. */
	size_t (*subscribe)(const struct prefix *ranges, size_t count, char (*out)[8192], size_t max);
	/* What a subscription is for. */
	enum stream_role (*role)(const char *subscription);
	/* Consume a chunk of a stream; complete lines become facts. Bad lines cost themselves (out->skipped). */
	int (*feed)(struct stream_reader *, const char *bytes, size_t len, struct batch *out, struct err *);
	struct stream_reader *(*reader_new)(void);
	void (*reader_free)(struct stream_reader *);
};

/* Every source, in the order of help and of the Sources view: source_table[0..source_count). */
extern const struct source_ops *const source_table[];
extern const size_t source_count;
int source_find(const char *name); /* index, or -1 */

#endif
