/* landline mrt: a file of RIPE RIS, RouteViews or a router as lines of text, in the form of `bgpdump -m`.
 *
 * Bytes flow in chunks from the file through the unpacker and the decoder into one buffer of text; nothing grows with
 * the file. What is broken is named on stderr with the record's number and its place in the unpacked bytes, and costs
 * exit code 1. */
#include "cmd_mrt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli.h"
#include "source/mrt.h"
#include "unpack.h"

enum { BROKEN_SHOWN_MAX = 100 };

struct work {
	const char *name;
	struct mrt_printer printer;
	uint64_t broken;
	int write_errno; /* of stdout; nothing is read any more */
};

static void write_text(const char *text, size_t len, void *arg)
{
	struct work *w = arg;

	while (len > 0 && !w->write_errno) {
		ssize_t n = write(STDOUT_FILENO, text, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->write_errno = errno;
			return;
		}
		text += n;
		len -= (size_t)n;
	}
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct work *w = arg;

	mrt_print(&w->printer, rec);
	if (rec->why && ++w->broken <= BROKEN_SHOWN_MAX) {
		mrt_printer_flush(&w->printer); /* on a terminal the complaint stands behind the record */
		fprintf(stderr, "landline: %s: record %" PRIu64 " at byte %" PRIu64 " (type %u/%u): %s\n", w->name,
			rec->number, rec->offset, rec->type, rec->subtype, rec->why);
	}
}

static int read_all(struct unpack *u, struct mrt_reader *r, struct work *w, struct err *e)
{
	char *buf = xmalloc(UNPACK_CHUNK);
	size_t len;
	int code, fed = 0;

	do {
		code = unpack_read(u, buf, UNPACK_CHUNK, &len, e);
		if (len > 0)
			fed = mrt_feed(r, buf, len, take_record, w, code < 0 ? NULL : e);
	} while (code == 0 && fed == 0 && len > 0 && !w->write_errno);
	if (fed == 0)
		mrt_end(r, take_record, w);
	free(buf);
	return code < 0 ? code : fed;
}

int run_mrt(const struct cli *c)
{
	struct err e = {0};
	const char *path = c->word_count ? c->words[0] : "-";
	struct work w = {.name = strcmp(path, "-") ? path : "standard input"};
	struct unpack *u = NULL;
	struct mrt_reader *r = mrt_reader_new();
	int code = c->word_count > 1 ? err_set(&e, ERR_USAGE, "mrt reads one file: %zu were named", c->word_count) : 0;

	mrt_printer_init(&w.printer, write_text, &w);
	if (code == 0)
		code = unpack_open(&u, path, &e);
	if (code == 0 && (code = read_all(u, r, &w, &e)) < 0)
		err_prefix(&e, "%s", w.name);
	mrt_printer_flush(&w.printer);
	if (w.broken > BROKEN_SHOWN_MAX)
		fprintf(stderr, "landline: %s: %" PRIu64 " broken records in all\n", w.name, w.broken);
	unpack_close(u);
	mrt_printer_release(&w.printer);
	mrt_reader_free(r);
	if (w.write_errno && w.write_errno != EPIPE) /* `| head` has read what it wanted */
		code = err_set(&e, ERR_FILE, "cannot write the lines: %s", strerror(w.write_errno));
	if (code < 0)
		return cli_fail(code == ERR_USAGE ? EXIT_USED_WRONGLY : EXIT_FAILED, &e);
	return w.broken ? EXIT_FAILED : EXIT_DONE;
}
