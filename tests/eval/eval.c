/* links: core/detect_season core/detect_gate core/detect_window core/detect_belief base/when base/err base/mem */
/* How good are the detectors? eval [FOLDER]
 *
 * Runs the real ones over labelled signals: FOLDER (or $LANDLINE_SHARED/samples/signals, or
 * ../shared/samples/signals) holds ibr_scores/labels.csv and the series it names, optionally ip_observatory/ and
 * reachability/. Prints recall, precision, false alarms per series-day, delay, start and end error, by class of
 * series and by event, beside the figures of detection.md 9 and beside two plain rules run over the same bytes. Same
 * data, same text. Exits 0 also where the data is absent, and says so; 1 only when a file that is named cannot be read.
 *
 * The rules of the count are detection.md 9: an alarm is right if it overlaps a labelled outage of its series with 30
 * min of slack; delay runs from the labelled start; an alarm within 60 min (AS: 30) of the end of the last one
 * reopens it. */
#include "eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/detect_gate.h"

enum { DAY = 86400, SLACK = 1800 };

/* ---- the contestants ---- */

static void alarm_open(struct alarms *a, int64_t start, int64_t now, int64_t reopen_s)
{
	if (a->count > 0 && start - a->list[a->count - 1].end <= reopen_s) {
		a->list[a->count - 1].end = EVAL_OPEN;
		return;
	}
	mem_grow(&a->list, &a->cap, a->count + 1, sizeof(*a->list));
	a->list[a->count++] = (struct alarm){.start = start, .known = now, .end = EVAL_OPEN};
}

static void alarm_close(struct alarms *a, int64_t end)
{
	if (a->count > 0 && a->list[a->count - 1].end == EVAL_OPEN)
		a->list[a->count - 1].end = end;
}

void eval_run_score(const struct series_file *f, const struct gate_rule *gate, struct alarms *out)
{
	struct detect_score *d = detect_score_new(f->step_s);
	struct detect_view v;

	if (gate)
		detect_score_gate(d)->rule = gate;
	for (size_t i = 0; i < f->count; i++) {
		enum detect_change change;
		if (detect_score_push(d, wall_from_s(f->rows[i].t), f->rows[i].v, &change))
			continue;
		detect_score_view(d, &v);
		if (change == DETECT_BEGAN)
			alarm_open(out, wall_to_s(v.start), f->rows[i].t, f->reopen_s);
		else if (change == DETECT_ENDED)
			alarm_close(out, wall_to_s(v.end));
		else if (change == DETECT_ACCEPTED)
			alarm_close(out, f->rows[i].t);
	}
	detect_score_free(d);
}

static void run_landline(const struct series_file *f, struct alarms *out)
{
	eval_run_score(f, NULL, out);
}

/* The plain rules, on the score as it is. They share the way out (6 clean bins under the line) and the reopening. */
struct plain {
	unsigned k, n;          /* k of n bins over the line; n 0: not used */
	double slack, limit;    /* CUSUM; limit 0: not used */
};

static void run_plain(const struct series_file *f, const struct plain *rule, struct alarms *out)
{
	unsigned bits = 0, clean = 0;
	double sum = 0;
	bool on = false;
	int64_t first = 0, dirty = 0;

	for (size_t i = 0; i < f->count; i++) {
		double x = f->rows[i].v;
		int64_t t = f->rows[i].t;
		if (x >= 1) {
			dirty = t;
			clean = 0;
			first = bits || sum > 0 ? first : t;
		} else {
			clean++;
		}
		if (!on) {
			unsigned over = 0;
			bits = (bits << 1 | (x >= 1)) & ((1u << rule->n) - 1);
			for (unsigned b = bits; b; b >>= 1)
				over += b & 1;
			double y = sum + (x < 3 ? x : 3) - rule->slack;
			sum = rule->limit > 0 && y > 0 ? y : 0;
			on = (rule->n && over >= rule->k) || (rule->limit > 0 && sum > rule->limit);
			if (on) {
				clean = 0;
				alarm_open(out, first ? first : t, t, f->reopen_s);
			}
		} else if (clean >= 6) {
			on = false;
			bits = 0;
			sum = 0;
			alarm_close(out, dirty);
		}
	}
}

static void run_three_of_four(const struct series_file *f, struct alarms *out)
{
	run_plain(f, &(struct plain){.k = 3, .n = 4}, out);
}

static void run_cusum(const struct series_file *f, struct alarms *out)
{
	run_plain(f, &(struct plain){.slack = 0.75, .limit = 4}, out);
}

static const struct contestant contestants[] = {
	{"landline", run_landline},
	{"plain 3 of 4", run_three_of_four},
	{"plain CUSUM", run_cusum},
};

/* ---- the count ---- */

static bool overlaps(const struct alarm *a, const struct label *l, int64_t file_end)
{
	int64_t end = a->end == EVAL_OPEN ? file_end : a->end, until = l->end == EVAL_OPEN ? file_end : l->end;

	return a->start <= until + SLACK && end >= l->start - SLACK;
}

static void count_labels(const struct series_file *f, const struct alarms *a, struct tally *t)
{
	int64_t file_end = f->rows[f->count - 1].t;

	for (size_t i = 0; i < f->label_count; i++) {
		const struct label *l = &f->labels[i];
		const struct alarm *first = NULL, *last = NULL;
		for (size_t k = 0; k < a->count; k++) {
			if (!overlaps(&a->list[k], l, file_end))
				continue;
			first = first ? first : &a->list[k];
			last = &a->list[k];
		}
		t->labels++;
		if (!first)
			continue;
		t->found++;
		numbers_add(&t->delay, (double)(first->known - l->start) / 60);
		numbers_add(&t->start_error, (double)(first->start - l->start) / 60);
		if (last->end != EVAL_OPEN && l->end != EVAL_OPEN)
			numbers_add(&t->end_error, (double)(last->end - l->end) / 60);
	}
}

void eval_count(const struct series_file *f, const struct alarms *a, struct tally *t)
{
	int64_t file_end = f->rows[f->count - 1].t;

	t->series++;
	t->days += (double)(file_end - f->rows[0].t) / DAY;
	count_labels(f, a, t);
	for (size_t i = 0; i < a->count; i++) {
		bool right = false;
		for (size_t k = 0; k < f->label_count && !right; k++)
			right = overlaps(&a->list[i], &f->labels[k], file_end);
		*(right ? &t->right : &t->wrong) += 1;
	}
}

/* ---- the tables ---- */

/* Which series a line is about. */
static bool is_thick(const struct series_file *f, const char *unused)
{
	(void)unused;
	return f->median > 20;
}
static bool is_thin(const struct series_file *f, const char *unused)
{
	(void)unused;
	return f->median <= 20;
}
/* "The long series": those that show two weeks, so that a false alarm a day can be told from one a week. */
static bool is_long(const struct series_file *f, const char *unused)
{
	(void)unused;
	return f->median > 20 && f->rows[f->count - 1].t - f->rows[0].t >= 14 * DAY;
}
static bool is_all(const struct series_file *f, const char *unused)
{
	(void)f;
	(void)unused;
	return true;
}
static bool is_kind(const struct series_file *f, const char *kind)
{
	return f->median > 20 && !strcmp(f->kind, kind);
}
static bool is_event(const struct series_file *f, const char *event)
{
	return !strcmp(f->event, event);
}
static bool is_thick_event(const struct series_file *f, const char *event)
{
	return f->median > 20 && is_event(f, event);
}
static bool is_not_event(const struct series_file *f, const char *event)
{
	return f->median > 20 && !is_event(f, event);
}

typedef bool pick_fn(const struct series_file *, const char *);

static void table_head(const char *title)
{
	printf("\n%s\n%-30s %-13s %6s %6s %7s %6s %6s %9s %7s %7s %7s\n", title, "", "rule", "series", "found",
	       "recall", "prec.", "false", "/ser.day", "delay", "start", "end");
}

static void table_rows(const struct eval *e, const char *what, pick_fn *pick, const char *arg)
{
	for (size_t c = 0; c < ARRAY_LEN(contestants); c++) {
		struct tally t = {0};
		for (size_t i = 0; i < e->count; i++)
			if (pick(&e->files[i], arg))
				eval_count(&e->files[i], &e->files[i].alarms[c], &t);
		if (t.series > 0)
			tally_print(&t, c == 0 ? what : "", contestants[c].name);
		tally_release(&t);
	}
}

static void each_event(const struct eval *e, pick_fn *pick, const char *prefix)
{
	char what[64];

	for (size_t i = 0; i < e->count; i++) {
		bool seen = false;
		for (size_t k = 0; k < i && !seen; k++)
			seen = !strcmp(e->files[k].event, e->files[i].event);
		if (seen)
			continue;
		snprintf(what, sizeof(what), "%s%s", prefix, e->files[i].event);
		table_rows(e, what, pick, e->files[i].event);
	}
}

static void print_false(const struct eval *e)
{
	char from[WALL_TEXT_MAX];

	printf("\nfalse alarms of landline, series with a median over 20 (start, minutes)\n");
	for (size_t i = 0; i < e->count; i++) {
		const struct series_file *f = &e->files[i];
		bool named = false;
		for (size_t a = 0; f->median > 20 && a < f->alarms[0].count; a++) {
			const struct alarm *x = &f->alarms[0].list[a];
			bool right = false;
			for (size_t k = 0; k < f->label_count && !right; k++)
				right = overlaps(x, &f->labels[k], f->rows[f->count - 1].t);
			if (right)
				continue;
			int64_t end = x->end == EVAL_OPEN ? f->rows[f->count - 1].t : x->end;
			printf("%s%s %lld", named ? "; " : "  ", named ? "" : f->entity,
			       (long long)((end - x->start) / 60));
			printf(" at %s", wall_format_day_hm(from, wall_from_s(x->start)));
			named = true;
		}
		if (named)
			printf("\n");
	}
}

static void print_scores(const struct eval *e)
{
	static const char *const kinds[] = {"country", "region", "as"};
	char what[40];

	table_head("ibr_scores: telescope scores, 5 min. Delay, start, end error: median minutes against the label");
	table_rows(e, "long (14 days and more, > 20)", is_long, NULL);
	table_rows(e, "all over 20 sources", is_thick, NULL);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		snprintf(what, sizeof(what), "class %s, over 20", kinds[i]);
		table_rows(e, what, is_kind, kinds[i]);
	}
	table_rows(e, "thin (20 and less: 5.2 ignores)", is_thin, NULL);
	table_rows(e, "everything", is_all, NULL);
	table_head("by event (every series of it)");
	each_event(e, is_event, "");
	table_head("split check: one event alone, and all the others without it (over 20 sources; nothing is fitted)");
	each_event(e, is_thick_event, "only ");
	each_event(e, is_not_event, "without ");
	print_false(e);
}

static void print_anchors(void)
{
	printf("\nanchors (detection.md 3 and 9)\n"
	       "  every bin over the line, 38 series     2.96 false / series-day, precision 0.07\n"
	       "  3 of 4 in, 6 clean out, 38 series      0.22 false / series-day, precision 0.30, recall 0.61\n"
	       "  one seasonal signal alone, 8 long ones recall 1.00 at <= 0.10 false SUSPECTED / series-day   <- aim\n"
	       "  Chocolatine (bins)                     recall 0.90 at 2 to 3%% false bins, 3 a day undebounced\n"
	       "  Disco (Atlas bursts)                   precision 0.95\n"
	       "  start and end of sampled signals       <= 1 step; labels here are windows, not edges\n");
}

int main(int argc, char **argv)
{
	const char *shared = getenv("LANDLINE_SHARED");
	char folder[EVAL_PATH_MAX];
	struct eval e = {0};
	int rc = 0;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
		fprintf(stderr, "usage: eval [FOLDER of the shape of samples/signals]\n");
		return 2;
	}
	if (argc == 2)
		snprintf(folder, sizeof(folder), "%s", argv[1]);
	else
		snprintf(folder, sizeof(folder), "%s/samples/signals", shared && *shared ? shared : "../shared");
	printf("evaluation over %s\n", folder);
	e.folder = folder;
	rc |= eval_load(&e);
	for (size_t i = 0; i < e.count; i++)
		for (size_t c = 0; c < ARRAY_LEN(contestants); c++)
			contestants[c].run(&e.files[i], &e.files[i].alarms[c]);
	if (e.count > 0) {
		print_scores(&e);
		eval_variants(&e);
		eval_inject(&e, contestants, ARRAY_LEN(contestants));
		eval_robust(&e, contestants, ARRAY_LEN(contestants));
		print_anchors();
	}
	rc |= eval_observatory(folder);
	rc |= eval_reachability(folder);
	eval_release(&e);
	return rc;
}
