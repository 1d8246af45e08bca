/* bgplay's answers, one file each, written whole when the decoder takes them: what has its name can be trusted, and a replay
 * that was broken off goes on with the answers that it has. One request at a time, and a pause before one is repeated: as
 * long as the service asks for, or a few seconds (sources/ripestat.md 2). */
#include "play_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/clock.h"
#include "io/files.h"
#include "play_body.h"

#define TRIES   3
#define PAUSE_S 3

static void full_path(char dst[800], const struct archive_fetch *a, const char *path)
{
	snprintf(dst, 800, "%.600s/%s", a->cache_dir, path);
}

/* An answer that was fetched before the service had all of that time is not the last word. */
static bool is_kept(const struct archive_fetch *a, const struct play_part *part, uint64_t *bytes)
{
	char path[800];
	struct stat st;
	full_path(path, a, part->path);
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    (int64_t)st.st_mtime * 1000 < part->until.ms + PLAY_LATE_MS)
		return false;
	*bytes = (uint64_t)st.st_size;
	return true;
}

void play_fetch_look(const struct archive_fetch *a, struct play_plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		p->parts[i].have = is_kept(a, &p->parts[i], &p->parts[i].bytes);
}

static int keep(const struct archive_fetch *a, const char *path, const struct strbuf *body, struct err *e)
{
	char full[800], dir[800];
	full_path(full, a, path);
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(full, '/') - full), full);
	if (files_make_dirs(dir, e) < 0)
		return e->code;
	return files_write(full, body->text, body->len, e);
}

static bool is_worth_another(const struct archive_fetch *a, int rc)
{
	return (rc == ERR_NET || rc == ERR_HTTP) && !a->signal && (a->status < 400 || a->status == 429 || a->status >= 500);
}

static int get(struct archive_fetch *a, const char *url, struct strbuf *body, struct err *e)
{
	int rc = ERR_NET;
	for (int i = 0; i < TRIES; i++) {
		strbuf_clear(body);
		a->status = 0;
		a->retry_after_s = -1;
		rc = archive_fetch_get(a, url, body, e);
		if (rc == 0 || !is_worth_another(a, rc) || i + 1 == TRIES)
			break;
		if (!archive_fetch_pause(a, a->retry_after_s >= 0 ? a->retry_after_s : PAUSE_S << i))
			return err_set(e, ERR_NET, "cancelled");
	}
	return rc;
}

int play_fetch_small(struct archive_fetch *a, const char *url, const char *path, struct strbuf *out, struct err *e)
{
	char full[800];
	struct err unseen = {0};
	full_path(full, a, path);
	if (files_read(full, out, &unseen) == 0)
		return 0;
	int rc = get(a, url, out, e);
	if (rc == 0 && keep(a, path, out, &unseen) < 0)
		unseen.code = ERR_OK; /* a cache that cannot be written costs one more request */
	return rc;
}

static int fetch_part(struct archive_fetch *a, struct play_plan *p, struct play_part *part, const char *base,
		      struct err *e)
{
	char subject[PLAY_SUBJECT_MAX];
	struct strbuf url, body;
	struct wall from, until;
	strbuf_init(&url, 8192);
	strbuf_init(&body, PLAY_BODY_MAX);
	play_subject(subject, p, part);
	int rc = play_body_url(base, subject, &url, e);
	if (rc == 0)
		rc = get(a, url.text, &body, e);
	if (rc == 0)
		rc = play_body_check(body.text, body.len, subject, clock_now().wall, &from, &until, e);
	if (rc == 0)
		rc = keep(a, part->path, &body, e);
	if (rc == 0) {
		part->have = true;
		part->bytes = body.len;
	}
	strbuf_release(&url);
	strbuf_release(&body);
	return rc;
}

int play_fetch_all(struct archive_fetch *a, struct play_plan *p, const char *base, struct err *e)
{
	int rc = 0;
	a->things = "answers";
	a->started = clock_now().mono;
	a->done_bytes = 0;
	a->done_files = 0;
	a->all_bytes = play_bytes(p, &a->all_files);
	for (size_t i = 0; i < p->count && rc == 0; i++) {
		struct play_part *part = &p->parts[i];
		if (part->have)
			continue;
		char day[WALL_TEXT_MAX];
		archive_fetch_tell(a, wall_format(day, part->from), 0, true);
		uint64_t estimate = part->bytes;
		rc = fetch_part(a, p, part, base, e);
		if (rc == ERR_LIMIT && play_split(p, i)) {
			rc = 0;
			a->all_files++;
			i--; /* its first half */
			continue;
		}
		a->all_bytes = a->all_bytes - (a->all_bytes > estimate ? estimate : a->all_bytes) + part->bytes;
		a->done_bytes += rc == 0 ? part->bytes : 0;
		a->done_files += rc == 0;
	}
	archive_fetch_told(a);
	return rc;
}
