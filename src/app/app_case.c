/* A case as a tape: what is written in the file, on a line of time with what the services would have been asked
 * meanwhile.
 *
 * Several tracks are merged by time: the changes of the routes (the messages of one second make one chunk, as they come
 * in), the pulse of RIS Live, the answers that the app asks for now and then, reports of sites, marks, and turns while
 * something moves. A quiet day is some thousand frames, each cheap. Nothing is kept but the place on each track, so
 * rewinding is exact. */
#include "app_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"

#define SECOND        1000LL
#define MINUTE        60000LL
#define HOUR          (60 * MINUTE)
#define DUMP_MS       (8 * HOUR)
#define PULSE_MS      (25 * SECOND) /* RIS Live is late after 30 s of silence */
#define TURN_MS       (5 * SECOND)
#define RESTLESS_MS   (20 * MINUTE) /* a turn every 5 s for so long after a change: dwell times end between messages */
#define LOOK_AFTER_MS 150000LL /* the second path looks at what has moved */
#define LAG_MS        400      /* of a message on its way */
#define CHUNK_MAX     (256u << 10)
#define TRACKS_MAX    64
#define STREAMS       8

enum subject {
	SUBJECT_NONE,
	SUBJECT_COUNTRY,
	SUBJECT_ORIGIN,
	SUBJECT_UPSTREAM,
	SUBJECT_NET,
	SUBJECT_CONTROL
};

/* What is answered, when first and how often. */
static const struct answer {
	const char *call;
	enum subject subject;
	int64_t first_ms, period_ms;
	void (*write)(const struct case_scene *, int which, struct strbuf *out);
} answers[] = {
	{"ris-peers", SUBJECT_NONE, 1 * SECOND, DUMP_MS, case_peers},
	{"country-resource-list", SUBJECT_COUNTRY, 1 * SECOND, 24 * HOUR, case_resources},
	{"country-asns", SUBJECT_COUNTRY, 2 * SECOND, DUMP_MS, case_country_asns},
	{"announced-prefixes", SUBJECT_ORIGIN, 3 * SECOND, HOUR, case_announced},
	{"looking-glass", SUBJECT_CONTROL, 7 * SECOND, 6 * HOUR, case_control_glass},
	{"looking-glass", SUBJECT_NET, 8 * SECOND, 6 * HOUR, case_looking_glass},
	{"asn-neighbours", SUBJECT_ORIGIN, 9 * SECOND, 24 * HOUR, case_neighbours},
	{"as-overview", SUBJECT_ORIGIN, 10 * SECOND, 7 * 24 * HOUR, case_overview},
	{"as-overview", SUBJECT_UPSTREAM, 11 * SECOND, 7 * 24 * HOUR, case_overview},
};
#define STREAMS_OPEN_MS (5 * SECOND)

/* One subject of one answer. */
struct track {
	const struct answer *answer;
	int which;
	struct wall due;
};

struct case_tape {
	struct tape tape;
	struct case_data data;
	char (*streams)[8192]; /* subscriptions, as the source makes them; owned */
	size_t stream_count;
	/* the place */
	struct wall now, pulse, turn, restless, snapshot;
	size_t change, mark, look, site_move, site, stream_open; /* site: of site_move; move 0 is that nothing is known */
	uint16_t has[CASE_PEERS_MAX];
	struct wall listed[CASE_NETS_MAX];
	struct track tracks[TRACKS_MAX];
	size_t track_count;
	struct strbuf body;
	char subject[PREFIX_TEXT_MAX + 8], url[512];
};

static struct case_scene scene_of(const struct case_tape *t)
{
	return (struct case_scene){&t->data, t->now, t->has, t->snapshot, t->listed};
}

/* ---- the beginning ---- */

static size_t subjects_of(const struct case_data *c, enum subject s)
{
	return s == SUBJECT_NET       ? c->net_count
	       : s == SUBJECT_CONTROL ? ARRAY_LEN(case_controls)
				      : 1;
}

static void add_tracks(struct case_tape *t)
{
	t->track_count = 0;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		for (size_t k = 0; k < subjects_of(&t->data, answers[i].subject) && t->track_count < TRACKS_MAX; k++)
			t->tracks[t->track_count++] =
				(struct track){&answers[i],
					       answers[i].subject == SUBJECT_UPSTREAM ? 1 : (int)k,
					       {t->data.from.ms + answers[i].first_ms + (int64_t)k * 100}};
}

static int case_rewind(struct tape *base, struct err *e)
{
	struct case_tape *t = (struct case_tape *)base;
	const struct case_data *c = &t->data;
	(void)e;
	t->now = t->restless = c->from;
	t->pulse = (struct wall){c->from.ms + STREAMS_OPEN_MS + SECOND};
	t->turn = (struct wall){c->from.ms + STREAMS_OPEN_MS};
	t->snapshot = (struct wall){c->from.ms - c->from.ms % DUMP_MS};
	t->restless.ms += RESTLESS_MS; /* the first looks are settled */
	t->change = t->mark = t->look = t->site_move = t->site = t->stream_open = 0;
	for (size_t i = 0; i < CASE_PEERS_MAX; i++)
		t->has[i] = (uint16_t)((1u << c->net_count) - 1);
	for (size_t i = 0; i < CASE_NETS_MAX; i++)
		t->listed[i] = t->snapshot;
	add_tracks(t);
	return 0;
}

static void make_streams(struct case_tape *t)
{
	int source = source_find("rislive");
	t->streams = xcalloc(STREAMS, sizeof(*t->streams));
	if (source >= 0 && source_table[source]->subscribe)
		t->stream_count = source_table[source]->subscribe(&t->data.range, 1, t->streams, STREAMS);
}

/* ---- frames ---- */

static void begin_frame(struct case_tape *t, struct frame *f, enum frame_kind kind)
{
	*f = (struct frame){
		.kind = kind,
		.now = {.mono = {t->now.ms - t->data.from.ms + HOUR}, .wall = t->now},
		.source = "",
		.call = "",
		.subject = "",
		.url = "",
		.in = {.kind = INPUT_REPLY, .time = t->now, .retry_after_s = -1},
	};
}

static void give_body(struct case_tape *t, struct frame *f)
{
	f->in.status = 200;
	f->in.body = t->body.text;
	f->in.len = t->body.len;
	f->in.wire_bytes = t->body.len;
}

/* The table dumps that have been made until now. */
static void dump(struct case_tape *t)
{
	for (; t->now.ms - t->snapshot.ms >= DUMP_MS;) {
		t->snapshot.ms += DUMP_MS;
		for (size_t i = 0; i < t->data.net_count; i++) {
			unsigned n = 0;
			for (unsigned p = 0; p < t->data.peer_count; p++)
				n += t->has[p] >> i & 1;
			if (2 * n > t->data.peer_count)
				t->listed[i] = t->snapshot;
		}
	}
}

static void frame_answer(struct case_tape *t, struct track *k, struct frame *f)
{
	struct case_scene s;
	const struct case_data *c = &t->data;
	char prefix[PREFIX_TEXT_MAX];
	dump(t);
	s = scene_of(t);
	switch (k->answer->subject) {
	case SUBJECT_NONE: t->subject[0] = '\0'; break;
	case SUBJECT_COUNTRY: snprintf(t->subject, sizeof(t->subject), "%s", c->territory.code); break;
	case SUBJECT_ORIGIN: snprintf(t->subject, sizeof(t->subject), "AS%u", c->origin); break;
	case SUBJECT_UPSTREAM: snprintf(t->subject, sizeof(t->subject), "AS%u", c->upstream); break;
	case SUBJECT_NET:
		snprintf(t->subject, sizeof(t->subject), "%s", prefix_format(prefix, &c->nets[k->which]));
		break;
	case SUBJECT_CONTROL: snprintf(t->subject, sizeof(t->subject), "%s", case_controls[k->which]); break;
	}
	begin_frame(t, f, FRAME_INPUT);
	f->source = "ripestat";
	f->call = k->answer->call;
	f->subject = t->subject;
	k->answer->write(&s, k->which, &t->body);
	give_body(t, f);
	k->due.ms += k->answer->period_ms;
}

static void frame_stream_open(struct case_tape *t, struct frame *f)
{
	begin_frame(t, f, FRAME_INPUT);
	f->source = "rislive";
	f->call = "stream";
	f->subject = t->streams[t->stream_open++];
	f->in.kind = INPUT_STREAM_OPEN;
	f->in.status = 200;
}

static void frame_chunk(struct case_tape *t, const char *subscription, struct frame *f)
{
	begin_frame(t, f, FRAME_INPUT);
	f->source = "rislive";
	f->call = "stream";
	f->subject = subscription;
	f->in.kind = INPUT_CHUNK;
	give_body(t, f);
}

/* The last of the subscriptions is the pulse, the first the updates (source/rislive.c). */
static void frame_pulse(struct case_tape *t, struct frame *f)
{
	struct case_scene s = scene_of(t);
	case_keepalive(&s, &t->body);
	frame_chunk(t, t->streams[t->stream_count - 1], f);
	t->pulse.ms += PULSE_MS;
}

static void frame_changes(struct case_tape *t, struct frame *f)
{
	struct case_scene s = scene_of(t);
	const struct case_data *c = &t->data;
	int64_t second = (t->now.ms - LAG_MS) / 1000;
	for (; t->change < c->change_count && c->changes[t->change].ms / 1000 < second; t->change++) {
		const struct case_change *k = &c->changes[t->change];
		case_update(&s, k, &t->body);
		t->has[k->peer] = (uint16_t)(k->up ? t->has[k->peer] | k->nets : t->has[k->peer] & ~(unsigned)k->nets);
	}
	frame_chunk(t, t->streams[0], f);
	t->restless.ms = t->now.ms + RESTLESS_MS;
	t->turn.ms = t->now.ms + TURN_MS;
}

/* What was reported of a site; at the beginning that nothing was. */
static void frame_site(struct case_tape *t, struct frame *f)
{
	const struct case_data *c = &t->data;
	const char *state = t->site_move == 0 ? "?" : c->site_moves[t->site_move - 1].up ? "up" : "down";
	begin_frame(t, f, FRAME_MEMORY);
	f->source = "memory";
	f->call = "site";
	strbuf_addf(&t->body, "%s %s", state, c->sites[t->site].url);
	f->in.body = t->body.text;
	f->in.len = t->body.len;
	if (++t->site == c->site_count) {
		t->site = 0;
		t->site_move++;
	}
}

static void frame_mark(struct case_tape *t, struct frame *f)
{
	const struct tape_mark *m = &t->data.marks[t->mark++];
	begin_frame(t, f, FRAME_MARK);
	f->in.body = m->text;
	f->in.len = strlen(m->text);
}

/* What has moved is looked at by the second path a little later: all networks, at once. */
static void look_again(struct case_tape *t)
{
	for (size_t i = 0; i < t->track_count; i++)
		if (t->tracks[i].answer->subject == SUBJECT_NET || t->tracks[i].answer->subject == SUBJECT_CONTROL)
			t->tracks[i].due = (struct wall){t->now.ms + (int64_t)i * 10};
	t->look++;
}

/* ---- the line of time ---- */

enum track_kind {
	TRACK_NONE,
	TRACK_MARK,
	TRACK_ANSWER,
	TRACK_STREAM,
	TRACK_CHANGES,
	TRACK_SITE,
	TRACK_PULSE,
	TRACK_LOOK,
	TRACK_TURN
};

struct next {
	enum track_kind kind;
	int64_t ms;
	size_t track;
};

static void consider(struct next *n, enum track_kind kind, int64_t ms, size_t track)
{
	if (n->kind == TRACK_NONE || ms < n->ms)
		*n = (struct next){kind, ms, track};
}

static struct next find_next(const struct case_tape *t)
{
	const struct case_data *c = &t->data;
	struct next n = {.kind = TRACK_NONE};
	if (t->mark < c->mark_count)
		consider(&n, TRACK_MARK, c->marks[t->mark].t.ms, 0);
	if (t->stream_open < t->stream_count)
		consider(&n, TRACK_STREAM, c->from.ms + STREAMS_OPEN_MS, 0);
	for (size_t i = 0; i < t->track_count; i++)
		consider(&n, TRACK_ANSWER, t->tracks[i].due.ms, i);
	if (t->change < c->change_count)
		consider(&n, TRACK_CHANGES, (c->changes[t->change].ms / 1000 + 1) * 1000 + LAG_MS, 0);
	if (c->site_count && t->site_move <= c->site_move_count)
		consider(&n, TRACK_SITE, t->site_move ? c->site_moves[t->site_move - 1].ms : c->from.ms, 0);
	if (t->stream_count)
		consider(&n, TRACK_PULSE, t->pulse.ms, 0);
	if (t->look < c->move_count)
		consider(&n, TRACK_LOOK, c->moves[t->look].ms + LOOK_AFTER_MS, 0);
	if (t->turn.ms <= t->restless.ms)
		consider(&n, TRACK_TURN, t->turn.ms, 0);
	return n;
}

static int case_next(struct tape *base, struct frame *f, struct err *e)
{
	struct case_tape *t = (struct case_tape *)base;
	struct next n;
	(void)e;
	while ((n = find_next(t)).kind == TRACK_LOOK) {
		t->now.ms = n.ms > t->now.ms ? n.ms : t->now.ms;
		look_again(t);
	}
	if (n.kind == TRACK_NONE || n.ms > t->data.until.ms)
		return 0;
	t->now.ms = n.ms > t->now.ms ? n.ms : t->now.ms;
	strbuf_clear(&t->body);
	switch (n.kind) {
	case TRACK_MARK: frame_mark(t, f); break;
	case TRACK_ANSWER: frame_answer(t, &t->tracks[n.track], f); break;
	case TRACK_STREAM: frame_stream_open(t, f); break;
	case TRACK_CHANGES: frame_changes(t, f); break;
	case TRACK_SITE: frame_site(t, f); break;
	case TRACK_PULSE: frame_pulse(t, f); break;
	default: begin_frame(t, f, FRAME_TURN); t->turn.ms += TURN_MS;
	}
	return 1;
}

static void case_info(const struct tape *base, struct tape_info *out)
{
	const struct case_tape *t = (const struct case_tape *)base;
	const struct case_data *c = &t->data;
	memset(out, 0, sizeof(*out));
	snprintf(out->name, sizeof(out->name), "%s", c->name);
	snprintf(out->note, sizeof(out->note), "%s", c->note);
	out->about = c->about.text;
	out->config = c->config.text;
	out->from = c->from;
	out->until = c->until;
	out->territories[0] = c->territory;
	out->territory_count = 1;
	out->marks = c->marks;
	out->mark_count = c->mark_count;
	out->reconstruction = true;
	out->turns = true;
}

static void case_free(struct tape *base)
{
	struct case_tape *t = (struct case_tape *)base;
	case_release(&t->data);
	strbuf_release(&t->body);
	free(t->streams);
	free(t);
}

static const struct tape_ops case_ops = {
	.info = case_info,
	.next = case_next,
	.rewind = case_rewind,
	.free = case_free,
};

const struct embedded *case_find(const char *name)
{
	for (const struct embedded *c = embedded_cases; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int case_open(struct tape **out, const char *file, const char *text, size_t len, struct err *e)
{
	struct case_tape *t = xcalloc(1, sizeof(*t));
	*out = NULL;
	t->tape.ops = &case_ops;
	strbuf_init(&t->body, CHUNK_MAX);
	if (case_parse(&t->data, file, text, len, e) < 0) {
		case_free(&t->tape);
		return ERR_USAGE;
	}
	make_streams(t);
	if (case_rewind(&t->tape, e) < 0)
		BUG("a case cannot be rewound");
	*out = &t->tape;
	return 0;
}
