/* Fusion: one look at a territory. See core/fusion.h.
 *
 * Take routing as the judge has it, weigh it with the voices (fusion_weigh.c), move the life of the territory's event
 * (fusion_life.c), and hand the judge what the others say. The judge owns an event for as long as routing is part of
 * it; before and after, fusion does. */
#include "core/fusion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "fusion_priv.h"

#define TOLD_MS (24 * 60 * MINUTE_MS) /* no source is later than that */

struct fusion *fusion_new(struct event_book *book, struct judge *judge, const char *territory, int group)
{
	struct fusion *f = xcalloc(1, sizeof(*f));

	f->book = book;
	f->judge = judge;
	f->group = group;
	f->calm_since = f->due = f->routes_back = f->last_loss = f->gone_since = WALL_NONE;
	f->first_at = f->back = f->again = f->walked = f->over = f->rose = WALL_NONE;
	text_clean_str(f->territory, sizeof(f->territory), territory);
	return f;
}

void fusion_free(struct fusion *f)
{
	if (!f)
		return;
	free(f->home);
	free(f);
}

void fusion_home(struct fusion *f, const uint32_t *asns, size_t count)
{
	free(f->home);
	f->home = xcalloc(count + 1, sizeof(*f->home));
	f->home_count = count;
	if (count)
		memcpy(f->home, asns, count * sizeof(*asns));
}

struct wall fusion_due(const struct fusion *f)
{
	return f->due;
}

static void look_at_routing(struct fusion *f, const struct event *now_open, struct now now)
{
	struct routing_say *r = &f->routing;

	judge_group_view(f->judge, f->group, &r->view);
	const char *phase = r->view.phase;
	const struct event *ev = event_look(f->book, r->view.event_id);
	r->judged = strcmp(phase, "unknown") != 0 && !isnan(r->view.loss_pct);
	r->suspected = strcmp(phase, "suspected") == 0;
	r->confirmed = strcmp(phase, "confirmed") == 0 || strcmp(phase, "easing") == 0;
	r->start = ev ? ev->start : WALL_NONE;
	/* suspected for hours for one network, and now for a third of them: the loss that may be contradicted began now */
	double row = r->suspected || r->confirmed ? fusion_routing_points(r->view.loss_pct) : 0;
	if (row > f->row || row <= 0)
		f->rose = row > 0 ? now.wall : WALL_NONE;
	f->row = row;
	bool gone = (r->suspected || r->confirmed) && r->view.loss_pct >= GONE_PCT;
	if (!gone || !wall_is_set(f->gone_since))
		f->gone_since = gone ? now.wall : WALL_NONE;
	/* part of the event, and normal again: since when? Others see the loss still only by samples from after that */
	bool up = r->view.loss_pct < ROUTES_UP_PCT || r->view.loss_v4_pct < ROUTES_UP_PCT;
	bool back = now_open && (now_open->classes & CLASS_R) && r->judged && up;
	if (!back || !wall_is_set(f->routes_back))
		f->routes_back = back ? now.wall : WALL_NONE;
}

static bool anyone_sees_a_loss(const struct voice *voices, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (voices[i].says == VOICE_WARNING || voices[i].says == VOICE_CRITICAL)
			return true;
	return false;
}

/* When the last event ended. The book may drop it later, so it is looked up when it has just ended, and while somebody sees a
 * loss; one that was opened again is not over. */
static void note_over(struct fusion *f, const struct event *now_open, bool sees, struct now now)
{
	struct wall since = {now.wall.ms - TOLD_MS};
	const struct event *last = sees || (f->event_id && !now_open)
		? event_look_recent(f->book, SCOPE_TERRITORY, f->territory, f->territory, since) : NULL;
	bool goes_on = now_open && wall_is_set(now_open->start) && wall_is_set(f->over) && now_open->start.ms < f->over.ms;

	if (goes_on || (wall_is_set(f->over) && f->over.ms < since.ms))
		f->over = WALL_NONE;
	if (last && (!wall_is_set(f->over) || last->end.ms > f->over.ms))
		f->over = last->end;
}

void fusion_run(struct fusion *f, const struct voice *voices, size_t count, bool frozen, struct now now,
		struct fusion_view *out)
{
	count = count > VOICES_MAX ? VOICES_MAX : count;
	const struct event *ev = event_look_current(f->book, SCOPE_TERRITORY, f->territory, f->territory);
	look_at_routing(f, ev, now);
	note_over(f, ev, anyone_sees_a_loss(voices, count), now);
	struct weighing *w = &f->now;
	struct wall began = ev ? ev->start : WALL_NONE;
	if (wall_is_set(began) && wall_is_set(f->rose) && f->rose.ms > began.ms)
		began = f->rose;
	fusion_weigh(f, voices, count, began, w);
	text_clean_str(f->why_missing, sizeof(f->why_missing), fusion_why_missing(w->missing, voices, count));
	struct event *live = fusion_live(f, frozen, now);
	if (live && !frozen)
		signature_look(f, live, now);
	ev = live;
	*out = (struct fusion_view){
		.points = w->points,
		.classes = w->classes,
		.against = w->against,
		.missing = w->missing,
		.confidence = w->confidence,
		.disputed = w->disputed,
		.one_way = w->one_way,
		.users_dark = w->dark,
		.since = w->since,
		.event_id = ev ? ev->id : 0,
	};
	snprintf(out->recurrence, sizeof(out->recurrence), "%s", live && live->id == f->signed_id ? f->recurrence : "");
	fusion_against_words(w, out->against_words, sizeof(out->against_words));
	fusion_missing_words(w, voices, count, out->missing_words, sizeof(out->missing_words));
}
