/* links: core/theme core/theme_parse core/inifile base/strbuf base/text base/err base/mem */
/* Fuzz theme files: every look that comes out is one the screen can draw. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "core/theme.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_color(int color, int max)
{
	if (color < COLOR_DEFAULT || color > max)
		BUG("colour %d of %d", color, max);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int max[LEVEL_COUNT] = {
		[LEVEL_MONO] = COLOR_DEFAULT, [LEVEL_16] = 15, [LEVEL_256] = 255, [LEVEL_TRUE] = 0xFFFFFF};
	struct theme t;
	struct err e = {0};

	if (theme_parse("fuzz", (const char *)data, size, &t, &e) != 0) {
		if (e.code != ERR_USAGE || strncmp(e.msg, "fuzz:", 5) != 0)
			BUG("error without a place: '%s'", e.msg);
		return 0;
	}
	if (!memchr(t.name, '\0', sizeof(t.name)) || !memchr(t.about, '\0', sizeof(t.about)) || !t.name[0])
		BUG("no name");
	for (int level = 0; level < LEVEL_COUNT; level++) {
		for (int role = 0; role < ROLE_COUNT; role++) {
			check_color(t.looks[level][role].fg, max[level]);
			check_color(t.looks[level][role].bg, max[level]);
		}
	}
	return 0;
}
