/* Text from outside, made safe and measured: see base/text.h.
 *
 * Cleaning has three steps, each linear: (1) decode and drop what a terminal must not see, with a first bound on
 * combining marks, because the normaliser sorts a run of marks and its time grows with the square of the run; (2) NFC;
 * (3) copy out with two marks a character and cut at a character. Plain ASCII, nearly everything we ever get, goes past
 * all of it. */
#include "base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"

enum {
	REPLACEMENT = 0xFFFD,
	MARKS_SORTED_MAX = 8, /* into the normaliser */
	MARKS_KEPT_MAX = 2,   /* out of it */
	WORD_MAX = 64,        /* longest word text_nearest looks at, bytes */
};

struct range {
	uint32_t first, last;
};

/* Invisible characters that reorder, hide or restyle their neighbours. ZWNJ and ZWJ stay: Persian and Indic spelling.
 */
static const struct range dropped[] = {
	{0x0000, 0x001F}, {0x007F, 0x009F},                                       /* C0, DEL, C1 */
	{0x061C, 0x061C}, {0x200E, 0x200F},   {0x202A, 0x202E}, {0x2066, 0x2069}, /* bidirectional controls, UAX #9 */
	{0x2028, 0x2029},                                                         /* line and paragraph separators */
	{0x206A, 0x206F}, {0xFEFF, 0xFEFF},   {0xFFF9, 0xFFFB}, /* deprecated format characters, BOM, annotations */
	{0xFE00, 0xFE0F}, {0xE0000, 0xE0FFF}, /* variation selectors (a terminal may widen the cell) and tags */
};

static bool is_dropped(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_LEN(dropped); i++)
		if (cp >= dropped[i].first && cp <= dropped[i].last)
			return true;
	return (cp & 0xFFFE) == 0xFFFE; /* noncharacters at the end of each plane */
}

/* Decode one code point of len > 0 bytes. A bad sequence (with the continuation bytes that belong to it) is U+FFFD. */
static size_t decode(const unsigned char *s, size_t len, uint32_t *cp)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n = utf8proc_iterate(s, (utf8proc_ssize_t)len, &c);

	if (n > 0) {
		*cp = (uint32_t)c;
		return (size_t)n;
	}
	*cp = REPLACEMENT;
	size_t used = 1;
	if (s[0] >= 0xC0)
		while (used < len && used < 4 && (s[used] & 0xC0) == 0x80)
			used++;
	return used;
}

/* Is s the beginning of a character whose end lies beyond the window we read? */
static bool is_cut_sequence(const unsigned char *s, size_t len)
{
	size_t want = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : s[0] >= 0xC0 ? 2 : 1;

	return len < want;
}

/* Step 1. out has room for 3 bytes per byte of s (U+FFFD for each) and a NUL. */
static size_t filter(char *out, const unsigned char *s, size_t len, bool window_cut)
{
	size_t n = 0, marks = 0;

	while (len > 0) {
		uint32_t cp;
		if (window_cut && is_cut_sequence(s, len))
			break;
		size_t used = decode(s, len, &cp);
		s += used;
		len -= used;
		if (cp == '\t' || cp == '\n')
			cp = ' ';
		if (is_dropped(cp))
			continue;
		marks = text_cp_width(cp) == 0 ? marks + 1 : 0;
		if (marks <= MARKS_SORTED_MAX)
			n += text_put(out + n, cp);
	}
	out[n] = '\0';
	return n;
}

/* Step 3. A mark with nothing before it would land on a neighbour's cell, so it goes. */
static size_t copy_out(char *dst, size_t cap, const char *s)
{
	size_t n = 0, marks = MARKS_KEPT_MAX;
	uint32_t cp;

	for (size_t used; (used = text_next(s, &cp)) > 0; s += used) {
		char bytes[4];
		marks = text_cp_width(cp) == 0 ? marks + 1 : 0;
		if (marks > MARKS_KEPT_MAX)
			continue;
		size_t len = text_put(bytes, cp);
		if (len >= cap - n)
			break;
		memcpy(dst + n, bytes, len);
		n += len;
	}
	dst[n] = '\0';
	return n;
}

/* The usual case: copies printable ASCII; false when something else turned up before dst was full. */
static bool copy_ascii(char *dst, size_t cap, const char *src, size_t len, size_t *out)
{
	size_t n = 0;

	while (n < len && n + 1 < cap) {
		if (src[n] < 0x20 || src[n] > 0x7E)
			return false;
		dst[n] = src[n];
		n++;
	}
	/* what follows may be a mark that composes with the last character, so it must be looked at */
	if (n < len && (src[n] < 0x20 || src[n] > 0x7E))
		return false;
	dst[n] = '\0';
	*out = n;
	return true;
}

size_t text_clean(char *dst, size_t cap, const char *src, size_t len)
{
	size_t n;

	if (cap == 0)
		return 0;
	if (copy_ascii(dst, cap, src, len, &n))
		return n;
	bool window_cut = len / 4 > cap;
	if (window_cut)
		len = cap * 4;
	char *plain = xmalloc(len * 3 + 1);
	size_t plain_len = filter(plain, (const unsigned char *)src, len, window_cut);
	utf8proc_uint8_t *nfc = NULL;
	utf8proc_ssize_t nfc_len = utf8proc_map((const utf8proc_uint8_t *)plain, (utf8proc_ssize_t)plain_len, &nfc,
						UTF8PROC_STABLE | UTF8PROC_COMPOSE);

	n = copy_out(dst, cap, nfc_len >= 0 && nfc ? (const char *)nfc : plain);
	free(nfc);
	free(plain);
	return n;
}

size_t text_clean_str(char *dst, size_t cap, const char *src)
{
	if (!src)
		src = "";
	/* no further than text_clean would look: src may be a whole body */
	return text_clean(dst, cap, src, strnlen(src, cap * 4 + 4));
}

size_t text_next(const char *s, uint32_t *cp)
{
	unsigned char c = (unsigned char)*s;
	utf8proc_int32_t wide;

	if (c < 0x80) {
		*cp = c;
		return c != 0;
	}
	/* -1: up to 4 bytes are looked at, and a NUL ends the sequence */
	utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)s, -1, &wide);
	if (n <= 0) {
		*cp = REPLACEMENT;
		return 1;
	}
	*cp = (uint32_t)wide;
	return (size_t)n;
}

int text_cp_width(uint32_t cp)
{
	if (cp < 0x300) /* Latin: no marks, nothing wide */
		return cp >= 0x20 && (cp < 0x7F || cp >= 0xA0);
	int w = cp <= 0x10FFFF ? utf8proc_charwidth((utf8proc_int32_t)cp) : 1;
	return w < 0 ? 0 : w > 2 ? 2 : w;
}

size_t text_width(const char *s)
{
	size_t cols = 0;
	uint32_t cp;

	for (size_t used; (used = text_next(s, &cp)) > 0; s += used)
		cols += (size_t)text_cp_width(cp);
	return cols;
}

size_t text_fit(const char *s, size_t cols)
{
	size_t bytes = 0, used;
	uint32_t cp;

	for (; (used = text_next(s + bytes, &cp)) > 0; bytes += used) {
		size_t w = (size_t)text_cp_width(cp);
		if (w > cols)
			break;
		cols -= w;
	}
	return bytes;
}

size_t text_put(char dst[4], uint32_t cp)
{
	if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
		cp = REPLACEMENT;
	return (size_t)utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)dst);
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Edit distance with swapped neighbours as one edit, ASCII case ignored; both words are at most WORD_MAX. */
static size_t distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= lb; j++)
		last[j] = j;
	for (size_t i = 1; i <= la; i++) {
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = last[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		size_t *spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[lb];
}

const char *text_nearest(const char *word, const char *const *names)
{
	const char *best = NULL;
	size_t best_d = 3, len = strnlen(word, WORD_MAX + 1);

	if (len > WORD_MAX)
		return NULL;
	for (; *names; names++) {
		size_t name_len = strnlen(*names, WORD_MAX + 1);
		if (name_len > WORD_MAX || name_len > len + 2 || len > name_len + 2)
			continue;
		size_t d = distance(word, len, *names, name_len);
		size_t longer = len > name_len ? len : name_len;
		if (d < best_d && d * 3 <= longer) {
			best_d = d;
			best = *names;
		}
	}
	return best;
}

int text_contains(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	if (n == 0)
		return 1;
	for (; *hay; hay++) {
		size_t i = 0;
		while (i < n && hay[i] && lower(hay[i]) == lower(needle[i]))
			i++;
		if (i == n)
			return 1;
	}
	return 0;
}
