/* The words of an event: one quotable sentence, and the parts that log lines are made of.
 *
 * What may be said is bounded by what was seen: the kind names the mechanism, counts come from the peak, a `~` marks a
 * time known to worse than 5 minutes, and the last words say which classes of evidence stand behind it (detection.md 6
 * to 8). Nothing here says why it happened, and nothing counts seconds, so that a quiet outage keeps its sentence. */
#include "base/text.h"
#include "core/signature.h"
#include "event_private.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)

/* ---- times ---- */

bool event_same_day(struct wall a, struct wall b)
{
	char x[WALL_TEXT_MAX], y[WALL_TEXT_MAX];

	return strcmp(wall_format_date(x, a), wall_format_date(y, b)) == 0;
}

void event_stamp(struct wall t, struct wall ref, enum stamp form, int64_t error_ms, struct strbuf *out)
{
	char text[WALL_TEXT_MAX], day[WALL_TEXT_MAX], today[WALL_TEXT_MAX];

	wall_format_date(day, t);
	wall_format_date(today, ref);
	if (wall_is_set(t) && error_ms > WIDE_ERROR_MS)
		strbuf_addc(out, '~');
	if (form == STAMP_SHORT && strcmp(day, today) == 0)
		strbuf_adds(out, wall_format_hm(text, t));
	else if (!wall_is_set(t) || strncmp(day, today, strlen("2014-")) == 0)
		strbuf_adds(out, wall_format_day_hm(text, t));
	else
		strbuf_addf(out, "%s %s", day, wall_format_hm(text, t));
}

int64_t event_duration_ms(const struct event *ev, struct wall now)
{
	struct wall until = wall_is_set(ev->end) ? ev->end : ev->state == EVENT_DISMISSED ? ev->changed : now;

	if (!wall_is_set(ev->start) || !wall_is_set(until))
		return -1;
	return until.ms > ev->start.ms ? until.ms - ev->start.ms : 0;
}

/* ---- parts ---- */

void event_percent(double pct, struct strbuf *out)
{
	if (isnan(pct))
		strbuf_adds(out, "-");
	else if (pct > 0 && pct < 1)
		strbuf_adds(out, "<1%");
	else if (pct > 99 && pct < 100)
		strbuf_adds(out, "99%");
	else
		strbuf_addf(out, "%.0f%%", pct);
}

void event_classes(unsigned classes, const char *last, struct strbuf *out)
{
	unsigned left = classes & ((1U << CLASS_COUNT) - 1);
	bool first = true;

	for (unsigned bit = 1; left; bit <<= 1) {
		if (!(left & bit))
			continue;
		left &= ~bit;
		if (!first)
			strbuf_adds(out, left ? ", " : last);
		strbuf_adds(out, class_word(bit));
		first = false;
	}
}

void event_who(const struct event *ev, struct strbuf *out)
{
	strbuf_adds(out, ev->subject);
	if (ev->scope != SCOPE_TERRITORY && strcmp(ev->subject, ev->territory) != 0)
		strbuf_addf(out, " (%s)", ev->territory);
}

static void add_loss(const struct event *ev, struct strbuf *out)
{
	strbuf_adds(out, " (loss ");
	event_percent(ev->loss_peak_pct, out);
	strbuf_addc(out, ')');
}

/* "3 of 12 networks", "all 12 networks", "both networks", "its only network". */
static void add_networks(unsigned lost, unsigned total, struct strbuf *out)
{
	if (lost < total)
		strbuf_addf(out, "%u of %u network%s", lost, total, text_plural(total));
	else if (total > 2)
		strbuf_addf(out, "all %u networks", total);
	else
		strbuf_adds(out, total == 2 ? "both networks" : "its only network");
}

/* Networks are counted where there are some; where the loss by address space says something else, it is said too. */
static void what_routes(const struct event *ev, struct strbuf *out)
{
	unsigned lost = ev->networks_lost, total = ev->networks_total;

	if (ev->scope == SCOPE_NETWORK) {
		strbuf_adds(out, ev->kind == VERDICT_PARTIAL ? "degraded" : "withdrawn");
		if (ev->kind == VERDICT_PARTIAL)
			add_loss(ev, out);
		return;
	}
	if (lost == 0 || total == 0) {
		strbuf_adds(out, ev->kind == VERDICT_PARTIAL ? "partly withdrawn" : "withdrawn");
		if (ev->kind == VERDICT_PARTIAL)
			add_loss(ev, out);
		return;
	}
	add_networks(lost, total, out);
	strbuf_adds(out, " withdrawn");
	if (fabs(100.0 * lost / total - ev->loss_peak_pct) >= 1)
		add_loss(ev, out);
}

static void what_family(const struct event *ev, const char *lost, const char *intact, struct strbuf *out)
{
	if (ev->signatures & SIGNATURE_SPLIT) { /* both were lost, and came back apart */
		if (ev->state == EVENT_RESOLVED)
			what_routes(ev, out);
		else
			strbuf_addf(out, "%s still lost (%s back)", lost, intact);
		return;
	}
	if (ev->loss_peak_pct >= 99) {
		strbuf_addf(out, "%s lost (%s intact)", lost, intact);
		return;
	}
	event_percent(ev->loss_peak_pct, out);
	strbuf_addf(out, " of %s lost (%s intact)", lost, intact);
}

/* Nothing of it is an outage of routes: what the other classes miss, and whether the routes are up. */
static void what_dark(const struct event *ev, struct strbuf *out)
{
	bool probed = ev->classes & (CLASS_P | CLASS_H), traffic = ev->classes & CLASS_T;
	bool v6 = ev->signatures & SIGNATURE_PROTOCOL;

	strbuf_adds(out, v6 ? "dark (" : "routes up, dark (");
	strbuf_adds(out, probed || !traffic ? "nothing answers" : "");
	strbuf_adds(out, probed && traffic ? ", " : "");
	strbuf_adds(out, traffic ? "no traffic" : "");
	strbuf_adds(out, v6 ? "; IPv4 routes up, IPv6 gone)" : ")");
}

static void what_below(const struct event *ev, struct strbuf *out)
{
	strbuf_adds(out, class_word(ev->loss_class));
	strbuf_addc(out, ' ');
	event_percent(ev->loss_peak_pct, out);
	strbuf_adds(out, " below usual");
	if (ev->networks_lost && ev->networks_total) {
		strbuf_adds(out, ", ");
		add_networks(ev->networks_lost, ev->networks_total, out);
		strbuf_adds(out, " withdrawn");
	} else if (ev->against & CLASS_R) {
		strbuf_adds(out, " (routes up)"); /* what follows is the time of the loss, not of the routes */
	}
}

void event_what(const struct event *ev, struct strbuf *out)
{
	if (ev->loss_class && ev->kind == VERDICT_PARTIAL) {
		what_below(ev, out);
		return;
	}
	switch (ev->kind) {
	case VERDICT_V6_ONLY: what_family(ev, "IPv6", "IPv4", out); break;
	case VERDICT_V4_ONLY: what_family(ev, "IPv4", "IPv6", out); break;
	case VERDICT_DARK: what_dark(ev, out); break;
	case VERDICT_ONE_WAY: strbuf_adds(out, "one-way (routes gone, queries from inside still seen)"); break;
	case VERDICT_UNSTABLE:
		strbuf_adds(out, ev->scope == SCOPE_NETWORK ? "flapping" : "networks flapping");
		if (ev->transitions > 1)
			strbuf_addf(out, " (%u transitions)", ev->transitions);
		break;
	default: what_routes(ev, out);
	}
}

void event_level(const struct event *ev, struct strbuf *out)
{
	const char *when = ev->state == EVENT_UNVERIFIED ? "when last seen" : "now";
	unsigned total = ev->networks_total;

	/* a level without a count of its own (of space, or read back) is given as a share */
	if (ev->scope == SCOPE_NETWORK || total == 0 || (ev->lost_now == 0 && ev->loss_pct >= 0.05)) {
		strbuf_adds(out, "loss ");
		event_percent(ev->loss_pct, out);
		strbuf_addf(out, " %s", when);
	} else if (ev->lost_now == 0) {
		strbuf_addf(out, "no network down %s", when);
	} else {
		add_networks(ev->lost_now, total, out);
		strbuf_addf(out, " down %s", when);
	}
}

/* ---- the sentence ---- */

/* " (2 relapses, 22m unverified)": what a bare duration would hide. */
static void add_history(const struct event *ev, struct strbuf *out)
{
	char gap[DURATION_TEXT_MAX];
	bool gaps = ev->unverified_ms >= 60000 && ev->state != EVENT_UNVERIFIED;
	unsigned relapses = ev->kind == VERDICT_UNSTABLE ? 0 : ev->relapses; /* flapping counts its transitions */

	if (relapses == 0 && !gaps)
		return;
	strbuf_adds(out, " (");
	if (relapses)
		strbuf_addf(out, "%u relapse%s", relapses, relapses == 1 ? "" : "s");
	if (gaps)
		strbuf_addf(out, "%s%s unverified", relapses ? ", " : "", duration_format(gap, ev->unverified_ms));
	strbuf_addc(out, ')');
}

static void add_closed(const struct event *ev, struct wall now, struct strbuf *out)
{
	char span[DURATION_TEXT_MAX];
	bool wide = ev->start_error_ms > WIDE_ERROR_MS || ev->end_error_ms > WIDE_ERROR_MS;
	bool one_day = event_same_day(ev->start, ev->end);
	/* an outage over one midnight is clear without dates for as long as the day it ended on lasts */
	bool dated = !event_same_day(ev->end, now) || (!one_day && event_duration_ms(ev, now) > DAY_MS);

	strbuf_addc(out, ' ');
	event_stamp(ev->start, dated ? now : ev->start, dated ? STAMP_DATED : STAMP_SHORT, ev->start_error_ms, out);
	/* what flapped became steady, unless it has a note: that it died */
	strbuf_adds(out, ev->kind != VERDICT_UNSTABLE ? " UTC, back " : ev->note[0] ? " UTC, ended " : " UTC, steady ");
	event_stamp(ev->end, dated && !one_day ? now : ev->end, dated && !one_day ? STAMP_DATED : STAMP_SHORT,
		    ev->end_error_ms, out);
	strbuf_addf(out, " UTC after %s%s", wide ? "~" : "", duration_format(span, event_duration_ms(ev, now)));
	add_history(ev, out);
}

static void add_at(const char *what, struct wall t, struct wall now, struct strbuf *out)
{
	strbuf_adds(out, what);
	event_stamp(t, now, STAMP_SHORT, 0, out);
	strbuf_adds(out, " UTC");
}

/* What is named is the peak; where less than that is gone by now, the sentence must not say that it still is. */
static bool is_below_peak(const struct event *ev)
{
	return ev->kind != VERDICT_UNSTABLE && ev->loss_pct < ev->loss_peak_pct - 0.5;
}

static void add_dispute(const struct event *ev, struct strbuf *out)
{
	if (!ev->disputed)
		return;
	strbuf_adds(out, ", disputed: ");
	event_classes(ev->against, " and ", out);
	strbuf_adds(out, " normal");
}

static void add_open(const struct event *ev, struct wall now, struct strbuf *out)
{
	enum event_state seen = ev->state == EVENT_UNVERIFIED ? ev->before_unverified : ev->state;
	bool reopened = seen == EVENT_SUSPECTED && wall_is_set(ev->confirmed);
	bool flaps = ev->kind == VERDICT_UNSTABLE && ev->scope == SCOPE_NETWORK; /* down or back, it goes on */
	bool lasts = (seen == EVENT_SUSPECTED && !reopened) || seen == EVENT_CONFIRMED || (flaps && seen == EVENT_EASING);

	strbuf_adds(out, lasts ? " since " : " ");
	event_stamp(ev->start, now, STAMP_SHORT, ev->start_error_ms, out);
	strbuf_adds(out, " UTC");
	if (reopened)
		strbuf_adds(out, ", came back, suspected again");
	else if (seen == EVENT_SUSPECTED || seen == EVENT_DISMISSED)
		strbuf_adds(out, ev->disputed ? " (suspected" : " (suspected)");
	else
		add_history(ev, out);
	if (ev->disputed && !reopened && (seen == EVENT_SUSPECTED || seen == EVENT_DISMISSED)) {
		add_dispute(ev, out);
		strbuf_addc(out, ')');
	}
	if (seen == EVENT_EASING && !flaps)
		add_at(", easing since ", ev->easing_since, now, out);
	if (!flaps && (seen == EVENT_EASING || reopened || (seen == EVENT_CONFIRMED && is_below_peak(ev)))) {
		strbuf_adds(out, ", ");
		event_level(ev, out);
	}
	if (flaps && (seen == EVENT_EASING || ev->lost_now))
		strbuf_addf(out, ", %s %s", seen == EVENT_EASING ? "up" : "down",
			    ev->state == EVENT_UNVERIFIED ? "when last seen" : "now");
	if (reopened || seen == EVENT_CONFIRMED || seen == EVENT_EASING)
		add_dispute(ev, out);
	if (seen == EVENT_DISMISSED)
		add_at(", dismissed ", ev->changed, now, out);
	if (ev->state == EVENT_UNVERIFIED)
		add_at(", unverified since ", ev->unverified_since, now, out);
}

/* The classes as the beginning of a sentence. */
static void begin_classes(unsigned classes, struct strbuf *out)
{
	size_t at = out->len;

	event_classes(classes, " and ", out);
	if (at < out->len)
		out->text[at] = (char)toupper((unsigned char)out->text[at]);
}

/* "Probing normal.": fresh data that does not see it, though not enough to dispute it. */
static void add_against(const struct event *ev, struct strbuf *out)
{
	if (ev->disputed || !(ev->against & ~ev->classes))
		return;
	strbuf_addc(out, ' ');
	begin_classes(ev->against & ~ev->classes, out);
	strbuf_adds(out, " normal.");
}

/* "Routing only."; "Confirmed by routing. Traffic: no data."; "Confirmed by routing and probing." With two classes or
 * more missing nothing but the one that spoke could have spoken, and "only" says it. */
static void add_behind(const struct event *ev, struct strbuf *out)
{
	unsigned classes = ev->classes, missing = ev->missing & ~classes;
	bool one_missing = missing && (missing & (missing - 1)) == 0;

	if (classes == 0)
		return;
	strbuf_addc(out, ' ');
	if ((classes & (classes - 1)) == 0 && !one_missing) {
		begin_classes(classes, out);
		strbuf_adds(out, " only.");
		return;
	}
	strbuf_adds(out, wall_is_set(ev->confirmed) ? "Confirmed by " : "Seen by ");
	event_classes(classes, " and ", out);
	strbuf_addc(out, '.');
	if (missing) {
		strbuf_addc(out, ' ');
		begin_classes(missing, out);
		strbuf_adds(out, ": no data");
		if (one_missing && ev->why_missing[0])
			strbuf_addf(out, " (%s)", ev->why_missing);
		strbuf_addc(out, '.');
	}
}

void event_text(const struct event *ev, struct wall now, struct strbuf *out)
{
	event_who(ev, out);
	strbuf_adds(out, ": ");
	event_what(ev, out);
	if (ev->state == EVENT_RESOLVED && wall_is_set(ev->end))
		add_closed(ev, now, out);
	else
		add_open(ev, now, out);
	strbuf_addc(out, '.');
	add_behind(ev, out);
	add_against(ev, out);
	if (ev->note[0])
		strbuf_addf(out, " %s", ev->note);
}
