/* Text from outside: cleaned before anybody sees it, measured in columns, cut by columns.
 *
 * Width and classes are utf8proc's (UAX #11, ambiguous = narrow), so that the screen does not depend on the machine's
 * locale tables. Everything stored in the model went through text_clean. */
#ifndef LANDLINE_BASE_TEXT_H
#define LANDLINE_BASE_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Copy src (len bytes, any bytes) into dst as valid UTF-8 fit for a terminal, a log and a file: invalid sequences become
 * U+FFFD, C0/C1 controls, DEL, line and paragraph separators and bidirectional controls are dropped (a tab or line feed
 * becomes one space), at most 2 combining marks stay on a character, the result is NFC, NUL-terminated and cut at a
 * whole character to fit cap. Runs in O(len), reads at most 4 * cap bytes of src. Returns the length. */
size_t text_clean(char *dst, size_t cap, const char *src, size_t len);
size_t text_clean_str(char *dst, size_t cap, const char *src); /* src may be NULL: gives "" */

/* Next code point of clean UTF-8 at s; *cp = 0 at the end. Returns the bytes used (1 for a bad byte, with U+FFFD). */
size_t text_next(const char *s, uint32_t *cp);
/* Columns of one code point: 0 (combining, control), 1 or 2. */
int text_cp_width(uint32_t cp);
/* Columns of a string. */
size_t text_width(const char *s);
/* Bytes of the longest beginning of s that fits into cols columns. */
size_t text_fit(const char *s, size_t cols);
/* Write cp as UTF-8; returns 1..4. */
size_t text_put(char dst[4], uint32_t cp);

/* The nearest of `names` (NULL-terminated) to a mistyped word by edit distance, or NULL when none is near (more than
 * 2 edits or a third of the word). For "nearest valid name" in errors. */
const char *text_nearest(const char *word, const char *const *names);

/* The s of "3 networks", and not of "1 network". */
static inline const char *text_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Case-blind search of ASCII letters: is needle in hay? An empty needle is. */
int text_contains(const char *hay, const char *needle);

#endif
