/* What if an AS is gone: which networks of a territory go dark, by the paths that peers use (detection.md 2).
 *
 * A network goes dark when the AS is its origin or stands on at least 95% of its peers' paths. That is a statement about paths
 * seen, not a forecast: networks may have ways that nobody uses now. */
#ifndef LANDLINE_CORE_WHAT_IF_H
#define LANDLINE_CORE_WHAT_IF_H

#include "core/model.h"

enum what_if_fate { WHAT_IF_STAYS, WHAT_IF_DARK, WHAT_IF_UNKNOWN };

struct what_if {
	uint32_t asn;
	size_t networks, dark, unknown; /* unknown: its paths are not known */
	double share_pct[2];            /* of the IPv4 and IPv6 space that would be dark; NAN: there is none, or nothing is known */
	bool before;                    /* some of it is down or going now: its paths are those from before the loss */
};

enum what_if_fate what_if_network(const struct network *n, uint32_t asn);
void what_if(const struct territory *t, uint32_t asn, struct what_if *out);
/* "What if AS4837 is gone: 3 of 4 networks dark (paths seen now)". Returns dst. */
#define WHAT_IF_TEXT_MAX 160
char *what_if_text(const struct what_if *w, char dst[WHAT_IF_TEXT_MAX]);

/* "1 frontier AS (severe risk), effective providers 1.0, largest AS4837 100%". Of IPv6 only where nothing is known of IPv4; ""
 * where nothing is known at all. Of some networks only: "at least 3 frontier ASes (...)... by the paths of 60 of 5030
 * networks". Returns dst. */
#define DEPENDENCE_TEXT_MAX 200
char *dependence_text(const struct territory *t, char dst[DEPENDENCE_TEXT_MAX]);

#endif
