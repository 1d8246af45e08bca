/* links: ui/[a-z]* core/[a-z]* base/[a-z]* */
/* What keys do: effects, requests, and what is on the screen afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/canvas.h"
#include "core/key.h"
#include "ui/action.h"
#include "ui/ui.h"
#include "ui/view_table.h"
#include "unit/ui_model.h"

static const char *const themes[] = {"dark", "light", "mono", NULL};

struct play {
	struct scene *s;
	struct ui *u;
	struct canvas c;
	unsigned fx;
};

static void play_open(struct play *p, enum scene_kind kind, bool picker)
{
	struct ui_options o = {.charset = CHARSET_ASCII,
			       .history_h = 24,
			       .themes = themes,
			       .theme = "light",
			       .version = "0.1.0",
			       .picker = picker};

	p->s = scene_new(kind);
	p->u = ui_new(&o);
	p->fx = 0;
	canvas_init(&p->c, 24, 80);
	ui_draw(p->u, &p->s->m, &p->c);
}

static void play_close(struct play *p)
{
	ui_free(p->u);
	canvas_release(&p->c);
	scene_free(p->s);
}

/* Keys as characters; effects of the last one are kept. */
static void play_keys(struct play *p, const char *keys)
{
	for (; *keys; keys++)
		p->fx = ui_key(p->u, &p->s->m, (struct key){.code = (unsigned char)*keys});
	ui_draw(p->u, &p->s->m, &p->c);
}

static void play_key(struct play *p, struct key k)
{
	p->fx = ui_key(p->u, &p->s->m, k);
	ui_draw(p->u, &p->s->m, &p->c);
}

/* Is text somewhere on the screen? */
static bool shows(const struct play *p, const char *text)
{
	size_t len = strlen(text);

	for (int y = 0; y < p->c.rows; y++) {
		for (int x = 0; x + (int)len <= p->c.cols; x++) {
			size_t i = 0;
			while (i < len && p->c.cells[y * p->c.cols + x + (int)i].ch == (unsigned char)text[i])
				i++;
			if (i == len)
				return true;
		}
	}
	return false;
}

struct key_case {
	const char *what;
	enum scene_kind scene;
	const char *keys;
	unsigned fx, never;   /* effects that must be there, and that must not */
	const char *text;     /* of the request; NULL: not looked at */
	const char *on, *off; /* on the screen, and not */
};

static const struct key_case key_cases[] = {
	{"q quits", SCENE_KP_UP, "q", FX_QUIT, 0, NULL, NULL, NULL},
	{"Ctrl-C quits, also in help", SCENE_KP_UP, "?\003", FX_QUIT, 0, NULL, NULL, NULL},
	{"Ctrl-C quits, also in a text field", SCENE_KP_UP, "/ab\003", FX_QUIT, 0, NULL, NULL, NULL},
	{"q in help closes it", SCENE_KP_UP, "?q", FX_REDRAW, FX_QUIT, NULL, NULL, "Help:"},
	{"q in a text field is a letter", SCENE_KP_UP, "/q", FX_REDRAW, FX_QUIT, NULL, "/q_", NULL},
	{"Esc never leaves", SCENE_KP_UP, "\033\033\033", 0, FX_QUIT, NULL, "North Korea", NULL},
	{"help opens", SCENE_KP_UP, "?", FX_REDRAW, 0, NULL, "Help: Territory", NULL},
	{"Esc closes help", SCENE_KP_UP, "?\033", FX_REDRAW, FX_QUIT, NULL, "North Korea", "Help:"},
	{"Space pauses and plays the tape", SCENE_KP_REPLAY, " ", FX_TRANSPORT, FX_QUIT, NULL, "REPLAY", "PAUSED"},
	{". steps", SCENE_KP_REPLAY, ".", FX_TRANSPORT, 0, NULL, "paused", NULL},
	{") looks for the next event, help or not", SCENE_KP_REPLAY, "?)", FX_TRANSPORT, 0, NULL, NULL, NULL},
	{": asks for a time", SCENE_KP_REPLAY, ":16:1", FX_REDRAW, FX_TRANSPORT, NULL, "go to 16:1_", NULL},
	{": goes there", SCENE_KP_REPLAY, ":16:15\r", FX_TRANSPORT, 0, "16:15", "attack peak", "go to"},
	{": and Esc does not", SCENE_KP_REPLAY, ":16:15\033", FX_REDRAW, FX_TRANSPORT, NULL, NULL, "go to"},
	{"r asks nobody in a replay", SCENE_KP_REPLAY, "r", FX_REDRAW, FX_RELOAD, NULL, "asks nobody", NULL},
	{"a replay's keys say so when live", SCENE_KP_UP, ")", FX_REDRAW, FX_TRANSPORT, NULL, "a key of replays", NULL},
	{"P plays the case", SCENE_KP_UP, "P", FX_CASE, 0, NULL, NULL, NULL},
	{"the help names the keys of replays", SCENE_KP_UP, "?G", FX_REDRAW, 0, NULL, NULL, NULL},
	{"4 opens the events", SCENE_KP_DOWN, "4", FX_REDRAW, 0, NULL, "Outages: 2", NULL},
	{"Esc goes back to where one came from", SCENE_KP_DOWN, "4\033", FX_REDRAW, FX_QUIT, NULL, "networks up 0 of 4",
	 "Outages"},
	{"views lie behind each other once", SCENE_KP_DOWN, "4545\033\033\033", 0, FX_QUIT, NULL, "networks up 0 of 4",
	 NULL},
	{"3 is no view and does nothing", SCENE_KP_UP, "3", 0, FX_REDRAW | FX_QUIT, NULL, "networks up 4 of 4", NULL},
	{"w explains the network", SCENE_KP_DOWN, "jw", FX_REDRAW, 0, NULL, "175.45.177.0/24 is down", NULL},
	{"w again closes", SCENE_KP_DOWN, "ww", FX_REDRAW, 0, NULL, NULL, "Esc closes"},
	{"Enter explains too", SCENE_KP_DOWN, "\r", FX_REDRAW, 0, NULL, "175.45.176.0/24 is down", NULL},
	{"Tab goes to the signals", SCENE_KP_DOWN, "\t\tw", FX_REDRAW, 0, NULL, "It is the only one", NULL},
	{"w says why a site does not vote", SCENE_KP_DOWN, "\t\t\tGw", FX_REDRAW, 0, NULL,
	 "hosted abroad (ES): never votes", NULL},
	{"w with nothing there says so", SCENE_EMPTY, "w", FX_REDRAW, 0, NULL, "nothing to explain", NULL},
	{"t asks for the next theme", SCENE_KP_UP, "t", FX_THEME, 0, "mono", "Theme: mono", NULL},
	{"themes go round", SCENE_KP_UP, "tt", FX_THEME, 0, "dark", NULL, NULL},
	{"r asks the sources", SCENE_KP_UP, "r", FX_RELOAD, 0, NULL, "Asking the sources", NULL},
	{"the message goes with the next key", SCENE_KP_UP, "rj", FX_REDRAW, FX_RELOAD, NULL, NULL,
	 "Asking the sources"},
	{"Ctrl-L repaints", SCENE_KP_UP, "\014", FX_REPAINT, 0, NULL, NULL, NULL},
	{"Ctrl-Z suspends", SCENE_KP_UP, "\032", FX_SUSPEND, 0, NULL, NULL, NULL},
	{"y copies the network", SCENE_KP_UP, "jy", FX_COPY, 0, "175.45.177.0/24", "Copied: 175.45.177.0/24", NULL},
	{"y copies the sentence of an outage", SCENE_KP_DOWN, "4y", FX_COPY, 0,
	 "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.", NULL, NULL},
	{"/ filters while typing", SCENE_KP_DOWN, "4/178", FX_REDRAW, 0, NULL, "Outages: 1", NULL},
	{"Enter keeps the filter", SCENE_KP_DOWN, "4/178\r", FX_REDRAW, 0, NULL, "filter '178'", "_"},
	{"Esc clears it", SCENE_KP_DOWN, "4/178\r\033", FX_REDRAW, 0, NULL, "Outages: 2", "filter '"},
	{"Ctrl-U empties the field", SCENE_KP_DOWN, "4/zzz\025", FX_REDRAW, 0, NULL, "Outages: 2", NULL},
	{"nothing matches", SCENE_KP_DOWN, "4/zzz", FX_REDRAW, 0, NULL, "Nothing matches.", NULL},
	{"controls are no text", SCENE_KP_DOWN, "4/1\00178", FX_REDRAW, 0, NULL, "/178_", NULL},
	{"l unfolds the outage", SCENE_KP_DOWN, "4l", FX_REDRAW, 0, NULL, "175.45.179.0/24", NULL},
	{"h on a child folds it", SCENE_KP_DOWN, "4ljjjh", FX_REDRAW, 0, NULL, "+ KP (5)", "175.45.179.0/24"},
	{"a shows all", SCENE_KP_DOWN, "4a", FX_REDRAW, 0, NULL, "also suspected and dismissed", NULL},
	{"Tab goes to the log", SCENE_KP_DOWN, "4\t", FX_REDRAW, 0, NULL, "Log, each change", NULL},
	{"s sorts", SCENE_KP_DOWN, "4s", FX_REDRAW, 0, NULL, "state v", NULL},
	{"Space freezes", SCENE_KP_UP, " ", FX_REDRAW, 0, NULL, "PAUSED", NULL},
	{"frozen is frozen", SCENE_KP_UP, " 4", FX_REDRAW, 0, NULL, "Space goes on", "Outages"},
	{"Space again goes on", SCENE_KP_UP, "  4", FX_REDRAW, 0, NULL, "Outages", "PAUSED"},
	{"q leaves a frozen picture", SCENE_KP_UP, " q", FX_QUIT, 0, NULL, NULL, NULL},
	{"] opens the next territory", SCENE_SIX, "]", FX_REDRAW, 0, NULL, "[YE #]", NULL},
	{"[ goes round", SCENE_SIX, "[", FX_REDRAW, 0, NULL, "[BY -]", NULL},
	{"one tab: nothing to go to", SCENE_KP_UP, "]", 0, FX_QUIT, NULL, "[KP #]", NULL},
	{"- is a longer span", SCENE_KP_UP, "-", FX_REDRAW, 0, NULL, "Signals 48h", NULL},
	{"+ is a shorter one", SCENE_KP_UP, "++", FX_REDRAW, 0, NULL, "Signals 6h", NULL},
	{"spans end", SCENE_KP_UP, "-----------", FX_REDRAW, 0, NULL, "Signals 168h", NULL},
	{"World: Enter watches", SCENE_EMPTY, "1/north k\r\r", FX_WATCH, 0, "KP", NULL, NULL},
	{"World: Enter on what is watched opens it", SCENE_SIX, "1j\r", FX_REDRAW, FX_WATCH, NULL, "[YE #]", NULL},
	{"World: nothing to open", SCENE_EMPTY, "1/zzzz\r\r", 0, FX_WATCH, NULL, "No country matches", NULL},
	{"Sources: w shows the address", SCENE_KP_UP, "5w", FX_REDRAW, 0, NULL, "https://ripestat.example.net", NULL},
	{"a key without meaning does nothing", SCENE_KP_UP, "%", 0, FX_REDRAW, NULL, NULL, NULL},
	{"c goes round the charsets", SCENE_KP_UP, "c", FX_REDRAW, 0, NULL, "Charset: braille", NULL},
};

static void test_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(key_cases); i++) {
		const struct key_case *k = &key_cases[i];
		struct play p;
		play_open(&p, k->scene, false);
		play_keys(&p, k->keys);
		if ((p.fx & k->fx) != k->fx || (p.fx & k->never))
			fail_msg("%s: effects %#x", k->what, p.fx);
		if (k->text && strcmp(ui_request_text(p.u), k->text) != 0)
			fail_msg("%s: request '%s'", k->what, ui_request_text(p.u));
		if (k->on && !shows(&p, k->on))
			fail_msg("%s: '%s' is not on the screen", k->what, k->on);
		if (k->off && shows(&p, k->off))
			fail_msg("%s: '%s' is on the screen", k->what, k->off);
		play_close(&p);
	}
}

static void test_export_names_the_event(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_KP_DOWN, false);
	play_keys(&p, "4je");
	assert_true(p.fx & FX_EXPORT);
	assert_int_equal(ui_request_seq(p.u), 1);
	play_keys(&p, "5e"); /* Sources has nothing to export */
	assert_false(p.fx & FX_EXPORT);
	play_close(&p);
	play_open(&p, SCENE_KP_UP, false);
	play_keys(&p, "e");
	assert_true(p.fx & FX_EXPORT);
	assert_int_equal(ui_request_seq(p.u), 0); /* what is on the screen */
	play_close(&p);
}

static void test_picker(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_EMPTY, true);
	assert_true(shows(&p, "World: 0 watched"));
	play_keys(&p, "\r");
	assert_true(p.fx & FX_WATCH);
	assert_string_equal(ui_request_text(p.u), "AD");
	scene_territory(p.s, "AD", "Andorra"); /* the application did it */
	ui_draw(p.u, &p.s->m, &p.c);
	assert_true(shows(&p, "[AD ?]"));
	play_close(&p);
}

static void test_text_field(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_KP_UP, false);
	assert_false(ui_wants_text(p.u));
	play_keys(&p, "/ab");
	assert_true(ui_wants_text(p.u));
	play_key(&p, (struct key){.code = 0xE9});
	play_key(&p, (struct key){.code = KEYC_BACKSPACE}); /* a whole character */
	assert_true(shows(&p, "/ab_"));
	play_keys(&p, "\177\177");
	assert_true(ui_wants_text(p.u));
	play_key(&p, (struct key){.code = KEYC_BACKSPACE}); /* empty: leave */
	assert_false(ui_wants_text(p.u));
	play_keys(&p, "/");
	for (int i = 0; i < 500; i++)
		play_key(&p, (struct key){.code = 0x4E2D});
	play_keys(&p, "\r");
	assert_false(ui_wants_text(p.u));
	play_close(&p);
}

static void test_messages(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_KP_UP, false);
	ui_message(p.u, &p.s->m, "written\nto \x1b[31mlandline.json");
	ui_draw(p.u, &p.s->m, &p.c);
	assert_true(shows(&p, "written to [31mlandline.json"));
	assert_int_equal(ui_due(p.u, &p.s->m).ms, p.s->m.now.ms + 10000);
	p.s->m.now.ms += 10000;
	assert_true(ui_model_changed(p.u, &p.s->m) & FX_REDRAW);
	ui_draw(p.u, &p.s->m, &p.c);
	assert_false(shows(&p, "written"));
	play_close(&p);
}

static void test_due_and_quiet(void **state)
{
	struct play p;
	struct canvas before;

	(void)state;
	play_open(&p, SCENE_KP_DOWN, false);
	assert_int_equal(ui_due(p.u, &p.s->m).ms % 60000, 0);
	assert_true(ui_due(p.u, &p.s->m).ms > p.s->m.now.ms);
	assert_int_equal(ui_model_changed(p.u, &p.s->m), FX_NONE);
	/* between two minutes nothing on the screen moves by time alone */
	canvas_init(&before, 24, 80);
	for (int view = '1'; view <= '5'; view++) {
		play_keys(&p, (const char[]){(char)view, '\0'});
		ui_draw(p.u, &p.s->m, &before);
		p.s->m.now.ms += 37000;
		ui_draw(p.u, &p.s->m, &p.c);
		for (int i = 0; i < 24 * 80; i++)
			assert_int_equal(before.cells[i].ch, p.c.cells[i].ch);
		p.s->m.now.ms -= 37000;
	}
	canvas_release(&before);
	p.s->m.now.ms += 60000;
	assert_true(ui_model_changed(p.u, &p.s->m) & FX_REDRAW);
	p.s->m.version++;
	assert_true(ui_model_changed(p.u, &p.s->m) & FX_REDRAW);
	assert_int_equal(ui_model_changed(p.u, &p.s->m), FX_NONE);
	play_close(&p);
}

/* While paused the picture stays whatever the model does; a resize takes a new one. */
static void test_pause(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_KP_UP, false);
	play_keys(&p, " ");
	assert_true(ui_paused(p.u));
	scene_verdict(p.s->m.territories[0], VERDICT_WITHDRAWN, "Everything is gone.", p.s->m.now, 100);
	p.s->m.version++;
	assert_int_equal(ui_model_changed(p.u, &p.s->m), FX_NONE);
	ui_draw(p.u, &p.s->m, &p.c);
	assert_false(shows(&p, "Everything is gone."));
	canvas_resize(&p.c, 20, 70);
	ui_draw(p.u, &p.s->m, &p.c);
	assert_true(shows(&p, "Everything is gone.") && shows(&p, "PAUSED"));
	play_keys(&p, "\033");
	assert_false(ui_paused(p.u));
	play_close(&p);
}

static void test_titles(void **state)
{
	static const struct {
		enum scene_kind scene;
		const char *title;
	} cases[] = {
		{SCENE_KP_UP, "landline: KP normal"},
		{SCENE_KP_DOWN, "landline: KP withdrawn (replay)"},
		{SCENE_EMPTY, "landline"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct play p;
		play_open(&p, cases[i].scene, false);
		assert_string_equal(ui_title(p.u, &p.s->m), cases[i].title);
		play_close(&p);
	}
}

static void test_mouse(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_SIX, false);
	play_key(&p, (struct key){.code = KEYC_CLICK, .y = 0, .x = 8}); /* the second tab */
	assert_true(shows(&p, "[YE #]"));
	play_keys(&p, "[");
	canvas_resize(&p.c, 24, 140);
	ui_draw(p.u, &p.s->m, &p.c);
	for (int x = 0; x < 140; x++) /* the word in the top line */
		if (p.c.cells[x].ch == '4' && p.c.cells[x + 2].ch == 'E')
			play_key(&p, (struct key){.code = KEYC_CLICK, .y = 0, .x = x});
	assert_true(shows(&p, "Outages"));
	play_close(&p);
	play_open(&p, SCENE_KP_DOWN, false);
	play_key(&p, (struct key){.code = KEYC_CLICK, .y = 8, .x = 20}); /* the third network */
	play_keys(&p, "y");
	assert_string_equal(ui_request_text(p.u), "175.45.178.0/24");
	play_key(&p, (struct key){.code = KEYC_WHEEL_UP, .y = 8, .x = 20});
	play_keys(&p, "y");
	assert_string_equal(ui_request_text(p.u), "175.45.177.0/24");
	play_key(&p, (struct key){.code = KEYC_CLICK, .y = 500, .x = -3});
	assert_int_equal(p.fx & FX_QUIT, 0);
	play_close(&p);
}

/* The hardware cursor is at the beginning of the selected row, and that row is marked (terminal.md 4). */
static void test_cursor_for_screen_readers(void **state)
{
	static const char *const views[] = {"", "j", "\t", "\t\t\t", "1", "4", "4\t", "5", "5j"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		struct play p;
		play_open(&p, SCENE_KP_DOWN, false);
		play_keys(&p, views[i]);
		assert_int_equal(p.c.cursor_x, 0);
		assert_in_range(p.c.cursor_y, 1, 22);
		assert_int_equal(canvas_at(&p.c, p.c.cursor_y, 0)->ch, '>');
		play_close(&p);
	}
}

/* The cursor stays on its network when another one comes before it. */
static void test_cursor_keeps_its_network(void **state)
{
	struct play p;

	(void)state;
	play_open(&p, SCENE_KP_UP, false);
	play_keys(&p, "jj");
	struct territory *t = p.s->m.territories[0];
	t->networks = xrealloc(t->networks, 5, sizeof(*t->networks));
	memmove(&t->networks[1], &t->networks[0], 4 * sizeof(*t->networks));
	t->networks[0].v.prefix = scene_prefix("175.45.160.0/24");
	t->network_count++;
	play_keys(&p, "y");
	assert_string_equal(ui_request_text(p.u), "175.45.178.0/24");
	play_close(&p);
}

static void test_watching_too_many(void **state)
{
	struct play p;
	char code[16];

	(void)state;
	play_open(&p, SCENE_EMPTY, true);
	for (int i = 0; i < TERRITORY_MAX; i++) {
		snprintf(code, sizeof(code), "AS%d", i + 1);
		scene_territory(p.s, code, code);
	}
	play_keys(&p, "G\r");
	assert_false(p.fx & FX_WATCH);
	assert_true(shows(&p, "no more than that"));
	play_close(&p);
}

/* Help names every key that works in a view, and nothing that does not. */
static void test_help_is_complete(void **state)
{
	(void)state;
	for (size_t v = 0; v < view_count; v++) {
		struct play p;
		char key[2] = {view_table[v]->key, '\0'};
		play_open(&p, SCENE_KP_UP, false);
		canvas_resize(&p.c, 200, 120);
		play_keys(&p, key);
		play_keys(&p, "?");
		for (int a = 1; a < ACTION_COUNT; a++) {
			char keys[64];
			if ((view_table[v]->actions & ACTION_BIT(a)) &&
			    action_keys(keys, sizeof(keys), (enum action)a)[0])
				assert_true(shows(&p, action_table[a].help));
		}
		assert_false(shows(&p, "view 3"));
		play_close(&p);
	}
}

static void test_views_are_whole(void **state)
{
	(void)state;
	for (size_t v = 0; v < view_count; v++) {
		const struct view_ops *ops = view_table[v];
		assert_true(ops->name[0] && ops->title[0] && ops->help[0]);
		assert_non_null(ops->act);
		assert_non_null(ops->draw);
		assert_int_not_equal(action_from_key((unsigned char)ops->key), ACTION_NONE);
		for (size_t other = 0; other < v; other++)
			assert_int_not_equal(view_table[other]->key, ops->key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_export_names_the_event),
		cmocka_unit_test(test_picker),
		cmocka_unit_test(test_text_field),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_due_and_quiet),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_titles),
		cmocka_unit_test(test_mouse),
		cmocka_unit_test(test_cursor_for_screen_readers),
		cmocka_unit_test(test_cursor_keeps_its_network),
		cmocka_unit_test(test_watching_too_many),
		cmocka_unit_test(test_help_is_complete),
		cmocka_unit_test(test_views_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
