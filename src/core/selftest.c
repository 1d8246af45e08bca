/* The live self-test: see core/selftest.h.
 *
 * Of each peer AS is kept what it last said of the beacon and when. A change that is due opens a window of five minutes;
 * who said the new state in it (and kept it) followed. Who is asked: those that carried the beacon before, as far as that is
 * known; for the first announcement everybody who is eligible; for the first withdrawal those that say anything at all,
 * since who had it before is not known. Silence of all means that the pipeline is asleep, but only of a beacon that was heard
 * before: one that does not exist (any more) says nothing. */
#include "core/selftest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define HALF_PERIOD_MS INT64_C(7200000)

/* Anycast from RIPE's multihop collectors; from ten European exchanges; the first of IPv6. */
static const char *const beacon_texts[SELFTEST_BEACONS] = {"84.205.64.0/24", "84.205.69.0/24", "2001:7fb:fe00::/48"};

/* One peer AS: what it last said, and whether it had the beacon when it was last to be withdrawn. */
struct follower { uint32_t asn; bool has, had; struct wall t; };

struct beacon {
	struct follower *peers; /* by ASN; owned */
	size_t count, cap;
	bool heard;             /* ever */
	bool knows;             /* a whole announcement was seen: who carries it is known */
	bool spoiled;           /* the stream was not there for all of this window */
	bool judged, aged;      /* after 5 min; after 90 */
	struct wall due;        /* of the window; WALL_NONE: none yet */
	bool withdrawal;
	struct self_test test;  /* as shown */
};

struct selftest {
	struct prefix prefixes[SELFTEST_BEACONS];
	struct beacon beacons[SELFTEST_BEACONS];
	struct wall started;    /* the first run: what was due before was not watched */
	bool ok;                /* the stream was healthy at the last run */
};

struct selftest *selftest_new(void)
{
	struct selftest *s = xcalloc(1, sizeof(*s));

	s->started = WALL_NONE;
	for (size_t i = 0; i < SELFTEST_BEACONS; i++) {
		struct beacon *b = &s->beacons[i];
		if (!prefix_parse(beacon_texts[i], strlen(beacon_texts[i]), &s->prefixes[i]))
			BUG("beacon %s", beacon_texts[i]);
		b->due = WALL_NONE;
		b->test = (struct self_test){
			.prefix = s->prefixes[i], .due = WALL_NONE, .median_s = NAN, .p90_s = NAN, .state = FEED_NONE};
		snprintf(b->test.text, sizeof(b->test.text), "self-test: no beacon seen yet");
	}
	return s;
}

void selftest_free(struct selftest *s)
{
	for (size_t i = 0; s && i < SELFTEST_BEACONS; i++)
		free(s->beacons[i].peers);
	free(s);
}

const struct prefix *selftest_beacons(const struct selftest *s)
{
	return s->prefixes;
}

int selftest_find(const struct selftest *s, const struct prefix *p)
{
	for (int i = 0; i < SELFTEST_BEACONS; i++)
		if (prefix_equal(&s->prefixes[i], p))
			return i;
	return -1;
}

struct wall selftest_change(struct wall t, bool *withdrawal)
{
	int64_t n = t.ms / HALF_PERIOD_MS - (t.ms % HALF_PERIOD_MS < 0);

	*withdrawal = n % 2 != 0; /* the epoch began with an announcement, as every day does */
	return (struct wall){n * HALF_PERIOD_MS};
}

/* ---- what peers say ---- */

static struct follower *follower(struct beacon *b, uint32_t asn)
{
	size_t lo = 0, hi = b->count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (b->peers[mid].asn < asn)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo < b->count && b->peers[lo].asn == asn)
		return &b->peers[lo];
	if (b->count == SELFTEST_PEERS_MAX)
		return NULL;
	mem_grow(&b->peers, &b->cap, b->count + 1, sizeof(*b->peers));
	memmove(&b->peers[lo + 1], &b->peers[lo], (b->count - lo) * sizeof(*b->peers));
	b->count++;
	b->peers[lo] = (struct follower){.asn = asn, .t = WALL_NONE};
	return &b->peers[lo];
}

static void open_window(struct beacon *b, struct wall due, bool withdrawal, bool whole)
{
	b->due = due;
	b->withdrawal = withdrawal;
	b->spoiled = !whole;
	b->judged = b->aged = false;
	for (size_t i = 0; withdrawal && i < b->count; i++) /* an announcement asks those who had it two hours ago */
		b->peers[i].had = b->peers[i].has && wall_is_set(b->peers[i].t) && b->peers[i].t.ms < due.ms;
}

/* Several sessions of one AS: the newest word counts; repeating it changes nothing. A message may be the first to tell that
 * a change is due. */
void selftest_heard(struct selftest *s, int beacon, uint32_t asn, bool announced, struct wall t)
{
	struct beacon *b = &s->beacons[beacon];
	bool withdrawal;
	struct wall change = selftest_change(t, &withdrawal);

	if (wall_is_set(b->due) && b->judged && change.ms == b->due.ms + HALF_PERIOD_MS)
		open_window(b, change, withdrawal, s->ok);
	struct follower *f = follower(b, asn);

	b->heard = true;
	if (!f || (wall_is_set(f->t) && (t.ms < f->t.ms || f->has == announced)))
		return;
	f->has = announced;
	f->t = t;
}

void selftest_lost(struct selftest *s, struct wall t)
{
	(void)t;
	for (size_t i = 0; i < SELFTEST_BEACONS; i++) {
		struct beacon *b = &s->beacons[i];
		b->spoiled = !b->judged; /* what was measured before stands */
		b->knows = false;
		b->aged = true;
		for (size_t k = 0; k < b->count; k++)
			b->peers[k].t = WALL_NONE;
	}
}

/* ---- taking stock ---- */

static int by_delay(const void *va, const void *vb)
{
	double a = *(const double *)va, b = *(const double *)vb;

	return (a > b) - (a < b);
}

/* The share q of delays is at most the result. */
static double quantile(const double *sorted, size_t count, double q)
{
	size_t at = count ? (size_t)ceil(q * (double)count) : 0;

	return count ? sorted[at ? at - 1 : 0] : NAN;
}

/* In its window and in the state that was due. */
static bool followed(const struct beacon *b, const struct follower *f, int64_t within_ms)
{
	return wall_is_set(f->t) && f->has != b->withdrawal && f->t.ms >= b->due.ms && f->t.ms - b->due.ms <= within_ms;
}

/* Who is asked; see the top of the file. */
static unsigned asked(const struct beacon *b, unsigned eligible)
{
	unsigned had = 0, said = 0;

	for (size_t i = 0; i < b->count; i++) {
		had += b->peers[i].had;
		said += wall_is_set(b->peers[i].t) && b->peers[i].t.ms >= b->due.ms;
	}
	if (!b->knows)
		return b->withdrawal || said > eligible ? said : eligible;
	return had > said ? had : said;
}

static void measure(struct beacon *b, unsigned eligible)
{
	struct self_test *t = &b->test;
	double *delays = xcalloc(b->count + 1, sizeof(*delays));
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		if (followed(b, &b->peers[i], SELFTEST_ANSWER_MS))
			delays[n++] = (double)(b->peers[i].t.ms - b->due.ms) / 1000;
	qsort(delays, n, sizeof(*delays), by_delay);
	t->peers = asked(b, eligible);
	t->followed = (unsigned)n;
	t->median_s = quantile(delays, n, 0.5);
	t->p90_s = quantile(delays, n, 0.9);
	free(delays);
}

static double share_of(const struct self_test *t)
{
	return t->peers ? (double)t->followed / t->peers : 0;
}

static void say(struct beacon *b)
{
	struct self_test *t = &b->test;
	char at[WALL_TEXT_MAX];
	const char *what = t->withdrawal ? "withdrawal" : "announcement";

	wall_format_hm(at, t->due);
	switch (t->state) {
	case FEED_DOWN:
		snprintf(t->text, sizeof(t->text), "self-test %s %s: no peer in 5 min, the stream is asleep", at, what);
		break;
	case FEED_OK:
	case FEED_LATE: {
		int n = snprintf(t->text, sizeof(t->text), "self-test %s %s: %.0f%% of peers in %.0f s", at, what,
				 100 * share_of(t), ceil(t->p90_s));
		if (t->stuck && n > 0 && (size_t)n < sizeof(t->text))
			snprintf(t->text + n, sizeof(t->text) - (size_t)n, ", %u stuck", t->stuck);
		break;
	}
	case FEED_NONE:
	case FEED_OFF:
	case FEED_STATE_COUNT:
		snprintf(t->text, sizeof(t->text), b->heard ? "self-test %s %s: not watched whole" : "self-test: no beacon seen yet",
			 at, what);
		break;
	}
}

static void judge(struct beacon *b, unsigned eligible)
{
	struct self_test *t = &b->test;
	bool knew = b->knows;

	b->judged = true;
	t->due = b->due;
	t->withdrawal = b->withdrawal;
	t->stuck = 0;
	if (b->spoiled || !b->heard) {
		t->peers = t->followed = 0;
		t->median_s = t->p90_s = NAN;
		t->state = FEED_NONE;
		say(b);
		return;
	}
	measure(b, eligible);
	t->state = !t->followed ? FEED_DOWN : share_of(t) >= SELFTEST_OK_SHARE ? FEED_OK : FEED_LATE;
	b->knows = knew || !b->withdrawal; /* an announcement watched whole says who carries it */
	say(b);
}

/* 90 min later: who is still where it was. Only of withdrawals, where the old state is a route that leads nowhere. */
static void age(struct beacon *b)
{
	b->aged = true;
	if (!b->withdrawal || b->test.state == FEED_NONE || b->test.state == FEED_DOWN)
		return;
	for (size_t i = 0; i < b->count; i++)
		b->test.stuck += b->peers[i].has && wall_is_set(b->peers[i].t);
	say(b);
}

static void earlier(struct wall *due, int64_t ms)
{
	if (ms < due->ms)
		due->ms = ms;
}

bool selftest_run(struct selftest *s, unsigned eligible_v4, unsigned eligible_v6, bool ok, struct wall now,
		  struct self_test out[SELFTEST_BEACONS], struct wall *due)
{
	bool withdrawal, changed = false;
	struct wall change = selftest_change(now, &withdrawal);

	if (!wall_is_set(s->started))
		s->started = now;
	s->ok = ok;
	due->ms = change.ms + HALF_PERIOD_MS;
	for (size_t i = 0; i < SELFTEST_BEACONS; i++) {
		struct beacon *b = &s->beacons[i];
		if (b->due.ms < change.ms || !wall_is_set(b->due))
			open_window(b, change, withdrawal, ok && s->started.ms <= change.ms);
		b->spoiled |= !ok && !b->judged;
		if (!b->judged && now.ms - b->due.ms >= SELFTEST_ANSWER_MS)
			judge(b, s->prefixes[i].family == 6 ? eligible_v6 : eligible_v4);
		if (b->judged && !b->aged && now.ms - b->due.ms >= SELFTEST_STUCK_MS)
			age(b);
		if (!b->judged)
			earlier(due, b->due.ms + SELFTEST_ANSWER_MS);
		else if (!b->aged)
			earlier(due, b->due.ms + SELFTEST_STUCK_MS);
		changed |= strcmp(out[i].text, b->test.text) != 0;
		out[i] = b->test;
	}
	return changed;
}
