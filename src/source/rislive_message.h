/* One message of RIS Live, decoded from its line of JSON (sources/bgp.md 4), in the layouts of 2019 and of today. */
#ifndef LANDLINE_SOURCE_RISLIVE_MESSAGE_H
#define LANDLINE_SOURCE_RISLIVE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/when.h"
#include "core/fact.h"
#include "core/prefix.h"
#include "rislive_scan.h"

/* A BGP message has at most 65,535 bytes (RFC 8654) and a route in it at least two. */
#define RIS_ROUTES_MAX 32768

enum ris_kind {
	RIS_OTHER,      /* something arrived: keepalive, open, notification, pong, a type we do not know */
	RIS_UPDATE,
	RIS_PEER_UP,
	RIS_PEER_DOWN,
	RIS_ERROR,      /* the service says `text` and will close */
};

struct ris_route {
	struct prefix prefix;
	bool withdrawn;
};

/* Slices point into the line. `routes` is kept between messages so that it is allocated once; ris_message_release
 * frees. */
struct ris_message {
	enum ris_kind kind;
	struct wall t;             /* WALL_NONE: none, or not a time */
	bool has_session;          /* collector, peer and asn, all three, are known */
	char collector[16];        /* "rrc03" */
	struct addr peer;
	uint32_t asn;
	uint32_t origin, upstream; /* 0: not known, or an AS set */
	uint32_t path[FACT_PATH_MAX]; /* peer to origin, prepending and sets removed */
	size_t path_len;           /* 0: not known, too long, or its origin is an AS set */
	struct slice text;         /* of RIS_ERROR, with its escapes */
	struct ris_route *routes;  /* owned; each prefix once: an announcement beats a withdrawal */
	size_t count, cap;
	size_t odd;                /* prefixes that were not understood and cost only themselves */
};

void ris_message_release(struct ris_message *m);

/* Decode the line at [line, end); *end MUST be a readable line feed and none may stand before it. False: the line is
 * not a JSON object, or is beyond a bound; *why is then a static text. Runs in one pass; nothing recurses. */
bool ris_decode(struct ris_message *m, const char *line, const char *end, const char **why);

#endif
