/* links: app/app* app/schedule app/archive_tape app/tape_stream app/archive_tables app/archive_returns app/unpack embedded source/[a-z]* core/[a-z]* base/[a-z]* */
/* Archive files on disk through the tape, the source, the app: North Korea's outage out of a made-up archive, a
 * collector without files, a damaged file, and the published synthetic files when they are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/archive_tape.h"
#include "base/mem.h"
#include "source/source.h"
#include "unit/archive_world.h"

static char folder[64];

struct play {
	struct archive_plan plan;
	struct tape *tape;
	struct tape_info info;
	struct config config;
	struct app *app;
	struct strbuf log;
	uint64_t lines;
	struct frame frame; /* read, and not played yet */
	bool have;
	struct now last;
	struct wall due;
};

static struct wall at(const char *text)
{
	struct wall t;
	assert_int_equal(wall_parse(text, &t, NULL), 0);
	return t;
}

static int make_world(void **state)
{
	char path[200];
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/landline-archive-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/mrt", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	return 0;
}

static int remove_world(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return system(command) ? -1 : 0;
}

/* Write every planned file of the made-up archive. */
static void fill_archive(struct archive_plan *p)
{
	char path[300];
	for (size_t i = 0; i < p->count; i++) {
		struct build b = {0};
		unsigned c = 0;
		while (strcmp(aw_collectors[c], p->files[i].collector->name))
			c++;
		snprintf(path, sizeof(path), "%s/mrt/%s", folder, aw_collectors[c]);
		mkdir(path, 0700);
		snprintf(path, sizeof(path), "%s/%s", folder, p->files[i].path);
		if (p->files[i].table)
			aw_build_table_at(&b, c, (uint32_t)(p->files[i].from.ms / 1000));
		else
			aw_build_updates(&b, c, (uint32_t)(p->files[i].from.ms / 1000));
		assert_true(aw_write(path, &b));
		p->files[i].have = true;
		build_release(&b);
	}
}

static void make_plan(struct play *p, const char *from, const char *until)
{
	struct err e = {0};
	memset(p, 0, sizeof(*p));
	if (archive_plan(&p->plan, at(from), at(until), "rrc00,rrc01,rrc03", "http://x", "http://y", at("2026-11-22"),
			 &e) < 0)
		fail_msg("%s", e.msg);
}

static void play_open(struct play *p, const char *dir, bool quiet_holes)
{
	struct config_source_default d[CONFIG_SOURCES_MAX];
	struct territory_spec spec;
	const char *resources = aw_resources;
	struct err e = {0};
	assert_int_equal(territory_parse("KP", &spec, &e), 0);
	struct archive_tape_options o = {.plan = &p->plan,
					 .cache_dir = dir,
					 .specs = &spec,
					 .spec_count = 1,
					 .resources = &resources,
					 .quiet_holes = quiet_holes};
	if (archive_tape_open(&p->tape, &o, &e) < 0)
		fail_msg("%s", e.msg);
	p->tape->ops->info(p->tape, &p->info);
	for (size_t i = 0; i < source_count; i++)
		d[i] = (struct config_source_default){source_table[i]->name, source_table[i]->url,
						      !source_table[i]->off_by_default};
	config_init(&p->config, d, source_count);
	if (config_parse(&p->config, "archive", p->info.config, strlen(p->info.config), &e) < 0)
		fail_msg("%s", e.msg);
	struct now now = {.wall = p->info.from, .mono = {3600000}};
	p->last = now;
	p->due = WALL_NONE;
	p->app = app_new(&p->config, now);
	assert_int_equal(app_watch(p->app, &p->info.territories[0], NULL, 0, now, &e), 0);
	strbuf_init(&p->log, 1 << 20);
}

static void play_close(struct play *p)
{
	app_free(p->app);
	p->tape->ops->free(p->tape);
	archive_plan_release(&p->plan);
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

/* What falls due before the next frame, as the player does. */
static void play_due(struct play *p)
{
	while (wall_is_set(p->due) && p->due.ms < p->frame.now.wall.ms) {
		int64_t step = p->due.ms > p->last.wall.ms ? p->due.ms - p->last.wall.ms : 1;
		p->last.wall.ms += step;
		p->last.mono.ms += step;
		struct frame turn = {
			.kind = FRAME_TURN, .now = p->last, .source = "", .call = "", .subject = "", .url = ""};
		p->due = app_frame(p->app, &turn);
		read_log(p);
	}
}

static void play_until(struct play *p, struct wall until)
{
	struct err e = {0};
	for (;;) {
		if (!p->have && p->tape->ops->next(p->tape, &p->frame, &e) <= 0)
			return;
		p->have = true;
		if (p->frame.now.wall.ms > until.ms)
			return;
		if (p->frame.now.wall.ms < p->last.wall.ms)
			fail_msg("back in time");
		play_due(p);
		p->due = app_frame(p->app, &p->frame);
		p->last = p->frame.now;
		p->have = false;
		read_log(p);
	}
}

static const struct territory *kp(const struct play *p)
{
	return app_model(p->app)->territories[0];
}

/* The six: the country, its operator, four networks; and nothing else. */
static void check_six(struct play *p, int64_t slack_s)
{
	const struct event_book *b = &app_model(p->app)->book;
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++) {
		const struct event *ev = b->events[i];
		if (ev->state == EVENT_DISMISSED)
			continue;
		n++;
		assert_int_equal(ev->state, EVENT_RESOLVED);
		assert_int_equal(ev->kind, VERDICT_WITHDRAWN);
		if (llabs((long long)(ev->start.ms - at("2014-12-22T16:15:00Z").ms)) > slack_s * 1000 ||
		    llabs((long long)(ev->end.ms - at("2014-12-23T01:46:00Z").ms)) > slack_s * 1000)
			fail_msg("%s: not at the published times:\n%s", ev->subject, p->log.text);
		assert_true(ev->evidence_count > 0);
		assert_string_equal(ev->evidence[0].source, "mrt");
	}
	if (n != 6)
		fail_msg("%zu events, not 6:\n%s", n, p->log.text);
	assert_int_equal(kp(p)->routing.v4.up, 4);
	assert_int_equal(kp(p)->verdict.kind, VERDICT_NORMAL);
}

static void test_the_2014_outage(void **state)
{
	struct play p;
	(void)state;
	make_plan(&p, "2014-12-22T16:00Z", "2014-12-23T02:30Z");
	fill_archive(&p.plan);
	play_open(&p, folder, false);
	play_until(&p, at("2014-12-22T16:00:10Z"));
	assert_int_equal(kp(&p)->network_count, 4);
	assert_int_equal(kp(&p)->networks[0].v.vis.have, 42);
	assert_int_equal(kp(&p)->networks[0].v.vis.eligible, 42);
	assert_int_equal(kp(&p)->single_provider, 4837);
	play_until(&p, p.info.until);
	check_six(&p, 1);
	play_close(&p);
}

/* One collector's files are not there for an hour: its peers leave the vote, and that is all. */
static void test_a_collector_without_files(void **state)
{
	struct play p;
	(void)state;
	make_plan(&p, "2014-12-22T16:00Z", "2014-12-22T18:00Z");
	fill_archive(&p.plan);
	for (size_t i = 0; i < p.plan.count; i++)
		if (!strcmp(p.plan.files[i].collector->name, "rrc03") && !p.plan.files[i].table &&
		    p.plan.files[i].from.ms >= at("2014-12-22T16:10Z").ms)
			p.plan.files[i].have = false;
	play_open(&p, folder, false);
	play_until(&p, at("2014-12-22T16:11:00Z"));
	assert_int_equal(kp(&p)->networks[0].v.vis.eligible, 28);
	assert_int_equal(kp(&p)->networks[0].v.state, NET_UP);
	play_until(&p, at("2014-12-22T16:25:00Z"));
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_WITHDRAWN);
	play_close(&p);
}

/* Half an hour of one collector is not there: it is out of the vote until its next table dump, and with it it is back. */
static void test_a_collector_comes_back(void **state)
{
	struct play p;
	(void)state;
	make_plan(&p, "2014-12-23T08:00Z", "2014-12-23T17:30Z");
	for (size_t i = 0; i < p.plan.count; i++) {
		const struct archive_file *f = &p.plan.files[i];
		p.plan.files[i].missing = !strcmp(f->collector->name, "rrc03") && !f->table &&
					  ((f->from.ms >= at("2014-12-23T09:00Z").ms && f->from.ms < at("2014-12-23T09:30Z").ms) ||
					   f->from.ms == at("2014-12-23T17:00Z").ms);
	}
	assert_int_equal(archive_plan_returns(&p.plan, "http://x", "http://y"), 1);
	fill_archive(&p.plan);
	for (size_t i = 0; i < p.plan.count; i++)
		p.plan.files[i].have = !p.plan.files[i].missing;
	play_open(&p, folder, false);
	static const struct {
		const char *what, *t;
		unsigned eligible;
	} rows[] = {
		{"all three", "2014-12-23T08:30Z", 42},  {"without it", "2014-12-23T09:10Z", 28},
		{"heard, but what it has is not known", "2014-12-23T15:59Z", 28},
		{"back", "2014-12-23T16:02Z", 42},       {"gone again", "2014-12-23T17:02Z", 28},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].what);
		play_until(&p, at(rows[i].t));
		assert_int_equal(kp(&p)->networks[0].v.vis.eligible, rows[i].eligible);
		assert_int_equal(kp(&p)->networks[0].v.vis.have, rows[i].eligible);
		assert_int_equal(kp(&p)->networks[0].v.state, NET_UP);
	}
	assert_int_equal(app_model(p.app)->book.count, 0);
	play_close(&p);
}

/* Nobody has files of a quarter of an hour: that is a gap, and not an outage. */
static void test_a_hole(void **state)
{
	struct play p;
	(void)state;
	make_plan(&p, "2014-12-22T16:00Z", "2014-12-22T17:00Z");
	fill_archive(&p.plan);
	for (size_t i = 0; i < p.plan.count; i++)
		if (!p.plan.files[i].table && p.plan.files[i].from.ms >= at("2014-12-22T16:10Z").ms)
			p.plan.files[i].have = false;
	play_open(&p, folder, false);
	play_until(&p, at("2014-12-22T16:09:00Z"));
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_NORMAL);
	play_until(&p, p.info.until);
	assert_null(strstr(p.log.text, "withdrawn"));
	play_close(&p);
}

static void test_damage(void **state)
{
	struct play p;
	char path[300];
	struct err e = {0};
	struct territory_spec spec;
	(void)state;
	make_plan(&p, "2014-12-22T16:00Z", "2014-12-22T17:00Z");
	fill_archive(&p.plan);
	snprintf(path, sizeof(path), "%s/mrt/rrc01/updates.20141222.1605.gz", folder);
	assert_true(aw_write(path, &(struct build){.bytes = (uint8_t *)"<html>", .len = 6}));
	play_open(&p, folder, false);
	play_until(&p, at("2014-12-22T16:25:00Z"));
	assert_int_equal(kp(&p)->verdict.kind, VERDICT_WITHDRAWN);
	play_close(&p);
	/* a table dump that is none cannot be gone on from */
	make_plan(&p, "2014-12-22T16:00Z", "2014-12-22T17:00Z");
	fill_archive(&p.plan);
	snprintf(path, sizeof(path), "%s/mrt/rrc00/bview.20141222.1600.gz", folder);
	assert_true(aw_write(path, &(struct build){.bytes = (uint8_t *)"<!DOCTYPE html> not found", .len = 25}));
	assert_int_equal(territory_parse("KP", &spec, &e), 0);
	const char *resources = aw_resources;
	struct archive_tape_options o = {
		.plan = &p.plan, .cache_dir = folder, .specs = &spec, .spec_count = 1, .resources = &resources};
	assert_int_equal(archive_tape_open(&p.tape, &o, &e), ERR_PARSE);
	assert_non_null(strstr(e.msg, "bview.20141222.1600.gz"));
	archive_plan_release(&p.plan);
}

/* The published synthetic files: nothing between 16:30 and 01:40, which is said to be quiet. */
static void test_published_files(void **state)
{
	const char *shared = getenv("LANDLINE_SHARED");
	char dir[500], path[700];
	struct play p;
	struct err e = {0};
	(void)state;
	snprintf(dir, sizeof(dir), "%.400s/samples/synthetic-kp-20141222", shared ? shared : "/nowhere");
	if (access(dir, R_OK) < 0)
		skip();
	memset(&p, 0, sizeof(p));
	assert_int_equal(archive_plan(&p.plan, at("2014-12-22T16:00Z"), at("2014-12-23T02:30Z"), "rrc00", "http://x",
				      "http://y", at("2026-11-22"), &e),
			 0);
	for (size_t i = 0; i < p.plan.count; i++) {
		struct archive_file *f = &p.plan.files[i];
		memmove(f->path, strrchr(f->path, '/') + 1, strlen(strrchr(f->path, '/')));
		snprintf(path, sizeof(path), "%s/%s", dir, f->path);
		f->have = access(path, R_OK) == 0;
	}
	play_open(&p, dir, true);
	play_until(&p, p.info.until);
	check_six(&p, 60);
	play_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_2014_outage), cmocka_unit_test(test_a_collector_without_files),
		cmocka_unit_test(test_a_collector_comes_back), cmocka_unit_test(test_a_hole),          cmocka_unit_test(test_damage),
		cmocka_unit_test(test_published_files),
	};
	return cmocka_run_group_tests(tests, make_world, remove_world);
}
