/* links: core/event core/event_life core/event_weigh core/event_log core/event_words core/event_out core/signature_words core/state base/when base/strbuf base/text base/mem base/err */
/* The book that events are kept in: look-ups among thousands, caps, the log ring, families, and what comes back from
 * the store, sound or not. Times are of December 2014, "22T16:15:00". */
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

static struct event *net_event(struct event_book *b, unsigned n, const char *when)
{
	char subject[EVENT_SUBJECT_MAX];
	const struct finding f = {.scope = SCOPE_NETWORK,
				  .territory = "IR",
				  .subject = subject,
				  .kind = VERDICT_WITHDRAWN,
				  .loss_pct = 100,
				  .networks_lost = 1,
				  .networks_total = 1,
				  .classes = CLASS_R};

	snprintf(subject, sizeof(subject), "10.%u.%u.0/24", n / 256, n % 256);
	struct event *ev = event_suspect(b, &f, at(when), 0, NULL, now_at(when));
	event_confirm(b, ev, &f, now_at(when));
	return ev;
}

static void test_lookups(void **state)
{
	struct event_book b;
	char subject[EVENT_SUBJECT_MAX];

	(void)state;
	event_book_init(&b);
	assert_null(event_current(&b, SCOPE_NETWORK, "IR", "10.0.0.0/24"));
	assert_null(event_by_id(&b, 1));
	for (unsigned n = 0; n < 5000; n++)
		net_event(&b, n, "22T16:15:00");
	assert_int_equal(b.count, 5000); /* more than EVENT_OPEN_MAX: open ones are never dropped */
	for (unsigned n = 0; n < 5000; n++) {
		snprintf(subject, sizeof(subject), "10.%u.%u.0/24", n / 256, n % 256);
		struct event *ev = event_current(&b, SCOPE_NETWORK, "IR", subject);
		assert_non_null(ev);
		assert_string_equal(ev->subject, subject);
		assert_ptr_equal(ev, event_by_id(&b, ev->id));
		assert_true(n == 0 || b.events[n]->id > b.events[n - 1]->id);
	}
	assert_null(event_current(&b, SCOPE_OPERATOR, "IR", "10.0.0.0/24")); /* another scope, another territory */
	assert_null(event_current(&b, SCOPE_NETWORK, "KP", "10.0.0.0/24"));
	event_book_release(&b);
}

static void test_recent(void **state)
{
	struct event_book b;
	const char *subject = "10.0.0.0/24";

	(void)state;
	event_book_init(&b);
	struct event *first = net_event(&b, 0, "22T10:00:00");
	event_resolve(&b, first, at("22T10:30:00"), 0, now_at("22T10:45:00"));
	assert_null(event_current(&b, SCOPE_NETWORK, "IR", subject));
	assert_ptr_equal(event_recent(&b, SCOPE_NETWORK, "IR", subject, at("22T10:30:00")), first);
	assert_null(event_recent(&b, SCOPE_NETWORK, "IR", subject, at("22T10:30:01")));
	struct event *second = net_event(&b, 0, "22T12:00:00");
	assert_ptr_equal(event_current(&b, SCOPE_NETWORK, "IR", subject), second);
	assert_ptr_equal(event_recent(&b, SCOPE_NETWORK, "IR", subject, at("22T10:00:00")),
			 first); /* open: not recent */
	event_resolve(&b, second, at("22T12:30:00"), 0, now_at("22T12:45:00"));
	assert_ptr_equal(event_recent(&b, SCOPE_NETWORK, "IR", subject, at("22T10:00:00")), second);
	event_book_release(&b);
}

static void test_room(void **state)
{
	struct event_book b;

	(void)state;
	event_book_init(&b);
	struct event *open = net_event(&b, 0, "22T10:00:00");
	uint32_t open_id = open->id, unsaved_id = 0;
	for (unsigned n = 1; n < 3 * EVENT_OPEN_MAX; n++) {
		struct event *ev = net_event(&b, n, "22T10:00:00");
		event_resolve(&b, ev, at("22T10:30:00"), 0, now_at("22T10:45:00"));
		if (n == 1)
			unsaved_id = ev->id;
		else
			event_saved(&b, ev, n);
		assert_true(b.count <= EVENT_OPEN_MAX);
	}
	assert_ptr_equal(event_by_id(&b, open_id), open);
	assert_non_null(event_by_id(&b, unsaved_id)); /* not in the store yet: kept */
	assert_null(event_by_id(&b, unsaved_id + 1)); /* the oldest saved one: gone */
	assert_non_null(event_by_seq(&b, 3 * EVENT_OPEN_MAX - 1));
	assert_ptr_equal(event_current(&b, SCOPE_NETWORK, "IR", "10.0.0.0/24"), open);
	event_book_release(&b);
}

static void test_evidence_keeps_both_ends(void **state)
{
	struct event_book b;
	struct evidence line = {.source = "rislive"};

	(void)state;
	event_book_init(&b);
	struct event *ev = net_event(&b, 0, "22T10:00:00");
	for (unsigned n = 0; n < 100; n++) {
		snprintf(line.value, sizeof(line.value), "line %u\033[1m", n);
		event_evidence(&b, ev, &line);
	}
	assert_int_equal(ev->evidence_count, EVENT_EVIDENCE_MAX);
	assert_int_equal(ev->evidence_dropped, 100 - EVENT_EVIDENCE_MAX);
	assert_string_equal(ev->evidence[0].value, "line 0[1m"); /* cleaned */
	assert_string_equal(ev->evidence[23].value, "line 23[1m");
	assert_string_equal(ev->evidence[24].value, "line 76[1m");
	assert_string_equal(ev->evidence[47].value, "line 99[1m");
	event_book_release(&b);
}

static void test_log_ring(void **state)
{
	struct event_book b;

	(void)state;
	event_book_init(&b);
	assert_null(event_log_at(&b, 0));
	for (unsigned n = 1; n <= EVENT_LOG_MAX + 10; n++)
		event_note(&b, n % 2 ? "KP" : NULL, at("22T10:00:00"), now_at("22T10:01:00"), "line %u\a", n);
	assert_int_equal(b.log_total, EVENT_LOG_MAX + 10);
	assert_int_equal(event_log_at(&b, 0)->number, EVENT_LOG_MAX + 10);
	assert_string_equal(event_log_at(&b, 1)->text, "line 4105");
	assert_string_equal(event_log_at(&b, 1)->territory, "KP");
	assert_string_equal(event_log_at(&b, 0)->territory, "");
	assert_int_equal(event_log_at(&b, EVENT_LOG_MAX - 1)->number, 11);
	assert_null(event_log_at(&b, EVENT_LOG_MAX));
	assert_true(event_log_at(&b, 0)->shown);
	event_book_release(&b);
}

/* ---- the store's side ---- */

static void test_restore(void **state)
{
	struct evidence line = {.source = "rislive", .value = "v 0.02"};
	struct event saved = {
		.seq = 12,
		.territory = "KP",
		.scope = SCOPE_TERRITORY,
		.subject = "KP",
		.kind = VERDICT_WITHDRAWN,
		.state = EVENT_CONFIRMED,
		.start = at("22T16:15:00"),
		.end = WALL_NONE,
		.confirmed = at("22T16:17:10"),
		.easing_since = WALL_NONE,
		.changed = at("22T16:17:10"),
		.unverified_since = WALL_NONE,
		.loss_pct = 100,
		.loss_peak_pct = 100,
		.networks_lost = 4,
		.networks_total = 4,
		.classes = CLASS_R,
		.evidence = &line,
		.evidence_count = 1,
	};
	struct event_book b;
	struct strbuf text;

	(void)state;
	event_book_init(&b);
	strbuf_init(&text, 1024);
	struct event *ev = event_restore(&b, &saved, now_at("22T20:00:00"));
	assert_int_equal(ev->state, EVENT_UNVERIFIED);
	assert_int_equal(ev->before_unverified, EVENT_CONFIRMED);
	assert_true(ev->restored);
	assert_false(ev->dirty);
	assert_int_equal(ev->lost_now, 4);
	assert_int_equal(b.log_total, 0);
	assert_ptr_not_equal(ev->evidence, &line);
	assert_string_equal(ev->evidence[0].value, "v 0.02");
	assert_ptr_equal(event_restore(&b, &saved, now_at("22T20:00:00")), ev); /* once */
	event_text(ev, at("22T20:05:00"), &text);
	assert_string_equal(text.text,
			    "KP: all 4 networks withdrawn since 16:15 UTC, unverified since 20:00 UTC. Routing only.");
	event_resolve(&b, ev, at("22T20:30:00"), 0, now_at("22T20:45:00")); /* observed */
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_false(ev->restored);
	saved.seq = 13;
	saved.state = EVENT_RESOLVED;
	saved.end = at("22T17:00:00");
	ev = event_restore(&b, &saved, now_at("22T20:00:00"));
	assert_int_equal(ev->state, EVENT_RESOLVED);
	assert_ptr_equal(event_recent(&b, SCOPE_TERRITORY, "KP", "KP", at("22T16:59:00"))->evidence,
			 event_by_seq(&b, 12)->evidence);
	strbuf_release(&text);
	event_book_release(&b);
}

static void test_restore_garbage(void **state)
{
	struct event saved = {.seq = 7,
			      .subject = "K\033P",
			      .start = {INT64_MAX},
			      .end = {INT64_MIN + 1},
			      .changed = {-5},
			      .loss_pct = NAN,
			      .loss_peak_pct = 1e300,
			      .area = -INFINITY,
			      .start_error_ms = INT64_MAX,
			      .unverified_ms = -1,
			      .classes = ~0U,
			      .missing = ~0U,
			      .unverified_since = {INT64_MAX}};
	struct event_book b;
	struct strbuf out;

	(void)state;
	memset(&saved.scope, 0xee, sizeof(saved.scope));
	memset(&saved.kind, 0xee, sizeof(saved.kind));
	memset(&saved.severity, 0xee, sizeof(saved.severity));
	memset(&saved.confidence, 0xee, sizeof(saved.confidence));
	memset(&saved.state, 0xee, sizeof(saved.state));
	memset(&saved.before_unverified, 0xee, sizeof(saved.before_unverified));
	event_book_init(&b);
	strbuf_init(&out, 1 << 16);
	struct event *ev = event_restore(&b, &saved, now_at("22T20:00:00"));
	event_json(ev, at("22T20:00:00"), &out);
	cJSON *j = cJSON_Parse(out.text);
	assert_non_null(j);
	assert_string_equal(cJSON_GetObjectItemCaseSensitive(j, "subject")->valuestring, "KP");
	assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(j, "start")));
	cJSON_Delete(j);
	event_explain(ev, at("22T20:00:00"), &out);
	event_verified(&b, ev, now_at("22T20:00:00"));
	event_book_release(&b);
	strbuf_release(&out);
}

static void test_parents(void **state)
{
	const struct finding f = {.scope = SCOPE_TERRITORY,
				  .territory = "IR",
				  .subject = "IR",
				  .kind = VERDICT_PARTIAL,
				  .loss_pct = 60,
				  .networks_lost = 6,
				  .networks_total = 10,
				  .classes = CLASS_R};
	struct event_book b;

	(void)state;
	event_book_init(&b);
	struct event *child = net_event(&b, 1, "22T16:15:00");
	struct event *parent = event_suspect(&b, &f, at("22T16:15:00"), 0, NULL, now_at("22T16:15:40"));
	event_saved(&b, child, 1);
	event_set_parent(&b, child, parent); /* the parent has no number yet */
	assert_int_equal(child->parent, 0);
	assert_int_equal(child->parent_id, parent->id);
	event_saved(&b, child, 1);
	event_saved(&b, parent, 2);
	assert_int_equal(child->parent, 2);
	assert_true(child->dirty);
	event_saved(&b, child, 1);
	event_set_parent(&b, child, parent); /* the same again is no change */
	assert_false(child->dirty);
	event_set_parent(&b, parent, parent); /* nobody is their own parent */
	assert_int_equal(parent->parent_id, 0);
	event_book_release(&b);
}

static void test_restored_family_is_linked(void **state)
{
	struct event parent = {
		.seq = 2, .territory = "IR", .subject = "IR", .kind = VERDICT_PARTIAL, .state = EVENT_RESOLVED};
	struct event child = {.seq = 1,
			      .territory = "IR",
			      .subject = "10.0.0.0/24",
			      .scope = SCOPE_NETWORK,
			      .parent = 2,
			      .kind = VERDICT_WITHDRAWN,
			      .state = EVENT_RESOLVED};
	struct event_book b;

	(void)state;
	event_book_init(&b);
	struct event *c = event_restore(&b, &child, now_at("22T20:00:00"));
	struct event *p = event_restore(&b, &parent, now_at("22T20:00:00"));
	assert_int_equal(c->parent_id, p->id);
	event_book_release(&b);
	event_book_init(&b);
	p = event_restore(&b, &parent, now_at("22T20:00:00"));
	c = event_restore(&b, &child, now_at("22T20:00:00"));
	assert_int_equal(c->parent_id, p->id);
	event_book_release(&b);
	event_book_release(&b); /* harmless twice */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookups),
		cmocka_unit_test(test_recent),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_evidence_keeps_both_ends),
		cmocka_unit_test(test_log_ring),
		cmocka_unit_test(test_restore),
		cmocka_unit_test(test_restore_garbage),
		cmocka_unit_test(test_parents),
		cmocka_unit_test(test_restored_family_is_linked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
