/* Helpers for tests of sources that parse whole replies: load a body, ask, parse, count and find facts, and the three
 * tortures every parser goes through (cut anywhere, every value of another type, unknown bytes). */
#ifndef LANDLINE_TESTS_REPLY_CHECK_H
#define LANDLINE_TESTS_REPLY_CHECK_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "source/source.h"

struct reply_test {
	const struct source_ops *ops;
	const struct source_call *call;
	struct query q;
	struct batch b;
	struct err e;
	int rc;
};

static inline struct wall at(const char *text)
{
	struct wall t = WALL_NONE;

	if (text && wall_parse(text, &t, NULL))
		fail_msg("bad time in a test: %s", text);
	return t;
}

/* A query of `call` about subject, asked at `now`; since may be NULL. */
static inline void reply_ask(struct reply_test *t, const struct source_ops *ops, const char *call, const char *subject,
			     const char *now, const char *since)
{
	*t = (struct reply_test){.ops = ops};
	for (const struct source_call *c = ops->calls; c->name; c++)
		if (!strcmp(c->name, call))
			t->call = c;
	if (!t->call)
		fail_msg("no call '%s'", call);
	t->q = (struct query){.call = t->call, .now = at(now), .since = at(since), .base = "http://test"};
	snprintf(t->q.subject, sizeof(t->q.subject), "%s", subject);
	batch_init(&t->b, 1 << 20);
}

static inline void reply_parse(struct reply_test *t, const char *body, size_t len)
{
	t->e = (struct err){0};
	batch_clear(&t->b);
	t->rc = t->call->parse(body, len, &t->q, &t->b, &t->e);
	assert_true(t->rc <= 0);
	if (t->rc < 0) { /* an error says who and which call, in one line */
		char start[64];
		snprintf(start, sizeof(start), "%s %s", t->ops->name, t->call->name);
		assert_int_equal(t->e.code, t->rc);
		if (strncmp(t->e.msg, start, strlen(start)))
			fail_msg("error does not name source and call: %s", t->e.msg);
		assert_null(strchr(t->e.msg, '\n'));
	}
}

static inline void reply_end(struct reply_test *t)
{
	batch_release(&t->b);
}

static inline char *file_load(const char *folder_env, const char *below, const char *name, size_t *len)
{
	char path[1024];
	const char *folder = getenv(folder_env);

	*len = 0;

	if (!folder)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s/%s", folder, below, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	long size = ftell(f);
	rewind(f);
	assert_true(size >= 0 && size < 64L << 20);
	char *text = malloc((size_t)size + 1);
	assert_non_null(text);
	*len = fread(text, 1, (size_t)size, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static inline char *fixture(const char *source, const char *name, size_t *len)
{
	char below[64];

	snprintf(below, sizeof(below), "fixtures/%s", source);
	char *text = file_load("LANDLINE_TESTS", below, name, len);
	if (!text)
		fail_msg("no fixture %s/%s (is LANDLINE_TESTS set?)", below, name);
	return text;
}

static inline void reply_fixture(struct reply_test *t, const char *name)
{
	size_t len;
	char *text = fixture(t->ops->name, name, &len);

	reply_parse(t, text, len);
	free(text);
}

static inline size_t fact_count(const struct batch *b, enum fact_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += b->facts[i].kind == kind;
	return n;
}

/* The nth fact of a kind, from 0; fails the test when there is none. */
static inline const struct fact *fact_at(const struct batch *b, enum fact_kind kind, size_t n)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->facts[i].kind == kind && n-- == 0)
			return &b->facts[i];
	fail_msg("too few facts of kind %d", (int)kind);
	return NULL;
}

static inline void check_prefix(const struct prefix *p, const char *want)
{
	char text[PREFIX_TEXT_MAX];

	assert_string_equal(prefix_format(text, p), want);
}

static inline void check_time(struct wall t, const char *want)
{
	char text[WALL_TEXT_MAX];

	assert_string_equal(wall_format(text, t), want);
}

/* Cut at each step'th byte: JSON that ends early is never an answer. */
static inline void torture_cut(struct reply_test *t, const char *body, size_t len, size_t step)
{
	for (size_t cut = 0; cut + 2 < len; cut += step) {
		char *part = malloc(cut ? cut : 1); /* its own block, so that a read past the end is seen */
		memcpy(part, body, cut);
		reply_parse(t, part, cut);
		if (t->rc == 0)
			fail_msg("cut at byte %zu of %zu was taken for an answer", cut, len);
		free(part);
	}
}

static inline size_t json_nodes(const cJSON *node)
{
	size_t n = 1;

	for (const cJSON *c = node->child; c; c = c->next)
		n += json_nodes(c);
	return n;
}

static inline cJSON *json_nth(cJSON *node, size_t *n)
{
	if ((*n)-- == 0)
		return node;
	for (cJSON *c = node->child; c; c = c->next) {
		cJSON *found = json_nth(c, n);
		if (found)
			return found;
	}
	return NULL;
}

/* Each value of the tree in turn becomes null, a number, a word, a list, an object, a truth. Anything may come of
 * it but a crash, a wordless error, or a fact with a dirty text. */
static inline void torture_types(struct reply_test *t, const char *body, size_t len)
{
	static const char *const other[] = {
		"null", "-1", "1e308", "\"x\\u001b[2J\\u202e\"", "[]", "[[{}]]", "{\"a\":{}}", "true", "\"\"",
	};
	cJSON *whole = cJSON_ParseWithLength(body, len);

	assert_non_null(whole);
	size_t nodes = json_nodes(whole);
	for (size_t n = 0; n < nodes * ARRAY_LEN(other); n++) {
		cJSON *copy = cJSON_Duplicate(whole, true);
		size_t which = n / ARRAY_LEN(other);
		cJSON *node = json_nth(copy, &which), *swap = cJSON_Parse(other[n % ARRAY_LEN(other)]);
		assert_non_null(node);
		cJSON *child = node->child;
		int type = node->type;
		char *word = node->valuestring;
		double number = node->valuedouble;
		/* exchange the contents, keep name and place */
		node->child = swap->child, node->type = swap->type, node->valuestring = swap->valuestring;
		node->valuedouble = swap->valuedouble;
		swap->child = child, swap->type = type, swap->valuestring = word, swap->valuedouble = number;
		char *text = cJSON_PrintUnformatted(copy);
		assert_non_null(text);
		reply_parse(t, text, strlen(text));
		for (size_t i = 0; i < t->b.count; i++) {
			const struct fact *f = &t->b.facts[i];
			const char *texts[] = {f->collector, f->subject, f->name, f->text};
			for (size_t k = 0; k < ARRAY_LEN(texts); k++)
				if (texts[k] && strpbrk(texts[k], "\x1b\n\x7f"))
					fail_msg("dirty text in a fact: %s", texts[k]);
		}
		free(text);
		cJSON_Delete(swap);
		cJSON_Delete(copy);
	}
	cJSON_Delete(whole);
}

#endif
