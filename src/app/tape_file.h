/* A recording (io/record.h) as a tape. */
#ifndef LANDLINE_APP_TAPE_FILE_H
#define LANDLINE_APP_TAPE_FILE_H

#include "app/tape.h"

int tape_file_open(struct tape **out, const char *path, struct err *e) MUST_CHECK;

#endif
