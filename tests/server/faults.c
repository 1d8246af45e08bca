/* Misbehaviour on demand: what goes wrong, where, until when. Words are the scenario's (scenario.c). */
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"

enum { WORDS_MAX = 10 };

static const struct {
	const char *word;
	enum fault_kind kind;
	unsigned number;
} kinds[] = {
	{"slow", FAULT_SLOW, 90},      {"silent", FAULT_SILENT, 0},     {"429", FAULT_429, 30},
	{"500", FAULT_500, 0},         {"html", FAULT_HTML, 0},         {"truncated", FAULT_TRUNCATED, 0},
	{"garbage", FAULT_GARBAGE, 0}, {"gigantic", FAULT_GIGANTIC, 0}, {"cut", FAULT_CUT, 0},
	{"reset", FAULT_RESET, 0},     {"error", FAULT_ERROR, 0},       {"empty", FAULT_EMPTY, 0},
};

static bool matches(const char *pattern, const char *where)
{
	size_t len = strlen(pattern);
	if (len && pattern[len - 1] == '*')
		return !strncmp(pattern, where, len - 1);
	return !strcmp(pattern, where);
}

const struct fault *fault_find(const struct server *s, const char *where)
{
	for (size_t i = s->fault_count; i-- > 0;)
		if (s->now_ms < s->faults[i].until_ms && matches(s->faults[i].where, where))
			return &s->faults[i];
	return NULL;
}

static int64_t span_behind(char **word, size_t count, size_t from, const char *key)
{
	int64_t ms = INT64_MAX;
	for (size_t i = from; i + 1 < count; i++)
		if (!strcmp(word[i], key) && duration_parse(word[i + 1], &ms, NULL) < 0)
			ms = INT64_MAX;
	return ms;
}

static int64_t add(int64_t t, int64_t ms)
{
	return ms == INT64_MAX ? INT64_MAX : t + ms;
}

static void set_fault(struct server *s, char **word, size_t count)
{
	if (count == 2 && !strcmp(word[1], "clear")) {
		s->fault_count = 0;
		for (size_t i = 0; i < CONNS_MAX; i++)
			if (s->conns[i].used && s->conns[i].held && s->conns[i].release_ms == INT64_MAX) {
				s->conns[i].kill = true;
				http_wake(&s->conns[i]);
			}
		return;
	}
	if (count < 3 || s->fault_count == FAULTS_MAX)
		BUG("test server: fault SOURCE/CALL KIND");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].word, word[2]))
			continue;
		struct fault *f = &s->faults[s->fault_count++];
		*f = (struct fault){.kind = kinds[i].kind, .number = kinds[i].number};
		snprintf(f->where, sizeof(f->where), "%.47s", word[1]);
		if (count > 3 && word[3][0] >= '0' && word[3][0] <= '9')
			f->number = (unsigned)strtoul(word[3], NULL, 10);
		f->until_ms = add(s->now_ms, span_behind(word, count, 3, "for"));
		if (matches(f->where, "rislive/stream"))
			stream_fault(s, f);
		return;
	}
	BUG("test server: unknown fault '%s'", word[2]);
}

/* Streams of a feed that is cut end, or go on without a word. */
static void cut_feed(struct server *s, char **word, size_t count)
{
	int64_t ms = INT64_MAX;
	if (count < 3 || duration_parse(word[2], &ms, NULL) < 0)
		BUG("test server: feed cut 10m [silent]");
	s->feed_cut_until = add(s->now_ms, ms);
	s->feed_silent = count > 3 && !strcmp(word[3], "silent");
	if (!s->feed_silent)
		stream_fault(s, &(struct fault){.kind = FAULT_RESET});
}

static void cut_line(struct server *s, char **word, size_t count)
{
	int64_t ms = INT64_MAX;
	if (count < 3 || duration_parse(word[2], &ms, NULL) < 0)
		BUG("test server: line cut 8m");
	s->line_cut_until = add(s->now_ms, ms);
	fault_doors(s);
}

static void sites(struct server *s, char **word, size_t count)
{
	int64_t ms = INT64_MAX;
	if (count > 2 && duration_parse(word[2], &ms, NULL) < 0)
		BUG("test server: sites down [10m]");
	s->sites_down_until = !strcmp(word[1], "up") ? 0 : add(s->now_ms, ms);
	fault_doors(s);
}

static void canaries(struct server *s, char **word, size_t count)
{
	int64_t ms = INT64_MAX;
	if (count > 2 && duration_parse(word[2], &ms, NULL) < 0)
		BUG("test server: canaries-down 2 [10m]");
	s->canaries_down = (unsigned)strtoul(word[1], NULL, 10);
	s->canaries_down_until = add(s->now_ms, ms);
	fault_doors(s);
}

static void streams(struct server *s, char **word, size_t count)
{
	(void)count;
	(void)word;
	stream_fault(s, &(struct fault){.kind = FAULT_RESET});
}

static const struct {
	const char *word;
	void (*set)(struct server *, char **, size_t);
} verbs[] = {
	{"fault", set_fault}, {"feed", cut_feed},          {"line", cut_line},
	{"sites", sites},     {"canaries-down", canaries}, {"streams", streams},
};

void fault_words(struct server *server, const char *words)
{
	char text[256], *word[WORDS_MAX], *s = text;
	size_t count = 0;
	snprintf(text, sizeof(text), "%s", words);
	while (*(s += strspn(s, " ")) && count < WORDS_MAX) {
		word[count++] = s;
		s += strcspn(s, " ");
		if (*s)
			*s++ = '\0';
	}
	for (size_t i = 0; i < ARRAY_LEN(verbs) && count > 1; i++)
		if (!strcmp(verbs[i].word, word[0])) {
			verbs[i].set(server, word, count);
			return;
		}
	BUG("test server: '%s'?", words);
}

void fault_doors(struct server *s)
{
	bool cut = s->now_ms < s->line_cut_until;
	for (unsigned i = 0; i < DOORS; i++) {
		bool site = i == DOOR_SITES && s->now_ms < s->sites_down_until;
		bool canary =
			i >= DOOR_CANARY && i - DOOR_CANARY < s->canaries_down && s->now_ms < s->canaries_down_until;
		door_set(&s->doors[i], cut || site || canary);
	}
}

/* The line is back: what was held dies, as it would, and is asked for again. */
void fault_expire(struct server *s)
{
	bool back = s->line_cut_until && s->now_ms >= s->line_cut_until;
	if (back)
		s->line_cut_until = 0;
	fault_doors(s);
	for (size_t i = 0; i < CONNS_MAX; i++) {
		struct conn *c = &s->conns[i];
		if (!c->used)
			continue;
		if (c->held && s->now_ms >= c->release_ms) {
			c->ready = true;
			http_wake(c);
		} else if (c->held && back && !fault_find(s, c->where)) {
			c->kill = true;
			http_wake(c);
		}
	}
}

static int64_t sooner(const struct server *s, int64_t due, int64_t t)
{
	return t > s->now_ms && t < due ? t : due;
}

int64_t fault_due(const struct server *s)
{
	int64_t due = INT64_MAX;
	due = sooner(s, due, s->feed_cut_until);
	due = sooner(s, due, s->line_cut_until);
	due = sooner(s, due, s->sites_down_until);
	due = sooner(s, due, s->canaries_down_until);
	for (size_t i = 0; i < s->fault_count; i++)
		due = sooner(s, due, s->faults[i].until_ms);
	for (size_t i = 0; i < CONNS_MAX; i++)
		if (s->conns[i].used && s->conns[i].held)
			due = sooner(s, due, s->conns[i].release_ms);
	return due;
}
