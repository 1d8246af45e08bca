/* What the forms of `status` share, and the one number that is left of it for a monitoring system: --check.
 *
 * 0 ok, 1 warning, 2 critical, 3 unknown. Of several territories the worst counts; what is wrong somewhere is worse
 * than what is not known elsewhere, and what is not known is worse than all being well. */
#include "status_private.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum check { CHECK_OK = 0, CHECK_WARNING = 1, CHECK_CRITICAL = 2, CHECK_UNKNOWN = 3 };

/* What a verdict alone is worth. */
static const enum check kind_checks[VERDICT_KIND_COUNT] = {
	[VERDICT_UNKNOWN] = CHECK_UNKNOWN,    [VERDICT_NORMAL] = CHECK_OK,          [VERDICT_UNSTABLE] = CHECK_WARNING,
	[VERDICT_PARTIAL] = CHECK_WARNING,    [VERDICT_WITHDRAWN] = CHECK_CRITICAL, [VERDICT_DARK] = CHECK_CRITICAL,
	[VERDICT_ONE_WAY] = CHECK_CRITICAL,   [VERDICT_V6_ONLY] = CHECK_WARNING,    [VERDICT_V4_ONLY] = CHECK_WARNING,
	[VERDICT_RECOVERING] = CHECK_WARNING, [VERDICT_BLIND] = CHECK_UNKNOWN,
};

static enum check check_territory(const struct territory *t, const struct model *m)
{
	const struct verdict *v = &t->verdict;
	const struct event *ev = event_look(&m->book, v->event_id);
	enum check c = kind_checks[v->kind];

	if (c == CHECK_UNKNOWN || !ev)
		return c;
	if (ev->state == EVENT_SUSPECTED)
		return CHECK_WARNING;
	bool half = fmax(v->loss_pct, ev->loss_pct) >= 50; /* fmax leaves a NAN out */
	if (half && (v->kind == VERDICT_PARTIAL || v->kind == VERDICT_V4_ONLY))
		return CHECK_CRITICAL;
	return c;
}

int status_check(const struct model *m)
{
	static const int badness[] = {
		[CHECK_OK] = 0,
		[CHECK_UNKNOWN] = 1,
		[CHECK_WARNING] = 2,
		[CHECK_CRITICAL] = 3,
	};
	enum check worst = m->territory_count ? CHECK_OK : CHECK_UNKNOWN;

	for (size_t i = 0; i < m->territory_count; i++) {
		enum check c = check_territory(m->territories[i], m);
		if (badness[c] > badness[worst])
			worst = c;
	}
	return (int)worst;
}

struct tally status_both(const struct territory *t)
{
	const struct tally *a = &t->routing.v4, *b = &t->routing.v6;

	return (struct tally){
		.total = a->total + b->total,
		.up = a->up + b->up,
		.degraded = a->degraded + b->degraded,
		.flapping = a->flapping + b->flapping,
		.down = a->down + b->down,
		.unknown = a->unknown + b->unknown,
		.stale = a->stale + b->stale,
	};
}

const struct provider *status_provider(const struct territory *t)
{
	if (!t->single_provider)
		return t->provider_count ? &t->providers[0] : NULL;
	for (size_t i = 0; i < t->provider_count; i++)
		if (t->providers[i].asn == t->single_provider)
			return &t->providers[i];
	return NULL; /* its number is known, nothing else */
}

void status_since(struct wall t, struct wall now, struct strbuf *out)
{
	char text[WALL_TEXT_MAX], day[WALL_TEXT_MAX], today[WALL_TEXT_MAX];

	if (strcmp(wall_format_date(day, t), wall_format_date(today, now)) == 0)
		strbuf_adds(out, wall_format_hm(text, t));
	else if (!wall_is_set(t) || strncmp(day, today, strlen("2014-")) == 0)
		strbuf_adds(out, wall_format_day_hm(text, t));
	else
		strbuf_adds(out, day);
}

void status_percent(double pct, struct strbuf *out)
{
	if (isnan(pct))
		strbuf_addc(out, '-');
	else if (pct > 0 && pct < 1)
		strbuf_adds(out, "<1%");
	else
		strbuf_addf(out, "%.0f%%", pct > 99 && pct < 100 ? 99 : pct); /* 100% is only said of 100 */
}
