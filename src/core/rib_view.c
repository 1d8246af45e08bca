/* What views and evidence read of the rib: upstreams, sessions, totals. */
#include "rib_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- upstreams ---- */

uint8_t rib_upstream_id(struct rib *r, uint32_t asn)
{
	if (asn == 0)
		return 0;
	for (unsigned i = 1; i <= r->upstream_count; i++)
		if (r->upstream_asn[i] == asn)
			return (uint8_t)i;
	if (r->upstream_count == RIB_UPSTREAM_ASES)
		return 0;
	r->upstream_asn[++r->upstream_count] = asn;
	return (uint8_t)r->upstream_count;
}

void rib_upstream_grow(struct rib *r, int family, size_t old_words)
{
	for (int net = 0; net < RIB_UPSTREAM_NETS && (size_t)net < r->net_count; net++) {
		if (!r->upstream[net] || rib_family_of(&r->nets[net].prefix) != family)
			continue;
		r->upstream[net] = xrealloc(r->upstream[net], r->family[family].words, 64);
		memset(r->upstream[net] + old_words * 64, 0, (r->family[family].words - old_words) * 64);
	}
}

void rib_upstream_note(struct rib *r, int session, int net, uint32_t asn)
{
	int f = rib_family_of(&r->nets[net].prefix), col = r->sessions[session].col[f];

	if (net >= RIB_UPSTREAM_NETS || col < 0)
		return;
	if (!r->upstream[net])
		r->upstream[net] = xcalloc(r->family[f].words, 64);
	r->upstream[net][col] = rib_upstream_id(r, asn);
}

static int by_votes(const void *a, const void *b)
{
	const struct upstream *x = a, *y = b;

	if (x->votes != y->votes)
		return x->votes < y->votes ? 1 : -1;
	return (x->asn > y->asn) - (x->asn < y->asn);
}

/* One vote a peer AS that has the route: the upstream of its first session that has one. */
static unsigned count_upstreams(const struct rib *r, int net, unsigned votes[RIB_UPSTREAM_ASES + 1])
{
	int f = rib_family_of(&r->nets[net].prefix);
	unsigned known = 0;

	memset(votes, 0, (RIB_UPSTREAM_ASES + 1) * sizeof(*votes));
	for (size_t i = 0; i < r->as_count; i++)
		for (int k = r->ases[i].first; k >= 0; k = r->sessions[k].next_in_as) {
			const struct rib_session *s = &r->sessions[k];
			if (!s->counted[f] || rib_session_vote(r, s, net) != VOTE_HAVE || !r->upstream[net][s->col[f]])
				continue;
			votes[r->upstream[net][s->col[f]]]++;
			known++;
			break;
		}
	return known;
}

size_t rib_upstreams(const struct rib *r, int net, struct upstream *out, size_t max)
{
	unsigned votes[RIB_UPSTREAM_ASES + 1];
	struct upstream all[RIB_UPSTREAM_ASES];
	size_t n = 0;

	if (net < 0 || (size_t)net >= r->net_count || net >= RIB_UPSTREAM_NETS || !r->upstream[net])
		return 0;
	unsigned known = count_upstreams(r, net, votes);
	for (unsigned id = 1; id <= r->upstream_count; id++)
		if (votes[id])
			all[n++] = (struct upstream){r->upstream_asn[id], votes[id], (double)votes[id] / known};
	qsort(all, n, sizeof(*all), by_votes);
	n = n < max ? n : max;
	memcpy(out, all, n * sizeof(*all));
	return n;
}

void rib_note_top_upstream(struct rib *r, int net)
{
	unsigned votes[RIB_UPSTREAM_ASES + 1], known, top = 0;

	if (net >= RIB_UPSTREAM_NETS || !r->upstream[net])
		return; /* what the last snapshot said stays */
	known = count_upstreams(r, net, votes);
	for (unsigned id = 1; id <= r->upstream_count; id++)
		if (votes[id] > votes[top])
			top = id;
	if (known)
		r->nets[net].top = 2 * votes[top] > known ? (uint8_t)top : 0;
}

uint32_t rib_top_upstream(const struct rib *r, int net)
{
	return r->upstream_asn[r->nets[net].top];
}

/* ---- what paths have in common ---- */

static size_t shared_place(const struct rib *r, int net)
{
	size_t lo = 0, hi = r->shared_count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (r->shared[mid].net < net)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

void rib_shared_note(struct rib *r, int net, const uint32_t *asns, size_t count)
{
	size_t at = shared_place(r, net);

	if (count == 0 || net < 0 || (size_t)net >= r->net_count)
		return;
	if (at == r->shared_count || r->shared[at].net != net) {
		if (r->shared_count == RIB_SHARED_NETS)
			return;
		mem_grow(&r->shared, &r->shared_cap, r->shared_count + 1, sizeof(*r->shared));
		memmove(&r->shared[at + 1], &r->shared[at], (r->shared_count - at) * sizeof(*r->shared));
		r->shared_count++;
	}
	r->shared[at] = (struct rib_shared){.net = net};
	for (size_t i = 0; i < count && i < RIB_SHARED_ASES; i++)
		r->shared[at].asn[i] = asns[i];
}

size_t rib_shared(const struct rib *r, int net, uint32_t out[RIB_SHARED_ASES])
{
	size_t at = shared_place(r, net), n = 0;

	if (at < r->shared_count && r->shared[at].net == net)
		while (n < RIB_SHARED_ASES && (out[n] = r->shared[at].asn[n]) != 0)
			n++;
	return n;
}

/* ---- sessions ---- */

bool rib_session_votes(const struct rib *r, int session, int family)
{
	return session >= 0 && (size_t)session < r->session_count && r->sessions[session].counted[family == 6 ? V6 : V4];
}

size_t rib_voters(const struct rib *r, int net, struct rib_voter *out, size_t max)
{
	size_t n = 0;

	if (net < 0 || (size_t)net >= r->net_count)
		return 0;
	int f = rib_family_of(&r->nets[net].prefix);
	for (size_t i = 0; i < r->as_count; i++) {
		if (!r->ases[i].counted[f])
			continue;
		for (int k = r->ases[i].first; k >= 0 && n < max; k = r->sessions[k].next_in_as)
			if (r->sessions[k].counted[f] && rib_session_vote(r, &r->sessions[k], net) == VOTE_HAVE)
				out[n++] = (struct rib_voter){k, r->ases[i].asn};
	}
	return n;
}

static struct rib_row row_of(const struct rib *r, const struct rib_session *s, int net)
{
	int f = rib_family_of(&r->nets[net].prefix);
	enum vote v = rib_session_vote(r, s, net);
	bool kept = net < RIB_UPSTREAM_NETS && r->upstream[net] && s->col[f] >= 0;

	return (struct rib_row){
		.collector = r->collectors[s->collector].name,
		.peer = s->addr,
		.asn = s->asn,
		.up = s->state == SESSION_UP,
		.eligible = s->counted[f],
		.full_feed = s->full[f],
		.has = v != VOTE_NONE,
		.stuck = v == VOTE_STUCK,
		.seen = s->seen,
		.upstream = kept ? r->upstream_asn[r->upstream[net][s->col[f]]] : 0,
	};
}

size_t rib_rows(const struct rib *r, int net, struct rib_row *out, size_t max)
{
	size_t n = 0;

	if (net < 0 || (size_t)net >= r->net_count)
		return 0;
	int f = rib_family_of(&r->nets[net].prefix);
	for (size_t i = 0; i < r->session_count && n < max; i++)
		if (r->sessions[i].col[f] >= 0)
			out[n++] = row_of(r, &r->sessions[i], net);
	return n;
}

void rib_totals(const struct rib *r, struct rib_totals *out)
{
	*out = (struct rib_totals){
		.eligible_v4 = r->family[V4].eligible,
		.eligible_v6 = r->family[V6].eligible,
		.sessions = (unsigned)r->session_count,
	};
	for (size_t i = 0; i < r->session_count; i++) {
		out->up += r->sessions[i].state == SESSION_UP;
		out->full_feed += r->sessions[i].full[V4] || r->sessions[i].full[V6];
	}
}

size_t rib_memory(const struct rib *r)
{
	size_t bytes = sizeof(*r) + r->net_cap * sizeof(*r->nets) + r->index_size * sizeof(*r->index);

	for (int f = 0; f < RIB_FAMILIES; f++) {
		const struct rib_family *x = &r->family[f];
		bytes += x->rows_cap * x->words * sizeof(*x->bits) + x->row_net_cap * sizeof(*x->row_net) +
			 x->col_cap * sizeof(*x->col_session);
	}
	for (int net = 0; net < RIB_UPSTREAM_NETS && (size_t)net < r->net_count; net++)
		if (r->upstream[net])
			bytes += r->family[rib_family_of(&r->nets[net].prefix)].words * 64;
	for (size_t i = 0; i < r->stuck_count; i++)
		bytes += r->family[rib_family_of(&r->nets[r->stuck[i].net].prefix)].words * sizeof(uint64_t);
	bytes += r->shared_cap * sizeof(*r->shared);
	return bytes + r->session_cap * sizeof(*r->sessions) + r->session_index_size * sizeof(*r->session_index) +
	       r->as_cap * sizeof(*r->ases) + RIB_COLLECTORS_MAX * sizeof(*r->collectors) +
	       r->log_cap * sizeof(*r->log) + r->stuck_cap * sizeof(*r->stuck) + r->waits_cap * sizeof(*r->waits) +
	       r->changed_cap * sizeof(*r->changed) + r->journal_cap * sizeof(*r->journal);
}
