/* See tape_stream.h. */
#include "tape_stream.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

void tape_stream_config(struct strbuf *out, const char *source, const struct territory_spec *specs, size_t count)
{
	for (size_t i = 0; i < source_count; i++)
		strbuf_addf(out, "[source.%s]\nenabled = %s\n", source_table[i]->name,
			    strcmp(source_table[i]->name, source) ? "no" : "yes");
	strbuf_adds(out, "[sites]\n");
	for (size_t i = 0; i < count; i++)
		strbuf_addf(out, "%s =\n", specs[i].code);
}

void tape_stream_name(const char *source, char dst[TAPE_STREAM_MAX])
{
	static char streams[4][TAPE_STREAM_MAX];
	struct prefix any = {.family = 4};

	dst[0] = '\0';
	if (source_table[source_find(source)]->subscribe(&any, 1, streams, ARRAY_LEN(streams)) == 1)
		snprintf(dst, TAPE_STREAM_MAX, "%s", streams[0]);
}

void tape_stream_territories(struct tape_info *out, const struct territory_spec *specs, size_t count)
{
	for (size_t i = 0; i < count && out->territory_count < ARRAY_LEN(out->territories); i++)
		out->territories[out->territory_count++] = specs[i];
}
