/* Sharing rows among panes: see layout.h. The order of worth is a table, not code. */
#include "layout.h"

#include <string.h>

#include "base/mem.h"

enum { SIDE_BY_SIDE = 110 /* columns from which upstreams and sites share rows */, LOG_MIN = 6 };

/* In this order each slot grows to so many rows, if it can use them. `whole`: all of them or none. */
static const struct {
	enum slot slot;
	int rows;
	bool whole;
} steps[] = {
	{SLOT_VERDICT, 1, false}, {SLOT_GRID, 1, false},    {SLOT_LOG, 1, false},        {SLOT_GRID, 2, false},
	{SLOT_VERDICT, 2, false}, {SLOT_GRID, 5, false},    {SLOT_SIGNALS, 3, true},     {SLOT_LOG, 2, true},
	{SLOT_REASONS, 1, false}, {SLOT_SIGNALS, 5, false}, {SLOT_LOG, 3, false},        {SLOT_UPSTREAMS, 2, true},
	{SLOT_SITES, 3, true},    {SLOT_GRID, 8, false},    {SLOT_REASONS, 3, false},    {SLOT_VERDICT, 3, false},
	{SLOT_SIGNALS, 7, false}, {SLOT_SITES, 4, false},   {SLOT_GRID, 14, false},      {SLOT_UPSTREAMS, 4, false},
	{SLOT_LOG, 6, false},     {SLOT_VERDICT, 8, false}, {SLOT_REASONS, 8, false},    {SLOT_SIGNALS, 20, false},
	{SLOT_SITES, 7, false},   {SLOT_ATTACKS, 3, true},
	{SLOT_ATTACKS, 4, false}, {SLOT_GRID, 400, false},  {SLOT_UPSTREAMS, 20, false}, {SLOT_SITES, 40, false},
	{SLOT_LOG, 400, false},
};

static int least(int a, int b)
{
	return a < b ? a : b;
}

static void share_out(int rows, const int want[SLOT_COUNT], int got[SLOT_COUNT])
{
	memset(got, 0, SLOT_COUNT * sizeof(*got));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		enum slot s = steps[i].slot;
		int more = least(steps[i].rows, want[s]) - got[s];
		if (more <= 0 || (more > rows && steps[i].whole))
			continue;
		more = least(more, rows);
		got[s] += more;
		rows -= more;
	}
	got[SLOT_LOG] += rows; /* what nobody needs is room for the log to come */
}

static struct rect take(struct rect *from, int rows)
{
	struct rect r = *from;

	r.rows = least(rows, from->rows);
	from->y += r.rows;
	from->rows -= r.rows;
	return r;
}

/* One column: everything below each other, in reading order. */
static void place_column(struct rect area, layout_want *want, const void *arg, struct rect out[SLOT_COUNT])
{
	int wants[SLOT_COUNT], got[SLOT_COUNT], left = area.cols * 2 / 5;

	for (int s = 0; s < SLOT_COUNT; s++)
		wants[s] = want(arg, (enum slot)s, area.cols, s == SLOT_GRID ? area.rows * 2 / 3 : area.rows);
	bool pair = area.cols >= SIDE_BY_SIDE && wants[SLOT_UPSTREAMS] > 0 && wants[SLOT_SITES] > 0;
	if (pair) {
		wants[SLOT_SITES] = want(arg, SLOT_SITES, area.cols - left - 2, area.rows);
		wants[SLOT_UPSTREAMS] = want(arg, SLOT_UPSTREAMS, left, area.rows);
		if (wants[SLOT_UPSTREAMS] > wants[SLOT_SITES])
			wants[SLOT_SITES] = wants[SLOT_UPSTREAMS];
		wants[SLOT_UPSTREAMS] = 0; /* the two share what sites get */
	}
	share_out(area.rows, wants, got);
	for (int s = 0; s < SLOT_COUNT; s++)
		out[s] = take(&area, got[s]);
	if (pair) {
		out[SLOT_UPSTREAMS] = out[SLOT_SITES];
		out[SLOT_UPSTREAMS].cols = left;
		out[SLOT_SITES].x += left + 2;
		out[SLOT_SITES].cols -= left + 2;
	}
}

/* Left networks and log, right the rest; on top the verdict with its reasons beside it. */
static void place_wide(struct rect area, layout_want *want, const void *arg, struct rect out[SLOT_COUNT])
{
	int left = area.cols * 11 / 20, right = area.cols - left - 2;
	int reasons = want(arg, SLOT_REASONS, right, area.rows);
	int verdict = want(arg, SLOT_VERDICT, reasons > 0 ? left : area.cols, area.rows);
	struct rect top = take(&area, least(verdict > reasons ? verdict : reasons, area.rows / 4));
	struct rect l = area, r = area;

	out[SLOT_VERDICT] = out[SLOT_REASONS] = top;
	if (reasons > 0)
		out[SLOT_VERDICT].cols = left;
	out[SLOT_REASONS].x += left + 2;
	out[SLOT_REASONS].cols = right;
	out[SLOT_REASONS].rows = least(reasons, top.rows);
	l.cols = left;
	r.x += left + 2;
	r.cols = right;
	int up = want(arg, SLOT_UPSTREAMS, right, r.rows), sites = want(arg, SLOT_SITES, right, r.rows);
	int signals = want(arg, SLOT_SIGNALS, right, r.rows);
	int attacks = want(arg, SLOT_ATTACKS, right, r.rows);
	if (up + sites + signals == 0) { /* nothing to stand beside: attacks alone are no reason for a column */
		l.cols = area.cols;
		attacks = 0;
	}
	int most = l.rows > 3 * LOG_MIN ? l.rows - LOG_MIN : l.rows * 2 / 3;
	out[SLOT_GRID] = take(&l, least(want(arg, SLOT_GRID, l.cols, most), most));
	out[SLOT_LOG] = l;
	up = least(up, r.rows / 4);
	sites = least(sites, r.rows / 3);
	attacks = attacks > r.rows / 5 ? 0 : attacks; /* all of them or none */
	/* two lines a signal at most: taller sparklines would outshine the networks */
	signals = signals > 0 ? least(1 + 2 * (signals - 1), r.rows - up - sites - attacks) : 0;
	out[SLOT_SIGNALS] = take(&r, signals);
	out[SLOT_ATTACKS] = take(&r, attacks);
	out[SLOT_UPSTREAMS] = take(&r, up);
	out[SLOT_SITES] = take(&r, sites);
}

void layout_place(struct rect area, layout_want *want, const void *arg, struct rect out[SLOT_COUNT])
{
	if (area.cols >= LAYOUT_WIDE && area.rows >= 16)
		place_wide(area, want, arg, out);
	else
		place_column(area, want, arg, out);
}
