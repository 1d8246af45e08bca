/* A growable string born with a maximum.
 *
 * Invariants: text is always NUL-terminated (text[len] == 0) and never NULL after strbuf_init. When an addition would
 * exceed max, what fits is kept, `cut` is set and stays set: report it once, at the end. */
#ifndef LANDLINE_BASE_STRBUF_H
#define LANDLINE_BASE_STRBUF_H

#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>

#include "base/err.h"

struct strbuf {
	char *text;
	size_t len, cap;
	size_t max; /* bytes, without the NUL */
	bool cut;
};

void strbuf_init(struct strbuf *b, size_t max);
void strbuf_release(struct strbuf *b);
void strbuf_clear(struct strbuf *b);            /* empty, not cut; keeps its memory */
char *strbuf_take(struct strbuf *b);            /* the caller owns the text; b is as after strbuf_init */

void strbuf_add(struct strbuf *b, const void *bytes, size_t len);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
void strbuf_drop(struct strbuf *b, size_t n);   /* drop the first n bytes (n <= len) */

/* s as a JSON string, quotes included (RFC 8259): control characters escaped, UTF-8 passed through. NULL gives null. */
void strbuf_add_json(struct strbuf *b, const char *s);
/* s as one CSV field (RFC 4180): quoted when it must be. A field that a spreadsheet would run (= + - @) gets a '. */
void strbuf_add_csv(struct strbuf *b, const char *s);

#endif
