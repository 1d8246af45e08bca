/* How fast the past goes: hours of one country a second, headless; how long a key may have to wait at 100000x; and what a
 * recording costs on disk and in time, beside the same bytes in and out of plain zlib.
 *
 * The tape is the bundled case, ten days of North Korea with more than a day of flapping; the recording is made of its frames. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "app/replay.h"
#include "base/mem.h"
#include "io/clock.h"
#include "io/record.h"

static struct tape *open_case(void)
{
	struct tape *t;
	struct err e = {0};
	struct tape_want want = {.word = "kp-2014"};
	if (tape_open(&want, &t, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	return t;
}

static struct replay *open_replay(double speed)
{
	struct replay *r;
	struct err e = {0};
	struct replay_options o = {.speed = speed, .from = WALL_NONE, .until = WALL_NONE};
	if (replay_open(&r, open_case(), &o, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	return r;
}

static void bench_headless(void)
{
	struct replay *r = open_replay(1);
	struct wall from = replay_at(r);
	int64_t began = clock_work_us();
	while (replay_run_free(r, 1000000))
		;
	double s = (double)(clock_work_us() - began) / 1e6, hours = (double)(replay_at(r).ms - from.ms) / 3600000;
	printf("headless        %6.0f h of KP in %.2f s: %.0f h/s (%.0f times real time)\n", hours, s, hours / s, hours * 3600 / s);
	replay_free(r);
}

/* As the dashboard runs it: slices of 10 ms; the longest one is what a key waits for. */
static void bench_slices(void)
{
	struct replay *r = open_replay(REPLAY_SPEED_MAX);
	int64_t longest = 0, began = clock_work_us(), t = began;
	unsigned n = 0;
	while (!replay_ended(r) && t - began < 20000000) {
		replay_run(r, (struct now){{t / 1000}, {t / 1000}}, 10000);
		int64_t now = clock_work_us();
		if (now - t > longest)
			longest = now - t;
		t = now;
		n++;
	}
	printf("at 100000x      %u slices, the longest %.1f ms: what a key waits at most\n", n, (double)longest / 1000);
	began = clock_work_us();
	replay_seek(r, (struct wall){replay_info(r)->from.ms + 5 * 86400000LL}, (struct now){{t / 1000}, {t / 1000}});
	while (replay_run(r, (struct now){{t / 1000}, {t / 1000}}, 10000))
		;
	printf("seek back       to the fifth day, exactly: %.2f s\n", (double)(clock_work_us() - began) / 1e6);
	replay_free(r);
}

static uint64_t record_case(const char *path, double *seconds, uint64_t *raw)
{
	static struct session s;
	struct tape_info info;
	struct record *rec;
	struct frame f;
	struct err e = {0};
	struct tape *t = open_case();
	struct strbuf head;
	strbuf_init(&head, FRAME_HEAD_MAX);
	t->ops->info(t, &info);
	s.format = SESSION_FORMAT;
	s.territories[s.territory_count++] = info.territories[0];
	if (record_open(&rec, path, &s, (struct now){{0}, info.from}, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	*raw = 0;
	int64_t spent = 0;
	while (t->ops->next(t, &f, &e) > 0) {
		int64_t began = clock_work_us();
		record_frame(rec, &f);
		record_turn(rec, f.now);
		spent += clock_work_us() - began;
		strbuf_clear(&head);
		frame_head(&f, &head);
		*raw += head.len + f.in.len + 1;
	}
	*seconds = (double)spent / 1e6;
	if (record_close(rec, &e) < 0)
		fprintf(stderr, "%s\n", e.msg);
	strbuf_release(&head);
	tape_free(t);
	struct stat st;
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void bench_recording(void)
{
	char path[64] = "/tmp/landline-bench-XXXXXX", buf[65536];
	struct record_reader *reader;
	struct frame f;
	struct err e = {0};
	double write_s;
	uint64_t raw, frames = 0;
	int fd = mkstemp(path);
	if (fd < 0)
		exit(1);
	close(fd);
	unlink(path);
	uint64_t size = record_case(path, &write_s, &raw);
	int64_t began = clock_work_us();
	if (record_reader_open(&reader, path, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		exit(1);
	}
	while (record_reader_next(reader, &f, &e) > 0)
		frames++;
	record_reader_close(reader);
	double read_s = (double)(clock_work_us() - began) / 1e6;
	began = clock_work_us();
	gzFile z = gzopen(path, "rb");
	while (gzread(z, buf, sizeof(buf)) > 0)
		;
	gzclose(z);
	double zlib_s = (double)(clock_work_us() - began) / 1e6;
	printf("recording       %.1f MB of frames in %.2f MB, written at %.0f MB/s\n", (double)raw / 1e6, (double)size / 1e6, (double)raw / 1e6 / write_s);
	printf("reading         %llu frames, %.0f MB/s; plain gunzip of the file %.0f MB/s\n", (unsigned long long)frames, (double)raw / 1e6 / read_s,
	       (double)raw / 1e6 / zlib_s);
	unlink(path);
}

int main(void)
{
	bench_headless();
	bench_slices();
	bench_recording();
	return 0;
}
