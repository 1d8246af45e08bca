/* links: core/[a-z]* base/[a-z]* */
/* The sixteen signatures of shared/cases/README.md as far as an event tells them: each story with the phrase that its
 * sentence must hold, and the phrases that it must not. The two that a territory without an outage tells are in
 * test_verdict. */
#include "core/signature.h"
#include "fusion_world.h"

#define MIN 60.0
#define HOUR 3600.0
#define DAY 86400.0

static void lose(struct fusion_world *fw, unsigned from, unsigned count)
{
	fw_routes(fw, from, count, 0);
}

static void regain(struct fusion_world *fw, unsigned from, unsigned count)
{
	fw_routes(fw, from, count, FW_PEERS);
}

/* Probing and traffic fall with it, or come back. */
static void both(struct fusion_world *fw, enum voice_says says, double loss)
{
	fw_says(fw, fw_voice(fw, CLASS_P, "ping"), says, loss);
	fw_says(fw, fw_voice(fw, CLASS_T, "traffic"), says, loss);
}

static void calm(struct fusion_world *fw)
{
	both(fw, VOICE_NORMAL, 0);
	fw_to(fw, 12 * HOUR);
	both(fw, VOICE_NORMAL, 0);
}

static void story_clean(struct fusion_world *fw)
{
	calm(fw);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 5 * MIN);
	both(fw, VOICE_CRITICAL, 96);
	fw_to(fw, fw->w.at + 5 * MIN);
}

static void story_no_warning(struct fusion_world *fw)
{
	fw_to(fw, 12 * HOUR);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 25 * MIN);
}

static void story_flap(struct fusion_world *fw)
{
	fw_to(fw, 2 * HOUR);
	for (int i = 0; i < 14; i++) {
		lose(fw, i % 4, 1);
		fw_to(fw, fw->w.at + 4 * MIN);
		regain(fw, i % 4, 1);
		fw_to(fw, fw->w.at + 6 * MIN);
	}
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 30 * MIN);
}

static void story_dark(struct fusion_world *fw)
{
	calm(fw);
	both(fw, VOICE_CRITICAL, 98);
	fw_to(fw, fw->w.at + 10 * MIN);
}

static void story_one_way(struct fusion_world *fw)
{
	struct voice *dns = fw_voice(fw, CLASS_T, "dns");

	dns->dns = true;
	fw_says(fw, dns, VOICE_NORMAL, 0);
	fw_to(fw, 12 * HOUR);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 10 * MIN);
	fw_says(fw, dns, VOICE_SURGE, -200);
	fw_to(fw, fw->w.at + 5 * MIN);
}

static void story_protocol(struct fusion_world *fw)
{
	calm(fw);
	lose(fw, 4, 4); /* IPv6 */
	fw_to(fw, fw->w.at + 7 * HOUR);
	assert_int_equal(fw_event(fw)->state, EVENT_CONFIRMED);
	assert_int_equal(fw_event(fw)->kind, VERDICT_V6_ONLY);
	both(fw, VOICE_CRITICAL, 98);
	fw_to(fw, fw->w.at + 5 * MIN);
	assert_int_equal(fw_event(fw)->kind, VERDICT_DARK);
}

static void story_slope(struct fusion_world *fw)
{
	calm(fw);
	both(fw, VOICE_CRITICAL, 60);
	fw_to(fw, fw->w.at + 2 * HOUR);
	both(fw, VOICE_CRITICAL, 78);
	fw_to(fw, fw->w.at + 3 * HOUR);
	both(fw, VOICE_CRITICAL, 90);
	fw_to(fw, fw->w.at + 5 * MIN);
	assert_int_equal(fw_event(fw)->kind, VERDICT_PARTIAL);
}

static void story_split(struct fusion_world *fw)
{
	fw_to(fw, 12 * HOUR);
	lose(fw, 0, 8);
	fw_to(fw, fw->w.at + 2 * HOUR);
	regain(fw, 0, 4);
	fw_to(fw, fw->w.at + 30 * MIN);
	assert_int_equal(fw_event(fw)->kind, VERDICT_V6_ONLY);
	assert_int_equal(fw_event(fw)->state, EVENT_CONFIRMED);
	fw_to(fw, fw->w.at + 4 * HOUR);
	regain(fw, 4, 4);
	fw_to(fw, fw->w.at + 30 * MIN);
	assert_int_equal(fw_event(fw)->state, EVENT_RESOLVED);
}

static void story_dawn(struct fusion_world *fw)
{
	fw_to(fw, 12 * HOUR);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 3 * HOUR);
	regain(fw, 0, 4);
	fw_to(fw, fw->w.at + 40 * MIN);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 20 * MIN);
	assert_int_equal(fw_events(fw), 1);
}

static void story_dawn_hours_later(struct fusion_world *fw)
{
	fw_to(fw, 12 * HOUR);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 9 * HOUR);
	regain(fw, 0, 4);
	fw_to(fw, fw->w.at + 6 * HOUR);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 20 * MIN);
	assert_int_equal(fw_events(fw), 2);
}

static void story_tremor(struct fusion_world *fw)
{
	fw_to(fw, 12 * HOUR);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 10 * MIN);
	regain(fw, 0, 4);
	fw_to(fw, fw->w.at + 4 * DAY);
	lose(fw, 0, 4);
	fw_to(fw, fw->w.at + 40 * MIN);
	assert_int_equal(fw_events(fw), 2);
}

static void story_curfew(struct fusion_world *fw)
{
	for (int night = 0; night < 4; night++) {
		fw_to(fw, (night + 0.75) * DAY + 30 * MIN);
		lose(fw, 0, 4);
		fw_to(fw, fw->w.at + (night < 3 ? 8 * HOUR : 10 * MIN));
		if (night < 3)
			regain(fw, 0, 4);
	}
}

/* Networks 0..7 belong to four operators, two each. */
static void operators(struct fusion_world *fw)
{
	char name[16];

	for (unsigned i = 0; i < 8; i++) {
		struct net_view v = world_net(&fw->w, fw->nets[i]);
		snprintf(name, sizeof(name), "AS%u", 65001 + i / 2);
		int g = judge_group(fw->w.j, SCOPE_OPERATOR, "KP", name, fw->w.territory);
		judge_watch(fw->w.j, g, &v.prefix, 65001 + i / 2);
	}
	fw_to(fw, 12 * HOUR);
}

static void story_staggered(struct fusion_world *fw)
{
	operators(fw);
	for (unsigned i = 0; i < 4; i++) {
		lose(fw, 2 * i, 2);
		fw_to(fw, fw->w.at + 30 * MIN);
	}
}

static void story_last(struct fusion_world *fw)
{
	operators(fw);
	lose(fw, 0, 6);
	fw_to(fw, fw->w.at + 10 * MIN);
}

static void story_decoy(struct fusion_world *fw)
{
	static const uint32_t home[] = {65001, 65002, 65003};

	operators(fw);
	fusion_home(fw->f, home, ARRAY_LEN(home));
	lose(fw, 0, 7);
	fw_to(fw, fw->w.at + 10 * MIN);
}

struct story {
	const char *what;
	unsigned v4, v6;
	void (*play)(struct fusion_world *);
	unsigned want; /* SIGNATURE_*: these and no others */
	const char *text;
};

static const struct story stories[] = {
	{"clean withdrawal", 4, 0, story_clean, SIGNATURE_CLEAN,
	 "Clean withdrawal: routing, probing and traffic fell together."},
	{"flap, then die", 4, 0, story_flap, SIGNATURE_FLAP, "Flap, then die: unstable since 02:00 UTC."},
	{"no warning", 4, 0, story_no_warning, SIGNATURE_NO_WARNING, "No warning: straight to zero."},
	{"tremor", 4, 0, story_tremor, SIGNATURE_TREMOR, "Tremor before: 10m of the same on 22 Dec 12:00 UTC."},
	{"protocol first", 4, 4, story_protocol, SIGNATURE_PROTOCOL,
	 "Protocol first: IPv6 lost 12:00 UTC, the rest 7h00m later."},
	{"routes up, dark", 4, 0, story_dark, SIGNATURE_DARK, "KP: routes up, dark (nothing answers, no traffic) since"},
	{"one-way", 4, 0, story_one_way, SIGNATURE_ONE_WAY, "KP: one-way (routes gone, queries from inside still seen)"},
	{"last network standing", 8, 0, story_last, SIGNATURE_LAST, "Last network standing: AS65004, 2 of 8 networks."},
	{"decoy route", 8, 0, story_decoy, SIGNATURE_DECOY,
	 "Decoy route: 1 of 8 networks stays, originated abroad by AS65004."},
	{"staggered", 8, 0, story_staggered, SIGNATURE_STAGGERED,
	 "Staggered: AS65001 12:00, AS65002 12:30, AS65003 13:00, AS65004 13:30 UTC."},
	{"curfew", 4, 0, story_curfew, SIGNATURE_CURFEW, "Curfew: matches 4 of the last 4 nights 18:30-02:30 UTC."},
	{"false dawn", 4, 0, story_dawn, SIGNATURE_DAWN,
	 "False dawn: back 15:00 UTC, lost again 15:40 UTC."},
	{"false dawn, hours later", 4, 0, story_dawn_hours_later, SIGNATURE_DAWN,
	 "False dawn: back 22 Dec 21:00 UTC, lost again 03:00 UTC."},
	{"slow slope", 4, 0, story_slope, SIGNATURE_SLOPE, "Slow slope: loss 60% at first, 90% after 5h00m."},
	{"split recovery", 4, 4, story_split, SIGNATURE_SPLIT,
	 "Split recovery: IPv4 back 14:00 UTC, IPv6 later."},
};

static void test_stories(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const struct story *s = &stories[i];
		struct fusion_world fw;
		fw_open(&fw, s->v4, s->v6);
		s->play(&fw);
		const struct event *ev = fw_event(&fw);
		unsigned got = ev ? ev->signatures : 0;
		print_message("%-26s %s\n", s->what, ev ? fw_text(&fw) : "no event");
		if (!ev || got != s->want || !strstr(fw_text(&fw), s->text)) {
			print_error("%s: signatures %x, want %x; want \"%s\"\n", s->what, got, s->want, s->text);
			failed++;
		}
		fw_close(&fw);
	}
	assert_int_equal(failed, 0);
}

static void test_table(void **state)
{
	unsigned all = 0;

	(void)state;
	for (size_t i = 0; i < SIGNATURE_COUNT; i++) {
		const struct signature_row *r = &signature_rows[i];
		char phrase[64];
		assert_int_equal(all & (unsigned)r->bit, 0);
		all |= r->bit;
		assert_ptr_equal(signature_find(r->bit), r);
		snprintf(phrase, sizeof(phrase), "%s", r->phrase + 1); /* a capital may begin it */
		if (!strstr(r->example, phrase))
			fail_msg("\"%s\" is not in \"%s\"", r->phrase, r->example);
	}
	assert_int_equal(all, (1U << SIGNATURE_COUNT) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_stories),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
