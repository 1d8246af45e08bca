/* What verdict.c and verdict_reasons.c share: the scene that a verdict is made from. */
#ifndef LANDLINE_CORE_VERDICT_PRIVATE_H
#define LANDLINE_CORE_VERDICT_PRIVATE_H

#include "core/model.h"

#define LEARN_H   24 /* hours of history until partial losses count (detection.md 8) */
#define PEERS_MIN 10 /* full-feed peers to judge by (detection.md 4) */

/* Classes that a verdict asks about, in the order of its reasons. X (statements) is not a measurement and never
 * missing. */
#define CLASSES_ASKED (CLASS_R | CLASS_P | CLASS_T | CLASS_H)

struct scene {
	const struct territory *t;
	const struct model *m;
	struct wall now;
	const struct source_state *feed; /* the routing stream; NULL: the model has none */
	const struct event *ev;          /* open or suspected, or NULL */
	const struct event *last;        /* resolved lately, or NULL */
	struct tally all;                /* both families */
	bool routing_fresh;              /* routing is being judged now */
	unsigned presumed;               /* networks of which only an old list is known, not who sees them */
};

/* Most networks are only presumed from a list. */
static inline bool scene_is_presumed(const struct scene *s)
{
	return s->all.total && s->presumed * 2 > s->all.total;
}

/* Fill v->reasons and v->missing: one line a class with its freshness and age, then what is known of the paths. */
void verdict_reasons(struct verdict *v, const struct scene *s);

#endif
