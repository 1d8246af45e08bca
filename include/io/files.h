/* Files and folders: XDG places, capped reads, atomic writes that respect symbolic links. */
#ifndef LANDLINE_IO_FILES_H
#define LANDLINE_IO_FILES_H

#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

enum files_place { PLACE_CONFIG, PLACE_STATE, PLACE_CACHE };

/* "$XDG_CONFIG_HOME/landline" or its default; "" when there is no absolute HOME either. dst: 512 bytes. */
char *files_dir(char dst[512], enum files_place p);
int files_make_dirs(const char *path, struct err *e) MUST_CHECK; /* with parents, mode 0700 */
/* Whole file into out (its max is the cap: more is ERR_LIMIT). ERR_NOT_FOUND when absent. */
int files_read(const char *path, struct strbuf *out, struct err *e) MUST_CHECK;
int files_write(const char *path, const char *text, size_t len, struct err *e) MUST_CHECK; /* temp file in the same folder, fsync, rename onto the resolved name */
/* Names in a folder ending in suffix, sorted, at most max; returns count (0 when there is no folder). Each is
 * malloced. */
size_t files_list(const char *dir, const char *suffix, char **out, size_t max);

#endif
