/* The words of product.md that more than one module uses. Each has its name here, once. */
#ifndef LANDLINE_CORE_STATE_H
#define LANDLINE_CORE_STATE_H

#include <stdbool.h>

/* State of a network, as shown. Unknown (never judged) and stale (judged, source gone quiet) are states of their own. */
enum net_state { NET_UNKNOWN, NET_UP, NET_DEGRADED, NET_FLAPPING, NET_DOWN, NET_STALE, NET_STATE_COUNT };

/* What happens to a territory, in one word. */
enum verdict_kind {
	VERDICT_UNKNOWN,   /* nothing can be said (learning, too few peers, feed gone) */
	VERDICT_NORMAL, VERDICT_UNSTABLE, VERDICT_PARTIAL, VERDICT_WITHDRAWN, VERDICT_DARK, VERDICT_ONE_WAY,
	VERDICT_V6_ONLY,   /* only IPv6 lost */
	VERDICT_V4_ONLY,   /* only IPv4 lost */
	VERDICT_RECOVERING,
	VERDICT_BLIND,     /* our own line or feed is down; nothing is judged */
	VERDICT_KIND_COUNT
};

enum event_state {
	EVENT_SUSPECTED, EVENT_CONFIRMED, EVENT_EASING, EVENT_RESOLVED, EVENT_DISMISSED, EVENT_UNVERIFIED, EVENT_STATE_COUNT
};
enum event_scope { SCOPE_TERRITORY, SCOPE_OPERATOR, SCOPE_NETWORK, SCOPE_COUNT };
enum severity { SEVERITY_MINOR, SEVERITY_PARTIAL, SEVERITY_MAJOR, SEVERITY_NEAR_TOTAL, SEVERITY_TOTAL, SEVERITY_COUNT };
enum confidence { CONFIDENCE_NONE, CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH, CONFIDENCE_COUNT };

/* Classes of evidence (detection.md 6): bits. */
enum evidence_class {
	CLASS_R = 1 << 0, CLASS_P = 1 << 1, CLASS_T = 1 << 2, CLASS_H = 1 << 3, CLASS_X = 1 << 4,
};
#define CLASS_COUNT 5

/* A source's or a signal's health (product.md, JSON). */
enum feed_state { FEED_NONE, FEED_OK, FEED_LATE, FEED_DOWN, FEED_OFF, FEED_STATE_COUNT };

enum own_line { LINE_UNKNOWN, LINE_OK, LINE_BLIND };

/* Names as product.md spells them; never NULL for a value in range. */
const char *net_state_name(enum net_state s);
const char *verdict_name(enum verdict_kind k);   /* "v6-only", "one-way", ... */
const char *event_state_name(enum event_state s);
const char *event_scope_name(enum event_scope s);
const char *severity_name(enum severity s);      /* "near-total" */
enum severity severity_from_loss(double loss_pct); /* detection.md 7: < 20 minor, < 50 partial, < 90 major, < 99 near-total */
const char *confidence_name(enum confidence c);  /* "none", "low", ... */
const char *feed_state_name(enum feed_state s);
const char *own_line_name(enum own_line l);
char class_letter(unsigned bit);                 /* 'R' */
const char *class_word(unsigned bit);            /* "routing", "probing", "traffic", "hosts", "statement" */
bool event_state_from_name(const char *s, enum event_state *out);
bool event_state_is_open(enum event_state s);    /* confirmed, easing, unverified (suspected is not counted) */

#endif
