/* Which signals are judged, and how: a row each. A signal without a row is shown and has no vote.
 *
 * The lines are IODA's (detection.md 1) and hold only until two weeks of habit are known. Google's and Cloudflare's
 * traffic have no published ones; they swing by day and night as the telescope does, so they start with its wide
 * lines. */
#include "core/detect.h"

#include <string.h>

const struct detect_rule detect_rules[] = {
	{"ioda", "bgp", .step_s = 300, .least = 20, .resolution = 1, .warning = 0.99, .critical = 0.50},
	{"ioda", "ping-slash24", .step_s = 600, .least = 20, .resolution = 1, .warning = 0.80, .critical = 0.50},
	{"ioda", "merit-nt", .step_s = 300, .least = 20, .resolution = 1, .warning = 0.25, .critical = 0.10},
	{"ioda", "gtr", .step_s = 1800, .least = 20, .resolution = 1, .warning = 0.25, .critical = 0.10},
	/* a share of the highest value asked for, 0..1: "20 units" has no meaning there, a twentieth of the peak has */
	{"radar", "netflows", .step_s = 900, .least = 0.05, .resolution = 0.001, .warning = 0.25, .critical = 0.10},
	{"radar", "dns", .step_s = 900, .least = 0.05, .resolution = 0.001, .warning = 0.25, .critical = 0.10},
	{.source = NULL},
};

const struct detect_rule *detect_rule_find(const char *source, const char *signal)
{
	for (const struct detect_rule *r = detect_rules; r->source; r++)
		if (!strcmp(r->source, source) && (!r->signal || !strcmp(r->signal, signal)))
			return r;
	return NULL;
}
