/* Records as facts, for a replay: see source/mrt.h. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "mrt_private.h"

/* One bit a peer index: a peer with several paths (ADDPATH) is one row. */
struct seen {
	uint8_t bits[8192];
};

void mrt_facts_init(struct mrt_facts *f, const char *collector, mrt_keep_fn *keep, void *arg)
{
	*f = (struct mrt_facts){.collector = collector, .keep = keep, .keep_arg = arg};
}

void mrt_facts_release(struct mrt_facts *f)
{
	free(f->routes);
	free(f->rows);
	mrt_facts_init(f, f->collector, f->keep, f->keep_arg);
}

static struct wall record_time(const struct mrt_record *rec)
{
	uint32_t ms = rec->usec / 1000;

	return (struct wall){(int64_t)rec->time_s * 1000 + (ms < 999 ? ms : 999)};
}

static struct fact new_fact(const struct mrt_facts *f, enum fact_kind kind, struct wall t, const struct mrt_peer *peer)
{
	return (struct fact){
		.kind = kind,
		.t = t,
		.until = WALL_NONE,
		.value = NAN,
		.collector = f->collector,
		.addr = peer->addr,
		.asn = peer->asn,
	};
}

static int add(struct batch *out, const struct fact *model, struct err *e)
{
	struct fact *f = batch_add(out, model->kind);

	if (!f)
		return err_set(e, ERR_LIMIT, "mrt: more than %d facts at once", BATCH_FACTS_MAX);
	*f = *model;
	return 0;
}

/* Of TABLE_DUMP rows the path is not kept: they outlive the batch that they were read for. */
static void keep_path(struct fact *f, const struct mrt_attrs *a, struct batch *out)
{
	uint32_t path[FACT_PATH_MAX];
	size_t len = mrt_path_list(a, path, ARRAY_LEN(path));

	f->path = batch_path(out, path, len);
	f->path_len = f->path ? (uint32_t)len : 0;
}

static bool is_wanted(const struct mrt_facts *f, const struct prefix *p)
{
	return !f->keep || f->keep(p, f->keep_arg);
}

/* ---- updates ---- */

/* While a message's routes are sorted, safi tells which list they came from. */
enum { ANNOUNCED, WITHDRAWN };

static int by_prefix(const void *va, const void *vb)
{
	const struct mrt_route *a = va, *b = vb;
	int order = prefix_cmp(&a->prefix, &b->prefix);

	return order ? order : (int)a->safi - (int)b->safi;
}

static size_t collect(struct mrt_facts *f, size_t n, const struct mrt_route *list, size_t count, uint8_t which)
{
	for (size_t i = 0; i < count; i++) {
		if (list[i].safi == MRT_SAFI_MULTICAST || !is_wanted(f, &list[i].prefix))
			continue;
		f->routes[n] = list[i];
		f->routes[n++].safi = which;
	}
	return n;
}

static int add_update(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e)
{
	struct fact model = new_fact(f, FACT_ALIVE, record_time(rec), &rec->peer);
	size_t most = rec->withdrawn_count + rec->announced_count, n;
	uint32_t origin, upstream;

	if (most > f->route_cap)
		mem_grow(&f->routes, &f->route_cap, most, sizeof(*f->routes));
	n = collect(f, 0, rec->withdrawn, rec->withdrawn_count, WITHDRAWN);
	n = collect(f, n, rec->announced, rec->announced_count, ANNOUNCED);
	if (n == 0)
		return add(out, &model, e);
	if (n > 1)
		qsort(f->routes, n, sizeof(*f->routes), by_prefix);
	mrt_path_ends(&rec->attrs, &origin, &upstream);
	keep_path(&model, &rec->attrs, out);
	const uint32_t *path = model.path;
	uint32_t path_len = model.path_len;
	for (size_t i = 0; i < n; i++) {
		bool gone = f->routes[i].safi == WITHDRAWN;
		if (i > 0 && prefix_equal(&f->routes[i].prefix, &f->routes[i - 1].prefix))
			continue;
		model.kind = gone ? FACT_WITHDRAW : FACT_ANNOUNCE;
		model.prefix = f->routes[i].prefix;
		model.asn2 = gone ? 0 : origin;
		model.upstream = gone ? 0 : upstream;
		model.path = gone ? NULL : path;
		model.path_len = gone ? 0 : path_len;
		if (add(out, &model, e) < 0)
			return e ? e->code : ERR_LIMIT;
	}
	return 0;
}

/* Only reaching and leaving Established says something of routes; the steps of a session that tries do not. */
static int add_state(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e)
{
	struct fact model = new_fact(f, FACT_PEER_STATE, record_time(rec), &rec->peer);

	model.flag = rec->new_state == MRT_ESTABLISHED;
	if (rec->peer.addr.family == 0 || model.flag == (rec->old_state == MRT_ESTABLISHED))
		return 0;
	return add(out, &model, e);
}

static int add_alive(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e)
{
	struct fact model = new_fact(f, FACT_ALIVE, record_time(rec), &rec->peer);

	return add(out, &model, e);
}

/* ---- tables ---- */

static int add_snapshot(const struct mrt_facts *f, const struct prefix *p, struct wall t, size_t rows,
			struct batch *out, struct err *e)
{
	struct fact model = {
		.kind = FACT_SNAPSHOT,
		.t = t,
		.until = WALL_NONE,
		.value = NAN,
		.prefix = *p,
		.collector = f->collector,
		.count = (uint32_t)rows,
	};

	return add(out, &model, e);
}

static struct fact route_row(struct mrt_facts *f, const struct mrt_record *rec, const struct mrt_entry *entry)
{
	struct fact row = new_fact(f, FACT_ROUTE, record_time(rec), entry->peer);

	row.prefix = rec->prefix;
	mrt_path_ends(&entry->attrs, &row.asn2, &row.upstream);
	return row;
}

static int add_rib(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e)
{
	struct seen seen = {{0}};
	size_t rows = 0;

	for (size_t i = 0; i < rec->entry_count; i++) {
		uint32_t peer = rec->entries[i].peer_index & 0xFFFF;
		if (seen.bits[peer / 8] & 1u << peer % 8)
			continue;
		seen.bits[peer / 8] |= (uint8_t)(1u << peer % 8);
		struct fact row = route_row(f, rec, &rec->entries[i]);
		keep_path(&row, &rec->entries[i].attrs, out);
		if (add(out, &row, e) < 0)
			return e ? e->code : ERR_LIMIT;
		rows++;
	}
	return add_snapshot(f, &rec->prefix, record_time(rec), rows, out, e);
}

int mrt_facts_end(struct mrt_facts *f, struct batch *out, struct err *e)
{
	size_t n = f->row_count;

	f->row_count = 0;
	for (size_t i = 0; i < n; i++)
		if (add(out, &f->rows[i], e) < 0)
			return e ? e->code : ERR_LIMIT;
	return n ? add_snapshot(f, &f->rows[0].prefix, f->rows[n - 1].t, n, out, e) : 0;
}

/* A TABLE_DUMP lists the peers of a prefix in records of their own, one after the other. */
static int add_table_dump(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e)
{
	int code = 0;

	if (f->row_count > 0 && !prefix_equal(&f->rows[0].prefix, &rec->prefix))
		code = mrt_facts_end(f, out, e);
	if (f->row_count == UINT16_MAX) /* as many as a peer table can have */
		return code;
	if (f->row_count == f->row_cap)
		mem_grow(&f->rows, &f->row_cap, f->row_count + 1, sizeof(*f->rows));
	f->rows[f->row_count++] = route_row(f, rec, &rec->entries[0]);
	return code;
}

int mrt_facts_add(struct mrt_facts *f, const struct mrt_record *rec, struct batch *out, struct err *e)
{
	struct wall t = record_time(rec);

	out->skipped += rec->why != NULL;
	if (rec->kind == MRT_BROKEN || rec->kind == MRT_SKIPPED || rec->kind == MRT_PEERS || rec->local)
		return 0;
	if (rec->kind == MRT_RIB && !is_wanted(f, &rec->prefix))
		return 0;
	if (!wall_is_set(out->data_time) || t.ms > out->data_time.ms)
		out->data_time = t;
	switch (rec->kind) {
	case MRT_RIB: return rec->type == MRT_TABLE_DUMP ? add_table_dump(f, rec, out, e) : add_rib(f, rec, out, e);
	case MRT_UPDATE: return add_update(f, rec, out, e);
	case MRT_STATE: return add_state(f, rec, out, e);
	default: return add_alive(f, rec, out, e);
	}
}
