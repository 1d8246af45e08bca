/* Shared drawing words: see draw.h. */
#include "draw.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const uint8_t net_roles[NET_STATE_COUNT] = {
	[NET_UNKNOWN] = ROLE_UNKNOWN,   [NET_UP] = ROLE_UP,     [NET_DEGRADED] = ROLE_DEGRADED,
	[NET_FLAPPING] = ROLE_FLAPPING, [NET_DOWN] = ROLE_DOWN, [NET_STALE] = ROLE_STALE,
};

/* A verdict looks like the state that most of its networks are in. */
static const enum net_state verdict_moods[VERDICT_KIND_COUNT] = {
	[VERDICT_UNKNOWN] = NET_UNKNOWN,     [VERDICT_NORMAL] = NET_UP,        [VERDICT_UNSTABLE] = NET_FLAPPING,
	[VERDICT_PARTIAL] = NET_DEGRADED,    [VERDICT_WITHDRAWN] = NET_DOWN,   [VERDICT_DARK] = NET_DOWN,
	[VERDICT_ONE_WAY] = NET_DEGRADED,    [VERDICT_V6_ONLY] = NET_DEGRADED, [VERDICT_V4_ONLY] = NET_DEGRADED,
	[VERDICT_RECOVERING] = NET_DEGRADED, [VERDICT_BLIND] = NET_STALE,
};

static const struct look_of event_looks[EVENT_STATE_COUNT] = {
	[EVENT_SUSPECTED] = {NET_DEGRADED, ROLE_SUSPECT}, [EVENT_CONFIRMED] = {NET_DOWN, ROLE_DOWN},
	[EVENT_EASING] = {NET_DEGRADED, ROLE_DEGRADED},   [EVENT_RESOLVED] = {NET_UP, ROLE_OK},
	[EVENT_DISMISSED] = {NET_UP, ROLE_DIM},           [EVENT_UNVERIFIED] = {NET_STALE, ROLE_STALE},
};

static const struct look_of feed_looks[FEED_STATE_COUNT] = {
	[FEED_NONE] = {NET_UNKNOWN, ROLE_UNKNOWN}, [FEED_OK] = {NET_UP, ROLE_OK},
	[FEED_LATE] = {NET_DEGRADED, ROLE_LATE},   [FEED_DOWN] = {NET_DOWN, ROLE_FAILED},
	[FEED_OFF] = {NET_STALE, ROLE_DIM},
};

struct look_of draw_look_net(enum net_state s)
{
	return (struct look_of){s, net_roles[s]};
}

struct look_of draw_look_verdict(enum verdict_kind k)
{
	return draw_look_net(verdict_moods[k]);
}

struct look_of draw_look_event(enum event_state s)
{
	return event_looks[s];
}

struct look_of draw_look_feed(enum feed_state s)
{
	return feed_looks[s];
}

struct pen pen_at(struct canvas *c, enum charset charset, int y, int x, int cols)
{
	return (struct pen){.canvas = c, .y = y, .x = x, .end = x + (cols > 0 ? cols : 0), .charset = charset};
}

int pen_left(const struct pen *p)
{
	return p->end > p->x ? p->end - p->x : 0;
}

void pen_gap(struct pen *p, int cols)
{
	p->x += cols < pen_left(p) ? cols : pen_left(p);
}

void pen_text(struct pen *p, uint8_t role, const char *text)
{
	p->x += canvas_text_cut(p->canvas, p->y, p->x, pen_left(p), role, text, p->charset == CHARSET_ASCII);
}

void pen_textf(struct pen *p, uint8_t role, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= 0)
		pen_text(p, role, text);
}

void pen_field(struct pen *p, uint8_t role, int cols, const char *text)
{
	int width = cols < pen_left(p) ? cols : pen_left(p);

	canvas_text_cut(p->canvas, p->y, p->x, width, role, text, p->charset == CHARSET_ASCII);
	p->x += width;
}

void pen_field_right(struct pen *p, uint8_t role, int cols, const char *text)
{
	int width = cols < pen_left(p) ? cols : pen_left(p), used = (int)text_width(text);

	if (used > width)
		canvas_text_cut(p->canvas, p->y, p->x, width, role, text, p->charset == CHARSET_ASCII);
	else
		canvas_text(p->canvas, p->y, p->x + width - used, used, role, text);
	p->x += width;
}

void pen_put(struct pen *p, uint32_t ch, uint8_t role)
{
	if (pen_left(p) > 0)
		canvas_put(p->canvas, p->y, p->x++, ch, role);
}

void pen_state(struct pen *p, struct look_of look, int cols, const char *word)
{
	struct pen field = pen_at(p->canvas, p->charset, p->y, p->x, cols < pen_left(p) ? cols : pen_left(p));

	pen_put(&field, glyph_state(p->charset, look.mood), look.role);
	pen_gap(&field, 1);
	pen_text(&field, look.role, word);
	p->x = field.end;
}

int draw_title(struct canvas *c, enum charset charset, struct rect r, const char *title, bool focused)
{
	uint32_t line = glyph_line(charset, LINE_H);
	struct pen p = pen_at(c, charset, r.y, r.x, r.cols);

	canvas_fill(c, (struct rect){.y = r.y, .x = r.x, .rows = 1, .cols = r.cols}, line, ROLE_BORDER);
	pen_put(&p, focused ? glyph_mark(charset) : line, focused ? ROLE_STRONG : ROLE_BORDER);
	pen_put(&p, ' ', ROLE_TITLE);
	int from = p.x;
	pen_text(&p, focused ? ROLE_STRONG : ROLE_TITLE, title);
	canvas_flag(c, (struct rect){.y = r.y, .x = from, .rows = 1, .cols = p.x - from}, CELL_BOLD);
	pen_put(&p, ' ', ROLE_TITLE);
	return p.x;
}

void draw_bar(struct canvas *c, enum charset charset, int y, int x, int cols, double share, uint8_t role)
{
	int filled = isnan(share) ? 0 : (int)lround((share < 0 ? 0 : share > 1 ? 1 : share) * cols);

	if (share > 0 && filled == 0 && cols > 0)
		filled = 1;
	for (int i = 0; i < filled; i++)
		canvas_put(c, y, x + i, charset == CHARSET_ASCII ? '=' : 0x25A0 /* black square */, role);
}

char *draw_count(char *dst, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	size_t out = 0;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			dst[out++] = ',';
		dst[out++] = digits[i];
	}
	dst[out] = '\0';
	return dst;
}

char *draw_value(char *dst, double v)
{
	static const struct {
		double from, unit;
		char letter;
	} scales[] = {{1e9, 1e9, 'G'}, {1e6, 1e6, 'M'}, {1e5, 1e3, 'k'}};
	double size = fabs(v);

	if (isnan(v)) {
		snprintf(dst, DRAW_TEXT_MAX, "-");
		return dst;
	}
	for (size_t i = 0; i < ARRAY_LEN(scales); i++) {
		if (size >= scales[i].from) {
			double shown = v / scales[i].unit;
			snprintf(dst, DRAW_TEXT_MAX, fabs(shown) < 1e6 ? "%.*f%c" : "%.*e%c",
				 fabs(shown) < 10 ? 2 : fabs(shown) < 100, shown, scales[i].letter);
			return dst;
		}
	}
	if (v < 0 || (size < 999.5 && v != floor(v)))
		snprintf(dst, DRAW_TEXT_MAX, "%.*f", size < 1 ? 2 : size < 100, v);
	else
		draw_count(dst, (uint64_t)llround(v));
	return dst;
}

char *draw_bytes(char *dst, uint64_t n)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
	double v = (double)n;
	size_t unit = 0;

	for (; v >= 1000 && unit + 1 < ARRAY_LEN(units); unit++)
		v /= 1000;
	snprintf(dst, DRAW_TEXT_MAX, "%.*f %s", unit > 0 && v < 10, v, units[unit]);
	return dst;
}

char *draw_since(char *dst, struct wall t, struct wall now)
{
	const int64_t day_ms = 86400000;
	bool today = wall_is_set(t) && wall_is_set(now) && t.ms / day_ms == now.ms / day_ms;

	return today ? wall_format_hm(dst, t) : wall_format_day_hm(dst, t);
}

/* From one minute of the clock to another, ms. */
static int64_t minutes_ms(struct wall from, struct wall to)
{
	const int64_t minute_ms = 60000;

	return (to.ms / minute_ms - from.ms / minute_ms) * minute_ms;
}

char *draw_age(char *dst, struct wall t, struct wall now)
{
	if (!wall_is_set(t) || !wall_is_set(now))
		snprintf(dst, DRAW_TEXT_MAX, "-");
	else if (minutes_ms(t, now) <= 0)
		snprintf(dst, DRAW_TEXT_MAX, "now");
	else
		age_format(dst, minutes_ms(t, now));
	return dst;
}

char *draw_span(char *dst, struct wall from, struct wall to)
{
	if (!wall_is_set(from) || !wall_is_set(to))
		snprintf(dst, DRAW_TEXT_MAX, "-");
	else if (minutes_ms(from, to) <= 0)
		snprintf(dst, DRAW_TEXT_MAX, "<1m");
	else
		duration_format(dst, minutes_ms(from, to));
	return dst;
}

char *draw_until(char *dst, struct wall t, struct wall now)
{
	char age[DURATION_TEXT_MAX];

	if (!wall_is_set(t) || !wall_is_set(now))
		snprintf(dst, DRAW_TEXT_MAX, "-");
	else if (minutes_ms(now, t) <= 0)
		snprintf(dst, DRAW_TEXT_MAX, "now");
	else
		snprintf(dst, DRAW_TEXT_MAX, "in %s", age_format(age, minutes_ms(now, t)));
	return dst;
}

size_t draw_wrap(const char *s, int cols, const char **next)
{
	size_t fits = text_fit(s, cols > 0 ? (size_t)cols : 1), line = fits;

	if (fits == 0 && s[0]) {
		uint32_t cp;
		fits = line = text_next(s, &cp); /* a wide character in one column: it is left out when drawn */
	}
	if (s[fits] != '\0' && s[fits] != ' ') {
		size_t at = fits;
		while (at > 0 && s[at - 1] != ' ')
			at--;
		if (at > 0)
			line = fits = at;
	}
	while (line > 0 && s[line - 1] == ' ')
		line--;
	while (s[fits] == ' ')
		fits++;
	*next = s + fits;
	return line;
}

int draw_wrap_rows(const char *s, int cols)
{
	int rows = 0;

	while (*s && rows < 1000) {
		draw_wrap(s, cols, &s);
		rows++;
	}
	return rows;
}

static uint32_t fold(uint32_t cp)
{
	return cp >= 'A' && cp <= 'Z' ? cp + ('a' - 'A') : cp;
}

/* Does needle begin at column x of row y? Returns the columns it covers, or 0. */
static int match_at(struct canvas *c, int y, int x, int end, const char *needle)
{
	int from = x;
	uint32_t cp;

	for (size_t used; (used = text_next(needle, &cp)) > 0; needle += used) {
		struct cell *cell = canvas_at(c, y, x);
		if (text_cp_width(cp) == 0)
			continue;
		if (x >= end || !cell || fold(cell->ch) != fold(cp))
			return 0;
		x += text_cp_width(cp);
	}
	return x - from;
}

void draw_match(struct canvas *c, struct rect r, const char *needle)
{
	for (int y = r.y; *needle && y < r.y + r.rows; y++) {
		for (int x = r.x; x < r.x + r.cols;) {
			int cols = match_at(c, y, x, r.x + r.cols, needle);
			for (int i = 0; i < cols; i++) {
				struct cell *cell = canvas_at(c, y, x + i);
				if (cell->role == ROLE_TEXT || cell->role == ROLE_DIM || cell->role == ROLE_STRONG)
					cell->role = ROLE_MATCH;
				cell->flags |= CELL_UNDERLINE;
			}
			x += cols > 0 ? cols : 1;
		}
	}
}

bool draw_is_rtl(const char *s)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{0x0590, 0x08FF}, {0xFB1D, 0xFDFF}, {0xFE70, 0xFEFF}, {0x10800, 0x10FFF}, {0x1E800, 0x1EFFF},
	};
	uint32_t cp;

	for (size_t used; (used = text_next(s, &cp)) > 0 && cp != 0; s += used)
		for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
			if (cp >= ranges[i].first && cp <= ranges[i].last)
				return true;
	return false;
}

void draw_operator(char *dst, size_t cap, uint32_t asn, const char *name)
{
	struct operator o = {.asn = asn};

	if (!draw_is_rtl(name))
		snprintf(o.name, sizeof(o.name), "%s", name);
	operator_label(&o, dst, cap);
}
