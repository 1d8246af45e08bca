/* What is still being asked of a territory, in words that a person can follow; "" when nothing is. */
#include "app_private.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define LIST_CALL "announced-prefixes"
#define RANGE_CALL "country-resource-list"

struct loading loading_count(struct app *a)
{
	struct loading n = {0};
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		if (!strcmp(j->call->name, LIST_CALL)) {
			n.all++;
			n.done += j->once_ok;
			n.failed += !j->once_ok && j->failures;
		}
	return n;
}

static struct job *job_of(struct app *a, const char *call, const char *subject)
{
	for (size_t i = 0; i < source_count; i++)
		for (const struct source_call *c = source_table[i]->calls; c->name; c++)
			if (!strcmp(c->name, call))
				return schedule_find(a->schedule, (int)i, c, subject);
	return NULL;
}

/* Why the answer that everything waits for has not come: "" while nothing has failed. */
static void why_waiting(struct app *a, const struct territory *t, struct now now, char *dst, size_t cap)
{
	const struct job *j = job_of(a, RANGE_CALL, t->spec.code);
	const struct source_state *s = j ? health_source(a, j->source) : NULL;
	char next[WALL_TEXT_MAX];
	dst[0] = '\0';
	if (!s || !j->failures)
		return;
	struct wall again = {now.wall.ms + j->due.ms - now.mono.ms};
	snprintf(dst, cap, "%.20s does not answer (%.55s)%s%.9s", s->title, s->error, j->active ? "" : "; next try ",
		 j->active ? "" : wall_format_hms(next, again));
}

void loading_update(struct app *a, struct watch *w, const struct loading *n, struct now now)
{
	struct territory *t = w->t;
	char text[sizeof(t->loading)] = "";
	unsigned missing = 0;
	for (size_t i = 0; i < w->net_count; i++)
		missing += rib_needs_snapshot(judge_rib_const(a->judge), w->nets[i].net);
	if (t->spec.kind == TERRITORY_COUNTRY && !w->ranges_known) {
		why_waiting(a, t, now, text, sizeof(text));
		if (!text[0])
			snprintf(text, sizeof(text), "asking RIPEstat which networks %s has", t->spec.code);
	} else if (n->done + n->failed < n->all)
		snprintf(text, sizeof(text), "reading what is announced: %u of %u operator%s", n->done, n->all, text_plural(n->all));
	else if (a->feed == FEED_NONE)
		snprintf(text, sizeof(text), "opening RIS Live");
	else if (a->feed == FEED_OK && missing)
		snprintf(text, sizeof(text), "asking who sees them: %zu of %zu network%s", w->net_count - missing, w->net_count,
			 text_plural(w->net_count));
	else if (!w->net_count && n->all)
		snprintf(text, sizeof(text), "no announced network found");
	char incomplete[sizeof(t->incomplete)] = "";
	if (n->failed && n->done + n->failed == n->all)
		snprintf(incomplete, sizeof(incomplete), "%u of %u operator%s could not be read, asking again", n->failed, n->all,
			 text_plural(n->all));
	if (strcmp(incomplete, t->incomplete)) {
		memcpy(t->incomplete, incomplete, sizeof(incomplete));
		a->model.version++;
	}
	if (strcmp(text, t->loading)) {
		memcpy(t->loading, text, sizeof(text));
		a->model.version++;
	}
	t->jobs_done = n->done;
	t->jobs_total = n->all;
}
