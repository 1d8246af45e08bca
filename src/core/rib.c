/* The rib: networks, the bits of who has them, and the votes counted from the bits.
 *
 * An update moves one bit and at most one vote: the peer AS's vote is compared before and after (its sessions are few),
 * so no update ever scans. What does scan, a session that starts or stops to vote, goes over the networks of one family
 * once. The judge does not poll: it takes a journal of steps, each with the message's own time, so that a crossing is
 * dated by the message that made it however many messages came in one read. */
#include "core/rib.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "rib_priv.h"

/* ---- life ---- */

struct rib *rib_new(void)
{
	struct rib *r = xcalloc(1, sizeof(*r));

	r->collectors = xcalloc(RIB_COLLECTORS_MAX, sizeof(*r->collectors));
	r->family[V4].words = r->family[V6].words = 1;
	r->heard = WALL_NONE;
	r->due = WALL_NONE;
	r->log_next = r->log_floor = 1;
	return r;
}

void rib_free(struct rib *r)
{
	if (!r)
		return;
	for (int f = 0; f < RIB_FAMILIES; f++) {
		free(r->family[f].bits);
		free(r->family[f].row_net);
		free(r->family[f].col_session);
	}
	for (size_t i = 0; i < RIB_UPSTREAM_NETS; i++)
		free(r->upstream[i]);
	for (size_t i = 0; i < r->stuck_count; i++)
		free(r->stuck[i].bits);
	free(r->stuck);
	free(r->shared);
	free(r->waits);
	free(r->nets);
	free(r->index);
	free(r->sessions);
	free(r->session_index);
	free(r->ases);
	free(r->collectors);
	free(r->log);
	free(r->changed);
	free(r->journal);
	free(r);
}

/* ---- networks ---- */

size_t rib_count(const struct rib *r)
{
	return r->net_count;
}

/* Where p is in the index, or the empty slot where it would be. */
static size_t index_slot(const struct rib *r, const struct prefix *p)
{
	size_t at = prefix_hash(p) & (r->index_size - 1);

	while (r->index[at] && !prefix_equal(&r->nets[r->index[at] - 1].prefix, p))
		at = (at + 1) & (r->index_size - 1);
	return at;
}

int rib_find(const struct rib *r, const struct prefix *p)
{
	return r->index_size ? r->index[index_slot(r, p)] - 1 : -1;
}

static void index_grow(struct rib *r)
{
	if (r->net_count * 4 < r->index_size * 3)
		return;
	r->index_size = r->index_size ? r->index_size * 2 : 64;
	free(r->index);
	r->index = xcalloc(r->index_size, sizeof(*r->index));
	for (size_t i = 0; i < r->net_count; i++)
		r->index[index_slot(r, &r->nets[i].prefix)] = (int32_t)i + 1;
}

static uint32_t row_add(struct rib_family *f, int net)
{
	size_t row = f->rows++;

	mem_grow(&f->row_net, &f->row_net_cap, f->rows, sizeof(*f->row_net));
	f->row_net[row] = net;
	mem_grow(&f->bits, &f->rows_cap, f->rows, f->words * sizeof(*f->bits));
	memset(rib_row_bits(f, (uint32_t)row), 0, f->words * sizeof(*f->bits));
	return (uint32_t)row;
}

int rib_watch(struct rib *r, const struct prefix *p)
{
	int net = rib_find(r, p);

	if (net >= 0)
		return net;
	index_grow(r);
	net = (int)r->net_count++;
	mem_grow(&r->nets, &r->net_cap, r->net_count, sizeof(*r->nets));
	r->nets[net] = (struct rib_net){.prefix = *p, .flags = RIB_NEEDS};
	r->nets[net].row = row_add(&r->family[rib_family_of(p)], net);
	r->index[index_slot(r, p)] = net + 1;
	rib_changed(r, net);
	return net;
}

bool rib_needs_snapshot(const struct rib *r, int net)
{
	return r->nets[net].flags & RIB_NEEDS;
}

void rib_changed(struct rib *r, int net)
{
	if (r->nets[net].flags & RIB_CHANGED)
		return;
	r->nets[net].flags |= RIB_CHANGED;
	mem_grow(&r->changed, &r->changed_cap, r->changed_count + 1, sizeof(*r->changed));
	r->changed[r->changed_count++] = net;
}

size_t rib_take_changed(struct rib *r, int *nets, size_t max)
{
	rib_flush(r);
	size_t n = r->changed_count < max ? r->changed_count : max;

	for (size_t i = 0; i < n; i++) {
		nets[i] = r->changed[i];
		r->nets[nets[i]].flags &= (uint8_t)~RIB_CHANGED;
	}
	r->changed_count -= n;
	if (r->changed_count)
		memmove(r->changed, r->changed + n, r->changed_count * sizeof(*r->changed));
	return n;
}

/* ---- the journal ---- */

void rib_journal_on(struct rib *r)
{
	r->journal_on = true;
}

static bool journal_room(struct rib *r)
{
	if (r->journal_count >= RIB_JOURNAL_MAX)
		r->journal_over = true;
	return !r->journal_over;
}

static void journal_put(struct rib *r, const struct rib_step *s)
{
	mem_grow(&r->journal, &r->journal_cap, r->journal_count + 1, sizeof(*r->journal));
	r->journal[r->journal_count++] = *s;
}

static unsigned net_eligible(const struct rib *r, const struct rib_net *n)
{
	unsigned all = r->family[rib_family_of(&n->prefix)].eligible;

	return all > n->stuck ? all - n->stuck : 0;
}

static struct rib_step step_of(const struct rib *r, int net, struct wall t, bool look)
{
	const struct rib_net *n = &r->nets[net];

	return (struct rib_step){.net = net,
				 .have = n->have,
				 .eligible = (uint16_t)net_eligible(r, n),
				 .t = t,
				 .look = look,
				 .needs = n->flags & RIB_NEEDS};
}

static void put_eligible(struct rib *r, int family, struct wall t)
{
	journal_put(r, &(struct rib_step){.net = RIB_MARK_ELIGIBLE,
					  .have = (uint16_t)family,
					  .eligible = (uint16_t)r->family[family].eligible,
					  .t = t});
}

/* The denominator of a whole family moved: one step for each of its networks, however many sessions moved it. */
static void flush_block(struct rib *r, int family)
{
	struct rib_family *f = &r->family[family];

	f->block = false;
	for (size_t row = 0; row < f->rows; row++) {
		rib_track_low(r, f->row_net[row], f->block_t);
		rib_changed(r, f->row_net[row]);
	}
	if (!r->journal_on)
		return;
	if (journal_room(r))
		put_eligible(r, family, f->block_t);
	for (size_t row = 0; row < f->rows; row++) {
		int net = f->row_net[row];
		struct rib_step s = step_of(r, net, f->block_t, false);
		if (journal_room(r))
			journal_put(r, &s);
		else
			r->nets[net].flags |= RIB_TOUCHED;
	}
}

void rib_flush(struct rib *r)
{
	for (int f = 0; f < RIB_FAMILIES; f++)
		if (r->family[f].block)
			flush_block(r, f);
}

void rib_step(struct rib *r, int net, struct wall t, bool look)
{
	rib_track_low(r, net, t);
	rib_changed(r, net);
	if (!r->journal_on)
		return;
	if (journal_room(r)) {
		struct rib_step s = step_of(r, net, t, look);
		journal_put(r, &s);
	} else {
		r->nets[net].flags |= RIB_TOUCHED;
	}
}

void rib_mark(struct rib *r, enum rib_mark mark, struct wall t)
{
	rib_flush(r);
	if (r->journal_on && journal_room(r))
		journal_put(r, &(struct rib_step){.net = mark, .t = t});
}

const struct rib_step *rib_journal_take(struct rib *r, size_t *count)
{
	rib_flush(r);
	if (r->journal_over) {
		for (int f = 0; f < RIB_FAMILIES; f++)
			put_eligible(r, f, r->heard);
		for (size_t i = 0; i < r->net_count; i++) {
			if (!(r->nets[i].flags & RIB_TOUCHED))
				continue;
			struct rib_step s = step_of(r, (int)i, r->heard, true);
			journal_put(r, &s);
			r->nets[i].flags &= (uint8_t)~RIB_TOUCHED;
		}
		r->journal_over = false;
	}
	*count = r->journal_count;
	if (r->journal_cap > RIB_JOURNAL_KEEP && r->journal_count <= RIB_JOURNAL_KEEP) {
		r->journal_cap = RIB_JOURNAL_KEEP;
		r->journal = xrealloc(r->journal, r->journal_cap, sizeof(*r->journal));
	}
	r->journal_count = 0;
	return r->journal;
}

/* ---- votes ---- */

enum vote rib_session_vote(const struct rib *r, const struct rib_session *s, int net)
{
	const struct rib_net *n = &r->nets[net];
	int f = rib_family_of(&n->prefix), col = s->col[f];

	if (col < 0 || !rib_bit(rib_row_bits(&r->family[f], n->row), col))
		return VOTE_NONE;
	if (n->flags & RIB_STUCK) {
		const uint64_t *stuck = rib_stuck_bits(r, net);
		if (stuck && rib_bit(stuck, col))
			return VOTE_STUCK;
	}
	return VOTE_HAVE;
}

enum vote rib_vote(const struct rib *r, const struct rib_as *a, int net, int except_session)
{
	int f = rib_family_of(&r->nets[net].prefix);
	enum vote best = VOTE_NONE;

	for (int i = a->first; i >= 0 && best != VOTE_HAVE; i = r->sessions[i].next_in_as) {
		if (i == except_session || !r->sessions[i].counted[f])
			continue;
		enum vote v = rib_session_vote(r, &r->sessions[i], net);
		if (v > best)
			best = v;
	}
	return best;
}

void rib_recount(struct rib *r, int net, enum vote before, enum vote after, struct wall t)
{
	struct rib_net *n = &r->nets[net];

	if (before == after)
		return;
	rib_flush(r); /* what the denominator did came first */
	n->have = (uint16_t)(n->have + (after == VOTE_HAVE) - (before == VOTE_HAVE));
	n->stuck = (uint16_t)(n->stuck + (after == VOTE_STUCK) - (before == VOTE_STUCK));
	rib_step(r, net, t, false);
}

void rib_count_all(struct rib *r, int net)
{
	struct rib_net *n = &r->nets[net];
	int f = rib_family_of(&n->prefix);

	n->have = n->stuck = 0;
	for (size_t i = 0; i < r->as_count; i++) {
		if (!r->ases[i].counted[f])
			continue;
		enum vote v = rib_vote(r, &r->ases[i], net, -1);
		n->have = (uint16_t)(n->have + (v == VOTE_HAVE));
		n->stuck = (uint16_t)(n->stuck + (v == VOTE_STUCK));
	}
}

void rib_set(struct rib *r, int session, int net, bool has, struct wall t)
{
	struct rib_net *n = &r->nets[net];
	int f = rib_family_of(&n->prefix);
	struct rib_session *s = &r->sessions[session];
	struct rib_as *a = &r->ases[s->as];
	uint64_t *bits = rib_row_bits(&r->family[f], n->row);
	bool had = rib_bit(bits, s->col[f]);

	enum vote before = a->counted[f] ? rib_vote(r, a, net, -1) : VOTE_NONE;
	rib_bit_set(bits, s->col[f], has);
	if (n->flags & RIB_STUCK)
		rib_unstick(r, a, net);
	enum vote after = a->counted[f] ? rib_vote(r, a, net, -1) : VOTE_NONE;
	rib_recount(r, net, before, after, t);
	if (s->syncing && has && !had) {
		s->sync_back++;
		s->sync_last = t;
		rib_sync_check(r, session, t);
	}
}

static void update(struct rib *r, int session, int net, bool has, uint32_t upstream, struct wall t)
{
	if (session < 0 || (size_t)session >= r->session_count || net < 0 || (size_t)net >= r->net_count)
		return;
	rib_settle(r);
	rib_alive(r, session, t);
	int f = rib_family_of(&r->nets[net].prefix);
	if (rib_column(r, session, f) < 0) {
		r->sessions[session].ignored[f] = true;
		return;
	}
	rib_log_put(r, session, net, has, t);
	if (has && upstream)
		rib_upstream_note(r, session, net, upstream);
	rib_set(r, session, net, has, t);
}

void rib_announce(struct rib *r, int session, int net, uint32_t upstream, struct wall t)
{
	update(r, session, net, true, upstream, t);
}

void rib_withdraw(struct rib *r, int session, int net, struct wall t)
{
	update(r, session, net, false, 0, t);
}

void rib_visibility(const struct rib *r, int net, struct visibility *out)
{
	const struct rib_net *n = &r->nets[net];
	unsigned eligible = net_eligible(r, n);

	*out = (struct visibility){
		.have = n->have,
		.eligible = eligible,
		.stuck = n->stuck,
		.collectors = r->family[rib_family_of(&n->prefix)].collectors,
		.v = eligible ? (double)n->have / eligible : NAN,
		.presumed = (n->flags & RIB_PRESUMED) != 0,
	};
}
