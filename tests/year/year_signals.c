/* What is measured beside routing, and what its detectors say: IODA's probing (10 min), telescope (5 min) and Google traffic
 * (30 min) of each country, with the habit of day and week; Radar's traffic (15 min) where a token is set; and its probes of
 * Atlas (year_hosts.c).
 *
 * The noise is of the kinds that the real series show (detection.md 1, 3; samples/signals): scatter that comes in clumps, an
 * hour's dip now and then, holidays, scanners that make the telescope jump, a prober or a telescope that fails for the whole
 * world at once, and hours without an answer. A sample is a mean over its step: the first and the last of a loss show a part of
 * it. It arrives late by its source's delay, and a step later still, since the newest one is held back. Each is judged by the
 * real detector and speaks as the program lets it speak; fusion then weighs it with routing. */
#include "year_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/detect.h"

#define TICK_MS     (5 * MIN_MS)
#define HISTORY_MS  (28 * DAY_MS) /* as the program asks for at its start */
#define WEEK_MS     (7 * DAY_MS)
#define LATE_STEPS  2             /* older than so many steps beyond its delay: no data (detection.md 8) */
#define HOT_MS      (5 * SEC_MS)  /* fusion looks so often while something is open */

enum { PING, TELESCOPE, TRAFFIC, RADAR, KINDS, VOICES = KINDS + 1, LOSSES_KEPT = 8 };

static const struct kind {
	const char *source, *name;
	unsigned class_bit;
	bool weak;
	double unit;                /* of a value; the level is drawn in such units */
	int64_t step_ms, delay_ms;  /* delay: from the end of a step until its sample counts */
	double day, weekend;        /* swing of the day; what is left at weekends */
	double scatter, memory;     /* of the noise: share of the level; how much of it stays to the next sample */
	double dips_day, dip_most;  /* of one country: dips a day, up to this share, for a median of dip_ms */
	int64_t dip_ms;
	double jumps_day;           /* upwards, for a sample or a few */
	double faults_day, fault_most; /* of the source itself: all countries at once */
	double silent_day;          /* the source gives nothing, for hours */
} kinds[KINDS] = {
	/* delays: the newest step begins 10 to 20 min ago (sources/ioda.md), so 0 to 10 after its end, and a step held back;
	 * the telescope beside that is asked for every 15 min, Radar every 10; Google's traffic is 2 to 3 h late */
	[PING] = {
		.source = "ioda", .name = "ping-slash24", .class_bit = CLASS_P, .unit = 1,
		.step_ms = 10 * MIN_MS, .delay_ms = 15 * MIN_MS, .day = 0.02, .weekend = 0.99, .scatter = 0.008, .memory = 0.5,
		.dips_day = 0.15, .dip_most = 0.35, .dip_ms = 25 * MIN_MS, .faults_day = 0.1, .fault_most = 0.6, .silent_day = 0.15,
	},
	[TELESCOPE] = {
		.source = "ioda", .name = "merit-nt", .class_bit = CLASS_T, .weak = true, .unit = 1,
		.step_ms = 5 * MIN_MS, .delay_ms = 20 * MIN_MS, .day = 0.45, .weekend = 0.9, .scatter = 0.10, .memory = 0.7,
		.dips_day = 0.4, .dip_most = 0.6, .dip_ms = 20 * MIN_MS, .jumps_day = 0.5, .faults_day = 0.15, .fault_most = 0.7,
		.silent_day = 0.15,
	},
	[TRAFFIC] = {
		.source = "ioda", .name = "gtr", .class_bit = CLASS_T, .unit = 1,
		.step_ms = 30 * MIN_MS, .delay_ms = 180 * MIN_MS, .day = 0.6, .weekend = 0.85, .scatter = 0.03, .memory = 0.6,
		.dips_day = 0.03, .dip_most = 0.25, .dip_ms = 12 * HOUR_MS, .faults_day = 0.05, .fault_most = 0.4, .silent_day = 0.1,
	},
	[RADAR] = { /* shares of the peak */
		.source = "radar", .name = "netflows", .class_bit = CLASS_T, .unit = 0.001,
		.step_ms = 15 * MIN_MS, .delay_ms = 20 * MIN_MS, .day = 0.5, .weekend = 0.9, .scatter = 0.03, .memory = 0.6,
		.dips_day = 0.03, .dip_most = 0.25, .dip_ms = 12 * HOUR_MS, .faults_day = 0.05, .fault_most = 0.4, .silent_day = 0.1,
	},
};

struct signal {
	struct detect_season *detect;
	struct chance chance;
	double level, noise;
	int64_t dip_until, jump_until, last_ms; /* last_ms: end of the newest sample */
	double dip, jump;
	bool alarm;
};

struct signals {
	struct signal of[KINDS];
	struct voice voices[VOICES];
	size_t voice_count;
	struct loss { int64_t from, to; double share; } losses[LOSSES_KEPT]; /* that were put in, a ring */
	size_t loss_count;
	int64_t zone_ms;     /* the country's noon */
	int64_t fused_ms;
	bool news;
};

struct trouble { int64_t until; double share; bool silent; };

/* The world's own troubles, drawn ahead of time so that what is put in does not move them. */
static struct trouble trouble_at(const struct year *y, int kind, int64_t ms)
{
	const struct kind *k = &kinds[kind];
	struct trouble t = {0};

	/* one chance a day for each kind of fault, from the day's own stream; a fault that began yesterday goes on */
	for (int64_t day = ms / DAY_MS - 1; day <= ms / DAY_MS; day++) {
		struct chance c = chance_of(y->config.seed + FOR_NOISE, (uint64_t)(kind + 1), (uint64_t)(day + 64));
		double fault = chance_uniform(&c), silent = chance_uniform(&c);
		int64_t at = day * DAY_MS + (int64_t)(chance_uniform(&c) * (double)DAY_MS);
		int64_t off = (int64_t)(chance_log_normal(&c, 40, 150) * (double)MIN_MS);
		double share = chance_uniform(&c) * k->fault_most;
		int64_t quiet = day * DAY_MS + (int64_t)(chance_uniform(&c) * (double)DAY_MS);
		int64_t gone = (int64_t)(chance_log_normal(&c, 90, 720) * (double)MIN_MS);
		if (fault < k->faults_day && ms >= at && ms < at + off)
			t.share = share;
		if (silent < k->silent_day && ms >= quiet && ms < quiet + gone)
			t.silent = true;
	}
	return t;
}

/* ---- one sample ---- */

static double habit(const struct kind *k, const struct signals *s, int64_t ms)
{
	int64_t week = ((ms + s->zone_ms) % WEEK_MS + WEEK_MS) % WEEK_MS;
	double day = sin((double)(week % DAY_MS) / (double)DAY_MS * 6.283185307179586);

	return (1 + k->day * day) * (week >= 5 * DAY_MS ? k->weekend : 1);
}

static void draw_troubles(const struct kind *k, struct signal *x, int64_t ms)
{
	double steps_day = (double)DAY_MS / (double)k->step_ms;
	bool dip = chance_is(&x->chance, k->dips_day / steps_day), jump = chance_is(&x->chance, k->jumps_day / steps_day);
	double share = chance_uniform(&x->chance);
	int64_t dip_off = (int64_t)chance_log_normal(&x->chance, (double)k->dip_ms, 4.0 * (double)k->dip_ms);
	int64_t jump_off = (int64_t)chance_log_normal(&x->chance, 10 * (double)MIN_MS, 60 * (double)MIN_MS);

	if (dip && ms >= x->dip_until) {
		x->dip = share * k->dip_most;
		x->dip_until = ms + dip_off;
	}
	if (jump && ms >= x->jump_until) {
		x->jump = 1 + 4 * share;
		x->jump_until = ms + jump_off;
	}
	x->noise = k->memory * x->noise + sqrt(1 - k->memory * k->memory) * chance_normal(&x->chance);
}

static double loss_at(const struct signals *s, int64_t from, int64_t to)
{
	double sum = 0;

	for (size_t i = 0; i < LOSSES_KEPT && i < s->loss_count; i++) {
		const struct loss *l = &s->losses[i];
		int64_t begin = l->from > from ? l->from : from, end = l->to < to ? l->to : to;
		sum += end > begin ? l->share * (double)(end - begin) : 0;
	}
	return sum / (double)(to - from);
}

static double sample_of(const struct kind *k, const struct signals *s, struct signal *x, int64_t ms, double fault)
{
	double left = 1 - loss_at(s, ms, ms + k->step_ms), v;

	draw_troubles(k, x, ms);
	v = x->level * habit(k, s, ms) * left * (1 - fault);
	v *= (ms < x->dip_until ? 1 - x->dip : 1) * (ms < x->jump_until ? x->jump : 1);
	v += x->noise * (k->scatter * v + sqrt(v)); /* of the level, and of counting */
	return v > 0 ? floor(v) * k->unit : 0;
}

/* ---- the voice, as the program gives it ---- */

static void speak(struct year *y, const struct kind *k, struct signal *x, struct voice *v)
{
	struct detect_view d;
	bool fresh = y->ms - x->last_ms <= k->delay_ms + LATE_STEPS * k->step_ms;

	detect_season_view(x->detect, &d);
	bool alarm = d.phase == DETECT_ALARM;
	v->none = d.ignored;
	v->says = !fresh || d.ignored || d.phase == DETECT_UNKNOWN ? VOICE_NO_DATA
		  : !alarm                                         ? VOICE_NORMAL
		  : d.level == DETECT_CRITICAL                     ? VOICE_CRITICAL
								   : VOICE_WARNING;
	v->start_low = alarm ? d.start_low : WALL_NONE;
	v->start = alarm ? d.start : WALL_NONE;
	v->end = alarm ? WALL_NONE : d.end;
	v->end_high = alarm ? WALL_NONE : d.end_high;
	v->time = wall_is_set(d.time) ? (struct wall){d.time.ms + k->step_ms} : WALL_NONE;
	v->value = d.value;
	v->baseline = d.baseline;
	v->loss_pct = d.loss_pct;
	v->ending = d.ending;
	y->counts.alarms[k - kinds] += alarm && !x->alarm;
	x->alarm = alarm;
}

static void hear(struct year *y, struct signals *s, int kind, int64_t bucket_ms, const struct trouble *t)
{
	const struct kind *k = &kinds[kind];
	struct signal *x = &s->of[kind];
	double v = sample_of(k, s, x, bucket_ms, t->share);

	if (t->silent)
		return;
	if (detect_season_push(x->detect, year_wall(bucket_ms), v, NULL))
		return;
	x->last_ms = bucket_ms + k->step_ms;
	y->counts.voices++;
}

static bool is_asked(const struct year *y, int kind)
{
	return kind != RADAR || y->config.token;
}

void signals_sample(struct year *y)
{
	queue_add(y, y->ms + TICK_MS, DO_SAMPLE, 0, 0, 0);
	for (int kind = 0; kind < KINDS; kind++) {
		const struct kind *k = &kinds[kind];
		int64_t bucket = y->ms - k->delay_ms - k->step_ms;
		if (bucket % k->step_ms || !is_asked(y, kind))
			continue;
		struct trouble t = trouble_at(y, kind, bucket);
		if (t.share > 0 || t.silent)
			fault_note(y, FAULT_SOURCE);
		for (unsigned i = 0; i < y->config.countries; i++) {
			struct signals *s = y->countries[i].signals;
			hear(y, s, kind, bucket, &t);
			speak(y, k, &s->of[kind], &s->voices[kind]);
			s->news = true;
		}
	}
	hosts_hear(y);
	for (unsigned i = 0; i < y->config.countries; i++) {
		struct signals *s = y->countries[i].signals;
		s->voice_count = KINDS + hosts_voice(y, &y->countries[i], &s->voices[KINDS]);
		s->news |= s->voice_count > KINDS;
	}
}

/* ---- the life ---- */

static void signal_begin(struct year *y, struct country *k, int kind, struct chance *c)
{
	struct signals *s = k->signals;
	struct signal *x = &s->of[kind];
	struct voice *v = &s->voices[kind];
	double size = k->networks[V4] * chance_log_normal(c, 12, 60);

	*x = (struct signal){.detect = detect_season_new(detect_rule_find(kinds[kind].source,
									      kinds[kind].name)),
			     .chance = chance_of(y->config.seed + FOR_NOISE, 1000 + (uint64_t)(k - y->countries), (uint64_t)kind),
			     .level = kind == TELESCOPE ? size * 2 : kind == TRAFFIC ? 4000 : kind == RADAR ? 600 : size, .last_ms = -DAY_MS,
			     .dip_until = -HISTORY_MS - DAY_MS, .jump_until = -HISTORY_MS - DAY_MS};
	*v = (struct voice){.class_bit = kinds[kind].class_bit, .weak = kinds[kind].weak, .step_ms = kinds[kind].step_ms,
			    .says = VOICE_NO_DATA, .off = !is_asked(y, kind), .start_low = WALL_NONE, .start = WALL_NONE,
			    .end = WALL_NONE, .end_high = WALL_NONE, .time = WALL_NONE, .value = NAN, .baseline = NAN,
			    .loss_pct = NAN};
	snprintf(v->source, sizeof(v->source), "%s", kinds[kind].source);
	snprintf(v->name, sizeof(v->name), "%s", kinds[kind].name);
	for (int64_t ms = -HISTORY_MS; is_asked(y, kind) && ms + kinds[kind].step_ms + kinds[kind].delay_ms < 0; ms += kinds[kind].step_ms) {
		struct trouble t = trouble_at(y, kind, ms + HISTORY_MS); /* like any other four weeks */
		hear(y, s, kind, ms, &t);
	}
}

void signals_begin(struct year *y)
{
	if (!y->config.signals)
		return;
	for (unsigned i = 0; i < y->config.countries; i++) {
		struct country *k = &y->countries[i];
		struct chance c = chance_of(y->config.seed + FOR_NOISE, i, 7);
		k->signals = xcalloc(1, sizeof(*k->signals));
		k->signals->zone_ms = (int64_t)(chance_uniform(&c) * (double)DAY_MS);
		for (int kind = 0; kind < KINDS; kind++)
			signal_begin(y, k, kind, &c);
		k->signals->voice_count = KINDS;
	}
	signals_rejoin(y);
	hosts_begin(y);
	queue_add(y, TICK_MS, DO_SAMPLE, 0, 0, 0);
}

void signals_rejoin(struct year *y)
{
	for (unsigned i = 0; y->config.signals && i < y->config.countries; i++) {
		struct country *k = &y->countries[i];
		if (!k->signals)
			continue;
		fusion_free(k->fusion);
		k->fusion = fusion_new(y->book, y->judge, k->code, k->group);
	}
}

void signals_free(struct country *c)
{
	for (int kind = 0; c->signals && kind < KINDS; kind++)
		detect_season_free(c->signals->of[kind].detect);
	if (c->fusion)
		fusion_free(c->fusion);
	free(c->signals);
}

void signals_outage(struct year *y, const struct outage *o, bool begins)
{
	struct signals *s = y->countries[o->country].signals;

	if (!s)
		return;
	if (begins) /* some always answer */
		s->losses[s->loss_count++ % LOSSES_KEPT] = (struct loss){y->ms, NEVER_MS, o->loss_pct / 100 * 0.97};
	else
		s->losses[(s->loss_count - 1) % LOSSES_KEPT].to = y->ms; /* a country has one at a time */
	hosts_outage(y, o, begins);
}

const struct voice *signals_voices(const struct country *k, size_t *count)
{
	*count = k->signals ? k->signals->voice_count : 0;
	return k->signals ? k->signals->voices : NULL;
}

static int64_t whole_sample(const struct kind *k, int64_t start)
{
	return (start + k->step_ms - 1) / k->step_ms * k->step_ms + k->step_ms + k->delay_ms;
}

int64_t signals_floor(const struct year *y, int64_t start, bool hosts)
{
	int64_t first = whole_sample(&kinds[PING], start);
	int64_t second = hosts ? hosts_floor(start) : whole_sample(&kinds[y->config.token ? RADAR : TRAFFIC], start);

	return first > second ? first : second;
}

static void fuse(struct year *y, struct country *k)
{
	struct fusion_view v;

	fusion_run(k->fusion, k->signals->voices, k->signals->voice_count, false, year_now(y), &v);
	k->signals->news = false;
	k->signals->fused_ms = y->ms;
	k->hot = v.event_id != 0;
}

void signals_fuse_all(struct year *y)
{
	for (unsigned i = 0; y->config.signals && i < y->config.countries; i++) {
		struct country *k = &y->countries[i];
		struct wall due = fusion_due(k->fusion);
		if (k->signals->news || (k->hot && y->ms - k->signals->fused_ms >= HOT_MS) ||
		    (wall_is_set(due) && year_ms(due) <= y->ms))
			fuse(y, k);
	}
}
