/* What each signature is called: see core/signature.h. The verdict's sentence holds the phrase of every signature that it
 * names; the first letter is a capital where it begins a sentence.
 *
 *     ...since 16:15 UTC. Routing only. Flap, then die: unstable since 21 Dec 15:02 UTC.
 *
 * Two stand in the event's own words, before its time (`routes up, dark` and `one-way`), two in the verdict of a territory
 * that has no outage (`regional`, `order without effect`), the others in sentences of their own behind it. */
#include "base/err.h"
#include "base/mem.h"
#include "core/signature.h"

/* clang-format off */
const struct signature_row signature_rows[SIGNATURE_COUNT] = {
	{SIGNATURE_CLEAN,      "clean withdrawal",      "Clean withdrawal: routing, probing and traffic fell together."},
	{SIGNATURE_FLAP,       "flap, then die",        "Flap, then die: unstable since 21 Dec 15:02 UTC."},
	{SIGNATURE_NO_WARNING, "no warning",            "No warning: straight to zero."},
	{SIGNATURE_STAGGERED,  "staggered",             "Staggered: AS58224 14:00, AS197207 14:30, AS44244 15:10 UTC."},
	{SIGNATURE_SLOPE,      "slow slope",            "Slow slope: loss 60% at first, 90% after 5h00m."},
	{SIGNATURE_PROTOCOL,   "protocol first",        "Protocol first: IPv6 lost 11:49 UTC, the rest 6h56m later."},
	{SIGNATURE_DARK,       "routes up, dark",       "LY: routes up, dark (nothing answers, no traffic) since ~16:35 UTC."},
	{SIGNATURE_ONE_WAY,    "one-way",               "IQ: one-way (routes gone, queries from inside still seen) since 02:00 UTC."},
	{SIGNATURE_LAST,       "last network standing", "Last network standing: AS20928, 62 of 3500 networks."},
	{SIGNATURE_DECOY,      "decoy route",           "Decoy route: 1 of 13 networks stays, originated abroad by AS6453."},
	{SIGNATURE_DAWN,       "false dawn",            "False dawn: back 10:00 UTC, lost again 10:40 UTC."},
	{SIGNATURE_SPLIT,      "split recovery",        "Split recovery: IPv4 back 9 Jul 00:05 UTC, IPv6 later."},
	{SIGNATURE_TREMOR,     "tremor",                "Tremor before: 10m of the same on 18 Dec 16:20 UTC."},
	{SIGNATURE_CURFEW,     "curfew",                "Curfew: matches 12 of the last 14 nights 18:30-02:30 UTC."},
	{SIGNATURE_REGIONAL,   "regional",              "Regional at most: 3 of 120 networks down; the total barely moves."},
	{SIGNATURE_NO_EFFECT,  "order without effect",  "Order without effect: an outage is stated by Radar, none is seen by routing, traffic."},
};
/* clang-format on */

const struct signature_row *signature_find(unsigned bit)
{
	for (size_t i = 0; i < ARRAY_LEN(signature_rows); i++)
		if ((unsigned)signature_rows[i].bit == bit)
			return &signature_rows[i];
	BUG("no signature %u", bit);
}
