/* links: core/manifest core/state base/json base/strbuf base/when base/err base/mem base/text */
/* Fuzz the manifest of an evidence bundle: it never names a file elsewhere, and what is read is written as it was. */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "core/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct manifest *m)
{
	struct manifest again;
	struct strbuf text, why;
	struct err e = {0};

	for (size_t i = 0; i < m->file_count; i++)
		if (strpbrk(m->files[i].name, "/\\ \033") || m->files[i].name[0] == '.' || !m->files[i].name[0])
			BUG("'%s' is no plain name", m->files[i].name);
	strbuf_init(&text, MANIFEST_BYTES_MAX);
	strbuf_init(&why, 4096);
	manifest_write(m, &text);
	if (!text.cut && manifest_parse(text.text, text.len, &again, &e) != 0)
		BUG("what was read cannot be read again: %s", e.msg);
	if (!text.cut && again.file_count != m->file_count)
		BUG("%zu files became %zu", m->file_count, again.file_count);
	strbuf_release(&text);
	strbuf_release(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct manifest m;
	struct err e = {0};

	if (manifest_parse((const char *)data, size, &m, &e) == 0)
		check(&m);
	else if (!e.msg[0] || strchr(e.msg, '\n'))
		BUG("an error is one line");
	return 0;
}
