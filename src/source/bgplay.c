/* BGPlay as a stream: what RIPEstat's bgplay says of a few networks, as it happened, for a replay.
 *
 * Nobody serves such a stream; a replay makes it of the answers that it has fetched (app/play_tape.c). A line is a piece of
 * an answer's `data`: at first the peers and the rows of some networks, then events, a line for those of a second, and where
 * nothing happens lines that say up to when. The decoder is that of the call (ripestat_play.c). */
#include <stdlib.h>
#include <string.h>

#include "ripestat_play.h"

#include "base/mem.h"
#include "core/state.h"

enum { LINE_BYTES = 16 << 20 };

struct stream_reader {
	struct play_sources sources;
	struct query query; /* names the call in errors */
	struct strbuf tail; /* of a line that has not ended */
};

static const struct source_call calls[];

static struct stream_reader *reader_new(void)
{
	struct stream_reader *r = xcalloc(1, sizeof(*r));

	r->query.call = &calls[0];
	r->query.now = r->query.since = WALL_NONE;
	strbuf_init(&r->tail, LINE_BYTES);
	return r;
}

static void reader_free(struct stream_reader *r)
{
	if (!r)
		return;
	play_sources_release(&r->sources);
	strbuf_release(&r->tail);
	free(r);
}

/* A line that is none costs itself. */
static void take_line(struct stream_reader *r, const char *line, size_t len, struct batch *out)
{
	struct err unseen = {0};
	struct ripestat_reply reply = {.query = &r->query, .out = out, .err = &unseen, .time = WALL_NONE};

	if (len == 0)
		return;
	reply.tree = json_parse(line, len, &unseen);
	reply.data = reply.tree;
	if (!cJSON_IsObject(reply.data) || ripestat_play_piece(&reply, &r->sources) < 0)
		out->skipped++;
	cJSON_Delete(reply.tree);
}

static int feed(struct stream_reader *r, const char *bytes, size_t len, struct batch *out, struct err *e)
{
	while (len > 0) {
		const char *end = memchr(bytes, '\n', len);
		size_t n = end ? (size_t)(end - bytes) : len;
		if (r->tail.len || !end) {
			strbuf_add(&r->tail, bytes, n);
			if (r->tail.cut)
				return err_set(e, ERR_LIMIT, "bgplay: a line longer than %d bytes", LINE_BYTES);
		}
		if (end && r->tail.len) {
			take_line(r, r->tail.text, r->tail.len, out);
			strbuf_clear(&r->tail);
		} else if (end) {
			take_line(r, bytes, n, out);
		}
		n += end != NULL;
		bytes += n;
		len -= n;
	}
	return 0;
}

static size_t subscribe(const struct prefix *ranges, size_t count, char (*out)[8192], size_t max)
{
	(void)ranges;
	if (!count || !max)
		return 0;
	memcpy(out[0], "play", sizeof("play"));
	return 1;
}

static enum stream_role role(const char *subscription)
{
	(void)subscription;
	return STREAM_ALL;
}

/* What is asked of RIPEstat is its call `bgplay`; the replay plans it (app/app_play.c). */
static int request(const struct query *q, struct request *out, struct err *e)
{
	strbuf_adds(&out->url, q->base);
	return out->url.cut ? err_set(e, ERR_LIMIT, "bgplay: the address is too long") : 0;
}

static const struct source_call calls[] = {
	{
		.name = "play",
		.help = "every change of a few networks in a span of the past, for replay --at",
		.scope = SCOPE_CALL_STREAM,
		.retry_s = 60,
		.timeout_s = 60,
		.body_max = LINE_BYTES,
		.urgency = 0,
		.data_step_s = 30,
		.request = request,
	},
	{0},
};

const struct source_ops source_bgplay = {
	.name = "bgplay",
	.title = "BGPlay",
	.about = "what RIPEstat's BGPlay keeps of a few networks, for replays of any day since 2024",
	.attribution = "Source: RIPEstat, RIPE NCC",
	.url = "https://stat.ripe.net",
	.classes = CLASS_R,
	.parallel = 1,
	.gap_ms = 1000,
	.off_by_default = true,
	.past_only = true,
	.calls = calls,
	.subscribe = subscribe,
	.role = role,
	.feed = feed,
	.reader_new = reader_new,
	.reader_free = reader_free,
};
