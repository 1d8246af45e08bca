/* links: core/config core/config_options core/inifile core/territory core/countries core/prefix core/theme core/glyph base/strbuf base/text base/when base/err base/mem */
/* Fuzz the configuration: what is taken can be printed and read back to the same, what is refused changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct config_source_default sources[] = {
	{"ripestat", "https://stat.ripe.net", true},
	{"probe", NULL, true},
	{"radar", "https://api.cloudflare.com", false},
};

static void print(const struct config *c, struct strbuf *out)
{
	strbuf_init(out, 1 << 20);
	config_print_template(c, out);
	if (out->cut)
		BUG("the printed file is over 1 MiB");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct config c, defaults;
	struct strbuf first, second;
	struct err e = {0};

	config_init(&c, sources, ARRAY_LEN(sources));
	memcpy(&defaults, &c, sizeof(c));
	if (config_parse(&c, "fuzz", (const char *)data, size, &e) != 0) {
		if (e.code != ERR_USAGE || strncmp(e.msg, "fuzz:", 5) != 0)
			BUG("error without a place: '%s'", e.msg);
		if (memcmp(&defaults, &c, sizeof(c)) != 0)
			BUG("a refused file changed something: '%s'", e.msg);
		return 0;
	}
	print(&c, &first);
	if (config_parse(&c, "printed", first.text, first.len, &e) != 0)
		BUG("printed, not read back: %s", e.msg);
	print(&c, &second);
	if (strcmp(first.text, second.text) != 0)
		BUG("printed twice, different");
	strbuf_release(&first);
	strbuf_release(&second);
	return 0;
}
