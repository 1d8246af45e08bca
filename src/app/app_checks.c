/* Own checks of named sites as one voice of class P (detection.md 5.4).
 *
 * Each site is checked by itself once a minute; a round is over when every voting site has answered or failed since the last
 * one. A round fails when so many silences at once are not chance: the binomial test. With two or three sites that test cannot
 * speak, so all must be silent and each be believed down by Trinocular's rule; one site alone is a server, not a territory.
 * Who votes: sites hosted inside the territory that answered for 24 h. What they are used to is measured outside failing
 * rounds, or a long outage would take their vote away. Rounds while a canary is silent are about our line, and forgotten. */
#include "app_signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/stats.h"
#include "core/threshold.h"
#include "source/probe.h"

#define ROUND_MS 180000        /* a round waits no longer for a site that is not checked */
#define ROUNDS 2               /* running, to begin and to end */
#define REARM 2                /* rounds after a gap that decide nothing (detection.md 8) */
#define FEW 4                  /* fewer cannot pass the binomial test, q = 0.01 and p < 1e-6, in one round */
#define LEAST 2
#define TRIES_KEPT 2880        /* two days of minutes; older ones count half */
#define CLEAN_SHARE 4          /* a quarter of the sites silent is clean enough to end */

struct check {
	struct wall first;             /* WALL_NONE: never checked */
	unsigned tries, good;          /* outside failing rounds */
	bool seen, ok;                 /* in this round; the answer */
	struct wall when;
	struct detect_belief belief;
};

struct watch_checks {
	struct check sites[SITES_MAX];
	struct wall opened, closed;    /* of the round; the last one's end */
	unsigned failing, clean, rearm;
	unsigned targets, failed;      /* of the last round */
	double usual;                  /* share that fails on other days */
	bool alarm;
	enum voice_says level;
	struct wall good_round, first_failure, bad_round; /* last round that did not fail; the failing run's first silence; last one */
	struct wall first_clean;
	struct wall start_low, start, end, end_high;
};

static struct watch_checks *checks_of(struct watch *w)
{
	struct watch_checks *c = w->checks;
	if (c)
		return c;
	c = w->checks = xcalloc(1, sizeof(*c));
	c->opened = c->closed = c->good_round = c->first_failure = c->bad_round = c->first_clean = WALL_NONE;
	c->start_low = c->start = c->end = c->end_high = WALL_NONE;
	for (size_t i = 0; i < SITES_MAX; i++) {
		c->sites[i].first = c->sites[i].when = WALL_NONE;
		c->sites[i].belief = detect_belief_init(NAN);
	}
	return c;
}

static bool canaries_are_up(const struct app *a)
{
	int i = source_find("probe");
	return i >= 0 && (size_t)i < a->model.source_count && a->model.sources[i].state == FEED_OK;
}

/* Inside by its prefix, and by what is known of its country: both, or it may be an address that a registry lists here and
 * somebody uses elsewhere. */
static bool is_inside(const struct watch *w, const struct site *s)
{
	const struct territory_spec *spec = &w->t->spec;
	bool elsewhere = spec->kind == TERRITORY_COUNTRY && s->country[0] && strcmp(s->country, spec->code);
	return s->prefix.family && watch_covers(w, &s->prefix) && !elsewhere;
}

void checks_place(struct watch *w, struct site *s)
{
	struct watch_checks *c = checks_of(w);
	const struct check *k = &c->sites[s - w->t->sites];
	if (!is_inside(w, s))
		s->votes = false;
	else if (!c->failing && !c->alarm) /* an outage does not take away the vote that says so */
		s->votes = probe_may_vote(k->first, k->tries, k->good, s->checked);
}

static void count_try(struct watch_checks *c, struct check *k, bool ok, struct wall t)
{
	if (!wall_is_set(k->first))
		k->first = t;
	k->seen = true;
	k->ok = ok;
	k->when = t;
	if (!c->failing && !c->alarm) {
		if (++k->tries > TRIES_KEPT) {
			k->tries /= 2;
			k->good /= 2;
		}
		k->good += ok;
		if (k->good > k->tries)
			k->good = k->tries;
		k->belief.availability = fmin(0.99, (double)k->good / k->tries);
	}
	(void)detect_belief_update(&k->belief, ok);
}

/* ---- a round ---- */

static bool is_whole(const struct watch *w, const struct watch_checks *c, struct now now)
{
	bool all = true, any = false;
	for (size_t i = 0; i < w->t->site_count; i++) {
		all &= c->sites[i].seen || !w->t->sites[i].votes;
		any |= c->sites[i].seen && w->t->sites[i].votes;
	}
	return any && (all || now.wall.ms - c->opened.ms >= ROUND_MS);
}

/* Did it fail? Counts it, and finds the first silence of a run of failing rounds. */
static bool round_fails(const struct watch *w, struct watch_checks *c)
{
	bool believed = true;
	struct wall first = WALL_NONE;
	double usual = 0;
	c->targets = c->failed = 0;
	for (size_t i = 0; i < w->t->site_count; i++) {
		const struct check *k = &c->sites[i];
		if (!w->t->sites[i].votes || !k->seen)
			continue;
		c->targets++;
		usual += k->tries ? 1 - (double)k->good / k->tries : 0;
		if (k->ok)
			continue;
		c->failed++;
		believed &= detect_belief_state(&k->belief) == DETECT_ANSWER_DOWN;
		if (!wall_is_set(first) || k->when.ms < first.ms)
			first = k->when;
	}
	c->usual = c->targets ? usual / c->targets : 0;
	bool all = c->failed && c->failed == c->targets;
	bool fails = c->targets < FEW ? c->targets >= LEAST && all && believed
				      : probe_group_fails(c->targets, c->failed, c->usual);
	if (!fails && !all)
		c->first_failure = WALL_NONE; /* a site that is silent by itself is not where it begins */
	else if (!wall_is_set(c->first_failure))
		c->first_failure = first;
	return fails;
}

static void begin(struct watch_checks *c)
{
	c->alarm = true;
	c->start = c->first_failure;
	c->start_low = wall_is_set(c->good_round) && c->good_round.ms < c->start.ms ? c->good_round : c->start;
	c->end = c->end_high = WALL_NONE;
	c->clean = 0;
}

static void finish(struct watch_checks *c)
{
	c->alarm = false;
	c->end = c->bad_round;
	c->end_high = c->first_clean;
	c->failing = c->clean = 0;
	c->first_failure = WALL_NONE;
}

static void decide(struct watch_checks *c, bool fails, struct wall t)
{
	if (c->rearm) {
		c->rearm--;
		return;
	}
	if (fails) {
		c->failing++;
		c->bad_round = t;
	} else if (!c->alarm) {
		c->failing = 0;
		if (!wall_is_set(c->first_failure))
			c->good_round = t;
	}
	if (!c->alarm && c->failing >= ROUNDS)
		begin(c);
	if (!c->alarm)
		return;
	c->level = 2 * c->failed > c->targets && c->targets >= FEW ? VOICE_CRITICAL : VOICE_WARNING;
	if (c->failed * CLEAN_SHARE > c->targets) {
		c->clean = 0;
		c->bad_round = t;
		return;
	}
	if (c->clean++ == 0)
		c->first_clean = t;
	if (c->clean >= ROUNDS)
		finish(c);
}

static void close_round(struct watch *w, struct watch_checks *c, struct now now)
{
	bool fails = round_fails(w, c);
	decide(c, fails, now.wall);
	c->closed = now.wall;
	c->opened = WALL_NONE;
	for (size_t i = 0; i < w->t->site_count; i++)
		c->sites[i].seen = false;
	w->voices_dirty = true;
}

void checks_result(struct app *a, struct watch *w, size_t site, bool reachable, struct now now)
{
	struct watch_checks *c = checks_of(w);
	if (!canaries_are_up(a)) {
		c->rearm = REARM;
		c->opened = WALL_NONE;
		if (!c->alarm)
			c->failing = 0;
		return;
	}
	if (!wall_is_set(c->opened))
		c->opened = now.wall;
	count_try(c, &c->sites[site], reachable, now.wall);
	checks_place(w, &w->t->sites[site]);
	if (is_whole(w, c, now))
		close_round(w, c, now);
}

/* ---- the voice ---- */

static void count_votes(const struct watch *w, unsigned *votes, unsigned *inside)
{
	*votes = *inside = 0;
	for (size_t i = 0; i < w->t->site_count; i++) {
		*votes += w->t->sites[i].votes;
		*inside += is_inside(w, &w->t->sites[i]);
	}
}

static bool may_speak(const struct watch *w, const struct watch_checks *c, struct voice *v)
{
	unsigned votes, inside, all = (unsigned)w->t->site_count;
	count_votes(w, &votes, &inside);
	if (!inside) {
		v->none = true;
		snprintf(v->why, sizeof(v->why), "%u site%s, none known to be hosted inside: none votes", all, all == 1 ? "" : "s");
	} else if (votes < inside && votes < LEAST) {
		snprintf(v->why, sizeof(v->why), "learning: %u of %u sites inside answered for 24 h", votes, inside);
	} else if (votes < LEAST) {
		v->none = true;
		snprintf(v->why, sizeof(v->why), "one site votes: a server, not a territory");
	} else if (!c || !wall_is_set(c->closed)) {
		snprintf(v->why, sizeof(v->why), "no round finished yet");
	} else if (c->rearm) {
		snprintf(v->why, sizeof(v->why), "a gap just ended");
	} else {
		return true;
	}
	return false;
}

static void write_words(const struct watch *w, const struct watch_checks *c, struct voice *v)
{
	unsigned idle = (unsigned)w->t->site_count - c->targets;
	double q = fmax(c->usual, 0.01), p = binomial_tail(c->targets, c->failed, q);
	int len = snprintf(v->value_words, sizeof(v->value_words), "%u of %u voting sites silent, %.0f%% usual", c->failed,
			   c->targets, 100 * q);
	if (c->failed && c->targets >= FEW && p > 0)
		len += snprintf(v->value_words + len, sizeof(v->value_words) - (size_t)len, ", p = 1e%.0f", floor(log10(p)));
	if (idle)
		snprintf(v->value_words + len, sizeof(v->value_words) - (size_t)len, "; %u more shown, no vote", idle);
	if (c->targets < FEW)
		snprintf(v->rule_words, sizeof(v->rule_words), "all silent, each believed down (5.4)");
	else
		snprintf(v->rule_words, sizeof(v->rule_words), "binomial p < 1e%.0f, %d rounds (detection.md 5.4)",
			 log10(PROBE_FAILURE_CHANCE), ROUNDS);
}

bool checks_voice(const struct app *a, const struct watch *w, struct voice *v)
{
	const struct watch_checks *c = w->checks;
	if (!w->t->site_count)
		return false;
	bool on = voice_begin(a, "probe", "sites", "own checks", CLASS_P, v);
	v->step_ms = 60000;
	if (c) {
		v->start_low = c->alarm ? c->start_low : WALL_NONE;
		v->start = c->alarm ? c->start : WALL_NONE;
		v->end = c->alarm ? WALL_NONE : c->end;
		v->end_high = c->alarm ? WALL_NONE : c->end_high;
		v->time = c->closed;
		if (c->targets) {
			v->value = c->targets - c->failed;
			v->baseline = c->targets;
			v->loss_pct = 100.0 * c->failed / c->targets;
			write_words(w, c, v);
		}
	}
	if (!on || !may_speak(w, c, v))
		return true;
	if (!canaries_are_up(a)) {
		snprintf(v->why, sizeof(v->why), "a canary is silent: our own line may be the cause");
		return true;
	}
	v->says = c->alarm ? c->level : VOICE_NORMAL;
	return true;
}

void checks_release(struct watch *w)
{
	free(w->checks);
	w->checks = NULL;
}

void checks_thresholds(struct thresholds *t)
{
	threshold_add(t, "own checks suspected",
		      "%d rounds running with so many sites silent that the chance is below 1e%.0f; of fewer than %d "
		      "sites all, each believed down; of one none",
		      ROUNDS, log10(PROBE_FAILURE_CHANCE), FEW);
}
