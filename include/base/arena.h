/* An arena: many small allocations that are freed by one call. Each reply is parsed into one.
 * A zeroed struct arena with max set is valid; arena_release on it is harmless. */
#ifndef LANDLINE_BASE_ARENA_H
#define LANDLINE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *head;
	size_t used; /* bytes handed out */
	size_t max;  /* bytes allowed in all; 0: no cap */
};

void arena_init(struct arena *a, size_t max);
void arena_release(struct arena *a); /* frees everything; the arena can be used again */

/* Zeroed, aligned for any type; NULL when the cap is reached (the caller reports ERR_LIMIT). */
void *arena_alloc(struct arena *a, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t len);

#endif
