/* links: io/record io/record_read io/record_format core/frame core/frame_session core/territory core/countries core/prefix base/strbuf base/text base/when base/err base/mem */
/* Recordings: what goes in comes out; cut at every byte it is read up to the cut; damaged it is refused in words; nothing secret
 * gets in; a file that is there is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/mem.h"
#include "io/record.h"

#define START 1419264900000LL
#define TOKEN "s3cret-t0ken-of-the-user"

static char dir[64], path[128];

static struct now at(int64_t ms)
{
	return (struct now){{1000 + ms}, {START + ms}};
}

static struct frame frame(enum frame_kind kind, int64_t ms)
{
	return (struct frame){.kind = kind, .now = at(ms), .source = "", .call = "", .subject = "", .url = "",
			      .in = {.retry_after_s = -1, .time = {START + ms}}};
}

static struct record *begin(void)
{
	static struct session s;
	struct record *r;
	struct err e = {0};
	memset(&s, 0, sizeof(s));
	s.format = SESSION_FORMAT;
	assert_int_equal(territory_parse("KP", &s.territories[0], &e), 0);
	s.territory_count = 1;
	unlink(path);
	if (record_open(&r, path, &s, at(0), &e) < 0)
		fail_msg("%s", e.msg);
	return r;
}

/* Frame n: an input of n bytes' body each 300 ms, then its turn. */
static void write_frames(struct record *r, unsigned count)
{
	char body[600];
	struct frame job = frame(FRAME_JOB, 0);
	job.in.job = 3;
	job.source = "rislive";
	job.call = "stream";
	job.subject = "{\"prefix\": \"175.45.176.0/22\"}";
	job.url = "https://ris-live.ripe.net/v1/stream/";
	record_frame(r, &job);
	for (unsigned n = 0; n < count; n++) {
		struct frame f = frame(FRAME_INPUT, n * 300), turn = frame(FRAME_TURN, n * 300);
		for (unsigned i = 0; i < sizeof(body); i++) /* does not pack well */
			body[i] = (char)((n * 2654435761u + i * 40503u * (i + 7)) >> 11);
		f.in.kind = INPUT_CHUNK;
		f.in.job = 3;
		f.in.body = body;
		f.in.len = n % sizeof(body);
		record_frame(r, &f);
		record_frame(r, &turn);
		record_turn(r, turn.now);
	}
}

static void finish(struct record *r)
{
	struct err e = {0};
	if (record_close(r, &e) < 0)
		fail_msg("%s", e.msg);
}

static unsigned char *read_file(size_t *len)
{
	struct stat st;
	int fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	unsigned char *bytes = xmalloc((size_t)st.st_size + 1);
	assert_int_equal(read(fd, bytes, (size_t)st.st_size), st.st_size);
	close(fd);
	*len = (size_t)st.st_size;
	return bytes;
}

/* How many inputs come out, in order and whole; < 0 the error. */
static int count_inputs(const unsigned char *bytes, size_t len, struct record_info *info)
{
	struct record_reader *r;
	struct frame f;
	struct err e = {0};
	int n = 0, rc = record_reader_memory(&r, bytes, len, &e);
	if (rc < 0) {
		assert_true(e.msg[0] != '\0');
		return rc;
	}
	while ((rc = record_reader_next(r, &f, &e)) > 0)
		if (f.kind == FRAME_INPUT) {
			assert_int_equal(f.in.len, n % 600);
			assert_string_equal(f.source, "rislive");
			n++;
		}
	record_reader_info(r, info);
	record_reader_close(r);
	return rc < 0 ? rc : n;
}

static void test_round_trip(void **state)
{
	struct record_reader *reader;
	struct record_info info;
	struct frame f;
	struct err e = {0};
	(void)state;
	struct record *r = begin();
	write_frames(r, 3000); /* more than one member */
	finish(r);
	assert_int_equal(record_reader_open(&reader, path, &e), 0);
	record_reader_info(reader, &info);
	assert_int_equal(info.from.ms, START);
	assert_int_equal(info.until.ms, START + 2999 * 300);
	assert_false(info.cut);
	assert_string_equal(info.session.territories[0].code, "KP");
	for (int round = 0; round < 2; round++) {
		for (int n = 0; n < 3000; n++) {
			assert_int_equal(record_reader_next(reader, &f, &e), 1);
			assert_int_equal(f.kind, FRAME_INPUT);
			assert_int_equal(f.now.wall.ms, START + n * 300);
			assert_int_equal(f.in.len, n % 600);
			assert_string_equal(f.subject, "{\"prefix\": \"175.45.176.0/22\"}");
			assert_int_equal(record_reader_next(reader, &f, &e), 1);
			assert_int_equal(f.kind, FRAME_TURN);
		}
		assert_int_equal(record_reader_next(reader, &f, &e), 0);
		assert_int_equal(record_reader_rewind(reader, &e), 0);
	}
	record_reader_info(reader, &info);
	assert_false(info.cut);
	record_reader_close(reader);
}

/* Any gunzip can read it. */
static void test_is_gzip(void **state)
{
	char text[64];
	(void)state;
	struct record *r = begin();
	write_frames(r, 2000);
	finish(r);
	gzFile z = gzopen(path, "rb");
	assert_non_null(z);
	assert_int_equal(gzread(z, text, 8), 8);
	assert_memory_equal(text, "session ", 8);
	size_t total = 8;
	char buf[8192];
	for (int n; (n = gzread(z, buf, sizeof(buf))) > 0;)
		total += (size_t)n;
	assert_int_equal(gzclose(z), Z_OK);
	assert_true(total > 600000);
}

static void test_cut_at_every_byte(void **state)
{
	size_t len;
	struct record_info info;
	int before = 0;
	(void)state;
	struct record *r = begin();
	write_frames(r, 60);
	finish(r);
	unsigned char *bytes = read_file(&len);
	for (size_t cut = 0; cut < len; cut++) {
		unsigned char *part = xmalloc(cut + 1); /* so that a sanitizer sees a byte too far */
		memcpy(part, bytes, cut);
		int n = count_inputs(part, cut, &info);
		if (n >= 0) {
			assert_true(n >= before); /* more bytes never show less */
			assert_true(info.cut);
			before = n;
		} else {
			assert_int_equal(before, 0); /* only where not even the session is there */
		}
		free(part);
	}
	assert_int_equal(before, 60);
	assert_int_equal(count_inputs(bytes, len, &info), 60);
	assert_false(info.cut);
	free(bytes);
}

/* Killed: what is older than a second is there. The file is looked at while it is being written. */
static void test_flushed_each_second(void **state)
{
	size_t len;
	struct record_info info;
	(void)state;
	struct record *r = begin();
	write_frames(r, 40); /* 12 s */
	unsigned char *bytes = read_file(&len);
	int n = count_inputs(bytes, len, &info);
	assert_true(n >= 40 - 4);
	assert_true(info.cut);
	assert_true(info.until.ms >= START + 39 * 300 - 1000);
	free(bytes);
	finish(r);
}

static void test_flipped_bits(void **state)
{
	size_t len;
	struct record_info info;
	(void)state;
	struct record *r = begin();
	write_frames(r, 30);
	finish(r);
	unsigned char *bytes = read_file(&len);
	for (size_t i = 0; i < len; i++)
		for (int bit = 0; bit < 8; bit += 3) {
			bytes[i] ^= (unsigned char)(1 << bit);
			struct record_reader *reader;
			struct frame f;
			struct err e = {0};
			if (record_reader_memory(&reader, bytes, len, &e) == 0) {
				for (int n = 0; record_reader_next(reader, &f, &e) > 0 && n < 100000; n++)
					;
				record_reader_info(reader, &info);
				record_reader_close(reader);
			}
			bytes[i] ^= (unsigned char)(1 << bit);
		}
	assert_int_equal(count_inputs(bytes, len, &info), 30);
	free(bytes);
}

static void test_refused(void **state)
{
	struct record_reader *reader;
	struct err e = {0};
	size_t len;
	(void)state;
	assert_int_equal(record_reader_memory(&reader, "hello", 5, &e), ERR_PARSE);
	assert_int_equal(record_reader_memory(&reader, "", 0, &e), ERR_PARSE);
	assert_int_equal(record_reader_open(&reader, "/nonexistent/x", &e), ERR_NOT_FOUND);
	assert_int_equal(record_reader_open(&reader, dir, &e), ERR_FILE);
	struct record *r = begin();
	finish(r);
	unsigned char *bytes = read_file(&len);
	bytes[16] = 2; /* the container's version */
	assert_int_equal(record_reader_memory(&reader, bytes, len, &e), ERR_SHAPE);
	assert_non_null(strstr(e.msg, "newer"));
	free(bytes);
}

static void test_never_written_over(void **state)
{
	struct session s = {.format = SESSION_FORMAT};
	struct record *r = begin(), *again;
	struct err e = {0};
	size_t before, after;
	(void)state;
	write_frames(r, 5);
	finish(r);
	unsigned char *bytes = read_file(&before);
	assert_true(record_open(&again, path, &s, at(0), &e) < 0);
	assert_non_null(strstr(e.msg, "exists"));
	free(bytes);
	free(read_file(&after));
	assert_int_equal(before, after);
}

static void test_a_folder_gets_a_new_file(void **state)
{
	struct session s = {.format = SESSION_FORMAT};
	struct record *r;
	struct err e = {0};
	char want[160];
	(void)state;
	snprintf(want, sizeof(want), "%s/landline-20141222T161500Z.rec", dir);
	assert_int_equal(record_open(&r, dir, &s, at(0), &e), 0);
	assert_string_equal(record_path(r), want);
	finish(r);
	unlink(want);
}

/* Neither in a URL, nor where an answer or an error repeats it. */
static void test_no_secrets(void **state)
{
	char url[300], buf[1 << 16];
	(void)state;
	struct record *r = begin();
	record_secret(r, TOKEN);
	struct frame job = frame(FRAME_JOB, 0), in = frame(FRAME_INPUT, 10);
	job.in.job = in.in.job = 1;
	job.source = "radar";
	job.call = "netflows";
	job.url = frame_clean_url(url, sizeof(url), "https://me:" TOKEN "@host/x?api_token=" TOKEN "&plain=" TOKEN);
	in.in.body = "you sent Authorization: Bearer " TOKEN ", and again " TOKEN;
	in.in.len = strlen(in.in.body);
	err_set(&in.in.err, ERR_HTTP, "HTTP 403 %s", TOKEN);
	record_frame(r, &job);
	record_frame(r, &in);
	finish(r);
	gzFile z = gzopen(path, "rb");
	int n = gzread(z, buf, sizeof(buf) - 1);
	assert_true(n > 0);
	buf[n] = '\0';
	gzclose(z);
	assert_non_null(strstr(buf, "you sent Authorization: Bearer ****"));
	assert_null(strstr(buf, TOKEN));
	assert_null(strstr(buf, "me:"));
}

/* However a server writes back what it was sent. */
static void test_escaped_secrets(void **state)
{
	static const char secret[] = "s3c/ret+t%ken=of you";
	static const struct { const char *what, *says; } rows[] = {
		{"as it is", "s3c/ret+t%ken=of you"},
		{"percent-encoded", "s3c%2Fret%2Bt%25ken%3Dof%20you"},
		{"in small letters", "s3c%2fret%2bt%25ken%3dof%20you"},
		{"only what must be", "s3c/ret+t%25ken=of%20you"},
		{"every byte", "%73%33%63%2F%72%65%74%2B%74%25%6B%65%6E%3D%6F%66%20%79%6F%75"},
		{"twice over", "s3c%252Fret%252Bt%2525ken%253Dof%2520you"},
		{"in JSON", "s3c\\/ret\\u002bt%ken=of you"},
	};
	char buf[1 << 16], body[300], url[300];
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct record *r = begin();
		struct frame job = frame(FRAME_JOB, 0), in = frame(FRAME_INPUT, 10);
		record_secret(r, secret);
		snprintf(body, sizeof(body), "%%s3c \\ before >%s< %s after %%", rows[i].says, rows[i].says);
		snprintf(url, sizeof(url), "https://host/%s/x", rows[i].says);
		job.in.job = in.in.job = 1;
		job.source = "radar";
		job.call = "netflows";
		job.url = url;
		in.in.body = body;
		in.in.len = strlen(body);
		record_frame(r, &job);
		record_frame(r, &in);
		finish(r);
		gzFile z = gzopen(path, "rb");
		int n = gzread(z, buf, sizeof(buf) - 1);
		gzclose(z);
		assert_true(n > 0);
		buf[n] = '\0';
		size_t stars = 0;
		for (const char *p = buf; *p; p++)
			stars += *p == '*';
		if (!strstr(buf, "%s3c \\ before >*") || !strstr(buf, "*< *") || !strstr(buf, "* after %") || !strstr(buf, "https://host/*") ||
		    stars < 3 * strlen(secret))
			fail_msg("%s: %s", rows[i].what, buf);
	}
}

/* A full disk: words, and what was written before can be read. */
static void test_full_disk(void **state)
{
	struct rlimit old, small;
	size_t len;
	struct record_info info;
	struct err e = {0};
	(void)state;
	struct record *r = begin();
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 300000;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	write_frames(r, 2000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_true(record_error(r)[0] != '\0');
	assert_true(record_close(r, &e) < 0);
	unsigned char *bytes = read_file(&len);
	assert_true(len <= 300000);
	assert_true(count_inputs(bytes, len, &info) > 900);
	assert_true(info.cut);
	free(bytes);
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/landline-record-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/x.rec", dir);
	return 0;
}

static int drop_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),         cmocka_unit_test(test_is_gzip),
		cmocka_unit_test(test_cut_at_every_byte),  cmocka_unit_test(test_flushed_each_second),
		cmocka_unit_test(test_flipped_bits),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_never_written_over), cmocka_unit_test(test_a_folder_gets_a_new_file),
		cmocka_unit_test(test_no_secrets),         cmocka_unit_test(test_escaped_secrets),
		cmocka_unit_test(test_full_disk),
	};
	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
