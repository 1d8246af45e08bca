/* links: app/app* app/schedule embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* The bundled case through the app: what the published timeline becomes when the program sees it, and what becomes of a
 * case file that is wrong. The times are those of shared/cases/kp-2014.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/case.h"
#include "base/mem.h"
#include "source/source.h"

struct play {
	struct tape *tape;
	struct tape_info info;
	struct config config;
	struct app *app;
	struct wall now;
	unsigned frames;
	struct strbuf log; /* what a reader of the log saw, oldest first */
	uint64_t lines;
};

static int64_t at(const char *text)
{
	struct wall t;
	assert_int_equal(wall_parse(text, &t, NULL), 0);
	return t.ms;
}

static const struct territory *kp(const struct play *p)
{
	return app_model(p->app)->territories[0];
}

static void open_text(struct play *p, const char *text, size_t len)
{
	struct config_source_default d[CONFIG_SOURCES_MAX];
	struct err e = {0};
	memset(p, 0, sizeof(*p));
	if (case_open(&p->tape, "kp-2014.case", text, len, &e) < 0)
		fail_msg("%s", e.msg);
	p->tape->ops->info(p->tape, &p->info);
	for (size_t i = 0; i < source_count; i++)
		d[i] = (struct config_source_default){source_table[i]->name, source_table[i]->url,
						      !source_table[i]->off_by_default};
	config_init(&p->config, d, source_count);
	if (config_parse(&p->config, "case", p->info.config, strlen(p->info.config), &e) < 0)
		fail_msg("%s", e.msg);
	struct now now = {.wall = p->info.from, .mono = {3600000}};
	p->app = app_new(&p->config, now);
	assert_int_equal(app_watch(p->app, &p->info.territories[0], NULL, 0, now, &e), 0);
	strbuf_init(&p->log, 1 << 20);
}

static void play_open(struct play *p)
{
	const struct embedded *c = case_find("kp-2014");
	assert_non_null(c);
	open_text(p, (const char *)c->text, c->len);
}

static void play_close(struct play *p)
{
	app_free(p->app);
	p->tape->ops->free(p->tape);
	strbuf_release(&p->log);
}

static void read_log(struct play *p)
{
	const struct event_book *b = &app_model(p->app)->book;
	for (uint64_t back = b->log_total - p->lines; back-- > 0;) {
		const struct log_line *l = event_log_at(b, (size_t)back);
		char t[WALL_TEXT_MAX];
		if (l && l->shown)
			strbuf_addf(&p->log, "%s %s %s\n", wall_format(t, l->time), l->subject, l->text);
	}
	p->lines = b->log_total;
}

static void play_until(struct play *p, int64_t ms)
{
	struct frame f;
	struct err e = {0};
	while (p->now.ms < ms) {
		int rc = p->tape->ops->next(p->tape, &f, &e);
		if (rc == 0)
			return;
		assert_true(rc > 0);
		if (f.now.wall.ms < p->now.ms)
			fail_msg("frame %u goes back in time", p->frames);
		p->now = f.now.wall;
		p->frames++;
		app_frame(p->app, &f);
		read_log(p);
	}
}

static const struct event *newest(struct play *p)
{
	struct event_book *b = &app_model(p->app)->book;
	for (size_t i = b->count; i-- > 0;)
		if (b->events[i]->scope == SCOPE_TERRITORY && wall_is_set(b->events[i]->confirmed))
			return b->events[i];
	return NULL;
}

static void assert_said(const struct play *p, const char *words)
{
	if (!strstr(p->log.text, words))
		fail_msg("the log does not say '%s':\n%s", words, p->log.text);
}

/* The outages as published: grade A to the minute, B with an interval that is wide enough to say `~`. */
static void test_published_times(void **state)
{
	static const struct {
		const char *what, *look, *start, *end, *duration;
		int64_t slack_s; /* of both ends */
		bool wide;
	} rows[] = {
		{"22 Dec 16:15 to 01:46, A", "2014-12-23T02:20:00Z", "2014-12-22T16:15:00Z", "2014-12-23T01:46:00Z",
		 "9h31m", 0, false},
		{"23 Dec shortly before 08:00, B", "2014-12-23T09:20:00Z", "2014-12-23T07:50:00Z",
		 "2014-12-23T08:20:00Z", NULL, 3600, true},
		{"23 Dec 15:41 to 16:12, A", "2014-12-23T16:40:00Z", "2014-12-23T15:41:00Z", "2014-12-23T16:12:00Z",
		 "31m", 0, false},
		{"27 Dec about 10:30 to after 12:30, B", "2014-12-27T13:30:00Z", "2014-12-27T10:30:00Z",
		 "2014-12-27T12:30:00Z", NULL, 3600, true},
	};
	struct play p;
	uint32_t before = 0;
	(void)state;
	play_open(&p);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char duration[DURATION_TEXT_MAX];
		print_message("%s\n", rows[i].what);
		play_until(&p, at(rows[i].look));
		const struct event *ev = newest(&p);
		assert_non_null(ev);
		assert_int_not_equal(ev->id, before); /* an event of its own */
		before = ev->id;
		assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
		assert_int_equal(ev->state, EVENT_RESOLVED);
		assert_true(llabs((long long)(ev->start.ms - at(rows[i].start))) <= rows[i].slack_s * 1000 + 999);
		assert_true(llabs((long long)(ev->end.ms - at(rows[i].end))) <= rows[i].slack_s * 1000 + 999);
		assert_int_equal(ev->start_error_ms > 300000, rows[i].wide);
		if (rows[i].duration)
			assert_string_equal(duration_format(duration, event_duration_ms(ev, ev->end)),
					    rows[i].duration);
		assert_int_equal(kp(&p)->routing.v4.up, 4);
		assert_int_equal(ev->via_asn, 4837);
	}
	assert_said(&p, "restored 01:46 UTC after 9h31m");
	assert_said(&p, "restored 16:12 UTC after 31m");
	play_until(&p, p.info.until.ms + 1);
	assert_int_equal(newest(&p)->id, before); /* 28 Dec is grade C: said, not played */
	play_close(&p);
}

/* Attacks are no outage; flapping is said hours before anything is gone, and is not taken for the outage itself. */
static void test_unstable_before(void **state)
{
	struct play p;
	(void)state;
	play_open(&p);
	play_until(&p, at("2014-12-18T00:00:40Z"));
	assert_string_equal(kp(&p)->loading, "");
	assert_int_equal(kp(&p)->network_count, 4);
	assert_int_equal(kp(&p)->networks[0].v.vis.have, 44);
	assert_int_equal(kp(&p)->single_provider, 4837);
	play_until(&p, at("2014-12-20T23:59:00Z"));
	assert_string_equal(p.log.text, "");
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_NORMAL);
	play_until(&p, at("2014-12-21T12:00:00Z"));
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_UNSTABLE);
	play_until(&p, at("2014-12-22T16:14:00Z"));
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_UNSTABLE);
	assert_null(newest(&p)); /* nothing of the country's was lost for long enough */
	assert_said(&p, "flapping since");
	assert_null(strstr(p.log.text, "AS131279")); /* nor of the operator's */
	play_until(&p, at("2014-12-22T16:20:00Z"));
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_WITHDRAWN);
	assert_non_null(newest(&p));
	assert_true(newest(&p)->start.ms / 1000 == at("2014-12-22T16:15:00Z") / 1000);
	play_close(&p);
}

/* A reader of the log gets one line when all four go, one when they come, and of each network the outage that it had: the one
 * that flapped until then was not withdrawn since its flapping began. */
static void test_told_once(void **state)
{
	static const char total[] = "KP: all 4 networks withdrawn since 16:15 UTC (confirmed)";
	int64_t start = at("2014-12-22T16:15:00Z"), end = at("2014-12-23T01:46:00Z");
	unsigned told = 0, own = 0, flapped = 0;
	struct play p;
	(void)state;
	play_open(&p);
	play_until(&p, at("2014-12-23T02:20:00Z"));
	const struct event_book *b = &app_model(p.app)->book;
	for (size_t i = 0; i < b->log_count; i++) {
		const struct log_line *l = event_log_at(b, i);
		bool here = l->logged.ms >= start && l->logged.ms < end + 3600000;
		if (!here || !l->shown || l->folded)
			continue;
		told++;
		assert_string_equal(l->subject, "KP");
		own += !strcmp(l->text, total);
	}
	assert_int_equal(own, 1);
	assert_int_equal(told, 4); /* gone, flap then die, easing, restored */
	for (size_t i = 0, nets = 0; i < b->count; i++) {
		const struct event *ev = b->events[i];
		if (ev->scope != SCOPE_NETWORK || ev->end.ms < start)
			continue;
		if (ev->kind == VERDICT_UNSTABLE) {
			flapped++;
			assert_int_equal(ev->end.ms / 1000, start / 1000); /* it ended with the last fall */
			continue;
		}
		assert_int_equal(ev->start.ms / 1000, start / 1000);
		assert_int_equal(event_duration_ms(ev, ev->end) / 60000, 571); /* 9h31m */
		assert_non_null(event_folded_under(b, ev));
		assert_true(++nets <= 4);
	}
	assert_int_equal(flapped, 1);
	play_close(&p);
}

/* The two news sites are hosted abroad. Were they to load again in the middle of the outage, nothing would end. */
static void test_sites_do_not_vote(void **state)
{
	static const char back[] = "at 2014-12-23T02:30:00Z sites up";
	const struct embedded *c = case_find("kp-2014");
	char *text = xstrndup((const char *)c->text, c->len), *line = strstr(text, back);
	struct play p;
	(void)state;
	assert_non_null(line);
	memcpy(line, "at 2014-12-22T20:00:00Z sites up", sizeof(back) - 1);
	open_text(&p, text, strlen(text));
	play_until(&p, at("2014-12-22T19:00:00Z"));
	assert_int_equal(kp(&p)->site_count, 2);
	assert_true(kp(&p)->sites[0].told);
	assert_false(kp(&p)->sites[0].measured); /* nobody wrote when they went */
	play_until(&p, at("2014-12-22T22:00:00Z"));
	assert_true(kp(&p)->sites[0].measured);
	assert_true(kp(&p)->sites[0].reachable);
	assert_string_equal(kp(&p)->sites[0].words, "loads (reported)"); /* no figure of a check that nobody made */
	assert_true(isnan(kp(&p)->sites[0].ms));
	assert_int_equal(kp(&p)->sites[0].status, 0);
	assert_int_equal(kp(&p)->sites[0].addr.family, 0);
	assert_int_equal(kp(&p)->sites[0].asn, 0);
	assert_false(kp(&p)->sites[0].votes);
	assert_string_equal(kp(&p)->sites[0].country, SITE_ABROAD); /* as published; where is not */
	assert_int_equal(newest(&p)->state, EVENT_CONFIRMED);
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_WITHDRAWN);
	assert_int_equal(newest(&p)->classes, CLASS_R);
	play_close(&p);
	free(text);
}

/* Rewound and played again, in a new app: the same frames, the same log. */
static void test_rewind(void **state)
{
	struct play p;
	struct err e = {0};
	(void)state;
	play_open(&p);
	play_until(&p, p.info.until.ms + 1);
	char *first = xstrdup(p.log.text);
	unsigned frames = p.frames;
	assert_int_equal(p.tape->ops->rewind(p.tape, &e), 0);
	struct now now = {.wall = p.info.from, .mono = {3600000}};
	app_free(p.app);
	p.app = app_new(&p.config, now);
	assert_int_equal(app_watch(p.app, &p.info.territories[0], NULL, 0, now, &e), 0);
	strbuf_clear(&p.log);
	p.now = WALL_NONE;
	p.frames = 0;
	p.lines = 0;
	play_until(&p, p.info.until.ms + 1);
	assert_int_equal(p.frames, frames);
	assert_string_equal(p.log.text, first);
	assert_true(frames < 150000); /* ten days that a slow machine plays in seconds */
	free(first);
	play_close(&p);
}

static void test_info(void **state)
{
	struct play p;
	(void)state;
	play_open(&p);
	assert_string_equal(p.info.name, "kp-2014");
	assert_non_null(strstr(p.info.note, "Reconstruction"));
	assert_true(p.info.reconstruction);
	assert_non_null(strstr(p.info.about, "https://hub.dyn.com/dyn-research/someone-disconnects-north-korea-who"));
	assert_string_equal(p.info.territories[0].code, "KP");
	assert_true(p.info.mark_count >= 10);
	for (size_t i = 1; i < p.info.mark_count; i++)
		assert_true(p.info.marks[i - 1].t.ms <= p.info.marks[i].t.ms);
	for (size_t i = 0; i < p.info.mark_count; i++) /* each says how good it is, and is not cut */
		assert_true(strstr(p.info.marks[i].text, " [") &&
			    p.info.marks[i].text[strlen(p.info.marks[i].text) - 1] == ']');
	play_close(&p);
}

static void test_wrong_files(void **state)
{
#define HEAD                                                                                                           \
	"name x\nnote y\nterritory KP\nfrom 2014-01-01\nuntil 2014-01-02\nseed 1\npeers 40 of 500000 routes on "       \
	"rrc00\n"                                                                                                      \
	"range 175.45.176.0/22\norigin AS1 a\nupstream AS2 b\nnet 175.45.176.0/24\n"
	static const struct {
		const char *what, *text, *error;
	} rows[] = {
		{"empty", "", "c.case:0: the file does not say its 'name'"},
		{"a word nobody knows", "name x\nnme y\n", "c.case:2: unknown word 'nme'"},
		{"a time that is none", HEAD "at 2014-13-01 down all\n", "c.case:12: not a time '2014-13-01'"},
		{"a happening that is none", HEAD "at 2014-01-01T01:00Z sleep all\n",
		 "c.case:12: unknown word 'sleep'"},
		{"a network that is not there", HEAD "at 2014-01-01T01:00Z down 2\n",
		 "c.case:12: not networks of this case '2'"},
		{"nonsense for networks", HEAD "at 2014-01-01T01:00Z down 1x\n",
		 "c.case:12: not networks of this case '1x'"},
		{"a flap without an end", HEAD "at 2014-01-01T01:00Z flap 1 every 5m for 60s unto 2014-01-01T02:00Z\n",
		 "c.case:12: a flap needs every, for and until: '1'"},
		{"flaps that overlap", HEAD "at 2014-01-01T01:00Z flap 1 every 1m for 60s until 2014-01-01T02:00Z\n",
		 "c.case:12: flaps would overlap: '1m'"},
		{"nothing happens", HEAD "at 2014-01-01T01:00Z\n", "c.case:12: nothing happens 'at'"},
		{"too many peers", "name x\nseed 1\npeers 4000 of 500000 routes on rrc00\n",
		 "c.case:3: not a number in range '4000'"},
		{"happening before peers", "name x\nat 2014-01-01 down all\n",
		 "c.case:2: peers and seed stand before 'at'"},
		{"an end before the beginning",
		 "name x\nnote y\nterritory KP\nfrom 2014-01-02\nuntil 2014-01-01\nseed 1\npeers 40 of 500000 routes "
		 "on rrc00\n"
		 "range 175.45.176.0/22\norigin AS1 a\nupstream AS2 b\nnet 175.45.176.0/24\n",
		 "c.case:11: until is not after 'from'"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct tape *t;
		struct err e = {0};
		print_message("%s\n", rows[i].what);
		assert_int_equal(case_open(&t, "c.case", rows[i].text, strlen(rows[i].text), &e), ERR_USAGE);
		assert_null(t);
		assert_string_equal(e.msg, rows[i].error);
	}
	assert_null(case_find("kp-2015"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_times),
		cmocka_unit_test(test_unstable_before),
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_sites_do_not_vote),
		cmocka_unit_test(test_rewind),
		cmocka_unit_test(test_info),
		cmocka_unit_test(test_wrong_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
