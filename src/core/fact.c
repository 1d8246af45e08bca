/* Facts and their batch: see core/fact.h.
 *
 * Text is cleaned here, in the one place through which every string of a reply passes, so no parser can forget it. */
#include "core/fact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum { BATCH_TEXT_MAX = 512 };

void batch_init(struct batch *b, size_t arena_max)
{
	*b = (struct batch){.data_time = WALL_NONE};
	arena_init(&b->arena, arena_max);
}

void batch_clear(struct batch *b)
{
	arena_release(&b->arena);
	b->count = 0;
	b->skipped = 0;
	b->data_time = WALL_NONE;
}

void batch_release(struct batch *b)
{
	size_t arena_max = b->arena.max;

	arena_release(&b->arena);
	free(b->facts);
	batch_init(b, arena_max);
}

struct fact *batch_add(struct batch *b, enum fact_kind kind)
{
	if (b->count >= BATCH_FACTS_MAX)
		return NULL;
	mem_grow(&b->facts, &b->cap, b->count + 1, sizeof(*b->facts));
	struct fact *f = &b->facts[b->count++];
	*f = (struct fact){.kind = kind, .t = WALL_NONE, .until = WALL_NONE, .value = NAN};
	return f;
}

const char *batch_text(struct batch *b, const char *s, size_t len, size_t max)
{
	char clean[BATCH_TEXT_MAX];
	size_t cap = max < BATCH_TEXT_MAX ? max + 1 : BATCH_TEXT_MAX;
	size_t n = s ? text_clean(clean, cap, s, len) : 0;
	const char *kept = n ? arena_strndup(&b->arena, clean, n) : NULL;

	return kept ? kept : "";
}

const uint32_t *batch_path(struct batch *b, const uint32_t *path, size_t len)
{
	uint32_t *kept = len ? arena_alloc(&b->arena, len * sizeof(*kept)) : NULL;

	if (kept)
		memcpy(kept, path, len * sizeof(*kept));
	return kept;
}
