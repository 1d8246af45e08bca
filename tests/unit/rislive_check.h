/* What the tests of the RIS Live reader share. JSON is written with ' for " in them; feed_text puts it right. */
#ifndef LANDLINE_TESTS_RISLIVE_CHECK_H
#define LANDLINE_TESTS_RISLIVE_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/rislive.h"

#define T 1419264905250
#define HEAD "'timestamp':1419264905.250,'peer':'192.0.2.17','peer_asn':'64500','host':'rrc03.ripe.net'"
#define DATA(rest) "{'type':'ris_message','data':{" HEAD "," rest "}}\n"
#define GOOD DATA("'type':'UPDATE','withdrawals':['175.45.178.0/24']") /* one fact */

/* Feed text with its quotes put right, in a block of exactly its size, so that the sanitizer sees one byte too far. */
static inline int feed_text(struct stream_reader *r, const char *text, size_t len, struct batch *b, struct err *e)
{
	char *copy = xmalloc(len);

	for (size_t i = 0; i < len; i++)
		copy[i] = text[i] == '\'' ? '"' : text[i];
	int code = source_rislive.feed(r, copy, len, b, e);
	free(copy);
	return code;
}

static inline char *read_fixture(const char *name, size_t *len)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/fixtures/rislive/%s", getenv("LANDLINE_TESTS"), name);
	FILE *f = fopen(path, "rb");
	if (!f)
		fail_msg("cannot read %s", path);
	char *text = xmalloc(1 << 16);
	*len = fread(text, 1, 1 << 16, f);
	fclose(f);
	return text;
}

#endif
