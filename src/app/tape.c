/* Finding the tape that was asked for: a row a kind, the first that claims it opens it. */
#include "app/tape.h"

#include <stdio.h>
#include <string.h>

#include "app/case.h"
#include "app/embedded.h"
#include "base/mem.h"
#include "tape_file.h"

struct opener {
	const char *name;
	bool (*claims)(const struct tape_want *w);
	int (*open)(const struct tape_want *w, struct tape **out, struct err *e);
};

static bool is_archive(const struct tape_want *w)
{
	return w->at != NULL;
}

static int open_archive(const struct tape_want *w, struct tape **out, struct err *e)
{
	(void)w;
	*out = NULL;
	return err_set(e, ERR_NOT_FOUND, "--at needs the network: cmd_archive.c opens it");
}

static bool is_case(const struct tape_want *w)
{
	return w->word && case_find(w->word) != NULL;
}

static int open_case(const struct tape_want *w, struct tape **out, struct err *e)
{
	const struct embedded *c = case_find(w->word);
	return case_open(out, c->name, (const char *)c->text, c->len, e);
}

static bool is_file(const struct tape_want *w)
{
	return w->word != NULL;
}

/* By its first bytes: bzip2, gzip without our extra field, or a plain MRT header (RFC 6396, 2: TABLE_DUMP, TABLE_DUMP_V2, BGP4MP,
 * BGP4MP_ET with a small subtype). */
static bool looks_like_mrt(const char *path)
{
	unsigned char b[16] = {0};
	FILE *f = fopen(path, "rb");
	size_t n = f ? fread(b, 1, sizeof(b), f) : 0;
	if (f)
		fclose(f);
	if (n < sizeof(b))
		return false;
	if (!memcmp(b, "BZh", 3) || (b[0] == 0x1f && b[1] == 0x8b && !(b[3] & 4 && b[12] == 'L' && b[13] == 'R')))
		return true;
	return b[4] == 0 && (b[5] == 12 || b[5] == 13 || b[5] == 16 || b[5] == 17) && b[6] == 0 && b[7] < 16;
}

static int open_file(const struct tape_want *w, struct tape **out, struct err *e)
{
	int rc = tape_file_open(out, w->word, e);
	if (rc == ERR_PARSE && looks_like_mrt(w->word))
		return err_set(e, ERR_PARSE, "%s looks like an MRT archive: `landline mrt FILE` reads it, `landline replay --at TIME` plays one",
			       w->word);
	if (rc != ERR_NOT_FOUND || strchr(w->word, '/'))
		return rc;
	return err_set(e, ERR_NOT_FOUND, "no file and no case '%s'; bundled: kp-2014", w->word);
}

static const struct opener openers[] = {
	{"archive", is_archive, open_archive},
	{"case", is_case, open_case},
	{"recording", is_file, open_file},
};

int tape_open(const struct tape_want *want, struct tape **out, struct err *e)
{
	*out = NULL;
	for (size_t i = 0; i < ARRAY_LEN(openers); i++)
		if (openers[i].claims(want))
			return openers[i].open(want, out, e);
	return err_set(e, ERR_USAGE, "replay needs a recording, or the name of a case: landline replay kp-2014");
}
