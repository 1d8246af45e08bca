/* The data that is no score: hourly connectivity indices of counties, and own checks of hosts.
 *
 * The indices cover a week or two, less than a season: they exercise the hourly rule and the lines of the first days.
 * The index is a share of 100 in steps of 10, or of 10 in steps of 1, so "20 units" becomes a fifth of full scale.
 * The checks have no labels: what is counted is that targets which never answered raise nothing, and how often the
 * silence rule spoke of the others. */
#include "eval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { HOUR = 3600, COUNTIES_MAX = 1000, CHECKS_MAX = 1000 };

struct county {
	char name[160];
	struct detect_season *season;
	bool before, after; /* alarms that began before and after the labelled start */
	int64_t known, start, first, last;
	double lowest;
	unsigned false_alarms;
};

static const struct study {
	const char *file, *area;
	struct detect_rule rule;
	bool counties_differ; /* the label holds for some counties only: no recall */
} studies[] = {
	{"ip_observatory/iran_2019_county_hourly.csv", "province",
	 {.step_s = HOUR, .least = 20, .resolution = 10, .warning = 0.8, .critical = 0.5}, false},
	{"ip_observatory/usa_laura_2020_county_hourly.csv", "state",
	 {.step_s = HOUR, .least = 2, .resolution = 1, .warning = 0.8, .critical = 0.5}, true},
};

static int64_t labelled_start(const char *folder, const char *file)
{
	struct csv *c = csv_open(folder, "ip_observatory/labels.csv");
	char *fields[16];
	int64_t found = EVAL_OPEN;
	size_t n;
	double v;

	if (!c)
		return found;
	int name = csv_column(c, "file"), start = csv_column(c, "start");
	while (name >= 0 && start >= 0 && (n = csv_next(c, fields, 16)) > (size_t)start)
		if (strstr(file, fields[name]) && csv_number(fields[start], &v))
			found = (int64_t)v;
	csv_close(c);
	return found;
}

static struct county *county_of(struct county *list, size_t *count, const char *name, const struct detect_rule *rule,
				int64_t t)
{
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(list[i].name, name))
			return &list[i];
	if (*count == COUNTIES_MAX)
		return NULL;
	struct county *c = &list[(*count)++];
	*c = (struct county){.season = detect_season_new(rule), .first = t, .last = t, .lowest = NAN};
	snprintf(c->name, sizeof(c->name), "%s", name);
	return c;
}

static void feed_county(struct county *c, int64_t t, double v, int64_t label)
{
	enum detect_change change;
	struct detect_view view;

	c->last = t;
	if (t >= label)
		c->lowest = fmin(isnan(c->lowest) ? v : c->lowest, v);
	if (detect_season_push(c->season, wall_from_s(t), v, &change) || change != DETECT_BEGAN)
		return;
	detect_season_view(c->season, &view);
	if (wall_to_s(view.start) < label - 3 * HOUR) { /* the label is exact to 3 hours */
		c->false_alarms++;
		return;
	}
	if (!c->after) {
		c->after = true;
		c->known = t;
		c->start = wall_to_s(view.start);
	}
}

static void report_study(const struct study *s, struct county *list, size_t count, int64_t label)
{
	struct numbers delay = {0}, start = {0};
	size_t found = 0, fell = 0, wrong = 0;
	double days = 0;

	for (size_t i = 0; i < count; i++) {
		const struct county *c = &list[i];
		bool lost_half = c->lowest <= s->rule.least * 2.5; /* half of full scale */
		fell += lost_half;
		found += lost_half && c->after;
		wrong += c->false_alarms;
		days += fmax(0, (double)((c->last < label ? c->last : label) - c->first) / 86400);
		if (c->after) {
			numbers_add(&delay, (double)(c->known - label) / HOUR);
			numbers_add(&start, (double)(c->start - label) / HOUR);
		}
	}
	printf("%-44s counties %4zu, fell by half %3zu, of them found %3zu, false before %zu (%.3f / series-day), "
	       "median delay %.0f h, start %.0f h%s\n", s->file, count, fell, found, wrong,
	       days > 0 ? (double)wrong / days : NAN, numbers_median(&delay), numbers_median(&start),
	       s->counties_differ ? " (counties differ)" : "");
	free(delay.v);
	free(start.v);
}

static void run_study(const char *folder, const struct study *s)
{
	struct csv *c = csv_open(folder, s->file);
	struct county *list = xcalloc(COUNTIES_MAX, sizeof(*list));
	char *fields[8], name[160];
	size_t count = 0;
	double t, v;

	if (!c) {
		printf("skipped: no %s there\n", s->file);
		free(list);
		return;
	}
	int64_t label = labelled_start(folder, s->file);
	int area = csv_column(c, s->area), county = csv_column(c, "county"), value = csv_column(c, "connectivity");
	while (area >= 0 && county >= 0 && value >= 0 && csv_next(c, fields, 8) > (size_t)value) {
		if (!csv_number(fields[0], &t) || !csv_number(fields[value], &v))
			continue;
		snprintf(name, sizeof(name), "%s/%s", fields[area], fields[county]);
		struct county *one = county_of(list, &count, name, &s->rule, (int64_t)t);
		if (one)
			feed_county(one, (int64_t)t, v, label);
	}
	report_study(s, list, count, label);
	for (size_t i = 0; i < count; i++)
		detect_season_free(list[i].season);
	free(list);
	csv_close(c);
}

int eval_observatory(const char *folder)
{
	printf("\nip_observatory: hourly indices, smoothed by their makers (levels and false alarms, not delay)\n");
	for (size_t i = 0; i < ARRAY_LEN(studies); i++)
		run_study(folder, &studies[i]);
	return 0;
}

/* ---- own checks ---- */

struct check {
	char name[48];
	unsigned rounds, good, alarms, down_beliefs;
	bool alarmed;
	struct detect_silence silence;
	struct detect_belief belief;
};

static void feed_check(struct check *c, int64_t t, const char *status)
{
	bool good = !strcmp(status, "up");
	struct wall now = wall_from_s(t);

	if (!good && strcmp(status, "down"))
		return; /* unknown and degraded say nothing about reachability */
	c->rounds++;
	bool alarm = detect_silence_alarm(&c->silence, now);
	c->alarms += alarm && !c->alarmed;
	c->alarmed = alarm;
	c->belief.availability = c->rounds ? (double)c->good / c->rounds : 0;
	c->down_beliefs += detect_belief_update(&c->belief, good) == DETECT_ANSWER_DOWN;
	if (good) {
		c->good++;
		detect_silence_answer(&c->silence, now);
	}
}

struct answer { int64_t t; char name[48], status[12]; };

static int by_time(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void report_checks(const struct check *list, size_t count)
{
	size_t never = 0, never_alarms = 0, steady = 0, steady_alarms = 0, others = 0, other_alarms = 0;

	for (size_t i = 0; i < count; i++) {
		const struct check *c = &list[i];
		if (c->good == 0) {
			never++;
			never_alarms += c->alarms + c->down_beliefs;
		} else if ((double)c->good >= 0.9 * c->rounds) {
			steady++;
			steady_alarms += c->alarms;
		} else {
			others++;
			other_alarms += c->alarms;
		}
	}
	printf("\nreachability: own checks at an irregular pace, no labels\n"
	       "targets that never answered      %4zu   raised %zu (must be 0)\n"
	       "answered 90%% and more (may vote) %4zu   silences %zu\n"
	       "the others (may not vote)        %4zu   silences %zu\n",
	       never, never_alarms, steady, steady_alarms, others, other_alarms);
}

int eval_reachability(const char *folder)
{
	struct csv *c = csv_open(folder, "reachability/iran_checks_2026_02.csv");
	struct answer *answers = NULL;
	size_t count = 0, cap = 0, checks = 0;
	char *fields[8];
	double t;

	if (!c) {
		printf("skipped: no reachability/ there\n");
		return 0;
	}
	while (csv_next(c, fields, 8) >= 3) {
		if (!csv_number(fields[1], &t))
			continue;
		mem_grow(&answers, &cap, count + 1, sizeof(*answers));
		struct answer *a = &answers[count++];
		a->t = (int64_t)t;
		snprintf(a->name, sizeof(a->name), "%.47s", fields[0]);
		snprintf(a->status, sizeof(a->status), "%.11s", fields[2]);
	}
	csv_close(c);
	if (count > 0)
		qsort(answers, count, sizeof(*answers), by_time);
	struct check *list = xcalloc(CHECKS_MAX, sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;
		while (at < checks && strcmp(list[at].name, answers[i].name))
			at++;
		if (at == CHECKS_MAX)
			continue;
		if (at == checks) {
			list[checks] = (struct check){.belief = detect_belief_init(0)};
			memcpy(list[checks++].name, answers[i].name, sizeof(list->name));
		}
		feed_check(&list[at], answers[i].t, answers[i].status);
	}
	report_checks(list, checks);
	free(list);
	free(answers);
	return 0;
}
