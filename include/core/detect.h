/* Detectors for everything that is not a route: samples and answers in, "something is missing since then" out.
 *
 *     detect_season   a sampled signal against its own weekly habit (detection.md 5.2): probing, telescope, traffic
 *     detect_score    the same decision on a score that somebody else computed
 *     detect_atlas    a burst of probes leaving (5.3)
 *     detect_belief   is a host up, by repeated questions (Trinocular); detect_silence: sparse answers stop (5.4)
 *
 * Pure and bounded: time comes with the sample, memory is fixed when a detector is made, the same calls give the same
 * answers. They suspect; nobody here confirms: one signal is one class at most (detection.md 3, 6). Missing is
 * missing: NAN and gaps are neither good nor bad. What a kind of signal needs to be judged is one const row, struct
 * detect_rule. */
#ifndef LANDLINE_CORE_DETECT_H
#define LANDLINE_CORE_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/when.h"

enum detect_level { DETECT_NONE, DETECT_WARNING, DETECT_CRITICAL };

enum detect_phase {
	DETECT_UNKNOWN,  /* not yet seen normal (or no data at all): cannot alarm */
	DETECT_NORMAL,
	DETECT_ALARM,
};

/* What a call changed. */
enum detect_change {
	DETECT_SAME,
	DETECT_BEGAN,    /* view.start is set, view.end is not */
	DETECT_LEVEL,    /* between warning and critical */
	DETECT_ENDED,    /* view.end is set; level is back to none */
	DETECT_ACCEPTED, /* ended after 7 days because this is the new normal: not a recovery, view.end stays unset */
};

/* Why an alarm began, for the evidence. */
enum detect_reason {
	DETECT_BY_NOTHING,
	DETECT_BY_COUNT, /* most of the last samples over the line */
	DETECT_BY_DEPTH, /* fewer, but far over it */
	DETECT_BY_SUM,   /* CUSUM: a slow slope */
	DETECT_BY_BURST,
	DETECT_REASON_COUNT
};

struct gate_rule; /* private: detect_gate.h */

/* The state of one detector. Times of an alarm are intervals: it began in (start_low, start] and ended in
 * (end, end_high]; the bound that is printed is `start` and `end` (detection.md 7). They stay after the end. */
struct detect_view {
	enum detect_phase phase;
	enum detect_level level, peak;   /* now; the highest of the current or last alarm */
	enum detect_reason reason;       /* of the current or last alarm */
	bool learning;                   /* no habit known yet: IODA's lines are used */
	bool ignored;                    /* baseline too small to be judged */
	bool accepted;                   /* the last alarm ended by becoming normal */
	bool ending;                     /* in an alarm that only waits for its end: the newest sample counts as no loss */
	bool shown_only;                 /* too few probes to vote (Atlas) */
	struct wall time;                /* of the newest sample that counted */
	double value, baseline, score;   /* its; NAN: none. score 1 = at the line */
	double line;                     /* the value at score 1; NAN: none */
	struct wall start_low, start;    /* WALL_NONE: never, or not seen */
	struct wall end, end_high;
	double worst;                    /* lowest value (highest score) of the current or last alarm; NAN */
	double loss_pct;                 /* 0..100 of `value` below baseline; NAN: no baseline */
	const struct gate_rule *gate;    /* by which a sampled signal alarms, for the words; NULL: not one */
};

/* ---- a kind of signal: one row ---- */

struct detect_rule {
	const char *source, *signal;     /* as in struct source_signal; signal NULL: any */
	unsigned step_s;                 /* of the data; divides a week; from an hour on the hourly rule applies */
	double least;                    /* baseline below which it is ignored, in its unit (5.2: 20 units) */
	double resolution;               /* smallest change the source can show, in its unit */
	double warning, critical;        /* IODA's lines, shares of the 7-day median, until 2 weeks are known */
};

extern const struct detect_rule detect_rules[]; /* ends with a row whose source is NULL */
/* The row of a signal, or NULL: it is shown and not judged. */
const struct detect_rule *detect_rule_find(const char *source, const char *signal);

/* ---- seasonal signals (5.2) ---- */

struct detect_season;

/* rule: borrowed, must outlive the detector (a table row does). About 73 KB at a step of 5 minutes, 37 KB at 10. */
struct detect_season *detect_season_new(const struct detect_rule *rule);
void detect_season_free(struct detect_season *d); /* NULL is allowed */

/* One sample for the step that t lies in. value: its unit, or NAN when the source said "no data". A step not later
 * than the newest is ERR_ORDER and changes nothing. Steps that are left out are missing: after 2 missing ones the
 * next two samples only re-arm (detection.md 8). Costs two binary searches in a sorted week and one move of at
 * most 8 KB. Negative and infinite values are missing. change may be NULL. */
int detect_season_push(struct detect_season *d, struct wall t, double value, enum detect_change *change) MUST_CHECK;
/* The source is not fresh: what was counted towards an alarm is forgotten, what counted towards an end is frozen. */
void detect_season_gap(struct detect_season *d);
void detect_season_view(const struct detect_season *d, struct detect_view *out);
size_t detect_season_memory(const struct detect_season *d); /* bytes */

/* ---- a score that is given ---- */

struct detect_score;

/* For a signal that arrives as a score: 0 as expected, 1 at the lower edge of what is expected, negative above. Its
 * noise is measured like a season's: a forecast whose errors are wider, or always off, by its own last week is scaled
 * back. */
struct detect_score *detect_score_new(unsigned step_s);
void detect_score_free(struct detect_score *d);
int detect_score_push(struct detect_score *d, struct wall t, double score, enum detect_change *change) MUST_CHECK;
/* view.value is the score as given, view.score as judged, baseline and loss are NAN. */
void detect_score_view(const struct detect_score *d, struct detect_view *out);

/* ---- RIPE Atlas (5.3) ---- */

#define DETECT_ATLAS_CHANCE 1e-6 /* below it so many departures at once are no chance */
#define DETECT_ATLAS_PROBES_MAX 4096 /* of one group; later ones are not counted */
#define DETECT_CONTROLLER_MAX 24

struct detect_atlas;

/* One AS or one country. */
struct detect_atlas *detect_atlas_new(void);
void detect_atlas_free(struct detect_atlas *d);
/* A probe is connected or is not, as a list says, since then (WALL_NONE: not known). No disconnect is counted. */
void detect_atlas_probe(struct detect_atlas *d, uint32_t probe, bool connected, struct wall since, struct wall now);
/* It connected or disconnected at t, seen by controller (may be NULL or ""). In order of t; an event not later than the
 * probe's last is ignored, so that overlapping polls may be fed as they come. O(log n), O(n) only while a burst
 * begins. */
enum detect_change detect_atlas_event(struct detect_atlas *d, uint32_t probe, bool connected, struct wall t,
				      const char *controller);
/* value: probes connected; baseline: probes connected within 24 h; score: -log10 of the chance, 6 is the line. */
void detect_atlas_view(const struct detect_atlas *d, struct detect_view *out);
/* The one controller of the current burst, or "" (several, not known, no burst). Good until the next event. */
const char *detect_atlas_controller(const struct detect_atlas *d);
/* A controller that restarts: bursts of 3 and more of these groups (one a country) that share one controller are
 * void: they end as if nothing had been. Returns how many. */
size_t detect_atlas_void(struct detect_atlas *const *countries, size_t count);

/* ---- own checks (5.4) ---- */

/* Trinocular's belief that an address block answers. A plain value. */
struct detect_belief {
	double up;               /* 0..1 */
	double availability;     /* A: the share of questions answered when up, 0..1 */
};

enum detect_answer { DETECT_ANSWER_DOWN, DETECT_ANSWER_UNSURE, DETECT_ANSWER_UP };

/* availability below 0.3 cannot be judged (Trinocular): the belief then stays unsure. */
struct detect_belief detect_belief_init(double availability);
/* One question was answered or not. UNSURE: ask again (at most 15 times a round). */
enum detect_answer detect_belief_update(struct detect_belief *b, bool answered);
enum detect_answer detect_belief_state(const struct detect_belief *b);

/* Answers that come by themselves, sparsely: how long is a silence too long? A plain value; zeroed is valid. */
struct detect_silence {
	struct wall first, last;   /* answers */
	double weight;             /* answers, older ones fading within a week */
	uint64_t answers;
	bool begun;
};

void detect_silence_answer(struct detect_silence *s, struct wall t);
/* Answers an hour; NAN until 10 came. */
double detect_silence_rate(const struct detect_silence *s);
/* The chance of the silence up to now, exp(-rate * T); NAN: not known. Below 1e-4 it is an alarm (T = 9.2 / rate). */
double detect_silence_chance(const struct detect_silence *s, struct wall now);
bool detect_silence_alarm(const struct detect_silence *s, struct wall now);

/* ---- words ---- */

#define DETECT_WORDS_MAX 160      /* fits struct evidence.value */
#define DETECT_RULE_WORDS_MAX 48  /* fits struct evidence.rule */
/* The call in words, for evidence: "41 /24s, 120 expected (-66%), line 96" and "far under the line (detection.md 5.2)".
 * Clean as long as unit (NULL: none) is. dst has the size above. Return dst. */
char *detect_value_words(char *dst, const struct detect_view *v, const char *unit);
char *detect_rule_words(char *dst, const struct detect_view *v);

#endif
