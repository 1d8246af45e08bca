/* Fuzz Tor Metrics' CSV. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

extern const struct source_ops source_tor;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct query q = {.call = source_tor.calls, .subject = "IR", .now = {1795348800000}, .since = WALL_NONE, .base = "http://test"};
	struct err e = {0};
	struct batch b;

	batch_init(&b, 1 << 20);
	int rc = q.call->parse((const char *)data, size, &q, &b, &e);
	if (rc > 0 || (rc < 0 && (e.code != rc || strncmp(e.msg, "tor ", 4))))
		BUG("rc %d, '%s'", rc, e.msg);
	for (size_t i = 0; rc == 0 && i < b.count; i++)
		if (b.facts[i].kind != FACT_SAMPLE || b.facts[i].t.ms > q.now.ms || !(b.facts[i].value >= 0) || !isfinite(b.facts[i].value))
			BUG("broken sample");
	batch_release(&b);
	return 0;
}
