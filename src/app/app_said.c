/* What others state: outages that Cloudflare Radar's people enter, anomalies that it finds, outages that IODA computes.
 *
 * An outage entered by people, or an anomaly that they verified, is evidence of class X (detection.md 6). Everything else is
 * kept beside it: shown and compared, never counted. A statement about one AS says nothing of its whole country. */
#include "app_signals.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define RECENT_MS 86400000LL     /* a statement that ended longer ago is history */

/* Statements by name: "outage" and "anomaly verified" come from people. One about a part of it says little of the whole. */
static bool has_vote(const struct fact *f)
{
	return f->kind == FACT_STATEMENT && f->flag && f->name && strcmp(f->name, "anomaly unverified");
}

static struct said *place_for(struct watch *w, const char *source, const struct fact *f)
{
	size_t at = 0;
	for (size_t i = 0; i < w->said_count; i++)
		if (!strcmp(w->said[i].source, source) && w->said[i].t.ms == f->t.ms &&
		    (f->kind == FACT_STATEMENT || !strcmp(w->said[i].kind, f->name)))
			return &w->said[i];
	if (w->said_count < SAID_MAX)
		return &w->said[w->said_count++];
	for (size_t i = 1; i < SAID_MAX; i++) /* the one that began first gives way, unless it is older itself */
		if (w->said[i].t.ms < w->said[at].t.ms)
			at = i;
	return w->said[at].t.ms < f->t.ms ? &w->said[at] : NULL;
}

static bool speaks_of(const struct watch *w, const char *subject)
{
	const struct territory_spec *spec = &w->t->spec;
	return spec->kind == TERRITORY_FILE ? watch_has_country(w, subject) : !strcmp(spec->code, subject);
}

void said_fact(struct app *a, const struct job *j, const struct fact *f)
{
	const char *source = source_table[j->source]->name;
	if (!f->subject || !wall_is_set(f->t) || f->t.ms > a->model.now.ms + RECENT_MS)
		return;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		struct said *s = speaks_of(w, f->subject) ? place_for(w, source, f) : NULL;
		if (!s)
			continue;
		*s = (struct said){.t = f->t, .until = f->until, .votes = has_vote(f)};
		snprintf(s->source, sizeof(s->source), "%s", source);
		text_clean_str(s->kind, sizeof(s->kind), f->name ? f->name : "outage");
		text_clean_str(s->text, sizeof(s->text), f->text ? f->text : "");
		w->voices_dirty = true;
	}
}

static bool goes_on(const struct said *s, struct now now)
{
	return !wall_is_set(s->until) || s->until.ms > now.wall.ms;
}

/* The statement that counts most: one that votes before one that does not, one that goes on before one that ended. */
static const struct said *foremost(const struct watch *w, struct now now)
{
	const struct said *best = NULL;
	for (size_t i = 0; i < w->said_count; i++) {
		const struct said *s = &w->said[i];
		if (!goes_on(s, now) && now.wall.ms - s->until.ms > RECENT_MS)
			continue;
		int rank = 2 * s->votes + goes_on(s, now), other = best ? 2 * best->votes + goes_on(best, now) : -1;
		if (rank > other || (rank == other && s->t.ms < best->t.ms))
			best = s;
	}
	return best;
}

/* Beside our own event: how far apart the two begin. */
static void compare(const struct app *a, const struct watch *w, const struct said *s, char *dst, size_t cap)
{
	const char *code = w->t->spec.code;
	const struct event *ev = event_look_current(&a->model.book, SCOPE_TERRITORY, code, code);
	char span[DURATION_TEXT_MAX];
	dst[0] = '\0';
	if (!ev || !wall_is_set(ev->start))
		return;
	int64_t later_ms = s->t.ms - ev->start.ms;
	if (later_ms > RECENT_MS || later_ms < -RECENT_MS)
		return;
	snprintf(dst, cap, "; %s %s than ours", duration_format(span, later_ms < 0 ? -later_ms : later_ms),
		 later_ms < 0 ? "earlier" : "later");
}

static void write_words(const struct app *a, const struct watch *w, const struct said *s, struct voice *v)
{
	const struct source_state *source = &a->model.sources[source_find(s->source)];
	char from[WALL_TEXT_MAX], until[WALL_TEXT_MAX], beside[48], words[400];
	compare(a, w, s, beside, sizeof(beside));
	snprintf(words, sizeof(words), "%.20s states: %s since %s%s%s%s%s%.50s", source->title, s->kind,
		 wall_format_day_hm(from, s->t), wall_is_set(s->until) ? " until " : ", going on",
		 wall_is_set(s->until) ? wall_format_day_hm(until, s->until) : "", beside, s->text[0] ? "; " : "", s->text);
	text_clean_str(v->value_words, sizeof(v->value_words), words); /* cut at a character */
	snprintf(v->rule_words, sizeof(v->rule_words), s->votes ? "stated by people (detection.md 6)" : "shown, never counted");
}

bool said_voice(const struct app *a, const struct watch *w, struct now now, struct voice *v)
{
	const struct said *s = foremost(w, now);
	bool on = voice_begin(a, s ? s->source : "radar", "statement", "stated by others", CLASS_X, v);
	if (!s && source_find("radar") < 0)
		return false;
	v->none = !v->off; /* silence is not a statement */
	if (!s) {
		if (on)
			snprintf(v->why, sizeof(v->why), "nothing stated");
		return true;
	}
	v->time = now.wall;
	v->step_ms = 3600000;
	write_words(a, w, s, v);
	if (!s->votes)
		snprintf(v->why, sizeof(v->why), "%s: shown, no vote", s->kind);
	else if (goes_on(s, now)) {
		v->says = VOICE_CRITICAL;
		v->start = v->start_low = s->t;
	} else {
		v->end = v->end_high = s->until;
		snprintf(v->why, sizeof(v->why), "%s, ended", s->kind);
	}
	if (v->says == VOICE_CRITICAL)
		v->none = false;
	return true;
}
