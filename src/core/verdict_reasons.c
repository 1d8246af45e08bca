/* The reasons under a verdict: what each class of evidence says and how old that is (detection.md 6 and 8).
 *
 * Each class is told by its voice (core/fusion.h), or by its signals where no detector listens to them yet, with its age,
 * so that a reader sees what the verdict was made from and what not; a class without fresh data is named as missing, with
 * the reason where it is known, never left out and never drawn as zero. */
#include "verdict_private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* How a class's figure reads. */
enum figure { FIGURE_COUNT, FIGURE_SHARE };
static const struct {
	unsigned bit;
	enum figure figure;
	const char *verb;
} class_forms[] = {
	{CLASS_P, FIGURE_COUNT, " answer"},
	{CLASS_T, FIGURE_SHARE, ""},
	{CLASS_H, FIGURE_COUNT, " connected"},
};

static void add_reason(struct verdict *v, enum net_state mood, const char *text)
{
	if (v->reason_count == ARRAY_LEN(v->reasons))
		return;
	text_clean_str(v->reasons[v->reason_count].text, sizeof(v->reasons[0].text), text);
	v->reasons[v->reason_count++].mood = mood;
}

static const char *source_title(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->source_count; i++)
		if (strcmp(m->sources[i].name, name) == 0)
			return m->sources[i].title;
	return name;
}

static void add_age(struct strbuf *b, struct wall t, struct wall now)
{
	char age[DURATION_TEXT_MAX];

	if (wall_is_set(t) && wall_is_set(now))
		strbuf_addf(b, ", %s", age_format(age, now.ms - t.ms));
}

/* ---- routing ---- */

static enum net_state tally_mood(const struct tally *all)
{
	unsigned judged = all->up + all->degraded + all->flapping + all->down;

	if (judged == 0)
		return all->stale ? NET_STALE : NET_UNKNOWN;
	if (all->down == judged)
		return NET_DOWN;
	return all->up == judged ? NET_UP : all->flapping > all->down ? NET_FLAPPING : NET_DEGRADED;
}

/* Neither up nor down: "0 of 4 networks" beside "no network down" would say nothing. */
static void add_between(struct strbuf *b, const struct tally *all)
{
	if (all->degraded)
		strbuf_addf(b, ", %u degraded", all->degraded);
	if (all->flapping)
		strbuf_addf(b, ", %u flapping", all->flapping);
}

static void routing_reason(struct verdict *v, const struct scene *s)
{
	const struct tally *v4 = &s->t->routing.v4, *v6 = &s->t->routing.v6;
	struct strbuf b;

	strbuf_init(&b, sizeof(v->reasons[0].text) - 1);
	if (s->all.total == 0)
		strbuf_adds(&b, "routing: no networks known");
	else if (!s->routing_fresh)
		strbuf_addf(&b, "routing: %u network%s, not judged now", s->all.total, text_plural(s->all.total));
	else if (v4->total && v6->total)
		strbuf_addf(&b, "routing: %u of %u IPv4, %u of %u IPv6 networks", v4->up, v4->total, v6->up, v6->total);
	else
		strbuf_addf(&b, "routing: %u of %u network%s", s->all.up, s->all.total, text_plural(s->all.total));
	if (s->routing_fresh)
		add_between(&b, &s->all);
	if (s->feed) {
		char list[WALL_TEXT_MAX];
		strbuf_adds(&b, " (");
		if (s->routing_fresh && scene_is_presumed(s))
			strbuf_addf(&b, "presumed from a list of %s; changes: ", wall_format_hm(list, s->t->presumed_time));
		strbuf_adds(&b, s->feed->title);
		if (s->feed->state != FEED_OK)
			strbuf_addf(&b, " %s", s->feed->state == FEED_NONE ? "not open yet" : feed_state_name(s->feed->state));
		add_age(&b, wall_is_set(s->feed->data_time) ? s->feed->data_time : s->feed->last_success, s->now);
		strbuf_addc(&b, ')');
	}
	add_reason(v, s->routing_fresh ? tally_mood(&s->all) : s->all.total ? NET_STALE : NET_UNKNOWN, b.text);
	strbuf_release(&b);
}

/* ---- the other classes ---- */

/* The signal that speaks for a class: the first fresh one, else the first that ever had a value. */
static const struct signal *signal_of(const struct territory *t, unsigned bit)
{
	const struct signal *any = NULL;

	for (size_t i = 0; i < t->signal_count; i++) {
		const struct signal *g = &t->signals[i];
		if (g->class_bit != bit || isnan(g->value))
			continue;
		if (g->state == FEED_OK)
			return g;
		if (!any && g->state != FEED_OFF)
			any = g;
	}
	return any;
}

static void add_number(struct strbuf *b, double x)
{
	strbuf_addf(b, fabs(x - round(x)) < 0.05 || fabs(x) >= 100 ? "%.0f" : "%.1f", x);
}

static enum net_state signal_mood(const struct signal *g)
{
	if (g->state != FEED_OK)
		return NET_STALE;
	if (!(g->baseline > 0))
		return NET_UNKNOWN;
	return g->value <= 0 ? NET_DOWN : g->value < 0.5 * g->baseline ? NET_DEGRADED : NET_UP;
}

static void signal_reason(struct verdict *v, const struct scene *s, size_t form)
{
	unsigned bit = class_forms[form].bit;
	const struct signal *g = signal_of(s->t, bit);
	struct strbuf b;

	strbuf_init(&b, sizeof(v->reasons[0].text) - 1);
	strbuf_addf(&b, "%s: ", class_word(bit));
	if (!g) {
		strbuf_adds(&b, "no data");
		add_reason(v, NET_UNKNOWN, b.text);
		strbuf_release(&b);
		return;
	}
	if (class_forms[form].figure == FIGURE_SHARE && g->baseline > 0) {
		strbuf_addf(&b, "%.0f%% of usual", 100 * g->value / g->baseline);
	} else {
		add_number(&b, g->value);
		if (!isnan(g->baseline)) {
			strbuf_adds(&b, " of ");
			add_number(&b, g->baseline);
		}
		strbuf_addf(&b, " %s%s", g->unit, class_forms[form].verb);
	}
	strbuf_addf(&b, " (%s %s", source_title(s->m, g->source), g->name);
	if (g->state != FEED_OK)
		strbuf_addf(&b, ", %s", feed_state_name(g->state));
	add_age(&b, g->time, s->now);
	strbuf_addc(&b, ')');
	add_reason(v, signal_mood(g), b.text);
	strbuf_release(&b);
	if (g->state == FEED_OK)
		v->missing &= ~bit;
}

/* ---- voices ---- */

static int rank_of(const struct voice *v)
{
	static const int ranks[] = {
		[VOICE_NO_DATA] = 1, [VOICE_NORMAL] = 3, [VOICE_WARNING] = 5, [VOICE_CRITICAL] = 6, [VOICE_SURGE] = 4,
	};

	return v->none ? 0 : v->off ? 1 : ranks[v->says] + (v->says == VOICE_NO_DATA && wall_is_set(v->time));
}

/* The voice that a class is told by: the gravest; one that could speak before one that is switched off. */
static const struct voice *voice_of(const struct territory *t, unsigned bit)
{
	const struct voice *best = NULL;

	for (size_t i = 0; i < t->voice_count; i++) {
		const struct voice *v = &t->voices[i];
		if (v->class_bit == bit && (!best || rank_of(v) > rank_of(best)))
			best = v;
	}
	return best;
}

static enum net_state voice_mood(const struct voice *v)
{
	static const enum net_state moods[] = {
		[VOICE_NO_DATA] = NET_UNKNOWN, [VOICE_NORMAL] = NET_UP,  [VOICE_WARNING] = NET_DEGRADED,
		[VOICE_CRITICAL] = NET_DOWN,   [VOICE_SURGE] = NET_FLAPPING,
	};

	return v->says == VOICE_NO_DATA && wall_is_set(v->time) ? NET_STALE : moods[v->says];
}

static void add_voice_value(struct strbuf *b, const struct voice *v)
{
	static const char *const words[] = {
		[VOICE_NO_DATA] = "no data", [VOICE_NORMAL] = "normal", [VOICE_WARNING] = "low",
		[VOICE_CRITICAL] = "very low", [VOICE_SURGE] = "far above usual",
	};

	if (v->class_bit == CLASS_X) {
		strbuf_addf(b, "%.70s", v->value_words[0] ? v->value_words : "outage stated");
		return;
	}
	strbuf_adds(b, words[v->says]);
	if (isnan(v->value))
		return;
	strbuf_adds(b, ", ");
	if (v->class_bit == CLASS_T && v->baseline > 0) {
		strbuf_addf(b, "%.0f%% of usual", 100 * v->value / v->baseline);
		return;
	}
	add_number(b, v->value);
	if (!isnan(v->baseline)) {
		strbuf_adds(b, " of ");
		add_number(b, v->baseline);
	}
}

static void voice_reason(struct verdict *v, const struct scene *s, unsigned bit)
{
	const struct voice *g = voice_of(s->t, bit);
	struct strbuf b;

	if (bit == CLASS_X && (!g || (g->says != VOICE_WARNING && g->says != VOICE_CRITICAL)))
		return; /* nothing stated is nothing to tell */
	strbuf_init(&b, sizeof(v->reasons[0].text) - 1);
	strbuf_addf(&b, "%s: ", class_word(bit));
	if (!g || g->says == VOICE_NO_DATA) {
		bool none = g && g->none && g->why[0]; /* what cannot be there is not missing: its own words say so */
		strbuf_adds(&b, none ? g->why : "no data");
		if (!none && g && g->why[0])
			strbuf_addf(&b, " (%s)", g->why);
		add_reason(v, g ? voice_mood(g) : NET_UNKNOWN, b.text);
		strbuf_release(&b);
		return;
	}
	add_voice_value(&b, g);
	strbuf_addf(&b, " (%s", g->title[0] ? g->title : g->name);
	add_age(&b, g->time, s->now);
	strbuf_addc(&b, ')');
	add_reason(v, voice_mood(g), b.text);
	strbuf_release(&b);
}

static void path_reasons(struct verdict *v, const struct scene *s)
{
	const struct territory *t = s->t;
	char text[160];

	if (s->ev && t->routing.via_asn) { /* about paths, not about cause (detection.md 2.1) */
		snprintf(text, sizeof(text), "paths: all lost networks were reached through AS%u", t->routing.via_asn);
		add_reason(v, NET_DEGRADED, text);
	}
	for (size_t i = 0; t->single_provider && i < t->provider_count; i++) {
		if (t->providers[i].asn != t->single_provider)
			continue;
		snprintf(text, sizeof(text), "provider: single, AS%u %s", t->single_provider, t->providers[i].name);
		add_reason(v, NET_DEGRADED, text);
	}
}

void verdict_reasons(struct verdict *v, const struct scene *s)
{
	v->reason_count = 0;
	v->missing = CLASSES_ASKED;
	routing_reason(v, s);
	if (s->routing_fresh)
		v->missing &= ~(unsigned)CLASS_R;
	for (size_t i = 0; i < ARRAY_LEN(class_forms); i++) {
		if (s->t->voice_count)
			voice_reason(v, s, class_forms[i].bit);
		else
			signal_reason(v, s, i);
	}
	if (s->t->voice_count) {
		voice_reason(v, s, CLASS_X);
		v->missing = s->t->fusion.missing;
		if (s->ev && s->t->fusion.disputed) {
			char text[120];
			snprintf(text, sizeof(text), "disputed: %s", s->t->fusion.against_words);
			add_reason(v, NET_DEGRADED, text);
		}
	}
	if (s->t->recurrence[0])
		add_reason(v, NET_DEGRADED, s->t->recurrence);
	path_reasons(v, s);
	if (s->m->hold[0])
		add_reason(v, NET_STALE, s->m->hold);
	if (s->t->incomplete[0])
		add_reason(v, NET_STALE, s->t->incomplete);
}
