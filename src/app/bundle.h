/* Evidence bundles: a folder that holds a claim about one event and all that it takes to check it (product.md, `e` export).
 *
 *     README.txt event.json event.txt log.txt series.csv series.json chart.svg chart.txt inputs.rec manifest.json
 *
 * inputs.rec is the slice of input that the event was derived from, in the recording format; the manifest has everything's
 * SHA-256. Somebody else's landline says with `landline verify DIR` whether it holds. */
#ifndef LANDLINE_APP_BUNDLE_H
#define LANDLINE_APP_BUNDLE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "core/chart.h"
#include "core/event.h"
#include "core/manifest.h"

#define BUNDLE_INPUTS "inputs.rec"
#define BUNDLE_MANIFEST "manifest.json"

struct bundle_parts {
	const struct event *ev;        /* with its evidence */
	struct wall now;               /* of the export, in the event's world (a replay's time in a replay) */
	struct wall derived_at;        /* the inputs give the event as it is when they are played up to here */
	struct wall from, until;       /* what the series and the charts show */
	struct chart_line lines[CHART_LINES_MAX];
	size_t line_count;
	const char *log;               /* lines of the event log about it, in words */
	const char *credits;           /* attributions of the sources used, a line each */
	const char *inputs;            /* path of the slice, copied into the bundle; NULL: there is none */
	const char *why_no_inputs;     /* then */
	const struct thresholds *thresholds; /* in force here; NULL: none are said */
};

/* Make the folder: it must not exist, or be empty. All of it appears at once, or nothing does. */
int bundle_write(const char *dir, const struct bundle_parts *p, struct err *e) MUST_CHECK;

/* Read the manifest of a bundle. */
int bundle_read_manifest(const char *dir, struct manifest *m, struct err *e) MUST_CHECK;
/* Is every file what the manifest says, and is there nothing else? Says so, a line a file that is not, into report. */
bool bundle_check_files(const char *dir, const struct manifest *m, struct strbuf *report);

#endif
