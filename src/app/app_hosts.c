/* RIPE Atlas probes of a territory: lists and departures to bursts (detection.md 5.3), and to one voice of class H.
 *
 * A country has one detector, and each of its ASes with enough probes has one, which only names operators in the words: what
 * votes is the country. A territory that is an AS hears its own probes out of its country's list. Bursts of several countries
 * that share a controller are a restart there, and void. */
#include "app_signals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LEAST_VOTING 10          /* detection.md 5.3 */
#define LEAST_AS 5
#define AS_MAX 24                /* ASes with a detector of their own, in order of appearance */
#define KEEP_ALIVE_MS 600000     /* a controller notices a loss minutes late: what it says is true of then */
#define HEARD_MS 1200000         /* departures not heard of for so long: not fresh (two polls and the delay) */

struct host { uint32_t id, asn; };

struct host_as { uint32_t asn; unsigned hosts; struct detect_atlas *burst; };

struct watch_hosts {
	struct detect_atlas *burst;  /* of the whole territory; owned */
	struct host *hosts;          /* by id; owned */
	size_t count, cap;
	struct host_as ases[AS_MAX];
	size_t as_count;
	bool listed;                 /* a whole list has come */
	struct wall heard;           /* when an answer about departures last came */
};

static struct watch_hosts *hosts_of(struct watch *w)
{
	if (!w->hosts) {
		w->hosts = xcalloc(1, sizeof(*w->hosts));
		w->hosts->burst = detect_atlas_new();
		w->hosts->heard = WALL_NONE;
	}
	return w->hosts;
}

static size_t place_of(const struct watch_hosts *h, uint32_t id)
{
	size_t lo = 0, hi = h->count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (h->hosts[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct host *find_host(const struct watch_hosts *h, uint32_t id)
{
	size_t i = place_of(h, id);
	return i < h->count && h->hosts[i].id == id ? &h->hosts[i] : NULL;
}

static struct host_as *find_as(struct watch_hosts *h, uint32_t asn, bool add)
{
	for (size_t i = 0; i < h->as_count; i++)
		if (h->ases[i].asn == asn)
			return &h->ases[i];
	if (!add || !asn || h->as_count == AS_MAX)
		return NULL;
	h->ases[h->as_count] = (struct host_as){.asn = asn, .burst = detect_atlas_new()};
	return &h->ases[h->as_count++];
}

static bool is_ours(const struct watch *w, const struct fact *f)
{
	const struct territory_spec *spec = &w->t->spec;
	if (spec->kind == TERRITORY_AS)
		return f->asn == spec->asn;
	return f->subject && *f->subject && watch_has_country(w, f->subject);
}

void hosts_probe(struct app *a, const struct fact *f, struct now now)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		if (!is_ours(w, f))
			continue;
		struct watch_hosts *h = hosts_of(w);
		bool known = find_host(h, f->count) != NULL;
		if (!known && h->count >= DETECT_ATLAS_PROBES_MAX)
			continue;
		struct host_as *as = find_as(h, f->asn, true);
		if (!known) {
			size_t at = place_of(h, f->count);
			mem_grow(&h->hosts, &h->cap, h->count + 1, sizeof(*h->hosts));
			memmove(&h->hosts[at + 1], &h->hosts[at], (h->count - at) * sizeof(*h->hosts));
			h->hosts[at] = (struct host){f->count, f->asn};
			h->count++;
			if (as)
				as->hosts++;
		}
		detect_atlas_probe(h->burst, f->count, f->flag, f->t, now.wall);
		if (as)
			detect_atlas_probe(as->burst, f->count, f->flag, f->t, now.wall);
		w->voices_dirty = true;
	}
}

void hosts_event(struct app *a, const struct fact *f)
{
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch_hosts *h = a->watches[i].hosts;
		const struct host *host = h ? find_host(h, f->count) : NULL;
		if (!host)
			continue; /* nobody's, or not listed: of which country is not known */
		struct host_as *as = find_as(h, host->asn, false);
		enum detect_change change = detect_atlas_event(h->burst, f->count, f->flag, f->t, f->text);
		if (as)
			detect_atlas_event(as->burst, f->count, f->flag, f->t, f->text);
		if (change != DETECT_SAME)
			a->watches[i].voices_dirty = true;
	}
}

void hosts_end(struct app *a, const struct fact *f, struct now now)
{
	(void)now;
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		bool of_as = w->t->spec.kind == TERRITORY_AS && w->hosts;
		if (!of_as && !(f->subject && watch_has_country(w, f->subject)))
			continue;
		hosts_of(w)->listed = true;
		w->voices_dirty = true;
	}
}

/* Bursts of many countries at once, by one controller: nothing happened there. */
static void void_restarts(struct app *a)
{
	struct detect_atlas *bursts[TERRITORY_MAX];
	size_t n = 0;
	for (size_t i = 0; i < a->watch_count; i++)
		if (a->watches[i].hosts && a->watches[i].t->spec.kind == TERRITORY_COUNTRY)
			bursts[n++] = a->watches[i].hosts->burst;
	if (n && detect_atlas_void(bursts, n))
		for (size_t i = 0; i < a->watch_count; i++)
			a->watches[i].voices_dirty = true;
}

/* An answer about departures, one that holds none too: there were none. Its subject is "IR:1,2,3". */
void hosts_heard(struct app *a, const struct job *j, const struct batch *b, struct now now)
{
	const struct source_ops *ops = source_table[j->source];
	char cc[3] = "";
	(void)b;
	if (!(ops->classes & CLASS_H) || !j->call->resumes)
		return;
	snprintf(cc, sizeof(cc), "%.2s", j->subject);
	for (size_t i = 0; i < a->watch_count; i++) {
		struct watch *w = &a->watches[i];
		if (!w->hosts || (w->t->spec.kind != TERRITORY_AS && !watch_has_country(w, cc)))
			continue;
		w->hosts->heard = now.wall;
		w->voices_dirty = true;
	}
	void_restarts(a);
}

/* ---- the voice ---- */

static const struct source_state *source_of_hosts(const struct app *a)
{
	for (size_t i = 0; i < source_count && i < a->model.source_count; i++)
		if (source_table[i]->classes & CLASS_H)
			return &a->model.sources[i];
	return NULL;
}

/* "31 of 79 probes connected, 42 left in 10 min; AS44244 0 of 12" */
static void write_words(const struct watch_hosts *h, const struct detect_view *d, struct voice *v)
{
	size_t len = (size_t)snprintf(v->value_words, sizeof(v->value_words), "%.0f of %.0f probes connected, p = 1e-%.0f",
				      d->value, d->baseline, isnan(d->score) ? 0 : d->score);
	if (isnan(d->score))
		len = (size_t)snprintf(v->value_words, sizeof(v->value_words), "%.0f of %.0f probes connected", d->value,
				       d->baseline);
	for (size_t i = 0; i < h->as_count && len + 32 < sizeof(v->value_words); i++) {
		struct detect_view as;
		detect_atlas_view(h->ases[i].burst, &as);
		if (h->ases[i].hosts >= LEAST_AS && as.phase == DETECT_ALARM)
			len += (size_t)snprintf(v->value_words + len, sizeof(v->value_words) - len, "; AS%u %.0f of %.0f",
						h->ases[i].asn, as.value, as.baseline);
	}
	if (d->phase == DETECT_ALARM)
		detect_rule_words(v->rule_words, d);
	else
		snprintf(v->rule_words, sizeof(v->rule_words), "no burst of departures (detection.md 5.3)");
}

static bool may_vote(const struct watch_hosts *h, const struct detect_view *d, struct now now, struct voice *v)
{
	if (h->listed && (isnan(d->value) || h->count == 0)) {
		v->none = true;
		snprintf(v->why, sizeof(v->why), "no probes there");
	} else if (!h->listed) {
		snprintf(v->why, sizeof(v->why), "asking which probes are there");
	} else if (d->shown_only) {
		v->none = true;
		snprintf(v->why, sizeof(v->why), "only %.0f probes: shown, no vote (need %d)", d->baseline, LEAST_VOTING);
	} else if (!wall_is_set(h->heard) || now.wall.ms - h->heard.ms > HEARD_MS) {
		snprintf(v->why, sizeof(v->why), "departures not heard of lately");
	} else {
		return true;
	}
	return false;
}

/* The count of connected probes is drawn as a signal; what the departures say stands at it. */
static void mark_count(struct territory *t, const struct voice *v)
{
	for (size_t i = 0; i < t->signal_count; i++)
		if (t->signals[i].class_bit == CLASS_H && !strcmp(t->signals[i].source, v->source)) {
			t->signals[i].says = v->says;
			t->signals[i].alarm = v->says == VOICE_WARNING || v->says == VOICE_CRITICAL ? v->start : WALL_NONE;
		}
}

bool hosts_voice(const struct app *a, const struct watch *w, struct now now, struct voice *v)
{
	const struct source_state *s = source_of_hosts(a);
	const struct watch_hosts *h = w->hosts;
	struct detect_view d;
	if (!s || (w->t->spec.kind != TERRITORY_COUNTRY && !h))
		return false;
	bool on = voice_begin(a, s->name, "probes", "Atlas probes", CLASS_H, v);
	v->step_ms = KEEP_ALIVE_MS;
	if (!h) {
		if (on)
			snprintf(v->why, sizeof(v->why), "asking which probes are there");
		return true;
	}
	detect_atlas_view(h->burst, &d);
	voice_times(v, &d);
	v->value = d.value;
	v->baseline = d.baseline;
	v->loss_pct = d.loss_pct;
	if (wall_is_set(h->heard))
		v->time = (struct wall){h->heard.ms - KEEP_ALIVE_MS};
	if (!isnan(d.value))
		write_words(h, &d, v);
	if (wall_is_set(v->start) && wall_is_set(v->time))
		snprintf(v->url, sizeof(v->url), "%.70s/api/v2/measurements/7000/results/?start=%lld&stop=%lld", s->url,
			 (long long)wall_to_s(v->start_low), (long long)wall_to_s(h->heard));
	if (on && may_vote(h, &d, now, v))
		v->says = d.phase != DETECT_ALARM ? VOICE_NORMAL : d.level == DETECT_CRITICAL ? VOICE_CRITICAL : VOICE_WARNING;
	mark_count(w->t, v);
	return true;
}

void hosts_release(struct watch *w)
{
	struct watch_hosts *h = w->hosts;
	if (!h)
		return;
	for (size_t i = 0; i < h->as_count; i++)
		detect_atlas_free(h->ases[i].burst);
	detect_atlas_free(h->burst);
	free(h->hosts);
	free(h);
	w->hosts = NULL;
}

size_t hosts_memory(const struct watch *w)
{
	return w->hosts ? sizeof(*w->hosts) + w->hosts->cap * sizeof(struct host) : 0;
}
