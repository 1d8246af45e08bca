/* Private to src/ui: the evidence of a network, a territory or an event as lines of plain text: what `w` shows.
 *
 * Numbers, times, rule: whoever reads it can re-derive the state, or quote it. Headings begin with "# ". */
#ifndef LANDLINE_UI_EXPLAIN_H
#define LANDLINE_UI_EXPLAIN_H

#include "ui/view.h"

void explain_network(const struct view_context *ctx, const struct network *n, struct strbuf *out);
void explain_territory(const struct view_context *ctx, struct strbuf *out); /* ctx->territory must be set */
/* One signal of one source as evidence: what it says, by which numbers and rule, and where to read them. */
void explain_voice(const struct view_context *ctx, const struct voice *v, struct strbuf *out);
/* A line for each of the territory's, and their sum. */
void explain_voices(const struct view_context *ctx, struct strbuf *out);
/* Adds nothing when there is no such event. */
void explain_event(const struct view_context *ctx, uint32_t id, const char *whose, struct strbuf *out);

#endif
