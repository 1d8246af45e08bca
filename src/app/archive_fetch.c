/* A file comes in as a stream into NAME.part, and gets its name when it is whole, so that what has its name can be
 * trusted. A part that was left is gone on with by a Range (RFC 9110 14.2); a server that does not know of ranges sends
 * it all, and it begins anew. A signal ends everything within a turn; what has come stays. */
#include "archive_fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_private.h"
#include "oneshot.h"

#include "base/mem.h"
#include "io/clock.h"
#include "io/files.h"
#include "io/signals.h"

#define LISTING_MAX   (16u << 20)
#define TRIES         3
#define SILENCE_S     60
#define TELL_EVERY_MS 250
#define WAIT_MS       1000

int archive_fetch_open(struct archive_fetch *a, const struct config *c, struct err *e)
{
	char dir[600];
	memset(a, 0, sizeof(*a));
	a->things = "files";
	a->talk = isatty(STDERR_FILENO);
	files_dir(a->cache_dir, PLACE_CACHE);
	if (!a->cache_dir[0])
		return err_set(e, ERR_FILE, "no place for the archives' files: HOME is not set");
	snprintf(dir, sizeof(dir), "%s/mrt", a->cache_dir);
	struct fetch_options o = {.user_agent = c->user_agent, .ca_file = c->ca_file[0] ? c->ca_file : NULL};
	if (signals_open(e) < 0 || files_make_dirs(dir, e) < 0)
		return e->code;
	a->started = a->told = clock_now().mono;
	return fetch_new(&a->fetch, &o, e);
}

void archive_fetch_close(struct archive_fetch *a)
{
	fetch_free(a->fetch);
	a->fetch = NULL;
}

/* ---- one transfer ---- */

/* The next input of a job; false: a signal came. */
static bool wait_input(struct archive_fetch *a, uint32_t id, struct input *in)
{
	for (;;) {
		struct now now = clock_now();
		while (fetch_take(a->fetch, now, in))
			if (in->job == id)
				return true;
		struct pollfd fds[2] = {{.fd = signals_fd(), .events = POLLIN}, {.fd = clock_fd(), .events = POLLIN}};
		fetch_wait(a->fetch, fds, clock_is_driven() ? 2 : 1, WAIT_MS);
		if (clock_is_driven() && fds[1].revents)
			clock_read();
		a->signal = oneshot_signal();
		if (a->signal) {
			fetch_cancel(a->fetch, id);
			return false;
		}
	}
}

static int cancelled(const struct archive_fetch *a, struct err *e)
{
	return err_set(e, ERR_NET, "cancelled; %zu of %zu %s are in the cache and need not be fetched again",
		       a->done_files, a->all_files, a->things);
}

int archive_fetch_get(struct archive_fetch *a, const char *url, struct strbuf *out, struct err *e)
{
	struct fetch_job job = {
		.id = ++a->last_id, .kind = FETCH_GET, .url = url, .body_max = out->max, .timeout_s = SILENCE_S};
	struct input in;
	fetch_start(a->fetch, &job, clock_now());
	if (!wait_input(a, job.id, &in))
		return cancelled(a, e);
	a->status = in.status;
	a->retry_after_s = in.retry_after_s;
	if (in.err.code != ERR_OK)
		return err_set(e, in.err.code, "%.*s: %s", (int)strcspn(url, "?"), url, in.err.msg);
	strbuf_add(out, in.body, in.len);
	return 0;
}

bool archive_fetch_pause(struct archive_fetch *a, int64_t seconds)
{
	for (int64_t left = seconds < 60 ? seconds : 60; left > 0 && !a->signal; left--) {
		struct pollfd fd = {.fd = signals_fd(), .events = POLLIN};
		poll(&fd, 1, WAIT_MS);
		a->signal = oneshot_signal();
	}
	return !a->signal;
}

/* ---- how far ---- */

void archive_fetch_tell(struct archive_fetch *a, const char *what, uint64_t now_bytes, bool always)
{
	char done[16], all[16], rate[16], left[DURATION_TEXT_MAX];
	struct mono now = clock_now().mono;
	int64_t took = now.ms - a->started.ms;
	uint64_t bytes = a->done_bytes + now_bytes;
	if (!a->talk || (!always && now.ms - a->told.ms < TELL_EVERY_MS))
		return;
	a->told = now;
	uint64_t per_s = took > 0 ? bytes * 1000 / (uint64_t)took : 0;
	fprintf(stderr, "\r\033[K%zu of %zu %s, %s", a->done_files, a->all_files, a->things, archive_bytes(done, bytes));
	if (a->all_bytes > bytes)
		fprintf(stderr, " of %s", archive_bytes(all, a->all_bytes));
	fprintf(stderr, ", %s/s", archive_bytes(rate, per_s));
	if (per_s && a->all_bytes > bytes)
		fprintf(stderr, ", %s left", duration_format(left, (int64_t)((a->all_bytes - bytes) / per_s) * 1000));
	fprintf(stderr, "  %.60s", what);
}

void archive_fetch_told(const struct archive_fetch *a)
{
	if (a->talk)
		fputs("\r\033[K", stderr);
}

/* ---- one file ---- */

static int write_all(int fd, const char *bytes, size_t len, struct err *e)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FILE, "cannot write into the cache: %s", strerror(errno));
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* One try. 0: whole; ERR_NOT_FOUND: the archive does not have it; ERR_NET, ERR_HTTP: worth another. */
static int try_file(struct archive_fetch *a, const struct archive_file *f, int fd, struct err *e)
{
	char range[64] = "";
	off_t have = lseek(fd, 0, SEEK_END);
	uint64_t got = have > 0 ? (uint64_t)have : 0;
	if (got)
		snprintf(range, sizeof(range), "Range: bytes=%llu-", (unsigned long long)got);
	struct fetch_job job = {
		.id = ++a->last_id, .kind = FETCH_STREAM, .url = f->url, .header = range, .timeout_s = SILENCE_S};
	struct input in;
	fetch_start(a->fetch, &job, clock_now());
	for (;;) {
		if (!wait_input(a, job.id, &in))
			return cancelled(a, e);
		if (in.kind == INPUT_STREAM_OPEN && in.status != 206 && got) { /* all of it: from the beginning */
			got = 0;
			if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
				return err_set(e, ERR_FILE, "cannot write into the cache: %s", strerror(errno));
		} else if (in.kind == INPUT_CHUNK) {
			if (write_all(fd, in.body, in.len, e) < 0) {
				fetch_cancel(a->fetch, job.id);
				return e->code;
			}
			got += in.len;
			archive_fetch_tell(a, f->path + 4, got, false);
		} else if (in.kind == INPUT_STREAM_END) {
			break;
		}
	}
	if (in.status == 416 && have > 0) /* nothing behind what we have: it was whole */
		return 0;
	if ((in.status == 200 || in.status == 206) && in.curl_code == 0)
		return 0;
	return err_set(e, in.status == 404 || in.status == 403 ? ERR_NOT_FOUND : in.err.code, "%.200s: %s", f->url,
		       in.err.msg);
}

static int make_place(const struct archive_fetch *a, const struct archive_file *f, char path[800], struct err *e)
{
	archive_full_path(path, a->cache_dir, f);
	char dir[800];
	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	return files_make_dirs(dir, e);
}

static int fetch_file(struct archive_fetch *a, struct archive_file *f, struct err *e)
{
	char path[800], part[810];
	int rc = make_place(a, f, path, e);
	if (rc < 0)
		return rc;
	snprintf(part, sizeof(part), "%s.part", path);
	int fd = open(part, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_FILE, "cannot write '%s': %s", part, strerror(errno));
	for (int i = 0; i < TRIES; i++) {
		rc = try_file(a, f, fd, e);
		if (rc == 0 || rc == ERR_NOT_FOUND || rc == ERR_FILE || a->signal)
			break;
	}
	struct stat st;
	bool sized = fstat(fd, &st) == 0;
	if (rc == 0 && (fsync(fd) < 0 || rename(part, path) < 0))
		rc = err_set(e, ERR_FILE, "cannot write '%s': %s", path, strerror(errno));
	close(fd);
	if (rc == ERR_NOT_FOUND)
		unlink(part);
	if (rc == 0) {
		f->have = true;
		f->bytes = sized ? (uint64_t)st.st_size : f->bytes;
	}
	return rc;
}

/* ---- the plan ---- */

static void sizes_of(struct archive_plan *p, const char *folder, const char *html)
{
	char url[360];
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(archive_listing_url(url, &p->files[i]), folder))
			p->files[i].bytes = archive_listing_size(html, strrchr(p->files[i].url, '/') + 1);
}

static int read_listing(struct archive_fetch *a, struct archive_plan *p, const char *url, struct err *e)
{
	struct strbuf html;
	strbuf_init(&html, LISTING_MAX);
	int rc = archive_fetch_get(a, url, &html, e);
	a->listings++;
	if (rc == 0)
		sizes_of(p, url, html.text);
	else if (a->unread++ == 0)
		snprintf(a->unread_why, sizeof(a->unread_why), "%s", e->msg);
	strbuf_release(&html);
	return a->signal ? rc : 0;
}

int archive_fetch_look(struct archive_fetch *a, struct archive_plan *p, struct err *e)
{
	char path[800], url[360], asked[64][360];
	size_t asked_count = 0;
	struct stat st;
	for (size_t i = 0; i < p->count; i++) {
		archive_full_path(path, a->cache_dir, &p->files[i]);
		p->files[i].have = stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
	}
	for (size_t i = 0; i < p->count && asked_count < ARRAY_LEN(asked); i++) {
		size_t k = 0;
		archive_listing_url(url, &p->files[i]);
		while (k < asked_count && strcmp(asked[k], url))
			k++;
		if (p->files[i].have || k < asked_count)
			continue;
		snprintf(asked[asked_count++], sizeof(*asked), "%s", url);
		int rc = read_listing(a, p, url, e);
		if (rc < 0)
			return rc;
	}
	e->code = ERR_OK;
	return 0;
}

int archive_fetch_all(struct archive_fetch *a, struct archive_plan *p, struct err *e)
{
	int rc = 0;
	a->things = "files";
	a->started = clock_now().mono;
	for (size_t i = 0; i < p->count; i++) {
		bool wanted = !p->files[i].have && !p->files[i].missing;
		a->all_files += wanted;
		a->all_bytes += wanted ? p->files[i].bytes : 0;
	}
	for (size_t i = 0; i < p->count && rc == 0; i++) {
		struct archive_file *f = &p->files[i];
		if (f->have || f->missing)
			continue;
		archive_fetch_tell(a, f->path + 4, 0, true);
		rc = fetch_file(a, f, e);
		if (rc == ERR_NOT_FOUND) {
			f->missing = true;
			rc = 0;
		}
		a->done_bytes += f->have ? f->bytes : 0;
		a->done_files++;
	}
	archive_fetch_told(a);
	return rc;
}
