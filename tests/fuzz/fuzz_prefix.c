/* links: core/prefix base/mem */
/* Fuzz addresses and prefixes: what is taken has one text form, which is read back to the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/prefix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIST_MAX = 64 };

static void check_one(const char *text, size_t len, struct prefix *p)
{
	char shown[PREFIX_TEXT_MAX];
	struct prefix again;
	struct addr a, b;

	if (addr_parse(text, len, &a)) {
		addr_format(shown, &a);
		if (!addr_parse(shown, strlen(shown), &b) || !addr_equal(&a, &b))
			BUG("address '%s' is not read back", shown);
	}
	if (!prefix_parse(text, len, p))
		return;
	if ((p->family != 4 && p->family != 6) || p->len > (p->family == 4 ? 32 : 128))
		BUG("family %u length %u", p->family, p->len);
	prefix_format(shown, p);
	if (!prefix_parse(shown, strlen(shown), &again) || !prefix_equal(p, &again))
		BUG("prefix '%s' is not read back", shown);
	if (!prefix_covers(p, &again) || prefix_cmp(p, &again) != 0 || prefix_hash(p) != prefix_hash(&again))
		BUG("'%s' is not itself", shown);
}

/* Aggregation may not lose or add anything: each prefix of the list is covered, and no result covers another. */
static void check_list(struct prefix *list, size_t count)
{
	struct prefix all[LIST_MAX];

	memcpy(all, list, count * sizeof(*list));
	size_t n = prefix_aggregate(list, count);
	for (size_t i = 0; i < count; i++) {
		size_t j = 0;
		while (j < n && !prefix_covers(&list[j], &all[i]))
			j++;
		if (j == n)
			BUG("prefix %zu was lost", i);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (i != j && prefix_covers(&list[i], &list[j]))
				BUG("results overlap");
}

/* One prefix a line; the bytes are copied to the exact size, so that a read past the end is seen. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct prefix list[LIST_MAX];
	size_t count = 0;

	while (size > 0 && count < LIST_MAX) {
		const uint8_t *lf = memchr(data, '\n', size);
		size_t len = lf ? (size_t)(lf - data) : size;
		char *line = xmalloc(len ? len : 1);
		memcpy(line, data, len);
		list[count].family = 0;
		check_one(line, len, &list[count]);
		count += list[count].family != 0;
		free(line);
		data += len < size ? len + 1 : len;
		size -= len < size ? len + 1 : len;
	}
	if (count > 0)
		check_list(list, count);
	return 0;
}
