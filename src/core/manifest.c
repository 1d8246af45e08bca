/* The manifest of an evidence bundle, see core/manifest.h. */
#include "core/manifest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#define FORMAT "landline-bundle"

/* ---- the claim ---- */

static struct wall whole_second(struct wall t)
{
	return wall_is_set(t) ? wall_from_s(wall_to_s(t)) : t;
}

void claim_of(struct claim *c, const struct event *ev)
{
	*c = (struct claim){.start = whole_second(ev->start), .end = whole_second(ev->end),
			    .confirmed = whole_second(ev->confirmed), .relapses = ev->relapses};
	snprintf(c->territory, sizeof(c->territory), "%s", ev->territory);
	snprintf(c->scope, sizeof(c->scope), "%s", event_scope_name(ev->scope));
	snprintf(c->subject, sizeof(c->subject), "%s", ev->subject);
	snprintf(c->kind, sizeof(c->kind), "%s", verdict_name(ev->kind));
	snprintf(c->severity, sizeof(c->severity), "%s", severity_name(ev->severity));
	snprintf(c->state, sizeof(c->state), "%s", event_state_name(ev->state));
	c->loss_peak_pct = round(ev->loss_peak_pct * 10) / 10;
}

static bool same_text(const char *what, const char *a, const char *b, struct strbuf *why)
{
	if (!strcmp(a, b))
		return true;
	strbuf_addf(why, "%s: the bundle says %s, its inputs give %s\n", what, a, b);
	return false;
}

static bool same_time(const char *what, struct wall a, struct wall b, struct strbuf *why)
{
	char x[WALL_TEXT_MAX], y[WALL_TEXT_MAX];

	return same_text(what, wall_is_set(a) ? wall_format(x, a) : "none", wall_is_set(b) ? wall_format(y, b) : "none", why);
}

bool claim_equal(const struct claim *said, const struct claim *derived, struct strbuf *why)
{
	char x[32], y[32];
	bool same = same_text("territory", said->territory, derived->territory, why);

	same &= same_text("scope", said->scope, derived->scope, why);
	same &= same_text("subject", said->subject, derived->subject, why);
	same &= same_text("kind", said->kind, derived->kind, why);
	same &= same_text("severity", said->severity, derived->severity, why);
	same &= same_text("state", said->state, derived->state, why);
	same &= same_time("start", said->start, derived->start, why);
	same &= same_time("confirmed", said->confirmed, derived->confirmed, why);
	same &= same_time("end", said->end, derived->end, why);
	snprintf(x, sizeof(x), "%.1f%%", said->loss_peak_pct);
	snprintf(y, sizeof(y), "%.1f%%", derived->loss_peak_pct);
	same &= same_text("loss at the peak", x, y, why);
	snprintf(x, sizeof(x), "%u", said->relapses);
	snprintf(y, sizeof(y), "%u", derived->relapses);
	return same & same_text("relapses", x, y, why);
}

/* ---- writing ---- */

static void put(struct strbuf *out, const char *key, const char *text)
{
	strbuf_addf(out, "\"%s\":", key);
	strbuf_add_json(out, text);
	strbuf_addc(out, ',');
}

static void put_time(struct strbuf *out, const char *key, struct wall t)
{
	char text[WALL_TEXT_MAX];

	if (wall_is_set(t))
		put(out, key, wall_format(text, t));
	else
		strbuf_addf(out, "\"%s\":null,", key);
}

static void write_claim(const struct claim *c, struct strbuf *out)
{
	strbuf_adds(out, "\"event\":{");
	put(out, "territory", c->territory);
	put(out, "scope", c->scope);
	put(out, "subject", c->subject);
	put(out, "kind", c->kind);
	put(out, "severity", c->severity);
	put(out, "state", c->state);
	put_time(out, "start", c->start);
	put_time(out, "confirmed", c->confirmed);
	put_time(out, "end", c->end);
	strbuf_addf(out, "\"loss_peak_pct\":%.1f,\"relapses\":%u},\n", c->loss_peak_pct, c->relapses);
}

void manifest_write(const struct manifest *m, struct strbuf *out)
{
	strbuf_addf(out, "{\"format\":\"%s\",\"version\":%u,", FORMAT, m->version);
	put(out, "program", m->program);
	strbuf_adds(out, "\"schema\":1,");
	put_time(out, "created", m->created);
	put_time(out, "derived_at", m->derived_at);
	strbuf_addc(out, '\n');
	write_claim(&m->claim, out);
	strbuf_addf(out, "\"inputs\":%s,", m->inputs ? "true" : "false");
	put(out, "why_no_inputs", m->inputs ? NULL : m->why_no_inputs);
	put(out, "command", m->command);
	strbuf_adds(out, "\n\"files\":[");
	for (size_t i = 0; i < m->file_count; i++) {
		strbuf_addf(out, "%s\n{\"name\":", i ? "," : "");
		strbuf_add_json(out, m->files[i].name);
		strbuf_addf(out, ",\"size\":%llu,\"sha256\":\"%s\"}", (unsigned long long)m->files[i].size, m->files[i].sha256);
	}
	strbuf_adds(out, "],\n\"thresholds\":{");
	for (size_t i = 0; m->thresholds && i < m->thresholds->count; i++) {
		const struct threshold *t = &m->thresholds->rows[i];
		strbuf_addf(out, "%s\n", i ? "," : "");
		strbuf_add_json(out, t->name);
		strbuf_addc(out, ':');
		strbuf_add_json(out, t->words);
	}
	strbuf_adds(out, "}}\n");
}

/* ---- reading ---- */

/* A plain name: letters, digits, '.', '-', '_'; no leading dot. So nothing beside or above the bundle can be meant. */
static bool is_plain_name(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return *s && *s != '.' && strlen(s) < MANIFEST_NAME_MAX && !s[strspn(s, allowed)];
}

static bool is_sha256(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static void copy_clean(const cJSON *object, const char *key, char *dst, size_t cap)
{
	const char *s = json_string(object, key);

	text_clean(dst, cap, s ? s : "", s ? strlen(s) : 0);
}

static int read_time(const cJSON *object, const char *key, struct wall *out, struct err *e)
{
	const char *s = json_string(object, key);

	*out = WALL_NONE;
	if (!s)
		return 0;
	if (wall_parse(s, out, e) < 0)
		return err_prefix(e, "manifest.json: '%s'", key);
	return 0;
}

static int read_claim(const cJSON *event, struct claim *c, struct err *e)
{
	double number;

	if (!event)
		return err_set(e, ERR_SHAPE, "manifest.json: no 'event'");
	copy_clean(event, "territory", c->territory, sizeof(c->territory));
	copy_clean(event, "scope", c->scope, sizeof(c->scope));
	copy_clean(event, "subject", c->subject, sizeof(c->subject));
	copy_clean(event, "kind", c->kind, sizeof(c->kind));
	copy_clean(event, "severity", c->severity, sizeof(c->severity));
	copy_clean(event, "state", c->state, sizeof(c->state));
	if (json_number(event, "loss_peak_pct", &number) && number >= 0 && number <= 100)
		c->loss_peak_pct = number;
	if (json_number(event, "relapses", &number) && number >= 0 && number < 1e6)
		c->relapses = (unsigned)number;
	if (read_time(event, "start", &c->start, e) < 0 || read_time(event, "confirmed", &c->confirmed, e) < 0 ||
	    read_time(event, "end", &c->end, e) < 0)
		return e->code;
	return 0;
}

static int read_file(const cJSON *row, struct manifest *m, struct err *e)
{
	const char *name = json_string(row, "name"), *sha = json_string(row, "sha256");
	struct manifest_file *f = &m->files[m->file_count];
	int64_t size;

	if (!name || !is_plain_name(name))
		return err_set(e, ERR_SHAPE, "manifest.json: file %zu has no plain name", m->file_count + 1);
	if (!sha || !is_sha256(sha) || !json_int(row, "size", &size) || size < 0)
		return err_set(e, ERR_SHAPE, "manifest.json: %s lacks a size or a SHA-256", name);
	for (size_t i = 0; i < m->file_count; i++)
		if (!strcmp(m->files[i].name, name))
			return err_set(e, ERR_SHAPE, "manifest.json: %s stands there twice", name);
	snprintf(f->name, sizeof(f->name), "%s", name);
	snprintf(f->sha256, sizeof(f->sha256), "%s", sha);
	f->size = (uint64_t)size;
	m->file_count++;
	return 0;
}

static int read_files(const cJSON *files, struct manifest *m, struct err *e)
{
	const cJSON *row;

	if (!cJSON_IsArray(files))
		return err_set(e, ERR_SHAPE, "manifest.json: no 'files'");
	cJSON_ArrayForEach(row, files) {
		if (m->file_count == MANIFEST_FILES_MAX)
			return err_set(e, ERR_LIMIT, "manifest.json: more than %d files", MANIFEST_FILES_MAX);
		if (read_file(row, m, e) < 0)
			return e->code;
	}
	return 0;
}

static int read_root(const cJSON *root, struct manifest *m, struct err *e)
{
	const char *format = json_string(root, "format");
	int64_t version = 0;

	if (!format || strcmp(format, FORMAT))
		return err_set(e, ERR_SHAPE, "manifest.json: not of a landline bundle");
	if (!json_int(root, "version", &version) || version < 1)
		return err_set(e, ERR_SHAPE, "manifest.json: no version");
	if (version > MANIFEST_VERSION)
		return err_set(e, ERR_SHAPE, "manifest.json: version %lld is newer than this program knows (%d)",
			       (long long)version, MANIFEST_VERSION);
	m->version = (unsigned)version;
	copy_clean(root, "program", m->program, sizeof(m->program));
	copy_clean(root, "command", m->command, sizeof(m->command));
	copy_clean(root, "why_no_inputs", m->why_no_inputs, sizeof(m->why_no_inputs));
	m->inputs = json_bool(root, "inputs", false);
	if (read_time(root, "created", &m->created, e) < 0 || read_time(root, "derived_at", &m->derived_at, e) < 0 ||
	    read_claim(json_get(root, "event"), &m->claim, e) < 0)
		return e->code;
	return read_files(json_get(root, "files"), m, e);
}

int manifest_parse(const char *text, size_t len, struct manifest *m, struct err *e)
{
	*m = (struct manifest){.created = WALL_NONE, .derived_at = WALL_NONE,
			       .claim = {.start = WALL_NONE, .end = WALL_NONE, .confirmed = WALL_NONE}};
	if (len > MANIFEST_BYTES_MAX)
		return err_set(e, ERR_LIMIT, "manifest.json: more than %u KB", MANIFEST_BYTES_MAX >> 10);
	cJSON *root = json_parse(text, len, e);
	if (!root)
		return err_prefix(e, "manifest.json");
	int rc = read_root(root, m, e);
	cJSON_Delete(root);
	return rc;
}
