/* The verdict: one line that names what happens to a territory, since when, and how we know (product.md, Words).
 *
 * A list of rules in order of priority; the first that applies decides. What we cannot see comes before what we saw:
 * our own line, then the feed, then events that nobody has looked at since. What the classes say together is fusion's
 * (core/fusion.h). The texts are those of detection.md 8 and, while there is an event, the event's own sentence: the same
 * words on screen, in `status` and in the log. */
#include "core/signature.h"
#include "verdict_private.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define RECOVERED_MS  (15 * 60 * 1000) /* how long a resolved event is still the news */
#define SUSPICION_POINTS 2             /* of other classes than routing: fewer are mostly noise */
#define EXIT_DWELL_MS (60 * 60 * 1000) /* longest time between an end and its resolution (detection.md 5.1) */

/* The sources whose silence means that routing is not judged: the first that is on. */
static const char *const feed_names[] = {"rislive", "mrt", "bgplay"};

typedef bool rule_fn(const struct scene *s, struct verdict *v, struct strbuf *text);

/* ---- parts of sentences ---- */

/* "14:02", with the day when it is not today's. */
static void add_hm(struct strbuf *b, struct wall t, struct wall now)
{
	char text[WALL_TEXT_MAX], day[WALL_TEXT_MAX], today[WALL_TEXT_MAX];
	bool same = strcmp(wall_format_date(day, t), wall_format_date(today, now)) == 0;

	strbuf_adds(b, same ? wall_format_hm(text, t) : wall_format_day_hm(text, t));
}

/* ", 3m ago" in coarse steps; a sentence does not count seconds. */
static void add_ago(struct strbuf *b, struct wall t, struct wall now)
{
	char age[DURATION_TEXT_MAX];

	if (!wall_is_set(t) || !wall_is_set(now))
		return;
	if (now.ms - t.ms < 60000)
		strbuf_adds(b, ", just now");
	else
		strbuf_addf(b, ", %s ago", age_format(age, now.ms - t.ms));
}

static void add_last_seen(struct strbuf *b, const struct event *ev)
{
	if (ev->networks_total && (ev->lost_now || ev->loss_pct < 0.05))
		strbuf_addf(b, "Last seen: %u of %u network%s down.", ev->lost_now, ev->networks_total, text_plural(ev->networks_total));
	else
		strbuf_addf(b, "Last seen: loss %.0f%%.", ev->loss_pct);
}

/* ---- the rules ---- */

static bool decide_line(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	if (s->m->own_line != LINE_BLIND)
		return false;
	v->kind = VERDICT_BLIND;
	strbuf_adds(text, s->m->line_text[0] ? s->m->line_text : "This host is offline. Nothing is judged.");
	if (s->ev) {
		strbuf_addc(text, ' ');
		add_last_seen(text, s->ev);
		v->since = s->ev->unverified_since;
	}
	return true;
}

static bool decide_unverified(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct event *ev = s->ev;

	if (!ev || ev->state != EVENT_UNVERIFIED || ev->restored)
		return false;
	v->kind = s->feed && s->feed->state == FEED_DOWN ? VERDICT_BLIND : VERDICT_UNKNOWN;
	v->since = ev->unverified_since;
	strbuf_adds(text, "Unverified since ");
	add_hm(text, ev->unverified_since, s->now);
	strbuf_adds(text, ". ");
	add_last_seen(text, ev);
	return true;
}

/* An event that the other classes have confirmed and see now: a routing feed that is gone does not make it unseen. */
static bool seen_by_others(const struct scene *s)
{
	return s->ev && (s->ev->state == EVENT_CONFIRMED || s->ev->state == EVENT_EASING) &&
	       (s->t->fusion.classes & ~(unsigned)(CLASS_R | CLASS_X));
}

static bool decide_feed_down(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct source_state *feed = s->feed;
	char hms[WALL_TEXT_MAX];

	if (!feed || feed->state != FEED_DOWN || seen_by_others(s))
		return false;
	/* not connected yet, and nothing has failed so far: that is loading, not blindness */
	if (s->t->loading[0] && !wall_is_set(feed->last_success) && !feed->error[0])
		return false;
	v->kind = VERDICT_BLIND;
	v->since = feed->down_since;
	if (wall_is_set(feed->last_success) && wall_is_set(feed->down_since)) {
		strbuf_addf(text, "%s lost %s", feed->title, wall_format_hms(hms, feed->down_since));
		add_ago(text, feed->down_since, s->now);
		strbuf_adds(text, ". Routing state unknown since then.");
	} else if (feed->error[0]) {
		strbuf_addf(text, "%s not reached: %.120s. Routing state unknown.", feed->title, feed->error);
	} else {
		strbuf_addf(text, "%s not reached. Routing state unknown.", feed->title);
	}
	if (s->ev) {
		strbuf_addc(text, ' ');
		add_last_seen(text, s->ev);
	}
	return true;
}

static bool decide_restarted(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct event *ev = s->ev;
	char span[DURATION_TEXT_MAX];

	if (!ev || ev->state != EVENT_UNVERIFIED)
		return false;
	struct wall since = wall_is_set(s->m->started) ? s->m->started : ev->unverified_since;
	int64_t minutes = wall_is_set(since) ? (s->now.ms - since.ms) / 60000 : 0;
	v->kind = VERDICT_UNKNOWN;
	v->since = ev->unverified_since;
	strbuf_adds(text, "Restarted ");
	add_hm(text, since, s->now);
	strbuf_adds(text, ev->seq ? ". Event " : ". Its event");
	if (ev->seq)
		strbuf_addf(text, "%llu", (unsigned long long)ev->seq);
	if (minutes < 1)
		strbuf_adds(text, " not verified yet.");
	else if (minutes < 60)
		strbuf_addf(text, " not verified for %lld min.", (long long)minutes);
	else
		strbuf_addf(text, " not verified for %s.", duration_format(span, minutes * 60000));
	return true;
}

static bool decide_loading(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct tally *all = &s->all;

	if (!s->t->loading[0] || all->up + all->degraded + all->flapping + all->down > 0)
		return false;
	v->kind = VERDICT_UNKNOWN;
	strbuf_addf(text, "Loading: %s", s->t->loading);
	return true;
}

static bool decide_open(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct event *ev = s->ev;

	if (!ev || (ev->state != EVENT_CONFIRMED && ev->state != EVENT_EASING))
		return false;
	v->kind = ev->state == EVENT_EASING ? VERDICT_RECOVERING : ev->kind;
	v->since = ev->state == EVENT_EASING ? ev->easing_since : ev->start;
	event_text(ev, s->now, text);
	return true;
}

/* Networks are suspect, and so is the feed (detection.md 6). */
static bool decide_hold(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	if (!s->m->hold[0] || s->all.degraded + s->all.down == 0)
		return false;
	v->kind = VERDICT_UNKNOWN;
	v->since = s->ev ? s->ev->start : WALL_NONE;
	strbuf_adds(text, s->m->hold);
	return true;
}

/* A suspicion is shown and not counted (detection.md 7): it names the verdict only where networks are judged down
 * already. What only other classes suspect, contradicted by routing, is said and raises nothing. */
static bool decide_suspected(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct event *ev = s->ev;

	if (!ev || ev->state != EVENT_SUSPECTED)
		return false;
	bool routing = ev->classes & CLASS_R;
	if (routing && s->routing_fresh && !ev->lost_now && s->all.up == s->all.total && ev->kind != VERDICT_UNSTABLE)
		return false; /* it is over before it was an outage: what was suspected is not claimed any more */
	v->kind = s->all.down == 0 ? VERDICT_UNSTABLE : ev->kind == VERDICT_WITHDRAWN ? VERDICT_PARTIAL : ev->kind;
	if (!routing && s->t->fusion.points < SUSPICION_POINTS)
		v->kind = s->routing_fresh ? VERDICT_NORMAL : VERDICT_UNKNOWN;
	v->since = ev->start;
	event_text(ev, s->now, text);
	return true;
}

static bool decide_late(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	char age[DURATION_TEXT_MAX];

	if (!s->feed || s->feed->state != FEED_LATE)
		return false;
	v->kind = VERDICT_UNKNOWN;
	strbuf_addf(text, "%s is late", s->feed->title);
	if (s->feed->lag_s >= 1)
		strbuf_addf(text, " (messages %s old)", age_format(age, (int64_t)fmin(s->feed->lag_s, 1e9) * 1000));
	strbuf_adds(text, ". Routing is not judged meanwhile.");
	return true;
}

static bool decide_recovered(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	if (!s->last)
		return false;
	v->kind = VERDICT_RECOVERING;
	v->since = s->last->end;
	event_text(s->last, s->now, text);
	return true;
}

static bool decide_few_peers(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	unsigned peers = 0;

	for (size_t i = 0; i < s->t->network_count; i++)
		if (s->t->networks[i].v.vis.eligible > peers)
			peers = s->t->networks[i].v.vis.eligible;
	if (peers == 0 || peers >= PEERS_MIN)
		return false;
	v->kind = VERDICT_UNKNOWN;
	v->since = s->t->routing.since;
	strbuf_addf(text, "Only %u full-feed peer%s: cannot judge (need %d).", peers, peers == 1 ? "" : "s", PEERS_MIN);
	return true;
}

static bool decide_unknown(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	unsigned judged = s->all.up + s->all.degraded + s->all.flapping + s->all.down;

	if (s->routing_fresh && judged > 0)
		return false;
	v->kind = VERDICT_UNKNOWN;
	v->since = s->t->routing.since;
	if (s->all.total == 0)
		strbuf_adds(text, "No networks known here yet: nothing to judge.");
	else
		strbuf_addf(text, "Routing state unknown: %u of %u network%s not judged now.",
			    s->routing_fresh ? s->all.total - judged : s->all.total, s->all.total, text_plural(s->all.total));
	return true;
}

static bool decide_unstable(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	if (s->all.flapping == 0)
		return false;
	v->kind = VERDICT_UNSTABLE;
	for (size_t i = 0; i < s->t->network_count; i++) { /* since the first that still flaps began to */
		const struct net_view *n = &s->t->networks[i].v;
		if (n->state == NET_FLAPPING && wall_is_set(n->since) &&
		    (!wall_is_set(v->since) || n->since.ms < v->since.ms))
			v->since = n->since;
	}
	strbuf_addf(text, "%u of %u network%s flapping", s->all.flapping, s->all.total, text_plural(s->all.total));
	if (wall_is_set(v->since)) {
		strbuf_adds(text, " since ");
		add_hm(text, v->since, s->now);
		strbuf_adds(text, " UTC");
	}
	strbuf_addf(text, ", %u down.", s->all.down);
	return true;
}

/* "Of 120 networks 1 down, 2 degraded. ": what is wrong without being an outage of the territory. */
static void add_rest(struct strbuf *b, const struct tally *all)
{
	const struct {
		unsigned n;
		enum net_state state;
	} rows[] = {
		{all->down, NET_DOWN},
		{all->degraded, NET_DEGRADED},
		{all->unknown, NET_UNKNOWN},
		{all->stale, NET_STALE},
	};
	bool begun = false;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].n == 0)
			continue;
		if (!begun)
			strbuf_addf(b, "Of %u network%s ", all->total, all->total == 1 ? "" : "s");
		strbuf_addf(b, "%s%u %s", begun ? ", " : "", rows[i].n, net_state_name(rows[i].state));
		begun = true;
	}
	if (begun)
		strbuf_adds(b, ". ");
}

/* "routing, probing (14:05).": the classes that are fresh and say so. */
static void add_seen_by(const struct scene *s, struct strbuf *text)
{
	unsigned classes = (s->t->fusion.against & ~(unsigned)CLASS_R) | (s->routing_fresh ? CLASS_R : 0);
	bool first = true;

	for (unsigned bit = 1; bit < 1U << CLASS_COUNT; bit <<= 1) {
		if (!(classes & bit))
			continue;
		strbuf_addf(text, "%s%s", first ? "" : ", ", class_word(bit));
		first = false;
	}
	if (wall_is_set(s->now)) {
		strbuf_adds(text, " (");
		add_hm(text, s->now, s->now);
		strbuf_addc(text, ')');
	}
	strbuf_addc(text, '.');
}

/* "Order without effect" (core/signature.h): others state an outage, and nobody measures one. */
static bool decide_no_effect(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	const struct territory *t = s->t;
	const struct voice *said = NULL;

	for (size_t i = 0; i < t->voice_count && !said; i++)
		if (t->voices[i].class_bit == CLASS_X &&
		    (t->voices[i].says == VOICE_WARNING || t->voices[i].says == VOICE_CRITICAL))
			said = &t->voices[i];
	if (!said || t->fusion.classes != CLASS_X || !s->routing_fresh)
		return false;
	v->kind = VERDICT_NORMAL;
	v->since = t->routing.since;
	const char *by = said->source;
	for (size_t i = 0; i < s->m->source_count; i++)
		if (!strcmp(s->m->sources[i].name, said->source) && s->m->sources[i].title[0])
			by = s->m->sources[i].title;
	strbuf_addf(text, "Order without effect: an outage is stated by %s, none is seen by ", by);
	add_seen_by(s, text);
	return true;
}

/* "Regional at most": operators or networks are out, and the total barely moves. */
static bool add_regional(const struct scene *s, struct strbuf *text)
{
	const struct territory *t = s->t;
	const struct operator *out = NULL;
	unsigned operators = 0;

	for (size_t i = 0; i < t->operator_count; i++) {
		const struct event *ev = event_look(&s->m->book, t->operators[i].event_id);
		if (!ev || (ev->state != EVENT_CONFIRMED && ev->state != EVENT_EASING))
			continue;
		operators++;
		out = &t->operators[i];
	}
	if (!out || s->all.down == 0 || t->operator_count < 2)
		return false;
	strbuf_addf(text, "Regional at most: %u of %u networks down (AS%u%s); the total barely moves. ", s->all.down,
		    s->all.total, out->asn, operators > 1 ? " and others" : "");
	return true;
}

static bool decide_normal(const struct scene *s, struct verdict *v, struct strbuf *text)
{
	double learned_h = s->t->routing.learned_h;
	bool whole = s->all.up == s->all.total;

	v->kind = VERDICT_NORMAL;
	v->since = s->t->routing.since;
	if (scene_is_presumed(s) && wall_is_set(s->m->started) && v->since.ms < s->m->started.ms)
		v->since = s->m->started; /* of what a list said before, nothing was seen */
	if (!add_regional(s, text))
		add_rest(text, &s->all);
	if (!(learned_h >= LEARN_H)) {
		strbuf_addf(text, "Learning: %d of %d h of history. Only total losses are reported.",
			    learned_h > 0 ? (int)learned_h : 0, LEARN_H);
		return true;
	}
	strbuf_addf(text, "No %soutage seen by ", whole ? "" : "wider ");
	add_seen_by(s, text);
	return true;
}

/* First that applies. What we cannot see, then what is, then what was. */
static rule_fn *const rules[] = {
	decide_line,       /* our own line is cut */
	decide_unverified, /* an event that we have lost sight of */
	decide_feed_down,  /* the routing feed is gone */
	decide_restarted,  /* an event from before the restart */
	decide_loading,    /* nothing judged yet */
	decide_open,       /* a confirmed or easing event */
	decide_hold,       /* what is suspected may be the feed's fault */
	decide_suspected,  /* a suspicion: shown, not counted */
	decide_late,       /* the feed lags */
	decide_few_peers,  /* too few to vote */
	decide_unknown,    /* not judged for another reason */
	decide_recovered,  /* resolved a moment ago */
	decide_unstable,   /* flapping before anything is down */
	decide_no_effect,  /* others state what nobody sees */
	decide_normal,     /* always applies */
};

/* ---- the scene ---- */

static const struct source_state *feed_of(const struct model *m)
{
	const struct source_state *first = NULL;

	for (size_t k = 0; k < ARRAY_LEN(feed_names); k++)
		for (size_t i = 0; i < m->source_count; i++) {
			if (strcmp(m->sources[i].name, feed_names[k]) != 0)
				continue;
			if (m->sources[i].state != FEED_OFF)
				return &m->sources[i];
			first = first ? first : &m->sources[i];
		}
	return first;
}

static const struct event *lately_resolved(const struct territory *t, const struct model *m, struct wall now)
{
	if (!wall_is_set(now))
		return NULL;
	const char *code = t->spec.code;
	struct wall since = {now.ms - RECOVERED_MS - EXIT_DWELL_MS};
	const struct event *ev = event_look_recent(&m->book, SCOPE_TERRITORY, code, code, since);

	return ev && wall_is_set(ev->changed) && now.ms - ev->changed.ms < RECOVERED_MS ? ev : NULL;
}

static void scene_set(struct scene *s, const struct territory *t, const struct model *m, struct wall now)
{
	const struct tally *a = &t->routing.v4, *b = &t->routing.v6;
	bool judged = t->routing.phase && strcmp(t->routing.phase, "unknown") != 0;

	*s = (struct scene){.t = t, .m = m, .now = now, .feed = feed_of(m)};
	s->all = (struct tally){
		.total = a->total + b->total,
		.up = a->up + b->up,
		.degraded = a->degraded + b->degraded,
		.flapping = a->flapping + b->flapping,
		.down = a->down + b->down,
		.unknown = a->unknown + b->unknown,
		.stale = a->stale + b->stale,
	};
	for (size_t i = 0; i < t->network_count; i++)
		s->presumed += t->networks[i].v.vis.presumed;
	s->ev = event_look(&m->book, t->routing.event_id);
	if (!s->ev || (s->ev->state != EVENT_SUSPECTED && !event_state_is_open(s->ev->state)))
		s->ev = event_look_current(&m->book, SCOPE_TERRITORY, t->spec.code, t->spec.code);
	s->last = lately_resolved(t, m, now);
	s->routing_fresh = judged && !(s->feed && (s->feed->state == FEED_LATE || s->feed->state == FEED_DOWN));
}

void verdict_decide(struct territory *t, const struct model *m, struct wall now)
{
	struct verdict *v = &t->verdict;
	struct strbuf text;
	struct scene s;

	scene_set(&s, t, m, now);
	*v = (struct verdict){.kind = VERDICT_UNKNOWN, .since = WALL_NONE, .loss_pct = NAN};
	strbuf_init(&text, 2 * sizeof(v->text));
	for (size_t i = 0; i < ARRAY_LEN(rules) && !rules[i](&s, v, &text); i++)
		;
	text_clean_str(v->text, sizeof(v->text), text.text);
	strbuf_release(&text);
	verdict_reasons(v, &s);
	const struct event *told = s.ev ? s.ev : v->kind == VERDICT_RECOVERING ? s.last : NULL;
	if (told) {
		v->event_id = told->id;
		v->confidence = told->confidence;
		v->classes = told->classes;
	} else {
		v->classes = (s.routing_fresh ? CLASS_R : 0) | (t->fusion.against & ~(unsigned)CLASS_R);
	}
	if (s.ev && s.ev->loss_class && s.ev->state != EVENT_SUSPECTED)
		v->loss_pct = s.ev->loss_pct;
	else if (s.routing_fresh)
		v->loss_pct = isnan(t->routing.loss_pct) && s.ev ? s.ev->loss_pct : t->routing.loss_pct;
}
