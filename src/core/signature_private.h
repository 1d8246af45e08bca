/* What the files of the signatures share. signature.c: the look and the note; signature_begin.c: how an outage began;
 * signature_routes.c: who went when, who stayed. */
#ifndef LANDLINE_CORE_SIGNATURE_PRIVATE_H
#define LANDLINE_CORE_SIGNATURE_PRIVATE_H

#include "core/signature.h"
#include "event_private.h"
#include "fusion_priv.h"

#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS  (24 * HOUR_MS)
#define STRAIGHT_MS     (10 * MINUTE_MS) /* straight to zero: all networks within */
#define TREMOR_MAX_MS   (20 * MINUTE_MS)

#define SIGNATURE_MORE                                                                                                 \
	(SIGNATURE_LAST | SIGNATURE_DECOY | SIGNATURE_DAWN | SIGNATURE_SPLIT | SIGNATURE_TREMOR | SIGNATURE_CURFEW |   \
	 SIGNATURE_ONE_WAY | SIGNATURE_STAGGERED)

struct gone_operator {
	uint32_t asn;
	unsigned count, lost;
	int64_t t; /* when the last of its networks went */
	bool gone, home;
};

struct departures {
	struct gone_operator *ops; /* owned; the gone ones first, by time */
	size_t count, gone;
	unsigned nets, lost;
	int64_t first, last;
};

/* When each operator's networks went; free d->ops. */
void departures_make(const struct fusion *f, struct departures *d);

struct look {
	struct fusion *f;
	struct event *ev;
	struct departures d;
	struct now now;
	bool routes;  /* d is filled */
};

static inline bool has(const struct look *l, unsigned bits)
{
	return (l->f->named & bits) != 0;
}

/* The words of one signature, SIGNATURE_PART_MAX bytes. */
char *signature_part(const struct look *l, unsigned bit);
/* Put the words of one signature into the note. */
void signature_say(const struct look *l, unsigned bit, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* "14:00", "27 Jan 14:00" when it is not the day the outage began on. Returns dst. */
const char *signature_stamp(const struct look *l, int64_t ms, char dst[WALL_TEXT_MAX]);

void signature_look_flap(const struct look *l);
void signature_look_clean(const struct look *l);
void signature_look_no_warning(const struct look *l);
void signature_look_staggered(const struct look *l);

#endif
