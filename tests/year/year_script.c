/* Ordinary life of networks, in which no country loses anything worth a word:
 *
 *     flaps        one network for some seconds, at times again and again (damping then holds it back); a few networks do
 *                  most of it
 *     blips        all networks of an operator for less than a minute
 *     withdrawals  single networks for minutes to hours, or for good; never more than 15% of a country at once
 *     moves        re-homing, aggregation, de-aggregation: routes go, addresses stay reachable
 *     incidents    a part of the peers loses a path for a while */
#include "year_private.h"

#define QUIET_SHARE      0.15
#define FLAPS_NET_DAY    (1. / 100)
#define BLIPS_OP_DAY     (1. / 60)
#define DOWNS_NET_DAY    (1. / 90)
#define RETIRED_SHARE    0.08       /* of the withdrawals: for good */
#define MOVES_OP_DAY     (1. / 30)
#define INCIDENTS_DAY    (1. / 20)  /* of a country */
#define FORGET_MS        (8 * DAY_MS)

static void again(struct year *y, enum what what, enum purpose purpose, double per_day)
{
	queue_add(y, y->ms + chance_wait_ms(&y->chance[purpose], per_day), what, 0, 0, 0);
}

/* ---- one network ---- */

static size_t pick_net(struct year *y, struct chance *c)
{
	double at = chance_uniform(c) * y->weights[y->net_count - 1];
	size_t low = 0, high = y->net_count - 1;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (y->weights[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void flap(struct year *y)
{
	struct chance *c = &y->chance[FOR_FLAPS];
	size_t net = pick_net(y, c);
	unsigned times = chance_is(c, 0.3) ? 3 + chance_below(c, 13) : 1;
	int64_t at = y->ms;

	again(y, DO_FLAP, FOR_FLAPS, FLAPS_NET_DAY * (double)y->net_count);
	for (unsigned i = 0; i < times; i++) {
		int64_t off = (int64_t)(1000 * fmin(55, chance_log_normal(c, 20, 50)));
		queue_add(y, at, DO_DOWN, 0, net, 0);
		queue_add(y, at + off, DO_BACK, 0, net, 0);
		at += off + (int64_t)(1000 * chance_log_normal(c, 120, 600));
		y->counts.flaps++;
	}
	deed_note(y, y->nets[net].country, times > 1 ? "flaps" : "flap", 1, at);
}

static void blip(struct year *y)
{
	struct chance *c = &y->chance[FOR_BLIPS];
	const struct operator *o = &y->ops[chance_below(c, (unsigned)y->op_count)];
	int64_t off = (int64_t)(1000 * (5 + 40 * chance_uniform(c)));

	again(y, DO_BLIP, FOR_BLIPS, BLIPS_OP_DAY * (double)y->op_count);
	deed_note(y, o->country, "blip of an operator", (unsigned)o->count, y->ms + off);
	for (size_t i = o->first; i < o->first + o->count; i++) {
		queue_add(y, y->ms + (int64_t)chance_below(c, 4000), DO_DOWN, 0, i, 0);
		queue_add(y, y->ms + 4000 + off + (int64_t)chance_below(c, 4000), DO_BACK, 0, i, 0);
	}
}

/* Is its aggregate, or one of the networks that it covers, away? Then it may be all there is. */
static bool is_nested_loss(const struct year *y, size_t net)
{
	const struct network *n = &y->nets[net];

	if (n->cover >= 0)
		return !net_is_announced(&y->nets[n->cover]);
	for (size_t i = 0; i < n->parts; i++)
		if (!net_is_announced(&y->nets[net + 1 + i]))
			return true;
	return false;
}

static void quiet(struct year *y, size_t net, int sign)
{
	const struct network *n = &y->nets[net];
	struct country *k = &y->countries[n->country];
	int f = net_family(n);

	k->quiet_down[f] += n->local ? 0u : sign > 0 ? 1u : -1u;
	k->quiet_space[f] += sign * (n->is_cover || n->local ? 0 : prefix_space(&n->prefix));
}

static bool is_bearable(const struct year *y, size_t net)
{
	const struct network *n = &y->nets[net];
	const struct country *k = &y->countries[n->country];
	int f = net_family(n);

	return net_is_announced(n) && !is_nested_loss(y, net) &&
	       k->quiet_down[f] + 1 < QUIET_SHARE * k->networks[f] &&
	       k->quiet_space[f] + prefix_space(&n->prefix) < QUIET_SHARE * k->space[f];
}

static void withdrawal(struct year *y)
{
	struct chance *c = &y->chance[FOR_WITHDRAWALS];
	size_t net = chance_below(c, (unsigned)y->net_count);
	bool for_good = chance_is(c, RETIRED_SHARE);
	int64_t off = (int64_t)(1000 * chance_log_normal(c, 360, 2100));

	again(y, DO_WITHDRAWAL, FOR_WITHDRAWALS, DOWNS_NET_DAY * (double)y->net_count);
	if (!is_bearable(y, net))
		return;
	for_good = for_good && y->nets[net].cover < 0 && !y->nets[net].is_cover;
	quiet(y, net, 1);
	bgp_take_down(y, net);
	y->counts.withdrawals++;
	deed_note(y, y->nets[net].country, for_good ? "withdrawal for good" : "withdrawal", 1, y->ms + off);
	queue_add(y, y->ms + (for_good ? FORGET_MS : off), for_good ? DO_RETIRED : DO_BACK, 1, net, 0);
}

/* What is gone for a week is not expected any more, as in the program. */
static void retire(struct year *y, size_t net)
{
	struct network *n = &y->nets[net];
	struct country *k = &y->countries[n->country];

	quiet(y, net, -1);
	k->networks[net_family(n)] -= !n->local;
	k->space[net_family(n)] -= n->local ? 0 : prefix_space(&n->prefix);
	n->born = false;
	if (y->running && n->id >= 0)
		judge_forget(y->judge, n->id);
	n->id = -1;
}

/* ---- an operator ---- */

static void rehome(struct year *y, const struct operator *o, struct chance *c)
{
	for (size_t i = o->first; i < o->first + o->count; i++)
		bgp_detour(y, i, UINT64_MAX, y->ms, y->ms + 20 * SEC_MS, c);
}

/* The more-specifics go for some days; where the aggregate was not announced it is, some minutes before. */
static void aggregate(struct year *y, const struct operator *o, struct chance *c, int64_t off)
{
	for (size_t i = o->first; i < o->first + o->count; i++) {
		const struct network *n = &y->nets[i];
		if (!n->is_cover || n->local || n->down > 0 || is_nested_loss(y, i))
			continue; /* an aggregate that hardly any peer carries replaces nothing */
		int64_t at = y->ms + (n->born ? 0 : MIN_MS + (int64_t)chance_below(c, 240000));
		if (!n->born)
			queue_add(y, y->ms, DO_BORN, 0, i, 0);
		for (size_t part = 1; part <= n->parts; part++) {
			int64_t jitter = (int64_t)chance_below(c, 20000);
			queue_add(y, at + jitter, DO_DOWN, 0, i + part, 0);
			queue_add(y, at + off + jitter, DO_BACK, 0, i + part, 0);
		}
	}
}

static void deaggregate(struct year *y, const struct operator *o, int64_t off)
{
	for (size_t i = o->first; i < o->first + o->count; i++) {
		if (!y->nets[i].is_cover || !net_is_announced(&y->nets[i]) || is_nested_loss(y, i))
			continue;
		queue_add(y, y->ms, DO_DOWN, 0, i, 0);
		queue_add(y, y->ms + off, DO_BACK, 0, i, 0);
	}
}

static void move(struct year *y)
{
	struct chance *c = &y->chance[FOR_MOVES];
	const struct operator *o = &y->ops[chance_below(c, (unsigned)y->op_count)];
	unsigned kind = chance_below(c, 3);
	int64_t off = (int64_t)(chance_log_normal(c, 2, 10) * (double)DAY_MS);

	again(y, DO_MOVE, FOR_MOVES, MOVES_OP_DAY * (double)y->op_count);
	y->counts.moves++;
	deed_note(y, o->country, kind == 0 ? "re-homing" : kind == 1 ? "aggregation" : "de-aggregation", (unsigned)o->count,
		  y->ms + (kind == 0 ? 20 * SEC_MS : off));
	if (kind == 0)
		rehome(y, o, c);
	else if (kind == 1)
		aggregate(y, o, c, off);
	else
		deaggregate(y, o, off);
}

/* A network that was never announced is: the stream shows it, the program watches it and looks who has it. */
static void born(struct year *y, size_t net)
{
	struct network *n = &y->nets[net];

	if (n->born)
		return;
	n->born = true;
	y->countries[n->country].networks[net_family(n)] += !n->local;
	n->down = 1;
	if (y->running)
		world_watch_net(y, net);
	bgp_bring_back(y, net);
	queue_add(y, y->ms + 30 * SEC_MS, DO_LOOK, 0, net, 0);
}

/* ---- a part of the peers ---- */

static void incident(struct year *y)
{
	struct chance *c = &y->chance[FOR_INCIDENTS];
	const struct country *k = &y->countries[chance_below(c, y->config.countries)];
	double share = 0.1 + 0.35 * chance_uniform(c);
	bool whole = chance_is(c, 0.5);
	const struct operator *o = &y->ops[k->first_op + chance_below(c, k->ops)];
	int64_t off = (int64_t)(1000 * chance_log_normal(c, 900, 5400));
	uint64_t sessions = 0;

	for (unsigned b = 0; b < SESSIONS_MAX; b++)
		sessions |= (uint64_t)chance_is(c, share) << b;
	again(y, DO_INCIDENT, FOR_INCIDENTS, INCIDENTS_DAY * y->config.countries);
	y->counts.incidents++;
	deed_note(y, (unsigned)(k - y->countries), whole ? "path incident of all" : "path incident of an operator",
		  (unsigned)lround(100 * share), y->ms + off);
	size_t first = whole ? k->first : o->first, count = whole ? k->count : o->count;
	for (size_t i = first; i < first + count; i++)
		bgp_detour(y, i, sessions, y->ms, y->ms + off, c);
}

/* ---- */

void script_begin(struct year *y)
{
	again(y, DO_FLAP, FOR_FLAPS, FLAPS_NET_DAY * (double)y->net_count);
	again(y, DO_BLIP, FOR_BLIPS, BLIPS_OP_DAY * (double)y->op_count);
	again(y, DO_WITHDRAWAL, FOR_WITHDRAWALS, DOWNS_NET_DAY * (double)y->net_count);
	again(y, DO_MOVE, FOR_MOVES, MOVES_OP_DAY * (double)y->op_count);
	again(y, DO_INCIDENT, FOR_INCIDENTS, INCIDENTS_DAY * y->config.countries);
}

void script_do(struct year *y, const struct todo *t)
{
	switch (t->what) {
	case DO_FLAP: flap(y); break;
	case DO_BLIP: blip(y); break;
	case DO_WITHDRAWAL: withdrawal(y); break;
	case DO_MOVE: move(y); break;
	case DO_INCIDENT: incident(y); break;
	case DO_DOWN: bgp_take_down(y, t->b); break;
	case DO_BACK:
		if (t->a)
			quiet(y, t->b, -1);
		bgp_bring_back(y, t->b);
		break;
	case DO_RETIRED: retire(y, t->b); break;
	case DO_BORN: born(y, t->b); break;
	case DO_LOOK:
		if (y->running && y->feed_ok)
			bgp_snapshot(y, t->b);
		break;
	default: break;
	}
}
