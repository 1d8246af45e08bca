/* links: source/ripestat source/ripestat_reply source/ripestat_country source/ripestat_series source/ripestat_route source/ripestat_who core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* Fuzz RIPEstat's parsers. The first byte chooses the call ('A' is the first of the table), the rest is the body. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

extern const struct source_ops source_ripestat;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *subject_of(const struct source_call *c)
{
	static const char *const subjects[] = {
		[SCOPE_CALL_GLOBAL] = "", [SCOPE_CALL_COUNTRY] = "KP", [SCOPE_CALL_AS] = "AS131279",
		[SCOPE_CALL_NET] = "175.45.176.0/24", [SCOPE_CALL_HOST] = "175.45.176.91",
		[SCOPE_CALL_GAP] = "175.45.176.0/24,175.45.177.0/24 1419264900 1419299160",
	};
	if (c->scope >= sizeof(subjects) / sizeof(*subjects) || !subjects[c->scope])
		BUG("%s: no subject here for its scope", c->name);
	return subjects[c->scope];
}

/* What the app relies on. */
static void check(const struct source_call *c, int rc, const struct err *e, const struct batch *b)
{
	if (rc > 0 || b->count > BATCH_FACTS_MAX)
		BUG("%s: rc %d, %zu facts", c->name, rc, b->count);
	if (rc < 0 && (e->code != rc || strncmp(e->msg, "ripestat ", 9)))
		BUG("%s: error without a name: '%s'", c->name, e->msg);
	for (size_t i = 0; rc == 0 && i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (f->kind >= FACT_KIND_COUNT || (f->kind == FACT_ROUTE && (!f->collector || !f->addr.family)) ||
		    (f->kind == FACT_SAMPLE && (!f->name || !f->subject || f->step_ms <= 0 || f->value < 0)))
			BUG("%s: broken fact of kind %d", c->name, (int)f->kind);
		if (f->kind == FACT_SNAPSHOT && !wall_is_set(f->t))
			BUG("%s: a snapshot of no time", c->name);
		if (f->kind == FACT_SNAPSHOT && i + 1 != b->count && c->scope != SCOPE_CALL_GAP)
			BUG("%s: the snapshot is not the end", c->name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query q = {.now = {1795348810000}, .since = WALL_NONE, .base = "http://test"};
	const struct source_call *calls = source_ripestat.calls;
	struct err e = {0};
	struct batch b;
	size_t count = 0;

	while (calls[count].name)
		count++;
	if (size == 0)
		return 0;
	q.call = &calls[(uint8_t)(data[0] - 'A') % count];
	snprintf(q.subject, sizeof(q.subject), "%s", subject_of(q.call));
	batch_init(&b, 1 << 20);
	check(q.call, q.call->parse((const char *)data + 1, size - 1, &q, &b, &e), &e, &b);
	batch_release(&b);
	return 0;
}
