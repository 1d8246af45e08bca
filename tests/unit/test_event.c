/* links: core/event core/event_life core/event_weigh core/event_log core/event_words core/event_out core/signature_words core/state base/when base/strbuf base/text base/mem base/err */
/* The life of an event: stories (calls in order) with the sentence, the state and the log line that they must end in;
 * then the forms for other programs. Times are of December 2014, "22T16:15:00". */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/mem.h"
#include "core/event.h"

/* "22T16:15:42" of December 2014; NULL is unset. A longer text is a whole time. */
static struct wall at(const char *s)
{
	char text[48];
	struct wall t = WALL_NONE;
	struct err e;

	if (!s)
		return WALL_NONE;
	snprintf(text, sizeof(text), strlen(s) > 15 ? "%s" : "2014-12-%s", s);
	if (wall_parse(text, &t, &e) < 0)
		fail_msg("%s", e.msg);
	return t;
}

static struct now now_at(const char *s)
{
	struct wall t = at(s);

	return (struct now){.mono = {t.ms}, .wall = t};
}

enum op { END, SUSPECT, CONFIRM, UPDATE, EASE, RELAPSE, RESOLVE, DISMISS, LOSE, SEE, REOPEN };

struct step {
	enum op op;
	const char *now; /* when the call is made */
	const char *at;  /* start, end, or unverified since */
	int error_s;
	double loss;
	unsigned lost, total;
	enum verdict_kind kind; /* 0: withdrawn at 100%, else partial */
};

struct story {
	const char *what;
	enum event_scope scope;
	const char *territory, *subject; /* NULL: KP */
	unsigned classes, missing;       /* 0: R only */
	struct step steps[12];
	const char *now; /* when the sentence is read */
	const char *text;
	enum event_state state;
	const char *log; /* newest line; NULL: not looked at */
	bool shown;
};

static void run_step(struct event_book *b, struct event **ev, const struct story *s, const struct step *step)
{
	struct now now = now_at(step->now);
	const struct finding f = {
		.scope = s->scope,
		.territory = s->territory ? s->territory : "KP",
		.subject = s->subject ? s->subject : "KP",
		.kind = step->kind         ? step->kind
			: step->loss >= 99 ? VERDICT_WITHDRAWN
					   : VERDICT_PARTIAL,
		.loss_pct = step->loss,
		.networks_lost = step->lost,
		.networks_total = step->total,
		.classes = s->classes ? s->classes : CLASS_R,
		.missing = s->missing,
		.confidence = CONFIDENCE_MEDIUM,
	};

	switch (step->op) {
	case SUSPECT: *ev = event_suspect(b, &f, at(step->at), step->error_s * 1000, NULL, now); break;
	case REOPEN: *ev = event_suspect(b, &f, at(step->at), 0, *ev, now); break;
	case CONFIRM: event_confirm(b, *ev, &f, now); break;
	case UPDATE: event_update(b, *ev, &f, now); break;
	case EASE: event_ease(b, *ev, &f, now); break;
	case RELAPSE: event_relapse(b, *ev, &f, now); break;
	case RESOLVE: event_resolve(b, *ev, at(step->at), step->error_s * 1000, now); break;
	case DISMISS: event_dismiss(b, *ev, now); break;
	case LOSE: event_unverified(b, *ev, "RIS Live lost 18:02:10", at(step->at), now); break;
	case SEE: event_verified(b, *ev, now); break;
	case END: break;
	}
}

static struct event *run_story(struct event_book *b, const struct story *s)
{
	struct event *ev = NULL;

	for (const struct step *step = s->steps; step->op != END; step++)
		run_step(b, &ev, s, step);
	return ev;
}

#define DO(what_, now_, ...)                                                                                           \
	{                                                                                                              \
		.op = what_, .now = now_, __VA_ARGS__                                                                  \
	}
#define ALL4      .loss = 100, .lost = 4, .total = 4
#define HALF4     .loss = 50, .lost = 2, .total = 4
#define ONE4      .loss = 25, .lost = 1, .total = 4
#define NONE4     .loss = 0, .lost = 0, .total = 4
#define NET       .scope = SCOPE_NETWORK, .subject = "175.45.176.0/24"
#define KP_BEGINS DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .error_s = 30, ALL4), DO(CONFIRM, "22T16:17:10", ALL4)
#define KP_ENDS   DO(EASE, "23T01:46:20", NONE4), DO(RESOLVE, "23T02:01:20", .at = "23T01:46:00", .error_s = 30)

static const struct story stories[] = {
	{
		.what = "suspected: shown nowhere but in its pane",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", ALL4)},
		.now = "22T16:16:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC (suspected). Routing only.",
		.state = EVENT_SUSPECTED,
		.log = "KP: all 4 networks withdrawn since 16:15 UTC (suspected)",
	},
	{
		.what = "confirmed",
		.steps = {KP_BEGINS},
		.now = "22T20:00:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
		.log = "KP: all 4 networks withdrawn since 16:15 UTC (confirmed)",
		.shown = true,
	},
	{
		.what = "open over midnight: the day is said",
		.steps = {KP_BEGINS},
		.now = "23T00:30:00",
		.text = "KP: all 4 networks withdrawn since 22 Dec 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "product.md's example, word for word",
		.missing = CLASS_T | CLASS_H,
		.steps = {KP_BEGINS, KP_ENDS},
		.now = "23T02:01:20",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.",
		.state = EVENT_RESOLVED,
		.log = "KP: restored 01:46 UTC after 9h31m",
		.shown = true,
	},
	{
		.what = "read on another day: dates",
		.steps = {KP_BEGINS, KP_ENDS},
		.now = "24T02:00:00",
		.text = "KP: all 4 networks withdrawn 22 Dec 16:15 UTC, back 23 Dec 01:46 UTC after 9h31m. Routing "
			"only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "read in another year: whole dates",
		.steps = {KP_BEGINS, KP_ENDS},
		.now = "2026-11-22T12:00:00",
		.text = "KP: all 4 networks withdrawn 2014-12-22 16:15 UTC, back 2014-12-23 01:46 UTC after 9h31m. "
			"Routing only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "longer than a day: dates even on the day it ended",
		.steps = {KP_BEGINS, DO(RESOLVE, "24T20:30:00", .at = "24T20:15:00")},
		.now = "24T20:30:00",
		.text = "KP: all 4 networks withdrawn 22 Dec 16:15 UTC, back 24 Dec 20:15 UTC after 2d04h. Routing "
			"only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "began and ended on one other day: the date once",
		.steps = {KP_BEGINS, DO(RESOLVE, "22T18:15:00", .at = "22T18:00:00")},
		.now = "25T12:00:00",
		.text = "KP: all 4 networks withdrawn 22 Dec 16:15 UTC, back 18:00 UTC after 1h45m. Routing only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "easing: how much is still gone",
		.steps = {KP_BEGINS, DO(EASE, "22T19:00:20", ONE4)},
		.now = "22T19:01:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, easing since 19:00 UTC, 1 of 4 networks down now. "
			"Routing only.",
		.state = EVENT_EASING,
		.log = "KP: easing, 1 of 4 networks down now",
		.shown = true,
	},
	{
		.what = "relapse: one event, counted",
		.steps = {KP_BEGINS, DO(EASE, "22T19:00:20", ONE4), DO(RELAPSE, "22T19:05:00", ALL4)},
		.now = "22T19:06:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC (1 relapse). Routing only.",
		.state = EVENT_CONFIRMED,
		.log = "KP: relapse 1, all 4 networks down now (since 16:15 UTC)",
		.shown = true,
	},
	{
		.what = "confirm while easing is a relapse",
		.steps = {KP_BEGINS, DO(EASE, "22T19:00:20", ONE4), DO(CONFIRM, "22T19:05:00", ALL4)},
		.now = "22T19:06:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC (1 relapse). Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "partial by count",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", HALF4), DO(CONFIRM, "22T16:20:00", HALF4)},
		.now = "22T16:20:00",
		.text = "KP: 2 of 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "partial where space says more than the count",
		.territory = "IR",
		.subject = "IR",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .loss = 31.4, .lost = 37, .total = 400),
			  DO(CONFIRM, "22T16:20:00", .loss = 31.4, .lost = 37, .total = 400)},
		.now = "22T16:20:00",
		.text = "IR: 37 of 400 networks withdrawn (loss 31%) since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "99.6% is not said to be all",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .loss = 99.6, .lost = 240, .total = 260)},
		.now = "22T16:20:00",
		.text = "KP: 240 of 260 networks withdrawn (loss 99%) since 16:15 UTC (suspected). Routing only.",
		.state = EVENT_SUSPECTED,
	},
	{
		.what = "partial becomes total: one line, the identity stays",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", HALF4), DO(CONFIRM, "22T16:20:00", HALF4),
			  DO(UPDATE, "22T16:30:00", ALL4)},
		.now = "22T16:30:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
		.log = "KP: partial became withdrawn: all 4 networks withdrawn (total, since 16:15 UTC)",
		.shown = true,
	},
	{
		.what = "severity alone",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", ONE4), DO(CONFIRM, "22T16:20:00", ONE4),
			  DO(UPDATE, "22T16:30:00", HALF4)},
		.now = "22T16:30:00",
		.text = "KP: 2 of 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
		.log = "KP: severity partial became major: 2 of 4 networks withdrawn (since 16:15 UTC)",
		.shown = true,
	},
	{
		.what = "coming back does not rename what happened",
		.steps = {KP_BEGINS, DO(UPDATE, "22T18:00:00", HALF4)},
		.now = "22T18:00:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC, 2 of 4 networks down now. Routing only.",
		.state = EVENT_CONFIRMED,
		.log = "KP: all 4 networks withdrawn since 16:15 UTC (confirmed)",
		.shown = true,
	},
	{
		.what = "half back and lost sight of: when last seen",
		.steps = {KP_BEGINS, DO(UPDATE, "22T18:00:00", HALF4), DO(LOSE, "22T18:03:10", .at = "22T18:02:10")},
		.now = "22T18:10:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC, 2 of 4 networks down when last seen, "
			"unverified since 18:02 UTC. Routing only.",
		.state = EVENT_UNVERIFIED,
	},
	{
		.what = "a wide start gets a tilde, and so does the duration",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .error_s = 301, ALL4),
			  DO(CONFIRM, "22T16:17:10", ALL4),
			  DO(RESOLVE, "22T20:15:00", .at = "22T20:00:00", .error_s = 300)},
		.now = "22T20:15:00",
		.text = "KP: all 4 networks withdrawn ~16:15 UTC, back 20:00 UTC after ~3h45m. Routing only.",
		.state = EVENT_RESOLVED,
		.log = "KP: restored 20:00 UTC after ~3h45m",
		.shown = true,
	},
	{
		.what = "unverified: what was seen last is kept",
		.steps = {KP_BEGINS, DO(LOSE, "22T18:03:10", .at = "22T18:02:10"),
			  DO(LOSE, "22T18:09:10", .at = "22T18:09:10")},
		.now = "22T18:10:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC, unverified since 18:02 UTC. Routing only.",
		.state = EVENT_UNVERIFIED,
		.log = "KP: unverified since 18:02 UTC (RIS Live lost 18:02:10)",
		.shown = true,
	},
	{
		.what = "seen again: the gap is told with the duration",
		.steps = {KP_BEGINS, DO(LOSE, "22T18:03:10", .at = "22T18:02:10"), DO(SEE, "22T18:24:10"), KP_ENDS},
		.now = "23T02:02:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m (22m unverified). Routing "
			"only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "seen again: its own line",
		.steps = {KP_BEGINS, DO(LOSE, "22T18:03:10", .at = "22T18:02:10"), DO(SEE, "22T18:24:10"),
			  DO(SEE, "22T18:25:10")},
		.now = "22T18:30:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC (22m unverified). Routing only.",
		.state = EVENT_CONFIRMED,
		.log = "KP: seen again after 22m unverified",
		.shown = true,
	},
	{
		.what = "an observation ends the overlay by itself",
		.steps = {KP_BEGINS, DO(LOSE, "22T18:03:10", .at = "22T18:02:10"), DO(EASE, "22T18:24:10", ONE4)},
		.now = "22T18:30:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC (22m unverified), easing since 18:24 UTC, "
			"1 of 4 networks down now. Routing only.",
		.state = EVENT_EASING,
	},
	{
		.what = "a suspicion that was lost sight of stays a suspicion",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", ALL4),
			  DO(LOSE, "22T16:16:10", .at = "22T16:16:00")},
		.now = "22T16:20:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC (suspected), unverified since 16:16 UTC. Routing "
			"only.",
		.state = EVENT_UNVERIFIED,
		.log = "KP: unverified since 16:16 UTC (RIS Live lost 18:02:10)",
	},
	{
		.what = "dismissed",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", ONE4), DO(DISMISS, "22T16:40:00")},
		.now = "22T16:41:00",
		.text = "KP: 1 of 4 networks withdrawn 16:15 UTC (suspected), dismissed 16:40 UTC. Routing only.",
		.state = EVENT_DISMISSED,
		.log = "KP: suspicion of 16:15 UTC dismissed",
	},
	{
		.what = "what was confirmed is never dismissed",
		.steps = {KP_BEGINS, DO(DISMISS, "22T16:40:00")},
		.now = "22T16:41:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "a suspicion that ends was none",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", ONE4),
			  DO(RESOLVE, "22T16:40:00", .at = "22T16:30:00")},
		.now = "22T16:41:00",
		.text = "KP: 1 of 4 networks withdrawn 16:15 UTC (suspected), dismissed 16:40 UTC. Routing only.",
		.state = EVENT_DISMISSED,
	},
	{
		.what = "closed is closed",
		.steps = {KP_BEGINS, KP_ENDS, DO(UPDATE, "23T03:00:00", ALL4), DO(CONFIRM, "23T03:00:00", ALL4),
			  DO(LOSE, "23T03:00:00", .at = "23T03:00:00"),
			  DO(RESOLVE, "23T03:00:00", .at = "23T02:50:00")},
		.now = "23T03:00:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "reopened: the new loss is only suspected",
		.steps = {KP_BEGINS, KP_ENDS, DO(REOPEN, "23T02:11:00", .at = "23T02:10:00", HALF4)},
		.now = "23T02:11:00",
		.text = "KP: all 4 networks withdrawn 22 Dec 16:15 UTC, came back, suspected again, "
			"2 of 4 networks down now. Routing only.",
		.state = EVENT_SUSPECTED,
		.log = "KP: reopened, all 4 networks withdrawn again (suspected, relapse 1, first 22 Dec 16:15 UTC)",
	},
	{
		.what = "reopened, confirmed, over: one outage from first to last",
		.steps = {KP_BEGINS, KP_ENDS, DO(REOPEN, "23T02:11:00", .at = "23T02:10:00", HALF4),
			  DO(CONFIRM, "23T02:12:00", HALF4), DO(RESOLVE, "23T03:20:00", .at = "23T03:00:00")},
		.now = "23T03:20:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, back 03:00 UTC after 10h45m (1 relapse). Routing "
			"only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "reopened and dismissed: the old end stands",
		.steps = {KP_BEGINS, KP_ENDS, DO(REOPEN, "23T02:11:00", .at = "23T02:10:00", HALF4),
			  DO(DISMISS, "23T02:30:00")},
		.now = "23T02:31:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.",
		.state = EVENT_RESOLVED,
		.log = "KP: new suspicion dismissed, still restored after 9h31m",
	},
	{
		.what = "reopening what is not over changes nothing",
		.steps = {KP_BEGINS, DO(REOPEN, "22T17:00:00", .at = "22T17:00:00", ALL4)},
		.now = "22T17:00:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "an end before the start is the start",
		.steps = {KP_BEGINS, DO(RESOLVE, "22T16:40:00", .at = "22T16:00:00")},
		.now = "22T16:41:00",
		.text = "KP: all 4 networks withdrawn 16:15 UTC, back 16:15 UTC after 0s. Routing only.",
		.state = EVENT_RESOLVED,
	},
	{
		.what = "network down",
		NET,
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .loss = 100, .lost = 1, .total = 1),
			  DO(CONFIRM, "22T16:17:10", .loss = 100, .lost = 1, .total = 1), KP_ENDS},
		.now = "23T02:02:00",
		.text = "175.45.176.0/24 (KP): withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.",
		.state = EVENT_RESOLVED,
		.log = "175.45.176.0/24 (KP): restored 01:46 UTC after 9h31m",
		.shown = true,
	},
	{
		.what = "network degraded",
		NET,
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .loss = 45),
			  DO(CONFIRM, "22T16:25:10", .loss = 45)},
		.now = "22T16:30:00",
		.text = "175.45.176.0/24 (KP): degraded (loss 45%) since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "network flapping: swings are counted and not told",
		NET,
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .loss = 100),
			  DO(CONFIRM, "22T16:17:10", .loss = 100),
			  DO(UPDATE, "22T16:30:00", .loss = 100, .kind = VERDICT_UNSTABLE),
			  DO(EASE, "22T16:31:00", .loss = 0, .kind = VERDICT_UNSTABLE),
			  DO(RELAPSE, "22T16:33:00", .loss = 100, .kind = VERDICT_UNSTABLE),
			  DO(EASE, "22T16:35:00", .loss = 0, .kind = VERDICT_UNSTABLE)},
		.now = "22T16:40:00",
		.text = "175.45.176.0/24 (KP): flapping (4 transitions) since 16:15 UTC, up now. Routing only.",
		.state = EVENT_EASING,
		.log = "175.45.176.0/24 (KP): easing, loss 0% now",
	},
	{
		.what = "territory unstable before anything is down, then steady",
		.steps = {DO(SUSPECT, "21T10:00:00", .at = "21T10:00:00", .kind = VERDICT_UNSTABLE, .lost = 0,
			     .total = 4),
			  DO(CONFIRM, "21T10:05:00", .kind = VERDICT_UNSTABLE, .lost = 0, .total = 4),
			  DO(RESOLVE, "21T12:30:00", .at = "21T12:00:00")},
		.now = "21T12:30:00",
		.text = "KP: networks flapping 10:00 UTC, steady 12:00 UTC after 2h00m. Routing only.",
		.state = EVENT_RESOLVED,
		.log = "KP: steady since 12:00 UTC after 2h00m of flapping",
		.shown = true,
	},
	{
		.what = "operator inside its territory",
		.scope = SCOPE_OPERATOR,
		.subject = "AS131279",
		.steps = {KP_BEGINS},
		.now = "22T16:20:00",
		.text = "AS131279 (KP): all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "a watched AS is its own territory",
		.territory = "AS131279",
		.subject = "AS131279",
		.steps = {KP_BEGINS},
		.now = "22T16:20:00",
		.text = "AS131279: all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "the only network of an operator",
		.scope = SCOPE_OPERATOR,
		.subject = "AS64500",
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", .loss = 100, .lost = 1, .total = 1)},
		.now = "22T16:20:00",
		.text = "AS64500 (KP): its only network withdrawn since 16:15 UTC (suspected). Routing only.",
		.state = EVENT_SUSPECTED,
	},
	{
		.what = "IPv6 gone, IPv4 intact",
		.territory = "IR",
		.subject = "IR",
		.steps = {DO(SUSPECT, "22T11:49:00", .at = "22T11:49:00", .loss = 100, .lost = 12, .total = 120,
			     .kind = VERDICT_V6_ONLY),
			  DO(CONFIRM, "22T11:51:00", .loss = 100, .lost = 12, .total = 120, .kind = VERDICT_V6_ONLY)},
		.now = "22T12:00:00",
		.text = "IR: IPv6 lost (IPv4 intact) since 11:49 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "IPv4 partly gone",
		.steps = {DO(SUSPECT, "22T11:49:00", .at = "22T11:49:00", .loss = 62, .kind = VERDICT_V4_ONLY)},
		.now = "22T12:00:00",
		.text = "KP: 62% of IPv4 lost (IPv6 intact) since 11:49 UTC (suspected). Routing only.",
		.state = EVENT_SUSPECTED,
	},
	{
		.what = "dark, by two classes",
		.classes = CLASS_P | CLASS_T,
		.steps = {DO(SUSPECT, "22T11:49:00", .at = "22T11:49:00", .loss = 100, .kind = VERDICT_DARK),
			  DO(CONFIRM, "22T12:49:00", .loss = 100, .kind = VERDICT_DARK)},
		.now = "22T13:00:00",
		.text = "KP: routes up, dark (nothing answers, no traffic) since 11:49 UTC. Confirmed by probing and traffic.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "one class missing is named",
		.missing = CLASS_T,
		.steps = {KP_BEGINS},
		.now = "22T16:20:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC. Confirmed by routing. Traffic: no data.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "two classes agree, not yet confirmed",
		.classes = CLASS_R | CLASS_P,
		.missing = CLASS_T | CLASS_H,
		.steps = {DO(SUSPECT, "22T16:15:42", .at = "22T16:15:00", ALL4)},
		.now = "22T16:20:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC (suspected). Seen by routing and probing. "
			"Traffic and hosts: no data.",
		.state = EVENT_SUSPECTED,
	},
	{
		.what = "a level that is not known leaves the level that was",
		.steps = {KP_BEGINS, DO(UPDATE, "22T17:00:00", .loss = NAN, .lost = 4, .total = 4)},
		.now = "22T17:00:00",
		.text = "KP: all 4 networks withdrawn since 16:15 UTC. Routing only.",
		.state = EVENT_CONFIRMED,
	},
	{
		.what = "no start, no counts: words without invented figures",
		.steps = {DO(SUSPECT, "22T16:15:42", .loss = 30)},
		.now = "22T16:20:00",
		.text = "KP: partly withdrawn (loss 30%) since - UTC (suspected). Routing only.",
		.state = EVENT_SUSPECTED,
	},
};

static void test_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		const struct story *s = &stories[i];
		struct event_book b;
		struct strbuf text;
		event_book_init(&b);
		strbuf_init(&text, 4096);
		struct event *ev = run_story(&b, s);
		event_text(ev, at(s->now), &text);
		if (strcmp(text.text, s->text) != 0)
			fail_msg("%s:\n got  %s\n want %s", s->what, text.text, s->text);
		if (ev->state != s->state)
			fail_msg("%s: state %s", s->what, event_state_name(ev->state));
		const struct log_line *line = event_log_at(&b, 0);
		if (s->log && (strcmp(line->text, s->log) != 0 || line->shown != s->shown))
			fail_msg("%s: log%s\n got  %s\n want %s", s->what, line->shown ? " (shown)" : "", line->text,
				 s->log);
		strbuf_release(&text);
		event_book_release(&b);
	}
}

/* ---- forms ---- */

static struct event *kp(struct event_book *b)
{
	const struct story s = {.missing = CLASS_T | CLASS_H, .steps = {KP_BEGINS, KP_ENDS}};

	b->replay = true;
	struct event *ev = run_story(b, &s);
	event_saved(b, ev, 12);
	return ev;
}

static void test_json_is_the_contract(void **state)
{
	/* product.md, byte for byte up to its last field */
	static const char want[] =
		"{\"schema\":1,\"seq\":12,\"territory\":\"KP\",\"scope\":\"territory\",\"subject\":\"KP\",\"kind\":"
		"\"withdrawn\","
		"\"state\":\"resolved\",\"severity\":\"total\",\"start\":\"2014-12-22T16:15:00Z\",\"start_error_s\":30,"
		"\"end\":\"2014-12-23T01:46:00Z\",\"end_error_s\":30,\"duration_s\":34260,\"duration\":\"9h31m\","
		"\"confirmed\":\"2014-12-22T16:17:10Z\",\"loss_peak_pct\":100.0,\"relapses\":0,\"confidence\":"
		"\"medium\","
		"\"classes\":[\"R\"],\"missing\":[\"T\",\"H\"],\"parent\":null,\"late\":false,\"unverified_s\":0,"
		"\"replay\":true,"
		"\"text\":\"KP: all 4 networks withdrawn 16:15 UTC, back 01:46 UTC after 9h31m. Routing only.\"";
	struct event_book b;
	struct strbuf out;

	(void)state;
	event_book_init(&b);
	strbuf_init(&out, 4096);
	event_json(kp(&b), at("23T02:01:20"), &out);
	out.text[sizeof(want) - 1] = '\0';
	assert_string_equal(out.text, want);
	strbuf_release(&out);
	event_book_release(&b);
}

static void test_json_unknown_is_null(void **state)
{
	static const char *const nulls[] = {"seq",         "start",         "start_error_s",  "end",
					    "end_error_s", "duration_s",    "duration",       "confirmed",
					    "parent",      "networks_lost", "networks_total", "via_asn"};
	const struct event ev = {.start = WALL_NONE,
				 .end = WALL_NONE,
				 .confirmed = WALL_NONE,
				 .easing_since = WALL_NONE,
				 .changed = WALL_NONE,
				 .unverified_since = WALL_NONE,
				 .kind = VERDICT_PARTIAL};
	struct strbuf out;

	(void)state;
	strbuf_init(&out, 4096);
	event_json(&ev, WALL_NONE, &out);
	cJSON *j = cJSON_Parse(out.text);
	assert_non_null(j);
	for (size_t i = 0; i < ARRAY_LEN(nulls); i++)
		if (!cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(j, nulls[i])))
			fail_msg("'%s' is not null in %s", nulls[i], out.text);
	cJSON_Delete(j);
	strbuf_release(&out);
}

static void test_hostile_subject(void **state)
{
	static const struct {
		const char *what, *subject, *json, *csv;
	} cases[] = {
		{"formula", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", ",'=cmd|' /C calc'!A0,"},
		{"plus", "+1+1", "+1+1", ",'+1+1,"},
		{"at", "@SUM(A1)", "@SUM(A1)", ",'@SUM(A1),"},
		{"quotes and comma", "a\"b,c\\", "a\"b,c\\", ",\"a\"\"b,c\\\","},
		{"escape sequence", "K\033[31mP\x07", "K[31mP", ",K[31mP,"},
		{"line feed", "K\nP", "K P", ",K P,"},
		{"bad UTF-8", "K\xff\xfeP", "K\xef\xbf\xbd\xef\xbf\xbdP", ",K\xef\xbf\xbd\xef\xbf\xbdP,"},
		{"right-to-left override", "K\xe2\x80\xaeP", "KP", ",KP,"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct story s = {.scope = SCOPE_OPERATOR, .subject = cases[i].subject, .steps = {KP_BEGINS}};
		struct event_book b;
		struct strbuf out;
		event_book_init(&b);
		strbuf_init(&out, 4096);
		struct event *ev = run_story(&b, &s);
		event_json(ev, at("22T17:00:00"), &out);
		cJSON *j = cJSON_Parse(out.text);
		const cJSON *subject = cJSON_GetObjectItemCaseSensitive(j, "subject");
		if (!subject || strcmp(subject->valuestring, cases[i].json) != 0)
			fail_msg("%s: %s", cases[i].what, out.text);
		cJSON_Delete(j);
		strbuf_clear(&out);
		event_csv(ev, at("22T17:00:00"), &out);
		if (!strstr(out.text, cases[i].csv) || strpbrk(out.text, "\033\x07"))
			fail_msg("%s: %s", cases[i].what, out.text);
		strbuf_release(&out);
		event_book_release(&b);
	}
}

static unsigned csv_fields(const char *s)
{
	unsigned n = 1;

	for (bool quoted = false; *s && (quoted || *s != '\n'); s++) {
		if (*s == '"')
			quoted = !quoted;
		n += *s == ',' && !quoted;
	}
	return n;
}

static void test_csv(void **state)
{
	struct event_book b;
	struct strbuf head, row;

	(void)state;
	event_book_init(&b);
	strbuf_init(&head, 4096);
	strbuf_init(&row, 4096);
	event_csv_header(&head);
	event_csv(kp(&b), at("23T02:01:20"), &row);
	assert_memory_equal(head.text,
			    "schema,seq,territory,scope,subject,kind,state,severity,start,start_error_s,end,", 79);
	assert_int_equal(csv_fields(head.text), csv_fields(row.text));
	assert_int_equal(head.text[head.len - 1], '\n');
	assert_int_equal(strcspn(row.text, "\n"), row.len - 1);
	assert_non_null(strstr(row.text, ",R,T H,,false,0,true,\"KP: all 4 networks"));
	strbuf_release(&head);
	strbuf_release(&row);
	event_book_release(&b);
}

static void test_explain(void **state)
{
	static const char *const parts[] = {
		"event 12: territory KP, withdrawn, resolved\n",
		"9h31m (34260 s)",
		"(or up to 30s earlier)",
		"visibility 0.02 (1 of 41 peer ASes, 6 collectors)",
		"rule: v < 0.3 for 180 s (detection.md 4)",
		"https://stat.ripe.net/widget/looking-glass",
		"no data: traffic, hosts",
		"reached through AS4837",
		"replay",
	};
	struct evidence line = {
		.source = "rislive",
		.rule = "v < 0.3 for 180 s (detection.md 4)",
		.value = "visibility 0.02 (1 of 41 peer ASes, 6 collectors)",
		.url = "https://stat.ripe.net/widget/looking-glass",
	};
	struct event_book b;
	struct strbuf out;

	(void)state;
	event_book_init(&b);
	strbuf_init(&out, 1 << 16);
	struct event *ev = kp(&b);
	ev->via_asn = 4837;
	line.time = at("22T16:15:00");
	event_evidence(&b, ev, &line);
	event_explain(ev, at("23T02:01:20"), &out);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (!strstr(out.text, parts[i]))
			fail_msg("no '%s' in\n%s", parts[i], out.text);
	strbuf_release(&out);
	event_book_release(&b);
}

/* ---- figures ---- */

static void test_area_and_times(void **state)
{
	const struct story s = {
		.steps = {
			DO(SUSPECT, "22T16:01:00", .at = "22T16:00:00", ALL4), DO(CONFIRM, "22T16:10:00", ALL4),
			DO(LOSE, "22T16:21:00", .at = "22T16:20:00"),    /* 20 min at 100% */
			DO(SEE, "22T17:20:00"),                          /* an hour unseen adds nothing */
			DO(EASE, "22T17:30:00", ONE4),                   /* 10 min at 100% */
			DO(RESOLVE, "22T18:30:00", .at = "22T18:10:00"), /* 40 min at 25%, and nothing after the end */
		}};
	struct event_book b;

	(void)state;
	event_book_init(&b);
	struct event *ev = run_story(&b, &s);
	assert_float_equal(ev->area, 20 * 100 + 10 * 100 + 40 * 25, 0.01);
	assert_int_equal(ev->below_half_ms, 30 * 60000);
	assert_int_equal(ev->unverified_ms, 60 * 60000);
	assert_int_equal(event_duration_ms(ev, at("25T00:00:00")), 130 * 60000);
	assert_int_equal(ev->severity, SEVERITY_TOTAL);
	assert_int_equal(ev->transitions, 2);
	event_book_release(&b);
}

static void test_no_news_is_free(void **state)
{
	const struct story s = {.steps = {KP_BEGINS}};
	struct finding f = {.scope = SCOPE_TERRITORY,
			    .territory = "KP",
			    .subject = "KP",
			    .kind = VERDICT_WITHDRAWN,
			    .loss_pct = 99.97,
			    .networks_lost = 4,
			    .networks_total = 4,
			    .classes = CLASS_R,
			    .confidence = CONFIDENCE_MEDIUM};
	struct event_book b;

	(void)state;
	event_book_init(&b);
	struct event *ev = run_story(&b, &s);
	event_saved(&b, ev, 1);
	uint64_t version = b.version;
	for (int i = 0; i < 100; i++)
		event_update(&b, ev, &f, now_at("22T17:00:00"));
	assert_false(ev->dirty);
	assert_int_equal(b.version, version);
	f.loss_pct = 90; /* and the test can tell */
	event_update(&b, ev, &f, now_at("22T17:00:00"));
	assert_true(ev->dirty);
	assert_true(b.version > version);
	event_book_release(&b);
}

static void test_log_line(void **state)
{
	struct event_book b;
	const struct story s = {.missing = CLASS_T | CLASS_H, .steps = {KP_BEGINS, KP_ENDS}};

	(void)state;
	event_book_init(&b);
	struct event *ev = run_story(&b, &s);
	event_saved(&b, ev, 12);
	b.log_saved = 1;
	event_log_number(&b);
	const struct log_line *end = event_log_at(&b, 0), *begin = event_log_at(&b, 3);
	assert_int_equal(b.log_count, 4); /* suspected, confirmed, easing, resolved */
	assert_int_equal(end->time.ms, at("23T01:46:00").ms);
	assert_int_equal(end->logged.ms, at("23T02:01:20").ms);
	assert_int_equal(end->from, EVENT_EASING);
	assert_int_equal(end->to, EVENT_RESOLVED);
	assert_int_equal(end->event_id, ev->id);
	assert_int_equal(end->seq, 12);
	assert_string_equal(end->missing, "traffic, hosts");
	assert_int_equal(begin->time.ms, at("22T16:15:00").ms);
	assert_int_equal(begin->seq, 0); /* saved before: never changed */
	event_book_release(&b);
}

/* What comes back and goes again within minutes is told three times; then it is counted until an hour is quieter. */
static void test_a_bout_is_told_three_times(void **state)
{
	struct finding f = {.scope = SCOPE_OPERATOR, .territory = "KP", .subject = "AS131279", .kind = VERDICT_PARTIAL, .loss_pct = 50,
			    .networks_lost = 2, .networks_total = 4, .classes = CLASS_R, .confidence = CONFIDENCE_MEDIUM};
	struct event_book b;
	struct now now = now_at("2014-12-21T06:00:00Z");

	(void)state;
	event_book_init(&b);
	struct event *ev = event_suspect(&b, &f, now.wall, 0, NULL, now);
	event_confirm(&b, ev, &f, now);
	for (unsigned i = 1; i <= 6; i++) {
		now.wall.ms += i == 6 ? 3600000 : 240000; /* the last one comes an hour later */
		event_ease(&b, ev, &f, now);
		assert_int_equal(event_log_at(&b, 0)->shown, i <= 3 || i == 6);
		now.wall.ms += 60000;
		event_relapse(&b, ev, &f, now);
		assert_int_equal(event_log_at(&b, 0)->shown, i <= 3 || i == 6);
		assert_int_equal(ev->relapses, i);
	}
	event_book_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_json_is_the_contract),
		cmocka_unit_test(test_json_unknown_is_null),
		cmocka_unit_test(test_hostile_subject),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_area_and_times),
		cmocka_unit_test(test_no_news_is_free),
		cmocka_unit_test(test_log_line),
		cmocka_unit_test(test_a_bout_is_told_three_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
