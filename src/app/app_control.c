/* What is watched besides the territories to know whether our own view can be trusted: RIS beacons, whose changes are known
 * beforehand (core/selftest.h), and control prefixes, which never all go at once (the judge's common-mode guard,
 * detection.md 6). Both ride on the RIS Live subscription: eleven prefixes more. Neither ever makes an event. */
#include "app_private.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* Root servers and large anycast services, each from an AS of its own, together from every region. Public and stable:
 * root-servers.org, and the operators' own pages. */
static const char *const guard_texts[GUARD_PREFIXES] = {
	"192.33.4.0/24",   /* C root, Cogent, AS2149 */
	"192.5.5.0/24",    /* F root, ISC, AS3557 */
	"192.36.148.0/24", /* I root, Netnod, AS29216 */
	"193.0.14.0/24",   /* K root, RIPE NCC, AS25152 */
	"199.7.83.0/24",   /* L root, ICANN, AS20144 */
	"202.12.27.0/24",  /* M root, WIDE, AS7500 */
	"1.1.1.0/24",      /* APNIC and Cloudflare, AS13335 */
	"8.8.8.0/24",      /* Google Public DNS, AS15169 */
};

void control_init(struct app *a)
{
	a->selftest = selftest_new();
	for (size_t i = 0; i < GUARD_PREFIXES; i++) {
		if (!prefix_parse(guard_texts[i], strlen(guard_texts[i]), &a->guards[i].prefix))
			BUG("control prefix %s", guard_texts[i]);
		a->guards[i].net = -1;
	}
	a->model.self_test_count = SELFTEST_BEACONS;
	struct wall due;
	selftest_run(a->selftest, 0, 0, false, a->started, a->model.self_tests, &due);
	a->selftest_ok = false;
}

void control_release(struct app *a)
{
	selftest_free(a->selftest);
}

size_t control_ranges(const struct app *a, struct prefix out[CONTROL_RANGES])
{
	memcpy(out, selftest_beacons(a->selftest), SELFTEST_BEACONS * sizeof(*out));
	for (size_t i = 0; i < GUARD_PREFIXES; i++)
		out[SELFTEST_BEACONS + i] = a->guards[i].prefix;
	return CONTROL_RANGES;
}

bool control_heard(struct app *a, const struct fact *f, int session, bool announced)
{
	int beacon = selftest_find(a->selftest, &f->prefix);

	if (beacon < 0)
		return false;
	if (session >= 0 && rib_session_votes(judge_rib_const(a->judge), session, f->prefix.family))
		selftest_heard(a->selftest, beacon, f->asn, announced, f->t);
	return true;
}

/* After the networks themselves: what the guard rests on is looked at peer by peer, as they are. */
void control_plan(struct app *a, struct now now)
{
	for (size_t i = 0; i < GUARD_PREFIXES; i++) {
		struct guard *g = &a->guards[i];
		if (g->net < 0)
			g->net = judge_control(a->judge, &g->prefix);
		if (g->net >= 0 && rib_needs_snapshot(judge_rib_const(a->judge), g->net))
			app_want_snapshot(a, &g->prefix, now, false);
	}
}

static void show_hold(struct app *a, struct now now)
{
	const char *hold = judge_hold(a->judge, now);

	if (!strncmp(a->model.hold, hold, sizeof(a->model.hold) - 1))
		return;
	snprintf(a->model.hold, sizeof(a->model.hold), "%s", hold);
	a->model_dirty = true;
	a->model.version++;
}

struct wall control_run(struct app *a, struct now now)
{
	struct rib_totals totals;
	struct wall due = {now.wall.ms + 3600000};
	bool ok = a->feed == FEED_OK;

	show_hold(a, now);
	if (a->selftest_ok && !ok)
		selftest_lost(a->selftest, now.wall);
	a->selftest_ok = ok;
	rib_totals(judge_rib_const(a->judge), &totals);
	if (selftest_run(a->selftest, totals.eligible_v4, totals.eligible_v6, ok, now.wall, a->model.self_tests, &due))
		a->model.version++;
	return due;
}
