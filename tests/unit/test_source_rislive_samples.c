/* links: source/rislive source/rislive_feed source/rislive_message core/fact core/prefix base/arena base/err base/mem base/strbuf base/text */
/* RIS Live against real recordings, with a second opinion: each line also goes through cJSON, and what a plain
 * reading of the tree gives must be what the scanner gave. Then again with the members shuffled and with spaces,
 * where the scanner's guesses about the order of keys are all wrong. Last, every line cut short at every length:
 * never half a message. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "source/rislive.h"

#define LINE_MAX_LEN (1 << 16)
#define SHUFFLED_LINES 400 /* of each file */
#define CUT_LINES 10

static const struct sample {
	const char *file;
	size_t lines;
} samples[] = {
	{"ris-live-frames-2026-09-10.jsonl", 7},
	{"rislive-2025-2026-single.jsonl", 3},
	{"rislive-2019-11-13-part1.jsonl", 10},
	{"rislive-2019-11-15-as-set.jsonl", 1},
	{"rislive-2019-05-23-part1.jsonl", 500},
	{"converted-from-mrt-20160811.jsonl.gz", 17406},
};

static gzFile open_sample(const char *folder, const char *file)
{
	const char *shared = getenv("LANDLINE_SHARED");
	char path[512];

	snprintf(path, sizeof(path), "%s/samples/%s/%s", shared ? shared : ".", folder, file);
	return gzopen(path, "rb"); /* reads plain files too */
}

/* A line without its line feed; false at the end. */
static bool read_line(gzFile f, char *line)
{
	if (!gzgets(f, line, LINE_MAX_LEN))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static void feed_line(const char *line, struct batch *b)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct err e = {0};
	size_t len = strlen(line);
	char *copy = xmalloc(len + 1);

	memcpy(copy, line, len);
	copy[len] = '\n';
	batch_clear(b);
	if (source_rislive.feed(r, copy, len + 1, b, &e) < 0 && e.code != ERR_HTTP)
		fail_msg("%s: %s", line, e.msg);
	free(copy);
	source_rislive.reader_free(r);
}

/* ---- the second opinion ---- */

struct route { struct prefix prefix; bool withdrawn; };
struct opinion { struct route routes[8192]; size_t count; };

static void add_route(struct opinion *o, const cJSON *text, bool withdrawn)
{
	struct route r = {.withdrawn = withdrawn};

	if (!cJSON_IsString(text) || !prefix_parse(text->valuestring, strlen(text->valuestring), &r.prefix))
		return;
	for (size_t i = 0; i < o->count; i++)
		if (prefix_equal(&o->routes[i].prefix, &r.prefix)) /* announcements are added first: they win */
			return;
	assert_true(o->count < ARRAY_LEN(o->routes));
	o->routes[o->count++] = r;
}

static const cJSON *member(const cJSON *object, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(object, key);
}

static bool is_text(const cJSON *item, const char *text)
{
	return cJSON_IsString(item) && strcmp(item->valuestring, text) == 0;
}

static void read_routes(const cJSON *data, struct opinion *o)
{
	const cJSON *group, *prefix;

	o->count = 0;
	if (!is_text(member(data, "type"), "UPDATE"))
		return;
	cJSON_ArrayForEach(group, member(data, "announcements"))
		cJSON_ArrayForEach(prefix, member(group, "prefixes"))
			add_route(o, prefix, false);
	cJSON_ArrayForEach(prefix, member(data, "withdrawals"))
		add_route(o, prefix, true);
}

/* Origin and the different AS before it; 0 when it is a set or not there. */
static void read_path(const cJSON *data, uint32_t *origin, uint32_t *upstream)
{
	const cJSON *path = member(data, "path");
	int i = cJSON_GetArraySize(path) - 1;

	*origin = *upstream = 0;
	if (i < 0)
		return;
	const cJSON *last = cJSON_GetArrayItem(path, i);
	*origin = cJSON_IsNumber(last) ? (uint32_t)last->valuedouble : 0;
	for (i--; i >= 0; i--) {
		const cJSON *as = cJSON_GetArrayItem(path, i);
		uint32_t n = cJSON_IsNumber(as) ? (uint32_t)as->valuedouble : 0;
		if (n == 0 || n != *origin) {
			*upstream = n;
			return;
		}
	}
}

static const struct fact *find_fact(const struct batch *b, const struct route *r)
{
	enum fact_kind kind = r->withdrawn ? FACT_WITHDRAW : FACT_ANNOUNCE;

	for (size_t i = 0; i < b->count; i++)
		if (b->facts[i].kind == kind && prefix_equal(&b->facts[i].prefix, &r->prefix))
			return &b->facts[i];
	return NULL;
}

static void check_session(const char *line, const struct fact *f, const cJSON *data)
{
	const cJSON *peer = member(data, "peer"), *asn = member(data, "peer_asn"), *host = member(data, "host");
	const cJSON *time = member(data, "timestamp");
	struct addr a;

	if (!addr_parse(peer->valuestring, strlen(peer->valuestring), &a) || !addr_equal(&a, &f->addr) ||
	    f->asn != strtoul(asn->valuestring, NULL, 10) ||
	    strncmp(f->collector, host->valuestring, strlen(f->collector)) != 0)
		fail_msg("another session: %s", line);
	if (f->t.ms != (int64_t)(time->valuedouble * 1000 + 0.5))
		fail_msg("another time, %lld: %s", (long long)f->t.ms, line);
}

static void compare(const char *line, const struct batch *b, const cJSON *tree)
{
	static struct opinion o;
	const cJSON *data = member(tree, "data");
	uint32_t origin, upstream;
	size_t routes = 0;

	if (!is_text(member(tree, "type"), "ris_message"))
		return;
	read_routes(data, &o);
	read_path(data, &origin, &upstream);
	for (size_t i = 0; i < b->count; i++) {
		routes += b->facts[i].kind == FACT_ANNOUNCE || b->facts[i].kind == FACT_WITHDRAW;
		check_session(line, &b->facts[i], data);
	}
	if (routes != o.count)
		fail_msg("%zu routes, cJSON says %zu: %s", routes, o.count, line);
	for (size_t i = 0; i < o.count; i++) {
		const struct fact *f = find_fact(b, &o.routes[i]);
		if (!f)
			fail_msg("a route is missing: %s", line);
		else if (f->kind == FACT_ANNOUNCE && (f->asn2 != origin || f->upstream != upstream))
			fail_msg("origin %u upstream %u, not %u and %u: %s", f->asn2, f->upstream, origin, upstream,
				line);
	}
}

/* ---- tests ---- */

static uint32_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/* Every member to a place of its own choosing. */
static void shuffle(cJSON *object)
{
	for (int n = cJSON_GetArraySize(object), i = 0; i < n; i++) {
		cJSON *item = cJSON_DetachItemFromArray(object, (int)draw((uint32_t)n));
		char *key = xstrdup(item->string);
		cJSON_AddItemToObject(object, key, item);
		free(key);
	}
}

/* The same message with its members in another order; printed with spaces every other time. */
static void check_shuffled(cJSON *tree, struct batch *b)
{
	cJSON *data = cJSON_GetObjectItemCaseSensitive(tree, "data"), *group;

	shuffle(data);
	cJSON_ArrayForEach(group, cJSON_GetObjectItemCaseSensitive(data, "announcements"))
		shuffle(group);
	shuffle(tree);
	char *text = draw(2) ? cJSON_Print(tree) : cJSON_PrintUnformatted(tree);
	for (char *p = text; *p; p++)
		if (*p == '\n')
			*p = ' ';
	feed_line(text, b);
	assert_int_equal(b->skipped, 0);
	compare(text, b, tree);
	cJSON_free(text);
}

static void test_second_opinion(void **state)
{
	static char line[LINE_MAX_LEN];
	size_t files = 0;
	struct batch b;

	(void)state;
	batch_init(&b, 1 << 16);
	seed = 20141222;
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		gzFile f = open_sample("rislive", samples[i].file);
		size_t lines = 0;
		if (!f)
			continue;
		files++;
		for (; read_line(f, line); lines++) {
			cJSON *tree = cJSON_Parse(line);
			assert_non_null(tree);
			feed_line(line, &b);
			if (b.skipped != 0)
				fail_msg("%s: skipped: %s", samples[i].file, line);
			compare(line, &b, tree);
			if (lines < SHUFFLED_LINES)
				check_shuffled(tree, &b);
			cJSON_Delete(tree);
		}
		gzclose(f);
		assert_int_equal(lines, samples[i].lines);
	}
	batch_release(&b);
	if (files == 0) {
		print_message("skipped: no samples under LANDLINE_SHARED\n");
		skip();
	}
}

/* The types file: one of each, then a ris_error in the middle, then a line that is cut short. */
static void test_types(void **state)
{
	static const struct { enum fact_kind kind; bool flag; int code; size_t skipped; } want[] = {
		{FACT_ANNOUNCE, false, 0, 0}, {FACT_PEER_STATE, false, 0, 0}, {FACT_NOTE, false, ERR_HTTP, 0},
		{FACT_ALIVE, false, 0, 0}, {FACT_ALIVE, false, 0, 0}, {FACT_ALIVE, false, 0, 0},
		 {FACT_NOTE, false, 0, 1},
	};
	static char line[LINE_MAX_LEN];
	gzFile f = open_sample("rislive", "rislive-2019-03-26-types.jsonl");
	struct stream_reader *r = source_rislive.reader_new();
	struct batch b;
	struct err e;

	(void)state;
	batch_init(&b, 4096);
	for (size_t i = 0; f && i < ARRAY_LEN(want); i++) {
		assert_true(read_line(f, line));
		size_t len = strlen(line);
		line[len] = '\n'; /* read_line left room for it */
		batch_clear(&b);
		assert_int_equal(source_rislive.feed(r, line, len + 1, &b, &e), want[i].code);
		assert_int_equal(b.count, 1);
		assert_int_equal(b.facts[0].kind, want[i].kind);
		assert_int_equal(b.facts[0].flag, want[i].flag);
		assert_int_equal(b.skipped, want[i].skipped);
	}
	batch_release(&b);
	source_rislive.reader_free(r);
	if (!f) {
		print_message("skipped: no samples under LANDLINE_SHARED\n");
		skip();
	}
	gzclose(f);
}

/* The invented outage of 2014, as it comes off a socket. The figures were counted by another program. */
static void test_outage(void **state)
{
	static char block[4096];
	gzFile f = open_sample("synthetic-kp-20141222", "rislive.jsonl.gz");
	struct stream_reader *r = source_rislive.reader_new();
	struct prefix kp;
	struct batch b;
	struct err e;
	size_t counts[FACT_KIND_COUNT] = {0}, of_kp = 0, skipped = 0;

	(void)state;
	assert_true(prefix_parse("175.45.176.0/22", 15, &kp));
	batch_init(&b, 1 << 16);
	for (int n; f && (n = gzread(f, block, sizeof(block))) > 0;) {
		batch_clear(&b);
		assert_int_equal(source_rislive.feed(r, block, (size_t)n, &b, &e), 0);
		skipped += b.skipped;
		for (size_t i = 0; i < b.count; i++) {
			counts[b.facts[i].kind]++;
			of_kp += b.facts[i].kind == FACT_WITHDRAW && prefix_covers(&kp, &b.facts[i].prefix);
		}
	}
	batch_release(&b);
	source_rislive.reader_free(r);
	if (!f) {
		print_message("skipped: no samples under LANDLINE_SHARED\n");
		skip();
	}
	gzclose(f);
	assert_int_equal(counts[FACT_ANNOUNCE], 12824);
	assert_int_equal(counts[FACT_WITHDRAW], 403);
	assert_int_equal(of_kp, 160); /* 40 peers, 4 networks */
	assert_int_equal(counts[FACT_PEER_STATE], 2);
	assert_int_equal(counts[FACT_ALIVE] + counts[FACT_NOTE] + skipped, 0);
}

/* A line that is cut at any length gives a note and no other fact. */
static void test_cut_lines(void **state)
{
	static char line[LINE_MAX_LEN];
	gzFile f = open_sample("rislive", "ris-live-frames-2026-09-10.jsonl");
	struct batch b;

	(void)state;
	batch_init(&b, 4096);
	for (size_t i = 0; f && i < CUT_LINES && read_line(f, line); i++) {
		for (size_t len = strlen(line) - 1; len > 0; len--) {
			line[len] = '\0';
			feed_line(line, &b);
			if (b.count != 1 || b.facts[0].kind != FACT_NOTE || b.skipped != 1)
				fail_msg("half a message was believed: %s", line);
		}
	}
	batch_release(&b);
	if (!f) {
		print_message("skipped: no samples under LANDLINE_SHARED\n");
		skip();
	}
	gzclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_opinion), cmocka_unit_test(test_types), cmocka_unit_test(test_outage),
		cmocka_unit_test(test_cut_lines),
	};
	return cmocka_run_group_tests_name("source/rislive samples", tests, NULL, NULL);
}
