/* The values of RIS Live's members, from their bytes: numbers, times, collectors, plain prefixes. Inline, because
 * each message has half a dozen of them. */
#ifndef LANDLINE_SOURCE_RISLIVE_VALUE_H
#define LANDLINE_SOURCE_RISLIVE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/when.h"
#include "core/prefix.h"
#include "rislive_scan.h"

/* 0 to 9, or more for what is no digit. */
static inline unsigned digit(char c)
{
	return (unsigned)(unsigned char)c - (unsigned)'0';
}

static inline bool parse_u32(struct slice s, uint32_t *out)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 10)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned d = digit(s.at[i]);
		if (d > 9)
			return false;
		v = v * 10 + d;
	}
	*out = (uint32_t)v;
	return v <= UINT32_MAX;
}

/* A decimal exponent "e9", "E-3" that makes up all of [p, end). */
static inline bool parse_exponent(const char *p, const char *end, int *out)
{
	bool minus = false;
	int v = 0;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		minus = *p++ == '-';
	if (p == end || end - p > 2)
		return false;
	for (; p < end; p++) {
		if (*p < '0' || *p > '9')
			return false;
		v = v * 10 + (*p - '0');
	}
	*out = minus ? -v : v;
	return true;
}

/* Unix seconds in decimal to milliseconds, without a double in between: "1789019601.670", "1553627987.89", "1.5e9".
 * Rounds what is finer; refuses signs, years beyond 9999 and anything else. */
static inline bool parse_time(struct slice s, struct wall *out)
{
	const int64_t max_ms = 253402300800000; /* year 10000 */
	const char *p = s.at, *end = s.at + s.len;
	int64_t v = 0;
	int shift = 3, exponent = 0;

	for (; p < end && digit(*p) <= 9 && v < max_ms; p++)
		v = v * 10 + digit(*p);
	if (p == s.at || v >= max_ms)
		return false;
	if (p < end && *p == '.') {
		const char *point = p++;
		for (; p < end && digit(*p) <= 9; p++) {
			if (v >= INT64_MAX / 100) /* finer than any clock: the rest cannot matter */
				continue;
			v = v * 10 + digit(*p);
			shift--;
		}
		if (p == point + 1)
			return false;
	}
	if (p < end && ((*p != 'e' && *p != 'E') || !parse_exponent(p, end, &exponent)))
		return false;

	for (shift += exponent; shift > 0 && v < max_ms; shift--)
		v *= 10;
	for (; shift < -1 && v > 0; shift++)
		v /= 10;
	if (shift == -1)
		v = (v + 5) / 10;
	if (v <= 0 || v >= max_ms)
		return false;
	*out = (struct wall){v};
	return true;
}

/* "rrc21.ripe.net" and "RRC21" are rrc21. Anything that is not a plain host label leaves "". */
static inline void collector_from_host(char dst[16], struct slice host)
{
	size_t n = 0;

	dst[0] = '\0';
	for (; n < host.len && host.at[n] != '.'; n++) {
		char c = host.at[n];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		bool label = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
		if (!label || n == 15) {
			dst[0] = '\0';
			return;
		}
		dst[n] = c;
	}
	dst[n] = '\0';
}

/* A decimal number 0..max without leading zeros. A slice of the line ends in a quote, which ends the number. */
static inline bool take_part(const char **p, uint32_t max, uint32_t *out)
{
	uint32_t v = digit(**p);

	if (v > 9)
		return false;
	++*p;
	for (int i = 0; i < 2 && v > 0 && digit(**p) <= 9; i++)
		v = v * 10 + digit(*(*p)++);
	*out = v;
	return v <= max;
}

/* The plain form "192.0.2.0/24", three prefixes in five: the general parser takes five times as long. Whatever is
 * not of that form is left to it. */
static inline bool parse_v4_prefix(struct slice text, struct prefix *out)
{
	const char *p = text.at;
	uint32_t part, bits = 0;

	for (int i = 0; i < 4; i++) {
		if (!take_part(&p, 255, &part) || *p != (i < 3 ? '.' : '/'))
			return false;
		p++;
		bits = bits << 8 | part;
	}
	if (!take_part(&p, 32, &part) || p != text.at + text.len)
		return false;
	bits &= part ? UINT32_MAX << (32 - part) : 0;
	*out = (struct prefix){.family = 4, .len = (uint8_t)part, .bytes = {
		(uint8_t)(bits >> 24), (uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits}};
	return true;
}

#endif
