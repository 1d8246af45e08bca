/* Whole answers about one network, the columns of the matrix that they fill, and gaps in the stream.
 *
 * A session has a column in a family when it is full feed there, or may be as long as no table sizes are known. That
 * keeps a row at the size of the peers that count, however many sessions a snapshot names.
 *
 * A snapshot is older than the newest updates: it was taken somewhere else, some seconds or minutes ago. So the newest
 * updates are kept in a ring, chained per network, and those dated after the snapshot are put on top of it. A
 * presumption knows nothing of single peers: everything heard since the last gap goes on top of that. */
#include "rib_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOG_KEEP_MS 900000 /* the ring grows while its oldest entry is younger than this */

/* ---- columns ---- */

/* A wider matrix: every row moves. */
static void family_widen(struct rib *r, int family)
{
	struct rib_family *f = &r->family[family];
	size_t old = f->words, words = old + 1, cap = f->rows_cap > f->rows ? f->rows_cap : f->rows;

	if (cap == 0)
		cap = 8;
	uint64_t *bits = xcalloc(cap, words * sizeof(*bits));
	for (size_t row = 0; old && row < f->rows; row++)
		memcpy(&bits[row * words], &f->bits[row * old], old * sizeof(*bits));
	free(f->bits);
	f->bits = bits;
	f->rows_cap = cap;
	f->words = words;
	for (size_t i = 0; i < r->stuck_count; i++) {
		if (rib_family_of(&r->nets[r->stuck[i].net].prefix) != family)
			continue;
		r->stuck[i].bits = xrealloc(r->stuck[i].bits, words, sizeof(uint64_t));
		r->stuck[i].bits[old] = 0;
	}
	rib_upstream_grow(r, family, old);
}

/* What a session that gets its column late is taken to have: what is presumed, or what most have where its own messages
 * were not kept; nothing where the last whole answer did not name it. */
static void column_fill(struct rib *r, int session, int family)
{
	struct rib_session *s = &r->sessions[session];
	struct rib_family *f = &r->family[family];

	if (s->state == SESSION_DOWN || s->syncing)
		return;
	for (size_t row = 0; row < f->rows; row++) {
		const struct rib_net *n = &r->nets[f->row_net[row]];
		bool most = s->ignored[family] && !(n->flags & RIB_NEEDS) && f->eligible && 2u * n->have >= f->eligible;
		if ((n->flags & RIB_PRESUMED) || most)
			rib_bit_set(rib_row_bits(f, (uint32_t)row), s->col[family], true);
	}
}

int rib_column(struct rib *r, int session, int family)
{
	struct rib_session *s = &r->sessions[session];
	struct rib_family *f = &r->family[family];
	size_t col = 0;

	if (s->col[family] >= 0)
		return s->col[family];
	if (f->sized && !s->full[family])
		return -1;
	while (col < f->cols && f->col_session[col] >= 0)
		col++;
	if (col == f->cols) {
		mem_grow(&f->col_session, &f->col_cap, f->cols + 1, sizeof(*f->col_session));
		f->cols++;
		if (f->cols > f->words * 64)
			family_widen(r, family);
	}
	f->col_session[col] = session;
	s->col[family] = (int)col;
	column_fill(r, session, family);
	s->ignored[family] = false;
	return (int)col;
}

void rib_column_free(struct rib *r, int session, int family)
{
	struct rib_session *s = &r->sessions[session];
	struct rib_family *f = &r->family[family];
	int col = s->col[family];

	for (size_t row = 0; row < f->rows; row++) {
		rib_bit_set(rib_row_bits(f, (uint32_t)row), col, false);
		int net = f->row_net[row];
		if (net < RIB_UPSTREAM_NETS && r->upstream[net])
			r->upstream[net][col] = 0;
	}
	for (size_t i = 0; i < r->stuck_count; i++)
		if (rib_family_of(&r->nets[r->stuck[i].net].prefix) == family)
			rib_bit_set(r->stuck[i].bits, col, false);
	f->col_session[col] = -1;
	s->col[family] = -1;
	s->ignored[family] = true;
}

/* ---- the ring ---- */

static bool log_holds(const struct rib *r, uint32_t seq)
{
	return seq != 0 && r->log_cap && r->log_next - seq - 1 < r->log_cap;
}

const struct rib_log *rib_log_get(const struct rib *r, uint32_t seq)
{
	return log_holds(r, seq) && (int32_t)(seq - r->log_floor) >= 0 ? &r->log[seq & (r->log_cap - 1)] : NULL;
}

static void log_grow(struct rib *r, struct wall t)
{
	uint32_t oldest = r->log_next - (uint32_t)r->log_cap;
	size_t cap = r->log_cap ? r->log_cap * 2 : RIB_LOG_MIN;

	if (r->log_cap && (r->log_cap == RIB_LOG_MAX || r->log_next <= r->log_cap ||
			   t.ms - r->log[oldest & (r->log_cap - 1)].t > LOG_KEEP_MS))
		return;
	struct rib_log *log = xcalloc(cap, sizeof(*log));
	for (uint32_t seq = oldest; r->log_cap && seq != r->log_next; seq++)
		log[seq & (cap - 1)] = r->log[seq & (r->log_cap - 1)];
	free(r->log);
	r->log = log;
	r->log_cap = cap;
}

void rib_log_put(struct rib *r, int session, int net, bool has, struct wall t)
{
	if (r->log_next == 0)
		r->log_next = 1; /* 0 means none */
	log_grow(r, t);
	uint32_t seq = r->log_next++;
	r->log[seq & (r->log_cap - 1)] = (struct rib_log){
		.t = t.ms,
		.net = (uint32_t)net,
		.prev = r->nets[net].log_last,
		.session = (uint16_t)session,
		.has = has,
	};
	r->nets[net].log_last = seq;
}

/* The newest update of each session about the network, if after `after`, onto the row. */
static void put_newer(const struct rib *r, int net, int64_t after, uint64_t *row, uint64_t *done)
{
	int f = rib_family_of(&r->nets[net].prefix);
	uint32_t seq = r->nets[net].log_last;

	for (const struct rib_log *e; (e = rib_log_get(r, seq)) && e->net == (uint32_t)net; seq = e->prev) {
		int col = r->sessions[e->session].col[f];
		if (col < 0 || rib_bit(done, col))
			continue;
		rib_bit_set(done, col, true);
		if (e->t > after)
			rib_bit_set(row, col, e->has);
	}
}

/* ---- answers ---- */

/* A session named by a snapshot of t is up, unless the stream knows better. */
static void carry(struct rib *r, int session, int family, struct wall t)
{
	struct rib_session *s = &r->sessions[session];

	s->carried[family] = true;
	if (!r->family[family].sized)
		s->full[family] = true;
	rib_column(r, session, family);
	if (s->state == SESSION_UNKNOWN || (s->state == SESSION_DOWN && s->epoch != r->epoch)) {
		s->state = SESSION_UP;
		s->epoch = r->epoch;
	}
	rib_refresh(r, session, t);
	if (s->state == SESSION_UP)
		rib_verify(r, session);
}

static void count_transfers(struct rib *r, int family, const uint64_t *before, const uint64_t *after, struct wall t)
{
	for (size_t col = 0; col < r->family[family].cols; col++) {
		int session = r->family[family].col_session[col];
		if (session < 0 || !r->sessions[session].syncing || rib_bit(before, (int)col) ||
		    !rib_bit(after, (int)col))
			continue;
		r->sessions[session].sync_back++;
		rib_sync_check(r, session, t);
	}
}

/* Replace the network's row. row has the family's words; `before` is scratch of the same size. */
static void put_row(struct rib *r, int net, const uint64_t *row, uint64_t *before, bool presumed, struct wall t)
{
	struct rib_net *n = &r->nets[net];
	int family = rib_family_of(&n->prefix);
	struct rib_family *f = &r->family[family];
	uint64_t *bits = rib_row_bits(f, n->row), *stuck = rib_stuck_bits(r, net);

	rib_flush(r);
	memcpy(before, bits, f->words * sizeof(*bits));
	for (size_t i = 0; stuck && i < f->words; i++)
		stuck[i] &= before[i] & row[i]; /* stuck as long as nothing else was seen */
	memcpy(bits, row, f->words * sizeof(*bits));
	n->flags = (uint8_t)((n->flags & ~(RIB_NEEDS | RIB_PRESUMED)) | (presumed ? RIB_PRESUMED : 0));
	rib_count_all(r, net);
	rib_step(r, net, t, true);
	count_transfers(r, family, before, row, t);
}

static uint8_t top_of(struct rib *r, const uint32_t *upstreams, size_t count)
{
	unsigned votes[RIB_UPSTREAM_ASES + 1] = {0}, known = 0;
	uint8_t top = 0;

	for (size_t i = 0; i < count; i++) {
		uint8_t id = rib_upstream_id(r, upstreams[i]);
		known += upstreams[i] != 0;
		if (id && ++votes[id] > votes[top])
			top = id;
	}
	return 2 * votes[top] > known ? top : 0;
}

void rib_snapshot(struct rib *r, int net, const int *have, const uint32_t *upstreams, size_t count, struct wall t)
{
	if (net < 0 || (size_t)net >= r->net_count)
		return;
	int family = rib_family_of(&r->nets[net].prefix);
	struct rib_family *f = &r->family[family];

	rib_settle(r);
	rib_heard(r, t);
	for (size_t i = 0; i < count; i++)
		if (have[i] >= 0 && (size_t)have[i] < r->session_count)
			carry(r, have[i], family, t);
	uint64_t *row = xcalloc(3 * f->words, sizeof(*row));
	for (size_t i = 0; i < count; i++) {
		int col = have[i] >= 0 && (size_t)have[i] < r->session_count ? r->sessions[have[i]].col[family] : -1;
		if (col < 0)
			continue;
		rib_bit_set(row, col, true);
		if (upstreams && upstreams[i])
			rib_upstream_note(r, have[i], net, upstreams[i]);
	}
	if (upstreams && count) {
		uint8_t top = top_of(r, upstreams, count);
		r->nets[net].top = top ? top : r->nets[net].top;
	}
	put_newer(r, net, t.ms, row, row + f->words);
	put_row(r, net, row, row + 2 * f->words, false, t);
	free(row);
}

void rib_presume(struct rib *r, int net, struct wall t)
{
	if (net < 0 || (size_t)net >= r->net_count)
		return;
	int family = rib_family_of(&r->nets[net].prefix);
	struct rib_family *f = &r->family[family];

	rib_settle(r);
	uint64_t *row = xcalloc(3 * f->words, sizeof(*row));
	for (size_t col = 0; col < f->cols; col++) {
		int session = f->col_session[col];
		if (session >= 0 && r->sessions[session].state != SESSION_DOWN && !r->sessions[session].syncing)
			rib_bit_set(row, (int)col, true);
	}
	put_newer(r, net, INT64_MIN, row, row + f->words);
	put_row(r, net, row, row + 2 * f->words, true, t);
	free(row);
}

void rib_lost(struct rib *r)
{
	r->epoch++;
	r->log_floor = r->log_next;
	rib_stuck_forget(r);
	for (int f = 0; f < RIB_FAMILIES; f++)
		r->family[f].strict = false;
	for (size_t i = 0; i < r->session_count; i++) {
		struct rib_session *s = &r->sessions[i];
		s->verified = s->syncing = s->lagging = false;
		s->sync_had = s->sync_back = 0;
	}
	for (size_t i = 0; i < r->net_count; i++) {
		r->nets[i].flags = (uint8_t)((r->nets[i].flags & ~RIB_PRESUMED) | RIB_NEEDS);
		rib_changed(r, (int)i);
	}
	rib_refresh_all(r, r->heard);
	rib_mark(r, RIB_MARK_LOST, r->heard);
}
