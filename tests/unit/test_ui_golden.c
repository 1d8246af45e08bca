/* links: ui/[a-z]* core/[a-z]* base/[a-z]* */
/* Golden screens: a literal model, a size, a charset, a few keys; then the picture as a person reads it.
 *
 * A golden file (tests/golden/VIEW/SCENE-COLSxROWS-CHARSET[-WHAT].txt) holds the text rows, then the role rows (one
 * letter a cell: role_letters), then the cells with flags or a ground, if there are any. UPDATE_GOLDEN=1 writes them
 * anew; the difference is then read like code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/canvas.h"
#include "base/strbuf.h"
#include "core/theme.h"
#include "ui/ui.h"
#include "unit/ui_model.h"

struct golden {
	const char *view; /* folder, and the key that opens it comes first in keys */
	enum scene_kind scene;
	int cols, rows;
	enum charset charset;
	const char *keys, *what; /* keys: Enter is \r, Esc \033 */
};

static const struct golden cases[] = {
	{"territory", SCENE_KP_UP, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_UP, 80, 24, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_UP, 200, 50, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_UP, 80, 24, CHARSET_BRAILLE, "", NULL},
	{"territory", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_DOWN, 80, 24, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_DOWN, 120, 36, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_DOWN, 200, 50, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_DOWN, 80, 10, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_DOWN, 40, 12, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_DOWN, 20, 5, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_DOWN, 10, 3, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_DOWN, 1, 1, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_REPLAY, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_REPLAY, 80, 24, CHARSET_ASCII, ":22 Dec", "goto"},
	{"territory", SCENE_KP_REPLAY, 120, 36, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_REPLAY, 80, 10, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_REPLAY, 40, 12, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_KP_EXCERPT, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_EXCERPT, 80, 24, CHARSET_ASCII, "\t\t\tw", "why-site"},
	{"territory", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "\t\tw", "why-upstream"},
	{"territory", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "jw", "why-network"},
	{"territory", SCENE_KP_UP, 80, 24, CHARSET_ASCII, "\t\t\r", "what-if"},
	{"territory", SCENE_KP_UP, 80, 24, CHARSET_BLOCK, "\t\t\r\033", "what-if-left"},
	{"territory", SCENE_SIX, 120, 36, CHARSET_BLOCK, "\t\t\r", "what-if"},
	{"territory", SCENE_KP_DOWN, 80, 40, CHARSET_BLOCK, "\tjw", "why-signal"},
	{"territory", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "/178", "filter"},
	{"territory", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, " j", "paused"},
	{"territory", SCENE_KP_SUSPECT, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_LOADING, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_BLIND, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_BLIND, 20, 5, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_KP_STALE, 80, 24, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_SIX, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_SIX, 120, 36, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_SIX, 120, 36, CHARSET_BLOCK, "jjlll]", "moved"},
	{"territory", SCENE_TW, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_TW, 80, 24, CHARSET_ASCII, "jl", "moved"},
	{"territory", SCENE_TW, 120, 36, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_TW, 200, 50, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_TW, 200, 60, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_MANY, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_MANY, 80, 10, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_MANY, 200, 50, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_YE, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_YE, 120, 36, CHARSET_ASCII, "jjj/down\rn", "match"},
	{"territory", SCENE_YE, 200, 50, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_YE, 120, 60, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_YE, 80, 50, CHARSET_BRAILLE, "\t\tw", "why-attacks"},
	{"territory", SCENE_YE, 40, 12, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_EMPTY, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_EMPTY, 20, 5, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_NO_NETWORKS, 80, 24, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_HOSTILE, 80, 24, CHARSET_BLOCK, "", NULL},
	{"territory", SCENE_HOSTILE, 120, 36, CHARSET_ASCII, "", NULL},
	{"territory", SCENE_HOSTILE, 40, 12, CHARSET_BLOCK, "", NULL},
	{"events", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "4", NULL},
	{"events", SCENE_KP_DOWN, 120, 36, CHARSET_BLOCK, "4l", "unfolded"},
	{"events", SCENE_KP_DOWN, 80, 24, CHARSET_ASCII, "4\t", "log"},
	{"events", SCENE_KP_DOWN, 200, 50, CHARSET_ASCII, "4ls", "sorted"},
	{"events", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "4\r", "explained"},
	{"events", SCENE_KP_DOWN, 80, 24, CHARSET_BLOCK, "4/178\r", "filter"},
	{"events", SCENE_KP_DOWN, 80, 10, CHARSET_BLOCK, "4", NULL},
	{"events", SCENE_KP_DOWN, 20, 5, CHARSET_ASCII, "4", NULL},
	{"events", SCENE_KP_SUSPECT, 80, 24, CHARSET_BLOCK, "4", NULL},
	{"events", SCENE_EMPTY, 80, 24, CHARSET_BLOCK, "4", NULL},
	{"events", SCENE_HOSTILE, 120, 36, CHARSET_BLOCK, "4", NULL},
	{"sources", SCENE_KP_UP, 80, 24, CHARSET_BLOCK, "5", NULL},
	{"sources", SCENE_KP_EXCERPT, 80, 24, CHARSET_BLOCK, "5", NULL},
	{"sources", SCENE_KP_EXCERPT, 80, 24, CHARSET_ASCII, "5jjw", "why"},
	{"sources", SCENE_KP_BLIND, 80, 24, CHARSET_ASCII, "5", NULL},
	{"sources", SCENE_KP_BLIND, 120, 36, CHARSET_BLOCK, "5j", NULL},
	{"sources", SCENE_KP_BLIND, 80, 24, CHARSET_BLOCK, "5jw", "why"},
	{"sources", SCENE_KP_LOADING, 80, 24, CHARSET_BLOCK, "5", NULL},
	{"sources", SCENE_EMPTY, 40, 12, CHARSET_BLOCK, "5", NULL},
	{"sources", SCENE_HOSTILE, 80, 24, CHARSET_BLOCK, "5", NULL},
	{"world", SCENE_SIX, 80, 24, CHARSET_BLOCK, "1", NULL},
	{"world", SCENE_SIX, 120, 36, CHARSET_ASCII, "1", NULL},
	{"world", SCENE_EMPTY, 80, 24, CHARSET_BLOCK, "1/korea\r", "filter"},
	{"world", SCENE_EMPTY, 80, 24, CHARSET_BLOCK, "1jx/iran", "marked"},
	{"world", SCENE_KP_UP, 40, 12, CHARSET_ASCII, "1G", "end"},
	{"help", SCENE_KP_UP, 80, 24, CHARSET_BLOCK, "?", "territory"},
	{"help", SCENE_KP_UP, 120, 80, CHARSET_BLOCK, "4?", "events"},
	{"help", SCENE_KP_UP, 30, 10, CHARSET_ASCII, "?jj", "small"},
};

static const char role_letters[ROLE_COUNT + 1] = "-dTsbkKtoSUGFDuaxOLXplz.1fRm"; /* by enum role; '-' is text */

static char letter_of(const struct cell *cell)
{
	return cell->role < ROLE_COUNT ? role_letters[cell->role] : '!';
}

static void trim(struct strbuf *b, char blank)
{
	while (b->len > 0 && b->text[b->len - 1] == blank)
		b->text[--b->len] = '\0';
	strbuf_addc(b, '\n');
}

static void dump_text(const struct canvas *c, struct strbuf *out)
{
	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = canvas_at((struct canvas *)(uintptr_t)c, y, x);
			char bytes[4];
			if (cell->flags & CELL_TAIL)
				continue;
			strbuf_add(out, bytes, text_put(bytes, cell->ch));
			if (cell->mark)
				strbuf_add(out, bytes, text_put(bytes, cell->mark));
		}
		trim(out, ' ');
	}
}

static void dump_roles(const struct canvas *c, struct strbuf *out)
{
	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = canvas_at((struct canvas *)(uintptr_t)c, y, x);
			strbuf_addc(out, cell->ch == ' ' && cell->role == ROLE_TEXT ? ' ' : letter_of(cell));
		}
		trim(out, ' ');
	}
}

/* Runs of cells with flags or a ground: "row:from-to flags ground". */
static void dump_flags(const struct canvas *c, struct strbuf *out)
{
	for (int y = 0; y < c->rows; y++) {
		for (int x = 0; x < c->cols;) {
			const struct cell *cell = canvas_at((struct canvas *)(uintptr_t)c, y, x), *end = cell;
			int to = x;
			unsigned flags = cell->flags & (unsigned)~CELL_TAIL;
			while (to < c->cols && (end = canvas_at((struct canvas *)(uintptr_t)c, y, to)) &&
			       (end->flags & (unsigned)~CELL_TAIL) == flags && end->ground == cell->ground)
				to++;
			if (flags || cell->ground)
				strbuf_addf(out, "%d:%d-%d%s%s%s%s%c\n", y, x, to - 1,
					    flags & CELL_SELECTED ? " selected" : "", flags & CELL_BOLD ? " bold" : "",
					    flags & CELL_UNDERLINE ? " underline" : "", cell->ground ? " on " : "",
					    cell->ground ? role_letters[cell->ground] : ' ');
			x = to;
		}
	}
}

static void dump(const struct canvas *c, struct strbuf *out)
{
	dump_text(c, out);
	strbuf_addf(out, "---- roles; cursor %d,%d\n", c->cursor_y, c->cursor_x);
	dump_roles(c, out);
	strbuf_adds(out, "---- flags\n");
	dump_flags(c, out);
}

static void render(const struct golden *g, struct canvas *c)
{
	static const char *const themes[] = {"dark", "light", NULL};
	struct ui_options o = {
		.charset = g->charset, .history_h = 24, .themes = themes, .theme = "dark", .version = "0.1.0"};
	struct scene *s = scene_new(g->scene);
	struct ui *u = ui_new(&o);

	canvas_init(c, g->rows, g->cols);
	ui_draw(u, &s->m, c);
	for (const char *k = g->keys; *k; k++) {
		ui_key(u, &s->m, (struct key){.code = (unsigned char)*k});
		ui_draw(u, &s->m, c);
	}
	/* drawing does not depend on what was drawn before */
	struct canvas again;
	canvas_init(&again, g->rows, g->cols);
	ui_draw(u, &s->m, &again);
	for (int i = 0; i < g->rows * g->cols; i++) {
		assert_int_equal(again.cells[i].ch, c->cells[i].ch);
		assert_int_equal(again.cells[i].role, c->cells[i].role);
		assert_int_equal(again.cells[i].flags, c->cells[i].flags);
	}
	canvas_release(&again);
	ui_free(u);
	scene_free(s);
}

static void path_of(const struct golden *g, char *dst, size_t cap)
{
	const char *tests = getenv("LANDLINE_TESTS");

	snprintf(dst, cap, "%s/golden/%s/%s-%dx%d-%s%s%s.txt", tests ? tests : "tests", g->view, scene_names[g->scene],
		 g->cols, g->rows, charset_name(g->charset), g->what ? "-" : "", g->what ? g->what : "");
}

static char *read_all(const char *path)
{
	FILE *f = fopen(path, "rb");
	char *text = xcalloc(1, 1 << 20);

	if (f) {
		size_t n = fread(text, 1, (1 << 20) - 1, f);
		text[n] = '\0';
		fclose(f);
	}
	return text;
}

static bool is_update(void)
{
	const char *update = getenv("UPDATE_GOLDEN");

	return update && update[0] == '1';
}

static void write_all(const struct golden *g, const char *path, const char *text)
{
	char folder[512];
	const char *tests = getenv("LANDLINE_TESTS");
	FILE *f;

	snprintf(folder, sizeof(folder), "%s/golden/%s", tests ? tests : "tests", g->view);
	mkdir(folder, 0777);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void test_golden_screens(void **state)
{
	size_t differ = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct canvas c;
		struct strbuf now;
		char path[600];

		render(&cases[i], &c);
		strbuf_init(&now, 1 << 20);
		dump(&c, &now);
		path_of(&cases[i], path, sizeof(path));
		char *was = read_all(path);
		if (strcmp(was, now.text) != 0) {
			if (is_update()) {
				write_all(&cases[i], path, now.text);
			} else {
				differ++;
				print_error("%s differs (UPDATE_GOLDEN=1 writes it anew).\nIt was:\n%s\nIt is:\n%s\n",
					    path, was, now.text);
			}
		}
		free(was);
		strbuf_release(&now);
		canvas_release(&c);
	}
	assert_int_equal(differ, 0);
}

/* The letters of the role rows are all different, so a role row says what it says. */
static void test_role_letters(void **state)
{
	(void)state;
	for (int a = 0; a < ROLE_COUNT; a++)
		for (int b = 0; b < a; b++)
			assert_int_not_equal(role_letters[a], role_letters[b]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_role_letters), cmocka_unit_test(test_golden_screens)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
