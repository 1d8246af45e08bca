/* Reading and counting for the evaluation: see eval.h. */
#include "eval.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LINE_MAX_BYTES = 4096, FIELDS_MAX = 24 };

struct csv {
	FILE *file;
	char header[LINE_MAX_BYTES], line[LINE_MAX_BYTES];
	char *names[FIELDS_MAX];
	size_t name_count;
};

static size_t cut(char *line, char **fields, size_t max)
{
	size_t n = 0;

	line[strcspn(line, "\r\n")] = '\0';
	while (n < max) {
		bool quoted = *line == '"';
		line += quoted;
		fields[n++] = line;
		if (quoted) {
			line += strcspn(line, "\"");
			if (*line)
				*line++ = '\0';
		}
		line += strcspn(line, ",");
		if (!*line)
			break;
		*line++ = '\0';
	}
	return n;
}

struct csv *csv_open(const char *folder, const char *name)
{
	char path[EVAL_PATH_MAX + 300];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	if (!file)
		return NULL;
	struct csv *c = xcalloc(1, sizeof(*c));
	c->file = file;
	if (fgets(c->header, sizeof(c->header), file))
		c->name_count = cut(c->header, c->names, FIELDS_MAX);
	return c;
}

int csv_column(struct csv *c, const char *name)
{
	for (size_t i = 0; i < c->name_count; i++)
		if (!strcmp(c->names[i], name))
			return (int)i;
	return -1;
}

size_t csv_next(struct csv *c, char **fields, size_t max)
{
	while (fgets(c->line, sizeof(c->line), c->file)) {
		size_t n = cut(c->line, fields, max);
		if (n > 1 || fields[0][0])
			return n;
	}
	return 0;
}

void csv_close(struct csv *c)
{
	if (!c)
		return;
	fclose(c->file);
	free(c);
}

bool csv_number(const char *field, double *out)
{
	char *end;

	*out = strtod(field, &end);
	return end != field && *end == '\0' && isfinite(*out);
}

/* ---- numbers ---- */

void numbers_add(struct numbers *n, double v)
{
	mem_grow(&n->v, &n->cap, n->count + 1, sizeof(*n->v));
	n->v[n->count++] = v;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double numbers_median(struct numbers *n)
{
	if (n->count == 0)
		return NAN;
	qsort(n->v, n->count, sizeof(*n->v), by_size);
	return n->count % 2 ? n->v[n->count / 2] : (n->v[n->count / 2 - 1] + n->v[n->count / 2]) / 2;
}

static void print_number(double v, int width, int digits)
{
	if (isnan(v))
		printf(" %*s", width, "-");
	else
		printf(" %*.*f", width, digits, v);
}

void tally_print(struct tally *t, const char *what, const char *rule)
{
	char found[24];
	size_t all = t->right + t->wrong;

	snprintf(found, sizeof(found), "%zu/%zu", t->found, t->labels);
	printf("%-30s %-13s %6zu %6s", what, rule, t->series, found);
	print_number(t->labels ? (double)t->found / (double)t->labels : NAN, 7, 2);
	print_number(all ? (double)t->right / (double)all : NAN, 6, 2);
	printf(" %6zu", t->wrong);
	print_number(t->days > 0 ? (double)t->wrong / t->days : NAN, 9, 3);
	print_number(numbers_median(&t->delay), 7, 0);
	print_number(numbers_median(&t->start_error), 7, 0);
	print_number(numbers_median(&t->end_error), 7, 0);
	printf("\n");
}

void tally_release(struct tally *t)
{
	free(t->delay.v);
	free(t->start_error.v);
	free(t->end_error.v);
	*t = (struct tally){0};
}

/* ---- ibr_scores ---- */

/* The most common distance between two rows. */
static unsigned usual_step(const struct series_file *f)
{
	struct numbers steps = {0};

	for (size_t i = 1; i < f->count; i++)
		numbers_add(&steps, (double)(f->rows[i].t - f->rows[i - 1].t));
	double step = numbers_median(&steps);
	free(steps.v);
	return step >= 1 && step <= 86400 ? (unsigned)step : 300;
}

static int read_series(struct eval *e, struct series_file *f)
{
	char *fields[FIELDS_MAX];
	double t, v;
	struct csv *c = csv_open(e->folder, f->file);

	if (!c) {
		fprintf(stderr, "eval: cannot read %s: %s\n", f->file, strerror(errno));
		return 1;
	}
	while (csv_next(c, fields, FIELDS_MAX) >= 2) {
		if (!csv_number(fields[0], &t) || !csv_number(fields[1], &v))
			continue;
		mem_grow(&f->rows, &f->cap, f->count + 1, sizeof(*f->rows));
		f->rows[f->count++] = (struct row){(int64_t)t, v};
	}
	csv_close(c);
	if (f->count < 2) {
		fprintf(stderr, "eval: %s has no rows\n", f->file);
		return 1;
	}
	f->step_s = usual_step(f);
	return 0;
}

static void put_field(char *dst, size_t cap, char **fields, size_t n, int column)
{
	snprintf(dst, cap, "%s", column >= 0 && (size_t)column < n ? fields[column] : "");
}

static struct series_file *file_of(struct eval *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++)
		if (!strcmp(e->files[i].file, name))
			return &e->files[i];
	mem_grow(&e->files, &e->cap, e->count + 1, sizeof(*e->files));
	struct series_file *f = &e->files[e->count++];
	*f = (struct series_file){0};
	snprintf(f->file, sizeof(f->file), "%s", name);
	return f;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct series_file *)a)->file, ((const struct series_file *)b)->file);
}

static void read_labels(struct eval *e, struct csv *c)
{
	int event = csv_column(c, "event"), kind = csv_column(c, "kind"), entity = csv_column(c, "entity");
	int median = csv_column(c, "median_src_ips"), start = csv_column(c, "start"), end = csv_column(c, "end");
	int file = csv_column(c, "file");
	char *fields[FIELDS_MAX], name[256];
	size_t n;
	double v;

	while (file >= 0 && start >= 0 && end >= 0 && (n = csv_next(c, fields, FIELDS_MAX)) > 0) {
		put_field(name, sizeof(name), fields, n, file);
		if ((size_t)end >= n || !name[0] || !csv_number(fields[start], &v))
			continue;
		struct label label = {.start = (int64_t)v, .end = EVAL_OPEN};
		if (csv_number(fields[end], &v))
			label.end = (int64_t)v;
		struct series_file *f = file_of(e, name);
		put_field(f->event, sizeof(f->event), fields, n, event);
		put_field(f->kind, sizeof(f->kind), fields, n, kind);
		put_field(f->entity, sizeof(f->entity), fields, n, entity);
		f->median = median >= 0 && (size_t)median < n && csv_number(fields[median], &v) ? (long)v : LONG_MAX;
		f->reopen_s = !strcmp(f->kind, "as") ? 1800 : 3600; /* detection.md 5.1 */
		mem_grow(&f->labels, &f->label_cap, f->label_count + 1, sizeof(*f->labels));
		f->labels[f->label_count++] = label;
	}
}

int eval_load(struct eval *e)
{
	struct csv *c = csv_open(e->folder, "ibr_scores/labels.csv");
	int rc = 0;

	if (!c) {
		printf("skipped: no ibr_scores/labels.csv there\n");
		return 0;
	}
	read_labels(e, c);
	csv_close(c);
	if (e->count > 0)
		qsort(e->files, e->count, sizeof(*e->files), by_name);
	size_t kept = 0;
	for (size_t i = 0; i < e->count; i++) {
		struct series_file f = e->files[i];
		if (read_series(e, &f)) {
			free(f.rows);
			free(f.labels);
			rc = 1;
			continue;
		}
		e->files[kept++] = f;
	}
	e->count = kept;
	return rc;
}

void eval_release(struct eval *e)
{
	for (size_t i = 0; i < e->count; i++) {
		free(e->files[i].rows);
		free(e->files[i].labels);
		for (size_t c = 0; c < EVAL_RULES; c++)
			free(e->files[i].alarms[c].list);
	}
	free(e->files);
	*e = (struct eval){0};
}
