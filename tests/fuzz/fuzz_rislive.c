/* Fuzz RIS Live's stream reader. The first byte chooses the size of the chunks ('A' is 1, ... , all in one above
 * 'Z'), the rest is the stream. What must hold: chunks change nothing, facts are whole, and a line that cJSON takes
 * for an object is not called something else by the scanner (the other way round it may be: it does not look into
 * what it skips). */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/rislive.h"
#include "source/rislive_message.h"

#define SAFE_BRACKETS 32 /* fewer than this cannot be nested too deeply for anybody */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(const char *text, size_t len, size_t chunk, struct batch *b, struct err *e)
{
	struct stream_reader *r = source_rislive.reader_new();
	int code = 0;

	for (size_t at = 0; at < len && code == 0; at += chunk) {
		size_t n = len - at < chunk ? len - at : chunk;
		char *copy = xmalloc(n); /* a block of its own, so that a byte too far is seen */
		memcpy(copy, text + at, n);
		code = source_rislive.feed(r, copy, n, b, e);
		free(copy);
	}
	source_rislive.reader_free(r);
	return code;
}

static void check_fact(const struct fact *f)
{
	bool route = f->kind == FACT_ANNOUNCE || f->kind == FACT_WITHDRAW;
	bool session = route || f->kind == FACT_PEER_STATE;

	if (!session && f->kind != FACT_ALIVE && f->kind != FACT_NOTE)
		BUG("a fact of kind %d", f->kind);
	if (route && f->prefix.family != 4 && f->prefix.family != 6)
		BUG("a route without a prefix");
	if (session && (!f->collector || !*f->collector || f->asn == 0 || f->addr.family == 0 || !wall_is_set(f->t)))
		BUG("a session without a name or time");
	if (f->kind == FACT_NOTE && (!f->text || !*f->text))
		BUG("an empty note");
}

/* Facts but for notes, which are counted by the chunk. */
static size_t count_facts(const struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++) {
		check_fact(&b->facts[i]);
		n += b->facts[i].kind != FACT_NOTE;
	}
	return n;
}

static bool is_object(const char *line, size_t len)
{
	size_t brackets = 0;
	const char *end = NULL;

	for (size_t i = 0; i < len; i++)
		brackets += line[i] == '[' || line[i] == '{';
	if (brackets > SAFE_BRACKETS || (len > 0 && (uint8_t)line[0] == 0xef)) /* cJSON steps over a byte order mark */
		return false;
	cJSON *tree = cJSON_ParseWithLengthOpts(line, len, &end, 0);
	bool yes = cJSON_IsObject(tree);
	cJSON_Delete(tree);
	for (; yes && end < line + len; end++)
		yes = (uint8_t)*end <= ' ';
	return yes;
}

static void compare_line(const char *line, size_t len, struct ris_message *m)
{
	const char *why = "";
	char *copy = xmalloc(len + 1);

	memcpy(copy, line, len);
	copy[len] = '\n';
	if (is_object(copy, len) && !ris_decode(m, copy, copy + len, &why) && strcmp(why, "not a JSON object") == 0)
		BUG("cJSON takes it: %.*s", (int)len, line);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ris_message m = {0};
	struct batch whole, parts;
	struct err e1 = {0}, e2 = {0};

	if (size == 0)
		return 0;
	size_t chunk = data[0] >= 'A' && data[0] <= 'Z' ? (size_t)(data[0] - 'A') * 7 + 1 : size;
	const char *text = (const char *)data + 1, *end = (const char *)data + size;

	batch_init(&whole, 1 << 16);
	batch_init(&parts, 1 << 16);
	int code = feed(text, size - 1, size, &whole, &e1);
	if (feed(text, size - 1, chunk, &parts, &e2) != code || strcmp(e1.msg, e2.msg) != 0)
		BUG("chunks of %zu change the error", chunk);
	if (count_facts(&whole) != count_facts(&parts) || whole.skipped != parts.skipped)
		BUG("chunks of %zu change the facts", chunk);
	while (text < end) {
		const char *lf = memchr(text, '\n', (size_t)(end - text));
		size_t len = lf ? (size_t)(lf - text) : (size_t)(end - text);
		compare_line(text, len, &m);
		text += len + 1;
	}
	ris_message_release(&m);
	batch_release(&whole);
	batch_release(&parts);
	return 0;
}
