/* Growable string with a maximum: see base/strbuf.h.
 *
 * An empty buffer points at one shared NUL and owns no memory, so that init cannot fail and release of an unused buffer
 * costs nothing. That byte is never written: every write goes through reserve(), which gives the buffer its own memory.
 */
#include "base/strbuf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static char no_text[1];

void strbuf_init(struct strbuf *b, size_t max)
{
	*b = (struct strbuf){.text = no_text, .max = max < SIZE_MAX / 4 ? max : SIZE_MAX / 4};
}

void strbuf_release(struct strbuf *b)
{
	size_t max = b->max;

	if (b->cap)
		free(b->text);
	strbuf_init(b, max);
}

void strbuf_clear(struct strbuf *b)
{
	b->len = 0;
	b->cut = false;
	if (b->cap)
		b->text[0] = '\0';
	else
		b->text = no_text;
}

char *strbuf_take(struct strbuf *b)
{
	char *text = b->cap ? b->text : xstrdup("");

	strbuf_init(b, b->max);
	return text;
}

/* Make room for `more` bytes and the NUL; returns how many of them may be added. */
static size_t reserve(struct strbuf *b, size_t more)
{
	size_t room = b->max - b->len;

	if (more > room) {
		b->cut = true;
		more = room;
	}
	if (!b->text)
		b->text = no_text;
	if (more == 0 || b->len + more < b->cap)
		return more;
	size_t cap = b->cap ? b->cap : 32;
	while (cap <= b->len + more)
		cap *= 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	b->text = xrealloc(b->cap ? b->text : NULL, cap, 1);
	b->cap = cap;
	return more;
}

void strbuf_add(struct strbuf *b, const void *bytes, size_t len)
{
	len = reserve(b, len);
	if (len == 0)
		return;
	memcpy(b->text + b->len, bytes, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list ap)
{
	char small[256];
	va_list again;

	va_copy(again, ap);
	int n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n < 0)
		BUG("bad format '%s'", fmt);
	if ((size_t)n < sizeof(small)) {
		strbuf_add(b, small, (size_t)n);
	} else {
		size_t fits = reserve(b, (size_t)n);
		if (fits > 0) {
			/* one byte more than fits is the NUL's; the format is cut there, as promised */
			vsnprintf(b->text + b->len, fits + 1, fmt, again);
			b->len += fits;
		}
	}
	va_end(again);
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(b, fmt, ap);
	va_end(ap);
}

void strbuf_drop(struct strbuf *b, size_t n)
{
	if (n > b->len)
		BUG("strbuf_drop of %zu of %zu bytes", n, b->len);
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->text, b->text + n, b->len + 1);
}

void strbuf_add_json(struct strbuf *b, const char *s)
{
	static const char short_form[32] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};

	if (!s) {
		strbuf_adds(b, "null");
		return;
	}
	strbuf_addc(b, '"');
	while (*s) {
		size_t plain = 0;
		while ((unsigned char)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\' && s[plain] != 0x7F)
			plain++;
		strbuf_add(b, s, plain);
		s += plain;
		unsigned char c = (unsigned char)*s;
		if (c == '\0')
			break;
		if (c == '"' || c == '\\')
			strbuf_addf(b, "\\%c", c);
		else if (c < 0x20 && short_form[c])
			strbuf_addf(b, "\\%c", short_form[c]);
		else
			strbuf_addf(b, "\\u%04x", c);
		s++;
	}
	strbuf_addc(b, '"');
}

void strbuf_add_csv(struct strbuf *b, const char *s)
{
	bool formula = *s && strchr("=+-@", *s);
	bool quote = strpbrk(s, ",\"\r\n") || *s == ' ' || (*s && s[strlen(s) - 1] == ' ');

	if (quote)
		strbuf_addc(b, '"');
	if (formula)
		strbuf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '"')
			strbuf_addc(b, '"');
		strbuf_addc(b, *s);
	}
	if (quote)
		strbuf_addc(b, '"');
}
