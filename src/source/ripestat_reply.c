/* RIPEstat's envelope: what every answer has around its `data`, and the words of its failures.
 *
 * Success is not the HTTP code alone. `status` may be "error" or "maintenance"; a retired call says "ok" with an
 * empty `data`; and an internal failure has looked like success with empty lists. The first two are told apart
 * here; the third only each call can know, which is why none of them turns an empty list into a loss by itself. */
#include "ripestat.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum { NOTES_MAX = 4, NOTE_BYTES = 200 };

int ripestat_error(const struct ripestat_reply *r, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(r->err, code, fmt, ap);
	va_end(ap);
	err_prefix(r->err, "ripestat %s", r->query->call->name);
	return code;
}

int ripestat_missing(const struct ripestat_reply *r, const char *place)
{
	return ripestat_error(r, ERR_SHAPE, "missing '%s'", place);
}

struct fact *ripestat_fact(const struct ripestat_reply *r, enum fact_kind kind)
{
	struct fact *f = batch_add(r->out, kind);

	if (!f)
		ripestat_error(r, ERR_LIMIT, "more than %d facts in one answer", BATCH_FACTS_MAX);
	return f;
}

void ripestat_note(const struct ripestat_reply *r, const char *fmt, ...)
{
	char what[NOTE_BYTES], line[NOTE_BYTES + 40];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	struct fact *f = n < 0 ? NULL : batch_add(r->out, FACT_NOTE);
	if (!f)
		return;
	snprintf(line, sizeof(line), "%s: %s", r->query->call->name, what);
	f->text = batch_text(r->out, line, strlen(line), sizeof(line));
}

struct wall ripestat_time(const struct ripestat_reply *r, const cJSON *object, const char *key)
{
	const char *s = json_string(object, key);
	struct wall t, now = r->query->now;

	if (!s || wall_parse(s, &t, NULL))
		return WALL_NONE;
	if (wall_is_set(now) && t.ms > now.ms + RIPESTAT_FUTURE_MS)
		return WALL_NONE;
	return t;
}

struct wall ripestat_since(const struct query *q, int64_t span_ms)
{
	return wall_is_set(q->since) ? q->since : (struct wall){q->now.ms - span_ms};
}

uint32_t ripestat_subject_asn(const struct query *q)
{
	const char *s = q->subject;
	uint64_t n = 0;

	if (toupper((unsigned char)s[0]) == 'A' && toupper((unsigned char)s[1]) == 'S')
		s += 2;
	for (; isdigit((unsigned char)*s) && n <= UINT32_MAX; s++)
		n = n * 10 + (uint64_t)(*s - '0');
	return *s == '\0' && n <= UINT32_MAX ? (uint32_t)n : 0;
}

bool ripestat_is_about_asn(const struct ripestat_reply *r, uint32_t asn)
{
	const cJSON *resource = json_get(r->data, "resource");
	uint32_t said;

	return asn != 0 && (!resource || (json_asn(resource, &said) && said == asn));
}

/* One [level, text] pair of `messages`; NULL where it is not one. */
static const char *message_text(const cJSON *message, const char *level)
{
	const char *said = cJSON_GetStringValue(cJSON_GetArrayItem(message, 0));

	return said && !strcmp(said, level) ? cJSON_GetStringValue(cJSON_GetArrayItem(message, 1)) : NULL;
}

/* `messages` is what is sent, `message` what is documented. */
static const cJSON *messages_of(const struct ripestat_reply *r)
{
	const cJSON *list = json_get(r->tree, "messages");

	return list ? list : json_get(r->tree, "message");
}

static int refused(const struct ripestat_reply *r, const char *status)
{
	char said[NOTE_BYTES], word[32];
	const cJSON *message;

	cJSON_ArrayForEach(message, messages_of(r)) {
		const char *text = message_text(message, "error");
		if (!text)
			continue;
		text_clean_str(said, sizeof(said), text);
		return ripestat_error(r, ERR_HTTP, "%s", said);
	}
	if (!strcmp(status, "maintenance"))
		return ripestat_error(r, ERR_HTTP, "in maintenance");
	text_clean_str(word, sizeof(word), status);
	return ripestat_error(r, ERR_HTTP, "status '%s', without a reason", word);
}

/* Warnings are shown; the rest (info) repeats itself in every answer. */
static void note_warnings(const struct ripestat_reply *r)
{
	const cJSON *message;
	int shown = 0;

	cJSON_ArrayForEach(message, messages_of(r)) {
		const char *text = message_text(message, "warning");
		if (text && shown++ < NOTES_MAX)
			ripestat_note(r, "%s", text);
	}
}

static void check_version(const struct ripestat_reply *r, int major)
{
	const char *version = json_string(r->tree, "version");

	if (version && isdigit((unsigned char)version[0]) && strtol(version, NULL, 10) != major)
		ripestat_note(r, "answers in layout version %.8s, we know %d", version, major);
}

static int open_reply(struct ripestat_reply *r, const char *body, size_t len, int major)
{
	r->tree = json_parse(body, len, r->err);
	if (!r->tree)
		return err_prefix(r->err, "ripestat %s", r->query->call->name);
	if (!cJSON_IsObject(r->tree))
		return ripestat_error(r, ERR_SHAPE, "not an object");
	const char *status = json_string(r->tree, "status");
	if (!status)
		return ripestat_missing(r, "status");
	if (strcmp(status, "ok"))
		return refused(r, status);
	int64_t code = 200;
	if (json_int(r->tree, "status_code", &code) && code != 200)
		return ripestat_error(r, ERR_HTTP, "status code %lld in the answer", (long long)code);
	r->data = json_get(r->tree, "data");
	if (!cJSON_IsObject(r->data))
		return ripestat_missing(r, "data");
	const char *life = json_string(r->tree, "data_call_status");
	if (!r->data->child && life && !strncmp(life, "maintenance", 11))
		return refused(r, "maintenance");
	r->time = ripestat_time(r, r->tree, "time");
	check_version(r, major);
	note_warnings(r);
	return 0;
}

int ripestat_parse(const char *body, size_t len, const struct query *q, struct batch *out, struct err *e, int version,
		   ripestat_reader *read)
{
	struct err unseen = {0};
	struct ripestat_reply r = {.query = q, .out = out, .err = e ? e : &unseen, .time = WALL_NONE};
	int rc = open_reply(&r, body, len, version);

	if (rc == 0)
		rc = read(&r);
	cJSON_Delete(r.tree);
	return rc;
}
