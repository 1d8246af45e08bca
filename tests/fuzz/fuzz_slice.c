/* Fuzz the finding of parts of a JSON text. What must hold: nothing is read past the end; and where cJSON takes the text,
 * each element and each member is where cJSON has it, so that parsing the part gives the same value. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_slice.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(struct json_slice part, const cJSON *want)
{
	cJSON *got = cJSON_ParseWithLength(part.at, part.len);
	if (!got || !cJSON_Compare(got, want, true))
		BUG("not the same value: %.*s", (int)part.len, part.at);
	cJSON_Delete(got);
}

static void walk_array(struct json_slice text, const cJSON *tree)
{
	struct json_slice part;
	const cJSON *item;
	size_t pos = 0;

	cJSON_ArrayForEach(item, tree) {
		if (!json_slice_next(text, &pos, &part))
			BUG("an element is missing");
		compare(part, item);
	}
	if (json_slice_next(text, &pos, &part))
		BUG("an element too many");
}

/* Names with escapes cannot be asked for, and of two of the same name the first is meant. */
static void walk_object(struct json_slice text, const cJSON *tree)
{
	struct json_slice part;
	const cJSON *item;

	cJSON_ArrayForEach(item, tree) {
		if (strpbrk(item->string, "\"\\/\b\f\n\r\t") || cJSON_GetObjectItemCaseSensitive(tree, item->string) != item)
			continue;
		if (json_slice_get(text, item->string, &part))
			compare(part, item);
		else if (!memchr(text.at, '\\', text.len) && !memchr(text.at, '\0', text.len)) /* what cuts the name */
			BUG("'%s' is missing: %.*s", item->string, (int)text.len, text.at);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = xmalloc(size ? size : 1), word[64]; /* a block of its own, so that a byte too far is seen */
	struct json_slice part, text = {copy, size};
	struct strbuf line;
	size_t pos = 0;

	if (size)
		memcpy(copy, data, size);
	strbuf_init(&line, 4096);
	if (json_slice_get(text, "events", &part))
		json_slice_put(&line, part);
	if (memchr(line.text, '\n', line.len))
		BUG("two lines");
	while (json_slice_next(text, &pos, &part))
		(void)json_slice_string(part, word, sizeof(word));
	cJSON *tree = cJSON_ParseWithLength(text.at, text.len);
	bool mark = size > 0 && data[0] == 0xef; /* cJSON steps over a byte order mark */
	if (cJSON_IsArray(tree) && !mark)
		walk_array(text, tree);
	if (cJSON_IsObject(tree) && !mark)
		walk_object(text, tree);
	cJSON_Delete(tree);
	strbuf_release(&line);
	free(copy);
	return 0;
}
