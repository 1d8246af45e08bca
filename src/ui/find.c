/* Read-only lookups: see find.h. */
#include "find.h"

#include <string.h>

const struct event *find_event(const struct model *m, uint32_t id)
{
	size_t lo = 0, hi = m->book.count;

	while (id != 0 && lo < hi) { /* the book keeps its events by id, ascending */
		size_t mid = lo + (hi - lo) / 2;
		if (m->book.events[mid]->id == id)
			return m->book.events[mid];
		if (m->book.events[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

const struct territory *find_territory(const struct model *m, const char *code)
{
	for (size_t i = 0; i < m->territory_count; i++)
		if (strcmp(m->territories[i]->spec.code, code) == 0)
			return m->territories[i];
	return NULL;
}

const struct operator *find_operator(const struct territory *t, const struct network *n)
{
	if (n->operator_index < 0 || (size_t)n->operator_index >= t->operator_count)
		return NULL;
	return &t->operators[n->operator_index];
}
