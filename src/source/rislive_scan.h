/* A pull scanner over one line of JSON: the only hot path of the program.
 *
 * It builds nothing. The caller asks for what it expects at the cursor and skips the rest, so any key order,
 * whitespace, escapes, unknown keys and nesting are read, and a value nobody wants costs one search for its end.
 *
 * Invariant that saves the bounds checks: *end is a line feed and there is none before it. A line feed is no JSON
 * whitespace here and ends every run, so reading one byte at the cursor is always safe. */
#ifndef LANDLINE_SOURCE_RISLIVE_SCAN_H
#define LANDLINE_SOURCE_RISLIVE_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SCAN_DEPTH_MAX 64     /* of skipped values: one bit of a word each */
#define SCAN_SHORT_WORDS 6    /* bytes / 8 of a string that is searched without a call */
#define SCAN_BALANCE_MAX 1600 /* bytes / 16 must fit a signed byte: what brackets add up to in one lane */

typedef int8_t scan_vector __attribute__((vector_size(16)));

struct scan {
	const char *at, *end;
};

/* Borrowed bytes of the line: a string without its quotes and with its escapes, or a number. */
struct slice {
	const char *at;
	size_t len;
};

#define NO_SLICE {"", 0}

/* What follows in an object or array. */
enum scan_step { SCAN_BAD, SCAN_MORE, SCAN_END };

static inline bool slice_is(struct slice s, const char *text, size_t len)
{
	return s.len == len && memcmp(s.at, text, len) == 0;
}

/* Any control byte counts: one comparison instead of three, and cJSON reads it so too. */
static inline void scan_space(struct scan *s)
{
	while ((uint8_t)*s->at <= ' ' && *s->at != '\n')
		s->at++;
}

static inline bool scan_take(struct scan *s, char c)
{
	if (*s->at != c)
		return false;
	s->at++;
	return true;
}

/* Behind an opening bracket: is there a first member? */
static inline enum scan_step scan_first(struct scan *s, char close)
{
	scan_space(s);
	return scan_take(s, close) ? SCAN_END : SCAN_MORE;
}

/* Behind a member: is there another? */
static inline enum scan_step scan_next(struct scan *s, char close)
{
	scan_space(s);
	if (scan_take(s, ',')) {
		scan_space(s);
		return SCAN_MORE;
	}
	return scan_take(s, close) ? SCAN_END : SCAN_BAD;
}

/* The first quote of [p, end), or NULL. Most strings are short: eight bytes at a time finds their end sooner than a
 * call does. Long ones (`raw`) go to memchr, which libc has in vector form. */
static inline const char *scan_quote(const char *p, const char *end)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t ones = 0x0101010101010101u;

	for (int i = 0; i < SCAN_SHORT_WORDS && end - p >= 8; i++, p += 8) {
		uint64_t word;
		memcpy(&word, p, 8);
		word ^= ones * '"';
		uint64_t hit = (word - ones) & ~word & (ones << 7); /* the lowest set bit marks the first zero byte */
		if (hit)
			return p + (__builtin_ctzll(hit) >> 3);
	}
#endif
	return memchr(p, '"', (size_t)(end - p));
}

/* A string at the cursor. An escaped quote is one behind an odd run of backslashes. */
static inline bool scan_string(struct scan *s, struct slice *out)
{
	if (!scan_take(s, '"'))
		return false;
	const char *from = s->at, *q = from;

	for (;;) {
		q = scan_quote(q, s->end);
		if (!q)
			return false;
		const char *b = q;
		while (b > from && b[-1] == '\\')
			b--;
		if (((q - b) & 1) == 0)
			break;
		q++;
	}
	*out = (struct slice){from, (size_t)(q - from)};
	s->at = q + 1;
	return true;
}

/* "key": and the space behind it; the cursor is then at the value. */
static inline bool scan_key(struct scan *s, struct slice *key)
{
	if (!scan_string(s, key))
		return false;
	scan_space(s);
	if (!scan_take(s, ':'))
		return false;
	scan_space(s);
	return true;
}

/* What ends a number, true, false or null. */
static inline bool scan_is_delimiter(char c)
{
	static const uint8_t ends[256] = {
		[','] = 1, [']'] = 1, ['}'] = 1, [' '] = 1, ['\n'] = 1, ['\t'] = 1, ['\r'] = 1, [':'] = 1,
		['"'] = 1, ['['] = 1, ['{'] = 1,
	};
	return ends[(uint8_t)c];
}

/* A number, true, false or null: its bytes, unchecked. */
static inline bool scan_scalar(struct scan *s, struct slice *out)
{
	const char *from = s->at, *p = from;

	while (!scan_is_delimiter(*p))
		p++;
	s->at = p;
	*out = (struct slice){from, (size_t)(p - from)};
	return p > from;
}

/* A string or a scalar: the service has changed numbers into strings before. */
static inline bool scan_plain(struct scan *s, struct slice *out)
{
	return *s->at == '"' ? scan_string(s, out) : scan_scalar(s, out);
}

/* Do the square brackets of [p, end) pair up in number, with no curly one among them? In vectors of 16 bytes (the
 * compiler makes them of words where there are none). */
static inline bool scan_is_balanced(const char *p, const char *end)
{
	scan_vector sum = {0}, curly = {0};
	uint64_t any[2];
	int balance = 0;

	if (end - p > SCAN_BALANCE_MAX)
		return false;
	for (; end - p >= 16; p += 16) {
		scan_vector v;
		memcpy(&v, p, 16);
		sum += (scan_vector)(v == ']') - (scan_vector)(v == '[');
		curly |= (scan_vector)(v == '{') | (scan_vector)(v == '}');
	}
	memcpy(any, &curly, sizeof(any));
	if (any[0] | any[1])
		return false;
	for (int i = 0; i < 16; i++)
		balance += sum[i];
	for (; p < end; p++) {
		if (*p == '{' || *p == '}')
			return false;
		balance += (*p == '[') - (*p == ']');
	}
	return balance == 0;
}

/* Skip a member's value that is an array of numbers and of arrays of numbers, when another member follows
 * (`community`, the longest value but for `raw`): no string is in it, so it ends right before the next quote. False:
 * it is not that, nothing was moved. */
static inline bool scan_skip_numbers(struct scan *s)
{
	const char *quote = scan_quote(s->at, s->end);

	if (!quote || quote - s->at < 3 || quote[-1] != ',' || quote[-2] != ']' || !scan_is_balanced(s->at, quote))
		return false;
	s->at = quote - 1;
	return true;
}

/* Skip an array or object; brackets must pair, what stands between them is not looked at. */
static inline bool scan_skip_nested(struct scan *s)
{
	static const uint8_t stops[256] = {['"'] = 1, ['\n'] = 1, ['['] = 1, ['{'] = 1, [']'] = 1, ['}'] = 1};
	uint64_t kinds = 0; /* bit 0: the innermost is an object */
	int depth = 0;
	struct slice unused;

	do {
		while (!stops[(uint8_t)*s->at])
			s->at++;
		char c = *s->at;
		if (c == '"') {
			if (!scan_string(s, &unused))
				return false;
			continue;
		}
		if (c == '\n')
			return false;
		s->at++;
		if (c == '[' || c == '{') {
			if (++depth > SCAN_DEPTH_MAX)
				return false;
			kinds = kinds << 1 | (c == '{');
		} else {
			if ((kinds & 1) != (c == '}'))
				return false;
			kinds >>= 1;
			depth--;
		}
	} while (depth > 0);
	return true;
}

/* Skip any value. */
static inline bool scan_skip(struct scan *s)
{
	struct slice unused;

	if (*s->at == '[' || *s->at == '{')
		return scan_skip_nested(s);
	return scan_plain(s, &unused);
}

/* Skip the value of a member of an object. */
static inline bool scan_skip_member(struct scan *s)
{
	return (*s->at == '[' && scan_skip_numbers(s)) || scan_skip(s);
}

/* The text of a string with its escapes undone, NUL-terminated, cut at cap; half a surrogate pair becomes U+FFFD.
 * Returns the length. */
size_t slice_unescape(struct slice s, char *dst, size_t cap);

#endif
