/* The table dumps at the beginning of an archive tape: every record is looked at once, to count how large each peer's
 * table is and to find the networks of the territories; only the records of those are kept, as they are. */
#include "archive_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "source/source.h"
#include "unpack.h"

#define LOOK_AT_ORIGINS 3 /* rows of a prefix whose origin is looked at */

void archive_full_path(char dst[800], const char *cache_dir, const struct archive_file *f)
{
	snprintf(dst, 800, "%.600s/%s", cache_dir, f->path);
}

bool archive_covers(const struct prefix *list, size_t count, const struct prefix *p)
{
	size_t lo = 0, hi = count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (prefix_cmp(&list[mid], p) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && prefix_covers(&list[lo - 1], p);
}

void archive_put16(struct strbuf *out, unsigned v)
{
	strbuf_addc(out, (char)(v >> 8));
	strbuf_addc(out, (char)v);
}

void archive_put32(struct strbuf *out, uint32_t v)
{
	archive_put16(out, v >> 16);
	archive_put16(out, v & 0xffff);
}

/* RFC 6396 4.3.1. `rest`: the peers, with their count before them. */
static void put_index(struct strbuf *out, uint32_t time_s, const char *name, const uint8_t *rest, size_t rest_len)
{
	size_t len = strlen(name);
	archive_put32(out, time_s);
	archive_put16(out, MRT_TABLE_DUMP_V2);
	archive_put16(out, 1);
	archive_put32(out, (uint32_t)(4 + 2 + len + rest_len));
	archive_put32(out, 0);
	archive_put16(out, (unsigned)len);
	strbuf_add(out, name, len);
	strbuf_add(out, rest, rest_len);
}

void archive_view(struct strbuf *out, uint32_t time_s, const char *name)
{
	put_index(out, time_s, name, (const uint8_t *)"\0\0", 2);
}

/* ---- what is watched ---- */

static void add_range(struct archive_tables *t, const struct prefix *p)
{
	mem_grow(&t->ranges, &t->range_cap, t->range_count + 1, sizeof(*t->ranges));
	t->ranges[t->range_count++] = *p;
}

static void add_as(struct archive_tables *t, uint32_t asn)
{
	mem_grow(&t->ases, &t->as_cap, t->as_count + 1, sizeof(*t->ases));
	t->ases[t->as_count++] = asn;
}

static int by_number(const void *x, const void *y)
{
	const uint32_t *a = x, *b = y;
	return *a < *b ? -1 : *a > *b;
}

static bool has_as(const struct archive_tables *t, uint32_t asn)
{
	return t->as_count && bsearch(&asn, t->ases, t->as_count, sizeof(asn), by_number);
}

/* What a country had then, by RIPEstat's own reader. */
static int read_resources(struct archive_tables *t, const char *code, const char *body, struct wall now, struct err *e)
{
	static struct query q;
	const struct source_call *call = source_table[source_find("ripestat")]->calls;
	struct batch b;
	while (call->name && strcmp(call->name, "country-resource-list"))
		call++;
	q.call = call;
	q.now = now;
	q.since = WALL_NONE;
	snprintf(q.subject, sizeof(q.subject), "%s", code);
	batch_init(&b, 64 << 20);
	int rc = call->name ? call->parse(body, strlen(body), &q, &b, e) : err_set(e, ERR_SHAPE, "no such call");
	for (size_t i = 0; i < b.count && rc == 0; i++) {
		if (b.facts[i].kind == FACT_RANGE)
			add_range(t, &b.facts[i].prefix);
		else if (b.facts[i].kind == FACT_AS)
			add_as(t, b.facts[i].asn);
	}
	batch_release(&b);
	return rc;
}

static int watch(struct archive_tables *t, const struct archive_tape_options *o, struct err *e)
{
	int rc = 0;
	for (size_t i = 0; i < o->spec_count && rc == 0; i++) {
		const struct territory_spec *s = &o->specs[i];
		if (s->kind == TERRITORY_PREFIX)
			add_range(t, &s->prefix);
		else if (s->kind == TERRITORY_AS)
			add_as(t, s->asn);
		else if (o->resources && o->resources[i])
			rc = read_resources(t, s->code, o->resources[i], o->plan->until, e);
	}
	t->range_count = prefix_aggregate(t->ranges, t->range_count);
	if (t->as_count)
		qsort(t->ases, t->as_count, sizeof(*t->ases), by_number);
	if (rc == 0 && !t->range_count && !t->as_count)
		return err_set(e, ERR_NOT_FOUND, "nothing to look for: no network is known of these territories");
	return rc;
}

/* ---- reading ---- */

struct scan {
	struct archive_tables *t;
	uint32_t collector;
	const char *key;
	int32_t slots[65536]; /* of the dump's peer index: into peers[].list; -1: not met */
	size_t last;          /* the peer met last, for dumps without an index */
	bool full;
};

static struct archive_peer *peer_of(struct scan *s, const struct mrt_entry *entry, bool indexed)
{
	struct archive_tables *t = s->t;
	uint32_t c = s->collector;
	int32_t *slot = indexed ? &s->slots[entry->peer_index & 0xffff] : NULL;
	if (slot && *slot >= 0)
		return &t->peers[c].list[*slot];
	for (size_t n = 0; n < t->peers[c].count; n++) {
		size_t i = (s->last + n) % t->peers[c].count;
		if (t->peers[c].list[i].asn == entry->peer->asn &&
		    addr_equal(&t->peers[c].list[i].addr, &entry->peer->addr)) {
			s->last = i;
			if (slot)
				*slot = (int32_t)i;
			return &t->peers[c].list[i];
		}
	}
	mem_grow(&t->peers[c].list, &t->peers[c].cap, t->peers[c].count + 1, sizeof(*t->peers[c].list));
	t->peers[c].list[t->peers[c].count] = (struct archive_peer){entry->peer->addr, entry->peer->asn, 0, 0};
	s->last = t->peers[c].count++;
	if (slot)
		*slot = (int32_t)s->last;
	return &t->peers[c].list[s->last];
}

static bool is_wanted(const struct archive_tables *t, const struct mrt_record *rec)
{
	uint32_t origin, upstream;
	if (!prefix_is_countable(&rec->prefix))
		return false;
	if (archive_covers(t->ranges, t->range_count, &rec->prefix))
		return true;
	for (size_t i = 0; t->as_count && i < rec->entry_count && i < LOOK_AT_ORIGINS; i++) {
		mrt_path_ends(&rec->entries[i].attrs, &origin, &upstream);
		if (has_as(t, origin))
			return true;
	}
	return false;
}

static void keep_index(struct scan *s, const struct mrt_record *rec)
{
	struct strbuf b;
	size_t before = 12 + 4 + 2 + rec->view.len;
	memset(s->slots, -1, sizeof(s->slots));
	if (s->t->peers[s->collector].index || rec->raw.len < before)
		return;
	strbuf_init(&b, rec->raw.len + 64);
	put_index(&b, rec->time_s, s->key, rec->raw.at + before, rec->raw.len - before);
	s->t->peers[s->collector].index_len = b.len;
	s->t->peers[s->collector].index = strbuf_take(&b);
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct scan *s = arg;
	struct archive_tables *t = s->t;
	if (rec->kind == MRT_PEERS)
		keep_index(s, rec);
	if (rec->kind != MRT_RIB)
		return;
	for (size_t i = 0; i < rec->entry_count; i++) {
		struct archive_peer *p = peer_of(s, &rec->entries[i], rec->type == MRT_TABLE_DUMP_V2);
		p->v4 += rec->prefix.family == 4;
		p->v6 += rec->prefix.family == 6;
	}
	if (!is_wanted(t, rec))
		return;
	if (t->records.len + rec->raw.len > t->records.max) {
		s->full = true;
		return;
	}
	mem_grow(&t->kept, &t->kept_cap, t->kept_count + 1, sizeof(*t->kept));
	uint32_t origin = 0, upstream;
	if (rec->entry_count)
		mrt_path_ends(&rec->entries[0].attrs, &origin, &upstream);
	t->kept[t->kept_count++] = (struct kept){rec->prefix, s->collector, origin, t->records.len, rec->raw.len};
	strbuf_add(&t->records, rec->raw.at, rec->raw.len);
}

int archive_records(const char *path, mrt_record_fn *fn, void *arg, struct err *e)
{
	struct unpack *u = NULL;
	struct mrt_reader *r = mrt_reader_new();
	char *buf = xmalloc(UNPACK_CHUNK);
	size_t len = 1;
	int rc = unpack_open(&u, path, e);
	while (rc == 0 && len > 0) {
		rc = unpack_read(u, buf, UNPACK_CHUNK, &len, e);
		if (len > 0 && mrt_feed(r, buf, len, fn, arg, rc < 0 ? NULL : e) < 0 && rc == 0)
			rc = ERR_PARSE;
	}
	if (rc == 0)
		mrt_end(r, fn, arg);
	unpack_close(u);
	mrt_reader_free(r);
	free(buf);
	return rc;
}

static int read_table(struct scan *s, const char *path, struct err *e)
{
	int rc = archive_records(path, take_record, s, e);
	return rc < 0    ? err_prefix(e, "%s", path)
	       : s->full ? err_set(e, ERR_LIMIT, "too many networks for a replay from archives")
			 : 0;
}

static int by_prefix(const void *x, const void *y)
{
	const struct kept *a = x, *b = y;
	int order = prefix_cmp(&a->prefix, &b->prefix);
	if (order || a->collector != b->collector)
		return order ? order : a->collector < b->collector ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

static void make_space(struct archive_tables *t)
{
	mem_grow(&t->space, &t->space_cap, t->range_count + t->kept_count + 1, sizeof(*t->space));
	for (size_t i = 0; i < t->range_count; i++)
		t->space[t->space_count++] = t->ranges[i];
	for (size_t i = 0; i < t->kept_count; i++)
		t->space[t->space_count++] = t->kept[i].prefix;
	t->space_count = prefix_aggregate(t->space, t->space_count);
}

static uint32_t collector_number(const struct archive_plan *p, const struct archive_collector *c)
{
	uint32_t i = 0;
	while (i < p->collector_count && p->collectors[i] != c)
		i++;
	return i;
}

int archive_tables_read(struct archive_tables *t, const struct archive_tape_options *o, struct err *e)
{
	const struct archive_plan *p = o->plan;
	struct scan *s = xcalloc(1, sizeof(*s));
	size_t tables = 0, done = 0;
	char path[800];
	strbuf_init(&t->records, ARCHIVE_KEPT_MAX);
	int rc = watch(t, o, e);
	for (size_t i = 0; i < p->count; i++)
		tables += p->files[i].table && p->files[i].have && p->files[i].from.ms == p->base.ms;
	if (rc == 0 && !tables)
		rc = err_set(e, ERR_NOT_FOUND, "none of the collectors has a table dump of that time");
	for (size_t i = 0; i < p->count && rc == 0; i++) {
		const struct archive_file *f = &p->files[i];
		if (!f->table || !f->have || f->from.ms != p->base.ms)
			continue;
		if (o->progress && !o->progress(o->arg, (double)done++ / (double)tables, f->path))
			rc = err_set(e, ERR_NET, "cancelled");
		s->t = t;
		s->collector = collector_number(p, f->collector);
		s->key = f->collector->key;
		s->last = 0;
		memset(s->slots, -1, sizeof(s->slots));
		archive_full_path(path, o->cache_dir, f);
		if (rc == 0)
			rc = read_table(s, path, e);
	}
	free(s);
	if (rc == 0 && !t->kept_count)
		rc = err_set(e, ERR_NOT_FOUND, "no network of these territories is in the table dumps");
	if (rc == 0) {
		qsort(t->kept, t->kept_count, sizeof(*t->kept), by_prefix);
		make_space(t);
	}
	return rc;
}

void archive_tables_release(struct archive_tables *t)
{
	strbuf_release(&t->records);
	for (size_t i = 0; i < ARCHIVE_COLLECTORS_MAX; i++) {
		free(t->peers[i].list);
		free(t->peers[i].index);
	}
	free(t->kept);
	free(t->ranges);
	free(t->ases);
	free(t->space);
}
