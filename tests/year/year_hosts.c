/* Probes of RIPE Atlas (class H): who of them leaves, when its controller notices, and when an answer tells us.
 *
 * Two in five countries have ten probes or more (an assumption: what detection.md 5.3 asks for to vote). A probe is off now
 * and then by itself; half a provider's are at times; a controller begins anew with all of its probes, in many countries at
 * once. An outage takes its share of them. A departure is noticed some minutes late, and departures are asked for every five
 * minutes, as in the program. The real detector hears them. */
#include "year_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/detect.h"

#define HOSTS_SHARE      0.4
#define HOSTS_LEAST      10
#define OFF_PROBE_DAY    (1. / 5)
#define CLUMPS_DAY       (1. / 60)  /* of a country: up to half of its probes */
#define RESTARTS_DAY     (1. / 15)  /* of a controller */
#define NOTICED_MS       MIN_MS     /* from here to NOTICED_LAST_MS: a keep-alive runs out */
#define NOTICED_LAST_MS  (8 * MIN_MS)
#define BACK_MS          120000     /* at most, until it is connected again */
#define ASKED_MS         (5 * MIN_MS)
#define KEEP_ALIVE_MS    (10 * MIN_MS) /* what an answer says is true of then, as in the program */
#define PENDING_MAX      8192

enum { CONTROLLERS = 8, FOREIGN_SHARE = 5 /* one probe in so many is at another controller than its country's */ };

struct host {
	uint8_t off, generation; /* off: reasons why it is gone; 0: it is there */
	uint8_t controller;
	bool told_off;           /* as its controller knows it */
};

struct departure { uint32_t host; bool connected; int64_t ms; };

struct hosts {
	struct detect_atlas *detect;
	struct host *list;
	unsigned count, cut;     /* cut: by the outage, the first so many from `from` */
	unsigned from;
	struct departure *pending;
	size_t pending_count, pending_cap;
	int64_t heard_ms;
	bool alarm;
};

static int64_t noticed_ms(struct chance *c)
{
	return NOTICED_MS + (int64_t)chance_below(c, (unsigned)(NOTICED_LAST_MS - NOTICED_MS));
}

/* One reason more or less; what its controller notices comes later, unless it is overtaken. */
static void turn(struct year *y, unsigned country, unsigned i, int by, int64_t after_ms)
{
	struct host *h = &y->countries[country].hosts->list[i];
	bool was = h->off > 0;

	h->off = (uint8_t)(h->off + by);
	if (was == (h->off > 0))
		return;
	h->generation++;
	queue_add(y, y->ms + after_ms, DO_HOST, country, i, h->generation);
}

static void off_for(struct year *y, unsigned country, unsigned i, int64_t ms, int64_t after_ms)
{
	turn(y, country, i, 1, after_ms);
	queue_add(y, y->ms + ms, DO_HOST_BACK, country, i, 0);
}

/* ---- what happens anyway ---- */

static unsigned pick_country(const struct year *y, struct chance *c)
{
	unsigned at = chance_below(c, y->config.countries);

	for (unsigned i = 0; i < y->config.countries; i++, at = (at + 1) % y->config.countries)
		if (y->countries[at].hosts)
			return at;
	return y->config.countries;
}

static void one_leaves(struct year *y, unsigned country)
{
	struct hosts *h = y->countries[country].hosts;
	struct chance *c = &y->chance[FOR_HOSTS];
	unsigned i = chance_below(c, h->count);

	off_for(y, country, i, (int64_t)(chance_log_normal(c, 30, 600) * (double)MIN_MS), noticed_ms(c));
	queue_add(y, y->ms + chance_wait_ms(c, OFF_PROBE_DAY * h->count), DO_HOST_LEAVES, country, 0, 0);
}

static void clump(struct year *y)
{
	struct chance *c = &y->chance[FOR_HOSTS];
	unsigned country = pick_country(y, c);
	double share = chance_uniform(c) / 2;

	queue_add(y, y->ms + chance_wait_ms(c, CLUMPS_DAY * HOSTS_SHARE * y->config.countries), DO_CONTROLLER, CONTROLLERS, 0,
		  0);
	for (unsigned i = 0; country < y->config.countries && i < y->countries[country].hosts->count; i++)
		if (chance_is(c, share))
			off_for(y, country, i, (int64_t)(chance_log_normal(c, 20, 120) * (double)MIN_MS), noticed_ms(c));
}

/* Everyone of it leaves at once and is back within minutes. */
static void controller(struct year *y, unsigned which)
{
	struct chance *c = &y->chance[FOR_HOSTS];

	if (which == CONTROLLERS) {
		clump(y);
		return;
	}
	queue_add(y, y->ms + chance_wait_ms(c, RESTARTS_DAY), DO_CONTROLLER, which, 0, 0);
	for (unsigned k = 0; k < y->config.countries; k++) {
		struct hosts *h = y->countries[k].hosts;
		for (unsigned i = 0; h && i < h->count; i++)
			if (h->list[i].controller == which)
				off_for(y, k, i, (int64_t)(chance_log_normal(c, 4, 15) * (double)MIN_MS),
					(int64_t)chance_below(c, 20000));
	}
}

/* ---- what is put in ---- */

void hosts_outage(struct year *y, const struct outage *o, bool begins)
{
	struct hosts *h = y->countries[o->country].hosts;
	struct chance c = chance_of(y->config.seed + FOR_HOSTS, o->country, (uint64_t)y->ms);

	if (!h)
		return;
	if (begins) {
		h->cut = (unsigned)lround(o->loss_pct / 100 * h->count);
		h->from = chance_below(&c, h->count);
	}
	for (unsigned i = 0; i < h->cut; i++)
		turn(y, o->country, (h->from + i) % h->count, begins ? 1 : -1,
		     begins ? noticed_ms(&c) : (int64_t)chance_below(&c, BACK_MS));
	if (!begins)
		h->cut = 0;
}

/* ---- what is noticed ---- */

static void noticed(struct year *y, const struct todo *t)
{
	struct hosts *h = y->countries[t->a].hosts;
	struct host *x = &h->list[t->b];

	if (t->generation != x->generation || x->told_off == (x->off > 0) || h->pending_count == PENDING_MAX)
		return;
	x->told_off = x->off > 0;
	mem_grow(&h->pending, &h->pending_cap, h->pending_count + 1, sizeof(*h->pending));
	h->pending[h->pending_count++] = (struct departure){(uint32_t)t->b, !x->told_off, y->ms};
}

void hosts_do(struct year *y, const struct todo *t)
{
	switch (t->what) {
	case DO_HOST: noticed(y, t); break;
	case DO_HOST_BACK: turn(y, t->a, (unsigned)t->b, -1, (int64_t)chance_below(&y->chance[FOR_HOSTS], BACK_MS)); break;
	case DO_HOST_LEAVES: one_leaves(y, t->a); break;
	case DO_CONTROLLER: controller(y, t->a); break;
	default: break;
	}
}

/* ---- and heard ---- */

static void hear(const struct year *y, struct hosts *h)
{
	char name[16];

	for (size_t i = 0; i < h->pending_count; i++) {
		const struct departure *d = &h->pending[i];
		snprintf(name, sizeof(name), "ctr-%02u", h->list[d->host].controller);
		detect_atlas_event(h->detect, d->host, d->connected, year_wall(d->ms), name);
	}
	h->pending_count = 0;
	h->heard_ms = y->ms;
}

void hosts_hear(struct year *y)
{
	struct detect_atlas *all[COUNTRIES_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < y->config.countries; i++) {
		if (!y->countries[i].hosts)
			continue;
		hear(y, y->countries[i].hosts);
		all[n++] = y->countries[i].hosts->detect;
	}
	detect_atlas_void(all, n);
}

bool hosts_voice(struct year *y, struct country *k, struct voice *v)
{
	struct hosts *h = k->hosts;
	struct detect_view d;

	if (!h)
		return false;
	detect_atlas_view(h->detect, &d);
	bool alarm = d.phase == DETECT_ALARM;
	*v = (struct voice){.class_bit = CLASS_H, .step_ms = KEEP_ALIVE_MS, .source = "atlas", .name = "probes",
			    .start_low = alarm ? d.start_low : WALL_NONE, .start = alarm ? d.start : WALL_NONE,
			    .end = alarm ? WALL_NONE : d.end, .end_high = alarm ? WALL_NONE : d.end_high,
			    .value = d.value, .baseline = d.baseline, .loss_pct = d.loss_pct};
	v->time = year_wall(h->heard_ms - KEEP_ALIVE_MS);
	v->none = d.shown_only;
	v->says = d.shown_only                   ? VOICE_NO_DATA
		  : !alarm                     ? VOICE_NORMAL
		  : d.level == DETECT_CRITICAL ? VOICE_CRITICAL
					       : VOICE_WARNING;
	y->counts.alarms[4] += alarm && !h->alarm;
	h->alarm = alarm;
	return true;
}

/* ---- life ---- */

static void hosts_new(struct country *k, struct chance *c)
{
	struct hosts *h = xcalloc(1, sizeof(*h));
	unsigned home = chance_below(c, CONTROLLERS);

	/* some to spare: not all are always there */
	h->count = (unsigned)lround(HOSTS_LEAST * 1.2 * exp(chance_uniform(c) * log(25)));
	h->list = xcalloc(h->count, sizeof(*h->list));
	h->detect = detect_atlas_new();
	for (unsigned i = 0; i < h->count; i++) {
		h->list[i].controller = (uint8_t)(chance_below(c, FOREIGN_SHARE) ? home : chance_below(c, CONTROLLERS));
		detect_atlas_probe(h->detect, i, true, year_wall(-DAY_MS), year_wall(0));
	}
	k->hosts = h;
}

void hosts_begin(struct year *y)
{
	struct chance c = chance_of(y->config.seed + FOR_HOSTS, 1, 1);

	for (unsigned i = 0; i < y->config.countries; i++) {
		if (chance_is(&c, HOSTS_SHARE))
			hosts_new(&y->countries[i], &c);
		if (y->countries[i].hosts)
			queue_add(y, chance_wait_ms(&c, OFF_PROBE_DAY * y->countries[i].hosts->count), DO_HOST_LEAVES, i, 0,
				  0);
	}
	for (unsigned i = 0; i <= CONTROLLERS; i++)
		queue_add(y, chance_wait_ms(&c, i < CONTROLLERS ? RESTARTS_DAY : 1), DO_CONTROLLER, i, 0, 0);
}

void hosts_free(struct country *k)
{
	if (!k->hosts)
		return;
	detect_atlas_free(k->hosts->detect);
	free(k->hosts->pending);
	free(k->hosts->list);
	free(k->hosts);
}

bool hosts_vote(const struct country *k)
{
	return k->hosts != NULL;
}

int64_t hosts_floor(int64_t start)
{
	int64_t third = start + NOTICED_MS + (NOTICED_LAST_MS - NOTICED_MS) * 3 / 10; /* that many make a burst */

	return (third + ASKED_MS - 1) / ASKED_MS * ASKED_MS;
}
