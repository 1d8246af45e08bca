/* What the two ways of `replay --at` share: cmd_archive.c decides and takes the archives' files, cmd_play.c takes RIPEstat's
 * BGPlay. */
#ifndef LANDLINE_SRC_APP_CMD_PAST_H
#define LANDLINE_SRC_APP_CMD_PAST_H

#include "app_play.h"
#include "archive_fetch.h"
#include "cli.h"
#include "play_tape.h"

#define PAST_ASES_MAX    16 /* of all territories: with more, BGPlay is not the way */
#define PAST_REPLIES_MAX (PAST_ASES_MAX + CONFIG_WATCH_MAX + 1)

struct past {
	const struct cli *cli;
	struct wall at, until;
	enum past_way way; /* as asked for, then as it is gone */
	const char *why;
	struct territory_spec specs[CONFIG_WATCH_MAX];
	size_t spec_count;
	char *resources[CONFIG_WATCH_MAX]; /* RIPEstat's country-resource-list of then; owned */
	struct archive_fetch fetch;
	struct archive_plan *plan;  /* owned until the tape takes it */
	struct play_plan *play;     /* the same; NULL: it cannot be had */
	char hindrance[200];        /* why not */
	struct play_reply *replies; /* with the play; owned until the tape takes them */
	size_t reply_count;
};

/* Every country's resources: of then, from the cache or RIPEstat. */
int past_resources(struct past *j, struct err *e) MUST_CHECK;

/* Learn which networks there were, and plan: j->play. Errors say why BGPlay cannot be had. */
int past_play_plan(struct past *j, struct err *e) MUST_CHECK;
/* Fetch what is not there, and open. */
int past_play_open(struct past *j, struct tape **tape, struct err *e) MUST_CHECK;
void past_play_release(struct past *j);

#endif
