/* Data files that travel inside the binary: made from themes/ and src/app/cases/ at build time, so that a fresh binary needs no
 * installed file. */
#ifndef LANDLINE_APP_EMBEDDED_H
#define LANDLINE_APP_EMBEDDED_H

#include <stddef.h>

struct embedded { const char *name; const unsigned char *text; size_t len; };
extern const struct embedded embedded_themes[]; /* ends with a NULL name; "default" first */
extern const struct embedded embedded_cases[];  /* ends with a NULL name */

#endif
