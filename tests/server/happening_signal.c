/* What happens in a scenario beside the routes: signals that fall and rise, probes that leave, what people write.
 * The lines are in scenario.c. */
#include "scenario.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static struct world_country *country_named(struct world *w, const char *cc)
{
	int c = cc ? world_find_country(w, cc, strlen(cc)) : -1;
	return c < 0 ? NULL : &w->countries[c];
}

/* The span behind `key`, or the fallback; false: not a span. */
static bool span_after(const struct line *l, const char *key, int64_t *ms, int64_t fallback)
{
	const char *s = line_after(l, key);
	*ms = fallback;
	return !s || word_span(s, ms);
}

int happen_signal(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	static const char *const names[WORLD_SIGNALS] = {"ping", "telescope", "traffic", "dns", "attacks"};
	struct world_country *c = country_named(w, l->word[at + 1]);
	struct world_slope s = {.t_ms = t, .signal = WORLD_SIGNALS};
	for (size_t i = 0; c && i < WORLD_SIGNALS; i++)
		if (word_is(l->word[at + 2], names[i]))
			s.signal = (enum world_signal)i;
	if (!c || s.signal == WORLD_SIGNALS || !word_percent(l->word[at + 3], &s.to) ||
	    !span_after(l, "over", &s.over_ms, 0))
		return scenario_bad(e, "signal KP ping|telescope|traffic|dns|attacks 40% [over 5h]");
	mem_grow(&c->slopes, &c->slope_cap, c->slope_count + 1, sizeof(*c->slopes));
	size_t i = c->slope_count++;
	for (; i > 0 && c->slopes[i - 1].t_ms > t; i--)
		c->slopes[i] = c->slopes[i - 1];
	c->slopes[i] = s;
	return 0;
}

int happen_probes(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	struct world_country *c = country_named(w, l->word[at + 1]);
	struct world_tide tide = {.t_ms = t, .share = 1, .leave = word_is(l->word[at + 2], "leave")};
	bool known = tide.leave ? word_percent(l->word[at + 3], &tide.share) : word_is(l->word[at + 2], "return");
	const char *controller = line_after(l, "controller");
	if (!c || !known || !span_after(l, "over", &tide.over_ms, 60000))
		return scenario_bad(e, "probes KP leave 90% [over 5m] [controller ctr-x], probes KP return [over 5m]");
	snprintf(tide.controller, sizeof(tide.controller), "%.23s", controller ? controller : "");
	mem_grow(&c->tides, &c->tide_cap, c->tide_count + 1, sizeof(*c->tides));
	size_t i = c->tide_count++;
	for (; i > 0 && c->tides[i - 1].t_ms > t; i--)
		c->tides[i] = c->tides[i - 1];
	c->tides[i] = tide;
	return 0;
}

int happen_statement(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	struct world_statement s = {.t_ms = t, .anomaly = word_is(l->word[at + 2], "anomaly")};
	const char *subject = l->word[at + 1], *what = subject && l->word[at + 2] ? l->word[at + 3] : NULL;
	int64_t since, span;
	uint32_t asn;
	if (!what || !(s.anomaly || word_is(l->word[at + 2], "outage")) ||
	    !(country_named(w, subject) || word_asn(subject, &asn)) || !span_after(l, "since", &since, 0) ||
	    !span_after(l, "for", &span, INT64_MAX))
		return scenario_bad(e, "statement KP outage CAUSE|anomaly verified [since 40m] [for 6h]");
	s.verified = word_is(what, "verified");
	s.from_ms = t - since;
	s.until_ms = span == INT64_MAX ? INT64_MAX : s.from_ms + span;
	snprintf(s.subject, sizeof(s.subject), "%.15s", subject);
	snprintf(s.cause, sizeof(s.cause), "%.39s", what);
	mem_grow(&w->statements, &w->statement_cap, w->statement_count + 1, sizeof(*w->statements));
	w->statements[w->statement_count++] = s;
	return 0;
}
