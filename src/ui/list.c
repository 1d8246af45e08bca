/* The cursor of lists, tables and text pages: see list.h. */
#include "list.h"

size_t list_at(const struct list *l, size_t count)
{
	return count == 0 ? 0 : l->at < count ? l->at : count - 1;
}

size_t list_top(const struct list *l, size_t count, size_t page)
{
	size_t at = list_at(l, count), top = l->top;

	if (page == 0 || count <= page)
		return 0;
	if (top > count - page)
		top = count - page;
	if (at < top)
		top = at;
	if (at >= top + page)
		top = at - page + 1;
	return top;
}

void list_go(struct list *l, size_t at, size_t count, size_t page)
{
	l->at = at;
	l->at = list_at(l, count);
	l->top = list_top(l, count, page);
}

bool list_act(struct list *l, enum action a, size_t count, size_t page)
{
	size_t at = list_at(l, count), step = page > 1 ? page - 1 : 1, half = page > 1 ? page / 2 : 1;

	switch (a) {
	case ACTION_UP: at = at > 0 ? at - 1 : 0; break;
	case ACTION_DOWN: at++; break;
	case ACTION_PAGE_UP: at = at > step ? at - step : 0; break;
	case ACTION_PAGE_DOWN: at += step; break;
	case ACTION_HALF_UP: at = at > half ? at - half : 0; break;
	case ACTION_HALF_DOWN: at += half; break;
	case ACTION_FIRST: at = 0; break;
	case ACTION_LAST: at = count > 0 ? count - 1 : 0; break;
	default: return false;
	}
	list_go(l, at, count, page);
	return true;
}
