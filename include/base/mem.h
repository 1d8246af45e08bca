/* Memory that does not fail, and the one way to die of our own bug.
 *
 * Out of memory has one policy: restore the terminal, say so, abort. So no branch for it is left untested. */
#ifndef LANDLINE_BASE_MEM_H
#define LANDLINE_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);                  /* zeroed; checks the product for overflow */
void *xrealloc(void *ptr, size_t count, size_t size);      /* checks the product for overflow */
char *xstrdup(const char *s);                              /* NULL gives NULL */
char *xstrndup(const char *s, size_t len);

/* Grow an array so that it holds at least `need` items: *items is reallocated, *cap updated (doubling from 8). */
void mem_grow(void *items_ptr, size_t *cap, size_t need, size_t item_size);

/* Called before a BUG or out-of-memory message is printed, to give the terminal back. One hook; NULL removes it. */
void mem_on_fatal(void (*restore)(void));

/* A thing that cannot happen happened: run the hook, print file, line and message on stderr, abort. */
void bug_at(const char *file, int line, const char *fmt, ...) __attribute__((noreturn, format(printf, 3, 4)));
#define BUG(...) bug_at(__FILE__, __LINE__, __VA_ARGS__)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
