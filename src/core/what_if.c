/* What if an upstream is gone: see core/what_if.h. */
#include "core/what_if.h"

#include <math.h>
#include <stdio.h>

enum what_if_fate what_if_network(const struct network *n, uint32_t asn)
{
	if (asn == n->v.origin)
		return WHAT_IF_DARK;
	if (!n->paths.votes) /* of some only the AS before the origin is known: enough to say yes, not to say no */
		return n->upstreams[0] == asn && !n->upstreams[1] ? WHAT_IF_DARK : WHAT_IF_UNKNOWN;
	for (size_t i = 0; i < n->paths.carrier_count; i++)
		if (n->paths.carriers[i] == asn)
			return WHAT_IF_DARK;
	return WHAT_IF_STAYS;
}

void what_if(const struct territory *t, uint32_t asn, struct what_if *out)
{
	double dark[2] = {0}, known[2] = {0};

	*out = (struct what_if){.asn = asn, .networks = t->network_count, .share_pct = {NAN, NAN}};
	for (size_t i = 0; i < t->network_count; i++) {
		const struct network *n = &t->networks[i];
		enum what_if_fate fate = what_if_network(n, asn);
		int f = n->v.prefix.family == 6;
		out->dark += fate == WHAT_IF_DARK;
		out->unknown += fate == WHAT_IF_UNKNOWN;
		out->before |= n->v.state == NET_DOWN || (n->v.vis.eligible && n->v.vis.v < 0.5);
		known[f] += fate == WHAT_IF_UNKNOWN ? 0 : n->own_space;
		dark[f] += fate == WHAT_IF_DARK ? n->own_space : 0;
	}
	for (int f = 0; f < 2; f++)
		if (known[f] > 0)
			out->share_pct[f] = 100 * dark[f] / known[f];
}

char *what_if_text(const struct what_if *w, char dst[WHAT_IF_TEXT_MAX])
{
	const char *when = w->before ? "last paths seen" : "paths seen now";
	char unknown[48] = "";

	if (w->unknown == w->networks)
		snprintf(dst, WHAT_IF_TEXT_MAX, "What if AS%u is gone: not known, no paths were seen", w->asn);
	else {
		if (w->unknown)
			snprintf(unknown, sizeof(unknown), ", %zu not known", w->unknown);
		snprintf(dst, WHAT_IF_TEXT_MAX, "What if AS%u is gone: %zu of %zu networks dark%s (%s)", w->asn, w->dark,
			 w->networks, unknown, when);
	}
	return dst;
}

char *dependence_text(const struct territory *t, char dst[DEPENDENCE_TEXT_MAX])
{
	const struct dependence *d = &t->dependence[!t->dependence[0].known];
	char by[64] = "", frontier[64] = "no domestic frontier AS";
	bool some = d->known < d->networks;

	dst[0] = '\0';
	if (!d->known || isnan(d->effective))
		return dst;
	if (d->frontier)
		snprintf(frontier, sizeof(frontier), some ? "at least %u frontier AS%s" : "%u frontier AS%s (%s)", d->frontier,
			 d->frontier == 1 ? "" : "es", depend_severity(d->frontier));
	if (some)
		snprintf(by, sizeof(by), ", by the paths of %zu of %zu networks", d->known, d->networks);
	snprintf(dst, DEPENDENCE_TEXT_MAX, "%s%s, effective providers %.1f, largest %.0f%%%s", d == &t->dependence[1] ? "IPv6: " : "",
		 frontier, d->effective, 100 * d->largest, by);
	return dst;
}
