/* The world of the year: 4 to 400 networks a country (as many small as large on a logarithmic scale), a few operators
 * each, one network in six in IPv6, some aggregates with their more-specifics; 40 to 60 peer ASes on 8 to 12 collectors.
 * A few networks are seen by three in four peers only, fewer still by hardly anyone. */
#include "year_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V4_BASE      0x0b000000u /* 11.0.0.0 and up, a /20 a block */
#define V6_SHARE     0.17
#define NEST_SHARE   0.15        /* of the blocks: a /22 and its four /24s */
#define NESTED       4
#define UNBORN_SHARE 0.3         /* of those: the /22 is not announced yet */

/* ---- peers ---- */

static void add_session(struct year *y, struct chance *c, unsigned peer, int family)
{
	size_t bit = y->family_sessions[family];

	if (bit == SESSIONS_MAX)
		return;
	struct session *s = &y->sessions[y->session_count];
	*s = (struct session){
		.family = family, .collector = (int)chance_below(c, (unsigned)y->collector_count), .asn = 64500 + peer,
		.routes = (family == V6 ? 210000 : 980000) + chance_below(c, 20000), .bit = (unsigned)bit, .up = true,
		.damps = peer % 10 == 3, .lag_ms = 300 + (int64_t)chance_below(c, 4000),
		.addr = {.family = family == V6 ? 6 : 4},
	};
	uint8_t id[4] = {198, 51, (uint8_t)(y->session_count >> 8), (uint8_t)y->session_count};
	memcpy(s->addr.bytes + (family == V6 ? 12 : 0), id, sizeof(id));
	y->by_bit[family][bit] = (int)y->session_count++;
	y->family_sessions[family]++;
}

static void add_peers(struct year *y, struct chance *c)
{
	unsigned peers = 40 + chance_below(c, 21);

	y->collector_count = 8 + chance_below(c, 5);
	y->sessions = xcalloc(YEAR_FAMILIES * SESSIONS_MAX, sizeof(*y->sessions));
	for (unsigned p = 0; p < peers; p++) {
		add_session(y, c, p, V4);
		if (chance_is(c, 0.85))
			add_session(y, c, p, V6);
		if (chance_is(c, 0.1))
			add_session(y, c, p, V4); /* at a second collector */
	}
}

/* ---- networks ---- */

static uint64_t all_sessions(const struct year *y, int family)
{
	size_t n = y->family_sessions[family];

	return n == 64 ? UINT64_MAX : ((uint64_t)1 << n) - 1;
}

static struct network *add_net(struct year *y, struct chance *c, unsigned op, const struct prefix *p)
{
	mem_grow(&y->nets, &y->net_cap, y->net_count + 1, sizeof(*y->nets));
	struct network *n = &y->nets[y->net_count++];
	double u = chance_uniform(c), seen = u < 0.90 ? 0.985 : u < 0.985 ? 0.75 : 0.2;
	int family = p->family == 6 ? V6 : V4;

	*n = (struct network){.prefix = *p, .country = y->ops[op].country, .op = op, .id = -1, .cover = -1, .born = true,
			      .lost_ms = NEVER_MS, .down_since = NEVER_MS, .down_last = -DAY_MS};
	uint64_t all = all_sessions(y, family);
	for (unsigned b = 0; b < y->family_sessions[family]; b++)
		if (chance_is(c, seen))
			n->can |= (uint64_t)1 << b;
	n->can &= all;
	n->has = n->can;
	n->local = 2u * (unsigned)__builtin_popcountll(n->can) < y->family_sessions[family];
	return n;
}

static struct prefix prefix_v4(uint32_t address, unsigned len)
{
	return (struct prefix){.family = 4, .len = (uint8_t)len,
			       .bytes = {(uint8_t)(address >> 24), (uint8_t)(address >> 16), (uint8_t)(address >> 8),
					 (uint8_t)address}};
}

static void add_block(struct year *y, struct chance *c, unsigned op, uint32_t *block)
{
	uint32_t at = V4_BASE + (*block << 12);
	bool v6 = chance_is(c, V6_SHARE), nest = chance_is(c, NEST_SHARE), unborn = chance_is(c, UNBORN_SHARE);
	unsigned len = 20 + chance_below(c, 5);

	++*block;
	if (v6) {
		struct prefix p = {.family = 6, .len = (uint8_t)(len == 20 ? 32 : 24 + len),
				   .bytes = {0x2a, (uint8_t)(*block >> 16), (uint8_t)(*block >> 8), (uint8_t)*block}};
		add_net(y, c, op, &p);
		return;
	}
	if (!nest) {
		struct prefix p = prefix_v4(at, len);
		add_net(y, c, op, &p);
		return;
	}
	struct prefix p = prefix_v4(at, 22);
	struct network *cover = add_net(y, c, op, &p);
	size_t index = y->net_count - 1;
	cover->is_cover = true;
	cover->parts = NESTED;
	cover->born = !unborn;
	cover->has = unborn ? 0 : cover->can;
	for (uint32_t i = 0; i < NESTED; i++) {
		p = prefix_v4(at + (i << 8), 24);
		add_net(y, c, op, &p)->cover = (int)index;
	}
}

static void add_country(struct year *y, struct chance *c, unsigned index, uint32_t *block)
{
	struct country *k = &y->countries[index];
	unsigned networks = (unsigned)lround(4 * exp(chance_uniform(c) * log(100)));
	unsigned ops = (unsigned)ceil(pow(networks, 0.6) / 1.8);

	*k = (struct country){.code = {(char)('A' + index / 26), (char)('A' + index % 26)}, .group = -1,
			      .first_op = (unsigned)y->op_count, .first = y->net_count};
	while (y->net_count - k->first < networks) {
		unsigned left = networks - (unsigned)(y->net_count - k->first), nth = k->ops + 1;
		unsigned share = nth >= ops ? left : (left + 2) / 3; /* a large one, a third of the rest, and so on */
		mem_grow(&y->ops, &y->op_cap, y->op_count + 1, sizeof(*y->ops));
		struct operator *o = &y->ops[y->op_count];
		*o = (struct operator){.asn = 100000 + (uint32_t)y->op_count, .country = index, .group = -1,
				       .first = y->net_count};
		y->op_count++;
		k->ops++;
		while (y->net_count - o->first < share)
			add_block(y, c, (unsigned)y->op_count - 1, block);
		o = &y->ops[y->op_count - 1];
		o->count = y->net_count - o->first;
	}
	k->count = y->net_count - k->first;
	for (size_t i = k->first; i < y->net_count; i++) {
		const struct network *n = &y->nets[i];
		k->networks[net_family(n)] += n->born && !n->local;
		k->space[net_family(n)] += n->is_cover || n->local ? 0 : prefix_space(&n->prefix);
	}
}

void world_build(struct year *y)
{
	struct chance *c = &y->chance[FOR_WORLD];
	uint32_t block = 0;

	add_peers(y, c);
	y->countries = xcalloc(y->config.countries, sizeof(*y->countries));
	for (unsigned i = 0; i < y->config.countries; i++)
		add_country(y, c, i, &block);
	y->weights = xcalloc(y->net_count, sizeof(*y->weights));
	double sum = 0;
	for (size_t i = 0; i < y->net_count; i++)
		y->weights[i] = sum += chance_log_normal(c, 1, 12);
}

/* ---- into the detectors ---- */

void world_watch_net(struct year *y, size_t net)
{
	struct network *n = &y->nets[net];
	const struct operator *o = &y->ops[n->op];

	n->id = judge_watch(y->judge, o->group, &n->prefix, o->asn);
	mem_grow(&y->net_of, &y->net_of_cap, (size_t)n->id + 1, sizeof(*y->net_of));
	y->net_of[n->id] = (int)net;
}

void world_watch(struct year *y)
{
	for (unsigned i = 0; i < y->config.countries; i++)
		y->countries[i].group = judge_group(y->judge, SCOPE_TERRITORY, y->countries[i].code, y->countries[i].code, -1);
	for (size_t i = 0; i < y->op_count; i++) {
		char subject[16];
		const struct country *k = &y->countries[y->ops[i].country];
		snprintf(subject, sizeof(subject), "AS%u", y->ops[i].asn);
		y->ops[i].group = judge_group(y->judge, SCOPE_OPERATOR, k->code, subject, k->group);
	}
	for (size_t i = 0; i < y->net_count; i++) {
		y->nets[i].id = -1;
		if (y->nets[i].born)
			world_watch_net(y, i);
	}
}

void world_sessions(struct year *y)
{
	struct rib *rib = judge_rib(y->judge);
	char name[16];

	for (size_t i = 0; i < y->session_count; i++) {
		struct session *s = &y->sessions[i];
		snprintf(name, sizeof(name), "rrc%02d", s->collector);
		s->id = rib_session(rib, name, &s->addr, s->asn);
		rib_session_table(rib, s->id, s->family == V4 ? s->routes : 0, s->family == V6 ? s->routes : 0);
	}
}
