/* Tokens, and answers that refuse: what the app knows of both.
 *
 * A token is handed in by the shell, kept here alone, put into jobs, and wiped: it never reaches the model, the store, a
 * log, a recording or a text. A source whose token is not accepted is not asked again until the user asks for it. */
#include "app_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void wipe(struct app *a, int source)
{
	char *token = a->tokens[source];
	if (token)
		explicit_bzero(token, strlen(token));
	free(token);
	a->tokens[source] = NULL;
}

void token_release(struct app *a)
{
	for (int i = 0; i < MODEL_SOURCES_MAX; i++)
		wipe(a, i);
}

static bool is_enabled(const struct app *a, int source)
{
	const struct config_source *c = config_source_find(a->config, source_table[source]->name);
	return c ? c->enabled : !source_table[source]->off_by_default;
}

void token_init(struct app *a, int source)
{
	struct source_state *s = health_source(a, source);
	if (!s || !source_table[source]->needs_token || !is_enabled(a, source))
		return; /* off is off, with a token or without */
	s->needs_token = true;
	s->state = FEED_OFF;
	snprintf(s->advice, sizeof(s->advice), "set token_file in [source.%s]", s->name);
}

static void drop_jobs(struct app *a, int source)
{
	size_t i = 0;
	for (struct job *j; (j = schedule_each(a->schedule, &i));)
		if (j->source == source) {
			if (!j->active)
				i--;
			schedule_drop(a->schedule, j);
		}
}

void app_set_token(struct app *a, int source, const char *token, const char *advice)
{
	struct source_state *s = health_source(a, source);
	const char *known = a->tokens[source];
	if (!s || !source_table[source]->needs_token || !is_enabled(a, source))
		return;
	bool same = token && known && !strcmp(token, known);
	if (!same) {
		wipe(a, source);
		drop_jobs(a, source);
		token_init(a, source);
		a->plan_dirty = true;
	}
	if (!same && token && *token) {
		a->tokens[source] = xstrdup(token);
		a->refused[source] = s->needs_token = false;
		s->state = FEED_NONE;
		s->advice[0] = s->error[0] = '\0';
	}
	if (advice && *advice)
		snprintf(s->advice, sizeof(s->advice), "%.159s", advice);
	a->model.version++;
}

void token_assume(struct app *a, int source)
{
	struct source_state *s = health_source(a, source);
	if (!s || !s->needs_token)
		return;
	s->needs_token = false;
	s->state = FEED_NONE;
	s->advice[0] = '\0';
	a->plan_dirty = true;
}

const char *token_of(const struct app *a, int source)
{
	return a->tokens[source];
}

void token_refuse(struct app *a, int source)
{
	struct source_state *s = health_source(a, source);
	if (!s)
		return;
	a->refused[source] = true;
	s->state = FEED_DOWN;
	snprintf(s->advice, sizeof(s->advice), "token not accepted: check it and its permissions, then press r");
	drop_jobs(a, source);
}

/* A new chance for tokens that were not accepted: the user may have changed them. */
void token_forgive(struct app *a)
{
	for (int i = 0; i < MODEL_SOURCES_MAX; i++)
		if (a->refused[i]) {
			a->refused[i] = false;
			a->model.sources[i].advice[0] = '\0';
			a->plan_dirty = true;
		}
}

bool token_is_bad(const struct app *a, int source)
{
	return a->refused[source];
}
