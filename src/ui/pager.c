/* The text overlay: see pager.h.
 *
 * Lines are wrapped anew for each frame, since the width may have changed; the box is as large as the text needs and
 * the area allows, and on small screens it is the whole area. */
#include "pager.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "draw.h"

enum { WIDTH_MAX = 100, LINE_MAX_BYTES = 512 };

void pager_init(struct pager *p)
{
	*p = (struct pager){0};
	strbuf_init(&p->text, PAGER_TEXT_MAX);
}

void pager_release(struct pager *p)
{
	strbuf_release(&p->text);
}

void pager_show(struct pager *p, const char *title, const char *text)
{
	snprintf(p->title, sizeof(p->title), "%.*s", (int)text_fit(title, 80), title);
	strbuf_clear(&p->text);
	strbuf_adds(&p->text, text);
	p->top = 0;
	p->open = true;
}

void pager_close(struct pager *p)
{
	p->open = false;
}

/* One wrapped line of the text. */
struct line {
	const char *text;
	size_t len;
	bool heading;
};

/* The line at *at, *at moving on. *inside: we are in the middle of a line that was wrapped. False at the end. */
static bool next_line(const char **at, int cols, struct line *out, bool *inside)
{
	const char *s = *at, *rest, *end;

	if (!*s)
		return false;
	end = strchr(s, '\n');
	size_t len = end ? (size_t)(end - s) : strlen(s);
	char one[LINE_MAX_BYTES];
	size_t kept = len < sizeof(one) - 1 ? len : sizeof(one) - 1;
	memcpy(one, s, kept);
	one[kept] = '\0';
	size_t fits = draw_wrap(one, cols, &rest);
	size_t used = (size_t)(rest - one);
	*out = (struct line){.text = s, .len = fits, .heading = !*inside && strncmp(s, "# ", 2) == 0};
	*inside = used < len;
	*at = s + used;
	if (!*inside && **at == '\n')
		(*at)++;
	return true;
}

static size_t count_lines(const struct pager *p, int cols)
{
	const char *at = p->text.text;
	struct line line;
	bool inside = false;
	size_t n = 0;

	while (n < PAGER_LINES_MAX && next_line(&at, cols, &line, &inside))
		n++;
	return n;
}

/* Where the box is and how many lines of text it shows. */
static struct rect place(const struct pager *p, struct rect area, size_t *lines)
{
	int cols = area.cols - 4 < WIDTH_MAX ? area.cols - 4 : WIDTH_MAX;

	if (area.cols < 44 || area.rows < 8) {
		*lines = count_lines(p, area.cols);
		return area;
	}
	*lines = count_lines(p, cols - 4);
	int rows = *lines + 2 < (size_t)(area.rows - 2) ? (int)*lines + 2 : area.rows - 2;
	return (struct rect){
		.y = area.y + (area.rows - rows) / 2, .x = area.x + (area.cols - cols) / 2, .rows = rows, .cols = cols};
}

static bool is_boxed(struct rect box, struct rect area)
{
	return box.cols < area.cols;
}

/* The part of the box that text is written in. */
static struct rect inner(struct rect box, bool boxed)
{
	if (boxed)
		return (struct rect){.y = box.y + 1, .x = box.x + 2, .rows = box.rows - 2, .cols = box.cols - 4};
	return (struct rect){.y = box.y + 1, .x = box.x, .rows = box.rows - 1, .cols = box.cols};
}

bool pager_act(struct pager *p, enum action a, struct rect area)
{
	size_t lines;
	struct rect box = place(p, area, &lines), text = inner(box, is_boxed(box, area));
	size_t page = text.rows > 0 ? (size_t)text.rows : 1, last = lines > page ? lines - page : 0;
	struct list l = {.at = p->top < last ? p->top : last};

	if (!list_act(&l, a, last + 1, page))
		return false;
	p->top = l.at;
	return true;
}

static void draw_frame(struct rect r, enum charset charset, struct canvas *c)
{
	uint32_t h = glyph_line(charset, LINE_H), v = glyph_line(charset, LINE_V);
	int right = r.x + r.cols - 1, bottom = r.y + r.rows - 1;

	canvas_fill(c, r, ' ', ROLE_TEXT);
	canvas_fill(c, (struct rect){.y = r.y, .x = r.x, .rows = 1, .cols = r.cols}, h, ROLE_BORDER);
	canvas_fill(c, (struct rect){.y = bottom, .x = r.x, .rows = 1, .cols = r.cols}, h, ROLE_BORDER);
	canvas_fill(c, (struct rect){.y = r.y, .x = r.x, .rows = r.rows, .cols = 1}, v, ROLE_BORDER);
	canvas_fill(c, (struct rect){.y = r.y, .x = right, .rows = r.rows, .cols = 1}, v, ROLE_BORDER);
	canvas_put(c, r.y, r.x, glyph_line(charset, LINE_TL), ROLE_BORDER);
	canvas_put(c, r.y, right, glyph_line(charset, LINE_TR), ROLE_BORDER);
	canvas_put(c, bottom, r.x, glyph_line(charset, LINE_BL), ROLE_BORDER);
	canvas_put(c, bottom, right, glyph_line(charset, LINE_BR), ROLE_BORDER);
}

/* Title in the upper edge, where we are and how to leave in the lower one (or right of the title when there is no
 * frame). */
static void draw_edges(const struct pager *p, struct rect box, bool boxed, size_t top, size_t page, size_t lines,
		       enum charset charset, struct canvas *c)
{
	char hint[64];
	struct pen title = pen_at(c, charset, box.y, box.x + (boxed ? 1 : 0), box.cols - (boxed ? 2 : 0));
	size_t end = top + page < lines ? top + page : lines;

	if (boxed)
		pen_put(&title, ' ', ROLE_TITLE);
	pen_text(&title, ROLE_TITLE, p->title);
	canvas_flag(c, (struct rect){.y = box.y, .x = box.x, .rows = 1, .cols = title.x - box.x}, CELL_BOLD);
	if (boxed)
		pen_put(&title, ' ', ROLE_TITLE);
	if (lines > page)
		snprintf(hint, sizeof(hint), " %zu-%zu of %zu  Esc closes ", lines > 0 ? top + 1 : 0, end, lines);
	else
		snprintf(hint, sizeof(hint), " Esc closes ");
	int y = boxed ? box.y + box.rows - 1 : box.y, room = boxed ? box.cols - 4 : title.end - title.x;
	if ((int)text_width(hint) <= room)
		canvas_text_right(c, y, box.x + box.cols - 1 - (boxed ? 1 : 0), room, ROLE_DIM, hint);
}

void pager_draw(const struct pager *p, struct rect area, enum charset charset, struct canvas *c)
{
	size_t lines, number = 0;
	struct rect box = place(p, area, &lines);
	bool boxed = is_boxed(box, area), inside = false;
	struct rect text = inner(box, boxed);
	size_t page = text.rows > 0 ? (size_t)text.rows : 0, last = lines > page ? lines - page : 0;
	size_t top = p->top < last ? p->top : last;
	const char *at = p->text.text;
	struct line line;

	if (boxed)
		draw_frame(box, charset, c);
	else
		canvas_fill(c, box, ' ', ROLE_TEXT);
	draw_edges(p, box, boxed, top, page, lines, charset, c);
	while (number < top + page && number < PAGER_LINES_MAX && next_line(&at, text.cols, &line, &inside)) {
		char one[LINE_MAX_BYTES];
		if (number++ < top)
			continue;
		size_t skip = line.heading ? 2 : 0;
		size_t len = line.len > skip ? line.len - skip : 0;
		memcpy(one, line.text + skip, len);
		one[len] = '\0';
		struct pen pen = pen_at(c, charset, text.y + (int)(number - 1 - top), text.x, text.cols);
		pen_text(&pen, line.heading ? ROLE_TITLE : ROLE_TEXT, one);
		if (line.heading)
			canvas_flag(c, (struct rect){.y = pen.y, .x = text.x, .rows = 1, .cols = pen.x - text.x},
				    CELL_BOLD);
	}
	c->cursor_y = text.y;
	c->cursor_x = text.x;
}
