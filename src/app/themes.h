/* Finding themes: a path, the user's folder, the installed folder, the ones inside the binary. */
#ifndef LANDLINE_APP_THEMES_H
#define LANDLINE_APP_THEMES_H

#include "base/err.h"
#include "core/theme.h"

#define THEMES_MAX 64

/* Load by name or path. On error *out is unchanged. */
int themes_load(const char *name, struct theme *out, struct err *e) MUST_CHECK;
/* Names to switch through, each once, NULL-terminated, owned by this module. */
const char *const *themes_names(void);
void themes_release(void);

#endif
