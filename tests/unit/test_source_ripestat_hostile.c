/* links: source/ripestat source/ripestat_reply source/ripestat_country source/ripestat_series source/ripestat_route source/ripestat_who source/ripestat_play core/fact core/prefix base/json base/when base/text base/strbuf base/arena base/err base/mem */
/* RIPEstat against its worst answers: failures in every dress, lists without end, bodies cut or of other types, and
 * what must never be taken for a loss. */
#include "unit/reply_check.h"

extern const struct source_ops source_ripestat;

#define NOW "2026-11-22T12:00:10Z"
#define LG_SUBJECT "175.45.176.0/24"
#define SPAN(a, b) "{\"starttime\":\"" a "\",\"endtime\":\"" b "\"}"

static struct reply_test ask(const char *call, const char *subject)
{
	struct reply_test t;

	reply_ask(&t, &source_ripestat, call, subject, NOW, NULL);
	return t;
}

static void test_envelope(void **state)
{
#define HEAD "{\"status\":\"ok\",\"status_code\":200,\"version\":\"2.1\",\"messages\":["
#define TAIL "],\"data\":{\"rrcs\":[],\"query_time\":\"2026-11-22T12:00:00\",\"latest_time\":\"2026-11-22T12:00:00\"}}"
#define WARN(text) "[\"warning\",\"" text "\"]"
	static const struct { const char *what, *body; int rc; const char *say; size_t notes; } cases[] = {
		{"good", HEAD TAIL, 0, NULL, 0},
		{"empty body", "", ERR_PARSE, "empty", 0},
		{"blank body", " \n", ERR_PARSE, "empty", 0},
		{"HTML", "<html><body>429</body></html>", ERR_PARSE, "HTML", 0},
		{"text", "Service unavailable", ERR_PARSE, "JSON", 0},
		{"a list", "[1,2]", ERR_SHAPE, "not an object", 0},
		{"a null", "null", ERR_SHAPE, "not an object", 0},
		{"no status", "{\"data\":{}}", ERR_SHAPE, "missing 'status'", 0},
		{"no data", "{\"status\":\"ok\",\"status_code\":200}", ERR_SHAPE, "missing 'data'", 0},
		{"data a list", "{\"status\":\"ok\",\"data\":[]}", ERR_SHAPE, "missing 'data'", 0},
		{"data empty", "{\"status\":\"ok\",\"data\":{}}", ERR_SHAPE, "missing 'data.rrcs'", 0},
		{"status error, code as text",
		 "{\"status\":\"error\",\"status_code\":\"400\",\"messages\":[[\"info\",\"i\"],"
		 "[\"error\",\"bad \\u001b[31mresource\"]],\"data\":{}}", ERR_HTTP, "bad [31mresource", 0},
		{"documented name of messages",
		 "{\"status\":\"error\",\"message\":[[\"error\",\"no such\"]]}", ERR_HTTP, "no such", 0},
		{"error without a reason", "{\"status\":\"error\",\"messages\":[]}", ERR_HTTP, "status 'error'", 0},
		{"maintenance status", "{\"status\":\"maintenance\",\"data\":{}}", ERR_HTTP, "maintenance", 0},
		{"code against status", "{\"status\":\"ok\",\"status_code\":502,\"data\":{}}", ERR_HTTP, "502", 0},
		{"another major version",
		 "{\"status\":\"ok\",\"version\":\"3.0\",\"data\":{\"rrcs\":[],"
		 "\"latest_time\":\"2026-11-22T12:00:00\"}}", 0, NULL, 1},
		{"warnings are noted, infos are not",
		 HEAD WARN("old") ",[\"info\",\"x\"]," WARN("older") TAIL, 0, NULL, 2},
		{"many warnings",
		 HEAD WARN("1") "," WARN("2") "," WARN("3") "," WARN("4") "," WARN("5") TAIL, 0, NULL, 4},
		{"messages of other forms",
		 HEAD "7,null,[],[\"warning\"],[7,\"x\"],{\"warning\":1}" TAIL, 0, NULL, 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("looking-glass", LG_SUBJECT);
		reply_parse(&t, cases[i].body, strlen(cases[i].body));
		if (t.rc != cases[i].rc || (cases[i].say && !strstr(t.e.msg, cases[i].say)) ||
		    (t.rc == 0 && fact_count(&t.b, FACT_NOTE) != cases[i].notes))
			fail_msg("%s: rc %d, %zu notes, '%s'", cases[i].what, t.rc, fact_count(&t.b, FACT_NOTE),
				 t.e.msg);
		/* a caller that wants no words gets the same code */
		batch_clear(&t.b);
		assert_int_equal(t.call->parse(cases[i].body, strlen(cases[i].body), &t.q, &t.b, NULL), cases[i].rc);
		reply_end(&t);
	}
}

#define OK_DATA "{\"status\":\"ok\",\"data\":{"
#define LG_TIME "2026-11-22T12:00:00"
#define LG(rrcs, latest, more) \
	"{\"status\":\"ok\",\"data\":{\"rrcs\":" rrcs ",\"latest_time\":\"" latest "\"" more "}}"
#define LG_RRC(peers) "[{\"rrc\":\"RRC00\",\"peers\":[" peers "]}]"
#define LG_PEER(path, peer) \
	"{\"as_path\":" path ",\"peer\":" peer ",\"prefix\":\"175.45.176.0/24\",\"latest_time\":\"" LG_TIME "\"}"
#define LG_ADDR "\"192.0.2.1\""
#define LG_PATH(path) LG(LG_RRC(LG_PEER(path, LG_ADDR)), LG_TIME, "")
#define LG_GOOD LG_PEER("\"1 2 131279\"", LG_ADDR)

/* What must never be taken for "nobody has it". */
static void test_looking_glass_refused(void **state)
{
	static const struct { const char *what, *body; int rc; size_t routes; } cases[] = {
		{"one good peer", LG(LG_RRC(LG_GOOD), LG_TIME, ""), 0, 1},
		{"rrcs null", LG("null", LG_TIME, ""), ERR_SHAPE, 0},
		{"rrcs an object (version 1)", LG("{\"RRC00\":{}}", LG_TIME, ""), ERR_SHAPE, 0},
		{"no time", LG("[]", "", ""), ERR_SHAPE, 0},
		{"time from the future", LG("[]", "2027-01-01T00:00:00", ""), ERR_SHAPE, 0},
		{"no time, but of the query",
		 OK_DATA "\"rrcs\":[],\"latest_time\":null,\"query_time\":\"" LG_TIME "\"}}",
		 0, 0},
		{"no time at all", OK_DATA "\"rrcs\":[]}}", ERR_SHAPE, 0},
		{"another prefix", LG("[]", LG_TIME, ",\"parameters\":{\"resource\":\"175.45.177.0/24\"}"),
		 ERR_SHAPE, 0},
		{"peers missing", LG("[{\"rrc\":\"RRC00\"}]", LG_TIME, ""), ERR_SHAPE, 0},
		{"only peers not understood", LG_PATH("7"), ERR_SHAPE, 0},
		{"half of the peers not understood",
		 LG(LG_RRC(LG_GOOD "," LG_PEER("\"1 2\"", "\"nowhere\"")), LG_TIME, ""), ERR_SHAPE, 0},
		{"path of words", LG_PATH("\"1 two 3\""), ERR_SHAPE, 0},
		{"empty path", LG_PATH("\"\""), ERR_SHAPE, 0},
		{"path that begins with a set", LG_PATH("\"{1,2} 3\""), ERR_SHAPE, 0},
		{"AS out of range", LG_PATH("\"4294967296\""), ERR_SHAPE, 0},
		{"collector with control characters",
		 LG("[{\"rrc\":\"R\\u001b[2J\",\"peers\":[" LG_GOOD "]}]", LG_TIME, ""), ERR_SHAPE, 0},
		{"collector with a long name",
		 LG("[{\"rrc\":\"RRC00000000000000000\",\"peers\":[" LG_GOOD "]}]", LG_TIME, ""), ERR_SHAPE, 0},
		{"blanks in the path", LG_PATH("\" 1  2 131279 \""), 0, 1},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask("looking-glass", LG_SUBJECT);
		reply_parse(&t, cases[i].body, strlen(cases[i].body));
		if (t.rc != cases[i].rc || (t.rc == 0 && fact_count(&t.b, FACT_ROUTE) != cases[i].routes))
			fail_msg("%s: rc %d, '%s'", cases[i].what, t.rc, t.e.msg);
		if (t.rc < 0 && fact_count(&t.b, FACT_SNAPSHOT))
			fail_msg("%s: a snapshot was concluded", cases[i].what);
		reply_end(&t);
	}
}

static void test_failures(void **state)
{
	static const struct { const char *file; int rc; const char *say; } cases[] = {
		{"error.json", ERR_HTTP, "AS131279 is of unsupported type ASN. It should be an IP prefix."},
		{"maintenance.json", ERR_HTTP, "maintenance"},
		{"too-many.html", ERR_PARSE, "HTML"},
	};
	(void)state;
	for (const struct source_call *c = source_ripestat.calls; c->name; c++) {
		struct reply_test t = ask(c->name, c->scope == SCOPE_CALL_HOST ? "175.45.176.91" : LG_SUBJECT);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			reply_fixture(&t, cases[i].file);
			assert_int_equal(t.rc, cases[i].rc);
			assert_non_null(strstr(t.e.msg, cases[i].say));
			assert_int_equal(t.b.count, 0);
		}
		reply_end(&t);
	}
}

/* Lists as long as a hostile body can make them. item is repeated count times between head and tail. */
static void test_caps(void **state)
{
	static const struct { const char *call, *subject, *head, *item, *tail; size_t count; } cases[] = {
		{"looking-glass", LG_SUBJECT,
		 OK_DATA "\"latest_time\":\"" LG_TIME "\",\"rrcs\":[{\"rrc\":\"RRC00\",\"peers\":[", LG_GOOD,
		 "]}]}}", 8193},
		{"looking-glass", LG_SUBJECT, OK_DATA "\"latest_time\":\"" LG_TIME "\",\"rrcs\":[", "{}", "]}}", 257},
		{"ris-peers", "", OK_DATA "\"peers\":{\"rrc00\":[",
		 "{\"asn\":\"1\",\"ip\":" LG_ADDR ",\"v4_prefix_count\":1,\"v6_prefix_count\":0}", "]}}}", 8193},
		{"announced-prefixes", "AS1", OK_DATA "\"query_endtime\":\"" LG_TIME "\",\"prefixes\":[",
		 "{\"prefix\":\"192.0.2.0/24\",\"timelines\":[]}", "]}}", 20001},
		{"announced-prefixes", "AS1",
		 OK_DATA "\"query_endtime\":\"" LG_TIME "\",\"prefixes\":[{\"prefix\":\"192.0.2.0/24\",\"timelines\":[",
		 SPAN("2026-11-22T08:00:00", "2026-11-22T08:00:00"), "]}]}}", 1025},
		{"country-asns", "KP", OK_DATA "\"countries\":[{\"non_routed\":[],\"routed\":[", "7", "]}]}}", 100001},
		{"country-resource-list", "KP", OK_DATA "\"resources\":{\"asn\":[],\"ipv6\":[],\"ipv4\":[",
		 "\"1.0.0.1-126.255.255.254\"", "]}}}", 9000},
		{"country-resource-stats", "KP", OK_DATA "\"stats\":[{\"timeline\":[",
		 SPAN("2026-11-21T12:00:00", "2026-11-22T12:00:00"), "]}]}}", 400},
		{"asn-neighbours", "AS1", OK_DATA "\"neighbours\":[", "{\"asn\":2,\"type\":\"left\"}", "]}}", 20001},
		{"rir-stats-country", "192.0.2.1", OK_DATA "\"located_resources\":[", "{}", "]}}", 4097},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply_test t = ask(cases[i].call, cases[i].subject);
		struct strbuf body;
		strbuf_init(&body, 16 << 20);
		strbuf_adds(&body, cases[i].head);
		for (size_t n = 0; n < cases[i].count; n++) {
			if (n)
				strbuf_addc(&body, ',');
			strbuf_adds(&body, cases[i].item);
		}
		strbuf_adds(&body, cases[i].tail);
		assert_false(body.cut);
		reply_parse(&t, body.text, body.len);
		if (t.rc != ERR_LIMIT)
			fail_msg("%s, %zu times %s: rc %d '%s'", cases[i].call, cases[i].count, cases[i].item, t.rc,
				 t.e.msg);
		strbuf_release(&body);
		reply_end(&t);
	}
}

static const struct { const char *call, *subject, *file; } good[] = {
	{"looking-glass", LG_SUBJECT, "looking-glass-up.json"},
	{"ris-peers", "", "ris-peers.json"},
	{"country-resource-list", "KP", "country-resource-list-ranges.json"},
	{"country-asns", "KP", "country-asns-many.json"},
	{"country-asns", "KP", "country-asns-array.json"},
	{"announced-prefixes", "AS131279", "announced-prefixes-AS131279.json"},
	{"country-resource-stats", "KP", "country-resource-stats-KP.json"},
	{"asn-neighbours", "AS131279", "asn-neighbours-AS131279.json"},
	{"as-overview", "AS131279", "as-overview-AS131279.json"},
	{"network-info", "175.45.176.91", "network-info-routed.json"},
	{"rir-stats-country", "175.45.176.91", "rir-stats-country-KP.json"},
};

static void test_torture(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct reply_test t = ask(good[i].call, good[i].subject);
		size_t len;
		char *text = fixture("ripestat", good[i].file, &len);
		torture_cut(&t, text, len, 61);
		torture_types(&t, text, len);
		free(text);
		reply_end(&t);
	}
}

/* Each body read by each call it is not of: refused or empty, and never a loss. */
static void test_mixed_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		for (size_t k = 0; k < ARRAY_LEN(good); k++) {
			if (!strcmp(good[i].call, good[k].call))
				continue;
			struct reply_test t = ask(good[i].call, good[i].subject);
			reply_fixture(&t, good[k].file);
			assert_true(t.rc < 0);
			assert_int_equal(t.b.count - fact_count(&t.b, FACT_NOTE), 0);
			reply_end(&t);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_looking_glass_refused),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_torture),
		cmocka_unit_test(test_mixed_up),
	};
	return cmocka_run_group_tests_name("source/ripestat hostile", tests, NULL, NULL);
}
