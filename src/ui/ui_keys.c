/* Keys: which of them go where, and what they do.
 *
 * A key goes, in this order, to: the text field, the page of text over the view, the actions that work everywhere, the
 * view. Each of those is a small function below. */
#include "ui_private.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "view_table.h"

enum { CTRL_C = 3, BACKSPACE = 8, CTRL_U = 21, ESC = 27, DEL = 127 };

static const unsigned spans_h[] = {3, 6, 12, 24, 48, 72, 168}; /* of the sparklines */

/* ---- the text field ---- */

static void drop_last(char *s)
{
	size_t len = strlen(s);

	while (len > 0 && ((unsigned char)s[len - 1] & 0xC0) == 0x80)
		len--;
	s[len > 0 ? len - 1 : 0] = '\0';
}

static unsigned transport(struct ui *u, enum action a)
{
	u->request_action = (int)a;
	u->request_share = -1;
	return FX_TRANSPORT | FX_REDRAW;
}

static unsigned field_key(struct ui *u, uint32_t code)
{
	bool time = u->asking_time;
	char *filter = time ? u->time_text : u->filters[ui_view_at(u)];
	size_t len = strlen(filter);
	char bytes[4];

	switch (code) {
	case ESC:
		filter[0] = '\0';
		u->editing = u->asking_time = false;
		return FX_REDRAW;
	case '\r':
	case '\n':
	case '\t':
		u->editing = u->asking_time = false;
		if (!time || !filter[0])
			return FX_REDRAW;
		ui_ask(u, filter, 0);
		return transport(u, ACTION_GOTO_TIME);
	case KEYC_BACKSPACE:
	case BACKSPACE:
	case DEL:
		if (len == 0)
			u->editing = u->asking_time = false;
		drop_last(filter);
		return FX_REDRAW;
	case CTRL_U: filter[0] = '\0'; return FX_REDRAW;
	default: break;
	}
	if (code < ' ' || code >= KEYC_NONE || text_cp_width(code) == 0 || (code >= 0x80 && code < 0xA0))
		return FX_NONE;
	size_t used = text_put(bytes, code);
	if (len + used >= FILTER_MAX)
		return FX_NONE;
	memcpy(filter + len, bytes, used);
	filter[len + used] = '\0';
	return FX_REDRAW;
}

/* ---- actions everywhere ---- */

static unsigned do_quit(struct ui *u, const struct model *m)
{
	(void)m;
	if (!u->pager.open)
		return FX_QUIT;
	pager_close(&u->pager);
	return FX_REDRAW;
}

static unsigned do_help(struct ui *u, const struct model *m)
{
	struct strbuf text;
	char title[64];

	(void)m;
	strbuf_init(&text, PAGER_TEXT_MAX);
	help_text(u, ui_view(u), &text);
	snprintf(title, sizeof(title), "Help: %s", ui_view(u)->title);
	ui_explain(u, title, text.text);
	strbuf_release(&text);
	return FX_REDRAW;
}

/* A view that is in a state of its own leaves that first. */
static bool view_goes_back(struct ui *u, const struct model *m)
{
	const struct view_ops *ops = ui_view(u);
	struct view_context ctx = ui_context(u, m);

	return (ops->actions & ACTION_BIT(ACTION_BACK)) &&
	       ops->act(u->states[ui_view_at(u)], &ctx, ACTION_BACK, (struct key){0}, u) != FX_NONE;
}

static unsigned do_back(struct ui *u, const struct model *m)
{
	if (u->pager.open)
		pager_close(&u->pager);
	else if (u->paused)
		u->paused = false;
	else if (u->filters[ui_view_at(u)][0])
		u->filters[ui_view_at(u)][0] = '\0';
	else if (view_goes_back(u, m))
		return FX_REDRAW;
	else if (u->depth > 1)
		u->depth--;
	else
		return FX_NONE;
	return FX_REDRAW;
}

static unsigned switch_tab(struct ui *u, const struct model *m, size_t step)
{
	const struct territory *t = ui_territory(u, m);

	for (size_t i = 0; t && i < m->territory_count; i++) {
		if (m->territories[i] != t)
			continue;
		const struct territory *to = m->territories[(i + step) % m->territory_count];
		snprintf(u->open, sizeof(u->open), "%s", to->spec.code);
		return FX_REDRAW;
	}
	return FX_NONE;
}

static unsigned do_next_tab(struct ui *u, const struct model *m)
{
	return switch_tab(u, m, 1);
}

static unsigned do_prev_tab(struct ui *u, const struct model *m)
{
	return switch_tab(u, m, m->territory_count > 0 ? m->territory_count - 1 : 0);
}

static unsigned do_pause(struct ui *u, const struct model *m)
{
	if (m->transport.on)
		return transport(u, ACTION_PAUSE);
	u->paused = !u->paused;
	canvas_release(&u->frozen);
	u->frozen_at = m->now;
	return FX_REDRAW;
}

static unsigned do_theme(struct ui *u, const struct model *m)
{
	if (!u->themes || !u->themes[0] || !u->themes[1]) {
		ui_message(u, m, "There is no other theme.");
		return FX_REDRAW;
	}
	u->theme = u->themes[u->theme + 1] ? u->theme + 1 : 0;
	char text[MESSAGE_MAX];
	snprintf(text, sizeof(text), "Theme: %s", u->themes[u->theme]);
	ui_message(u, m, text);
	ui_ask(u, u->themes[u->theme], 0);
	return FX_THEME | FX_REDRAW;
}

static unsigned do_charset(struct ui *u, const struct model *m)
{
	char text[MESSAGE_MAX];

	u->charset = u->charset == CHARSET_BRAILLE ? CHARSET_BLOCK
		     : u->charset == CHARSET_BLOCK ? CHARSET_ASCII
						   : CHARSET_BRAILLE;
	snprintf(text, sizeof(text), "Charset: %s", charset_name(u->charset));
	ui_message(u, m, text);
	return FX_REDRAW;
}

static unsigned do_reload(struct ui *u, const struct model *m)
{
	if (m->transport.on) {
		ui_message(u, m, "A replay asks nobody: what is here is all there was.");
		return FX_REDRAW;
	}
	ui_message(u, m, "Asking the sources again.");
	return FX_RELOAD | FX_REDRAW;
}

static unsigned do_repaint(struct ui *u, const struct model *m)
{
	(void)u, (void)m;
	return FX_REPAINT | FX_REDRAW;
}

static unsigned do_suspend(struct ui *u, const struct model *m)
{
	(void)u, (void)m;
	return FX_SUSPEND;
}

static unsigned do_case(struct ui *u, const struct model *m)
{
	if (!m->transport.on)
		return FX_CASE | FX_REDRAW;
	ui_message(u, m, "This is a replay already.");
	return FX_REDRAW;
}

/* The keys of the transport. Live they do nothing, and say what they are for. */
static unsigned transport_key(struct ui *u, const struct model *m, enum action a)
{
	if (!m->transport.on) {
		ui_message(u, m, "That is a key of replays: P plays the bundled case, `landline replay FILE` a recording.");
		return FX_REDRAW;
	}
	if (a != ACTION_GOTO_TIME)
		return transport(u, a);
	u->editing = u->asking_time = true;
	u->time_text[0] = '\0';
	return FX_REDRAW;
}

static unsigned (*const everywhere[ACTION_COUNT])(struct ui *, const struct model *) = {
	[ACTION_QUIT] = do_quit,         [ACTION_HELP] = do_help,         [ACTION_BACK] = do_back,
	[ACTION_NEXT_TAB] = do_next_tab, [ACTION_PREV_TAB] = do_prev_tab, [ACTION_PAUSE] = do_pause,
	[ACTION_THEME] = do_theme,       [ACTION_CHARSET] = do_charset,   [ACTION_RELOAD] = do_reload,
	[ACTION_REPAINT] = do_repaint,   [ACTION_SUSPEND] = do_suspend,
	[ACTION_CASE] = do_case,
};

/* ---- actions in a view ---- */

static unsigned zoom(struct ui *u, bool in)
{
	size_t at = 0;

	while (at + 1 < ARRAY_LEN(spans_h) && spans_h[at] < u->history_h)
		at++;
	if (in && at > 0)
		at--;
	else if (!in && spans_h[at] <= u->history_h && at + 1 < ARRAY_LEN(spans_h))
		at++;
	u->history_h = spans_h[at];
	return FX_REDRAW;
}

static unsigned copy(struct ui *u, const struct model *m)
{
	const struct view_ops *ops = ui_view(u);
	struct view_context ctx = ui_context(u, m);
	struct strbuf text;
	unsigned fx = FX_NONE;

	strbuf_init(&text, REQUEST_MAX - 1);
	if (ops->copy)
		ops->copy(u->states[ui_view_at(u)], &ctx, &text);
	if (text.len > 0) {
		char words[MESSAGE_MAX];
		ui_ask(u, text.text, 0);
		snprintf(words, sizeof(words), "Copied: %.*s", (int)text_fit(u->request, 40), u->request);
		ui_message(u, m, words);
		fx = FX_COPY | FX_REDRAW;
	}
	strbuf_release(&text);
	return fx;
}

static unsigned goto_number(struct ui *u, enum action a)
{
	for (size_t i = 0; i < view_count; i++) {
		if (view_table[i]->key - '1' == (int)a - ACTION_VIEW_1) {
			ui_goto(u, view_table[i]);
			return FX_REDRAW;
		}
	}
	return FX_NONE;
}

static unsigned view_action(struct ui *u, const struct model *m, enum action a, struct key k)
{
	const struct view_ops *ops = ui_view(u);
	struct view_context ctx = ui_context(u, m);

	if (a >= ACTION_VIEW_1 && a <= ACTION_VIEW_6)
		return goto_number(u, a);
	if (a != ACTION_NONE && !(ops->actions & ACTION_BIT(a)))
		return FX_NONE;
	switch (a) {
	case ACTION_FILTER: u->editing = true; return FX_REDRAW;
	case ACTION_WHY: return ui_why(u, m);
	case ACTION_COPY: return copy(u, m);
	case ACTION_ZOOM_IN: return zoom(u, true);
	case ACTION_ZOOM_OUT: return zoom(u, false);
	default: return ops->act(u->states[ui_view_at(u)], &ctx, a, k, u);
	}
}

static unsigned mouse_key(struct ui *u, const struct model *m, struct key k)
{
	struct rect area = ui_area(u);

	if (u->paused)
		return FX_NONE;
	if (u->pager.open) {
		if (k.code == KEYC_CLICK)
			return FX_NONE;
		bool moved = false;
		for (int i = 0; i < 3; i++)
			moved |= pager_act(&u->pager, k.code == KEYC_WHEEL_UP ? ACTION_UP : ACTION_DOWN, area);
		return moved ? FX_REDRAW : FX_NONE;
	}
	if (k.code == KEYC_CLICK && k.y == 0) {
		struct bars_target to = bars_hit(u, m, u->cols, k.x);
		if (to.view)
			ui_goto(u, to.view);
		if (to.territory)
			ui_open_territory(u, m, to.territory->spec.code);
		return to.view || to.territory ? FX_REDRAW : FX_NONE;
	}
	const struct rect *bar = &u->position;
	if (m->transport.on && k.code == KEYC_CLICK && bar->cols > 1 && k.y == bar->y && k.x >= bar->x && k.x < bar->x + bar->cols) {
		unsigned fx = transport(u, ACTION_START);
		u->request_share = (double)(k.x - bar->x) / (bar->cols - 1);
		return fx;
	}
	if (k.y < area.y || k.y >= area.y + area.rows)
		return FX_NONE;
	return view_action(u, m, ACTION_NONE, k);
}

/* Over the view: movement scrolls, whatever opened it closes it. */
static unsigned pager_key(struct ui *u, const struct model *m, enum action a)
{
	if (a == ACTION_WHY || a == ACTION_ENTER || a == ACTION_HELP)
		return do_back(u, m);
	if (pager_act(&u->pager, a, ui_area(u)))
		return FX_REDRAW;
	if (a != ACTION_NEXT_TAB && a != ACTION_PREV_TAB && everywhere[a])
		return everywhere[a](u, m);
	if (a >= ACTION_VIEW_1 && a <= ACTION_VIEW_6)
		return goto_number(u, a);
	return FX_NONE;
}

unsigned ui_key(struct ui *u, const struct model *m, struct key k)
{
	unsigned fx = u->message[0] ? FX_REDRAW : FX_NONE;
	enum action a = action_from_key(k.code);

	if (k.code == KEYC_NONE || k.code == KEYC_FOCUS_IN || k.code == KEYC_FOCUS_OUT)
		return FX_NONE;
	u->message[0] = '\0';
	if (k.code == CTRL_C)
		return FX_QUIT; /* always, at once */
	if (k.code == KEYC_CLICK || k.code == KEYC_WHEEL_UP || k.code == KEYC_WHEEL_DOWN)
		return fx | mouse_key(u, m, k);
	if (u->editing)
		return fx | field_key(u, k.code);
	if (a != ACTION_NONE && TRANSPORT_ACTIONS & ACTION_BIT(a))
		return fx | transport_key(u, m, a);
	if (u->pager.open)
		return fx | pager_key(u, m, a);
	if (u->paused && a != ACTION_NONE &&
	    !(everywhere[a] && a != ACTION_NEXT_TAB && a != ACTION_PREV_TAB && a != ACTION_CHARSET)) {
		ui_message(u, m, "The picture is frozen: Space goes on.");
		return FX_REDRAW;
	}
	if (everywhere[a])
		return fx | everywhere[a](u, m);
	return a == ACTION_NONE ? fx : fx | view_action(u, m, a, k);
}
