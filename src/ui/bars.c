/* The line on top (territories, views, clock) and the one at the bottom (keys, messages, health of the feeds).
 *
 * Both say what they must at any width and add the rest while there is room. What is not live says so on top: REPLAY, a
 * test clock, a paused picture. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "draw.h"
#include "find.h"
#include "ui_private.h"
#include "view_table.h"

enum { CLOCK_DAY_COLS = 60, TEXT_MAX = 96, MORE_COLS = 4 /* "+12" */ };

/* A part of the top line; the two pointers say what a click on it means. */
struct part {
	int x, cols;
	struct bars_target target;
	char text[TEXT_MAX];
	uint8_t role;
	bool on, is_tab;
};

#define PARTS_MAX (TERRITORY_MAX + UI_VIEWS_MAX + 8)

struct parts {
	struct part at[PARTS_MAX];
	size_t count;
};

static struct part *add(struct parts *p, const char *text, uint8_t role)
{
	struct part *part = &p->at[p->count < PARTS_MAX - 1 ? p->count++ : PARTS_MAX - 1];

	*part = (struct part){.role = role};
	text_clean_str(part->text, sizeof(part->text), text);
	part->cols = (int)text_width(part->text);
	return part;
}

static int width_from(const struct parts *p, size_t from)
{
	int cols = 0;

	for (size_t i = from; i < p->count; i++)
		cols += p->at[i].cols;
	return cols;
}

/* "[2 Territory]": brackets, so that the open one shows without colour. */
static void add_view(struct parts *p, const struct ui *u, const struct view_ops *ops)
{
	char text[TEXT_MAX];
	bool on = ops == ui_view(u);

	snprintf(text, sizeof(text), on ? "[%c %s]" : " %c %s ", ops->key, ops->title);
	struct part *part = add(p, text, on ? ROLE_TAB_ON : ROLE_TAB);
	part->target.view = ops;
	part->on = on;
}

static void add_badges(struct parts *p, const struct ui *u, const struct model *m, int cols)
{
	char text[TEXT_MAX];

	if (u->paused) {
		add(p, " PAUSED ", ROLE_REPLAY);
		add(p, " ", ROLE_TEXT);
	}
	if (m->replay) {
		add(p, " REPLAY ", ROLE_REPLAY);
		add(p, " ", ROLE_TEXT);
	}
	if (m->recording[0] && cols >= 60) {
		add(p, m->record_error[0] ? "rec failed" : "REC", m->record_error[0] ? ROLE_FAILED : ROLE_STRONG);
		add(p, " ", ROLE_TEXT);
	}
	if (m->clock_note[0]) {
		size_t room =
			cols > 36 ? (size_t)cols / 3 : 12; /* it must be seen, but not crowd out everything else */
		snprintf(text, sizeof(text), " %.*s ", (int)text_fit(m->clock_note, room), m->clock_note);
		add(p, text, ROLE_REPLAY);
		add(p, " ", ROLE_TEXT);
	}
}

static void add_clock(struct parts *p, const struct model *m, int cols)
{
	char text[TEXT_MAX], time[WALL_TEXT_MAX], date[WALL_TEXT_MAX];

	if (m->replay && cols >= 40) /* a past day is always said with its year */
		snprintf(text, sizeof(text), "%s %s UTC", wall_format_date(date, m->now), wall_format_hm(time, m->now));
	else if (cols >= CLOCK_DAY_COLS)
		snprintf(text, sizeof(text), "%s UTC", wall_format_day_hm(time, m->now));
	else
		snprintf(text, sizeof(text), cols >= 30 ? "%s UTC" : "%s", wall_format_hm(time, m->now));
	add(p, text, ROLE_STRONG);
}

static int tab_cols(const struct territory *t)
{
	return (int)text_width(t->spec.code) + 4;
}

/* The tabs that fit into cols, the open one among them, and a word on how many are not shown. */
static void add_tabs(struct parts *p, const struct ui *u, const struct model *m, int cols)
{
	const struct territory *open = ui_territory(u, m);
	size_t first = 0, last = 0;
	int used = 0, all = 0;
	char text[TEXT_MAX];

	for (size_t i = 0; i < m->territory_count; i++) {
		all += tab_cols(m->territories[i]);
		if (m->territories[i] == open)
			first = last = i;
	}
	if (!open)
		return;
	cols -= all > cols ? MORE_COLS : 0;
	used = tab_cols(open);
	while (first > 0 && used + tab_cols(m->territories[first - 1]) <= cols)
		used += tab_cols(m->territories[--first]);
	while (last + 1 < m->territory_count && used + tab_cols(m->territories[last + 1]) <= cols)
		used += tab_cols(m->territories[++last]);
	for (size_t i = first; i <= last; i++) {
		const struct territory *t = m->territories[i];
		snprintf(text, sizeof(text), t == open ? "[%s  ]" : " %s   ", t->spec.code);
		struct part *part = add(p, text, t == open ? ROLE_TAB_ON : ROLE_TAB);
		part->target.territory = t;
		part->on = t == open;
		part->is_tab = true;
	}
	size_t hidden = m->territory_count - (last - first + 1);
	snprintf(text, sizeof(text), "+%zu", hidden);
	if (hidden > 0 && used <= cols)
		add(p, text, ROLE_DIM);
}

/* Lay the line out: tabs from the left, the rest from the right. */
static void lay_out(const struct ui *u, const struct model *m, int cols, struct parts *p)
{
	struct parts right = {.count = 0};
	int x = 0;

	add_badges(&right, u, m, cols);
	add_clock(&right, m, cols);
	int badges = width_from(&right, 0), room = cols - badges - 1, tabs = 0, views = 0;
	for (size_t i = 0; i < m->territory_count; i++)
		tabs += tab_cols(m->territories[i]);
	for (size_t i = 0; i < view_count; i++)
		views += (int)strlen(view_table[i]->title) + 4;
	p->count = 0;
	bool all_views = tabs + views + 2 <= room;
	int view_cols = all_views ? views + 1 : (int)strlen(ui_view(u)->title) + 5;
	bool one_view = !all_views && room - view_cols >= 8;
	add_tabs(p, u, m, room - (all_views || one_view ? view_cols : 0));
	for (size_t i = 0; i < p->count; i++) {
		p->at[i].x = x;
		x += p->at[i].cols;
	}
	size_t from = p->count;
	for (size_t i = 0; i < view_count; i++)
		if (all_views || (one_view && view_table[i] == ui_view(u)))
			add_view(p, u, view_table[i]);
	if (all_views || one_view)
		add(p, " ", ROLE_TEXT);
	for (size_t i = 0; i < right.count; i++) {
		struct part *part = add(p, right.at[i].text, right.at[i].role);
		part->cols = right.at[i].cols;
	}
	x = cols - width_from(p, from);
	for (size_t i = from; i < p->count; i++) {
		p->at[i].x = x;
		x += p->at[i].cols;
	}
}

struct bars_target bars_hit(const struct ui *u, const struct model *m, int cols, int x)
{
	struct parts p;

	lay_out(u, m, cols, &p);
	for (size_t i = 0; i < p.count; i++)
		if (x >= p.at[i].x && x < p.at[i].x + p.at[i].cols)
			return p.at[i].target;
	return (struct bars_target){0};
}

void bars_draw_top(const struct ui *u, const struct model *m, struct canvas *c)
{
	struct parts p;

	lay_out(u, m, c->cols, &p);
	for (size_t i = 0; i < p.count; i++) {
		const struct part *part = &p.at[i];
		canvas_text(c, 0, part->x, part->cols, part->role, part->text);
		if (part->on)
			canvas_flag(c, (struct rect){.y = 0, .x = part->x, .rows = 1, .cols = part->cols}, CELL_BOLD);
		if (part->is_tab) { /* the state of the territory, before the closing bracket */
			struct look_of look = draw_look_verdict(part->target.territory->verdict.kind);
			canvas_put(c, 0, part->x + part->cols - 2, glyph_state(u->charset, look.mood), look.role);
		}
	}
}

/* ---- the status bar ---- */

static bool is_on(const struct source_state *s)
{
	return s->state != FEED_OFF;
}

/* The worst thing to say of the feeds, short. */
static uint8_t health(const struct model *m, char *dst, size_t cap)
{
	const struct source_state *worst = NULL;
	size_t on = 0, ok = 0, bad = 0;
	char age[DRAW_TEXT_MAX];

	for (size_t i = 0; i < m->source_count; i++) {
		const struct source_state *s = &m->sources[i];
		on += is_on(s);
		ok += s->state == FEED_OK;
		if (s->state != FEED_DOWN && s->state != FEED_LATE)
			continue;
		bad++;
		if (!worst || (s->state == FEED_DOWN && worst->state != FEED_DOWN))
			worst = s;
	}
	if (m->own_line == LINE_BLIND) {
		snprintf(dst, cap, "this host is offline");
		return ROLE_FAILED;
	}
	if (m->hold[0]) { /* the verdict has the whole of it */
		snprintf(dst, cap, "possible feed fault: holding");
		return ROLE_LATE;
	}
	if (worst) {
		const char *title = worst->title[0] ? worst->title : worst->name;
		struct wall since = wall_is_set(worst->down_since) ? worst->down_since : worst->last_success;
		bool ever = wall_is_set(worst->last_success);
		int n = snprintf(dst, cap, worst->state != FEED_DOWN ? "%s late" : ever ? "%s lost" : "%s not reached", title);
		if (ever && wall_is_set(since) && n > 0 && (size_t)n < cap)
			n += snprintf(dst + n, cap - (size_t)n, strcmp(draw_age(age, since, m->now), "now") ? " %s ago" : " just %s", age);
		if (bad > 1 && n > 0 && (size_t)n < cap)
			snprintf(dst + n, cap - (size_t)n, ", %zu more", bad - 1);
		return worst->state == FEED_DOWN ? ROLE_FAILED : ROLE_LATE;
	}
	if (on == 0)
		snprintf(dst, cap, "no feeds");
	else
		snprintf(dst, cap, ok == on ? "feeds %zu/%zu ok" : "feeds %zu/%zu", ok, on);
	return ok == on && on > 0 ? ROLE_OK : ROLE_BAR;
}

/* "q quit", while there is room. */
static bool draw_hint(struct pen *p, enum action a, const char *label)
{
	char key[KEY_NAME_MAX];
	const struct key_binding *b = key_table;

	while (b->key && b->action != a)
		b++;
	if (!b->key || !label[0])
		return true;
	key_name(key, b->key);
	if ((int)(text_width(key) + strlen(label)) + 3 > pen_left(p))
		return false;
	pen_text(p, ROLE_BAR_KEY, key);
	pen_gap(p, 1);
	pen_text(p, ROLE_BAR, label);
	pen_gap(p, 2);
	return true;
}

static bool draw_hint_set(struct pen *p, uint64_t actions)
{
	for (int a = 1; a < ACTION_COUNT; a++)
		if (actions & ACTION_BIT(a) && !draw_hint(p, (enum action)a, action_table[a].label))
			return false;
	return true;
}

/* The keys that do something here, as many as fit. In a replay its own come first. */
static void draw_hints(const struct ui *u, const struct model *m, struct pen *p)
{
	static const uint64_t while_open = ACTION_BIT(ACTION_BACK) | ACTION_BIT(ACTION_QUIT);
	static const uint64_t always = ACTION_BIT(ACTION_QUIT) | ACTION_BIT(ACTION_HELP);
	uint64_t actions = u->pager.open ? while_open
			   : u->paused   ? GLOBAL_ACTIONS
					 : ui_view(u)->actions | GLOBAL_ACTIONS;

	actions &= ~ACTION_BIT(ACTION_CASE); /* it is named where it is wanted */
	if (m->territory_count < 2)
		actions &= ~ACTION_BIT(ACTION_NEXT_TAB);
	if (m->transport.on && !u->pager.open) {
		uint64_t live = m->transport.from_live ? 0 : ACTION_BIT(ACTION_LIVE);
		actions &= ~(always | ACTION_BIT(ACTION_PAUSE) | ACTION_BIT(ACTION_RELOAD) | ACTION_BIT(ACTION_THEME));
		if (!draw_hint_set(p, always) || !draw_hint(p, ACTION_PAUSE, m->transport.paused ? "play" : "pause") ||
		    !draw_hint_set(p, TRANSPORT_ACTIONS & ~live))
			return;
	}
	draw_hint_set(p, actions);
}

static void draw_field(const char *prompt, const char *filter, const char *hint, struct pen *p, struct canvas *c)
{
	pen_text(p, ROLE_BAR_KEY, prompt);
	pen_text(p, ROLE_BAR, filter);
	c->cursor_y = p->y;
	c->cursor_x = p->x;
	pen_put(p, '_', ROLE_BAR_KEY);
	pen_gap(p, 2);
	if (pen_left(p) > 26)
		pen_text(p, ROLE_DIM, hint);
}

static void draw_line(const struct ui *u, const struct model *m, struct canvas *c, int y)
{
	char text[256];
	const char *filter = u->filters[u->stack[u->depth - 1]];
	struct rect line = {.y = y, .x = 0, .rows = 1, .cols = c->cols};

	canvas_fill(c, line, ' ', ROLE_BAR);
	uint8_t role = health(m, text, sizeof(text));
	int cols = (int)text_width(text), room = c->cols - 2, half = c->cols / 2;
	/* the health keeps to the right half; what is ill may take more than that */
	if (cols <= (role == ROLE_FAILED || role == ROLE_LATE ? room : half)) {
		canvas_text_right(c, y, c->cols - 2, cols, role, text);
		room -= cols + 2;
	}
	struct pen p = pen_at(c, u->charset, y, 1, room);
	if (u->editing) {
		if (u->asking_time)
			draw_field("go to ", u->time_text, "16:15, 22 Dec 16:15, +2h, -30m", &p, c);
		else
			draw_field("/", filter, "Enter keeps it, Esc clears", &p, c);
		return;
	}
	if (u->message[0]) {
		pen_text(&p, ROLE_BAR, u->message);
		return;
	}
	if (m->store_error[0]) {
		pen_textf(&p, ROLE_FAILED, "not saved: %s", m->store_error);
		pen_gap(&p, 2);
	}
	if (m->record_error[0]) {
		pen_textf(&p, ROLE_FAILED, "not recorded: %s", m->record_error);
		pen_gap(&p, 2);
	}
	if (!m->replay && (m->own_line == LINE_BLIND || m->territory_count == 0)) {
		pen_text(&p, ROLE_BAR_KEY, "P");
		pen_text(&p, ROLE_BAR, " plays the 2014 case");
		pen_gap(&p, 2);
	}
	if (u->paused) {
		char at[WALL_TEXT_MAX];
		pen_textf(&p, ROLE_REPLAY, " picture of %s UTC ", wall_format_hm(at, u->frozen_at));
		pen_gap(&p, 2);
	}
	if (filter[0]) {
		pen_textf(&p, ROLE_BAR_KEY, "filter '%s'", filter);
		pen_gap(&p, 2);
	}
	draw_hints(u, m, &p);
}

/* One ground for the whole line, whatever the roles on it. */
void bars_draw_bottom(const struct ui *u, const struct model *m, struct canvas *c)
{
	int y = c->rows - 1;

	draw_line(u, m, c, y);
	for (int x = 0; x < c->cols; x++) {
		struct cell *cell = canvas_at(c, y, x);
		if (cell->role != ROLE_REPLAY && cell->role != ROLE_BAR && cell->role != ROLE_BAR_KEY)
			cell->ground = ROLE_BAR;
	}
}
