/* What libcurl calls while an answer comes in: headers that matter, bodies up to their caps, streams up to what may
 * wait.
 *
 * A callback only collects. It never starts, ends or frees a transfer: returning less than it was given is how it
 * says that enough, or too much, has come. */
#include "fetch_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

typedef void header_reader(struct transfer *t, const char *value);

static void keep_value(char dst[CACHE_VALIDATOR_MAX], const char *value)
{
	size_t len = strlen(value);

	/* cut, it would validate something else; with control characters it could not be sent back */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)value[i] < 0x20 || value[i] == 0x7F)
			return;
	if (len < CACHE_VALIDATOR_MAX)
		memcpy(dst, value, len + 1);
}

static void read_etag(struct transfer *t, const char *value)
{
	keep_value(t->answer.validators.etag, value);
}

static void read_last_modified(struct transfer *t, const char *value)
{
	keep_value(t->answer.validators.modified, value);
}

/* RFC 9110 10.2.3: seconds, or a date. */
static void read_retry_after(struct transfer *t, const char *value)
{
	char *end;
	long long s = strtoll(value, &end, 10);

	if (end == value || *end) {
		time_t date = curl_getdate(value, NULL);
		if (date < 0)
			return;
		s = (long long)date - wall_to_s(t->f->now.wall);
	}
	if (s >= 0 && s < INT32_MAX)
		t->answer.retry_after_s = s;
}

static void read_cache_control(struct transfer *t, const char *value)
{
	if (strstr(value, "no-store"))
		t->answer.no_store = true;
}

struct header_row {
	const char *name;
	header_reader *read;
};

static const struct header_row header_rows[] = {
	{"etag", read_etag},
	{"last-modified", read_last_modified},
	{"retry-after", read_retry_after},
	{"cache-control", read_cache_control},
};

static void read_header_line(struct transfer *t, const char *line, size_t len)
{
	char text[512];
	const char *colon = memchr(line, ':', len);
	size_t name_len = colon ? (size_t)(colon - line) : 0;

	for (size_t i = 0; i < ARRAY_LEN(header_rows); i++) {
		const char *name = header_rows[i].name;
		if (!name_len || strlen(name) != name_len || strncasecmp(line, name, name_len) != 0)
			continue;
		const char *value = colon + 1, *end = line + len;
		while (value < end && (*value == ' ' || *value == '\t'))
			value++;
		while (end > value && strchr(" \t\r\n", end[-1]))
			end--;
		size_t value_len = (size_t)(end - value);
		if (value_len >= sizeof(text) || memchr(value, '\0', value_len))
			return;
		memcpy(text, value, value_len);
		text[value_len] = '\0';
		header_rows[i].read(t, text);
		return;
	}
}

/* All headers of an answer are here. */
static bool headers_end(struct transfer *t)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || t->status)
		return true; /* 1xx comes before the answer, trailers after it */
	bool redirect = status >= 300 && status < 400 && status != 304;
	if (redirect && t->kind != FETCH_CHECK_HTTP)
		return true; /* libcurl follows, or ends with this status */
	t->status = (int)status;
	if (t->kind == FETCH_CHECK_HTTP) {
		t->enough = true;
		return false;
	}
	if (t->kind == FETCH_STREAM && (status == 200 || status == 206)) { /* 206: a Range was asked for */
		t->opened = true;
		transfer_note(t);
		fetch_push(t->f, t, INPUT_STREAM_OPEN);
	}
	return true;
}

size_t transfer_on_header(char *line, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	t->connected = true;
	t->last_byte = t->f->now.mono;
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		t->answer = (struct answer_headers){.retry_after_s = -1};
	else if (len > 0 && (line[0] == '\r' || line[0] == '\n'))
		return headers_end(t) ? len : 0;
	else
		read_header_line(t, line, len);
	return len;
}

static size_t on_stream_body(struct transfer *t, const char *bytes, size_t len)
{
	if (!t->opened) {
		t->enough = true;
		return 0;
	}
	if (t->body.len - t->body_taken > FETCH_WAITING_MAX || len > t->body.max - t->body.len) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	strbuf_add(&t->body, bytes, len);
	if (!t->chunk_queued) {
		t->chunk_queued = true;
		fetch_push(t->f, t, INPUT_CHUNK);
	}
	return len;
}

size_t transfer_on_body(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * count;

	t->last_byte = t->f->now.mono;
	if (t->kind == FETCH_STREAM)
		return on_stream_body(t, bytes, len);
	if (t->status != 200) {
		size_t room = t->body.len < FETCH_ERROR_BODY_MAX ? FETCH_ERROR_BODY_MAX - t->body.len : 0;
		strbuf_add(&t->body, bytes, len < room ? len : room);
		t->enough = len > room;
		return t->enough ? 0 : len;
	}
	if (len > t->body.max - t->body.len) {
		t->too_long = true;
		return 0;
	}
	strbuf_add(&t->body, bytes, len);
	return len;
}
