/* Sessions: who may vote (detection.md 4, "Eligible", and 1.1 on why).
 *
 * A session votes when it is known to be up, is full feed in the family, has finished its table transfer and is timely.
 * A session that goes down takes its votes out of the denominator, because no withdrawals will come for them; one that
 * comes up sends its whole table, and until that has arrived its missing routes mean nothing. After a gap in the stream
 * nothing is known of any session: those heard again vote, and the silent ones only as long as too few were heard to
 * judge at all. */
#include "rib_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define FULL_FEED_OF       10 /* the largest tables that say how large a table is */
#define FULL_FEED_SHARE    0.75
#define TRANSFER_SHARE_PCT 95

void rib_heard(struct rib *r, struct wall t)
{
	if (wall_is_set(t) && (!wall_is_set(r->heard) || t.ms > r->heard.ms))
		r->heard = t;
}

void rib_due(struct rib *r, int64_t ms)
{
	if (!wall_is_set(r->due) || ms < r->due.ms)
		r->due.ms = ms;
}

/* ---- identity ---- */

/* "RRC03.ripe.net" is rrc03. Returns a hash of it. */
static uint32_t collector_normal(char *dst, const char *name)
{
	uint32_t h = 2166136261U;
	size_t n = 0;

	for (; name[n] && name[n] != '.' && n < RIB_COLLECTOR_TEXT - 1; n++) {
		dst[n] = (char)tolower((unsigned char)name[n]);
		h = (h ^ (unsigned char)dst[n]) * 16777619U;
	}
	dst[n] = '\0';
	return h;
}

static uint32_t session_hash(uint32_t h, const struct addr *peer, uint32_t asn)
{
	size_t len = peer->family == 6 ? 16 : 4;

	for (size_t i = 0; i < len; i++)
		h = (h ^ peer->bytes[i]) * 16777619U;
	for (int i = 0; i < 4; i++)
		h = (h ^ (asn >> (8 * i) & 255)) * 16777619U;
	return h ^ h >> 15;
}

static int collector_add(struct rib *r, const char *name)
{
	for (size_t i = 0; i < r->collector_count; i++)
		if (strcmp(r->collectors[i].name, name) == 0)
			return (int)i;
	if (r->collector_count == RIB_COLLECTORS_MAX)
		return -1;
	memcpy(r->collectors[r->collector_count].name, name, strlen(name) + 1);
	return (int)r->collector_count++;
}

static int as_add(struct rib *r, uint32_t asn)
{
	for (size_t i = 0; i < r->as_count; i++)
		if (r->ases[i].asn == asn)
			return (int)i;
	mem_grow(&r->ases, &r->as_cap, r->as_count + 1, sizeof(*r->ases));
	r->ases[r->as_count] = (struct rib_as){.asn = asn, .first = -1};
	return (int)r->as_count++;
}

static void session_index_grow(struct rib *r)
{
	if (r->session_count * 4 < r->session_index_size * 3)
		return;
	r->session_index_size = r->session_index_size ? r->session_index_size * 2 : 256;
	free(r->session_index);
	r->session_index = xcalloc(r->session_index_size, sizeof(*r->session_index));
	for (size_t i = 0; i < r->session_count; i++) {
		size_t at = r->sessions[i].hash & (r->session_index_size - 1);
		while (r->session_index[at])
			at = (at + 1) & (r->session_index_size - 1);
		r->session_index[at] = (int32_t)i + 1;
	}
}

static int session_add(struct rib *r, size_t at, const char *collector, const struct addr *peer, uint32_t asn,
		       uint32_t hash)
{
	int c = r->session_count < RIB_SESSIONS_MAX ? collector_add(r, collector) : -1;

	if (c < 0)
		return -1;
	int id = (int)r->session_count++, as = as_add(r, asn);
	mem_grow(&r->sessions, &r->session_cap, r->session_count, sizeof(*r->sessions));
	r->sessions[id] = (struct rib_session){
		.addr = *peer,
		.asn = asn,
		.hash = hash,
		.as = as,
		.next_in_as = r->ases[as].first,
		.collector = c,
		.col = {-1, -1},
		.verified = true,
		.epoch = r->epoch,
		.state_t = WALL_NONE,
		.sync_start = WALL_NONE,
		.sync_last = WALL_NONE,
		.late_at = WALL_NONE,
		.calm_since = WALL_NONE,
		.seen = WALL_NONE,
	};
	r->sessions[id].verified = r->epoch == 0;
	r->ases[as].first = id;
	r->session_index[at] = id + 1;
	return id;
}

int rib_session_at(const struct rib *r, const char *collector, const struct addr *peer)
{
	char name[RIB_COLLECTOR_TEXT];
	int found = -1;

	collector_normal(name, collector);
	for (size_t i = 0; i < r->session_count; i++) {
		const struct rib_session *s = &r->sessions[i];
		if (!addr_equal(&s->addr, peer) || strcmp(r->collectors[s->collector].name, name) != 0)
			continue;
		if (found >= 0)
			return -1;
		found = (int)i;
	}
	return found;
}

int rib_session(struct rib *r, const char *collector, const struct addr *peer, uint32_t asn)
{
	char name[RIB_COLLECTOR_TEXT];
	uint32_t hash = session_hash(collector_normal(name, collector), peer, asn);

	session_index_grow(r);
	size_t at = hash & (r->session_index_size - 1);
	for (; r->session_index[at]; at = (at + 1) & (r->session_index_size - 1)) {
		int id = r->session_index[at] - 1;
		const struct rib_session *s = &r->sessions[id];
		if (s->hash == hash && s->asn == asn && addr_equal(&s->addr, peer) &&
		    strcmp(r->collectors[s->collector].name, name) == 0)
			return id;
	}
	return session_add(r, at, name, peer, asn, hash);
}

/* ---- votes ---- */

static bool may_vote(const struct rib *r, const struct rib_session *s, int family)
{
	return s->col[family] >= 0 && s->full[family] && s->state == SESSION_UP && !s->syncing && !s->lagging &&
	       (s->verified || !r->family[family].strict);
}

/* The session starts or stops to vote. When that makes or unmakes a peer AS, the denominator of the whole family moves:
 * all counts first, then one block of steps, so that nobody sees the routes of a peer leave before the peer does. */
static void flip(struct rib *r, int session, int family, bool on, struct wall t)
{
	struct rib_session *s = &r->sessions[session];
	struct rib_as *a = &r->ases[s->as];
	struct rib_family *f = &r->family[family];
	bool whole = a->counted[family] == (on ? 0u : 1u);

	for (size_t row = 0; row < f->rows; row++) {
		int net = f->row_net[row];
		struct rib_net *n = &r->nets[net];
		enum vote others = whole ? VOTE_NONE : rib_vote(r, a, net, session);
		enum vote mine = rib_session_vote(r, s, net), with = mine > others ? mine : others;
		enum vote before = on ? others : with, after = on ? with : others;
		if (!whole) {
			rib_recount(r, net, before, after, t);
			continue;
		}
		n->have = (uint16_t)(n->have + (after == VOTE_HAVE) - (before == VOTE_HAVE));
		n->stuck = (uint16_t)(n->stuck + (after == VOTE_STUCK) - (before == VOTE_STUCK));
	}
	struct rib_collector *c = &r->collectors[s->collector];
	s->counted[family] = on;
	a->counted[family] += on ? 1u : -1u;
	f->collectors += on ? c->counted[family] == 0 : -(unsigned)(c->counted[family] == 1);
	c->counted[family] += on ? 1u : -1u;
	if (whole) {
		f->eligible += on ? 1u : -1u;
		f->block_t = f->block && f->block_t.ms > t.ms ? f->block_t : t;
		f->block = true;
	}
}

void rib_refresh(struct rib *r, int session, struct wall t)
{
	for (int f = 0; f < RIB_FAMILIES; f++) {
		bool want = may_vote(r, &r->sessions[session], f);
		if (want != r->sessions[session].counted[f])
			flip(r, session, f, want, t);
	}
}

void rib_refresh_all(struct rib *r, struct wall t)
{
	for (size_t i = 0; i < r->session_count; i++)
		rib_refresh(r, (int)i, t);
}

/* ---- table sizes ---- */

void rib_session_table(struct rib *r, int session, uint32_t v4_routes, uint32_t v6_routes)
{
	if (session < 0 || (size_t)session >= r->session_count)
		return;
	struct rib_session *s = &r->sessions[session];
	if (s->state == SESSION_UNKNOWN && (v4_routes || v6_routes))
		s->state = SESSION_UP;
	s->sized = true;
	s->routes[V4] = v4_routes;
	s->routes[V6] = v6_routes;
	r->tables_dirty = true;
}

/* 75% of the median table of the ten largest. 0: no sizes are known. */
static uint32_t full_feed_of(const struct rib *r, int family)
{
	uint32_t top[FULL_FEED_OF];
	size_t n = 0;

	for (size_t i = 0; i < r->session_count; i++) {
		uint32_t routes = r->sessions[i].routes[family];
		size_t at = n;
		if (!r->sessions[i].sized || routes == 0)
			continue;
		while (at > 0 && top[at - 1] < routes)
			at--;
		if (at == FULL_FEED_OF)
			continue;
		n += n < FULL_FEED_OF;
		memmove(&top[at + 1], &top[at], (n - at - 1) * sizeof(*top));
		top[at] = routes;
	}
	if (n == 0)
		return 0;
	double median = n % 2 ? top[n / 2] : ((double)top[n / 2 - 1] + top[n / 2]) / 2;
	return (uint32_t)(median * FULL_FEED_SHARE);
}

void rib_settle(struct rib *r)
{
	if (!r->tables_dirty)
		return;
	r->tables_dirty = false;
	for (int f = 0; f < RIB_FAMILIES; f++) {
		r->family[f].full_min = full_feed_of(r, f);
		r->family[f].sized = r->family[f].full_min > 0;
		for (size_t i = 0; i < r->session_count; i++) {
			struct rib_session *s = &r->sessions[i];
			s->full[f] =
				r->family[f].sized ? s->sized && s->routes[f] >= r->family[f].full_min : s->carried[f];
			if (s->full[f])
				rib_column(r, (int)i, f);
		}
	}
	rib_refresh_all(r, r->heard);
	for (int f = 0; f < RIB_FAMILIES; f++)
		for (size_t i = 0; r->family[f].sized && i < r->session_count; i++)
			if (r->sessions[i].col[f] >= 0 && !r->sessions[i].full[f])
				rib_column_free(r, (int)i, f);
}

/* ---- table transfers ---- */

static unsigned held_by(const struct rib *r, const struct rib_session *s)
{
	unsigned n = 0;

	for (int f = 0; f < RIB_FAMILIES; f++)
		for (size_t row = 0; s->col[f] >= 0 && row < r->family[f].rows; row++)
			n += rib_bit(rib_row_bits(&r->family[f], (uint32_t)row), s->col[f]);
	return n;
}

/* The peer begins anew at t: forget what it had, but for what it said since (the news of its state may come by another
 * connection than its routes, and later). */
static void transfer_begin(struct rib *r, int session, struct wall t)
{
	struct rib_session *s = &r->sessions[session];
	unsigned had = held_by(r, s);
	uint32_t kept = r->log_next - 1 < r->log_cap ? r->log_next - 1 : (uint32_t)r->log_cap;

	s->syncing = true;
	rib_refresh(r, session, t);
	s->sync_had = had > s->sync_had ? had : s->sync_had;
	s->sync_start = s->sync_last = t;
	for (int f = 0; f < RIB_FAMILIES; f++)
		for (size_t row = 0; s->col[f] >= 0 && row < r->family[f].rows; row++)
			rib_bit_set(rib_row_bits(&r->family[f], (uint32_t)row), s->col[f], false);
	for (uint32_t seq = r->log_next - kept; seq != r->log_next; seq++) {
		const struct rib_log *e = rib_log_get(r, seq);
		if (!e || e->session != session || e->t < t.ms)
			continue;
		const struct rib_net *n = &r->nets[e->net];
		int f = rib_family_of(&n->prefix);
		if (s->col[f] >= 0)
			rib_bit_set(rib_row_bits(&r->family[f], n->row), s->col[f], e->has);
	}
	s->sync_back = held_by(r, s);
	rib_due(r, t.ms + RIB_QUIET_MS);
	rib_sync_check(r, session, t);
}

void rib_sync_check(struct rib *r, int session, struct wall now)
{
	struct rib_session *s = &r->sessions[session];
	bool all_back = s->sync_had && 100 * s->sync_back >= TRANSFER_SHARE_PCT * s->sync_had;
	bool quiet = !s->sync_had && now.ms >= s->sync_last.ms + RIB_QUIET_MS;
	/* a peer of which nothing at all came back has not sent its table: its silence still means nothing */
	bool over = now.ms >= s->sync_start.ms + RIB_TRANSFER_MS && (!s->sync_had || s->sync_back);

	if (!s->syncing)
		return;
	if (all_back || quiet || over) {
		s->syncing = false;
		s->sync_had = s->sync_back = 0;
		rib_refresh(r, session, now);
		return;
	}
	int64_t limit = s->sync_start.ms + RIB_TRANSFER_MS, next = s->sync_had ? limit : s->sync_last.ms + RIB_QUIET_MS;
	if (next > now.ms)
		rib_due(r, next);
}

/* ---- states ---- */

void rib_session_state(struct rib *r, int session, bool up, struct wall t)
{
	if (session < 0 || (size_t)session >= r->session_count)
		return;
	rib_settle(r);
	rib_heard(r, t);
	struct rib_session *s = &r->sessions[session];
	if (s->epoch == r->epoch && wall_is_set(s->state_t) && t.ms < s->state_t.ms)
		return; /* older than what is known */
	s->state = up ? SESSION_UP : SESSION_DOWN;
	s->state_t = t;
	s->epoch = r->epoch;
	if (!up) {
		s->syncing = false;
		rib_refresh(r, session, t);
		return;
	}
	transfer_begin(r, session, t);
	rib_verify(r, session);
}

/* Enough peers were heard again after a gap to judge by them alone? */
static void check_strict(struct rib *r, int family)
{
	struct rib_family *f = &r->family[family];
	unsigned n = 0;

	for (size_t i = 0; i < r->as_count && !f->strict; i++)
		for (int k = r->ases[i].first; k >= 0; k = r->sessions[k].next_in_as) {
			const struct rib_session *s = &r->sessions[k];
			if (s->verified && s->full[family] && s->state == SESSION_UP) {
				f->strict = ++n >= RIB_VERIFIED_MIN;
				break;
			}
		}
	if (f->strict)
		rib_refresh_all(r, r->heard);
}

void rib_verify(struct rib *r, int session)
{
	struct rib_session *s = &r->sessions[session];

	if (s->verified)
		return;
	s->verified = true;
	rib_refresh(r, session, r->heard);
	for (int f = 0; f < RIB_FAMILIES; f++)
		if (!r->family[f].strict)
			check_strict(r, f);
}

void rib_alive(struct rib *r, int session, struct wall t)
{
	struct rib_session *s = &r->sessions[session];

	rib_heard(r, t);
	if (!wall_is_set(s->seen) || t.ms > s->seen.ms)
		s->seen = t;
	if (s->state == SESSION_DOWN && s->epoch == r->epoch) {
		if (t.ms <= s->state_t.ms)
			return;        /* said before it went down */
		s->state = SESSION_UP; /* its `up` was missed, or comes later */
		s->state_t = t;
		transfer_begin(r, session, t);
	} else if (s->state != SESSION_UP) { /* new, or it came up in the gap: snapshots say what it has */
		s->state = SESSION_UP;
		s->epoch = r->epoch;
		rib_refresh(r, session, t);
	}
	rib_verify(r, session);
}

void rib_session_seen(struct rib *r, int session, struct wall t, struct wall now)
{
	if (session < 0 || (size_t)session >= r->session_count)
		return;
	struct rib_session *s = &r->sessions[session];
	bool late = now.ms - t.ms >= RIB_LAG_MS, was = s->lagging;

	rib_heard(r, now);
	if (!wall_is_set(s->seen) || t.ms > s->seen.ms)
		s->seen = t;
	if (s->state == SESSION_UNKNOWN) {
		s->state = SESSION_UP;
		s->epoch = r->epoch;
		rib_refresh(r, session, now);
	}
	if (s->state == SESSION_UP)
		rib_verify(r, session);
	if (late) {
		s->lagging = true;
		s->late_at = now;
		s->calm_since = WALL_NONE;
	} else if (s->lagging && !wall_is_set(s->calm_since)) {
		s->calm_since = now;
	}
	if (s->lagging)
		rib_due(r, wall_is_set(s->calm_since) ? s->calm_since.ms + RIB_LAG_CALM_MS : now.ms + RIB_TRANSFER_MS);
	if (s->lagging != was)
		rib_refresh(r, session, now);
}

static void lag_check(struct rib *r, int session, struct wall now)
{
	struct rib_session *s = &r->sessions[session];
	bool calm = wall_is_set(s->calm_since) && now.ms >= s->calm_since.ms + RIB_LAG_CALM_MS;
	bool long_ago = now.ms >= s->late_at.ms + RIB_TRANSFER_MS;

	if (calm || long_ago) {
		s->lagging = false;
		rib_refresh(r, session, now);
		return;
	}
	rib_due(r, wall_is_set(s->calm_since) ? s->calm_since.ms + RIB_LAG_CALM_MS : s->late_at.ms + RIB_TRANSFER_MS);
}

struct wall rib_tick(struct rib *r, struct wall now)
{
	rib_settle(r);
	if (!wall_is_set(r->due) || now.ms < r->due.ms)
		return r->due;
	r->due = WALL_NONE;
	for (size_t i = 0; i < r->session_count; i++) {
		if (r->sessions[i].syncing)
			rib_sync_check(r, (int)i, now);
		if (r->sessions[i].lagging)
			lag_check(r, (int)i, now);
	}
	rib_stuck_run(r, now);
	if (wall_is_set(r->due) && r->due.ms <= now.ms)
		r->due.ms = now.ms + 1000;
	return r->due;
}
