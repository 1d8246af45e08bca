/* Arena allocator: see base/arena.h.
 *
 * Blocks are chained and freed together. A block is at least 4 KiB, doubling up to 64 KiB, so that a large reply does
 * not cost one malloc a string and a small one does not cost 64 KiB. Only bytes handed out count against the cap. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	_Alignas(max_align_t) char bytes[];
};

enum { BLOCK_FIRST = 4096, BLOCK_MAX = 65536 };

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void arena_release(struct arena *a)
{
	while (a->head) {
		struct arena_block *next = a->head->next;
		free(a->head);
		a->head = next;
	}
	a->used = 0;
}

static struct arena_block *block_add(struct arena *a, size_t need)
{
	size_t cap = a->head ? a->head->cap * 2 : BLOCK_FIRST;

	if (cap > BLOCK_MAX)
		cap = BLOCK_MAX;
	if (cap < need)
		cap = need;
	struct arena_block *b = xmalloc(sizeof(*b) + cap);
	b->used = 0;
	b->cap = cap;
	b->next = a->head;
	a->head = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);

	if (size == 0)
		size = 1;
	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (a->max && (size > a->max || a->used > a->max - size))
		return NULL;
	struct arena_block *b = a->head;
	if (!b || b->cap - b->used < size)
		b = block_add(a, size);
	void *p = b->bytes + b->used;
	b->used += size;
	a->used += size;
	memset(p, 0, size);
	return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
	if (len >= SIZE_MAX / 2)
		return NULL;
	char *p = arena_alloc(a, len + 1);

	if (p && len)
		memcpy(p, s, len);
	return p;
}
