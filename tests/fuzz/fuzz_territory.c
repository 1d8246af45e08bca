/* links: core/territory core/countries core/prefix base/text base/err base/mem */
/* Fuzz territory words and files: a code that comes out names itself, an error is one clean line with its place. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "core/territory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMBERS_MAX = 16, WORD_MAX = 256 };

static void check_spec(const struct territory_spec *t)
{
	struct territory_spec again;

	if (territory_parse(t->code, &again, NULL) != 0 || again.kind != t->kind || strcmp(again.code, t->code) != 0)
		BUG("'%s' does not name itself", t->code);
	if (t->kind == TERRITORY_FILE && strchr(t->code, '/'))
		BUG("'%s' is a path", t->code);
}

static void check_error(const struct err *e)
{
	if (e->code != ERR_USAGE || !e->msg[0])
		BUG("error without words");
	for (const char *p = e->msg; *p; p++)
		if ((unsigned char)*p < 0x20)
			BUG("control character in a message");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct territory_spec members[MEMBERS_MAX], one;
	char word[WORD_MAX];
	size_t count = 0, len = size < sizeof(word) ? size : sizeof(word) - 1;
	struct err e = {0};

	if (len)
		memcpy(word, data, len);
	word[len] = '\0';
	if (territory_parse(word, &one, &e) == 0)
		check_spec(&one);
	else
		check_error(&e);
	if (territory_parse_file("fuzz", (const char *)data, size, members, MEMBERS_MAX, &count, &e) != 0) {
		check_error(&e);
		return 0;
	}
	if (count > MEMBERS_MAX)
		BUG("%zu members", count);
	for (size_t i = 0; i < count; i++)
		check_spec(&members[i]);
	return 0;
}
