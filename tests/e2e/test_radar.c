/* links: base/strbuf base/mem base/err base/when base/text core/prefix */
/* Sources beside routing: a token that works and is never told, one that is refused, one that is put right; probes of a
 * country in several pages, and a country without any. */
#define _GNU_SOURCE /* memmem */
#include "rig.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define TOKEN "q9Zr-t0ken-17"

static const char scenario[] = "start 2026-03-02T12:00:00Z\n"
			       "peers 20 on rrc00 rrc03 rrc21\n"
			       "country TR Turkey\n"
			       "range TR 185.86.0.0/22\n"
			       "as TR AS64999 TRNET - Net\n"
			       "upstream AS64999 AS3356 900\n"
			       "prefix AS64999 185.86.0.0/24 x4\n"
			       "canaries 4\n"
			       "atlas TR 700 probes\n"
			       "radar TR traffic 100 dns 50 attacks 1\n"
			       "token " TOKEN "\n";

static char found[300];

static int look_for_token(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)ftw;
	FILE *f = flag == FTW_F ? fopen(path, "rb") : NULL;
	if (!f || strstr(path, "radar.token")) {
		if (f)
			fclose(f);
		return 0;
	}
	char *bytes = xmalloc(8 << 20);
	size_t len = fread(bytes, 1, 8 << 20, f);
	if (memmem(bytes, len, TOKEN, strlen(TOKEN)))
		snprintf(found, sizeof(found), "%.290s", path);
	free(bytes);
	fclose(f);
	return 0;
}

static void check_untold(struct rig *r)
{
	found[0] = '\0';
	nftw(r->dir, look_for_token, 16, FTW_PHYS);
	if (found[0])
		fail_msg("the token is in %s", found);
	assert_null(memmem(r->log.text, r->log.len, TOKEN, strlen(TOKEN)));
	assert_null(memmem(r->out.text, r->out.len, TOKEN, strlen(TOKEN)));
	assert_null(memmem(r->err.text, r->err.len, TOKEN, strlen(TOKEN)));
}

static void write_token(const struct rig *r, const char *token)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/config/landline/radar.token", r->dir);
	int fd = open(path, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, token, strlen(token)), (ssize_t)strlen(token));
	close(fd);
}

static void test_token(void **state)
{
	struct rig r;
	(void)state;
	rig_open(&r, scenario, true, NULL);
	rig_start(&r, 50, 160, "TR");
	rig_wait(&r, "traffic (Radar)", 10 * MINUTE);
	rig_wait(&r, "Attacks absorbed", 10 * MINUTE);
	rig_wait(&r, "Atlas probes", 10 * MINUTE);
	rig_pass(&r, 40 * MINUTE);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	check_untold(&r);

	/* refused: said in words, not asked again; put right and r: it works, without a restart */
	write_token(&r, "wrong-one");
	rig_start(&r, 30, 160, "TR");
	rig_keys(&r, "5");
	rig_wait(&r, "token not accepted", 10 * MINUTE);
	rig_pass(&r, 30 * MINUTE);
	if (!rig_sees(&r, "Radar          × down"))
		rig_fail(&r, "a refused token is not shown as down");
	write_token(&r, TOKEN);
	rig_keys(&r, "r");
	rig_wait(&r, "Radar          █ ok", 10 * MINUTE);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	check_untold(&r);
	rig_close(&r);
}

/* Without a token: one dim line, and what to do in Sources. */
static void test_no_token(void **state)
{
	struct rig r;
	char *quiet = xstrdup(scenario);
	(void)state;
	*strstr(quiet, "token ") = '#';
	rig_open(&r, quiet, true, NULL);
	rig_start(&r, 50, 160, "TR");
	rig_wait(&r, "Attacks: not shown. Radar: no token (set token_file", 10 * MINUTE);
	rig_keys(&r, "5");
	rig_wait(&r, "set token_file in [source.radar]", MINUTE);
	rig_keys(&r, "q");
	rig_end(&r, 0);
	rig_close(&r);
	free(quiet);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_token), cmocka_unit_test(test_no_token)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
