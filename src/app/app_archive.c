/* File names of the archives, from times. RIS: tables every 8 h, updates every 5 min (15 min until mid-2003);
 * RouteViews: 2 h and 15 min. The few days on which a daemon's start moved the minutes are found to be missing by the
 * fetch, and said. */
#include "app_archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define MINUTE                 60000LL
#define TABLES_MS              (8 * 60 * MINUTE)
#define TABLES_ROUTEVIEWS_MS   (2 * 60 * MINUTE)
#define RIS_FIVE_MINUTES_SINCE 1058918400000LL /* 2003-07-23; 15 min before [bgp.md 8] */

static const char default_collectors[] = "rrc00,rrc01,rrc03,route-views2";

#define RIS(n)                                                                                                         \
	{                                                                                                              \
		"rrc" n, "rrc" n, ARCHIVE_RIS, "rrc" n, false                                                          \
	}
#define RIS_MULTIHOP(n)                                                                                                \
	{                                                                                                              \
		"rrc" n, "rrc" n, ARCHIVE_RIS, "rrc" n, true                                                           \
	}
const struct archive_collector archive_collectors[] = {
	RIS_MULTIHOP("00"),
	RIS("01"),
	RIS("03"),
	RIS("04"),
	RIS("05"),
	RIS("06"),
	RIS("07"),
	RIS("10"),
	RIS("11"),
	RIS("12"),
	RIS("13"),
	RIS("14"),
	RIS("15"),
	RIS("16"),
	RIS("18"),
	RIS("19"),
	RIS("20"),
	RIS("21"),
	RIS("22"),
	RIS("23"),
	RIS_MULTIHOP("24"),
	RIS_MULTIHOP("25"),
	RIS("26"),
	{"route-views2", "route-views2", ARCHIVE_ROUTEVIEWS, "", true},
	{"route-views3", "route-views3", ARCHIVE_ROUTEVIEWS, "route-views3/", true},
	{"route-views4", "route-views4", ARCHIVE_ROUTEVIEWS, "route-views4/", true},
	{"route-views6", "route-views6", ARCHIVE_ROUTEVIEWS, "route-views6/", true},
	{"route-views.linx", "rv-linx", ARCHIVE_ROUTEVIEWS, "route-views.linx/", false},
	{"route-views.eqix", "rv-eqix", ARCHIVE_ROUTEVIEWS, "route-views.eqix/", false},
	{"route-views.isc", "rv-isc", ARCHIVE_ROUTEVIEWS, "route-views.isc/", false},
	{"route-views.sydney", "rv-sydney", ARCHIVE_ROUTEVIEWS, "route-views.sydney/", false},
	{"route-views.wide", "rv-wide", ARCHIVE_ROUTEVIEWS, "route-views.wide/", false},
	{"route-views.sg", "rv-sg", ARCHIVE_ROUTEVIEWS, "route-views.sg/", false},
	{"route-views.saopaulo", "rv-saopaulo", ARCHIVE_ROUTEVIEWS, "route-views.saopaulo/", false},
	{NULL, NULL, ARCHIVE_RIS, NULL, false},
};

/* ---- which ---- */

static int unknown_collector(const char *word, struct err *e)
{
	const char *names[ARRAY_LEN(archive_collectors)];
	size_t n = 0;
	for (const struct archive_collector *c = archive_collectors; c->name; c++)
		names[n++] = c->name;
	names[n] = NULL;
	const char *near = text_nearest(word, names);
	return err_set(e, ERR_USAGE, "unknown collector '%.40s'%s%s%s", word, near ? "; did you mean '" : "",
		       near ? near : "",
		       near ? "'?" : "; rrc00 to rrc26, route-views2 and others: `landline help sources`");
}

static int choose(struct archive_plan *p, const char *names, struct err *e)
{
	for (const char *at = names; *at;) {
		size_t len = strcspn(at, ",");
		char word[48];
		const struct archive_collector *c = archive_collectors;
		snprintf(word, sizeof(word), "%.*s", (int)(len < 47 ? len : 47), at);
		while (c->name && strcmp(c->name, word))
			c++;
		if (!c->name)
			return unknown_collector(word, e);
		bool twice = false;
		for (size_t i = 0; i < p->collector_count; i++)
			twice |= p->collectors[i] == c;
		if (p->collector_count == ARCHIVE_COLLECTORS_MAX)
			return err_set(e, ERR_USAGE, "more than %d collectors", ARCHIVE_COLLECTORS_MAX);
		if (!twice)
			p->collectors[p->collector_count++] = c;
		at += len + (at[len] == ',');
	}
	return p->collector_count ? 0 : err_set(e, ERR_USAGE, "no collector named");
}

/* "20141222.1615" and "2014.12" */
static void stamps(struct wall t, char file[16], char month[8])
{
	char iso[WALL_TEXT_MAX];
	wall_format(iso, t);
	snprintf(file, 16, "%.4s%.2s%.2s.%.2s%.2s", iso, iso + 5, iso + 8, iso + 11, iso + 14);
	snprintf(month, 8, "%.4s.%.2s", iso, iso + 5);
}

static int add_file(struct archive_plan *p, const struct archive_collector *c, bool table, struct wall t,
		    int64_t span_ms, const char *const bases[2], struct err *e)
{
	char stamp[16], month[8], name[48];
	if (p->count == ARCHIVE_FILES_MAX)
		return err_set(e, ERR_USAGE, "that would be more than %d files: fewer collectors or less time",
			       ARCHIVE_FILES_MAX);
	mem_grow(&p->files, &p->cap, p->count + 1, sizeof(*p->files));
	struct archive_file *f = &p->files[p->count++];
	*f = (struct archive_file){.collector = c, .table = table, .from = t, .span_ms = span_ms};
	stamps(t, stamp, month);
	if (c->project == ARCHIVE_RIS) {
		snprintf(name, sizeof(name), "%s.%s.gz", table ? "bview" : "updates", stamp);
		snprintf(f->url, sizeof(f->url), "%s/%s/%s/%s", bases[ARCHIVE_RIS], c->folder, month, name);
	} else {
		snprintf(name, sizeof(name), "%s.%s.bz2", table ? "rib" : "updates", stamp);
		snprintf(f->url, sizeof(f->url), "%s/%sbgpdata/%s/%s/%s", bases[ARCHIVE_ROUTEVIEWS], c->folder, month,
			 table ? "RIBS" : "UPDATES", name);
	}
	snprintf(f->path, sizeof(f->path), "mrt/%s/%s", c->key, name);
	return 0;
}

static int64_t step_of(const struct archive_collector *c, struct wall t)
{
	return c->project == ARCHIVE_RIS && t.ms >= RIS_FIVE_MINUTES_SINCE ? 5 * MINUTE : 15 * MINUTE;
}

static int by_time(const void *x, const void *y)
{
	const struct archive_file *a = x, *b = y;
	if (a->table != b->table)
		return a->table ? -1 : 1;
	if (a->from.ms != b->from.ms)
		return a->from.ms < b->from.ms ? -1 : 1;
	return strcmp(a->path, b->path);
}

int archive_times(struct wall at, struct wall until, struct wall now, struct err *e)
{
	if (until.ms <= at.ms)
		return err_set(e, ERR_USAGE, "--until is not after --at");
	if (until.ms - at.ms > ARCHIVE_SPAN_MAX_MS)
		return err_set(e, ERR_USAGE, "more than 31 days at once");
	if (at.ms >= now.ms)
		return err_set(e, ERR_USAGE, "--at is not in the past");
	return 0;
}

int archive_plan(struct archive_plan *p, struct wall at, struct wall until, const char *names, const char *url_ris,
		 const char *url_routeviews, struct wall now, struct err *e)
{
	const char *const bases[] = {url_ris, url_routeviews};
	*p = (struct archive_plan){.at = at, .until = until, .base = {at.ms - at.ms % TABLES_MS}};
	if (archive_times(at, until, now, e) < 0)
		return e->code;
	int rc = choose(p, names && *names ? names : default_collectors, e);
	for (size_t i = 0; i < p->collector_count && rc == 0; i++) {
		const struct archive_collector *c = p->collectors[i];
		int64_t step = step_of(c, p->base);
		rc = add_file(p, c, true, p->base, TABLES_MS, bases, e);
		for (int64_t t = p->base.ms; t < until.ms && t < now.ms && rc == 0; t += step)
			rc = add_file(p, c, false, (struct wall){t}, step, bases, e);
	}
	if (rc < 0) {
		archive_plan_release(p);
		return rc;
	}
	qsort(p->files, p->count, sizeof(*p->files), by_time);
	return 0;
}

/* ---- back after a hole ---- */

static const struct archive_file *table_at(const struct archive_plan *p, const struct archive_collector *c, int64_t ms)
{
	for (size_t i = 0; i < p->count && p->files[i].table; i++)
		if (p->files[i].collector == c && p->files[i].from.ms == ms)
			return &p->files[i];
	return NULL;
}

static bool is_hole(const struct archive_plan *p, const struct archive_collector *c, int64_t from, int64_t until)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct archive_file *f = &p->files[i];
		if (!f->table && f->collector == c && f->missing && f->from.ms < until &&
		    f->from.ms + f->span_ms > from)
			return true;
	}
	return false;
}

/* No use of a table in the middle of a hole. */
static bool goes_on(const struct archive_plan *p, const struct archive_collector *c, int64_t ms)
{
	return !is_hole(p, c, ms, ms + 1);
}

size_t archive_plan_returns(struct archive_plan *p, const char *url_ris, const char *url_routeviews)
{
	const char *const bases[] = {url_ris, url_routeviews};
	struct err unseen = {0};
	size_t added = 0;
	for (size_t i = 0; i < p->collector_count; i++) {
		const struct archive_collector *c = p->collectors[i];
		int64_t step = c->project == ARCHIVE_RIS ? TABLES_MS : TABLES_ROUTEVIEWS_MS, known = p->base.ms;
		for (int64_t t = p->base.ms + step; t < p->until.ms; t += step) {
			const struct archive_file *f = table_at(p, c, t);
			bool wanted = is_hole(p, c, known, t) && goes_on(p, c, t);
			if (!wanted || (f && f->missing))
				continue;
			if (!f && add_file(p, c, true, (struct wall){t}, step, bases, &unseen) < 0)
				return added;
			added += !f;
			known = t;
		}
	}
	if (added)
		qsort(p->files, p->count, sizeof(*p->files), by_time);
	return added;
}

void archive_plan_release(struct archive_plan *p)
{
	free(p->files);
	*p = (struct archive_plan){0};
}

/* ---- how much ---- */

char *archive_listing_url(char *dst, const struct archive_file *f)
{
	const char *slash = strrchr(f->url, '/');
	snprintf(dst, 360, "%.*s", (int)(slash - f->url + 1), f->url);
	return dst;
}

static uint64_t read_size(const char *word, size_t len)
{
	char text[24], *end;
	if (!len || len >= sizeof(text))
		return 0;
	memcpy(text, word, len);
	text[len] = '\0';
	double v = strtod(text, &end);
	static const char units[] = "KMG";
	const char *unit = *end ? strchr(units, *end) : NULL;
	if (end == text || v < 0 || v > 1e15 || (*end && (!unit || end[1])))
		return 0;
	for (int i = 0; unit && i <= unit - units; i++)
		v *= 1024;
	return (uint64_t)v;
}

uint64_t archive_listing_size(const char *html, const char *name)
{
	char want[80];
	snprintf(want, sizeof(want), "\"%.70s\"", name);
	const char *p = strstr(html, want);
	uint64_t found = 0;
	if (!p)
		return 0;
	p += strlen(want);
	/* to the end of its row: tags are skipped, a word that is a number with or without a unit is the size, the last
	 * one counts */
	for (int n = 0; *p && *p != '\n' && n < 600 && strncmp(p, "</tr", 4);) {
		if (*p == '<') {
			size_t skip = strcspn(p, ">\n");
			p += skip + (p[skip] == '>');
			n += (int)skip;
			continue;
		}
		size_t len = strcspn(p, " \t\r<\n>");
		uint64_t size = read_size(p, len);
		found = size ? size : found;
		p += len + (len == 0);
		n += (int)len + 1;
	}
	return found;
}

char *archive_bytes(char *dst, uint64_t bytes)
{
	static const char *const units[] = {"B", "KB", "MB", "GB"};
	double v = (double)bytes;
	size_t u = 0;
	for (; v >= 1000 && u + 1 < ARRAY_LEN(units); u++)
		v /= 1000;
	snprintf(dst, 16, u && v < 10 ? "%.1f %s" : "%.0f %s", v, units[u]);
	return dst;
}

/* "4.2 MB and those of unknown size to fetch". */
static void add_sizes(struct strbuf *out, uint64_t bytes, size_t unsized)
{
	char size[16];
	if (bytes || !unsized)
		strbuf_addf(out, ", %s%s\n", archive_bytes(size, bytes), unsized ? " and those of unknown size" : "");
	else
		strbuf_adds(out, ", size unknown\n");
}

void archive_plan_text(const struct archive_plan *p, struct strbuf *out)
{
	char at[WALL_TEXT_MAX], until[WALL_TEXT_MAX], base[WALL_TEXT_MAX];
	uint64_t all = 0;
	size_t have = 0, unsized = 0, missing = 0;
	strbuf_addf(out, "%s to %s, from the table dumps of %s\n", wall_format(at, p->at), wall_format(until, p->until),
		    wall_format(base, p->base));
	for (size_t i = 0; i < p->collector_count; i++) {
		uint64_t bytes = 0;
		size_t files = 0, own_have = 0, own_unsized = 0, own_missing = 0;
		for (size_t k = 0; k < p->count; k++) {
			const struct archive_file *f = &p->files[k];
			if (f->collector != p->collectors[i])
				continue;
			files++;
			own_have += f->have;
			own_missing += f->missing;
			bytes += f->have || f->missing ? 0 : f->bytes;
			own_unsized += !f->have && !f->missing && !f->bytes;
		}
		strbuf_addf(out, "  %-20s %5zu files, %zu in the cache", p->collectors[i]->name, files, own_have);
		if (own_missing)
			strbuf_addf(out, ", %zu not in the archive", own_missing);
		strbuf_addf(out, ", %zu to fetch", files - own_have - own_missing);
		add_sizes(out, bytes, own_unsized);
		all += bytes;
		have += own_have;
		unsized += own_unsized;
		missing += own_missing;
	}
	strbuf_addf(out, "%zu files, %zu to fetch", p->count, p->count - have - missing);
	add_sizes(out, all, unsized);
}
