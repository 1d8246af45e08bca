/* links: app/app_archive base/[a-z]* */
/* Which files of the archives a replay needs, and what a listing says of their sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "app/app_archive.h"
#include "base/mem.h"

static struct wall at(const char *text)
{
	struct wall t;
	assert_int_equal(wall_parse(text, &t, NULL), 0);
	return t;
}

static int plan(struct archive_plan *p, const char *from, const char *until, const char *names, struct err *e)
{
	return archive_plan(p, at(from), at(until), names, "https://data.ris.ripe.net",
			    "https://archive.routeviews.org", at("2026-11-22T12:00Z"), e);
}

static bool has(const struct archive_plan *p, const char *url)
{
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(p->files[i].url, url))
			return true;
	return false;
}

static void test_names(void **state)
{
	static const char *const urls[] = {
		/* bgp.md 8 */
		"https://data.ris.ripe.net/rrc00/2014.12/bview.20141222.1600.gz",
		"https://data.ris.ripe.net/rrc00/2014.12/updates.20141222.1615.gz",
		"https://archive.routeviews.org/bgpdata/2014.12/RIBS/rib.20141222.1600.bz2",
		"https://archive.routeviews.org/route-views.linx/bgpdata/2014.12/UPDATES/updates.20141222.1615.bz2",
	};
	struct archive_plan p;
	struct err e = {0};
	(void)state;
	assert_int_equal(
		plan(&p, "2014-12-22T16:10Z", "2014-12-22T17:00Z", "rrc00,route-views2,route-views.linx,rrc00", &e), 0);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++)
		if (!has(&p, urls[i]))
			fail_msg("not planned: %s", urls[i]);
	assert_int_equal(p.collector_count, 3);
	assert_int_equal(p.count, 1 + 12 + 1 + 4 + 1 + 4);
	assert_true(p.base.ms == at("2014-12-22T16:00Z").ms);
	assert_true(p.files[0].table && p.files[2].table && !p.files[3].table);
	for (size_t i = 4; i < p.count; i++)
		assert_true(p.files[i - 1].from.ms <= p.files[i].from.ms);
	assert_string_equal(p.files[0].path, "mrt/route-views2/rib.20141222.1600.bz2");
	archive_plan_release(&p);
}

static void test_spans(void **state)
{
	static const struct {
		const char *what, *from, *until;
		size_t files;
		const char *base;
	} rows[] = {
		{"from eight hours before, when it must", "2014-12-22T15:59Z", "2014-12-22T16:00Z", 1 + 96,
		 "2014-12-22T08:00Z"},
		{"over a month's end", "2014-12-31T23:00Z", "2015-01-01T00:10Z", 1 + 98, "2014-12-31T16:00Z"},
		{"quarters of an hour in 2002", "2002-07-22T16:00Z", "2002-07-22T17:00Z", 1 + 4, "2002-07-22T16:00Z"},
		{"nothing from the future", "2026-11-22T11:50Z", "2026-11-22T13:00Z", 1 + 48, "2026-11-22T08:00Z"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct archive_plan p;
		struct err e = {0};
		print_message("%s\n", rows[i].what);
		assert_int_equal(plan(&p, rows[i].from, rows[i].until, "rrc00", &e), 0);
		assert_int_equal(p.count, rows[i].files);
		assert_true(p.base.ms == at(rows[i].base).ms);
		archive_plan_release(&p);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *what, *from, *until, *names, *error;
	} rows[] = {
		{"backwards", "2014-12-22", "2014-12-21", NULL, "--until is not after --at"},
		{"too long", "2014-12-22", "2015-12-21", NULL, "more than 31 days at once"},
		{"tomorrow", "2027-01-01", "2027-01-02", NULL, "--at is not in the past"},
		{"a slip", "2014-12-22", "2014-12-23", "rcc00", "unknown collector 'rcc00'; did you mean 'rrc00'?"},
		{"nobody", "2014-12-22", "2014-12-23", ",",
		 "unknown collector ''; rrc00 to rrc26, route-views2 and others: `landline help sources`"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct archive_plan p;
		struct err e = {0};
		print_message("%s\n", rows[i].what);
		assert_int_equal(plan(&p, rows[i].from, rows[i].until, rows[i].names, &e), ERR_USAGE);
		assert_string_equal(e.msg, rows[i].error);
		assert_int_equal(p.count, 0);
	}
}

static void miss(struct archive_plan *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strstr(p->files[i].url, name))
			p->files[i].missing = true;
}

/* After a hole the next table dump is wanted, and the one after that when it is not there either; not in a hole's middle. */
static void test_returns(void **state)
{
	static const struct {
		const char *what, *collector, *missing[4];
		size_t added;
		const char *table;
	} rows[] = {
		{"nothing is missing", "rrc00", {NULL}, 0, NULL},
		{"one file", "rrc00", {"updates.20141222.0105"}, 1, "bview.20141222.0800"},
		{"two holes, one dump", "rrc00", {"updates.20141222.0105", "updates.20141222.0300"}, 1, "bview.20141222.0800"},
		{"two holes, two dumps", "rrc00", {"updates.20141222.0105", "updates.20141222.1205"}, 2, "bview.20141222.1600"},
		{"RouteViews has them more often", "route-views2", {"updates.20141222.0115"}, 1, "rib.20141222.0200"},
		{"in the middle of a hole", "rrc00", {"updates.20141222.075", "updates.20141222.080"}, 1, "bview.20141222.1600"},
		{"up to the end", "rrc00", {"updates.20141222.235"}, 0, NULL},
		{"the dump is not there", "rrc00", {"updates.20141222.0105", "bview.20141222.0800"}, 1, "bview.20141222.1600"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct archive_plan p;
		struct err e = {0};
		print_message("%s\n", rows[i].what);
		assert_int_equal(plan(&p, "2014-12-22T00:00Z", "2014-12-23T00:00Z", rows[i].collector, &e), 0);
		for (size_t k = 0; k < ARRAY_LEN(rows[i].missing) && rows[i].missing[k]; k++)
			miss(&p, rows[i].missing[k]);
		size_t added = archive_plan_returns(&p, "http://x", "http://y");
		for (size_t k = 0; k < ARRAY_LEN(rows[i].missing) && rows[i].missing[k]; k++)
			miss(&p, rows[i].missing[k]);
		if (i + 1 == ARRAY_LEN(rows))
			added = archive_plan_returns(&p, "http://x", "http://y");
		assert_int_equal(added, rows[i].added);
		if (rows[i].table) {
			bool found = false;
			for (size_t k = 0; k < p.count; k++)
				found |= strstr(p.files[k].url, rows[i].table) != NULL;
			assert_true(found);
		}
		assert_int_equal(archive_plan_returns(&p, "http://x", "http://y"), 0); /* planned already */
		archive_plan_release(&p);
	}
}

static void test_listings(void **state)
{
	static const struct {
		const char *what, *html;
		uint64_t bytes;
	} rows[] = {
		{"Apache, preformatted",
		 "<img> <a href=\"updates.20141222.1615.gz\">updates.20141222.1615.gz</a>  22-Dec-2014 16:20  152K\n",
		 155648},
		{"Apache, a table",
		 "<tr><td><a href=\"updates.20141222.1615.gz\">u..</a></td><td align=\"right\">2014-12-22 16:20  </td>"
		 "<td align=\"right\">1.5M</td><td>&nbsp;</td></tr>",
		 1572864},
		{"nginx, bytes",
		 "<a href=\"updates.20141222.1615.gz\">updates.20141222.1615.gz</a>   22-Dec-2014 16:20       "
		 "155012\r\n",
		 155012},
		{"no size",
		 "<a href=\"updates.20141222.1615.gz\">x</a> 22-Dec-2014 16:20 -\n<a href=\"b\">b</a> 12 7K\n", 0},
		{"another file", "<a href=\"updates.20141222.1620.gz\">x</a> 152K\n", 0},
		{"cut short", "<a href=\"updates.20141222.1615.gz\"", 0},
		{"empty", "", 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		assert_int_equal(archive_listing_size(rows[i].html, "updates.20141222.1615.gz"), rows[i].bytes);
	}
}

static void test_words(void **state)
{
	struct archive_plan p;
	struct strbuf text;
	struct err e = {0};
	char size[16];
	(void)state;
	assert_int_equal(plan(&p, "2014-12-22T16:00Z", "2014-12-22T16:15Z", "rrc00", &e), 0);
	p.files[0].bytes = 12000000;
	p.files[1].bytes = 152000;
	p.files[2].have = true;
	p.files[3].missing = true;
	strbuf_init(&text, 4096);
	archive_plan_text(&p, &text);
	assert_string_equal(
		text.text,
		"2014-12-22T16:00:00Z to 2014-12-22T16:15:00Z, from the table dumps of 2014-12-22T16:00:00Z\n"
		"  rrc00                    4 files, 1 in the cache, 1 not in the archive, 2 to fetch, 12 MB\n"
		"4 files, 2 to fetch, 12 MB\n");
	strbuf_release(&text);
	assert_string_equal(archive_bytes(size, 999), "999 B");
	assert_string_equal(archive_bytes(size, 4200000), "4.2 MB");
	archive_plan_release(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),    cmocka_unit_test(test_spans), cmocka_unit_test(test_errors),
		cmocka_unit_test(test_returns),  cmocka_unit_test(test_listings), cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
