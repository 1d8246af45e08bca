/* What is watched: a country (KP), an AS (AS131279), a prefix (175.45.176.0/22), a file of those (@gaza) or world. */
#ifndef LANDLINE_CORE_TERRITORY_H
#define LANDLINE_CORE_TERRITORY_H

#include <stddef.h>

#include "base/err.h"
#include "core/prefix.h"

enum territory_kind { TERRITORY_COUNTRY, TERRITORY_AS, TERRITORY_PREFIX, TERRITORY_FILE, TERRITORY_WORLD };

#define TERRITORY_CODE_MAX PREFIX_TEXT_MAX

struct territory_spec {
	enum territory_kind kind;
	char code[TERRITORY_CODE_MAX]; /* canonical: "KP", "AS131279", "175.45.176.0/22", "@gaza", "world" */
	uint32_t asn;                  /* TERRITORY_AS */
	struct prefix prefix;          /* TERRITORY_PREFIX */
};

/* Read one word. "kp", "Kp", "north korea" (a country's English name), "as131279", "131279", "175.45.176/22" are taken.
 * Otherwise ERR_USAGE: "unknown territory 'KQ'; did you mean 'KP' (North Korea)?" */
int territory_parse(const char *word, struct territory_spec *out, struct err *e) MUST_CHECK;

/* Read a territory file: one territory a line, '#' comments. Members are countries, ASes and prefixes, at most max.
 * Errors name `name` and the line. Returns 0 and *count. */
int territory_parse_file(const char *name, const char *text, size_t len, struct territory_spec *out, size_t max,
			 size_t *count, struct err *e) MUST_CHECK;

/* ISO 3166-1: every code with its short English name, sorted by code. */
struct country { char code[3]; const char *name; const char *region; };
extern const struct country countries[];
extern const size_t country_count;
const struct country *country_find(const char *code); /* case-blind; NULL if there is none */

#endif
