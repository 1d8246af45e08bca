/* The shell around the app: transfers, store and clock, without a screen. Dashboard, status, collect and doctor all run on it. */
#ifndef LANDLINE_APP_ENGINE_H
#define LANDLINE_APP_ENGINE_H

#include <poll.h>

#include "app/app.h"
#include "io/fetch.h"
#include "io/record.h"
#include "io/store.h"

struct engine {
	struct config config;
	struct app *app;
	struct fetch *fetch;
	struct store *store;
	struct wall due;            /* when the app wants its next tick */
	struct mono store_retry, samples_due, memory_due, prune_due;
	uint64_t saved_version;
	uint64_t memory[TERRITORY_MAX]; /* hash of what is remembered of each territory's networks */
	unsigned memory_saves;
	size_t history_territory, history_signal; /* the next history to read; one a turn */
	struct record *record;      /* NULL: this run is not recorded */
	bool boxed;                 /* it is the black box (blackbox.h) */
	uint32_t numbered;          /* newest event whose number was recorded */
	bool keeps;                 /* writes into the store; a one-shot only reads it, so that looking leaves no trace */
};

enum engine_use { ENGINE_KEEPS, ENGINE_READS };

/* config: copied. Territories are watched and what the store remembers of them is loaded; nothing is fetched yet. A store that
 * cannot be opened is words in the model, not an error. */
int engine_open(struct engine *g, const struct config *config, const struct territory_spec *specs, size_t count,
		enum engine_use use, struct now now, struct err *e) MUST_CHECK;
/* The same, and everything that comes in is recorded into a new file (io/record.h). NULL: not recorded. */
int engine_open_recording(struct engine *g, const struct config *config, const struct territory_spec *specs, size_t count,
			  enum engine_use use, const char *path, struct now now, struct err *e) MUST_CHECK;
void engine_close(struct engine *g, struct now now);  /* remembers, then closes */

int engine_watch(struct engine *g, const struct territory_spec *spec, struct now now, struct err *e) MUST_CHECK;

/* The user wants every source asked anew, with its token as it is now. */
void engine_reload(struct engine *g, struct now now);
/* What was just watched is judged and laid out, before anything of it was asked. */
void engine_settle(struct engine *g, struct now now);

/* One turn without waiting: take what arrived, judge, save, start what is due. */
void engine_turn(struct engine *g, struct now now);
/* Sleep until something may have happened: a transfer, `extra`, the app's next due time, or `until` (WALL_NONE: no limit). */
void engine_wait(struct engine *g, struct pollfd *extra, unsigned count, struct wall until, struct now now);

#endif
