/* How a struct event becomes a row and back: one line a field.
 *
 * Binding, reading and the column lists of the SQL are loops over this table, so a field cannot be written and not
 * read. What comes back is checked: a file may be damaged, or written by hand. */
#include "store_private.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

/* The names of an enum: value to text. */
struct names {
	const char *(*name)(int value);
	int count;
};

static const char *scope_text(int v)
{
	return event_scope_name((enum event_scope)v);
}
static const char *kind_text(int v)
{
	return verdict_name((enum verdict_kind)v);
}
static const char *state_text(int v)
{
	return event_state_name((enum event_state)v);
}
static const char *severity_text(int v)
{
	return severity_name((enum severity)v);
}
static const char *confidence_text(int v)
{
	return confidence_name((enum confidence)v);
}

static const struct names scopes = {scope_text, SCOPE_COUNT};
static const struct names kinds = {kind_text, VERDICT_KIND_COUNT};
static const struct names states = {state_text, EVENT_STATE_COUNT};
static const struct names severities = {severity_text, SEVERITY_COUNT};
static const struct names confidences = {confidence_text, CONFIDENCE_COUNT};

struct field;

/* How one type of field is bound and read; p points to the field inside the event. */
struct type {
	void (*bind)(sqlite3_stmt *q, int at, const void *p, const struct field *f);
	void (*read)(sqlite3_stmt *q, int col, void *p, const struct field *f);
};

struct field {
	const char *column;
	const struct type *type;
	size_t offset, size;
	const struct names *names;
	int fallback; /* of names that are none */
};

static void bind_string(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	(void)f;
	store_bind_text(q, at, p);
}

static void read_string(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	store_read_text(q, col, p, f->size);
}

static void bind_wall(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	(void)f;
	store_bind_wall(q, at, *(const struct wall *)p);
}

static void read_wall(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	(void)f;
	*(struct wall *)p = store_read_wall(q, col);
}

static void bind_span(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	(void)f;
	sqlite3_bind_int64(q, at, *(const int64_t *)p);
}

static void read_span(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	const int64_t century_ms = INT64_C(100) * 366 * 86400000;
	int64_t v = sqlite3_column_int64(q, col);

	(void)f;
	*(int64_t *)p = v < 0 ? 0 : v > century_ms ? century_ms : v;
}

static void bind_real(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	(void)f;
	store_bind_double(q, at, *(const double *)p);
}

static void read_real(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	double v = sqlite3_column_double(q, col);

	(void)f;
	*(double *)p = isfinite(v) && v > 0 ? v : 0;
}

static void read_percent(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	read_real(q, col, p, f);
	*(double *)p = fmin(*(double *)p, 100);
}

static void bind_number(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	(void)f;
	sqlite3_bind_int64(q, at, *(const unsigned *)p);
}

static void read_number(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	int64_t v = sqlite3_column_int64(q, col);

	(void)f;
	*(unsigned *)p = v < 0 ? 0 : v > UINT32_MAX ? UINT32_MAX : (unsigned)v;
}

static void bind_flag(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	(void)f;
	sqlite3_bind_int(q, at, *(const bool *)p);
}

static void read_flag(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	(void)f;
	*(bool *)p = sqlite3_column_int(q, col) != 0;
}

/* The number of another event: 0 is none, as NULL. */
static void bind_seq(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	uint64_t seq = *(const uint64_t *)p;

	(void)f;
	if (seq)
		sqlite3_bind_int64(q, at, (int64_t)seq);
	else
		sqlite3_bind_null(q, at);
}

static void read_seq(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	int64_t v = sqlite3_column_int64(q, col);

	(void)f;
	*(uint64_t *)p = v > 0 ? (uint64_t)v : 0;
}

static void bind_name(sqlite3_stmt *q, int at, const void *p, const struct field *f)
{
	int value;

	memcpy(&value, p, sizeof(value));
	store_bind_text(q, at, f->names->name(value));
}

static int value_of(const struct names *n, const char *text, int fallback)
{
	for (int i = 0; i < n->count; i++)
		if (strcmp(n->name(i), text) == 0)
			return i;
	return fallback;
}

static void read_name(sqlite3_stmt *q, int col, void *p, const struct field *f)
{
	const char *text = (const char *)sqlite3_column_text(q, col);
	int value = value_of(f->names, text ? text : "", f->fallback);

	memcpy(p, &value, sizeof(value));
}

_Static_assert(sizeof(enum event_state) == sizeof(int), "enums are stored through an int");

static const struct type string_type = {bind_string, read_string}, wall_type = {bind_wall, read_wall},
			 span_type = {bind_span, read_span}, real_type = {bind_real, read_real},
			 percent_type = {bind_real, read_percent}, number_type = {bind_number, read_number},
			 flag_type = {bind_flag, read_flag}, seq_type = {bind_seq, read_seq},
			 name_type = {bind_name, read_name};

#define AT(member)     .offset = offsetof(struct event, member), .size = sizeof(((struct event *)NULL)->member)
#define NAME(n, other) .type = &name_type, .names = &(n), .fallback = (other)

static const struct field fields[] = {
	{.column = "territory", .type = &string_type, AT(territory)},
	{.column = "scope", NAME(scopes, SCOPE_TERRITORY), AT(scope)},
	{.column = "subject", .type = &string_type, AT(subject)},
	{.column = "kind", NAME(kinds, VERDICT_PARTIAL), AT(kind)},
	{.column = "state", NAME(states, EVENT_UNVERIFIED), AT(state)},
	{.column = "before_unverified", NAME(states, EVENT_CONFIRMED), AT(before_unverified)},
	{.column = "start_ms", .type = &wall_type, AT(start)},
	{.column = "end_ms", .type = &wall_type, AT(end)},
	{.column = "confirmed_ms", .type = &wall_type, AT(confirmed)},
	{.column = "start_error_ms", .type = &span_type, AT(start_error_ms)},
	{.column = "end_error_ms", .type = &span_type, AT(end_error_ms)},
	{.column = "easing_since_ms", .type = &wall_type, AT(easing_since)},
	{.column = "changed_ms", .type = &wall_type, AT(changed)},
	{.column = "unverified_since_ms", .type = &wall_type, AT(unverified_since)},
	{.column = "unverified_ms", .type = &span_type, AT(unverified_ms)},
	{.column = "loss_pct", .type = &percent_type, AT(loss_pct)},
	{.column = "loss_peak_pct", .type = &percent_type, AT(loss_peak_pct)},
	{.column = "area", .type = &real_type, AT(area)},
	{.column = "below_half_ms", .type = &span_type, AT(below_half_ms)},
	{.column = "networks_lost", .type = &number_type, AT(networks_lost)},
	{.column = "networks_total", .type = &number_type, AT(networks_total)},
	{.column = "lost_now", .type = &number_type, AT(lost_now)},
	{.column = "relapses", .type = &number_type, AT(relapses)},
	{.column = "transitions", .type = &number_type, AT(transitions)},
	{.column = "severity", NAME(severities, SEVERITY_MINOR), AT(severity)},
	{.column = "confidence", NAME(confidences, CONFIDENCE_NONE), AT(confidence)},
	{.column = "classes", .type = &number_type, AT(classes)},
	{.column = "missing", .type = &number_type, AT(missing)},
	{.column = "parent", .type = &seq_type, AT(parent)},
	{.column = "via_asn", .type = &number_type, AT(via_asn)},
	{.column = "late", .type = &flag_type, AT(late)},
	{.column = "replay", .type = &flag_type, AT(replay)},
	{.column = "against", .type = &number_type, AT(against)},
	{.column = "disputed", .type = &flag_type, AT(disputed)},
	{.column = "loss_class", .type = &number_type, AT(loss_class)},
	{.column = "signatures", .type = &number_type, AT(signatures)},
	{.column = "note", .type = &string_type, AT(note)},
};

size_t store_field_count(void)
{
	return ARRAY_LEN(fields);
}

const char *store_field_name(size_t i)
{
	return fields[i].column;
}

void store_bind_event(sqlite3_stmt *q, const struct event *ev)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		fields[i].type->bind(q, (int)i + 1, (const char *)ev + fields[i].offset, &fields[i]);
}

void store_read_event(sqlite3_stmt *q, struct event *ev, int64_t *rev)
{
	const unsigned all_classes = (1u << CLASS_COUNT) - 1;

	memset(ev, 0, sizeof(*ev));
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		fields[i].type->read(q, (int)i, (char *)ev + fields[i].offset, &fields[i]);
	ev->classes &= all_classes;
	ev->missing &= all_classes;
	ev->against &= all_classes;
	if (ev->loss_class & (ev->loss_class - 1) || ev->loss_class > all_classes)
		ev->loss_class = 0;
	ev->seq = (uint64_t)sqlite3_column_int64(q, (int)ARRAY_LEN(fields));
	*rev = sqlite3_column_int64(q, (int)ARRAY_LEN(fields) + 1);
}
