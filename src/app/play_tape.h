/* A tape made of bgplay's answers that are on disk: see play_tape.c. */
#ifndef LANDLINE_SRC_APP_PLAY_TAPE_H
#define LANDLINE_SRC_APP_PLAY_TAPE_H

#include "app/tape.h"
#include "app_play.h"

/* Another answer of RIPEstat, given to the app before the stream begins. */
struct play_reply {
	const char *call; /* static */
	char subject[TERRITORY_CODE_MAX];
	char *body; /* malloced */
};

struct play_tape_options {
	struct play_plan *plan;        /* malloced, the tape's from here on, also on error; all parts are `have` */
	const char *cache_dir;         /* before each part's path; copied */
	const struct territory_spec *specs; /* copied */
	size_t spec_count;
	struct play_reply *replies;    /* malloced, the tape's from here on, also on error; in order */
	size_t reply_count;
};

/* Loads the first answer of each batch of networks. ERR_FILE, ERR_PARSE in words. */
int play_tape_open(struct tape **out, const struct play_tape_options *o, struct err *e) MUST_CHECK;

#endif
