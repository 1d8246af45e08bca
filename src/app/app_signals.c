/* Samples to detectors: every signal of a territory that has a row in detect_rules is heard once, in order of its own time.
 *
 * The oldest is heard first: what the store kept of four weeks, then what the source answers. Where the store knows little, the
 * source is asked once for as much as makes a habit, so that a fresh start does not take two weeks to judge; such an answer
 * begins before everything that was heard, and its detector starts anew with it. Later corrections of a bucket that was
 * heard already are drawn and not judged again. A signal that goes late leaves its detector a gap (detection.md 8). */
#include "app_signals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define DAY_MS 86400000LL
#define WEEK_MS (7 * DAY_MS)
#define KNOWN_MS (6 * DAY_MS)   /* a series that reaches back so far needs no history from its source */
#define REJOIN_MS (26 * 3600000LL) /* a source that was away for longer is asked for the hole too */
#define OVERLAP_MS 3600000LL
#define FACTS_ASKED 300000      /* samples that one answer may hold */
#define WEEK_S (7 * 86400)
#define SURGE_SHARE 1.5         /* of what is usual, and as far above the expectation as the line is below it */

static size_t index_of(const struct watch *w, const struct signal *s)
{
	return (size_t)(s - w->t->signals);
}

struct hearing *hearing_of(struct watch *w, const struct signal *s)
{
	if (!w->hearings) {
		w->hearings = xcalloc(SIGNALS_MAX, sizeof(*w->hearings));
		for (size_t i = 0; i < SIGNALS_MAX; i++)
			w->hearings[i].first = WALL_NONE;
	}
	return &w->hearings[index_of(w, s)];
}

/* A row of the table, with the data's own step: the hourly answers of a source are judged as hourly ones. */
static bool has_rule(struct hearing *h, const struct signal *s)
{
	if (!h->looked) {
		const struct detect_rule *row = s->class_bit ? detect_rule_find(s->source, s->name) : NULL;
		int64_t step_s = s->series.step_ms / 1000;
		h->looked = true;
		h->rule.source = NULL;
		if (row && step_s >= 60 && step_s <= 86400 && WEEK_S % step_s == 0 && s->series.step_ms % 1000 == 0) {
			h->rule = *row;
			h->rule.step_s = (unsigned)step_s;
		}
	}
	return h->rule.source != NULL;
}

static void note_surge(struct hearing *h)
{
	struct detect_view v;
	detect_season_view(h->detect, &v);
	bool high = !isnan(v.line) && v.value > SURGE_SHARE * v.baseline && v.value - v.baseline > v.baseline - v.line;
	h->high = high ? h->high + 1 : 0;
}

/* True: it was heard, and not before. */
static bool hear(struct hearing *h, const struct signal *s, struct wall t, double value)
{
	if (h->expecting || isnan(value) || !has_rule(h, s))
		return false;
	if (!h->detect)
		h->detect = detect_season_new(&h->rule);
	if (detect_season_push(h->detect, t, value, NULL) < 0)
		return false;
	if (!wall_is_set(h->first))
		h->first = t;
	h->samples++;
	note_surge(h);
	return true;
}

static struct wall oldest(const struct hearing *h, const struct signal *s)
{
	if (wall_is_set(h->first))
		return h->first;
	return s->series.count ? (struct wall){s->series.first * s->series.step_ms} : WALL_NONE;
}

/* An answer that begins a day before all that is known holds it all: the series and the detector start anew with it. */
static void begin_anew(struct hearing *h, struct signal *s)
{
	int64_t step_ms = s->series.step_ms;
	size_t cap = s->series.cap;
	series_release(&s->series);
	series_init(&s->series, step_ms, cap);
	detect_season_free(h->detect);
	h->detect = NULL;
	h->first = WALL_NONE;
	h->samples = 0;
	h->expecting = false;
	h->rebuilt = true;
}

bool signals_sample(struct watch *w, struct signal *s, const struct fact *f)
{
	struct hearing *h = hearing_of(w, s);
	if (f->step_ms > 0 && !s->series.count && s->series.step_ms != f->step_ms) { /* the data know their step */
		series_release(&s->series);
		series_init(&s->series, f->step_ms, (size_t)(WEEK_MS / f->step_ms) + 1);
		s->step_ms = f->step_ms;
	}
	if (!s->series.values)
		return false;
	struct wall known = oldest(h, s);
	if (wall_is_set(known) && !h->rebuilt && !isnan(f->value) && f->t.ms < known.ms - DAY_MS)
		begin_anew(h, s);
	double before = series_at(&s->series, f->t);
	bool same = before == f->value || (isnan(before) && isnan(f->value));
	bool drawn = !same && series_put(&s->series, f->t, f->value) == 0 && !isnan(f->value);
	bool heard = hear(h, s, f->t, f->value);
	w->voices_dirty |= heard;
	return drawn || heard;
}

/* ---- history ---- */

static struct signal *find_signal(struct app *a, const char *territory, const char *source, const char *name, struct watch **w)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct territory *t = a->watches[i].t;
		for (size_t k = 0; !strcmp(t->spec.code, territory) && k < t->signal_count; k++)
			if (!strcmp(t->signals[k].source, source) && !strcmp(t->signals[k].name, name)) {
				*w = &a->watches[i];
				return &t->signals[k];
			}
	}
	return NULL;
}

void app_expect_history(struct app *a, const char *territory, const char *source, const char *name)
{
	struct watch *w;
	const struct signal *s = find_signal(a, territory, source, name, &w);
	if (s)
		hearing_of(w, s)->expecting = true;
}

static void hear_series(struct hearing *h, const struct signal *s, const struct series *from)
{
	for (size_t i = 0; from && i < from->count; i++) {
		struct wall t = {(from->first + (int64_t)i) * from->step_ms};
		hear(h, s, t, series_at(from, t));
	}
}

void app_restore_history(struct app *a, const char *territory, const char *source, const char *name, const struct series *history)
{
	struct watch *w;
	struct signal *s = find_signal(a, territory, source, name, &w);
	if (!s || !hearing_of(w, s)->expecting)
		return; /* an answer of the source was there first, and held more */
	struct hearing *h = hearing_of(w, s);
	h->expecting = false;
	if (history && history->step_ms == s->series.step_ms)
		hear_series(h, s, history);
	hear_series(h, s, &s->series); /* what came meanwhile */
	w->voices_dirty = a->model_dirty = a->signals_dirty = true;
}

bool signals_expect(const struct watch *w)
{
	for (size_t i = 0; w->hearings && i < w->t->signal_count; i++)
		if (w->hearings[i].expecting)
			return true;
	return false;
}

/* How far back this signal needs to be asked: WALL_NONE when the usual window is enough. */
static struct wall wanted_since(const struct signal *s, struct wall now)
{
	struct wall newest, none = WALL_NONE;
	if (!s->series.values || isnan(series_last(&s->series, &newest)))
		return (struct wall){now.ms - HISTORY_MS};
	if (now.ms - s->series.first * s->series.step_ms < KNOWN_MS)
		return (struct wall){now.ms - HISTORY_MS};
	return now.ms - newest.ms > REJOIN_MS ? (struct wall){newest.ms - OVERLAP_MS} : none;
}

struct wall signals_since(struct app *a, const struct job *j, struct now now)
{
	const char *source = source_table[j->source]->name;
	struct wall since = WALL_NONE;
	int64_t step_ms = 0;
	size_t subjects = 0;
	bool alone = j->call->scope == SCOPE_CALL_COUNTRY;
	if ((!alone && j->call->scope != SCOPE_CALL_COUNTRIES) || (alone && j->failures)) /* it may have been too much to ask */
		return WALL_NONE;
	if (j->once_ok) /* asked in depth already; only a hole is asked for again */
		return now.wall.ms - j->last_success.ms > REJOIN_MS ? (struct wall){j->last_success.ms - REJOIN_MS} : WALL_NONE;
	for (size_t i = 0; i < a->watch_count; i++) {
		const struct territory *t = a->watches[i].t;
		if (alone && strcmp(t->spec.code, j->subject))
			continue;
		subjects += t->spec.kind == TERRITORY_COUNTRY ? 1 : a->watches[i].member_count;
		for (size_t k = 0; k < t->signal_count; k++) {
			const struct signal *s = &t->signals[k];
			if (strcmp(s->source, source) || strcmp(s->name, j->call->name))
				continue;
			struct wall want = wanted_since(s, now.wall);
			step_ms = s->step_ms;
			if (wall_is_set(want) && (!wall_is_set(since) || want.ms < since.ms))
				since = want;
		}
	}
	int64_t most_ms = subjects ? (int64_t)(FACTS_ASKED / subjects) * step_ms : 0;
	if (wall_is_set(since) && since.ms < now.wall.ms - most_ms)
		since.ms = now.wall.ms - most_ms; /* many countries: less of each */
	return wall_is_set(since) && since.ms < now.wall.ms - REJOIN_MS ? since : WALL_NONE;
}

/* ---- each turn ---- */

static void show(struct signal *s, const struct hearing *h)
{
	struct detect_view v;
	detect_season_view(h->detect, &v);
	bool alarm = v.phase == DETECT_ALARM;
	s->line = v.ignored ? NAN : v.line;
	s->alarm = alarm ? v.start : WALL_NONE;
	if (!isnan(v.baseline))
		s->baseline = v.baseline; /* what it is measured against is what is drawn */
}

void signals_update(struct app *a, struct now now)
{
	(void)now;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		for (size_t k = 0; w->hearings && k < w->t->signal_count; k++) {
			struct signal *s = &w->t->signals[k];
			struct hearing *h = &w->hearings[k];
			bool left = h->was == FEED_OK && s->state != FEED_OK;
			if (h->was != s->state)
				w->voices_dirty = true;
			h->was = s->state;
			if (!h->detect)
				continue;
			if (left)
				detect_season_gap(h->detect);
			show(s, h);
		}
	}
}

void signals_release(struct watch *w)
{
	for (size_t i = 0; w->hearings && i < SIGNALS_MAX; i++)
		detect_season_free(w->hearings[i].detect);
	free(w->hearings);
	w->hearings = NULL;
	hosts_release(w);
	checks_release(w);
}

size_t signals_memory(const struct watch *w)
{
	size_t bytes = w->hearings ? SIGNALS_MAX * sizeof(*w->hearings) : 0;
	for (size_t i = 0; w->hearings && i < SIGNALS_MAX; i++)
		if (w->hearings[i].detect)
			bytes += detect_season_memory(w->hearings[i].detect);
	for (size_t i = 0; i < w->t->signal_count; i++)
		bytes += w->t->signals[i].series.cap * sizeof(float);
	return bytes + hosts_memory(w);
}
