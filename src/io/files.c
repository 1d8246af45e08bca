/* Files and folders: see io/files.h.
 *
 * Places follow the XDG base directory specification: an environment value that is not an absolute path is ignored.
 * Writes go into a new file beside the real target (never beside a link to it), then take its name: a reader sees the
 * old file or the new one, whatever happens in between. */
#include "io/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "files_atomic.h"

enum {
	DIR_MAX = 512,  /* bytes of files_dir's dst */
	LINKS_MAX = 16, /* symbolic links followed to a target that does not exist yet */
	TEMP_TRIES = 100,
};

struct place {
	const char *variable, *below_home;
};

static const struct place places[] = {
	[PLACE_CONFIG] = {.variable = "XDG_CONFIG_HOME", .below_home = ".config"},
	[PLACE_STATE] = {.variable = "XDG_STATE_HOME", .below_home = ".local/state"},
	[PLACE_CACHE] = {.variable = "XDG_CACHE_HOME", .below_home = ".cache"},
};

char *files_dir(char dst[512], enum files_place p)
{
	const char *base = getenv(places[p].variable);
	const char *home = getenv("HOME");
	int n = 0;

	dst[0] = '\0';
	if (base && base[0] == '/')
		n = snprintf(dst, DIR_MAX, "%s/landline", base);
	else if (home && home[0] == '/')
		n = snprintf(dst, DIR_MAX, "%s/%s/landline", home, places[p].below_home);
	if (n < 0 || n >= DIR_MAX)
		dst[0] = '\0'; /* a cut path would be another place */
	return dst;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int files_make_dirs(const char *path, struct err *e)
{
	char part[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(part))
		return err_set(e, ERR_FILE, "cannot make a folder with a name of %zu bytes", len);
	memcpy(part, path, len + 1);
	for (size_t i = 1; i <= len; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		char kept = part[i];
		part[i] = '\0';
		/* not only EEXIST: above a folder that is there, mkdir may be refused or the system read-only */
		if (mkdir(part, 0700) < 0) {
			int why = errno;
			if (!is_folder(part))
				return err_set(e, ERR_FILE, "cannot make folder '%s': %s", part,
					       strerror(why == EEXIST ? ENOTDIR : why));
		}
		part[i] = kept;
	}
	return 0;
}

static int read_all(int fd, const char *path, struct strbuf *out, struct err *e)
{
	char buf[16384];

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FILE, "cannot read '%s': %s", path, strerror(errno));
		if (n == 0)
			return 0;
		strbuf_add(out, buf, (size_t)n);
		if (out->cut)
			return err_set(e, ERR_LIMIT, "cannot read '%s': longer than %zu bytes", path, out->max);
	}
}

int files_read(const char *path, struct strbuf *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	strbuf_clear(out);
	if (fd < 0) {
		bool absent = errno == ENOENT || errno == ENOTDIR;
		return err_set(e, absent ? ERR_NOT_FOUND : ERR_FILE, "cannot open '%s': %s", path, strerror(errno));
	}
	int code = read_all(fd, path, out, e);
	close(fd);
	if (code)
		strbuf_clear(out);
	return code;
}

/* Where a write to path would land: links are followed, also when the last target does not exist yet. */
static int resolve_target(char dst[PATH_MAX], const char *path, struct err *e)
{
	char link[PATH_MAX];
	size_t len = strlen(path);

	if (len == 0 || len >= PATH_MAX)
		return err_set(e, ERR_FILE, "cannot write a file with a name of %zu bytes", len);
	if (realpath(path, dst))
		return 0;
	memcpy(dst, path, len + 1);
	for (int i = 0; i < LINKS_MAX; i++) {
		ssize_t n = readlink(dst, link, sizeof(link) - 1);
		if (n < 0)
			return 0;
		link[n] = '\0';
		char *slash = strrchr(dst, '/');
		size_t dir = link[0] == '/' || !slash ? 0 : (size_t)(slash - dst) + 1;
		if (dir + (size_t)n >= PATH_MAX)
			return err_set(e, ERR_FILE, "cannot write '%s': %s", path, strerror(ENAMETOOLONG));
		memcpy(dst + dir, link, (size_t)n + 1);
	}
	return err_set(e, ERR_FILE, "cannot write '%s': %s", path, strerror(ELOOP));
}

/* A new empty file beside target, with the mode that the user's umask gives. Returns its descriptor. */
static int open_temp(char temp[PATH_MAX], const char *target)
{
	static unsigned counter;

	for (int i = 0; i < TEMP_TRIES; i++) {
		int n = snprintf(temp, PATH_MAX, "%s.%ld.%u.tmp", target, (long)getpid(), counter++);
		if (n < 0 || n >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The rename itself is on disk only when the folder is. Not every file system can sync one: best effort. */
static void sync_folder(const char *target)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(target, '/');
	size_t len = slash ? (size_t)(slash - target) : 0;

	memcpy(dir, target, len);
	dir[len] = '\0';
	int fd = open(len ? dir : slash ? "/" : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
}

int files_replace(const char *path, const struct files_piece *pieces, size_t count, enum files_sync sync, struct err *e)
{
	char target[PATH_MAX], temp[PATH_MAX];
	struct stat old;
	int code = resolve_target(target, path, e);

	if (code)
		return code;
	int fd = open_temp(temp, target);
	if (fd < 0)
		return err_set(e, ERR_FILE, "cannot write '%s': %s", path, strerror(errno));
	int failed = 0;
	if (stat(target, &old) == 0)
		(void)fchmod(fd, old.st_mode & 07777);
	for (size_t i = 0; i < count && !failed; i++)
		failed = write_all(fd, pieces[i].bytes, pieces[i].len);
	if (!failed && sync == FILES_SYNC)
		failed = fsync(fd);
	int why = errno;
	if (close(fd) < 0 && !failed) { /* NFS tells of a full disk only here */
		failed = -1;
		why = errno;
	}
	if (!failed && rename(temp, target) < 0) {
		failed = -1;
		why = errno;
	}
	if (failed) {
		unlink(temp);
		return err_set(e, ERR_FILE, "cannot write '%s': %s", path, strerror(why));
	}
	if (sync == FILES_SYNC)
		sync_folder(target);
	return 0;
}

int files_write(const char *path, const char *text, size_t len, struct err *e)
{
	const struct files_piece piece = {.bytes = text, .len = len};

	return files_replace(path, &piece, 1, FILES_SYNC, e);
}

static int by_name(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

size_t files_list(const char *dir, const char *suffix, char **out, size_t max)
{
	DIR *d = opendir(dir);
	size_t count = 0, suffix_len = strlen(suffix);
	const struct dirent *entry;

	if (!d)
		return 0;
	while (count < max && (entry = readdir(d))) {
		size_t len = strlen(entry->d_name);
		const char *name = entry->d_name;
		if (name[0] != '.' && len >= suffix_len && strcmp(name + len - suffix_len, suffix) == 0)
			out[count++] = xstrdup(name);
	}
	closedir(d);
	if (count)
		qsort(out, count, sizeof(*out), by_name);
	return count;
}
