/* bgplay's answers as a tape. First what was known of the territories then, in RIPEstat's bytes; then, to the source
 * `bgplay`, the rows at the beginning of each answer and its events, as they stand in it; those of one second make one
 * chunk.
 *
 * The networks are asked for in batches, and each batch is a line of answers, one behind the other. One answer of each line
 * is held at a time. Where a line's answers do not go on, what its networks did is not known: the stream ends there, for all,
 * and the app calls that a gap. */
#include "play_tape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "play_body.h"
#include "tape_stream.h"

#include "base/mem.h"

#define SECOND    1000LL
#define PULSE_MS  (25 * SECOND)
#define LAG_MS    400
#define SLACK_MS  (2 * 60 * SECOND) /* an answer's last event may be its end */
#define CHUNK_MAX ((size_t)64 << 20)
#define LINES_MAX ((PLAY_NETS_MAX + PLAY_BATCH - 1) / PLAY_BATCH)

/* A batch of networks. */
struct line {
	size_t part, end; /* of the plan: the one that is held, behind the last */
	struct play_body body;
	bool begun; /* its rows were played */
	size_t next; /* event */
	int64_t until_ms; /* its answers speak of all times up to here */
};

enum stage { STAGE_REPLIES, STAGE_OPEN, STAGE_PLAY, STAGE_OVER };

struct play_tape {
	struct tape tape;
	struct play_plan *plan;
	char cache_dir[600];
	struct territory_spec *specs;
	size_t spec_count;
	struct play_reply *replies;
	size_t reply_count;
	struct strbuf config, about;
	char stream[TAPE_STREAM_MAX];
	/* the place */
	enum stage stage;
	size_t step;
	struct wall now, pulse;
	struct line lines[LINES_MAX];
	struct strbuf out;
};

/* ---- lines ---- */

static int load(struct play_tape *t, struct line *l, struct err *e)
{
	const struct play_part *part = &t->plan->parts[l->part];
	char path[800], subject[PLAY_SUBJECT_MAX];
	snprintf(path, sizeof(path), "%.600s/%s", t->cache_dir, part->path);
	play_body_release(&l->body);
	l->begun = false;
	l->next = 0;
	return play_body_load(&l->body, path, play_subject(subject, t->plan, part), part, e);
}

/* Has it another answer, and does this one speak of all the time up to that? */
static bool goes_on(const struct play_tape *t, const struct line *l)
{
	return l->part + 1 < l->end && l->body.until.ms + SLACK_MS >= t->plan->parts[l->part].until.ms;
}

/* To the line's next answer, when it goes on from where this one ends. */
static int go_on(struct play_tape *t, struct line *l, struct err *e)
{
	while (l->begun && l->next == l->body.count && goes_on(t, l)) {
		l->part++;
		int rc = load(t, l, e);
		if (rc < 0)
			return rc;
		if (l->body.from.ms > l->until_ms + SLACK_MS) {
			l->end = l->part; /* a hole: what comes behind it is not played */
			l->begun = true;
			l->next = l->body.count;
			return 0;
		}
		l->until_ms = l->body.until.ms;
	}
	return 0;
}

/* When the line has something to say next. */
static int64_t due_of(const struct line *l)
{
	if (!l->begun)
		return l->body.from.ms;
	return l->next < l->body.count ? l->body.events[l->next].ms : INT64_MAX;
}

/* All lines speak of everything up to here. */
static int64_t known_until(const struct play_tape *t)
{
	int64_t until = t->plan->until.ms;
	for (size_t i = 0; i < t->plan->line_count; i++) {
		const struct line *l = &t->lines[i];
		bool whole = l->until_ms + SLACK_MS >= t->plan->until.ms;
		if (!goes_on(t, l) && !whole && l->until_ms < until)
			until = l->until_ms;
	}
	return until;
}

/* ---- frames ---- */

static void begin_frame(const struct play_tape *t, struct frame *f, const char *source, const char *call,
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

static void give(struct play_tape *t, struct frame *f, const char *body, size_t len)
{
	f->in.body = body;
	f->in.len = f->in.wire_bytes = len;
	t->pulse.ms = t->now.ms + PULSE_MS;
}

static void frame_chunk(struct play_tape *t, struct frame *f)
{
	begin_frame(t, f, "bgplay", "play", t->stream);
	f->in.kind = INPUT_CHUNK;
	give(t, f, t->out.text, t->out.len);
}

/* The peers and the rows of an answer's beginning. */
static void put_rows(struct play_tape *t, struct line *l)
{
	struct prefix nets[PLAY_BATCH + 1];
	char text[PREFIX_TEXT_MAX], from[WALL_TEXT_MAX];
	size_t n = play_line(t->plan, t->plan->parts[l->part].line, nets);
	strbuf_addf(&t->out, "{\"query_starttime\":\"%s\",\"targets\":[", wall_format(from, l->body.from));
	for (size_t i = 0; i < n; i++)
		strbuf_addf(&t->out, "%s{\"prefix\":\"%s\"}", i ? "," : "", prefix_format(text, &nets[i]));
	strbuf_adds(&t->out, "],\"sources\":");
	json_slice_put(&t->out, l->body.sources);
	strbuf_adds(&t->out, ",\"initial_state\":");
	json_slice_put(&t->out, l->body.initial);
	strbuf_adds(&t->out, "}\n");
	l->begun = true;
}

static void put_events(struct play_tape *t, int64_t second)
{
	bool first = true;
	strbuf_adds(&t->out, "{\"events\":[");
	for (size_t i = 0; i < t->plan->line_count; i++) {
		struct line *l = &t->lines[i];
		for (; l->begun && l->next < l->body.count && l->body.events[l->next].ms / SECOND <= second; l->next++) {
			if (!first)
				strbuf_addc(&t->out, ',');
			first = false;
			json_slice_put(&t->out, l->body.events[l->next].text);
		}
	}
	strbuf_adds(&t->out, "]}\n");
}

/* Nothing happened up to now. */
static void put_silence(struct play_tape *t)
{
	char now[WALL_TEXT_MAX];
	strbuf_addf(&t->out, "{\"query_endtime\":\"%s\"}\n", wall_format(now, t->now));
}

/* The last frame: what falls due up to the end. */
static int frame_end(struct play_tape *t, struct frame *f)
{
	t->stage = STAGE_OVER;
	if (t->now.ms >= t->plan->until.ms)
		return 0;
	t->now = t->plan->until;
	begin_frame(t, f, "", "", "");
	f->kind = FRAME_TURN;
	f->in = (struct input){.time = t->now, .retry_after_s = -1};
	return 1;
}

static int frame_play(struct play_tape *t, struct frame *f, struct err *e)
{
	int64_t rows = INT64_MAX, event = INT64_MAX;
	size_t rows_of = 0;
	for (size_t i = 0; i < t->plan->line_count; i++) {
		struct line *l = &t->lines[i];
		if (go_on(t, l, e) < 0)
			return e->code;
		int64_t due = due_of(l);
		if (!l->begun && due < rows) {
			rows = due;
			rows_of = i;
		} else if (l->begun && due < event) {
			event = due;
		}
	}
	int64_t known = known_until(t), second = event == INT64_MAX ? event : (event / SECOND + 1) * SECOND + LAG_MS;
	int64_t next = rows <= second ? rows : second;
	next = t->pulse.ms < next ? t->pulse.ms : next;
	if (next > known)
		return frame_end(t, f);
	t->now.ms = next > t->now.ms ? next : t->now.ms;
	if (next == rows)
		put_rows(t, &t->lines[rows_of]);
	else if (next == second)
		put_events(t, event / SECOND);
	else
		put_silence(t);
	frame_chunk(t, f);
	return 1;
}

static int play_next(struct tape *base, struct frame *f, struct err *e)
{
	struct play_tape *t = (struct play_tape *)base;
	strbuf_clear(&t->out);
	switch (t->stage) {
	case STAGE_REPLIES:
		if (t->step < t->reply_count) {
			const struct play_reply *r = &t->replies[t->step++];
			begin_frame(t, f, "ripestat", r->call, r->subject);
			give(t, f, r->body, strlen(r->body));
			return 1;
		}
		t->stage = STAGE_OPEN; /* fall through */
	case STAGE_OPEN:
		t->now.ms += SECOND;
		begin_frame(t, f, "bgplay", "play", t->stream);
		f->in.kind = INPUT_STREAM_OPEN;
		t->stage = STAGE_PLAY;
		t->now.ms += SECOND;
		return 1;
	case STAGE_PLAY: return frame_play(t, f, e);
	case STAGE_OVER: break;
	}
	return 0;
}

static int play_rewind(struct tape *base, struct err *e)
{
	struct play_tape *t = (struct play_tape *)base;
	t->stage = STAGE_REPLIES;
	t->step = 0;
	t->now = t->plan->base;
	t->pulse.ms = t->now.ms + PULSE_MS;
	for (size_t i = 0, part = 0; i < t->plan->line_count; i++) {
		struct line *l = &t->lines[i];
		l->part = part;
		while (part < t->plan->count && t->plan->parts[part].line == i)
			part++;
		l->end = part;
		int rc = load(t, l, e);
		if (rc < 0)
			return rc;
		l->until_ms = l->body.until.ms;
	}
	return 0;
}

static void play_info(const struct tape *base, struct tape_info *out)
{
	const struct play_tape *t = (const struct play_tape *)base;
	char from[WALL_TEXT_MAX];
	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", wall_format_date(from, t->plan->at));
	snprintf(out->note, sizeof(out->note), "From BGPlay. Source: RIPEstat, RIPE NCC");
	out->about = t->about.text;
	out->config = t->config.text;
	out->from = t->plan->base;
	out->until = t->plan->until;
	tape_stream_territories(out, t->specs, t->spec_count);
}

static void play_free(struct tape *base)
{
	struct play_tape *t = (struct play_tape *)base;
	for (size_t i = 0; i < LINES_MAX; i++)
		play_body_release(&t->lines[i].body);
	for (size_t i = 0; i < t->reply_count; i++)
		free(t->replies[i].body);
	free(t->replies);
	play_plan_release(t->plan);
	free(t->plan);
	free(t->specs);
	strbuf_release(&t->config);
	strbuf_release(&t->about);
	strbuf_release(&t->out);
	free(t);
}

static const struct tape_ops play_ops = {
	.info = play_info,
	.next = play_next,
	.rewind = play_rewind,
	.free = play_free,
};

/* ---- opening ---- */

static void write_about(struct play_tape *t)
{
	strbuf_addf(&t->about,
		    "%zu answers of RIPEstat's BGPlay (https://stat.ripe.net) about %zu networks, as they are: what the "
		    "collectors of RIPE RIS heard.\nSource: RIPEstat, RIPE NCC\n"
		    "Routing only: what else there was then is not known here.\n",
		    t->plan->count, t->plan->net_count);
}

int play_tape_open(struct tape **out, const struct play_tape_options *o, struct err *e)
{
	struct play_tape *t = xcalloc(1, sizeof(*t));
	*out = NULL;
	t->tape.ops = &play_ops;
	t->plan = o->plan;
	t->replies = o->replies;
	t->reply_count = o->reply_count;
	t->spec_count = o->spec_count;
	t->specs = xcalloc(o->spec_count + 1, sizeof(*t->specs));
	memcpy(t->specs, o->specs, o->spec_count * sizeof(*t->specs));
	snprintf(t->cache_dir, sizeof(t->cache_dir), "%s", o->cache_dir);
	strbuf_init(&t->config, 1 << 16);
	strbuf_init(&t->about, 1 << 14);
	strbuf_init(&t->out, CHUNK_MAX);
	tape_stream_name("bgplay", t->stream);
	tape_stream_config(&t->config, "bgplay", t->specs, t->spec_count);
	write_about(t);
	if (play_rewind(&t->tape, e) < 0) {
		play_free(&t->tape);
		return e->code;
	}
	*out = &t->tape;
	return 0;
}
