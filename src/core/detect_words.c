/* A detector's call in words, for evidence: another person must be able to follow it. */
#include "detect_gate.h"

#include <math.h>
#include <stdio.h>

char *detect_value_words(char *dst, const struct detect_view *v, const char *unit)
{
	const char *space = unit && *unit ? " " : "";

	if (!unit)
		unit = "";
	if (isnan(v->value))
		snprintf(dst, DETECT_WORDS_MAX, "no data");
	else if (isnan(v->baseline) && isnan(v->score))
		snprintf(dst, DETECT_WORDS_MAX, "%.6g%s%.24s, not yet known what is usual", v->value, space, unit);
	else if (isnan(v->baseline))
		snprintf(dst, DETECT_WORDS_MAX, "score %.1f (line 1)", v->score);
	else if (v->ignored)
		snprintf(dst, DETECT_WORDS_MAX, "%.6g%s%.24s, too few to judge", v->value, space, unit);
	else if (isnan(v->line))
		snprintf(dst, DETECT_WORDS_MAX, "%.6g of %.6g%s%.24s (-%.0f%%)", v->value, v->baseline, space, unit,
			 v->loss_pct);
	else
		snprintf(dst, DETECT_WORDS_MAX, "%.6g%s%.24s, %.6g %s (-%.0f%%), line %.6g", v->value, space, unit,
			 v->baseline, v->learning ? "usual in 7 days" : "expected", v->loss_pct, v->line);
	return dst;
}

char *detect_rule_words(char *dst, const struct detect_view *v)
{
	static const char *const words[DETECT_REASON_COUNT] = {
		[DETECT_BY_NOTHING] = "no alarm",
		[DETECT_BY_COUNT] = "most samples under the line (detection.md 5.2)",
		[DETECT_BY_DEPTH] = "far under the line (detection.md 5.2)",
		[DETECT_BY_SUM] = "slow slope, CUSUM (detection.md 5.2)",
		[DETECT_BY_BURST] = "",
	};
	const struct gate_rule *g = v->gate;

	if (v->reason == DETECT_BY_BURST)
		snprintf(dst, DETECT_RULE_WORDS_MAX, "burst of probes, p < 1e%.0f (detection.md 5.3)", log10(DETECT_ATLAS_CHANCE));
	else if (g && v->reason == DETECT_BY_COUNT)
		snprintf(dst, DETECT_RULE_WORDS_MAX, "%u of %u under the line (detection.md 5.2)", g->count_k, g->count_n);
	else if (g && v->reason == DETECT_BY_DEPTH && g->plunge_line > 0)
		snprintf(dst, DETECT_RULE_WORDS_MAX, "far under: %u of %u, or %d (detection.md 5.2)", g->depth_k, g->depth_n,
			 GATE_PLUNGE_SAMPLES);
	else
		snprintf(dst, DETECT_RULE_WORDS_MAX, "%s", words[v->reason]);
	return dst;
}
