/* RIS Live, the stream: chunks to lines, lines to facts.
 *
 * Chunk edges do not respect lines, so the tail of a chunk is kept; a line that lies whole in its chunk is decoded
 * where it is, without a copy. A bad line costs itself: it is counted in batch.skipped, and one note a chunk says
 * how many there were and what was wrong with the last. Only the service's own ris_error ends the stream, because it
 * is the last thing it says. */
#include "rislive.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rislive_message.h"

struct stream_reader {
	char *tail;            /* beginning of a line whose end has not come; owned */
	size_t tail_len, tail_cap;
	bool dropping;         /* inside a line that is longer than RISLIVE_LINE_MAX */
	bool begun;            /* a line was seen on this connection */
	struct ris_message message;
	/* of the present chunk */
	size_t bad;
	const char *why;       /* of the last bad line; static */
};

/* Names that outlive every batch, so that a fact costs no text: "rrc00" to "rrc99". */
#define TEN(tens) tens "0", tens "1", tens "2", tens "3", tens "4", tens "5", tens "6", tens "7", tens "8", tens "9"
static const char collectors[100][6] = {
	TEN("rrc0"), TEN("rrc1"), TEN("rrc2"), TEN("rrc3"), TEN("rrc4"),
	TEN("rrc5"), TEN("rrc6"), TEN("rrc7"), TEN("rrc8"), TEN("rrc9"),
};
#undef TEN

static const char *collector_name(struct batch *out, const char *c)
{
	unsigned tens = (unsigned)(c[3] - '0');

	if (memcmp(c, "rrc", 3) == 0 && tens <= 9) {
		unsigned ones = (unsigned)(c[4] - '0');
		if (ones <= 9 && c[5] == '\0')
			return collectors[tens * 10 + ones];
	}
	return batch_text(out, c, strlen(c), 16);
}

static int add_fact(struct batch *out, const struct fact *model)
{
	struct fact *f = batch_add(out, model->kind);

	if (!f)
		return ERR_LIMIT;
	*f = *model;
	return 0;
}

static int add_routes(struct batch *out, const struct ris_message *m, struct fact *f)
{
	const uint32_t *path = NULL;

	for (size_t i = 0; i < m->count; i++) {
		bool gone = m->routes[i].withdrawn;
		if (!gone && !path) /* one copy a message */
			path = batch_path(out, m->path, m->path_len);
		f->kind = gone ? FACT_WITHDRAW : FACT_ANNOUNCE;
		f->prefix = m->routes[i].prefix;
		f->asn2 = gone ? 0 : m->origin;
		f->upstream = gone ? 0 : m->upstream;
		f->path = gone ? NULL : path;
		f->path_len = f->path ? (uint32_t)m->path_len : 0;
		if (add_fact(out, f) < 0)
			return ERR_LIMIT;
	}
	return 0;
}

/* The service's last words (bgp.md 4): a note for the person, and an error so that the shell connects anew. */
static int add_error(struct batch *out, const struct ris_message *m, struct err *e)
{
	char plain[512];
	size_t len = slice_unescape(m->text, plain, sizeof(plain));
	struct fact *f = batch_add(out, FACT_NOTE);
	const char *text = batch_text(out, len ? plain : "no reason given", len ? len : 15, 200);

	if (f) {
		f->t = m->t;
		f->text = text;
	}
	return err_set(e, ERR_HTTP, "rislive stream: the service says: %s", text);
}

static int add_message(struct batch *out, const struct ris_message *m, struct err *e)
{
	struct fact f = {.kind = FACT_ALIVE, .t = m->t, .until = WALL_NONE, .value = NAN};

	if (m->kind == RIS_ERROR)
		return add_error(out, m, e);
	if (m->has_session) {
		f.collector = collector_name(out, m->collector);
		f.addr = m->peer;
		f.asn = m->asn;
	}
	if (wall_is_set(m->t) && (!wall_is_set(out->data_time) || m->t.ms > out->data_time.ms))
		out->data_time = m->t;
	if (m->kind == RIS_PEER_UP || m->kind == RIS_PEER_DOWN) {
		f.kind = FACT_PEER_STATE;
		f.flag = m->kind == RIS_PEER_UP;
	}
	out->skipped += m->odd;
	int code = m->count ? add_routes(out, m, &f) : add_fact(out, &f);
	return code == 0 ? 0 : err_set(e, ERR_LIMIT, "rislive stream: over %d facts in one chunk", BATCH_FACTS_MAX);
}

static void bad_line(struct stream_reader *r, const char *why)
{
	r->bad++;
	r->why = why;
}

static int web_page(struct err *e)
{
	return err_set(e, ERR_PARSE, "rislive stream: the answer is a web page");
}

/* The first line of a page need not end, or not soon. */
static bool tail_is_page(const struct stream_reader *r)
{
	size_t i = 0;

	while (i < r->tail_len && (r->tail[i] == ' ' || r->tail[i] == '\t' || r->tail[i] == '\r'))
		i++;
	return !r->begun && i < r->tail_len && r->tail[i] == '<';
}

/* One line at [line, end); *end is its line feed. */
static int take_line(struct stream_reader *r, const char *line, const char *end, struct batch *out, struct err *e)
{
	const char *why;

	while (line < end && (*line == ' ' || *line == '\t' || *line == '\r'))
		line++;
	if (line == end)
		return 0;
	if (!r->begun && *line == '<')
		return web_page(e);
	r->begun = true;
	if (!ris_decode(&r->message, line, end, &why)) {
		bad_line(r, why);
		return 0;
	}
	return add_message(out, &r->message, e);
}

/* Put bytes behind the tail. A line that grows beyond the cap is dropped, with its memory bounded. */
static void keep_tail(struct stream_reader *r, const char *bytes, size_t len)
{
	if (r->dropping || len == 0)
		return;
	if (r->tail_len + len > RISLIVE_LINE_MAX + 1) { /* its line feed is kept too */
		r->dropping = true;
		r->tail_len = 0;
		return;
	}
	if (r->tail_len + len > r->tail_cap)
		mem_grow(&r->tail, &r->tail_cap, r->tail_len + len, 1);
	memcpy(r->tail + r->tail_len, bytes, len);
	r->tail_len += len;
}

/* The line whose end is at lf, wherever it began. */
static int end_line(struct stream_reader *r, const char *bytes, const char *lf, struct batch *out, struct err *e)
{
	size_t len = (size_t)(lf - bytes);

	if (r->tail_len == 0 && !r->dropping && len <= RISLIVE_LINE_MAX)
		return take_line(r, bytes, lf, out, e);
	keep_tail(r, bytes, len + 1);
	if (r->dropping) {
		r->dropping = false;
		bad_line(r, "longer than 1 MiB");
		return 0;
	}
	int code = take_line(r, r->tail, r->tail + r->tail_len - 1, out, e);
	r->tail_len = 0;
	return code;
}

static void note_bad_lines(const struct stream_reader *r, struct batch *out)
{
	char text[120];

	out->skipped += r->bad;
	int n = snprintf(text, sizeof(text), "%zu line%s not understood: %s", r->bad, r->bad == 1 ? "" : "s", r->why);
	struct fact *f = batch_add(out, FACT_NOTE);
	if (f)
		f->text = batch_text(out, text, n > 0 ? (size_t)n : 0, 119);
}

struct stream_reader *rislive_reader_new(void)
{
	return xcalloc(1, sizeof(struct stream_reader));
}

void rislive_reader_free(struct stream_reader *r)
{
	if (!r)
		return;
	ris_message_release(&r->message);
	free(r->tail);
	free(r);
}

int rislive_feed(struct stream_reader *r, const char *bytes, size_t len, struct batch *out, struct err *e)
{
	const char *end = bytes + len;
	int code = 0;

	r->bad = 0;
	while (code == 0 && bytes < end) {
		const char *lf = memchr(bytes, '\n', (size_t)(end - bytes));
		if (!lf) {
			keep_tail(r, bytes, (size_t)(end - bytes));
			break;
		}
		code = end_line(r, bytes, lf, out, e);
		bytes = lf + 1;
	}
	if (code == 0 && tail_is_page(r))
		code = web_page(e);
	if (r->bad > 0)
		note_bad_lines(r, out);
	return code;
}
