/* The world in motion: see world.h. A step moves one peer's view; a peer that is down says nothing, and says everything
 * again when it is back, as the real ones do (sources/bgp.md 4.4). */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/when.h"
#include "scenario.h"

enum { MESSAGE_NETS = 500, KEEPALIVE_MS = 20000 };

/* ---- looking up ---- */

int world_find_net(const struct world *w, const struct prefix *p)
{
	for (size_t i = 0; i < w->net_count; i++)
		if (prefix_equal(&w->nets[i].prefix, p))
			return (int)i;
	return -1;
}

int world_find_as(const struct world *w, uint32_t asn)
{
	for (size_t i = 0; i < w->as_count; i++)
		if (w->ases[i].asn == asn)
			return (int)i;
	return -1;
}

int world_find_country(const struct world *w, const char *cc, size_t len)
{
	for (size_t i = 0; i < w->country_count; i++)
		if (len == 2 && !memcmp(w->countries[i].cc, cc, 2))
			return (int)i;
	return -1;
}

bool world_means(const struct world *w, const char *target, const struct world_net *n, size_t *index)
{
	const struct world_as *as = &w->ases[n->as];
	const char *of = strstr(target, " of ");
	struct prefix p;
	if (of) {
		if (n->foreign || strcmp(w->countries[as->country].cc, of + 4))
			return false;
		return (*index)++ < strtoul(target, NULL, 10);
	}
	if (!strcmp(target, "all"))
		return !world_is_standing(w, n);
	if (!strcmp(target, "controls"))
		return world_is_standing(w, n);
	if (!strncmp(target, "AS", 2) && target[2] >= '0' && target[2] <= '9')
		return !n->foreign && strtoul(target + 2, NULL, 10) == as->asn;
	if (prefix_parse(target, strlen(target), &p))
		return prefix_equal(&p, &n->prefix);
	return !n->foreign && !strcmp(target, w->countries[as->country].cc);
}

bool world_net_up(const struct world_net *n, int64_t t_ms)
{
	bool up = true;
	for (size_t i = 0; i < n->turn_count && n->turns[i].t_ms <= t_ms; i++)
		up = n->turns[i].up;
	return up;
}

/* ---- life ---- */

/* Every network begins up at every full feed; partial feeds have every third. */
static void fill(struct world *w)
{
	for (size_t i = 0; i < w->net_count; i++) {
		struct world_net *n = &w->nets[i];
		const struct world_as *as = &w->ases[n->as];
		n->upstream = as->upstream_count ? as->upstreams[0].asn : 0;
		for (size_t k = 0; k < w->peer_count; k++)
			n->has[k] =
				(n->prefix.family == 4 || w->peers[k].v6.family) && (w->peers[k].full || i % 3 == 0);
	}
}

static int by_time(const void *a, const void *b)
{
	const struct world_step *x = a, *y = b;
	if (x->t_ms != y->t_ms)
		return x->t_ms < y->t_ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void sort_steps(struct world *w)
{
	if (w->step_count > w->step_done)
		qsort(w->steps + w->step_done, w->step_count - w->step_done, sizeof(*w->steps), by_time);
}

int world_init(struct world *w, const char *text, int64_t real_now_ms, struct err *e)
{
	unsigned number = 0;
	memset(w, 0, sizeof(*w));
	w->start_ms = real_now_ms;
	w->keepalive_ms = KEEPALIVE_MS;
	w->now_ms = INT64_MIN;
	while (*text) {
		size_t len = strcspn(text, "\n");
		number++;
		if (scenario_line(w, text, len, w->start_ms, e) < 0) {
			err_prefix(e, "scenario line %u: %.*s", number, (int)(len < 80 ? len : 80), text);
			world_release(w);
			return ERR_USAGE;
		}
		text += len + (text[len] == '\n');
	}
	if (standing_add(w, e) < 0) {
		world_release(w);
		return ERR_USAGE;
	}
	w->now_ms = w->start_ms;
	sort_steps(w);
	fill(w);
	standing_fill(w);
	return 0;
}

void world_release(struct world *w)
{
	for (size_t i = 0; i < w->net_count; i++)
		free(w->nets[i].turns);
	for (size_t i = 0; i < w->step_count; i++)
		free(w->steps[i].words);
	for (size_t i = 0; i < w->country_count; i++) {
		free(w->countries[i].ranges);
		free(w->countries[i].slopes);
		free(w->countries[i].tides);
	}
	free(w->statements);
	free(w->nets);
	free(w->ases);
	free(w->steps);
	memset(w, 0, sizeof(*w));
}

int world_do(struct world *w, const char *line, struct err *e)
{
	int rc = scenario_line(w, line, strlen(line), w->now_ms, e);
	sort_steps(w);
	return rc < 0 ? err_prefix(e, "'%.80s'", line) : 0;
}

void world_shift(struct world *w, int64_t off)
{
	w->start_ms += off;
	w->now_ms += off;
	for (size_t i = 0; i < w->step_count; i++)
		w->steps[i].t_ms += off;
	for (size_t i = 0; i < w->net_count; i++)
		for (size_t k = 0; k < w->nets[i].turn_count; k++)
			w->nets[i].turns[k].t_ms += off;
	for (size_t i = 0; i < w->country_count; i++) {
		struct world_country *c = &w->countries[i];
		for (size_t k = 0; k < c->slope_count; k++)
			c->slopes[k].t_ms += off;
		for (size_t k = 0; k < c->tide_count; k++)
			c->tides[k].t_ms += off;
	}
	for (size_t i = 0; i < w->statement_count; i++) {
		struct world_statement *t = &w->statements[i];
		t->t_ms += off;
		t->from_ms += off;
		t->until_ms += t->until_ms == INT64_MAX ? 0 : off;
	}
}

int64_t world_due(const struct world *w)
{
	return w->step_done < w->step_count ? w->steps[w->step_done].t_ms : INT64_MAX;
}

/* ---- motion ---- */

static void tell(const struct world_says *says, const struct world_peer *p, const int *nets, size_t count, bool up)
{
	if (count && p->up)
		says->update(says->arg, p, nets, count, up);
}

static void move_routes(struct world *w, const struct world_step *s, const struct world_says *says)
{
	const struct world_peer *p = &w->peers[s->peer];
	bool up = s->kind == OP_ANNOUNCE;
	int nets[MESSAGE_NETS];
	size_t count = 0, index = 0;
	for (size_t i = 0; i < w->net_count; i++) {
		struct world_net *n = &w->nets[i];
		bool meant = world_means(w, s->target, n, &index); /* counts, so it is asked of every network */
		if (!meant || n->prefix.family != s->family)
			continue;
		if (n->has[s->peer] == up && !s->upstream && !s->origin)
			continue;
		n->has[s->peer] = up;
		if (s->origin)
			n->origin = s->origin;
		if (s->upstream)
			n->upstream = s->upstream;
		nets[count++] = (int)i;
		if (count == MESSAGE_NETS) {
			tell(says, p, nets, count, up);
			count = 0;
		}
	}
	tell(says, p, nets, count, up);
}

/* The whole table again. */
static void send_table(struct world *w, int peer, const struct world_says *says)
{
	for (uint8_t family = 4; family <= 6; family += 2) {
		int nets[MESSAGE_NETS];
		size_t count = 0;
		for (size_t i = 0; i < w->net_count; i++) {
			if (w->nets[i].prefix.family != family || !w->nets[i].has[peer])
				continue;
			nets[count++] = (int)i;
			if (count == MESSAGE_NETS) {
				tell(says, &w->peers[peer], nets, count, true);
				count = 0;
			}
		}
		tell(says, &w->peers[peer], nets, count, true);
	}
}

static void run_step(struct world *w, struct world_step *s, const struct world_says *says)
{
	struct world_peer *p = &w->peers[s->peer];
	switch (s->kind) {
	case OP_WITHDRAW:
	case OP_ANNOUNCE: move_routes(w, s, says); break;
	case OP_PEER_DOWN:
		p->up = false;
		says->peer_state(says->arg, p, "down");
		break;
	case OP_PEER_UP:
		says->peer_state(says->arg, p, "connected");
		p->up = true;
		says->peer_state(says->arg, p, "up");
		send_table(w, s->peer, says);
		break;
	case OP_WORDS: says->words(says->arg, s->words); break;
	}
}

void world_run(struct world *w, int64_t t_ms, const struct world_says *says)
{
	while (world_due(w) <= t_ms) {
		size_t at = w->step_done++;
		struct world_step s = w->steps[at]; /* a step may add steps */
		w->now_ms = s.t_ms > w->now_ms ? s.t_ms : w->now_ms;
		run_step(w, &s, says);
	}
	w->now_ms = t_ms;
}
