/* links: io/store io/store_schema io/store_fields io/store_events io/store_read io/store_samples core/event core/event_life core/event_weigh core/event_log core/event_words core/event_out core/signature_words core/series core/prefix core/state base/err base/mem base/strbuf base/text base/when */
/* Where a store can be, whose file it is, and what a damaged one does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store_rig.h"

/* ---- places and strangers ---- */

static void test_no_store(void **state)
{
	struct event_book b;
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};
	struct event ev;

	(void)state;
	assert_int_equal(store_open(&s, "", false, &e), 0);
	event_book_init(&b);
	struct event *mine = confirmed(&b, "KP", 0);
	must_save(s, &b, 1);
	assert_int_equal(mine->seq, mine->id);
	assert_false(mine->dirty);
	assert_int_equal(store_find_event(s, 1, &ev, &e), ERR_NOT_FOUND);
	assert_int_equal(store_prune(s, wall_at(0), &e), 0);
	assert_int_equal(store_load_events(s, &b, "KP", 5, at(0), &e), 0);
	store_close(s);
	store_close(NULL);
	event_book_release(&b);
}

static void write_file(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static void make_foreign(void)
{
	sql("CREATE TABLE bookmarks(url TEXT); INSERT INTO bookmarks VALUES ('x')");
}
static void make_garbage(void)
{
	write_file("this is no database at all, but long enough to look like one.............."
		   "..................................................................",
		   140);
}
static void make_newer(void)
{
	struct store *s = must_open();
	store_close(s);
	sql("PRAGMA user_version = 99");
}
static void make_empty(void)
{
	write_file("", 0);
}
static void make_folder(void)
{
	assert_int_equal(mkdir(path, 0700), 0);
}
static void make_nothing(void)
{
}

static void test_places(void **state)
{
	static const struct {
		const char *what;
		void (*make)(void);
		bool read_only;
		int code;
		const char *words;
	} cases[] = {
		{"nothing there", make_nothing, false, 0, ""},
		{"nothing to read", make_nothing, true, ERR_NOT_FOUND, "no store at"},
		{"an empty file becomes a store", make_empty, false, 0, ""},
		{"an empty file holds nothing", make_empty, true, ERR_NOT_FOUND, "is empty"},
		{"no database", make_garbage, false, ERR_FILE, "it is not a landline store"},
		{"no database to read", make_garbage, true, ERR_FILE, "it is not a landline store"},
		{"another program's", make_foreign, false, ERR_FILE, "database of another program: not touched"},
		{"of a later version", make_newer, false, ERR_FILE,
		 "version 99, newer than this landline's 2: not touched"},
		{"of a later version, to read", make_newer, true, ERR_FILE, "version 99"},
		{"a folder", make_folder, false, ERR_FILE, "cannot be opened"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct store *s = NULL;
		struct err e = {.code = ERR_OK};
		cases[i].make();
		int code = store_open(&s, path, cases[i].read_only, &e);
		if (code != cases[i].code || !strstr(e.msg, cases[i].words) || (code == 0) != (s != NULL))
			fail_msg("%s: code %d '%s'", cases[i].what, code, e.msg);
		store_close(s);
		if (unlink(path) < 0)
			rmdir(path);
		tear_down(NULL);
		assert_int_equal(mkdir(folder, 0700), 0);
	}
}

static void test_no_place(void **state)
{
	struct store *s = NULL;
	struct err e = {.code = ERR_OK};

	(void)state;
	assert_int_equal(store_open(&s, "/dev/null/landline.db", false, &e), ERR_FILE);
	assert_non_null(strstr(e.msg, "store cannot be opened:"));
	assert_non_null(strstr(e.msg, "/dev/null/landline.db"));
	assert_int_equal(store_open(&s, "/dev/null/landline.db", true, &e), ERR_NOT_FOUND);
	assert_int_equal(store_open(&s, "postgresql://me:secret@db/landline", false, &e), ERR_USAGE);
	assert_null(strstr(e.msg, "secret"));
	assert_null(s);
}

static void test_read_only(void **state)
{
	struct event_book b;
	struct store *s = must_open(), *reader = NULL;
	struct err e;

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	assert_int_equal(store_open(&reader, path, true, &e), 0); /* beside a writer */
	assert_int_equal(state_of(reader, 1), EVENT_CONFIRMED);
	confirmed(&b, "IR", 0);
	assert_int_equal(store_save_events(reader, &b, at(4), &e), ERR_FILE);
	must_save(s, &b, 4);
	assert_int_equal(state_of(reader, 2), EVENT_CONFIRMED);
	store_close(reader);
	store_close(s);
	event_book_release(&b);
}

/* A row that no landline wrote becomes a harmless event. */
static void test_damaged_row(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct strbuf out;
	struct err e;

	(void)state;
	event_book_init(&b);
	confirmed(&b, "KP", 0);
	must_save(s, &b, 3);
	sql("UPDATE events SET state = 'gone', kind = 'x', scope = 7, severity = '', confidence = x'ff', start_ms = -1,"
	    " end_ms = 9223372036854775807, area = -1e300, loss_pct = 1e9, networks_lost = -4, start_error_ms = -5,"
	    " classes = 4095, subject = 'A' || char(27) || '[31mB', territory = 'KP', parent = -3, relapses = 1e18");
	struct event ev = must_find(s, 1);
	assert_int_equal(ev.state, EVENT_UNVERIFIED);
	assert_int_equal(ev.scope, SCOPE_TERRITORY);
	assert_int_equal(ev.kind, VERDICT_PARTIAL);
	assert_false(wall_is_set(ev.start));
	assert_false(wall_is_set(ev.end));
	assert_true(ev.area == 0);
	assert_true(ev.loss_pct == 100);
	assert_int_equal(ev.networks_lost, 0);
	assert_int_equal(ev.start_error_ms, 0);
	assert_int_equal(ev.classes, 0x1F);
	assert_string_equal(ev.subject, "A[31mB");
	assert_int_equal(ev.parent, 0);
	strbuf_init(&out, 65536);
	event_json(&ev, wall_at(10), &out);
	event_explain(&ev, wall_at(10), &out);
	assert_true(out.len > 0);
	strbuf_release(&out);
	free(ev.evidence);
	event_book_release(&b);
	event_book_init(&b);
	assert_int_equal(store_load_events(s, &b, "KP", 5, at(20), &e), 0);
	store_close(s);
	event_book_release(&b);
}

static void test_damaged_file(void **state)
{
	struct event_book b;
	struct store *s = must_open();
	struct err e = {.code = ERR_OK};
	static char noise[2048];

	(void)state;
	event_book_init(&b);
	for (int i = 0; i < 50; i++)
		confirmed(&b, "KP", i * 100);
	must_save(s, &b, 3);
	store_close(s);
	FILE *f = fopen(path, "r+b");
	assert_non_null(f);
	memset(noise, 0x5A, sizeof(noise));
	for (long at_byte = 4096; at_byte < 60000; at_byte += 4096) {
		fseek(f, at_byte, SEEK_SET);
		fwrite(noise, 1, sizeof(noise), f);
	}
	fclose(f);
	event_book_release(&b);
	event_book_init(&b);
	int code = store_open(&s, path, false, &e);
	if (!code) {
		code = store_load_events(s, &b, "KP", 100, at(5), &e);
		store_close(s);
	}
	assert_int_equal(code, ERR_FILE);
	assert_non_null(strstr(e.msg, "it is damaged"));
	event_book_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_store),  TEST(test_places),      TEST(test_no_place),
		TEST(test_read_only), TEST(test_damaged_row), TEST(test_damaged_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
