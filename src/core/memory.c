/* What the store knew as text and back: see core/memory.h. Events are a table of fields, so that one cannot be written and not
 * read. */
#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define WORDS_MAX 10

/* The text's words, cut at spaces; a copy in `copy`. Returns how many. */
static size_t split(const char *text, char *copy, size_t cap, char *words[WORDS_MAX])
{
	size_t n = 0;
	snprintf(copy, cap, "%s", text);
	for (char *p = copy; n < WORDS_MAX;) {
		p += strspn(p, " \n");
		if (!*p)
			break;
		words[n++] = p;
		p += strcspn(p, " \n");
		if (*p)
			*p++ = '\0';
	}
	return n;
}

static int64_t number(const char *s)
{
	return strtoll(s, NULL, 10);
}

/* ---- networks ---- */

void memory_put_net(struct strbuf *out, const char *territory, const struct net_memory *m, uint32_t origin)
{
	char prefix[PREFIX_TEXT_MAX];
	strbuf_addf(out, "%s %s %s %.17g %u %" PRId64 " %" PRId64 " %u", territory, prefix_format(prefix, &m->prefix),
		    net_state_name(m->state), m->v0, m->learned_h, m->since.ms, m->saved.ms, origin);
}

bool memory_get_net(const char *text, char territory[TERRITORY_CODE_MAX], struct net_memory *m, uint32_t *origin)
{
	char copy[300], *w[WORDS_MAX];
	memset(m, 0, sizeof(*m));
	if (split(text, copy, sizeof(copy), w) != 8 || strlen(w[0]) >= TERRITORY_CODE_MAX || !prefix_parse(w[1], strlen(w[1]), &m->prefix))
		return false;
	snprintf(territory, TERRITORY_CODE_MAX, "%s", w[0]);
	int state = 0;
	while (state < NET_STATE_COUNT && strcmp(w[2], net_state_name((enum net_state)state)) != 0)
		state++;
	m->state = state < NET_STATE_COUNT ? (enum net_state)state : NET_UNKNOWN;
	m->v0 = strtod(w[3], NULL);
	if (!(m->v0 >= 0 && m->v0 <= 1))
		m->v0 = NAN;
	int64_t hours = number(w[4]);
	m->learned_h = hours < 0 ? 0 : hours > 24 ? 24 : (unsigned)hours;
	m->since.ms = number(w[5]);
	m->saved.ms = number(w[6]);
	*origin = (uint32_t)number(w[7]);
	return true;
}

/* ---- sources ---- */

void memory_put_source(struct strbuf *out, const struct source_state *s)
{
	strbuf_addf(out, "%s %" PRId64 " %" PRId64 " %" PRId64 "\n%s", s->name, s->last_success.ms, s->last_try.ms, s->data_time.ms, s->error);
}

bool memory_get_source(const char *text, struct source_state *s)
{
	char copy[200], *w[WORDS_MAX];
	const char *error = strchr(text, '\n');
	memset(s, 0, sizeof(*s));
	if (!error || split(text, copy, sizeof(copy), w) < 4 || strlen(w[0]) >= sizeof(s->name))
		return false;
	snprintf(s->name, sizeof(s->name), "%s", w[0]);
	s->last_success.ms = number(w[1]);
	s->last_try.ms = number(w[2]);
	s->data_time.ms = number(w[3]);
	text_clean_str(s->error, sizeof(s->error), error + 1);
	return true;
}

/* ---- events ---- */

enum field_type { FIELD_TEXT, FIELD_INT64, FIELD_DOUBLE, FIELD_UNSIGNED, FIELD_ENUM, FIELD_BOOL };

#define FIELD(name, type_, limit_) {#name, type_, offsetof(struct event, name), sizeof(((struct event *)0)->name), limit_}
static const struct field { const char *key; enum field_type type; size_t offset, size; int limit; } fields[] = {
	FIELD(seq, FIELD_INT64, 0),             FIELD(territory, FIELD_TEXT, 0),
	FIELD(scope, FIELD_ENUM, SCOPE_COUNT),  FIELD(subject, FIELD_TEXT, 0),
	FIELD(kind, FIELD_ENUM, VERDICT_KIND_COUNT), FIELD(state, FIELD_ENUM, EVENT_STATE_COUNT),
	FIELD(before_unverified, FIELD_ENUM, EVENT_STATE_COUNT),
	FIELD(start, FIELD_INT64, 0),           FIELD(end, FIELD_INT64, 0),
	FIELD(confirmed, FIELD_INT64, 0),       FIELD(start_error_ms, FIELD_INT64, 0),
	FIELD(end_error_ms, FIELD_INT64, 0),    FIELD(easing_since, FIELD_INT64, 0),
	FIELD(changed, FIELD_INT64, 0),         FIELD(unverified_since, FIELD_INT64, 0),
	FIELD(unverified_ms, FIELD_INT64, 0),   FIELD(loss_pct, FIELD_DOUBLE, 0),
	FIELD(loss_peak_pct, FIELD_DOUBLE, 0),  FIELD(area, FIELD_DOUBLE, 0),
	FIELD(networks_lost, FIELD_UNSIGNED, 0), FIELD(networks_total, FIELD_UNSIGNED, 0),
	FIELD(relapses, FIELD_UNSIGNED, 0),     FIELD(transitions, FIELD_UNSIGNED, 0),
	FIELD(severity, FIELD_ENUM, SEVERITY_COUNT), FIELD(confidence, FIELD_ENUM, CONFIDENCE_COUNT),
	FIELD(classes, FIELD_UNSIGNED, 0),      FIELD(missing, FIELD_UNSIGNED, 0),
	FIELD(parent, FIELD_INT64, 0),          FIELD(via_asn, FIELD_UNSIGNED, 0),
	FIELD(late, FIELD_BOOL, 0),             FIELD(lost_now, FIELD_UNSIGNED, 0),
	FIELD(below_half_ms, FIELD_INT64, 0),   FIELD(restored, FIELD_BOOL, 0),
};

void memory_put_event(struct strbuf *out, const struct event *ev)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const struct field *f = &fields[i];
		const char *p = (const char *)ev + f->offset;
		strbuf_addf(out, "%s=", f->key);
		switch (f->type) {
		case FIELD_TEXT: strbuf_adds(out, p); break;
		case FIELD_INT64: strbuf_addf(out, "%" PRId64, *(const int64_t *)(const void *)p); break;
		case FIELD_DOUBLE: strbuf_addf(out, "%.17g", *(const double *)(const void *)p); break;
		case FIELD_UNSIGNED:
		case FIELD_ENUM: strbuf_addf(out, "%u", *(const unsigned *)(const void *)p); break;
		case FIELD_BOOL: strbuf_addf(out, "%d", *(const bool *)(const void *)p); break;
		}
		strbuf_addc(out, '\n');
	}
}

static bool take_field(struct event *ev, const struct field *f, const char *value)
{
	char *p = (char *)ev + f->offset;
	int64_t v = f->type == FIELD_TEXT || f->type == FIELD_DOUBLE ? 0 : number(value);
	switch (f->type) {
	case FIELD_TEXT: text_clean_str(p, f->size, value); return true;
	case FIELD_INT64: *(int64_t *)(void *)p = v; return true;
	case FIELD_DOUBLE: *(double *)(void *)p = strtod(value, NULL); return true;
	case FIELD_UNSIGNED: *(unsigned *)(void *)p = (unsigned)v; return v >= 0 && v <= UINT32_MAX;
	case FIELD_ENUM: *(unsigned *)(void *)p = (unsigned)v; return v >= 0 && v < f->limit;
	case FIELD_BOOL: *(bool *)(void *)p = v != 0; return true;
	}
	return false;
}

bool memory_get_event(const char *text, struct event *ev)
{
	char line[200];
	memset(ev, 0, sizeof(*ev));
	ev->start = ev->end = ev->confirmed = ev->easing_since = ev->changed = ev->unverified_since = WALL_NONE;
	while (*text) {
		size_t n = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)(n < sizeof(line) ? n : sizeof(line) - 1), text);
		text += n + (text[n] == '\n');
		char *value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = '\0';
		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			if (!strcmp(fields[i].key, line) && !take_field(ev, &fields[i], value))
				return false;
	}
	return ev->seq > 0 && ev->subject[0] && ev->territory[0];
}

/* ---- series ---- */

#define SERIES_STEP_MAX (366 * 86400000LL)
#define SERIES_COUNT_MAX 100000

void memory_put_series(struct strbuf *out, const struct series_name *name, const struct series *s)
{
	strbuf_addf(out, "%s %s %s %" PRId64 " %" PRId64 "\n", name->territory, name->source, name->name, s->step_ms, s->first);
	for (size_t i = 0; i < s->count; i++) {
		double v = s->values[(s->head + i) % s->cap];
		if (isnan(v))
			strbuf_adds(out, "-\n");
		else
			strbuf_addf(out, "%.9g\n", v);
	}
}

static bool read_name(char *const w[WORDS_MAX], struct series_name *name)
{
	if (strlen(w[0]) >= sizeof(name->territory) || strlen(w[1]) >= sizeof(name->source) || strlen(w[2]) >= sizeof(name->name))
		return false;
	snprintf(name->territory, sizeof(name->territory), "%s", w[0]);
	snprintf(name->source, sizeof(name->source), "%s", w[1]);
	snprintf(name->name, sizeof(name->name), "%s", w[2]);
	return true;
}

bool memory_get_series(const char *text, struct series_name *name, struct series *out)
{
	char head[200], copy[200], *w[WORDS_MAX];
	size_t n = strcspn(text, "\n"), count = 0;
	snprintf(head, sizeof(head), "%.*s", (int)(n < sizeof(head) ? n : sizeof(head) - 1), text);
	if (split(head, copy, sizeof(copy), w) != 5 || !text[n] || !read_name(w, name))
		return false;
	int64_t step = number(w[3]), bucket = number(w[4]);
	for (const char *p = text + n + 1; *p; p++)
		count += *p == '\n';
	if (step <= 0 || step > SERIES_STEP_MAX || bucket < 0 || bucket > INT64_MAX / step / 4 || count > SERIES_COUNT_MAX)
		return false;
	series_init(out, step, count ? count : 1);
	for (const char *p = text + n + 1; *p && count > 0; bucket++, count--) {
		char *end;
		double v = *p == '-' && p[1] == '\n' ? NAN : strtod(p, &end);
		if (series_put(out, (struct wall){bucket * step}, isinf(v) ? NAN : v) < 0)
			break;
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	return true;
}
