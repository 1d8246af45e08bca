/* Events for other programs and for the doubtful: JSON and CSV from one list of fields, and the explanation.
 *
 * The keys, their order and their forms are product.md's schema 1; fields are added at the end and never changed. What
 * is not known is null in JSON and an empty field in CSV. */
#include <string.h>

#include "base/text.h"
#include "core/signature.h"
#include "event_private.h"

/* One record being written. Each put_* writes one field in the form at hand, so that JSON, CSV and its header cannot
 * disagree about names or order. */
enum form { FORM_JSON, FORM_CSV, FORM_NAMES };
struct record {
	enum form form;
	struct strbuf *out;
	bool begun;
};

/* Write separator and key; false when the value is not wanted. */
static bool field(struct record *r, const char *key)
{
	if (r->begun)
		strbuf_addc(r->out, ',');
	r->begun = true;
	if (r->form == FORM_NAMES)
		strbuf_adds(r->out, key);
	else if (r->form == FORM_JSON)
		strbuf_addf(r->out, "\"%s\":", key);
	return r->form != FORM_NAMES;
}

static void unknown(struct record *r)
{
	if (r->form == FORM_JSON)
		strbuf_adds(r->out, "null");
}

static void put_text(struct record *r, const char *key, const char *s)
{
	if (!field(r, key))
		return;
	if (r->form == FORM_JSON)
		strbuf_add_json(r->out, s);
	else
		strbuf_add_csv(r->out, s);
}

static void put_time(struct record *r, const char *key, struct wall t)
{
	char text[WALL_TEXT_MAX];

	if (wall_is_set(t))
		put_text(r, key, wall_format(text, t));
	else if (field(r, key))
		unknown(r);
}

static void put_int(struct record *r, const char *key, bool known, int64_t n)
{
	if (!field(r, key))
		return;
	if (known)
		strbuf_addf(r->out, "%lld", (long long)n);
	else
		unknown(r);
}

static void put_tenths(struct record *r, const char *key, double x)
{
	if (field(r, key))
		strbuf_addf(r->out, "%.1f", x);
}

static void put_bool(struct record *r, const char *key, bool b)
{
	if (field(r, key))
		strbuf_adds(r->out, b ? "true" : "false");
}

static void put_classes(struct record *r, const char *key, unsigned classes)
{
	bool json = r->form == FORM_JSON, first = true;

	if (!field(r, key))
		return;
	if (json)
		strbuf_addc(r->out, '[');
	for (unsigned i = 0; i < CLASS_COUNT; i++) {
		if (!(classes & (1U << i)))
			continue;
		if (!first)
			strbuf_addc(r->out, json ? ',' : ' ');
		strbuf_addf(r->out, json ? "\"%c\"" : "%c", class_letter(1U << i));
		first = false;
	}
	if (json)
		strbuf_addc(r->out, ']');
}

static void put_signatures(struct record *r, const char *key, unsigned signatures)
{
	bool json = r->form == FORM_JSON;
	struct strbuf b;

	if (!field(r, key))
		return;
	strbuf_init(&b, SENTENCE_MAX);
	for (size_t i = 0; i < SIGNATURE_COUNT; i++)
		if (signatures & (unsigned)signature_rows[i].bit)
			strbuf_addf(&b, json ? "%s\"%s\"" : "%s%s", b.len ? (json ? "," : "; ") : "",
				    signature_rows[i].phrase);
	if (json)
		strbuf_addf(r->out, "[%s]", b.len ? b.text : "");
	else
		strbuf_add_csv(r->out, b.len ? b.text : "");
	strbuf_release(&b);
}

/* A bound of an error is never rounded to less than it is. */
static int64_t seconds_up(int64_t ms)
{
	return (ms + 999) / 1000;
}

static int64_t unverified_s(const struct event *ev, struct wall now)
{
	int64_t ms = ev->unverified_ms;

	if (ev->state == EVENT_UNVERIFIED && wall_is_set(ev->unverified_since) && now.ms > ev->unverified_since.ms)
		ms += now.ms - ev->unverified_since.ms;
	return ms / 1000;
}

static int64_t running_ms(const struct event *ev, struct wall now)
{
	bool runs = event_is_live(ev) && ev->state != EVENT_UNVERIFIED && wall_is_set(ev->changed) &&
		    now.ms > ev->changed.ms;

	return runs ? now.ms - ev->changed.ms : 0;
}

static double area_now(const struct event *ev, struct wall now)
{
	return ev->area + ev->loss_pct * ((double)running_ms(ev, now) / 60000);
}

static int64_t below_half_now(const struct event *ev, struct wall now)
{
	return ev->below_half_ms + (ev->loss_pct > 50 ? running_ms(ev, now) : 0);
}

static void put_event(struct record *r, const struct event *ev, struct wall now)
{
	char span[DURATION_TEXT_MAX] = "";
	int64_t duration_ms = event_duration_ms(ev, now);
	struct strbuf text;

	put_int(r, "schema", true, 1);
	put_int(r, "seq", ev->seq != 0, (int64_t)ev->seq);
	put_text(r, "territory", ev->territory);
	put_text(r, "scope", event_scope_name(ev->scope));
	put_text(r, "subject", ev->subject);
	put_text(r, "kind", verdict_name(ev->kind));
	put_text(r, "state", event_state_name(ev->state));
	put_text(r, "severity", severity_name(ev->severity));
	put_time(r, "start", ev->start);
	put_int(r, "start_error_s", wall_is_set(ev->start), seconds_up(ev->start_error_ms));
	put_time(r, "end", ev->end);
	put_int(r, "end_error_s", wall_is_set(ev->end), seconds_up(ev->end_error_ms));
	put_int(r, "duration_s", duration_ms >= 0, duration_ms / 1000);
	if (duration_ms >= 0)
		put_text(r, "duration", duration_format(span, duration_ms));
	else if (field(r, "duration"))
		unknown(r);
	put_time(r, "confirmed", ev->confirmed);
	put_tenths(r, "loss_peak_pct", ev->loss_peak_pct);
	put_int(r, "relapses", true, ev->relapses);
	put_text(r, "confidence", confidence_name(ev->confidence));
	put_classes(r, "classes", ev->classes);
	put_classes(r, "missing", ev->missing);
	put_int(r, "parent", ev->parent != 0, (int64_t)ev->parent);
	put_bool(r, "late", ev->late);
	put_int(r, "unverified_s", true, unverified_s(ev, now));
	put_bool(r, "replay", ev->replay);
	strbuf_init(&text, SENTENCE_MAX);
	event_text(ev, now, &text);
	put_text(r, "text", text.text);
	strbuf_release(&text);
	/* beyond product.md's example */
	put_int(r, "networks_lost", ev->networks_total != 0, ev->networks_lost);
	put_int(r, "networks_total", ev->networks_total != 0, ev->networks_total);
	put_int(r, "transitions", true, ev->transitions);
	put_tenths(r, "area", area_now(ev, now));
	put_int(r, "below_half_s", true, below_half_now(ev, now) / 1000);
	put_int(r, "via_asn", ev->via_asn != 0, ev->via_asn);
	put_classes(r, "against", ev->against);
	put_bool(r, "disputed", ev->disputed);
	put_signatures(r, "signatures", ev->signatures);
}

void event_json(const struct event *ev, struct wall now, struct strbuf *out)
{
	struct record r = {.form = FORM_JSON, .out = out};

	strbuf_addc(out, '{');
	put_event(&r, ev, now);
	strbuf_addc(out, '}');
}

void event_csv(const struct event *ev, struct wall now, struct strbuf *out)
{
	struct record r = {.form = FORM_CSV, .out = out};

	put_event(&r, ev, now);
	strbuf_addc(out, '\n');
}

void event_csv_header(struct strbuf *out)
{
	const struct event none = {.start = WALL_NONE, .end = WALL_NONE, .confirmed = WALL_NONE};
	struct record r = {.form = FORM_NAMES, .out = out};

	put_event(&r, &none, WALL_NONE);
	strbuf_addc(out, '\n');
}

/* ---- the explanation ---- */

static void explain_time(struct strbuf *out, const char *label, struct wall t, int64_t error_ms, const char *side)
{
	char text[WALL_TEXT_MAX], span[DURATION_TEXT_MAX];

	strbuf_addf(out, "%-12s%s", label, wall_is_set(t) ? wall_format(text, t) : "not yet");
	if (wall_is_set(t) && error_ms > 0)
		strbuf_addf(out, " (or up to %s %s)", duration_format(span, seconds_up(error_ms) * 1000), side);
	strbuf_addc(out, '\n');
}

static void explain_times(const struct event *ev, struct wall now, struct strbuf *out)
{
	char span[DURATION_TEXT_MAX];
	int64_t ms = event_duration_ms(ev, now);

	explain_time(out, "start", ev->start, ev->start_error_ms, "earlier");
	explain_time(out, "confirmed", ev->confirmed, 0, "");
	if (ev->state == EVENT_EASING)
		explain_time(out, "easing", ev->easing_since, 0, "");
	explain_time(out, "end", ev->end, ev->end_error_ms, "later");
	if (ms >= 0)
		strbuf_addf(out, "%-12s%s (%lld s)%s\n", "duration", duration_format(span, ms), (long long)(ms / 1000),
			    event_is_live(ev) ? ", going on" : "");
	if (ev->state == EVENT_UNVERIFIED)
		explain_time(out, "unverified", ev->unverified_since, 0, "");
	if (unverified_s(ev, now) > 0)
		strbuf_addf(out, "%-12s%s of it unverified\n", "", duration_format(span, unverified_s(ev, now) * 1000));
	if (below_half_now(ev, now) > 0)
		strbuf_addf(out, "%-12s%s of it with more than half lost\n", "",
			    duration_format(span, below_half_now(ev, now)));
}

static void explain_level(const struct event *ev, struct wall now, struct strbuf *out)
{
	strbuf_addf(out, "%-12s%.1f%% at the peak", "loss", ev->loss_peak_pct);
	if (ev->networks_total)
		strbuf_addf(out, " (%u of %u network%s)", ev->networks_lost, ev->networks_total, text_plural(ev->networks_total));
	strbuf_addf(out, ", %.1f%% at the last look; severity %s; area %.1f %%min\n", ev->loss_pct,
		    severity_name(ev->severity), area_now(ev, now));
	strbuf_addf(out, "%-12s%u relapse%s, %u transition%s\n", "course", ev->relapses, text_plural(ev->relapses), ev->transitions,
		    text_plural(ev->transitions));
	strbuf_addf(out, "%-12s%s; seen by: ", "confidence", confidence_name(ev->confidence));
	if (ev->classes)
		event_classes(ev->classes, ", ", out);
	else
		strbuf_adds(out, "nothing");
	if (ev->against & ~ev->classes) {
		strbuf_adds(out, ev->disputed ? "; disputed, normal by: " : "; normal by: ");
		event_classes(ev->against & ~ev->classes, ", ", out);
	}
	if (ev->missing) {
		strbuf_adds(out, "; no data: ");
		event_classes(ev->missing, ", ", out);
	}
	strbuf_addc(out, '\n');
	if (ev->via_asn) /* a statement about paths, not about cause (detection.md 2.1) */
		strbuf_addf(out, "%-12sall lost networks were reached through AS%u\n", "paths", ev->via_asn);
	if (ev->parent)
		strbuf_addf(out, "%-12sevent %llu\n", "part of", (unsigned long long)ev->parent);
	if (ev->late)
		strbuf_addf(out, "%-12slate: found in data that was filled in afterwards\n", "note");
	if (ev->replay)
		strbuf_addf(out, "%-12sreplay: this was not observed live\n", "note");
}

static void explain_evidence(const struct event *ev, struct strbuf *out)
{
	char text[WALL_TEXT_MAX];

	strbuf_addf(out, "evidence    %zu line%s", ev->evidence_count, text_plural(ev->evidence_count));
	if (ev->evidence_dropped)
		strbuf_addf(out, " (%zu more in the middle not kept)", ev->evidence_dropped);
	strbuf_addc(out, '\n');
	for (size_t i = 0; i < ev->evidence_count; i++) {
		const struct evidence *line = &ev->evidence[i];
		strbuf_addf(out, "  %s  %s: %s\n", wall_is_set(line->time) ? wall_format(text, line->time) : "-",
			    line->source, line->value);
		if (line->rule[0])
			strbuf_addf(out, "      rule: %s\n", line->rule);
		if (line->url[0])
			strbuf_addf(out, "      %s\n", line->url);
	}
}

void event_explain(const struct event *ev, struct wall now, struct strbuf *out)
{
	if (ev->seq)
		strbuf_addf(out, "event %llu: ", (unsigned long long)ev->seq);
	else
		strbuf_adds(out, "event (not saved yet): ");
	strbuf_addf(out, "%s %s, %s, %s", event_scope_name(ev->scope), ev->subject, verdict_name(ev->kind),
		    event_state_name(ev->state));
	if (ev->state == EVENT_UNVERIFIED)
		strbuf_addf(out, " (%s when last seen)", event_state_name(ev->before_unverified));
	strbuf_addc(out, '\n');
	event_text(ev, now, out);
	strbuf_addc(out, '\n');
	explain_times(ev, now, out);
	explain_level(ev, now, out);
	explain_evidence(ev, out);
}
