/* The names of product.md's words, each once: see core/state.h.
 *
 * Screen, JSON, store and log all print states through these tables, so a name cannot drift between them. */
#include "core/state.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

static const char *const net_states[NET_STATE_COUNT] = {
	[NET_UNKNOWN] = "unknown",   [NET_UP] = "up",     [NET_DEGRADED] = "degraded",
	[NET_FLAPPING] = "flapping", [NET_DOWN] = "down", [NET_STALE] = "stale",
};

static const char *const verdicts[VERDICT_KIND_COUNT] = {
	[VERDICT_UNKNOWN] = "unknown",       [VERDICT_NORMAL] = "normal",       [VERDICT_UNSTABLE] = "unstable",
	[VERDICT_PARTIAL] = "partial",       [VERDICT_WITHDRAWN] = "withdrawn", [VERDICT_DARK] = "dark",
	[VERDICT_ONE_WAY] = "one-way",       [VERDICT_V6_ONLY] = "v6-only",     [VERDICT_V4_ONLY] = "v4-only",
	[VERDICT_RECOVERING] = "recovering", [VERDICT_BLIND] = "blind",
};

static const char *const event_states[EVENT_STATE_COUNT] = {
	[EVENT_SUSPECTED] = "suspected", [EVENT_CONFIRMED] = "confirmed", [EVENT_EASING] = "easing",
	[EVENT_RESOLVED] = "resolved",   [EVENT_DISMISSED] = "dismissed", [EVENT_UNVERIFIED] = "unverified",
};

static const char *const scopes[SCOPE_COUNT] = {
	[SCOPE_TERRITORY] = "territory",
	[SCOPE_OPERATOR] = "operator",
	[SCOPE_NETWORK] = "network",
};

static const char *const severities[SEVERITY_COUNT] = {
	[SEVERITY_MINOR] = "minor",           [SEVERITY_PARTIAL] = "partial", [SEVERITY_MAJOR] = "major",
	[SEVERITY_NEAR_TOTAL] = "near-total", [SEVERITY_TOTAL] = "total",
};

static const char *const confidences[CONFIDENCE_COUNT] = {
	[CONFIDENCE_NONE] = "none",
	[CONFIDENCE_LOW] = "low",
	[CONFIDENCE_MEDIUM] = "medium",
	[CONFIDENCE_HIGH] = "high",
};

static const char *const feed_states[FEED_STATE_COUNT] = {
	[FEED_NONE] = "none", [FEED_OK] = "ok", [FEED_LATE] = "late", [FEED_DOWN] = "down", [FEED_OFF] = "off",
};

static const char *const own_lines[] = {
	[LINE_UNKNOWN] = "unknown",
	[LINE_OK] = "ok",
	[LINE_BLIND] = "blind",
};

static const struct {
	unsigned bit;
	char letter;
	const char *word;
} classes[CLASS_COUNT] = {
	{CLASS_R, 'R', "routing"}, {CLASS_P, 'P', "probing"},   {CLASS_T, 'T', "traffic"},
	{CLASS_H, 'H', "hosts"},   {CLASS_X, 'X', "statement"},
};

static const char *name_at(const char *const *names, size_t count, int value, const char *what)
{
	if (value < 0 || (size_t)value >= count)
		BUG("no %s %d", what, value);
	return names[value];
}

const char *net_state_name(enum net_state s)
{
	return name_at(net_states, ARRAY_LEN(net_states), (int)s, "network state");
}

const char *verdict_name(enum verdict_kind k)
{
	return name_at(verdicts, ARRAY_LEN(verdicts), (int)k, "verdict");
}

const char *event_state_name(enum event_state s)
{
	return name_at(event_states, ARRAY_LEN(event_states), (int)s, "event state");
}

const char *event_scope_name(enum event_scope s)
{
	return name_at(scopes, ARRAY_LEN(scopes), (int)s, "event scope");
}

const char *severity_name(enum severity s)
{
	return name_at(severities, ARRAY_LEN(severities), (int)s, "severity");
}

enum severity severity_from_loss(double loss_pct)
{
	/* a loss that is not known (NAN) passes every comparison by and stays minor: nothing is claimed */
	return loss_pct >= 99   ? SEVERITY_TOTAL
	       : loss_pct >= 90 ? SEVERITY_NEAR_TOTAL
	       : loss_pct >= 50 ? SEVERITY_MAJOR
	       : loss_pct >= 20 ? SEVERITY_PARTIAL
				: SEVERITY_MINOR;
}

const char *confidence_name(enum confidence c)
{
	return name_at(confidences, ARRAY_LEN(confidences), (int)c, "confidence");
}

const char *feed_state_name(enum feed_state s)
{
	return name_at(feed_states, ARRAY_LEN(feed_states), (int)s, "feed state");
}

const char *own_line_name(enum own_line l)
{
	return name_at(own_lines, ARRAY_LEN(own_lines), (int)l, "line state");
}

static size_t class_row(unsigned bit)
{
	for (size_t i = 0; i < CLASS_COUNT; i++)
		if (classes[i].bit == bit)
			return i;
	BUG("no class of evidence %u", bit);
}

char class_letter(unsigned bit)
{
	return classes[class_row(bit)].letter;
}

const char *class_word(unsigned bit)
{
	return classes[class_row(bit)].word;
}

bool event_state_from_name(const char *s, enum event_state *out)
{
	for (size_t i = 0; i < EVENT_STATE_COUNT; i++) {
		if (strcmp(s, event_states[i]) == 0) {
			*out = (enum event_state)i;
			return true;
		}
	}
	return false;
}

bool event_state_is_open(enum event_state s)
{
	return s == EVENT_CONFIRMED || s == EVENT_EASING || s == EVENT_UNVERIFIED;
}
