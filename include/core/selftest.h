/* The live self-test: RIS beacons change state every two hours by schedule, so what the stream says of them in the minutes
 * after measures its delay, counts zombies, and proves that the pipeline is awake (detection.md 6). Never an event.
 *
 * RIPE RIS announces its beacons at 00:00, 04:00, ... 20:00 UTC and withdraws them at 02:00, 06:00, ... 22:00 UTC
 * (ris.ripe.net/docs/routing-beacons). Three are watched: two of IPv4, one of IPv6. Pure: fed with what eligible peers say. */
#ifndef LANDLINE_CORE_SELFTEST_H
#define LANDLINE_CORE_SELFTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/when.h"
#include "core/model.h"
#include "core/prefix.h"

#define SELFTEST_BEACONS 3
#define SELFTEST_ANSWER_MS 300000   /* followed within 5 min, or not */
#define SELFTEST_STUCK_MS 5400000   /* the old state 90 min later: a zombie (detection.md 1.1) */
#define SELFTEST_OK_SHARE 0.8
#define SELFTEST_PEERS_MAX 2048     /* peer ASes of one beacon */

struct selftest;

struct selftest *selftest_new(void);
void selftest_free(struct selftest *s);

/* The prefixes to subscribe to, SELFTEST_BEACONS of them. */
const struct prefix *selftest_beacons(const struct selftest *s);
int selftest_find(const struct selftest *s, const struct prefix *p); /* number of the beacon, or -1 */
/* An eligible peer AS announced or withdrew a beacon at t (the message's own time). */
void selftest_heard(struct selftest *s, int beacon, uint32_t asn, bool announced, struct wall t);
/* The stream was lost at t: what is due from there until it is back says nothing of anybody. */
void selftest_lost(struct selftest *s, struct wall t);
/* Take stock: eligible peer ASes of each family now; ok: the stream is healthy. Fills out[SELFTEST_BEACONS]; true: something in
 * it changed. *due: when to call again at the latest. */
bool selftest_run(struct selftest *s, unsigned eligible_v4, unsigned eligible_v6, bool ok, struct wall now,
		  struct self_test out[SELFTEST_BEACONS], struct wall *due);
/* The newest scheduled change at or before t, and whether it is a withdrawal. */
struct wall selftest_change(struct wall t, bool *withdrawal);

#endif
