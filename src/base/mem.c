/* Memory that does not fail, and the one way to die of our own bug: see base/mem.h.
 *
 * The only file of the pure layers that writes anywhere: a fatal message goes to stderr by write(2), because stdio may
 * be what is broken, after the hook has given the terminal back. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*fatal_hook)(void);

/* Taken out before it runs, so that a bug inside the hook does not come back here for ever. */
static void run_fatal_hook(void)
{
	void (*hook)(void) = fatal_hook;

	fatal_hook = NULL;
	if (hook)
		hook();
}

static void say(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDERR_FILENO, text, len);
		if (n <= 0)
			return;
		text += n;
		len -= (size_t)n;
	}
}

static _Noreturn void out_of_memory(void)
{
	static const char words[] = "landline: out of memory\n";

	run_fatal_hook();
	say(words, sizeof(words) - 1);
	abort();
}

static size_t product(size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory();
	return count * size;
}

void *xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xcalloc(size_t count, size_t size)
{
	size_t bytes = product(count, size);
	void *p = calloc(1, bytes ? bytes : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *xrealloc(void *ptr, size_t count, size_t size)
{
	size_t bytes = product(count, size);
	void *p = realloc(ptr, bytes ? bytes : 1);

	if (!p)
		out_of_memory();
	return p;
}

char *xstrdup(const char *s)
{
	return s ? xstrndup(s, strlen(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
	if (len == SIZE_MAX)
		out_of_memory();
	char *p = xmalloc(len + 1);

	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

void mem_grow(void *items_ptr, size_t *cap, size_t need, size_t item_size)
{
	size_t want = *cap ? *cap : 8;
	void *items;

	if (need <= *cap)
		return;
	while (want < need) {
		if (want > SIZE_MAX / 2)
			out_of_memory();
		want *= 2;
	}
	/* items_ptr is the address of a pointer of any object type: moved as bytes, so that no alias rule is bent. */
	memcpy(&items, items_ptr, sizeof(items));
	items = xrealloc(items, want, item_size);
	memcpy(items_ptr, &items, sizeof(items));
	*cap = want;
}

void mem_on_fatal(void (*restore)(void))
{
	fatal_hook = restore;
}

void bug_at(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	int used = snprintf(text, sizeof(text), "landline: bug at %s:%d: ", file, line);

	if (used < 0 || (size_t)used >= sizeof(text) - 1)
		used = 0;
	va_start(ap, fmt);
	int n = vsnprintf(text + used, sizeof(text) - 1 - (size_t)used, fmt, ap);
	va_end(ap);
	size_t len = n < 0 ? (size_t)used : strlen(text);
	text[len++] = '\n';
	run_fatal_hook();
	say(text, len);
	abort();
}
