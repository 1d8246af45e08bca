/* What the detectors called, taken from the book and its log as any reader could, and what is true of it.
 *
 * A call is right when it overlaps an outage that was put in, with the two minutes of detection.md 9 on either side;
 * nothing else that the script does loses a country 20% of its networks for longer than a minute. */
#include "year_private.h"

#include <stdlib.h>
#include <string.h>

#define SLACK_MS (2 * MIN_MS)

/* ---- from the book ---- */

static int country_of(const struct year *y, const char *code)
{
	unsigned i = (unsigned)(code[0] - 'A') * 26 + (unsigned)(code[1] - 'A');

	return i < y->config.countries && strlen(code) == 2 ? (int)i : -1;
}

static void number(struct year *y, struct event *ev)
{
	if (ev->dirty || ev->seq == 0)
		event_saved(y->book, ev, ev->seq ? ev->seq : ++y->next_seq);
}

static struct call *call_of(struct year *y, const struct event *ev)
{
	struct year_calls *c = &y->calls;
	int country = country_of(y, ev->subject);

	for (size_t i = c->count; i-- > 0;)
		if (c->list[i].seq == ev->seq)
			return &c->list[i];
	if (country < 0)
		return NULL;
	mem_grow(&c->list, &c->cap, c->count + 1, sizeof(*c->list));
	c->list[c->count] = (struct call){.seq = ev->seq, .country = (unsigned)country, .suspected = NEVER_MS,
					  .confirmed = NEVER_MS, .start = NEVER_MS, .end = NEVER_MS};
	for (int i = 0; i < FAULTS; i++)
		c->list[c->count].age[i] = NEVER_MS;
	return &c->list[c->count++];
}

static void note(struct year *y, const struct event *ev)
{
	struct call *c = call_of(y, ev);

	if (!c)
		return;
	c->confirmed = year_ms(ev->confirmed);
	c->start = year_ms(ev->start);
	c->end = year_ms(ev->end);
	c->peak_pct = ev->loss_peak_pct;
	c->classes = ev->classes;
	c->kind = ev->kind;
}

/* A network that was called down, had not been withdrawn for ten minutes, and that most of its peers have. */
static void check_net(struct year *y, const struct event *ev)
{
	struct prefix p;
	int id = prefix_parse(ev->subject, strlen(ev->subject), &p) ? rib_find(judge_rib_const(y->judge), &p) : -1;

	y->calls.net_confirmed++;
	if (id < 0 || (size_t)id >= y->net_of_cap || ev->kind == VERDICT_PARTIAL || ev->kind == VERDICT_UNSTABLE)
		return;
	const struct network *n = &y->nets[y->net_of[id]];
	bool most = 2 * __builtin_popcountll(n->has) > __builtin_popcountll(n->can);
	y->calls.net_false += net_is_announced(n) && y->ms - n->down_last > 10 * MIN_MS && most;
}

void calls_listen(struct year *y)
{
	if (y->book->log_total == y->log_seen)
		return;
	uint64_t fresh = y->book->log_total - y->log_seen;
	y->log_seen = y->book->log_total;
	for (uint64_t back = fresh < y->book->log_count ? fresh : y->book->log_count; back-- > 0;) {
		const struct log_line *line = event_log_at(y->book, (size_t)back);
		struct event *ev = line && line->event_id ? event_by_id(y->book, line->event_id) : NULL;
		if (!ev)
			continue;
		number(y, ev);
		bool confirms = line->to == EVENT_CONFIRMED && line->from == EVENT_SUSPECTED;
		if (confirms && ev->scope == SCOPE_NETWORK)
			check_net(y, ev);
		if (confirms && ev->scope == SCOPE_OPERATOR)
			y->calls.op_confirmed++;
		if (ev->scope != SCOPE_TERRITORY)
			continue;
		struct call *c = call_of(y, ev);
		if (c)
			y->countries[c->country].hot = true;
		if (c && c->suspected == NEVER_MS) {
			c->suspected = year_ms(line->logged);
			fault_ages(y, c);
		}
		if (c && confirms && y->config.trace)
			fault_trace(y, c, ev);
		note(y, ev);
	}
}

void calls_harvest(struct year *y)
{
	for (size_t i = 0; i < y->book->count; i++) {
		struct event *ev = y->book->events[i];
		if (!ev->dirty)
			continue;
		number(y, ev);
		if (ev->scope == SCOPE_TERRITORY)
			note(y, ev);
	}
}

/* ---- against the truth ---- */

static bool overlaps(const struct call *c, const struct outage *o)
{
	return c->country == o->country && c->start <= o->end + SLACK_MS &&
	       (c->end == NEVER_MS || c->end >= o->start - SLACK_MS);
}

static int64_t unseen_ms(const struct year *y, const struct outage *o)
{
	int64_t sum = 0;

	for (size_t i = 0; i < y->blind_count; i++) {
		int64_t from = y->blind[i].from > o->start ? y->blind[i].from : o->start;
		int64_t to = y->blind[i].to < o->end ? y->blind[i].to : o->end;
		sum += to > from ? to - from : 0;
	}
	return sum;
}

static unsigned size_bin(double loss)
{
	return loss < 20 ? 0 : loss < 35 ? 1 : loss < 60 ? 2 : loss < 99 ? 3 : 4;
}

static unsigned last_bin(int64_t ms)
{
	return ms < 10 * MIN_MS ? 0 : ms < 30 * MIN_MS ? 1 : ms < 3 * HOUR_MS ? 2 : 3;
}

static void delays(const struct year *y, struct year_figures *f, const struct outage *o, const struct call *first,
		   const struct call *last)
{
	double suspect = (double)(first->suspected - o->start) / 1000, confirm = (double)(first->confirmed - o->start) / 1000;

	if (o->total && !o->dark) {
		numbers_add(&f->suspect_total, suspect);
		numbers_add(&f->confirm_total, confirm);
		if (o->majority != NEVER_MS) {
			numbers_add(&f->suspect_majority, (double)(first->suspected - o->majority) / 1000);
			numbers_add(&f->confirm_majority, (double)(first->confirmed - o->majority) / 1000);
		}
	} else if (!o->dark) {
		numbers_add(&f->suspect_partial, suspect);
		numbers_add(&f->confirm_partial, confirm);
	} else {
		bool hosts = hosts_vote(&y->countries[o->country]);
		numbers_add(hosts ? &f->confirm_dark : &f->confirm_dark_slow, confirm);
		numbers_add(hosts ? &f->floor_dark : &f->floor_dark_slow,
			    (double)(signals_floor(y, o->start, hosts) - o->start) / 1000);
	}
	numbers_add(o->dark ? &f->start_dark : &f->start_error, fabs((double)(first->start - o->start)) / 1000);
	if (last->end != NEVER_MS)
		numbers_add(o->dark ? &f->end_dark : &f->end_error, fabs((double)(last->end - o->end)) / 1000);
}

static void judge_outage(const struct year *y, struct outage *o, struct year_figures *f)
{
	const struct call *first = NULL, *last = NULL;
	int64_t unseen = unseen_ms(y, o), seen = o->end - o->start - unseen;
	unsigned size = size_bin(o->loss_pct), length = last_bin(o->end - o->start);

	for (size_t i = 0; i < y->calls.count; i++) {
		const struct call *c = &y->calls.list[i];
		if (c->confirmed == NEVER_MS || !overlaps(c, o))
			continue;
		first = first ? first : c;
		last = c;
	}
	o->unseen_ms = unseen;
	f->told += first != NULL;
	f->told_again += first != last;
	if (unseen > 0 && seen < 10 * MIN_MS) {
		f->unseen++;
		return;
	}
	if (first && unseen == 0)
		delays(y, f, o, first, last);
	if (o->dark) {
		bool counts = length >= 2; /* what probing and traffic can show at their pace */
		bool hosts = hosts_vote(&y->countries[o->country]);
		f->dark_all[hosts] += counts;
		f->dark_found[hosts] += counts && first;
		return;
	}
	f->bin_all[size][length]++;
	f->bin_found[size][length] += first != NULL;
	f->outages += size > 0 && length > 0;
	f->found += size > 0 && length > 0 && first;
}

bool call_is_wrong(const struct year *y, const struct call *c)
{
	if (c->confirmed == NEVER_MS)
		return false;
	for (size_t k = 0; k < y->outage_count; k++)
		if (overlaps(c, &y->outages[k]))
			return false;
	return true;
}

bool outage_is_found(const struct year *y, const struct outage *o)
{
	for (size_t i = 0; i < y->calls.count; i++)
		if (y->calls.list[i].confirmed != NEVER_MS && overlaps(&y->calls.list[i], o))
			return true;
	return false;
}

static void count_wrong(const struct call *c, struct year_figures *f)
{
	bool near = false;

	f->wrong++;
	f->wrong_kind[c->kind]++;
	f->wrong_dark += !(c->classes & CLASS_R);
	for (int i = 0; i < FAULTS; i++) {
		f->wrong_near[i] += c->age[i] < NEAR_FAULT_MS;
		near |= i < FAULTS_FEED && c->age[i] < NEAR_FAULT_MS;
	}
	f->wrong_near[FAULTS] += near;
	if (near && (f->last_near == NEVER_MS || c->confirmed > f->last_near))
		f->last_near = c->confirmed;
}

void year_figures(struct year *y, struct year_figures *out)
{
	*out = (struct year_figures){.token = y->config.token,
				     .country_days = (double)y->config.countries * y->config.days,
				     .net_days = (double)y->net_count * y->config.days, .last_near = NEVER_MS};
	calls_harvest(y);
	for (int i = 0; i <= FAULTS; i++)
		out->near_share[i] = fault_near_share(y, i);
	for (size_t i = 0; i < y->calls.count; i++) {
		const struct call *c = &y->calls.list[i];
		out->confirmed += c->confirmed != NEVER_MS;
		out->suspected_only += c->confirmed == NEVER_MS;
		if (call_is_wrong(y, c))
			count_wrong(c, out);
	}
	for (size_t i = 0; i < y->outage_count; i++)
		judge_outage(y, &y->outages[i], out);
}

void year_figures_release(struct year_figures *f)
{
	struct numbers *all[] = {&f->suspect_total, &f->confirm_total, &f->suspect_majority, &f->confirm_majority,
				 &f->confirm_partial, &f->suspect_partial, &f->confirm_dark, &f->floor_dark,
				 &f->confirm_dark_slow, &f->floor_dark_slow, &f->start_error, &f->end_error, &f->start_dark, &f->end_dark};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		free(all[i]->v);
	*f = (struct year_figures){0};
}
