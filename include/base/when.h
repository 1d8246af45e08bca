/* Time, in two kinds that do not mix.
 *
 * struct mono orders and schedules: milliseconds of a clock that never steps. struct wall dates what happened:
 * milliseconds since 1970 UTC (RIS Live dates messages to the millisecond). Only io/clock.c asks the system for either;
 * everything else is handed `now`. Time zones exist only here, in formatting, and there is only one: UTC. */
#ifndef LANDLINE_BASE_WHEN_H
#define LANDLINE_BASE_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct mono { int64_t ms; };
struct wall { int64_t ms; };

struct now {
	struct mono mono;
	struct wall wall;
};

/* "Never", "not known": printed as null in JSON and as "-" on screen. */
#define WALL_NONE ((struct wall){INT64_MIN})
#define MONO_NEVER ((struct mono){INT64_MAX})
static inline bool wall_is_set(struct wall t) { return t.ms != INT64_MIN; }
static inline struct wall wall_from_s(int64_t s) { return (struct wall){s * 1000}; }
static inline int64_t wall_to_s(struct wall t) /* floor, also before 1970 */
{
	return t.ms / 1000 - (t.ms % 1000 < 0);
}

#define WALL_TEXT_MAX 32

/* "2014-12-22T16:15:00Z"; an unset time gives "". dst needs WALL_TEXT_MAX bytes. Returns dst. */
char *wall_format(char *dst, struct wall t);
/* "16:15", "16:15:07", "22 Dec 16:15", "2014-12-22". An unset time gives "-". Same buffer size. */
char *wall_format_hm(char *dst, struct wall t);
char *wall_format_hms(char *dst, struct wall t);
char *wall_format_day_hm(char *dst, struct wall t);
char *wall_format_date(char *dst, struct wall t);

/* Read ISO 8601 as the APIs write it: "2026-06-06T16:00:00", optional fraction, optional "Z" or "+hh:mm" (else UTC),
 * 'T' or one space, seconds optional; a date alone is its midnight. The whole string must be used up.
 * Years 1970 to 9999; a wrong day of month is an error, not a carry. */
int wall_parse(const char *s, struct wall *out, struct err *e) MUST_CHECK;

/* A span of time as a person reads it: "47s", "12m", "9h31m", "2d03h" (detection.md 7). Negative counts as 0. */
#define DURATION_TEXT_MAX 24
char *duration_format(char *dst, int64_t ms);
/* An age in coarse steps, so that a live screen does not change each second: "now" (< 10 s), "20s", "1m", "3h", "2d". */
char *age_format(char *dst, int64_t ms);
/* Read "90s", "15m", "6h", "7d", "2w" or a sum like "1d12h" into ms. */
int duration_parse(const char *s, int64_t *ms, struct err *e) MUST_CHECK;

#endif
