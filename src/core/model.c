/* The model's lifetime and look-ups: see core/model.h.
 *
 * A fresh territory, signal or source says "not known" in every field that could be read as a measurement: figures are
 * NAN, times unset, states "none". A view that draws one before its first fact therefore draws a gap, never a zero. */
#include "core/model.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void model_init(struct model *m)
{
	*m = (struct model){.now = WALL_NONE, .started = WALL_NONE};
	event_book_init(&m->book);
}

static void territory_free(struct territory *t)
{
	for (size_t i = 0; i < t->signal_count; i++)
		series_release(&t->signals[i].series);
	for (size_t i = 0; i < t->site_count; i++)
		series_release(&t->sites[i].series);
	free(t->networks);
	free(t->operators);
	free(t);
}

void model_release(struct model *m)
{
	for (size_t i = 0; i < m->territory_count; i++)
		territory_free(m->territories[i]);
	for (size_t i = 0; i < m->canary_count; i++)
		series_release(&m->canaries[i].series);
	event_book_release(&m->book);
	*m = (struct model){.now = WALL_NONE, .started = WALL_NONE};
}

struct territory *model_territory(struct model *m, const char *code)
{
	for (size_t i = 0; i < m->territory_count; i++)
		if (strcmp(m->territories[i]->spec.code, code) == 0)
			return m->territories[i];
	return NULL;
}

struct territory *model_add_territory(struct model *m, const struct territory_spec *spec, const char *name)
{
	struct territory *t = model_territory(m, spec->code);

	if (t || m->territory_count == TERRITORY_MAX)
		return t;
	t = xcalloc(1, sizeof(*t));
	t->spec = *spec;
	text_clean_str(t->name, sizeof(t->name), name && name[0] ? name : spec->code);
	t->group = -1;
	t->routing = (struct group_view){
		.loss_pct = NAN,
		.loss_v4_pct = NAN,
		.loss_v6_pct = NAN,
		.space_v4 = NAN,
		.space_v6 = NAN,
		.baseline_v4 = NAN,
		.baseline_v6 = NAN,
		.learned_h = NAN,
		.since = WALL_NONE,
		.phase = "unknown",
	};
	t->verdict = (struct verdict){.kind = VERDICT_UNKNOWN, .since = WALL_NONE, .loss_pct = NAN};
	t->snapshot_time = t->presumed_time = WALL_NONE;
	t->fusion.since = WALL_NONE;
	t->users_up_pct = NAN;
	m->territories[m->territory_count++] = t;
	m->version++;
	return t;
}

struct signal *territory_signal(struct territory *t, const char *source, const char *name)
{
	for (size_t i = 0; i < t->signal_count; i++)
		if (strcmp(t->signals[i].source, source) == 0 && strcmp(t->signals[i].name, name) == 0)
			return &t->signals[i];
	if (t->signal_count == SIGNALS_MAX)
		return NULL;
	struct signal *s = &t->signals[t->signal_count++];
	*s = (struct signal){
		.value = NAN,
		.baseline = NAN,
		.line = NAN,
		.time = WALL_NONE,
		.alarm = WALL_NONE,
		.state = FEED_NONE,
	};
	text_clean_str(s->source, sizeof(s->source), source);
	text_clean_str(s->name, sizeof(s->name), name);
	return s;
}

struct source_state *model_source(struct model *m, const char *name)
{
	for (size_t i = 0; i < m->source_count; i++)
		if (strcmp(m->sources[i].name, name) == 0)
			return &m->sources[i];
	if (m->source_count == MODEL_SOURCES_MAX)
		return NULL;
	struct source_state *s = &m->sources[m->source_count++];
	*s = (struct source_state){
		.state = FEED_NONE,
		.last_success = WALL_NONE,
		.last_try = WALL_NONE,
		.next = WALL_NONE,
		.data_time = WALL_NONE,
		.down_since = WALL_NONE,
		.lag_s = NAN,
	};
	text_clean_str(s->name, sizeof(s->name), name);
	text_clean_str(s->title, sizeof(s->title), name);
	m->version++;
	return s;
}

/* Registries write "STAR-KP Star Joint Venture" or "STAR-KP - Star Joint Venture": a handle, then the holder. The
 * number already stands before it, so a person wants the holder alone. A lone handle, or a name in capitals, stays
 * whole. */
static const char *holder_of(const char *name)
{
	size_t word = strcspn(name, " ");
	const char *rest = name + word + strspn(name + word, " ");
	bool handle = memchr(name, '-', word) != NULL;

	if (strncmp(rest, "- ", 2) == 0 && rest[2])
		return rest + 2;
	for (size_t i = 0; i < word; i++)
		if (islower((unsigned char)name[i]))
			handle = false;
	for (const char *p = rest; handle && *p; p++)
		if (islower((unsigned char)*p))
			return rest;
	return name;
}

void operator_label(const struct operator* o, char *dst, size_t cap)
{
	char full[80];

	snprintf(full, sizeof(full), "AS%u%s%s", o->asn, o->name[0] ? " " : "", holder_of(o->name));
	text_clean_str(dst, cap, full);
}
