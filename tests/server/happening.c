/* What happens in a scenario: a line with a time into steps of the world.
 *
 * Each peer has a delay of its own, drawn from the log-normal law of detection.md 4 with the scenario's seed; all are
 * shifted so that the majority of the full feeds crosses at the time that was written. A zombie keeps a dead route. */
#include "scenario.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Log-normal with the median and p95 of detection.md 4 (40 s, 150 s) scaled so that p95 is `over`. */
static int64_t draw_delay(const struct world *w, uint64_t op, uint64_t peer, int64_t over_ms)
{
	double u = world_draw(w->seed, op, peer * 2), v = world_draw(w->seed, op, peer * 2 + 1);
	double normal = sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
	double ms = (double)over_ms / 3.75 * exp(0.8035 * normal);
	return ms > 4.0 * (double)over_ms ? 4 * over_ms : (int64_t)ms;
}

static struct world_step *add_step(struct world *w, int64_t t, enum world_op_kind kind)
{
	mem_grow(&w->steps, &w->step_cap, w->step_count + 1, sizeof(*w->steps));
	struct world_step *s = &w->steps[w->step_count++];
	*s = (struct world_step){.t_ms = t < w->now_ms ? w->now_ms : t, .order = w->order++, .kind = kind};
	return s;
}

struct spread {
	int64_t over_ms;
	double zombies;
	uint32_t via, origin;
	uint8_t family; /* 0: both */
};

static int by_value(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

/* The delays of one family's peers, shifted so that the majority of the full feeds crosses at t. -1: never (a zombie).
 */
static void add_routes(struct world *w, int64_t t, enum world_op_kind kind, uint8_t family, const char *target,
		       const struct spread *s)
{
	int64_t delay[WORLD_PEERS_MAX], sorted[WORLD_PEERS_MAX], shift = 0;
	size_t moved = 0, full = 0;
	uint64_t op = w->order;
	for (size_t i = 0; i < w->peer_count; i++) {
		const struct world_peer *p = &w->peers[i];
		delay[i] = -1;
		if (family == 6 && !p->v6.family)
			continue;
		full += p->full;
		if (kind == OP_WITHDRAW && world_draw(w->seed ^ 0x5a5a, op, i) < s->zombies)
			continue;
		delay[i] = s->over_ms ? draw_delay(w, op, i, s->over_ms) : 0;
		if (p->full)
			sorted[moved++] = delay[i];
	}
	size_t nth = kind == OP_WITHDRAW ? full / 2 + 1 : (full + 1) / 2;
	qsort(sorted, moved, sizeof(*sorted), by_value);
	if (nth >= 1 && nth <= moved)
		shift = sorted[nth - 1];
	for (size_t i = 0; i < w->peer_count; i++) {
		if (delay[i] < 0)
			continue;
		struct world_step *step = add_step(w, t + delay[i] - shift, kind);
		step->peer = (int)i;
		step->family = family;
		step->upstream = s->via;
		step->origin = s->origin;
		snprintf(step->target, sizeof(step->target), "%s", target);
	}
}

static void add_turns(struct world *w, int64_t t, bool up, uint8_t family, const char *target)
{
	size_t index = 0;
	for (size_t i = 0; i < w->net_count; i++) {
		struct world_net *n = &w->nets[i];
		if (!world_means(w, target, n, &index) || (family && n->prefix.family != family))
			continue;
		mem_grow(&n->turns, &n->turn_cap, n->turn_count + 1, sizeof(*n->turns));
		n->turns[n->turn_count++] = (struct world_turn){t, up};
	}
}

static void change_routes(struct world *w, int64_t t, enum world_op_kind kind, const char *target,
			  const struct spread *s)
{
	add_turns(w, t, kind == OP_ANNOUNCE, s->family, target);
	for (uint8_t family = 4; family <= 6; family += 2)
		if (!s->family || s->family == family)
			add_routes(w, t, kind, family, target, s);
}

/* "KP", or "3 of KP"; *next: the first word behind it. */
static bool read_target(const struct line *l, size_t at, char target[WORLD_TARGET_MAX], size_t *next)
{
	if (at >= l->count)
		return false;
	bool some = at + 2 < l->count && word_is(l->word[at + 1], "of");
	if (some)
		snprintf(target, WORLD_TARGET_MAX, "%.10s of %.40s", l->word[at], l->word[at + 2]);
	else
		snprintf(target, WORLD_TARGET_MAX, "%.60s", l->word[at]);
	*next = at + (some ? 3 : 1);
	return true;
}

static int happen_routes(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	char target[WORLD_TARGET_MAX];
	size_t next;
	enum world_op_kind kind = word_is(l->word[at], "withdraw") ? OP_WITHDRAW : OP_ANNOUNCE;
	struct spread s = {.over_ms = kind == OP_WITHDRAW ? 150000 : 30000};
	if (!read_target(l, at + 1, target, &next))
		return scenario_bad(e, "withdraw|announce TARGET [v4|v6] [over 60s] [zombies 2%] [via AS1]");
	s.family = word_is(l->word[next], "v6") ? 6 : word_is(l->word[next], "v4") ? 4 : 0;
	if (line_after(l, "over") && !word_span(line_after(l, "over"), &s.over_ms))
		return scenario_bad(e, "over what?");
	if (line_after(l, "zombies"))
		s.zombies = strtod(line_after(l, "zombies"), NULL) / 100;
	if (line_after(l, "via") && !word_asn(line_after(l, "via"), &s.via))
		return scenario_bad(e, "via AS64500");
	change_routes(w, t, kind, target, &s);
	return 0;
}

static int happen_flap(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	char target[WORLD_TARGET_MAX];
	size_t next;
	int64_t every, down;
	struct spread s = {.over_ms = 30000};
	if (!read_target(l, at + 1, target, &next) || !word_span(line_after(l, "every"), &every))
		return scenario_bad(e, "flap TARGET 6 times every 4m [down 45s] [over 30s]");
	down = every / 2;
	if (line_after(l, "down") && !word_span(line_after(l, "down"), &down))
		return scenario_bad(e, "down for how long?");
	if (line_after(l, "over") && !word_span(line_after(l, "over"), &s.over_ms))
		return scenario_bad(e, "over what?");
	unsigned times = word_number(l->word[next]);
	for (unsigned i = 0; i < times; i++, t += every) {
		change_routes(w, t, OP_WITHDRAW, target, &s);
		change_routes(w, t + down, OP_ANNOUNCE, target, &s);
	}
	return 0;
}

/* The network is announced by somebody else from then on, and is not its country's to withdraw any more. */
static int happen_origin(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	struct spread s = {.over_ms = 30000};
	const char *prefix = l->word[at + 1];
	struct prefix p;
	int net = prefix && prefix_parse(prefix, strlen(prefix), &p) ? world_find_net(w, &p) : -1;
	if (net < 0 || !word_asn(l->word[at + 2], &s.origin))
		return scenario_bad(e, "origin 41.252.0.0/16 AS64999 (of a prefix that an AS has)");
	w->nets[net].foreign = true;
	change_routes(w, t, OP_ANNOUNCE, prefix, &s);
	return 0;
}

static int happen_reset(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	const char *collector = l->word[at + 1];
	int64_t span;
	uint32_t asn = 0;
	size_t hit = 0;
	if (!collector || !word_span(line_after(l, "for"), &span) ||
	    (word_is(l->word[at], "peer-reset") && !word_asn(l->word[at + 2], &asn)))
		return scenario_bad(e, "peer-reset rrc03 AS3356 for 2m, or collector-reset rrc03 for 2m");
	for (size_t i = 0; i < w->peer_count; i++) {
		if (strcmp(w->peers[i].collector, collector) || (asn && w->peers[i].asn != asn))
			continue;
		add_step(w, t, OP_PEER_DOWN)->peer = (int)i;
		add_step(w, t + span, OP_PEER_UP)->peer = (int)i;
		hit++;
	}
	return hit ? 0 : scenario_bad(e, "no such peer");
}

static int happen_words(struct world *w, const struct line *l, size_t at, int64_t t, struct err *e)
{
	char words[256];
	(void)e;
	line_join(words, sizeof(words), l, at);
	add_step(w, t, OP_WORDS)->words = xstrdup(words);
	return 0;
}

static const struct {
	const char *word;
	int (*happen)(struct world *, const struct line *, size_t, int64_t, struct err *);
} happenings[] = {
	{"withdraw", happen_routes},     {"announce", happen_routes},  {"flap", happen_flap},
	{"origin", happen_origin},       {"signal", happen_signal},    {"probes", happen_probes},
	{"statement", happen_statement}, {"peer-reset", happen_reset}, {"collector-reset", happen_reset},
	{"feed", happen_words},          {"line", happen_words},       {"sites", happen_words},
	{"canaries-down", happen_words}, {"fault", happen_words},      {"streams", happen_words},
};

int happening_read(struct world *w, const struct line *l, int64_t from_ms, struct err *e)
{
	int64_t offset = 0;
	size_t at = 0;
	if (l->word[0][0] == '+') {
		at = 1;
		if (!word_is(l->word[0], "+0") && !word_span(l->word[0] + 1, &offset))
			return scenario_bad(e, "when? +4h15m");
	}
	for (size_t i = 0; i < ARRAY_LEN(happenings) && at < l->count; i++)
		if (word_is(l->word[at], happenings[i].word))
			return happenings[i].happen(w, l, at, from_ms + offset, e);
	return scenario_bad(e, "unknown statement");
}
