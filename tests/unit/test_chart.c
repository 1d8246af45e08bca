/* links: core/chart core/series base/strbuf base/when base/err base/mem base/text */
/* The picture of an event: a loss, a gap and the marks are where they belong, in both forms. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/chart.h"

#define MIN_MS 60000LL
#define T0 1419249600000LL /* 2014-12-22T12:00:00Z */

/* 4 networks for 4 hours, none for 2, no data for 1, 4 again for 3. */
static void fill_kp(struct series *s)
{
	series_init(s, 5 * MIN_MS, 288);
	for (int i = 0; i < 120; i++)
		if (i < 72 || i >= 84)
			assert_int_equal(series_put(s, (struct wall){T0 + i * 5 * MIN_MS}, i < 48 || i >= 72 ? 4 : 0), 0);
}

static struct chart kp_chart(const struct series *s)
{
	return (struct chart){
		.title = "KP: all 4 networks withdrawn <16:00> & back",
		.credit = "Source: RIS Live, RIPE NCC",
		.from = {T0},
		.until = {T0 + 600 * MIN_MS},
		.start = {T0 + 240 * MIN_MS},
		.end = {T0 + 420 * MIN_MS},
		.lines = {{"networks visible", "networks", s, 4}},
		.line_count = 1,
	};
}

static void text_shows_loss_gap_and_marks(void **state)
{
	struct series s;
	struct strbuf out;

	(void)state;
	fill_kp(&s);
	struct chart c = kp_chart(&s);
	strbuf_init(&out, 1 << 16);
	chart_text(&c, 70, &out); /* 60 columns, 10 minutes each */
	assert_non_null(strstr(out.text, "       4 |########################                  ##################\n"));
	assert_non_null(strstr(out.text, "       0 |########################            ??????##################\n"));
	assert_non_null(strstr(out.text, "         +------------------------S-----------------E-----------------\n"));
	strbuf_release(&out);
	series_release(&s);
}

static void svg_escapes_and_breaks_the_line_at_a_gap(void **state)
{
	struct series s;
	struct strbuf out;
	unsigned moves = 0;

	(void)state;
	fill_kp(&s);
	struct chart c = kp_chart(&s);
	strbuf_init(&out, 1 << 18);
	chart_svg(&c, &out);
	assert_non_null(strstr(out.text, "withdrawn &lt;16:00&gt; &amp; back</text>"));
	assert_null(strstr(out.text, "nan"));
	assert_non_null(strstr(out.text, ">start 22 Dec 16:00</text>"));
	for (const char *p = strstr(out.text, "d=\""); p && *p && *p != '/'; p++)
		moves += *p == 'M';
	assert_int_equal(moves, 2); /* before the gap and after it */
	strbuf_release(&out);
	series_release(&s);
}

static void nothing_known_is_all_gap(void **state)
{
	struct series s;
	struct strbuf out;

	(void)state;
	series_init(&s, 5 * MIN_MS, 288);
	struct chart c = kp_chart(&s);
	c.lines[0].usual = NAN;
	strbuf_init(&out, 1 << 18);
	chart_text(&c, 50, &out);
	assert_non_null(strstr(out.text, "       0 |????????????????????????????????????????\n"));
	assert_null(strchr(out.text, '#'));
	strbuf_clear(&out);
	chart_svg(&c, &out);
	assert_non_null(strstr(out.text, "d=\"\"/>"));
	strbuf_release(&out);
	series_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_shows_loss_gap_and_marks),
		cmocka_unit_test(svg_escapes_and_breaks_the_line_at_a_gap),
		cmocka_unit_test(nothing_known_is_all_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
