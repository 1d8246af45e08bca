/* Answers of bgplay as a replay keeps them: the bytes that RIPEstat sent. What is in them is said by the source's own
 * decoder; here they are only cut into pieces, each at its time. */
#include "play_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/files.h"
#include "source/source.h"

#define ARENA_MAX ((size_t)64 << 20)

static const struct source_call *call_of(void)
{
	const struct source_call *c = source_table[source_find("ripestat")]->calls;
	while (c->name && strcmp(c->name, "bgplay"))
		c++;
	if (!c->name)
		BUG("RIPEstat has no bgplay");
	return c;
}

static void ask(struct query *q, const char *base, const char *subject, struct wall now)
{
	*q = (struct query){.call = call_of(), .now = now, .since = WALL_NONE, .base = base};
	snprintf(q->subject, sizeof(q->subject), "%s", subject);
}

int play_body_url(const char *base, const char *subject, struct strbuf *url, struct err *e)
{
	static struct query q;
	struct request r = {.url = *url};
	ask(&q, base, subject, WALL_NONE);
	int rc = q.call->request(&q, &r, e);
	*url = r.url;
	return rc;
}

int play_body_check(const char *text, size_t len, const char *subject, struct wall now, struct wall *from,
		    struct wall *until, struct err *e)
{
	static struct query q;
	struct batch b;
	batch_init(&b, ARENA_MAX);
	ask(&q, "", subject, now);
	*from = WALL_NONE;
	int rc = q.call->parse(text, len, &q, &b, e);
	for (size_t i = 0; i < b.count && !wall_is_set(*from); i++)
		if (b.facts[i].kind == FACT_SNAPSHOT)
			*from = b.facts[i].t;
	*until = b.data_time;
	batch_release(&b);
	if (rc == 0 && (!wall_is_set(*from) || !wall_is_set(*until) || until->ms <= from->ms))
		rc = err_set(e, ERR_NOT_FOUND, "the answer speaks of no time");
	return rc;
}

static int by_time(const void *x, const void *y)
{
	const struct play_event *a = x, *b = y;
	if (a->ms != b->ms)
		return a->ms < b->ms ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* Those of the part's own time; the next part tells the rest. */
static void index_events(struct play_body *b, struct json_slice list, const struct play_part *part)
{
	struct json_slice event, time;
	char text[64];
	struct wall t;
	size_t pos = 0;
	while (json_slice_next(list, &pos, &event)) {
		if (!json_slice_get(event, "timestamp", &time) || !json_slice_string(time, text, sizeof(text)) ||
		    wall_parse(text, &t, NULL) < 0 || t.ms >= part->until.ms)
			continue;
		mem_grow(&b->events, &b->cap, b->count + 1, sizeof(*b->events));
		b->events[b->count] = (struct play_event){t.ms > b->from.ms ? t.ms : b->from.ms, b->count, event};
		b->count++;
	}
	if (b->count)
		qsort(b->events, b->count, sizeof(*b->events), by_time);
}

int play_body_load(struct play_body *b, const char *path, const char *subject, const struct play_part *part,
		   struct err *e)
{
	struct json_slice data, events;
	*b = (struct play_body){0};
	strbuf_init(&b->text, PLAY_BODY_MAX);
	int rc = files_read(path, &b->text, e);
	if (rc == 0)
		rc = play_body_check(b->text.text, b->text.len, subject, WALL_NONE, &b->from, &b->until, e);
	if (rc == 0 && (!json_slice_get((struct json_slice){b->text.text, b->text.len}, "data", &data) ||
			!json_slice_get(data, "sources", &b->sources) ||
			!json_slice_get(data, "initial_state", &b->initial) || !json_slice_get(data, "events", &events)))
		rc = err_set(e, ERR_SHAPE, "a member is missing");
	if (rc < 0) {
		play_body_release(b);
		return err_prefix(e, "%s", path);
	}
	if (b->until.ms > part->until.ms)
		b->until = part->until;
	index_events(b, events, part);
	return 0;
}

void play_body_release(struct play_body *b)
{
	strbuf_release(&b->text);
	free(b->events);
	*b = (struct play_body){0};
}
