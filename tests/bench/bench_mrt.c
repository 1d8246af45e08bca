/* How fast archives are read: bench_mrt [FILE]...
 *
 * Without files, real updates (samples/mrt) and a table (samples/synthetic-kp-20141222) are repeated into temporary
 * files of some 50 MB; without samples, invented ones are. Each file goes through everything in one run: unpacking
 * alone, decoding alone, decoding to lines, to facts, the whole way of `landline mrt`, and bgpdump -m when it is
 * installed. CPU seconds of one core, the best of ROUNDS, so that a busy machine disturbs little. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "app/unpack.h"
#include "base/mem.h"
#include "source/mrt.h"
#include "unit/mrt_kp.h"

enum { ROUNDS = 3, CORPUS_BYTES = 50 << 20, TABLE_REPEATS = 40, UPDATE_REPEATS = 20 };

enum stage { STAGE_UNPACK, STAGE_DECODE, STAGE_FACTS, STAGE_LINES, STAGE_WRITE, STAGE_COUNT };
static const char *const stage_names[STAGE_COUNT] = {"unpack only", "+ decode", "+ decode, facts", "+ decode, lines",
						     "landline mrt"};

struct run {
	enum stage stage;
	uint64_t bytes, records, lines;
	struct mrt_printer printer;
	struct mrt_facts facts;
	struct batch batch;
	int null;
};

static double cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void count_lines(const char *text, size_t len, void *arg)
{
	struct run *r = arg;

	if (r->stage == STAGE_WRITE && write(r->null, text, len) < 0)
		exit(1);
}

static void take_record(const struct mrt_record *rec, void *arg)
{
	struct run *r = arg;

	r->records++;
	if (r->stage >= STAGE_LINES)
		mrt_print(&r->printer, rec);
	if (r->stage == STAGE_FACTS) {
		if (mrt_facts_add(&r->facts, rec, &r->batch, NULL) < 0 || r->batch.count > 10000)
			batch_clear(&r->batch);
	}
}

static double run_stage(struct run *r, const char *path, enum stage stage)
{
	struct err e = {0};
	struct unpack *u;
	struct mrt_reader *reader = mrt_reader_new();
	char *buf = xmalloc(UNPACK_CHUNK);
	size_t len;

	*r = (struct run){.stage = stage, .null = open("/dev/null", O_WRONLY)};
	mrt_printer_init(&r->printer, count_lines, r);
	mrt_facts_init(&r->facts, "rrc00", NULL, NULL);
	batch_init(&r->batch, 1 << 20);
	double begin = cpu_now();
	int code = unpack_open(&u, path, &e);
	while (code == 0 && (code = unpack_read(u, buf, UNPACK_CHUNK, &len, &e)) == 0 && len > 0) {
		r->bytes += len;
		if (stage != STAGE_UNPACK)
			code = mrt_feed(reader, buf, len, take_record, r, &e);
	}
	mrt_end(reader, take_record, r);
	mrt_printer_flush(&r->printer);
	double spent = cpu_now() - begin;
	if (code < 0) {
		fprintf(stderr, "%s: %s\n", path, e.msg);
		exit(1);
	}
	r->lines = r->printer.lines;
	unpack_close(u);
	mrt_reader_free(reader);
	mrt_printer_release(&r->printer);
	mrt_facts_release(&r->facts);
	batch_release(&r->batch);
	close(r->null);
	free(buf);
	return spent;
}

/* CPU seconds of a bgpdump of its own, or a negative number when there is none. */
static double run_bgpdump(const char *path)
{
	struct rusage use;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execlp("bgpdump", "bgpdump", "-m", path, (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void print_row(const char *name, double s, const struct run *r, double unpack_s)
{
	printf("  %-16s %7.3f s  %10.0f records/s  %7.1f MB/s", name, s, (double)r->records / s,
	       (double)r->bytes / s / 1e6);
	if (unpack_s > 0)
		printf("  %5.2f x unpacking", s / unpack_s);
	putchar('\n');
}

static void bench_file(const char *path, const char *what)
{
	double best[STAGE_COUNT], other = -1;
	struct run r[STAGE_COUNT];

	for (int stage = 0; stage < STAGE_COUNT; stage++) {
		best[stage] = run_stage(&r[stage], path, (enum stage)stage);
		for (int i = 1; i < ROUNDS; i++) {
			double s = run_stage(&r[stage], path, (enum stage)stage);
			best[stage] = s < best[stage] ? s : best[stage];
		}
	}
	for (int i = 0; i < ROUNDS; i++) {
		double s = run_bgpdump(path);
		other = s >= 0 && (other < 0 || s < other) ? s : other;
	}
	const struct run *all = &r[STAGE_WRITE];
	printf("%s: %.1f MB plain, %llu records, %llu lines\n", what, (double)all->bytes / 1e6,
	       (unsigned long long)all->records, (unsigned long long)all->lines);
	r[STAGE_UNPACK].records = all->records;
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		print_row(stage_names[stage], best[stage], &r[stage], stage ? best[STAGE_UNPACK] : 0);
	if (other < 0) {
		puts("  bgpdump is not installed");
		return;
	}
	print_row("bgpdump -m", other, all, best[STAGE_UNPACK]);
	printf("  landline mrt is %.1f times as fast as bgpdump -m (goal: 8)\n", other / best[STAGE_WRITE]);
}

/* ---- files ---- */

static const char *temp_file(char path[64], int *fd, const char *ending)
{
	snprintf(path, 64, "/tmp/landline-bench-XXXXXX%s", ending);
	*fd = mkstemps(path, (int)strlen(ending));
	if (*fd < 0)
		exit(1);
	return path;
}

static void write_whole(int fd, const void *bytes, size_t len)
{
	if (write(fd, bytes, len) != (ssize_t)len)
		exit(1);
}

/* A sample `repeats` times over, packed and plain. False when it is not there. */
static bool repeat_sample(const char *sample, int repeats, char packed[64], char plain[64])
{
	const char *shared = getenv("LANDLINE_SHARED");
	char path[512], *bytes = xmalloc(CORPUS_BYTES), *unpacked = xmalloc(CORPUS_BYTES);
	int packed_fd, plain_fd;

	snprintf(path, sizeof(path), "%s/samples/%s", shared ? shared : "../shared", sample);
	FILE *f = fopen(path, "rb");
	gzFile gz = f ? gzopen(path, "rb") : NULL;
	if (gz) {
		size_t len = fread(bytes, 1, CORPUS_BYTES, f);
		int n = gzread(gz, unpacked, CORPUS_BYTES);
		temp_file(packed, &packed_fd, ".gz");
		temp_file(plain, &plain_fd, ".mrt");
		for (int i = 0; i < repeats; i++) {
			write_whole(packed_fd, bytes, len);
			write_whole(plain_fd, unpacked, n > 0 ? (size_t)n : 0);
		}
		close(packed_fd);
		close(plain_fd);
		gzclose(gz);
	}
	if (f)
		fclose(f);
	free(bytes);
	free(unpacked);
	return gz != NULL;
}

static void invent(void (*build)(struct build *), char plain[64])
{
	struct build b = {0};
	int fd;

	build(&b);
	temp_file(plain, &fd, ".mrt");
	for (size_t at = 0; at < CORPUS_BYTES; at += b.len)
		write_whole(fd, b.bytes, b.len);
	close(fd);
	build_release(&b);
}

static void bench_sample(const char *sample, int repeats, void (*instead)(struct build *), const char *what)
{
	char packed[64] = "", plain[64], title[128];

	if (repeat_sample(sample, repeats, packed, plain)) {
		snprintf(title, sizeof(title), "%s, gzip", what);
		bench_file(packed, title);
		unlink(packed);
	} else {
		invent(instead, plain);
	}
	snprintf(title, sizeof(title), "%s, plain%s", what, *packed ? "" : " (invented: no samples here)");
	bench_file(plain, title);
	unlink(plain);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		bench_file(argv[i], argv[i]);
	if (argc > 1)
		return 0;
	bench_sample("mrt/ris.updates.20160811.1600.gz", UPDATE_REPEATS, build_kp_updates, "updates");
	bench_sample("synthetic-kp-20141222/bview.20141222.1600.gz", TABLE_REPEATS, build_kp_rib, "a table");
	return 0;
}
