/* Bursts of RIPE Atlas probes leaving (detection.md 5.3).
 *
 * A probe that leaves says little: home routers are switched off. That a third of a country's leave within ten
 * minutes does not happen by chance, and the binomial tail says how much not. Probes come back one by one; when half
 * are back it is over.
 *
 * Two queues of departures in order of time, one for the ten minutes and one for the 24 hours that a lost probe still
 * counts as present, keep k and n up to date, so that an event costs one binary search. */
#include "core/detect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/stats.h"
#include "core/threshold.h"

#define WINDOW_MS     (INT64_C(10) * 60000)
#define PRESENT_MS    (INT64_C(24) * 3600000) /* a probe that left so long ago is not expected any more */
#define LEAST_LEFT    3
#define LEAST_SHARE   0.3
#define LEAST_VOTING  10
#define LEAST_SHOWN   5
#define PRIOR_LEFT    1.0                      /* a probe that is new to us is taken to leave once a week */
#define PRIOR_MS      (7.0 * 86400000.0)
#define CRITICAL_SHARE 0.5
#define SCORE_MAX     300                      /* a chance too small for a double */
#define VOID_GROUPS   3
#define QUEUE_MAX     (4 * DETECT_ATLAS_PROBES_MAX)

enum membership { NOT_IN_BURST, IN_BURST, BACK };

struct probe {
	uint32_t id;
	bool known, connected, present; /* present: one of n */
	enum membership burst;
	unsigned recent;                /* departures in the window; of k when not 0 */
	unsigned left;                  /* departures in all */
	unsigned events;
	struct wall seen, changed;      /* first; newest event */
	char controller[DETECT_CONTROLLER_MAX]; /* of the last departure */
};

struct departure {
	uint32_t id;
	unsigned event;                 /* the probe's events when it left: still its newest? */
	struct wall t;
};

struct queue {
	struct departure *items; /* owned; ring */
	size_t cap, count, head;
};

struct detect_atlas {
	struct probe *probes;    /* by id; owned */
	size_t count, cap;
	size_t connected, present, recent; /* probes */
	struct queue window, day;
	size_t members, back;
	char controller[DETECT_CONTROLLER_MAX];
	double score;
	struct wall time;
	struct detect_view alarm; /* phase, level and times; the figures are made when asked */
};

struct detect_atlas *detect_atlas_new(void)
{
	struct detect_atlas *d = xcalloc(1, sizeof(*d));

	d->time = WALL_NONE;
	d->score = NAN;
	d->alarm = (struct detect_view){
		.start_low = WALL_NONE, .start = WALL_NONE, .end = WALL_NONE, .end_high = WALL_NONE, .worst = NAN,
	};
	return d;
}

void detect_atlas_free(struct detect_atlas *d)
{
	if (!d)
		return;
	free(d->probes);
	free(d->window.items);
	free(d->day.items);
	free(d);
}

static struct wall later(struct wall a, struct wall b)
{
	return wall_is_set(a) && a.ms > b.ms ? a : b;
}

/* ---- who is there ---- */

static size_t place_of(const struct detect_atlas *d, uint32_t id)
{
	size_t low = 0, high = d->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (d->probes[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct probe *find(struct detect_atlas *d, uint32_t id)
{
	size_t at = place_of(d, id);

	return at < d->count && d->probes[at].id == id ? &d->probes[at] : NULL;
}

static struct probe *find_or_add(struct detect_atlas *d, uint32_t id, struct wall seen)
{
	size_t at = place_of(d, id);

	if (at < d->count && d->probes[at].id == id)
		return &d->probes[at];
	if (d->count >= DETECT_ATLAS_PROBES_MAX)
		return NULL;
	mem_grow(&d->probes, &d->cap, d->count + 1, sizeof(*d->probes));
	memmove(d->probes + at + 1, d->probes + at, (d->count++ - at) * sizeof(*d->probes));
	d->probes[at] = (struct probe){.id = id, .seen = seen, .changed = WALL_NONE};
	return &d->probes[at];
}

static void set_present(struct detect_atlas *d, struct probe *p, bool present)
{
	if (p->present != present)
		d->present += present ? 1 : (size_t)-1;
	p->present = present;
}

static void set_connected(struct detect_atlas *d, struct probe *p, bool connected)
{
	if (p->connected != connected)
		d->connected += connected ? 1 : (size_t)-1;
	p->connected = connected;
	p->known = true;
	if (connected)
		set_present(d, p, true);
}

/* ---- the queues ---- */

static void queue_put(struct queue *q, struct departure x)
{
	if (q->count == q->cap) {
		size_t cap = q->cap ? q->cap * 2 : 16;
		struct departure *items = xcalloc(cap, sizeof(*items));
		for (size_t i = 0; i < q->count; i++)
			items[i] = q->items[(q->head + i) % q->cap];
		free(q->items);
		*q = (struct queue){.items = items, .cap = cap, .count = q->count};
	}
	q->items[(q->head + q->count++) % q->cap] = x;
}

/* Take the oldest if it is not younger than that, or if a probe that comes and goes all the time has filled the
 * queue. */
static bool queue_take(struct queue *q, int64_t until_ms, struct departure *out)
{
	if (q->count == 0 || (q->count < QUEUE_MAX && q->items[q->head].t.ms > until_ms))
		return false;
	*out = q->items[q->head];
	q->head = (q->head + 1) % q->cap;
	q->count--;
	return true;
}

static void expire(struct detect_atlas *d, struct wall now)
{
	struct departure x;

	while (queue_take(&d->window, now.ms - WINDOW_MS, &x))
		if (--find(d, x.id)->recent == 0)
			d->recent--;
	while (queue_take(&d->day, now.ms - PRESENT_MS, &x)) {
		struct probe *p = find(d, x.id);
		if (p->events == x.event && !p->connected)
			set_present(d, p, false);
	}
}

/* ---- the decision ---- */

/* The mean chance that a present probe leaves within the window, from how often each one did before. */
static double mean_chance(const struct detect_atlas *d, struct wall now)
{
	double sum = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct probe *p = &d->probes[i];
		if (!p->present)
			continue;
		double watched = fmax(0, (double)(now.ms - p->seen.ms)) + PRIOR_MS;
		double rate = ((double)(p->left - p->recent) + PRIOR_LEFT) / watched;
		sum += -expm1(-rate * (double)WINDOW_MS);
	}
	return sum / (double)d->present;
}

static bool is_burst(struct detect_atlas *d, struct wall now)
{
	size_t gone = 0;

	if (d->present < LEAST_SHOWN || d->recent < LEAST_LEFT || (double)d->recent < LEAST_SHARE * (double)d->present)
		return false;
	for (size_t i = 0; i < d->count; i++)
		gone += d->probes[i].recent && !d->probes[i].connected;
	double chance = binomial_tail((unsigned)d->present, (unsigned)d->recent, mean_chance(d, now));
	d->score = chance > 0 ? -log10(chance) : SCORE_MAX;
	return chance < DETECT_ATLAS_CHANCE && 2 * gone > d->recent; /* else it would end as it begins */
}

static void join_burst(struct detect_atlas *d, struct probe *p)
{
	if (p->burst == BACK)
		d->back--;
	if (p->burst == NOT_IN_BURST) {
		d->members++;
		if (d->members == 1)
			memcpy(d->controller, p->controller, sizeof(d->controller));
		else if (strcmp(d->controller, p->controller))
			d->controller[0] = '\0';
	}
	p->burst = IN_BURST;
}

static enum detect_change begin(struct detect_atlas *d, struct wall now)
{
	d->members = d->back = 0;
	d->controller[0] = '\0';
	d->alarm = (struct detect_view){
		.phase = DETECT_ALARM, .reason = DETECT_BY_BURST, .level = DETECT_WARNING, .peak = DETECT_WARNING,
		.start = now, .end = WALL_NONE, .end_high = WALL_NONE, .worst = (double)d->connected,
	};
	for (size_t i = 0; i < d->count; i++) {
		struct probe *p = &d->probes[i];
		p->burst = NOT_IN_BURST;
		if (!p->recent || p->connected)
			continue;
		join_burst(d, p);
		if (p->changed.ms < d->alarm.start.ms)
			d->alarm.start = p->changed;
	}
	/* a controller notices minutes late: weight, not a moment (detection.md 5.3) */
	d->alarm.start_low.ms = d->alarm.start.ms - WINDOW_MS;
	return DETECT_BEGAN;
}

static enum detect_change probe_left(struct detect_atlas *d, struct probe *p, struct wall t)
{
	enum detect_change change = DETECT_SAME;

	if (d->alarm.phase != DETECT_ALARM) {
		if (!is_burst(d, t))
			return DETECT_SAME;
		change = begin(d, t);
	} else {
		join_burst(d, p);
	}
	d->alarm.worst = fmin(d->alarm.worst, (double)d->connected);
	if (d->alarm.level == DETECT_WARNING && (double)d->members >= CRITICAL_SHARE * (double)d->present) {
		d->alarm.level = d->alarm.peak = DETECT_CRITICAL;
		return change == DETECT_SAME ? DETECT_LEVEL : change;
	}
	return change;
}

static void finish(struct detect_atlas *d, struct wall end)
{
	d->alarm.phase = DETECT_NORMAL;
	d->alarm.level = DETECT_NONE;
	d->alarm.end = d->alarm.end_high = end;
	d->controller[0] = '\0';
}

static enum detect_change probe_returned(struct detect_atlas *d, struct probe *p, struct wall t)
{
	if (d->alarm.phase != DETECT_ALARM || p->burst != IN_BURST)
		return DETECT_SAME;
	p->burst = BACK;
	d->back++;
	if (2 * d->back < d->members)
		return DETECT_SAME;
	finish(d, t);
	return DETECT_ENDED;
}

/* ---- what is called ---- */

void detect_atlas_probe(struct detect_atlas *d, uint32_t id, bool connected, struct wall since, struct wall now)
{
	if (!wall_is_set(now) || now.ms < 0)
		return;
	struct probe *p = find_or_add(d, id, now);
	if (!p || p->known)
		return; /* its events say more */
	p->changed = since;
	set_connected(d, p, connected);
	if (!connected && wall_is_set(since) && now.ms - since.ms < PRESENT_MS) {
		set_present(d, p, true);
		queue_put(&d->day, (struct departure){id, p->events, now});
	}
	d->time = later(d->time, now);
}

enum detect_change detect_atlas_event(struct detect_atlas *d, uint32_t id, bool connected, struct wall t,
				      const char *controller)
{
	if (!wall_is_set(t) || t.ms < 0)
		return DETECT_SAME;
	struct probe *p = find_or_add(d, id, t);
	if (!p || (wall_is_set(p->changed) && t.ms <= p->changed.ms))
		return DETECT_SAME;
	d->time = later(d->time, t);
	expire(d, d->time);
	bool departs = !connected && (p->connected || !p->known);
	p->changed = t;
	p->events++;
	set_connected(d, p, connected);
	if (d->alarm.phase == DETECT_UNKNOWN && d->present >= LEAST_SHOWN)
		d->alarm.phase = DETECT_NORMAL;
	if (connected)
		return probe_returned(d, p, t);
	if (!departs)
		return DETECT_SAME;
	set_present(d, p, true);
	p->left++;
	text_clean_str(p->controller, sizeof(p->controller), controller);
	if (p->recent++ == 0)
		d->recent++;
	queue_put(&d->window, (struct departure){id, p->events, d->time});
	queue_put(&d->day, (struct departure){id, p->events, d->time});
	return probe_left(d, p, t);
}

void detect_atlas_view(const struct detect_atlas *d, struct detect_view *out)
{
	*out = d->alarm;
	out->shown_only = d->present < LEAST_VOTING;
	out->ignored = d->present < LEAST_SHOWN;
	out->time = d->time;
	out->value = d->present ? (double)d->connected : NAN;
	out->baseline = d->present ? (double)d->present : NAN;
	out->score = d->score;
	out->line = NAN;
	out->loss_pct = d->present ? 100 * (1 - (double)d->connected / (double)d->present) : NAN;
}

const char *detect_atlas_controller(const struct detect_atlas *d)
{
	return d->alarm.phase == DETECT_ALARM ? d->controller : "";
}

size_t detect_atlas_void(struct detect_atlas *const *countries, size_t count)
{
	size_t voided = 0;

	for (size_t i = 0; i < count; i++) {
		char name[DETECT_CONTROLLER_MAX];
		size_t same = 0;

		memcpy(name, detect_atlas_controller(countries[i]), strlen(detect_atlas_controller(countries[i])) + 1);
		if (!name[0])
			continue;
		for (size_t k = i; k < count; k++)
			same += !strcmp(name, detect_atlas_controller(countries[k]));
		if (same < VOID_GROUPS)
			continue;
		for (size_t k = i; k < count; k++) {
			if (strcmp(name, detect_atlas_controller(countries[k])))
				continue;
			finish(countries[k], WALL_NONE);
			countries[k]->alarm.start = countries[k]->alarm.start_low = WALL_NONE;
			countries[k]->alarm.peak = DETECT_NONE;
			voided++;
		}
	}
	return voided;
}

void detect_atlas_thresholds(struct thresholds *t)
{
	threshold_add(t, "hosts suspected",
		      "%d probes and %g%% of them leave within %lld min, by a chance below 1e%.0f; with fewer than %d "
		      "probes shown, no vote",
		      LEAST_LEFT, 100 * LEAST_SHARE, (long long)(WINDOW_MS / 60000), log10(DETECT_ATLAS_CHANCE),
		      LEAST_VOTING);
}
