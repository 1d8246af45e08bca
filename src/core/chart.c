/* A chart of an event as SVG and as text, see core/chart.h.
 *
 * A column of the picture shows the least value of its stretch of time, as the sparklines do: an outage of a minute must
 * survive a picture of a day. SVG 1.1 by hand: five kinds of element need no library. */
#include "core/chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

enum {
	COLUMNS_MAX = 400,
	TEXT_ROWS = 6,
	WIDTH = 900,
	LEFT = 60,
	RIGHT = 20,
	TOP = 64,
	BAND = 96,      /* of one line, with its title */
	BAND_TITLE = 22,
	FOOT = 52,
};

/* The columns of one line, and the top of its scale. */
struct columns { float v[COLUMNS_MAX]; size_t count; double top; };

static int64_t span_ms(const struct chart *c)
{
	return c->until.ms > c->from.ms ? c->until.ms - c->from.ms : 1;
}

static double nice_top(double x)
{
	static const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};

	if (!(x > 0))
		return 1;
	double unit = pow(10, floor(log10(x)));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (x <= steps[i] * unit * 1.0000001)
			return steps[i] * unit;
	return 10 * unit;
}

static void fill(const struct chart *c, const struct chart_line *l, struct columns *cols, size_t count)
{
	int64_t bucket = span_ms(c) / (int64_t)count;
	int64_t step = l->series->step_ms > 0 ? l->series->step_ms : 1;

	/* a column narrower than a sample repeats it: a wide step is a step, not a comb */
	cols->count = count;
	cols->top = isnan(l->usual) ? 0 : l->usual;
	for (size_t i = 0; i < count; i++) {
		int64_t from = c->from.ms + (int64_t)i * bucket, least = from - from % step;
		double low = NAN;
		for (int64_t t = least; t < from + bucket; t += step) {
			double v = series_at(l->series, (struct wall){t});
			if (!isnan(v) && (isnan(low) || v < low))
				low = v;
		}
		cols->v[i] = (float)low;
		if (!isnan(low) && low > cols->top)
			cols->top = low;
	}
	cols->top = nice_top(cols->top);
}

static void figure(char *dst, size_t cap, double v)
{
	snprintf(dst, cap, fabs(v) >= 1000 || v == floor(v) ? "%.0f" : "%.3g", v);
}

/* ---- SVG ---- */

static void add_escaped(struct strbuf *b, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			strbuf_adds(b, "&amp;");
			break;
		case '<':
			strbuf_adds(b, "&lt;");
			break;
		case '>':
			strbuf_adds(b, "&gt;");
			break;
		case '"':
			strbuf_adds(b, "&quot;");
			break;
		default:
			strbuf_addc(b, *s);
		}
	}
}

static void svg_text(struct strbuf *b, double x, double y, const char *style, const char *text)
{
	strbuf_addf(b, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, style);
	add_escaped(b, text);
	strbuf_adds(b, "</text>\n");
}

static double x_of(const struct chart *c, struct wall t)
{
	return LEFT + (double)(t.ms - c->from.ms) * (WIDTH - LEFT - RIGHT) / (double)span_ms(c);
}

static void svg_line(const struct chart *c, const struct chart_line *l, size_t index, struct strbuf *b)
{
	static struct columns cols;
	double top = TOP + (double)index * BAND + BAND_TITLE, height = BAND - BAND_TITLE - 10;
	double width = (double)(WIDTH - LEFT - RIGHT) / COLUMNS_MAX;
	char words[160], text[32];
	bool open = false;

	fill(c, l, &cols, COLUMNS_MAX);
	snprintf(words, sizeof(words), "%s (%s)", l->title, l->unit);
	svg_text(b, LEFT, top - 6, "font-size=\"12\" fill=\"#333\"", words);
	figure(text, sizeof(text), cols.top);
	svg_text(b, LEFT - 6, top + 8, "font-size=\"10\" fill=\"#666\" text-anchor=\"end\"", text);
	svg_text(b, LEFT - 6, top + height, "font-size=\"10\" fill=\"#666\" text-anchor=\"end\"", "0");
	strbuf_addf(b, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"none\" stroke=\"#ccc\"/>\n", LEFT, top,
		    WIDTH - LEFT - RIGHT, height);
	if (!isnan(l->usual))
		strbuf_addf(b, "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#999\" stroke-dasharray=\"4 3\"/>\n", LEFT,
			    WIDTH - RIGHT, top + height * (1 - l->usual / cols.top), top + height * (1 - l->usual / cols.top));
	strbuf_adds(b, "<path fill=\"none\" stroke=\"#0b6\" stroke-width=\"1.5\" d=\"");
	for (size_t i = 0; i < cols.count; i++) {
		double y = top + height * (1 - (double)cols.v[i] / cols.top);
		if (!isnan(cols.v[i]))
			strbuf_addf(b, "%c%.1f %.1fH%.1f", open ? 'L' : 'M', LEFT + (double)i * width, y,
				    LEFT + (double)(i + 1) * width);
		open = !isnan(cols.v[i]);
	}
	strbuf_adds(b, "\"/>\n");
}

static void svg_mark(const struct chart *c, struct wall t, const char *word, struct strbuf *b)
{
	double bottom = TOP + (double)c->line_count * BAND;
	char text[80], day[WALL_TEXT_MAX];

	if (!wall_is_set(t) || t.ms < c->from.ms || t.ms > c->until.ms)
		return;
	snprintf(text, sizeof(text), "%s %s", word, wall_format_day_hm(day, t));
	strbuf_addf(b, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%.1f\" stroke=\"#c00\"/>\n", x_of(c, t), x_of(c, t), TOP, bottom);
	svg_text(b, x_of(c, t) + 3, bottom + 12, "font-size=\"10\" fill=\"#c00\"", text);
}

void chart_svg(const struct chart *c, struct strbuf *out)
{
	int height = TOP + (int)c->line_count * BAND + FOOT;
	char a[WALL_TEXT_MAX];

	strbuf_addf(out,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
		    "font-family=\"sans-serif\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		    WIDTH, height, WIDTH, height);
	svg_text(out, 12, 24, "font-size=\"15\" fill=\"#000\"", c->title);
	for (size_t i = 0; i < c->line_count; i++)
		svg_line(c, &c->lines[i], i, out);
	svg_mark(c, c->start, "start", out);
	svg_mark(c, c->end, "end", out);
	svg_text(out, LEFT, height - 24, "font-size=\"10\" fill=\"#666\"", wall_format(a, c->from));
	svg_text(out, WIDTH - RIGHT, height - 24, "font-size=\"10\" fill=\"#666\" text-anchor=\"end\"", wall_format(a, c->until));
	svg_text(out, 12, height - 8, "font-size=\"10\" fill=\"#666\"", c->credit);
	strbuf_adds(out, "</svg>\n");
}

/* ---- text ---- */

static void text_row(const struct columns *cols, int row, const char *label, struct strbuf *out)
{
	size_t begin = out->len, keep = begin;

	strbuf_addf(out, "%8.8s |", label);
	keep = out->len;
	for (size_t i = 0; i < cols->count; i++) {
		double level = isnan(cols->v[i]) ? NAN : (double)cols->v[i] / cols->top * TEXT_ROWS;
		char cell = ' ';
		if (isnan(level))
			cell = row == 0 ? '?' : ' ';
		else if (level >= row + 0.75)
			cell = '#';
		else if (level > row + 0.05)
			cell = row == 0 && level < 0.3 ? '.' : ':';
		strbuf_addc(out, cell);
		if (cell != ' ')
			keep = out->len;
	}
	out->len = keep;
	out->text[keep] = '\0';
	strbuf_addc(out, '\n');
}

static void text_line(const struct chart *c, const struct chart_line *l, size_t count, struct strbuf *out)
{
	static struct columns cols;
	char top[32];

	fill(c, l, &cols, count);
	strbuf_addf(out, "\n%s (%s)\n", l->title, l->unit);
	figure(top, sizeof(top), cols.top);
	for (int row = TEXT_ROWS - 1; row >= 0; row--)
		text_row(&cols, row, row == TEXT_ROWS - 1 ? top : row ? "" : "0", out);
}

/* "^" under the start and the end. */
static void text_marks(const struct chart *c, size_t count, struct strbuf *out)
{
	static const char letters[] = "SE";
	const struct wall marks[2] = {c->start, c->end};
	char row[COLUMNS_MAX + 1];

	memset(row, '-', count);
	row[count] = '\0';
	for (size_t i = 0; i < 2; i++) {
		if (!wall_is_set(marks[i]) || marks[i].ms < c->from.ms || marks[i].ms >= c->until.ms)
			continue;
		row[(size_t)((marks[i].ms - c->from.ms) * (int64_t)count / span_ms(c))] = letters[i];
	}
	strbuf_addf(out, "         +%s\n", row);
}

void chart_text(const struct chart *c, int columns, struct strbuf *out)
{
	size_t count = (size_t)((columns < 40 ? 40 : columns) - 10);
	char a[WALL_TEXT_MAX], b[WALL_TEXT_MAX];

	if (count > COLUMNS_MAX)
		count = COLUMNS_MAX;
	strbuf_addf(out, "%s\n", c->title);
	for (size_t i = 0; i < c->line_count; i++)
		text_line(c, &c->lines[i], count, out);
	text_marks(c, count, out);
	strbuf_addf(out, "          %s to %s\n", wall_format(a, c->from), wall_format(b, c->until));
	strbuf_adds(out, "          S start, E end of the event; ? no data\n");
	strbuf_addf(out, "%s\n", c->credit);
}
