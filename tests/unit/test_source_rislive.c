/* links: source/rislive source/rislive_feed source/rislive_message core/fact core/prefix base/arena base/err base/mem base/strbuf base/text */
/* RIS Live, one message at a time: both layouts to facts, whatever order, spaces and escapes the JSON has, and what
 * a bad line costs. The stream is in test_source_rislive_stream.c, real recordings in test_source_rislive_samples.c. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "rislive_check.h"
#include "source/rislive_value.h"

#define MAX_WANT 12

/* One fact, by the fields a stream fills. */
struct want {
	enum fact_kind kind;       /* 0 ends the list: no stream gives that kind */
	bool flag;
	int64_t t_ms;              /* 0: not dated */
	const char *prefix, *peer; /* NULL: none */
	const char *collector;
	uint32_t asn, origin, upstream;
};

static void check_fact(const char *what, const struct fact *f, const struct want *w)
{
	char text[PREFIX_TEXT_MAX];

	if (f->kind != w->kind)
		fail_msg("%s: kind %d, not %d (%s)", what, f->kind, w->kind, f->text ? f->text : "");
	if (f->flag != w->flag)
		fail_msg("%s: flag %d", what, f->flag);
	if (f->t.ms != (w->t_ms ? w->t_ms : WALL_NONE.ms))
		fail_msg("%s: dated %lld", what, (long long)f->t.ms);
	if (w->prefix ? strcmp(prefix_format(text, &f->prefix), w->prefix) != 0 : f->prefix.family != 0)
		fail_msg("%s: prefix %s, not %s", what, prefix_format(text, &f->prefix),
			w->prefix ? w->prefix : "none");
	if (w->peer ? strcmp(addr_format(text, &f->addr), w->peer) != 0 : f->addr.family != 0)
		fail_msg("%s: peer %s, not %s", what, addr_format(text, &f->addr), w->peer ? w->peer : "none");
	if (w->collector ? !f->collector || strcmp(f->collector, w->collector) != 0 : f->collector != NULL)
		fail_msg("%s: collector %s", what, f->collector ? f->collector : "none");
	if (f->asn != w->asn || f->asn2 != w->origin || f->upstream != w->upstream)
		fail_msg("%s: AS %u, origin %u, upstream %u", what, f->asn, f->asn2, f->upstream);
	if (!isnan(f->value) || wall_is_set(f->until))
		fail_msg("%s: a stream has no value and no end", what);
}

static void check_feed(const char *what, const char *text, size_t len, size_t skipped, const struct want *want)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct batch b;
	struct err e;
	size_t n = 0;

	batch_init(&b, 4096);
	assert_int_equal(feed_text(r, text, len, &b, &e), 0);
	while (n < MAX_WANT && want[n].kind != 0)
		n++;
	if (b.count != n || b.skipped != skipped)
		fail_msg("%s: %zu facts, not %zu; %zu skipped, not %zu", what, b.count, n, b.skipped, skipped);
	for (size_t i = 0; i < n; i++)
		check_fact(what, &b.facts[i], &want[i]);
	assert_int_equal(b.data_time.ms, n && want[n - 1].t_ms ? want[n - 1].t_ms : WALL_NONE.ms);
	batch_release(&b);
	source_rislive.reader_free(r);
}

#define A FACT_ANNOUNCE
#define W FACT_WITHDRAW
#define STATE FACT_PEER_STATE
#define ALIVE FACT_ALIVE
#define P17 "192.0.2.17", "rrc03", 64500
#define P18 "192.0.2.18", "rrc03", 64501
#define P6 "2001:db8::5:1", "rrc21", 4200000001
#define OLD6 "2001:db8::5:1", "rrc11", 64502

static void test_fixtures(void **state)
{
	static const struct {
		const char *file;
		struct want want[MAX_WANT];
	} cases[] = {
		{"today.jsonl", {
			{A, false, T, "175.45.176.0/24", P17, 131279, 4837},
			{A, false, T, "175.45.177.0/24", P17, 131279, 4837},
			{W, false, T, "175.45.178.0/24", P17, 0, 0},
			{A, false, T + 4, "2001:db8:176::/48", P6, 131279, 20485},
			{W, false, T + 4, "2001:db8:177::/48", P6, 0, 0},
			{ALIVE, false, 1419264906000, NULL, P17, 0, 0},
			{ALIVE, false, 1419264907010, NULL, P18, 0, 0},
			{STATE, false, 1419264907020, NULL, P18, 0, 0},
			{ALIVE, false, 1419264967000, NULL, P18, 0, 0},
			{ALIVE, false, 1419264967500, NULL, P18, 0, 0},
			{STATE, true, 1419264968000, NULL, P18, 0, 0},
		}},
		{"year2019.jsonl", {
			{A, false, 1553627987890, "2001:db8:176::/48", OLD6, 131279, 20485},
			{A, false, 1553627987890, "2001:db8:177::/48", OLD6, 131279, 20485},
			{W, false, 1553627988000, "175.45.179.0/24", "192.0.2.17", "rrc00", 64500, 0, 0},
			{STATE, false, 1553627989500, NULL, "192.0.2.17", "rrc00", 64500, 0, 0},
		}},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t len;
		char *text = read_fixture(cases[i].file, &len);

		check_feed(cases[i].file, text, len, 0, cases[i].want);
		free(text);
	}
}

#define LIST(prefixes) "'announcements':[{'next_hop':'192.0.2.17','prefixes':[" prefixes "]}]"
#define PATH(path) DATA("'type':'UPDATE','path':[" path "]," LIST("'175.45.176.0/24'"))
#define NET "175.45.176.0/24"
#define GONE "175.45.178.0/24"

static const struct {
	const char *what, *text;
	size_t skipped;
	struct want want[MAX_WANT];
} messages[] = {
	{"no spaces, usual order", PATH("64500,4837,131279"), 0, {{A, false, T, NET, P17, 131279, 4837}}},
	{"members in reverse, data before type",
	 "{'data':{'raw':'FF','withdrawals':[],'announcements':[{'prefixes':['175.45.176.0/24'],"
	 "'next_hop':'192.0.2.17'}],'path':[64500,4837,131279],'type':'UPDATE','host':'rrc03','peer_asn':'64500',"
	 "'peer':'192.0.2.17',"
	 "'timestamp':1419264905.25},'type':'ris_message'}\n",
	 0, {{A, false, T, NET, P17, 131279, 4837}}},
	{"spaces everywhere, carriage return",
	 " \t{ 'type' : 'ris_message' , 'data' : { 'timestamp' : 1419264905.250 , 'peer' : '192.0.2.17' , 'peer_asn' :"
	 " '64500' , 'host' : 'rrc03' , 'type' : 'UPDATE' , 'path' : [ 64500 , [ 1 , 2 ] , 131279 ] , 'announcements' :"
	 " [ { 'prefixes' : [ '175.45.176.0/24' ] } ] , 'withdrawals' : [ ] } } \r\n",
	 0, {{A, false, T, NET, P17, 131279, 0}}},
	{"escapes in keys and values",
	 "{'\\u0074ype':'ris\\u005fmessage','data':{'timestamp':1419264905.250,'peer':'2001:db8\\u003a\\u003A5:1',"
	 "'peer_\\u0061sn':'4200000001','host':'rrc21','type':'UPD\\u0041TE',"
	 "'withdrawals':['175.45.178.0\\/24','2001:db8:177::\\/48']}}\n",
	 0, {{W, false, T, GONE, P6, 0, 0}, {W, false, T, "2001:db8:177::/48", P6, 0, 0}}},
	{"unknown members of every shape",
	 DATA("'x':{'prefixes':['1.0.0.0/8'],'y':[[{'withdrawals':['2.0.0.0/8']}]]},'z':null,'n':-1.5e3,'t':true,"
	      "'s':'\\\\\\\"}]','e':'','o':{},'a':[],'type':'UPDATE','withdrawals':['175.45.178.0/24']"),
	 0, {{W, false, T, GONE, P17, 0, 0}}},
	{"numbers for strings, a string for a number",
	 "{'type':'ris_message','data':{'timestamp':'1419264905.250','peer':'192.0.2.17','peer_asn':64500,"
	 "'host':'RRC03.ripe.net','type':'UPDATE','withdrawals':['175.45.178.0/24']}}\n",
	 0, {{W, false, T, GONE, P17, 0, 0}}},
	{"announcement beats withdrawal, before or after it",
	 DATA("'type':'UPDATE','path':[64500,131279],'withdrawals':['2001:DB8:0:0:0:0:0:0/32','175.45.176.0/24'],"
	      LIST("'2001:db8::/32','175.45.176.0/24'")),
	 0, {{A, false, T, NET, P17, 131279, 64500}, {A, false, T, "2001:db8::/32", P17, 131279, 64500}}},
	{"two next hops, one prefix",
	 DATA("'type':'UPDATE','path':[64500,131279],'announcements':[{'next_hop':'a','prefixes':['2001:db8::/32']},"
	      "{'next_hop':'b','prefixes':['2001:db8::/32']}]"),
	 0, {{A, false, T, "2001:db8::/32", P17, 131279, 64500}}},
	{"prepending", PATH("64500,3356,4837,4837,131279,131279,131279"), 0, {{A, false, T, NET, P17, 131279, 4837}}},
	{"the peer is the origin", PATH("64500,64500"), 0, {{A, false, T, NET, P17, 64500, 0}}},
	{"AS set as origin", PATH("64500,4837,[131279,131280]"), 0, {{A, false, T, NET, P17, 0, 4837}}},
	{"AS set before the origin", PATH("64500,[4837],131279"), 0, {{A, false, T, NET, P17, 131279, 0}}},
	{"largest AS numbers", PATH("4294967295,4294967294"), 0, {{A, false, T, NET, P17, 4294967294, 4294967295}}},
	{"odd path elements", PATH("64500,4294967296,'x',{},0,1.5"), 0, {{A, false, T, NET, P17, 0, 0}}},
	{"no path", PATH(""), 0, {{A, false, T, NET, P17, 0, 0}}},
	{"odd prefixes cost themselves",
	 DATA("'type':'UPDATE','withdrawals':['175.45.178.0/24','300.1.1.0/24',7,null,['1.0.0.0/8'],['2.0.0.0/8'],"
	      "'1.2.3.0/33','eor','','01.2.3.0/24','2001:db8::/48']"),
	 8, {{W, false, T, GONE, P17, 0, 0}, {W, false, T, "2001:db8::/48", P17, 0, 0}}},
	{"host bits, default routes, host routes",
	 DATA("'type':'UPDATE','withdrawals':['175.45.178.9/24','9.9.9.9/0','9.9.9.9/1','::/0','10.0.0.1/32']"),
	 0, {{W, false, T, GONE, P17, 0, 0}, {W, false, T, "0.0.0.0/0", P17, 0, 0},
	 {W, false, T, "0.0.0.0/1", P17, 0, 0},
	     {W, false, T, "::/0", P17, 0, 0}, {W, false, T, "10.0.0.1/32", P17, 0, 0}}},
	{"lists of another type",
	 DATA("'type':'UPDATE','path':'x','announcements':{'prefixes':['1.0.0.0/8']},'withdrawals':null"),
	 0, {{ALIVE, false, T, NULL, P17, 0, 0}}},
	{"end of RIB", DATA("'type':'UPDATE','path':[],'announcements':[],'withdrawals':[]"),
	 0, {{ALIVE, false, T, NULL, P17, 0, 0}}},
	{"no type at all (2021)", DATA("'id':'x'"), 0, {{ALIVE, false, T, NULL, P17, 0, 0}}},
	{"a type of tomorrow", DATA("'type':'ROUTE_REFRESH','withdrawals':['175.45.178.0/24']"),
	 0, {{ALIVE, false, T, NULL, P17, 0, 0}}},
	{"a state of tomorrow", DATA("'type':'STATE','state':'idle'"), 0, {{ALIVE, false, T, NULL, P17, 0, 0}}},
	{"a state by its old name", DATA("'state':'up','type':'RIS_PEER_STATE'"), 0,
	 {{STATE, true, T, NULL, P17, 0, 0}}},
	{"pong", "{'type':'pong','data':null}\n", 0, {{ALIVE, false, 0, NULL, NULL, NULL, 0, 0, 0}}},
	{"subscription answer",
	 "{'type':'ris_subscribe_ok','data':{'subscription':{'prefix':['1.0.0.0/8']},'type':'UPDATE',"
	 "'withdrawals':['1.0.0.0/8']}}\n",
	 0, {{ALIVE, false, 0, NULL, NULL, NULL, 0, 0, 0}}},
	{"keepalive without a whole session",
	 "{'type':'ris_message','data':{'timestamp':1419264905.250,'peer':'192.0.2.17','host':'rrc03',"
	 "'type':'KEEPALIVE'}}\n",
	 0, {{ALIVE, false, T, NULL, NULL, NULL, 0, 0, 0}}},
	{"collector of another name",
	 "{'type':'ris_message','data':{'timestamp':1419264905.250,'peer':'192.0.2.17','peer_asn':'64500',"
	 "'host':'Route-Views.Example','type':'STATE','state':'down'}}\n",
	 0, {{STATE, false, T, NULL, "192.0.2.17", "route-views", 64500, 0, 0}}},
	{"blank lines", "\n  \n\r\n", 0, {{0}}},
};

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(messages); i++)
		check_feed(messages[i].what, messages[i].text, strlen(messages[i].text), messages[i].skipped,
			messages[i].want);
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* 0: refused */
	} cases[] = {
		{"1789019601.670", 1789019601670}, {"1553627987.89", 1553627987890}, {"1789019601", 1789019601000},
		{"1789019601.001", 1789019601001}, {"1789019601.0", 1789019601000}, {"1789019601.9999", 1789019602000},
		{"1789019601.0004", 1789019601000}, {"1789019601.0005", 1789019601001},
		{"1789019601.8899999999999999999999", 1789019601890},
		{"1.789019601670e9", 1789019601670}, {"17890196.0167E2", 1789019601670},
		{"1789019601670e-3", 1789019601670},
		{"0.001", 1}, {"253402300799.999", 253402300799999},
		{"253402300800", 0}, {"99999999999999999999", 0}, {"1e99", 0}, {"1e999", 0}, {"0", 0}, {"0.0001", 0},
		{"-1", 0}, {"+1", 0}, {"", 0}, {".5", 0}, {"1.", 0}, {"1e", 0}, {"1.5.5", 0}, {"1 ", 0}, {"nan", 0},
		{"0x10", 0}, {"1,5", 0},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct wall t = {0};
		bool ok = parse_time((struct slice){cases[i].text, strlen(cases[i].text)}, &t);
		if (ok != (cases[i].ms != 0) || t.ms != cases[i].ms)
			fail_msg("'%s': %d, %lld", cases[i].text, ok, (long long)t.ms);
	}
}

#define NO_OBJECT "1 line not understood: not a JSON object"
#define NO_SESSION "1 line not understood: without a peer, collector or time"
#define CUT "{'type':'ris_message','data':{" HEAD ",'type':'UPDATE','withdrawals':['175.45.178.0/24'"

static void test_bad_lines(void **state)
{
	static const struct {
		const char *line, *note;
	} cases[] = {
		{"x", NO_OBJECT}, {"null", NO_OBJECT}, {"[{}]", NO_OBJECT}, {"{", NO_OBJECT}, {"{}{}", NO_OBJECT},
		{"{'a':[1,2}}", NO_OBJECT}, {"{'a' 1}", NO_OBJECT}, {"{'a':1,}", NO_OBJECT}, {"{'a':}", NO_OBJECT},
		{"{'a':'\\'}", NO_OBJECT}, {"{'a':[[1],[2]],}", NO_OBJECT}, {"{'a':[1]],'b':2}", NO_OBJECT},
		{"{'a':[1,{2],'b':2}", NO_OBJECT}, {"{'a':[{1,2,3,4,5,6,7,8,9],'b':2}", NO_OBJECT},
		{"<html>", NO_OBJECT}, /* no web page: there was a message before it */
		{CUT "]}", NO_OBJECT}, /* says nothing, not half */
		{CUT, NO_OBJECT}, {CUT ",'17", NO_OBJECT},
		{"{'type':'ris_message','data':{" HEAD ",'raw':'FFFF", NO_OBJECT},
		{"{'type':'ris_message','data':{'peer':'::1','peer_asn':'1','host':'rrc00','type':'UPDATE'}}",
		 NO_SESSION},
		{"{'type':'ris_message','data':{'timestamp':1,'peer':'x','peer_asn':'1','host':'rrc00','type':'STATE',"
		 "'state':'up'}}",
		 NO_SESSION},
		{"{'type':'ris_message','data':{'timestamp':1,'peer':'::1','peer_asn':'0','host':'rrc00',"
		 "'type':'UPDATE'}}",
		 NO_SESSION},
		{"{'type':'ris_message','data':{'timestamp':1,'peer':'::1','peer_asn':'1','host':null,"
		 "'type':'UPDATE'}}",
		 NO_SESSION},
		{"{'type':'ris_message','data':{'timestamp':1,'peer':'::1','peer_asn':'1','host':'\\u001b[2J',"
		 "'type':'STATE','state':'up'}}", NO_SESSION},
		{"data: {}\nid: 7", "2 lines not understood: not a JSON object"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stream_reader *r = source_rislive.reader_new();
		struct batch b;
		struct err e;
		char text[2048];
		int n = snprintf(text, sizeof(text), GOOD "%s\n" GOOD, cases[i].line);

		batch_init(&b, 4096);
		assert_int_equal(feed_text(r, text, (size_t)n, &b, &e), 0);
		if (b.count != 3 || b.facts[0].kind != W || b.facts[1].kind != W || b.facts[2].kind != FACT_NOTE)
			fail_msg("%s: costs more than itself (%zu facts)", cases[i].line, b.count);
		assert_string_equal(b.facts[2].text, cases[i].note);
		assert_int_equal(b.skipped, (size_t)(cases[i].note[0] - '0'));
		batch_clear(&b);
		assert_int_equal(feed_text(r, GOOD, strlen(GOOD), &b, &e), 0); /* the note is of its chunk only */
		assert_int_equal(b.count, 1);
		assert_int_equal(b.skipped, 0);
		batch_release(&b);
		source_rislive.reader_free(r);
	}
}

static void repeat(struct strbuf *s, const char *text, int times)
{
	for (int i = 0; i < times; i++)
		strbuf_adds(s, text);
}

/* Nested arrays as a value that is skipped; as the last member, and before another. */
static void test_depth(void **state)
{
	static const struct {
		int depth;
		const char *rest;
		bool read;
	} cases[] = {
		{1, "}\n", true}, {SCAN_DEPTH_MAX, "}\n", true}, {SCAN_DEPTH_MAX + 1, "}\n", false},
		 {3000, "}\n", false},
		{1, ",'y':[]}\n", true}, {SCAN_DEPTH_MAX, ",'y':{}}\n", true}, {3000, ",'y':{}}\n", false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf s;
		struct stream_reader *r = source_rislive.reader_new();
		struct batch b;
		struct err e;

		strbuf_init(&s, 1 << 16);
		batch_init(&b, 4096);
		strbuf_adds(&s, "{'x':");
		repeat(&s, "[", cases[i].depth);
		repeat(&s, "]", cases[i].depth);
		strbuf_adds(&s, cases[i].rest);
		assert_int_equal(feed_text(r, s.text, s.len, &b, &e), 0);
		if (b.skipped != !cases[i].read || b.facts[0].kind != (cases[i].read ? FACT_ALIVE : FACT_NOTE))
			fail_msg("%d brackets%s", cases[i].depth, cases[i].rest);
		batch_release(&b);
		strbuf_release(&s);
		source_rislive.reader_free(r);
	}
}

/* As many prefixes as a BGP message can have, in lists that must be compared with each other; and one more. */
static void test_many_prefixes(void **state)
{
	static const struct {
		const char *what;
		unsigned announced, withdrawn;
		size_t facts;
		const char *note;
	} cases[] = {
		{"one list", 0, 32768, 32768, NULL},
		{"two lists, one half of the other", 16384, 16384, 16384, NULL},
		{"one more", 0, 32769, 1, "1 line not understood: more prefixes than a BGP message can hold"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf s;
		struct stream_reader *r = source_rislive.reader_new();
		struct batch b;
		struct err e;

		strbuf_init(&s, 1 << 20);
		batch_init(&b, 4096);
		strbuf_adds(&s, "{'type':'ris_message','data':{" HEAD ",'type':'UPDATE','withdrawals':[");
		for (unsigned k = 0; k < cases[i].withdrawn; k++)
			strbuf_addf(&s, "%s'10.%u.%u.0/24'", k ? "," : "", k >> 8, k & 255);
		strbuf_adds(&s, "],'announcements':[{'prefixes':[");
		for (unsigned k = cases[i].announced; k > 0; k--)
			strbuf_addf(&s, "'10.%u.%u.0/24'%s", (k - 1) >> 8, (k - 1) & 255, k > 1 ? "," : "");
		strbuf_adds(&s, "]}]}}\n");
		assert_false(s.cut);
		assert_int_equal(feed_text(r, s.text, s.len, &b, &e), 0);
		if (b.count != cases[i].facts)
			fail_msg("%s: %zu facts, %zu skipped", cases[i].what, b.count, b.skipped);
		if (cases[i].note)
			assert_string_equal(b.facts[0].text, cases[i].note);
		else
			assert_int_equal(b.facts[0].kind, cases[i].announced ? A : W);
		batch_release(&b);
		strbuf_release(&s);
		source_rislive.reader_free(r);
	}
}

static void test_paths(void **state)
{
	static const struct {
		const char *what, *text;
		uint32_t want[5];
	} cases[] = {
		{"whole", PATH("64500,3356,4837,131279"), {64500, 3356, 4837, 131279}},
		{"prepending", PATH("64500,3356,3356,4837,131279,131279"), {64500, 3356, 4837, 131279}},
		{"a set on the way is left out", PATH("64500,[3356,174],4837,131279"), {64500, 4837, 131279}},
		{"a set as origin: not known", PATH("64500,4837,[131279,131280]"), {0}},
		{"no path", PATH(""), {0}},
		{"the peer is the origin", PATH("64500"), {64500}},
	};
	struct batch b;
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct stream_reader *r = source_rislive.reader_new();
		size_t n = 0;
		batch_init(&b, 4096);
		assert_int_equal(feed_text(r, cases[i].text, strlen(cases[i].text), &b, &e), 0);
		while (cases[i].want[n])
			n++;
		if (b.count != 1 || b.facts[0].path_len != n || (n == 0) != (b.facts[0].path == NULL))
			fail_msg("%s: %u ASes", cases[i].what, b.facts[0].path_len);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(b.facts[0].path[k], cases[i].want[k]);
		batch_release(&b);
		source_rislive.reader_free(r);
	}
}

/* More ASes than are kept: not known, and nothing is written behind the last one. */
static void test_long_path(void **state)
{
	struct stream_reader *r = source_rislive.reader_new();
	struct strbuf s;
	struct batch b;
	struct err e;

	(void)state;
	strbuf_init(&s, 1 << 16);
	strbuf_adds(&s, "{'type':'ris_message','data':{" HEAD ",'type':'UPDATE','path':[");
	for (int i = 0; i < 300; i++)
		strbuf_addf(&s, "%s%d", i ? "," : "", 1000 + i);
	strbuf_adds(&s, "]," LIST("'175.45.176.0/24'") "}}\n");
	batch_init(&b, 4096);
	assert_int_equal(feed_text(r, s.text, s.len, &b, &e), 0);
	assert_int_equal(b.count, 1);
	assert_int_equal(b.facts[0].asn2, 1299);
	assert_int_equal(b.facts[0].path_len, 0);
	assert_null(b.facts[0].path);
	batch_release(&b);
	strbuf_release(&s);
	source_rislive.reader_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixtures), cmocka_unit_test(test_messages), cmocka_unit_test(test_times),
		cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_depth), cmocka_unit_test(test_many_prefixes),
		cmocka_unit_test(test_paths), cmocka_unit_test(test_long_path),
	};
	return cmocka_run_group_tests_name("source/rislive", tests, NULL, NULL);
}
