/* links: source/ripestat source/ripestat_reply source/ripestat_country source/ripestat_series source/ripestat_route source/ripestat_who source/ripestat_play core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* RIPEstat's recorded bodies of ../shared/samples/ripestat, where they are at hand: what each becomes, counted apart
 * from this program. */
#include "unit/reply_check.h"

extern const struct source_ops source_ripestat;

#define LATER "2026-11-22T12:00:10Z" /* where the time of asking does not matter */

static const struct recorded {
	const char *call, *subject, *file, *now, *since;
	int rc;
	enum fact_kind kind;
	size_t count; /* of that kind */
} recorded[] = {
	{"looking-glass", "140.78.0.0/16", "looking-glass--140.78.0.0-16.json",
	 "2025-06-11T16:02:53Z", NULL, 0, FACT_ROUTE, 421},
	{"ris-peers", "", "ris-peers--all.json",
	 "2025-06-11T16:08:19Z", NULL, 0, FACT_PEER_TABLE, 1459},
	{"country-resource-list", "CF", "country-resource-list--CF.json",
	 "2026-10-07T08:00:00Z", NULL, 0, FACT_RANGE, 6},
	{"country-resource-list", "GQ", "country-resource-list--GQ.json",
	 "2026-10-07T08:00:00Z", NULL, 0, FACT_RANGE, 12},
	{"country-resource-list", "ST", "country-resource-list--ST.json",
	 "2026-10-07T08:00:00Z", NULL, 0, FACT_RANGE, 6},
	{"country-resource-list", "VA", "country-resource-list--VA.json",
	 "2026-10-07T08:00:00Z", NULL, 0, FACT_AS, 4},
	{"country-resource-list", "AT", "country-resource-list--at.json",
	 "2025-06-11T16:00:00Z", NULL, 0, FACT_RANGE, 2322},
	{"country-resource-list", "AT", "country-resource-list--at.json",
	 "2025-06-11T16:00:00Z", NULL, 0, FACT_AS, 681},
	{"country-asns", "NL", "country-asns--nl.json",
	 "2025-06-11T16:00:00Z", NULL, ERR_SHAPE, FACT_AS, 0}, /* lod=0 */
	{"announced-prefixes", "AS210977", "announced-prefixes--AS210977.json",
	 "2026-09-11T20:56:08Z", NULL, 0, FACT_NET, 2},
	{"announced-prefixes", "AS211319", "announced-prefixes--AS211319.json",
	 "2026-07-09T19:36:45Z", NULL, 0, FACT_NET, 2},
	{"announced-prefixes", "AS211437", "announced-prefixes--AS211437.json",
	 "2026-06-09T16:35:29Z", NULL, 0, FACT_NET, 2},
	{"announced-prefixes", "AS211532", "announced-prefixes--AS211532.json",
	 "2026-06-06T23:07:33Z", NULL, 0, FACT_NET, 1},
	{"announced-prefixes", "AS211626", "announced-prefixes--AS211626.json",
	 "2026-06-09T16:35:29Z", NULL, 0, FACT_NET, 1},
	{"announced-prefixes", "AS275716", "announced-prefixes--AS275716.json",
	 "2026-07-16T16:07:34Z", NULL, 0, FACT_NET, 2},
	{"announced-prefixes", "AS3333", "announced-prefixes--AS3333.json",
	 "2025-06-11T15:56:42Z", NULL, 0, FACT_NET, 7},
	{"country-resource-stats", "AT", "country-resource-stats--at.json",
	 "2025-06-11T16:01:18Z", "2024-12-01T12:00:00Z", 0, FACT_SAMPLE, 3 * 55319},
	{"asn-neighbours", "AS12386", "asn-neighbours--AS12386.json",
	 "2025-06-11T15:57:34Z", NULL, 0, FACT_NEIGHBOUR, 3},
	{"asn-neighbours", "AS273712", "asn-neighbours--AS273712.json",
	 "2026-07-04T02:13:58Z", NULL, 0, FACT_NEIGHBOUR, 6},
	{"asn-neighbours", "AS1205", "asn-neighbours--AS1205.2017.data-only.json",
	 LATER, NULL, ERR_SHAPE, FACT_NEIGHBOUR, 0},
	{"asn-neighbours", "AS49134", "asn-neighbours--AS49134.json.truncated",
	 LATER, NULL, ERR_PARSE, FACT_NEIGHBOUR, 0},
	{"as-overview", "AS134456", "as-overview--AS134456.json",
	 LATER, NULL, 0, FACT_NAME, 1},
	{"as-overview", "AS135018", "as-overview--AS135018.json",
	 LATER, NULL, 0, FACT_NAME, 1},
	{"as-overview", "AS137879", "as-overview--AS137879.json",
	 LATER, NULL, 0, FACT_NAME, 1},
	{"as-overview", "AS140705", "as-overview--AS140705.json",
	 LATER, NULL, 0, FACT_NAME, 1},
	{"as-overview", "AS201760", "as-overview--AS201760.json",
	 LATER, NULL, 0, FACT_NAME, 1},
	{"as-overview", "AS3333", "as-overview--AS3333.json",
	 LATER, NULL, 0, FACT_NAME, 1},
	{"network-info", "140.78.90.50", "network-info--140.78.90.50.json",
	 LATER, NULL, 0, FACT_HOSTED, 1},
	{"rir-stats-country", "2001:67c:2e8::1", "rir-stats-country--2001_67c_2e8__-48.json",
	 LATER, NULL, 0, FACT_HOSTED, 1},
	{"looking-glass", "140.78.0.0/16", "ris-first-last-seen--maintenance.json",
	 LATER, NULL, ERR_HTTP, FACT_ROUTE, 0},
	{"looking-glass", "140.78.0.0/16", "bgp-state--140.78.0.0-16.before-2024.json",
	 LATER, NULL, ERR_SHAPE, FACT_ROUTE, 0},
};

static void test_recorded(void **state)
{
	size_t read = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(recorded); i++) {
		const struct recorded *want = &recorded[i];
		struct reply_test t;
		size_t len, step = 997;
		char *text = file_load("LANDLINE_SHARED", "samples/ripestat", want->file, &len);
		if (!text)
			continue;
		read++;
		reply_ask(&t, &source_ripestat, want->call, want->subject, want->now, want->since);
		reply_parse(&t, text, len);
		if (t.rc != want->rc || (t.rc == 0 && fact_count(&t.b, want->kind) != want->count))
			fail_msg("%s: rc %d, %zu facts of %zu, '%s'", want->file, t.rc, fact_count(&t.b, want->kind),
				 want->count, t.e.msg);
		assert_int_equal(t.b.skipped, 0);
		while (len / step > 60) /* larger bodies at larger multiples: the same bytes, in bearable time */
			step += 997;
		torture_cut(&t, text, len, step);
		free(text);
		reply_end(&t);
	}
	if (read == 0) {
		print_message("skipped: no recorded bodies in LANDLINE_SHARED/samples/ripestat\n");
		skip();
	}
	assert_int_equal(read, ARRAY_LEN(recorded));
}

/* The recorded half year at 5 minutes, laid out again: no gap, no duplicate, the right values. */
static void test_recorded_series(void **state)
{
	struct reply_test t;
	double sum[3] = {0};
	size_t len;
	char *text = file_load("LANDLINE_SHARED", "samples/ripestat", "country-resource-stats--at.json", &len);

	(void)state;
	if (!text) {
		print_message("skipped: no recorded country-resource-stats\n");
		skip();
	}
	reply_ask(&t, &source_ripestat, "country-resource-stats", "AT", "2025-06-11T16:01:18Z", "2024-12-01T12:00:00Z");
	reply_parse(&t, text, len);
	assert_int_equal(t.rc, 0);
	for (size_t i = 0; i < t.b.count; i++) {
		assert_int_equal(t.b.facts[i].t.ms, at("2024-12-01T12:00:00Z").ms + (int64_t)(i / 3) * 300000);
		sum[i % 3] += t.b.facts[i].value;
	}
	assert_true(sum[0] == 196325614 && sum[1] == 49824660 && sum[2] == 33501667);
	check_time(t.b.data_time, "2025-06-11T13:50:00Z");
	free(text);
	reply_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded),
		cmocka_unit_test(test_recorded_series),
	};
	return cmocka_run_group_tests_name("source/ripestat recorded", tests, NULL, NULL);
}
