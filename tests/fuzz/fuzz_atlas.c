/* Fuzz RIPE Atlas' parsers. The first byte chooses the call ('A' is the first of the table), the rest is the body. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

extern const struct source_ops source_atlas;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct source_call *call_named(const char *name)
{
	const struct source_call *c = source_atlas.calls;

	while (c->name && strcmp(c->name, name))
		c++;
	return c;
}

/* What an answer asks for must be askable: its subject gives a URL on our host. */
static void check_ask(const struct fact *f, struct wall now)
{
	struct query q = {.call = call_named(f->name), .now = now, .since = WALL_NONE, .base = "http://test"};
	struct request r;
	struct err e = {0};

	if (!q.call->name || q.call->scope != SCOPE_CALL_ASKED || strlen(f->subject) >= sizeof(q.subject))
		BUG("asks for '%s'", f->name);
	snprintf(q.subject, sizeof(q.subject), "%s", f->subject);
	strbuf_init(&r.url, 8192);
	strbuf_init(&r.header, 64);
	if (q.call->request(&q, &r, &e) < 0 || strncmp(r.url.text, "http://test/api/v2/", 19) || strpbrk(r.url.text, " \n\r"))
		BUG("asks for '%s' '%.80s': %s", f->name, f->subject, e.msg);
	strbuf_release(&r.url);
	strbuf_release(&r.header);
}

/* What the app relies on. */
static void check(const struct source_call *c, int rc, const struct err *e, const struct batch *b, struct wall now)
{
	int64_t last = INT64_MIN;

	if (rc > 0 || (rc < 0 && (e->code != rc || strncmp(e->msg, "atlas ", 6))))
		BUG("%s: rc %d, '%s'", c->name, rc, e->msg);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (f->kind == FACT_ASK)
			check_ask(f, now);
		if (f->kind == FACT_SAMPLE && (f->step_ms <= 0 || f->t.ms > now.ms || !(f->value >= 0)))
			BUG("%s: broken sample", c->name);
		if (f->kind == FACT_HOST && (f->count == 0 || (wall_is_set(f->t) && f->t.ms > now.ms)))
			BUG("%s: broken host", c->name);
		if (f->kind == FACT_HOST_EVENT && (f->count == 0 || !wall_is_set(f->t) || f->t.ms < last))
			BUG("%s: broken event", c->name);
		if (f->kind == FACT_HOST_EVENT)
			last = f->t.ms;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const subjects[] = {"IR", "IR#2?page=2", "IR", "IR", "IR:7000001,7000003"};
	struct query q = {.now = {1795348800000}, .since = WALL_NONE, .base = "http://test"};
	struct err e = {0};
	struct batch b;

	if (size == 0)
		return 0;
	size_t which = (uint8_t)(data[0] - 'A') % ARRAY_LEN(subjects);
	q.call = &source_atlas.calls[which];
	snprintf(q.subject, sizeof(q.subject), "%s", subjects[which]);
	batch_init(&b, 1 << 20);
	check(q.call, q.call->parse((const char *)data + 1, size - 1, &q, &b, &e), &e, &b, q.now);
	struct err refusal = {.code = ERR_HTTP, .msg = "HTTP 400"};
	source_atlas.refused((const char *)data + 1, size - 1, 400, &refusal);
	batch_release(&b);
	return 0;
}
