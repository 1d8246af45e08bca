/* Frames to bytes and back: see core/frame.h. The bytes may come from anywhere, so every step is bounded and every value is
 * checked; what does not fit is an error in words, never a guess. */
#include "core/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const char *const kind_names[FRAME_KIND_COUNT] = {
	[FRAME_INPUT] = "input",   [FRAME_TURN] = "turn",     [FRAME_MARK] = "mark",
	[FRAME_MEMORY] = "memory", [FRAME_WATCH] = "watch",   [FRAME_RELOAD] = "reload",
	[FRAME_NUMBER] = "number", [FRAME_LOST] = "lost",     [FRAME_JOB] = "job",
	[FRAME_SESSION] = "session",
};

static const char *const input_names[] = {
	[INPUT_REPLY] = "reply", [INPUT_STREAM_OPEN] = "open", [INPUT_CHUNK] = "chunk", [INPUT_STREAM_END] = "end",
};

/* ---- writing ---- */

static void put_text(struct strbuf *out, const char *key, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";
	if (!value || !*value)
		return;
	strbuf_addc(out, ' ');
	strbuf_adds(out, key);
	strbuf_addc(out, '=');
	for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
		char three[3] = {'%', hex[*p >> 4], hex[*p & 15]};
		if (*p > ' ' && *p < 127 && *p != '%')
			strbuf_addc(out, (char)*p);
		else
			strbuf_add(out, three, 3);
	}
}

static void put_number(struct strbuf *out, const char *key, int64_t value, int64_t nothing)
{
	if (value != nothing)
		strbuf_addf(out, " %s=%" PRId64, key, value);
}

static void put_input(struct strbuf *out, const struct frame *f)
{
	const struct input *in = &f->in;
	char peer[PREFIX_TEXT_MAX];
	put_text(out, "k", in->kind == INPUT_CHUNK ? "chunk" : input_names[in->kind]);
	put_number(out, "t", in->time.ms, f->now.wall.ms);
	put_number(out, "status", in->status, 0);
	put_number(out, "code", in->err.code, 0);
	put_text(out, "words", in->err.code != ERR_OK ? in->err.msg : "");
	put_number(out, "unchanged", in->unchanged, 0);
	put_number(out, "retry", in->retry_after_s, -1);
	put_number(out, "wire", (int64_t)in->wire_bytes, 0);
	put_text(out, "peer", in->peer.family ? addr_format(peer, &in->peer) : "");
	put_number(out, "curl", in->curl_code, 0);
	put_number(out, "os", in->os_errno, 0);
	put_number(out, "dns", in->times.namelookup, 0);
	put_number(out, "con", in->times.connect, 0);
	put_number(out, "tls", in->times.appconnect, 0);
	put_number(out, "first", in->times.starttransfer, 0);
	put_number(out, "total", in->times.total, 0);
}

void frame_head(const struct frame *f, struct strbuf *out)
{
	strbuf_addf(out, "%s %zu w=%" PRId64 " m=%" PRId64, kind_names[f->kind], f->in.len, f->now.wall.ms, f->now.mono.ms);
	put_number(out, "j", f->in.job, 0);
	put_text(out, "s", f->source);
	put_text(out, "c", f->call);
	put_text(out, "q", f->subject);
	put_text(out, "u", f->url);
	if (f->kind == FRAME_INPUT)
		put_input(out, f);
	if (f->kind == FRAME_LOST)
		put_number(out, "t", f->in.time.ms, f->now.wall.ms);
	put_number(out, "id", f->id, 0);
	put_number(out, "seq", (int64_t)f->seq, 0);
	strbuf_addc(out, '\n');
}

/* ---- reading ---- */

struct job_entry { uint32_t id; char *text; size_t len; /* four strings, each with its NUL: source, call, subject, url */ };

struct frame_reader {
	struct job_entry *jobs;    /* by id */
	size_t count, cap, bytes;
	char head[FRAME_HEAD_MAX]; /* the head line of the last frame, unescaped in place */
};

struct frame_reader *frame_reader_new(void)
{
	return xcalloc(1, sizeof(struct frame_reader));
}

void frame_reader_clear(struct frame_reader *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->jobs[i].text);
	r->count = r->bytes = 0;
}

void frame_reader_free(struct frame_reader *r)
{
	if (!r)
		return;
	frame_reader_clear(r);
	free(r->jobs);
	free(r);
}

static size_t job_place(const struct frame_reader *r, uint32_t id)
{
	size_t lo = 0, hi = r->count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (r->jobs[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int keep_job(struct frame_reader *r, const struct frame *f, struct err *e)
{
	const char *parts[4] = {f->source, f->call, f->subject, f->url};
	size_t at = job_place(r, f->in.job), len = 0;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		len += strlen(parts[i]) + 1;
	bool known = at < r->count && r->jobs[at].id == f->in.job;
	if (r->bytes + len + sizeof(struct job_entry) > FRAME_JOBS_MAX)
		return err_set(e, ERR_LIMIT, "the recording names too many requests");
	if (known) {
		r->bytes -= r->jobs[at].len;
		free(r->jobs[at].text);
	} else {
		mem_grow(&r->jobs, &r->cap, r->count + 1, sizeof(*r->jobs));
		memmove(&r->jobs[at + 1], &r->jobs[at], (r->count - at) * sizeof(*r->jobs));
		r->count++;
		r->bytes += sizeof(struct job_entry);
	}
	char *text = xmalloc(len);
	r->jobs[at] = (struct job_entry){.id = f->in.job, .text = text, .len = len};
	r->bytes += len;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		size_t n = strlen(parts[i]) + 1;
		memcpy(text, parts[i], n);
		text += n;
	}
	return 0;
}

static void name_job(const struct frame_reader *r, struct frame *f)
{
	size_t at = job_place(r, f->in.job);
	if (f->kind != FRAME_INPUT || *f->source || at >= r->count || r->jobs[at].id != f->in.job)
		return;
	f->source = r->jobs[at].text;
	f->call = f->source + strlen(f->source) + 1;
	f->subject = f->call + strlen(f->call) + 1;
	f->url = f->subject + strlen(f->subject) + 1;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; a NUL cannot be written that way. */
static void unescape(char *s)
{
	char *to = s;
	for (; *s; s++) {
		int hi = *s == '%' ? hex_digit(s[1]) : -1, lo = hi >= 0 ? hex_digit(s[2]) : -1;
		if (lo >= 0 && hi * 16 + lo != 0) {
			*to++ = (char)(hi * 16 + lo);
			s += 2;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static bool read_number(const char *s, int64_t *out)
{
	bool minus = *s == '-';
	int64_t v = 0;
	size_t n = 0;
	for (s += minus; *s >= '0' && *s <= '9' && n < 18; s++, n++)
		v = v * 10 + (*s - '0');
	*out = minus ? -v : v;
	return n > 0 && !*s;
}

enum value_type { VALUE_TEXT, VALUE_INT64, VALUE_UINT64, VALUE_UINT32, VALUE_INT, VALUE_BOOL, VALUE_KIND, VALUE_CODE, VALUE_ERROR, VALUE_ADDR };

#define OF(member) offsetof(struct frame, member)
static const struct { const char *key; enum value_type type; size_t offset; } values[] = {
	{"w", VALUE_INT64, OF(now.wall.ms)},       {"m", VALUE_INT64, OF(now.mono.ms)},
	{"j", VALUE_UINT32, OF(in.job)},           {"k", VALUE_KIND, OF(in.kind)},
	{"t", VALUE_INT64, OF(in.time.ms)},        {"status", VALUE_INT, OF(in.status)},
	{"wire", VALUE_UINT64, OF(in.wire_bytes)}, {"s", VALUE_TEXT, OF(source)},
	{"c", VALUE_TEXT, OF(call)},               {"q", VALUE_TEXT, OF(subject)},
	{"u", VALUE_TEXT, OF(url)},                {"code", VALUE_CODE, OF(in.err.code)},
	{"words", VALUE_ERROR, OF(in.err.msg)},    {"unchanged", VALUE_BOOL, OF(in.unchanged)},
	{"retry", VALUE_INT64, OF(in.retry_after_s)}, {"peer", VALUE_ADDR, OF(in.peer)},
	{"curl", VALUE_INT, OF(in.curl_code)},     {"os", VALUE_INT, OF(in.os_errno)},
	{"dns", VALUE_INT64, OF(in.times.namelookup)}, {"con", VALUE_INT64, OF(in.times.connect)},
	{"tls", VALUE_INT64, OF(in.times.appconnect)}, {"first", VALUE_INT64, OF(in.times.starttransfer)},
	{"total", VALUE_INT64, OF(in.times.total)}, {"id", VALUE_UINT32, OF(id)},
	{"seq", VALUE_UINT64, OF(seq)},
};

static bool set_number(void *p, enum value_type type, int64_t v)
{
	switch (type) {
	case VALUE_INT64: *(int64_t *)p = v; return true;
	case VALUE_UINT64: *(uint64_t *)p = v < 0 ? 0 : (uint64_t)v; return v >= 0;
	case VALUE_UINT32: *(uint32_t *)p = (uint32_t)v; return v >= 0 && v <= UINT32_MAX;
	case VALUE_INT: *(int *)p = (int)v; return v >= INT32_MIN && v <= INT32_MAX;
	case VALUE_BOOL: *(bool *)p = v != 0; return true;
	case VALUE_CODE: *(enum err_code *)p = (enum err_code)v; return v >= ERR_NOT_FOUND && v <= 0;
	default: return false;
	}
}

static bool set_value(void *p, enum value_type type, char *value)
{
	int64_t v;
	switch (type) {
	case VALUE_TEXT: unescape(value); *(const char **)p = value; return true;
	case VALUE_ERROR: unescape(value); text_clean_str(p, ERR_MSG_MAX, value); return true;
	case VALUE_ADDR: return addr_parse(value, strlen(value), p);
	case VALUE_KIND:
		for (size_t i = 0; i < ARRAY_LEN(input_names); i++)
			if (!strcmp(value, input_names[i])) {
				*(enum input_kind *)p = (enum input_kind)i;
				return true;
			}
		return false;
	default: return read_number(value, &v) && set_number(p, type, v);
	}
}

static bool set_key(struct frame *f, char *word)
{
	char *value = strchr(word, '=');
	if (!value)
		return true; /* a word of a later version */
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		if (!strcmp(values[i].key, word))
			return set_value((char *)f + values[i].offset, values[i].type, value);
	return true;
}

/* The next word of a head line, NUL-terminated in place; NULL at the end. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " ");
	if (!*word)
		return NULL;
	char *end = word + strcspn(word, " ");
	*at = end + (*end != '\0');
	*end = '\0';
	return word;
}

static int read_head(char *head, struct frame *f, size_t *body, struct err *e)
{
	char *at = head, *kind = next_word(&at), *len = next_word(&at);
	int64_t n;
	*f = (struct frame){.kind = FRAME_KIND_COUNT, .source = "", .call = "", .subject = "", .url = "",
			    .in = {.retry_after_s = -1, .time = WALL_NONE}};
	if (!kind || !len || !read_number(len, &n) || n < 0)
		return err_set(e, ERR_PARSE, "a frame does not begin with a kind and a length");
	if (n > (int64_t)FRAME_BODY_MAX)
		return err_set(e, ERR_LIMIT, "a frame has a body of %" PRId64 " bytes", n);
	*body = (size_t)n;
	for (int k = 0; k < FRAME_KIND_COUNT; k++)
		if (!strcmp(kind, kind_names[k]))
			f->kind = (enum frame_kind)k;
	for (char *word; (word = next_word(&at));)
		if (!set_key(f, word))
			return err_set(e, ERR_PARSE, "a frame's '%.20s' has no such value", word);
	if (!wall_is_set(f->in.time))
		f->in.time = f->now.wall;
	return 0;
}

int frame_read(struct frame_reader *r, const char *bytes, size_t len, size_t *used, struct frame *out, struct err *e)
{
	size_t body = 0;
	const char *end = memchr(bytes, '\n', len < FRAME_HEAD_MAX ? len : FRAME_HEAD_MAX);
	if (!end)
		return len < FRAME_HEAD_MAX ? 0 : err_set(e, ERR_PARSE, "a frame's head has no end");
	size_t head = (size_t)(end - bytes);
	if (head >= FRAME_HEAD_MAX || memchr(bytes, '\0', head))
		return err_set(e, ERR_PARSE, "a frame's head is no text");
	memcpy(r->head, bytes, head);
	r->head[head] = '\0';
	int rc = read_head(r->head, out, &body, e);
	if (rc < 0)
		return rc;
	if (len - head - 1 < body + 1)
		return 0;
	if (bytes[head + 1 + body] != '\n')
		return err_set(e, ERR_PARSE, "a frame's body does not end where it should");
	out->in.body = bytes + head + 1;
	out->in.len = body;
	*used = head + body + 2;
	if (out->kind == FRAME_JOB && (rc = keep_job(r, out, e)) < 0)
		return rc;
	name_job(r, out);
	return 1;
}
