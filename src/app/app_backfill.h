/* What the files of the backfill share: app_backfill.c has the holes, their questions and their lines in the log,
 * app_backfill_run.c judges what the answers say and brings it to the live book. */
#ifndef LANDLINE_SRC_APP_BACKFILL_H
#define LANDLINE_SRC_APP_BACKFILL_H

#include "app_private.h"

#define BACKFILL_BATCH 16   /* networks a question: its answer stays at a megabyte or two */
#define BACKFILL_ASKS  16   /* questions a hole */
#define BACKFILL_NETS  (BACKFILL_BATCH * BACKFILL_ASKS)
#define BACKFILL_KNOWN 8192 /* networks put aside at a loss; of these the operators are chosen that are asked about */

/* A network, as it was known when the stream was lost. */
struct past {
	struct net_memory memory;
	uint32_t origin;
	bool answered; /* its part of the hole is known */
};

/* A row or an event of an answer, packed. */
struct kept_fact {
	int64_t t_ms;
	struct addr addr;
	uint32_t asn, upstream;
	uint16_t net;         /* of hole.nets */
	uint8_t kind;         /* FACT_ROUTE, FACT_ANNOUNCE, FACT_WITHDRAW; FACT_SNAPSHOT behind the rows of a network */
	char collector[8];
};

enum ask_state { ASK_WAITING, ASK_ANSWERED, ASK_FAILED };
enum ask_cover { COVERS_NOTHING, COVERS_LATER, COVERS }; /* later: the archive has not come to the hole's end yet */

/* One question of a hole. */
struct ask {
	uint32_t job;
	enum ask_state state;
	size_t first, count;     /* of hole.nets */
	struct wall from, until; /* what the answer speaks of */
	unsigned tries;          /* answers so far */
};

/* One loss of the stream. */
struct hole {
	struct wall from, until; /* until: WALL_NONE while it is open */
	struct past *nets;       /* owned; by operator once it is asked about */
	size_t count, cap, total; /* total: before those were left out that are too many */
	bool cut;                /* there were more than BACKFILL_KNOWN */
	struct ask asks[BACKFILL_ASKS];
	size_t ask_count;        /* 0: it is still open */
	char why[160];           /* of the first question that failed */
	struct kept_fact *facts; /* owned */
	size_t fact_count, fact_cap;
};

/* Does the answer speak of the hole? Sets ask->from, ask->until. */
enum ask_cover backfill_covers(const struct hole *h, struct ask *ask, const struct batch *facts);
/* Keep what an answer that covers says of the networks of its question. */
void backfill_keep(struct hole *h, const struct ask *ask, const struct batch *facts);
/* Judge what was kept, of the networks that are answered for: of all, or else operator by operator. Brings what it finds to
 * the live book; returns how much that was. */
unsigned backfill_judge(struct app *a, const struct watch *w, struct hole *h, struct wall from, struct wall until,
			struct now now);

#endif
