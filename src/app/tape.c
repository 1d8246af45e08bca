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

static int open_file(const struct tape_want *w, struct tape **out, struct err *e)
{
	int rc = tape_file_open(out, w->word, e);
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
