/* What the parts of the evaluation share: labelled series in memory, alarms of a rule, and the count. */
#ifndef LANDLINE_TESTS_EVAL_EVAL_H
#define LANDLINE_TESTS_EVAL_EVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/detect.h"

#define EVAL_OPEN INT64_MAX /* an end that is unknown or beyond the file */
#define EVAL_RULES 3
#define EVAL_PATH_MAX 1024

struct row { int64_t t; double v; };
struct label { int64_t start, end; };
struct alarm { int64_t start, known, end; }; /* known: when it was raised */
struct alarms { struct alarm *list; size_t count, cap; };

struct series_file {
	char event[64], kind[16], entity[64], file[256];
	long median; /* sources; LONG_MAX: not said, taken as enough */
	unsigned step_s;
	int64_t reopen_s;
	struct row *rows;
	size_t count, cap;
	struct label *labels;
	size_t label_count, label_cap;
	struct alarms alarms[EVAL_RULES];
};

struct eval {
	const char *folder;
	struct series_file *files;
	size_t count, cap;
};

struct numbers { double *v; size_t count, cap; };

struct tally {
	size_t series, labels, found, right, wrong;
	double days;
	struct numbers delay, start_error, end_error; /* minutes */
};

void numbers_add(struct numbers *n, double v);
double numbers_median(struct numbers *n); /* NAN when empty; sorts */
void tally_print(struct tally *t, const char *what, const char *rule);
void tally_release(struct tally *t);

/* The real detector over one file; gate: NULL, or another one than it comes with. */
struct gate_rule;
void eval_run_score(const struct series_file *f, const struct gate_rule *gate, struct alarms *out);
/* detection.md 9: what is found, what is right and wrong. */
void eval_count(const struct series_file *f, const struct alarms *a, struct tally *t);
void eval_variants(const struct eval *e);

typedef void eval_run_fn(const struct series_file *, struct alarms *);
struct contestant { const char *name; eval_run_fn *run; };
/* Outages of known depth and length put into the real noise. */
void eval_inject(const struct eval *e, const struct contestant *list, size_t contestants);
/* Bootstrap over the series, and the same series changed as other data would differ. */
void eval_robust(const struct eval *e, const struct contestant *list, size_t contestants);

/* Each returns 0, also when its data is absent (and says so), or 1 when a named file cannot be read. */
int eval_load(struct eval *e);
int eval_observatory(const char *folder);
int eval_reachability(const char *folder);
void eval_release(struct eval *e);

/* A CSV file, a line at a time: fields are cut in place; quoted fields lose their quotes. NULL at the end. */
struct csv;
struct csv *csv_open(const char *folder, const char *name);
size_t csv_next(struct csv *c, char **fields, size_t max); /* number of fields; 0 at the end */
int csv_column(struct csv *c, const char *name);           /* of the header line; -1 */
void csv_close(struct csv *c);
bool csv_number(const char *field, double *out);           /* an empty field is no number */

#endif
