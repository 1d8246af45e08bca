/* Literal models for the tests of the screen: whole situations as the application would have left them, without running
 * it.
 *
 * Everything is deterministic: names, addresses and states come from the number of the network; times are literals. */
#ifndef LANDLINE_TESTS_UI_MODEL_H
#define LANDLINE_TESTS_UI_MODEL_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "core/model.h"
#include "core/prefix.h"

enum scene_kind {
	SCENE_KP_UP,
	SCENE_KP_DOWN,
	SCENE_KP_LOADING,
	SCENE_KP_BLIND,
	SCENE_KP_STALE,
	SCENE_SIX,
	SCENE_TW,
	SCENE_MANY,
	SCENE_YE,
	SCENE_EMPTY,
	SCENE_HOSTILE,
	SCENE_NO_NETWORKS,
	SCENE_KP_REPLAY,
	SCENE_KP_SUSPECT,
	SCENE_KP_EXCERPT,
	SCENE_KINDS,
};

static const char *const scene_names[SCENE_KINDS] = {
	[SCENE_KP_UP] = "kp-up",
	[SCENE_KP_DOWN] = "kp-down",
	[SCENE_KP_LOADING] = "kp-loading",
	[SCENE_KP_BLIND] = "kp-blind",
	[SCENE_KP_STALE] = "kp-stale",
	[SCENE_SIX] = "six-states",
	[SCENE_TW] = "tw",
	[SCENE_MANY] = "many",
	[SCENE_YE] = "ye",
	[SCENE_EMPTY] = "empty",
	[SCENE_HOSTILE] = "hostile",
	[SCENE_NO_NETWORKS] = "no-networks",
	[SCENE_KP_REPLAY] = "kp-replay",
	[SCENE_KP_SUSPECT] = "kp-suspect",
	[SCENE_KP_EXCERPT] = "kp-excerpt",
};

struct scene {
	struct model m;
	struct series up_v4, up_v6; /* of the first territory */
};

#define SCENE_2014 INT64_C(1419271220000) /* 2014-12-22T18:00:20Z */
#define SCENE_LIVE INT64_C(1780761870000) /* 2026-06-06T16:04:30Z */
#define SCENE_MIN  INT64_C(60000)

static inline struct wall scene_ago(const struct scene *s, int64_t ms)
{
	return (struct wall){s->m.now.ms - ms};
}

static inline struct prefix scene_prefix(const char *text)
{
	struct prefix p = {0};

	if (!prefix_parse(text, strlen(text), &p))
		BUG("scene: bad prefix %s", text);
	return p;
}

static inline struct territory *scene_territory(struct scene *s, const char *code, const char *name)
{
	struct territory_spec spec = {.kind = TERRITORY_COUNTRY};

	snprintf(spec.code, sizeof(spec.code), "%s", code);
	return model_add_territory(&s->m, &spec, name);
}

static inline void scene_count(struct tally *t, enum net_state state)
{
	unsigned *const by_state[NET_STATE_COUNT] = {
		[NET_UNKNOWN] = &t->unknown,   [NET_UP] = &t->up,     [NET_DEGRADED] = &t->degraded,
		[NET_FLAPPING] = &t->flapping, [NET_DOWN] = &t->down, [NET_STALE] = &t->stale,
	};

	t->total++;
	++*by_state[state];
}

/* Room for networks and operators; they are added in order. */
static inline void scene_room(struct territory *t, size_t networks, size_t operators)
{
	t->networks = xcalloc(networks, sizeof(*t->networks));
	t->operators = xcalloc(operators, sizeof(*t->operators));
}

static inline struct operator *scene_operator(struct territory *t, uint32_t asn, const char *name)
{
	struct operator *o = & t->operators[t->operator_count++];

	*o = (struct operator){.asn = asn, .first = t->network_count, .loss_pct = NAN};
	text_clean_str(o->name, sizeof(o->name), name);
	return o;
}

static inline struct network *scene_network(struct scene *s, struct territory *t, struct prefix p, enum net_state state)
{
	struct operator *o = & t->operators[t->operator_count - 1];
	struct network *n = &t->networks[t->network_count];
	bool seen = state == NET_UP || state == NET_DEGRADED || state == NET_FLAPPING;
	unsigned have = state == NET_UP         ? 41
			: state == NET_DEGRADED ? 24
			: state == NET_FLAPPING ? 33
			: state == NET_DOWN     ? 1
						: 0;

	*n = (struct network){.net = (int)t->network_count, .operator_index = (int)t->operator_count - 1};
	n->v = (struct net_view){
		.prefix = p,
		.origin = o->asn,
		.state = state,
		.phase = state == NET_UNKNOWN ? "learning" : net_state_name(state),
		.vis = {.have = have,
			.eligible = state == NET_UNKNOWN || state == NET_STALE ? 0 : 41,
			.collectors = 12,
			.v = have / 41.0},
		.v0 = state == NET_UNKNOWN ? NAN : 1,
		.since = scene_ago(s, seen ? 838 * SCENE_MIN : 105 * SCENE_MIN),
		.t50 = state == NET_DOWN ? scene_ago(s, 105 * SCENE_MIN) : WALL_NONE,
		.t90 = state == NET_DOWN ? scene_ago(s, 106 * SCENE_MIN) : WALL_NONE,
		.lost = state == NET_DOWN,
	};
	if (state == NET_UNKNOWN)
		n->v.since = WALL_NONE;
	t->network_count++;
	o->count++;
	scene_count(p.family == 6 ? &o->v6 : &o->v4, state);
	scene_count(p.family == 6 ? &t->routing.v6 : &t->routing.v4, state);
	return n;
}

/* 24 h of a signal in steps: `usual` with a little weather, `fall` minutes ago down to `then`; NAN for a gap of 3 h in
 * it. */
static inline void scene_series(const struct scene *s, struct series *out, int step_min, double usual, int64_t fall_min,
				double then, bool gap)
{
	int64_t step_ms = step_min * SCENE_MIN, count = 25 * 60 / step_min;

	series_init(out, step_ms, (size_t)count + 1);
	for (int64_t i = 0; i <= count; i++) {
		int64_t ms = s->m.now.ms - (count - i) * step_ms, age_min = (s->m.now.ms - ms) / SCENE_MIN;
		double wave = usual >= 20 ? 1 + 0.12 * sin((double)(ms / SCENE_MIN) / 230) : 1;
		double v = age_min <= fall_min ? then : floor(usual * wave);
		if (gap && age_min > 500 && age_min < 680)
			v = SERIES_NO_DATA;
		series_put(out, (struct wall){ms}, v);
	}
}

struct scene_signal {
	const char *source, *name, *title, *unit;
	unsigned class_bit;
	int step_min;
	double usual, then;
	enum feed_state state;
};

static inline void scene_signals(struct scene *s, struct territory *t, int64_t fall_min, double scale)
{
	static const struct scene_signal list[] = {
		{"ioda", "ping-slash24", "answering /24s", "/24s", CLASS_P, 10, 2, 0, FEED_OK},
		{"ioda", "merit-nt", "telescope", "sources", CLASS_T, 5, 34, 1, FEED_LATE},
		{"ioda", "gtr", "Google traffic", "requests", CLASS_T, 30, 210, 20, FEED_OK},
		{"atlas", "probes", "Atlas probes", "probes", CLASS_H, 5, 1, 1, FEED_NONE},
		{"rislive", "updates", "BGP updates", "a minute", 0, 5, 12, 90, FEED_OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct signal *sig = territory_signal(t, list[i].source, list[i].name);
		snprintf(sig->title, sizeof(sig->title), "%s", list[i].title);
		snprintf(sig->unit, sizeof(sig->unit), "%s", list[i].unit);
		sig->class_bit = list[i].class_bit;
		sig->state = list[i].state;
		sig->step_ms = list[i].step_min * SCENE_MIN;
		sig->delay_ms = 20 * SCENE_MIN;
		if (list[i].state == FEED_NONE) {
			series_init(&sig->series, sig->step_ms, 4);
			continue;
		}
		double k = i + 1 < ARRAY_LEN(list) ? scale : 1;
		scene_series(s, &sig->series, list[i].step_min, list[i].usual * k, fall_min, list[i].then, i == 2);
		sig->value = series_last(&sig->series, &sig->time);
		sig->baseline = list[i].usual * k;
		if (fall_min >= 0 && (list[i].class_bit & (CLASS_P | CLASS_T)) && list[i].state == FEED_OK) {
			sig->says = list[i].then < list[i].usual / 2 ? VOICE_CRITICAL : VOICE_WARNING;
			sig->alarm = (struct wall){s->m.now.ms - fall_min * SCENE_MIN};
		}
	}
}

static inline void scene_provider(struct territory *t, uint32_t asn, const char *name, double share, bool by_paths)
{
	struct provider *p = &t->providers[t->provider_count++];

	*p = (struct provider){.asn = asn, .share_pct = share, .vote_pct = by_paths ? share : NAN, .by_paths = by_paths};
	t->by_paths = by_paths;
	text_clean_str(p->name, sizeof(p->name), name);
}

/* Its paths as most peers use them: `carrier` stands on nearly all (0: on none), `upstream` right before the origin. */
static inline void scene_paths(struct network *n, uint32_t upstream, uint32_t carrier)
{
	n->own_space = prefix_space(&n->v.prefix);
	n->paths = (struct depend_net){
		.votes = 41, .upstreams = {{upstream, 1}}, .upstream_count = 1, .carriers = {carrier}, .carrier_count = carrier != 0};
	n->paths.single = carrier;
}

static inline struct site *scene_site(struct scene *s, struct territory *t, const char *host, bool up, uint32_t asn,
				      const char *country)
{
	struct site *x = &t->sites[t->site_count++];

	*x = (struct site){.measured = true,
			   .reachable = up,
			   .ms = up ? 812 : NAN,
			   .status = up ? 200 : 0,
			   .asn = asn,
			   .checked = scene_ago(s, 2 * SCENE_MIN),
			   .since = scene_ago(s, 300 * SCENE_MIN),
			   .tries = 288,
			   .good = up ? 287 : 120};
	snprintf(x->url, sizeof(x->url), "http://%.100s", host);
	snprintf(x->host, sizeof(x->host), "%s", host);
	snprintf(x->words, sizeof(x->words), up ? "200 in 812 ms" : "no answer in 10 s");
	snprintf(x->country, sizeof(x->country), "%s", country);
	addr_parse("175.45.176.91", 13, &x->addr);
	x->prefix = scene_prefix("175.45.176.0/24");
	snprintf(x->asn_name, sizeof(x->asn_name), "STAR-KP");
	return x;
}

static inline void scene_verdict(struct territory *t, enum verdict_kind kind, const char *text, struct wall since,
				 double loss)
{
	t->verdict.kind = kind;
	snprintf(t->verdict.text, sizeof(t->verdict.text), "%s", text);
	t->verdict.since = since;
	t->verdict.loss_pct = loss;
}

static inline void scene_reason(struct territory *t, enum net_state mood, const char *text)
{
	size_t i = t->verdict.reason_count++;

	snprintf(t->verdict.reasons[i].text, sizeof(t->verdict.reasons[i].text), "%s", text);
	t->verdict.reasons[i].mood = mood;
}

static inline struct source_state *scene_source(struct scene *s, const char *name, const char *title,
						enum feed_state state)
{
	struct source_state *src = model_source(&s->m, name);

	snprintf(src->title, sizeof(src->title), "%s", title);
	snprintf(src->attribution, sizeof(src->attribution), "Source: %s", title);
	snprintf(src->url, sizeof(src->url), "https://%s.example.net", name);
	src->state = state;
	src->last_success = scene_ago(s, 2 * SCENE_MIN);
	src->last_try = scene_ago(s, 2 * SCENE_MIN);
	src->next = scene_ago(s, -8 * SCENE_MIN);
	src->data_time = scene_ago(s, 12 * SCENE_MIN);
	src->calls = 1204;
	src->bytes = 5812345;
	return src;
}

static inline void scene_sources(struct scene *s, enum feed_state rislive)
{
	struct source_state *src;

	src = scene_source(s, "ripestat", "RIPEstat", FEED_OK);
	snprintf(src->doing, sizeof(src->doing), "looking-glass 175.45.176.0/24");
	src->budget_left = 912;
	src->budget_max = 1000;
	src = scene_source(s, "rislive", "RIS Live", rislive);
	src->lag_s = 1.2;
	src->messages = 48213;
	src->next = WALL_NONE;
	if (rislive == FEED_DOWN) {
		src->down_since = scene_ago(s, 3 * SCENE_MIN);
		src->last_success = src->down_since;
		snprintf(src->error, sizeof(src->error), "connection reset by peer");
		src->failures = 4;
	}
	scene_source(s, "ioda", "IODA", FEED_OK);
	scene_source(s, "probe", "Own checks", FEED_OK);
	src = scene_source(s, "radar", "Cloudflare Radar", FEED_OFF);
	src->needs_token = true;
	snprintf(src->advice, sizeof(src->advice), "set token_file in [source.radar]");
	src->last_success = src->last_try = src->next = src->data_time = WALL_NONE;
	src->calls = src->bytes = 0;
}

static inline void scene_self_tests(struct scene *s, enum feed_state state, const char *text)
{
	static const char *const beacons[] = {"84.205.64.0/24", "84.205.69.0/24", "2001:7fb:fe00::/48"};

	s->m.self_test_count = ARRAY_LEN(beacons);
	for (size_t i = 0; i < ARRAY_LEN(beacons); i++) {
		struct self_test *t = &s->m.self_tests[i];
		*t = (struct self_test){.prefix = scene_prefix(beacons[i]), .state = i == 2 ? FEED_NONE : state};
		snprintf(t->text, sizeof(t->text), "%s", i == 2 ? "self-test: no beacon seen yet" : text);
	}
}

static inline void scene_canaries(struct scene *s, bool up)
{
	static const char *const hosts[] = {"193.0.14.129", "202.12.27.33", "192.5.5.241", "198.41.0.4"};

	s->m.canary_count = ARRAY_LEN(hosts);
	for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
		struct site *x = &s->m.canaries[i];
		*x = (struct site){.measured = true,
				   .reachable = up,
				   .canary = true,
				   .ms = up ? 18 + 20 * (double)i : NAN,
				   .checked = scene_ago(s, SCENE_MIN),
				   .since = WALL_NONE};
		snprintf(x->host, sizeof(x->host), "%s", hosts[i]);
		snprintf(x->words, sizeof(x->words), up ? "answered in %zu ms" : "no answer in 5 s", 18 + 20 * i);
	}
	s->m.own_line = up ? LINE_OK : LINE_BLIND;
}

/* An outage and its life so far, through the book's own functions. */
static inline struct event *scene_outage(struct scene *s, enum event_scope scope, const char *territory,
					 const char *subject, enum verdict_kind kind, double loss, unsigned lost,
					 unsigned total, struct wall start, struct wall end)
{
	struct finding f = {.scope = scope,
			    .territory = territory,
			    .subject = subject,
			    .kind = kind,
			    .loss_pct = loss,
			    .networks_lost = lost,
			    .networks_total = total,
			    .classes = CLASS_R,
			    .confidence = CONFIDENCE_MEDIUM};
	struct now now = {.mono = {0}, .wall = {start.ms + 45000}};
	struct event *ev = event_suspect(&s->m.book, &f, start, 30000, NULL, now);
	struct evidence line = {.time = start,
				.source = "rislive",
				.rule = "v < 0.1 for 60 s",
				.value = "visibility 0.02 (1 of 41 peer ASes)"};

	event_evidence(&s->m.book, ev, &line);
	now.wall.ms = start.ms + 130000;
	event_confirm(&s->m.book, ev, &f, now);
	if (wall_is_set(end)) {
		now.wall.ms = end.ms + 5000;
		f.loss_pct = 0;
		event_ease(&s->m.book, ev, &f, now);
		now.wall.ms = end.ms + 900000;
		event_resolve(&s->m.book, ev, end, 20000, now);
	}
	ev->seq = ev->id;
	return ev;
}

static inline void scene_kp(struct scene *s, enum net_state state)
{
	static const char *const prefixes[] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24",
					       "175.45.179.0/24"};
	struct territory *t = scene_territory(s, "KP", "North Korea");

	scene_room(t, ARRAY_LEN(prefixes), 1);
	scene_operator(t, 131279, "STAR-KP Star Joint Venture");
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		struct network *n = scene_network(s, t, scene_prefix(prefixes[i]), state);
		n->upstreams[0] = 4837;
		n->upstream_share[0] = 1;
		scene_paths(n, 4837, 4837);
	}
	t->snapshot_time = scene_ago(s, 3 * SCENE_MIN);
	t->dependence[0] = (struct dependence){.networks = 4, .known = 4, .frontier = 1, .hhi = 1, .effective = 1, .largest = 1};
	t->routing.baseline_v4 = 4;
	t->routing.up_v4 = &s->up_v4;
	scene_provider(t, 4837, "CHINA169-Backbone China Unicom", 100, true);
	t->single_provider = 4837;
	scene_site(s, t, "www.kcna.kp", state == NET_UP, 131279, "KP")->votes = true;
	scene_site(s, t, "www.rodong.rep.kp", state == NET_UP, 131279, "KP");
	scene_site(s, t, "www.korea-dpr.com", true, 12715, "ES");
}

static inline void scene_build_kp_up(struct scene *s)
{
	scene_kp(s, NET_UP);
	struct territory *t = s->m.territories[0];
	scene_series(s, &s->up_v4, 5, 4, -1, 4, false);
	scene_signals(s, t, -1, 1);
	scene_sources(s, FEED_OK);
	scene_self_tests(s, FEED_OK, "self-test 16:00 announcement: 96% of peers in 41 s");
	scene_canaries(s, true);
	scene_verdict(t, VERDICT_NORMAL, "No outage seen by routing (16:04).", scene_ago(s, 838 * SCENE_MIN), 0);
	scene_reason(t, NET_UP, "routing: 4 of 4 networks up (RIS Live, now)");
	scene_reason(t, NET_UP, "probing: 2 of 2 /24s answer (IODA ping-slash24, 12m)");
	scene_reason(t, NET_STALE, "traffic: telescope 34 sources, late (IODA merit-nt, 44m)");
	scene_outage(s, SCOPE_TERRITORY, "KP", "KP", VERDICT_WITHDRAWN, 100, 4, 4, scene_ago(s, 2400 * SCENE_MIN),
		     scene_ago(s, 2340 * SCENE_MIN));
	scene_outage(s, SCOPE_NETWORK, "KP", "175.45.178.0/24", VERDICT_WITHDRAWN, 100, 1, 1,
		     scene_ago(s, 900 * SCENE_MIN), scene_ago(s, 894 * SCENE_MIN));
}

/* What probing, traffic and others say of it, and one that has no vote. */
static inline void scene_voices(const struct scene *s, struct territory *t, struct wall start)
{
	const struct voice none = {.start_low = WALL_NONE, .start = WALL_NONE, .end = WALL_NONE, .end_high = WALL_NONE,
				   .time = WALL_NONE, .value = NAN, .baseline = NAN, .loss_pct = NAN};
	struct voice *v = t->voices;

	v[0] = v[1] = v[2] = none;
	v[0] = (struct voice){.source = "ioda", .name = "ping-slash24", .title = "probing (IODA)", .class_bit = CLASS_P,
			      .says = VOICE_CRITICAL, .start_low = {start.ms - 10 * SCENE_MIN}, .start = start,
			      .end = WALL_NONE, .end_high = WALL_NONE, .time = scene_ago(s, 30 * SCENE_MIN),
			      .value = 2, .baseline = 120, .loss_pct = 98,
			      .value_words = "2 /24s, 120 expected (-98%), line 112",
			      .rule_words = "far under the line (detection.md 5.2)",
			      .url = "https://api.ioda.inetintel.cc.gatech.edu/v2/signals/raw/country/KP?datasource=ping-slash24"};
	snprintf(v[1].source, sizeof(v[1].source), "atlas");
	snprintf(v[1].title, sizeof(v[1].title), "Atlas probes");
	snprintf(v[1].why, sizeof(v[1].why), "no probes there");
	v[1].class_bit = CLASS_H;
	v[1].none = true;
	snprintf(v[2].source, sizeof(v[2].source), "radar");
	snprintf(v[2].title, sizeof(v[2].title), "stated by others");
	snprintf(v[2].why, sizeof(v[2].why), "anomaly unverified: shown, no vote");
	snprintf(v[2].value_words, sizeof(v[2].value_words), "Cloudflare Radar states: anomaly unverified since 22 Dec 16:30");
	v[2].class_bit = CLASS_X;
	v[2].none = true;
	t->voice_count = 3;
}

static inline void scene_build_kp_down(struct scene *s)
{
	struct wall start = {INT64_C(1419264900000)}; /* 16:15:00 */
	static const char *const prefixes[] = {"175.45.176.0/24", "175.45.177.0/24", "175.45.178.0/24",
					       "175.45.179.0/24"};

	s->m.replay = s->m.book.replay = true;
	scene_kp(s, NET_DOWN);
	struct territory *t = s->m.territories[0];
	for (size_t i = 0; i < t->network_count; i++)
		t->networks[i].v.since = t->networks[i].v.t50 = start;
	scene_series(s, &s->up_v4, 5, 4, 105, 0, false);
	scene_signals(s, t, 105, 1);
	scene_voices(s, t, start);
	scene_sources(s, FEED_OK);
	scene_canaries(s, true);
	scene_verdict(t, VERDICT_WITHDRAWN, "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.", start, 100);
	scene_reason(t, NET_DOWN, "routing: 0 of 4 networks up (RIS Live, now)");
	scene_reason(t, NET_DOWN, "probing: 0 of 2 /24s answer (IODA ping-slash24, 10m)");
	scene_reason(t, NET_UNKNOWN, "hosts: no data (RIPE Atlas off)");
	scene_outage(s, SCOPE_NETWORK, "KP", "175.45.176.0/24", VERDICT_WITHDRAWN, 100, 1, 1,
		     scene_ago(s, 600 * SCENE_MIN), scene_ago(s, 596 * SCENE_MIN));
	struct event *root =
		scene_outage(s, SCOPE_TERRITORY, "KP", "KP", VERDICT_WITHDRAWN, 100, 4, 4, start, WALL_NONE);
	struct event *as =
		scene_outage(s, SCOPE_OPERATOR, "KP", "AS131279", VERDICT_WITHDRAWN, 100, 4, 4, start, WALL_NONE);
	event_set_parent(&s->m.book, as, root);
	t->verdict.event_id = root->id;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		struct event *ev = scene_outage(s, SCOPE_NETWORK, "KP", prefixes[i], VERDICT_WITHDRAWN, 100, 1, 1,
						start, WALL_NONE);
		event_set_parent(&s->m.book, ev, root);
		t->networks[i].v.event_id = ev->id;
	}
}

/* One network of four is down, its territory only suspected so far: the network is seen, the suspicion is not listed. */
static inline void scene_build_kp_suspect(struct scene *s)
{
	struct wall start = scene_ago(s, 4 * SCENE_MIN);
	const struct finding f = {.scope = SCOPE_TERRITORY, .territory = "KP", .subject = "KP", .kind = VERDICT_PARTIAL, .loss_pct = 25,
				  .networks_lost = 1, .networks_total = 4, .classes = CLASS_R, .confidence = CONFIDENCE_MEDIUM};

	scene_kp(s, NET_UP);
	struct territory *t = s->m.territories[0];
	t->networks[2].v.state = NET_DOWN;
	t->networks[2].v.vis.have = 1;
	t->networks[2].v.vis.v = 1.0 / 41;
	t->networks[2].v.since = t->networks[2].v.t50 = start;
	t->routing.v4.up = 3;
	t->routing.v4.down = 1;
	scene_series(s, &s->up_v4, 5, 4, 4, 3, false);
	scene_sources(s, FEED_OK);
	scene_verdict(t, VERDICT_PARTIAL, "KP: 1 of 4 networks withdrawn since 16:00 UTC (suspected). Routing only.", start, 25);
	scene_reason(t, NET_DEGRADED, "routing: 3 of 4 networks up (RIS Live, now)");
	struct event *root = event_suspect(&s->m.book, &f, start, 0, NULL, (struct now){.wall = start});
	struct event *ev = scene_outage(s, SCOPE_NETWORK, "KP", "175.45.178.0/24", VERDICT_WITHDRAWN, 100, 1, 1, start, WALL_NONE);
	event_set_parent(&s->m.book, ev, root);
	t->verdict.event_id = root->id;
	t->networks[2].v.event_id = ev->id;
}

/* The outage on a tape: two things that the tape names, one event met, paused in the middle. */
static inline void scene_build_kp_replay(struct scene *s)
{
	scene_build_kp_down(s);
	struct replay_state *t = &s->m.transport;
	t->on = t->paused = true;
	snprintf(t->title, sizeof(t->title), "kp-2014");
	snprintf(t->note, sizeof(t->note), "Reconstruction from the published timeline, not a recording.");
	snprintf(t->mark, sizeof(t->mark), "attack peak 5.97 Gbps (ASERT)");
	t->at = s->m.now;
	t->from.ms = s->m.now.ms - 2 * 86400000LL;
	t->until.ms = s->m.now.ms + 86400000LL;
	t->speed = 2000;
	t->ticks[0].t.ms = s->m.now.ms - 86400000LL;
	t->ticks[1].t.ms = s->m.now.ms - 6300000;
	t->ticks[1].event = true;
	t->tick_count = 2;
}

/* A tape that has the routes alone: the other sources are not on it, and of the sites is known what was reported. */
static inline void scene_build_kp_excerpt(struct scene *s)
{
	scene_build_kp_replay(s);
	struct territory *t = s->m.territories[0];
	s->m.excerpt = true;
	s->m.canary_count = 0;
	for (size_t i = 0; i < s->m.source_count; i++) {
		struct source_state *src = &s->m.sources[i];
		bool there = !strcmp(src->name, "ripestat") || !strcmp(src->name, "rislive");
		if (there)
			continue;
		src->state = FEED_OFF;
		src->needs_token = false;
		src->last_success = src->data_time = src->next = WALL_NONE;
		src->calls = src->bytes = src->failures = 0;
		snprintf(src->advice, sizeof(src->advice), "not in this replay");
	}
	for (size_t i = 0; i < t->signal_count; i++)
		t->signals[i].time = WALL_NONE;
	for (size_t i = 0; i < 2; i++) {
		struct site *x = &t->sites[i];
		x->told = true;
		x->measured = x->reachable = i == 0;
		x->asn = 0;
		x->addr.family = x->prefix.family = 0;
		snprintf(x->country, sizeof(x->country), "%s", SITE_ABROAD);
		snprintf(x->words, sizeof(x->words), "%s", i == 0 ? "loads (reported)" : "not known");
	}
	t->site_count = 2;
	t->verdict.reason_count = 1;
	scene_reason(t, NET_UNKNOWN, "probing: no data (IODA not in this replay)");
}

static inline void scene_build_kp_loading(struct scene *s)
{
	struct territory *t = scene_territory(s, "KP", "North Korea");

	snprintf(t->loading, sizeof(t->loading), "asking RIPEstat which networks KP has");
	t->jobs_done = 3;
	t->jobs_total = 9;
	scene_verdict(t, VERDICT_UNKNOWN, "Loading: asking RIPEstat which networks KP has", WALL_NONE, NAN);
	scene_sources(s, FEED_NONE);
	for (size_t i = 0; i < s->m.source_count; i++)
		if (s->m.sources[i].state != FEED_OFF) {
			struct source_state *src = &s->m.sources[i];
			src->state = FEED_NONE;
			src->last_success = src->data_time = WALL_NONE;
			src->lag_s = NAN;
			src->calls = src->bytes = 0;
		}
}

static inline void scene_build_kp_blind(struct scene *s)
{
	scene_kp(s, NET_STALE);
	struct territory *t = s->m.territories[0];
	scene_series(s, &s->up_v4, 5, 4, 3, SERIES_NO_DATA, false);
	scene_signals(s, t, -1, 1);
	scene_sources(s, FEED_DOWN);
	scene_self_tests(s, FEED_DOWN, "self-test 16:00 announcement: no peer in 5 min, the stream is asleep");
	scene_canaries(s, false);
	snprintf(s->m.line_text, sizeof(s->m.line_text), "This host is offline: canaries 0 of 4. Own checks paused.");
	snprintf(s->m.store_error, sizeof(s->m.store_error), "cannot write landline.db: disk full");
	scene_verdict(t, VERDICT_BLIND, "This host is offline: canaries 0 of 4. Own checks paused.",
		      scene_ago(s, 3 * SCENE_MIN), NAN);
	scene_reason(t, NET_STALE, "routing: unknown since 16:01 (RIS Live lost)");
}

static inline void scene_build_kp_stale(struct scene *s)
{
	scene_kp(s, NET_STALE);
	struct territory *t = s->m.territories[0];
	scene_series(s, &s->up_v4, 5, 4, 3, SERIES_NO_DATA, false);
	scene_signals(s, t, -1, 1);
	scene_sources(s, FEED_DOWN);
	scene_canaries(s, true);
	scene_verdict(t, VERDICT_UNKNOWN, "RIS Live lost 16:01:30, 3m ago. Routing state unknown since then.",
		      scene_ago(s, 3 * SCENE_MIN), NAN);
	scene_reason(t, NET_STALE, "routing: 4 of 4 networks when last seen (RIS Live, 3m)");
	event_note(&s->m.book, "", scene_ago(s, 3 * SCENE_MIN), (struct now){.wall = s->m.now},
		   "RIS Live lost 16:01:30");
}

static inline void scene_build_six(struct scene *s)
{
	static const char *const more[] = {"YE", "IR", "CU", "TM", "SY", "AF", "MM", "GA", "SD", "BY"};
	struct territory *t = scene_territory(s, "XK", "Kosovo");
	char text[40];

	scene_room(t, 60, 3);
	for (uint32_t o = 0; o < 3; o++) {
		scene_operator(t, 21246 + o, o == 0 ? "IPKO" : o == 1 ? "KUJTESA-AS Kujtesa Net" : "");
		for (int i = 0; i < 20; i++) {
			snprintf(text, sizeof(text), i < 14 ? "46.%u.%d.0/24" : "2a02:%u:%d::/48", (unsigned)(99 + o),
				 i);
			struct network *n = scene_network(s, t, scene_prefix(text), (enum net_state)(i % NET_STATE_COUNT));
			if (i < 14 && i % 7 != 6) /* the paths of some are not known */
				scene_paths(n, 8708, o == 1 ? 8708 : 0);
		}
	}
	t->routing.up_v4 = &s->up_v4;
	t->routing.up_v6 = &s->up_v6;
	t->routing.baseline_v4 = 42;
	t->routing.baseline_v6 = 18;
	scene_series(s, &s->up_v4, 5, 42, 60, 30, true);
	scene_series(s, &s->up_v6, 5, 18, 60, 0, false);
	scene_signals(s, t, 60, 10);
	scene_sources(s, FEED_LATE);
	scene_canaries(s, true);
	scene_provider(t, 8708, "DIGI Romania", 61, true);
	scene_provider(t, 33983, "ARTMOTION", 30, true);
	scene_provider(t, 174, "", 9, true);
	scene_provider(t, 3356, "LEVEL3 Lumen", 0, true);
	t->providers[3].vote_pct = 4;
	t->dependence[0] =
		(struct dependence){.networks = 42, .known = 36, .frontier = 3, .hhi = 0.4702, .effective = 2.1, .largest = 0.61};
	scene_verdict(t, VERDICT_PARTIAL,
		      "XK: 10 of 60 networks lost since 14:19 UTC, 17% of its space; IPv6 of AS21247 is gone, IPv4 "
		      "intact. Routing only.",
		      scene_ago(s, 105 * SCENE_MIN), 17);
	scene_reason(t, NET_DEGRADED, "routing: 10 of 60 networks up (RIS Live, now)");
	scene_outage(s, SCOPE_TERRITORY, "XK", "XK", VERDICT_PARTIAL, 17, 10, 60, scene_ago(s, 105 * SCENE_MIN),
		     WALL_NONE);
	for (size_t i = 0; i < ARRAY_LEN(more); i++)
		scene_verdict(scene_territory(s, more[i], more[i]), (enum verdict_kind)(i + 1),
			      "Only its verdict matters here.", scene_ago(s, 60 * SCENE_MIN), 5);
}

/* networks spread over operators: the first has a quarter of what is left, the next a quarter of that, and so on. */
static inline void scene_big(struct scene *s, const char *code, const char *name, size_t networks, size_t operators,
			     size_t v6)
{
	struct territory *t = scene_territory(s, code, name);
	size_t left = networks, number = 0;
	char text[64];

	scene_room(t, networks, operators);
	for (size_t o = 0; o < operators; o++) {
		size_t count = o + 1 == operators                                     ? left
			       : left / 4 > 0 && left - left / 4 >= operators - o - 1 ? left / 4
										      : 1;
		snprintf(text, sizeof(text), "NET%zu Operator %zu of %s", o, o, name);
		scene_operator(t, (uint32_t)(3462 + o), text);
		for (size_t i = 0; i < count; i++, number++) {
			enum net_state state = number % 97 == 13    ? NET_DOWN
					       : number % 181 == 40 ? NET_DEGRADED
					       : number % 509 == 7  ? NET_FLAPPING
								    : NET_UP;
			bool six = i >= count - count * v6 / networks;
			if (six)
				snprintf(text, sizeof(text), "2001:%zx:%zx::/48", 0x4000 + o, i);
			else
				snprintf(text, sizeof(text), "%zu.%zu.%zu.0/24", 1 + number / 65536 + o % 200,
					 number / 256 % 256, number % 256);
			scene_network(s, t, scene_prefix(text), state);
		}
		left -= count;
	}
	t->routing.up_v4 = &s->up_v4;
	t->routing.baseline_v4 = t->routing.v4.total;
	scene_series(s, &s->up_v4, 5, t->routing.v4.total, 30, t->routing.v4.up, false);
	if (v6 > 0) {
		t->routing.up_v6 = &s->up_v6;
		t->routing.baseline_v6 = t->routing.v6.total;
		scene_series(s, &s->up_v6, 5, t->routing.v6.total, -1, 0, false);
	}
	scene_signals(s, t, -1, (double)networks / 10);
	scene_sources(s, FEED_OK);
	scene_canaries(s, true);
	scene_provider(t, 6939, "HURRICANE Hurricane Electric", 34, true);
	scene_provider(t, 3356, "LEVEL3 Lumen", 22, true);
	scene_provider(t, 174, "COGENT-174 Cogent", 18, true);
	scene_provider(t, 2914, "NTT-DATA-2914", 14, true);
	scene_provider(t, 1299, "ARELION", 12, true);
	scene_verdict(t, VERDICT_NORMAL, "No outage seen by routing, probing (16:04).", scene_ago(s, 4000 * SCENE_MIN),
		      1);
	scene_reason(t, NET_UP, "routing: within 1% of the usual networks (RIS Live, now)");
}

/* A week of attacks by the hour, as a source with a token has them: noise, and one peak two days ago. */
static inline void scene_attacks(struct scene *s)
{
	struct territory *t = s->m.territories[0];
	struct source_state *radar = model_source(&s->m, "radar");
	struct signal *sig = territory_signal(t, "radar", "attacks-l3");
	int64_t step_ms = 60 * SCENE_MIN;

	radar->needs_token = false;
	radar->advice[0] = '\0';
	radar->state = FEED_OK;
	snprintf(radar->attribution, sizeof(radar->attribution), "Source: Cloudflare Radar (CC BY-NC 4.0)");
	snprintf(sig->title, sizeof(sig->title), "attacks (Radar)");
	snprintf(sig->unit, sizeof(sig->unit), "of peak");
	sig->state = FEED_OK;
	sig->step_ms = step_ms;
	series_init(&sig->series, step_ms, 7 * 24 + 1);
	for (int i = 7 * 24; i > 0; i--) {
		double v = 0.05 + 0.04 * sin((double)(i * i)) + (i >= 44 && i <= 50 ? 1.0 - 0.12 * abs(i - 47) : 0);
		series_put(&sig->series, (struct wall){s->m.now.ms - i * step_ms}, i % 61 == 0 ? SERIES_NO_DATA : v);
	}
	sig->value = series_last(&sig->series, &sig->time);
	sig->baseline = NAN;
}

/* Names as text_clean leaves them: wide, right to left, with marks, far too long. */
static inline void scene_build_hostile(struct scene *s)
{
	struct territory *t = scene_territory(s, "TW", "\xE5\x8F\xB0\xE7\x81\xA3 Taiwan \xEF\xBC\xA1");
	char *kilo = xmalloc(10241), text[64];
	static const char *const names[] = {
		"\xE4\xB8\xAD\xE8\x8F\xAF\xE9\x9B\xBB\xE4\xBF\xA1\xE8\x82\xA1\xE4\xBB\xBD\xE6\x9C\x89\xE9\x99\x90\xE5"
		"\x85\xAC\xE5\x8F\xB8", /* wide */
		"\xD8\xB4\xD8\xB1\xD9\x83\xD8\xA9 "
		"\xD8\xA7\xD9\x84\xD8\xA7\xD8\xAA\xD8\xB5\xD8\xA7\xD9\x84\xD8\xA7\xD8\xAA", /* right to left */
		"Z\xCC\x87\xCC\xA3\xCC\x88 A\xCC\x8A\xCC\x81\xCC\xA7 combining",
		"\x1b[31mred\x1b]0;title\x07 bell \xC2\x9B"
		"31m",
	};

	memset(kilo, 'W', 10240);
	kilo[10240] = '\0';
	scene_room(t, 50, 5);
	for (uint32_t o = 0; o < 5; o++) {
		scene_operator(t, 4200000000U + o, o < 4 ? names[o] : kilo);
		for (int i = 0; i < 10; i++) {
			snprintf(text, sizeof(text), i < 5 ? "10.%u.%d.0/24" : "2001:db8:%u:%d:ffff:ffff:ffff:0/112",
				 (unsigned)o, i);
			scene_network(s, t, scene_prefix(text), i == 3 ? NET_DOWN : NET_UP);
		}
	}
	scene_series(s, &s->up_v4, 5, 25, -1, 0, false);
	t->routing.up_v4 = &s->up_v4;
	scene_signals(s, t, -1, 1e7);
	for (size_t i = 0; i < t->signal_count; i++) {
		text_clean_str(t->signals[i].title, sizeof(t->signals[i].title), names[i % 4]);
		text_clean_str(t->signals[i].unit, sizeof(t->signals[i].unit), names[(i + 1) % 4]);
	}
	scene_sources(s, FEED_DOWN);
	text_clean_str(s->m.sources[1].error, sizeof(s->m.sources[1].error), kilo);
	text_clean_str(s->m.sources[2].title, sizeof(s->m.sources[2].title), names[0]);
	text_clean_str(s->m.store_error, sizeof(s->m.store_error), names[3]);
	scene_canaries(s, true);
	for (size_t i = 0; i < 4; i++) {
		scene_provider(t, 65000 + (uint32_t)i, names[i], i == 0 ? NAN : 30, i % 2);
		struct site *x = scene_site(s, t, "host.example", i % 2, 65000, i == 1 ? "TW" : i == 2 ? "" : "US");
		text_clean_str(x->host, sizeof(x->host), names[i]);
		text_clean_str(x->words, sizeof(x->words), kilo);
	}
	text_clean_str(t->verdict.text, sizeof(t->verdict.text), kilo);
	t->verdict.kind = VERDICT_ONE_WAY;
	text_clean_str(s->m.clock_note, sizeof(s->m.clock_note), kilo);
	for (size_t i = 0; i < 4; i++) {
		text_clean_str(text, sizeof(text), names[i]);
		scene_reason(t, NET_UP, text);
		event_note(&s->m.book, "TW", scene_ago(s, 60000), (struct now){.wall = s->m.now}, "%s", text);
	}
	text_clean_str(text, EVENT_SUBJECT_MAX, names[1]);
	scene_outage(s, SCOPE_OPERATOR, "TW", text, VERDICT_PARTIAL, NAN, 0, 0, scene_ago(s, 60 * SCENE_MIN),
		     WALL_NONE);
	free(kilo);
}

static inline void scene_build_no_networks(struct scene *s)
{
	struct territory *t = scene_territory(s, "AQ", "Antarctica");

	scene_sources(s, FEED_OK);
	scene_canaries(s, true);
	scene_verdict(t, VERDICT_UNKNOWN, "No network of AQ is known.", WALL_NONE, NAN);
}

static inline struct scene *scene_new(enum scene_kind kind)
{
	struct scene *s = xcalloc(1, sizeof(*s));

	model_init(&s->m);
	s->m.now.ms = kind == SCENE_KP_DOWN ? SCENE_2014 : SCENE_LIVE;
	s->m.started = scene_ago(s, 1000 * SCENE_MIN);
	switch (kind) {
	case SCENE_KP_UP: scene_build_kp_up(s); break;
	case SCENE_KP_DOWN: scene_build_kp_down(s); break;
	case SCENE_KP_REPLAY: scene_build_kp_replay(s); break;
	case SCENE_KP_EXCERPT: scene_build_kp_excerpt(s); break;
	case SCENE_KP_SUSPECT: scene_build_kp_suspect(s); break;
	case SCENE_KP_LOADING: scene_build_kp_loading(s); break;
	case SCENE_KP_BLIND: scene_build_kp_blind(s); break;
	case SCENE_KP_STALE: scene_build_kp_stale(s); break;
	case SCENE_SIX: scene_build_six(s); break;
	case SCENE_TW: scene_big(s, "TW", "Taiwan", 5030, 120, 900); break;
	case SCENE_MANY: scene_big(s, "XX", "Nowhere", 6000, 300, 0); break;
	case SCENE_YE:
		scene_big(s, "YE", "Yemen", 47, 2, 0);
		scene_attacks(s);
		break;
	case SCENE_HOSTILE: scene_build_hostile(s); break;
	case SCENE_NO_NETWORKS: scene_build_no_networks(s); break;
	case SCENE_EMPTY:
	case SCENE_KINDS: break;
	}
	s->m.version = 1;
	return s;
}

static inline void scene_free(struct scene *s)
{
	series_release(&s->up_v4);
	series_release(&s->up_v6);
	model_release(&s->m);
	free(s);
}

#endif
