/* Private to src/ui: the views. A new one is its file and a row here, in the order of their number keys. */
#ifndef LANDLINE_UI_VIEW_TABLE_H
#define LANDLINE_UI_VIEW_TABLE_H

#include "ui/view.h"

#define VIEWS(X) \
	X(world) \
	X(territory) \
	X(events) \
	X(sources)

#define X(name) extern const struct view_ops view_##name;
VIEWS(X)
#undef X

/* Index of a view in view_table by name; a name that is not there is a BUG. */
size_t view_index(const struct view_ops *ops);

#endif
