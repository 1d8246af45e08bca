/* links: source/ripestat source/ripestat_reply source/ripestat_country source/ripestat_series source/ripestat_route source/ripestat_who source/ripestat_play core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* RIPEstat: the URLs it asks and what each call's body becomes. The bodies, in tests/fixtures/ripestat, are
 * invented in the recorded shapes. What is refused stands in test_source_ripestat_hostile.c. */
#include "unit/reply_check.h"

extern const struct source_ops source_ripestat;

#define NOW "2026-11-22T12:00:10Z"
#define LG_SUBJECT "175.45.176.0/24"

static struct reply_test ask(const char *call, const char *subject)
{
	struct reply_test t;

	reply_ask(&t, &source_ripestat, call, subject, NOW, NULL);
	return t;
}

static void test_urls(void **state)
{
	static const struct { const char *call, *subject, *since, *want; } cases[] = {
		{"ris-peers", "", NULL, "ris-peers/data.json?"},
		{"looking-glass", "175.45.176.0/24", NULL, "looking-glass/data.json?resource=175.45.176.0%2F24&"},
		{"looking-glass", "2001:67c:2e8::/48", NULL,
		 "looking-glass/data.json?resource=2001%3A67c%3A2e8%3A%3A%2F48&"},
		{"country-resource-list", "KP", NULL, "country-resource-list/data.json?resource=KP&v4_format=prefix&"},
		{"country-asns", "KP", NULL, "country-asns/data.json?resource=KP&lod=1&"},
		{"announced-prefixes", "AS131279", NULL,
		 "announced-prefixes/data.json?resource=AS131279&starttime=2026-11-08T12:00&"},
		{"announced-prefixes", "AS131279", "2026-09-01T00:00:59Z",
		 "announced-prefixes/data.json?resource=AS131279&starttime=2026-09-01T00:00&"},
		{"country-resource-stats", "KP", NULL,
		 "country-resource-stats/data.json?resource=KP&starttime=2026-11-21T11:00&resolution=5m&"},
		{"asn-neighbours", "AS131279", NULL, "asn-neighbours/data.json?resource=AS131279&"},
		{"as-overview", "AS131279", NULL, "as-overview/data.json?resource=AS131279&"},
		{"network-info", "175.45.176.91", NULL,
		 "network-info/data.json?resource=175.45.176.91&preferred_version=1.1&"},
		{"rir-stats-country", "175.45.176.91", NULL, "rir-stats-country/data.json?resource=175.45.176.91&"},
		{"as-overview", "a b&c=d%#", NULL, "as-overview/data.json?resource=a%20b%26c%3Dd%25%23&"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t;
		struct request r;
		char want[512];

		reply_ask(&t, &source_ripestat, cases[i].call, cases[i].subject, NOW, cases[i].since);
		strbuf_init(&r.url, 8192);
		strbuf_init(&r.header, 1024);
		assert_int_equal(t.call->request(&t.q, &r, &t.e), 0);
		snprintf(want, sizeof(want), "http://test/data/%sdata_overload_limit=ignore&sourceapp=landline",
			 cases[i].want);
		assert_string_equal(r.url.text, want);
		assert_string_equal(r.header.text, "");
		strbuf_clear(&r.url);
		r.url.max = 40;
		assert_int_equal(t.call->request(&t.q, &r, &t.e), ERR_LIMIT);
		strbuf_release(&r.url);
		strbuf_release(&r.header);
		reply_end(&t);
	}
}

static void test_looking_glass(void **state)
{
	static const struct { const char *collector, *peer; uint32_t asn, upstream; const char *t; } want[] = {
		{"rrc00", "192.0.2.1", 34854, 4837, "2026-11-22T12:00:05Z"},
		{"rrc00", "192.0.2.2", 59919, 4837, "2026-11-22T12:00:05Z"},
		{"rrc00", "192.0.2.3", 202365, 20485, "2026-11-22T11:58:01Z"},
		{"rrc00", "192.0.2.4", 7018, 4837, "2026-11-22T12:00:06Z"},
		{"rrc01", "198.51.100.1", 8714, 4837, "2026-11-22T12:00:05Z"},
		{"rrc01", "2001:db8:1::1", 6939, 0, "2026-11-22T12:00:05Z"},
		{"rrc23", "203.0.113.9", 131279, 0, "2026-11-22T12:00:05Z"},
	};
	struct reply_test t = ask("looking-glass", LG_SUBJECT);
	char peer[PREFIX_TEXT_MAX];

	(void)state;
	reply_fixture(&t, "looking-glass-up.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(fact_count(&t.b, FACT_ROUTE), ARRAY_LEN(want));
	assert_int_equal(t.b.count, ARRAY_LEN(want) + 1);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct fact *f = fact_at(&t.b, FACT_ROUTE, i);
		assert_string_equal(f->collector, want[i].collector);
		assert_string_equal(addr_format(peer, &f->addr), want[i].peer);
		assert_int_equal(f->asn, want[i].asn);
		assert_int_equal(f->upstream, want[i].upstream);
		assert_int_equal(f->path ? f->path[0] : want[i].asn, want[i].asn);
		if (want[i].upstream)
			assert_int_equal(f->path[f->path_len - 2], want[i].upstream);
		check_time(f->t, want[i].t);
		check_prefix(&f->prefix, LG_SUBJECT);
	}
	const struct fact *all = &t.b.facts[t.b.count - 1];
	assert_int_equal(all->kind, FACT_SNAPSHOT); /* after its rows */
	assert_int_equal(all->count, 7);
	check_time(all->t, "2026-11-22T12:00:06Z");
	check_time(t.b.data_time, "2026-11-22T12:00:06Z");
	check_prefix(&all->prefix, LG_SUBJECT);
	reply_end(&t);
}

static void test_looking_glass_gone(void **state)
{
	struct reply_test t = ask("looking-glass", LG_SUBJECT);

	(void)state;
	reply_fixture(&t, "looking-glass-gone.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 1);
	assert_int_equal(t.b.facts[0].kind, FACT_SNAPSHOT);
	assert_int_equal(t.b.facts[0].count, 0);
	check_time(t.b.facts[0].t, "2026-11-22T11:59:50Z");

	reply_fixture(&t, "looking-glass-covering.json"); /* the /22 is not a route of the /24 */
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 1);
	assert_int_equal(t.b.facts[0].count, 0);

	reply_fixture(&t, "looking-glass-gone-stale.json");
	assert_int_equal(t.rc, ERR_SHAPE);
	assert_int_equal(fact_count(&t.b, FACT_SNAPSHOT), 0);
	reply_end(&t);
}

static void test_peers(void **state)
{
	struct reply_test t = ask("ris-peers", "");
	char text[PREFIX_TEXT_MAX];

	(void)state;
	reply_fixture(&t, "ris-peers.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 5);
	const struct fact *f = fact_at(&t.b, FACT_PEER_TABLE, 1);
	assert_string_equal(f->collector, "rrc00");
	assert_string_equal(addr_format(text, &f->addr), "192.0.2.2");
	assert_int_equal(f->asn, 59919);
	assert_int_equal(f->count, 1002877);
	assert_int_equal(f->count2, 231004);
	check_time(f->t, "2026-11-22T08:00:00Z");
	check_time(t.b.data_time, "2026-11-22T08:00:00Z");
	reply_end(&t);
}

static void test_resources(void **state)
{
	static const char *const want[] = {"175.45.176.0/22", "192.0.2.0/23", "198.51.100.0/22", "198.51.104.0/24",
					   "2001:db8::/32"};
	struct reply_test t = ask("country-resource-list", "KP");

	(void)state;
	reply_fixture(&t, "country-resource-list-KP.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 2);
	check_prefix(&fact_at(&t.b, FACT_RANGE, 0)->prefix, "175.45.176.0/22");
	assert_string_equal(fact_at(&t.b, FACT_RANGE, 0)->subject, "KP");
	assert_int_equal(fact_at(&t.b, FACT_AS, 0)->asn, 131279);
	assert_false(fact_at(&t.b, FACT_AS, 0)->flag);
	check_time(t.b.data_time, "2026-11-20T00:00:00Z");

	reply_fixture(&t, "country-resource-list-ranges.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(fact_count(&t.b, FACT_RANGE), ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		check_prefix(&fact_at(&t.b, FACT_RANGE, i)->prefix, want[i]);
	assert_int_equal(fact_count(&t.b, FACT_AS), 3);
	assert_int_equal(fact_at(&t.b, FACT_AS, 2)->asn, 64497);

	reply_fixture(&t, "country-resource-list-empty.json"); /* has been a failure that looked like success */
	assert_int_equal(t.rc, ERR_NOT_FOUND);
	reply_end(&t);
}

static void test_resources_odd(void **state)
{
	static const struct { const char *what, *v4; size_t ranges, skipped; } cases[] = {
		{"default route", "\"0.0.0.0/0\"", 0, 1},
		{"everything as a range", "\"0.0.0.0-255.255.255.255\"", 0, 1},
		{"range backwards", "\"192.0.2.9-192.0.2.1\"", 0, 1},
		{"one address", "\"192.0.2.1-192.0.2.1\"", 1, 0},
		{"families mixed", "\"192.0.2.1-2001:db8::1\"", 0, 1},
		{"no end", "\"192.0.2.1-\"", 0, 1},
		{"a number", "7", 0, 1},
		{"long text", "\"192.0.2.1-192.0.2.2                                                      \"", 0, 1},
	};
	char body[512];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("country-resource-list", "KP");
		snprintf(body, sizeof(body),
			 "{\"status\":\"ok\",\"data\":{\"resources\":{\"asn\":[1],\"ipv6\":[],\"ipv4\":[%s]}}}",
			 cases[i].v4);
		reply_parse(&t, body, strlen(body));
		if (t.rc || fact_count(&t.b, FACT_RANGE) != cases[i].ranges || t.b.skipped != cases[i].skipped)
			fail_msg("%s: rc %d, %zu ranges, %zu skipped", cases[i].what, t.rc,
				 fact_count(&t.b, FACT_RANGE), t.b.skipped);
		reply_end(&t);
	}
}

static void test_country_asns(void **state)
{
	static const struct { const char *file; size_t routed, other; uint32_t first; } cases[] = {
		{"country-asns-KP.json", 1, 0, 131279},
		{"country-asns-many.json", 3, 2, 64496},
		{"country-asns-array.json", 2, 1, 64496},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("country-asns", "KP");
		size_t routed = 0;
		reply_fixture(&t, cases[i].file);
		assert_int_equal(t.rc, 0);
		for (size_t k = 0; k < t.b.count; k++)
			routed += t.b.facts[k].kind == FACT_AS && t.b.facts[k].flag;
		assert_int_equal(routed, cases[i].routed);
		assert_int_equal(fact_count(&t.b, FACT_AS), cases[i].routed + cases[i].other);
		assert_int_equal(t.b.facts[0].asn, cases[i].first);
		assert_string_equal(t.b.facts[0].subject, "KP");
		check_time(t.b.data_time, "2026-11-21T00:00:00Z");
		reply_end(&t);
	}
}

static void test_country_asns_sets(void **state)
{
	static const struct { const char *what, *routed; int rc; size_t ases; } cases[] = {
		{"one", "\"{AsnSingle(9988)}\"", 0, 2},
		{"largest AS", "\"{AsnSingle(4294967295)}\"", 0, 2},
		{"AS out of range", "\"{AsnSingle(4294967296), AsnSingle(7)}\"", 0, 2},
		{"cut inside", "\"{AsnSingle(9988), AsnSingle(13\"", 0, 2},
		{"empty set, one way", "\"{}\"", 0, 1},
		{"empty set, another", "\"set()\"", 0, 1},
		{"empty text", "\"\"", 0, 1},
		{"empty list", "[]", 0, 1},
		{"another language", "\"{Asn 9988}\"", ERR_SHAPE, 0},
		{"null", "null", ERR_SHAPE, 0},
		{"a number", "9988", ERR_SHAPE, 0},
	};
	char body[512];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("country-asns", "KP");
		snprintf(body, sizeof(body),
			 "{\"status\":\"ok\",\"data\":{\"countries\":[{\"resource\":\"kp\",\"routed\":%s,"
			 "\"non_routed\":\"{AsnSingle(5)}\"}]}}", cases[i].routed);
		reply_parse(&t, body, strlen(body));
		if (t.rc != cases[i].rc || (t.rc == 0 && fact_count(&t.b, FACT_AS) != cases[i].ases))
			fail_msg("%s: rc %d, %zu ASes, '%s'", cases[i].what, t.rc, fact_count(&t.b, FACT_AS), t.e.msg);
		snprintf(t.q.subject, sizeof(t.q.subject), "IR");
		reply_parse(&t, body, strlen(body));
		assert_int_equal(t.rc, ERR_SHAPE); /* about another country */
		reply_end(&t);
	}
}

static void test_announced(void **state)
{
	static const struct { const char *prefix, *from, *until; bool up; } want[] = {
		{"175.45.178.0/24", "2026-11-08T16:00:00Z", "2026-11-22T08:00:00Z", true},
		{"175.45.176.0/24", "2026-11-08T16:00:00Z", "2026-11-22T08:00:00Z", true},
		/* pieces one snapshot apart are one; what came back later is another, and comes after it */
		{"175.45.177.0/24", "2026-11-08T16:00:00Z", "2026-11-11T00:00:00Z", false},
		{"175.45.177.0/24", "2026-11-15T08:00:00Z", "2026-11-22T08:00:00Z", true},
		{"175.45.179.0/24", "2026-11-08T16:00:00Z", "2026-11-22T00:00:00Z", false},
	};
	struct reply_test t = ask("announced-prefixes", "AS131279");

	(void)state;
	reply_fixture(&t, "announced-prefixes-AS131279.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct fact *f = fact_at(&t.b, FACT_NET, i);
		check_prefix(&f->prefix, want[i].prefix);
		check_time(f->t, want[i].from);
		check_time(f->until, want[i].until);
		assert_int_equal(f->flag, want[i].up);
		assert_int_equal(f->asn, 131279);
		assert_int_equal(f->error_ms, 8 * 3600 * 1000);
	}
	check_time(t.b.data_time, "2026-11-22T08:00:00Z");

	reply_fixture(&t, "announced-prefixes-none.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 0);

	snprintf(t.q.subject, sizeof(t.q.subject), "AS4837");
	reply_fixture(&t, "announced-prefixes-AS131279.json");
	assert_int_equal(t.rc, ERR_SHAPE);
	reply_end(&t);
}

/* The value of a name at a time; fails when there is no such sample. */
static double sample(const struct batch *b, const char *name, const char *when)
{
	for (size_t i = 0; i < b->count; i++) {
		const struct fact *f = &b->facts[i];
		if (f->kind == FACT_SAMPLE && !strcmp(f->name, name) && f->t.ms == at(when).ms)
			return f->value;
	}
	fail_msg("no sample of %s at %s", name, when);
	return NAN;
}

static void test_stats(void **state)
{
	static const struct { const char *t; double v4, asns; } want[] = {
		{"2026-11-22T09:00:00Z", 4, 1}, {"2026-11-22T09:05:00Z", 4, 1}, {"2026-11-22T09:10:00Z", 4, 1},
		{"2026-11-22T09:15:00Z", 3.5, 1}, {"2026-11-22T09:20:00Z", 0, 0}, {"2026-11-22T09:25:00Z", 4, 1},
		{"2026-11-22T09:30:00Z", 4, 1}, /* 09:35 is the newest and waits; 12:05 is after the request */
	};
	struct reply_test t = ask("country-resource-stats", "KP");

	(void)state;
	reply_fixture(&t, "country-resource-stats-KP.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 3 * ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_true(sample(&t.b, "networks-v4", want[i].t) == want[i].v4);
		assert_true(sample(&t.b, "asns", want[i].t) == want[i].asns);
		assert_true(isnan(sample(&t.b, "networks-v6", want[i].t))); /* -1: not available */
		assert_int_equal(t.b.facts[i * 3].t.ms, at(want[i].t).ms);  /* in the order of time */
	}
	assert_int_equal(t.b.facts[0].step_ms, 300000);
	assert_string_equal(t.b.facts[0].text, "networks");
	check_time(t.b.data_time, "2026-11-22T09:30:00Z");

	/* what is older than was asked for is not taken */
	t.q.since = at("2026-11-22T09:15:00Z");
	reply_fixture(&t, "country-resource-stats-KP.json");
	check_time(t.b.facts[0].t, "2026-11-22T09:10:00Z");
	reply_end(&t);
}

static void test_stats_odd(void **state)
{
#define SPAN(a, b) "{\"starttime\":\"2026-11-22T" a ":00\",\"endtime\":\"2026-11-22T" b ":00\"}"
#define EVER "{\"starttime\":\"1970-01-01T00:00:00\",\"endtime\":\"9999-12-31T23:59:59\"}"
#define STATS(timeline, more) \
	"{\"status\":\"ok\",\"data\":{\"stats\":[{\"timeline\":" timeline \
	",\"v4_prefixes_ris\":\"4\",\"asns_ris\":null}]" more "}}"
	static const struct { const char *what, *body; int rc; size_t points; } cases[] = {
		{"no resolution said: as asked", STATS("[" SPAN("09:00", "09:20") "]", ""), 0, 4},
		{"hourly", STATS("[" SPAN("01:00", "09:00") "]", ",\"resolution\":\"1h\""), 0, 8},
		{"unknown step", STATS("[]", ",\"resolution\":\"7m\""), ERR_SHAPE, 0},
		{"one span, bare", STATS(SPAN("09:00", "09:10"), ""), 0, 2},
		{"no spans", STATS("[]", ""), 0, 0},
		{"backwards", STATS("[" SPAN("09:10", "09:00") "]", ""), 0, 0},
		{"from the beginning to the end of time", STATS("[" EVER "]", ""), 0, 300},
		{"the same span twice", STATS("[" SPAN("09:00", "09:10") "," SPAN("09:00", "09:10") "]", ""), 0, 2},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("country-resource-stats", "KP");
		reply_parse(&t, cases[i].body, strlen(cases[i].body));
		if (t.rc != cases[i].rc || (t.rc == 0 && t.b.count != 3 * cases[i].points))
			fail_msg("%s: rc %d, %zu points, '%s'", cases[i].what, t.rc, t.b.count / 3, t.e.msg);
		if (t.rc == 0 && t.b.count) {
			assert_true(t.b.facts[0].value == 4);    /* a number in a string */
			assert_true(isnan(t.b.facts[1].value)); /* absent */
			assert_true(isnan(t.b.facts[2].value)); /* null */
		}
		reply_end(&t);
	}
}

static void test_neighbours(void **state)
{
	static const struct { uint32_t asn; bool uncertain; double power; } want[] = {
		{4837, false, 941}, {20485, false, 57}, {64500, true, 1},
	};
	struct reply_test t = ask("asn-neighbours", "AS131279");

	(void)state;
	reply_fixture(&t, "asn-neighbours-AS131279.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(fact_count(&t.b, FACT_NEIGHBOUR), ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct fact *f = fact_at(&t.b, FACT_NEIGHBOUR, i);
		assert_int_equal(f->asn, 131279);
		assert_int_equal(f->asn2, want[i].asn);
		assert_int_equal(f->flag, want[i].uncertain);
		assert_true(f->value == want[i].power);
	}
	assert_string_equal(fact_at(&t.b, FACT_NOTE, 0)->text,
			    "asn-neighbours: Latest available results are 36 hours old.");
	check_time(t.b.data_time, "2026-11-21T00:00:00Z");
	reply_end(&t);
}

static void test_overview(void **state)
{
	static const struct { const char *holder, *name, *text; } cases[] = {
		{"STAR-KP - Ryugyong-dong", "STAR-KP", "Ryugyong-dong"},
		{"BULLS Bulls Yatirim Menkul Degerler A.S.", "BULLS", "Bulls Yatirim Menkul Degerler A.S."},
		{"A - B - C", "A", "B - C"},
		{"ONEWORD", "ONEWORD", ""},
		{"Some Company", "", "Some Company"},
		{" - x", "", " - x"},
		{"EVIL\\u001b[2J - \\u202eabc", "EVIL[2J", "abc"},
	};
	char body[256];
	(void)state;
	struct reply_test t = ask("as-overview", "AS131279");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(body, sizeof(body),
			 "{\"status\":\"ok\",\"data\":{\"resource\":\"131279\",\"holder\":\"%s\"}}", cases[i].holder);
		reply_parse(&t, body, strlen(body));
		assert_int_equal(t.rc, 0);
		assert_int_equal(fact_at(&t.b, FACT_NAME, 0)->asn, 131279);
		assert_string_equal(fact_at(&t.b, FACT_NAME, 0)->name, cases[i].name);
		if (i != 5) /* leading blanks are text_clean's business */
			assert_string_equal(fact_at(&t.b, FACT_NAME, 0)->text, cases[i].text);
	}
	reply_fixture(&t, "as-overview-AS131279.json");
	assert_string_equal(fact_at(&t.b, FACT_NAME, 0)->name, "STAR-KP");
	reply_fixture(&t, "as-overview-no-dash.json");
	assert_string_equal(fact_at(&t.b, FACT_NAME, 0)->text, "Star Joint Venture Co. Ltd");
	reply_fixture(&t, "as-overview-unregistered.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 0);
	reply_end(&t);
}

static void test_hosted(void **state)
{
	struct reply_test t = ask("network-info", "175.45.176.91");
	char text[PREFIX_TEXT_MAX];

	(void)state;
	reply_fixture(&t, "network-info-routed.json");
	assert_int_equal(t.rc, 0);
	const struct fact *f = fact_at(&t.b, FACT_HOSTED, 0);
	check_prefix(&f->prefix, "175.45.176.0/24");
	assert_int_equal(f->asn, 131279);
	assert_string_equal(addr_format(text, &f->addr), "175.45.176.91");
	assert_string_equal(f->text, "");
	reply_fixture(&t, "network-info-unrouted.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 0);
	snprintf(t.q.subject, sizeof(t.q.subject), "192.0.2.1"); /* answered for another address */
	reply_fixture(&t, "network-info-routed.json");
	assert_int_equal(t.rc, ERR_SHAPE);
	reply_end(&t);

	t = ask("rir-stats-country", "175.45.176.91");
	reply_fixture(&t, "rir-stats-country-KP.json"); /* the most specific decides, whatever the order */
	assert_int_equal(t.rc, 0);
	assert_string_equal(fact_at(&t.b, FACT_HOSTED, 0)->text, "KP");
	assert_int_equal(fact_at(&t.b, FACT_HOSTED, 0)->asn, 0);
	assert_int_equal(fact_at(&t.b, FACT_HOSTED, 0)->prefix.family, 0);
	reply_fixture(&t, "rir-stats-country-unknown.json");
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.b.count, 0);
	reply_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_looking_glass),
		cmocka_unit_test(test_looking_glass_gone),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_resources),
		cmocka_unit_test(test_resources_odd),
		cmocka_unit_test(test_country_asns),
		cmocka_unit_test(test_country_asns_sets),
		cmocka_unit_test(test_announced),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_stats_odd),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_overview),
		cmocka_unit_test(test_hosted),
	};
	return cmocka_run_group_tests_name("source/ripestat", tests, NULL, NULL);
}
