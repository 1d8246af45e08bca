/* Colour sequences made shorter: see screen_sgr.h.
 *
 * Two pens are kept: the one that curses believes the terminal to have, which every SGR sequence of the input changes,
 * and the one that it really has, which follows only when a byte is about to be drawn that would look different.
 * Anything not understood is passed on as it is, with both pens unknown after it; so the worst that an odd terminfo
 * entry can do is to save nothing. */
#include "screen_sgr.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PARAMS_MAX = 24 };

static const struct sgr_pen default_pen = {.fg = "39", .bg = "49"}, unknown_pen = {.fg = "?", .bg = "?", .attrs = "?"};

enum need { /* of what is about to be sent */
	    NEED_NOTHING,
	    NEED_GROUND, /* a blank, an erasure */
	    NEED_ALL,
};

/* first: no parameter in this sequence yet */
static void put_param(struct strbuf *out, bool *first, const char *text)
{
	if (!*first)
		strbuf_addc(out, ';');
	*first = false;
	strbuf_adds(out, text);
}

static bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

void sgr_reset(struct sgr *s)
{
	s->now = s->wanted = default_pen;
}

/* ---- output ---- */

/* The whole pen: by a reset when an attribute has to go, or when a bare one is the shortest way to the default colours.
 */
static void put_pen(struct sgr *s, struct strbuf *out)
{
	size_t kept = strlen(s->now.attrs);
	bool grows = strncmp(s->wanted.attrs, s->now.attrs, kept) == 0;
	bool plain = same(s->wanted.fg, default_pen.fg) && same(s->wanted.bg, default_pen.bg) && !s->wanted.attrs[0];
	bool first = true;

	strbuf_adds(out, "\033[");
	if (!grows || (plain && kept == 0)) {
		s->now = default_pen;
		kept = 0;
		if (!plain)
			put_param(out, &first, "0");
	}
	if (s->wanted.attrs[kept])
		put_param(out, &first, s->wanted.attrs + kept + (s->wanted.attrs[kept] == ';'));
	if (!same(s->wanted.fg, s->now.fg))
		put_param(out, &first, s->wanted.fg);
	if (!same(s->wanted.bg, s->now.bg))
		put_param(out, &first, s->wanted.bg);
	strbuf_addc(out, 'm');
	s->now = s->wanted;
}

static void sync_pen(struct sgr *s, enum need need, struct strbuf *out)
{
	bool ground_only = need == NEED_GROUND && !s->now.attrs[0] && !s->wanted.attrs[0];
	bool fg_same = same(s->wanted.fg, s->now.fg), bg_same = same(s->wanted.bg, s->now.bg);

	if (need == NEED_NOTHING || (bg_same && (ground_only || (fg_same && same(s->wanted.attrs, s->now.attrs)))))
		return;
	if (!ground_only || (same(s->wanted.fg, default_pen.fg) && same(s->wanted.bg, default_pen.bg))) {
		put_pen(s, out);
		return;
	}
	strbuf_addf(out, "\033[%sm", s->wanted.bg);
	memcpy(s->now.bg, s->wanted.bg, sizeof(s->now.bg));
}

/* ---- SGR sequences of the input ---- */

static int number(const char *s, size_t len)
{
	int n = 0;

	if (len == 0 || len > 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		n = n * 10 + (s[i] - '0');
	}
	return n;
}

struct param {
	const char *text;
	size_t len;
	int value; /* -1: not a plain number */
};

static size_t split(const char *text, size_t len, struct param out[PARAMS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i <= len; i++) {
		size_t start = i;
		while (i < len && text[i] != ';')
			i++;
		if (count == PARAMS_MAX)
			return 0;
		int value = i == start ? 0 : number(text + start, i - start);
		out[count++] = (struct param){text + start, i - start, value};
	}
	return count;
}

static bool is_fg(int v)
{
	return v == 39 || (v >= 30 && v <= 37) || (v >= 90 && v <= 97);
}

static bool is_bg(int v)
{
	return v == 49 || (v >= 40 && v <= 47) || (v >= 100 && v <= 107);
}

/* kind 38 or 48; a slot of the palette becomes its 24-bit colour */
static void color_indexed(const struct sgr *s, int kind, int index, char out[SGR_TEXT_MAX])
{
	if (s->slots && index >= SGR_SLOT_FIRST && (size_t)(index - SGR_SLOT_FIRST) < s->slot_count) {
		uint32_t rgb = s->slots[index - SGR_SLOT_FIRST];
		unsigned red = rgb >> 16 & 255, green = rgb >> 8 & 255, blue = rgb & 255;
		snprintf(out, SGR_TEXT_MAX, "%d;2;%u;%u;%u", kind, red, green, blue);
		return;
	}
	snprintf(out, SGR_TEXT_MAX, "%d;5;%d", kind, index);
}

/* 38;5;N and 38;2;R;G;B; returns how many parameters that is, 0 when it is neither. */
static size_t take_rich_color(const struct sgr *s, struct sgr_pen *pen, const struct param *p, size_t left)
{
	char *color = p[0].value == 48 ? pen->bg : pen->fg;

	if (left >= 3 && p[1].value == 5 && p[2].value >= 0) {
		color_indexed(s, p[0].value, p[2].value, color);
		return 3;
	}
	if (left >= 5 && p[1].value == 2 && p[2].value >= 0 && p[3].value >= 0 && p[4].value >= 0) {
		int red = p[2].value & 255, green = p[3].value & 255, blue = p[4].value & 255;
		snprintf(color, SGR_TEXT_MAX, "%d;2;%d;%d;%d", p[0].value, red, green, blue);
		return 5;
	}
	return 0;
}

/* 38:2::213:94:0, as direct-colour entries have it */
static size_t take_colon_color(struct sgr_pen *pen, const struct param *p)
{
	bool ground = p->len > 3 && memcmp(p->text, "48:", 3) == 0;

	if (p->len >= SGR_TEXT_MAX || (!ground && !(p->len > 3 && memcmp(p->text, "38:", 3) == 0)))
		return 0;
	snprintf(ground ? pen->bg : pen->fg, SGR_TEXT_MAX, "%.*s", (int)p->len, p->text);
	return 1;
}

static size_t take_attr(struct sgr_pen *pen, const struct param *p)
{
	size_t used = strlen(pen->attrs);

	if (used + 1 + p->len >= SGR_TEXT_MAX)
		return 0;
	if (used > 0)
		pen->attrs[used++] = ';';
	memcpy(pen->attrs + used, p->text, p->len);
	pen->attrs[used + p->len] = '\0';
	return 1;
}

/* One parameter, with those that belong to it; returns how many, 0 when it is not understood. */
static size_t take_param(const struct sgr *s, struct sgr_pen *pen, const struct param *p, size_t left)
{
	int v = p[0].value;

	if (v == 38 || v == 48)
		return take_rich_color(s, pen, p, left);
	if (v < 0)
		return take_colon_color(pen, p);
	if (v == 0)
		*pen = default_pen;
	else if (is_fg(v))
		snprintf(pen->fg, SGR_TEXT_MAX, "%d", v);
	else if (is_bg(v))
		snprintf(pen->bg, SGR_TEXT_MAX, "%d", v);
	else
		return take_attr(pen, p);
	return 1;
}

/* Take a whole sequence into the wanted pen, or leave it untouched. */
static bool take_sequence(struct sgr *s, const char *params, size_t len)
{
	struct param list[PARAMS_MAX];
	struct sgr_pen pen = s->wanted;
	size_t count = split(params, len, list), used = 1;

	for (size_t i = 0; i < count && used > 0; i += used)
		used = take_param(s, &pen, &list[i], count - i);
	if (count == 0 || used == 0)
		return false;
	s->wanted = pen;
	return true;
}

/* ---- the stream ---- */

/* Length of the control sequence at in, final byte included, or 0 when it is none. */
static size_t csi_length(const char *in, size_t len)
{
	size_t i = 2;

	if (len < 3 || in[0] != '\033' || in[1] != '[')
		return 0;
	while (i < len && in[i] >= ' ' && in[i] <= '?')
		i++;
	return i < len && in[i] >= '@' && in[i] <= '~' ? i + 1 : 0;
}

static bool is_sgr(const char *in, size_t len)
{
	return len > 0 && in[len - 1] == 'm' && strspn(in + 2, "0123456789;:") == len - 3;
}

/* "ASCII into G0" and "shift in" come with every reset; we never leave them, so they say nothing. */
static size_t noise_length(const char *in, size_t len)
{
	if (in[0] == '\017')
		return 1;
	return len >= 3 && memcmp(in, "\033(B", 3) == 0 ? 3 : 0;
}

/* What of the pen the next bytes show: csi is the length of the control sequence there, or 0. */
static enum need need_of(const char *in, size_t len, size_t csi)
{
	unsigned char c = (unsigned char)in[0], next = len > 1 ? (unsigned char)in[1] : 0;

	if (csi > 0 && in[csi - 1] == 'b') /* repeats the last character */
		return NEED_ALL;
	if (csi > 0)
		return strchr("ABCDEFGHIZ`adef", in[csi - 1]) ? NEED_NOTHING : NEED_GROUND;
	if (c == '\r' || c == '\b' || c == '\t' || c == '\0')
		return NEED_NOTHING;
	if (c == ' ') /* before a glyph both are said in one; the glyph may be a mark that belongs to the blank */
		return next > ' ' ? NEED_ALL : NEED_GROUND;
	return c < ' ' ? NEED_GROUND : NEED_ALL; /* a line feed may scroll, and so may what is not understood */
}

/* A run of bytes that all show the whole pen, or one byte of another kind. */
static size_t glyph_length(const char *in, size_t len)
{
	size_t n = 0;

	while (n < len && (unsigned char)in[n] > ' ')
		n++;
	return n > 0 ? n : 1;
}

void sgr_squeeze(struct sgr *s, const char *in, size_t len, struct strbuf *out)
{
	for (size_t i = 0; i < len;) {
		size_t csi = csi_length(in + i, len - i), n = csi > 0 ? csi : noise_length(in + i, len - i);
		bool sgr = is_sgr(in + i, csi);
		if ((sgr && take_sequence(s, in + i + 2, csi - 3)) || (n > 0 && csi == 0)) {
			i += n;
			continue;
		}
		sync_pen(s, sgr ? NEED_ALL : need_of(in + i, len - i, csi), out);
		if (sgr)
			s->now = s->wanted = unknown_pen;
		n = n > 0 ? n : glyph_length(in + i, len - i);
		strbuf_add(out, in + i, n);
		i += n;
	}
	sync_pen(s, NEED_ALL, out);
}
