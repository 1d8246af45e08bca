/* From detectors to voices: what every class of evidence beside routing says of a territory now, with the words and the
 * address by which another person can check it (detection.md 5, 6 and 8).
 *
 * A voice that has no opinion says why: switched off, late, still learning, or nothing to be had of this territory. Voices are
 * made anew when something was heard or went late, and once a minute for the ages in their words. */
#include "app_signals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define MINUTE_MS 60000
#define DAY_S 86400
#define SURGES 2                /* samples in a row: one is a spike */
#define ASKED_MS 120000         /* every source was asked once by then */
#define URL_BEFORE_MS 86400000LL /* the page shows what was usual too */

static const struct voice silent_voice = {
	.says = VOICE_NO_DATA, .start_low = {INT64_MIN}, .start = {INT64_MIN}, .end = {INT64_MIN}, .end_high = {INT64_MIN},
	.time = {INT64_MIN}, .value = NAN, .baseline = NAN, .loss_pct = NAN,
};

bool voice_begin(const struct app *a, const char *source, const char *name, const char *title, unsigned class_bit,
		 struct voice *v)
{
	int i = source_find(source);
	const struct source_state *s = i >= 0 && (size_t)i < a->model.source_count ? &a->model.sources[i] : NULL;
	*v = silent_voice;
	snprintf(v->source, sizeof(v->source), "%s", source);
	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->title, sizeof(v->title), "%s", title);
	v->class_bit = class_bit;
	if (!s)
		return false;
	if (s->needs_token) {
		v->off = true;
		snprintf(v->why, sizeof(v->why), "%s token not set", s->title);
	} else if (s->state == FEED_OFF) {
		v->off = true;
		snprintf(v->why, sizeof(v->why), "%.20s %.50s", s->title, s->advice[0] ? s->advice : "switched off");
	} else if (s->state == FEED_DOWN) {
		snprintf(v->why, sizeof(v->why), "%s not reached", s->title);
	} else if (s->state == FEED_NONE) {
		snprintf(v->why, sizeof(v->why), "%s not asked yet", s->title);
	} else {
		return true;
	}
	return false;
}

void voice_times(struct voice *v, const struct detect_view *d)
{
	bool alarm = d->phase == DETECT_ALARM;
	v->start_low = alarm ? d->start_low : WALL_NONE;
	v->start = alarm ? d->start : WALL_NONE;
	v->end = alarm ? WALL_NONE : d->end;
	v->end_high = alarm ? WALL_NONE : d->end_high;
}

/* ---- where it can be read ---- */

/* The call of a source that a signal comes from bears its name; a source with one call for several has none. */
static const struct source_call *call_of(const struct source_ops *ops, const char *signal)
{
	for (const struct source_call *c = ops->calls; c->name; c++)
		if (!strcmp(c->name, signal))
			return c;
	return NULL;
}

/* The very request that shows the loss and the day before it, without a token, which travels in a header. */
static void write_url(const struct app *a, const struct watch *w, const struct signal *s, struct voice *v)
{
	static struct query q;
	int source = source_find(s->source);
	const struct source_ops *ops = source >= 0 ? source_table[source] : NULL;
	const struct source_call *call = ops ? call_of(ops, s->name) : NULL;
	struct request r = {0};
	struct err e;
	if (!call || !call->request)
		return;
	struct wall from = wall_is_set(v->start) ? v->start : v->time;
	const struct config_source *c = config_source_find(a->config, ops->name);
	q = (struct query){.call = call, .now = v->time, .since = {from.ms - URL_BEFORE_MS},
			   .base = c && c->url[0] ? c->url : ops->url};
	snprintf(q.subject, sizeof(q.subject), "%s", w->t->spec.code);
	strbuf_init(&r.url, 1024);
	strbuf_init(&r.header, 1024);
	if (call->request(&q, &r, &e) == 0 && r.url.len < sizeof(v->url))
		snprintf(v->url, sizeof(v->url), "%s", r.url.text);
	strbuf_release(&r.url);
	strbuf_release(&r.header);
}

/* ---- sampled signals ---- */

static bool fresh(const struct app *a, const struct signal *s, struct now now, struct voice *v)
{
	char age[DURATION_TEXT_MAX], at[WALL_TEXT_MAX];
	if (s->state == FEED_OK)
		return true;
	if (!wall_is_set(s->time)) {
		v->none = now.wall.ms - a->started.ms > ASKED_MS; /* it was asked, and had nothing */
		snprintf(v->why, sizeof(v->why), v->none ? "no data of this territory" : "no answer yet");
	} else {
		snprintf(v->why, sizeof(v->why), "last value %s, %s ago", wall_format_hm(at, s->time),
			 duration_format(age, now.wall.ms - s->time.ms));
	}
	return false;
}

/* Known well enough to have an opinion? In the first day only total losses are reported, and a normal value says little. */
static bool knows(const struct hearing *h, const struct detect_view *d, const char *unit, struct voice *v)
{
	size_t learned_s = h->samples * h->rule.step_s;
	if (d->ignored) {
		snprintf(v->why, sizeof(v->why), "too few to judge: %.4g %.24s", d->baseline, unit);
		v->none = true;
		return false;
	}
	if (d->phase == DETECT_ALARM)
		return true;
	if (learned_s < DAY_S) {
		snprintf(v->why, sizeof(v->why), "learning: %zu of 24 h", learned_s / 3600);
		return false;
	}
	if (d->phase == DETECT_UNKNOWN && d->accepted) {
		snprintf(v->why, sizeof(v->why), "a week at this level: taken as the new normal");
		return false;
	}
	if (d->phase == DETECT_UNKNOWN) {
		snprintf(v->why, sizeof(v->why), "not seen normal yet");
		return false;
	}
	return true;
}

static enum voice_says says(const struct hearing *h, const struct detect_view *d, bool dns)
{
	if (d->phase == DETECT_ALARM)
		return d->level == DETECT_CRITICAL ? VOICE_CRITICAL : VOICE_WARNING;
	return dns && h->high >= SURGES ? VOICE_SURGE : VOICE_NORMAL;
}

static void season_figures(const struct hearing *h, const struct detect_view *d, const char *unit, struct voice *v)
{
	int64_t step_ms = (int64_t)h->rule.step_s * 1000;
	voice_times(v, d);
	v->time = wall_is_set(d->time) ? (struct wall){d->time.ms + step_ms} : WALL_NONE;
	v->value = d->value;
	v->baseline = d->baseline;
	v->loss_pct = d->loss_pct;
	v->ending = d->ending;
	detect_value_words(v->value_words, d, unit);
	if (d->phase == DETECT_ALARM)
		detect_rule_words(v->rule_words, d);
	else
		snprintf(v->rule_words, sizeof(v->rule_words), "above the line (detection.md 5.2)");
}

static bool is_weak(const struct signal *s)
{
	return !strcmp(s->name, "merit-nt"); /* unwanted traffic: detection.md 6 gives it half the weight */
}

static void season_voice(struct app *a, struct watch *w, size_t i, struct now now, struct voice *v)
{
	struct signal *s = &w->t->signals[i];
	struct hearing *h = hearing_of(w, s);
	struct detect_view d;
	bool on = voice_begin(a, s->source, s->name, s->title, s->class_bit, v);
	v->weak = is_weak(s);
	v->dns = !strncmp(s->name, "dns", 3);
	v->step_ms = s->series.step_ms ? s->series.step_ms : s->step_ms;
	s->says = VOICE_NO_DATA;
	if (h->expecting) {
		snprintf(v->why, sizeof(v->why), "reading its history");
		return;
	}
	if (h->detect) {
		detect_season_view(h->detect, &d);
		season_figures(h, &d, s->unit, v);
	}
	if (!on || !fresh(a, s, now, v) || !h->detect || !knows(h, &d, s->unit, v))
		return;
	v->says = s->says = says(h, &d, v->dns);
	write_url(a, w, s, v);
}

/* ---- all ---- */

static bool is_judged(const struct signal *s)
{
	return s->class_bit && detect_rule_find(s->source, s->name);
}

void voices_build(struct app *a, struct watch *w, struct now now)
{
	struct territory *t = w->t;
	bool same_minute = wall_is_set(w->voices_built) && now.wall.ms - w->voices_built.ms < MINUTE_MS;
	if (same_minute && !w->voices_dirty)
		return;
	w->voices_dirty = false;
	w->voices_built = now.wall;
	size_t n = 0;
	for (size_t i = 0; i < t->signal_count && n < VOICES_MAX; i++)
		if (is_judged(&t->signals[i]))
			season_voice(a, w, i, now, &t->voices[n++]);
	if (n < VOICES_MAX)
		n += hosts_voice(a, w, now, &t->voices[n]);
	if (n < VOICES_MAX)
		n += said_voice(a, w, now, &t->voices[n]);
	if (n < VOICES_MAX)
		n += checks_voice(a, w, &t->voices[n]);
	t->voice_count = n;
}
