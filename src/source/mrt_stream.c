/* The archives as a source: MRT records in order of time, of several collectors, as one stream (sources/bgp.md 8 and
 * 9).
 *
 * Nobody serves such a stream; a replay makes it of the archives' files (app/archive_tape.c), record by record as they
 * are. Whose records follow is said in MRT's own way: by a PEER_INDEX_TABLE whose view is named after the collector.
 * Table dumps stand at the beginning, and the rows of one prefix of all collectors stand together, so that they make
 * one whole answer. */
#include "mrt_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/state.h"

enum { COLLECTORS_MAX = 64, NAME_BYTES = 16, ROWS_MAX = 100000, HELD_BYTES = 8 << 20 };

struct stream_reader {
	struct mrt_reader *mrt;
	struct mrt_facts facts;
	char names[COLLECTORS_MAX][NAME_BYTES]; /* stay where they are: facts borrow them */
	size_t name_count;
	struct fact *rows; /* of the prefix whose rows are coming */
	size_t row_count, row_cap;
	struct batch held; /* their paths */
	struct batch *out; /* of the present chunk */
	struct err *err;
	int code;
};

struct stream_reader *mrt_stream_new(void)
{
	struct stream_reader *r = xcalloc(1, sizeof(*r));

	r->mrt = mrt_reader_new();
	mrt_reader_guess_addpath(r->mrt, true);
	mrt_facts_init(&r->facts, "mrt", NULL, NULL);
	batch_init(&r->held, HELD_BYTES);
	return r;
}

void mrt_stream_free(struct stream_reader *r)
{
	if (!r)
		return;
	mrt_reader_free(r->mrt);
	mrt_facts_release(&r->facts);
	batch_release(&r->held);
	free(r->rows);
	free(r);
}

/* A name of letters, digits and dashes; others are left as they were. */
static void set_collector(struct stream_reader *r, struct mrt_bytes view)
{
	char name[NAME_BYTES] = "";

	if (view.len == 0 || view.len >= NAME_BYTES)
		return;
	for (size_t i = 0; i < view.len; i++) {
		char c = (char)view.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
			return;
		name[i] = c;
	}
	size_t i = 0;
	while (i < r->name_count && strcmp(r->names[i], name) != 0)
		i++;
	if (i == COLLECTORS_MAX)
		return;
	if (i == r->name_count)
		memcpy(r->names[r->name_count++], name, sizeof(name));
	r->facts.collector = r->names[i];
}

static void put_fact(struct stream_reader *r, const struct fact *model)
{
	struct fact *f = r->code < 0 ? NULL : batch_add(r->out, model->kind);
	uint32_t *path = f && model->path_len ? arena_alloc(&r->out->arena, model->path_len * sizeof(*path)) : NULL;

	if (f)
		*f = *model;
	if (f && path)
		memcpy(path, model->path, model->path_len * sizeof(*path));
	if (f) {
		f->path = path;
		f->path_len = path ? model->path_len : 0;
	} else if (r->code == 0) {
		r->code = err_set(r->err, ERR_LIMIT, "mrt archive: more than %d facts in one chunk", BATCH_FACTS_MAX);
	}
}

/* Who originates it for most of the peers. */
static uint32_t main_origin(const struct fact *rows, size_t count)
{
	uint32_t best = 0;
	size_t most = 0;

	for (size_t i = 0; i < count && count - i > most; i++) {
		size_t n = 0;
		for (size_t k = i; k < count; k++)
			n += rows[k].asn2 == rows[i].asn2;
		if (n > most && rows[i].asn2) {
			most = n;
			best = rows[i].asn2;
		}
	}
	return best;
}

/* The rows of one prefix are complete: it was announced then, by these. */
static void end_prefix(struct stream_reader *r)
{
	struct fact f = {.kind = FACT_NET, .until = WALL_NONE, .value = NAN, .flag = true};

	if (!r->row_count)
		return;
	f.prefix = r->rows[0].prefix;
	f.t = f.until = r->rows[0].t;
	f.asn = main_origin(r->rows, r->row_count);
	put_fact(r, &f);
	for (size_t i = 0; i < r->row_count; i++)
		put_fact(r, &r->rows[i]);
	f = (struct fact){.kind = FACT_SNAPSHOT,
			  .until = WALL_NONE,
			  .value = NAN,
			  .prefix = r->rows[0].prefix,
			  .t = r->rows[0].t,
			  .count = (uint32_t)r->row_count};
	put_fact(r, &f);
	r->row_count = 0;
	batch_clear(&r->held);
}

/* What mrt_facts makes of a record of a table: its rows are kept, its own end of the prefix is not taken at its word.
 */
static void take_rib(struct stream_reader *r, const struct mrt_record *rec)
{
	if (r->row_count && !prefix_equal(&r->rows[0].prefix, &rec->prefix))
		end_prefix(r);
	size_t before = r->held.count;
	if (mrt_facts_add(&r->facts, rec, &r->held, r->err) < 0 || mrt_facts_end(&r->facts, &r->held, r->err) < 0)
		return; /* more rows than any table has: those that fit count */
	for (size_t i = before; i < r->held.count && r->row_count < ROWS_MAX; i++) {
		if (r->held.facts[i].kind != FACT_ROUTE)
			continue;
		mem_grow(&r->rows, &r->row_cap, r->row_count + 1, sizeof(*r->rows));
		r->rows[r->row_count++] = r->held.facts[i];
	}
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct stream_reader *r = arg;

	if (rec->kind == MRT_PEERS) {
		if (rec->view.len == 0)
			end_prefix(r); /* the tables are over */
		set_collector(r, rec->view);
		return;
	}
	if (rec->kind == MRT_RIB) {
		take_rib(r, rec);
		return;
	}
	end_prefix(r);
	if (r->code == 0)
		r->code = mrt_facts_add(&r->facts, rec, r->out, r->err);
}

int mrt_stream_feed(struct stream_reader *r, const char *bytes, size_t len, struct batch *out, struct err *e)
{
	struct err unseen = {0};

	r->out = out;
	r->err = e ? e : &unseen;
	r->code = 0;
	int code = mrt_feed(r->mrt, bytes, len, take_record, r, r->err);
	r->out = NULL;
	return code < 0 ? code : r->code;
}

static size_t mrt_subscribe(const struct prefix *ranges, size_t count, char (*out)[8192], size_t max)
{
	(void)ranges;
	if (!count || !max)
		return 0;
	memcpy(out[0], "archive", sizeof("archive"));
	return 1;
}

static enum stream_role mrt_role(const char *subscription)
{
	(void)subscription;
	return STREAM_ALL;
}

/* The base of the archives; which files are wanted is planned by the replay (app/app_archive.c). */
static int mrt_request(const struct query *q, struct request *out, struct err *e)
{
	strbuf_adds(&out->url, q->base);
	return out->url.cut ? err_set(e, ERR_LIMIT, "mrt archive: the address is too long") : 0;
}

static const struct source_call calls[] = {
	{
		.name = "archive",
		.help = "table dumps and updates of RIPE RIS and RouteViews, any day since 2001, for replay --at",
		.scope = SCOPE_CALL_STREAM,
		.retry_s = 60,
		.timeout_s = 60,
		.body_max = MRT_RECORD_MAX,
		.urgency = 0,
		.data_step_s = 30,
		.request = mrt_request,
	},
	{0},
};

const struct source_ops source_mrt = {
	.name = "mrt",
	.title = "MRT archives",
	.about = "what RIPE RIS and RouteViews have written since 2001, for replays of any day",
	.attribution = "Source: RIPE RIS; RouteViews, University of Oregon",
	.url = "https://data.ris.ripe.net",
	.classes = CLASS_R,
	.parallel = 2,
	.gap_ms = 200,
	.off_by_default = true,
	.past_only = true,
	.calls = calls,
	.subscribe = mrt_subscribe,
	.role = mrt_role,
	.feed = mrt_stream_feed,
	.reader_new = mrt_stream_new,
	.reader_free = mrt_stream_free,
};
