/* Archive files as a tape. First what was known of the territories then and how large each peer's table was, in
 * RIPEstat's bytes; then the rows of the table dumps and the updates, as the archives' own records, to the source
 * `mrt`.
 *
 * Of the updates only those pass that are about what is watched, changes of sessions, and now and then one of each
 * collector, so that it is seen to be alive; the records of one second make one chunk. Where a collector has no file
 * its sessions are taken down, because what they did is not known, until a later table dump of it says what they have
 * (archive_returns.c); where nobody has one the stream is silent, and the app calls that a gap. */
#include "archive_tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive_private.h"
#include "tape_stream.h"
#include "unpack.h"

#include "base/mem.h"

#define SECOND      1000LL
#define BEAT_MS     (20 * SECOND) /* one record of each collector passes so often */
#define PULSE_MS    (25 * SECOND)
#define LAG_MS      400
#define TABLE_CHUNK (128u << 10)
#define CHUNK_MAX   (64u << 20)
#define QUEUE_MAX   (64u << 20)

struct queued {
	int64_t ms;
	size_t at, len;
};

/* One collector's updates: its files in turn, what was read of them and not played yet. */
struct line {
	size_t file; /* the next of the plan to look at */
	struct unpack *unpack;
	struct mrt_reader *mrt;
	struct strbuf records;
	struct queued *queue;
	size_t count, cap, next;
	int64_t newest, beat;
	struct wall hole; /* the next moment from which it has no file; WALL_NONE: none */
};

enum stage { STAGE_PEERS, STAGE_RESOURCES, STAGE_OPEN, STAGE_TABLES, STAGE_UPDATES };

struct archive_tape {
	struct tape tape;
	struct archive_plan *plan;
	bool owns_plan;
	char cache_dir[600];
	struct territory_spec *specs;
	char **resources;
	size_t spec_count;
	bool quiet_holes;
	struct archive_tables tables;
	struct archive_return *returns; /* by time */
	size_t return_count, return_next;
	struct strbuf config, about;
	char stream[TAPE_STREAM_MAX];
	/* the place */
	enum stage stage;
	size_t step; /* in the stage: the country, the kept record */
	struct wall now, pulse;
	struct line lines[ARCHIVE_COLLECTORS_MAX];
	struct strbuf body;
	unsigned damaged; /* files that could not be read to their end */
};

/* ---- a collector's updates ---- */

struct taking {
	struct archive_tape *t;
	struct line *l;
};

static bool is_about_us(const struct archive_tape *t, const struct mrt_record *rec)
{
	for (size_t i = 0; i < rec->withdrawn_count; i++)
		if (archive_covers(t->tables.space, t->tables.space_count, &rec->withdrawn[i].prefix))
			return true;
	for (size_t i = 0; i < rec->announced_count; i++)
		if (archive_covers(t->tables.space, t->tables.space_count, &rec->announced[i].prefix))
			return true;
	return false;
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct taking *k = arg;
	struct line *l = k->l;
	int64_t ms = (int64_t)rec->time_s * 1000 + rec->usec / 1000;
	if (rec->kind != MRT_UPDATE && rec->kind != MRT_STATE)
		return;
	if (rec->local || l->records.len + rec->raw.len > l->records.max)
		return;
	bool beat = ms - l->beat >= BEAT_MS;
	if (!beat && rec->kind == MRT_UPDATE && !is_about_us(k->t, rec))
		return;
	if (beat)
		l->beat = ms;
	if (ms < l->newest)
		ms = l->newest; /* what is out of order is played in the order in which it was written */
	l->newest = ms;
	mem_grow(&l->queue, &l->cap, l->count + 1, sizeof(*l->queue));
	l->queue[l->count++] = (struct queued){ms, l->records.len, rec->raw.len};
	strbuf_add(&l->records, rec->raw.at, rec->raw.len);
}

static void end_file(struct archive_tape *t, struct line *l)
{
	struct taking k = {t, l};
	if (l->mrt)
		mrt_end(l->mrt, take_record, &k);
	mrt_reader_free(l->mrt);
	unpack_close(l->unpack);
	l->mrt = NULL;
	l->unpack = NULL;
}

/* The next file of the line that is there. False: no more. */
static bool open_file(struct archive_tape *t, struct line *l)
{
	const struct archive_collector *c = t->plan->collectors[l - t->lines];
	struct err e = {0};
	char path[800];
	for (; l->file < t->plan->count; l->file++) {
		const struct archive_file *f = &t->plan->files[l->file];
		if (f->table || f->collector != c || !f->have)
			continue;
		archive_full_path(path, t->cache_dir, f);
		l->file++;
		if (unpack_open(&l->unpack, path, &e) < 0) {
			t->damaged++;
			continue;
		}
		l->mrt = mrt_reader_new();
		mrt_reader_guess_addpath(l->mrt, true);
		return true;
	}
	return false;
}

/* Read on until something waits in the queue, or everything is read. */
static void fill(struct archive_tape *t, struct line *l)
{
	static char buf[1 << 18];
	struct taking k = {t, l};
	struct err e = {0};
	if (l->next < l->count)
		return;
	l->next = l->count = 0;
	strbuf_clear(&l->records);
	while (l->count == 0 && (l->unpack || open_file(t, l))) {
		size_t len = 0;
		int rc = unpack_read(l->unpack, buf, sizeof(buf), &len, &e);
		int fed = len ? mrt_feed(l->mrt, buf, len, take_record, &k, &e) : 0;
		t->damaged += rc < 0 || fed < 0;
		if (rc < 0 || fed < 0 || len == 0)
			end_file(t, l);
	}
}

static struct queued *head(struct archive_tape *t, struct line *l)
{
	fill(t, l);
	return l->next < l->count ? &l->queue[l->next] : NULL;
}

/* ---- holes ---- */

/* Has this collector a file of this moment? The end of its coverage, either way, in *end. */
static bool covered(const struct archive_tape *t, const struct archive_collector *c, int64_t ms, int64_t *end)
{
	*end = t->plan->until.ms;
	for (size_t i = 0; i < t->plan->count; i++) {
		const struct archive_file *f = &t->plan->files[i];
		if (f->table || f->collector != c || !f->have)
			continue;
		if (f->from.ms > ms) {
			*end = f->from.ms;
			return false;
		}
		if (ms < f->from.ms + f->span_ms) {
			*end = f->from.ms + f->span_ms;
			return true;
		}
	}
	return false;
}

/* Where the collector's next hole begins, from ms on. */
static struct wall next_hole(const struct archive_tape *t, const struct archive_collector *c, int64_t ms)
{
	int64_t end;
	while (ms < t->plan->until.ms && covered(t, c, ms, &end))
		ms = end;
	return ms < t->plan->until.ms ? (struct wall){ms} : WALL_NONE;
}

static bool anybody(const struct archive_tape *t, int64_t ms)
{
	int64_t end;
	for (size_t i = 0; i < t->plan->collector_count; i++)
		if (covered(t, t->plan->collectors[i], ms, &end))
			return true;
	return t->quiet_holes;
}

/* ---- frames ---- */

static void begin_frame(struct archive_tape *t, struct frame *f, const char *source, const char *call,
			const char *subject)
{
	*f = (struct frame){
		.kind = FRAME_INPUT,
		.now = {.mono = {t->now.ms - t->plan->base.ms + 3600 * SECOND}, .wall = t->now},
		.source = source,
		.call = call,
		.subject = subject,
		.url = "",
		.in = {.kind = INPUT_REPLY, .time = t->now, .status = 200, .retry_after_s = -1},
	};
}

static void give_body(struct archive_tape *t, struct frame *f)
{
	f->in.body = t->body.text;
	f->in.len = f->in.wire_bytes = t->body.len;
}

/* RIPEstat's ris-peers, as the table dumps say it. */
static void frame_peers(struct archive_tape *t, struct frame *f)
{
	char when[WALL_TEXT_MAX], addr[PREFIX_TEXT_MAX];
	wall_format(when, t->plan->base);
	strbuf_adds(&t->body, "{\"version\":\"1.0\",\"data_call_name\":\"ris-peers\",\"status\":\"ok\",\"status_code\":"
			      "200,\"data\":{\"peers\":{");
	for (size_t i = 0; i < t->plan->collector_count; i++) {
		strbuf_addf(&t->body, "%s\"%s\":[", i ? "," : "", t->plan->collectors[i]->key);
		for (size_t k = 0; k < t->tables.peers[i].count; k++) {
			const struct archive_peer *p = &t->tables.peers[i].list[k];
			strbuf_addf(&t->body,
				    "%s{\"asn\":\"%u\",\"ip\":\"%s\",\"v4_prefix_count\":%u,\"v6_prefix_count\":%u}",
				    k ? "," : "", p->asn, addr_format(addr, &p->addr), p->v4, p->v6);
		}
		strbuf_addc(&t->body, ']');
	}
	strbuf_addf(&t->body, "},\"latest_time\":\"%.19s\"}}", when);
	begin_frame(t, f, "ripestat", "ris-peers", "");
	give_body(t, f);
}

/* RIPEstat's announced-prefixes of an AS, as the table dumps say it. */
static void put_announced(struct archive_tape *t, uint32_t asn)
{
	char when[WALL_TEXT_MAX], prefix[PREFIX_TEXT_MAX];
	const struct prefix *last = NULL;
	wall_format(when, t->plan->base);
	strbuf_adds(&t->body, "{\"version\":\"1.2\",\"data_call_name\":\"announced-prefixes\",\"status\":\"ok\",\"status_code\":200,\"data\":{"
			      "\"prefixes\":[");
	for (size_t i = 0; i < t->tables.kept_count; i++) {
		const struct kept *k = &t->tables.kept[i];
		if (k->origin != asn || (last && prefix_equal(last, &k->prefix)))
			continue;
		strbuf_addf(&t->body, "%s{\"prefix\":\"%s\",\"timelines\":[{\"starttime\":\"%.19s\",\"endtime\":\"%.19s\"}]}", last ? "," : "",
			    prefix_format(prefix, &k->prefix), when, when);
		last = &k->prefix;
	}
	strbuf_addf(&t->body, "],\"resource\":\"%u\",\"query_endtime\":\"%.19s\",\"latest_time\":\"%.19s\"}}", asn, when, when);
}

static bool frame_resources(struct archive_tape *t, struct frame *f)
{
	while (t->step < t->spec_count && !t->resources[t->step] && t->specs[t->step].kind != TERRITORY_AS)
		t->step++;
	if (t->step == t->spec_count)
		return false;
	const struct territory_spec *s = &t->specs[t->step];
	if (s->kind == TERRITORY_AS)
		put_announced(t, s->asn);
	else
		strbuf_adds(&t->body, t->resources[t->step]);
	begin_frame(t, f, "ripestat", s->kind == TERRITORY_AS ? "announced-prefixes" : "country-resource-list", s->code);
	give_body(t, f);
	t->step++;
	return true;
}

/* Whole prefixes, the rows of all collectors together, each behind its collector's index. */
static bool frame_tables(struct archive_tape *t, struct frame *f)
{
	struct archive_tables *a = &t->tables;
	uint32_t base_s = (uint32_t)(t->plan->base.ms / 1000), collector = UINT32_MAX;
	if (t->step > a->kept_count)
		return false;
	while (t->step < a->kept_count) {
		const struct kept *k = &a->kept[t->step];
		if (t->body.len >= TABLE_CHUNK && t->step && !prefix_equal(&a->kept[t->step - 1].prefix, &k->prefix))
			break;
		if (k->collector != collector && a->peers[k->collector].index)
			strbuf_add(&t->body, a->peers[k->collector].index, a->peers[k->collector].index_len);
		else if (k->collector != collector)
			archive_view(&t->body, base_s, t->plan->collectors[k->collector]->key);
		collector = k->collector;
		strbuf_add(&t->body, a->records.text + k->at, k->len);
		t->step++;
	}
	if (t->step == a->kept_count) {
		archive_view(&t->body, base_s, "");
		t->step++;
	}
	begin_frame(t, f, "mrt", "archive", t->stream);
	f->in.kind = INPUT_CHUNK;
	give_body(t, f);
	return true;
}

static void frame_chunk(struct archive_tape *t, struct frame *f)
{
	begin_frame(t, f, "mrt", "archive", t->stream);
	f->in.kind = INPUT_CHUNK;
	give_body(t, f);
	t->pulse.ms = t->now.ms + PULSE_MS;
}

/* The records of one second, collector by collector. */
static void put_second(struct archive_tape *t, int64_t second)
{
	for (size_t i = 0; i < t->plan->collector_count; i++) {
		struct line *l = &t->lines[i];
		bool named = false;
		for (struct queued *q; (q = head(t, l)) && q->ms / 1000 <= second; l->next++) {
			if (!named)
				archive_view(&t->body, (uint32_t)(q->ms / 1000), t->plan->collectors[i]->key);
			named = true;
			strbuf_add(&t->body, l->records.text + q->at, q->len);
		}
	}
}

static void put_hole(struct archive_tape *t, size_t i)
{
	struct line *l = &t->lines[i];
	uint32_t time_s = (uint32_t)(l->hole.ms / 1000);
	archive_view(&t->body, time_s, t->plan->collectors[i]->key);
	for (size_t k = 0; k < t->tables.peers[i].count; k++)
		archive_put_state(&t->body, time_s, &t->tables.peers[i].list[k].addr,
				  t->tables.peers[i].list[k].asn, false);
	int64_t end;
	covered(t, t->plan->collectors[i], l->hole.ms, &end);
	l->hole = next_hole(t, t->plan->collectors[i], end);
}

/* Its table dump of this moment, as new sessions. */
static void put_return(struct archive_tape *t)
{
	const struct archive_return *r = &t->returns[t->return_next++];
	strbuf_add(&t->body, r->bytes.text, r->bytes.len);
}

static bool frame_update(struct archive_tape *t, struct frame *f)
{
	int64_t first = INT64_MAX, hole = INT64_MAX, back = INT64_MAX;
	size_t hole_of = 0;
	for (size_t i = 0; i < t->plan->collector_count; i++) {
		const struct queued *q = head(t, &t->lines[i]);
		if (q && q->ms < first)
			first = q->ms;
		if (wall_is_set(t->lines[i].hole) && t->lines[i].hole.ms < hole) {
			hole = t->lines[i].hole.ms;
			hole_of = i;
		}
	}
	while (t->pulse.ms < t->plan->until.ms && t->pulse.ms < first && t->pulse.ms < hole && !anybody(t, t->pulse.ms))
		t->pulse.ms += PULSE_MS;
	int64_t due = first == INT64_MAX ? first : (first / 1000 + 1) * 1000 + LAG_MS;
	if (t->return_next < t->return_count)
		back = t->returns[t->return_next].at.ms;
	int64_t next = hole < due ? hole : due;
	next = back < next ? back : next;
	next = t->pulse.ms < next ? t->pulse.ms : next;
	if (next > t->plan->until.ms)
		return false;
	t->now.ms = next > t->now.ms ? next : t->now.ms;
	if (next == hole)
		put_hole(t, hole_of);
	else if (next == back)
		put_return(t);
	else if (next == due)
		put_second(t, first / 1000);
	else
		archive_view(&t->body, (uint32_t)(t->now.ms / 1000), "");
	frame_chunk(t, f);
	return true;
}

static void enter(struct archive_tape *t, enum stage s)
{
	t->stage = s;
	t->step = 0;
	t->now.ms += SECOND;
}

static int archive_next(struct tape *base, struct frame *f, struct err *e)
{
	struct archive_tape *t = (struct archive_tape *)base;
	(void)e;
	strbuf_clear(&t->body);
	switch (t->stage) {
	case STAGE_PEERS:
		frame_peers(t, f);
		enter(t, STAGE_RESOURCES);
		return 1;
	case STAGE_RESOURCES:
		if (frame_resources(t, f))
			return 1;
		enter(t, STAGE_OPEN); /* fall through */
	case STAGE_OPEN:
		begin_frame(t, f, "mrt", "archive", t->stream);
		f->in.kind = INPUT_STREAM_OPEN;
		enter(t, STAGE_TABLES);
		return 1;
	case STAGE_TABLES:
		if (frame_tables(t, f))
			return 1;
		enter(t, STAGE_UPDATES);
		t->pulse.ms = t->now.ms + PULSE_MS; /* fall through */
	case STAGE_UPDATES: break;
	}
	return frame_update(t, f) ? 1 : 0;
}

static void close_lines(struct archive_tape *t)
{
	for (size_t i = 0; i < ARCHIVE_COLLECTORS_MAX; i++) {
		mrt_reader_free(t->lines[i].mrt);
		unpack_close(t->lines[i].unpack);
		strbuf_release(&t->lines[i].records);
		free(t->lines[i].queue);
		t->lines[i] = (struct line){.hole = WALL_NONE};
	}
}

static int archive_rewind(struct tape *base, struct err *e)
{
	struct archive_tape *t = (struct archive_tape *)base;
	(void)e;
	close_lines(t);
	t->stage = STAGE_PEERS;
	t->step = 0;
	t->damaged = 0;
	t->return_next = 0;
	t->now = t->pulse = t->plan->base;
	for (size_t i = 0; i < t->plan->collector_count; i++) {
		strbuf_init(&t->lines[i].records, QUEUE_MAX);
		t->lines[i].beat = INT64_MIN / 2;
		t->lines[i].newest = t->plan->base.ms;
		t->lines[i].hole = t->quiet_holes ? WALL_NONE : next_hole(t, t->plan->collectors[i], t->plan->base.ms);
	}
	return 0;
}

static void archive_info(const struct tape *base, struct tape_info *out)
{
	const struct archive_tape *t = (const struct archive_tape *)base;
	char from[WALL_TEXT_MAX];
	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", wall_format_date(from, t->plan->at));
	snprintf(out->note, sizeof(out->note), "From the archives of");
	for (size_t i = 0; i < t->plan->collector_count; i++) {
		size_t len = strlen(out->note);
		snprintf(out->note + len, sizeof(out->note) - len, "%s %s", i ? "," : "", t->plan->collectors[i]->name);
	}
	out->about = t->about.text;
	out->config = t->config.text;
	out->from = t->plan->base;
	out->until = t->plan->until;
	tape_stream_territories(out, t->specs, t->spec_count);
}

static void archive_free(struct tape *base)
{
	struct archive_tape *t = (struct archive_tape *)base;
	close_lines(t);
	archive_tables_release(&t->tables);
	archive_returns_release(t->returns, t->return_count);
	if (t->owns_plan) {
		archive_plan_release(t->plan);
		free(t->plan);
	}
	for (size_t i = 0; i < t->spec_count; i++)
		free(t->resources[i]);
	free(t->resources);
	free(t->specs);
	strbuf_release(&t->config);
	strbuf_release(&t->about);
	strbuf_release(&t->body);
	free(t);
}

static const struct tape_ops archive_ops = {
	.info = archive_info,
	.next = archive_next,
	.rewind = archive_rewind,
	.free = archive_free,
};

/* ---- opening ---- */

static void write_about(struct archive_tape *t)
{
	size_t files = 0;
	for (size_t i = 0; i < t->plan->count; i++)
		files += t->plan->files[i].have;
	strbuf_addf(&t->about,
		    "%zu files of RIPE RIS (https://data.ris.ripe.net) and RouteViews "
		    "(https://archive.routeviews.org), as they are:\n",
		    files);
	for (size_t i = 0; i < t->plan->collector_count; i++)
		strbuf_addf(&t->about, "%s: %zu peers\n", t->plan->collectors[i]->name, t->tables.peers[i].count);
	strbuf_adds(&t->about, "Routing only: what else there was then is not known here.\n");
}

int archive_tape_open(struct tape **out, const struct archive_tape_options *o, struct err *e)
{
	struct archive_tape *t = xcalloc(1, sizeof(*t));
	*out = NULL;
	t->tape.ops = &archive_ops;
	t->plan = o->plan;
	t->owns_plan = o->takes_plan;
	t->quiet_holes = o->quiet_holes;
	t->spec_count = o->spec_count;
	t->specs = xcalloc(o->spec_count + 1, sizeof(*t->specs));
	t->resources = xcalloc(o->spec_count + 1, sizeof(*t->resources));
	snprintf(t->cache_dir, sizeof(t->cache_dir), "%s", o->cache_dir);
	for (size_t i = 0; i < o->spec_count; i++) {
		t->specs[i] = o->specs[i];
		t->resources[i] = o->resources ? xstrdup(o->resources[i]) : NULL;
	}
	strbuf_init(&t->config, 1 << 16);
	strbuf_init(&t->about, 1 << 14);
	strbuf_init(&t->body, CHUNK_MAX);
	tape_stream_name("mrt", t->stream);
	if (archive_tables_read(&t->tables, o, e) < 0) {
		archive_free(&t->tape);
		return e->code;
	}
	t->return_count = archive_returns_read(&t->tables, o, &t->returns);
	tape_stream_config(&t->config, "mrt", t->specs, t->spec_count);
	write_about(t);
	if (archive_rewind(&t->tape, e) < 0)
		BUG("an archive cannot be rewound");
	*out = &t->tape;
	return 0;
}
