/* Frames, the session and the memories of a recording, from any bytes: whatever is eaten is inside of what was given, and what is read
 * can be written and read again. The container is tests/fuzz/fuzz_record.c's. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/frame.h"
#include "core/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_memory(const char *bytes, size_t len)
{
	char territory[TERRITORY_CODE_MAX], *text = xstrndup(bytes ? bytes : "", len);
	struct net_memory net;
	static struct event ev;
	static struct source_state source;
	struct series series;
	struct series_name name;
	uint32_t origin;
	(void)memory_get_net(text, territory, &net, &origin);
	(void)memory_get_event(text, &ev);
	(void)memory_get_source(text, &source);
	if (memory_get_series(text, &name, &series))
		series_release(&series);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct session session;
	struct frame_reader *r = frame_reader_new();
	struct frame f;
	struct err e = {0};
	struct strbuf again;
	size_t at = 0, used;
	strbuf_init(&again, 1 << 20);
	while (frame_read(r, (const char *)data + at, size - at, &used, &f, &e) > 0) {
		if (used == 0 || used > size - at)
			abort();
		if (f.kind == FRAME_SESSION && session_read(f.in.body, f.in.len, &session, &e) == 0 && !session.format)
			abort();
		if (f.kind == FRAME_MEMORY)
			take_memory(f.in.body, f.in.len);
		if (f.kind != FRAME_KIND_COUNT) {
			strbuf_clear(&again);
			frame_head(&f, &again);
		}
		at += used;
	}
	strbuf_release(&again);
	frame_reader_free(r);
	return 0;
}
