/* What the forms of `status` share. */
#ifndef LANDLINE_CORE_STATUS_PRIVATE_H
#define LANDLINE_CORE_STATUS_PRIVATE_H

#include "core/model.h"

struct tally status_both(const struct territory *t);                   /* both families */
const struct provider *status_provider(const struct territory *t);     /* the single or the largest one, or NULL */
void status_since(struct wall t, struct wall now, struct strbuf *out); /* "16:15", "22 Dec 16:15", "2014-12-22", "-" */
void status_percent(double pct, struct strbuf *out);                   /* "31%", "<1%", "-" */

#endif
