/* The ways in which outages begin, look and end, and what each is called: ../shared/cases/README.md as a const table.
 *
 * A signature is decided from an event, its history in the book and what routing and the other classes said; its words
 * are facts that can be quoted, never a cause. What is named of an event stays named,
 * but for how it began, which gives way to what is more telling. Pure. */
#ifndef LANDLINE_CORE_SIGNATURE_H
#define LANDLINE_CORE_SIGNATURE_H

#include "core/event.h"
#include "core/judge.h"

/* Bits of event.signatures, in the order in which they are told: how it began, how it looks, how it returned, what it repeats. */
enum signature {
	SIGNATURE_CLEAN = 1 << 0,
	SIGNATURE_FLAP = 1 << 1,
	SIGNATURE_NO_WARNING = 1 << 2,
	SIGNATURE_STAGGERED = 1 << 3,
	SIGNATURE_SLOPE = 1 << 4,
	SIGNATURE_PROTOCOL = 1 << 5,
	SIGNATURE_DARK = 1 << 6,
	SIGNATURE_ONE_WAY = 1 << 7,
	SIGNATURE_LAST = 1 << 8,
	SIGNATURE_DECOY = 1 << 9,
	SIGNATURE_DAWN = 1 << 10,
	SIGNATURE_SPLIT = 1 << 11,
	SIGNATURE_TREMOR = 1 << 12,
	SIGNATURE_CURFEW = 1 << 13,
	SIGNATURE_REGIONAL = 1 << 14, /* of a territory without an outage: in the verdict, never of an event */
	SIGNATURE_NO_EFFECT = 1 << 15, /* the same */
};
#define SIGNATURE_COUNT 16

/* One row. phrase: the words that the verdict's text holds whenever it is named, exactly so ("flap, then die"; at the start of a
 * sentence its first letter is a capital). example: the whole of it. */
struct signature_row {
	enum signature bit;
	const char *phrase, *example;
};
extern const struct signature_row signature_rows[SIGNATURE_COUNT];
const struct signature_row *signature_find(unsigned bit); /* never NULL for one bit of the enum */

#endif
