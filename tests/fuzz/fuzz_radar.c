/* Fuzz Radar's parsers. The first byte chooses the call ('A' is the first of the table), the rest is the body. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

extern const struct source_ops source_radar;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the app relies on. */
static void check(const struct source_call *c, int rc, const struct err *e, const struct batch *b, struct wall now)
{
	int64_t last = INT64_MIN;

	if (rc > 0 || (rc < 0 && (e->code != rc || strncmp(e->msg, "radar ", 6))))
		BUG("%s: rc %d, '%s'", c->name, rc, e->msg);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (f->kind == FACT_SAMPLE) {
			if (f->name != c->name || f->step_ms <= 0 || f->t.ms > now.ms || f->t.ms <= last || !f->flag ||
			    f->value < 0 || f->value > 1)
				BUG("%s: broken sample", c->name);
			last = f->t.ms;
		}
		if (f->kind == FACT_STATEMENT &&
		    (!wall_is_set(f->t) || f->t.ms > now.ms || (wall_is_set(f->until) && f->until.ms < f->t.ms)))
			BUG("%s: broken statement", c->name);
		if (f->kind == FACT_USERS && (f->asn == 0 || !isfinite(f->value) || f->value < 0))
			BUG("%s: broken users", c->name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query q = {.subject = "IR", .now = {1795348800000}, .since = WALL_NONE, .base = "http://127.0.0.1"};
	struct err e = {0}, refusal = {.code = ERR_HTTP, .msg = "HTTP 400"};
	struct batch b;
	size_t count = 0;

	while (source_radar.calls[count].name)
		count++;
	if (size == 0)
		return 0;
	q.call = &source_radar.calls[(uint8_t)(data[0] - 'A') % count];
	batch_init(&b, 1 << 20);
	check(q.call, q.call->parse((const char *)data + 1, size - 1, &q, &b, &e), &e, &b, q.now);
	source_radar.refused((const char *)data + 1, size - 1, 400, &refusal);
	batch_release(&b);
	return 0;
}
