/* The black box, see blackbox.h. */
#include "blackbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/files.h"
#include "io/record.h"

#define FILES_MAX  512
#define SUFFIX     ".rec"
#define FRESH_S    60    /* a file written to so shortly before the newest belongs to a run that may live */

static bool box_dir(char dst[700])
{
	char state[512];
	files_dir(state, PLACE_STATE);
	snprintf(dst, 700, "%s/inputs", state);
	return state[0] != '\0';
}

static size_t list(const char *dir, char **names)
{
	return files_list(dir, SUFFIX, names, FILES_MAX);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
}

/* Names sort by time: the first are the oldest. Times of the file system are compared with each other only. */
static void drop_oldest(const char *dir, uint64_t keep_bytes)
{
	char *names[FILES_MAX], path[1000];
	struct stat st;
	uint64_t total = 0;
	time_t newest = 0;
	size_t count = list(dir, names);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (stat(path, &st) < 0)
			continue;
		total += (uint64_t)st.st_size;
		newest = st.st_mtime > newest ? st.st_mtime : newest;
	}
	for (size_t i = 0; i < count && (total > keep_bytes || count - i > FILES_MAX / 2); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (stat(path, &st) < 0 || st.st_mtime + FRESH_S > newest)
			continue;
		if (unlink(path) == 0)
			total -= (uint64_t)st.st_size;
	}
	free_names(names, count);
}

int blackbox_prepare(char dst[700], struct err *e)
{
	if (!box_dir(dst))
		return err_set(e, ERR_FILE, "no place for the inputs: HOME is not set");
	if (files_make_dirs(dst, e) < 0)
		return e->code;
	drop_oldest(dst, BLACKBOX_RUN_MAX);
	return 0;
}

bool blackbox_find(struct wall t, char *path, size_t cap)
{
	char dir[700], *names[FILES_MAX];
	bool found = false;
	if (!box_dir(dir))
		return false;
	size_t count = list(dir, names);
	for (size_t i = count; i-- > 0 && !found;) {
		struct record_reader *r = NULL;
		struct record_info info;
		struct err e = {0};
		snprintf(path, cap, "%s/%s", dir, names[i]);
		if (record_reader_open(&r, path, &e) < 0)
			continue;
		record_reader_info(r, &info);
		found = wall_is_set(info.from) && info.from.ms <= t.ms;
		record_reader_close(r);
	}
	free_names(names, count);
	return found;
}
