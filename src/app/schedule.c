/* Jobs in an array, looked up by a small hash of (source, call, subject). A few thousand at most (an AS each of a large
 * country), and only when something is due is the array walked. */
#include "app/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BUCKETS 1024
#define RETRY_MAX_S 3600
#define FAILS_REST 8
#define REST_MAX_S 120

struct schedule {
	struct job **jobs;
	size_t count, cap;
	struct job **slots[BUCKETS];       /* open chains: arrays of pointers */
	size_t slot_count[BUCKETS], slot_cap[BUCKETS];
	uint32_t next_id;
	unsigned active[64];               /* per source */
	unsigned failed[64];               /* in a row, of any of its jobs */
	struct mono last_start[64], paused[64];
};

static uint32_t hash_key(int source, const struct source_call *call, const char *subject)
{
	uint32_t h = 2166136261u ^ (uint32_t)source;
	for (const char *p = call->name; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	for (const char *p = subject; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return h;
}

struct schedule *schedule_new(void)
{
	struct schedule *s = xcalloc(1, sizeof(*s));
	s->next_id = 1;
	for (size_t i = 0; i < ARRAY_LEN(s->last_start); i++)
		s->last_start[i] = s->paused[i] = (struct mono){INT64_MIN / 2};
	return s;
}

static void job_free(struct job *j)
{
	free(j->subject);
	free(j);
}

void schedule_free(struct schedule *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		job_free(s->jobs[i]);
	for (size_t i = 0; i < BUCKETS; i++)
		free(s->slots[i]);
	free(s->jobs);
	free(s);
}

struct job *schedule_find(struct schedule *s, int source, const struct source_call *call, const char *subject)
{
	uint32_t b = hash_key(source, call, subject) % BUCKETS;
	for (size_t i = 0; i < s->slot_count[b]; i++) {
		struct job *j = s->slots[b][i];
		if (!j->dead && j->source == source && j->call == call && !strcmp(j->subject, subject))
			return j;
	}
	return NULL;
}

struct job *schedule_job(struct schedule *s, int source, const struct source_call *call, const char *subject, struct now now)
{
	struct job *j = schedule_find(s, source, call, subject);
	if (j)
		return j;
	j = xcalloc(1, sizeof(*j));
	j->id = s->next_id++;
	j->source = source;
	j->call = call;
	j->subject = xstrdup(subject);
	j->period_s = call->period_s;
	j->due = call->period_s || call->scope == SCOPE_CALL_STREAM ? now.mono : MONO_NEVER;
	j->last_success = j->last_try = j->data_time = WALL_NONE;
	mem_grow(&s->jobs, &s->cap, s->count + 1, sizeof(*s->jobs));
	s->jobs[s->count++] = j;
	uint32_t b = hash_key(source, call, subject) % BUCKETS;
	mem_grow(&s->slots[b], &s->slot_cap[b], s->slot_count[b] + 1, sizeof(*s->slots[b]));
	s->slots[b][s->slot_count[b]++] = j;
	return j;
}

struct job *schedule_by_id(struct schedule *s, uint32_t id)
{
	size_t lo = 0, hi = s->count; /* ids ascend */
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (s->jobs[mid]->id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->count && s->jobs[lo]->id == id ? s->jobs[lo] : NULL;
}

void schedule_want(struct schedule *s, struct job *j, struct now now, bool force)
{
	(void)s;
	if (j->active) {
		j->wanted_again = true;
		return;
	}
	if (j->failures && !force && j->due.ms != MONO_NEVER.ms)
		return; /* its back-off stands */
	if (j->due.ms > now.mono.ms)
		j->due = now.mono;
}

void schedule_want_later(struct job *j, struct now now, unsigned delay_s)
{
	int64_t at = now.mono.ms + (int64_t)delay_s * 1000;
	if (!j->active && j->due.ms > at)
		j->due.ms = at;
}

static void forget(struct schedule *s, struct job *j)
{
	uint32_t b = hash_key(j->source, j->call, j->subject) % BUCKETS;
	for (size_t i = 0; i < s->slot_count[b]; i++)
		if (s->slots[b][i] == j) {
			s->slots[b][i] = s->slots[b][--s->slot_count[b]];
			break;
		}
	for (size_t i = 0; i < s->count; i++)
		if (s->jobs[i] == j) {
			memmove(&s->jobs[i], &s->jobs[i + 1], (s->count - i - 1) * sizeof(*s->jobs));
			s->count--;
			break;
		}
	job_free(j);
}

void schedule_drop(struct schedule *s, struct job *j)
{
	if (j->active)
		j->dead = true;
	else
		forget(s, j);
}

void schedule_pause_source(struct schedule *s, int source, struct mono until)
{
	if (s->paused[source].ms < until.ms)
		s->paused[source] = until;
}

static struct mono source_free_at(const struct schedule *s, int source)
{
	const struct source_ops *ops = source_table[source];
	struct mono at = {s->last_start[source].ms + ops->gap_ms};
	return s->paused[source].ms > at.ms ? s->paused[source] : at;
}

/* Streams and own checks do not wait in the queue of the source's requests. */
static bool is_queued(const struct job *j)
{
	return j->call->scope != SCOPE_CALL_STREAM && j->call->scope != SCOPE_CALL_TARGET;
}

static bool may_start(const struct schedule *s, const struct job *j, struct now now)
{
	if (j->active || j->dead || j->due.ms > now.mono.ms)
		return false;
	if (!is_queued(j))
		return true;
	return s->active[j->source] < source_table[j->source]->parallel && source_free_at(s, j->source).ms <= now.mono.ms;
}

void schedule_begin(struct schedule *s, struct job *j, struct now now)
{
	j->active = true;
	j->started = now.mono;
	j->last_try = now.wall;
	j->wanted_again = false;
	if (is_queued(j)) {
		s->active[j->source]++;
		s->last_start[j->source] = now.mono;
	}
}

struct job *schedule_next(struct schedule *s, struct now now)
{
	struct job *best = NULL;
	for (size_t i = 0; i < s->count; i++) {
		struct job *j = s->jobs[i];
		if (!may_start(s, j, now))
			continue;
		if (!best || j->call->urgency < best->call->urgency ||
		    (j->call->urgency == best->call->urgency && j->due.ms < best->due.ms))
			best = j;
	}
	if (best)
		schedule_begin(s, best, now);
	return best;
}

/* 0.75..1.25, the same for the same job and attempt: spreads clients and jobs apart without a random number. */
static double jitter(const struct job *j)
{
	uint32_t h = hash_key(j->source, j->call, j->subject) ^ (j->failures * 2654435761u) ^ (uint32_t)j->last_try.ms;
	h ^= h >> 15;
	h *= 2246822519u;
	h ^= h >> 13;
	return 0.75 + 0.5 * (double)(h % 1000) / 1000.0;
}

static int64_t backoff_ms(const struct job *j)
{
	double s = j->call->retry_s ? j->call->retry_s : 5;
	for (unsigned i = 1; i < j->failures && s < RETRY_MAX_S; i++)
		s *= 2;
	double cap = j->period_s && j->period_s < RETRY_MAX_S ? j->period_s : RETRY_MAX_S;
	if (cap < 60)
		cap = 60;
	if (j->call->scope == SCOPE_CALL_STREAM && cap > 300)
		cap = 300;
	if (s > cap)
		s = cap;
	return (int64_t)(s * 1000 * jitter(j));
}

/* A source all of whose jobs fail gets rest: after FAILS_REST failures in a row one job at a time asks, ever more rarely. */
static void rest_source(struct schedule *s, const struct job *j, enum job_end end, struct now now)
{
	if (end == JOB_OK)
		s->failed[j->source] = 0;
	if (end != JOB_FAILED || ++s->failed[j->source] < FAILS_REST)
		return;
	int64_t wait_s = 5;
	for (unsigned i = FAILS_REST; i < s->failed[j->source] && wait_s < REST_MAX_S; i++)
		wait_s *= 2;
	schedule_pause_source(s, j->source, (struct mono){now.mono.ms + (wait_s < REST_MAX_S ? wait_s : REST_MAX_S) * 1000});
}

void schedule_done(struct schedule *s, struct job *j, enum job_end end, int64_t retry_after_s, struct now now)
{
	if (j->active && is_queued(j))
		s->active[j->source]--;
	j->active = false;
	if (j->dead) {
		forget(s, j);
		return;
	}
	int64_t wait = j->period_s ? (int64_t)((double)j->period_s * 1000 * (1.0 + 0.2 * (jitter(j) - 0.75))) : -1;
	if (is_queued(j))
		rest_source(s, j, end, now);
	if (end == JOB_OK) {
		j->failures = 0;
		j->once_ok = true;
		j->last_success = now.wall;
	} else {
		j->failures++;
		if (end == JOB_FAILED)
			wait = backoff_ms(j);
		else if (wait < 0)
			wait = (int64_t)RETRY_MAX_S * 1000;
	}
	if (end != JOB_OK && retry_after_s > 0) {
		if (retry_after_s > 24 * 3600)
			retry_after_s = 24 * 3600;
		if (wait < retry_after_s * 1000)
			wait = retry_after_s * 1000;
		schedule_pause_source(s, j->source, (struct mono){now.mono.ms + retry_after_s * 1000});
	}
	j->due = wait < 0 ? MONO_NEVER : (struct mono){now.mono.ms + wait};
	if (j->wanted_again && end == JOB_OK)
		j->due = now.mono;
}

struct mono schedule_due(const struct schedule *s, struct now now)
{
	struct mono due = MONO_NEVER;
	for (size_t i = 0; i < s->count; i++) {
		const struct job *j = s->jobs[i];
		if (j->active || j->dead || j->due.ms == MONO_NEVER.ms)
			continue;
		int64_t at = j->due.ms;
		if (is_queued(j)) {
			if (s->active[j->source] >= source_table[j->source]->parallel)
				continue; /* the end of a transfer wakes us */
			int64_t free_at = source_free_at(s, j->source).ms;
			if (at < free_at)
				at = free_at;
		}
		if (at < due.ms)
			due.ms = at;
	}
	if (due.ms < now.mono.ms)
		due = now.mono;
	return due;
}

void schedule_counts(const struct schedule *s, int source, unsigned *active, unsigned *queued, struct mono *next, struct now now)
{
	*active = *queued = 0;
	*next = MONO_NEVER;
	for (size_t i = 0; i < s->count; i++) {
		const struct job *j = s->jobs[i];
		if (j->source != source || j->dead)
			continue;
		if (j->active)
			(*active)++;
		else if (j->due.ms <= now.mono.ms)
			(*queued)++;
		if (!j->active && j->due.ms < next->ms)
			*next = j->due;
	}
}

struct job *schedule_each(struct schedule *s, size_t *i)
{
	while (*i < s->count) {
		struct job *j = s->jobs[(*i)++];
		if (!j->dead)
			return j;
	}
	return NULL;
}
