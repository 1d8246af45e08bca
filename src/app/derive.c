/* Deriving an event again, see derive.h. */
#include "derive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/record.h"

#define HOUR_MS        3600000LL
#define DAY_MS         (24 * HOUR_MS)
#define MINUTE_MS      60000LL
#define BUCKETS_MAX    5000
#define NEAR_MS        HOUR_MS  /* an event that begins so near is the one meant, with another start */
#define LOG_BYTES_MAX  (256 << 10)

/* ---- what the series show ---- */

static int64_t clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

/* The event with some quiet time on both sides, an hour at least. */
static void set_span(struct derived *d, const struct claim *want, struct wall until)
{
	struct wall end = wall_is_set(want->end) ? want->end : until;
	int64_t length = wall_is_set(end) && end.ms > want->start.ms ? end.ms - want->start.ms : 0;
	int64_t margin = clamp(length / 4, HOUR_MS, DAY_MS);
	d->from = (struct wall){want->start.ms - margin};
	d->until = (struct wall){want->start.ms + length + margin};
	if (wall_is_set(until) && d->until.ms > until.ms && until.ms > want->start.ms)
		d->until = until;
	int64_t span = d->until.ms - d->from.ms, step = MINUTE_MS;
	while (span / step > BUCKETS_MAX)
		step *= 2;
	for (int i = 0; i < 2; i++)
		series_init(&d->up[i], step, (size_t)(span / step) + 2);
}

/* Networks up now; NAN while some are not judged: missing is missing. */
static double up_of(const struct tally *t)
{
	return !t->total || t->unknown || t->stale ? NAN : (double)(t->up + t->degraded + t->flapping);
}

/* The value held from the last look to this one; a bucket keeps its least. */
static void put(struct series *s, struct wall from, struct wall to, double v)
{
	for (int64_t t = from.ms; t <= to.ms; t += s->step_ms) {
		double low = series_at(s, (struct wall){t});
		/* only now is the ring told, in order; what is older than it is not kept */
		if (series_put(s, (struct wall){t}, isnan(low) || v < low ? v : low) < 0)
			continue;
	}
}

static void look(struct derived *d, const char *code, struct wall *last, double held[2])
{
	const struct territory *t = model_territory(app_model(replay_app(d->player)), code);
	struct wall at = replay_at(d->player);
	if (at.ms < d->from.ms || at.ms > d->until.ms || !t)
		return;
	double now[2] = {up_of(&t->routing.v4), up_of(&t->routing.v6)};
	for (int i = 0; i < 2; i++) {
		if (wall_is_set(*last) && !isnan(held[i]))
			put(&d->up[i], *last, at, held[i]);
		if (!isnan(now[i]))
			put(&d->up[i], at, at, now[i]);
		held[i] = now[i];
	}
	*last = at;
}

/* ---- the event ---- */

static const struct event *find_event(const struct event_book *b, const struct claim *want, uint64_t seq)
{
	const struct event *best = NULL;
	int64_t nearest = NEAR_MS + 1;
	if (seq)
		return event_look_seq(b, seq);
	for (size_t i = 0; i < b->count; i++) {
		const struct event *ev = b->events[i];
		if (strcmp(event_scope_name(ev->scope), want->scope) || strcmp(ev->territory, want->territory) ||
		    strcmp(ev->subject, want->subject) || !wall_is_set(ev->start))
			continue;
		int64_t apart = llabs(ev->start.ms - want->start.ms);
		if (apart < nearest) {
			nearest = apart;
			best = ev;
		}
	}
	return best;
}

static void write_log(struct derived *d, const struct event_book *b)
{
	char time[WALL_TEXT_MAX];
	for (size_t back = b->log_count; back-- > 0;) {
		const struct log_line *l = event_log_at(b, back);
		const struct event *ev = l ? event_look(b, l->event_id) : NULL;
		if (!ev || (ev != d->ev && ev->parent_id != d->ev->id))
			continue;
		strbuf_addf(&d->log, "%s  %s%s%s%s\n", wall_format(time, l->time), ev == d->ev ? "" : "  ", l->text,
			    l->missing[0] ? "; missing: " : "", l->missing);
	}
}

void derive_credits(const struct model *m, struct strbuf *out)
{
	for (size_t i = 0; i < m->source_count; i++)
		if (m->sources[i].attribution[0] && wall_is_set(m->sources[i].last_success))
			strbuf_addf(out, "%s\n", m->sources[i].attribution);
}

static void write_credits(struct derived *d, const struct model *m)
{
	const struct tape_info *info = replay_info(d->player);
	derive_credits(m, &d->credits);
	if (info->note[0])
		strbuf_addf(&d->credits, "Inputs: %s\n", info->note);
	if (info->about)
		strbuf_addf(&d->credits, "%s\n", info->about);
}

static void add_line(struct derived *d, const char *title, const char *unit, const struct series *s, double usual)
{
	if (d->line_count == CHART_LINES_MAX || !s->count)
		return;
	d->lines[d->line_count++] = (struct chart_line){title, unit, s, usual};
}

size_t derive_signal_lines(const struct territory *t, struct wall from, struct wall until, struct chart_line *out, size_t count)
{
	for (size_t i = 0; i < t->signal_count && count < CHART_LINES_MAX; i++) {
		const struct signal *s = &t->signals[i];
		if (s->series.values && !isnan(series_median(&s->series, until, until.ms - from.ms, 1)))
			out[count++] = (struct chart_line){s->title, s->unit, &s->series, s->baseline};
	}
	return count;
}

static void collect_lines(struct derived *d, const struct model *m, const char *code)
{
	for (size_t i = 0; i < m->territory_count; i++) {
		const struct territory *t = m->territories[i];
		if (strcmp(t->spec.code, code))
			continue;
		if (t->routing.v4.total)
			add_line(d, "networks visible, IPv4", "networks", &d->up[0], t->routing.v4.total);
		if (t->routing.v6.total)
			add_line(d, "networks visible, IPv6", "networks", &d->up[1], t->routing.v6.total);
		d->line_count = derive_signal_lines(t, d->from, d->until, d->lines, d->line_count);
	}
}

int derive(struct tape *tape, const struct claim *want, uint64_t seq, struct wall until, struct derived *out, struct err *e)
{
	struct replay_options o = {.speed = 1, .from = WALL_NONE, .until = until};
	struct wall last = WALL_NONE;
	double held[2] = {NAN, NAN};
	memset(out, 0, sizeof(*out));
	strbuf_init(&out->log, LOG_BYTES_MAX);
	strbuf_init(&out->credits, LOG_BYTES_MAX);
	set_span(out, want, until);
	if (replay_open(&out->player, tape, &o, e) < 0)
		return e->code;
	while (replay_run_free(out->player, 0))
		look(out, want->territory, &last, held);
	look(out, want->territory, &last, held);
	if (*replay_error(out->player) && !replay_info(out->player)->cut)
		return err_set(e, ERR_PARSE, "%s", replay_error(out->player));
	const struct model *m = app_model(replay_app(out->player));
	out->at = replay_at(out->player);
	out->ev = find_event(&m->book, want, seq);
	if (!out->ev)
		return 0;
	claim_of(&out->claim, out->ev);
	write_log(out, &m->book);
	write_credits(out, m);
	collect_lines(out, m, out->ev->territory);
	return 0;
}

void derived_release(struct derived *d)
{
	replay_free(d->player);
	strbuf_release(&d->log);
	strbuf_release(&d->credits);
	for (int i = 0; i < 2; i++)
		series_release(&d->up[i]);
	memset(d, 0, sizeof(*d));
}

/* ---- cutting ---- */

/* What the slice has named so far: a frame's job by number where the tape has numbers, else by name. */
struct named { uint32_t id; char *name; };
struct cutter {
	struct record *out;
	struct named *jobs;
	size_t count, cap;
};

static struct named *named_find(struct cutter *c, uint32_t id, const char *name)
{
	for (size_t i = c->count; i-- > 0;) /* the newest are asked for most */
		if (id ? c->jobs[i].id == id : !strcmp(c->jobs[i].name, name))
			return &c->jobs[i];
	return NULL;
}

/* Say what job f's input belongs to, when that is new. */
static void name_job(struct cutter *c, struct frame *f)
{
	static struct strbuf name;
	if (!name.text)
		strbuf_init(&name, 32768);
	strbuf_clear(&name);
	strbuf_addf(&name, "%s %s %s", f->source, f->call, f->subject);
	struct named *n = named_find(c, f->in.job, name.text);
	if (n && !strcmp(n->name, name.text)) {
		f->in.job = n->id;
		return;
	}
	if (!n) {
		mem_grow(&c->jobs, &c->cap, c->count + 1, sizeof(*c->jobs));
		n = &c->jobs[c->count++];
		*n = (struct named){.id = f->in.job ? f->in.job : (uint32_t)c->count};
	}
	free(n->name);
	n->name = xmalloc(name.len + 1);
	memcpy(n->name, name.text, name.len + 1);
	f->in.job = n->id;
	struct frame job = {.kind = FRAME_JOB, .now = f->now, .source = f->source, .call = f->call, .subject = f->subject,
			    .url = f->url, .in = {.job = n->id, .retry_after_s = -1}};
	record_frame(c->out, &job);
}

static void fill_session(struct session *s, const struct tape_info *info)
{
	*s = (struct session){.format = SESSION_FORMAT, .numbers = info->numbers, .turns = info->turns, .exact = info->exact};
	snprintf(s->program, sizeof(s->program), "%s", LANDLINE_VERSION);
	snprintf(s->note, sizeof(s->note), "%s", info->note);
	if (info->config)
		snprintf(s->config, sizeof(s->config), "%s", info->config);
	for (size_t i = 0; i < info->territory_count && i < SESSION_TERRITORIES_MAX; i++)
		s->territories[s->territory_count++] = info->territories[i];
}

static int copy_frames(struct cutter *c, struct tape *tape, const struct tape_info *info, struct wall until, struct err *e)
{
	struct frame f = {0};
	struct now last = {{0}, WALL_NONE};
	int rc;
	while ((rc = tape->ops->next(tape, &f, e)) > 0 && f.now.wall.ms <= until.ms) {
		if (f.kind == FRAME_INPUT)
			name_job(c, &f);
		record_frame(c->out, &f);
		last = f.now;
	}
	if (rc >= 0 && !info->exact && wall_is_set(last.wall) && until.ms > last.wall.ms) {
		/* what fell due up to the end is due in the slice too */
		struct now end = {{last.mono.ms + until.ms - last.wall.ms}, until};
		struct frame turn = {.kind = FRAME_TURN, .now = end, .source = "", .call = "", .subject = "", .url = "",
				     .in = {.retry_after_s = -1}};
		record_frame(c->out, &turn);
	}
	return rc < 0 && !info->cut ? rc : 0;
}

int derive_slice(struct tape *tape, struct wall until, const char *path, struct err *e)
{
	struct tape_info *info = xcalloc(1, sizeof(*info));
	struct session *session = xcalloc(1, sizeof(*session));
	struct cutter c = {0};
	tape->ops->info(tape, info);
	fill_session(session, info);
	struct now begin = {{0}, wall_is_set(info->from) ? info->from : until};
	int rc = record_open(&c.out, path, session, begin, e);
	if (rc == 0)
		rc = tape->ops->rewind(tape, e);
	if (rc == 0)
		rc = copy_frames(&c, tape, info, until, e);
	if (c.out && rc == 0 && *record_error(c.out))
		rc = err_set(e, ERR_FILE, "%s", record_error(c.out));
	struct err at_end = {0};
	if (record_close(c.out, &at_end) < 0 && rc == 0)
		rc = err_set(e, at_end.code, "%s", at_end.msg);
	for (size_t i = 0; i < c.count; i++)
		free(c.jobs[i].name);
	free(c.jobs);
	free(session);
	free(info);
	return rc;
}
