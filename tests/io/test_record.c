/* links: io/record io/record_read io/record_member io/record_scrub io/record_format core/frame core/frame_session core/territory core/countries core/prefix base/strbuf base/text base/when base/err base/mem */
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

/* ---- damage ---- */

#define FRAMES 3000            /* inputs of five members */
#define MEMBERS_MAX 16
struct places { uint64_t at[MEMBERS_MAX + 1]; size_t count; }; /* where each member begins, and the end */

static void find_places(const unsigned char *bytes, size_t len, struct places *p)
{
	p->count = 0;
	for (size_t at = 0; at < len; p->count++) {
		assert_true(p->count < MEMBERS_MAX);
		p->at[p->count] = at;
		at += (size_t)bytes[at + 20] | (size_t)bytes[at + 21] << 8 | (size_t)bytes[at + 22] << 16 | (size_t)bytes[at + 23] << 24;
	}
	p->at[p->count] = len;
}

struct reading {
	bool seen[FRAMES];       /* inputs that came, each whole */
	int lost;                /* holes */
	int64_t from, until;     /* of the last hole */
	char words[200];
	struct record_info info;
};

/* Two times over: after a rewind the same comes out. */
static int read_damaged(const unsigned char *bytes, size_t len, struct reading *out)
{
	struct record_reader *r;
	struct frame f;
	struct err e = {0};
	int rc = record_reader_memory(&r, bytes, len, &e), got[2] = {0};
	if (rc < 0)
		return rc;
	for (int round = 0; round < 2; round++) {
		int64_t before = INT64_MIN;
		memset(out, 0, sizeof(*out));
		while ((rc = record_reader_next(r, &f, &e)) > 0) {
			assert_true(f.now.wall.ms >= before);
			before = f.now.wall.ms;
			if (f.kind == FRAME_INPUT) {
				size_t n = (size_t)(f.now.wall.ms - START) / 300;
				assert_true(n < FRAMES && !out->seen[n]);
				assert_int_equal(f.in.len, n % 600);
				assert_string_equal(f.source, "rislive"); /* its job is named in each member */
				out->seen[n] = true;
				got[round]++;
			} else if (f.kind == FRAME_LOST) {
				out->lost++;
				out->from = f.now.wall.ms;
				out->until = f.in.time.ms;
				snprintf(out->words, sizeof(out->words), "%.*s", (int)f.in.len, f.in.body);
			}
		}
		assert_int_equal(rc, 0);
		assert_int_equal(record_reader_rewind(r, &e), 0);
	}
	assert_int_equal(got[0], got[1]);
	record_reader_info(r, &out->info);
	record_reader_close(r);
	return got[0];
}

/* What is lost is what the hole says, and nothing beside it. */
static void check_hole(const char *what, size_t member, uint64_t at, const struct reading *r)
{
	char place[60];
	size_t missing = 0;
	for (size_t n = 0; n < FRAMES; n++) {
		int64_t t = START + (int64_t)n * 300;
		missing += !r->seen[n];
		if (!r->seen[n] && (r->lost == 0 || t < r->from || t > r->until))
			fail_msg("%s of member %zu: input %zu is gone, outside of the hole", what, member, n);
	}
	snprintf(place, sizeof(place), "damaged at byte %llu: 20", (unsigned long long)at);
	if (r->lost > 1 || missing > 1200 || (r->lost && strncmp(r->words, place, strlen(place))))
		fail_msg("%s of member %zu: %d holes, %zu inputs gone, '%s', not '%s'", what, member, r->lost, missing, r->words, place);
	int64_t day = 86400000;
	if (r->info.from.ms < START - day || r->info.from.ms > START + day || r->info.until.ms < START - day ||
	    r->info.until.ms > START + 2 * day)
		fail_msg("%s of member %zu: it goes from %lld to %lld", what, member, (long long)r->info.from.ms, (long long)r->info.until.ms);
}

static void test_damaged_members(void **state)
{
	static const struct { const char *what; uint64_t byte; bool from_end, harmless; } flips[] = {
		{"magic", 1, false, false},         {"the version", 16, false, false},
		{"the size's low byte", 20, false, true}, {"the size's high byte", 23, false, true},
		{"the frames", 28, false, true},    {"the first time's high byte", 38, false, true},
		{"the last time's high byte", 46, false, true}, {"the beginning of the data", 52, false, false},
		{"the middle of the data", 20000, false, false}, {"the end of the data", 12, true, false},
		{"the CRC", 8, true, false},        {"the length", 1, true, false},
	};
	static struct reading r;
	struct places p;
	size_t len;
	(void)state;
	struct record *out = begin();
	write_frames(out, FRAMES);
	finish(out);
	unsigned char *bytes = read_file(&len);
	find_places(bytes, len, &p);
	assert_true(p.count > 4);
	assert_int_equal(read_damaged(bytes, len, &r), FRAMES);
	assert_int_equal(r.lost, 0);
	for (size_t m = 0; m < p.count; m++)
		for (size_t i = 0; i < ARRAY_LEN(flips); i++) {
			uint64_t at = flips[i].from_end ? p.at[m + 1] - flips[i].byte : p.at[m] + flips[i].byte;
			if (at >= p.at[m + 1] || (m == 0 && at < 17))
				continue; /* the first bytes of all say that it is a recording */
			bytes[at] ^= 0x41;
			int got = read_damaged(bytes, len, &r);
			bytes[at] ^= 0x41;
			if (m == 0 && at < 100 && at >= 48) { /* the session is gone */
				assert_true(got < 0);
				continue;
			}
			assert_true(got >= 0);
			check_hole(flips[i].what, m, p.at[m], &r);
			if (got < FRAMES && flips[i].harmless)
				fail_msg("%s of member %zu costs %d inputs", flips[i].what, m, FRAMES - got);
			if (r.info.cut && m + 1 < p.count)
				fail_msg("%s of member %zu: said to be cut", flips[i].what, m);
			if (!r.lost && !flips[i].harmless && m + 1 < p.count)
				fail_msg("%s of member %zu: no hole", flips[i].what, m);
		}
	free(bytes);
}

/* Several in a row are one hole; a part that is missing is one too. */
static void test_long_holes(void **state)
{
	static struct reading r;
	struct places p;
	size_t len;
	(void)state;
	struct record *out = begin();
	write_frames(out, FRAMES);
	finish(out);
	unsigned char *bytes = read_file(&len), *part = xmalloc(len);
	find_places(bytes, len, &p);
	memcpy(part, bytes, len);
	memset(part + p.at[1] + 100, 0, (size_t)(p.at[3] - p.at[1]) - 200);
	assert_true(read_damaged(part, len, &r) > 1000);
	assert_int_equal(r.lost, 1);
	assert_true(r.until - r.from > 250000 && !r.info.cut);
	memcpy(part, bytes, (size_t)p.at[1] + 777); /* from the middle of one into that of another */
	memcpy(part + p.at[1] + 777, bytes + p.at[2] + 333, len - (size_t)p.at[2] - 333);
	assert_true(read_damaged(part, len - (size_t)(p.at[2] - p.at[1]) + 444, &r) > 1000);
	assert_int_equal(r.lost, 1);
	free(part);
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
		cmocka_unit_test(test_flipped_bits),       cmocka_unit_test(test_damaged_members),
		cmocka_unit_test(test_long_holes),         cmocka_unit_test(test_refused),
		cmocka_unit_test(test_never_written_over), cmocka_unit_test(test_a_folder_gets_a_new_file),
		cmocka_unit_test(test_no_secrets),         cmocka_unit_test(test_escaped_secrets),
		cmocka_unit_test(test_full_disk),
	};
	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
