/* links: source/ioda core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* Fuzz IODA's parsers. The first byte chooses the call ('A' is the first of the table), the rest is the body. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

extern const struct source_ops source_ioda;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the app relies on. */
static void check(const struct source_call *c, int rc, const struct err *e, const struct batch *b, struct wall now)
{
	if (rc > 0 || b->count > BATCH_FACTS_MAX)
		BUG("%s: rc %d, %zu facts", c->name, rc, b->count);
	if (rc < 0 && (e->code != rc || strncmp(e->msg, "ioda ", 5)))
		BUG("%s: error without a name: '%s'", c->name, e->msg);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (f->kind == FACT_SAMPLE &&
		    (strcmp(f->name, c->name) || f->step_ms <= 0 || f->t.ms > now.ms || f->value < 0))
			BUG("%s: broken sample", c->name);
		if (f->kind == FACT_OUTAGE && (!wall_is_set(f->t) || (wall_is_set(f->until) && f->until.ms < f->t.ms)))
			BUG("%s: broken outage", c->name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query q = {.subject = "KP,IR", .now = {1795348800000}, .since = WALL_NONE, .base = "http://test"};
	const struct source_call *calls = source_ioda.calls;
	struct err e = {0};
	struct batch b;
	size_t count = 0;

	while (calls[count].name)
		count++;
	if (size == 0)
		return 0;
	q.call = &calls[(uint8_t)(data[0] - 'A') % count];
	batch_init(&b, 1 << 20);
	check(q.call, q.call->parse((const char *)data + 1, size - 1, &q, &b, &e), &e, &b, q.now);
	batch_release(&b);
	return 0;
}
