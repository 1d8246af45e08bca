/* Fusion: what every class of evidence says of a territory, weighed into one call (detection.md 6).
 *
 *     judge (R) ---.
 *     voices (P T H X) --> fusion_run --> struct fusion_view --> verdict, and the territory's event in the book
 *
 * A voice is one signal of one source as its detector judges it now. Fusion counts points, names what is missing, and owns
 * the life of territory events that routing does not see (`dark`). An event that routing opened and one that fusion opened for
 * the same territory are one event: whoever comes second joins it, whoever leaves last resolves it. Pure: time comes in. */
#ifndef LANDLINE_CORE_FUSION_H
#define LANDLINE_CORE_FUSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/when.h"
#include "core/event.h"
#include "core/judge.h"
#include "core/state.h"

#define VOICES_MAX 24

enum voice_says {
	VOICE_NO_DATA,   /* not fresh, not healthy, or not known yet what is usual: scores 0 and is named */
	VOICE_NORMAL,
	VOICE_WARNING,
	VOICE_CRITICAL,
	VOICE_SURGE,     /* far above what is usual: no loss; DNS queries that surge while routes are gone mean `one-way` */
};

/* One signal of one source for one territory. */
struct voice {
	char source[16], name[24];   /* as in struct signal; Atlas: "atlas", "probes"; own checks: "probe", "sites" */
	char title[28];
	unsigned class_bit;          /* CLASS_P, T, H or X; CLASS_R: another's view of routing (IODA BGP), never above our own */
	enum voice_says says;
	bool weak;                   /* the telescope: critical 1 point, warning none */
	bool dns;                    /* counts queries from inside: up while routes are down means `one-way` */
	bool off;                    /* switched off, or its token is not set: missing by choice, and `why` says so */
	bool ending;                 /* its alarm only waits for its end: what it measured last is no loss */
	bool none;                   /* the source has nothing of this territory at all (no probes there, series too small) */
	char why[80];                /* of VOICE_NO_DATA in words: "Radar token not set", "12m late", "learning: 9 of 24 h" */
	struct wall start_low, start; /* of its alarm: began in (start_low, start]; WALL_NONE: no alarm now */
	struct wall end, end_high;   /* of its last alarm, when it ended in (end, end_high]; WALL_NONE: not ended */
	struct wall time;            /* end of the newest sample that counted; a normal sample speaks against a loss only when it
	                              * lies wholly after the loss began */
	int64_t step_ms;             /* of its samples; hourly sources have a window of 60 min, others of 30 */
	double value, baseline;      /* NAN: none */
	double loss_pct;             /* 0..100 below baseline; NAN */
	char value_words[160], rule_words[48], url[160]; /* for the evidence; "" when none */
};

/* The sum for one territory, as of the last run. */
struct fusion_view {
	double points;               /* of all classes, normal ones taken off */
	unsigned classes;            /* CLASS_* that say a loss */
	unsigned against;            /* with fresh data that says normal, since the loss began */
	unsigned missing;            /* without data, that the program could have had or names (detection.md 6: "and it is named") */
	enum confidence confidence;
	bool disputed;               /* R >= 20% pulled below 3 points */
	bool one_way;                /* routes down and DNS queries up */
	bool users_dark;             /* routes up while P, T or H are confirmed gone: kind `dark` */
	struct wall since;           /* earliest start of the voices that say a loss now; WALL_NONE */
	uint32_t event_id;           /* the territory's event, whoever opened it; 0 */
	char against_words[80];      /* "traffic normal, probing normal" */
	char missing_words[120];     /* "Traffic: no data (Radar token not set)." */
	char recurrence[120];        /* of the event: "matches 12 of the last 14 nights 18:30-02:30", or "" */
};

struct fusion;

struct fusion *fusion_new(struct event_book *book, struct judge *judge, const char *territory, int group); /* borrowed */
void fusion_free(struct fusion *f);
/* The ASes that are the territory's own (registered there): an origin that is none of them is abroad. Copied. Until told, no
 * origin is called so. */
void fusion_home(struct fusion *f, const uint32_t *asns, size_t count);
/* One look: routing as the judge sees it now (taken from the judge), the voices, time. Moves the event's life, hands the judge
 * its opinion (judge_opinion), fills the view. frozen: our own line is blind; nothing starts, confirms or ends then. */
void fusion_run(struct fusion *f, const struct voice *voices, size_t count, bool frozen, struct now now,
		struct fusion_view *out);
/* When to run again at the latest though nothing new came; WALL_NONE: only with new data. */
struct wall fusion_due(const struct fusion *f);

#endif
