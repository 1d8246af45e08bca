/* links: source/rislive source/rislive_feed source/rislive_message core/fact core/prefix base/arena base/err base/mem base/strbuf base/text */
/* RIS Live as a stream: how it is cut into chunks, lines that never end, what ends it, and what is subscribed to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "rislive_check.h"

/* ---- chunks ---- */

/* Every chunk size gives the same facts as one chunk. */
static void test_chunks(void **state)
{
	struct batch whole, b;
	struct err e;
	size_t len;
	char *text = read_fixture("today.jsonl", &len);
	struct stream_reader *r = source_rislive.reader_new();

	(void)state;
	batch_init(&whole, 4096);
	batch_init(&b, 4096);
	assert_int_equal(feed_text(r, text, len, &whole, &e), 0);
	assert_int_equal(whole.count, 11);
	source_rislive.reader_free(r);
	for (size_t chunk = 1; chunk < 700; chunk++) {
		r = source_rislive.reader_new();
		batch_clear(&b);
		for (size_t at = 0; at < len; at += chunk)
			assert_int_equal(feed_text(r, text + at, len - at < chunk ? len - at : chunk, &b, &e), 0);
		if (b.count != whole.count || b.skipped != 0)
			fail_msg("chunks of %zu: %zu facts, %zu skipped", chunk, b.count, b.skipped);
		for (size_t i = 0; i < b.count; i++)
			if (b.facts[i].kind != whole.facts[i].kind || b.facts[i].t.ms != whole.facts[i].t.ms ||
			    !prefix_equal(&b.facts[i].prefix, &whole.facts[i].prefix))
				fail_msg("chunks of %zu: fact %zu differs", chunk, i);
		source_rislive.reader_free(r);
	}
	batch_release(&b);
	batch_release(&whole);
	free(text);
}

/* A tail is kept on its own connection only (bgp.md 5, trap 5), and an unfinished line says nothing. */
static void test_tail(void **state)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct batch b;
	struct err e;

	(void)state;
	batch_init(&b, 4096);
	assert_int_equal(feed_text(r, GOOD, strlen(GOOD) - 1, &b, &e), 0);
	assert_int_equal(b.count, 0);
	source_rislive.reader_free(r);
	r = source_rislive.reader_new();
	assert_int_equal(feed_text(r, GOOD, strlen(GOOD), &b, &e), 0);
	assert_int_equal(b.count, 1);
	assert_int_equal(b.skipped, 0);
	source_rislive.reader_free(r);
	source_rislive.reader_free(NULL);
	batch_release(&b);
}

/* A line of spaces and a good message: dropped above the cap, and then only that line. */
static void test_long_lines(void **state)
{
	static const struct {
		const char *what;
		size_t len, chunk;
		size_t facts;
	} cases[] = {
		{"as long as allowed, in chunks", RISLIVE_LINE_MAX, 16384, 2},
		{"as long as allowed, at once", RISLIVE_LINE_MAX, 16 << 20, 2},
		{"one byte more, in chunks", RISLIVE_LINE_MAX + 1, 16384, 1},
		{"one byte more, at once", RISLIVE_LINE_MAX + 1, 16 << 20, 1},
		{"without an end for a while, in chunks", 5 * (size_t)RISLIVE_LINE_MAX, 16384, 1},
		{"without an end for a while, at once", 5 * (size_t)RISLIVE_LINE_MAX, 16 << 20, 1},
	};
	const size_t good = strlen(GOOD);
	char *text = xmalloc(6 * (size_t)RISLIVE_LINE_MAX);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len = cases[i].len + 1 + good, bad = 2 - cases[i].facts;
		struct stream_reader *r = source_rislive.reader_new();
		struct batch b;
		struct err e;

		memset(text, ' ', len);
		memcpy(text + len - 2 * good, GOOD, good); /* its line feed is not counted */
		memcpy(text + len - good, GOOD, good);
		batch_init(&b, 4096);
		for (size_t at = 0; at < len; at += cases[i].chunk) {
			size_t n = len - at < cases[i].chunk ? len - at : cases[i].chunk;
			assert_int_equal(feed_text(r, text + at, n, &b, &e), 0);
		}
		if (b.count != cases[i].facts + bad || b.skipped != bad)
			fail_msg("%s: %zu facts, %zu skipped", cases[i].what, b.count, b.skipped);
		batch_release(&b);
		source_rislive.reader_free(r);
	}
	free(text);
}

/* ---- what ends a stream ---- */

static void test_ends(void **state)
{
	static const struct {
		const char *what, *text;
		int code;
		const char *msg;
		size_t facts;
	} cases[] = {
		{"ris_error",
		 GOOD "{'type':'ris_error','data':{'message':'too slow: \\u001b[31m\\\"bye\\\"\\n'}}\n" GOOD, ERR_HTTP,
		 "rislive stream: the service says: too slow: [31m\"bye\" ", 2},
		{"ris_error with every escape",
		 "{'type':'ris_error','data':{'message':'\\u00e9\\u20AC\\ud83d\\ude00\\ud83d-\\udc00\\u12\\/"
		 "\\\\\\t.\\q'}}\n",
		 ERR_HTTP,
		 "rislive stream: the service says: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd-\xef\xbf\xbd"
		 "\xef\xbf\xbd" "12/\\ .q", 1},
		{"ris_error without a text", "{'data':{'message':null},'type':'ris_error'}\n", ERR_HTTP,
		 "rislive stream: the service says: no reason given", 1},
		{"a web page", "\n<!DOCTYPE html>\n<html>\n", ERR_PARSE, "rislive stream: the answer is a web page", 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stream_reader *r = source_rislive.reader_new();
		struct batch b;
		struct err e = {0};

		batch_init(&b, 4096);
		assert_int_equal(feed_text(r, cases[i].text, strlen(cases[i].text), &b, &e), cases[i].code);
		assert_string_equal(e.msg, cases[i].msg);
		if (b.count != cases[i].facts)
			fail_msg("%s: %zu facts", cases[i].what, b.count);
		if (b.count > 0) {
			assert_int_equal(b.facts[b.count - 1].kind, FACT_NOTE);
			assert_non_null(strstr(cases[i].msg, b.facts[b.count - 1].text));
		}
		batch_release(&b);
		source_rislive.reader_free(r);
	}
}

/* A very long reason is cut, not overrun. */
static void test_long_reason(void **state)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct strbuf s;
	struct batch b;
	struct err e = {0};

	(void)state;
	strbuf_init(&s, 1 << 16);
	strbuf_adds(&s, "{'type':'ris_error','data':{'message':'");
	for (int i = 0; i < 3000; i++)
		strbuf_adds(&s, "\\u20ac");
	strbuf_adds(&s, "'}}\n");
	batch_init(&b, 4096);
	assert_int_equal(feed_text(r, s.text, s.len, &b, &e), ERR_HTTP);
	assert_int_equal(b.count, 1);
	assert_in_range(strlen(b.facts[0].text), 190, 200);
	assert_true(strlen(e.msg) < ERR_MSG_MAX);
	batch_release(&b);
	strbuf_release(&s);
	source_rislive.reader_free(r);
}

/* A batch that is full is an error, not an overrun. */
static void test_full_batch(void **state)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct batch b;
	struct err e;

	(void)state;
	batch_init(&b, 4096);
	while (b.count < BATCH_FACTS_MAX)
		assert_non_null(batch_add(&b, FACT_ALIVE));
	assert_int_equal(feed_text(r, GOOD, strlen(GOOD), &b, &e), ERR_LIMIT);
	assert_int_equal(b.count, BATCH_FACTS_MAX);
	batch_release(&b);
	source_rislive.reader_free(r);
}

/* ---- asking ---- */

static struct prefix prefix_of(const char *text)
{
	struct prefix p;

	assert_true(prefix_parse(text, strlen(text), &p));
	return p;
}

static char texts[8][8192];

static void test_subscribe(void **state)
{
	struct prefix ranges[] = {
		prefix_of("175.45.178.0/23"), prefix_of("2001:db8::/32"), prefix_of("175.45.176.0/23"),
		prefix_of("175.45.177.0/24"),
	};
	(void)state;
	assert_int_equal(source_rislive.subscribe(ranges, 0, texts, 8), 0);
	assert_int_equal(source_rislive.subscribe(ranges, 4, texts, 0), 0);
	assert_int_equal(source_rislive.subscribe(ranges, 4, texts, 8), 4);
	assert_string_equal(texts[0], "{\"prefix\":[\"175.45.176.0/22\",\"2001:db8::/32\"],\"moreSpecific\":true}");
	assert_string_equal(texts[1], "{\"type\":\"RIS_PEER_STATE\"}");
	assert_string_equal(texts[2], "{\"type\":\"STATE\"}");
	assert_string_equal(texts[3], "{\"type\":\"KEEPALIVE\",\"host\":\"rrc00\"}");
	assert_int_equal(ranges[0].len, 23); /* the caller's list is left alone */
	assert_int_equal(source_rislive.subscribe(ranges, 4, texts, 3), 1); /* no room for all of it: everything */
	assert_string_equal(texts[0], "{}");
}

/* n networks that cannot be joined: each is in exactly one text. */
static void check_packing(const struct prefix *list, size_t n, size_t updates)
{
	char quoted[PREFIX_TEXT_MAX + 2], text[PREFIX_TEXT_MAX];

	for (size_t i = 0; i < n; i++) {
		size_t hits = 0;
		snprintf(quoted, sizeof(quoted), "\"%s\"", prefix_format(text, &list[i]));
		for (size_t k = 0; k < updates; k++)
			hits += strstr(texts[k], quoted) != NULL;
		if (hits != 1)
			fail_msg("%s is in %zu of %zu texts", text, hits, updates);
	}
}

/* Every other /24 of 10.0.0.0/8 from the first-th on. */
static void make_list(struct prefix *list, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		*list++ = (struct prefix){
			.family = 4, .len = 24, .bytes = {10, (uint8_t)(i >> 7), (uint8_t)(i << 1)},
		};
}

static void test_subscribe_many(void **state)
{
	static struct prefix list[3000];
	size_t last = 0, fitting = 0;

	(void)state;
	for (size_t n = 1; n <= ARRAY_LEN(list); n += n / 8 + 1) {
		make_list(list, 0, n);
		size_t got = source_rislive.subscribe(list, n, texts, 8);
		if (got == 1) {
			assert_string_equal(texts[0], "{}");
			continue;
		}
		assert_in_range(got, 4, 7);
		assert_true(got >= last);
		check_packing(list, n, got - 3);
		last = got;
		fitting = n;
	}
	assert_int_equal(last, 7);
	assert_true(fitting >= 80 && fitting < ARRAY_LEN(list)); /* four texts of 511 bytes hold 80 or more */
}

/* No text is longer than a header may be, and each but the last is filled to within one prefix of it. */
static void test_subscribe_lengths(void **state)
{
	static struct prefix list[1700];
	const size_t subject = sizeof(((struct query *)NULL)->subject) - 1, most = subject < 7500 ? subject : 7500;

	(void)state;
	for (size_t first = 0; first < 30; first++) {
		make_list(list, first, most / 5);
		size_t got = source_rislive.subscribe(list, most / 5, texts, 8);
		assert_in_range(got, 5, 7);
		for (size_t k = 0; k + 4 < got; k++)
			assert_in_range(strlen(texts[k]), most - 20, most);
	}
}

static void test_request(void **state)
{
	static const struct {
		const char *subject;
		int code;
		const char *header;
	} cases[] = {
		{"{\"type\":\"STATE\"}", 0, "X-RIS-Subscribe: {\"type\":\"STATE\"}"},
		{"", 0, ""},
		{"{}\r\nCookie: x", ERR_USAGE, ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct query q = {.call = source_rislive.calls, .now = {T}, .since = WALL_NONE,
			.base = "https://ris.example"};
		struct request r;
		struct err e;

		snprintf(q.subject, sizeof(q.subject), "%s", cases[i].subject);
		strbuf_init(&r.url, 8192);
		strbuf_init(&r.header, 8192);
		assert_int_equal(source_rislive.calls[0].request(&q, &r, &e), cases[i].code);
		assert_string_equal(r.header.text, cases[i].header);
		if (cases[i].code == 0)
			assert_string_equal(r.url.text, "https://ris.example/v1/stream/?format=json&client=landline");
		strbuf_release(&r.url);
		strbuf_release(&r.header);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks), cmocka_unit_test(test_tail), cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_ends), cmocka_unit_test(test_long_reason), cmocka_unit_test(test_full_batch),
		cmocka_unit_test(test_subscribe), cmocka_unit_test(test_subscribe_many),
		cmocka_unit_test(test_subscribe_lengths), cmocka_unit_test(test_request),
	};
	return cmocka_run_group_tests_name("source/rislive stream", tests, NULL, NULL);
}
