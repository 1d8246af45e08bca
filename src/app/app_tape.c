/* Frames of a tape as inputs: the same path as live ones, but named by what was asked, since the numbers of that run
 * mean nothing in this one. Nothing is requested here: an answer that the tape has is taken, whether this app would
 * have asked by now or not. */
#include "app_private.h"

#include <string.h>

#include "app/tape.h"

static const struct source_call *call_of(int source, const char *name)
{
	for (const struct source_call *c = source_table[source]->calls; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

/* A subscription is a text of this version's making, and what it is for counts, not how it was packed: the frames of a
 * stream belong to the stream of the same role. */
static struct job *stream_job(struct app *a, int source, const struct source_call *call, const struct frame *f)
{
	struct job *exact = schedule_find(a->schedule, source, call, f->subject), *same = NULL;
	enum stream_role role = source_table[source]->role(f->subject);
	size_t i = 0;
	if (exact)
		return exact;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		if (j->source == source && j->call == call && j->tag == a->stream_generation &&
		    source_table[source]->role(j->subject) == role &&
		    (!same || (same->active && f->in.kind == INPUT_STREAM_OPEN)))
			same = j;
	return same;
}

static void take_input(struct app *a, const struct frame *f)
{
	int source = source_find(f->source);
	const struct source_call *call = source >= 0 ? call_of(source, f->call) : NULL;
	if (!call)
		return; /* of a source that this version does not have */
	struct job *j = call->scope == SCOPE_CALL_STREAM ? stream_job(a, source, call, f)
							 : schedule_job(a->schedule, source, call, f->subject, f->now);
	if (!j)
		return;
	if (!j->active)
		schedule_begin(a->schedule, j, f->now);
	struct input in = f->in;
	in.job = j->id;
	app_input(a, &in, f->now);
}

struct wall app_frame(struct app *a, const struct frame *f)
{
	if (f->kind == FRAME_INPUT)
		take_input(a, f);
	struct wall due = app_tick(a, f->now);
	while (app_next_cancel(a))
		; /* nothing runs that could be cancelled */
	return due;
}
