/* What went before a call: how long ago each kind of fault was, what chance would give, and what every class said.
 *
 * A fault of the feed is near for a fifth of all time, so that it was near proves nothing. The same year without faults
 * does: each process has its own stream of chance, so all else happens there as it did here. A wrong call that is there too is
 * no work of a fault. */
#include "year_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/strbuf.h"

#define SAME_MS HOUR_MS /* a wrong call of the same country so near in the other year is the same one */

const char *const fault_names[FAULTS] = {
	[FAULT_RESET] = "session reset", [FAULT_COLLECTOR] = "lost collector", [FAULT_GAP] = "gap of the feed",
	[FAULT_LATE] = "late feed", [FAULT_RESTART] = "restart", [FAULT_SOURCE] = "source fault",
};

static void note(struct fault_time *f, int64_t ms)
{
	int64_t since = f->last == NEVER_MS ? NEAR_FAULT_MS : ms - f->last;

	f->near += since < NEAR_FAULT_MS ? since : NEAR_FAULT_MS;
	f->last = ms;
}

void fault_note(struct year *y, enum fault what)
{
	note(&y->faults[what], y->ms);
	if (what < FAULTS_FEED)
		note(&y->faults[FAULTS], y->ms);
}

void fault_ages(const struct year *y, struct call *c)
{
	for (int i = 0; i < FAULTS; i++)
		c->age[i] = y->faults[i].last == NEVER_MS ? NEVER_MS : y->ms - y->faults[i].last;
}

double fault_near_share(const struct year *y, int what)
{
	return y->ms > 0 ? (double)y->faults[what].near / (double)y->ms : 0;
}

/* ---- what was done, and what was said ---- */

void deed_note(struct year *y, unsigned country, const char *what, unsigned networks, int64_t until)
{
	struct country *k = &y->countries[country];

	k->deeds[k->deed_count++ % DEEDS_KEPT] = (struct deed){y->ms, until, what, networks};
}

static void add_deeds(struct strbuf *b, const struct country *k, int64_t confirmed)
{
	size_t kept = k->deed_count < DEEDS_KEPT ? k->deed_count : DEEDS_KEPT;

	for (size_t i = k->deed_count - kept; i < k->deed_count; i++) {
		const struct deed *d = &k->deeds[i % DEEDS_KEPT];
		if (confirmed - d->ms > 2 * HOUR_MS && confirmed - d->until > 2 * HOUR_MS)
			continue;
		strbuf_addf(b, "\n      script       %.1f min before: %s, %u networks, for %.1f min",
			    (double)(confirmed - d->ms) / MIN_MS, d->what, d->networks, (double)(d->until - d->ms) / MIN_MS);
	}
}

static void add_voice(struct strbuf *b, const struct voice *v, int64_t confirmed)
{
	static const char *const says[] = {"no data", "normal", "WARNING", "CRITICAL", "surge"};

	strbuf_addf(b, "\n      %-12s %-8s %6.0f of %6.0f", v->name, says[v->says], v->value, v->baseline);
	if (wall_is_set(v->time))
		strbuf_addf(b, ", newest sample %.0f min old", (double)(confirmed - year_ms(v->time)) / MIN_MS);
	if (wall_is_set(v->start))
		strbuf_addf(b, ", since %.0f min", (double)(confirmed - year_ms(v->start)) / MIN_MS);
	else if (wall_is_set(v->end))
		strbuf_addf(b, ", ended %.0f min ago", (double)(confirmed - year_ms(v->end)) / MIN_MS);
}

void fault_trace(const struct year *y, struct call *c, const struct event *ev)
{
	const struct country *k = &y->countries[c->country];
	struct group_view g;
	struct strbuf b;
	size_t count = 0;
	const struct voice *voices = signals_voices(k, &count);

	if (c->trace)
		return;
	strbuf_init(&b, 4096);
	judge_group_view(y->judge, k->group, &g);
	strbuf_addf(&b, "      routing      %s, loss %.0f%% (v4 %.0f, v6 %.0f), down %.0f%%; networks down %u+%u of %u+%u",
		    g.phase, g.loss_pct, g.loss_v4_pct, g.loss_v6_pct, g.down_pct, k->quiet_down[V4], k->quiet_down[V6],
		    k->networks[V4], k->networks[V6]);
	for (size_t i = 0; i < count; i++)
		add_voice(&b, &voices[i], y->ms);
	add_deeds(&b, k, y->ms);
	for (size_t i = 0; ev && i < ev->evidence_count; i++)
		strbuf_addf(&b, "\n      evidence     %s: %s (%s)", ev->evidence[i].source, ev->evidence[i].value,
			    ev->evidence[i].rule);
	c->trace = strbuf_take(&b);
}

/* ---- here and in the year without faults ---- */

static bool is_near(const struct call *c)
{
	for (int i = 0; i < FAULTS_FEED; i++)
		if (c->age[i] < NEAR_FAULT_MS)
			return true;
	return false;
}

static bool is_there(const struct year *without, const struct call *c)
{
	for (size_t i = 0; i < without->calls.count; i++) {
		const struct call *other = &without->calls.list[i];
		if (other->country == c->country && other->confirmed != NEVER_MS && llabs(other->start - c->start) <= SAME_MS)
			return true;
	}
	return false;
}

void year_figures_by_fault(const struct year *with, const struct year *without, struct year_figures *out)
{
	out->by_fault_known = true;
	for (size_t i = 0; i < with->calls.count; i++) {
		const struct call *c = &with->calls.list[i];
		out->by_fault += call_is_wrong(with, c) && is_near(c) && !is_there(without, c);
	}
}
