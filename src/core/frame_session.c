/* The session text of a recording, and what may be kept of a URL.
 *
 * A session is lines of "key value", an empty line, then the configuration it ran with as INI text. Unknown keys are skipped. */
#include "core/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

void session_write(const struct session *s, struct strbuf *out)
{
	strbuf_addf(out, "landline-recording %u\nprogram %s\n", s->format, s->program);
	for (size_t i = 0; i < s->territory_count; i++)
		strbuf_addf(out, "territory %s\n", s->territories[i].code);
	strbuf_addf(out, "numbers %s\nturns %s\nexact %s\n", s->numbers ? "yes" : "no", s->turns ? "yes" : "no",
		    s->exact ? "yes" : "no");
	if (s->note[0])
		strbuf_addf(out, "note %s\n", s->note);
	strbuf_addf(out, "\n%s", s->config);
}

static int take_format(struct session *s, const char *value, struct err *e)
{
	char *end;
	unsigned long v = strtoul(value, &end, 10);
	if (end == value || *end || v == 0 || v > 1000000)
		return err_set(e, ERR_PARSE, "not a recording of landline");
	s->format = (unsigned)v;
	if (v > SESSION_FORMAT)
		return err_set(e, ERR_SHAPE, "recorded by a newer landline (format %lu; this one reads up to %d)", v, SESSION_FORMAT);
	return 0;
}

static int take_program(struct session *s, const char *value, struct err *e)
{
	(void)e;
	text_clean_str(s->program, sizeof(s->program), value);
	return 0;
}

static int take_territory(struct session *s, const char *value, struct err *e)
{
	if (s->territory_count == SESSION_TERRITORIES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d territories", SESSION_TERRITORIES_MAX);
	if (territory_parse(value, &s->territories[s->territory_count], e) < 0)
		return e ? e->code : ERR_PARSE;
	s->territory_count++;
	return 0;
}

static int take_numbers(struct session *s, const char *value, struct err *e)
{
	(void)e;
	s->numbers = !strcmp(value, "yes");
	return 0;
}

static int take_turns(struct session *s, const char *value, struct err *e)
{
	(void)e;
	s->turns = !strcmp(value, "yes");
	return 0;
}

static int take_exact(struct session *s, const char *value, struct err *e)
{
	(void)e;
	s->exact = !strcmp(value, "yes");
	return 0;
}

static int take_note(struct session *s, const char *value, struct err *e)
{
	(void)e;
	text_clean_str(s->note, sizeof(s->note), value);
	return 0;
}

static const struct { const char *key; int (*take)(struct session *, const char *value, struct err *); } keys[] = {
	{"landline-recording", take_format}, {"program", take_program}, {"territory", take_territory}, {"numbers", take_numbers},
	{"turns", take_turns}, {"exact", take_exact}, {"note", take_note},
};

static int take_line(struct session *s, char *line, struct err *e)
{
	char *value = strchr(line, ' ');
	if (!value)
		return 0;
	*value++ = '\0';
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (!strcmp(keys[i].key, line))
			return keys[i].take(s, value, e);
	return 0;
}

int session_read(const char *text, size_t len, struct session *out, struct err *e)
{
	char line[256];
	memset(out, 0, sizeof(*out));
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len, eat = n + (end != NULL);
		snprintf(line, sizeof(line), "%.*s", (int)(n < sizeof(line) ? n : sizeof(line) - 1), text);
		text += eat;
		len -= eat;
		if (n == 0)
			break;
		int rc = take_line(out, line, e);
		if (rc < 0)
			return rc;
	}
	if (!out->format)
		return err_set(e, ERR_PARSE, "not a recording of landline");
	if (len >= sizeof(out->config) || memchr(text, '\0', len))
		return err_set(e, ERR_LIMIT, "the configuration of the recording is too long or no text");
	memcpy(out->config, text, len);
	return 0;
}

/* ---- URLs ---- */

static const char *const secret_words[] = {"token", "key", "secret", "passw", "auth", "sig", "session", "credential", "cookie"};

static bool looks_secret(const char *name, size_t len)
{
	char word[64];
	snprintf(word, sizeof(word), "%.*s", (int)(len < sizeof(word) ? len : sizeof(word) - 1), name);
	for (size_t i = 0; i < ARRAY_LEN(secret_words); i++)
		if (text_contains(word, secret_words[i]))
			return true;
	return false;
}

char *frame_clean_url(char *dst, size_t cap, const char *url)
{
	struct strbuf out;
	strbuf_init(&out, cap - 1);
	const char *host = strstr(url, "://");
	if (host) {
		size_t authority = strcspn(host + 3, "/?#");
		const char *at = NULL;
		for (size_t i = 0; i < authority; i++)
			if (host[3 + i] == '@')
				at = host + 3 + i;
		strbuf_add(&out, url, (size_t)(host + 3 - url));
		url = at ? at + 1 : host + 3;
	}
	size_t path = strcspn(url, "?");
	strbuf_add(&out, url, path);
	for (url += path; *url;) {
		strbuf_addc(&out, *url++); /* ? or & or ; */
		size_t len = strcspn(url, "&;"), name = strcspn(url, "=&;");
		if (name < len && looks_secret(url, name)) {
			strbuf_add(&out, url, name);
			strbuf_adds(&out, "=-");
		} else {
			strbuf_add(&out, url, len);
		}
		url += len;
	}
	snprintf(dst, cap, "%s", out.text);
	strbuf_release(&out);
	return dst;
}
