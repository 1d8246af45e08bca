/* links: ui/[a-z]* core/[a-z]* base/[a-z]* */
/* What must hold of every picture: any size, any situation, any view, any charset, whatever keys came before.
 *
 * Nothing is drawn outside, nothing that a terminal must not see is in a cell, wide characters are whole, the cursor is
 * inside, no state is drawn with another state's glyph, and ASCII means ASCII. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/canvas.h"
#include "core/key.h"
#include "core/theme.h"
#include "ui/action.h"
#include "ui/ui.h"
#include "unit/ui_model.h"

static const uint8_t state_roles[NET_STATE_COUNT] = {
	[NET_UNKNOWN] = ROLE_UNKNOWN,   [NET_UP] = ROLE_UP,     [NET_DEGRADED] = ROLE_DEGRADED,
	[NET_FLAPPING] = ROLE_FLAPPING, [NET_DOWN] = ROLE_DOWN, [NET_STALE] = ROLE_STALE,
};

static int state_of_role(uint8_t role)
{
	for (int s = 0; s < NET_STATE_COUNT; s++)
		if (state_roles[s] == role)
			return s;
	return -1;
}

/* In ASCII the glyphs also stand in words ("v6-only"), so there only the other charsets are looked at. */
static bool has_other_glyph(const struct cell *cell, enum charset charset)
{
	int own = state_of_role(cell->role);

	for (int s = 0; own >= 0 && charset != CHARSET_ASCII && s < NET_STATE_COUNT; s++)
		if (s != own && cell->ch == glyph_state(charset, (enum net_state)s))
			return true;
	return false;
}

static const char *wrong(const struct cell *cell, const struct cell *before, enum charset charset)
{
	if (cell->role >= ROLE_COUNT || cell->ground >= ROLE_COUNT)
		return "a role that does not exist";
	if (cell->flags & CELL_TAIL)
		return !before || text_cp_width(before->ch) != 2 ? "half of a wide character" : NULL;
	if (cell->ch < ' ' || (cell->ch >= 0x7F && cell->ch < 0xA0))
		return "a control character";
	if (charset == CHARSET_ASCII && (cell->ch > 0x7E || cell->mark))
		return "not ASCII";
	if (has_other_glyph(cell, charset))
		return "a state in another one's role";
	if (cell->ground && cell->ground != ROLE_BAR && state_of_role(cell->ground) < 0)
		return "a ground that is no state";
	if (cell->ground && cell->ground == cell->role)
		return "a glyph on its own colour";
	return NULL;
}

static void check(const struct canvas *c, enum charset charset, const char *scene, const char *keys)
{
	for (int i = 0; i < c->rows * c->cols; i++) {
		const struct cell *before = i % c->cols > 0 ? &c->cells[i - 1] : NULL;
		const char *what = wrong(&c->cells[i], before, charset);
		if (what)
			fail_msg("%s at %dx%d after '%s': %s (U+%04X, role %d) at %d,%d", scene, c->cols, c->rows, keys,
				 what, (unsigned)c->cells[i].ch, c->cells[i].role, i / c->cols, i % c->cols);
	}
	assert_in_range(c->cursor_y + 1, 0, c->rows);
	assert_in_range(c->cursor_x + 1, 0, c->cols);
}

static void draw_all_sizes(enum scene_kind kind, const char *keys, enum charset charset, int row_step, int col_step)
{
	struct ui_options o = {.charset = charset, .history_h = 24, .version = "0.1.0"};
	struct scene *s = scene_new(kind);
	struct ui *u = ui_new(&o);
	struct canvas c;

	canvas_init(&c, 24, 80);
	ui_draw(u, &s->m, &c);
	for (const char *k = keys; *k; k++)
		ui_key(u, &s->m, (struct key){.code = (unsigned char)*k});
	for (int rows = 1; rows <= 60; rows += rows < 14 ? 1 : row_step) {
		for (int cols = 1; cols <= 220; cols += cols < 8 ? 3 : col_step) {
			canvas_resize(&c, rows, cols);
			ui_draw(u, &s->m, &c);
			check(&c, charset, scene_names[kind], keys);
		}
	}
	canvas_release(&c);
	ui_free(u);
	scene_free(s);
}

static void test_every_size(void **state)
{
	static const char *const views[] = {"", "1", "4", "4l", "4\t", "5", "?", "w", "4\r", "/down", "\tjj", " "};
	static const enum charset charsets[] = {CHARSET_ASCII, CHARSET_BLOCK, CHARSET_BRAILLE};

	(void)state;
	for (int kind = 0; kind < SCENE_KINDS; kind++) {
		bool big = kind == SCENE_TW || kind == SCENE_MANY;
		for (size_t v = 0; v < (big ? 1 : ARRAY_LEN(views)); v++) {
			enum charset charset = charsets[((size_t)kind + v) % ARRAY_LEN(charsets)];
			draw_all_sizes((enum scene_kind)kind, views[v], charset, 9, big ? 37 : 23);
		}
	}
}

/* Every key and clicks everywhere, in a fixed pseudo-random order, on every scene: nothing breaks, Esc never leaves. */
static void test_any_keys(void **state)
{
	(void)state;
	for (int kind = 0; kind < SCENE_KINDS; kind++) {
		enum charset charset = kind % 2 ? CHARSET_BLOCK : CHARSET_BRAILLE;
		struct ui_options o = {.charset = charset, .history_h = 24, .picker = kind % 2};
		struct scene *s = scene_new((enum scene_kind)kind);
		struct ui *u = ui_new(&o);
		struct canvas c;
		uint32_t seed = 12345 + (uint32_t)kind;
		size_t keys = 0;

		while (key_table[keys].key)
			keys++;
		canvas_init(&c, 30, 100);
		for (int i = 0; i < 400; i++) {
			struct key k = {.code = KEYC_CLICK};
			seed = seed * 1664525 + 1013904223;
			if (seed >> 28 < 12)
				k.code = key_table[(seed >> 8) % keys].key;
			else if (seed >> 28 == 12)
				k.code = KEYC_WHEEL_DOWN;
			k.y = (int)((seed >> 4) % 32);
			k.x = (int)((seed >> 12) % 104);
			if (k.code == 'c')
				continue; /* the charset is checked */
			unsigned fx = ui_key(u, &s->m, k);
			if (k.code == 27)
				assert_false(fx & FX_QUIT);
			if (i % 50 == 49)
				canvas_resize(&c, 10 + i % 37, 40 + i % 91);
			if (i % 4 == 0) {
				ui_draw(u, &s->m, &c);
				check(&c, charset, scene_names[kind], "random keys");
			}
		}
		canvas_release(&c);
		ui_free(u);
		scene_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_size), cmocka_unit_test(test_any_keys)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
