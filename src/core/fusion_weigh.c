/* The scales of fusion: detection.md 6, points and classes.
 *
 * Two sources of one class count once, the higher. A class is against a loss only with a sample that lies wholly after
 * the loss began and is itself near its baseline: a detector that waits for its third bad sample, or a source that runs
 * half an hour late, contradicts nothing. Statements (X) are never normal by silence. What counts queries from inside
 * (`dns`) does not contradict withdrawn routes: queries that go on are what `one-way` looks like. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "fusion_priv.h"
#include "core/threshold.h"

#define WINDOW_MS        (30 * MINUTE_MS)
#define WINDOW_HOURLY_MS (60 * MINUTE_MS)
#define OLD_NEWS_MS      (60 * MINUTE_MS)
#define HOUR_MS          (60 * MINUTE_MS)
#define FOLLOW_MS        (5 * MINUTE_MS) /* what follows the routes takes its time */
#define QUERIES_MS       (60 * MINUTE_MS) /* queries that go on as usual for so long without routes */
#define SETTLED_MS       (25 * MINUTE_MS) /* and by then has followed */
#define CALM_PCT         25 /* a sample less below its baseline speaks against a loss */
#define STILL_PCT        25 /* a sample more below it still sees one */
#define DARK_PCT         80 /* "nothing answers" is not said of less */
#define SLOPE_DARK_PCT   99 /* what came down slowly is called partial until nothing is left */
#define ONE_WAY_PCT      50

#define CONFIRM_POINTS 3 /* and routing's judged loss alone, or two classes (detection.md 6) */
#define CONFIRM_CLASSES 2
#define HIGH_POINTS    5

/* Points of detection.md 6 by what a voice says: warning, critical. Routing has rows of its own. */
static const struct {
	unsigned bit;
	double warning, critical, weak_critical;
} class_points[] = {
	{.bit = CLASS_P, .warning = 1, .critical = 2, .weak_critical = 1},
	{.bit = CLASS_T, .warning = 1, .critical = 2, .weak_critical = 1},
	{.bit = CLASS_H, .warning = 2, .critical = 2, .weak_critical = 1},
	{.bit = CLASS_X, .warning = 3, .critical = 3, .weak_critical = 3},
};
static const struct {
	double loss_pct, points;
} routing_points[] = {{50, 4}, {20, 3}, {5, 1}};

int class_index(unsigned bit)
{
	for (int i = 0; i < CLASS_COUNT; i++)
		if (bit == 1U << i)
			return i;
	return -1;
}

static unsigned bits_in(unsigned x)
{
	unsigned n = 0;

	for (; x; x &= x - 1)
		n++;
	return n;
}

double fusion_routing_points(double loss_pct)
{
	for (size_t i = 0; i < ARRAY_LEN(routing_points); i++)
		if (loss_pct >= routing_points[i].loss_pct - 1e-6)
			return routing_points[i].points;
	return 0;
}

static double points_of(const struct voice *v)
{
	bool critical = v->says == VOICE_CRITICAL;

	if (v->says != VOICE_WARNING && !critical)
		return 0;
	if (v->class_bit == CLASS_R)
		return isnan(v->loss_pct) ? (critical ? 3 : 1) : fusion_routing_points(v->loss_pct);
	for (size_t i = 0; i < ARRAY_LEN(class_points); i++)
		if (class_points[i].bit == v->class_bit)
			return v->weak ? (critical ? class_points[i].weak_critical : v->class_bit == CLASS_X ? 3 : 0)
			       : critical ? class_points[i].critical
					  : class_points[i].warning;
	return 0;
}

/* ---- one voice into its class ---- */

/* Its newest sample lies wholly after t. */
static bool lies_after(const struct voice *v, struct wall t)
{
	return wall_is_set(v->time) && (!wall_is_set(t) || v->time.ms - (v->step_ms > 0 ? v->step_ms : 0) >= t.ms);
}

/* Sources of a class run late by minutes or by hours. What a slow one still tells of a loss is no news when a faster one
 * has been near its baseline for so long. calm: the newest such sample of its class. */
static bool is_old_news(const struct voice *v, struct wall calm)
{
	return points_of(v) > 0 && wall_is_set(v->time) && wall_is_set(calm) && calm.ms - v->time.ms >= OLD_NEWS_MS;
}

/* What it sees is the last event, which is over and told: its alarm began before that ended, and what it measured last as well,
 * or in the half hour in which an outage dies away. Google's traffic comes three hours late. */
static bool is_told(const struct voice *v, struct wall over)
{
	if (points_of(v) <= 0 || !wall_is_set(over) || !wall_is_set(v->start) || v->start.ms > over.ms)
		return false;
	return !lies_after(v, (struct wall){over.ms + REBOUND_MS});
}

static struct wall newest_calm(const struct voice *voices, size_t count, unsigned class_bit)
{
	struct wall t = WALL_NONE;

	for (size_t i = 0; i < count; i++) {
		const struct voice *v = &voices[i];
		if (v->class_bit == class_bit && !v->none && v->says != VOICE_NO_DATA && v->loss_pct < CALM_PCT &&
		    wall_is_set(v->time) && (!wall_is_set(t) || v->time.ms > t.ms))
			t = v->time;
	}
	return t;
}

static struct wall earlier(struct wall a, struct wall b)
{
	return !wall_is_set(a) ? b : !wall_is_set(b) || a.ms < b.ms ? a : b;
}

static struct wall later(struct wall a, struct wall b)
{
	return !wall_is_set(a) ? b : !wall_is_set(b) || a.ms > b.ms ? a : b;
}

static bool is_calm(const struct voice *v)
{
	return !(v->loss_pct >= CALM_PCT); /* not known: the detector's word counts */
}

static void put_loss(struct class_sum *c, const struct voice *v, double points, struct wall routes_back)
{
	bool first = c->say != SAY_LOSS;
	bool better = !c->voice || c->say != SAY_LOSS || points > c->points ||
		      (points == c->points && v->loss_pct > (isnan(c->loss_pct) ? -1 : c->loss_pct));

	c->say = SAY_LOSS;
	c->ending = v->ending && (first || c->ending);
	c->critical |= v->says == VOICE_CRITICAL;
	c->now |= !(v->loss_pct < STILL_PCT);
	struct wall since = wall_is_set(routes_back) ? (struct wall){routes_back.ms + FOLLOW_MS} : WALL_NONE;
	c->still |= !(v->loss_pct < STILL_PCT) && lies_after(v, since);
	since.ms += wall_is_set(routes_back) ? SETTLED_MS : 0;
	c->settled |= !(v->loss_pct < STILL_PCT) && lies_after(v, since);
	if (wall_is_set(v->start) && (!wall_is_set(c->start) || v->start.ms < c->start.ms)) {
		c->start = v->start;
		c->start_low = wall_is_set(v->start_low) ? v->start_low : v->start;
	}
	if (!better)
		return;
	c->points = points;
	c->loss_pct = v->loss_pct;
	c->voice = v;
}

static void put(struct class_sum *c, const struct voice *v, struct wall began, struct wall routes_back)
{
	double points = points_of(v);
	enum class_say say;

	if (v->none)
		return;
	if (wall_is_set(v->end) && v->says != VOICE_NO_DATA && (!wall_is_set(c->end) || v->end.ms > c->end.ms)) {
		c->end = v->end;
		c->end_high = wall_is_set(v->end_high) ? v->end_high : v->end;
	}
	if (v->says != VOICE_NO_DATA)
		c->fresh = later(c->fresh, v->time);
	if (points > 0) {
		put_loss(c, v, points, routes_back);
		return;
	}
	if (v->says == VOICE_NO_DATA)
		say = SAY_NO_DATA;
	else if (v->class_bit == CLASS_X)
		say = SAY_NOTHING; /* nothing stated is not a measurement */
	else
		say = v->says != VOICE_WARNING && lies_after(v, began) && is_calm(v) ? SAY_NORMAL : SAY_WAITING;
	if (say <= c->say)
		return;
	c->say = say;
	c->voice = v;
	c->loss_pct = v->loss_pct;
}

/* ---- routing ---- */

static void put_routing(const struct routing_say *r, struct weighing *w)
{
	struct class_sum *c = &w->of[0];
	const struct group_view *v = &r->view;

	if (!r->judged)
		return; /* another's view of routing counts only while ours is blind */
	*c = (struct class_sum){.say = SAY_WAITING, .loss_pct = v->loss_pct, .start_low = WALL_NONE, .start = WALL_NONE,
				.end = WALL_NONE, .end_high = WALL_NONE, .fresh = WALL_NONE};
	if (v->loss_pct < ROUTES_UP_PCT) {
		c->say = SAY_NORMAL;
	} else if (r->suspected || r->confirmed) {
		c->say = SAY_LOSS;
		c->points = fusion_routing_points(v->loss_pct);
		c->start = c->start_low = r->start;
		c->critical = v->loss_pct >= 50;
		c->now = true;
		w->one_family = !(v->loss_v4_pct >= ROUTES_UP_PCT) && v->loss_v6_pct >= 20;
	}
}

/* ---- the window: alarms that began together count together, though one has ended ---- */

static struct memory *memory_of(struct fusion *f, const struct voice *v)
{
	for (size_t i = 0; i < f->memory_count; i++)
		if (!strcmp(f->memories[i].source, v->source) && !strcmp(f->memories[i].name, v->name))
			return &f->memories[i];
	if (f->memory_count == VOICES_MAX)
		return NULL;
	struct memory *m = &f->memories[f->memory_count++];
	*m = (struct memory){.start = WALL_NONE};
	text_clean_str(m->source, sizeof(m->source), v->source);
	text_clean_str(m->name, sizeof(m->name), v->name);
	return m;
}

static void remember(struct fusion *f, const struct voice *v)
{
	struct memory *m = points_of(v) > 0 && wall_is_set(v->start) ? memory_of(f, v) : NULL;

	if (!m)
		return;
	m->critical = v->says == VOICE_CRITICAL || (m->critical && m->start.ms == v->start.ms);
	m->start = v->start;
}

static void recall(struct fusion *f, const struct voice *v, struct wall newest, struct weighing *w)
{
	struct memory *m = v->says == VOICE_NORMAL && class_index(v->class_bit) > 0 ? memory_of(f, v) : NULL;
	int64_t window = v->step_ms >= HOUR_MS ? WINDOW_HOURLY_MS : WINDOW_MS;

	if (m && wall_is_set(f->over) && m->start.ms <= f->over.ms)
		return; /* of an outage that is over */
	if (!m || !wall_is_set(m->start) || !wall_is_set(newest) || llabs(newest.ms - m->start.ms) > window)
		return;
	struct class_sum *c = &w->of[class_index(v->class_bit)];
	struct voice then = *v;
	then.says = m->critical ? VOICE_CRITICAL : VOICE_WARNING;
	double points = points_of(&then);
	if (c->say == SAY_LOSS || points == 0)
		return;
	c->say = SAY_LOSS;
	c->points = points;
	c->critical = m->critical;
	c->start = c->start_low = m->start;
}

static struct wall newest_start(const struct weighing *w)
{
	struct wall t = WALL_NONE;

	for (int i = 0; i < CLASS_COUNT; i++)
		if (w->of[i].say == SAY_LOSS)
			t = later(t, w->of[i].start);
	return t;
}

/* ---- the sum ---- */

/* Do queries from inside go on? at: as of samples that lie wholly after it. */
static bool queries_go_on(const struct voice *voices, size_t count, struct wall at, bool surge)
{
	for (size_t i = 0; i < count; i++) {
		const struct voice *v = &voices[i];
		bool up = v->says == VOICE_SURGE || (!surge && v->says == VOICE_NORMAL && is_calm(v));
		if (v->dns && up && lies_after(v, at))
			return true;
	}
	return false;
}

/* One-way: routes gone while queries from inside surge; or go on as usual, well after nothing else does. */
static bool is_one_way(const struct fusion *f, const struct weighing *w, const struct voice *voices, size_t count,
		       struct wall began)
{
	double lost = w->of[0].say == SAY_LOSS && !w->one_family ? f->routing.view.loss_pct : 0;
	struct wall settled = {f->gone_since.ms + QUERIES_MS};

	if (lost >= ONE_WAY_PCT && queries_go_on(voices, count, began, true))
		return true;
	return lost > 0 && wall_is_set(f->gone_since) && (w->classes & (CLASS_P | CLASS_T)) &&
	       queries_go_on(voices, count, settled, false);
}

static void sum_classes(struct weighing *w)
{
	for (int i = 0; i < CLASS_COUNT; i++) {
		struct class_sum *c = &w->of[i];
		unsigned bit = 1U << i;
		if (c->say == SAY_LOSS) {
			w->classes |= bit;
			w->points += c->points;
			w->since = earlier(w->since, c->start);
		} else if (c->say == SAY_NORMAL && !(w->one_family && bit != CLASS_R)) {
			w->against |= bit;
		} else if (c->say == SAY_NO_DATA && bit != CLASS_X) {
			w->missing |= bit;
		}
		if (i > 0 && bit != CLASS_X && c->say == SAY_LOSS &&
		    (isnan(w->loss_pct) || c->loss_pct > w->loss_pct) && !isnan(c->loss_pct)) {
			w->loss_pct = c->loss_pct;
			w->loss_class = bit;
		}
	}
	if (w->classes)
		w->points -= bits_in(w->against);
}

static void conclude(const struct fusion *f, struct weighing *w)
{
	const struct routing_say *r = &f->routing;
	double routes = w->of[0].say == SAY_LOSS ? w->of[0].points : 0;
	bool critical = false, settled = false;
	unsigned still = 0;
	double points = w->of[class_index(CLASS_X)].points - bits_in(w->against);

	/* dark: the others alone, by samples from after the routes came back if they were gone */
	for (int i = 1; i < class_index(CLASS_X); i++) {
		const struct class_sum *c = &w->of[i];
		if (c->say != SAY_LOSS || !c->still)
			continue;
		critical |= c->critical;
		settled |= c->critical && c->settled;
		points += c->points;
		still |= 1U << i;
	}
	/* a flap of one network is suspect for a minute: it confirms nothing that the others only suspect; nor does an alarm of
	 * hours ago that only waits for its end */
	double judged = r->confirmed ? routes : fmin(routes, fusion_routing_points(r->view.down_pct)), lingering = 0;
	unsigned speak = judged > 0 ? w->classes : w->classes & ~(unsigned)CLASS_R;
	for (int i = 1; i < class_index(CLASS_X); i++) {
		lingering += w->of[i].lingers ? w->of[i].points : 0;
		speak &= ~(w->of[i].lingers ? 1U << i : 0U);
	}
	unsigned say_so = bits_in(speak);
	w->enough = w->points - routes + judged - lingering >= CONFIRM_POINTS &&
		   (judged >= CONFIRM_POINTS || say_so >= CONFIRM_CLASSES);
	w->confidence = w->points >= HIGH_POINTS && bits_in(w->classes) >= CONFIRM_CLASSES ? CONFIDENCE_HIGH
			: w->points >= CONFIRM_POINTS              ? CONFIDENCE_MEDIUM
			: w->classes                               ? CONFIDENCE_LOW
								   : CONFIDENCE_NONE;
	w->disputed = routes >= 3 && w->points < 3 && w->against;
	bool routes_up = r->judged && (w->of[0].say == SAY_NORMAL || w->one_family);
	bool alone = points >= 3 && (bits_in(still) >= 2 || (still && w->of[class_index(CLASS_X)].points > 0));
	double dark_pct = f->named & SIGNATURE_SLOPE ? SLOPE_DARK_PCT : DARK_PCT;
	w->dark = routes_up && critical && !(w->loss_pct < dark_pct) && (w->one_family ? settled : alone);
}

void fusion_weigh(struct fusion *f, const struct voice *voices, size_t count, struct wall began, struct weighing *out)
{
	*out = (struct weighing){.loss_pct = NAN, .since = WALL_NONE};
	for (int i = 0; i < CLASS_COUNT; i++)
		out->of[i] = (struct class_sum){.loss_pct = NAN, .start_low = WALL_NONE, .start = WALL_NONE,
						.end = WALL_NONE, .end_high = WALL_NONE, .fresh = WALL_NONE};
	if (!wall_is_set(began)) { /* then against the earliest alarm there is */
		began = f->routing.suspected || f->routing.confirmed ? f->routing.start : WALL_NONE;
		for (size_t i = 0; i < count; i++)
			if (points_of(&voices[i]) > 0)
				began = earlier(began, voices[i].start);
	}
	bool heard[CLASS_COUNT] = {false};
	for (size_t i = 0; i < count; i++) {
		int at = class_index(voices[i].class_bit);
		if (at < 0 || (at == 0 && f->routing.judged))
			continue;
		if (class_index(CLASS_X) != at && is_old_news(&voices[i], newest_calm(voices, count, voices[i].class_bit)))
			continue;
		bool queries = voices[i].dns && f->routing.view.loss_pct >= ONE_WAY_PCT &&
			       f->routing.view.loss_v4_pct >= ROUTES_UP_PCT;
		heard[at] = true;
		if (class_index(CLASS_X) != at && is_told(&voices[i], f->over)) {
			out->of[at].say = out->of[at].say > SAY_WAITING ? out->of[at].say : SAY_WAITING;
			continue;
		}
		remember(f, &voices[i]);
		if (!queries || points_of(&voices[i]) > 0)
			put(&out->of[at], &voices[i], began, f->routes_back);
	}
	put_routing(&f->routing, out);
	struct wall newest = newest_start(out);
	for (size_t i = 0; i < count; i++)
		recall(f, &voices[i], newest, out);
	for (int i = 0; i < CLASS_COUNT; i++) {
		struct class_sum *c = &out->of[i];
		c->lingers = c->say == SAY_LOSS && c->ending && wall_is_set(c->start) && wall_is_set(newest) &&
			     c->start.ms < newest.ms - WINDOW_MS;
	}
	for (int i = 0; i < CLASS_COUNT; i++)
		if (!heard[i] && ((1U << i) & CLASS_ASKED))
			out->of[i].say = SAY_NO_DATA; /* nobody can tell: named, never taken for normal */
	if (!f->routing.judged && out->of[0].say == SAY_NOTHING)
		out->of[0].say = SAY_NO_DATA;
	sum_classes(out);
	conclude(f, out);
	out->one_way = is_one_way(f, out, voices, count, began);
	out->queries = queries_go_on(voices, count, began, false);
}

/* ---- words ---- */

void fusion_against_words(const struct weighing *w, char *dst, size_t cap)
{
	size_t len = 0;

	dst[0] = '\0';
	for (int i = 0; i < CLASS_COUNT; i++)
		if (w->against & (1U << i) && len < cap)
			len += (size_t)snprintf(dst + len, cap - len, "%s%s normal", len ? ", " : "", class_word(1U << i));
}

/* Why a class has no data: of the voice that says it best, one that could speak before one that is switched off. */
const char *fusion_why_missing(unsigned bit, const struct voice *voices, size_t count)
{
	const char *why = "";
	bool off = true;

	for (size_t i = 0; i < count; i++) {
		const struct voice *v = &voices[i];
		if (v->class_bit != bit || v->says != VOICE_NO_DATA || !v->why[0] || v->none)
			continue;
		if (why[0] && !(off && !v->off))
			continue;
		why = v->why;
		off = v->off;
	}
	return why;
}

void fusion_missing_words(const struct weighing *w, const struct voice *voices, size_t count, char *dst, size_t cap)
{
	struct strbuf b;

	strbuf_init(&b, cap - 1);
	for (int i = 0; i < CLASS_COUNT; i++) {
		unsigned bit = 1U << i;
		if (!(w->missing & bit))
			continue;
		const char *word = class_word(bit), *why = fusion_why_missing(bit, voices, count);
		strbuf_addf(&b, "%s%c%s: no data", b.len ? " " : "", word[0] - 'a' + 'A', word + 1);
		if (why[0])
			strbuf_addf(&b, " (%s)", why);
		strbuf_addc(&b, '.');
	}
	text_clean_str(dst, cap, b.text ? b.text : "");
	strbuf_release(&b);
}

void fusion_thresholds(struct thresholds *t)
{
	char words[THRESHOLD_WORDS_MAX] = "routing";
	size_t n = strlen(words);

	for (size_t i = 0; i < ARRAY_LEN(routing_points); i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "%s %g from %g%%", i ? "," : "", routing_points[i].points,
				      routing_points[i].loss_pct);
	for (size_t i = 0; i < ARRAY_LEN(class_points); i++)
		n += (size_t)snprintf(words + n, sizeof(words) - n, "; %s %g, critical %g", class_word(class_points[i].bit),
				      class_points[i].warning, class_points[i].critical);
	threshold_add(t, "points", "%s; a class with fresh data that says normal -1", words);
	threshold_add(t, "confirmed by fusion",
		      "%d points and (%d of them by routing, or %d classes of evidence), seen within %d min",
		      CONFIRM_POINTS, CONFIRM_POINTS, CONFIRM_CLASSES, (int)(WINDOW_MS / MINUTE_MS));
}
