/* The table of views: see view_table.h. */
#include "view_table.h"

#include "base/mem.h"

const struct view_ops *const view_table[] = {
#define X(name) &view_##name,
	VIEWS(X)
#undef X
};

const size_t view_count = ARRAY_LEN(view_table);

size_t view_index(const struct view_ops *ops)
{
	for (size_t i = 0; i < view_count; i++)
		if (view_table[i] == ops)
			return i;
	BUG("view '%s' is not in view_table.h", ops->name);
}
