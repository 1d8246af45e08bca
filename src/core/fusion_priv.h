/* What the files of fusion share.
 *
 *     fusion.c        lifetime, the run, the view        fusion_weigh.c  points, classes, words (detection.md 6)
 *     fusion_life.c   the life of a territory's event    signature.c     which of the known signatures it is */
#ifndef LANDLINE_CORE_FUSION_PRIV_H
#define LANDLINE_CORE_FUSION_PRIV_H

#include "core/fusion.h"
#include "core/signature.h"

#define MINUTE_MS          INT64_C(60000)
#define REBOUND_MS         (30 * MINUTE_MS) /* what an outage leaves behind may last as long after its end */
#define ROUTES_UP_PCT      5   /* routing is normal below (detection.md 5.1) */
#define GONE_PCT           90  /* nearly all routes are gone from here on */
#define SIGNATURE_PART_MAX 120 /* bytes of one signature's words */
#define RECURRENCE_MAX     80
#define RECURRENCE_LEAST   3   /* nights that match until it is said */

#define CLASS_ASKED (CLASS_P | CLASS_T | CLASS_H) /* beside routing; X (statements) is never missing */

/* What one class of evidence says. */
enum class_say {
	SAY_NOTHING, /* no source has anything of this territory */
	SAY_NO_DATA, /* none of its voices has fresh data */
	SAY_WAITING, /* fresh, but its newest sample does not lie wholly after the loss began */
	SAY_NORMAL,
	SAY_LOSS,
};

struct class_sum {
	enum class_say say;
	double points;             /* of a loss */
	double loss_pct;           /* of the voice that counts; NAN */
	bool critical;
	bool ending, lingers;      /* all its alarms only wait for their end; and began too early to belong to what is seen now */
	bool now;                  /* its newest sample still lies far below: not an alarm that only waits for its end */
	bool still, settled;       /* the same, by a sample from after the routes came back, and from well after it */
	struct wall start_low, start; /* of the earliest of its alarms; WALL_NONE */
	struct wall end, end_high; /* of the latest that ended; WALL_NONE */
	struct wall fresh;         /* newest end of a sample that counted */
	const struct voice *voice; /* the one that counts, or NULL */
};

/* Everything that is known at one look. */
struct weighing {
	struct class_sum of[CLASS_COUNT]; /* by bit position */
	double points;
	unsigned classes, against, missing;
	enum confidence confidence;
	bool disputed, one_way, dark, enough;
	bool queries;              /* from inside go on since the loss began */
	bool one_family;           /* IPv6 gone, IPv4 intact: what measures hosts and traffic does not contradict it */
	double loss_pct;           /* of the classes beside routing; NAN */
	unsigned loss_class;       /* whose that is; 0 */
	struct wall since;
};

/* Routing as the judge sees it. */
struct routing_say {
	struct group_view view;
	bool judged, suspected, confirmed;
	struct wall start;         /* of its event, when it has one */
};

struct memory {                    /* of one voice: its last alarm, for the window of detection.md 6 */
	char source[16], name[24];
	struct wall start;
	bool critical;
};

struct fusion {
	struct event_book *book;
	struct judge *judge;
	char territory[EVENT_SUBJECT_MAX];
	int group;
	struct memory memories[VOICES_MAX];
	size_t memory_count;
	struct weighing now;
	struct routing_say routing;
	struct wall over;          /* end of the territory's last event; WALL_NONE: none in a day */
	struct wall calm_since;    /* no voice says a loss since; WALL_NONE */
	struct wall due;
	struct wall routes_back;   /* routing was part of the event and is normal since; WALL_NONE */
	double row;                /* points of routing's loss at the last look */
	struct wall rose;          /* when that last grew: what was measured before says nothing of it; WALL_NONE: no loss */
	struct wall gone_since;    /* nearly all routes are gone since; WALL_NONE */
	struct wall last_loss;     /* newest sample of the event that saw the loss; WALL_NONE */
	uint32_t event_id;         /* at the last look, and whether it was ours */
	bool owned, takes_over;
	char why_missing[64];
	uint32_t *home;            /* ASes registered here; owned */
	size_t home_count;
	/* signature.c: of the event signed_id */
	uint32_t signed_id;
	unsigned named;            /* SIGNATURE_* */
	char parts[SIGNATURE_COUNT][SIGNATURE_PART_MAX];
	char recurrence[RECURRENCE_MAX];
	double first_loss, slope_loss;
	struct wall first_at, back, again, walked;
	bool v6_first, other_first; /* the kind that it began as: IPv6 alone, or another */
	unsigned relapses;
};

/* ---- fusion_weigh.c ---- */
double fusion_routing_points(double loss_pct); /* by the rows of detection.md 6 */
int class_index(unsigned bit); /* 0..CLASS_COUNT - 1; -1 */
/* began: when the loss that is judged began (of the open event), or WALL_NONE. */
void fusion_weigh(struct fusion *f, const struct voice *voices, size_t count, struct wall began, struct weighing *out);
void fusion_against_words(const struct weighing *w, char *dst, size_t cap);
const char *fusion_why_missing(unsigned bit, const struct voice *voices, size_t count); /* "" */
void fusion_missing_words(const struct weighing *w, const struct voice *voices, size_t count, char *dst, size_t cap);


/* ---- fusion_life.c ---- */
bool fusion_owns(const struct fusion *f, const struct event *ev); /* not the judge's to move */
/* Moves the event's life by f->now; returns the territory's event or NULL. */
struct event *fusion_live(struct fusion *f, bool frozen, struct now now);

/* ---- signature.c ---- */
/* Names what the event is, in its note; counts on being called at each look while it is open. */
void signature_look(struct fusion *f, struct event *ev, struct now now);

/* ---- recurrence.c ---- */
/* "matches 12 of the last 14 nights 18:30-02:30", or "" below RECURRENCE_LEAST. Returns the nights that matched. */
unsigned recurrence_words(const struct event_book *b, const struct event *ev, char dst[RECURRENCE_MAX]);

#endif
