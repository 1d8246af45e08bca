/* A chart of an event for people who were not there: as SVG for a page and as text for a mail. Pure.
 *
 * Up to CHART_LINES_MAX lines over one span of time, each in a band of its own with its own scale from zero. Missing data is a
 * gap in both forms, never a line and never a zero. The event's start and end are marked. */
#ifndef LANDLINE_CORE_CHART_H
#define LANDLINE_CORE_CHART_H

#include <stddef.h>

#include "base/strbuf.h"
#include "base/when.h"
#include "core/series.h"

#define CHART_LINES_MAX 8

struct chart_line {
	const char *title, *unit;  /* "networks visible", "networks" */
	const struct series *series;
	double usual;              /* drawn as a dashed line; NAN: not known */
};

struct chart {
	const char *title;         /* the claim, one sentence */
	const char *credit;        /* sources and attribution, one line */
	struct wall from, until;   /* until after from */
	struct wall start, end;    /* of the event; WALL_NONE: not drawn */
	struct chart_line lines[CHART_LINES_MAX];
	size_t line_count;
};

void chart_svg(const struct chart *c, struct strbuf *out);
/* columns: at least 40; plain ASCII, each line cut to them. */
void chart_text(const struct chart *c, int columns, struct strbuf *out);

#endif
