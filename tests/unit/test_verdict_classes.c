/* links: core/[a-z]* base/[a-z]* */
/* The verdict where more than routing speaks: which classes it names, what it says of a suspicion, a statement, a region
 * and a hold, and the reasons with their ages. All on 2014-12-22. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/model.h"

static struct wall at(const char *hms)
{
	char text[48];
	struct wall t = WALL_NONE;
	struct err e;

	snprintf(text, sizeof(text), "2014-12-22T%s", hms);
	if (wall_parse(text, &t, &e) < 0)
		fail_msg("%s", e.msg);
	return t;
}

static struct now now_at(const char *hms)
{
	return (struct now){.mono = {at(hms).ms}, .wall = at(hms)};
}

struct said {
	unsigned class_bit;
	enum voice_says says;
	double value, baseline;
	const char *title, *time, *why, *words;
	bool none;
};

enum story { QUIET, SUSPECTED_DARK, DARK, DISPUTED, OPERATOR_OUT };

struct classes_case {
	const char *what;
	enum story story;
	struct tally v4;
	enum feed_state feed; /* FEED_NONE: as OK */
	const char *hold;
	struct said voices[5];
	unsigned classes, against, missing;
	double points;
	enum verdict_kind kind;
	const char *text;
	const char *reasons[6]; /* after routing's own */
};

#define UP       .v4 = {.total = 40, .up = 40}
#define PING     {CLASS_P, VOICE_NORMAL, 118, 120, "IODA ping", "13:50:00", "", ""}
#define TRAFFIC  {CLASS_T, VOICE_NORMAL, 0.98, 1, "Radar netflows", "13:55:00", "", ""}
#define NO_TOKEN {CLASS_T, VOICE_NO_DATA, NAN, NAN, "Radar netflows", NULL, "Radar token not set", ""}
#define NO_HOSTS {CLASS_H, VOICE_NO_DATA, NAN, NAN, "Atlas probes", NULL, "no probes there", "", true}

static const struct classes_case cases[] = {
	{
		.what = "all fresh and normal",
		UP,
		.voices = {PING, TRAFFIC},
		.against = CLASS_R | CLASS_P | CLASS_T,
		.missing = CLASS_H,
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing, probing, traffic (14:05).",
		.reasons = {"probing: normal, 118 of 120 (IODA ping, 15m)", "traffic: normal, 98% of usual (Radar netflows, 10m)",
			    "hosts: no data"},
	},
	{
		.what = "a class that cannot exist there says so in its own words",
		UP,
		.voices = {PING, TRAFFIC, NO_HOSTS},
		.against = CLASS_R | CLASS_P | CLASS_T,
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing, probing, traffic (14:05).",
		.reasons = {"probing: normal, 118 of 120 (IODA ping, 15m)", "traffic: normal, 98% of usual (Radar netflows, 10m)",
			    "hosts: no probes there"},
	},
	{
		.what = "a class that is not fresh is not named",
		UP,
		.voices = {PING, NO_TOKEN},
		.against = CLASS_R | CLASS_P,
		.missing = CLASS_T | CLASS_H,
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing, probing (14:05).",
		.reasons = {"probing: normal, 118 of 120 (IODA ping, 15m)", "traffic: no data (Radar token not set)",
			    "hosts: no data"},
	},
	{
		.what = "stated by others, seen by nobody",
		UP,
		.voices = {PING, TRAFFIC, {CLASS_X, VOICE_CRITICAL, NAN, NAN, "Cloudflare Radar", "13:00:00", "", "government directed"}},
		.classes = CLASS_X,
		.against = CLASS_R | CLASS_P | CLASS_T,
		.missing = CLASS_H,
		.kind = VERDICT_NORMAL,
		.text = "Order without effect: an outage is stated by Cloudflare Radar, none is seen by routing, probing, "
			"traffic (14:05).",
		.reasons = {"probing: normal, 118 of 120 (IODA ping, 15m)", "traffic: normal, 98% of usual (Radar netflows, 10m)",
			    "hosts: no data", "statement: government directed (Cloudflare Radar, 1h)"},
	},
	{
		.what = "an operator is out, the total barely moves",
		.story = OPERATOR_OUT,
		.v4 = {.total = 40, .up = 38, .down = 2},
		.voices = {PING, TRAFFIC},
		.against = CLASS_R | CLASS_P | CLASS_T,
		.kind = VERDICT_NORMAL,
		.text = "Regional at most: 2 of 40 networks down (AS65002); the total barely moves. No wider outage seen by "
			"routing, probing, traffic (14:05).",
	},
	{
		.what = "a suspicion by one class against routing raises nothing",
		.story = SUSPECTED_DARK,
		UP,
		.classes = CLASS_T,
		.against = CLASS_R,
		.points = 1,
		.kind = VERDICT_NORMAL,
		.text = "KP: traffic 95% below usual (routes up) since 13:00 UTC (suspected). Traffic only. Routing normal.",
	},
	{
		.what = "a suspicion with points is shown as one",
		.story = SUSPECTED_DARK,
		UP,
		.classes = CLASS_T | CLASS_H,
		.against = CLASS_R,
		.points = 2,
		.kind = VERDICT_UNSTABLE,
		.text = "KP: traffic 95% below usual (routes up) since 13:00 UTC (suspected). Seen by traffic and hosts. Routing "
			"normal.",
	},
	{
		.what = "routes up, dark",
		.story = DARK,
		UP,
		.classes = CLASS_T | CLASS_P,
		.against = CLASS_R,
		.points = 3,
		.kind = VERDICT_DARK,
		.text = "KP: routes up, dark (nothing answers, no traffic) since 13:00 UTC. Confirmed by probing and traffic. "
			"Routing normal.",
	},
	{
		.what = "dark is still seen when the routing feed is gone",
		.story = DARK,
		UP,
		.feed = FEED_DOWN,
		.classes = CLASS_T | CLASS_P,
		.missing = CLASS_R,
		.points = 4,
		.kind = VERDICT_DARK,
		.text = "KP: routes up, dark (nothing answers, no traffic) since 13:00 UTC. Confirmed by probing and traffic. "
			"Routing: no data.",
	},
	{
		.what = "disputed",
		.story = DISPUTED,
		.v4 = {.total = 40, .up = 30, .down = 10},
		.classes = CLASS_R,
		.against = CLASS_T,
		.points = 2,
		.kind = VERDICT_PARTIAL,
		.text = "KP: 10 of 40 networks withdrawn since 13:00 UTC (suspected, disputed: traffic normal). Routing only.",
	},
	{
		.what = "a possible feed fault",
		.story = DISPUTED,
		.v4 = {.total = 40, .up = 30, .degraded = 10},
		.hold = "Possible feed fault: 31% of all networks dropped at once. Holding.",
		.kind = VERDICT_UNKNOWN,
		.text = "Possible feed fault: 31% of all networks dropped at once. Holding.",
	},
	{
		.what = "a hold says nothing of a territory where nothing moved",
		UP,
		.hold = "Possible feed fault: 31% of all networks dropped at once. Holding.",
		.kind = VERDICT_NORMAL,
		.text = "No outage seen by routing (14:05).",
	},
};

static void add_story(struct model *m, struct territory *t, const struct classes_case *c)
{
	struct finding f = {.scope = SCOPE_TERRITORY,
			    .territory = "KP",
			    .subject = "KP",
			    .kind = c->story == DARK ? VERDICT_DARK : VERDICT_PARTIAL,
			    .loss_pct = c->story == DISPUTED ? 25 : 95,
			    .classes = c->classes,
			    .missing = c->missing,
			    .confidence = CONFIDENCE_LOW,
			    .loss_class = c->story == DISPUTED ? 0 : CLASS_T};

	if (c->story == QUIET)
		return;
	if (c->story == DISPUTED) {
		f.networks_lost = 10;
		f.networks_total = 40;
		f.classes = CLASS_R;
	}
	if (c->story == OPERATOR_OUT) {
		f.scope = SCOPE_OPERATOR;
		f.subject = "AS65002";
		f.classes = CLASS_R;
	}
	struct event *ev = event_suspect(&m->book, &f, at("13:00:00"), 0, NULL, now_at("13:00:20"));
	if (c->story == DARK || c->story == OPERATOR_OUT)
		event_confirm(&m->book, ev, &f, now_at("13:02:00"));
	if (c->story == OPERATOR_OUT)
		t->operators[1].event_id = ev->id;
	else
		event_weigh(&m->book, ev,
			    &(struct event_sum){.classes = f.classes,
						.against = c->against,
						.missing = c->missing,
						.confidence = CONFIDENCE_LOW,
						.disputed = c->story == DISPUTED && c->against},
			    now_at("13:05:00"));
}

static void add_voices(struct territory *t, const struct classes_case *c)
{
	for (size_t i = 0; i < ARRAY_LEN(c->voices) && c->voices[i].class_bit; i++) {
		const struct said *s = &c->voices[i];
		struct voice *v = &t->voices[t->voice_count++];
		*v = (struct voice){.class_bit = s->class_bit,
				    .says = s->says,
				    .start = WALL_NONE,
				    .start_low = WALL_NONE,
				    .end = WALL_NONE,
				    .end_high = WALL_NONE,
				    .time = s->time ? at(s->time) : WALL_NONE,
				    .value = s->value,
				    .baseline = s->baseline,
				    .loss_pct = NAN};
		snprintf(v->title, sizeof(v->title), "%s", s->title);
		snprintf(v->source, sizeof(v->source), "radar");
		snprintf(v->why, sizeof(v->why), "%s", s->why);
		v->none = s->none;
		snprintf(v->value_words, sizeof(v->value_words), "%s", s->words);
	}
}

static void check(const struct classes_case *c, const struct verdict *v)
{
	if (v->kind != c->kind || strcmp(v->text, c->text) != 0)
		fail_msg("%s:\n got  %s: %s\n want %s: %s", c->what, verdict_name(v->kind), v->text, verdict_name(c->kind),
			 c->text);
	for (size_t i = 0; i < ARRAY_LEN(c->reasons) && c->reasons[i]; i++)
		if (i + 1 >= v->reason_count || strcmp(v->reasons[i + 1].text, c->reasons[i]) != 0)
			fail_msg("%s: reason %zu: '%s', not '%s'", c->what, i + 1,
				 i + 1 < v->reason_count ? v->reasons[i + 1].text : "", c->reasons[i]);
}

static void test_classes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct classes_case *c = &cases[i];
		struct territory_spec spec;
		struct operator ops[2] = {{.asn = 65001}, {.asn = 65002}};
		struct model m;
		struct err e;
		model_init(&m);
		m.now = at("14:05:30");
		m.own_line = LINE_OK;
		snprintf(m.hold, sizeof(m.hold), "%s", c->hold ? c->hold : "");
		assert_int_equal(territory_parse("KP", &spec, &e), 0);
		struct territory *t = model_add_territory(&m, &spec, "North Korea");
		struct source_state *feed = model_source(&m, "rislive");
		snprintf(feed->title, sizeof(feed->title), "RIS Live");
		feed->state = c->feed == FEED_NONE ? FEED_OK : c->feed;
		struct source_state *radar = model_source(&m, "radar");
		snprintf(radar->title, sizeof(radar->title), "Cloudflare Radar");
		t->routing.v4 = c->v4;
		t->routing.phase = c->feed == FEED_DOWN ? "unknown" : "normal";
		t->routing.learned_h = 24;
		t->operators = ops;
		t->operator_count = 2;
		t->fusion.classes = c->classes;
		t->fusion.against = c->against;
		t->fusion.missing = c->missing;
		t->fusion.points = c->points;
		add_voices(t, c);
		add_story(&m, t, c);
		verdict_decide(t, &m, m.now);
		check(c, &t->verdict);
		if (t->voice_count)
			assert_int_equal(t->verdict.missing, c->missing);
		t->operators = NULL;
		t->operator_count = 0;
		model_release(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
