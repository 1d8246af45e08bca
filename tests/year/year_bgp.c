/* How a change at the origin reaches us (detection.md 1.1).
 *
 * A withdrawal takes each peer a log-normal time (median 40 s, p95 150 s) in which half of them try longer paths first;
 * a share never hears of it: 1.8% (IPv6 2.7%) on average, 10% (17%) in an outbreak, and keeps a dead route until the next
 * news. An announcement takes seconds, but a peer that damps holds it back while its penalty says so (Juniper's
 * defaults). What is on its way is overtaken by what came later. */
#include "year_private.h"

#define OUTBREAK_SHARE 0.12 /* of the withdrawals: with the rest below, the averages that were measured */
#define DAMP_SUPPRESS  3000
#define DAMP_REUSE     750
#define DAMP_HALF_MS   (15 * MIN_MS)
#define DAMP_MAX_MS    HOUR_MS
#define STREAM_MS      2000 /* from the collector to us, at least */

static const struct { double outbreak, usual; } zombies[YEAR_FAMILIES] = {{0.10, 0.0068}, {0.17, 0.0075}};

/* ---- flap damping ---- */

static double penalty_of(const struct network *n, int64_t ms)
{
	return n->penalty > 0 ? n->penalty * exp2(-(double)(ms - n->penalty_ms) / (double)DAMP_HALF_MS) : 0;
}

static void punish(struct network *n, int64_t ms)
{
	n->penalty = fmin(penalty_of(n, ms) + 1000, 16 * DAMP_REUSE); /* the ceiling that makes 60 min the longest */
	n->penalty_ms = ms;
}

/* How long a damping peer holds the announcement back. */
static int64_t damped_ms(const struct network *n, int64_t ms)
{
	double p = penalty_of(n, ms);

	if (p < DAMP_SUPPRESS)
		return 0;
	int64_t wait = (int64_t)(log2(p / DAMP_REUSE) * (double)DAMP_HALF_MS);
	return wait < DAMP_MAX_MS ? wait : DAMP_MAX_MS;
}

/* ---- the change goes out ---- */

static int64_t ms_of(double seconds)
{
	return (int64_t)(seconds * 1000);
}

void bgp_take_down(struct year *y, size_t net)
{
	struct network *n = &y->nets[net];

	if (n->down++ > 0 || !n->born)
		return;
	struct chance c = chance_of(y->config.seed + FOR_PATHS, net, (uint64_t)y->ms);
	int family = net_family(n);
	bool outbreak = chance_is(&c, OUTBREAK_SHARE);
	double dead = outbreak ? zombies[family].outbreak : zombies[family].usual;
	y->counts.outbreaks += outbreak;
	n->down_since = y->ms;
	n->generation++;
	punish(n, y->ms);
	for (unsigned b = 0; b < y->family_sessions[family]; b++) {
		double delay = chance_log_normal(&c, 40, 150);
		bool zombie = chance_is(&c, dead), explores = chance_is(&c, 0.5);
		double at = chance_uniform(&c) * delay;
		if (!(n->can >> b & 1) || zombie)
			continue;
		unsigned s = (unsigned)y->by_bit[family][b];
		if (explores)
			queue_add(y, y->ms + ms_of(at) + STREAM_MS, DO_ANNOUNCE, s, net, n->generation);
		queue_add(y, y->ms + ms_of(delay) + STREAM_MS, DO_WITHDRAW, s, net, n->generation);
	}
}

void bgp_bring_back(struct year *y, size_t net)
{
	struct network *n = &y->nets[net];

	if (n->down == 0 || --n->down > 0 || !n->born)
		return;
	struct chance c = chance_of(y->config.seed + FOR_PATHS, net, (uint64_t)y->ms);
	int family = net_family(n);
	int64_t damped = damped_ms(n, y->ms);
	n->down_since = NEVER_MS;
	n->down_last = y->ms;
	n->generation++;
	for (unsigned b = 0; b < y->family_sessions[family]; b++) {
		double delay = chance_log_normal(&c, 6, 30);
		unsigned s = (unsigned)y->by_bit[family][b];
		if (!(n->can >> b & 1))
			continue;
		queue_add(y, y->ms + ms_of(delay) + STREAM_MS + (y->sessions[s].damps ? damped : 0), DO_ANNOUNCE, s, net,
			  n->generation);
	}
}

/* The origin stays; these peers lose their path and find another one. */
void bgp_detour(struct year *y, size_t net, uint64_t sessions, int64_t from_ms, int64_t to_ms, struct chance *c)
{
	struct network *n = &y->nets[net];
	int family = net_family(n);

	if (!net_is_announced(n))
		return;
	for (unsigned b = 0; b < y->family_sessions[family]; b++) {
		if (!(n->can & sessions & (uint64_t)1 << b))
			continue;
		unsigned s = (unsigned)y->by_bit[family][b];
		int64_t lost = from_ms + ms_of(chance_log_normal(c, 15, 60));
		int64_t back = to_ms + ms_of(chance_log_normal(c, 6, 30));
		queue_add(y, lost, DO_WITHDRAW, s, net, n->generation);
		queue_add(y, back > lost ? back : lost + SEC_MS, DO_ANNOUNCE, s, net, n->generation);
	}
}

/* ---- and arrives ---- */

static void note_majority(struct year *y, size_t net)
{
	struct network *n = &y->nets[net];
	int have = __builtin_popcountll(n->has), can = __builtin_popcountll(n->can);

	if (2 * have >= can) {
		n->lost_ms = NEVER_MS;
	} else if (n->lost_ms == NEVER_MS) {
		n->lost_ms = y->ms;
		outage_majority(y, net);
	}
}

static bool overtaken(const struct network *n, unsigned bit, uint8_t generation)
{
	return (int8_t)(uint8_t)(generation - n->seen[bit]) < 0;
}

void bgp_arrive(struct year *y, const struct todo *t)
{
	struct network *n = &y->nets[t->b];
	const struct session *s = &y->sessions[t->a];
	uint64_t bit = (uint64_t)1 << s->bit;
	struct wall said = year_wall(y->ms - s->lag_ms);

	if (overtaken(n, s->bit, t->generation))
		return;
	n->seen[s->bit] = t->generation;
	n->has = t->what == DO_ANNOUNCE ? n->has | bit : n->has & ~bit;
	note_majority(y, t->b);
	if (!y->running || !y->feed_heard || !s->up || s->silent || n->id < 0)
		return;
	y->counts.messages++;
	rib_session_seen(judge_rib(y->judge), s->id, said, year_wall(y->ms));
	if (t->what == DO_ANNOUNCE)
		rib_announce(judge_rib(y->judge), s->id, n->id, 64496 + (uint32_t)(t->b + t->a % 2) % 5, said);
	else
		rib_withdraw(judge_rib(y->judge), s->id, n->id, said);
}

void bgp_snapshot(struct year *y, size_t net)
{
	const struct network *n = &y->nets[net];
	int family = net_family(n), have[SESSIONS_MAX];
	uint32_t upstreams[SESSIONS_MAX];
	size_t count = 0;

	if (n->id < 0)
		return;
	for (unsigned b = 0; b < y->family_sessions[family]; b++) {
		const struct session *s = &y->sessions[y->by_bit[family][b]];
		if (!(n->has >> b & 1) || !s->up || s->silent)
			continue;
		upstreams[count] = 64496 + (uint32_t)net % 5;
		have[count++] = s->id;
	}
	rib_snapshot(judge_rib(y->judge), n->id, have, upstreams, count, year_wall(y->ms - 5 * SEC_MS));
}
