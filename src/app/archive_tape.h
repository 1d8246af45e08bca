/* A tape made of archive files that are on disk: see archive_tape.c. */
#ifndef LANDLINE_SRC_APP_ARCHIVE_TAPE_H
#define LANDLINE_SRC_APP_ARCHIVE_TAPE_H

#include "app/tape.h"
#include "app_archive.h"

struct archive_tape_options {
	struct archive_plan *plan; /* borrowed until the tape is freed; files that are `have` are read */
	bool takes_plan;           /* the plan is malloced and the tape's from here on, also on error */
	const char *cache_dir;              /* before each file's path; copied */
	const struct territory_spec *specs; /* copied */
	size_t spec_count;
	const char *const
		*resources; /* per spec: RIPEstat's country-resource-list of then, NULL: not a country; copied */
	bool quiet_holes;   /* files that are not there are taken for times without a change, not for unknown */
	/* Called while the table dumps are read: how far, 0..1, and with what. False stops: ERR_NET "cancelled". NULL:
	 * not called. */
	bool (*progress)(void *arg, double done, const char *file);
	void *arg;
};

/* Reads the table dumps (that takes seconds), keeps what is about the territories, and stands at the beginning of the
 * updates. ERR_FILE, ERR_PARSE, ERR_NOT_FOUND in words. */
int archive_tape_open(struct tape **out, const struct archive_tape_options *o, struct err *e) MUST_CHECK;

#endif
