/* The user interface: what is seen, drawing it, and what the shell asks. See ui/ui.h; keys are in ui_keys.c.
 *
 * Nothing here acts: what must happen outside of the picture is only said, as effects. */
#include "ui_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "draw.h"
#include "find.h"
#include "view_table.h"

enum { TITLE_MAX = 128 };

#define MESSAGE_MS 10000
#define MINUTE_MS  60000

struct ui *ui_new(const struct ui_options *o)
{
	struct ui *u = xcalloc(1, sizeof(*u));

	if (view_count > UI_VIEWS_MAX)
		BUG("%zu views; UI_VIEWS_MAX is %d", view_count, UI_VIEWS_MAX);
	u->charset = o->charset;
	u->history_h = o->history_h > 0 ? o->history_h : 24;
	u->themes = o->themes;
	for (size_t i = 0; o->themes && o->theme && o->themes[i]; i++)
		if (strcmp(o->themes[i], o->theme) == 0)
			u->theme = i;
	snprintf(u->version, sizeof(u->version), "%s", o->version ? o->version : "");
	for (size_t i = 0; i < view_count; i++)
		u->states[i] = xcalloc(1, view_table[i]->state_size > 0 ? view_table[i]->state_size : 1);
	u->stack[0] = view_index(o->picker ? &view_world : &view_territory);
	u->depth = 1;
	u->title = xcalloc(1, TITLE_MAX);
	u->message_until = WALL_NONE;
	u->rows = 24;
	u->cols = 80;
	pager_init(&u->pager);
	return u;
}

void ui_free(struct ui *u)
{
	if (!u)
		return;
	for (size_t i = 0; i < view_count; i++)
		free(u->states[i]);
	pager_release(&u->pager);
	canvas_release(&u->frozen);
	free(u->title);
	free(u);
}

/* ---- what is seen ---- */

size_t ui_view_at(const struct ui *u)
{
	return u->stack[u->depth - 1];
}

const struct view_ops *ui_view(const struct ui *u)
{
	return view_table[ui_view_at(u)];
}

const struct territory *ui_territory(const struct ui *u, const struct model *m)
{
	const struct territory *t = u->open[0] ? find_territory(m, u->open) : NULL;

	return t ? t : m->territory_count > 0 ? m->territories[0] : NULL;
}

struct rect ui_area(const struct ui *u)
{
	return (struct rect){.y = 1, .x = 0, .rows = u->rows - 2 - u->transport_rows, .cols = u->cols};
}

struct view_context ui_context(const struct ui *u, const struct model *m)
{
	return (struct view_context){
		.model = m,
		.territory = ui_territory(u, m),
		.charset = u->charset,
		.history_h = u->history_h,
		.filter = u->filters[ui_view_at(u)],
		.now = m->now,
		.area = ui_area(u),
		.focused = !u->pager.open,
	};
}

/* Views lie behind each other; one that is in the stack already comes to the front with what was over it gone. */
void ui_goto(struct ui *u, const struct view_ops *ops)
{
	size_t to = view_index(ops);

	u->editing = false;
	pager_close(&u->pager);
	for (size_t i = 0; i < u->depth; i++) {
		if (u->stack[i] == to) {
			u->depth = i + 1;
			return;
		}
	}
	u->stack[u->depth++] = to; /* each at most once, so it cannot overflow */
}

void ui_ask(struct ui *u, const char *text, uint64_t seq)
{
	text_clean_str(u->request, sizeof(u->request), text);
	u->request_seq = seq;
}

void ui_explain(struct ui *u, const char *title, const char *text)
{
	pager_show(&u->pager, title, text);
}

unsigned ui_why(struct ui *u, const struct model *m)
{
	const struct view_ops *ops = ui_view(u);
	struct view_context ctx = ui_context(u, m);
	struct strbuf text;

	strbuf_init(&text, PAGER_TEXT_MAX);
	if (ops->why)
		ops->why(u->states[ui_view_at(u)], &ctx, &text);
	if (text.len > 0)
		ui_explain(u, "Why", text.text);
	else
		ui_message(u, m, "There is nothing to explain here.");
	strbuf_release(&text);
	return FX_REDRAW;
}

/* ---- drawing ---- */

static void draw_too_small(struct canvas *c)
{
	const char *text = "landline: screen too small (need 20x5)", *next;

	for (int y = 0; *text && y < c->rows; y++, text = next) {
		char one[64];
		size_t len = draw_wrap(text, c->cols, &next);
		snprintf(one, sizeof(one), "%.*s", (int)len, text);
		canvas_text(c, y, 0, c->cols, ROLE_TEXT, one);
	}
}

/* With the ASCII charset nothing else may reach the terminal, foreign names included. */
static void to_ascii(struct canvas *c)
{
	for (int i = 0; i < c->rows * c->cols; i++) {
		struct cell *cell = &c->cells[i];
		if (cell->flags & CELL_TAIL)
			*cell = (struct cell){.ch = '?',
					      .role = cell->role,
					      .ground = cell->ground,
					      .flags = cell->flags & (uint8_t)~CELL_TAIL};
		else if (cell->ch > 0x7E)
			cell->ch = '?';
		cell->mark = 0;
	}
}

static void draw_live(struct ui *u, const struct model *m, struct canvas *c)
{
	struct view_context ctx = ui_context(u, m);

	ui_view(u)->draw(u->states[ui_view_at(u)], &ctx, c);
	bars_draw_top(u, m, c);
}

/* The picture at the moment of pausing; a resize meanwhile can only be filled with what is known now. */
static void draw_paused(struct ui *u, const struct model *m, struct canvas *c)
{
	size_t bytes = (size_t)c->rows * (size_t)c->cols * sizeof(*c->cells);

	if (u->frozen.rows != c->rows || u->frozen.cols != c->cols) {
		u->frozen_at = m->now;
		draw_live(u, m, c);
		if (u->frozen.cells)
			canvas_resize(&u->frozen, c->rows, c->cols);
		else
			canvas_init(&u->frozen, c->rows, c->cols);
		memcpy(u->frozen.cells, c->cells, bytes);
		u->frozen.cursor_y = c->cursor_y;
		u->frozen.cursor_x = c->cursor_x;
	}
	memcpy(c->cells, u->frozen.cells, bytes);
	c->cursor_y = u->frozen.cursor_y;
	c->cursor_x = u->frozen.cursor_x;
}

void ui_draw(struct ui *u, const struct model *m, struct canvas *c)
{
	canvas_clear(c);
	u->rows = c->rows;
	u->cols = c->cols;
	u->transport_rows = transport_rows(m, c->rows);
	u->seen_version = m->version;
	u->seen_minute = m->now.ms / MINUTE_MS;
	if (c->rows < UI_MIN_ROWS || c->cols < UI_MIN_COLS) {
		draw_too_small(c);
		return;
	}
	if (u->paused)
		draw_paused(u, m, c);
	else
		draw_live(u, m, c);
	if (u->pager.open)
		pager_draw(&u->pager, ui_area(u), u->charset, c);
	if (u->transport_rows)
		transport_draw(u, m, c);
	bars_draw_bottom(u, m, c);
	if (u->charset == CHARSET_ASCII)
		to_ascii(c);
}

/* ---- what the shell asks ---- */

unsigned ui_model_changed(struct ui *u, const struct model *m)
{
	bool changed = m->version != u->seen_version || m->now.ms / MINUTE_MS != u->seen_minute;

	u->seen_version = m->version;
	u->seen_minute = m->now.ms / MINUTE_MS;
	if (u->message[0] && m->now.ms >= u->message_until.ms) {
		u->message[0] = '\0';
		return FX_REDRAW;
	}
	return changed && !u->paused ? FX_REDRAW : FX_NONE;
}

struct wall ui_due(const struct ui *u, const struct model *m)
{
	struct wall minute = {wall_is_set(m->now) ? (m->now.ms / MINUTE_MS + 1) * MINUTE_MS : INT64_MAX};

	return u->message[0] && u->message_until.ms < minute.ms ? u->message_until : minute;
}

bool ui_wants_text(const struct ui *u)
{
	return u->editing;
}

const char *ui_request_text(const struct ui *u)
{
	return u->request;
}

uint64_t ui_request_seq(const struct ui *u)
{
	return u->request_seq;
}

int ui_request_action(const struct ui *u)
{
	return u->request_action;
}

double ui_request_share(const struct ui *u)
{
	return u->request_share;
}

void ui_message(struct ui *u, const struct model *m, const char *text)
{
	text_clean_str(u->message, sizeof(u->message), text);
	/* the past runs at any speed, or stands: there whoever has a clock takes the message away */
	u->message_until.ms = m->replay ? INT64_MAX : m->now.ms + MESSAGE_MS;
}

bool ui_clear_message(struct ui *u)
{
	bool any = u->message[0] != '\0';

	u->message[0] = '\0';
	return any;
}

void ui_open_territory(struct ui *u, const struct model *m, const char *code)
{
	(void)m; /* it may come into the model later: until then the first tab is open */
	snprintf(u->open, sizeof(u->open), "%s", code);
	ui_goto(u, &view_territory);
}

bool ui_paused(const struct ui *u)
{
	return u->paused;
}

const char *ui_title(const struct ui *u, const struct model *m)
{
	const struct territory *t = ui_territory(u, m);

	if (t)
		snprintf(u->title, TITLE_MAX, "landline: %s %s%s", t->spec.code, verdict_name(t->verdict.kind),
			 m->replay ? " (replay)" : "");
	else
		snprintf(u->title, TITLE_MAX, "landline");
	return u->title;
}
