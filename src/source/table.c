/* The table of sources, made from the rows of table.h: a row is at once the declaration, the entry and its place.
 * Everything that walks the sources (scheduler, config, help, Sources view, exports) walks this. */
#include "source/source.h"

#include <string.h>

#include "base/mem.h"

#include "table.h"

#define X(name) extern const struct source_ops source_##name;
SOURCE_TABLE(X)
#undef X

const struct source_ops *const source_table[] = {
#define X(name) &source_##name,
	SOURCE_TABLE(X)
#undef X
};
const size_t source_count = ARRAY_LEN(source_table);

int source_find(const char *name)
{
	for (size_t i = 0; i < source_count; i++)
		if (!strcmp(source_table[i]->name, name))
			return (int)i;
	return -1;
}
