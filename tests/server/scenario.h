/* Private to the test server: a line of scenario text, and what it does to a world. */
#ifndef LANDLINE_TESTS_SERVER_SCENARIO_H
#define LANDLINE_TESTS_SERVER_SCENARIO_H

#include "world.h"

enum { LINE_WORDS_MAX = 24 };

struct line {
	char *word[LINE_WORDS_MAX + 1]; /* NULL after the last */
	size_t count;
	char text[512];
	char whole[512];
};

/* scenario.c. Times of the line count from from_ms. ERR_USAGE says how such a line is written. */
int scenario_line(struct world *w, const char *text, size_t len, int64_t from_ms, struct err *e) MUST_CHECK;
int scenario_bad(struct err *e, const char *what);

bool word_is(const char *word, const char *want); /* NULL is no word */
bool word_span(const char *s, int64_t *ms);
bool word_asn(const char *s, uint32_t *asn);
unsigned word_number(const char *s);
bool word_percent(const char *s, double *share);                       /* "60%" is 0.6 */
const char *line_after(const struct line *l, const char *key);         /* the word behind `key`, or NULL */
void line_join(char *dst, size_t cap, const struct line *l, size_t i); /* the words from i on, with single spaces */

/* happening.c: a line of the second kind. */
int happening_read(struct world *w, const struct line *l, int64_t from_ms, struct err *e) MUST_CHECK;
/* happening_signal.c: what happens beside the routes. at: of the line's first word behind the time. */
int happen_signal(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e) MUST_CHECK;
int happen_probes(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e) MUST_CHECK;
int happen_statement(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e) MUST_CHECK;

#endif
