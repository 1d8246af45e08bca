/* What fusion and the signatures say to an event beside its life cycle: classes that join, disputes, names, a better
 * start. See core/event.h. Each that a reader would want to know is a log line; a look that changes nothing is none. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "event_private.h"

static void log_words(struct event_book *b, struct event *ev, struct now now, const char *words)
{
	struct strbuf who;

	strbuf_init(&who, SENTENCE_MAX);
	event_who(ev, &who);
	event_log(b, ev, ev->state, now.wall, now, ev->state != EVENT_SUSPECTED, "%s: %s", who.text, words);
	strbuf_release(&who);
}

static void say_joined(struct event_book *b, struct event *ev, unsigned joined, struct now now)
{
	char words[160];
	struct strbuf names;

	strbuf_init(&names, sizeof(words) / 2);
	event_classes(joined, " and ", &names);
	snprintf(words, sizeof(words), "seen by %s too (confidence %s)", names.text, confidence_name(ev->confidence));
	strbuf_release(&names);
	log_words(b, ev, now, words);
}

static void say_disputed(struct event_book *b, struct event *ev, struct now now)
{
	char words[160];
	struct strbuf names;

	if (!ev->disputed) {
		log_words(b, ev, now, "no longer disputed");
		return;
	}
	strbuf_init(&names, sizeof(words) / 2);
	event_classes(ev->against, " and ", &names);
	snprintf(words, sizeof(words), "disputed: %s normal (confidence %s)", names.text,
		 confidence_name(ev->confidence));
	strbuf_release(&names);
	log_words(b, ev, now, words);
}

void event_weigh(struct event_book *b, struct event *ev, const struct event_sum *s, struct now now)
{
	unsigned classes = ev->classes | s->classes, missing = s->missing & ~classes;
	unsigned joined = s->classes & ~ev->classes, against = s->against & ~s->classes;
	const char *why = s->why_missing ? s->why_missing : "";
	bool turned = s->disputed != ev->disputed;

	if (!event_is_live(ev) || ev->state == EVENT_UNVERIFIED)
		return;
	if (!joined && !turned && against == ev->against && missing == ev->missing &&
	    s->confidence == ev->confidence && strcmp(why, ev->why_missing) == 0)
		return;
	bool first = ev->classes == 0;
	ev->classes = classes;
	ev->against = against;
	ev->missing = missing;
	ev->confidence = s->confidence;
	ev->disputed = s->disputed;
	text_clean_str(ev->why_missing, sizeof(ev->why_missing), why);
	if (joined && !first)
		say_joined(b, ev, joined, now);
	if (turned)
		say_disputed(b, ev, now);
	event_touch(b, ev);
}

void event_name(struct event_book *b, struct event *ev, unsigned signatures, const char *note, struct now now)
{
	unsigned named = signatures & ~ev->signatures;

	if (signatures == ev->signatures && strcmp(ev->note, note) == 0)
		return;
	ev->signatures = signatures;
	text_clean_str(ev->note, sizeof(ev->note), note);
	if (named && ev->note[0])
		log_words(b, ev, now, ev->note);
	event_touch(b, ev);
}

void event_rename(struct event_book *b, struct event *ev, const struct finding *f, const char *why, struct now now)
{
	char words[160];

	event_verified(b, ev, now);
	if (!event_is_live(ev) || event_kind_rank(f->kind) == 0 || (ev->kind == f->kind && ev->state != EVENT_EASING))
		return;
	snprintf(words, sizeof(words), "%s%s%s: %s", verdict_name(ev->kind), ev->kind != f->kind ? " became " : "",
		 ev->kind != f->kind ? verdict_name(f->kind) : "", why);
	ev->kind = f->kind;
	if (ev->state == EVENT_EASING) { /* what eased was another part of it: no relapse */
		event_state_set(b, ev, EVENT_CONFIRMED);
		ev->easing_since = WALL_NONE;
	}
	event_update(b, ev, f, now);
	log_words(b, ev, now, words);
	event_touch(b, ev);
}

void event_redate(struct event_book *b, struct event *ev, struct wall start, int64_t error_ms)
{
	bool earlier = wall_is_set(start) && (!wall_is_set(ev->start) || start.ms < ev->start.ms);
	bool inside = wall_is_set(start) && error_ms < ev->start_error_ms && start.ms <= ev->start.ms &&
		      start.ms > ev->start.ms - ev->start_error_ms;
	bool open = ev->state == EVENT_SUSPECTED && !wall_is_set(ev->confirmed);

	if (!event_is_live(ev) || !wall_is_set(start) || !(earlier || inside || open))
		return;
	if (open && start.ms > ev->start.ms) { /* what was suspected before was something else */
		ev->area = 0;
		ev->below_half_ms = 0;
		ev->changed = start;
	}
	ev->start = start;
	ev->start_error_ms = error_ms > 0 ? error_ms : 0;
	event_children_fit(b, ev);
	event_touch(b, ev);
}
