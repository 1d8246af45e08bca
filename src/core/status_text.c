/* `landline status` for a person: a row per territory with its sentence below it, then what cannot be trusted right
 * now.
 *
 * Plain ASCII and no escapes, since nothing is known here of the terminal, and because it is mailed, piped and pasted.
 * The columns are a table; the last one gets what room is left and goes first when there is none. */
#include "status_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/what_if.h"

enum {
	GAP = 2,
	COLUMNS_MIN = 40,
	COLUMNS_DEFAULT = 80,
	INDENT = 2,
	REST_MIN = 8, /* the last column, at least: an AS number */
	CELL_MAX = 64,
};

static void cell_code(const struct territory *t, const struct model *m, struct strbuf *out)
{
	(void)m;
	strbuf_adds(out, t->spec.code);
}

static void cell_name(const struct territory *t, const struct model *m, struct strbuf *out)
{
	(void)m;
	strbuf_adds(out, t->name);
}

static void cell_verdict(const struct territory *t, const struct model *m, struct strbuf *out)
{
	(void)m;
	strbuf_adds(out, verdict_name(t->verdict.kind));
}

static void add_tally(const struct tally *n, struct strbuf *out)
{
	if (n->total && n->unknown + n->stale == n->total)
		strbuf_addf(out, "?/%u", n->total); /* nothing is judged now: not known is not none */
	else if (n->total)
		strbuf_addf(out, "%u/%u", n->up, n->total);
	else
		strbuf_addc(out, '-');
}

static void cell_v4(const struct territory *t, const struct model *m, struct strbuf *out)
{
	(void)m;
	add_tally(&t->routing.v4, out);
}

static void cell_v6(const struct territory *t, const struct model *m, struct strbuf *out)
{
	(void)m;
	add_tally(&t->routing.v6, out);
}

static void cell_loss(const struct territory *t, const struct model *m, struct strbuf *out)
{
	(void)m;
	status_percent(t->verdict.loss_pct, out);
}

static void cell_since(const struct territory *t, const struct model *m, struct strbuf *out)
{
	status_since(t->verdict.since, m->now, out);
}

static void cell_provider(const struct territory *t, const struct model *m, struct strbuf *out)
{
	const struct provider *p = status_provider(t);

	(void)m;
	if (!p && !t->single_provider) {
		strbuf_addc(out, '-');
		return;
	}
	strbuf_addf(out, "AS%u", p ? p->asn : t->single_provider); /* first, as it is what stays of a cut cell */
	if (t->single_provider)
		strbuf_adds(out, " (single)");
	if (p && p->name[0])
		strbuf_addf(out, " %s", p->name);
}

/* max: columns at most; wide: at most on a screen of 100 columns and more. 0: what is left. */
static const struct column {
	const char *title;
	void (*cell)(const struct territory *, const struct model *, struct strbuf *);
	int max, wide;
	bool right;
} columns_table[] = {
	{.title = "CODE", .cell = cell_code, .max = 18, .wide = 44},
	{.title = "NAME", .cell = cell_name, .max = 12, .wide = 28},
	{.title = "VERDICT", .cell = cell_verdict, .max = 10, .wide = 10},
	{.title = "V4 UP", .cell = cell_v4, .max = 11, .wide = 11, .right = true},
	{.title = "V6 UP", .cell = cell_v6, .max = 11, .wide = 11, .right = true},
	{.title = "LOSS", .cell = cell_loss, .max = 4, .wide = 4, .right = true},
	{.title = "SINCE", .cell = cell_since, .max = 12, .wide = 12},
	{.title = "PROVIDER", .cell = cell_provider},
};
enum { COLUMN_COUNT = ARRAY_LEN(columns_table) };

struct cell_text {
	char text[CELL_MAX];
};

/* One byte a character and a column: what is not ASCII is '?'. */
static void to_ascii(char *dst, size_t cap, const char *src)
{
	size_t n = 0;
	uint32_t cp;

	for (src += text_next(src, &cp); cp != 0 && n + 1 < cap; src += text_next(src, &cp))
		if (cp >= 0x20 && cp != 0x7F && (cp < 0x7F || text_cp_width(cp) > 0))
			dst[n++] = cp < 0x7F ? (char)cp : '?';
	dst[n] = '\0';
}

static void make_row(struct cell_text row[COLUMN_COUNT], const struct territory *t, const struct model *m)
{
	struct strbuf b;

	strbuf_init(&b, 4 * CELL_MAX);
	for (size_t c = 0; c < COLUMN_COUNT; c++) {
		strbuf_clear(&b);
		columns_table[c].cell(t, m, &b);
		to_ascii(row[c].text, sizeof(row[c].text), b.text);
	}
	strbuf_release(&b);
}

/* Width of each column; 0: not shown. */
static void measure(int widths[COLUMN_COUNT], struct cell_text (*rows)[COLUMN_COUNT], size_t count, int columns)
{
	int left = columns;

	for (size_t c = 0; c < COLUMN_COUNT; c++) {
		const struct column *col = &columns_table[c];
		int max = columns >= 100 ? col->wide : col->max;
		widths[c] = (int)strlen(col->title);
		for (size_t i = 0; i < count; i++)
			if ((int)strlen(rows[i][c].text) > widths[c])
				widths[c] = (int)strlen(rows[i][c].text);
		if (max && widths[c] > max)
			widths[c] = max;
		int room = left - (c ? GAP : 0);
		if (widths[c] > room)
			widths[c] = max == 0 && room >= REST_MIN ? room : 0;
		if (widths[c])
			left = room - widths[c];
	}
}

static void print_cell(struct strbuf *out, const char *s, int width, bool right)
{
	int len = (int)strlen(s);

	if (len > width)
		strbuf_addf(out, "%.*s~", width - 1, s); /* '~': something was cut here */
	else
		strbuf_addf(out, right ? "%*s" : "%-*s", width, s);
}

static void print_line(struct strbuf *out, const char *const cells[COLUMN_COUNT], const int widths[COLUMN_COUNT])
{
	size_t last = COLUMN_COUNT;

	while (last > 1 && !widths[last - 1])
		last--;
	for (size_t c = 0; c < last; c++) {
		if (!widths[c])
			continue;
		if (c > 0)
			strbuf_addf(out, "%*s", GAP, "");
		bool bare = c + 1 == last && !columns_table[c].right && (int)strlen(cells[c]) <= widths[c];
		if (bare)
			strbuf_adds(out, cells[c]); /* no spaces at the end of a line */
		else
			print_cell(out, cells[c], widths[c], columns_table[c].right);
	}
	strbuf_addc(out, '\n');
}

/* Words of s on lines of at most `columns`, each indented. */
static void print_wrapped(struct strbuf *out, const char *s, int columns)
{
	char text[512];
	size_t room = (size_t)(columns - INDENT);

	to_ascii(text, sizeof(text), s);
	for (const char *p = text + strspn(text, " "); *p;) {
		size_t len = strlen(p), take = len;
		if (len > room) {
			for (take = room; take > 0 && p[take] != ' '; take--)
				;
			if (take == 0)
				take = room; /* one long word */
		}
		strbuf_addf(out, "%*s%.*s\n", INDENT, "", (int)take, p);
		p += take;
		p += strspn(p, " ");
	}
}

/* Through how few the territory is reached; nothing where paths are not known. */
static void print_dependence(struct strbuf *out, const struct territory *t, int columns)
{
	char text[DEPENDENCE_TEXT_MAX];

	if (dependence_text(t, text)[0])
		print_wrapped(out, text, columns);
}

static void print_what_if(struct strbuf *out, const struct territory *t, uint32_t asn, int columns)
{
	char text[WHAT_IF_TEXT_MAX], share[WHAT_IF_TEXT_MAX + 64], prefix[PREFIX_TEXT_MAX];
	enum { LISTED = 200 };
	struct what_if w;
	size_t n = 0;

	what_if(t, asn, &w);
	what_if_text(&w, text);
	if (w.dark && !isnan(w.share_pct[0]))
		snprintf(share, sizeof(share), "%s: %.0f%% of the IPv4 space", text, w.share_pct[0]);
	else if (w.dark && !isnan(w.share_pct[1]))
		snprintf(share, sizeof(share), "%s: %.0f%% of the IPv6 space", text, w.share_pct[1]);
	else
		snprintf(share, sizeof(share), "%s", text);
	print_wrapped(out, share, columns);
	for (size_t i = 0; i < t->network_count && n < LISTED; i++)
		if (what_if_network(&t->networks[i], asn) == WHAT_IF_DARK) {
			strbuf_addf(out, "    %s\n", prefix_format(prefix, &t->networks[i].v.prefix));
			n++;
		}
	if (w.dark > n)
		strbuf_addf(out, "    and %zu more\n", w.dark - n);
}

static void print_table(const struct model *m, struct strbuf *out, int columns)
{
	struct cell_text(*rows)[COLUMN_COUNT] = xcalloc(m->territory_count + 1, sizeof(*rows));
	const char *cells[COLUMN_COUNT];
	int widths[COLUMN_COUNT];

	for (size_t i = 0; i < m->territory_count; i++)
		make_row(rows[i], m->territories[i], m);
	measure(widths, rows, m->territory_count, columns);
	for (size_t c = 0; c < COLUMN_COUNT; c++)
		cells[c] = columns_table[c].title;
	print_line(out, cells, widths);
	for (size_t i = 0; i < m->territory_count; i++) {
		for (size_t c = 0; c < COLUMN_COUNT; c++)
			cells[c] = rows[i][c].text;
		print_line(out, cells, widths);
		print_wrapped(out, m->territories[i]->verdict.text, columns);
		print_dependence(out, m->territories[i], columns);
		if (m->what_if_asn)
			print_what_if(out, m->territories[i], m->what_if_asn, columns);
	}
	free(rows);
}

static void print_note(struct strbuf *out, int columns, const char *label, const char *what)
{
	struct strbuf b;

	strbuf_init(&b, 480);
	strbuf_addf(&b, "%s%s", label, what);
	print_wrapped(out, b.text, columns);
	strbuf_release(&b);
}

/* Who cannot be trusted now: the reader of a quiet table must see that somebody is missing. */
static void print_doubts(const struct model *m, struct strbuf *out, int columns)
{
	struct strbuf b;

	strbuf_init(&b, 480);
	if (m->own_line == LINE_BLIND)
		print_note(out, columns, "own line: ", m->line_text[0] ? m->line_text : "blind");
	if (m->hold[0])
		print_note(out, columns, "", m->hold);
	for (size_t i = 0; i < m->self_test_count; i++)
		if (m->self_tests[i].state == FEED_DOWN)
			print_note(out, columns, "", m->self_tests[i].text);
	for (size_t i = 0; i < m->source_count; i++) {
		const struct source_state *s = &m->sources[i];
		if (s->state != FEED_LATE && s->state != FEED_DOWN)
			continue;
		strbuf_clear(&b);
		strbuf_addf(&b, "source %s: %s", s->name, feed_state_name(s->state));
		if (s->error[0])
			strbuf_addf(&b, ", %s", s->error);
		print_note(out, columns, "", b.text);
	}
	if (m->store_error[0])
		print_note(out, columns, "not saved: ", m->store_error);
	strbuf_release(&b);
}

void status_text(const struct model *m, struct strbuf *out, int columns)
{
	char now[WALL_TEXT_MAX];

	if (columns <= 0)
		columns = COLUMNS_DEFAULT;
	if (columns < COLUMNS_MIN)
		columns = COLUMNS_MIN;
	if (m->replay)
		strbuf_addf(out, "REPLAY of %s: nothing here is live.\n", wall_format(now, m->now));
	if (m->clock_note[0])
		strbuf_addf(out, "%s\n", m->clock_note);
	if (m->territory_count == 0)
		strbuf_adds(out, "No territory is watched.\n");
	else
		print_table(m, out, columns);
	print_doubts(m, out, columns);
}
