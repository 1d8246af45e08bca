/* Evidence bundles on disk, see bundle.h. The folder is made under another name beside its place and renamed when whole. */
#include "bundle.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/digest.h"
#include "io/files.h"

enum { PATH_ROOM = 1200, TEXT_BYTES_MAX = 8 << 20, CHART_COLUMNS = 100 };

/* ---- the files ---- */

static void series_csv(const struct bundle_parts *p, struct strbuf *out)
{
	char time[WALL_TEXT_MAX];

	strbuf_adds(out, "series,unit,time,value,replay\n");
	for (size_t i = 0; i < p->line_count; i++) {
		const struct chart_line *l = &p->lines[i];
		int64_t step = l->series->step_ms;
		for (int64_t t = p->from.ms - p->from.ms % step; t < p->until.ms; t += step) {
			double v = series_at(l->series, (struct wall){t});
			strbuf_add_csv(out, l->title);
			strbuf_addc(out, ',');
			strbuf_add_csv(out, l->unit);
			strbuf_addf(out, ",%s,", wall_format(time, (struct wall){t}));
			if (!isnan(v)) /* a missing value is an empty field */
				strbuf_addf(out, "%.6g", v);
			strbuf_adds(out, p->ev->replay ? ",true\n" : ",false\n");
		}
	}
}

static void series_json(const struct bundle_parts *p, struct strbuf *out)
{
	char time[WALL_TEXT_MAX];

	strbuf_addf(out, "{\"schema\":1,\"replay\":%s,\"series\":[", p->ev->replay ? "true" : "false");
	for (size_t i = 0; i < p->line_count; i++) {
		const struct chart_line *l = &p->lines[i];
		int64_t step = l->series->step_ms, first = p->from.ms - p->from.ms % step;
		strbuf_addf(out, "%s\n{\"name\":", i ? "," : "");
		strbuf_add_json(out, l->title);
		strbuf_adds(out, ",\"unit\":");
		strbuf_add_json(out, l->unit);
		strbuf_addf(out, ",\"from\":\"%s\",\"step_s\":%lld,\"usual\":", wall_format(time, (struct wall){first}),
			    (long long)(step / 1000));
		strbuf_addf(out, isnan(l->usual) ? "null" : "%.6g", l->usual);
		strbuf_adds(out, ",\"values\":[");
		for (int64_t t = first; t < p->until.ms; t += step) {
			double v = series_at(l->series, (struct wall){t});
			strbuf_adds(out, t > first ? "," : "");
			strbuf_addf(out, isnan(v) ? "null" : "%.6g", v);
		}
		strbuf_adds(out, "]}");
	}
	strbuf_adds(out, "]}\n");
}

/* The claim as a stranger reads it, some day: with its dates, which the screen leaves out today. */
static struct wall told_at(const struct bundle_parts *p)
{
	bool over = p->ev->state == EVENT_RESOLVED || p->ev->state == EVENT_DISMISSED;

	return over ? (struct wall){p->now.ms + 400 * 86400000LL} : p->now;
}

static void event_sentence(const struct bundle_parts *p, struct strbuf *out)
{
	if (p->ev->replay)
		strbuf_adds(out, "REPLAY: ");
	event_text(p->ev, told_at(p), out);
}

static struct chart chart_of(const struct bundle_parts *p, const char *title)
{
	struct chart c = {.title = title, .credit = p->credits, .from = p->from, .until = p->until, .start = p->ev->start,
			  .end = p->ev->end, .line_count = p->line_count};

	memcpy(c.lines, p->lines, sizeof(c.lines));
	return c;
}

static void picture(const struct bundle_parts *p, void (*draw)(const struct chart *, struct strbuf *), struct strbuf *out)
{
	struct strbuf title, credit;

	strbuf_init(&title, 1024);
	strbuf_init(&credit, 1024);
	event_sentence(p, &title);
	for (const char *s = p->credits; *s; s++) /* one line */
		strbuf_addc(&credit, *s == '\n' ? (s[1] ? ';' : ' ') : *s);
	struct chart c = chart_of(p, title.text);
	c.credit = credit.text;
	draw(&c, out);
	strbuf_release(&title);
	strbuf_release(&credit);
}

static void draw_text(const struct chart *c, struct strbuf *out)
{
	chart_text(c, CHART_COLUMNS, out);
}

static void write_json(const struct bundle_parts *p, struct strbuf *out)
{
	event_json(p->ev, told_at(p), out);
	strbuf_addc(out, '\n');
}

static void write_explanation(const struct bundle_parts *p, struct strbuf *out)
{
	event_explain(p->ev, told_at(p), out);
}

static void write_log(const struct bundle_parts *p, struct strbuf *out)
{
	if (p->ev->replay)
		strbuf_adds(out, "REPLAY: not observed live\n");
	strbuf_adds(out, p->log && *p->log ? p->log : "No line of the log is kept.\n");
}

static void write_svg(const struct bundle_parts *p, struct strbuf *out)
{
	picture(p, chart_svg, out);
}

static void write_text_chart(const struct bundle_parts *p, struct strbuf *out)
{
	picture(p, draw_text, out);
}

static void write_readme(const struct bundle_parts *p, struct strbuf *out)
{
	char time[WALL_TEXT_MAX];

	strbuf_adds(out, "Evidence bundle of landline " LANDLINE_VERSION "\n\n");
	if (p->ev->replay)
		strbuf_adds(out, "This was derived from recorded or reconstructed inputs, not observed live.\n\n");
	strbuf_adds(out, "The claim\n    ");
	event_sentence(p, out);
	strbuf_addf(out, "\n    Start %s", wall_format(time, p->ev->start));
	strbuf_addf(out, ", end %s", wall_is_set(p->ev->end) ? wall_format(time, p->ev->end) : "not yet");
	strbuf_addf(out, ". As of %s; all times are UTC. Confidence: %s.\n", wall_format(time, p->derived_at),
		    confidence_name(p->ev->confidence));
	strbuf_adds(out, "\nFiles\n"
			 "    event.json   the event, schema 1             event.txt   what it was derived from, and by which rules\n"
			 "    log.txt      the lines of the log            chart.svg   the picture; chart.txt the same as text\n"
			 "    series.csv   the series; series.json too     manifest.json   versions, thresholds, SHA-256 of all files\n");
	if (p->inputs)
		strbuf_adds(out, "    inputs.rec   every input byte that the event was derived from (readable with zcat)\n"
				 "\nCheck it, on any machine with landline, without network:\n    landline verify .\n"
				 "See it happen:\n    landline replay " BUNDLE_INPUTS "\n");
	else
		strbuf_addf(out, "\nThe inputs are not here: %s.\nOnly that the files are unchanged can be checked:\n    landline verify .\n",
			    p->why_no_inputs ? p->why_no_inputs : "they were not kept");
	strbuf_adds(out, "\nSources\n");
	strbuf_adds(out, p->credits);
}

static const struct {
	const char *name;
	void (*write)(const struct bundle_parts *, struct strbuf *);
} text_files[] = {
	{"README.txt", write_readme},   {"event.json", write_json},   {"event.txt", write_explanation}, {"log.txt", write_log},
	{"series.csv", series_csv},     {"series.json", series_json}, {"chart.svg", write_svg},
	{"chart.txt", write_text_chart},
};

/* ---- writing ---- */

static int add_to_manifest(const char *dir, const char *name, struct manifest *m, struct err *e)
{
	char path[PATH_ROOM];
	struct manifest_file *f = &m->files[m->file_count];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(f->name, sizeof(f->name), "%s", name);
	int rc = digest_file(path, f->sha256, &f->size, e);
	m->file_count += rc == 0;
	return rc;
}

static int copy_inputs(const char *dir, const char *from, struct err *e)
{
	char path[PATH_ROOM], piece[16384];
	size_t n;
	bool fine = true;

	snprintf(path, sizeof(path), "%s/" BUNDLE_INPUTS, dir);
	FILE *in = fopen(from, "rb"), *out = in ? fopen(path, "wbx") : NULL;
	if (!in || !out) {
		int failed = errno;
		if (in)
			fclose(in);
		return err_set(e, ERR_FILE, "cannot copy %s: %s", from, strerror(failed));
	}
	while (fine && (n = fread(piece, 1, sizeof(piece), in)) > 0)
		fine = fwrite(piece, 1, n, out) == n;
	fine = fine && !ferror(in);
	fclose(in);
	fine = fclose(out) == 0 && fine;
	return fine ? 0 : err_set(e, ERR_FILE, "cannot copy %s to %s", from, path);
}

static int fill_folder(const char *dir, const struct bundle_parts *p, struct err *e)
{
	struct manifest m = {.version = MANIFEST_VERSION, .program = "landline " LANDLINE_VERSION, .command = "landline verify .",
			     .created = p->now, .derived_at = p->derived_at, .inputs = p->inputs != NULL,
			     .thresholds = p->thresholds};
	struct strbuf text;
	char path[PATH_ROOM];
	int rc = 0;

	claim_of(&m.claim, p->ev);
	snprintf(m.why_no_inputs, sizeof(m.why_no_inputs), "%s", p->why_no_inputs ? p->why_no_inputs : "not kept");
	strbuf_init(&text, TEXT_BYTES_MAX);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(text_files); i++) {
		strbuf_clear(&text);
		text_files[i].write(p, &text);
		snprintf(path, sizeof(path), "%s/%s", dir, text_files[i].name);
		rc = text.cut ? err_set(e, ERR_LIMIT, "%s: more than %d MB", path, TEXT_BYTES_MAX >> 20)
			      : files_write(path, text.text, text.len, e);
		if (rc == 0)
			rc = add_to_manifest(dir, text_files[i].name, &m, e);
	}
	if (rc == 0 && p->inputs)
		rc = copy_inputs(dir, p->inputs, e);
	if (rc == 0 && p->inputs)
		rc = add_to_manifest(dir, BUNDLE_INPUTS, &m, e);
	if (rc == 0) {
		strbuf_clear(&text);
		manifest_write(&m, &text);
		snprintf(path, sizeof(path), "%s/" BUNDLE_MANIFEST, dir);
		rc = files_write(path, text.text, text.len, e);
	}
	strbuf_release(&text);
	return rc;
}

/* What a failed or abandoned attempt left: our own folder of plain files. */
static void remove_folder(const char *dir)
{
	char path[PATH_ROOM + 256];
	struct dirent *d;
	DIR *f = opendir(dir);

	while (f && (d = readdir(f))) {
		snprintf(path, sizeof(path), "%s/%s", dir, d->d_name);
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			unlink(path);
	}
	if (f)
		closedir(f);
	rmdir(dir);
}

int bundle_write(const char *dir, const struct bundle_parts *p, struct err *e)
{
	char work[PATH_ROOM - 64];
	size_t len = strlen(dir);

	while (len > 1 && dir[len - 1] == '/')
		len--;
	int n = snprintf(work, sizeof(work), "%.*s.partXXXXXX", (int)len, dir);
	if (!*dir || n < 0 || (size_t)n >= sizeof(work))
		return err_set(e, ERR_USAGE, "no name for a folder, or one that is too long");
	if (rmdir(dir) < 0 && errno != ENOENT) /* an empty folder may be there */
		return err_set(e, ERR_FILE, "%s is there already: %s", dir,
			       errno == ENOTEMPTY || errno == EEXIST ? "not empty, and nothing is ever overwritten" : strerror(errno));
	if (!mkdtemp(work))
		return err_set(e, ERR_FILE, "cannot make %s: %s", dir, strerror(errno));
	int rc = fill_folder(work, p, e);
	if (rc == 0 && chmod(work, 0755) == 0 && rename(work, dir) < 0)
		rc = err_set(e, ERR_FILE, "cannot make %s: %s", dir, strerror(errno));
	if (rc < 0)
		remove_folder(work);
	return rc;
}

/* ---- reading ---- */

int bundle_read_manifest(const char *dir, struct manifest *m, struct err *e)
{
	char path[PATH_ROOM];
	struct strbuf text;

	snprintf(path, sizeof(path), "%.1100s/" BUNDLE_MANIFEST, dir);
	strbuf_init(&text, MANIFEST_BYTES_MAX);
	int rc = files_read(path, &text, e);
	if (rc == 0)
		rc = manifest_parse(text.text, text.len, m, e);
	strbuf_release(&text);
	return rc;
}

static bool is_listed(const struct manifest *m, const char *name)
{
	for (size_t i = 0; i < m->file_count; i++)
		if (!strcmp(m->files[i].name, name))
			return true;
	return !strcmp(name, BUNDLE_MANIFEST);
}

static bool nothing_else(const char *dir, const struct manifest *m, struct strbuf *report)
{
	struct dirent *d;
	DIR *f = opendir(dir);
	bool clean = f != NULL;

	while (f && (d = readdir(f))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..") || is_listed(m, d->d_name))
			continue;
		char shown[100];
		text_clean_str(shown, sizeof(shown), d->d_name);
		strbuf_addf(report, "%s: not part of the bundle\n", shown);
		clean = false;
	}
	if (f)
		closedir(f);
	return clean;
}

bool bundle_check_files(const char *dir, const struct manifest *m, struct strbuf *report)
{
	bool holds = true;

	for (size_t i = 0; i < m->file_count; i++) {
		const struct manifest_file *f = &m->files[i];
		char path[PATH_ROOM], hex[DIGEST_TEXT_MAX];
		struct err e = {0};
		uint64_t size = 0;
		snprintf(path, sizeof(path), "%.1100s/%s", dir, f->name);
		if (digest_file(path, hex, &size, &e) < 0)
			strbuf_addf(report, "%s: %s\n", f->name, e.code == ERR_NOT_FOUND ? "missing" : e.msg);
		else if (strcmp(hex, f->sha256))
			strbuf_addf(report, "%s: changed (SHA-256 %.16s... instead of %.16s...)\n", f->name, hex, f->sha256);
		else if (size == f->size)
			continue;
		holds = false;
	}
	return nothing_else(dir, m, report) && holds;
}
