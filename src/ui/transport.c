/* The transport of a replay: where on the tape, how fast, what happened where, and what the tape itself says.
 *
 *     > 2014-12-22 16:15:07 UTC  2000x  [=======!====o----.---!--]
 *     Reconstruction from the published timeline, not a recording.  attack peak 5.97 Gbps (ASERT)
 *
 * The second line goes first when there is little room; what is a reconstruction says so in either form. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "draw.h"
#include "ui_private.h"

enum { TWO_LINES = 20, ONE_LINE = 8, BAR_MIN = 10 };

int transport_rows(const struct model *m, int rows)
{
	return !m->transport.on ? 0 : rows >= TWO_LINES ? 2 : rows >= ONE_LINE ? 1 : 0;
}

static const char *state_glyph(const struct replay_state *s, enum charset charset)
{
	if (s->seeking)
		return charset == CHARSET_ASCII ? ">>" : "»";
	if (s->ended)
		return charset == CHARSET_ASCII ? "[]" : "■";
	if (s->paused)
		return charset == CHARSET_ASCII ? "||" : "‖";
	return charset == CHARSET_ASCII ? "> " : "▶";
}

static int place(const struct replay_state *s, struct wall t, int cols)
{
	double whole = (double)(s->until.ms - s->from.ms);
	double share = whole > 0 ? (double)(t.ms - s->from.ms) / whole : 0;
	int x = (int)(share * (cols - 1) + 0.5);
	return x < 0 ? 0 : x >= cols ? cols - 1 : x;
}

/* Played, not played, what the tape names, events, and where it is. */
static void draw_position(struct ui *u, const struct replay_state *s, struct pen *p, int cols)
{
	bool ascii = u->charset == CHARSET_ASCII;
	int x0 = p->x, y = p->y;
	u->position = (struct rect){.y = y, .x = x0, .rows = 1, .cols = cols};
	int at = place(s, s->at, cols);
	for (int x = 0; x < cols; x++)
		canvas_put(p->canvas, y, x0 + x, ascii ? (x < at ? '=' : '-') : x < at ? 0x2501 : 0x2500, x < at ? ROLE_STRONG : ROLE_DIM);
	for (size_t i = 0; i < s->tick_count; i++)
		if (s->ticks[i].t.ms >= s->from.ms && s->ticks[i].t.ms <= s->until.ms)
			canvas_put(p->canvas, y, x0 + place(s, s->ticks[i].t, cols), ascii ? (s->ticks[i].event ? '!' : '.') : s->ticks[i].event ? 0x253C : 0x2534,
				   s->ticks[i].event ? ROLE_DOWN : ROLE_DIM);
	canvas_put(p->canvas, y, x0 + at, ascii ? 'o' : 0x25CF, ROLE_REPLAY);
	p->x += cols;
}

static void speed_text(char dst[24], double speed)
{
	char n[DRAW_TEXT_MAX];
	snprintf(dst, 24, "%sx", draw_count(n, (uint64_t)(speed + 0.5)));
}

static void say_state(const struct replay_state *s, char *dst, size_t cap)
{
	if (s->seeking && s->done > 0)
		snprintf(dst, cap, "%s: %.0f%%", s->doing, s->done * 100);
	else if (s->doing[0])
		snprintf(dst, cap, "%s", s->doing);
	else
		snprintf(dst, cap, "%s", s->mark);
}

static void draw_first(struct ui *u, const struct replay_state *s, struct canvas *c, int y, bool alone)
{
	struct pen p = pen_at(c, u->charset, y, 1, c->cols - 2);
	char day[WALL_TEXT_MAX], time[WALL_TEXT_MAX], speed[24], words[200];
	pen_field(&p, ROLE_REPLAY, 2, state_glyph(s, u->charset));
	pen_gap(&p, 1);
	if (c->cols >= 60)
		pen_textf(&p, ROLE_STRONG, "%s ", wall_format_date(day, s->at));
	pen_text(&p, ROLE_STRONG, wall_format_hms(time, s->at));
	speed_text(speed, s->speed);
	pen_gap(&p, 1);
	pen_field_right(&p, ROLE_TEXT, 8, s->paused ? "paused" : speed);
	pen_gap(&p, 2);
	say_state(s, words, sizeof(words));
	if (alone) { /* what it is must be said here too */
		char state[160];
		snprintf(state, sizeof(state), "%.159s", words);
		snprintf(words, sizeof(words), "%.*s%s%s", (int)strcspn(s->note, " ,"), s->note, state[0] ? ": " : "", state);
	}
	int want = alone && words[0] ? (int)text_width(words) + 2 : 0, left = pen_left(&p);
	if (want > left / 2)
		want = left / 2;
	u->position.cols = 0;
	if (left - want >= BAR_MIN && wall_is_set(s->until))
		draw_position(u, s, &p, left - want);
	if (want > 2) {
		pen_gap(&p, 2);
		pen_text(&p, ROLE_TEXT, words);
	}
}

static void draw_second(const struct ui *u, const struct replay_state *s, struct canvas *c, int y)
{
	struct pen p = pen_at(c, u->charset, y, 1, c->cols - 2);
	char words[200];
	say_state(s, words, sizeof(words));
	pen_textf(&p, ROLE_DIM, "%s: %s", s->title, s->note);
	if (words[0] && pen_left(&p) < (int)text_width(words) + 3) { /* what happens now is worth more than the whole note */
		canvas_fill(c, (struct rect){.y = y, .x = 0, .rows = 1, .cols = c->cols}, ' ', ROLE_TEXT);
		p = pen_at(c, u->charset, y, 1, c->cols - 2);
		pen_textf(&p, ROLE_DIM, "%s: %.*s", s->title, (int)strcspn(s->note, " ,"), s->note);
	}
	if (words[0]) {
		pen_gap(&p, 2);
		pen_text(&p, ROLE_STRONG, words);
	}
}

void transport_draw(struct ui *u, const struct model *m, struct canvas *c)
{
	const struct replay_state *s = &m->transport;
	int y = c->rows - 1 - u->transport_rows;
	canvas_fill(c, (struct rect){.y = y, .x = 0, .rows = u->transport_rows, .cols = c->cols}, ' ', ROLE_TEXT);
	draw_first(u, s, c, y, u->transport_rows == 1);
	if (u->transport_rows > 1)
		draw_second(u, s, c, y + 1);
}
