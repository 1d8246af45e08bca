/* Private to src/ui: lookups in a model that may only be read. */
#ifndef LANDLINE_UI_FIND_H
#define LANDLINE_UI_FIND_H

#include "core/model.h"

const struct event *find_event(const struct model *m, uint32_t id);              /* NULL if it is gone, or id is 0 */
const struct territory *find_territory(const struct model *m, const char *code); /* NULL if not watched */
const struct operator *find_operator(const struct territory *t, const struct network *n); /* NULL if it has none */

#endif
