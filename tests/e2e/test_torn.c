/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* A recording of a live run that is damaged in the middle: each part of it in turn. It is played to its end, the hole is said, time
 * goes on in it with the feed gone, and what comes out is the same at any speed and after seeking. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Forty minutes, an outage from the 12th to the 26th; enough comes for several members. */
static const char scenario[] =
	"start 2014-12-22T16:00:00Z\nseed 20141222\nkeepalive 1s\npeers 40 on rrc00 rrc01 rrc03 rrc12 rrc21\n"
	"country KP North Korea\nrange KP 175.45.176.0/22\nas KP AS131279 STAR-KP - Star Joint Venture\n"
	"upstream AS131279 AS4837 941\nprefix AS131279 175.45.176.0/24 x4\ncanaries 4\n"
	"+12m withdraw KP over 60s\n+26m announce KP over 30s\n";

#define MEMBERS_MAX 64
static struct { size_t at[MEMBERS_MAX + 1]; size_t count, len; unsigned char *bytes; } file;

static void read_recording(const struct rig *r)
{
	char path[200];
	snprintf(path, sizeof(path), "%s/kp.rec", r->dir);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	file.bytes = xmalloc(64u << 20);
	file.len = fread(file.bytes, 1, 64u << 20, f);
	fclose(f);
	for (size_t at = 0; at < file.len; file.count++) {
		const unsigned char *size = file.bytes + at + 20;
		assert_true(file.count < MEMBERS_MAX);
		file.at[file.count] = at;
		at += (size_t)size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16;
	}
}

static void write_copy(const struct rig *r, const char *name, size_t flip)
{
	char path[200];
	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	file.bytes[flip] ^= 0x55;
	assert_int_equal(fwrite(file.bytes, 1, file.len, f), file.len);
	file.bytes[flip] ^= 0x55;
	assert_int_equal(fclose(f), 0);
}

static char *run(struct rig *r, const char *words)
{
	if (rig_run(r, words) != 0)
		fail_msg("landline %s: %s", words, r->err.text);
	return xstrdup(r->out.text);
}

static char *paced(struct rig *r, const char *words)
{
	struct strbuf out;
	rig_start(r, 30, 100, words);
	rig_until_gone(r, 30 * MINUTE);
	assert_int_equal(r->status, 0);
	strbuf_init(&out, 64u << 20);
	for (const char *p = r->log.text; *p; p++)
		if (*p != '\r')
			strbuf_addc(&out, *p);
	char *text = strbuf_take(&out), *said = strstr(text, "\nlandline: "); /* stderr is on the same terminal */
	assert_non_null(said);
	said[1] = '\0';
	return text;
}

static void same(const char *what, const char *want, char *got)
{
	size_t i = 0;
	while (want[i] && want[i] == got[i])
		i++;
	if (want[i] || got[i])
		fail_msg("%s differs at byte %zu:\n%.400s\n---\n%.400s", what, i, want + (i > 200 ? i - 200 : 0), got + (i > 200 ? i - 200 : 0));
	free(got);
}

static const char *events_of(const char *text)
{
	const char *at = strstr(text, "\n\n");
	return at ? at : "";
}

/* From the line of the hole on nothing is taken as up or down that was not heard: what was open is unverified, and nothing is
 * confirmed or restored by a silence. */
static void check_part(size_t m, const char *text, const char *whole)
{
	const char *hole = strstr(text, "The recording is damaged at byte "), *lost = strstr(text, "RIS Live lost"), *back;
	assert_non_null(hole);
	if (m > 0 && (!lost || lost < hole))
		fail_msg("part %zu: the feed is not gone:\n%s", m, text);
	if (!lost)
		return;
	back = strstr(lost, "RIS Live back");
	for (const char *p = lost; *p && p < (back ? back : strstr(lost, "\n\n") ? strstr(lost, "\n\n") : p + strlen(p)); p++)
		if (!strncmp(p, "(confirmed)", 11) || !strncmp(p, "restored", 8))
			fail_msg("part %zu: concluded from nothing:\n%s", m, text);
	/* what was before the hole is as it was in the whole */
	const char *mine = strchr(text, '\n') + 1, *other = strchr(whole, '\n') + 1, *end = hole - strlen("2014-12-22T16:00:00Z ");
	if (end > mine && strncmp(mine, other, (size_t)(end - mine)) != 0)
		fail_msg("part %zu: differs before the hole:\n%s\n--- whole:\n%s", m, text, whole);
}

static void test_each_part(void **state)
{
	struct rig r;
	char place[80];
	(void)state;
	rig_open(&r, scenario, true, NULL);
	rig_start(&r, 30, 100, "KP --record kp.rec");
	rig_wait(&r, "networks up 4 of 4", 5 * MINUTE);
	rig_pass(&r, 40 * MINUTE);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	read_recording(&r);
	char *whole = run(&r, "replay kp.rec --headless");
	assert_non_null(strstr(whole, "withdrawn"));
	assert_true(file.count >= 4);
	for (size_t m = 0; m + 1 < file.count; m++) {
		write_copy(&r, "torn.rec", file.at[m] + (file.at[m + 1] - file.at[m]) * 2 / 3);
		char *text = run(&r, "replay torn.rec --headless");
		snprintf(place, sizeof(place), "landline: torn.rec is damaged at byte %zu: 2014-12-22 16:", file.at[m]);
		if (strncmp(r.err.text, place, strlen(place)) || strchr(r.err.text, '\n')[1])
			fail_msg("part %zu: stderr says: %s", m, r.err.text);
		assert_non_null(strstr(text, "The recording is damaged at byte "));
		check_part(m, text, whole);
		char *later = run(&r, "replay torn.rec --headless --from 14m");
		same("the events after seeking", events_of(text), xstrdup(events_of(later)));
		free(later);
		free(text);
	}
	write_copy(&r, "torn.rec", file.at[2] + 200);
	char *text = run(&r, "replay torn.rec --headless");
	same("1000x", text, paced(&r, "replay torn.rec --headless --speed 1000"));
	free(text);
	free(whole);
	free(file.bytes);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
