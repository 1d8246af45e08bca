/* The help of a view, made from the tables: what it is, its keys, the keys everywhere, its columns, what the signs
 * mean. There is no second list that could drift away from what the keys do. */
#include <stdio.h>

#include "base/text.h"
#include "table.h"
#include "ui_private.h"
#include "view_table.h"

static void add_keys(struct strbuf *out, uint64_t actions)
{
	for (int a = 1; a < ACTION_COUNT; a++) {
		char keys[48];
		if (!(actions & ACTION_BIT(a)))
			continue;
		action_keys(keys, sizeof(keys), (enum action)a);
		if (keys[0])
			strbuf_addf(out, "  %-20s %s\n", keys, action_table[a].help);
	}
}

static void add_signs(struct strbuf *out, enum charset charset)
{
	for (int s = 0; s < NET_STATE_COUNT; s++) {
		char glyph[4];
		strbuf_adds(out, "  ");
		strbuf_add(out, glyph, text_put(glyph, glyph_state(charset, (enum net_state)s)));
		strbuf_addf(out, " %s\n", net_state_name((enum net_state)s));
	}
}

void help_text(const struct ui *u, const struct view_ops *ops, struct strbuf *out)
{
	strbuf_addf(out, "%s\n\n# Keys here\n", ops->help);
	add_keys(out, ops->actions & ~GLOBAL_ACTIONS);
	strbuf_adds(out, "\n# Keys everywhere\n");
	add_keys(out, GLOBAL_ACTIONS);
	for (size_t i = 0; i < view_count; i++)
		if (view_table[i]->key)
			strbuf_addf(out, "  %-20c %s\n", view_table[i]->key, view_table[i]->title);
	strbuf_adds(out, "  Ctrl-C               leave, always, at once\n"
			 "  click, wheel         select, scroll; on top: open a tab or a view\n");
	strbuf_adds(out, "\n# Keys in a replay\n");
	strbuf_adds(out, "  Space                play, pause\n");
	add_keys(out, TRANSPORT_ACTIONS);
	strbuf_adds(out, "  click on the bar     go there\n");
	if (ops->columns) {
		strbuf_adds(out, "\n# Columns\n");
		for (const struct column *c = ops->columns; c->title; c++)
			strbuf_addf(out, "  %-20s %s%s\n", c->title, c->help, c->compare ? "" : " (no way to sort)");
	}
	strbuf_adds(out, "\n# Signs\n");
	add_signs(out, u->charset);
	if (u->version[0])
		strbuf_addf(out, "\nlandline %s\n", u->version);
}
